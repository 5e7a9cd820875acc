//! Tags of buckets and objects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Input;
use crate::sandbox::wire::query;

pub(super) type Tags = BTreeMap<String, String>;

fn invalid(text: &str) -> AwsError {
    AwsError::new(400, "InvalidTag", text)
}

fn collect(pairs: impl Iterator<Item = (String, String)>) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(invalid("The TagKey you have provided is invalid").with("TagKey", key));
        }
        if key.starts_with("aws:") {
            return Err(invalid("System tags cannot be added/updated by requester"));
        }
        if value.chars().count() > 256 {
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
pub(super) fn of_body(input: &Input) -> Result<Tags, AwsError> {
    of_list(
        input
            .get("Tagging")
            .and_then(|tagging| tagging.get("TagSet")),
    )
}

/// The tags of a list.
pub(super) fn of_list(list: Option<&Value>) -> Result<Tags, AwsError> {
    let text = |tag: &Value, side: &str| {
        tag.get(side)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let list = list.and_then(Value::as_array);
    collect(
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
    let tags = collect(query::form(text).into_iter())?;
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
