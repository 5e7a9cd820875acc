//! Watching what comes over sockets: who shares the world wants to know that it was changed.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::request::Parts;

use super::ClientAddress;
use super::gate::Recorded;
use super::pipeline::Done;
use super::state::State;

/// Who is told.
pub type Watcher = Arc<dyn Fn(&Seen) + Send + Sync>;

/// A request that came over a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// HTTP status of its answer.
    pub status: u16,
    /// The first action that was decided on, such as `iam:CreateUser`, where one was.
    pub action: Option<String>,
    /// The caller's ARN, where something was decided on.
    pub principal: Option<String>,
    /// The world is not what it was.
    pub changed: bool,
}

impl Seen {
    /// In words: `iam:CreateUser by user/alice`.
    #[must_use]
    pub fn words(&self) -> String {
        let action = self
            .action
            .as_deref()
            .unwrap_or("a request that needs no permission");
        let who = self
            .principal
            .as_deref()
            .map(|arn| arn.rsplit(':').next().unwrap_or(arn))
            .map_or(String::new(), |who| format!(" by {who}"));
        let refused = if self.status >= 400 {
            format!(", refused with {}", self.status)
        } else {
            String::new()
        };
        format!("{action}{who}{refused}")
    }
}

/// The one who is told, if any.
#[derive(Default)]
pub(super) struct Watching(Mutex<Option<Watcher>>);

impl fmt::Debug for Watching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watching")
    }
}

/// A request that is watched, while it is answered.
pub(super) struct Watched {
    watcher: Watcher,
    before: State,
}

impl Watching {
    pub(super) fn set(&self, watcher: Option<Watcher>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = watcher;
    }

    /// Begins to watch a request, if it came over a socket and somebody wants to know.
    pub(super) fn begin(&self, parts: &Parts, state: &State) -> Option<Watched> {
        parts.extensions.get::<ClientAddress>()?;
        let watcher = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        Some(Watched {
            watcher,
            before: state.clone(),
        })
    }
}

impl Watched {
    pub(super) fn end(self, state: &State, done: &Done<'_>) -> (Watcher, Seen) {
        let decided = done.decisions.first().map(Recorded::explain);
        let seen = Seen {
            status: done.status(),
            changed: !state.is_same(&self.before),
            action: decided.as_ref().map(|decision| decision.action.clone()),
            principal: decided.map(|decision| decision.principal),
        };
        (self.watcher, seen)
    }
}
