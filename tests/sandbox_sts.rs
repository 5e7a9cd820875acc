//! STS beyond the AssumeRole lab: web identities, federation, chains, and the accounts of an
//! organization, through the genuine SDK.

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

use lab::{Lab, said};
use rolecall::policy::Layer;
use rolecall::sandbox::Credentials;
use rolecall::secret::Secret;

const ACCOUNT: &str = "123456789012";
const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn session(credentials: Option<&aws_sdk_sts::types::Credentials>) -> Credentials {
    let credentials = credentials.unwrap();
    Credentials {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: Secret::new(credentials.secret_access_key()),
        session_token: Some(Secret::new(credentials.session_token())),
    }
}

fn trust(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]{condition}}}]}}"#
    )
}

/// A role that may do everything, and trusts a principal.
async fn role(lab: &Lab, name: &str, document: String) -> String {
    let iam = lab.iam(&lab.administrator());
    let role = iam
        .create_role()
        .role_name(name)
        .assume_role_policy_document(document)
        .max_session_duration(7200)
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
    role.role().unwrap().arn().to_owned()
}

async fn user(lab: &Lab, name: &str) -> Credentials {
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name(name).send().await.unwrap();
    iam.put_user_policy()
        .user_name(name)
        .policy_name("all")
        .policy_document(ALLOW_ALL)
        .send()
        .await
        .unwrap();
    lab.key_of(name).await
}

fn sts_tag(key: &str, value: &str) -> aws_sdk_sts::types::Tag {
    aws_sdk_sts::types::Tag::builder()
        .key(key)
        .value(value)
        .build()
        .unwrap()
}

#[tokio::test]
async fn durations_and_chains_have_their_limits() {
    let lab = Lab::new();
    let root = format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}"#);
    let first = role(&lab, "first", trust(&root, "")).await;
    let second = role(&lab, "second", trust(&root, "")).await;
    let sts = lab.sts(&user(&lab, "ann").await);
    let assume = |arn: &str, seconds: i32| {
        sts.assume_role()
            .role_arn(arn)
            .role_session_name("demo")
            .duration_seconds(seconds)
            .send()
    };
    assert_eq!(
        said(assume(&first, 7201).await),
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    );
    assert_eq!(
        said(assume(&first, 899).await),
        "ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed to \
         satisfy constraint: Member must have value greater than or equal to 900"
    );
    let answer = assume(&first, 7200).await.unwrap();
    let chained = lab.sts(&session(answer.credentials()));
    let chain = |seconds: i32| {
        chained
            .assume_role()
            .role_arn(&second)
            .role_session_name("demo")
            .duration_seconds(seconds)
            .send()
    };
    assert_eq!(
        said(chain(3601).await),
        "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles \
         assumed by role chaining."
    );
    chain(3600).await.unwrap();
    let assume = |arn: &str| {
        let assume = sts.assume_role().role_arn(arn);
        assume.role_session_name("demo").send()
    };
    for arn in [
        "nothing-valid-in-here",
        "arn::b:::something/test-role",
        "arn:a::::something/test-role",
        "arn:a:::something/test-role",
        "arn:a:a::aaaaaaaaaa:",
    ] {
        let expected = format!("ValidationError: {arn} is invalid");
        assert_eq!(said(assume(arn).await), expected);
    }
    let short = "arn:aws:iam::123456789:role/none";
    assert_eq!(
        said(assume(short).await),
        format!(
            "AccessDenied: User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: \
             sts:AssumeRole on resource: {short}"
        )
    );
}

