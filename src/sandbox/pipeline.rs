//! One request from HTTP to HTTP: route, authenticate, parse, gate, handler, answer.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use jiff::Timestamp;

use super::authenticate::{self, Claimed};
use super::caller::{Caller, Identity};
use super::error::AwsError;
use super::form::{self, Form, Signer};
use super::history::Decisions;
use super::ids::RequestIds;
use super::journal;
use super::operation::{self, Context, Input, Place, Reply, RequestFacts, Signed};
use super::presigned::{self, Presigned};
use super::services::{
    self,
    s3::{self, cors},
};
use super::signing_keys::SigningKeys;
use super::state::State;
use super::wire::route::{self, Route};
use super::wire::sigv4::{Problem, Signature, value_text};
use super::wire::{query, rest};
use crate::model::{Operation, Protocol, Service, Shape};

/// Address of a client that came over a socket, as an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub std::net::IpAddr);

/// Largest body of a request to S3, in bytes.
pub const LARGEST_OBJECT: usize = 256 * 1024 * 1024;
/// Largest body of any other request: longer than the longest template and policy in a form.
pub const LARGEST_FORM: usize = 1024 * 1024;

/// The hash of the body, as S3's clients send it.
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// How the paths of S3 Control begin; its requests say the account besides.
const S3_CONTROL: &str = "/v20180820/";
const ACCOUNT_ID: HeaderName = HeaderName::from_static("x-amz-account-id");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");
const QUERY_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Why a body did not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreceived {
    /// It is larger than the sandbox takes; its length, where the head tells it.
    TooLarge(Option<u64>),
    /// The client broke it off.
    BrokenOff,
    /// It took too long.
    Late,
    /// The bodies that others are sending take all the room.
    NoRoom,
}

/// How large the body of a request may be, whose length the head may tell.
#[must_use]
pub fn largest_body(parts: &Parts, told: Option<u64>) -> usize {
    // Every service takes so much.
    if told.is_some_and(|length| length <= LARGEST_FORM as u64) {
        return LARGEST_FORM;
    }
    let own = parts.uri.path().starts_with(super::control::PATH);
    if own || service(parts) != Service::S3 {
        LARGEST_FORM
    } else {
        LARGEST_OBJECT
    }
}

/// The service by the head alone: a form that nobody signed is for one that takes forms.
fn service(parts: &Parts) -> Service {
    let signature = Signature::find(parts).ok().flatten();
    let scope = signature.as_ref().map(|found| &*found.service);
    match route::route(parts, scope, b"").service {
        Service::S3 if scope.is_none() && route::is_form(parts) => Service::Sts,
        service => service,
    }
}

/// The answer to a request whose body did not come in.
pub fn not_received(
    parts: &Parts,
    why: Unreceived,
    request_ids: &RequestIds,
) -> http::Response<Bytes> {
    let service = service(parts);
    let error = match (why, service) {
        (Unreceived::TooLarge(length), Service::S3) => {
            let error = AwsError::new(
                400,
                "EntityTooLarge",
                "Your proposed upload exceeds the maximum allowed size",
            );
            let error = match length {
                Some(length) => error.with("ProposedSize", length.to_string()),
                None => error,
            };
            error.with("MaxSizeAllowed", LARGEST_OBJECT.to_string())
        }
        // CloudFormation is seen to answer 413; code and text are not established.
        (Unreceived::TooLarge(_), _) => AwsError::new(
            413,
            "RequestEntityTooLarge",
            format!("rolecall's sandbox takes requests of at most {LARGEST_FORM} bytes here."),
        ),
        (Unreceived::BrokenOff, _) => authenticate::incomplete_body(),
        // S3's words, these and the next.
        (Unreceived::NoRoom, _) => {
            AwsError::new(503, "SlowDown", "Please reduce your request rate.")
        }
        (Unreceived::Late, _) => AwsError::new(
            400,
            "RequestTimeout",
            "Your socket connection to the server was not read from or written to within the timeout period.",
        ),
    };
    let (id, host_id) = request_ids.s3();
    failure(service, &error, parts, &id, &host_id)
}

