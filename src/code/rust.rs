//! Rust with the AWS SDK.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::names::{pascal, snake};
use super::{Asked, Bytes, Doing, Plan, bytes, marked, public, remarks};
use crate::awscli::Globals;
use crate::model::{Kind, Member, Model, Operation, Reference, Service, Shape};

/// Columns up to which a chain stands in one line.
const WIDTH: usize = 76;

/// Operations that boto3 and the AWS CLI page, and the Rust SDK does not.
const NOT_PAGED: &[(Service, &str)] = &[
    (Service::S3, "ListMultipartUploads"),
    (Service::S3, "ListObjects"),
    (Service::S3, "ListObjectVersions"),
];

/// Operations that the CLI knows and the Rust SDK left behind for their successors.
pub(super) const NOT_THERE: &[(Service, &str, &str)] = &[
    (Service::CloudFormation, "RemoveAlias", ""),
    (Service::CloudFormation, "SetAlias", ""),
    (
        Service::S3,
        "GetBucketLifecycle",
        "GetBucketLifecycleConfiguration",
    ),
    (
        Service::S3,
        "PutBucketLifecycle",
        "PutBucketLifecycleConfiguration",
    ),
    (
        Service::S3,
        "GetBucketNotification",
        "GetBucketNotificationConfiguration",
    ),
    (
        Service::S3,
        "PutBucketNotification",
        "PutBucketNotificationConfiguration",
    ),
];

/// Structures that are unions in the Rust SDK: one member, as a variant.
pub(super) const UNIONS: &[&str] = &[
    "PolicyIdentifier",
    "AnalyticsFilter",
    "MetricsFilter",
    "ObjectEncryption",
];

/// A program being written.
struct Writer {
    service: Service,
    /// Types of the SDK in use, and other paths.
    uses: BTreeSet<String>,
}

pub(super) fn program(globals: &Globals, plan: &Plan) -> String {
    let (service, doings) = match plan {
        Plan::Calls(service, doings) => (*service, doings),
        Plan::None(why) => return comment(why),
    };
    let missing = doings.iter().find_map(|doing| match doing {
        Doing::Call(asked) | Doing::Pages(asked, _) => NOT_THERE
            .iter()
            .find(|(of, name, _)| *of == service && *name == asked.operation.name),
        _ => None,
    });
    match missing {
        Some((_, name, "")) => {
            return comment(&format!("The AWS SDK for Rust has no operation {name}."));
        }
        Some((_, name, instead)) => {
            return comment(&format!(
                "The AWS SDK for Rust has no {name}, which AWS replaced: use {instead}."
            ));
        }
        None => {}
    }
    let mut writer = Writer {
        service,
        uses: BTreeSet::new(),
    };
    let sdk = sdk(service);
    let mut body = String::new();
    for doing in doings {
        writer.one(&mut body, doing);
    }
    let mut out = format!(
        "// cargo add aws-config {} tokio --features tokio/full\n",
        sdk.replace('_', "-")
    );
    for used in &writer.uses {
        out.push_str(&format!("use {used};\n"));
    }
    out.push_str("\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {\n");
    let mut config = String::from("aws_config::from_env()");
    let mut settings = Vec::new();
    if let Some(profile) = &globals.profile {
        settings.push(format!(".profile_name({})", text(profile)));
    }
    if let Some(region) = &globals.region {
        settings.push(format!(
            ".region(aws_config::Region::new({}))",
            text(region)
        ));
    }
    if let Some(url) = &globals.endpoint_url {
        settings.push(format!(".endpoint_url({})", text(url)));
    }
    if globals.no_sign_request {
        settings.push(".no_credentials()".to_owned());
    }
    settings.push(".load()".to_owned());
    settings.push(".await".to_owned());
    config = chain("let config = ", config, &settings, 4);
    out.push_str(&format!("    {config};\n"));
    out.push_str(&format!("    let client = {sdk}::Client::new(&config);\n"));
    for remark in remarks(globals)
        .iter()
        .filter(|it| it.starts_with("--query"))
    {
        out.push_str(&format!(
            "    // The SDK answers in types, so there is no {remark}\n"
        ));
    }
    out.push_str(&body);
    out.push_str("    Ok(())\n}\n");
    out
}

