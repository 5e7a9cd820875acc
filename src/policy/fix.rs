//! The smallest change that would let a request through.
//!
//! Every change is tried before it is offered: the request is decided again with it, and what does
//! not lead to an allow is not shown.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::arn::Arn;
use super::condition::Condition;
use super::document::{Document, DocumentKind};
use super::evaluate::{Answer, Decision, Policies, Policy, StatementRef, evaluate};
use super::explain::{holder_words, layer_words, statement_words};
use super::explanation::{Effect, Fix, GateState, Layer, Verdict};
use super::operator::{Comparison, Order};
use super::request::{Context, PrincipalKind, Request, Value};

/// Actions that let a caller give itself more, in lower case.
const ESCALATIONS: [&str; 16] = [
    "iam:addusertogroup",
    "iam:attachgrouppolicy",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createpolicyversion",
    "iam:deleterolepermissionsboundary",
    "iam:deleteuserpermissionsboundary",
    "iam:putgrouppolicy",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "iam:setdefaultpolicyversion",
    "iam:updateassumerolepolicy",
    "iam:updateloginprofile",
    "iam:putrolepermissionsboundary",
];

/// The smallest change, if one was found that works.
pub(crate) fn smallest(request: &Request, policies: &Policies, decision: &Decision) -> Option<Fix> {
    match decision.verdict {
        Verdict::Allow => None,
        Verdict::ExplicitDeny => {
            by_request(request, policies, decision).or_else(|| lift(request, policies, decision))
        }
        Verdict::ImplicitDeny => {
            by_request(request, policies, decision).or_else(|| grant(request, policies, decision))
        }
    }
}

/// A statement that lacks only its conditions: the request may be what has to change. A denial that
/// hangs on a condition may fall away in the same manner.
fn by_request(request: &Request, policies: &Policies, decision: &Decision) -> Option<Fix> {
    let wanted = match decision.verdict {
        Verdict::ExplicitDeny => Effect::Deny,
        _ => Effect::Allow,
    };
    for entry in decision.trace.iter().filter(|entry| entry.effect == wanted) {
        let near = match entry.answer {
            Answer::Condition(..) => wanted == Effect::Allow,
            Answer::Match(_) => wanted == Effect::Deny,
            _ => false,
        };
        let statement = policies.find(entry.place()).and_then(|policy| {
            let index = entry.statement as usize;
            policy
                .document
                .statements()
                .get(index)
                .map(|statement| (policy, statement, index))
        });
        let Some((policy, statement, index)) = statement.filter(|_| near) else {
            continue;
        };
        let mut changed = request.clone();
        let mut steps = Vec::new();
        for condition in &statement.conditions {
            let holds = condition.holds(&changed.context).is_ok();
            if holds == (wanted == Effect::Allow) || is_given(condition) {
                continue;
            }
            let value = if wanted == Effect::Allow {
                satisfying(condition, &changed.context)
            } else {
                defeating(condition)
            };
            let Some(value) = value else { continue };
            let before = changed.context.get(condition.key.as_written()).cloned();
            changed
                .context
                .insert(condition.key.as_written(), value.clone());
            if (condition.holds(&changed.context).is_ok()) != (wanted == Effect::Allow) {
                match before {
                    Some(before) => changed.context.insert(condition.key.as_written(), before),
                    None => changed.context.remove(condition.key.as_written()),
                }
                continue;
            }
            steps.push(request_words(request, condition, &value));
            if wanted == Effect::Deny {
                break;
            }
        }
        if !steps.is_empty() && evaluate(&changed, policies).is_allowed() {
            let place = place_words(policy, entry.layer, &statement_words(statement, index));
            let mut dangers = Vec::new();
            if statement
                .condition_keys()
                .any(|key| key.to_lowercase().contains("tag/"))
            {
                push(
                    &mut dangers,
                    "tags decide here: whoever may set them gives access".to_owned(),
                );
            }
            let steps = steps.join(" and ");
            let text = if wanted == Effect::Allow {
                format!("{steps}, as {place} asks")
            } else {
                format!("{steps}, so that {place} does not deny it")
            };
            return Some(Fix {
                text,
                statement: None,
                dangers,
            });
        }
    }
    None
}

