//! Objects of S3 through the SDK: listing, copies, versions, uploads in parts, and their errors.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

mod lab;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, Delete,
    EncodingType, MetadataDirective, ObjectIdentifier, VersioningConfiguration,
};
use lab::bucket::{BUCKET, put, with_bucket};
use lab::said;

async fn text(s3: &Client, key: &str) -> String {
    let answer = s3
        .get_object()
        .bucket(BUCKET)
        .key(key)
        .send()
        .await
        .unwrap();
    let bytes = answer.body.collect().await.unwrap().into_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_written() {
    let (_lab, s3) = with_bucket().await;
    let written = s3
        .put_object()
        .bucket(BUCKET)
        .key("notes/a+b c.txt")
        .body(ByteStream::from_static(b"test"))
        .content_type("text/plain")
        .metadata("Colour", "blue")
        .tagging("team=lab&cost=none")
        .send()
        .await
        .unwrap();
    assert_eq!(
        written.e_tag(),
        Some("\"098f6bcd4621d373cade4e832627b4f6\"")
    );
    assert_eq!(written.checksum_crc32(), Some("2H9+DA=="));
    let read = s3
        .get_object()
        .bucket(BUCKET)
        .key("notes/a+b c.txt")
        .send()
        .await
        .unwrap();
    assert_eq!(read.content_type(), Some("text/plain"));
    assert_eq!(read.content_length(), Some(4));
    assert_eq!(read.metadata().unwrap()["colour"], "blue");
    assert_eq!(read.tag_count(), Some(2));
    assert_eq!(read.accept_ranges(), Some("bytes"));
    assert_eq!(
        read.body.collect().await.unwrap().into_bytes().as_ref(),
        b"test"
    );
    let head = s3
        .head_object()
        .bucket(BUCKET)
        .key("notes/a+b c.txt")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(4));
    let tags = s3
        .get_object_tagging()
        .bucket(BUCKET)
        .key("notes/a+b c.txt")
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tag_set().len(), 2);
    assert_eq!(
        said(s3.get_object().bucket(BUCKET).key("nope").send().await),
        "NoSuchKey: The specified key does not exist."
    );
}

#[tokio::test]
async fn ranges_and_conditions() {
    let (_lab, s3) = with_bucket().await;
    put(&s3, "digits", "0123456789").await;
    for (range, expected, header) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=5-100", "56789", "bytes 5-9/10"),
    ] {
        let part = s3
            .get_object()
            .bucket(BUCKET)
            .key("digits")
            .range(range)
            .send()
            .await
            .unwrap();
        assert_eq!(part.content_range(), Some(header));
        assert_eq!(
            part.body.collect().await.unwrap().into_bytes().as_ref(),
            expected.as_bytes()
        );
    }
    assert_eq!(
        said(
            s3.get_object()
                .bucket(BUCKET)
                .key("digits")
                .range("bytes=10-")
                .send()
                .await
        ),
        "InvalidRange: The requested range is not satisfiable"
    );
    let etag = "\"781e5e245d69b566979b86e28d23f2c7\"";
    let get = || s3.get_object().bucket(BUCKET).key("digits");
    assert!(get().if_match(etag).send().await.is_ok());
    let failed =
        "PreconditionFailed: At least one of the pre-conditions you specified did not hold";
    assert_eq!(said(get().if_match("\"other\"").send().await), failed);
    let unchanged = get().if_none_match(etag).send().await.unwrap_err();
    assert_eq!(unchanged.raw_response().unwrap().status().as_u16(), 304);
    let write = s3
        .put_object()
        .bucket(BUCKET)
        .key("digits")
        .if_none_match("*")
        .send()
        .await;
    assert_eq!(said(write), failed);
    let write = s3
        .put_object()
        .bucket(BUCKET)
        .key("absent")
        .if_match(etag)
        .send()
        .await;
    assert_eq!(said(write), "NoSuchKey: The specified key does not exist.");
}

