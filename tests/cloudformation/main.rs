//! CloudFormation through the SDK: stacks, their events, failures, updates, change sets.

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

mod changes;
#[path = "../lab/mod.rs"]
mod lab;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, OnFailure, Parameter, ResourceStatus, Stack, StackEvent, Tag,
};
use jiff::SignedDuration;
use lab::{Lab, said};

const LAB: &str = include_str!("../../assets/assume-role/iam-role.yaml");
const BUCKET: &str = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n";

fn lab() -> (Lab, Client) {
    let lab = Lab::new();
    let client = lab.cloudformation(&lab.administrator());
    (lab, client)
}

/// Lets the sandbox's time pass until nothing is left to do.
fn settle(lab: &Lab) {
    for _ in 0..1_000 {
        let Some(due) = lab.sandbox.next_due() else {
            return;
        };
        lab.sandbox.advance(due);
    }
    panic!("work without end");
}

async fn make(lab: &Lab, client: &Client, name: &str, body: &str) -> Stack {
    client
        .create_stack()
        .stack_name(name)
        .template_body(body)
        .capabilities(Capability::CapabilityNamedIam)
        .send()
        .await
        .unwrap();
    settle(lab);
    stack(client, name).await
}

async fn stack(client: &Client, name: &str) -> Stack {
    let answer = client
        .describe_stacks()
        .stack_name(name)
        .send()
        .await
        .unwrap();
    answer.stacks()[0].clone()
}

/// Events, oldest first.
async fn events(client: &Client, name: &str) -> Vec<StackEvent> {
    let pages = client
        .describe_stack_events()
        .stack_name(name)
        .into_paginator()
        .items()
        .send();
    let mut events: Vec<_> = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    events.reverse();
    events
}

/// `Logical STATUS reason` of each event.
async fn story(client: &Client, name: &str) -> Vec<String> {
    events(client, name)
        .await
        .iter()
        .map(|event| {
            let status = event.resource_status().map_or("", ResourceStatus::as_str);
            let line = format!(
                "{} {status} {}",
                event.logical_resource_id().unwrap_or_default(),
                event.resource_status_reason().unwrap_or_default()
            );
            line.trim().to_owned()
        })
        .collect()
}

fn outputs(stack: &Stack) -> Vec<(String, String)> {
    let pair = |text: Option<&str>| text.unwrap_or_default().to_owned();
    stack
        .outputs()
        .iter()
        .map(|output| (pair(output.output_key()), pair(output.output_value())))
        .collect()
}

