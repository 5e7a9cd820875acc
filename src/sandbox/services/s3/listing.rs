//! Listing objects and versions.
//!
//! A page costs what it shows: it starts at the marker in the ordered map of keys, and jumps over
//! everything below a common prefix.

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::Arc;

use http::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::buckets::{from_token, owner_id, to_token};
use super::errors::invalid_argument;
use super::needs;
use super::state::{Bucket, Entry, Object};
use crate::sandbox::clock;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::sandbox::shelf::Iter;
use crate::sandbox::wire::xml;

type Result<T> = std::result::Result<T, AwsError>;

/// Most entries on a page.
const PAGE: i64 = 1000;

/// What an entry of a page takes, in bytes, with a key of usual length.
const ENTRY: usize = 384;

/// Entries for which a page has room from the start.
const FIRST: usize = 32;

/// What stands around the entries, and in front of and behind all elements.
const HEAD: usize = 1024;

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

    pub(super) fn text(self, text: &str) -> Cow<'_, str> {
        if self.0 {
            form_encoded(text)
        } else {
            text.into()
        }
    }

    pub(super) fn opt(self, text: Option<&str>) -> Value {
        text.map_or(Value::Null, |text| self.text(text).into())
    }

    pub(super) fn name(self) -> Option<&'static str> {
        self.0.then_some("url")
    }
}

/// A key as S3 encodes it in answers.
pub(super) fn form_encoded(key: &str) -> Cow<'_, str> {
    let encoded = Cow::from(utf8_percent_encode(key, KEPT));
    if encoded.contains(' ') {
        encoded.replace(' ', "+").into()
    } else {
        encoded
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
    keys: Option<Iter<'a, Arc<str>, Arc<Vec<Entry>>>>,
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
            None if prefix.is_empty() => rows.go_on(Bound::Unbounded),
            None => rows.go_on(Bound::Included(prefix)),
            Some(after) => match rows.common_prefix(after) {
                // A key below a common prefix stands for all of it.
                Some(common) => rows.go_behind(&common),
                None => rows.go_on(Bound::Excluded(after)),
            },
        }
        rows
    }

    fn go_on(&mut self, from: Bound<&str>) {
        self.keys = Some(self.bucket.objects.from_key(from));
    }

    /// Jumps over everything that starts with `prefix`.
    fn go_behind(&mut self, prefix: &str) {
        match behind(prefix) {
            Some(next) => self.go_on(Bound::Included(&next)),
            None => self.keys = None,
        }
    }

    /// What a key with the prefix has behind it. An empty prefix is not compared: it lies at no address,
    /// and processors that read it masked (AVX-512) take a tenth of the whole request over that.
    fn rest<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.prefix.is_empty() {
            Some(key)
        } else {
            key.strip_prefix(self.prefix)
        }
    }

    /// The part of a key up to the delimiter behind the prefix.
    fn common_prefix(&self, key: &str) -> Option<String> {
        let delimiter = self.delimiter?;
        let rest = self.rest(key)?;
        // Nearly every delimiter is one character, which is found without preparing a search.
        let at = match delimiter.as_bytes() {
            [byte] if byte.is_ascii() => rest.find(char::from(*byte)),
            _ => rest.find(delimiter),
        }?;
        let end = key.len() - rest.len() + at + delimiter.len();
        key.get(..end).map(str::to_owned)
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        let (key, entries) = self.keys.as_mut()?.next()?;
        self.rest(key)?;
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
        .from_key(Bound::Included(prefix))
        .take_while(|(key, _)| key.starts_with(prefix))
        .any(|(_, entries)| entries.last().is_some_and(|entry| entry.object.is_some()))
}

/// Elements of an answer as they are written (see `Reply::elements`): a page may have a thousand
/// entries.
#[derive(Default)]
pub(super) struct Elements {
    text: String,
}

