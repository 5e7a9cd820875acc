//! What the expressions of a stack's template see, and what they come to: properties, outputs,
//! exports and imports.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::sandbox::services::cloudformation::state::{Output, Plan, Resource, Stack};
use crate::sandbox::state::State as World;
use crate::template::{Evaluation, Surroundings, Template, TemplateError};

/// What evaluations of a stack's template see.
pub(in crate::sandbox::services::cloudformation) struct Seen<'a> {
    resources: &'a [Resource],
    exports: BTreeMap<String, String>,
    imports: RefCell<BTreeSet<String>>,
}

impl<'a> Seen<'a> {
    pub fn new(world: &World, stack: &'a Stack) -> Self {
        Self {
            resources: &stack.resources,
            exports: exports(world, &stack.account, &stack.region)
                .into_iter()
                .map(|(name, (_, value))| (name, value))
                .collect(),
            imports: RefCell::default(),
        }
    }
}

impl Surroundings for Seen<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        let found = self
            .resources
            .iter()
            .find(|resource| resource.logical_id == logical_id)?;
        Some(found.physical_id.clone()).filter(|id| !id.is_empty())
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        let found = self
            .resources
            .iter()
            .find(|resource| resource.logical_id == logical_id)?;
        found.attributes.get(attribute).cloned()
    }

    fn export(&self, name: &str) -> Option<String> {
        self.imports.borrow_mut().insert(name.to_owned());
        self.exports.get(name).cloned()
    }
}

/// Properties of a resource as the plan wants them, and the exports they import.
pub(super) fn evaluated(
    world: &World,
    stack: &Stack,
    id: &str,
) -> Result<(Map<String, Value>, Vec<String>), TemplateError> {
    let template = stack.template()?;
    let plan = stack.plan.clone().unwrap_or_default();
    let pseudo = stack.pseudo();
    let seen = Seen::new(world, stack);
    let properties = {
        let evaluation = Evaluation::new(&template, &plan.parameters, &pseudo, &seen)?;
        match template.resource(id) {
            Some(resource) => evaluation.properties(resource)?,
            None => Map::new(),
        }
    };
    Ok((properties, seen.imports.into_inner().into_iter().collect()))
}

/// The outputs of the stack as it is now.
pub(super) fn outputs(world: &World, stack: &Stack) -> Result<Vec<Output>, String> {
    let template = stack.template().map_err(|error| error.message)?;
    let plan = stack.plan.clone().unwrap_or_default();
    let pseudo = stack.pseudo();
    let seen = Seen::new(world, stack);
    let taken = exports(world, &stack.account, &stack.region);
    let found =
        evaluate_outputs(&template, &plan, &pseudo, &seen).map_err(|error| error.message)?;
    for output in &found {
        if let Some(name) = &output.export
            && let Some((owner, _)) = taken.get(name)
            && *owner != stack.id
        {
            let owner = world
                .cloudformation
                .stack(owner)
                .map_or(owner.as_str(), |owner| &owner.name);
            return Err(format!(
                "Export with name {name} is already exported by stack {owner}."
            ));
        }
    }
    for old in &stack.outputs {
        let Some(name) = &old.export else { continue };
        let new = found
            .iter()
            .find(|output| output.export.as_ref() == Some(name));
        if new.is_some_and(|new| new.value == old.value) {
            continue;
        }
        let user = world
            .cloudformation
            .stacks()
            .find(|other| !other.is_gone() && other.imports.contains(name));
        if let Some(user) = user {
            let verb = if new.is_some() { "updated" } else { "deleted" };
            return Err(format!(
                "Export {name} cannot be {verb} as it is in use by {}",
                user.name
            ));
        }
    }
    Ok(found)
}

pub(in crate::sandbox::services::cloudformation) fn evaluate_outputs(
    template: &Template,
    plan: &Plan,
    pseudo: &crate::template::Pseudo,
    seen: &dyn Surroundings,
) -> Result<Vec<Output>, TemplateError> {
    let evaluation = Evaluation::new(template, &plan.parameters, pseudo, seen)?.of_outputs();
    let mut outputs = Vec::new();
    for output in &template.outputs {
        if !evaluation.condition(output.condition.as_ref().map(|(name, _)| name.as_str())) {
            continue;
        }
        outputs.push(Output {
            key: output.name.clone(),
            value: evaluation.text(&output.value)?,
            description: output.description.clone(),
            export: output
                .export
                .as_ref()
                .map(|name| evaluation.text(name))
                .transpose()?,
        });
    }
    Ok(outputs)
}

/// Exports of an account in a region: name to id of the stack and value.
pub(in crate::sandbox::services::cloudformation) fn exports(
    world: &World,
    account: &str,
    region: &str,
) -> BTreeMap<String, (String, String)> {
    world
        .cloudformation
        .stacks()
        .filter(|stack| stack.account == account && stack.region == region && !stack.is_gone())
        .flat_map(|stack| {
            stack.outputs.iter().filter_map(|output| {
                let name = output.export.clone()?;
                Some((name, (stack.id.clone(), output.value.clone())))
            })
        })
        .collect()
}

/// Why the exports of a stack cannot go.
pub(super) fn exports_in_use(world: &World, stack: &Stack) -> Option<String> {
    stack.outputs.iter().find_map(|output| {
        let name = output.export.as_ref()?;
        let user = world
            .cloudformation
            .stacks()
            .find(|other| !other.is_gone() && other.imports.contains(name))?;
        Some(format!(
            "Cannot delete export {name} as it is in use by {}.",
            user.name
        ))
    })
}

/// The exports that resources and outputs of a stack import, as its plan has them now.
pub(super) fn imports(world: &World, stack: &Stack) -> Vec<String> {
    let Ok(template) = stack.template() else {
        return Vec::new();
    };
    let plan = stack.plan.clone().unwrap_or_default();
    let pseudo = stack.pseudo();
    let seen = Seen::new(world, stack);
    if let Ok(evaluation) = Evaluation::new(&template, &plan.parameters, &pseudo, &seen) {
        for wanted in stack.resources.iter().filter(|resource| resource.wanted) {
            if let Some(resource) = template.resource(&wanted.logical_id) {
                let _ = evaluation.properties(resource);
            }
        }
    }
    let _ = evaluate_outputs(&template, &plan, &pseudo, &seen);
    seen.imports.into_inner().into_iter().collect()
}
