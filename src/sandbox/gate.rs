//! The one gate: what every request passes before its handler is called.

use super::authenticate::invalid_token;
use super::caller::{Caller, Identity, SessionKind};
use super::error::AwsError;
use super::operation::{Context, Need, Words};
use super::services::iam::{Account, GatheredPolicies, Grants, Role, User, managed};
use super::state::State;
use crate::model::Service;
use crate::policy::{
    self, Decision, Effect, Explanation, Policies, Policy, Principal, Request, ResourceWords,
    Statement, Verdict,
};

/// Refuses calls that the kind of credentials rules out, whatever the policies say.
///
/// Source: IAM User Guide, "Compare AWS STS credentials"; the errors are as observed.
///
/// # Errors
///
/// AWS's error for such a call.
pub fn admit(context: &Context<'_>, service: Service, operation: &str) -> Result<(), AwsError> {
    let caller = &context.caller;
    if caller.identity == Identity::Anonymous {
        let unsigned = service
            .model()
            .operation(operation)
            .is_some_and(|op| op.auth.as_deref() == Some("none"));
        return if unsigned || service == Service::S3 {
            Ok(())
        } else {
            Err(AwsError::new(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ))
        };
    }
    let Some(session) = &caller.session else {
        return Ok(());
    };
    let limited = matches!(
        session.kind,
        SessionKind::SessionToken | SessionKind::FederationToken
    );
    match service {
        Service::Iam
            if session.kind == SessionKind::FederationToken
                || session.kind == SessionKind::SessionToken && session.mfa.is_none() =>
        {
            Err(invalid_token(service))
        }
        Service::Sts if limited => match (session.kind, operation) {
            (_, "GetCallerIdentity") | (SessionKind::SessionToken, "AssumeRole") => Ok(()),
            _ => Err(AwsError::denied(format!(
                "Cannot call {operation} with session credentials"
            ))),
        },
        _ => Ok(()),
    }
}

/// Asks the policies whether the caller may do this, and records the decision.
///
/// # Errors
///
/// AccessDenied in AWS's words.
pub fn authorise(context: &mut Context<'_>, need: Need) -> Result<(), AwsError> {
    let policies = policies(context, &need);
    let (request, words) = request(context, need);
    let decision = policy::evaluate(&request, &policies);
    let recorded = Recorded {
        request,
        policies,
        decision,
        words,
    };
    let message = recorded.message();
    context.decisions.push(&context.request.id, recorded);
    match message {
        None => Ok(()),
        Some(message) => Err(AwsError::denied(message)),
    }
}

/// What [`authorise`] would answer, without recording it.
#[must_use]
pub fn would_allow(context: &Context<'_>, need: &Need) -> bool {
    let (request, _) = request(context, need.clone());
    let decision = policy::evaluate(&request, &policies(context, need));
    decision.verdict == policy::Verdict::Allow
}

/// A decision with all that it was made of, so that it can be explained when somebody asks.
#[derive(Debug, Clone)]
pub struct Recorded {
    request: Request,
    policies: Policies,
    decision: Decision,
    words: Words,
}

impl Recorded {
    /// What was asked: action, resource and the whole request context.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What was decided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.decision.verdict()
    }

    /// The statements that matched and say what was decided; none for an implicit denial.
    pub fn deciding(&self) -> impl Iterator<Item = &Statement> {
        let effect = match self.verdict() {
            Verdict::Allow => Some(Effect::Allow),
            Verdict::ExplicitDeny => Some(Effect::Deny),
            Verdict::ImplicitDeny => None,
        };
        self.decision
            .matched()
            .filter(move |(_, found)| Some(*found) == effect)
            .filter_map(|(place, _)| {
                let policy = self.policies.find(place)?;
                policy.document.statements().get(place.statement)
            })
    }

    /// AWS's message; `None` when the request is allowed.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        if self.decision.is_allowed() {
            return None;
        }
        self.decision
            .message_naming(&self.request, &self.policies, &self.words())
    }

    /// The decision explained.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        self.decision
            .explain_naming(&self.request, &self.policies, &self.words())
    }

    /// How AWS's message names the resource.
    fn words(&self) -> ResourceWords {
        let resource = &self.request.resource;
        match &self.words {
            Words::Arn | Words::Bare => ResourceWords::Words(resource.clone()),
            Words::Quoted => ResourceWords::Words(format!("\"{resource}\"")),
            Words::Text(text) => ResourceWords::Words(text.clone()),
            Words::Nothing => ResourceWords::Absent,
        }
    }
}

/// The request as the policy engine sees it, and how a message names its resource.
fn request(context: &Context<'_>, need: Need) -> (Request, Words) {
    let known = || {
        context
            .caller
            .principal
            .get_or_init(|| principal(&context.caller))
    };
    let caller = need.principal.unwrap_or_else(|| known().clone());
    let owner = need
        .account
        .unwrap_or_else(|| context.caller.account.clone());
    let keys = super::request_context::of(context, &need.action, need.keys, &owner);
    let request = if owner.is_empty() {
        Request::new(caller, &need.action, &need.resource, keys)
    } else {
        Request::of(caller, need.action, need.resource, owner, keys)
    };
    (request, need.words)
}

