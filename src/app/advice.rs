//! What helps where a step went wrong in a way that is known. AWS says less: what is told here is
//! the program's own word, beside AWS's.

use super::lab::Lab;
use super::msg::Report;
use crate::awscli::{self, Action};
use crate::lesson::{LessonFiles, Step, commands, document_kind};
use crate::policy::Document;

/// What helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// A stack is being worked on: wait.
    Wait {
        /// The state that it is in.
        state: String,
    },
    /// The command signs as a profile that an earlier step makes: run that one.
    Before {
        /// The profile.
        profile: String,
        /// The step, in words.
        step: String,
    },
    /// A policy document is refused: mend it.
    Mend {
        /// The lesson's file that it came from.
        file: Option<String>,
        /// Where in it, and what is wrong.
        fault: String,
    },
}

impl Advice {
    /// In a sentence or two, without keys.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Wait { state } => format!(
                "The stack is in {state}, and CloudFormation takes no change of a stack that is being \
                 worked on. That goes on by itself, whoever began it: wait some seconds, and run \
                 this again."
            ),
            Self::Before { profile, step } => {
                format!("The profile {profile} is made in {step}: run that one first.")
            }
            Self::Mend { file, fault } => {
                let file = file.as_deref().unwrap_or("the document");
                format!("What is wrong with {file}, which AWS does not tell: {fault}")
            }
        }
    }
}

/// What helps after a command of a lab ended so.
pub(super) fn advice(lab: &Lab, report: &Report) -> Option<Advice> {
    let outcome = &report.outcome;
    if let Some(advice) = without_profile(lab, outcome.message.as_deref()?) {
        return Some(advice);
    }
    match outcome.code.as_deref()? {
        "ValidationError" => in_progress(outcome.message.as_deref()?),
        "MalformedPolicyDocument" | "MalformedPolicy" => refused(lab),
        _ => None,
    }
}

/// A step in words that tell where it is.
pub(super) fn step_words(lab: &Lab, is_it: impl Fn(&Step) -> bool) -> Option<String> {
    let at = lab.lesson.steps.iter().position(is_it)?;
    let title = &lab.lesson.steps.get(at)?.title;
    Some(format!("step {}, \"{title}\"", at + 1))
}

/// A profile that is not there, as the AWS CLI words it.
fn without_profile(lab: &Lab, message: &str) -> Option<Advice> {
    let (_, rest) = message.split_once("The config profile (")?;
    let (profile, _) = rest.split_once(") could not be found")?;
    let option = format!("--profile {profile}");
    let makes = |step: &Step| {
        let text = step.command.as_deref().unwrap_or_default();
        text.lines()
            .any(|line| line.contains(" configure ") && line.trim_end().ends_with(&option))
    };
    Some(Advice::Before {
        profile: profile.to_owned(),
        step: step_words(lab, makes)?,
    })
}

/// A stack in the middle of something, as CloudFormation words it.
fn in_progress(message: &str) -> Option<Advice> {
    let (_, rest) = message.strip_prefix("Stack:")?.split_once(" is in ")?;
    let (state, _) = rest.split_once(" state ")?;
    state.ends_with("_IN_PROGRESS").then(|| Advice::Wait {
        state: state.to_owned(),
    })
}

/// The first policy document of the step's commands that is none.
fn refused(lab: &Lab) -> Option<Advice> {
    let variables = &lab.progress.variables;
    let files = LessonFiles {
        lesson: &lab.lesson,
        edits: &lab.progress.edits,
        variables,
    };
    let text = lab.command()?;
    for command in commands(text).into_iter().filter_map(|it| text.get(it)) {
        let Ok(filled) = variables.fill_command(command) else {
            continue;
        };
        let Ok(parsed) = awscli::parse(&filled, &files) else {
            continue;
        };
        let Action::Call(call) = &parsed.action else {
            continue;
        };
        for (member, value) in &call.input {
            let Some(document) = value.as_str() else {
                continue;
            };
            let Some(kind) = document_kind(&call.operation.name, member) else {
                continue;
            };
            if let Err(refusal) = Document::accept(document, kind) {
                let file = lab
                    .files()
                    .into_iter()
                    .find(|name| lab.file_text(name).as_deref() == Some(document));
                let finding = refusal.finding;
                return Some(Advice::Mend {
                    file: file.map(str::to_owned),
                    fault: variables.mask(&format!("{}: {}", finding.position, finding.message)),
                });
            }
        }
    }
    None
}
