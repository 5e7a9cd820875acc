//! Groups.

use serde_json::json;

use super::{GROUP, made, make, name, policies};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, text,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "GroupName", 128);
    let members = json!({"GroupName": name, "Path": text(new, "Path")});
    let answer = make(ctx, site, "CreateGroup", &name, members)?;
    let made = made(&name, &answer, "Group", &[("Arn", "Arn")]);
    policies(ctx, site, GROUP, &name, &Properties::new(), new)
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
    let mut made = made.clone();
    if text(old, "Path") != text(new, "Path") {
        let path = text(new, "Path").unwrap_or("/");
        call(
            ctx,
            site,
            Iam,
            "UpdateGroup",
            json!({"GroupName": name, "NewPath": path}),
        )?;
        let account = &site.caller.account;
        let arn = format!("arn:aws:iam::{account}:group{path}{name}");
        made.attributes.insert("Arn".to_owned(), arn.into());
    }
    policies(ctx, site, GROUP, name, old, new)?;
    Ok(made)
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
) -> Outcome<()> {
    policies(ctx, site, GROUP, name, old, &Properties::new())?;
    call_unless_gone(ctx, site, Iam, "DeleteGroup", json!({"GroupName": name}))
}
