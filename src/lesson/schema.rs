//! The TOML form of a lesson, format version 1.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A lesson as its author wrote it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Version of the format; this is 1.
    pub format_version: u32,
    /// Name in progress files and on the command line: lower case, digits and hyphens.
    pub id: String,
    /// Title in the catalogue.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// How long it takes.
    pub minutes: u32,
    /// Exam domains it prepares for.
    #[serde(default)]
    pub exam_domains: Vec<String>,
    /// What the learner needs to know or have.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Every resource that the lesson creates, in words: shown before a real account is touched.
    #[serde(default)]
    pub creates: Vec<String>,
    /// Files that commands name, relative to the lesson's folder of assets.
    #[serde(default)]
    pub files: Vec<String>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Commands that remove everything, whatever state the lesson was left in.
    #[serde(default)]
    pub cleanup: Vec<CleanUp>,
}

/// One screen of a lesson.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Name in progress files, unique in the lesson.
    pub id: String,
    /// Title.
    pub title: String,
    /// Markdown text, shown before the command runs.
    pub body: String,
    /// The AWS CLI text: one command a line, long ones continued with a backslash. A step without
    /// one explains only.
    pub command: Option<String>,
    /// The file of the lesson that the learner edits before running.
    pub edit: Option<String>,
    /// Files that the step shows.
    #[serde(default)]
    pub files: Vec<String>,
    /// Variable name to JMESPath expression over the answer of the step's last command that
    /// printed one.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// What must come of it.
    pub expect: Option<Expect>,
    /// Nudges, from vague to the solution.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Markdown text, shown after the expected outcome.
    pub after: Option<String>,
}

/// The outcome that a step expects.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How it ends.
    pub outcome: ExpectedOutcome,
    /// AWS's error code.
    pub code: Option<String>,
    /// The layer that denies.
    pub layer: Option<crate::policy::Layer>,
    /// Seconds to go on trying on a target other than the sandbox, where changes need time to
    /// take effect.
    #[serde(default)]
    pub within: u32,
}

/// How a step is expected to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExpectedOutcome {
    /// With success.
    Success,
    /// Denied.
    Denied,
    /// With another error of AWS.
    Error,
}

/// One clean-up command.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanUp {
    /// The AWS CLI text. Skipped where it uses a variable that was never captured.
    pub command: String,
}
