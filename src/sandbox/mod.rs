//! AWS in process: IAM, STS, CloudFormation and S3 over one state, enforcing policies as AWS does.
//!
//! [`Sandbox::handle`] takes an HTTP request and answers it; nothing in here does input or output,
//! waits, or asks the machine for the time or for randomness. Two doors lead to it: [`connector`]
//! for the SDK in the same process, and [`listener`] for everything else.
//!
//! Each request goes the same way (`pipeline`): route, signature and token (`authenticate`), input
//! by the model (`wire`), the gate (`gate`), the handler (`services`), the answer by the model.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};

pub mod access;
pub mod authenticate;
pub mod caller;
pub mod clock;
pub mod connector;
pub mod control;
pub mod error;
mod form;
pub mod gate;
mod history;
pub mod ids;
pub mod journal;
pub mod listener;
pub mod operation;
pub mod organization;
mod pipeline;
pub mod policies;
pub mod presigned;
mod request_context;
pub mod services;
pub mod shelf;
pub mod signing_keys;
pub mod state;
pub mod watch;
pub mod wire;

pub use caller::Credentials;
pub use clock::{Clock, ManualClock};
pub use pipeline::{ClientAddress, Unreceived};

use crate::model::Service;
use crate::policy::Explanation;
use error::AwsError;
use gate::Recorded;
use history::{Decisions, History};
use ids::RequestIds;
use journal::{Cause, Entry, Journal};
use operation::{Context, RequestFacts, Signed};
use services::iam;
use signing_keys::SigningKeys;
use state::{KeyOwner, State};

/// Account that the sandbox has by default.
pub const DEFAULT_ACCOUNT: &str = "123456789012";
/// Address of callers in the same process.
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Name of the IAM user that every account starts with; it has AdministratorAccess.
pub const ADMINISTRATOR: &str = "Administrator";

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
        let mut bytes = Vec::new();
        self.written(&mut bytes)?;
        Ok(bytes)
    }

    /// Number of the journal that goes on from here.
    #[must_use]
    pub fn journal(&self) -> u64 {
        self.0.journal
    }

    /// Writes the same bytes, without ever holding them all.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        Ok(self.written(&mut to)?)
    }

    /// One way for memory and disk: a world has many types to compile.
    fn written(&self, to: &mut dyn io::Write) -> Result<(), serde_json::Error> {
        serde_json::to_writer(to, &self.0)
    }
}

/// Why a saved world cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not a saved world, or damaged.
    #[error("the saved sandbox cannot be read: {0}")]
    Damaged(#[from] serde_json::Error),
    /// Written by another version.
    #[error(
        "the saved sandbox has format {found}; this rolecall reads formats {oldest} to {latest}",
        oldest = state::OLDEST_VERSION
    )]
    Version {
        /// Format in the file.
        found: u32,
        /// The latest format that is read.
        latest: u32,
    },
}

/// AWS in process. Cheap to share: all methods take `&self`.
#[derive(Debug)]
pub struct Sandbox {
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
    request_ids: Arc<RequestIds>,
    signing_keys: SigningKeys,
    watcher: watch::Watching,
}

#[derive(Debug)]
struct Inner {
    state: State,
    request_ids: Arc<RequestIds>,
    requests: u64,
    /// Where changes are written down, if they are.
    journal: Option<Arc<dyn Journal>>,
    history: History,
}

