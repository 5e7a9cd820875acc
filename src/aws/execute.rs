//! Commands to outcomes.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use serde_json::{Map, Value};

use super::call::{Run, quoted_source};
use super::failed::Failed;
use super::s3_settings::Parts;
use super::s3_transfer::{Verb, io_failed};
use super::{Observer, Session, pages};
use crate::awscli::{
    Action, Call, Command, Configure, Format, Globals, Outcome, OutfilePart, Printed, S3, Skeleton,
    Style, Verdict, error,
};
use crate::model::Service;

/// Something under way. What makes one is never inlined: whoever holds a future by its own type has
/// all that it waits for compiled once more beside it.
pub type Running<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who calls, as `sts get-caller-identity` says, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The region in force.
    pub region: String,
}

/// Asks who calls with these options.
///
/// # Errors
///
/// The outcome of the failed call.
#[inline(never)]
pub fn whoami<'a>(
    session: &'a Session,
    globals: &'a Globals,
    observer: &'a mut dyn Observer,
) -> Running<'a, Result<Caller, Box<Outcome>>> {
    Box::pin(asked(session, globals, observer))
}

async fn asked(
    session: &Session,
    globals: &Globals,
    observer: &mut dyn Observer,
) -> Result<Caller, Box<Outcome>> {
    let mut run = Run::new(session, globals, observer);
    let asked = async {
        let answer = run
            .named(Service::Sts, "GetCallerIdentity", Map::new())
            .await?;
        let route = session.route();
        let profile = route.profile(globals)?;
        let text = |name: &str| {
            let found = answer.output.get(name).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        Ok(Caller {
            account: text("Account"),
            arn: text("Arn"),
            region: route.region(globals, profile.as_ref()).unwrap_or_default(),
        })
    };
    let found: Result<Caller, Failed> = asked.await;
    found.map_err(|failed| Box::new(failed.outcome(globals.error_format)))
}

/// Runs a command.
///
/// Dropping the future cancels the command; calls that are out may still take effect at the
/// service, as with an interrupted AWS CLI.
#[inline(never)]
pub fn execute<'a>(
    session: &'a Session,
    command: &'a Command,
    observer: &'a mut dyn Observer,
) -> Running<'a, Outcome> {
    Box::pin(executed(session, command, observer))
}

async fn executed(session: &Session, command: &Command, observer: &mut dyn Observer) -> Outcome {
    let mut run = Run::new(session, &command.globals, observer);
    let result = run.action(&command.action).await;
    let told = std::mem::take(&mut run.told);
    let (printed, request_ids) = run.all_printed();
    let mut outcome = match result {
        Ok(done) => Outcome {
            verdict: if done.exit == 0 {
                Verdict::Success
            } else {
                Verdict::Error
            },
            code: None,
            message: None,
            exit: done.exit,
            stdout: done.stdout,
            stderr: done.stderr,
            request_ids: Vec::new(),
        },
        Err(failed) => failed.outcome(command.globals.error_format),
    };
    outcome.request_ids = request_ids;
    outcome.stderr.insert_str(0, &told);
    if !printed.is_empty() {
        outcome.stdout.style = Style::Text(printed);
    }
    outcome
}