fn sdk(service: Service) -> String {
    format!("aws_sdk_{}", service.prefix())
}

impl Writer {
    fn used(&mut self, path: &str) {
        let path = format!("{}::{path}", sdk(self.service));
        self.uses.insert(path);
    }

    fn one(&mut self, out: &mut String, doing: &Doing) {
        match doing {
            Doing::Note(note) => out.push_str(&format!("    // {note}\n")),
            Doing::Call(asked) => {
                self.used("error::ProvideErrorMetadata");
                let mut parts = self.call(asked, 12);
                parts.push(".send()".to_owned());
                parts.push(".await".to_owned());
                let call = chain("match ", "client".to_owned(), &parts, 4);
                out.push_str(&format!(
                    "    {call} {{\n        Ok(answer) => println!(\"{{answer:#?}}\"),\n        \
                     Err(error) => eprintln!(\"{{:?}} {{:?}}\", error.code(), error.message()),\n    \
                     }}\n"
                ));
            }
            Doing::Pages(asked, paging) if is_paged(asked.service, asked.operation) => {
                self.used("error::ProvideErrorMetadata");
                let mut parts = self.call(asked, 8);
                parts.push(".into_paginator()".to_owned());
                if let Some(size) = paging.page_size {
                    parts.push(format!(".page_size({size})"));
                }
                parts.push(".send()".to_owned());
                let pages = chain("let mut pages = ", "client".to_owned(), &parts, 4);
                if paging.max_items.is_some() {
                    out.push_str(
                        "    // --max-items is the CLI's own: stop when there are enough.\n",
                    );
                }
                if paging.starting_token.is_some() {
                    out.push_str(
                        "    // --starting-token is the CLI's own; the API's token differs.\n",
                    );
                }
                out.push_str(&format!(
                    "    {pages};\n    while let Some(page) = pages.next().await {{\n        match \
                     page {{\n            Ok(page) => println!(\"{{page:#?}}\"),\n            \
                     Err(error) => eprintln!(\"{{:?}} {{:?}}\", error.code(), error.message()),\n        \
                     }}\n    }}\n"
                ));
            }
            Doing::Pages(asked, _) => {
                out.push_str(
                    "    // The SDK does not page this one: ask again with the answer's markers.\n",
                );
                let asked = Asked {
                    service: asked.service,
                    operation: asked.operation,
                    input: asked.input.clone(),
                };
                self.one(out, &Doing::Call(asked));
            }
            Doing::Wait(waiter, longest, asked) => {
                self.used("client::Waiters");
                self.uses.insert("std::time::Duration".to_owned());
                let mut parts = self.call(asked, 8);
                if let Some(first) = parts.first_mut() {
                    *first = format!(".wait_until_{}()", snake(waiter));
                }
                parts.push(format!(".wait(Duration::from_secs({longest}))"));
                parts.push(".await?".to_owned());
                let wait = chain("", "client".to_owned(), &parts, 4);
                out.push_str(&format!("    {wait};\n"));
            }
            Doing::Upload(path, bucket, key) => {
                self.used("error::ProvideErrorMetadata");
                self.used("primitives::ByteStream");
                let parts = [
                    ".put_object()".to_owned(),
                    format!(".bucket({})", text(bucket)),
                    format!(".key({})", text(key)),
                    format!(".body(ByteStream::from_path({}).await?)", text(path)),
                    ".send()".to_owned(),
                    ".await".to_owned(),
                ];
                let call = chain("match ", "client".to_owned(), &parts, 4);
                out.push_str(&format!(
                    "    {call} {{\n        Ok(answer) => println!(\"{{answer:#?}}\"),\n        \
                     Err(error) => eprintln!(\"{{:?}} {{:?}}\", error.code(), error.message()),\n    \
                     }}\n"
                ));
            }
            Doing::Download(bucket, key, path) => {
                let parts = [
                    ".get_object()".to_owned(),
                    format!(".bucket({})", text(bucket)),
                    format!(".key({})", text(key)),
                    ".send()".to_owned(),
                    ".await?".to_owned(),
                ];
                let call = chain("let answer = ", "client".to_owned(), &parts, 4);
                out.push_str(&format!(
                    "    {call};\n    let data = answer.body.collect().await?.into_bytes();\n    \
                     std::fs::write({}, &data)?;\n",
                    text(path)
                ));
            }
            Doing::Presign(asked, seconds) => {
                self.used("presigning::PresigningConfig");
                self.uses.insert("std::time::Duration".to_owned());
                let mut parts = self.call(asked, 8);
                parts.push(format!(
                    ".presigned(PresigningConfig::expires_in(Duration::from_secs({seconds}))?)"
                ));
                parts.push(".await?".to_owned());
                let call = chain("let request = ", "client".to_owned(), &parts, 4);
                out.push_str(&format!(
                    "    {call};\n    println!(\"{{}}\", request.uri());\n"
                ));
            }
        }
    }

