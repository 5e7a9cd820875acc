//! The language of the `aws` command line, pure: text to [`Command`], answers to what the AWS CLI
//! v2 prints.
//!
//! What is followed is the AWS CLI of 2026 (2.38): its error lines begin with `aws: [ERROR]: `.

mod args;
mod commands;
mod complete;
mod configure;
mod deploy;
pub mod error;
pub mod format;
mod globals;
mod help;
mod input;
mod json;
mod names;
mod operation;
pub(crate) mod python;
pub mod query;
mod s3;
mod shell;
mod shorthand;
mod skeleton;
pub(crate) mod timestamp;
pub mod tokens;
pub(crate) mod validate;
mod values;
mod yaml;

use std::io;
use std::ops::Range;

use serde_json::{Map, Value};

pub use self::complete::{Completion, complete, complete_in};
pub use self::configure::{Configure, ExportFormat, Imported, Place, PlaceFile};
pub use self::deploy::Deploy;
pub use self::error::{ErrorKind, ParseError};
pub use self::help::help;
pub use self::names::kebab;
pub(crate) use self::s3::bad_bucket;
pub use self::s3::{Bucket, Filter, Ls, Mb, Presign, Rb, Rm, S3, S3Uri, Target, Transfer, Website};
pub use self::values::{Named, Names};
use crate::model::{Operation, Service, Waiter};
use crate::secret;

/// Reads one command.
///
/// `files` gives the files that the text names with `file://` and the like.
///
/// # Errors
///
/// What the AWS CLI says of a command line that it refuses, or what rolecall says of one that it
/// cannot run; with the place in the text.
pub fn parse(text: &str, files: &dyn Files) -> Result<Command, ParseError> {
    let (first, rest) = match commands::split(text)? {
        commands if commands.len() > 1 => {
            let mut commands = commands.into_iter();
            (commands.next(), commands.next())
        }
        commands => (commands.into_iter().next(), None),
    };
    if let Some(second) = rest {
        let error = ParseError::new(
            ErrorKind::Shell,
            "there are several commands here",
            commands::span(&second),
        );
        return Err(error.hinted(Some(
            "give one command; a long one goes on behind a backslash at the end of the line",
        )));
    }
    commands::parse(&first.unwrap_or_default(), text.len(), files)
}

/// Reads a text of several commands, one a line. Each comes with its place in the text.
///
/// # Errors
///
/// As [`parse`] does; nothing is returned unless all of them parse.
pub fn parse_script(
    text: &str,
    files: &dyn Files,
) -> Result<Vec<(Range<usize>, Command)>, ParseError> {
    commands::split(text)?
        .iter()
        .map(|words| {
            let span = commands::span(words);
            let command = commands::parse(words, span.end, files)?;
            Ok((span, command))
        })
        .collect()
}

/// Reads a command that a shell has already split, without the leading `aws`.
///
/// Places in errors are in the words joined by single blanks, behind `aws `.
///
/// # Errors
///
/// As [`parse`] does.
pub fn parse_words(words: &[String], files: &dyn Files) -> Result<Command, ParseError> {
    commands::parse_words(words, files)
}

/// What `--version` prints: this program, and the AWS CLI whose language it speaks.
#[must_use]
pub fn version() -> String {
    format!("rolecall/{} (as aws-cli/2.38)", env!("CARGO_PKG_VERSION"))
}

/// The files that a command line names with `file://` and the like.
pub trait Files {
    /// The bytes of the file at that path, as the command line wrote it.
    ///
    /// # Errors
    ///
    /// What the file system says, above all [`io::ErrorKind::NotFound`].
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The path that is read for one that the command line wrote, which errors name.
    fn meant(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// A parsed command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// The global options.
    pub globals: Globals,
    /// What to do.
    pub action: Action,
}

/// The AWS CLI's global options, each as given or absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Globals {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--output`.
    pub output: Option<Format>,
    /// `--query`, a JMESPath expression that has been compiled once to check it.
    pub query: Option<String>,
    /// `--no-paginate`.
    pub no_paginate: bool,
    /// `--no-sign-request`.
    pub no_sign_request: bool,
    /// `--cli-read-timeout`, in seconds; 0 waits without end.
    pub read_timeout: Option<u64>,
    /// `--cli-connect-timeout`, in seconds; 0 waits without end.
    pub connect_timeout: Option<u64>,
    /// `--cli-error-format`.
    pub error_format: Option<ErrorFormat>,
    /// `--color on`.
    pub color: bool,
    /// `--debug`: the exchanges with the service are printed, secrets masked.
    pub debug: bool,
    /// `--no-verify-ssl`, which is taken where nothing is encrypted.
    pub no_verify_ssl: bool,
    /// `--ca-bundle`: the file of the certificates that are trusted.
    pub ca_bundle: Option<String>,
    /// `--cli-binary-format raw-in-base64-out`: bytes are given as they are, and not as base64.
    pub raw_bytes: bool,
}

