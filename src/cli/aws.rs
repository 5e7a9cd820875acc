//! `rolecall aws …`: the `aws` command, by the same code as the steps of lessons.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::{TargetKind, fail};
use crate::aws::{self, Environment, Event, ProfileStore, RealPause, Session};
use crate::awscli::{
    self, Action, Command, Configure, Globals, Named, Names, Outcome, Style, error,
};
use crate::model::Service;
use crate::runtime::clock::System;
use crate::runtime::world::{self, World, WorldFile, WorldPath};
use crate::sandbox::{Sandbox, Settings};

/// The longest wait between two looks at what a sandbox does.
const LOOK: Duration = Duration::from_millis(500);

const WHERE: &str = "\
Where it goes:
  A command goes to the sandbox, in the same world as that of `rolecall serve`: to the one that
  runs, and otherwise to the file that it keeps. Who calls is the administrator, or a profile of
  that world (`rolecall aws configure set ... --profile NAME`), or keys in AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. Your own ~/.aws is neither read nor written.

  With --endpoint-url behind the command, or AWS_ENDPOINT_URL (or AWS_ENDPOINT_URL_IAM and the
  like) in the environment, it goes there, with your own profiles and keys, as `aws` would: that is
  how a lesson's world is reached, after pasting the lines that the lesson shows.

  Only with --target aws does it go to AWS.

Options of rolecall stand directly behind `aws`: rolecall aws --target aws iam list-users

`rolecall aws help` lists the commands, `rolecall aws iam create-user help` what one takes. Exit
codes are those of the AWS CLI: 0, 1 and 2 (s3), 130, 252, 253, 254, 255.";

/// Run a command of the AWS CLI: `rolecall aws iam list-users`.
///
/// It takes what the AWS CLI v2 takes for STS, IAM, CloudFormation and S3, and prints what that
/// prints.
#[derive(Debug, Args)]
#[command(after_help = WHERE)]
pub(super) struct Aws {
    /// What the command runs on; by default the sandbox, or the endpoint that is named
    #[arg(long, value_enum)]
    target: Option<TargetKind>,
    /// The file that keeps the sandbox's world, as of `rolecall serve --state`
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Complete a command line for bash: complete -C 'rolecall aws --complete' NAME
    #[arg(long)]
    complete: bool,
    /// The command, as behind `aws`
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    words: Vec<OsString>,
}

/// The learner's own files, as the AWS CLI finds them.
struct Disk;

impl awscli::Files for Disk {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(expanded(path))
    }

    fn meant(&self, path: &str) -> String {
        expanded(path)
    }
}

/// A path with `~` and variables filled in, as Python's `expanduser` and `expandvars` do.
fn expanded(path: &str) -> String {
    let path = match path.strip_prefix('~') {
        Some(rest) => {
            let (user, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            home(user).map_or_else(|| path.to_owned(), |home| home + below)
        }
        None => path.to_owned(),
    };
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let (name, after) = match behind
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
        {
            Some((name, after)) => (name, after),
            None => {
                let word = |c: char| c.is_alphanumeric() || c == '_';
                let end = behind.find(|c| !word(c)).unwrap_or(behind.len());
                behind.split_at(end)
            }
        };
        match env::var(name) {
            Ok(value) if !name.is_empty() => {
                out.push_str(&value);
                rest = after;
            }
            _ => {
                out.push('$');
                rest = behind;
            }
        }
    }
    out + rest
}

/// The home folder of a user of this machine; of the one who runs this where no name is given.
fn home(user: &str) -> Option<String> {
    if user.is_empty() {
        let home = etcetera::home_dir().ok()?;
        return Some(home.to_string_lossy().into_owned());
    }
    // Users that only a directory service knows are not found.
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let mut users = users.lines().map(|line| line.split(':'));
    users
        .find(|fields| fields.clone().next() == Some(user))?
        .nth(5)
        .map(|home| home.trim_end_matches('/').to_owned())
}

/// A variable of the environment that has a value.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The endpoint that the environment names for a service.
fn endpoint_of(service: Option<Service>) -> Option<String> {
    let ignored = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignored.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return None;
    }
    let own = service.and_then(|service| {
        let name = match service {
            Service::Sts => "STS",
            Service::Iam => "IAM",
            Service::S3 => "S3",
            Service::CloudFormation => "CLOUDFORMATION",
        };
        variable(&format!("AWS_ENDPOINT_URL_{name}"))
    });
    own.or_else(|| variable("AWS_ENDPOINT_URL"))
}

/// A session, and the world to be saved when the command is done.
struct Place {
    session: Session,
    world: Option<(WorldFile, Arc<Sandbox>)>,
    /// Whether profiles are those of the sandbox.
    sandboxed: bool,
}

