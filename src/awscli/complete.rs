//! What may stand where the cursor is.

use std::ops::Range;

use super::args::Arg;
use super::commands::COMMANDS;
use super::names::kebab;
use super::shell::{self, Word};
use super::values::Names;
use super::{configure, deploy, globals, operation, s3};
use crate::model::{Kind, Operation, Service};

/// The word at the cursor and what it may become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The part of the word before the cursor, in bytes; empty between words.
    pub span: Range<usize>,
    /// The words that begin so, in the AWS CLI's order.
    pub words: Vec<String>,
}

/// What the word before `cursor` (in bytes) may become: commands, operations, options, and the
/// values of options that have a list of them.
#[must_use]
pub fn complete(text: &str, cursor: usize) -> Completion {
    complete_in(text, cursor, &Names::default())
}

/// As [`complete`], in a world in which these names exist: they are values, too.
#[must_use]
pub fn complete_in(text: &str, cursor: usize, names: &Names) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let mut words = shell::scan(before).commands.pop().unwrap_or_default();
    let unfinished = words
        .last()
        .is_some_and(|word| word.span.end == before.len());
    let current = match words.pop() {
        Some(word) if unfinished => word,
        Some(word) => {
            words.push(word);
            Word {
                text: String::new(),
                span: before.len()..before.len(),
            }
        }
        None => Word {
            text: String::new(),
            span: before.len()..before.len(),
        },
    };
    let known = candidates(&words, &current.text, names);
    let fits = |word: &String| word.starts_with(&current.text) && *word != current.text;
    Completion {
        span: current.span,
        words: known.into_iter().filter(fits).collect(),
    }
}

/// What a command takes behind its name.
enum Taker {
    Commands,
    Names(Vec<String>),
    Operation(Service, &'static Operation),
    Table(Vec<Arg>),
}

impl Taker {
    /// What takes the words behind these, which are no options.
    fn of(path: &[&str]) -> Self {
        let table = |names: Vec<String>| Self::Table(names.iter().map(|n| plain(n)).collect());
        match path {
            [] => Self::Commands,
            ["s3"] => Self::Names(s3::SUBCOMMANDS.map(str::to_owned).to_vec()),
            ["s3", command, ..] => table(s3::options(command)),
            ["configure"] => Self::Names(configure::KNOWN.map(str::to_owned).to_vec()),
            ["cloudformation", "deploy", ..] => table(deploy::options()),
            [command, rest @ ..] => {
                let service = match *command {
                    "s3api" => Some(Service::S3),
                    name => name.parse().ok().filter(|service| *service != Service::S3),
                };
                match service {
                    Some(service) => Self::of_service(service, rest),
                    None => Self::Names(Vec::new()),
                }
            }
        }
    }

    fn of_service(service: Service, path: &[&str]) -> Self {
        let waiters = service.model().waiters();
        let found = match path {
            [] => {
                let mut names = operation::names(service);
                if !waiters.is_empty() {
                    names.push("wait".into());
                }
                if service == Service::CloudFormation {
                    names.push("deploy".into());
                }
                return Self::Names(names);
            }
            ["wait"] => {
                return Self::Names(waiters.iter().map(|waiter| kebab(&waiter.name)).collect());
            }
            ["wait", name, ..] => waiters
                .iter()
                .find(|waiter| kebab(&waiter.name) == *name)
                .and_then(|waiter| service.model().operation(&waiter.operation)),
            [name, ..] => operation::find(service, name),
        };
        found.map_or(Self::Names(Vec::new()), |operation| {
            Self::Operation(service, operation)
        })
    }

    fn options(&self) -> Vec<Arg> {
        match self {
            Self::Operation(service, operation) => operation::table(*service, operation),
            Self::Table(table) => table.clone(),
            _ => Vec::new(),
        }
    }
}

fn plain(option: &str) -> Arg {
    Arg::option(option.trim_start_matches('-'))
}

fn candidates(words: &[Word], current: &str, names: &Names) -> Vec<String> {
    let Some((program, rest)) = words.split_first() else {
        return vec!["aws".into()];
    };
    if program.text != "aws" {
        return Vec::new();
    }
    let own = globals::table();
    // The words that name the command: neither options nor values of global ones.
    let mut path: Vec<&str> = Vec::new();
    let mut value_follows = false;
    for word in rest {
        let text = word.text.as_str();
        if text.starts_with("--") {
            value_follows = own.iter().any(|arg| arg.name == text && arg.flag.is_none());
        } else if !std::mem::take(&mut value_follows) {
            path.push(text);
        }
    }
    let taker = Taker::of(&path);
    let mut table = taker.options();
    table.extend(own);
    if let Some(option) = rest.last().filter(|word| word.text.starts_with("--")) {
        let bucket = rest
            .iter()
            .zip(rest.iter().skip(1))
            .find(|(word, _)| word.text == "--bucket")
            .map(|(_, value)| value.text.as_str());
        let existing = names.behind(&option.text, bucket);
        if !existing.is_empty() {
            return existing;
        }
        let values = values(&taker, &table, &option.text);
        if !values.is_empty() || value_follows {
            return values;
        }
    }
    if current.starts_with('-') {
        return table
            .into_iter()
            .filter(Arg::is_option)
            .filter(|arg| !rest.iter().any(|word| word.text == arg.name))
            .map(|arg| arg.name)
            .collect();
    }
    if let ["s3", _, ..] = path.as_slice() {
        return names.paths(current);
    }
    match taker {
        Taker::Commands => COMMANDS.map(str::to_owned).to_vec(),
        Taker::Names(names) => names,
        _ => Vec::new(),
    }
}

/// The values that an option may have.
fn values(taker: &Taker, table: &[Arg], option: &str) -> Vec<String> {
    let Some(arg) = table.iter().find(|arg| arg.name == option) else {
        return Vec::new();
    };
    if !arg.choices.is_empty() {
        return arg.choices.clone();
    }
    let Taker::Operation(service, operation) = taker else {
        return Vec::new();
    };
    let model = service.model();
    let members = model.input(operation).map(|shape| shape.members.as_slice());
    let member = members
        .unwrap_or_default()
        .iter()
        .find(|member| kebab(&member.name) == arg.dest);
    let Some(member) = member else {
        return Vec::new();
    };
    let shape = model.target(&member.reference);
    match (shape.kind, &shape.member) {
        (Kind::List, Some(element)) => model.target(element).values.clone(),
        _ => shape.values.clone(),
    }
}
