//! Secrets that cannot be printed by accident, and the masking of those inside answers.

use std::fmt;

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
