//! `AWS::IAM::UserToGroupAddition`: users added to a group.

use serde_json::{Map, json};

use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, generated, text, texts,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let made = Made {
        physical_id: generated(&mut ctx.state.ids, site, 128),
        attributes: Map::new(),
    };
    members(ctx, site, &Properties::new(), new).map_err(|failure| failure.after(&made))?;
    let mut made = made;
    made.attributes
        .insert("Id".to_owned(), made.physical_id.clone().into());
    Ok(made)
}

/// Brings the users of a group from old to new.
fn members(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let pairs = |properties: &Properties| -> Vec<(String, String)> {
        let group = text(properties, "GroupName").unwrap_or_default();
        let users = texts(properties, "Users");
        users
            .into_iter()
            .map(|user| (group.to_owned(), user.to_owned()))
            .collect()
    };
    let (before, after) = (pairs(old), pairs(new));
    for (group, user) in after.iter().filter(|pair| !before.contains(pair)) {
        let members = json!({"GroupName": group, "UserName": user});
        call(ctx, site, Iam, "AddUserToGroup", members)?;
    }
    for (group, user) in before.iter().filter(|pair| !after.contains(pair)) {
        let members = json!({"GroupName": group, "UserName": user});
        call_unless_gone(ctx, site, Iam, "RemoveUserFromGroup", members)?;
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
    members(ctx, site, old, new)?;
    Ok(made.clone())
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
) -> Outcome<()> {
    members(ctx, site, old, &Properties::new())
}
