//! How an operation ends: in failure, which turns it back, or because nothing is left to do.

use super::removal::advance_removal;
use super::values::{imports, outputs};
use super::{Work, begin, finish, line_up, schedule, set_progress, unmake_all};
use crate::sandbox::caller::Caller;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::Failure;
use crate::sandbox::services::cloudformation::pace;
use crate::sandbox::services::cloudformation::state::{
    Change, News, OnFailure, Phase, Progress, Stack,
};

/// A resource failed: those under way are cancelled and the operation turns.
pub(super) fn fail(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    id: &str,
    status: &str,
    failure: &Failure,
) {
    let now = ctx.now;
    set_progress(stack, id, Progress::Failed);
    let news = News {
        detailed: failure.invalid.then_some("VALIDATION_FAILED"),
        ..News::because(status, &failure.reason)
    };
    stack.set_resource(id, now, news);
    if let Some(operation) = &mut stack.operation {
        operation.failed.push(id.to_owned());
    }
    let text = failure
        .invalid
        .then(|| format!("Validation failed for following resources: [{id}]."));
    halt(ctx, stack, text.as_deref());
}

/// Cancels the resources under way.
fn cancel_under_way(stack: &mut Stack, now: jiff::Timestamp) {
    let under_way: Vec<(String, Change)> = stack
        .resources
        .iter()
        .filter_map(|resource| match resource.progress {
            Progress::Started(change) | Progress::Made(change) | Progress::Usable(change) => {
                Some((resource.logical_id.clone(), change))
            }
            _ => None,
        })
        .collect();
    for (id, change) in under_way {
        let news = match change {
            Change::Create => News::because("CREATE_FAILED", "Resource creation cancelled"),
            Change::Update | Change::Replace => {
                News::because("UPDATE_FAILED", "Resource update cancelled")
            }
        };
        set_progress(stack, &id, Progress::Failed);
        stack.set_resource(&id, now, news);
        if let Some(operation) = &mut stack.operation {
            operation.failed.push(id);
        }
    }
}

/// Turns an update back to what the stack was before.
fn turn_update_back(ctx: &mut Context<'_>, stack: &mut Stack, token: Option<String>, why: &str) {
    let Some(operation) = stack.operation.take() else {
        return;
    };
    begin(stack, Phase::RollBackUpdate, operation.caller, token);
    let status = "UPDATE_ROLLBACK_IN_PROGRESS";
    stack.set_status(&mut ctx.state.ids, ctx.now, status, Some(why));
    stack.plan = operation.previous;
    line_up(ctx, stack);
    schedule(ctx, stack, pace::START, Work::Advance);
}

/// Cancels an update that runs, at somebody's wish.
pub(in super::super) fn cancel(ctx: &mut Context<'_>, stack: &mut Stack, token: Option<String>) {
    cancel_under_way(stack, ctx.now);
    turn_update_back(ctx, stack, token, "User Initiated");
}

/// Goes on with a roll-back that failed. Those skipped are taken to be as they should.
pub(in super::super) fn resume_rollback(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    skip: &[String],
    caller: Caller,
    token: Option<String>,
) {
    begin(stack, Phase::RollBackUpdate, caller, token);
    let (status, why) = ("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated");
    stack.set_status(&mut ctx.state.ids, ctx.now, status, Some(why));
    line_up(ctx, stack);
    for id in skip {
        set_progress(stack, id, Progress::Done);
        stack.set_resource(id, ctx.now, News::status("UPDATE_COMPLETE"));
    }
    schedule(ctx, stack, pace::START, Work::Advance);
}

/// Rolls back a creation that was left as its failure found it.
pub(in super::super) fn roll_creation_back(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    caller: Caller,
    token: Option<String>,
) {
    unmake_creation(ctx, stack, caller, token, "User Initiated");
}

/// Begins to remove what a creation made.
fn unmake_creation(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    caller: Caller,
    token: Option<String>,
    why: &str,
) {
    let (status, next) = match stack.on_failure {
        OnFailure::Delete => ("DELETE_IN_PROGRESS", Phase::Delete),
        _ => ("ROLLBACK_IN_PROGRESS", Phase::RollBackCreate),
    };
    begin(stack, next, caller, token);
    if let Some(operation) = &mut stack.operation {
        operation.creating = true;
    }
    stack.deleted = Some(ctx.now);
    stack.set_status(&mut ctx.state.ids, ctx.now, status, Some(why));
    unmake_all(stack);
    schedule(ctx, stack, pace::START, Work::Advance);
}

