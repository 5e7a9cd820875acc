//! The engines, each asked in its own manner.

use std::collections::HashMap;
use std::hint::black_box;

use serde_json::json;

use crate::Ask;
use crate::question::{ACCOUNT, ACTION, ADDRESS, CALLER, CONTEXT, RESOURCE, cedar, iam};

type Build = fn(usize) -> Ask;

/// rolecall first.
pub fn all() -> [(&'static str, Build); 4] {
    [
        ("rolecall", rolecall),
        ("awsim-iam-policy", awsim),
        ("iam-rs", iam_rs),
        ("cedar-policy", cedar_policy),
    ]
}

fn rolecall(size: usize) -> Ask {
    use crate::policy::{
        Context, Document, DocumentKind, Policies, Policy, Principal, Request, evaluate,
    };
    let document = Document::parse(&iam(size), DocumentKind::Identity).expect("a policy");
    let policies = Policies {
        identity: vec![Policy::new("bench", document)].into(),
        ..Policies::default()
    };
    let principal = Principal::from_arn(CALLER).expect("a caller");
    let context: Context = CONTEXT.into_iter().collect();
    let request = Request::new(principal, ACTION, RESOURCE, context).owned_by(ACCOUNT);
    // The whole decision is made, not only what the answer needs.
    Box::new(move || black_box(evaluate(&request, &policies)).is_allowed())
}

fn awsim(size: usize) -> Ask {
    use awsim_iam_policy::{AuthzRequest, ContextValue, Decision, EvalContext, evaluate, parse};
    let policies = vec![parse(&iam(size)).expect("a policy")];
    let context: HashMap<String, ContextValue> = CONTEXT
        .into_iter()
        .map(|(key, value)| (key.to_owned(), ContextValue::String(value.to_owned())))
        .collect();
    Box::new(move || {
        let request = AuthzRequest {
            principal_arn: CALLER,
            principal_account: ACCOUNT,
            action: ACTION,
            resource_arn: RESOURCE,
            context: &context,
        };
        let given = EvalContext {
            identity_policies: &policies,
            permissions_boundary: None,
            resource_policy: None,
            scps: &[],
            session_policy: None,
        };
        evaluate(&request, &given) == Decision::Allow
    })
}

fn iam_rs(size: usize) -> Ask {
    use iam_rs::{
        Arn, Context, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
    };
    let policy: IAMPolicy = serde_json::from_str(&iam(size)).expect("a policy");
    let evaluator = PolicyEvaluator::with_policies(vec![policy]);
    let context = CONTEXT
        .into_iter()
        .fold(Context::new(), |context, (key, value)| match value {
            "true" => context.with_boolean(key, true),
            _ => context.with_string(key, value),
        });
    let request = IAMRequest::new_with_context(
        Principal::Aws(PrincipalId::String(CALLER.to_owned())),
        ACTION,
        Arn::parse(RESOURCE).expect("an ARN"),
        context,
    );
    Box::new(move || {
        let result = evaluator.evaluate(&request);
        result.is_ok_and(|result| result.decision == Decision::Allow)
    })
}

fn cedar_policy(size: usize) -> Ask {
    use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
    let policies: PolicySet = cedar(size).parse().expect("policies");
    let uid = |kind: &str, id: &str| json!({"type": kind, "id": id});
    let action = |id: &str, parents: &[&str]| {
        let parents: Vec<_> = parents.iter().map(|id| uid("Action", id)).collect();
        json!({"uid": uid("Action", id), "attrs": {}, "parents": parents})
    };
    let entities = json!([
        {"uid": uid("User", "dana"), "attrs": {"name": "dana", "team": "blue"}, "parents": []},
        {"uid": uid("Object", "plan"), "attrs": {"arn": RESOURCE, "owner": "dana"}, "parents": []},
        action("s3", &[]), action("ec2", &[]),
        action("s3:GetObject", &["s3"]), action("s3:PutObject", &["s3"]),
        action("s3:DeleteObject", &["s3"]), action("s3:PutBucketPolicy", &["s3"]),
    ]);
    let entities = Entities::from_json_value(entities, None).expect("entities");
    let context = json!({
        "ip": {"__extn": {"fn": "ip", "arg": ADDRESS}}, "tls": true, "region": "eu-west-1"
    });
    let context = Context::from_json_value(context, None).expect("a context");
    let name = |text: &str| text.parse::<EntityUid>().expect("a name");
    let request = Request::new(
        name(r#"User::"dana""#),
        name(r#"Action::"s3:GetObject""#),
        name(r#"Object::"plan""#),
        context,
        None,
    )
    .expect("a request");
    let authorizer = Authorizer::new();
    Box::new(move || {
        let response = authorizer.is_authorized(&request, &policies, &entities);
        response.decision() == Decision::Allow
    })
}
