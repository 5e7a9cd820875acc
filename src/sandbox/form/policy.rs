//! The policy of a form: until when it is good, and what may be sent with it.
//!
//! Source: Amazon S3 API Reference, "POST policy"; the texts are as recorded from S3 unless a comment
//! says otherwise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sandbox::error::AwsError;

type Result<T> = std::result::Result<T, AwsError>;

/// Fields that no condition has to name, in lower case.
const FREE: [&str; 5] = [
    "awsaccesskeyid",
    "file",
    "policy",
    "signature",
    "x-amz-signature",
];

/// A policy.
#[derive(Debug)]
pub struct Policy {
    expires: Timestamp,
    conditions: Vec<Condition>,
}

#[derive(Debug)]
enum Condition {
    /// The field, as written, is that value.
    Equal(String, String),
    /// The field begins with that.
    Begins(String, String),
    /// The file has so many bytes; as written, for a message.
    Length(Value, Value),
}

/// What a form sends.
#[derive(Debug)]
pub struct Sent<'a> {
    /// The bucket that it is sent to.
    pub bucket: &'a str,
    /// Its fields, with the file's name filled in.
    pub fields: &'a [(String, String)],
    /// Length of the file in bytes.
    pub length: usize,
}

fn invalid(text: impl std::fmt::Display) -> AwsError {
    AwsError::new(
        400,
        "InvalidPolicyDocument",
        format!("Invalid Policy: {text}"),
    )
}

fn denied(text: impl std::fmt::Display) -> AwsError {
    AwsError::denied(format!("Invalid according to Policy: {text}"))
}

impl Policy {
    /// Reads the policy of a form, in base64.
    ///
    /// # Errors
    ///
    /// `InvalidPolicyDocument`.
    pub fn read(text: &str) -> Result<Self> {
        // The text is not established.
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| invalid("invalid Base64 encoding."))?;
        let document: Map<String, Value> =
            serde_json::from_slice(&bytes).map_err(|_| invalid("Invalid JSON."))?;
        let known = |name: &str| matches!(name, "expiration" | "conditions");
        if let Some(name) = document.keys().find(|name| !known(name)) {
            return Err(invalid(format_args!(
                "Unexpected: '{}'",
                name.to_ascii_lowercase()
            )));
        }
        // That there is none, and that conditions are no list, is answered in words that are not
        // established.
        let missing = |name: &str| invalid(format_args!("Policy missing {name}."));
        let expires = document
            .get("expiration")
            .ok_or_else(|| missing("expiration"))?;
        let conditions = document
            .get("conditions")
            .ok_or_else(|| missing("conditions"))?
            .as_array()
            .ok_or_else(|| invalid("Invalid 'conditions' value: must be a List."))?;
        Ok(Self {
            expires: expiration(expires)?,
            conditions: conditions
                .iter()
                .map(Condition::read)
                .collect::<Result<_>>()?,
        })
    }

    /// Refuses what the policy does not let in.
    ///
    /// # Errors
    ///
    /// `AccessDenied` where the policy is over, a condition does not hold or a field has none;
    /// `EntityTooLarge` and `EntityTooSmall`.
    pub fn check(&self, sent: &Sent<'_>, now: Timestamp) -> Result<()> {
        if now > self.expires {
            return Err(denied("Policy expired."));
        }
        for condition in &self.conditions {
            condition.check(sent)?;
        }
        let named = |field: &str| {
            let mut conditions = self.conditions.iter();
            conditions.any(|condition| condition.names(field))
        };
        // Whether S3 names more than one is not established.
        let extra = sent.fields.iter().map(|(name, _)| name).find(|name| {
            let name = name.to_ascii_lowercase();
            !FREE.contains(&name.as_str()) && !name.starts_with("x-ignore-") && !named(&name)
        });
        match extra {
            Some(name) => Err(denied(format_args!("Extra input fields: {name}"))),
            None => Ok(()),
        }
    }
}

/// A time in UTC, as `2026-11-23T16:10:00Z` or with milliseconds: with an offset, or a space for the
/// `T`, S3 refuses it.
fn expiration(value: &Value) -> Result<Timestamp> {
    let text = value.as_str().unwrap_or_default();
    let utc = text.ends_with('Z') && text.contains('T');
    let found = text.parse().ok().filter(|_| utc);
    found.ok_or_else(|| invalid(format_args!("Invalid 'expiration' value: '{text}'")))
}

