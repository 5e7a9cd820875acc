//! Buckets of S3 through the SDK: names, regions, settings, policies, and their errors.

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

use std::sync::Arc;

use aws_sdk_s3::types::{
    AccessControlPolicy, BucketCannedAcl, BucketLifecycleConfiguration, BucketLocationConstraint,
    BucketLoggingStatus, CorsConfiguration, CorsRule, CreateBucketConfiguration, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, LoggingEnabled, ObjectCannedAcl,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, Payer,
    PublicAccessBlockConfiguration, RequestPayer, RequestPaymentConfiguration, Tag, Tagging,
};
use bytes::Bytes;
use lab::bucket::{BUCKET, put, with_bucket};
use lab::{Lab, said};
use rolecall::sandbox::Sandbox;

#[tokio::test]
async fn a_bucket_is_made_listed_and_removed() {
    let (_lab, s3) = with_bucket().await;
    let again = s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(again.location(), Some("/lab-bucket-001"));
    assert_eq!(again.bucket_arn(), Some("arn:aws:s3:::lab-bucket-001"));
    let list = s3.list_buckets().send().await.unwrap();
    let names: Vec<_> = list
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name())
        .collect();
    assert_eq!(names, [BUCKET]);
    assert_eq!(list.owner().unwrap().id().unwrap().len(), 64);
    let head = s3.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("us-east-1"));
    put(&s3, "a", "1").await;
    assert_eq!(
        said(s3.delete_bucket().bucket(BUCKET).send().await),
        "BucketNotEmpty: The bucket you tried to delete is not empty"
    );
    s3.delete_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await
        .unwrap();
    s3.delete_object()
        .bucket(BUCKET)
        .key("a")
        .send()
        .await
        .unwrap();
    s3.delete_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(
        said(s3.list_objects_v2().bucket(BUCKET).send().await),
        "NoSuchBucket: The specified bucket does not exist"
    );
    assert!(s3.list_buckets().send().await.unwrap().buckets().is_empty());
}

/// `GetBucketRegion` of the AWS SDK for Go asks unsigned, and takes the region from the denial.
#[tokio::test]
async fn the_region_of_a_bucket_is_told_to_whom_it_is_closed() {
    let (lab, _) = with_bucket().await;
    let head = |bucket: &str| {
        let request = http::Request::head(format!("/{bucket}"))
            .header("host", "s3.us-east-1.amazonaws.com")
            .body(Bytes::new())
            .unwrap();
        let answer = lab.sandbox.handle(request);
        let region = answer.headers().get("x-amz-bucket-region");
        (
            answer.status().as_u16(),
            region.map(|region| region.to_str().unwrap().to_owned()),
        )
    };
    assert_eq!(head(BUCKET), (403, Some("us-east-1".to_owned())));
    assert_eq!(head("no-such-bucket-001"), (404, None));
}

#[tokio::test]
async fn bucket_names_and_regions_follow_the_rules() {
    let lab = Lab::new();
    let s3 = lab.s3(&lab.administrator());
    for name in [
        "ab",
        "Upper",
        "a..b",
        "192.168.1.1",
        "xn--bucket",
        "-lab",
        "under_score",
    ] {
        let answer = s3.create_bucket().bucket(name).send().await;
        assert_eq!(
            said(answer),
            "InvalidBucketName: The specified bucket is not valid.",
            "{name}"
        );
    }
    let place = |region: &str| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(region))
            .build()
    };
    let make = |name: &str, region: &str| {
        s3.create_bucket()
            .bucket(name)
            .create_bucket_configuration(place(region))
            .send()
    };
    let west = make("lab-in-the-west", "eu-west-1").await.unwrap();
    assert_eq!(
        west.location(),
        Some("http://lab-in-the-west.s3.amazonaws.com/")
    );
    assert_eq!(
        said(make("lab-bucket", "us-east-1").await),
        "InvalidLocationConstraint: The specified location-constraint is not valid"
    );
    assert_eq!(
        said(s3.list_objects_v2().bucket("lab-in-the-west").send().await),
        "AuthorizationHeaderMalformed: The authorization header is malformed; the region \
         'us-east-1' is wrong; expecting 'eu-west-1'"
    );
    let location = s3
        .get_bucket_location()
        .bucket("lab-in-the-west")
        .send()
        .await
        .unwrap();
    assert_eq!(
        location.location_constraint().unwrap().as_str(),
        "eu-west-1"
    );
}

