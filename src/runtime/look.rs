//! What exists in the sandbox and who can reach it, as plain data for the screens.

use jiff::Timestamp;
use serde_json::json;

use crate::app::{Access, Can, Edge, Node, NodeKind, Thing, Things, World};
use crate::model::Service;
use crate::sandbox::Sandbox;
use crate::sandbox::access::{Asking, user};
use crate::sandbox::caller::{Caller, Identity, SessionKind};
use crate::sandbox::services::iam::{Account, Grants, KeyStatus};

/// Things of a kind that are listed.
const MOST_THINGS: usize = 60;
/// Users and roles that the map has, and roles and buckets that they are asked for.
const MOST_PRINCIPALS: usize = 30;
const MOST_BUCKETS: usize = 20;

/// Looks at the world.
#[must_use]
pub fn look(sandbox: &Sandbox) -> World {
    let mut asking = sandbox.asking();
    World {
        time: clock(asking.now()),
        kinds: kinds(&asking),
        access: access(&mut asking),
    }
}

fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `1 object`, `2 objects`.
fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

fn things(title: &'static str, all: impl Iterator<Item = Thing>) -> Things {
    let mut items: Vec<Thing> = all.collect();
    let more = items.len().saturating_sub(MOST_THINGS);
    items.truncate(MOST_THINGS);
    Things {
        title: title.into(),
        items,
        more,
    }
}

/// `inline P, attached Q`.
fn grants(grants: &Grants) -> Vec<String> {
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or(arn).to_owned();
    let inline = grants
        .inline
        .keys()
        .map(|name| format!("inline policy {name}"));
    let attached = grants
        .attached
        .iter()
        .map(|arn| format!("policy {}", last(arn)));
    inline.chain(attached).collect()
}

fn boundary(arn: Option<&String>) -> Option<String> {
    arn.map(|arn| format!("boundary {}", arn.rsplit('/').next().unwrap_or(arn)))
}

fn kinds(asking: &Asking) -> Vec<Things> {
    let state = asking.state();
    let now = asking.now();
    let several = state.accounts.len() > 1;
    let named = |account: &Account, name: &str| {
        if several {
            format!("{} {name}", account.id)
        } else {
            name.to_owned()
        }
    };
    let accounts = || state.accounts.values().map(AsRef::as_ref);
    let users = accounts().flat_map(|account: &Account| {
        account.users.values().map(move |user| {
            let mut facts: Vec<String> = user
                .access_keys
                .iter()
                .map(|key| match key.status {
                    KeyStatus::Active => format!("key {}", key.id),
                    KeyStatus::Inactive => format!("key {} (inactive)", key.id),
                })
                .collect();
            facts.extend(grants(&user.grants));
            facts.extend(user.groups.iter().filter_map(|name| {
                account
                    .groups
                    .get(name)
                    .map(|group| format!("group {}", group.name))
            }));
            facts.extend(boundary(user.boundary.as_ref()));
            if user.login.is_some() {
                facts.push("has a password".to_owned());
            }
            if !user.mfa.is_empty() {
                facts.push(count(user.mfa.len(), "MFA device"));
            }
            Thing {
                name: named(account, &user.name),
                facts,
            }
        })
    });
    let groups = accounts().flat_map(|account: &Account| {
        account.groups.values().map(move |group| {
            let mut facts = vec![count(group.members.len(), "member")];
            facts.extend(grants(&group.grants));
            Thing {
                name: named(account, &group.name),
                facts,
            }
        })
    });
    let roles = accounts().flat_map(|account: &Account| {
        account.roles.values().map(move |role| {
            let mut facts = grants(&role.grants);
            facts.extend(boundary(role.boundary.as_ref()));
            facts.push(format!("sessions of at most {} s", role.max_session));
            Thing {
                name: named(account, &role.name),
                facts,
            }
        })
    });
    let policies = accounts().flat_map(|account: &Account| {
        account.policies.values().map(move |policy| {
            let facts = vec![
                format!("version {} of {}", policy.default, policy.versions.len()),
                format!("attached: {}", account.policy_uses(&policy.arn).0),
            ];
            Thing {
                name: named(account, &policy.name),
                facts,
            }
        })
    });
    let sessions = state.sessions.iter().map(|(key, temporary)| {
        let who = match &temporary.identity {
            Identity::Role { name, session, .. } => format!("{session} of role {name}"),
            Identity::User { name, .. } => format!("user {name}"),
            Identity::Federated { name, .. } => format!("federated user {name}"),
            Identity::Root => "the root user".to_owned(),
            Identity::Anonymous | Identity::Service { .. } => "nobody".to_owned(),
        };
        let session = &temporary.session;
        let left = session.expires.duration_since(now).as_secs();
        let mut facts = vec![format!("key {key}")];
        facts.push(if left > 0 {
            format!("expires in {} min {} s", left / 60, left % 60)
        } else {
            "expired".to_owned()
        });
        facts.push(
            match session.kind {
                SessionKind::AssumeRole => "from AssumeRole",
                SessionKind::WebIdentity => "from AssumeRoleWithWebIdentity",
                SessionKind::SessionToken => "from GetSessionToken",
                SessionKind::FederationToken => "from GetFederationToken",
            }
            .to_owned(),
        );
        if !session.policies.is_empty() {
            facts.push(format!("session policies: {}", session.policies.len()));
        }
        if session.mfa.is_some() {
            facts.push("with MFA".to_owned());
        }
        Thing { name: who, facts }
    });
    let stacks = state
        .cloudformation
        .stacks()
        .filter(|stack| !stack.is_gone())
        .map(|stack| Thing {
            name: stack.name.clone(),
            facts: vec![
                stack.status.clone(),
                count(stack.resources.len(), "resource"),
            ],
        });
    let buckets = state.s3.buckets().map(|bucket| {
        let mut facts = vec![
            count(bucket.keys().count(), "object"),
            if bucket.policy.is_some() {
                "has a policy"
            } else {
                "no policy"
            }
            .to_owned(),
            bucket.region.clone(),
        ];
        if bucket.versioning.is_some() {
            facts.push("versioned".to_owned());
        }
        Thing {
            name: bucket.name.clone(),
            facts,
        }
    });
    vec![
        things("Users", users),
        things("Groups", groups),
        things("Roles", roles),
        things("Policies of your own", policies),
        things("Sessions", sessions),
        things("Stacks", stacks),
        things("Buckets", buckets),
    ]
}

