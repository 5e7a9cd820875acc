//! What people do with command lines: type them halfway, paste nonsense, complete and colour.

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

use proptest::prelude::*;
use rolecall::awscli::tokens::{TokenKind, tokens};
use rolecall::awscli::{self, Action, Completion, ErrorKind, Files, complete};

struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

#[test]
fn what_is_not_one_aws_command_is_refused_with_place_and_hint() {
    let cases = [
        ("", "there is no command", 0..0),
        ("# only a comment", "there is no command", 0..16),
        ("ls -l", "`ls` is not the AWS CLI", 0..2),
        (
            "AWS_PROFILE=x aws iam list-users",
            "is not the AWS CLI",
            0..13,
        ),
        ("aws iam list-users | jq .", "`|`", 19..20),
        ("aws iam list-users\naws s3 ls", "several commands", 19..28),
        (
            "aws iam get-user --user-name ${name}",
            "`${name}` has no value",
            29..36,
        ),
        (
            "aws ec2 describe-instances",
            "does not know `aws ec2`",
            4..7,
        ),
        (
            "aws iam list-users --cli-auto-prompt",
            "has no `--cli-auto-prompt`",
            19..36,
        ),
        (
            "aws s3 cp s3://b/k down --case-conflict skip",
            "has no `s3 cp --case-conflict`",
            24..44,
        ),
        ("aws configure sso", "has no `configure sso`", 14..17),
        ("aws configure set a.b.c.d x", "names no setting", 18..25),
        (
            "aws cloudformation package",
            "has no `cloudformation package`",
            19..26,
        ),
    ];
    for (text, message, span) in cases {
        let error = awscli::parse(text, &Nothing).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert_eq!(error.span, span, "{text}");
        assert!(error.hint.is_some(), "{text}");
        assert!(
            matches!(error.kind, ErrorKind::Shell | ErrorKind::Unsupported),
            "{text}"
        );
        assert_eq!(error.exit, 252, "{text}");
        assert!(error.stderr().starts_with("\naws: [ERROR]: "), "{text}");
    }
}

#[test]
fn an_error_points_at_the_word_that_is_wrong() {
    let cases = [
        ("aws iam creat-user --user-name a", "creat-user"),
        ("aws iam create-user --user-name a --foo", "--foo"),
        ("aws iam create-user --user-name a --output xml", "xml"),
        (
            "aws iam create-user --user-name a --tags Key==x",
            "--tags Key==x",
        ),
        ("aws iam list-users --query 'Users['", "'Users['"),
        ("aws iam create-user", ""),
    ];
    for (text, wrong) in cases {
        let error = awscli::parse(text, &Nothing).unwrap_err();
        assert_eq!(text.get(error.span).unwrap(), wrong, "{text}");
    }
}

#[test]
fn a_script_is_a_command_a_line() {
    let text = "# set up\naws iam create-user --user-name a\n\naws s3 ls \\\n  s3://b\n";
    let commands = awscli::parse_script(text, &Nothing).unwrap();
    let spans: Vec<&str> = commands
        .iter()
        .map(|(span, _)| &text[span.clone()])
        .collect();
    assert_eq!(
        spans,
        [
            "aws iam create-user --user-name a",
            "aws s3 ls \\\n  s3://b"
        ]
    );
    assert!(awscli::parse_script("aws s3 ls\naws nothing", &Nothing).is_err());
}

