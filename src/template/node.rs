//! A document as it was written: text, lists and maps, each with its place.

use std::fmt;

/// A place in a text. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub at: Position,
    pub data: Data,
}

#[derive(Debug, Clone)]
pub(super) enum Data {
    Null,
    Text(String),
    /// One of YAML's words for true and false, as written: `yes` is true as a value, and the
    /// word itself as a name.
    Flag(String, bool),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: String,
    pub at: Position,
    pub value: Node,
}

impl Node {
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) | Data::Flag(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text as a value: true and false in one spelling.
    pub fn value_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            Data::Flag(_, true) => Some("true"),
            Data::Flag(_, false) => Some("false"),
            _ => None,
        }
    }

    pub fn list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(elements) => Some(elements),
            _ => None,
        }
    }

    pub fn map(&self) -> Option<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The path (`/Outputs/Name/Value`) and place of the first null.
    pub fn first_null(&self) -> Option<(String, Position)> {
        match &self.data {
            Data::Null => Some((String::new(), self.at)),
            Data::Text(_) | Data::Flag(..) => None,
            Data::List(elements) => elements.iter().enumerate().find_map(|(index, element)| {
                let (path, at) = element.first_null()?;
                Some((format!("/{index}{path}"), at))
            }),
            Data::Map(entries) => entries.iter().find_map(|entry| {
                let (path, at) = entry.value.first_null()?;
                Some((format!("/{}{path}", entry.key), at))
            }),
        }
    }
}
