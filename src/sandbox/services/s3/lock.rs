//! Object Lock: versions that cannot be deleted until a time, or while they are held.
//!
//! Source: Amazon S3 User Guide, "Locking objects with Object Lock". The wording of what is refused
//! is as quoted from S3.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::errors::{invalid_argument, invalid_request, malformed_xml};
use super::needs::{self, find, look_up, look_up_for};
use super::state::{Bucket, Object, Versioning};
use crate::sandbox::clock;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// Longest retention of a bucket's rule, in days: a hundred years.
const LONGEST: i64 = 36_500;

/// How firm a retention is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Those with `s3:BypassGovernanceRetention` may undo it.
    #[serde(rename = "GOVERNANCE")]
    Governance,
    /// Nobody may.
    #[serde(rename = "COMPLIANCE")]
    Compliance,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance]
            .into_iter()
            .find(|mode| mode.name() == text)
    }
}

/// Until when a version is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// How firmly.
    pub mode: Mode,
    /// Until when.
    pub until: Timestamp,
}

/// The lock of a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its retention.
    pub retention: Option<Retention>,
    /// Its legal hold; `None` if it never had one.
    pub hold: Option<bool>,
}

impl Lock {
    /// Whether its version cannot be deleted now.
    fn holds(&self, now: Timestamp, bypass: bool) -> bool {
        let kept = self.retention.is_some_and(|retention| {
            retention.until > now && !(bypass && retention.mode == Mode::Governance)
        });
        kept || self.hold == Some(true)
    }

    /// Puts it into what is said of an object.
    pub fn answer(&self, members: &mut Map<String, Value>) {
        let mut set = |name: &str, value: Value| {
            members.insert(name.to_owned(), value);
        };
        if let Some(retention) = self.retention {
            set("ObjectLockMode", retention.mode.name().into());
            let until = clock::seconds(retention.until);
            set("ObjectLockRetainUntilDate", until.into());
        }
        if let Some(hold) = self.hold {
            set("ObjectLockLegalHoldStatus", on_or_off(hold).into());
        }
    }

    /// The lock of an object that is written: as the input says, else as the bucket has it.
    pub(super) fn of_input(bucket: &Bucket, input: &Input, now: Timestamp) -> Result<Self> {
        let text = |name: &str| input.text(name);
        let (mode, until) = (text("ObjectLockMode"), text("ObjectLockRetainUntilDate"));
        let hold = text("ObjectLockLegalHoldStatus");
        if bucket.lock.is_none() {
            return if mode.or(until).or(hold).is_some() {
                Err(no_lock())
            } else {
                Ok(Self::default())
            };
        }
        let retention = match (mode, until) {
            (None, None) => default_retention(bucket, now),
            (Some(mode), Some(until)) => Some(Retention {
                mode: Mode::read(mode).ok_or_else(|| {
                    invalid_argument(
                        "Unknown wormMode directive.",
                        "x-amz-object-lock-mode",
                        mode,
                    )
                })?,
                until: future(until, "x-amz-object-lock-retain-until-date", now)?,
            }),
            (mode, _) => {
                let missing = match mode {
                    Some(_) => "x-amz-object-lock-retain-until-date",
                    None => "x-amz-object-lock-mode",
                };
                return Err(AwsError::new(
                    400,
                    "InvalidArgument",
                    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                )
                .with("ArgumentName", missing));
            }
        };
        let hold = hold
            .map(|status| switch(status).ok_or_else(malformed_xml))
            .transpose()?;
        Ok(Self { retention, hold })
    }
}

fn on_or_off(hold: bool) -> &'static str {
    if hold { "ON" } else { "OFF" }
}

fn switch(status: &str) -> Option<bool> {
    match status {
        "ON" => Some(true),
        "OFF" => Some(false),
        _ => None,
    }
}

/// A time that is yet to come.
fn future(text: &str, argument: &'static str, now: Timestamp) -> Result<Timestamp> {
    let at: Timestamp = text.parse().map_err(|_| {
        invalid_argument(
            "The retain until date must be provided in ISO 8601 format",
            argument,
            text,
        )
    })?;
    if at <= now {
        return Err(invalid_argument(
            "The retain until date must be in the future!",
            argument,
            text,
        ));
    }
    Ok(at)
}

