//! What stacks make of each resource type's properties, seen through the services themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that panics has found something"
)]

mod lab;

use aws_sdk_cloudformation::types::{Capability, Stack};
use lab::{Lab, said};

struct Made {
    lab: Lab,
}

impl Made {
    /// Creates the stack `test` and waits for its end.
    async fn new(body: &str) -> Self {
        let made = Self { lab: Lab::new() };
        let client = made.lab.cloudformation(&made.lab.administrator());
        client
            .create_stack()
            .stack_name("test")
            .template_body(body)
            .capabilities(Capability::CapabilityNamedIam)
            .send()
            .await
            .unwrap();
        made.settle();
        made
    }

    /// The same with a template to update to.
    async fn update(&self, body: &str) {
        let client = self.lab.cloudformation(&self.lab.administrator());
        client
            .update_stack()
            .stack_name("test")
            .template_body(body)
            .capabilities(Capability::CapabilityNamedIam)
            .send()
            .await
            .unwrap();
        self.settle();
    }

    fn settle(&self) {
        while let Some(due) = self.lab.sandbox.next_due() {
            self.lab.sandbox.advance(due);
        }
    }

    async fn stack(&self) -> Stack {
        let client = self.lab.cloudformation(&self.lab.administrator());
        let answer = client.describe_stacks().stack_name("test").send().await;
        answer.unwrap().stacks()[0].clone()
    }

    async fn status(&self) -> String {
        self.stack().await.stack_status().unwrap().to_string()
    }

    async fn output(&self, key: &str) -> String {
        let stack = self.stack().await;
        let output = stack
            .outputs()
            .iter()
            .find(|output| output.output_key() == Some(key));
        output.unwrap().output_value().unwrap().to_owned()
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        self.lab.s3(&self.lab.administrator())
    }

    fn iam(&self) -> aws_sdk_iam::Client {
        self.lab.iam(&self.lab.administrator())
    }
}

#[tokio::test]
async fn a_bucket_has_the_settings_of_its_properties() {
    let made = Made::new(
        r#"
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: settings-test
      CorsConfiguration:
        CorsRules:
          - AllowedMethods: [GET]
            AllowedOrigins: ["https://example.com"]
            ExposedHeaders: [ETag]
            Id: one
            MaxAge: 60
      LifecycleConfiguration:
        TransitionDefaultMinimumObjectSize: varies_by_storage_class
        Rules:
          - Id: old
            Status: Enabled
            Prefix: logs/
            TagFilters: [{Key: kind, Value: log}]
            ExpirationInDays: 30
            Transitions: [{StorageClass: STANDARD_IA, TransitionInDays: 10}]
            NoncurrentVersionTransitions: [{StorageClass: GLACIER, TransitionInDays: 5}]
          - Id: parts
            Status: Disabled
            AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}
      LoggingConfiguration: {LogFilePrefix: log/}
      WebsiteConfiguration:
        IndexDocument: index.html
        ErrorDocument: error.html
        RoutingRules:
          - RoutingRuleCondition: {KeyPrefixEquals: docs/}
            RedirectRule: {ReplaceKeyPrefixWith: documents/}
      AccelerateConfiguration: {AccelerationStatus: Enabled}
"#,
    )
    .await;
    assert_eq!(made.status().await, "CREATE_COMPLETE");
    let s3 = made.s3();
    let bucket = "settings-test";

    let cors = s3.get_bucket_cors().bucket(bucket).send().await.unwrap();
    let rule = &cors.cors_rules()[0];
    assert_eq!(rule.id(), Some("one"));
    assert_eq!(rule.expose_headers(), ["ETag"]);
    assert_eq!(rule.max_age_seconds(), Some(60));

    let lifecycle = s3
        .get_bucket_lifecycle_configuration()
        .bucket(bucket)
        .send()
        .await
        .unwrap();
    let least = lifecycle.transition_default_minimum_object_size().unwrap();
    assert_eq!(least.as_str(), "varies_by_storage_class");
    let [old, parts] = lifecycle.rules() else {
        panic!("two rules, not {:?}", lifecycle.rules());
    };
    assert_eq!(old.expiration().unwrap().days(), Some(30));
    assert_eq!(old.transitions()[0].days(), Some(10));
    assert_eq!(
        old.noncurrent_version_transitions()[0].noncurrent_days(),
        Some(5)
    );
    let both = old.filter().unwrap().and().unwrap();
    assert_eq!(
        (both.prefix(), both.tags()[0].key()),
        (Some("logs/"), "kind")
    );
    assert_eq!(parts.filter().unwrap().prefix(), Some(""));

    let logging = s3.get_bucket_logging().bucket(bucket).send().await.unwrap();
    let logging = logging.logging_enabled().unwrap();
    assert_eq!(
        (logging.target_bucket(), logging.target_prefix()),
        (bucket, "log/")
    );

    let website = s3.get_bucket_website().bucket(bucket).send().await.unwrap();
    assert_eq!(website.index_document().unwrap().suffix(), "index.html");
    assert_eq!(website.error_document().unwrap().key(), "error.html");
    let rule = &website.routing_rules()[0];
    assert_eq!(rule.condition().unwrap().key_prefix_equals(), Some("docs/"));
    assert_eq!(
        rule.redirect().unwrap().replace_key_prefix_with(),
        Some("documents/")
    );

    let accelerate = s3
        .get_bucket_accelerate_configuration()
        .bucket(bucket)
        .send()
        .await
        .unwrap();
    assert_eq!(accelerate.status().unwrap().as_str(), "Enabled");

    made.update("Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: settings-test\n")
        .await;
    assert_eq!(made.status().await, "UPDATE_COMPLETE");
    assert!(
        said(s3.get_bucket_cors().bucket(bucket).send().await)
            .starts_with("NoSuchCORSConfiguration")
    );
    assert!(
        said(s3.get_bucket_website().bucket(bucket).send().await)
            .starts_with("NoSuchWebsiteConfiguration")
    );
    let logging = s3.get_bucket_logging().bucket(bucket).send().await.unwrap();
    assert!(logging.logging_enabled().is_none());
}

