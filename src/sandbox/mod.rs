//! AWS in process: IAM, STS, CloudFormation and S3 over one state, enforcing policies as AWS does.
//!
//! [`Sandbox::handle`] takes an HTTP request and answers it; nothing in here does input or output,
//! waits, or asks the machine for the time or for randomness. Two doors lead to it: [`connector`]
//! for the SDK in the same process, and [`listener`] for everything else.
//!
//! Each request goes the same way (`pipeline`): route, signature and token (`authenticate`), input
//! by the model (`wire`), the gate (`gate`), the handler (`services`), the answer by the model.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

pub mod access;
pub mod authenticate;
pub mod caller;
pub mod clock;
pub mod connector;
pub mod control;
pub mod error;
pub mod gate;
pub mod ids;
pub mod listener;
pub mod operation;
pub mod organization;
mod pipeline;
pub mod policies;
mod request_context;
pub mod services;
pub mod state;
pub mod watch;
pub mod wire;

pub use caller::Credentials;
pub use clock::{Clock, ManualClock};
pub use pipeline::ClientAddress;

use crate::model::Service;
use crate::policy::Explanation;
use gate::Recorded;
use ids::Ids;
use operation::{Context, RequestFacts, Signed};
use services::iam;
use state::{KeyOwner, State};

/// Account that the sandbox has by default.
pub const DEFAULT_ACCOUNT: &str = "123456789012";
/// Name of the IAM user that every account starts with; it has AdministratorAccess.
pub const ADMINISTRATOR: &str = "Administrator";
/// Requests whose decisions are remembered.
const HISTORY: usize = 512;
/// How far back decisions of one request may lie apart, with those of its inner calls between.
const NEAR: usize = 16;

/// What a new sandbox starts from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The first account's id, 12 digits.
    pub account: String,
    /// Region of the default endpoints.
    pub region: String,
    /// Randomness that all ids and secrets are made from.
    pub seed: [u8; 32],
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Keys of the first account's administrator; made from the seed where `None`.
    pub administrator: Option<Credentials>,
}

impl Settings {
    /// The default account and region.
    #[must_use]
    pub fn new(seed: [u8; 32], clock: Arc<dyn Clock>) -> Self {
        Self {
            account: DEFAULT_ACCOUNT.to_owned(),
            region: "us-east-1".to_owned(),
            seed,
            clock,
            administrator: None,
        }
    }
}

/// A copy of the world at one moment (see [`Sandbox::snapshot`]).
#[derive(Debug, Clone)]
pub struct Snapshot(State);

impl Snapshot {
    /// The world as bytes, for [`Sandbox::load`]. They hold secrets: write them to a file of mode
    /// 0600.
    ///
    /// # Errors
    ///
    /// Never for a world that a sandbox made.
    pub fn save(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&self.0)
    }
}

/// Why a saved world cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not a saved world, or damaged.
    #[error("the saved sandbox cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
    /// Written by another version.
    #[error("the saved sandbox has format {found}; this rolecall reads format {expected}")]
    Version {
        /// Format in the file.
        found: u32,
        /// Format that is read.
        expected: u32,
    },
}

/// AWS in process. Cheap to share: all methods take `&self`.
#[derive(Debug)]
pub struct Sandbox {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    watcher: watch::Watching,
}

#[derive(Debug)]
struct Inner {
    state: State,
    request_ids: Ids,
    requests: u64,
    /// Decisions of the latest requests, oldest first.
    history: VecDeque<(String, Vec<Recorded>)>,
}

