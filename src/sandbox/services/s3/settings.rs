//! Settings that are kept with a bucket and given back: CORS, lifecycle, website, access logging,
//! event notifications, transfer acceleration, request payment; and replication, which a bucket here
//! can only lack.
//!
//! They are checked as S3 checks them. But for CORS (`cors`) and request payment (`needs`) they have no
//! effect here: nothing expires, though it is told when it would (`expiry`), no log is delivered and no
//! website is served. What would need another service, or change who may do what, is refused by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors::{invalid_argument, invalid_request, malformed_xml};
use super::needs;
use super::state::Bucket;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// A kind of setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Setting {
    /// Transfer acceleration.
    Accelerate,
    /// Cross-origin resource sharing.
    Cors,
    /// Lifecycle rules.
    Lifecycle,
    /// Server access logging.
    Logging,
    /// The requester pays.
    RequestPayment,
    /// Website hosting.
    Website,
}

fn keep(ctx: &mut Context<'_>, input: &Input, kind: Setting, value: Option<Value>) -> Result<()> {
    let name = needs::find(ctx, input)?.name.clone();
    Arc::make_mut(&mut ctx.state.s3).change(&name, |bucket| match value {
        Some(value) => bucket.settings.insert(kind, value),
        None => bucket.settings.remove(&kind),
    });
    Ok(())
}

/// Removes a setting, whether it is there or not.
pub(super) fn remove(ctx: &mut Context<'_>, input: &Input, kind: Setting) -> Result<Reply> {
    keep(ctx, input, kind, None)?;
    Ok(().into())
}

fn kept<'a>(ctx: &'a Context<'_>, input: &Input, kind: Setting) -> Result<Option<&'a Value>> {
    Ok(needs::find(ctx, input)?.settings.get(&kind))
}

/// A setting that must be there to be read.
fn present(
    ctx: &Context<'_>,
    input: &Input,
    kind: Setting,
    code: &'static str,
    text: &'static str,
) -> Result<Value> {
    let bucket = needs::find(ctx, input)?;
    let found = bucket.settings.get(&kind).cloned();
    found.ok_or_else(|| lacking(bucket, code, text))
}

fn lacking(bucket: &Bucket, code: &'static str, text: &'static str) -> AwsError {
    AwsError::new(404, code, text).with("BucketName", bucket.name.clone())
}

/// The document of a request.
fn document<'a>(input: &'a Input, member: &str) -> Result<&'a Map<String, Value>> {
    input
        .get(member)
        .and_then(Value::as_object)
        .ok_or_else(malformed_xml)
}

fn rows<'a>(document: &'a Map<String, Value>, member: &str) -> &'a [Value] {
    document
        .get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn texts<'a>(row: &'a Value, member: &str) -> Vec<&'a str> {
    let list = row.get(member).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn text<'a>(row: &'a Value, member: &str) -> Option<&'a str> {
    row.get(member).and_then(Value::as_str)
}

// CORS

