//! Commands as text, through the SDK, against the sandbox: what the AWS CLI would print.

use std::io;
use std::sync::Arc;

use rolecall::aws::{
    Environment, Event, ProfileSettings, ProfileStore, SandboxPause, Session, Target, execute,
};
use rolecall::awscli::{self, Files, Outcome, Verdict};
use rolecall::sandbox::{ManualClock, Sandbox, Settings};
use rolecall::secret::Secret;
use serde_json::Value;

/// A session on a new sandbox, with profile files and a working folder of its own.
struct Lab {
    session: Session,
    folder: tempfile::TempDir,
    sandbox: Arc<Sandbox>,
}

struct Folder<'a>(&'a std::path::Path);

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.join(path))
    }
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-23T16:10:00Z".parse().unwrap()));
        let sandbox = Arc::new(Sandbox::new(Settings::new([7; 32], clock.clone())));
        let target = Target::Sandbox {
            sandbox: sandbox.clone(),
            clock,
        };
        let profiles = ProfileStore::new(
            folder.path().join("credentials"),
            folder.path().join("config"),
        );
        let session = Session::new(
            target,
            profiles,
            Environment::default(),
            folder.path(),
            Arc::new(SandboxPause(sandbox.clone())),
        );
        Self {
            session,
            folder,
            sandbox,
        }
    }

    fn run(&self, text: &str) -> Outcome {
        self.observed(text).0
    }

    fn observed(&self, text: &str) -> (Outcome, Vec<Event>) {
        let command = awscli::parse(text, &Folder(self.folder.path()))
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut events = Vec::new();
        let outcome = runtime.block_on(execute(&self.session, &command, &mut |event| {
            events.push(event);
        }));
        (outcome, events)
    }

    fn json(&self, text: &str) -> Value {
        let outcome = self.run(text);
        assert_eq!(outcome.verdict, Verdict::Success, "{text}: {outcome:?}");
        outcome.stdout.value
    }

    fn keys(&self, profile: &str, keys: &Value) {
        let text = |name: &str| keys[name].as_str().unwrap_or_default().to_owned();
        let settings = ProfileSettings {
            access_key_id: text("AccessKeyId"),
            secret_access_key: Secret::new(text("SecretAccessKey")),
            session_token: keys["SessionToken"].as_str().map(Secret::new),
            region: None,
        };
        self.session
            .profiles()
            .write_profile(profile, &settings)
            .unwrap();
    }
}

#[test]
fn the_administrator_is_the_default_caller() {
    let lab = Lab::new();
    let outcome = lab.run("aws sts get-caller-identity");
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let answer: Value = serde_json::from_str(&outcome.stdout.revealed()).unwrap();
    assert_eq!(answer["Account"], "123456789012");
    assert_eq!(
        answer["Arn"],
        "arn:aws:iam::123456789012:user/Administrator"
    );
    assert_eq!(outcome.request_ids.len(), 1);
    assert!(!lab.folder.path().join("credentials").exists());
}

#[test]
fn an_unknown_profile_is_refused_in_the_clis_words() {
    let outcome = Lab::new().run("aws sts get-caller-identity --profile nobody");
    assert_eq!(outcome.exit, 255);
    assert_eq!(
        outcome.stderr,
        "\naws: [ERROR]: The config profile (nobody) could not be found\n"
    );
    assert!(outcome.request_ids.is_empty());
}
