//! The errors that AWS answers with.

use std::borrow::Cow;
use std::fmt;

/// An error answer: HTTP status, AWS's code and text, and what S3 adds.
///
/// Who is at fault (`Sender` or `Receiver`) follows from the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// HTTP status.
    pub status: u16,
    /// AWS's code, such as `NoSuchEntity`.
    pub code: Cow<'static, str>,
    /// AWS's text.
    pub message: String,
    /// S3: elements after `Message`, such as `BucketName`.
    pub extra: Vec<(Cow<'static, str>, String)>,
    /// Headers of the answer beside the usual ones.
    pub headers: Vec<(&'static str, String)>,
}

impl AwsError {
    /// An error of that status, code and text.
    #[must_use]
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            extra: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// `ValidationError`, status 400.
    #[must_use]
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// `AccessDenied`, status 403.
    #[must_use]
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    /// What AWS has and the sandbox has not: `NotImplemented`, status 501. The text is rolecall's.
    #[must_use]
    pub fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(
            501,
            "NotImplemented",
            format!("rolecall's sandbox does not support {what}."),
        )
    }

    /// A state that the sandbox itself got wrong: `InternalFailure`, status 500.
    #[must_use]
    pub fn internal(what: impl fmt::Display) -> Self {
        Self::new(
            500,
            "InternalFailure",
            format!("rolecall's sandbox: {what}"),
        )
    }

    /// With one more element after `Message` (S3 only).
    #[must_use]
    pub fn with(mut self, element: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.extra.push((element.into(), value.into()));
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AwsError {}
