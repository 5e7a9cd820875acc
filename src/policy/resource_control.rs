//! What resource control policies limit.
//!
//! Source: AWS Organizations User Guide, "Resource control policies (RCPs)", sections "List of AWS
//! services that support RCPs" and "Resources and entities not restricted by RCPs".

use super::arn::Arn;
use super::evaluate::Policies;
use super::request::Request;

/// The services that support them, by the prefix of their actions.
const SERVICES: [&str; 62] = [
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Why resource control policies leave a request alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    /// The action's service does not support them.
    Service,
    /// `kms:RetireGrant`, which no such policy reaches.
    Action,
    /// The resource belongs to the management account.
    ManagementAccount,
    /// A service-linked role asks, or is to be assumed.
    ServiceLinkedRole,
}

impl Beyond {
    /// Why they leave this request alone; `None` where they limit it.
    pub fn of(request: &Request, policies: &Policies) -> Option<Self> {
        if !SERVICES.contains(&request.service()) {
            Some(Self::Service)
        } else if request.action_lower() == "kms:retiregrant" {
            Some(Self::Action)
        } else if policies.management_account && !request.is_cross_account() {
            Some(Self::ManagementAccount)
        } else if request.principal.is_service_linked() || is_service_linked(&request.resource) {
            Some(Self::ServiceLinkedRole)
        } else {
            None
        }
    }

    /// The rule, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Service => "the service is not on AWS's list of those that support them",
            Self::Action => "they do not impact `kms:RetireGrant`",
            Self::ManagementAccount => "they have no effect on resources of the management account",
            Self::ServiceLinkedRole => "they do not restrict service-linked roles",
        }
    }
}

/// Whether an ARN is that of a service-linked role.
pub(super) fn is_service_linked(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/"))
}
