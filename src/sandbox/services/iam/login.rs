//! Passwords and the account's password policy.

use serde_json::{Map, Value, json};

use super::common::{Kind, exists, missing, user_name};
use super::{Account, LoginProfile, Name};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};
use crate::secret::Secret;

fn violation(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "PasswordPolicyViolation", message)
}

/// Checks a password by the account's policy, or by the default one (IAM User Guide, "Setting an
/// account password policy": eight characters, three of four kinds).
fn check(account: &Account, password: &str) -> Result<(), AwsError> {
    let has = |kind: fn(char) -> bool| password.chars().any(kind);
    let kinds = [
        (
            "RequireUppercaseCharacters",
            has(|c| c.is_ascii_uppercase()),
            "uppercase letter",
        ),
        (
            "RequireLowercaseCharacters",
            has(|c| c.is_ascii_lowercase()),
            "lowercase letter",
        ),
        ("RequireNumbers", has(|c| c.is_ascii_digit()), "number"),
        (
            "RequireSymbols",
            has(|c| c.is_ascii_punctuation()),
            "symbol",
        ),
    ];
    let length = password.chars().count();
    let Some(policy) = &account.password_policy else {
        if length < 8 {
            return Err(violation("Password should have a minimum length of 8"));
        }
        if kinds.iter().filter(|kind| kind.1).count() < 3 {
            // AWS's wording of this rule is not established.
            return Err(violation(
                "Password should contain at least three of: uppercase letter, lowercase letter, number, symbol",
            ));
        }
        return Ok(());
    };
    let least = policy
        .get("MinimumPasswordLength")
        .and_then(Value::as_u64)
        .unwrap_or(6);
    if u64::try_from(length).unwrap_or(u64::MAX) < least {
        return Err(violation(format!(
            "Password should have a minimum length of {least}"
        )));
    }
    let broken = kinds.iter().find(|(member, has, _)| {
        !has && policy
            .get(*member)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    });
    match broken {
        Some((_, _, kind)) => Err(violation(format!(
            "Password should have at least one {kind}"
        ))),
        None => Ok(()),
    }
}

fn value(user: &str, login: &LoginProfile) -> Value {
    json!({"LoginProfile": {
        "UserName": user,
        "CreateDate": seconds(login.created),
        "PasswordResetRequired": login.reset_required,
    }})
}

fn no_profile(user: &str) -> AwsError {
    missing(format!("Login Profile for User {user} cannot be found."))
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = user_name(context, input)?;
    let account = context.account()?;
    let user = account
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    if user.login.is_some() {
        return Err(exists(format!(
            "Login Profile for user {name} already exists."
        )));
    }
    let password = input.text("Password").ok_or_else(|| {
        AwsError::unsupported("iam:CreateLoginProfile without a password (temporary root sessions)")
    })?;
    check(account, password)?;
    let login = LoginProfile {
        password: Secret::new(password),
        created: context.now,
        reset_required: input.flag("PasswordResetRequired").unwrap_or(false),
    };
    let answer = value(&user.name, &login);
    if let Some(user) = context.account_mut()?.users.get_mut(&Name::new(&name)) {
        user.login = Some(login);
    }
    Ok(answer.into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = user_name(context, input)?;
    let user = context
        .account()?
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    let login = user.login.as_ref().ok_or_else(|| no_profile(&name))?;
    Ok(value(&user.name, login).into())
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("UserName")?;
    let account = context.account()?;
    let user = account.user(name).ok_or_else(|| Kind::User.missing(name))?;
    let mut login = user.login.clone().ok_or_else(|| no_profile(name))?;
    if let Some(password) = input.text("Password") {
        check(account, password)?;
        login.password = Secret::new(password);
    }
    if let Some(required) = input.flag("PasswordResetRequired") {
        login.reset_required = required;
    }
    if let Some(user) = context.account_mut()?.users.get_mut(&Name::new(name)) {
        user.login = Some(login);
    }
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = user_name(context, input)?;
    let account = context.account_mut()?;
    let user = account
        .users
        .get_mut(&Name::new(&name))
        .ok_or_else(|| Kind::User.missing(&name))?;
    match user.login.take() {
        Some(_) => Ok(().into()),
        None => Err(no_profile(&name)),
    }
}

pub fn change(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (old, new) = (input.require("OldPassword")?, input.require("NewPassword")?);
    let name = user_name(context, input)?;
    let account = context.account()?;
    let user = account
        .user(&name)
        .ok_or_else(|| Kind::User.missing(&name))?;
    let login = user.login.as_ref().ok_or_else(|| no_profile(&name))?;
    if login.password.expose() != old {
        return Err(AwsError::denied("The old password was incorrect."));
    }
    check(account, new)?;
    if let Some(login) = context
        .account_mut()?
        .users
        .get_mut(&Name::new(&name))
        .and_then(|user| user.login.as_mut())
    {
        login.password = Secret::new(new);
        login.reset_required = false;
    }
    Ok(().into())
}

pub fn update_policy(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    context.account_mut()?.password_policy = Some(input.members.clone());
    Ok(().into())
}

pub fn get_policy(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let given = account.password_policy.as_ref().ok_or_else(|| {
        missing(format!(
            "The Password Policy with domain name {} cannot be found.",
            account.id
        ))
    })?;
    let flag = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or(false);
    let mut policy = Map::new();
    let length = given
        .get("MinimumPasswordLength")
        .cloned()
        .unwrap_or_else(|| json!(6));
    policy.insert("MinimumPasswordLength".to_owned(), length);
    for name in [
        "RequireSymbols",
        "RequireNumbers",
        "RequireUppercaseCharacters",
        "RequireLowercaseCharacters",
        "AllowUsersToChangePassword",
    ] {
        policy.insert(name.to_owned(), flag(name).into());
    }
    policy.insert(
        "ExpirePasswords".to_owned(),
        given.contains_key("MaxPasswordAge").into(),
    );
    for name in ["MaxPasswordAge", "PasswordReusePrevention"] {
        policy.insert(
            name.to_owned(),
            given.get(name).cloned().unwrap_or_default(),
        );
    }
    if given.contains_key("HardExpiry") {
        policy.insert("HardExpiry".to_owned(), flag("HardExpiry").into());
    }
    Ok(json!({"PasswordPolicy": policy}).into())
}

pub fn delete_policy(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    // Recorded: other words than GetAccountPasswordPolicy has for the same.
    match context.account_mut()?.password_policy.take() {
        Some(_) => Ok(().into()),
        None => Err(missing(
            "The account policy with name PasswordPolicy cannot be found.",
        )),
    }
}
