//! The resource types that stacks can have: properties, attributes, capabilities.
//!
//! Facts from the CloudFormation resource type reference. A property of the real type that the
//! sandbox does not act upon is listed under `unsupported` and refused by name.

mod cdk;
mod cloudformation;
mod elsewhere;
mod iam;
mod s3;

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::parse::{Resource, Template};

/// What the value of a property must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number, written as number or text.
    Integer,
    /// `true` or `false`, written as boolean or text.
    Boolean,
    /// A JSON document: an object, or its text.
    Document,
    /// A list.
    List(&'static Shape),
    /// An object with members of any name.
    Map,
    /// An object with these properties.
    Object(&'static [Property]),
}

/// What changing a property does to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// The resource is changed.
    InPlace,
    /// A new resource takes its place.
    Replace,
}

/// A property of a resource type, or of an object inside one.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Name.
    pub name: &'static str,
    /// What its value must be.
    pub shape: Shape,
    /// It must be given.
    pub required: bool,
    /// What changing it does.
    pub update: Update,
}

/// A resource type.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType {
    /// Name, such as `AWS::IAM::Role`.
    pub name: &'static str,
    /// Properties.
    pub properties: &'static [Property],
    /// Properties of the real type that the sandbox does not support.
    pub unsupported: &'static [&'static str],
    /// What `Fn::GetAtt` can ask for; with a `*` at its end, whatever begins with it.
    pub attributes: &'static [&'static str],
    /// The property that names the resource, if the template may choose its name.
    pub name_property: Option<&'static str>,
}

const fn optional(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        shape,
        required: false,
        update: Update::InPlace,
    }
}

const fn required(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        shape,
        required: true,
        update: Update::InPlace,
    }
}

/// The same property, whose change replaces the resource.
const fn replacing(property: Property) -> Property {
    Property {
        update: Update::Replace,
        ..property
    }
}

const TEXTS: Shape = Shape::List(&Shape::Text);

const TAGS: Property = optional(
    "Tags",
    Shape::List(&Shape::Object(&[
        required("Key", Shape::Text),
        required("Value", Shape::Text),
    ])),
);

/// Every supported type.
pub fn all() -> impl Iterator<Item = &'static ResourceType> {
    let types = [cdk::TYPES, cloudformation::TYPES, iam::TYPES, s3::TYPES];
    types.into_iter().flatten()
}

/// The type of that name, if it is supported.
#[must_use]
pub fn resource_type(name: &str) -> Option<&'static ResourceType> {
    all().find(|known| known.name == name)
}

/// Whether `Fn::GetAtt` can ask this of that type.
#[must_use]
pub fn has_attribute(type_name: &str, attribute: &str) -> bool {
    let fits = |known: &&str| match known.strip_suffix('*') {
        Some(head) => attribute.len() > head.len() && attribute.starts_with(head),
        None => *known == attribute,
    };
    resource_type(type_name).is_some_and(|known| known.attributes.iter().any(fits))
}

fn exists_on_aws(name: &str) -> bool {
    let mut parts = name.split("::");
    let (vendor, service, kind) = (parts.next(), parts.next(), parts.next());
    match (vendor, service, kind) {
        (Some("AWS"), Some("IAM" | "S3"), Some(_)) => elsewhere::LACKING.contains(&name),
        (Some("AWS"), Some(service), Some(kind)) => {
            !kind.is_empty() && elsewhere::SERVICES.contains(&service) && parts.next().is_none()
        }
        (Some("Custom"), Some(_), None) => true,
        _ => false,
    }
}

