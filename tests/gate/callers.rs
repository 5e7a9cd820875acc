//! Keys of the caller, and what ends or notes its use.

use super::*;

/// The values for each kind of caller: IAM User Guide, "Policy variables", principal key values.
#[tokio::test]
async fn every_request_has_the_global_keys_of_its_caller() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    let me = iam.get_user().send().await.unwrap();
    let user_id = me.user().unwrap().user_id().to_owned();
    let keys = lab.asked(me.request_id().unwrap()).remove(0).1;
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
    let keys = lab.asked(error.request_id().unwrap()).remove(0).1;
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
    let keys = lab.asked(error.request_id().unwrap()).remove(0).1;
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
    let long_term = lab.key_of("ann").await;
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
