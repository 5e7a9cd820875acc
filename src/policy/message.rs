//! AWS's own words for a denial.
//!
//! Sources: IAM User Guide, "Troubleshoot access denied error messages"; S3 User Guide,
//! "Troubleshoot access denied (403 Forbidden) errors"; AWS Security Blog, "Enhanced access denied
//! error messages with policy ARNs"; and answers of AWS for what these leave open.

use super::arn::Arn;
use super::evaluate::{Decision, Policies, Special};
use super::explanation::{Layer, Verdict};
use super::request::{PrincipalKind, Request};

/// How a message names the resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ResourceWords {
    /// As the action's service does.
    #[default]
    Usual,
    /// Not at all.
    Absent,
    /// With these words behind `on resource: `.
    Words(String),
}

impl Decision {
    /// The message of the error `AccessDenied`, as AWS words it for this service and operation.
    /// `None` when the request is allowed.
    #[must_use]
    pub fn message(&self, request: &Request, policies: &Policies) -> Option<String> {
        self.message_naming(request, policies, &ResourceWords::Usual)
    }

    /// The message, with the resource named in the words given.
    #[must_use]
    pub fn message_naming(
        &self,
        request: &Request,
        policies: &Policies,
        resource: &ResourceWords,
    ) -> Option<String> {
        if self.verdict == Verdict::Allow {
            return None;
        }
        if self.special == Some(Special::RootAssumesRole) && self.layer.is_none() {
            return Some("Roles may not be assumed by root accounts.".to_owned());
        }
        let action = request.action();
        if request.principal.kind() == PrincipalKind::Identity {
            return Some(format!("Not authorized to perform {action}"));
        }
        if request.service() == "s3" && is_stranger(request) {
            return Some("Access Denied".to_owned());
        }
        let words = match resource {
            ResourceWords::Usual => usual_words(request),
            ResourceWords::Absent => None,
            ResourceWords::Words(words) => Some(words.clone()),
        };
        let on = words.map_or(String::new(), |words| format!(" on resource: {words}"));
        let reason = if says_no_reason(request) {
            None
        } else {
            self.reason(action, policies)
        };
        let caller = request.principal.arn();
        let reason = reason.unwrap_or_default();
        Some(format!(
            "User: {caller} is not authorized to perform: {action}{on}{reason}"
        ))
    }

    fn reason(&self, action: &str, policies: &Policies) -> Option<String> {
        let layer = self.layer?;
        if self.verdict == Verdict::ImplicitDeny {
            let kind = match layer {
                Layer::ServiceControl => "service control policy",
                Layer::ResourceControl => "resource control policy",
                Layer::Resource => "resource-based policy",
                Layer::Trust => "role trust policy",
                Layer::Identity => "identity-based policy",
                Layer::Boundary => "permissions boundary",
                Layer::Session => "session policy",
            };
            return Some(format!(" because no {kind} allows the {action} action"));
        }
        let kind = match layer {
            Layer::ServiceControl => "a service control policy",
            Layer::ResourceControl => "a resource control policy",
            Layer::Resource => "a resource-based policy",
            Layer::Trust => "the role trust policy",
            Layer::Identity => "an identity-based policy",
            Layer::Boundary => "a permissions boundary",
            Layer::Session => "a session policy",
        };
        // Managed policies are named since 2026; inline ones have no ARN to name.
        let arn = self
            .statement()
            .and_then(|place| policies.find(place))
            .and_then(|policy| policy.arn.as_deref())
            .filter(|_| {
                matches!(
                    layer,
                    Layer::Identity | Layer::Boundary | Layer::ServiceControl
                )
            })
            .map_or(String::new(), |arn| format!(": {arn}"));
        Some(format!(" with an explicit deny in {kind}{arn}"))
    }
}

/// STS gives no reason when a role is not assumed.
fn says_no_reason(request: &Request) -> bool {
    request.is_about_role_session()
}

/// S3 explains itself only to callers of the same account or organization.
fn is_stranger(request: &Request) -> bool {
    let anonymous = request.principal.kind() == PrincipalKind::Anonymous;
    let caller = request.context.get("aws:PrincipalOrgID");
    let same = caller.is_some() && caller == request.context.get("aws:ResourceOrgID");
    anonymous || request.is_cross_account() && !same
}

/// What stands behind `on resource: ` for this action; `None` for actions that name none.
fn usual_words(request: &Request) -> Option<String> {
    let resource = request.resource.as_str();
    match request.service() {
        "s3" if request.action_lower() == "s3:listallmybuckets" => None,
        "s3" => Some(format!("\"{resource}\"")),
        "sts" if request.action_lower() == "sts:decodeauthorizationmessage" => None,
        "iam" => Some(iam_words(request.action_lower(), resource)),
        _ => Some(resource.to_owned()),
    }
}

/// IAM names an existing entity by its kind and bare name, a new one by its ARN.
fn iam_words(action: &str, resource: &str) -> String {
    let Some(arn) = Arn::parse(resource) else {
        return resource.to_owned();
    };
    let operation = action.strip_prefix("iam:").unwrap_or(action);
    let by_arn = matches!(
        operation,
        "createuser"
            | "createrole"
            | "creategroup"
            | "createservicelinkedrole"
            | "passrole"
            | "simulateprincipalpolicy"
            | "getcontextkeysforprincipalpolicy"
    );
    if by_arn || arn.name().is_empty() || resource.contains('*') {
        return resource.to_owned();
    }
    match arn.kind() {
        kind @ ("user" | "role" | "group") => format!("{kind} {}", arn.name()),
        "policy" if operation == "createpolicy" => format!("policy {}", arn.name()),
        "policy" => format!("policy {resource}"),
        _ => resource.to_owned(),
    }
}
