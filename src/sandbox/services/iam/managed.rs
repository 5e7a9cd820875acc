//! AWS-managed policies: those that courses use, with AWS's own documents.
//!
//! Documents, versions and dates are AWS's, as of 2026; the order of members inside a document is
//! not AWS's, and the unique ids are made from the names except where AWS's is known.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::policy::{Document, DocumentKind};
use crate::sandbox::policies::PolicyText;
use crate::sandbox::wire::sigv4::hmac;

/// Start of their ARNs.
pub const PREFIX: &str = "arn:aws:iam::aws:policy";

/// One of them.
#[derive(Debug)]
pub struct AwsPolicy {
    /// Name.
    pub name: String,
    /// Path.
    pub path: String,
    /// ARN.
    pub arn: String,
    /// `ANPA…`.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Its one version here, such as `v12`.
    pub version: String,
    /// The document.
    pub document: Arc<PolicyText>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    path: String,
    created: Timestamp,
    updated: Timestamp,
    version: String,
    document: Value,
}

impl AwsPolicy {
    fn read(line: &str) -> Option<Self> {
        let row: Row = serde_json::from_slice(line.as_bytes()).ok()?;
        let document = PolicyText::parse(&row.document.to_string(), DocumentKind::Identity).ok()?;
        let id = match row.name.as_str() {
            "AdministratorAccess" => "ANPAIWMBCKSKIEE64ZLYK".to_owned(),
            name => {
                let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
                let id: String = hmac(b"AWS managed policy", name.as_bytes())
                    .iter()
                    .take(17)
                    .filter_map(|byte| letters.get(usize::from(byte % 32)).copied().map(char::from))
                    .collect();
                format!("ANPA{id}")
            }
        };
        Some(Self {
            arn: format!("{PREFIX}{}{}", row.path, row.name),
            id,
            name: row.name,
            path: row.path,
            created: row.created,
            updated: row.updated,
            version: row.version,
            document: Arc::new(document),
        })
    }
}

/// A line of the table, read when it is first asked for.
struct Entry {
    line: &'static str,
    policy: OnceLock<Option<AwsPolicy>>,
}

fn table() -> &'static BTreeMap<&'static str, Entry> {
    static TABLE: OnceLock<BTreeMap<&'static str, Entry>> = OnceLock::new();
    TABLE.get_or_init(|| {
        include_str!("../../../../assets/policies.jsonl")
            .lines()
            .filter_map(|line| {
                let name = line.strip_prefix(r#"{"name":""#)?.split('"').next()?;
                Some((
                    name,
                    Entry {
                        line,
                        policy: OnceLock::new(),
                    },
                ))
            })
            .collect()
    })
}

impl Entry {
    fn policy(&self) -> Option<&AwsPolicy> {
        self.policy
            .get_or_init(|| AwsPolicy::read(self.line))
            .as_ref()
    }
}

/// The AWS-managed policy of that ARN.
#[must_use]
pub fn find(arn: &str) -> Option<&'static AwsPolicy> {
    let name = arn.strip_prefix(PREFIX)?.rsplit('/').next()?;
    table()
        .get(name)?
        .policy()
        .filter(|policy| policy.arn == arn)
}

/// All of them, by name.
pub fn all() -> impl Iterator<Item = &'static AwsPolicy> {
    table().values().filter_map(Entry::policy)
}

/// A document that allows nothing that there is.
#[expect(clippy::expect_used, reason = "a test reads it")]
pub fn nothing() -> Arc<Document> {
    static NOTHING: OnceLock<Arc<Document>> = OnceLock::new();
    NOTHING
        .get_or_init(|| {
            let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"none:None","Resource":"*"}]}"#;
            Arc::new(Document::parse(text, DocumentKind::Identity).expect("embedded document is well-formed"))
        })
        .clone()
}

/// A trust policy that nobody matches, for a role that does not exist.
#[expect(clippy::expect_used, reason = "a test reads it")]
pub fn trusts_nobody() -> Arc<PolicyText> {
    static NOBODY: OnceLock<Arc<PolicyText>> = OnceLock::new();
    NOBODY
        .get_or_init(|| {
            let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"none.invalid"},"Action":"sts:AssumeRole"}]}"#;
            Arc::new(
                PolicyText::parse(text, DocumentKind::Trust)
                    .expect("embedded document is well-formed"),
            )
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_policy() {
        for (name, entry) in table() {
            assert!(entry.policy().is_some(), "{name}");
        }
        assert!(table().len() > 50);
        assert_eq!(nothing().statements().len(), 1);
        assert!(!trusts_nobody().as_written().is_empty());
        let support = find("arn:aws:iam::aws:policy/job-function/SupportUser").unwrap();
        assert_eq!(support.path, "/job-function/");
        assert!(find("arn:aws:iam::aws:policy/SupportUser").is_none());
    }
}
