//! S3's resource types.

use super::{Property, ResourceType, Shape, TAGS, TEXTS, optional, replacing, required};

const BOOLEAN: Shape = Shape::Boolean;
const INTEGER: Shape = Shape::Integer;
const TEXT: Shape = Shape::Text;

const SWITCH: Shape = Shape::OneOf(&["Enabled", "Suspended"]);

const STORAGE_CLASS: Property = required(
    "StorageClass",
    Shape::OneOf(&[
        "DEEP_ARCHIVE",
        "GLACIER",
        "GLACIER_IR",
        "INTELLIGENT_TIERING",
        "ONEZONE_IA",
        "STANDARD_IA",
    ]),
);

const CORS_RULE: Shape = Shape::Object(&[
    optional("AllowedHeaders", TEXTS),
    required(
        "AllowedMethods",
        Shape::List(&Shape::OneOf(&["GET", "PUT", "HEAD", "POST", "DELETE"])),
    ),
    required("AllowedOrigins", TEXTS),
    optional("ExposedHeaders", TEXTS),
    optional("Id", TEXT),
    optional("MaxAge", INTEGER),
]);

const LIFECYCLE_RULE: Shape = Shape::Object(&[
    optional(
        "AbortIncompleteMultipartUpload",
        Shape::Object(&[required("DaysAfterInitiation", INTEGER)]),
    ),
    optional("ExpirationDate", TEXT),
    optional("ExpirationInDays", INTEGER),
    optional("ExpiredObjectDeleteMarker", BOOLEAN),
    optional("Id", TEXT),
    optional(
        "NoncurrentVersionExpiration",
        Shape::Object(&[
            optional("NewerNoncurrentVersions", INTEGER),
            required("NoncurrentDays", INTEGER),
        ]),
    ),
    optional(
        "NoncurrentVersionTransitions",
        Shape::List(&Shape::Object(&[
            optional("NewerNoncurrentVersions", INTEGER),
            STORAGE_CLASS,
            required("TransitionInDays", INTEGER),
        ])),
    ),
    optional("ObjectSizeGreaterThan", INTEGER),
    optional("ObjectSizeLessThan", INTEGER),
    optional("Prefix", TEXT),
    required("Status", Shape::OneOf(&["Enabled", "Disabled"])),
    optional(
        "TagFilters",
        Shape::List(&Shape::Object(&[
            required("Key", TEXT),
            required("Value", TEXT),
        ])),
    ),
    optional(
        "Transitions",
        Shape::List(&Shape::Object(&[
            STORAGE_CLASS,
            optional("TransitionDate", TEXT),
            optional("TransitionInDays", INTEGER),
        ])),
    ),
]);

const ROUTING_RULE: Shape = Shape::Object(&[
    required(
        "RedirectRule",
        Shape::Object(&[
            optional("HostName", TEXT),
            optional("HttpRedirectCode", TEXT),
            optional("Protocol", PROTOCOL),
            optional("ReplaceKeyPrefixWith", TEXT),
            optional("ReplaceKeyWith", TEXT),
        ]),
    ),
    optional(
        "RoutingRuleCondition",
        Shape::Object(&[
            optional("HttpErrorCodeReturnedEquals", TEXT),
            optional("KeyPrefixEquals", TEXT),
        ]),
    ),
]);

const PROTOCOL: Shape = Shape::OneOf(&["http", "https"]);

const BUCKET: &[Property] = &[
    optional(
        "AccelerateConfiguration",
        Shape::Object(&[required("AccelerationStatus", SWITCH)]),
    ),
    optional(
        "BucketEncryption",
        Shape::Object(&[required(
            "ServerSideEncryptionConfiguration",
            Shape::List(&Shape::Object(&[
                optional("BucketKeyEnabled", BOOLEAN),
                optional(
                    "ServerSideEncryptionByDefault",
                    Shape::Object(&[required("SSEAlgorithm", Shape::OneOf(&["AES256"]))]),
                ),
            ])),
        )]),
    ),
    replacing(optional("BucketName", TEXT)),
    optional(
        "CorsConfiguration",
        Shape::Object(&[required("CorsRules", Shape::List(&CORS_RULE))]),
    ),
    optional(
        "LifecycleConfiguration",
        Shape::Object(&[
            required("Rules", Shape::List(&LIFECYCLE_RULE)),
            optional(
                "TransitionDefaultMinimumObjectSize",
                Shape::OneOf(&["varies_by_storage_class", "all_storage_classes_128K"]),
            ),
        ]),
    ),
    optional(
        "LoggingConfiguration",
        Shape::Object(&[
            optional("DestinationBucketName", TEXT),
            optional("LogFilePrefix", TEXT),
        ]),
    ),
    optional(
        "OwnershipControls",
        Shape::Object(&[required(
            "Rules",
            Shape::List(&Shape::Object(&[optional(
                "ObjectOwnership",
                Shape::OneOf(&[
                    "BucketOwnerEnforced",
                    "BucketOwnerPreferred",
                    "ObjectWriter",
                ]),
            )])),
        )]),
    ),
    optional(
        "PublicAccessBlockConfiguration",
        Shape::Object(&[
            optional("BlockPublicAcls", BOOLEAN),
            optional("BlockPublicPolicy", BOOLEAN),
            optional("IgnorePublicAcls", BOOLEAN),
            optional("RestrictPublicBuckets", BOOLEAN),
        ]),
    ),
    TAGS,
    optional(
        "VersioningConfiguration",
        Shape::Object(&[required("Status", SWITCH)]),
    ),
    optional(
        "WebsiteConfiguration",
        Shape::Object(&[
            optional("ErrorDocument", TEXT),
            optional("IndexDocument", TEXT),
            optional(
                "RedirectAllRequestsTo",
                Shape::Object(&[required("HostName", TEXT), optional("Protocol", PROTOCOL)]),
            ),
            optional("RoutingRules", Shape::List(&ROUTING_RULE)),
        ]),
    ),
];

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType {
        name: "AWS::S3::Bucket",
        properties: BUCKET,
        unsupported: &[
            "AbacStatus",
            "AccessControl",
            "AnalyticsConfigurations",
            "BucketNamePrefix",
            "BucketNamespace",
            "IntelligentTieringConfigurations",
            "InventoryConfigurations",
            "MetadataConfiguration",
            "MetadataTableConfiguration",
            "MetricsConfigurations",
            "NotificationConfiguration",
            "ObjectLockConfiguration",
            "ObjectLockEnabled",
            "ReplicationConfiguration",
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
            replacing(required("Bucket", TEXT)),
            required("PolicyDocument", Shape::Document),
        ],
        unsupported: &[],
        attributes: &[],
        name_property: None,
    },
];
