//! The work on stacks: bringing resources to what a template wants, step by step on the clock.
//!
//! An operation is a phase and, for each resource, how far it has come. Each step is a job of the
//! sandbox; a job of an operation that is over (its number is not the stack's) does nothing. Events
//! come in the order seen on AWS: all resources without needs start together, then each is made,
//! then complete; those that need them follow.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::handlers::{self, Failure, Made, Site};
use super::pace;
use super::state::{
    Change, News, OnFailure, Operation, Output, Phase, Plan, Progress, Replaced, Resource, Stack,
};
use crate::model::Service;
use crate::sandbox::caller::Caller;
use crate::sandbox::operation::Context;
use crate::sandbox::state::State as World;
use crate::template::{Evaluation, Surroundings, Template, TemplateError, types};

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
    /// Asks the service to remove one that was replaced.
    DeleteReplaced(String),
    /// Nothing is left to do in this phase.
    Conclude,
    /// The time for creation is over.
    Timeout,
    /// Computes a change set.
    ChangeSet(String),
}

/// What evaluations of a stack's template see.
pub(super) struct Seen<'a> {
    resources: &'a [Resource],
    exports: BTreeMap<String, String>,
    imports: RefCell<BTreeSet<String>>,
}

impl<'a> Seen<'a> {
    pub fn new(world: &World, stack: &'a Stack) -> Self {
        Self {
            resources: &stack.resources,
            exports: exports(world, &stack.account, &stack.region)
                .into_iter()
                .map(|(name, (_, value))| (name, value))
                .collect(),
            imports: RefCell::default(),
        }
    }
}

impl Surroundings for Seen<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        let found = self
            .resources
            .iter()
            .find(|resource| resource.logical_id == logical_id)?;
        Some(found.physical_id.clone()).filter(|id| !id.is_empty())
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        let found = self
            .resources
            .iter()
            .find(|resource| resource.logical_id == logical_id)?;
        found.attributes.get(attribute).cloned()
    }

    fn export(&self, name: &str) -> Option<String> {
        self.imports.borrow_mut().insert(name.to_owned());
        self.exports.get(name).cloned()
    }
}