/// Facts that a caller does not choose with a request.
fn is_given(condition: &Condition) -> bool {
    matches!(
        condition.key.lower().as_str(),
        "aws:currenttime"
            | "aws:epochtime"
            | "aws:principalaccount"
            | "aws:principalarn"
            | "aws:principalisawsservice"
            | "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:principalservicename"
            | "aws:principaltype"
            | "aws:resourceaccount"
            | "aws:resourceorgid"
            | "aws:resourceorgpaths"
            | "aws:tokenissuetime"
            | "aws:userid"
            | "aws:username"
            | "aws:viaawsservice"
    )
}

/// What to do so that a key has a value, in the words of the key where it has better ones.
fn request_words(request: &Request, condition: &Condition, value: &Value) -> String {
    let lower = &*condition.key.lower();
    let plain = match value {
        Value::One(text) => text.clone(),
        Value::Many(texts) => texts.join(","),
    };
    let option = match lower {
        "s3:delimiter" => Some("--delimiter"),
        "s3:prefix" => Some("--prefix"),
        "sts:externalid" => Some("--external-id"),
        "sts:rolesessionname" => Some("--role-session-name"),
        "sts:sourceidentity" => Some("--source-identity"),
        _ => None,
    };
    let sources: Vec<&str> = condition.tests.iter().map(|test| &*test.source).collect();
    let open =
        !condition.operator.negated && sources.iter().any(|text| text.contains(['*', '?', '/']));
    let patterns = sources.join("` or `");
    let wanted = if open { &patterns } else { &plain };
    if let Some(option) = option {
        return if open {
            format!("pass `{option}` with a value like `{patterns}`")
        } else {
            format!("pass `{option} {plain}`")
        };
    }
    let key = condition.key.as_written();
    let like = if open { " like" } else { " =" };
    let tag = key.split_once('/').map_or("", |(_, tag)| tag);
    match lower.split_once('/').map_or(lower, |(kind, _)| kind) {
        "aws:multifactorauthpresent"
            if plain == "true"
                && request.action_lower() == "sts:assumerole"
                && request.principal.kind() == PrincipalKind::User =>
        {
            "pass `--serial-number` and `--token-code` of an MFA device".to_owned()
        }
        "aws:multifactorauthpresent" if plain == "true" => {
            "call with credentials of a session that was started with MFA".to_owned()
        }
        "aws:securetransport" if plain == "true" => "call over HTTPS".to_owned(),
        "aws:sourceip" => format!("call from the address or range `{wanted}`"),
        "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid"
            if request.principal.kind() == PrincipalKind::Service =>
        {
            format!("have the service call on behalf of something with `{key}`{like} `{wanted}`")
        }
        "aws:requestedregion" => format!("call in the Region{like} `{wanted}`"),
        "aws:principaltag" => format!("have the caller tagged with `{tag}`{like} `{wanted}`"),
        "aws:resourcetag" | "iam:resourcetag" | "s3:existingobjecttag" => {
            format!("have the resource tagged with `{tag}`{like} `{wanted}`")
        }
        "aws:requesttag" => format!("pass the tag `{tag}`{like} `{wanted}` with the request"),
        _ => format!("make the request with `{key}`{like} `{wanted}`"),
    }
}

fn shaped(condition: &Condition, text: String) -> Value {
    if condition.operator.quantifier.is_some() {
        Value::Many(vec![text])
    } else {
        Value::One(text)
    }
}

/// A text that a pattern matches.
fn like(pattern: &str) -> String {
    let text = pattern.replace('*', "").replace('?', "x");
    if text.is_empty() {
        "x".to_owned()
    } else {
        text
    }
}

