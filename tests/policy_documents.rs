//! Documents that AWS refuses, in its words, with our place of the fault; and documents that it
//! accepts.

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

use rolecall::policy::{Document, DocumentKind, Refusal, counted_size};

const IDENTITY: DocumentKind = DocumentKind::Identity;

fn refusal(text: &str, kind: DocumentKind) -> Refusal {
    match Document::accept(text, kind) {
        Err(refusal) => refusal,
        Ok(_) => panic!("accepted as {kind:?}: {text}"),
    }
}

/// A statement in a policy of the current version.
fn policy(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)
}

fn with(extra: &str) -> String {
    policy(&format!(r#"{{"Effect":"Allow",{extra}}}"#))
}

#[test]
fn iam_refuses_in_its_own_words() {
    let syntax = "Syntax errors in policy.";
    let legacy = "The policy failed legacy parsing";
    let star = r#""Action":"s3:*","Resource":"*""#;
    let cases: Vec<(String, String)> = vec![
        (String::new(), syntax.into()),
        ("{".into(), syntax.into()),
        ("[]".into(), syntax.into()),
        (r#"{"Version":"2013-10-17","Statement":[]}"#.into(), syntax.into()),
        (r#"{"Version":"2012-10-17"}"#.into(), syntax.into()),
        (r#"{"Version":"2012-10-17","Statement":["x"]}"#.into(), syntax.into()),
        (r#"{"Version":"2012-10-17","Statement":[]}"#.into(), syntax.into()),
        (r#"{"Version":"2012-10-17","Statements":[]}"#.into(), syntax.into()),
        (format!(r#"{{"Version":"2012-10-17","Id":7,"Statement":{{"Effect":"Allow",{star}}}}}"#), syntax.into()),
        (with(&format!(r#"{star},"Sid":7"#)), syntax.into()),
        (with(&format!(r#"{star},"Colour":"red""#)), syntax.into()),
        (policy(&format!(r#"{{"Effect":"invalid",{star}}}"#)), syntax.into()),
        (policy(&format!("{{{star}}}")), syntax.into()),
        (with(&format!(r#"{star},"NotAction":"s3:*""#)), syntax.into()),
        (with(&format!(r#"{star},"NotResource":"*""#)), syntax.into()),
        (with(r#""Action":"s3:*","Resource":{}"#), syntax.into()),
        (with(&format!(r#"{star},"Condition":[]"#)), syntax.into()),
        (with(&format!(r#"{star},"Condition":"x""#)), syntax.into()),
        (with(&format!(r#"{star},"Condition":{{"StringSame":{{"aws:x":"y"}}}}"#)), syntax.into()),
        (with(&format!(r#"{star},"Condition":{{"ForAnyValue::StringEquals":{{"aws:x":"y"}}}}"#)), syntax.into()),
        (format!(r#"{{"Statement":[{{"Effect":"Allow",{star}}}]}}"#), "Policy document must be version 2012-10-17 or greater.".into()),
        (format!(r#"{{"Version":"2008-10-17","Statement":[{{"Effect":"Allow",{star}}}]}}"#), "Policy document must be version 2012-10-17 or greater.".into()),
        (with(r#""Action":"GetObject","Resource":"*""#), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".into()),
        (with(r#""NotAction":[],"Resource":"*""#), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".into()),
        (with(r#""Action":"s 3:GetObject","Resource":"*""#), "Vendor s 3 is not valid".into()),
        (with(r#""Action":"s3:Get:Object","Resource":"*""#), "Actions/Condition can contain only one colon.".into()),
        (with(r#""Action":"s3:*","Resource":"papers""#), r#"Resource papers must be in ARN format or "*"."#.into()),
        (with(r#""Action":"s3:*","Resource":"""#), r#"Resource  must be in ARN format or "*"."#.into()),
        (with(r#""Action":"s3:*","Resource":"a:papers""#), r#"Partition "papers" is not valid for resource "arn:papers:*:*:*:*"."#.into()),
        (with(r#""Action":"s3:*""#), "Policy statement must contain resources.".into()),
        (with(r#""Action":"s3:*","Resource":[]"#), "Policy statement must contain resources.".into()),
        (with(r#""Resource":"*""#), "Policy statement must contain actions.".into()),
        (with(r#""Action":[],"Resource":"*""#), "Policy statement must contain actions.".into()),
        (with(r#""Action":"iam:*","Resource":"arn:aws:iam:::papers""#), "IAM resource path must either be \"*\", root, or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.".into()),
        (with(r#""Action":"s3:*","Resource":"arn:aws:s3::papers""#), legacy.into()),
        (policy(&format!(r#"{{"Effect":"allow",{star}}}"#)), legacy.into()),
        (policy(&format!(r#"{{"Effect":"denY",{star}}}"#)), legacy.into()),
        (with(&format!(r#"{star},"Condition":{{"DateLessThan":{{"aws:CurrentTime":"soon"}}}}"#)), legacy.into()),
        (with(r#""Action":"iam:*","Resource":"arn:aws:iam::${aws:PrincipalAccount}:role/x""#), legacy.into()),
        (with(r#""Action":"s3:*","Resource":"arn:aws""#), "Resource vendor must be fully qualified and cannot contain regexes.".into()),
        (with(r#""Action":"iam:*","Resource":"arn:aws:iam:eu-west-1:555566667777:user/x""#), "IAM resource arn:aws:iam:eu-west-1:555566667777:user/x cannot contain region information.".into()),
        (with(r#""Action":"s3:*","Resource":"arn:aws:s3:eu-west-1::papers""#), "Resource arn:aws:s3:eu-west-1::papers can not contain region information.".into()),
        (policy(&format!(r#"{{"Sid":"A","Effect":"Allow",{star}}},{{"Sid":"A","Effect":"Deny",{star}}}"#)), "Statement IDs (SID) in a single policy must be unique.".into()),
    ];
    for (text, message) in cases {
        let refusal = refusal(&text, IDENTITY);
        assert_eq!(refusal.message, message, "{text}");
        assert_eq!(refusal.code, "MalformedPolicyDocument", "{text}");
        assert!(refusal.established, "{text}");
    }
}

/// Recorded, each: AWS looks for one sort of faults after another.
#[test]
fn of_several_faults_iam_names_the_one_that_it_looks_for_first() {
    let version = "Policy document must be version 2012-10-17 or greater.";
    let legacy = "The policy failed legacy parsing";
    let twice = "Statement IDs (SID) in a single policy must be unique.";
    let unversioned = |statement: &str| format!(r#"{{"Statement":[{statement}]}}"#);
    let papers = r#""Resource":"arn:aws:s3:::papers""#;
    let action = r#""Action":"s3:GetObject""#;
    let soon = r#""Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}"#;
    let same = format!(
        r#"{{"Sid":"A","Effect":"Allow",{action},{papers}}},{{"Sid":"A","Effect":"Allow"}}"#
    );
    let cases = [
        (
            unversioned(&format!(r#"{{"Effect":"denY",{action},{papers}}}"#)),
            version,
        ),
        (
            unversioned(&format!(r#"{{"Effect":"Allow",{action},{papers},{soon}}}"#)),
            version,
        ),
        (unversioned(&same), version),
        (policy(&same), twice),
        (policy(&same.replacen("Allow", "aLLow", 1)), legacy),
        (with(soon), legacy),
        (
            with(&format!(
                r#"{action},"Resource":"arn:error:s3:::papers",{soon}"#
            )),
            legacy,
        ),
        (with(r#""Resource":"arn:aws:s3::papers""#), legacy),
        (
            with(&format!(r#"{action},"Resource":"arn:aws::papers""#)),
            legacy,
        ),
        (
            with(&format!(r#"{action},"Resource":"arn:aws::::papers""#)),
            legacy,
        ),
        (
            with(r#""Action":"GetObject""#),
            "Policy statement must contain resources.",
        ),
        (
            with(r#""Action":"s3:Get:Object","Resource":"papers""#),
            r#"Resource papers must be in ARN format or "*"."#,
        ),
    ];
    for (text, message) in cases {
        let refusal = refusal(&text, IDENTITY);
        assert_eq!(refusal.message, message, "{text}");
    }
}

#[test]
fn a_trust_policy_and_a_bucket_policy_are_refused_in_other_words() {
    let trust = |extra: &str| {
        policy(&format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"555566667777"}},{extra}}}"#
        ))
    };
    let wildcard = policy(
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::555566667777:user/*"},"Action":"sts:AssumeRole"}"#,
    );
    let cases = [
        (
            DocumentKind::Trust,
            "nonsense".to_owned(),
            "This policy contains invalid Json",
        ),
        (
            DocumentKind::Trust,
            trust(r#""Action":"s3:GetObject""#),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            DocumentKind::Trust,
            trust(r#""Action":"sts:AssumeRole","Resource":"*""#),
            "Has prohibited field Resource",
        ),
        (
            DocumentKind::Trust,
            wildcard,
            r#"Invalid principal in policy: "AWS":"arn:aws:iam::555566667777:user/*""#,
        ),
        (
            DocumentKind::Bucket,
            "nonsense".to_owned(),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            DocumentKind::Bucket,
            format!(
                "\n{}",
                policy(r#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#)
            ),
            "Policies must be valid JSON and the first byte must be '{'",
        ),
        (
            DocumentKind::Bucket,
            "{}".to_owned(),
            "Missing required field Statement",
        ),
        (
            DocumentKind::Bucket,
            policy(
                r#"{"Effect":"Allow","Principal":{"AWS":"nobody"},"Action":"s3:*","Resource":"*"}"#,
            ),
            "Invalid principal in policy",
        ),
    ];
    for (kind, text, message) in cases {
        let refusal = refusal(&text, kind);
        assert_eq!(refusal.message, message, "{text}");
        assert!(refusal.established, "{text}");
        let code = if kind == DocumentKind::Bucket {
            "MalformedPolicy"
        } else {
            "MalformedPolicyDocument"
        };
        assert_eq!(refusal.code, code, "{text}");
    }
}

/// An identity-based policy may have an ARN of fewer than six parts, a session policy may not.
#[test]
fn an_incomplete_arn_is_refused_in_a_session_policy() {
    let short = with(r#""Action":"sqs:*","Resource":"arn:aws:sqs""#);
    let refusal = refusal(&short, DocumentKind::Session);
    assert_eq!(refusal.code, "MalformedPolicyDocument");
    assert!(!refusal.established);
    assert_eq!(refusal.finding.path, "$.Statement[0].Resource");
    assert!(Document::accept(&short, IDENTITY).is_ok());
    let star = with(r#""Action":"sqs:*","Resource":"*""#);
    assert!(Document::accept(&star, DocumentKind::Session).is_ok());
}

#[test]
fn what_aws_accepts_is_accepted() {
    let star = r#""Action":"s3:*","Resource":"*""#;
    let accepted = [
        with(r#""Action":"nosuchservice:NoSuchAction","Resource":"*""#),
        with(r#""Action":"iam: asdf safdsf af ","Resource":"*""#),
        with(r#""Action":"s3:*","Resource":"arn:aws:fdsasf""#),
        with(&format!(r#"{star},"Condition":{{}}"#)),
        with(&format!(r#"{star},"Condition":{{"DateGreaterThan":{{}}}}"#)),
        with(&format!(r#"{star},"Condition":{{"NoSuchOperator":{{}}}}"#)),
        with(&format!(
            r#"{star},"Condition":{{"StringEqualsIfExists":{{"colour":"red"}}}}"#
        )),
        with(&format!(
            r#"{star},"Condition":{{"DateGreaterThan":{{"aws:CurrentTime":[]}}}}"#
        )),
        with(&format!(
            r#"{star},"Condition":{{"DateGreaterThan":{{"aws:CurrentTime":"01T"}}}}"#
        )),
        with(&format!(
            r#"{star},"Condition":{{"DateGreaterThan":{{"aws:CurrentTime":"2016-12-13t2:00:00.593194+23"}}}}"#
        )),
        with(&format!(
            r#"{star},"Condition":{{"DateGreaterThan":{{"aws:CurrentTime":"-292275054"}}}}"#
        )),
        with(r#""NotAction":"iam:*","NotResource":"*""#),
        with(r#""Action":"iam:*","Resource":"arn:aws:iam::aws:policy/ReadOnlyAccess""#),
        with(r#""Action":"*","Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]"#),
    ];
    for text in accepted {
        if let Err(refusal) = Document::accept(&text, IDENTITY) {
            panic!("{text}: {refusal}");
        }
    }
}

#[test]
fn a_finding_says_where() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\",\n      \"Action\": [\"s3:GetObject\", 7],\n      \"Resource\": \"*\"\n    }\n  ]\n}";
    let refusal = refusal(text, IDENTITY);
    assert_eq!(refusal.finding.path, "$.Statement[0].Action[1]");
    assert_eq!(
        (
            refusal.finding.position.line,
            refusal.finding.position.column
        ),
        (6, 34)
    );
    assert!(
        refusal.finding.message.contains("found a number"),
        "{refusal}"
    );
}

#[test]
fn findings_name_the_fault() {
    let star = r#""Action":"s3:*","Resource":"*""#;
    let cases = [
        (
            IDENTITY,
            with(&format!(r#"{star},"Effect":"Deny""#)),
            "`Effect` is given twice",
        ),
        (
            IDENTITY,
            with(&format!(
                r#"{star},"Condition":{{"NullIfExists":{{"aws:x":"true"}}}}"#
            )),
            "`NullIfExists` is no condition operator",
        ),
        (
            IDENTITY,
            with(&format!(
                r#"{star},"Condition":{{"stringequals":{{"aws:x":"true"}}}}"#
            )),
            "`stringequals` is no condition operator",
        ),
        (
            IDENTITY,
            with(&format!(
                r#"{star},"Condition":{{"IpAddress":{{"aws:SourceIp":"10.0.0.0/33"}}}}"#
            )),
            "wants an IP address or a CIDR range",
        ),
        (
            IDENTITY,
            with(&format!(
                r#"{star},"Condition":{{"NumericEquals":{{"s3:max-keys":"ten"}}}}"#
            )),
            "wants a number, not `ten`",
        ),
        (
            IDENTITY,
            with(&format!(
                r#"{star},"Condition":{{"Bool":{{"aws:SecureTransport":"yes"}}}}"#
            )),
            "wants `true` or `false`",
        ),
        (
            IDENTITY,
            with(&format!(r#"{star},"Principal":"*""#)),
            "`Principal` does not belong here",
        ),
        (
            DocumentKind::Bucket,
            with(star),
            "the statement has no `Principal`",
        ),
        (
            DocumentKind::Bucket,
            with(&format!(r#"{star},"Principal":{{"Aws":"555566667777"}}"#)),
            "`Aws` is no type of principal",
        ),
        (
            DocumentKind::Bucket,
            with(&format!(r#"{star},"Principal":"555566667777""#)),
            "a principal is `\"*\"` or an object",
        ),
    ];
    for (kind, text, part) in cases {
        let refusal = refusal(&text, kind);
        assert!(refusal.finding.message.contains(part), "{text}: {refusal}");
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let refusal = refusal(&deep, IDENTITY);
    assert!(
        refusal.finding.message.contains("nested deeper"),
        "{refusal}"
    );
}

#[test]
fn a_statement_knows_its_text_and_its_place() {
    let text = "{\n \"Version\":\"2012-10-17\",\n \"Statement\":[\n  {\"Sid\":\"One\",\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"},\n  {\"Effect\":\"Deny\",\n   \"Action\":\"iam:*\",\"Resource\":\"*\"}\n ]}";
    let document = Document::parse(text, IDENTITY).expect("a policy");
    assert_eq!(document.source(), text);
    let [one, two] = document.statements() else {
        panic!("two statements")
    };
    assert_eq!(one.sid(), Some("One"));
    assert_eq!((one.start().line, one.start().column), (4, 3));
    assert_eq!((two.start().line, two.start().column), (5, 3));
    assert_eq!((two.end().line, two.end().column), (6, 36));
    assert!(
        document
            .statement_source(two)
            .starts_with("{\"Effect\":\"Deny\"")
    );
    assert_eq!(two.actions().collect::<Vec<_>>(), ["iam:*"]);
}

#[test]
fn white_space_is_not_counted() {
    assert_eq!(
        counted_size("{ \"Version\" :\n\t\"2012-10-17\" }"),
        "{\"Version\":\"2012-10-17\"}".len()
    );
}
