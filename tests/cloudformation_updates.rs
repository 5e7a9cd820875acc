//! Updates that are held back, cancelled and turned back, and templates that lie in a bucket.

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
use aws_sdk_cloudformation::types::{DeploymentConfig, ResourceStatus, StackStatus};
use aws_sdk_s3::primitives::ByteStream;
use jiff::SignedDuration;
use lab::{Lab, said};

const ONE: &str = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: one-of-them\n";
const OTHER: &str = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: another-one\n";
const TAGGED: &str = "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: one-of-them\n      Tags: [{Key: a, Value: b}]\n";
const WITHOUT: &str = "Resources:\n  Group:\n    Type: AWS::S3::Bucket\n";

const KEEP: &str = r#"{"Statement": [
  {"Effect": "Deny", "Action": ["Update:Replace", "Update:Delete"], "Principal": "*", "Resource": "LogicalResourceId/Buck*"},
  {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}
]}"#;

fn lab() -> (Lab, Client) {
    let lab = Lab::new();
    let client = lab.cloudformation(&lab.administrator());
    (lab, client)
}

fn settle(lab: &Lab) {
    while let Some(due) = lab.sandbox.next_due() {
        lab.sandbox.advance(due);
    }
}

async fn create(lab: &Lab, client: &Client, body: &str) {
    let request = client.create_stack().stack_name("test").template_body(body);
    request.send().await.unwrap();
    settle(lab);
}

async fn update(lab: &Lab, client: &Client, body: &str) {
    let request = client.update_stack().stack_name("test").template_body(body);
    request.send().await.unwrap();
    settle(lab);
}

async fn status(client: &Client) -> StackStatus {
    let answer = client.describe_stacks().stack_name("test").send().await;
    answer.unwrap().stacks()[0].stack_status().unwrap().clone()
}

/// The reason of the latest event of that status.
async fn reason(client: &Client, status: &ResourceStatus) -> String {
    let request = client.describe_stack_events().stack_name("test");
    let answer = request.send().await.unwrap();
    let event = answer
        .stack_events()
        .iter()
        .find(|event| event.resource_status() == Some(status));
    let reason = event.unwrap().resource_status_reason();
    reason.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_stack_policy_holds_updates_back() {
    let (lab, client) = lab();
    create(&lab, &client, ONE).await;
    let policy = || async {
        let answer = client.get_stack_policy().stack_name("test").send().await;
        answer.unwrap().stack_policy_body().map(str::to_owned)
    };
    let set = |body: &'static str| {
        let request = client.set_stack_policy().stack_name("test");
        request.stack_policy_body(body).send()
    };
    assert_eq!(policy().await, None);
    set(KEEP).await.unwrap();
    assert_eq!(policy().await.as_deref(), Some(KEEP));

    update(&lab, &client, OTHER).await;
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackComplete);
    assert_eq!(
        reason(&client, &ResourceStatus::UpdateFailed).await,
        "Action denied by stack policy: Statement [#1] does not allow [Update:Replace, Update:Delete] for resource [LogicalResourceId/Buck*];"
    );
    update(&lab, &client, WITHOUT).await;
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackComplete);
    update(&lab, &client, TAGGED).await;
    assert_eq!(status(&client).await, StackStatus::UpdateComplete);

    // What no statement allows is denied; the policy of one update takes the place of the other.
    set(r#"{"Statement": {"Effect": "Allow", "NotAction": "Update:Modify", "Principal": "*", "Resource": "*", "Condition": {"StringEquals": {"ResourceType": ["AWS::S3::Bucket"]}}}}"#)
        .await
        .unwrap();
    update(&lab, &client, ONE).await;
    assert_eq!(
        reason(&client, &ResourceStatus::UpdateFailed).await,
        "Action not allowed by stack policy"
    );
    let during = r#"{"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}"#;
    let request = client.update_stack().stack_name("test").template_body(ONE);
    let request = request.stack_policy_during_update_body(during);
    request.stack_policy_body("{}").send().await.unwrap();
    assert_eq!(policy().await.as_deref(), Some(during));
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::UpdateComplete);
    assert_eq!(policy().await.as_deref(), Some("{}"));
    update(&lab, &client, OTHER).await;
    assert_eq!(status(&client).await, StackStatus::UpdateComplete);
}

