//! What a lesson says for studying: predictions, solutions, and looks at the world.

use super::super::commands::commands;
use super::super::load::Key;
use super::super::schema::{ExpectedOutcome, Solution, Step, WorldCheck};
use super::super::source::nearest;
use super::Checker;
use super::samples::Sample;
use crate::awscli::{self, Action};
use crate::model::Kind;
use crate::policy::{Document, DocumentKind};

impl Checker<'_> {
    /// Checks `predict`, `solution` and `check` of every step.
    pub(super) fn study(&mut self) {
        let lesson = self.lesson;
        for (at, step) in lesson.steps.iter().enumerate() {
            self.predict(at, step);
            if let Some(solution) = &step.solution {
                self.solution(at, step, solution);
            }
            if let Some(check) = &step.check {
                self.world_check(at, step, check);
            }
        }
    }

    fn predict(&mut self, at: usize, step: &Step) {
        if step.predict != Some(true) {
            return;
        }
        let keys = [Key::Name("steps"), Key::At(at), Key::Name("predict")];
        if step.command.is_none() {
            self.report(
                &keys,
                "the step asks for a prediction and runs nothing",
                "add the command, or take `predict` out",
            );
        } else if step
            .expect
            .as_ref()
            .is_some_and(|expect| expect.outcome == ExpectedOutcome::Error)
        {
            self.report(
                &keys,
                "the step asks whether it is allowed, and expects an error of another kind",
                "predictions are of permission: take `predict` out",
            );
        }
    }

    fn solution(&mut self, at: usize, step: &Step, solution: &Solution) {
        let step_keys = [Key::Name("steps"), Key::At(at), Key::Name("solution")];
        if solution.command.is_none() && solution.files.is_empty() {
            self.report(
                &step_keys,
                "the solution is empty",
                "give its `command`, or its `files`, or take it out",
            );
        }
        if step.command.is_none() {
            self.report(
                &step_keys,
                "the step has a solution and nothing to solve",
                "add the command that the learner starts from, or take the solution out",
            );
        }
        if let Some(command) = &solution.command {
            let keys = [
                Key::Name("steps"),
                Key::At(at),
                Key::Name("solution"),
                Key::Name("command"),
            ];
            let _ = self.parsed(&keys, command);
        }
        let known = || self.lesson.files.iter().map(String::as_str);
        let mut wrong = Vec::new();
        for (name, text) in &solution.files {
            let advice = match nearest(name, known()) {
                _ if known().any(|file| file == name) => None,
                Some(meant) => Some(format!("did you mean `{meant}`?")),
                None => Some("add it to the lesson's `files`".to_owned()),
            };
            if let Some(advice) = advice {
                wrong.push((
                    name,
                    format!("`{name}` is not among the lesson's files"),
                    advice,
                ));
                continue;
            }
            let sample = Sample::of(text).text;
            if name.ends_with(".json")
                && let Err(error) = serde_json::from_str::<serde_json::Value>(&sample)
            {
                let message = format!("the solution of `{name}` is not JSON: {error}");
                wrong.push((name, message, "mend the text".to_owned()));
            } else if name.ends_with(".json") && sample.contains("\"Statement\"") {
                // Which kind of policy it is depends on the command; a document that fits none is
                // wrong for any.
                let kinds = [
                    DocumentKind::Identity,
                    DocumentKind::Trust,
                    DocumentKind::Bucket,
                    DocumentKind::Session,
                ];
                let refusals: Vec<_> = kinds
                    .into_iter()
                    .map(|kind| Document::parse(&sample, kind))
                    .collect();
                if let [Err(refusal), ..] = refusals.as_slice()
                    && refusals.iter().all(Result::is_err)
                {
                    let message = format!("the solution of `{name}` is no policy: {refusal}");
                    wrong.push((name, message, "mend the policy".to_owned()));
                }
            }
        }
        for (name, message, advice) in wrong {
            let keys = [
                Key::Name("steps"),
                Key::At(at),
                Key::Name("solution"),
                Key::Name("files"),
                Key::Name(name),
            ];
            self.report(&keys, message, advice);
        }
    }

    fn world_check(&mut self, at: usize, step: &Step, check: &WorldCheck) {
        let place = |name| {
            [
                Key::Name("steps"),
                Key::At(at),
                Key::Name("check"),
                Key::Name(name),
            ]
        };
        if step.command.is_none() {
            self.report(
                &place("command"),
                "the step is checked and has no command",
                "add the command that makes the check come true",
            );
        }
        if !step.capture.is_empty() {
            self.report(
                &place("command"),
                "the step captures from its command's answer, and counts when it was done elsewhere, \
                 too: then there is no answer",
                "capture in a step after it, from a call that reads",
            );
        }
        if step
            .expect
            .as_ref()
            .is_some_and(|expect| expect.outcome != ExpectedOutcome::Success)
        {
            self.report(
                &place("command"),
                "the step is to fail, and is done when the world is as it should be",
                "check a step that expects success, or take `check` out",
            );
        }
        if check.says.trim().is_empty() {
            self.report(
                &place("says"),
                "the check does not say what it looks at",
                "say what is so when it comes true: the screen shows it",
            );
        }
        if commands(&check.command).len() != 1 {
            self.report(
                &place("command"),
                "a check is one command",
                "give one command whose answer the query reads",
            );
            return;
        }
        if let Some(command) = self.parsed(&place("command"), &check.command) {
            let reads = match &command.action {
                Action::Call(call) => {
                    let name = &call.operation.name;
                    let verb = ["Get", "List", "Describe", "Head", "Simulate"];
                    let output = call.service.model().output(call.operation);
                    verb.iter().any(|verb| name.starts_with(verb))
                        && output.is_some_and(|output| output.kind == Kind::Structure)
                }
                _ => false,
            };
            if !reads {
                self.report(
                    &place("command"),
                    "a check only looks: this command is no call that reads",
                    "use one of `get-…`, `list-…`, `describe-…`, `head-…` or `simulate-…`",
                );
            }
            if command.globals.profile.is_some() {
                self.report(
                    &place("command"),
                    "a check is made as the administrator, and this one names a profile",
                    "take `--profile` out",
                );
            }
            if command.globals.query.is_some() || command.globals.output.is_some() {
                self.report(
                    &place("command"),
                    "a check reads the whole answer",
                    "take `--query` and `--output` out; `query` stands beside the command",
                );
            }
        }
        if let Err(error) = awscli::query::compile(&check.query) {
            self.report(
                &place("query"),
                format!("`{}` is not JMESPath: {}", check.query, error.reason()),
                "mend the expression; the AWS CLI's `--query` takes the same language",
            );
        }
    }
}
