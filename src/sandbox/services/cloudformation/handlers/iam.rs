//! Users, groups, roles, policies, keys, instance profiles.

use serde_json::{Map, Value, json};

use super::{
    Failure, Made, Outcome, Properties, Site, call, call_unless_gone, document, generated, refused,
    tag_list, tags, text, texts, without_nulls,
};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;

/// A kind of principal that policies are attached to.
#[derive(Clone, Copy)]
struct Holder {
    /// In operation names: `PutRolePolicy`.
    noun: &'static str,
    /// Member that names it.
    name: &'static str,
}

const ROLE: Holder = Holder {
    noun: "Role",
    name: "RoleName",
};
const USER: Holder = Holder {
    noun: "User",
    name: "UserName",
};
const GROUP: Holder = Holder {
    noun: "Group",
    name: "GroupName",
};

/// The three kinds that a policy resource can be attached to, by property.
const HOLDERS: [(&str, Holder); 3] = [("Groups", GROUP), ("Roles", ROLE), ("Users", USER)];

/// Makes the entity itself. A name that is taken has a text of its own.
fn make(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    operation: &str,
    name: &str,
    members: Value,
) -> Outcome<Value> {
    match ctx.perform(Iam, operation, without_nulls(members), site.caller) {
        Ok(reply) => Ok(reply.members),
        Err((error, _)) if error.code == "EntityAlreadyExists" => Err(Failure::new(format!(
            "Resource of type '{}' with identifier '{name}' already exists. (HandlerErrorCode: AlreadyExists)",
            site.type_name
        ))),
        Err((error, request)) => Err(refused(ctx, Iam, &error, &request)),
    }
}

/// The name given, or a generated one.
fn name(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
    property: &str,
    longest: usize,
) -> String {
    match text(new, property) {
        Some(name) => name.to_owned(),
        None => generated(&mut ctx.state.ids, site, longest),
    }
}

/// What `Fn::GetAtt` gives of an entity in an answer: attribute, and member of the answer.
fn made(id: &str, answer: &Value, entity: &str, attributes: &[(&str, &str)]) -> Made {
    let attributes = attributes
        .iter()
        .filter_map(|(attribute, member)| {
            let value = match answer.get(entity)?.get(member)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some(((*attribute).to_owned(), Value::from(value)))
        })
        .collect();
    Made {
        physical_id: id.to_owned(),
        attributes,
    }
}

/// Inline policies by name.
fn inline(properties: &Properties) -> Vec<(&str, String)> {
    let list = properties.get("Policies").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|policy| {
            let name = policy.get("PolicyName").and_then(Value::as_str)?;
            Some((name, policy.get("PolicyDocument")?.to_string()))
        })
        .collect()
}

fn put_inline(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    policy: &str,
    document: &str,
) -> Outcome<()> {
    let operation = format!("Put{}Policy", holder.noun);
    let members = json!({holder.name: name, "PolicyName": policy, "PolicyDocument": document});
    call(ctx, site, Iam, &operation, members).map(|_| ())
}

fn delete_inline(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    policy: &str,
) -> Outcome<()> {
    let operation = format!("Delete{}Policy", holder.noun);
    call_unless_gone(
        ctx,
        site,
        Iam,
        &operation,
        json!({holder.name: name, "PolicyName": policy}),
    )
}

fn attach(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    arn: &str,
) -> Outcome<()> {
    let operation = format!("Attach{}Policy", holder.noun);
    call(
        ctx,
        site,
        Iam,
        &operation,
        json!({holder.name: name, "PolicyArn": arn}),
    )
    .map(|_| ())
}

fn detach(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    arn: &str,
) -> Outcome<()> {
    let operation = format!("Detach{}Policy", holder.noun);
    call_unless_gone(
        ctx,
        site,
        Iam,
        &operation,
        json!({holder.name: name, "PolicyArn": arn}),
    )
}

/// Brings inline and managed policies of a holder from old to new.
fn policies(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (inline(old), inline(new));
    for (policy, document) in &after {
        if !before.contains(&(policy, document.clone())) {
            put_inline(ctx, site, holder, name, policy, document)?;
        }
    }
    for (policy, _) in &before {
        if !after.iter().any(|(kept, _)| kept == policy) {
            delete_inline(ctx, site, holder, name, policy)?;
        }
    }
    let (before, after) = (
        texts(old, "ManagedPolicyArns"),
        texts(new, "ManagedPolicyArns"),
    );
    for arn in after.iter().filter(|arn| !before.contains(arn)) {
        attach(ctx, site, holder, name, arn)?;
    }
    for arn in before.iter().filter(|arn| !after.contains(arn)) {
        detach(ctx, site, holder, name, arn)?;
    }
    Ok(())
}

