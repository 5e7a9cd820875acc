//! Whether a bucket policy is public.
//!
//! Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The
//! meaning of public": an allow for everyone is public unless a condition pins it to fixed values
//! of one of the listed keys.

use serde_json::Value;

/// Condition keys that make an allow for everyone not public, when their values have no wildcards.
const PINNING: [&str; 14] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Whether the document allows anything to everyone.
pub(super) fn is_public(document: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(document) else {
        return false;
    };
    each(document.get("Statement")).any(|statement| {
        let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        let everyone = statement.get("NotPrincipal").is_some()
            || statement.get("Principal").is_some_and(is_everyone);
        allows && everyone && !statement.get("Condition").is_some_and(is_pinned)
    })
}

fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(other) => std::slice::from_ref(other),
        None => &[],
    }
    .iter()
}

fn is_everyone(principal: &Value) -> bool {
    match principal {
        Value::String(text) => text == "*",
        Value::Object(kinds) => kinds.iter().any(|(kind, names)| {
            matches!(kind.as_str(), "AWS" | "CanonicalUser")
                && each(Some(names)).any(|name| name.as_str() == Some("*"))
        }),
        _ => false,
    }
}

fn is_pinned(condition: &Value) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    operators.into_iter().any(|(operator, keys)| {
        // A negation, or one that holds where the key is absent, pins nothing.
        let name = operator.rsplit(':').next().unwrap_or_default();
        let positive = matches!(
            name,
            "StringEquals"
                | "StringEqualsIgnoreCase"
                | "StringLike"
                | "ArnEquals"
                | "ArnLike"
                | "IpAddress"
        ) && !operator.starts_with("ForAllValues:");
        positive
            && keys.as_object().into_iter().flatten().any(|(key, values)| {
                PINNING.contains(&key.to_ascii_lowercase().as_str())
                    && each(Some(values))
                        .all(|value| value.as_str().is_some_and(|text| fixed(key, text)))
            })
    })
}

fn fixed(key: &str, value: &str) -> bool {
    if key.eq_ignore_ascii_case("aws:SourceIp") {
        // The whole internet is no restriction; S3 takes ranges of at least /8 (IPv4), /32 (IPv6).
        let (address, bits) = value.split_once('/').unwrap_or((value, ""));
        let least = if address.contains(':') { 32 } else { 8 };
        return bits.is_empty() || bits.parse::<u32>().is_ok_and(|bits| bits >= least);
    }
    !value.contains(['*', '?']) && !value.contains("${")
}
