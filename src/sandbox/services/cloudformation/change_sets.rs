//! Change sets: what an update would do, and doing it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::deploy::{self, check_name, check_updatable};
use super::engine::{self, replaces};
use super::lookup::{self, in_brackets, page};
use super::state::{ChangeSet, OnFailure, Plan, Resource, STACK_TYPE, Stack};
use super::{describe, property_values, state};
use crate::sandbox::clock::millis;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::template::{Evaluation, Surroundings, Template, types};

type Result<T> = std::result::Result<T, AwsError>;

/// Evaluates with names in place of what is not known yet, so that two plans can be compared.
struct Symbols<'a> {
    seen: engine::Seen<'a>,
}

impl Surroundings for Symbols<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        Some(format!("{{{{{logical_id}}}}}"))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        Some(format!("{{{{{logical_id}.{attribute}}}}}").into())
    }

    fn export(&self, name: &str) -> Option<String> {
        self.seen.export(name)
    }

    fn part(&self, text: &str, delimiter: &str, index: usize) -> Option<String> {
        let unknown = text.contains("{{");
        unknown.then(|| format!("{text}{delimiter}{index}"))
    }
}

/// A resource of a plan, with names in place of what is not known yet.
struct Sketch {
    logical_id: String,
    type_name: String,
    properties: Map<String, Value>,
    metadata: Option<Value>,
    /// Attributes beside the properties that make a change, too.
    rest: String,
    /// What becomes of the resource when another takes its place.
    replaced: &'static str,
}

fn sketch(ctx: &Context<'_>, stack: &Stack, plan: &Plan) -> Result<(Vec<Sketch>, String)> {
    let template = Template::parse(&plan.template)?;
    let pseudo = stack.pseudo();
    let symbols = Symbols {
        seen: engine::Seen::new(ctx.state, stack),
    };
    let evaluation = Evaluation::new(&template, &plan.parameters, &pseudo, &symbols)?;
    let mut sketches = Vec::new();
    for resource in &template.resources {
        if !evaluation.has(resource) {
            continue;
        }
        let metadata = resource
            .metadata
            .as_ref()
            .map(|metadata| evaluation.value(metadata))
            .transpose()?;
        sketches.push(Sketch {
            logical_id: resource.logical_id.clone(),
            type_name: resource.type_name.clone(),
            properties: evaluation.properties(resource)?,
            metadata: metadata.flatten(),
            rest: format!(
                "{:?} {:?}",
                resource.deletion_policy, resource.update_replace_policy
            ),
            replaced: match state::Retain::from(resource.update_replace_policy) {
                state::Retain::Never => "ReplaceAndDelete",
                _ => "ReplaceAndRetain",
            },
        });
    }
    drop(evaluation);
    let outputs = engine::evaluate_outputs(&template, plan, &pseudo, &symbols)?;
    Ok((sketches, format!("{outputs:?}")))
}

/// The new template with one of the parameters that change as it was: what then differs, changes through it.
struct Reverted {
    parameter: String,
    sketches: Vec<Sketch>,
}

fn reverted(ctx: &Context<'_>, stack: &Stack, old: &Plan, new: &Plan) -> Result<Vec<Reverted>> {
    let changed = new
        .parameters
        .iter()
        .filter(|(name, value)| old.parameters.get(*name) != Some(*value));
    changed
        .map(|(name, _)| {
            let mut plan = new.clone();
            let before = old.parameters.get(name).cloned().unwrap_or_default();
            plan.parameters.insert(name.clone(), before);
            Ok(Reverted {
                parameter: name.clone(),
                sketches: sketch(ctx, stack, &plan)?.0,
            })
        })
        .collect()
}

