//! Cross-origin requests: what a browser is told that asks before a request, and with its answer.
//!
//! The texts and headers are as recorded from S3.

use http::request::Parts;
use serde_json::Value;

use super::settings::Setting;
use super::state::{Bucket, State};
use crate::sandbox::error::AwsError;

/// Headers of an answer.
type Headers = Vec<(&'static str, String)>;

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

/// Answers a browser that asks whether it may (`OPTIONS`).
///
/// # Errors
///
/// `BadRequest` when the question is incomplete, `AccessForbidden` when it may not.
pub fn preflight(
    state: &State,
    parts: &Parts,
    bucket: &str,
    with_key: bool,
) -> Result<Headers, AwsError> {
    let incomplete = |text: &str| AwsError::new(400, "BadRequest", text);
    let Some(origin) = header(parts, "origin") else {
        return Err(incomplete(
            "Insufficient information. Origin request header needed.",
        ));
    };
    let method = header(parts, "access-control-request-method");
    let refused = |text: &str, what: &'static str| {
        AwsError::new(403, "AccessForbidden", format!("CORSResponse: {text}"))
            .with("Method", method.unwrap_or("OPTIONS"))
            .with("ResourceType", what)
    };
    let bucket = state
        .bucket(bucket)
        .ok_or_else(|| refused("Bucket not found", "BUCKET"))?;
    if rules(bucket).is_empty() {
        return Err(refused("CORS is not enabled for this bucket.", "BUCKET"));
    }
    let method = method.ok_or_else(|| incomplete("Invalid Access-Control-Request-Method: null"))?;
    let asked = header(parts, "access-control-request-headers").unwrap_or_default();
    let asked: Vec<String> = asked
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    let what = if with_key { "OBJECT" } else { "BUCKET" };
    let mut headers = allowed(bucket, origin, method, &asked).ok_or_else(|| {
        refused("This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.", what)
    })?;
    if !asked.is_empty() {
        headers.push(("access-control-allow-headers", asked.join(", ")));
    }
    Ok(headers)
}

/// What is said with the answer to a browser's request.
#[must_use]
pub fn answer(state: &State, parts: &Parts, bucket: &str) -> Headers {
    let found = header(parts, "origin").zip(state.bucket(bucket));
    found
        .and_then(|(origin, bucket)| allowed(bucket, origin, parts.method.as_str(), &[]))
        .unwrap_or_default()
}

fn rules(bucket: &Bucket) -> &[Value] {
    let configuration = bucket.settings.get(&Setting::Cors);
    configuration
        .and_then(|configuration| configuration.get("CORSRules"))
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The headers of the first rule that allows a request.
fn allowed(bucket: &Bucket, origin: &str, method: &str, asked: &[String]) -> Option<Headers> {
    let texts = |rule: &Value, member: &str| -> Vec<String> {
        let list = rule.get(member).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    rules(bucket).iter().find_map(|rule| {
        let origins = texts(rule, "AllowedOrigins");
        let pattern = origins.iter().find(|pattern| fits(pattern, origin))?;
        let methods = texts(rule, "AllowedMethods");
        let known = texts(rule, "AllowedHeaders");
        let may_send = |name: &String| {
            let mut known = known.iter();
            known.any(|pattern| fits(&pattern.to_ascii_lowercase(), name))
        };
        if !methods.iter().any(|known| known == method) || !asked.iter().all(may_send) {
            return None;
        }
        let mut headers = Headers::new();
        if pattern == "*" {
            headers.push(("access-control-allow-origin", "*".to_owned()));
        } else {
            headers.push(("access-control-allow-origin", origin.to_owned()));
            headers.push(("access-control-allow-credentials", "true".to_owned()));
        }
        headers.push(("access-control-allow-methods", methods.join(", ")));
        let exposed = texts(rule, "ExposeHeaders");
        if !exposed.is_empty() {
            headers.push(("access-control-expose-headers", exposed.join(", ")));
        }
        if let Some(seconds) = rule.get("MaxAgeSeconds").and_then(Value::as_i64) {
            headers.push(("access-control-max-age", seconds.to_string()));
        }
        let vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";
        headers.push(("vary", vary.to_owned()));
        Some(headers)
    })
}

/// Whether a text fits a pattern with at most one `*`.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => {
            text.len() >= head.len() + tail.len() && text.starts_with(head) && text.ends_with(tail)
        }
    }
}
