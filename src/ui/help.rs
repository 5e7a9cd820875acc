//! Help, made from the keymap.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::wrap::{Row, wrap};
use super::{Page, columns, footer, step};
use crate::app::{Model, Pane, keymap};

/// Columns of the keys, of which some meanings have four.
const KEYS: usize = 18;

/// Draws the help over the screen.
pub(super) fn draw(page: &mut Page<'_>, model: &Model, area: Rect, scroll: usize) {
    let width = area.width.saturating_sub(4).min(84);
    let height = area.height.saturating_sub(2);
    let inner = step::overlay(page, area, width, height, "Keys");
    let theme = page.theme;
    let mut rows = Vec::new();
    for (title, bindings) in keymap::help(model) {
        if !rows.is_empty() {
            rows.push(Row::default());
        }
        rows.push(Row::new(title, theme.strong));
        for binding in bindings {
            let keys: Vec<String> = binding
                .keys
                .iter()
                .map(|key| {
                    if model.capabilities.unicode {
                        key.to_string()
                    } else {
                        key.ascii()
                    }
                })
                .collect();
            let keys = keys.join(" ");
            let pad = KEYS.saturating_sub(usize::from(columns(&keys)));
            let first = Row::new(format!("  {keys}{} ", " ".repeat(pad)), theme.cli_option);
            let used = usize::from(columns(&keys)).max(KEYS) + 3;
            if used + usize::from(columns(binding.help)) <= usize::from(inner.width) {
                rows.push(first.with(binding.help, Style::new()));
                continue;
            }
            rows.extend(wrap(
                &[(binding.help.to_owned(), Style::new())],
                usize::from(inner.width),
                &first,
                &Row::new(" ".repeat(KEYS + 3), Style::new()),
            ));
        }
    }
    page.lines(Pane::Help, inner, &rows, scroll);
    footer(page, model, area);
}