/// `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Format {
    /// Indented by four.
    #[default]
    Json,
    /// Boxes.
    Table,
    /// Tab-separated.
    Text,
    /// YAML.
    Yaml,
    /// YAML, each page of the answer as an element of one list.
    YamlStream,
    /// Nothing is printed.
    Off,
}

impl Format {
    /// The name in `--output` and in the `output` setting.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Table => "table",
            Self::Text => "text",
            Self::Yaml => "yaml",
            Self::YamlStream => "yaml-stream",
            Self::Off => "off",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Json,
            Self::Text,
            Self::Table,
            Self::Yaml,
            Self::YamlStream,
            Self::Off,
        ]
        .into_iter()
        .find(|format| format.name() == name)
    }
}

/// `--cli-error-format`: how errors are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorFormat {
    /// One line, and the further details of the error where it has any.
    #[default]
    Enhanced,
    /// One line.
    Legacy,
    /// Code and message in that format.
    Formatted(Format),
}

/// What a command does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// One API operation.
    Call(Call),
    /// `<service> wait <waiter>`: the waiter's operation, again and again.
    Wait(Wait),
    /// `s3 …`.
    S3(S3),
    /// `cloudformation deploy`.
    Deploy(Box<Deploy>),
    /// `configure …`.
    Configure(Configure),
    /// `--generate-cli-skeleton`: prints a sample and asks nobody.
    Skeleton(Skeleton),
    /// `help` behind a command: the words before it, such as `["iam", "create-user"]`.
    Help(Vec<String>),
    /// `--version`.
    Version,
}

/// One API operation with its input.
#[derive(Clone)]
pub struct Call {
    /// Whose operation it is.
    pub service: Service,
    /// The operation.
    pub operation: &'static Operation,
    /// The input by member name, typed as the model says. Blobs are base64 text.
    pub input: Map<String, Value>,
    /// Whether and how the pages of the answer are followed.
    pub paging: Paging,
    /// The file that part of the answer is written to.
    pub outfile: Option<Outfile>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.name)
            .field("input", &secret::mask(&Value::Object(self.input.clone())))
            .field("paging", &self.paging)
            .field("outfile", &self.outfile)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.service == other.service
            && self.operation.name == other.operation.name
            && self.input == other.input
            && self.paging == other.paging
            && self.outfile == other.outfile
    }
}

/// Where part of an answer goes instead of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outfile {
    /// The path, as the command line wrote it.
    pub path: String,
    /// Which part of the answer it gets.
    pub part: OutfilePart,
}

/// The part of an answer that goes to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutfilePart {
    /// The streaming member that is the answer's body (`s3api get-object`).
    Body,
    /// `QRCodePNG` or `Base32StringSeed` of `iam create-virtual-mfa-device`, decoded from base64.
    /// The file's mode is 0600, and neither of the two members is printed.
    Bootstrap(&'static str),
}

/// The CLI's paging options, and whether it pages at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// The pages are followed and joined: the operation pages, and neither `--no-paginate` nor an
    /// option of its own API that pages by hand (such as `--marker`) was given.
    pub auto: bool,
    /// `--max-items`.
    pub max_items: Option<i64>,
    /// `--page-size`.
    pub page_size: Option<i64>,
    /// `--starting-token`.
    pub starting_token: Option<String>,
}

/// `<service> wait <waiter>`.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The operation to poll.
    pub call: Call,
    /// For what, and how often.
    pub waiter: &'static Waiter,
}

