//! The resource types that stacks can have: properties, attributes, capabilities.
//!
//! Facts from the CloudFormation resource type reference. A property of the real type that the
//! sandbox does not act upon is listed under `unsupported` and refused by name.

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::parse::{Resource, Template};

/// What the value of a property must be.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A whole number, written as number or text.
    Integer,
    /// `true` or `false`, written as boolean or text.
    Boolean,
    /// A JSON document: an object, or its text.
    Document,
    /// A list.
    List(&'static Shape),
    /// An object with these properties.
    Object(&'static [Property]),
}

/// What changing a property does to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// The resource is changed.
    InPlace,
    /// A new resource takes its place.
    Replace,
}

/// A property of a resource type, or of an object inside one.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Name.
    pub name: &'static str,
    /// What its value must be.
    pub shape: Shape,
    /// It must be given.
    pub required: bool,
    /// What changing it does.
    pub update: Update,
}

/// A resource type.
#[derive(Debug, Clone, Copy)]
pub struct ResourceType {
    /// Name, such as `AWS::IAM::Role`.
    pub name: &'static str,
    /// Properties.
    pub properties: &'static [Property],
    /// Properties of the real type that the sandbox does not support.
    pub unsupported: &'static [&'static str],
    /// What `Fn::GetAtt` can ask for.
    pub attributes: &'static [&'static str],
    /// The property that names the resource, if the template may choose its name.
    pub name_property: Option<&'static str>,
}

const fn optional(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        shape,
        required: false,
        update: Update::InPlace,
    }
}

const fn required(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        shape,
        required: true,
        update: Update::InPlace,
    }
}

/// The same property, whose change replaces the resource.
const fn replacing(property: Property) -> Property {
    Property {
        update: Update::Replace,
        ..property
    }
}

const TEXTS: Shape = Shape::List(&Shape::Text);

const TAGS: Property = optional(
    "Tags",
    Shape::List(&Shape::Object(&[
        required("Key", Shape::Text),
        required("Value", Shape::Text),
    ])),
);

const INLINE_POLICIES: Property = optional(
    "Policies",
    Shape::List(&Shape::Object(&[
        required("PolicyName", Shape::Text),
        required("PolicyDocument", Shape::Document),
    ])),
);

