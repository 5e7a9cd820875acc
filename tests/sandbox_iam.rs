//! IAM and STS through the SDK: the course of the AssumeRole lab, and AWS's words at each step.

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
use rolecall::policy::{Layer, Verdict};
use rolecall::sandbox::Credentials;
use rolecall::secret::Secret;

const ACCOUNT: &str = "123456789012";

const TRUST_ROOT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#;

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

/// Makes a user with one key.
async fn user(lab: &Lab, name: &str) -> Credentials {
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name(name).send().await.unwrap();
    lab.key_of(name).await
}

fn session(credentials: Option<&aws_sdk_sts::types::Credentials>) -> Credentials {
    let credentials = credentials.unwrap();
    Credentials {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: Secret::new(credentials.secret_access_key()),
        session_token: Some(Secret::new(credentials.session_token())),
    }
}

#[tokio::test]
async fn the_course_of_the_assume_role_lab() {
    let lab = Lab::new();
    let admin = lab.iam(&lab.administrator());
    let created = admin
        .create_user()
        .user_name("sts-example-user")
        .send()
        .await
        .unwrap();
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/sts-example-user");
    assert_eq!(created.user().unwrap().arn(), arn);
    admin
        .delete_user()
        .user_name("sts-example-user")
        .send()
        .await
        .unwrap();
    let keys = user(&lab, "sts-example-user").await;

    let sts = lab.sts(&keys);
    let me = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(me.arn(), Some(arn.as_str()));
    assert_eq!(
        said(lab.iam(&keys).list_users().send().await),
        format!(
            "AccessDenied: User: {arn} is not authorized to perform: iam:ListUsers on resource: \
             arn:aws:iam::{ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action"
        )
    );

    let role = admin
        .create_role()
        .role_name("lab-role")
        .assume_role_policy_document(TRUST_ROOT)
        .send()
        .await
        .unwrap();
    let role_arn = role.role().unwrap().arn().to_owned();
    let assume = || {
        sts.assume_role()
            .role_arn(&role_arn)
            .role_session_name("demo")
            .send()
    };
    let denied = format!(
        "AccessDenied: User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
    );
    assert_eq!(said(assume().await), denied);

    admin
        .put_user_policy()
        .user_name("sts-example-user")
        .policy_name("StsPolicy")
        .policy_document(allow("sts:AssumeRole", &role_arn))
        .send()
        .await
        .unwrap();
    let assumed = assume().await.unwrap();
    assert_eq!(assumed.packed_policy_size(), None);
    let keys = session(assumed.credentials());
    let me = lab.sts(&keys).get_caller_identity().send().await.unwrap();
    assert_eq!(
        me.arn(),
        Some(format!("arn:aws:sts::{ACCOUNT}:assumed-role/lab-role/demo").as_str())
    );
    assert_eq!(
        me.user_id(),
        Some(format!("{}:demo", role.role().unwrap().role_id()).as_str())
    );

    assert_eq!(
        said(
            admin
                .delete_user()
                .user_name("sts-example-user")
                .send()
                .await
        ),
        "DeleteConflict: Cannot delete entity, must delete policies first."
    );
    assert_eq!(
        said(lab.sts(&keys).get_session_token().send().await),
        "AccessDenied: Cannot call GetSessionToken with session credentials"
    );
}

#[tokio::test]
async fn decisions_are_kept_under_the_request_id() {
    let lab = Lab::new();
    let keys = user(&lab, "alice").await;
    let error = lab
        .iam(&keys)
        .get_user()
        .user_name("bob")
        .send()
        .await
        .unwrap_err();
    let id = {
        use aws_sdk_iam::operation::RequestId as _;
        error.request_id().unwrap().to_owned()
    };
    let decisions = lab.sandbox.decisions(&id);
    assert_eq!(decisions.len(), 1);
    assert_eq!(decisions[0].action, "iam:GetUser");
    assert_eq!(decisions[0].verdict, Verdict::ImplicitDeny);
    assert_eq!(decisions[0].layer, Some(Layer::Identity));
    assert_eq!(
        decisions[0].message.as_deref(),
        Some(
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:GetUser on \
             resource: user bob because no identity-based policy allows the iam:GetUser action"
        )
    );
    assert_eq!(lab.sandbox.decisions("nothing"), []);
}

