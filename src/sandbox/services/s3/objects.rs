//! Objects: writing, reading, copying, deleting, tagging.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::buckets::whole_second;
use super::checksum::{self, Algorithm, Checksum};
use super::errors::{full, invalid_argument, invalid_request, malformed_xml, no_such_version};
use super::listing::{not_negative, page_size};
use super::lock::{self, Lock};
use super::needs::{find, look_up, look_up_marked};
use super::state::{Bucket, Entry, Listed, NULL, Object, Versioning};
use super::{CAPACITY, acl, conditions, expiry, needs, tags};
use crate::sandbox::clock;
use crate::sandbox::error::AwsError;
use crate::sandbox::gate;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// Input members of GetObject and HeadObject.
pub(super) const READ_MEMBERS: &[&str] = &[
    "Bucket",
    "Key",
    "IfMatch",
    "IfModifiedSince",
    "IfNoneMatch",
    "IfUnmodifiedSince",
    "Range",
    "ResponseCacheControl",
    "ResponseContentDisposition",
    "ResponseContentEncoding",
    "ResponseContentLanguage",
    "ResponseContentType",
    "ResponseExpires",
    "VersionId",
    "PartNumber",
    "RequestPayer",
    "ExpectedBucketOwner",
    "ChecksumMode",
];

/// System metadata that comes and goes in headers.
const HEADERS: [&str; 7] = [
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
];

/// Content type where none was given.
const DEFAULT_TYPE: &str = "binary/octet-stream";

/// Longest key in bytes.
const LONGEST_KEY: usize = 1024;

/// Largest object that one request can write, in bytes.
const LARGEST: usize = 5 * 1024 * 1024 * 1024;

/// Headers and metadata of an object, from the input that writes it.
pub(super) fn described(input: &Input) -> Result<Object> {
    match input.text("ServerSideEncryption") {
        None | Some("AES256") => {}
        Some(other @ ("aws:kms" | "aws:kms:dsse" | "aws:fsx")) => {
            return Err(AwsError::unsupported(format_args!(
                "server-side encryption {other}: the sandbox has no KMS"
            )));
        }
        Some(other) => {
            return Err(invalid_argument(
                "The encryption method specified is not supported",
                "x-amz-server-side-encryption",
                other,
            ));
        }
    }
    let storage_class = match input.text("StorageClass") {
        None | Some("STANDARD") => None,
        Some(
            class @ ("REDUCED_REDUNDANCY"
            | "STANDARD_IA"
            | "ONEZONE_IA"
            | "INTELLIGENT_TIERING"
            | "GLACIER_IR"),
        ) => Some(class.to_owned()),
        Some(class @ ("GLACIER" | "DEEP_ARCHIVE" | "SNOW" | "EXPRESS_ONEZONE")) => {
            return Err(AwsError::unsupported(format_args!("storage class {class}")));
        }
        Some(class) => {
            return Err(AwsError::new(
                400,
                "InvalidStorageClass",
                "The storage class you specified is not valid",
            )
            .with("StorageClassRequested", class));
        }
    };
    let mut headers: BTreeMap<String, String> = HEADERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), input.text(name)?.to_owned())))
        .collect();
    headers
        .entry("ContentType".to_owned())
        .or_insert_with(|| DEFAULT_TYPE.to_owned());
    let metadata: BTreeMap<String, String> = input
        .get("Metadata")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name.to_ascii_lowercase(), value.to_owned())
        })
        .collect();
    let size: usize = metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > 2048 {
        return Err(AwsError::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        )
        .with("Size", size.to_string())
        .with("MaxSizeAllowed", "2048"));
    }
    Ok(Object {
        data: Bytes::new(),
        etag: String::new(),
        headers,
        metadata,
        tags: tags::of_header(input)?,
        storage_class,
        checksum: Checksum::of(Algorithm::Crc64Nvme, &[]),
        parts: Vec::new(),
        part_sums: Vec::new(),
        lock: Lock::default(),
        upload: None,
    })
}