#[tokio::test]
async fn pages_with_prefixes_and_delimiters() {
    let (_lab, s3) = with_bucket().await;
    for key in ["a", "b/1", "b/2", "b/c/3", "d", "e/1", "ä b"] {
        put(&s3, key, "x").await;
    }
    let list = || s3.list_objects_v2().bucket(BUCKET);
    // (prefix, delimiter, start after) -> keys, prefixes
    let cases: [(&str, &str, &str, &[&str], &[&str]); 6] = [
        (
            "",
            "",
            "",
            &["a", "b/1", "b/2", "b/c/3", "d", "e/1", "ä b"],
            &[],
        ),
        ("", "/", "", &["a", "d", "ä b"], &["b/", "e/"]),
        ("b/", "/", "", &["b/1", "b/2"], &["b/c/"]),
        ("b/", "", "b/1", &["b/2", "b/c/3"], &[]),
        ("", "/", "b/", &["d", "ä b"], &["e/"]),
        ("z", "", "", &[], &[]),
    ];
    for (prefix, delimiter, after, keys, prefixes) in cases {
        let mut request = list().prefix(prefix);
        if !delimiter.is_empty() {
            request = request.delimiter(delimiter);
        }
        if !after.is_empty() {
            request = request.start_after(after);
        }
        let answer = request.send().await.unwrap();
        let found: Vec<_> = answer
            .contents()
            .iter()
            .filter_map(|object| object.key())
            .collect();
        let common: Vec<_> = answer
            .common_prefixes()
            .iter()
            .filter_map(|prefix| prefix.prefix())
            .collect();
        assert_eq!(
            (found.as_slice(), common.as_slice()),
            (keys, prefixes),
            "{prefix} {delimiter} {after}"
        );
    }
    // Pages of every size give the same whole.
    for size in 1..=4 {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let answer = list()
                .delimiter("/")
                .max_keys(size)
                .set_continuation_token(token)
                .send()
                .await
                .unwrap();
            assert!(answer.key_count().unwrap() <= size);
            all.extend(
                answer
                    .contents()
                    .iter()
                    .filter_map(|object| object.key().map(str::to_owned)),
            );
            all.extend(
                answer
                    .common_prefixes()
                    .iter()
                    .filter_map(|p| p.prefix().map(str::to_owned)),
            );
            token = answer.next_continuation_token().map(str::to_owned);
            assert_eq!(token.is_some(), answer.is_truncated().unwrap());
            if token.is_none() {
                break;
            }
        }
        all.sort();
        assert_eq!(all, ["a", "b/", "d", "e/", "ä b"], "page size {size}");
    }
    let encoded = list()
        .prefix("ä")
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    assert_eq!(encoded.contents()[0].key(), Some("%C3%A4+b"));
    let old = s3
        .list_objects()
        .bucket(BUCKET)
        .delimiter("/")
        .max_keys(2)
        .send()
        .await
        .unwrap();
    assert_eq!(old.next_marker(), Some("b/"));
    assert_eq!(
        said(list().continuation_token("%%%").send().await),
        "InvalidArgument: The continuation token provided is incorrect"
    );
}

