//! Making temporary credentials: session policies, tags, and the answer.

use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::policy::DocumentKind;
use crate::sandbox::caller::{Identity, Session, SessionPolicy};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input};
use crate::sandbox::policies::PolicyText;
use crate::sandbox::request_context;
use crate::sandbox::services::iam::{managed, refused};
use crate::sandbox::shelf::Shelf;
use crate::sandbox::state::{State, TemporaryKey};

/// Most characters of an inline session policy.
const POLICY: usize = 2048;
/// Most managed session policies.
const POLICY_ARNS: usize = 10;
/// Most session tags.
const TAGS: usize = 50;
/// How long expired credentials are remembered, so that AWS's word for them can be given.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(48);

/// The session policies of a request.
///
/// # Errors
///
/// ValidationError, MalformedPolicyDocument or PackedPolicyTooLarge.
pub fn session_policies(
    state: &State,
    account: &str,
    input: &Input,
) -> Result<Vec<SessionPolicy>, AwsError> {
    let mut policies = Vec::new();
    if let Some(text) = input.text("Policy") {
        if text.chars().count() > POLICY {
            return Err(AwsError::validation(format!(
                "1 validation error detected: Value '{text}' at 'policy' failed to satisfy \
                 constraint: Member must have length less than or equal to {POLICY}"
            )));
        }
        let document =
            PolicyText::accept(text, DocumentKind::Session).map_err(|refusal| refused(&refusal))?;
        request_context::check(document.read())?;
        policies.push(SessionPolicy {
            arn: None,
            document: Arc::new(document),
        });
    }
    let arns = input.list("PolicyArns");
    if arns.len() > POLICY_ARNS {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
             Member must have length less than or equal to {POLICY_ARNS}"
        )));
    }
    for arn in arns
        .iter()
        .filter_map(|entry| entry.get("arn").and_then(Value::as_str))
    {
        let own = state
            .account(account)
            .and_then(|account| account.policy(arn)?.document());
        let document = own.or_else(|| managed::find(arn).map(|policy| &policy.document));
        let document = document.cloned().ok_or_else(|| {
            // AWS's wording is not established.
            AwsError::validation(format!("Policy {arn} does not exist or is not attachable."))
        })?;
        policies.push(SessionPolicy {
            arn: Some(arn.to_owned()),
            document,
        });
    }
    Ok(policies)
}

/// The session tags of a request.
///
/// # Errors
///
/// InvalidParameterValue for keys that come twice in any case.
pub fn session_tags(input: &Input) -> Result<Vec<(String, String)>, AwsError> {
    let tags = input.tags("Tags");
    check_tags(&tags)?;
    Ok(tags)
}

/// Refuses transitive keys that are not among the tags.
///
/// # Errors
///
/// InvalidParameterValue in AWS's words.
pub fn check_transitive(tags: &[(String, String)], transitive: &[String]) -> Result<(), AwsError> {
    let known = |key: &String| {
        tags.iter()
            .any(|(tag, _)| tag.to_lowercase() == key.to_lowercase())
    };
    if transitive.iter().all(known) {
        return Ok(());
    }
    Err(AwsError::new(
        400,
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags.",
    ))
}

/// Refuses too many tags, keys that come twice in any case, and reserved ones.
///
/// # Errors
///
/// ValidationError or InvalidParameterValue in AWS's words.
pub fn check_tags(tags: &[(String, String)]) -> Result<(), AwsError> {
    if tags.len() > TAGS {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must \
             have length less than or equal to {TAGS}"
        )));
    }
    let mut known = std::collections::HashSet::new();
    for (key, _) in tags {
        if !known.insert(key.to_lowercase()) {
            return Err(AwsError::new(
                400,
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            // AWS's wording is not established.
            return Err(AwsError::new(
                400,
                "InvalidParameterValue",
                format!("Tag keys starting with 'aws:' are reserved for system use: {key}"),
            ));
        }
    }
    Ok(())
}

/// How full the packed form of policies and tags is, in percent. AWS's packing is secret; this is
/// its size without white space against the size of the largest inline policy.
///
/// # Errors
///
/// PackedPolicyTooLarge above 100.
pub fn packed_size(session: &Session, arns: usize) -> Result<i64, AwsError> {
    let inline = session
        .policies
        .iter()
        .filter(|policy| policy.arn.is_none());
    let text: usize = inline
        .map(|policy| crate::policy::counted_size(policy.document.as_written()))
        .sum();
    let tags: usize = session
        .tags
        .iter()
        .map(|(key, value)| key.len() + value.len() + 2)
        .sum();
    let size = text + tags + arns * 20;
    let percent = i64::try_from((size * 100).div_ceil(POLICY * 2)).unwrap_or(i64::MAX);
    if percent > 100 {
        return Err(AwsError::new(
            400,
            "PackedPolicyTooLarge",
            format!(
                "Packed policy consumes {percent}% of allotted space, please use smaller policy."
            ),
        ));
    }
    Ok(percent)
}

/// Makes credentials for a session and keeps them; answers the `Credentials` member.
pub fn issue(
    context: &mut Context<'_>,
    account: &str,
    identity: Identity,
    session: Session,
) -> Value {
    let now = context.now;
    let id = context.state.ids.access_key("ASIA");
    let key = TemporaryKey {
        secret: context.state.ids.secret_key(),
        token: context.state.ids.session_token(),
        account: account.to_owned(),
        identity,
        session: Arc::new(session),
        caller: OnceLock::new(),
    };
    let answer = json!({
        "AccessKeyId": id,
        "SecretAccessKey": key.secret.expose(),
        "SessionToken": key.token.expose(),
        "Expiration": seconds(key.session.expires),
    });
    let sessions = Arc::make_mut(&mut context.state.sessions);
    purge(sessions, now);
    sessions.insert(id, key);
    answer
}

/// Forgets credentials that expired long ago, now and then.
fn purge(sessions: &mut Shelf<String, TemporaryKey>, now: Timestamp) {
    if sessions.len().is_multiple_of(256) {
        sessions.retain(|_, key| now.duration_since(key.session.expires) < REMEMBERED);
    }
}
