//! Users.

use serde_json::json;

use super::{Link, USER, boundary, move_to_path, policies, relink, retag, tags_or_null};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, text, texts,
    without_nulls,
};

pub(in super::super) struct User;

impl Handler for User {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let members = json!({
            "Path": text(new, "Path"),
            "PermissionsBoundary": text(new, "PermissionsBoundary"),
            "Tags": tags_or_null(site, new),
        });
        USER.make(ctx, site, new, members)
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        move_to_path(ctx, site, USER, made, change)?;
        boundary(ctx, site, USER, &made.physical_id, change)?;
        retag(ctx, site, USER, &made.physical_id, change)
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        relink(ctx, site, change, |properties| {
            let groups = texts(properties, "Groups").into_iter();
            groups.map(|group| Link::member(group, name)).collect()
        })?;
        password(ctx, site, name, change)?;
        policies(ctx, site, USER, name, change)
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        USER.remove(ctx, site, name)
    }
}

/// Brings the login profile from old to new.
fn password(ctx: &mut Context<'_>, site: Site<'_>, name: &str, change: &Change<'_>) -> Outcome<()> {
    if !change.of("LoginProfile") {
        return Ok(());
    }
    let Some(profile) = change.new.get("LoginProfile") else {
        let members = json!({"UserName": name});
        return call_unless_gone(ctx, site, Iam, "DeleteLoginProfile", members);
    };
    let members = without_nulls(json!({
        "UserName": name,
        "Password": profile.get("Password"),
        "PasswordResetRequired": profile.get("PasswordResetRequired"),
    }));
    let operation = match change.old.get("LoginProfile") {
        Some(_) => "UpdateLoginProfile",
        None => "CreateLoginProfile",
    };
    call(ctx, site, Iam, operation, members).map(|_| ())
}
