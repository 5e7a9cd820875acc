//! `rolecall aws`: options that concern no one command, and what stands around commands.

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
use std::process::{Command, Stdio};

use serde_json::Value;

/// What came of a command: standard output, standard error, exit status.
type Came = (String, String, i32);

fn aws(home: &Path, variables: &[(&str, &str)], words: &str) -> Came {
    let output = bounded::output(
        Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .arg("aws")
            .args(words.split_whitespace())
            .env_clear()
            .env("HOME", home)
            .envs(variables.iter().copied())
            .current_dir(home)
            .stdin(Stdio::null()),
    );
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let exit = output.status.code().unwrap();
    (text(&output.stdout), text(&output.stderr), exit)
}

#[test]
fn debug_tells_the_exchange_and_no_secret() {
    let home = tempfile::tempdir().unwrap();
    aws(home.path(), &[], "iam create-user --user-name u");
    let words = "iam create-access-key --user-name u --debug";
    let (stdout, stderr, exit) = aws(home.path(), &[], words);
    assert_eq!(exit, 0, "{stderr}");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    let secret = answer["AccessKey"]["SecretAccessKey"].as_str().unwrap();
    assert!(stderr.contains("Action=CreateAccessKey"), "{stderr}");
    assert!(stderr.contains("\n< 200\n"), "{stderr}");
    assert!(stderr.contains("****************"), "{stderr}");
    assert!(!stderr.contains(secret));
    let (_, stderr, exit) = aws(home.path(), &[], "iam get-user --user-name none --debug");
    assert_eq!(exit, 254);
    let (told, error) = stderr.split_once("\naws: [ERROR]: ").unwrap();
    assert!(told.contains("\n< 404\n"), "{told}");
    assert!(error.contains("NoSuchEntity"), "{error}");
}

#[test]
fn certificates_are_asked_for_where_calls_are_encrypted() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("empty.pem"), "no certificate\n").unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    fs::write(home.path().join("broken.pem"), broken).unwrap();
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
        ("AWS_REGION", "us-east-1"),
    ];
    let at = "sts get-caller-identity --endpoint-url https://127.0.0.1:1";
    for (option, said) in [
        ("--ca-bundle none.pem", "`none.pem`: No such file"),
        (
            "--ca-bundle empty.pem",
            "`empty.pem`: it holds no certificate",
        ),
        (
            "--ca-bundle broken.pem",
            "cannot read the CA bundle `broken.pem`",
        ),
        (
            "--no-verify-ssl",
            "has no `--no-verify-ssl` where calls are encrypted",
        ),
    ] {
        let (stdout, stderr, exit) = aws(home.path(), &keys, &format!("{at} {option}"));
        assert_eq!((stdout.as_str(), exit), ("", 255), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    let mut named = keys.to_vec();
    named.push(("AWS_CA_BUNDLE", "empty.pem"));
    let (_, stderr, _) = aws(home.path(), &named, at);
    assert!(stderr.contains("it holds no certificate"), "{stderr}");
}

#[test]
fn tables_are_coloured_where_it_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    let asked = "sts get-caller-identity --query [[Account]] --color on";
    let (stdout, _, exit) = aws(home.path(), &[], &format!("{asked} --output text"));
    assert_eq!((stdout.as_str(), exit), ("123456789012\n", 0));
    let (stdout, _, exit) = aws(home.path(), &[], &format!("{asked} --output table"));
    assert_eq!(exit, 0);
    let cell = "\x1b[1m\x1b[34m123456789012\x1b[0m";
    assert!(stdout.contains(cell), "{stdout}");
    let (stdout, _, _) = aws(
        home.path(),
        &[],
        &format!("{asked} --color off --output table"),
    );
    assert!(!stdout.contains('\x1b'), "{stdout}");
}

#[test]
fn the_credentials_of_a_session_are_exported_with_their_end() {
    let home = tempfile::tempdir().unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
    fs::write(home.path().join("trust.json"), trust).unwrap();
    for words in [
        "iam create-role --role-name r --assume-role-policy-document file://trust.json",
        "configure set role_arn arn:aws:iam::123456789012:role/r --profile r",
        "configure set source_profile default --profile r",
    ] {
        let (_, stderr, exit) = aws(home.path(), &[], words);
        assert_eq!(exit, 0, "{stderr}");
    }
    let words = "configure export-credentials --profile r";
    let (stdout, stderr, exit) = aws(home.path(), &[], words);
    assert_eq!(exit, 0, "{stderr}");
    let found: Value = serde_json::from_str(&stdout).unwrap();
    assert!(found["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert!(found["Expiration"].as_str().unwrap().ends_with("+00:00"));
    assert_eq!(found["Version"], 1);
    let keys = ["AccessKeyId", "SecretAccessKey", "SessionToken"];
    let [id, secret, token] = keys.map(|name| found[name].as_str().unwrap());
    let session = [
        ("AWS_ACCESS_KEY_ID", id),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_SESSION_TOKEN", token),
    ];
    let (stdout, _, _) = aws(home.path(), &session, "sts get-caller-identity");
    assert!(stdout.contains("assumed-role/r/"), "{stdout}");
}

#[test]
fn bash_completes_commands_options_and_names_that_exist() {
    let home = tempfile::tempdir().unwrap();
    aws(home.path(), &[], "iam create-user --user-name alice");
    for (line, completed) in [
        ("rolecall aws iam get-user-p", "get-user-policy\n"),
        ("raws iam get-user --user-n", "--user-name\n"),
        ("raws iam get-user --user-name al", "alice\n"),
        ("raws iam get-user --user-name al extra", ""),
        ("raws nothing ", ""),
    ] {
        let point = line
            .strip_suffix(" extra")
            .unwrap_or(line)
            .len()
            .to_string();
        let asked = [("COMP_LINE", line), ("COMP_POINT", point.as_str())];
        let (stdout, stderr, exit) = aws(home.path(), &asked, "--complete aws al get-user");
        let expected = if line.ends_with("extra") {
            "alice\n"
        } else {
            completed
        };
        assert_eq!((stdout.as_str(), exit), (expected, 0), "{line}: {stderr}");
    }
}
