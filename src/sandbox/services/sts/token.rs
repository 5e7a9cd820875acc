//! GetSessionToken and GetFederationToken.

use jiff::SignedDuration;
use serde_json::json;

use super::{assume, grant};
use crate::sandbox::caller::{Identity, Session, SessionKind};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::sandbox::services::iam::mfa;

/// Default duration in seconds.
const DEFAULT: i64 = 43_200;
/// Longest duration for the root user, which gets no error above it but less.
const ROOT: i64 = 3600;

fn session(context: &Context<'_>, input: &Input, kind: SessionKind) -> Session {
    let asked = input.int("DurationSeconds").unwrap_or(DEFAULT);
    let seconds = if context.caller.identity == Identity::Root {
        asked.min(ROOT)
    } else {
        asked
    };
    Session {
        kind,
        issued: context.now,
        expires: context
            .now
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(context.now),
        policies: Vec::new(),
        tags: Vec::new(),
        transitive: Vec::new(),
        source_identity: None,
        mfa: None,
        federation: None,
    }
}

pub fn get_session_token(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    if context.caller.session.is_some() {
        return Err(AwsError::denied(
            "Cannot call GetSessionToken with session credentials",
        ));
    }
    let step = assume::mfa_of(context, input)?;
    let mut session = session(context, input, SessionKind::SessionToken);
    if let (Some(step), Some(serial)) = (step, input.text("SerialNumber")) {
        session.mfa = Some(context.now);
        mfa::use_step(context.account_mut()?, serial, step);
    }
    let (account, identity) = (
        context.caller.account.clone(),
        context.caller.identity.clone(),
    );
    let credentials = grant::issue(context, &account, identity, session);
    Ok(json!({"Credentials": credentials}).into())
}

fn federated_arn(context: &Context<'_>, name: &str) -> String {
    format!(
        "arn:aws:sts::{}:federated-user/{name}",
        context.caller.account
    )
}

pub fn need_federation(context: &Context<'_>, input: &Input) -> Result<Vec<Need>, AwsError> {
    if context.caller.session.is_some() {
        return Err(AwsError::denied(
            "Cannot call GetFederationToken with session credentials",
        ));
    }
    let arn = federated_arn(context, input.require("Name")?);
    let tags = grant::session_tags(input)?;
    let need = |action| Need::new(action, arn.clone()).request_tags(&tags);
    let mut needs = vec![need("sts:GetFederationToken")];
    if !tags.is_empty() {
        needs.push(need("sts:TagSession"));
    }
    Ok(needs)
}

pub fn get_federation_token(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("Name")?;
    let account = context.caller.account.clone();
    let mut session = session(context, input, SessionKind::FederationToken);
    session.policies = grant::session_policies(context.state, &account, input)?;
    session.tags = grant::session_tags(input)?;
    let packed = grant::packed_size(&session, input.list("PolicyArns").len())?;
    let user = match &context.caller.identity {
        Identity::User { arn, .. } => Some(arn.clone()),
        _ => None,
    };
    let arn = federated_arn(context, name);
    let identity = Identity::Federated {
        name: name.to_owned(),
        user,
    };
    let credentials = grant::issue(context, &account, identity, session);
    Ok(json!({
        "Credentials": credentials,
        "FederatedUser": {"FederatedUserId": format!("{account}:{name}"), "Arn": arn},
        "PackedPolicySize": packed,
    })
    .into())
}
