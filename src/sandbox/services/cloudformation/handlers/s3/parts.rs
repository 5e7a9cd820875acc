//! The properties of a bucket, and the calls to S3 that set each of them. The two have names and
//! forms of their own for the same things.

use serde_json::{Map, Value, json};

/// A property, and how S3 gets it.
pub(super) struct Part {
    pub property: &'static str,
    /// The operation that sets it.
    pub put: &'static str,
    /// The members of that operation, from the property's value and the bucket's name.
    pub members: fn(&Value, &str) -> Value,
    pub without: Without,
}

/// What is done where the property is taken away.
#[derive(Clone, Copy)]
pub(super) enum Without {
    /// The operation that removes it.
    Delete(&'static str),
    /// The members of what is put in its place.
    Put(fn() -> Value),
    /// Nothing.
    Leave,
}

pub(super) const PARTS: &[Part] = &[
    Part {
        property: "PublicAccessBlockConfiguration",
        put: "PutPublicAccessBlock",
        members: |value, _| json!({"PublicAccessBlockConfiguration": value}),
        // What every new bucket has.
        without: Without::Put(|| {
            json!({"PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true,
                "IgnorePublicAcls": true,
                "BlockPublicPolicy": true,
                "RestrictPublicBuckets": true,
            }})
        }),
    },
    Part {
        property: "OwnershipControls",
        put: "PutBucketOwnershipControls",
        members: |value, _| json!({"OwnershipControls": value}),
        without: Without::Leave,
    },
    Part {
        property: "VersioningConfiguration",
        put: "PutBucketVersioning",
        members: |value, _| json!({"VersioningConfiguration": value}),
        without: Without::Put(|| json!({"VersioningConfiguration": {"Status": "Suspended"}})),
    },
    Part {
        property: "BucketEncryption",
        put: "PutBucketEncryption",
        members: |value, _| {
            let names = [(
                "ServerSideEncryptionByDefault",
                "ApplyServerSideEncryptionByDefault",
            )];
            let list = "ServerSideEncryptionConfiguration";
            let rules = each(value, list, |rule| renamed(rule, &names));
            json!({list: {"Rules": rules}})
        },
        without: Without::Delete("DeleteBucketEncryption"),
    },
    Part {
        property: "CorsConfiguration",
        put: "PutBucketCors",
        members: |value, _| {
            let names = [
                ("ExposedHeaders", "ExposeHeaders"),
                ("Id", "ID"),
                ("MaxAge", "MaxAgeSeconds"),
            ];
            let rules = each(value, "CorsRules", |rule| renamed(rule, &names));
            json!({"CORSConfiguration": {"CORSRules": rules}})
        },
        without: Without::Delete("DeleteBucketCors"),
    },
    Part {
        property: "LifecycleConfiguration",
        put: "PutBucketLifecycleConfiguration",
        members: |value, _| {
            let rules = each(value, "Rules", lifecycle_rule);
            let least = "TransitionDefaultMinimumObjectSize";
            let mut members = json!({"LifecycleConfiguration": {"Rules": rules}});
            if let (Some(size), Some(members)) = (value.get(least), members.as_object_mut()) {
                members.insert(least.to_owned(), size.clone());
            }
            members
        },
        without: Without::Delete("DeleteBucketLifecycle"),
    },
    Part {
        property: "WebsiteConfiguration",
        put: "PutBucketWebsite",
        members: |value, _| json!({"WebsiteConfiguration": website(value)}),
        without: Without::Delete("DeleteBucketWebsite"),
    },
    Part {
        property: "LoggingConfiguration",
        put: "PutBucketLogging",
        // A bucket whose logs have no destination keeps them itself.
        members: |value, name| {
            let text = |member: &str| value.get(member).and_then(Value::as_str);
            json!({"BucketLoggingStatus": {"LoggingEnabled": {
                "TargetBucket": text("DestinationBucketName").unwrap_or(name),
                "TargetPrefix": text("LogFilePrefix").unwrap_or_default(),
            }}})
        },
        without: Without::Put(|| json!({"BucketLoggingStatus": {}})),
    },
    Part {
        property: "AccelerateConfiguration",
        put: "PutBucketAccelerateConfiguration",
        members: |value, _| {
            let status = value.get("AccelerationStatus");
            json!({"AccelerateConfiguration": {"Status": status}})
        },
        without: Without::Put(|| json!({"AccelerateConfiguration": {"Status": "Suspended"}})),
    },
];

