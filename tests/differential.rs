//! `rolecall aws` against the genuine AWS CLI: the commands of every lesson and of the tables in
//! `tests/differential/`, each run by both against sandboxes of their own that `rolecall serve`
//! serves. Standard output, standard error and exit status are the same, byte for byte, once ids,
//! secrets and dates are made alike.
//!
//! `ROLECALL_AWS_CLI` names the genuine CLI, of version 2; `ROLECALL_DIFFERENTIAL` picks scenarios
//! by a part of their names. `.ci/run` installs the CLI and runs this.
//!
//! A table is a scenario: its commands run in order, in one world, each by `sh`. `% --option` is an
//! option of `rolecall serve` for it. Below a command:
//!
//! - `> name = JMESPath` remembers a part of its answer as `${name}`;
//! - `| text` is its standard input;
//! - `! always: reason` says that it differs from every version, `! old: reason` that it differs
//!   from versions before 2.30. Where it does not differ, that is an error too;
//! - `= status words` is what AWS was seen to answer, `@ json` what is then printed; `…` stands for
//!   any text, `↵` for the end of a line. These are tried without the genuine CLI too.

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

mod served;
mod differential {
    pub mod alike;
    pub mod old_words;
    pub mod side;
    pub mod tables;
}

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;
use std::sync::Mutex;

use regex::Regex;
use rolecall::lesson::Catalogue;
use serde_json::Value;

use differential::alike::alike;
use differential::old_words::in_old_words;
use differential::side::{Said, Side};
use differential::tables::{Scenario, entries, lessons, of_lesson, of_step, tables};

/// The first version whose error lines are those of 2026, which rolecall prints.
const NEW: (u32, u32) = (2, 30);

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
            (false, None) if old && entry.perhaps_old.is_some() => {
                let why = entry.perhaps_old.as_deref().unwrap_or_default();
                found.listed.push(format!("{}: {why}", entry.command));
            }
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
    // A bare name would mean the script that stands before it in each scenario's PATH.
    let cli = std::fs::canonicalize(&cli).expect("ROLECALL_AWS_CLI is the path of a program");
    let cli = cli.to_str().expect("a path in UTF-8").to_owned();
    let found = version(&cli);
    let old = found < NEW;
    let picked = std::env::var("ROLECALL_DIFFERENTIAL").unwrap_or_default();
    let mut scenarios: Vec<Scenario> = lessons().into_iter().chain(tables()).collect();
    scenarios.retain(|scenario| scenario.name.contains(&picked));
    // AWS's own answers were printed by new versions, and once is enough for what takes minutes.
    scenarios.retain(|scenario| !old || scenario.entries.iter().all(|entry| entry.says.is_none()));
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
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = queue.lock().unwrap().pop() else {
                        return;
                    };
                    let found = compare(&cli, old, &scenario);
                    for wrong in &found.wrong {
                        eprintln!("{wrong}");
                    }
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

/// Whether a text is the one that is wanted, in which `…` stands for any.
fn is_like(wanted: &str, found: &str) -> bool {
    let parts: Vec<String> = wanted.split('…').map(regex::escape).collect();
    let pattern = Regex::new(&format!("(?s)^{}$", parts.join(".*"))).unwrap();
    pattern.is_match(found)
}

fn json_is_like(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::String(wanted), Value::String(found)) => is_like(wanted, found),
        (Value::Array(wanted), Value::Array(found)) => {
            let mut pairs = wanted.iter().zip(found);
            wanted.len() == found.len() && pairs.all(|(wanted, found)| json_is_like(wanted, found))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            let member = |(name, wanted): (&String, &Value)| {
                found
                    .get(name)
                    .is_some_and(|found| json_is_like(wanted, found))
            };
            wanted.len() == found.len() && wanted.iter().all(member)
        }
        _ => wanted == found,
    }
}

