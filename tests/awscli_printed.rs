//! Answers against how the genuine AWS CLI (2.36.7) prints them, in every format and with
//! `--query`.
//!
//! `tests/awscli/record_answers.py` records, from `answers.json` and `queries.txt` beside it.

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

use rolecall::awscli::{Format, Printed, Style, format};
use serde_json::{Value, json};

fn read(name: &str) -> Value {
    let path = format!("{}/tests/awscli/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn answers_are_printed_as_the_aws_cli_prints_them() {
    let (answers, rows) = (read("answers.json"), read("printed.json"));
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 350, "{}", rows.len());
    let mut bad = Vec::new();
    for row in rows {
        let format = Format::named(row["format"].as_str().unwrap()).unwrap();
        let answer = &answers[row["answer"].as_str().unwrap()];
        let query = row.get("query").and_then(Value::as_str);
        let found = match format::answer(format, query, "ListThings", false, answer) {
            Ok(text) => json!({"printed": text}),
            Err(error) => json!({"error": error}),
        };
        let wanted = match row.get("error") {
            Some(error) => json!({"error": error}),
            None => json!({"printed": row["printed"]}),
        };
        if found != wanted {
            bad.push(format!(
                "{} {} {query:?}\n{}\nrecorded:\n{}",
                row["answer"],
                format.name(),
                found
                    .as_object()
                    .unwrap()
                    .values()
                    .next()
                    .unwrap()
                    .as_str()
                    .unwrap(),
                wanted
                    .as_object()
                    .unwrap()
                    .values()
                    .next()
                    .unwrap()
                    .as_str()
                    .unwrap(),
            ));
        }
    }
    assert!(
        bad.is_empty(),
        "{} differ:\n\n{}",
        bad.len(),
        bad.join("\n")
    );
}

#[test]
fn text_is_printed_page_by_page_and_the_rest_as_a_whole() {
    let printed = |format| Printed {
        value: json!({"Users": ["a", "b"]}),
        pages: vec![json!({"Users": ["a"]}), json!({"Users": ["b"]})],
        style: Style::Formatted {
            format,
            query: Some("length(Users)".into()),
            title: String::new(),
            color: false,
        },
    };
    assert_eq!(printed(Format::Text).revealed(), "1\n1\n");
    assert_eq!(printed(Format::YamlStream).revealed(), "- 1\n- 1\n");
    assert_eq!(printed(Format::Json).revealed(), "2\n");
}

/// As the AWS CLI 2.9.19 printed it.
#[test]
fn colours_of_a_table_are_for_the_terminal_alone() {
    let printed = Printed {
        value: json!({"User": {"Tags": [{"Key": "a", "Value": "b"}]}}),
        style: Style::Formatted {
            format: Format::Table,
            query: Some("{User: User}".into()),
            title: "GetUser".into(),
            color: true,
        },
        ..Printed::default()
    };
    let colored = "\
----------------------
~~|       GetUser      |~~
~~+--------------------+~~
~<~|       User       |~<~
~<~+------------------+~<~
~<<~|      Tags      |~<<~
~<<~+------+---------+~<<~
~<<~|  Key |  Value  |~<<~
~<<~+------+---------+~<<~
~<<~|  {a~   |  {b~      |~<<~
~<<~+------+---------+~<<~
~";
    let revealed = printed.revealed();
    let signs = [
        ("\x1b[1m\x1b[34m", "{"),
        ("\x1b[2m\x1b[33m|\x1b[0m", "<"),
        ("\x1b[0m", "~"),
    ];
    let readable = signs.iter().fold(revealed, |text, (sequence, sign)| {
        text.replace(sequence, sign)
    });
    assert_eq!(readable, colored);
    assert!(!printed.masked().contains('\x1b'));
}

#[test]
fn secrets_are_masked_in_every_format_and_behind_a_query() {
    let answer = json!({"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "hush", "SessionToken": "hush"}});
    for format in ["json", "table", "text", "yaml", "yaml-stream"] {
        for query in [
            None,
            Some("[Credentials.SecretAccessKey]"),
            Some("Credentials.[SessionToken]"),
        ] {
            let printed = Printed {
                value: answer.clone(),
                pages: vec![answer.clone()],
                style: Style::Formatted {
                    format: Format::named(format).unwrap(),
                    query: query.map(Into::into),
                    title: "AssumeRole".into(),
                    color: false,
                },
            };
            assert!(!printed.masked().contains("hush"), "{format} {query:?}");
            assert!(printed.revealed().contains("hush"), "{format} {query:?}");
            assert!(!format!("{printed:?}").contains("hush"));
        }
    }
}