/// Brings the permissions boundary from old to new.
fn boundary(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (
        text(old, "PermissionsBoundary"),
        text(new, "PermissionsBoundary"),
    );
    if before == after {
        return Ok(());
    }
    match after {
        Some(arn) => {
            let operation = format!("Put{}PermissionsBoundary", holder.noun);
            let members = json!({holder.name: name, "PermissionsBoundary": arn});
            call(ctx, site, Iam, &operation, members).map(|_| ())
        }
        None => {
            let operation = format!("Delete{}PermissionsBoundary", holder.noun);
            call_unless_gone(ctx, site, Iam, &operation, json!({holder.name: name}))
        }
    }
}

/// Brings tags from old to new.
fn retag(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (tags(site, old), tags(site, new));
    let gone: Vec<&str> = before
        .iter()
        .filter(|(key, _)| !after.iter().any(|(kept, _)| kept == key))
        .map(|(key, _)| key.as_str())
        .collect();
    if !gone.is_empty() {
        let operation = format!("Untag{}", holder.noun);
        call(
            ctx,
            site,
            Iam,
            &operation,
            json!({holder.name: name, "TagKeys": gone}),
        )?;
    }
    let fresh: Vec<(String, String)> = after
        .into_iter()
        .filter(|tag| !before.contains(tag))
        .collect();
    if !fresh.is_empty() {
        let operation = format!("Tag{}", holder.noun);
        let members = json!({holder.name: name, "Tags": tag_list(&fresh)});
        call(ctx, site, Iam, &operation, members)?;
    }
    Ok(())
}

fn tags_or_null(site: Site<'_>, new: &Properties) -> Value {
    match tags(site, new) {
        tags if tags.is_empty() => Value::Null,
        tags => tag_list(&tags),
    }
}

// Roles

