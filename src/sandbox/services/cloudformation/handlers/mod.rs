//! What CloudFormation does for each resource type: the calls that it makes to other services.
//!
//! Every call goes through the same gate as the caller's own, in the name of the caller of the
//! stack operation or of the stack's service role.

mod cdk;
mod iam;
mod s3;
mod stack;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::model::Service;
use crate::sandbox::caller::Caller;
use crate::sandbox::error::AwsError;
use crate::sandbox::ids::Ids;
use crate::sandbox::operation::{Context, Reply};
use crate::template::types;

pub(super) type Properties = Map<String, Value>;

/// The resource and for whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub stack_id: &'a str,
    /// The stack that it is nested in.
    pub parent: Option<&'a str>,
    pub stack_name: &'a str,
    pub logical_id: &'a str,
    pub type_name: &'a str,
    /// Tags of the stack, which its resources get too.
    pub tags: &'a [(String, String)],
    /// What was acknowledged for the stack.
    pub capabilities: &'a [String],
    pub caller: &'a Caller,
}

/// A resource that was made or changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Made {
    pub physical_id: String,
    pub attributes: Map<String, Value>,
}

/// Why it was not.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// `ResourceStatusReason`.
    pub reason: String,
    /// What exists nevertheless.
    pub made: Option<Made>,
    /// The properties are wrong; nothing was tried.
    pub invalid: bool,
}

impl Failure {
    /// A reason in CloudFormation's own words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            made: None,
            invalid: false,
        }
    }

    /// With what exists already.
    fn after(mut self, made: &Made) -> Self {
        self.made = Some(made.clone());
        self
    }
}

pub(super) type Outcome<T> = Result<T, Failure>;

/// Properties as the type wants them; or what is wrong with them.
fn conform(site: Site<'_>, properties: &Properties) -> Outcome<Properties> {
    let Some(known) = types::resource_type(site.type_name) else {
        return Err(Failure::new(format!(
            "no such resource type: {}",
            site.type_name
        )));
    };
    let mut properties = properties.clone();
    let faults = types::conform(known, &mut properties);
    if faults.is_empty() {
        return Ok(properties);
    }
    Err(Failure {
        invalid: true,
        ..Failure::new(format!(
            "Properties validation failed for resource {} with message:\n[{}]",
            site.logical_id,
            faults.join(", ")
        ))
    })
}

/// What CloudFormation does for the resources of one type.
///
/// A resource is made in two steps, so that what was made is known when the second fails: the thing
/// itself, and then what hangs on it.
trait Handler: Sync {
    /// Makes the thing itself.
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made>;

    /// Changes what [`Handler::make`] set.
    fn amend(&self, _: &mut Context<'_>, _: Site<'_>, _: &mut Made, _: &Change<'_>) -> Outcome<()> {
        Ok(())
    }

    /// Brings what hangs on it from old to new: from nothing once it is made, to nothing before it
    /// is removed.
    fn bring(&self, _: &mut Context<'_>, _: Site<'_>, _: &str, _: &Change<'_>) -> Outcome<()> {
        Ok(())
    }

    /// What was made or changed, once it is as it should be; `None` while it is not, for what takes
    /// time of its own. `since` is when the work began.
    fn settled(&self, _: &Context<'_>, made: Made, _since: Timestamp) -> Outcome<Option<Made>> {
        Ok(Some(made))
    }

    /// Whether what was removed is gone, for what takes time of its own.
    fn is_gone(&self, _: &Context<'_>, _physical_id: &str) -> Outcome<bool> {
        Ok(true)
    }

    /// Removes the thing itself.
    fn remove(
        &self,
        _: &mut Context<'_>,
        _: Site<'_>,
        _physical_id: &str,
        _old: &Properties,
    ) -> Outcome<()> {
        Ok(())
    }
}

/// Properties before and after.
struct Change<'a> {
    old: &'a Properties,
    new: &'a Properties,
}

