//! Making and changing resources, on the way to what the template wants.

use serde_json::{Map, Value};

use super::ending::fail;
use super::values::evaluated;
use super::{Place, Work, schedule, set_progress};
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{self, Failure, Made};
use crate::sandbox::services::cloudformation::pace;
use crate::sandbox::services::cloudformation::stack_policy;
use crate::sandbox::services::cloudformation::state::{
    Change, News, Phase, Progress, Replaced, Resource, Stack,
};
use crate::template::types;

/// Begins every resource whose needs are met; concludes when all are done.
pub(super) fn advance(ctx: &mut Context<'_>, stack: &mut Stack) {
    if let Some((id, reason)) = protected(stack) {
        fail(ctx, stack, &id, "UPDATE_FAILED", &Failure::new(reason));
        return;
    }
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

/// A resource that the update would remove and the stack policy keeps, and why.
fn protected(stack: &Stack) -> Option<(String, String)> {
    if stack.operation.as_ref()?.phase != Phase::Update {
        return None;
    }
    let mut leaving = stack
        .resources
        .iter()
        .filter(|resource| !resource.wanted && resource.progress != Progress::Gone);
    leaving.find_map(|resource| {
        let id = &resource.logical_id;
        let reason = stack_policy::denial(stack, id, &resource.type_name, None)?;
        Some((id.clone(), reason))
    })
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
            fail(ctx, stack, id, status, &Failure::new(error.message));
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
    if !rolling_back && let Some(reason) = stack_policy::denial(stack, id, &type_name, Some(change))
    {
        fail(ctx, stack, id, "UPDATE_FAILED", &Failure::new(reason));
        return false;
    }
    let Some(resource) = stack.resource_mut(id) else {
        return true;
    };
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

/// Whether any property changed that a resource cannot change.
pub(in crate::sandbox::services::cloudformation) fn replaces(
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

/// Asks the service.
pub(super) fn make(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
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
    let made = made(resource);
    let outcome = match change {
        Change::Create => handlers::create(ctx, site.site(), &new),
        Change::Update => handlers::update(ctx, site.site(), &made, &old, &new),
        Change::Replace => match kept_name(&type_name, &old, &new, resource) {
            Some(name) => Err(Failure::new(format!(
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
            // What a half-done update left is unknown; a roll-back starts from the new properties,
            // and does so again when it is gone on with.
            let updating = stack
                .operation
                .as_ref()
                .is_some_and(|operation| operation.phase == Phase::Update);
            if change == Change::Update
                && updating
                && !failure.invalid
                && let Some(resource) = stack.resource_mut(id)
            {
                resource.properties = new;
            }
            fail(ctx, stack, id, failed, &failure);
        }
    }
}

/// A resource as its handler made it.
fn made(resource: &Resource) -> Made {
    Made {
        physical_id: resource.physical_id.clone(),
        attributes: resource.attributes.clone(),
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

pub(super) fn usable(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
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

pub(super) fn complete(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some(resource) = stack.resource(id) else {
        return;
    };
    let (Progress::Made(change) | Progress::Usable(change)) = resource.progress else {
        return;
    };
    let (status, failed) = match change {
        Change::Create => ("CREATE_COMPLETE", "CREATE_FAILED"),
        Change::Update | Change::Replace => ("UPDATE_COMPLETE", "UPDATE_FAILED"),
    };
    let (made, since) = (made(resource), resource.changed);
    let Some(site) = Place::of(stack, resource, &resource.type_name) else {
        return;
    };
    match handlers::settled(ctx, site.site(), made, since) {
        Ok(Some(made)) => {
            if let Some(resource) = stack.resource_mut(id) {
                resource.attributes = made.attributes;
            }
        }
        Ok(None) => {
            let after = pace::millis(pace::of(&site.type_name).complete);
            schedule(ctx, stack, after, Work::Complete(id.to_owned()));
            return;
        }
        Err(failure) => return fail(ctx, stack, id, failed, &failure),
    }
    set_progress(stack, id, Progress::Done);
    stack.set_resource(id, ctx.now, News::status(status));
    if let Some(resource) = stack.resource_mut(id) {
        resource.pending.clear();
    }
    advance(ctx, stack);
}
