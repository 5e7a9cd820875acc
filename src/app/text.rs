//! Long texts, indexed once so that a frame costs the same at any place in them.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a run of lines is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A command that was run, where there are several.
    Command,
    /// JSON as the AWS CLI prints it: a string never spans lines.
    Json,
    /// Any other output.
    Plain,
    /// Standard error.
    Error,
    /// A remark of the program.
    Note,
}

/// Lines of one kind, up to where the next section begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// First line, from 0.
    pub line: usize,
    /// Kind.
    pub kind: Kind,
}

/// A place inside a line too long to be measured from its beginning for each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    byte: usize,
    column: usize,
    in_string: bool,
}

/// Bytes above which a line gets marks, and between two of them.
const STRIDE: usize = 2048;

/// Places that a search remembers.
const MOST_FOUND: usize = 10_000;

/// A text with an index of its lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Indexed {
    text: String,
    /// First byte of each line.
    starts: Vec<usize>,
    /// (line, its marks), in order of lines.
    long: Vec<(usize, Vec<Mark>)>,
    sections: Vec<Section>,
    widest: usize,
}

/// A part of a line, as it stands on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice<'t> {
    /// From the first character that is wholly visible; more than fits may follow.
    pub text: &'t str,
    /// Columns to leave empty before it: half of a wide character is cut off.
    pub indent: usize,
    /// It begins inside a JSON string.
    pub in_string: bool,
    /// Byte of the whole text at which it begins.
    pub byte: usize,
}

impl Indexed {
    /// The text that has these sections.
    #[must_use]
    pub fn of(sections: &[Section], text: &str) -> Self {
        let lines: Vec<&str> = text.split('\n').collect();
        let ends = sections.iter().skip(1).map(|next| next.line);
        let ends = ends.chain([lines.len()]);
        let mut indexed = Self::default();
        for (section, end) in sections.iter().zip(ends) {
            let own = lines.get(section.line..end).unwrap_or_default();
            indexed.push(section.kind, &own.join("\n"));
        }
        indexed
    }

    /// A text of one kind.
    #[must_use]
    pub fn new(kind: Kind, text: &str) -> Self {
        let mut indexed = Self::default();
        indexed.push(kind, text);
        indexed
    }

    /// Appends lines. Control characters become visible signs and tabs spaces, so that nothing in
    /// an answer can command the terminal.
    pub fn push(&mut self, kind: Kind, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if text.is_empty() {
            return;
        }
        self.sections.push(Section {
            line: self.starts.len(),
            kind,
        });
        self.text.reserve(text.len() + 1);
        for line in text.split('\n') {
            let start = self.text.len();
            self.starts.push(start);
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.bytes().any(|byte| byte < b' ' || byte == 0x7f) || has_c1(line) {
                push_visible(&mut self.text, line);
            } else {
                self.text.push_str(line);
            }
            let line = self.text.get(start..).unwrap_or_default();
            let width = if line.len() > STRIDE {
                let (marks, width) = marks(line);
                self.long.push((self.starts.len() - 1, marks));
                width
            } else if line.is_ascii() {
                line.len()
            } else {
                line.width()
            };
            self.widest = self.widest.max(width);
            self.text.push('\n');
        }
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Columns of the widest line.
    #[must_use]
    pub fn widest(&self) -> usize {
        self.widest
    }

    /// A line, without its line break.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<&str> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied();
        self.text
            .get(start..end.unwrap_or(self.text.len()).saturating_sub(1))
    }

    /// The sections, in order.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// What a line is.
    #[must_use]
    pub fn kind(&self, line: usize) -> Kind {
        let after = self
            .sections
            .partition_point(|section| section.line <= line);
        self.sections
            .get(after.saturating_sub(1))
            .map_or(Kind::Plain, |section| section.kind)
    }

    /// Whether something of one kind begins at a line: one command, of several.
    #[must_use]
    pub fn begins(&self, line: usize) -> bool {
        let at = self.sections.binary_search_by_key(&line, |it| it.line);
        at.is_ok()
    }

    /// A line from a column on.
    #[must_use]
    pub fn slice(&self, line: usize, column: usize) -> Option<Slice<'_>> {
        let start = *self.starts.get(line)?;
        let text = self.line(line)?;
        let mark = self
            .long
            .binary_search_by_key(&line, |(line, _)| *line)
            .ok()
            .and_then(|at| self.long.get(at))
            .and_then(|(_, marks)| {
                let after = marks.partition_point(|mark| mark.column <= column);
                marks.get(after.checked_sub(1)?)
            });
        let (mut byte, mut at, mut in_string) = mark.map_or((0, 0, false), |mark| {
            (mark.byte, mark.column, mark.in_string)
        });
        let mut escaped = false;
        for c in text.get(byte..).unwrap_or_default().chars() {
            if at >= column {
                break;
            }
            at += c.width().unwrap_or(0);
            byte += c.len_utf8();
            step(c, &mut in_string, &mut escaped);
        }
        // A combining mark belongs to the character that is cut off.
        for c in text.get(byte..).unwrap_or_default().chars() {
            if column == 0 || c.width().unwrap_or(0) > 0 {
                break;
            }
            byte += c.len_utf8();
        }
        Some(Slice {
            text: text.get(byte..).unwrap_or_default(),
            indent: at.saturating_sub(column),
            in_string,
            byte: start + byte,
        })
    }

    /// Every place where a pattern stands, in order, as line and column; at most some thousands.
    #[must_use]
    pub fn find(&self, pattern: &Regex) -> Vec<(usize, usize)> {
        pattern
            .find_iter(&self.text)
            .take(MOST_FOUND)
            .map(|found| {
                let line = self
                    .starts
                    .partition_point(|start| *start <= found.start())
                    .saturating_sub(1);
                let start = self.starts.get(line).copied().unwrap_or_default();
                let before = self.text.get(start..found.start()).unwrap_or_default();
                let column = if before.is_ascii() {
                    before.len()
                } else {
                    before.width()
                };
                (line, column)
            })
            .collect()
    }
}

