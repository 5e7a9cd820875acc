//! Who signed a form, and whether truly.

use std::sync::Arc;

use http::request::Parts;
use jiff::Timestamp;

use super::{Form, Signer};
use crate::model::Service;
use crate::sandbox::authenticate::{self, Authenticated, Claimed};
use crate::sandbox::caller::Caller;
use crate::sandbox::error::AwsError;
use crate::sandbox::presigned;
use crate::sandbox::signing_keys::SigningKeys;
use crate::sandbox::state::State;
use crate::sandbox::wire::route::Route;

/// Looks up who signed a form's policy; `None` where nobody did.
///
/// # Errors
///
/// As [`authenticate::claimed`], in the words for forms.
pub fn claimed(
    state: &State,
    route: &Route,
    parts: &Parts,
    form: &Form,
) -> Result<Option<Claimed>, AwsError> {
    let Some(signer) = &form.signer else {
        return Ok(None);
    };
    let region = presigned::region_of(state, route, Some(&form.bucket));
    match signer {
        Signer::Four(_) => form.check_scope(region.as_deref())?,
        Signer::Two { .. } => presigned::takes_version_two(region.as_deref(), parts)?,
    }
    let (id, token) = (signer.access_key_id(), form.token.as_deref());
    let (caller, secret) = authenticate::find_caller(state, Service::S3, id, token)?;
    Ok(Some(Claimed {
        caller,
        secret,
        region,
    }))
}

/// Checks a form: who signed its policy, and that the policy lets it in. It is as [`authenticate::prove`].
///
/// # Errors
///
/// AWS's error of the first check that fails.
pub fn prove(
    claimed: Option<Claimed>,
    form: &Form,
    (wall, now): (Timestamp, Timestamp),
    keys: &SigningKeys,
) -> Result<Authenticated, AwsError> {
    let proved = |caller, region| Authenticated {
        caller,
        region,
        body: form.file.clone(),
        trailers: Vec::new(),
    };
    let (Some(signer), Some(claimed)) = (&form.signer, claimed) else {
        return Ok(proved(Arc::new(Caller::anonymous()), None));
    };
    let policy = form.policy.as_str();
    let (matches, given) = match signer {
        Signer::Four(found) => {
            let key = keys.derive(found, &claimed.secret);
            let matches = key.is_signature(policy.as_bytes(), &found.signature);
            (matches, &*found.signature)
        }
        Signer::Two { signature, .. } => {
            let matches = presigned::is_signature(claimed.secret.expose(), policy, signature);
            (matches, signature.as_str())
        }
    };
    if !matches {
        return Err(authenticate::s3_mismatch(
            signer.access_key_id(),
            policy,
            given,
        ));
    }
    authenticate::check_session(Service::S3, &claimed.caller, form.token.as_deref(), now)?;
    form.check_policy(wall)?;
    Ok(proved(claimed.caller, claimed.region))
}