#[tokio::test]
async fn copies_keep_or_replace_metadata() {
    let (_lab, s3) = with_bucket().await;
    s3.put_object()
        .bucket(BUCKET)
        .key("from")
        .body(ByteStream::from_static(b"data"))
        .metadata("colour", "blue")
        .tagging("a=1")
        .send()
        .await
        .unwrap();
    let copy = || {
        s3.copy_object()
            .bucket(BUCKET)
            .copy_source(format!("{BUCKET}/from"))
    };
    copy().key("kept").send().await.unwrap();
    copy()
        .key("replaced")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("shape", "round")
        .send()
        .await
        .unwrap();
    let metadata = async |key: &str| {
        let head = s3
            .head_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .unwrap();
        let pairs = head.metadata().unwrap().clone();
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort();
        format!("{pairs:?} {:?}", head.tag_count())
    };
    assert_eq!(metadata("kept").await, r#"[("colour", "blue")] Some(1)"#);
    assert_eq!(
        metadata("replaced").await,
        r#"[("shape", "round")] Some(1)"#
    );
    assert_eq!(text(&s3, "kept").await, "data");
    let same = copy().key("from").send().await;
    assert!(said(same).starts_with("InvalidRequest: This copy request is illegal"));
    let missing = s3
        .copy_object()
        .bucket(BUCKET)
        .key("x")
        .copy_source(format!("{BUCKET}/none"));
    assert_eq!(
        said(missing.send().await),
        "NoSuchKey: The specified key does not exist."
    );
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let (_lab, s3) = with_bucket().await;
    put(&s3, "a", "1").await;
    put(&s3, "b", "2").await;
    let object = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete = Delete::builder()
        .objects(object("a"))
        .objects(object("gone"))
        .build()
        .unwrap();
    let answer = s3
        .delete_objects()
        .bucket(BUCKET)
        .delete(delete)
        .send()
        .await
        .unwrap();
    let keys: Vec<_> = answer
        .deleted()
        .iter()
        .filter_map(|deleted| deleted.key())
        .collect();
    assert_eq!(keys, ["a", "gone"]);
    assert!(answer.errors().is_empty());
    let left = s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!(left.key_count(), Some(1));
}

#[tokio::test]
async fn versions_are_kept_marked_and_removed() {
    let (_lab, s3) = with_bucket().await;
    put(&s3, "k", "null version").await;
    let on = VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Enabled)
        .build();
    s3.put_bucket_versioning()
        .bucket(BUCKET)
        .versioning_configuration(on)
        .send()
        .await
        .unwrap();
    let body = |text: &'static str| ByteStream::from_static(text.as_bytes());
    let one = s3
        .put_object()
        .bucket(BUCKET)
        .key("k")
        .body(body("one"))
        .send()
        .await
        .unwrap();
    let two = s3
        .put_object()
        .bucket(BUCKET)
        .key("k")
        .body(body("two"))
        .send()
        .await
        .unwrap();
    assert_ne!(one.version_id(), two.version_id());
    let gone = s3
        .delete_object()
        .bucket(BUCKET)
        .key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(gone.delete_marker(), Some(true));
    assert_eq!(
        said(s3.get_object().bucket(BUCKET).key("k").send().await),
        "NoSuchKey: The specified key does not exist."
    );
    let version = async |id: &str| {
        let answer = s3
            .get_object()
            .bucket(BUCKET)
            .key("k")
            .version_id(id)
            .send()
            .await
            .unwrap();
        answer.body.collect().await.unwrap().into_bytes()
    };
    assert_eq!(version(one.version_id().unwrap()).await.as_ref(), b"one");
    assert_eq!(version("null").await.as_ref(), b"null version");
    assert_eq!(
        s3.list_objects_v2()
            .bucket(BUCKET)
            .send()
            .await
            .unwrap()
            .key_count(),
        Some(0)
    );
    // Pages of one give every version once, newest first.
    let (mut seen, mut key, mut id) = (Vec::new(), None, None);
    loop {
        let page = s3
            .list_object_versions()
            .bucket(BUCKET)
            .max_keys(1)
            .set_key_marker(key)
            .set_version_id_marker(id)
            .send()
            .await
            .unwrap();
        seen.extend(
            page.versions()
                .iter()
                .map(|v| v.version_id().unwrap().to_owned()),
        );
        seen.extend(
            page.delete_markers()
                .iter()
                .map(|v| v.version_id().unwrap().to_owned()),
        );
        key = page.next_key_marker().map(str::to_owned);
        id = page.next_version_id_marker().map(str::to_owned);
        if !page.is_truncated().unwrap() {
            break;
        }
    }
    let expected = [
        &gone.version_id,
        &two.version_id,
        &one.version_id,
        &Some("null".to_owned()),
    ];
    assert_eq!(seen, expected.map(|id| id.clone().unwrap()));
    assert_eq!(
        said(s3.delete_bucket().bucket(BUCKET).send().await),
        "BucketNotEmpty: The bucket you tried to delete is not empty. You must delete all versions in the bucket."
    );
    // Without its marker the key is back.
    let marker = gone.version_id().unwrap();
    s3.delete_object()
        .bucket(BUCKET)
        .key("k")
        .version_id(marker)
        .send()
        .await
        .unwrap();
    assert_eq!(text(&s3, "k").await, "two");
    for id in [one.version_id().unwrap(), two.version_id().unwrap(), "null"] {
        s3.delete_object()
            .bucket(BUCKET)
            .key("k")
            .version_id(id)
            .send()
            .await
            .unwrap();
    }
    s3.delete_bucket().bucket(BUCKET).send().await.unwrap();
}