#[tokio::test]
async fn denials_name_the_resource_and_the_layer_as_aws_does() {
    let lab = Lab::new();
    let keys = user(&lab, "alice").await;
    let iam = lab.iam(&keys);
    let admin = lab.iam(&lab.administrator());
    let who =
        "AccessDenied: User: arn:aws:iam::123456789012:user/alice is not authorized to perform:";
    let because =
        |action: &str| format!("because no identity-based policy allows the {action} action");
    assert_eq!(
        said(iam.create_access_key().send().await),
        format!(
            "{who} iam:CreateAccessKey on resource: user nullalice {}",
            because("iam:CreateAccessKey")
        )
    );
    assert_eq!(
        said(iam.create_user().user_name("x").path("/a/").send().await),
        format!(
            "{who} iam:CreateUser on resource: arn:aws:iam::123456789012:user/a/x {}",
            because("iam:CreateUser")
        )
    );
    assert_eq!(
        said(iam.get_role().role_name("r").send().await),
        format!(
            "{who} iam:GetRole on resource: role r {}",
            because("iam:GetRole")
        )
    );
    assert_eq!(
        said(
            lab.sts(&keys)
                .decode_authorization_message()
                .encoded_message("x")
                .send()
                .await
        ),
        format!(
            "{who} sts:DecodeAuthorizationMessage {}",
            because("sts:DecodeAuthorizationMessage")
        )
    );

    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Deny","Action":"iam:ListRoles","Resource":"*"}]}"#;
    let policy = admin
        .create_policy()
        .policy_name("p")
        .policy_document(deny)
        .send()
        .await
        .unwrap();
    let policy = policy.policy().unwrap().arn().unwrap().to_owned();
    admin
        .attach_user_policy()
        .user_name("alice")
        .policy_arn(&policy)
        .send()
        .await
        .unwrap();
    assert_eq!(
        said(iam.list_roles().send().await),
        format!(
            "{who} iam:ListRoles on resource: arn:aws:iam::123456789012:role/ with an explicit deny in \
             an identity-based policy: {policy}"
        )
    );
    let users = iam.list_users().send().await.unwrap();
    assert_eq!(users.users().len(), 2);

    let boundary = admin
        .create_policy()
        .policy_name("b")
        .policy_document(allow("s3:*", "*"))
        .send()
        .await
        .unwrap();
    admin
        .put_user_permissions_boundary()
        .user_name("alice")
        .permissions_boundary(boundary.policy().unwrap().arn().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        said(iam.list_users().send().await),
        format!(
            "{who} iam:ListUsers on resource: arn:aws:iam::123456789012:user/ because no permissions \
             boundary allows the iam:ListUsers action"
        )
    );
}