/// What a plan would change in a stack; `None` if nothing at all.
pub(super) fn changes(ctx: &Context<'_>, stack: &Stack, plan: &Plan) -> Result<Option<Vec<Value>>> {
    let (new, new_outputs) = sketch(ctx, stack, plan)?;
    let Some(old_plan) = &stack.plan else {
        let mut rows: Vec<Value> = new.iter().map(added).collect();
        property_values::write(ctx, stack, (None, plan), &[], &mut rows)?;
        return Ok(Some(rows));
    };
    let (old, old_outputs) = sketch(ctx, stack, old_plan)?;
    let reverted = reverted(ctx, stack, old_plan, plan)?;
    let mut rows = Vec::new();
    let mut replaced: Vec<&str> = Vec::new();
    let mut any = new_outputs != old_outputs
        || plan.tags != old_plan.tags
        || plan.role_arn != old_plan.role_arn;
    for sketch in &new {
        let before = old
            .iter()
            .find(|other| other.logical_id == sketch.logical_id);
        let present = stack
            .resource(&sketch.logical_id)
            .filter(|resource| !resource.physical_id.is_empty());
        let (Some(before), Some(present)) = (before, present) else {
            any = true;
            rows.push(added(sketch));
            continue;
        };
        let row = modified(
            sketch,
            before,
            present,
            &replaced,
            &reverted,
            plan.tags != old_plan.tags,
        );
        if let Some((row, replaces)) = row {
            any = true;
            if replaces {
                replaced.push(&sketch.logical_id);
            }
            rows.push(row);
        } else if sketch.rest != before.rest {
            any = true;
        }
    }
    for before in &old {
        if new
            .iter()
            .any(|sketch| sketch.logical_id == before.logical_id)
        {
            continue;
        }
        any = true;
        if let Some(present) = stack.resource(&before.logical_id) {
            let policy = match present.retain {
                state::Retain::Never => "Delete",
                _ => "Retain",
            };
            rows.push(json!({"Type": "Resource", "ResourceChange": {
                "PolicyAction": policy,
                "Action": "Remove",
                "LogicalResourceId": present.logical_id,
                "PhysicalResourceId": present.physical_id,
                "ResourceType": present.type_name,
                "Scope": [],
                "Details": [],
            }}));
        }
    }
    let plans = (Some(old_plan), plan);
    property_values::write(ctx, stack, plans, &replaced, &mut rows)?;
    Ok(any.then_some(rows))
}

fn added(sketch: &Sketch) -> Value {
    json!({"Type": "Resource", "ResourceChange": {
        "Action": "Add",
        "LogicalResourceId": sketch.logical_id,
        "ResourceType": sketch.type_name,
        "Scope": [],
        "Details": [],
    }})
}

/// What makes a property change besides the template: parameters, or a resource that is replaced.
enum Cause<'a> {
    Parameter(&'a str),
    /// What is said of the other resource: its id, or one of its attributes.
    Resource(String),
}

impl Cause<'_> {
    fn detail(&self, target: &Value) -> Value {
        let (source, entity) = match self {
            Self::Parameter(name) => ("ParameterReference", *name),
            Self::Resource(entity) if entity.contains('.') => {
                ("ResourceAttribute", entity.as_str())
            }
            Self::Resource(entity) => ("ResourceReference", entity.as_str()),
        };
        json!({
            "Target": target,
            "Evaluation": "Static",
            "ChangeSource": source,
            "CausingEntity": entity,
        })
    }
}

fn direct(target: &Value, evaluation: &str) -> Value {
    json!({"Target": target, "Evaluation": evaluation, "ChangeSource": "DirectModification"})
}

/// The replaced resource that a value refers to, with the attribute if it is one.
fn through(value: Option<&Value>, replaced: &[&str]) -> Option<String> {
    let text = value?.to_string();
    replaced.iter().find_map(|id| {
        if text.contains(&format!("{{{{{id}}}}}")) {
            return Some((*id).to_owned());
        }
        let (_, rest) = text.split_once(&format!("{{{{{id}."))?;
        let (attribute, _) = rest.split_once("}}")?;
        Some(format!("{id}.{attribute}"))
    })
}

/// A property of a resource, or its metadata, before and after.
struct Part<'a> {
    /// The property's name; none for the metadata.
    property: Option<&'a str>,
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    /// Whether its change takes another resource.
    recreation: &'static str,
}

