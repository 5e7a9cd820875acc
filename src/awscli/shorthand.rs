//! The AWS CLI's shorthand syntax: `Key=a,Value=b`, with `[lists]`, `{structures}`, quotes and
//! `Key@=file://path`.

use serde_json::{Map, Value};

use super::python;
use crate::model::{Kind, Model, Reference, Shape};

/// Why a shorthand text cannot be used.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It does not parse, or a file it names cannot be read; worded as the CLI does behind
    /// `Error parsing parameter '--x': `.
    Syntax(String),
    /// A value is not what the model says; Python's own words.
    Value(String),
}

/// Reads a file named in a `Key@=file://path`; `None` where the value names none.
pub(crate) type LoadFile<'a> = &'a dyn Fn(&str) -> Result<Option<String>, String>;

/// How deep lists and structures may nest.
const DEPTH: usize = 100;

/// Reads one shorthand expression.
pub(crate) fn parse(text: &str, load: LoadFile<'_>) -> Result<Map<String, Value>, Failure> {
    let mut parser = Parser {
        chars: text.chars().collect(),
        at: 0,
        resolve: false,
        depth: 0,
        load,
    };
    parser.parameter().map_err(Failure::Syntax)
}

struct Parser<'a> {
    chars: Vec<char>,
    at: usize,
    resolve: bool,
    depth: usize,
    load: LoadFile<'a>,
}

type Step<T> = Result<T, String>;

