//! S3's errors. Texts are as recorded from S3 unless a comment says otherwise.

use crate::sandbox::error::AwsError;
pub(super) use crate::sandbox::wire::rest::{malformed as malformed_xml, malformed_acl};

pub(super) fn no_such_bucket(bucket: &str) -> AwsError {
    AwsError::new(404, "NoSuchBucket", "The specified bucket does not exist")
        .with("BucketName", bucket)
}

pub(super) fn no_such_key(key: &str) -> AwsError {
    AwsError::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", key)
}

pub(super) fn no_such_version(key: &str, version: &str) -> AwsError {
    AwsError::new(
        404,
        "NoSuchVersion",
        "The specified version does not exist.",
    )
    .with("Key", key)
    .with("VersionId", version)
}

pub(super) fn no_such_upload(upload: &str) -> AwsError {
    AwsError::new(
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
    .with("UploadId", upload)
}

pub(super) fn invalid_argument(text: &str, name: &'static str, value: &str) -> AwsError {
    AwsError::new(400, "InvalidArgument", text)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

pub(super) fn invalid_request(text: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidRequest", text)
}

pub(super) fn precondition_failed(condition: &str) -> AwsError {
    AwsError::new(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .with("Condition", condition)
}

/// The sandbox's own bound on object data; S3 has none like it.
pub(super) fn full() -> AwsError {
    AwsError::new(
        507,
        "InsufficientStorage",
        format!(
            "rolecall's sandbox holds at most {} MiB of object data; delete objects to make room.",
            super::CAPACITY / (1024 * 1024)
        ),
    )
}
