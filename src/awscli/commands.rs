//! From words to a command: the `aws` in front, the global options, and whose command it is.

use std::ops::Range;

use super::args::{self, Arg, Count};
use super::error::{ErrorKind, ParseError};
use super::shell::{self, Word};
use super::{Action, Command, Files, configure, deploy, globals, operation, s3};
use crate::model::Service;

/// The commands that rolecall knows.
pub(crate) const COMMANDS: [&str; 7] = [
    "sts",
    "iam",
    "cloudformation",
    "s3",
    "s3api",
    "configure",
    "help",
];

/// Splits a text into its commands, at least one.
pub(crate) fn split(text: &str) -> Result<Vec<Vec<Word>>, ParseError> {
    let scan = shell::scan(text);
    if let Some(refusal) = scan.refusal {
        let error = ParseError::new(ErrorKind::Shell, refusal.message, refusal.span);
        return Err(error.hinted(Some(refusal.hint)));
    }
    if scan.commands.is_empty() {
        let error = ParseError::new(ErrorKind::Shell, "there is no command here", 0..text.len());
        return Err(error.hinted(Some("write one, such as `aws sts get-caller-identity`")));
    }
    Ok(scan.commands)
}

/// From the first word to the end of the last.
pub(crate) fn span(words: &[Word]) -> Range<usize> {
    let start = words.first().map_or(0, |word| word.span.start);
    start..words.last().map_or(start, |word| word.span.end)
}

/// Reads the words of one command, the leading `aws` among them. An error about something missing
/// is placed at `end`.
pub(crate) fn parse(words: &[Word], end: usize, files: &dyn Files) -> Result<Command, ParseError> {
    let Some((program, rest)) = words.split_first() else {
        return Err(ParseError::new(
            ErrorKind::Shell,
            "there is no command here",
            0..end,
        ));
    };
    if program.text != "aws" {
        let hint = match program.text.split_once('=') {
            Some((name, _)) if name.starts_with("AWS_") => {
                "write --profile or --region behind the command instead of setting a variable"
            }
            _ => "begin with `aws`",
        };
        let message = format!("`{}` is not the AWS CLI", program.text);
        let error = ParseError::new(ErrorKind::Shell, message, program.span.clone());
        return Err(error.hinted(Some(hint)));
    }
    Line { end, files }.parse(rest)
}

/// Reads words that a shell has split, without the leading `aws`.
pub(crate) fn parse_words(words: &[String], files: &dyn Files) -> Result<Command, ParseError> {
    let mut at = "aws".len();
    let words: Vec<Word> = words
        .iter()
        .map(|word| {
            let start = at + 1;
            at = start + word.len();
            Word {
                text: word.clone(),
                span: start..at,
            }
        })
        .collect();
    Line { end: at, files }.parse(&words)
}

/// What the parsers of all commands need.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    /// Where an error about something missing is placed.
    pub end: usize,
    /// The files that the command line names.
    pub files: &'a dyn Files,
}

