//! What the gate asks: for each operation, made by the genuine SDK, the actions, the resources and
//! the request context.
//!
//! Source of the expectations: Service Authorization Reference (actions, resources and condition
//! keys of IAM, STS, Amazon S3 and CloudFormation) and the pages named at each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    deprecated,
    reason = "a test that panics has found something"
)]

mod lab;

use std::collections::BTreeMap;

use aws_sdk_iam::operation::RequestId as _;
use lab::{Lab, said};
use rolecall::policy::Value;
use rolecall::sandbox::Credentials;
use rolecall::secret::Secret;

const TRUST_ROOT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}"#;
const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ADMIN_POLICY: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Keys that every signed request has; the test of the global keys looks at them.
const GLOBAL: [&str; 13] = [
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:userid",
    "aws:username",
];

fn written(value: &Value) -> String {
    match value {
        Value::One(text) => text.clone(),
        Value::Many(list) => format!("[{}]", list.join(" ")),
    }
}

/// The request context of each decision of a request.
fn contexts(lab: &Lab, id: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let recorded = lab.sandbox.recorded(id);
    let each = recorded.iter().map(|recorded| {
        let request = recorded.request();
        let keys = request.context.iter();
        (
            format!("{} {}", request.action(), request.resource),
            keys.map(|(key, value)| (key.to_owned(), written(value)))
                .collect(),
        )
    });
    each.collect()
}

/// `action resource key=value …` of each decision, without the keys that are always there.
fn asked(lab: &Lab, id: Option<&str>) -> Vec<String> {
    let shown = |(asked, keys): (String, BTreeMap<String, String>)| {
        let own = keys
            .iter()
            .filter(|(key, value)| {
                let owner = key.as_str() == "aws:ResourceAccount" && *value == "123456789012";
                !owner && !GLOBAL.contains(&key.as_str())
            })
            .map(|(key, value)| format!(" {key}={value}"));
        asked + &own.collect::<String>()
    };
    contexts(lab, id.expect("an answer has a request id"))
        .into_iter()
        .map(shown)
        .collect()
}

/// What a call is asked with, whether it succeeds or not.
macro_rules! asks {
    ($lab:expr, $call:expr, [$($line:expr),* $(,)?]) => {{
        let id = match $call.send().await {
            Ok(answer) => answer.request_id().map(str::to_owned),
            Err(error) => error.request_id().map(str::to_owned),
        };
        let expected: Vec<String> = vec![$($line.to_string()),*];
        assert_eq!(asked(&$lab, id.as_deref()), expected, "{}", stringify!($call));
    }};
}

fn session(credentials: Option<&aws_sdk_sts::types::Credentials>) -> Credentials {
    let credentials = credentials.unwrap();
    Credentials {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: Secret::new(credentials.secret_access_key()),
        session_token: Some(Secret::new(credentials.session_token())),
    }
}

fn tag(key: &str, value: &str) -> aws_sdk_iam::types::Tag {
    aws_sdk_iam::types::Tag::builder()
        .key(key)
        .value(value)
        .build()
        .unwrap()
}