#[tokio::test]
async fn a_deleted_user_is_not_the_one_made_again() {
    let lab = Lab::new();
    let admin = lab.iam(&lab.administrator());
    let first = user(&lab, "alice").await;
    let alice = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let trust = TRUST_ROOT.replace("arn:aws:iam::123456789012:root", &alice);
    let role = admin
        .create_role()
        .role_name("r")
        .assume_role_policy_document(&trust)
        .send()
        .await
        .unwrap();
    let arn = role.role().unwrap().arn().to_owned();
    // The trust policy names the user: no policy of the user's own is needed.
    lab.sts(&first)
        .assume_role()
        .role_arn(&arn)
        .role_session_name("aa")
        .send()
        .await
        .unwrap();

    let id = admin.get_user().user_name("alice").send().await.unwrap();
    let id = id.user().unwrap().user_id().to_owned();
    admin
        .delete_access_key()
        .user_name("alice")
        .access_key_id(&first.access_key_id)
        .send()
        .await
        .unwrap();
    admin.delete_user().user_name("alice").send().await.unwrap();
    let second = user(&lab, "alice").await;
    assert_eq!(
        said(
            lab.sts(&second)
                .assume_role()
                .role_arn(&arn)
                .role_session_name("aa")
                .send()
                .await
        ),
        format!(
            "AccessDenied: User: {alice} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        )
    );
    let shown = admin.get_role().role_name("r").send().await.unwrap();
    let document = shown
        .role()
        .unwrap()
        .assume_role_policy_document()
        .unwrap()
        .to_owned();
    assert!(document.contains(&format!("%22{id}%22")), "{document}");
    assert_eq!(
        said(lab.iam(&first).list_users().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid"
    );
}

#[tokio::test]
async fn sessions_expire_by_the_sandboxs_time() {
    let lab = Lab::new();
    let token = lab
        .sts(&lab.administrator())
        .get_session_token()
        .duration_seconds(900)
        .send()
        .await;
    let keys = session(token.unwrap().credentials());
    assert_eq!(
        said(lab.iam(&keys).list_users().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid"
    );
    lab.sts(&keys).get_caller_identity().send().await.unwrap();
    lab.sandbox.advance(jiff::SignedDuration::from_secs(900));
    assert_eq!(
        said(lab.sts(&keys).get_caller_identity().send().await),
        "ExpiredToken: The security token included in the request is expired"
    );
}

/// A page goes on behind its marker, also when what the marker names was deleted meanwhile.
#[tokio::test]
async fn pages_go_on_behind_their_marker() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    for name in ["a1", "B2", "c3", "D4"] {
        iam.create_user()
            .user_name(name)
            .path("/p/")
            .send()
            .await
            .unwrap();
    }
    let page = |marker: Option<String>| {
        iam.list_users()
            .path_prefix("/p/")
            .max_items(2)
            .set_marker(marker)
            .send()
    };
    let first = page(None).await.unwrap();
    let names = |users: &[aws_sdk_iam::types::User]| {
        users
            .iter()
            .map(|user| user.user_name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(first.users()), ["a1", "B2"]);
    assert!(first.is_truncated());
    iam.delete_user().user_name("B2").send().await.unwrap();
    let second = page(first.marker().map(str::to_owned)).await.unwrap();
    assert_eq!(names(second.users()), ["c3", "D4"]);
    assert!(!second.is_truncated());
    assert_eq!(second.marker(), None);
    assert_eq!(
        said(page(Some("10".to_owned())).await),
        "ValidationError: Invalid Marker."
    );
}

/// Recorded: what UpdateRole leaves out stays, and UpdateRoleDescription answers without duration.
#[tokio::test]
async fn updating_a_role_changes_what_is_named_and_nothing_else() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST_ROOT)
        .description("first")
        .send()
        .await
        .unwrap();
    let update = || iam.update_role().role_name("r");
    update().max_session_duration(7200).send().await.unwrap();
    let answer = iam
        .update_role_description()
        .role_name("r")
        .description("second")
        .send()
        .await
        .unwrap();
    let answered = answer.role().unwrap();
    assert_eq!(answered.description(), Some("second"));
    assert_eq!(answered.max_session_duration(), None);
    assert_eq!(answered.role_last_used(), None);
    update().send().await.unwrap();
    let role = iam.get_role().role_name("r").send().await.unwrap();
    let role = role.role().unwrap();
    assert_eq!(role.description(), Some("second"));
    assert_eq!(role.max_session_duration(), Some(7200));
}

/// Recorded.
#[tokio::test]
async fn what_is_not_in_a_group_or_profile_is_told_apart() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("u").send().await.unwrap();
    iam.create_group().group_name("g").send().await.unwrap();
    let remove = |group: &str| {
        iam.remove_user_from_group()
            .user_name("u")
            .group_name(group)
            .send()
    };
    remove("g").await.unwrap();
    assert_eq!(
        said(remove("h").await),
        "NoSuchEntity: The group with name h cannot be found."
    );
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST_ROOT)
        .send()
        .await
        .unwrap();
    let profile = iam.create_instance_profile().instance_profile_name("p");
    profile.send().await.unwrap();
    assert_eq!(
        said(
            iam.remove_role_from_instance_profile()
                .instance_profile_name("p")
                .role_name("r")
                .send()
                .await
        ),
        "NoSuchEntity: Role r in Instance Profile p cannot be found."
    );
    let boundary = format!("arn:aws:iam::{ACCOUNT}:not_a_policy/x");
    assert_eq!(
        said(
            iam.put_role_permissions_boundary()
                .role_name("r")
                .permissions_boundary(&boundary)
                .send()
                .await
        ),
        format!("InvalidInput: ARN {boundary} is not valid.")
    );
}

