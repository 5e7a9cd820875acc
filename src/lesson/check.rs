//! The checker of lessons: everything that can be said without running one.

mod cleanup;
mod commands;
mod samples;
mod study;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::load::{Key, LessonSource, span_of};
use super::schema::{Expect, ExpectedOutcome, Lesson, Step};
use super::source::{Finding, nearest, offset_in_string};
use super::variables::{BUILT_IN, is_name, references};
use crate::awscli::query;

/// How many lines a step's text takes in its pane, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Lines that the text takes.
    pub needed: usize,
    /// Lines that the pane has in the smallest terminal in which lessons are to be read.
    pub given: usize,
}

/// Checks a lesson. `room` measures the text of a step as the screen would draw it.
///
/// The findings stand in the order of their places. An empty list means that the lesson can be
/// run; whether its expectations hold is shown by running it.
#[must_use]
pub fn check(source: &LessonSource, room: &dyn Fn(&Lesson, &Step) -> Room) -> Vec<Finding> {
    let (lesson, mut findings) = source.parse();
    let (Some(mut lesson), Ok(table)) = (lesson, DeTable::parse(&source.text)) else {
        return findings;
    };
    findings.extend(source.read_files(&mut lesson));
    let mut checker = Checker {
        source,
        lesson: &lesson,
        table,
        findings,
    };
    checker.ids();
    checker.texts(room);
    checker.expectations();
    checker.captures();
    checker.references();
    checker.files();
    checker.commands();
    checker.study();
    let mut findings = checker.findings;
    findings.sort_by(|a, b| {
        let own = |finding: &Finding| finding.path != source.path;
        (own(a), &a.path, a.line, a.column).cmp(&(own(b), &b.path, b.line, b.column))
    });
    findings.dedup();
    findings
}

struct Checker<'s> {
    source: &'s LessonSource,
    lesson: &'s Lesson,
    table: Spanned<DeTable<'s>>,
    findings: Vec<Finding>,
}

/// A text of the lesson and where it stands.
struct Text<'s> {
    keys: Vec<Key<'s>>,
    text: &'s str,
}

