//! The rules of the house that a scan of the sources can prove. ARCHITECTURE.md gives the reasons.

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

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms it may know.
const ARROWS: [(&str, &[&str]); 14] = [
    ("model", &[]),
    ("secret", &[]),
    ("sigv4", &[]),
    ("policy", &[]),
    ("template", &["model"]),
    ("awscli", &["model", "secret"]),
    ("code", &["model", "secret", "awscli"]),
    (
        "sandbox",
        &["model", "secret", "sigv4", "policy", "template"],
    ),
    (
        "lesson",
        &["model", "secret", "awscli", "policy", "template"],
    ),
    ("aws", &["model", "secret", "sigv4", "awscli", "sandbox"]),
    (
        "app",
        &["model", "secret", "awscli", "code", "policy", "lesson"],
    ),
    (
        "ui",
        &["app", "secret", "awscli", "code", "policy", "lesson"],
    ),
    (
        "runtime",
        &[
            "model", "secret", "policy", "template", "awscli", "sandbox", "lesson", "aws", "app",
            "ui",
        ],
    ),
    (
        "cli",
        &[
            "model", "secret", "policy", "template", "awscli", "sandbox", "lesson", "aws", "app",
            "ui", "runtime",
        ],
    ),
];

/// Rooms that touch nothing outside themselves.
const PURE: [&str; 7] = [
    "policy", "template", "awscli", "app", "model", "sigv4", "code",
];

/// Crates that a pure room must not name.
const IMPURE: [&str; 6] = [
    "tokio",
    "ratatui",
    "crossterm",
    "aws_config",
    "aws_sdk",
    "hyper",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// (room, file, text without its unit tests and comments) of every source file in a room.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut out = Vec::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap();
        let room = first.trim_end_matches(".rs").to_owned();
        let tests = file.file_name().is_some_and(|name| name == "tests.rs");
        if tests || ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        out.push((room, file, code.collect::<Vec<_>>().join("\n")));
    }
    assert!(out.len() > 10, "the scan found only {} files", out.len());
    out
}

/// The rooms that a text names as `crate::room`, in `use crate::{a, b::c}` groups too.
fn named(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let Some(group) = part.strip_prefix('{') else {
            names.insert(first_word(part));
            continue;
        };
        let mut depth = 0;
        let mut name = String::new();
        for character in group.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    names.insert(first_word(&name));
                    name.clear();
                }
                other if depth == 0 => name.push(other),
                _ => {}
            }
        }
        names.insert(first_word(&name));
    }
    names
}

fn first_word(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// A text without its string literals.
fn unquoted(code: &str) -> String {
    let plain = code
        .replace("\\\\", "")
        .replace("\\\"", "")
        .replace("'\"'", "");
    plain.split('"').step_by(2).collect()
}

#[test]
fn rooms_know_only_whom_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut broken = Vec::new();
    for (room, file, code) in rooms() {
        let may = allowed
            .get(room.as_str())
            .unwrap_or_else(|| panic!("`{room}` is a room that the list of arrows lacks"));
        for name in named(&code) {
            let known = name == room || may.contains(&name.as_str());
            if allowed.contains_key(name.as_str()) && !known {
                broken.push(format!(
                    "{}: `{room}` may not know `{name}`",
                    file.display()
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_clients_and_pauses_know_the_sandbox_in_aws() {
    for (room, file, code) in rooms() {
        if room == "aws" && named(&code).contains("sandbox") {
            assert!(
                file.ends_with("aws/target.rs") || file.ends_with("aws/mod.rs"),
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn pure_rooms_name_nothing_that_touches_the_world() {
    let mut broken = Vec::new();
    for (room, file, code) in rooms() {
        if !PURE.contains(&room.as_str()) {
            continue;
        }
        // What stands in a string is text that is written, not a path that is used.
        let code = unquoted(&code);
        for name in IMPURE {
            if code.contains(&format!("{name}::")) {
                broken.push(format!("{}: `{room}` names `{name}`", file.display()));
            }
        }
        for call in [
            "std::fs",
            "std::env",
            "std::process",
            "std::net::Tcp",
            "std::net::Udp",
            "std::time::Instant",
        ] {
            if code.contains(call) {
                broken.push(format!("{}: `{room}` uses `{call}`", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_scan_reads_paths_and_groups() {
    let code =
        "use crate::policy::Document;\nuse crate::{model::{Shape, Kind}, secret};\ncrate::aws::x()";
    let expected = ["aws", "model", "policy", "secret"].map(str::to_owned);
    assert_eq!(named(code), BTreeSet::from(expected));
}
