//! Exports of stacks and who imports them.

use serde_json::{Value, json};

use super::engine;
use super::lookup::page;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

pub(super) fn list(ctx: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let rows = engine::exports(ctx.state, &ctx.caller.account, &ctx.region)
        .into_iter()
        .map(|(name, (stack, value))| json!({"ExportingStackId": stack, "Name": name, "Value": value}))
        .collect();
    let (rows, token) = page(input, rows)?;
    Ok(json!({"Exports": rows, "NextToken": token}).into())
}

pub(super) fn imports(ctx: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("ExportName")?;
    let known = engine::exports(ctx.state, &ctx.caller.account, &ctx.region);
    if !known.contains_key(name) {
        return Err(AwsError::validation(format!(
            "Export '{name}' does not exist"
        )));
    }
    let rows: Vec<Value> = ctx
        .state
        .cloudformation
        .stacks()
        .filter(|stack| stack.account == ctx.caller.account && stack.region == ctx.region)
        .filter(|stack| !stack.is_gone() && stack.imports.iter().any(|import| import == name))
        .map(|stack| stack.name.clone().into())
        .collect();
    if rows.is_empty() {
        return Err(AwsError::validation(format!(
            "Export '{name}' is not imported by any stack."
        )));
    }
    let (rows, token) = page(input, rows)?;
    Ok(json!({"Imports": rows, "NextToken": token}).into())
}
