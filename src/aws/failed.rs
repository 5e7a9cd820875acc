//! Commands that failed, in the AWS CLI's words.

use serde_json::{Map, Value};

use super::failure::Failure;
use super::profiles::ProfileError;
use crate::awscli::{ErrorFormat, Outcome, Printed, Verdict, error};

/// Why a command failed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Failed {
    /// The service answered with an error.
    Service(Box<ServiceFailure>),
    /// There was no answer, or the command failed before or after it.
    Local(Box<LocalFailure>),
}

/// An error that a service answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ServiceFailure {
    /// The operation.
    pub(super) operation: String,
    /// Code.
    pub(super) code: String,
    /// Message.
    pub(super) message: String,
    /// Members that the error's shape has besides these.
    pub(super) details: Map<String, Value>,
    /// HTTP status.
    pub(super) status: u16,
    /// Whether it answered a HEAD, and so has only a status.
    pub(super) head: bool,
}

impl ServiceFailure {
    /// What the CLI calls the error.
    pub(super) fn text(&self) -> String {
        format!(
            "An error occurred ({}) when calling the {} operation: {}",
            self.code, self.operation, self.message
        )
    }

    /// Whether the caller is known and may not do this.
    pub(super) fn is_denial(&self) -> bool {
        self.code.starts_with("AccessDenied")
            || self.code == "UnauthorizedOperation"
            || (self.head && self.status == 403)
    }
}

/// A failure without an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LocalFailure {
    /// The CLI's code of it, where it has one.
    pub(super) code: Option<&'static str>,
    /// What the CLI says.
    pub(super) message: String,
    /// The CLI's exit status.
    pub(super) exit: u8,
    /// Whether the message stands alone, without the CLI's prefix.
    pub(super) bare: bool,
    /// The service's error behind it, if one was.
    pub(super) cause: Option<Box<ServiceFailure>>,
}

impl Failed {
    pub(super) fn local(code: Option<&'static str>, message: impl Into<String>, exit: u8) -> Self {
        Self::Local(Box::new(LocalFailure {
            code,
            message: message.into(),
            exit,
            bare: false,
            cause: None,
        }))
    }

    /// A failure that the CLI words itself, with the service's error behind it.
    pub(super) fn because(message: impl Into<String>, cause: Option<Box<ServiceFailure>>) -> Self {
        Self::Local(Box::new(LocalFailure {
            code: None,
            message: message.into(),
            exit: error::EXIT_GENERAL,
            bare: false,
            cause,
        }))
    }

    /// Any failure that the CLI ends with 255.
    pub(super) fn general(message: impl Into<String>) -> Self {
        Self::local(None, message, error::EXIT_GENERAL)
    }

    /// Text on standard error as it is.
    pub(super) fn bare(
        message: impl Into<String>,
        exit: u8,
        cause: Option<Box<ServiceFailure>>,
    ) -> Self {
        Self::Local(Box::new(LocalFailure {
            code: None,
            message: message.into(),
            exit,
            bare: true,
            cause,
        }))
    }

    pub(super) fn no_credentials() -> Self {
        Self::local(
            Some("NoCredentials"),
            "Unable to locate credentials. You can configure credentials by running \"aws login\".",
            error::EXIT_CONFIGURATION,
        )
    }

    pub(super) fn no_region() -> Self {
        Self::local(
            Some("NoRegion"),
            "You must specify a region. You can also configure your region by running \
             \"aws configure\".",
            error::EXIT_CONFIGURATION,
        )
    }

    pub(super) fn no_profile(name: &str) -> Self {
        Self::general(format!("The config profile ({name}) could not be found"))
    }

    pub(super) fn partial_credentials(missing: &'static str) -> Self {
        Self::general(format!(
            "Partial credentials found in shared-credentials-file, missing: {missing}"
        ))
    }

    #[expect(clippy::needless_pass_by_value, reason = "for map_err")]
    pub(super) fn files(error: ProfileError) -> Self {
        Self::general(error.to_string())
    }

    /// A call without an answer, at this URL.
    pub(super) fn of(failure: Failure, url: &str) -> Self {
        let text = match failure {
            Failure::NoCredentials => return Self::no_credentials(),
            Failure::NotAssumed(code, message) => {
                return Self::Service(Box::new(ServiceFailure {
                    operation: "AssumeRole".to_owned(),
                    code,
                    message,
                    details: Map::new(),
                    status: 403,
                    head: false,
                }));
            }
            Failure::NotConnected => format!("Could not connect to the endpoint URL: \"{url}\""),
            Failure::Closed => format!(
                "Connection was closed before we received a valid response from endpoint URL: \
                 \"{url}\"."
            ),
            Failure::ConnectTimeout => format!("Connect timeout on endpoint URL: \"{url}\""),
            Failure::ReadTimeout => format!("Read timeout on endpoint URL: \"{url}\""),
            Failure::Answered(why) => {
                format!("An error occurred while reading from response stream: {why}")
            }
            Failure::NotSent(why) if url.is_empty() => why,
            Failure::NotSent(why) => {
                format!("An HTTP Client raised an unhandled exception: {why}")
            }
        };
        Self::general(text)
    }

    /// The text alone.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Service(failure) => failure.text(),
            Self::Local(failure) => failure.message.clone(),
        }
    }

    /// The code, if there is one.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Service(failure) => Some(&failure.code),
            Self::Local(failure) => failure
                .code
                .or_else(|| failure.cause.as_ref().map(|cause| cause.code.as_str())),
        }
    }

    /// The service's error behind the failure.
    pub(super) fn cause(self) -> Option<Box<ServiceFailure>> {
        match self {
            Self::Service(failure) => Some(failure),
            Self::Local(failure) => failure.cause,
        }
    }

    /// What the command came to.
    pub(super) fn outcome(&self, format: Option<ErrorFormat>) -> Outcome {
        let verdict = |denied: bool| {
            if denied {
                Verdict::Denied
            } else {
                Verdict::Error
            }
        };
        let (verdict, exit, message, stderr) = match self {
            Self::Service(failure) => (
                verdict(failure.is_denial()),
                error::EXIT_SERVICE,
                failure.message.clone(),
                error::service(
                    &failure.code,
                    &failure.operation,
                    &failure.message,
                    &failure.details,
                    format,
                ),
            ),
            Self::Local(failure) => (
                verdict(
                    failure
                        .cause
                        .as_ref()
                        .is_some_and(|cause| cause.is_denial()),
                ),
                failure.exit,
                failure
                    .cause
                    .as_ref()
                    .map_or(&failure.message, |cause| &cause.message)
                    .clone(),
                match failure.code {
                    _ if failure.bare => failure.message.clone(),
                    Some(code) => error::coded(code, &failure.message, format),
                    None => error::line(&failure.message),
                },
            ),
        };
        Outcome {
            verdict,
            code: self.code().map(ToOwned::to_owned),
            message: Some(message),
            exit,
            stdout: Printed::default(),
            stderr,
            request_ids: Vec::new(),
        }
    }
}
