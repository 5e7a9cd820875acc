//! Variables: `${name}` in commands, bodies and files.
//!
//! A name of ours is lower case: letters, digits and `_`, beginning with a letter. Everything else
//! in `${…}` belongs to someone else and is left alone: IAM's policy variables have a colon
//! (`${aws:username}`) or are one sign (`${*}`), CloudFormation's `Sub` names begin with a capital
//! (`${AWS::AccountId}`, `${Bucket.Arn}`). `$${name}` stands for `${name}` itself.
//!
//! A variable captured from a secret member of an answer is secret: [`Variables::shown`] leaves
//! its `${name}` standing, and [`Variables::mask`] hides its value wherever it turns up.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::awscli::query;
use crate::secret::{MASK, Secret, mask};

/// Variables that exist without being captured, with what they are.
pub const BUILT_IN: [(&str, &str); 2] = [
    ("account_id", "the account's 12 digits"),
    ("region", "the region's name, such as `us-east-1`"),
];

/// The values that a lesson in progress has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variables {
    #[serde(default)]
    public: BTreeMap<String, String>,
    #[serde(default)]
    secret: BTreeMap<String, Secret>,
}

/// A variable that has no value yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`${{{name}}}` has no value yet: run the step that captures it first")]
pub struct Unset {
    /// Its name.
    pub name: String,
}

/// A capture that found nothing usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// The expression is no JMESPath.
    #[error("capture of `{name}`: `{expression}` is not a JMESPath expression: {reason}")]
    Expression {
        /// Variable.
        name: String,
        /// JMESPath.
        expression: String,
        /// What the parser said.
        reason: String,
    },
    /// The answer has no string, number or boolean there.
    #[error("capture of `{name}`: the answer has no text at `{expression}`")]
    Nothing {
        /// Variable.
        name: String,
        /// JMESPath.
        expression: String,
    },
}

/// One `${name}` in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'t> {
    /// The name.
    pub name: &'t str,
    /// Where it stands, with `${` and `}`.
    pub span: Range<usize>,
    /// Written `$${name}`: not a variable.
    pub escaped: bool,
}

/// Whether a name can be a variable of a lesson.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Every `${name}` of ours in a text, in order.
#[must_use]
pub fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("${")) {
        let start = from + at;
        from = start + 2;
        let rest = text.get(from..).unwrap_or_default();
        let Some(name) = rest.find('}').and_then(|end| rest.get(..end)) else {
            break;
        };
        if is_name(name) {
            let escaped = text.get(..start).is_some_and(|text| text.ends_with('$'));
            let end = from + name.len() + 1;
            found.push(Reference {
                name,
                span: start - usize::from(escaped)..end,
                escaped,
            });
            from = end;
        }
    }
    found
}

