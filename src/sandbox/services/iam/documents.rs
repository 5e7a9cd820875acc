//! Policy documents in requests: read, refused in AWS's words, kept.

use std::sync::Arc;

use crate::policy::{DocumentKind, Refusal};
use crate::sandbox::error::AwsError;
use crate::sandbox::policies::{NotBound, PolicyText};
use crate::sandbox::request_context;
use crate::sandbox::state::State;

/// The error of a refused document.
pub fn refused(refusal: &Refusal) -> AwsError {
    AwsError::new(400, refusal.code, refusal.message.clone())
}

/// An identity policy.
///
/// # Errors
///
/// MalformedPolicyDocument in IAM's words.
pub fn identity(text: &str) -> Result<Arc<PolicyText>, AwsError> {
    let policy =
        PolicyText::accept(text, DocumentKind::Identity).map_err(|refusal| refused(&refusal))?;
    request_context::check(policy.read())?;
    Ok(Arc::new(policy))
}

/// The trust policy of a role.
///
/// # Errors
///
/// MalformedPolicyDocument in IAM's words.
pub fn trust(state: &State, text: &str) -> Result<Arc<PolicyText>, AwsError> {
    let policy =
        PolicyText::bind(state, text, DocumentKind::Trust).map_err(|error| match error {
            NotBound::Refused(refusal) => refused(&refusal),
            NotBound::NoPrincipal(name) => AwsError::new(
                400,
                "MalformedPolicyDocument",
                format!("Invalid principal in policy: \"AWS\":\"{name}\""),
            ),
        })?;
    request_context::check(policy.read())?;
    Ok(Arc::new(policy))
}
