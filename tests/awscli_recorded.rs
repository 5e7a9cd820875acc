//! Command lines against what the genuine AWS CLI (2.36.7) makes of them: the same input of the
//! same operation, or the same words on standard error and the same exit status.
//!
//! `tests/awscli/record.py` records, from `tests/awscli/commands.txt`.

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

use std::io;

use rolecall::awscli::{self, Action, Call, ErrorKind, Files, Format, Paging, Skeleton, format};
use serde_json::{Map, Value};

/// Commands that rolecall reads otherwise than the AWS CLI, and why.
const DIFFERENT: [(&str, &str); 5] = [
    (
        "aws --user-name alice iam create-user",
        "what is no command of rolecall's may be one of the AWS CLI's: the words are rolecall's",
    ),
    (
        "aws iam simulate-principal-policy --generate-cli-skeleton",
        "rolecall's model is newer and has PolicyExclusionList",
    ),
    (
        "aws s3api put-object --generate-cli-skeleton",
        "rolecall's model is newer, and AWS's own says that Expires is a string",
    ),
    (
        "aws s3api put-object --bucket b --key k --content-md5 x --metadata '{\"a\": 1}'",
        "the AWS CLI stumbles before its own check of types, which rolecall makes",
    ),
    (
        "aws s3api put-object --bucket b --key k --metadata a=b,c",
        "the AWS CLI stumbles before its own check of types, which rolecall makes",
    ),
];

struct Folder;

impl Files for Folder {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/awscli/files/");
        std::fs::read(format!("{folder}{path}"))
    }
}

fn recorded() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/awscli/recorded.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The input as the AWS CLI has it: paging options among it, bodies left out.
fn input(call: &Call) -> Value {
    let mut input = call.input.clone();
    if call.operation.name == "PutObject" || call.operation.name == "UploadPart" {
        input
            .entry("Body")
            .and_modify(|body| *body = "<file>".into());
    }
    let Paging {
        max_items,
        page_size,
        starting_token,
        ..
    } = &call.paging;
    let mut paging = Map::new();
    let token = starting_token.clone().map(Value::from);
    let size = page_size.map(Value::from);
    let items = max_items.map(Value::from);
    for (name, value) in [
        ("StartingToken", token),
        ("PageSize", size),
        ("MaxItems", items),
    ] {
        if let Some(value) = value {
            paging.insert(name.into(), value);
        }
    }
    if !paging.is_empty() {
        input.insert("PaginationConfig".into(), paging.into());
    }
    Value::Object(input)
}

/// What is not as recorded.
fn difference(row: &Value) -> Option<String> {
    let text = row["text"].as_str().unwrap();
    let found = awscli::parse(text, &Folder);
    if let Some(call) = row.get("call") {
        let command = match &found {
            Ok(command) => command,
            Err(error) => return Some(format!("refused: {}", error.stderr())),
        };
        let made = match &command.action {
            Action::Call(call) => call,
            Action::Wait(wait) => &wait.call,
            other => return Some(format!("is {other:?}")),
        };
        let wanted = &call["input"];
        if input(made) != *wanted {
            return Some(format!("input is  {}\nrecorded: {wanted}", input(made)));
        }
        let pages = made.operation.paginator.is_some() && call["paginate"] == true;
        return (made.paging.auto != pages).then(|| format!("pages: {}", made.paging.auto));
    }
    let wanted = (
        row["exit"].as_u64().unwrap(),
        row["stdout"].as_str().unwrap(),
        row["stderr"].as_str().unwrap(),
    );
    let (exit, stdout, stderr) = match found {
        Err(error) => (u64::from(error.exit), String::new(), error.stderr()),
        Ok(command) => match command.action {
            Action::Skeleton(Skeleton::Input(value) | Skeleton::Answer { value, .. }) => (
                0,
                format::render(Format::Json, "", &value).unwrap(),
                String::new(),
            ),
            other => return Some(format!("is taken: {other:?}\nrecorded: {}", wanted.2)),
        },
    };
    let skeleton = wanted.0 == 0 && wanted.1 == "{}\n" && stdout.is_empty();
    (!skeleton && (exit, stdout.as_str(), stderr.as_str()) != wanted).then(|| {
        format!(
            "prints {exit}\n{stdout}{stderr}\nrecorded {}\n{}{}",
            wanted.0, wanted.1, wanted.2
        )
    })
}

#[test]
fn command_lines_are_read_as_the_aws_cli_reads_them() {
    let rows = recorded();
    assert!(rows.len() > 300, "{}", rows.len());
    let mut bad = Vec::new();
    for row in &rows {
        let text = row["text"].as_str().unwrap();
        let known = DIFFERENT.iter().any(|(known, _)| *known == text);
        match difference(row) {
            Some(difference) if !known => bad.push(format!("{text}\n{difference}")),
            None if known => bad.push(format!("{text}\nis not different any more")),
            _ => {}
        }
    }
    assert!(
        bad.is_empty(),
        "{} differ:\n\n{}",
        bad.len(),
        bad.join("\n\n")
    );
}

#[test]
fn every_error_has_its_place_inside_the_text() {
    for row in recorded() {
        let text = row["text"].as_str().unwrap();
        if let Err(error) = awscli::parse(text, &Folder) {
            assert!(
                text.get(error.span.clone()).is_some(),
                "{text}: {:?}",
                error.span
            );
            assert_ne!(error.kind, ErrorKind::Shell, "{text}");
        }
    }
}
