//! Object Lock: retention, legal holds, and who may undo them.

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
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{
    BucketVersioningStatus, Delete, ObjectIdentifier, ObjectLockEnabled, ObjectLockLegalHold,
    ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode,
    VersioningConfiguration,
};
use lab::{Lab, said};

const LOCKED: &str = "AccessDenied: Access Denied because object protected by object lock.";

/// A bucket with Object Lock.
async fn bucket() -> (Lab, Client) {
    let lab = Lab::new();
    let client = lab.s3(&lab.administrator());
    let request = client.create_bucket().bucket("vault");
    let request = request.object_lock_enabled_for_bucket(true);
    request.send().await.unwrap();
    (lab, client)
}

fn days(lab: &Lab, count: i64) -> DateTime {
    use rolecall::sandbox::Clock as _;
    DateTime::from_secs(lab.clock.now().as_second() + count * 86_400)
}

async fn put(client: &Client, key: &str) -> String {
    let request = client.put_object().bucket("vault").key(key);
    let answer = request.body(ByteStream::from_static(b"x")).send().await;
    answer.unwrap().version_id().unwrap().to_owned()
}

fn retention(mode: ObjectLockRetentionMode, until: DateTime) -> ObjectLockRetention {
    ObjectLockRetention::builder()
        .mode(mode)
        .retain_until_date(until)
        .build()
}

