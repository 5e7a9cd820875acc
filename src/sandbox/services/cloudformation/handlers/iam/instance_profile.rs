//! Instance profiles.

use serde_json::json;

use super::{Entity, Link, relink};
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, text, texts,
};

const PROFILE: Entity = Entity {
    noun: "InstanceProfile",
    name: "InstanceProfileName",
    longest: 128,
    attributes: &["Arn"],
};

pub(in super::super) struct InstanceProfile;

impl Handler for InstanceProfile {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        PROFILE.make(ctx, site, new, json!({"Path": text(new, "Path")}))
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        relink(ctx, site, change, |properties| {
            let link = |role| Link {
                add: "AddRoleToInstanceProfile".to_owned(),
                remove: "RemoveRoleFromInstanceProfile".to_owned(),
                members: json!({"InstanceProfileName": name, "RoleName": role}),
            };
            texts(properties, "Roles").into_iter().map(link).collect()
        })
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        PROFILE.remove(ctx, site, name)
    }
}
