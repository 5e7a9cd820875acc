//! Access keys of users.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::common::{Kind, Needs, key_status, limit_of, missing, page, user_name};
use super::{AccessKey, KeyStatus, Name};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::sandbox::state::KeyOwner;

/// Most access keys of one user; inactive ones count.
const LIMIT: usize = 2;

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = user_name(context, input)?;
    let user = context
        .account()?
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    limit_of(user.access_keys.len(), "AccessKeysPerUser", LIMIT)?;
    let user_name = user.name.clone();
    let key = AccessKey {
        id: context.state.ids.access_key("AKIA"),
        secret: context.state.ids.secret_key(),
        status: KeyStatus::Active,
        created: context.now,
        caller: OnceLock::new(),
    };
    let answer = json!({"AccessKey": {
        "UserName": user_name,
        "AccessKeyId": key.id,
        "Status": key.status.as_str(),
        "SecretAccessKey": key.secret.expose(),
        "CreateDate": seconds(key.created),
    }});
    let owner = KeyOwner {
        account: context.caller.account.clone(),
        user: Some(user_name),
    };
    Arc::make_mut(&mut context.state.keys).insert(key.id.clone(), owner);
    if let Some(user) = context.account_mut()?.users.get_mut(&Name::new(&name)) {
        user.access_keys.push(key);
    }
    Ok(answer.into())
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = user_name(context, input)?;
    let user = context
        .account()?
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    let keys = user.access_keys.iter().map(|key| {
        let value = json!({
            "UserName": user.name,
            "AccessKeyId": key.id,
            "Status": key.status.as_str(),
            "CreateDate": seconds(key.created),
        });
        (key.id.clone(), value)
    });
    Ok(Value::Object(page(input, "AccessKeyMetadata", keys)?).into())
}

/// Finds the key that an operation names among the user's.
fn find<'a>(
    context: &'a mut Context<'_>,
    input: &Input,
) -> Result<(&'a mut Vec<AccessKey>, usize), AwsError> {
    let name = user_name(context, input)?;
    let id = input.require("AccessKeyId")?;
    let user = context
        .account_mut()?
        .users
        .get_mut(&Name::new(&name))
        .ok_or_else(|| Kind::User.missing(&name))?;
    let at = user.access_keys.iter().position(|key| key.id == id);
    let at = at.ok_or_else(|| missing(format!("The Access Key with id {id} cannot be found.")))?;
    Ok((&mut user.access_keys, at))
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let status = key_status(input)?;
    let (keys, at) = find(context, input)?;
    if let Some(key) = keys.get_mut(at) {
        key.status = status;
    }
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (keys, at) = find(context, input)?;
    let key = keys.remove(at);
    Arc::make_mut(&mut context.state.keys).remove(&key.id);
    Arc::make_mut(&mut context.state.usage).remove(&key.id);
    Ok(().into())
}

/// The need names the user whose key it is.
pub fn need_last_used(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let id = input.require("AccessKeyId")?;
    let owner = context
        .state
        .keys
        .get(id)
        .filter(|owner| owner.account == context.caller.account);
    // Recorded: a key of another account, or of nobody, is answered without a reason and without
    // the colon.
    let Some(owner) = owner else {
        return Err(AwsError::denied(format!(
            "User: {} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {id}",
            context.caller.arn()
        )));
    };
    let user = owner
        .user
        .as_deref()
        .and_then(|name| context.account().ok()?.user(name));
    let resource = user.map_or_else(|| context.caller.arn(), |user| user.arn.clone());
    Ok(vec![
        Need::new(action, resource).shown(format!("access key {id}")),
    ])
}

pub fn last_used(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let id = input.require("AccessKeyId")?;
    let user = context
        .state
        .keys
        .get(id)
        .and_then(|owner| owner.user.clone());
    let used = match context.state.usage.get(id) {
        Some(used) => json!({
            "LastUsedDate": seconds(used.at),
            "ServiceName": used.service,
            "Region": used.region,
        }),
        None => json!({"ServiceName": "N/A", "Region": "N/A"}),
    };
    Ok(json!({"UserName": user, "AccessKeyLastUsed": used}).into())
}
