//! Roles.

use serde_json::json;

use super::{ROLE, boundary, policies, retag, tags_or_null};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, call, document, text,
};

pub(in super::super) struct Role;

impl Handler for Role {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let members = json!({
            "AssumeRolePolicyDocument": document(new, "AssumeRolePolicyDocument"),
            "Description": text(new, "Description"),
            "MaxSessionDuration": new.get("MaxSessionDuration"),
            "Path": text(new, "Path"),
            "PermissionsBoundary": text(new, "PermissionsBoundary"),
            "Tags": tags_or_null(site, new),
        });
        ROLE.make(ctx, site, new, members)
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        let (name, new) = (&made.physical_id, change.new);
        if change.of("AssumeRolePolicyDocument") {
            let document = document(new, "AssumeRolePolicyDocument");
            let members = json!({"RoleName": name, "PolicyDocument": document});
            call(ctx, site, Iam, "UpdateAssumeRolePolicy", members)?;
        }
        if change.of("Description") || change.of("MaxSessionDuration") {
            let seconds = new.get("MaxSessionDuration").cloned();
            let members = json!({
                "RoleName": name,
                "Description": text(new, "Description").unwrap_or_default(),
                "MaxSessionDuration": seconds.unwrap_or_else(|| 3600.into()),
            });
            call(ctx, site, Iam, "UpdateRole", members)?;
        }
        boundary(ctx, site, ROLE, name, change)?;
        retag(ctx, site, ROLE, name, change)
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        policies(ctx, site, ROLE, name, change)
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        ROLE.remove(ctx, site, name)
    }
}
