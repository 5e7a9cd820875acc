//! IAM's resource types. Here: what several of them share.

mod access_key;
mod group;
mod inline;
mod instance_profile;
mod managed_policy;
mod membership;
mod oidc_provider;
mod role;
mod service_linked_role;
mod user;

pub(super) use access_key::AccessKey;
pub(super) use group::Group;
pub(super) use inline::{Policy, PolicyOf};
pub(super) use instance_profile::InstanceProfile;
pub(super) use managed_policy::ManagedPolicy;
pub(super) use membership::UserToGroupAddition;
pub(super) use oidc_provider::OidcProvider;
pub(super) use role::Role;
pub(super) use service_linked_role::ServiceLinkedRole;
pub(super) use user::User;

use serde_json::{Map, Value, json};

use super::{
    Change, Failure, Made, Outcome, Properties, Site, call, call_unless_gone, generated, refused,
    tag_list, tags, text, texts, without_nulls,
};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;

/// A kind of thing in IAM that has a name.
#[derive(Clone, Copy)]
pub(super) struct Entity {
    /// In operation names: `CreateRole`, `PutRolePolicy`.
    noun: &'static str,
    /// Property and member that names it.
    name: &'static str,
    /// Longest name.
    longest: usize,
    /// What `Fn::GetAtt` gives of it, by the member's own name.
    attributes: &'static [&'static str],
}

pub(super) const ROLE: Entity = Entity {
    noun: "Role",
    name: "RoleName",
    longest: 64,
    attributes: &["Arn", "RoleId"],
};

pub(super) const USER: Entity = Entity {
    noun: "User",
    name: "UserName",
    longest: 64,
    attributes: &["Arn"],
};

pub(super) const GROUP: Entity = Entity {
    noun: "Group",
    name: "GroupName",
    longest: 128,
    attributes: &["Arn"],
};

/// The three kinds that a policy resource can be attached to, by property.
const HOLDERS: [(&str, Entity); 3] = [("Groups", GROUP), ("Roles", ROLE), ("Users", USER)];

impl Entity {
    /// Makes it, under the name given or a generated one. A name that is taken has a text of its
    /// own.
    fn make(
        self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        new: &Properties,
        members: Value,
    ) -> Outcome<Made> {
        let name = match text(new, self.name) {
            Some(name) => name.to_owned(),
            None => generated(&mut ctx.state.ids, site, self.longest),
        };
        let mut members = without_nulls(members);
        if let Some(members) = members.as_object_mut() {
            members.insert(self.name.to_owned(), name.as_str().into());
        }
        let answer = create(ctx, site, &format!("Create{}", self.noun), &name, members)?;
        let answer = answer.get(self.noun);
        let attribute = |name: &&str| {
            let value = answer?.get(name)?;
            Some(((*name).to_owned(), value.clone()))
        };
        Ok(Made {
            attributes: self.attributes.iter().filter_map(attribute).collect(),
            physical_id: name,
        })
    }

    /// Removes it.
    fn remove(self, ctx: &mut Context<'_>, site: Site<'_>, name: &str) -> Outcome<()> {
        let operation = format!("Delete{}", self.noun);
        call_unless_gone(ctx, site, Iam, &operation, json!({self.name: name}))
    }
}

/// Makes a thing whose name may be taken.
fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    operation: &str,
    name: &str,
    members: Value,
) -> Outcome<Value> {
    match ctx.perform(Iam, operation, members, site.caller) {
        Ok(reply) => Ok(reply.members),
        Err((error, _)) if error.code == "EntityAlreadyExists" => Err(Failure::new(format!(
            "Resource of type '{}' with identifier '{name}' already exists. (HandlerErrorCode: AlreadyExists)",
            site.type_name
        ))),
        Err((error, request)) => Err(refused(ctx, Iam, &error, &request)),
    }
}

/// That one thing is attached to another, or in it: the operations that make and end it, and what
/// both name.
#[derive(PartialEq)]
struct Link {
    add: String,
    remove: String,
    members: Value,
}

impl Link {
    /// A managed policy on a holder.
    fn policy(holder: Entity, name: &str, arn: &str) -> Self {
        Self {
            add: format!("Attach{}Policy", holder.noun),
            remove: format!("Detach{}Policy", holder.noun),
            members: json!({holder.name: name, "PolicyArn": arn}),
        }
    }

