//! What holds for every request and every policy.

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

use proptest::prelude::*;
use regex::Regex;
use rolecall::policy::{
    Case, Context, Document, DocumentKind, Fix, Policies, Policy, Principal, Request, Verdict,
    evaluate,
};

const USER: &str = "arn:aws:iam::555566667777:user/dana";
const SESSION: &str = "arn:aws:sts::555566667777:assumed-role/worker/run-7";

/// `*` and `?` as the grammar defines them, by trying everything.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, shorter))) => naive(rest, text) || naive(pattern, shorter),
        (Some(('?', rest)), Some((_, shorter))) => naive(rest, shorter),
        (Some((p, rest)), Some((t, shorter))) => p == t && naive(rest, shorter),
        _ => false,
    }
}

/// The same for the ARN of a `Resource`: in the first five parts a question mark is no colon, and a
/// star that is not the last of its part crosses none.
fn naive_arn(pattern: &[char], text: &[char], colons: usize) -> bool {
    let early = colons < 5;
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => {
            let next = rest.iter().find(|c| **c != '*');
            let bound = early && next.is_some_and(|c| *c != ':');
            let eats = |(first, shorter): (&char, &[char])| {
                !(bound && *first == ':') && naive_arn(pattern, shorter, colons)
            };
            naive_arn(rest, text, colons) || text.split_first().is_some_and(eats)
        }
        (Some(('?', rest)), Some((t, shorter))) => {
            !(early && *t == ':') && naive_arn(rest, shorter, colons)
        }
        (Some((p, rest)), Some((t, shorter))) => {
            p == t && naive_arn(rest, shorter, colons + usize::from(*p == ':'))
        }
        _ => false,
    }
}

fn parse(statements: &[String], kind: DocumentKind) -> Document {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    );
    Document::parse(&text, kind).expect("a generated policy")
}

fn policies_of(kind: DocumentKind, name: &str, documents: &[Vec<String>]) -> Vec<Policy> {
    let named = |(number, statements): (usize, &Vec<String>)| {
        Policy::new(format!("{name}-{number}"), parse(statements, kind))
    };
    documents.iter().enumerate().map(named).collect()
}

fn request(caller: &str) -> Request {
    let mut context = Context::new();
    context.insert("aws:PrincipalTag/team", "blue");
    context.insert("aws:TagKeys", vec!["a".to_owned(), "b".to_owned()]);
    let principal = Principal::from_arn(caller).expect("a caller");
    Request::new(principal, "s3:GetObject", "arn:aws:s3:::papers/x", context)
        .owned_by("555566667777")
}

fn effect() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just("Allow"), 1 => Just("Deny")]
}

