//! What callers must be allowed, in S3's terms.
//!
//! Errors that S3 gives before it authorises come from here: a bucket that does not exist, is in
//! another region, or belongs to another account than the caller expects.
//!
//! Source of actions and condition keys: Service Authorization Reference, "Actions, resources, and
//! condition keys for Amazon S3".

use serde_json::Value;

use super::errors::{no_such_bucket, no_such_key, no_such_version};
use super::public;
use super::state::Bucket;
use super::tags;
use crate::sandbox::caller::Identity;
use crate::sandbox::error::AwsError;
use crate::sandbox::ids::Ids;
use crate::sandbox::operation::{Context, Input, Need, ResourcePolicy, Words};

type Needs = Result<Vec<Need>, AwsError>;

/// The bucket that an input names.
pub(super) fn find<'a>(ctx: &'a Context<'_>, input: &Input) -> Result<&'a Bucket, AwsError> {
    let bucket = find_anywhere(ctx, input)?;
    same_region(ctx, bucket)?;
    Ok(bucket)
}

/// The same, without asking for the region.
pub(super) fn find_anywhere<'a>(
    ctx: &'a Context<'_>,
    input: &Input,
) -> Result<&'a Bucket, AwsError> {
    let name = input.require("Bucket")?;
    let bucket = ctx
        .state
        .s3
        .bucket(name)
        .ok_or_else(|| no_such_bucket(name))?;
    expected_owner(input.text("ExpectedBucketOwner"), bucket)?;
    payer(ctx, input, bucket)?;
    Ok(bucket)
}

/// A bucket whose requester pays answers other accounts only if they say that they pay, and nobody
/// without a signature. No answer says that somebody was charged: nobody is.
///
/// Source: Amazon S3 User Guide, "Using Requester Pays general purpose buckets for storage transfers
/// and usage". AWS's words are not established.
fn payer(ctx: &Context<'_>, input: &Input, bucket: &Bucket) -> Result<(), AwsError> {
    let pays = ctx.caller.identity != Identity::Anonymous
        && input.text("RequestPayer") == Some("requester");
    if !bucket.requester_pays() || ctx.caller.account == bucket.owner || pays {
        Ok(())
    } else {
        Err(AwsError::denied("Access Denied"))
    }
}

fn expected_owner(expected: Option<&str>, bucket: &Bucket) -> Result<(), AwsError> {
    let Some(expected) = expected else {
        return Ok(());
    };
    if expected.len() != 12 || !expected.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AwsError::new(
            400,
            "InvalidBucketOwnerAWSAccountID",
            format!(
                "The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
            ),
        ));
    }
    if expected == bucket.owner {
        Ok(())
    } else {
        Err(AwsError::denied("Access Denied"))
    }
}

fn same_region(ctx: &Context<'_>, bucket: &Bucket) -> Result<(), AwsError> {
    if bucket.region == ctx.region {
        return Ok(());
    }
    let error = if ctx.region == "us-east-1" {
        AwsError::new(
            400,
            "AuthorizationHeaderMalformed",
            format!(
                "The authorization header is malformed; the region '{}' is wrong; expecting '{}'",
                ctx.region, bucket.region
            ),
        )
        .with("Region", bucket.region.clone())
    } else {
        AwsError::new(
            301,
            "PermanentRedirect",
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
        )
        .with("Endpoint", format!("{}.s3-{}.amazonaws.com", bucket.name, bucket.region))
        .with("Bucket", bucket.name.clone())
    };
    Err(error.header("x-amz-bucket-region", bucket.region.clone()))
}

/// A need at a bucket or an object in it, with the bucket's policy.
pub(super) fn need(
    ctx: &Context<'_>,
    bucket: &Bucket,
    key: Option<&str>,
    action: &'static str,
) -> Need {
    let resource = match key {
        Some(key) => format!("{}/{key}", bucket.arn()),
        None => bucket.arn(),
    };
    // With RestrictPublicBuckets a public policy is good for the owner's account alone.
    let restricted = ctx.caller.account != bucket.owner
        && bucket
            .public_access_block
            .is_some_and(|block| block.restrict_public_buckets);
    let policy = bucket
        .policy
        .as_ref()
        .filter(|document| !(restricted && public::is_public(document.as_written())))
        .map(|document| ResourcePolicy {
            title: format!("bucket {}", bucket.name),
            document: document.clone(),
        });
    Need::new(action, resource)
        .words(Words::Quoted)
        .owned_by(bucket.owner.clone())
        .policy(policy)
}

/// One action at the bucket.
pub(super) fn bucket(ctx: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    Ok(vec![need(ctx, find(ctx, input)?, None, action)])
}