impl Condition {
    fn read(value: &Value) -> Result<Self> {
        match value {
            Value::Object(members) => {
                let mut members = members.iter();
                let (Some((name, value)), None) = (members.next(), members.next()) else {
                    return Err(invalid(
                        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
                    ));
                };
                match value {
                    Value::String(value) => Ok(Self::Equal(format!("${name}"), value.clone())),
                    Value::Null => Err(invalid("Invalid JSON.")),
                    _ => Err(invalid("Invalid Simple-Condition: value must be a string.")),
                }
            }
            Value::Array(items) => Self::of_list(items),
            // The text is not established.
            _ => Err(invalid("Invalid condition test: must be a List or Object.")),
        }
    }

    fn of_list(items: &[Value]) -> Result<Self> {
        let Some((Value::String(operation), operands)) = items.split_first() else {
            return Err(invalid("Invalid Condition: missing operation identifier."));
        };
        let known = operation.to_ascii_lowercase();
        match (known.as_str(), operands) {
            ("eq", [Value::String(field), Value::String(value)]) => {
                Ok(Self::Equal(field.clone(), value.clone()))
            }
            ("starts-with", [Value::String(field), Value::String(value)]) => {
                Ok(Self::Begins(field.clone(), value.clone()))
            }
            ("content-length-range", [least, most])
                if [least, most]
                    .iter()
                    .all(|bound| bound.is_string() || bound.is_i64()) =>
            {
                Ok(Self::Length(least.clone(), most.clone()))
            }
            ("eq" | "starts-with" | "content-length-range", [_, _]) => {
                Err(invalid("Invalid JSON."))
            }
            // These two texts are not established.
            ("eq" | "starts-with" | "content-length-range", _) => Err(invalid(format_args!(
                "Invalid {known}: wrong number of arguments."
            ))),
            _ => Err(invalid(format_args!(
                "Invalid Condition: unknown operation '{operation}'."
            ))),
        }
    }

    /// The field that it is about, in lower case; none where the `$` is missing.
    fn field(&self) -> Option<String> {
        let (Self::Equal(field, _) | Self::Begins(field, _)) = self else {
            return None;
        };
        field.strip_prefix('$').map(str::to_ascii_lowercase)
    }

    fn names(&self, field: &str) -> bool {
        self.field().is_some_and(|known| known == field)
    }

