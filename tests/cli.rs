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

mod bounded;
mod served;

use std::process::{Command, Output, Stdio};

use served::Server;

fn rolecall(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    bounded::output(
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
            .stdin(Stdio::null()),
    )
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_is_said() {
    for arguments in [
        &["list"][..],
        &["serve", "--list"],
        &["run", "assume-role", "--json"],
        &["aws", "help"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
        let command = command.args(arguments).env_clear().env("HOME", home.path());
        let child = command.stdout(full.unwrap()).stderr(Stdio::piped());
        let output = bounded::finish(child.spawn().unwrap());
        let said = String::from_utf8(output.stderr).unwrap();
        let told = said.matches("rolecall: cannot write to standard output: ");
        assert_eq!((told.count(), output.status.code()), (1, Some(2)), "{said}");
    }
}

#[test]
fn what_cannot_be_done_is_said_with_exit_code_2() {
    for (arguments, said) in [
        (
            &[][..],
            "standard output is not a terminal, and the lab needs one: use `rolecall --plain`",
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
        // Before the subcommand it is its own, too.
        (&["--lessons", "/nowhere", "list"], "cannot read `/nowhere`"),
        (
            &["--lessons=/nowhere", "run", "assume-role"],
            "cannot read `/nowhere`",
        ),
        (&["--plain", "list"], "unexpected argument '--plain'"),
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

/// `rolecall aws …` in a home of its own, and in what is there of the environment.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolecall"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.0.path())
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    fn aws(&self, arguments: &str) -> Output {
        let words: Vec<&str> = ["aws"].into_iter().chain(arguments.split(' ')).collect();
        self.command(&words).output().unwrap()
    }

    fn text(&self, arguments: &str) -> String {
        let output = self.aws(arguments);
        assert!(output.status.success(), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn aws_works_on_a_sandbox_that_is_kept() {
    let home = Home::new();
    home.text("iam create-user --user-name alice");
    let names = home.text("iam list-users --query Users[].UserName --output text");
    assert_eq!(names, "Administrator\talice\n");
    let again = home.aws("iam create-user --user-name alice");
    assert_eq!(again.status.code(), Some(254));
    assert_eq!(
        stderr(&again),
        "\naws: [ERROR]: An error occurred (EntityAlreadyExists) when calling the CreateUser \
         operation: User with name alice already exists.\n"
    );
    // Profiles are those of that world: nothing of the learner's own is touched.
    let key = home.text("iam create-access-key --user-name alice --output text");
    let key: Vec<&str> = key.split_whitespace().collect();
    home.text(&format!(
        "configure set aws_access_key_id {} --profile lab",
        key[1]
    ));
    home.text(&format!(
        "configure set aws_secret_access_key {} --profile lab",
        key[3]
    ));
    let arn = home.text("sts get-caller-identity --query Arn --output text --profile lab");
    assert_eq!(arn, "arn:aws:iam::123456789012:user/alice\n");
    let denied = home.aws("s3 ls --profile lab");
    assert_eq!(denied.status.code(), Some(254), "{denied:?}");
    assert!(stderr(&denied).contains("(AccessDenied) when calling the ListBuckets operation"));
    assert!(!home.0.path().join(".aws").exists());
    let unknown = home.aws("sts get-caller-identity --profile other");
    assert_eq!(unknown.status.code(), Some(255));
    assert!(stderr(&unknown).contains("rolecall: the sandbox has profiles of its own"));
}

#[test]
fn aws_takes_the_keys_of_the_environment() {
    let home = Home::new();
    let keys = home.text("iam create-access-key --user-name Administrator --output text");
    let keys: Vec<&str> = keys.split_whitespace().collect();
    let run = |id: &str, secret: &str, arguments: &[&str]| {
        home.command(arguments)
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .output()
            .unwrap()
    };
    let who = ["aws", "sts", "get-caller-identity"];
    assert!(run(keys[1], keys[3], &who).status.success());
    let unknown = run("AKIAIOSFODNN7EXAMPLE", "none", &who);
    assert_eq!(unknown.status.code(), Some(254));
    assert!(stderr(&unknown).contains("rolecall: the keys of AWS_ACCESS_KEY_ID are none of"));
    let half = run("AKIAIOSFODNN7EXAMPLE", "", &who);
    assert_eq!(half.status.code(), Some(255));
    assert_eq!(
        stderr(&half),
        "\naws: [ERROR]: Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY\n"
    );
    // Never AWS without being told.
    let told = home
        .command(&["aws", "--target", "aws", "sts", "get-caller-identity"])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "none")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(255));
    assert_eq!(
        stderr(&told),
        "\naws: [ERROR]: Could not connect to the endpoint URL: \"http://127.0.0.1:9/\"\n"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to_and_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt;
    let home = Home::new();
    let pipe = home.0.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let is_pipe = || std::fs::metadata(&pipe).unwrap().file_type().is_fifo();
    std::fs::write(home.0.path().join("text"), "one").unwrap();
    home.text("s3 mb s3://bytes");
    home.text("s3 cp text s3://bytes/text");
    let reader = Command::new("cat")
        .arg(&pipe)
        .stdout(Stdio::piped())
        .spawn();
    assert_eq!(
        home.text("s3 cp s3://bytes/text pipe"),
        "download: s3://bytes/text to ./pipe\n"
    );
    assert_eq!(reader.unwrap().wait_with_output().unwrap().stdout, b"one");
    assert!(is_pipe());
    // A world, or what else is kept whole, is not written over it either.
    let refused = rolecall::runtime::state::write_whole(&pipe, b"two").unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(is_pipe());
}

#[test]
fn aws_passes_bytes_through_standard_input_and_output() {
    use std::io::Write;
    let home = Home::new();
    home.text("s3 mb s3://bytes");
    let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
    let mut sent = home
        .command(&["aws", "s3", "cp", "-", "s3://bytes/all"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    sent.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert!(sent.wait().unwrap().success());
    assert_eq!(home.aws("s3 cp s3://bytes/all -").stdout, bytes);
    let mut policy = home
        .command(&[
            "aws",
            "iam",
            "create-policy",
            "--policy-name",
            "p",
            "--policy-document",
            "file:///dev/stdin",
            "--query",
            "Policy.PolicyName",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let document = br#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    policy.stdin.take().unwrap().write_all(document).unwrap();
    assert_eq!(policy.wait_with_output().unwrap().stdout, b"\"p\"\n");
    // A reader that goes away is no failure.
    let mut gone = home
        .command(&["aws", "s3", "cp", "s3://bytes/all", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(gone.stdout.take());
    let output = gone.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), stderr(&output)),
        (Some(0), String::new())
    );
}

#[test]
fn aws_and_serve_share_one_world() {
    let home = Home::new();
    home.text("iam create-user --user-name before");
    let server = Server::of(&mut home.command(&[]), &[]);
    // The one that runs is found; so is the endpoint that it tells.
    home.text("iam create-user --user-name during");
    let by_endpoint = home
        .command(&[
            "aws",
            "iam",
            "list-users",
            "--query",
            "Users[].UserName",
            "--output",
            "text",
        ])
        .env("AWS_ENDPOINT_URL_IAM", server.text("endpoint"))
        .env("AWS_ACCESS_KEY_ID", server.text("access_key_id"))
        .env("AWS_SECRET_ACCESS_KEY", server.text("secret_access_key"))
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();
    assert_eq!(
        by_endpoint.stdout, b"Administrator\tbefore\tduring\n",
        "{by_endpoint:?}"
    );
    drop(server);
    // What it left in the lock file leads nobody astray.
    assert!(home.text("iam list-users").contains("before"));
}

#[test]
fn aws_explains_itself_and_refuses_what_it_does_not_know() {
    let home = Home::new();
    assert!(home.text("help").contains("sts"));
    assert!(home.text("iam create-user help").contains("--user-name"));
    assert!(home.text("--version").starts_with("rolecall/"));
    let none = home.command(&["aws"]).output().unwrap();
    assert_eq!(none.status.code(), Some(252));
    let misplaced = home.aws("iam list-users --target aws");
    assert_eq!(misplaced.status.code(), Some(252));
    assert!(stderr(&misplaced).ends_with("`--target` stands directly behind `rolecall aws`\n"));
    let other = home.aws("ec2 describe-instances");
    assert_eq!(other.status.code(), Some(252));
    assert!(stderr(&other).contains("rolecall does not know `aws ec2`"));
}

#[test]
fn the_config_in_force_is_shown_with_its_sources() {
    let output = rolecall(&["config"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(lines.contains(&vec!["theme", "auto", "default"]), "{text}");
    let run = lines.iter().find(|words| words.first() == Some(&"run"));
    let run = run.unwrap_or_else(|| panic!("{text}"));
    assert!(
        run.contains(&"Enter") && run.last() == Some(&"default"),
        "{text}"
    );
    let output = rolecall(&["config", "--theme", "light"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.lines()
            .any(|line| line.starts_with("theme") && line.ends_with("--theme")),
        "{text}"
    );
    let output = rolecall(&["config", "--path"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.trim_end().ends_with("rolecall/config.toml"), "{text}");
}

#[test]
fn a_config_file_that_is_wrong_stops_the_program_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "mouse = true\n[keys]\nrun = \"PageDown\"\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .arg("config")
        .env("ROLECALL_CONFIG", &path)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr.contains(&format!("{}:3:7: `PgDn` is a key", path.display())),
        "{stderr}"
    );
    assert!(stderr.contains("choose another key"), "{stderr}");
}

#[test]
fn completions_and_the_manual_page_know_every_subcommand() {
    let commands = ["list", "run", "check", "explain", "serve", "config"];
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = rolecall(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        for command in commands {
            assert!(text.contains(command), "{shell} lacks {command}");
        }
    }
    let output = rolecall(&["man"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(".TH rolecall 1"), "{text}");
    for command in commands {
        assert!(text.contains(command), "the page lacks {command}");
    }
    let output = rolecall(&["man", "run"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("confirm"), "{text}");
    assert_eq!(rolecall(&["man", "nothing"]).status.code(), Some(2));
}
