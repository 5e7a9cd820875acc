//! What `help` prints: what a command takes, from the model. AWS's own texts are not repeated;
//! the page that has them is named.

use super::args::{Arg, Count};
use super::commands::COMMANDS;
use super::names::kebab;
use super::{configure, deploy, globals, operation, s3};
use crate::model::{Kind, Member, Model, Operation, Service, Shape};

/// The help for a command, named by the words before `help` ([`super::Action::Help`]).
#[must_use]
pub fn help(topic: &[String]) -> String {
    let path: Vec<&str> = topic.iter().map(String::as_str).collect();
    match path.as_slice() {
        [] => list("aws", "aws", &COMMANDS.map(str::to_owned)),
        ["s3"] => list("s3", "aws s3", &s3::SUBCOMMANDS.map(str::to_owned)),
        ["s3", command] => page(&path, &s3_usage(command), &named(s3::options(command))),
        ["configure"] => list(
            "configure",
            "aws configure",
            &configure::KNOWN.map(str::to_owned),
        ),
        ["configure", command] => page(&path, configure::usage(command), &[]),
        ["cloudformation", "deploy"] => page(&path, "", &named(deploy::options())),
        [command, rest @ ..] => match (service(command), rest) {
            (Some(service), []) => {
                let mut names = operation::names(service);
                if !service.model().waiters().is_empty() {
                    names.push("wait".into());
                }
                if service == Service::CloudFormation {
                    names.push("deploy".into());
                }
                list(command, &format!("aws {command}"), &names)
            }
            (Some(service), ["wait"]) => {
                let waiters = service.model().waiters().iter();
                let names: Vec<String> = waiters.map(|waiter| kebab(&waiter.name)).collect();
                list("wait", &format!("aws {command} wait"), &names)
            }
            (Some(service), ["wait", name]) => {
                let mut waiters = service.model().waiters().iter();
                let waiter = waiters.find(|waiter| kebab(&waiter.name) == *name);
                match waiter.and_then(|waiter| service.model().operation(&waiter.operation)) {
                    Some(operation) => of_operation(service, operation, &path),
                    None => list("aws", "aws", &COMMANDS.map(str::to_owned)),
                }
            }
            (Some(service), [name, ..]) => match operation::find(service, name) {
                Some(operation) => of_operation(service, operation, &path),
                None => list("aws", "aws", &COMMANDS.map(str::to_owned)),
            },
            (None, _) => list("aws", "aws", &COMMANDS.map(str::to_owned)),
        },
    }
}

fn service(command: &str) -> Option<Service> {
    match command {
        "s3api" => Some(Service::S3),
        name => name.parse().ok().filter(|service| *service != Service::S3),
    }
}

fn s3_usage(command: &str) -> String {
    let usage = match command {
        "ls" => "[<S3Uri>]",
        "rm" | "mb" | "rb" | "presign" => "<S3Uri>",
        _ => "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>",
    };
    usage.to_owned()
}

fn named(options: Vec<String>) -> Vec<Arg> {
    options
        .iter()
        .map(|option| Arg::option(option.trim_start_matches('-')))
        .collect()
}

fn list(name: &str, command: &str, names: &[String]) -> String {
    let mut out =
        format!("NAME\n       {name}\n\nSYNOPSIS\n       {command} <command> [parameters]\n");
    out.push_str("\nCOMMANDS\n");
    for name in names {
        out.push_str(&format!("       {name}\n"));
    }
    out
}

fn page(path: &[&str], usage: &str, options: &[Arg]) -> String {
    let mut out = top(path);
    if !usage.is_empty() {
        out.push_str(&format!("       {usage}\n"));
    }
    for option in options {
        out.push_str(&format!("       [{}]\n", option.name));
    }
    out.push_str(&end(path));
    out
}

fn top(path: &[&str]) -> String {
    let name = path.last().copied().unwrap_or_default();
    format!(
        "NAME\n       {name}\n\nSYNOPSIS\n       aws {}\n",
        path.join(" ")
    )
}

fn end(path: &[&str]) -> String {
    let globals: Vec<String> = globals::table().into_iter().map(|arg| arg.name).collect();
    format!(
        "\nGLOBAL OPTIONS\n       {}\n\nSEE ALSO\n       \
         https://docs.aws.amazon.com/cli/latest/reference/{}.html\n",
        globals.join(" "),
        path.join("/")
    )
}

fn of_operation(service: Service, operation: &'static Operation, path: &[&str]) -> String {
    let model = service.model();
    let table = operation::table(service, operation);
    let mut out = top(path);
    for arg in &table {
        let value = match (arg.flag, arg.count) {
            (Some(_), _) => "",
            (None, Count::Any | Count::AtLeastOne) => " <value> [<value>...]",
            _ => " <value>",
        };
        let text = if arg.is_option() {
            format!("{}{value}", arg.name)
        } else {
            format!("<{}>", arg.name)
        };
        let text = if arg.required {
            text
        } else {
            format!("[{text}]")
        };
        out.push_str(&format!("       {text}\n"));
    }
    let members = model.input(operation).map(|shape| shape.members.as_slice());
    out.push_str("\nOPTIONS\n");
    for member in members.unwrap_or_default() {
        out.push_str(&option(model, member));
    }
    out.push_str("\nOUTPUT\n");
    match model.output(operation) {
        Some(shape) if !shape.members.is_empty() => {
            for member in &shape.members {
                let kind = kind(model.target(&member.reference));
                out.push_str(&format!("       {} ({kind})\n", member.name));
            }
        }
        _ => out.push_str("       None\n"),
    }
    out.push_str(&end(path));
    out
}

fn option(model: &Model, member: &Member) -> String {
    let shape = model.target(&member.reference);
    let required = if member.required { ", required" } else { "" };
    let mut out = format!(
        "       --{} ({}{required})\n",
        kebab(&member.name),
        kind(shape)
    );
    let inner = shape.member.as_ref().map(|member| model.target(member));
    for shape in std::iter::once(shape).chain(inner) {
        if !shape.values.is_empty() {
            out.push_str(&format!("           one of {}\n", shape.values.join(", ")));
        }
        let limits = match (shape.min, shape.max) {
            (Some(min), Some(max)) => format!("between {min} and {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => continue,
        };
        let what = match shape.kind {
            Kind::String | Kind::Blob => "length ",
            Kind::List | Kind::Map => "count ",
            _ => "",
        };
        out.push_str(&format!("           {what}{limits}\n"));
    }
    out
}

fn kind(shape: &Shape) -> &'static str {
    match shape.kind {
        Kind::Structure => "structure",
        Kind::List => "list",
        Kind::Map => "map",
        Kind::String => "string",
        Kind::Integer => "integer",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::Boolean => "boolean",
        Kind::Timestamp => "timestamp",
        Kind::Blob => "blob",
    }
}
