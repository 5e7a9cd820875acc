//! The work on stacks: bringing resources to what a template wants, step by step on the clock.
//!
//! An operation is a phase and, for each resource, how far it has come. Each step is a job of the
//! sandbox; a job of an operation that is over (its number is not the stack's) does nothing. Events
//! come in the order seen on AWS: all resources without needs start together, then each is made,
//! then complete; those that need them follow.

mod ending;
mod making;
mod removal;
mod values;

use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use self::ending::{conclude, halt};
use self::making::{advance, complete, make, usable};
use self::removal::{advance_removal, look_gone, remove, remove_replaced};
use self::values::exports_in_use;
use super::handlers::Site;
use super::pace;
use super::state::{Operation, Phase, Plan, Progress, Resource, Retain, Stack};
use crate::model::Service;
use crate::sandbox::caller::Caller;
use crate::sandbox::operation::Context;
use crate::template::Evaluation;

pub(super) use self::ending::{cancel, resume_rollback, roll_creation_back};
pub(super) use self::making::replaces;
pub(super) use self::values::{Seen, evaluate_outputs, exports};

/// A step, as it is scheduled.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    pub stack: String,
    pub operation: u64,
    pub work: Work,
}

/// What a step does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Work {
    /// Looks which resources can be begun.
    Advance,
    /// Asks the service for the resource.
    Make(String),
    /// Others may use the resource.
    Usable(String),
    /// The resource is complete.
    Complete(String),
    /// Asks the service to remove the resource.
    Delete(String),
    /// Looks whether the resource is gone.
    Gone(String),
    /// Asks the service to remove one that was replaced.
    DeleteReplaced(String),
    /// Nothing is left to do in this phase.
    Conclude,
    /// The time for creation is over.
    Timeout,
    /// Computes a change set.
    ChangeSet(String),
}

/// Does a step.
pub(super) fn run(ctx: &mut Context<'_>, step: &Step) {
    with_stack(ctx, &step.stack, |ctx, stack| {
        if let Work::ChangeSet(id) = &step.work {
            super::change_sets::compute(ctx, stack, id);
            return;
        }
        let Some(phase) = stack
            .operation
            .as_ref()
            .filter(|operation| operation.number == step.operation)
            .map(|operation| operation.phase)
        else {
            return;
        };
        match &step.work {
            Work::Advance if is_removal(phase) => advance_removal(ctx, stack),
            Work::Advance => advance(ctx, stack),
            Work::Make(id) => make(ctx, stack, id),
            Work::Usable(id) => usable(ctx, stack, id),
            Work::Complete(id) => complete(ctx, stack, id),
            Work::Delete(id) => remove(ctx, stack, id),
            Work::Gone(id) => look_gone(ctx, stack, id),
            Work::DeleteReplaced(id) => remove_replaced(ctx, stack, id),
            Work::Conclude => conclude(ctx, stack, phase),
            Work::Timeout if phase == Phase::Create => {
                halt(
                    ctx,
                    stack,
                    Some("Stack creation time exceeded the specified timeout."),
                );
            }
            Work::Timeout | Work::ChangeSet(_) => {}
        }
    });
}

fn is_removal(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Delete | Phase::RollBackCreate | Phase::CleanUp | Phase::CleanUpRollBack
    )
}

