//! Command lines that do not parse, and error lines, in the AWS CLI's words.

use std::fmt;
use std::ops::Range;

use serde_json::{Map, Value};

/// How the AWS CLI is used, printed with errors about arguments.
const USAGE: &str = "usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

/// Exit status when the command line or a parameter is wrong.
pub const EXIT_PARAMETER: u8 = 252;
/// Exit status when credentials, region or a profile are missing.
pub const EXIT_CONFIGURATION: u8 = 253;
/// Exit status when a service answers with an error.
pub const EXIT_SERVICE: u8 = 254;
/// Exit status of any other error.
pub const EXIT_GENERAL: u8 = 255;
/// Exit status when an `s3` command fails, wholly or in part.
pub const EXIT_FATAL: u8 = 1;
/// Exit status after an interrupt.
pub const EXIT_INTERRUPT: u8 = 130;

/// Which part of the AWS CLI, or of rolecall, refuses a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Arguments are missing, unknown to their parser, or misspelt; the CLI prints its usage.
    Usage,
    /// Options that the command does not have.
    UnknownOptions,
    /// A parameter's value is wrong.
    Parameter,
    /// The CLI stumbles and says only what its Python said.
    General,
    /// An `s3` command gives up.
    Fatal,
    /// The text is not one plain command: a shell would do more with it than rolecall.
    Shell,
    /// The AWS CLI can do this and rolecall cannot.
    Unsupported,
}

/// Why a command line does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Who refuses it.
    pub kind: ErrorKind,
    /// What the AWS CLI says, without prefix and usage; rolecall's own words where the kind is
    /// [`ErrorKind::Shell`] or [`ErrorKind::Unsupported`].
    pub message: String,
    /// Where in the text, in bytes. Empty at the end where something is missing.
    pub span: Range<usize>,
    /// What to do, for people.
    pub hint: Option<String>,
    /// The exit status.
    pub exit: u8,
    /// `--cli-error-format`, where the command line got as far as saying so.
    pub(crate) format: Option<super::ErrorFormat>,
}

impl ParseError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>, span: Range<usize>) -> Self {
        let exit = match kind {
            ErrorKind::General => EXIT_GENERAL,
            ErrorKind::Fatal => EXIT_FATAL,
            _ => EXIT_PARAMETER,
        };
        Self {
            kind,
            message: message.into(),
            span,
            hint: None,
            exit,
            format: None,
        }
    }

    pub(crate) fn usage(message: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(ErrorKind::Usage, message, span)
    }

    pub(crate) fn parameter(message: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(ErrorKind::Parameter, message, span)
    }

    /// `Error parsing parameter '--x': …`
    pub(crate) fn parsing(option: &str, message: &str, span: Range<usize>) -> Self {
        Self::parameter(
            format!("Error parsing parameter '{option}': {message}"),
            span,
        )
    }

    pub(crate) fn general(message: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(ErrorKind::General, message, span)
    }

    pub(crate) fn unsupported(message: impl Into<String>, span: Range<usize>) -> Self {
        Self::new(ErrorKind::Unsupported, message, span)
    }

    pub(crate) fn hinted(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }

    /// What goes to standard error, as the AWS CLI of 2026 prints it. (Before version 2.28 or so
    /// there was no `aws: [ERROR]: ` prefix, and usage errors began with the usage.)
    #[must_use]
    pub fn stderr(&self) -> String {
        match self.kind {
            ErrorKind::Usage => {
                parameter_error(&format!("{}\n\n{USAGE}", self.message), self.format)
            }
            ErrorKind::Parameter => parameter_error(&self.message, self.format),
            ErrorKind::UnknownOptions => format!("\n{USAGE}\n{}", line(&self.message)),
            ErrorKind::General => line(&self.message),
            ErrorKind::Fatal => format!("fatal error: {}\n", self.message),
            ErrorKind::Shell | ErrorKind::Unsupported => match &self.hint {
                Some(hint) => line(&format!("{}; {hint}", self.message)),
                None => line(&self.message),
            },
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}

fn parameter_error(message: &str, format: Option<super::ErrorFormat>) -> String {
    coded("ParamValidation", message, format)
}

/// A blank line, `aws: [ERROR]: ` and the message: how the AWS CLI prints any error.
#[must_use]
pub fn line(message: &str) -> String {
    match message.trim() {
        "" => "\naws: [ERROR]:\n".into(),
        message => format!("\naws: [ERROR]: {message}\n"),
    }
}

/// An error from before AWS was asked, such as `NoCredentials` or `NoRegion`.
#[must_use]
pub fn coded(code: &str, message: &str, format: Option<super::ErrorFormat>) -> String {
    let mut members = Map::new();
    members.insert("Code".into(), code.into());
    members.insert("Message".into(), message.into());
    match format.unwrap_or_default() {
        super::ErrorFormat::Legacy => line(message),
        super::ErrorFormat::Enhanced => line(&format!("An error occurred ({code}): {message}")),
        super::ErrorFormat::Formatted(format) => {
            super::format::render(format, "error", &Value::Object(members)).unwrap_or_default()
        }
    }
}

/// An error of a service, with its further details where its shape has any.
///
/// `details` are the members that the error's shape has besides code and message.
#[must_use]
pub fn service(
    code: &str,
    operation: &str,
    message: &str,
    details: &Map<String, Value>,
    format: Option<super::ErrorFormat>,
) -> String {
    let text =
        format!("An error occurred ({code}) when calling the {operation} operation: {message}");
    match format.unwrap_or_default() {
        super::ErrorFormat::Legacy => line(&text),
        super::ErrorFormat::Enhanced => line(&text) + &additional(details),
        super::ErrorFormat::Formatted(format) => {
            let mut members = Map::new();
            members.insert("Code".into(), code.into());
            members.insert("Message".into(), message.into());
            members.extend(details.clone());
            super::format::render(format, "error", &Value::Object(members)).unwrap_or_default()
        }
    }
}

/// The block of additional error details.
fn additional(details: &Map<String, Value>) -> String {
    if details.is_empty() {
        return String::new();
    }
    let mut out = String::from("\nAdditional error details:\n");
    let mut complex = false;
    for (name, value) in details {
        let text = match value {
            Value::Array(elements) if elements.len() < 5 && elements.iter().all(simple) => {
                let elements: Vec<String> = elements.iter().map(super::python::str).collect();
                format!("[{}]", elements.join(", "))
            }
            Value::Object(members) if members.len() < 5 && members.values().all(simple) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{name}: {}", super::python::str(value)))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
            value if simple(value) => super::python::str(value),
            _ => {
                complex = true;
                "<complex value>".into()
            }
        };
        out.push_str(&format!("{name}: {text}\n"));
    }
    if complex {
        out.push_str(
            "Use \"--cli-error-format json\" or another error format to see the full details.\n",
        );
    }
    out
}

fn simple(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}
