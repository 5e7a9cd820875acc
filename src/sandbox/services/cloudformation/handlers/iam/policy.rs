//! `AWS::IAM::Policy`: one inline policy on several holders.

use serde_json::{Map, Value};

use super::{among, delete_inline, holders, put_inline};
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Failure, Made, Outcome, Properties, Site, document, text,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let first = |text: &str| text.chars().take(5).collect::<String>();
    let id = format!(
        "{}-{}-{}",
        first(site.stack_name),
        first(site.logical_id),
        ctx.state.ids.mixed(12)
    );
    let made = Made {
        attributes: Map::from_iter([("Id".to_owned(), Value::from(id.as_str()))]),
        physical_id: id,
    };
    inline_everywhere(ctx, site, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Brings an inline policy on several holders from old to new.
fn inline_everywhere(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (holders(old), holders(new));
    if after.is_empty() && !new.is_empty() {
        return Err(Failure::new(
            "At least one of [Groups,Roles,Users] must be non-empty.",
        ));
    }
    let document = document(new, "PolicyDocument");
    let (old_name, name) = (text(old, "PolicyName"), text(new, "PolicyName"));
    for (holder, target) in &after {
        put_inline(
            ctx,
            site,
            *holder,
            target,
            name.unwrap_or_default(),
            &document,
        )?;
    }
    for holder in &before {
        if old_name != name || !among(holder, &after) {
            delete_inline(ctx, site, holder.0, &holder.1, old_name.unwrap_or_default())?;
        }
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
    inline_everywhere(ctx, site, old, new)?;
    Ok(made.clone())
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    old: &Properties,
) -> Outcome<()> {
    inline_everywhere(ctx, site, old, &Properties::new())
}
