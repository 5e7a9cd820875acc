//! What S3 says of objects in the finer points: conditions, uploads that are completed twice, presigned
//! URLs of the older signature version.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that panics has found something"
)]

mod lab;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload,
    CompletedPart, Delete, ObjectAttributes, ObjectIdentifier, Tag, Tagging,
    VersioningConfiguration,
};
use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use lab::{Lab, said};

async fn bucket() -> (Lab, Client) {
    let lab = Lab::new();
    let client = lab.s3(&lab.administrator());
    client.create_bucket().bucket("lab").send().await.unwrap();
    (lab, client)
}

async fn put(client: &Client, key: &str, body: &'static str) -> String {
    let request = client.put_object().bucket("lab").key(key);
    let answer = request
        .body(ByteStream::from_static(body.as_bytes()))
        .send()
        .await;
    answer.unwrap().e_tag().unwrap().to_owned()
}

#[tokio::test]
async fn an_object_is_deleted_if_it_is_the_one_meant() {
    let (_lab, client) = bucket().await;
    let etag = put(&client, "a", "one").await;
    let delete = |key: &'static str, etag: &str| {
        let request = client.delete_object().bucket("lab").key(key);
        request.if_match(etag).send()
    };
    let text = "At least one of the pre-conditions you specified did not hold";
    assert_eq!(
        said(delete("a", "another").await),
        format!("PreconditionFailed: {text}")
    );
    assert!(said(delete("none", "another").await).starts_with("NoSuchKey"));
    let many = |etag: &str| {
        let object = ObjectIdentifier::builder().key("a").e_tag(etag).build();
        let delete = Delete::builder().objects(object.unwrap()).build().unwrap();
        client.delete_objects().bucket("lab").delete(delete).send()
    };
    let answer = many("another").await.unwrap();
    assert_eq!(answer.errors()[0].code(), Some("PreconditionFailed"));
    assert_eq!(many(&etag).await.unwrap().deleted().len(), 1);
}

#[tokio::test]
async fn an_upload_can_be_completed_again() {
    let (_lab, client) = bucket().await;
    let begun = client.create_multipart_upload().bucket("lab").key("a");
    let begun = begun.checksum_algorithm(ChecksumAlgorithm::Sha256);
    let id = begun.send().await.unwrap().upload_id().unwrap().to_owned();
    let part = client.upload_part().bucket("lab").key("a").upload_id(&id);
    let part = part
        .part_number(1)
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(ByteStream::from_static(b"some value"));
    let part = part.send().await.unwrap();
    let complete = |etag: &str| {
        let part = CompletedPart::builder()
            .part_number(1)
            .e_tag(etag)
            .checksum_sha256(part.checksum_sha256().unwrap());
        let parts = CompletedMultipartUpload::builder().parts(part.build());
        let request = client.complete_multipart_upload().bucket("lab").key("a");
        request.upload_id(&id).multipart_upload(parts.build())
    };
    let etag = part.e_tag().unwrap();
    let first = complete(etag).send().await.unwrap();
    let again = complete(etag).if_none_match("*").send().await.unwrap();
    assert_eq!(first.e_tag(), again.e_tag());
    assert_eq!(first.checksum_sha256(), again.checksum_sha256());
    let other = "0123456789abcdef0123456789abcdef";
    assert!(said(complete(other).send().await).starts_with("NoSuchUpload"));
    // Attributes have the checksum of checksums without the number of parts.
    let request = client.get_object_attributes().bucket("lab").key("a");
    let request = request
        .object_attributes(ObjectAttributes::Checksum)
        .object_attributes(ObjectAttributes::ObjectParts);
    let answer = request.send().await.unwrap();
    let parts = answer.object_parts().unwrap();
    assert_eq!(parts.total_parts_count(), Some(1));
    assert_eq!(parts.is_truncated(), Some(false));
    let listed = &parts.parts()[0];
    assert_eq!((listed.part_number(), listed.size()), (Some(1), Some(10)));
    assert_eq!(listed.checksum_sha256(), part.checksum_sha256());
    assert_eq!(
        answer.checksum().unwrap().checksum_sha256(),
        Some("DnKotDi4EtYGwNMDKmnR6SqH3bWVOlo2BC+tsz9rHqw=")
    );
    let request = client.list_parts().bucket("lab").key("a").upload_id(&id);
    assert!(said(request.send().await).starts_with("NoSuchUpload"));
}

