//! Checking a bucket policy before it is kept.

use serde_json::Value;

use super::state::Bucket;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Context;

/// Largest bucket policy, in bytes.
const LARGEST: usize = 20 * 1024;

fn malformed(text: impl Into<String>) -> AwsError {
    AwsError::new(400, "MalformedPolicy", text)
}

/// Refuses a document that S3 would refuse.
pub(super) fn check(_ctx: &Context<'_>, _bucket: &Bucket, text: &str) -> Result<(), AwsError> {
    if text.len() > LARGEST {
        return Err(AwsError::new(
            400,
            "PolicyTooLarge",
            "The policy is too large: at most 20 KB",
        ));
    }
    let document = serde_json::from_str::<Value>(text).ok();
    let Some(Value::Object(document)) = document else {
        return Err(malformed(
            "Policies must be valid JSON and the first byte must be '{'",
        ));
    };
    if !document.contains_key("Statement") {
        return Err(malformed("Missing required field Statement"));
    }
    Ok(())
}