#[tokio::test]
async fn an_upload_in_parts_becomes_one_object() {
    let (_lab, s3) = with_bucket().await;
    let upload = s3
        .create_multipart_upload()
        .bucket(BUCKET)
        .key("big")
        .checksum_algorithm(ChecksumAlgorithm::Crc32)
        .send()
        .await
        .unwrap();
    let id = upload.upload_id().unwrap();
    let parts = [vec![b'a'; 5 * 1024 * 1024], b"tail".to_vec()];
    let mut done = Vec::new();
    for (number, data) in (1..).zip(&parts) {
        let part = s3
            .upload_part()
            .bucket(BUCKET)
            .key("big")
            .upload_id(id)
            .part_number(number)
            .body(ByteStream::from(data.clone()))
            .send()
            .await
            .unwrap();
        done.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .set_checksum_crc32(part.checksum_crc32)
                .build(),
        );
    }
    let listed = s3
        .list_parts()
        .bucket(BUCKET)
        .key("big")
        .upload_id(id)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.parts().len(), 2);
    let uploads = s3
        .list_multipart_uploads()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(uploads.uploads().len(), 1);
    let complete = |parts: Vec<CompletedPart>| {
        s3.complete_multipart_upload()
            .bucket(BUCKET)
            .key("big")
            .upload_id(id)
            .multipart_upload(
                CompletedMultipartUpload::builder()
                    .set_parts(Some(parts))
                    .build(),
            )
            .send()
    };
    let turned: Vec<_> = done.iter().rev().cloned().collect();
    let order = said(complete(turned).await);
    assert!(order.starts_with("InvalidPartOrder: "), "{order}");
    let whole = complete(done).await.unwrap();
    assert!(
        whole.e_tag().unwrap().ends_with("-2\""),
        "{:?}",
        whole.e_tag()
    );
    assert!(whole.checksum_crc32().unwrap().ends_with("-2"));
    let head = s3
        .head_object()
        .bucket(BUCKET)
        .key("big")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(5 * 1024 * 1024 + 4));
    let second = s3
        .get_object()
        .bucket(BUCKET)
        .key("big")
        .part_number(2)
        .send()
        .await
        .unwrap();
    assert_eq!(second.parts_count(), Some(2));
    assert_eq!(
        second.body.collect().await.unwrap().into_bytes().as_ref(),
        b"tail"
    );
    assert!(said(complete(Vec::new()).await).starts_with("NoSuchUpload: "));
}

#[tokio::test]
async fn wrong_checksums_are_refused() {
    let (_lab, s3) = with_bucket().await;
    let put = || {
        s3.put_object()
            .bucket(BUCKET)
            .key("k")
            .body(ByteStream::from_static(b"test"))
    };
    assert_eq!(
        said(put().content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await),
        "BadDigest: The Content-MD5 you specified did not match what we received."
    );
    assert_eq!(
        said(put().content_md5("nonsense").send().await),
        "InvalidDigest: The Content-MD5 you specified was invalid."
    );
    assert_eq!(
        said(
            put()
                .checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
                .send()
                .await
        ),
        "BadDigest: The SHA256 you specified did not match the calculated checksum."
    );
}

#[tokio::test]
async fn what_is_not_supported_is_named() {
    let (_lab, s3) = with_bucket().await;
    let put = s3
        .put_object()
        .bucket(BUCKET)
        .key("k")
        .server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::AwsKms)
        .send()
        .await;
    assert_eq!(
        said(put),
        "NotImplemented: rolecall's sandbox does not support server-side encryption aws:kms: the \
         sandbox has no KMS."
    );
}

#[tokio::test]
async fn a_saved_world_keeps_its_objects() {
    let (lab, s3) = with_bucket().await;
    put(&s3, "k", "kept").await;
    let bytes = lab.sandbox.save().unwrap();
    let snapshot = lab.sandbox.snapshot();
    s3.delete_object()
        .bucket(BUCKET)
        .key("k")
        .send()
        .await
        .unwrap();
    lab.sandbox.restore(&snapshot);
    assert_eq!(text(&s3, "k").await, "kept");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("a2VwdA=="), "data is saved as base64");
}
