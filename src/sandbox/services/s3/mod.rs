//! Amazon S3: buckets and objects, held in memory.
//!
//! Not supported, and refused by name: ACLs that let in others than the owner, encryption other than
//! SSE-S3, archive storage classes, and every operation outside [`OPERATIONS`]. Bodies of XML requests
//! are not compared with their checksums; object data is.

mod acl;
mod buckets;
mod checksum;
mod conditions;
mod configuration;
pub mod cors;
mod errors;
mod expiry;
mod listing;
mod lock;
mod multipart;
mod needs;
mod objects;
mod policy;
mod public;
mod settings;
mod state;
mod table;
mod tags;

pub use checksum::{Measured, compare_headers, measure};
pub use lock::{Lock, Mode, Retention};
pub use settings::Setting;
pub use state::{Bucket, Entry, Object, Ownership, PublicAccessBlock, State, Versioning};
pub use table::OPERATIONS;

use super::super::error::AwsError;
use super::super::operation::{Context, Input, Operation};
use super::super::wire::sigv4::value_text;

/// The most object data that a sandbox holds, in bytes, all buckets together.
pub const CAPACITY: u64 = 512 * 1024 * 1024;

/// A header of a denial. HeadBucket tells a bucket's region to everybody, also unsigned: the SDKs ask it
/// for the region of a bucket that way (`GetBucketRegion` of the AWS SDK for Go).
#[must_use]
pub fn told_when_denied(
    ctx: &Context<'_>,
    operation: &Operation,
    input: &Input,
) -> Option<(&'static str, String)> {
    let name = input
        .text("Bucket")
        .filter(|_| operation.name == "HeadBucket")?;
    let bucket = ctx.state.s3.bucket(name)?;
    Some(("x-amz-bucket-region", bucket.region.clone()))
}

/// Refuses the encryption header where nothing is to be encrypted by it.
///
/// Sources: Amazon S3 API Reference, GetObject, HeadObject and GetObjectAttributes (400 Bad Request); the
/// text, and that UploadPart answers the same, as clients of AWS report them.
///
/// # Errors
///
/// `InvalidArgument`.
pub fn check_encryption_header(operation: &str, headers: &http::HeaderMap) -> Result<(), AwsError> {
    const ENCRYPTION: &str = "x-amz-server-side-encryption";
    const NAME: http::HeaderName = http::HeaderName::from_static(ENCRYPTION);
    let none = matches!(
        operation,
        "GetObject" | "GetObjectAttributes" | "HeadObject" | "UploadPart"
    );
    match headers.get(&NAME).filter(|_| none) {
        None => Ok(()),
        Some(value) => Err(errors::invalid_argument(
            "x-amz-server-side-encryption header is not supported for this operation.",
            ENCRYPTION,
            &value_text(value),
        )),
    }
}
