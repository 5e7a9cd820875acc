//! What an operation of the sandbox is: the members it supports, what it needs, what it does.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::caller::{Caller, Identity};
use super::error::AwsError;
use super::gate;
use super::history::Decisions;
use super::policies::PolicyText;
use super::services::{self, iam, s3};
use super::state::{Job, State};
use crate::model::Service;
use crate::policy;

/// One operation of a service's table (`OPERATIONS` of each service).
pub struct Operation {
    /// API name, as in the model: `CreateUser`.
    pub name: &'static str,
    /// The input members that it honours. A request with any other member of the model is refused
    /// with `NotImplemented`.
    pub members: &'static [&'static str],
    /// What the caller must be allowed, in the order in which AWS asks. Empty: everyone who is
    /// authenticated may. It must not fail where failing would tell a stranger more than AWS does.
    pub needs: fn(&Context<'_>, &Input) -> Result<Vec<Need>, AwsError>,
    /// Does it. It is called only after every need was allowed, and leaves the state unchanged
    /// when it fails.
    pub run: fn(&mut Context<'_>, &Input) -> Result<Reply, AwsError>,
}

/// The input of a call: members by the model's names, checked against the model.
///
/// Timestamps and blobs are text as on the wire; numbers and booleans are JSON's.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The members.
    pub members: Map<String, Value>,
    /// REST: the payload where it is a blob or a stream, decoded from its chunks.
    pub body: Bytes,
    /// What was found out about the body before the world was held.
    pub(super) measured: Option<Result<s3::Measured, AwsError>>,
}

impl Input {
    /// An input without a body.
    #[must_use]
    pub fn new(members: Value) -> Self {
        match members {
            Value::Object(members) => Self {
                members,
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    /// The member, if it was given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        // There are few: looking through them is quicker than hashing the name.
        let mut members = self.members.iter();
        members.find(|(known, _)| *known == name).map(|it| it.1)
    }

    /// Text of a member.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// Text of a member that the model requires (the wire layer has checked that it is there).
    ///
    /// # Errors
    ///
    /// AWS's ValidationError when it is missing all the same.
    pub fn require(&self, name: &str) -> Result<&str, AwsError> {
        self.text(name).ok_or_else(|| {
            AwsError::validation(format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: \
                 Member must not be null",
                super::wire::validate::lower_first(name)
            ))
        })
    }

    /// Integer of a member.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::as_i64)
    }

    /// Boolean of a member.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    /// Elements of a list member; empty when it was not given.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Value] {
        self.get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// Texts of a list member; empty when it was not given.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name).iter().filter_map(Value::as_str).collect()
    }

    /// `Key` and `Value` of each element of a tag list.
    #[must_use]
    pub fn tags(&self, name: &str) -> Vec<(String, String)> {
        let text = |tag: &Value, side: &str| {
            tag.get(side)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        self.list(name)
            .iter()
            .map(|tag| (text(tag, "Key"), text(tag, "Value")))
            .collect()
    }
}

/// The answer of a call: members by the model's names; the wire layer writes them in its order.
///
/// Timestamps are text as [`super::clock::seconds`] (IAM, STS) or [`super::clock::millis`]
/// (CloudFormation, S3) give it, also for headers. A `null` member is left out.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    /// The members.
    pub members: Value,
    /// The elements of the body as they are written, in place of members: for pages that may be long, what
    /// is asked for most, and what has another order than the model.
    pub elements: Option<String>,
    /// REST: the payload where it is a blob or a stream.
    pub body: Option<Bytes>,
    /// HTTP status where it is not the model's.
    pub status: Option<u16>,
    /// Further headers, for what the model does not describe.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl From<Value> for Reply {
    fn from(members: Value) -> Self {
        Self {
            members,
            ..Self::default()
        }
    }
}

/// The answer of an operation that answers nothing.
impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::default()
    }
}

