//! Permissions boundaries of users and roles.

use serde_json::{Value, json};

use super::common::{Kind, Needs, entity_need, missing};
use super::{Account, Name, grants, managed};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

/// How a boundary appears in answers.
pub fn value(arn: Option<&str>) -> Value {
    arn.map_or(
        Value::Null,
        |arn| json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}),
    )
}

/// The boundary that a request names.
///
/// # Errors
///
/// When it is no ARN, or no managed policy has it.
pub fn read(account: &Account, input: &Input) -> Result<Option<String>, AwsError> {
    let Some(arn) = input.text("PermissionsBoundary") else {
        return Ok(None);
    };
    if !grants::is_policy_arn(arn) {
        // Another code than where a policy is attached (recorded).
        let message = format!("ARN {arn} is not valid.");
        return Err(AwsError::new(400, "InvalidInput", message));
    }
    if account.policy(arn).is_none() && managed::find(arn).is_none() {
        return Err(missing(format!(
            "Scope ARN: {arn} does not exist or is not attachable."
        )));
    }
    Ok(Some(arn.to_owned()))
}

pub fn need_put(context: &Context<'_>, input: &Input, kind: Kind, action: &'static str) -> Needs {
    let name = input.require(kind.member())?;
    // iam:PermissionsBoundary is the boundary that is asked for, not the one that is there.
    let mut need = entity_need(context.account()?, kind, name, action);
    need.keys
        .retain(|(key, _)| key != "iam:PermissionsBoundary");
    Ok(vec![need.key_opt(
        "iam:PermissionsBoundary",
        input.text("PermissionsBoundary"),
    )])
}

fn slot<'a>(
    context: &'a mut Context<'_>,
    input: &Input,
    kind: Kind,
) -> Result<&'a mut Option<String>, AwsError> {
    let name = input.require(kind.member())?;
    let account = context.account_mut()?;
    let key = Name::new(name);
    match kind {
        Kind::Role => account.roles.get_mut(&key).map(|role| &mut role.boundary),
        _ => account.users.get_mut(&key).map(|user| &mut user.boundary),
    }
    .ok_or_else(|| kind.missing(name))
}

pub fn put(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let boundary = read(context.account()?, input)?;
    *slot(context, input, kind)? = boundary;
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let slot = slot(context, input, kind)?;
    if slot.take().is_none() {
        let name = input.require(kind.member())?;
        // AWS's wording is not established.
        return Err(missing(format!(
            "The permissions boundary of {} {name} cannot be found.",
            kind.word()
        )));
    }
    Ok(().into())
}
