//! Names that exist in a world, for the completion of values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Named {
    User,
    Group,
    Role,
    /// ARN of a role.
    RoleArn,
    /// ARN of a user or role.
    Principal,
    /// ARN of a managed policy.
    Policy,
    /// Name of an inline policy.
    InlinePolicy,
    AccessKey,
    /// Serial number.
    MfaDevice,
    InstanceProfile,
    Bucket,
    /// `bucket/key`.
    Object,
    Stack,
    /// A local profile.
    Profile,
    /// A file at hand.
    File,
}

/// Names that exist, in order. Never a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names(BTreeMap<Named, Vec<String>>);

impl Names {
    /// Adds a name.
    pub fn add(&mut self, kind: Named, name: impl Into<String>) {
        let name = name.into();
        let known = self.0.entry(kind).or_default();
        if !known.contains(&name) {
            known.push(name);
        }
    }

    /// The names of a kind.
    #[must_use]
    pub fn of(&self, kind: Named) -> &[String] {
        self.0.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// What may stand behind an option. `bucket` is the one that the command names.
    pub(super) fn behind(&self, option: &str, bucket: Option<&str>) -> Vec<String> {
        let kind = match option {
            "--profile" => Named::Profile,
            "--user-name" => Named::User,
            "--group-name" => Named::Group,
            "--role-name" => Named::Role,
            "--role-arn" => Named::RoleArn,
            "--policy-arn" | "--policy-arns" | "--permissions-boundary" => Named::Policy,
            "--policy-name" => Named::InlinePolicy,
            "--policy-source-arn" => Named::Principal,
            "--access-key-id" => Named::AccessKey,
            "--serial-number" => Named::MfaDevice,
            "--instance-profile-name" => Named::InstanceProfile,
            "--bucket" => Named::Bucket,
            "--stack-name" => Named::Stack,
            "--template-file" => Named::File,
            "--policy-document"
            | "--assume-role-policy-document"
            | "--policy"
            | "--template-body" => {
                let files = self.of(Named::File).iter();
                return files.map(|name| format!("file://{name}")).collect();
            }
            "--key" | "--prefix" => {
                let objects = self.of(Named::Object).iter();
                return objects
                    .filter_map(|object| object.split_once('/'))
                    .filter(|(of, _)| bucket == Some(*of))
                    .map(|(_, key)| key.to_owned())
                    .collect();
            }
            _ => return Vec::new(),
        };
        self.of(kind).to_vec()
    }

    /// What may stand where a path of S3 does: the buckets, and behind one its objects.
    pub(super) fn paths(&self, current: &str) -> Vec<String> {
        let uri = |name: &String| format!("s3://{name}");
        let buckets = self
            .of(Named::Bucket)
            .iter()
            .map(|name| format!("s3://{name}/"));
        let inside = current
            .strip_prefix("s3://")
            .is_some_and(|rest| rest.contains('/'));
        if inside {
            self.of(Named::Object).iter().map(uri).collect()
        } else {
            buckets
                .chain(self.of(Named::File).iter().cloned())
                .collect()
        }
    }
}
