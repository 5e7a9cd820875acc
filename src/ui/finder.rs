//! The command palette.

use ratatui::layout::{Position, Rect};

use super::{Page, clip, footer, step};
use crate::app::{Intent, Model, choices};

/// Draws the palette over the screen.
pub(super) fn draw(page: &mut Page<'_>, model: &Model, area: Rect) {
    let Some(finder) = &model.finder else {
        return;
    };
    let width = area.width.saturating_sub(4).min(84);
    let height = area.height.saturating_sub(4).min(24);
    let inner = step::overlay(page, area, width, height, "Go to");
    let theme = page.theme;
    let x = page.put(inner.x, inner.y, inner.right(), "find: ", theme.accent);
    let x = page.put(x, inner.y, inner.right(), &finder.query, theme.strong);
    page.cursor = Some(Position::new(x.min(inner.right()), inner.y));
    let choices = choices(model);
    let top = inner.y + 2;
    let room = usize::from(inner.bottom().saturating_sub(top));
    if choices.is_empty() {
        page.put(
            inner.x,
            top,
            inner.right(),
            "Nothing has these letters in this order.",
            theme.muted,
        );
    }
    let selected = finder.selected.min(choices.len().saturating_sub(1));
    let first = (selected + 1).saturating_sub(room);
    for (y, (at, choice)) in
        (top..inner.bottom()).zip(choices.iter().enumerate().skip(first).take(room))
    {
        let (style, kind) = if at == selected {
            (theme.selected, theme.selected)
        } else {
            (theme.panel, theme.cli_option)
        };
        page.fill(Rect::new(inner.x, y, inner.width, 1), style);
        page.put(inner.x + 1, y, inner.x + 11, &clip(&choice.kind, 9), kind);
        let end = page.put_right(inner.x + 11, y, inner.right() - 1, choice.detail, style);
        let title = clip(&choice.title, end.saturating_sub(inner.x + 12));
        page.put(inner.x + 11, y, end, &title, style);
        page.target(inner.x, y, inner.width, 1, Intent::Select(at));
    }
    let place = format!(
        " {} of {} ",
        (selected + 1).min(choices.len()),
        choices.len()
    );
    let end = inner.right();
    page.put_right(x, inner.y, end, &place, theme.muted);
    footer(page, model, area);
}