/// Recorded, but for the words of a task that there is not.
#[tokio::test]
async fn service_linked_roles_have_their_policy_and_their_deletion_a_task() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let create = |service: &str| iam.create_service_linked_role().aws_service_name(service);
    create("batch.amazonaws.com").send().await.unwrap();
    let name = "AWSServiceRoleForBatch";
    let role = iam.get_role().role_name(name).send().await.unwrap();
    assert_eq!(
        role.role().unwrap().assume_role_policy_document(),
        Some(
            "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Action%22%3A%22\
             sts%3AAssumeRole%22%2C%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service\
             %22%3A%22batch.amazonaws.com%22%7D%7D%5D%7D"
        )
    );
    let attached = iam.list_attached_role_policies().role_name(name);
    let attached = attached.send().await.unwrap();
    assert_eq!(
        attached.attached_policies()[0].policy_arn(),
        Some("arn:aws:iam::aws:policy/aws-service-role/BatchServiceRolePolicy")
    );
    assert_eq!(
        said(create("batch.amazonaws.com").send().await),
        format!(
            "InvalidInput: Service role name {name} has been taken in this account, please try a \
             different suffix."
        )
    );
    assert_eq!(
        said(create("waf.amazonaws.com").custom_suffix("x").send().await),
        "InvalidInput: Custom suffix is not allowed for waf.amazonaws.com"
    );
    let suffixed = create("autoscaling.amazonaws.com").custom_suffix("x");
    let suffixed = suffixed.send().await.unwrap();
    assert_eq!(
        suffixed.role().unwrap().role_name(),
        "AWSServiceRoleForAutoScaling_x"
    );
    let task = iam.delete_service_linked_role().role_name(name);
    let task = task.send().await.unwrap().deletion_task_id().to_owned();
    assert!(task.starts_with(&format!(
        "task/aws-service-role/batch.amazonaws.com/{name}/"
    )));
    let status = |task: &str| {
        iam.get_service_linked_role_deletion_status()
            .deletion_task_id(task)
            .send()
    };
    assert_eq!(status(&task).await.unwrap().status().as_str(), "SUCCEEDED");
    let other = format!("task/aws-service-role/batch.amazonaws.com/{name}/other");
    assert_eq!(
        said(status(&other).await),
        format!("NoSuchEntity: Deletion task {other} cannot be found.")
    );
}

#[tokio::test]
async fn the_policies_that_let_somebody_into_a_service_are_listed() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("ann").send().await.unwrap();
    iam.create_group().group_name("team").send().await.unwrap();
    let join = iam.add_user_to_group().user_name("ann");
    join.group_name("team").send().await.unwrap();
    for (name, action) in [("list", "s3:List*"), ("sts", "sts:*"), ("any", "s*:Get*")] {
        let put = iam.put_user_policy().user_name("ann").policy_name(name);
        let put = put.policy_document(allow(action, "*"));
        put.send().await.unwrap();
    }
    let others = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["s3:*","iam:Get*"],"Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#;
    let put = iam
        .put_group_policy()
        .group_name("team")
        .policy_name("rest");
    put.policy_document(others).send().await.unwrap();
    let read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    let attach = iam.attach_user_policy().user_name("ann");
    attach.policy_arn(read_only).send().await.unwrap();
    let attach = iam.attach_group_policy().group_name("team");
    attach.policy_arn(read_only).send().await.unwrap();
    let asked = iam
        .list_policies_granting_service_access()
        .arn(format!("arn:aws:iam::{ACCOUNT}:user/ann"))
        .service_namespaces("s3")
        .service_namespaces("iam")
        .service_namespaces("sts");
    let answer = asked.send().await.unwrap();
    let named: Vec<(&str, Vec<&str>)> = answer
        .policies_granting_service_access()
        .iter()
        .map(|service| {
            let policies = service.policies().iter();
            (
                service.service_namespace().unwrap(),
                policies.map(|policy| policy.policy_name()).collect(),
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("s3", vec!["any", "list", "AmazonS3ReadOnlyAccess"]),
            ("iam", vec!["rest"]),
            ("sts", vec!["any", "sts", "rest"]),
        ]
    );
    let of_group = iam
        .list_policies_granting_service_access()
        .arn(format!("arn:aws:iam::{ACCOUNT}:group/team"))
        .service_namespaces("iam");
    let answer = of_group.send().await.unwrap();
    let policy = &answer.policies_granting_service_access()[0].policies()[0];
    assert_eq!(policy.entity_name(), Some("team"));
    assert_eq!(policy.policy_arn(), None);
    let nobody = iam
        .list_policies_granting_service_access()
        .arn(format!("arn:aws:iam::{ACCOUNT}:user/nobody"))
        .service_namespaces("iam");
    assert_eq!(
        said(nobody.send().await),
        "NoSuchEntity: The user with name nobody cannot be found."
    );
}
