//! JSON with positions: the smallest reader that keeps where each value was written.
//!
//! Policies are refused with a line and a column, a statement knows its own text, and a key that
//! stands twice is an error (most readers silently keep one of the two).

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::Range;

/// Deepest nesting that is read; a policy needs six.
const MAX_DEPTH: usize = 64;

/// A place in a text, both counted from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The position of a byte offset in a text. An offset past the end gives the end.
    #[must_use]
    pub fn of(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(start..).unwrap_or("").chars().count() + 1;
        Self { line, column }
    }
}

/// Finds positions in a text, going on from the last one, forwards or backwards: a file of thousands
/// of statements is read in one pass, on one line as well.
#[derive(Debug)]
pub(crate) struct Ruler<'a> {
    text: &'a str,
    mark: Cell<(usize, Position)>,
}

impl<'a> Ruler<'a> {
    /// A ruler along a text.
    pub fn new(text: &'a str) -> Self {
        let start = Position { line: 1, column: 1 };
        Self {
            text,
            mark: Cell::new((0, start)),
        }
    }

    /// The position of a byte offset. An offset past the end gives the end.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let (from, mark) = self.mark.get();
        let between = |range: Range<usize>| self.text.get(range).unwrap_or("");
        let at = if offset >= from {
            moved(mark, between(from..offset))
        } else {
            let back = between(offset..from);
            let lines = back.matches('\n').count();
            if lines == 0 {
                let column = mark.column - back.chars().count();
                Position { column, ..mark }
            } else {
                let before = between(0..offset);
                let start = before.rfind('\n').map_or(0, |at| at + 1);
                let column = between(start..offset).chars().count() + 1;
                let line = mark.line - lines;
                Position { line, column }
            }
        };
        self.mark.set((offset, at));
        at
    }
}

/// The position behind a text that starts at another.
fn moved(from: Position, text: &str) -> Position {
    match text.rfind('\n') {
        None => Position {
            column: from.column + text.chars().count(),
            ..from
        },
        Some(at) => Position {
            line: from.line + text.matches('\n').count(),
            column: text.get(at + 1..).unwrap_or("").chars().count() + 1,
        },
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Bytes of the value in the text.
    pub span: Range<usize>,
    /// The value.
    pub value: Json,
}

/// A JSON value. Numbers keep their spelling.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Box<str>),
    String(Box<str>),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub name: Box<str>,
    /// Bytes of the name, quotes included.
    pub name_span: Range<usize>,
    pub node: Node,
}

impl Node {
    /// What the value is called in a message.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&[Member]> {
        match &self.value {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// A member of an object by name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.as_object()?
            .iter()
            .find(|member| &*member.name == name)
            .map(|member| &member.node)
    }

    /// A string, number or boolean as text, the way IAM reads a condition value.
    pub fn scalar(&self) -> Option<Cow<'_, str>> {
        match &self.value {
            Json::String(text) | Json::Number(text) => Some(Cow::Borrowed(text)),
            Json::Bool(true) => Some(Cow::Borrowed("true")),
            Json::Bool(false) => Some(Cow::Borrowed("false")),
            _ => None,
        }
    }
}

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub offset: usize,
    pub message: String,
}

/// Reads one JSON value and nothing behind it.
pub(crate) fn read(text: &str) -> Result<Node, JsonError> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    reader.blank();
    let node = reader.value(0)?;
    reader.blank();
    if reader.at < reader.bytes.len() {
        return Err(reader.error("something follows the end of the JSON value"));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError {
            offset: self.at,
            message: message.into(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The character here, for a message.
    fn here(&self) -> String {
        match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(c) => format!("found `{}`", c.escape_debug()),
            None => "the text ends here".to_owned(),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::String(self.string()?.into()),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.error(format!("expected a JSON value, {}", self.here()))),
        };
        Ok(Node {
            span: start..self.at,
            value,
        })
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonError> {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            self.at += word.len();
            Ok(value)
        } else {
            Err(self.error(format!("expected `{word}`")))
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if !self.digits() {
            return Err(self.error("expected a digit"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.digits() {
                return Err(self.error("expected a digit after the decimal point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return Err(self.error("expected a digit in the exponent"));
            }
        }
        Ok(Json::Number(
            self.text.get(start..self.at).unwrap_or("").into(),
        ))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while let Some(byte) = self.peek() {
                if byte == b'"' || byte == b'\\' || byte < 0x20 {
                    break;
                }
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or(""));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.error("a control character inside a string")),
                None => return Err(self.error("a string is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.peek() else {
            return Err(self.error("a string is not closed"));
        };
        let plain = match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.error(format!("unknown escape, {}", self.here()))),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        let first = self.hex4()?;
        let code = if (0xD800..0xDC00).contains(&first) {
            if self
                .bytes
                .get(self.at..)
                .is_some_and(|rest| rest.starts_with(b"\\u"))
            {
                self.at += 2;
                let second = self.hex4()?;
                if (0xDC00..0xE000).contains(&second) {
                    0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    0xD800
                }
            } else {
                0xD800
            }
        } else {
            first
        };
        char::from_u32(code).ok_or(JsonError {
            offset: start,
            message: "half of a surrogate pair".to_owned(),
        })
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at + 4);
        let value = digits
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.error("expected four hexadecimal digits"))?;
        self.at += 4;
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(items));
        }
        loop {
            self.blank();
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                _ => return Err(self.error(format!("expected `,` or `]`, {}", self.here()))),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.at += 1;
        let mut members: Vec<Member> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.error(format!("expected a name in quotes, {}", self.here())));
            }
            let name: Box<str> = self.string()?.into();
            let name_span = start..self.at;
            if !seen.insert(name.clone()) {
                let message = format!("`{}` is given twice", name.escape_debug());
                return Err(JsonError {
                    offset: start,
                    message,
                });
            }
            self.blank();
            if self.peek() != Some(b':') {
                return Err(self.error(format!("expected `:`, {}", self.here())));
            }
            self.at += 1;
            self.blank();
            let node = self.value(depth + 1)?;
            members.push(Member {
                name,
                name_span,
                node,
            });
            self.blank();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(self.error(format!("expected `,` or `}}`, {}", self.here()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Ruler};

    #[test]
    fn a_ruler_finds_what_counting_from_the_start_finds() {
        let text = "a\nbü\n\n{\"x\": 1}\nlast";
        let ruler = Ruler::new(text);
        let mut offset = 0;
        for step in 0..2_000 {
            offset = (offset * 31 + step * 7 + 3) % (text.len() + 3);
            assert_eq!(
                ruler.position(offset),
                Position::of(text, offset),
                "{offset}"
            );
        }
    }
}
