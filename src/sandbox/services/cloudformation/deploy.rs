//! Creating, updating and deleting stacks.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::engine;
use super::lookup::{self, in_brackets};
use super::state::{OnFailure, Plan, Stack};
use super::{source, stack_policy};
use crate::model::Service;
use crate::sandbox::caller::Caller;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::template::{Evaluation, Given, Resource, Surroundings, Template, TemplateError};

type Result<T> = std::result::Result<T, AwsError>;

/// What UpdateStack says where nothing differs.
pub(super) const NO_UPDATES: &str = "No updates are to be performed.";

/// Longest template body in a request, in characters.
const LONGEST_BODY: usize = 51_200;

/// Largest template that a URL can name, in bytes.
const LARGEST_OBJECT: usize = 1_000_000;

impl From<TemplateError> for AwsError {
    fn from(error: TemplateError) -> Self {
        AwsError::validation(error.message)
    }
}

/// Refuses stack names outside AWS's pattern.
pub(super) fn check_name(name: &str) -> Result<()> {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !(first && rest || name.starts_with("arn:")) {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
        )));
    }
    if name.len() > 128 && !name.starts_with("arn:") {
        return Err(AwsError::validation(format!(
            "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128"
        )));
    }
    Ok(())
}

/// The template body of a request; that of the stack if the request says so.
pub(super) fn body(ctx: &mut Context<'_>, input: &Input, stack: Option<&Stack>) -> Result<String> {
    let previous = stack.and_then(|stack| stack.plan.as_ref());
    let use_previous = input.flag("UsePreviousTemplate") == Some(true);
    let refused = |text: &str| Err(AwsError::validation(text));
    match (input.text("TemplateBody"), input.text("TemplateURL")) {
        (Some(_), Some(_)) => refused("You cannot specify both Template URL and Template Body."),
        (Some(_), None) | (None, Some(_)) if use_previous => {
            refused("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
        }
        (Some(body), None) => {
            if body.chars().count() > LONGEST_BODY {
                return Err(AwsError::validation(format!(
                    "1 validation error detected: Value '{body}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to {LONGEST_BODY}"
                )));
            }
            Ok(body.to_owned())
        }
        (None, Some(url)) => {
            let body = source::read(ctx, "TemplateURL", url)?;
            if body.len() > LARGEST_OBJECT {
                return Err(AwsError::validation(format!(
                    "Template may not exceed {LARGEST_OBJECT} bytes in size."
                )));
            }
            Ok(body)
        }
        (None, None) => match previous.filter(|_| use_previous) {
            Some(plan) => Ok(plan.template.clone()),
            None => refused("Either Template URL or Template Body must be specified."),
        },
    }
}

/// The plan that a request describes: template read, parameters resolved, capabilities given.
pub(super) fn plan(ctx: &mut Context<'_>, input: &Input, stack: Option<&Stack>) -> Result<Plan> {
    check_config(input)?;
    let template_body = body(ctx, input, stack)?;
    let template = Template::parse(&template_body)?;
    let previous = stack.and_then(|stack| stack.plan.as_ref());
    let mut given = Given::new();
    for row in input.list("Parameters") {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        let key = text("ParameterKey").unwrap_or_default().to_owned();
        if row.get("UsePreviousValue").and_then(Value::as_bool) == Some(true) {
            if text("ParameterValue").is_some_and(|value| !value.is_empty()) {
                return Err(AwsError::validation(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                )));
            }
            if let Some(value) = previous.and_then(|plan| plan.parameters.get(&key)) {
                given.insert(key, value.clone());
            } else if template.parameter(&key).is_none() {
                given.insert(key, String::new());
            }
        } else if let Some(value) = text("ParameterValue") {
            given.insert(key, value.to_owned());
        }
    }
    let parameters = template.resolve(&given)?;
    let capabilities: Vec<String> = input
        .texts("Capabilities")
        .into_iter()
        .map(str::to_owned)
        .collect();
    if let Some((needed, _)) = template.required_capability() {
        let has = |name: &str| capabilities.iter().any(|given| given == name);
        let enough =
            has("CAPABILITY_NAMED_IAM") || needed == "CAPABILITY_IAM" && has("CAPABILITY_IAM");
        if !enough {
            return Err(AwsError::new(
                400,
                "InsufficientCapabilitiesException",
                format!("Requires capabilities : [{needed}]"),
            ));
        }
    }
    let plan = Plan {
        template: template_body,
        parameters,
        capabilities,
        tags: match input.get("Tags") {
            Some(_) => checked_tags(input)?,
            None => previous.map(|plan| plan.tags.clone()).unwrap_or_default(),
        },
        role_arn: input
            .text("RoleARN")
            .map(str::to_owned)
            .or_else(|| previous.and_then(|plan| plan.role_arn.clone())),
    };
    evaluable(ctx, &template, &plan)?;
    Ok(plan)
}

