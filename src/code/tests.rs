use super::*;
use crate::awscli::{Paging, Wait};
use crate::model::{Kind, Model, Reference};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};

/// A value of a shape with every member, as deep as it goes without coming round again.
fn sample(model: &Model, reference: &Reference, seen: &mut Vec<String>) -> Value {
    let shape = model.target(reference);
    match shape.kind {
        Kind::Structure => {
            if seen.contains(&shape.name) {
                return json!({});
            }
            seen.push(shape.name.clone());
            let union = rust::UNIONS.contains(&shape.name.as_str());
            let most = if union { 1 } else { usize::MAX };
            let members = shape.members.iter().take(most);
            let members: Map<String, Value> = members
                .map(|member| (member.name.clone(), sample(model, &member.reference, seen)))
                .collect();
            seen.pop();
            members.into()
        }
        Kind::List => {
            let one = shape.member.as_ref().map(|it| sample(model, it, seen));
            Value::from(vec![
                one.clone().unwrap_or_default(),
                one.unwrap_or_default(),
            ])
        }
        Kind::Map => {
            let side = |it: &Option<Reference>, seen: &mut Vec<String>| {
                it.as_ref()
                    .map(|it| sample(model, it, seen))
                    .unwrap_or_default()
            };
            let key = side(&shape.key, seen).as_str().unwrap_or("k").to_owned();
            json!({key: side(&shape.value, seen)})
        }
        Kind::String => match shape.values.first() {
            Some(value) => value.clone().into(),
            None => "a \"b\" \\c\n{d} é".into(),
        },
        Kind::Integer | Kind::Long => json!(7),
        Kind::Float | Kind::Double => json!(7.5),
        Kind::Boolean => json!(true),
        Kind::Timestamp => json!("2026-11-23T16:10:00Z"),
        Kind::Blob => STANDARD.encode(b"\x00a\"\\\n").into(),
    }
}

/// Every operation with every member, as the program that it comes to; and every waiter.
fn programs(language: Language) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for service in Service::ALL {
        let model = service.model();
        for operation in model.operations() {
            let input = operation.input.as_ref();
            let input = input.map(|it| sample(model, it, &mut Vec::new()));
            let Value::Object(input) = input.unwrap_or_else(|| json!({})) else {
                panic!("{}", operation.name)
            };
            let call = Call {
                service,
                operation,
                input,
                paging: Paging {
                    auto: true,
                    ..Paging::default()
                },
                outfile: None,
            };
            let mut actions = vec![(operation.name.clone(), Action::Call(call.clone()))];
            let waiters = model.waiters().iter();
            actions.extend(
                waiters
                    .filter(|it| it.operation == operation.name)
                    .map(|it| {
                        let call = call.clone();
                        (it.name.clone(), Action::Wait(Wait { call, waiter: it }))
                    }),
            );
            for (name, action) in actions {
                let globals = Globals {
                    profile: Some("lab".to_owned()),
                    region: Some("eu-central-1".to_owned()),
                    ..Globals::default()
                };
                let command = Command { globals, action };
                out.push((format!("{service}_{name}"), written(language, &command)));
            }
        }
    }
    assert!(out.len() > 350, "{}", out.len());
    out
}

struct Folder;