/// Amazon S3 User Guide, "Working with object metadata".
#[tokio::test]
async fn metadata_that_are_not_ascii_come_back_as_encoded_words() {
    let (_lab, s3) = bucket().await;
    let put = |value: &'static str| {
        let put = s3.put_object().bucket("lab").key("a");
        put.metadata("town", value).send()
    };
    for (sent, back) in [
        ("=?UTF-8?Q?Z=C3=BCrich?=", "=?UTF-8?Q?Z=C3=BCrich?="),
        ("=?UTF-8?B?YWJj?=", "abc"),
        ("plain", "plain"),
    ] {
        put(sent).await.unwrap();
        let head = s3.head_object().bucket("lab").key("a").send().await;
        assert_eq!(head.unwrap().metadata().unwrap()["town"], back);
    }
}

/// Amazon S3 API Reference, GetObject: "If you include the header in your GetObject requests … you'll get
/// an HTTP 400 Bad Request error".
#[tokio::test]
async fn nothing_is_read_with_the_encryption_header() {
    let (_lab, s3) = bucket().await;
    put(&s3, "a", "1").await;
    let get = s3.get_object().bucket("lab").key("a").customize();
    let get = get.mutate_request(|request| {
        let headers = request.headers_mut();
        headers.insert("x-amz-server-side-encryption", "AES256");
    });
    assert_eq!(
        said(get.send().await),
        "InvalidArgument: x-amz-server-side-encryption header is not supported for this operation."
    );
}

#[tokio::test]
async fn an_empty_acl_is_none() {
    let (_lab, s3) = bucket().await;
    let put = s3.put_object().bucket("lab").key("a").customize();
    let put = put.mutate_request(|request| {
        request.headers_mut().insert("x-amz-acl", "");
    });
    put.send().await.unwrap();
}

#[tokio::test]
async fn a_delete_marker_takes_no_tags() {
    let (_lab, client) = bucket().await;
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let request = client.put_bucket_versioning().bucket("lab");
    let request = request.versioning_configuration(versioning.build());
    request.send().await.unwrap();
    put(&client, "a", "one").await;
    let marker = client.delete_object().bucket("lab").key("a").send().await;
    let marker = marker.unwrap().version_id().unwrap().to_owned();
    let tag = Tag::builder().key("k").value("v").build().unwrap();
    let request = client.put_object_tagging().bucket("lab").key("a");
    let request = request
        .version_id(marker)
        .tagging(Tagging::builder().tag_set(tag).build().unwrap());
    let error = request.send().await.unwrap_err().into_service_error();
    assert_eq!(error.meta().code(), Some("MethodNotAllowed"));
}

#[tokio::test]
async fn a_bucket_with_its_own_encryption_lets_objects_be_copied_onto_themselves() {
    use aws_sdk_s3::types::{
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
        ServerSideEncryptionRule,
    };
    let (_lab, client) = bucket().await;
    put(&client, "a", "one").await;
    let copy = || {
        let request = client.copy_object().bucket("lab").key("a");
        request.copy_source("lab/a").send()
    };
    assert!(said(copy().await).starts_with("InvalidRequest: This copy request is illegal"));
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::Aes256)
        .build()
        .unwrap();
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule);
    let request = client.put_bucket_encryption().bucket("lab");
    let request = request.server_side_encryption_configuration(configuration.build().unwrap());
    request.send().await.unwrap();
    copy().await.unwrap();
}

/// Go's clients write a blank of the source's key as `+`.
#[tokio::test]
async fn a_plus_in_the_source_of_a_copy_is_a_blank() {
    let (_lab, client) = bucket().await;
    put(&client, "one two+three", "one").await;
    let copy = |source: &str| {
        let request = client.copy_object().bucket("lab").key("b");
        request.copy_source(source).send()
    };
    copy("lab%2Fone+two%2Bthree").await.unwrap();
    assert!(said(copy("lab/one two+three").await).starts_with("NoSuchKey"));
}

#[tokio::test]
async fn a_page_that_goes_on_says_no_more_where_the_first_began() {
    let (_lab, client) = bucket().await;
    for key in ["a", "b", "c"] {
        put(&client, key, "x").await;
    }
    let list = || {
        let request = client.list_objects_v2().bucket("lab");
        request.start_after("a").max_keys(1)
    };
    let first = list().send().await.unwrap();
    assert_eq!(first.start_after(), Some("a"));
    let token = first.next_continuation_token().unwrap();
    let next = list().continuation_token(token).send().await.unwrap();
    assert_eq!(next.contents()[0].key(), Some("c"));
    assert_eq!(next.start_after(), None);
}

