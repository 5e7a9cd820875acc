//! The TOML form of a lesson, format version 1.
//!
//! The structs are the format: their fields are the keys that authors write, and unknown keys are
//! refused. README.md ("Writing a lesson") explains it for authors.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The version of the format that this program reads.
pub const FORMAT_VERSION: u32 = 1;

/// A lesson as its author wrote it, with the contents of its files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Version of the format; this is [`FORMAT_VERSION`].
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
    /// The folder of the lesson's files, relative to the folder of the TOML file. Where it is not
    /// given, a folder beside the TOML file with its name less `.toml`.
    pub assets: Option<String>,
    /// Names of the files in that folder that the lesson uses.
    #[serde(default)]
    pub files: Vec<String>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// What removes everything, whatever state the lesson was left in.
    #[serde(default)]
    pub cleanup: Vec<CleanUp>,
    /// The contents of `files` by name, as in the folder: variables are not filled in.
    #[serde(skip)]
    pub contents: BTreeMap<String, Vec<u8>>,
}

impl Lesson {
    /// The text of one of the lesson's files, variables not filled in; `None` where the lesson
    /// has no such file or it is not text.
    #[must_use]
    pub fn file_text(&self, name: &str) -> Option<&str> {
        self.contents
            .get(name)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The step of that id, with its position from 0.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<(usize, &Step)> {
        self.steps
            .iter()
            .enumerate()
            .find(|(_, step)| step.id == id)
    }
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
    /// Local profiles that the step removes, for which the AWS CLI has no command.
    #[serde(default)]
    pub remove_profiles: Vec<String>,
    /// The file of the lesson that the learner edits before running.
    pub edit: Option<String>,
    /// Files that the step shows.
    #[serde(default)]
    pub files: Vec<String>,
    /// Variable name to JMESPath expression over the answer of the step's last command that
    /// printed one.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    /// What must come of the last command. The commands before it must succeed.
    pub expect: Option<Expect>,
    /// Nudges, from vague to telling; the solution is beside them.
    #[serde(default)]
    pub hints: Vec<String>,
    /// What solves the step, where its command or document is the learner's to find.
    pub solution: Option<Solution>,
    /// Whether the learner is asked first what will happen. By default so where a denial is
    /// expected.
    pub predict: Option<bool>,
    /// What must be so in the world afterwards, whoever made it so.
    pub check: Option<WorldCheck>,
    /// Markdown text, shown after the expected outcome.
    pub after: Option<String>,
    /// Markdown text for whoever shows the step to a class: `rolecall notes` has it, no one else.
    pub notes: Option<String>,
}

/// What solves a step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solution {
    /// The AWS CLI text, where the step's own is not it.
    pub command: Option<String>,
    /// Files of the lesson as they should be, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

/// A look at the world after a step, as the administrator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldCheck {
    /// One AWS CLI command that changes nothing.
    pub command: String,
    /// A JMESPath expression over its answer, which must come out true: not null, false or empty.
    pub query: String,
    /// What is so then, in words: `the user may assume the role`.
    pub says: String,
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

/// One thing that the clean-up does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanUp {
    /// The AWS CLI text. Skipped where it uses a variable that was never captured.
    pub command: Option<String>,
    /// Local profiles to remove.
    #[serde(default)]
    pub remove_profiles: Vec<String>,
}
