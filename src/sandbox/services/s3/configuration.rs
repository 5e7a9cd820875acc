//! Settings of buckets: policy, public access, versioning, tags, encryption.

use std::sync::Arc;

use http::header::{CONTENT_TYPE, HeaderValue};
use serde_json::{Map, Value, json};

use super::errors::{invalid_request, malformed_xml};
use super::state::{Bucket, PublicAccessBlock, Versioning};
use super::{needs, public, tags};
use crate::policy::DocumentKind;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::sandbox::policies::{NotBound, PolicyText};

type Result<T> = std::result::Result<T, AwsError>;

/// Changes the bucket that the input names.
pub(super) fn change(
    ctx: &mut Context<'_>,
    input: &Input,
    change: impl FnOnce(&mut Bucket),
) -> Result<Reply> {
    let name = needs::find(ctx, input)?.name.clone();
    Arc::make_mut(&mut ctx.state.s3).change(&name, change);
    Ok(().into())
}

pub(super) fn missing(bucket: &Bucket, code: &'static str, text: &str) -> AwsError {
    AwsError::new(404, code, text).with("BucketName", bucket.name.clone())
}

// Policy

pub(super) fn get_policy(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    match &bucket.policy {
        Some(policy) => Ok(Reply {
            members: json!({"Policy": super::policy::as_given_back(&policy.text(ctx.state))}),
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
            ..Reply::default()
        }),
        None => Err(missing(
            bucket,
            "NoSuchBucketPolicy",
            "The bucket policy does not exist",
        )),
    }
}

pub(super) fn put_policy(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let text = input.text("Policy").unwrap_or_default().to_owned();
    super::policy::check(ctx, needs::find(ctx, input)?, &text)?;
    let bucket = needs::find(ctx, input)?;
    let blocked = bucket
        .public_access_block
        .is_some_and(|block| block.block_public_policy);
    if blocked && public::is_public(&text) {
        return Err(AwsError::denied(format!(
            "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"{}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
            ctx.caller.arn(),
            bucket.arn()
        )));
    }
    let policy =
        PolicyText::bind(ctx.state, &text, DocumentKind::Bucket).map_err(|error| match error {
            NotBound::Refused(refusal) => AwsError::new(400, "MalformedPolicy", refusal.message),
            NotBound::NoPrincipal(name) => {
                AwsError::new(400, "MalformedPolicy", "Invalid principal in policy")
                    .with("Detail", format!("\"AWS\" : \"{name}\""))
            }
        })?;
    let reply = change(ctx, input, |bucket| bucket.policy = Some(Arc::new(policy)))?;
    Ok(Reply {
        status: Some(204),
        ..reply
    })
}

pub(super) fn delete_policy(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    change(ctx, input, |bucket| bucket.policy = None)
}

pub(super) fn get_policy_status(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    match &bucket.policy {
        Some(policy) => Ok(
            json!({"PolicyStatus": {"IsPublic": public::is_public(policy.as_written())}}).into(),
        ),
        None => Err(missing(
            bucket,
            "NoSuchBucketPolicy",
            "The bucket policy does not exist",
        )),
    }
}

// Block Public Access

pub(super) fn get_public_access_block(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    match bucket.public_access_block {
        Some(block) => Ok(json!({"PublicAccessBlockConfiguration": block}).into()),
        None => Err(missing(
            bucket,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )),
    }
}

pub(super) fn put_public_access_block(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let given = input.get("PublicAccessBlockConfiguration");
    if given.and_then(Value::as_object).is_some_and(Map::is_empty) {
        return Err(invalid_request("Must specify at least one configuration."));
    }
    let block: PublicAccessBlock = given
        .cloned()
        .and_then(|block| serde_json::from_value(block).ok())
        .ok_or_else(malformed_xml)?;
    change(ctx, input, |bucket| {
        bucket.public_access_block = Some(block)
    })
}

pub(super) fn delete_public_access_block(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    change(ctx, input, |bucket| bucket.public_access_block = None)
}

// Versioning

pub(super) fn get_versioning(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let status = match needs::find(ctx, input)?.versioning {
        None => Value::Null,
        Some(Versioning::Enabled) => "Enabled".into(),
        Some(Versioning::Suspended) => "Suspended".into(),
    };
    Ok(json!({"Status": status}).into())
}

pub(super) fn put_versioning(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let configuration = input.get("VersioningConfiguration");
    let member = |name: &str| {
        configuration
            .and_then(|configuration| configuration.get(name))
            .and_then(Value::as_str)
    };
    if member("MFADelete") == Some("Enabled") {
        return Err(AwsError::unsupported("MFA delete"));
    }
    let versioning = match member("Status") {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        _ => {
            return Err(AwsError::new(
                400,
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            ));
        }
    };
    if versioning == Versioning::Suspended && needs::find(ctx, input)?.lock.is_some() {
        return Err(AwsError::new(
            409,
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        ));
    }
    change(ctx, input, |bucket| bucket.versioning = Some(versioning))
}

// Tags

pub(super) fn get_tagging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    if bucket.tags.is_empty() {
        return Err(missing(bucket, "NoSuchTagSet", "The TagSet does not exist"));
    }
    Ok(json!({"TagSet": tags::list(&bucket.tags)}).into())
}

pub(super) fn put_tagging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let tags = tags::of_body(tags::Of::Bucket, input)?;
    if tags.len() > 50 {
        return Err(AwsError::new(
            400,
            "BadRequest",
            "Bucket tag count cannot be greater than 50",
        ));
    }
    let reply = change(ctx, input, |bucket| bucket.tags = tags)?;
    Ok(Reply {
        status: Some(204),
        ..reply
    })
}

pub(super) fn delete_tagging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    change(ctx, input, |bucket| bucket.tags.clear())
}

// Encryption: always SSE-S3, as S3 has it since 2023.

pub(super) fn get_encryption(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    Ok(json!({"ServerSideEncryptionConfiguration": {"Rules": [{
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": bucket.bucket_key,
    }]}})
    .into())
}

/// Sets the configuration, or without one (delete) what S3 falls back to.
pub(super) fn put_encryption(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let mut bucket_key = false;
    if let Some(configuration) = input.get("ServerSideEncryptionConfiguration") {
        let rules = configuration.get("Rules").and_then(Value::as_array);
        let Some([rule]) = rules.map(Vec::as_slice) else {
            return Err(malformed_xml());
        };
        if rule.get("BlockedEncryptionTypes").is_some() {
            return Err(AwsError::unsupported("BlockedEncryptionTypes"));
        }
        let default = rule.get("ApplyServerSideEncryptionByDefault");
        let algorithm = default
            .and_then(|default| default.get("SSEAlgorithm"))
            .and_then(Value::as_str);
        let key = default.and_then(|default| default.get("KMSMasterKeyID"));
        match algorithm {
            Some("AES256") if key.is_some() => {
                return Err(AwsError::new(
                    400,
                    "InvalidArgument",
                    "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                )
                .with("ArgumentName", "ApplyServerSideEncryptionByDefault"));
            }
            Some("AES256") | None => {}
            Some(other) => {
                return Err(AwsError::unsupported(format_args!(
                    "server-side encryption {other}: the sandbox has no KMS"
                )));
            }
        }
        bucket_key = rule
            .get("BucketKeyEnabled")
            .and_then(Value::as_bool)
            .unwrap_or_default();
    }
    let encrypted = input.get("ServerSideEncryptionConfiguration").is_some();
    change(ctx, input, |bucket| {
        bucket.encrypted = encrypted;
        bucket.bucket_key = bucket_key;
    })
}
