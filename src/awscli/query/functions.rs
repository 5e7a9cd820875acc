//! The functions of JMESPath.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::parser::Node;
use super::{Failed, equal, find, order, python};

/// What a function takes: types as JMESPath names them, any where empty.
type Signature = &'static [&'static [&'static str]];

const ANY: &[&str] = &[];
const NUMBER: &[&str] = &["number"];
const NUMBERS: &[&str] = &["array-number"];
const STRING: &[&str] = &["string"];
const STRINGS: &[&str] = &["array-string"];
const ARRAY: &[&str] = &["array"];
const OBJECT: &[&str] = &["object"];
const EXPRESSION: &[&str] = &["expref"];

/// The signature of a function, and whether its last argument may be repeated.
fn signature(name: &str) -> Option<(Signature, bool)> {
    let signature: Signature = match name {
        "abs" | "ceil" | "floor" => &[NUMBER],
        "avg" | "sum" => &[NUMBERS],
        "not_null" => return Some((&[ANY], true)),
        "to_array" | "to_string" | "to_number" | "type" => &[ANY],
        "contains" => &[&["array", "string"], ANY],
        "length" => &[&["string", "array", "object"]],
        "ends_with" | "starts_with" => &[STRING, STRING],
        "reverse" => &[&["array", "string"]],
        "join" => &[STRING, STRINGS],
        "map" => &[EXPRESSION, ARRAY],
        "max" | "min" => &[&["array-number", "array-string"]],
        "merge" => return Some((&[OBJECT], true)),
        "sort" => &[&["array-string", "array-number"]],
        "keys" | "values" => &[OBJECT],
        "sort_by" | "min_by" | "max_by" => &[ARRAY, EXPRESSION],
        _ => return None,
    };
    Some((signature, false))
}

enum Argument<'v> {
    Value(Value),
    Expression(&'v Node),
}

/// The JMESPath type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn wrong_type(function: &str, value: &Value, allowed: &[&str], received: &str) -> Failed {
    let allowed: Value = allowed.iter().map(|name| Value::from(*name)).collect();
    Failed(format!(
        "In function {function}(), invalid type for value: {}, expected one of: {}, received: \
         \"{received}\"",
        python::str(value),
        python::repr(&allowed)
    ))
}

/// Calls a function.
pub(super) fn call(name: &str, nodes: &[Node], value: &Value) -> Result<Value, Failed> {
    let mut arguments = Vec::with_capacity(nodes.len());
    for node in nodes {
        arguments.push(match node {
            Node::Expression(node) => Argument::Expression(node),
            node => Argument::Value(find(node, value)?.into_owned()),
        });
    }
    let Some((signature, repeats)) = signature(name) else {
        return Err(Failed(format!("Unknown function: {name}()")));
    };
    let wanted = signature.len();
    let fits = if repeats {
        arguments.len() >= wanted
    } else {
        arguments.len() == wanted
    };
    if !fits {
        let least = if repeats { "at least " } else { "" };
        let plural = if wanted == 1 { "" } else { "s" };
        return Err(Failed(format!(
            "Expected {least}{wanted} argument{plural} for function {name}(), received {}",
            arguments.len()
        )));
    }
    for (argument, allowed) in arguments.iter().zip(signature) {
        check(name, argument, allowed)?;
    }
    apply(name, arguments)
}