    /// The method of an operation and the setters of its input.
    fn call(&mut self, asked: &Asked, indent: usize) -> Vec<String> {
        let mut parts = vec![format!(".{}()", snake(&asked.operation.name))];
        if let Some(shape) = asked.service.model().input(asked.operation) {
            parts.extend(self.setters(shape, &asked.input, indent));
        }
        parts
    }

    fn setters(&mut self, shape: &Shape, given: &Map<String, Value>, indent: usize) -> Vec<String> {
        let mut parts = Vec::new();
        for member in &shape.members {
            if let Some(value) = given.get(&member.name) {
                let value = public(self.service, member, value);
                parts.extend(self.setter(member, &value, indent));
            }
        }
        parts
    }

    /// A time from its text: ISO 8601, or as HTTP writes it.
    fn time(&mut self, given: &str) -> String {
        self.used("primitives::DateTime");
        self.used("primitives::DateTimeFormat");
        let format = if given.contains(',') {
            "HttpDate"
        } else {
            "DateTimeWithOffset"
        };
        format!(
            "DateTime::from_str({}, DateTimeFormat::{format})?",
            text(given)
        )
    }

    fn setter(&mut self, member: &Member, value: &Value, indent: usize) -> Vec<String> {
        let model = self.service.model();
        let shape = model.target(&member.reference);
        let name = snake(&member.name);
        match (shape.kind, value) {
            // Text in AWS's model for the CLI, a time in the one for the SDK.
            (Kind::String, Value::String(given))
                if self.service == Service::S3 && member.name == "Expires" =>
            {
                return vec![format!(".{name}({})", self.time(given))];
            }
            // The other way round: a number for the CLI, text for the SDK.
            (Kind::Integer, Value::Number(number))
                if self.service == Service::S3 && member.name == "PartNumberMarker" =>
            {
                return vec![format!(".{name}(\"{number}\")")];
            }
            _ => {}
        }
        match (shape.kind, value, &shape.member, &shape.value) {
            (Kind::List, Value::Array(elements), Some(element), _) => {
                if elements.is_empty() {
                    return vec![format!(
                        ".set_{}(Some(vec![]))",
                        name.trim_start_matches("r#")
                    )];
                }
                let each = elements
                    .iter()
                    .map(|value| format!(".{name}({})", self.value(model, element, value, indent)));
                each.collect()
            }
            (Kind::Map, Value::Object(entries), _, Some(side)) => entries
                .iter()
                .map(|(key, value)| {
                    let key = match &shape.key {
                        Some(side) => self.value(model, side, &Value::from(key.as_str()), indent),
                        None => text(key),
                    };
                    format!(".{name}({key}, {})", self.value(model, side, value, indent))
                })
                .collect(),
            _ => vec![format!(
                ".{name}({})",
                self.value(model, &member.reference, value, indent)
            )],
        }
    }