pub(super) fn put_cors(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let document = document(input, "CORSConfiguration")?;
    let rules = rows(document, "CORSRules");
    if rules.is_empty() {
        return Err(malformed_xml());
    }
    if rules.len() > 100 {
        return Err(invalid_request(
            "The number of CORS rules should not exceed allowed limit of 100 rules.",
        ));
    }
    for rule in rules {
        let (origins, methods) = (texts(rule, "AllowedOrigins"), texts(rule, "AllowedMethods"));
        if origins.is_empty() || methods.is_empty() {
            return Err(malformed_xml());
        }
        if let Some(method) = methods
            .iter()
            .find(|method| !["GET", "PUT", "HEAD", "POST", "DELETE"].contains(method))
        {
            return Err(invalid_request(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )));
        }
        let several = |text: &&&str| text.matches('*').count() > 1;
        if let Some(origin) = origins.iter().find(several) {
            return Err(invalid_request(format!(
                "AllowedOrigin \"{origin}\" can not have more than one wildcard."
            )));
        }
        if let Some(header) = texts(rule, "AllowedHeaders").iter().find(several) {
            return Err(invalid_request(format!(
                "AllowedHeader \"{header}\" can not have more than one wildcard."
            )));
        }
        if let Some(header) = texts(rule, "ExposeHeaders")
            .iter()
            .find(|header| header.contains('*'))
        {
            return Err(invalid_request(format!(
                "ExposeHeader \"{header}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            )));
        }
    }
    let value = json!({"CORSRules": rules});
    keep(ctx, input, Setting::Cors, Some(value))?;
    Ok(().into())
}

pub(super) fn get_cors(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let found = present(
        ctx,
        input,
        Setting::Cors,
        "NoSuchCORSConfiguration",
        "The CORS configuration does not exist",
    )?;
    Ok(found.into())
}

// Lifecycle

/// The member that says from which size on objects change their storage class, and its default.
const LEAST: (&str, &str) = (
    "TransitionDefaultMinimumObjectSize",
    "all_storage_classes_128K",
);

/// What a rule can do.
const ACTIONS: [&str; 5] = [
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "Transitions",
];

pub(super) fn put_lifecycle(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let document = document(input, "LifecycleConfiguration")?;
    let given = rows(document, "Rules");
    if given.is_empty() || given.len() > 1000 {
        return Err(malformed_xml());
    }
    let mut ids = BTreeSet::new();
    let mut rules = Vec::new();
    for rule in given {
        check_rule(rule)?;
        let mut rule = rule.clone();
        let id = match text(&rule, "ID").filter(|id| !id.is_empty()) {
            Some(id) => id.to_owned(),
            None => ctx.state.ids.uuid(),
        };
        if let Some(members) = rule.as_object_mut() {
            members.insert("ID".to_owned(), id.as_str().into());
        }
        if !ids.insert(id.clone()) {
            return Err(invalid_argument(
                "Rule ID must be unique. Found same ID for more than one rule",
                "Rule ID",
                &id,
            ));
        }
        rules.push(rule);
    }
    let least = input.text(LEAST.0).unwrap_or(LEAST.1);
    if !["varies_by_storage_class", LEAST.1].contains(&least) {
        // The wording is not established.
        return Err(invalid_request(format!(
            "Invalid TransitionDefaultMinimumObjectSize found: {least}"
        )));
    }
    let value = json!({"Rules": rules, LEAST.0: least});
    keep(ctx, input, Setting::Lifecycle, Some(value))?;
    Ok(json!({LEAST.0: least}).into())
}

fn check_rule(rule: &Value) -> Result<()> {
    if !matches!(text(rule, "Status"), Some("Enabled" | "Disabled")) {
        return Err(malformed_xml());
    }
    // A rule says what it is for in exactly one of the two ways.
    if rule.get("Filter").is_some() == rule.get("Prefix").is_some() {
        return Err(malformed_xml());
    }
    if let Some(filter) = rule.get("Filter").and_then(Value::as_object) {
        if filter.len() > 1 {
            return Err(malformed_xml());
        }
        let tags = filter.get("And").and_then(|and| and.get("Tags"));
        let tags = tags.and_then(Value::as_array).into_iter().flatten();
        let keys: Vec<&str> = tags.filter_map(|tag| text(tag, "Key")).collect();
        if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
            return Err(invalid_request("Duplicate Tag Keys are not allowed."));
        }
    }
    let old = rule
        .get("NoncurrentVersionExpiration")
        .and_then(Value::as_object);
    if old.is_some_and(Map::is_empty) {
        return Err(malformed_xml());
    }
    if text(rule, "ID").is_some_and(|id| id.chars().count() > 255) {
        return Err(invalid_argument(
            "ID length should not exceed allowed limit of 255",
            "ID",
            text(rule, "ID").unwrap_or_default(),
        ));
    }
    if !ACTIONS.iter().any(|action| rule.get(action).is_some()) {
        return Err(invalid_request(
            "At least one action needs to be specified in a rule.",
        ));
    }
    if let Some(expiration) = rule.get("Expiration") {
        check_time(expiration, "Expiration")?;
        let ways = ["Days", "Date", "ExpiredObjectDeleteMarker"];
        if ways
            .iter()
            .filter(|way| expiration.get(way).is_some())
            .count()
            != 1
        {
            return Err(malformed_xml());
        }
    }
    for transition in rule
        .get("Transitions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        check_time(transition, "Transition")?;
        if transition.get("StorageClass").is_none() {
            return Err(malformed_xml());
        }
    }
    check_noncurrent(rule)
}

/// Versions that are no longer current change their class after a number of days, and no other way.
fn check_noncurrent(rule: &Value) -> Result<()> {
    let transitions = rule
        .get("NoncurrentVersionTransitions")
        .and_then(Value::as_array);
    let complete = |transition: &Value| {
        ["NoncurrentDays", "StorageClass"]
            .iter()
            .all(|member| transition.get(member).is_some())
    };
    if transitions.into_iter().flatten().all(complete) {
        Ok(())
    } else {
        Err(malformed_xml())
    }
}

fn check_time(action: &Value, name: &str) -> Result<()> {
    if let Some(days) = action.get("Days").and_then(Value::as_i64)
        && (days < 0 || days == 0 && name == "Expiration")
    {
        return Err(AwsError::new(
            400,
            "InvalidArgument",
            format!("'Days' for {name} action must be a positive integer"),
        ));
    }
    let midnight = |text: &str| {
        text.parse::<jiff::Timestamp>()
            .is_ok_and(|at| at.as_second() % 86_400 == 0 && at.subsec_nanosecond() == 0)
    };
    if text(action, "Date").is_some_and(|date| !midnight(date)) {
        return Err(AwsError::new(
            400,
            "InvalidArgument",
            "'Date' must be at midnight GMT",
        ));
    }
    Ok(())
}

pub(super) fn get_lifecycle(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let found = present(
        ctx,
        input,
        Setting::Lifecycle,
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    )?;
    Ok(found.into())
}

// Website

pub(super) fn put_website(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let document = document(input, "WebsiteConfiguration")?;
    let refused = |text: &str, name: &'static str, value: &str| {
        AwsError::new(400, "InvalidArgument", text)
            .with("ArgumentName", name)
            .with("ArgumentValue", value)
    };
    let suffix = document
        .get("IndexDocument")
        .map(|index| text(index, "Suffix").unwrap_or_default());
    match (document.get("RedirectAllRequestsTo"), suffix) {
        (Some(_), _) if document.len() > 1 => {
            return Err(refused(
                "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
                "RedirectAllRequestsTo",
                "not null",
            ));
        }
        (Some(_), _) => {}
        (None, None) => {
            return Err(refused(
                "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty",
                "IndexDocument",
                "null",
            ));
        }
        (None, Some(suffix)) if suffix.is_empty() || suffix.contains('/') => {
            return Err(refused(
                "The IndexDocument Suffix is not well formed",
                "IndexDocument",
                suffix,
            ));
        }
        (None, Some(_)) => {}
    }
    if let Some(all) = document.get("RedirectAllRequestsTo") {
        check_protocol(all)?;
    }
    if document.contains_key("RoutingRules") && rows(document, "RoutingRules").is_empty() {
        return Err(malformed_xml());
    }
    rows(document, "RoutingRules")
        .iter()
        .try_for_each(check_routing)?;
    let value = Value::Object(document.clone());
    keep(ctx, input, Setting::Website, Some(value))?;
    Ok(().into())
}