fn body() -> impl Strategy<Value = String> {
    let action = prop_oneof![
        Just(r#""Action":"s3:*""#),
        Just(r#""Action":"s3:GetObject""#),
        Just(r#""Action":"iam:*""#),
        Just(r#""NotAction":"s3:Put*""#),
        Just(r#""NotAction":"s3:*""#),
    ];
    let resource = prop_oneof![
        Just(r#""Resource":"*""#),
        Just(r#""Resource":"arn:aws:s3:::papers/*""#),
        Just(r#""Resource":"arn:aws:s3:::other/*""#),
        Just(r#""NotResource":"arn:aws:s3:::other/*""#),
    ];
    let condition = prop_oneof![
        4 => Just(""),
        1 => Just(r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"blue"}}"#),
        1 => Just(r#","Condition":{"StringNotEquals":{"aws:PrincipalTag/none":"x"}}"#),
        1 => Just(r#","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}"#),
        1 => Just(r#","Condition":{"Null":{"aws:PrincipalTag/team":"true"}}"#),
    ];
    (action, resource, condition).prop_map(|(a, r, c)| format!("{a},{r}{c}"))
}

fn statement() -> impl Strategy<Value = String> {
    (effect(), body()).prop_map(|(effect, body)| format!(r#"{{"Effect":"{effect}",{body}}}"#))
}

fn bucket_statement() -> impl Strategy<Value = String> {
    let principal = prop_oneof![
        Just(r#""Principal":"*""#),
        Just(r#""Principal":{"AWS":"555566667777"}"#),
        Just(r#""Principal":{"AWS":"arn:aws:iam::555566667777:user/dana"}"#),
        Just(r#""Principal":{"AWS":"arn:aws:iam::555566667777:role/worker"}"#),
        Just(r#""Principal":{"AWS":"arn:aws:iam::555566667777:user/finn"}"#),
    ];
    (effect(), principal, body()).prop_map(|(effect, principal, body)| {
        format!(r#"{{"Effect":"{effect}",{principal},{body}}}"#)
    })
}

fn documents() -> impl Strategy<Value = Vec<Vec<String>>> {
    prop::collection::vec(prop::collection::vec(statement(), 1..4), 0..4)
}

#[derive(Debug, Clone)]
struct World {
    identity: Vec<Vec<String>>,
    bucket: Option<Vec<String>>,
    boundary: Option<Vec<String>>,
    session: Vec<Vec<String>>,
    levels: Vec<Vec<String>>,
    caller: &'static str,
}

impl World {
    fn policies(&self) -> Policies {
        let one = |statements: &Option<Vec<String>>, name: &str, kind| {
            statements
                .as_ref()
                .map(|statements| Policy::new(format!("{name}-0"), parse(statements, kind)))
        };
        let level = |(number, level): (usize, &Vec<String>)| {
            let parsed = || parse(level, DocumentKind::ServiceControl);
            let policy = || Policy::new(format!("level-{number}"), parsed());
            (!level.is_empty()).then(policy).into_iter().collect()
        };
        Policies {
            identity: policies_of(DocumentKind::Identity, "identity", &self.identity).into(),
            resource: one(&self.bucket, "bucket", DocumentKind::Bucket),
            boundary: one(&self.boundary, "boundary", DocumentKind::Boundary),
            session: policies_of(DocumentKind::Session, "session", &self.session),
            service_control: self.levels.iter().enumerate().map(level).collect(),
            ..Policies::default()
        }
    }

    /// A list of statements by the name of its policy, such as `identity-1`.
    fn statements(&mut self, name: &str) -> &mut Vec<String> {
        let (kind, number) = name.split_once('-').expect("a name");
        let number: usize = number.parse().expect("a number");
        match kind {
            "identity" => &mut self.identity[number],
            "session" => &mut self.session[number],
            "level" => &mut self.levels[number],
            "boundary" => self.boundary.get_or_insert_default(),
            _ => self.bucket.get_or_insert_default(),
        }
    }

    /// The world in which somebody did what the fix says, word by word, and the request that is
    /// then made.
    fn followed(&self, fix: &Fix) -> (Self, Request) {
        let mut after = self.clone();
        let mut request = request(self.caller);
        let removals = Regex::new(r"statement (\d+) of [a-z ]+ ([a-z]+-\d+)").expect("a pattern");
        let (remove, add) = match fix.text.strip_prefix("narrow or remove ") {
            Some(rest) => rest.split_once(", and then ").unwrap_or((rest, "")),
            None => ("", fix.text.as_str()),
        };
        let mut gone: Vec<(usize, String)> = removals
            .captures_iter(remove)
            .map(|found| (found[1].parse().expect("a number"), found[2].to_owned()))
            .collect();
        gone.sort();
        for (number, name) in gone.iter().rev() {
            after.statements(name).remove(number - 1);
        }
        let changes =
            Regex::new(r"make the request with `([^`]+)` = `([^`]+)`").expect("a pattern");
        for change in changes.captures_iter(&fix.text) {
            let values: Vec<String> = change[2].split(',').map(str::to_owned).collect();
            request.context.insert(&change[1], values);
        }
        let tags =
            Regex::new(r"have the caller tagged with `([^`]+)` = `([^`]+)`").expect("a pattern");
        for tag in tags.captures_iter(&fix.text) {
            let key = format!("aws:PrincipalTag/{}", &tag[1]);
            request.context.insert(&key, &tag[2]);
        }
        let places = Regex::new(
            r"a policy of |the permissions boundary of |the session policy that |the resource's policy|service control policy of level (\d+)",
        )
        .expect("a pattern");
        let text = fix.statement.as_deref().unwrap_or("");
        let given: Vec<String> = serde_json::Deserializer::from_str(text)
            .into_iter::<serde_json::Value>()
            .map(|statement| statement.expect("a statement").to_string())
            .collect();
        for (number, place) in places.captures_iter(add).enumerate() {
            let Some(statement) = given.get(number).or(given.first()).cloned() else {
                continue;
            };
            match &place[0] {
                "a policy of " => after.identity.push(vec![statement]),
                "the permissions boundary of " => {
                    after.boundary.get_or_insert_default().push(statement);
                }
                "the session policy that " => after.session.push(vec![statement]),
                "the resource's policy" => after.bucket.get_or_insert_default().push(statement),
                _ => {
                    let level: usize = place[1].parse().expect("a number");
                    after.levels[level - 1].push(statement);
                }
            }
        }
        // A policy without statements is none.
        after.identity.retain(|statements| !statements.is_empty());
        after.session.retain(|statements| !statements.is_empty());
        after.bucket = after.bucket.filter(|statements| !statements.is_empty());
        after.boundary = after.boundary.filter(|statements| !statements.is_empty());
        (after, request)
    }

    fn verdict(&self) -> Verdict {
        evaluate(&request(self.caller), &self.policies()).verdict()
    }
}

fn world() -> impl Strategy<Value = World> {
    let some = || prop::option::of(prop::collection::vec(statement(), 1..4));
    let bucket = prop::option::of(prop::collection::vec(bucket_statement(), 1..4));
    let levels = prop::collection::vec(prop::collection::vec(statement(), 1..3), 0..3);
    let caller = prop_oneof![Just(USER), Just(SESSION)];
    (documents(), bucket, some(), documents(), levels, caller).prop_map(
        |(identity, bucket, boundary, session, levels, caller)| World {
            identity,
            bucket,
            boundary,
            session,
            levels,
            caller,
        },
    )
}

const DENY_ALL: &str = r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#;

fn allows(verdict: Verdict) -> bool {
    verdict == Verdict::Allow
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_denial_anywhere_beats_every_allow(world in world(), place in 0..5) {
        let mut denied = world.clone();
        let deny = vec![DENY_ALL.to_owned()];
        match place {
            0 => denied.identity.push(deny),
            1 => denied.session.push(deny),
            2 => denied.levels.push(deny),
            3 => denied.boundary.get_or_insert_default().push(DENY_ALL.to_owned()),
            _ => denied.bucket.get_or_insert_default().push(
                r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#.to_owned(),
            ),
        }
        prop_assert_eq!(denied.verdict(), Verdict::ExplicitDeny);
    }

    #[test]
    fn the_order_of_policies_and_statements_never_matters(world in world()) {
        let mut turned = world.clone();
        turned.identity.reverse();
        turned.session.reverse();
        turned.levels.reverse();
        turned.identity.iter_mut().chain(&mut turned.session).chain(&mut turned.levels)
            .chain(&mut turned.bucket).chain(&mut turned.boundary)
            .for_each(|statements| statements.reverse());
        prop_assert_eq!(world.verdict(), turned.verdict());
    }

    #[test]
    fn a_limit_never_widens(world in world(), limit in prop::collection::vec(statement(), 1..4), place in 0..3) {
        let mut limited = world.clone();
        match place {
            0 => { limited.boundary = None; },
            1 => limited.session.clear(),
            _ => {}
        }
        let before = limited.verdict();
        match place {
            0 => limited.boundary = Some(limit),
            1 => limited.session.push(limit),
            _ => limited.levels.push(limit),
        }
        prop_assert!(allows(before) || !allows(limited.verdict()));
    }

    #[test]
    fn one_more_allow_never_turns_an_allow_into_a_denial(world in world(), body in body()) {
        let allow = format!(r#"{{"Effect":"Allow",{body}}}"#);
        let mut more = world.clone();
        more.identity.push(vec![allow.clone()]);
        prop_assert!(!allows(world.verdict()) || allows(more.verdict()));
        for level in &mut more.levels {
            level.push(allow.clone());
        }
        prop_assert!(!allows(world.verdict()) || allows(more.verdict()));
    }

    #[test]
    fn the_decision_and_its_explanation_agree(world in world()) {
        let request = request(world.caller);
        let policies = world.policies();
        let decision = evaluate(&request, &policies);
        let explanation = decision.explain(&request, &policies);
        prop_assert_eq!(explanation.verdict, decision.verdict());
        prop_assert_eq!(explanation.message.is_none(), decision.is_allowed());
        let statements: usize = explanation.gates.iter().map(|gate| gate.statements.len()).sum();
        let given = world.identity.iter().chain(&world.session).chain(&world.levels)
            .chain(&world.bucket).chain(&world.boundary).map(Vec::len).sum::<usize>();
        prop_assert_eq!(statements, given);
        prop_assert!(explanation.fix.is_none() || !decision.is_allowed());
    }

    #[test]
    fn whoever_does_what_the_fix_says_is_let_in(world in world()) {
        let asked = request(world.caller);
        let policies = world.policies();
        let decision = evaluate(&asked, &policies);
        let fix = decision.explain(&asked, &policies).fix;
        prop_assert_eq!(fix.is_none(), decision.is_allowed());
        if let Some(fix) = fix {
            let (after, request) = world.followed(&fix);
            let allowed = evaluate(&request, &after.policies()).is_allowed();
            prop_assert!(allowed, "{}\n{:?}\n{:?}", fix.text, fix.statement, after);
        }
    }

    #[test]
    fn a_pattern_matches_as_the_grammar_says(pattern in "[ab*?/]{0,8}", text in "[ab*?/]{0,10}") {
        let statement = format!(
            r#"{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{pattern}"}}"#
        );
        let document = parse(&[statement], DocumentKind::Identity);
        let policies = Policies { identity: vec![Policy::new("p", document)].into(), ..Policies::default() };
        let mut request = request(USER);
        request.resource = format!("arn:aws:s3:::{text}");
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(
            evaluate(&request, &policies).is_allowed(),
            naive(&chars(&pattern), &chars(&text))
        );
    }

    #[test]
    fn a_pattern_of_parts_matches_as_the_grammar_says(pattern in "[ab:*?]{0,12}", text in "[ab:]{0,14}") {
        let statement = format!(r#"{{"Effect":"Allow","Action":"s3:*","Resource":"{pattern}"}}"#);
        let document = parse(&[statement], DocumentKind::Identity);
        let policies = Policies { identity: vec![Policy::new("p", document)].into(), ..Policies::default() };
        let mut request = request(USER);
        request.resource = text.clone();
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        prop_assert_eq!(
            evaluate(&request, &policies).is_allowed(),
            naive_arn(&chars(&pattern), &chars(&text), 0)
        );
    }

    #[test]
    fn a_variable_never_widens(value in "[ab*?$}{]{0,6}", text in "[ab*?$}{]{0,6}") {
        let statement =
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}"}"#;
        let document = parse(&[statement.to_owned()], DocumentKind::Identity);
        let policies = Policies { identity: vec![Policy::new("p", document)].into(), ..Policies::default() };
        let mut request = request(USER);
        request.context.insert("aws:PrincipalTag/team", value.clone());
        request.resource = format!("arn:aws:s3:::{text}");
        let same = value == text && !value.is_empty();
        prop_assert_eq!(evaluate(&request, &policies).is_allowed(), same);
    }

    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = Document::accept(&text, DocumentKind::Identity);
        let _ = Document::accept(&text, DocumentKind::Trust);
        let _ = Case::read_all(&text);
    }

    #[test]
    fn reading_what_looks_like_a_policy_never_panics(text in r#"[{}\[\]":,a-zA-Z0-9*$\\ ]{0,80}"#) {
        let framed = format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{text}}}]}}"#);
        let _ = Document::accept(&framed, DocumentKind::Identity);
        let _ = Document::accept(&framed, DocumentKind::Bucket);
    }
}

#[test]
fn stars_in_plenty_take_no_time() {
    let pattern = "a*".repeat(400);
    let text = "a".repeat(900);
    for resource in [
        format!("arn:aws:s3:::{pattern}b"),
        format!("arn:{pattern}b:s3:::x"),
    ] {
        let statement = format!(r#"{{"Effect":"Allow","Action":"s3:*","Resource":"{resource}"}}"#);
        let document = parse(&[statement], DocumentKind::Identity);
        let policies = Policies {
            identity: vec![Policy::new("p", document)].into(),
            ..Policies::default()
        };
        let mut request = request(USER);
        for resource in [format!("arn:aws:s3:::{text}"), format!("arn:{text}:s3:::x")] {
            request.resource = resource;
            assert!(!evaluate(&request, &policies).is_allowed());
        }
    }
}

/// A bucket policy of so many statements, of every kind that is compared in its own way. None but
/// the last matches, so that each is compared to its end.
fn statements_of_every_kind(count: usize) -> Document {
    let conditions = [
        r#"{"StringEquals":{"aws:PrincipalTag/team":["red","${aws:username}"]}}"#,
        r#"{"StringLike":{"aws:PrincipalTag/team":"r*${aws:username}?"}}"#,
        r#"{"StringEqualsIgnoreCase":{"aws:PrincipalTag/team":"${aws:PrincipalTag/team}s"}}"#,
        r#"{"NumericLessThan":{"s3:max-keys":"10"}}"#,
        r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
        r#"{"Bool":{"aws:SecureTransport":"${aws:PrincipalTag/tls, 'false'}"}}"#,
        r#"{"BinaryEquals":{"lab:Blob":"QmluYXJ5"}}"#,
        r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}"#,
        r#"{"ArnLike":{"aws:SourceArn":"arn:aws:sns:eu-*-1:*:${aws:username}"}}"#,
        r#"{"ForAllValues:StringLike":{"aws:TagKeys":["a*","c"]},"Null":{"aws:TagKeys":"true"}}"#,
        r#"{"ForAnyValue:StringNotLike":{"aws:TagKeys":["*"]}}"#,
    ];
    let principals = [
        r#""Principal":"*""#,
        r#""Principal":{"AWS":["AROAWORKERWORKERWORK2","arn:aws:iam::555566667777:root"]}"#,
        r#""NotPrincipal":{"AWS":"arn:aws:iam::888899990000:root"}"#,
    ];
    let resources = [
        r#""Resource":"*""#,
        r#""Resource":["arn:aws:s3:::pap*/${aws:userid}","arn:aws:s3:e*-x::*","arn:aws:s3:::papers/*"]"#,
        r#""NotResource":"arn:aws:s3:::papers/${aws:PrincipalTag/none}""#,
    ];
    let statement = |number: usize| {
        let condition = conditions[number % conditions.len()];
        let principal = principals[number / 2 % principals.len()];
        let resource = resources[number / 3 % resources.len()];
        format!(
            r#"{{"Effect":"Allow",{principal},"Action":["s3:List*","s3:*Ob?ect"],{resource},"Condition":{condition}}}"#
        )
    };
    let mut statements: Vec<String> = (1..count).map(statement).collect();
    statements
        .push(r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#.to_owned());
    parse(&statements, DocumentKind::Bucket)
}

#[test]
fn a_statement_costs_no_allocation() {
    let mut request = request(SESSION);
    for (key, value) in [
        ("aws:userid", "AROAWORKERWORKERWORK1:run-7"),
        ("aws:username", "dana"),
        ("s3:max-keys", "1000"),
        ("aws:CurrentTime", "2026-03-01T12:00:00.25+02:00"),
        ("aws:SecureTransport", "true"),
        ("lab:Blob", "T3RoZXI="),
        ("aws:SourceIp", "203.0.113.7"),
        ("aws:SourceArn", "arn:aws:sns:eu-west-1:555566667777:alarms"),
    ] {
        request.context.insert(key, value);
    }
    let allocations = |count: usize| {
        let bucket = Policy::new("bucket", statements_of_every_kind(count));
        let policies = Policies {
            resource: Some(bucket),
            ..Policies::default()
        };
        let mut decided = None;
        let info = allocation_counter::measure(|| {
            decided = Some(evaluate(&request, &policies));
        });
        let decision = decided.expect("a decision");
        assert!(decision.is_allowed());
        assert_eq!(
            decision.matched().count(),
            1,
            "only the last statement matches"
        );
        info.count_total
    };
    let few = allocations(1);
    assert_eq!(few, 1, "the trace");
    assert_eq!(allocations(1_000), few);
}
