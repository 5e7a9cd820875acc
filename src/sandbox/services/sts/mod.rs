//! AWS Security Token Service.

use serde_json::json;

use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Operation, Reply};

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[Operation {
    name: "GetCallerIdentity",
    members: &[],
    // No permission is needed, and none can be refused.
    needs: |_, _| Ok(Vec::new()),
    run: get_caller_identity,
}];

fn get_caller_identity(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let caller = &context.caller;
    Ok(json!({"UserId": caller.user_id(), "Account": caller.account, "Arn": caller.arn()}).into())
}
