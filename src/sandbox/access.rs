//! Who could do what: questions to the gate on a copy of the world, with nothing done.

use std::sync::{Arc, OnceLock};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Sandbox;
use super::caller::{Caller, Identity, Session, SessionKind};
use super::operation::{Context, RequestFacts, Signed};
use super::services::iam::{Role, User};
use super::state::State;
use crate::model::Service;

/// Keys of a bucket that are asked for, beside one that does not exist.
const KEYS: usize = 4;

/// A key that no object has, to ask for in a bucket without objects.
const NO_KEY: &str = "rolecall-asks";

/// A copy of the world, to be asked.
#[derive(Debug)]
pub struct Asking {
    state: State,
    now: Timestamp,
}

impl Sandbox {
    /// A copy of the world as it is now, to be asked who could do what. It costs little.
    #[must_use]
    pub fn asking(&self) -> Asking {
        let inner = self.lock();
        Asking {
            state: inner.state.clone(),
            now: inner.now(self.clock.now()),
        }
    }
}

/// A user, as the caller of a question.
#[must_use]
pub fn user(account: &str, user: &User) -> Caller {
    Caller {
        account: account.to_owned(),
        identity: user.identity(),
        access_key_id: None,
        session: None,
        via: None,
        principal: OnceLock::new(),
    }
}

impl Asking {
    /// The world.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The sandbox's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A session of a role without session policies, tags or MFA, as the caller of a question.
    #[must_use]
    pub fn session(&self, account: &str, role: &Role) -> Caller {
        let hour = SignedDuration::from_hours(1);
        Caller {
            account: account.to_owned(),
            identity: Identity::Role {
                name: role.name.clone(),
                id: role.id.clone(),
                arn: role.arn.clone(),
                session: "rolecall".to_owned(),
            },
            access_key_id: None,
            session: Some(Arc::new(Session {
                kind: SessionKind::AssumeRole,
                issued: self.now,
                expires: self.now.saturating_add(hour).unwrap_or(self.now),
                policies: Vec::new(),
                tags: Vec::new(),
                transitive: Vec::new(),
                source_identity: None,
                mfa: None,
                federation: None,
            })),
            via: None,
            principal: OnceLock::new(),
        }
    }

    /// Whether the gate would let this call of somebody through, asked from this machine, now.
    pub fn may(&mut self, who: &Caller, service: Service, operation: &str, input: Value) -> bool {
        let region = match input.get("Bucket").and_then(Value::as_str) {
            // Asked at the bucket's own endpoint.
            Some(bucket) => self.state.s3.bucket(bucket).map(|it| it.region.clone()),
            None => None,
        };
        let context = Context {
            region: region.unwrap_or_else(|| self.state.region.clone()),
            state: &mut self.state,
            now: self.now,
            caller: Arc::new(who.clone()),
            request: Arc::new(RequestFacts {
                id: String::new(),
                source_ip: super::LOCAL,
                user_agent: None,
                referer: None,
                secure: true,
                signed: Some(Signed::in_header()),
                content_sha256: None,
            }),
            decisions: &mut super::history::Decisions::default(),
        };
        context.would_allow(service, operation, input)
    }

    /// Whether somebody may assume a role, without an external id, tags or MFA.
    pub fn may_assume(&mut self, who: &Caller, role: &str) -> bool {
        let input = json!({"RoleArn": role, "RoleSessionName": "rolecall"});
        self.may(who, Service::Sts, "AssumeRole", input)
    }

    /// Whether somebody may do an operation on at least one of a bucket's first objects, or on one
    /// that does not exist.
    pub fn may_touch(&mut self, who: &Caller, bucket: &str, operation: &str) -> bool {
        let keys = self.state.s3.bucket(bucket).map(|bucket| {
            let keys = bucket.keys().take(KEYS).map(str::to_owned);
            keys.chain([NO_KEY.to_owned()]).collect::<Vec<_>>()
        });
        keys.unwrap_or_default().into_iter().any(|key| {
            let input = json!({"Bucket": bucket, "Key": key});
            self.may(who, Service::S3, operation, input)
        })
    }
}