impl Aws {
    pub(super) fn perform(self) -> u8 {
        if self.complete {
            return self.completed();
        }
        let mut words = Vec::with_capacity(self.words.len());
        for word in &self.words {
            match word.to_str() {
                Some(word) => words.push(word.to_owned()),
                None => {
                    return refuse(&format!(
                        "the argument `{}` is not UTF-8 text",
                        word.to_string_lossy()
                    ));
                }
            }
        }
        let command = match awscli::parse_words(&words, &Disk) {
            Ok(command) => command,
            Err(error) => {
                let _ = io::stderr().write_all(error.stderr().as_bytes());
                let own = words
                    .iter()
                    .find(|word| ["--target", "--state"].contains(&word.as_str()));
                if let Some(own) = own {
                    eprintln!("rolecall: `{own}` stands directly behind `rolecall aws`");
                }
                return error.exit;
            }
        };
        match &command.action {
            Action::Help(topic) => {
                super::print(&awscli::help(topic));
                return super::OK;
            }
            Action::Version => {
                super::print(&format!("{}\n", awscli::version()));
                return super::OK;
            }
            _ => {}
        }
        let place = match self.place(&command) {
            Ok(place) => place,
            Err(reason) => return refuse(&reason),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = match runtime {
            Ok(runtime) => runtime,
            Err(error) => return fail(&format!("cannot start: {error}")),
        };
        let exit = match &command.action {
            Action::Configure(Configure::Interactive) => {
                runtime.block_on(super::aws_configure::ask(
                    &place.session,
                    &command.globals,
                    &mut io::stdin().lock(),
                ))
            }
            _ => runtime.block_on(run(&place.session, &command, place.sandboxed)),
        };
        // A read of standard input that nobody waits for any more does not hold the program up.
        runtime.shutdown_background();
        if let Some((file, sandbox)) = place.world
            && sandbox.requests() > 0
            && let Err(error) = file.save(&sandbox)
        {
            return refuse(&error.to_string());
        }
        exit
    }

    /// Prints what the last word of the line in `COMP_LINE` may become, one a line, as bash asks.
    fn completed(&self) -> u8 {
        let line = variable("COMP_LINE").unwrap_or_default();
        let point = variable("COMP_POINT").and_then(|point| point.parse().ok());
        let before = line.get(..point.unwrap_or(line.len())).unwrap_or(&line);
        let before = before.trim_start();
        let (name, rest) = before.split_once(' ').unwrap_or((before, ""));
        let rest = match rest.trim_start().strip_prefix("aws ") {
            Some(rest) if name.ends_with("rolecall") => rest,
            _ => rest,
        };
        let mut names = Names::default();
        let path = match &self.state {
            Some(path) => Ok(WorldPath::at(path)),
            None => WorldPath::of_user(),
        };
        if let Ok(path) = path {
            for profile in path.profiles().names().unwrap_or_default() {
                names.add(Named::Profile, profile);
            }
            // A world that another program serves is not looked into.
            if let Ok(World::Held(file)) = path.reach()
                && let Ok(found) = file.load(Arc::new(System))
                && let Some(sandbox) = found.sandbox
            {
                crate::runtime::names::add_names(&sandbox, &mut names);
            }
        }
        let text = format!("aws {rest}");
        for word in awscli::complete_in(&text, text.len(), &names).words {
            super::print(&format!("{word}\n"));
        }
        super::OK
    }

    /// Where the command goes.
    fn place(&self, command: &Command) -> Result<Place, String> {
        let service = service(&command.action);
        let endpoint = match self.target {
            Some(TargetKind::Sandbox) => command.globals.endpoint_url.clone(),
            _ => command
                .globals
                .endpoint_url
                .clone()
                .or_else(|| endpoint_of(service)),
        };
        let folder = env::current_dir().map_err(|error| format!("no working folder: {error}"))?;
        let environment = Environment::read(|name| env::var(name).ok());
        let own = || -> Result<ProfileStore, String> {
            let home = etcetera::home_dir()
                .map_err(|_| "cannot find your home folder: set `HOME`".to_owned())?;
            Ok(ProfileStore::of_user(variable, &home))
        };
        let session = |target, profiles, at_most| {
            let pause = Arc::new(RealPause { at_most });
            Session::new(target, profiles, environment.clone(), &folder, pause)
        };
        if let Some(url) = endpoint {
            return Ok(Place {
                session: session(aws::Target::Endpoint(url), own()?, LOOK),
                world: None,
                sandboxed: false,
            });
        }
        if self.target == Some(TargetKind::Aws) {
            // AWS is asked as often as the AWS CLI asks it.
            return Ok(Place {
                session: session(aws::Target::Account, own()?, Duration::MAX),
                world: None,
                sandboxed: false,
            });
        }
        let path = match &self.state {
            Some(path) => Ok(WorldPath::at(path)),
            None => WorldPath::of_user(),
        }
        .map_err(|error| error.to_string())?;
        let profiles = path.profiles();
        if service.is_none() {
            // Nobody is asked: `configure`, and samples of input.
            let target = aws::Target::Account;
            return Ok(Place {
                session: session(target, profiles, LOOK),
                world: None,
                sandboxed: true,
            });
        }
        let (target, world) = match path.reach().map_err(|error| error.to_string())? {
            World::Served(served) => (of_served(served), None),
            World::Held(file) => {
                let sandbox = Arc::new(load(&file)?);
                let target = aws::Target::Sandbox {
                    sandbox: sandbox.clone(),
                    clock: Arc::new(System),
                };
                (target, Some((file, sandbox)))
            }
        };
        Ok(Place {
            session: session(target, profiles, LOOK),
            world,
            sandboxed: true,
        })
    }
}

fn of_served(served: world::Served) -> aws::Target {
    aws::Target::served(
        served.endpoint,
        served.region,
        &served.access_key_id,
        &served.secret_access_key,
    )
}

/// The kept world, or a new one.
fn load(file: &WorldFile) -> Result<Sandbox, String> {
    let clock = Arc::new(System);
    let found = file
        .load(clock.clone())
        .map_err(|error| error.to_string())?;
    if let Some(notice) = found.notice {
        eprintln!("rolecall: {notice}");
    }
    if let Some(sandbox) = found.sandbox {
        return Ok(*sandbox);
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| format!("no randomness: {error}"))?;
    Ok(Sandbox::new(Settings::new(seed, clock)))
}

/// Whose operations a command calls first; `None` where it calls nobody.
fn service(action: &Action) -> Option<Service> {
    match action {
        Action::Call(call) => Some(call.service),
        Action::Wait(wait) => Some(wait.call.service),
        Action::S3(_) => Some(Service::S3),
        Action::Deploy(_) => Some(Service::CloudFormation),
        // Whose keys these are depends on where calls go.
        Action::Configure(Configure::Export(_)) => Some(Service::Sts),
        Action::Configure(_) | Action::Skeleton(_) | Action::Help(_) | Action::Version => None,
    }
}

/// Runs the command and prints what comes of it. An interrupt ends it.
async fn run(session: &Session, command: &Command, sandboxed: bool) -> u8 {
    let mut live = false;
    let mut observer = |event: Event| {
        let (Event::Printed(_) | Event::Streamed(_)) = &event else {
            return;
        };
        live = true;
        match event {
            Event::Printed(text) => super::put(text.as_bytes()),
            Event::Streamed(piece) => super::put(&piece),
            _ => {}
        }
    };
    let outcome = tokio::select! {
        outcome = aws::execute(session, command, &mut observer) => outcome,
        Ok(()) = tokio::signal::ctrl_c() => {
            super::put(b"\n");
            return error::EXIT_INTERRUPT;
        }
    };
    if !(live && matches!(outcome.stdout.style, Style::Text(_))) {
        super::put(outcome.stdout.revealed().as_bytes());
    }
    let _ = io::stderr().write_all(outcome.stderr.as_bytes());
    if sandboxed && let Some(hint) = hint(&command.globals, &outcome) {
        eprintln!("rolecall: {hint}");
    }
    outcome.exit
}

/// What the AWS CLI has no reason to say: that the sandbox has profiles and keys of its own.
fn hint(globals: &Globals, outcome: &Outcome) -> Option<String> {
    let environment = Environment::read(|name| env::var(name).ok());
    let message = outcome.message.as_deref()?;
    if message.starts_with("The config profile (") {
        return Some(
            "the sandbox has profiles of its own: make this one with `rolecall aws configure set \
             ... --profile NAME`, or use those of ~/.aws with `--target aws` or an endpoint"
                .to_owned(),
        );
    }
    let unknown = matches!(
        outcome.code.as_deref(),
        Some("InvalidClientTokenId" | "InvalidAccessKeyId")
    );
    if unknown && globals.profile.is_none() && environment.access_key_id.is_some() {
        return Some(
            "the keys of AWS_ACCESS_KEY_ID are none of the sandbox: unset it to call as its \
             administrator, or use `--target aws`"
                .to_owned(),
        );
    }
    None
}

/// Says why nothing was asked.
fn refuse(reason: &str) -> u8 {
    eprintln!("rolecall: {reason}");
    error::EXIT_GENERAL
}
