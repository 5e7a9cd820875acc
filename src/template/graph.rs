//! Which resource needs which.

use std::collections::{BTreeMap, BTreeSet};

use super::error::TemplateError;
use super::expression::{Kind, SubPart};
use super::parse::{Resource, Template};

/// The logical ids that a resource refers to or depends on, in order, without repeats.
pub(super) fn dependencies(template: &Template, resource: &Resource) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if template.resource(name).is_some() && !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    };
    for (name, _) in &resource.depends_on {
        add(name);
    }
    for (_, _, expression) in &resource.properties {
        expression.walk(&mut |part| match &part.kind {
            Kind::Ref(name) | Kind::GetAtt(name, _) => add(name),
            Kind::Sub(parts, variables) => {
                for piece in parts {
                    match piece {
                        SubPart::Name(name) | SubPart::Attribute(name, _)
                            if !variables.iter().any(|(known, _)| known == name) =>
                        {
                            add(name);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        });
    }
    found
}

/// An order in which everything comes behind what it needs.
pub(super) fn order(template: &Template) -> Result<Vec<&str>, TemplateError> {
    let needs: BTreeMap<&str, Vec<String>> = template
        .resources
        .iter()
        .map(|resource| {
            (
                resource.logical_id.as_str(),
                dependencies(template, resource),
            )
        })
        .collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::with_capacity(template.resources.len());
    loop {
        let ready: Vec<&str> = template
            .resources
            .iter()
            .map(|resource| resource.logical_id.as_str())
            .filter(|id| !done.contains(id))
            .filter(|id| {
                needs
                    .get(id)
                    .is_none_or(|needs| needs.iter().all(|need| done.contains(need.as_str())))
            })
            .collect();
        if ready.is_empty() {
            break;
        }
        done.extend(&ready);
        order.extend(ready);
    }
    if order.len() == template.resources.len() {
        return Ok(order);
    }
    // Those left over are in a circle or need one that is.
    let reaches_itself = |start: &str| {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![start];
        while let Some(current) = next.pop() {
            for need in needs.get(current).into_iter().flatten() {
                if need == start {
                    return true;
                }
                if seen.insert(need) {
                    next.push(need);
                }
            }
        }
        false
    };
    let circle: Vec<&Resource> = template
        .resources
        .iter()
        .filter(|resource| reaches_itself(&resource.logical_id))
        .collect();
    let names: Vec<&str> = circle
        .iter()
        .map(|resource| resource.logical_id.as_str())
        .collect();
    let text = format!(
        "Circular dependency between resources: [{}]",
        names.join(", ")
    );
    Err(match circle.first() {
        Some(first) => TemplateError::at(first.at, text),
        None => TemplateError::new(text),
    })
}
