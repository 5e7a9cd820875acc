//! `rolecall aws` against the genuine AWS CLI: the commands of every lesson and of the tables in
//! `tests/differential/`, each run by both against sandboxes of their own that `rolecall serve`
//! serves. Standard output, standard error and exit status are the same, byte for byte, once ids,
//! secrets and dates are made alike.
//!
//! `ROLECALL_AWS_CLI` names the genuine CLI, of version 2; `ROLECALL_DIFFERENTIAL` picks scenarios
//! by a part of their names. `.ci/run` installs the CLI and runs this.
//!
//! A table is a scenario: its commands run in order, in one world, each by `sh`. Below a command:
//!
//! - `> name = JMESPath` remembers a part of its answer as `${name}`;
//! - `| text` is its standard input;
//! - `! always: reason` says that it differs from every version, `! old: reason` that it differs
//!   from versions before 2.30. Where it does not differ, that is an error too.

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

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use regex::Regex;
use rolecall::awscli::query;
use rolecall::lesson::{Catalogue, commands};
use serde_json::Value;

/// The first version whose error lines are those of 2026, which rolecall prints.
const NEW: (u32, u32) = (2, 30);

/// A scenario: commands that run in one world.
struct Scenario {
    name: String,
    files: Vec<(String, Vec<u8>)>,
    entries: Vec<Entry>,
}

#[derive(Default)]
struct Entry {
    command: String,
    input: Option<String>,
    /// Variable and expression.
    captures: Vec<(String, String)>,
    always: Option<String>,
    old: Option<String>,
}

fn tables() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder.join("files")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.push((name, fs::read(path).unwrap()));
    }
    let mut scenarios = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        scenarios.push(Scenario {
            entries: entries(&name, &text),
            name,
            files: files.clone(),
        });
    }
    scenarios
}

fn entries(name: &str, text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with("aws") || line.starts_with("sleep ") {
            entries.push(Entry {
                command: line.to_owned(),
                ..Entry::default()
            });
            continue;
        }
        let entry = entries.last_mut();
        let entry = entry.unwrap_or_else(|| panic!("{name}:{}: no command above", number + 1));
        match line.split_at(2) {
            ("> ", rest) => {
                let (variable, expression) = rest.split_once(" = ").unwrap();
                entry
                    .captures
                    .push((variable.to_owned(), expression.to_owned()));
            }
            ("| ", rest) => entry.input = Some(rest.to_owned()),
            ("! ", rest) => match rest.split_once(": ") {
                Some(("always", why)) => entry.always = Some(why.to_owned()),
                Some(("old", why)) => entry.old = Some(why.to_owned()),
                _ => panic!("{name}:{}: `always` or `old`, and why", number + 1),
            },
            _ => panic!("{name}:{}: `{line}`", number + 1),
        }
    }
    entries
}

/// The lessons, as their steps run from the first to the last.
fn lessons() -> Vec<Scenario> {
    let catalogue = Catalogue::embedded();
    catalogue
        .lessons
        .iter()
        .map(|lesson| {
            let mut entries = Vec::new();
            for step in &lesson.steps {
                let Some(text) = &step.command else { continue };
                for range in commands(text) {
                    entries.push(Entry {
                        command: text[range].to_owned(),
                        ..Entry::default()
                    });
                }
                if let Some(last) = entries.last_mut() {
                    if !step.capture.is_empty() {
                        // Here, what is captured is read from what is printed.
                        for form in ["table", "text", "yaml"] {
                            let asked = format!("--output {form}");
                            last.command = last.command.replace(&asked, "--output json");
                        }
                    }
                    last.captures = step
                        .capture
                        .iter()
                        .map(|(name, expression)| (name.clone(), expression.clone()))
                        .collect();
                }
            }
            Scenario {
                name: format!("lesson {}", lesson.id),
                files: lesson
                    .contents
                    .iter()
                    .map(|(name, contents)| (name.clone(), contents.clone()))
                    .collect(),
                entries,
            }
        })
        .collect()
}

/// One of the two: a world, a home, and `aws` as it is here.
struct Side {
    home: tempfile::TempDir,
    server: Child,
    variables: BTreeMap<String, String>,
    files: Vec<(String, Vec<u8>)>,
    environment: Vec<(String, String)>,
}

