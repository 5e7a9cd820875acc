//! `aws cloudformation deploy`.

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

use super::Action;
use super::args::{self, Arg, Count};
use super::commands::{Line, unknown_options};
use super::error::ParseError;
use super::input::{self, Loaded};
use super::shell::Word;
use super::{json, python, yaml};

/// `cloudformation deploy`: creates or updates a stack by a change set and waits for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deploy {
    /// `--template-file`: the path.
    pub template_file: String,
    /// The text of that file.
    pub template: String,
    /// `--stack-name`.
    pub stack_name: String,
    /// `--s3-bucket`, with which the template is uploaded there first.
    pub s3_bucket: Option<String>,
    /// `--s3-prefix`.
    pub s3_prefix: Option<String>,
    /// `--kms-key-id`.
    pub kms_key_id: Option<String>,
    /// `--force-upload`.
    pub force_upload: bool,
    /// `--parameter-overrides`, by name; the last of two of one name. The other parameters of the
    /// template keep their previous values.
    pub parameter_overrides: Map<String, Value>,
    /// `--capabilities`.
    pub capabilities: Vec<String>,
    /// `--no-execute-changeset` was not given.
    pub execute_changeset: bool,
    /// `--disable-rollback`.
    pub disable_rollback: bool,
    /// `--role-arn`.
    pub role_arn: Option<String>,
    /// `--notification-arns`.
    pub notification_arns: Option<Vec<String>>,
    /// `--fail-on-empty-changeset`.
    pub fail_on_empty_changeset: bool,
    /// `--tags`, in order; the last of two of one key.
    pub tags: Map<String, Value>,
}

fn table() -> Vec<Arg> {
    vec![
        Arg::option("template-file").required(true),
        Arg::option("stack-name").required(true),
        Arg::option("s3-bucket"),
        Arg::flag("force-upload"),
        Arg::option("s3-prefix"),
        Arg::option("kms-key-id"),
        Arg::option("parameter-overrides").counted(Count::AtLeastOne),
        Arg::option("capabilities").counted(Count::AtLeastOne),
        Arg::unset("no-execute-changeset", "execute-changeset"),
        Arg::flag("disable-rollback"),
        Arg::unset("no-disable-rollback", "disable-rollback"),
        Arg::option("role-arn"),
        Arg::option("notification-arns").counted(Count::AtLeastOne),
        Arg::flag("fail-on-empty-changeset"),
        Arg::unset("no-fail-on-empty-changeset", "fail-on-empty-changeset"),
        Arg::option("tags").counted(Count::AtLeastOne),
    ]
}

/// The options of `cloudformation deploy`.
pub(crate) fn options() -> Vec<String> {
    table().into_iter().map(|arg| arg.name).collect()
}

/// Reads the words behind `cloudformation deploy`.
pub(crate) fn parse(line: Line<'_>, words: &[Word]) -> Result<Action, ParseError> {
    if let [only] = words
        && only.text == "help"
    {
        return Ok(Action::Help(vec!["cloudformation".into(), "deploy".into()]));
    }
    let parsed = args::parse(&table(), words, line.end)?;
    let reading = Reading { line, parsed };
    // The values are read before anything else is looked at, as in the CLI.
    let capabilities = reading.list("capabilities")?;
    let notification_arns = reading.list("notification-arns")?;
    let tags = reading.list("tags")?;
    let overrides = reading.loaded("parameter-overrides")?;
    if !reading.parsed.rest.is_empty() {
        return Err(unknown_options(&reading.parsed.rest, ","));
    }
    let text = |dest: &str| reading.text(dest);
    let template_file = text("template-file")?.unwrap_or_default();
    let template = reading.template(&template_file)?;
    let parameter_overrides = reading.overrides(overrides)?;
    let tags = reading.pairs(&tags.unwrap_or_default(), "tags")?;
    if let Some(type_) = other_than_mapping(&template) {
        // The CLI asks it for its parameters without a look at what it is.
        let message = format!("'{type_}' object has no attribute 'get'");
        return Err(ParseError::general(message, reading.at("template-file"))
            .hinted(Some("a template is a mapping, with `Resources` in it")));
    }
    Ok(Action::Deploy(Box::new(Deploy {
        template_file,
        template,
        stack_name: text("stack-name")?.unwrap_or_default(),
        // An empty one is none.
        s3_bucket: text("s3-bucket")?.filter(|bucket| !bucket.is_empty()),
        s3_prefix: text("s3-prefix")?,
        kms_key_id: text("kms-key-id")?,
        force_upload: reading.parsed.flag("force-upload") == Some(true),
        parameter_overrides,
        capabilities: capabilities.unwrap_or_default(),
        execute_changeset: reading.parsed.flag("execute-changeset") != Some(false),
        disable_rollback: reading.parsed.flag("disable-rollback") == Some(true),
        role_arn: text("role-arn")?,
        notification_arns,
        fail_on_empty_changeset: reading.parsed.flag("fail-on-empty-changeset") == Some(true),
        tags,
    })))
}

