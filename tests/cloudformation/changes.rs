//! Change sets, and updates that change, replace and go back.

use super::*;

#[tokio::test]
async fn a_change_set_makes_and_updates_a_stack() {
    let (lab, client) = lab();
    let change = |name: &str, kind: ChangeSetType, body: String| {
        client
            .create_change_set()
            .stack_name("cs")
            .change_set_name(name)
            .change_set_type(kind)
            .template_body(body)
            .send()
    };
    let created = change("one", ChangeSetType::Create, BUCKET.to_owned())
        .await
        .unwrap();
    let review = stack(&client, "cs").await;
    assert_eq!(
        review.stack_status().unwrap().as_str(),
        "REVIEW_IN_PROGRESS"
    );
    assert_eq!(review.stack_status_reason(), Some("User Initiated"));
    assert!(review.last_updated_time().is_none());
    settle(&lab);
    let set = client
        .describe_change_set()
        .change_set_name(created.id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(set.status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(set.execution_status().unwrap().as_str(), "AVAILABLE");
    let row = set.changes()[0].resource_change().unwrap();
    assert_eq!(row.action().unwrap().as_str(), "Add");
    client
        .execute_change_set()
        .change_set_name("one")
        .stack_name("cs")
        .send()
        .await
        .unwrap();
    settle(&lab);
    let made = stack(&client, "cs").await;
    assert_eq!(made.stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(made.change_set_id(), created.id());
    assert!(made.last_updated_time().is_some());
    assert_eq!(
        said(change("one", ChangeSetType::Create, BUCKET.to_owned()).await),
        "ValidationError: Stack [cs] already exists and cannot be created again with the changeSet [one]."
    );
    // No change.
    change("same", ChangeSetType::Update, BUCKET.to_owned())
        .await
        .unwrap();
    settle(&lab);
    let same = client
        .describe_change_set()
        .change_set_name("same")
        .stack_name("cs")
        .send()
        .await
        .unwrap();
    assert_eq!(same.status().unwrap().as_str(), "FAILED");
    assert_eq!(
        same.status_reason(),
        Some(
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
    );
    let execute = client
        .execute_change_set()
        .change_set_name("same")
        .stack_name("cs")
        .send()
        .await;
    assert_eq!(
        said(execute),
        format!(
            "InvalidChangeSetStatus: ChangeSet [{}] cannot be executed in its current status of [FAILED]",
            same.change_set_id().unwrap()
        )
    );
    // A change, an addition and a removal.
    let body = "Resources:\n  Other:\n    Type: AWS::S3::Bucket\n    Properties:\n      VersioningConfiguration: {Status: Enabled}\n";
    change("two", ChangeSetType::Update, body.to_owned())
        .await
        .unwrap();
    settle(&lab);
    let two = client
        .describe_change_set()
        .change_set_name("two")
        .stack_name("cs")
        .send()
        .await
        .unwrap();
    let actions: Vec<_> = two
        .changes()
        .iter()
        .map(|change| change.resource_change().unwrap())
        .map(|row| {
            format!(
                "{} {}",
                row.action().unwrap(),
                row.logical_resource_id().unwrap()
            )
        })
        .collect();
    assert_eq!(actions, ["Add Other", "Remove Bucket"]);
    client
        .execute_change_set()
        .change_set_name("two")
        .stack_name("cs")
        .send()
        .await
        .unwrap();
    settle(&lab);
    let tail: Vec<_> = story(&client, "cs").await.into_iter().skip(7).collect();
    assert_eq!(
        tail,
        [
            "cs UPDATE_IN_PROGRESS User Initiated",
            "Other CREATE_IN_PROGRESS",
            "Other CREATE_IN_PROGRESS Resource creation Initiated",
            "Other CREATE_IN_PROGRESS Eventual consistency check initiated",
            "Other CREATE_COMPLETE",
            "cs UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "Bucket DELETE_IN_PROGRESS",
            "Bucket DELETE_COMPLETE",
            "cs UPDATE_COMPLETE",
        ]
    );
    let missing = client
        .describe_change_set()
        .change_set_name("none")
        .stack_name("cs")
        .send()
        .await;
    assert_eq!(
        said(missing),
        "ChangeSetNotFound: ChangeSet [none] does not exist"
    );
}

#[tokio::test]
async fn updates_change_replace_and_roll_back() {
    let (lab, client) = lab();
    let body = |properties: &str, more: &str| {
        format!(
            "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties: {properties}\n{more}"
        )
    };
    make(&lab, &client, "up", &body("{BucketName: up-one}", "")).await;
    let update = |body: String| {
        client
            .update_stack()
            .stack_name("up")
            .template_body(body)
            .send()
    };
    assert_eq!(
        said(update(body("{BucketName: up-one}", "")).await),
        "ValidationError: No updates are to be performed."
    );
    // In place.
    update(body("{BucketName: up-one, Tags: [{Key: a, Value: b}]}", ""))
        .await
        .unwrap();
    settle(&lab);
    let s3 = lab.s3(&lab.administrator());
    let tags = s3
        .get_bucket_tagging()
        .bucket("up-one")
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tag_set()[0].key(), "a");
    // Replaced.
    update(body("{BucketName: up-two}", "")).await.unwrap();
    settle(&lab);
    assert_eq!(
        stack(&client, "up").await.stack_status().unwrap().as_str(),
        "UPDATE_COMPLETE"
    );
    assert!(s3.head_bucket().bucket("up-one").send().await.is_err());
    s3.head_bucket().bucket("up-two").send().await.unwrap();
    // A failure takes the change back.
    s3.create_bucket()
        .bucket("taken-by-me")
        .send()
        .await
        .unwrap();
    let more = "  New:\n    Type: AWS::S3::Bucket\n    DependsOn: Bucket\n    Properties: {BucketName: taken-by-me}\n";
    update(body("{BucketName: up-three}", more)).await.unwrap();
    settle(&lab);
    let back = stack(&client, "up").await;
    assert_eq!(
        back.stack_status().unwrap().as_str(),
        "UPDATE_ROLLBACK_COMPLETE"
    );
    s3.head_bucket().bucket("up-two").send().await.unwrap();
    assert!(s3.head_bucket().bucket("up-three").send().await.is_err());
    let resources = client
        .describe_stack_resources()
        .stack_name("up")
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = resources
        .stack_resources()
        .iter()
        .map(|r| r.physical_resource_id().unwrap())
        .collect();
    assert_eq!(ids, ["up-two"]);
    let story = story(&client, "up").await;
    let start = story
        .iter()
        .position(|line| line.contains("UPDATE_ROLLBACK_IN_PROGRESS"))
        .unwrap();
    assert_eq!(
        story[start..],
        [
            "up UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [New]. The following resource(s) failed to update: [Bucket].",
            "Bucket UPDATE_COMPLETE",
            "up UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "Bucket DELETE_IN_PROGRESS",
            "Bucket DELETE_COMPLETE",
            "up UPDATE_ROLLBACK_COMPLETE",
        ]
    );
}
