//! Who can reach what in the sandbox, as a tree for each principal, and what the last run changed.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::state::{place, unknown};
use super::wrap::{Row, plain, wrap};
use super::{Page, Theme};
use crate::app::{Access, Can, Lab, Node, NodeKind, Pane};
use crate::lesson::World;

/// Roles that one comes to through another are followed so far.
const DEPTH: usize = 3;

/// Draws the Map pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, world: World, area: Rect) -> String {
    let width = usize::from(area.width);
    let known = lab.world.as_ref().filter(|_| world == World::Sandbox);
    let rows = match known {
        None => unknown(page, world, "Who can reach what", width),
        Some(known) => rows(&page.theme, &known.access, lab.before.as_ref(), width),
    };
    let (scrolled, _) = lab.scrolled(Pane::Map);
    page.lines(Pane::Map, area, &rows, scrolled);
    place(rows.len(), usize::from(area.height), scrolled)
}

fn rows(theme: &Theme, access: &Access, before: Option<&Access>, width: usize) -> Vec<Row> {
    let mut out = Vec::new();
    if let Some(before) = before {
        out.extend(changes(theme, access, before, width));
        out.push(Row::default());
    }
    out.push(Row::new("Who can reach what", theme.strong));
    for who in &access.principals {
        out.extend(tree(theme, access, who, width));
    }
    out.push(Row::default());
    if access.left_out > 0 {
        let words = format!(
            "{} more are left out: the map has room for some.",
            access.left_out
        );
        out.extend(plain(&words, theme.muted, width, 0));
    }
    out.extend(plain(
        "Asked of the policies themselves, for each in turn: from this machine, now, without MFA, \
         external id, tags or session policies. Read and write: at least one object.",
        theme.muted,
        width,
        0,
    ));
    out
}

fn changes(theme: &Theme, access: &Access, before: &Access, width: usize) -> Vec<Row> {
    let (added, removed) = access.since(before);
    let mut out = vec![Row::new("What the last run changed", theme.strong)];
    if added.is_empty() && removed.is_empty() {
        out.push(Row::new(
            "  nothing: everyone can reach what they could",
            theme.muted,
        ));
    }
    let (plus, minus) = theme.change_marks();
    for (edges, mark, word, style) in [
        (&added, plus, "now can", theme.success),
        (&removed, minus, "no longer can", theme.denied),
    ] {
        for edge in edges {
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
    }
    out
}

fn tree<'a>(theme: &Theme, access: &'a Access, who: &'a Node, width: usize) -> Vec<Row> {
    let mut out = vec![Row::new("  ", theme.muted).with(who.words(), theme.code)];
    let mut seen = vec![who];
    if access.of(who).is_empty() {
        if let Some(row) = out.last_mut() {
            row.spans
                .push(("  reaches nothing".to_owned(), theme.muted));
        }
        return out;
    }
    branches(theme, access, who, "   ", &mut seen, width, &mut out);
    out
}

fn branches<'a>(
    theme: &Theme,
    access: &'a Access,
    who: &Node,
    before: &str,
    seen: &mut Vec<&'a Node>,
    width: usize,
    out: &mut Vec<Row>,
) {
    let reached = access.of(who);
    let (branch, last) = theme.branches();
    for (at, (what, can)) in reached.iter().enumerate() {
        let is_last = at + 1 == reached.len();
        let verbs: Vec<&str> = can.iter().map(|can| can.word()).collect();
        let piece = if is_last { last } else { branch };
        let under = if is_last { " " } else { theme.vertical() };
        out.extend(wrap(
            &[
                (format!("{} ", verbs.join(", ")), theme.accent),
                (what.words(), Style::new()),
            ],
            width,
            &Row::new(format!("{before}{piece} "), theme.rule),
            &Row::new(format!("{before}{under}    "), theme.rule),
        ));
        let follows = what.kind == NodeKind::Role
            && can.contains(&Can::Assume)
            && !seen.contains(what)
            && seen.len() < DEPTH;
        if follows {
            seen.push(what);
            branches(
                theme,
                access,
                what,
                &format!("{before}{under}  "),
                seen,
                width,
                out,
            );
            seen.pop();
        }
    }
}