/// A request on its way to an answer. The world is looked at twice and only for a moment: whose
/// signature it is, and the call itself. Everything between is done without holding it up.
pub struct Request<'a> {
    /// As it came.
    came: &'a Parts,
    /// With the headers that a presigned URL carries, or as the request that a form stands for.
    parts: Cow<'a, Parts>,
    presigned: Option<Presigned>,
    form: Option<Result<Form, AwsError>>,
    signature: Result<Option<Signature<'a>>, Problem>,
    route: Route,
    wall: Timestamp,
}

/// A request whose sender the world knows.
pub struct Known<'a> {
    request: Box<Request<'a>>,
    claimed: Result<Option<Claimed>, AwsError>,
    now: Timestamp,
}

/// A request that was proved and read, or what is wrong with it.
pub struct Proved<'a> {
    request: Box<Request<'a>>,
    host_id: String,
    now: Timestamp,
    facts: RequestFacts,
    call: Result<Call, AwsError>,
}

/// A call: who makes it, and, where the request can be read, of what.
struct Call {
    caller: Arc<Caller>,
    region: Option<String>,
    asked: Result<Asked, AwsError>,
}

/// What a request asks for.
struct Asked {
    model: &'static Operation,
    operation: &'static operation::Operation,
    input: Input,
}

/// A request that the world has dealt with.
pub struct Done<'a> {
    request: Box<Request<'a>>,
    id: String,
    host_id: String,
    /// The operation's reply; `None` where a browser asked and was told by headers alone.
    outcome: Result<Option<(&'static Operation, Reply)>, AwsError>,
    /// What a browser is told.
    told: Headers,
    /// Whether the world may be another now.
    pub changed: bool,
    /// Decisions of this request, and of those made on its behalf.
    pub decisions: Decisions,
}