#[tokio::test]
async fn iam_is_asked_with_the_entity_and_its_keys() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let user = "arn:aws:iam::123456789012:user/team/ann";
    let role = "arn:aws:iam::123456789012:role/app";
    let tags = "aws:RequestTag/Team=red aws:ResourceTag/Team=red aws:TagKeys=[Team]";
    let own = "aws:ResourceTag/Team=red iam:ResourceTag/Team=red";
    let bounded = format!("iam:PermissionsBoundary={ADMIN_POLICY}");

    asks!(
        lab,
        iam.create_user()
            .user_name("ann")
            .path("/team/")
            .permissions_boundary(ADMIN_POLICY)
            .tags(tag("Team", "red")),
        [
            format!("iam:CreateUser {user} {tags} {bounded}"),
            format!("iam:TagUser {user} {tags} {bounded}")
        ]
    );
    asks!(
        lab,
        iam.get_user().user_name("ann"),
        [format!("iam:GetUser {user} {own}")]
    );
    asks!(
        lab,
        iam.put_user_policy()
            .user_name("ann")
            .policy_name("p")
            .policy_document(ALLOW_ALL),
        [format!("iam:PutUserPolicy {user} {own} {bounded}").replace(
            &format!("{own} {bounded}"),
            &format!("aws:ResourceTag/Team=red {bounded} iam:ResourceTag/Team=red")
        )]
    );
    asks!(
        lab,
        iam.attach_user_policy()
            .user_name("ann")
            .policy_arn(ADMIN_POLICY),
        [format!(
            "iam:AttachUserPolicy {user} aws:ResourceTag/Team=red {bounded} iam:PolicyARN={ADMIN_POLICY} iam:ResourceTag/Team=red"
        )]
    );
    let other = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    asks!(
        lab,
        iam.put_user_permissions_boundary()
            .user_name("ann")
            .permissions_boundary(other),
        [format!(
            "iam:PutUserPermissionsBoundary {user} aws:ResourceTag/Team=red iam:PermissionsBoundary={other} iam:ResourceTag/Team=red"
        )]
    );
    asks!(
        lab,
        iam.untag_user().user_name("ann").tag_keys("Team"),
        [format!(
            "iam:UntagUser {user} aws:ResourceTag/Team=red aws:TagKeys=[Team] iam:ResourceTag/Team=red"
        )]
    );
    asks!(
        lab,
        iam.tag_user().user_name("ann").tags(tag("Cost", "1")),
        [format!(
            "iam:TagUser {user} aws:RequestTag/Cost=1 aws:TagKeys=[Cost]"
        )]
    );
    asks!(
        lab,
        iam.create_access_key().user_name("ann"),
        [format!(
            "iam:CreateAccessKey {user} aws:ResourceTag/Cost=1 iam:ResourceTag/Cost=1"
        )]
    );
    asks!(
        lab,
        iam.list_users(),
        ["iam:ListUsers arn:aws:iam::123456789012:user/"]
    );
    asks!(lab, iam.get_account_summary(), ["iam:GetAccountSummary *"]);
    asks!(
        lab,
        iam.update_user().user_name("ann").new_user_name("eve"),
        [
            format!("iam:UpdateUser {user} aws:ResourceTag/Cost=1 iam:ResourceTag/Cost=1"),
            "iam:UpdateUser arn:aws:iam::123456789012:user/team/eve aws:ResourceTag/Cost=1 iam:ResourceTag/Cost=1".to_owned()
        ]
    );

    asks!(
        lab,
        iam.create_role()
            .role_name("app")
            .assume_role_policy_document(TRUST_ROOT)
            .permissions_boundary(ADMIN_POLICY),
        [format!("iam:CreateRole {role} {bounded}")]
    );
    asks!(
        lab,
        iam.get_role().role_name("app"),
        [format!("iam:GetRole {role} {bounded}")]
    );
    asks!(
        lab,
        iam.list_role_policies().role_name("app"),
        [format!("iam:ListRolePolicies {role}")]
    );
    asks!(
        lab,
        iam.update_assume_role_policy()
            .role_name("app")
            .policy_document(TRUST_ROOT),
        [format!("iam:UpdateAssumeRolePolicy {role} {bounded}")]
    );
    asks!(
        lab,
        iam.create_instance_profile().instance_profile_name("ip"),
        ["iam:CreateInstanceProfile arn:aws:iam::123456789012:instance-profile/ip"]
    );
    asks!(
        lab,
        iam.add_role_to_instance_profile()
            .instance_profile_name("ip")
            .role_name("app"),
        [
            "iam:AddRoleToInstanceProfile arn:aws:iam::123456789012:instance-profile/ip".to_owned(),
            format!("iam:PassRole {role} iam:PassedToService=ec2.amazonaws.com")
        ]
    );
    asks!(
        lab,
        iam.create_service_linked_role()
            .aws_service_name("ecs.amazonaws.com"),
        [
            "iam:CreateServiceLinkedRole arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS iam:AWSServiceName=ecs.amazonaws.com"
        ]
    );
    let policy = "arn:aws:iam::123456789012:policy/p";
    let policy_tag = tag("a", "1");
    asks!(
        lab,
        iam.create_policy()
            .policy_name("p")
            .policy_document(ALLOW_ALL)
            .tags(policy_tag),
        [
            format!(
                "iam:CreatePolicy {policy} aws:RequestTag/a=1 aws:ResourceTag/a=1 aws:TagKeys=[a]"
            ),
            format!(
                "iam:TagPolicy {policy} aws:RequestTag/a=1 aws:ResourceTag/a=1 aws:TagKeys=[a]"
            )
        ]
    );
    asks!(
        lab,
        iam.get_policy().policy_arn(policy),
        [format!("iam:GetPolicy {policy} aws:ResourceTag/a=1")]
    );
    asks!(
        lab,
        iam.simulate_principal_policy()
            .policy_source_arn(role)
            .action_names("s3:GetObject"),
        [format!("iam:SimulatePrincipalPolicy {role}")]
    );
}

