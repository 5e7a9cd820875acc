//! Python with boto3.

use serde_json::{Map, Value};

use super::names::python as method;
use super::{Asked, Bytes, Doing, Plan, bytes, marked, public, remarks};
use crate::awscli::{Globals, kebab};
use crate::model::{Kind, Model, Reference, Service, Shape};

/// Columns up to which a call stands in one line.
const WIDTH: usize = 76;

pub(super) fn program(globals: &Globals, plan: &Plan) -> String {
    let (service, doings) = match plan {
        Plan::Calls(service, doings) => (*service, doings),
        Plan::None(why) => return comment(why),
    };
    let mut out = String::from("import boto3\n");
    let presigns = doings
        .iter()
        .all(|doing| matches!(doing, Doing::Presign(..)));
    if !presigns {
        out.push_str("from botocore.exceptions import ClientError\n");
    }
    if globals.query.is_some() {
        out.push_str("import jmespath\n");
    }
    out.push('\n');
    let mut session = Vec::new();
    if let Some(profile) = &globals.profile {
        session.push(format!("profile_name={}", text(profile)));
    }
    if let Some(region) = &globals.region {
        session.push(format!("region_name={}", text(region)));
    }
    out.push_str(&format!(
        "session = boto3.Session({})\n",
        session.join(", ")
    ));
    let mut client = vec![text(service.prefix())];
    if let Some(url) = &globals.endpoint_url {
        client.push(format!("endpoint_url={}", text(url)));
    }
    let name = service.prefix();
    out.push_str(&format!(
        "{name} = session.client({})\n\n",
        client.join(", ")
    ));
    for remark in remarks(globals)
        .iter()
        .filter(|it| !it.starts_with("--query"))
    {
        out.push_str(&format!("# {remark}\n"));
    }
    let indent = if presigns { 0 } else { 4 };
    if !presigns {
        out.push_str("try:\n");
    }
    for doing in doings {
        one(&mut out, globals, name, doing, indent);
    }
    if !presigns {
        out.push_str("except ClientError as error:\n");
        out.push_str("    print(error.response[\"Error\"][\"Code\"], error)\n");
    }
    out
}

fn one(out: &mut String, globals: &Globals, client: &str, doing: &Doing, indent: usize) {
    let pad = " ".repeat(indent);
    let print = match &globals.query {
        Some(query) => format!("print(jmespath.search({}, answer))", text(query)),
        None => "print(answer)".to_owned(),
    };
    let line = match doing {
        Doing::Note(note) => format!("# {note}\n"),
        Doing::Call(asked) => {
            let name = method(&kebab(&asked.operation.name));
            let call = call(
                &format!("answer = {client}.{name}"),
                arguments(asked),
                indent,
            );
            format!("{call}\n{pad}{print}\n")
        }
        Doing::Pages(asked, paging) => {
            let name = method(&kebab(&asked.operation.name));
            let mut given = arguments(asked);
            let mut config = Vec::new();
            for (key, value) in [
                ("MaxItems", paging.max_items),
                ("PageSize", paging.page_size),
            ] {
                config.extend(value.map(|value| format!("\"{key}\": {value}")));
            }
            if let Some(token) = &paging.starting_token {
                config.push(format!("\"StartingToken\": {}", text(token)));
            }
            if !config.is_empty() {
                given.push(format!("PaginationConfig={{{}}}", config.join(", ")));
            }
            let pages = call(
                &format!("pages = {client}.get_paginator({}).paginate", text(&name)),
                given,
                indent,
            );
            format!("{pages}\n{pad}answer = pages.build_full_result()\n{pad}{print}\n")
        }
        Doing::Wait(waiter, _, asked) => {
            let name = method(&kebab(waiter));
            let start = format!("{client}.get_waiter({}).wait", text(&name));
            format!("{}\n", call(&start, arguments(asked), indent))
        }
        Doing::Upload(path, bucket, key) => format!(
            "{}\n",
            call(
                &format!("{client}.upload_file"),
                vec![text(path), text(bucket), text(key)],
                indent
            )
        ),
        Doing::Download(bucket, key, path) => format!(
            "{}\n",
            call(
                &format!("{client}.download_file"),
                vec![text(bucket), text(key), text(path)],
                indent
            )
        ),
        Doing::Presign(asked, seconds) => {
            let name = method(&kebab(&asked.operation.name));
            let model = asked.service.model();
            let params = model.input(asked.operation).map_or_else(
                || "{}".to_owned(),
                |shape| structure(model, shape, &shown(asked), indent + 4),
            );
            let given = vec![
                text(&name),
                format!("Params={params}"),
                format!("ExpiresIn={seconds}"),
            ];
            let url = call(
                &format!("url = {client}.generate_presigned_url"),
                given,
                indent,
            );
            format!("{url}\n{pad}print(url)\n")
        }
    };
    out.push_str(&pad);
    out.push_str(&line);
}