#[tokio::test]
async fn settings_of_a_bucket() {
    let (_lab, s3) = with_bucket().await;
    let block = s3
        .get_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let block = block.public_access_block_configuration().unwrap();
    assert_eq!(
        (block.block_public_policy(), block.restrict_public_buckets()),
        (Some(true), Some(true))
    );
    let controls = s3
        .get_bucket_ownership_controls()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let rule = &controls.ownership_controls().unwrap().rules()[0];
    assert_eq!(rule.object_ownership().as_str(), "BucketOwnerEnforced");
    assert!(
        s3.get_bucket_encryption()
            .bucket(BUCKET)
            .send()
            .await
            .is_ok()
    );
    assert_eq!(
        said(s3.get_bucket_tagging().bucket(BUCKET).send().await),
        "NoSuchTagSet: The TagSet does not exist"
    );
    let tag = Tag::builder().key("team").value("lab").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    s3.put_bucket_tagging()
        .bucket(BUCKET)
        .tagging(tagging)
        .send()
        .await
        .unwrap();
    let tags = s3.get_bucket_tagging().bucket(BUCKET).send().await.unwrap();
    assert_eq!(tags.tag_set()[0].value(), "lab");
    let expected = s3
        .head_bucket()
        .bucket(BUCKET)
        .expected_bucket_owner("999999999999")
        .send()
        .await;
    assert_eq!(
        expected
            .unwrap_err()
            .raw_response()
            .unwrap()
            .status()
            .as_u16(),
        403
    );
}

#[tokio::test]
async fn settings_without_effect_are_kept_and_given_back() {
    let (lab, s3) = with_bucket().await;
    assert_eq!(
        said(s3.get_bucket_cors().bucket(BUCKET).send().await),
        "NoSuchCORSConfiguration: The CORS configuration does not exist"
    );
    let rule = |method: &str| {
        let rule = CorsRule::builder()
            .allowed_methods(method)
            .allowed_origins("*")
            .build()
            .unwrap();
        let rules = CorsConfiguration::builder().cors_rules(rule);
        s3.put_bucket_cors()
            .bucket(BUCKET)
            .cors_configuration(rules.build().unwrap())
            .send()
    };
    assert_eq!(
        said(rule("PATCH").await),
        "InvalidRequest: Found unsupported HTTP method in CORS config. Unsupported method is PATCH"
    );
    rule("GET").await.unwrap();
    let kept = s3.get_bucket_cors().bucket(BUCKET).send().await.unwrap();
    assert_eq!(kept.cors_rules()[0].allowed_methods(), ["GET"]);

    let lifecycle = |days: i32| {
        let rule = LifecycleRule::builder()
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix("tmp/").build())
            .expiration(LifecycleExpiration::builder().days(days).build())
            .build()
            .unwrap();
        let rules = BucketLifecycleConfiguration::builder().rules(rule);
        s3.put_bucket_lifecycle_configuration()
            .bucket(BUCKET)
            .lifecycle_configuration(rules.build().unwrap())
            .send()
    };
    assert_eq!(
        said(lifecycle(0).await),
        "InvalidArgument: 'Days' for Expiration action must be a positive integer"
    );
    lifecycle(1).await.unwrap();
    let kept = s3
        .get_bucket_lifecycle_configuration()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    // A rule without an id gets one.
    assert_eq!(kept.rules()[0].id().unwrap().len(), 36);
    s3.delete_bucket_lifecycle()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(
        said(
            s3.get_bucket_lifecycle_configuration()
                .bucket(BUCKET)
                .send()
                .await
        ),
        "NoSuchLifecycleConfiguration: The lifecycle configuration does not exist"
    );

    let target = LoggingEnabled::builder()
        .target_bucket("not-a-bucket-here")
        .target_prefix("");
    let status = BucketLoggingStatus::builder().logging_enabled(target.build().unwrap());
    assert_eq!(
        said(
            s3.put_bucket_logging()
                .bucket(BUCKET)
                .bucket_logging_status(status.build())
                .send()
                .await
        ),
        "InvalidTargetBucketForLogging: The target bucket for logging does not exist"
    );
    let payer = s3.get_bucket_request_payment().bucket(BUCKET).send();
    assert_eq!(
        payer.await.unwrap().payer().unwrap().as_str(),
        "BucketOwner"
    );
    assert_eq!(
        said(
            s3.put_bucket_acl()
                .bucket(BUCKET)
                .acl(BucketCannedAcl::Private)
                .send()
                .await
        ),
        "AccessControlListNotSupported: The bucket does not allow ACLs"
    );
    // They are the bucket's: who may not read them is told so.
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("alice").send().await.unwrap();
    let alice = lab.s3(&lab.key_of("alice").await);
    assert_eq!(
        said(alice.get_bucket_cors().bucket(BUCKET).send().await),
        "AccessDenied: User: arn:aws:iam::123456789012:user/alice is not authorized to perform: \
         s3:GetBucketCORS on resource: \"arn:aws:s3:::lab-bucket-001\" because no identity-based \
         policy allows the s3:GetBucketCORS action"
    );
}