fn access(asking: &mut Asking) -> Access {
    let mut callers: Vec<(Node, Caller, String)> = Vec::new();
    let mut roles: Vec<(Node, String)> = Vec::new();
    let node = |kind, name: &str| Node {
        kind,
        name: name.to_owned(),
    };
    let state = asking.state();
    let several = state.accounts.len() > 1;
    let of = |kind, account: &str, name: &str| Node {
        kind,
        name: if several {
            format!("{account} {name}")
        } else {
            name.to_owned()
        },
    };
    for (id, account) in &state.accounts {
        for found in account.users.values() {
            let caller = user(id, found);
            callers.push((of(NodeKind::User, id, &found.name), caller, id.clone()));
        }
    }
    for (id, account) in &state.accounts {
        for role in account.roles.values() {
            let caller = asking.session(id, role);
            callers.push((of(NodeKind::Role, id, &role.name), caller, id.clone()));
            roles.push((of(NodeKind::Role, id, &role.name), role.arn.clone()));
        }
    }
    let mut buckets: Vec<Node> = state
        .s3
        .buckets()
        .map(|bucket| node(NodeKind::Bucket, &bucket.name))
        .collect();
    let left_out =
        callers.len().saturating_sub(MOST_PRINCIPALS) + buckets.len().saturating_sub(MOST_BUCKETS);
    callers.truncate(MOST_PRINCIPALS);
    roles.truncate(MOST_PRINCIPALS);
    buckets.truncate(MOST_BUCKETS);
    let mut found = Access {
        left_out,
        ..Access::default()
    };
    for (who, caller, account) in &callers {
        let mut add = |what: &Node, can| {
            let (who, what) = (who.clone(), what.clone());
            found.edges.insert(Edge { who, what, can });
        };
        for (role, arn) in &roles {
            if role != who && asking.may_assume(caller, arn) {
                add(role, Can::Assume);
            }
        }
        if asking.may(caller, Service::S3, "ListBuckets", json!({})) {
            add(&node(NodeKind::Account, account), Can::List);
        }
        for bucket in &buckets {
            let input = json!({"Bucket": bucket.name});
            if asking.may(caller, Service::S3, "ListObjectsV2", input) {
                add(bucket, Can::List);
            }
            if asking.may_touch(caller, &bucket.name, "GetObject") {
                add(bucket, Can::Read);
            }
            if asking.may_touch(caller, &bucket.name, "PutObject") {
                add(bucket, Can::Write);
            }
        }
    }
    found.principals = callers.into_iter().map(|(who, ..)| who).collect();
    found
}
