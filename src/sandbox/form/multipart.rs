//! Bodies of `multipart/form-data`, as browsers send forms.
//!
//! The crates for it read streams, asynchronously, and bring tables of encodings; here the body is at hand,
//! and S3 takes names as UTF-8.
//!
//! Source: RFC 2046, section 5.1, and RFC 7578.

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Name of the field.
    pub name: String,
    /// Name of the file, where the part has one; it may be empty.
    pub filename: Option<String>,
    /// What is in it.
    pub data: &'a [u8],
}

/// Longest boundary that the RFC has.
const LONGEST_BOUNDARY: usize = 70;

/// The boundary that a content type tells of; `None` where it is another type, or has none.
#[must_use]
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let found = parameter(parameters, "boundary")?;
    (1..=LONGEST_BOUNDARY)
        .contains(&found.len())
        .then_some(found)
}

/// Reads the parts of a body. `None` where it is not well-formed.
#[must_use]
pub fn read<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("\r\n--{boundary}");
    let delimiter = delimiter.as_bytes();
    // The first one may stand at the very beginning, where no line ends before it.
    let mut rest = match body.strip_prefix(delimiter.get(2..)?) {
        Some(rest) => rest,
        None => split(body, delimiter)?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let padding = rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let content = rest.get(padding..)?.strip_prefix(b"\r\n")?;
        let (part, behind) = split(content, delimiter)?;
        parts.push(part_of(part)?);
        rest = behind;
    }
    Some(parts)
}

fn part_of(part: &[u8]) -> Option<Part<'_>> {
    let (head, data) = match part.strip_prefix(b"\r\n") {
        Some(data) => (&b""[..], data),
        None => split(part, b"\r\n\r\n")?,
    };
    let head = String::from_utf8_lossy(head);
    let (_, disposition) = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
    let (kind, parameters) = disposition.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return None;
    }
    Some(Part {
        name: parameter(parameters, "name")?,
        filename: parameter(parameters, "filename"),
        data,
    })
}

/// What is before and behind the first occurrence of a text that begins with the end of a line.
fn split<'a>(bytes: &'a [u8], text: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == b'\r')?;
        let (before, found) = bytes.split_at_checked(at)?;
        if let Some(behind) = found.strip_prefix(text) {
            return Some((before, behind));
        }
        from = at + 1;
    }
}

/// The value of a parameter behind a header's value: ` name="x"; filename=y`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    while !rest.is_empty() {
        let (name, behind) = rest.split_once('=')?;
        let value;
        (value, rest) = match behind.trim_start().strip_prefix('"') {
            Some(quoted) => unquote(quoted)?,
            None => {
                let (value, rest) = behind.split_once(';').unwrap_or((behind, ""));
                (value.trim().to_owned(), rest)
            }
        };
        let name = name.trim_matches([' ', '\t', ';']);
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
    None
}

/// What is before the closing quote, and what is behind it. Browsers have sent paths with
/// backslashes as they are, so that only a quote is taken to be escaped by one.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' if letters.as_str().starts_with('"') => {
                letters.next();
                value.push('"');
            }
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_read_quoted_or_not() {
        for (text, expected) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            (
                "Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"",
                Some("a b:c"),
            ),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("text/html; boundary=abc", None),
        ] {
            assert_eq!(boundary(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn parts_are_read_as_browsers_and_libraries_write_them() {
        let body = b"ignored\r\n--x \t\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n--b\r\n--x\r\ncontent-type: text/plain\r\ncontent-disposition: FORM-DATA; filename=\"C:\\d\\a \\\"b\\\".txt\"; name=file\r\n\r\n\0\r\n\r\n--x--\r\nbehind";
        let parts = read(body, "x").unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(
            (parts[0].name.as_str(), parts[0].data),
            ("key", &b"a\r\n--b"[..])
        );
        assert_eq!(parts[1].name, "file");
        assert_eq!(parts[1].filename.as_deref(), Some("C:\\d\\a \"b\".txt"));
        assert_eq!(parts[1].data, b"\0\r\n");
    }

    #[test]
    fn what_is_not_well_formed_is_no_form() {
        for body in [
            "",
            "--x",
            "--x\r\n",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            "--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\nb\r\n--x--",
            "--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nb\r\n--x--",
            "--x\r\n\r\nb\r\n--x--",
            "--xContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--",
        ] {
            assert_eq!(read(body.as_bytes(), "x"), None, "{body}");
        }
        assert_eq!(read(b"--x--", "x"), Some(Vec::new()));
    }
}
