//! What stacks say about themselves.

use serde_json::{Map, Value, json};

use super::lookup::{self, in_brackets, page, with_id};
use super::state::{Event, Resource, Stack};
use crate::sandbox::clock::millis;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// An object without the members that are null or empty lists.
fn only_some(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| {
                !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
            })
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

fn with(value: Value, more: Value) -> Value {
    match (value, more) {
        (Value::Object(mut members), Value::Object(more)) => {
            members.extend(more);
            Value::Object(members)
        }
        (value, _) => value,
    }
}

/// Parameters with their values; those of NoEcho parameters are hidden.
pub(super) fn parameters(plan: &super::state::Plan) -> Vec<Value> {
    let template = crate::template::Template::parse(&plan.template).ok();
    let hidden = |name: &str| {
        template
            .as_ref()
            .and_then(|template| template.parameter(name))
            .is_some_and(|parameter| parameter.no_echo)
    };
    plan.parameters
        .iter()
        .map(|(name, value)| {
            let value = if hidden(name) { "****" } else { value };
            json!({"ParameterKey": name, "ParameterValue": value})
        })
        .collect()
}

pub(super) fn tags(tags: &[(String, String)]) -> Vec<Value> {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

fn describe(ctx: &Context<'_>, stack: &Stack) -> Value {
    let around = ctx.state.cloudformation.around(stack.parent.as_deref());
    let plan = stack.plan.clone().unwrap_or_default();
    let description = crate::template::Template::parse(&plan.template)
        .ok()
        .and_then(|template| template.description);
    let outputs: Vec<Value> = stack
        .outputs
        .iter()
        .map(|output| {
            only_some(json!({
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export,
            }))
        })
        .collect();
    let review = stack.status == "REVIEW_IN_PROGRESS";
    let some = only_some(json!({
        "ChangeSetId": stack.change_set,
        "Description": description.filter(|_| !review),
        "Parameters": parameters(&plan),
        "DeletionTime": stack.deleted.map(millis),
        "LastUpdatedTime": stack.updated.map(millis),
        "StackStatusReason": stack.reason,
        "TimeoutInMinutes": stack.timeout,
        "Capabilities": plan.capabilities,
        "Outputs": outputs,
        "RoleARN": plan.role_arn,
        "ParentId": stack.parent,
        "RootId": around.last(),
        "EnableTerminationProtection": (!stack.is_gone()).then_some(stack.protected),
    }));
    with(
        some,
        json!({
            "StackId": stack.id,
            "StackName": stack.name,
            "CreationTime": millis(stack.created),
            "RollbackConfiguration": {},
            "StackStatus": stack.status,
            "DisableRollback": stack.disable_rollback,
            "NotificationARNs": [],
            "Tags": tags(&plan.tags),
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }),
    )
}

/// The caller's stacks in this region, newest first.
fn own<'a>(ctx: &'a Context<'_>) -> Vec<&'a Stack> {
    let mut stacks: Vec<&Stack> = ctx
        .state
        .cloudformation
        .stacks()
        .filter(|stack| stack.account == ctx.caller.account && stack.region == ctx.region)
        .collect();
    stacks.sort_by_key(|stack| std::cmp::Reverse(stack.created));
    stacks
}

pub(super) fn stacks(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let rows = match input.text("StackName") {
        Some(name) => vec![describe(ctx, &with_id(ctx, name)?)],
        None => own(ctx)
            .into_iter()
            .filter(|stack| !stack.is_gone())
            .map(|stack| describe(ctx, stack))
            .collect(),
    };
    let (rows, token) = page(input, rows)?;
    Ok(json!({"Stacks": rows, "NextToken": token}).into())
}

pub(super) fn list(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let filter = input.texts("StackStatusFilter");
    let rows = own(ctx)
        .into_iter()
        .filter(|stack| filter.is_empty() || filter.contains(&stack.status.as_str()))
        .map(|stack| {
            let plan = stack.plan.as_ref();
            let description = plan
                .and_then(|plan| crate::template::Template::parse(&plan.template).ok())
                .and_then(|template| template.description);
            only_some(json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "TemplateDescription": description,
                "CreationTime": millis(stack.created),
                "LastUpdatedTime": stack.updated.map(millis),
                "DeletionTime": stack.deleted.map(millis),
                "StackStatus": stack.status,
                "StackStatusReason": stack.reason,
                "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
            }))
        })
        .collect();
    let (rows, token) = page(input, rows)?;
    Ok(json!({"StackSummaries": rows, "NextToken": token}).into())
}