/// Every supported type.
pub const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::IAM::AccessKey",
        properties: &[
            replacing(optional("Serial", Shape::Integer)),
            optional("Status", Shape::OneOf(&["Active", "Inactive"])),
            replacing(required("UserName", Shape::Text)),
        ],
        unsupported: &[],
        attributes: &["Id", "SecretAccessKey"],
        name_property: None,
    },
    ResourceType {
        name: "AWS::IAM::Group",
        properties: &[
            replacing(optional("GroupName", Shape::Text)),
            optional("ManagedPolicyArns", TEXTS),
            optional("Path", Shape::Text),
            INLINE_POLICIES,
        ],
        unsupported: &[],
        attributes: &["Arn"],
        name_property: Some("GroupName"),
    },
    ResourceType {
        name: "AWS::IAM::InstanceProfile",
        properties: &[
            replacing(optional("InstanceProfileName", Shape::Text)),
            replacing(optional("Path", Shape::Text)),
            required("Roles", TEXTS),
        ],
        unsupported: &[],
        attributes: &["Arn"],
        name_property: Some("InstanceProfileName"),
    },
    ResourceType {
        name: "AWS::IAM::ManagedPolicy",
        properties: &[
            replacing(optional("Description", Shape::Text)),
            optional("Groups", TEXTS),
            replacing(optional("ManagedPolicyName", Shape::Text)),
            replacing(optional("Path", Shape::Text)),
            required("PolicyDocument", Shape::Document),
            optional("Roles", TEXTS),
            optional("Users", TEXTS),
        ],
        unsupported: &[],
        attributes: &[
            "AttachmentCount",
            "CreateDate",
            "DefaultVersionId",
            "IsAttachable",
            "PermissionsBoundaryUsageCount",
            "PolicyArn",
            "PolicyId",
            "UpdateDate",
        ],
        name_property: Some("ManagedPolicyName"),
    },
    ResourceType {
        name: "AWS::IAM::Policy",
        properties: &[
            optional("Groups", TEXTS),
            required("PolicyDocument", Shape::Document),
            required("PolicyName", Shape::Text),
            optional("Roles", TEXTS),
            optional("Users", TEXTS),
        ],
        unsupported: &[],
        attributes: &["Id"],
        name_property: None,
    },
    ResourceType {
        name: "AWS::IAM::Role",
        properties: &[
            required("AssumeRolePolicyDocument", Shape::Document),
            optional("Description", Shape::Text),
            optional("ManagedPolicyArns", TEXTS),
            optional("MaxSessionDuration", Shape::Integer),
            replacing(optional("Path", Shape::Text)),
            optional("PermissionsBoundary", Shape::Text),
            INLINE_POLICIES,
            replacing(optional("RoleName", Shape::Text)),
            TAGS,
        ],
        unsupported: &[],
        attributes: &["Arn", "RoleId"],
        name_property: Some("RoleName"),
    },
    ResourceType {
        name: "AWS::IAM::User",
        properties: &[
            optional("Groups", TEXTS),
            optional(
                "LoginProfile",
                Shape::Object(&[
                    required("Password", Shape::Text),
                    optional("PasswordResetRequired", Shape::Boolean),
                ]),
            ),
            optional("ManagedPolicyArns", TEXTS),
            optional("Path", Shape::Text),
            optional("PermissionsBoundary", Shape::Text),
            INLINE_POLICIES,
            TAGS,
            replacing(optional("UserName", Shape::Text)),
        ],
        unsupported: &[],
        attributes: &["Arn"],
        name_property: Some("UserName"),
    },
    ResourceType {
        name: "AWS::IAM::UserToGroupAddition",
        properties: &[required("GroupName", Shape::Text), required("Users", TEXTS)],
        unsupported: &[],
        attributes: &["Id"],
        name_property: None,
    },
    ResourceType {
        name: "AWS::S3::Bucket",
        properties: &[
            optional(
                "BucketEncryption",
                Shape::Object(&[required(
                    "ServerSideEncryptionConfiguration",
                    Shape::List(&Shape::Object(&[
                        optional("BucketKeyEnabled", Shape::Boolean),
                        optional(
                            "ServerSideEncryptionByDefault",
                            Shape::Object(&[required("SSEAlgorithm", Shape::OneOf(&["AES256"]))]),
                        ),
                    ])),
                )]),
            ),
            replacing(optional("BucketName", Shape::Text)),
            optional(
                "OwnershipControls",
                Shape::Object(&[required(
                    "Rules",
                    Shape::List(&Shape::Object(&[optional(
                        "ObjectOwnership",
                        Shape::OneOf(&["BucketOwnerEnforced"]),
                    )])),
                )]),
            ),
            optional(
                "PublicAccessBlockConfiguration",
                Shape::Object(&[
                    optional("BlockPublicAcls", Shape::Boolean),
                    optional("BlockPublicPolicy", Shape::Boolean),
                    optional("IgnorePublicAcls", Shape::Boolean),
                    optional("RestrictPublicBuckets", Shape::Boolean),
                ]),
            ),
            TAGS,
            optional(
                "VersioningConfiguration",
                Shape::Object(&[required("Status", Shape::OneOf(&["Enabled", "Suspended"]))]),
            ),
        ],
        unsupported: &[
            "AbacStatus",
            "AccelerateConfiguration",
            "AccessControl",
            "AnalyticsConfigurations",
            "BucketNamePrefix",
            "BucketNamespace",
            "CorsConfiguration",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "LifecycleConfiguration",
            "LoggingConfiguration",
            "MetadataConfiguration",
            "MetadataTableConfiguration",
            "MetricsConfigurations",
            "NotificationConfiguration",
            "ObjectLockConfiguration",
            "ObjectLockEnabled",
            "ReplicationConfiguration",
            "WebsiteConfiguration",
        ],
        attributes: &[
            "Arn",
            "DomainName",
            "DualStackDomainName",
            "RegionalDomainName",
            "WebsiteURL",
        ],
        name_property: Some("BucketName"),
    },
    ResourceType {
        name: "AWS::S3::BucketPolicy",
        properties: &[
            replacing(required("Bucket", Shape::Text)),
            required("PolicyDocument", Shape::Document),
        ],
        unsupported: &[],
        attributes: &[],
        name_property: None,
    },
];

