//! The `Parameters` section: declarations, and what a value must satisfy.

use std::collections::BTreeMap;

use super::error::TemplateError;
use super::node::{Entry, Node, Position};

/// Values as a caller gives them, by parameter name.
pub type Given = BTreeMap<String, String>;

/// The type of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// `String`.
    String,
    /// `Number`: an integer or a decimal, kept as text.
    Number,
    /// `List<Number>`, separated by commas.
    NumberList,
    /// `CommaDelimitedList`.
    CommaDelimitedList,
}

/// One declaration.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// Where the name stands.
    pub at: Position,
    /// Type.
    pub kind: ParameterType,
    /// `Default`.
    pub default: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// Values are shown as `****`.
    pub no_echo: bool,
    allowed_values: Option<Vec<String>>,
    allowed_pattern: Option<(String, regex::Regex)>,
    constraint: Option<String>,
    min_length: Option<u64>,
    max_length: Option<u64>,
    min_value: Option<f64>,
    max_value: Option<f64>,
}

const MEMBERS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

impl Parameter {
    pub(super) fn read(entry: &Entry) -> Result<Self, TemplateError> {
        let name = entry.key.clone();
        let node = &entry.value;
        let Some(members) = node.map() else {
            return Err(TemplateError::at(
                entry.at,
                "Template format error: Any Parameters member must be an object.",
            ));
        };
        super::parse::alphanumeric(&name, "Parameter", entry.at)?;
        for member in members {
            if !MEMBERS.contains(&member.key.as_str()) {
                return Err(TemplateError::at(
                    member.at,
                    format!("Invalid template parameter property '{}'", member.key),
                ));
            }
        }
        let Some(kind) = node.get("Type").and_then(Node::text) else {
            return Err(TemplateError::at(
                entry.at,
                format!(
                    "Template format error: [/Parameters/{name}] Every Parameters object must contain a Type member."
                ),
            ));
        };
        let at = node.get("Type").map_or(entry.at, |node| node.at);
        let kind = match kind {
            "String" => ParameterType::String,
            "Number" => ParameterType::Number,
            "List<Number>" => ParameterType::NumberList,
            // The second is not documented, and taken.
            "CommaDelimitedList" | "List<String>" => ParameterType::CommaDelimitedList,
            other if other.starts_with("AWS::") || other.starts_with("List<AWS::") => {
                return Err(TemplateError::unsupported(
                    at,
                    format!("parameter type {other}"),
                ));
            }
            other => {
                return Err(TemplateError::at(
                    at,
                    format!("Template format error: Unrecognized parameter type: {other}"),
                ));
            }
        };
        let text = |member: &str| match node.get(member) {
            None => Ok(None),
            Some(value) => match value.value_text() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(TemplateError::at(
                    value.at,
                    format!("Template format error: Every {member} member must be a string."),
                )),
            },
        };
        let number = |member: &str| match text(member)? {
            None => Ok(None),
            Some(text) => text.parse::<f64>().map(Some).map_err(|_| {
                TemplateError::at(
                    node.get(member).map_or(entry.at, |node| node.at),
                    format!(
                        "Template format error: {member} of parameter {name} must be a number."
                    ),
                )
            }),
        };
        let length = |member: &str| {
            match text(member)? {
            None => Ok(None),
            Some(text) => text.parse::<u64>().map(Some).map_err(|_| {
                TemplateError::at(
                    node.get(member).map_or(entry.at, |node| node.at),
                    format!("Template format error: {member} of parameter {name} must be a whole number."),
                )
            }),
        }
        };
        let allowed_values = match node.get("AllowedValues") {
            None => None,
            Some(values) => {
                let texts = values.list().and_then(|values| {
                    values
                        .iter()
                        .map(|value| value.value_text().map(str::to_owned))
                        .collect::<Option<Vec<_>>>()
                });
                Some(texts.ok_or_else(|| {
                    TemplateError::at(
                        values.at,
                        "Template format error: Every AllowedValues member must be a list of strings.",
                    )
                })?)
            }
        };
        let allowed_pattern = match text("AllowedPattern")? {
            None => None,
            Some(pattern) => {
                let regex = regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
                    .size_limit(1 << 20)
                    .build()
                    .map_err(|_| {
                        TemplateError::unsupported(
                            node.get("AllowedPattern").map_or(entry.at, |node| node.at),
                            format!("AllowedPattern `{pattern}` of parameter {name} (no look-around, no back-references)"),
                        )
                    })?;
                Some((pattern, regex))
            }
        };
        let no_echo = match text("NoEcho")?.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(other) => {
                return Err(TemplateError::at(
                    entry.at,
                    format!(
                        "Template format error: NoEcho of parameter {name} must be true or false, not `{other}`."
                    ),
                ));
            }
        };
        Ok(Self {
            at: entry.at,
            kind,
            default: text("Default")?,
            description: text("Description")?,
            no_echo,
            allowed_values,
            allowed_pattern,
            constraint: text("ConstraintDescription")?,
            min_length: length("MinLength")?,
            max_length: length("MaxLength")?,
            min_value: number("MinValue")?,
            max_value: number("MaxValue")?,
            name,
        })
    }

    /// The single values of a text: itself, or what stands between its commas.
    #[must_use]
    pub fn split(&self, value: &str) -> Vec<String> {
        match self.kind {
            ParameterType::String | ParameterType::Number => vec![value.to_owned()],
            ParameterType::NumberList | ParameterType::CommaDelimitedList => value
                .split(',')
                .map(|part| part.trim().to_owned())
                .collect(),
        }
    }

    /// `AllowedValues`, if there are any.
    #[must_use]
    pub fn allowed_values(&self) -> Option<&[String]> {
        self.allowed_values.as_deref()
    }

    /// Whether the value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(
            self.kind,
            ParameterType::NumberList | ParameterType::CommaDelimitedList
        )
    }

    fn check(&self, value: &str) -> Result<(), TemplateError> {
        let name = &self.name;
        let numeric = matches!(self.kind, ParameterType::Number | ParameterType::NumberList);
        let fail = |text: String| Err(TemplateError::at(self.at, text));
        // With a description of its own a parameter says that instead of the rule broken.
        let broken = |rule: String| match &self.constraint {
            Some(text) => fail(format!(
                "Parameter {name} failed to satisfy constraint: {text}"
            )),
            None => fail(format!("Parameter '{name}' {rule}")),
        };
        for part in self.split(value) {
            if numeric {
                let Some(number) = part.parse::<f64>().ok().filter(|number| number.is_finite())
                else {
                    return fail(format!("Parameter '{name}' must be a number."));
                };
                if let Some(min) = self.min_value.filter(|min| number < *min) {
                    return broken(format!("must be a number not less than {min}"));
                }
                if let Some(max) = self.max_value.filter(|max| number > *max) {
                    return broken(format!("must be a number not greater than {max}"));
                }
            } else {
                let length = part.chars().count() as u64;
                if let Some(min) = self.min_length.filter(|min| length < *min) {
                    return broken(format!("must contain at least {min} characters"));
                }
                if let Some(max) = self.max_length.filter(|max| length > *max) {
                    return broken(format!("must contain at most {max} characters"));
                }
                if let Some((pattern, regex)) = &self.allowed_pattern
                    && !regex.is_match(&part)
                {
                    return broken(format!("must match pattern {pattern}"));
                }
            }
            if let Some(allowed) = &self.allowed_values
                && !allowed.contains(&part)
            {
                return broken("must be one of AllowedValues".to_owned());
            }
        }
        Ok(())
    }
}

/// The value of every parameter: the one given or the default.
pub(super) fn resolve(parameters: &[Parameter], given: &Given) -> Result<Given, TemplateError> {
    let unknown: Vec<&str> = given
        .keys()
        .filter(|name| !parameters.iter().any(|parameter| parameter.name == **name))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        return Err(TemplateError::new(format!(
            "Parameters: [{}] do not exist in the template",
            unknown.join(", ")
        )));
    }
    let value = |parameter: &Parameter| {
        given
            .get(&parameter.name)
            .cloned()
            .or_else(|| parameter.default.clone())
    };
    let missing: Vec<&str> = parameters
        .iter()
        .filter(|parameter| value(parameter).is_none())
        .map(|parameter| parameter.name.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(TemplateError::new(format!(
            "Parameters: [{}] must have values",
            missing.join(", ")
        )));
    }
    parameters
        .iter()
        .filter_map(|parameter| value(parameter).map(|value| (parameter, value)))
        .map(|(parameter, value)| {
            parameter.check(&value)?;
            Ok((parameter.name.clone(), value))
        })
        .collect()
}
