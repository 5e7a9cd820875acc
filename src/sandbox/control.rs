//! The sandbox's own paths, below `/_rolecall/`: no bucket can have that name.
//!
//! `GET health` answers when the sandbox is ready. `POST reset`, signed by an account's
//! administrator with Signature Version 4 for any service, empties the world.

use bytes::Bytes;
use http::request::Parts;
use jiff::Timestamp;

use super::ADMINISTRATOR;
use super::authenticate;
use super::caller::Identity;
use super::error::AwsError;
use super::state::State;
use super::wire::route::Route;
use super::wire::sigv4::Signature;

/// What a request to one of the sandbox's own paths asks for.
#[derive(Debug)]
pub enum Asked {
    /// Whether it is ready.
    Health,
    /// To empty the world, by somebody who may.
    Reset,
    /// Something that is refused.
    Refused(AwsError),
}

/// Reads a request; `None` where the path is not one of the sandbox's own.
#[must_use]
pub fn read(
    state: &State,
    parts: &Parts,
    body: &Bytes,
    times: (Timestamp, Timestamp),
) -> Option<Asked> {
    let name = parts.uri.path().strip_prefix("/_rolecall/")?;
    Some(match (parts.method.as_str(), name) {
        ("GET" | "HEAD", "health") => Asked::Health,
        ("POST", "reset") => match administrator(state, parts, body, times) {
            Ok(()) => Asked::Reset,
            Err(error) => Asked::Refused(error),
        },
        _ => Asked::Refused(AwsError::new(
            404,
            "NotFound",
            format!(
                "the sandbox has no `{} /_rolecall/{name}`: there are `GET /_rolecall/health` and `POST /_rolecall/reset`",
                parts.method
            ),
        )),
    })
}

fn administrator(
    state: &State,
    parts: &Parts,
    body: &Bytes,
    times: (Timestamp, Timestamp),
) -> Result<(), AwsError> {
    let refused = || {
        AwsError::denied(
            "only an administrator of the sandbox may reset it: sign the request with the administrator's key",
        )
    };
    let signature = Signature::find(parts);
    let service = match &signature {
        Ok(Some(found)) => found.service.parse().map_err(|()| refused())?,
        _ => return Err(refused()),
    };
    let route = Route {
        service,
        region: None,
        bucket: None,
    };
    let sender = authenticate::authenticate(state, &route, parts, signature, body.clone(), times)?;
    match sender.caller.identity {
        Identity::User { name, .. } if name == ADMINISTRATOR && sender.caller.session.is_none() => {
            Ok(())
        }
        _ => Err(refused()),
    }
}

/// The answer to a request for one of the sandbox's own paths.
#[must_use]
pub fn answer(asked: &Asked) -> http::Response<Bytes> {
    let (status, body) = match asked {
        Asked::Health => (200, serde_json::json!({"status": "ready"})),
        Asked::Reset => (200, serde_json::json!({"status": "reset"})),
        Asked::Refused(error) => (
            error.status,
            serde_json::json!({"code": error.code, "message": error.message}),
        ),
    };
    let mut response = http::Response::new(Bytes::from(format!("{body}\n")));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}
