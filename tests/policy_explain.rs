//! `rolecall explain`, run as a program; and what its explanations say.

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

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use rolecall::policy::{Case, Explanation, GateState, Layer, evaluate};
use serde_json::{Value, json};

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin
        .write_all(input.as_bytes())
        .expect("the input is read");
    drop(stdin);
    bounded::finish(child)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

const USER: &str = "arn:aws:iam::555566667777:user/dana";
const ROLE: &str = "arn:aws:iam::555566667777:role/target";

fn request(more: &Value) -> Value {
    let mut request = json!({
        "id": "one",
        "principal": USER,
        "action": "sts:AssumeRole",
        "resource": ROLE,
        "context": {},
        "identity_policies": [],
        "resource_policy_kind": "trust",
        "resource_policy": {
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "Partner",
                "Effect": "Allow",
                "Principal": {"AWS": USER},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "Tenant-42"}}
            }]
        }
    });
    for (key, value) in more.as_object().expect("an object") {
        request[key] = value.clone();
    }
    request
}

fn explained(request: &Value) -> Explanation {
    let cases = Case::read_all(&request.to_string()).expect("a request");
    let case = &cases[0];
    evaluate(&case.request, &case.policies).explain(&case.request, &case.policies)
}

#[test]
fn exit_codes_say_whether_expectations_hold() {
    let with = |expected: &str| request(&json!({"expected": expected})).to_string();
    assert_eq!(run(&[], &with("implicit_deny")).status.code(), Some(0));
    assert_eq!(
        run(&["-"], &request(&json!({})).to_string()).status.code(),
        Some(0)
    );
    let output = run(&[], &with("allow"));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("one: implicit_deny, expected allow"));
    assert!(text(&output.stderr).contains("1 of 1 decisions not as expected: `one`"));
}

#[test]
fn bad_input_names_file_line_and_column() {
    let output = run(
        &[],
        "{\n  \"principal\": \"anonymous\",\n  \"colour\": 1\n}",
    );
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("standard input:3:3: unknown field `colour`"),
        "{error}"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("requests.json");
    let broken = request(
        &json!({"identity_policies": [{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringSame": {"a:b": "c"}}}
        ]}]}),
    );
    std::fs::write(&file, serde_json::to_string_pretty(&broken).expect("JSON")).expect("written");
    let output = run(&[file.to_str().expect("a path")], "");
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(error.contains("requests.json:"), "{error}");
    assert!(
        error.contains("`StringSame` is no condition operator"),
        "{error}"
    );
    assert!(
        error.contains("$.identity_policies[0].Statement[0].Condition.StringSame"),
        "{error}"
    );

    let output = run(&["nowhere.json"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`nowhere.json` cannot be read"));
}

/// One request that cannot be read does not hide the decisions on the others, nor their faults.
#[test]
fn each_fault_is_told_and_the_rest_is_decided() {
    let cases = json!([
        request(&json!({"id": "good", "expected": "implicit_deny"})),
        request(&json!({"id": "odd", "colour": 1})),
        request(&json!({"id": "unmet", "expected": "allow"})),
        request(
            &json!({"id": "odd too", "resource_policy": {"Version": "2012-10-17", "Statement": []}})
        ),
    ]);
    let output = run(
        &["--json"],
        &serde_json::to_string_pretty(&cases).expect("JSON"),
    );
    assert_eq!(output.status.code(), Some(2));
    let decided: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let ids: Vec<&Value> = decided.iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, ["good", "unmet"]);
    let error = text(&output.stderr);
    let lines: Vec<&str> = error.lines().collect();
    let [odd, too, unmet, sum] = lines.as_slice() else {
        panic!("four lines: {error}")
    };
    assert!(
        odd.contains("unknown field `colour`") && odd.ends_with("(at $[1].colour)"),
        "{odd}"
    );
    assert!(
        too.ends_with("(at $[3].resource_policy.Statement)"),
        "{too}"
    );
    assert_eq!(
        *unmet,
        "rolecall: 1 of 2 decisions not as expected: `unmet`"
    );
    assert_eq!(*sum, "rolecall: 2 of 4 requests cannot be read");
}

#[test]
fn no_requests_are_no_failure_and_are_said() {
    let output = run(&[], "[]");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stderr),
        "rolecall: `standard input` has no requests\n"
    );
}