/// The row of a resource that changes, and whether another one takes its place.
///
/// Sources of the details: CloudFormation User Guide, "Example change sets", and answers of AWS that were
/// recorded (LocalStack's snapshot tests, 2025).
fn modified(
    new: &Sketch,
    old: &Sketch,
    present: &Resource,
    replaced: &[&str],
    reverted: &[Reverted],
    retagged: bool,
) -> Option<(Value, bool)> {
    let known = types::resource_type(&new.type_name);
    let mut parts = vec![Part {
        property: None,
        before: old.metadata.as_ref(),
        after: new.metadata.as_ref(),
        recreation: "Never",
    }];
    let mut seen: Vec<&str> = Vec::new();
    for name in new.properties.keys().chain(old.properties.keys()) {
        if seen.contains(&name.as_str()) {
            continue;
        }
        seen.push(name);
        let property = known.and_then(|known| known.properties.iter().find(|p| p.name == *name));
        let recreation = match property.map(|property| property.update) {
            Some(types::Update::Replace) => "Always",
            _ => "Never",
        };
        parts.push(Part {
            property: Some(name),
            before: old.properties.get(name),
            after: new.properties.get(name),
            recreation,
        });
    }
    let (mut caused, mut own, mut scope) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        let same = part.before == part.after;
        let other = through(part.after, replaced).filter(|_| same);
        if same && other.is_none() {
            continue;
        }
        let recreation = part.recreation;
        let (attribute, target) = match part.property {
            Some(name) => (
                "Properties",
                json!({"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation}),
            ),
            None => (
                "Metadata",
                json!({"Attribute": "Metadata", "RequiresRecreation": recreation}),
            ),
        };
        if !scope.contains(&attribute) {
            scope.push(attribute);
        }
        let by_parameters = reverted.iter().filter(|reverted| {
            let sketch = reverted
                .sketches
                .iter()
                .find(|sketch| sketch.logical_id == new.logical_id);
            let then = sketch.and_then(|sketch| match part.property {
                Some(name) => sketch.properties.get(name),
                None => sketch.metadata.as_ref(),
            });
            then != part.after
        });
        let causes: Vec<Cause<'_>> = match other {
            Some(entity) => vec![Cause::Resource(entity)],
            None => by_parameters
                .map(|reverted| Cause::Parameter(&reverted.parameter))
                .collect(),
        };
        caused.extend(causes.iter().map(|cause| cause.detail(&target)));
        match causes.as_slice() {
            [] => own.push(direct(&target, "Static")),
            // Whether it changes besides is not looked at.
            [Cause::Parameter(_), ..] => own.push(direct(&target, "Dynamic")),
            _ => {}
        }
    }
    let mut details = caused;
    details.append(&mut own);
    if retagged && known.is_some_and(|known| known.properties.iter().any(|p| p.name == "Tags")) {
        scope.push("Tags");
        let target = json!({"Attribute": "Tags", "RequiresRecreation": "Never"});
        details.push(direct(&target, "Static"));
    }
    let replaces = new.type_name != old.type_name
        || replaces(&new.type_name, &old.properties, &new.properties)
        || details.iter().any(|detail| {
            detail.pointer("/Target/RequiresRecreation") == Some(&Value::from("Always"))
        });
    if details.is_empty() && !replaces {
        return None;
    }
    let row = json!({"Type": "Resource", "ResourceChange": {
        "PolicyAction": replaces.then_some(new.replaced),
        "Action": "Modify",
        "LogicalResourceId": new.logical_id,
        "PhysicalResourceId": present.physical_id,
        "ResourceType": new.type_name,
        "Replacement": if replaces { "True" } else { "False" },
        "Scope": scope,
        "Details": details,
    }});
    Some((row, replaces))
}

pub(super) fn needs_create(ctx: &Context<'_>, input: &Input) -> Result<Vec<Need>> {
    check_name(input.require("StackName")?)?;
    let mut needs = lookup::needs_any_version(ctx, input, "cloudformation:CreateChangeSet")?;
    needs = needs
        .into_iter()
        .map(|need| need.key_opt("cloudformation:ChangeSetName", input.text("ChangeSetName")))
        .collect();
    Ok(lookup::with_role(needs, input))
}

