//! Users.

use serde_json::json;

use super::{USER, boundary, made, make, name, policies, retag, tags_or_null};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, text, texts, without_nulls,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "UserName", 64);
    let members = json!({
        "UserName": name,
        "Path": text(new, "Path"),
        "PermissionsBoundary": text(new, "PermissionsBoundary"),
        "Tags": tags_or_null(site, new),
    });
    let answer = make(ctx, site, "CreateUser", &name, members)?;
    let made = made(&name, &answer, "User", &[("Arn", "Arn")]);
    let none = Properties::new();
    user_parts(ctx, site, &name, &none, new).map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Groups, password, policies.
fn user_parts(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (texts(old, "Groups"), texts(new, "Groups"));
    for group in after.iter().filter(|group| !before.contains(group)) {
        let members = json!({"GroupName": group, "UserName": name});
        call(ctx, site, Iam, "AddUserToGroup", members)?;
    }
    for group in before.iter().filter(|group| !after.contains(group)) {
        let members = json!({"GroupName": group, "UserName": name});
        call_unless_gone(ctx, site, Iam, "RemoveUserFromGroup", members)?;
    }
    if old.get("LoginProfile") != new.get("LoginProfile") {
        match new.get("LoginProfile") {
            Some(profile) => {
                let members = without_nulls(json!({
                    "UserName": name,
                    "Password": profile.get("Password"),
                    "PasswordResetRequired": profile.get("PasswordResetRequired"),
                }));
                let operation = match old.get("LoginProfile") {
                    Some(_) => "UpdateLoginProfile",
                    None => "CreateLoginProfile",
                };
                call(ctx, site, Iam, operation, members)?;
            }
            None => {
                call_unless_gone(
                    ctx,
                    site,
                    Iam,
                    "DeleteLoginProfile",
                    json!({"UserName": name}),
                )?;
            }
        }
    }
    policies(ctx, site, USER, name, old, new)
}

pub(in super::super) fn update(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let name = &made.physical_id;
    let mut made = made.clone();
    if text(old, "Path") != text(new, "Path") {
        let path = text(new, "Path").unwrap_or("/");
        call(
            ctx,
            site,
            Iam,
            "UpdateUser",
            json!({"UserName": name, "NewPath": path}),
        )?;
        let account = &site.caller.account;
        let arn = format!("arn:aws:iam::{account}:user{path}{name}");
        made.attributes.insert("Arn".to_owned(), arn.into());
    }
    boundary(ctx, site, USER, name, old, new)?;
    user_parts(ctx, site, name, old, new)?;
    retag(ctx, site, USER, name, old, new)?;
    Ok(made)
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    user_parts(ctx, site, name, old, &Properties::new())?;
    call_unless_gone(ctx, site, Iam, "DeleteUser", json!({"UserName": name}))
}
