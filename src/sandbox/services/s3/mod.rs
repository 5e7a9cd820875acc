//! Amazon S3: buckets and objects, held in memory.
//!
//! Not supported, and refused by name: ACLs other than those that a bucket with ownership
//! BucketOwnerEnforced accepts, encryption other than SSE-S3, archive storage classes, object lock,
//! and every operation outside [`OPERATIONS`]. Bodies of XML requests are not compared with their
//! checksums; object data is.

mod buckets;
mod checksum;
mod conditions;
mod configuration;
mod errors;
mod listing;
mod multipart;
mod needs;
mod objects;
mod policy;
mod public;
mod state;
mod tags;

pub use state::{Bucket, Entry, Object, PublicAccessBlock, State, Versioning};

use crate::sandbox::operation::Operation;

/// The most object data that a sandbox holds, in bytes, all buckets together.
pub const CAPACITY: u64 = 512 * 1024 * 1024;

/// The supported operations.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "AbortMultipartUpload",
        members: &["Bucket", "Key", "UploadId", "RequestPayer", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::object(ctx, input, "s3:AbortMultipartUpload"),
        run: multipart::abort,
    },
    Operation {
        name: "CompleteMultipartUpload",
        members: &[
            "Bucket", "Key", "UploadId", "MultipartUpload", "ChecksumCRC32", "ChecksumCRC32C",
            "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256", "ChecksumType", "MpuObjectSize",
            "IfMatch", "IfNoneMatch", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::object(ctx, input, "s3:PutObject"),
        run: multipart::complete,
    },
    Operation {
        name: "CopyObject",
        members: &[
            "Bucket", "Key", "CopySource", "ACL", "CacheControl", "ChecksumAlgorithm",
            "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires",
            "CopySourceIfMatch", "CopySourceIfModifiedSince", "CopySourceIfNoneMatch",
            "CopySourceIfUnmodifiedSince", "IfMatch", "IfNoneMatch", "Metadata",
            "MetadataDirective", "TaggingDirective", "Tagging", "ServerSideEncryption",
            "StorageClass", "WebsiteRedirectLocation", "RequestPayer", "ExpectedBucketOwner",
            "ExpectedSourceBucketOwner",
        ],
        needs: needs::copy_object,
        run: objects::copy,
    },
    Operation {
        name: "CreateBucket",
        members: &["Bucket", "ACL", "CreateBucketConfiguration", "ObjectOwnership"],
        needs: needs::create_bucket,
        run: buckets::create,
    },
    Operation {
        name: "CreateMultipartUpload",
        members: &[
            "Bucket", "Key", "ACL", "CacheControl", "ChecksumAlgorithm", "ChecksumType",
            "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires",
            "Metadata", "ServerSideEncryption", "StorageClass", "Tagging",
            "WebsiteRedirectLocation", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: needs::put_object,
        run: multipart::create,
    },
    Operation {
        name: "DeleteBucket",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:DeleteBucket"),
        run: buckets::delete,
    },
    Operation {
        name: "DeleteBucketEncryption",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutEncryptionConfiguration"),
        run: configuration::put_encryption,
    },
    Operation {
        name: "DeleteBucketOwnershipControls",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketOwnershipControls"),
        run: configuration::delete_ownership,
    },
    Operation {
        name: "DeleteBucketPolicy",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:DeleteBucketPolicy"),
        run: configuration::delete_policy,
    },
    Operation {
        name: "DeleteBucketTagging",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketTagging"),
        run: configuration::delete_tagging,
    },
    Operation {
        name: "DeleteObject",
        members: &["Bucket", "Key", "VersionId", "RequestPayer", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::versioned(ctx, input, "s3:DeleteObject", "s3:DeleteObjectVersion"),
        run: objects::delete,
    },
    Operation {
        name: "DeleteObjectTagging",
        members: &["Bucket", "Key", "VersionId", "ExpectedBucketOwner"],
        needs: |ctx, input| {
            needs::existing(ctx, input, "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging")
        },
        run: objects::delete_tagging,
    },
    Operation {
        name: "DeleteObjects",
        members: &["Bucket", "Delete", "ChecksumAlgorithm", "RequestPayer", "ExpectedBucketOwner"],
        needs: needs::delete_objects,
        run: objects::delete_many,
    },
    Operation {
        name: "DeletePublicAccessBlock",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketPublicAccessBlock"),
        run: configuration::delete_public_access_block,
    },
    Operation {
        name: "GetBucketAcl",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketAcl"),
        run: configuration::get_acl,
    },
    Operation {
        name: "GetBucketEncryption",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetEncryptionConfiguration"),
        run: configuration::get_encryption,
    },
    Operation {
        name: "GetBucketLocation",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: needs::bucket_location,
        run: buckets::location,
    },
    Operation {
        name: "GetBucketOwnershipControls",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketOwnershipControls"),
        run: configuration::get_ownership,
    },
    Operation {
        name: "GetBucketPolicy",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketPolicy"),
        run: configuration::get_policy,
    },
    Operation {
        name: "GetBucketPolicyStatus",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketPolicyStatus"),
        run: configuration::get_policy_status,
    },
    Operation {
        name: "GetBucketTagging",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketTagging"),
        run: configuration::get_tagging,
    },
    Operation {
        name: "GetBucketVersioning",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketVersioning"),
        run: configuration::get_versioning,
    },
    Operation {
        name: "GetObject",
        members: objects::READ_MEMBERS,
        needs: |ctx, input| needs::existing(ctx, input, "s3:GetObject", "s3:GetObjectVersion"),
        run: objects::get,
    },
    Operation {
        name: "GetObjectAcl",
        members: &["Bucket", "Key", "VersionId", "RequestPayer", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::existing(ctx, input, "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
        run: objects::get_acl,
    },
    Operation {
        name: "GetObjectAttributes",
        members: &[
            "Bucket", "Key", "VersionId", "ObjectAttributes", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: needs::object_attributes,
        run: objects::attributes,
    },
    Operation {
        name: "GetObjectTagging",
        members: &["Bucket", "Key", "VersionId", "RequestPayer", "ExpectedBucketOwner"],
        needs: |ctx, input| {
            needs::existing(ctx, input, "s3:GetObjectTagging", "s3:GetObjectVersionTagging")
        },
        run: objects::get_tagging,
    },
    Operation {
        name: "GetPublicAccessBlock",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:GetBucketPublicAccessBlock"),
        run: configuration::get_public_access_block,
    },
    Operation {
        name: "HeadBucket",
        members: &["Bucket", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:ListBucket"),
        run: buckets::head,
    },
    Operation {
        name: "HeadObject",
        members: objects::READ_MEMBERS,
        needs: |ctx, input| needs::existing(ctx, input, "s3:GetObject", "s3:GetObjectVersion"),
        run: objects::head,
    },
    Operation {
        name: "ListBuckets",
        members: &["MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion"],
        needs: needs::list_buckets,
        run: buckets::list,
    },
    Operation {
        name: "ListMultipartUploads",
        members: &[
            "Bucket", "Delimiter", "EncodingType", "KeyMarker", "MaxUploads", "Prefix",
            "UploadIdMarker", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:ListBucketMultipartUploads"),
        run: multipart::list_uploads,
    },
    Operation {
        name: "ListObjectVersions",
        members: &[
            "Bucket", "Delimiter", "EncodingType", "KeyMarker", "MaxKeys", "Prefix",
            "VersionIdMarker", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::list(ctx, input, "s3:ListBucketVersions"),
        run: listing::versions,
    },
    Operation {
        name: "ListObjects",
        members: &[
            "Bucket", "Delimiter", "EncodingType", "Marker", "MaxKeys", "Prefix", "RequestPayer",
            "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::list(ctx, input, "s3:ListBucket"),
        run: listing::version_one,
    },
    Operation {
        name: "ListObjectsV2",
        members: &[
            "Bucket", "Delimiter", "EncodingType", "MaxKeys", "Prefix", "ContinuationToken",
            "FetchOwner", "StartAfter", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::list(ctx, input, "s3:ListBucket"),
        run: listing::version_two,
    },
    Operation {
        name: "ListParts",
        members: &[
            "Bucket", "Key", "UploadId", "MaxParts", "PartNumberMarker", "RequestPayer",
            "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::object(ctx, input, "s3:ListMultipartUploadParts"),
        run: multipart::list_parts,
    },
    Operation {
        name: "PutBucketEncryption",
        members: &[
            "Bucket", "ContentMD5", "ChecksumAlgorithm", "ServerSideEncryptionConfiguration",
            "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutEncryptionConfiguration"),
        run: configuration::put_encryption,
    },
    Operation {
        name: "PutBucketOwnershipControls",
        members: &[
            "Bucket", "ContentMD5", "ChecksumAlgorithm", "OwnershipControls", "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketOwnershipControls"),
        run: configuration::put_ownership,
    },
    Operation {
        name: "PutBucketPolicy",
        members: &[
            "Bucket", "ContentMD5", "ChecksumAlgorithm", "ConfirmRemoveSelfBucketAccess", "Policy",
            "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketPolicy"),
        run: configuration::put_policy,
    },
    Operation {
        name: "PutBucketTagging",
        members: &["Bucket", "ContentMD5", "ChecksumAlgorithm", "Tagging", "ExpectedBucketOwner"],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketTagging"),
        run: configuration::put_tagging,
    },
    Operation {
        name: "PutBucketVersioning",
        members: &[
            "Bucket", "ContentMD5", "ChecksumAlgorithm", "VersioningConfiguration",
            "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketVersioning"),
        run: configuration::put_versioning,
    },
    Operation {
        name: "PutObject",
        members: &[
            "Bucket", "Key", "ACL", "CacheControl", "ChecksumAlgorithm", "ChecksumCRC32",
            "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256",
            "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentLength",
            "ContentMD5", "ContentType", "Expires", "IfMatch", "IfNoneMatch", "Metadata",
            "ServerSideEncryption", "StorageClass", "Tagging", "WebsiteRedirectLocation",
            "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: needs::put_object,
        run: objects::put,
    },
    Operation {
        name: "PutObjectTagging",
        members: &[
            "Bucket", "Key", "VersionId", "ContentMD5", "ChecksumAlgorithm", "Tagging",
            "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: needs::put_object_tagging,
        run: objects::put_tagging,
    },
    Operation {
        name: "PutPublicAccessBlock",
        members: &[
            "Bucket", "ContentMD5", "ChecksumAlgorithm", "PublicAccessBlockConfiguration",
            "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::bucket(ctx, input, "s3:PutBucketPublicAccessBlock"),
        run: configuration::put_public_access_block,
    },
    Operation {
        name: "UploadPart",
        members: &[
            "Bucket", "Key", "PartNumber", "UploadId", "ChecksumAlgorithm", "ChecksumCRC32",
            "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256",
            "ContentLength", "ContentMD5", "RequestPayer", "ExpectedBucketOwner",
        ],
        needs: |ctx, input| needs::object(ctx, input, "s3:PutObject"),
        run: multipart::upload_part,
    },
    Operation {
        name: "UploadPartCopy",
        members: &[
            "Bucket", "Key", "PartNumber", "UploadId", "CopySource", "CopySourceIfMatch",
            "CopySourceIfModifiedSince", "CopySourceIfNoneMatch", "CopySourceIfUnmodifiedSince",
            "CopySourceRange", "RequestPayer", "ExpectedBucketOwner", "ExpectedSourceBucketOwner",
        ],
        needs: needs::copy_object,
        run: multipart::upload_part_copy,
    },
];