impl Change<'_> {
    /// Whether a property differs.
    fn of(&self, property: &str) -> bool {
        self.old.get(property) != self.new.get(property)
    }
}

const HANDLERS: [(&str, &dyn Handler); 17] = [
    ("AWS::CDK::Metadata", &cdk::Metadata),
    ("AWS::CloudFormation::Stack", &stack::Stack),
    ("AWS::IAM::AccessKey", &iam::AccessKey),
    ("AWS::IAM::Group", &iam::Group),
    ("AWS::IAM::GroupPolicy", &iam::PolicyOf(iam::GROUP)),
    ("AWS::IAM::InstanceProfile", &iam::InstanceProfile),
    ("AWS::IAM::ManagedPolicy", &iam::ManagedPolicy),
    ("AWS::IAM::OIDCProvider", &iam::OidcProvider),
    ("AWS::IAM::Policy", &iam::Policy),
    ("AWS::IAM::Role", &iam::Role),
    ("AWS::IAM::RolePolicy", &iam::PolicyOf(iam::ROLE)),
    ("AWS::IAM::ServiceLinkedRole", &iam::ServiceLinkedRole),
    ("AWS::IAM::User", &iam::User),
    ("AWS::IAM::UserPolicy", &iam::PolicyOf(iam::USER)),
    ("AWS::IAM::UserToGroupAddition", &iam::UserToGroupAddition),
    ("AWS::S3::Bucket", &s3::Bucket),
    ("AWS::S3::BucketPolicy", &s3::BucketPolicy),
];