/// What a command that did not fail leaves.
#[derive(Default)]
pub(super) struct Done {
    pub(super) stdout: Printed,
    pub(super) stderr: String,
    pub(super) exit: u8,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        session: &'a Session,
        globals: &'a Globals,
        observer: &'a mut dyn Observer,
    ) -> Self {
        Self {
            session,
            globals,
            observer,
            request_ids: Vec::new(),
            printed: String::new(),
            streamed: (0, Vec::new()),
            source: None,
            at_source: false,
            regions: BTreeMap::new(),
            wire_times: false,
            parts: Parts::default(),
            told: String::new(),
        }
    }

    async fn action(&mut self, action: &Action) -> Result<Done, Failed> {
        self.session.route().check_metadata(self.globals)?;
        if matches!(action, Action::S3(_)) {
            // A profile that is not there fails the command, and not each of its transfers.
            self.session.route().profile(self.globals)?;
        }
        if matches!(action, Action::S3(_) | Action::Deploy(_)) {
            // Half a key in the environment is found before anything else, too.
            if self.globals.profile.is_none() {
                self.session.route().environment_keys()?;
            }
        }
        match action {
            Action::Call(call) => self.operation(call).await,
            Action::Skeleton(skeleton) => Ok(self.skeleton(skeleton)?),
            Action::Wait(wait) => self.wait(wait).await,
            Action::Deploy(deploy) => self.deploy(deploy).await,
            Action::Configure(Configure::Export(format)) => self.export(*format).await,
            Action::Configure(Configure::List) => self.configure_list().await,
            Action::Configure(configure) => self.configure(configure),
            Action::S3(S3::Ls(ls)) => self.ls(ls).await,
            Action::S3(S3::Cp(transfer)) => self.transfer(Verb::Copy, transfer).await,
            Action::S3(S3::Mv(transfer)) => self.transfer(Verb::Move, transfer).await,
            Action::S3(S3::Sync(transfer)) => self.transfer(Verb::Sync, transfer).await,
            Action::S3(S3::Rm(rm)) => self.rm(rm).await,
            Action::S3(S3::Mb(mb)) => self.mb(mb).await,
            Action::S3(S3::Rb(rb)) => self.rb(rb).await,
            Action::S3(S3::Presign(presign)) => self.presign(presign).await,
            Action::S3(S3::Website(website)) => self.website(website).await,
            Action::Help(_) | Action::Version => Err(Failed::general(
                "help and version are not calls: they are printed where the command line is read",
            )),
        }
    }

    /// One API operation, with its pages.
    async fn operation(&mut self, call: &Call) -> Result<Done, Failed> {
        if call.paging.max_items.is_some_and(|items| items <= 0) {
            self.told.push_str(
                "warning: Non-positive values for --max-items may result in undefined behavior.\n",
            );
        }
        self.wire_times = self.wire_times()?;
        let mut pages = Vec::new();
        let value = match &call.operation.paginator {
            Some(paginator) if call.paging.auto => {
                let format = self.format().unwrap_or_default();
                let (joined, each) = pages::joined(self, call, paginator, format).await?;
                pages = each;
                joined
            }
            _ => {
                if let Some(outfile) = &call.outfile
                    && matches!(outfile.part, OutfilePart::Bootstrap(_))
                    && let path = self.path(&outfile.path)
                    && let Some(parent) = path.parent()
                    && !parent.is_dir()
                {
                    // The device would be made, and its secret lost.
                    if parent.is_file() {
                        let why = std::io::Error::from_raw_os_error(NOT_A_DIRECTORY);
                        return Err(io_failed(&outfile.path, &why));
                    }
                    return Err(Failed::local(
                        Some("ParamValidation"),
                        format!("Unable to write to file: {}", outfile.path),
                        error::EXIT_PARAMETER,
                    ));
                }
                let mut input = call.input.clone();
                if let Some(Value::String(source)) = input.get_mut("CopySource") {
                    *source = quoted_source(source);
                }
                let answer = self.exchange(call.service, call.operation, input).await?;
                let mut output = answer.output;
                if let Some(outfile) = &call.outfile {
                    let path = self.path(&outfile.path);
                    let said = |why: &std::io::Error| io_failed(&outfile.path, why);
                    match outfile.part {
                        OutfilePart::Body => save(&path, answer.body, said).await?,
                        OutfilePart::Bootstrap(part) => {
                            bootstrap(&path, part, &mut output, said)?;
                        }
                    }
                }
                output
            }
        };
        let mut done = self.printed(value, &pages, &call.operation.name)?;
        done.stdout.pages = pages;
        Ok(done)
    }

    fn skeleton(&self, skeleton: &Skeleton) -> Result<Done, Failed> {
        let stdout = match skeleton {
            Skeleton::Answer { value, operation } => {
                return self.printed(value.clone(), &[], operation);
            }
            Skeleton::Yaml(text) => Printed {
                style: Style::Text(text.clone()),
                ..Printed::default()
            },
            // An empty answer is not printed, an empty sample is.
            Skeleton::Input(Value::Object(members)) if members.is_empty() => Printed {
                style: Style::Text("{}\n".to_owned()),
                ..Printed::default()
            },
            Skeleton::Input(value) => Printed {
                value: value.clone(),
                style: Style::Formatted {
                    format: Format::Json,
                    query: None,
                    title: String::new(),
                    color: false,
                },
                ..Printed::default()
            },
        };
        Ok(Done {
            stdout,
            ..Done::default()
        })
    }

    /// An answer, to be printed through `--query` and `--output`.
    pub(super) fn printed(
        &self,
        value: Value,
        pages: &[Value],
        operation: &str,
    ) -> Result<Done, Failed> {
        let (format, query) = (self.format()?, self.globals.query.clone());
        if query.is_some() {
            // An expression can fail on this very answer.
            let parts = if pages.is_empty() {
                std::slice::from_ref(&value)
            } else {
                pages
            };
            for part in parts {
                crate::awscli::format::answer(format, query.as_deref(), operation, false, part)
                    .map_err(Failed::general)?;
            }
        }
        Ok(Done {
            stdout: Printed {
                value,
                style: Style::Formatted {
                    format,
                    query,
                    title: operation.to_owned(),
                    color: self.globals.color,
                },
                ..Printed::default()
            },
            ..Done::default()
        })
    }

    /// The output format in force.
    fn format(&self) -> Result<Format, Failed> {
        if let Some(format) = self.globals.output {
            return Ok(format);
        }
        let named = match &self.session.environment.output {
            Some(name) => Some(name.clone()),
            None => self
                .session
                .route()
                .profile(self.globals)?
                .and_then(|profile| profile.get("output").map(ToOwned::to_owned)),
        };
        match named {
            None => Ok(Format::default()),
            Some(name) => Format::named(&name)
                .ok_or_else(|| Failed::general(format!("Unknown output type: {name}"))),
        }
    }

    /// Whether the profile wants times as they came.
    fn wire_times(&self) -> Result<bool, Failed> {
        let profile = self.session.route().profile(self.globals)?;
        let setting = profile
            .as_ref()
            .and_then(|profile| profile.get("cli_timestamp_format"));
        match setting {
            None | Some("iso8601") => Ok(false),
            Some("wire") => Ok(true),
            Some(other) => Err(Failed::local(
                Some("Configuration"),
                format!(
                    "Unknown cli_timestamp_format value: {other}, valid values are \"wire\" or \
                     \"iso8601\""
                ),
                error::EXIT_CONFIGURATION,
            )),
        }
    }

    /// A path of the command line.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.session.folder.join(path)
    }
}

