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
         sts-example-user\nAs administrator.\nSUCCESS, as expected (",
        " ms)\n{\n    \"User\": {\n",
        "\nAs sts.\nDENIED with AccessDenied by the identity policies, as expected (",
        "DENIED with AccessDenied by the identity policies, as expected (",
        "ERROR with DeleteConflict, as expected (",
        "removed the profile `sts`\n",
        "every expectation held: 24 steps run in ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn an_endpoint_without_a_region_is_told_from_one_that_does_not_answer() {
    let home = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let output = bounded::output(
            Command::new(env!("CARGO_BIN_EXE_rolecall"))
                .args(["run", "assume-role", "--endpoint-url", "http://127.0.0.1:9"])
                .args(more)
                .env_clear()
                .env("HOME", home.path())
                .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
                .env("AWS_SECRET_ACCESS_KEY", "example")
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .stdin(Stdio::null()),
        );
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let told = run(&[]);
    assert!(told.contains("You must specify a region"), "{told}");
    assert!(told.contains("`--region`"), "{told}");
    assert!(!told.contains("Is there a server"), "{told}");
    let told = run(&["--region", "us-east-1"]);
    assert!(
        told.contains("Could not connect to the endpoint URL"),
        "{told}"
    );
    assert!(told.contains("Is there a server"), "{told}");
}

#[cfg(unix)]
#[test]
fn work_folders_of_killed_runs_are_removed() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tempfile::tempdir().unwrap();
    let killed = runtime.path().join("rolecall-lab-a1b2c3/.aws");
    fs::create_dir_all(&killed).unwrap();
    fs::write(killed.join("credentials"), "[sts]\n").unwrap();
    fs::write(runtime.path().join("bus"), "").unwrap();
    let output = bounded::output(
        Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .args(["run", "assume-role"])
            .env_clear()
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", runtime.path())
            .stdin(Stdio::null()),
    );
    assert!(output.status.success(), "{output:?}");
    assert_eq!(files(runtime.path()), [runtime.path().join("bus")]);
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

/// The plain mode with a script of commands; it must end well.
fn plain(home: &Path, arguments: &[&str], script: &str) -> String {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    text
}

/// What was answered to one command of a script.
fn answer<'t>(text: &'t str, command: &str) -> &'t str {
    let start = text
        .find(&format!("\n> {command}\n"))
        .unwrap_or_else(|| panic!("no `{command}` in {text}"));
    let rest = &text[start + command.len() + 4..];
    &rest[..rest.find("\n> ").map_or(rest.len(), |end| end + 1)]
}

#[test]
fn the_plain_mode_goes_through_a_denial_by_lines_of_a_pipe() {
    let home = tempfile::tempdir().unwrap();
    let script = "open assume-role\nrun\nrun\nnext\nrun\nnext\nrun\nnext\nrun\nnext\nhint\nrun\n\
                  why\nwire\ncode\nstate\nmap\nresponse 1\nsearch bucket\nsteps\nundo\nno\nwho\nstep 99\nnexr\nquit\n";
    let text = plain(home.path(), &["--plain"], script);
    // Nothing in it commands a terminal, and no secret is said.
    assert!(!text.contains('\u{1b}') && text.is_ascii(), "{text}");
    let denied = text
        .split("\n> run\n")
        .find(|part| part.starts_with("DENIED"))
        .unwrap_or_else(|| panic!("{text}"));
    let place = |words: &str| {
        denied
            .find(words)
            .unwrap_or_else(|| panic!("{words}: {denied}"))
    };
    assert!(place("DENIED with AccessDenied by the identity policies") < place("\nWhy: "));
    assert!(place("\nWhy: ") < place("aws: [ERROR]: An error occurred (AccessDenied)"));
    assert!(place("aws: [ERROR]") < place("What this shows: "));
    let why = answer(&text, "why");
    for part in [
        "Decided by: Identity policies\n",
        "Asks: s3:ListAllMyBuckets\n",
        "does not allow, decided here\n",
        "The smallest change that would allow it: ",
    ] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert!(answer(&text, "search bucket").starts_with("Lines found: 1\n1: aws: [ERROR]"));
    for (tab, part) in [
        ("wire", "GET "),
        ("code", "aws_sdk_s3"),
        ("state", "sts-example-user"),
        ("map", "sts-example-user"),
    ] {
        let told = answer(&text, tab);
        assert!(told.contains(part), "{tab}: {told}");
    }
    assert!(answer(&text, "steps").contains("Be denied, done, you are here\n"));
    assert!(answer(&text, "undo").contains("Type yes or no."));
    assert!(answer(&text, "no").contains("nothing was changed"));
    assert!(answer(&text, "who").starts_with("As sts: arn:aws:iam::123456789012:user/"));
    assert!(answer(&text, "nexr").contains("did you mean `next`?"));
    assert!(answer(&text, "hint").starts_with("Hint 1 of "));

    // What was done is kept, and the end of the input is an end.
    let text = plain(home.path(), &["--plain"], "open 1\n");
    assert!(
        text.contains("5 of 26 steps done") || text.contains("6 of 26 steps done"),
        "{text}"
    );
    assert!(
        answer(&text, "open 1").starts_with("Step 6 of 26: Be denied\nDone."),
        "{text}"
    );
}

