//! `--output yaml`: block style, members by name, scalars quoted where libyaml, which the AWS CLI
//! writes with, would quote them, and folded at the same columns.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::awscli::python;

/// The column behind which a line is broken at the next blank.
const WIDTH: usize = 80;
/// Keys beyond this length in bytes are written with `? `.
const KEY: usize = 128;
/// The tag of an object that keeps the order of its members.
const OMAP: &str = "!!omap";

/// The value as YAML; nothing at all for an empty answer. A scalar alone is written as JSON. The objects
/// that are also in `ordered` keep the order of their members.
pub(crate) fn render(value: &Value, ordered: Option<&Value>) -> String {
    match value {
        Value::Object(members) if members.is_empty() => String::new(),
        Value::Array(_) | Value::Object(_) => document(value, ordered),
        scalar => super::json::render(scalar),
    }
}

/// The value as the only element of a list, which is how a page of `yaml-stream` is written.
pub(crate) fn stream(value: &Value, ordered: Option<&Value>) -> String {
    match value {
        Value::Object(members) if members.is_empty() => String::new(),
        value => document(&Value::Array(vec![value.clone()]), ordered),
    }
}

fn document(value: &Value, ordered: Option<&Value>) -> String {
    let mut writer = Writer::default();
    if let Some(ordered) = ordered {
        objects(ordered, &mut writer.ordered);
    }
    match value {
        Value::Object(members) if writer.is_ordered(members) => {
            writer.write(OMAP);
            writer.line(0);
            writer.pairs(members, 0);
        }
        Value::Object(members) if !members.is_empty() => writer.mapping(members, 0),
        Value::Array(elements) if !elements.is_empty() => writer.sequence(elements, 0),
        _ => writer.write("[]"),
    }
    writer.write("\n");
    writer.out
}

/// The objects in a value, itself included.
fn objects<'a>(value: &'a Value, found: &mut Vec<&'a Map<String, Value>>) {
    match value {
        Value::Object(members) => {
            found.push(members);
            members.values().for_each(|value| objects(value, found));
        }
        Value::Array(elements) => elements.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

#[derive(Default)]
struct Writer<'a> {
    out: String,
    column: usize,
    /// The objects that are written as lists of pairs.
    ordered: Vec<&'a Map<String, Value>>,
}