#[tokio::test]
async fn a_bucket_of_an_older_world_keeps_its_ownership() {
    let (mut lab, s3) = with_bucket().await;
    s3.create_bucket().bucket("other").send().await.unwrap();
    let saved = String::from_utf8(lab.sandbox.save().unwrap()).unwrap();
    let now = "\"ownership\":\"BucketOwnerEnforced\",\"log_delivery\":false";
    assert_eq!(saved.matches(now).count(), 2);
    // What stood there before told only whether it was enforced.
    let older = saved.replacen(now, "\"ownership\":true", 1);
    let older = older.replacen(now, "\"ownership\":false", 1);
    lab.sandbox = Arc::new(Sandbox::load(older.as_bytes(), lab.clock.clone()).unwrap());
    let s3 = lab.s3(&lab.administrator());
    let own = |bucket| s3.get_bucket_ownership_controls().bucket(bucket).send();
    let enforced = own(BUCKET).await.unwrap().ownership_controls.unwrap();
    assert_eq!(
        enforced.rules()[0].object_ownership(),
        &ObjectOwnership::BucketOwnerEnforced
    );
    assert_eq!(
        said(own("other").await),
        "OwnershipControlsNotFoundError: The bucket ownership controls were not found"
    );
}

#[tokio::test]
async fn without_enforced_ownership_a_bucket_takes_acls() {
    let (_lab, s3) = with_bucket().await;
    let own = |ownership: ObjectOwnership| {
        let rule = OwnershipControlsRule::builder().object_ownership(ownership);
        let controls = OwnershipControls::builder().rules(rule.build().unwrap());
        s3.put_bucket_ownership_controls()
            .bucket(BUCKET)
            .ownership_controls(controls.build().unwrap())
            .send()
    };
    let set = |acl: BucketCannedAcl| s3.put_bucket_acl().bucket(BUCKET).acl(acl).send();
    let grants = async || {
        let found = s3.get_bucket_acl().bucket(BUCKET).send().await.unwrap();
        let grants = found.grants().iter().map(|grant| {
            let group = grant.grantee().unwrap().uri().unwrap_or("owner");
            format!("{group} {}", grant.permission().unwrap())
        });
        grants.collect::<Vec<_>>()
    };
    put(&s3, "a", "a").await;
    let of_object =
        |acl: ObjectCannedAcl| s3.put_object_acl().bucket(BUCKET).key("a").acl(acl).send();
    // Block Public Access speaks first, whether there are ACLs or not.
    let blocked = |what: &str, resource: &str| {
        format!(
            "AccessDenied: User: {} is not authorized to perform: s3:{what} on resource: \
             \"arn:aws:s3:::{resource}\" because public ACLs are prevented by the BlockPublicAcls setting \
             in S3 Block Public Access.",
            "arn:aws:iam::123456789012:user/Administrator"
        )
    };
    let none = "AccessControlListNotSupported: The bucket does not allow ACLs";
    assert_eq!(
        said(of_object(ObjectCannedAcl::PublicRead).await),
        blocked("PutObjectAcl", "lab-bucket-001/a")
    );
    assert_eq!(said(of_object(ObjectCannedAcl::Private).await), none);
    assert_eq!(said(set("log-delivery-write".into()).await), none);
    let written = |acl: ObjectCannedAcl| {
        let put = s3.put_object().bucket(BUCKET).key("a");
        put.acl(acl).send()
    };
    written(ObjectCannedAcl::Private).await.unwrap();
    assert_eq!(said(written(ObjectCannedAcl::BucketOwnerRead).await), none);

    own(ObjectOwnership::BucketOwnerPreferred).await.unwrap();
    assert_eq!(grants().await, ["owner FULL_CONTROL"]);
    set(BucketCannedAcl::Private).await.unwrap();
    of_object(ObjectCannedAcl::Private).await.unwrap();
    assert_eq!(
        said(set(BucketCannedAcl::PublicRead).await),
        blocked("PutBucketAcl", BUCKET)
    );
    set("log-delivery-write".into()).await.unwrap();
    let group = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    assert_eq!(
        grants().await,
        [
            "owner FULL_CONTROL".to_owned(),
            format!("{group} WRITE"),
            format!("{group} READ_ACP")
        ]
    );
    assert_eq!(
        said(own(ObjectOwnership::BucketOwnerEnforced).await),
        "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's \
         BucketOwnerEnforced setting"
    );
    // What is read can be written.
    let found = s3.get_bucket_acl().bucket(BUCKET).send().await.unwrap();
    set(BucketCannedAcl::Private).await.unwrap();
    let policy = AccessControlPolicy::builder()
        .owner(found.owner().unwrap().clone())
        .set_grants(found.grants.clone());
    s3.put_bucket_acl()
        .bucket(BUCKET)
        .access_control_policy(policy.build())
        .send()
        .await
        .unwrap();
    assert_eq!(grants().await.len(), 3);

    s3.delete_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert!(said(set(BucketCannedAcl::PublicRead).await).starts_with("NotImplemented: "));
    set(BucketCannedAcl::Private).await.unwrap();
    s3.delete_bucket_ownership_controls()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let controls = s3.get_bucket_ownership_controls().bucket(BUCKET).send();
    assert_eq!(
        said(controls.await),
        "OwnershipControlsNotFoundError: The bucket ownership controls were not found"
    );
    set(BucketCannedAcl::Private).await.unwrap();
    own(ObjectOwnership::BucketOwnerEnforced).await.unwrap();
    assert_eq!(said(set(BucketCannedAcl::Private).await), none);

    let make = |name: &str, acl: BucketCannedAcl| {
        s3.create_bucket()
            .bucket(name)
            .object_ownership(ObjectOwnership::ObjectWriter)
            .acl(acl)
            .send()
    };
    assert_eq!(
        said(make("lab-public", BucketCannedAcl::PublicRead).await),
        "InvalidBucketAclWithBlockPublicAccessError: Bucket cannot have public ACLs set with \
         BlockPublicAccess enabled"
    );
    make("lab-logs", "log-delivery-write".into()).await.unwrap();
}