    /// A user in a group.
    fn member(group: &str, user: &str) -> Self {
        Self {
            add: "AddUserToGroup".to_owned(),
            remove: "RemoveUserFromGroup".to_owned(),
            members: json!({"GroupName": group, "UserName": user}),
        }
    }
}

/// Brings links from old to new; what goes goes first, to make room.
fn relink(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    change: &Change<'_>,
    links: impl Fn(&Properties) -> Vec<Link>,
) -> Outcome<()> {
    let (before, after) = (links(change.old), links(change.new));
    for link in before.iter().filter(|link| !after.contains(link)) {
        call_unless_gone(ctx, site, Iam, &link.remove, link.members.clone())?;
    }
    for link in after.iter().filter(|link| !before.contains(link)) {
        call(ctx, site, Iam, &link.add, link.members.clone())?;
    }
    Ok(())
}

/// Groups, roles and users named in properties.
fn holders(properties: &Properties) -> Vec<(Entity, &str)> {
    HOLDERS
        .into_iter()
        .flat_map(|(property, holder)| {
            let names = texts(properties, property).into_iter();
            names.map(move |name| (holder, name))
        })
        .collect()
}

/// Brings the path of an entity from old to new, and the ARN that it is in.
fn move_to_path(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    entity: Entity,
    made: &mut Made,
    change: &Change<'_>,
) -> Outcome<()> {
    if !change.of("Path") {
        return Ok(());
    }
    let (name, path) = (&made.physical_id, text(change.new, "Path").unwrap_or("/"));
    let operation = format!("Update{}", entity.noun);
    let members = json!({entity.name: name, "NewPath": path});
    call(ctx, site, Iam, &operation, members)?;
    let (account, kind) = (&site.caller.account, entity.noun.to_lowercase());
    let arn = format!("arn:aws:iam::{account}:{kind}{path}{name}");
    made.attributes.insert("Arn".to_owned(), arn.into());
    Ok(())
}

/// Brings inline and managed policies of a holder from old to new.
fn policies(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Entity,
    name: &str,
    change: &Change<'_>,
) -> Outcome<()> {
    inline::bring(ctx, site, change, |properties| {
        inline::listed(properties, holder, name)
    })?;
    relink(ctx, site, change, |properties| {
        let arns = texts(properties, "ManagedPolicyArns").into_iter();
        arns.map(|arn| Link::policy(holder, name, arn)).collect()
    })
}

/// Brings the permissions boundary from old to new.
fn boundary(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    holder: Entity,
    name: &str,
    change: &Change<'_>,
) -> Outcome<()> {
    if !change.of("PermissionsBoundary") {
        return Ok(());
    }
    match text(change.new, "PermissionsBoundary") {
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
    holder: Entity,
    name: &str,
    change: &Change<'_>,
) -> Outcome<()> {
    let (before, after) = (tags(site, change.old), tags(site, change.new));
    let gone: Vec<&str> = before
        .iter()
        .filter(|(key, _)| !after.iter().any(|(kept, _)| kept == key))
        .map(|(key, _)| key.as_str())
        .collect();
    if !gone.is_empty() {
        let members = json!({holder.name: name, "TagKeys": gone});
        call(ctx, site, Iam, &format!("Untag{}", holder.noun), members)?;
    }
    let fresh: Vec<(String, String)> = after
        .into_iter()
        .filter(|tag| !before.contains(tag))
        .collect();
    if !fresh.is_empty() {
        let members = json!({holder.name: name, "Tags": tag_list(&fresh)});
        call(ctx, site, Iam, &format!("Tag{}", holder.noun), members)?;
    }
    Ok(())
}

fn tags_or_null(site: Site<'_>, new: &Properties) -> Value {
    match tags(site, new) {
        tags if tags.is_empty() => Value::Null,
        tags => tag_list(&tags),
    }
}

/// A resource that IAM knows nothing of: only its id, which is its attribute `Id` too.
fn only_id(id: String) -> Made {
    Made {
        attributes: Map::from_iter([("Id".to_owned(), Value::from(id.as_str()))]),
        physical_id: id,
    }
}
