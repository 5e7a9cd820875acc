//! One command of the AWS CLI as a program: Rust with the AWS SDK, and Python with boto3.
//!
//! Both are made from the parsed command and the tables of `model`: what they call, and with which
//! members, is what the command line says. Values of secret members are masked. A command that is
//! no single call (`s3 sync`, say) is not made up: the listing says so.

mod names;
mod python;
mod rust;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::awscli::{self, Action, Call, Command, Files, Globals, S3, S3Uri, Target, Transfer};
use crate::model::{Operation, Service};
use crate::secret::MASK;

/// In what a command is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Rust, with the AWS SDK for Rust.
    Rust,
    /// Python, with boto3.
    Python,
    /// The command line itself.
    Cli,
}

impl Language {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Rust, Self::Python, Self::Cli];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Cli => "CLI",
        }
    }
}

/// The listing of one command. `text` holds no secret: variables that do are named in it.
///
/// # Errors
///
/// What the AWS CLI says of a command line that it refuses.
pub fn listing(language: Language, text: &str, files: &dyn Files) -> Result<String, String> {
    if language == Language::Cli {
        return Ok(format!("{}\n", text.trim_end()));
    }
    // A file that a text member is read from stays a file; one that has structure must be read.
    let command = awscli::parse(text, &Marked(files))
        .or_else(|_| awscli::parse(text, files))
        .map_err(|error| error.message)?;
    Ok(written(language, &command))
}

/// The listing of a parsed command.
#[must_use]
pub fn written(language: Language, command: &Command) -> String {
    let plan = plan(command);
    match language {
        Language::Rust => rust::program(&command.globals, &plan),
        Language::Python => python::program(&command.globals, &plan),
        Language::Cli => String::new(),
    }
}

/// What a program does.
enum Plan {
    /// Calls of one service, one after another.
    Calls(Service, Vec<Doing>),
    /// There is no such program; why.
    None(String),
}

