//! The question: may dana read an object, under a policy of so many statements, the last of which
//! allows it?
//!
//! Of the others one quarter names other resources, one quarter matches action and resource and
//! fails on a tag, one quarter denies other actions, one quarter allows another service; all have
//! conditions.

use serde_json::{Value, json};

pub const CALLER: &str = "arn:aws:iam::555566667777:user/dana";
pub const ACCOUNT: &str = "555566667777";
pub const ACTION: &str = "s3:GetObject";
pub const RESOURCE: &str = "arn:aws:s3:::papers/dana/2026/plan.txt";
pub const ADDRESS: &str = "203.0.113.77";

/// The request's context, as text.
pub const CONTEXT: [(&str, &str); 9] = [
    ("aws:PrincipalArn", CALLER),
    ("aws:username", "dana"),
    ("aws:userid", "AIDADANADANADANADANA1"),
    ("aws:PrincipalAccount", ACCOUNT),
    ("aws:PrincipalTag/team", "blue"),
    ("aws:RequestedRegion", "eu-west-1"),
    ("aws:SecureTransport", "true"),
    ("aws:SourceIp", ADDRESS),
    ("aws:CurrentTime", "2026-03-01T12:00:00Z"),
];

/// The policy in AWS's language.
pub fn iam(size: usize) -> String {
    let mut statements: Vec<Value> = (0..size - 1).map(other).collect();
    statements.push(json!({
        "Sid": "Own", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": "arn:aws:s3:::papers/${aws:username}/*",
        "Condition": {
            "StringEquals": {"aws:PrincipalTag/team": ["red", "blue"]},
            "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
            "Bool": {"aws:SecureTransport": "true"}
        }
    }));
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn other(number: usize) -> Value {
    let sid = format!("S{number}");
    match number % 4 {
        0 => json!({
            "Sid": sid, "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": format!("arn:aws:s3:::data-{number}/*"),
            "Condition": {
                "StringEquals": {"aws:PrincipalTag/team": "blue"},
                "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "203.0.113.0/24"]}
            }
        }),
        1 => json!({
            "Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::papers/*",
            "Condition": {"StringEquals": {"aws:PrincipalTag/team": format!("team-{number}")}}
        }),
        2 => json!({
            "Sid": sid, "Effect": "Deny", "Action": ["s3:DeleteObject", "s3:PutBucketPolicy"],
            "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}
        }),
        _ => json!({
            "Sid": sid, "Effect": "Allow", "Action": "ec2:*", "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:RequestedRegion": "eu-west-1"},
                "StringLike": {"aws:PrincipalTag/team": "b*"}
            }
        }),
    }
}

/// The same policy in Cedar's language, a policy for each statement.
pub fn cedar(size: usize) -> String {
    let mut policies: Vec<String> = (0..size - 1)
        .map(|number| match number % 4 {
            0 => format!(
                r#"permit(principal, action in [Action::"s3:GetObject", Action::"s3:PutObject"], resource)
                   when {{ resource.arn like "arn:aws:s3:::data-{number}/*" && principal.team == "blue"
                     && (context.ip.isInRange(ip("10.0.0.0/8")) || context.ip.isInRange(ip("203.0.113.0/24"))) }};"#
            ),
            1 => format!(
                r#"permit(principal, action in Action::"s3", resource)
                   when {{ resource.arn like "arn:aws:s3:::papers/*" && principal.team == "team-{number}" }};"#
            ),
            2 => r#"forbid(principal, action in [Action::"s3:DeleteObject", Action::"s3:PutBucketPolicy"], resource)
                   when { context.tls == false };"#
                .to_owned(),
            _ => r#"permit(principal, action in Action::"ec2", resource)
                   when { context.region == "eu-west-1" && principal.team like "b*" };"#
                .to_owned(),
        })
        .collect();
    policies.push(
        r#"permit(principal, action in [Action::"s3:GetObject", Action::"s3:PutObject"], resource)
           when { resource.arn like "arn:aws:s3:::papers/*" && resource.owner == principal.name
             && ["red", "blue"].contains(principal.team)
             && context.ip.isInRange(ip("203.0.113.0/24")) && context.tls };"#
            .to_owned(),
    );
    policies.join("\n")
}
