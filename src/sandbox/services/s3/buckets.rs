//! Making, finding and removing buckets.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::errors::{invalid_argument, invalid_request};
use super::listing::Elements;
use super::state::{Bucket, Versioning};
use super::{acl, needs, tags};
use crate::sandbox::clock;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// The regions that buckets can be in: those that are open to every account.
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The regions that an account has to be opted in to.
const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

fn is_region(name: &str) -> bool {
    REGIONS.contains(&name) || OPT_IN.contains(&name)
}

/// Whether a name follows the rules for general purpose buckets.
///
/// Source: Amazon S3 User Guide, "General purpose bucket naming rules".
pub(super) fn is_bucket_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let letters = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-'));
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    (3..=63).contains(&name.len())
        && letters
        && edge(name.chars().next())
        && edge(name.chars().next_back())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !reserved
}

/// The canonical user id of an account: 64 hexadecimal digits, made from the account id.
pub(super) fn owner_id(account: &str) -> String {
    hex::encode(Sha256::digest(format!("canonical user of {account}")))
}

/// The region that a new bucket is in.
fn new_region(ctx: &Context<'_>, constraint: Option<&str>) -> Result<String> {
    let incompatible = |what: &str| {
        AwsError::new(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {what} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        )
    };
    match constraint.filter(|text| !text.is_empty()) {
        None if ctx.region == "us-east-1" => Ok(ctx.region.clone()),
        None => Err(incompatible("unspecified")),
        Some("EU") if matches!(ctx.region.as_str(), "us-east-1" | "eu-west-1") => {
            Ok("eu-west-1".to_owned())
        }
        // A regional endpoint takes no region but its own, known or not.
        Some(region) if ctx.region != "us-east-1" && ctx.region != region => {
            Err(incompatible(region))
        }
        Some(region) if region == "us-east-1" || !REGIONS.contains(&region) => Err(AwsError::new(
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )
        .with("LocationConstraint", region)),
        // The endpoint of us-east-1 is also the global one, which takes every region.
        Some(region) => Ok(region.to_owned()),
    }
}

pub(super) fn create(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let name = input.require("Bucket")?;
    if !is_bucket_name(name) {
        return Err(AwsError::new(
            400,
            "InvalidBucketName",
            "The specified bucket is not valid.",
        )
        .with("BucketName", name));
    }
    let account = ctx.account()?.id.clone();
    let configuration = input.get("CreateBucketConfiguration");
    let member = |name: &str| configuration.and_then(|configuration| configuration.get(name));
    if let Some(member) = ["Location", "Bucket"]
        .into_iter()
        .find(|name| member(name).is_some())
    {
        return Err(AwsError::unsupported(format_args!(
            "directory buckets (CreateBucketConfiguration {member})"
        )));
    }
    let region = new_region(ctx, member("LocationConstraint").and_then(Value::as_str))?;
    let mut bucket = Bucket::new(name, &account, &region, ctx.now);
    acl::of_new_bucket(&mut bucket, input)?;
    bucket.eu = member("LocationConstraint").and_then(Value::as_str) == Some("EU");
    bucket.tags = tags::of_list(tags::Of::NewBucket, member("Tags"))?;
    let reply = |region: &str| {
        let path = match region {
            "us-east-1" => format!("/{name}"),
            _ => format!("http://{name}.s3.amazonaws.com/"),
        };
        json!({"Location": path, "BucketArn": format!("arn:aws:s3:::{name}")}).into()
    };
    if let Some(existing) = ctx.state.s3.bucket(name) {
        if existing.owner != account {
            return Err(AwsError::new(
                409,
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            )
            .with("BucketName", name));
        }
        // Making one's own bucket again is no error in us-east-1, unless with tags, and changes nothing.
        if region == "us-east-1" && existing.region == region && bucket.tags.is_empty() {
            return Ok(reply(&region));
        }
        return Err(AwsError::new(
            409,
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
        )
        .with("BucketName", name));
    }
    if input.flag("ObjectLockEnabledForBucket") == Some(true) {
        bucket.versioning = Some(Versioning::Enabled);
        bucket.lock = Some(json!({"ObjectLockEnabled": "Enabled"}));
    }
    Arc::make_mut(&mut ctx.state.s3).insert(bucket);
    Ok(reply(&region))
}