/// One thing that a program does.
enum Doing {
    /// A remark.
    Note(&'static str),
    /// An operation.
    Call(Asked),
    /// An operation whose pages are followed.
    Pages(Asked, awscli::Paging),
    /// A waiter, by the name that the model gives it, and the longest wait in seconds.
    Wait(&'static str, u64, Asked),
    /// A file to an object: path, bucket, key.
    Upload(String, String, String),
    /// An object to a file: bucket, key, path.
    Download(String, String, String),
    /// A URL that is valid for some seconds.
    Presign(Asked, i64),
}

/// An operation with its input.
struct Asked {
    service: Service,
    operation: &'static Operation,
    input: Map<String, Value>,
}

impl Asked {
    fn new(service: Service, operation: &str, input: Value) -> Option<Self> {
        let Value::Object(mut input) = input else {
            return None;
        };
        let operation = service.model().operation(operation)?;
        let shape = service.model().input(operation);
        // The CLI's own commands take options that only one of their calls has.
        let known = |name: &str| shape.is_some_and(|shape| shape.field(name).is_some());
        input.retain(|name, value| !value.is_null() && known(name));
        Some(Self {
            service,
            operation,
            input,
        })
    }

    fn of(call: &Call) -> Self {
        Self {
            service: call.service,
            operation: call.operation,
            input: call.input.clone(),
        }
    }
}

fn none(why: &str) -> Plan {
    Plan::None(why.to_owned())
}

fn plan(command: &Command) -> Plan {
    match &command.action {
        Action::Call(call) => {
            let asked = Asked::of(call);
            let doing = if call.operation.paginator.is_some() && call.paging.auto {
                Doing::Pages(asked, call.paging.clone())
            } else {
                Doing::Call(asked)
            };
            Plan::Calls(call.service, vec![doing])
        }
        Action::Wait(wait) => {
            let longest = wait.waiter.delay * u64::from(wait.waiter.max_attempts);
            let asked = Asked::of(&wait.call);
            let name = wait.waiter.name.as_str();
            Plan::Calls(wait.call.service, vec![Doing::Wait(name, longest, asked)])
        }
        Action::Deploy(deploy) => deployed(deploy),
        Action::S3(s3) => transferred(s3),
        Action::Configure(_) => none(
            "This command calls nobody: it writes to the AWS CLI's own files. A program reads the \
             same profiles, by their names.",
        ),
        Action::Skeleton(_) => none("This command prints a sample and calls nobody."),
        Action::Help(_) | Action::Version => none("This command calls nobody."),
    }
}

/// `cloudformation deploy`, in short.
fn deployed(deploy: &awscli::Deploy) -> Plan {
    const SERVICE: Service = Service::CloudFormation;
    if deploy.s3_bucket.is_some() {
        return none(
            "With --s3-bucket the AWS CLI first uploads the template, under the hash of its text, \
             and then makes a change set from its address: more than one program's worth.",
        );
    }
    let pairs = |map: &Map<String, Value>, key: &str, value: &str| -> Value {
        let pairs = map
            .iter()
            .map(|(name, given)| json!({key: name, value: given}));
        let pairs: Vec<Value> = pairs.collect();
        if pairs.is_empty() {
            Value::Null
        } else {
            pairs.into()
        }
    };
    let name = &deploy.stack_name;
    let set = "rolecall-deploy";
    let input = json!({
        "StackName": name,
        "ChangeSetName": set,
        "ChangeSetType": "CREATE",
        "TemplateBody": marker(&deploy.template_file),
        "Capabilities": if deploy.capabilities.is_empty() {
            Value::Null
        } else {
            deploy.capabilities.clone().into()
        },
        "Parameters": pairs(&deploy.parameter_overrides, "ParameterKey", "ParameterValue"),
        "Tags": pairs(&deploy.tags, "Key", "Value"),
        "RoleARN": deploy.role_arn,
        "NotificationARNs": deploy.notification_arns,
    });
    let one = json!({"StackName": name, "ChangeSetName": set});
    let model = SERVICE.model();
    let waiter = |name: &str| model.waiters().iter().find(|waiter| waiter.name == name);
    let wait = |name: &str, input: Value| {
        let waiter = waiter(name)?;
        let longest = waiter.delay * u64::from(waiter.max_attempts);
        let asked = Asked::new(SERVICE, &waiter.operation, input)?;
        Some(Doing::Wait(waiter.name.as_str(), longest, asked))
    };
    let call = |name: &str, input| Asked::new(SERVICE, name, input).map(Doing::Call);
    let mut doings = vec![
        Some(Doing::Note(
            "deploy makes a change set: its type is UPDATE where the stack exists already.",
        )),
        call("CreateChangeSet", input),
        wait("ChangeSetCreateComplete", one.clone()),
    ];
    if deploy.execute_changeset {
        let disable = deploy.disable_rollback.then_some(true);
        doings.push(call(
            "ExecuteChangeSet",
            json!({"ChangeSetName": set, "StackName": name, "DisableRollback": disable}),
        ));
        doings.push(wait("StackCreateComplete", json!({"StackName": name})));
    }
    Plan::Calls(SERVICE, doings.into_iter().flatten().collect())
}

/// What `aws s3 …` comes to.
fn transferred(s3: &S3) -> Plan {
    const SERVICE: Service = Service::S3;
    let call = |name: &str, input: Value| match Asked::new(SERVICE, name, input) {
        Some(asked) => Plan::Calls(SERVICE, vec![Doing::Call(asked)]),
        None => none("This command has no such call."),
    };
    let pages = |name: &str, input: Value, page_size| match Asked::new(SERVICE, name, input) {
        Some(asked) => {
            let paging = awscli::Paging {
                auto: true,
                page_size,
                ..awscli::Paging::default()
            };
            Plan::Calls(SERVICE, vec![Doing::Pages(asked, paging)])
        }
        None => none("This command has no such call."),
    };
    match s3 {
        S3::Ls(ls) => match &ls.uri {
            None => {
                let (prefix, region) = (&ls.bucket_name_prefix, &ls.bucket_region);
                let input = json!({"Prefix": prefix, "BucketRegion": region});
                pages("ListBuckets", input, ls.page_size)
            }
            Some(uri) => {
                let prefix = (!uri.key.is_empty()).then_some(&uri.key);
                let delimiter = (!ls.recursive).then_some("/");
                let input = json!({
                    "Bucket": uri.bucket,
                    "Prefix": prefix,
                    "Delimiter": delimiter,
                    "RequestPayer": ls.request_payer,
                });
                pages("ListObjectsV2", input, ls.page_size)
            }
        },
        S3::Rm(rm) if !rm.recursive && !rm.dryrun => {
            let (bucket, key, payer) = (&rm.uri.bucket, &rm.uri.key, &rm.request_payer);
            let input = json!({"Bucket": bucket, "Key": key, "RequestPayer": payer});
            call("DeleteObject", input)
        }
        S3::Mb(mb) if mb.tags.is_empty() => call("CreateBucket", json!({"Bucket": mb.bucket})),
        S3::Rb(rb) if !rb.force => call("DeleteBucket", json!({"Bucket": rb.bucket})),
        S3::Presign(presign) => {
            let input = json!({"Bucket": presign.uri.bucket, "Key": presign.uri.key});
            match Asked::new(SERVICE, "GetObject", input) {
                Some(asked) => {
                    Plan::Calls(SERVICE, vec![Doing::Presign(asked, presign.expires_in)])
                }
                None => none("This command has no such call."),
            }
        }
        S3::Cp(transfer) if !transfer.recursive && !transfer.dryrun => copied(transfer),
        _ => none(
            "This command is no single call: it makes as many as it finds things to work on. The \
             Wire tab shows those that were made.",
        ),
    }
}

fn copied(transfer: &Transfer) -> Plan {
    const SERVICE: Service = Service::S3;
    let base = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let key = |uri: &S3Uri, name: &str| {
        if uri.key.is_empty() || uri.key.ends_with('/') {
            format!("{}{}", uri.key, base(name))
        } else {
            uri.key.clone()
        }
    };
    let doing = match (&transfer.source, &transfer.target) {
        (Target::Local(path), Target::S3(uri)) if !transfer.members.is_empty() => {
            let mut input = transfer.members.clone();
            input.insert("Bucket".to_owned(), uri.bucket.clone().into());
            input.insert("Key".to_owned(), key(uri, path).into());
            let body = STANDARD.encode(marker(path));
            input.insert("Body".to_owned(), body.into());
            match Asked::new(SERVICE, "PutObject", input.into()) {
                Some(asked) => Doing::Call(asked),
                None => return none("This command has no such call."),
            }
        }
        (Target::Local(path), Target::S3(uri)) => {
            Doing::Upload(path.clone(), uri.bucket.clone(), key(uri, path))
        }
        (Target::S3(uri), Target::Local(path)) if transfer.members.is_empty() => {
            let to = if path.ends_with('/') || path == "." {
                format!("{}/{}", path.trim_end_matches('/'), base(&uri.key))
            } else {
                path.clone()
            };
            Doing::Download(uri.bucket.clone(), uri.key.clone(), to)
        }
        (Target::S3(from), Target::S3(to)) => {
            let mut input = transfer.members.clone();
            input.insert("Bucket".to_owned(), to.bucket.clone().into());
            input.insert("Key".to_owned(), key(to, &from.key).into());
            let source = format!("{}/{}", from.bucket, from.key);
            input.insert("CopySource".to_owned(), source.into());
            match Asked::new(SERVICE, "CopyObject", input.into()) {
                Some(asked) => Doing::Call(asked),
                None => return none("This command has no such call."),
            }
        }
        _ => {
            return none(
                "This command copies through standard input or output, or with options that the \
                 SDK's own transfer has not.",
            );
        }
    };
    Plan::Calls(SERVICE, vec![doing])
}

/// What stands in place of the text of a file, so that the listing names the file.
fn marker(path: &str) -> String {
    format!("\u{1}{path}\u{1}")
}

/// The path that a marker stands for.
fn marked(text: &str) -> Option<&str> {
    text.strip_prefix('\u{1}')?.strip_suffix('\u{1}')
}

/// Bytes of base64 text, or the path of the file that they are in.
enum Bytes {
    File(String),
    Data(Vec<u8>),
}

fn bytes(text: &str) -> Bytes {
    let data = STANDARD.decode(text).unwrap_or_default();
    match std::str::from_utf8(&data).ok().and_then(marked) {
        Some(path) => Bytes::File(path.to_owned()),
        None => Bytes::Data(data),
    }
}

/// Files by their names instead of their contents.
struct Marked<'f>(&'f dyn Files);

impl Files for Marked<'_> {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.0.read(path)?;
        Ok(marker(path).into_bytes())
    }
}