/// A value of the key with which the condition would hold.
fn satisfying(condition: &Condition, context: &Context) -> Option<Value> {
    if condition.operator.negated {
        return None;
    }
    let first = condition.tests.first()?;
    let text = match condition.operator.comparison {
        Comparison::Null | Comparison::Binary => return None,
        Comparison::IpAddress => first.source.split('/').next()?.to_owned(),
        Comparison::StringLike | Comparison::Arn => like(&first.filled(context)?),
        Comparison::Numeric(Order::Less) => (first.source.parse::<f64>().ok()? - 1.0).to_string(),
        Comparison::Numeric(Order::Greater) => {
            (first.source.parse::<f64>().ok()? + 1.0).to_string()
        }
        _ => first.filled(context)?,
    };
    Some(shaped(condition, text))
}

/// A value of the key with which the condition would not hold.
fn defeating(condition: &Condition) -> Option<Value> {
    let first = condition.tests.first()?;
    let text = match condition.operator.comparison {
        Comparison::Bool => (!first.source.eq_ignore_ascii_case("true")).to_string(),
        Comparison::IpAddress if condition.operator.negated => {
            first.source.split('/').next()?.to_owned()
        }
        Comparison::StringLike | Comparison::Arn if condition.operator.negated => {
            if first.source.contains("${") {
                return None;
            }
            like(&first.source)
        }
        Comparison::String | Comparison::StringIgnoreCase if condition.operator.negated => {
            if first.source.contains("${") {
                return None;
            }
            first.source.to_string()
        }
        _ => return None,
    };
    Some(shaped(condition, text))
}

fn place_words(policy: &Policy, layer: Layer, statement: &str) -> String {
    let layer = layer_words(layer);
    if policy.name.to_lowercase().starts_with(layer) {
        format!("{statement} of {}", policy.name)
    } else {
        format!("{statement} of {layer} {}", policy.name)
    }
}

/// Takes away the denials, and then grants what is still missing.
fn lift(request: &Request, policies: &Policies, decision: &Decision) -> Option<Fix> {
    let denials: Vec<StatementRef> = decision
        .matched()
        .filter(|(_, effect)| *effect == Effect::Deny)
        .map(|(place, _)| place)
        .collect();
    let mut policies = policies.clone();
    let places = take_away(&mut policies, &denials)?;
    let mut dangers = vec![
        "a Deny is usually there on purpose: ask its owner, and narrow it rather than remove it"
            .to_owned(),
    ];
    let guards = |place: &StatementRef| {
        matches!(place.layer, Layer::ServiceControl | Layer::ResourceControl)
    };
    if denials.iter().any(guards) {
        dangers.push("it guards whole accounts, not only this caller".to_owned());
    }
    let text = format!("narrow or remove {}", places.join(" and "));
    let after = evaluate(request, &policies);
    if after.is_allowed() {
        return Some(Fix {
            text,
            statement: None,
            dangers,
        });
    }
    if after.verdict != Verdict::ImplicitDeny {
        return None;
    }
    let then = grant(request, &policies, &after)?;
    dangers.extend(then.dangers);
    Some(Fix {
        text: format!("{text}, and then {}", then.text),
        statement: then.statement,
        dangers,
    })
}

/// Removes statements, and says which they were.
pub(crate) fn take_away(policies: &mut Policies, places: &[StatementRef]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    // From the last to the first, so that the numbers of those that remain stay true.
    for place in places.iter().rev() {
        let policy = policies.find_mut(*place)?;
        let statement = policy.document.statements().get(place.statement)?;
        let statement = statement_words(statement, place.statement);
        words.push(place_words(policy, place.layer, &statement));
        policy.document = policy.document.without(place.statement).into();
    }
    words.reverse();
    Some(words)
}

