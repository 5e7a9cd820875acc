//! Removing resources: of a stack that goes, of a roll back, of what an update left behind.

use super::{Place, Work, schedule, set_progress};
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{self, Outcome};
use crate::sandbox::services::cloudformation::pace;
use crate::sandbox::services::cloudformation::state::{
    News, Phase, Progress, Replaced, Resource, Retain, Stack,
};

/// Begins to remove every resource that nothing left needs; concludes when all are gone.
pub(super) fn advance_removal(ctx: &mut Context<'_>, stack: &mut Stack) {
    let Some(operation) = stack.operation.clone() else {
        return;
    };
    // What goes was made by the very operation that is rolled back.
    let undoing = operation.creating || operation.phase == Phase::CleanUpRollBack;
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
                Retain::Never => false,
                Retain::Always => !(undoing && stack.retain_except_on_create),
                Retain::ExceptOnCreate => !undoing,
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

pub(super) fn remove_replaced(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
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

pub(super) fn remove(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some((resource, site)) = deleting(stack, id) else {
        return;
    };
    let (physical_id, properties) = (&resource.physical_id, &resource.properties);
    let removed = handlers::delete(ctx, site.site(), physical_id, properties);
    let gone = removed.and_then(|()| handlers::is_gone(ctx, site.site(), physical_id));
    removed_or_not(ctx, stack, id, gone);
}

/// Looks again whether a resource is gone that takes its time.
pub(super) fn look_gone(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some((resource, site)) = deleting(stack, id) else {
        return;
    };
    let gone = handlers::is_gone(ctx, site.site(), &resource.physical_id);
    removed_or_not(ctx, stack, id, gone);
}

/// A resource that is being removed.
fn deleting<'s>(stack: &'s Stack, id: &str) -> Option<(&'s Resource, Place)> {
    let resource = stack.resource(id)?;
    let site = Place::of(stack, resource, &resource.type_name)?;
    (resource.progress == Progress::Deleting).then_some((resource, site))
}

fn removed_or_not(ctx: &mut Context<'_>, stack: &mut Stack, id: &str, gone: Outcome<bool>) {
    match gone {
        Ok(false) => {
            let after = stack
                .resource(id)
                .map_or(0, |resource| pace::of(&resource.type_name).delete);
            schedule(ctx, stack, pace::millis(after), Work::Gone(id.to_owned()));
            return;
        }
        Ok(true) => {
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
