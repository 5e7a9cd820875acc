//! `rolecall run`: whole lessons without a screen, by the real program.

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

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program, with nothing of this machine's AWS settings.
fn rolecall(home: &Path, arguments: &[&str]) -> Output {
    bounded::output(
        Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .args(arguments)
            .env_clear()
            .env("HOME", home)
            .env("XDG_STATE_HOME", home.join("state"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null()),
    )
}

fn steps(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_lesson_of_the_program_goes_as_expected() {
    let home = tempfile::tempdir().unwrap();
    let listed = rolecall(home.path(), &["list", "--json"]);
    let lessons = steps(&listed);
    assert!(lessons.len() >= 5, "{lessons:?}");
    let mut layers = std::collections::BTreeSet::new();
    for lesson in &lessons {
        let id = lesson["lesson"].as_str().unwrap();
        let output = rolecall(home.path(), &["run", id, "--json"]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        for step in steps(&output) {
            assert_eq!(step["ok"], true, "{step:#}\n{stderr}");
            assert_eq!(step["outcome"], step["expected"], "{step:#}");
            if step["step"] == "no-such-role" {
                // STS does not tell a missing role from one that does not trust; the sandbox does.
                let summary = step["decision"]["summary"].as_str().unwrap();
                assert!(summary.contains("(it does not exist)"), "{summary}");
            }
            if step["outcome"] == "denied" {
                layers.insert(step["decision"]["layer"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(output.status.code(), Some(0), "{id}: {stderr}");
    }
    // Between them the lessons show each gate that one account has.
    let shown: Vec<&str> = layers.iter().map(String::as_str).collect();
    assert_eq!(
        shown,
        ["boundary", "identity", "resource", "session", "trust"]
    );
}

#[test]
fn the_founding_lesson_goes_as_expected_from_end_to_end() {
    let home = tempfile::tempdir().unwrap();
    let output = rolecall(home.path(), &["run", "assume-role", "--json"]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let steps = steps(&output);
    for step in &steps {
        assert_eq!(step["ok"], true, "{step:#}\n{stderr}");
        assert_eq!(step["outcome"], step["expected"], "{step:#}");
        assert_eq!(step["lesson"], "assume-role");
        assert!(step["millis"].is_u64());
    }
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let step = |id: &str| {
        steps
            .iter()
            .find(|step| step["step"] == id)
            .unwrap_or_else(|| panic!("no step {id}"))
    };
    // The commands of the hands-on, in order.
    let commands: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["command"].as_str())
        .collect();
    let mut from = 0;
    for command in [
        "aws iam create-user --user-name sts-example-user",
        "aws iam create-access-key --user-name sts-example-user --output table",
        "aws configure set aws_access_key_id AKIA",
        "aws sts get-caller-identity --profile sts",
        "aws s3 ls --profile sts",
        "aws cloudformation deploy --template-file iam-role.yaml",
        "aws sts assume-role",
        "aws iam put-user-policy",
        "aws cloudformation describe-stack-resources --stack-name sts-example",
        "aws sts assume-role",
        "aws configure set aws_access_key_id ASIA",
        "aws sts get-caller-identity --profile assumed",
        "aws s3 ls s3://",
        "aws s3 ls --profile assumed",
        "aws iam delete-user --user-name sts-example-user",
        "aws cloudformation delete-stack --stack-name sts-example",
        "aws iam delete-user-policy --user-name sts-example-user --policy-name StsPolicy",
        "aws iam delete-access-key --user-name sts-example-user --access-key-id AKIA",
        "aws iam delete-user --user-name sts-example-user",
    ] {
        let at = commands
            .iter()
            .skip(from)
            .position(|known| known.starts_with(command));
        from += at.unwrap_or_else(|| panic!("`{command}` does not follow in {commands:#?}")) + 1;
    }
    // What AWS says, and who decided.
    let account = "123456789012";
    for (id, profile, message, layer) in [
        (
            "user-denied",
            "sts",
            format!(
                "User: arn:aws:iam::{account}:user/sts-example-user is not authorized to perform: \
                 s3:ListAllMyBuckets because no identity-based policy allows the \
                 s3:ListAllMyBuckets action"
            ),
            "identity",
        ),
        (
            "assume-denied",
            "sts",
            format!(
                "User: arn:aws:iam::{account}:user/sts-example-user is not authorized to perform: \
                 sts:AssumeRole on resource: arn:aws:iam::{account}:role/sts-example-Role-"
            ),
            "identity",
        ),
        (
            "role-denied",
            "assumed",
            format!("User: arn:aws:sts::{account}:assumed-role/sts-example-Role-"),
            "identity",
        ),
    ] {
        let step = step(id);
        assert_eq!(step["profile"], profile);
        assert_eq!(step["code"], "AccessDenied");
        assert_eq!(step["exit"], 254);
        assert_eq!(step["decision"]["layer"], layer, "{step:#}");
        assert!(
            step["stderr"].as_str().unwrap().contains(&message),
            "{step:#}"
        );
    }
    assert_eq!(step("delete-too-early")["code"], "DeleteConflict");
    let listed = step("list-bucket")["stdout"].as_str().unwrap();
    assert!(listed.ends_with(" hello.txt\n"), "{listed}");
    let identity = step("who-am-i-now")["stdout"].as_str().unwrap();
    assert!(identity.contains("/s3-sts-example\""), "{identity}");
    // The learner's files are not touched by a run on the sandbox.
    assert_eq!(files(home.path()), Vec::<std::path::PathBuf>::new());
}

#[test]
fn secrets_are_in_no_transcript() {
    // A lesson that prints its secrets in every way it can.
    let folder = tempfile::tempdir().unwrap();
    let lesson = r#"
format_version = 1
id = "leak"
title = "Leak"
summary = "Prints secrets."
minutes = 1
creates = ["a user with a key"]

[[steps]]
id = "user"
title = "User"
body = "A user."
command = '''
aws iam create-user --user-name leaky
aws iam create-access-key --user-name leaky
'''
expect = { outcome = "success" }
capture = { id = "AccessKey.AccessKeyId", secret = "AccessKey.SecretAccessKey" }

[[steps]]
id = "profile"
title = "Profile"
body = "${secret}"
command = '''
aws configure set aws_access_key_id ${id} --profile leaky
aws configure set aws_secret_access_key ${secret} --profile leaky
aws configure get aws_secret_access_key --profile leaky
'''
expect = { outcome = "success" }

[[steps]]
id = "echo"
title = "Echo"
body = "A user named by the secret is not found, and the error repeats the name."
command = "aws iam get-user --user-name ${secret}"
expect = { outcome = "success" }
hints = ["${secret}"]
"#;
    fs::write(folder.path().join("leak.toml"), lesson).unwrap();
    let home = tempfile::tempdir().unwrap();
    for json in [&[][..], &["--json"]] {
        let lessons = folder.path().to_str().unwrap();
        let arguments = [&["run", "leak", "--lessons", lessons], json].concat();
        let output = rolecall(home.path(), &arguments);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("AKIA"), "{text}");
        assert!(text.contains("****************"), "{text}");
        // A secret access key is 40 characters of base64, and nothing else here is so long.
        let secret = text
            .split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)))
            .find(|word| word.len() == 40 && !word.contains("/usr/"));
        assert_eq!(secret, None, "{text}");
    }
}

#[test]
fn a_transcript_says_the_important_words_first() {
    let home = tempfile::tempdir().unwrap();
    let output = rolecall(home.path(), &["run", "assume-role"]);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Assume a role with STS\non SANDBOX 123456789012 in us-east-1\n",
        "Step 2 of 26: Make a user that can do nothing\n$ aws iam create-user --user-name \
         sts-example-user\n{\n    \"User\": {\n",
        "SUCCESS: succeeded, as expected (",
        "DENIED: denied with AccessDenied by the identity policies, as expected (",
        "ERROR: failed with DeleteConflict, as expected (",
        "removed the profile `sts`\n",
        "every expectation held: 24 steps run in ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_expectation_that_does_not_hold_stops_the_run_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let lesson = r#"
format_version = 1
id = "wrong"
title = "Wrong"
summary = "Expects what does not come."
minutes = 1

[[steps]]
id = "first"
title = "First"
body = "Nobody of that name."
command = "aws iam get-user --user-name nobody"
expect = { outcome = "success" }

[[steps]]
id = "second"
title = "Second"
body = "Never reached."
command = "aws sts get-caller-identity"
expect = { outcome = "success" }
"#;
    fs::write(folder.path().join("wrong.toml"), lesson).unwrap();
    let home = tempfile::tempdir().unwrap();
    let lessons = folder.path().to_str().unwrap();
    let output = rolecall(
        home.path(),
        &["run", "wrong", "--lessons", lessons, "--json"],
    );
    let steps = steps(&output);
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0]["ok"], false);
    assert_eq!(steps[0]["outcome"], "error");
    assert_eq!(steps[0]["code"], "NoSuchEntity");
    assert_eq!(output.status.code(), Some(1));
}