/// `ENOTDIR`.
const NOT_A_DIRECTORY: i32 = 20;

/// Writes a streamed body to a file; `failed` says that it cannot be written.
async fn save(
    path: &Path,
    body: Option<aws_smithy_types::byte_stream::ByteStream>,
    failed: impl Fn(&std::io::Error) -> Failed,
) -> Result<(), Failed> {
    use std::io::Write;
    let mut file = std::fs::File::create(path).map_err(|why| failed(&why))?;
    let Some(mut body) = body else { return Ok(()) };
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|why| {
            Failed::general(format!(
                "An error occurred while reading from response stream: {why}"
            ))
        })?;
        file.write_all(&chunk).map_err(|why| failed(&why))?;
    }
    Ok(())
}

/// Moves the secret of a virtual MFA device to a file that its owner alone may read.
fn bootstrap(
    path: &Path,
    part: &str,
    output: &mut Value,
    failed: impl Fn(&std::io::Error) -> Failed,
) -> Result<(), Failed> {
    use base64::Engine;
    use std::io::Write;
    let Some(device) = output
        .get_mut("VirtualMFADevice")
        .and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    let chosen = device
        .get(part)
        .and_then(Value::as_str)
        .map(ToOwned::to_owned);
    device.shift_remove("QRCodePNG");
    device.shift_remove("Base32StringSeed");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(chosen.unwrap_or_default())
        .map_err(|why| Failed::general(format!("{part} is not base64: {why}")))?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(&bytes))
        .map_err(|why| failed(&why))
}