impl Sandbox {
    /// A world with one account and its administrator.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut state = State::new(&settings.account, &settings.region, settings.seed);
        let now = settings.clock.now();
        add_account(&mut state, &settings.account, now, settings.administrator);
        Self::with(state, settings.clock)
    }

    fn with(state: State, clock: Arc<dyn Clock>) -> Self {
        let request_ids = state.ids.fork("requests");
        let inner = Inner {
            state,
            request_ids,
            requests: 0,
            history: VecDeque::new(),
        };
        Self {
            clock,
            inner: Mutex::new(inner),
            watcher: watch::Watching::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request. Work that is due is done first.
    #[must_use]
    pub fn handle(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        let (parts, body) = request.into_parts();
        let mut inner = self.lock();
        let wall = self.clock.now();
        let now = inner.now(wall);
        inner.requests += 1;
        inner.run_due(now);
        if let Some(asked) = control::read(&inner.state, &parts, &body, (wall, now)) {
            match &asked {
                control::Asked::Reset => inner.reset(wall),
                control::Asked::Organize(organization) => {
                    inner.state.organization.clone_from(organization);
                }
                control::Asked::Message(id) => {
                    let asked = control::message(&inner.state, id, &inner.recorded(id));
                    return control::answer(&asked);
                }
                _ => {}
            }
            return control::answer(&asked);
        }
        let Inner {
            state, request_ids, ..
        } = &mut *inner;
        let watched = self.watcher.begin(&parts, state);
        let answer = pipeline::serve(state, request_ids, &parts, body, (wall, now));
        let seen = watched.map(|watched| watched.end(state, &answer));
        for (id, decision) in answer.decisions {
            inner.push(id, decision);
        }
        drop(inner);
        if let Some((watcher, seen)) = seen {
            watcher(&seen);
        }
        answer.response
    }

    /// Tells a watcher of every request that comes over a socket, after its answer is made; or no
    /// one any more.
    pub fn watch(&self, watcher: Option<watch::Watcher>) {
        self.watcher.set(watcher);
    }

    /// The decisions that a request led to, in the order in which they were made. Empty when
    /// nothing had to be decided, or when the request is too long ago.
    #[must_use]
    pub fn decisions(&self, request_id: &str) -> Vec<Explanation> {
        let inner = self.lock();
        inner
            .history
            .iter()
            .rev()
            .find(|(id, _)| id == request_id)
            .map(|(_, decisions)| decisions.iter().map(Recorded::explain).collect())
            .unwrap_or_default()
    }

    /// The same with the requests that were asked, their whole context too.
    #[must_use]
    pub fn recorded(&self, request_id: &str) -> Vec<Recorded> {
        self.lock().recorded(request_id)
    }

    /// The sandbox's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.lock().now(self.clock.now())
    }

    /// Moves the sandbox's time forward against its clock, and does the work that becomes due at
    /// its time.
    pub fn advance(&self, by: SignedDuration) {
        let mut inner = self.lock();
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        inner.state.offset_ms = inner.state.offset_ms.saturating_add(millis.max(0));
        let now = inner.now(self.clock.now());
        inner.run_due(now);
    }

    /// How long until the next work is due; zero when it is overdue, `None` when there is none.
    #[must_use]
    pub fn next_due(&self) -> Option<SignedDuration> {
        let inner = self.lock();
        let now = inner.now(self.clock.now());
        inner
            .state
            .next_due()
            .map(|due| due.duration_since(now).max(SignedDuration::ZERO))
    }

    /// A copy of the world, for undo and reset. It costs little.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.lock().state.clone())
    }

    /// Puts the world back to what it was.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.lock().state = snapshot.0.clone();
    }

    /// The world as bytes: see [`Snapshot::save`].
    ///
    /// # Errors
    ///
    /// Never for a world that this sandbox made.
    pub fn save(&self) -> Result<Vec<u8>, serde_json::Error> {
        self.snapshot().save()
    }

    /// Requests handled so far: while it stays the same, the world does too, but for the work that
    /// becomes due.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.lock().requests
    }

    /// The world that [`Sandbox::save`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged or of another version.
    pub fn load(bytes: &[u8], clock: Arc<dyn Clock>) -> Result<Self, LoadError> {
        #[derive(serde::Deserialize)]
        struct Version {
            format_version: u32,
        }
        let found = serde_json::from_slice::<Version>(bytes)?.format_version;
        let expected = state::FORMAT_VERSION;
        if found != expected {
            return Err(LoadError::Version { found, expected });
        }
        Ok(Self::with(serde_json::from_slice(bytes)?, clock))
    }

    /// The first account's id.
    #[must_use]
    pub fn default_account(&self) -> String {
        self.lock().state.default_account.clone()
    }

    /// The region of the default endpoints.
    #[must_use]
    pub fn region(&self) -> String {
        self.lock().state.region.clone()
    }

    /// Adds an account with its administrator; one that exists is left as it is.
    pub fn add_account(&self, id: &str) {
        let mut inner = self.lock();
        let now = inner.now(self.clock.now());
        if !inner.state.accounts.contains_key(id) {
            add_account(&mut inner.state, id, now, None);
        }
    }

    /// Keys of an account's administrator, while the user and a key of it exist.
    #[must_use]
    pub fn administrator(&self, account: &str) -> Option<Credentials> {
        administrator(&self.lock().state, account)
    }

    /// Empties the world: the accounts stay, each with its administrator and the key it had.
    pub fn reset(&self) {
        let now = self.clock.now();
        self.lock().reset(now);
    }

    /// Looks at the state, for tests and for steps that check what was done elsewhere.
    pub fn inspect<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock().state)
    }
}