/// Takes a stack out of the world, works on it, and puts it back.
pub(super) fn with_stack<T>(
    ctx: &mut Context<'_>,
    id: &str,
    work: impl FnOnce(&mut Context<'_>, &mut Stack) -> T,
) -> Option<T> {
    let mut stack = Arc::make_mut(&mut ctx.state.cloudformation).take(id)?;
    let result = work(ctx, &mut stack);
    Arc::make_mut(&mut ctx.state.cloudformation).insert(stack);
    Some(result)
}

fn schedule(ctx: &mut Context<'_>, stack: &Stack, after: SignedDuration, work: Work) {
    let step = Step {
        stack: stack.id.clone(),
        operation: stack.operations,
        work,
    };
    if let Ok(detail) = serde_json::to_value(step) {
        ctx.schedule(Service::CloudFormation, after, detail);
    }
}

/// Schedules the computation of a change set.
pub(super) fn schedule_change_set(ctx: &mut Context<'_>, stack: &Stack, id: &str) {
    schedule(ctx, stack, pace::CHANGE_SET, Work::ChangeSet(id.to_owned()));
}

/// Begins an operation; jobs of an earlier one lose their meaning.
fn begin(stack: &mut Stack, phase: Phase, caller: Caller, token: Option<String>) {
    stack.operations += 1;
    stack.operation = Some(Operation {
        number: stack.operations,
        phase,
        creating: phase == Phase::Create,
        caller,
        token,
        leave: Vec::new(),
        failed: Vec::new(),
        previous: None,
        policy_during: None,
        policy_after: None,
    });
}

/// Begins the creation of a stack that has its plan.
pub(super) fn create(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    caller: Caller,
    token: Option<String>,
) {
    begin(stack, Phase::Create, caller, token);
    stack.set_status(
        &mut ctx.state.ids,
        ctx.now,
        "CREATE_IN_PROGRESS",
        Some("User Initiated"),
    );
    schedule(ctx, stack, pace::START, Work::Advance);
    if let Some(minutes) = stack.timeout {
        schedule(
            ctx,
            stack,
            SignedDuration::from_mins(minutes),
            Work::Timeout,
        );
    }
    line_up(ctx, stack);
}

/// Begins an update to a new plan.
pub(super) fn update(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    plan: Plan,
    caller: Caller,
    token: Option<String>,
) {
    begin(stack, Phase::Update, caller, token);
    let previous = stack.plan.replace(plan);
    if let Some(operation) = &mut stack.operation {
        operation.previous = previous;
    }
    stack.updated = Some(ctx.now);
    stack.set_status(
        &mut ctx.state.ids,
        ctx.now,
        "UPDATE_IN_PROGRESS",
        Some("User Initiated"),
    );
    schedule(ctx, stack, pace::START, Work::Advance);
    line_up(ctx, stack);
}

/// Begins the deletion of a stack.
pub(super) fn delete(
    ctx: &mut Context<'_>,
    stack: &mut Stack,
    leave: Vec<String>,
    caller: Caller,
    token: Option<String>,
) {
    begin(stack, Phase::Delete, caller, token);
    if let Some(operation) = &mut stack.operation {
        operation.leave = leave;
    }
    stack.deleted = Some(ctx.now);
    stack.set_status(
        &mut ctx.state.ids,
        ctx.now,
        "DELETE_IN_PROGRESS",
        Some("User Initiated"),
    );
    let exported = exports_in_use(ctx.state, stack);
    if let Some(text) = exported {
        // The wording is the export rule's; that it comes as this event is not established.
        let reason = format!("Delete canceled. {text}");
        stack.set_status(&mut ctx.state.ids, ctx.now, "DELETE_FAILED", Some(&reason));
        stack.operation = None;
        return;
    }
    unmake_all(stack);
    schedule(ctx, stack, pace::START, Work::Advance);
}

/// Marks everything that exists for deletion.
fn unmake_all(stack: &mut Stack) {
    for resource in &mut stack.resources {
        resource.wanted = false;
        resource.pending.clear();
        if !matches!(resource.progress, Progress::Gone) {
            resource.progress = Progress::Waiting;
        }
    }
}

/// Sets out what the stack's plan wants of each resource.
fn line_up(ctx: &mut Context<'_>, stack: &mut Stack) {
    let (Ok(template), Some(plan)) = (stack.template(), stack.plan.clone()) else {
        return;
    };
    let pseudo = stack.pseudo();
    let seen = Seen::new(ctx.state, stack);
    let Ok(evaluation) = Evaluation::new(&template, &plan.parameters, &pseudo, &seen) else {
        return;
    };
    let mut lines = Vec::new();
    for id in template.creation_order() {
        let Some(resource) = template
            .resource(id)
            .filter(|resource| evaluation.has(resource))
        else {
            continue;
        };
        let metadata = resource
            .metadata
            .as_ref()
            .and_then(|metadata| evaluation.value(metadata).ok().flatten());
        let metadata = metadata.map_or_else(|| "{}".to_owned(), |metadata| metadata.to_string());
        lines.push((resource, evaluation.dependencies(resource), metadata));
    }
    drop(evaluation);
    for resource in &mut stack.resources {
        resource.wanted = false;
        resource.progress = match resource.progress {
            Progress::Gone => Progress::Gone,
            _ => Progress::Done,
        };
    }
    for (resource, needs, metadata) in lines {
        let at = stack
            .resources
            .iter()
            .position(|known| known.logical_id == resource.logical_id);
        if at.is_none() {
            stack.resources.push(blank(resource, ctx.now));
        }
        let Some(line) = stack.resource_mut(&resource.logical_id) else {
            continue;
        };
        if line.progress == Progress::Gone {
            *line = blank(resource, ctx.now);
        }
        line.wanted = true;
        line.progress = Progress::Waiting;
        line.needs = needs;
        line.retain = resource.deletion_policy.into();
        line.retain_replaced = Retain::from(resource.update_replace_policy) != Retain::Never;
        line.metadata = metadata;
    }
}

fn blank(resource: &crate::template::Resource, now: jiff::Timestamp) -> Resource {
    Resource {
        logical_id: resource.logical_id.clone(),
        type_name: resource.type_name.clone(),
        physical_id: String::new(),
        status: String::new(),
        reason: None,
        changed: now,
        metadata: "{}".to_owned(),
        properties: Map::new(),
        pending: Map::new(),
        attributes: Map::new(),
        needs: Vec::new(),
        retain: Retain::Never,
        retain_replaced: false,
        progress: Progress::Waiting,
        wanted: true,
        replaced: Vec::new(),
    }
}

/// What the handler needs to know, taken out of the stack.
struct Place {
    stack_id: String,
    parent: Option<String>,
    stack_name: String,
    logical_id: String,
    type_name: String,
    tags: Vec<(String, String)>,
    capabilities: Vec<String>,
    caller: Caller,
}

impl Place {
    fn of(stack: &Stack, resource: &Resource, type_name: &str) -> Option<Self> {
        let caller = stack.operation.as_ref()?.caller.clone();
        let plan = stack.plan.as_ref();
        let (tags, capabilities) = plan
            .map(|plan| (plan.tags.clone(), plan.capabilities.clone()))
            .unwrap_or_default();
        Some(Self {
            stack_id: stack.id.clone(),
            parent: stack.parent.clone(),
            stack_name: stack.name.clone(),
            logical_id: resource.logical_id.clone(),
            type_name: type_name.to_owned(),
            tags,
            capabilities,
            caller,
        })
    }

    fn site(&self) -> Site<'_> {
        Site {
            stack_id: &self.stack_id,
            parent: self.parent.as_deref(),
            stack_name: &self.stack_name,
            logical_id: &self.logical_id,
            type_name: &self.type_name,
            tags: &self.tags,
            capabilities: &self.capabilities,
            caller: &self.caller,
        }
    }
}

fn set_progress(stack: &mut Stack, id: &str, progress: Progress) {
    if let Some(resource) = stack.resource_mut(id) {
        resource.progress = progress;
    }
}

/// The operation is over.
fn finish(stack: &mut Stack) {
    stack.operation = None;
    for resource in &mut stack.resources {
        resource.pending.clear();
    }
}
