//! Roles.

use serde_json::json;

use super::{ROLE, boundary, made, make, name, policies, retag, tags_or_null};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, document, text,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "RoleName", 64);
    let members = json!({
        "RoleName": name,
        "AssumeRolePolicyDocument": document(new, "AssumeRolePolicyDocument"),
        "Description": text(new, "Description"),
        "MaxSessionDuration": new.get("MaxSessionDuration"),
        "Path": text(new, "Path"),
        "PermissionsBoundary": text(new, "PermissionsBoundary"),
        "Tags": tags_or_null(site, new),
    });
    let answer = make(ctx, site, "CreateRole", &name, members)?;
    let made = made(
        &name,
        &answer,
        "Role",
        &[("Arn", "Arn"), ("RoleId", "RoleId")],
    );
    policies(ctx, site, ROLE, &name, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

pub(in super::super) fn update(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let name = &made.physical_id;
    let changed = |property: &str| old.get(property) != new.get(property);
    if changed("AssumeRolePolicyDocument") {
        let document = document(new, "AssumeRolePolicyDocument");
        let members = json!({"RoleName": name, "PolicyDocument": document});
        call(ctx, site, Iam, "UpdateAssumeRolePolicy", members)?;
    }
    if changed("Description") || changed("MaxSessionDuration") {
        let seconds = new
            .get("MaxSessionDuration")
            .cloned()
            .unwrap_or_else(|| 3600.into());
        let members = json!({
            "RoleName": name,
            "Description": text(new, "Description").unwrap_or_default(),
            "MaxSessionDuration": seconds,
        });
        call(ctx, site, Iam, "UpdateRole", members)?;
    }
    boundary(ctx, site, ROLE, name, old, new)?;
    policies(ctx, site, ROLE, name, old, new)?;
    retag(ctx, site, ROLE, name, old, new)?;
    Ok(made.clone())
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    policies(ctx, site, ROLE, name, old, &Properties::new())?;
    call_unless_gone(ctx, site, Iam, "DeleteRole", json!({"RoleName": name}))
}
