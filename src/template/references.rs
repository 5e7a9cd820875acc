//! Whether every name in a template leads somewhere.

use std::collections::BTreeSet;

use super::error::TemplateError;
use super::expression::{Expression, Kind, SubPart};
use super::node::Position;
use super::parse::Template;
use super::types;

/// The names that every template may refer to.
pub(super) const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

pub(super) fn check(template: &Template) -> Result<(), TemplateError> {
    conditions(template)?;
    for parameter in &template.parameters {
        if template.resource(&parameter.name).is_some() {
            return Err(TemplateError::at(
                parameter.at,
                format!(
                    "Template format error: Duplicate name `{}`: it is both a parameter and a resource",
                    parameter.name
                ),
            ));
        }
    }
    let mut unresolved = Names::default();
    for resource in &template.resources {
        named_condition(template, resource.condition.as_ref(), "Resources")?;
        for (name, at) in &resource.depends_on {
            if template.resource(name).is_none() {
                unresolved.add(name, *at);
            }
        }
        let metadata = resource.metadata.iter();
        for expression in resource
            .properties
            .iter()
            .map(|(_, _, e)| e)
            .chain(metadata)
        {
            check_expression(template, expression, &mut unresolved)?;
        }
    }
    unresolved.refuse("Template format error: ", "Resources")?;
    let mut unresolved = Names::default();
    for output in &template.outputs {
        named_condition(template, output.condition.as_ref(), "Outputs")?;
        check_expression(template, &output.value, &mut unresolved)?;
        if let Some(export) = &output.export {
            check_expression(template, export, &mut unresolved)?;
        }
    }
    // Without the prefix: recorded so for outputs.
    unresolved.refuse("", "Outputs")
}

#[derive(Default)]
struct Names(BTreeSet<String>, Option<Position>);

impl Names {
    fn add(&mut self, name: &str, at: Position) {
        self.0.insert(name.to_owned());
        self.1.get_or_insert(at);
    }

    fn refuse(&self, prefix: &str, block: &str) -> Result<(), TemplateError> {
        let Some(at) = self.1 else { return Ok(()) };
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        Err(TemplateError::at(
            at,
            format!(
                "{prefix}Unresolved resource dependencies [{}] in the {block} block of the template",
                names.join(", ")
            ),
        ))
    }
}

