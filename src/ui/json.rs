//! JSON in colours, by hand and a piece of a line at a time.

use ratatui::style::Style;

use super::theme::Theme;

/// A piece of a line with its style.
pub(super) type Piece<'t> = (&'t str, Style);

/// The pieces of a line of JSON, up to some bytes of it. `in_string` tells that it begins inside
/// a string.
pub(super) fn pieces<'t>(theme: &Theme, line: &'t str, in_string: bool) -> Vec<Piece<'t>> {
    let bytes = line.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    let mut open = in_string;
    while at < bytes.len() {
        let start = at;
        let style = match bytes.get(at) {
            _ if open => {
                open = false;
                at = string_end(bytes, at);
                string_style(theme, bytes, at)
            }
            Some(b'"') => {
                at = string_end(bytes, at + 1);
                string_style(theme, bytes, at)
            }
            Some(b'0'..=b'9' | b'-') => {
                at = run(bytes, at, |byte| {
                    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
                });
                theme.json_number
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                at = run(bytes, at, |byte| byte.is_ascii_alphabetic());
                theme.json_word
            }
            _ => {
                at = run(bytes, at, |byte| {
                    !matches!(byte, b'"' | b'-') && !byte.is_ascii_alphanumeric()
                });
                theme.muted
            }
        };
        // Every boundary is beside an ASCII byte, or the end.
        at = at.max(start + 1);
        while !line.is_char_boundary(at) {
            at += 1;
        }
        out.push((line.get(start..at).unwrap_or_default(), style));
    }
    out
}

fn run(bytes: &[u8], from: usize, is: impl Fn(u8) -> bool) -> usize {
    bytes
        .get(from..)
        .unwrap_or_default()
        .iter()
        .position(|byte| !is(*byte))
        .map_or(bytes.len(), |length| from + length)
}

/// Behind the quotation mark that ends a string.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// A string before a colon is a key.
fn string_style(theme: &Theme, bytes: &[u8], end: usize) -> Style {
    let after = run(bytes, end, |byte| byte == b' ');
    if bytes.get(after) == Some(&b':') {
        theme.json_key
    } else {
        theme.json_string
    }
}

/// The style of each byte range of a whole document.
pub(super) fn styles(theme: &Theme, text: &str) -> Vec<(std::ops::Range<usize>, Style)> {
    let mut out = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let mut at = start;
        for (piece, style) in pieces(theme, line, false) {
            out.push((at..at + piece.len(), style));
            at += piece.len();
        }
        start += line.len() + 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_strings_numbers_and_words_differ() {
        let theme = Theme::of(crate::app::Capabilities::default());
        let shown = pieces(&theme, r#"  "a\"b": ["x", -1.5e3, true],"#, false);
        let strong: Vec<(&str, Style)> = shown
            .into_iter()
            .filter(|(_, style)| *style != theme.muted)
            .collect();
        assert_eq!(
            strong,
            [
                ("\"a\\\"b\"", theme.json_key),
                ("\"x\"", theme.json_string),
                ("-1.5e3", theme.json_number),
                ("true", theme.json_word)
            ]
        );
        let tail = pieces(&theme, "rest\": 1", true);
        assert_eq!(tail.first(), Some(&("rest\"", theme.json_key)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost(line in "\\PC{0,80}", in_string: bool) {
            let theme = Theme::of(crate::app::Capabilities::default());
            let joined: String = pieces(&theme, &line, in_string).iter().map(|(text, _)| *text).collect();
            prop_assert_eq!(joined, line);
        }
    }
}
