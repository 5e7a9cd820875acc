//! Text and XML to input values, by the model.

use serde_json::{Map, Value};

use super::xml::Element;
use crate::model::{Kind, Model, Reference, Shape};

/// Enumerations of S3's documents whose unknown values are refused by the operation, in words of its own.
const OWN_ERRORS: [&str; 3] = [
    "BucketAccelerateStatus",
    "BucketLocationConstraint",
    "Protocol",
];

/// A scalar of that kind; `None` when the text is not one. Timestamps and blobs stay text.
#[must_use]
pub fn scalar(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Integer => text.parse::<i32>().ok().map(Value::from),
        Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Float | Kind::Double => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => match text {
            "true" | "True" | "TRUE" | "1" => Some(Value::from(true)),
            "false" | "False" | "FALSE" | "0" => Some(Value::from(false)),
            _ => None,
        },
        _ => Some(Value::from(text)),
    }
}

/// The members of a structure from its element. `None` when an element is not known, a value is
/// not of its type or outside its enumeration, or a required member is missing.
#[must_use]
pub fn structure(model: &Model, shape: &Shape, element: &Element) -> Option<Map<String, Value>> {
    for child in &element.children {
        let known = shape.members.iter().any(|member| {
            let target = model.target(&member.reference);
            let flat = member.reference.flattened || target.flattened;
            let inner = target
                .member
                .as_ref()
                .and_then(|m| m.location_name.as_deref());
            let name = if flat {
                inner.unwrap_or(member.wire_name())
            } else {
                member.wire_name()
            };
            name == child.name || member.wire_name() == child.name
        });
        if !known {
            return None;
        }
    }
    let mut members = Map::new();
    for member in &shape.members {
        if member.reference.location.is_some() {
            continue;
        }
        if member.reference.xml_attribute {
            let attribute = element
                .attributes
                .iter()
                .find(|(name, _)| name == member.wire_name());
            if let Some((_, value)) = attribute {
                members.insert(member.name.clone(), Value::from(value.as_str()));
            }
            continue;
        }
        let target = model.target(&member.reference);
        let flat = member.reference.flattened || target.flattened;
        let value = if flat && target.kind == Kind::List {
            let inner = target.member.as_ref()?;
            let name = inner.location_name.as_deref().unwrap_or(member.wire_name());
            let elements: Vec<&Element> = element
                .children
                .iter()
                .filter(|child| child.name == name || child.name == member.wire_name())
                .collect();
            if elements.is_empty() {
                None
            } else {
                let values: Option<Vec<Value>> = elements
                    .iter()
                    .map(|child| value(model, inner, child))
                    .collect();
                Some(Value::Array(values?))
            }
        } else {
            match element
                .children
                .iter()
                .find(|child| child.name == member.wire_name())
            {
                Some(child) => Some(value(model, &member.reference, child)?),
                None => None,
            }
        };
        match value {
            Some(value) => {
                members.insert(member.name.clone(), value);
            }
            // S3 takes a `Tagging` without its list for one without tags.
            None if member.required && shape.name != "Tagging" => return None,
            None => {}
        }
    }
    Some(members)
}

/// The value of a reference from its element.
fn value(model: &Model, reference: &Reference, element: &Element) -> Option<Value> {
    let shape = model.target(reference);
    match shape.kind {
        Kind::Structure => structure(model, shape, element).map(Value::Object),
        Kind::List => {
            let inner = shape.member.as_ref()?;
            let name = inner.location_name.as_deref().unwrap_or("member");
            element
                .children
                .iter()
                .map(|child| (child.name == name).then(|| value(model, inner, child))?)
                .collect::<Option<Vec<Value>>>()
                .map(Value::Array)
        }
        Kind::Map => None,
        Kind::String => {
            let known = shape.values.is_empty()
                || OWN_ERRORS.contains(&shape.name.as_str())
                || shape.values.contains(&element.text);
            known.then(|| Value::from(element.text.as_str()))
        }
        kind => scalar(kind, element.text.trim()),
    }
}
