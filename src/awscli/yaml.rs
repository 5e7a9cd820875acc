//! `--cli-input-yaml`: YAML 1.2 into a value, as the AWS CLI's safe loader reads it. Depth is
//! bounded, and aliases are refused, so that nothing is expanded.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// What `!!` stands for.
const CORE: &str = "tag:yaml.org,2002:";

/// Levels of nesting that are read.
const DEEPEST: usize = 128;

/// Why a text was not read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no YAML, or not one document of it.
    Invalid,
    /// It uses aliases or merge keys.
    Alias,
}

/// A collection that is being filled.
enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

/// Reads the one document of a text.
pub(crate) fn loads(text: &str) -> Result<Value, Refusal> {
    let mut parser = Parser::new_from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    while let Some(event) = parser.next_event() {
        let (event, _) = event.map_err(|_| Refusal::Invalid)?;
        let done = match event {
            Event::Alias(_) => return Err(Refusal::Alias),
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return Err(Refusal::Invalid);
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(elements)) => Value::Array(elements),
                Some(Open::Map(members, _)) => Value::Object(members),
                None => return Err(Refusal::Invalid),
            },
            // The safe loader makes nothing of types that it does not know.
            Event::Scalar(_, _, _, Some(tag)) if tag.handle != CORE => {
                return Err(Refusal::Invalid);
            }
            Event::Scalar(text, style, _, tag) => {
                if style == ScalarStyle::Plain && tag.is_none() {
                    plain(&text)
                } else {
                    Value::String(text.into_owned())
                }
            }
            Event::DocumentStart(_) if root.is_some() => return Err(Refusal::Invalid),
            _ => continue,
        };
        match open.last_mut() {
            None => root = Some(done),
            Some(Open::List(elements)) => elements.push(done),
            Some(Open::Map(members, key)) => match key.take() {
                Some(name) => {
                    if members.insert(name, done).is_some() {
                        return Err(Refusal::Invalid);
                    }
                }
                None => {
                    let name = match done {
                        Value::String(name) => name,
                        Value::Array(_) | Value::Object(_) => return Err(Refusal::Invalid),
                        other => super::python::str(&other),
                    };
                    if name == "<<" {
                        return Err(Refusal::Alias);
                    }
                    *key = Some(name);
                }
            },
        }
    }
    Ok(root.unwrap_or(Value::Null))
}

/// A plain scalar by the core schema. Dates stay text, which is what AWS is sent.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(number) = digits.strip_prefix(prefix)
            && let Ok(number) = i64::from_str_radix(&number.replace('_', ""), radix)
        {
            return if text.starts_with('-') {
                -number
            } else {
                number
            }
            .into();
        }
    }
    let plain = digits.replace('_', "");
    if digits.starts_with(|c: char| c.is_ascii_digit())
        && plain.bytes().all(|byte| byte.is_ascii_digit())
        && let Ok(whole) = plain.parse::<i64>()
    {
        return if text.starts_with('-') { -whole } else { whole }.into();
    }
    let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    if number {
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        if let Ok(whole) = unsigned.parse::<i64>() {
            return whole.into();
        }
        if let Ok(float) = unsigned.parse::<f64>()
            && let Some(float) = serde_json::Number::from_f64(float)
        {
            return Value::Number(float);
        }
    }
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_become_values() {
        for (text, expected) in [
            (
                "a: 1\nb: [x, 'y', \"z\"]\n",
                json!({"a": 1, "b": ["x", "y", "z"]}),
            ),
            (
                "- true\n- '1'\n- 1.5\n- ~\n- -2\n- 1-2\n",
                json!([true, "1", 1.5, null, -2, "1-2"]),
            ),
            ("{\"a\": {\"b\": []}}", json!({"a": {"b": []}})),
            ("a: |\n  one\n  two\n", json!({"a": "one\ntwo\n"})),
            ("", json!(null)),
            ("text", json!("text")),
        ] {
            assert_eq!(loads(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_hostile_is_refused() {
        assert_eq!(loads("a: &x 1\nb: *x\n"), Err(Refusal::Alias));
        assert_eq!(loads("<<: {a: 1}\n"), Err(Refusal::Alias));
        for text in ["[", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "? [a]\n: b\n"] {
            assert_eq!(loads(text), Err(Refusal::Invalid), "{text}");
        }
        assert_eq!(loads(&"[".repeat(100_000)), Err(Refusal::Invalid));
        assert_eq!(loads(&"- ".repeat(100_000)), Err(Refusal::Invalid));
    }
}
