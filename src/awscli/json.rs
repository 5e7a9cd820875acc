//! JSON as Python's `json.loads` reads it, errors worded as it words them.

use serde_json::{Map, Number, Value};

/// How deep values may nest.
const DEPTH: usize = 200;

/// Reads one JSON value.
///
/// # Errors
///
/// Python's message, such as `Expecting value: line 1 column 1 (char 0)`.
pub(crate) fn loads(text: &str) -> Result<Value, String> {
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
    };
    if text.starts_with('\u{feff}') {
        return Err(reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0));
    }
    reader.space();
    let value = reader.value(0)?;
    reader.space();
    if reader.at < reader.chars.len() {
        return Err(reader.error("Extra data", reader.at));
    }
    Ok(value)
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn error(&self, what: &str, at: usize) -> String {
        let before = self.chars.get(..at).unwrap_or_default();
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = match before.iter().rposition(|c| *c == '\n') {
            Some(newline) => at - newline,
            None => at + 1,
        };
        format!("{what}: line {line} column {column} (char {at})")
    }

    fn word(&mut self, word: &str) -> bool {
        let fits = word
            .chars()
            .enumerate()
            .all(|(ahead, c)| self.chars.get(self.at + ahead) == Some(&c));
        if fits {
            self.at += word.len();
        }
        fits
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        let start = self.at;
        if depth > DEPTH {
            return Err("maximum recursion depth exceeded".into());
        }
        match self.peek() {
            Some('"') => {
                self.at += 1;
                self.string(start).map(Value::String)
            }
            Some('{') => {
                self.at += 1;
                self.object(depth)
            }
            Some('[') => {
                self.at += 1;
                self.array(depth)
            }
            Some('n') if self.word("null") => Ok(Value::Null),
            Some('t') if self.word("true") => Ok(Value::Bool(true)),
            Some('f') if self.word("false") => Ok(Value::Bool(false)),
            Some('-' | '0'..='9') => self.number(),
            _ => Err(self.error("Expecting value", start)),
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let from = reader.at;
            while reader.peek().is_some_and(|c| c.is_ascii_digit()) {
                reader.at += 1;
            }
            reader.at > from
        };
        if self.peek() == Some('-') {
            self.at += 1;
        }
        if self.peek() == Some('0') {
            self.at += 1;
        } else if !digits(self) {
            self.at = start;
            return Err(self.error("Expecting value", start));
        }
        let mut float = false;
        let whole = self.at;
        if self.peek() == Some('.') {
            self.at += 1;
            if digits(self) {
                float = true;
            } else {
                self.at = whole;
            }
        }
        let mantissa = self.at;
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            if digits(self) {
                float = true;
            } else {
                self.at = mantissa;
            }
        }
        let text: String = self
            .chars
            .get(start..self.at)
            .into_iter()
            .flatten()
            .collect();
        let whole = if float {
            None
        } else {
            let signed = text.parse::<i64>().ok().map(Number::from);
            signed.or_else(|| text.parse::<u64>().ok().map(Number::from))
        };
        let number = whole.or_else(|| text.parse().ok().and_then(Number::from_f64));
        // A number beyond every range that AWS knows.
        number
            .map(Value::Number)
            .ok_or_else(|| self.error("Number out of range", start))
    }

    fn string(&mut self, start: usize) -> Result<String, String> {
        let mut out = String::new();
        loop {
            let at = self.at;
            let Some(c) = self.peek() else {
                return Err(self.error("Unterminated string starting at", start));
            };
            self.at += 1;
            match c {
                '"' => return Ok(out),
                '\\' => {
                    let Some(escape) = self.peek() else {
                        return Err(self.error("Unterminated string starting at", start));
                    };
                    self.at += 1;
                    match escape {
                        '"' | '\\' | '/' => out.push(escape),
                        'b' => out.push('\u{8}'),
                        'f' => out.push('\u{c}'),
                        'n' => out.push('\n'),
                        'r' => out.push('\r'),
                        't' => out.push('\t'),
                        'u' => out.push(self.unicode(at)?),
                        _ => return Err(self.error("Invalid \\escape", at)),
                    }
                }
                c if u32::from(c) < 0x20 => {
                    return Err(self.error("Invalid control character at", at));
                }
                c => out.push(c),
            }
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let digits: String = self.chars.get(self.at..self.at + 4)?.iter().collect();
        let fits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| fits)?;
        self.at += 4;
        Some(code)
    }

    fn unicode(&mut self, start: usize) -> Result<char, String> {
        let Some(first) = self.hex() else {
            return Err(self.error("Invalid \\uXXXX escape", start + 1));
        };
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) {
            let before = self.at;
            let second = self.word("\\u").then(|| self.hex()).flatten();
            match second {
                Some(second) if (0xdc00..0xe000).contains(&second) => {
                    code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                }
                _ => self.at = before,
            }
        }
        // A lone surrogate cannot be sent to AWS; Python fails later.
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = Map::new();
        self.space();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            let start = self.at;
            if self.peek() != Some('"') {
                let what = "Expecting property name enclosed in double quotes";
                return Err(self.error(what, start));
            }
            self.at += 1;
            let name = self.string(start)?;
            self.space();
            if self.peek() != Some(':') {
                return Err(self.error("Expecting ':' delimiter", self.at));
            }
            self.at += 1;
            self.space();
            let value = self.value(depth + 1)?;
            members.insert(name, value);
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    return Ok(Value::Object(members));
                }
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
            self.space();
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut elements = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Value::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    return Ok(Value::Array(elements));
                }
                _ => return Err(self.error("Expecting ',' delimiter", self.at)),
            }
            self.space();
        }
    }
}
