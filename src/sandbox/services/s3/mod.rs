//! Amazon S3.

use serde::{Deserialize, Serialize};

use crate::sandbox::operation::Operation;

/// Buckets and objects of all accounts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {}

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[];
