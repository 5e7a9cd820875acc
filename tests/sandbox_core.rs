//! What every request to the sandbox passes: routing, signatures, tokens, the frame of answers.

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

use lab::{Lab, said};
use rolecall::sandbox::Credentials;
use rolecall::secret::Secret;

#[tokio::test]
async fn the_administrator_is_told_who_they_are() {
    let lab = Lab::new();
    let caller = lab
        .sts(&lab.administrator())
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(caller.account(), Some("123456789012"));
    assert_eq!(
        caller.arn(),
        Some("arn:aws:iam::123456789012:user/Administrator")
    );
    assert!(caller.user_id().unwrap().starts_with("AIDA"));
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_refused() {
    let lab = Lab::new();
    let wrong = Credentials {
        secret_access_key: Secret::new("wrong"),
        ..lab.administrator()
    };
    assert_eq!(
        said(lab.sts(&wrong).get_caller_identity().send().await),
        "SignatureDoesNotMatch: The request signature we calculated does not match the signature \
         you provided. Check your AWS Secret Access Key and signing method. Consult the service \
         documentation for details."
    );
    let unknown = Credentials {
        access_key_id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        ..lab.administrator()
    };
    assert_eq!(
        said(lab.sts(&unknown).get_caller_identity().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid."
    );
    let token = Credentials {
        session_token: Some(Secret::new("IQoJb3JpZ2luX2Vj")),
        ..lab.administrator()
    };
    assert_eq!(
        said(lab.sts(&token).get_caller_identity().send().await),
        "InvalidClientTokenId: The security token included in the request is invalid."
    );
}

/// The world as it is saved, without what reads leave in it.
fn world(sandbox: &rolecall::sandbox::Sandbox) -> serde_json::Value {
    let mut world: serde_json::Value = serde_json::from_slice(&sandbox.save().unwrap()).unwrap();
    for part in ["usage", "journal"] {
        world.as_object_mut().unwrap().remove(part).unwrap();
    }
    world
}

#[tokio::test]
async fn a_world_that_is_made_again_from_its_journal_is_the_same() {
    use rolecall::runtime::world::WorldPath;
    const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}}"#;
    const STACK: &str = r#"{"Resources": {
        "User": {"Type": "AWS::IAM::User"},
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "User"}}},
        "Bucket": {"Type": "AWS::S3::Bucket"}}}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = WorldPath::at(&folder.path().join("world.json"));
    let lab = Lab::new();
    let file = path.hold().unwrap();
    let journal = file.keep(&lab.sandbox).unwrap();
    let admin = lab.administrator();
    let (iam, s3) = (lab.iam(&admin), lab.s3(&admin));

    let alice = iam.create_user().user_name("alice").send().await.unwrap();
    assert!(alice.user().is_some());
    let alice = lab.key_of("alice").await;
    // Denied, and refused after ids were drawn.
    said(lab.s3(&alice).create_bucket().bucket("no").send().await);
    said(iam.create_user().user_name("alice").send().await);
    iam.create_role()
        .role_name("r")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    lab.sts(&admin).get_session_token().send().await.unwrap();
    lab.cloudformation(&admin)
        .create_stack()
        .stack_name("s")
        .template_body(STACK)
        .capabilities(aws_sdk_cloudformation::types::Capability::CapabilityIam)
        .send()
        .await
        .unwrap();
    s3.create_bucket().bucket("a-bucket").send().await.unwrap();
    // Work becomes due while others call.
    while let Some(due) = lab.sandbox.next_due() {
        lab.clock.advance(due);
        lab.sts(&alice).get_caller_identity().send().await.unwrap();
        s3.put_object()
            .bucket("a-bucket")
            .key(format!("k{}", due.as_millis()))
            .body(b"\0\xff\r\n".to_vec().into())
            .send()
            .await
            .unwrap();
    }
    file.tend(&lab.sandbox, &journal).unwrap();
    assert_eq!(lab.control("DELETE", "/_rolecall/organization", "").0, 200);
    iam.delete_role().role_name("r").send().await.unwrap();

    drop(file);
    let again = path.hold().unwrap().load(lab.clock.clone()).unwrap();
    assert_eq!(again.notice, None);
    assert_eq!(world(&again.sandbox.unwrap()), world(&lab.sandbox));
}