pub(super) fn create_role(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "RoleName", 64);
    let members = json!({
        "RoleName": name,
        "AssumeRolePolicyDocument": document(new, "AssumeRolePolicyDocument"),
        "Description": text(new, "Description"),
        "MaxSessionDuration": new.get("MaxSessionDuration"),
        "Path": text(new, "Path"),
        "PermissionsBoundary": text(new, "PermissionsBoundary"),
        "Tags": tags_or_null(site, new),
    });
    let answer = make(ctx, site, "CreateRole", &name, members)?;
    let made = made(
        &name,
        &answer,
        "Role",
        &[("Arn", "Arn"), ("RoleId", "RoleId")],
    );
    policies(ctx, site, ROLE, &name, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

pub(super) fn update_role(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let name = &made.physical_id;
    let changed = |property: &str| old.get(property) != new.get(property);
    if changed("AssumeRolePolicyDocument") {
        let document = document(new, "AssumeRolePolicyDocument");
        let members = json!({"RoleName": name, "PolicyDocument": document});
        call(ctx, site, Iam, "UpdateAssumeRolePolicy", members)?;
    }
    if changed("Description") || changed("MaxSessionDuration") {
        let seconds = new
            .get("MaxSessionDuration")
            .cloned()
            .unwrap_or_else(|| 3600.into());
        let members = json!({
            "RoleName": name,
            "Description": text(new, "Description").unwrap_or_default(),
            "MaxSessionDuration": seconds,
        });
        call(ctx, site, Iam, "UpdateRole", members)?;
    }
    boundary(ctx, site, ROLE, name, old, new)?;
    policies(ctx, site, ROLE, name, old, new)?;
    retag(ctx, site, ROLE, name, old, new)?;
    Ok(made.clone())
}

pub(super) fn delete_role(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    policies(ctx, site, ROLE, name, old, &Properties::new())?;
    call_unless_gone(ctx, site, Iam, "DeleteRole", json!({"RoleName": name}))
}

// Users

pub(super) fn create_user(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "UserName", 64);
    let members = json!({
        "UserName": name,
        "Path": text(new, "Path"),
        "PermissionsBoundary": text(new, "PermissionsBoundary"),
        "Tags": tags_or_null(site, new),
    });
    let answer = make(ctx, site, "CreateUser", &name, members)?;
    let made = made(&name, &answer, "User", &[("Arn", "Arn")]);
    let none = Properties::new();
    user_parts(ctx, site, &name, &none, new).map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Groups, password, policies.
fn user_parts(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (texts(old, "Groups"), texts(new, "Groups"));
    for group in after.iter().filter(|group| !before.contains(group)) {
        let members = json!({"GroupName": group, "UserName": name});
        call(ctx, site, Iam, "AddUserToGroup", members)?;
    }
    for group in before.iter().filter(|group| !after.contains(group)) {
        let members = json!({"GroupName": group, "UserName": name});
        call_unless_gone(ctx, site, Iam, "RemoveUserFromGroup", members)?;
    }
    if old.get("LoginProfile") != new.get("LoginProfile") {
        match new.get("LoginProfile") {
            Some(profile) => {
                let members = without_nulls(json!({
                    "UserName": name,
                    "Password": profile.get("Password"),
                    "PasswordResetRequired": profile.get("PasswordResetRequired"),
                }));
                let operation = match old.get("LoginProfile") {
                    Some(_) => "UpdateLoginProfile",
                    None => "CreateLoginProfile",
                };
                call(ctx, site, Iam, operation, members)?;
            }
            None => {
                call_unless_gone(
                    ctx,
                    site,
                    Iam,
                    "DeleteLoginProfile",
                    json!({"UserName": name}),
                )?;
            }
        }
    }
    policies(ctx, site, USER, name, old, new)
}

pub(super) fn update_user(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let name = &made.physical_id;
    let mut made = made.clone();
    if text(old, "Path") != text(new, "Path") {
        let path = text(new, "Path").unwrap_or("/");
        call(
            ctx,
            site,
            Iam,
            "UpdateUser",
            json!({"UserName": name, "NewPath": path}),
        )?;
        let account = &site.caller.account;
        let arn = format!("arn:aws:iam::{account}:user{path}{name}");
        made.attributes.insert("Arn".to_owned(), arn.into());
    }
    boundary(ctx, site, USER, name, old, new)?;
    user_parts(ctx, site, name, old, new)?;
    retag(ctx, site, USER, name, old, new)?;
    Ok(made)
}

pub(super) fn delete_user(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    user_parts(ctx, site, name, old, &Properties::new())?;
    call_unless_gone(ctx, site, Iam, "DeleteUser", json!({"UserName": name}))
}

// Groups

pub(super) fn create_group(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "GroupName", 128);
    let members = json!({"GroupName": name, "Path": text(new, "Path")});
    let answer = make(ctx, site, "CreateGroup", &name, members)?;
    let made = made(&name, &answer, "Group", &[("Arn", "Arn")]);
    policies(ctx, site, GROUP, &name, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

pub(super) fn update_group(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let name = &made.physical_id;
    let mut made = made.clone();
    if text(old, "Path") != text(new, "Path") {
        let path = text(new, "Path").unwrap_or("/");
        call(
            ctx,
            site,
            Iam,
            "UpdateGroup",
            json!({"GroupName": name, "NewPath": path}),
        )?;
        let account = &site.caller.account;
        let arn = format!("arn:aws:iam::{account}:group{path}{name}");
        made.attributes.insert("Arn".to_owned(), arn.into());
    }
    policies(ctx, site, GROUP, name, old, new)?;
    Ok(made)
}

pub(super) fn delete_group(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    policies(ctx, site, GROUP, name, old, &Properties::new())?;
    call_unless_gone(ctx, site, Iam, "DeleteGroup", json!({"GroupName": name}))
}

pub(super) fn create_membership(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let made = Made {
        physical_id: generated(&mut ctx.state.ids, site, 128),
        attributes: Map::new(),
    };
    members(ctx, site, &Properties::new(), new).map_err(|failure| failure.after(&made))?;
    let mut made = made;
    made.attributes
        .insert("Id".to_owned(), made.physical_id.clone().into());
    Ok(made)
}

/// Brings the users of a group from old to new.
fn members(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let pairs = |properties: &Properties| -> Vec<(String, String)> {
        let group = text(properties, "GroupName").unwrap_or_default();
        let users = texts(properties, "Users");
        users
            .into_iter()
            .map(|user| (group.to_owned(), user.to_owned()))
            .collect()
    };
    let (before, after) = (pairs(old), pairs(new));
    for (group, user) in after.iter().filter(|pair| !before.contains(pair)) {
        let members = json!({"GroupName": group, "UserName": user});
        call(ctx, site, Iam, "AddUserToGroup", members)?;
    }
    for (group, user) in before.iter().filter(|pair| !after.contains(pair)) {
        let members = json!({"GroupName": group, "UserName": user});
        call_unless_gone(ctx, site, Iam, "RemoveUserFromGroup", members)?;
    }
    Ok(())
}

pub(super) fn update_membership(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    members(ctx, site, old, new)?;
    Ok(made.clone())
}

pub(super) fn delete_membership(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
) -> Outcome<()> {
    members(ctx, site, old, &Properties::new())
}

// Policies

/// Groups, roles and users named in properties.
fn holders(properties: &Properties) -> Vec<(Holder, String)> {
    HOLDERS
        .into_iter()
        .flat_map(|(property, holder)| {
            texts(properties, property)
                .into_iter()
                .map(move |name| (holder, name.to_owned()))
        })
        .collect()
}

fn among(holder: &(Holder, String), others: &[(Holder, String)]) -> bool {
    others
        .iter()
        .any(|(kind, name)| kind.noun == holder.0.noun && *name == holder.1)
}

pub(super) fn create_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let first = |text: &str| text.chars().take(5).collect::<String>();
    let id = format!(
        "{}-{}-{}",
        first(site.stack_name),
        first(site.logical_id),
        ctx.state.ids.mixed(12)
    );
    let made = Made {
        attributes: Map::from_iter([("Id".to_owned(), Value::from(id.as_str()))]),
        physical_id: id,
    };
    inline_everywhere(ctx, site, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Brings an inline policy on several holders from old to new.
fn inline_everywhere(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (holders(old), holders(new));
    if after.is_empty() && !new.is_empty() {
        return Err(Failure::new(
            "At least one of [Groups,Roles,Users] must be non-empty.",
        ));
    }
    let document = document(new, "PolicyDocument");
    let (old_name, name) = (text(old, "PolicyName"), text(new, "PolicyName"));
    for (holder, target) in &after {
        put_inline(
            ctx,
            site,
            *holder,
            target,
            name.unwrap_or_default(),
            &document,
        )?;
    }
    for holder in &before {
        if old_name != name || !among(holder, &after) {
            delete_inline(ctx, site, holder.0, &holder.1, old_name.unwrap_or_default())?;
        }
    }
    Ok(())
}

pub(super) fn update_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    inline_everywhere(ctx, site, old, new)?;
    Ok(made.clone())
}

pub(super) fn delete_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
) -> Outcome<()> {
    inline_everywhere(ctx, site, old, &Properties::new())
}

pub(super) fn create_managed_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "ManagedPolicyName", 128);
    let members = json!({
        "PolicyName": name,
        "Description": text(new, "Description"),
        "Path": text(new, "Path"),
        "PolicyDocument": document(new, "PolicyDocument"),
    });
    let answer = make(ctx, site, "CreatePolicy", &name, members)?;
    let arn = answer
        .get("Policy")
        .and_then(|policy| policy.get("Arn"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let made = made(
        &arn,
        &answer,
        "Policy",
        &[
            ("PolicyArn", "Arn"),
            ("PolicyId", "PolicyId"),
            ("CreateDate", "CreateDate"),
            ("UpdateDate", "UpdateDate"),
            ("DefaultVersionId", "DefaultVersionId"),
            ("AttachmentCount", "AttachmentCount"),
            ("IsAttachable", "IsAttachable"),
            (
                "PermissionsBoundaryUsageCount",
                "PermissionsBoundaryUsageCount",
            ),
        ],
    );
    attachments(ctx, site, &arn, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Brings the holders of a managed policy from old to new.
fn attachments(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    arn: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (holders(old), holders(new));
    for holder in after.iter().filter(|holder| !among(holder, &before)) {
        attach(ctx, site, holder.0, &holder.1, arn)?;
    }
    for holder in before.iter().filter(|holder| !among(holder, &after)) {
        detach(ctx, site, holder.0, &holder.1, arn)?;
    }
    Ok(())
}

/// Ids of the versions that are not the default, oldest first.
fn other_versions(ctx: &mut Context<'_>, site: Site<'_>, arn: &str) -> Outcome<Vec<String>> {
    let reply = match ctx.perform(
        Iam,
        "ListPolicyVersions",
        json!({"PolicyArn": arn}),
        site.caller,
    ) {
        Ok(reply) => reply.members,
        Err((error, _)) if error.status == 404 => Value::Null,
        Err((error, request)) => return Err(refused(ctx, Iam, &error, &request)),
    };
    let versions = reply.get("Versions").and_then(Value::as_array);
    let mut ids: Vec<String> = versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("IsDefaultVersion") != Some(&Value::Bool(true)))
        .filter_map(|version| version.get("VersionId")?.as_str().map(str::to_owned))
        .collect();
    ids.sort_by_key(|id| {
        id.trim_start_matches('v')
            .parse::<u32>()
            .unwrap_or_default()
    });
    Ok(ids)
}

pub(super) fn update_managed_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let arn = &made.physical_id;
    if old.get("PolicyDocument") != new.get("PolicyDocument") {
        let others = other_versions(ctx, site, arn)?;
        if others.len() >= 4
            && let Some(oldest) = others.first()
        {
            let members = json!({"PolicyArn": arn, "VersionId": oldest});
            call(ctx, site, Iam, "DeletePolicyVersion", members)?;
        }
        let members = json!({
            "PolicyArn": arn,
            "PolicyDocument": document(new, "PolicyDocument"),
            "SetAsDefault": true,
        });
        call(ctx, site, Iam, "CreatePolicyVersion", members)?;
    }
    attachments(ctx, site, arn, old, new)?;
    Ok(made.clone())
}

pub(super) fn delete_managed_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    arn: &str,
    old: &Properties,
) -> Outcome<()> {
    attachments(ctx, site, arn, old, &Properties::new())?;
    for version in other_versions(ctx, site, arn)? {
        let members = json!({"PolicyArn": arn, "VersionId": version});
        call_unless_gone(ctx, site, Iam, "DeletePolicyVersion", members)?;
    }
    call_unless_gone(ctx, site, Iam, "DeletePolicy", json!({"PolicyArn": arn}))
}