impl Inner {
    fn recorded(&self, request_id: &str) -> Vec<Recorded> {
        let known = self.history.iter().rev().find(|(id, _)| id == request_id);
        known.map(|(_, all)| all.clone()).unwrap_or_default()
    }

    fn now(&self, wall: Timestamp) -> Timestamp {
        wall.saturating_add(self.state.offset()).unwrap_or(wall)
    }

    /// A new world with the same accounts and administrators. Ids go on from where they were, so
    /// that none is given twice.
    fn reset(&mut self, now: Timestamp) {
        let old = &self.state;
        let mut state = State::new(&old.default_account, &old.region, [0; 32]);
        state.ids = old.ids.clone();
        for id in old.accounts.keys() {
            add_account(&mut state, id, now, administrator(old, id));
        }
        self.state = state;
        self.history.clear();
    }

    /// Does the work that is due, each at its own time.
    fn run_due(&mut self, now: Timestamp) {
        let mut decisions = Vec::new();
        while let Some(job) = self.state.take_due(now) {
            let request = RequestFacts {
                id: self.request_ids.uuid(),
                source_ip: "127.0.0.1".to_owned(),
                user_agent: Some(format!("{}.amazonaws.com", job.service)),
                referer: None,
                secure: true,
                signed: Some(Signed::in_header()),
                content_sha256: None,
            };
            let mut context = Context {
                state: &mut self.state,
                now: job.due,
                caller: job.caller,
                region: job.region,
                request,
                decisions: &mut decisions,
            };
            services::job(job.service, &mut context, &job.detail);
        }
        for (id, decision) in decisions {
            self.push(id, decision);
        }
    }

    fn push(&mut self, id: String, decision: Recorded) {
        if let Some((_, known)) = self
            .history
            .iter_mut()
            .rev()
            .take(NEAR)
            .find(|(known, _)| *known == id)
        {
            known.push(decision);
            return;
        }
        if self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back((id, vec![decision]));
    }
}

fn administrator(state: &State, account: &str) -> Option<Credentials> {
    let user = state.account(account)?.user(ADMINISTRATOR)?;
    user.access_keys.first().map(|key| Credentials {
        access_key_id: key.id.clone(),
        secret_access_key: key.secret.clone(),
        session_token: None,
    })
}

/// Adds an account with an administrator: a user with AdministratorAccess and one access key.
fn add_account(state: &mut State, id: &str, now: Timestamp, keys: Option<Credentials>) {
    let mut account = iam::Account::new(id, now);
    let user_id = state.ids.entity("AIDA");
    let key = iam::AccessKey {
        id: keys.as_ref().map_or_else(
            || state.ids.access_key("AKIA"),
            |keys| keys.access_key_id.clone(),
        ),
        secret: keys.map_or_else(|| state.ids.secret_key(), |keys| keys.secret_access_key),
        status: iam::KeyStatus::Active,
        created: now,
    };
    let owner = KeyOwner {
        account: id.to_owned(),
        user: Some(ADMINISTRATOR.to_owned()),
    };
    Arc::make_mut(&mut state.keys).insert(key.id.clone(), owner);
    let mut user = iam::User::new(id, "/", ADMINISTRATOR, user_id, now);
    user.access_keys.push(key);
    user.grants
        .attached
        .push("arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
    account.insert_user(user);
    state.accounts.insert(id.to_owned(), Arc::new(account));
}

/// Whether the sandbox supports an operation.
#[must_use]
pub fn supports(service: Service, operation: &str) -> bool {
    services::operations(service)
        .iter()
        .any(|known| known.name == operation)
}
