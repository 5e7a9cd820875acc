//! Encoded words (RFC 2047): how S3 takes and gives metadata that are not US-ASCII.
//!
//! Sources: Amazon S3 User Guide, "Working with object metadata"; answers of AWS that were recorded
//! (LocalStack's snapshot tests, 2026), in which the quoted encoding stands where most characters are
//! ASCII. Whether AWS breaks long values into several words is not established.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a header says: encoded words decoded, everything else read as ISO 8859-1.
#[must_use]
pub fn read(header: &[u8]) -> String {
    let text: String = header.iter().copied().map(char::from).collect();
    if !text.contains("=?") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut after_word = false;
    for (at, word) in text.split(' ').enumerate() {
        let decoded = decode(word);
        // A blank between two encoded words is no part of the text.
        if at > 0 && !(after_word && decoded.is_some()) {
            out.push(' ');
        }
        after_word = decoded.is_some();
        out.push_str(decoded.as_deref().unwrap_or(word));
    }
    out
}

fn decode(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let (charset, rest) = inner.split_once('?')?;
    let (encoding, text) = rest.split_once('?')?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(text).ok()?,
        "Q" | "q" => quoted(text)?,
        _ => return None,
    };
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'_' => b' ',
            b'=' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let value = digit(bytes.next()?)? * 16 + digit(bytes.next()?)?;
                u8::try_from(value).ok()?
            }
            byte => byte,
        });
    }
    Some(out)
}

/// The text as a header: as it is where it is ASCII that prints, otherwise one encoded word.
#[must_use]
pub fn write(text: &str) -> String {
    let all = text.encode_utf16().count();
    let prints = |unit: &u16| matches!(unit, 0x20..=0x7e | 0x09);
    let ascii = text.encode_utf16().filter(prints).count();
    if ascii == all {
        return text.to_owned();
    }
    if ascii <= all - ascii {
        return in_base64(text);
    }
    let mut out = "=?UTF-8?Q?".to_owned();
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('_'),
            b'=' | b'_' | b'?' | 0..0x20 | 0x7f.. => {
                let _ = write!(out, "={byte:02X}");
            }
            byte => out.push(char::from(byte)),
        }
    }
    out + "?="
}

/// The text as one encoded word, whatever is in it.
#[must_use]
pub fn in_base64(text: &str) -> String {
    format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: what was sent, and what came back.
    #[test]
    fn values_come_back_as_from_aws() {
        let letters = "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=";
        let replaced = "=?UTF-8?B?77+977+977+977+977+977+977+9?=";
        let plain = r##"!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##;
        for (sent, back) in [
            (letters, letters),
            ("=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="),
            (replaced, replaced),
            ("=?UTF-8?Q?actually-ascii?=", "actually-ascii"),
            ("=?UTF-8?B?YWJj?=", "abc"),
            (plain, plain),
        ] {
            assert_eq!(write(&read(sent.as_bytes())), back);
        }
        assert_eq!(
            write("test_\u{2014}_file%E2%80%94_\u{e9}_2\u{1f451}.pdf"),
            "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=F0=9F=91=91.pdf?="
        );
    }

    /// The example of the User Guide, whose header came in UTF-8.
    #[test]
    fn raw_bytes_are_latin_1() {
        let sent = "\u{c4}M\u{c4}Z\u{d5}\u{d1} S3";
        assert_eq!(
            write(&read(sent.as_bytes())),
            "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="
        );
    }

    #[test]
    fn what_is_no_encoded_word_stays() {
        for text in [
            "=?",
            "=?UTF-8?B?=GGG?=",
            "=?UTF-8?X?a?=",
            "=?koi8-r?Q?a?=",
            "a  =? b ",
        ] {
            assert_eq!(read(text.as_bytes()), text);
        }
        assert_eq!(read(b"a =?utf-8?q?b?= =?utf-8?q?c?= d"), "a bc d");
    }
}
