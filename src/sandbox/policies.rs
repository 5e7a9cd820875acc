//! Policy documents as the sandbox keeps them.
//!
//! Where a resource-based policy names a user or role, AWS keeps its unique id: when the user is
//! deleted, the policy shows `AIDA…` in its place, and a new user of the same name is not meant by
//! it (IAM User Guide, "AWS JSON policy elements: Principal").

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::State;
use crate::policy::{Document, DocumentKind, Refusal};

/// A policy document that was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct PolicyText {
    document: Arc<Document>,
    /// ARN and unique id of the users and roles that it names as principals.
    principals: Vec<(String, String)>,
}

/// How a document is saved.
#[derive(Serialize, Deserialize)]
struct Written {
    kind: String,
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    principals: Vec<(String, String)>,
}

/// The kinds of documents that the sandbox keeps, with their names in saved state.
const KINDS: [(&str, DocumentKind); 6] = [
    ("identity", DocumentKind::Identity),
    ("trust", DocumentKind::Trust),
    ("bucket", DocumentKind::Bucket),
    ("session", DocumentKind::Session),
    ("service-control", DocumentKind::ServiceControl),
    ("resource-control", DocumentKind::ResourceControl),
];

impl From<PolicyText> for Written {
    fn from(policy: PolicyText) -> Self {
        let kind = KINDS
            .iter()
            .find(|(_, kind)| *kind == policy.document.kind());
        Self {
            kind: kind.map_or("identity", |(name, _)| name).to_owned(),
            text: policy.document.source().to_owned(),
            principals: policy.principals,
        }
    }
}

impl TryFrom<Written> for PolicyText {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let kind = KINDS.iter().find(|(name, _)| *name == written.kind);
        let (_, kind) = kind.ok_or_else(|| format!("unknown kind of policy `{}`", written.kind))?;
        let document =
            Document::parse(&written.text, *kind).map_err(|refusal| refusal.to_string())?;
        Ok(Self {
            document: Arc::new(document),
            principals: written.principals,
        })
    }
}

/// Why a resource-based policy is not taken.
#[derive(Debug)]
pub enum NotBound {
    /// It is not a policy.
    Refused(Box<Refusal>),
    /// It names an AWS principal that does not exist.
    NoPrincipal(String),
}

impl PolicyText {
    /// Takes a new document without principals.
    ///
    /// # Errors
    ///
    /// When AWS would refuse it.
    pub fn accept(text: &str, kind: DocumentKind) -> Result<Self, Refusal> {
        let document = Arc::new(Document::accept(text, kind)?);
        Ok(Self {
            document,
            principals: Vec::new(),
        })
    }

    /// Reads a document that was accepted before.
    ///
    /// # Errors
    ///
    /// When it is not a policy of that kind.
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, Refusal> {
        let document = Arc::new(Document::parse(text, kind)?);
        Ok(Self {
            document,
            principals: Vec::new(),
        })
    }

    /// Takes a new document with principals: those of this world's users and roles are bound to their
    /// ids, and account ids are written as ARNs of the root user.
    ///
    /// # Errors
    ///
    /// When it is not a policy of that kind, or names a principal that does not exist.
    pub fn bind(state: &State, text: &str, kind: DocumentKind) -> Result<Self, NotBound> {
        let refused = |refusal| NotBound::Refused(Box::new(refusal));
        let document = Document::accept(text, kind).map_err(refused)?;
        let mut value: Value = serde_json::from_str(text).unwrap_or_default();
        let mut principals = Vec::new();
        let mut rewritten = false;
        let mut wrong = None;
        each_principal(&mut value, &mut |entry| {
            let Value::String(name) = entry else { return };
            let is_account = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
            if is_account && state.accounts.contains_key(name) {
                *name = format!("arn:aws:iam::{name}:root");
                rewritten = true;
            } else if let Some(found) = find_principal(state, name) {
                match found {
                    Found::Entity(id) => principals.push((name.clone(), id)),
                    Found::Other => {}
                    Found::Renamed(arn, id) => {
                        principals.push((arn.clone(), id));
                        *name = arn;
                        rewritten = true;
                    }
                }
            } else {
                wrong.get_or_insert_with(|| name.clone());
            }
        });
        if let Some(wrong) = wrong {
            return Err(NotBound::NoPrincipal(wrong));
        }
        let document = if rewritten {
            Document::parse(&value.to_string(), kind).map_err(refused)?
        } else {
            document
        };
        Ok(Self {
            document: Arc::new(document),
            principals,
        })
    }

    /// The document as it was read.
    #[must_use]
    pub fn read(&self) -> &Document {
        &self.document
    }