impl Variables {
    /// Sets a variable that may be shown.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.secret.remove(&name);
        self.public.insert(name, value.into());
    }

    /// Sets a variable that is never shown.
    pub fn set_secret(&mut self, name: impl Into<String>, value: Secret) {
        let name = name.into();
        self.public.remove(&name);
        self.secret.insert(name, value);
    }

    /// Forgets a variable.
    pub fn remove(&mut self, name: &str) {
        self.public.remove(name);
        self.secret.remove(name);
    }

    /// The value of a variable that may be shown.
    #[must_use]
    pub fn public(&self, name: &str) -> Option<&str> {
        self.public.get(name).map(String::as_str)
    }

    /// Whether it has a value.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.public.contains_key(name) || self.secret.contains_key(name)
    }

    /// Whether its value is never shown.
    #[must_use]
    pub fn is_secret(&self, name: &str) -> bool {
        self.secret.contains_key(name)
    }

    /// Names and values in order of name, secret ones as [`MASK`].
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let public = self
            .public
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let secret = self.secret.keys().map(|name| (name.as_str(), MASK));
        let all: BTreeMap<&str, &str> = public.chain(secret).collect();
        all.into_iter()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.public
            .get(name)
            .map(String::as_str)
            .or_else(|| self.secret.get(name).map(Secret::expose))
    }

    /// Takes values from an answer: each expression is evaluated, and a value that is or contains
    /// a secret member of the answer becomes a secret variable.
    ///
    /// # Errors
    ///
    /// The first capture that finds nothing; no variable is set then.
    pub fn capture(
        &mut self,
        captures: &BTreeMap<String, String>,
        answer: &Value,
    ) -> Result<(), CaptureError> {
        let masked = mask(answer);
        let mut taken = Vec::new();
        for (name, expression) in captures {
            let value = evaluate(name, expression, answer)?;
            // What masking changes is secret, however the expression came to it.
            let secret = evaluate(name, expression, &masked).ok().as_ref() != Some(&value);
            taken.push((name, value, secret));
        }
        for (name, value, secret) in taken {
            if secret {
                self.set_secret(name, Secret::new(value));
            } else {
                self.set(name, value);
            }
        }
        Ok(())
    }

    /// The text as screens show it and learners edit it: public values filled in; secret and
    /// unset variables stand as they are.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        replace(text, |reference| {
            (!reference.escaped)
                .then(|| self.public.get(reference.name).cloned())
                .flatten()
        })
    }

    /// The text of a file with every variable filled in, secrets and all.
    ///
    /// # Errors
    ///
    /// The first variable that has no value.
    pub fn fill(&self, text: &str) -> Result<String, Unset> {
        self.filled(text, |_, value| value.to_owned())
    }

    /// A command with every variable filled in, secrets and all, each value quoted where it needs
    /// to be, so that it is always one word or part of one.
    ///
    /// # Errors
    ///
    /// The first variable that has no value.
    pub fn fill_command(&self, text: &str) -> Result<String, Unset> {
        self.filled(text, |before, value| {
            quoted(value, Quote::at_end_of(before))
        })
    }

    /// `write` gets the text before a variable, and its value.
    fn filled(&self, text: &str, write: impl Fn(&str, &str) -> String) -> Result<String, Unset> {
        self.check_set(text)?;
        Ok(replace(text, |reference| {
            if reference.escaped {
                text.get(reference.span.start + 1..reference.span.end)
                    .map(str::to_owned)
            } else {
                let before = text.get(..reference.span.start).unwrap_or_default();
                self.value(reference.name).map(|value| write(before, value))
            }
        }))
    }

    /// A text with every secret value replaced by [`MASK`].
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.secret
            .values()
            .map(Secret::expose)
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }

    fn check_set(&self, text: &str) -> Result<(), Unset> {
        references(text)
            .into_iter()
            .find(|reference| !reference.escaped && !self.is_set(reference.name))
            .map_or(Ok(()), |reference| {
                Err(Unset {
                    name: reference.name.to_owned(),
                })
            })
    }
}

fn evaluate(name: &str, expression: &str, answer: &Value) -> Result<String, CaptureError> {
    let compiled = query::compile(expression).map_err(|error| CaptureError::Expression {
        name: name.to_owned(),
        expression: expression.to_owned(),
        reason: error.reason().to_owned(),
    })?;
    let nothing = || CaptureError::Nothing {
        name: name.to_owned(),
        expression: expression.to_owned(),
    };
    let found = compiled.search(answer).map_err(|_| nothing())?;
    match found {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(nothing()),
    }
}