impl Sandbox {
    /// A world with one account and its administrator.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let mut state = State::new(&settings.account, &settings.region, settings.seed);
        let now = settings.clock.now();
        add_account(&mut state, &settings.account, now, settings.administrator);
        Self::with(state, settings.clock, "requests")
    }

    /// A sandbox whose requests have the ids of a series.
    fn with(state: State, clock: Arc<dyn Clock>, series: &str) -> Self {
        let request_ids = Arc::new(RequestIds::new(state.ids.fork(series)));
        let inner = Inner {
            state,
            request_ids: request_ids.clone(),
            requests: 0,
            journal: None,
            history: History::default(),
        };
        Self {
            clock,
            inner: Mutex::new(inner),
            request_ids,
            signing_keys: SigningKeys::default(),
            watcher: watch::Watching::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request. Work that is due is done first.
    ///
    /// Signatures, bodies and answers are worked on while others are answered: the world is held for
    /// the look-up of the caller and for the call itself.
    #[must_use]
    pub fn handle(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        self.serve(request, self.clock.now(), None).0
    }

    /// Answers a request of a time, with ids as after so many draws. Gives the error's code too.
    fn serve(
        &self,
        request: http::Request<Bytes>,
        wall: Timestamp,
        ids: Option<u64>,
    ) -> (http::Response<Bytes>, Option<String>) {
        let (parts, body) = request.into_parts();
        if parts.uri.path().starts_with(control::PATH) {
            return self.control(&parts, &body, wall);
        }
        let request = pipeline::Request::new(&parts, &body, wall);
        let mut inner = self.lock();
        let (now, ran) = inner.begin(wall);
        let known = request.look_up(&inner.state, now);
        drop(inner);
        let proved = known.prove(body.clone(), &self.request_ids, &self.signing_keys);
        let mut inner = self.lock();
        if let Some(ids) = ids {
            inner.state.ids.go_on_from(ids);
        }
        let ids = inner.state.ids.drawn();
        let watched = self.watcher.begin(&parts, &inner.state);
        let mut done = if proved.writes() && !inner.ready() {
            proved.refuse(not_kept(&"the disk has refused an earlier one"))
        } else {
            proved.perform(&mut inner.state)
        };
        let seen = watched.map(|watched| watched.end(&inner.state, &done));
        // Dropped when others can go on.
        let forgotten = inner.history.push(std::mem::take(&mut done.decisions));
        let refused = done.refused().map(str::to_owned);
        let journal = inner.journal.clone().filter(|_| done.changed || ran);
        if let Some(journal) = journal.as_ref().filter(|_| done.changed) {
            journal.push(Entry::request(wall, ids, &parts, body, refused.clone()));
        }
        drop(inner);
        drop(forgotten);
        if let Err(error) = journal.map_or(Ok(()), |journal| journal.flush()) {
            done.fail(not_kept(&error));
        }
        if let Some((watcher, seen)) = seen {
            watcher(&seen);
        }
        (done.answer(), refused)
    }

    /// Answers a request whose body did not come in.
    #[must_use]
    pub fn refuse(&self, parts: &Parts, why: Unreceived) -> http::Response<Bytes> {
        pipeline::not_received(parts, why, &self.request_ids)
    }

    /// Answers a request to one of the sandbox's own paths.
    fn control(
        &self,
        parts: &Parts,
        body: &Bytes,
        wall: Timestamp,
    ) -> (http::Response<Bytes>, Option<String>) {
        let mut inner = self.lock();
        let (now, _) = inner.begin(wall);
        let mut asked = control::read(&inner.state, parts, body, (wall, now));
        let ids = inner.state.ids.drawn();
        if asked.changes() && !inner.ready() {
            asked = control::Asked::Refused(not_kept(&"the disk has refused an earlier one"));
        }
        let changed = asked.changes();
        let mut old = None;
        match &asked {
            control::Asked::Reset => old = Some(inner.reset(wall)),
            control::Asked::Organize(organization) => {
                inner.state.organization.clone_from(organization);
            }
            control::Asked::Message(id) => {
                asked = control::message(&inner.state, id, inner.history.find(id));
            }
            _ => {}
        }
        let journal = inner.journal.clone().filter(|_| changed);
        if let Some(journal) = &journal {
            journal.push(Entry::request(wall, ids, parts, body.clone(), None));
        }
        drop(inner);
        // A large world takes its time, which is not that of others.
        drop(old);
        if let Err(error) = journal.map_or(Ok(()), |journal| journal.flush()) {
            asked = control::Asked::Refused(not_kept(&error));
        }
        (control::answer(&asked), None)
    }

    /// Whether work that takes time is done when the next request comes, instead of when it is due.
    /// What it writes down has the times at which it would have been done.
    pub fn work_at_once(&self, at_once: bool) {
        self.lock().state.at_once = at_once;
    }

    /// Writes every change down from now on, or none any more.
    pub fn keep(&self, journal: Option<Arc<dyn Journal>>) {
        self.lock().journal = journal;
    }

    /// A copy of the world; what changes after it goes to the next journal.
    #[must_use]
    pub fn turn_journal(&self) -> Snapshot {
        let mut inner = self.lock();
        inner.state.journal += 1;
        if let Some(journal) = &inner.journal {
            journal.turn(inner.state.journal);
        }
        Snapshot(inner.state.clone())
    }

    /// Number of the journal that goes on from the world as it was saved.
    #[must_use]
    pub fn journal(&self) -> u64 {
        self.lock().state.journal
    }

    /// Makes a change again that a journal tells of.
    ///
    /// # Errors
    ///
    /// In words, where it does not come out as it did: then the world is not what it was.
    pub fn replay(&self, entry: Entry) -> Result<(), String> {
        let Cause::Request {
            parts,
            body,
            refused,
        } = entry.cause
        else {
            let mut inner = self.lock();
            inner.state.ids.go_on_from(entry.ids);
            let now = inner.now(entry.at);
            inner.run_due(now);
            return Ok(());
        };
        let what = format!("{} {}", parts.method, parts.uri.path());
        let request = http::Request::from_parts(*parts, body);
        let (_, found) = self.serve(request, entry.at, Some(entry.ids));
        if found == refused {
            return Ok(());
        }
        let words = |code: Option<String>| code.unwrap_or_else(|| "success".to_owned());
        Err(format!(
            "`{what}` of {} came to {} then, and to {} now",
            entry.at,
            words(refused),
            words(found)
        ))
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
        let decisions = inner.history.find(request_id).iter();
        decisions.map(Recorded::explain).collect()
    }

    /// The same with the requests that were asked, their whole context too.
    #[must_use]
    pub fn recorded(&self, request_id: &str) -> Vec<Recorded> {
        self.lock().history.find(request_id).to_vec()
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
        let latest = state::FORMAT_VERSION;
        if !(state::OLDEST_VERSION..=latest).contains(&found) {
            return Err(LoadError::Version { found, latest });
        }
        let mut state: State = serde_json::from_slice(bytes)?;
        state.format_version = latest;
        // How many ids of requests were given out is not saved: reads draw them and save nothing.
        let series = format!("requests from {} on", clock.now());
        Ok(Self::with(state, clock, &series))
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
        let old = self.lock().reset(now);
        drop(old);
    }

    /// Looks at the state, for tests and for steps that check what was done elsewhere.
    pub fn inspect<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock().state)
    }
}

