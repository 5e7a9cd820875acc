//! Looking into a lab's sandbox: its time, the life of a session, and the names that exist.

use jiff::Timestamp;

use super::lab::OpenLab;
use crate::app::{Life, Reading};
use crate::awscli::{Named, Names};
use crate::sandbox::Sandbox;

/// Objects of a bucket whose names are offered.
const MOST_OBJECTS: usize = 200;

/// The sandbox's time, and the session of a profile in it. `None` where there is no sandbox.
#[must_use]
pub fn reading(lab: &OpenLab, profile: Option<String>) -> Option<Reading> {
    let sandbox = lab.sandbox()?;
    let now = sandbox.now();
    let key = profile.as_ref().and_then(|name| {
        let found = lab.session().profiles().profile(name).ok()??;
        found.get("aws_access_key_id").map(str::to_owned)
    });
    let (ahead, session) = sandbox.inspect(|state| {
        let session = key
            .and_then(|key| state.sessions.get(&key))
            .map(|key| &key.session)
            .map(|session| Life {
                left: session.expires.duration_since(now).as_secs(),
                expires: text(session.expires),
                mfa: session
                    .mfa
                    .map(|proved| now.duration_since(proved).as_secs()),
            });
        (state.offset().as_secs(), session)
    });
    Some(Reading {
        profile,
        now: text(now),
        ahead,
        session,
    })
}

fn text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The names that exist in the lab's world, and its profiles.
#[must_use]
pub fn names(lab: &OpenLab) -> Names {
    let mut names = Names::default();
    // Profiles that cannot be read complete nothing; commands that use them say why.
    for profile in lab.session().profiles().names().unwrap_or_default() {
        names.add(Named::Profile, profile);
    }
    if let Some(sandbox) = lab.sandbox() {
        add_names(sandbox, &mut names);
    }
    names
}

/// Adds the names that exist in a sandbox.
pub fn add_names(sandbox: &Sandbox, names: &mut Names) {
    sandbox.inspect(|state| {
        for account in state.accounts.values() {
            for user in account.users.values() {
                names.add(Named::User, &user.name);
                names.add(Named::Principal, &user.arn);
                for key in &user.access_keys {
                    names.add(Named::AccessKey, &key.id);
                }
                for policy in user.grants.inline.keys() {
                    names.add(Named::InlinePolicy, policy);
                }
                for policy in &user.grants.attached {
                    names.add(Named::Policy, policy);
                }
                for device in &user.mfa {
                    names.add(Named::MfaDevice, device);
                }
            }
            for role in account.roles.values() {
                names.add(Named::Role, &role.name);
                names.add(Named::RoleArn, &role.arn);
                names.add(Named::Principal, &role.arn);
                for policy in role.grants.inline.keys() {
                    names.add(Named::InlinePolicy, policy);
                }
                for policy in &role.grants.attached {
                    names.add(Named::Policy, policy);
                }
            }
            for group in account.groups.values() {
                names.add(Named::Group, &group.name);
            }
            for policy in account.policies.values() {
                names.add(Named::Policy, &policy.arn);
            }
            for profile in account.profiles.values() {
                names.add(Named::InstanceProfile, &profile.name);
            }
        }
        for bucket in state.s3.buckets() {
            names.add(Named::Bucket, &bucket.name);
            for key in bucket.keys().take(MOST_OBJECTS) {
                names.add(Named::Object, format!("{}/{key}", bucket.name));
            }
        }
        for stack in state.cloudformation.stacks() {
            names.add(Named::Stack, &stack.name);
        }
    });
}
