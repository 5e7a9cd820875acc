//! AWS's checks of an input against its model, in AWS's words.
//!
//! Several errors come in the order in which a hash map of Java, of its smallest size, yields the
//! names of the members: so they were recorded for two operations (UpdateAccountPasswordPolicy and
//! CreateOpenIDConnectProvider). For others it is inferred.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use regex::Regex;
use serde_json::Value;

use crate::model::{Kind, Model, Protocol, Reference, Service, Shape};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Input, Operation};

/// `UserName` as validation errors write it: `userName`.
#[must_use]
pub fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(letters).collect()
    })
}

/// Refuses members that the operation does not support, and what the model does not allow.
///
/// # Errors
///
/// `NotImplemented` naming the member, or AWS's ValidationError. For S3 only unsupported members
/// are refused here.
pub fn check(service: Service, operation: &Operation, input: &Input) -> Result<(), AwsError> {
    for name in input.members.keys() {
        if !operation.members.contains(&name.as_str()) {
            return Err(AwsError::unsupported(format_args!(
                "the parameter {name} of {service}:{}",
                operation.name
            )));
        }
    }
    let model = service.model();
    if model.protocol == Protocol::RestXml {
        return Ok(());
    }
    let Some(shape) = model
        .operation(operation.name)
        .and_then(|op| model.input(op))
    else {
        return Ok(());
    };
    let mut found = Findings {
        service,
        constraints: Vec::new(),
        words: Vec::new(),
    };
    found.structure(model, shape, &input.members, "");
    found.into_result()
}

struct Findings {
    service: Service,
    /// The path of the member, and the sentence.
    constraints: Vec<(String, String)>,
    /// IAM's own sentences, given one at a time.
    words: Vec<String>,
}

impl Findings {
    fn into_result(self) -> Result<(), AwsError> {
        if !self.constraints.is_empty() {
            let mut constraints = self.constraints;
            constraints.sort_by_key(|(at, _)| bucket(at.split('.').next().unwrap_or(at)));
            let count = constraints.len();
            let plural = if count == 1 { "error" } else { "errors" };
            let all: Vec<String> = constraints.into_iter().map(|(_, text)| text).collect();
            return Err(AwsError::validation(format!(
                "{count} validation {plural} detected: {}",
                all.join("; ")
            )));
        }
        match self.words.into_iter().next() {
            Some(words) => Err(AwsError::validation(words)),
            None => Ok(()),
        }
    }

    fn add(&mut self, value: Option<&str>, at: &str, constraint: &str) {
        // IAM leaves the value out (recorded 2026); STS and CloudFormation print it.
        let value = match value {
            Some(value) if self.service != Service::Iam => format!(" '{value}'"),
            None if self.service != Service::Iam => " null".to_owned(),
            _ => String::new(),
        };
        let text = format!("Value{value} at '{at}' failed to satisfy constraint: {constraint}");
        self.constraints.push((at.to_owned(), text));
    }

    fn structure(
        &mut self,
        model: &Model,
        shape: &Shape,
        members: &serde_json::Map<String, Value>,
        at: &str,
    ) {
        for member in &shape.members {
            let path = format!("{at}{}", lower_first(&member.name));
            match members.get(&member.name) {
                Some(value) => self.value(model, &member.reference, value, &path),
                None if member.required => self.add(None, &path, "Member must not be null"),
                None => {}
            }
        }
    }

