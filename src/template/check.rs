//! What an author of a template should know before anyone deploys it.

use super::error::TemplateError;
use super::expression::{Expression, Kind};
use super::node::Position;
use super::parse::{Resource, Template};
use super::types::{self, Property, Shape};
use super::{graph, references};

/// Something wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, if it has a place.
    pub at: Option<Position>,
    /// What, and what to do.
    pub message: String,
}

impl From<TemplateError> for Finding {
    fn from(error: TemplateError) -> Self {
        Self {
            at: error.at,
            message: error.message,
        }
    }
}

/// Everything that the sandbox would refuse, in order of place. Empty for a sound template.
///
/// Parsing stops at the first fault of form; references, types and properties are all looked at.
#[must_use]
pub fn check(body: &str) -> Vec<Finding> {
    let template = match Template::read(body) {
        Ok(template) => template,
        Err(error) => return vec![error.into()],
    };
    let mut findings: Vec<Finding> = [
        types::check(&template).err(),
        references::check(&template).err(),
        graph::order(&template).err(),
    ]
    .into_iter()
    .flatten()
    .map(Finding::from)
    .collect();
    for resource in &template.resources {
        properties(resource, &mut findings);
    }
    for parameter in &template.parameters {
        if let Some(default) = &parameter.default {
            let alone = [(parameter.name.clone(), default.clone())].into();
            let fault = template.resolve(&alone).err();
            findings.extend(
                fault
                    .filter(|error| error.at == Some(parameter.at))
                    .map(Finding::from),
            );
        }
    }
    findings.sort_by_key(|finding| finding.at);
    findings
}

fn properties(resource: &Resource, findings: &mut Vec<Finding>) {
    let Some(known) = types::resource_type(&resource.type_name) else {
        return;
    };
    for property in known.properties {
        let given = resource
            .properties
            .iter()
            .any(|(name, _, _)| name == property.name);
        if property.required && !given {
            findings.push(Finding {
                at: Some(resource.at),
                message: format!(
                    "resource {} needs property {}",
                    resource.logical_id, property.name
                ),
            });
        }
    }
    for (name, at, value) in &resource.properties {
        if known.unsupported.contains(&name.as_str()) {
            continue;
        }
        match known.properties.iter().find(|known| known.name == name) {
            Some(property) => shape(property.shape, value, name, findings),
            None => findings.push(Finding {
                at: Some(*at),
                message: format!(
                    "{} has no property `{name}`{}",
                    resource.type_name,
                    nearest(name, known.properties)
                ),
            }),
        }
    }
}

/// Compares what is written with what is expected, as far as that can be seen without a stack.
fn shape(expected: Shape, value: &Expression, name: &str, findings: &mut Vec<Finding>) {
    let mut wrong = |text: String| {
        findings.push(Finding {
            at: Some(value.at),
            message: format!("{name} must be {text}"),
        });
    };
    match (expected, &value.kind) {
        (Shape::List(inner), Kind::List(elements)) => {
            for element in elements {
                shape(*inner, element, name, findings);
            }
        }
        (Shape::Object(known), Kind::Map(members)) => {
            for property in known.iter().filter(|property| property.required) {
                if !members.iter().any(|(given, _)| given == property.name) {
                    wrong(format!("an object with {}", property.name));
                }
            }
            for (member, inner) in members {
                match known.iter().find(|property| property.name == member) {
                    Some(property) => shape(property.shape, inner, member, findings),
                    None => findings.push(Finding {
                        at: Some(inner.at),
                        message: format!(
                            "{name} has no member `{member}`{}",
                            nearest(member, known)
                        ),
                    }),
                }
            }
        }
        (Shape::List(_), Kind::Text(_) | Kind::Map(_)) => wrong("a list".to_owned()),
        (Shape::Map | Shape::Object(_), Kind::Text(_) | Kind::List(_)) => {
            wrong("an object".to_owned())
        }
        (Shape::Text, Kind::List(_) | Kind::Map(_)) => wrong("a string".to_owned()),
        (Shape::Document, Kind::List(_)) => wrong("a JSON document".to_owned()),
        (Shape::Integer, Kind::Text(text)) if text.parse::<i64>().is_err() => {
            wrong("a whole number".to_owned());
        }
        (Shape::Boolean, Kind::Text(text)) if text != "true" && text != "false" => {
            wrong("true or false".to_owned());
        }
        (Shape::OneOf(allowed), Kind::Text(text)) if !allowed.contains(&text.as_str()) => {
            wrong(format!("one of {}", allowed.join(", ")));
        }
        _ => {}
    }
}

/// `; did you mean …` for a name that differs by case or little else.
fn nearest(name: &str, known: &[Property]) -> String {
    let folded = name.to_ascii_lowercase();
    known
        .iter()
        .map(|property| property.name)
        .find(|candidate| {
            let candidate = candidate.to_ascii_lowercase();
            candidate == folded
                || (candidate.starts_with(&folded) && candidate.len() - folded.len() <= 2)
                || (folded.starts_with(&candidate) && folded.len() - candidate.len() <= 2)
        })
        .map_or(String::new(), |candidate| {
            format!("; did you mean `{candidate}`?")
        })
}
