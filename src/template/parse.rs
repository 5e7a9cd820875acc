//! The sections of a template.

use serde_json::Value;

use super::error::TemplateError;
use super::expression::{Condition, Expression};
use super::node::{Data, Entry, Node, Position};
use super::parameter::{self, Given, Parameter};
use super::{graph, references, types, yaml};

/// A template that is well-formed and whose references lead somewhere.
#[derive(Debug, Clone)]
pub struct Template {
    /// `Description`.
    pub description: Option<String>,
    /// `Parameters`, as written.
    pub parameters: Vec<Parameter>,
    /// `Conditions`, as written.
    pub conditions: Vec<(String, Condition)>,
    /// `Resources`, as written. Never empty.
    pub resources: Vec<Resource>,
    /// `Outputs`, as written.
    pub outputs: Vec<Output>,
    /// `Metadata` as JSON.
    pub metadata: Option<Value>,
    pub(super) mappings: Vec<(String, Mapping)>,
}

/// A map of the `Mappings` section: top key, then second key.
pub(super) type Mapping = Vec<(String, Vec<(String, Expression)>)>;

/// One resource.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its name in the template.
    pub logical_id: String,
    /// Where the name stands.
    pub at: Position,
    /// Such as `AWS::IAM::Role`.
    pub type_name: String,
    /// Where the type stands.
    pub type_at: Position,
    /// `Properties`, with the places of their names.
    pub properties: Vec<(String, Position, Expression)>,
    /// `DependsOn`, with places.
    pub depends_on: Vec<(String, Position)>,
    /// `Condition`, with its place.
    pub condition: Option<(String, Position)>,
    /// What happens to it when it leaves the stack.
    pub deletion_policy: DeletionPolicy,
    /// What happens to the old one when it is replaced.
    pub update_replace_policy: DeletionPolicy,
    /// `Metadata`.
    pub metadata: Option<Expression>,
}

/// What becomes of a resource that CloudFormation lets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// It is deleted.
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the creation of its stack is rolled back.
    RetainExceptOnCreate,
}

/// One output.
#[derive(Debug, Clone)]
pub struct Output {
    /// Name.
    pub name: String,
    /// Where the name stands.
    pub at: Position,
    /// `Description`.
    pub description: Option<String>,
    /// `Value`.
    pub value: Expression,
    /// `Export` / `Name`.
    pub export: Option<Expression>,
    /// `Condition`, with its place.
    pub condition: Option<(String, Position)>,
}

/// The only version there is.
const VERSION: &str = "2010-09-09";

impl Template {
    /// Reads a template body, YAML or JSON.
    ///
    /// # Errors
    ///
    /// What CloudFormation says of a body that is not well-formed, has a wrong structure, or
    /// refers to what is not there; and the name of whatever the sandbox does not support.
    pub fn parse(body: &str) -> Result<Self, TemplateError> {
        let template = Self::read(body)?;
        types::check(&template)?;
        references::check(&template)?;
        graph::order(&template)?;
        Ok(template)
    }

