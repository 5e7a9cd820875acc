//! Turning updates back by hand: cancelling one that runs, going on with a roll-back that failed,
//! and rolling back a stack that was left as its failure found it.

use serde_json::json;

use super::deploy;
use super::engine;
use super::lookup::{self, in_brackets};
use super::state::Stack;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

type Result<T> = std::result::Result<T, AwsError>;

pub(super) fn cancel(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack = in_brackets(ctx, input.require("StackName")?)?;
    if stack.status != "UPDATE_IN_PROGRESS" {
        return Err(AwsError::validation(
            "CancelUpdateStack cannot be called from current stack status",
        ));
    }
    let id = stack.id.clone();
    let token = input.text("ClientRequestToken").map(str::to_owned);
    engine::with_stack(ctx, &id, |ctx, stack| engine::cancel(ctx, stack, token));
    Ok(().into())
}

pub(super) fn needs(ctx: &Context<'_>, input: &Input, action: &'static str) -> Result<Vec<Need>> {
    let needs = lookup::needs(ctx, input, action)?;
    Ok(lookup::with_role(needs, input))
}

/// The words are not established.
fn wrong_state(stack: &Stack) -> AwsError {
    AwsError::validation(format!(
        "Stack:{} is in {} state and can not be rolled back.",
        stack.id, stack.status
    ))
}

pub(super) fn resume(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack = in_brackets(ctx, input.require("StackName")?)?.clone();
    if stack.status != "UPDATE_ROLLBACK_FAILED" {
        return Err(wrong_state(&stack));
    }
    let skip = input.texts("ResourcesToSkip");
    let failed = |id: &str| {
        let resource = stack.resource(id);
        resource.is_some_and(|resource| resource.status == "UPDATE_FAILED")
    };
    if let Some(other) = skip.iter().find(|id| !failed(id)) {
        // The wording is not established.
        return Err(AwsError::validation(format!(
            "Resource {other} of stack {} is not in the UPDATE_FAILED state and cannot be skipped.",
            stack.name
        )));
    }
    let skip: Vec<String> = skip.into_iter().map(str::to_owned).collect();
    let role = role(input, &stack);
    let actor = deploy::actor(ctx, role.as_deref())?;
    let token = input.text("ClientRequestToken").map(str::to_owned);
    engine::with_stack(ctx, &stack.id, |ctx, stack| {
        engine::resume_rollback(ctx, stack, &skip, actor, token);
    });
    Ok(json!({}).into())
}

pub(super) fn roll_back(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack = in_brackets(ctx, input.require("StackName")?)?.clone();
    if stack.status != "CREATE_FAILED" {
        return Err(match stack.status.as_str() {
            "UPDATE_FAILED" => AwsError::unsupported("RollbackStack after an update that failed"),
            _ => wrong_state(&stack),
        });
    }
    let role = role(input, &stack);
    let actor = deploy::actor(ctx, role.as_deref())?;
    let token = input.text("ClientRequestToken").map(str::to_owned);
    let retain = input.flag("RetainExceptOnCreate").unwrap_or_default();
    engine::with_stack(ctx, &stack.id, |ctx, stack| {
        stack.retain_except_on_create = retain;
        engine::roll_creation_back(ctx, stack, actor, token);
    });
    Ok(json!({"StackId": stack.id}).into())
}

/// The role of the request, else the stack's.
fn role(input: &Input, stack: &Stack) -> Option<String> {
    let plan = stack.plan.as_ref();
    input
        .text("RoleARN")
        .map(str::to_owned)
        .or_else(|| plan.and_then(|plan| plan.role_arn.clone()))
}
