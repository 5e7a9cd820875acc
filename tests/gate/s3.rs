//! What S3 operations are asked for, and how requests were signed.

use super::*;

#[tokio::test]
async fn s3_is_asked_with_how_the_request_was_signed() {
    let lab = Lab::new();
    let s3 = lab.s3(&lab.administrator());
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let usual = format!(
        "s3:ResourceAccount=123456789012 s3:TlsVersion=1.3 s3:authType=REST-HEADER s3:signatureversion=AWS4-HMAC-SHA256 s3:x-amz-content-sha256={empty}"
    );
    asks!(
        lab,
        s3.create_bucket()
            .bucket("b-1")
            .object_ownership(aws_sdk_s3::types::ObjectOwnership::BucketOwnerEnforced),
        [
            format!(
                "s3:CreateBucket arn:aws:s3:::b-1 {usual} s3:x-amz-object-ownership=BucketOwnerEnforced"
            ),
            format!("s3:PutBucketOwnershipControls arn:aws:s3:::b-1 {usual}")
        ]
    );
    asks!(
        lab,
        s3.list_buckets(),
        [format!("s3:ListAllMyBuckets arn:aws:s3:::* {usual}")]
    );
    asks!(
        lab,
        s3.list_objects_v2()
            .bucket("b-1")
            .prefix("a/")
            .delimiter("/")
            .max_keys(5),
        [format!(
            "s3:ListBucket arn:aws:s3:::b-1 {}",
            usual.replace(
                "s3:signatureversion",
                "s3:delimiter=/ s3:max-keys=5 s3:prefix=a/ s3:signatureversion"
            )
        )]
    );
    let id = s3
        .put_object()
        .bucket("b-1")
        .key("k")
        .body("hello".as_bytes().to_vec().into())
        .tagging("Team=red")
        .storage_class(aws_sdk_s3::types::StorageClass::StandardIa)
        .if_none_match("*")
        .send()
        .await
        .unwrap();
    let asked_for = lab.asked(id.request_id().unwrap());
    let names: Vec<&str> = asked_for.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "s3:PutObject arn:aws:s3:::b-1/k",
            "s3:PutObjectTagging arn:aws:s3:::b-1/k"
        ]
    );
    let keys = &asked_for[0].1;
    for (key, value) in [
        ("s3:RequestObjectTag/Team", "red"),
        ("s3:RequestObjectTagKeys", "[Team]"),
        ("s3:x-amz-storage-class", "STANDARD_IA"),
        ("s3:if-none-match", "*"),
        ("s3:ObjectCreationOperation", "true"),
        ("s3:authType", "REST-HEADER"),
    ] {
        assert_eq!(keys.get(key).map(String::as_str), Some(value), "{key}");
    }
    asks!(
        lab,
        s3.get_object().bucket("b-1").key("k"),
        [format!(
            "s3:GetObject arn:aws:s3:::b-1/k s3:ExistingObjectTag/Team=red {usual}"
        )]
    );
    // A key that is not there is told only to those who may list.
    asks!(
        lab,
        s3.head_object().bucket("b-1").key("none"),
        [
            format!("s3:GetObject arn:aws:s3:::b-1/none {usual}"),
            format!("s3:ListBucket arn:aws:s3:::b-1 {usual}")
        ]
    );
    asks!(
        lab,
        s3.delete_object().bucket("b-1").key("k"),
        [format!("s3:DeleteObject arn:aws:s3:::b-1/k {usual}")]
    );
    let upload = s3.create_multipart_upload().bucket("b-1").key("big");
    asks!(
        lab,
        upload,
        [format!(
            "s3:PutObject arn:aws:s3:::b-1/big s3:ObjectCreationOperation=false {usual}"
        )]
    );
}

fn creation_only_with_none_match() -> String {
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::b-1/*","Condition":{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}}]}"#.to_owned()
}

/// S3 API Reference, "Bucket policy examples using Signature Version 4 related condition keys"; S3
/// User Guide, "Enforce conditional writes on Amazon S3 buckets".
#[tokio::test]
async fn bucket_policies_tell_presigned_requests_from_signed_ones() {
    use aws_sdk_s3::presigning::PresigningConfig;
    let lab = Lab::new();
    let s3 = lab.s3(&lab.administrator());
    s3.create_bucket().bucket("b-1").send().await.unwrap();
    s3.put_object()
        .bucket("b-1")
        .key("k")
        .body("x".as_bytes().to_vec().into())
        .send()
        .await
        .unwrap();
    let url = s3
        .get_object()
        .bucket("b-1")
        .key("k")
        .presigned(
            PresigningConfig::builder()
                .expires_in(std::time::Duration::from_secs(3600))
                .start_time(
                    std::time::SystemTime::UNIX_EPOCH
                        + std::time::Duration::from_secs(1_795_450_200),
                )
                .build()
                .unwrap(),
        )
        .await
        .unwrap();
    let fetch = || {
        let request = http::Request::builder()
            .uri(url.uri())
            .header("host", url.uri().split('/').nth(2).unwrap())
            .body(bytes::Bytes::new())
            .unwrap();
        lab.sandbox.handle(request).status().as_u16()
    };
    let put = |condition: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b-1/*","Condition":{condition}}}]}}"#
        );
        s3.put_bucket_policy().bucket("b-1").policy(document).send()
    };
    let get = || s3.get_object().bucket("b-1").key("k").send();
    assert_eq!(fetch(), 200);

    put(r#"{"StringNotEquals":{"s3:authType":"REST-HEADER"}}"#)
        .await
        .unwrap();
    assert_eq!(fetch(), 403);
    get().await.unwrap();

    put(r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"}}"#)
        .await
        .unwrap();
    assert_eq!(fetch(), 200);
    lab.clock.advance(jiff::SignedDuration::from_secs(601));
    assert_eq!(fetch(), 403);
    get().await.unwrap();

    put(r#"{"StringNotEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}}"#)
        .await
        .unwrap();
    assert_eq!(fetch(), 200);
    get().await.unwrap();

    s3.put_bucket_policy()
        .bucket("b-1")
        .policy(creation_only_with_none_match())
        .send()
        .await
        .unwrap();
    let write = || {
        s3.put_object()
            .bucket("b-1")
            .key("new")
            .body("x".as_bytes().to_vec().into())
    };
    let denied = said(write().send().await);
    assert!(
        denied.contains("with an explicit deny in a resource-based policy"),
        "{denied}"
    );
    write().if_none_match("*").send().await.unwrap();
    s3.create_multipart_upload()
        .bucket("b-1")
        .key("big")
        .send()
        .await
        .unwrap();
}
