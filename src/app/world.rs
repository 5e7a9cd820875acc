//! What exists in the sandbox, and who can reach what there: plain data, made by the runtime.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What exists, and who can reach it, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// The sandbox's time, to the second.
    pub time: String,
    /// What exists, by kind. Kinds without anything are there, too.
    pub kinds: Vec<Things>,
    /// Who can reach what.
    pub access: Access,
}

/// The things of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Things {
    /// Plural: `Users`.
    pub title: Cow<'static, str>,
    /// The first of them.
    pub items: Vec<Thing>,
    /// How many more there are.
    pub more: usize,
}

/// Something that exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// Its name.
    pub name: String,
    /// What there is to know of it, a phrase each. No secret is in them.
    pub facts: Vec<String>,
}

/// What a node of the map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NodeKind {
    /// An IAM user.
    User,
    /// An IAM role.
    Role,
    /// A bucket.
    Bucket,
    /// The list of the account's buckets.
    Account,
}

/// A node of the map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its name.
    pub name: String,
}

impl Node {
    /// `user alice`, or the words for the account.
    #[must_use]
    pub fn words(&self) -> String {
        match self.kind {
            NodeKind::User => format!("user {}", self.name),
            NodeKind::Role => format!("role {}", self.name),
            NodeKind::Bucket => format!("bucket {}", self.name),
            NodeKind::Account => format!("the names of all buckets in {}", self.name),
        }
    }
}

/// What one can do to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Can {
    /// `sts:AssumeRole`.
    Assume,
    /// `s3:ListBucket`, or `s3:ListAllMyBuckets`.
    List,
    /// `s3:GetObject`.
    Read,
    /// `s3:PutObject`.
    Write,
}

impl Can {
    /// The verb.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Assume => "assume",
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// One edge: somebody can do something to something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// Who.
    pub who: Node,
    /// To what.
    pub what: Node,
    /// What.
    pub can: Can,
}

/// Who can reach what: every edge that the policy engine allows, asked as that principal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Users and roles that were asked for, in order.
    pub principals: Vec<Node>,
    /// What they can do.
    pub edges: BTreeSet<Edge>,
    /// Users, roles and buckets that were left out, because the world is too large for a map.
    pub left_out: usize,
}

impl Access {
    /// Edges that are new since an earlier map, and those that are gone.
    #[must_use]
    pub fn since(&self, before: &Self) -> (Vec<Edge>, Vec<Edge>) {
        let added = self.edges.difference(&before.edges).cloned().collect();
        let removed = before.edges.difference(&self.edges).cloned().collect();
        (added, removed)
    }

    /// What a principal can do, by what it does it to.
    #[must_use]
    pub fn of(&self, who: &Node) -> Vec<(&Node, Vec<Can>)> {
        let mut out: Vec<(&Node, Vec<Can>)> = Vec::new();
        for edge in self.edges.iter().filter(|edge| edge.who == *who) {
            match out.last_mut() {
                Some((what, can)) if **what == edge.what => can.push(edge.can),
                _ => out.push((&edge.what, vec![edge.can])),
            }
        }
        out
    }
}