fn check_protocol(redirect: &Value) -> Result<()> {
    match text(redirect, "Protocol") {
        None | Some("http" | "https") => Ok(()),
        Some(_) => Err(invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.",
        )),
    }
}

/// One routing rule of a website.
fn check_routing(rule: &Value) -> Result<()> {
    if let Some(redirect) = rule.get("Redirect") {
        check_protocol(redirect)?;
        let both = ["ReplaceKeyPrefixWith", "ReplaceKeyWith"];
        if both.iter().all(|member| redirect.get(member).is_some()) {
            return Err(invalid_request(
                "You can only define ReplaceKeyPrefix or ReplaceKey but not both.",
            ));
        }
    }
    let condition = rule.get("Condition").and_then(Value::as_object);
    if condition.is_some_and(Map::is_empty) {
        return Err(invalid_request(
            "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
        ));
    }
    Ok(())
}

pub(super) fn get_website(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let found = present(
        ctx,
        input,
        Setting::Website,
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
    )?;
    Ok(found.into())
}

// Access logging

pub(super) fn put_logging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let document = document(input, "BucketLoggingStatus")?;
    let Some(target) = document.get("LoggingEnabled") else {
        return remove(ctx, input, Setting::Logging);
    };
    if target
        .get("TargetGrants")
        .is_some_and(|grants| grants.as_array().is_none_or(|grants| !grants.is_empty()))
    {
        return Err(AwsError::unsupported(
            "TargetGrants: buckets here have no ACLs",
        ));
    }
    let bucket = needs::find(ctx, input)?;
    let name = text(target, "TargetBucket").unwrap_or_default();
    let refused = |text: &str| {
        AwsError::new(400, "InvalidTargetBucketForLogging", text)
            .with("TargetBucket", name.to_owned())
    };
    let Some(place) = ctx.state.s3.bucket(name) else {
        return Err(refused("The target bucket for logging does not exist"));
    };
    if place.owner != bucket.owner {
        return Err(refused(
            "The owner for the bucket to be logged and the target bucket must be the same.",
        ));
    }
    if place.region != bucket.region {
        // S3 spells it so, and does not tell the location `us-east-1`.
        let error = AwsError::new(
            403,
            "CrossLocationLoggingProhibitted",
            "Cross S3 location logging not allowed. ",
        );
        let located = [
            ("SourceBucketLocation", &bucket.region),
            ("TargetBucketLocation", &place.region),
        ];
        return Err(located
            .into_iter()
            .filter(|(_, region)| *region != "us-east-1")
            .fold(error, |error, (name, region)| {
                error.with(name, region.clone())
            }));
    }
    let value = json!({"LoggingEnabled": target});
    keep(ctx, input, Setting::Logging, Some(value))?;
    Ok(().into())
}