/// One thing that the caller must be allowed to do.
#[derive(Debug, Clone)]
pub struct Need {
    /// Action, such as `iam:CreateUser`.
    pub action: Cow<'static, str>,
    /// ARN of the resource, or `*`.
    pub resource: String,
    /// Owner of the resource; the caller's account where `None`.
    pub account: Option<String>,
    /// The policy of the resource.
    pub policy: Option<ResourcePolicy>,
    /// Condition keys of the operation, beside the global ones that the gate fills in.
    pub keys: Vec<(Cow<'static, str>, policy::Value)>,
    /// Who asks, where it is not the caller: somebody signed in at an identity provider.
    pub principal: Option<policy::Principal>,
    /// How AWS's message names the resource.
    pub words: Words,
}

/// A resource-based policy. What kind it is (of a bucket, or trust) its document says.
#[derive(Debug, Clone)]
pub struct ResourcePolicy {
    /// Whose it is, for people: `role lab-role`, `bucket lab-bucket`.
    pub title: String,
    /// The document.
    pub document: Arc<PolicyText>,
}

/// How a denial names the resource, and whether it says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// ` on resource: {ARN}` and the reason (the default).
    Arn,
    /// ` on resource: "{ARN}"` and the reason, as S3 does.
    Quoted,
    /// ` on resource: {these words}` and the reason, as IAM does (`user alice`).
    Text(String),
    /// The reason alone.
    Nothing,
    /// ` on resource: {ARN}` and no reason, as STS AssumeRole does.
    Bare,
}

impl Need {
    /// A need with no more than action and resource.
    #[must_use]
    pub fn new(action: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            account: None,
            policy: None,
            keys: Vec::new(),
            principal: None,
            words: Words::Arn,
        }
    }

    /// Handing a role to a service. A role's tags are no keys of it: `ResourceTag` does not control
    /// `iam:PassRole` (IAM User Guide, "Controlling access to AWS resources using tags").
    #[must_use]
    pub fn pass_role(role: impl Into<String>, service: &str) -> Self {
        Self::new("iam:PassRole", role).key("iam:PassedToService", service)
    }

    /// With the words of AWS's message.
    #[must_use]
    pub fn words(mut self, words: Words) -> Self {
        self.words = words;
        self
    }

    /// With ` on resource: {text}` in AWS's message.
    #[must_use]
    pub fn shown(self, text: impl Into<String>) -> Self {
        self.words(Words::Text(text.into()))
    }

    /// With a condition key of one value.
    #[must_use]
    pub fn key(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.keys
            .push((name.into(), policy::Value::One(value.into())));
        self
    }

    /// With a condition key of one value, where there is one.
    #[must_use]
    pub fn key_opt(
        self,
        name: impl Into<Cow<'static, str>>,
        value: Option<impl Into<String>>,
    ) -> Self {
        match value {
            Some(value) => self.key(name, value),
            None => self,
        }
    }

    /// With a condition key of several values.
    #[must_use]
    pub fn key_list(mut self, name: impl Into<Cow<'static, str>>, values: Vec<String>) -> Self {
        self.keys.push((name.into(), policy::Value::Many(values)));
        self
    }

    /// With `aws:RequestTag/…` and `aws:TagKeys` of the tags in the request, where there are any.
    #[must_use]
    pub fn request_tags(mut self, tags: &[(String, String)]) -> Self {
        for (key, value) in tags {
            self = self.key(format!("aws:RequestTag/{key}"), value.clone());
        }
        if tags.is_empty() {
            self
        } else {
            let keys = tags.iter().map(|(key, _)| key.clone()).collect();
            self.key_list("aws:TagKeys", keys)
        }
    }

    /// With `aws:ResourceTag/…` of the resource.
    #[must_use]
    pub fn resource_tags<'a>(
        mut self,
        tags: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        for (key, value) in tags {
            self = self.key(format!("aws:ResourceTag/{key}"), value.clone());
        }
        self
    }

    /// A resource of that account.
    #[must_use]
    pub fn owned_by(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// With the resource's policy.
    #[must_use]
    pub fn policy(mut self, policy: Option<ResourcePolicy>) -> Self {
        self.policy = policy;
        self
    }
}

/// What is known of the request itself.
#[derive(Debug, Clone)]
pub struct RequestFacts {
    /// Id of the request, as its answer carries it.
    pub id: String,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// `User-Agent` header.
    pub user_agent: Option<String>,
    /// `Referer` header.
    pub referer: Option<String>,
    /// Came over TLS, or in process.
    pub secure: bool,
    /// How it was signed; `None` for an anonymous request.
    pub signed: Option<Signed>,
    /// `x-amz-content-sha256` header.
    pub content_sha256: Option<String>,
}

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a header.
    Header,
    /// In the query string.
    Query,
    /// In a form.
    Form,
}

/// How a request was signed, in the terms of S3's condition keys.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    /// Where the signature stood.
    pub place: Place,
    /// Time since it was signed, in milliseconds; Signature Version 2 does not tell.
    pub age_ms: Option<i64>,
}

