//! `AWS::IAM::UserToGroupAddition`: users added to a group.

use super::{Link, only_id, relink};
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, generated, text, texts,
};

pub(in super::super) struct UserToGroupAddition;

impl Handler for UserToGroupAddition {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, _: &Properties) -> Outcome<Made> {
        Ok(only_id(generated(&mut ctx.state.ids, site, 128)))
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        _: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        relink(ctx, site, change, |properties| {
            let group = text(properties, "GroupName").unwrap_or_default();
            let users = texts(properties, "Users").into_iter();
            users.map(|user| Link::member(group, user)).collect()
        })
    }
}
