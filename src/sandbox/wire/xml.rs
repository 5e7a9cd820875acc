//! XML: a small writer, and a reader of bodies into a tree.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Appends text with the five special characters escaped, and control characters as references.
pub fn escape(out: &mut String, text: &str) {
    let special = |byte: u8| {
        matches!(byte, b'&' | b'<' | b'>' | b'"') || byte < b' ' && byte != b'\t' && byte != b'\n'
    };
    // Most texts have none: all bytes are looked at side by side, without leaving off at the first.
    if !text.bytes().fold(false, |any, byte| any | special(byte)) {
        out.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | ' '.. => out.push(letter),
            control => out.push_str(&format!("&#{};", u32::from(control))),
        }
    }
}

/// Appends `<name>text</name>`.
pub fn element(out: &mut String, name: &str, text: &str) {
    open(out, name);
    escape(out, text);
    close(out, name);
}

/// Appends `<name>`.
pub fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

/// Appends `</name>`.
pub fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// An element that was read: its local name, attributes, text and children.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element {
    /// Name without prefix.
    pub name: String,
    /// Attributes by name with prefix.
    pub attributes: Vec<(String, String)>,
    /// Text directly inside.
    pub text: String,
    /// Elements inside.
    pub children: Vec<Element>,
}

/// Deepest nesting that is read.
const DEPTH: usize = 32;

/// Reads one element with everything in it. `None` when it is not well-formed, or nested deeper
/// than any request of AWS is. Document types are refused.
#[must_use]
pub fn read(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if stack.len() >= DEPTH || root.is_some() {
                    return None;
                }
                stack.push(begin(&start)?);
            }
            Event::Empty(start) => {
                let element = begin(&start)?;
                match stack.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None if root.is_none() => root = Some(element),
                    None => return None,
                }
            }
            Event::End(_) => {
                let element = stack.pop()?;
                match stack.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => root = Some(element),
                }
            }
            Event::Text(text) => {
                let text = text.xml10_content();
                match stack.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => return None,
                }
            }
            Event::GeneralRef(reference) => {
                let letter = match reference.resolve_char_ref().ok()? {
                    Some(letter) => letter,
                    None => match &*reference {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return None,
                    },
                };
                stack.last_mut()?.text.push(letter);
            }
            Event::CData(data) => stack.last_mut()?.text.push_str(&data),
            Event::DocType(_) => return None,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if stack.is_empty() { root } else { None }
}

fn begin(start: &quick_xml::events::BytesStart<'_>) -> Option<Element> {
    let name = start.local_name().into_inner().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let key = attribute.key.into_inner().to_owned();
        attributes.push((
            key,
            quick_xml::escape::unescape(&attribute.value)
                .ok()?
                .into_owned(),
        ));
    }
    Some(Element {
        name,
        attributes,
        ..Element::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_and_written() {
        let root = read(
            "<?xml version=\"1.0\"?>\n<a xmlns=\"x\"><b k=\"1&amp;\">t &lt; &#65;</b><c/></a>\n",
        )
        .unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.children[0].text, "t < A");
        assert_eq!(
            root.children[0].attributes,
            [("k".to_owned(), "1&".to_owned())]
        );
        assert_eq!(root.children[1].name, "c");
        let mut out = String::new();
        element(&mut out, "x", "ä<b>&\"\r\n\t\0\u{7f}ß");
        assert_eq!(out, "<x>ä&lt;b&gt;&amp;&quot;&#13;\n\t&#0;\u{7f}ß</x>");
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "x",
            "<!DOCTYPE a><a/>",
            "<a>&x;</a>",
            &deep,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
