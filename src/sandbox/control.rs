//! The sandbox's own paths, below `/_rolecall/`: no bucket can have that name.
//!
//! `GET health` answers when the sandbox is ready. The others are signed by an account's
//! administrator with Signature Version 4 for any service:
//!
//! - `POST reset` empties the world.
//! - `POST web-identity-token` makes a token as an identity provider would, for
//!   AssumeRoleWithWebIdentity: `{"issuer": "https://…", "subject": …, "audience": …}`, and, if you
//!   like, `"claims"`, an object of more claims, and `"lifetime_seconds"`.
//! - `POST authorization-message` writes the decision of a request, `{"request_id": …}`, as an encoded
//!   message for DecodeAuthorizationMessage.
//! - `PUT organization` puts the accounts into an organization with service control policies and
//!   resource control policies (see [`Organization`]); `DELETE organization` takes them out.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use super::ADMINISTRATOR;
use super::authenticate;
use super::caller::Identity;
use super::error::AwsError;
use super::gate::Recorded;
use super::organization::Organization;
use super::services::sts::{Claims, authorization_message, issuer_token};
use super::signing_keys::SigningKeys;
use super::state::State;
use super::wire::route::Route;
use super::wire::sigv4::Signature;
use crate::secret::Secret;

/// How the sandbox's own paths begin.
pub const PATH: &str = "/_rolecall/";

/// What a request to one of the sandbox's own paths asks for.
#[derive(Debug)]
pub enum Asked {
    /// Whether it is ready.
    Health,
    /// To empty the world, by somebody who may.
    Reset,
    /// A token of an identity provider; here it is.
    Token(Secret),
    /// The encoded message of the decision of a request.
    Message(String),
    /// An encoded message; here it is.
    Encoded(String),
    /// An organization of the accounts, or none.
    Organize(Option<Arc<Organization>>),
    /// Something that is refused.
    Refused(AwsError),
}

impl Asked {
    /// Whether the world is another after it.
    #[must_use]
    pub fn changes(&self) -> bool {
        matches!(self, Self::Reset | Self::Organize(_))
    }
}

/// Reads a request whose path begins with [`PATH`].
#[must_use]
pub fn read(state: &State, parts: &Parts, body: &Bytes, times: (Timestamp, Timestamp)) -> Asked {
    let name = parts.uri.path().strip_prefix(PATH).unwrap_or_default();
    match (parts.method.as_str(), name) {
        ("GET" | "HEAD", "health") => Asked::Health,
        ("POST", "reset") => {
            administrator(state, parts, body, times).map_or_else(Asked::Refused, |_| Asked::Reset)
        }
        ("POST", "web-identity-token") => administrator(state, parts, body, times)
            .and_then(|body| token(state, &body, times.1))
            .map_or_else(Asked::Refused, Asked::Token),
        ("POST", "authorization-message") => administrator(state, parts, body, times)
            .and_then(|body| message_request(&body))
            .map_or_else(Asked::Refused, Asked::Message),
        ("PUT", "organization") => administrator(state, parts, body, times)
            .and_then(|body| Organization::read(state, &body).map_err(malformed))
            .map_or_else(Asked::Refused, |read| Asked::Organize(Some(Arc::new(read)))),
        ("DELETE", "organization") => administrator(state, parts, body, times)
            .map_or_else(Asked::Refused, |_| Asked::Organize(None)),
        _ => Asked::Refused(AwsError::new(
            404,
            "NotFound",
            format!(
                "the sandbox has no `{} /_rolecall/{name}`: there are `GET /_rolecall/health`, \
                 `POST /_rolecall/reset`, `POST /_rolecall/web-identity-token`, `POST \
                 /_rolecall/authorization-message` and `PUT` and `DELETE \
                 /_rolecall/organization`",
                parts.method
            ),
        )),
    }
}

fn malformed(why: String) -> AwsError {
    AwsError::new(400, "Malformed", why)
}

/// A request for a token.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    issuer: String,
    subject: String,
    audience: String,
    #[serde(default)]
    claims: serde_json::Map<String, serde_json::Value>,
    #[serde(default = "an_hour")]
    lifetime_seconds: u32,
}

/// A request for an encoded message; answers the request id.
fn message_request(body: &[u8]) -> Result<String, AwsError> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct MessageRequest {
        request_id: String,
    }
    let asked: MessageRequest = serde_json::from_slice(body)
        .map_err(|error| malformed(format!("the request for a message cannot be read: {error}")))?;
    Ok(asked.request_id)
}

/// The answer to a request for the message of a decision.
#[must_use]
pub fn message(state: &State, request_id: &str, decisions: &[Recorded]) -> Asked {
    // A denial ends a request: of several decisions the last is the one that it is about.
    match decisions.last() {
        Some(recorded) => Asked::Encoded(authorization_message(state, recorded)),
        None => Asked::Refused(AwsError::new(
            404,
            "NotFound",
            format!(
                "the sandbox remembers no decision of request {request_id}: the latest requests are \
                 kept, and those alone that had to be decided"
            ),
        )),
    }
}

fn an_hour() -> u32 {
    3600
}

fn token(state: &State, body: &[u8], now: Timestamp) -> Result<Secret, AwsError> {
    let asked: TokenRequest = serde_json::from_slice(body)
        .map_err(|error| malformed(format!("the request for a token cannot be read: {error}")))?;
    let lifetime = SignedDuration::from_secs(i64::from(asked.lifetime_seconds));
    let claims = Claims {
        issuer: asked.issuer,
        subject: asked.subject,
        audience: asked.audience,
        more: asked.claims,
    };
    Ok(issuer_token(state, &claims, now, lifetime))
}

/// The body of a request that an administrator signed.
fn administrator(
    state: &State,
    parts: &Parts,
    body: &Bytes,
    times: (Timestamp, Timestamp),
) -> Result<Bytes, AwsError> {
    let refused = || {
        AwsError::denied(
            "only an administrator of the sandbox may do this: sign the request with the administrator's key",
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
    let claimed = authenticate::claimed(state, &route, parts, &signature)?;
    let signature = signature.ok().flatten();
    let sender = authenticate::prove(
        claimed,
        &route,
        parts,
        signature.as_ref(),
        body.clone(),
        times,
        &SigningKeys::default(),
    )?;
    match &sender.caller.identity {
        Identity::User { name, .. } if name == ADMINISTRATOR && sender.caller.session.is_none() => {
            Ok(sender.body)
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
        Asked::Token(token) => (200, serde_json::json!({"token": token.expose()})),
        Asked::Encoded(message) => (200, serde_json::json!({"encoded_message": message})),
        Asked::Message(_) => (500, serde_json::json!({"status": "not answered"})),
        Asked::Organize(organization) => {
            let status = if organization.is_some() {
                "in an organization"
            } else {
                "in no organization"
            };
            (200, serde_json::json!({"status": status}))
        }
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
