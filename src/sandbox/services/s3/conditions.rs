//! Conditional and range requests.

use std::ops::Range;

use jiff::Timestamp;

use super::errors::{no_such_key, precondition_failed};
use super::state::{Bucket, Object};
use crate::sandbox::clock;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Input;

/// Names of the four conditions in an input.
pub(super) struct Names {
    pub matches: &'static str,
    pub none_match: &'static str,
    pub modified_since: &'static str,
    pub unmodified_since: &'static str,
}

/// Conditions of reading.
pub(super) const READ: Names = Names {
    matches: "IfMatch",
    none_match: "IfNoneMatch",
    modified_since: "IfModifiedSince",
    unmodified_since: "IfUnmodifiedSince",
};

/// Conditions on the source of a copy.
pub(super) const SOURCE: Names = Names {
    matches: "CopySourceIfMatch",
    none_match: "CopySourceIfNoneMatch",
    modified_since: "CopySourceIfModifiedSince",
    unmodified_since: "CopySourceIfUnmodifiedSince",
};

/// What headers call a condition.
fn header(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(letter);
    }
    match out.strip_prefix("Copy-Source-") {
        Some(rest) => format!("x-amz-copy-source-{rest}"),
        None => out,
    }
}

fn etag_matches(list: &str, etag: &str) -> bool {
    list.split(',').any(|one| {
        let one = one.trim();
        one == "*" || one.trim_matches('"') == etag
    })
}

/// A time of a header; one that cannot be read is passed over, as HTTP has it.
fn time(input: &Input, name: &str) -> Option<Timestamp> {
    let text = input.text(name)?;
    jiff::fmt::rfc2822::parse(text)
        .map(|zoned| zoned.timestamp())
        .or_else(|_| text.parse())
        .ok()
}

/// Refuses a read whose conditions do not hold: 412, or 304 where the caller has it already. For
/// the source of a copy it is always 412.
pub(super) fn check(
    input: &Input,
    names: &Names,
    object: &Object,
    modified: Timestamp,
    now: Timestamp,
) -> Result<(), AwsError> {
    // Header times have no fractions.
    let modified_at = modified.as_second();
    let matches = input.text(names.matches);
    if let Some(list) = matches {
        if !etag_matches(list, &object.etag) {
            return Err(precondition_failed(&header(names.matches)));
        }
    } else if let Some(limit) = time(input, names.unmodified_since)
        && modified_at > limit.as_second()
    {
        return Err(precondition_failed(&header(names.unmodified_since)));
    }
    let unchanged = |name: &str| {
        if name.starts_with("CopySource") {
            return precondition_failed(&header(name));
        }
        AwsError::new(304, "NotModified", "Not Modified")
            .header("etag", format!("\"{}\"", object.etag))
            .header("last-modified", clock::http_date(modified))
    };
    if let Some(list) = input.text(names.none_match) {
        if etag_matches(list, &object.etag) {
            return Err(unchanged(names.none_match));
        }
    } else if let Some(limit) = time(input, names.modified_since)
        // A time to come is no condition.
        && limit <= now
        && modified_at <= limit.as_second()
    {
        return Err(unchanged(names.modified_since));
    }
    Ok(())
}

/// Refuses a write whose conditions do not hold.
pub(super) fn check_write(input: &Input, bucket: &Bucket, key: &str) -> Result<(), AwsError> {
    let current = bucket
        .current(key)
        .and_then(|entry| entry.object.as_deref());
    let (etags, none) = (input.text("IfMatch"), input.text("IfNoneMatch"));
    match (etags, none) {
        (Some(_), Some(_)) => {
            return Err(not_taken(
                "If-Match,If-None-Match",
                "Multiple conditional request headers present in the request",
            ));
        }
        (Some("*"), None) => {
            return Err(not_taken(
                "If-Match",
                "We don't accept the provided value of If-Match header for this API",
            ));
        }
        (None, Some(text)) if text != "*" => {
            return Err(not_taken(
                "If-None-Match",
                "We don't accept the provided value of If-None-Match header for this API",
            ));
        }
        _ => {}
    }
    if none.is_some() && current.is_some() {
        return Err(precondition_failed("If-None-Match"));
    }
    match (etags, current) {
        (Some(_), None) => Err(no_such_key(key)),
        (Some(list), Some(object)) if !etag_matches(list, &object.etag) => {
            Err(precondition_failed("If-Match"))
        }
        _ => Ok(()),
    }
}

fn not_taken(header: &'static str, why: &'static str) -> AwsError {
    AwsError::new(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
    )
    .with("Header", header)
    .with("additionalMessage", why)
}

/// Refuses to complete an upload onto an object that was written since the upload began, though it is the
/// one that was asked for.
pub(super) fn check_since(
    input: &Input,
    bucket: &Bucket,
    key: &str,
    begun: Timestamp,
) -> Result<(), AwsError> {
    let written = bucket.current(key).map(|entry| entry.modified);
    if input.text("IfMatch").is_some() && written.is_some_and(|at| at > begun) {
        return Err(AwsError::new(
            409,
            "ConditionalRequestConflict",
            "The conditional request cannot succeed due to a conflicting operation against this resource.",
        )
        .with("Condition", "If-Match")
        .with("Key", key));
    }
    Ok(())
}

/// Refuses to remove an object that is not the one of that ETag.
pub(super) fn check_removal(
    etag: Option<&str>,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
) -> Result<(), AwsError> {
    let Some(etag) = etag else { return Ok(()) };
    let entry = bucket.version(key, version);
    match entry.and_then(|entry| entry.object.as_deref()) {
        None => Err(no_such_key(key)),
        Some(object) if !etag_matches(etag, &object.etag) => Err(precondition_failed("If-Match")),
        Some(_) => Ok(()),
    }
}

/// The bytes that a `Range` header asks for; `None` for the whole. A header that is not one range
/// of bytes is passed over: S3 does not serve several ranges.
pub(super) fn range(text: Option<&str>, size: u64) -> Result<Option<Range<u64>>, AwsError> {
    let Some(text) = text else { return Ok(None) };
    let Some((first, last)) = text
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let range = match (first.trim().is_empty(), last.trim().is_empty()) {
        (false, true) => number(first).ok().map(|first| first..size),
        (false, false) => match (number(first), number(last)) {
            (Ok(first), Ok(last)) if first <= last => Some(first..last.saturating_add(1).min(size)),
            _ => None,
        },
        (true, false) => number(last).ok().map(|count| {
            if count == 0 {
                size..size
            } else {
                size.saturating_sub(count)..size
            }
        }),
        (true, true) => None,
    };
    match range {
        Some(range) if range.start >= size => Err(AwsError::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .with("RangeRequested", text)
        .with("ActualObjectSize", size.to_string())),
        range => Ok(range),
    }
}
