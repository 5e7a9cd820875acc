//! Stacks in stacks: made, waited for, changed and removed by the stack around them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that panics has found something"
)]

mod lab;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{Capability, OnFailure, Stack};
use lab::bucket::{BUCKET, put, with_bucket};
use lab::{Lab, said};

const CHILD: &str = "Parameters:\n  Name: {Type: String}\nResources:\n  Group:\n    Type: AWS::IAM::Group\n    Properties: {GroupName: !Ref Name}\nOutputs:\n  Arn: {Value: !GetAtt Group.Arn}\n";

/// A stack with that template in it, a group that is made after it, and what comes out of it.
fn around(template: &str, name: &str) -> String {
    format!(
        "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: https://{BUCKET}.s3.amazonaws.com/{template}\n      Parameters: {{Name: {name}}}\n  After:\n    Type: AWS::IAM::Group\n    DependsOn: Inner\n    Properties: {{GroupName: after}}\nOutputs:\n  Arn: {{Value: !GetAtt Inner.Outputs.Arn}}\n"
    )
}

fn settle(lab: &Lab) {
    while let Some(due) = lab.sandbox.next_due() {
        lab.sandbox.advance(due);
    }
}

async fn stack(client: &Client, name: &str) -> Stack {
    let answer = client.describe_stacks().stack_name(name).send().await;
    answer.unwrap().stacks()[0].clone()
}

async fn create(lab: &Lab, client: &Client, body: &str) -> Stack {
    let create = client
        .create_stack()
        .stack_name("outer")
        .template_body(body);
    let create = create.capabilities(Capability::CapabilityNamedIam);
    create.send().await.unwrap();
    settle(lab);
    stack(client, "outer").await
}

/// Events of a stack, oldest first: what, status and reason.
async fn story(client: &Client, name: &str) -> Vec<String> {
    let answer = client
        .describe_stack_events()
        .stack_name(name)
        .send()
        .await
        .unwrap();
    let mut story: Vec<String> = answer
        .stack_events()
        .iter()
        .map(|event| {
            let status = event.resource_status().unwrap().as_str();
            let reason = event.resource_status_reason().unwrap_or_default();
            let id = event.logical_resource_id().unwrap();
            format!("{id} {status} {reason}").trim_end().to_owned()
        })
        .collect();
    story.reverse();
    story
}

async fn inner(client: &Client) -> String {
    let answer = client.describe_stack_resource().stack_name("outer");
    let answer = answer.logical_resource_id("Inner").send().await.unwrap();
    let detail = answer.stack_resource_detail().unwrap();
    detail.physical_resource_id().unwrap().to_owned()
}