pub(super) fn create(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack_name = input.require("StackName")?;
    check_name(stack_name)?;
    let name = input.require("ChangeSetName")?.to_owned();
    // The CDK always says that it does not want this.
    if input.flag("ImportExistingResources") == Some(true) {
        return Err(AwsError::unsupported(
            "ImportExistingResources: change sets that import resources",
        ));
    }
    let kind = input.text("ChangeSetType").unwrap_or("UPDATE");
    let existing = lookup::find(ctx, stack_name).cloned();
    let stack = match (kind, existing) {
        ("CREATE", Some(stack)) if stack.status != "REVIEW_IN_PROGRESS" => {
            return Err(AwsError::validation(format!(
                "Stack [{stack_name}] already exists and cannot be created again with the changeSet [{name}]."
            )));
        }
        ("CREATE", stack) => stack,
        ("UPDATE", None) => {
            return Err(AwsError::validation(format!(
                "Stack [{stack_name}] does not exist"
            )));
        }
        ("UPDATE", Some(stack)) => {
            check_updatable(&stack)?;
            Some(stack)
        }
        (other, _) => {
            return Err(AwsError::unsupported(format_args!(
                "change sets of type {other}"
            )));
        }
    };
    if stack
        .as_ref()
        .is_some_and(|stack| stack.find_change_set(&name).is_some())
    {
        return Err(AwsError::new(
            400,
            "AlreadyExistsException",
            format!("ChangeSet {name} already exists"),
        ));
    }
    let plan = deploy::plan(ctx, input, stack.as_ref())?;
    let include_nested = input.flag("IncludeNestedStacks") == Some(true);
    let nested = |template: Template| {
        let mut resources = template.resources.iter();
        resources.any(|resource| resource.type_name == STACK_TYPE)
    };
    if include_nested && nested(Template::parse(&plan.template)?) {
        return Err(AwsError::unsupported(
            "IncludeNestedStacks: change sets of nested stacks",
        ));
    }
    if let Some(role) = &plan.role_arn {
        // Fails if the role cannot be assumed; whose name is used is decided at execution.
        deploy::actor(ctx, Some(role))?;
    }
    let account = ctx.caller.account.clone();
    let region = ctx.region.clone();
    let stack_id = match &stack {
        Some(stack) => stack.id.clone(),
        None => {
            let ids = &mut ctx.state.ids;
            let mut stack = Stack::new(ids, &account, &region, stack_name, ctx.now);
            stack.set_status(ids, ctx.now, "REVIEW_IN_PROGRESS", Some("User Initiated"));
            let id = stack.id.clone();
            Arc::make_mut(&mut ctx.state.cloudformation).insert(stack);
            id
        }
    };
    let uuid = ctx.state.ids.uuid();
    let set = ChangeSet {
        id: format!("arn:aws:cloudformation:{region}:{account}:changeSet/{name}/{uuid}"),
        name,
        created: ctx.now,
        status: "CREATE_PENDING".to_owned(),
        execution: "UNAVAILABLE".to_owned(),
        reason: None,
        description: input.text("Description").map(str::to_owned),
        plan,
        changes: Vec::new(),
        on_failure: match input.text("OnStackFailure") {
            Some("DO_NOTHING") => Some(OnFailure::DoNothing),
            Some("DELETE") => Some(OnFailure::Delete),
            Some(_) => Some(OnFailure::Rollback),
            None => None,
        },
        include_nested,
    };
    let id = set.id.clone();
    engine::with_stack(ctx, &stack_id, |ctx, stack| {
        stack.change_sets.push(set);
        engine::schedule_change_set(ctx, stack, &id);
    });
    Ok(json!({"Id": id, "StackId": stack_id}).into())
}

/// Works out a change set that was asked for.
pub(super) fn compute(ctx: &mut Context<'_>, stack: &mut Stack, id: &str) {
    let Some(set) = stack.find_change_set(id) else {
        return;
    };
    let found = changes(ctx, stack, &set.plan);
    let Some(set) = stack.change_sets.iter_mut().find(|set| set.id == id) else {
        return;
    };
    let failed = match found {
        Ok(Some(changes)) => {
            set.changes = changes;
            None
        }
        Ok(None) => Some(
            "The submitted information didn't contain changes. Submit different information to create a change set.".to_owned(),
        ),
        Err(error) => Some(error.message),
    };
    let (status, execution) = match failed {
        None => ("CREATE_COMPLETE", "AVAILABLE"),
        Some(_) => ("FAILED", "UNAVAILABLE"),
    };
    status.clone_into(&mut set.status);
    execution.clone_into(&mut set.execution);
    set.reason = failed;
}

fn not_found(name: &str) -> AwsError {
    AwsError::new(
        404,
        "ChangeSetNotFound",
        format!("ChangeSet [{name}] does not exist"),
    )
}

/// A change set by ARN, or by name and stack. Gives the stack's id, too.
pub(super) fn find(
    ctx: &Context<'_>,
    name: &str,
    stack_name: Option<&str>,
) -> Result<(String, ChangeSet)> {
    let stack = match stack_name {
        Some(stack_name) => in_brackets(ctx, stack_name)?,
        None if name.starts_with("arn:") => ctx
            .state
            .cloudformation
            .stacks()
            .filter(|stack| stack.account == ctx.caller.account)
            .find(|stack| stack.find_change_set(name).is_some())
            .ok_or_else(|| not_found(name))?,
        None => {
            return Err(AwsError::validation(
                "StackName must be specified if ChangeSetName is not specified as an ARN.",
            ));
        }
    };
    let set = stack.find_change_set(name).ok_or_else(|| not_found(name))?;
    Ok((stack.id.clone(), set.clone()))
}

pub(super) fn needs(ctx: &Context<'_>, input: &Input, action: &'static str) -> Result<Vec<Need>> {
    let name = input.require("ChangeSetName")?;
    let stack_name = input.text("StackName");
    let found = find(ctx, name, stack_name);
    let account = &ctx.caller.account;
    let resource = match (found, stack_name) {
        (Ok((stack, _)), _) => stack,
        (Err(_), Some(stack)) if stack.starts_with("arn:") => stack.to_owned(),
        (Err(_), stack) => format!(
            "arn:aws:cloudformation:{}:{account}:stack/{}/*",
            ctx.region,
            stack.unwrap_or("*")
        ),
    };
    Ok(vec![
        Need::new(action, resource).key("cloudformation:ChangeSetName", name),
    ])
}