impl Line<'_> {
    fn parse(self, words: &[Word]) -> Result<Command, ParseError> {
        // As in argparse, this ends the matter whatever else is there.
        if words.iter().any(|word| word.text == "--version") {
            return Ok(Command {
                globals: super::Globals::default(),
                action: Action::Version,
            });
        }
        let mut table = globals::table();
        table.push(Arg::positional("command"));
        let parsed = args::parse(&table, words, self.end).map_err(|error| {
            if !error.message.starts_with("argument --profile:") {
                return error;
            }
            // The AWS CLI looks for the profile before anything else, by a parser of its own.
            let message = format!(
                "{}\n\nusage: aws [--profile PROFILE] [--debug]",
                error.message
            );
            ParseError::parameter(message, error.span)
        })?;
        let command = parsed.word("command").cloned().unwrap_or(Word {
            text: String::new(),
            span: self.end..self.end,
        });
        if !COMMANDS.contains(&command.text.as_str()) {
            return Err(unknown(&command));
        }
        let globals = globals::read(&parsed)?;
        let action = self
            .action(&command, &parsed.rest, &globals)
            .map_err(|mut error| {
                error.format = globals.error_format;
                error
            })?;
        Ok(Command { globals, action })
    }

    fn action(
        self,
        command: &Word,
        rest: &[Word],
        globals: &super::Globals,
    ) -> Result<Action, ParseError> {
        let service = match command.text.as_str() {
            "help" => return Ok(Action::Help(Vec::new())),
            "s3" => {
                return s3::parse(self, rest).map(|action| match action {
                    s3::Parsed::Command(command) => Action::S3(command),
                    s3::Parsed::Help(topic) => Action::Help(topic),
                });
            }
            "configure" => return configure::parse(self, rest),
            "s3api" => Service::S3,
            "iam" => Service::Iam,
            "sts" => Service::Sts,
            _ => Service::CloudFormation,
        };
        self.service(service, command.text.as_str(), rest, globals)
    }

    fn service(
        self,
        service: Service,
        command: &str,
        words: &[Word],
        globals: &super::Globals,
    ) -> Result<Action, ParseError> {
        let parsed = args::parse(&[Arg::positional("operation")], words, self.end)?;
        let Some(name) = parsed.word("operation") else {
            return Err(ParseError::usage(
                "the following arguments are required: operation",
                self.end..self.end,
            ));
        };
        let waits = !service.model().waiters().is_empty();
        match name.text.as_str() {
            "help" => return Ok(Action::Help(vec![command.into()])),
            "wait" if waits => return self.wait(service, command, &parsed.rest, globals),
            "deploy" if service == Service::CloudFormation => {
                return deploy::parse(self, &parsed.rest);
            }
            "package" if service == Service::CloudFormation => {
                let message = "rolecall has no `cloudformation package`";
                let error = ParseError::unsupported(message, name.span.clone());
                return Err(error.hinted(Some("use `cloudformation deploy` with one template")));
            }
            "wizard" if service == Service::Iam => {
                let message = "rolecall has no wizards";
                let error = ParseError::unsupported(message, name.span.clone());
                return Err(error.hinted(Some("use `iam create-role`")));
            }
            _ => {}
        }
        match operation::find(service, &name.text) {
            Some(found) => {
                let topic = [command, &name.text];
                operation::parse(self, service, found, &topic, &parsed.rest, globals)
            }
            None => {
                let mut names = operation::names(service);
                names.extend(extra_commands(service).map(str::to_owned));
                let choices = names.iter().map(String::as_str);
                Err(args::invalid_choice("operation", name, choices))
            }
        }
    }

    fn wait(
        self,
        service: Service,
        command: &str,
        words: &[Word],
        globals: &super::Globals,
    ) -> Result<Action, ParseError> {
        let waiters = service.model().waiters();
        let names: Vec<String> = waiters
            .iter()
            .map(|w| super::names::kebab(&w.name))
            .collect();
        let lineage = [command, "wait"];
        let (name, rest) = match self.subcommand(&names, words, &lineage)? {
            Subcommand::Named(name, rest) => (name, rest),
            Subcommand::Help => return Ok(Action::Help(lineage.map(str::to_owned).to_vec())),
        };
        let found = names
            .iter()
            .zip(waiters)
            .find(|(known, _)| **known == name.text)
            .map(|(_, waiter)| waiter);
        let operation = found.and_then(|waiter| {
            let operation = service.model().operation(&waiter.operation)?;
            Some((waiter, operation))
        });
        let Some((waiter, operation)) = operation else {
            return Err(args::invalid_choice(
                "subcommand",
                &name,
                names.iter().map(String::as_str),
            ));
        };
        let topic = [command, "wait", &name.text];
        operation::parse_wait(self, service, (waiter, operation), &topic, &rest, globals)
    }

    /// The subcommand among the words, and the words without it.
    pub fn subcommand(
        self,
        choices: &[String],
        words: &[Word],
        lineage: &[&str],
    ) -> Result<Subcommand, ParseError> {
        if let [only] = words
            && only.text == "help"
        {
            return Ok(Subcommand::Help);
        }
        let mut arg = Arg::positional("subcommand").counted(Count::Optional);
        arg.choices = choices.to_vec();
        let parsed = args::parse(&[arg], words, self.end)?;
        let Some(name) = parsed.word("subcommand") else {
            return Err(match parsed.rest.as_slice() {
                [] => too_few(lineage, self.end),
                rest => unknown_options(rest, ","),
            });
        };
        let mut rest = words.to_vec();
        if let Some(at) = rest.iter().position(|word| word.text == name.text) {
            rest.remove(at);
        }
        Ok(Subcommand::Named(name.clone(), rest))
    }
}

/// What follows a command that has subcommands.
pub(crate) enum Subcommand {
    /// A subcommand, and the words behind it.
    Named(Word, Vec<Word>),
    /// `help`.
    Help,
}

fn extra_commands(service: Service) -> impl Iterator<Item = &'static str> {
    let wait = (!service.model().waiters().is_empty()).then_some("wait");
    let own: &[&str] = match service {
        Service::CloudFormation => &["deploy", "package"],
        _ => &[],
    };
    wait.into_iter().chain(own.iter().copied()).chain(["help"])
}

fn too_few(lineage: &[&str], end: usize) -> ParseError {
    ParseError::parameter(
        format!(
            "usage: aws [options] {} <subcommand> [parameters]\naws: [ERROR]: too few arguments",
            lineage.join(" ")
        ),
        end..end,
    )
}

/// The error for words that no option of one of the CLI's own commands takes.
pub(crate) fn unknown_options(rest: &[Word], separator: &str) -> ParseError {
    let words: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
    let message = format!("Unknown options: {}", words.join(separator));
    ParseError::parameter(message, rest.first().map_or(0..0, |word| word.span.clone()))
}

fn unknown(command: &Word) -> ParseError {
    if super::names::close_matches(&command.text, COMMANDS).is_empty() {
        let message = format!("rolecall does not know `aws {}`", command.text);
        let hint = "its services are sts, iam, cloudformation and s3 (s3api), beside configure";
        ParseError::unsupported(message, command.span.clone()).hinted(Some(hint))
    } else {
        args::invalid_choice("command", command, COMMANDS)
    }
}
