//! Encoded authorization messages.
//!
//! EC2 and a few other services write one into a denial; none of the four services here does. One
//! can be had of any decision that the gate remembers, through the sandbox's own path (see
//! [`crate::sandbox::control`]), in the form that DecodeAuthorizationMessage documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::policy::{self, Effect, PrincipalKind, Statement, Verdict};
use crate::sandbox::error::AwsError;
use crate::sandbox::gate::Recorded;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::sandbox::state::State;
use crate::sandbox::wire::sigv4;

/// The message is JSON in base64 behind its own seal, so that only what this world wrote is read.
fn seal(state: &State, text: &str) -> String {
    let key = state.ids.fork("messages").bytes();
    hex::encode(sigv4::hmac(&key, text.as_bytes()))
}

/// A decision as an encoded message.
#[must_use]
pub fn encode(state: &State, recorded: &Recorded) -> String {
    let text = message(recorded).to_string();
    STANDARD.encode(format!("{}{text}", seal(state, &text)))
}

fn texts(value: &policy::Value) -> impl Iterator<Item = String> {
    let all = match value {
        policy::Value::One(text) => vec![text.clone()],
        policy::Value::Many(list) => list.clone(),
    };
    all.into_iter()
}

fn items<T: Into<Value>>(values: impl Iterator<Item = T>) -> Value {
    let each: Vec<Value> = values.map(|value| json!({"value": value.into()})).collect();
    json!({"items": each})
}

/// The form: IAM User Guide and API reference of DecodeAuthorizationMessage.
fn message(recorded: &Recorded) -> Value {
    let request = recorded.request();
    let caller = &request.principal;
    let id = caller.unique_id().map(str::to_owned);
    let user_id = request.context.get("aws:userid");
    let id = id.or_else(|| texts(user_id?).next());
    let mut principal = json!({"id": id, "arn": caller.arn()});
    if caller.kind() == PrincipalKind::User
        && let Some(members) = principal.as_object_mut()
    {
        let name = caller.arn().rsplit('/').next().unwrap_or_default();
        members.insert("name".to_owned(), name.into());
    }
    let conditions: Vec<Value> = request
        .context
        .iter()
        .map(|(key, value)| json!({"key": key, "values": items(texts(value))}))
        .collect();
    let matched: Vec<Value> = recorded
        .deciding()
        .map(|statement| statement_value(statement, id.as_deref()))
        .collect();
    json!({
        "allowed": recorded.verdict() == Verdict::Allow,
        "explicitDeny": recorded.verdict() == Verdict::ExplicitDeny,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "context": {
            "principal": principal,
            "action": request.action(),
            "resource": request.resource,
            "conditions": {"items": conditions},
        },
    })
}

fn statement_value(statement: &Statement, caller: Option<&str>) -> Value {
    let effect = match statement.effect() {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    };
    json!({
        "statementId": statement.sid().unwrap_or_default(),
        "effect": effect,
        "principals": items(caller.into_iter()),
        "principalGroups": {"items": []},
        "actions": items(statement.actions()),
        "resources": items(statement.resources()),
        "conditions": items(statement.condition_keys()),
    })
}

pub fn decode(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let message = input.require("EncodedMessage")?;
    let decoded = STANDARD
        .decode(message)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.as_deref().and_then(|decoded| {
        let (given, text) = decoded.split_at_checked(64)?;
        (seal(context.state, text) == given).then_some(text)
    });
    match text {
        Some(text) => Ok(json!({"DecodedMessage": text}).into()),
        // AWS's text is not established.
        None => Err(AwsError::new(
            400,
            "InvalidAuthorizationMessageException",
            "Message is not valid",
        )),
    }
}
