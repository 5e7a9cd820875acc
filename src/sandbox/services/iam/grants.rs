//! Inline policies and attachments, of users, groups and roles alike.

use serde_json::{Value, json};

use super::common::{
    Kind, Needs, below, counted, encoded, entity_need, limit, limit_of, missing, page,
};
use super::{Account, Grants, Name, documents, managed};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

/// Most managed policies attached to one user, group or role.
const ATTACHMENTS: usize = 10;

impl Kind {
    /// Most characters of all inline policies together.
    fn inline_limit(self) -> usize {
        match self {
            Self::User => 2048,
            Self::Group => 5120,
            Self::Role => 10240,
        }
    }

    pub(super) fn grants<'a>(
        self,
        account: &'a Account,
        name: &str,
    ) -> Result<&'a Grants, AwsError> {
        match self {
            Self::User => account.user(name).map(|user| &user.grants),
            Self::Group => account.group(name).map(|group| &group.grants),
            Self::Role => account.role(name).map(|role| &role.grants),
        }
        .ok_or_else(|| self.missing(name))
    }

    fn grants_mut<'a>(
        self,
        account: &'a mut Account,
        name: &str,
    ) -> Result<&'a mut Grants, AwsError> {
        let key = Name::new(name);
        match self {
            Self::User => account.users.get_mut(&key).map(|user| &mut user.grants),
            Self::Group => account.groups.get_mut(&key).map(|group| &mut group.grants),
            Self::Role => account.roles.get_mut(&key).map(|role| &mut role.grants),
        }
        .ok_or_else(|| self.missing(name))
    }
}

/// Attaching and detaching are asked with `iam:PolicyARN`.
pub fn need_attach(
    context: &Context<'_>,
    input: &Input,
    kind: Kind,
    action: &'static str,
) -> Needs {
    let name = input.require(kind.member())?;
    let need = entity_need(context.account()?, kind, name, action);
    Ok(vec![need.key_opt("iam:PolicyARN", input.text("PolicyArn"))])
}

pub fn put(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let policy = input.require("PolicyName")?;
    let text = input.require("PolicyDocument")?;
    let grants = kind.grants(context.account()?, name)?;
    let document = documents::identity(text)?;
    let others = grants.inline.iter().filter(|(known, _)| *known != policy);
    let total: usize = others
        .map(|(_, document)| counted(document.as_written()))
        .sum();
    let most = kind.inline_limit();
    if total + counted(text) > most {
        return Err(limit(format!(
            "Maximum policy size of {most} bytes exceeded for {} {name}",
            kind.word()
        )));
    }
    let grants = kind.grants_mut(context.account_mut()?, name)?;
    grants.inline.insert(policy.to_owned(), document);
    Ok(().into())
}

fn no_inline(kind: Kind, policy: &str) -> AwsError {
    missing(format!(
        "The {} policy with name {policy} cannot be found.",
        kind.word()
    ))
}

pub fn get(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let policy = input.require("PolicyName")?;
    let grants = kind.grants(context.account()?, name)?;
    let document = grants
        .inline
        .get(policy)
        .ok_or_else(|| no_inline(kind, policy))?;
    Ok(json!({
        kind.member(): name,
        "PolicyName": policy,
        "PolicyDocument": encoded(document.as_written()),
    })
    .into())
}

pub fn list(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let grants = kind.grants(context.account()?, name)?;
    let names = grants
        .inline
        .keys()
        .map(|name| (name.clone(), Value::from(name.as_str())));
    Ok(Value::Object(page(input, "PolicyNames", names)?).into())
}

pub fn delete(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let policy = input.require("PolicyName")?;
    let grants = kind.grants_mut(context.account_mut()?, name)?;
    match grants.inline.remove(policy) {
        Some(_) => Ok(().into()),
        None => Err(no_inline(kind, policy)),
    }
}

/// Whether a text has the form of an ARN of a policy.
pub fn is_policy_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    matches!(parts.as_slice(), ["arn", _, "iam", _, _, resource] if resource.starts_with("policy/"))
}

/// ValidationError for what is not an ARN of a policy.
pub fn check_policy_arn(arn: &str) -> Result<(), AwsError> {
    if is_policy_arn(arn) {
        return Ok(());
    }
    Err(AwsError::validation(format!("ARN {arn} is not valid.")))
}

pub fn attach(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let arn = input.require("PolicyArn")?;
    check_policy_arn(arn)?;
    let account = context.account()?;
    let grants = kind.grants(account, name)?;
    if account.policy(arn).is_none() && managed::find(arn).is_none() {
        return Err(missing(format!(
            "Policy {arn} does not exist or is not attachable."
        )));
    }
    if grants.attached.iter().any(|known| known == arn) {
        return Ok(().into());
    }
    let quota = match kind {
        Kind::User => "PoliciesPerUser",
        Kind::Group => "PoliciesPerGroup",
        Kind::Role => "PoliciesPerRole",
    };
    limit_of(grants.attached.len(), quota, ATTACHMENTS)?;
    let grants = kind.grants_mut(context.account_mut()?, name)?;
    grants.attached.push(arn.to_owned());
    Ok(().into())
}

pub fn detach(context: &mut Context<'_>, input: &Input, kind: Kind) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let arn = input.require("PolicyArn")?;
    check_policy_arn(arn)?;
    let grants = kind.grants_mut(context.account_mut()?, name)?;
    let at = grants.attached.iter().position(|known| known == arn);
    let at = at.ok_or_else(|| missing(format!("Policy {arn} was not found.")))?;
    grants.attached.remove(at);
    Ok(().into())
}

/// `PolicyName` and `PolicyArn` of attached policies.
pub fn attached_value(arn: &str) -> Value {
    json!({"PolicyName": arn.rsplit('/').next().unwrap_or(arn), "PolicyArn": arn})
}

pub fn list_attached(
    context: &mut Context<'_>,
    input: &Input,
    kind: Kind,
) -> Result<Reply, AwsError> {
    let name = input.require(kind.member())?;
    let grants = kind.grants(context.account()?, name)?;
    let path_of = |arn: &str| {
        let resource = arn
            .split_once(":policy")
            .map_or("", |(_, resource)| resource);
        resource
            .rsplit_once('/')
            .map_or_else(|| "/".to_owned(), |(path, _)| format!("{path}/"))
    };
    let policies = grants
        .attached
        .iter()
        .filter(|arn| below(&path_of(arn), input))
        .map(|arn| (arn.clone(), attached_value(arn)));
    Ok(Value::Object(page(input, "AttachedPolicies", policies)?).into())
}
