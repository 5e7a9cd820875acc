//! Patterns with wildcards and variables against a text, wherever the language has them: no panic,
//! and no time beyond what their lengths allow (libFuzzer's own timeout watches).
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_fuzz::policy::{
    Context, Document, DocumentKind, Policies, Policy, Principal, Request, evaluate,
};
use serde_json::json;

fuzz_target!(|input: (&str, &str, &str)| {
    let (pattern, resource, value) = input;
    let text = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": pattern, "Resource": pattern},
        {"Effect": "Allow", "Action": "*", "NotResource": pattern},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "StringLike": {"aws:PrincipalTag/team": pattern}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "StringEqualsIgnoreCase": {"aws:PrincipalTag/team": pattern}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "ArnLike": {"aws:SourceArn": pattern}}}
    ]});
    let Ok(document) = Document::parse(&text.to_string(), DocumentKind::Identity) else { return };
    let policies = Policies { identity: vec![Policy::new("p", document)].into(), ..Policies::default() };
    let principal = Principal::from_arn("arn:aws:iam::555566667777:user/dana").expect("a user");
    let mut context = Context::new();
    context.insert("aws:PrincipalTag/team", value);
    context.insert("aws:SourceArn", resource);
    let request = Request::new(principal, resource, resource, context);
    let decision = evaluate(&request, &policies);
    let _ = decision.explain(&request, &policies);
});