pub(super) fn put_bucket_acl(ctx: &Context<'_>, input: &Input) -> Needs {
    Ok(acl_keys(bucket(ctx, input, "s3:PutBucketAcl")?, input))
}

pub(super) fn put_object_acl(ctx: &Context<'_>, input: &Input) -> Needs {
    let needs = existing(ctx, input, "s3:PutObjectAcl", "s3:PutObjectVersionAcl")?;
    Ok(acl_keys(needs, input))
}

/// Condition keys of what an ACL is to grant.
fn acl_keys(needs: Vec<Need>, input: &Input) -> Vec<Need> {
    let with = |need: Need| {
        need.key_opt("s3:x-amz-acl", input.text("ACL"))
            .key_opt(
                "s3:x-amz-grant-full-control",
                input.text("GrantFullControl"),
            )
            .key_opt("s3:x-amz-grant-read", input.text("GrantRead"))
            .key_opt("s3:x-amz-grant-read-acp", input.text("GrantReadACP"))
            .key_opt("s3:x-amz-grant-write", input.text("GrantWrite"))
            .key_opt("s3:x-amz-grant-write-acp", input.text("GrantWriteACP"))
    };
    needs.into_iter().map(with).collect()
}

pub(super) fn bucket_location(ctx: &Context<'_>, input: &Input) -> Needs {
    let bucket = find_anywhere(ctx, input)?;
    Ok(vec![need(ctx, bucket, None, "s3:GetBucketLocation")])
}

/// Listing, with the keys that limit it to a prefix.
pub(super) fn list(ctx: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let bucket = find(ctx, input)?;
    Ok(vec![
        need(ctx, bucket, None, action)
            .key_opt("s3:prefix", input.text("Prefix"))
            .key_opt("s3:delimiter", input.text("Delimiter"))
            .key_opt(
                "s3:max-keys",
                input.int("MaxKeys").map(|count| count.to_string()),
            ),
    ])
}

pub(super) fn list_buckets(_: &Context<'_>, _: &Input) -> Needs {
    Ok(vec![
        Need::new("s3:ListAllMyBuckets", "arn:aws:s3:::*").words(Words::Nothing),
    ])
}

pub(super) fn create_bucket(ctx: &Context<'_>, input: &Input) -> Needs {
    let name = input.require("Bucket")?;
    let configuration = input.get("CreateBucketConfiguration");
    let location = configuration
        .and_then(|configuration| configuration.get("LocationConstraint"))
        .and_then(Value::as_str);
    let tags = tags::of_list(
        tags::Of::NewBucket,
        configuration.and_then(|configuration| configuration.get("Tags")),
    )?;
    let tags: Vec<(String, String)> = tags.into_iter().collect();
    let mut needs = vec![
        Need::new("s3:CreateBucket", format!("arn:aws:s3:::{name}"))
            .words(Words::Quoted)
            .owned_by(ctx.caller.account.clone())
            .key_opt("s3:locationconstraint", location)
            .key_opt("s3:x-amz-acl", input.text("ACL"))
            .key_opt("s3:x-amz-object-ownership", input.text("ObjectOwnership"))
            .request_tags(&tags),
    ];
    // What the request asks for besides is asked for besides (API reference of CreateBucket).
    let besides = |action: &'static str| {
        Need::new(action, format!("arn:aws:s3:::{name}"))
            .words(Words::Quoted)
            .owned_by(ctx.caller.account.clone())
    };
    if !tags.is_empty() {
        needs.push(besides("s3:TagResource").request_tags(&tags));
    }
    if let Some(acl) = input.text("ACL").filter(|acl| *acl != "private") {
        needs.push(besides("s3:PutBucketAcl").key("s3:x-amz-acl", acl));
    }
    if input.text("ObjectOwnership").is_some() {
        needs.push(besides("s3:PutBucketOwnershipControls"));
    }
    if input.flag("ObjectLockEnabledForBucket") == Some(true) {
        needs.push(besides("s3:PutBucketObjectLockConfiguration"));
        needs.push(besides("s3:PutBucketVersioning"));
    }
    Ok(needs)
}

/// One action at an object, whether it exists or not.
pub(super) fn object(ctx: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    Ok(vec![need(ctx, bucket, Some(key), action)])
}

/// One action at an object, another one if a version is named.
pub(super) fn versioned(
    ctx: &Context<'_>,
    input: &Input,
    plain: &'static str,
    version: &'static str,
) -> Needs {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let id = input.text("VersionId");
    let action = if id.is_some() { version } else { plain };
    Ok(vec![existing_need(ctx, bucket, key, id, action)])
}

