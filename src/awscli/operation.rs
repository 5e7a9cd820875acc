//! The commands that are API operations: their options, made from the model, and their input.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::args::{self, Arg, Count, Found, Parsed, Type};
use super::commands::Line;
use super::error::{ErrorKind, ParseError};
use super::input::{self, Given, Loaded};
use super::names::kebab;
use super::shell::Word;
use super::{
    Action, Call, Globals, Outfile, OutfilePart, Paging, Wait, json, skeleton, validate, yaml,
};
use crate::model::{Kind, Member, Model, Operation, Service, Waiter};

/// The operation of a service that has that name on the command line.
pub(crate) fn find(service: Service, name: &str) -> Option<&'static Operation> {
    static BY_NAME: OnceLock<HashMap<(Service, String), &'static Operation>> = OnceLock::new();
    let by_name = BY_NAME.get_or_init(|| {
        Service::ALL
            .into_iter()
            .flat_map(|service| {
                let operations = service.model().operations().iter();
                operations.map(move |operation| ((service, kebab(&operation.name)), operation))
            })
            .collect()
    });
    by_name.get(&(service, name.to_owned())).copied()
}

/// The names of a service's operations on the command line.
pub(crate) fn names(service: Service) -> Vec<String> {
    let operations = service.model().operations().iter();
    operations.map(|operation| kebab(&operation.name)).collect()
}

/// An operation as a command.
struct Command {
    service: Service,
    model: &'static Model,
    operation: &'static Operation,
    members: &'static [Member],
    /// Writes its answer's body to a file.
    streams: bool,
    /// `iam create-virtual-mfa-device`.
    bootstraps: bool,
}

/// The options of that operation.
pub(crate) fn table(service: Service, operation: &'static Operation) -> Vec<Arg> {
    Command::new(service, operation).table()
}

impl Command {
    fn new(service: Service, operation: &'static Operation) -> Self {
        let model = service.model();
        let streams = model.output(operation).is_some_and(|output| {
            let payload = output
                .payload
                .as_deref()
                .and_then(|name| output.field(name));
            payload.is_some_and(|member| {
                let shape = model.target(&member.reference);
                shape.streaming
                    || member.reference.streaming
                    // The event stream of SelectObjectContent.
                    || (service == Service::S3 && operation.name == "SelectObjectContent")
            })
        });
        Self {
            service,
            model,
            operation,
            members: model.input(operation).map_or(&[], |shape| &shape.members),
            streams,
            bootstraps: service == Service::Iam && operation.name == "CreateVirtualMFADevice",
        }
    }

    fn kind(&self, member: &Member) -> Kind {
        self.model.target(&member.reference).kind
    }

    /// The options in the AWS CLI's order.
    fn table(&self) -> Vec<Arg> {
        let mut table = Vec::new();
        for member in self.members {
            let name = kebab(&member.name);
            let required = member.required && !member.reference.idempotency_token;
            match self.kind(member) {
                Kind::Boolean => {
                    table.push(Arg::flag(&name));
                    table.push(Arg::unset(&format!("no-{name}"), &name));
                }
                Kind::List => {
                    let arg = Arg::option(&name).counted(Count::Any);
                    table.push(arg.required(required));
                }
                kind => {
                    let type_ = match kind {
                        Kind::Long => Type::Int,
                        Kind::Float | Kind::Double => Type::Float,
                        _ => Type::Text,
                    };
                    table.push(Arg::option(&name).typed(type_).required(required));
                }
            }
        }
        if self.bootstraps {
            table.push(Arg::option("outfile").required(true));
            let methods = ["QRCodePNG", "Base32StringSeed"];
            table.push(
                Arg::option("bootstrap-method")
                    .choices(&methods)
                    .required(true),
            );
        }
        if self.streams {
            table.push(Arg::positional("outfile"));
        }
        let skeletons = !self.streams && !self.bootstraps;
        if skeletons {
            table.push(Arg::option("cli-input-json"));
            table.push(Arg::option("cli-input-yaml"));
        }
        if let Some(paginator) = &self.operation.paginator {
            let mut add = |arg: Arg| match table.iter_mut().find(|known| known.name == arg.name) {
                Some(shadowed) => *shadowed = arg,
                None => table.push(arg),
            };
            add(Arg::option("starting-token"));
            if paginator.limit_key.is_some() {
                add(Arg::option("page-size").typed(Type::Int));
            }
            add(Arg::option("max-items").typed(Type::Int));
        }
        if skeletons {
            let choices = ["input", "output", "yaml-input"];
            table.push(
                Arg::option("generate-cli-skeleton")
                    .choices(&choices)
                    .constant("input"),
            );
        }
        table
    }
}

