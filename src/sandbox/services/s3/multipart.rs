//! Multipart uploads.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value, json};

use super::acl;
use super::buckets::{owner_id, whole_second};
use super::checksum::{self, Algorithm, Checksum};
use super::conditions;
use super::errors::{invalid_argument, invalid_request, malformed_xml, no_such_upload};
use super::listing::{Encoding, not_negative, page_size};
use super::lock::Lock;
use super::needs::{self, find, look_up};
use super::objects::{check_key, check_room, described, owned, store};
use super::state::{Bucket, Object, Part, Upload, Versioning};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// The least size of every part but the last, in bytes.
const LEAST_PART: usize = 5 * 1024 * 1024;

/// The upload that the input names.
fn upload<'a>(bucket: &'a Bucket, input: &Input) -> Result<(&'a str, &'a Upload)> {
    let id = input.require("UploadId")?;
    let found = bucket.uploads.get_key_value(id);
    found
        .filter(|(_, upload)| input.text("Key") == Some(upload.key.as_str()))
        .map(|(id, upload)| (id.as_str(), upload))
        .ok_or_else(|| no_such_upload(id))
}

pub(super) fn create(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let name = bucket.name.clone();
    let key = input.require("Key")?;
    check_key(key)?;
    acl::check_new(ctx, bucket, input)?;
    let mut object = described(input)?;
    object.lock = Lock::of_input(bucket, input, ctx.now)?;
    let algorithm = Algorithm::asked(input)?;
    object.checksum.composite = match (input.text("ChecksumType"), algorithm) {
        (Some("FULL_OBJECT"), Some(Algorithm::Sha1 | Algorithm::Sha256)) => {
            return Err(invalid_request(format!(
                "The FULL_OBJECT checksum type cannot be used with the {} checksum algorithm.",
                algorithm
                    .map(Algorithm::name)
                    .unwrap_or_default()
                    .to_lowercase()
            )));
        }
        (Some("COMPOSITE"), Some(Algorithm::Crc64Nvme)) => {
            return Err(invalid_request(
                "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
            ));
        }
        (Some("FULL_OBJECT"), Some(_)) | (_, None | Some(Algorithm::Crc64Nvme)) => false,
        (None | Some("COMPOSITE"), Some(_)) => true,
        (Some(_), _) => {
            return Err(invalid_request(
                "Value for x-amz-checksum-type header is invalid.",
            ));
        }
    };
    let kind = object.checksum.kind();
    let id = ctx.state.ids.mixed(128);
    let begun = Upload {
        key: key.to_owned(),
        initiated: ctx.now,
        initiator: ctx.caller.arn(),
        object,
        algorithm,
        parts: std::collections::BTreeMap::new(),
    };
    Arc::make_mut(&mut ctx.state.s3)
        .change(&name, |bucket| bucket.uploads.insert(id.clone(), begun));
    Ok(json!({
        "Bucket": name,
        "Key": key,
        "UploadId": id,
        "ServerSideEncryption": "AES256",
        "ChecksumAlgorithm": algorithm.map(Algorithm::name),
        "ChecksumType": algorithm.map(|_| kind),
    })
    .into())
}

fn part_number(input: &Input) -> Result<u32> {
    match input.int("PartNumber") {
        Some(number @ 1..=10_000) => Ok(u32::try_from(number).unwrap_or_default()),
        other => Err(invalid_argument(
            "Part number must be an integer between 1 and 10000, inclusive",
            "partNumber",
            &other.unwrap_or_default().to_string(),
        )),
    }
}

/// Keeps a part in place of an earlier one of its number.
fn keep(ctx: &mut Context<'_>, name: &str, id: &str, number: u32, part: Part) {
    Arc::make_mut(&mut ctx.state.s3).change(name, |bucket| {
        let size = part.data.len() as u64;
        let Some(upload) = bucket.uploads.get_mut(id) else {
            return;
        };
        let old = upload.parts.insert(number, part);
        let freed = old.map_or(0, |part| part.data.len() as u64);
        bucket.stored = (bucket.stored + size).saturating_sub(freed);
    });
}

