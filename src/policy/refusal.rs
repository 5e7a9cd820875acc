//! Why a policy document is refused: our finding, with its place, and AWS's own words.

use std::fmt;

use super::document::DocumentKind;
use super::json::Position;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// JSON path, such as `$.Statement[0].Effect`.
    pub path: String,
    /// Line and column in the text read.
    pub position: Position,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (at {})", self.position, self.message, self.path)
    }
}

/// A policy document that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{finding}")]
pub struct Refusal {
    /// What we found.
    pub finding: Finding,
    /// AWS's error code: `MalformedPolicyDocument`, for S3 `MalformedPolicy`.
    pub code: &'static str,
    /// AWS's error message.
    pub message: String,
    /// Whether this wording was seen from AWS for this fault. Where not, it is the nearest one that
    /// was.
    pub established: bool,
}

/// The kinds of fault that AWS words apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    NotJson,
    Grammar,
    UnknownField(String),
    MissingField(&'static str),
    ProhibitedField(&'static str),
    /// `allow` for `Allow`, an unreadable date, an ARN of five parts, a variable for an account.
    Legacy,
    /// An ARN of fewer than six parts in a session policy.
    Incomplete,
    Version,
    NoActions,
    NoResources,
    NoVendor,
    Vendor(String),
    TwoColons,
    NotArn(String),
    Partition {
        partition: String,
        arn: String,
    },
    ResourceVendor,
    IamPath,
    Region {
        arn: String,
        iam: bool,
    },
    DuplicateSid,
    SidCharacters,
    PrincipalForbidden,
    Principal {
        kind: String,
        entry: String,
    },
    NotAssumeRole,
}

impl Fault {
    pub fn refuse(self, kind: DocumentKind, finding: Finding) -> Refusal {
        let code = match kind {
            DocumentKind::Bucket => "MalformedPolicy",
            _ => "MalformedPolicyDocument",
        };
        let (message, established) = match kind {
            DocumentKind::Bucket => self.bucket_words(),
            DocumentKind::Trust => self.trust_words().unwrap_or_else(|| self.iam_words()),
            _ => self.iam_words(),
        };
        Refusal {
            finding,
            code,
            message,
            established,
        }
    }

    /// What `CreatePolicy` and its neighbours say.
    fn iam_words(&self) -> (String, bool) {
        let text = match self {
            Self::NotJson | Self::Grammar | Self::UnknownField(_) | Self::MissingField(_) => {
                "Syntax errors in policy.".to_owned()
            }
            Self::ProhibitedField(name) => return (format!("Has prohibited field {name}"), false),
            Self::Legacy => "The policy failed legacy parsing".to_owned(),
            // That it is refused is documented, in which words is not.
            Self::Incomplete => return ("The policy failed legacy parsing".to_owned(), false),
            Self::Version => "Policy document must be version 2012-10-17 or greater.".to_owned(),
            Self::NoActions => "Policy statement must contain actions.".to_owned(),
            Self::NoResources => "Policy statement must contain resources.".to_owned(),
            Self::NoVendor => {
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
                    .to_owned()
            }
            Self::Vendor(vendor) => format!("Vendor {vendor} is not valid"),
            Self::TwoColons => "Actions/Condition can contain only one colon.".to_owned(),
            Self::NotArn(text) => format!("Resource {text} must be in ARN format or \"*\"."),
            Self::Partition { partition, arn } => {
                format!("Partition \"{partition}\" is not valid for resource \"{arn}\".")
            }
            Self::ResourceVendor => {
                "Resource vendor must be fully qualified and cannot contain regexes.".to_owned()
            }
            Self::IamPath => "IAM resource path must either be \"*\", root, or start with user/, \
                federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, \
                policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
                .to_owned(),
            Self::Region { arn, iam: true } => {
                format!("IAM resource {arn} cannot contain region information.")
            }
            Self::Region { arn, iam: false } => {
                format!("Resource {arn} can not contain region information.")
            }
            Self::DuplicateSid => {
                "Statement IDs (SID) in a single policy must be unique.".to_owned()
            }
            // Reported by users of AWS, not recorded.
            Self::SidCharacters => {
                return (
                    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies \
                     the regular expression [0-9A-Za-z]*"
                        .to_owned(),
                    false,
                );
            }
            Self::PrincipalForbidden => {
                return (
                    "Policy document should not specify a principal.".to_owned(),
                    false,
                );
            }
            Self::Principal { kind, entry } => {
                format!("Invalid principal in policy: \"{kind}\":\"{entry}\"")
            }
            Self::NotAssumeRole => {
                "AssumeRole policy may only specify STS AssumeRole actions.".to_owned()
            }
        };
        (text, true)
    }

    /// Where a trust policy is answered in other words.
    fn trust_words(&self) -> Option<(String, bool)> {
        Some(match self {
            Self::NotJson => ("This policy contains invalid Json".to_owned(), true),
            Self::ProhibitedField(name) => {
                (format!("Has prohibited field {name}"), *name == "Resource")
            }
            Self::MissingField(name) => (format!("Missing required field {name}"), false),
            _ => return None,
        })
    }

    /// What S3 says of a bucket policy. Only the first two, and the text of an invalid principal
    /// without its detail, are established.
    fn bucket_words(&self) -> (String, bool) {
        match self {
            Self::NotJson => (
                "Policies must be valid JSON and the first byte must be '{'".to_owned(),
                true,
            ),
            Self::MissingField(name) => (
                format!("Missing required field {name}"),
                *name == "Statement",
            ),
            Self::NoActions => ("Missing required field Action".to_owned(), false),
            Self::NoResources => ("Missing required field Resource".to_owned(), false),
            Self::UnknownField(name) => (format!("Unknown field {name}"), false),
            Self::Principal { .. } => ("Invalid principal in policy".to_owned(), true),
            Self::NoVendor | Self::Vendor(_) | Self::TwoColons => {
                ("Policy has invalid action".to_owned(), false)
            }
            Self::NotArn(_)
            | Self::Partition { .. }
            | Self::ResourceVendor
            | Self::Region { .. }
            | Self::IamPath => ("Policy has invalid resource".to_owned(), false),
            _ => ("Invalid policy syntax.".to_owned(), false),
        }
    }
}