// Access keys

pub(super) fn create_access_key(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let user = text(new, "UserName").unwrap_or_default();
    let reply = call(ctx, site, Iam, "CreateAccessKey", json!({"UserName": user}))?;
    let member = |name: &str| {
        let key = reply.members.get("AccessKey");
        key.and_then(|key| key.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let id = member("AccessKeyId");
    let made = Made {
        physical_id: id.to_owned(),
        attributes: Map::from_iter([
            ("Id".to_owned(), Value::from(id)),
            (
                "SecretAccessKey".to_owned(),
                Value::from(member("SecretAccessKey")),
            ),
        ]),
    };
    if text(new, "Status") == Some("Inactive") {
        key_status(ctx, site, &made.physical_id, new).map_err(|failure| failure.after(&made))?;
    }
    Ok(made)
}

fn key_status(ctx: &mut Context<'_>, site: Site<'_>, id: &str, new: &Properties) -> Outcome<()> {
    let members = json!({
        "UserName": text(new, "UserName"),
        "AccessKeyId": id,
        "Status": text(new, "Status").unwrap_or("Active"),
    });
    call(ctx, site, Iam, "UpdateAccessKey", members).map(|_| ())
}

pub(super) fn update_access_key(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    new: &Properties,
) -> Outcome<Made> {
    key_status(ctx, site, &made.physical_id, new)?;
    Ok(made.clone())
}

pub(super) fn delete_access_key(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    id: &str,
    old: &Properties,
) -> Outcome<()> {
    let members = json!({"UserName": text(old, "UserName"), "AccessKeyId": id});
    call_unless_gone(ctx, site, Iam, "DeleteAccessKey", without_nulls(members))
}

// Instance profiles

pub(super) fn create_instance_profile(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "InstanceProfileName", 128);
    let members = json!({"InstanceProfileName": name, "Path": text(new, "Path")});
    let answer = make(ctx, site, "CreateInstanceProfile", &name, members)?;
    let made = made(&name, &answer, "InstanceProfile", &[("Arn", "Arn")]);
    profile_roles(ctx, site, &name, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

fn profile_roles(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (texts(old, "Roles"), texts(new, "Roles"));
    for role in before.iter().filter(|role| !after.contains(role)) {
        let members = json!({"InstanceProfileName": name, "RoleName": role});
        call_unless_gone(ctx, site, Iam, "RemoveRoleFromInstanceProfile", members)?;
    }
    for role in after.iter().filter(|role| !before.contains(role)) {
        let members = json!({"InstanceProfileName": name, "RoleName": role});
        call(ctx, site, Iam, "AddRoleToInstanceProfile", members)?;
    }
    Ok(())
}

pub(super) fn update_instance_profile(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    profile_roles(ctx, site, &made.physical_id, old, new)?;
    Ok(made.clone())
}

pub(super) fn delete_instance_profile(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    profile_roles(ctx, site, name, old, &Properties::new())?;
    let members = json!({"InstanceProfileName": name});
    call_unless_gone(ctx, site, Iam, "DeleteInstanceProfile", members)
}