/// Reads the options of an operation.
pub(crate) fn parse(
    line: Line<'_>,
    service: Service,
    operation: &'static Operation,
    topic: &[&str],
    words: &[Word],
    globals: &Globals,
) -> Result<Action, ParseError> {
    Reading::new(line, service, operation, globals, false).run(topic, words)
}

/// Reads the options of a waiter, which are those of its operation.
pub(crate) fn parse_wait(
    line: Line<'_>,
    service: Service,
    (waiter, operation): (&'static Waiter, &'static Operation),
    topic: &[&str],
    words: &[Word],
    globals: &Globals,
) -> Result<Action, ParseError> {
    let action = Reading::new(line, service, operation, globals, true).run(topic, words)?;
    Ok(match action {
        Action::Call(call) => Action::Wait(Wait { call, waiter }),
        other => other,
    })
}

struct Reading<'a> {
    line: Line<'a>,
    command: Command,
    globals: &'a Globals,
    waits: bool,
}

impl<'a> Reading<'a> {
    fn new(
        line: Line<'a>,
        service: Service,
        operation: &'static Operation,
        globals: &'a Globals,
        waits: bool,
    ) -> Self {
        Self {
            line,
            command: Command::new(service, operation),
            globals,
            waits,
        }
    }

    fn run(self, topic: &[&str], words: &[Word]) -> Result<Action, ParseError> {
        let help = || Action::Help(topic.iter().map(|word| (*word).to_owned()).collect());
        if let [only] = words
            && only.text == "help"
        {
            return Ok(help());
        }
        let mut table = self.command.table();
        let takes_input = table.iter().any(|arg| arg.dest == "cli-input-json");
        if takes_input && frees_required(words) {
            for arg in &mut table {
                arg.required = false;
            }
        }
        table.push(Arg::positional("help").counted(Count::Optional));
        let mut parsed = args::parse(&table, words, self.line.end)?;
        if let Some(word) = parsed.word("help").cloned() {
            if word.text == "help" {
                return Ok(help());
            }
            if !word.text.is_empty() {
                parsed.rest.push(word);
            }
        }
        if !parsed.rest.is_empty() {
            return Err(unknown_options(&parsed.rest, &table));
        }
        let paging = self.paging(&parsed)?;
        let mut input = self.input(&parsed, paging.auto)?;
        let outfile = self.outfile(&parsed);
        let from_json = self.cli_input(&parsed, &mut input)?;
        let auto = paging.auto && !self.pages_by_hand(&from_json);
        let paging = Paging { auto, ..paging };
        if let Some(word) = parsed.word("generate-cli-skeleton") {
            return self.skeleton(word, &input);
        }
        self.validate(&input, &paging)?;
        Ok(Action::Call(Call {
            service: self.command.service,
            operation: self.command.operation,
            input,
            paging,
            outfile,
        }))
    }

    /// The input by member name, in the model's order.
    fn input(&self, parsed: &Parsed, auto: bool) -> Result<Map<String, Value>, ParseError> {
        let mut input = Map::new();
        for member in self.command.members {
            let name = kebab(&member.name);
            // With automatic paging these are the CLI's, not the API's.
            let shadowed = ["max-items", "page-size", "starting-token"].contains(&name.as_str());
            if auto && shadowed {
                continue;
            }
            let value = match parsed.get(&name) {
                None => continue,
                Some(Found::Flag(value, _)) => Value::Bool(*value),
                Some(Found::Words(words, span)) => {
                    let given = Given {
                        option: &format!("--{name}"),
                        member: &member.name,
                        words,
                        span: span.clone(),
                        files: self.line.files,
                        raw_bytes: self.globals.raw_bytes,
                    };
                    if self.command.kind(member) == Kind::List && words.is_empty() {
                        Value::Array(Vec::new())
                    } else {
                        given.value(self.command.model, &member.reference)?
                    }
                }
            };
            input.insert(member.name.clone(), value);
        }
        Ok(input)
    }