impl Signed {
    /// Signed in a header a moment ago, as AWS's services sign.
    #[must_use]
    pub fn in_header() -> Self {
        Self {
            place: Place::Header,
            age_ms: Some(0),
        }
    }
}

/// What an operation sees and changes.
pub struct Context<'a> {
    /// The world.
    pub state: &'a mut State,
    /// The sandbox's time, for the whole of the call.
    pub now: Timestamp,
    /// Who calls.
    pub caller: Arc<Caller>,
    /// Region that the request was sent to.
    pub region: String,
    /// The request.
    pub request: Arc<RequestFacts>,
    /// Decisions made.
    pub decisions: &'a mut Decisions,
}

impl Context<'_> {
    /// The caller's account.
    ///
    /// # Errors
    ///
    /// AccessDenied for an anonymous caller, or when the account is gone.
    pub fn account(&self) -> Result<&iam::Account, AwsError> {
        self.state
            .account(&self.caller.account)
            .ok_or_else(|| AwsError::denied("Access Denied"))
    }

    /// The caller's account, to change it.
    ///
    /// # Errors
    ///
    /// As [`Context::account`].
    pub fn account_mut(&mut self) -> Result<&mut iam::Account, AwsError> {
        self.state
            .account_mut(&self.caller.account)
            .ok_or_else(|| AwsError::denied("Access Denied"))
    }

    /// Runs work of a service later, as this caller (see each service's `job`).
    pub fn schedule(&mut self, service: Service, after: SignedDuration, detail: Value) {
        let job = Job {
            due: self.now.saturating_add(after).unwrap_or(self.now),
            service,
            caller: Caller::clone(&self.caller),
            region: self.region.clone(),
            detail,
        };
        Arc::make_mut(&mut self.state.jobs).push(job);
    }

    /// Makes another call as `caller`, through the same checks and the same gate. It has a request
    /// id of its own, under which its decisions are recorded.
    ///
    /// # Errors
    ///
    /// As the operation's own, with the request id beside it.
    pub fn perform(
        &mut self,
        service: Service,
        operation: &str,
        members: Value,
        caller: &Caller,
    ) -> Result<Reply, (AwsError, String)> {
        let id = self.state.ids.uuid();
        let mut request = RequestFacts::clone(&self.request);
        request.id.clone_from(&id);
        if let Some(service) = &caller.via {
            // The service's own call: not the learner's program, connection or payload.
            request.user_agent = Some(service.clone());
            request.referer = None;
            request.secure = true;
            request.signed = Some(Signed::in_header());
            request.content_sha256 = None;
        }
        // IAM has one endpoint, in us-east-1.
        let region = match service {
            Service::Iam => "us-east-1".to_owned(),
            _ => self.region.clone(),
        };
        let mut inner = Context {
            state: self.state,
            now: self.now,
            caller: Arc::new(caller.clone()),
            region,
            request: Arc::new(request),
            decisions: self.decisions,
        };
        inner.note_role_use(service);
        services::find(service, operation)
            .and_then(|operation| inner.call(service, operation, Input::new(members)))
            .map_err(|error| (error, id))
    }

    /// Notes that a session of the caller's role made a request.
    pub(super) fn note_role_use(&mut self, service: Service) {
        if let Identity::Role { id, .. } = &self.caller.identity {
            self.state.note_use(id, self.now, service, &self.region);
        }
    }

    /// Whether the gate would let this call through. Nothing is done and nothing recorded; a call
    /// that would fail before it comes to the gate is not allowed.
    #[must_use]
    pub fn would_allow(&self, service: Service, operation: &str, members: Value) -> bool {
        let input = Input::new(members);
        let Ok(operation) = services::find(service, operation) else {
            return false;
        };
        super::wire::validate::check(service, operation, &input).is_ok()
            && gate::admit(self, service, operation.name).is_ok()
            && (operation.needs)(self, &input)
                .is_ok_and(|needs| needs.iter().all(|need| gate::would_allow(self, need)))
    }

    /// Validation by the model, the gate, the handler.
    pub(super) fn call(
        &mut self,
        service: Service,
        operation: &Operation,
        input: Input,
    ) -> Result<Reply, AwsError> {
        super::wire::validate::check(service, operation, &input)?;
        gate::admit(self, service, operation.name)?;
        let needs = (operation.needs)(self, &input)?;
        for need in needs {
            gate::authorise(self, need)?;
        }
        (operation.run)(self, &input)
    }
}
