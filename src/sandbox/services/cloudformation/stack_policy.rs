//! Stack policies: which resources an update may touch.
//!
//! Source: CloudFormation User Guide, "Prevent updates to stack resources". A stack with a policy
//! protects every resource that the policy does not open; a deny beats an allow. The empty document
//! protects nothing.

use serde_json::{Value, json};

use super::engine;
use super::lookup;
use super::source;
use super::state::{Change, Stack};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

/// Longest stack policy, in characters.
const LONGEST: usize = 16_384;

/// The policy that a request gives as `{name}Body` or `{name}URL`, checked.
pub(super) fn given(ctx: &mut Context<'_>, input: &Input, name: &str) -> Result<Option<String>> {
    let (body, url) = (format!("{name}Body"), format!("{name}URL"));
    let text = match (input.text(&body), input.text(&url)) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(AwsError::validation(format!(
                "You cannot specify both {url} and {body}"
            )));
        }
        (Some(text), None) => text.to_owned(),
        (None, Some(place)) => source::read(ctx, &url, place)?,
    };
    let document = serde_json::from_str::<Value>(&text).ok();
    let sound = document.is_some_and(|document| is_sound(&document));
    if !sound || text.chars().count() > LONGEST {
        return Err(AwsError::validation(
            "Error validating stack policy: Invalid stack policy",
        ));
    }
    Ok(Some(text))
}

pub(super) fn set(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let id = find(ctx, input)?.id.clone();
    if let Some(policy) = given(ctx, input, "StackPolicy")? {
        engine::with_stack(ctx, &id, |_, stack| stack.policy = Some(policy));
    }
    Ok(().into())
}

pub(super) fn get(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let policy = in_force(find(ctx, input)?);
    Ok(json!({"StackPolicyBody": policy}).into())
}

fn find<'a>(ctx: &'a Context<'_>, input: &Input) -> Result<&'a Stack> {
    let name = input.require("StackName")?;
    // The wording is not established.
    lookup::find(ctx, name)
        .ok_or_else(|| AwsError::validation(format!("Stack: {name} does not exist")))
}

/// The policy that holds now: that of the update under way, if it has its own.
fn in_force(stack: &Stack) -> Option<&str> {
    let operation = stack.operation.as_ref();
    operation
        .and_then(|operation| operation.policy_during.as_deref())
        .or(stack.policy.as_deref())
}

/// Why an update may not do that to a resource.
pub(super) fn denial(
    stack: &Stack,
    logical_id: &str,
    type_name: &str,
    change: Option<Change>,
) -> Option<String> {
    let action = match change {
        Some(Change::Create) => return None,
        Some(Change::Update) => "Update:Modify",
        Some(Change::Replace) => "Update:Replace",
        None => "Update:Delete",
    };
    let document: Value = serde_json::from_str(in_force(stack)?).ok()?;
    let statements = each(document.get("Statement")?);
    let resource = format!("LogicalResourceId/{logical_id}");
    let mut allowed = false;
    for (index, statement) in statements.iter().enumerate() {
        let covers = covers(statement, "Action", action)
            && covers(statement, "Resource", &resource)
            && holds(statement.get("Condition"), type_name);
        if !covers {
            continue;
        }
        if statement.get("Effect").and_then(Value::as_str) == Some("Allow") {
            allowed = true;
            continue;
        }
        let list = |name: &str| {
            let given = statement.get(name).or(statement.get(format!("Not{name}")));
            let texts = given.map(each).unwrap_or_default();
            let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
            texts.join(", ")
        };
        return Some(format!(
            "Action denied by stack policy: Statement [#{}] does not allow [{}] for resource [{}];",
            index + 1,
            list("Action"),
            list("Resource"),
        ));
    }
    (!allowed).then(|| "Action not allowed by stack policy".to_owned())
}

/// One, or a list of them.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        one => std::slice::from_ref(one),
    }
}

/// Whether `Action` or `Resource` of a statement, or its negation, covers a name.
fn covers(statement: &Value, element: &str, name: &str) -> bool {
    let any = |patterns: &Value| {
        let mut patterns = each(patterns).iter().filter_map(Value::as_str);
        patterns.any(|pattern| glob(pattern, name))
    };
    match statement.get(element) {
        Some(patterns) => any(patterns),
        None => !statement.get(format!("Not{element}")).is_some_and(any),
    }
}

/// Whether a condition holds for a resource of that type.
fn holds(condition: Option<&Value>, type_name: &str) -> bool {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        let values = keys.get("ResourceType").map(each).unwrap_or_default();
        values
            .iter()
            .filter_map(Value::as_str)
            .any(|value| match operator.as_str() {
                "StringLike" => glob(value, type_name),
                _ => value == type_name,
            })
    })
}

/// Compares with a pattern in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        if let Some(inner) = last.replace(piece) {
            match rest.split_once(inner) {
                Some((_, behind)) => rest = behind,
                None => return false,
            }
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

/// Whether a document is a stack policy: empty, or with statements of known form.
fn is_sound(document: &Value) -> bool {
    let Some(members) = document.as_object() else {
        return false;
    };
    let Some(statements) = members.get("Statement") else {
        return members.is_empty();
    };
    members.len() == 1 && each(statements).iter().all(is_sound_statement)
}

fn is_sound_statement(statement: &Value) -> bool {
    let Some(members) = statement.as_object() else {
        return false;
    };
    let one_of = |element: &str, sound: &dyn Fn(&str) -> bool| {
        let negated = format!("Not{element}");
        let given = match (members.get(element), members.get(&negated)) {
            (Some(given), None) | (None, Some(given)) => given,
            _ => return false,
        };
        let texts = each(given);
        !texts.is_empty() && texts.iter().all(|text| text.as_str().is_some_and(sound))
    };
    let condition = members.get("Condition").is_none_or(|condition| {
        condition.as_object().is_some_and(|operators| {
            operators.iter().all(|(operator, keys)| {
                matches!(operator.as_str(), "StringEquals" | "StringLike")
                    && keys
                        .as_object()
                        .is_some_and(|keys| keys.len() == 1 && keys.contains_key("ResourceType"))
            })
        })
    });
    const KNOWN: [&str; 8] = [
        "Action",
        "Condition",
        "Effect",
        "NotAction",
        "NotResource",
        "Principal",
        "Resource",
        "Sid",
    ];
    members.keys().all(|name| KNOWN.contains(&name.as_str()))
        && matches!(
            members.get("Effect").and_then(Value::as_str),
            Some("Allow" | "Deny")
        )
        && members.get("Principal").and_then(Value::as_str) == Some("*")
        && one_of("Action", &|action| {
            [
                "Update:Modify",
                "Update:Replace",
                "Update:Delete",
                "Update:*",
            ]
            .contains(&action)
        })
        && one_of("Resource", &|resource| {
            resource == "*" || resource.starts_with("LogicalResourceId/")
        })
        && condition
}