#[test]
fn words_that_a_shell_has_split_need_no_quotes() {
    let words = ["iam", "get-user", "--user-name", "a b*|$x"].map(str::to_owned);
    let command = awscli::parse_words(&words, &Nothing).unwrap();
    match command.action {
        Action::Call(call) => assert_eq!(call.input["UserName"], "a b*|$x"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn help_and_version_are_asked_for_anywhere() {
    let topic = |text: &str| match awscli::parse(text, &Nothing).unwrap().action {
        Action::Help(topic) => topic.join(" "),
        Action::Version => "version".into(),
        other => panic!("{text}: {other:?}"),
    };
    let cases = [
        ("aws help", ""),
        ("aws iam help", "iam"),
        ("aws iam create-user help", "iam create-user"),
        ("aws iam create-user --user-name a help", "iam create-user"),
        ("aws s3 help", "s3"),
        ("aws s3 cp help", "s3 cp"),
        ("aws cloudformation deploy help", "cloudformation deploy"),
        ("aws cloudformation wait help", "cloudformation wait"),
        ("aws configure help", "configure"),
        ("aws --version", "version"),
    ];
    for (text, expected) in cases {
        assert_eq!(topic(text), expected, "{text}");
    }
    let page = awscli::help(&["iam".to_owned(), "create-user".to_owned()]);
    assert!(page.contains("\n       --user-name <value>\n"), "{page}");
    assert!(page.contains("\n       [--path <value>]\n"), "{page}");
    for text in [
        "aws help",
        "aws s3api get-object help",
        "aws iam wait role-exists help",
    ] {
        if let Action::Help(topic) = awscli::parse(text, &Nothing).unwrap().action {
            assert!(awscli::help(&topic).contains("SYNOPSIS"), "{text}");
        }
    }
}

#[test]
fn the_word_at_the_cursor_is_completed() {
    let words = |text: &str| complete(text, text.len()).words;
    assert_eq!(words("aws s"), ["sts", "s3", "s3api"]);
    assert_eq!(words("aws sts get-ca"), ["get-caller-identity"]);
    assert_eq!(words("aws iam create-user --user-name x --pa"), ["--path"]);
    assert_eq!(words("aws iam list-users --output t"), ["text", "table"]);
    assert_eq!(
        words("aws iam update-access-key --status "),
        ["Active", "Inactive", "Expired"]
    );
    assert_eq!(words("aws s3 m"), ["mv", "mb"]);
    assert_eq!(
        words("aws cloudformation wait stack-d"),
        ["stack-delete-complete"]
    );
    assert_eq!(
        words("aws cloudformation create-stack --capabilities CAPABILITY_N"),
        ["CAPABILITY_NAMED_IAM"]
    );
    assert_eq!(words("aws --profile sts configure s"), ["set"]);
    assert_eq!(words("aws iam get-user --user-name "), [""; 0]);
    assert_eq!(words("ls "), [""; 0]);
    assert_eq!(words(""), ["aws"]);
    let middle = complete("aws iam lis --output json", 11);
    assert_eq!(middle.span, 8..11);
    assert!(middle.words.contains(&"list-users".to_owned()));
    assert_eq!(
        complete("aws é", 5),
        Completion {
            span: 4..6,
            words: vec![]
        },
        "not between characters"
    );
}

#[test]
fn every_part_of_a_command_line_has_a_colour() {
    use TokenKind::{Comment, Operation, Option, Program, Service, String, Value, Variable};
    let cases: [(&str, &[(&str, TokenKind)]); 4] = [
        (
            "aws iam put-user-policy --user-name ${user} --policy-document 'x y' # why",
            &[
                ("aws", Program),
                ("iam", Service),
                ("put-user-policy", Operation),
                ("--user-name", Option),
                ("${user}", Variable),
                ("--policy-document", Option),
                ("'x y'", String),
                ("# why", Comment),
            ],
        ),
        (
            "aws --profile sts s3 ls s3://${bucket}/x",
            &[
                ("aws", Program),
                ("--profile", Option),
                ("sts", Value),
                ("s3", Service),
                ("ls", Operation),
                ("s3://", Value),
                ("${bucket}", Variable),
                ("/x", Value),
            ],
        ),
        (
            "aws cloudformation wait stack-exists --stack-name=s",
            &[
                ("aws", Program),
                ("cloudformation", Service),
                ("wait", Operation),
                ("stack-exists", Operation),
                ("--stack-name=s", Option),
            ],
        ),
        (
            "aws 'unclosed ${",
            &[("aws", Program), ("'unclosed ${", String)],
        ),
    ];
    for (text, expected) in cases {
        let found: Vec<(&str, TokenKind)> = tokens(text)
            .into_iter()
            .map(|(span, kind)| (&text[span], kind))
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn deep_and_long_input_is_refused_not_fatal() {
    let deep = |open: &str| format!("'{}'", open.repeat(100_000));
    let cases = [
        format!("aws iam tag-user --user-name a --tags {}", deep("[")),
        format!(
            "aws iam tag-user --user-name a --tags 'Key={}'",
            "[".repeat(100_000)
        ),
        format!(
            "aws iam tag-user --user-name a --tags 'Key={}'",
            "{a=".repeat(100_000)
        ),
        format!("aws iam list-users --query {}", deep("[")),
        format!("aws iam list-users --query {}", deep("!")),
        format!("aws iam list-users --query 'a{}'", ".a".repeat(100_000)),
        format!("aws iam list-users --query 'a{}'", "||a".repeat(100_000)),
        format!("aws iam list-users --cli-input-json {}", deep("{\"a\":")),
        format!("aws iam get-user {}", "--user-name ".repeat(50_000)),
    ];
    for text in cases {
        assert!(awscli::parse(&text, &Nothing).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_is_fatal(text in "\\PC{0,60}", cursor in 0_usize..70) {
        let _ = awscli::parse(&text, &Nothing);
        let _ = awscli::parse(&format!("aws {text}"), &Nothing);
        let _ = complete(&text, cursor);
        for (span, _) in tokens(&text) {
            prop_assert!(text.get(span).is_some());
        }
    }

    #[test]
    fn no_option_value_is_fatal(value in "[\\[\\]{}=,'\"\\\\@a-c :.*?&|!<>`0-9-]{0,24}") {
        for words in [
            vec!["iam", "tag-user", "--user-name", "a", "--tags", &value],
            vec!["iam", "list-users", "--query", &value],
            vec!["s3api", "delete-objects", "--bucket", "b", "--delete", &value],
            vec!["s3", "cp", &value, "s3://b", "--metadata", &value, "--grants", &value],
            vec!["cloudformation", "create-stack", "--cli-input-json", &value],
            vec!["configure", "set", &value, "x"],
        ] {
            let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
            if let Err(error) = awscli::parse_words(&words, &Nothing) {
                prop_assert!(error.stderr().ends_with('\n'));
            }
        }
    }
}
