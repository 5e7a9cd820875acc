//! What every operation asks of its caller: `tests/asked/walk.txt`, command by command.
//!
//! `ASKED=write cargo test --test asked` writes the answers of this build into that file, to be read
//! before they are kept.

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

mod lab;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use lab::{GLOBAL, Lab};
use rolecall::aws::{
    Environment, ProfileStore, SandboxPause, Session, Target, Unobserved, execute,
};
use rolecall::awscli::{self, Action, Files};
use rolecall::model::Service;
use rolecall::sandbox::services;

const WALK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/asked/walk.txt");

/// Keys that every request of S3 has besides.
const OF_S3: [&str; 5] = [
    "s3:ResourceAccount",
    "s3:TlsVersion",
    "s3:authType",
    "s3:signatureversion",
    "s3:x-amz-content-sha256",
];

struct Folder<'a>(&'a Path);

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }
}

/// The files that the commands name.
fn files(folder: &Path) {
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012","Service":"cloudformation.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}}"#;
    let metadata = format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor/></IDPSSODescriptor></EntityDescriptor><!--{}-->"#,
        "x".repeat(1000)
    );
    for (name, text) in [
        ("trust.json", trust),
        (
            "web.json",
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.example.com"},"Action":"sts:AssumeRoleWithWebIdentity"}}"#,
        ),
        (
            "allow.json",
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#,
        ),
        (
            "bucket.json",
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::asked-one/*"}}"#,
        ),
        (
            "stack.json",
            r#"{"Resources":{"Group":{"Type":"AWS::IAM::Group"}}}"#,
        ),
        (
            "stack-policy.json",
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"Update:*","Resource":"*"}}"#,
        ),
        ("ssh.pub", include_str!("certificates/ssh.pub")),
        ("leaf.crt", include_str!("certificates/leaf.crt")),
        ("leaf.key", include_str!("certificates/leaf.key")),
        ("metadata.xml", &metadata),
        ("body.txt", "body"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
fn every_operation_asks_what_the_walk_says() {
    let lab = Lab::new();
    let folder = tempfile::tempdir().unwrap();
    files(folder.path());
    let session = Session::new(
        Target::Sandbox {
            sandbox: lab.sandbox.clone(),
            clock: lab.clock.clone(),
        },
        ProfileStore::new(
            folder.path().join("credentials"),
            folder.path().join("config"),
        ),
        Environment::default(),
        folder.path(),
        Arc::new(SandboxPause(lab.sandbox.clone())),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let before = std::fs::read_to_string(WALK).unwrap();
    let mut after = String::new();
    let mut walked = BTreeSet::new();
    for line in before.lines() {
        let Some(text) = line.strip_prefix("$ ") else {
            if !line.starts_with("  ") {
                after.push_str(line);
                after.push('\n');
            }
            continue;
        };
        after.push_str(line);
        after.push('\n');
        let text = text
            .replace("${token}", &token(&lab))
            .replace("${key}", &lab.administrator().access_key_id);
        let command = awscli::parse(&text, &Folder(folder.path()))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let Action::Call(call) = &command.action else {
            panic!("{text} is not one operation");
        };
        walked.insert((call.service, call.operation.name.clone()));
        let outcome = runtime.block_on(execute(&session, &command, &mut Unobserved));
        let id = outcome
            .request_ids
            .first()
            .unwrap_or_else(|| panic!("{text}: {}", outcome.stderr));
        let lines = asked(&lab, id);
        if lines.is_empty() {
            after.push_str("  (nothing)\n");
        }
        for line in lines {
            after.push_str(&format!("  {line}\n"));
        }
    }
    let missing: Vec<String> = Service::ALL
        .into_iter()
        .flat_map(|service| {
            services::operations(service)
                .iter()
                .map(move |operation| (service, operation.name))
        })
        .filter(|(service, name)| !walked.contains(&(*service, (*name).to_owned())))
        .map(|(service, name)| format!("{service} {name}"))
        .collect();
    assert!(missing.is_empty(), "not in the walk: {missing:?}");
    if std::env::var_os("ASKED").is_some() {
        std::fs::write(WALK, after).unwrap();
        return;
    }
    for (now, then) in after.lines().zip(before.lines()) {
        assert_eq!(
            now, then,
            "see how to write {WALK} anew at the top of this test"
        );
    }
    assert_eq!(after.lines().count(), before.lines().count());
}

/// A token of an identity provider that the walk registers.
fn token(lab: &Lab) -> String {
    let claims =
        r#"{"issuer": "https://token.example.com", "subject": "repo:lab", "audience": "app"}"#;
    let (_, answer) = lab.control("POST", "/_rolecall/web-identity-token", claims);
    answer["token"].as_str().unwrap_or_default().to_owned()
}

fn asked(lab: &Lab, id: &str) -> Vec<String> {
    let shown = |(asked, keys): (String, std::collections::BTreeMap<String, String>)| {
        let own = keys.iter().filter(|(key, value)| {
            let owner = key.as_str() == "aws:ResourceAccount" && *value == "123456789012";
            !owner && !GLOBAL.contains(&key.as_str()) && !OF_S3.contains(&key.as_str())
        });
        asked
            + &own
                .map(|(key, value)| format!(" {key}={value}"))
                .collect::<String>()
    };
    lab.asked(id).into_iter().map(shown).collect()
}
