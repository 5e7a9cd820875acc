//! Groups.

use serde_json::json;

use super::{GROUP, move_to_path, policies};
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, text,
};

pub(in super::super) struct Group;

impl Handler for Group {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        GROUP.make(ctx, site, new, json!({"Path": text(new, "Path")}))
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        move_to_path(ctx, site, GROUP, made, change)
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        policies(ctx, site, GROUP, name, change)
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        GROUP.remove(ctx, site, name)
    }
}