fn check(function: &str, argument: &Argument<'_>, allowed: &[&str]) -> Result<(), Failed> {
    if allowed.is_empty() {
        return Ok(());
    }
    let value = match argument {
        Argument::Expression(_) if allowed.contains(&"expref") => return Ok(()),
        Argument::Expression(_) => {
            return Err(wrong_type(function, &Value::Null, allowed, "expref"));
        }
        Argument::Value(value) => value,
    };
    let outer = |name: &&str| name.split('-').next() == Some(type_of(value));
    if !allowed.iter().any(outer) {
        return Err(wrong_type(function, value, allowed, type_of(value)));
    }
    let inner: Vec<&str> = allowed
        .iter()
        .filter_map(|name| name.strip_prefix("array-"))
        .collect();
    let Value::Array(elements) = value else {
        return Ok(());
    };
    let Some(first) = elements.first().filter(|_| !inner.is_empty()) else {
        return Ok(());
    };
    let wanted = match inner.as_slice() {
        [only] => *only,
        several => match several.iter().find(|name| **name == type_of(first)) {
            Some(found) => *found,
            None => {
                return Err(wrong_type(
                    function,
                    first,
                    allowed,
                    python::short_type_name(first),
                ));
            }
        },
    };
    match elements.iter().find(|element| type_of(element) != wanted) {
        Some(odd) => Err(wrong_type(
            function,
            odd,
            allowed,
            python::short_type_name(odd),
        )),
        None => Ok(()),
    }
}

fn apply(name: &str, arguments: Vec<Argument<'_>>) -> Result<Value, Failed> {
    let mut values = Vec::new();
    let mut expression = &Node::Current;
    for argument in arguments {
        match argument {
            Argument::Value(value) => values.push(value),
            Argument::Expression(node) => expression = node,
        }
    }
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap_or_default();
    Ok(match name {
        "abs" => absolute(next()),
        "ceil" => rounded(next(), f64::ceil),
        "floor" => rounded(next(), f64::floor),
        "avg" => average(&next()),
        "sum" => sum(&next()),
        "length" => length(&next()).into(),
        "type" => type_of(&next()).into(),
        "to_array" => match next() {
            Value::Array(elements) => Value::Array(elements),
            other => Value::Array(vec![other]),
        },
        "to_string" => match next() {
            Value::String(text) => Value::String(text),
            other => ascii_json(&other).into(),
        },
        "to_number" => to_number(next()),
        "contains" => contains(&next(), &next())?.into(),
        "starts_with" => text(&next()).starts_with(text(&next())).into(),
        "ends_with" => text(&next()).ends_with(text(&next())).into(),
        "reverse" => match next() {
            Value::Array(mut elements) => {
                elements.reverse();
                Value::Array(elements)
            }
            other => text(&other).chars().rev().collect::<String>().into(),
        },
        "join" => {
            let separator = next();
            let texts = next();
            let texts: Vec<&str> = texts.as_array().into_iter().flatten().map(text).collect();
            texts.join(text(&separator)).into()
        }
        "map" => {
            let mut out = Vec::new();
            for element in next().as_array().into_iter().flatten() {
                out.push(find(expression, element)?.into_owned());
            }
            Value::Array(out)
        }
        "max" => best(elements(next()), Ordering::Greater),
        "min" => best(elements(next()), Ordering::Less),
        "sort" => {
            let mut elements = elements(next());
            elements.sort_by(|l, r| order(l, r).unwrap_or(Ordering::Equal));
            Value::Array(elements)
        }
        "keys" => match next() {
            Value::Object(members) => members.into_iter().map(|(name, _)| name).collect(),
            _ => Value::Null,
        },
        "values" => match next() {
            Value::Object(members) => members.into_iter().map(|(_, value)| value).collect(),
            _ => Value::Null,
        },
        "merge" => {
            let mut merged = Map::new();
            for value in values {
                if let Value::Object(members) = value {
                    merged.extend(members);
                }
            }
            Value::Object(merged)
        }
        "sort_by" => {
            let mut keyed = keyed("sort_by", elements(next()), expression)?;
            keyed.sort_by(|(l, _), (r, _)| order(l, r).unwrap_or(Ordering::Equal));
            keyed.into_iter().map(|(_, element)| element).collect()
        }
        "max_by" => best_by("max_by", elements(next()), expression, Ordering::Greater)?,
        "min_by" => best_by("min_by", elements(next()), expression, Ordering::Less)?,
        // "not_null", the last of those with a signature.
        _ => values.find(|value| !value.is_null()).unwrap_or_default(),
    })
}