/// Something in place of what a stack is yet to make.
struct Ahead<'a> {
    /// The resources that it makes.
    made: Vec<&'a str>,
}

impl Surroundings for Ahead<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        let made = self.made.contains(&logical_id);
        made.then(|| format!("{{{{{logical_id}}}}}"))
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        Some(format!("{{{{{logical_id}.{attribute}}}}}").into())
    }

    fn export(&self, name: &str) -> Option<String> {
        Some(format!("{{{{{name}}}}}"))
    }

    fn part(&self, text: &str, delimiter: &str, index: usize) -> Option<String> {
        let unknown = text.contains("{{");
        unknown.then(|| format!("{text}{delimiter}{index}"))
    }
}

/// Refuses mappings that lead nowhere, and what refers to resources that conditions leave out. A template of
/// which its conditions leave nothing is a stack of nothing. (LocalStack's recordings of AWS, 2023.)
fn evaluable(ctx: &Context<'_>, template: &Template, plan: &Plan) -> Result<()> {
    let nobody = Stack::new(
        &mut ctx.state.ids.clone(),
        &ctx.caller.account,
        &ctx.region,
        "none",
        ctx.now,
    );
    let pseudo = nobody.pseudo();
    let mut ahead = Ahead { made: Vec::new() };
    let evaluation = Evaluation::new(template, &plan.parameters, &pseudo, &ahead)?;
    let made: Vec<&Resource> = template
        .resources
        .iter()
        .filter(|resource| evaluation.has(resource))
        .collect();
    ahead.made = made.iter().map(|resource| &*resource.logical_id).collect();
    let evaluation = Evaluation::new(template, &plan.parameters, &pseudo, &ahead)?;
    for resource in made {
        evaluation.properties(resource)?;
    }
    engine::evaluate_outputs(template, plan, &pseudo, &ahead)?;
    Ok(())
}

fn checked_tags(input: &Input) -> Result<Vec<(String, String)>> {
    let tags = input.tags("Tags");
    let repeated = tags
        .iter()
        .enumerate()
        .find(|(at, (key, _))| tags.iter().take(*at).any(|(other, _)| other == key));
    match repeated {
        Some((_, (key, _))) => Err(AwsError::validation(format!(
            "Duplicate tag keys found: {key}. Tag keys of a stack must be unique."
        ))),
        None => Ok(tags),
    }
}

/// In whose name a stack's resources are made: the service role's, else the caller's.
///
/// The role must trust CloudFormation; that is asked of STS like everything else.
pub(super) fn actor(ctx: &mut Context<'_>, role_arn: Option<&str>) -> Result<Caller> {
    const SERVICE: &str = "cloudformation.amazonaws.com";
    let Some(arn) = role_arn else {
        return Ok(Caller {
            via: Some(SERVICE.to_owned()),
            ..Caller::clone(&ctx.caller)
        });
    };
    let refused = || AwsError::validation(format!("Role {arn} is invalid or cannot be assumed"));
    let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
    if account != ctx.caller.account {
        return Err(AwsError::validation(
            "Cross-account pass role is not allowed.",
        ));
    }
    let service = Caller::service(account, SERVICE);
    let members = json!({"RoleArn": arn, "RoleSessionName": "AWSCloudFormation"});
    let reply = ctx
        .perform(Service::Sts, "AssumeRole", members, &service)
        .map_err(|_| refused())?;
    let key = reply
        .members
        .get("Credentials")
        .and_then(|credentials| credentials.get("AccessKeyId"))
        .and_then(Value::as_str)
        .ok_or_else(refused)?;
    let session = ctx.state.sessions.get(key).ok_or_else(refused)?;
    Ok(Caller {
        account: session.account.clone(),
        identity: session.identity.clone(),
        access_key_id: Some(key.to_owned()),
        session: Some(session.session.clone()),
        via: None,
        principal: OnceLock::new(),
    })
}