    fn paging(&self, parsed: &Parsed) -> Result<Paging, ParseError> {
        let Some(paginator) = &self.command.operation.paginator else {
            return Ok(Paging::default());
        };
        let by_hand = paginator
            .input_token
            .iter()
            .chain(&paginator.limit_key)
            .map(|name| kebab(name))
            .any(|name| name != "max-items" && parsed.get(&name).is_some());
        let auto = !self.globals.no_paginate && !by_hand;
        let number = |dest: &str| parsed.text(dest).and_then(|text| super::python::int(&text));
        if !auto {
            let own = |name: &str| {
                let shadows = self.command.members.iter().any(|m| kebab(&m.name) == name);
                !shadows && parsed.get(name).is_some() && number(name) != Some(0)
            };
            let used: Vec<String> = ["starting-token", "page-size", "max-items"]
                .into_iter()
                .filter(|name| own(name))
                .map(|name| format!("--{name}"))
                .collect();
            if let Some(first) = used.first() {
                let message = format!(
                    "Cannot specify --no-paginate along with pagination arguments: {}",
                    used.join(", ")
                );
                let span = parsed.span(first.trim_start_matches('-')).unwrap_or(0..0);
                return Err(ParseError::parameter(message, span));
            }
            return Ok(Paging::default());
        }
        Ok(Paging {
            auto,
            max_items: number("max-items"),
            page_size: number("page-size"),
            starting_token: parsed.text("starting-token"),
        })
    }