#[tokio::test]
async fn stack_policies_that_are_none_are_refused() {
    let (lab, client) = lab();
    create(&lab, &client, ONE).await;
    for body in [
        "no json",
        r#"{"Statement": [{"Effect": "Deny", "Action": "Update:*", "Principal": "somebody", "Resource": "*"}]}"#,
        r#"{"Statement": [{"Effect": "Deny", "Action": "Delete:*", "Principal": "*", "Resource": "*"}]}"#,
    ] {
        let request = client
            .set_stack_policy()
            .stack_name("test")
            .stack_policy_body(body);
        assert_eq!(
            said(request.send().await),
            "ValidationError: Error validating stack policy: Invalid stack policy",
            "{body}"
        );
    }
    let request = client.set_stack_policy().stack_name("test");
    let request = request.stack_policy_body("{}").stack_policy_url("x");
    assert_eq!(
        said(request.send().await),
        "ValidationError: You cannot specify both StackPolicyURL and StackPolicyBody"
    );
}

#[tokio::test]
async fn a_parameter_is_new_or_previous() {
    use aws_sdk_cloudformation::types::Parameter;
    const NAMED: &str = "Parameters: {Name: {Type: String}}\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: !Ref Name\n";
    let (lab, client) = lab();
    let given = |value: &str| {
        Parameter::builder()
            .parameter_key("Name")
            .parameter_value(value)
    };
    let request = client
        .create_stack()
        .stack_name("test")
        .template_body(NAMED);
    let request = request.parameters(given("one-of-them").build());
    request.send().await.unwrap();
    settle(&lab);
    let request = client.update_stack().stack_name("test");
    let both = given("another").use_previous_value(true).build();
    let request = request.use_previous_template(true).parameters(both);
    assert_eq!(
        said(request.send().await),
        "ValidationError: Invalid input for parameter key Name. Cannot specify usePreviousValue as true and non empty value for a parameter"
    );
}

#[tokio::test]
async fn an_update_is_cancelled() {
    let (lab, client) = lab();
    create(&lab, &client, ONE).await;
    let cancel = || client.cancel_update_stack().stack_name("test").send();
    assert_eq!(
        said(cancel().await),
        "ValidationError: CancelUpdateStack cannot be called from current stack status"
    );
    let request = client.update_stack().stack_name("test");
    request.template_body(OTHER).send().await.unwrap();
    lab.sandbox.advance(SignedDuration::from_millis(1_000));
    assert_eq!(status(&client).await, StackStatus::UpdateInProgress);
    cancel().await.unwrap();
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackInProgress);
    assert_eq!(
        reason(&client, &ResourceStatus::UpdateFailed).await,
        "Resource update cancelled"
    );
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackComplete);
    let s3 = lab.s3(&lab.administrator());
    s3.head_bucket().bucket("one-of-them").send().await.unwrap();
    let gone = s3.head_bucket().bucket("another-one").send().await;
    assert!(gone.is_err());
}

