//! Instance profiles.

use serde_json::{Value, json};

use super::common::{
    Kind, Needs, arn, below, conflict, exists, limit_of, missing, page, with_tags,
};
use super::{Account, Case, InstanceProfile, Name, Tags, roles};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// `Instance Profile … cannot be found.`
pub fn no_profile(name: &str) -> AwsError {
    missing(format!("Instance Profile {name} cannot be found."))
}

/// How an instance profile appears in answers.
pub fn value(
    context: &Context<'_>,
    profile: &InstanceProfile,
    tags: bool,
) -> Result<Value, AwsError> {
    let account = context.account()?;
    let roles: Vec<Value> = profile
        .role
        .iter()
        .filter_map(|name| account.roles.get(name))
        .map(|role| {
            let mut value = roles::brief(context.state, role);
            // Roles inside instance profiles carry no duration (AWS's examples).
            if let Some(members) = value.as_object_mut() {
                members.shift_remove("MaxSessionDuration");
                members.shift_remove("Description");
            }
            value
        })
        .collect();
    Ok(json!({
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.id,
        "Arn": profile.arn,
        "CreateDate": seconds(profile.created),
        "Roles": roles,
        "Tags": if tags { profile.tags.to_value() } else { Value::Null },
    }))
}

/// A need about an instance profile.
pub fn need_for(account: &Account, name: &str, action: &'static str) -> Need {
    let found = account.profiles.get(&Name::new(name));
    let resource = found.map_or_else(
        || arn(&account.id, "instance-profile", "/", name),
        |profile| profile.arn.clone(),
    );
    with_tags(
        Need::new(action, resource),
        found.map(|profile| &profile.tags),
    )
    .shown(format!("instance profile {name}"))
}

pub fn on_profile(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = input.require("InstanceProfileName")?;
    Ok(vec![need_for(context.account()?, name, action)])
}

/// Putting a role into a profile passes it to EC2.
pub fn need_add_role(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let mut needs = on_profile(context, input, action)?;
    let name = input.require("RoleName")?;
    let account = context.account()?;
    let role = account
        .role(name)
        .map_or_else(|| arn(&account.id, "role", "/", name), |r| r.arn.clone());
    needs.push(Need::pass_role(role, "ec2.amazonaws.com"));
    Ok(needs)
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let path = input.text("Path").unwrap_or("/");
    let name = input.require("InstanceProfileName")?;
    let need = Need::new(
        action,
        arn(&context.caller.account, "instance-profile", path, name),
    )
    .request_tags(&input.tags("Tags"));
    Ok(super::tagging(
        need,
        context,
        input,
        "iam:TagInstanceProfile",
    ))
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("InstanceProfileName")?;
    let path = input.text("Path").unwrap_or("/");
    let account = context.account()?;
    if account.profiles.contains_key(&Name::new(name)) {
        return Err(exists(format!("Instance Profile {name} already exists.")));
    }
    let tags = Tags::read(input, Case::Ignored)?;
    limit_of(account.profiles.len(), "InstanceProfilesPerAccount", 1000)?;
    let profile = InstanceProfile {
        name: name.to_owned(),
        path: path.to_owned(),
        arn: arn(&account.id, "instance-profile", path, name),
        id: context.state.ids.entity("AIPA"),
        created: context.now,
        role: None,
        tags,
    };
    let mut answer = value(context, &profile, false)?;
    if let Some(members) = answer.as_object_mut() {
        members.insert("Tags".to_owned(), profile.tags.if_any());
    }
    context
        .account_mut()?
        .profiles
        .insert(Name::new(name), profile);
    Ok(json!({"InstanceProfile": answer}).into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("InstanceProfileName")?;
    let profile = context.account()?.profiles.get(&Name::new(name));
    let profile = profile.ok_or_else(|| no_profile(name))?;
    Ok(json!({"InstanceProfile": value(context, profile, true)?}).into())
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let profiles = context.account()?.profiles.values();
    let mut values = Vec::new();
    for profile in profiles.filter(|profile| below(&profile.path, input)) {
        values.push((profile.name.clone(), value(context, profile, false)?));
    }
    Ok(Value::Object(page(input, "InstanceProfiles", values.into_iter())?).into())
}

pub fn list_for_role(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("RoleName")?;
    let account = context.account()?;
    account.role(name).ok_or_else(|| Kind::Role.missing(name))?;
    let role = Name::new(name);
    let mut values = Vec::new();
    for profile in account
        .profiles
        .values()
        .filter(|profile| profile.role.as_ref() == Some(&role))
    {
        values.push((profile.name.clone(), value(context, profile, false)?));
    }
    Ok(Value::Object(page(input, "InstanceProfiles", values.into_iter())?).into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("InstanceProfileName")?;
    let profile = context.account()?.profiles.get(&Name::new(name));
    if profile.ok_or_else(|| no_profile(name))?.role.is_some() {
        return Err(conflict(
            "Cannot delete entity, must remove roles from instance profile first.",
        ));
    }
    context.account_mut()?.profiles.remove(&Name::new(name));
    Ok(().into())
}

pub fn add_role(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (profile, role) = (
        input.require("InstanceProfileName")?,
        input.require("RoleName")?,
    );
    let account = context.account_mut()?;
    if account.role(role).is_none() {
        return Err(Kind::Role.missing(role));
    }
    let found = account
        .profiles
        .get_mut(&Name::new(profile))
        .ok_or_else(|| no_profile(profile))?;
    let roles = found.role.iter().count();
    limit_of(roles, "InstanceSessionsPerInstanceProfile", 1)?;
    found.role = Some(Name::new(role));
    Ok(().into())
}

pub fn remove_role(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (profile, role) = (
        input.require("InstanceProfileName")?,
        input.require("RoleName")?,
    );
    let account = context.account_mut()?;
    if account.role(role).is_none() {
        return Err(Kind::Role.missing(role));
    }
    let found = account
        .profiles
        .get_mut(&Name::new(profile))
        .ok_or_else(|| no_profile(profile))?;
    if found.role.as_ref() != Some(&Name::new(role)) {
        return Err(missing(format!(
            "Role {role} in Instance Profile {profile} cannot be found."
        )));
    }
    found.role = None;
    Ok(().into())
}