/// The text with some references replaced and the rest left standing.
fn replace(text: &str, with: impl Fn(&Reference<'_>) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for reference in references(text) {
        if let Some(value) = with(&reference) {
            out.push_str(text.get(from..reference.span.start).unwrap_or_default());
            out.push_str(&value);
            from = reference.span.end;
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// The quotation that a place in a shell command is in.
#[derive(Clone, Copy)]
enum Quote {
    None,
    Single,
    Double,
}

impl Quote {
    fn at_end_of(text: &str) -> Self {
        let mut state = Self::None;
        let mut escaped = false;
        for c in text.chars() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            state = match (state, c) {
                (Self::None | Self::Double, '\\') => {
                    escaped = true;
                    state
                }
                (Self::None, '\'') => Self::Single,
                (Self::None, '"') => Self::Double,
                (Self::Single, '\'') | (Self::Double, '"') => Self::None,
                _ => state,
            };
        }
        state
    }
}

fn quoted(value: &str, quote: Quote) -> String {
    match quote {
        Quote::Single => value.replace('\'', r"'\''"),
        Quote::Double => value
            .chars()
            .flat_map(|c| {
                let escape = matches!(c, '"' | '\\' | '$' | '`').then_some('\\');
                escape.into_iter().chain([c])
            })
            .collect(),
        Quote::None => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=+@,%".contains(c);
            if value.chars().all(plain) {
                value.to_owned()
            } else {
                format!("'{}'", value.replace('\'', r"'\''"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("role_name", "lab-Role-Abc");
        variables.set("odd", "two words; $x 'q' \"d\"");
        variables.set_secret("key", Secret::new("wJalr/XUtn+FEMI="));
        variables
    }

    #[test]
    fn only_lower_case_names_are_ours() {
        for (text, names) in [
            ("${a} ${b_2}", vec!["a", "b_2"]),
            ("${aws:username} ${*} ${?} ${$}", vec![]),
            ("${AWS::AccountId} ${Bucket.Arn} ${Bucket}", vec![]),
            ("${2a} ${_a} ${} ${a-b} ${open", vec![]),
            ("${${a}", vec!["a"]),
        ] {
            let found: Vec<_> = references(text).into_iter().map(|r| r.name).collect();
            assert_eq!(found, names, "{text}");
        }
    }

    #[test]
    fn texts_are_filled_and_escapes_are_taken_off_once() {
        let variables = variables();
        assert_eq!(
            variables.fill("${role_name}:${key} $${role_name} ${aws:username}"),
            Ok("lab-Role-Abc:wJalr/XUtn+FEMI= ${role_name} ${aws:username}".to_owned())
        );
        assert_eq!(
            variables.shown("${role_name}:${key} $${role_name} ${later}"),
            "lab-Role-Abc:${key} $${role_name} ${later}"
        );
        assert_eq!(
            variables.fill("${role_name} ${later}").unwrap_err().name,
            "later"
        );
    }

    #[test]
    fn a_value_in_a_command_stays_one_word() {
        let variables = variables();
        for (text, filled) in [
            ("a ${role_name}/x", "a lab-Role-Abc/x"),
            ("a ${key}", "a wJalr/XUtn+FEMI="),
            ("a ${odd}", r#"a 'two words; $x '\''q'\'' "d"'"#),
            ("a '${odd}'", r#"a 'two words; $x '\''q'\'' "d"'"#),
            ("a \"${odd}\"", r#"a "two words; \$x 'q' \"d\"""#),
            (r#"a \"${role_name}"#, r#"a \"lab-Role-Abc"#),
        ] {
            assert_eq!(variables.fill_command(text).unwrap(), filled, "{text}");
        }
    }

    #[test]
    fn what_masking_changes_becomes_secret() {
        let answer = json!({"AccessKey": {"AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "s3cr3t",
            "Number": 7}});
        let captures = [
            ("id", "AccessKey.AccessKeyId"),
            ("n", "AccessKey.Number"),
            ("secret", "AccessKey.SecretAccessKey"),
            (
                "hidden",
                "join('-', [AccessKey.AccessKeyId, AccessKey.SecretAccessKey])",
            ),
        ]
        .map(|(name, expression)| (name.to_owned(), expression.to_owned()));
        let mut variables = Variables::default();
        variables
            .capture(&captures.into_iter().collect(), &answer)
            .unwrap();
        for (name, secret) in [
            ("id", false),
            ("n", false),
            ("secret", true),
            ("hidden", true),
        ] {
            assert_eq!(variables.is_secret(name), secret, "{name}");
        }
        assert_eq!(variables.fill("${n}").unwrap(), "7");
        assert!(!format!("{variables:?}").contains("s3cr3t"));
        assert_eq!(variables.mask("it is s3cr3t!"), format!("it is {MASK}!"));
    }

    #[test]
    fn a_capture_that_finds_nothing_sets_nothing() {
        let answer = json!({"A": "1", "B": {"C": 2}, "E": ""});
        for expression in ["B", "X", "E", "length(A", "[0]"] {
            let captures = [("a", "A"), ("z", expression)]
                .map(|(name, expression)| (name.to_owned(), expression.to_owned()));
            let mut variables = Variables::default();
            let result = variables.capture(&captures.into_iter().collect(), &answer);
            assert!(result.is_err(), "{expression}");
            assert!(!variables.is_set("a"), "{expression}");
        }
    }
}