#[tokio::test]
async fn sts_is_asked_with_what_the_session_is_to_be() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    for name in ["one", "two"] {
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(TRUST_ROOT)
            .tags(tag("Env", "test"))
            .send()
            .await
            .unwrap();
        iam.put_role_policy()
            .role_name(name)
            .policy_name("all")
            .policy_document(ALLOW_ALL)
            .send()
            .await
            .unwrap();
    }
    let sts = lab.sts(&admin);
    let role = "arn:aws:iam::123456789012:role/one";
    let own = "iam:ResourceTag/Env=test";
    asks!(
        lab,
        sts.assume_role().role_arn(role).role_session_name("plain"),
        [format!(
            "sts:AssumeRole {role} aws:ResourceTag/Env=test {own} sts:RoleSessionName=plain"
        )]
    );
    let team = aws_sdk_sts::types::Tag::builder()
        .key("Team")
        .value("red")
        .build()
        .unwrap();
    let assume = sts
        .assume_role()
        .role_arn(role)
        .role_session_name("full")
        .external_id("x-1")
        .source_identity("ann")
        .tags(team)
        .transitive_tag_keys("Team");
    let keys = format!(
        "{role} aws:RequestTag/Team=red aws:ResourceTag/Env=test aws:TagKeys=[Team] {own} sts:ExternalId=x-1 sts:RoleSessionName=full sts:SourceIdentity=ann sts:TransitiveTagKeys=[Team]"
    );
    asks!(
        lab,
        assume.clone(),
        [
            format!("sts:AssumeRole {keys}"),
            format!("sts:TagSession {keys}"),
            format!("sts:SetSourceIdentity {keys}")
        ]
    );
    // In a chain the source identity and the transitive tags go on, and the next role must allow
    // both.
    let answer = assume.send().await.unwrap();
    let chained = lab.sts(&session(answer.credentials()));
    let next = "arn:aws:iam::123456789012:role/two";
    let keys = format!(
        "{next} aws:PrincipalTag/Env=test aws:PrincipalTag/Team=red aws:ResourceTag/Env=test aws:SourceIdentity=ann aws:TokenIssueTime=2026-11-23T16:10:00Z {own} sts:RoleSessionName=next sts:SourceIdentity=ann"
    )
    .replace("aws:TokenIssueTime", "aws:MultiFactorAuthPresent=false aws:TokenIssueTime");
    let id = chained
        .assume_role()
        .role_arn(next)
        .role_session_name("next")
        .send()
        .await
        .unwrap();
    let mut lines = asked(&lab, id.request_id());
    for line in &mut lines {
        let mut words: Vec<&str> = line.split(' ').collect();
        words[1..].sort_unstable();
        *line = words.join(" ");
    }
    let sorted = |action: &str| {
        let mut words: Vec<&str> = keys.split(' ').collect();
        words.sort_unstable();
        format!("{action} {}", words.join(" "))
    };
    assert_eq!(
        lines,
        [
            sorted("sts:AssumeRole"),
            sorted("sts:TagSession"),
            sorted("sts:SetSourceIdentity")
        ]
    );
    asks!(
        lab,
        sts.get_federation_token().name("bob"),
        ["sts:GetFederationToken arn:aws:sts::123456789012:federated-user/bob"]
    );
    asks!(lab, sts.get_session_token(), []);
    asks!(lab, sts.get_caller_identity(), []);
    asks!(
        lab,
        sts.decode_authorization_message().encoded_message("x"),
        ["sts:DecodeAuthorizationMessage *"]
    );
}

