//! Who can reach what in the sandbox, as a tree for each principal, and what the last run changed.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::unknown;
use super::window::{self, Window};
use super::wrap::{Row, plain, wrap};
use super::{Page, Theme};
use crate::app::{Access, Can, Edge, Lab, Node, NodeKind, Pane};
use crate::lesson::World;

/// Principals up to which a role that one may assume is followed to what it reaches. In a larger
/// map each role has its own place alone.
const FOLLOWED: usize = 12;

/// What the map is asked with.
pub(super) const ASKED: &str = "Asked of the policies themselves, for each in turn: from this machine, now, without MFA, external \
     id, tags or session policies. Read and write: at least one object.";

/// What each principal reaches, and how.
type Reached<'a> = Vec<(&'a Node, Vec<(&'a Node, Vec<Can>)>)>;

/// Draws the Map pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, world: World, area: Rect) -> String {
    let width = usize::from(area.width);
    let (scrolled, _) = lab.scrolled(Pane::Map);
    let known = lab.world.as_ref().filter(|_| world == World::Sandbox);
    let Some(known) = known else {
        let rows = unknown(page, world, "Who can reach what", width);
        page.lines(Pane::Map, area, &rows, 0);
        return String::new();
    };
    let access = &known.access;
    let reached = reached(access);
    let theme = page.theme;
    let changes = lab
        .before
        .as_ref()
        .map(|before| changes(&theme, access, before, width))
        .unwrap_or_default();
    let drawer = Drawer {
        theme,
        reached: &reached,
        before: lab.before.as_ref(),
    };
    window::draw(page, Pane::Map, area, scrolled, |rows| {
        rows.rows(changes.clone());
        rows.row(|| Row::new("Who can reach what", theme.strong));
        for (who, whats) in &reached {
            drawer.tree(rows, who, whats);
        }
        rows.row(Row::default);
        if access.left_out > 0 {
            let words = format!(
                "{} users, roles or buckets more are left out: a map has room for some.",
                access.left_out
            );
            rows.rows(plain(&words, theme.muted, width, 0));
        }
        rows.rows(plain(ASKED, theme.muted, width, 0));
    })
}

/// The edges by principal, in the order of the principals. Edges are sorted by who and what.
fn reached(access: &Access) -> Reached<'_> {
    let mut all: std::collections::BTreeMap<&Node, Vec<(&Node, Vec<Can>)>> =
        std::collections::BTreeMap::new();
    for edge in &access.edges {
        let whats = all.entry(&edge.who).or_default();
        match whats.last_mut() {
            Some((what, can)) if **what == edge.what => can.push(edge.can),
            _ => whats.push((&edge.what, vec![edge.can])),
        }
    }
    let principals = access.principals.iter();
    principals
        .map(|who| (who, all.remove(who).unwrap_or_default()))
        .collect()
}

pub(super) fn changes(theme: &Theme, access: &Access, before: &Access, width: usize) -> Vec<Row> {
    let (added, removed) = access.since(before);
    let mut out = vec![Row::new("What the last run changed", theme.strong)];
    if added.is_empty() && removed.is_empty() {
        let words = "  nothing: everyone can reach what they could";
        out.push(Row::new(words, theme.muted));
    }
    let (plus, minus) = theme.change_marks();
    for (edges, mark, word, style) in [
        (&added, plus, "now can", theme.success),
        (&removed, minus, "no longer can", theme.denied),
    ] {
        for edge in edges.iter().take(MOST_CHANGES) {
            out.extend(wrap(
                &[
                    (edge.who.words(), theme.code),
                    (format!(" {word} {} ", edge.can.word()), style),
                    (edge.what.words(), theme.code),
                ],
                width,
                &Row::new(format!("  {mark} "), style),
                &Row::new("      ", Style::new()),
            ));
        }
        if edges.len() > MOST_CHANGES {
            let more = edges.len() - MOST_CHANGES;
            out.push(Row::new(format!("  {mark} and {more} more"), style));
        }
    }
    out.push(Row::default());
    out
}

/// Changes of a kind that are shown one by one.
const MOST_CHANGES: usize = 20;

/// Draws the trees.
struct Drawer<'a> {
    theme: Theme,
    reached: &'a Reached<'a>,
    before: Option<&'a Access>,
}

impl Drawer<'_> {
    fn tree(&self, rows: &mut Window, who: &Node, whats: &[(&Node, Vec<Can>)]) {
        let theme = &self.theme;
        rows.row(|| {
            let row = Row::new("  ", theme.muted).with(who.words(), theme.code);
            if whats.is_empty() {
                row.with("  reaches nothing", theme.muted)
            } else {
                row
            }
        });
        let (branch, last) = theme.branches();
        for (at, (what, can)) in whats.iter().enumerate() {
            let is_last = at + 1 == whats.len();
            let piece = if is_last { last } else { branch };
            rows.row(|| self.edge(&format!("   {piece} "), who, what, can));
            let under = if is_last { " " } else { theme.vertical() };
            let assumed = what.kind == NodeKind::Role && can.contains(&Can::Assume);
            if !assumed || self.reached.len() > FOLLOWED {
                continue;
            }
            let role = *what;
            let further = self.reached.iter().find(|(node, _)| *node == role);
            let further = further.map_or(&[][..], |(_, whats)| whats.as_slice());
            for (n, (what, can)) in further.iter().enumerate() {
                let piece = if n + 1 == further.len() { last } else { branch };
                rows.row(|| self.edge(&format!("   {under}  {piece} "), role, what, can));
            }
        }
    }

    /// What somebody can do to something; what is new by the last run has a sign.
    fn edge(&self, before: &str, who: &Node, what: &Node, can: &[Can]) -> Row {
        let theme = &self.theme;
        let (plus, _) = theme.change_marks();
        let mut row = Row::new(before, theme.rule);
        for (at, can) in can.iter().enumerate() {
            if at > 0 {
                row = row.with(", ", theme.accent);
            }
            let edge = Edge {
                who: who.clone(),
                what: what.clone(),
                can: *can,
            };
            let is_new = self
                .before
                .is_some_and(|before| !before.edges.contains(&edge));
            row = if is_new {
                row.with(format!("{plus} {}", can.word()), theme.success)
            } else {
                row.with(can.word(), theme.accent)
            };
        }
        row.with(" ", theme.accent).with(what.words(), Style::new())
    }
}