fn event(stack: &Stack, event: &Event) -> Value {
    json!({
        "StackId": stack.id,
        "EventId": event.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type_name,
        "Timestamp": millis(event.at),
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
        "DetailedStatus": event.detailed,
    })
}

pub(super) fn events(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack = in_brackets(ctx, input.require("StackName")?)?;
    let rows = stack
        .events
        .iter()
        .rev()
        .map(|one| event(stack, one))
        .collect();
    let (rows, token) = page(input, rows)?;
    Ok(json!({"StackEvents": rows, "NextToken": token}).into())
}

/// Resources that came into being, or tried to.
fn begun(stack: &Stack) -> impl Iterator<Item = &Resource> {
    stack
        .resources
        .iter()
        .filter(|resource| !resource.status.is_empty())
}

fn describe_resource(stack: &Stack, resource: &Resource, time: &str) -> Value {
    only_some(json!({
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": Some(&resource.physical_id).filter(|id| !id.is_empty()),
        "ResourceType": resource.type_name,
        time: millis(resource.changed),
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }))
}

/// How many resources DescribeStackResources answers at most; ListStackResources has them all.
const DESCRIBED: usize = 100;

pub(super) fn resources(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let physical = input.text("PhysicalResourceId");
    let stack = match (input.text("StackName"), physical) {
        (Some(_), Some(_)) => {
            return Err(AwsError::validation(
                "Specify either StackName or PhysicalResourceId, but not both.",
            ));
        }
        (Some(name), None) => with_id(ctx, name)?,
        (None, Some(physical)) => {
            let holder = own(ctx).into_iter().find(|stack| {
                !stack.is_gone() && begun(stack).any(|resource| resource.physical_id == physical)
            });
            holder.cloned().ok_or_else(|| {
                AwsError::validation(format!("Stack for {physical} does not exist"))
            })?
        }
        (None, None) => {
            return Err(AwsError::validation(
                "Either StackName or PhysicalResourceId must be specified.",
            ));
        }
    };
    let rows: Vec<Value> = begun(&stack)
        .filter(|resource| {
            input
                .text("LogicalResourceId")
                .is_none_or(|id| resource.logical_id == id)
        })
        .take(DESCRIBED)
        .map(|resource| describe_resource(&stack, resource, "Timestamp"))
        .collect();
    Ok(json!({"StackResources": rows}).into())
}

pub(super) fn resource(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("StackName")?;
    let stack = lookup::find(ctx, name)
        .ok_or_else(|| AwsError::validation(format!("Stack '{name}' does not exist")))?;
    let id = input.require("LogicalResourceId")?;
    let resource = begun(stack)
        .find(|resource| resource.logical_id == id)
        .ok_or_else(|| {
            AwsError::validation(format!(
                "Resource {id} does not exist for stack {}",
                stack.name
            ))
        })?;
    let detail = describe_resource(stack, resource, "LastUpdatedTimestamp");
    let detail = with(detail, json!({"Metadata": resource.metadata}));
    Ok(json!({"StackResourceDetail": detail}).into())
}

pub(super) fn list_resources(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack = with_id(ctx, input.require("StackName")?)?;
    let rows = begun(&stack)
        .map(|resource| {
            let row = describe_resource(&stack, resource, "LastUpdatedTimestamp");
            match row {
                Value::Object(mut row) => {
                    row.remove("StackName");
                    row.remove("StackId");
                    Value::Object(row)
                }
                other => other,
            }
        })
        .collect();
    let (rows, token) = page(input, rows)?;
    Ok(json!({"StackResourceSummaries": rows, "NextToken": token}).into())
}