#[tokio::test]
async fn a_stack_makes_changes_and_removes_the_stacks_in_it() {
    let (lab, s3) = with_bucket().await;
    put(&s3, "child.yaml", CHILD).await;
    let client = lab.cloudformation(&lab.administrator());
    let outer = create(&lab, &client, &around("child.yaml", "one")).await;
    assert_eq!(outer.stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(
        outer.outputs()[0].output_value(),
        Some("arn:aws:iam::123456789012:group/one")
    );
    let id = inner(&client).await;
    let child = stack(&client, &id).await;
    assert!(child.stack_name().unwrap().starts_with("outer-Inner-"));
    assert_eq!(child.stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(child.parent_id(), outer.stack_id());
    assert_eq!(child.root_id(), outer.stack_id());
    assert_eq!(
        story(&client, "outer").await,
        [
            "outer CREATE_IN_PROGRESS User Initiated",
            "Inner CREATE_IN_PROGRESS",
            "Inner CREATE_IN_PROGRESS Resource creation Initiated",
            "Inner CREATE_COMPLETE",
            "After CREATE_IN_PROGRESS",
            "After CREATE_IN_PROGRESS Resource creation Initiated",
            "After CREATE_COMPLETE",
            "outer CREATE_COMPLETE",
        ]
    );

    let update = |name: &'static str| {
        let update = client.update_stack().stack_name("outer");
        let update = update.template_body(around("child.yaml", name));
        update.capabilities(Capability::CapabilityNamedIam).send()
    };
    update("two").await.unwrap();
    settle(&lab);
    let outer = stack(&client, "outer").await;
    assert_eq!(outer.stack_status().unwrap().as_str(), "UPDATE_COMPLETE");
    assert_eq!(
        outer.outputs()[0].output_value(),
        Some("arn:aws:iam::123456789012:group/two")
    );
    assert_eq!(inner(&client).await, id);
    // The group `after` is there already: the child goes back, and with it the stack around it.
    update("after").await.unwrap();
    settle(&lab);
    for name in ["outer", id.as_str()] {
        let found = stack(&client, name).await;
        let status = found.stack_status().unwrap().as_str();
        assert_eq!(status, "UPDATE_ROLLBACK_COMPLETE", "{name}");
    }
    let told = story(&client, "outer").await;
    let failed = told
        .iter()
        .find(|line| line.starts_with("Inner UPDATE_FAILED"))
        .unwrap();
    assert_eq!(
        *failed,
        format!(
            "Inner UPDATE_FAILED Embedded stack {id} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: The following resource(s) failed to update: [Group]."
        )
    );
    update("three").await.unwrap();
    settle(&lab);
    let outer = stack(&client, "outer").await;
    assert_eq!(outer.stack_status().unwrap().as_str(), "UPDATE_COMPLETE");

    client
        .delete_stack()
        .stack_name("outer")
        .send()
        .await
        .unwrap();
    settle(&lab);
    assert_eq!(
        stack(&client, &id).await.stack_status().unwrap().as_str(),
        "DELETE_COMPLETE"
    );
    let gone = stack(&client, outer.stack_id().unwrap()).await;
    assert_eq!(gone.stack_status().unwrap().as_str(), "DELETE_COMPLETE");
    let iam = lab.iam(&lab.administrator());
    assert!(iam.list_groups().send().await.unwrap().groups().is_empty());
}

#[tokio::test]
async fn a_stack_in_it_that_fails_takes_the_stack_around_it_back() {
    let (lab, s3) = with_bucket().await;
    put(&s3, "child.yaml", CHILD).await;
    let iam = lab.iam(&lab.administrator());
    iam.create_group().group_name("taken").send().await.unwrap();
    let client = lab.cloudformation(&lab.administrator());
    let outer = create(&lab, &client, &around("child.yaml", "taken")).await;
    assert_eq!(outer.stack_status().unwrap().as_str(), "ROLLBACK_COMPLETE");
    let id = inner(&client).await;
    let told = story(&client, "outer").await;
    assert_eq!(
        told[3],
        format!(
            "Inner CREATE_FAILED Embedded stack {id} was not successfully created: The following resource(s) failed to create: [Group]."
        )
    );
    assert_eq!(
        stack(&client, &id).await.stack_status().unwrap().as_str(),
        "DELETE_COMPLETE"
    );
}

#[tokio::test]
async fn a_stack_in_it_is_made_in_the_callers_name_and_only_so_deep() {
    let (lab, s3) = with_bucket().await;
    put(&s3, "child.yaml", CHILD).await;
    put(
        &s3,
        "again.yaml",
        &around("again.yaml", "x").replace("      Parameters: {Name: x}\n", ""),
    )
    .await;
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("alice").send().await.unwrap();
    let allow = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
        "Action": ["s3:GetObject", "iam:*", "cloudformation:*"]}, {"Effect": "Deny",
        "Action": "cloudformation:CreateStack", "Resource": "arn:aws:cloudformation:*:*:stack/outer-*"}]}"#;
    let policy = iam.put_user_policy().user_name("alice").policy_name("p");
    policy.policy_document(allow).send().await.unwrap();
    let alice = lab.key_of("alice").await;
    let client = lab.cloudformation(&alice);
    let outer = create(&lab, &client, &around("child.yaml", "one")).await;
    assert_eq!(outer.stack_status().unwrap().as_str(), "ROLLBACK_COMPLETE");
    let told = story(&client, "outer").await;
    assert!(
        told[2].starts_with("Inner CREATE_FAILED User: arn:aws:iam::123456789012:user/alice is not authorized to perform: cloudformation:CreateStack on resource: arn:aws:cloudformation:us-east-1:123456789012:stack/outer-Inner-"),
        "{told:?}"
    );

    let client = lab.cloudformation(&lab.administrator());
    let create = client
        .create_stack()
        .stack_name("deep")
        .on_failure(OnFailure::Delete);
    let url = format!("https://{BUCKET}.s3.amazonaws.com/again.yaml");
    let create = create
        .template_url(url)
        .capabilities(Capability::CapabilityNamedIam);
    let id = create.send().await.unwrap().stack_id().unwrap().to_owned();
    settle(&lab);
    let gone = stack(&client, &id).await;
    assert_eq!(gone.stack_status().unwrap().as_str(), "DELETE_COMPLETE");
    let all = client.list_stacks().send().await.unwrap();
    let all = all.stack_summaries().iter();
    assert_eq!(
        all.filter(|one| one.stack_name() != Some("outer")).count(),
        17
    );
}

#[tokio::test]
async fn what_a_nested_stack_needs_is_said() {
    let lab = Lab::new();
    let client = lab.cloudformation(&lab.administrator());
    let validate = |body: &str| client.validate_template().template_body(body).send();
    let wrong = "Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: x}\nOutputs:\n  A: {Value: !GetAtt Inner.Arn}\n";
    assert_eq!(
        said(validate(wrong).await),
        "ValidationError: Template error: resource Inner does not support attribute type Arn in Fn::GetAtt"
    );
}
