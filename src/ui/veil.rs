//! Access key ids on the screen: their ends are shown, the middle is not, unless the learner asks.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, Cell};

use super::Page;
use crate::secret::{KEY_PREFIXES, KEY_TAIL, is_of_key_id, key_ids, veil};

/// Characters from which on a run in a row is taken for a key id that the row's end may have cut.
const CUT: usize = 8;

/// Fewest characters of a whole id.
const WHOLE: usize = 16;

/// Covers the middle of every access key id on the screen. Whatever drew a text, a row of the
/// screen is where it can be seen; texts are broken before an id, not in it.
pub(super) fn cover(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(width) {
        let mut at = 0;
        while at < row.len() {
            let length = if begins(row.get(at..).unwrap_or_default()) {
                run(row.get(at..).unwrap_or_default())
            } else {
                0
            };
            if length >= CUT {
                let shown = if length >= WHOLE { KEY_TAIL } else { 0 };
                let hidden = at + KEY_PREFIXES[0].len()..at + length - shown;
                for cell in row.get_mut(hidden).unwrap_or_default() {
                    cell.set_symbol("*");
                }
            }
            at += length.max(1);
        }
    }
}

fn begins(cells: &[Cell]) -> bool {
    // Asked of every cell of the screen: one look is enough for nearly all.
    let first = cells.first().map_or("", Cell::symbol);
    let may = |prefix: &&str| prefix.as_bytes().get(..1) == Some(first.as_bytes());
    if !KEY_PREFIXES.iter().any(may) {
        return false;
    }
    KEY_PREFIXES.iter().any(|prefix| {
        let letters = prefix.as_bytes();
        cells.len() >= letters.len()
            && cells
                .iter()
                .zip(letters)
                .all(|(cell, letter)| cell.symbol().as_bytes() == [*letter])
    })
}

/// How many characters from here on may be those of an id.
fn run(cells: &[Cell]) -> usize {
    cells
        .iter()
        .take_while(|cell| {
            let mut letters = cell.symbol().chars();
            letters.next().is_some_and(is_of_key_id) && letters.next().is_none()
        })
        .count()
}

impl Page<'_> {
    /// A line of an editor or a file.
    pub(super) fn veiled<'t>(&self, line: &'t str) -> Cow<'t, str> {
        if self.whole_ids {
            Cow::Borrowed(line)
        } else {
            veil(line)
        }
    }

    /// What is seen of a line from one of its bytes on: the rest of an id that was cut there would
    /// no longer be known for one.
    pub(super) fn veiled_from<'t>(&self, line: &str, byte: usize, seen: &'t str) -> Cow<'t, str> {
        if self.whole_ids || byte == 0 {
            return Cow::Borrowed(seen);
        }
        // No id is longer than this (IAM API Reference, `AccessKey`).
        let mut from = byte.saturating_sub(128);
        while !line.is_char_boundary(from) {
            from += 1;
        }
        let mut until = byte.saturating_add(128).min(line.len());
        while !line.is_char_boundary(until) {
            until -= 1;
        }
        let around = line.get(from..until).unwrap_or_default();
        let cut = key_ids(around).find(|id| id.start + from < byte && id.end + from > byte);
        let Some(id) = cut else {
            return Cow::Borrowed(seen);
        };
        let hidden = (id.end + from - byte)
            .saturating_sub(KEY_TAIL)
            .min(seen.len());
        let rest = seen.get(hidden..).unwrap_or_default();
        Cow::Owned(format!("{}{rest}", "*".repeat(hidden)))
    }
}