/// Headers of an answer.
type Headers = Vec<(&'static str, String)>;

impl<'a> Request<'a> {
    /// A request at a time of the sandbox's clock: large, and handed on at each step.
    pub fn new(came: &'a Parts, body: &Bytes, wall: Timestamp) -> Box<Self> {
        // It is in the header or in the query: the headers that a URL carries are no part of it.
        let signature = Signature::find(came);
        let presigned = Presigned::find(came);
        let mut parts = match &presigned {
            Some(url) => Cow::Owned(url.with_headers(came)),
            None => Cow::Borrowed(came),
        };
        let scope = signature.as_ref().ok().and_then(Option::as_ref);
        let route = route::route(&parts, scope.map(|found| &*found.service), body);
        let mut form = None;
        if route.service == Service::S3
            && let Some(read) = Form::read(came, &route, body)
        {
            let read = read.and_then(|form| Ok((form.as_put(came, &route)?, form)));
            form = Some(read.map(|(put, form)| {
                parts = Cow::Owned(put);
                form
            }));
        }
        Box::new(Self {
            came,
            parts,
            presigned: presigned.filter(|_| route.service == Service::S3),
            form,
            signature,
            route,
            wall,
        })
    }

    /// Looks up whose signature it is.
    pub fn look_up(self: Box<Self>, state: &State, now: Timestamp) -> Known<'a> {
        let (route, parts) = (&self.route, &*self.parts);
        let claimed = match (&self.form, &self.presigned) {
            (Some(Ok(form)), _) => form::claimed(state, route, parts, form),
            (Some(Err(error)), _) => Err(error.clone()),
            (None, Some(url)) => presigned::claimed(state, route, parts, url),
            (None, None) => authenticate::claimed(state, route, parts, &self.signature),
        };
        Known {
            claimed,
            request: self,
            now,
        }
    }

    /// Whether a browser asks before it makes a request.
    fn is_preflight(&self) -> bool {
        self.route.service == Service::S3 && self.parts.method == http::Method::OPTIONS
    }

    /// What a browser is told, with the answer or before its request.
    fn told(&self, state: &State) -> Result<Headers, AwsError> {
        let parts = self.came;
        let asked = parts.headers.contains_key(http::header::ORIGIN);
        if !(self.is_preflight() || asked && self.route.service == Service::S3) {
            return Ok(Headers::new());
        }
        let target = rest::Target::read(parts, &self.route)?;
        let bucket = target.bucket.unwrap_or_default();
        if self.is_preflight() {
            return cors::preflight(&state.s3, parts, &bucket, target.key.is_some());
        }
        Ok(cors::answer(&state.s3, parts, &bucket))
    }

    fn signature(&self) -> Option<&Signature<'a>> {
        self.signature.as_ref().ok().and_then(Option::as_ref)
    }

    /// How it was signed.
    fn signed(&self) -> Option<Signed> {
        let age = |found: &Signature<'_>| {
            let age = self.wall.duration_since(found.at).as_millis();
            Some(i64::try_from(age).unwrap_or(i64::MAX))
        };
        let (place, age_ms) = match (&self.form, self.signature(), &self.presigned) {
            (Some(form), ..) => match form.as_ref().ok()?.signer.as_ref()? {
                Signer::Four(found) => (Place::Form, age(found)),
                Signer::Two { .. } => (Place::Form, None),
            },
            (None, Some(found), _) if found.presigned => (Place::Query, age(found)),
            (None, Some(found), _) => (Place::Header, age(found)),
            (None, None, Some(_)) => (Place::Query, None),
            (None, None, None) => return None,
        };
        Some(Signed { place, age_ms })
    }

    fn facts(&self, id: String) -> RequestFacts {
        let parts = &*self.parts;
        let address = parts.extensions.get::<ClientAddress>();
        RequestFacts {
            id,
            source_ip: address.map_or(super::LOCAL, |from| from.0),
            user_agent: text(parts, &header::USER_AGENT),
            referer: text(parts, &header::REFERER),
            secure: address.is_none(),
            signed: self.signed(),
            content_sha256: text(parts, &CONTENT_SHA256),
        }
    }
}

impl<'a> Known<'a> {
    /// Checks the signature and reads the input.
    pub fn prove(self, body: Bytes, request_ids: &RequestIds, keys: &SigningKeys) -> Proved<'a> {
        let Self {
            request,
            claimed,
            now,
        } = self;
        let (id, host_id) = match request.route.service {
            Service::S3 => request_ids.s3(),
            _ => (request_ids.uuid(), String::new()),
        };
        let (route, parts) = (&request.route, &*request.parts);
        let proved = claimed.and_then(|claimed| {
            let times = (request.wall, now);
            match (&request.form, &request.presigned) {
                (Some(Ok(form)), _) => form::prove(claimed, form, times, keys),
                (Some(Err(error)), _) => Err(error.clone()),
                (None, Some(url)) => presigned::prove(claimed, route, parts, url, body, times),
                (None, None) => {
                    let signature = request.signature();
                    authenticate::prove(claimed, route, parts, signature, body, times, keys)
                }
            }
        });
        let by_url = request.signature().is_some_and(|found| found.presigned);
        let call = proved.map(|proved| {
            let parts = if by_url && route.service == Service::S3 {
                Cow::Owned(presigned::with_carried(parts))
            } else {
                Cow::Borrowed(parts)
            };
            Call {
                asked: parse(route, &parts, &proved.body, &proved.trailers),
                caller: proved.caller,
                region: proved.region,
            }
        });
        Proved {
            facts: request.facts(id),
            request,
            host_id,
            now,
            call,
        }
    }
}

impl<'a> Proved<'a> {
    /// Whether the call is one that changes the world.
    pub fn writes(&self) -> bool {
        let asked = self.call.as_ref().map(|call| call.asked.as_ref());
        let Ok(Ok(asked)) = asked else {
            return false;
        };
        !journal::only_reads(self.request.route.service, asked.operation.name)
    }