/// Exports of an account in a region: name to id of the stack and value.
pub(super) fn exports(
    world: &World,
    account: &str,
    region: &str,
) -> BTreeMap<String, (String, String)> {
    world
        .cloudformation
        .stacks()
        .filter(|stack| stack.account == account && stack.region == region && !stack.is_gone())
        .flat_map(|stack| {
            stack.outputs.iter().filter_map(|output| {
                let name = output.export.clone()?;
                Some((name, (stack.id.clone(), output.value.clone())))
            })
        })
        .collect()
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

/// Why the exports of a stack cannot go.
fn exports_in_use(world: &World, stack: &Stack) -> Option<String> {
    stack.outputs.iter().find_map(|output| {
        let name = output.export.as_ref()?;
        let user = world
            .cloudformation
            .stacks()
            .find(|other| !other.is_gone() && other.imports.contains(name))?;
        Some(format!(
            "Cannot delete export {name} as it is in use by {}.",
            user.name
        ))
    })
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
        line.retain_replaced = super::state::Retain::from(resource.update_replace_policy)
            != super::state::Retain::Never;
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
        retain: super::state::Retain::Never,
        retain_replaced: false,
        progress: Progress::Waiting,
        wanted: true,
        replaced: Vec::new(),
    }
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

// Towards the template

/// Begins every resource whose needs are met; concludes when all are done.
fn advance(ctx: &mut Context<'_>, stack: &mut Stack) {
    loop {
        let ready = stack.resources.iter().find(|resource| {
            resource.wanted
                && resource.progress == Progress::Waiting
                && resource.needs.iter().all(|need| is_usable(stack, need))
        });
        let Some(id) = ready.map(|resource| resource.logical_id.clone()) else {
            break;
        };
        if !start(ctx, stack, &id) {
            return;
        }
    }
    let busy = stack.resources.iter().any(|resource| {
        resource.wanted && !matches!(resource.progress, Progress::Done | Progress::Failed)
    });
    if !busy {
        schedule(ctx, stack, pace::CONCLUDE, Work::Conclude);
    }
}

fn is_usable(stack: &Stack, logical_id: &str) -> bool {
    stack.resource(logical_id).is_none_or(|resource| {
        matches!(resource.progress, Progress::Done | Progress::Usable(_))
            && !resource.physical_id.is_empty()
    })
}

/// Begins one resource. False if that failed and the operation turned.
fn start(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) -> bool {
    let (properties, imports) = match evaluated(ctx.state, stack, id) {
        Ok(found) => found,
        Err(error) => {
            let status = if is_new(stack, id) {
                "CREATE_FAILED"
            } else {
                "UPDATE_FAILED"
            };
            fail(ctx, stack, id, status, &Failure::plain(error.message));
            return false;
        }
    };
    for name in imports {
        if !stack.imports.contains(&name) {
            stack.imports.push(name);
        }
    }
    let type_name = stack.template().ok().and_then(|template| {
        template
            .resource(id)
            .map(|resource| resource.type_name.clone())
    });
    let rolling_back = stack
        .operation
        .as_ref()
        .is_some_and(|operation| operation.phase == Phase::RollBackUpdate);
    let now = ctx.now;
    let Some(resource) = stack.resource_mut(id) else {
        return true;
    };
    let type_name = type_name.unwrap_or_else(|| resource.type_name.clone());
    // A roll-back takes the replaced resource back instead of making another one.
    if rolling_back
        && let Some(at) = resource
            .replaced
            .iter()
            .position(|old| old.properties == properties && old.type_name == type_name)
    {
        let old = resource.replaced.remove(at);
        let new = Replaced {
            type_name: std::mem::replace(&mut resource.type_name, old.type_name),
            physical_id: std::mem::replace(&mut resource.physical_id, old.physical_id),
            properties: std::mem::replace(&mut resource.properties, old.properties),
            attributes: std::mem::replace(&mut resource.attributes, old.attributes),
        };
        if !new.physical_id.is_empty() {
            resource.replaced.push(new);
        }
        resource.pending.clear();
        resource.progress = Progress::Done;
        stack.set_resource(id, now, News::status("UPDATE_COMPLETE"));
        return true;
    }
    let failed_before = resource.progress == Progress::Failed || resource.status == "UPDATE_FAILED";
    let change = if resource.physical_id.is_empty() {
        Change::Create
    } else if resource.type_name != type_name
        || replaces(&type_name, &resource.properties, &properties)
    {
        Change::Replace
    } else if resource.properties == properties && !failed_before {
        resource.progress = Progress::Done;
        return true;
    } else {
        Change::Update
    };
    if change == Change::Create {
        resource.type_name.clone_from(&type_name);
    }
    resource.pending = properties;
    resource.progress = Progress::Started(change);
    let news = match change {
        Change::Create => News::status("CREATE_IN_PROGRESS"),
        Change::Update => News::status("UPDATE_IN_PROGRESS"),
        Change::Replace => News::because(
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one.",
        ),
    };
    stack.set_resource(id, now, news);
    let after = pace::millis(pace::of(&type_name).make);
    schedule(ctx, stack, after, Work::Make(id.to_owned()));
    true
}

fn is_new(stack: &Stack, id: &str) -> bool {
    stack
        .resource(id)
        .is_none_or(|resource| resource.physical_id.is_empty())
}

/// Properties of a resource as the plan wants them, and the exports they import.
fn evaluated(
    world: &World,
    stack: &Stack,
    id: &str,
) -> Result<(Map<String, Value>, Vec<String>), TemplateError> {
    let template = stack.template()?;
    let plan = stack.plan.clone().unwrap_or_default();
    let pseudo = stack.pseudo();
    let seen = Seen::new(world, stack);
    let properties = {
        let evaluation = Evaluation::new(&template, &plan.parameters, &pseudo, &seen)?;
        match template.resource(id) {
            Some(resource) => evaluation.properties(resource)?,
            None => Map::new(),
        }
    };
    Ok((properties, seen.imports.into_inner().into_iter().collect()))
}

/// Whether any property changed that a resource cannot change.
pub(super) fn replaces(
    type_name: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
) -> bool {
    types::resource_type(type_name).is_some_and(|known| {
        known.properties.iter().any(|property| {
            property.update == types::Update::Replace
                && old.get(property.name) != new.get(property.name)
        })
    })
}

/// What the handler needs to know, taken out of the stack.
struct Place {
    stack_name: String,
    logical_id: String,
    type_name: String,
    tags: Vec<(String, String)>,
    caller: Caller,
}

impl Place {
    fn of(stack: &Stack, resource: &Resource, type_name: &str) -> Option<Self> {
        let caller = stack.operation.as_ref()?.caller.clone();
        let tags = stack
            .plan
            .as_ref()
            .map(|plan| plan.tags.clone())
            .unwrap_or_default();
        Some(Self {
            stack_name: stack.name.clone(),
            logical_id: resource.logical_id.clone(),
            type_name: type_name.to_owned(),
            tags,
            caller,
        })
    }

    fn site(&self) -> Site<'_> {
        Site {
            stack_name: &self.stack_name,
            logical_id: &self.logical_id,
            type_name: &self.type_name,
            tags: &self.tags,
            caller: &self.caller,
        }
    }
}