/// What a command printed.
#[derive(PartialEq, Eq)]
struct Said {
    stdout: String,
    stderr: String,
    exit: Option<i32>,
}

impl Side {
    fn new(program: &str, scenario: &Scenario) -> Self {
        let home = tempfile::tempdir().unwrap();
        let rolecall = env!("CARGO_BIN_EXE_rolecall");
        let mut server = Command::new(rolecall)
            .args(["serve", "--port", "0", "--json", "--ephemeral"])
            .args(["--account", "123456789012", "--account", "210987654321"])
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(server.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        // Versions before 2.13 know no variable for the endpoint.
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then exec {program} \"$@\"; fi\nexec {program} --endpoint-url {} \"$@\"\n",
            text("endpoint")
        );
        let path = bin.join("aws");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(home.path().join("work")).unwrap();
        let other = &ready["accounts"][0];
        let mut side = Self {
            environment: vec![
                ("HOME".into(), home.path().to_str().unwrap().into()),
                ("PATH".into(), format!("{}:/usr/bin:/bin", bin.display())),
                ("AWS_ACCESS_KEY_ID".into(), text("access_key_id")),
                ("AWS_SECRET_ACCESS_KEY".into(), text("secret_access_key")),
                ("AWS_REGION".into(), text("region")),
                ("AWS_DEFAULT_REGION".into(), text("region")),
                ("AWS_PAGER".into(), String::new()),
                ("AWS_EC2_METADATA_DISABLED".into(), "true".into()),
                ("LC_ALL".into(), "C.UTF-8".into()),
                ("TZ".into(), "UTC".into()),
            ],
            home,
            server,
            variables: BTreeMap::new(),
            files: scenario.files.clone(),
        };
        for (name, value) in [
            ("endpoint", text("endpoint")),
            ("account_id", text("account")),
            ("region", text("region")),
            (
                "other_key",
                other["access_key_id"].as_str().unwrap().to_owned(),
            ),
            (
                "other_secret",
                other["secret_access_key"].as_str().unwrap().to_owned(),
            ),
        ] {
            side.variables.insert(name.to_owned(), value);
        }
        side.put_files();
        side
    }

    /// The files, with what is known so far filled in.
    fn put_files(&self) {
        for (name, contents) in &self.files {
            let path = self.home.path().join("work").join(name);
            match std::str::from_utf8(contents) {
                Ok(text) => fs::write(path, self.filled(text)).unwrap(),
                Err(_) => fs::write(path, contents).unwrap(),
            }
        }
    }

    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.variables {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        text
    }

