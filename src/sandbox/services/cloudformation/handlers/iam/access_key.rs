//! Access keys.

use serde_json::{Map, Value, json};

use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, text, without_nulls,
};

pub(in super::super) struct AccessKey;

impl Handler for AccessKey {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let members = json!({"UserName": text(new, "UserName")});
        let reply = call(ctx, site, Iam, "CreateAccessKey", members)?;
        let member = |name: &str| {
            let key = reply.members.get("AccessKey");
            key.and_then(|key| key.get(name))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let id = member("AccessKeyId");
        Ok(Made {
            physical_id: id.to_owned(),
            attributes: Map::from_iter([
                ("Id".to_owned(), Value::from(id)),
                (
                    "SecretAccessKey".to_owned(),
                    Value::from(member("SecretAccessKey")),
                ),
            ]),
        })
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        id: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        let status = |properties| text(properties, "Status").unwrap_or("Active");
        // To be removed it need not be active.
        if change.new.is_empty() || status(change.old) == status(change.new) {
            return Ok(());
        }
        let members = json!({
            "UserName": text(change.new, "UserName"),
            "AccessKeyId": id,
            "Status": status(change.new),
        });
        call(ctx, site, Iam, "UpdateAccessKey", members).map(|_| ())
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        id: &str,
        old: &Properties,
    ) -> Outcome<()> {
        let members = json!({"UserName": text(old, "UserName"), "AccessKeyId": id});
        call_unless_gone(ctx, site, Iam, "DeleteAccessKey", without_nulls(members))
    }
}
