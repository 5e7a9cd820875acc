//! Who is who: callers, and owners of access keys.

use serde_json::json;

use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::sandbox::wire::xml;

pub fn get_caller_identity(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let caller = &context.caller;
    let mut elements = String::with_capacity(256);
    for (name, text) in [
        ("UserId", &caller.user_id()),
        ("Account", &caller.account),
        ("Arn", &caller.arn()),
    ] {
        xml::element(&mut elements, name, text);
    }
    Ok(Reply {
        elements: Some(elements),
        ..Reply::default()
    })
}

/// Answers for any key of this world, active or not, whoever asks.
pub fn get_access_key_info(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let id = input.require("AccessKeyId")?;
    let owner = context.state.keys.get(id).map(|owner| &owner.account);
    let account = owner.or_else(|| context.state.sessions.get(id).map(|key| &key.account));
    match account {
        Some(account) => Ok(json!({"Account": account}).into()),
        // What AWS says of a key that it never gave out is not established.
        None => Err(AwsError::validation(format!("Invalid Access Key: {id}"))),
    }
}
