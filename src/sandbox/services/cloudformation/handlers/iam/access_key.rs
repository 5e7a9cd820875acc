//! Access keys.

use serde_json::{Map, Value, json};

use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, text, without_nulls,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let user = text(new, "UserName").unwrap_or_default();
    let reply = call(ctx, site, Iam, "CreateAccessKey", json!({"UserName": user}))?;
    let member = |name: &str| {
        let key = reply.members.get("AccessKey");
        key.and_then(|key| key.get(name))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let id = member("AccessKeyId");
    let made = Made {
        physical_id: id.to_owned(),
        attributes: Map::from_iter([
            ("Id".to_owned(), Value::from(id)),
            (
                "SecretAccessKey".to_owned(),
                Value::from(member("SecretAccessKey")),
            ),
        ]),
    };
    if text(new, "Status") == Some("Inactive") {
        key_status(ctx, site, &made.physical_id, new).map_err(|failure| failure.after(&made))?;
    }
    Ok(made)
}

fn key_status(ctx: &mut Context<'_>, site: Site<'_>, id: &str, new: &Properties) -> Outcome<()> {
    let members = json!({
        "UserName": text(new, "UserName"),
        "AccessKeyId": id,
        "Status": text(new, "Status").unwrap_or("Active"),
    });
    call(ctx, site, Iam, "UpdateAccessKey", members).map(|_| ())
}

pub(in super::super) fn update(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    new: &Properties,
) -> Outcome<Made> {
    key_status(ctx, site, &made.physical_id, new)?;
    Ok(made.clone())
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    id: &str,
    old: &Properties,
) -> Outcome<()> {
    let members = json!({"UserName": text(old, "UserName"), "AccessKeyId": id});
    call_unless_gone(ctx, site, Iam, "DeleteAccessKey", without_nulls(members))
}