/// The same with the object's tags.
fn existing_need(
    ctx: &Context<'_>,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
    action: &'static str,
) -> Need {
    let mut wanted = need(ctx, bucket, Some(key), action).key_opt("s3:VersionId", version);
    // Deleting an object is not asked with its tags (Service Authorization Reference, Amazon S3).
    if matches!(action, "s3:DeleteObject" | "s3:DeleteObjectVersion") {
        return wanted;
    }
    let object = bucket
        .version(key, version)
        .and_then(|entry| entry.object.as_ref());
    for (name, value) in object.iter().flat_map(|object| &object.tags) {
        wanted = wanted.key(format!("s3:ExistingObjectTag/{name}"), value.clone());
    }
    wanted
}

/// Reading an object. Whether a key is missing is told only to those who may list the bucket.
pub(super) fn existing(
    ctx: &Context<'_>,
    input: &Input,
    plain: &'static str,
    version: &'static str,
) -> Needs {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let id = input.text("VersionId");
    let mut needs = versioned(ctx, input, plain, version)?;
    let there = bucket
        .version(key, id)
        .is_some_and(|entry| entry.object.is_some());
    if !there {
        let action = if id.is_some() {
            "s3:ListBucketVersions"
        } else {
            "s3:ListBucket"
        };
        needs.push(need(ctx, bucket, None, action));
    }
    Ok(needs)
}

pub(super) fn object_attributes(ctx: &Context<'_>, input: &Input) -> Needs {
    let mut needs = existing(ctx, input, "s3:GetObject", "s3:GetObjectVersion")?;
    needs.extend(versioned(
        ctx,
        input,
        "s3:GetObjectAttributes",
        "s3:GetObjectVersionAttributes",
    )?);
    Ok(needs)
}

/// Condition keys of writing an object.
fn write_keys(need: Need, input: &Input, tags: &tags::Tags) -> Need {
    let mut need = need
        .key_opt("s3:x-amz-acl", input.text("ACL"))
        .key_opt(
            "s3:x-amz-server-side-encryption",
            input.text("ServerSideEncryption"),
        )
        .key_opt("s3:x-amz-storage-class", input.text("StorageClass"))
        .key_opt(
            "s3:x-amz-website-redirect-location",
            input.text("WebsiteRedirectLocation"),
        )
        .key_opt("s3:if-match", input.text("IfMatch"))
        .key_opt("s3:if-none-match", input.text("IfNoneMatch"));
    need = lock_keys(need, input);
    for (key, value) in tags {
        need = need.key(format!("s3:RequestObjectTag/{key}"), value.clone());
    }
    if tags.is_empty() {
        need
    } else {
        need.key_list("s3:RequestObjectTagKeys", tags.keys().cloned().collect())
    }
}

/// Condition keys of what locks an object.
fn lock_keys(need: Need, input: &Input) -> Need {
    let member = |outer: &str, inner: &str| {
        let found = input.get(outer)?.get(inner)?;
        found.as_str()
    };
    let mode = input.text("ObjectLockMode");
    let until = input.text("ObjectLockRetainUntilDate");
    let hold = input.text("ObjectLockLegalHoldStatus");
    let until = until.or(member("Retention", "RetainUntilDate"));
    need.key_opt("s3:object-lock-mode", mode.or(member("Retention", "Mode")))
        .key_opt("s3:object-lock-retain-until-date", until)
        .key_opt(
            "s3:object-lock-legal-hold",
            hold.or(member("LegalHold", "Status")),
        )
}

/// Locking a version that is there.
pub(super) fn lock(ctx: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let needs = existing(ctx, input, action, action)?;
    let mut needs: Vec<Need> = needs
        .into_iter()
        .map(|need| lock_keys(need, input))
        .collect();
    let version = input.text("VersionId");
    needs.extend(super::lock::bypass(
        ctx,
        input,
        input.require("Key")?,
        version,
    )?);
    Ok(needs)
}

/// Writing an object: `s3:PutObject`, and what its headers ask for besides.
fn write(ctx: &Context<'_>, input: &Input) -> Needs {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let tags = tags::of_header(input)?;
    let mut needs = vec![write_keys(
        need(ctx, bucket, Some(key), "s3:PutObject"),
        input,
        &tags,
    )];
    if !tags.is_empty() {
        let tagging = need(ctx, bucket, Some(key), "s3:PutObjectTagging");
        needs.push(write_keys(tagging, input, &tags));
    }
    for (member, action) in [
        ("ObjectLockMode", "s3:PutObjectRetention"),
        ("ObjectLockLegalHoldStatus", "s3:PutObjectLegalHold"),
    ] {
        if input.text(member).is_some() {
            needs.push(lock_keys(need(ctx, bucket, Some(key), action), input));
        }
    }
    if input.text("ACL").is_some() {
        let acl = need(ctx, bucket, Some(key), "s3:PutObjectAcl");
        needs.push(write_keys(acl, input, &tags));
    }
    Ok(needs)
}

