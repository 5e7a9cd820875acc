//! `--generate-cli-skeleton`: a sample of an operation's input or answer.

use serde_json::{Map, Value};

use super::{Skeleton, validate};
use crate::model::{Kind, Model, Operation, Shape};

/// A sample of the input.
pub(crate) fn input(model: &Model, operation: &Operation) -> Skeleton {
    let value = model
        .input(operation)
        .map(|shape| sample(model, shape, "", &mut Vec::new(), false));
    Skeleton {
        value: value.unwrap_or_else(|| Value::Object(Map::new())),
        answer_of: None,
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
    Ok(Skeleton {
        value,
        answer_of: Some(operation.name.clone()),
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
    match shape.kind {
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
