//! Why a call brought no answer that could be read.

use std::convert::Infallible;
use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::interceptors::context::Error as Erased;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::{ConnectorError, ConstructionFailure, SdkError};
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};

/// A call that failed before, or instead of, an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The SDK could not make a request of the input, or find credentials or an endpoint; or TLS or
    /// HTTP went wrong.
    NotSent(String),
    /// No credentials were found.
    NoCredentials,
    /// The role that was to sign could not be assumed: code and message.
    NotAssumed(String, String),
    /// No connection: refused, unreachable, or the name is unknown.
    NotConnected,
    /// The connection ended before the answer did.
    Closed,
    /// No connection in time.
    ConnectTimeout,
    /// No answer in time.
    ReadTimeout,
    /// An answer came that the SDK takes for an error or cannot read: the exchange tells more.
    Answered(String),
}

impl Failure {
    /// Sorts what a call ended with, before the SDK gives it the type of the operation's errors.
    /// `answered` says whether an answer had come.
    pub(super) fn sorted(error: &OrchestratorError<Erased>, answered: bool) -> Self {
        if let Some(error) = error.as_connector_error() {
            return Self::of_connector(error, error.is_timeout());
        }
        if error.is_timeout_error() {
            return Self::ReadTimeout;
        }
        if answered || error.is_operation_error() || error.is_response_error() {
            return Self::Answered(innermost(error));
        }
        // The SDK tells of some connections in errors of its own.
        let mut within = chain(error).filter_map(|cause| cause.downcast_ref::<ConnectorError>());
        Self::of_connector(error, within.any(ConnectorError::is_timeout))
    }

    /// Of credentials that could not be had.
    pub(super) fn of_credentials(error: &CredentialsError) -> Self {
        Self::of_connector(error, false)
    }

    /// Of a request that could not be made.
    pub(super) fn unmade(why: ConstructionFailure) -> Self {
        let error: SdkError<Infallible, Response> = SdkError::ConstructionFailure(why);
        let source = error.into_source().unwrap_or_else(Into::into);
        Self::not_sent(source.as_ref())
    }

    /// Of a request that could not be signed.
    pub(super) fn unsigned<E: Error + Send + Sync + 'static>(error: SdkError<E, Response>) -> Self {
        match error {
            SdkError::ConstructionFailure(why) => Self::unmade(why),
            error => {
                let source = error.into_source().unwrap_or_else(Into::into);
                Self::of_connector(source.as_ref(), false)
            }
        }
    }

    fn of_connector(error: &(dyn Error + 'static), timeout: bool) -> Self {
        let texts: Vec<String> = chain(error).map(|cause| cause.to_string()).collect();
        let says = |words: &[&str]| {
            texts
                .iter()
                .any(|text| words.iter().any(|word| text.contains(word)))
        };
        let io = chain(error)
            .filter_map(|cause| cause.downcast_ref::<io::Error>())
            .map(io::Error::kind)
            .last();
        if timeout {
            let connecting = says(&["HTTP connect", "connect timeout"]);
            return if connecting {
                Self::ConnectTimeout
            } else {
                Self::ReadTimeout
            };
        }
        match io {
            Some(
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof,
            ) => return Self::Closed,
            Some(
                io::ErrorKind::ConnectionRefused
                | io::ErrorKind::HostUnreachable
                | io::ErrorKind::NetworkUnreachable
                | io::ErrorKind::AddrNotAvailable,
            ) => return Self::NotConnected,
            _ => {}
        }
        if says(&["dns error", "failed to lookup address", "tcp connect error"]) {
            Self::NotConnected
        } else if says(&[
            "connection closed",
            "IncompleteMessage",
            "before message completed",
        ]) {
            Self::Closed
        } else {
            Self::not_sent(error)
        }
    }

    fn not_sent(error: &(dyn Error + 'static)) -> Self {
        if let Some((code, message)) = refused(error) {
            return Self::NotAssumed(code, message);
        }
        let missing = chain(error).any(|cause| {
            matches!(
                cause.downcast_ref::<CredentialsError>(),
                Some(CredentialsError::CredentialsNotLoaded(_))
            )
        });
        if missing {
            Self::NoCredentials
        } else {
            Self::NotSent(innermost(error))
        }
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let found = next?;
        next = found.source();
        Some(found)
    })
}

/// What STS said, where it was asked for the credentials.
fn refused(error: &(dyn Error + 'static)) -> Option<(String, String)> {
    let found = chain(error).find_map(|cause| {
        let modelled = cause.downcast_ref::<AssumeRoleError>();
        modelled
            .map(ProvideErrorMetadata::meta)
            .or_else(|| cause.downcast_ref::<ErrorMetadata>())
    })?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Some((text(found.code()), text(found.message())))
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}
