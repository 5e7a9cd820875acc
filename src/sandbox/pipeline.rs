//! One request from HTTP to HTTP: route, authenticate, parse, gate, handler, answer.

use bytes::Bytes;
use http::request::Parts;
use jiff::Timestamp;

use super::authenticate::{self, Authenticated};
use super::error::AwsError;
use super::gate::Recorded;
use super::ids::Ids;
use super::operation::{Context, Input, Reply, RequestFacts, Signed};
use super::state::State;
use super::wire::route::{self, Route};
use super::wire::sigv4::Signature;
use super::wire::{query, rest};
use crate::model::{Operation, Protocol, Service};

/// Address of a client that came over a socket, as an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub std::net::IpAddr);

/// What a request is answered with.
pub struct Answer {
    /// The response.
    pub response: http::Response<Bytes>,
    /// Decisions of this request, and of those made on its behalf, by request id.
    pub decisions: Vec<(String, Recorded)>,
}

/// Serves one request.
pub fn serve(
    state: &mut State,
    request_ids: &mut Ids,
    parts: &Parts,
    body: Bytes,
    (wall, now): (Timestamp, Timestamp),
) -> Answer {
    let signature = Signature::find(parts);
    let scope = signature
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|found| found.service.as_str());
    let route = route::route(parts, scope, &body);
    let (request_id, host_id) = match route.service {
        Service::S3 => (request_ids.s3_request(), request_ids.s3_host()),
        _ => (request_ids.uuid(), String::new()),
    };
    let mut decisions = Vec::new();
    let facts = RequestFacts {
        id: request_id.clone(),
        source_ip: parts
            .extensions
            .get::<ClientAddress>()
            .map_or_else(|| "127.0.0.1".to_owned(), |address| address.0.to_string()),
        user_agent: text(parts, "user-agent"),
        referer: text(parts, "referer"),
        secure: parts.extensions.get::<ClientAddress>().is_none(),
        signed: signature
            .as_ref()
            .ok()
            .and_then(Option::as_ref)
            .map(|found| Signed {
                presigned: found.presigned,
                age_ms: i64::try_from(wall.duration_since(found.at).as_millis())
                    .unwrap_or(i64::MAX),
            }),
        content_sha256: text(parts, "x-amz-content-sha256"),
    };
    let authenticated =
        authenticate::authenticate(state, &route, parts, signature, body, (wall, now));
    let outcome = authenticated.and_then(|authenticated| {
        answer(
            state,
            &route,
            parts,
            authenticated,
            now,
            facts,
            &mut decisions,
        )
    });
    let mut response = match outcome {
        Ok((operation, reply)) => success(route.service, operation, reply, &request_id),
        Err(error) => failure(route.service, &error, parts, &request_id, &host_id),
    };
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = http::HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    if route.service == Service::S3 {
        set("x-amz-request-id", &request_id);
        set("x-amz-id-2", &host_id);
        set("server", "AmazonS3");
    } else {
        set("x-amzn-requestid", &request_id);
    }
    // The clock that signatures are checked against: clients correct their own by this header, and
    // would sign for a time that the sandbox's moved clock shows and its doors do not take.
    set("date", &super::clock::http_date(wall));
    Answer {
        response,
        decisions,
    }
}

fn text(parts: &Parts, name: &str) -> Option<String> {
    parts
        .headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// From an authenticated request to the operation's reply.
fn answer(
    state: &mut State,
    route: &Route,
    parts: &Parts,
    authenticated: Authenticated,
    now: Timestamp,
    facts: RequestFacts,
    decisions: &mut Vec<(String, Recorded)>,
) -> Result<(&'static Operation, Reply), AwsError> {
    let Authenticated {
        caller,
        region,
        body,
        trailers,
    } = authenticated;
    let service = route.service;
    let region = match service {
        // IAM has one endpoint, in us-east-1, whatever the client signed for.
        Service::Iam => "us-east-1".to_owned(),
        _ => region
            .or_else(|| route.region.clone())
            .unwrap_or_else(|| state.region.clone()),
    };
    if let Some(key) = &caller.access_key_id
        && caller.session.is_none()
    {
        state.note_use(key, now, service, &region);
    }
    let (operation, input) = parse(route, parts, &body, &trailers)?;
    let mut context = Context {
        state,
        now,
        caller,
        region,
        request: facts,
        decisions,
    };
    context.note_role_use(service);
    let reply = context.call(service, &operation.name, input)?;
    Ok((operation, reply))
}

fn parse(
    route: &Route,
    parts: &Parts,
    body: &Bytes,
    trailers: &[(String, String)],
) -> Result<(&'static Operation, Input), AwsError> {
    let model = route.service.model();
    if model.protocol == Protocol::RestXml {
        let target = rest::Target::read(parts, route)?;
        let operation = rest::operation(model, parts, &target)?;
        super::services::find(route.service, &operation.name)?;
        let input = rest::parse(model, operation, parts, target, trailers, body.clone())?;
        return Ok((operation, input));
    }
    let mut parameters = query::form(parts.uri.query().unwrap_or_default());
    let form = std::str::from_utf8(body)
        .map_err(|_| AwsError::new(400, "MalformedInput", "The request body is not UTF-8."))?;
    parameters.extend(query::form(form));
    let get = |name: &str| {
        parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let action = get("Action").ok_or_else(|| {
        AwsError::new(
            400,
            "MissingAction",
            "The request is missing an action or a required parameter.",
        )
    })?;
    let version = get("Version").unwrap_or_default();
    let operation = model
        .operation(action)
        .filter(|_| version == model.api_version);
    let operation = operation.ok_or_else(|| {
        AwsError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        )
    })?;
    super::services::find(route.service, action)?;
    let members = query::parse(model, operation, &parameters)?;
    Ok((
        operation,
        Input {
            members,
            body: Bytes::new(),
        },
    ))
}

fn success(
    service: Service,
    operation: &Operation,
    reply: Reply,
    request_id: &str,
) -> http::Response<Bytes> {
    let model = service.model();
    if model.protocol == Protocol::RestXml {
        return rest::reply(model, operation, reply);
    }
    let body = query::reply(model, operation, &reply.members, request_id);
    xml_response(200, "text/xml", body)
}

fn failure(
    service: Service,
    error: &AwsError,
    parts: &Parts,
    request_id: &str,
    host_id: &str,
) -> http::Response<Bytes> {
    let mut response = if service == Service::S3 {
        let body = match parts.method {
            http::Method::HEAD => String::new(),
            _ if error.status == 304 => String::new(),
            _ => rest::error(error, request_id, host_id),
        };
        xml_response(error.status, "application/xml", body)
    } else {
        let body = query::error(&service.model().xml_namespace, error, request_id);
        xml_response(error.status, "text/xml", body)
    };
    for (name, value) in &error.headers {
        if let Ok(value) = http::HeaderValue::from_str(value) {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}

fn xml_response(status: u16, kind: &'static str, body: String) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static(kind),
    );
    response
}
