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
mod tests;
