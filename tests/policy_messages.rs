//! AWS's message of a denial, for each policy type and in each service's manner.

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

use std::sync::Arc;

use rolecall::policy::{
    Context, Document, DocumentKind, Policies, Policy, Principal, Request, ResourceWords, evaluate,
};

const ACCOUNT: &str = "555566667777";
const USER: &str = "arn:aws:iam::555566667777:user/dana";
const SESSION: &str = "arn:aws:sts::555566667777:assumed-role/worker/run-7";

fn document(statements: &str, kind: DocumentKind) -> Document {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    Document::parse(&text, kind).expect("a policy of the test")
}

fn policy(statements: &str, kind: DocumentKind) -> Policy {
    Policy::new("test", document(statements, kind))
}

const ALLOW: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const DENY: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;
const OTHER: &str = r#"{"Effect":"Allow","Action":"other:*","Resource":"*"}"#;

fn message(caller: &str, action: &str, resource: &str, policies: &Policies) -> Option<String> {
    let principal = Principal::from_arn(caller).expect("a caller");
    let request = Request::new(principal, action, resource, Context::new());
    evaluate(&request, policies).message(&request, policies)
}

fn denied(caller: &str, action: &str, resource: &str, policies: &Policies) -> String {
    message(caller, action, resource, policies).expect("a denial")
}

#[test]
fn the_resource_is_named_as_the_operation_names_it() {
    let user = |path: &str| format!("arn:aws:iam::{ACCOUNT}:user/{path}");
    let policy = format!("arn:aws:iam::{ACCOUNT}:policy/team/Read");
    let stack = format!("arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/lab/*");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app/worker");
    let cases: Vec<(&str, String, String)> = vec![
        (
            "iam:ListUsers",
            user(""),
            format!(" on resource: {}", user("")),
        ),
        (
            "iam:CreateUser",
            user("eng/new"),
            format!(" on resource: {}", user("eng/new")),
        ),
        (
            "iam:GetUser",
            user("eng/finn"),
            " on resource: user finn".into(),
        ),
        (
            "iam:CreateAccessKey",
            user("finn"),
            " on resource: user finn".into(),
        ),
        (
            "iam:PutUserPolicy",
            user("finn"),
            " on resource: user finn".into(),
        ),
        (
            "iam:AttachRolePolicy",
            role.clone(),
            " on resource: role worker".into(),
        ),
        (
            "iam:CreateRole",
            role.clone(),
            format!(" on resource: {role}"),
        ),
        (
            "iam:PassRole",
            role.clone(),
            format!(" on resource: {role}"),
        ),
        (
            "iam:SimulatePrincipalPolicy",
            user("finn"),
            format!(" on resource: {}", user("finn")),
        ),
        (
            "iam:CreatePolicy",
            policy.clone(),
            " on resource: policy Read".into(),
        ),
        (
            "iam:CreatePolicyVersion",
            policy.clone(),
            format!(" on resource: policy {policy}"),
        ),
        (
            "s3:ListAllMyBuckets",
            "arn:aws:s3:::*".into(),
            String::new(),
        ),
        (
            "s3:ListBucket",
            "arn:aws:s3:::papers".into(),
            " on resource: \"arn:aws:s3:::papers\"".into(),
        ),
        (
            "cloudformation:CreateStack",
            stack.clone(),
            format!(" on resource: {stack}"),
        ),
        ("sts:DecodeAuthorizationMessage", "*".into(), String::new()),
    ];
    for (action, resource, on) in cases {
        let expected = format!(
            "User: {USER} is not authorized to perform: {action}{on} because no identity-based policy allows the {action} action"
        );
        assert_eq!(
            denied(USER, action, &resource, &Policies::default()),
            expected
        );
    }
}