pub(super) fn put_object(ctx: &Context<'_>, input: &Input) -> Needs {
    Ok(creating(write(ctx, input)?, true))
}

/// Begins an object that is made later, of parts.
pub(super) fn create_upload(ctx: &Context<'_>, input: &Input) -> Needs {
    Ok(creating(write(ctx, input)?, false))
}

/// Writes a part, which makes no object yet.
pub(super) fn upload_part(ctx: &Context<'_>, input: &Input) -> Needs {
    Ok(creating(object(ctx, input, "s3:PutObject")?, false))
}

/// Makes the object of its parts.
pub(super) fn complete_upload(ctx: &Context<'_>, input: &Input) -> Needs {
    let needs = object(ctx, input, "s3:PutObject")?.into_iter().map(|need| {
        need.key_opt("s3:if-match", input.text("IfMatch"))
            .key_opt("s3:if-none-match", input.text("IfNoneMatch"))
    });
    Ok(creating(needs.collect(), true))
}

/// With `s3:ObjectCreationOperation`, by which policies that ask for conditional writes leave out
/// the calls that make no object (S3 User Guide, "Enforce conditional writes on Amazon S3
/// buckets").
fn creating(needs: Vec<Need>, creates: bool) -> Vec<Need> {
    let with = |need: Need| match &*need.action {
        "s3:PutObject" => need.key("s3:ObjectCreationOperation", creates.to_string()),
        _ => need,
    };
    needs.into_iter().map(with).collect()
}

pub(super) fn put_object_tagging(ctx: &Context<'_>, input: &Input) -> Needs {
    let tags = tags::of_body(tags::Of::Object, input)?;
    let needs = existing(
        ctx,
        input,
        "s3:PutObjectTagging",
        "s3:PutObjectVersionTagging",
    )?;
    Ok(needs
        .into_iter()
        .map(|need| write_keys(need, &Input::default(), &tags))
        .collect())
}

/// Where a copy comes from.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub bucket: &'a Bucket,
    pub key: String,
    pub version: Option<String>,
}

/// Reads `CopySource`: `bucket/key`, also with a slash in front and `?versionId=` behind.
pub(super) fn copy_source<'a>(ctx: &'a Context<'_>, input: &Input) -> Result<Source<'a>, AwsError> {
    let text = input.require("CopySource")?;
    let invalid = || {
        super::errors::invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            "x-amz-copy-source",
            text,
        )
    };
    let (path, version) = match text.split_once("?versionId=") {
        Some((path, version)) => (path, Some(version.to_owned())),
        None => (text, None),
    };
    // A blank may be written `+`, as in forms: S3 was seen to read it so.
    let path = path.replace('+', " ");
    let path = percent_encoding::percent_decode_str(&path)
        .decode_utf8()
        .map_err(|_| invalid())?;
    let (name, key) = path
        .trim_start_matches('/')
        .split_once('/')
        .ok_or_else(|| {
            super::errors::invalid_argument(
                "Invalid copy source object key",
                "x-amz-copy-source",
                "x-amz-copy-source",
            )
        })?;
    if name.is_empty() || key.is_empty() {
        return Err(invalid());
    }
    if name.starts_with("arn:") {
        return Err(AwsError::unsupported(
            "access points as the source of a copy",
        ));
    }
    let bucket = ctx
        .state
        .s3
        .bucket(name)
        .ok_or_else(|| no_such_bucket(name))?;
    expected_owner(input.text("ExpectedSourceBucketOwner"), bucket)?;
    payer(ctx, input, bucket)?;
    Ok(Source {
        bucket,
        key: key.to_owned(),
        version,
    })
}

pub(super) fn copy_object(ctx: &Context<'_>, input: &Input) -> Needs {
    Ok(creating(copy(ctx, input)?, true))
}

pub(super) fn upload_part_copy(ctx: &Context<'_>, input: &Input) -> Needs {
    Ok(creating(copy(ctx, input)?, false))
}

