//! From the words of an option to the value of an input member.

use std::io;
use std::ops::Range;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::Value;

use super::error::ParseError;
use super::shell::Word;
use super::{Files, json, python, shorthand};
use crate::model::{Kind, Model, Reference, Shape};

/// A parameter as given: the option, its place, and where to find files.
pub(crate) struct Given<'a> {
    /// The option, such as `--tags`.
    pub option: &'a str,
    /// The input member, such as `Tags`.
    pub member: &'a str,
    /// Its words.
    pub words: &'a [Word],
    /// Where they are.
    pub span: Range<usize>,
    /// The files that they may name.
    pub files: &'a dyn Files,
    /// Whether bytes are given as they are, and not as base64.
    pub raw_bytes: bool,
}

/// What the words are before the model is asked.
enum Raw {
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<String>),
}

impl Given<'_> {
    /// The value, as the model says that it is.
    pub fn value(&self, model: &Model, reference: &Reference) -> Result<Value, ParseError> {
        let shape = model.target(reference);
        let streaming = shape.streaming || reference.streaming;
        let raw = self.load(shape.kind == Kind::List)?;
        if let Raw::List(_) | Raw::Text(_) = raw
            && shorthand::applies(model, shape)
            && !looks_like_json(&raw)
        {
            return self.shorthand(model, shape, &raw);
        }
        match (shape.kind, raw) {
            (Kind::Blob, raw) if streaming => self.body(raw),
            (Kind::Blob, Raw::Bytes(bytes)) => Ok(STANDARD.encode(bytes).into()),
            (_, Raw::Bytes(bytes)) => Err(self.bytes(shape, &bytes)),
            (Kind::List, Raw::List(words)) => self.list(model, shape, &words),
            (_, Raw::List(words)) => self.text(model, shape, &words.concat()),
            (_, Raw::Text(text)) => self.text(model, shape, &text),
        }
    }

    /// The words, or what is in the file that the only one of them names.
    fn load(&self, list: bool) -> Result<Raw, ParseError> {
        let texts = || self.words.iter().map(|word| word.text.clone()).collect();
        let [word] = self.words else {
            return Ok(Raw::List(texts()));
        };
        match load(&word.text, self.files) {
            Err(message) => Err(ParseError::parsing(
                self.option,
                &message,
                self.span.clone(),
            )),
            Ok(Some(Loaded::Text(text))) => Ok(Raw::Text(text)),
            Ok(Some(Loaded::Bytes(bytes))) => Ok(Raw::Bytes(bytes)),
            Ok(None) if list => Ok(Raw::List(texts())),
            Ok(None) => Ok(Raw::Text(word.text.clone())),
        }
    }

    fn shorthand(&self, model: &Model, shape: &Shape, raw: &Raw) -> Result<Value, ParseError> {
        let from_file = |value: &str| match load(value, self.files) {
            Ok(None) => Ok(None),
            Ok(Some(Loaded::Text(text))) => Ok(Some(text)),
            Ok(Some(Loaded::Bytes(bytes))) => Ok(Some(STANDARD.encode(bytes))),
            Err(message) => Err(message),
        };
        // A file that cannot be read is not caught on this way.
        let unread = |message: &str| message.starts_with("Unable to load paramfile");
        let failed = |failure| match failure {
            shorthand::Failure::Syntax(message) if unread(&message) => {
                ParseError::general(message, self.span.clone())
            }
            shorthand::Failure::Syntax(message) => {
                ParseError::parsing(self.option, &message, self.span.clone())
            }
            shorthand::Failure::Value(message) => ParseError::general(message, self.span.clone()),
        };
        let parse = |text: &str| shorthand::parse(text, &from_file).map(Value::Object);
        let parsed = match raw {
            Raw::List(words) => words
                .iter()
                .map(|word| parse(word))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::Array),
            Raw::Text(text) => parse(text),
            Raw::Bytes(_) => Ok(Value::Null),
        };
        let mut value = parsed.map_err(failed)?;
        shorthand::adjust(model, shape, &mut value).map_err(failed)?;
        self.blobs(model, shape, &mut value)?;
        Ok(value)
    }

    fn list(&self, model: &Model, shape: &Shape, words: &[String]) -> Result<Value, ParseError> {
        if let [only] = words
            && only.trim().starts_with('[')
        {
            return self.json(model, shape, only);
        }
        let Some(member) = shape.member.as_ref().map(|member| model.target(member)) else {
            return Ok(Value::Null);
        };
        words
            .iter()
            .map(|word| self.text(model, member, word))
            .collect::<Result<Vec<_>, _>>()
            .map(Value::Array)
    }

    fn text(&self, model: &Model, shape: &Shape, text: &str) -> Result<Value, ParseError> {
        match shape.kind {
            Kind::Structure | Kind::Map => match text.trim_start().chars().next() {
                Some('{') => self.json(model, shape, text),
                Some(_) => Err(self.invalid_json(text)),
                None => Err(ParseError::general(
                    "string index out of range",
                    self.span.clone(),
                )),
            },
            Kind::List => match text.trim_start().chars().next() {
                Some('[') => self.json(model, shape, text),
                Some(_) => {
                    let words: Vec<String> = text.chars().map(String::from).collect();
                    self.list(model, shape, &words)
                }
                None => Err(ParseError::general(
                    "string index out of range",
                    self.span.clone(),
                )),
            },
            Kind::Integer | Kind::Long => match python::int(text) {
                Some(number) => Ok(number.into()),
                None => Err(ParseError::general(
                    format!(
                        "invalid literal for int() with base 10: {}",
                        python::repr_str(text)
                    ),
                    self.span.clone(),
                )),
            },
            Kind::Float | Kind::Double => match python::float(text) {
                Some(number) => Ok(number.into()),
                None => Err(ParseError::general(
                    format!(
                        "could not convert string to float: {}",
                        python::repr_str(text)
                    ),
                    self.span.clone(),
                )),
            },
            Kind::Boolean => Ok(Value::Bool(
                text.to_lowercase() != "false" && !text.is_empty(),
            )),
            Kind::Blob => self.base64(text).map(Value::String),
            Kind::String | Kind::Timestamp => Ok(text.into()),
        }
    }

    fn json(&self, model: &Model, shape: &Shape, text: &str) -> Result<Value, ParseError> {
        let mut value = json::loads(text).map_err(|error| {
            let message = format!("Invalid JSON: {error}\nJSON received: {text}");
            ParseError::parsing(self.option, &message, self.span.clone())
        })?;
        self.blobs(model, shape, &mut value)?;
        Ok(value)
    }

    fn invalid_json(&self, text: &str) -> ParseError {
        let message = format!("Invalid JSON:\n{text}");
        ParseError::parsing(self.option, &message, self.span.clone())
    }

    /// A file's bytes where the API wants text: botocore's check says so.
    fn bytes(&self, shape: &Shape, bytes: &[u8]) -> ParseError {
        let shown = python::repr_bytes(bytes);
        match shape.kind {
            Kind::Structure | Kind::Map | Kind::List => self.invalid_json(&shown),
            Kind::Integer | Kind::Long => ParseError::general(
                format!("invalid literal for int() with base 10: {shown}"),
                self.span.clone(),
            ),
            _ => ParseError::parameter(
                format!(
                    "Parameter validation failed:\nInvalid type for parameter {}, value: {shown}, \
                     type: <class 'bytes'>, valid types: <class 'str'>",
                    self.member
                ),
                self.span.clone(),
            )
            .hinted(Some("use file:// for text; fileb:// is for bytes")),
        }
    }

    /// The bytes of the file that a streaming option names.
    fn body(&self, raw: Raw) -> Result<Value, ParseError> {
        let refused = || {
            let message = "Blob values must be a path to a file.";
            ParseError::parsing(self.option, message, self.span.clone())
        };
        let Raw::Text(path) = raw else {
            return Err(refused());
        };
        match self.files.read(&path) {
            Ok(bytes) => Ok(STANDARD.encode(bytes).into()),
            Err(_) => Err(refused()),
        }
    }

    /// Checks the base64 of every blob inside a value.
    pub fn blobs(&self, model: &Model, shape: &Shape, value: &mut Value) -> Result<(), ParseError> {
        let part = |reference: Option<&Reference>, value: &mut Value| match reference {
            Some(reference) => self.blobs(model, model.target(reference), value),
            None => Ok(()),
        };
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                for member in &shape.members {
                    if let Some(value) = members.get_mut(&member.name) {
                        part(Some(&member.reference), value)?;
                    }
                }
                Ok(())
            }
            (Kind::List, Value::Array(elements)) => elements
                .iter_mut()
                .try_for_each(|element| part(shape.member.as_ref(), element)),
            (Kind::Map, Value::Object(members)) => members
                .iter_mut()
                .try_for_each(|(_, value)| part(shape.value.as_ref(), value)),
            (Kind::Blob, Value::String(text)) => {
                *text = self.base64(text)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Base64 as Python reads it: what is not of the alphabet is passed over.
    fn base64(&self, text: &str) -> Result<String, ParseError> {
        if self.raw_bytes {
            return Ok(STANDARD.encode(text));
        }
        const LENIENT: GeneralPurpose = GeneralPurpose::new(
            &base64::alphabet::STANDARD,
            GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
        );
        let fits = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
        let kept: String = text.chars().filter(fits).collect();
        match LENIENT.decode(kept) {
            Ok(bytes) => Ok(STANDARD.encode(bytes)),
            Err(_) => {
                let error = format!("Invalid base64: \"{text}\"");
                Err(ParseError::general(error, self.span.clone())
                    .hinted(Some("give bytes with fileb://, or as base64")))
            }
        }
    }
}