/// Python's name for what a template is, where that is no mapping.
fn other_than_mapping(template: &str) -> Option<&'static str> {
    for event in Parser::new_from_str(template) {
        match event.ok()?.0 {
            Event::MappingStart(..) => return None,
            Event::SequenceStart(..) => return Some("list"),
            // A tag makes an intrinsic function of it, which is a mapping.
            Event::Scalar(_, _, _, Some(_)) => return None,
            Event::Scalar(..) => {
                return Some(python::short_type_name(&yaml::loads(template).ok()?));
            }
            _ => {}
        }
    }
    Some("NoneType")
}

struct Reading<'a> {
    line: Line<'a>,
    parsed: args::Parsed,
}

/// The words of an option, or the text of the one file that they name.
enum Words {
    Given(Vec<String>),
    File(String),
}

impl Reading<'_> {
    fn at(&self, dest: &str) -> std::ops::Range<usize> {
        self.parsed
            .span(dest)
            .unwrap_or(self.line.end..self.line.end)
    }

    fn loaded(&self, dest: &str) -> Result<Option<Words>, ParseError> {
        let Some(words) = self.parsed.words(dest) else {
            return Ok(None);
        };
        if let [word] = words {
            match input::load(&word.text, self.line.files) {
                Ok(None) => {}
                Ok(Some(Loaded::Text(text))) => return Ok(Some(Words::File(text))),
                Ok(Some(Loaded::Bytes(bytes))) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    return Ok(Some(Words::File(text)));
                }
                Err(message) => {
                    let option = format!("--{dest}");
                    return Err(ParseError::parsing(&option, &message, word.span.clone()));
                }
            }
        }
        let texts = words.iter().map(|word| word.text.clone()).collect();
        Ok(Some(Words::Given(texts)))
    }

    fn text(&self, dest: &str) -> Result<Option<String>, ParseError> {
        Ok(self.loaded(dest)?.map(|words| match words {
            Words::Given(words) => words.concat(),
            Words::File(text) => text,
        }))
    }

    /// A list of strings, as words or as JSON.
    fn list(&self, dest: &str) -> Result<Option<Vec<String>>, ParseError> {
        let json = |text: &str| {
            let value = json::loads(text).map_err(|error| {
                let message = format!("Invalid JSON: {error}\nJSON received: {text}");
                ParseError::parsing(&format!("--{dest}"), &message, self.at(dest))
            })?;
            self.strings(dest, &value).map(Some)
        };
        match self.loaded(dest)? {
            None => Ok(None),
            Some(Words::File(text)) if text.trim_start().starts_with('[') => json(&text),
            // Python takes the text for a list of its characters.
            Some(Words::File(text)) => Ok(Some(text.chars().map(String::from).collect())),
            Some(Words::Given(words)) => match words.as_slice() {
                [only] if only.trim().starts_with('[') => json(only),
                _ => Ok(Some(words)),
            },
        }
    }

    fn strings(&self, dest: &str, value: &Value) -> Result<Vec<String>, ParseError> {
        let elements = value.as_array().map(Vec::as_slice).unwrap_or_default();
        elements
            .iter()
            .enumerate()
            .map(|(at, element)| {
                element.as_str().map(str::to_owned).ok_or_else(|| {
                    let message = format!(
                        "Parameter validation failed:\nInvalid type for parameter [{at}], value: \
                         {}, type: {}, valid types: <class 'str'>",
                        python::str(element),
                        python::type_name(element)
                    );
                    ParseError::parameter(message, self.at(dest))
                })
            })
            .collect()
    }

    fn template(&self, path: &str) -> Result<String, ParseError> {
        let bytes = self.line.files.read(path).map_err(|_| {
            ParseError::general(
                format!("Invalid template path {path}"),
                self.at("template-file"),
            )
        })?;
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(at).copied().unwrap_or_default();
            let message = format!(
                "'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: invalid start byte"
            );
            ParseError::general(message, self.at("template-file"))
        })
    }

    fn overrides(&self, words: Option<Words>) -> Result<Map<String, Value>, ParseError> {
        let dest = "parameter-overrides";
        let general = |message: String| ParseError::general(message, self.at(dest));
        let (data, words) = match words {
            None => return Ok(Map::new()),
            Some(Words::File(text)) if text.is_empty() => return Ok(Map::new()),
            Some(Words::File(text)) => (
                json::loads(&text).map_err(general)?,
                text.chars().map(String::from).collect(),
            ),
            Some(Words::Given(words)) => {
                let first = words.first().and_then(|word| json::loads(word).ok());
                (first.unwrap_or_default(), words)
            }
        };
        if data.is_null() {
            return self.pairs(&words, dest);
        }
        let elements = elements(&data).map_err(general)?;
        if are_parameters(&elements).map_err(general)? {
            let pair = |element: &Value| {
                let key = element.get("ParameterKey")?.as_str()?;
                Some((key.to_owned(), element.get("ParameterValue")?.clone()))
            };
            return Ok(elements.iter().filter_map(pair).collect());
        }
        match data.get("Parameters") {
            Some(Value::Object(parameters)) => return Ok(parameters.clone()),
            // A list is looked into for names, and has none.
            Some(Value::Array(_) | Value::String(_)) => return Ok(Map::new()),
            Some(other) => return Err(general(not_iterable(other))),
            None => {}
        }
        let pair = |element: &Value| {
            let (key, value) = element.as_str()?.split_once('=')?;
            Some((key.to_owned(), value.into()))
        };
        let pairs: Option<_> = elements.iter().map(pair).collect();
        pairs.ok_or_else(|| {
            let message = "JSON passed to --parameter-overrides must be one of the formats: \
                           [\"Key1=Value1\",\"Key2=Value2\", ...] , [{\"ParameterKey\": \"Key1\", \
                           \"ParameterValue\": \"Value1\"}, ...] , [\"Parameters\": {\"Key1\": \
                           \"Value1\", \"Key2\": \"Value2\", ...}]";
            ParseError::parameter(message, self.at(dest))
        })
    }

    fn pairs(&self, words: &[String], dest: &str) -> Result<Map<String, Value>, ParseError> {
        words
            .iter()
            .map(|word| {
                let pair = word.split_once('=');
                pair.map(|(key, value)| (key.to_owned(), value.into()))
                    .ok_or_else(|| {
                        let shown = python::repr(&Value::Array(vec![word.as_str().into()]));
                        let message =
                            format!("{shown} value passed to --{dest} must be of format Key=Value");
                        ParseError::general(message, self.at(dest))
                    })
            })
            .collect()
    }
}

