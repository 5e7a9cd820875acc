//! Tags of buckets and objects.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::errors::invalid_argument;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Input;
use crate::sandbox::wire::query;

pub(super) type Tags = BTreeMap<String, String>;

fn invalid(text: &str) -> AwsError {
    AwsError::new(400, "InvalidTag", text)
}

/// What tags belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Bucket,
    NewBucket,
    Object,
}

impl Of {
    /// S3 keeps keys that begin with `aws:` to itself.
    fn reserved(self, key: String) -> AwsError {
        match self {
            Self::Bucket => {
                invalid("System tags cannot be added/updated by requester").with("TagKey", key)
            }
            Self::NewBucket => invalid(
                "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from your tag keys and try again.",
            ),
            Self::Object => invalid("Your TagKey cannot be prefixed with aws:").with("TagKey", key),
        }
    }
}

/// Letters, numbers, blanks and `_ . : / = + - @`.
fn allowed(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
}

fn collect(of: Of, pairs: impl Iterator<Item = (String, String)>) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > 128 || !allowed(&key) {
            return Err(invalid("The TagKey you have provided is invalid").with("TagKey", key));
        }
        if key.starts_with("aws:") {
            return Err(of.reserved(key));
        }
        if value.chars().count() > 256 || !allowed(&value) {
            return Err(invalid("The TagValue you have provided is invalid")
                .with("TagKey", key)
                .with("TagValue", value));
        }
        if tags.insert(key.clone(), value).is_some() {
            return Err(
                invalid("Cannot provide multiple Tags with the same key").with("TagKey", key)
            );
        }
    }
    Ok(tags)
}

/// The tags of `Tagging` in a body.
pub(super) fn of_body(of: Of, input: &Input) -> Result<Tags, AwsError> {
    of_list(
        of,
        input
            .get("Tagging")
            .and_then(|tagging| tagging.get("TagSet")),
    )
}

/// The tags of a list.
pub(super) fn of_list(of: Of, list: Option<&Value>) -> Result<Tags, AwsError> {
    let text = |tag: &Value, side: &str| {
        tag.get(side)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let list = list.and_then(Value::as_array);
    collect(
        of,
        list.into_iter()
            .flatten()
            .map(|tag| (text(tag, "Key"), text(tag, "Value"))),
    )
}

/// The tags of header `x-amz-tagging`.
pub(super) fn of_header(input: &Input) -> Result<Tags, AwsError> {
    let Some(text) = input.text("Tagging") else {
        return Ok(Tags::new());
    };
    let pairs = query::form(text);
    let keys: BTreeSet<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
    if keys.len() < pairs.len() || text.split('&').any(|pair| pair.matches('=').count() > 1) {
        return Err(invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
            "x-amz-tagging",
            text,
        ));
    }
    let tags = collect(Of::Object, pairs.into_iter())?;
    at_most_ten(&tags)?;
    Ok(tags)
}

/// Objects have ten tags at most.
pub(super) fn at_most_ten(tags: &Tags) -> Result<(), AwsError> {
    if tags.len() > 10 {
        return Err(AwsError::new(
            400,
            "BadRequest",
            "Object tags cannot be greater than 10",
        ));
    }
    Ok(())
}

/// As a list of an answer.
pub(super) fn list(tags: &Tags) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}