impl<'s> Checker<'s> {
    /// A finding about a value.
    fn report(&mut self, keys: &[Key<'_>], message: impl Into<String>, advice: impl Into<String>) {
        let span = span_of(&self.table, keys);
        self.findings.push(Finding::new(
            &self.source.path,
            &self.source.text,
            span,
            message,
            advice,
        ));
    }

    /// A finding about a part of a text.
    fn report_in(
        &mut self,
        keys: &[Key<'_>],
        part: Range<usize>,
        message: impl Into<String>,
        advice: impl Into<String>,
    ) {
        let whole = span_of(&self.table, keys);
        let raw = self.source.text.get(whole.clone()).unwrap_or_default();
        let start = whole.start + offset_in_string(raw, part.start);
        let end = whole.start + offset_in_string(raw, part.end);
        self.findings.push(Finding::new(
            &self.source.path,
            &self.source.text,
            start..end.max(start),
            message,
            advice,
        ));
    }

    fn ids(&mut self) {
        let lesson = self.lesson;
        if !is_id(&lesson.id) {
            self.report(
                &[Key::Name("id")],
                format!("`{}` is no id of a lesson", lesson.id),
                "use lower-case letters, digits and hyphens, beginning with a letter",
            );
        }
        if lesson.steps.is_empty() {
            self.report(
                &[Key::Name("steps")],
                "the lesson has no steps",
                "add a `[[steps]]` table",
            );
        }
        let mut seen = BTreeMap::new();
        for (at, step) in lesson.steps.iter().enumerate() {
            let keys = [Key::Name("steps"), Key::At(at), Key::Name("id")];
            if !is_id(&step.id) {
                self.report(
                    &keys,
                    format!("`{}` is no id of a step", step.id),
                    "use lower-case letters, digits and hyphens, beginning with a letter",
                );
            }
            if let Some(first) = seen.insert(step.id.as_str(), at) {
                self.report(
                    &keys,
                    format!(
                        "step {} has the id `{}` of step {}",
                        at + 1,
                        step.id,
                        first + 1
                    ),
                    "give it an id of its own: progress is kept under it",
                );
            }
        }
    }

    fn texts(&mut self, room: &dyn Fn(&Lesson, &Step) -> Room) {
        let lesson = self.lesson;
        for (name, text) in [("title", &lesson.title), ("summary", &lesson.summary)] {
            if text.trim().is_empty() {
                self.report(
                    &[Key::Name(name)],
                    format!("the lesson's {name} is empty"),
                    "the catalogue shows it: write one",
                );
            }
        }
        for (at, step) in lesson.steps.iter().enumerate() {
            for (name, text) in [("title", &step.title), ("body", &step.body)] {
                if text.trim().is_empty() {
                    self.report(
                        &[Key::Name("steps"), Key::At(at), Key::Name(name)],
                        format!("the step's {name} is empty"),
                        "the screen shows it: write one",
                    );
                }
            }
            let Room { needed, given } = room(lesson, step);
            if needed > given {
                self.report(
                    &[Key::Name("steps"), Key::At(at), Key::Name("body")],
                    format!(
                        "the body takes {needed} lines, and its pane has {given} in a terminal of \
                         80x24"
                    ),
                    "shorten it, or make two steps of it",
                );
            }
        }
    }

    fn expectations(&mut self) {
        let lesson = self.lesson;
        for (at, step) in lesson.steps.iter().enumerate() {
            let keys = |name| [Key::Name("steps"), Key::At(at), Key::Name(name)];
            match (&step.command, &step.expect) {
                (Some(_), None) => self.report(
                    &keys("command"),
                    "the step has a command and no expectation",
                    "add `expect = { outcome = \"success\" }`, or the error that is to come",
                ),
                (None, Some(_)) => self.report(
                    &keys("expect"),
                    "the step has an expectation and no command",
                    "add the command, or take the expectation out",
                ),
                (Some(_), Some(expect)) => self.expectation(&keys("expect"), expect),
                (None, None) => {}
            }
            if step.command.is_some() && !step.remove_profiles.is_empty() {
                self.report(
                    &keys("remove_profiles"),
                    "the step has a command and removes profiles, too",
                    "make two steps of it, so that the learner sees one thing happen at a time",
                );
            }
        }
    }

    fn expectation(&mut self, keys: &[Key<'_>], expect: &Expect) {
        match expect.outcome {
            ExpectedOutcome::Denied => {
                if expect.code.is_none() {
                    self.report(
                        keys,
                        "a denial is expected without its code",
                        "add AWS's code, such as `code = \"AccessDenied\"`",
                    );
                }
                if expect.layer.is_none() {
                    self.report(
                        keys,
                        "a denial is expected without the layer that decides it",
                        "add `layer`: identity, trust, resource, boundary, session, \
                         service_control or resource_control",
                    );
                }
            }
            ExpectedOutcome::Error => {
                if expect.code.is_none() {
                    self.report(
                        keys,
                        "an error is expected without its code",
                        "add AWS's code, such as `code = \"DeleteConflict\"`",
                    );
                }
            }
            ExpectedOutcome::Success => {
                if expect.code.is_some() {
                    self.report(
                        keys,
                        "success is expected with an error code",
                        "take `code` out, or expect `denied` or `error`",
                    );
                }
            }
        }
        if expect.outcome != ExpectedOutcome::Denied && expect.layer.is_some() {
            self.report(
                keys,
                "a layer is given, and no denial is expected",
                "take `layer` out, or expect `denied`",
            );
        }
    }

    fn captures(&mut self) {
        let lesson = self.lesson;
        for (at, step) in lesson.steps.iter().enumerate() {
            for (name, expression) in &step.capture {
                let keys = [
                    Key::Name("steps"),
                    Key::At(at),
                    Key::Name("capture"),
                    Key::Name(name),
                ];
                if !is_name(name) {
                    self.report(
                        &keys,
                        format!("`{name}` is no name of a variable"),
                        "use lower-case letters, digits and `_`, beginning with a letter",
                    );
                }
                if let Some((_, what)) = BUILT_IN.iter().find(|(known, _)| known == name) {
                    self.report(
                        &keys,
                        format!("`{name}` is a variable of rolecall's own: {what}"),
                        "capture under another name",
                    );
                }
                if step.command.is_none() {
                    self.report(
                        &keys,
                        "the step captures, and has no command to answer",
                        "add the command, or take the capture out",
                    );
                }
                if let Err(error) = query::compile(expression) {
                    let from = expression
                        .char_indices()
                        .nth(error.at())
                        .map_or(expression.len(), |(at, _)| at);
                    self.report_in(
                        &keys,
                        from..from + 1,
                        format!("`{expression}` is not JMESPath: {}", error.reason()),
                        "mend the expression; the AWS CLI's `--query` takes the same language",
                    );
                }
            }
        }
    }

    /// Every text in which variables are filled in, with the step it belongs to; the clean-up
    /// belongs to the end.
    fn filled_texts(&self) -> Vec<(usize, Text<'s>)> {
        let lesson = self.lesson;
        let mut texts = Vec::new();
        for (at, step) in lesson.steps.iter().enumerate() {
            let mut add = |keys: &[Key<'s>], text: &'s str| {
                let mut all = vec![Key::Name("steps"), Key::At(at)];
                all.extend(keys);
                texts.push((at, Text { keys: all, text }));
            };
            add(&[Key::Name("body")], &step.body);
            for (name, text) in [
                ("command", &step.command),
                ("after", &step.after),
                ("notes", &step.notes),
            ] {
                if let Some(text) = text {
                    add(&[Key::Name(name)], text);
                }
            }
            if let Some(solution) = &step.solution {
                if let Some(command) = &solution.command {
                    add(&[Key::Name("solution"), Key::Name("command")], command);
                }
                for (name, text) in &solution.files {
                    let keys = [Key::Name("solution"), Key::Name("files"), Key::Name(name)];
                    add(&keys, text);
                }
            }
            if let Some(check) = &step.check {
                add(&[Key::Name("check"), Key::Name("command")], &check.command);
            }
            for (n, hint) in step.hints.iter().enumerate() {
                add(&[Key::Name("hints"), Key::At(n)], hint);
            }
        }
        for (at, item) in lesson.cleanup.iter().enumerate() {
            if let Some(command) = &item.command {
                let keys = vec![Key::Name("cleanup"), Key::At(at), Key::Name("command")];
                texts.push((
                    lesson.steps.len(),
                    Text {
                        keys,
                        text: command,
                    },
                ));
            }
        }
        texts
    }

    fn references(&mut self) {
        let lesson = self.lesson;
        // Where each variable is captured first.
        let mut captured: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, step) in lesson.steps.iter().enumerate() {
            for name in step.capture.keys() {
                captured.entry(name).or_insert(at);
            }
        }
        let built_in = BUILT_IN.map(|(name, _)| name);
        let known: Vec<&str> = captured.keys().copied().chain(built_in).collect();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        let unknown = |name: &str| {
            (
                format!("`${{{name}}}` is not captured by any step"),
                match nearest(name, known.iter().copied()) {
                    Some(meant) => format!("did you mean `${{{meant}}}`?"),
                    None => format!("capture it, or write `$${{{name}}}` for the text itself"),
                },
            )
        };
        for (step, text) in self.filled_texts() {
            // What is said or looked at afterwards knows what the step itself captured.
            let is_after = text
                .keys
                .iter()
                .any(|key| matches!(key, Key::Name("after" | "check")));
            for reference in references(text.text).iter().filter(|r| !r.escaped) {
                used.insert(reference.name);
                if built_in.contains(&reference.name) {
                    continue;
                }
                let (message, advice) = match captured.get(reference.name) {
                    Some(at) if *at < step || (*at == step && is_after) => continue,
                    Some(at) => (
                        format!(
                            "`${{{}}}` has no value here: step {} captures it",
                            reference.name,
                            at + 1
                        ),
                        "use it after that step, or capture it earlier".to_owned(),
                    ),
                    None => unknown(reference.name),
                };
                self.report_in(&text.keys, reference.span.clone(), message, advice);
            }
        }
        for name in &lesson.files {
            let Some(text) = lesson.file_text(name) else {
                continue;
            };
            for reference in references(text).iter().filter(|r| !r.escaped) {
                used.insert(reference.name);
                if !known.contains(&reference.name) {
                    let (message, advice) = unknown(reference.name);
                    self.findings.push(Finding::new(
                        &self.source.file_path(lesson, name),
                        text,
                        reference.span.clone(),
                        message,
                        advice,
                    ));
                }
            }
        }
        for (name, at) in captured {
            if !used.contains(name) {
                self.report(
                    &[
                        Key::Name("steps"),
                        Key::At(at),
                        Key::Name("capture"),
                        Key::Name(name),
                    ],
                    format!("`${{{name}}}` is captured and never used"),
                    "use it, or take the capture out",
                );
            }
        }
    }

    fn files(&mut self) {
        let lesson = self.lesson;
        let known = || lesson.files.iter().map(String::as_str);
        for (at, step) in lesson.steps.iter().enumerate() {
            let edit = step.edit.iter().map(|name| (name, vec![Key::Name("edit")]));
            let shown = step
                .files
                .iter()
                .enumerate()
                .map(|(n, name)| (name, vec![Key::Name("files"), Key::At(n)]));
            for (name, place) in edit.chain(shown) {
                if known().any(|file| file == name) {
                    continue;
                }
                let mut keys = vec![Key::Name("steps"), Key::At(at)];
                keys.extend(place);
                let advice = match nearest(name, known()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "add it to the lesson's `files`".to_owned(),
                };
                self.report(
                    &keys,
                    format!("`{name}` is not among the lesson's files"),
                    advice,
                );
            }
            if let Some(name) = &step.edit
                && lesson.contents.contains_key(name)
                && lesson.file_text(name).is_none()
            {
                self.report(
                    &[Key::Name("steps"), Key::At(at), Key::Name("edit")],
                    format!("`{name}` is not text in UTF-8"),
                    "the learner edits text: give another file",
                );
            }
        }
    }
}

fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