impl Writer<'_> {
    fn is_ordered(&self, members: &Map<String, Value>) -> bool {
        self.ordered.contains(&members)
    }

    /// An object as a list of pairs, the first of which goes where the writer is.
    fn pairs(&mut self, members: &Map<String, Value>, indent: usize) {
        for (at, (name, value)) in members.iter().enumerate() {
            if at > 0 {
                self.line(indent);
            }
            self.write("- ");
            self.member(name, value, indent + 2);
        }
    }

    /// The same behind a `-` or a `:`, its pairs on lines of their own.
    fn tagged(&mut self, members: &Map<String, Value>, indent: usize) {
        self.write(" ");
        self.write(OMAP);
        if members.is_empty() {
            self.write(" []");
        } else {
            self.line(indent);
            self.pairs(members, indent);
        }
    }

    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => self.column + text.chars().count(),
        };
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column = if is_break(c) { 0 } else { self.column + 1 };
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.push_str(&" ".repeat(indent));
        self.column = indent;
    }

    /// A mapping whose first key goes where the writer is.
    fn mapping(&mut self, members: &Map<String, Value>, indent: usize) {
        let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
        sorted.sort_by_key(|(name, _)| name.as_str());
        for (at, (name, value)) in sorted.into_iter().enumerate() {
            if at > 0 {
                self.line(indent);
            }
            self.member(name, value, indent);
        }
    }

    fn member(&mut self, name: &str, value: &Value, indent: usize) {
        let multiline = name.contains(is_break);
        if name.len() > KEY || multiline {
            self.write("? ");
            self.string(name, indent + 2, true);
            self.line(indent);
            self.write(":");
            match value {
                Value::Object(members) if self.is_ordered(members) => self.tagged(members, indent),
                other => self.item(other, indent),
            }
            return;
        }
        self.string(name, indent + 2, false);
        self.write(":");
        match value {
            Value::Object(members) if self.is_ordered(members) => self.tagged(members, indent),
            Value::Object(members) if !members.is_empty() => {
                self.line(indent + 2);
                self.mapping(members, indent + 2);
            }
            // A list stands below its key, not indented.
            Value::Array(elements) if !elements.is_empty() => {
                self.line(indent);
                self.sequence(elements, indent);
            }
            other => self.scalar(other, indent),
        }
    }

    /// A sequence whose first dash goes where the writer is.
    fn sequence(&mut self, elements: &[Value], indent: usize) {
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                self.line(indent);
            }
            self.write("-");
            self.item(element, indent);
        }
    }

    /// A value on the line of the `-` or `:` before it.
    fn item(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Object(members) if self.is_ordered(members) => self.tagged(members, indent + 2),
            Value::Object(members) if !members.is_empty() => {
                self.write(" ");
                self.mapping(members, indent + 2);
            }
            Value::Array(elements) if !elements.is_empty() => {
                self.write(" ");
                self.sequence(elements, indent + 2);
            }
            other => self.scalar(other, indent),
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        self.write(" ");
        match value {
            Value::String(text) => self.string(text, indent + 2, true),
            Value::Null => self.write("null"),
            Value::Bool(value) => self.write(if *value { "true" } else { "false" }),
            Value::Number(number) => self.write(&python::number(number)),
            Value::Array(_) => self.write("[]"),
            Value::Object(_) => self.write("{}"),
        }
    }

    fn string(&mut self, text: &str, indent: usize, folds: bool) {
        match style(text, folds) {
            Style::Plain => self.plain(text, indent, folds),
            Style::Single => self.single(text, indent, folds),
            Style::Double => self.double(text, indent, folds),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, folds: bool) {
        let mut spaces = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' && folds && !spaces && self.column > WIDTH && chars.peek() != Some(&' ') {
                self.line(indent);
            } else {
                self.put(c);
            }
            spaces = c == ' ';
        }
    }

    fn single(&mut self, text: &str, indent: usize, folds: bool) {
        self.put('\'');
        let (mut spaces, mut breaks) = (false, false);
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            if c == ' ' {
                let inside = !first && chars.peek().is_some_and(|next| *next != ' ');
                if folds && !spaces && self.column > WIDTH && inside {
                    self.line(indent);
                } else {
                    self.put(c);
                }
                spaces = true;
            } else if is_break(c) {
                if !breaks && c == '\n' {
                    self.put('\n');
                }
                self.put(c);
                breaks = true;
            } else {
                if breaks {
                    self.indent(indent);
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                (spaces, breaks) = (false, false);
            }
            first = false;
        }
        if breaks {
            self.indent(indent);
        }
        self.put('\'');
    }

    /// Blanks up to a column, behind a line break.
    fn indent(&mut self, indent: usize) {
        while self.column < indent {
            self.put(' ');
        }
    }

    fn double(&mut self, text: &str, indent: usize, folds: bool) {
        self.put('"');
        let mut spaces = false;
        let mut chars = text.chars().peekable();
        let mut first = true;
        while let Some(c) = chars.next() {
            if c == ' ' {
                let inside = !first && chars.peek().is_some();
                if folds && !spaces && self.column > WIDTH && inside {
                    self.line(indent);
                    if chars.peek() == Some(&' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                spaces = true;
            } else {
                if !is_printable(c) || is_break(c) || c == '"' || c == '\\' {
                    self.write(&escaped(c));
                } else {
                    self.put(c);
                }
                spaces = false;
            }
            first = false;
        }
        self.put('"');
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_blank(c: Option<char>) -> bool {
    c.is_none_or(|c| c == ' ' || c == '\t' || c == '\0' || is_break(c))
}

/// What libyaml takes for printable: nothing beyond the basic plane, among others.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

fn escaped(c: char) -> String {
    let short = match c {
        '\0' => "0",
        '\u{7}' => "a",
        '\u{8}' => "b",
        '\t' => "t",
        '\n' => "n",
        '\u{b}' => "v",
        '\u{c}' => "f",
        '\r' => "r",
        '\u{1b}' => "e",
        '"' => "\"",
        '\\' => "\\",
        '\u{85}' => "N",
        '\u{a0}' => "_",
        '\u{2028}' => "L",
        '\u{2029}' => "P",
        _ => "",
    };
    match u32::from(c) {
        _ if !short.is_empty() => format!("\\{short}"),
        code @ ..=0xff => format!("\\x{code:02X}"),
        code @ ..=0xffff => format!("\\u{code:04X}"),
        code => format!("\\U{code:08X}"),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
}

/// How libyaml writes a string; a key stays on one line.
fn style(text: &str, folds: bool) -> Style {
    if text.is_empty() {
        return Style::Single;
    }
    let seen = look(text);
    if seen.special || seen.space_break || seen.break_space || (!folds && seen.breaks) {
        Style::Double
    } else if seen.breaks || seen.edges || seen.indicators || means_other(text) {
        Style::Single
    } else {
        Style::Plain
    }
}

#[derive(Default)]
struct Seen {
    /// A character that stands for structure where it is.
    indicators: bool,
    /// A line break.
    breaks: bool,
    /// A character that must be escaped.
    special: bool,
    /// A blank or line break at either end.
    edges: bool,
    /// A blank behind a line break.
    break_space: bool,
    /// A line break behind a blank.
    space_break: bool,
}

fn look(text: &str) -> Seen {
    let mut seen = Seen {
        indicators: text.starts_with("---") || text.starts_with("..."),
        ..Seen::default()
    };
    let mut before: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        seen.indicators |= match (before, c) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`',
            ) => true,
            (None, '?' | '-') | (_, ':') => is_blank(next),
            (before, '#') => is_blank(before),
            _ => false,
        };
        seen.special |= !is_printable(c) && !is_break(c);
        let space = c == ' ';
        if space || is_break(c) {
            seen.edges |= before.is_none() || next.is_none();
        }
        if is_break(c) {
            seen.breaks = true;
            seen.space_break |= before == Some(' ');
            // Of the line breaks, these are not printable.
            seen.special |= !is_printable(c);
        }
        seen.break_space |= space && before.is_some_and(is_break);
        before = Some(c);
    }
    seen
}

/// Whether the text, unquoted, would be read as something else than a string (YAML 1.2, and dates).
fn means_other(text: &str) -> bool {
    static OTHER: OnceLock<Option<Regex>> = OnceLock::new();
    let other = OTHER.get_or_init(|| {
        Regex::new(
            r"(?x)^(?:
            true|True|TRUE|false|False|FALSE
            |~|null|Null|NULL
            |<<|=
            |[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
            |[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+
            |[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?
            |[-+]?\.(?:inf|Inf|INF)
            |\.(?:nan|NaN|NAN)
            |[-+]?0b[0-1_]+
            |[-+]?0o?[0-7_]+
            |[-+]?[0-9_]+
            |[-+]?0x[0-9a-fA-F_]+
            |[0-9]{4}-[0-9]{2}-[0-9]{2}
            |[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?(?:[Tt]|[\ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}
                (?:\.[0-9]*)?(?:[\ \t]*(?:Z|[-+][0-9][0-9]?(?::[0-9]{2})?))?
            )$",
        )
        .ok()
    });
    // A leading underscore is no number's.
    !text.starts_with('_') && other.as_ref().is_some_and(|other| other.is_match(text))
}