pub(super) fn upload_part(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (id, upload) = upload(bucket, input)?;
    let number = part_number(input)?;
    if let Some((given, _)) = checksum::given(input)?
        && let Some(expected) = upload.algorithm
        && given != expected
    {
        return Err(invalid_request(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            expected.name().to_lowercase(),
            given.name().to_lowercase()
        )));
    }
    let measured = checksum::measured(input)?;
    let sum = match upload.algorithm {
        Some(algorithm) if algorithm != measured.checksum.algorithm => {
            Checksum::of(algorithm, &input.body)
        }
        _ => measured.checksum,
    };
    check_room(ctx, input.body.len())?;
    let part = Part {
        data: owned(&input.body),
        etag: measured.etag,
        modified: ctx.now,
        checksum: sum,
    };
    let mut members = Map::new();
    members.insert("ETag".to_owned(), format!("\"{}\"", part.etag).into());
    members.insert("ServerSideEncryption".to_owned(), "AES256".into());
    members.insert(
        part.checksum.algorithm.member().to_owned(),
        part.checksum.value.clone().into(),
    );
    let (name, id) = (bucket.name.clone(), id.to_owned());
    keep(ctx, &name, &id, number, part);
    Ok(Value::Object(members).into())
}

pub(super) fn upload_part_copy(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (id, upload) = upload(bucket, input)?;
    let number = part_number(input)?;
    let source = needs::copy_source(ctx, input)?;
    let (entry, object) = look_up(source.bucket, &source.key, source.version.as_deref())?;
    conditions::check(input, &conditions::SOURCE, object, entry.modified)?;
    let data = match input.text("CopySourceRange") {
        None => object.data.clone(),
        Some(text) => copy_range(text, &object.data)?,
    };
    let algorithm = upload.algorithm.unwrap_or(Algorithm::Crc64Nvme);
    let part = Part {
        etag: checksum::md5_hex(&data),
        modified: ctx.now,
        checksum: Checksum::of(algorithm, &data),
        data,
    };
    check_room(ctx, part.data.len())?;
    let mut result = Map::new();
    result.insert("ETag".to_owned(), format!("\"{}\"", part.etag).into());
    result.insert("LastModified".to_owned(), whole_second(ctx.now).into());
    if upload.algorithm.is_some() {
        result.insert(
            algorithm.member().to_owned(),
            part.checksum.value.clone().into(),
        );
    }
    let version = source.bucket.versioning.map(|_| entry.version.clone());
    let (name, id) = (bucket.name.clone(), id.to_owned());
    keep(ctx, &name, &id, number, part);
    Ok(json!({
        "CopyPartResult": result,
        "CopySourceVersionId": version,
        "ServerSideEncryption": "AES256",
    })
    .into())
}

fn copy_range(text: &str, data: &Bytes) -> Result<Bytes> {
    let range = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
        .and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)))
        .filter(|(first, last)| first <= last);
    let Some((first, last)) = range else {
        return Err(invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            text,
        ));
    };
    if last >= data.len() {
        return Err(invalid_argument(
            &format!(
                "Range specified is not valid for source object of size: {}",
                data.len()
            ),
            "x-amz-copy-source-range",
            text,
        ));
    }
    Ok(data.slice(first..=last))
}

