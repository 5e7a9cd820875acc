//! One call through the genuine SDK: answered by the sandbox, with its signature verified and its
//! policies evaluated, against the same SDK answered by a canned reply.
//!
//!     cargo bench --bench call

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "a test that panics has found something"
)]

use std::sync::Arc;

use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use divan::Bencher;
use rolecall::runtime::clock::System;
use rolecall::sandbox::connector::Connector;
use rolecall::sandbox::{DEFAULT_ACCOUNT, Sandbox, Settings};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// Answers every request with the same text.
#[derive(Debug, Clone)]
struct Canned(&'static str);

impl HttpClient for Canned {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let response = http::Response::new(SdkBody::from(self.0));
        HttpConnectorFuture::ready(Ok(
            HttpResponse::try_from(response).expect("a canned reply is well-formed")
        ))
    }
}

const CALLER: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
  <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/Administrator</Arn>\
  <UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
  <ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata>\
  </GetCallerIdentityResponse>";

const USERS: &str = "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
  <ListUsersResult><Users><member><Path>/</Path><UserName>Administrator</UserName>\
  <UserId>AIDACKCEVSQ6C2EXAMPLE</UserId><Arn>arn:aws:iam::123456789012:user/Administrator</Arn>\
  <CreateDate>2026-11-23T16:10:00Z</CreateDate></member></Users><IsTruncated>false</IsTruncated>\
  </ListUsersResult><ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>\
  </ResponseMetadata></ListUsersResponse>";

struct Lab {
    runtime: Runtime,
    sts: aws_sdk_sts::Client,
    iam: aws_sdk_iam::Client,
}

fn lab(http: impl HttpClient + Clone + 'static, sandbox: &Sandbox) -> Lab {
    let keys = sandbox
        .administrator(DEFAULT_ACCOUNT)
        .expect("a new world has an administrator");
    let keys = Credentials::new(
        keys.access_key_id,
        keys.secret_access_key.expose(),
        None,
        None,
        "bench",
    );
    let region = Region::new("us-east-1");
    let sts = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(keys.clone())
        .region(region.clone())
        .http_client(SharedHttpClient::new(http.clone()))
        .build();
    let iam = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(keys)
        .region(region)
        .http_client(SharedHttpClient::new(http))
        .build();
    Lab {
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts"),
        sts: aws_sdk_sts::Client::from_conf(sts),
        iam: aws_sdk_iam::Client::from_conf(iam),
    }
}

fn sandbox() -> Arc<Sandbox> {
    Arc::new(Sandbox::new(Settings::new([7; 32], Arc::new(System))))
}

impl Lab {
    fn identity(&self) {
        let answer = self.runtime.block_on(self.sts.get_caller_identity().send());
        divan::black_box(answer.expect("the caller is known"));
    }

    fn users(&self) {
        let answer = self.runtime.block_on(self.iam.list_users().send());
        divan::black_box(answer.expect("the administrator may list users"));
    }
}

#[divan::bench]
fn get_caller_identity_canned(bencher: Bencher) {
    let lab = lab(Canned(CALLER), &sandbox());
    bencher.bench_local(|| lab.identity());
}

#[divan::bench]
fn get_caller_identity_sandbox(bencher: Bencher) {
    let sandbox = sandbox();
    let lab = lab(Connector::new(sandbox.clone()), &sandbox);
    bencher.bench_local(|| lab.identity());
}

#[divan::bench]
fn list_users_canned(bencher: Bencher) {
    let lab = lab(Canned(USERS), &sandbox());
    bencher.bench_local(|| lab.users());
}

#[divan::bench]
fn list_users_sandbox(bencher: Bencher) {
    let sandbox = sandbox();
    let lab = lab(Connector::new(sandbox.clone()), &sandbox);
    bencher.bench_local(|| lab.users());
}
