//! Groups and who is in them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::common::{Kind, Needs, arn, below, conflict, exists, limit_of, page, page_by_name};
use super::{Grants, Group, Name, users};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Most groups that a user is in.
const GROUPS_PER_USER: usize = 10;
/// Most groups of an account; AWS's words for it are inferred from those for users.
const GROUPS: usize = 300;

/// How a group appears in answers.
pub fn value(group: &Group) -> Value {
    json!({
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn,
        "CreateDate": seconds(group.created),
    })
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let path = input.text("Path").unwrap_or("/");
    let arn = arn(
        &context.caller.account,
        "group",
        path,
        input.require("GroupName")?,
    );
    Ok(vec![Need::new(action, arn)])
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("GroupName")?;
    let path = input.text("Path").unwrap_or("/");
    let account = context.account()?;
    if account.group(name).is_some() {
        return Err(exists(format!("Group with name {name} already exists.")));
    }
    limit_of(account.groups.len(), "GroupsPerAccount", GROUPS)?;
    let group = Group {
        name: name.to_owned(),
        path: path.to_owned(),
        arn: arn(&account.id, "group", path, name),
        id: context.state.ids.entity("AGPA"),
        created: context.now,
        grants: Grants::default(),
        members: BTreeSet::new(),
    };
    let answer = json!({"Group": value(&group)});
    context.account_mut()?.groups.insert(Name::new(name), group);
    Ok(answer.into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("GroupName")?;
    let account = context.account()?;
    let group = account
        .group(name)
        .ok_or_else(|| Kind::Group.missing(name))?;
    let members = group
        .members
        .iter()
        .filter_map(|name| account.users.get(name))
        .map(|user| (user.name.clone(), users::brief(user)));
    let mut answer = page(input, "Users", members)?;
    answer.insert("Group".to_owned(), value(group));
    Ok(Value::Object(answer).into())
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let groups = &context.account()?.groups;
    let wanted = |group: &Group| below(&group.path, input);
    Ok(Value::Object(page_by_name(input, "Groups", groups, wanted, value)?).into())
}

pub fn list_for_user(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("UserName")?;
    let account = context.account()?;
    let user = account.user(name).ok_or_else(|| Kind::User.missing(name))?;
    let groups = user
        .groups
        .iter()
        .filter_map(|name| account.groups.get(name))
        .map(|group| (group.name.clone(), value(group)));
    Ok(Value::Object(page(input, "Groups", groups)?).into())
}

pub fn need_update(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let mut needs = super::common::on_group(context, input, action)?;
    let account = context.account()?;
    if let Some(group) = account.group(input.require("GroupName")?) {
        let path = input.text("NewPath").unwrap_or(&group.path);
        let name = input.text("NewGroupName").unwrap_or(&group.name);
        let new = arn(&account.id, "group", path, name);
        if new != group.arn {
            needs.push(Need::new(action, new));
        }
    }
    Ok(needs)
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("GroupName")?;
    let account = context.account()?;
    let mut group = account
        .group(name)
        .ok_or_else(|| Kind::Group.missing(name))?
        .clone();
    let old = Name::new(&group.name);
    if let Some(path) = input.text("NewPath") {
        path.clone_into(&mut group.path);
    }
    if let Some(new) = input.text("NewGroupName") {
        if Name::new(new) != old && account.group(new).is_some() {
            return Err(exists(format!("Group with name {new} already exists.")));
        }
        new.clone_into(&mut group.name);
    }
    group.arn = arn(&account.id, "group", &group.path, &group.name);
    let new = Name::new(&group.name);
    let account = context.account_mut()?;
    account.groups.remove(&old);
    for user in account.users.values_mut() {
        if user.groups.remove(&old) {
            user.groups.insert(new.clone());
        }
    }
    account.groups.insert(new, group);
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("GroupName")?;
    let group = context
        .account()?
        .group(name)
        .ok_or_else(|| Kind::Group.missing(name))?;
    if !group.members.is_empty() {
        return Err(conflict(
            "Cannot delete entity, must remove users from group first.",
        ));
    }
    if !group.grants.attached.is_empty() {
        return Err(conflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !group.grants.inline.is_empty() {
        return Err(conflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    context.account_mut()?.groups.remove(&Name::new(name));
    Ok(().into())
}

pub fn add_user(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (group, user) = (input.require("GroupName")?, input.require("UserName")?);
    let account = context.account()?;
    let found = account.user(user).ok_or_else(|| Kind::User.missing(user))?;
    account
        .group(group)
        .ok_or_else(|| Kind::Group.missing(group))?;
    if !found.groups.contains(&Name::new(group)) {
        limit_of(found.groups.len(), "GroupsPerUser", GROUPS_PER_USER)?;
    }
    let (group, user) = (Name::new(group), Name::new(user));
    let account = context.account_mut()?;
    if let Some(found) = account.groups.get_mut(&group) {
        found.members.insert(user.clone());
    }
    if let Some(found) = account.users.get_mut(&user) {
        found.groups.insert(group);
    }
    Ok(().into())
}

pub fn remove_user(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (group, user) = (input.require("GroupName")?, input.require("UserName")?);
    let account = context.account()?;
    account.user(user).ok_or_else(|| Kind::User.missing(user))?;
    account
        .group(group)
        .ok_or_else(|| Kind::Group.missing(group))?;
    // A user that is not in the group is no error (recorded).
    let (group, user) = (Name::new(group), Name::new(user));
    let account = context.account_mut()?;
    if let Some(found) = account.groups.get_mut(&group) {
        found.members.remove(&user);
    }
    if let Some(found) = account.users.get_mut(&user) {
        found.groups.remove(&group);
    }
    Ok(().into())
}
