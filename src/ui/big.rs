//! Words in letters that are several rows high, for the last row of a room.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Page;

/// Dots of a letter, in each direction.
const DOTS: u16 = 5;

/// Columns and rows of one dot, the largest first. A cell is about twice as high as it is wide.
const SIZES: [(u16, u16); 5] = [(6, 3), (4, 2), (3, 2), (2, 1), (1, 1)];

/// The dots of a capital letter, a row a number, the left one the highest bit; of anything else,
/// nothing.
fn dots(letter: char) -> [u8; 5] {
    match letter {
        'A' => [0b01110, 0b10001, 0b11111, 0b10001, 0b10001],
        'C' => [0b01111, 0b10000, 0b10000, 0b10000, 0b01111],
        'D' => [0b11110, 0b10001, 0b10001, 0b10001, 0b11110],
        'E' => [0b11111, 0b10000, 0b11110, 0b10000, 0b11111],
        'H' => [0b10001, 0b10001, 0b11111, 0b10001, 0b10001],
        'I' => [0b11111, 0b00100, 0b00100, 0b00100, 0b11111],
        'K' => [0b10001, 0b10010, 0b11100, 0b10010, 0b10001],
        'L' => [0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
        'N' => [0b10001, 0b11001, 0b10101, 0b10011, 0b10001],
        'O' => [0b01110, 0b10001, 0b10001, 0b10001, 0b01110],
        'P' => [0b11110, 0b10001, 0b11110, 0b10000, 0b10000],
        'R' => [0b11110, 0b10001, 0b11110, 0b10010, 0b10001],
        'S' => [0b01111, 0b10000, 0b01110, 0b00001, 0b11110],
        'T' => [0b11111, 0b00100, 0b00100, 0b00100, 0b00100],
        'U' => [0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
        _ => [0; 5],
    }
}

/// Columns of a word, a dot being so wide. Letters stand a column apart, or a dot where one is
/// wider.
fn width(word: &str, dot: u16) -> u16 {
    let letters = u16::try_from(word.chars().count()).unwrap_or(u16::MAX);
    let gap = (dot / 2).max(1);
    letters.saturating_mul(DOTS * dot + gap).saturating_sub(gap)
}

/// Draws a word in the middle of an area's rows at the top, as large as fits; gives the row below.
/// Where it fits in no size it stands there as any other word.
pub(super) fn draw(page: &mut Page<'_>, area: Rect, word: &str, style: Style) -> u16 {
    let fits = |(x, y): &(u16, u16)| width(word, *x) <= area.width && DOTS * y <= area.height / 2;
    let Some((wide, high)) = SIZES.into_iter().find(fits) else {
        page.put(area.x, area.y, area.right(), word, style);
        return area.y + 1;
    };
    let piece = page.theme.block();
    let mut x = area.x + area.width.saturating_sub(width(word, wide)) / 2;
    for letter in word.chars() {
        for (row, bits) in (0..DOTS).zip(dots(letter)) {
            for column in 0..DOTS {
                if bits >> (DOTS - 1 - column) & 1 == 0 {
                    continue;
                }
                for y in 0..high {
                    for cell in 0..wide {
                        let x = x + column * wide + cell;
                        let y = area.y + row * high + y;
                        page.put(x, y, area.right(), piece, style);
                    }
                }
            }
        }
        x += DOTS * wide + (wide / 2).max(1);
    }
    area.y + DOTS * high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_an_outcome_has_its_letters() {
        for word in ["SUCCESS", "DENIED", "ERROR", "STOPPED", "CHECKED", "DONE"] {
            for letter in word.chars() {
                assert_ne!(dots(letter), [0; 5], "{letter} of {word}");
            }
        }
    }

    #[test]
    fn the_longest_word_is_twice_as_large_in_80_columns() {
        assert!(width("SUCCESS", 2) <= 76 && width("SUCCESS", 1) <= 56);
    }
}