fn looks_like_json(raw: &Raw) -> bool {
    let first = match raw {
        Raw::List(words) => words.first().map(String::as_str),
        Raw::Text(text) => Some(text.as_str()),
        Raw::Bytes(_) => None,
    };
    first.is_some_and(|text| text.trim().starts_with(['[', '{']))
}

/// What a `file://` or `fileb://` gives.
pub(crate) enum Loaded {
    /// `file://`.
    Text(String),
    /// `fileb://`.
    Bytes(Vec<u8>),
}

/// What is in the file that a word names with `file://` or `fileb://`; `None` for other words.
///
/// # Errors
///
/// The AWS CLI's words for a file that cannot be read.
pub(crate) fn load(word: &str, files: &dyn Files) -> Result<Option<Loaded>, String> {
    let read = |path: &str| {
        files.read(path).map_err(|error| {
            format!(
                "Unable to load paramfile {word}: {}",
                os_error(&error, &files.meant(path))
            )
        })
    };
    if let Some(path) = word.strip_prefix("fileb://") {
        return read(path).map(|bytes| Some(Loaded::Bytes(bytes)));
    }
    let Some(path) = word.strip_prefix("file://") else {
        return Ok(None);
    };
    match String::from_utf8(read(path)?) {
        // Python reads text files with its universal newlines.
        Ok(text) => Ok(Some(Loaded::Text(
            text.replace("\r\n", "\n").replace('\r', "\n"),
        ))),
        Err(_) => Err(format!(
            "Unable to load paramfile ({}), text contents could not be decoded.  If this is a \
             binary file, please use the fileb:// prefix instead of the file:// prefix.",
            files.meant(path)
        )),
    }
}

/// An error of the file system as Python shows it.
fn os_error(error: &io::Error, path: &str) -> String {
    let path = python::repr_str(path);
    match error.kind() {
        io::ErrorKind::NotFound => format!("[Errno 2] No such file or directory: {path}"),
        io::ErrorKind::PermissionDenied => format!("[Errno 13] Permission denied: {path}"),
        io::ErrorKind::NotADirectory => format!("[Errno 20] Not a directory: {path}"),
        io::ErrorKind::IsADirectory => format!("[Errno 21] Is a directory: {path}"),
        _ => error.to_string(),
    }
}
