//! What needs programs that no one here wrote: the founding lesson against moto's server, the
//! sandbox's answers against botocore's models, and a lab of boto3 and Terraform's plans against the
//! sandbox.
//!
//! `ROLECALL_MOTO_SERVER` names the one (`pip install 'moto[server]'`), `ROLECALL_BOTO3_PYTHON` a
//! Python that has boto3, `ROLECALL_TERRAFORM` Terraform, and `ROLECALL_TERRAFORM_MIRROR` a folder that
//! has the AWS provider, where Terraform's own configuration does not say where it is. So these tests
//! are ignored unless asked for: `cargo test --test outside -- --ignored`.

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

mod bounded;
mod outside {
    mod boto3;
    mod terraform;
}
mod served;

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// moto's default account.
const ACCOUNT: &str = "123456789012";

struct Moto {
    process: Child,
    port: u16,
}

impl Moto {
    fn start() -> Self {
        let program = std::env::var("ROLECALL_MOTO_SERVER")
            .expect("ROLECALL_MOTO_SERVER names the moto_server program");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self { process, port };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "moto's server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The learner's own credentials file, with what people keep in one.
const CREDENTIALS: &str = "# my keys; do not touch\n\
    [default]\n\
    aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
    aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n\
    \n\
    ; work, spaces   kept\n\
    [work]\n\
    aws_access_key_id   =   AKIAI44QH8DHBEXAMPLE  \n\
    aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n";

fn run(home: &Path, endpoint: &str, typed: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(["run", "assume-role", "--json", "--endpoint-url", endpoint])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"))
        .env("AWS_CONFIG_FILE", home.join("config"))
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    bounded::finish(child)
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("credentials"), CREDENTIALS).unwrap();
    home
}

#[test]
#[ignore = "needs moto's server: .ci/run installs it and runs this"]
fn the_founding_lesson_runs_against_moto_and_leaves_the_credentials_file_as_it_was() {
    let moto = Moto::start();
    let home = home();
    let output = run(home.path(), &moto.endpoint(), &format!("{ACCOUNT}\n"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    let steps: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(output.status.success(), "{stderr}\n{steps:#?}");
    assert!(steps.len() > 12, "{steps:#?}");
    for step in &steps {
        assert_eq!(step["ok"], true, "{step:#}");
    }
    // moto enforces no policy: the steps that AWS denies succeed here, and say so.
    let allowed: Vec<_> = steps
        .iter()
        .filter(|step| step["expected"] == "denied" && step["outcome"] == "success")
        .collect();
    assert!(!allowed.is_empty());
    for step in allowed {
        assert_eq!(
            step["note"], "allowed here; AWS would deny this",
            "{step:#}"
        );
    }
    // What is listed before a call is made names every resource.
    assert!(
        stderr.contains(ACCOUNT) && stderr.contains("sts-example-user"),
        "{stderr}"
    );
    assert_eq!(
        fs::read_to_string(home.path().join("credentials")).unwrap(),
        CREDENTIALS
    );
}

#[test]
#[ignore = "needs moto's server: .ci/run installs it and runs this"]
fn nothing_is_called_when_another_account_is_typed() {
    let moto = Moto::start();
    let home = home();
    let refused = run(home.path(), &moto.endpoint(), "111122223333\n");
    assert!(!refused.status.success());
    assert_eq!(String::from_utf8(refused.stdout).unwrap(), "");
    assert_eq!(
        fs::read_to_string(home.path().join("credentials")).unwrap(),
        CREDENTIALS
    );
    // The user of the first step was not made: the whole lesson still runs.
    let output = run(home.path(), &moto.endpoint(), &format!("{ACCOUNT}\n"));
    assert!(output.status.success());
}

/// A Python that has boto3.
fn python() -> String {
    std::env::var("ROLECALL_BOTO3_PYTHON")
        .expect("ROLECALL_BOTO3_PYTHON names a Python that has boto3")
}

/// Every operation of `rolecall serve --list` through boto3, held against botocore's models.
#[test]
#[ignore = "needs a Python with boto3: .ci/run installs it and runs this"]
fn every_answer_conforms_to_botocores_model_of_the_service() {
    let python = python();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/run.py");
    let output = Command::new("timeout")
        .args(["300", &python])
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_rolecall"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