/// Asks the service.
fn make(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let target_type = stack.template().ok().and_then(|template| {
        template
            .resource(id)
            .map(|resource| resource.type_name.clone())
    });
    let Some(resource) = stack.resource(id) else {
        return;
    };
    let Progress::Started(change) = resource.progress else {
        return;
    };
    let type_name = target_type.unwrap_or_else(|| resource.type_name.clone());
    let Some(site) = Place::of(stack, resource, &type_name) else {
        return;
    };
    let (old, new) = (resource.properties.clone(), resource.pending.clone());
    let made = Made {
        physical_id: resource.physical_id.clone(),
        attributes: resource.attributes.clone(),
    };
    let outcome = match change {
        Change::Create => handlers::create(ctx, site.site(), &new),
        Change::Update => handlers::update(ctx, site.site(), &made, &old, &new),
        Change::Replace => match kept_name(&type_name, &old, &new, resource) {
            Some(name) => Err(Failure::plain(format!(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the stack again."
            ))),
            None => handlers::create(ctx, site.site(), &new),
        },
    };
    let (status, failed) = match change {
        Change::Create => ("CREATE_IN_PROGRESS", "CREATE_FAILED"),
        Change::Update | Change::Replace => ("UPDATE_IN_PROGRESS", "UPDATE_FAILED"),
    };
    let result = match outcome {
        Ok(made) => Ok(made),
        Err(failure) => match failure.made.clone() {
            Some(made) => {
                adopt(stack, id, &type_name, change, made);
                Err(failure)
            }
            None => Err(failure),
        },
    };
    match result {
        Ok(made) => {
            adopt(stack, id, &type_name, change, made);
            if change != Change::Update {
                let news = News::because(status, "Resource creation Initiated");
                stack.set_resource(id, ctx.now, news);
            }
            let pace = pace::of(&type_name);
            set_progress(stack, id, Progress::Made(change));
            if let (Some(after), true) = (pace.usable, change != Change::Update) {
                schedule(ctx, stack, pace::millis(after), Work::Usable(id.to_owned()));
            }
            schedule(
                ctx,
                stack,
                pace::millis(pace.complete),
                Work::Complete(id.to_owned()),
            );
        }
        Err(failure) => {
            // What a half-done update left is unknown; a roll-back starts from the new properties.
            if change == Change::Update
                && !failure.invalid
                && let Some(resource) = stack.resource_mut(id)
            {
                resource.properties = new;
            }
            fail(ctx, stack, id, failed, &failure);
        }
    }
}

/// The name that old and new resource would share, if the template gives it.
fn kept_name(
    type_name: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    resource: &Resource,
) -> Option<String> {
    let property = types::resource_type(type_name)?.name_property?;
    let name = new.get(property)?;
    let same = resource.type_name == type_name && old.get(property) == Some(name);
    same.then(|| resource.physical_id.clone())
}