/// s3cmd signs for `US` until it is told better.
#[tokio::test]
async fn who_signs_for_no_region_is_told_the_right_one() {
    let (lab, s3) = with_bucket().await;
    let config = s3.config().to_builder().force_path_style(true);
    let config = config.endpoint_url("http://127.0.0.1:4321");
    let region = aws_sdk_s3::config::Region::new("US");
    let s3 = aws_sdk_s3::Client::from_conf(config.region(region).build());
    let wrong = "the region 'US' is wrong; expecting 'us-east-1'";
    assert_eq!(
        said(s3.list_buckets().send().await),
        format!("AuthorizationHeaderMalformed: The authorization header is malformed; {wrong}")
    );
    let day = std::time::Duration::from_secs(86400);
    let presigned = aws_sdk_s3::presigning::PresigningConfig::expires_in(day).unwrap();
    let url = s3.get_object().bucket(BUCKET).key("a").presigned(presigned);
    let request = http::Request::get(url.await.unwrap().uri());
    let request = request.header("host", "127.0.0.1:4321");
    let answer = lab
        .sandbox
        .handle(request.body(bytes::Bytes::new()).unwrap());
    assert_eq!(answer.status(), 400);
    let body = String::from_utf8_lossy(answer.body());
    let expected = format!(
        "<Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential \
         parameter; {wrong}</Message><Region>us-east-1</Region>"
    );
    assert!(body.contains(&expected), "{body}");
}