pub(super) fn delete(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    if !bucket.is_empty() {
        let text = if bucket.versioning.is_some() {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        } else {
            "The bucket you tried to delete is not empty"
        };
        return Err(
            AwsError::new(409, "BucketNotEmpty", text).with("BucketName", bucket.name.clone())
        );
    }
    let name = bucket.name.clone();
    Arc::make_mut(&mut ctx.state.s3).remove(&name);
    Ok(().into())
}

pub(super) fn head(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    Ok(Reply {
        members: json!({
            "BucketArn": bucket.arn(),
            "BucketRegion": bucket.region,
            "AccessPointAlias": false,
        }),
        headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/xml"))],
        ..Reply::default()
    })
}

/// The region as a location constraint: null in us-east-1.
pub(super) fn location(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find_anywhere(ctx, input)?;
    let constraint = match bucket.region.as_str() {
        "us-east-1" => None,
        _ if bucket.eu => Some("EU"),
        region => Some(region),
    };
    Ok(json!({"LocationConstraint": constraint}).into())
}

pub(super) fn list(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let account = ctx.account()?.id.clone();
    let prefix = input.text("Prefix");
    let region = input.text("BucketRegion");
    let most = match input.int("MaxBuckets") {
        None => 10_000,
        Some(count @ 1..=10_000) => usize::try_from(count).unwrap_or(10_000),
        Some(count) => {
            return Err(invalid_argument(
                "Argument max-buckets must be an integer between 1 and 10000",
                "max-buckets",
                &count.to_string(),
            ));
        }
    };
    if let Some(region) = region.filter(|region| !is_region(region)) {
        return Err(AwsError::new(
            400,
            "InvalidArgument",
            format!("Argument value {region} is not a valid AWS Region"),
        )
        .with("ArgumentName", "bucket-region"));
    }
    let after = match input
        .text("ContinuationToken")
        .filter(|token| !token.is_empty())
    {
        None => None,
        Some(token) => Some(
            from_token(token)
                .ok_or_else(|| invalid_request("The continuation token provided is incorrect"))?,
        ),
    };
    let detailed = prefix.is_some()
        || region.is_some()
        || input.int("MaxBuckets").is_some()
        || after.is_some();
    let mut found = ctx
        .state
        .s3
        .buckets()
        .filter(|bucket| bucket.owner == account)
        .filter(|bucket| prefix.is_none_or(|prefix| bucket.name.starts_with(prefix)))
        .filter(|bucket| region.is_none_or(|region| bucket.region == region))
        .filter(|bucket| after.as_ref().is_none_or(|after| bucket.name > *after));
    let page: Vec<&Bucket> = found.by_ref().take(most).collect();
    let token = match (found.next(), page.last()) {
        (Some(_), Some(last)) => Some(to_token(&last.name)),
        _ => None,
    };
    // The owner stands first, other than in the model: the SDK for Java 1 counts on it.
    let mut out = Elements::default();
    out.owner(&owner_id(&account));
    out.open("Buckets");
    for bucket in page {
        out.open("Bucket");
        out.text("Name", &bucket.name);
        out.text("CreationDate", &whole_second(bucket.created));
        if detailed {
            out.text("BucketRegion", &bucket.region);
            out.text("BucketArn", &bucket.arn());
        }
        out.close("Bucket");
    }
    out.close("Buckets");
    out.opt("ContinuationToken", token.as_deref());
    out.opt("Prefix", prefix);
    Ok(out.reply())
}

/// An opaque token that says where to go on.
pub(super) fn to_token(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1{last}"))
}

/// What [`to_token`] was given.
pub(super) fn from_token(token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix('1').map(str::to_owned)
}

/// S3 writes times in XML with milliseconds that are always zero.
pub(super) fn whole_second(at: jiff::Timestamp) -> String {
    let at = jiff::Timestamp::from_second(at.as_second()).unwrap_or(at);
    clock::millis(at)
}