pub(super) fn get_logging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let found = kept(ctx, input, Setting::Logging)?.cloned();
    Ok(found.unwrap_or_else(|| json!({})).into())
}

// Event notifications: there is nobody to notify.

pub(super) fn put_notification(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    needs::find(ctx, input)?;
    let document = document(input, "NotificationConfiguration")?;
    match document.keys().next() {
        None => Ok(().into()),
        Some(kind) => Err(AwsError::unsupported(format_args!(
            "{kind} of PutBucketNotificationConfiguration: it has no service to notify"
        ))),
    }
}

pub(super) fn get_notification(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    needs::find(ctx, input)?;
    Ok(json!({}).into())
}

// Transfer acceleration

pub(super) fn put_accelerate(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let document = document(input, "AccelerateConfiguration")?;
    let bucket = needs::find(ctx, input)?;
    if bucket.name.contains('.') {
        return Err(invalid_request(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names",
        ));
    }
    let status = document.get("Status").and_then(Value::as_str);
    let Some(status @ ("Enabled" | "Suspended")) = status else {
        return Err(malformed_xml());
    };
    // To suspend what was never enabled changes nothing.
    if status == "Suspended" && !bucket.settings.contains_key(&Setting::Accelerate) {
        return Ok(().into());
    }
    let value = json!({"Status": status});
    keep(ctx, input, Setting::Accelerate, Some(value))?;
    Ok(().into())
}

pub(super) fn get_accelerate(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let found = kept(ctx, input, Setting::Accelerate)?.cloned();
    Ok(found.unwrap_or_else(|| json!({})).into())
}

// Request payment

pub(super) fn put_request_payment(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    needs::find(ctx, input)?;
    let document = document(input, "RequestPaymentConfiguration")?;
    match document.get("Payer").and_then(Value::as_str) {
        Some("BucketOwner") => remove(ctx, input, Setting::RequestPayment),
        Some("Requester") => {
            let value = json!({"Payer": "Requester"});
            keep(ctx, input, Setting::RequestPayment, Some(value))?;
            Ok(().into())
        }
        _ => Err(malformed_xml()),
    }
}

pub(super) fn get_request_payment(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let found = kept(ctx, input, Setting::RequestPayment)?.cloned();
    Ok(found
        .unwrap_or_else(|| json!({"Payer": "BucketOwner"}))
        .into())
}

// What a bucket here never has.

pub(super) fn get_replication(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    Err(lacking(
        needs::find(ctx, input)?,
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    ))
}

/// There is none to delete.
pub(super) fn delete_replication(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    needs::find(ctx, input)?;
    Ok(().into())
}