/// Refuses keys that are too long.
pub(super) fn check_key(key: &str) -> Result<()> {
    if key.len() > LONGEST_KEY {
        return Err(
            AwsError::new(400, "KeyTooLongError", "Your key is too long")
                .with("Size", key.len().to_string())
                .with("MaxSizeAllowed", LONGEST_KEY.to_string()),
        );
    }
    Ok(())
}

/// Refuses data that would exceed what the sandbox holds.
pub(super) fn check_room(ctx: &Context<'_>, size: usize) -> Result<()> {
    if size > LARGEST {
        return Err(AwsError::new(
            400,
            "EntityTooLarge",
            "Your proposed upload exceeds the maximum allowed size",
        )
        .with("ProposedSize", size.to_string())
        .with("MaxSizeAllowed", LARGEST.to_string()));
    }
    if ctx.state.s3.stored() + size as u64 > CAPACITY {
        return Err(full());
    }
    Ok(())
}

/// Data to keep. Small bodies are slices of the connection's read buffer, which a kept slice would
/// keep too: 8 KiB for an object of one byte.
pub(super) fn owned(data: &Bytes) -> Bytes {
    const SMALL: usize = 64 * 1024;
    if data.len() < SMALL {
        Bytes::copy_from_slice(data)
    } else {
        data.clone()
    }
}

/// The version id of the next thing written to a bucket.
fn next_version(ctx: &mut Context<'_>, versioning: Option<Versioning>) -> String {
    match versioning {
        Some(Versioning::Enabled) => ctx.state.ids.version(),
        _ => NULL.to_owned(),
    }
}

/// Keeps an object as the current version. Gives the version id to report, if the bucket has
/// versions.
pub(super) fn store(ctx: &mut Context<'_>, name: &str, key: &str, object: Object) -> Value {
    let versioning = ctx
        .state
        .s3
        .bucket(name)
        .and_then(|bucket| bucket.versioning);
    let version = next_version(ctx, versioning);
    let entry = Entry {
        version: version.clone(),
        modified: ctx.now,
        object: Some(Arc::new(object)),
        listed: Listed::default(),
    };
    Arc::make_mut(&mut ctx.state.s3).change(name, |bucket| bucket.add(key, entry));
    match versioning {
        Some(Versioning::Enabled) => version.into(),
        _ => Value::Null,
    }
}

pub(super) fn put(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    check_key(key)?;
    acl::check_new(ctx, bucket, input)?;
    let mut object = described(input)?;
    object.lock = Lock::of_input(bucket, input, ctx.now)?;
    let asked = input
        .text("ObjectLockMode")
        .or(input.text("ObjectLockLegalHoldStatus"));
    if asked.is_some() && input.text("ContentMD5").is_none() && checksum::given(input)?.is_none() {
        return Err(invalid_request(
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
        ));
    }
    conditions::check_write(input, bucket, key)?;
    let measured = checksum::measured(input)?;
    check_room(ctx, input.body.len())?;
    object.data = owned(&input.body);
    (object.checksum, object.etag) = (measured.checksum, measured.etag);
    let name = bucket.name.clone();
    let mut members = Map::new();
    members.insert("ETag".to_owned(), format!("\"{}\"", object.etag).into());
    object.checksum.answer(&mut members);
    members.insert("ServerSideEncryption".to_owned(), "AES256".into());
    let expiration = expiry::told(bucket, key, &object, ctx.now);
    members.insert("Expiration".to_owned(), expiration.into());
    members.insert("VersionId".to_owned(), store(ctx, &name, key, object));
    Ok(Value::Object(members).into())
}

