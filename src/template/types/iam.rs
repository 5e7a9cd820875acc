//! IAM's resource types.

use super::{Property, ResourceType, Shape, TAGS, TEXTS, optional, replacing, required};

const INLINE_POLICIES: Property = optional(
    "Policies",
    Shape::List(&Shape::Object(&[
        required("PolicyName", Shape::Text),
        required("PolicyDocument", Shape::Document),
    ])),
);

pub(super) const TYPES: &[ResourceType] = &[
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
        name: "AWS::IAM::GroupPolicy",
        properties: &[
            replacing(required("GroupName", Shape::Text)),
            optional("PolicyDocument", Shape::Document),
            replacing(required("PolicyName", Shape::Text)),
        ],
        unsupported: &[],
        attributes: &[],
        name_property: None,
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
        name: "AWS::IAM::OIDCProvider",
        properties: &[
            optional("ClientIdList", TEXTS),
            TAGS,
            optional("ThumbprintList", TEXTS),
            replacing(required("Url", Shape::Text)),
        ],
        unsupported: &[],
        attributes: &["Arn"],
        name_property: None,
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
        name: "AWS::IAM::RolePolicy",
        properties: &[
            optional("PolicyDocument", Shape::Document),
            replacing(required("PolicyName", Shape::Text)),
            replacing(required("RoleName", Shape::Text)),
        ],
        unsupported: &[],
        attributes: &[],
        name_property: None,
    },
    ResourceType {
        name: "AWS::IAM::ServiceLinkedRole",
        properties: &[
            replacing(required("AWSServiceName", Shape::Text)),
            replacing(optional("CustomSuffix", Shape::Text)),
            optional("Description", Shape::Text),
        ],
        unsupported: &[],
        attributes: &["RoleName"],
        name_property: None,
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
        name: "AWS::IAM::UserPolicy",
        properties: &[
            optional("PolicyDocument", Shape::Document),
            replacing(required("PolicyName", Shape::Text)),
            replacing(required("UserName", Shape::Text)),
        ],
        unsupported: &[],
        attributes: &[],
        name_property: None,
    },
    ResourceType {
        name: "AWS::IAM::UserToGroupAddition",
        properties: &[required("GroupName", Shape::Text), required("Users", TEXTS)],
        unsupported: &[],
        attributes: &["Id"],
        name_property: None,
    },
];
