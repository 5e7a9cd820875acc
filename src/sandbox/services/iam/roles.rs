//! Roles.

use std::sync::Arc;

use serde_json::{Value, json};

use super::common::{
    Kind, Needs, arn, below, conflict, counted, encoded, exists, limit_of, page_by_name,
};
use super::{Case, Grants, Name, Role, Tags, boundaries, documents};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::sandbox::state::State;

/// Most characters of a trust policy, by default.
const TRUST_LIMIT: usize = 2048;
/// Most roles of an account.
const ROLES: usize = 1000;

/// What every answer has of a role.
pub fn bare(state: &State, role: &Role) -> Value {
    json!({
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": seconds(role.created),
        "AssumeRolePolicyDocument": encoded(&role.trust.text(state)),
        "Description": role.description,
    })
}

/// How a role appears in lists.
pub fn brief(state: &State, role: &Role) -> Value {
    let mut value = bare(state, role);
    if let Some(members) = value.as_object_mut() {
        members.insert("MaxSessionDuration".to_owned(), role.max_session.into());
    }
    value
}

/// How a role appears on its own.
pub fn full(state: &State, role: &Role) -> Value {
    let mut value = brief(state, role);
    if let Some(members) = value.as_object_mut() {
        members.insert(
            "PermissionsBoundary".to_owned(),
            boundaries::value(role.boundary.as_deref()),
        );
        members.insert("Tags".to_owned(), role.tags.if_any());
        members.insert("RoleLastUsed".to_owned(), last_used(state, role));
    }
    value
}

/// When a session of the role last made a call.
pub fn last_used(state: &State, role: &Role) -> Value {
    state.usage.get(&role.id).map_or_else(
        || json!({}),
        |used| json!({"LastUsedDate": seconds(used.at), "Region": used.region}),
    )
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let path = input.text("Path").unwrap_or("/");
    let arn = arn(
        &context.caller.account,
        "role",
        path,
        input.require("RoleName")?,
    );
    let need = Need::new(action, arn)
        .key_opt("iam:PermissionsBoundary", input.text("PermissionsBoundary"))
        .request_tags(&input.tags("Tags"));
    Ok(super::tagging(need, context, input, "iam:TagRole"))
}

/// Reads a trust policy and checks its size.
fn read_trust(
    context: &Context<'_>,
    text: &str,
) -> Result<Arc<crate::sandbox::policies::PolicyText>, AwsError> {
    let trust = documents::trust(context.state, text)?;
    limit_of(
        counted(text).saturating_sub(1),
        "ACLSizePerRole",
        TRUST_LIMIT,
    )?;
    Ok(trust)
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("RoleName")?;
    let path = input.text("Path").unwrap_or("/");
    let text = input.require("AssumeRolePolicyDocument")?;
    let account = context.account()?;
    if account.role(name).is_some() {
        return Err(exists(format!("Role with name {name} already exists.")));
    }
    let tags = Tags::read(input, Case::Ignored)?;
    let boundary = boundaries::read(account, input)?;
    let arn = arn(&account.id, "role", path, name);
    let trust = read_trust(context, text)?;
    limit_of(account.roles.len(), "RolesPerAccount", ROLES)?;
    let role = Role {
        name: name.to_owned(),
        path: path.to_owned(),
        id: context.state.ids.entity("AROA"),
        arn,
        created: context.now,
        description: input
            .text("Description")
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        max_session: input.int("MaxSessionDuration").unwrap_or(3600),
        trust,
        tags,
        grants: Grants::default(),
        boundary,
    };
    // The answer has the document as it was sent, and neither description nor duration (recorded).
    let answer = json!({"Role": {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": seconds(role.created),
        "AssumeRolePolicyDocument": encoded(text),
        "PermissionsBoundary": boundaries::value(role.boundary.as_deref()),
        "Tags": role.tags.if_any(),
    }});
    context.account_mut()?.roles.insert(Name::new(name), role);
    Ok(answer.into())
}

fn find<'a>(context: &'a Context<'_>, input: &Input) -> Result<&'a Role, AwsError> {
    let name = input.require("RoleName")?;
    context
        .account()?
        .role(name)
        .ok_or_else(|| Kind::Role.missing(name))
}

fn find_mut<'a>(context: &'a mut Context<'_>, input: &Input) -> Result<&'a mut Role, AwsError> {
    let name = input.require("RoleName")?;
    let role = context.account_mut()?.roles.get_mut(&Name::new(name));
    role.ok_or_else(|| Kind::Role.missing(name))
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let role = find(context, input)?;
    Ok(json!({"Role": full(context.state, role)}).into())
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let roles = &context.account()?.roles;
    let wanted = |role: &Role| below(&role.path, input);
    let shown = |role: &Role| brief(context.state, role);
    Ok(Value::Object(page_by_name(input, "Roles", roles, wanted, shown)?).into())
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let role = find(context, input)?;
    // The description of a service-linked role is its account's to change, its sessions are not (IAM
    // User Guide, "Edit a service-linked role description").
    if input.get("MaxSessionDuration").is_some() {
        check_modifiable(role)?;
    }
    let role = find_mut(context, input)?;
    // What is left out stays (recorded; the API reference says otherwise).
    if let Some(text) = input.text("Description") {
        role.description = Some(text.to_owned()).filter(|text| !text.is_empty());
    }
    if let Some(seconds) = input.int("MaxSessionDuration") {
        role.max_session = seconds;
    }
    Ok(json!({}).into())
}

pub fn update_description(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let description = input.require("Description")?.to_owned();
    find_mut(context, input)?.description = Some(description).filter(|text| !text.is_empty());
    // Without the duration and the last use (recorded).
    let role = find(context, input)?;
    Ok(json!({"Role": bare(context.state, role)}).into())
}

pub fn update_trust(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    check_modifiable(find(context, input)?)?;
    let trust = read_trust(context, input.require("PolicyDocument")?)?;
    find_mut(context, input)?.trust = trust;
    Ok(().into())
}

/// Service-linked roles are changed by their service only.
pub fn check_modifiable(role: &Role) -> Result<(), AwsError> {
    if role.path.starts_with("/aws-service-role/") {
        let service = role
            .path
            .trim_start_matches("/aws-service-role/")
            .trim_end_matches('/');
        return Err(AwsError::new(
            400,
            "UnmodifiableEntity",
            format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS ({service})",
                role.name
            ),
        ));
    }
    Ok(())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let role = find(context, input)?;
    check_modifiable(role)?;
    let name = Name::new(&role.name);
    let in_profile = context
        .account()?
        .profiles
        .values()
        .any(|profile| profile.role.as_ref() == Some(&name));
    let checks = [
        (
            in_profile,
            "Cannot delete entity, must remove roles from instance profile first.",
        ),
        (
            !role.grants.attached.is_empty(),
            "Cannot delete entity, must detach all policies first.",
        ),
        (
            !role.grants.inline.is_empty(),
            "Cannot delete entity, must delete policies first.",
        ),
    ];
    if let Some((_, text)) = checks.into_iter().find(|(holds, _)| *holds) {
        return Err(conflict(text));
    }
    context.account_mut()?.roles.remove(&name);
    Ok(().into())
}