/// A request of a URL presigned with Signature Version 2, as boto3 makes them.
fn presigned(lab: &Lab, method: &str, path: &str, headers: &str, expires: i64) -> (u16, String) {
    let keys = lab.administrator();
    let (resource, _) = path.split_once('&').unwrap_or((path, ""));
    let resource = resource.trim_end_matches('?');
    let text = format!("{method}\n\n\n{expires}\n{headers}{resource}");
    let secret = keys.secret_access_key.expose().as_bytes();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret).unwrap();
    mac.update(text.as_bytes());
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let signature: String =
        percent_encoding::utf8_percent_encode(&signature, percent_encoding::NON_ALPHANUMERIC)
            .to_string();
    let mark = if path.contains('?') { "&" } else { "?" };
    let id = &keys.access_key_id;
    let uri = format!("{path}{mark}AWSAccessKeyId={id}&Signature={signature}&Expires={expires}");
    let request = http::Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "127.0.0.1:4321")
        .body(bytes::Bytes::from_static(if method == "PUT" {
            b"two"
        } else {
            b""
        }))
        .unwrap();
    let answer = lab.sandbox.handle(request);
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    (answer.status().as_u16(), body)
}

#[tokio::test]
async fn urls_presigned_with_the_older_version_work() {
    use rolecall::sandbox::Clock as _;
    let (lab, client) = bucket().await;
    put(&client, "a", "one").await;
    let soon = lab.clock.now().as_second() + 60;
    let get = presigned(&lab, "GET", "/lab/a", "", soon);
    assert_eq!(get, (200, "one".to_owned()));
    let (status, body) = presigned(&lab, "GET", "/lab/a", "", soon - 120);
    assert_eq!(status, 403);
    assert!(
        body.contains("<Message>Request has expired</Message>"),
        "{body}"
    );
    let (status, body) = presigned(&lab, "GET", "/lab/a", "x-amz-acl:private\n", soon);
    assert_eq!(status, 403);
    assert!(body.contains("SignatureDoesNotMatch"), "{body}");
    // What the URL carries is a header.
    let path = "/lab/b?&x-amz-meta-venue=123";
    let (status, body) = presigned(&lab, "PUT", path, "x-amz-meta-venue:123\n", soon);
    assert_eq!(status, 200, "{body}");
    let head = client.head_object().bucket("lab").key("b").send().await;
    let head = head.unwrap();
    let metadata = head.metadata().unwrap();
    assert_eq!(metadata.get("venue").map(String::as_str), Some("123"));
}

/// LocalStack's recordings of AWS, 2026: the SDK for JavaScript puts headers into the query.
#[tokio::test]
async fn what_a_url_of_version_4_carries_is_a_header_but_for_checksums() {
    use rolecall::sandbox::Clock as _;
    let (lab, client) = bucket().await;
    let now = u64::try_from(lab.clock.now().as_second()).unwrap();
    let settings = aws_sdk_s3::presigning::PresigningConfig::builder()
        .start_time(std::time::UNIX_EPOCH + std::time::Duration::from_secs(now))
        .expires_in(std::time::Duration::from_secs(60))
        .build()
        .unwrap();
    let put = client.put_object().bucket("lab").key("a").customize();
    let put = put.mutate_request(|request| {
        let carried = "x-amz-meta-venue=123&x-amz-storage-class=STANDARD_IA&If-None-Match=%2A&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32";
        let mark = if request.uri().contains('?') { '&' } else { '?' };
        let uri = format!("{}{mark}{carried}", request.uri());
        request.set_uri(uri).unwrap();
    });
    let url = put.presigned(settings).await.unwrap();
    let send = || {
        let url: http::Uri = url.uri().parse().unwrap();
        let request = http::Request::builder()
            .method("PUT")
            .uri(url.path_and_query().unwrap().as_str())
            .header("host", url.host().unwrap());
        let request = request.body(bytes::Bytes::from_static(b"123456")).unwrap();
        lab.sandbox.handle(request)
    };
    let answer = send();
    assert_eq!(answer.status().as_u16(), 200, "{answer:?}");
    assert_eq!(send().status().as_u16(), 412);
    let head = client.head_object().bucket("lab").key("a");
    let head = head.checksum_mode(ChecksumMode::Enabled).send().await;
    let head = head.unwrap();
    assert_eq!(head.metadata().unwrap()["venue"], "123");
    assert_eq!(head.storage_class().unwrap().as_str(), "STANDARD_IA");
    assert_eq!(head.checksum_crc64_nvme(), Some("CVmbZh4IWzA="));
}