/// Cancels what is under way, and begins to roll back or stops.
pub(super) fn halt(ctx: &mut Context<'_>, stack: &mut Stack, text: Option<&str>) {
    let now = ctx.now;
    cancel_under_way(stack, now);
    let Some(operation) = &stack.operation else {
        return;
    };
    let failed = operation.failed.clone();
    let (phase, caller, token) = (
        operation.phase,
        operation.caller.clone(),
        operation.token.clone(),
    );
    let list = |status: &str| -> Vec<&str> {
        let failed = failed.iter().map(String::as_str);
        failed
            .filter(|id| {
                stack
                    .resource(id)
                    .is_some_and(|resource| resource.status == status)
            })
            .collect()
    };
    let reason = text.map_or_else(
        || {
            let (created, updated) = (list("CREATE_FAILED"), list("UPDATE_FAILED"));
            let mut text = String::new();
            if !created.is_empty() {
                text.push_str(&format!(
                    "The following resource(s) failed to create: [{}]. ",
                    created.join(", ")
                ));
            }
            if !updated.is_empty() {
                text.push_str(&format!(
                    "The following resource(s) failed to update: [{}]. ",
                    updated.join(", ")
                ));
            }
            text
        },
        |text| format!("{text} "),
    );
    match (phase, stack.on_failure) {
        (Phase::Create, OnFailure::DoNothing) => {
            stack.set_status(&mut ctx.state.ids, now, "CREATE_FAILED", Some(&reason));
            finish(stack);
        }
        (Phase::Create, on_failure) => {
            let by = match on_failure {
                OnFailure::Delete => "Delete",
                _ => "Rollback",
            };
            let why = format!("{reason}{by} requested by user.");
            unmake_creation(ctx, stack, caller, token, &why);
        }
        (Phase::Update, OnFailure::DoNothing) if stack.disable_rollback => {
            stack.set_status(&mut ctx.state.ids, now, "UPDATE_FAILED", Some(&reason));
            finish(stack);
        }
        (Phase::Update, _) => turn_update_back(ctx, stack, token, &reason),
        (Phase::RollBackUpdate, _) => {
            let status = "UPDATE_ROLLBACK_FAILED";
            stack.set_status(&mut ctx.state.ids, now, status, Some(&reason));
            finish(stack);
        }
        _ => {}
    }
}

/// The phase has nothing left to do.
pub(super) fn conclude(ctx: &mut Context<'_>, stack: &mut Stack, phase: Phase) {
    let now = ctx.now;
    match phase {
        Phase::Create => match outputs(ctx.state, stack) {
            Ok(outputs) => {
                stack.outputs = outputs;
                stack.imports = imports(ctx.state, stack);
                stack.set_status(&mut ctx.state.ids, now, "CREATE_COMPLETE", None);
                mark_executed(stack, "EXECUTE_COMPLETE");
                finish(stack);
            }
            Err(text) => halt(ctx, stack, Some(&text)),
        },
        Phase::Update | Phase::RollBackUpdate => {
            let rolling_back = phase == Phase::RollBackUpdate;
            match outputs(ctx.state, stack) {
                Ok(outputs) => stack.outputs = outputs,
                Err(text) if !rolling_back => return halt(ctx, stack, Some(&text)),
                Err(_) => {}
            }
            stack.imports = imports(ctx.state, stack);
            let (status, next) = if rolling_back {
                (
                    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
                    Phase::CleanUpRollBack,
                )
            } else {
                ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Phase::CleanUp)
            };
            stack.set_status(&mut ctx.state.ids, now, status, None);
            if let Some(operation) = &mut stack.operation {
                operation.phase = next;
            }
            for resource in &mut stack.resources {
                resource.pending.clear();
                if !resource.wanted && resource.progress != Progress::Gone {
                    resource.progress = Progress::Waiting;
                }
            }
            advance_removal(ctx, stack);
        }
        Phase::CleanUp | Phase::CleanUpRollBack => {
            let status = match phase {
                Phase::CleanUp => "UPDATE_COMPLETE",
                _ => "UPDATE_ROLLBACK_COMPLETE",
            };
            // What could not be removed is no longer the stack's.
            stack.resources.retain(|resource| resource.wanted);
            for resource in &mut stack.resources {
                resource.replaced.clear();
            }
            stack.set_status(&mut ctx.state.ids, now, status, None);
            if phase == Phase::CleanUp
                && let Some(operation) = &mut stack.operation
                && let Some(policy) = operation.policy_after.take()
            {
                stack.policy = Some(policy);
            }
            mark_executed(
                stack,
                if phase == Phase::CleanUp {
                    "EXECUTE_COMPLETE"
                } else {
                    "EXECUTE_FAILED"
                },
            );
            finish(stack);
        }
        Phase::RollBackCreate | Phase::Delete => conclude_removal(ctx, stack, phase),
    }
}

fn conclude_removal(ctx: &mut Context<'_>, stack: &mut Stack, phase: Phase) {
    let failed: Vec<&str> = stack
        .resources
        .iter()
        .filter(|resource| resource.progress == Progress::Failed)
        .map(|resource| resource.logical_id.as_str())
        .collect();
    let reason = (!failed.is_empty()).then(|| {
        format!(
            "The following resource(s) failed to delete: [{}]. ",
            failed.join(", ")
        )
    });
    let status = match (phase, reason.is_some()) {
        (Phase::Delete, false) => "DELETE_COMPLETE",
        (Phase::Delete, true) => "DELETE_FAILED",
        (_, false) => "ROLLBACK_COMPLETE",
        (_, true) => "ROLLBACK_FAILED",
    };
    if reason.is_none() {
        stack.outputs.clear();
        stack.imports.clear();
    }
    stack.set_status(&mut ctx.state.ids, ctx.now, status, reason.as_deref());
    mark_executed(stack, "EXECUTE_FAILED");
    if status == "DELETE_COMPLETE" {
        stack.protected = false;
        stack.change_set = None;
        stack.change_sets.clear();
    }
    finish(stack);
}

/// Notes how the change set ended that is being executed.
fn mark_executed(stack: &mut Stack, result: &str) {
    for set in &mut stack.change_sets {
        if set.execution == "EXECUTE_IN_PROGRESS" {
            result.clone_into(&mut set.execution);
        }
    }
}