#[test]
fn everything_for_studying_is_there_in_lines_of_text() {
    let home = tempfile::tempdir().unwrap();
    let script = "open external-id\nnext\nrun\nnext\nrun\nnext\nrun\nnext\npredict\npredict 9\n\
                  predict allowed\npredict trust\nnext\nsolution\nno\nhint\nhint\nhint\nrun\n\
                  check\nsolution\nsolution\nyes\nrun\nmap\nwire\nview\ncode\ncopy\nids\nstate\nids\n\
                  next\npredict 1\npredict off\nlessons\nquit\n";
    let text = plain(home.path(), &["--plain"], script);
    let hears = |command: &str, part: &str| {
        let told = answer(&text, command);
        assert!(told.contains(part), "{command}: {part}: {told}");
    };
    hears(
        "predict",
        "`predict 3`: denied by the role's trust policy.\n",
    );
    hears("predict 9", "Wrong: ");
    hears("predict allowed", "SUCCESS, as expected");
    hears("predict allowed", "\nYou said allowed: right.\n");
    hears("predict trust", "there is nothing to predict here");
    hears("solution", "There are hints left");
    hears(
        "check",
        "NOT AS EXPECTED: not yet so: the role's trust policy asks for",
    );
    let shown = text.rsplit("\n> solution\n").next().unwrap();
    assert!(shown.contains("Take the solution?"), "{shown}");
    assert!(
        shown.contains("\"sts:ExternalId\": \"customer-4711\""),
        "{shown}"
    );
    assert!(
        text.contains("SUCCESS, as expected, by its solution"),
        "{text}"
    );
    hears(
        "map",
        "Changed: user external-example-partner no longer can assume role external-example-audit.\n",
    );
    hears("wire", "Shown is the request; `view` shows its signing.\n");
    hears("view", "1. The canonical request");
    hears("code", "In Rust; ");
    hears("copy", "aws iam update-assume-role-policy");
    hears(
        "predict 1",
        "You said allowed: it was denied by the role's trust policy.\n",
    );
    hears(
        "lessons",
        "Predictions right: allowed 1 of 1, trust 0 of 1.",
    );
    // Key ids are said whole only where that was asked for.
    assert!(
        answer(&text, "state")
            .split("AKIA")
            .skip(1)
            .all(|id| !id[..16].contains('*'))
    );
    for (command, told) in text.split("\n> ").filter_map(|part| part.split_once('\n')) {
        if command != "state" {
            assert!(
                told.split("AKIA")
                    .skip(1)
                    .all(|id| !id.starts_with(char::is_alphanumeric)),
                "{told}"
            );
        }
    }
}

#[test]
fn commands_and_documents_are_written_in_the_plain_mode() {
    let home = tempfile::tempdir().unwrap();
    let script = "open 1\nnext\nedit aws iam create-user --usr-name x\n\
                  edit aws iam get-user --user-name nobody\nrun\noriginal\ntext\nstep 10\n\
                  document\n{\"a\": }\n.\nfile\nreset\nyes\nfile\n";
    let text = plain(home.path(), &["--plain"], script);
    assert!(
        answer(&text, "edit aws iam create-user --usr-name x").starts_with("Wrong: "),
        "{text}"
    );
    assert!(text.contains("NOT AS EXPECTED: expected success, but it failed with NoSuchEntity"));
    assert!(answer(&text, "text").contains("$ aws iam create-user --user-name sts-example-user\n"));
    assert!(
        answer(&text, ".").starts_with("Wrong: written, but line 1, column 7: "),
        "{text}"
    );
    assert!(text.contains("policy.json:\n1: {\"a\": }\n"), "{text}");
    assert!(text.contains("\n1: {\n2:"), "{text}");
}

/// A plain mode that is talked to.
struct Talk {
    child: std::process::Child,
    input: std::process::ChildStdin,
    output: std::io::BufReader<std::process::ChildStdout>,
    heard: String,
}

