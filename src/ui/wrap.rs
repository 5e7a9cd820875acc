//! Wrapping styled text, once for a width: the same rows are counted, scrolled and drawn.

use std::ops::Range;

use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::secret::key_ids;

/// One row of the screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    /// Texts with their styles, one after another.
    pub spans: Vec<(String, Style)>,
}

impl Row {
    /// A row of one style.
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self {
            spans: vec![(text.into(), style)],
        }
    }

    /// Adds a text.
    pub fn with(mut self, text: impl Into<String>, style: Style) -> Self {
        self.spans.push((text.into(), style));
        self
    }

    /// Adds a text; one of the same style goes on.
    pub fn push(&mut self, text: &str, style: Style) {
        match self.spans.last_mut() {
            Some((last, known)) if *known == style => last.push_str(text),
            _ => self.spans.push((text.to_owned(), style)),
        }
    }
}

/// Wraps a paragraph between words. The first row begins with `first`, the others with `other`.
/// A line break in the text is one on the screen. Words longer than a row are broken.
pub(super) fn wrap(spans: &[(String, Style)], width: usize, first: &Row, other: &Row) -> Vec<Row> {
    let measure = |row: &Row| row.spans.iter().map(|(text, _)| wide(text)).sum::<usize>();
    let width = width.max(measure(first).max(measure(other)) + 4);
    let mut rows = Vec::new();
    let mut row = first.clone();
    let mut used = measure(first);
    let mut empty = true;
    let mut gap: Option<Style> = None;
    let mut next_row = |row: &mut Row, used: &mut usize| {
        rows.push(std::mem::replace(row, other.clone()));
        *used = measure(other);
    };
    let (parts, words) = words(spans);
    for word in words {
        match word {
            Word::Break => {
                next_row(&mut row, &mut used);
                empty = true;
                gap = None;
            }
            Word::Gap(style) => gap = Some(style),
            Word::Text(range) => {
                let parts = parts.get(range).unwrap_or_default();
                let wide: usize = parts.iter().map(|(text, _)| wide(text)).sum();
                if !empty && used + usize::from(gap.is_some()) + wide > width {
                    next_row(&mut row, &mut used);
                    empty = true;
                }
                if let Some(style) = gap.take()
                    && !empty
                {
                    row.push(" ", style);
                    used += 1;
                }
                empty = false;
                if used + wide <= width {
                    for (text, style) in parts {
                        row.push(text, *style);
                    }
                    used += wide;
                    continue;
                }
                for (text, style) in parts {
                    for (piece, wide) in pieces(text) {
                        if used + wide > width {
                            next_row(&mut row, &mut used);
                        }
                        row.push(piece, *style);
                        used += wide;
                    }
                }
            }
        }
    }
    rows.push(row);
    rows
}

/// The parts between which a text may be broken, with their columns: what a terminal draws as one
/// character, and access key ids, whose middle could not be covered if a row held half of one.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut ids = key_ids(text).peekable();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let length = match ids.next_if(|id| id.start == at) {
            Some(id) => id.len(),
            None if is_plain(rest.get(..2).unwrap_or(rest)) && !rest.is_empty() => 1,
            None => rest.graphemes(true).next()?.len(),
        };
        at += length;
        let piece = rest.get(..length)?;
        Some((piece, wide(piece)))
    })
}

/// Whether each byte of a text is a character of one column.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Columns of a text.
pub(super) fn wide(text: &str) -> usize {
    if is_plain(text) {
        text.len()
    } else {
        text.width()
    }
}

enum Word {
    /// Parts of one word.
    Text(Range<usize>),
    Gap(Style),
    Break,
}

/// Splits into words, which may change their style inside: the parts, and which of them belong
/// together.
fn words(spans: &[(String, Style)]) -> (Vec<(&str, Style)>, Vec<Word>) {
    let mut parts = Vec::new();
    let mut out = Vec::new();
    let mut start = 0;
    for (text, style) in spans {
        for piece in text.split_inclusive([' ', '\n']) {
            let word = piece.trim_end_matches([' ', '\n']);
            if !word.is_empty() {
                parts.push((word, *style));
            }
            if word.len() == piece.len() {
                continue;
            }
            if start < parts.len() {
                out.push(Word::Text(start..parts.len()));
                start = parts.len();
            }
            out.push(if piece.ends_with('\n') {
                Word::Break
            } else {
                Word::Gap(*style)
            });
        }
    }
    if start < parts.len() {
        out.push(Word::Text(start..parts.len()));
    }
    (parts, out)
}

/// Wraps a plain text.
pub(super) fn plain(text: &str, style: Style, width: usize, indent: usize) -> Vec<Row> {
    let indent = Row::new(" ".repeat(indent), style);
    wrap(&[(text.to_owned(), style)], width, &indent, &indent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(row: &Row) -> String {
        row.spans.iter().map(|(text, _)| text.as_str()).collect()
    }

    #[test]
    fn words_are_kept_whole_and_long_ones_broken() {
        let spans = [("one two 日本語 abcdefghijklm".to_owned(), Style::new())];
        let rows = wrap(&spans, 9, &Row::default(), &Row::new("  ", Style::new()));
        let rows: Vec<String> = rows.iter().map(text).collect();
        assert_eq!(rows, ["one two", "  日本語", "  abcdefg", "  hijklm"]);
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide_and_no_word_is_lost(input in "[a-z日é ]{0,200}", width in 5_usize..40) {
            let spans = [(input.clone(), Style::new())];
            let rows = wrap(&spans, width, &Row::default(), &Row::default());
            let joined: String = rows.iter().map(text).collect();
            for row in &rows {
                prop_assert!(text(row).width() <= width);
            }
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&joined), letters(&input));
        }
    }
}
