//! Places in the texts that authors write, and what is said about them.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Something wrong in a lesson: where, what, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Path of the file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, one line.
    pub message: String,
    /// What to do next, one line.
    pub advice: String,
    /// The line of the file.
    source: String,
    /// How many characters of it are meant.
    length: usize,
}

impl Finding {
    /// A finding about a range of bytes of a text.
    #[must_use]
    pub fn new(
        path: &str,
        text: &str,
        span: Range<usize>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let place = Place::of(text, span.start);
        let meant = text
            .get(floor(text, span.start)..floor(text, span.end.max(span.start)))
            .unwrap_or_default();
        let meant = meant.lines().next().unwrap_or_default();
        Self {
            path: path.to_owned(),
            line: place.line,
            column: place.column,
            message: message.into(),
            advice: advice.into(),
            source: text
                .lines()
                .nth(place.line.saturating_sub(1))
                .unwrap_or_default()
                .to_owned(),
            length: meant.chars().count().max(1),
        }
    }

    /// A finding about a line and column of a text, both from 1.
    #[must_use]
    pub fn at(
        path: &str,
        text: &str,
        line: usize,
        column: usize,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            line: line.max(1),
            column: column.max(1),
            message: message.into(),
            advice: advice.into(),
            source: text
                .lines()
                .nth(line.saturating_sub(1))
                .unwrap_or_default()
                .to_owned(),
            length: 1,
        }
    }
}

/// Columns of a long line that are shown around the place meant.
const WINDOW: usize = 100;

impl fmt::Display for Finding {
    /// `path:line:column: message`, the line with a caret under the place, and what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let before = self.column.saturating_sub(1);
        let skip = before.saturating_sub(WINDOW / 2);
        let cut = |at: usize| at > 0 && (at == skip || at == skip + WINDOW - 1);
        let shown: String = self
            .source
            .chars()
            .enumerate()
            .skip(skip)
            .take(WINDOW)
            .map(|(at, c)| match c.width() {
                Some(_) if cut(at) => '…',
                None => ' ',
                Some(_) => c,
            })
            .collect();
        let indent: String = shown.chars().take(before - skip).collect();
        let meant: String = shown
            .chars()
            .skip(before - skip)
            .take(self.length)
            .collect();
        writeln!(
            f,
            "{}:{}:{}: {}",
            self.path, self.line, self.column, self.message
        )?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {}", shown.trim_end())?;
        writeln!(
            f,
            "{margin} | {}{}",
            " ".repeat(indent.width()),
            "^".repeat(meant.width().max(1))
        )?;
        write!(f, "{margin} = {}", self.advice)
    }
}

/// A line and a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

impl Place {
    /// Where a byte of a text is.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..floor(text, offset)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// The nearest character boundary at or before a byte.
fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The byte of the source at which a byte of a TOML string's value stands.
///
/// `raw` is the string in the source with its quotation marks. A byte that came from an escape is
/// found at the escape's first character.
pub(crate) fn offset_in_string(raw: &str, value_offset: usize) -> usize {
    let (open, basic) = if raw.starts_with("\"\"\"") {
        (3, true)
    } else if raw.starts_with("'''") {
        (3, false)
    } else {
        (1, raw.starts_with('"'))
    };
    let mut at = open;
    let rest = |at: usize| raw.get(at..).unwrap_or_default();
    if open == 3 {
        // A line break right after the opening marks is not part of the value.
        if rest(at).starts_with("\r\n") {
            at += 2;
        } else if rest(at).starts_with('\n') {
            at += 1;
        }
    }
    let mut value = 0;
    while let Some(c) = rest(at).chars().next() {
        if !(basic && c == '\\') {
            if value >= value_offset {
                break;
            }
            at += c.len_utf8();
            value += c.len_utf8();
            continue;
        }
        let escape = rest(at + 1);
        let (consumed, produced) = match escape.chars().next() {
            Some('u') => (5, decoded_length(escape, 4)),
            Some('U') => (9, decoded_length(escape, 8)),
            Some('x') => (3, decoded_length(escape, 2)),
            Some(c) if c.is_whitespace() => {
                // A backslash at the end of a line swallows the white space that follows.
                (escape.len() - escape.trim_start().len(), 0)
            }
            _ => (1, 1),
        };
        if value + produced > value_offset {
            break;
        }
        at += 1 + consumed;
        value += produced;
    }
    at.min(raw.len())
}

/// How many bytes of UTF-8 an escape of so many hexadecimal digits stands for.
fn decoded_length(escape: &str, digits: usize) -> usize {
    escape
        .get(1..=digits)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32)
        .map_or(1, char::len_utf8)
}

/// The nearest of some names to one that is not among them, if any is near.
pub(crate) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    names
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len().max(name.len()) / 4)
        .min()
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "a\nbé\u{1F600}c\n";
        for (offset, line, column) in [(0, 1, 1), (2, 2, 1), (5, 2, 3), (9, 2, 4), (99, 3, 1)] {
            assert_eq!(Place::of(text, offset), Place { line, column }, "{offset}");
        }
    }

    #[test]
    fn a_place_in_a_string_is_found_in_the_source() {
        // Each: the source of the string, and a character that stands in it once.
        for (raw, wanted) in [
            ("\"abcX\"", 'X'),
            ("'abcX'", 'X'),
            ("'''\nabc\nX'''", 'X'),
            ("\"\"\"\r\nabc X\"\"\"", 'X'),
            (r#""a\nb\tX""#, 'X'),
            (r#""a\u00e9\U0001F600\x41X""#, 'X'),
            ("\"\"\"\na \\\n   b \\\n  X\"\"\"", 'X'),
            ("\"é\\\\X\"", 'X'),
        ] {
            let document = format!("a = {raw}");
            let value: toml::Table = document.parse().expect(raw);
            let value = value["a"].as_str().unwrap();
            let at = value.find(wanted).unwrap();
            assert_eq!(
                offset_in_string(raw, at),
                raw.find(wanted).unwrap(),
                "{raw}"
            );
        }
    }

    #[test]
    fn the_caret_stands_under_wide_characters_too() {
        let text = "title = \"日本\" x";
        let at = text.find('x').unwrap();
        let shown = Finding::new("l.toml", text, at..at + 1, "what", "do this").to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "l.toml:1:14: what");
        assert_eq!(lines[2], "1 | title = \"日本\" x");
        assert_eq!(lines[3].width(), lines[2].width());
        assert_eq!(lines[4], "  = do this");
    }
}
