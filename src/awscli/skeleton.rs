//! `--generate-cli-skeleton`: a sample of an operation's input or answer.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::{Skeleton, validate};
use crate::model::{Kind, Model, Operation, Shape};

/// A sample of the input.
pub(crate) fn input(model: &Model, operation: &Operation) -> Skeleton {
    let value = model
        .input(operation)
        .map(|shape| sample(model, shape, "", &mut Vec::new(), false));
    Skeleton::Input(value.unwrap_or_else(|| Value::Object(Map::new())))
}

/// A sample of the input as YAML. The AWS CLI's own has AWS's documentation in its comments, this
/// one only what is required and which values there are.
pub(crate) fn yaml(model: &Model, operation: &Operation) -> Skeleton {
    let mut text = String::new();
    match model
        .input(operation)
        .filter(|shape| !shape.members.is_empty())
    {
        Some(shape) => yaml_members(model, shape, 0, &mut Vec::new(), &mut text),
        None => text.push_str("{}\n"),
    }
    Skeleton::Yaml(text)
}

/// The members of a structure, one a line.
fn yaml_members<'m>(
    model: &'m Model,
    shape: &'m Shape,
    indent: usize,
    stack: &mut Vec<&'m str>,
    out: &mut String,
) {
    stack.push(&shape.name);
    for (at, member) in shape.members.iter().enumerate() {
        let target = model.target(&member.reference);
        // The first member of a list's element stands behind the dash.
        if at > 0 || !out.ends_with("- ") {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&member.name);
        out.push(':');
        let comment = yaml_comment(member.required, target);
        yaml_value(model, target, indent, &comment, stack, out);
    }
    stack.pop();
}

fn yaml_comment(required: bool, shape: &Shape) -> String {
    let mut parts = Vec::new();
    if required {
        parts.push("[REQUIRED]".to_owned());
    }
    if !shape.values.is_empty() {
        parts.push(format!("Valid values are: {}.", shape.values.join(", ")));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("  # {}", parts.join(" "))
    }
}

/// What stands behind a key or dash, to the end of its last line.
fn yaml_value<'m>(
    model: &'m Model,
    shape: &'m Shape,
    indent: usize,
    comment: &str,
    stack: &mut Vec<&'m str>,
    out: &mut String,
) {
    let again = stack.iter().filter(|seen| **seen == shape.name).count() > 0;
    match (
        shape.cli_kind(),
        shape.member.as_ref(),
        shape.value.as_ref(),
    ) {
        (Kind::Structure, ..) if again || shape.members.is_empty() => {
            let _ = writeln!(out, " {{}}{comment}");
        }
        (Kind::Structure, ..) => {
            let _ = writeln!(out, "{comment}");
            yaml_members(model, shape, indent + 2, stack, out);
        }
        (Kind::List, Some(member), _) => {
            let _ = writeln!(out, "{comment}");
            out.push_str(&" ".repeat(indent));
            out.push('-');
            let element = model.target(member);
            if element.kind == Kind::Structure && !element.members.is_empty() {
                out.push(' ');
                yaml_members(model, element, indent + 2, stack, out);
            } else {
                yaml_value(model, element, indent, "", stack, out);
            }
        }
        (Kind::Map, _, Some(value)) => {
            let _ = writeln!(out, "{comment}");
            let _ = write!(out, "{}KeyName:", " ".repeat(indent + 2));
            yaml_value(model, model.target(value), indent + 2, "", stack, out);
        }
        (Kind::Blob, ..) => {
            let _ = writeln!(out, " !!binary ''{comment}");
        }
        (Kind::Timestamp, ..) => {
            let _ = writeln!(out, " 1970-01-01 00:00:00{comment}");
        }
        _ => {
            let text = match sample(model, shape, "", &mut Vec::new(), false) {
                Value::String(text) if text.is_empty() => "''".to_owned(),
                Value::String(text) => text,
                other => other.to_string(),
            };
            let _ = writeln!(out, " {text}{comment}");
        }
    }
}

/// A sample of the answer, or what the AWS CLI finds wrong with its own sample.
pub(crate) fn output(model: &Model, operation: &Operation) -> Result<Skeleton, Vec<String>> {
    let shape = model.output(operation);
    let value = shape.map(|shape| sample(model, shape, "", &mut Vec::new(), true));
    let value = value.unwrap_or_else(|| Value::Object(Map::new()));
    if let (Some(shape), Value::Object(members)) = (shape, &value) {
        let report = validate::report(model, shape, members);
        if !report.is_empty() {
            return Err(report);
        }
    }
    Ok(Skeleton::Answer {
        value,
        operation: operation.name.clone(),
    })
}

fn sample<'m>(
    model: &'m Model,
    shape: &'m Shape,
    name: &str,
    stack: &mut Vec<&'m str>,
    names: bool,
) -> Value {
    stack.push(&shape.name);
    let value = kind_sample(model, shape, name, stack, names);
    stack.pop();
    value
}

fn kind_sample<'m>(
    model: &'m Model,
    shape: &'m Shape,
    name: &str,
    stack: &mut Vec<&'m str>,
    names: bool,
) -> Value {
    match shape.cli_kind() {
        Kind::Structure => {
            let seen = stack.iter().filter(|seen| **seen == shape.name).count();
            if seen > 1 {
                return Value::Object(Map::new());
            }
            let members = shape.members.iter().map(|member| {
                let target = model.target(&member.reference);
                let value = sample(model, target, &member.name, stack, names);
                (member.name.clone(), value)
            });
            Value::Object(members.collect())
        }
        Kind::List => {
            let element = shape.member.as_ref().map(|member| {
                // botocore names an element after its shape.
                sample(model, model.target(member), &member.shape, stack, names)
            });
            Value::Array(element.into_iter().collect())
        }
        Kind::Map => {
            let value = shape
                .value
                .as_ref()
                .map(|value| sample(model, model.target(value), "", stack, names));
            let entry = value.map(|value| ("KeyName".to_owned(), value));
            Value::Object(entry.into_iter().collect())
        }
        Kind::String if names => name.into(),
        Kind::String => shape.values.first().map_or("", String::as_str).into(),
        Kind::Integer | Kind::Long => 0.into(),
        Kind::Float | Kind::Double => 0.0.into(),
        Kind::Boolean => true.into(),
        Kind::Timestamp => "1970-01-01T00:00:00".into(),
        Kind::Blob => Value::Null,
    }
}