pub(super) fn describe(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("ChangeSetName")?;
    let (stack_id, set) = find(ctx, name, input.text("StackName"))?;
    let stack_name = ctx
        .state
        .cloudformation
        .stack(&stack_id)
        .map(|stack| stack.name.clone());
    let parameters = describe::parameters(&set.plan);
    let tags = describe::tags(&set.plan.tags);
    let some = |rows: Vec<Value>| {
        if rows.is_empty() {
            Value::Null
        } else {
            Value::Array(rows)
        }
    };
    let (mut changes, token) = page(input, set.changes)?;
    if input.flag("IncludePropertyValues") != Some(true) {
        changes.iter_mut().for_each(property_values::leave_out);
    }
    Ok(json!({
        "ChangeSetName": set.name,
        "ChangeSetId": set.id,
        "StackId": stack_id,
        "StackName": stack_name,
        "Description": set.description,
        "Parameters": some(parameters),
        "CreationTime": millis(set.created),
        "ExecutionStatus": set.execution,
        "Status": set.status,
        "StatusReason": set.reason,
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Capabilities": set.plan.capabilities,
        "Tags": some(tags),
        "Changes": changes,
        "NextToken": token,
        "IncludeNestedStacks": set.include_nested,
        "OnStackFailure": set.on_failure,
    })
    .into())
}

pub(super) fn list(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let stack = in_brackets(ctx, input.require("StackName")?)?;
    let rows = stack
        .change_sets
        .iter()
        .map(|set| {
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": set.id,
                "ChangeSetName": set.name,
                "ExecutionStatus": set.execution,
                "Status": set.status,
                "StatusReason": set.reason,
                "CreationTime": millis(set.created),
                "Description": set.description,
                "IncludeNestedStacks": set.include_nested,
            })
        })
        .collect();
    let (rows, token) = page(input, rows)?;
    Ok(json!({"Summaries": rows, "NextToken": token}).into())
}

pub(super) fn delete(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("ChangeSetName")?;
    let (stack_id, set) = match find(ctx, name, input.text("StackName")) {
        Ok(found) => found,
        // One that is not there is deleted already.
        Err(error) if error.code == "ChangeSetNotFound" => return Ok(json!({}).into()),
        Err(error) => return Err(error),
    };
    if set.execution == "EXECUTE_IN_PROGRESS" {
        return Err(AwsError::new(
            400,
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be deleted in its current status of [EXECUTE_IN_PROGRESS]",
                set.id
            ),
        ));
    }
    engine::with_stack(ctx, &stack_id, |_, stack| {
        stack.change_sets.retain(|other| other.id != set.id);
    });
    Ok(json!({}).into())
}

pub(super) fn execute(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("ChangeSetName")?;
    let (stack_id, set) = find(ctx, name, input.text("StackName"))?;
    if set.execution != "AVAILABLE" {
        let status = match set.status.as_str() {
            "CREATE_COMPLETE" => set.execution.as_str(),
            other => other,
        };
        return Err(AwsError::new(
            400,
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be executed in its current status of [{status}]",
                set.id
            ),
        ));
    }
    let actor = deploy::actor(ctx, set.plan.role_arn.as_deref())?;
    let token = input.text("ClientRequestToken").map(str::to_owned);
    let disable = input.flag("DisableRollback").unwrap_or_default();
    let retain = input.flag("RetainExceptOnCreate").unwrap_or_default();
    engine::with_stack(ctx, &stack_id, |ctx, stack| {
        stack.retain_except_on_create = retain;
        stack.change_set = Some(set.id.clone());
        stack.disable_rollback = disable;
        stack.on_failure = match set.on_failure {
            _ if disable => OnFailure::DoNothing,
            Some(on_failure) => on_failure,
            None => OnFailure::Rollback,
        };
        // The others speak of a stack that is no more.
        stack.change_sets.retain(|other| other.id == set.id);
        for kept in &mut stack.change_sets {
            "EXECUTE_IN_PROGRESS".clone_into(&mut kept.execution);
        }
        stack.updated = Some(ctx.now);
        if stack.status == "REVIEW_IN_PROGRESS" {
            stack.plan = Some(set.plan.clone());
            engine::create(ctx, stack, actor, token);
        } else {
            engine::update(ctx, stack, set.plan.clone(), actor, token);
        }
    });
    Ok(json!({}).into())
}