/// What GetObject and HeadObject have in common: everything but the data.
fn read(ctx: &Context<'_>, input: &Input) -> Result<(Reply, Bytes)> {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let (entry, object) = look_up(bucket, key, input.text("VersionId"))?;
    conditions::check(input, &conditions::READ, object, entry.modified, ctx.now)?;
    let size = object.size();
    let part = part_range(input, object)?;
    if part.is_some() && input.text("Range").is_some() {
        return Err(invalid_request(
            "Cannot specify both Range header and partNumber query parameter",
        ));
    }
    let range = match part.clone() {
        Some(range) => Some(range),
        None => conditions::range(input.text("Range"), size)?,
    };
    let whole = range.is_none();
    let range = range.unwrap_or(0..size);
    let length = range.end.saturating_sub(range.start);
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    set("AcceptRanges", "bytes".into());
    // Who names a version is not told, though it be the current one.
    if input.text("VersionId").is_none() {
        let expiration = expiry::told(bucket, key, object, entry.modified);
        set("Expiration", expiration.into());
    }
    set("LastModified", clock::seconds(entry.modified).into());
    set("ContentLength", length.into());
    set("ETag", format!("\"{}\"", object.etag).into());
    set("ServerSideEncryption", "AES256".into());
    set("StorageClass", object.storage_class.clone().into());
    if bucket.versioning.is_some() {
        set("VersionId", entry.version.clone().into());
    }
    object.lock.answer(&mut members);
    let mut set = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    if !object.tags.is_empty() {
        set("TagCount", object.tags.len().into());
    }
    if part.is_some() && !object.parts.is_empty() {
        set("PartsCount", object.parts.len().into());
    }
    if !whole {
        let last = range.end.saturating_sub(1);
        set(
            "ContentRange",
            format!("bytes {}-{last}/{size}", range.start).into(),
        );
    }
    for (name, value) in &object.headers {
        set(name, value.clone().into());
    }
    for (response, name) in [
        ("ResponseCacheControl", "CacheControl"),
        ("ResponseContentDisposition", "ContentDisposition"),
        ("ResponseContentEncoding", "ContentEncoding"),
        ("ResponseContentLanguage", "ContentLanguage"),
        ("ResponseContentType", "ContentType"),
        ("ResponseExpires", "Expires"),
    ] {
        if let Some(value) = input.text(response) {
            set(name, value.into());
        }
    }
    set("Metadata", json!(object.metadata));
    if input
        .text("ChecksumMode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"))
    {
        let part = part.and(input.int("PartNumber"));
        if let Some(checksum) = checksum_of(object, part, length == size) {
            checksum.answer(&mut members);
        }
    }
    let clip = |at: u64| {
        usize::try_from(at)
            .unwrap_or(usize::MAX)
            .min(object.data.len())
    };
    let data = object.data.slice(clip(range.start)..clip(range.end));
    let reply = Reply {
        members: Value::Object(members),
        status: if whole { None } else { Some(206) },
        ..Reply::default()
    };
    Ok((reply, data))
}

/// The checksum of what is read: of a part where each has its own, otherwise of the whole.
fn checksum_of(object: &Object, part: Option<i64>, whole: bool) -> Option<Checksum> {
    if let Some(number) = part.filter(|_| object.checksum.composite) {
        let mut sums = object.part_sums.iter().zip(1..);
        let ((_, value), _) = sums.find(|(_, index)| *index == number)?;
        return Some(Checksum {
            value: value.clone(),
            ..object.checksum.clone()
        });
    }
    whole.then(|| object.checksum.clone())
}

/// The bytes of the part asked for.
fn part_range(input: &Input, object: &Object) -> Result<Option<std::ops::Range<u64>>> {
    let Some(number) = input.int("PartNumber") else {
        return Ok(None);
    };
    let index = usize::try_from(number - 1).ok();
    // An object that was written in one piece has one part.
    let sizes = match object.parts.as_slice() {
        [] => std::slice::from_ref(&object.data.len())
            .iter()
            .map(|size| *size as u64)
            .collect(),
        parts => parts.to_vec(),
    };
    let found = index.and_then(|index| {
        let start: u64 = sizes.get(..index)?.iter().sum();
        Some(start..start + sizes.get(index)?)
    });
    match found {
        Some(range) => Ok(Some(range)),
        None => Err(AwsError::new(
            416,
            "InvalidPartNumber",
            "The requested partnumber is not satisfiable",
        )
        .with("PartNumberRequested", number.to_string())
        .with("ActualPartCount", sizes.len().to_string())),
    }
}

