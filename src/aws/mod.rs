//! Runs commands through the AWS SDK for Rust and says what the AWS CLI would print.
//!
//! [`execute`] takes a parsed command and a [`Session`] (where calls go, whose profiles are used,
//! how time is waited out) and gives an [`Outcome`](crate::awscli::Outcome). What happens on the way (text printed early,
//! stack events, exchanges on the wire, profiles written) goes to an [`Observer`].

mod call;
mod configure;
mod deploy;
mod environment;
mod execute;
mod failed;
mod failure;
mod operations;
mod output;
mod pages;
mod profiles;
mod roles;
mod s3_buckets;
mod s3_files;
mod s3_list;
mod s3_settings;
mod s3_transfer;
mod settings;
mod signing;
mod target;
mod trust;
mod wait;
mod wire;
mod xml;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use environment::Environment;
pub use execute::{Caller, Running, execute, whoami};
pub use operations::supported;
pub use profiles::{Preview, Profile, ProfileError, ProfileSettings, ProfileStore};
pub use signing::Signing;
pub use target::Target;
pub use wire::{Exchange, Shown};

use crate::sandbox::Sandbox;

/// Where commands run, and with what around them.
#[derive(Debug)]
pub struct Session {
    target: Target,
    profiles: ProfileStore,
    environment: Environment,
    folder: PathBuf,
    pause: Arc<dyn Pause>,
    clients: target::Clients,
}

impl Session {
    /// A session. `folder` is where relative paths of the command line begin. No client is built
    /// and no file is read before the first command.
    #[must_use]
    pub fn new(
        target: Target,
        profiles: ProfileStore,
        environment: Environment,
        folder: impl Into<PathBuf>,
        pause: Arc<dyn Pause>,
    ) -> Self {
        Self {
            target,
            profiles,
            environment,
            folder: folder.into(),
            pause,
            clients: target::Clients::default(),
        }
    }

    /// Where its calls go.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Its profiles.
    #[must_use]
    pub fn profiles(&self) -> &ProfileStore {
        &self.profiles
    }

    /// The target's time.
    fn now(&self) -> jiff::Timestamp {
        self.target.now()
    }

    fn route(&self) -> target::Route<'_> {
        target::Route {
            target: &self.target,
            profiles: &self.profiles,
            environment: &self.environment,
            clients: &self.clients,
        }
    }
}

/// How waiting commands wait.
pub trait Pause: Send + Sync + std::fmt::Debug {
    /// Lets that much of the target's time go by. Dropping the future ends the wait.
    fn pause(&self, how_long: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// How long to wait between looks at something whose own rhythm the AWS CLI does not show,
    /// such as the events of a stack. `cli` is the CLI's rhythm.
    fn rhythm(&self, cli: Duration) -> Duration {
        cli
    }
}

/// Really waits, and looks at least every few seconds, so that progress is seen.
#[derive(Debug, Clone, Copy)]
pub struct RealPause {
    /// The longest wait between two looks.
    pub at_most: Duration,
}

impl Pause for RealPause {
    fn pause(&self, how_long: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(how_long))
    }

    fn rhythm(&self, cli: Duration) -> Duration {
        cli.min(self.at_most)
    }
}

/// Moves the sandbox's clock instead of waiting: to the next thing that is due, or by the time
/// asked for where nothing is.
#[derive(Debug, Clone)]
pub struct SandboxPause(pub Arc<Sandbox>);

impl Pause for SandboxPause {
    fn pause(&self, how_long: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let asked = jiff::SignedDuration::try_from(how_long).unwrap_or(jiff::SignedDuration::MAX);
        let by = self.0.next_due().map_or(asked, |due| due.min(asked));
        self.0.advance(by);
        Box::pin(std::future::ready(()))
    }
}

/// What happens while a command runs.
#[derive(Debug, Clone)]
pub enum Event {
    /// A piece of standard output that the CLI prints before it ends.
    Printed(String),
    /// A piece of standard output that is no text: part of an object that goes there.
    Streamed(bytes::Bytes),
    /// A stack event, as `describe-stack-events` shows it, oldest first.
    StackEvent(Value),
    /// A request went out, and what came back.
    Exchange(Box<Exchange>),
    /// A section of the credentials or config file was written.
    ProfileWritten {
        /// The profile.
        profile: String,
        /// Whether it was not there before.
        created: bool,
    },
}

/// Sees what happens while a command runs.
pub trait Observer: Send {
    /// Takes an event in. It must not block.
    fn observe(&mut self, event: Event);
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn observe(&mut self, _: Event) {}
}

impl<F: FnMut(Event) + Send> Observer for F {
    fn observe(&mut self, event: Event) {
        self(event);
    }
}
