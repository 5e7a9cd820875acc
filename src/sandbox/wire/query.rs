//! The Query protocol: form parameters in, XML out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::{input, output, xml};
use crate::model::{Kind, Model, Operation, Reference, Shape};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Reply;

/// Decodes `a=b&c=d`; a name without `=` has an empty value.
#[must_use]
pub fn form(text: &str) -> Vec<(String, String)> {
    pairs(text)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The same, copied where it is encoded.
pub fn pairs(text: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(part: &str) -> Cow<'_, str> {
    if !part.bytes().any(|byte| matches!(byte, b'+' | b'%')) {
        return part.into();
    }
    let part = part.replace('+', " ");
    let decoded = percent_decode_str(&part).decode_utf8_lossy();
    decoded.into_owned().into()
}

/// Parameters as a tree: `Tags.member.1.Key`.
#[derive(Debug, Default)]
struct Node {
    value: Option<String>,
    children: BTreeMap<String, Node>,
}

/// Deepest nesting and most elements that are read.
const DEPTH: usize = 32;

/// Builds the input of an operation.
///
/// # Errors
///
/// A parameter that the model does not have, or a value that is not of its type.
pub fn parse(
    model: &Model,
    operation: &Operation,
    parameters: &[(impl AsRef<str>, impl AsRef<str>)],
) -> Result<Map<String, Value>, AwsError> {
    let mut root = Node::default();
    for (name, value) in parameters {
        let (name, value) = (name.as_ref(), value.as_ref());
        if matches!(name, "Action" | "Version") || name.starts_with("X-Amz-") {
            continue;
        }
        let mut node = &mut root;
        for (depth, part) in name.split('.').enumerate() {
            if depth > DEPTH {
                return Err(unknown(model, operation, name));
            }
            node = node.children.entry(part.to_owned()).or_default();
        }
        node.value = Some(value.to_owned());
    }
    let context = Parsing { model, operation };
    match model.input(operation) {
        Some(shape) => context.structure(&root, shape, ""),
        None => match root.children.keys().next() {
            Some(name) => Err(unknown(model, operation, name)),
            None => Ok(Map::new()),
        },
    }
}

fn unknown(model: &Model, operation: &Operation, name: &str) -> AwsError {
    AwsError::unsupported(format_args!(
        "the parameter {name} of {} {}",
        model.service_id, operation.name
    ))
}

struct Parsing<'a> {
    model: &'a Model,
    operation: &'a Operation,
}

impl Parsing<'_> {
    fn structure(
        &self,
        node: &Node,
        shape: &Shape,
        at: &str,
    ) -> Result<Map<String, Value>, AwsError> {
        for name in node.children.keys() {
            if !shape
                .members
                .iter()
                .any(|member| member.wire_name() == name)
            {
                return Err(unknown(self.model, self.operation, &format!("{at}{name}")));
            }
        }
        let mut members = Map::new();
        for member in &shape.members {
            if let Some(child) = node.children.get(member.wire_name()) {
                let at = format!("{at}{}", member.wire_name());
                members.insert(
                    member.name.clone(),
                    self.value(child, &member.reference, &at)?,
                );
            }
        }
        Ok(members)
    }

    fn value(&self, node: &Node, reference: &Reference, at: &str) -> Result<Value, AwsError> {
        let shape = self.model.target(reference);
        match shape.kind {
            Kind::Structure => {
                let members = self.structure(node, shape, &format!("{at}."))?;
                Ok(Value::Object(members))
            }
            Kind::List => {
                let Some(element) = &shape.member else {
                    return Ok(Value::Null);
                };
                let flat = reference.flattened || shape.flattened;
                let inner = element.location_name.as_deref().unwrap_or("member");
                let numbered = if flat {
                    Some(node)
                } else {
                    node.children.get(inner)
                };
                if !flat && let Some(name) = node.children.keys().find(|name| *name != inner) {
                    return Err(unknown(self.model, self.operation, &format!("{at}.{name}")));
                }
                let mut elements = BTreeMap::new();
                for (name, child) in numbered.into_iter().flat_map(|node| &node.children) {
                    let at = format!("{at}.{inner}.{name}");
                    let index: u32 = name
                        .parse()
                        .map_err(|_| unknown(self.model, self.operation, &at))?;
                    elements.insert(index, self.value(child, element, &at)?);
                }
                Ok(elements.into_values().collect())
            }
            Kind::Map => {
                let (Some(key), Some(inner)) = (&shape.key, &shape.value) else {
                    return Ok(Value::Null);
                };
                let key_name = key.location_name.as_deref().unwrap_or("key");
                let value_name = inner.location_name.as_deref().unwrap_or("value");
                let mut entries = Map::new();
                for entry in node
                    .children
                    .get("entry")
                    .into_iter()
                    .flat_map(|n| n.children.values())
                {
                    let key = entry
                        .children
                        .get(key_name)
                        .and_then(|node| node.value.clone());
                    let value = entry.children.get(value_name);
                    if let (Some(key), Some(value)) = (key, value) {
                        entries.insert(key, self.value(value, inner, at)?);
                    }
                }
                Ok(Value::Object(entries))
            }
            _ => {
                if let Some(name) = node.children.keys().next() {
                    return Err(unknown(self.model, self.operation, &format!("{at}.{name}")));
                }
                let text = node.value.as_deref().unwrap_or_default();
                // AWS answers this code with no text.
                input::scalar(shape.kind, text)
                    .ok_or_else(|| AwsError::new(400, "MalformedInput", ""))
            }
        }
    }
}

/// The body of a success.
#[must_use]
pub fn reply(model: &Model, operation: &Operation, reply: &Reply, request_id: &str) -> String {
    let name = &operation.name;
    let mut out = String::with_capacity(1024);
    for text in [
        "<",
        name,
        "Response xmlns=\"",
        &model.xml_namespace,
        "\">\n",
    ] {
        out.push_str(text);
    }
    if let Some(wrapper) = &operation.result_wrapper {
        xml::open(&mut out, wrapper);
        if let Some(elements) = &reply.elements {
            out.push_str(elements);
        } else if let (Some(shape), Some(members)) =
            (model.output(operation), reply.members.as_object())
        {
            output::structure(&mut out, model, shape, members);
        }
        xml::close(&mut out, wrapper);
        out.push('\n');
    }
    out.push_str("<ResponseMetadata>");
    xml::element(&mut out, "RequestId", request_id);
    for text in ["</ResponseMetadata>\n</", name, "Response>\n"] {
        out.push_str(text);
    }
    out
}

/// The body of an error.
#[must_use]
pub fn error(namespace: &str, error: &AwsError, request_id: &str) -> String {
    let mut out = format!("<ErrorResponse xmlns=\"{namespace}\">\n  <Error>\n    ");
    let kind = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    xml::element(&mut out, "Type", kind);
    out.push_str("\n    ");
    xml::element(&mut out, "Code", &error.code);
    out.push_str("\n    ");
    // A few errors come without words.
    if !error.message.is_empty() {
        xml::element(&mut out, "Message", &error.message);
    }
    out.push_str("\n  </Error>\n  ");
    xml::element(&mut out, "RequestId", request_id);
    out.push_str("\n</ErrorResponse>\n");
    out
}