    fn run(&mut self, entry: &Entry) -> Said {
        let mut child = Command::new("sh")
            .args(["-c", &self.filled(&entry.command)])
            .env_clear()
            .envs(self.environment.clone())
            .current_dir(self.home.path().join("work"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = self.filled(entry.input.as_deref().unwrap_or_default());
        // It may not want to hear it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        if !entry.captures.is_empty()
            && let Ok(answer) = serde_json::from_str::<Value>(&stdout)
        {
            for (name, expression) in &entry.captures {
                let found = query::compile(expression).unwrap().search(&answer).unwrap();
                let value = found.as_str().map_or(found.to_string(), str::to_owned);
                self.variables.insert(name.clone(), value);
            }
            self.put_files();
        }
        let moves_many = ["--recursive", "s3 sync", "--force"]
            .iter()
            .any(|word| entry.command.contains(word));
        let mut lines = self.alike(&stdout);
        if moves_many && !entry.command.contains("s3 ls") {
            // The CLI moves several at once, and tells of each when it is done.
            let mut sorted: Vec<&str> = lines.lines().collect();
            sorted.sort_unstable();
            lines = sorted.join("\n");
        }
        Said {
            stdout: lines,
            stderr: self.alike(&String::from_utf8_lossy(&output.stderr)),
            exit: output.status.code(),
        }
    }

    /// Makes what differs between two worlds alike; texts keep their length, for tables.
    fn alike(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut known: Vec<(&String, &String)> = self.variables.iter().collect();
        known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (name, value) in known {
            if value.len() > 5 && name != "account_id" && name != "region" {
                text = text.replace(value.as_str(), &format!("<{name:.<0$}", value.len() - 1));
            }
        }
        text = text.replace(self.home.path().to_str().unwrap(), "<home>");
        for (pattern, with) in [
            // Progress, which a terminal writes over, and the blanks that do it.
            (r"Completed [^\r\n]*\r( +\n)?", "\r"),
            (r"\r+([^\r\n]*[^ \r\n]) *\n", "$1\n"),
            (r"\r", ""),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:port"),
            (
                r"\b(AKIA|ASIA|AIDA|AROA|AGPA|ANPA|AIPA)[A-Z2-7]{16}\b",
                "${1}xxxxxxxxxxxxxxxx",
            ),
            (
                r"\b(AIDA|AROA|AGPA|ANPA|AIPA)[A-Z2-7]{17}\b",
                "${1}xxxxxxxxxxxxxxxxx",
            ),
            (
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "uuiduuid-uuid-uuid-uuid-uuiduuiduuid",
            ),
            (
                r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d",
                "0000-00-00${1}00:00:00",
            ),
            (r"00:00:00\.\d{6}", "00:00:00.000000"),
            (r"00:00:00\.\d{3}", "00:00:00.000"),
            (
                r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
                "Day, 00 Mon 0000 00:00:00 GMT",
            ),
            (r"\b\d{8}T\d{6}Z", "00000000T000000Z"),
            (r"Signature=[0-9a-f]{64}", "Signature=signature"),
            (r"package-deploy-\d{10}", "package-deploy-0000000000"),
            (r"-[0-9A-Za-z]{12}\b", "-xxxxxxxxxxxx"),
            (r"IQoJ[A-Za-z0-9+/=]{60,}", "<token>"),
            (
                r"(^|[^A-Za-z0-9+/])[A-Za-z0-9+/]{40}($|[^A-Za-z0-9+/])",
                "${1}ssssssssssssssssssssssssssssssssssssssss${2}",
            ),
        ] {
            text = Regex::new(pattern)
                .unwrap()
                .replace_all(&text, with)
                .into_owned();
        }
        text
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// `2.36` of `aws-cli/2.36.7 Python/…`.
fn version(cli: &str) -> (u32, u32) {
    let output = Command::new(cli).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let found = Regex::new(r"^aws-cli/(\d+)\.(\d+)").unwrap();
    let found = found.captures(&text);
    let found = found.unwrap_or_else(|| panic!("`{cli}` is no AWS CLI: {text}"));
    let number = |at: usize| found[at].parse().unwrap();
    assert_eq!(number(1), 2, "the AWS CLI of version 2 is needed");
    (number(1), number(2))
}

/// What rolecall prints, in the words of versions before 2.30: their errors had no
/// `aws: [ERROR]: ` in front and no code for those of the command line, usage came before the
/// error, and what an error has beside its message was not shown.
fn in_old_words(said: &mut Said) {
    let text = std::mem::take(&mut said.stderr);
    let usage = "\n\nusage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n";
    // Words that no option takes, and commands without a subcommand, had no prefix either.
    let unknown = "\n\n\naws: [ERROR]: Unknown options: ";
    if let Some((usage, words)) = text.split_once(unknown) {
        said.stderr = format!("{usage}\n\nUnknown options: {words}\n");
        return;
    }
    let text = text.replace("\naws: [ERROR]: too few", "\naws: error: too few");
    let text = match text.split_once("\n\nAdditional error details:\n") {
        Some((message, _)) => format!("{message}\n"),
        None => text,
    };
    let prefix = "\naws: [ERROR]: ";
    let coded = "An error occurred (ParamValidation): ";
    let text = match (text.strip_prefix(prefix), text.split_once(usage)) {
        (Some(_), Some((message, rest))) => {
            let message = message.strip_prefix(prefix).unwrap_or(message);
            let message = message.strip_prefix(coded).unwrap_or(message);
            let usage = usage.trim_start();
            let rest = rest.trim_end();
            format!("\n{usage}{rest}\n\naws: error: {message}\n\n")
        }
        (Some(message), None) => {
            let message = message.strip_prefix(coded).unwrap_or(message);
            let message = message
                .strip_prefix("An error occurred (NoCredentials): ")
                .or_else(|| message.strip_prefix("An error occurred (NoRegion): "))
                .unwrap_or(message);
            format!("\n{message}")
        }
        _ => text,
    };
    said.stderr = text;
}

/// What was found in a scenario.
#[derive(Default)]
struct Found {
    same: usize,
    listed: Vec<String>,
    wrong: Vec<String>,
}

fn compare(cli: &str, old: bool, scenario: &Scenario) -> Found {
    let mut found = Found::default();
    let mut genuine = Side::new(cli, scenario);
    let mut ours = Side::new(&format!("{} aws", env!("CARGO_BIN_EXE_rolecall")), scenario);
    for entry in &scenario.entries {
        let expected = genuine.run(entry);
        let mut said = ours.run(entry);
        if old {
            in_old_words(&mut said);
        }
        let listed = entry
            .always
            .as_ref()
            .or_else(|| entry.old.as_ref().filter(|_| old));
        match (said == expected, listed) {
            (true, None) => found.same += 1,
            (false, Some(why)) => found.listed.push(format!("{}: {why}", entry.command)),
            (true, Some(_)) => found.wrong.push(format!(
                "{}: {}\n  is listed as different, and is not\n",
                scenario.name, entry.command
            )),
            (false, None) => {
                let mut text = format!("{}: {}\n", scenario.name, entry.command);
                for (what, expected, said) in [
                    ("stdout", &expected.stdout, &said.stdout),
                    ("stderr", &expected.stderr, &said.stderr),
                ] {
                    if expected != said {
                        let _ =
                            write!(text, "  aws {what}: {expected:?}\n  our {what}: {said:?}\n");
                    }
                }
                if expected.exit != said.exit {
                    let _ = writeln!(text, "  aws exit {:?}, ours {:?}", expected.exit, said.exit);
                }
                found.wrong.push(text);
            }
        }
    }
    found
}

#[test]
#[ignore = "needs the genuine AWS CLI: `.ci/run` installs it and sets ROLECALL_AWS_CLI"]
fn rolecall_prints_what_the_aws_cli_prints() {
    let cli = std::env::var("ROLECALL_AWS_CLI")
        .expect("ROLECALL_AWS_CLI names the AWS CLI of version 2 to compare with");
    let found = version(&cli);
    let old = found < NEW;
    let picked = std::env::var("ROLECALL_DIFFERENTIAL").unwrap_or_default();
    let mut scenarios: Vec<Scenario> = lessons().into_iter().chain(tables()).collect();
    scenarios.retain(|scenario| scenario.name.contains(&picked));
    // The slow ones, which wait for stacks, first.
    scenarios.sort_by_key(|scenario| {
        let waits = scenario
            .entries
            .iter()
            .any(|entry| entry.command.contains("deploy") || entry.command.contains(" wait "));
        (!waits, std::cmp::Reverse(scenario.entries.len()))
    });
    scenarios.reverse();
    let queue = Mutex::new(scenarios);
    let results = Mutex::new(Found::default());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = queue.lock().unwrap().pop() else {
                        return;
                    };
                    let found = compare(&cli, old, &scenario);
                    let mut results = results.lock().unwrap();
                    results.same += found.same;
                    results.listed.extend(found.listed);
                    results.wrong.extend(found.wrong);
                }
            });
        }
    });
    let results = results.into_inner().unwrap();
    println!(
        "{} commands alike with aws-cli/{}.{}, {} different for a reason:",
        results.same,
        found.0,
        found.1,
        results.listed.len()
    );
    for line in &results.listed {
        println!("  {line}");
    }
    assert!(
        results.wrong.is_empty(),
        "{} different:\n\n{}",
        results.wrong.len(),
        results.wrong.join("\n")
    );
    assert!(results.same > 0, "nothing was compared");
}

#[test]
fn the_tables_can_be_read() {
    let tables = tables();
    let commands: usize = tables.iter().map(|table| table.entries.len()).sum();
    assert!(commands >= 250, "{commands}");
    for (name, text) in [
        ("t", "> a = b"),
        ("t", "aws a\n? b"),
        ("t", "aws a\n! never: x"),
    ] {
        assert!(std::panic::catch_unwind(|| entries(name, text)).is_err());
    }
}

#[test]
fn old_words_are_made_of_new_ones() {
    let mut said = Said {
        stdout: String::new(),
        stderr: "\naws: [ERROR]: An error occurred (A) when calling the B operation: C\n\nAdditional error details:\nBucketName: x\n".into(),
        exit: Some(254),
    };
    in_old_words(&mut said);
    assert_eq!(
        said.stderr,
        "\nAn error occurred (A) when calling the B operation: C\n"
    );
}
