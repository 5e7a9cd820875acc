//! The command lines of the founding lab.

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

use std::io;

use rolecall::awscli::{self, Action, Configure, Files, S3};
use serde_json::json;

struct Folder;

impl Files for Folder {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match path {
            "iam-role.yaml" => Ok(b"Resources: {}\n".to_vec()),
            "policy.json" => Ok(b"{\"Version\": \"2012-10-17\"}".to_vec()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

fn action(text: &str) -> Action {
    match awscli::parse(text, &Folder) {
        Ok(command) => command.action,
        Err(error) => panic!("{text}: {}", error.stderr()),
    }
}

#[test]
fn every_command_of_the_lab_is_understood() {
    let calls = [
        (
            "aws iam create-user --user-name sts-example-user",
            "CreateUser",
            json!({"UserName": "sts-example-user"}),
        ),
        (
            "aws iam create-access-key --user-name u --output table",
            "CreateAccessKey",
            json!({"UserName": "u"}),
        ),
        (
            "aws sts get-caller-identity --profile sts",
            "GetCallerIdentity",
            json!({}),
        ),
        (
            "aws iam put-user-policy \\\n  --user-name u \\\n  --policy-name StsPolicy \\\n  --policy-document file://policy.json",
            "PutUserPolicy",
            json!({"UserName": "u", "PolicyName": "StsPolicy", "PolicyDocument": "{\"Version\": \"2012-10-17\"}"}),
        ),
        (
            "aws cloudformation describe-stack-resources --stack-name s",
            "DescribeStackResources",
            json!({"StackName": "s"}),
        ),
        (
            "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/r --role-session-name lab --duration-seconds 900",
            "AssumeRole",
            json!({"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "lab", "DurationSeconds": 900}),
        ),
        (
            "aws cloudformation delete-stack --stack-name s",
            "DeleteStack",
            json!({"StackName": "s"}),
        ),
        (
            "aws s3api list-objects-v2 --bucket b",
            "ListObjectsV2",
            json!({"Bucket": "b"}),
        ),
    ];
    for (text, operation, input) in calls {
        match action(text) {
            Action::Call(call) => {
                assert_eq!(call.operation.name, operation, "{text}");
                assert_eq!(serde_json::Value::Object(call.input), input, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(
        matches!(action("aws s3 ls --profile sts"), Action::S3(S3::Ls(ls)) if ls.uri.is_none())
    );
    assert!(matches!(
        action("aws s3 ls s3://b/p/q"),
        Action::S3(S3::Ls(ls)) if ls.uri.as_ref().is_some_and(|uri| uri.bucket == "b" && uri.key == "p/q")
    ));
    assert!(matches!(
        action("aws cloudformation deploy --template-file iam-role.yaml --stack-name sts-example --capabilities CAPABILITY_NAMED_IAM"),
        Action::Deploy(deploy) if deploy.template == "Resources: {}\n" && deploy.capabilities == ["CAPABILITY_NAMED_IAM"]
    ));
    assert!(matches!(
        action("aws cloudformation wait stack-delete-complete --stack-name s"),
        Action::Wait(wait) if wait.waiter.name == "StackDeleteComplete"
    ));
    assert!(matches!(
        action("aws configure set aws_secret_access_key x/y+z --profile sts"),
        Action::Configure(Configure::Set { name, value }) if name == "aws_secret_access_key" && value.expose() == "x/y+z"
    ));
}
