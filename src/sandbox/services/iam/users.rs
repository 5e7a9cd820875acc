//! Users.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::common::{
    Kind, Needs, arn, below, conflict, exists, limit_of, page_by_name, user_name, with_own_tags,
};
use super::{Case, Name, Tags, User, boundaries};
use crate::sandbox::caller::Identity;
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Most users of an account.
const USERS: usize = 5000;

/// How a user appears in lists.
pub fn brief(user: &User) -> Value {
    json!({
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn,
        "CreateDate": seconds(user.created),
    })
}

/// How a user appears on its own.
pub fn full(user: &User) -> Value {
    let mut value = brief(user);
    if let Some(members) = value.as_object_mut() {
        members.insert(
            "PermissionsBoundary".to_owned(),
            boundaries::value(user.boundary.as_deref()),
        );
        members.insert("Tags".to_owned(), user.tags.if_any());
    }
    value
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let path = input.text("Path").unwrap_or("/");
    let arn = arn(
        &context.caller.account,
        "user",
        path,
        input.require("UserName")?,
    );
    let need = Need::new(action, arn)
        .key_opt("iam:PermissionsBoundary", input.text("PermissionsBoundary"))
        .request_tags(&input.tags("Tags"));
    Ok(super::tagging(need, context, input, "iam:TagUser"))
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("UserName")?;
    let path = input.text("Path").unwrap_or("/");
    let account = context.account()?;
    if account.user(name).is_some() {
        return Err(exists(format!("User with name {name} already exists.")));
    }
    let tags = Tags::read(input, Case::Ignored)?;
    let boundary = boundaries::read(account, input)?;
    limit_of(account.users.len(), "UsersPerAccount", USERS)?;
    let id = context.state.ids.entity("AIDA");
    let mut user = User::new(&context.caller.account, path, name, id, context.now);
    user.tags = tags;
    user.boundary = boundary;
    let answer = json!({"User": full(&user)});
    context.account_mut()?.insert_user(user);
    Ok(answer.into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    if input.text("UserName").is_none() && context.caller.identity == Identity::Root {
        // GetUser of root answers for the account itself.
        let arn = context.caller.arn();
        return Ok(
            json!({"User": {"Path": "/", "UserName": account.alias.as_ref().unwrap_or(&account.id),
            "UserId": account.id, "Arn": arn, "CreateDate": seconds(account.created)}})
            .into(),
        );
    }
    let name = user_name(context, input)?;
    let user = account
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    Ok(json!({"User": full(user)}).into())
}

/// GetUser of root needs no name.
pub fn need_get(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    if input.text("UserName").is_none() && context.caller.identity == Identity::Root {
        return Ok(vec![Need::new(action, context.caller.arn())]);
    }
    super::common::on_user(context, input, action)
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let users = &context.account()?.users;
    let wanted = |user: &User| below(&user.path, input);
    Ok(Value::Object(page_by_name(input, "Users", users, wanted, brief)?).into())
}

pub fn need_update(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let mut needs = super::common::on_user(context, input, action)?;
    let account = context.account()?;
    if let Some(user) = account.user(input.require("UserName")?) {
        // AWS asks for both the old and the new name.
        let path = input.text("NewPath").unwrap_or(&user.path);
        let name = input.text("NewUserName").unwrap_or(&user.name);
        let new = arn(&account.id, "user", path, name);
        if new != user.arn {
            needs.push(with_own_tags(Need::new(action, new), Some(&user.tags)));
        }
    }
    Ok(needs)
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("UserName")?;
    let account = context.account()?;
    let mut user = account
        .user(name)
        .ok_or_else(|| Kind::User.missing(name))?
        .clone();
    let old = Name::new(&user.name);
    if let Some(path) = input.text("NewPath") {
        path.clone_into(&mut user.path);
    }
    if let Some(new) = input.text("NewUserName") {
        if Name::new(new) != old && account.user(new).is_some() {
            return Err(exists(format!("User with name {new} already exists.")));
        }
        new.clone_into(&mut user.name);
    }
    let old_arn = user.arn.clone();
    user.arn = arn(&account.id, "user", &user.path, &user.name);
    let new = Name::new(&user.name);
    let keys: Vec<String> = user.access_keys.iter().map(|key| key.id.clone()).collect();
    let account = context.account_mut()?;
    account.users.remove(&old);
    for group in account.groups.values_mut() {
        if group.members.remove(&old) {
            group.members.insert(new.clone());
        }
    }
    for device in account
        .mfa
        .values_mut()
        .filter(|device| device.user.as_ref() == Some(&old))
    {
        device.user = Some(new.clone());
    }
    let (owner, arn, id) = (user.name.clone(), user.arn.clone(), user.id.clone());
    account.insert_user(user);
    rename_sessions(context, &old_arn, &owner, &arn, &id);
    let owners = Arc::make_mut(&mut context.state.keys);
    for key in keys {
        if let Some(known) = owners.get_mut(&key) {
            known.user = Some(owner.clone());
        }
    }
    Ok(().into())
}

/// Sessions go on under the user's new name.
fn rename_sessions(context: &mut Context<'_>, old: &str, name: &str, arn: &str, id: &str) {
    let of_user = |identity: &Identity| match identity {
        Identity::User { id: known, .. } => known == id,
        Identity::Federated { user, .. } => user.as_deref() == Some(old),
        _ => false,
    };
    let sessions = &mut context.state.sessions;
    if !sessions.values().any(|key| of_user(&key.identity)) {
        return;
    }
    for key in Arc::make_mut(sessions).values_mut() {
        if !of_user(&key.identity) {
            continue;
        }
        key.caller = OnceLock::new();
        match &mut key.identity {
            Identity::User {
                name: known,
                arn: known_arn,
                ..
            } => {
                name.clone_into(known);
                arn.clone_into(known_arn);
            }
            Identity::Federated { user, .. } => *user = Some(arn.to_owned()),
            _ => {}
        }
    }
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("UserName")?;
    let user = context
        .account()?
        .user(name)
        .ok_or_else(|| Kind::User.missing(name))?;
    // In which order AWS looks is not established.
    let checks = [
        (
            !user.groups.is_empty(),
            "Cannot delete entity, must remove users from group first.",
        ),
        (
            !user.grants.attached.is_empty(),
            "Cannot delete entity, must detach all policies first.",
        ),
        (
            !user.grants.inline.is_empty(),
            "Cannot delete entity, must delete policies first.",
        ),
        (
            !user.access_keys.is_empty(),
            "Cannot delete entity, must delete access keys first.",
        ),
        (
            user.login.is_some(),
            "Cannot delete entity, must delete login profile first.",
        ),
        (
            !user.credentials.is_empty(),
            "Cannot delete entity, must remove referenced objects first.",
        ),
        (
            !user.mfa.is_empty(),
            "Cannot delete entity, must delete MFA device first.",
        ),
    ];
    if let Some((_, text)) = checks.into_iter().find(|(holds, _)| *holds) {
        return Err(conflict(text));
    }
    context.account_mut()?.users.remove(&Name::new(name));
    Ok(().into())
}