#[tokio::test]
async fn the_labs_stack_is_made_and_removed() {
    let (lab, client) = lab();
    let made = make(&lab, &client, "sts-example", LAB).await;
    assert_eq!(made.stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    let [(_, role), (_, arn), (_, bucket)] = &outputs(&made)[..] else {
        panic!("{made:?}")
    };
    assert!(
        role.starts_with("sts-example-Role-") && role.len() == 29,
        "{role}"
    );
    assert_eq!(*arn, format!("arn:aws:iam::123456789012:role/{role}"));
    assert!(bucket.starts_with("sts-example-bucket-"), "{bucket}");
    assert_eq!(
        story(&client, "sts-example").await,
        [
            "sts-example CREATE_IN_PROGRESS User Initiated",
            "Bucket CREATE_IN_PROGRESS",
            "Bucket CREATE_IN_PROGRESS Resource creation Initiated",
            "Bucket CREATE_IN_PROGRESS Eventual consistency check initiated",
            "Role CREATE_IN_PROGRESS",
            "Role CREATE_IN_PROGRESS Resource creation Initiated",
            "Bucket CREATE_COMPLETE",
            "Role CREATE_COMPLETE",
            "sts-example CREATE_COMPLETE",
        ]
    );
    let iam = lab.iam(&lab.administrator());
    let policy = iam
        .get_role_policy()
        .role_name(role)
        .policy_name("ReadAndWriteTheBucket")
        .send()
        .await
        .unwrap();
    assert!(policy.policy_document().contains(bucket.as_str()));
    let resources = client
        .describe_stack_resources()
        .stack_name("sts-example")
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = resources
        .stack_resources()
        .iter()
        .map(|resource| resource.physical_resource_id().unwrap())
        .collect();
    assert_eq!(ids, [bucket, role]);
    client
        .delete_stack()
        .stack_name("sts-example")
        .send()
        .await
        .unwrap();
    settle(&lab);
    assert_eq!(
        said(
            client
                .describe_stacks()
                .stack_name("sts-example")
                .send()
                .await
        ),
        "ValidationError: Stack with id sts-example does not exist"
    );
    let gone = stack(&client, made.stack_id().unwrap()).await;
    assert_eq!(gone.stack_status().unwrap().as_str(), "DELETE_COMPLETE");
    assert!(gone.outputs().is_empty() && gone.deletion_time().is_some());
    let tail = story(&client, made.stack_id().unwrap()).await.split_off(9);
    assert_eq!(
        tail,
        [
            "sts-example DELETE_IN_PROGRESS User Initiated",
            "Role DELETE_IN_PROGRESS",
            "Role DELETE_COMPLETE",
            "Bucket DELETE_IN_PROGRESS",
            "Bucket DELETE_COMPLETE",
            "sts-example DELETE_COMPLETE",
        ]
    );
    assert!(iam.get_role().role_name(role).send().await.is_err());
    // What is gone can be deleted again.
    client
        .delete_stack()
        .stack_name("sts-example")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stack_in_the_making_says_so() {
    let (lab, client) = lab();
    let id = client
        .create_stack()
        .stack_name("slow")
        .template_body(BUCKET)
        .send()
        .await
        .unwrap();
    let id = id.stack_id().unwrap().to_owned();
    let uuid = id.rsplit('/').next().unwrap();
    assert_eq!(uuid.as_bytes()[14], b'1', "a time-based UUID: {uuid}");
    let now = stack(&client, "slow").await;
    assert_eq!(now.stack_status().unwrap().as_str(), "CREATE_IN_PROGRESS");
    assert_eq!(now.stack_status_reason(), Some("User Initiated"));
    assert_eq!(now.enable_termination_protection(), Some(false));
    lab.sandbox.advance(SignedDuration::from_millis(700));
    let last = events(&client, "slow").await.pop().unwrap();
    assert_eq!(
        last.resource_status_reason(),
        Some("Resource creation Initiated")
    );
    assert!(
        last.event_id()
            .unwrap()
            .starts_with("Bucket-CREATE_IN_PROGRESS-2026-11-23T16:10:00.")
    );
    assert_eq!(last.resource_properties(), Some("{}"));
    assert_eq!(
        said(
            client
                .create_stack()
                .stack_name("slow")
                .template_body(BUCKET)
                .send()
                .await
        ),
        "AlreadyExistsException: Stack [slow] already exists"
    );
    assert_eq!(
        said(
            client
                .update_stack()
                .stack_name("slow")
                .template_body(BUCKET)
                .send()
                .await
        ),
        format!(
            "ValidationError: Stack:{id} is in CREATE_IN_PROGRESS state and can not be updated."
        )
    );
}

#[tokio::test]
async fn requests_that_are_refused() {
    let (_lab, client) = lab();
    let create = |name: &str, body: &str| {
        client
            .create_stack()
            .stack_name(name)
            .template_body(body)
            .send()
    };
    let named = "Resources:\n  U:\n    Type: AWS::IAM::User\n    Properties: {UserName: x}\n";
    for (name, body, expected) in [
        (
            "1st",
            BUCKET,
            "ValidationError: 1 validation error detected: Value '1st' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*",
        ),
        (
            "a",
            LAB,
            "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]",
        ),
        (
            "a",
            named,
            "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]",
        ),
        (
            "a",
            "Resources: {}",
            "ValidationError: Template format error: At least one Resources member must be defined.",
        ),
        (
            "a",
            "Resources: {A: {Type: 'AWS::X::Y'}}",
            "ValidationError: Template format error: Unrecognized resource types: [AWS::X::Y]",
        ),
        (
            "a",
            "Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::S3::Bucket'}}",
            "ValidationError: Parameters: [P] must have values",
        ),
    ] {
        assert_eq!(said(create(name, body).await), expected);
    }
    assert_eq!(
        said(client.create_stack().stack_name("a").send().await),
        "ValidationError: Either Template URL or Template Body must be specified."
    );
    assert_eq!(
        said(
            client
                .describe_stack_events()
                .stack_name("none")
                .send()
                .await
        ),
        "ValidationError: Stack [none] does not exist"
    );
    let resource = client
        .describe_stack_resource()
        .stack_name("none")
        .logical_resource_id("A");
    assert_eq!(
        said(resource.send().await),
        "ValidationError: Stack 'none' does not exist"
    );
    client
        .delete_stack()
        .stack_name("none")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_failed_creation_is_rolled_back() {
    let (lab, client) = lab();
    let s3 = lab.s3(&lab.administrator());
    s3.create_bucket()
        .bucket("taken-by-me")
        .send()
        .await
        .unwrap();
    let body = "Resources:\n  Good:\n    Type: AWS::S3::Bucket\n  Taken:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: taken-by-me\n";
    let failed = make(&lab, &client, "broken", body).await;
    assert_eq!(failed.stack_status().unwrap().as_str(), "ROLLBACK_COMPLETE");
    assert!(failed.deletion_time().is_some());
    let mut story = story(&client, "broken").await;
    let at = story
        .iter()
        .position(|line| line.starts_with("Taken CREATE_FAILED"))
        .unwrap();
    let reason = story.remove(at);
    assert!(
        reason.starts_with(
            "Taken CREATE_FAILED Resource handler returned message: \"taken-by-me already exists \
             (Service: S3, Status Code: 0, Request ID: null)\" (RequestToken: "
        ) && reason.ends_with(", HandlerErrorCode: AlreadyExists)"),
        "{reason}"
    );
    assert_eq!(
        story,
        [
            "broken CREATE_IN_PROGRESS User Initiated",
            "Good CREATE_IN_PROGRESS",
            "Taken CREATE_IN_PROGRESS",
            "Good CREATE_IN_PROGRESS Resource creation Initiated",
            "Good CREATE_FAILED Resource creation cancelled",
            "broken ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Taken, Good]. Rollback requested by user.",
            "Good DELETE_IN_PROGRESS",
            "Good DELETE_COMPLETE",
            "broken ROLLBACK_COMPLETE",
        ]
    );
    // Only one's own bucket is left, and the stack cannot be updated.
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 1);
    let update = client
        .update_stack()
        .stack_name("broken")
        .template_body(BUCKET)
        .send()
        .await;
    assert!(said(update).ends_with("is in ROLLBACK_COMPLETE state and can not be updated."));
    client
        .delete_stack()
        .stack_name("broken")
        .send()
        .await
        .unwrap();
    settle(&lab);
    assert!(
        client
            .describe_stacks()
            .stack_name("broken")
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn without_rollback_a_failed_stack_stays() {
    let (lab, client) = lab();
    let body = "Resources:\n  Odd:\n    Type: AWS::S3::Bucket\n    Properties: {Colour: blue}\n";
    client
        .create_stack()
        .stack_name("odd")
        .template_body(body)
        .on_failure(OnFailure::DoNothing)
        .send()
        .await
        .unwrap();
    settle(&lab);
    let failed = stack(&client, "odd").await;
    assert_eq!(failed.stack_status().unwrap().as_str(), "CREATE_FAILED");
    let events = events(&client, "odd").await;
    let odd = events
        .iter()
        .find(|event| event.detailed_status().is_some())
        .unwrap();
    assert_eq!(
        odd.resource_status_reason(),
        Some(
            "Properties validation failed for resource Odd with message:\n[#: extraneous key [Colour] is not permitted]"
        )
    );
}

#[tokio::test]
async fn a_bucket_that_is_not_empty_stops_the_deletion() {
    let (lab, client) = lab();
    make(&lab, &client, "full", BUCKET).await;
    let resources = client
        .describe_stack_resources()
        .stack_name("full")
        .send()
        .await
        .unwrap();
    let bucket = resources.stack_resources()[0]
        .physical_resource_id()
        .unwrap()
        .to_owned();
    let s3 = lab.s3(&lab.administrator());
    s3.put_object()
        .bucket(&bucket)
        .key("k")
        .send()
        .await
        .unwrap();
    client
        .delete_stack()
        .stack_name("full")
        .send()
        .await
        .unwrap();
    settle(&lab);
    let failed = stack(&client, "full").await;
    assert_eq!(failed.stack_status().unwrap().as_str(), "DELETE_FAILED");
    assert_eq!(
        failed.stack_status_reason(),
        Some("The following resource(s) failed to delete: [Bucket]. ")
    );
    let reason = story(&client, "full").await;
    let reason = reason
        .iter()
        .find(|line| line.starts_with("Bucket DELETE_FAILED"))
        .unwrap();
    assert!(
        reason.contains("\"The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Request ID: ")
            && reason.ends_with(", HandlerErrorCode: GeneralServiceException)"),
        "{reason}"
    );
    client
        .delete_stack()
        .stack_name("full")
        .retain_resources("Bucket")
        .send()
        .await
        .unwrap();
    settle(&lab);
    let gone = stack(&client, failed.stack_id().unwrap()).await;
    assert_eq!(gone.stack_status().unwrap().as_str(), "DELETE_COMPLETE");
    assert!(
        story(&client, failed.stack_id().unwrap())
            .await
            .contains(&"Bucket DELETE_SKIPPED".to_owned())
    );
    s3.head_bucket().bucket(bucket).send().await.unwrap();
}

#[tokio::test]
async fn protected_stacks_and_retained_resources_stay() {
    let (lab, client) = lab();
    let body = format!("{BUCKET}    DeletionPolicy: Retain\n");
    make(&lab, &client, "kept", &body).await;
    let protect = |on| {
        client
            .update_termination_protection()
            .stack_name("kept")
            .enable_termination_protection(on)
            .send()
    };
    protect(true).await.unwrap();
    assert_eq!(
        said(client.delete_stack().stack_name("kept").send().await),
        "ValidationError: Stack [kept] cannot be deleted while TerminationProtection is enabled"
    );
    protect(false).await.unwrap();
    client
        .delete_stack()
        .stack_name("kept")
        .send()
        .await
        .unwrap();
    settle(&lab);
    let s3 = lab.s3(&lab.administrator());
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 1);
}

#[tokio::test]
async fn parameters_tags_exports_and_imports() {
    let (lab, client) = lab();
    let body = "Parameters:\n  Colour: {Type: String, AllowedValues: [red, blue]}\n  Word: {Type: String, NoEcho: true, Default: hidden}\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      Tags: [{Key: colour, Value: !Ref Colour}, {Key: word, Value: !Ref Word}]\nOutputs:\n  Name: {Value: !Ref Bucket, Export: {Name: !Sub '${AWS::StackName}-bucket'}}\n";
    let parameter = Parameter::builder()
        .parameter_key("Colour")
        .parameter_value("blue")
        .build();
    let create = |value: Parameter| {
        client
            .create_stack()
            .stack_name("base")
            .template_body(body)
            .parameters(value)
            .tags(Tag::builder().key("team").value("lab").build())
            .send()
    };
    let green = Parameter::builder()
        .parameter_key("Colour")
        .parameter_value("green")
        .build();
    assert_eq!(
        said(create(green).await),
        "ValidationError: Parameter 'Colour' must be one of AllowedValues"
    );
    create(parameter).await.unwrap();
    settle(&lab);
    let base = stack(&client, "base").await;
    let word = base
        .parameters()
        .iter()
        .find(|p| p.parameter_key() == Some("Word"))
        .unwrap();
    assert_eq!(word.parameter_value(), Some("****"));
    let bucket = outputs(&base)[0].1.clone();
    let tags = lab
        .s3(&lab.administrator())
        .get_bucket_tagging()
        .bucket(&bucket)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tag_set().len(), 3);
    let events = events(&client, "base").await;
    assert!(
        events
            .iter()
            .all(|event| !event.resource_properties().unwrap_or("").contains("hidden"))
    );
    let exports = client.list_exports().send().await.unwrap();
    assert_eq!(exports.exports()[0].name(), Some("base-bucket"));
    let user = "Resources:\n  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      Bucket: !ImportValue base-bucket\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n          - {Effect: Deny, Principal: '*', Action: 's3:*', Resource: !Sub ['arn:aws:s3:::${B}/*', {B: !ImportValue base-bucket}], Condition: {Bool: {'aws:SecureTransport': false}}}\n";
    let made = make(&lab, &client, "user", user).await;
    assert_eq!(
        made.stack_status().unwrap().as_str(),
        "CREATE_COMPLETE",
        "{:?}",
        story(&client, "user").await
    );
    let imports = client
        .list_imports()
        .export_name("base-bucket")
        .send()
        .await
        .unwrap();
    assert_eq!(imports.imports(), ["user"]);
    client
        .delete_stack()
        .stack_name("base")
        .send()
        .await
        .unwrap();
    settle(&lab);
    assert_eq!(
        stack(&client, "base").await.stack_status_reason(),
        Some("Delete canceled. Cannot delete export base-bucket as it is in use by user.")
    );
}

#[tokio::test]
async fn an_output_imports_too_and_an_update_lets_go() {
    let (lab, client) = lab();
    let base = "Resources:\n  Group: {Type: 'AWS::IAM::Group'}\nOutputs:\n  Name: {Value: !Ref Group, Export: {Name: group-name}}\n";
    make(&lab, &client, "base", base).await;
    let own = "Resources:\n  Other: {Type: 'AWS::IAM::Group'}\n";
    let user = format!("{own}Outputs:\n  Group: {{Value: !ImportValue group-name}}\n");
    make(&lab, &client, "user", &user).await;
    let imports = || client.list_imports().export_name("group-name").send();
    assert_eq!(imports().await.unwrap().imports(), ["user"]);
    client
        .update_stack()
        .stack_name("user")
        .template_body(format!("{own}Outputs:\n  Group: {{Value: !Ref Other}}\n"))
        .capabilities(Capability::CapabilityNamedIam)
        .send()
        .await
        .unwrap();
    settle(&lab);
    assert_eq!(
        said(imports().await),
        "ValidationError: Export 'group-name' is not imported by any stack."
    );
}

#[tokio::test]
async fn templates_are_validated_and_given_back() {
    let (lab, client) = lab();
    let valid = client
        .validate_template()
        .template_body(LAB)
        .send()
        .await
        .unwrap();
    assert_eq!(valid.capabilities()[0].as_str(), "CAPABILITY_IAM");
    assert_eq!(
        valid.capabilities_reason(),
        Some("The following resource(s) require capabilities: [AWS::IAM::Role]")
    );
    assert_eq!(
        said(
            client
                .validate_template()
                .template_body("{\"Resources\": ]")
                .send()
                .await
        ),
        "ValidationError: Template format error: JSON not well-formed. (line 1, column 16)"
    );
    make(&lab, &client, "t", BUCKET).await;
    let body = client.get_template().stack_name("t").send().await.unwrap();
    assert_eq!(body.template_body(), Some(BUCKET));
    let summary = client
        .get_template_summary()
        .stack_name("t")
        .send()
        .await
        .unwrap();
    assert_eq!(summary.resource_types(), ["AWS::S3::Bucket"]);
    let list = client.list_stacks().send().await.unwrap();
    assert_eq!(list.stack_summaries().len(), 1);
    let rows = client
        .list_stack_resources()
        .stack_name("t")
        .send()
        .await
        .unwrap();
    assert_eq!(rows.stack_resource_summaries().len(), 1);
    let detail = client
        .describe_stack_resource()
        .stack_name("t")
        .logical_resource_id("Bucket")
        .send()
        .await
        .unwrap();
    assert_eq!(
        detail.stack_resource_detail().unwrap().metadata(),
        Some("{}")
    );
}