/// The input less its secrets.
fn shown(asked: &Asked) -> Map<String, Value> {
    let shape = asked.service.model().input(asked.operation);
    let members = asked.input.iter().map(|(name, value)| {
        let member = shape.and_then(|shape| shape.field(name));
        let value = member.map_or_else(|| value.clone(), |it| public(asked.service, it, value));
        (name.clone(), value)
    });
    members.collect()
}

fn arguments(asked: &Asked) -> Vec<String> {
    let model = asked.service.model();
    let Some(shape) = model.input(asked.operation) else {
        return Vec::new();
    };
    let given = shown(asked);
    let members = shape.members.iter().filter_map(|member| {
        let value = given.get(&member.name)?;
        let value = written(model, &member.reference, value, 8);
        Some(format!("{}={value}", member.name))
    });
    members.collect()
}

/// A call in one line, or one line an argument.
fn call(start: &str, arguments: Vec<String>, indent: usize) -> String {
    let short = format!("{start}({})", arguments.join(", "));
    if indent + short.len() <= WIDTH && !short.contains('\n') {
        return short;
    }
    let inner = " ".repeat(indent + 4);
    let mut out = format!("{start}(\n");
    for argument in arguments {
        out.push_str(&format!("{inner}{argument},\n"));
    }
    out.push_str(&" ".repeat(indent));
    out.push(')');
    out
}

fn written(model: &Model, reference: &Reference, value: &Value, indent: usize) -> String {
    let shape = model.target(reference);
    match (shape.kind, value) {
        (Kind::Structure, Value::Object(members)) => structure(model, shape, members, indent),
        (Kind::List, Value::Array(elements)) => {
            let element = shape.member.as_ref();
            let parts = elements.iter().map(|value| match element {
                Some(element) => written(model, element, value, indent + 4),
                None => plain(value),
            });
            bracketed("[", parts.collect(), "]", indent)
        }
        (Kind::Map, Value::Object(entries)) => {
            let parts = entries.iter().map(|(key, value)| {
                let value = match &shape.value {
                    Some(side) => written(model, side, value, indent + 4),
                    None => plain(value),
                };
                format!("{}: {value}", text(key))
            });
            bracketed("{", parts.collect(), "}", indent)
        }
        (Kind::Blob, Value::String(data)) => match bytes(data) {
            Bytes::File(path) => {
                format!("open({}, \"rb\")", text(&path))
                    + if reference.streaming || shape.streaming {
                        ""
                    } else {
                        ".read()"
                    }
            }
            Bytes::Data(data) => byte_literal(&data),
        },
        (_, value) => plain(value),
    }
}

fn structure(model: &Model, shape: &Shape, members: &Map<String, Value>, indent: usize) -> String {
    let parts = shape.members.iter().filter_map(|member| {
        let value = members.get(&member.name)?;
        let service = Service::ALL
            .into_iter()
            .find(|service| std::ptr::eq(service.model(), model))?;
        let value = public(service, member, value);
        let value = written(model, &member.reference, &value, indent + 4);
        Some(format!("{}: {value}", text(&member.name)))
    });
    bracketed("{", parts.collect(), "}", indent)
}

fn bracketed(open: &str, parts: Vec<String>, close: &str, indent: usize) -> String {
    let short = format!("{open}{}{close}", parts.join(", "));
    if indent + short.len() <= WIDTH && !short.contains('\n') {
        return short;
    }
    let inner = " ".repeat(indent + 4);
    let lines: Vec<String> = parts
        .iter()
        .map(|part| format!("{inner}{part},\n"))
        .collect();
    format!("{open}\n{}{}{close}", lines.concat(), " ".repeat(indent))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(given) => text(given),
        other => other.to_string(),
    }
}

/// A string, or the reading of the file that it stands for.
fn text(given: &str) -> String {
    if let Some(path) = marked(given) {
        return format!("open({}).read()", text(path));
    }
    let simple = |c: char| c == '\n' || !c.is_control();
    if given.contains('\n')
        && given.chars().all(simple)
        && !given.contains(['\\'])
        && !given.contains("\"\"\"")
        && !given.ends_with('"')
    {
        return format!("\"\"\"{given}\"\"\"");
    }
    // Each escape of JSON is one of Python.
    Value::from(given).to_string()
}

fn byte_literal(data: &[u8]) -> String {
    let mut out = String::from("b\"");
    for byte in data {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(*byte));
            }
            b' '..=b'~' => out.push(char::from(*byte)),
            b'\n' => out.push_str("\\n"),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push('"');
    out
}

fn comment(why: &str) -> String {
    format!("# {why}\n")
}
