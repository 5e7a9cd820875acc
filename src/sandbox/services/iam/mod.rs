//! AWS Identity and Access Management.

mod state;

pub use state::{AccessKey, Account, KeyStatus, PolicyText, User};

use crate::sandbox::operation::Operation;

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[];
