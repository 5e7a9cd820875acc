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

/// The most object data that a sandbox holds, in bytes, all buckets together.
pub const CAPACITY: u64 = 512 * 1024 * 1024;