    /// Makes no call.
    pub fn refuse(self, error: AwsError) -> Done<'a> {
        Done {
            request: self.request,
            id: self.facts.id,
            host_id: self.host_id,
            outcome: Err(error),
            told: Headers::new(),
            changed: false,
            decisions: Decisions::default(),
        }
    }

    /// Makes the call: the gate and the handler.
    pub fn perform(self, state: &mut State) -> Done<'a> {
        let mut decisions = Decisions::default();
        let told = self.request.told(state);
        let id = self.facts.id.clone();
        if self.request.is_preflight() {
            return Done {
                request: self.request,
                id,
                host_id: self.host_id,
                outcome: told.as_ref().map(|_| None).map_err(Clone::clone),
                told: told.unwrap_or_default(),
                changed: false,
                decisions,
            };
        }
        let writes = self.writes();
        let mut changed = false;
        let (route, facts) = (&self.request.route, self.facts);
        let outcome = self.call.and_then(|call| {
            let known = call.caller.identity != Identity::Anonymous;
            let outcome = make(state, route, call, self.now, facts, &mut decisions);
            changed = writes && (known || outcome.is_ok());
            outcome.map(Some)
        });
        Done {
            request: self.request,
            id,
            host_id: self.host_id,
            outcome,
            told: told.unwrap_or_default(),
            changed,
            decisions,
        }
    }
}

impl Done<'_> {
    /// HTTP status of the answer; of what succeeds, the kind of it.
    pub fn status(&self) -> u16 {
        self.outcome
            .as_ref()
            .map_or_else(|error| error.status, |_| 200)
    }

    /// Code of the error that the request is answered with.
    pub fn refused(&self) -> Option<&str> {
        self.outcome.as_ref().err().map(|error| &*error.code)
    }

    /// Puts an error in the place of the outcome.
    pub fn fail(&mut self, error: AwsError) {
        self.outcome = Err(error);
    }

    /// The answer as it is sent.
    pub fn answer(self) -> http::Response<Bytes> {
        let (service, parts) = (self.request.route.service, self.request.came);
        let mut response = match self.outcome {
            Ok(Some((operation, reply))) => {
                let response = success(service, operation, reply, &self.id);
                match self.request.form {
                    Some(Ok(form)) => form.answer(response, parts),
                    _ => response,
                }
            }
            Ok(None) => http::Response::default(),
            Err(error) => failure(service, &error, parts, &self.id, &self.host_id),
        };
        add(&mut response, &self.told);
        let headers = response.headers_mut();
        let mut set = |name: HeaderName, value: String| {
            if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(value)) {
                headers.insert(name, value);
            }
        };
        if service == Service::S3 {
            set(REQUEST_ID, self.id);
            set(HOST_ID, self.host_id);
            headers.insert(header::SERVER, HeaderValue::from_static("AmazonS3"));
        } else {
            set(QUERY_REQUEST_ID, self.id);
        }
        // The clock that signatures are checked against: clients correct their own by this header,
        // and would sign for a time that the sandbox's moved clock shows and its doors do not take.
        headers.insert(header::DATE, date(self.request.wall));
        response
    }
}

/// A time as a header, which is the same for all requests of a second.
fn date(at: Timestamp) -> HeaderValue {
    static LAST: Mutex<Option<(i64, HeaderValue)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let second = at.as_second();
    match &*last {
        Some((known, value)) if *known == second => value.clone(),
        _ => {
            let value = HeaderValue::from_str(&super::clock::http_date(at));
            let value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
            *last = Some((second, value.clone()));
            value
        }
    }
}

