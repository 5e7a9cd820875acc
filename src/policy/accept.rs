//! What AWS asks of a document besides its grammar when it is stored.

use std::collections::HashSet;

use super::document::{Document, DocumentKind, Later, Phase, Statement, Version};
use super::pattern::{Matched, Pattern, Syntax, arn_parts};
use super::refusal::{Fault, Finding, Refusal};
use super::request::Context;

/// Partitions whose names AWS has published.
const PARTITIONS: [&str; 8] = [
    "*",
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
];

/// What the last part of an IAM ARN in a policy starts with.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// The actions of a trust policy, in lower case.
const TRUST_ACTIONS: [&str; 6] = [
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
];

impl Document {
    /// Reads a document and asks what AWS asks when one is stored: the version, the vendor of each
    /// action, the form of each ARN, unique statement ids.
    ///
    /// Whether a principal exists, and how large a policy may be, is for the service to say.
    ///
    /// # Errors
    /// The first fault, with its place and AWS's refusal of it.
    pub fn accept(text: &str, kind: DocumentKind) -> Result<Self, Refusal> {
        let (document, later) = Self::read(text, kind)?;
        if kind == DocumentKind::Bucket && !text.starts_with('{') {
            let message = "a bucket policy starts with `{`, without blanks before it".to_owned();
            return Err(document.refuse(Fault::NotJson, 0, "$".to_owned(), message));
        }
        document.check(later)?;
        Ok(document)
    }

    fn refuse(&self, fault: Fault, at: usize, path: String, message: String) -> Refusal {
        let finding = Finding {
            path,
            position: self.position(at),
            message,
        };
        fault.refuse(self.kind(), finding)
    }

    /// One sort of faults after another, each through all statements: so AWS words documents with
    /// several (recorded; where trust and resource policies have their own sorts it is not).
    fn check(&self, later: Later) -> Result<(), Refusal> {
        let resource_based = self.kind().has_principal();
        if !resource_based && self.version() != Version::V2012 {
            let message = "`Version` must be `2012-10-17`".to_owned();
            return Err(self.refuse(Fault::Version, 0, "$.Version".to_owned(), message));
        }
        let (legacy, elements): (Later, Later) = later
            .into_iter()
            .partition(|(phase, _)| *phase == Phase::Legacy);
        let refused = |later: Later| match later.into_iter().next() {
            Some((_, refusal)) => Err(refusal),
            None => Ok(()),
        };
        let statements = || {
            let numbered = self.statements().iter().enumerate();
            numbered.map(|(index, statement)| (statement, format!("$.Statement[{index}]")))
        };
        refused(legacy)?;
        let mut sids = HashSet::new();
        for (statement, path) in statements() {
            self.check_sid(statement, &mut sids, &path)?;
        }
        for (statement, path) in statements() {
            if self.kind() != DocumentKind::Trust {
                self.check_resources(statement, &path)?;
            }
        }
        refused(elements)?;
        for (statement, path) in statements() {
            self.check_actions(statement, &path)?;
            if resource_based {
                self.check_keys(statement, &path)?;
            }
            if self.kind() == DocumentKind::Trust {
                self.check_trust(statement, &path)?;
            }
            self.check_principals(statement, &path)?;
        }
        Ok(())
    }

