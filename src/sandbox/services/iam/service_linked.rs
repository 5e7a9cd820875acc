//! Service-linked roles.

use serde_json::{Value, json};

use super::common::{Kind, Needs, arn, exists, missing};
use super::{Grants, Name, Role, Tags, documents, roles};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Services whose role and policy are established: service principal, end of the role's name,
/// policy.
const SERVICES: [(&str, &str, &str); 3] = [
    (
        "autoscaling.amazonaws.com",
        "AutoScaling",
        "AutoScalingServiceRolePolicy",
    ),
    (
        "elasticloadbalancing.amazonaws.com",
        "ElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    ("ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy"),
];

fn known(service: &str) -> Result<(&'static str, &'static str), AwsError> {
    SERVICES
        .iter()
        .find(|(principal, _, _)| *principal == service)
        .map(|(_, name, policy)| (*name, *policy))
        .ok_or_else(|| AwsError::unsupported(format_args!("a service-linked role of {service}")))
}

fn role_name(name: &str, input: &Input) -> String {
    match input.text("CustomSuffix") {
        Some(suffix) => format!("AWSServiceRoleFor{name}_{suffix}"),
        None => format!("AWSServiceRoleFor{name}"),
    }
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let service = input.require("AWSServiceName")?;
    let (name, _) = known(service)?;
    let path = format!("/aws-service-role/{service}/");
    let arn = arn(
        &context.caller.account,
        "role",
        &path,
        &role_name(name, input),
    );
    Ok(vec![
        Need::new(action, arn).key("iam:AWSServiceName", service),
    ])
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let service = input.require("AWSServiceName")?;
    let (name, policy) = known(service)?;
    let name = role_name(name, input);
    if context.account()?.role(&name).is_some() {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            format!(
                "Service role name {name} has been taken in this account, please try a different suffix."
            ),
        ));
    }
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Service": [service]}, "Action": ["sts:AssumeRole"]}]});
    let path = format!("/aws-service-role/{service}/");
    let role = Role {
        arn: arn(&context.caller.account, "role", &path, &name),
        path,
        id: context.state.ids.entity("AROA"),
        created: context.now,
        description: input.text("Description").map(str::to_owned),
        max_session: 3600,
        trust: documents::trust(context.state, &document.to_string())?,
        tags: Tags::default(),
        grants: Grants {
            attached: vec![format!("arn:aws:iam::aws:policy/aws-service-role/{policy}")],
            ..Grants::default()
        },
        boundary: None,
        name: name.clone(),
    };
    let mut answer = roles::brief(context.state, &role);
    if let Some(members) = answer.as_object_mut() {
        members.shift_remove("MaxSessionDuration");
        members.shift_remove("Description");
    }
    let account = context.account_mut()?;
    if account.roles.contains_key(&Name::new(&name)) {
        return Err(exists(format!("Role with name {name} already exists.")));
    }
    account.roles.insert(Name::new(&name), role);
    Ok(json!({"Role": answer}).into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("RoleName")?;
    let role = context
        .account()?
        .role(name)
        .ok_or_else(|| Kind::Role.missing(name))?;
    if !role.path.starts_with("/aws-service-role/") {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            format!("The role {name} is not a service-linked role."),
        ));
    }
    let task = format!("task{}{}", role.path, role.name);
    let task = format!("{task}/{}", context.state.ids.uuid());
    context.account_mut()?.roles.remove(&Name::new(name));
    Ok(json!({"DeletionTaskId": task}).into())
}

/// Deletion is immediate here, so a task that is known is done.
pub fn status(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let task = input.require("DeletionTaskId")?;
    let name = task.rsplit('/').nth(1).unwrap_or_default();
    let gone =
        task.starts_with("task/aws-service-role/") && context.account()?.role(name).is_none();
    if !gone {
        return Err(missing(format!("Deletion task {task} cannot be found.")));
    }
    Ok(json!({"Status": Value::from("SUCCEEDED")}).into())
}

/// The operation is about a deletion, which is about any role.
pub fn need_status(context: &Context<'_>, _: &Input, action: &'static str) -> Needs {
    Ok(vec![Need::new(
        action,
        arn(&context.caller.account, "role", "/", "*"),
    )])
}