/// Refuses types that do not exist or are not supported, and properties that are not supported.
pub(super) fn check(template: &Template) -> Result<(), TemplateError> {
    let unknown: Vec<&Resource> = template
        .resources
        .iter()
        .filter(|resource| resource_type(&resource.type_name).is_none())
        .collect();
    let (lacking, unheard): (Vec<&Resource>, Vec<&Resource>) = unknown
        .into_iter()
        .partition(|resource| exists_on_aws(&resource.type_name));
    let names = |resources: &[&Resource]| {
        let mut names: Vec<&str> = Vec::new();
        for resource in resources {
            if !names.contains(&resource.type_name.as_str()) {
                names.push(&resource.type_name);
            }
        }
        names.join(", ")
    };
    if let Some(first) = unheard.first() {
        return Err(TemplateError::at(
            first.type_at,
            format!(
                "Template format error: Unrecognized resource types: [{}]",
                names(&unheard)
            ),
        ));
    }
    if let Some(first) = lacking.first() {
        return Err(TemplateError::unsupported(
            first.type_at,
            format!("resource types: [{}]", names(&lacking)),
        ));
    }
    for resource in &template.resources {
        let Some(known) = resource_type(&resource.type_name) else {
            continue;
        };
        for (name, at, _) in &resource.properties {
            if known.unsupported.contains(&name.as_str()) {
                return Err(TemplateError::unsupported(
                    *at,
                    format!(
                        "property {name} of {} (resource {})",
                        resource.type_name, resource.logical_id
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// Types of IAM that need no capability.
const UNACKNOWLEDGED: [&str; 2] = ["AWS::IAM::OIDCProvider", "AWS::IAM::ServiceLinkedRole"];

impl Template {
    /// The capability that a caller must acknowledge, and the types that need it:
    /// `CAPABILITY_NAMED_IAM` where a template names an IAM resource, `CAPABILITY_IAM` where it
    /// has one. Of the types that AWS's list of them does not have (API reference, "CreateStack"),
    /// those that hold no policy need none.
    #[must_use]
    pub fn required_capability(&self) -> Option<(&'static str, Vec<&str>)> {
        let iam: Vec<&Resource> = self
            .resources
            .iter()
            .filter(|resource| resource.type_name.starts_with("AWS::IAM::"))
            .filter(|resource| !UNACKNOWLEDGED.contains(&resource.type_name.as_str()))
            .collect();
        let named = |resource: &&Resource| {
            resource_type(&resource.type_name)
                .and_then(|known| known.name_property)
                .is_some_and(|name| {
                    resource
                        .properties
                        .iter()
                        .any(|(given, _, _)| given == name)
                })
        };
        let capability = if iam.iter().any(named) {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        };
        let mut types: Vec<&str> = Vec::new();
        for resource in &iam {
            if !types.contains(&resource.type_name.as_str()) {
                types.push(&resource.type_name);
            }
        }
        (!types.is_empty()).then_some((capability, types))
    }
}

/// What is wrong with the properties of a resource, in the words of AWS's resource schemas, such
/// as `#: required key [PolicyName] not found`. Turns the texts of numbers, booleans and
/// documents into JSON numbers, booleans and objects.
pub fn conform(known: &ResourceType, properties: &mut Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    conform_object(known.properties, properties, "#", &mut faults);
    faults
}

fn conform_object(
    known: &[Property],
    object: &mut Map<String, Value>,
    path: &str,
    faults: &mut Vec<String>,
) {
    for property in known {
        if property.required && !object.contains_key(property.name) {
            faults.push(format!(
                "{path}: required key [{}] not found",
                property.name
            ));
        }
    }
    for (name, value) in object.iter_mut() {
        match known.iter().find(|property| property.name == name) {
            None => faults.push(format!("{path}: extraneous key [{name}] is not permitted")),
            Some(property) => {
                conform_value(property.shape, value, &format!("{path}/{name}"), faults);
            }
        }
    }
}

fn conform_value(shape: Shape, value: &mut Value, path: &str, faults: &mut Vec<String>) {
    let found = match value {
        Value::String(_) => "String",
        Value::Array(_) => "JSONArray",
        Value::Object(_) => "JSONObject",
        Value::Number(_) => "Integer",
        Value::Bool(_) => "Boolean",
        Value::Null => "Null",
    };
    let mut wrong = |expected: &str| {
        faults.push(format!("{path}: expected type: {expected}, found: {found}"));
    };
    match (shape, &mut *value) {
        (Shape::Text, Value::String(_)) | (Shape::Document, Value::Object(_)) => {}
        (Shape::Text, _) => wrong("String"),
        (Shape::OneOf(allowed), Value::String(text)) => {
            if !allowed.contains(&text.as_str()) {
                faults.push(format!("{path}: {text} is not a valid enum value"));
            }
        }
        (Shape::OneOf(_), _) => wrong("String"),
        (Shape::Integer, Value::String(text)) => match text.parse::<i64>() {
            Ok(number) => *value = Value::from(number),
            Err(_) => wrong("Number"),
        },
        (Shape::Integer, _) => wrong("Number"),
        (Shape::Boolean, Value::String(text)) => match text.as_str() {
            "true" => *value = Value::from(true),
            "false" => *value = Value::from(false),
            _ => wrong("Boolean"),
        },
        (Shape::Boolean, _) => wrong("Boolean"),
        (Shape::Document, Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(document @ Value::Object(_)) => *value = document,
            _ => wrong("JSONObject"),
        },
        (Shape::Map, Value::Object(_)) => {}
        (Shape::Document | Shape::Map, _) => wrong("JSONObject"),
        (Shape::List(inner), Value::Array(elements)) => {
            for (index, element) in elements.iter_mut().enumerate() {
                conform_value(*inner, element, &format!("{path}/{index}"), faults);
            }
        }
        (Shape::List(_), _) => wrong("JSONArray"),
        (Shape::Object(known), Value::Object(members)) => {
            conform_object(known, members, path, faults);
        }
        (Shape::Object(_), _) => wrong("JSONObject"),
    }
}
