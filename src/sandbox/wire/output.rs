//! Output members to XML, by the model.

use serde_json::{Map, Value};

use super::xml;
use crate::model::{Kind, Member, Model, Reference, Shape};

/// The members of a structure that are elements of their own.
fn in_element(shape: &Shape) -> impl Iterator<Item = &Member> {
    let elsewhere = |it: &Reference| it.location.is_some() || it.xml_attribute;
    let members = shape.members.iter();
    members.filter(move |member| !elsewhere(&member.reference))
}

/// Appends the members of a structure in the model's order; those that travel in headers and the
/// status are left out, attributes are written by the parent.
pub fn structure(out: &mut String, model: &Model, shape: &Shape, members: &Map<String, Value>) {
    for member in in_element(shape) {
        if let Some(value) = members.get(&member.name).filter(|value| !value.is_null()) {
            field(out, model, member, value);
        }
    }
}

/// Appends one member as an element.
pub fn field(out: &mut String, model: &Model, member: &Member, value: &Value) {
    reference(out, model, &member.reference, member.wire_name(), value);
}

fn reference(out: &mut String, model: &Model, reference: &Reference, name: &str, value: &Value) {
    let shape = model.target(reference);
    let flat = reference.flattened || shape.flattened;
    match (shape.kind, value) {
        (Kind::Structure, Value::Object(members)) => {
            out.push('<');
            out.push_str(name);
            if let Some(namespace) = &reference.xml_namespace {
                out.push_str(&format!(" xmlns=\"{namespace}\""));
            }
            attributes(out, shape, members);
            out.push('>');
            structure(out, model, shape, members);
            xml::close(out, name);
        }
        (Kind::List, Value::Array(elements)) => {
            let Some(element) = &shape.member else { return };
            if flat {
                let name = element.location_name.as_deref().unwrap_or(name);
                for value in elements {
                    self::reference(out, model, element, name, value);
                }
            } else {
                let inner = element.location_name.as_deref().unwrap_or("member");
                xml::open(out, name);
                for value in elements {
                    self::reference(out, model, element, inner, value);
                }
                xml::close(out, name);
            }
        }
        (Kind::Map, Value::Object(entries)) => {
            let (Some(key), Some(inner)) = (&shape.key, &shape.value) else {
                return;
            };
            let key_name = key.location_name.as_deref().unwrap_or("key");
            let value_name = inner.location_name.as_deref().unwrap_or("value");
            let entry = if flat { name } else { "entry" };
            if !flat {
                xml::open(out, name);
            }
            for (key, value) in entries {
                xml::open(out, entry);
                xml::element(out, key_name, key);
                self::reference(out, model, inner, value_name, value);
                xml::close(out, entry);
            }
            if !flat {
                xml::close(out, name);
            }
        }
        (_, Value::String(text)) => xml::element(out, name, text),
        (_, value) => xml::element(out, name, &value.to_string()),
    }
}

/// Appends ` name="value"` of the members that are XML attributes.
fn attributes(out: &mut String, shape: &Shape, members: &Map<String, Value>) {
    for member in shape
        .members
        .iter()
        .filter(|member| member.reference.xml_attribute)
    {
        if let Some(text) = members.get(&member.name).and_then(Value::as_str) {
            let name = member.wire_name();
            if name == "xsi:type" {
                out.push_str(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
            }
            out.push_str(&format!(" {name}=\""));
            xml::escape(out, text);
            out.push('"');
        }
    }
}
