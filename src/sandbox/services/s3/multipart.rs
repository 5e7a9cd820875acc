//! Multipart uploads.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use serde_json::{Map, Value, json};

use super::acl;
use super::buckets::{owner_id, whole_second};
use super::checksum::{self, Algorithm, Checksum};
use super::errors::{invalid_argument, invalid_request, malformed_xml, no_such_upload};
use super::listing::{Encoding, delimiter, form_encoded, not_negative, page_size};
use super::lock::Lock;
use super::needs::{self, find, look_up};
use super::objects::{check_key, check_room, described, owned, store};
use super::state::{Bucket, NULL, Object, Part, Upload, Versioning};
use super::{conditions, expiry};
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
        (Some(_), None) => {
            return Err(invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            ));
        }
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
    conditions::check(input, &conditions::SOURCE, object, entry.modified, ctx.now)?;
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
    let version = Some(entry.version.clone()).filter(|version| version != NULL);
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
    if first >= data.len() {
        return Err(invalid_request(
            "The specified copy range is invalid for the source object size",
        ));
    }
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

/// The kind of checksum that completes an upload is the one that it was begun with.
fn check_kind(input: &Input, upload: &Upload) -> Result<()> {
    let begun = upload.algorithm.map(|_| upload.object.checksum.kind());
    match input.text("ChecksumType") {
        Some(kind) if begun != Some(kind) => Err(invalid_request(format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            begun.unwrap_or("null")
        ))),
        _ => Ok(()),
    }
}

/// The checksum that a request to complete gives for a part.
fn given_sum(row: &Value) -> Option<(Algorithm, &str)> {
    Algorithm::all().find_map(|known| Some((known, row.get(known.member())?.as_str()?)))
}

/// Compares the checksum that is given for a part with the part's own.
fn check_sum(upload: &Upload, number: u64, part: &Part, row: &Value) -> Result<bool> {
    let composite = upload.object.checksum.composite;
    match (given_sum(row), upload.algorithm) {
        (None, Some(algorithm)) if composite => Err(invalid_request(format!(
            "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
            algorithm.name().to_lowercase()
        ))),
        (None, _) => Ok(true),
        (Some((given, _)), Some(algorithm)) if given != algorithm => Err(AwsError::new(
            400,
            "BadDigest",
            format!(
                "The {} you specified for part {number} did not match what we received.",
                given.name().to_lowercase()
            ),
        )),
        // Without an algorithm of the upload no part has a checksum to compare.
        (Some((_, value)), begun) => Ok(begun.is_some() && value == part.checksum.value),
    }
}

