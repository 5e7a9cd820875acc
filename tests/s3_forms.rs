//! Forms that browsers post to a bucket: the policy that was signed for them, what they become, and
//! what is refused.

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

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use lab::Lab;
use lab::bucket::{BUCKET, with_bucket};
use rolecall::sandbox::{Clock, Credentials};
use rolecall::secret::Secret;
use rolecall::sigv4::{Signature, amz_date, hmac};
use sha1::Sha1;

/// Conditions that every form here has.
const COMMON: &str = r#"{"bucket": "lab-bucket-001"}, ["starts-with", "$key", "user/"]"#;

type Fields = Vec<(String, String)>;

fn owned(fields: &[(&str, &str)]) -> Fields {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn policy(lab: &Lab, conditions: &str) -> String {
    let expires = lab.clock.now() + jiff::SignedDuration::from_mins(60);
    let text = format!(r#"{{"expiration": "{expires:.0}", "conditions": [{conditions}]}}"#);
    STANDARD.encode(text)
}

/// Fields signed with Signature Version 4, as boto3's `generate_presigned_post` makes them.
fn signed(lab: &Lab, keys: &Credentials, fields: &[(&str, &str)], conditions: &str) -> Fields {
    let date = amz_date(lab.clock.now());
    let credential = format!(
        "{}/{}/us-east-1/s3/aws4_request",
        keys.access_key_id,
        &date[..8]
    );
    let token = keys.session_token.as_ref().map(Secret::expose);
    let mut all = owned(fields);
    let mut conditions = format!(
        r#"{conditions}, {{"x-amz-algorithm": "AWS4-HMAC-SHA256"}}, {{"x-amz-credential": "{credential}"}}, {{"x-amz-date": "{date}"}}"#
    );
    if let Some(token) = token {
        conditions += &format!(r#", {{"x-amz-security-token": "{token}"}}"#);
        all.extend(owned(&[("x-amz-security-token", token)]));
    }
    let policy = policy(lab, &conditions);
    let found = Signature::of_policy(&credential, "", &date, None).unwrap();
    let key = found.signing_key(keys.secret_access_key.expose());
    let signature = hex::encode(hmac(&key, policy.as_bytes()));
    all.extend(owned(&[
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", &credential),
        ("x-amz-date", &date),
        ("policy", &policy),
        ("x-amz-signature", &signature),
    ]));
    all
}

/// The same with Signature Version 2.
fn signed_as_before(lab: &Lab, keys: &Credentials, fields: &[(&str, &str)]) -> Fields {
    let policy = policy(lab, COMMON);
    let secret = keys.secret_access_key.expose().as_bytes();
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).unwrap();
    mac.update(policy.as_bytes());
    let mut all = owned(fields);
    all.extend(owned(&[
        ("AWSAccessKeyId", &keys.access_key_id),
        ("policy", &policy),
        ("signature", &STANDARD.encode(mac.finalize().into_bytes())),
    ]));
    all
}

fn request(fields: &Fields, file: Option<&str>) -> http::Request<Bytes> {
    let mut body = String::new();
    for (name, value) in fields {
        body +=
            &format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    if let Some(file) = file {
        body += &format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\dir\\a b.txt\"\r\nContent-Type: text/plain\r\n\r\n{file}\r\n"
        );
    }
    body += "--x--\r\n";
    http::Request::post(format!("/{BUCKET}"))
        .header("host", "s3.us-east-1.amazonaws.com")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(Bytes::from(body))
        .unwrap()
}

/// Status and, of an error, its code and text; of a success the body.
fn post(lab: &Lab, fields: &Fields) -> (u16, String) {
    told(&lab.sandbox.handle(request(fields, Some("hello"))))
}

fn told(answer: &http::Response<Bytes>) -> (u16, String) {
    let body = std::str::from_utf8(answer.body()).unwrap();
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|found| found.0)
    };
    let said = match (element("Code"), element("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}").replace("&quot;", "\""),
        _ => body.to_owned(),
    };
    (answer.status().as_u16(), said)
}