#[tokio::test]
async fn a_url_that_was_signed_for_another_service_is_refused_in_the_words_of_urls() {
    let (lab, s3) = with_bucket().await;
    let day = std::time::Duration::from_secs(86400);
    let presigned = aws_sdk_s3::presigning::PresigningConfig::expires_in(day).unwrap();
    let url = s3.get_object().bucket(BUCKET).key("a").presigned(presigned);
    let url = url.await.unwrap().uri().replace("%2Fs3%2F", "%2Fec2%2F");
    let answer = lab
        .sandbox
        .handle(http::Request::get(url).body(Bytes::new()).unwrap());
    assert_eq!(answer.status(), 400);
    let body = String::from_utf8_lossy(answer.body()).replace("&quot;", "\"");
    let expected = "<Code>AuthorizationQueryParametersError</Code><Message>Error parsing the \
                    X-Amz-Credential parameter; incorrect service \"ec2\". This endpoint belongs to \"s3\".";
    assert!(body.contains(expected), "{body}");
}

#[tokio::test]
async fn s3_control_is_refused_by_name() {
    let (lab, _) = with_bucket().await;
    let request = http::Request::get("/v20180820/configuration/publicAccessBlock")
        .header("host", "123456789012.s3-control.localhost:4321")
        .header("x-amz-account-id", "123456789012");
    let answer = lab.sandbox.handle(request.body(Bytes::new()).unwrap());
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(
        body.contains("does not support the API of S3 Control"),
        "{body}"
    );
}

/// Terraform asks for a private bucket, and rclone may for what is an object's.
#[tokio::test]
async fn a_private_acl_and_those_of_objects_change_nothing_in_a_new_bucket() {
    let (_lab, s3) = with_bucket().await;
    let make = |name: &'static str, acl: &str| {
        let request = s3.create_bucket().bucket(name).acl(acl.into());
        async move { request.send().await.map(|_| name) }
    };
    let own = |name: &'static str| {
        let request = s3.get_bucket_ownership_controls().bucket(name).send();
        async {
            let controls = request.await.unwrap().ownership_controls.unwrap();
            controls.rules()[0].object_ownership().clone()
        }
    };
    for (name, acl) in [
        ("lab-private", "private"),
        ("lab-read", "bucket-owner-read"),
        ("lab-full", "bucket-owner-full-control"),
    ] {
        let made = make(name, acl).await.unwrap();
        assert_eq!(own(made).await, ObjectOwnership::BucketOwnerEnforced);
    }
    let enforced = s3.create_bucket().bucket("lab-enforced");
    let enforced = enforced.object_ownership(ObjectOwnership::BucketOwnerEnforced);
    enforced.acl(BucketCannedAcl::Private).send().await.unwrap();
    assert_eq!(
        own("lab-enforced").await,
        ObjectOwnership::BucketOwnerEnforced
    );
    assert_eq!(
        said(make("lab-public", "public-read").await),
        "InvalidBucketAclWithObjectOwnership: Bucket cannot have ACLs set with ObjectOwnership's \
         BucketOwnerEnforced setting"
    );
}

