//! The values of properties in the rows of a change set, for who asks DescribeChangeSet for them.
//!
//! Sources: CloudFormation API Reference, "ResourceChange" and "ResourceTargetDefinition"; answers of AWS
//! that were recorded (LocalStack's snapshot tests, 2025 and 2026), in which contexts hold properties
//! alone and every number and truth value is text. Whether AWS tells a change inside a property by a path
//! of its own is not established: here the property is told as a whole.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::engine::Seen;
use super::state::{Plan, Stack};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Context;
use crate::template::{Evaluation, Surroundings, Template};

/// What is not known before the change set is executed.
const UNKNOWN: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// The members of a row, and of the targets in it, that tell values.
const OF_ROW: [&str; 2] = ["AfterContext", "BeforeContext"];
const OF_TARGET: [&str; 4] = ["Path", "BeforeValue", "AfterValue", "AttributeChangeType"];

/// What an evaluation sees of the resources that stay what they are.
struct Ahead<'a> {
    seen: Seen<'a>,
    gone: &'a [&'a str],
}

impl Surroundings for Ahead<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        let known = self.seen.reference(logical_id);
        known
            .filter(|_| !self.gone.contains(&logical_id))
            .or_else(|| Some(UNKNOWN.to_owned()))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        let known = self.seen.attribute(logical_id, attribute);
        known
            .filter(|_| !self.gone.contains(&logical_id))
            .or_else(|| Some(UNKNOWN.into()))
    }

    fn export(&self, name: &str) -> Option<String> {
        self.seen.export(name)
    }

    fn part(&self, text: &str, _: &str, _: usize) -> Option<String> {
        text.contains(UNKNOWN).then(|| UNKNOWN.to_owned())
    }
}

/// The properties of each resource of a plan, where those in `gone` get other names than they have.
fn evaluate(
    ctx: &Context<'_>,
    stack: &Stack,
    plan: &Plan,
    gone: &[&str],
) -> Result<BTreeMap<String, Value>, AwsError> {
    let template = Template::parse(&plan.template)?;
    let mut parameters = plan.parameters.clone();
    for hidden in template.parameters.iter().filter(|known| known.no_echo) {
        parameters.insert(hidden.name.clone(), "****".to_owned());
    }
    let pseudo = stack.pseudo();
    let ahead = Ahead {
        seen: Seen::new(ctx.state, stack),
        gone,
    };
    let evaluation = Evaluation::new(&template, &parameters, &pseudo, &ahead)?;
    let resources = template.resources.iter();
    resources
        .filter(|resource| evaluation.has(resource))
        .map(|resource| {
            let properties = Value::Object(evaluation.properties(resource)?);
            Ok((resource.logical_id.clone(), in_text(properties)))
        })
        .collect()
}

fn in_text(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map = map.into_iter();
            Value::Object(map.map(|(key, value)| (key, in_text(value))).collect())
        }
        Value::Array(values) => values.into_iter().map(in_text).collect(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        value => value,
    }
}

/// Writes the values into the rows that lead from one plan to another.
pub(super) fn write(
    ctx: &Context<'_>,
    stack: &Stack,
    (old, new): (Option<&Plan>, &Plan),
    replaced: &[&str],
    rows: &mut [Value],
) -> Result<(), AwsError> {
    let before = match old {
        Some(old) => evaluate(ctx, stack, old, &[])?,
        None => BTreeMap::new(),
    };
    let after = evaluate(ctx, stack, new, replaced)?;
    for row in rows {
        let Some(Value::Object(change)) = row.get_mut("ResourceChange") else {
            continue;
        };
        let text = |member: &str| change.get(member).and_then(Value::as_str);
        let id = text("LogicalResourceId").unwrap_or_default();
        let action = text("Action").unwrap_or_default();
        let before = before.get(id).filter(|_| action != "Add");
        let after = after.get(id).filter(|_| action != "Remove");
        for (name, properties) in [("BeforeContext", before), ("AfterContext", after)] {
            if let Some(properties) = properties {
                let context = json!({"Properties": properties});
                change.insert(name.to_owned(), context.to_string().into());
            }
        }
        let details = change.get_mut("Details").and_then(Value::as_array_mut);
        for detail in details.into_iter().flatten() {
            if let Some(Value::Object(target)) = detail.get_mut("Target") {
                write_target(target, before, after);
            }
        }
    }
    Ok(())
}

fn write_target(target: &mut Map<String, Value>, before: Option<&Value>, after: Option<&Value>) {
    // What is no property has no name.
    let named = target.get("Name").or_else(|| target.get("Attribute"));
    let name = named.and_then(Value::as_str).unwrap_or_default().to_owned();
    let of = |properties: Option<&Value>| properties.and_then(|known| known.get(&name)).cloned();
    let (before, after) = (of(before), of(after));
    let kind = match (&before, &after) {
        (None, None) => return,
        (None, Some(_)) => "Add",
        (Some(_), None) => "Remove",
        (Some(_), Some(_)) => "Modify",
    };
    target.insert("AttributeChangeType".to_owned(), kind.into());
    target.insert("Path".to_owned(), format!("/Properties/{name}").into());
    for (member, value) in [("BeforeValue", before), ("AfterValue", after)] {
        if let Some(value) = value {
            let text = match value {
                Value::String(text) => text,
                value => value.to_string(),
            };
            target.insert(member.to_owned(), text.into());
        }
    }
}

/// Takes the values out of a row.
pub(super) fn leave_out(row: &mut Value) {
    let Some(Value::Object(change)) = row.get_mut("ResourceChange") else {
        return;
    };
    for member in OF_ROW {
        change.remove(member);
    }
    let details = change.get_mut("Details").and_then(Value::as_array_mut);
    for detail in details.into_iter().flatten() {
        if let Some(Value::Object(target)) = detail.get_mut("Target") {
            for member in OF_TARGET {
                target.remove(member);
            }
        }
    }
}
