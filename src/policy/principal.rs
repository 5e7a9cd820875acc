//! The `Principal` and `NotPrincipal` elements, and how much a match grants.

use super::arn::Arn;
use super::request::{Principal, PrincipalKind, Request};

/// What a matching `Principal` grants, weakest first. It decides which implicit denials still
/// count (IAM User Guide, "Policy evaluation logic", resource-based policies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// The caller's account is named: an identity policy must allow as well.
    Account,
    /// The role of a session, or the user of a federated session, is named: a permissions
    /// boundary and session policies still limit.
    Issuer,
    /// The caller is named, or everyone: no implicit denial counts.
    Caller,
}

/// One entry of a `Principal` element.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Entry {
    /// `*`
    Everyone,
    /// `123456789012` or the ARN of its root.
    Account(Box<str>),
    /// An ARN of a user, role, or session. Wildcards in it mean nothing.
    Arn(Box<str>),
    /// `AIDA…`, `AROA…`: what IAM keeps instead of the ARN of a user or role in a trust policy.
    UniqueId(Box<str>),
    /// `ec2.amazonaws.com`
    Service(Box<str>),
    /// An identity provider by name or ARN.
    Federated(Box<str>),
    /// An account by its S3 canonical user id.
    CanonicalUser(Box<str>),
}

impl Entry {
    /// Reads an entry of the `AWS` type; `None` when it has no form that AWS documents.
    pub fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everyone);
        }
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Account(text.into()));
        }
        if let Some(arn) = Arn::parse(text) {
            return Some(if arn.service == "iam" && arn.resource == "root" {
                Self::Account(arn.account.into())
            } else {
                Self::Arn(text.into())
            });
        }
        // Four letters name the kind, the rest is base 32; a session adds `:name`.
        let id = text.split(':').next().unwrap_or("");
        let shaped = id.len() >= 16
            && id.starts_with('A')
            && id
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        shaped.then(|| Self::UniqueId(text.into()))
    }

    /// What the entry grants to a caller, `None` when it does not name the caller.
    fn grants(&self, request: &Request) -> Option<Grant> {
        let caller = &request.principal;
        match self {
            Self::Everyone => Some(Grant::Caller),
            Self::Account(account) => {
                if caller.account() != Some(account) {
                    return None;
                }
                Some(if caller.kind() == PrincipalKind::Root {
                    Grant::Caller
                } else {
                    Grant::Account
                })
            }
            Self::Arn(arn) => {
                if caller.issuer() == Some(arn) && issuer_counts(caller) {
                    Some(Grant::Issuer)
                } else if **arn == *caller.arn() && caller.account().is_some() {
                    Some(Grant::Caller)
                } else {
                    None
                }
            }
            Self::UniqueId(id) => {
                let user_id = request.context.first("aws:userid");
                if caller.kind() == PrincipalKind::User {
                    let own = caller.unique_id().or(user_id);
                    return (own == Some(id)).then_some(Grant::Caller);
                }
                if caller.kind() != PrincipalKind::Role {
                    return None;
                }
                let full = user_id.unwrap_or("");
                if *full == **id && full.contains(':') {
                    return Some(Grant::Caller);
                }
                let role = full.split(':').next().filter(|part| !part.is_empty());
                (caller.unique_id().or(role) == Some(id)).then_some(Grant::Issuer)
            }
            Self::Service(name) => (caller.kind() == PrincipalKind::Service
                && (**name == *caller.arn() || **name == *"*"))
                .then_some(Grant::Caller),
            Self::Federated(name) => (caller.kind() == PrincipalKind::Identity
                && (**name == *"*" || same_provider(name, request)))
            .then_some(Grant::Caller),
            Self::CanonicalUser(id) => {
                (caller.canonical_user() == Some(id)).then_some(Grant::Account)
            }
        }
    }
}

/// A session matches its role or user; a role named by its own ARN is its own issuer.
fn issuer_counts(caller: &Principal) -> bool {
    matches!(
        caller.kind(),
        PrincipalKind::Role | PrincipalKind::FederatedUser
    )
}

/// An OIDC provider is known by its host or by the ARN of the account's provider for that host.
fn same_provider(written: &str, request: &Request) -> bool {
    let caller = request.principal.arn();
    if written == caller {
        return true;
    }
    let owner = request.resource_account.as_deref();
    let host = |text: &str| {
        let arn = Arn::parse(text)?;
        let host = arn.resource.strip_prefix("oidc-provider/")?;
        (owner.is_none() || owner == Some(arn.account)).then(|| host.to_owned())
    };
    host(written).as_deref() == Some(caller) || host(caller).as_deref() == Some(written)
}

/// A `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PrincipalElement {
    pub negated: bool,
    pub entries: Vec<Entry>,
    /// As written, for messages.
    pub written: Vec<Box<str>>,
}

impl PrincipalElement {
    /// What the element grants or denies to the caller.
    ///
    /// `NotPrincipal` with `Deny` spares a caller only when every step that AWS may check is
    /// listed: the account, the role, and the session; and never one with a permissions boundary.
    /// With `Allow` any of the three is enough to leave the caller out.
    pub fn grants(&self, request: &Request, deny: bool, bounded: bool) -> Option<Grant> {
        let strongest = || {
            self.entries
                .iter()
                .filter_map(|entry| entry.grants(request))
                .max()
        };
        if !self.negated {
            return strongest();
        }
        if !deny {
            return if strongest().is_none() {
                Some(Grant::Caller)
            } else {
                None
            };
        }
        let spared = !bounded && self.lists_every_step(request);
        (!spared).then_some(Grant::Caller)
    }

    /// Whether any entry names the caller, its role or its account.
    pub fn names(&self, request: &Request) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.grants(request).is_some())
    }

    fn lists_every_step(&self, request: &Request) -> bool {
        let listed = |wanted: Grant| {
            self.entries
                .iter()
                .any(|entry| match (wanted, entry.grants(request)) {
                    (_, None) => false,
                    (_, Some(_)) if *entry == Entry::Everyone => true,
                    (wanted, Some(grant)) => grant == wanted,
                })
        };
        let caller = &request.principal;
        let account = caller.account().is_none()
            || listed(Grant::Account)
            || caller.kind() == PrincipalKind::Root && listed(Grant::Caller);
        let role = caller.kind() != PrincipalKind::Role || listed(Grant::Issuer);
        let itself = caller.issuer() == Some(caller.arn()) || listed(Grant::Caller);
        account && role && itself
    }
}