#[tokio::test]
async fn who_asks_pays_where_the_bucket_says_so() {
    let (lab, s3) = with_bucket().await;
    lab.sandbox.add_account("444455556666");
    let other = lab.s3(&lab.sandbox.administrator("444455556666").unwrap());
    put(&s3, "a", "a").await;
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject",
        "Principal": {"AWS": "444455556666"}, "Resource": "arn:aws:s3:::lab-bucket-001/*"}]}"#;
    let allow = s3.put_bucket_policy().bucket(BUCKET).policy(policy);
    allow.send().await.unwrap();
    let pay = |payer: Payer| {
        let payment = RequestPaymentConfiguration::builder().payer(payer);
        s3.put_bucket_request_payment()
            .bucket(BUCKET)
            .request_payment_configuration(payment.build().unwrap())
            .send()
    };
    let get = |who: &aws_sdk_s3::Client| who.get_object().bucket(BUCKET).key("a");
    get(&other).send().await.unwrap();
    pay(Payer::Requester).await.unwrap();
    let payer = s3.get_bucket_request_payment().bucket(BUCKET).send();
    assert_eq!(payer.await.unwrap().payer(), Some(&Payer::Requester));
    assert_eq!(
        said(get(&other).send().await),
        "AccessDenied: Access Denied"
    );
    let paying = get(&other).request_payer(RequestPayer::Requester);
    paying.send().await.unwrap();
    get(&s3).send().await.unwrap();
    pay(Payer::BucketOwner).await.unwrap();
    get(&other).send().await.unwrap();
}

#[tokio::test]
async fn bucket_policies() {
    let (lab, s3) = with_bucket().await;
    assert_eq!(
        said(s3.get_bucket_policy().bucket(BUCKET).send().await),
        "NoSuchBucketPolicy: The bucket policy does not exist"
    );
    let put = |policy: &str| s3.put_bucket_policy().bucket(BUCKET).policy(policy).send();
    for (policy, expected) in [
        (
            "no",
            "MalformedPolicy: Policies must be valid JSON and the first byte must be '{'",
        ),
        ("{}", "MalformedPolicy: Missing required field Statement"),
    ] {
        assert_eq!(said(put(policy).await), expected);
    }
    let statement = |principal: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::{BUCKET}/*"}}]}}"#
        )
    };
    let private = statement(&format!(
        r#"{{"AWS":"arn:aws:iam::{}:root"}}"#,
        lab.sandbox.default_account()
    ));
    put(&private).await.unwrap();
    let stored = s3.get_bucket_policy().bucket(BUCKET).send().await.unwrap();
    assert_eq!(stored.policy(), Some(private.as_str()));
    // In another order, with blanks and with lists of one, it is the same.
    let otherwise = format!(
        r#"{{"Statement": [{{"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::{BUCKET}/*"],
            "Principal": {{"AWS": "arn:aws:iam::{}:root"}}, "Effect": "Allow"}}], "Version": "2012-10-17"}}"#,
        lab.sandbox.default_account()
    );
    put(&otherwise).await.unwrap();
    let stored = s3.get_bucket_policy().bucket(BUCKET).send().await.unwrap();
    assert_eq!(stored.policy(), Some(private.as_str()));
    let public = statement("\"*\"");
    assert_eq!(
        said(put(&public).await),
        format!(
            "AccessDenied: User: arn:aws:iam::123456789012:user/Administrator is not authorized to \
             perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{BUCKET}\" because public \
             policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        )
    );
    let open = PublicAccessBlockConfiguration::builder()
        .block_public_policy(false)
        .build();
    s3.put_public_access_block()
        .bucket(BUCKET)
        .public_access_block_configuration(open)
        .send()
        .await
        .unwrap();
    put(&public).await.unwrap();
    let status = s3
        .get_bucket_policy_status()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(status.policy_status().unwrap().is_public(), Some(true));
    s3.delete_bucket_policy()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    s3.delete_bucket_policy()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
}