fn push(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

/// One more statement in one policy, or where that is not enough in every policy that lacks it.
fn grant(request: &Request, policies: &Policies, decision: &Decision) -> Option<Fix> {
    let closed: Vec<(Layer, Option<usize>)> = decision
        .gates
        .iter()
        .filter(|gate| gate.state == GateState::Closed)
        .map(|gate| (gate.layer, gate.level))
        .collect();
    for gate in &closed {
        let mut changed = policies.clone();
        let statement = add(Effect::Allow, request, &mut changed, *gate)?;
        if evaluate(request, &changed).is_allowed() {
            let mut dangers = Vec::new();
            let nearly = decision.trace.iter().any(|entry| {
                entry.layer == gate.0
                    && entry.effect == Effect::Allow
                    && matches!(entry.answer, Answer::Condition(..))
            });
            if nearly {
                push(
                    &mut dangers,
                    "a statement there allows this only under a condition; this one asks for none"
                        .to_owned(),
                );
            }
            name_dangers(request, gate.0, &mut dangers);
            return Some(Fix {
                text: format!("add this statement to {}", where_words(request, *gate)),
                statement: Some(statement),
                dangers,
            });
        }
    }
    // Levels of an organization show one after the other, so ask again after each statement.
    let mut changed = policies.clone();
    let mut statements = Vec::new();
    let mut dangers = Vec::new();
    let mut decided = decision.clone();
    while !decided.is_allowed() {
        let first = decided
            .gates
            .iter()
            .find(|gate| gate.state == GateState::Closed)?;
        let gate = (first.layer, first.level);
        let statement = add(Effect::Allow, request, &mut changed, gate)?;
        let place = where_words(request, gate);
        if statements.iter().any(|(_, known)| *known == place) {
            return None;
        }
        statements.push((statement, place));
        name_dangers(request, gate.0, &mut dangers);
        decided = evaluate(request, &changed);
    }
    let places: Vec<String> = statements.iter().map(|(_, place)| place.clone()).collect();
    let same = statements
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.0 == b.0));
    let (text, statement) = if same {
        (
            format!("add this statement to {}", places.join(" and to ")),
            statements.first()?.0.clone(),
        )
    } else {
        let text = format!(
            "add one statement each to {}, in this order",
            places.join(" and to ")
        );
        let list: Vec<String> = statements
            .into_iter()
            .map(|(statement, _)| statement)
            .collect();
        (text, list.join("\n"))
    };
    Some(Fix {
        text,
        statement: Some(statement),
        dangers,
    })
}

pub(crate) fn where_words(request: &Request, (layer, level): (Layer, Option<usize>)) -> String {
    let holder = holder_words(request);
    match layer {
        Layer::Identity => format!("a policy of {holder}"),
        Layer::Boundary => format!("the permissions boundary of {holder}"),
        Layer::Session => "the session policy that is passed when the session is made".to_owned(),
        Layer::Resource => "the resource's policy".to_owned(),
        Layer::Trust => {
            let name = Arn::parse(&request.resource)
                .map_or("", |arn| arn.name())
                .to_owned();
            format!("the trust policy of role {name}")
        }
        Layer::ServiceControl => format!(
            "a service control policy of level {}",
            level.map_or(1, |level| level + 1)
        ),
        Layer::ResourceControl => "a resource control policy".to_owned(),
    }
}

/// Adds the narrowest statement of that effect on the request to a gate; returns its text.
pub(crate) fn add(
    effect: Effect,
    request: &Request,
    policies: &mut Policies,
    (layer, level): (Layer, Option<usize>),
) -> Option<String> {
    let kind = match layer {
        Layer::Identity => DocumentKind::Identity,
        Layer::Boundary => DocumentKind::Boundary,
        Layer::Session => DocumentKind::Session,
        Layer::Trust => DocumentKind::Trust,
        Layer::Resource => match &policies.resource {
            Some(policy) => policy.document.kind(),
            None if request.service() == "s3" => DocumentKind::Bucket,
            None => DocumentKind::Resource,
        },
        Layer::ServiceControl => DocumentKind::ServiceControl,
        Layer::ResourceControl => DocumentKind::ResourceControl,
    };
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!(effect));
    if kind.has_principal() {
        statement.insert("Principal".to_owned(), principal(request));
    }
    statement.insert("Action".to_owned(), json!(request.action()));
    if kind != DocumentKind::Trust {
        statement.insert("Resource".to_owned(), json!(resource(request)));
    }
    let statement = Json::Object(statement);
    let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let added = Document::parse(&text, kind).ok()?;
    let policy = || Policy::new("added", added.clone());
    match layer {
        Layer::Identity => Arc::make_mut(&mut policies.identity).push(policy()),
        Layer::Session => policies.session.push(policy()),
        Layer::ServiceControl => policies.service_control.get_mut(level?)?.push(policy()),
        Layer::ResourceControl => return None,
        Layer::Boundary => join(&mut policies.boundary, &added),
        Layer::Resource | Layer::Trust => join(&mut policies.resource, &added),
    }
    serde_json::to_string_pretty(&statement).ok()
}