    /// Adds the members of `--cli-input-json` or `--cli-input-yaml` that no option gives; returns their names.
    fn cli_input(
        &self,
        parsed: &Parsed,
        input: &mut Map<String, Value>,
    ) -> Result<Vec<String>, ParseError> {
        let (json, yaml) = (parsed.word("cli-input-json"), parsed.word("cli-input-yaml"));
        let (option, word) = match (json, yaml) {
            (None, None) => return Ok(Vec::new()),
            (Some(word), None) => ("--cli-input-json", word),
            (None, Some(word)) => ("--cli-input-yaml", word),
            (Some(_), Some(word)) => {
                let message = "Only one --cli-input- parameter may be specified.";
                return Err(ParseError::parameter(message, word.span.clone()));
            }
        };
        let text = match input::load(&word.text, self.line.files) {
            Err(message) => return Err(ParseError::parsing(option, &message, word.span.clone())),
            Ok(Some(Loaded::Text(text))) => text,
            Ok(Some(Loaded::Bytes(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
            Ok(None) => word.text.clone(),
        };
        let invalid = |form: &str| {
            let name = option.trim_start_matches('-');
            let message = format!("Invalid {form} received.");
            ParseError::parsing(name, &message, word.span.clone())
        };
        let given = if json.is_some() {
            json::loads(&text).map_err(|_| invalid("JSON"))?
        } else {
            yaml::loads(&text).map_err(|refusal| match refusal {
                yaml::Refusal::Invalid => invalid("YAML"),
                yaml::Refusal::Alias => {
                    let message = "rolecall reads no aliases and merge keys in --cli-input-yaml";
                    let error = ParseError::unsupported(message, word.span.clone());
                    error.hinted(Some("write the values out"))
                }
            })?
        };
        let Value::Object(members) = given else {
            let type_ = super::python::type_name(&given);
            let message = format!("Invalid type: expecting map, received {type_}");
            return Err(ParseError::parsing(option, &message, word.span.clone()));
        };
        let given = Given {
            option,
            member: "",
            words: std::slice::from_ref(word),
            span: word.span.clone(),
            files: self.line.files,
            raw_bytes: self.globals.raw_bytes,
        };
        let mut names = Vec::new();
        for (name, mut value) in members {
            let known = self
                .command
                .members
                .iter()
                .find(|member| member.name == name);
            if let Some(member) = known {
                let shape = self.command.model.target(&member.reference);
                given.blobs(self.command.model, shape, &mut value)?;
            }
            names.push(name.clone());
            input.entry(name).or_insert(value);
        }
        Ok(names)
    }

    fn pages_by_hand(&self, names: &[String]) -> bool {
        let paginator = self.command.operation.paginator.as_ref();
        paginator.is_some_and(|paginator| {
            let mut tokens = paginator.input_token.iter().chain(&paginator.limit_key);
            tokens.any(|token| names.contains(token))
        })
    }

    fn outfile(&self, parsed: &Parsed) -> Option<Outfile> {
        let path = parsed.text("outfile")?;
        let part = match parsed.text("bootstrap-method").as_deref() {
            Some("QRCodePNG") => OutfilePart::Bootstrap("QRCodePNG"),
            Some(_) => OutfilePart::Bootstrap("Base32StringSeed"),
            None => OutfilePart::Body,
        };
        Some(Outfile { path, part })
    }

    fn skeleton(&self, word: &Word, input: &Map<String, Value>) -> Result<Action, ParseError> {
        match word.text.as_str() {
            "input" => Ok(Action::Skeleton(skeleton::input(
                self.command.model,
                self.command.operation,
            ))),
            "yaml-input" => Ok(Action::Skeleton(skeleton::yaml(
                self.command.model,
                self.command.operation,
            ))),
            _ => {
                let sample = skeleton::output(self.command.model, self.command.operation);
                let sample = sample.map_err(|report| self.invalid(&report))?;
                self.validate(input, &Paging::default())?;
                Ok(Action::Skeleton(sample))
            }
        }
    }

    fn invalid(&self, report: &[String]) -> ParseError {
        let message = format!("Parameter validation failed:\n{}", report.join("\n"));
        ParseError::parameter(message, self.line.end..self.line.end)
    }

    fn validate(&self, input: &Map<String, Value>, paging: &Paging) -> Result<(), ParseError> {
        let Some(shape) = self.command.model.input(self.command.operation) else {
            return Ok(());
        };
        if self.command.service == Service::S3
            && let Some(Value::String(bucket)) = input.get("Bucket")
            && let Some(message) = super::s3::bad_bucket(bucket)
        {
            return Err(ParseError::parameter(message, self.line.end..self.line.end));
        }
        // The size of pages is a parameter like any other, and so is the token of an empty one.
        let mut sent = input.clone();
        if let Some(paginator) = self
            .command
            .operation
            .paginator
            .as_ref()
            .filter(|_| paging.auto)
        {
            if let (Some(limit), Some(size)) = (&paginator.limit_key, paging.page_size) {
                sent.insert(limit.clone(), size.into());
            }
            if let (Some(token), Some("")) = (
                paginator.input_token.first(),
                paging.starting_token.as_deref(),
            ) {
                sent.insert(token.clone(), "".into());
            }
        }
        let mut report = validate::report(self.command.model, shape, &sent);
        let pages = *paging != Paging::default()
            && *paging
                != Paging {
                    auto: true,
                    ..Paging::default()
                };
        if pages && (self.waits || !paging.auto) {
            let valid: Vec<&str> = shape.members.iter().map(|m| m.name.as_str()).collect();
            report.push(format!(
                "Unknown parameter in input: \"PaginationConfig\", must be one of: {}",
                valid.join(", ")
            ));
        }
        if report.is_empty() {
            Ok(())
        } else {
            Err(self.invalid(&report))
        }
    }
}

/// Whether an option is there beside which nothing is required.
fn frees_required(words: &[Word]) -> bool {
    let mut words = words.iter().map(|word| word.text.as_str()).peekable();
    while let Some(word) = words.next() {
        match word {
            "--cli-input-json" | "--cli-input-yaml" => return true,
            "--generate-cli-skeleton" if words.peek() != Some(&"output") => return true,
            _ => {}
        }
    }
    false
}

fn unknown_options(rest: &[Word], table: &[Arg]) -> ParseError {
    let words: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
    let span = rest.first().map_or(0..0, |word| word.span.clone());
    let message = format!("Unknown options: {}", words.join(", "));
    let known = table.iter().filter(|arg| arg.is_option());
    let close = words
        .first()
        .map(|word| super::names::close_matches(word, known.map(|arg| arg.name.as_str())))
        .and_then(|close| close.first().map(|name| format!("did you mean {name}?")));
    ParseError::new(ErrorKind::UnknownOptions, message, span).hinted(close)
}
