//! What a lesson's commands say: that they parse, use the lesson's files and profiles, carry
//! documents that parse, and are undone by the clean-up.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use super::super::commands::{commands, document_kind};
use super::super::load::Key;
use super::super::schema::Lesson;
use super::super::source::{Finding, nearest};
use super::Checker;
use super::cleanup::{Thing, Undoing};
use super::samples::Sample;
use crate::awscli::{self, Action, Command, Configure, S3, Target};
use crate::policy::{Document, DocumentKind};
use crate::template;

/// The files of a lesson with samples for variables, and which of them were read.
struct SampleFiles<'l> {
    lesson: &'l Lesson,
    read: RefCell<BTreeSet<String>>,
}

impl awscli::Files for SampleFiles<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let name = path.strip_prefix("./").unwrap_or(path);
        let contents = self
            .lesson
            .contents
            .get(name)
            .ok_or(io::ErrorKind::NotFound)?;
        self.read.borrow_mut().insert(name.to_owned());
        Ok(match std::str::from_utf8(contents) {
            Ok(text) => Sample::of(text).text.into_bytes(),
            Err(_) => contents.clone(),
        })
    }
}

/// A command that parses, and where it stands in its text.
struct Parsed {
    part: Range<usize>,
    command: Command,
}

impl Checker<'_> {
    pub(super) fn commands(&mut self) {
        let lesson = self.lesson;
        let files = SampleFiles {
            lesson,
            read: RefCell::default(),
        };
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut profiles: BTreeSet<String> = BTreeSet::new();
        let mut configured: Vec<(String, Vec<Key<'_>>, Range<usize>)> = Vec::new();
        let mut created: Vec<(Thing, Vec<Key<'_>>, Range<usize>)> = Vec::new();
        for (at, step) in lesson.steps.iter().enumerate() {
            let keys = vec![Key::Name("steps"), Key::At(at), Key::Name("command")];
            files.read.borrow_mut().clear();
            let parsed = match &step.command {
                Some(text) => self.script(&keys, text, &files),
                None => Vec::new(),
            };
            let parsed_here = parsed.len();
            for Parsed { part, command } in parsed {
                if let Some(name) = configures(&command) {
                    profiles.insert(name.clone());
                    if !configured.iter().any(|(known, _, _)| *known == name) {
                        configured.push((name, keys.clone(), part.clone()));
                    }
                } else {
                    self.profile(&keys, &part, &command, &profiles);
                }
                if let Some(thing) = Thing::created_by(&command) {
                    created.push((thing, keys.clone(), part.clone()));
                }
                self.documents(&keys, &part, &command);
            }
            let read = files.read.borrow().clone();
            let written = step
                .command
                .as_deref()
                .map_or(0, |text| commands(text).len());
            if let Some(edit) = &step.edit
                && parsed_here == written
                && !read.contains(edit)
                && lesson.files.contains(edit)
            {
                self.report(
                    &[Key::Name("steps"), Key::At(at), Key::Name("edit")],
                    format!("the learner edits `{edit}`, and the step's command does not use it"),
                    format!("let the command name `file://{edit}`, or take `edit` out"),
                );
            }
            used.extend(read);
            used.extend(step.edit.iter().chain(&step.files).cloned());
            for name in &step.remove_profiles {
                if !profiles.remove(name) {
                    let keys = [
                        Key::Name("steps"),
                        Key::At(at),
                        Key::Name("remove_profiles"),
                    ];
                    self.report(
                        &keys,
                        format!("no step before this one sets up the profile `{name}`"),
                        match nearest(name, profiles.iter().map(String::as_str)) {
                            Some(meant) => format!("did you mean `{meant}`?"),
                            None => "name a profile that `aws configure set` wrote".to_owned(),
                        },
                    );
                }
            }
        }
        files.read.borrow_mut().clear();
        let undoing = self.cleanup(&files);
        used.extend(files.read.borrow().iter().cloned());
        for (at, name) in lesson.files.iter().enumerate() {
            if lesson.contents.contains_key(name) && !used.contains(name) {
                self.report(
                    &[Key::Name("files"), Key::At(at)],
                    format!("no step uses `{name}`"),
                    "let a command name it or a step show it, or take it out",
                );
            }
        }
        self.undone(created, &undoing);
        for (name, keys, part) in configured {
            let removed = lesson
                .cleanup
                .iter()
                .any(|item| item.remove_profiles.contains(&name));
            if !removed {
                self.report_in(
                    &keys,
                    part,
                    format!("the clean-up does not remove the profile `{name}`"),
                    format!("add a `[[cleanup]]` table with `remove_profiles = [\"{name}\"]`"),
                );
            }
        }
    }

    /// The clean-up: what it undoes.
    fn cleanup(&mut self, files: &SampleFiles<'_>) -> Vec<Undoing> {
        let lesson = self.lesson;
        let mut undoing = Vec::new();
        for (at, item) in lesson.cleanup.iter().enumerate() {
            let Some(text) = &item.command else {
                if item.remove_profiles.is_empty() {
                    self.report(
                        &[Key::Name("cleanup"), Key::At(at)],
                        "this clean-up does nothing",
                        "add `command` or `remove_profiles`, or take the table out",
                    );
                }
                continue;
            };
            let keys = [Key::Name("cleanup"), Key::At(at), Key::Name("command")];
            for Parsed { part, command } in self.script(&keys, text, files) {
                if command.globals.profile.is_some() {
                    self.report_in(
                        &keys,
                        part,
                        "the clean-up uses a profile of the lesson",
                        "take `--profile` out: the clean-up is done as administrator, and must \
                         work whatever state the lesson was left in",
                    );
                }
                undoing.extend(Undoing::by(&command));
            }
        }
        undoing
    }

    fn undone(&mut self, created: Vec<(Thing, Vec<Key<'_>>, Range<usize>)>, undoing: &[Undoing]) {
        if let Some((thing, _, _)) = created.first()
            && self.lesson.creates.is_empty()
        {
            self.report(
                &[Key::Name("creates")],
                format!("`creates` is missing, and the lesson makes {thing}"),
                "list every resource in words: it is shown before a real account is touched",
            );
        }
        for (thing, keys, part) in created {
            if !undoing.iter().any(|undoing| undoing.undoes(&thing)) {
                self.report_in(
                    &keys,
                    part,
                    format!("the clean-up does not remove {thing}"),
                    format!("add a `[[cleanup]]` table whose command {}", thing.remedy()),
                );
            }
        }
    }

    /// Parses a text of commands.
    /// The first command of a text that no step runs as it stands, with what is wrong with any.
    pub(super) fn parsed(&mut self, keys: &[Key<'_>], text: &str) -> Option<Command> {
        let files = SampleFiles {
            lesson: self.lesson,
            read: RefCell::default(),
        };
        let parsed = self.script(keys, text, &files).into_iter().next()?;
        Some(parsed.command)
    }

    fn script(&mut self, keys: &[Key<'_>], text: &str, files: &SampleFiles<'_>) -> Vec<Parsed> {
        let parts = commands(text);
        if parts.is_empty() {
            self.report(
                keys,
                "there is no command here",
                "write one, or take the field out",
            );
        }
        let mut parsed = Vec::new();
        for part in parts {
            let sample = Sample::of(text.get(part.clone()).unwrap_or_default());
            match awscli::parse(&sample.text, files) {
                Ok(command) => {
                    if command.globals.endpoint_url.is_some() {
                        self.report_in(
                            keys,
                            part.clone(),
                            "the command chooses its own endpoint",
                            "take `--endpoint-url` out: the learner chooses what a lesson runs on",
                        );
                    }
                    self.local_files(keys, &part, &command, files);
                    parsed.push(Parsed { part, command });
                }
                Err(error) => {
                    let place = sample.in_source(error.span);
                    let message: Vec<&str> = error.message.split_whitespace().collect();
                    self.report_in(
                        keys,
                        part.start + place.start..part.start + place.end,
                        message.join(" "),
                        error.hint.unwrap_or_else(|| {
                            "mend the command: this is what the AWS CLI says of it".to_owned()
                        }),
                    );
                }
            }
        }
        parsed
    }

    /// The local side of `aws s3 cp` and the like.
    fn local_files(
        &mut self,
        keys: &[Key<'_>],
        part: &Range<usize>,
        command: &Command,
        files: &SampleFiles<'_>,
    ) {
        let Action::S3(S3::Cp(transfer) | S3::Mv(transfer) | S3::Sync(transfer)) = &command.action
        else {
            return;
        };
        if let Target::Local(path) = &transfer.source
            && awscli::Files::read(files, path).is_err()
        {
            self.report_in(
                keys,
                part.clone(),
                format!("`{path}` is not among the lesson's files"),
                "add it to the lesson's `files`",
            );
        }
        if let Target::Local(path) = &transfer.target {
            self.report_in(
                keys,
                part.clone(),
                format!("the command writes `{path}` on the learner's disk"),
                "print it instead, with `-` as the target",
            );
        }
    }

    fn profile(
        &mut self,
        keys: &[Key<'_>],
        part: &Range<usize>,
        command: &Command,
        profiles: &BTreeSet<String>,
    ) {
        let Some(name) = &command.globals.profile else {
            return;
        };
        if !profiles.contains(name) {
            let advice = match nearest(name, profiles.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "set it up with `aws configure set` in a step before".to_owned(),
            };
            self.report_in(
                keys,
                part.clone(),
                format!("no step before this one sets up the profile `{name}`"),
                advice,
            );
        }
    }

    /// The policy documents and templates that a command carries.
    fn documents(&mut self, keys: &[Key<'_>], part: &Range<usize>, command: &Command) {
        match &command.action {
            Action::Deploy(deploy) => self.template(keys, part, &deploy.template),
            Action::Call(call) => {
                for (member, value) in &call.input {
                    let Some(text) = value.as_str() else { continue };
                    if member == "TemplateBody" {
                        self.template(keys, part, text);
                    } else if let Some(kind) = document_kind(&call.operation.name, member) {
                        self.policy(keys, part, text, kind);
                    }
                }
            }
            _ => {}
        }
    }

    fn policy(&mut self, keys: &[Key<'_>], part: &Range<usize>, text: &str, kind: DocumentKind) {
        if let Err(refusal) = Document::accept(text, kind) {
            let finding = refusal.finding;
            self.document(
                keys,
                part,
                text,
                Some((finding.position.line, finding.position.column)),
                &format!("{} (at `{}`)", finding.message, finding.path),
                "mend the policy document: AWS or the sandbox refuses it",
            );
        }
    }

    fn template(&mut self, keys: &[Key<'_>], part: &Range<usize>, text: &str) {
        for finding in template::check(text) {
            let place = finding.at.map(|at| (at.line, at.column));
            self.document(
                keys,
                part,
                text,
                place,
                &finding.message,
                "mend the template: this is what CloudFormation or the sandbox says of it",
            );
        }
    }

    /// A finding in a document: in the file that it came from, or at the command that has it.
    fn document(
        &mut self,
        keys: &[Key<'_>],
        part: &Range<usize>,
        text: &str,
        place: Option<(usize, usize)>,
        message: &str,
        advice: &str,
    ) {
        let lesson = self.lesson;
        let file = lesson.files.iter().find_map(|name| {
            let source = lesson.file_text(name)?;
            let sample = Sample::of(source);
            (sample.text == text).then_some((name, source, sample))
        });
        match file {
            Some((name, source, sample)) => {
                let (line, column) = place.unwrap_or((1, 1));
                self.findings.push(Finding::new(
                    &self.source.file_path(lesson, name),
                    source,
                    sample.line_in_source(line, column),
                    message,
                    advice,
                ));
            }
            None => {
                let where_in = place.map_or(String::new(), |(line, column)| {
                    format!(" (line {line}, column {column} of the document)")
                });
                self.report_in(keys, part.clone(), format!("{message}{where_in}"), advice);
            }
        }
    }
}

/// The profile that a command writes a setting of.
fn configures(command: &Command) -> Option<String> {
    let Action::Configure(Configure::Set { name, .. }) = &command.action else {
        return None;
    };
    let mut parts = name.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("profile"), Some(profile), Some(_)) => Some(profile.to_owned()),
        _ => command.globals.profile.clone(),
    }
}