    /// The same, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<Document> {
        self.document.clone()
    }

    /// The document as it was written.
    #[must_use]
    pub fn as_written(&self) -> &str {
        self.document.source()
    }

    /// The document as it is now: principals that are gone stand as their ids.
    #[must_use]
    pub fn text(&self, state: &State) -> String {
        self.changed(state)
            .unwrap_or_else(|| self.as_written().to_owned())
    }

    /// The document to decide by.
    #[must_use]
    pub fn document(&self, state: &State) -> Arc<Document> {
        self.changed(state)
            .and_then(|text| Document::parse(&text, self.document.kind()).ok())
            .map_or_else(|| self.document.clone(), Arc::new)
    }

    /// The text where it is another than was written.
    fn changed(&self, state: &State) -> Option<String> {
        let changed: Vec<(&str, String)> = self
            .principals
            .iter()
            .filter_map(|(arn, id)| {
                let now = arn_of(state, arn, id).unwrap_or_else(|| id.clone());
                (now != *arn).then_some((arn.as_str(), now))
            })
            .collect();
        if changed.is_empty() {
            return None;
        }
        let mut document: Value = serde_json::from_str(self.as_written()).unwrap_or_default();
        each_principal(&mut document, &mut |entry| {
            if let Value::String(name) = entry
                && let Some((_, now)) = changed.iter().find(|(arn, _)| arn == name)
            {
                name.clone_from(now);
            }
        });
        Some(document.to_string())
    }
}

/// Calls back for each value under `"Principal": {"AWS": …}` and `NotPrincipal`.
fn each_principal(document: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    let statements: Vec<&mut Value> = match document.get_mut("Statement") {
        Some(Value::Array(list)) => list.iter_mut().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    for statement in statements {
        for element in ["Principal", "NotPrincipal"] {
            match statement
                .get_mut(element)
                .and_then(|principal| principal.get_mut("AWS"))
            {
                Some(Value::Array(list)) => list.iter_mut().for_each(&mut *visit),
                Some(one) => visit(one),
                None => {}
            }
        }
    }
}

enum Found {
    /// A user or role, with its id.
    Entity(String),
    /// Written as an id: the ARN and the id.
    Renamed(String, String),
    /// Everyone, root, a session, or something else that has no id of its own.
    Other,
}

/// Finds what a principal names; `None` when it does not exist.
fn find_principal(state: &State, name: &str) -> Option<Found> {
    if name == "*" {
        return Some(Found::Other);
    }
    if (name.starts_with("AIDA") || name.starts_with("AROA")) && name.len() == 21 {
        return Some(match entity_by_id(state, name) {
            Some(arn) => Found::Renamed(arn, name.to_owned()),
            // AWS takes back no id of something deleted.
            None => return None,
        });
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", "aws", service, "", account, resource] = parts.as_slice() else {
        return None;
    };
    if resource.contains(['*', '?']) {
        return None;
    }
    match (*service, *resource) {
        // Accounts outside this world cannot be told from those that do not exist.
        ("iam", "root") => state.account(account).map(|_| Found::Other),
        ("iam", resource) => {
            let account = state.account(account)?;
            let last = resource.rsplit('/').next()?;
            let id = if resource.starts_with("user/") {
                account
                    .user(last)
                    .filter(|user| user.arn == name)
                    .map(|user| &user.id)
            } else {
                account
                    .role(last)
                    .filter(|role| role.arn == name)
                    .map(|role| &role.id)
            };
            id.cloned().map(Found::Entity)
        }
        ("sts", resource) => {
            let mut path = resource.split('/');
            let account = state.account(account)?;
            match (path.next()?, path.next()?) {
                ("assumed-role", role) => account.role(role).map(|_| Found::Other),
                ("federated-user", _) => Some(Found::Other),
                _ => None,
            }
        }
        _ => None,
    }
}

/// ARN of the user or role with that id.
fn entity_by_id(state: &State, id: &str) -> Option<String> {
    state.accounts.values().find_map(|account| {
        let user = account
            .users
            .values()
            .find(|user| user.id == id)
            .map(|user| &user.arn);
        let role = || {
            account
                .roles
                .values()
                .find(|role| role.id == id)
                .map(|role| &role.arn)
        };
        user.or_else(role).cloned()
    })
}

/// ARN that the entity with that id has now. It is looked for under its old ARN first.
fn arn_of(state: &State, arn: &str, id: &str) -> Option<String> {
    if let Some(Found::Entity(found)) = find_principal(state, arn)
        && found == id
    {
        return Some(arn.to_owned());
    }
    entity_by_id(state, id)
}