fn handler(site: Site<'_>) -> Outcome<&'static dyn Handler> {
    let found = HANDLERS.iter().find(|(name, _)| *name == site.type_name);
    found
        .map(|(_, handler)| *handler)
        .ok_or_else(|| Failure::new(format!("no handler for {}", site.type_name)))
}

/// Makes a resource.
pub(super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    properties: &Properties,
) -> Outcome<Made> {
    let new = &conform(site, properties)?;
    let handler = handler(site)?;
    let made = handler.make(ctx, site, new)?;
    let old = &Properties::new();
    handler
        .bring(ctx, site, &made.physical_id, &Change { old, new })
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Brings a resource from its old properties to new ones.
pub(super) fn update(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let new = &conform(site, new)?;
    let old = &conform(site, old).unwrap_or_default();
    let handler = handler(site)?;
    let (mut made, change) = (made.clone(), Change { old, new });
    handler.amend(ctx, site, &mut made, &change)?;
    handler.bring(ctx, site, &made.physical_id, &change)?;
    Ok(made)
}

/// The resource, once it is as it should be: see [`Handler::settled`].
pub(super) fn settled(
    ctx: &Context<'_>,
    site: Site<'_>,
    made: Made,
    since: Timestamp,
) -> Outcome<Option<Made>> {
    handler(site)?.settled(ctx, made, since)
}

/// Whether a resource that was removed is gone: see [`Handler::is_gone`].
pub(super) fn is_gone(ctx: &Context<'_>, site: Site<'_>, physical_id: &str) -> Outcome<bool> {
    handler(site)?.is_gone(ctx, physical_id)
}

/// Removes a resource. One that is gone already is removed.
pub(super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    physical_id: &str,
    properties: &Properties,
) -> Outcome<()> {
    let old = &conform(site, properties).unwrap_or_default();
    let handler = handler(site)?;
    let new = &Properties::new();
    handler.bring(ctx, site, physical_id, &Change { old, new })?;
    handler.remove(ctx, site, physical_id, old)
}

/// Makes a call in the name of the site's caller.
fn call(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    service: Service,
    operation: &str,
    members: Value,
) -> Outcome<Reply> {
    ctx.perform(service, operation, members, site.caller)
        .map_err(|(error, request)| refused(ctx, service, &error, &request))
}

/// A call whose aim is reached when the thing is gone already.
fn call_unless_gone(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    service: Service,
    operation: &str,
    members: Value,
) -> Outcome<()> {
    match ctx.perform(service, operation, members, site.caller) {
        Ok(_) => Ok(()),
        Err((error, _)) if error.status == 404 => Ok(()),
        Err((error, request)) => Err(refused(ctx, service, &error, &request)),
    }
}

/// The error of a service in CloudFormation's words.
fn refused(ctx: &mut Context<'_>, service: Service, error: &AwsError, request: &str) -> Failure {
    let code = match error.code.as_ref() {
        "AccessDenied" => "AccessDenied",
        "EntityAlreadyExists" | "BucketAlreadyExists" | "BucketAlreadyOwnedByYou" => {
            "AlreadyExists"
        }
        "NoSuchEntity" | "NoSuchBucket" | "NoSuchBucketPolicy" => "NotFound",
        "LimitExceeded" => "ServiceLimitExceeded",
        "MalformedPolicyDocument"
        | "ValidationError"
        | "InvalidInput"
        | "MalformedPolicy"
        | "InvalidBucketName" => "InvalidRequest",
        _ => "GeneralServiceException",
    };
    let inner = match service {
        Service::S3 => {
            let host = ctx.state.ids.s3_host();
            format!(
                "{} (Service: S3, Status Code: {}, Request ID: {}, Extended Request ID: {host})",
                error.message,
                error.status,
                ctx.state.ids.s3_request(),
            )
        }
        _ => format!(
            "{} (Service: Iam, Status Code: {}, Request ID: {request}) (SDK Attempt Count: 1)",
            error.message, error.status,
        ),
    };
    wrapped(ctx, &inner, code)
}

/// A handler's message in its frame.
fn wrapped(ctx: &mut Context<'_>, inner: &str, code: &str) -> Failure {
    let token = ctx.state.ids.uuid();
    Failure::new(format!(
        "Resource handler returned message: \"{inner}\" (RequestToken: {token}, HandlerErrorCode: {code})"
    ))
}

/// A name from the stack's, the logical id, and twelve random letters and digits.
///
/// The lengths are what names of long stacks show: a stack's name gives up to 24 characters where
/// both do not fit.
fn generated(ids: &mut Ids, site: Site<'_>, longest: usize) -> String {
    let room = longest.saturating_sub(14);
    let stack_room = room.saturating_sub(site.logical_id.len()).max(24.min(room));
    let stack: String = site.stack_name.chars().take(stack_room).collect();
    let logical: String = site
        .logical_id
        .chars()
        .take(room.saturating_sub(stack.len()))
        .collect();
    format!("{stack}-{logical}-{}", ids.mixed(12))
}

fn text<'a>(properties: &'a Properties, name: &str) -> Option<&'a str> {
    properties.get(name).and_then(Value::as_str)
}

fn texts<'a>(properties: &'a Properties, name: &str) -> Vec<&'a str> {
    let list = properties.get(name).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The document of a property as JSON text.
fn document(properties: &Properties, name: &str) -> String {
    properties
        .get(name)
        .map(Value::to_string)
        .unwrap_or_default()
}

/// The tags of a resource: its own, and those of the stack that it does not set itself.
fn tags(site: Site<'_>, properties: &Properties) -> Vec<(String, String)> {
    let list = properties.get("Tags").and_then(Value::as_array);
    let mut tags: Vec<(String, String)> = list
        .into_iter()
        .flatten()
        .filter_map(|tag| {
            let side = |name: &str| tag.get(name).and_then(Value::as_str).map(str::to_owned);
            Some((side("Key")?, side("Value")?))
        })
        .collect();
    for (key, value) in site.tags {
        if !tags.iter().any(|(own, _)| own == key) {
            tags.push((key.clone(), value.clone()));
        }
    }
    tags
}

fn tag_list(tags: &[(String, String)]) -> Value {
    tags.iter()
        .map(|(key, value)| serde_json::json!({"Key": key, "Value": value}))
        .collect()
}

/// Removes members that are null.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}