#[test]
fn json_is_one_object_a_line_with_seven_members() {
    let cases = json!({"meta": {"by": "us"}, "cases": [request(&json!({})), request(&json!({
        "id": "two", "context": {"sts:ExternalId": "Tenant-42"}
    }))]});
    let output = run(&["--json"], &cases.to_string());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines: Vec<Value> = text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let [denied, allowed] = lines.as_slice() else {
        panic!("two lines")
    };
    let members: Vec<&String> = denied.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "id",
            "decision",
            "layer",
            "policy",
            "statement",
            "message",
            "trace"
        ]
    );
    assert_eq!(denied["decision"], "implicit_deny");
    assert_eq!(denied["layer"], "trust");
    assert_eq!(denied["policy"], Value::Null);
    assert_eq!(
        denied["message"],
        format!("User: {USER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}")
    );
    assert_eq!(denied["trace"][0]["matched"], false);
    assert_eq!(allowed["decision"], "allow");
    assert_eq!(allowed["policy"], "trust policy");
    assert_eq!(allowed["statement"], 0);
    assert_eq!(allowed["message"], Value::Null);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let odd =
        request(&json!({"id": "x\u{1b}[31m", "context": {"sts:ExternalId": "\u{1b}]0;t\u{7}"}}));
    let output = run(&[], &odd.to_string());
    assert_eq!(output.status.code(), Some(0));
    assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&0x07));
}

#[test]
fn both_gates_of_assume_role_are_shown() {
    let explanation = explained(&request(&json!({})));
    let state = |layer| {
        explanation
            .gates
            .iter()
            .find(|gate| gate.layer == layer)
            .map(|g| g.state)
    };
    assert_eq!(state(Layer::Trust), Some(GateState::Closed));
    assert_eq!(state(Layer::Identity), Some(GateState::Closed));
    let allowed = explained(&request(
        &json!({"context": {"sts:ExternalId": "Tenant-42"}}),
    ));
    let state = |layer| {
        allowed
            .gates
            .iter()
            .find(|gate| gate.layer == layer)
            .map(|g| g.state)
    };
    assert_eq!(state(Layer::Trust), Some(GateState::Open));
    assert_eq!(state(Layer::Identity), Some(GateState::Absent));
}

#[test]
fn a_condition_that_fails_is_named_with_both_values() {
    let explanation = explained(&request(
        &json!({"context": {"sts:ExternalId": "Tenant-7"}}),
    ));
    let reason = &explanation.gates[0].statements[0].reason;
    assert_eq!(
        reason,
        "`StringEquals` on `sts:ExternalId` wants `Tenant-42`; the request has `Tenant-7`"
    );
    let fix = explanation.fix.expect("a way in");
    assert!(
        fix.text.contains("`--external-id Tenant-42`"),
        "{}",
        fix.text
    );
    assert_eq!(fix.statement, None);
}

/// Whatever is offered was tried: adding the statement offered for a single gate allows the request.
#[test]
fn a_statement_that_is_offered_lets_the_request_through() {
    let stranger = json!({"resource_policy": {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"
    }]}});
    let mut asked = request(&stranger);
    let fix = explained(&asked).fix.expect("a way in");
    assert!(
        fix.text.contains("the trust policy of role target"),
        "{}",
        fix.text
    );
    assert!(
        fix.dangers
            .iter()
            .any(|danger| danger.contains("everything that the role may do"))
    );
    let statement: Value =
        serde_json::from_str(&fix.statement.expect("a statement")).expect("JSON");
    assert_eq!(statement["Principal"], json!({"AWS": USER}));
    asked["resource_policy"]["Statement"]
        .as_array_mut()
        .expect("a list")
        .push(statement);
    assert_eq!(explained(&asked).fix, None);
    assert_eq!(explained(&asked).message, None);
}

/// The permissions of a federated session are those of the user who made it.
#[test]
fn a_federated_session_is_mended_at_the_user_behind_it() {
    let session = json!({
        "principal": "arn:aws:sts::555566667777:federated-user/guest", "session_of": USER,
        "action": "s3:GetObject", "resource": "arn:aws:s3:::papers/x", "context": {},
        "session_policies": [{"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "s3:*", "Resource": "*"
        }]}]
    });
    let fix = explained(&session).fix.expect("a way in");
    assert_eq!(fix.text, "add this statement to a policy of user dana");
}