    pub(super) fn read(body: &str) -> Result<Self, TemplateError> {
        let root = yaml::read(body)?;
        let Some(sections) = root.map() else {
            return Err(TemplateError::at(
                root.at,
                "Template format error: unsupported structure.",
            ));
        };
        top_level(sections)?;
        if let Some((path, at)) = root.first_null() {
            return Err(TemplateError::at(
                at,
                format!("[{path}] 'null' values are not allowed in templates"),
            ));
        }
        if let Some(version) = root.get("AWSTemplateFormatVersion")
            && version.text() != Some(VERSION)
        {
            return Err(TemplateError::at(
                version.at,
                "Template format error: unsupported value for AWSTemplateFormatVersion.",
            ));
        }
        let description = match root.get("Description") {
            None => None,
            Some(node) => Some(
                node.text()
                    .ok_or_else(|| {
                        TemplateError::at(
                            node.at,
                            "Template format error: Description member must be a string.",
                        )
                    })?
                    .to_owned(),
            ),
        };
        let resources = section(&root, "Resources")?;
        if resources.is_empty() {
            return Err(TemplateError::at(
                root.get("Resources").map_or(root.at, |node| node.at),
                "Template format error: At least one Resources member must be defined.",
            ));
        }
        Ok(Self {
            description,
            parameters: section(&root, "Parameters")?
                .iter()
                .map(Parameter::read)
                .collect::<Result<_, _>>()?,
            mappings: section(&root, "Mappings")?
                .iter()
                .map(mapping)
                .collect::<Result<_, _>>()?,
            conditions: section(&root, "Conditions")?
                .iter()
                .map(|entry| Ok((entry.key.clone(), Condition::read(&entry.value)?)))
                .collect::<Result<_, TemplateError>>()?,
            resources: resources.iter().map(resource).collect::<Result<_, _>>()?,
            outputs: section(&root, "Outputs")?
                .iter()
                .map(output)
                .collect::<Result<_, _>>()?,
            metadata: root.get("Metadata").map(json),
        })
    }

    /// The resource of that logical id.
    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .find(|resource| resource.logical_id == logical_id)
    }

    /// The parameter of that name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }

    /// The value of every parameter: the one given, else the default.
    ///
    /// # Errors
    ///
    /// Values for parameters that are not declared, parameters without a value, and values that
    /// break a constraint.
    pub fn resolve(&self, given: &Given) -> Result<Given, TemplateError> {
        parameter::resolve(&self.parameters, given)
    }

    /// The logical ids of the resources, each behind those that it needs; otherwise as written.
    #[must_use]
    pub fn creation_order(&self) -> Vec<&str> {
        graph::order(self).unwrap_or_default()
    }

    /// The logical ids that this resource refers to or depends on, in order, without repeats.
    #[must_use]
    pub fn dependencies(&self, resource: &Resource) -> Vec<String> {
        graph::dependencies(self, resource)
    }
}

fn top_level(sections: &[Entry]) -> Result<(), TemplateError> {
    const SECTIONS: [&str; 11] = [
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    ];
    let unknown: Vec<&Entry> = sections
        .iter()
        .filter(|entry| !SECTIONS.contains(&entry.key.as_str()))
        .collect();
    if let Some(first) = unknown.first() {
        let names: Vec<&str> = unknown.iter().map(|entry| entry.key.as_str()).collect();
        return Err(TemplateError::at(
            first.at,
            format!(
                "Invalid template property or properties [{}]",
                names.join(", ")
            ),
        ));
    }
    for entry in sections {
        if matches!(entry.key.as_str(), "Transform" | "Rules" | "Hooks") {
            return Err(TemplateError::unsupported(
                entry.at,
                format!("the template section {}", entry.key),
            ));
        }
    }
    Ok(())
}

/// The entries of a section, none if it is absent.
fn section<'a>(root: &'a Node, name: &str) -> Result<&'a [Entry], TemplateError> {
    match root.get(name) {
        None => Ok(&[]),
        Some(node) => node.map().ok_or_else(|| {
            TemplateError::at(
                node.at,
                format!("Template format error: {name} must be an object."),
            )
        }),
    }
}

/// Names of resources, parameters and outputs are letters and digits.
pub(super) fn alphanumeric(name: &str, what: &str, at: Position) -> Result<(), TemplateError> {
    if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let text = match what {
        "Resource" => format!("Resource name {name} is non alphanumeric."),
        "Output" => format!("Outputs name '{name}' is non alphanumeric."),
        other => format!("{other} name {name} is non alphanumeric."),
    };
    Err(TemplateError::at(
        at,
        format!("Template format error: {text}"),
    ))
}

