//! Instance profiles.

use serde_json::json;

use super::{made, make, name};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, text, texts,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "InstanceProfileName", 128);
    let members = json!({"InstanceProfileName": name, "Path": text(new, "Path")});
    let answer = make(ctx, site, "CreateInstanceProfile", &name, members)?;
    let made = made(&name, &answer, "InstanceProfile", &[("Arn", "Arn")]);
    profile_roles(ctx, site, &name, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

fn profile_roles(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (texts(old, "Roles"), texts(new, "Roles"));
    for role in before.iter().filter(|role| !after.contains(role)) {
        let members = json!({"InstanceProfileName": name, "RoleName": role});
        call_unless_gone(ctx, site, Iam, "RemoveRoleFromInstanceProfile", members)?;
    }
    for role in after.iter().filter(|role| !before.contains(role)) {
        let members = json!({"InstanceProfileName": name, "RoleName": role});
        call(ctx, site, Iam, "AddRoleToInstanceProfile", members)?;
    }
    Ok(())
}

pub(in super::super) fn update(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    profile_roles(ctx, site, &made.physical_id, old, new)?;
    Ok(made.clone())
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    profile_roles(ctx, site, name, old, &Properties::new())?;
    let members = json!({"InstanceProfileName": name});
    call_unless_gone(ctx, site, Iam, "DeleteInstanceProfile", members)
}
