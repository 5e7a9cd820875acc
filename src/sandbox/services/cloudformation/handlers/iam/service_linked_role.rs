//! Service-linked roles, whose names the service chooses.

use serde_json::{Map, Value, json};

use super::{ROLE, create};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, text, without_nulls,
};

pub(in super::super) struct ServiceLinkedRole;

impl Handler for ServiceLinkedRole {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let service = text(new, "AWSServiceName").unwrap_or_default();
        let members = without_nulls(json!({
            "AWSServiceName": service,
            "CustomSuffix": text(new, "CustomSuffix"),
            "Description": text(new, "Description"),
        }));
        let answer = create(ctx, site, "CreateServiceLinkedRole", service, members)?;
        let name = answer
            .get("Role")
            .and_then(|role| role.get(ROLE.name)?.as_str());
        let name = name.unwrap_or_default().to_owned();
        Ok(Made {
            attributes: Map::from_iter([(ROLE.name.to_owned(), Value::from(name.as_str()))]),
            physical_id: name,
        })
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        if !change.of("Description") {
            return Ok(());
        }
        let description = text(change.new, "Description").unwrap_or_default();
        let members = json!({ROLE.name: made.physical_id, "Description": description});
        call(ctx, site, Iam, "UpdateRole", members).map(|_| ())
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        let members = json!({ROLE.name: name});
        call_unless_gone(ctx, site, Iam, "DeleteServiceLinkedRole", members)
    }
}