/// A star in the key of an object is a star, not a wildcard that the learner is told to write.
#[test]
fn a_statement_that_is_offered_is_no_wider_than_the_request() {
    let odd = json!({
        "principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::papers/a*b?c$d", "context": {}
    });
    let fix = explained(&odd).fix.expect("a way in");
    let statement: Value = serde_json::from_str(&fix.statement.expect("JSON")).expect("JSON");
    assert_eq!(
        statement["Resource"],
        "arn:aws:s3:::papers/a${*}b${?}c${$}d"
    );
    assert_eq!(fix.dangers, Vec::<String>::new());
}

#[test]
fn dangers_are_named() {
    let pass = json!({
        "principal": USER, "action": "iam:PassRole", "resource": ROLE, "context": {}
    });
    let fix = explained(&pass).fix.expect("a way in");
    assert!(
        fix.dangers
            .iter()
            .any(|danger| danger.contains("iam:PassedToService")),
        "{fix:?}"
    );
    let public = json!({
        "principal": "anonymous", "action": "s3:GetObject", "resource": "arn:aws:s3:::papers/x",
        "resource_account": "555566667777", "context": {}
    });
    let fix = explained(&public).fix.expect("a way in");
    assert!(
        fix.dangers.iter().any(|danger| danger.contains("public")),
        "{fix:?}"
    );
}

/// The notes on a request under one condition.
fn notes_on(condition: &Value, context: &Value) -> Vec<String> {
    explained(&json!({
        "principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::papers/x",
        "context": context,
        "identity_policies": [{"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition
        }]}]
    }))
    .notes
}

#[test]
fn rules_of_conditions_that_no_page_states_are_said_to_be_open() {
    let open = [
        (
            json!({"StringEquals": {"aws:TagKeys": "a"}}),
            json!({"aws:TagKeys": ["a", "b"]}),
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            json!({"aws:SourceIp": "::ffff:203.0.113.7"}),
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "2001:db8::1"}}),
            json!({"aws:SourceIp": "2001:db8::1"}),
        ),
        (
            json!({"ArnLike": {"aws:SourceArn": "*"}}),
            json!({"aws:SourceArn": "arn:aws:sns:eu-west-1:555566667777:a"}),
        ),
        (
            json!({"Null": {"aws:PrincipalTag/team": "true"}}),
            json!({"aws:PrincipalTag/team": ""}),
        ),
        (
            json!({"NumericNotEquals": {"s3:max-keys": "10"}}),
            json!({"s3:max-keys": "many"}),
        ),
        (
            json!({"DateNotEquals": {"aws:CurrentTime": "2026-01-01"}}),
            json!({"aws:CurrentTime": "now"}),
        ),
        (
            json!({"DateGreaterThan": {"aws:CurrentTime": "2026"}}),
            json!({"aws:CurrentTime": "2026-03-01T12:00:00Z"}),
        ),
        (
            json!({"StringEquals": {"s3:prefix": "${aws:PrincipalTag/team}"}}),
            json!({"aws:PrincipalTag/team": "", "s3:prefix": ""}),
        ),
    ];
    for (condition, context) in open {
        let notes = notes_on(&condition, &context);
        let [note] = notes.as_slice() else {
            panic!("{condition} {context}: {notes:?}")
        };
        assert!(
            note.starts_with("Not established by AWS's documents: "),
            "{note}"
        );
    }
    let settled = [
        (
            json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}),
            json!({"aws:TagKeys": ["a", "b"]}),
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}),
            json!({"aws:SourceIp": "2001:db8::1"}),
        ),
        (
            json!({"NumericLessThan": {"s3:max-keys": "10"}}),
            json!({"s3:max-keys": "many"}),
        ),
    ];
    for (condition, context) in settled {
        assert_eq!(
            notes_on(&condition, &context),
            Vec::<String>::new(),
            "{condition}"
        );
    }
}

#[test]
fn what_the_documents_leave_open_is_said() {
    let listed = json!({
        "principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::papers/x", "context": {},
        "resource_policy": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "NotPrincipal": {"AWS": USER}, "Action": "s3:*", "Resource": "*"
        }]}
    });
    let notes = explained(&listed).notes;
    assert!(
        notes
            .iter()
            .any(|note| note.contains("`NotPrincipal` with `Deny`")),
        "{notes:?}"
    );
}

#[test]
fn what_is_no_request_is_refused_by_its_field() {
    for (field, value) in [
        ("action", "GetObject"),
        ("action", "s3:*"),
        ("resource", "papers/plan.txt"),
        ("resource_account", ""),
        ("resource_account", "12"),
        ("session_of", "dana"),
    ] {
        let text = request(&json!({field: value})).to_string();
        let refused = Case::read_all(&text).expect_err("no request");
        assert_eq!(refused.path, format!("$.{field}"), "{refused}");
        assert!(refused.message.contains(&format!("`{value}`")), "{refused}");
    }
}

