//! Everything the sandbox remembers: one value that can be copied cheaply and written to a file.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::caller::{Caller, Identity, Session};
use super::ids::Ids;
use super::organization::Organization;
use super::services::{cloudformation, iam, s3};
use super::shelf::Shelf;
use crate::model::Service;
use crate::secret::Secret;

/// Version of the state's form. A file of a later version is refused.
pub const FORMAT_VERSION: u32 = 2;
/// The first version, which is still read; it has no journal.
pub const OLDEST_VERSION: u32 = 1;

/// The world. Copying it copies a dozen pointers; parts are copied when they change while a copy is
/// alive.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// See [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Number of the journal that goes on from here (see [`super::journal`]).
    #[serde(default)]
    pub journal: u64,
    /// Region of the default endpoints.
    pub region: String,
    /// Account whose administrator is the default caller.
    pub default_account: String,
    /// Where new ids and secrets come from.
    pub ids: Ids,
    /// How far the sandbox's time is ahead of its clock, in milliseconds.
    pub offset_ms: i64,
    /// Work is done by the next request, whenever it is due.
    #[serde(default)]
    pub at_once: bool,
    /// The accounts by id. IAM's entities live in them.
    pub accounts: BTreeMap<String, Arc<iam::Account>>,
    /// Owners of the long-term access keys by key id.
    pub keys: Arc<Shelf<String, KeyOwner>>,
    /// Temporary credentials by key id, expired ones too for a while.
    pub sessions: Arc<Shelf<String, TemporaryKey>>,
    /// Last use of access keys (by key id) and roles (by role id).
    pub usage: Arc<Shelf<String, Use>>,
    /// S3.
    pub s3: Arc<s3::State>,
    /// CloudFormation.
    pub cloudformation: Arc<cloudformation::State>,
    /// Work that is due later, in the order in which it was scheduled.
    pub jobs: Arc<Vec<Job>>,
    /// The organization of the accounts, if they are in one.
    #[serde(default)]
    pub organization: Option<Arc<Organization>>,
}

/// Whose long-term key it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOwner {
    /// Account.
    pub account: String,
    /// IAM user name, `None` for root.
    pub user: Option<String>,
}

/// Temporary credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TemporaryKey {
    /// The secret.
    pub secret: Secret,
    /// The token that has to come with each request.
    pub token: Secret,
    /// Account and identity at the time of issue.
    pub account: String,
    /// Who the credentials speak for.
    pub identity: Identity,
    /// What they carry.
    pub session: Arc<Session>,
    /// The caller, from the first use on.
    #[serde(skip)]
    pub caller: OnceLock<Arc<Caller>>,
}

/// When, where and for what something was last used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// Service prefix.
    pub service: String,
    /// Region.
    pub region: String,
}

/// Work that is due at some time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// When.
    pub due: Timestamp,
    /// Which service's `job` function does it.
    pub service: Service,
    /// For whom.
    pub caller: Caller,
    /// In which region.
    pub region: String,
    /// What, in the service's own terms.
    pub detail: serde_json::Value,
}

impl State {
    /// An empty world.
    #[must_use]
    pub fn new(account: &str, region: &str, seed: [u8; 32]) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            journal: 0,
            region: region.to_owned(),
            default_account: account.to_owned(),
            ids: Ids::new(seed),
            offset_ms: 0,
            at_once: false,
            accounts: BTreeMap::new(),
            keys: Arc::default(),
            sessions: Arc::default(),
            usage: Arc::default(),
            s3: Arc::default(),
            cloudformation: Arc::default(),
            jobs: Arc::default(),
            organization: None,
        }
    }

    /// Whether nothing but uses, ids and time lies between two states of one world. A part that was
    /// written counts as another, whatever was written.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let accounts = self.accounts.len() == other.accounts.len()
            && self
                .accounts
                .values()
                .zip(other.accounts.values())
                .all(|(a, b)| Arc::ptr_eq(a, b));
        accounts
            && Arc::ptr_eq(&self.keys, &other.keys)
            && Arc::ptr_eq(&self.sessions, &other.sessions)
            && Arc::ptr_eq(&self.s3, &other.s3)
            && Arc::ptr_eq(&self.cloudformation, &other.cloudformation)
            && Arc::ptr_eq(&self.jobs, &other.jobs)
    }

    /// How far the sandbox's time is ahead of its clock.
    #[must_use]
    pub fn offset(&self) -> SignedDuration {
        SignedDuration::from_millis(self.offset_ms)
    }

    /// The account of that id.
    #[must_use]
    pub fn account(&self, id: &str) -> Option<&iam::Account> {
        self.accounts.get(id).map(Arc::as_ref)
    }

    /// The account of that id, to change it.
    pub fn account_mut(&mut self, id: &str) -> Option<&mut iam::Account> {
        let account = self.accounts.get_mut(id).map(Arc::make_mut)?;
        account.gathered = iam::Gathered::default();
        Some(account)
    }

    /// When the next work is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.jobs.iter().map(|job| job.due).min()
    }

    /// Takes out the earliest job that is due at `now`.
    pub fn take_due(&mut self, now: Timestamp) -> Option<Job> {
        let due = self.next_due().filter(|due| *due <= now)?;
        let at = self.jobs.iter().position(|job| job.due == due)?;
        Some(Arc::make_mut(&mut self.jobs).remove(at))
    }

    /// Notes a use of an access key or role, to the second.
    pub fn note_use(&mut self, id: &str, at: Timestamp, service: Service, region: &str) {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let service = service.prefix();
        let is_known = |it: &Use| it.at == at && it.service == service && it.region == region;
        if !self.usage.get(id).is_some_and(is_known) {
            let used = Use {
                at,
                service: service.to_owned(),
                region: region.to_owned(),
            };
            Arc::make_mut(&mut self.usage).insert(id.to_owned(), used);
        }
    }
}