#[tokio::test]
async fn a_roll_back_that_failed_goes_on() {
    const BEFORE: &str = r#"
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: rolled-back
      LoggingConfiguration: {DestinationBucketName: logs-go-here}
  Policy:
    Type: AWS::S3::BucketPolicy
    DependsOn: Bucket
    Properties:
      Bucket: rolled-back
      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Deny, Principal: '*', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::rolled-back/*'}]}
"#;
    let after = BEFORE
        .replace(
            "{DestinationBucketName: logs-go-here}",
            "{LogFilePrefix: x}",
        )
        .replace("arn:aws:s3:::rolled-back/*", "arn:aws:s3:::another/*");
    let (lab, client) = lab();
    let s3 = lab.s3(&lab.administrator());
    let logs = || s3.create_bucket().bucket("logs-go-here").send();
    logs().await.unwrap();
    create(&lab, &client, BEFORE).await;
    assert_eq!(status(&client).await, StackStatus::CreateComplete);
    // The update fails at the policy; the bucket cannot go back, for its logs have no place left.
    let request = client.update_stack().stack_name("test");
    request.template_body(after).send().await.unwrap();
    lab.sandbox.advance(SignedDuration::from_millis(700));
    s3.delete_bucket()
        .bucket("logs-go-here")
        .send()
        .await
        .unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackFailed);
    let resume = || client.continue_update_rollback().stack_name("test");
    assert!(said(resume().resources_to_skip("Nobody").send().await).contains("Nobody"));
    resume().send().await.unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackFailed);
    logs().await.unwrap();
    resume().send().await.unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::UpdateRollbackComplete);
    assert!(said(resume().send().await).starts_with("ValidationError: Stack:arn:"));
}

#[tokio::test]
async fn a_failed_creation_is_rolled_back_later() {
    const BROKEN: &str = "Resources:\n  Kept:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n    Properties: {BucketName: kept-one}\n  Bad:\n    Type: AWS::S3::BucketPolicy\n    DependsOn: Kept\n    Properties: {Bucket: nowhere, PolicyDocument: {}}\n";
    let (lab, client) = lab();
    let request = client.create_stack().stack_name("test");
    let request = request.template_body(BROKEN).disable_rollback(true);
    request.send().await.unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::CreateFailed);
    let request = client.rollback_stack().stack_name("test");
    request.retain_except_on_create(true).send().await.unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::RollbackComplete);
    let s3 = lab.s3(&lab.administrator());
    assert!(s3.head_bucket().bucket("kept-one").send().await.is_err());
}

#[tokio::test]
async fn a_template_can_lie_in_a_bucket() {
    let (lab, client) = lab();
    let s3 = lab.s3(&lab.administrator());
    s3.create_bucket().bucket("templates").send().await.unwrap();
    let put = s3.put_object().bucket("templates").key("a b.yaml");
    let body = ByteStream::from_static(ONE.as_bytes());
    put.body(body).send().await.unwrap();
    let from = |url: &str| {
        let request = client.create_stack().stack_name("test");
        request.template_url(url).send()
    };
    for (url, text) in [
        (
            "s3://templates/a.yaml",
            "S3 error: Domain name specified in templates is not a valid S3 domain",
        ),
        (
            "https://example.com/a.yaml",
            "TemplateURL must be a supported URL.",
        ),
        (
            "https://templates.s3.amazonaws.com/none.yaml",
            "S3 error: The specified key does not exist.\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
        ),
    ] {
        assert_eq!(said(from(url).await), format!("ValidationError: {text}"));
    }
    let both = client.create_stack().stack_name("test").template_body(ONE);
    let both = both.template_url("https://templates.s3.amazonaws.com/a");
    assert_eq!(
        said(both.send().await),
        "ValidationError: You cannot specify both Template URL and Template Body."
    );
    from("https://s3.us-east-1.amazonaws.com/templates/a%20b.yaml")
        .await
        .unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::CreateComplete);
    let answer = client
        .validate_template()
        .template_url("http://127.0.0.1:4566/templates/a%20b.yaml");
    answer.send().await.unwrap();
}

/// The CDK and Ansible say what they do not want in every call.
#[tokio::test]
async fn what_is_not_wanted_may_be_said() {
    let (lab, client) = lab();
    let mode = |mode: &str| DeploymentConfig::builder().mode(mode.into()).build();
    let make = |name: &str| {
        let request = client.create_change_set().stack_name("test");
        let request = request.change_set_name(name).template_body(ONE);
        request.change_set_type("CREATE".into())
    };
    let imports = make("imports").import_existing_resources(true);
    assert!(said(imports.send().await).contains("ImportExistingResources"));
    let express = make("express").deployment_config(mode("EXPRESS"));
    assert!(said(express.send().await).contains("EXPRESS"));
    let told = make("told").notification_arns("arn:aws:sns:us-east-1:123456789012:topic");
    assert!(said(told.send().await).contains("NotificationARNs"));
    let nested = "Resources: {S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: \
                  'https://s3.amazonaws.com/b/k'}}}";
    let nested = make("nested").template_body(nested);
    let nested = nested.include_nested_stacks(true).send().await;
    assert!(said(nested).contains("IncludeNestedStacks"));

    let plain = make("plain").import_existing_resources(false);
    let plain = plain.include_nested_stacks(true);
    let plain = plain.set_notification_arns(Some(Vec::new()));
    let plain = plain.deployment_config(mode("STANDARD"));
    plain.send().await.unwrap();
    settle(&lab);
    let described = client.describe_change_set().stack_name("test");
    let described = described.change_set_name("plain").send().await.unwrap();
    assert_eq!(described.include_nested_stacks(), Some(true));
    let execute = client.execute_change_set().stack_name("test");
    execute.change_set_name("plain").send().await.unwrap();
    settle(&lab);
    assert_eq!(status(&client).await, StackStatus::CreateComplete);
    let delete = client.delete_stack().stack_name("test");
    let delete = delete.deployment_config(mode("STANDARD"));
    delete.send().await.unwrap();
}

#[tokio::test]
async fn a_part_of_a_name_that_is_not_known_yet_may_be_selected() {
    let (lab, client) = lab();
    let body = |at: &str| {
        format!(
            "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: one-of-them}}\n  Other:\n    Type: AWS::S3::Bucket\n    Properties:\n      Tags: [{{Key: name, Value: !Select [{at}, !Split [':', !GetAtt Bucket.Arn]]}}]\n"
        )
    };
    create(&lab, &client, &body("5")).await;
    assert_eq!(status(&client).await, StackStatus::CreateComplete);
    let same = client.update_stack().stack_name("test");
    assert_eq!(
        said(same.template_body(body("5")).send().await),
        "ValidationError: No updates are to be performed."
    );
    update(&lab, &client, &body("2")).await;
    assert_eq!(status(&client).await, StackStatus::UpdateComplete);
}

/// CloudFormation API Reference, "ResourceTargetDefinition"; the rows are those that AWS was recorded to give
/// for topics (LocalStack's snapshot tests, 2025).
#[tokio::test]
async fn a_change_set_tells_the_values_of_properties() {
    let (lab, client) = lab();
    let template = |name: &str, secret: &str| {
        format!(
            r#"{{"Parameters": {{"Secret": {{"Type": "String", "NoEcho": true, "Default": "{secret}"}}}},
              "Resources": {{
                "Bucket": {{"Type": "AWS::S3::Bucket", "Properties": {{"BucketName": "{name}"}}}},
                "Group": {{"Type": "AWS::S3::Bucket", "Properties": {{"Tags": [
                    {{"Key": "of", "Value": {{"Fn::Sub": "${{Bucket}}/x"}}}},
                    {{"Key": "arn", "Value": {{"Fn::Select": [5, {{"Fn::Split": [":", {{"Fn::GetAtt": "Bucket.Arn"}}]}}]}}}},
                    {{"Key": "secret", "Value": {{"Ref": "Secret"}}}}]}}}}}}}}"#
        )
    };
    let changes = async |name: &str, kind: &str, body: &str| {
        let make = client.create_change_set().stack_name("test");
        let make = make.change_set_name(name).template_body(body);
        make.change_set_type(kind.into()).send().await.unwrap();
        settle(&lab);
        let describe = client.describe_change_set().stack_name("test");
        let describe = describe.change_set_name(name).include_property_values(true);
        let described = describe.send().await.unwrap();
        let rows: Vec<_> = described
            .changes()
            .iter()
            .map(|row| row.resource_change().unwrap().clone())
            .collect();
        rows
    };
    let rows = changes("first", "CREATE", &template("one-of-them", "sesame")).await;
    assert_eq!(
        rows[0].after_context(),
        Some(r#"{"Properties":{"BucketName":"one-of-them"}}"#)
    );
    assert_eq!(rows[0].before_context(), None);
    let review = client.get_template().stack_name("test").send().await;
    assert_eq!(review.unwrap().template_body(), None);
    let unknown = "{{changeSet:KNOWN_AFTER_APPLY}}";
    let after = rows[1].after_context().unwrap();
    assert!(after.contains(&format!(r#""{unknown}/x""#)), "{after}");
    assert!(
        after.contains("****") && !after.contains("sesame"),
        "{after}"
    );
    let execute = client.execute_change_set().stack_name("test");
    execute.change_set_name("first").send().await.unwrap();
    settle(&lab);

    let rows = changes("second", "UPDATE", &template("another-one", "sesame")).await;
    assert_eq!(
        rows[0].before_context(),
        Some(r#"{"Properties":{"BucketName":"one-of-them"}}"#)
    );
    assert_eq!(
        rows[0].policy_action().unwrap().as_str(),
        "ReplaceAndDelete"
    );
    let target = rows[0].details()[0].target().unwrap();
    assert_eq!(target.path(), Some("/Properties/BucketName"));
    assert_eq!(target.before_value(), Some("one-of-them"));
    assert_eq!(target.after_value(), Some("another-one"));
    assert_eq!(target.attribute_change_type().unwrap().as_str(), "Modify");
    assert!(rows[1].before_context().unwrap().contains("one-of-them/x"));

    let describe = client.describe_change_set().stack_name("test");
    let plain = describe.change_set_name("second").send().await.unwrap();
    let row = plain.changes()[0].resource_change().unwrap();
    assert_eq!((row.before_context(), row.after_context()), (None, None));
    assert_eq!(row.details()[0].target().unwrap().path(), None);
}
