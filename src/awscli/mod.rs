//! The language of the `aws` command line, pure: text to [`Command`], answers to what the AWS CLI
//! v2 prints.

use std::io;

use serde_json::{Map, Value};

use crate::model::{Operation, Service};
use crate::secret;

/// The files that a command line names with `file://` and the like.
pub trait Files {
    /// The bytes of the file at that path, as the command line wrote it.
    ///
    /// # Errors
    ///
    /// What the file system says, above all [`io::ErrorKind::NotFound`].
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;
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
}

/// `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
}

/// What a command does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// One API operation.
    Call(Call),
    // The AWS CLI's own commands (s3, cloudformation deploy and wait, configure) join here.
}

/// One API operation with its input.
#[derive(Debug, Clone)]
pub struct Call {
    /// Whose operation it is.
    pub service: Service,
    /// The operation.
    pub operation: &'static Operation,
    /// The input by member name, typed as the model says. Blobs are base64 text.
    pub input: Map<String, Value>,
    /// `--max-items`, `--page-size` and `--starting-token` of operations that page.
    pub paging: Paging,
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.service == other.service
            && self.operation.name == other.operation.name
            && self.input == other.input
            && self.paging == other.paging
    }
}

/// The CLI's paging options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// `--max-items`.
    pub max_items: Option<u64>,
    /// `--page-size`.
    pub page_size: Option<u64>,
    /// `--starting-token`.
    pub starting_token: Option<String>,
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
#[derive(Debug, Clone)]
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
#[derive(Clone, Default)]
pub struct Printed {
    /// The answer as JSON in the model's order, for captures; null where there is none.
    pub value: Value,
    /// How the answer is printed.
    pub style: Style,
}

/// How an answer becomes text.
#[derive(Clone, Default)]
pub enum Style {
    /// Nothing is printed.
    #[default]
    Nothing,
    /// The text itself, which holds no secret (`s3 ls`, `deploy`).
    Text(String),
    /// The value through `--query` and `--output`.
    Formatted {
        /// `--output`.
        format: Format,
        /// `--query`.
        query: Option<String>,
        /// The operation's API name: the title of a table.
        title: String,
    },
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
        self.render(&secret::mask(&self.value))
    }

    /// The text as the AWS CLI prints it, secrets and all.
    #[must_use]
    pub fn revealed(&self) -> String {
        self.render(&self.value)
    }

    fn render(&self, value: &Value) -> String {
        match &self.style {
            Style::Nothing => String::new(),
            Style::Text(text) => text.clone(),
            Style::Formatted { .. } => value.to_string(),
        }
    }
}
