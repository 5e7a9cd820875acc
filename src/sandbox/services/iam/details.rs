//! GetAccountAuthorizationDetails: every user, group, role and policy at once.

use serde_json::{Value, json};

use super::common::{encoded, page};
use super::grants::attached_value;
use super::{Account, Grants, boundaries, managed, policies, profiles, roles, users};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

fn inline(grants: &Grants) -> Value {
    grants
        .inline
        .iter()
        .map(|(name, document)| {
            json!({"PolicyName": name, "PolicyDocument": encoded(document.as_written())})
        })
        .collect()
}

fn attached(grants: &Grants) -> Value {
    grants
        .attached
        .iter()
        .map(|arn| attached_value(arn))
        .collect()
}

/// Adds members to an object.
fn with(mut value: Value, more: Vec<(&str, Value)>) -> Value {
    if let Some(members) = value.as_object_mut() {
        for (name, value) in more {
            members.insert(name.to_owned(), value);
        }
    }
    value
}

/// Adds the versions of a policy.
fn policy_versions(brief: Value, versions: Value) -> Value {
    with(brief, vec![("PolicyVersionList", versions)])
}

fn user_entries(account: &Account) -> impl Iterator<Item = Value> {
    account.users.values().map(|user| {
        let groups: Value = user
            .groups
            .iter()
            .filter_map(|name| account.groups.get(name))
            .map(|group| Value::from(group.name.as_str()))
            .collect();
        let mut more = vec![
            ("GroupList", groups),
            ("AttachedManagedPolicies", attached(&user.grants)),
            (
                "PermissionsBoundary",
                boundaries::value(user.boundary.as_deref()),
            ),
            ("Tags", user.tags.to_value()),
        ];
        if !user.grants.inline.is_empty() {
            more.push(("UserPolicyList", inline(&user.grants)));
        }
        with(users::brief(user), more)
    })
}

fn group_entries(account: &Account) -> impl Iterator<Item = Value> {
    account.groups.values().map(|group| {
        with(
            super::groups::value(group),
            vec![
                ("GroupPolicyList", inline(&group.grants)),
                ("AttachedManagedPolicies", attached(&group.grants)),
            ],
        )
    })
}

fn role_entries(context: &Context<'_>) -> Result<Vec<Value>, AwsError> {
    let account = context.account()?;
    let mut entries = Vec::new();
    for (name, role) in &account.roles {
        let mut inside = Vec::new();
        for profile in account.profiles.values() {
            if profile.role.as_ref() == Some(name) {
                inside.push(profiles::value(context, profile, false)?);
            }
        }
        let mut value = with(
            roles::brief(context.state, role),
            vec![
                ("InstanceProfileList", Value::from(inside)),
                ("RolePolicyList", inline(&role.grants)),
                ("AttachedManagedPolicies", attached(&role.grants)),
                (
                    "PermissionsBoundary",
                    boundaries::value(role.boundary.as_deref()),
                ),
                ("Tags", role.tags.to_value()),
                ("RoleLastUsed", roles::last_used(context.state, role)),
            ],
        );
        // Neither is a member of the detailed form.
        if let Some(members) = value.as_object_mut() {
            members.shift_remove("Description");
            members.shift_remove("MaxSessionDuration");
        }
        entries.push(value);
    }
    Ok(entries)
}

fn customer_entries(account: &Account) -> impl Iterator<Item = Value> {
    account.policies.values().map(move |policy| {
        let versions = policy
            .versions
            .iter()
            .map(|version| {
                json!({
                    "Document": encoded(version.document.as_written()),
                    "VersionId": version.id,
                    "IsDefaultVersion": version.id == policy.default,
                    "CreateDate": seconds(version.created),
                })
            })
            .collect();
        policy_versions(
            policies::listed(policy, account.policy_uses(&policy.arn)),
            versions,
        )
    })
}

/// AWS-managed policies are listed where they are in use.
fn aws_entries(account: &Account) -> impl Iterator<Item = Value> {
    managed::all().filter_map(move |policy| {
        let uses = account.policy_uses(&policy.arn);
        if uses == (0, 0) {
            return None;
        }
        let versions = json!([{
            "Document": encoded(policy.document.as_written()),
            "VersionId": policy.version,
            "IsDefaultVersion": true,
            "CreateDate": seconds(policy.updated),
        }]);
        Some(policy_versions(
            policies::listed_aws(policy, uses),
            versions,
        ))
    })
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let filter = input.texts("Filter");
    let wanted = |kind: &str| filter.is_empty() || filter.contains(&kind);
    let account = context.account()?;
    let mut all: Vec<(&str, Value)> = Vec::new();
    if wanted("User") {
        all.extend(user_entries(account).map(|value| ("UserDetailList", value)));
    }
    if wanted("Group") {
        all.extend(group_entries(account).map(|value| ("GroupDetailList", value)));
    }
    if wanted("Role") {
        all.extend(
            role_entries(context)?
                .into_iter()
                .map(|value| ("RoleDetailList", value)),
        );
    }
    if wanted("LocalManagedPolicy") {
        all.extend(customer_entries(account).map(|value| ("Policies", value)));
    }
    if wanted("AWSManagedPolicy") {
        all.extend(aws_entries(account).map(|value| ("Policies", value)));
    }
    let entries = all.into_iter().map(|(list, value)| {
        let arn = value
            .get("Arn")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        (arn, json!({"list": list, "value": value}))
    });
    let mut page = page(input, "page", entries)?;
    let entries = page.shift_remove("page").unwrap_or_default();
    for list in [
        "UserDetailList",
        "GroupDetailList",
        "RoleDetailList",
        "Policies",
    ] {
        let values: Value = entries
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry.get("list").and_then(Value::as_str) == Some(list))
            .filter_map(|entry| entry.get("value").cloned())
            .collect();
        page.insert(list.to_owned(), values);
    }
    Ok(Value::Object(page).into())
}