    fn check(&self, sent: &Sent<'_>) -> Result<()> {
        let value = || {
            let name = self.field()?;
            if name == "bucket" {
                return Some(sent.bucket);
            }
            let mut fields = sent.fields.iter();
            let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(&name));
            found.map(|(_, value)| value.as_str())
        };
        // A field that is not there fulfils no condition, not even to begin with nothing.
        let holds = match self {
            Self::Equal(_, wanted) => value() == Some(wanted),
            Self::Begins(_, wanted) => value().is_some_and(|value| {
                // Of content types a list may come.
                if self.names("content-type") {
                    value.split(',').all(|one| one.starts_with(wanted))
                } else {
                    value.starts_with(wanted)
                }
            }),
            Self::Length(least, most) => return self.check_length(least, most, sent.length),
        };
        if holds { Ok(()) } else { Err(self.failed()) }
    }

    fn check_length(&self, least: &Value, most: &Value, length: usize) -> Result<()> {
        let bound = |value: &Value| match value {
            Value::String(text) => text.parse().ok(),
            _ => value.as_i64(),
        };
        let (Some(least), Some(most)) = (bound(least), bound(most)) else {
            return Err(self.failed());
        };
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let refused = |code: &'static str, text: &str, name: &'static str, limit: i64| {
            Err(AwsError::new(400, code, text)
                .with("ProposedSize", length.to_string())
                .with(name, limit.to_string()))
        };
        if length > most {
            return refused(
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
                "MaxSizeAllowed",
                most,
            );
        }
        if length < least {
            return refused(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                "MinSizeAllowed",
                least,
            );
        }
        Ok(())
    }

    fn failed(&self) -> AwsError {
        let quoted = |text: &str| Value::from(text);
        let (operation, operands) = match self {
            Self::Equal(field, value) => ("eq", [quoted(field), quoted(value)]),
            Self::Begins(field, value) => ("starts-with", [quoted(field), quoted(value)]),
            Self::Length(least, most) => ("content-length-range", [least.clone(), most.clone()]),
        };
        let [first, second] = operands;
        denied(format_args!(
            "Policy Condition failed: [\"{operation}\", {first}, {second}]"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-23T16:10:00Z";

    fn check(conditions: &str, fields: &[(&str, &str)], length: usize) -> String {
        let text = format!(r#"{{"expiration": "{NOW}", "conditions": {conditions}}}"#);
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let sent = Sent {
            bucket: "lab",
            fields: &fields,
            length,
        };
        let checked = Policy::read(&STANDARD.encode(text))
            .and_then(|policy| policy.check(&sent, NOW.parse().unwrap()));
        match checked {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn conditions_hold_or_are_named() {
        let failed = |condition: &str| {
            format!(
                "AccessDenied: Invalid according to Policy: Policy Condition failed: {condition}"
            )
        };
        let fields = [
            ("Key", "user/a.jpg"),
            ("content-type", "image/jpg,image/png"),
        ];
        let all = r#"[{"bUcKeT": "lab"}, ["StArTs-WiTh", "$KEY", "user/"], ["starts-with", "$Content-Type", "image/"], ["content-length-range", 5, "10"]]"#;
        assert_eq!(check(all, &fields, 5), "");
        assert_eq!(check(all, &fields, 10), "");
        assert_eq!(
            check(all, &fields, 12),
            "EntityTooLarge: Your proposed upload exceeds the maximum allowed size"
        );
        assert_eq!(
            check(all, &fields, 1),
            "EntityTooSmall: Your proposed upload is smaller than the minimum allowed size"
        );
        for (conditions, said) in [
            (r#"[{"bucket": "other"}]"#, r#"["eq", "$bucket", "other"]"#),
            (
                r#"[{"key": "user/A.jpg"}]"#,
                r#"["eq", "$key", "user/A.jpg"]"#,
            ),
            (
                r#"[["eq", "key", "user/a.jpg"]]"#,
                r#"["eq", "key", "user/a.jpg"]"#,
            ),
            (
                r#"[["starts-with", "$acl", ""]]"#,
                r#"["starts-with", "$acl", ""]"#,
            ),
            (
                r#"[["starts-with", "$Content-Type", "image/j"]]"#,
                r#"["starts-with", "$Content-Type", "image/j"]"#,
            ),
            (
                r#"[["content-length-range", "test", "10"]]"#,
                r#"["content-length-range", "test", "10"]"#,
            ),
        ] {
            assert_eq!(check(conditions, &fields, 5), failed(said));
        }
    }

    #[test]
    fn every_field_has_a_condition() {
        let conditions = r#"[["starts-with", "$key", ""]]"#;
        let free = [
            ("key", "a"),
            ("policy", "p"),
            ("X-Amz-Signature", "s"),
            ("AWSAccessKeyId", "i"),
            ("x-ignore-me", "x"),
        ];
        assert_eq!(check(conditions, &free, 0), "");
        assert_eq!(
            check(conditions, &[("key", "a"), ("StorageClass", "x")], 0),
            "AccessDenied: Invalid according to Policy: Extra input fields: StorageClass"
        );
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_refused() {
        let one = "Simple-Conditions must have exactly one property specified.";
        for (conditions, said) in [
            ("[{}]", format!("Invalid Simple-Condition: {one}")),
            (
                r#"[{"bucket": "lab", "key": "a"}]"#,
                format!("Invalid Simple-Condition: {one}"),
            ),
            (
                r#"[{"Content-Length": 6199034}]"#,
                "Invalid Simple-Condition: value must be a string.".to_owned(),
            ),
            (r#"[{"key": null}]"#, "Invalid JSON.".to_owned()),
            (
                r#"[["content-length-range", 0, 512.0]]"#,
                "Invalid JSON.".to_owned(),
            ),
            (
                "[[]]",
                "Invalid Condition: missing operation identifier.".to_owned(),
            ),
            (
                r#"[], "Statement": []"#,
                "Unexpected: 'statement'".to_owned(),
            ),
            ("[", "Invalid JSON.".to_owned()),
        ] {
            assert_eq!(
                check(conditions, &[], 0),
                format!("InvalidPolicyDocument: Invalid Policy: {said}"),
                "{conditions}"
            );
        }
        for text in ["2011-09-13T07:52:58+02:00", "2015-10-17 03:15:59 UTC", ""] {
            let document = format!(r#"{{"expiration": "{text}", "conditions": []}}"#);
            let refused = Policy::read(&STANDARD.encode(document)).unwrap_err();
            assert_eq!(
                refused.message,
                format!("Invalid Policy: Invalid 'expiration' value: '{text}'")
            );
        }
    }

    #[test]
    fn a_policy_ends() {
        let document = r#"{"expiration": "2026-11-23T16:09:59.999Z", "conditions": []}"#;
        let policy = Policy::read(&STANDARD.encode(document)).unwrap();
        let sent = Sent {
            bucket: "lab",
            fields: &[],
            length: 0,
        };
        let refused = policy.check(&sent, NOW.parse().unwrap()).unwrap_err();
        assert_eq!(
            refused.message,
            "Invalid according to Policy: Policy expired."
        );
    }
}
