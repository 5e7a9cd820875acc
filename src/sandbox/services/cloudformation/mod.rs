//! AWS CloudFormation.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sandbox::operation::{Context, Operation};

/// Stacks of all accounts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[];

/// Does work that was scheduled earlier.
pub fn job(_context: &mut Context<'_>, _detail: &Value) {}