/// Services whose resource types exist on AWS, for telling a type that the sandbox lacks from one
/// that nobody has.
const SERVICES: &[&str] = &[
    "ACMPCA",
    "AccessAnalyzer",
    "AmazonMQ",
    "Amplify",
    "ApiGateway",
    "ApiGatewayV2",
    "AppConfig",
    "AppRunner",
    "AppSync",
    "ApplicationAutoScaling",
    "Athena",
    "AutoScaling",
    "Backup",
    "Batch",
    "Bedrock",
    "Budgets",
    "CDK",
    "CertificateManager",
    "Cloud9",
    "CloudFormation",
    "CloudFront",
    "CloudTrail",
    "CloudWatch",
    "CodeArtifact",
    "CodeBuild",
    "CodeCommit",
    "CodeDeploy",
    "CodePipeline",
    "Cognito",
    "Config",
    "DAX",
    "DLM",
    "DMS",
    "DocDB",
    "DynamoDB",
    "EC2",
    "ECR",
    "ECS",
    "EFS",
    "EKS",
    "EMR",
    "ElastiCache",
    "ElasticBeanstalk",
    "ElasticLoadBalancing",
    "ElasticLoadBalancingV2",
    "Elasticsearch",
    "Events",
    "FSx",
    "Glue",
    "GuardDuty",
    "IAM",
    "ImageBuilder",
    "IoT",
    "KMS",
    "Kinesis",
    "KinesisFirehose",
    "LakeFormation",
    "Lambda",
    "Logs",
    "MSK",
    "Neptune",
    "NetworkFirewall",
    "OpenSearchService",
    "Organizations",
    "Pipes",
    "RAM",
    "RDS",
    "Redshift",
    "ResourceGroups",
    "RolesAnywhere",
    "Route53",
    "Route53Resolver",
    "S3",
    "SAM",
    "SES",
    "SNS",
    "SQS",
    "SSM",
    "SSO",
    "SageMaker",
    "Scheduler",
    "SecretsManager",
    "SecurityHub",
    "Serverless",
    "ServiceCatalog",
    "ServiceDiscovery",
    "StepFunctions",
    "Synthetics",
    "Transfer",
    "WAF",
    "WAFRegional",
    "WAFv2",
    "WorkSpaces",
    "XRay",
];

/// The types of IAM and S3 that exist on AWS and are not supported here.
const LACKING: &[&str] = &[
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::SAMLProvider",
    "AWS::IAM::ServerCertificate",
    "AWS::IAM::ServiceLinkedRole",
    "AWS::IAM::UserPolicy",
    "AWS::IAM::VirtualMFADevice",
    "AWS::S3::AccessGrant",
    "AWS::S3::AccessGrantsInstance",
    "AWS::S3::AccessGrantsLocation",
    "AWS::S3::AccessPoint",
    "AWS::S3::MultiRegionAccessPoint",
    "AWS::S3::MultiRegionAccessPointPolicy",
    "AWS::S3::StorageLens",
    "AWS::S3::StorageLensGroup",
];

/// The type of that name, if it is supported.
#[must_use]
pub fn resource_type(name: &str) -> Option<&'static ResourceType> {
    TYPES.iter().find(|known| known.name == name)
}

/// Whether `Fn::GetAtt` can ask this of that type.
#[must_use]
pub fn has_attribute(type_name: &str, attribute: &str) -> bool {
    resource_type(type_name).is_some_and(|known| known.attributes.contains(&attribute))
}

fn exists_on_aws(name: &str) -> bool {
    let mut parts = name.split("::");
    let (vendor, service, kind) = (parts.next(), parts.next(), parts.next());
    match (vendor, service, kind) {
        (Some("AWS"), Some("IAM" | "S3"), Some(_)) => LACKING.contains(&name),
        (Some("AWS"), Some(service), Some(kind)) => {
            !kind.is_empty() && SERVICES.contains(&service) && parts.next().is_none()
        }
        (Some("Custom"), Some(_), None) => true,
        _ => false,
    }
}

/// Refuses types that do not exist or are not supported, and properties that are not supported.
pub(super) fn check(template: &Template) -> Result<(), TemplateError> {
    let unknown: Vec<&Resource> = template
        .resources
        .iter()
        .filter(|resource| resource_type(&resource.type_name).is_none())
        .collect();
    let (lacking, unheard): (Vec<&Resource>, Vec<&Resource>) = unknown
        .into_iter()
        .partition(|resource| exists_on_aws(&resource.type_name));
    let names = |resources: &[&Resource]| {
        let mut names: Vec<&str> = Vec::new();
        for resource in resources {
            if !names.contains(&resource.type_name.as_str()) {
                names.push(&resource.type_name);
            }
        }
        names.join(", ")
    };
    if let Some(first) = unheard.first() {
        return Err(TemplateError::at(
            first.type_at,
            format!(
                "Template format error: Unrecognized resource types: [{}]",
                names(&unheard)
            ),
        ));
    }
    if let Some(first) = lacking.first() {
        return Err(TemplateError::unsupported(
            first.type_at,
            format!("resource types: [{}]", names(&lacking)),
        ));
    }
    for resource in &template.resources {
        let Some(known) = resource_type(&resource.type_name) else {
            continue;
        };
        for (name, at, _) in &resource.properties {
            if known.unsupported.contains(&name.as_str()) {
                return Err(TemplateError::unsupported(
                    *at,
                    format!(
                        "property {name} of {} (resource {})",
                        resource.type_name, resource.logical_id
                    ),
                ));
            }
        }
    }
    Ok(())
}

