//! Nested stacks: stacks that a stack makes, and waits for.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Change, Failure, Handler, Made, Outcome, Properties, Site, generated, tag_list, tags};
use crate::model::Service;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Reply};
use crate::sandbox::services::cloudformation::deploy::NO_UPDATES;
use crate::sandbox::services::cloudformation::{engine, state};

/// Longest name of a stack.
const LONGEST: usize = 128;

/// Most stacks around one another: a template that names itself would go on for ever.
const DEEPEST: usize = 16;

pub(super) struct Stack;

/// Makes a call; what CloudFormation says of itself stands alone.
fn call(ctx: &mut Context<'_>, site: Site<'_>, operation: &str, members: Value) -> Outcome<Reply> {
    ctx.perform(Service::CloudFormation, operation, members, site.caller)
        .map_err(|(error, _)| Failure::new(error.message))
}

/// The members that CreateStack and UpdateStack have in common.
fn members(site: Site<'_>, name: &str, properties: &Properties) -> Map<String, Value> {
    let given = properties.get("Parameters").and_then(Value::as_object);
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        // A list is handed on as the text that a parameter takes.
        Value::Array(values) => {
            let values = values.iter().filter_map(Value::as_str);
            values.collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    let parameters: Vec<Value> = given
        .into_iter()
        .flatten()
        .map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": text(value)}))
        .collect();
    let members = json!({
        "StackName": name,
        "TemplateURL": properties.get("TemplateURL"),
        "Parameters": parameters,
        "Capabilities": site.capabilities,
        "Tags": tag_list(&tags(site, properties)),
    });
    members.as_object().cloned().unwrap_or_default()
}

fn find<'a>(ctx: &'a Context<'_>, id: &str) -> Option<&'a state::Stack> {
    ctx.state.cloudformation.stack(id)
}

impl Handler for Stack {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let around = ctx.state.cloudformation.around(site.parent);
        if around.count() >= DEEPEST {
            let what = format_args!("stacks nested more than {DEEPEST} deep");
            return Err(Failure::new(AwsError::unsupported(what).message));
        }
        let name = generated(&mut ctx.state.ids, site, LONGEST);
        let name = match name.rsplit_once('-') {
            Some((head, tail)) => format!("{head}-{}", tail.to_uppercase()),
            None => name,
        };
        let mut members = members(site, &name, new);
        // The stack around it decides what becomes of it.
        members.insert("OnFailure".to_owned(), "DO_NOTHING".into());
        if let Some(minutes) = new.get("TimeoutInMinutes") {
            members.insert("TimeoutInMinutes".to_owned(), minutes.clone());
        }
        let reply = call(ctx, site, "CreateStack", members.into())?;
        let id = reply.members.get("StackId").and_then(Value::as_str);
        let id = id.unwrap_or_default().to_owned();
        engine::with_stack(ctx, &id, |_, stack| {
            stack.parent = Some(site.stack_id.to_owned());
        });
        Ok(Made {
            physical_id: id,
            attributes: Map::new(),
        })
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        let members = members(site, &made.physical_id, change.new);
        match call(ctx, site, "UpdateStack", members.into()) {
            Err(failure) if failure.reason != NO_UPDATES => Err(failure),
            _ => Ok(()),
        }
    }

    fn settled(&self, ctx: &Context<'_>, made: Made, since: Timestamp) -> Outcome<Option<Made>> {
        let id = &made.physical_id;
        let found = find(ctx, id);
        let status = found.map_or("DELETE_COMPLETE", |stack| stack.status.as_str());
        // One that is as it was before had nothing to do.
        let untouched = found.is_some_and(|stack| stack.updated.is_none_or(|at| at < since));
        let reason = |status: &str| {
            let events = found
                .into_iter()
                .flat_map(|stack| stack.events.iter().rev());
            let mut own = events.filter(|event| event.physical_id == *id);
            let found = own.find(|event| event.status == status);
            found
                .and_then(|event| event.reason.clone())
                .unwrap_or_default()
        };
        match status {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => {}
            "UPDATE_ROLLBACK_COMPLETE" if untouched => {}
            busy if busy.ends_with("_IN_PROGRESS") => return Ok(None),
            "CREATE_FAILED" => {
                return Err(Failure::new(format!(
                    "Embedded stack {id} was not successfully created: {}",
                    reason(status)
                )));
            }
            _ => {
                // AWS says so when the roll-back begins. Here it is waited for, so that the stack
                // around it finds it ready for its own.
                let began = "UPDATE_ROLLBACK_IN_PROGRESS";
                return Err(Failure::new(format!(
                    "Embedded stack {id} was not successfully updated. Currently in {began} with reason: {}",
                    reason(began)
                )));
            }
        }
        let outputs = found.into_iter().flat_map(|stack| &stack.outputs);
        let attributes = outputs.map(|output| {
            let value = Value::from(output.value.as_str());
            (format!("Outputs.{}", output.key), value)
        });
        let attributes = attributes.collect();
        Ok(Some(Made { attributes, ..made }))
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        id: &str,
        _: &Properties,
    ) -> Outcome<()> {
        call(ctx, site, "DeleteStack", json!({"StackName": id})).map(|_| ())
    }

    fn is_gone(&self, ctx: &Context<'_>, id: &str) -> Outcome<bool> {
        match find(ctx, id) {
            Some(stack) if stack.status == "DELETE_FAILED" => Err(Failure::new(format!(
                "Embedded stack {id} was not successfully deleted: {}",
                stack.reason.as_deref().unwrap_or_default()
            ))),
            found => Ok(found.is_none_or(state::Stack::is_gone)),
        }
    }
}