/// The values for each kind of caller: IAM User Guide, "Policy variables", principal key values.
#[tokio::test]
async fn every_request_has_the_global_keys_of_its_caller() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    let me = iam.get_user().send().await.unwrap();
    let user_id = me.user().unwrap().user_id().to_owned();
    let keys = contexts(&lab, me.request_id().unwrap()).remove(0).1;
    let expect = |keys: &BTreeMap<String, String>, expected: &[(&str, &str)]| {
        for (key, value) in expected {
            assert_eq!(keys.get(*key).map(String::as_str), Some(*value), "{key}");
        }
    };
    let common = [
        ("aws:CurrentTime", "2026-11-23T16:10:00Z"),
        ("aws:EpochTime", "1795450200"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:SecureTransport", "true"),
        ("aws:SourceIp", "127.0.0.1"),
        ("aws:ViaAWSService", "false"),
        ("aws:ResourceAccount", "123456789012"),
    ];
    expect(&keys, &common);
    expect(
        &keys,
        &[
            ("aws:PrincipalAccount", "123456789012"),
            (
                "aws:PrincipalArn",
                "arn:aws:iam::123456789012:user/Administrator",
            ),
            ("aws:PrincipalIsAWSService", "false"),
            ("aws:PrincipalType", "User"),
            ("aws:userid", &user_id),
            ("aws:username", "Administrator"),
        ],
    );
    assert!(keys["aws:UserAgent"].contains("aws-sdk-rust"), "{keys:?}");
    for absent in [
        "aws:TokenIssueTime",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:SourceIdentity",
        "aws:FederatedProvider",
        "aws:CalledVia",
        "aws:PrincipalOrgID",
        "aws:SourceVpce",
        "aws:Referer",
    ] {
        assert_eq!(keys.get(absent), None, "{absent}");
    }

    let role = iam
        .create_role()
        .role_name("r")
        .path("/p/")
        .assume_role_policy_document(TRUST_ROOT)
        .send()
        .await
        .unwrap();
    let role = role.role().unwrap().clone();
    let sts = lab.sts(&admin);
    let assumed = sts
        .assume_role()
        .role_arn(role.arn())
        .role_session_name("demo")
        .send()
        .await
        .unwrap();
    let error = lab
        .iam(&session(assumed.credentials()))
        .list_users()
        .send()
        .await
        .unwrap_err();
    let keys = contexts(&lab, error.request_id().unwrap()).remove(0).1;
    expect(&keys, &common);
    expect(
        &keys,
        &[
            ("aws:PrincipalArn", role.arn()),
            ("aws:PrincipalType", "AssumedRole"),
            ("aws:userid", &format!("{}:demo", role.role_id())),
            ("aws:TokenIssueTime", "2026-11-23T16:10:00Z"),
            ("aws:MultiFactorAuthPresent", "false"),
        ],
    );
    assert_eq!(keys.get("aws:username"), None);

    let federated = sts.get_federation_token().name("bob").send().await.unwrap();
    let error = lab
        .s3(&session(federated.credentials()))
        .list_buckets()
        .send()
        .await
        .unwrap_err();
    let keys = contexts(&lab, error.request_id().unwrap()).remove(0).1;
    expect(
        &keys,
        &[
            (
                "aws:PrincipalArn",
                "arn:aws:sts::123456789012:federated-user/bob",
            ),
            ("aws:PrincipalType", "FederatedUser"),
            ("aws:userid", "123456789012:bob"),
        ],
    );
}

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
    let asked_for = contexts(&lab, id.request_id().unwrap());
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

#[tokio::test]
async fn a_key_that_cannot_be_filled_in_is_refused_when_the_policy_is_written() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let trust = |principal: &str, key: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"{key}":"x"}}}}}}]}}"#
        )
    };
    let create = |name: &str, document: String| {
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(document)
            .send()
    };
    let service = r#"{"Service":"cloudformation.amazonaws.com"}"#;
    assert_eq!(
        said(create("a", trust(service, "aws:SourceArn")).await),
        "NotImplemented: rolecall's sandbox does not support the condition key aws:SourceArn for \
         cloudformation.amazonaws.com, because AWS does not document what it holds."
    );
    // No service but CloudFormation makes calls here: of the others the key is rightly missing.
    create(
        "b",
        trust(r#"{"Service":"lambda.amazonaws.com"}"#, "aws:SourceArn"),
    )
    .await
    .unwrap();
}

