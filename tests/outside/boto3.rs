//! A teacher's lab of boto3 (`tests/boto3/lab.py`) against `rolecall serve`.

use std::process::{Command, Stdio};

use crate::served::Server;
use crate::{bounded, python};

#[test]
#[ignore = "needs a Python with boto3: .ci/run installs it and runs this"]
fn a_teachers_lab_of_boto3_finds_what_it_finds_on_aws() {
    let mut rolecall = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    let server = Server::of(&mut rolecall, &["--ephemeral", "--instant-stacks"]);
    let mut command = Command::new(python());
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/boto3/lab.py"))
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_SESSION_TOKEN")
        .env("AWS_CONFIG_FILE", "none")
        .env("AWS_SHARED_CREDENTIALS_FILE", "none")
        .env("AWS_ENDPOINT_URL", server.text("endpoint"))
        .env("AWS_DEFAULT_REGION", server.text("region"))
        .env("AWS_ACCESS_KEY_ID", server.text("access_key_id"))
        .env("AWS_SECRET_ACCESS_KEY", server.text("secret_access_key"))
        .stdin(Stdio::null());
    let output = bounded::output(&mut command);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