impl Template {
    /// The capability that a caller must acknowledge, and the types that need it:
    /// `CAPABILITY_NAMED_IAM` where a template names an IAM resource, `CAPABILITY_IAM` where it
    /// has one.
    #[must_use]
    pub fn required_capability(&self) -> Option<(&'static str, Vec<&str>)> {
        let iam: Vec<&Resource> = self
            .resources
            .iter()
            .filter(|resource| resource.type_name.starts_with("AWS::IAM::"))
            .collect();
        let named = |resource: &&Resource| {
            resource_type(&resource.type_name)
                .and_then(|known| known.name_property)
                .is_some_and(|name| {
                    resource
                        .properties
                        .iter()
                        .any(|(given, _, _)| given == name)
                })
        };
        let capability = if iam.iter().any(named) {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        };
        let mut types: Vec<&str> = Vec::new();
        for resource in &iam {
            if !types.contains(&resource.type_name.as_str()) {
                types.push(&resource.type_name);
            }
        }
        (!types.is_empty()).then_some((capability, types))
    }
}

/// What is wrong with the properties of a resource, in the words of AWS's resource schemas, such
/// as `#: required key [PolicyName] not found`. Turns the texts of numbers, booleans and
/// documents into JSON numbers, booleans and objects.
pub fn conform(known: &ResourceType, properties: &mut Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    conform_object(known.properties, properties, "#", &mut faults);
    faults
}

fn conform_object(
    known: &[Property],
    object: &mut Map<String, Value>,
    path: &str,
    faults: &mut Vec<String>,
) {
    for property in known {
        if property.required && !object.contains_key(property.name) {
            faults.push(format!(
                "{path}: required key [{}] not found",
                property.name
            ));
        }
    }
    for (name, value) in object.iter_mut() {
        match known.iter().find(|property| property.name == name) {
            None => faults.push(format!("{path}: extraneous key [{name}] is not permitted")),
            Some(property) => {
                conform_value(property.shape, value, &format!("{path}/{name}"), faults);
            }
        }
    }
}

fn conform_value(shape: Shape, value: &mut Value, path: &str, faults: &mut Vec<String>) {
    let found = match value {
        Value::String(_) => "String",
        Value::Array(_) => "JSONArray",
        Value::Object(_) => "JSONObject",
        Value::Number(_) => "Integer",
        Value::Bool(_) => "Boolean",
        Value::Null => "Null",
    };
    let mut wrong = |expected: &str| {
        faults.push(format!("{path}: expected type: {expected}, found: {found}"));
    };
    match (shape, &mut *value) {
        (Shape::Text, Value::String(_)) | (Shape::Document, Value::Object(_)) => {}
        (Shape::Text, _) => wrong("String"),
        (Shape::OneOf(allowed), Value::String(text)) => {
            if !allowed.contains(&text.as_str()) {
                faults.push(format!("{path}: {text} is not a valid enum value"));
            }
        }
        (Shape::OneOf(_), _) => wrong("String"),
        (Shape::Integer, Value::String(text)) => match text.parse::<i64>() {
            Ok(number) => *value = Value::from(number),
            Err(_) => wrong("Number"),
        },
        (Shape::Integer, _) => wrong("Number"),
        (Shape::Boolean, Value::String(text)) => match text.as_str() {
            "true" => *value = Value::from(true),
            "false" => *value = Value::from(false),
            _ => wrong("Boolean"),
        },
        (Shape::Boolean, _) => wrong("Boolean"),
        (Shape::Document, Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(document @ Value::Object(_)) => *value = document,
            _ => wrong("JSONObject"),
        },
        (Shape::Document, _) => wrong("JSONObject"),
        (Shape::List(inner), Value::Array(elements)) => {
            for (index, element) in elements.iter_mut().enumerate() {
                conform_value(*inner, element, &format!("{path}/{index}"), faults);
            }
        }
        (Shape::List(_), _) => wrong("JSONArray"),
        (Shape::Object(known), Value::Object(members)) => {
            conform_object(known, members, path, faults);
        }
        (Shape::Object(_), _) => wrong("JSONObject"),
    }
}
