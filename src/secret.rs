//! Secrets that cannot be printed by accident, the masking of those inside answers, and of the
//! middle of access key ids.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What stands on screen and in transcripts in place of a secret.
pub const MASK: &str = "****************";

/// A secret access key, session token or password.
///
/// `Debug` and `Display` print [`MASK`]. It is wiped from memory when dropped. It serialises as
/// what it holds, so only files that are meant to hold secrets (mode 0600) may contain one.
#[derive(Clone, PartialEq, Eq, Default, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that has to sign or write it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Member names, in any answer of the four services, whose values are secrets.
const SECRET_MEMBERS: [&str; 6] = [
    "SecretAccessKey",
    "SessionToken",
    "Password",
    "Base32StringSeed",
    "QRCodePNG",
    "WebIdentityToken",
];

/// Whether values of this member are never shown.
#[must_use]
pub fn is_secret_member(name: &str) -> bool {
    SECRET_MEMBERS.contains(&name)
}

/// The same JSON with the value of every secret member replaced by [`MASK`].
#[must_use]
pub fn mask(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let shown = match value {
                    Value::String(_) if is_secret_member(name) => Value::from(MASK),
                    other => mask(other),
                };
                (name.clone(), shown)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.iter().map(mask).collect(),
        other => other.clone(),
    }
}

/// What the ids of access keys begin with: long-term keys and temporary ones (IAM User Guide, "IAM
/// identifiers", "Understanding unique ID prefixes").
pub const KEY_PREFIXES: [&str; 2] = ["AKIA", "ASIA"];

/// The last characters of an access key id that are shown, as the AWS CLI's `configure list` does.
pub const KEY_TAIL: usize = 4;

/// The fewest characters of an access key id (IAM API Reference, `AccessKey`).
const KEY_LEAST: usize = 16;

/// Whether a character can stand in an access key id as AWS and the sandbox make them.
#[must_use]
pub fn is_of_key_id(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

/// Where access key ids stand in a text, in bytes.
pub fn key_ids(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..)?;
            let start = KEY_PREFIXES
                .iter()
                .filter_map(|prefix| rest.find(prefix))
                .min()?;
            let found = rest.get(start..)?;
            let length = found.find(|c| !is_of_key_id(c)).unwrap_or(found.len());
            let range = from + start..from + start + length;
            from = range.end;
            if length >= KEY_LEAST && stands_alone(text, range.start) {
                return Some(range);
            }
        }
    })
}

/// Whether no other id goes on here, such as that of the user `AIDASIA…`. What stands before may be
/// an escape of a URL.
fn stands_alone(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let outside = before.trim_end_matches(is_of_key_id);
    let joined = before.len() - outside.len();
    joined == 0 || joined == 2 && outside.ends_with('%')
}

/// The text with access key ids as `AKIA************WXYZ`: what they begin with, which tells
/// long-term keys from temporary ones, and their last four characters, which tell one key from
/// another. The text keeps its length.
#[must_use]
pub fn veil(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut from = 0;
    for id in key_ids(text) {
        let hidden = id.start + KEY_PREFIXES[0].len()..id.end - KEY_TAIL;
        out.push_str(text.get(from..hidden.start).unwrap_or_default());
        out.extend(std::iter::repeat_n('*', hidden.len()));
        from = hidden.end;
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn key_ids_keep_both_ends_and_their_length() {
        for (text, shown) in [
            ("AKIAIOSFODNN7EXAMPLE", "AKIA************MPLE"),
            (
                "é AKIAIOSFODNN7EXAMPLE, Credential=ASIAIOSFODNN7EXAMPLE%2F2026",
                "é AKIA************MPLE, Credential=ASIA************MPLE%2F2026",
            ),
            (
                "an id begins with AKIA or ASIA",
                "an id begins with AKIA or ASIA",
            ),
            ("AIDAJQABLZS4A3QDU576Q", "AIDAJQABLZS4A3QDU576Q"),
            ("AIDASIAQABLZS4A3QDU57", "AIDASIAQABLZS4A3QDU57"),
            ("AROASIAKIAQABLZS4A3QD", "AROASIAKIAQABLZS4A3QD"),
            ("%2FAKIAIOSFODNN7EXAMPLE", "%2FAKIA************MPLE"),
            ("AKIAAKIA", "AKIAAKIA"),
            ("", ""),
        ] {
            assert_eq!(veil(text), shown);
            assert_eq!(veil(&veil(text)), shown);
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let secret = Secret::new("wJalrXUtnFEMI");
        assert_eq!(format!("{secret} {secret:?}"), format!("{MASK} {MASK}"));
        assert_eq!(secret.expose(), "wJalrXUtnFEMI");
    }

    #[test]
    fn masking_reaches_nested_members_and_leaves_the_rest() {
        let answer = json!({"Credentials": {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "s"},
            "List": [{"SessionToken": "t"}]});
        let expected = json!({"Credentials": {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": MASK},
            "List": [{"SessionToken": MASK}]});
        assert_eq!(mask(&answer), expected);
    }
}