#[tokio::test]
async fn tags_go_on_in_a_chain_and_may_not_be_overridden() {
    let lab = Lab::new();
    let root = format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}"#);
    let first = role(&lab, "first", trust(&root, "")).await;
    let second = role(&lab, "second", trust(&root, "")).await;
    let sts = lab.sts(&user(&lab, "ann").await);
    let assume = || sts.assume_role().role_arn(&first).role_session_name("demo");
    assert_eq!(
        said(
            assume()
                .tags(sts_tag("a", "1"))
                .tags(sts_tag("A", "2"))
                .send()
                .await
        ),
        "InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive."
    );
    assert_eq!(
        said(
            assume()
                .transitive_tag_keys("b")
                .tags(sts_tag("a", "1"))
                .send()
                .await
        ),
        "InvalidParameterValue: The specified transitive tag key must be included in the requested tags."
    );
    let answer = assume()
        .tags(sts_tag("Team", "red"))
        .transitive_tag_keys("team")
        .source_identity("ann")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.source_identity(), Some("ann"));
    assert!(answer.packed_policy_size().is_some());
    let chained = lab.sts(&session(answer.credentials()));
    let chain = || {
        chained
            .assume_role()
            .role_arn(&second)
            .role_session_name("demo")
    };
    assert_eq!(
        said(chain().tags(sts_tag("TEAM", "blue")).send().await),
        "InvalidParameterValue: One of the specified transitive tag keys can't be set because it \
         conflicts with a transitive tag key from the calling session."
    );
    let answer = chain().send().await.unwrap();
    assert_eq!(answer.source_identity(), Some("ann"));

    // A role that does not let sessions be tagged refuses the tags that come along.
    let plain = role(
        &lab,
        "plain",
        trust(&root, "").replace(r#","sts:TagSession""#, ""),
    )
    .await;
    let denied = said(
        chained
            .assume_role()
            .role_arn(&plain)
            .role_session_name("demo")
            .send()
            .await,
    );
    assert_eq!(
        denied,
        format!(
            "AccessDenied: User: arn:aws:sts::{ACCOUNT}:assumed-role/first/demo is not authorized to \
             perform: sts:TagSession on resource: {plain}"
        )
    );
}

#[tokio::test]
async fn session_policies_limit_and_their_size_is_told() {
    let lab = Lab::new();
    let root = format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}"#);
    let arn = role(&lab, "r", trust(&root, "")).await;
    let sts = lab.sts(&user(&lab, "ann").await);
    let answer = sts
        .assume_role()
        .role_arn(&arn)
        .role_session_name("demo")
        .policy(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}"#)
        .send()
        .await
        .unwrap();
    assert!(
        answer
            .packed_policy_size()
            .is_some_and(|size| (1..=100).contains(&size))
    );
    let iam = lab.iam(&session(answer.credentials()));
    iam.list_users().send().await.unwrap();
    assert_eq!(
        said(iam.list_roles().send().await),
        format!(
            "AccessDenied: User: arn:aws:sts::{ACCOUNT}:assumed-role/r/demo is not authorized to perform: \
             iam:ListRoles on resource: arn:aws:iam::{ACCOUNT}:role/ because no session policy allows \
             the iam:ListRoles action"
        )
    );
    let managed = aws_sdk_sts::types::PolicyDescriptorType::builder()
        .arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .build();
    let answer = sts
        .assume_role()
        .role_arn(&arn)
        .role_session_name("demo")
        .policy_arns(managed)
        .send()
        .await
        .unwrap();
    let keys = session(answer.credentials());
    lab.s3(&keys).list_buckets().send().await.unwrap();
    assert!(said(lab.iam(&keys).list_users().send().await).contains("no session policy allows"));
    assert_eq!(
        said(
            sts.assume_role()
                .role_arn(&arn)
                .role_session_name("demo")
                .policy("{")
                .send()
                .await
        ),
        "MalformedPolicyDocument: Syntax errors in policy."
    );
}

