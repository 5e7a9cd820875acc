//! Listing objects and versions.
//!
//! A page costs what it shows: it starts at the marker in the ordered map of keys, and jumps over
//! everything below a common prefix.

use std::borrow::Cow;
use std::collections::btree_map::Range;
use std::ops::Bound;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::buckets::{from_token, owner_id, to_token, whole_second};
use super::errors::invalid_argument;
use super::needs;
use super::state::{Bucket, Entry, Object};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Cell, Context, Input, Reply, Row};

type Result<T> = std::result::Result<T, AwsError>;

/// Most entries on a page.
const PAGE: i64 = 1000;

/// Most members of an entry.
const MEMBERS: usize = 10;

/// What S3 leaves as it is under `encoding-type=url`; a blank becomes `+`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/')
    .remove(b' ');

/// How an answer writes keys.
#[derive(Clone, Copy)]
pub(super) struct Encoding(bool);

impl Encoding {
    pub(super) fn read(input: &Input) -> Result<Self> {
        match input.text("EncodingType") {
            None => Ok(Self(false)),
            Some("url") => Ok(Self(true)),
            Some(other) => Err(invalid_argument(
                "Invalid Encoding Method specified in Request",
                "encoding-type",
                other,
            )),
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        if self.0 {
            let encoded = utf8_percent_encode(text, KEPT).to_string();
            encoded.replace(' ', "+")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn opt(self, text: Option<&str>) -> Value {
        text.map_or(Value::Null, |text| self.text(text).into())
    }

    pub(super) fn name(self) -> Value {
        if self.0 { "url".into() } else { Value::Null }
    }
}

/// The page size asked for, at most `PAGE`.
pub(super) fn page_size(input: &Input, member: &str, argument: &'static str) -> Result<usize> {
    let asked = not_negative(input, member, argument)?;
    let most = usize::try_from(PAGE).unwrap_or_default();
    Ok(asked.map_or(most, |count| count.min(most)))
}

/// A number of a query, which must not be negative.
pub(super) fn not_negative(
    input: &Input,
    member: &str,
    argument: &'static str,
) -> Result<Option<usize>> {
    let Some(number) = input.int(member) else {
        return Ok(None);
    };
    usize::try_from(number).map(Some).map_err(|_| {
        invalid_argument(
            &format!("Argument {argument} must be an integer between 0 and 2147483647"),
            argument,
            &number.to_string(),
        )
    })
}

/// The first text behind all that start with `prefix`; `None` if there is none.
fn behind(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        let next = match u32::from(last) {
            // Over the gap that is no characters.
            0xD7FF => 0xE000,
            code => code + 1,
        };
        if let Some(next) = char::from_u32(next) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// What stands in a listing.
enum Found<'a> {
    Key(&'a str, &'a [Entry]),
    Prefix(String),
}

/// The keys and common prefixes from a start on.
struct Rows<'a> {
    bucket: &'a Bucket,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    keys: Option<Range<'a, Arc<str>, Arc<Vec<Entry>>>>,
}

impl<'a> Rows<'a> {
    /// `after` is a key or common prefix that was shown already.
    fn new(
        bucket: &'a Bucket,
        prefix: &'a str,
        delimiter: Option<&'a str>,
        after: Option<&str>,
    ) -> Self {
        let mut rows = Self {
            bucket,
            prefix,
            delimiter,
            keys: None,
        };
        match after.filter(|after| *after >= prefix) {
            None => rows.go_on(Bound::Included(prefix)),
            Some(after) => match rows.common_prefix(after) {
                Some(common) if common == after => rows.go_behind(&common),
                _ => rows.go_on(Bound::Excluded(after)),
            },
        }
        rows
    }

    fn go_on(&mut self, from: Bound<&str>) {
        self.keys = Some(
            self.bucket
                .objects
                .range::<str, _>((from, Bound::Unbounded)),
        );
    }

    /// Jumps over everything that starts with `prefix`.
    fn go_behind(&mut self, prefix: &str) {
        match behind(prefix) {
            Some(next) => self.go_on(Bound::Included(&next)),
            None => self.keys = None,
        }
    }

    /// The part of a key up to the delimiter behind the prefix.
    fn common_prefix(&self, key: &str) -> Option<String> {
        let delimiter = self.delimiter?;
        let (head, _) = key.strip_prefix(self.prefix)?.split_once(delimiter)?;
        Some(format!("{}{head}{delimiter}", self.prefix))
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        let (key, entries) = self.keys.as_mut()?.next()?;
        if !key.starts_with(self.prefix) {
            return None;
        }
        Some(match self.common_prefix(key) {
            Some(common) => {
                self.go_behind(&common);
                Found::Prefix(common)
            }
            None => Found::Key(key, entries),
        })
    }
}

/// Whether a common prefix holds any object that is not deleted.
fn has_live(bucket: &Bucket, prefix: &str) -> bool {
    if bucket.versioning.is_none() {
        return true;
    }
    bucket
        .objects
        .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(|(key, _)| key.starts_with(prefix))
        .any(|(_, entries)| entries.last().is_some_and(|entry| entry.object.is_some()))
}

/// A page of current objects.
struct Page {
    contents: Vec<Row>,
    prefixes: Vec<Row>,
    /// The last key or prefix shown, if there is more behind it.
    more: Option<String>,
}

impl Page {
    fn reply(self, members: Value) -> Reply {
        let mut reply = Reply::from(members);
        reply.rows.set_list("Contents", self.contents);
        reply.rows.set_list("CommonPrefixes", self.prefixes);
        reply
    }
}

fn page(
    bucket: &Bucket,
    input: &Input,
    after: Option<&str>,
    most: usize,
    with_owner: bool,
) -> Result<Page> {
    let owner = with_owner.then(|| owner(bucket));
    let encoding = Encoding::read(input)?;
    let prefix = input.text("Prefix").unwrap_or_default();
    let delimiter = input.text("Delimiter").filter(|text| !text.is_empty());
    let mut page = Page {
        contents: Vec::new(),
        prefixes: Vec::new(),
        more: None,
    };
    if most == 0 {
        return Ok(page);
    }
    let mut last = Cow::Borrowed("");
    for found in Rows::new(bucket, prefix, delimiter, after) {
        let full = page.contents.len() + page.prefixes.len() == most;
        match found {
            Found::Key(key, entries) => {
                let newest = entries.last();
                let Some((entry, object)) = newest.and_then(|it| Some((it, it.object.as_ref()?)))
                else {
                    continue;
                };
                if full {
                    page.more = Some(last.into_owned());
                    break;
                }
                let mut row = describe(key, entry, object, encoding);
                if let Some(owner) = &owner {
                    row.set("Owner", Cell::Structure(owner.clone()));
                }
                page.contents.push(row);
                last = Cow::Borrowed(key);
            }
            Found::Prefix(common) => {
                if !has_live(bucket, &common) {
                    continue;
                }
                if full {
                    page.more = Some(last.into_owned());
                    break;
                }
                page.prefixes.push(describe_prefix(&common, encoding));
                last = Cow::Owned(common);
            }
        }
    }
    Ok(page)
}

fn describe(key: &str, entry: &Entry, object: &Object, encoding: Encoding) -> Row {
    let mut row = describe_key(key, entry, encoding);
    row.set("ETag", ["\"", &object.etag, "\""].concat());
    let algorithm = object.checksum.algorithm.name();
    row.set("ChecksumAlgorithm", Cell::List(vec![algorithm.into()]));
    row.set("ChecksumType", object.checksum.kind());
    row.set("Size", object.size().to_string());
    match &object.storage_class {
        Some(class) => row.set("StorageClass", class.clone()),
        None => row.set("StorageClass", "STANDARD"),
    }
    row
}

fn describe_key(key: &str, entry: &Entry, encoding: Encoding) -> Row {
    let mut row = Row::with_capacity(MEMBERS);
    row.set("Key", encoding.text(key));
    row.set("LastModified", whole_second(entry.modified));
    row
}

fn describe_prefix(common: &str, encoding: Encoding) -> Row {
    let mut row = Row::default();
    row.set("Prefix", encoding.text(common));
    row
}

fn owner(bucket: &Bucket) -> Row {
    let mut row = Row::default();
    row.set("ID", owner_id(&bucket.owner));
    row
}

pub(super) fn version_two(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxKeys", "max-keys")?;
    let after = match input.text("ContinuationToken") {
        Some(token) => Some(from_token(token).ok_or_else(|| {
            invalid_argument(
                "The continuation token provided is incorrect",
                "continuation-token",
                token,
            )
        })?),
        None => input.text("StartAfter").map(str::to_owned),
    };
    // A page that goes on from a token says no more where the first one began.
    let start_after = input
        .text("StartAfter")
        .filter(|_| input.text("ContinuationToken").is_none());
    let owner = input.flag("FetchOwner").unwrap_or_default();
    let page = page(bucket, input, after.as_deref(), most, owner)?;
    let members = json!({
        "IsTruncated": page.more.is_some(),
        "KeyCount": page.contents.len() + page.prefixes.len(),
        "Name": bucket.name,
        "Prefix": encoding.text(input.text("Prefix").unwrap_or_default()),
        "Delimiter": encoding.opt(input.text("Delimiter")),
        "MaxKeys": most,
        "EncodingType": encoding.name(),
        "ContinuationToken": input.text("ContinuationToken"),
        "NextContinuationToken": page.more.as_deref().map(to_token),
        "StartAfter": encoding.opt(start_after),
    });
    Ok(page.reply(members))
}

pub(super) fn version_one(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxKeys", "max-keys")?;
    let marker = input.text("Marker");
    let page = page(bucket, input, marker, most, true)?;
    // Without a delimiter the caller goes on from the last key.
    let next = page
        .more
        .as_deref()
        .filter(|_| input.text("Delimiter").is_some());
    let members = json!({
        "IsTruncated": page.more.is_some(),
        "Marker": encoding.text(marker.unwrap_or_default()),
        "NextMarker": encoding.opt(next),
        "Name": bucket.name,
        "Prefix": encoding.text(input.text("Prefix").unwrap_or_default()),
        "Delimiter": encoding.opt(input.text("Delimiter")),
        "MaxKeys": most,
        "EncodingType": encoding.name(),
    });
    Ok(page.reply(members))
}

pub(super) fn versions(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxKeys", "max-keys")?;
    let prefix = input.text("Prefix").unwrap_or_default();
    let delimiter = input.text("Delimiter").filter(|text| !text.is_empty());
    let key_marker = input.text("KeyMarker");
    let version_marker = input.text("VersionIdMarker");
    if version_marker.is_some() && key_marker.is_none() {
        return Err(invalid_argument(
            "A version-id marker cannot be specified without a key marker.",
            "version-id-marker",
            version_marker.unwrap_or_default(),
        ));
    }
    let owner = owner(bucket);
    let (mut versions, mut markers, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    let mut next: Option<(String, Option<String>)> = None;
    let mut last: Option<(String, Option<String>)> = None;
    // With a version marker the page goes on inside the marker's key.
    let inside = key_marker.zip(version_marker).and_then(|(key, version)| {
        bucket
            .objects
            .get_key_value(key)
            .map(|pair| (pair, version))
    });
    let first = inside.map(|((key, entries), version)| {
        let upto = entries.iter().position(|entry| entry.version == version);
        Found::Key(key, entries.get(..upto.unwrap_or(0)).unwrap_or_default())
    });
    let rest = Rows::new(bucket, prefix, delimiter, key_marker);
    'rows: for row in first.into_iter().chain(rest) {
        if most == 0 {
            break;
        }
        let full = |versions: &[Row], markers: &[Row], prefixes: &[Row]| {
            versions.len() + markers.len() + prefixes.len() == most
        };
        match row {
            Found::Prefix(common) => {
                if full(&versions, &markers, &prefixes) {
                    next = last;
                    break 'rows;
                }
                prefixes.push(describe_prefix(&common, encoding));
                last = Some((common, None));
            }
            Found::Key(key, entries) => {
                let newest = bucket.current(key).map(|entry| entry.version.as_str());
                for entry in entries.iter().rev() {
                    if full(&versions, &markers, &prefixes) {
                        next = last;
                        break 'rows;
                    }
                    let latest = newest == Some(entry.version.as_str());
                    let mut row = match &entry.object {
                        Some(object) => describe(key, entry, object, encoding),
                        None => describe_key(key, entry, encoding),
                    };
                    row.set("VersionId", entry.version.clone());
                    row.set("IsLatest", if latest { "true" } else { "false" });
                    row.set("Owner", Cell::Structure(owner.clone()));
                    if entry.object.is_some() {
                        versions.push(row);
                    } else {
                        markers.push(row);
                    }
                    last = Some((key.to_owned(), Some(entry.version.clone())));
                }
            }
        }
    }
    let (next_key, next_version) = match &next {
        Some((key, version)) => (Some(key.as_str()), version.as_deref()),
        None => (None, None),
    };
    let mut reply = Reply::from(json!({
        "IsTruncated": next.is_some(),
        "KeyMarker": encoding.text(key_marker.unwrap_or_default()),
        "VersionIdMarker": version_marker.unwrap_or_default(),
        "NextKeyMarker": encoding.opt(next_key),
        "NextVersionIdMarker": next_version,
        "Name": bucket.name,
        "Prefix": encoding.text(prefix),
        "Delimiter": encoding.opt(delimiter),
        "MaxKeys": most,
        "EncodingType": encoding.name(),
    }));
    reply.rows.set_list("Versions", versions);
    reply.rows.set_list("DeleteMarkers", markers);
    reply.rows.set_list("CommonPrefixes", prefixes);
    Ok(reply)
}