fn mapping(entry: &Entry) -> Result<(String, Mapping), TemplateError> {
    let wrong = |path: &str, at: Position| {
        TemplateError::at(
            at,
            format!(
                "Template format error: [/Mappings/{path}] Every Mappings attribute must be a map of strings or lists"
            ),
        )
    };
    let name = &entry.key;
    let top = entry
        .value
        .map()
        .ok_or_else(|| wrong(name, entry.value.at))?;
    let mut map = Vec::with_capacity(top.len());
    for first in top {
        let path = format!("{name}/{}", first.key);
        let second = first
            .value
            .map()
            .ok_or_else(|| wrong(&path, first.value.at))?;
        let mut values = Vec::with_capacity(second.len());
        for value in second {
            let plain = match &value.value.data {
                Data::Text(_) | Data::Flag(..) => true,
                Data::List(elements) => elements.iter().all(|element| element.text().is_some()),
                Data::Null | Data::Map(_) => false,
            };
            if !plain {
                return Err(wrong(&format!("{path}/{}", value.key), value.value.at));
            }
            values.push((value.key.clone(), Expression::read(&value.value)?));
        }
        map.push((first.key.clone(), values));
    }
    Ok((name.clone(), map))
}

fn resource(entry: &Entry) -> Result<Resource, TemplateError> {
    let id = &entry.key;
    let node = &entry.value;
    let Some(members) = node.map() else {
        return Err(TemplateError::at(
            node.at,
            "Template format error: Any Resources member must be an object.",
        ));
    };
    alphanumeric(id, "Resource", entry.at)?;
    for member in members {
        match member.key.as_str() {
            "Type"
            | "Properties"
            | "DependsOn"
            | "Condition"
            | "DeletionPolicy"
            | "UpdateReplacePolicy"
            | "Description"
            | "Metadata" => {}
            "CreationPolicy" | "UpdatePolicy" => {
                return Err(TemplateError::unsupported(
                    member.at,
                    format!("attribute {} of resource {id}", member.key),
                ));
            }
            other => {
                return Err(TemplateError::at(
                    member.at,
                    format!("Invalid template resource property '{other}'"),
                ));
            }
        }
    }
    let type_node = node.get("Type");
    let Some(type_name) = type_node.and_then(Node::text) else {
        return Err(TemplateError::at(
            entry.at,
            format!(
                "Template format error: [/Resources/{id}] Every Resources object must contain a Type member."
            ),
        ));
    };
    let properties = match node.get("Properties") {
        None => Vec::new(),
        Some(properties) => properties
            .map()
            .ok_or_else(|| {
                TemplateError::at(
                    properties.at,
                    format!(
                        "Template format error: [/Resources/{id}/Properties] must be an object."
                    ),
                )
            })?
            .iter()
            .map(|entry| Ok((entry.key.clone(), entry.at, Expression::read(&entry.value)?)))
            .collect::<Result<Vec<_>, TemplateError>>()?,
    };
    if let Some((name, at, _)) = properties
        .iter()
        .find(|(name, _, _)| name == "Ref" || name.starts_with("Fn::"))
    {
        return Err(TemplateError::unsupported(
            *at,
            format!("{name} in place of all properties of resource {id}"),
        ));
    }
    Ok(Resource {
        logical_id: id.clone(),
        at: entry.at,
        type_name: type_name.to_owned(),
        type_at: type_node.map_or(entry.at, |node| node.at),
        properties,
        depends_on: depends_on(id, node.get("DependsOn"))?,
        condition: condition(node.get("Condition"))?,
        deletion_policy: deletion_policy(id, type_name, "DeletionPolicy", node)?,
        update_replace_policy: deletion_policy(id, type_name, "UpdateReplacePolicy", node)?,
        metadata: node.get("Metadata").map(Expression::read).transpose()?,
    })
}

