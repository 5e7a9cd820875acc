//! Managed policies and their versions.

use serde_json::{Value, json};

use super::common::{
    Needs, arn, below, conflict, counted, encoded, exists, limit, limit_of, missing, page,
    page_by_name, with_tags,
};
use super::grants::check_policy_arn;
use super::managed::{self, AwsPolicy};
use super::{Account, Case, Grants, ManagedPolicy, Name, Tags, Version, documents};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Most versions of one policy.
const VERSIONS: usize = 5;
/// Most customer managed policies of an account; AWS's words for it are inferred.
const POLICIES: usize = 1500;
/// Most characters of a document.
const SIZE: usize = 6144;

/// How a customer managed policy appears in lists.
fn brief(account: &Account, policy: &ManagedPolicy) -> Value {
    let uses = account.policy_uses(&policy.arn);
    listed(policy, uses)
}

/// The same where it is known how often it is attached, and is a boundary.
pub fn listed(policy: &ManagedPolicy, uses: (usize, usize)) -> Value {
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default,
        "AttachmentCount": uses.0,
        "PermissionsBoundaryUsageCount": uses.1,
        "IsAttachable": true,
        "CreateDate": seconds(policy.created),
        "UpdateDate": seconds(policy.updated),
    })
}

/// How an AWS-managed policy appears in lists.
fn brief_aws(account: &Account, policy: &AwsPolicy) -> Value {
    let uses = account.policy_uses(&policy.arn);
    listed_aws(policy, uses)
}

/// The same where it is known how often it is attached, and is a boundary.
pub fn listed_aws(policy: &AwsPolicy, uses: (usize, usize)) -> Value {
    json!({
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.version,
        "AttachmentCount": uses.0,
        "PermissionsBoundaryUsageCount": uses.1,
        "IsAttachable": true,
        "CreateDate": seconds(policy.created),
        "UpdateDate": seconds(policy.updated),
    })
}

/// A policy of either kind.
#[derive(Clone, Copy)]
enum Found<'a> {
    Customer(&'a ManagedPolicy),
    Aws(&'static AwsPolicy),
}

fn not_found(arn: &str) -> AwsError {
    missing(format!("Policy {arn} was not found."))
}

fn find<'a>(account: &'a Account, arn: &str) -> Result<Found<'a>, AwsError> {
    check_policy_arn(arn)?;
    match (account.policy(arn), managed::find(arn)) {
        (Some(policy), _) => Ok(Found::Customer(policy)),
        (None, Some(policy)) => Ok(Found::Aws(policy)),
        (None, None) => Err(not_found(arn)),
    }
}

/// A policy of this account, to change it.
fn find_mut<'a>(
    context: &'a mut Context<'_>,
    arn: &str,
) -> Result<&'a mut ManagedPolicy, AwsError> {
    check_policy_arn(arn)?;
    if managed::find(arn).is_some() {
        // AWS's wording is not established.
        return Err(AwsError::denied(format!(
            "User: {} cannot change the AWS managed policy {arn}",
            context.caller.arn()
        )));
    }
    context
        .account_mut()?
        .policy_mut(arn)
        .ok_or_else(|| not_found(arn))
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = input.require("PolicyName")?;
    let path = input.text("Path").unwrap_or("/");
    let need = Need::new(action, arn(&context.caller.account, "policy", path, name))
        .shown(format!("policy {name}"))
        .request_tags(&input.tags("Tags"));
    Ok(super::tagging(need, context, input, "iam:TagPolicy"))
}

/// The operation is about one policy.
pub fn on_policy(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let arn = input.require("PolicyArn")?;
    let tags = context.account()?.policy(arn).map(|policy| &policy.tags);
    Ok(vec![
        with_tags(Need::new(action, arn), tags).shown(format!("policy {arn}")),
    ])
}

/// `ListPolicies` names no ARN; the words are as pasted by several people.
pub fn need_list(_: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let path = input.text("PathPrefix").unwrap_or("/");
    Ok(vec![
        Need::new(action, "*").shown(format!("policy path {path}")),
    ])
}