#[tokio::test]
async fn a_version_under_governance_is_deleted_by_those_who_may_bypass() {
    let (lab, client) = bucket().await;
    let request = client.put_object().bucket("vault").key("a");
    let request = request
        .object_lock_mode(ObjectLockMode::Governance)
        .object_lock_retain_until_date(days(&lab, 2))
        .body(ByteStream::from_static(b"x"));
    let answer = request.send().await.unwrap();
    let version = answer.version_id().unwrap();
    let head = client.head_object().bucket("vault").key("a").send().await;
    let head = head.unwrap();
    assert_eq!(head.object_lock_mode(), Some(&ObjectLockMode::Governance));
    assert_eq!(head.object_lock_retain_until_date(), Some(&days(&lab, 2)));

    let delete = || {
        let request = client.delete_object().bucket("vault").key("a");
        request.version_id(version)
    };
    assert_eq!(said(delete().send().await), LOCKED);
    // Without a version only a marker is written.
    let marker = client.delete_object().bucket("vault").key("a");
    assert_eq!(marker.send().await.unwrap().delete_marker(), Some(true));
    let shorter = client.put_object_retention().bucket("vault").key("a");
    let shorter = shorter.version_id(version).retention(retention(
        ObjectLockRetentionMode::Governance,
        days(&lab, 1),
    ));
    assert_eq!(said(shorter.clone().send().await), LOCKED);
    let bypassed = shorter.bypass_governance_retention(true);
    bypassed.send().await.unwrap();
    delete()
        .bypass_governance_retention(true)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn nobody_bypasses_compliance_until_its_time() {
    let (lab, client) = bucket().await;
    let version = put(&client, "a").await;
    let keep = |until: DateTime| {
        let request = client.put_object_retention().bucket("vault").key("a");
        let kept = retention(ObjectLockRetentionMode::Compliance, until);
        request.retention(kept).send()
    };
    assert_eq!(
        said(keep(days(&lab, -1)).await),
        "InvalidArgument: The retain until date must be in the future!"
    );
    keep(days(&lab, 2)).await.unwrap();
    assert_eq!(said(keep(days(&lab, 1)).await), LOCKED);
    keep(days(&lab, 3)).await.unwrap();
    let delete = || {
        let object = ObjectIdentifier::builder().key("a").version_id(&version);
        let delete = Delete::builder().objects(object.build().unwrap());
        let request = client.delete_objects().bucket("vault");
        let request = request.delete(delete.build().unwrap());
        request.bypass_governance_retention(true).send()
    };
    let answer = delete().await.unwrap();
    let error = &answer.errors()[0];
    assert_eq!(
        format!("{}: {}", error.code().unwrap(), error.message().unwrap()),
        LOCKED
    );
    lab.clock.advance(jiff::SignedDuration::from_hours(73));
    assert!(delete().await.unwrap().errors().is_empty());
}

#[tokio::test]
async fn a_legal_hold_holds_until_it_is_lifted() {
    let (_lab, client) = bucket().await;
    let version = put(&client, "a").await;
    let hold = |status: ObjectLockLegalHoldStatus| {
        let hold = ObjectLockLegalHold::builder().status(status).build();
        let request = client.put_object_legal_hold().bucket("vault").key("a");
        request.legal_hold(hold).send()
    };
    let read = || {
        client
            .get_object_legal_hold()
            .bucket("vault")
            .key("a")
            .send()
    };
    assert_eq!(
        said(read().await),
        "NoSuchObjectLockConfiguration: The specified object does not have a ObjectLock configuration"
    );
    hold(ObjectLockLegalHoldStatus::On).await.unwrap();
    let delete = || {
        let request = client.delete_object().bucket("vault").key("a");
        request
            .version_id(&version)
            .bypass_governance_retention(true)
            .send()
    };
    assert_eq!(said(delete().await), LOCKED);
    hold(ObjectLockLegalHoldStatus::Off).await.unwrap();
    let answer = read().await.unwrap();
    let status = answer.legal_hold().unwrap().status();
    assert_eq!(status, Some(&ObjectLockLegalHoldStatus::Off));
    delete().await.unwrap();
}

#[tokio::test]
async fn the_buckets_rule_locks_what_is_written() {
    use aws_sdk_s3::types::{DefaultRetention, ObjectLockConfiguration, ObjectLockRule};
    let lab = Lab::new();
    let client = lab.s3(&lab.administrator());
    let request = client.create_bucket().bucket("vault");
    request.send().await.unwrap();
    let put_rule = || {
        let kept = DefaultRetention::builder()
            .mode(ObjectLockRetentionMode::Governance)
            .days(1)
            .build();
        let rule = ObjectLockRule::builder().default_retention(kept).build();
        let configuration = ObjectLockConfiguration::builder()
            .object_lock_enabled(ObjectLockEnabled::Enabled)
            .rule(rule)
            .build();
        let request = client.put_object_lock_configuration().bucket("vault");
        request.object_lock_configuration(configuration).send()
    };
    assert_eq!(
        said(put_rule().await),
        "InvalidBucketState: Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
    );
    let version = |status: BucketVersioningStatus| {
        let versioning = VersioningConfiguration::builder().status(status).build();
        let request = client.put_bucket_versioning().bucket("vault");
        request.versioning_configuration(versioning).send()
    };
    version(BucketVersioningStatus::Enabled).await.unwrap();
    put(&client, "before").await;
    let early = client.put_object().bucket("vault").key("x");
    let early = early.object_lock_legal_hold_status(ObjectLockLegalHoldStatus::On);
    assert_eq!(
        said(early.send().await),
        "InvalidRequest: Bucket is missing Object Lock Configuration"
    );
    put_rule().await.unwrap();
    assert_eq!(
        said(version(BucketVersioningStatus::Suspended).await),
        "InvalidBucketState: An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
    );
    put(&client, "after").await;
    let kept = |key: &'static str| {
        let request = client.get_object_retention().bucket("vault").key(key);
        request.send()
    };
    assert!(said(kept("before").await).starts_with("NoSuchObjectLockConfiguration"));
    let answer = kept("after").await.unwrap();
    let until = answer.retention().unwrap().retain_until_date();
    assert_eq!(until, Some(&days(&lab, 1)));
}

#[tokio::test]
async fn bypassing_is_asked_of_the_gate() {
    let (lab, client) = bucket().await;
    let version = put(&client, "a").await;
    let request = client.put_object_retention().bucket("vault").key("a");
    let kept = retention(ObjectLockRetentionMode::Governance, days(&lab, 1));
    request.retention(kept).send().await.unwrap();
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("clerk").send().await.unwrap();
    let document = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:DeleteObject*", "Resource": "*"}}"#;
    let policy = iam.put_user_policy().user_name("clerk").policy_name("p");
    policy.policy_document(document).send().await.unwrap();
    let keys = lab.key_of("clerk").await;
    let clerk = lab.s3(&keys);
    let request = clerk.delete_object().bucket("vault").key("a");
    let request = request
        .version_id(version)
        .bypass_governance_retention(true);
    assert!(said(request.send().await).contains("s3:BypassGovernanceRetention"));
}
