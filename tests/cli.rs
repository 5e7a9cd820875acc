//! The command line: what it says and the exit codes it gives.

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

use std::process::{Command, Output, Stdio};

fn rolecall(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env(
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        )
        .env("AWS_REGION", "us-east-1")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn what_cannot_be_done_is_said_with_exit_code_2() {
    for (arguments, said) in [
        (
            &[][..],
            "standard output is not a terminal, and the lab needs one: use `rolecall run LESSON`",
        ),
        (
            &["run", "asume-role"],
            "there is no lesson `asume-role`: did you mean `assume-role`?",
        ),
        (
            &["run", "x"],
            "there is no lesson `x`: `rolecall list` shows which there are",
        ),
        (
            &["run", "assume-role", "--lessons", "/nowhere"],
            "cannot read `/nowhere`: ",
        ),
        (
            &["run", "assume-role", "--profile", "work"],
            "the sandbox has an administrator of its own",
        ),
        (
            &["run", "assume-role", "--endpoint-url", "localhost:5000"],
            "`localhost:5000` is no address of an endpoint: it begins with http:// or https://",
        ),
        (
            &["run", "assume-role", "--target", "moon"],
            "invalid value 'moon' for '--target <TARGET>'",
        ),
        (
            &[
                "run",
                "assume-role",
                "--target",
                "aws",
                "--endpoint-url",
                "http://localhost:1",
            ],
            "cannot be used with",
        ),
        (&["run"], "<LESSON>"),
        (&["lisst"], "unrecognized subcommand 'lisst'"),
        (&["list", "--lessons", "/nowhere"], "cannot read `/nowhere`"),
    ] {
        let output = rolecall(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn an_endpoint_that_is_not_there_is_said_and_nothing_is_asked() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let output = rolecall(&["run", "assume-role", "--json", "--endpoint-url", &url]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains(&url), "{stderr}");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn lessons_are_listed_for_people_and_programs() {
    let output = rolecall(&["list"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(
            "assume-role           Assume a role with STS (26 steps, about 25 minutes)\n"
        ),
        "{text}"
    );
    let output = rolecall(&["list", "--json"]);
    let first = String::from_utf8(output.stdout).unwrap();
    let first: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!(first["lesson"], "assume-role");
    assert_eq!(first["steps"], 26);
    assert_eq!(
        text.lines()
            .filter_map(|line| line.split("  ").next())
            .filter(|id| !id.is_empty())
            .collect::<Vec<_>>(),
        [
            "assume-role",
            "explicit-deny",
            "permissions-boundary",
            "session-policy",
            "external-id"
        ]
    );
}

#[test]
fn help_tells_the_exit_codes() {
    let output = rolecall(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for line in [
        "0  everything went as it should",
        "1  an expectation of a lesson did not hold",
        "2  bad arguments",
    ] {
        assert!(text.contains(line), "{text}");
    }
}