fn add(response: &mut http::Response<Bytes>, headers: &[(&'static str, String)]) {
    for (name, value) in headers {
        if let Ok(value) = http::HeaderValue::from_str(value) {
            response.headers_mut().insert(*name, value);
        }
    }
}

fn text(parts: &Parts, name: &HeaderName) -> Option<String> {
    let value = parts.headers.get(name)?;
    Some(value_text(value).into_owned())
}

/// From a proved request to the operation's reply.
fn make(
    state: &mut State,
    route: &Route,
    call: Call,
    now: Timestamp,
    facts: RequestFacts,
    decisions: &mut Decisions,
) -> Result<(&'static Operation, Reply), AwsError> {
    let service = route.service;
    let region = match service {
        // IAM has one endpoint, in us-east-1, whatever the client signed for.
        Service::Iam => "us-east-1".to_owned(),
        _ => call
            .region
            .or_else(|| route.region.clone())
            .unwrap_or_else(|| state.region.clone()),
    };
    if let Some(key) = &call.caller.access_key_id
        && call.caller.session.is_none()
    {
        state.note_use(key, now, service, &region);
    }
    let Asked {
        model,
        operation,
        input,
    } = call.asked?;
    let mut context = Context {
        state,
        now,
        caller: call.caller,
        region,
        request: Arc::new(facts),
        decisions,
    };
    context.note_role_use(service);
    let told = (service == Service::S3)
        .then(|| s3::told_when_denied(&context, operation, &input))
        .flatten();
    match (context.call(service, operation, input), told) {
        (Err(error), Some((name, value))) if error.status == 403 => Err(error.header(name, value)),
        (reply, _) => Ok((model, reply?)),
    }
}

fn parse(
    route: &Route,
    parts: &Parts,
    body: &Bytes,
    trailers: &[(String, String)],
) -> Result<Asked, AwsError> {
    let model = route.service.model();
    if model.protocol == Protocol::RestXml {
        if parts.headers.contains_key(&ACCOUNT_ID) && parts.uri.path().starts_with(S3_CONTROL) {
            return Err(AwsError::unsupported("the API of S3 Control"));
        }
        let target = rest::Target::read(parts, route)?;
        let called = rest::operation(parts, &target)?;
        let operation = services::find(route.service, &called.name)?;
        s3::check_encryption_header(&called.name, &parts.headers)?;
        // Where an operation has checksums among its members, they are an object's.
        let of_object = |shape: &Shape| {
            let mut members = shape.members.iter();
            members.any(|member| member.name == "ChecksumCRC32")
        };
        if !body.is_empty() && !model.input(called).is_some_and(of_object) {
            s3::compare_headers(&parts.headers, body)?;
        }
        let mut input = rest::parse(model, called, parts, target, trailers, body.clone())?;
        if !input.body.is_empty() {
            input.measured = Some(s3::measure(&input));
        }
        return Ok(Asked {
            model: called,
            operation,
            input,
        });
    }
    let form = std::str::from_utf8(body)
        .map_err(|_| AwsError::new(400, "MalformedInput", "The request body is not UTF-8."))?;
    let in_query = query::pairs(parts.uri.query().unwrap_or_default());
    let parameters: Vec<_> = in_query.chain(query::pairs(form)).collect();
    let get = |name: &str| {
        parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    };
    let action = get("Action").ok_or_else(|| {
        AwsError::new(
            400,
            "MissingAction",
            "The request is missing an action or a required parameter.",
        )
    })?;
    let version = get("Version").unwrap_or_default();
    let called = model
        .operation(action)
        .filter(|_| version == model.api_version);
    let called = called.ok_or_else(|| {
        AwsError::new(
            400,
            "InvalidAction",
            format!("Could not find operation {action} for version {version}"),
        )
    })?;
    let operation = services::find(route.service, action)?;
    let members = query::parse(model, called, &parameters)?;
    Ok(Asked {
        model: called,
        operation,
        input: Input {
            members,
            ..Input::default()
        },
    })
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
    let body = query::reply(model, operation, &reply, request_id);
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
    add(&mut response, &error.headers);
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