impl Elements {
    fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
        }
    }

    /// With room for a page of a bucket.
    fn for_page(bucket: &Bucket, most: usize) -> Self {
        Self::with_capacity(HEAD + bucket.objects.len().min(most).min(FIRST) * ENTRY)
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        xml::element(&mut self.text, name, text);
    }

    pub(super) fn opt(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn flag(&mut self, name: &str, is: bool) {
        self.text(name, if is { "true" } else { "false" });
    }

    fn number(&mut self, name: &str, number: u64) {
        self.text(name, &number.to_string());
    }

    /// A text that is encoded where the request asks for it.
    fn encoded(&mut self, name: &str, text: &str, encoding: Encoding) {
        self.text(name, &encoding.text(text));
    }

    fn encoded_opt(&mut self, name: &str, text: Option<&str>, encoding: Encoding) {
        if let Some(text) = text {
            self.encoded(name, text, encoding);
        }
    }

    /// Others, which were written apart.
    fn add(&mut self, others: &Self) {
        self.text.push_str(&others.text);
    }

    pub(super) fn open(&mut self, name: &str) {
        xml::open(&mut self.text, name);
    }

    pub(super) fn close(&mut self, name: &str) {
        xml::close(&mut self.text, name);
    }

    fn modified(&mut self, entry: &Entry) {
        self.text.push_str("<LastModified>");
        // S3 keeps whole seconds.
        let second = Timestamp::from_second(entry.modified.as_second());
        clock::write_millis(&mut self.text, second.unwrap_or(entry.modified));
        self.text.push_str("</LastModified>");
    }

    /// From the ETag to the storage class: texts of the sandbox's own, which need no escapes.
    fn facts(&mut self, object: &Object) {
        for text in [
            "<ETag>&quot;",
            &object.etag,
            "&quot;</ETag><ChecksumAlgorithm>",
            object.checksum.algorithm.name(),
            "</ChecksumAlgorithm><ChecksumType>",
            object.checksum.kind(),
            "</ChecksumType><Size>",
            &object.size().to_string(),
            "</Size><StorageClass>",
            object.storage_class.as_deref().unwrap_or("STANDARD"),
            "</StorageClass>",
        ] {
            self.text.push_str(text);
        }
    }

    pub(super) fn owner(&mut self, id: &str) {
        self.open("Owner");
        self.text("ID", id);
        self.close("Owner");
    }

    fn prefix(&mut self, common: &str, encoding: Encoding) {
        self.open("CommonPrefixes");
        self.encoded("Prefix", common, encoding);
        self.close("CommonPrefixes");
    }

    pub(super) fn reply(self) -> Reply {
        Reply {
            elements: Some(self.text),
            ..Reply::default()
        }
    }

    /// A listing of objects, which says where the bucket is.
    fn of_objects(self, bucket: &Bucket) -> Reply {
        const REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");
        let region = HeaderValue::try_from(bucket.region.as_str());
        Reply {
            headers: region.map(|region| (REGION, region)).into_iter().collect(),
            ..self.reply()
        }
    }
}

/// The delimiter of a listing; an empty one is none.
pub(super) fn delimiter(input: &Input) -> Option<&str> {
    input.text("Delimiter").filter(|text| !text.is_empty())
}

/// A page of current objects.
struct Page {
    contents: Elements,
    prefixes: Elements,
    /// Keys and prefixes on it.
    count: usize,
    /// The last key or prefix shown, if there is more behind it.
    more: Option<String>,
}

impl Page {
    /// The elements that both versions have, in an answer after what tells whether there is more.
    fn write(
        &self,
        out: &mut Elements,
        bucket: &Bucket,
        input: &Input,
        most: usize,
        encoding: Encoding,
    ) {
        out.text("Name", &bucket.name);
        let prefix = input.text("Prefix").unwrap_or_default();
        out.encoded("Prefix", prefix, encoding);
        out.encoded_opt("Delimiter", delimiter(input), encoding);
        out.number("MaxKeys", most as u64);
        out.opt("EncodingType", encoding.name());
    }

    /// The rows behind what stands in front of them: the SDK for Java 1 reads a listing in this order.
    fn behind(self, front: &Elements) -> Elements {
        // In place: the rows are long, and their buffer has room for this.
        let mut out = self.contents;
        out.text.insert_str(0, &front.text);
        out.add(&self.prefixes);
        out
    }
}

fn page(
    bucket: &Bucket,
    input: &Input,
    after: Option<&str>,
    most: usize,
    with_owner: bool,
) -> Result<Page> {
    let owner = with_owner.then(|| owner_id(&bucket.owner));
    let encoding = Encoding::read(input)?;
    let prefix = input.text("Prefix").unwrap_or_default();
    let delimiter = delimiter(input);
    let mut page = Page {
        contents: Elements::for_page(bucket, most),
        prefixes: Elements::default(),
        count: 0,
        more: None,
    };
    if most == 0 {
        return Ok(page);
    }
    let mut last = Cow::Borrowed("");
    for found in Rows::new(bucket, prefix, delimiter, after) {
        let full = page.count == most;
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
                let out = &mut page.contents;
                out.text.push_str("<Contents><Key>");
                xml::escape(&mut out.text, &encoding.text(key));
                out.text.push_str("</Key>");
                out.text.push_str(entry.listed.text(|| {
                    let mut facts = Elements::default();
                    facts.modified(entry);
                    facts.facts(object);
                    facts.text
                }));
                if let Some(owner) = &owner {
                    out.owner(owner);
                }
                out.close("Contents");
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
                page.prefixes.prefix(&common, encoding);
                last = Cow::Owned(common);
            }
        }
        page.count += 1;
    }
    Ok(page)
}

