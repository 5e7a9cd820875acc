//! IAM's resource types. Here: what several of them share.

pub(super) mod access_key;
pub(super) mod group;
pub(super) mod instance_profile;
pub(super) mod managed_policy;
pub(super) mod membership;
pub(super) mod policy;
pub(super) mod role;
pub(super) mod user;

use serde_json::{Value, json};

use super::{
    Failure, Made, Outcome, Properties, Site, call, call_unless_gone, generated, refused, tag_list,
    tags, text, texts, without_nulls,
};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;

/// A kind of principal that policies are attached to.
#[derive(Clone, Copy)]
struct Holder {
    /// In operation names: `PutRolePolicy`.
    noun: &'static str,
    /// Member that names it.
    name: &'static str,
}

const ROLE: Holder = Holder {
    noun: "Role",
    name: "RoleName",
};

const USER: Holder = Holder {
    noun: "User",
    name: "UserName",
};

const GROUP: Holder = Holder {
    noun: "Group",
    name: "GroupName",
};

/// The three kinds that a policy resource can be attached to, by property.
const HOLDERS: [(&str, Holder); 3] = [("Groups", GROUP), ("Roles", ROLE), ("Users", USER)];

/// Makes the entity itself. A name that is taken has a text of its own.
fn make(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    operation: &str,
    name: &str,
    members: Value,
) -> Outcome<Value> {
    match ctx.perform(Iam, operation, without_nulls(members), site.caller) {
        Ok(reply) => Ok(reply.members),
        Err((error, _)) if error.code == "EntityAlreadyExists" => Err(Failure::new(format!(
            "Resource of type '{}' with identifier '{name}' already exists. (HandlerErrorCode: AlreadyExists)",
            site.type_name
        ))),
        Err((error, request)) => Err(refused(ctx, Iam, &error, &request)),
    }
}

/// The name given, or a generated one.
fn name(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
    property: &str,
    longest: usize,
) -> String {
    match text(new, property) {
        Some(name) => name.to_owned(),
        None => generated(&mut ctx.state.ids, site, longest),
    }
}

/// What `Fn::GetAtt` gives of an entity in an answer: attribute, and member of the answer.
fn made(id: &str, answer: &Value, entity: &str, attributes: &[(&str, &str)]) -> Made {
    let attributes = attributes
        .iter()
        .filter_map(|(attribute, member)| {
            let value = match answer.get(entity)?.get(member)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some(((*attribute).to_owned(), Value::from(value)))
        })
        .collect();
    Made {
        physical_id: id.to_owned(),
        attributes,
    }
}

/// Inline policies by name.
fn inline(properties: &Properties) -> Vec<(&str, String)> {
    let list = properties.get("Policies").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|policy| {
            let name = policy.get("PolicyName").and_then(Value::as_str)?;
            Some((name, policy.get("PolicyDocument")?.to_string()))
        })
        .collect()
}

fn put_inline(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    policy: &str,
    document: &str,
) -> Outcome<()> {
    let operation = format!("Put{}Policy", holder.noun);
    let members = json!({holder.name: name, "PolicyName": policy, "PolicyDocument": document});
    call(ctx, site, Iam, &operation, members).map(|_| ())
}

fn delete_inline(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    policy: &str,
) -> Outcome<()> {
    let operation = format!("Delete{}Policy", holder.noun);
    call_unless_gone(
        ctx,
        site,
        Iam,
        &operation,
        json!({holder.name: name, "PolicyName": policy}),
    )
}

fn attach(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    arn: &str,
) -> Outcome<()> {
    let operation = format!("Attach{}Policy", holder.noun);
    call(
        ctx,
        site,
        Iam,
        &operation,
        json!({holder.name: name, "PolicyArn": arn}),
    )
    .map(|_| ())
}

fn detach(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    arn: &str,
) -> Outcome<()> {
    let operation = format!("Detach{}Policy", holder.noun);
    call_unless_gone(
        ctx,
        site,
        Iam,
        &operation,
        json!({holder.name: name, "PolicyArn": arn}),
    )
}

/// Brings inline and managed policies of a holder from old to new.
fn policies(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (inline(old), inline(new));
    for (policy, document) in &after {
        if !before.contains(&(policy, document.clone())) {
            put_inline(ctx, site, holder, name, policy, document)?;
        }
    }
    for (policy, _) in &before {
        if !after.iter().any(|(kept, _)| kept == policy) {
            delete_inline(ctx, site, holder, name, policy)?;
        }
    }
    let (before, after) = (
        texts(old, "ManagedPolicyArns"),
        texts(new, "ManagedPolicyArns"),
    );
    for arn in after.iter().filter(|arn| !before.contains(arn)) {
        attach(ctx, site, holder, name, arn)?;
    }
    for arn in before.iter().filter(|arn| !after.contains(arn)) {
        detach(ctx, site, holder, name, arn)?;
    }
    Ok(())
}

/// Brings the permissions boundary from old to new.
fn boundary(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (
        text(old, "PermissionsBoundary"),
        text(new, "PermissionsBoundary"),
    );
    if before == after {
        return Ok(());
    }
    match after {
        Some(arn) => {
            let operation = format!("Put{}PermissionsBoundary", holder.noun);
            let members = json!({holder.name: name, "PermissionsBoundary": arn});
            call(ctx, site, Iam, &operation, members).map(|_| ())
        }
        None => {
            let operation = format!("Delete{}PermissionsBoundary", holder.noun);
            call_unless_gone(ctx, site, Iam, &operation, json!({holder.name: name}))
        }
    }
}

/// Brings tags from old to new.
fn retag(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Holder,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (tags(site, old), tags(site, new));
    let gone: Vec<&str> = before
        .iter()
        .filter(|(key, _)| !after.iter().any(|(kept, _)| kept == key))
        .map(|(key, _)| key.as_str())
        .collect();
    if !gone.is_empty() {
        let operation = format!("Untag{}", holder.noun);
        call(
            ctx,
            site,
            Iam,
            &operation,
            json!({holder.name: name, "TagKeys": gone}),
        )?;
    }
    let fresh: Vec<(String, String)> = after
        .into_iter()
        .filter(|tag| !before.contains(tag))
        .collect();
    if !fresh.is_empty() {
        let operation = format!("Tag{}", holder.noun);
        let members = json!({holder.name: name, "Tags": tag_list(&fresh)});
        call(ctx, site, Iam, &operation, members)?;
    }
    Ok(())
}

fn tags_or_null(site: Site<'_>, new: &Properties) -> Value {
    match tags(site, new) {
        tags if tags.is_empty() => Value::Null,
        tags => tag_list(&tags),
    }
}

/// Groups, roles and users named in properties.
fn holders(properties: &Properties) -> Vec<(Holder, String)> {
    HOLDERS
        .into_iter()
        .flat_map(|(property, holder)| {
            texts(properties, property)
                .into_iter()
                .map(move |name| (holder, name.to_owned()))
        })
        .collect()
}

fn among(holder: &(Holder, String), others: &[(Holder, String)]) -> bool {
    others
        .iter()
        .any(|(kind, name)| kind.noun == holder.0.noun && *name == holder.1)
}
