//! Who can reach what in the sandbox, as a tree for each principal, and what the last run changed.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::unknown;
use super::window::{self, Window};
use super::wrap::{Row, plain, wrap};
use super::{Page, Theme};
use crate::app::{Branch, Can, Edge, Lab, Node, NodeKind, Pane};
use crate::lesson::World;

/// Principals up to which a role that one may assume is followed to what it reaches. In a larger
/// map each role has its own place alone.
const FOLLOWED: usize = 12;

/// What the map is asked with.
pub(super) const ASKED: &str = "Asked of the policies themselves, for each in turn: from this machine, now, without MFA, external \
     id, tags or session policies. Read and write: at least one object.";

/// Draws the Map pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, world: World, area: Rect) -> String {
    let width = usize::from(area.width);
    let (scrolled, _) = lab.scrolled(Pane::Map);
    let known = lab.views.map.as_ref().filter(|_| world == World::Sandbox);
    let Some(map) = known else {
        let rows = unknown(page, world, "Who can reach what", width);
        page.lines(Pane::Map, area, &rows, 0);
        return String::new();
    };
    let theme = page.theme;
    let changed = map.changes.as_ref();
    let changed = changed.map_or(Vec::new(), |it| changes(&theme, it, width));
    let drawer = Drawer {
        theme,
        trees: &map.trees,
    };
    let left_out = map.world.access.left_out;
    window::draw(page, Pane::Map, area, scrolled, |rows| {
        rows.rows(changed.clone());
        rows.row(|| Row::new("Who can reach what", theme.strong));
        for (who, branches) in &map.trees {
            drawer.tree(rows, who, branches);
        }
        rows.row(Row::default);
        if left_out > 0 {
            let words = format!(
                "{} users, roles or buckets more are left out: a map has room for some.",
                left_out
            );
            rows.rows(plain(&words, theme.muted, width, 0));
        }
        rows.rows(plain(ASKED, theme.muted, width, 0));
    })
}

/// What the last run changed: edges that are new, and those that are gone.
pub(super) fn changes(
    theme: &Theme,
    (added, removed): &(Vec<Edge>, Vec<Edge>),
    width: usize,
) -> Vec<Row> {
    let mut out = vec![Row::new("What the last run changed", theme.strong)];
    if added.is_empty() && removed.is_empty() {
        let words = "  nothing: everyone can reach what they could";
        out.push(Row::new(words, theme.muted));
    }
    let (plus, minus) = theme.change_marks();
    for (edges, mark, word, style) in [
        (added, plus, "now can", theme.success),
        (removed, minus, "no longer can", theme.denied),
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
    trees: &'a [(Node, Vec<Branch>)],
}

impl Drawer<'_> {
    fn tree(&self, rows: &mut Window, who: &Node, branches: &[Branch]) {
        let theme = &self.theme;
        rows.row(|| {
            let row = Row::new("  ", theme.muted).with(who.words(), theme.code);
            if branches.is_empty() {
                row.with("  reaches nothing", theme.muted)
            } else {
                row
            }
        });
        let (piece, last) = theme.branches();
        for (at, branch) in branches.iter().enumerate() {
            let is_last = at + 1 == branches.len();
            let sign = if is_last { last } else { piece };
            rows.row(|| self.edge(&format!("   {sign} "), branch));
            let under = if is_last { " " } else { theme.vertical() };
            let role = &branch.what;
            let assumed = role.kind == NodeKind::Role
                && branch.can.iter().any(|(can, _)| *can == Can::Assume);
            if !assumed || self.trees.len() > FOLLOWED {
                continue;
            }
            let further = self.trees.iter().find(|(node, _)| node == role);
            let further = further.map_or(&[][..], |(_, branches)| branches.as_slice());
            for (n, branch) in further.iter().enumerate() {
                let sign = if n + 1 == further.len() { last } else { piece };
                rows.row(|| self.edge(&format!("   {under}  {sign} "), branch));
            }
        }
    }

    /// What somebody can do to something; what is new by the last run has a sign.
    fn edge(&self, before: &str, branch: &Branch) -> Row {
        let theme = &self.theme;
        let (plus, _) = theme.change_marks();
        let mut row = Row::new(before, theme.rule);
        for (at, (can, is_new)) in branch.can.iter().enumerate() {
            if at > 0 {
                row = row.with(", ", theme.accent);
            }
            row = if *is_new {
                row.with(format!("{plus} {}", can.word()), theme.success)
            } else {
                row.with(can.word(), theme.accent)
            };
        }
        row.with(" ", theme.accent)
            .with(branch.what.words(), Style::new())
    }
}