    fn check_sid<'a>(
        &self,
        statement: &'a Statement,
        sids: &mut HashSet<&'a str>,
        path: &str,
    ) -> Result<(), Refusal> {
        // An empty id is none: Terraform writes one into every statement.
        let Some(sid) = statement.sid().filter(|sid| !sid.is_empty()) else {
            return Ok(());
        };
        let path = format!("{path}.Sid");
        if !sids.insert(sid) {
            let message = format!("the statement id `{sid}` is used twice");
            return Err(self.refuse(Fault::DuplicateSid, statement.places.sid, path, message));
        }
        let resource_based = self.kind().has_principal();
        if !resource_based && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("the statement id `{sid}` may have letters and digits only");
            return Err(self.refuse(Fault::SidCharacters, statement.places.sid, path, message));
        }
        Ok(())
    }

    fn check_actions(&self, statement: &Statement, path: &str) -> Result<(), Refusal> {
        for (action, at) in statement.actions().zip(&statement.places.actions) {
            if action == "*" {
                continue;
            }
            let fault = match action.split_once(':') {
                None | Some(("", _)) => Fault::NoVendor,
                Some((_, name)) if name.contains(':') => Fault::TwoColons,
                Some((vendor, _)) if vendor.contains(char::is_whitespace) => {
                    Fault::Vendor(vendor.to_owned())
                }
                Some(_) => continue,
            };
            let message = format!("`{action}` is not of the form `service:Action`");
            return Err(self.refuse(fault, *at, format!("{path}.Action"), message));
        }
        Ok(())
    }

    /// Policies of users, groups and roles may have keys without a prefix, which no request ever has
    /// (recorded).
    fn check_keys(&self, statement: &Statement, path: &str) -> Result<(), Refusal> {
        for (condition, at) in statement.conditions.iter().zip(&statement.places.keys) {
            let key = condition.key.as_written();
            if !key.contains(':') {
                let message = format!("the condition key `{key}` has no prefix such as `aws:`");
                let path = format!("{path}.Condition.{}", condition.operator.written);
                return Err(self.refuse(Fault::NoVendor, *at, path, message));
            }
        }
        Ok(())
    }

    fn check_trust(&self, statement: &Statement, path: &str) -> Result<(), Refusal> {
        if let Some(at) = statement.places.prohibited_resource {
            let message = "a trust policy has no `Resource`: it is the role itself".to_owned();
            let fault = Fault::ProhibitedField("Resource");
            return Err(self.refuse(fault, at, format!("{path}.Resource"), message));
        }
        if let Some(at) = statement.places.not_principal {
            let message = "a trust policy may not use `NotPrincipal`".to_owned();
            let fault = Fault::ProhibitedField("NotPrincipal");
            return Err(self.refuse(fault, at, format!("{path}.NotPrincipal"), message));
        }
        let nothing = Context::new();
        for (pattern, at) in statement.actions.iter().zip(&statement.places.actions) {
            let known = pattern.source().starts_with("sts:")
                && TRUST_ACTIONS
                    .iter()
                    .any(|action| pattern.matches(action, &nothing) == Matched::Yes);
            if !known {
                let message = format!("`{}` is not an action of a trust policy", pattern.source());
                let path = format!("{path}.Action");
                return Err(self.refuse(Fault::NotAssumeRole, *at, path, message));
            }
        }
        Ok(())
    }

    fn check_resources(&self, statement: &Statement, path: &str) -> Result<(), Refusal> {
        for (resource, at) in statement.resources().zip(&statement.places.resources) {
            let fault = arn_fault(resource).or_else(|| {
                let short = resource != "*" && resource.splitn(6, ':').count() < 6;
                (short && self.kind() == DocumentKind::Session).then_some(Fault::Incomplete)
            });
            if let Some(fault) = fault {
                let message = format!("`{resource}` is no ARN that a policy may name");
                return Err(self.refuse(fault, *at, format!("{path}.Resource"), message));
            }
        }
        Ok(())
    }

    fn check_principals(&self, statement: &Statement, path: &str) -> Result<(), Refusal> {
        let wild = Syntax {
            wildcards: true,
            variables: false,
            arn: false,
        };
        for (kind, entry, at) in &statement.places.principals {
            let wildcard = entry.contains(['*', '?']) && !Pattern::new(entry, wild).is_anything();
            if wildcard && **kind == *"AWS" {
                let message = format!("`{entry}`: a wildcard cannot stand for part of a principal");
                let fault = Fault::Principal {
                    kind: kind.to_string(),
                    entry: entry.to_string(),
                };
                return Err(self.refuse(fault, *at, format!("{path}.Principal"), message));
            }
        }
        Ok(())
    }
}

/// What is wrong with the ARN of a `Resource`, as IAM sees it.
fn arn_fault(resource: &str) -> Option<Fault> {
    if resource == "*" {
        return None;
    }
    let mut parts: Vec<&str> = resource.splitn(6, ':').collect();
    if parts.len() < 2 {
        return Some(Fault::NotArn(resource.to_owned()));
    }
    let count = parts.len();
    parts.resize(6, "*");
    // IAM takes whatever stands first for `arn` and fills what is missing with stars.
    let [_, partition, service, region, account, path] = parts.as_slice() else {
        return None;
    };
    let normalised = format!("arn:{partition}:{service}:{region}:{account}:{path}");
    // A variable before the fifth colon.
    let early = arn_parts(resource, true)
        .iter()
        .take(5)
        .any(|part| part.contains("${"));
    if *service == "iam" && early {
        return Some(Fault::Legacy);
    }
    if !PARTITIONS.contains(partition) {
        return Some(Fault::Partition {
            partition: (*partition).to_owned(),
            arn: normalised,
        });
    }
    if count == 2 || service.contains(['*', '?']) {
        return Some(Fault::ResourceVendor);
    }
    if count == 5 || service.is_empty() {
        return Some(Fault::Legacy);
    }
    if count < 6 {
        return None;
    }
    let has_region = !region.is_empty() && *region != "*";
    match *service {
        "iam" if has_region => Some(Fault::Region {
            arn: resource.to_owned(),
            iam: true,
        }),
        // Access points are regional.
        "s3" if has_region && !path.starts_with("accesspoint/") => Some(Fault::Region {
            arn: resource.to_owned(),
            iam: false,
        }),
        "iam" => {
            let known = *path == "*"
                || *path == "root"
                || IAM_PATHS.iter().any(|start| path.starts_with(start));
            (!known).then_some(Fault::IamPath)
        }
        _ => None,
    }
}