/// Notes that a resource exists now.
fn adopt(stack: &mut Stack, id: &str, type_name: &str, change: Change, made: Made) {
    let Some(resource) = stack.resource_mut(id) else {
        return;
    };
    if change == Change::Replace {
        let old = Replaced {
            type_name: resource.type_name.clone(),
            physical_id: resource.physical_id.clone(),
            properties: resource.properties.clone(),
            attributes: resource.attributes.clone(),
        };
        resource.replaced.push(old);
    }
    type_name.clone_into(&mut resource.type_name);
    resource.physical_id = made.physical_id;
    resource.attributes = made.attributes;
    resource.properties = resource.pending.clone();
}

fn set_progress(stack: &mut Stack, id: &str, progress: Progress) {
    if let Some(resource) = stack.resource_mut(id) {
        resource.progress = progress;
    }
}

fn usable(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some(Progress::Made(change)) = stack.resource(id).map(|resource| resource.progress) else {
        return;
    };
    let status = match change {
        Change::Create => "CREATE_IN_PROGRESS",
        Change::Update | Change::Replace => "UPDATE_IN_PROGRESS",
    };
    set_progress(stack, id, Progress::Usable(change));
    let news = News {
        detailed: Some("CONFIGURATION_COMPLETE"),
        ..News::because(status, "Eventual consistency check initiated")
    };
    stack.set_resource(id, ctx.now, news);
    advance(ctx, stack);
}

fn complete(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let progress = stack.resource(id).map(|resource| resource.progress);
    let Some(Progress::Made(change) | Progress::Usable(change)) = progress else {
        return;
    };
    let status = match change {
        Change::Create => "CREATE_COMPLETE",
        Change::Update | Change::Replace => "UPDATE_COMPLETE",
    };
    set_progress(stack, id, Progress::Done);
    stack.set_resource(id, ctx.now, News::status(status));
    if let Some(resource) = stack.resource_mut(id) {
        resource.pending.clear();
    }
    advance(ctx, stack);
}

/// A resource failed: those under way are cancelled and the operation turns.
fn fail(ctx: &mut Context<'_>, stack: &mut Stack, id: &str, status: &str, failure: &Failure) {
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

/// Cancels what is under way, and begins to roll back or stops.
fn halt(ctx: &mut Context<'_>, stack: &mut Stack, text: Option<&str>) {
    let now = ctx.now;
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
    let Some(operation) = &stack.operation else {
        return;
    };
    let failed = operation.failed.clone();
    let (phase, caller, token) = (
        operation.phase,
        operation.caller.clone(),
        operation.token.clone(),
    );
    let previous = operation.previous.clone();
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
            let (status, next, by) = match on_failure {
                OnFailure::Delete => ("DELETE_IN_PROGRESS", Phase::Delete, "Delete"),
                _ => ("ROLLBACK_IN_PROGRESS", Phase::RollBackCreate, "Rollback"),
            };
            begin(stack, next, caller, token);
            if let Some(operation) = &mut stack.operation {
                operation.creating = true;
            }
            stack.deleted = Some(now);
            let reason = format!("{reason}{by} requested by user.");
            stack.set_status(&mut ctx.state.ids, now, status, Some(&reason));
            unmake_all(stack);
            schedule(ctx, stack, pace::START, Work::Advance);
        }
        (Phase::Update, OnFailure::DoNothing) if stack.disable_rollback => {
            stack.set_status(&mut ctx.state.ids, now, "UPDATE_FAILED", Some(&reason));
            finish(stack);
        }
        (Phase::Update, _) => {
            begin(stack, Phase::RollBackUpdate, caller, token);
            let status = "UPDATE_ROLLBACK_IN_PROGRESS";
            stack.set_status(&mut ctx.state.ids, now, status, Some(&reason));
            stack.plan = previous;
            line_up(ctx, stack);
            schedule(ctx, stack, pace::START, Work::Advance);
        }
        (Phase::RollBackUpdate, _) => {
            let status = "UPDATE_ROLLBACK_FAILED";
            stack.set_status(&mut ctx.state.ids, now, status, Some(&reason));
            finish(stack);
        }
        _ => {}
    }
}

/// The operation is over.
fn finish(stack: &mut Stack) {
    stack.operation = None;
    for resource in &mut stack.resources {
        resource.pending.clear();
    }
}