#[test]
fn a_caller_without_an_account_is_given_none() {
    for principal in ["anonymous", "sns.amazonaws.com"] {
        let asked = json!({"principal": principal, "account": "111122223333"});
        let refused = Case::read_all(&request(&asked).to_string()).expect_err("no request");
        assert_eq!(refused.path, "$.account", "{refused}");
        assert!(refused.message.contains(principal), "{refused}");
        let nobody = json!({"principal": principal, "account": null});
        assert!(Case::read_all(&request(&nobody).to_string()).is_ok());
    }
}

#[test]
fn resource_control_policies_say_why_they_leave_a_request_alone() {
    let rcps = json!([[{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    ]}]]);
    let reason = |more: Value| {
        let mut asked = json!({"principal": USER, "rcps": rcps});
        asked
            .as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        let gates = explained(&asked).gates;
        let gate = gates
            .iter()
            .find(|gate| gate.layer == Layer::ResourceControl);
        gate.expect("a gate").reason.clone()
    };
    let key = "arn:aws:kms:us-east-1:555566667777:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for (more, words) in [
        (
            json!({"action": "ec2:RunInstances", "resource": "*"}),
            "AWS's list",
        ),
        (
            json!({"action": "kms:RetireGrant", "resource": key}),
            "kms:RetireGrant",
        ),
        (
            json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::papers/a", "management_account": true}),
            "management account",
        ),
        (
            json!({"action": "sts:AssumeRole", "resource": "arn:aws:iam::555566667777:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"}),
            "service-linked",
        ),
        (
            json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::papers/a"}),
            "denies it",
        ),
    ] {
        let reason = reason(more);
        assert!(reason.contains(words), "{reason}");
    }
}