pub(super) fn get(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let (mut reply, data) = read(ctx, input)?;
    reply.body = Some(data);
    Ok(reply)
}

pub(super) fn head(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    Ok(read(ctx, input)?.0)
}

pub(super) fn attributes(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (entry, object) = look_up(bucket, input.require("Key")?, input.text("VersionId"))?;
    let mut members = Map::new();
    members.insert(
        "LastModified".to_owned(),
        clock::seconds(entry.modified).into(),
    );
    if bucket.versioning.is_some() {
        members.insert("VersionId".to_owned(), entry.version.clone().into());
    }
    for wanted in input.texts("ObjectAttributes") {
        let value = match wanted {
            "ETag" => Value::from(object.etag.as_str()),
            "Checksum" => {
                let mut checksum = Map::new();
                object.checksum.without_count().answer(&mut checksum);
                Value::Object(checksum)
            }
            "ObjectParts" if object.parts.is_empty() => continue,
            "ObjectParts" => object_parts(input, object)?,
            "StorageClass" => object.storage_class.as_deref().unwrap_or("STANDARD").into(),
            "ObjectSize" => object.size().into(),
            _ => {
                return Err(invalid_argument(
                    "Invalid attribute name specified.",
                    "x-amz-object-attributes",
                    wanted,
                ));
            }
        };
        members.insert(wanted.to_owned(), value);
    }
    Ok(Value::Object(members).into())
}

/// The parts of an object; one by one where each has a checksum of its own.
fn object_parts(input: &Input, object: &Object) -> Result<Value> {
    let count = object.parts.len();
    if object.part_sums.is_empty() {
        return Ok(json!({"TotalPartsCount": count}));
    }
    let most = page_size(input, "MaxParts", "x-amz-max-parts")?;
    let after = not_negative(input, "PartNumberMarker", "x-amz-part-number-marker")?.unwrap_or(0);
    let member = object.checksum.algorithm.member();
    let rows = object.part_sums.iter().zip(&object.parts);
    let mut rows =
        rows.filter(|((number, _), _)| usize::try_from(*number).is_ok_and(|number| number > after));
    let page: Vec<((u32, String), u64)> = rows
        .by_ref()
        .take(most)
        .map(|(sum, size)| (sum.clone(), *size))
        .collect();
    let last = page.last().map(|((number, _), _)| *number);
    let parts: Vec<Value> = page
        .into_iter()
        .map(|((number, sum), size)| json!({"PartNumber": number, "Size": size, member: sum}))
        .collect();
    Ok(json!({
        "TotalPartsCount": count,
        "PartNumberMarker": after,
        "NextPartNumberMarker": last.unwrap_or_default(),
        "MaxParts": most,
        "IsTruncated": rows.next().is_some(),
        "Parts": parts,
    }))
}

/// Deletes a key or one of its versions, whether it is there or not. Gives `DeleteMarker` and
/// `VersionId` of the answer.
fn remove(ctx: &mut Context<'_>, name: &str, key: &str, version: Option<&str>) -> (bool, Value) {
    let bucket = ctx.state.s3.bucket(name);
    let versioning = bucket.and_then(|bucket| bucket.versioning);
    let known = bucket.is_some_and(|bucket| bucket.version(key, version).is_some());
    if let Some(version) = version {
        let taken = known.then(|| {
            Arc::make_mut(&mut ctx.state.s3).change(name, |bucket| bucket.take(key, version))
        });
        let marker = taken
            .flatten()
            .flatten()
            .is_some_and(|entry| entry.object.is_none());
        return (marker, version.into());
    }
    if versioning.is_none() {
        if known {
            Arc::make_mut(&mut ctx.state.s3).change(name, |bucket| bucket.take(key, NULL));
        }
        return (false, Value::Null);
    }
    let version = next_version(ctx, versioning);
    let entry = Entry {
        version: version.clone(),
        modified: ctx.now,
        object: None,
        listed: Listed::default(),
    };
    Arc::make_mut(&mut ctx.state.s3).change(name, |bucket| bucket.add(key, entry));
    (true, version.into())
}

