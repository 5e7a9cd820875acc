//! A text being edited, drawn with its colours.

use std::ops::Range;

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Page;
use super::command::style_at;
use super::wrap::is_plain;
use crate::app::{Editor, Intent, Subject, secrets_in};

/// Columns of the line numbers.
pub(super) const NUMBERS: u16 = 5;

/// Draws an editor. `styles` are those of byte ranges of the whole text, in order.
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
    let cursor_column = editor
        .lines()
        .get(line)
        .map_or(0, |text| column_of(text, character));
    let left = window(cursor_column, width);
    let mut byte: usize = editor
        .lines()
        .iter()
        .take(first)
        .map(|line| line.len() + 1)
        .sum();
    let selection = editor.selection();
    // What is written for a command may be a secret: it is counted, not shown.
    let secrets = match subject {
        Subject::Command => secrets_in(&editor.text()),
        Subject::File(_) | Subject::Note => Vec::new(),
    };
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
        let seen = page.veiled(text);
        // Where a byte is a column, what is left of the window need not be walked through.
        let skipped = if is_plain(&seen) {
            left.min(seen.len())
        } else {
            0
        };
        let mut column = skipped;
        let mut index = skipped;
        for (offset, piece) in seen
            .get(skipped..)
            .unwrap_or_default()
            .grapheme_indices(true)
        {
            if column >= left + width {
                page.cut(area, y);
                break;
            }
            let here = byte + skipped + offset;
            let mut style = style_at(styles, here).unwrap_or(page.theme.panel);
            let characters = index..index + piece.chars().count();
            if selection.is_some_and(|(from, to)| (at, index) >= from && (at, index) < to) {
                style = style.add_modifier(Modifier::REVERSED);
            }
            if wrong.is_some_and(|(_, column, _)| characters.contains(column)) {
                style = page.theme.error.add_modifier(Modifier::REVERSED);
            }
            let hidden = secrets.iter().any(|range| range.contains(&here));
            let wide = piece.width();
            let stars = "*".repeat(if hidden { wide } else { 0 });
            let piece = if hidden { &stars } else { piece };
            if column >= left && column + wide <= left + width {
                let x = area.x + gutter + u16::try_from(column - left).unwrap_or(u16::MAX);
                page.put(x, y, area.right(), piece, style);
            }
            column += wide;
            index = characters.end;
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

/// The column at which a character of a line is drawn: where it is a part of what a terminal draws
/// as one, where that one is.
fn column_of(text: &str, character: usize) -> usize {
    if is_plain(text) {
        return character.min(text.len());
    }
    let mut column = 0;
    let mut index = 0;
    for piece in text.graphemes(true) {
        index += piece.chars().count();
        if index > character {
            break;
        }
        column += piece.width();
    }
    column
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