impl Parser<'_> {
    fn parameter(&mut self) -> Step<Map<String, Value>> {
        let mut members = Map::new();
        let (key, value) = self.pair()?;
        members.insert(key, value);
        let mut last = self.at;
        while self.at < self.chars.len() {
            self.expect_spaced(',')?;
            let (key, value) = self.pair()?;
            if members.contains_key(&key) {
                return Err(format!(
                    "Second instance of key \"{key}\" encountered for input:\n{}\nThis is often \
                     because there is a preceding \",\" instead of a space.",
                    self.location(last + 1)
                ));
            }
            members.insert(key, value);
            last = self.at;
        }
        Ok(members)
    }

    fn pair(&mut self) -> Step<(String, Value)> {
        let key = self.key()?;
        let value = match self.peek() {
            None => Value::from(""),
            Some('[') => self.list()?,
            Some('{') => self.structure()?,
            Some(_) => self.values()?,
        };
        Ok((key, value))
    }

    fn key(&mut self) -> Step<String> {
        let start = self.at;
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.#/:".contains(c);
        while self.peek().is_some_and(fits) {
            self.at += 1;
        }
        let key = self.slice(start, self.at);
        self.spaces();
        self.resolve = self.peek() == Some('@');
        if self.resolve {
            self.expect_spaced('@')?;
        }
        self.expect_spaced('=')?;
        Ok(key)
    }

    /// One value, or several with commas between them that are followed by no key.
    fn values(&mut self) -> Step<Value> {
        let first = self.first_value()?;
        self.spaces();
        if self.peek() != Some(',') {
            return Ok(first);
        }
        self.expect_spaced(',')?;
        let mut list = vec![first];
        loop {
            match self.next_in_list() {
                Ok((value, more)) => {
                    list.push(value);
                    if !more {
                        break;
                    }
                }
                Err(message) if self.at >= self.chars.len() => return Err(message),
                Err(_) => {
                    while self.at > 0 && self.peek() != Some(',') {
                        self.at -= 1;
                    }
                    break;
                }
            }
        }
        Ok(match list.len() {
            1 => list.pop().unwrap_or_default(),
            _ => Value::Array(list),
        })
    }

    fn next_in_list(&mut self) -> Step<(Value, bool)> {
        let value = self.second_value()?;
        self.spaces();
        if self.at >= self.chars.len() {
            return Ok((value, false));
        }
        self.expect_spaced(',')?;
        Ok((value, true))
    }

    fn list(&mut self) -> Step<Value> {
        self.expect_spaced('[')?;
        let mut elements = Vec::new();
        while self.peek() != Some(']') {
            elements.push(self.nested()?);
            self.spaces();
            if self.peek() != Some(']') {
                self.expect(',')?;
                self.spaces();
            }
        }
        self.expect(']')?;
        Ok(Value::Array(elements))
    }

    fn structure(&mut self) -> Step<Value> {
        self.expect_spaced('{')?;
        let mut members = Map::new();
        while self.peek() != Some('}') {
            let key = self.key()?;
            let value = self.nested()?;
            self.spaces();
            if self.peek() != Some('}') {
                self.expect(',')?;
                self.spaces();
            }
            members.insert(key, value);
        }
        self.expect('}')?;
        Ok(Value::Object(members))
    }

    fn nested(&mut self) -> Step<Value> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("maximum recursion depth exceeded".into());
        }
        let value = match self.peek() {
            Some('[') => self.list(),
            Some('{') => self.structure(),
            _ => self.first_value(),
        };
        self.depth -= 1;
        value
    }

    fn first_value(&mut self) -> Step<Value> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => match self.plain(first_follows) {
                Some(text) => self.resolved(text),
                None => Ok(Value::from("")),
            },
        }
    }

    fn second_value(&mut self) -> Step<Value> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            _ => match self.plain(second_follows) {
                Some(text) => self.resolved(text),
                None => Err(self.unexpected("<second>", "<none>")),
            },
        }
    }

    fn plain(&mut self, follows: fn(char) -> bool) -> Option<String> {
        let start = self.at;
        let mut end = start;
        loop {
            match (self.chars.get(end), self.chars.get(end + 1)) {
                (Some('\\'), Some(',')) => end += 2,
                (Some(c), _) if end == start && starts(*c) => end += 1,
                (Some(c), _) if end > start && follows(*c) => end += 1,
                _ => break,
            }
        }
        if end == start {
            return None;
        }
        self.at = end;
        let text = self.slice(start, end).replace("\\,", ",");
        Some(text.trim_end().to_owned())
    }

    fn quoted(&mut self, quote: char) -> Step<Value> {
        let start = self.at;
        let mut end = start + 1;
        loop {
            match (self.chars.get(end), self.chars.get(end + 1)) {
                (Some('\\'), Some(c)) if *c == quote => end += 2,
                (Some(c), _) if *c == quote => break,
                (Some(_), _) => end += 1,
                (None, _) => {
                    // As a regular expression would, take an escaped quote for the last one.
                    let closing = (start + 1..self.chars.len())
                        .rev()
                        .find(|at| self.chars.get(*at) == Some(&quote));
                    match closing {
                        Some(closing) => {
                            end = closing;
                            break;
                        }
                        None => {
                            let name = match quote {
                                '\'' => "<singled quoted>",
                                _ => "<double quoted>",
                            };
                            return Err(self.unexpected(name, "<none>"));
                        }
                    }
                }
            }
        }
        let text = self
            .slice(start + 1, end)
            .replace(&format!("\\{quote}"), &quote.to_string())
            .replace("\\\\", "\\");
        self.at = end + 1;
        self.resolved(text)
    }

    fn resolved(&self, text: String) -> Step<Value> {
        if self.resolve
            && let Some(loaded) = (self.load)(&text)?
        {
            return Ok(Value::from(loaded));
        }
        Ok(Value::from(text))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to).into_iter().flatten().collect()
    }

    fn spaces(&mut self) {
        while matches!(
            self.peek(),
            Some(' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
        ) {
            self.at += 1;
        }
    }

    fn expect(&mut self, wanted: char) -> Step<()> {
        match self.peek() {
            Some(c) if c == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(c) => Err(self.unexpected(&wanted.to_string(), &c.to_string())),
            None => Err(self.unexpected(&wanted.to_string(), "EOF")),
        }
    }

    fn expect_spaced(&mut self, wanted: char) -> Step<()> {
        self.spaces();
        self.expect(wanted)?;
        self.spaces();
        Ok(())
    }

    fn unexpected(&self, expected: &str, received: &str) -> String {
        format!(
            "Expected: '{expected}', received: '{received}' for input:\n {}",
            self.location(self.at)
        )
    }

    /// The text with a caret under the place.
    fn location(&self, at: usize) -> String {
        let before = self.slice(0, at);
        let column = match before.rfind('\n') {
            Some(_) => before.chars().rev().take_while(|c| *c != '\n').count(),
            None => at,
        };
        let next = self.chars.iter().skip(at).position(|c| *c == '\n');
        let (consumed, rest) = match next {
            Some(ahead) => (
                self.slice(0, at + ahead),
                self.slice(at + ahead, self.chars.len()),
            ),
            None => (self.slice(0, self.chars.len()), String::new()),
        };
        format!("{consumed}\n{}^{rest}", " ".repeat(column))
    }
}