/// What of a table is otherwise than AWS was seen to answer.
fn otherwise(scenario: &Scenario) -> Vec<String> {
    let program = format!("{} aws", env!("CARGO_BIN_EXE_rolecall"));
    let mut side = Side::new(&program, scenario);
    let mut wrong = Vec::new();
    for entry in &scenario.entries {
        let said = side.run_here(entry);
        let Some((exit, words)) = &entry.says else {
            continue;
        };
        let error = said.stderr.trim().trim_start_matches("aws: [ERROR]: ");
        let error = error.split("\n\nAdditional error details").next();
        let printed = serde_json::from_str(&said.stdout).unwrap_or(Value::Null);
        let wanted = entry.prints.as_ref();
        let right = said.exit == Some(*exit)
            && is_like(words, error.unwrap_or_default())
            && wanted.is_none_or(|wanted| json_is_like(wanted, &printed));
        if !right {
            wrong.push(format!(
                "{}\n  wanted {exit} {words} {}\n  found {:?} {} {}",
                entry.command,
                wanted.map(Value::to_string).unwrap_or_default(),
                said.exit,
                said.stderr.trim(),
                said.stdout
            ));
        }
    }
    wrong
}

#[test]
fn the_sandbox_answers_as_aws_was_seen_to() {
    let mut scenarios = tables();
    scenarios.retain(|scenario| scenario.entries.iter().any(|entry| entry.says.is_some()));
    assert!(!scenarios.is_empty(), "there are no answers of AWS");
    let wrong = std::thread::scope(|scope| {
        let running: Vec<_> = scenarios
            .iter()
            .map(|scenario| scope.spawn(|| otherwise(scenario)))
            .collect();
        let done = running.into_iter().map(|thread| thread.join().unwrap());
        done.collect::<Vec<_>>().concat()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The command of a step is the command that the learner types elsewhere.
#[test]
fn a_step_of_a_lesson_prints_what_rolecall_aws_prints() {
    let program = env!("CARGO_BIN_EXE_rolecall");
    let catalogue = Catalogue::embedded();
    std::thread::scope(|scope| {
        for lesson in &catalogue.lessons {
            scope.spawn(move || {
                let mut side = Side::new(&format!("{program} aws"), &of_lesson(lesson));
                let run = Command::new(program)
                    .args(["run", &lesson.id, "--json"])
                    .env_clear()
                    .env("HOME", side.home.path().join("elsewhere"))
                    .output()
                    .unwrap();
                let ran = String::from_utf8(run.stdout).unwrap();
                let mut ran = ran
                    .lines()
                    .map(|line| -> Value { serde_json::from_str(line).unwrap() })
                    // Profiles are removed without a command.
                    .filter(|ran| !ran["command"].is_null());
                for step in &lesson.steps {
                    let said: Vec<Said> = of_step(step)
                        .iter()
                        .map(|entry| side.run_here(entry))
                        .collect();
                    let Some(last) = said.last() else { continue };
                    let ran = ran.next().unwrap();
                    let joined =
                        |part: fn(&Said) -> &str| -> String { said.iter().map(part).collect() };
                    let alone =
                        |text: &str| unmeasured(&alike(text, &BTreeMap::new(), side.home.path()));
                    let text = |name: &str| alone(ran[name].as_str().unwrap());
                    assert_eq!(ran["step"], step.id.as_str());
                    assert_eq!(
                        text("stdout"),
                        alone(&joined(|said| &said.stdout)),
                        "{ran:#}"
                    );
                    assert_eq!(
                        text("stderr"),
                        alone(&joined(|said| &said.stderr)),
                        "{ran:#}"
                    );
                    assert_eq!(ran["exit"].as_i64(), last.exit.map(i64::from), "{ran:#}");
                }
                assert!(ran.next().is_none());
            });
        }
    });
}

/// Without what a secret measures: a transcript shows stars in its place, and a table fits them.
fn unmeasured(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"<token>|s{40}|\*{16}", "<secret>"),
        (r"(AKIA|ASIA)(x{16}|\*{12}\w{4})", "<key>"),
        (r" +", " "),
        (r"-{5,}", "-----"),
    ] {
        text = Regex::new(pattern)
            .unwrap()
            .replace_all(&text, with)
            .into_owned();
    }
    text
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
