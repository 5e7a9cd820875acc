//! When a lifecycle rule would expire an object: S3 says so with the object. Here nothing expires.
//!
//! Sources: Amazon S3 User Guide, "Lifecycle configuration elements" and "Setting a lifecycle configuration on a
//! bucket"; API Reference, `x-amz-expiration`; answers of AWS that were recorded (LocalStack's snapshot tests,
//! 2026), in which the first of several rules for the same day is told.

use jiff::Timestamp;
use serde_json::Value;

use super::listing::form_encoded;
use super::settings::Setting;
use super::state::{Bucket, Object};
use crate::sandbox::clock;

const DAY: i64 = 86_400;

/// Expiry date and rule, as the header of an answer has them; none of a version that is not current.
pub(super) fn told(bucket: &Bucket, key: &str, object: &Object, made: Timestamp) -> Option<String> {
    let rules = bucket.settings.get(&Setting::Lifecycle)?.get("Rules")?;
    let (at, rule) = rules
        .as_array()?
        .iter()
        .filter(|rule| rule.get("Status").and_then(Value::as_str) == Some("Enabled"))
        .filter(|rule| applies(rule, key, object))
        .filter_map(|rule| Some((expiry(rule, made)?, rule)))
        .min_by_key(|(at, _)| *at)?;
    let id = rule.get("ID").and_then(Value::as_str).unwrap_or_default();
    Some(format!(
        "expiry-date=\"{}\", rule-id=\"{}\"",
        clock::http_date(at),
        form_encoded(id)
    ))
}

/// The day that a rule names, or the midnight behind as many days as it counts.
fn expiry(rule: &Value, made: Timestamp) -> Option<Timestamp> {
    let expiration = rule.get("Expiration")?;
    if let Some(date) = expiration.get("Date").and_then(Value::as_str) {
        return date.parse().ok();
    }
    let days = expiration.get("Days").and_then(Value::as_i64)?;
    let over = made.as_second().checked_add(days.checked_mul(DAY)?)?;
    Timestamp::from_second((over.div_euclid(DAY) + 1).checked_mul(DAY)?).ok()
}

fn applies(rule: &Value, key: &str, object: &Object) -> bool {
    let filter = rule.get("Filter");
    let scope = match filter.and_then(|filter| filter.get("And")) {
        Some(all) => all,
        None => filter.unwrap_or(rule),
    };
    let size = i64::try_from(object.size()).unwrap_or(i64::MAX);
    let limit = |name: &str| scope.get(name).and_then(Value::as_i64);
    let prefix = scope.get("Prefix").and_then(Value::as_str);
    let tags = scope.get("Tags").and_then(Value::as_array);
    let mut tags = tags.into_iter().flatten().chain(scope.get("Tag"));
    prefix.is_none_or(|prefix| key.starts_with(prefix))
        && limit("ObjectSizeGreaterThan").is_none_or(|least| size > least)
        && limit("ObjectSizeLessThan").is_none_or(|most| size < most)
        && tags.all(|tag| {
            let text = |side: &str| tag.get(side).and_then(Value::as_str).unwrap_or_default();
            object.tags.get(text("Key")).map(String::as_str) == Some(text("Value"))
        })
}
