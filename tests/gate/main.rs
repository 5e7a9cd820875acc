//! What the gate asks: for each operation, made by the genuine SDK, the actions, the resources and
//! the request context.
//!
//! Source of the expectations: Service Authorization Reference (actions, resources and condition
//! keys of IAM, STS, Amazon S3 and CloudFormation) and the pages named at each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    deprecated,
    reason = "a test that panics has found something"
)]

mod actions;
mod callers;
#[path = "../lab/mod.rs"]
mod lab;
mod s3;
mod simulations;

use std::collections::BTreeMap;

use aws_sdk_iam::operation::RequestId as _;
use lab::{GLOBAL, Lab, said};
use rolecall::sandbox::Credentials;
use rolecall::secret::Secret;

const TRUST_ROOT: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}"#;
const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ADMIN_POLICY: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// `action resource key=value …` of each decision, without the keys that are always there.
fn asked(lab: &Lab, id: Option<&str>) -> Vec<String> {
    let shown = |(asked, keys): (String, BTreeMap<String, String>)| {
        let own = keys
            .iter()
            .filter(|(key, value)| {
                let owner = key.as_str() == "aws:ResourceAccount" && *value == "123456789012";
                !owner && !GLOBAL.contains(&key.as_str())
            })
            .map(|(key, value)| format!(" {key}={value}"));
        asked + &own.collect::<String>()
    };
    lab.asked(id.expect("an answer has a request id"))
        .into_iter()
        .map(shown)
        .collect()
}

/// What a call is asked with, whether it succeeds or not.
macro_rules! asks {
    ($lab:expr, $call:expr, [$($line:expr),* $(,)?]) => {{
        let id = match $call.send().await {
            Ok(answer) => answer.request_id().map(str::to_owned),
            Err(error) => error.request_id().map(str::to_owned),
        };
        let expected: Vec<String> = vec![$($line.to_string()),*];
        assert_eq!(asked(&$lab, id.as_deref()), expected, "{}", stringify!($call));
    }};
}
use asks;

fn session(credentials: Option<&aws_sdk_sts::types::Credentials>) -> Credentials {
    let credentials = credentials.unwrap();
    Credentials {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: Secret::new(credentials.secret_access_key()),
        session_token: Some(Secret::new(credentials.session_token())),
    }
}

fn tag(key: &str, value: &str) -> aws_sdk_iam::types::Tag {
    aws_sdk_iam::types::Tag::builder()
        .key(key)
        .value(value)
        .build()
        .unwrap()
}
