//! What may help after an outcome that the step does not expect. AWS says less: what is told here is
//! the program's own word, read off the lesson, beside AWS's.

use std::collections::BTreeMap;

use super::lab::{Ended, Lab, profile_of};
use crate::awscli::{self, Action, Outcome, Verdict};
use crate::lesson::{ExpectedOutcome, LessonFiles, Step, commands, document_kind, references};
use crate::policy::{Document, Finding};

/// Codes of requests whose keys are no longer good: STS, IAM and CloudFormation, and S3.
const LOST: [&str; 2] = ["InvalidClientTokenId", "InvalidAccessKeyId"];
const EXPIRED: &str = "ExpiredToken";

/// Codes of IAM, CloudFormation and S3.
const THERE_ALREADY: [&str; 3] = [
    "EntityAlreadyExists",
    "AlreadyExistsException",
    "BucketAlreadyOwnedByYou",
];

/// Steps that are named one by one.
const MOST_NAMED: usize = 4;

impl Lab {
    /// What may help after an outcome that the step shown did not expect, as Markdown. Keys stand
    /// in it by name, `{{run-again}}`. It was said when the attempt ended.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.attempt()?.advice.as_deref()
    }

    /// What may help after an attempt at the step shown that has ended.
    pub(super) fn advise(&self) -> Option<String> {
        let attempt = self.attempts.get(&self.step()?.id)?;
        if !matches!(attempt.ended, Ended::Answered) || attempt.judgement.as_ref()?.ok {
            return None;
        }
        let outcome = &attempt.last()?.outcome;
        self.keys_lost(outcome)
            .or_else(|| stack_busy(outcome))
            .or_else(|| self.policy_refused(outcome))
            .or_else(|| self.there_already(outcome))
            .or_else(|| self.not_yet(outcome))
            .or_else(|| self.left_out())
    }

    /// The keys that were to sign the request are not there, or no longer good.
    fn keys_lost(&self, outcome: &Outcome) -> Option<String> {
        let code = outcome.code.as_deref().unwrap_or_default();
        let message = outcome.message.as_deref().unwrap_or_default();
        let expired = code == EXPIRED;
        // The AWS CLI's words.
        let absent = message.contains("The config profile (");
        if !expired && !absent && !LOST.contains(&code) {
            return None;
        }
        let Some(profile) = self.profile() else {
            let what = "The administrator's credentials are no longer good: renew them where you \
                        got them, then {{run}} runs the step.";
            return Some(what.to_owned());
        };
        let stores = |step: &Step| {
            let text = step.command.as_deref().unwrap_or_default();
            let mut each = commands(text).into_iter().filter_map(|it| text.get(it));
            each.any(|command| {
                command.split_whitespace().any(|word| word == "configure")
                    && profile_of(command) == Some(&profile)
            })
        };
        let before = self.lesson.steps.get(..self.at)?;
        let stored = before.iter().rposition(stores)?;
        let mut steps = self.captured(before.get(stored)?);
        steps.push(stored);
        let lost = match (expired, absent) {
            (true, _) => format!("The session of the profile `{profile}` has ended."),
            (_, true) => format!("There is no profile `{profile}` yet."),
            _ => format!("The keys of the profile `{profile}` are no longer good."),
        };
        let them = if steps.len() == 1 { "it" } else { "them" };
        let run = if absent {
            format!("run {them}")
        } else {
            format!("run {them} again ({{{{run-again}}}})")
        };
        Some(format!(
            "{lost} Keys for it come from {}: go back and {run}, then this step.",
            named(&steps)
        ))
    }

    /// A policy document is refused.
    fn policy_refused(&self, outcome: &Outcome) -> Option<String> {
        if !["MalformedPolicyDocument", "MalformedPolicy"].contains(&outcome.code.as_deref()?) {
            return None;
        }
        let (file, found) = self.refused(&self.progress.edits)?;
        Some(self.progress.variables.mask(&format!(
            "What is wrong with {}, which AWS does not tell: {}: {}",
            file.as_deref().unwrap_or("the document"),
            found.position,
            found.message
        )))
    }

    /// The first policy document of the step's commands that is none, with these edits: the
    /// lesson's file that it comes from, and what is wrong.
    pub(super) fn refused(
        &self,
        edits: &BTreeMap<String, String>,
    ) -> Option<(Option<String>, Finding)> {
        let variables = &self.progress.variables;
        let files = LessonFiles {
            lesson: &self.lesson,
            edits,
            variables,
        };
        let text = self.command()?;
        let each = commands(text).into_iter().filter_map(|it| text.get(it));
        for command in each {
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
                let (Some(document), Some(kind)) =
                    (value.as_str(), document_kind(&call.operation.name, member))
                else {
                    continue;
                };
                if let Err(refusal) = Document::accept(document, kind) {
                    let sent = |name: &&str| files.shown(name).as_deref() == Some(document);
                    let file = self.files().into_iter().find(sent);
                    return Some((file.map(str::to_owned), refusal.finding));
                }
            }
        }
        None
    }

    /// What the step makes exists.
    fn there_already(&self, outcome: &Outcome) -> Option<String> {
        THERE_ALREADY.contains(&outcome.code.as_deref()?).then(|| {
            if self.state().is_done() {
                "It is there since the step was done: {{next}} goes on, {{reset-step}} begins \
                     the step afresh."
            } else {
                "It was left by an earlier try, or made elsewhere: {{reset-lesson}} begins the \
                     lesson afresh, and removes what the lesson makes."
            }
            .to_owned()
        })
    }

    /// The command did what it says, and the world is not as the step wants: that is the learner's to find,
    /// and no earlier step's doing.
    fn not_yet(&self, outcome: &Outcome) -> Option<String> {
        let step = self.step()?;
        let wanted = step.expect.as_ref();
        let wanted = wanted.is_none_or(|expect| expect.outcome == ExpectedOutcome::Success);
        if step.check.is_none() || !wanted || outcome.verdict != Verdict::Success {
            return None;
        }
        let change = match &step.edit {
            Some(file) => format!("change `{file}` ({{{{edit-file}}}})"),
            None => "change the command ({{edit-command}})".to_owned(),
        };
        let hint = if self.hints().len() < step.hints.len() {
            " {{hint}} shows a hint."
        } else {
            ""
        };
        Some(format!(
            "The command was carried out, and this is not all that the step asks for: {change} and run it \
             again.{hint}"
        ))
    }

    /// Steps before this one were passed over.
    fn left_out(&self) -> Option<String> {
        let open = |step: &Step| {
            let runs = step.command.is_some() || !step.remove_profiles.is_empty();
            runs && !self.progress.state(&step.id).is_done()
        };
        let before = self.lesson.steps.get(..self.at)?;
        let steps: Vec<usize> = before
            .iter()
            .enumerate()
            .filter(|(_, step)| open(step))
            .map(|(at, _)| at)
            .collect();
        let (verb, it) = match steps.len() {
            0 => return None,
            1 => ("was", "it"),
            _ => ("were", "them"),
        };
        Some(format!(
            "Before this step, {} {verb} not done: this one may depend on {it}.",
            named(&steps)
        ))
    }

    /// The steps that capture what a step's commands fill in.
    fn captured(&self, step: &Step) -> Vec<usize> {
        let found = references(step.command.as_deref().unwrap_or_default());
        let captures = |step: &Step| {
            let mut names = found.iter().filter(|it| !it.escaped).map(|it| it.name);
            names.any(|name| step.capture.contains_key(name))
        };
        let steps = self.lesson.steps.iter().enumerate();
        steps
            .filter(|(_, step)| captures(step))
            .map(|(at, _)| at)
            .collect()
    }

    /// A step in words that tell where it is.
    pub(super) fn whereabouts(&self, is_it: impl Fn(&Step) -> bool) -> Option<String> {
        let at = self.lesson.steps.iter().position(is_it)?;
        let title = &self.lesson.steps.get(at)?.title;
        Some(format!("step {}, \"{title}\"", at + 1))
    }
}

/// A stack in the middle of something, as CloudFormation words it.
fn stack_busy(outcome: &Outcome) -> Option<String> {
    if outcome.code.as_deref() != Some("ValidationError") {
        return None;
    }
    let (_, rest) = outcome
        .message
        .as_deref()?
        .strip_prefix("Stack:")?
        .split_once(" is in ")?;
    let (state, _) = rest.split_once(" state ")?;
    state.ends_with("_IN_PROGRESS").then(|| {
        format!(
            "The stack is in {state}, and CloudFormation takes no change of a stack that is being \
             worked on. That goes on by itself, whoever began it: wait some seconds, and {{{{run}}}} \
             runs this again."
        )
    })
}

/// Steps, from 0, as people count them: `step 3`, `steps 3, 4 and 7`.
pub(super) fn named(steps: &[usize]) -> String {
    let mut names: Vec<String> = steps
        .iter()
        .take(MOST_NAMED)
        .map(|at| (at + 1).to_string())
        .collect();
    if steps.len() > MOST_NAMED {
        names.push("others".to_owned());
    }
    match names.split_last() {
        Some((last, [])) => format!("step {last}"),
        Some((last, rest)) => format!("steps {} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
