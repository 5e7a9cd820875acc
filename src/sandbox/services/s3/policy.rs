//! Checking a bucket policy before it is kept.

use super::state::Bucket;
use crate::policy::{Document, DocumentKind};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Context;
use crate::sandbox::request_context;

/// Largest bucket policy, in bytes.
const LARGEST: usize = 20 * 1024;

/// Refuses a document that S3 would refuse, and one that speaks of another bucket.
pub(super) fn check(_ctx: &Context<'_>, bucket: &Bucket, text: &str) -> Result<(), AwsError> {
    let malformed = |text: String| AwsError::new(400, "MalformedPolicy", text);
    if text.len() > LARGEST {
        // The wording is not established.
        return Err(AwsError::new(
            400,
            "PolicyTooLarge",
            "The policy is too large: at most 20 KB",
        ));
    }
    let document = Document::accept(text, DocumentKind::Bucket)
        .map_err(|refusal| malformed(refusal.message))?;
    request_context::check(&document)?;
    for statement in document.statements() {
        if let Some(resource) = statement
            .resources()
            .find(|resource| !speaks_of(resource, &bucket.name))
        {
            return Err(malformed("Policy has invalid resource".to_owned())
                .with("Detail", resource.to_owned()));
        }
    }
    Ok(())
}

/// Whether a resource is the bucket or in it. A name with wildcards or variables may be.
fn speaks_of(resource: &str, bucket: &str) -> bool {
    let Some(path) = resource.strip_prefix("arn:aws:s3:::") else {
        return resource.starts_with('*');
    };
    let name = path.split('/').next().unwrap_or_default();
    name == bucket || name.contains(['*', '?', '$'])
}