impl PartialEq for Wait {
    fn eq(&self, other: &Self) -> bool {
        self.call == other.call && self.waiter.name == other.waiter.name
    }
}

/// `--generate-cli-skeleton`.
#[derive(Debug, Clone, PartialEq)]
pub enum Skeleton {
    /// A sample of the input: JSON, whatever `--output` says.
    Input(Value),
    /// A sample of the input as YAML.
    Yaml(String),
    /// A sample of an operation's answer, printed as one.
    Answer {
        /// The sample.
        value: Value,
        /// The operation.
        operation: String,
    },
}

/// How a command ended, in the learner's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Answered with success.
    Success,
    /// Answered with a denial: the caller is known and may not do this.
    Denied,
    /// Any other error, from AWS or from before AWS was asked.
    Error,
}

/// What a command came to: all that the AWS CLI would print, and the answer behind it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// AWS's error code, such as `AccessDenied`.
    pub code: Option<String>,
    /// AWS's error message, or the CLI's.
    pub message: Option<String>,
    /// The AWS CLI's exit status.
    pub exit: u8,
    /// What goes to standard output.
    pub stdout: Printed,
    /// What goes to standard error.
    pub stderr: String,
    /// Request ids of the calls made, in order.
    pub request_ids: Vec<String>,
}

/// Standard output that may hold secrets: it is text only when asked, masked unless told.
#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Printed {
    /// The answer as JSON in the model's order, for captures; null where there is none. Its secrets
    /// are masked where it is serialised.
    #[serde(serialize_with = "masked")]
    pub value: Value,
    /// The pages of an answer that was paged, each as the AWS CLI prints it in the formats that
    /// print page by page ([`Format::Text`] and [`Format::YamlStream`]); empty otherwise, and then
    /// the value is the only page.
    ///
    /// For text, a page holds the paginator's result keys, null where the page lacks one; the
    /// first page also holds the members that are not joined; and the token of an unfinished
    /// answer is a last page of its own, `{"NextToken": {"NextToken": …}}`.
    #[serde(serialize_with = "all_masked")]
    pub pages: Vec<Value>,
    /// How the answer is printed.
    pub style: Style,
}

/// How an answer becomes text.
#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
pub enum Style {
    /// Nothing is printed.
    #[default]
    Nothing,
    /// The text itself, which holds no secret (`s3 ls`, `deploy`).
    Text(String),
    /// Credentials, as `configure export-credentials` prints them.
    Exported(ExportFormat),
    /// The value through `--query` and `--output`.
    Formatted {
        /// `--output`.
        format: Format,
        /// `--query`.
        query: Option<String>,
        /// The operation's API name: the title of a table.
        title: String,
        /// `--color on`: screens and transcripts have colours of their own.
        #[serde(default)]
        color: bool,
    },
}

fn masked<S: serde::Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&secret::mask(value), to)
}

fn all_masked<S: serde::Serializer>(values: &[Value], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(secret::mask))
}

impl std::fmt::Debug for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Printed(..)")
    }
}

impl Printed {
    /// The text with secrets masked: what screens and transcripts show.
    #[must_use]
    pub fn masked(&self) -> String {
        let pages: Vec<Value> = self.pages.iter().map(secret::mask).collect();
        self.render(&secret::mask(&self.value), &pages, false)
    }

    /// The text as the AWS CLI prints it, secrets and all.
    #[must_use]
    pub fn revealed(&self) -> String {
        self.render(&self.value, &self.pages, true)
    }

    fn render(&self, value: &Value, pages: &[Value], colors: bool) -> String {
        match &self.style {
            Style::Nothing => String::new(),
            Style::Text(text) => text.clone(),
            Style::Exported(format) => format.text(value),
            Style::Formatted {
                format,
                query,
                title,
                color,
            } => {
                let color = *color && colors;
                let paged = matches!(format, Format::Text | Format::YamlStream);
                let parts = if paged && !pages.is_empty() {
                    pages
                } else {
                    std::slice::from_ref(value)
                };
                // An expression that fails on the answer was an error when the answer came.
                parts
                    .iter()
                    .filter_map(|part| {
                        format::answer(*format, query.as_deref(), title, color, part).ok()
                    })
                    .collect()
            }
        }
    }
}