pub(super) fn complete(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let (id, upload) = match upload(bucket, input) {
        Ok(found) => found,
        Err(error) => return completed_before(bucket, input).ok_or(error),
    };
    let wanted = input
        .get("MultipartUpload")
        .ok_or_else(|| invalid_request("You must specify at least one part"))?
        .get("Parts")
        .and_then(Value::as_array)
        .filter(|parts| !parts.is_empty())
        .ok_or_else(malformed_xml)?;
    conditions::check_write(input, bucket, &upload.key)?;
    conditions::check_since(input, bucket, &upload.key, upload.initiated)?;
    check_kind(input, upload)?;
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
        let sums = match part {
            Some(part) => check_sum(upload, number, part, row)?,
            None => false,
        };
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
    // Of an upload that was begun without an algorithm, S3 passes over the value.
    if let (Some((given, value)), Some(algorithm)) = (checksum::given(input)?, upload.algorithm) {
        let own = &object.checksum;
        let same = if own.composite {
            // A checksum of checksums may come with or without the number of parts.
            own.value.split('-').next() == value.split('-').next()
        } else {
            // Without its kind, the value is taken for a checksum of checksums.
            own.value == value && input.text("ChecksumType").is_some()
        };
        if given != algorithm || !same {
            return Err(AwsError::new(
                400,
                "BadDigest",
                format!(
                    "The {} you specified did not match the calculated checksum.",
                    algorithm.name().to_lowercase()
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
    let expiration = expiry::told(bucket, &key, &object, ctx.now);
    members.insert("Expiration".to_owned(), expiration.into());
    let name = bucket.name.clone();
    discard(ctx, &name, &id);
    let version = store(ctx, &name, &key, object);
    members.insert("VersionId".to_owned(), version);
    Ok(Value::Object(members).into())
}

/// What is said of the object that an upload became, but for its version.
fn completed(bucket: &Bucket, key: &str, object: &Object) -> Map<String, Value> {
    let name = &bucket.name;
    // Slashes are encoded, too (aws-sdk-go, issue 1385).
    let path = form_encoded(key).replace('/', "%2F");
    let place = match bucket.region.as_str() {
        "us-east-1" => format!("https://{name}.s3.amazonaws.com/{path}"),
        region => format!("https://{name}.s3.{region}.amazonaws.com/{path}"),
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
    let mut last = 0;
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
        "Initiator": initiator(upload),
        "Owner": {"ID": owner_id(&bucket.owner)},
        "StorageClass": upload.object.storage_class.as_deref().unwrap_or("STANDARD"),
        "ChecksumAlgorithm": upload.algorithm.map(Algorithm::name),
        "ChecksumType": upload.algorithm.map(|_| upload.object.checksum.kind()),
    })
    .into())
}

/// Who began an upload: the ARN, and what is behind its kind. Of a session the name is not established.
fn initiator(upload: &Upload) -> Value {
    let arn = &upload.initiator;
    let name = arn.split_once('/').map_or(arn.as_str(), |(_, name)| name);
    json!({"ID": arn, "DisplayName": name})
}

/// A line of a list of uploads.
enum Row<'a> {
    Upload(&'a str, &'a Upload),
    Prefix(String),
}

/// The uploads of a bucket behind a marker, by key and by when they were begun; those below a common prefix are
/// one line.
fn upload_rows<'a>(
    bucket: &'a Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    marker: (&str, Option<&str>),
) -> Vec<Row<'a>> {
    let common = |key: &str| {
        let (head, _) = key.strip_prefix(prefix)?.split_once(delimiter?)?;
        Some(format!("{prefix}{head}{}", delimiter?))
    };
    let since = marker
        .1
        .and_then(|id| Some(bucket.uploads.get(id)?.initiated));
    let shown = common(marker.0);
    let mut uploads: Vec<(&str, &Upload)> = bucket
        .uploads
        .iter()
        .map(|(id, upload)| (id.as_str(), upload))
        .filter(|(_, upload)| upload.key.starts_with(prefix))
        // Without an upload's id the marker's key itself is behind us.
        .filter(|(id, upload)| match marker.0 {
            "" => true,
            after if upload.key == after => {
                since.is_some_and(|since| (upload.initiated, Some(*id)) > (since, marker.1))
            }
            after => upload.key.as_str() > after,
        })
        .collect();
    uploads.sort_by_key(|(id, upload)| (&upload.key, upload.initiated, *id));
    let mut rows = Vec::new();
    let mut last = shown;
    for (id, upload) in uploads {
        match common(&upload.key) {
            Some(prefix) if last.as_ref() == Some(&prefix) => {}
            Some(prefix) => {
                last = Some(prefix.clone());
                rows.push(Row::Prefix(prefix));
            }
            None => rows.push(Row::Upload(id, upload)),
        }
    }
    rows
}

pub(super) fn list_uploads(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxUploads", "max-uploads")?;
    let prefix = input.text("Prefix").filter(|text| !text.is_empty());
    let delimiter = delimiter(input);
    let key = input.text("KeyMarker").unwrap_or_default();
    // An upload's id is a marker only together with its key.
    let id = input
        .text("UploadIdMarker")
        .filter(|id| !key.is_empty() && !id.is_empty());
    if let Some(id) = id
        && bucket
            .uploads
            .get(id)
            .is_some_and(|upload| upload.key != key)
    {
        return Err(invalid_argument(
            "Invalid uploadId marker",
            "upload-id-marker",
            id,
        ));
    }
    let mut rows = upload_rows(bucket, prefix.unwrap_or_default(), delimiter, (key, id));
    let more = rows.len() > most && most > 0;
    rows.truncate(most);
    let (mut uploads, mut prefixes, mut last) = (Vec::new(), Vec::new(), ("", ""));
    for row in &rows {
        match row {
            Row::Upload(id, upload) => {
                last = (upload.key.as_str(), *id);
                uploads.push(json!({
                    "UploadId": id,
                    "Key": encoding.text(&upload.key),
                    "Initiated": whole_second(upload.initiated),
                    "StorageClass": upload.object.storage_class.as_deref().unwrap_or("STANDARD"),
                    "Owner": {"ID": owner_id(&bucket.owner)},
                    "Initiator": initiator(upload),
                    "ChecksumAlgorithm": upload.algorithm.map(Algorithm::name),
                    "ChecksumType": upload.algorithm.map(|_| upload.object.checksum.kind()),
                }));
            }
            Row::Prefix(common) => prefixes.push(json!({"Prefix": encoding.text(common)})),
        }
    }
    let listed = |rows: Vec<Value>| match rows.as_slice() {
        [] => Value::Null,
        _ => Value::Array(rows),
    };
    Ok(json!({
        "Bucket": bucket.name,
        "KeyMarker": encoding.text(key),
        "UploadIdMarker": id.unwrap_or_default(),
        // S3 says them on the last page, too, and nothing in them where the page ends with a prefix.
        "NextKeyMarker": encoding.text(last.0),
        "NextUploadIdMarker": last.1,
        "Prefix": encoding.opt(prefix),
        "Delimiter": encoding.opt(delimiter),
        "MaxUploads": most,
        "IsTruncated": more,
        "Uploads": listed(uploads),
        "CommonPrefixes": listed(prefixes),
        "EncodingType": encoding.name(),
    })
    .into())
}