pub(super) fn version_two(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxKeys", "max-keys")?;
    let token = input.text("ContinuationToken");
    let after = match token {
        Some(token) => Some(from_token(token).ok_or_else(|| {
            let refused = AwsError::new(
                400,
                "InvalidArgument",
                "The continuation token provided is incorrect",
            )
            .with("ArgumentName", "continuation-token");
            if token.is_empty() {
                refused
            } else {
                refused.with("ArgumentValue", token)
            }
        })?),
        None => input.text("StartAfter").map(str::to_owned),
    };
    // A page that goes on from a token says no more where the first one began.
    let start_after = input.text("StartAfter").filter(|_| token.is_none());
    let owner = input.flag("FetchOwner").unwrap_or_default();
    let page = page(bucket, input, after.as_deref(), most, owner)?;
    let next = page.more.as_deref().map(to_token);
    let mut out = Elements::with_capacity(HEAD);
    out.flag("IsTruncated", next.is_some());
    page.write(&mut out, bucket, input, most, encoding);
    out.number("KeyCount", page.count as u64);
    out.opt("ContinuationToken", token);
    out.opt("NextContinuationToken", next.as_deref());
    out.encoded_opt("StartAfter", start_after, encoding);
    Ok(page.behind(&out).of_objects(bucket))
}

pub(super) fn version_one(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxKeys", "max-keys")?;
    let marker = input.text("Marker");
    let page = page(bucket, input, marker, most, true)?;
    // Without a delimiter the caller goes on from the last key.
    let next = page.more.as_deref().filter(|_| delimiter(input).is_some());
    let mut out = Elements::with_capacity(HEAD);
    out.flag("IsTruncated", page.more.is_some());
    out.encoded("Marker", marker.unwrap_or_default(), encoding);
    out.encoded_opt("NextMarker", next, encoding);
    page.write(&mut out, bucket, input, most, encoding);
    Ok(page.behind(&out).of_objects(bucket))
}

pub(super) fn versions(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let encoding = Encoding::read(input)?;
    let most = page_size(input, "MaxKeys", "max-keys")?;
    let prefix = input.text("Prefix").unwrap_or_default();
    let delimiter = delimiter(input);
    let key_marker = input.text("KeyMarker");
    let version_marker = input.text("VersionIdMarker");
    if version_marker.is_some() && key_marker.is_none() {
        return Err(invalid_argument(
            "A version-id marker cannot be specified without a key marker.",
            "version-id-marker",
            version_marker.unwrap_or_default(),
        ));
    }
    let owner = owner_id(&bucket.owner);
    let (mut versions, mut markers) = (Elements::default(), Elements::default());
    let mut prefixes = Elements::default();
    let mut count = 0;
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
        // Who empties a bucket page by page has deleted the marker's version, and those before it.
        let upto = entries.iter().position(|entry| entry.version == version);
        Found::Key(
            key,
            entries
                .get(..upto.unwrap_or(entries.len()))
                .unwrap_or_default(),
        )
    });
    let rest = Rows::new(bucket, prefix, delimiter, key_marker);
    'rows: for row in first.into_iter().chain(rest) {
        if most == 0 {
            break;
        }
        match row {
            Found::Prefix(common) => {
                if count == most {
                    next = last;
                    break 'rows;
                }
                count += 1;
                prefixes.prefix(&common, encoding);
                last = Some((common, None));
            }
            Found::Key(key, entries) => {
                let newest = bucket.current(key).map(|entry| entry.version.as_str());
                for entry in entries.iter().rev() {
                    if count == most {
                        next = last;
                        break 'rows;
                    }
                    count += 1;
                    let latest = newest == Some(entry.version.as_str());
                    let whose = |out: &mut Elements| {
                        out.encoded("Key", key, encoding);
                        out.text("VersionId", &entry.version);
                        out.flag("IsLatest", latest);
                        out.modified(entry);
                    };
                    match &entry.object {
                        Some(object) => {
                            versions.open("Version");
                            versions.facts(object);
                            whose(&mut versions);
                            versions.owner(&owner);
                            versions.close("Version");
                        }
                        None => {
                            markers.open("DeleteMarker");
                            markers.owner(&owner);
                            whose(&mut markers);
                            markers.close("DeleteMarker");
                        }
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
    let mut out = Elements::with_capacity(versions.text.len() + markers.text.len() + HEAD);
    out.flag("IsTruncated", next.is_some());
    out.encoded("KeyMarker", key_marker.unwrap_or_default(), encoding);
    out.text("VersionIdMarker", version_marker.unwrap_or_default());
    out.encoded_opt("NextKeyMarker", next_key, encoding);
    out.opt("NextVersionIdMarker", next_version);
    out.add(&versions);
    out.add(&markers);
    out.text("Name", &bucket.name);
    out.encoded("Prefix", prefix, encoding);
    out.encoded_opt("Delimiter", delimiter, encoding);
    out.number("MaxKeys", most as u64);
    out.add(&prefixes);
    out.opt("EncodingType", encoding.name());
    Ok(out.reply())
}