fn join(slot: &mut Option<Policy>, added: &Document) {
    match slot {
        Some(policy) => policy.document = policy.document.with_statements_of(added).into(),
        None => *slot = Some(Policy::new("added", added.clone())),
    }
}

/// The resource as a policy names it: a star in an object's key is a star only, by its name.
fn resource(request: &Request) -> String {
    let resource = request.resource.as_str();
    let object = request.service() == "s3" && resource.contains('/');
    if !object {
        return resource.to_owned();
    }
    let mut named = String::with_capacity(resource.len());
    for c in resource.chars() {
        if matches!(c, '*' | '?' | '$') {
            named.extend(['$', '{', c, '}']);
        } else {
            named.push(c);
        }
    }
    named
}

/// The caller as a policy names it to last: the role rather than its session.
fn principal(request: &Request) -> Json {
    let caller = &request.principal;
    match caller.kind() {
        PrincipalKind::Anonymous => json!("*"),
        PrincipalKind::Service => json!({"Service": caller.arn()}),
        PrincipalKind::Identity => json!({"Federated": caller.arn()}),
        _ => json!({"AWS": caller.lasting_arn()}),
    }
}

fn name_dangers(request: &Request, layer: Layer, dangers: &mut Vec<String>) {
    let action = request.action_lower();
    let mut add = |text: &str| push(dangers, text.to_owned());
    if action == "iam:passrole" {
        add(
            "iam:PassRole hands the role's permissions to a service: add a condition on iam:PassedToService, and name one role",
        );
    }
    if ESCALATIONS.contains(&action) {
        add("with this action a caller can give itself more permissions than it has");
    }
    if resource(request).replace("${*}", "").contains('*') && layer != Layer::Trust {
        add("the resource has a wildcard: it allows more than this one request");
    }
    match layer {
        Layer::Trust if request.principal.kind() == PrincipalKind::Identity => {
            add(
                "without a condition on the token's subject and audience, everyone whom the provider signs in may assume the role",
            );
        }
        Layer::Trust if action == "sts:tagsession" => {
            add("session tags decide wherever a policy asks for aws:PrincipalTag: say which tags");
        }
        Layer::Trust if action == "sts:setsourceidentity" => {
            add("a source identity that the caller may choose freely says nothing: say which one");
        }
        Layer::Trust => {
            add("whoever controls the caller gets everything that the role may do");
            if request.is_cross_account() {
                add(
                    "another account gets in: if it acts for several customers, ask for an sts:ExternalId",
                );
            }
        }
        Layer::Resource if request.principal.kind() == PrincipalKind::Anonymous => {
            add("this makes the resource public");
        }
        Layer::Resource if request.principal.kind() == PrincipalKind::Service => {
            add(
                "without conditions on aws:SourceArn or aws:SourceAccount the service may be used by somebody else to get here (the confused deputy)",
            );
        }
        Layer::Resource if request.is_cross_account() => {
            add("another account gets access to this resource");
        }
        Layer::ServiceControl => add("it concerns every caller of every account below"),
        Layer::Boundary => add("it raises the most that the caller can ever be given"),
        Layer::Identity if matches!(action, "sts:assumerole") => {
            add("the caller gets everything that the role may do");
        }
        _ => {}
    }
}
