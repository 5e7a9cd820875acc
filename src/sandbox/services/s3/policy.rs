//! Checking a bucket policy before it is kept.

use serde_json::{Map, Value};

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

/// The members of a policy and of its statements, in the order in which S3 gives them back.
const ORDER: [&str; 12] = [
    "Version",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The document as S3 gives it back: without blanks, in S3's order, and with actions and resources that
/// stand alone outside of a list.
///
/// Sources: the order was recorded (LocalStack's snapshot tests), lists of one are told by Ansible's tests on
/// AWS. What becomes of lists of one in principals and conditions is not established: they stay.
pub(super) fn as_given_back(text: &str) -> String {
    let Ok(Value::Object(mut document)) = serde_json::from_str(text) else {
        return text.to_owned();
    };
    match document.get_mut("Statement") {
        Some(Value::Array(statements)) => {
            for statement in statements {
                if let Value::Object(statement) = statement {
                    give_back(statement);
                }
            }
        }
        Some(Value::Object(statement)) => give_back(statement),
        _ => {}
    }
    Value::Object(ordered(document)).to_string()
}

fn give_back(statement: &mut Map<String, Value>) {
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(value) = statement.get_mut(name)
            && let Value::Array(values) = value
            && values.len() == 1
            && let Some(only) = values.pop()
        {
            *value = only;
        }
    }
    *statement = ordered(std::mem::take(statement));
}

fn ordered(members: Map<String, Value>) -> Map<String, Value> {
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
    members.into_iter().collect()
}