    fn value(&mut self, model: &Model, reference: &Reference, value: &Value, at: &str) {
        let shape = model.target(reference);
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                self.structure(model, shape, members, &format!("{at}."));
            }
            (Kind::List, Value::Array(elements)) => {
                let shown = || {
                    let texts = elements.iter().map(|element| match element {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    });
                    format!("[{}]", texts.collect::<Vec<_>>().join(", "))
                };
                self.size(shape, as_f64(elements.len()), at, "length", shown);
                let Some(element) = &shape.member else { return };
                if model.target(element).kind == Kind::String {
                    self.texts(model.target(element), elements, at, shown);
                    return;
                }
                for (index, value) in elements.iter().enumerate() {
                    self.value(model, element, value, &format!("{at}.{}.member", index + 1));
                }
            }
            (Kind::String, Value::String(text)) => self.text(shape, text, at),
            (Kind::Integer | Kind::Long, Value::Number(number)) => {
                let size = number.as_f64().unwrap_or_default();
                self.size(shape, size, at, "value", || number.to_string());
            }
            _ => {}
        }
    }

    /// A list of texts is judged as a whole, and all that each must satisfy is said.
    fn texts(&mut self, shape: &Shape, elements: &[Value], at: &str, shown: impl Fn() -> String) {
        let mut one = Self {
            service: self.service,
            constraints: Vec::new(),
            words: Vec::new(),
        };
        for text in elements.iter().filter_map(Value::as_str) {
            one.text(shape, text, at);
        }
        if one.constraints.is_empty() && one.words.is_empty() {
            return;
        }
        let mut all = Vec::new();
        if let Some(max) = shape.max {
            all.push(format!(
                "Member must have length less than or equal to {max}"
            ));
        }
        if let Some(min) = shape.min {
            all.push(format!(
                "Member must have length greater than or equal to {min}"
            ));
        }
        if !shape.values.is_empty() {
            let set = shape.values.join(", ");
            all.push(format!("Member must satisfy enum value set: [{set}]"));
        }
        if let Some(pattern) = &shape.pattern {
            all.push(format!(
                "Member must satisfy regular expression pattern: {pattern}"
            ));
        }
        // Recorded so of tag keys in 2026, and without it of client ids and thumbprints.
        if self.service == Service::Iam && at == "tagKeys" {
            all.push("Member must not be null".to_owned());
        }
        let text = format!("Member must satisfy constraint: [{}]", all.join(", "));
        self.add(Some(&shown()), at, &text);
    }

    fn size(&mut self, shape: &Shape, size: f64, at: &str, what: &str, shown: impl Fn() -> String) {
        if let Some(min) = shape.min
            && size < min
        {
            let text = format!("Member must have {what} greater than or equal to {min}");
            self.add(Some(&shown()), at, &text);
        }
        if let Some(max) = shape.max
            && size > max
        {
            let text = format!("Member must have {what} less than or equal to {max}");
            self.add(Some(&shown()), at, &text);
        }
    }

    fn text(&mut self, shape: &Shape, text: &str, at: &str) {
        self.size(shape, as_f64(text.chars().count()), at, "length", || {
            text.to_owned()
        });
        if !shape.values.is_empty() && !shape.values.iter().any(|value| value == text) {
            // IAM does not tell the set.
            let set = match self.service {
                Service::Iam => String::new(),
                _ => format!(": [{}]", shape.values.join(", ")),
            };
            self.add(
                Some(text),
                at,
                &format!("Member must satisfy enum value set{set}"),
            );
        }
        if let Some(pattern) = &shape.pattern
            && !matches(pattern, text)
        {
            match (self.service, pattern.as_str()) {
                (Service::Iam, r"[\w+=,.@-]+" | r"[\w+=,.@-]*") => {
                    // An empty name breaks the length limit too, which is said first.
                    self.words.push(format!(
                        "The specified value for {at} is invalid. It must contain only \
                         alphanumeric characters and/or the following: +=,.@_-"
                    ));
                }
                (Service::Iam, PATH) => self.words.push(format!(
                    "The specified value for {at} is invalid. It must begin and end with / and \
                     contain only alphanumeric characters and/or / characters."
                )),
                _ => self.add(
                    Some(text),
                    at,
                    &format!("Member must satisfy regular expression pattern: {pattern}"),
                ),
            }
        }
    }
}

/// The place of a name in a hash map of Java with 16 places.
fn bucket(name: &str) -> u32 {
    let hash = name.encode_utf16().fold(0_u32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(u32::from(unit))
    });
    (hash ^ (hash >> 16)) & 15
}

/// IAM's pattern of paths.
const PATH: &str = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)";

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
fn as_f64(length: usize) -> f64 {
    length as f64
}

/// Whether the whole text matches a pattern of the model. A pattern that cannot be read matches
/// everything; a test reads all of them.
fn matches(pattern: &str, text: &str) -> bool {
    static KNOWN: OnceLock<Mutex<HashMap<String, Option<Regex>>>> = OnceLock::new();
    let mut known = KNOWN
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if !known.contains_key(pattern) {
        known.insert(pattern.to_owned(), compile(pattern));
    }
    known
        .get(pattern)
        .and_then(Option::as_ref)
        .is_none_or(|regex| regex.is_match(text))
}

/// Reads a pattern of Java's dialect: classes are ASCII there, and the whole text must match.
fn compile(pattern: &str) -> Option<Regex> {
    // One pattern of the model looks ahead, which forbids two hyphens in a row (account aliases):
    // the same language without it.
    let pattern = pattern
        .replace("([a-z0-9]|-(?!-)){1,61}", "(?:-?[a-z0-9]){0,61}-?")
        .replace(r"\w", "[A-Za-z0-9_]")
        .replace(r"\d", "[0-9]")
        .replace(r"\uD7FF\uE000", r"\x{D7FF}\x{E000}")
        .replace(r"\u10000-\u10FFFF", r"\x{10000}-\x{10FFFF}");
    Regex::new(&format!(r"\A(?:{pattern})\z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_of_the_models_is_understood() {
        let mut count = 0;
        for service in Service::ALL {
            for operation in service.model().operations() {
                let mut todo: Vec<&Shape> = service.model().input(operation).into_iter().collect();
                let mut seen = std::collections::HashSet::new();
                while let Some(shape) = todo.pop() {
                    if !seen.insert(&shape.name) {
                        continue;
                    }
                    if let Some(pattern) = &shape.pattern {
                        assert!(compile(pattern).is_some(), "{pattern}");
                        count += 1;
                    }
                    let parts = [&shape.member, &shape.key, &shape.value];
                    let members = shape.members.iter().map(|member| &member.reference);
                    todo.extend(
                        members
                            .chain(parts.into_iter().flatten())
                            .map(|reference| service.model().target(reference)),
                    );
                }
            }
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn the_alias_pattern_forbids_double_hyphens() {
        let alias = "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$";
        for (text, expected) in [
            ("my-lab", true),
            ("abc", true),
            ("a--b", false),
            ("-ab", false),
            ("ab-", false),
        ] {
            assert_eq!(matches(alias, text), expected, "{text}");
        }
    }
}