fn check_size(text: &str) -> Result<(), AwsError> {
    limit_of(counted(text).saturating_sub(1), "PolicySize", SIZE)
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("PolicyName")?;
    let path = input.text("Path").unwrap_or("/");
    let text = input.require("PolicyDocument")?;
    let account = context.account()?;
    if account.policies.contains_key(&Name::new(name)) {
        return Err(exists(format!(
            "A policy called {name} already exists. Duplicate names are not allowed."
        )));
    }
    let tags = Tags::read(input, Case::Kept)?;
    let document = documents::identity(text)?;
    check_size(text)?;
    limit_of(account.policies.len(), "PoliciesPerAccount", POLICIES)?;
    let policy = ManagedPolicy {
        name: name.to_owned(),
        path: path.to_owned(),
        arn: arn(&account.id, "policy", path, name),
        id: context.state.ids.entity("ANPA"),
        description: input.text("Description").map(str::to_owned),
        created: context.now,
        updated: context.now,
        versions: vec![Version {
            id: "v1".to_owned(),
            document,
            created: context.now,
        }],
        default: "v1".to_owned(),
        next: 2,
        tags,
    };
    let mut answer = listed(&policy, (0, 0));
    if let Some(members) = answer.as_object_mut() {
        members.insert("Tags".to_owned(), policy.tags.if_any());
    }
    context
        .account_mut()?
        .policies
        .insert(Name::new(name), policy);
    Ok(json!({"Policy": answer}).into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let (mut value, description, tags) = match find(account, input.require("PolicyArn")?)? {
        Found::Customer(policy) => (
            brief(account, policy),
            policy.description.clone(),
            policy.tags.to_value(),
        ),
        Found::Aws(policy) => (brief_aws(account, policy), None, json!([])),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("Description".to_owned(), description.into());
        members.insert("Tags".to_owned(), tags);
    }
    Ok(json!({"Policy": value}).into())
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let scope = input.text("Scope").unwrap_or("All");
    let usage = input.text("PolicyUsageFilter");
    let only_attached = input.flag("OnlyAttached").unwrap_or(false);
    let used = |arn: &str| account.policy_uses(arn);
    let wanted = |arn: &str, path: &str| {
        let (attached, boundary) = used(arn);
        below(path, input)
            && (!only_attached || attached > 0)
            && match usage {
                Some("PermissionsPolicy") => attached > 0,
                Some("PermissionsBoundary") => boundary > 0,
                _ => true,
            }
    };
    if scope == "Local" {
        let own = |policy: &ManagedPolicy| wanted(&policy.arn, &policy.path);
        let shown = |policy: &ManagedPolicy| listed(policy, used(&policy.arn));
        let page = page_by_name(input, "Policies", &account.policies, own, shown)?;
        return Ok(Value::Object(page).into());
    }
    let customer = account
        .policies
        .values()
        .filter(|policy| scope != "AWS" && wanted(&policy.arn, &policy.path))
        .map(|policy| (policy.arn.clone(), listed(policy, used(&policy.arn))));
    let aws = managed::all()
        .filter(|policy| wanted(&policy.arn, &policy.path))
        .map(|policy| (policy.arn.clone(), listed_aws(policy, used(&policy.arn))));
    Ok(Value::Object(page(input, "Policies", customer.chain(aws))?).into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let name = {
        let policy = find_mut(context, arn)?;
        if policy.versions.len() > 1 {
            return Err(conflict(
                "This policy has more than one version. Before you delete a policy, you must delete \
                 the policy's versions. The default version is deleted with the policy.",
            ));
        }
        Name::new(&policy.name)
    };
    let account = context.account()?;
    if account.policy_uses(arn) != (0, 0) {
        return Err(conflict("Cannot delete a policy attached to entities."));
    }
    context.account_mut()?.policies.remove(&name);
    Ok(().into())
}

fn version_value(version: &Version, default: &str) -> Value {
    json!({
        "VersionId": version.id,
        "IsDefaultVersion": version.id == default,
        "CreateDate": seconds(version.created),
    })
}

pub fn create_version(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let text = input.require("PolicyDocument")?;
    let now = context.now;
    find_mut(context, arn)?;
    let document = documents::identity(text)?;
    check_size(text)?;
    let policy = find_mut(context, arn)?;
    if policy.versions.len() >= VERSIONS {
        return Err(limit(
            "A managed policy can have up to 5 versions. Before you create a new version, you must \
             delete an existing version.",
        ));
    }
    let version = Version {
        id: format!("v{}", policy.next),
        document,
        created: now,
    };
    policy.next += 1;
    policy.updated = now;
    if input.flag("SetAsDefault").unwrap_or(false) {
        policy.default.clone_from(&version.id);
    }
    let answer = version_value(&version, &policy.default);
    policy.versions.push(version);
    Ok(json!({"PolicyVersion": answer}).into())
}

fn no_version(arn: &str, id: &str) -> AwsError {
    missing(format!(
        "Policy {arn} version {id} does not exist or is not attachable."
    ))
}

/// A policy whose version is asked for. Recorded: where the policy is missing, the version is.
fn find_version<'a>(account: &'a Account, arn: &str, id: &str) -> Result<Found<'a>, AwsError> {
    check_policy_arn(arn)?;
    match (account.policy(arn), managed::find(arn)) {
        (Some(policy), _) => Ok(Found::Customer(policy)),
        (None, Some(policy)) => Ok(Found::Aws(policy)),
        (None, None) => Err(no_version(arn, id)),
    }
}

