//! Buckets, objects and their versions.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::checksum::Checksum;
use super::lock::Lock;
use super::settings::Setting;
use crate::sandbox::policies::PolicyText;
use crate::sandbox::shelf::Shelf;

/// Buckets of all accounts: their names are one space.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    buckets: BTreeMap<String, Arc<Bucket>>,
    /// Bytes of object data held.
    stored: u64,
}

impl State {
    /// The bucket of that name, whoever owns it.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.get(name).map(Arc::as_ref)
    }

    /// The buckets by name.
    pub fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.values().map(Arc::as_ref)
    }

    /// Bytes of object data held, in all buckets.
    #[must_use]
    pub fn stored(&self) -> u64 {
        self.stored
    }

    pub(super) fn insert(&mut self, bucket: Bucket) {
        self.buckets.insert(bucket.name.clone(), Arc::new(bucket));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.buckets.remove(name);
    }

    /// Changes a bucket, and keeps count of the data in it.
    pub(super) fn change<T>(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Bucket) -> T,
    ) -> Option<T> {
        let bucket = Arc::make_mut(self.buckets.get_mut(name)?);
        let before = bucket.stored;
        let result = change(bucket);
        self.stored = (self.stored + bucket.stored).saturating_sub(before);
        Some(result)
    }
}

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bucket {
    /// Name.
    pub name: String,
    /// Account that owns it.
    pub owner: String,
    /// Region.
    pub region: String,
    /// It was made with the location constraint `EU`, the old name of `eu-west-1`.
    #[serde(default)]
    pub eu: bool,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The bucket policy.
    pub policy: Option<Arc<PolicyText>>,
    /// Block Public Access.
    pub public_access_block: Option<PublicAccessBlock>,
    /// The ownership controls, while they are set.
    #[serde(deserialize_with = "ownership")]
    pub ownership: Option<Ownership>,
    /// Its ACL lets the group write that delivers access logs.
    #[serde(default)]
    pub log_delivery: bool,
    /// Versioning, `None` if it was never on.
    pub versioning: Option<Versioning>,
    /// The encryption configuration was given, and is not only what every bucket has.
    #[serde(default)]
    pub encrypted: bool,
    /// The Object Lock configuration.
    #[serde(default)]
    pub lock: Option<serde_json::Value>,
    /// S3 Bucket Keys are on in the encryption configuration.
    pub bucket_key: bool,
    /// What is kept and given back, without effect.
    #[serde(default)]
    pub(super) settings: BTreeMap<Setting, serde_json::Value>,
    /// Versions of each key, newest last; never an empty list.
    pub(super) objects: Shelf<Arc<str>, Arc<Vec<Entry>>>,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub(super) stored: u64,
}

/// To whom new objects belong, and whether there are ACLs: S3's `ObjectOwnership`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// All objects to the bucket's owner; there are no ACLs.
    BucketOwnerEnforced,
    /// Those to the bucket's owner that are written with ACL `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// Each to who wrote it.
    ObjectWriter,
}

/// Worlds of before told only whether ownership was enforced.
fn ownership<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ownership>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Enforced(bool),
        Named(Ownership),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Kept::Named(ownership)) => Some(ownership),
        Some(Kept::Enforced(true)) => Some(Ownership::BucketOwnerEnforced),
        Some(Kept::Enforced(false)) | None => None,
    })
}

/// The four settings of S3 Block Public Access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PublicAccessBlock {
    /// Refuses public ACLs.
    pub block_public_acls: bool,
    /// Ignores public ACLs.
    pub ignore_public_acls: bool,
    /// Refuses public policies.
    pub block_public_policy: bool,
    /// Lets a public policy work for the owner's account only.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// As new buckets have it.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// State of versioning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// New objects become new versions.
    Enabled,
    /// New objects replace version `null`.
    Suspended,
}

/// One version of a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Version id; `null` for what was written without versioning.
    pub version: String,
    /// When it was written.
    pub modified: Timestamp,
    /// The object, `None` for a delete marker.
    pub object: Option<Arc<Object>>,
    /// What lists say of it.
    #[serde(skip)]
    pub listed: Listed,
}

/// What lists of objects say of an entry behind its key, written when the first is asked for. A copy begins
/// anew.
#[derive(Debug, Default)]
pub struct Listed(OnceLock<Box<str>>);

