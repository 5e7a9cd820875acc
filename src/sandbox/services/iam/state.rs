//! The entities of one account.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// A policy document as it was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyText(pub String);

/// Status of an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStatus {
    /// `Active`.
    Active,
    /// `Inactive`.
    Inactive,
}

/// A long-term access key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// Status.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Timestamp,
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Inline policies by name.
    pub inline: BTreeMap<String, Arc<PolicyText>>,
    /// ARNs of attached managed policies, in the order of attachment.
    pub attached: Vec<String>,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Access keys, oldest first.
    pub access_keys: Vec<AccessKey>,
}

impl User {
    /// A user that can do nothing.
    #[must_use]
    pub fn new(account: &str, path: &str, name: &str, id: String, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            id,
            arn: format!("arn:aws:iam::{account}:user{path}{name}"),
            created,
            tags: BTreeMap::new(),
            inline: BTreeMap::new(),
            attached: Vec::new(),
            boundary: None,
            access_keys: Vec::new(),
        }
    }
}

/// One account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Access keys of the root user.
    pub root_keys: Vec<AccessKey>,
    users: BTreeMap<String, User>,
}

/// Names are unique ignoring case.
fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

impl Account {
    /// An account with nobody in it but root.
    #[must_use]
    pub fn new(id: &str, created: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            created,
            root_keys: Vec::new(),
            users: BTreeMap::new(),
        }
    }

    /// The user of that name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(&key(name))
    }

    /// Adds a user.
    pub fn insert_user(&mut self, user: User) {
        self.users.insert(key(&user.name), user);
    }
}
