//! XML answers as a tree of elements.

use std::fmt;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// How deeply elements may nest. AWS's answers stay below twenty.
const MAX_DEPTH: usize = 100;

/// An element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// Name without namespace prefix.
    pub(super) name: String,
    /// Attributes by their written names.
    pub(super) attributes: Vec<(String, String)>,
    /// The text before the first child.
    pub(super) text: String,
    /// Child elements.
    pub(super) children: Vec<Element>,
}

/// Why a text is no XML document: the reason and where, in expat's words as far as they agree.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    reason: &'static str,
    line: usize,
    column: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            reason,
            line,
            column,
        } = self;
        write!(f, "{reason}: line {line}, column {column}")
    }
}

impl Element {
    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of that name.
    pub(super) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// Reads a document and gives its root.
    pub(super) fn parse(document: &[u8]) -> Result<Self, Malformed> {
        let at = |reason, offset: u64| {
            let offset = usize::try_from(offset).unwrap_or(usize::MAX);
            let read = document.get(..offset).unwrap_or(document);
            let line_start = read
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |at| at + 1);
            Malformed {
                reason,
                line: 1 + read.iter().filter(|byte| **byte == b'\n').count(),
                column: read.len() - line_start,
            }
        };
        let end = document.len() as u64;
        let Ok(text) = std::str::from_utf8(document) else {
            return Err(at("not well-formed (invalid token)", 0));
        };
        let mut reader = Reader::from_str(text);
        // The elements that are open, outermost first; below them a stand-in that takes the root.
        let mut open = vec![Element::default()];
        loop {
            let before = reader.buffer_position();
            let event = reader.read_event().map_err(|why| {
                let reason = expat_words(&why);
                // A closing tag is wrong from its name on.
                let inside = if reason == MISMATCHED { 2 } else { 0 };
                at(reason, before + inside)
            })?;
            let inside = open.len() > 1;
            match event {
                Event::Start(start) => {
                    if open.len() > MAX_DEPTH {
                        return Err(at("elements nested too deeply", before));
                    }
                    open.push(Self::started(&start));
                }
                Event::Empty(start) => {
                    let element = Self::started(&start);
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(element);
                    }
                }
                Event::End(_) => {
                    let closed = open.pop();
                    if let (Some(closed), Some(parent)) = (closed, open.last_mut()) {
                        parent.children.push(closed);
                    }
                }
                Event::Text(piece) => {
                    let piece: &str = &piece;
                    if !inside && !piece.trim().is_empty() {
                        return Err(at("syntax error", before));
                    }
                    append(&mut open, piece);
                }
                Event::CData(piece) => {
                    append(&mut open, &piece);
                }
                Event::GeneralRef(reference) => {
                    let resolved = reference
                        .resolve_char_ref()
                        .ok()
                        .flatten()
                        .map(String::from)
                        .or_else(|| {
                            quick_xml::escape::resolve_predefined_entity(&reference)
                                .map(ToOwned::to_owned)
                        })
                        .ok_or_else(|| at("undefined entity", before))?;
                    append(&mut open, &resolved);
                }
                Event::Eof => break,
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let whole = open.len() == 1;
        match open.pop().and_then(|mut outside| outside.children.pop()) {
            Some(root) if whole => Ok(root),
            _ => Err(at("no element found", end)),
        }
    }

    fn started(start: &BytesStart<'_>) -> Self {
        let local = start.local_name();
        let attributes = start.attributes().flatten().map(|attribute| {
            let name = attribute.key.as_ref().to_owned();
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_or_else(|_| String::new(), std::borrow::Cow::into_owned);
            (name, value)
        });
        Self {
            name: local.as_ref().to_owned(),
            attributes: attributes.collect(),
            ..Self::default()
        }
    }
}

/// Adds text to the innermost open element, unless a child has begun there.
fn append(open: &mut [Element], piece: &str) {
    if let Some(element) = open.last_mut()
        && element.children.is_empty()
    {
        element.text.push_str(piece);
    }
}

const MISMATCHED: &str = "mismatched tag";

fn expat_words(why: &quick_xml::Error) -> &'static str {
    match why {
        quick_xml::Error::IllFormed(_) => MISMATCHED,
        quick_xml::Error::Syntax(_) => "unclosed token",
        _ => "not well-formed (invalid token)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_text_entities_and_attributes_are_read() {
        let root = Element::parse(
            br#"<?xml version="1.0"?><a:R xmlns:a="u"><K x:type="T">a&amp;&#x41;<![CDATA[<]]></K><E/></a:R>"#,
        )
        .unwrap();
        assert_eq!(root.name, "R");
        assert_eq!(root.child_text("K"), Some("a&A<"));
        assert_eq!(
            root.child("K").unwrap().attributes,
            [("x:type".to_owned(), "T".to_owned())]
        );
        assert_eq!(root.child_text("E"), Some(""));
    }

    #[test]
    fn what_is_no_document_is_malformed() {
        let deep = "<a>".repeat(100_000);
        for (text, expected) in [
            ("", "no element found: line 1, column 0"),
            ("<R>\n<A>x</A>", "no element found: line 2, column 8"),
            ("hello", "syntax error: line 1, column 0"),
            ("<a></b>", "mismatched tag: line 1, column 5"),
            ("<a>&nbsp;</a>", "undefined entity: line 1, column 3"),
            (&deep, "elements nested too deeply: line 1, column 300"),
        ] {
            assert_eq!(
                Element::parse(text.as_bytes()).unwrap_err().to_string(),
                expected
            );
        }
        assert!(Element::parse(b"\xff<a/>").is_err());
    }
}