/// The phase has nothing left to do.
fn conclude(ctx: &mut Context<'_>, stack: &mut Stack, phase: Phase) {
    let now = ctx.now;
    match phase {
        Phase::Create => match outputs(ctx.state, stack) {
            Ok(outputs) => {
                stack.outputs = outputs;
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

/// The outputs of the stack as it is now.
fn outputs(world: &World, stack: &Stack) -> Result<Vec<Output>, String> {
    let template = stack.template().map_err(|error| error.message)?;
    let plan = stack.plan.clone().unwrap_or_default();
    let pseudo = stack.pseudo();
    let seen = Seen::new(world, stack);
    let taken = exports(world, &stack.account, &stack.region);
    let found =
        evaluate_outputs(&template, &plan, &pseudo, &seen).map_err(|error| error.message)?;
    for output in &found {
        if let Some(name) = &output.export
            && let Some((owner, _)) = taken.get(name)
            && *owner != stack.id
        {
            let owner = world
                .cloudformation
                .stack(owner)
                .map_or(owner.as_str(), |owner| &owner.name);
            return Err(format!(
                "Export with name {name} is already exported by stack {owner}."
            ));
        }
    }
    for old in &stack.outputs {
        let Some(name) = &old.export else { continue };
        let new = found
            .iter()
            .find(|output| output.export.as_ref() == Some(name));
        if new.is_some_and(|new| new.value == old.value) {
            continue;
        }
        let user = world
            .cloudformation
            .stacks()
            .find(|other| !other.is_gone() && other.imports.contains(name));
        if let Some(user) = user {
            let verb = if new.is_some() { "updated" } else { "deleted" };
            return Err(format!(
                "Export {name} cannot be {verb} as it is in use by {}",
                user.name
            ));
        }
    }
    Ok(found)
}

pub(super) fn evaluate_outputs(
    template: &Template,
    plan: &Plan,
    pseudo: &crate::template::Pseudo,
    seen: &dyn Surroundings,
) -> Result<Vec<Output>, TemplateError> {
    let evaluation = Evaluation::new(template, &plan.parameters, pseudo, seen)?;
    let mut outputs = Vec::new();
    for output in &template.outputs {
        if !evaluation.condition(output.condition.as_ref().map(|(name, _)| name.as_str())) {
            continue;
        }
        outputs.push(Output {
            key: output.name.clone(),
            value: evaluation.text(&output.value)?,
            description: output.description.clone(),
            export: output
                .export
                .as_ref()
                .map(|name| evaluation.text(name))
                .transpose()?,
        });
    }
    Ok(outputs)
}

// Removal

/// Begins to remove every resource that nothing left needs; concludes when all are gone.
fn advance_removal(ctx: &mut Context<'_>, stack: &mut Stack) {
    let Some(operation) = stack.operation.clone() else {
        return;
    };
    let everything = matches!(operation.phase, Phase::Delete | Phase::RollBackCreate);
    loop {
        let blocked = |id: &str| {
            stack.resources.iter().any(|other| {
                other.logical_id != id
                    && other.needs.iter().any(|need| need == id)
                    && (everything || !other.wanted)
                    && !matches!(other.progress, Progress::Gone)
                    && !other.physical_id.is_empty()
            })
        };
        let ready = stack.resources.iter().find(|resource| {
            !resource.wanted
                && resource.progress == Progress::Waiting
                && (resource.physical_id.is_empty() || !blocked(&resource.logical_id))
        });
        let Some(resource) = ready else { break };
        let id = resource.logical_id.clone();
        let never_made = resource.physical_id.is_empty();
        let retained = operation.leave.contains(&id)
            || match resource.retain {
                super::state::Retain::Never => false,
                super::state::Retain::Always => true,
                super::state::Retain::ExceptOnCreate => !operation.creating,
            };
        if never_made {
            set_progress(stack, &id, Progress::Gone);
        } else if retained {
            set_progress(stack, &id, Progress::Gone);
            stack.set_resource(&id, ctx.now, News::status("DELETE_SKIPPED"));
        } else {
            set_progress(stack, &id, Progress::Deleting);
            stack.set_resource(&id, ctx.now, News::status("DELETE_IN_PROGRESS"));
            let after = stack
                .resource(&id)
                .map_or(0, |resource| pace::of(&resource.type_name).delete);
            schedule(ctx, stack, pace::millis(after), Work::Delete(id));
        }
    }
    let busy = stack
        .resources
        .iter()
        .any(|resource| resource.progress == Progress::Deleting);
    if busy {
        return;
    }
    // Those that were replaced go last, one after the other. On deletion of the stack they are
    // there only if an update broke off.
    let replaced = stack
        .resources
        .iter()
        .find(|resource| !resource.replaced.is_empty());
    match replaced.map(|resource| resource.logical_id.clone()) {
        Some(id) => begin_replaced(ctx, stack, &id),
        None => schedule(ctx, stack, pace::CONCLUDE, Work::Conclude),
    }
}

fn begin_replaced(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some(resource) = stack.resource_mut(id) else {
        return;
    };
    if resource.retain_replaced {
        let Some(old) = resource.replaced.pop() else {
            return;
        };
        note_replaced(ctx, stack, id, &old, "DELETE_SKIPPED", None);
        schedule(ctx, stack, pace::millis(0), Work::Advance);
        return;
    }
    let Some(old) = resource.replaced.last().cloned() else {
        return;
    };
    note_replaced(ctx, stack, id, &old, "DELETE_IN_PROGRESS", None);
    let after = pace::millis(pace::of(&old.type_name).delete);
    schedule(ctx, stack, after, Work::DeleteReplaced(id.to_owned()));
}

/// Writes an event about a replaced resource; the present one keeps its status.
fn note_replaced(
    ctx: &Context<'_>,
    stack: &mut Stack,
    id: &str,
    old: &Replaced,
    status: &str,
    reason: Option<&str>,
) {
    let before = stack.resource(id).map(|resource| {
        (
            resource.status.clone(),
            resource.reason.clone(),
            resource.changed,
        )
    });
    let news = News {
        status,
        reason,
        physical_id: Some(&old.physical_id),
        type_name: Some(&old.type_name),
        ..News::default()
    };
    stack.set_resource(id, ctx.now, news);
    if let (Some(resource), Some((status, reason, changed))) = (stack.resource_mut(id), before) {
        resource.status = status;
        resource.reason = reason;
        resource.changed = changed;
    }
}

fn remove_replaced(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some(old) = stack
        .resource_mut(id)
        .and_then(|resource| resource.replaced.pop())
    else {
        return;
    };
    let Some(site) = stack
        .resource(id)
        .and_then(|resource| Place::of(stack, resource, &old.type_name))
    else {
        return;
    };
    match handlers::delete(ctx, site.site(), &old.physical_id, &old.properties) {
        Ok(()) => note_replaced(ctx, stack, id, &old, "DELETE_COMPLETE", None),
        Err(failure) => {
            note_replaced(ctx, stack, id, &old, "DELETE_FAILED", Some(&failure.reason));
        }
    }
    advance_removal(ctx, stack);
}

fn remove(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some(resource) = stack
        .resource(id)
        .filter(|one| one.progress == Progress::Deleting)
    else {
        return;
    };
    let Some(site) = Place::of(stack, resource, &resource.type_name) else {
        return;
    };
    let (physical_id, properties) = (resource.physical_id.clone(), resource.properties.clone());
    match handlers::delete(ctx, site.site(), &physical_id, &properties) {
        Ok(()) => {
            set_progress(stack, id, Progress::Gone);
            stack.set_resource(id, ctx.now, News::status("DELETE_COMPLETE"));
        }
        Err(failure) => {
            set_progress(stack, id, Progress::Failed);
            stack.set_resource(id, ctx.now, News::because("DELETE_FAILED", &failure.reason));
            if let Some(operation) = &mut stack.operation {
                operation.failed.push(id.to_owned());
            }
        }
    }
    advance_removal(ctx, stack);
}

/// Schedules the computation of a change set.
pub(super) fn schedule_change_set(ctx: &mut Context<'_>, stack: &Stack, id: &str) {
    schedule(ctx, stack, pace::CHANGE_SET, Work::ChangeSet(id.to_owned()));
}
