//! What exists in the sandbox.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Page;
use super::wrap::{Row, plain, wrap};
use crate::app::{Lab, Pane};
use crate::lesson::World;

/// Draws the State pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, world: World, area: Rect) -> String {
    let rows = rows(page, lab, world, usize::from(area.width));
    let (scrolled, _) = lab.scrolled(Pane::State);
    page.lines(Pane::State, area, &rows, scrolled);
    place(rows.len(), usize::from(area.height), scrolled)
}

/// Where one is in some rows.
pub(super) fn place(rows: usize, height: usize, scrolled: usize) -> String {
    if rows <= height {
        return String::new();
    }
    let first = scrolled.min(rows - height);
    format!("{}-{} of {rows}", first + 1, first + height)
}

/// What is said where nobody tells rolecall what exists.
pub(super) fn unknown(page: &Page<'_>, world: World, what: &str, width: usize) -> Vec<Row> {
    let whose = match world {
        World::Sandbox => "The sandbox is being looked at.".to_owned(),
        World::Account => format!(
            "{what} is known of the sandbox alone. A real account has no call that tells it, and \
             rolecall lists nothing there that the lesson did not ask for."
        ),
        World::Endpoint => {
            format!("{what} is known of the sandbox alone: this endpoint does not tell it.")
        }
    };
    plain(&whose, page.theme.muted, width.min(76), 0)
}

fn rows(page: &Page<'_>, lab: &Lab, world: World, width: usize) -> Vec<Row> {
    let theme = &page.theme;
    let Some(known) = lab.world.as_ref().filter(|_| world == World::Sandbox) else {
        return unknown(page, world, "What exists", width);
    };
    let mut out =
        vec![Row::new("The sandbox at ", theme.muted).with(known.time.clone(), theme.strong)];
    let mut nothing = Vec::new();
    for kind in &known.kinds {
        if kind.items.is_empty() {
            nothing.push(kind.title.to_lowercase());
            continue;
        }
        out.push(Row::default());
        let count = kind.items.len() + kind.more;
        out.push(Row::new(kind.title, theme.strong).with(format!("  {count}"), theme.muted));
        for item in &kind.items {
            let mut spans = vec![(item.name.clone(), theme.code)];
            for (at, fact) in item.facts.iter().enumerate() {
                let before = if at == 0 { ": " } else { ", " };
                spans.push((format!("{before}{fact}"), Style::new()));
            }
            out.extend(wrap(
                &spans,
                width,
                &Row::new(format!("  {} ", theme.bullet()), theme.muted),
                &Row::new("      ", Style::new()),
            ));
        }
        if kind.more > 0 {
            out.push(Row::new(
                format!("  .. and {} more", kind.more),
                theme.muted,
            ));
        }
    }
    if !nothing.is_empty() {
        out.push(Row::default());
        out.extend(plain(
            &format!("No {}.", nothing.join(", no ")),
            theme.muted,
            width,
            0,
        ));
    }
    out
}