fn copy(ctx: &Context<'_>, input: &Input) -> Needs {
    let source = copy_source(ctx, input)?;
    let version = source.version.as_deref();
    let action = if version.is_some() {
        "s3:GetObjectVersion"
    } else {
        "s3:GetObject"
    };
    let mut needs = vec![existing_need(
        ctx,
        source.bucket,
        &source.key,
        version,
        action,
    )];
    let entry = source.bucket.version(&source.key, version);
    match entry.and_then(|entry| entry.object.as_ref()) {
        None => needs.push(need(ctx, source.bucket, None, "s3:ListBucket")),
        Some(object)
            if !object.tags.is_empty()
                && input.text("TaggingDirective") != Some("REPLACE")
                && input.get("PartNumber").is_none() =>
        {
            needs.push(existing_need(
                ctx,
                source.bucket,
                &source.key,
                version,
                if version.is_some() {
                    "s3:GetObjectVersionTagging"
                } else {
                    "s3:GetObjectTagging"
                },
            ));
        }
        Some(_) => {}
    }
    let from = format!("{}/{}", source.bucket.name, source.key);
    needs.extend(write(ctx, input)?.into_iter().map(|need| {
        need.key("s3:x-amz-copy-source", from.clone()).key_opt(
            "s3:x-amz-metadata-directive",
            input.text("MetadataDirective"),
        )
    }));
    Ok(needs)
}

/// Deleting an object or a version of it.
pub(super) fn delete_object(ctx: &Context<'_>, input: &Input) -> Needs {
    let needs = versioned(ctx, input, "s3:DeleteObject", "s3:DeleteObjectVersion")?;
    let with = |need: Need| need.key_opt("s3:if-match", input.text("IfMatch"));
    let mut needs: Vec<Need> = needs.into_iter().map(with).collect();
    if let Some(version) = input.text("VersionId") {
        let key = input.require("Key")?;
        needs.extend(super::lock::bypass(ctx, input, key, Some(version))?);
    }
    Ok(needs)
}

/// Nothing is asked before the keys are looked at: each is allowed or denied for itself.
pub(super) fn delete_objects(ctx: &Context<'_>, input: &Input) -> Needs {
    find(ctx, input)?;
    Ok(Vec::new())
}

/// The need of one key of DeleteObjects.
pub(super) fn delete_one(
    ctx: &Context<'_>,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
) -> Need {
    let action = if version.is_some() {
        "s3:DeleteObjectVersion"
    } else {
        "s3:DeleteObject"
    };
    existing_need(ctx, bucket, key, version, action)
}

/// The version of an object that was asked for, with its object.
pub(super) fn look_up<'a>(
    bucket: &'a Bucket,
    key: &str,
    version: Option<&str>,
) -> Result<(&'a super::state::Entry, &'a super::state::Object), AwsError> {
    look_up_for("GET", bucket, key, version)
}

/// The same, for a request of that HTTP method.
pub(super) fn look_up_for<'a>(
    method: &'static str,
    bucket: &'a Bucket,
    key: &str,
    version: Option<&str>,
) -> Result<(&'a super::state::Entry, &'a super::state::Object), AwsError> {
    let Some(entry) = bucket.version(key, version) else {
        return Err(match version {
            Some(version) if !is_version_id(version) => super::errors::invalid_argument(
                "Invalid version id specified",
                "versionId",
                version,
            ),
            Some(version) => no_such_version(key, version),
            None => no_such_key(key),
        });
    };
    match (&entry.object, version) {
        (Some(object), _) => Ok((entry, object)),
        (None, None) => Err(no_such_key(key)
            .header("x-amz-delete-marker", "true")
            .header("x-amz-version-id", entry.version.clone())),
        (None, Some(version)) => Err(marker(method, version)),
    }
}

/// The same where a delete marker is told as such, though no version was named: of tags, and of ACLs
/// that are written.
pub(super) fn look_up_marked<'a>(
    method: &'static str,
    bucket: &'a Bucket,
    key: &str,
    version: Option<&str>,
) -> Result<(&'a super::state::Entry, &'a super::state::Object), AwsError> {
    match bucket.version(key, version) {
        Some(entry) if entry.object.is_none() => Err(marker(method, &entry.version)),
        _ => look_up_for(method, bucket, key, version),
    }
}

fn marker(method: &'static str, version: &str) -> AwsError {
    AwsError::new(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )
    .with("Method", method)
    .with("ResourceType", "DeleteMarker")
    .header("allow", "DELETE")
    .header("x-amz-delete-marker", "true")
    .header("x-amz-version-id", version)
}

/// Whether a text can be the id of a version that is not there: `null`, or what was drawn as one.
pub(super) fn is_version_id(text: &str) -> bool {
    text == super::state::NULL || Ids::is_version(text)
}
