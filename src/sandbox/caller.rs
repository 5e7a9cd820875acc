//! Who sent a request.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policies::PolicyText;
use crate::policy::Principal;
use crate::secret::Secret;

/// A key pair, and the token of temporary ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Secret,
    /// The token of a session.
    pub session_token: Option<Secret>,
}

/// The principal of a request, and the session it came through.
///
/// Serialisable, because CloudFormation keeps acting for the caller who created the stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Caller {
    /// The caller's account; empty for an anonymous caller.
    pub account: String,
    /// Who.
    pub identity: Identity,
    /// Access key that signed, if any.
    pub access_key_id: Option<String>,
    /// The session behind temporary credentials.
    pub session: Option<Arc<Session>>,
    /// The AWS service that makes this call on the caller's behalf (forward access session), such
    /// as `cloudformation.amazonaws.com`.
    pub via: Option<String>,
    /// The caller as the policy engine sees it, once it was asked for.
    #[serde(skip)]
    pub principal: OnceLock<Principal>,
}

/// Who a caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// An unsigned request.
    Anonymous,
    /// The account's root user.
    Root,
    /// An IAM user, also through GetSessionToken credentials.
    User {
        /// Name.
        name: String,
        /// `AIDA…`.
        id: String,
        /// ARN.
        arn: String,
    },
    /// A role session.
    Role {
        /// Name of the role.
        name: String,
        /// `AROA…`.
        id: String,
        /// ARN of the role (with its path).
        arn: String,
        /// Name of the session.
        session: String,
    },
    /// A federated user (GetFederationToken), limited by the user that asked.
    Federated {
        /// Name given to GetFederationToken.
        name: String,
        /// ARN of the IAM user that asked, `None` for root.
        user: Option<String>,
    },
    /// An AWS service, such as `cloudformation.amazonaws.com`.
    Service {
        /// The service principal.
        principal: String,
    },
}

/// What temporary credentials carry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// How they were made.
    pub kind: SessionKind,
    /// When they were made.
    pub issued: Timestamp,
    /// When they stop working.
    pub expires: Timestamp,
    /// The session policies.
    pub policies: Vec<SessionPolicy>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// Keys of the tags that go on when roles are chained.
    pub transitive: Vec<String>,
    /// Source identity.
    pub source_identity: Option<String>,
    /// When the caller proved an MFA device.
    pub mfa: Option<Timestamp>,
    /// The identity provider of a web identity: issuer host and its claims.
    pub federation: Option<Federation>,
}

/// The identity provider behind a role session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Federation {
    /// Value of `aws:FederatedProvider`: ARN of the OIDC provider.
    pub provider: String,
    /// Condition keys with the provider's prefix, such as `example.com:sub`.
    pub keys: Vec<(String, Vec<String>)>,
}

/// A policy passed when the session was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionPolicy {
    /// ARN of a managed policy, `None` for the inline one.
    pub arn: Option<String>,
    /// The document.
    pub document: Arc<PolicyText>,
}

/// The STS operation that made a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionKind {
    /// AssumeRole.
    AssumeRole,
    /// AssumeRoleWithWebIdentity.
    WebIdentity,
    /// GetSessionToken.
    SessionToken,
    /// GetFederationToken.
    FederationToken,
}

impl Caller {
    /// The caller of an unsigned request.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            account: String::new(),
            identity: Identity::Anonymous,
            access_key_id: None,
            session: None,
            via: None,
            principal: OnceLock::new(),
        }
    }

    /// An AWS service acting for itself in an account.
    #[must_use]
    pub fn service(account: impl Into<String>, principal: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            identity: Identity::Service {
                principal: principal.into(),
            },
            access_key_id: None,
            session: None,
            via: None,
            principal: OnceLock::new(),
        }
    }

    /// The caller's ARN as GetCallerIdentity prints it.
    #[must_use]
    pub fn arn(&self) -> String {
        let account = &self.account;
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::Root => format!("arn:aws:iam::{account}:root"),
            Identity::User { arn, .. } => arn.clone(),
            Identity::Role { name, session, .. } => {
                format!("arn:aws:sts::{account}:assumed-role/{name}/{session}")
            }
            Identity::Federated { name, .. } => {
                format!("arn:aws:sts::{account}:federated-user/{name}")
            }
            Identity::Service { principal } => principal.clone(),
        }
    }

    /// `UserId` of GetCallerIdentity, the value of `aws:userid`.
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::Root => self.account.clone(),
            Identity::User { id, .. } => id.clone(),
            Identity::Role { id, session, .. } => format!("{id}:{session}"),
            Identity::Federated { name, .. } => format!("{}:{name}", self.account),
            Identity::Service { principal } => principal.clone(),
        }
    }

    /// The IAM user's name, if the caller is one.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        match &self.identity {
            Identity::User { name, .. } => Some(name),
            _ => None,
        }
    }

    /// How the session was made, if the credentials are temporary.
    #[must_use]
    pub fn session_kind(&self) -> Option<SessionKind> {
        self.session.as_ref().map(|session| session.kind)
    }
}