#[tokio::test]
async fn no_request_of_a_world_that_is_opened_again_has_the_id_of_an_earlier_one() {
    use aws_sdk_sts::operation::RequestId as _;
    use rolecall::sandbox::Sandbox;
    let mut lab = Lab::new();
    let saved = lab.sandbox.save().unwrap();
    let mut ids = std::collections::HashSet::new();
    for _ in 0..3 {
        for _ in 0..3 {
            let sts = lab.sts(&lab.administrator());
            let answer = sts.get_caller_identity().send().await.unwrap();
            ids.insert(answer.request_id().unwrap().to_owned());
        }
        lab.clock.advance(jiff::SignedDuration::from_millis(1));
        // Nothing but reads, so the same file is opened each time.
        lab.sandbox = std::sync::Arc::new(Sandbox::load(&saved, lab.clock.clone()).unwrap());
    }
    assert_eq!(ids.len(), 9);
}

#[tokio::test]
async fn changes_behind_a_damaged_one_are_set_aside_by_name() {
    use rolecall::runtime::world::WorldPath;
    let folder = tempfile::tempdir().unwrap();
    let path = WorldPath::at(&folder.path().join("world.json"));
    let lab = Lab::new();
    let file = path.hold().unwrap();
    let journal = file.keep(&lab.sandbox).unwrap();
    let iam = lab.iam(&lab.administrator());
    let mut lengths = Vec::new();
    for name in ["alice", "bob", "carol"] {
        lengths.push(usize::try_from(journal.length()).unwrap());
        iam.create_user().user_name(name).send().await.unwrap();
    }
    drop(file);
    let of_journal = folder.path().join("world.json.journal-1");
    let mut bytes = std::fs::read(&of_journal).unwrap();
    bytes[lengths[1] + 100] ^= 1;
    std::fs::write(&of_journal, &bytes).unwrap();

    let file = path.hold().unwrap();
    let found = file.load(lab.clock.clone()).unwrap();
    let notice = found.notice.unwrap();
    assert!(
        notice.contains("world.json.journal-1.damaged-1"),
        "{notice}"
    );
    let sandbox = found.sandbox.unwrap();
    let users: Vec<_> = sandbox.inspect(|state| {
        let account = state.account("123456789012").unwrap();
        account
            .users
            .values()
            .map(|user| user.name.clone())
            .collect()
    });
    assert_eq!(users, ["Administrator", "alice"]);
    file.save(&sandbox).unwrap();
    let aside = std::fs::read(folder.path().join("world.json.journal-1.damaged-1")).unwrap();
    assert_eq!(aside, bytes);
}

#[tokio::test]
async fn a_request_of_a_thousand_decisions_is_remembered_whole_and_not_for_long() {
    use aws_sdk_s3::operation::RequestId as _;
    use aws_sdk_s3::types::{Delete, ObjectIdentifier};
    let lab = Lab::new();
    let s3 = lab.s3(&lab.administrator());
    s3.create_bucket().bucket("lab").send().await.unwrap();
    let keys = (0..1_000).map(|number| {
        let key = ObjectIdentifier::builder().key(format!("key-{number}"));
        key.build().unwrap()
    });
    let delete = Delete::builder().set_objects(Some(keys.collect()));
    let delete = delete.build().unwrap();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let call = s3.delete_objects().bucket("lab").delete(delete.clone());
        let answer = call.send().await.unwrap();
        ids.push(answer.request_id().unwrap().to_owned());
    }
    let kept = ids.iter().map(|id| lab.sandbox.recorded(id).len());
    assert_eq!(kept.collect::<Vec<_>>(), [0, 1_000, 1_000, 1_000, 1_000]);
}

#[tokio::test]
async fn what_was_refused_is_remembered_longer_than_what_was_allowed() {
    use aws_sdk_iam::operation::RequestId as _;
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("alice").send().await.unwrap();
    let alice = lab.iam(&lab.key_of("alice").await);
    let allowed = iam.list_users().send().await.unwrap();
    let refused = alice.list_users().send().await.unwrap_err();
    let known = |id: Option<&str>| lab.sandbox.decisions(id.unwrap()).len();
    let both = || (known(allowed.request_id()), known(refused.request_id()));
    assert_eq!(both(), (1, 1));
    for _ in 0..150 {
        iam.list_users().send().await.unwrap();
    }
    assert_eq!(both(), (0, 1));
}
