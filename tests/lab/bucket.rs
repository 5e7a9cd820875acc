//! A bucket for the tests of S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::Lab;

pub const BUCKET: &str = "lab-bucket-001";

/// A sandbox with the bucket, and its administrator's client.
pub async fn with_bucket() -> (Lab, Client) {
    let lab = Lab::new();
    let s3 = lab.s3(&lab.administrator());
    s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    (lab, s3)
}

pub async fn put(s3: &Client, key: &str, text: &str) {
    let body = ByteStream::from(text.as_bytes().to_vec());
    s3.put_object()
        .bucket(BUCKET)
        .key(key)
        .body(body)
        .send()
        .await
        .unwrap();
}