/// The caller as the policy engine sees it.
fn principal(caller: &Caller) -> Principal {
    let arn = caller.arn();
    let found = match &caller.identity {
        Identity::Anonymous => return Principal::anonymous(),
        Identity::Service { principal } => return Principal::service(principal),
        Identity::Root => Principal::from_arn(&arn),
        Identity::User { id, .. } => {
            Principal::from_arn(&arn).map(|principal| principal.with_unique_id(id))
        }
        Identity::Role { id, arn: role, .. } => {
            Principal::from_arn(&arn).map(|principal| principal.issued_by(role).with_unique_id(id))
        }
        Identity::Federated { user, .. } => Principal::from_arn(&arn).map(|principal| {
            let account = &caller.account;
            match user {
                Some(user) => principal.issued_by(user),
                None => principal.issued_by(&format!("arn:aws:iam::{account}:root")),
            }
        }),
    };
    // The sandbox makes these ARNs itself; one that cannot be read has no rights.
    found.unwrap_or_else(Principal::anonymous)
}

/// Every policy that bears on the request.
fn policies(context: &Context<'_>, need: &Need) -> Policies {
    let state = &*context.state;
    let caller = &context.caller;
    let mut policies = Policies {
        resource: need.policy.as_ref().map(|resource| {
            Policy::new(resource.title.clone(), resource.document.document(state))
                .held_by(resource.title.clone())
        }),
        ..Policies::default()
    };
    let owner = need.account.as_deref().unwrap_or(&caller.account);
    if let Some(organization) = &state.organization {
        policies.resource_control = organization.resource_control(owner);
        if need.principal.is_none()
            && let Some(levels) = organization.service_control(&caller.account)
        {
            policies.service_control = levels;
        }
    }
    if need.principal.is_some() {
        return policies;
    }
    if let Some(account) = state.account(&caller.account) {
        let id = match &caller.identity {
            Identity::User { id, .. } | Identity::Role { id, .. } => id.as_str(),
            _ => "",
        };
        let gather = || GatheredPolicies {
            identity: identity_policies(state, account, &caller.identity).into(),
            boundary: boundary(state, account, &caller.identity),
        };
        let held = if id.is_empty() {
            gather()
        } else {
            account.gathered.policies(id, gather)
        };
        policies.identity = held.identity;
        policies.boundary = held.boundary;
    }
    if let Some(session) = &caller.session {
        policies.session = session
            .policies
            .iter()
            .map(|given| {
                let policy = Policy::new(
                    given.arn.as_deref().map_or("session policy", last_part),
                    given.document.document(state),
                );
                match &given.arn {
                    Some(arn) => policy.with_arn(arn.clone()),
                    None => policy,
                }
            })
            .collect();
    }
    policies
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The user behind a caller, while it is there.
fn user_of<'a>(account: &'a Account, identity: &Identity) -> Option<&'a User> {
    match identity {
        Identity::User { name, id, .. } => account.user(name).filter(|user| user.id == *id),
        Identity::Federated {
            user: Some(arn), ..
        } => account.user(last_part(arn)).filter(|user| user.arn == *arn),
        _ => None,
    }
}

/// The role behind a caller, while it is there.
fn role_of<'a>(account: &'a Account, identity: &Identity) -> Option<&'a Role> {
    match identity {
        Identity::Role { name, id, .. } => account.role(name).filter(|role| role.id == *id),
        _ => None,
    }
}

/// The policies of an identity. One that is gone has none.
fn identity_policies(state: &State, account: &Account, identity: &Identity) -> Vec<Policy> {
    let mut found = Vec::new();
    if let Some(user) = user_of(account, identity) {
        let holder = format!("user {}", user.name);
        collect(state, account, &user.grants, &holder, &mut found);
        for name in &user.groups {
            if let Some(group) = account.groups.get(name) {
                let holder = format!("group {}", group.name);
                collect(state, account, &group.grants, &holder, &mut found);
            }
        }
    }
    if let Some(role) = role_of(account, identity) {
        let holder = format!("role {}", role.name);
        collect(state, account, &role.grants, &holder, &mut found);
    }
    found
}

/// The permissions boundary of an identity.
fn boundary(state: &State, account: &Account, identity: &Identity) -> Option<Policy> {
    let of_user = user_of(account, identity).map(|user| &user.boundary);
    let of = of_user.or_else(|| role_of(account, identity).map(|role| &role.boundary))?;
    let arn = of.as_ref()?;
    // A boundary whose policy is gone allows nothing.
    Some(managed_policy(state, account, arn).unwrap_or_else(|| empty(arn)))
}

/// Adds inline and attached policies of one holder.
pub(super) fn collect(
    state: &State,
    account: &Account,
    grants: &Grants,
    holder: &str,
    found: &mut Vec<Policy>,
) {
    for (name, document) in &grants.inline {
        found.push(Policy::new(name.as_str(), document.document(state)).held_by(holder));
    }
    for arn in &grants.attached {
        found.extend(managed_policy(state, account, arn).map(|policy| policy.held_by(holder)));
    }
}

/// The managed policy of that ARN.
pub(super) fn managed_policy(state: &State, account: &Account, arn: &str) -> Option<Policy> {
    let document = match account.policy(arn) {
        Some(policy) => policy.document()?.document(state),
        None => managed::find(arn)?.document.document(state),
    };
    Some(Policy::new(last_part(arn), document).with_arn(arn))
}

/// A policy that allows nothing, in the place of one that is gone.
fn empty(arn: &str) -> Policy {
    Policy::new(last_part(arn), managed::nothing()).with_arn(arn)
}