pub(super) fn complete(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (id, upload) = match upload(bucket, input) {
        Ok(found) => found,
        Err(error) => return completed_before(bucket, input).ok_or(error),
    };
    let wanted = input
        .get("MultipartUpload")
        .and_then(|upload| upload.get("Parts"))
        .and_then(Value::as_array)
        .filter(|parts| !parts.is_empty())
        .ok_or_else(malformed_xml)?;
    conditions::check_write(input, bucket, &upload.key)?;
    let number = |row: &Value| {
        row.get("PartNumber")
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    if !wanted.is_sorted_by(|one, next| number(one) < number(next)) {
        return Err(AwsError::new(
            400,
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        )
        .with("UploadId", id));
    }
    let mut parts: Vec<&Part> = Vec::with_capacity(wanted.len());
    for (index, row) in wanted.iter().enumerate() {
        let number = number(row);
        let etag = row.get("ETag").and_then(Value::as_str).unwrap_or_default();
        let part = u32::try_from(number)
            .ok()
            .and_then(|number| upload.parts.get(&number));
        let part = part.filter(|part| part.etag == etag.trim_matches('"'));
        let sums = part.is_some_and(|part| {
            let member = part.checksum.algorithm.member();
            row.get(member)
                .is_none_or(|value| value.as_str() == Some(&part.checksum.value))
        });
        let Some(part) = part.filter(|_| sums) else {
            return Err(AwsError::new(
                400,
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
            )
            .with("UploadId", id)
            .with("PartNumber", number.to_string())
            .with("ETag", etag.trim_matches('"')));
        };
        if index + 1 < wanted.len() && part.data.len() < LEAST_PART {
            return Err(AwsError::new(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
            .with("ProposedSize", part.data.len().to_string())
            .with("MinSizeAllowed", LEAST_PART.to_string())
            .with("PartNumber", number.to_string())
            .with("ETag", part.etag.clone()));
        }
        parts.push(part);
    }
    let mut data = BytesMut::with_capacity(parts.iter().map(|part| part.data.len()).sum());
    parts
        .iter()
        .for_each(|part| data.extend_from_slice(&part.data));
    let data = data.freeze();
    if let Some(size) = input.int("MpuObjectSize")
        && u64::try_from(size).ok() != Some(data.len() as u64)
    {
        return Err(invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {}",
            data.len()
        )));
    }
    let mut object = upload.object.clone();
    let algorithm = upload.algorithm.unwrap_or(Algorithm::Crc64Nvme);
    object.checksum = if object.checksum.composite {
        Checksum::of_parts(algorithm, parts.iter().map(|part| &part.checksum))
    } else {
        Checksum::of(algorithm, &data)
    };
    if let Some((given, value)) = checksum::given(input)? {
        // A checksum of checksums may come with or without the number of parts.
        let own = &object.checksum;
        let plain = own.value.split('-').next() == value.split('-').next();
        if given != own.algorithm || !plain {
            return Err(AwsError::new(
                400,
                "BadDigest",
                format!(
                    "The {} you specified did not match the calculated checksum.",
                    given.name().to_lowercase()
                ),
            ));
        }
    }
    object.etag = checksum::multipart_etag(parts.iter().map(|part| part.etag.as_str()))?;
    object.parts = parts.iter().map(|part| part.data.len() as u64).collect();
    if object.checksum.composite {
        let numbers = wanted
            .iter()
            .map(|row| u32::try_from(number(row)).unwrap_or_default());
        let sums = parts.iter().map(|part| part.checksum.value.clone());
        object.part_sums = numbers.zip(sums).collect();
    }
    object.data = data;
    object.upload = Some(id.to_owned());
    let (id, key) = (id.to_owned(), upload.key.clone());
    let mut members = completed(bucket, &key, &object);
    let name = bucket.name.clone();
    discard(ctx, &name, &id);
    let version = store(ctx, &name, &key, object);
    members.insert("VersionId".to_owned(), version);
    Ok(Value::Object(members).into())
}

/// What is said of the object that an upload became, but for its version.
fn completed(bucket: &Bucket, key: &str, object: &Object) -> Map<String, Value> {
    let name = &bucket.name;
    let place = match bucket.region.as_str() {
        "us-east-1" => format!("https://{name}.s3.amazonaws.com/{key}"),
        region => format!("https://{name}.s3.{region}.amazonaws.com/{key}"),
    };
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    set("Location", place.into());
    set("Bucket", name.clone().into());
    set("Key", key.into());
    set("ETag", format!("\"{}\"", object.etag).into());
    set("ServerSideEncryption", "AES256".into());
    object.checksum.answer(&mut members);
    members
}

/// The answer to an upload that was completed already, of the same parts: the same again, whatever
/// its conditions.
fn completed_before(bucket: &Bucket, input: &Input) -> Option<Reply> {
    let (key, id) = (input.text("Key")?, input.text("UploadId")?);
    let entry = bucket.objects.get(key)?.iter().find(|entry| {
        let object = entry.object.as_ref();
        object.is_some_and(|object| object.upload.as_deref() == Some(id))
    })?;
    let object = entry.object.as_ref()?;
    let parts = input.get("MultipartUpload")?.get("Parts")?.as_array()?;
    let etags = parts.iter().filter_map(|part| part.get("ETag")?.as_str());
    let etag = checksum::multipart_etag(etags.map(|etag| etag.trim_matches('"'))).ok()?;
    if etag != object.etag {
        return None;
    }
    let mut members = completed(bucket, key, object);
    if bucket.versioning == Some(Versioning::Enabled) {
        members.insert("VersionId".to_owned(), entry.version.clone().into());
    }
    Some(Value::Object(members).into())
}

/// Forgets an upload and its parts.
fn discard(ctx: &mut Context<'_>, name: &str, id: &str) {
    Arc::make_mut(&mut ctx.state.s3).change(name, |bucket| {
        if let Some(upload) = bucket.uploads.remove(id) {
            let size: u64 = upload
                .parts
                .values()
                .map(|part| part.data.len() as u64)
                .sum();
            bucket.stored = bucket.stored.saturating_sub(size);
        }
    });
}