/// What an unquoted value may begin with: anything but whitespace, quotes, `,`, `=`, `[` and such.
fn starts(c: char) -> bool {
    matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='Z' | '\\'..='z' | '|'..='\u{ffff}')
}

/// What may follow in the first value of a member: also `=`, quotes and brackets do.
fn first_follows(c: char) -> bool {
    is_space(c)
        || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='\\' | '^'..='|' | '~'..='\u{ffff}')
}

/// What may follow in a later value of a list: no `=`, which would make it a key.
fn second_follows(c: char) -> bool {
    is_space(c) || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='\u{ffff}')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Whether values of that shape can be written in shorthand.
pub(crate) fn applies(model: &Model, shape: &Shape) -> bool {
    let complex = |kind| matches!(kind, Kind::Structure | Kind::List | Kind::Map);
    match (&shape.kind, &shape.member) {
        (Kind::List, Some(member)) => complex(model.target(member).kind),
        (kind, _) => complex(*kind),
    }
}

/// Makes parsed values what the model says: numbers, booleans, and lists of one.
pub(crate) fn adjust(model: &Model, shape: &Shape, value: &mut Value) -> Result<(), Failure> {
    match shape.kind {
        Kind::Structure => {
            let Value::Object(members) = value else {
                return Ok(());
            };
            for member in &shape.members {
                if let Some(value) = members.get_mut(&member.name) {
                    adjust(model, model.target(&member.reference), value)?;
                }
            }
        }
        Kind::List => match value {
            Value::Array(elements) => {
                for element in elements {
                    adjust_part(model, shape.member.as_ref(), element)?;
                }
            }
            // `Names=a` means one name.
            other => *other = Value::Array(vec![other.take()]),
        },
        Kind::Map => {
            if let Value::Object(members) = value {
                for (_, value) in members.iter_mut() {
                    adjust_part(model, shape.value.as_ref(), value)?;
                }
            }
        }
        kind => scalar(kind, value)?,
    }
    Ok(())
}

fn adjust_part(
    model: &Model,
    reference: Option<&Reference>,
    value: &mut Value,
) -> Result<(), Failure> {
    match reference {
        Some(reference) => adjust(model, model.target(reference), value),
        None => Ok(()),
    }
}

fn scalar(kind: Kind, value: &mut Value) -> Result<(), Failure> {
    match kind {
        Kind::Integer | Kind::Long => *value = integer(value)?.into(),
        Kind::Float | Kind::Double => *value = float(value)?.into(),
        Kind::Boolean => {
            if let Value::String(text) = value {
                match text.to_lowercase().as_str() {
                    "true" => *value = Value::Bool(true),
                    "false" => *value = Value::Bool(false),
                    _ => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn integer(value: &Value) -> Result<i64, Failure> {
    match value {
        Value::String(text) => python::int(text).ok_or_else(|| {
            Failure::Value(format!(
                "invalid literal for int() with base 10: {}",
                python::repr_str(text)
            ))
        }),
        other => Err(Failure::Value(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            python::short_type_name(other)
        ))),
    }
}

fn float(value: &Value) -> Result<f64, Failure> {
    match value {
        Value::String(text) => python::float(text).ok_or_else(|| {
            Failure::Value(format!(
                "could not convert string to float: {}",
                python::repr_str(text)
            ))
        }),
        other => Err(Failure::Value(format!(
            "float() argument must be a string or a real number, not '{}'",
            python::short_type_name(other)
        ))),
    }
}
