//! Which policies of an identity let it into a service.
//!
//! Source: IAM API reference, ListPoliciesGrantingServiceAccess: managed and inline policies of the
//! identity, of a user's groups too, and no other kind. What is not established: in which order they are
//! listed, and AWS's words for an identity that does not exist.

use serde_json::{Value, json};

use super::common::{Kind, Needs, missing};
use super::{Account, Grants, managed};
use crate::policy::{Arn, Document, Effect};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Asked of the identity.
pub fn need(_: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    Ok(vec![Need::new(action, input.require("Arn")?)])
}

/// Whose policies they are: `USER`, `GROUP` or `ROLE`, the name, and the policies.
type Held<'a> = (&'static str, &'a str, &'a Grants);

fn holders<'a>(account: &'a Account, arn: &str) -> Result<Vec<Held<'a>>, AwsError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let parsed = Arn::parse(arn).filter(|parsed| parsed.account == account.id);
    match parsed.map(|parsed| parsed.resource.split('/').next().unwrap_or("")) {
        Some("user") => {
            let user = account.user(name).filter(|user| user.arn == arn);
            let user = user.ok_or_else(|| Kind::User.missing(name))?;
            let groups = user.groups.iter();
            let groups = groups.filter_map(|name| account.groups.get(name));
            let groups = groups.map(|group| ("GROUP", group.name.as_str(), &group.grants));
            let own = ("USER", user.name.as_str(), &user.grants);
            Ok(std::iter::once(own).chain(groups).collect())
        }
        Some("group") => {
            let group = account.group(name).filter(|group| group.arn == arn);
            let group = group.ok_or_else(|| Kind::Group.missing(name))?;
            Ok(vec![("GROUP", &group.name, &group.grants)])
        }
        Some("role") => {
            let role = account.role(name).filter(|role| role.arn == arn);
            let role = role.ok_or_else(|| Kind::Role.missing(name))?;
            Ok(vec![("ROLE", &role.name, &role.grants)])
        }
        _ => Err(missing(format!(
            "The entity with ARN {arn} cannot be found."
        ))),
    }
}

/// Whether a document allows something of a service.
fn grants(document: &Document, service: &str) -> bool {
    let mut statements = document.statements().iter();
    statements.any(|it| it.effect() == Effect::Allow && it.is_about(service))
}

fn granting(account: &Account, holders: &[Held<'_>], service: &str) -> Value {
    let mut found = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for (kind, name, held) in holders {
        for (policy, document) in &held.inline {
            if grants(document.read(), service) {
                found.push(json!({
                    "PolicyName": policy,
                    "PolicyType": "INLINE",
                    "EntityType": kind,
                    "EntityName": name,
                }));
            }
        }
        for arn in &held.attached {
            let document = match account.policy(arn) {
                Some(policy) => policy.document(),
                None => managed::find(arn).map(|policy| &policy.document),
            };
            let grants = document.is_some_and(|document| grants(document.read(), service));
            if grants && !known.contains(&arn.as_str()) {
                known.push(arn);
                found.push(json!({
                    "PolicyName": arn.rsplit('/').next(),
                    "PolicyType": "MANAGED",
                    "PolicyArn": arn,
                }));
            }
        }
    }
    Value::Array(found)
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let holders = holders(account, input.require("Arn")?)?;
    let each = input.texts("ServiceNamespaces").into_iter();
    let services: Vec<Value> = each
        .map(|service| {
            let policies = granting(account, &holders, service);
            json!({"ServiceNamespace": service, "Policies": policies})
        })
        .collect();
    Ok(json!({"PoliciesGrantingServiceAccess": services, "IsTruncated": false}).into())
}
