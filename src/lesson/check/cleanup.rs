//! What commands create, and what undoes it.

use std::fmt;

use serde_json::{Map, Value};

use crate::awscli::{Action, Call, Command, S3, S3Uri, Target};
use crate::model::Service;

/// Something that a command creates and that stays until it is removed.
#[derive(Debug)]
pub(super) enum Thing {
    /// What an operation of the API undoes.
    Undone {
        /// In words, such as "what `CreateUser` creates".
        what: String,
        /// The service.
        service: Service,
        /// The operation that undoes it, such as `DeleteUser`.
        by: String,
        /// The input of the operation that created it.
        input: Map<String, Value>,
    },
    /// An object or several.
    Objects(S3Uri),
}

/// What a command of the clean-up undoes.
#[derive(Debug)]
pub(super) enum Undoing {
    /// A call of the API.
    Call {
        service: Service,
        operation: String,
        input: Map<String, Value>,
    },
    /// Removes objects.
    Objects {
        uri: S3Uri,
        /// Everything below it.
        all: bool,
    },
}

impl Thing {
    /// What a command creates.
    pub(super) fn created_by(command: &Command) -> Option<Self> {
        match &command.action {
            Action::Call(call) => Self::by_call(call),
            Action::Deploy(deploy) => Some(stack(&deploy.stack_name)),
            Action::S3(S3::Mb(mb)) => Some(Self::Undone {
                what: format!("the bucket `{}`", mb.bucket),
                service: Service::S3,
                by: "DeleteBucket".to_owned(),
                input: members([("Bucket", mb.bucket.as_str())]),
            }),
            Action::S3(S3::Cp(transfer) | S3::Mv(transfer) | S3::Sync(transfer)) => {
                match &transfer.target {
                    Target::S3(uri) => Some(Self::Objects(uri.clone())),
                    Target::Local(_) | Target::Stream => None,
                }
            }
            _ => None,
        }
    }

    fn by_call(call: &Call) -> Option<Self> {
        let name = call.operation.name.as_str();
        if call.service == Service::S3 {
            return match name {
                "PutObject" | "CopyObject" | "CompleteMultipartUpload" => {
                    Some(Self::Objects(S3Uri {
                        bucket: text(&call.input, "Bucket"),
                        key: text(&call.input, "Key"),
                    }))
                }
                "CreateBucket" => Some(Self::Undone {
                    what: "what `CreateBucket` creates".to_owned(),
                    service: Service::S3,
                    by: "DeleteBucket".to_owned(),
                    input: call.input.clone(),
                }),
                // What is put on a bucket goes with it.
                _ => None,
            };
        }
        let by = match (call.service, name) {
            // A change set goes with its stack, a boundary with its user or role.
            (Service::CloudFormation, "CreateStack" | "CreateChangeSet") => {
                return Some(stack(&text(&call.input, "StackName")));
            }
            (_, "PutUserPermissionsBoundary" | "PutRolePermissionsBoundary") => return None,
            (_, name) => [
                ("Create", "Delete"),
                ("Put", "Delete"),
                ("Attach", "Detach"),
                ("Upload", "Delete"),
            ]
            .into_iter()
            .find_map(|(verb, opposite)| {
                name.strip_prefix(verb)
                    .map(|what| format!("{opposite}{what}"))
            })
            .or_else(|| {
                let (what, from) = name.strip_prefix("Add")?.split_once("To")?;
                Some(format!("Remove{what}From{from}"))
            })?,
        };
        call.service.model().operation(&by)?;
        Some(Self::Undone {
            what: format!("what `{name}` creates"),
            service: call.service,
            by,
            input: call.input.clone(),
        })
    }

    /// What a command that removes it does, as the end of a sentence.
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Undone { by, .. } => format!("calls `{by}` for it"),
            Self::Objects(uri) => format!("is `aws s3 rm s3://{} --recursive`", uri.bucket),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undone { what, .. } => f.write_str(what),
            Self::Objects(uri) => write!(f, "the objects below `s3://{}/{}`", uri.bucket, uri.key),
        }
    }
}

impl Undoing {
    /// What a command undoes.
    pub(super) fn by(command: &Command) -> Vec<Self> {
        let bucket = |bucket: &str| S3Uri {
            bucket: bucket.to_owned(),
            key: String::new(),
        };
        match &command.action {
            Action::Call(call) => {
                let mut undoing = vec![Self::Call {
                    service: call.service,
                    operation: call.operation.name.clone(),
                    input: call.input.clone(),
                }];
                if call.service == Service::S3 && call.operation.name == "DeleteObject" {
                    undoing.push(Self::Objects {
                        uri: S3Uri {
                            bucket: text(&call.input, "Bucket"),
                            key: text(&call.input, "Key"),
                        },
                        all: false,
                    });
                }
                undoing
            }
            Action::S3(S3::Rm(rm)) => vec![Self::Objects {
                uri: rm.uri.clone(),
                all: rm.recursive,
            }],
            Action::S3(S3::Rb(rb)) => {
                let mut undoing = vec![Self::Call {
                    service: Service::S3,
                    operation: "DeleteBucket".to_owned(),
                    input: members([("Bucket", rb.bucket.as_str())]),
                }];
                if rb.force {
                    undoing.push(Self::Objects {
                        uri: bucket(&rb.bucket),
                        all: true,
                    });
                }
                undoing
            }
            _ => Vec::new(),
        }
    }

    /// Whether this removes that: the same operation, and the same value in every member that both
    /// have.
    pub(super) fn undoes(&self, thing: &Thing) -> bool {
        match (self, thing) {
            (
                Self::Call {
                    service,
                    operation,
                    input,
                },
                Thing::Undone {
                    service: wanted_service,
                    by,
                    input: wanted,
                    ..
                },
            ) => {
                service == wanted_service
                    && operation == by
                    && input
                        .iter()
                        .all(|(name, value)| wanted.get(name).is_none_or(|other| other == value))
            }
            (Self::Objects { uri, all }, Thing::Objects(wanted)) => {
                uri.bucket == wanted.bucket
                    && if *all {
                        wanted.key.starts_with(&uri.key)
                    } else {
                        wanted.key == uri.key
                    }
            }
            _ => false,
        }
    }
}

fn stack(name: &str) -> Thing {
    Thing::Undone {
        what: format!("the stack `{name}`"),
        service: Service::CloudFormation,
        by: "DeleteStack".to_owned(),
        input: members([("StackName", name)]),
    }
}

fn members<'m>(members: impl IntoIterator<Item = (&'m str, &'m str)>) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect()
}

fn text(input: &Map<String, Value>, name: &str) -> String {
    input
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
