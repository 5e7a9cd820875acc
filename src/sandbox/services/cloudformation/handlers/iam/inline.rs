//! Inline policies: `AWS::IAM::Policy`, one on several holders; `AWS::IAM::RolePolicy`,
//! `UserPolicy` and `GroupPolicy`, on one each; and those that holders list themselves.

use serde_json::{Map, Value, json};

use super::{Entity, holders, only_id};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Failure, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, document,
    text,
};

/// An inline policy on a holder.
pub(super) struct Inline<'a> {
    holder: Entity,
    name: &'a str,
    policy: &'a str,
    document: String,
}

impl Inline<'_> {
    fn same_place(&self, other: &Self) -> bool {
        (self.holder.noun, self.name, self.policy) == (other.holder.noun, other.name, other.policy)
    }
}

/// The inline policies that the property `Policies` lists.
pub(super) fn listed<'a>(
    properties: &'a Properties,
    holder: Entity,
    name: &'a str,
) -> Vec<Inline<'a>> {
    let list = properties.get("Policies").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|policy| {
            Some(Inline {
                holder,
                name,
                policy: policy.get("PolicyName").and_then(Value::as_str)?,
                document: policy.get("PolicyDocument")?.to_string(),
            })
        })
        .collect()
}

/// Brings inline policies from old to new.
pub(super) fn bring<'a>(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    change: &Change<'a>,
    policies: impl Fn(&'a Properties) -> Vec<Inline<'a>>,
) -> Outcome<()> {
    let (before, after) = (policies(change.old), policies(change.new));
    let members = |one: &Inline<'_>| json!({one.holder.name: one.name, "PolicyName": one.policy});
    for one in &after {
        let kept = before.iter().find(|old| old.same_place(one));
        if kept.is_some_and(|old| old.document == one.document) {
            continue;
        }
        let operation = format!("Put{}Policy", one.holder.noun);
        let mut members = members(one);
        if let Some(members) = members.as_object_mut() {
            members.insert("PolicyDocument".to_owned(), one.document.as_str().into());
        }
        call(ctx, site, Iam, &operation, members)?;
    }
    for old in &before {
        if !after.iter().any(|one| one.same_place(old)) {
            let operation = format!("Delete{}Policy", old.holder.noun);
            call_unless_gone(ctx, site, Iam, &operation, members(old))?;
        }
    }
    Ok(())
}

pub(in super::super) struct Policy;

impl Handler for Policy {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, _: &Properties) -> Outcome<Made> {
        let first = |text: &str| text.chars().take(5).collect::<String>();
        let random = ctx.state.ids.mixed(12);
        let (stack, resource) = (first(site.stack_name), first(site.logical_id));
        Ok(only_id(format!("{stack}-{resource}-{random}")))
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        _: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        if holders(change.new).is_empty() && !change.new.is_empty() {
            return Err(Failure::new(
                "At least one of [Groups,Roles,Users] must be non-empty.",
            ));
        }
        bring(ctx, site, change, |properties| {
            let document = document(properties, "PolicyDocument");
            let inline = |(holder, name)| Inline {
                holder,
                name,
                policy: text(properties, "PolicyName").unwrap_or_default(),
                document: document.clone(),
            };
            holders(properties).into_iter().map(inline).collect()
        })
    }
}

/// One inline policy on one holder of a kind.
pub(in super::super) struct PolicyOf(pub Entity);

impl Handler for PolicyOf {
    fn make(&self, _: &mut Context<'_>, _: Site<'_>, new: &Properties) -> Outcome<Made> {
        let part = |name: &str| text(new, name).unwrap_or_default();
        // The two that identify it, as resource types with several identifiers have it.
        Ok(Made {
            physical_id: format!("{}|{}", part("PolicyName"), part(self.0.name)),
            attributes: Map::new(),
        })
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        _: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        bring(ctx, site, change, |properties| {
            let inline = |name| Inline {
                holder: self.0,
                name,
                policy: text(properties, "PolicyName").unwrap_or_default(),
                document: document(properties, "PolicyDocument"),
            };
            let holder = text(properties, self.0.name);
            holder.map(inline).into_iter().collect()
        })
    }
}