/// A session ends with its role; one made again under the same name is another role.
#[tokio::test]
async fn a_session_ends_when_its_role_or_user_is_deleted() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let (iam, sts) = (lab.iam(&admin), lab.sts(&admin));
    let create = || {
        iam.create_role()
            .role_name("r")
            .assume_role_policy_document(TRUST_ROOT)
            .send()
    };
    let role = create().await.unwrap();
    let arn = role.role().unwrap().arn().to_owned();
    let assumed = sts
        .assume_role()
        .role_arn(&arn)
        .role_session_name("demo")
        .send()
        .await
        .unwrap();
    let keys = session(assumed.credentials());
    lab.sts(&keys).get_caller_identity().send().await.unwrap();
    iam.delete_role().role_name("r").send().await.unwrap();
    let gone = "InvalidClientTokenId: The security token included in the request is invalid.";
    assert_eq!(
        said(lab.sts(&keys).get_caller_identity().send().await),
        gone
    );
    create().await.unwrap();
    assert_eq!(
        said(lab.sts(&keys).get_caller_identity().send().await),
        gone
    );
    assert_eq!(
        said(lab.s3(&keys).list_buckets().send().await),
        "InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records."
    );

    iam.create_user().user_name("ann").send().await.unwrap();
    let key = iam
        .create_access_key()
        .user_name("ann")
        .send()
        .await
        .unwrap();
    let key = key.access_key().unwrap();
    let long_term = Credentials {
        access_key_id: key.access_key_id().to_owned(),
        secret_access_key: Secret::new(key.secret_access_key()),
        session_token: None,
    };
    let token = lab
        .sts(&long_term)
        .get_session_token()
        .send()
        .await
        .unwrap();
    let keys = session(token.credentials());
    // A session goes on under the user's new name.
    iam.update_user()
        .user_name("ann")
        .new_user_name("eve")
        .send()
        .await
        .unwrap();
    let me = lab.sts(&keys).get_caller_identity().send().await.unwrap();
    assert_eq!(me.arn(), Some("arn:aws:iam::123456789012:user/eve"));
    iam.delete_access_key()
        .user_name("eve")
        .access_key_id(&long_term.access_key_id)
        .send()
        .await
        .unwrap();
    iam.delete_user().user_name("eve").send().await.unwrap();
    assert_eq!(
        said(lab.sts(&keys).get_caller_identity().send().await),
        gone
    );
}

/// A role is used when a session of it makes a request, not when the session is made.
#[tokio::test]
async fn the_last_use_of_roles_and_keys_is_noted() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let (iam, sts) = (lab.iam(&admin), lab.sts(&admin));
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST_ROOT)
        .send()
        .await
        .unwrap();
    let assumed = sts
        .assume_role()
        .role_arn("arn:aws:iam::123456789012:role/r")
        .role_session_name("demo")
        .send()
        .await
        .unwrap();
    let used = || async {
        let role = iam.get_role().role_name("r").send().await.unwrap();
        let used = role.role().unwrap().role_last_used().cloned().unwrap();
        (
            used.last_used_date().map(|at| at.secs()),
            used.region().map(str::to_owned),
        )
    };
    assert_eq!(used().await, (None, None));
    lab.clock.advance(jiff::SignedDuration::from_secs(60));
    // Denied, and a use all the same.
    let keys = session(assumed.credentials());
    lab.iam(&keys).list_users().send().await.unwrap_err();
    assert_eq!(
        used().await,
        (Some(1_795_450_260), Some("us-east-1".to_owned()))
    );

    let key = iam
        .get_access_key_last_used()
        .access_key_id(&admin.access_key_id)
        .send()
        .await
        .unwrap();
    let used = key.access_key_last_used().unwrap();
    assert_eq!(
        (
            used.last_used_date().unwrap().secs(),
            used.service_name(),
            used.region()
        ),
        (1_795_450_260, "iam", "us-east-1")
    );
}

/// CloudFormation is asked for the stack with its keys, IAM whether the role may be passed, and STS
/// whether CloudFormation may assume it.
#[tokio::test]
async fn cloudformation_is_asked_with_role_tags_and_change_set() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    let trust = TRUST_ROOT.replace(
        r#""AWS":"arn:aws:iam::123456789012:root""#,
        r#""Service":"cloudformation.amazonaws.com""#,
    );
    iam.create_role()
        .role_name("deployer")
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let role = "arn:aws:iam::123456789012:role/deployer";
    let stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/lab/*";
    let template = r#"{"Resources":{"B":{"Type":"AWS::S3::Bucket"}}}"#;
    let cloudformation = lab.cloudformation(&admin);
    let tag = aws_sdk_cloudformation::types::Tag::builder()
        .key("Team")
        .value("red")
        .build();
    asks!(
        lab,
        cloudformation
            .create_stack()
            .stack_name("lab")
            .template_body(template)
            .role_arn(role)
            .tags(tag),
        [
            format!(
                "cloudformation:CreateStack {stack} aws:RequestTag/Team=red aws:TagKeys=[Team] cloudformation:RoleArn={role}"
            ),
            format!("iam:PassRole {role} iam:PassedToService=cloudformation.amazonaws.com")
        ]
    );
    asks!(
        lab,
        cloudformation
            .create_change_set()
            .stack_name("other")
            .change_set_name("first")
            .change_set_type(aws_sdk_cloudformation::types::ChangeSetType::Create)
            .template_body(template),
        [
            "cloudformation:CreateChangeSet arn:aws:cloudformation:us-east-1:123456789012:stack/other/* cloudformation:ChangeSetName=first"
        ]
    );
    asks!(
        lab,
        cloudformation.validate_template().template_body(template),
        ["cloudformation:ValidateTemplate *"]
    );
}