/// A value that is no secret.
fn public(service: Service, member: &crate::model::Member, value: &Value) -> Value {
    let sensitive = service.model().target(&member.reference).sensitive;
    if value.is_string() && (sensitive || crate::secret::is_secret_member(&member.name)) {
        // A variable that holds a secret is named, not filled in.
        return match value.as_str() {
            Some(text) if text.starts_with("${") => value.clone(),
            _ => Value::from(MASK),
        };
    }
    value.clone()
}

/// What both languages say of options that have no place in them.
fn remarks(globals: &Globals) -> Vec<String> {
    let mut out = Vec::new();
    if globals.no_sign_request {
        out.push("--no-sign-request: configure the client without credentials".to_owned());
    }
    if let Some(query) = &globals.query {
        out.push(format!("--query {query}"));
    }
    out
}

#[cfg(test)]
mod tests {
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
            let command =
                format!("aws iam create-login-profile --user-name u --password '{value}'");
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
                std::fs::read_to_string(src.join(&path))
                    .unwrap_or_else(|why| panic!("{path}: {why}"))
            };
            let model = service.model();
            let mut seen: BTreeMap<String, ()> = BTreeMap::new();
            let mut queue: Vec<&Reference> = Vec::new();
            for operation in model.operations() {
                let gone = |(of, name, _): &(Service, &str, &str)| {
                    *of == service && *name == operation.name
                };
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
}