impl Talk {
    fn start(home: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .arg("--plain")
            .env_clear()
            .env("HOME", home)
            .env("XDG_STATE_HOME", home.join("state"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            output: std::io::BufReader::new(child.stdout.take().unwrap()),
            child,
            heard: String::new(),
        }
    }

    fn say(&mut self, line: &str) {
        use std::io::Write;
        self.input
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
    }

    /// The next line that begins so.
    fn hear(&mut self, beginning: &str) -> String {
        use std::io::BufRead;
        loop {
            let mut line = String::new();
            let length = self.output.read_line(&mut line).unwrap();
            assert!(length > 0, "no `{beginning}` in {}", self.heard);
            self.heard.push_str(&line);
            if line.starts_with(beginning) {
                return line.trim_end().to_owned();
            }
        }
    }
}

#[test]
fn other_programs_come_in_by_the_door_and_the_lesson_says_so() {
    let home = tempfile::tempdir().unwrap();
    let mut talk = Talk::start(home.path());
    talk.say("open 1");
    talk.say("door open");
    let line = talk.hear(". /");
    let script = std::path::PathBuf::from(line.trim_start_matches(". "));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&script).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = fs::read_to_string(&script).unwrap();
    let setting = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(&format!("export {name}=")))
            .unwrap_or_else(|| panic!("no {name} in {text}"));
        line.to_owned()
    };
    let secret = setting("AWS_SECRET_ACCESS_KEY");
    assert!(setting("AWS_ENDPOINT_URL").starts_with("http://127.0.0.1:"));
    // Another program, by what the file says.
    let mut other = Command::new(env!("CARGO_BIN_EXE_rolecall"));
    other
        .args(["--plain", "--endpoint-url", &setting("AWS_ENDPOINT_URL")])
        .env_clear()
        .env("HOME", home.path().join("other"))
        .env("XDG_STATE_HOME", home.path().join("other/state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        other.env(name, setting(name));
    }
    let mut child = other.spawn().unwrap();
    {
        use std::io::Write;
        let mut input = child.stdin.take().unwrap();
        input
            .write_all(b"open 1\n123456789012\naws iam create-user --user-name outside\nquit\n")
            .unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("SUCCESS"), "{said}");
    assert_eq!(
        talk.hear("Note: the world was changed"),
        "Note: the world was changed from elsewhere: iam:CreateUser by user/Administrator"
    );
    talk.say("aws iam get-user --user-name outside");
    talk.hear("SUCCESS");
    talk.say("complete aws iam get-user --user-name o");
    talk.hear("outside");
    talk.say("door close");
    talk.hear("The door is closed");
    assert!(!script.exists());
    talk.say("quit");
    talk.hear("Progress is kept.");
    assert_eq!(talk.child.wait().unwrap().code(), Some(0));
    assert!(!talk.heard.contains(&secret), "{}", talk.heard);
    assert!(!said.contains(&secret), "{said}");
}

/// Every secret that a saved lab holds.
fn secrets(home: &Path) -> Vec<String> {
    fn look(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if ["secret", "token"].contains(&name.as_str()) => {
                            found.push(text.clone());
                        }
                        other => look(other, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| look(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for path in files(&home.join("state")) {
        if path.extension().is_some_and(|ending| ending == "json") {
            let text = fs::read_to_string(path).unwrap();
            look(&serde_json::from_str(&text).unwrap(), &mut found);
        }
    }
    found.retain(|text| text.len() >= 16);
    found
}

#[test]
fn sessions_expire_when_time_goes_on_and_no_secret_is_in_any_export() {
    let home = tempfile::tempdir().unwrap();
    let mut script = "open 1\nnext\n".to_owned();
    for _ in 0..13 {
        script.push_str("run\nnext\n");
    }
    script.push_str(
        "step 14\nwho\nnote Remember <b>this</b>.\naws sts get-caller-identity --profile assumed\n",
    );
    script.push_str(
        "time\ntime 15\ntime past\naws sts get-caller-identity --profile assumed\nwhy\nquit\n",
    );
    let text = plain(home.path(), &["--plain"], &script);
    assert!(
        answer(&text, "time 15").contains("the sandbox's clock went on by 15 min"),
        "{text}"
    );
    assert!(
        answer(&text, "time past").contains("EXPIRED: the session of assumed"),
        "{text}"
    );
    assert!(text.contains("ExpiredToken"), "{text}");
    let secrets = secrets(home.path());
    assert!(secrets.len() >= 3, "{secrets:?}");
    #[cfg(unix)]
    for path in files(&home.path().join("state")) {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may read {}", path.display());
    }
    let mut produced = vec![text];
    for format in ["md", "html"] {
        let output = rolecall(home.path(), &["export", "assume-role", "--format", format]);
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).unwrap();
        for part in ["DENIED", "AccessDenied", "Remember &lt;b"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        produced.push(text);
    }
    for text in &produced {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
    }
    // A file is never written over, and is its owner's alone.
    let file = home.path().join("session.html");
    let arguments = [
        "export",
        "assume-role",
        "--format",
        "html",
        "--output",
        file.to_str().unwrap(),
    ];
    for name in ["session.html", "session-2.html"] {
        let output = rolecall(home.path(), &arguments);
        assert!(
            String::from_utf8(output.stdout)
                .unwrap()
                .trim_end()
                .ends_with(name)
        );
        assert!(home.path().join(name).exists());
    }
    let output = rolecall(home.path(), &["export", "assume-rol"]);
    assert_eq!(output.status.code(), Some(2));
    // The screens name the keys of the config file.
    let config = home.path().join(".config/rolecall/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(config, "[keys]\nnext = \"K\"\n").unwrap();
    let output = rolecall(home.path(), &arguments);
    assert_eq!(output.status.code(), Some(0));
    let page = fs::read_to_string(home.path().join("session-3.html")).unwrap();
    assert!(page.contains(">K </span>"), "{page}");
}