fn ask(
    lab: &Lab,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> http::Response<bytes::Bytes> {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.header("host", "127.0.0.1:4321");
    lab.sandbox
        .handle(request.body(bytes::Bytes::new()).unwrap())
}

#[tokio::test]
async fn browsers_are_told_what_the_cors_rules_allow() {
    use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
    let (lab, client) = bucket().await;
    let origin = ("origin", "https://lab.example");
    let wanted = ("access-control-request-method", "GET");
    let said = |answer: &http::Response<bytes::Bytes>| {
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        let message = text.split_once("<Message>").unwrap().1;
        let message = message.split_once("</Message>").unwrap().0;
        (answer.status().as_u16(), message.to_owned())
    };
    let none = ask(&lab, "OPTIONS", "/lab/a", &[wanted]);
    let text = "Insufficient information. Origin request header needed.";
    assert_eq!(said(&none), (400, text.to_owned()));
    let off = ask(&lab, "OPTIONS", "/lab/a", &[origin, wanted]);
    let text = "CORSResponse: CORS is not enabled for this bucket.";
    assert_eq!(said(&off), (403, text.to_owned()));
    let rule = CorsRule::builder()
        .allowed_origins("https://*.example")
        .allowed_methods("GET")
        .allowed_headers("x-amz-*")
        .expose_headers("ETag")
        .max_age_seconds(60)
        .build()
        .unwrap();
    let rules = CorsConfiguration::builder().cors_rules(rule).build();
    let request = client.put_bucket_cors().bucket("lab");
    request
        .cors_configuration(rules.unwrap())
        .send()
        .await
        .unwrap();
    let headers = ("access-control-request-headers", "X-Amz-Date, x-amz-acl");
    let yes = ask(&lab, "OPTIONS", "/lab/a", &[origin, wanted, headers]);
    assert_eq!(yes.status(), 200);
    let header = |name: &str| yes.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("access-control-allow-origin"), origin.1);
    assert_eq!(header("access-control-allow-credentials"), "true");
    assert_eq!(header("access-control-allow-methods"), "GET");
    assert_eq!(
        header("access-control-allow-headers"),
        "x-amz-date, x-amz-acl"
    );
    assert_eq!(header("access-control-expose-headers"), "ETag");
    assert_eq!(header("access-control-max-age"), "60");
    for refused in [
        [("origin", "http://lab.example"), wanted],
        [origin, ("access-control-request-method", "PUT")],
    ] {
        let no = ask(&lab, "OPTIONS", "/lab/a", &refused);
        assert!(
            said(&no)
                .1
                .starts_with("CORSResponse: This CORS request is not allowed.")
        );
    }
    // The answer itself says so too, whatever it is.
    let get = ask(&lab, "GET", "/lab/a", &[origin]);
    assert_eq!(get.status(), 403);
    assert_eq!(get.headers()["access-control-allow-origin"], origin.1);
}

/// Source: Amazon S3 User Guide, "Checking object integrity for data at rest and in transit".
#[tokio::test]
async fn a_document_is_compared_with_its_checksums() {
    let (_lab, client) = bucket().await;
    let tag = Tag::builder().key("a").value("b").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    let ask = || {
        let request = client.put_bucket_tagging().bucket("lab");
        request.tagging(tagging.clone())
    };
    // The SDK sends one of its own.
    ask().send().await.unwrap();
    let zeros = "AAAAAAAAAAAAAAAAAAAAAA==";
    assert_eq!(
        said(ask().content_md5(zeros).send().await),
        "BadDigest: The Content-MD5 you specified did not match what we received."
    );
    let with = |value: &'static str| {
        let request = ask().customize();
        request.mutate_request(move |request| {
            request.headers_mut().insert("x-amz-checksum-sha256", value);
        })
    };
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(
        said(with(zeros).send().await),
        "BadDigest: The SHA256 you specified did not match the calculated checksum."
    );
    assert_eq!(
        said(with("nonsense").send().await),
        "InvalidRequest: Value for x-amz-checksum-sha256 header is invalid."
    );
}
