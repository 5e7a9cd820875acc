//! Templates: validating, summing up, giving back.

use serde_json::{Map, Value, json};

use super::deploy;
use super::lookup::{in_brackets, with_id};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::template::{Parameter, ParameterType, Template};

type Result<T> = std::result::Result<T, AwsError>;

fn object(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Map<String, Value> {
    pairs
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Description and capabilities.
fn facts(template: &Template) -> Map<String, Value> {
    let mut facts = object([("Description", template.description.clone().into())]);
    if let Some((capability, types)) = template.required_capability() {
        let reason = format!(
            "The following resource(s) require capabilities: [{}]",
            types.join(", ")
        );
        facts.extend(object([
            ("Capabilities", json!([capability])),
            ("CapabilitiesReason", reason.into()),
        ]));
    }
    facts
}

fn declared(parameter: &Parameter) -> Map<String, Value> {
    object([
        ("ParameterKey", parameter.name.clone().into()),
        ("DefaultValue", parameter.default.clone().into()),
        ("NoEcho", parameter.no_echo.into()),
        ("Description", parameter.description.clone().into()),
    ])
}

pub(super) fn validate(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let template = Template::parse(&deploy::body(ctx, input, None)?)?;
    let mut answer = facts(&template);
    let parameters = template.parameters.iter().map(declared).map(Value::Object);
    answer.insert("Parameters".to_owned(), parameters.collect());
    Ok(Value::Object(answer).into())
}

pub(super) fn summary(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let body = match input.text("StackName") {
        Some(name) => {
            let stack = with_id(ctx, name)?;
            if stack.status == "REVIEW_IN_PROGRESS" {
                return Err(AwsError::validation(
                    "GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.",
                ));
            }
            stack.plan.unwrap_or_default().template
        }
        None => deploy::body(ctx, input, None)?,
    };
    let template = Template::parse(&body)?;
    let mut answer = facts(&template);
    let parameters = template.parameters.iter().map(|parameter| {
        let kind = match parameter.kind {
            ParameterType::String => "String",
            ParameterType::Number => "Number",
            ParameterType::NumberList => "List<Number>",
            ParameterType::CommaDelimitedList => "CommaDelimitedList",
        };
        let mut row = declared(parameter);
        row.insert("ParameterType".to_owned(), kind.into());
        let allowed = parameter
            .allowed_values()
            .map(|values| json!({"AllowedValues": values}));
        row.insert(
            "ParameterConstraints".to_owned(),
            allowed.unwrap_or_else(|| json!({})),
        );
        Value::Object(row)
    });
    let types: Vec<&str> = template
        .resources
        .iter()
        .map(|resource| resource.type_name.as_str())
        .collect();
    answer.insert("Parameters".to_owned(), parameters.collect());
    answer.insert("ResourceTypes".to_owned(), json!(types));
    if body.contains("AWSTemplateFormatVersion") {
        answer.insert("Version".to_owned(), "2010-09-09".into());
    }
    if let Some(metadata) = &template.metadata {
        answer.insert("Metadata".to_owned(), metadata.to_string().into());
    }
    Ok(Value::Object(answer).into())
}

pub(super) fn get(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    match input.text("TemplateStage") {
        None | Some("Original" | "Processed") => {}
        Some(other) => {
            return Err(AwsError::validation(format!(
                "1 validation error detected: Value '{other}' at 'templateStage' failed to satisfy constraint: Member must satisfy enum value set: [Original, Processed]"
            )));
        }
    }
    let name = input.text("StackName");
    let body = match input.text("ChangeSetName") {
        Some(set) => {
            if name.is_none() && !set.starts_with("arn:") {
                return Err(AwsError::validation("StackName is a required parameter."));
            }
            let (_, set) = super::change_sets::find(ctx, set, name)?;
            Some(set.plan.template)
        }
        None => {
            let name = name.ok_or_else(|| {
                AwsError::validation("StackName is required if ChangeSetName is not specified.")
            })?;
            let stack = with_id(ctx, name)?;
            in_brackets(ctx, name)?;
            stack.plan.map(|plan| plan.template)
        }
    };
    // A stack in review is answered without a template (cdklabs/awscdk-v1-stack-finder, issue 273): the CDK
    // asks for it.
    Ok(json!({"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}).into())
}
