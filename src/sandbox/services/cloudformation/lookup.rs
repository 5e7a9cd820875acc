//! Finding stacks, and what callers must be allowed.

use serde_json::Value;

use super::state::Stack;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Words};

/// The stack of that name or ARN in the caller's account and region. Names find only stacks that
/// are not deleted.
pub(super) fn find<'a>(ctx: &'a Context<'_>, name: &str) -> Option<&'a Stack> {
    let state = &ctx.state.cloudformation;
    let own = |stack: &&Stack| stack.account == ctx.caller.account && stack.region == ctx.region;
    if name.starts_with("arn:") {
        return state.stack(name).filter(own);
    }
    state
        .stacks()
        .filter(own)
        .find(|stack| stack.name == name && !stack.is_gone())
}

/// `Stack with id {name} does not exist`, which clients look for.
pub(super) fn with_id(ctx: &Context<'_>, name: &str) -> Result<Stack, AwsError> {
    find(ctx, name)
        .cloned()
        .ok_or_else(|| AwsError::validation(format!("Stack with id {name} does not exist")))
}

/// `Stack [{name}] does not exist`.
pub(super) fn in_brackets<'a>(ctx: &'a Context<'_>, name: &str) -> Result<&'a Stack, AwsError> {
    find(ctx, name).ok_or_else(|| AwsError::validation(format!("Stack [{name}] does not exist")))
}

/// The ARN that AWS asks about: the stack's own if there is one.
fn resource(ctx: &Context<'_>, name: Option<&str>) -> String {
    let any = |name: &str| {
        let account = &ctx.caller.account;
        format!(
            "arn:aws:cloudformation:{}:{account}:stack/{name}/*",
            ctx.region
        )
    };
    match name {
        None => any("*"),
        Some(name) if name.starts_with("arn:") => name.to_owned(),
        Some(name) => find(ctx, name).map_or_else(|| any(name), |stack| stack.id.clone()),
    }
}

/// One action at the stack named, or at all.
pub(super) fn needs(
    ctx: &Context<'_>,
    input: &Input,
    action: &'static str,
) -> Result<Vec<Need>, AwsError> {
    Ok(vec![Need::new(
        action,
        resource(ctx, input.text("StackName")),
    )])
}

/// The same for actions that AWS asks by name with `/*`, whether the stack exists or not.
pub(super) fn needs_any_version(
    ctx: &Context<'_>,
    input: &Input,
    action: &'static str,
) -> Result<Vec<Need>, AwsError> {
    let name = input.require("StackName")?;
    let resource = if name.starts_with("arn:") {
        name.to_owned()
    } else {
        let account = &ctx.caller.account;
        format!(
            "arn:aws:cloudformation:{}:{account}:stack/{name}/*",
            ctx.region
        )
    };
    Ok(vec![Need::new(action, resource)])
}

/// Actions without a resource.
pub(super) fn needs_nothing_named(action: &'static str) -> Result<Vec<Need>, AwsError> {
    Ok(vec![Need::new(action, "*").words(Words::Nothing)])
}

/// With the condition keys of operations that take a template or a stack policy by URL.
pub(super) fn with_urls(needs: Vec<Need>, input: &Input) -> Vec<Need> {
    let keys = [
        ("cloudformation:TemplateUrl", input.text("TemplateURL")),
        (
            "cloudformation:StackPolicyUrl",
            input.text("StackPolicyURL"),
        ),
    ];
    let with = |need: Need| {
        let each = keys.iter();
        each.fold(need, |need, (key, url)| need.key_opt(*key, *url))
    };
    needs.into_iter().map(with).collect()
}

/// With the condition keys of operations that take a role, tags and URLs, and `iam:PassRole` for
/// the role.
///
/// The Service Authorization Reference has a `cloudformation:TagResource` besides. That a stack made
/// with tags asks for it is not established: here it does not.
pub(super) fn with_role(mut needs: Vec<Need>, input: &Input) -> Vec<Need> {
    let tags = input.tags("Tags");
    let role = input.text("RoleARN");
    needs = with_urls(needs, input)
        .into_iter()
        .map(|need| {
            need.key_opt("cloudformation:RoleArn", role)
                .request_tags(&tags)
        })
        .collect();
    if let Some(role) = role {
        needs.push(Need::pass_role(role, "cloudformation.amazonaws.com"));
    }
    needs
}

/// Rows per page of every list.
const PAGE: usize = 100;

/// A page of rows, from the place that `NextToken` names, and the token of the next one.
pub(super) fn page(input: &Input, rows: Vec<Value>) -> Result<(Vec<Value>, Value), AwsError> {
    let start = match input.text("NextToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|start| start.parse::<usize>().ok())
            .ok_or_else(|| AwsError::validation("Invalid NextToken"))?,
    };
    let next = start.saturating_add(PAGE);
    let more = rows.len() > next;
    let rows = rows.into_iter().skip(start).take(PAGE).collect();
    let token = if more {
        format!("from-{next}").into()
    } else {
        Value::Null
    };
    Ok((rows, token))
}