/// The retention of the bucket's configuration, counted from now.
fn default_retention(bucket: &Bucket, now: Timestamp) -> Option<Retention> {
    let rule = bucket.lock.as_ref()?.get("Rule")?.get("DefaultRetention")?;
    let number = |name: &str| rule.get(name).and_then(Value::as_i64);
    let days = number("Days").or_else(|| Some(number("Years")?.saturating_mul(365)))?;
    let mode = Mode::read(rule.get("Mode")?.as_str()?)?;
    let kept = SignedDuration::from_hours(days.clamp(0, LONGEST) * 24);
    let until = now.saturating_add(kept).ok()?;
    Some(Retention { mode, until })
}

fn no_lock() -> AwsError {
    invalid_request("Bucket is missing Object Lock Configuration")
}

fn protected() -> AwsError {
    AwsError::denied("Access Denied because object protected by object lock.")
}

/// What a caller must be allowed besides who would delete or loosen a version in governance mode.
pub(super) fn bypass(
    ctx: &Context<'_>,
    input: &Input,
    key: &str,
    version: Option<&str>,
) -> Result<Option<Need>> {
    if input.flag("BypassGovernanceRetention") != Some(true) {
        return Ok(None);
    }
    let bucket = find(ctx, input)?;
    let object = bucket
        .version(key, version)
        .and_then(|entry| entry.object.as_deref());
    let governed = object
        .and_then(|object| object.lock.retention)
        .is_some_and(|retention| retention.mode == Mode::Governance && retention.until > ctx.now);
    Ok(governed.then(|| needs::need(ctx, bucket, Some(key), "s3:BypassGovernanceRetention")))
}

/// In a bucket without Object Lock nobody may ask to bypass it, nor say that they do not.
pub(super) fn check_bypass(bucket: &Bucket, input: &Input) -> Result<()> {
    if bucket.lock.is_some() || input.flag("BypassGovernanceRetention").is_none() {
        return Ok(());
    }
    Err(AwsError::new(
        400,
        "InvalidArgument",
        "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
    )
    .with("ArgumentName", "x-amz-bypass-governance-retention"))
}

/// Refuses to delete a version that is locked. Without a version nothing is deleted for good.
pub(super) fn check_removal(
    ctx: &Context<'_>,
    input: &Input,
    key: &str,
    version: Option<&str>,
) -> Result<()> {
    let object = version.and(find(ctx, input)?.version(key, version));
    let object = object.and_then(|entry| entry.object.as_deref());
    let bypass = input.flag("BypassGovernanceRetention") == Some(true);
    match object {
        Some(object) if object.lock.holds(ctx.now, bypass) => Err(protected()),
        _ => Ok(()),
    }
}

pub(super) fn put_configuration(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let Some(configuration) = input.get("ObjectLockConfiguration") else {
        return Err(AwsError::new(
            400,
            "MissingRequestBodyError",
            "Request Body is empty",
        ));
    };
    let enabled = configuration.get("ObjectLockEnabled");
    if enabled.and_then(Value::as_str) != Some("Enabled") {
        return Err(malformed_xml());
    }
    if let Some(rule) = configuration.get("Rule") {
        let retention = rule.get("DefaultRetention").ok_or_else(malformed_xml)?;
        if retention.get("DefaultEventHold").is_some() {
            return Err(AwsError::unsupported("event holds of Object Lock"));
        }
        let mode = retention.get("Mode").and_then(Value::as_str);
        let number = |name: &str| retention.get(name).and_then(Value::as_i64);
        let (days, years) = (number("Days"), number("Years"));
        if mode.and_then(Mode::read).is_none() || days.is_some() == years.is_some() {
            return Err(malformed_xml());
        }
        if days.is_some_and(|count| count > LONGEST)
            || years.is_some_and(|count| count > LONGEST / 365)
        {
            // The wording is not established.
            return Err(AwsError::new(
                400,
                "InvalidArgument",
                "Default retention period too large.",
            ));
        }
        if days.or(years).is_some_and(|count| count <= 0) {
            return Err(AwsError::new(
                400,
                "InvalidArgument",
                "Default retention period must be a positive integer value.",
            ));
        }
    }
    if bucket.versioning != Some(Versioning::Enabled) {
        return Err(AwsError::new(
            409,
            "InvalidBucketState",
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
        ));
    }
    let (name, configuration) = (bucket.name.clone(), configuration.clone());
    Arc::make_mut(&mut ctx.state.s3).change(&name, |bucket| bucket.lock = Some(configuration));
    Ok(().into())
}

