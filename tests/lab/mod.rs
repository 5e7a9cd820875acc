//! A sandbox with SDK clients of it, for the tests of the sandbox.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod bucket;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as SdkCredentials;
use jiff::Timestamp;
use rolecall::policy::Value;
use rolecall::sandbox::connector::Connector;
use rolecall::sandbox::{Clock, Credentials, ManualClock, Sandbox, Settings};
use rolecall::secret::Secret;

/// The time at which tests start.
pub const START: &str = "2026-11-23T16:10:00Z";

/// Keys that every signed request has; the test of the global keys looks at them.
pub const GLOBAL: [&str; 13] = [
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalType",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:SourceIp",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:userid",
    "aws:username",
];

fn written(value: &Value) -> String {
    match value {
        Value::One(text) => text.clone(),
        Value::Many(list) => format!("[{}]", list.join(" ")),
    }
}

pub struct Lab {
    pub sandbox: Arc<Sandbox>,
    pub clock: Arc<ManualClock>,
}

/// The lab's clock, as the SDK reads it.
#[derive(Debug, Clone)]
struct Time(Arc<ManualClock>);

impl aws_smithy_async::time::TimeSource for Time {
    fn now(&self) -> SystemTime {
        let seconds = self.0.now().as_second();
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
    }
}

impl Lab {
    pub fn new() -> Self {
        let clock = Arc::new(ManualClock::new(START.parse::<Timestamp>().unwrap()));
        let sandbox = Arc::new(Sandbox::new(Settings::new([7; 32], clock.clone())));
        Self { sandbox, clock }
    }

    /// Keys of the default account's administrator.
    pub fn administrator(&self) -> Credentials {
        self.sandbox
            .administrator(&self.sandbox.default_account())
            .unwrap()
    }

    /// Makes a key of a user of the default account.
    pub async fn key_of(&self, user: &str) -> Credentials {
        let iam = self.iam(&self.administrator());
        let made = iam.create_access_key().user_name(user).send().await;
        let key = made.unwrap().access_key.unwrap();
        Credentials {
            access_key_id: key.access_key_id,
            secret_access_key: Secret::new(key.secret_access_key),
            session_token: None,
        }
    }

    pub fn iam(&self, keys: &Credentials) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_iam::config::Region::new("us-east-1"))
            .http_client(Connector::new(self.sandbox.clone()))
            .time_source(Time(self.clock.clone()))
            .credentials_provider(sdk(keys))
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    pub fn sts(&self, keys: &Credentials) -> aws_sdk_sts::Client {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_sts::config::Region::new("us-east-1"))
            .http_client(Connector::new(self.sandbox.clone()))
            .time_source(Time(self.clock.clone()))
            .credentials_provider(sdk(keys))
            .build();
        aws_sdk_sts::Client::from_conf(config)
    }

    pub fn s3(&self, keys: &Credentials) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_s3::config::Region::new("us-east-1"))
            .http_client(Connector::new(self.sandbox.clone()))
            .time_source(Time(self.clock.clone()))
            .credentials_provider(sdk(keys))
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    pub fn cloudformation(&self, keys: &Credentials) -> aws_sdk_cloudformation::Client {
        let config = aws_sdk_cloudformation::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_cloudformation::config::Region::new("us-east-1"))
            .http_client(Connector::new(self.sandbox.clone()))
            .time_source(Time(self.clock.clone()))
            .credentials_provider(sdk(keys))
            .build();
        aws_sdk_cloudformation::Client::from_conf(config)
    }
}

fn sdk(keys: &Credentials) -> SdkCredentials {
    SdkCredentials::new(
        &keys.access_key_id,
        keys.secret_access_key.expose(),
        keys.session_token
            .as_ref()
            .map(|token| token.expose().to_owned()),
        None,
        "lab",
    )
}

/// `Code: message` of a failed call.
pub fn said<T: std::fmt::Debug, E, R>(
    result: Result<T, aws_smithy_runtime_api::client::result::SdkError<E, R>>,
) -> String
where
    E: aws_smithy_types::error::metadata::ProvideErrorMetadata,
{
    match result {
        Ok(answer) => panic!("answered {answer:?}"),
        Err(error) => match error.as_service_error() {
            Some(error) => {
                let meta = error.meta();
                format!(
                    "{}: {}",
                    meta.code().unwrap_or_default(),
                    meta.message().unwrap_or_default()
                )
            }
            None => panic!("no answer of the service"),
        },
    }
}

impl Lab {
    /// Sends a request to one of the sandbox's own paths, signed by the administrator.
    pub fn control(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        use rolecall::sigv4::{Signature, amz_date, hmac, sha256};
        let keys = self.administrator();
        let date = amz_date(self.clock.now());
        let header = |signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={}/{}/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}",
                keys.access_key_id,
                &date[..8]
            )
        };
        let build = |authorization: String| {
            http::Request::builder()
                .method(method)
                .uri(path)
                .header("host", "127.0.0.1:4321")
                .header("x-amz-date", &date)
                .header("authorization", authorization)
                .body(bytes::Bytes::from(body.to_owned()))
                .unwrap()
        };
        let (parts, _) = build(header("0")).into_parts();
        let found = Signature::find(&parts).unwrap().unwrap();
        let canonical = found.canonical_request(&parts, &sha256(body.as_bytes()), false);
        let key = found.signing_key(keys.secret_access_key.expose());
        let signature = hmac(&key, found.string_to_sign(&canonical).as_bytes());
        let answer = self.sandbox.handle(build(header(&hex::encode(signature))));
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(answer.body()).unwrap())
    }

    /// The request context of each decision of a request.
    pub fn asked(&self, id: &str) -> Vec<(String, BTreeMap<String, String>)> {
        let recorded = self.sandbox.recorded(id);
        let each = recorded.iter().map(|recorded| {
            let request = recorded.request();
            let keys = request.context.iter();
            (
                format!("{} {}", request.action(), request.resource),
                keys.map(|(key, value)| (key.to_owned(), written(value)))
                    .collect(),
            )
        });
        each.collect()
    }
}