fn named_condition(
    template: &Template,
    condition: Option<&(String, Position)>,
    block: &str,
) -> Result<(), TemplateError> {
    match condition {
        Some((name, at)) if !template.conditions.iter().any(|(known, _)| known == name) => {
            Err(TemplateError::at(
                *at,
                format!(
                    "Template format error: Unresolved condition dependency {name} in the {block} block of the template"
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn check_expression(
    template: &Template,
    expression: &Expression,
    unresolved: &mut Names,
) -> Result<(), TemplateError> {
    let mut error = None;
    expression.walk(&mut |part| {
        if error.is_none()
            && let Err(found) = check_part(template, part, unresolved)
        {
            error = Some(found);
        }
    });
    error.map_or(Ok(()), Err)
}

fn check_part(
    template: &Template,
    part: &Expression,
    unresolved: &mut Names,
) -> Result<(), TemplateError> {
    let known = |name: &str| {
        PSEUDO_PARAMETERS.contains(&name)
            || template.parameter(name).is_some()
            || template.resource(name).is_some()
    };
    match &part.kind {
        Kind::Ref(name) if !known(name) => unresolved.add(name, part.at),
        Kind::GetAtt(resource, attribute) => {
            let Some(target) = template.resource(resource) else {
                return Err(TemplateError::at(
                    part.at,
                    format!(
                        "Template error: instance of Fn::GetAtt references undefined resource {resource}"
                    ),
                ));
            };
            if let Kind::Text(attribute) = &attribute.kind
                && !types::has_attribute(&target.type_name, attribute)
            {
                return Err(TemplateError::at(
                    part.at,
                    format!(
                        "Template error: resource {resource} does not support attribute type {attribute} in Fn::GetAtt"
                    ),
                ));
            }
        }
        Kind::Sub(parts, variables) => {
            let own = |name: &str| variables.iter().any(|(known, _)| known == name);
            for piece in parts {
                match piece {
                    SubPart::Name(name) if !own(name) && !known(name) => {
                        unresolved.add(name, part.at);
                    }
                    SubPart::Attribute(resource, attribute) => {
                        if own(&format!("{resource}.{attribute}")) {
                            continue;
                        }
                        let found = template.resource(resource).is_some_and(|target| {
                            types::has_attribute(&target.type_name, attribute)
                        });
                        if !found {
                            return Err(TemplateError::at(
                                part.at,
                                format!(
                                    "Template error: instance of Fn::Sub references invalid resource attribute {resource}.{attribute}"
                                ),
                            ));
                        }
                    }
                    SubPart::Name(_) | SubPart::Text(_) => {}
                }
            }
        }
        Kind::If(name, _, _) if !template.conditions.iter().any(|(known, _)| known == name) => {
            return Err(TemplateError::at(
                part.at,
                format!("Template error: unresolved condition dependency {name} in Fn::If"),
            ));
        }
        Kind::FindInMap(parts) => {
            let [map, _, _] = parts.as_ref();
            if let Kind::Text(name) = &map.kind
                && !template.mappings.iter().any(|(known, _)| known == name)
            {
                return Err(TemplateError::at(
                    map.at,
                    format!(
                        "Template error: Mapping named '{name}' is not present in the 'Mappings' section of template."
                    ),
                ));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Conditions name parameters and each other, never resources, and never in a circle.
fn conditions(template: &Template) -> Result<(), TemplateError> {
    for (name, condition) in &template.conditions {
        let mut error: Option<TemplateError> = None;
        let mut missing: Option<(String, Position)> = None;
        condition.walk(
            &mut |part| {
                let found = match &part.kind {
                    Kind::Ref(target)
                        if !PSEUDO_PARAMETERS.contains(&target.as_str())
                            && template.parameter(target).is_none() =>
                    {
                        Some(target.as_str())
                    }
                    Kind::GetAtt(target, _) => Some(target.as_str()),
                    Kind::Sub(parts, variables) => parts.iter().find_map(|piece| match piece {
                        SubPart::Name(target)
                            if !PSEUDO_PARAMETERS.contains(&target.as_str())
                                && template.parameter(target).is_none()
                                && !variables.iter().any(|(known, _)| known == target) =>
                        {
                            Some(target.as_str())
                        }
                        SubPart::Attribute(target, _) => Some(target.as_str()),
                        _ => None,
                    }),
                    Kind::ImportValue(_) => {
                        error.get_or_insert(TemplateError::at(
                            part.at,
                            "Template error: Cannot use Fn::ImportValue in Conditions.",
                        ));
                        None
                    }
                    Kind::If(..) => {
                        error.get_or_insert(TemplateError::at(
                            part.at,
                            "Template error: Cannot use Fn::If in Conditions.",
                        ));
                        None
                    }
                    _ => None,
                };
                if let Some(target) = found {
                    error.get_or_insert(TemplateError::at(
                        part.at,
                        format!(
                            "Template format error: Unresolved dependencies [{target}]. Cannot reference resources in the Conditions block of the template"
                        ),
                    ));
                }
            },
            &mut |target, at| {
                if !template.conditions.iter().any(|(known, _)| known == target) {
                    missing.get_or_insert((target.to_owned(), at));
                }
            },
        );
        if let Some(error) = error {
            return Err(error);
        }
        if let Some((target, at)) = missing {
            return Err(TemplateError::at(
                at,
                format!(
                    "Template format error: Unresolved condition dependency {target} in the Conditions block of the template"
                ),
            ));
        }
        // Follow the names from this condition; coming back to it is a circle.
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![name.as_str()];
        while let Some(current) = next.pop() {
            let Some((_, condition)) = template.conditions.iter().find(|(n, _)| n == current)
            else {
                continue;
            };
            let mut circle = None;
            condition.walk(&mut |_| {}, &mut |target, at| {
                if target == name {
                    circle = Some(at);
                } else if seen.insert(target) {
                    next.push(target);
                }
            });
            if let Some(at) = circle {
                return Err(TemplateError::at(
                    at,
                    format!(
                        "Template format error: Circular dependency between conditions: [{name}]"
                    ),
                ));
            }
        }
    }
    Ok(())
}
