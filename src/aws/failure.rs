//! Why a call brought no answer that could be read.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::http::Response;

/// A call that failed before, or instead of, an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The SDK could not make a request of the input, or find credentials or an endpoint.
    NotSent(String),
    /// No credentials were found.
    NoCredentials,
    /// No connection: refused, unreachable, or the name is unknown.
    NotConnected,
    /// The connection ended before the answer did.
    Closed,
    /// No connection in time.
    ConnectTimeout,
    /// No answer in time.
    ReadTimeout,
    /// TLS or HTTP went wrong.
    Transport(String),
    /// An answer came that the SDK takes for an error or cannot read: the exchange tells more.
    Answered(String),
}

impl Failure {
    /// Sorts an SDK error.
    pub(super) fn of<E: Error + 'static>(error: SdkError<E, Response>) -> Self {
        // This much is compiled once for each operation; the rest once for all.
        Self::sorted(error.map_service_error(|error| Told(innermost(&error))))
    }

    fn sorted(error: SdkError<Told, Response>) -> Self {
        match error {
            SdkError::ConstructionFailure(_) => Self::not_sent(source(error).as_ref()),
            SdkError::TimeoutError(_) => Self::ReadTimeout,
            SdkError::DispatchFailure(failure) => failure
                .as_connector_error()
                .map_or(Self::Closed, Self::of_connector),
            SdkError::ResponseError(_) | SdkError::ServiceError(_) => {
                Self::Answered(innermost(source(error).as_ref()))
            }
            other => Self::Transport(innermost(&other)),
        }
    }

    fn of_connector(error: &ConnectorError) -> Self {
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
        if error.is_timeout() {
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

/// What a service said, without the type of its errors.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(String);

fn source(error: SdkError<Told, Response>) -> Box<dyn Error + Send + Sync> {
    error.into_source().unwrap_or_else(Into::into)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let found = next?;
        next = found.source();
        Some(found)
    })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}