/// The pattern of what a learner typed: the words as they stand, in any case unless a capital
/// letter was typed.
#[must_use]
pub fn pattern(query: &str) -> Option<Regex> {
    if query.is_empty() {
        return None;
    }
    RegexBuilder::new(&regex::escape(query))
        .case_insensitive(!query.chars().any(char::is_uppercase))
        .build()
        .ok()
}

fn has_c1(line: &str) -> bool {
    !line.is_ascii() && line.chars().any(is_hidden)
}

/// Characters that a terminal would obey, or that reorder what is read.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text in which nothing can command a terminal or reorder what is read: line breaks stay, tabs
/// become blanks, other control characters a sign.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |line| (line, "\n"));
        push_visible(&mut out, line.strip_suffix('\r').unwrap_or(line));
        out.push_str(end);
    }
    out
}

fn push_visible(out: &mut String, line: &str) {
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let spaces = 8 - column % 8;
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        } else {
            let shown = if is_hidden(c) { '\u{fffd}' } else { c };
            out.push(shown);
            column += shown.width().unwrap_or(0);
        }
    }
}

fn step(c: char, in_string: &mut bool, escaped: &mut bool) {
    if std::mem::take(escaped) {
        return;
    }
    match c {
        '\\' if *in_string => *escaped = true,
        '"' => *in_string = !*in_string,
        _ => {}
    }
}

fn marks(line: &str) -> (Vec<Mark>, usize) {
    let mut marks = Vec::new();
    let mut column = 0;
    let mut in_string = false;
    let mut escaped = false;
    let mut next = STRIDE;
    for (byte, c) in line.char_indices() {
        let width = c.width().unwrap_or(0);
        if byte >= next && !escaped && width > 0 {
            marks.push(Mark {
                byte,
                column,
                in_string,
            });
            next = byte + STRIDE;
        }
        step(c, &mut in_string, &mut escaped);
        column += width;
    }
    (marks, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_kinds_and_columns() {
        let mut text = Indexed::default();
        text.push(Kind::Command, "aws x");
        text.push(Kind::Json, "{\n    \"a\": 1\n}\n");
        text.push(Kind::Error, "bad\tthing\u{1b}[0m");
        assert_eq!(text.len(), 5);
        assert_eq!(text.line(2), Some("    \"a\": 1"));
        assert_eq!(text.line(4), Some("bad     thing\u{fffd}[0m"));
        assert_eq!(text.line(5), None);
        let kinds: Vec<Kind> = (0..5).map(|line| text.kind(line)).collect();
        assert_eq!(
            kinds,
            [
                Kind::Command,
                Kind::Json,
                Kind::Json,
                Kind::Json,
                Kind::Error
            ]
        );
        let begins: Vec<usize> = (0..5).filter(|line| text.begins(*line)).collect();
        assert_eq!(begins, [0, 1, 4]);
        assert_eq!(text.find(&pattern("A").unwrap()), []);
        assert_eq!(text.find(&pattern("a").unwrap()), [(0, 0), (2, 5), (4, 1)]);
    }

    #[test]
    fn half_of_a_wide_character_leaves_a_gap() {
        let text = Indexed::new(Kind::Plain, "a日e\u{301}z");
        let slice = text.slice(0, 2).unwrap();
        assert_eq!((slice.text, slice.indent), ("e\u{301}z", 1));
        assert_eq!(text.slice(0, 4).unwrap().text, "z");
    }

    proptest! {
        #[test]
        fn a_slice_of_a_long_line_is_the_same_as_of_a_short_one(
            parts in proptest::collection::vec("[a\"\\\\日é\u{301}]{0,40}", 0..400),
            column in 0_usize..20_000,
        ) {
            let line = parts.concat();
            let text = Indexed::new(Kind::Json, &line);
            if let Some(slice) = text.slice(0, column) {
                let cut = line.strip_suffix(slice.text).unwrap();
                if !slice.text.is_empty() {
                    prop_assert_eq!(cut.width(), column + slice.indent);
                }
                let (mut in_string, mut escaped) = (false, false);
                cut.chars().for_each(|c| step(c, &mut in_string, &mut escaped));
                prop_assert_eq!(slice.in_string, in_string);
            }
        }
    }
}
