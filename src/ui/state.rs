//! What exists in the sandbox.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::window::{self, Window};
use super::wrap::{Row, plain, wrap};
use super::{Page, Theme};
use crate::app::{Lab, Pane, Thing};
use crate::lesson::World;

/// Draws the State pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, world: World, area: Rect) -> String {
    let width = usize::from(area.width);
    let (scrolled, _) = lab.scrolled(Pane::State);
    let Some(known) = lab.world.as_ref().filter(|_| world == World::Sandbox) else {
        let rows = unknown(page, world, "What exists", width);
        page.lines(Pane::State, area, &rows, 0);
        return String::new();
    };
    let theme = page.theme;
    window::draw(page, Pane::State, area, scrolled, |rows| {
        tell(rows, &theme, known, width);
    })
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

fn tell(rows: &mut Window, theme: &Theme, known: &crate::app::World, width: usize) {
    rows.row(|| Row::new("The sandbox at ", theme.muted).with(known.time.clone(), theme.strong));
    let mut nothing = Vec::new();
    for kind in &known.kinds {
        if kind.items.is_empty() {
            nothing.push(kind.title.to_lowercase());
            continue;
        }
        rows.row(Row::default);
        let count = kind.items.len() + kind.more;
        rows.row(|| {
            Row::new(kind.title.clone(), theme.strong).with(format!("  {count}"), theme.muted)
        });
        for thing in &kind.items {
            item(rows, theme, thing, width);
        }
        if kind.more > 0 {
            let words = format!("  .. and {} more", kind.more);
            rows.row(|| Row::new(words, theme.muted));
        }
    }
    if !nothing.is_empty() {
        rows.row(Row::default);
        let words = format!("No {}.", nothing.join(", no "));
        rows.rows(plain(&words, theme.muted, width, 0));
    }
}

fn item(rows: &mut Window, theme: &Theme, thing: &Thing, width: usize) {
    let spans = || {
        let mut spans = vec![(thing.name.clone(), theme.code)];
        for (at, fact) in thing.facts.iter().enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            spans.push((format!("{before}{fact}"), Style::new()));
        }
        spans
    };
    let first = || Row::new(format!("  {} ", theme.bullet()), theme.muted);
    let wide: usize = thing.facts.iter().map(|fact| fact.width() + 2).sum();
    if 4 + thing.name.width() + wide <= width {
        rows.row(|| {
            let mut row = first();
            row.spans.extend(spans());
            row
        });
    } else {
        rows.rows(wrap(
            &spans(),
            width,
            &first(),
            &Row::new("      ", Style::new()),
        ));
    }
}