    fn value(
        &mut self,
        model: &Model,
        reference: &Reference,
        value: &Value,
        indent: usize,
    ) -> String {
        let shape = model.target(reference);
        match (shape.kind, value) {
            (Kind::String, Value::String(given)) if !shape.values.is_empty() => {
                let name = pascal(&shape.name);
                self.used(&format!("types::{name}"));
                format!("{name}::from({})", text(given))
            }
            (Kind::Structure, Value::Object(members)) if UNIONS.contains(&shape.name.as_str()) => {
                let name = pascal(&shape.name);
                self.used(&format!("types::{name}"));
                let one = members.iter().next();
                let member = one.and_then(|(name, _)| shape.field(name));
                match (one, member) {
                    (Some((key, value)), Some(member)) => {
                        let value = public(self.service, member, value);
                        let inner = self.value(model, &member.reference, &value, indent + 4);
                        // A variant holds the value itself: text is owned.
                        let owned = if inner.starts_with(['"', 'r']) {
                            ".to_owned()"
                        } else {
                            ""
                        };
                        format!("{name}::{}({inner}{owned})", pascal(key))
                    }
                    _ => format!("{name}::Unknown"),
                }
            }
            (Kind::Structure, Value::Object(members)) => {
                let name = pascal(&shape.name);
                self.used(&format!("types::{name}"));
                let mut parts = vec![".builder()".to_owned()];
                parts.extend(self.setters(shape, members, indent + 4));
                parts.push(if is_checked(self.service, model, shape) {
                    ".build()?".to_owned()
                } else {
                    ".build()".to_owned()
                });
                let first = parts.remove(0);
                let start = format!("{name}{}", first.replacen('.', "::", 1));
                chain("", start, &parts, indent)
            }
            (Kind::List, Value::Array(elements)) => {
                let parts: Vec<String> = match &shape.member {
                    Some(element) => elements
                        .iter()
                        .map(|value| self.value(model, element, value, indent))
                        .collect(),
                    None => Vec::new(),
                };
                format!("vec![{}]", parts.join(", "))
            }
            (Kind::Timestamp, Value::String(given)) => self.time(given),
            (Kind::Timestamp, Value::Number(seconds)) => {
                self.used("primitives::DateTime");
                format!(
                    "DateTime::from_secs_f64({}_f64)",
                    seconds.as_f64().unwrap_or_default()
                )
            }
            (Kind::Blob, Value::String(given)) => {
                let streaming = reference.streaming || shape.streaming;
                match (bytes(given), streaming) {
                    (Bytes::File(path), true) => {
                        self.used("primitives::ByteStream");
                        format!("ByteStream::from_path({}).await?", text(&path))
                    }
                    (Bytes::Data(data), true) => {
                        self.used("primitives::ByteStream");
                        format!("ByteStream::from_static(b\"{}\")", data.escape_ascii())
                    }
                    (Bytes::File(path), false) => {
                        self.used("primitives::Blob");
                        format!("Blob::new(std::fs::read({})?)", text(&path))
                    }
                    (Bytes::Data(data), false) => {
                        self.used("primitives::Blob");
                        format!("Blob::new(b\"{}\")", data.escape_ascii())
                    }
                }
            }
            (_, Value::String(given)) => text(given),
            (_, other) => other.to_string(),
        }
    }
}

fn comment(why: &str) -> String {
    format!("// {why}\n")
}

pub(super) fn is_paged(service: Service, operation: &Operation) -> bool {
    !NOT_PAGED.contains(&(service, operation.name.as_str()))
}

/// Whether the builder of a structure insists on members, so that building can fail: smithy-rs
/// makes required members that are no structures plain fields.
pub(super) fn is_checked(service: Service, model: &Model, shape: &Shape) -> bool {
    // CloudFormation's model for the SDK has no required members.
    service != Service::CloudFormation
        && shape.members.iter().any(|member| {
            member.required && model.target(&member.reference).kind != Kind::Structure
        })
}

/// A chain of methods in one line, or one line a method.
fn chain(before: &str, start: String, parts: &[String], indent: usize) -> String {
    let short = format!("{before}{start}{}", parts.concat());
    if indent + short.len() <= WIDTH && !short.contains('\n') {
        return short;
    }
    let inner = " ".repeat(indent + 4);
    let mut out = format!("{before}{start}");
    for part in parts {
        out.push_str(&format!("\n{inner}{part}"));
    }
    out
}

/// A string, or the reading of the file that it stands for.
fn text(given: &str) -> String {
    if let Some(path) = marked(given) {
        return format!("std::fs::read_to_string({})?", text(path));
    }
    let simple = |c: char| c == '\n' || !c.is_control();
    if given.contains(['"', '\n']) && given.chars().all(simple) && !given.contains("\"#") {
        return format!("r#\"{given}\"#");
    }
    format!("{given:?}")
}