/// `rolecall explain --why-not` on a request for an object of a bucket.
fn why_not(wanted: &str, more: &Value) -> String {
    let mut asked = json!({
        "id": "one", "principal": USER, "action": "s3:GetObject",
        "resource": "arn:aws:s3:::papers/x", "resource_account": "555566667777"
    });
    for (key, value) in more.as_object().expect("an object") {
        asked[key] = value.clone();
    }
    let output = run(&["--why-not", wanted], &asked.to_string());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn reads(principal: Option<&str>) -> Value {
    let mut statement =
        json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::papers/*"});
    if let Some(principal) = principal {
        statement["Principal"] = json!({"AWS": principal});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

#[test]
fn why_not_says_what_would_turn_a_decision() {
    let denied = json!({});
    assert_eq!(why_not("deny", &denied), "one: implicit_deny\n");
    let said = why_not("allow", &denied);
    assert!(said.contains("[closed] policies of user dana"), "{said}");
    assert!(
        said.contains("To allow it: add this statement to a policy of user dana."),
        "{said}"
    );

    let allowed = json!({"identity_policies": [reads(None)], "resource_policy": reads(Some(USER))});
    assert_eq!(why_not("allow", &allowed), "one: allow\n");
    let said = why_not("deny", &allowed);
    // Either policy alone lets the user in: both have to give way.
    assert!(
        said.contains("To deny it: narrow or remove statement 1 of resource policy and statement 1 of identity policy 1."),
        "{said}"
    );
    assert!(
        said.contains("To deny it: add this statement to a policy of user dana."),
        "{said}"
    );
    assert!(said.contains("Careful: a Deny beats every Allow"), "{said}");
}

#[test]
fn what_would_deny_a_request_does() {
    let root = "arn:aws:iam::555566667777:root";
    let full = json!([[{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}]]);
    for (more, expected) in [
        (
            json!({"principal": "anonymous", "resource_policy": reads(Some("*"))}),
            2,
        ),
        (json!({"principal": root}), 0),
        (json!({"principal": root, "scps": full.clone()}), 2),
        (
            json!({"action": "sts:GetCallerIdentity", "resource": "*"}),
            0,
        ),
        (
            json!({"identity_policies": [reads(None)], "boundary": reads(None), "scps": full}),
            2,
        ),
    ] {
        let mut asked = json!({
            "principal": USER, "action": "s3:GetObject", "resource": "arn:aws:s3:::papers/x"
        });
        for (key, value) in more.as_object().expect("an object") {
            asked[key] = value.clone();
        }
        let case = Case::read_all(&asked.to_string())
            .expect("a request")
            .remove(0);
        let decision = evaluate(&case.request, &case.policies);
        assert!(decision.is_allowed(), "{more}");
        let changes = decision.changes(&case.request, &case.policies);
        assert_eq!(changes.len(), expected, "{more}: {changes:?}");
    }
}

#[test]
fn an_allow_that_lets_in_more_than_it_names_is_told() {
    let statement = |more: Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"});
        for (key, value) in more.as_object().expect("an object") {
            statement[key] = value.clone();
        }
        if statement.get("NotAction").is_some() {
            statement
                .as_object_mut()
                .expect("an object")
                .remove("Action");
        }
        json!([{"Version": "2012-10-17", "Statement": [statement]}])
    };
    let asked = |policies: Value| json!({"principal": USER, "action": "iam:PassRole", "resource": ROLE, "identity_policies": policies});
    let notes = |request: &Value| explained(request).notes.join("\n");
    assert!(notes(&asked(statement(json!({})))).contains("passes every role"));
    assert!(
        notes(&asked(statement(json!({"NotAction": "s3:*"}))))
            .contains("every action that is not listed")
    );
    assert_eq!(notes(&asked(statement(json!({"Resource": ROLE})))), "");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    ]});
    assert!(
        notes(&request(&json!({"resource_policy": trust}))).contains("everyone of every account")
    );
}

/// Source: IAM User Guide, "Compare AWS STS credentials".
#[test]
fn what_a_federated_session_cannot_call_is_said() {
    let asked = |action: &str| {
        let all = json!([{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}
        ]}]);
        let explanation = explained(&json!({
            "principal": "arn:aws:sts::555566667777:federated-user/eve", "session_of": USER,
            "action": action, "resource": "*", "identity_policies": all, "session_policies": all
        }));
        explanation.notes.join("\n")
    };
    assert!(asked("iam:ListUsers").contains("GetFederationToken"));
    assert!(!asked("s3:ListAllMyBuckets").contains("GetFederationToken"));
    assert!(!asked("sts:GetCallerIdentity").contains("GetFederationToken"));
}

#[test]
fn what_iam_lets_nobody_change_is_said() {
    let asked = |action: &str, resource: &str| {
        let all = json!([{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"}
        ]}]);
        let explanation = explained(&json!({
            "principal": USER, "action": action, "resource": resource, "identity_policies": all
        }));
        explanation.notes.join("\n")
    };
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert!(asked("iam:CreatePolicyVersion", policy).contains("managed policies"));
    assert!(!asked("iam:GetPolicy", policy).contains("managed policies"));
    let role =
        "arn:aws:iam::555566667777:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    assert!(asked("iam:PutRolePolicy", role).contains("service-linked"));
    assert!(!asked("iam:PutRolePolicy", ROLE).contains("service-linked"));
}

#[test]
fn conditions_that_hold_are_shown_with_what_they_held_on() {
    let deny = json!([{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"},
            "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}
        }}
    ]}]);
    let explanation = explained(&json!({
        "principal": USER, "action": "ec2:RunInstances", "resource": "*",
        "context": {"aws:RequestedRegion": "us-east-1"}, "identity_policies": deny
    }));
    let reason = &explanation.gates[1].statements[1].reason;
    assert!(
        reason.ends_with("its conditions on `aws:MultiFactorAuthPresent` (not in the request), `aws:RequestedRegion` (`us-east-1`) hold"),
        "{reason}"
    );
    let fix = explanation.fix.expect("a way in").text;
    assert!(
        fix.ends_with("so that statement 2 of identity policy 1 does not deny it"),
        "{fix}"
    );
}

#[test]
fn what_a_trust_policy_asks_is_said_as_the_caller_does_it() {
    let trust = |condition: Value| {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": USER}, "Action": "sts:AssumeRole",
            "Condition": condition
        }]})
    };
    let mfa = trust(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    let fix = explained(&request(&json!({"resource_policy": mfa})))
        .fix
        .expect("a way in");
    assert!(
        fix.text
            .starts_with("pass `--serial-number` and `--token-code`"),
        "{}",
        fix.text
    );

    let tagging = json!({"action": "sts:TagSession", "resource_policy": trust(json!({}))});
    let fix = explained(&request(&tagging)).fix.expect("a way in");
    assert!(
        fix.dangers
            .iter()
            .any(|danger| danger.contains("session tags")),
        "{fix:?}"
    );
}