/// The version to delete, if it can be none: an id that was never given out.
fn unknown_version<'a>(bucket: &Bucket, key: &str, version: Option<&'a str>) -> Option<&'a str> {
    version.filter(|id| bucket.version(key, Some(id)).is_none() && !needs::is_version_id(id))
}

pub(super) fn delete(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let name = bucket.name.clone();
    let version = input.text("VersionId");
    let key = input.require("Key")?;
    if let Some(id) = unknown_version(bucket, key, version) {
        return Err(invalid_argument(
            "Invalid version id specified",
            "versionId",
            id,
        ));
    }
    lock::check_bypass(bucket, input)?;
    let etag = input.text("IfMatch");
    conditions::check_removal(etag, bucket, key, version)?;
    lock::check_removal(ctx, input, key, version)?;
    let (marker, version) = remove(ctx, &name, input.require("Key")?, version);
    let marker = if marker {
        Value::from(true)
    } else {
        Value::Null
    };
    Ok(json!({"DeleteMarker": marker, "VersionId": version}).into())
}

pub(super) fn delete_many(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    lock::check_bypass(bucket, input)?;
    let name = bucket.name.clone();
    let request = input.get("Delete").ok_or_else(malformed_xml)?;
    let quiet = request
        .get("Quiet")
        .and_then(Value::as_bool)
        .unwrap_or_default();
    let objects = request.get("Objects").and_then(Value::as_array);
    let objects = objects.filter(|objects| (1..=1000).contains(&objects.len()));
    let objects = objects.ok_or_else(malformed_xml)?;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in objects {
        let text = |member: &str| object.get(member).and_then(Value::as_str);
        if let Some(member) = ["LastModifiedTime", "Size"]
            .into_iter()
            .find(|member| object.get(member).is_some())
        {
            return Err(AwsError::unsupported(format_args!(
                "condition {member} of DeleteObjects"
            )));
        }
        let (key, version) = (text("Key").unwrap_or_default(), text("VersionId"));
        let known = find(ctx, input).and_then(|bucket| {
            unknown_version(bucket, key, version).map_or(Ok(()), |id| Err(no_such_version(key, id)))
        });
        let outcome = known.and_then(|()| {
            let bucket = find(ctx, input)?;
            let need =
                needs::delete_one(ctx, bucket, key, version).key_opt("s3:if-match", text("ETag"));
            gate::authorise(ctx, need)?;
            if let Some(bypass) = lock::bypass(ctx, input, key, version)? {
                gate::authorise(ctx, bypass)?;
            }
            lock::check_removal(ctx, input, key, version)?;
            conditions::check_removal(text("ETag"), find(ctx, input)?, key, version)
        });
        match outcome {
            Ok(()) => {
                let (marker, id) = remove(ctx, &name, key, version);
                let mut row = Map::from_iter([("Key".to_owned(), Value::from(key))]);
                if version.is_some() {
                    row.insert("VersionId".to_owned(), id.clone());
                }
                if marker {
                    row.insert("DeleteMarker".to_owned(), true.into());
                    row.insert("DeleteMarkerVersionId".to_owned(), id);
                }
                if !quiet {
                    deleted.push(Value::Object(row));
                }
            }
            Err(error) => errors.push(json!({
                "Key": key,
                "VersionId": version,
                "Code": error.code,
                "Message": error.message,
            })),
        }
    }
    Ok(json!({"Deleted": deleted, "Errors": errors}).into())
}

