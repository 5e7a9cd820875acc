//! AssumeRole.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::grant;
use crate::policy::Arn;
use crate::sandbox::caller::{Identity, Session, SessionKind};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply, ResourcePolicy, Words};
use crate::sandbox::services::iam::{Role, mfa};
use crate::sandbox::state::State;

/// Longest session when the caller is itself a session, in seconds.
const CHAINED: i64 = 3600;

/// The role of an ARN, and its account. Only what has not the form of an ARN is invalid: one that no
/// role can have is a role that trusts nobody. Recorded are ARNs without partition, service or resource
/// (LocalStack's snapshot tests, 2025); an account of nine digits is denied in Ansible's tests on AWS.
pub(super) fn find_role<'a>(
    state: &'a State,
    arn: &str,
) -> Result<(String, Option<&'a Role>), AwsError> {
    let parsed = Arn::parse(arn);
    let valid = parsed.filter(|arn| ![arn.partition, arn.service, arn.resource].contains(&""));
    let parsed = valid.ok_or_else(|| AwsError::validation(format!("{arn} is invalid")))?;
    let account = state.account(parsed.account);
    let role = account.and_then(|account| account.role_by_arn(arn));
    Ok((parsed.account.to_owned(), role))
}

/// A need about a role: its trust policy decides with the caller's own policies. A role that does
/// not exist trusts nobody, and cannot be told from one that does not trust the caller.
pub(super) fn role_need(
    account: &str,
    arn: &str,
    role: Option<&Role>,
    action: &'static str,
) -> Need {
    let policy = match role {
        Some(role) => ResourcePolicy {
            title: format!("role {}", role.name),
            document: role.trust.clone(),
        },
        None => ResourcePolicy {
            title: format!(
                "role {} (it does not exist)",
                arn.rsplit('/').next().unwrap_or(arn)
            ),
            document: crate::sandbox::services::iam::managed::trusts_nobody(),
        },
    };
    let mut need = Need::new(action, arn)
        .owned_by(account)
        .policy(Some(policy))
        .words(Words::Bare);
    for (key, value) in role.into_iter().flat_map(|role| &role.tags.0) {
        need = need
            .key(format!("aws:ResourceTag/{key}"), value.clone())
            .key(format!("iam:ResourceTag/{key}"), value.clone());
    }
    need
}

pub fn needs(context: &Context<'_>, input: &Input) -> Result<Vec<Need>, AwsError> {
    if context.caller.identity == Identity::Root {
        return Err(AwsError::denied(
            "Roles may not be assumed by root accounts.",
        ));
    }
    let arn = input.require("RoleArn")?;
    let (account, role) = find_role(context.state, arn)?;
    let tags = grant::session_tags(input)?;
    let mut keys: Vec<(String, String)> = vec![(
        "sts:RoleSessionName".to_owned(),
        input.require("RoleSessionName")?.to_owned(),
    )];
    if let Some(id) = input.text("ExternalId") {
        keys.push(("sts:ExternalId".to_owned(), id.to_owned()));
    }
    let session = context.caller.session.as_deref();
    let inherited = session.and_then(|session| session.source_identity.as_deref());
    let source_identity = input.text("SourceIdentity").or(inherited);
    if let Some(identity) = source_identity {
        keys.push(("sts:SourceIdentity".to_owned(), identity.to_owned()));
    }
    if mfa_of(context, input)?.is_some() {
        keys.push(("aws:MultiFactorAuthPresent".to_owned(), "true".to_owned()));
        keys.push(("aws:MultiFactorAuthAge".to_owned(), "0".to_owned()));
    }
    let transitive: Vec<String> = input
        .texts("TransitiveTagKeys")
        .into_iter()
        .map(str::to_owned)
        .collect();
    let need = |action| {
        let mut need = role_need(&account, arn, role, action).request_tags(&tags);
        for (key, value) in &keys {
            need = need.key(key.clone(), value.clone());
        }
        if !transitive.is_empty() {
            need = need.key_list("sts:TransitiveTagKeys", transitive.clone());
        }
        need
    };
    let mut needs = vec![need("sts:AssumeRole")];
    // Transitive tags that the caller's session brings are tags of the new session too: the role
    // must allow them (EKS User Guide, "Access AWS resources using EKS Pod Identity target roles").
    let brings = session.is_some_and(|session| !session.transitive.is_empty());
    if !tags.is_empty() || brings {
        needs.push(need("sts:TagSession"));
    }
    if source_identity.is_some() {
        needs.push(need("sts:SetSourceIdentity"));
    }
    Ok(needs)
}

