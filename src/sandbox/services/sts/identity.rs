//! Who is who: callers, owners of access keys, and encoded messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::sandbox::wire::sigv4;

pub fn get_caller_identity(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let caller = &context.caller;
    Ok(json!({"UserId": caller.user_id(), "Account": caller.account, "Arn": caller.arn()}).into())
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

/// The message is JSON in base64 behind its own seal, so that only what this world wrote is read.
fn seal(context: &Context<'_>, text: &str) -> String {
    let key = context.state.ids.fork("messages").bytes();
    hex::encode(sigv4::hmac(&key, text.as_bytes()))
}

pub fn decode_authorization_message(
    context: &mut Context<'_>,
    input: &Input,
) -> Result<Reply, AwsError> {
    let message = input.require("EncodedMessage")?;
    let decoded = STANDARD
        .decode(message)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let text = decoded.as_deref().and_then(|decoded| {
        let (given, text) = decoded.split_at_checked(64)?;
        (seal(context, text) == given).then_some(text)
    });
    match text {
        Some(text) => Ok(json!({"DecodedMessage": text}).into()),
        // AWS's text is not established.
        None => Err(AwsError::new(
            400,
            "InvalidAuthorizationMessageException",
            "Message is not valid",
        )),
    }
}