pub(super) fn copy(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    check_key(key)?;
    let directive = |member: &'static str, header: &'static str| match input.text(member) {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(invalid_argument(
            &format!(
                "Unknown {} directive.",
                header
                    .trim_start_matches("x-amz-")
                    .trim_end_matches("-directive")
            ),
            header,
            other,
        )),
    };
    let replace = directive("MetadataDirective", "x-amz-metadata-directive")?;
    let retag = directive("TaggingDirective", "x-amz-tagging-directive")?;
    let source = needs::copy_source(ctx, input)?;
    let (entry, object) = look_up(source.bucket, &source.key, source.version.as_deref())?;
    conditions::check(input, &conditions::SOURCE, object, entry.modified, ctx.now)?;
    conditions::check_write(input, bucket, key)?;
    let same = source.bucket.name == bucket.name && source.key == key && source.version.is_none();
    let changes = replace
        || bucket.encrypted
        || [
            "StorageClass",
            "ServerSideEncryption",
            "WebsiteRedirectLocation",
        ]
        .iter()
        .any(|member| input.text(member).is_some());
    if same && !changes {
        return Err(invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    acl::check_new(ctx, bucket, input)?;
    let mut copied = described(input)?;
    copied.lock = Lock::of_input(bucket, input, ctx.now)?;
    if !replace {
        copied.headers = object.headers.clone();
        copied.headers.remove("WebsiteRedirectLocation");
        if let Some(place) = input.text("WebsiteRedirectLocation") {
            copied
                .headers
                .insert("WebsiteRedirectLocation".to_owned(), place.to_owned());
        }
        copied.metadata = object.metadata.clone();
    }
    if !retag {
        copied.tags = object.tags.clone();
    }
    copied.data = object.data.clone();
    // A copy is written in one piece, however its source was.
    copied.etag = if object.parts.is_empty() {
        object.etag.clone()
    } else {
        checksum::md5_hex(&copied.data)
    };
    let algorithm = Algorithm::asked(input)?.unwrap_or(object.checksum.algorithm);
    copied.checksum = if algorithm == object.checksum.algorithm && !object.checksum.composite {
        object.checksum.clone()
    } else {
        Checksum::of(algorithm, &copied.data)
    };
    check_room(ctx, copied.data.len())?;
    let source_version = Some(entry.version.as_str()).filter(|version| *version != NULL);
    let source_version = source_version.map(str::to_owned);
    let suspended = bucket.versioning == Some(Versioning::Suspended);
    let name = bucket.name.clone();
    let mut result = Map::new();
    result.insert("ETag".to_owned(), format!("\"{}\"", copied.etag).into());
    result.insert("LastModified".to_owned(), whole_second(ctx.now).into());
    copied.checksum.answer(&mut result);
    let expiration = expiry::told(bucket, key, &copied, ctx.now);
    let version = match store(ctx, &name, key, copied) {
        // PutObject says nothing of version `null`, CopyObject does.
        Value::Null if suspended => NULL.into(),
        version => version,
    };
    Ok(json!({
        "CopyObjectResult": result,
        "Expiration": expiration,
        "CopySourceVersionId": source_version,
        "VersionId": version,
        "ServerSideEncryption": "AES256",
    })
    .into())
}

/// The version id to report for an object: none in a bucket that never had versions.
fn reported(bucket: &Bucket, entry: &Entry) -> Value {
    match bucket.versioning {
        Some(_) => entry.version.clone().into(),
        None => Value::Null,
    }
}

pub(super) fn get_tagging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let (entry, object) = look_up_marked("GET", bucket, key, input.text("VersionId"))?;
    Ok(json!({"VersionId": reported(bucket, entry), "TagSet": tags::list(&object.tags)}).into())
}

fn tag(
    ctx: &mut Context<'_>,
    input: &Input,
    method: &'static str,
    tags: tags::Tags,
) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let key = input.require("Key")?;
    let (entry, _) = look_up_marked(method, bucket, key, input.text("VersionId"))?;
    let (name, version) = (bucket.name.clone(), entry.version.clone());
    let reply = json!({"VersionId": reported(bucket, entry)});
    Arc::make_mut(&mut ctx.state.s3).change(&name, |bucket| {
        bucket.edit(key, &version, |object| object.tags = tags);
    });
    Ok(reply.into())
}

pub(super) fn put_tagging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let tags = tags::of_body(tags::Of::Object, input)?;
    tags::at_most_ten(&tags)?;
    tag(ctx, input, "PUT", tags)
}

pub(super) fn delete_tagging(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    tag(ctx, input, "DELETE", tags::Tags::new())
}
