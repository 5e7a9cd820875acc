//! A text being edited, drawn with its colours.

use std::ops::Range;

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthChar;

use super::Page;
use crate::app::{Editor, Intent, Subject};

/// Columns of the line numbers.
pub(super) const NUMBERS: u16 = 5;

/// Draws an editor. `styles` are those of byte ranges of the whole text.
pub(super) fn draw(
    page: &mut Page<'_>,
    area: Rect,
    editor: &Editor,
    fault: Option<&(usize, usize, String)>,
    styles: &[(Range<usize>, Style)],
    subject: &Subject,
    numbers: bool,
) {
    if area.height == 0 || area.width < 12 {
        return;
    }
    let gutter = if numbers { NUMBERS } else { 0 };
    let width = usize::from(area.width - gutter);
    let (line, character) = editor.cursor();
    let first = window(line, usize::from(area.height));
    let cursor_column: usize = editor
        .lines()
        .get(line)
        .map(|text| text.chars().take(character).map(wide).sum())
        .unwrap_or_default();
    let left = window(cursor_column, width);
    let mut byte: usize = editor
        .lines()
        .iter()
        .take(first)
        .map(|line| line.len() + 1)
        .sum();
    let selection = editor.selection();
    for (y, (at, text)) in
        (area.top()..area.bottom()).zip(editor.lines().iter().enumerate().skip(first))
    {
        let wrong = fault.filter(|(line, ..)| *line == at);
        if numbers {
            let style = if wrong.is_some() {
                page.theme.error
            } else {
                page.theme.muted
            };
            page.put(area.x, y, area.right(), &format!("{:>3}", at + 1), style);
        }
        let mut column = 0;
        for (index, (offset, c)) in text.char_indices().enumerate() {
            let here = byte + offset;
            let mut style = styles
                .iter()
                .find(|(range, _)| range.contains(&here))
                .map_or(page.theme.panel, |(_, style)| *style);
            if selection.is_some_and(|(from, to)| (at, index) >= from && (at, index) < to) {
                style = style.add_modifier(Modifier::REVERSED);
            }
            if wrong.is_some_and(|(_, column, _)| *column == index) {
                style = page.theme.error.add_modifier(Modifier::REVERSED);
            }
            if column >= left && column + wide(c) <= left + width {
                let x = area.x + gutter + u16::try_from(column - left).unwrap_or(u16::MAX);
                page.put(x, y, area.right(), c.encode_utf8(&mut [0; 4]), style);
            }
            column += wide(c);
        }
        page.target(
            area.x,
            y,
            area.width,
            1,
            Intent::Cursor(subject.clone(), at, text.chars().count()),
        );
        byte += text.len() + 1;
    }
    let clamp = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    page.cursor = Some(Position::new(
        area.x
            .saturating_add(gutter)
            .saturating_add(clamp(cursor_column.saturating_sub(left)))
            .min(area.right()),
        area.y + clamp(line.saturating_sub(first)).min(area.height - 1),
    ));
}

/// The first line or column to show so that one of them is seen: half a page at a time.
fn window(at: usize, size: usize) -> usize {
    if at < size {
        return 0;
    }
    let half = (size / 2).max(1);
    if size < 2 {
        return at;
    }
    (at / half).saturating_sub(1) * half
}

fn wide(c: char) -> usize {
    c.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_cursor_is_always_in_the_window() {
        for size in 1..20 {
            for at in 0..200 {
                let first = window(at, size);
                assert!(first <= at && at < first + size, "{at} {size} {first}");
            }
        }
    }
}