pub(super) fn needs_create(ctx: &Context<'_>, input: &Input) -> Result<Vec<Need>> {
    check_name(input.require("StackName")?)?;
    let needs = lookup::needs_any_version(ctx, input, "cloudformation:CreateStack")?;
    Ok(lookup::with_role(needs, input))
}

pub(super) fn create(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("StackName")?;
    check_name(name)?;
    if lookup::find(ctx, name).is_some() {
        return Err(AwsError::new(
            400,
            "AlreadyExistsException",
            format!("Stack [{name}] already exists"),
        ));
    }
    let on_failure = match (input.text("OnFailure"), input.flag("DisableRollback")) {
        (Some(_), Some(_)) => {
            return Err(AwsError::validation(
                "You can specify either DisableRollback or OnFailure, but not both",
            ));
        }
        (Some("DO_NOTHING"), _) | (_, Some(true)) => OnFailure::DoNothing,
        (Some("DELETE"), _) => OnFailure::Delete,
        _ => OnFailure::Rollback,
    };
    let plan = plan(ctx, input, None)?;
    let policy = stack_policy::given(ctx, input, "StackPolicy")?;
    let actor = actor(ctx, plan.role_arn.as_deref())?;
    let account = ctx.caller.account.clone();
    let region = ctx.region.clone();
    let mut stack = Stack::new(&mut ctx.state.ids, &account, &region, name, ctx.now);
    stack.plan = Some(plan);
    stack.disable_rollback = on_failure == OnFailure::DoNothing;
    stack.on_failure = on_failure;
    stack.retain_except_on_create = input.flag("RetainExceptOnCreate").unwrap_or_default();
    stack.timeout = input.int("TimeoutInMinutes");
    stack.policy = policy;
    stack.protected = input
        .flag("EnableTerminationProtection")
        .unwrap_or_default();
    let id = stack.id.clone();
    let token = input.text("ClientRequestToken").map(str::to_owned);
    engine::create(ctx, &mut stack, actor, token);
    Arc::make_mut(&mut ctx.state.cloudformation).insert(stack);
    Ok(json!({"StackId": id}).into())
}

pub(super) fn needs_update(ctx: &Context<'_>, input: &Input) -> Result<Vec<Need>> {
    let needs = lookup::needs(ctx, input, "cloudformation:UpdateStack")?;
    Ok(lookup::with_role(needs, input))
}

/// Refuses a stack that is in the middle of something, or past being updated.
pub(super) fn check_updatable(stack: &Stack) -> Result<()> {
    let fine = matches!(
        stack.status.as_str(),
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE"
    ) || stack.status == "UPDATE_FAILED" && stack.disable_rollback
        || stack.status == "CREATE_FAILED" && stack.disable_rollback;
    if fine {
        return Ok(());
    }
    Err(AwsError::validation(format!(
        "Stack:{} is in {} state and can not be updated.",
        stack.id, stack.status
    )))
}