/// What Python goes through in a value: elements, keys, or characters.
fn elements(data: &Value) -> Result<Vec<Value>, String> {
    match data {
        Value::Array(elements) => Ok(elements.clone()),
        Value::Object(members) => Ok(members.keys().map(|key| key.as_str().into()).collect()),
        Value::String(text) => Ok(text.chars().map(|c| c.to_string().into()).collect()),
        other => {
            let name = python::short_type_name(other);
            Err(format!("'{name}' object is not iterable"))
        }
    }
}

fn not_iterable(value: &Value) -> String {
    let name = python::short_type_name(value);
    format!("argument of type '{name}' is not iterable")
}

/// Whether all are parameters as CloudFormation writes them. An error is Python's, of a question that a
/// value does not take.
fn are_parameters(elements: &[Value]) -> Result<bool, String> {
    for element in elements {
        let both = |has: &dyn Fn(&str) -> bool| has("ParameterKey") && has("ParameterValue");
        let found = match element {
            Value::Object(members) => both(&|name| members.contains_key(name)),
            Value::Array(values) => both(&|name| values.iter().any(|value| value == name)),
            Value::String(text) => both(&|name| text.contains(name)),
            other => return Err(not_iterable(other)),
        };
        match element {
            _ if !found => return Ok(false),
            Value::Object(members) if members.len() > 2 => return Ok(false),
            Value::Object(_) => {}
            other => {
                let name = python::short_type_name(other);
                return Err(format!("'{name}' object has no attribute 'keys'"));
            }
        }
    }
    Ok(true)
}