#[tokio::test]
async fn an_inline_policy_can_be_a_resource_of_its_own() {
    let body = |action: &str| {
        let document = format!(
            "{{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: '{action}', Resource: '*'}}]}}"
        );
        let holders = ["Role", "User", "Group"].map(|kind| {
            let trust = if kind == "Role" {
                "      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {AWS: '123456789012'}, Action: 'sts:AssumeRole'}]}\n"
            } else {
                ""
            };
            format!(
                "  {kind}:\n    Type: AWS::IAM::{kind}\n    Properties:\n      {kind}Name: its-{kind}\n{trust}  {kind}Policy:\n    Type: AWS::IAM::{kind}Policy\n    Properties:\n      PolicyName: inline\n      {kind}Name: !Ref {kind}\n      PolicyDocument: {document}\n"
            )
        });
        format!(
            "Resources:\n{}Outputs:\n  Id:\n    Value: !Ref RolePolicy\n",
            holders.concat()
        )
    };
    let made = Made::new(&body("s3:ListBucket")).await;
    assert_eq!(made.status().await, "CREATE_COMPLETE");
    assert_eq!(made.output("Id").await, "inline|its-Role");
    made.update(&body("s3:GetObject")).await;
    let iam = made.iam();
    let role = iam
        .get_role_policy()
        .role_name("its-Role")
        .policy_name("inline");
    assert!(
        role.send()
            .await
            .unwrap()
            .policy_document()
            .contains("GetObject")
    );
    let user = iam
        .get_user_policy()
        .user_name("its-User")
        .policy_name("inline");
    assert!(
        user.send()
            .await
            .unwrap()
            .policy_document()
            .contains("GetObject")
    );
    let group = iam
        .get_group_policy()
        .group_name("its-Group")
        .policy_name("inline");
    assert!(
        group
            .send()
            .await
            .unwrap()
            .policy_document()
            .contains("GetObject")
    );

    let client = made.lab.cloudformation(&made.lab.administrator());
    client
        .delete_stack()
        .stack_name("test")
        .send()
        .await
        .unwrap();
    made.settle();
    assert!(said(iam.get_role().role_name("its-Role").send().await).starts_with("NoSuchEntity"));
}