impl Clone for Listed {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Listed {
    /// The text, made where there is none.
    pub(super) fn text(&self, make: impl FnOnce() -> String) -> &str {
        self.0.get_or_init(|| make().into())
    }
}

/// Version id of what was written without versioning.
pub(super) const NULL: &str = "null";

/// An object's data and what belongs to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// The data.
    #[serde(with = "base64_bytes")]
    pub data: Bytes,
    /// ETag without quotes.
    pub etag: String,
    /// System metadata by the model's member name (`ContentType`, `CacheControl`, …).
    pub headers: BTreeMap<String, String>,
    /// User metadata, keys in lower case.
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Storage class, `None` for STANDARD.
    pub storage_class: Option<String>,
    /// The checksum.
    pub checksum: Checksum,
    /// Sizes of the parts, if it was uploaded in parts.
    pub parts: Vec<u64>,
    /// Number and checksum of each part, where the checksum is made of them.
    #[serde(default)]
    pub part_sums: Vec<(u32, String)>,
    /// Its lock.
    #[serde(default)]
    pub lock: Lock,
    /// The upload that it was made by, if it was uploaded in parts.
    #[serde(default)]
    pub upload: Option<String>,
}

impl Object {
    /// Length of the data in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.data.len() as u64
    }
}

/// A multipart upload under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    pub key: String,
    pub initiated: Timestamp,
    /// ARN of who began it.
    pub initiator: String,
    /// The object to be, without data.
    pub object: Object,
    /// The checksum algorithm asked for.
    pub algorithm: Option<super::checksum::Algorithm>,
    pub parts: BTreeMap<u32, Part>,
}

/// A part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    #[serde(with = "base64_bytes")]
    pub data: Bytes,
    pub etag: String,
    pub modified: Timestamp,
    pub checksum: Checksum,
}

impl Bucket {
    /// A new bucket as S3 makes it: private, owner enforced.
    #[must_use]
    pub fn new(name: &str, owner: &str, region: &str, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            owner: owner.to_owned(),
            region: region.to_owned(),
            eu: false,
            created,
            tags: BTreeMap::new(),
            policy: None,
            public_access_block: Some(PublicAccessBlock::ALL),
            ownership: Some(Ownership::BucketOwnerEnforced),
            log_delivery: false,
            versioning: None,
            encrypted: false,
            lock: None,
            bucket_key: false,
            settings: BTreeMap::new(),
            objects: Shelf::new(),
            uploads: BTreeMap::new(),
            stored: 0,
        }
    }

    /// Whether the bucket and its objects have ACLs.
    #[must_use]
    pub fn has_acls(&self) -> bool {
        self.ownership != Some(Ownership::BucketOwnerEnforced)
    }

    /// Whether who asks pays for it.
    pub(super) fn requester_pays(&self) -> bool {
        self.settings.contains_key(&Setting::RequestPayment)
    }

    /// ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:s3:::{}", self.name)
    }

    /// Keys of its objects, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(Arc::as_ref)
    }

    /// Whether no object, version or delete marker is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The current version of a key, a delete marker too.
    #[must_use]
    pub fn current(&self, key: &str) -> Option<&Entry> {
        self.objects.get(key)?.last()
    }

    /// A version of a key; the current one without an id.
    #[must_use]
    pub fn version(&self, key: &str, version: Option<&str>) -> Option<&Entry> {
        match version {
            None => self.current(key),
            Some(id) => self
                .objects
                .get(key)?
                .iter()
                .find(|entry| entry.version == id),
        }
    }

    /// Adds a version, in place of version `null` if that is its id.
    pub(super) fn add(&mut self, key: &str, entry: Entry) {
        if entry.version == NULL {
            self.take(key, NULL);
        }
        self.stored += entry.object.as_ref().map_or(0, |object| object.size());
        let entries = self.objects.get_or_insert_with(key.into(), Arc::default);
        if let Some(entries) = entries {
            Arc::make_mut(entries).push(entry);
        }
    }

    /// Removes a version.
    pub(super) fn take(&mut self, key: &str, version: &str) -> Option<Entry> {
        let entries = Arc::make_mut(self.objects.get_mut(key)?);
        let at = entries.iter().position(|entry| entry.version == version)?;
        let entry = entries.remove(at);
        if entries.is_empty() {
            self.objects.remove(key);
        }
        let size = entry.object.as_ref().map_or(0, |object| object.size());
        self.stored = self.stored.saturating_sub(size);
        Some(entry)
    }

    /// Changes the object of a version.
    pub(super) fn edit(&mut self, key: &str, version: &str, change: impl FnOnce(&mut Object)) {
        let entry = self
            .objects
            .get_mut(key)
            .map(Arc::make_mut)
            .and_then(|entries| entries.iter_mut().find(|entry| entry.version == version));
        if let Some(entry) = entry
            && let Some(object) = &mut entry.object
        {
            change(Arc::make_mut(object));
            entry.listed = Listed::default();
        }
    }
}

/// Data as base64 text.
mod base64_bytes {
    use base64::Engine as _;
    use base64::display::Base64Display;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(data: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        // Written as it is made: an object may be as large as memory allows.
        serializer.collect_str(&Base64Display::new(data, &STANDARD))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(serde::de::Error::custom)
    }
}