pub fn get_version(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let id = input.require("VersionId")?;
    let (mut value, document) = match find_version(context.account()?, arn, id)? {
        Found::Customer(policy) => {
            let version = policy.versions.iter().find(|version| version.id == id);
            let version = version.ok_or_else(|| no_version(arn, id))?;
            (
                version_value(version, &policy.default),
                version.document.clone(),
            )
        }
        Found::Aws(policy) if policy.version == id => {
            let value = json!({
                "VersionId": policy.version,
                "IsDefaultVersion": true,
                "CreateDate": seconds(policy.updated),
            });
            (value, policy.document.clone())
        }
        Found::Aws(_) => return Err(no_version(arn, id)),
    };
    if let Some(members) = value.as_object_mut() {
        members.insert("Document".to_owned(), encoded(document.as_written()).into());
    }
    Ok(json!({"PolicyVersion": value}).into())
}

pub fn list_versions(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let versions: Vec<(String, Value)> = match find(context.account()?, arn)? {
        Found::Customer(policy) => policy
            .versions
            .iter()
            .rev()
            .map(|version| (version.id.clone(), version_value(version, &policy.default)))
            .collect(),
        Found::Aws(policy) => {
            let value = json!({
                "VersionId": policy.version,
                "IsDefaultVersion": true,
                "CreateDate": seconds(policy.updated),
            });
            vec![(policy.version.clone(), value)]
        }
    };
    Ok(Value::Object(page(input, "Versions", versions.into_iter())?).into())
}

pub fn delete_version(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let id = input.require("VersionId")?;
    let policy = find_mut(context, arn)?;
    let at = policy.versions.iter().position(|version| version.id == id);
    let at = at.ok_or_else(|| no_version(arn, id))?;
    if policy.default == id {
        return Err(conflict("Cannot delete the default version of a policy."));
    }
    policy.versions.remove(at);
    Ok(().into())
}

pub fn set_default(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let id = input.require("VersionId")?;
    let now = context.now;
    find_version(context.account()?, arn, id)?;
    let policy = find_mut(context, arn)?;
    if !policy.versions.iter().any(|version| version.id == id) {
        return Err(no_version(arn, id));
    }
    id.clone_into(&mut policy.default);
    policy.updated = now;
    Ok(().into())
}

pub fn list_entities(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("PolicyArn")?;
    let account = context.account()?;
    find(account, arn)?;
    let filter = input.text("EntityFilter");
    let boundaries = input.text("PolicyUsageFilter") == Some("PermissionsBoundary");
    let permissions = input.text("PolicyUsageFilter") == Some("PermissionsPolicy");
    let uses = |grants: &Grants, boundary: Option<&String>| {
        let attached = grants.attached.iter().any(|known| known == arn);
        let bounded = boundary.is_some_and(|known| known == arn);
        attached && !boundaries || bounded && !permissions
    };
    let shown = |kind: &str| filter.is_none_or(|filter| filter == kind);
    let groups = account
        .groups
        .values()
        .filter(|group| shown("Group") && uses(&group.grants, None));
    let users = account
        .users
        .values()
        .filter(|user| shown("User") && uses(&user.grants, user.boundary.as_ref()));
    let roles = account
        .roles
        .values()
        .filter(|role| shown("Role") && uses(&role.grants, role.boundary.as_ref()));
    let all = groups
        .map(|group| ("PolicyGroups", "Group", &group.name, &group.id))
        .chain(users.map(|user| ("PolicyUsers", "User", &user.name, &user.id)))
        .chain(roles.map(|role| ("PolicyRoles", "Role", &role.name, &role.id)))
        .map(|(list, kind, name, id)| {
            let value =
                json!({"list": list, "entity": {format!("{kind}Name"): name, format!("{kind}Id"): id}});
            (id.clone(), value)
        });
    let mut page = page(input, "page", all)?;
    let entries = page.shift_remove("page").unwrap_or_default();
    let pick = |list: &str| -> Value {
        entries
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry.get("list").and_then(Value::as_str) == Some(list))
            .filter_map(|entry| entry.get("entity").cloned())
            .collect()
    };
    for list in ["PolicyGroups", "PolicyUsers", "PolicyRoles"] {
        page.insert(list.to_owned(), pick(list));
    }
    Ok(Value::Object(page).into())
}