/// The step of the MFA code in the request, checked.
pub(super) fn mfa_of(context: &Context<'_>, input: &Input) -> Result<Option<i64>, AwsError> {
    match (input.text("SerialNumber"), input.text("TokenCode")) {
        (Some(serial), Some(code)) => mfa::verify(context, serial, code).map(Some),
        (None, None) => Ok(None),
        // AWS's wording is not established.
        (Some(_), None) => Err(AwsError::validation(
            "TokenCode must be specified with SerialNumber.",
        )),
        (None, Some(_)) => Err(AwsError::validation(
            "SerialNumber must be specified with TokenCode.",
        )),
    }
}

/// The tags of a session, and the keys of those that are transitive.
type SessionTags = (Vec<(String, String)>, Vec<String>);

/// The tags of the new session: its own, and the transitive ones that the caller's session brings.
fn tags(input: &Input, caller: Option<&Session>) -> Result<SessionTags, AwsError> {
    let mut tags = grant::session_tags(input)?;
    let mut transitive: Vec<String> = input
        .texts("TransitiveTagKeys")
        .into_iter()
        .map(str::to_owned)
        .collect();
    grant::check_transitive(&tags, &transitive)?;
    let same = |left: &str, right: &str| left.to_lowercase() == right.to_lowercase();
    for key in caller.into_iter().flat_map(|session| &session.transitive) {
        if tags.iter().any(|(known, _)| same(known, key)) {
            return Err(AwsError::new(
                400,
                "InvalidParameterValue",
                "One of the specified transitive tag keys can't be set because it conflicts with a \
                 transitive tag key from the calling session.",
            ));
        }
        let inherited = caller.and_then(|session| {
            session
                .tags
                .iter()
                .find(|(known, _)| same(known, key))
                .cloned()
        });
        tags.extend(inherited);
        transitive.push(key.clone());
    }
    Ok((tags, transitive))
}

/// How long the session is to last.
pub(super) fn duration(input: &Input, role: &Role, chained: bool) -> Result<i64, AwsError> {
    let asked = input.int("DurationSeconds").unwrap_or(3600);
    if asked > role.max_session {
        return Err(AwsError::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    if chained && asked > CHAINED {
        return Err(AwsError::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    Ok(asked)
}

pub fn run(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (account, role) = find_role(context.state, input.require("RoleArn")?)?;
    let Some(role) = role.cloned() else {
        return Err(AwsError::internal("a role that does not exist was assumed"));
    };
    let caller = context.caller.session.clone();
    let seconds = duration(input, &role, caller.is_some())?;
    let (tags, transitive) = tags(input, caller.as_deref())?;
    let policies = grant::session_policies(context.state, &account, input)?;
    let inherited = caller
        .as_ref()
        .and_then(|session| session.source_identity.clone());
    if let (Some(given), Some(inherited)) = (input.text("SourceIdentity"), &inherited)
        && given != inherited
    {
        // It cannot be changed in a chain (IAM User Guide); AWS's wording is not established.
        return Err(AwsError::denied(format!(
            "User: {} is not authorized to perform: sts:SetSourceIdentity on resource: {}",
            context.caller.arn(),
            role.arn
        )));
    }
    let step = mfa_of(context, input)?;
    let session = Session {
        kind: SessionKind::AssumeRole,
        issued: context.now,
        expires: context
            .now
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(context.now),
        policies,
        tags,
        transitive,
        source_identity: input
            .text("SourceIdentity")
            .map(str::to_owned)
            .or(inherited),
        // Credentials of AssumeRole carry no MFA information (IAM User Guide).
        mfa: None,
        federation: None,
    };
    let arns = input.list("PolicyArns").len();
    let packed = grant::packed_size(&session, arns)?;
    let shown = input.get("Policy").is_some() || arns > 0 || !session.tags.is_empty();
    if let (Some(step), Some(serial)) = (step, input.text("SerialNumber")) {
        mfa::use_step(context.account_mut()?, serial, step);
    }
    let source_identity = session.source_identity.clone();
    let mut answer = assumed(
        context,
        &account,
        &role,
        input.require("RoleSessionName")?,
        session,
    );
    if let Some(members) = answer.as_object_mut() {
        if shown {
            members.insert("PackedPolicySize".to_owned(), packed.into());
        }
        members.insert("SourceIdentity".to_owned(), source_identity.into());
    }
    Ok(answer.into())
}

/// Issues the credentials of a role session; answers `Credentials` and `AssumedRoleUser`.
pub(super) fn assumed(
    context: &mut Context<'_>,
    account: &str,
    role: &Role,
    name: &str,
    session: Session,
) -> Value {
    let identity = Identity::Role {
        name: role.name.clone(),
        id: role.id.clone(),
        arn: role.arn.clone(),
        session: name.to_owned(),
    };
    let credentials = grant::issue(context, account, identity, session);
    json!({
        "Credentials": credentials,
        "AssumedRoleUser": {
            "AssumedRoleId": format!("{}:{name}", role.id),
            "Arn": format!("arn:aws:sts::{account}:assumed-role/{}/{name}", role.name),
        },
    })
}