#[test]
fn each_policy_type_has_its_reason() {
    let identity = |text| Arc::new(vec![policy(text, DocumentKind::Identity)]);
    let allowed = || Policies {
        identity: identity(ALLOW),
        ..Policies::default()
    };
    let bucket = |statement: &str| Some(policy(statement, DocumentKind::Bucket));
    let scp = |text| vec![vec![policy(text, DocumentKind::ServiceControl)]];
    let public = |effect: &str| {
        format!(r#"{{"Effect":"{effect}","Principal":"*","Action":"*","Resource":"*"}}"#)
    };
    let cases: Vec<(Policies, &str)> = vec![
        (
            Policies {
                identity: identity(DENY),
                ..allowed()
            },
            " with an explicit deny in an identity-based policy",
        ),
        (
            Policies {
                boundary: Some(policy(OTHER, DocumentKind::Boundary)),
                ..allowed()
            },
            " because no permissions boundary allows the s3:GetObject action",
        ),
        (
            Policies {
                boundary: Some(policy(DENY, DocumentKind::Boundary)),
                ..allowed()
            },
            " with an explicit deny in a permissions boundary",
        ),
        (
            Policies {
                session: vec![policy(OTHER, DocumentKind::Session)],
                ..allowed()
            },
            " because no session policy allows the s3:GetObject action",
        ),
        (
            Policies {
                session: vec![policy(DENY, DocumentKind::Session)],
                ..allowed()
            },
            " with an explicit deny in a session policy",
        ),
        (
            Policies {
                resource: bucket(&public("Deny")),
                ..allowed()
            },
            " with an explicit deny in a resource-based policy",
        ),
        (
            Policies {
                service_control: scp(OTHER),
                ..allowed()
            },
            " because no service control policy allows the s3:GetObject action",
        ),
        (
            Policies {
                service_control: scp(DENY),
                ..allowed()
            },
            " with an explicit deny in a service control policy",
        ),
        (
            Policies {
                resource_control: vec![vec![policy(
                    &public("Deny"),
                    DocumentKind::ResourceControl,
                )]],
                ..allowed()
            },
            " with an explicit deny in a resource control policy",
        ),
    ];
    for (policies, reason) in cases {
        let expected = format!(
            "User: {SESSION} is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::papers/x\"{reason}"
        );
        assert_eq!(
            denied(SESSION, "s3:GetObject", "arn:aws:s3:::papers/x", &policies),
            expected
        );
    }
    assert_eq!(
        message(SESSION, "s3:GetObject", "arn:aws:s3:::papers/x", &allowed()),
        None
    );
}

#[test]
fn a_managed_policy_that_denies_is_named() {
    let arn = "arn:aws:iam::555566667777:policy/guard";
    let guard = policy(DENY, DocumentKind::Identity).with_arn(arn);
    let policies = Policies {
        identity: vec![guard].into(),
        ..Policies::default()
    };
    let text = denied(USER, "iam:GetUser", USER, &policies);
    assert!(
        text.ends_with(&format!(
            " with an explicit deny in an identity-based policy: {arn}"
        )),
        "{text}"
    );
}

#[test]
fn sts_gives_no_reason_for_a_role_that_is_not_assumed() {
    let role = "arn:aws:iam::555566667777:role/app/worker";
    let trust = r#"{"Effect":"Deny","Principal":"*","Action":"sts:*"}"#;
    let silent = r#"{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}"#;
    for action in ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] {
        for statement in [trust, silent] {
            let policies = Policies {
                resource: Some(policy(statement, DocumentKind::Trust)),
                ..Policies::default()
            };
            assert_eq!(
                denied(USER, action, role, &policies),
                format!("User: {USER} is not authorized to perform: {action} on resource: {role}")
            );
        }
    }
    let root = "arn:aws:iam::555566667777:root";
    let policies = Policies {
        resource: Some(policy(
            r#"{"Effect":"Allow","Principal":{"AWS":"555566667777"},"Action":"sts:AssumeRole"}"#,
            DocumentKind::Trust,
        )),
        ..Policies::default()
    };
    assert_eq!(
        denied(root, "sts:AssumeRole", role, &policies),
        "Roles may not be assumed by root accounts."
    );
}

#[test]
fn s3_tells_strangers_nothing() {
    let request = Request::new(
        Principal::anonymous(),
        "s3:GetObject",
        "arn:aws:s3:::papers/x",
        Context::new(),
    )
    .owned_by(ACCOUNT);
    let decision = evaluate(&request, &Policies::default());
    let message = decision.message(&request, &Policies::default());
    assert_eq!(message.as_deref(), Some("Access Denied"));

    let foreign = Principal::from_arn("arn:aws:iam::888899990000:user/erin").expect("a caller");
    let mut request = Request::new(
        foreign,
        "s3:GetObject",
        "arn:aws:s3:::papers/x",
        Context::new(),
    )
    .owned_by(ACCOUNT);
    let decision = evaluate(&request, &Policies::default());
    let message = decision.message(&request, &Policies::default());
    assert_eq!(message.as_deref(), Some("Access Denied"));

    request.context.insert("aws:PrincipalOrgID", "o-lab");
    request.context.insert("aws:ResourceOrgID", "o-lab");
    let allowed = Policies {
        identity: vec![policy(ALLOW, DocumentKind::Identity)].into(),
        ..Policies::default()
    };
    let decision = evaluate(&request, &allowed);
    let message = decision.message(&request, &allowed).expect("a denial");
    assert!(
        message.ends_with("because no resource-based policy allows the s3:GetObject action"),
        "{message}"
    );
}

#[test]
fn a_service_may_name_the_resource_itself() {
    let principal = Principal::from_arn(USER).expect("a caller");
    let request = Request::new(principal, "iam:GetUser", USER, Context::new());
    let policies = Policies::default();
    let decision = evaluate(&request, &policies);
    let words = ResourceWords::Words("user nulldana".to_owned());
    let message = decision
        .message_naming(&request, &policies, &words)
        .expect("a denial");
    assert!(
        message.contains("iam:GetUser on resource: user nulldana because"),
        "{message}"
    );
    let message = decision.message_naming(&request, &policies, &ResourceWords::Absent);
    assert!(message.expect("a denial").contains("iam:GetUser because"));
}
