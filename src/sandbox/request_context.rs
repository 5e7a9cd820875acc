//! The request context: the condition keys that AWS fills in by itself, whatever the operation.
//!
//! An operation's own keys stand beside it, in its [`Need`](super::operation::Need). What AWS would not
//! have either is left out: there are no VPC endpoints here, no EC2 instances that sign with a role, no
//! access points.
//!
//! Sources: IAM User Guide, "AWS global condition context keys" (the *Availability* of each) and
//! "Policy variables" (the values for each kind of caller); Service Authorization Reference, Amazon
//! S3; S3 API Reference, "Signature Version 4 authentication specific policy keys".

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::caller::{Caller, Identity};
use super::clock;
use super::error::AwsError;
use super::operation::{Context, Place, RequestFacts};
use super::organization::Organization;
use super::services::iam::Tags;
use crate::policy::{self, Document, Value};

/// The version of TLS that calls in the same process stand for. The AWS SDK and S3 agree on it.
const TLS_VERSION: &str = "1.3";

/// All keys of a request: the ones that every request has, the service's, and the operation's.
///
/// `owner` is the account of the resource; empty where it has none.
pub(super) fn of(
    context: &Context<'_>,
    action: &str,
    own: Vec<(Cow<'static, str>, Value)>,
    owner: &str,
) -> policy::Context {
    policy::Context::later(Facts {
        now: context.now,
        region: context.region.clone(),
        request: context.request.clone(),
        caller: context.caller.clone(),
        tags: principal_tags(context),
        organization: context.state.organization.clone(),
        owner: owner.to_owned(),
        is_s3: action.starts_with("s3:"),
        own,
    })
}

/// What the keys are made of, if a policy asks for one: the world may be another by then.
#[derive(Debug)]
struct Facts {
    now: Timestamp,
    region: String,
    request: Arc<RequestFacts>,
    caller: Arc<Caller>,
    /// Of the user or role behind the caller.
    tags: Tags,
    organization: Option<Arc<Organization>>,
    owner: String,
    is_s3: bool,
    own: Vec<(Cow<'static, str>, Value)>,
}

impl policy::Source for Facts {
    fn fill(&self, keys: &mut policy::Context) {
        self.request_keys(keys);
        if !self.owner.is_empty() {
            keys.insert("aws:ResourceAccount", self.owner.as_str());
        }
        self.principal_keys(keys);
        if let Some(organization) = &self.organization {
            organization.keys(&self.caller.account, &self.owner, keys);
        }
        if self.is_s3 {
            self.s3_keys(keys);
        }
        for (name, value) in &self.own {
            keys.insert(name, value.clone());
        }
    }
}

/// Tags of the user or role behind the caller.
fn principal_tags(context: &Context<'_>) -> Tags {
    let account = context.state.account(&context.caller.account);
    let found = match &context.caller.identity {
        Identity::User { name, .. } => account
            .and_then(|account| account.user(name))
            .map(|user| &user.tags),
        Identity::Role { name, .. } => account
            .and_then(|account| account.role(name))
            .map(|role| &role.tags),
        _ => None,
    };
    found.cloned().unwrap_or_default()
}

impl Facts {
    /// When, where from, where to, and by which service.
    fn request_keys(&self, keys: &mut policy::Context) {
        let request = &self.request;
        keys.insert("aws:CurrentTime", clock::seconds(self.now));
        keys.insert("aws:EpochTime", self.now.as_second().to_string());
        keys.insert("aws:SecureTransport", request.secure.to_string());
        keys.insert("aws:RequestedRegion", self.region.as_str());
        let via = self.caller.via.as_deref();
        keys.insert("aws:ViaAWSService", via.is_some().to_string());
        match via {
            Some(service) => {
                keys.insert("aws:CalledVia", vec![service.to_owned()]);
                keys.insert("aws:CalledViaFirst", service);
                keys.insert("aws:CalledViaLast", service);
            }
            // A service that calls for somebody does so from its own addresses.
            None => keys.insert("aws:SourceIp", request.source_ip.to_string()),
        }
        if let Some(agent) = &request.user_agent {
            keys.insert("aws:UserAgent", agent.as_str());
        }
        if let Some(referer) = &request.referer {
            keys.insert("aws:Referer", referer.as_str());
        }
    }

    /// Who asks, and what the session brings.
    fn principal_keys(&self, keys: &mut policy::Context) {
        let caller = &self.caller;
        let (kind, arn) = match &caller.identity {
            Identity::Anonymous => {
                keys.insert("aws:PrincipalType", "Anonymous");
                keys.insert("aws:PrincipalAccount", "anonymous");
                keys.insert("aws:userid", "anonymous");
                return;
            }
            Identity::Service { principal } => {
                keys.insert("aws:PrincipalIsAWSService", "true");
                keys.insert("aws:PrincipalServiceName", principal.as_str());
                // A service may have regional names besides; which, is not established.
                keys.insert("aws:PrincipalServiceNamesList", vec![principal.clone()]);
                return;
            }
            Identity::Root => ("Account", caller.arn()),
            Identity::User { name, .. } => {
                keys.insert("aws:username", name.as_str());
                ("User", caller.arn())
            }
            Identity::Role { arn, .. } => ("AssumedRole", arn.clone()),
            Identity::Federated { .. } => ("FederatedUser", caller.arn()),
        };
        keys.insert("aws:PrincipalIsAWSService", "false");
        keys.insert("aws:PrincipalType", kind);
        keys.insert("aws:PrincipalArn", arn);
        keys.insert("aws:PrincipalAccount", caller.account.as_str());
        keys.insert("aws:userid", caller.user_id());
        for (key, value) in &self.tags.0 {
            keys.insert(&format!("aws:PrincipalTag/{key}"), value.as_str());
        }
        self.session_keys(keys);
    }

    fn session_keys(&self, keys: &mut policy::Context) {
        let Some(session) = &self.caller.session else {
            return;
        };
        keys.insert("aws:TokenIssueTime", clock::seconds(session.issued));
        keys.insert(
            "aws:MultiFactorAuthPresent",
            session.mfa.is_some().to_string(),
        );
        if let Some(at) = session.mfa {
            let age = self.now.duration_since(at).as_secs();
            keys.insert("aws:MultiFactorAuthAge", age.to_string());
        }
        if let Some(identity) = &session.source_identity {
            keys.insert("aws:SourceIdentity", identity.as_str());
        }
        // Session tags hide the role's or user's own of the same key.
        for (key, value) in &session.tags {
            keys.insert(&format!("aws:PrincipalTag/{key}"), value.as_str());
        }
        if let Some(federation) = &session.federation {
            keys.insert("aws:FederatedProvider", federation.provider.as_str());
            for (name, values) in &federation.keys {
                keys.insert(name, one_or_many(values));
            }
        }
    }

    /// What every action of S3 can be asked with.
    fn s3_keys(&self, keys: &mut policy::Context) {
        if !self.owner.is_empty() {
            keys.insert("s3:ResourceAccount", self.owner.as_str());
        }
        // What the key holds for a connection without TLS is not established: here it is missing.
        if self.request.secure {
            keys.insert("s3:TlsVersion", TLS_VERSION);
        }
        if let Some(signed) = &self.request.signed {
            let version = match signed.age_ms {
                Some(_) => super::wire::sigv4::ALGORITHM,
                None => "AWS",
            };
            keys.insert("s3:signatureversion", version);
            let kind = match signed.place {
                Place::Header => "REST-HEADER",
                Place::Query => "REST-QUERY-STRING",
                Place::Form => "POST",
            };
            keys.insert("s3:authType", kind);
            // The age counts for presigned URLs only.
            if let Some(age) = signed.age_ms.filter(|_| signed.place == Place::Query) {
                keys.insert("s3:signatureAge", age.to_string());
            }
        }
        // Of the header alone: as a parameter of the query it does not count.
        if let Some(hash) = &self.request.content_sha256 {
            keys.insert("s3:x-amz-content-sha256", hash.as_str());
        }
    }
}

/// A value for a key that may have several.
fn one_or_many(values: &[String]) -> Value {
    match values {
        [one] => Value::One(one.clone()),
        many => Value::Many(many.to_vec()),
    }
}

/// Keys, in lower case, that AWS fills in and the sandbox cannot, because what they would hold is not
/// documented: the key, the service principal whose calls it is about (empty: anybody's).
const UNKNOWN: [(&str, &str); 4] = [
    ("s3:object-lock-remaining-retention-days", ""),
    ("sts:roleauthorizedbyidp", ""),
    ("aws:sourcearn", "cloudformation.amazonaws.com"),
    ("aws:sourceaccount", "cloudformation.amazonaws.com"),
];

/// Refuses a new policy that asks for a key which the sandbox cannot fill in: it would be decided
/// wrongly, and nobody would be told.
///
/// # Errors
///
/// `NotImplemented`, naming the key.
pub(super) fn check(document: &Document) -> Result<(), AwsError> {
    for statement in document.statements() {
        for key in statement.condition_keys() {
            let lower = key.to_ascii_lowercase();
            let unknown = UNKNOWN.iter().find(|(known, service)| {
                *known == lower
                    && (service.is_empty() || statement.principals().any(|entry| entry == *service))
            });
            if let Some((_, service)) = unknown {
                let of = if service.is_empty() {
                    String::new()
                } else {
                    format!(" for {service}")
                };
                return Err(AwsError::unsupported(format_args!(
                    "the condition key {key}{of}, because AWS does not document what it holds"
                )));
            }
        }
    }
    Ok(())
}
