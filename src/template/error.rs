//! What is wrong with a template, in AWS's words.

use std::fmt;

use super::node::Position;

/// Why a template is refused. CloudFormation answers with code `ValidationError` and this text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The text of the error.
    pub message: String,
    /// Where it stands, if it stands anywhere.
    pub at: Option<Position>,
}

impl TemplateError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: None,
        }
    }

    pub(super) fn at(position: Position, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: Some(position),
        }
    }

    /// Something that AWS has and this sandbox does not.
    pub(super) fn unsupported(position: Position, what: impl fmt::Display) -> Self {
        Self::at(
            position,
            format!("the sandbox does not support {what}; remove it or run on an AWS account"),
        )
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TemplateError {}