pub(super) fn abort(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (id, _) = upload(bucket, input)?;
    let (name, id) = (bucket.name.clone(), id.to_owned());
    discard(ctx, &name, &id);
    Ok(().into())
}

pub(super) fn list_parts(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (id, upload) = upload(bucket, input)?;
    let most = page_size(input, "MaxParts", "max-parts")?;
    let after = not_negative(input, "PartNumberMarker", "part-number-marker")?
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(0);
    let mut found = upload.parts.range(after.saturating_add(1)..);
    let mut last = after;
    let rows: Vec<Value> = found
        .by_ref()
        .take(most)
        .map(|(number, part)| {
            last = *number;
            let mut row = Map::new();
            row.insert("PartNumber".to_owned(), (*number).into());
            row.insert(
                "LastModified".to_owned(),
                whole_second(part.modified).into(),
            );
            row.insert("ETag".to_owned(), format!("\"{}\"", part.etag).into());
            row.insert("Size".to_owned(), part.data.len().into());
            if upload.algorithm.is_some() {
                row.insert(
                    part.checksum.algorithm.member().to_owned(),
                    part.checksum.value.clone().into(),
                );
            }
            Value::Object(row)
        })
        .collect();
    let more = found.next().is_some() && most > 0;
    Ok(json!({
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": last,
        "MaxParts": most,
        "IsTruncated": more,
        "Parts": rows,
        "Initiator": {"ID": upload.initiator},
        "Owner": {"ID": owner_id(&bucket.owner)},
        "StorageClass": upload.object.storage_class.as_deref().unwrap_or("STANDARD"),
        "ChecksumAlgorithm": upload.algorithm.map(Algorithm::name),
        "ChecksumType": upload.algorithm.map(|_| upload.object.checksum.kind()),
    })
    .into())
}

pub(super) fn list_uploads(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    if input.text("Delimiter").is_some_and(|text| !text.is_empty()) {
        return Err(AwsError::unsupported("Delimiter of ListMultipartUploads"));
    }
    let most = page_size(input, "MaxUploads", "max-uploads")?;
    let prefix = input.text("Prefix").unwrap_or_default();
    let marker = (
        input.text("KeyMarker").unwrap_or_default(),
        input.text("UploadIdMarker"),
    );
    let mut uploads: Vec<(&str, &str, &Upload)> = bucket
        .uploads
        .iter()
        .map(|(id, upload)| (upload.key.as_str(), id.as_str(), upload))
        .filter(|(key, _, _)| key.starts_with(prefix))
        // Without an upload id the marker's key itself is behind us.
        .filter(|(key, id, _)| match marker {
            ("", _) => true,
            (after, None) => *key > after,
            (after, Some(upload)) => (*key, *id) > (after, upload),
        })
        .collect();
    uploads.sort_by_key(|(key, id, _)| (*key, *id));
    let more = uploads.len() > most && most > 0;
    uploads.truncate(most);
    let last = uploads.last().filter(|_| more);
    let rows: Vec<Value> = uploads
        .iter()
        .map(|(key, id, upload)| {
            json!({
                "UploadId": id,
                "Key": encoding.text(key),
                "Initiated": whole_second(upload.initiated),
                "StorageClass": upload.object.storage_class.as_deref().unwrap_or("STANDARD"),
                "Owner": {"ID": owner_id(&bucket.owner)},
                "Initiator": {"ID": upload.initiator},
                "ChecksumAlgorithm": upload.algorithm.map(Algorithm::name),
                "ChecksumType": upload.algorithm.map(|_| upload.object.checksum.kind()),
            })
        })
        .collect();
    Ok(json!({
        "Bucket": bucket.name,
        "KeyMarker": encoding.text(marker.0),
        "UploadIdMarker": marker.1.unwrap_or_default(),
        "NextKeyMarker": encoding.opt(last.map(|(key, _, _)| *key)),
        "NextUploadIdMarker": last.map(|(_, id, _)| *id),
        "Prefix": encoding.text(prefix),
        "MaxUploads": most,
        "IsTruncated": more,
        "Uploads": if rows.is_empty() { Value::Null } else { Value::Array(rows) },
        "EncodingType": encoding.name(),
    })
    .into())
}