fn header<'a>(answer: &'a http::Response<Bytes>, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_form_that_was_signed_makes_an_object() {
    let (lab, s3) = with_bucket().await;
    let keys = lab.administrator();
    let fields = signed(
        &lab,
        &keys,
        &[
            ("Key", "user/${filename}"),
            ("Content-Type", "text/x"),
            ("x-amz-meta-Color", "blue"),
            ("x-amz-meta-Town", "Zürich =?UTF-8?B?YQ==?="),
            (
                "tagging",
                "<Tagging><TagSet><Tag><Key>a</Key><Value>b &#43; c</Value></Tag></TagSet></Tagging>",
            ),
        ],
        &format!(
            r#"{COMMON}, ["starts-with", "$Content-Type", "text/"], ["eq", "$x-amz-meta-color", "blue"], ["starts-with", "$x-amz-meta-town", "Zürich"], ["starts-with", "$tagging", ""]"#
        ),
    );
    let answer = lab.sandbox.handle(request(&fields, Some("hello")));
    assert_eq!(told(&answer), (204, String::new()));
    let etag = "\"5d41402abc4b2a76b9719d911017c592\"";
    assert_eq!(header(&answer, "etag"), etag);
    assert_eq!(
        header(&answer, "location"),
        "https://s3.us-east-1.amazonaws.com/lab-bucket-001/user%2Fa%20b.txt"
    );
    let key = "user/a b.txt";
    let object = s3
        .get_object()
        .bucket(BUCKET)
        .key(key)
        .send()
        .await
        .unwrap();
    assert_eq!(object.content_type(), Some("text/x"));
    assert_eq!(object.metadata().unwrap()["color"], "blue");
    assert_eq!(
        object.metadata().unwrap()["town"],
        "=?UTF-8?Q?Z=C3=BCrich_=3D=3FUTF-8=3FB=3FYQ=3D=3D=3F=3D?="
    );
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"hello");
    let tags = s3.get_object_tagging().bucket(BUCKET).key(key);
    let tags = tags.send().await.unwrap();
    assert_eq!(tags.tag_set()[0].value(), "b + c");

    let before = signed_as_before(&lab, &keys, &[("key", "user/b")]);
    assert_eq!(post(&lab, &before), (204, String::new()));
    s3.head_object()
        .bucket(BUCKET)
        .key("user/b")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_form_says_how_it_wants_to_be_answered() {
    let (lab, s3) = with_bucket().await;
    let rule = CorsRule::builder()
        .allowed_methods("POST")
        .allowed_origins("https://a.example");
    let cors = CorsConfiguration::builder().cors_rules(rule.build().unwrap());
    let put = s3
        .put_bucket_cors()
        .bucket(BUCKET)
        .cors_configuration(cors.build().unwrap());
    put.send().await.unwrap();
    let keys = lab.administrator();
    let answer = |name: &str, value: &str| {
        let any = format!(r#"{COMMON}, ["starts-with", "${name}", ""]"#);
        let fields = signed(&lab, &keys, &[("key", "user/é"), (name, value)], &any);
        let mut request = request(&fields, Some("hello"));
        request
            .headers_mut()
            .insert("origin", "https://a.example".parse().unwrap());
        lab.sandbox.handle(request)
    };
    let created = answer("success_action_status", "201");
    assert_eq!(
        told(&created),
        (
            201,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>https://s3.us-east-1.amazonaws.com/lab-bucket-001/user%2F%C3%A9</Location><Bucket>lab-bucket-001</Bucket><Key>user/é</Key><ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag></PostResponse>".to_owned()
        )
    );
    assert_eq!(
        header(&created, "access-control-allow-origin"),
        "https://a.example"
    );
    assert_eq!(
        told(&answer("success_action_status", "200")),
        (200, String::new())
    );
    assert_eq!(
        told(&answer("success_action_status", "404")),
        (204, String::new())
    );
    let redirected = answer("success_action_redirect", "https://a.example/done?x=1");
    assert_eq!(told(&redirected), (303, String::new()));
    assert_eq!(
        header(&redirected, "location"),
        "https://a.example/done?x=1&bucket=lab-bucket-001&key=user%2F%C3%A9&etag=%225d41402abc4b2a76b9719d911017c592%22"
    );
    assert_eq!(answer("success_action_redirect", "/relative").status(), 204);
}

#[tokio::test]
async fn whoever_signed_must_be_allowed_to_put_the_object() {
    let (lab, _s3) = with_bucket().await;
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("alice").send().await.unwrap();
    let alice = lab.key_of("alice").await;
    let form = || signed(&lab, &alice, &[("key", "user/a")], COMMON);
    assert_eq!(
        post(&lab, &form()),
        (
            403,
            "AccessDenied: User: arn:aws:iam::123456789012:user/alice is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::lab-bucket-001/user/a\" because no identity-based policy allows the s3:PutObject action".to_owned()
        )
    );
    // The way of signing is a condition key of S3's.
    let allow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::lab-bucket-001/user/*", "Condition": {"StringEquals": {
        "s3:authType": "POST", "s3:signatureversion": "AWS4-HMAC-SHA256"}}}]}"#;
    let put = iam.put_user_policy().user_name("alice").policy_name("p");
    put.policy_document(allow).send().await.unwrap();
    assert_eq!(post(&lab, &form()), (204, String::new()));
    // A session's token is a field.
    let session = lab.sts(&alice).get_session_token().send().await.unwrap();
    let session = session.credentials().unwrap();
    let session = Credentials {
        access_key_id: session.access_key_id().to_owned(),
        secret_access_key: Secret::new(session.secret_access_key()),
        session_token: Some(Secret::new(session.session_token())),
    };
    let of_session = signed(&lab, &session, &[("key", "user/a")], COMMON);
    assert_eq!(post(&lab, &of_session), (204, String::new()));
    // Nobody signed it.
    let anonymous = owned(&[("key", "user/a"), ("policy", "x")]);
    assert_eq!(
        post(&lab, &anonymous),
        (403, "AccessDenied: Access Denied".to_owned())
    );
}

#[tokio::test]
async fn a_form_is_refused_for_what_is_wrong_with_it() {
    let (lab, _s3) = with_bucket().await;
    let keys = lab.administrator();
    let good = || signed(&lab, &keys, &[("key", "user/a")], COMMON);
    let without = |name: &str| {
        let mut fields = good();
        fields.retain(|(known, _)| known != name);
        post(&lab, &fields)
    };
    let with = |name: &str, value: &str| {
        let mut fields = good();
        fields.retain(|(known, _)| known != name);
        fields.extend(owned(&[(name, value)]));
        post(&lab, &fields)
    };
    let missing = |name: &str| {
        let text = format!(
            "InvalidArgument: Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
        );
        (400, text)
    };
    assert_eq!(without("key"), missing("key"));
    assert_eq!(without("x-amz-signature"), missing("X-Amz-Signature"));
    assert_eq!(without("x-amz-algorithm"), missing("X-Amz-Algorithm"));
    let mismatch = with("x-amz-signature", &"0".repeat(64));
    assert_eq!(mismatch.0, 403);
    assert!(mismatch.1.starts_with("SignatureDoesNotMatch: "));
    assert_eq!(
        with(
            "x-amz-credential",
            "AKIAAAAAAAAAAAAAAAAA/20261123/us-east-1/s3/aws4_request"
        ),
        (
            403,
            "InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records."
                .to_owned()
        )
    );
    assert_eq!(
        with("x-amz-credential", "A/20261123/eu-west-1/s3/aws4_request"),
        (
            400,
            "InvalidArgument: the region 'eu-west-1' is wrong; expecting 'us-east-1'".to_owned()
        )
    );
    assert_eq!(
        with("key", "other/a"),
        (
            403,
            "AccessDenied: Invalid according to Policy: Policy Condition failed: [\"starts-with\", \"$key\", \"user/\"]"
                .to_owned()
        )
    );
    assert_eq!(
        with("x-amz-meta-more", "a"),
        (
            403,
            "AccessDenied: Invalid according to Policy: Extra input fields: x-amz-meta-more"
                .to_owned()
        )
    );
    let early = good();
    lab.clock.advance(jiff::SignedDuration::from_mins(61));
    assert_eq!(
        post(&lab, &early),
        (
            403,
            "AccessDenied: Invalid according to Policy: Policy expired.".to_owned()
        )
    );
    let two = format!("{}; boundary=y", "multipart/form-data");
    for (kind, status, said) in [
        (
            "text/html",
            412,
            "PreconditionFailed: At least one of the pre-conditions you specified did not hold",
        ),
        (
            two.as_str(),
            400,
            "MalformedPOSTRequest: The body of your POST request is not well-formed multipart/form-data.",
        ),
    ] {
        let mut request = request(&good(), Some("hello"));
        request
            .headers_mut()
            .insert("content-type", kind.parse().unwrap());
        assert_eq!(
            told(&lab.sandbox.handle(request)),
            (status, said.to_owned())
        );
    }
    assert_eq!(
        told(&lab.sandbox.handle(request(&good(), None))),
        (
            400,
            "InvalidArgument: POST requires exactly one file upload per request.".to_owned()
        )
    );
    assert_eq!(
        with("x-amz-meta-long", &"a".repeat(20_480)),
        (
            400,
            "MaxPostPreDataLengthExceeded: Your POST request fields preceeding the upload file was too large."
                .to_owned()
        )
    );
    let acl = format!(r#"{COMMON}, {{"acl": "public-read"}}"#);
    let public = signed(
        &lab,
        &keys,
        &[("key", "user/a"), ("acl", "public-read")],
        &acl,
    );
    assert_eq!(
        post(&lab, &public),
        (
            400,
            "AccessControlListNotSupported: The bucket does not allow ACLs".to_owned()
        )
    );
}