fn elements(value: Value) -> Vec<Value> {
    match value {
        Value::Array(elements) => elements,
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn length(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.len(),
        Value::Object(members) => members.len(),
        other => text(other).chars().count(),
    }
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn absolute(value: Value) -> Value {
    match value.as_i64().and_then(i64::checked_abs) {
        Some(whole) => whole.into(),
        None => float(value.as_f64().unwrap_or_default().abs()),
    }
}

fn rounded(value: Value, round: fn(f64) -> f64) -> Value {
    let result = match value.as_f64() {
        Some(number) if value.is_f64() => round(number),
        _ => return value,
    };
    if result.abs() < 9e15 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return (result as i64).into();
    }
    float(result)
}

fn sum(value: &Value) -> Value {
    let numbers = || value.as_array().into_iter().flatten();
    let whole = numbers().try_fold(0_i64, |sum, number| sum.checked_add(number.as_i64()?));
    match whole {
        Some(sum) => sum.into(),
        None => float(numbers().filter_map(Value::as_f64).sum()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "lists are short")]
fn average(value: &Value) -> Value {
    match value.as_array() {
        Some(elements) if !elements.is_empty() => {
            let sum: f64 = elements.iter().filter_map(Value::as_f64).sum();
            float(sum / elements.len() as f64)
        }
        _ => Value::Null,
    }
}

fn to_number(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(number),
        Value::String(text) => match python::int(&text) {
            Some(number) => number.into(),
            None => python::float(&text).map_or(Value::Null, float),
        },
        _ => Value::Null,
    }
}

fn contains(subject: &Value, search: &Value) -> Result<bool, Failed> {
    match (subject, search) {
        (Value::Array(elements), search) => Ok(elements.iter().any(|e| equal(e, search))),
        (Value::String(text), Value::String(part)) => Ok(text.contains(part.as_str())),
        (_, search) => Err(Failed(format!(
            "'in <string>' requires string as left operand, not {}",
            python::short_type_name(search)
        ))),
    }
}

/// The first of the greatest or of the least.
fn best(elements: Vec<Value>, wanted: Ordering) -> Value {
    let better = |best: Value, next: Value| match order(&next, &best) {
        Some(found) if found == wanted => next,
        _ => best,
    };
    elements.into_iter().reduce(better).unwrap_or_default()
}

/// Each element with its key: numbers or strings, and for sorting all of them one or the other.
fn keyed(
    function: &str,
    elements: Vec<Value>,
    expression: &Node,
) -> Result<Vec<(Value, Value)>, Failed> {
    let mut out: Vec<(Value, Value)> = Vec::with_capacity(elements.len());
    let sorting = function == "sort_by";
    let mut wanted: Vec<&str> = vec!["number", "string"];
    for element in elements {
        let key = find(expression, &element)?.into_owned();
        let type_ = type_of(&key);
        if sorting && out.is_empty() {
            if !wanted.contains(&type_) {
                return Err(wrong_type(function, &element, &["string", "number"], type_));
            }
            wanted = vec![type_];
        }
        if !wanted.contains(&type_) {
            return Err(wrong_type(function, &key, &wanted, type_));
        }
        out.push((key, element));
    }
    Ok(out)
}

fn best_by(
    function: &str,
    elements: Vec<Value>,
    expression: &Node,
    wanted: Ordering,
) -> Result<Value, Failed> {
    let keyed = keyed(function, elements, expression)?;
    let mut best: Option<(Value, Value)> = None;
    for (key, element) in keyed {
        best = Some(match best {
            None => (key, element),
            Some((best_key, best_element)) => match order(&key, &best_key) {
                None => {
                    let sign = if wanted == Ordering::Greater {
                        '>'
                    } else {
                        '<'
                    };
                    return Err(Failed(format!(
                        "'{sign}' not supported between instances of '{}' and '{}'",
                        python::short_type_name(&key),
                        python::short_type_name(&best_key)
                    )));
                }
                Some(found) if found == wanted => (key, element),
                Some(_) => (best_key, best_element),
            },
        });
    }
    Ok(best.map(|(_, element)| element).unwrap_or_default())
}

/// JSON without blanks and with ASCII only.
fn ascii_json(value: &Value) -> String {
    let mut out = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