#[tokio::test]
async fn an_identity_provider_and_a_service_linked_role_follow_their_properties() {
    let template = |clients: &str, text: &str| {
        format!(
            r#"
Resources:
  GitHub:
    Type: AWS::IAM::OIDCProvider
    Properties:
      Url: https://token.actions.githubusercontent.com
      ClientIdList: {clients}
      Tags: [{{Key: team, Value: red}}]
  Linked:
    Type: AWS::IAM::ServiceLinkedRole
    Properties:
      AWSServiceName: autoscaling.amazonaws.com
      CustomSuffix: lab
      Description: {text}
Outputs:
  Provider: {{Value: !GetAtt GitHub.Arn}}
  Same: {{Value: !Ref GitHub}}
  Role: {{Value: !GetAtt Linked.RoleName}}
"#
        )
    };
    let made = Made::new(&template("[sts.amazonaws.com, old]", "first")).await;
    assert_eq!(made.status().await, "CREATE_COMPLETE");
    let arn = made.output("Provider").await;
    assert_eq!(
        arn,
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    );
    assert_eq!(made.output("Same").await, arn);
    let name = made.output("Role").await;
    assert_eq!(name, "AWSServiceRoleForAutoScaling_lab");

    made.update(&template("[sts.amazonaws.com, new]", "second"))
        .await;
    assert_eq!(made.status().await, "UPDATE_COMPLETE");
    let iam = made.iam();
    let provider = iam
        .get_open_id_connect_provider()
        .open_id_connect_provider_arn(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(provider.client_id_list(), ["sts.amazonaws.com", "new"]);
    assert!(provider.tags().iter().any(|tag| tag.key() == "team"));
    let role = iam.get_role().role_name(&name).send().await.unwrap();
    assert_eq!(role.role().unwrap().description(), Some("second"));

    let client = made.lab.cloudformation(&made.lab.administrator());
    client
        .delete_stack()
        .stack_name("test")
        .send()
        .await
        .unwrap();
    made.settle();
    assert!(iam.get_role().role_name(&name).send().await.is_err());
    let left = iam.list_open_id_connect_providers().send().await.unwrap();
    assert!(left.open_id_connect_provider_list().is_empty());
}

#[tokio::test]
async fn an_identity_provider_alone_needs_no_capability() {
    let lab = Lab::new();
    let client = lab.cloudformation(&lab.administrator());
    let answer = client
        .validate_template()
        .template_body(r#"{"Resources":{"P":{"Type":"AWS::IAM::OIDCProvider","Properties":{"Url":"https://idp.example.com"}}}}"#)
        .send()
        .await
        .unwrap();
    assert!(answer.capabilities().is_empty());
}

#[tokio::test]
async fn what_the_cdk_says_of_itself_has_the_id_of_the_stack() {
    let template = |version: &str| {
        format!(
            r#"{{"Resources":{{"CDKMetadata":{{"Type":"AWS::CDK::Metadata","Properties":{{"Analytics":"{version}"}}}}}}}}"#
        )
    };
    let made = Made::new(&template("v2:deflate64:1")).await;
    assert_eq!(made.status().await, "CREATE_COMPLETE");
    made.update(&template("v2:deflate64:2")).await;
    assert_eq!(made.status().await, "UPDATE_COMPLETE");
    let client = made.lab.cloudformation(&made.lab.administrator());
    let described = client.describe_stack_resources().stack_name("test");
    let described = described.send().await.unwrap();
    let resource = &described.stack_resources()[0];
    assert_eq!(resource.resource_type(), Some("AWS::CDK::Metadata"));
    let status = resource.resource_status().unwrap();
    assert_eq!(status.as_str(), "UPDATE_COMPLETE");
    let id = resource.physical_resource_id().unwrap();
    let stack = resource.stack_id().unwrap();
    assert_eq!(stack.rsplit('/').next(), Some(id));
}

/// Source: CloudFormation API Reference, "DescribeStackResources".
#[tokio::test]
async fn the_first_hundred_resources_are_described_and_all_are_listed() {
    let groups: Vec<String> = (0..101)
        .map(|number| format!(r#""G{number}":{{"Type":"AWS::IAM::Group"}}"#))
        .collect();
    let made = Made::new(&format!(r#"{{"Resources":{{{}}}}}"#, groups.join(","))).await;
    assert_eq!(made.status().await, "CREATE_COMPLETE");
    let client = made.lab.cloudformation(&made.lab.administrator());
    let described = client
        .describe_stack_resources()
        .stack_name("test")
        .send()
        .await
        .unwrap();
    assert_eq!(described.stack_resources().len(), 100);
    let mut pages = client
        .list_stack_resources()
        .stack_name("test")
        .into_paginator()
        .items()
        .send();
    let mut listed = 0;
    while let Some(summary) = pages.next().await {
        summary.unwrap();
        listed += 1;
    }
    assert_eq!(listed, 101);
}