/// The elements of a list inside a value, each in another form.
fn each(value: &Value, list: &str, form: impl Fn(&Value) -> Value) -> Value {
    let elements = value.get(list).and_then(Value::as_array);
    elements.into_iter().flatten().map(form).collect()
}

/// An object whose members have other names.
fn renamed(value: &Value, names: &[(&str, &str)]) -> Value {
    let members = value.as_object().into_iter().flatten();
    members
        .map(|(name, value)| {
            let other = names.iter().find(|(from, _)| from == name);
            (
                other.map_or(name.as_str(), |(_, to)| *to).to_owned(),
                value.clone(),
            )
        })
        .collect::<Map<_, _>>()
        .into()
}

/// S3 puts into objects of their own what CloudFormation has side by side.
fn lifecycle_rule(rule: &Value) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            out.insert(name.to_owned(), value);
        }
    };
    let take = |from: &[(&str, &str)]| -> Value {
        let found: Map<String, Value> = from
            .iter()
            .filter_map(|(from, to)| Some(((*to).to_owned(), rule.get(from)?.clone())))
            .collect();
        if found.is_empty() {
            Value::Null
        } else {
            Value::Object(found)
        }
    };
    let times = [("TransitionDate", "Date"), ("TransitionInDays", "Days")];
    let later = [("TransitionInDays", "NoncurrentDays")];
    for (from, to) in [
        ("Id", "ID"),
        ("Status", "Status"),
        (
            "AbortIncompleteMultipartUpload",
            "AbortIncompleteMultipartUpload",
        ),
        ("NoncurrentVersionExpiration", "NoncurrentVersionExpiration"),
    ] {
        put(to, rule.get(from).cloned().unwrap_or_default());
    }
    put(
        "Expiration",
        take(&[
            ("ExpirationDate", "Date"),
            ("ExpirationInDays", "Days"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        ]),
    );
    for (list, names) in [
        ("Transitions", times.as_slice()),
        ("NoncurrentVersionTransitions", later.as_slice()),
    ] {
        if rule.get(list).is_some() {
            put(list, each(rule, list, |one| renamed(one, names)));
        }
    }
    put("Filter", filter(rule));
    Value::Object(out)
}

/// To which objects a lifecycle rule applies.
fn filter(rule: &Value) -> Value {
    let mut parts: Vec<(&str, Value)> = ["ObjectSizeGreaterThan", "ObjectSizeLessThan", "Prefix"]
        .into_iter()
        .filter_map(|name| Some((name, rule.get(name)?.clone())))
        .collect();
    let tags = rule.get("TagFilters").and_then(Value::as_array);
    let tags: Vec<Value> = tags.cloned().unwrap_or_default();
    match (tags.as_slice(), parts.as_slice()) {
        ([], []) => json!({"Prefix": ""}),
        ([tag], []) => json!({"Tag": tag}),
        ([], [(name, value)]) => json!({*name: value}),
        _ => {
            if !tags.is_empty() {
                parts.push(("Tags", tags.into()));
            }
            json!({"And": parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()})
        }
    }
}

fn website(value: &Value) -> Value {
    let mut out = Map::new();
    if let Some(key) = value.get("ErrorDocument") {
        out.insert("ErrorDocument".to_owned(), json!({"Key": key}));
    }
    if let Some(suffix) = value.get("IndexDocument") {
        out.insert("IndexDocument".to_owned(), json!({"Suffix": suffix}));
    }
    if let Some(all) = value.get("RedirectAllRequestsTo") {
        out.insert("RedirectAllRequestsTo".to_owned(), all.clone());
    }
    if value.get("RoutingRules").is_some() {
        let names = [
            ("RedirectRule", "Redirect"),
            ("RoutingRuleCondition", "Condition"),
        ];
        let rules = each(value, "RoutingRules", |rule| renamed(rule, &names));
        out.insert("RoutingRules".to_owned(), rules);
    }
    Value::Object(out)
}
