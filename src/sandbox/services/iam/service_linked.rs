//! Service-linked roles.
//!
//! Names, trust and policies of the roles, which services take a suffix, and the messages are
//! recorded (AWS's own answers of March 2025).

use serde::Deserialize;
use serde_json::{Value, json};

use super::common::{Kind, Needs, arn, encoded, missing};
use super::{Grants, Name, Role, Tags, documents, roles};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Longest session of such a role, in seconds.
const SESSION: i64 = 3600;

/// The services that take a custom suffix.
const SUFFIXED: [&str; 3] = [
    "autoscaling.amazonaws.com",
    "connect.amazonaws.com",
    "lexv2.amazonaws.com",
];

/// A line of the table: a service, the name of its role, and the policy that the role has.
#[derive(Deserialize)]
struct Linked {
    service: &'static str,
    role: &'static str,
    policy: &'static str,
}

fn table() -> impl Iterator<Item = Linked> {
    include_str!("../../../../assets/service-linked-roles.jsonl")
        .lines()
        .filter_map(|line| serde_json::from_slice(line.as_bytes()).ok())
}

fn known(service: &str) -> Result<Linked, AwsError> {
    table()
        .find(|linked| linked.service == service)
        .ok_or_else(|| AwsError::unsupported(format_args!("a service-linked role of {service}")))
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidInput", message)
}

/// Name of the role that a request asks for.
fn role_name(linked: &Linked, input: &Input) -> String {
    match input.text("CustomSuffix") {
        Some(suffix) => format!("{}_{suffix}", linked.role),
        None => linked.role.to_owned(),
    }
}

fn path_of(service: &str) -> String {
    format!("/aws-service-role/{service}/")
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let linked = known(input.require("AWSServiceName")?)?;
    let arn = arn(
        &context.caller.account,
        "role",
        &path_of(linked.service),
        &role_name(&linked, input),
    );
    Ok(vec![
        Need::new(action, arn).key("iam:AWSServiceName", linked.service),
    ])
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let linked = known(input.require("AWSServiceName")?)?;
    let service = linked.service;
    if input.text("CustomSuffix").is_some() && !SUFFIXED.contains(&service) {
        return Err(invalid(format!(
            "Custom suffix is not allowed for {service}"
        )));
    }
    let name = role_name(&linked, input);
    if context.account()?.role(&name).is_some() {
        return Err(invalid(format!(
            "Service role name {name} has been taken in this account, please try a different suffix."
        )));
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole",
        "Effect": "Allow", "Principal": {"Service": service}}]});
    let path = path_of(service);
    let role = Role {
        arn: arn(&context.caller.account, "role", &path, &name),
        path,
        id: context.state.ids.entity("AROA"),
        created: context.now,
        description: input.text("Description").map(str::to_owned),
        max_session: SESSION,
        trust: documents::trust(context.state, &trust.to_string())?,
        tags: Tags::default(),
        grants: Grants {
            attached: vec![format!(
                "arn:aws:iam::aws:policy/aws-service-role/{}",
                linked.policy
            )],
            ..Grants::default()
        },
        boundary: None,
        name: name.clone(),
    };
    // This one answer has lists where the role itself has none (the example of AWS's CLI reference).
    let shown = json!({"Version": "2012-10-17", "Statement": [{"Action": ["sts:AssumeRole"],
        "Effect": "Allow", "Principal": {"Service": [service]}}]});
    let mut answer = roles::bare(context.state, &role);
    if let Some(members) = answer.as_object_mut() {
        let document = Value::from(encoded(&shown.to_string()));
        members.insert("AssumeRolePolicyDocument".to_owned(), document);
        members.shift_remove("Description");
    }
    context.account_mut()?.roles.insert(Name::new(&name), role);
    Ok(json!({"Role": answer}).into())
}

/// Deletion is done at once here; the task says so for as long as the account is there.
pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("RoleName")?;
    let role = context
        .account()?
        .role(name)
        .ok_or_else(|| Kind::Role.missing(name))?;
    if !role.path.starts_with("/aws-service-role/") {
        // AWS's words are not established.
        return Err(invalid(format!(
            "The role {name} is not a service-linked role."
        )));
    }
    let task = format!("task{}{}", role.path, role.name);
    let task = format!("{task}/{}", context.state.ids.uuid());
    let account = context.account_mut()?;
    account.roles.remove(&Name::new(name));
    account.deletions.insert(task.clone());
    Ok(json!({"DeletionTaskId": task}).into())
}

pub fn status(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let task = input.require("DeletionTaskId")?;
    if !context.account()?.deletions.contains(task) {
        // AWS's words are not established.
        return Err(missing(format!("Deletion task {task} cannot be found.")));
    }
    Ok(json!({"Status": "SUCCEEDED"}).into())
}

/// The operation is about the role whose deletion the task is: `task/PATH/NAME/ID`.
pub fn need_status(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let task = input.require("DeletionTaskId")?;
    let role = task
        .strip_prefix("task/")
        .and_then(|task| Some(task.rsplit_once('/')?.0))
        .unwrap_or("*");
    let resource = format!("arn:aws:iam::{}:role/{role}", context.caller.account);
    Ok(vec![Need::new(action, resource)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::services::iam::managed;

    #[test]
    fn every_role_of_the_table_has_a_policy_that_is_there() {
        let lines = include_str!("../../../../assets/service-linked-roles.jsonl").lines();
        assert_eq!(table().count(), lines.count());
        for linked in table() {
            let arn = format!("arn:aws:iam::aws:policy/aws-service-role/{}", linked.policy);
            assert!(managed::find(&arn).is_some(), "{arn}");
            assert!(linked.role.starts_with("AWSServiceRoleFor"));
        }
    }
}