impl Files for Folder {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        match path {
            "policy.json" => Ok(br#"{"Version": "2012-10-17", "Statement": []}"#.to_vec()),
            "stack.yaml" => Ok(b"Resources: {}\n".to_vec()),
            "hello.txt" => Ok(b"hello".to_vec()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
}

/// The commands of lessons, and those that are no single operation.
const COMMANDS: &[&str] = &[
    "aws iam put-user-policy --user-name u --policy-name p --policy-document file://policy.json",
    "aws sts assume-role --role-arn arn:aws:iam::123456789012:role/r --role-session-name lab --profile sts",
    "aws iam list-users --max-items 5 --page-size 2 --query Users[].UserName",
    "aws cloudformation deploy --template-file stack.yaml --stack-name s --capabilities CAPABILITY_IAM",
    "aws cloudformation wait stack-delete-complete --stack-name s",
    "aws s3 ls",
    "aws s3 ls s3://b/p/ --recursive",
    "aws s3 cp hello.txt s3://b/",
    "aws s3 cp hello.txt s3://b/x --acl private",
    "aws s3 cp s3://b/hello.txt .",
    "aws s3 cp s3://b/hello.txt s3://c/",
    "aws s3 rm s3://b/hello.txt",
    "aws s3 mb s3://b",
    "aws s3 rb s3://b",
    "aws s3 presign s3://b/hello.txt --expires-in 60",
    "aws s3 sync . s3://b",
    "aws s3api put-object --bucket b --key k --body hello.txt",
    "aws configure set region eu-central-1 --profile lab",
    "aws s3api list-object-versions --bucket b",
];

fn of(language: Language, command: &str) -> String {
    listing(language, command, &Folder).unwrap_or_else(|error| panic!("{command}: {error}"))
}

#[test]
fn listings_read_as_one_would_write_them() {
    for (at, language, expected) in [
        (
            0,
            Language::Python,
            "    answer = iam.put_user_policy(\n        UserName=\"u\",\n        PolicyName=\"p\",\n        \
             PolicyDocument=open(\"policy.json\").read(),\n    )\n",
        ),
        (
            0,
            Language::Rust,
            "        .policy_document(std::fs::read_to_string(\"policy.json\")?)\n        .send()\n        .await {\n",
        ),
        (1, Language::Rust, ".profile_name(\"sts\").load().await;\n"),
        (
            2,
            Language::Python,
            "iam.get_paginator(\"list_users\").paginate(\n        PaginationConfig={\"MaxItems\": 5, \"PageSize\": 2},\n    )",
        ),
        (
            3,
            Language::Python,
            "cloudformation.get_waiter(\"stack_create_complete\").wait(StackName=\"s\")",
        ),
        (
            7,
            Language::Python,
            "s3.upload_file(\"hello.txt\", \"b\", \"hello.txt\")",
        ),
        (
            8,
            Language::Rust,
            ".body(ByteStream::from_path(\"hello.txt\").await?)",
        ),
        (15, Language::Rust, "// This command is no single call"),
        (17, Language::Python, "# This command calls nobody"),
    ] {
        let text = of(language, COMMANDS[at]);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn secrets_are_masked_and_variables_named() {
    for (value, shown) in [("hunter2-Password", MASK), ("${password}", "${password}")] {
        let command = format!("aws iam create-login-profile --user-name u --password '{value}'");
        for language in [Language::Rust, Language::Python] {
            let text = of(language, &command);
            assert!(text.contains(shown) && !text.contains("hunter2"), "{text}");
        }
    }
}

/// What Python says of programs, where there is a Python.
fn compiled(programs: &[(String, String)]) -> Option<String> {
    const SCRIPT: &str =
        "import json, sys\nfor name, text in json.load(sys.stdin): compile(text, name, 'exec')";
    let mut python = Process::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let text = serde_json::to_vec(programs).unwrap();
    python.stdin.take().unwrap().write_all(&text).unwrap();
    let output = python.wait_with_output().unwrap();
    Some(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn python_takes_every_program() {
    let mut all = programs(Language::Python);
    all.extend(
        COMMANDS
            .iter()
            .map(|command| ((*command).to_owned(), of(Language::Python, command))),
    );
    match compiled(&all) {
        Some(said) => assert_eq!(said, ""),
        None => eprintln!("no python3 on this machine: its programs are not compiled"),
    }
}

/// The folder of the sources of an SDK crate, as cargo knows it.
fn sources(name: &str) -> Option<PathBuf> {
    let output = Process::new(std::env::var_os("CARGO")?)
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
    let package = metadata["packages"]
        .as_array()?
        .iter()
        .find(|it| it["name"] == name)?;
    let manifest = PathBuf::from(package["manifest_path"].as_str()?);
    Some(manifest.parent()?.join("src"))
}

#[test]
fn rust_names_are_those_of_the_sdk() {
    let mut checked = 0;
    for service in Service::ALL {
        let crate_name = format!("aws-sdk-{service}");
        let Some(src) = sources(&crate_name) else {
            eprintln!("cargo does not tell where {crate_name} is: its names are not checked");
            return;
        };
        let read = |path: String| {
            std::fs::read_to_string(src.join(&path)).unwrap_or_else(|why| panic!("{path}: {why}"))
        };
        let model = service.model();
        let mut seen: BTreeMap<String, ()> = BTreeMap::new();
        let mut queue: Vec<&Reference> = Vec::new();
        for operation in model.operations() {
            let gone =
                |(of, name, _): &(Service, &str, &str)| *of == service && *name == operation.name;
            if rust::NOT_THERE.iter().any(gone) {
                continue;
            }
            let folder = format!("operation/{}", names::snake(&operation.name));
            let pages = src.join(&folder).join("paginator.rs").exists();
            if operation.paginator.is_some() {
                assert_eq!(
                    rust::is_paged(service, operation),
                    pages,
                    "{}",
                    operation.name
                );
            }
            let Some(input) = model.input(operation) else {
                continue;
            };
            let builders = read(format!("{folder}/builders.rs"));
            for member in &input.members {
                let setter = format!("pub fn {}(", names::snake(&member.name));
                assert!(builders.contains(&setter), "{}: {setter}", operation.name);
                queue.push(&member.reference);
                checked += 1;
            }
        }
        while let Some(reference) = queue.pop() {
            let shape = model.target(reference);
            if seen.insert(shape.name.clone(), ()).is_some() {
                continue;
            }
            queue.extend(
                [&shape.member, &shape.key, &shape.value]
                    .into_iter()
                    .flatten(),
            );
            queue.extend(shape.members.iter().map(|member| &member.reference));
            let name = names::pascal(&shape.name);
            let union = rust::UNIONS.contains(&shape.name.as_str());
            let kind = match shape.kind {
                Kind::Structure if !union => "struct",
                Kind::Structure => "enum",
                Kind::String if !shape.values.is_empty() => "enum",
                _ => continue,
            };
            let file = match names::snake(&shape.name).trim_start_matches("r#") {
                "type" => "types/_type_.rs".to_owned(),
                plain => format!("types/_{plain}.rs"),
            };
            let text = read(file);
            assert!(
                text.contains(&format!("pub {kind} {name} ")),
                "{kind} {name}"
            );
            checked += 1;
            if kind == "struct" {
                for member in &shape.members {
                    let setter = format!("pub fn {}(", names::snake(&member.name));
                    assert!(text.contains(&setter), "{name}: {setter}");
                }
                // A long signature is broken into lines.
                let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let fails = ["", " "].iter().any(|gap| {
                    flat.contains(&format!(
                        "pub fn build({gap}self{gap}) -> ::std::result::Result"
                    )) || flat.contains(&format!(
                        "pub fn build({gap}self,{gap}) -> ::std::result::Result"
                    ))
                });
                assert_eq!(rust::is_checked(service, model, shape), fails, "{name}");
            }
        }
        if !model.waiters().is_empty() {
            let client = read("client.rs".to_owned());
            for waiter in model.waiters() {
                let method = format!("fn wait_until_{}(", names::snake(&waiter.name));
                assert!(client.contains(&method), "{method}");
            }
        }
    }
    assert!(checked > 1500, "{checked}");
}

#[test]
#[ignore = "compiles a program for each operation, which takes a minute; run it after a change of the SDK"]
fn the_compiler_takes_every_rust_program() {
    let deps = std::env::current_exe().unwrap();
    let deps = deps.parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("#![allow(warnings)]\n");
    let mut all = programs(Language::Rust);
    all.extend(
        COMMANDS
            .iter()
            .enumerate()
            .map(|(at, command)| (format!("command_{at}"), of(Language::Rust, command))),
    );
    for (name, program) in all {
        text.push_str(&format!("mod {name} {{\n{program}\n}}\n"));
    }
    let source = folder.path().join("all.rs");
    std::fs::write(&source, text).unwrap();
    let mut rustc = Process::new("rustc");
    rustc
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "-o",
        ])
        .arg(folder.path().join("all.rmeta"))
        .arg("-L")
        .arg(format!("dependency={}", deps.display()))
        .arg(&source);
    for name in [
        "aws_config",
        "aws_sdk_iam",
        "aws_sdk_s3",
        "aws_sdk_sts",
        "aws_sdk_cloudformation",
        "tokio",
    ] {
        let newest = std::fs::read_dir(deps)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
            })
            .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
            .unwrap();
        rustc
            .arg("--extern")
            .arg(format!("{name}={}", newest.display()));
    }
    let output = rustc.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let said: String = said.chars().take(20_000).collect();
    assert!(output.status.success(), "{said}");
}