pub(super) fn get_configuration(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let configuration = bucket.lock.as_ref().ok_or_else(|| {
        AwsError::new(
            404,
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        )
        .with("BucketName", bucket.name.clone())
    })?;
    Ok(json!({"ObjectLockConfiguration": configuration}).into())
}

/// The version that an input names, in a bucket with Object Lock.
fn lockable<'a>(ctx: &'a Context<'_>, input: &Input, method: &'static str) -> Result<&'a Object> {
    let bucket = find(ctx, input)?;
    let (key, version) = (input.require("Key")?, input.text("VersionId"));
    let (_, object) = look_up_for(method, bucket, key, version)?;
    bucket.lock.as_ref().map(|_| object).ok_or_else(no_lock)
}

fn none_there() -> AwsError {
    AwsError::new(
        404,
        "NoSuchObjectLockConfiguration",
        "The specified object does not have a ObjectLock configuration",
    )
}

pub(super) fn get_retention(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let retention = lockable(ctx, input, "GET")?.lock.retention;
    let retention = retention.ok_or_else(none_there)?;
    Ok(json!({"Retention": {
        "Mode": retention.mode.name(),
        "RetainUntilDate": clock::millis(retention.until),
    }})
    .into())
}

pub(super) fn get_hold(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let hold = lockable(ctx, input, "GET")?.lock.hold;
    let hold = hold.ok_or_else(none_there)?;
    Ok(json!({"LegalHold": {"Status": on_or_off(hold)}}).into())
}

pub(super) fn put_retention(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let old = lockable(ctx, input, "PUT")?.lock.retention;
    let given = input.get("Retention").ok_or_else(malformed_xml)?;
    if ["EventHold", "EventHoldDuration"]
        .iter()
        .any(|member| given.get(member).is_some())
    {
        return Err(AwsError::unsupported("event holds of Object Lock"));
    }
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let new = match (text("Mode"), text("RetainUntilDate")) {
        (None, None) => None,
        (Some(mode), Some(until)) => Some(Retention {
            mode: Mode::read(mode).ok_or_else(malformed_xml)?,
            until: future(until, "RetainUntilDate", ctx.now)?,
        }),
        _ => return Err(malformed_xml()),
    };
    let bypass = input.flag("BypassGovernanceRetention") == Some(true);
    if let Some(old) = old.filter(|old| old.until > ctx.now) {
        let firmer = new.is_some_and(|new| {
            new.until >= old.until && (new.mode == old.mode || new.mode == Mode::Compliance)
        });
        if !(firmer || bypass && old.mode == Mode::Governance) {
            return Err(protected());
        }
    }
    change(ctx, input, |lock| lock.retention = new)
}

pub(super) fn put_hold(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let status = input.get("LegalHold").and_then(|hold| hold.get("Status"));
    let hold = status
        .and_then(Value::as_str)
        .and_then(switch)
        .ok_or_else(malformed_xml)?;
    lockable(ctx, input, "PUT")?;
    change(ctx, input, |lock| lock.hold = Some(hold))
}

fn change(ctx: &mut Context<'_>, input: &Input, change: impl FnOnce(&mut Lock)) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let (entry, _) = look_up(bucket, key, input.text("VersionId"))?;
    let (name, version) = (bucket.name.clone(), entry.version.clone());
    Arc::make_mut(&mut ctx.state.s3).change(&name, |bucket| {
        bucket.edit(key, &version, |object| change(&mut object.lock));
    });
    Ok(().into())
}