impl Inner {
    /// Begins a request: the sandbox's time, and whether work was due and is done.
    fn begin(&mut self, wall: Timestamp) -> (Timestamp, bool) {
        self.requests += 1;
        let now = self.now(wall);
        let until = self.until(now);
        if self.state.next_due().is_none_or(|due| due > until) || !self.ready() {
            return (now, false);
        }
        if let Some(journal) = &self.journal {
            journal.push(Entry {
                at: wall,
                ids: self.state.ids.drawn(),
                cause: Cause::Due,
            });
        }
        self.run_due(now);
        (now, true)
    }

    /// Whether a change would be written down, where changes are.
    fn ready(&self) -> bool {
        self.journal.as_ref().is_none_or(|journal| journal.ready())
    }

    fn now(&self, wall: Timestamp) -> Timestamp {
        wall.saturating_add(self.state.offset()).unwrap_or(wall)
    }

    /// A new world with the same accounts and administrators. Ids go on from where they were, so
    /// that none is given twice. Gives what there was.
    fn reset(&mut self, now: Timestamp) -> (State, History) {
        let old = &self.state;
        let mut state = State::new(&old.default_account, &old.region, [0; 32]);
        state.ids = old.ids.clone();
        state.journal = old.journal;
        state.at_once = old.at_once;
        for id in old.accounts.keys() {
            add_account(&mut state, id, now, administrator(old, id));
        }
        let history = std::mem::take(&mut self.history);
        (std::mem::replace(&mut self.state, state), history)
    }

    /// Until when work is due.
    fn until(&self, now: Timestamp) -> Timestamp {
        if self.state.at_once {
            Timestamp::MAX
        } else {
            now
        }
    }

    /// Does the work that is due, each at its own time.
    fn run_due(&mut self, now: Timestamp) {
        let mut decisions = Decisions::default();
        let until = self.until(now);
        while let Some(job) = self.state.take_due(until) {
            let request = RequestFacts {
                id: self.request_ids.uuid(),
                source_ip: LOCAL,
                user_agent: Some(format!("{}.amazonaws.com", job.service)),
                referer: None,
                secure: true,
                signed: Some(Signed::in_header()),
                content_sha256: None,
            };
            let mut context = Context {
                state: &mut self.state,
                now: job.due,
                caller: Arc::new(job.caller),
                region: job.region,
                request: Arc::new(request),
                decisions: &mut decisions,
            };
            services::job(job.service, &mut context, &job.detail);
        }
        self.history.push(decisions);
    }
}

/// The answer to a change that cannot be written down: whoever asks must not think that it is kept.
fn not_kept(error: &dyn fmt::Display) -> AwsError {
    AwsError::new(
        503,
        "ServiceUnavailable",
        format!("rolecall's sandbox cannot write the change to its file: {error}"),
    )
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
        caller: OnceLock::new(),
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