#[tokio::test]
async fn external_ids_and_mfa_are_asked_by_the_trust_policy() {
    let lab = Lab::new();
    let keys = user(&lab, "ann").await;
    let ann = format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:user/ann"}}"#);
    let by_id = role(
        &lab,
        "by-id",
        trust(
            &ann,
            r#","Condition":{"StringEquals":{"sts:ExternalId":"x-1"}}"#,
        ),
    )
    .await;
    let by_mfa = role(
        &lab,
        "by-mfa",
        trust(
            &ann,
            r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ),
    )
    .await;
    let sts = lab.sts(&keys);
    let assume = |arn: &str| sts.assume_role().role_arn(arn).role_session_name("demo");
    let denied = |arn: &str| {
        format!(
            "AccessDenied: User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: \
             sts:AssumeRole on resource: {arn}"
        )
    };
    assert_eq!(
        said(assume(&by_id).external_id("x-2").send().await),
        denied(&by_id)
    );
    assume(&by_id).external_id("x-1").send().await.unwrap();
    assert_eq!(said(assume(&by_mfa).send().await), denied(&by_mfa));

    let admin = lab.iam(&lab.administrator());
    let device = admin
        .create_virtual_mfa_device()
        .virtual_mfa_device_name("phone")
        .send()
        .await
        .unwrap();
    let device = device.virtual_mfa_device().unwrap();
    let picture = device.qr_code_png().unwrap().as_ref();
    assert!(picture.starts_with(b"\x89PNG"));
    let seed = String::from_utf8(device.base32_string_seed().unwrap().as_ref().to_vec()).unwrap();
    let seed = Secret::new(seed);
    let code = |seconds: i64| {
        let at = lab.sandbox.now() + jiff::SignedDuration::from_secs(seconds);
        rolecall::sandbox::services::iam::mfa_code(&seed, at).unwrap()
    };
    admin
        .enable_mfa_device()
        .user_name("ann")
        .serial_number(device.serial_number())
        .authentication_code1(code(-30))
        .authentication_code2(code(0))
        .send()
        .await
        .unwrap();
    let with = |code: String| {
        assume(&by_mfa)
            .serial_number(device.serial_number())
            .token_code(code)
            .send()
    };
    let wrong = if code(30) == "000000" {
        "000001"
    } else {
        "000000"
    };
    assert_eq!(
        said(with(wrong.to_owned()).await),
        "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. "
    );
    with(code(30)).await.unwrap();
    // A code works once.
    assert!(said(with(code(30)).await).contains("invalid MFA one time pass code"));
    lab.clock.advance(jiff::SignedDuration::from_secs(90));
    let token = sts
        .get_session_token()
        .serial_number(device.serial_number())
        .token_code(code(0))
        .send()
        .await
        .unwrap();
    lab.iam(&session(token.credentials()))
        .list_users()
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn federated_users_have_what_user_and_policy_both_allow() {
    let lab = Lab::new();
    let sts = lab.sts(&user(&lab, "ann").await);
    let answer = sts
        .get_federation_token()
        .name("bob")
        .policy(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#)
        .send()
        .await
        .unwrap();
    assert!(answer.packed_policy_size().is_some_and(|size| size > 0));
    let user = answer.federated_user().unwrap();
    assert_eq!(user.federated_user_id(), format!("{ACCOUNT}:bob"));
    let keys = session(answer.credentials());
    lab.s3(&keys).list_buckets().send().await.unwrap();
    let me = lab.sts(&keys).get_caller_identity().send().await.unwrap();
    assert_eq!(
        me.arn(),
        Some(format!("arn:aws:sts::{ACCOUNT}:federated-user/bob").as_str())
    );
    assert_eq!(
        said(lab.iam(&keys).list_users().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid"
    );
    assert_eq!(
        said(
            lab.sts(&keys)
                .get_federation_token()
                .name("eve")
                .send()
                .await
        ),
        "AccessDenied: Cannot call GetFederationToken with session credentials"
    );
    let bare = sts.get_federation_token().name("bob").send().await.unwrap();
    assert_eq!(bare.packed_policy_size(), Some(0));
    let denied = said(
        lab.s3(&session(bare.credentials()))
            .list_buckets()
            .send()
            .await,
    );
    assert!(
        denied.contains("because no session policy allows the s3:ListAllMyBuckets action"),
        "{denied}"
    );
}

#[tokio::test]
async fn a_web_identity_is_played_by_the_sandbox() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let provider = iam
        .create_open_id_connect_provider()
        .url("https://token.example.com")
        .client_id_list("my-app")
        .send()
        .await
        .unwrap();
    let provider = provider.open_id_connect_provider_arn().unwrap().to_owned();
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{provider}"}},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity"],"Condition":{{"StringEquals":{{"token.example.com:aud":"my-app"}},"StringLike":{{"token.example.com:sub":"repo:me/*"}}}}}}]}}"#
    );
    let arn = role(&lab, "ci", document).await;
    let token = |subject: &str| {
        let body = format!(
            r#"{{"issuer":"https://token.example.com","subject":"{subject}","audience":"my-app","claims":{{"https://aws.amazon.com/tags":{{"principal_tags":{{"Team":["red"]}},"transitive_tag_keys":["Team"]}},"https://aws.amazon.com/source_identity":"me"}},"lifetime_seconds":600}}"#
        );
        let (status, answer) = lab.control("POST", "/_rolecall/web-identity-token", &body);
        assert_eq!(status, 200, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    };
    // No credentials are needed: the keys are not looked at.
    let sts = lab.sts(&lab.administrator());
    let assume = |token: String| {
        sts.assume_role_with_web_identity()
            .role_arn(&arn)
            .role_session_name("build")
            .web_identity_token(token)
            .send()
    };
    let answer = assume(token("repo:me/app")).await.unwrap();
    assert_eq!(
        answer.subject_from_web_identity_token(),
        Some("repo:me/app")
    );
    assert_eq!(answer.audience(), Some("my-app"));
    assert_eq!(answer.provider(), Some(provider.as_str()));
    assert_eq!(answer.source_identity(), Some("me"));
    let me = lab
        .sts(&session(answer.credentials()))
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(
        me.arn(),
        Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/ci/build").as_str())
    );
    assert_eq!(
        said(assume(token("repo:you/app")).await),
        "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
    assert!(said(assume("no.real.token".to_owned()).await).starts_with("InvalidIdentityToken: "));
    let old = token("repo:me/app");
    lab.clock.advance(jiff::SignedDuration::from_secs(600));
    assert!(said(assume(old).await).starts_with("ExpiredTokenException: Token expired: "));

    let (status, answer) = lab.control("POST", "/_rolecall/web-identity-token", r#"{"isuer":"x"}"#);
    assert_eq!(status, 400);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("unknown field `isuer`"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_organization_limits_its_member_accounts() {
    let lab = Lab::new();
    let (member, management) = (ACCOUNT, "111122223333");
    lab.sandbox.add_account(management);
    let organization = format!(
        r#"{{"id":"o-a1b2c3d4e5","management_account":"{management}","members":{{"{member}":[
            {{"id":"r-ab12"}},
            {{"id":"{member}","service_control_policies":[
                {{"name":"Most","id":"p-most0000","document":{{"Version":"2012-10-17","Statement":[
                    {{"Effect":"Allow","Action":["iam:*","sts:*","s3:*"],"Resource":"*"}},
                    {{"Effect":"Deny","Action":"iam:CreateUser","Resource":"*"}}]}}}}],
              "resource_control_policies":[
                {{"name":"Outside","id":"p-outside0","document":{{"Version":"2012-10-17","Statement":[
                    {{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{{"StringNotEqualsIfExists":{{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}}}}]}}}}]}}]}}}}"#
    );
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    iam.create_user().user_name("before").send().await.unwrap();
    assert_eq!(
        lab.control("PUT", "/_rolecall/organization", &organization)
            .0,
        200
    );

    let who = format!(
        "AccessDenied: User: arn:aws:iam::{member}:user/Administrator is not authorized to perform:"
    );
    assert_eq!(
        said(iam.create_user().user_name("x").send().await),
        format!(
            "{who} iam:CreateUser on resource: arn:aws:iam::{member}:user/x with an explicit deny in a \
             service control policy: arn:aws:organizations::{management}:policy/o-a1b2c3d4e5/service_control_policy/p-most0000"
        )
    );
    let error = lab
        .cloudformation(&admin)
        .list_stacks()
        .send()
        .await
        .unwrap_err();
    let id = aws_sdk_iam::operation::RequestId::request_id(&error)
        .unwrap()
        .to_owned();
    let decision = lab.sandbox.decisions(&id).remove(0);
    assert_eq!(decision.layer, Some(Layer::ServiceControl));
    assert!(decision.message.unwrap().ends_with(
        "because no service control policy allows the cloudformation:ListStacks action"
    ));
    iam.list_users().send().await.unwrap();
    // The management account is not limited.
    let other = lab.sandbox.administrator(management).unwrap();
    lab.iam(&other)
        .create_user()
        .user_name("x")
        .send()
        .await
        .unwrap();

    // The RCP keeps strangers out of the member's buckets, whatever the bucket policy says.
    let s3 = lab.s3(&admin);
    s3.create_bucket()
        .bucket("org-bucket")
        .send()
        .await
        .unwrap();
    s3.delete_public_access_block()
        .bucket("org-bucket")
        .send()
        .await
        .unwrap();
    s3.put_bucket_policy()
        .bucket("org-bucket")
        .policy(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::org-bucket"}]}"#)
        .send()
        .await
        .unwrap();
    lab.s3(&other)
        .list_objects_v2()
        .bucket("org-bucket")
        .send()
        .await
        .unwrap();
    lab.sandbox.add_account("444455556666");
    let stranger = lab.sandbox.administrator("444455556666").unwrap();
    assert_eq!(
        said(
            lab.s3(&stranger)
                .list_objects_v2()
                .bucket("org-bucket")
                .send()
                .await
        ),
        "AccessDenied: Access Denied"
    );
    assert_eq!(lab.control("DELETE", "/_rolecall/organization", "").0, 200);
    lab.s3(&stranger)
        .list_objects_v2()
        .bucket("org-bucket")
        .send()
        .await
        .unwrap();
    iam.create_user().user_name("after").send().await.unwrap();

    let (status, answer) = lab.control(
        "PUT",
        "/_rolecall/organization",
        r#"{"id":"o-a1b2c3d4e5","management_account":"1","members":{"999999999999":[]}}"#,
    );
    assert_eq!(status, 400);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("no account 999999999999"),
        "{answer}"
    );
}

#[tokio::test]
async fn reset_is_the_administrators() {
    let lab = Lab::new();
    let keys = user(&lab, "ann").await;
    let unsigned = http::Request::builder()
        .method("POST")
        .uri("/_rolecall/reset")
        .body(bytes::Bytes::new())
        .unwrap();
    assert_eq!(lab.sandbox.handle(unsigned).status().as_u16(), 403);
    lab.sts(&keys).get_caller_identity().send().await.unwrap();
    assert_eq!(lab.control("POST", "/_rolecall/reset", "").0, 200);
    assert_eq!(
        said(lab.sts(&keys).get_caller_identity().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid."
    );
    lab.sts(&lab.administrator())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn the_words_of_iam_are_the_recorded_ones() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    // Where neither is there, the user is missed first.
    assert_eq!(
        said(
            iam.add_user_to_group()
                .group_name("g")
                .user_name("nobody")
                .send()
                .await
        ),
        "NoSuchEntity: The user with name nobody cannot be found."
    );
    assert_eq!(
        said(iam.delete_account_password_policy().send().await),
        "NoSuchEntity: The account policy with name PasswordPolicy cannot be found."
    );
    assert_eq!(
        said(
            iam.get_policy_version()
                .policy_arn("arn:aws:iam::123456789012:policy/none")
                .version_id("v1")
                .send()
                .await
        ),
        "NoSuchEntity: Policy arn:aws:iam::123456789012:policy/none version v1 does not exist or is not attachable."
    );
    assert_eq!(
        said(
            iam.update_account_password_policy()
                .max_password_age(1096)
                .minimum_password_length(129)
                .password_reuse_prevention(25)
                .send()
                .await
        ),
        "ValidationError: 3 validation errors detected: Value at 'minimumPasswordLength' failed to \
         satisfy constraint: Member must have value less than or equal to 128; Value at \
         'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or \
         equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value \
         less than or equal to 1095"
    );
    assert_eq!(
        said(
            iam.create_open_id_connect_provider()
                .url("b".repeat(256))
                .thumbprint_list("b".repeat(41))
                .client_id_list("b".repeat(256))
                .send()
                .await
        ),
        "ValidationError: 3 validation errors detected: Value at 'clientIDList' failed to satisfy \
         constraint: Member must satisfy constraint: [Member must have length less than or equal to \
         255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed \
         to satisfy constraint: Member must satisfy constraint: [Member must have length less than or \
         equal to 40, Member must have length greater than or equal to 40]; Value at 'url' failed to \
         satisfy constraint: Member must have length less than or equal to 255"
    );
    let provider = |thumbprints: usize, clients: usize| {
        let mut call = iam
            .create_open_id_connect_provider()
            .url("https://t.example.com");
        for index in 0..thumbprints {
            call = call.thumbprint_list(format!("{index:040}"));
        }
        for index in 0..clients {
            call = call.client_id_list(format!("{index}"));
        }
        call.send()
    };
    assert_eq!(
        said(provider(6, 0).await),
        "InvalidInput: Thumbprint list must contain fewer than 5 entries."
    );
    assert_eq!(
        said(provider(1, 101).await),
        "LimitExceeded: Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
    );
    // What Terraform writes, and access points.
    iam.create_policy()
        .policy_name("p")
        .policy_document(r#"{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:us-west-2:123456789012:accesspoint/ap/object/*"},{"Sid":"","Effect":"Allow","Action":"rds:*","Resource":"*"}]}"#)
        .send()
        .await
        .unwrap();
    let report = iam.get_credential_report().send().await.unwrap_err();
    let meta = report.into_service_error().meta().clone();
    assert_eq!(
        (meta.code(), meta.message()),
        (Some("ReportNotPresent"), None)
    );
}

/// The form: API reference of DecodeAuthorizationMessage.
#[tokio::test]
async fn a_decision_can_be_had_as_an_encoded_message() {
    let lab = Lab::new();
    let admin = lab.administrator();
    let iam = lab.iam(&admin);
    iam.create_user().user_name("ann").send().await.unwrap();
    iam.put_user_policy()
        .user_name("ann")
        .policy_name("p")
        .policy_document(r#"{"Version":"2012-10-17","Statement":{"Sid":"NoRoles","Effect":"Deny","Action":"iam:ListRoles","Resource":"*"}}"#)
        .send()
        .await
        .unwrap();
    let ann = lab.key_of("ann").await;
    let denied = lab.iam(&ann).list_roles().send().await.unwrap_err();
    let id = aws_sdk_iam::operation::RequestId::request_id(&denied)
        .unwrap()
        .to_owned();
    let (status, answer) = lab.control(
        "POST",
        "/_rolecall/authorization-message",
        &format!(r#"{{"request_id":"{id}"}}"#),
    );
    assert_eq!(status, 200, "{answer}");
    let message = answer["encoded_message"].as_str().unwrap();
    let sts = lab.sts(&admin);
    let decoded = sts
        .decode_authorization_message()
        .encoded_message(message)
        .send()
        .await
        .unwrap();
    let decoded: serde_json::Value =
        serde_json::from_str(decoded.decoded_message().unwrap()).unwrap();
    assert_eq!(decoded["allowed"], false);
    assert_eq!(decoded["explicitDeny"], true);
    assert_eq!(
        decoded["matchedStatements"]["items"][0]["statementId"],
        "NoRoles"
    );
    assert_eq!(decoded["context"]["principal"]["name"], "ann");
    assert_eq!(decoded["context"]["action"], "iam:ListRoles");
    assert_eq!(
        said(
            sts.decode_authorization_message()
                .encoded_message(format!("{message}AAAA"))
                .send()
                .await
        ),
        "InvalidAuthorizationMessageException: Message is not valid"
    );
    let (status, _) = lab.control(
        "POST",
        "/_rolecall/authorization-message",
        r#"{"request_id":"x"}"#,
    );
    assert_eq!(status, 404);
}