pub(super) fn update(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("StackName")?;
    let stack = in_brackets(ctx, name)?.clone();
    if stack.is_gone() {
        return Err(AwsError::validation(format!(
            "Stack [{name}] does not exist"
        )));
    }
    check_updatable(&stack)?;
    let mut plan = plan(ctx, input, Some(&stack))?;
    if super::change_sets::changes(ctx, &stack, &plan)?.is_none() {
        return Err(AwsError::validation(NO_UPDATES));
    }
    // What was acknowledged before is still said of the stack.
    if let Some(previous) = stack.plan.as_ref().filter(|_| plan.capabilities.is_empty()) {
        plan.capabilities = previous.capabilities.clone();
    }
    let policy_during = stack_policy::given(ctx, input, "StackPolicyDuringUpdate")?;
    let policy_after = stack_policy::given(ctx, input, "StackPolicy")?;
    let actor = actor(ctx, plan.role_arn.as_deref())?;
    let token = input.text("ClientRequestToken").map(str::to_owned);
    let disable = input.flag("DisableRollback").unwrap_or_default();
    let retain = input.flag("RetainExceptOnCreate").unwrap_or_default();
    engine::with_stack(ctx, &stack.id, |ctx, stack| {
        stack.disable_rollback = disable;
        stack.retain_except_on_create = retain;
        stack.on_failure = if disable {
            OnFailure::DoNothing
        } else {
            OnFailure::Rollback
        };
        stack.change_set = None;
        engine::update(ctx, stack, plan, actor, token);
        if let Some(operation) = &mut stack.operation {
            operation.policy_during = policy_during;
            operation.policy_after = policy_after;
        }
    });
    Ok(json!({"StackId": stack.id}).into())
}

pub(super) fn needs_delete(ctx: &Context<'_>, input: &Input) -> Result<Vec<Need>> {
    let needs = lookup::needs(ctx, input, "cloudformation:DeleteStack")?;
    Ok(lookup::with_role(needs, input))
}

/// The standard deployment, which the CDK asks for by name, is the only one, and nobody is told of it:
/// Ansible names nobody in a list.
fn check_config(input: &Input) -> Result<()> {
    if !input.list("NotificationARNs").is_empty() {
        return Err(AwsError::unsupported("NotificationARNs"));
    }
    let config = input.get("DeploymentConfig").and_then(Value::as_object);
    for (name, value) in config.into_iter().flatten() {
        if !matches!(value, Value::Bool(false)) && value != "STANDARD" {
            return Err(AwsError::unsupported(format_args!(
                "{name} {value} of DeploymentConfig"
            )));
        }
    }
    Ok(())
}

pub(super) fn delete(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    check_config(input)?;
    // A stack that is not there is deleted already.
    let Some(stack) = lookup::find(ctx, input.require("StackName")?).cloned() else {
        return Ok(().into());
    };
    if stack.is_gone() || stack.status == "DELETE_IN_PROGRESS" {
        return Ok(().into());
    }
    if stack.protected {
        return Err(AwsError::validation(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    if stack.status.starts_with("UPDATE_") && stack.status.ends_with("_IN_PROGRESS") {
        return Err(AwsError::validation(format!(
            "Stack [{}] cannot be deleted while in status {}",
            stack.name, stack.status
        )));
    }
    let leave: Vec<String> = input
        .texts("RetainResources")
        .into_iter()
        .map(str::to_owned)
        .collect();
    if !leave.is_empty() {
        if stack.status != "DELETE_FAILED" {
            return Err(AwsError::validation(format!(
                "Invalid operation on stack [{}]. Specify RetainResources only when the stack is in the DELETE_FAILED state.",
                stack.id
            )));
        }
        if let Some(unknown) = leave.iter().find(|id| stack.resource(id).is_none()) {
            return Err(AwsError::validation(format!(
                "Resource {unknown} does not exist for stack {}",
                stack.name
            )));
        }
    }
    let role = input
        .text("RoleARN")
        .map(str::to_owned)
        .or_else(|| stack.plan.as_ref().and_then(|plan| plan.role_arn.clone()));
    let actor = actor(ctx, role.as_deref())?;
    let token = input.text("ClientRequestToken").map(str::to_owned);
    engine::with_stack(ctx, &stack.id, |ctx, stack| {
        engine::delete(ctx, stack, leave, actor, token);
    });
    Ok(().into())
}

pub(super) fn protect(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("StackName")?;
    let id = in_brackets(ctx, name)?.id.clone();
    let on = input
        .flag("EnableTerminationProtection")
        .unwrap_or_default();
    engine::with_stack(ctx, &id, |_, stack| stack.protected = on);
    Ok(json!({"StackId": id}).into())
}
