//! An organization of the world's accounts, as far as its policies decide.
//!
//! The Organizations API is not part of the sandbox. The organization is set as a whole, through the
//! sandbox's own path (see [`super::control`]), and is enforced like AWS's: service control policies
//! limit the principals of member accounts, resource control policies the resources of member
//! accounts; neither touches the management account.
//!
//! Sources: Organizations User Guide, "SCP evaluation", "Resource control policies (RCPs)"; IAM User
//! Guide, `aws:PrincipalOrgID` and the keys beside it; AWS Security Blog, "Enhanced access denied
//! error messages with policy ARNs", for the form of the ARNs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policies::PolicyText;
use super::state::State;
use crate::policy::{self, DocumentKind, Policy};

/// An organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Organization {
    id: String,
    management_account: String,
    members: BTreeMap<String, Vec<Level>>,
}

/// The root, an organizational unit or the account itself, with what is attached there.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Level {
    id: String,
    service_control: Vec<Attached>,
    resource_control: Vec<Attached>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Attached {
    name: String,
    arn: String,
    document: Arc<PolicyText>,
}

/// How an organization is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    id: String,
    management_account: String,
    members: BTreeMap<String, Vec<GivenLevel>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenLevel {
    id: String,
    /// `FullAWSAccess` where it is left out.
    service_control_policies: Option<Vec<GivenPolicy>>,
    #[serde(default)]
    resource_control_policies: Vec<GivenPolicy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenPolicy {
    name: String,
    id: String,
    document: Value,
}

/// What AWS attaches everywhere until somebody replaces it.
const FULL_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn is_id(text: &str, start: &str, least: usize) -> bool {
    text.strip_prefix(start).is_some_and(|rest| {
        (least..=32).contains(&rest.len())
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}

impl Organization {
    /// Reads an organization of this world's accounts.
    ///
    /// # Errors
    ///
    /// In words for people, with the place of what is wrong.
    pub fn read(state: &State, bytes: &[u8]) -> Result<Self, String> {
        let given: Given = serde_json::from_slice(bytes)
            .map_err(|error| format!("the organization cannot be read: {error}"))?;
        if !is_id(&given.id, "o-", 10) {
            return Err(format!(
                "`id`: `{}` is not `o-` and 10 to 32 small letters and digits",
                given.id
            ));
        }
        let known = |account: &str| {
            if state.account(account).is_some() {
                Ok(())
            } else {
                Err(format!(
                    "the world has no account {account}: `rolecall serve --account {account}` adds it"
                ))
            }
        };
        let mut members = BTreeMap::new();
        for (account, levels) in given.members {
            known(&account)?;
            if account == given.management_account {
                return Err(format!(
                    "`members`: {account} is the management account, which no policy limits"
                ));
            }
            let mut all = Vec::new();
            for level in levels {
                all.push(level.read(&given.id, &given.management_account)?);
            }
            if all.is_empty() {
                return Err(format!(
                    "`members.{account}` has no level: name the root, the units and the account"
                ));
            }
            members.insert(account, all);
        }
        Ok(Self {
            id: given.id,
            management_account: given.management_account,
            members,
        })
    }

    fn has(&self, account: &str) -> bool {
        account == self.management_account || self.members.contains_key(account)
    }

    /// `o-…/r-…/ou-…/`, as `aws:PrincipalOrgPaths` has it.
    fn path(&self, account: &str) -> String {
        let units = self.members.get(account).into_iter().flatten();
        let mut path = format!("{}/", self.id);
        for level in units.filter(|level| level.id != account) {
            path.push_str(&level.id);
            path.push('/');
        }
        path
    }

    /// The keys of the caller's and of the owner's place in the organization.
    pub(super) fn keys(&self, caller: &str, owner: &str, keys: &mut policy::Context) {
        if self.has(caller) {
            keys.insert("aws:PrincipalOrgID", self.id.as_str());
            keys.insert("aws:PrincipalOrgPaths", vec![self.path(caller)]);
        }
        if self.has(owner) {
            keys.insert("aws:ResourceOrgID", self.id.as_str());
            keys.insert("aws:ResourceOrgPaths", vec![self.path(owner)]);
        }
    }

    /// The service control policies of a caller's account, level by level; `None` where they limit
    /// nothing.
    pub(super) fn service_control(&self, account: &str) -> Option<Vec<Vec<Policy>>> {
        let levels = self.members.get(account)?;
        Some(
            levels
                .iter()
                .map(|level| level.policies(&level.service_control))
                .collect(),
        )
    }

    /// The resource control policies of a resource's account, level by level.
    pub(super) fn resource_control(&self, account: &str) -> Vec<Vec<Policy>> {
        let levels = self.members.get(account).into_iter().flatten();
        levels
            .map(|level| level.policies(&level.resource_control))
            .collect()
    }
}

impl Level {
    fn policies(&self, attached: &[Attached]) -> Vec<Policy> {
        let each = attached.iter().map(|attached| {
            Policy::new(attached.name.as_str(), attached.document.shared())
                .with_arn(attached.arn.as_str())
                .held_by(self.id.as_str())
        });
        each.collect()
    }
}

impl GivenLevel {
    fn read(self, organization: &str, management: &str) -> Result<Level, String> {
        let read = |given: Vec<GivenPolicy>, kind: DocumentKind, word: &str| {
            let each = given.into_iter().map(|policy| {
                let arn = format!(
                    "arn:aws:organizations::{management}:policy/{organization}/{word}/{}",
                    policy.id
                );
                policy.read(kind, arn, &self.id)
            });
            each.collect::<Result<Vec<Attached>, String>>()
        };
        let service_control = match self.service_control_policies {
            Some(given) if given.is_empty() => {
                return Err(format!(
                    "level {}: `service_control_policies` is empty, but AWS keeps at least one attached",
                    self.id
                ));
            }
            Some(given) => read(
                given,
                DocumentKind::ServiceControl,
                "service_control_policy",
            )?,
            None => {
                let document = serde_json::from_str(FULL_ACCESS).unwrap_or_default();
                let policy = GivenPolicy {
                    name: "FullAWSAccess".to_owned(),
                    id: "p-FullAWSAccess".to_owned(),
                    document,
                };
                let arn =
                    "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";
                vec![policy.read(DocumentKind::ServiceControl, arn.to_owned(), &self.id)?]
            }
        };
        let resource_control = read(
            self.resource_control_policies,
            DocumentKind::ResourceControl,
            "resource_control_policy",
        )?;
        Ok(Level {
            service_control,
            resource_control,
            id: self.id,
        })
    }
}

impl GivenPolicy {
    fn read(self, kind: DocumentKind, arn: String, level: &str) -> Result<Attached, String> {
        let text = self.document.to_string();
        let refused = |why: String| format!("level {level}, policy {}: {why}", self.name);
        let document =
            PolicyText::accept(&text, kind).map_err(|refusal| refused(refusal.to_string()))?;
        super::request_context::check(document.read()).map_err(|error| refused(error.message))?;
        Ok(Attached {
            name: self.name,
            arn,
            document: Arc::new(document),
        })
    }
}