fn depends_on(id: &str, node: Option<&Node>) -> Result<Vec<(String, Position)>, TemplateError> {
    let Some(node) = node else {
        return Ok(Vec::new());
    };
    let one = std::slice::from_ref(node);
    node.list()
        .unwrap_or(one)
        .iter()
        .map(|name| match name.text() {
            Some(text) => Ok((text.to_owned(), name.at)),
            None => Err(TemplateError::at(
                name.at,
                format!(
                    "Template format error: [/Resources/{id}/DependsOn] Every DependsOn value must be a string."
                ),
            )),
        })
        .collect()
}

fn condition(node: Option<&Node>) -> Result<Option<(String, Position)>, TemplateError> {
    node.map(|node| match node.text() {
        Some(text) => Ok((text.to_owned(), node.at)),
        None => Err(TemplateError::at(
            node.at,
            "Template format error: Every Condition member must be a string.",
        )),
    })
    .transpose()
}

fn deletion_policy(
    id: &str,
    type_name: &str,
    attribute: &str,
    node: &Node,
) -> Result<DeletionPolicy, TemplateError> {
    let Some(node) = node.get(attribute) else {
        return Ok(DeletionPolicy::Delete);
    };
    match node.text() {
        Some("Delete") => Ok(DeletionPolicy::Delete),
        Some("Retain") => Ok(DeletionPolicy::Retain),
        Some("RetainExceptOnCreate") if attribute == "DeletionPolicy" => {
            Ok(DeletionPolicy::RetainExceptOnCreate)
        }
        Some("Snapshot") => Err(TemplateError::at(
            node.at,
            format!(
                "Template error: resource type {type_name} does not support deletion policy Snapshot"
            ),
        )),
        Some(other) => Err(TemplateError::at(
            node.at,
            format!("Template error: Unrecognized {attribute} {other} for resource {id}"),
        )),
        None => Err(TemplateError::unsupported(
            node.at,
            format!(
                "a function as {attribute} of resource {id}, which needs transform AWS::LanguageExtensions"
            ),
        )),
    }
}

fn output(entry: &Entry) -> Result<Output, TemplateError> {
    let name = &entry.key;
    let Some(members) = entry.value.map() else {
        return Err(TemplateError::at(
            entry.value.at,
            "Template format error: Any Outputs member must be an object.",
        ));
    };
    alphanumeric(name, "Output", entry.at)?;
    for member in members {
        if !matches!(
            member.key.as_str(),
            "Value" | "Description" | "Export" | "Condition"
        ) {
            return Err(TemplateError::at(
                member.at,
                format!("Invalid template output property '{}'", member.key),
            ));
        }
    }
    let Some(value) = entry.value.get("Value") else {
        return Err(TemplateError::at(
            entry.at,
            format!(
                "Template format error: Output {name} is malformed. Every Outputs member must contain a Value object."
            ),
        ));
    };
    let description = match entry.value.get("Description") {
        None => None,
        Some(node) => Some(
            node.text()
                .ok_or_else(|| {
                    TemplateError::at(
                        node.at,
                        "Template format error: Every Description member must be a string.",
                    )
                })?
                .to_owned(),
        ),
    };
    let export = match entry.value.get("Export") {
        None => None,
        Some(node) => match node.map() {
            Some([member]) if member.key == "Name" => Some(Expression::read(&member.value)?),
            _ => {
                return Err(TemplateError::at(
                    node.at,
                    format!(
                        "Template format error: Output {name} is malformed. Export must be an object with a Name member alone."
                    ),
                ));
            }
        },
    };
    Ok(Output {
        name: name.clone(),
        at: entry.at,
        description,
        value: Expression::read(value)?,
        export,
        condition: condition(entry.value.get("Condition"))?,
    })
}

fn json(node: &Node) -> Value {
    match &node.data {
        Data::Null => Value::Null,
        Data::Text(_) | Data::Flag(..) => node.value_text().into(),
        Data::List(elements) => elements.iter().map(json).collect(),
        Data::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), json(&entry.value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
