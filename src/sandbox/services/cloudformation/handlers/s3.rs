//! Buckets and bucket policies.

use serde_json::{Value, json};

use super::{
    Failure, Made, Outcome, Properties, Site, call, call_unless_gone, document, tag_list, tags,
    text, wrapped,
};
use crate::model::Service::S3;
use crate::sandbox::operation::Context;

/// Longest bucket name.
const LONGEST: usize = 63;

fn described(ctx: &Context<'_>, name: &str) -> Made {
    let region = &ctx.region;
    let site = match region.as_str() {
        "us-east-1" | "us-west-1" | "us-west-2" | "ap-southeast-1" | "ap-southeast-2"
        | "ap-northeast-1" | "eu-west-1" | "sa-east-1" => format!("s3-website-{region}"),
        _ => format!("s3-website.{region}"),
    };
    let attributes = json!({
        "Arn": format!("arn:aws:s3:::{name}"),
        "DomainName": format!("{name}.s3.amazonaws.com"),
        "DualStackDomainName": format!("{name}.s3.dualstack.{region}.amazonaws.com"),
        "RegionalDomainName": format!("{name}.s3.{region}.amazonaws.com"),
        "WebsiteURL": format!("http://{name}.{site}.amazonaws.com"),
    });
    Made {
        physical_id: name.to_owned(),
        attributes: attributes.as_object().cloned().unwrap_or_default(),
    }
}

pub(super) fn create_bucket(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = match text(new, "BucketName") {
        Some(name) => name.to_owned(),
        None => {
            let name = super::generated(&mut ctx.state.ids, site, LONGEST);
            let head = name
                .rsplit_once('-')
                .map_or("", |(head, _)| head)
                .to_lowercase();
            format!("{head}-{}", ctx.state.ids.lower(12))
        }
    };
    if ctx.state.s3.bucket(&name).is_some() {
        let inner =
            format!("{name} already exists (Service: S3, Status Code: 0, Request ID: null)");
        return Err(wrapped(ctx, &inner, "AlreadyExists"));
    }
    let mut members = json!({"Bucket": name});
    if ctx.region != "us-east-1"
        && let Some(members) = members.as_object_mut()
    {
        let place = json!({"LocationConstraint": ctx.region});
        members.insert("CreateBucketConfiguration".to_owned(), place);
    }
    call(ctx, site, S3, "CreateBucket", members)?;
    let made = described(ctx, &name);
    configure(ctx, site, &name, &Properties::new(), new).map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Sets what differs between old and new properties.
fn configure(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let changed = |property: &str| old.get(property) != new.get(property);
    if changed("PublicAccessBlockConfiguration") {
        // Without the property a bucket has what every new bucket has.
        let all = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true,
            "BlockPublicPolicy": true, "RestrictPublicBuckets": true});
        let block = new
            .get("PublicAccessBlockConfiguration")
            .cloned()
            .unwrap_or(all);
        let members = json!({"Bucket": name, "PublicAccessBlockConfiguration": block});
        call(ctx, site, S3, "PutPublicAccessBlock", members)?;
    }
    if let Some(controls) = new.get("OwnershipControls")
        && changed("OwnershipControls")
    {
        let members = json!({"Bucket": name, "OwnershipControls": controls});
        call(ctx, site, S3, "PutBucketOwnershipControls", members)?;
    }
    if changed("VersioningConfiguration") {
        let status = new
            .get("VersioningConfiguration")
            .and_then(|configuration| configuration.get("Status"))
            .cloned()
            .unwrap_or_else(|| "Suspended".into());
        let members = json!({"Bucket": name, "VersioningConfiguration": {"Status": status}});
        call(ctx, site, S3, "PutBucketVersioning", members)?;
    }
    if changed("BucketEncryption") {
        match new.get("BucketEncryption") {
            Some(encryption) => {
                let members = json!({
                    "Bucket": name,
                    "ServerSideEncryptionConfiguration": {"Rules": encryption_rules(encryption)},
                });
                call(ctx, site, S3, "PutBucketEncryption", members)?;
            }
            None => {
                call(
                    ctx,
                    site,
                    S3,
                    "DeleteBucketEncryption",
                    json!({"Bucket": name}),
                )?;
            }
        }
    }
    let wanted = tags(site, new);
    let present = ctx
        .state
        .s3
        .bucket(name)
        .map(|bucket| bucket.tags.clone())
        .unwrap_or_default();
    if wanted
        .iter()
        .cloned()
        .collect::<std::collections::BTreeMap<_, _>>()
        != present
    {
        if wanted.is_empty() {
            call(
                ctx,
                site,
                S3,
                "DeleteBucketTagging",
                json!({"Bucket": name}),
            )?;
        } else {
            let members = json!({"Bucket": name, "Tagging": {"TagSet": tag_list(&wanted)}});
            call(ctx, site, S3, "PutBucketTagging", members)?;
        }
    }
    Ok(())
}

/// CloudFormation and S3 name the default differently.
fn encryption_rules(encryption: &Value) -> Value {
    let rules = encryption
        .get("ServerSideEncryptionConfiguration")
        .and_then(Value::as_array);
    rules
        .into_iter()
        .flatten()
        .map(|rule| {
            let mut out = serde_json::Map::new();
            if let Some(default) = rule.get("ServerSideEncryptionByDefault") {
                out.insert(
                    "ApplyServerSideEncryptionByDefault".to_owned(),
                    default.clone(),
                );
            }
            if let Some(key) = rule.get("BucketKeyEnabled") {
                out.insert("BucketKeyEnabled".to_owned(), key.clone());
            }
            Value::Object(out)
        })
        .collect()
}

pub(super) fn update_bucket(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    configure(ctx, site, &made.physical_id, old, new)?;
    Ok(made.clone())
}

pub(super) fn delete_bucket(ctx: &mut Context<'_>, site: Site<'_>, name: &str) -> Outcome<()> {
    call_unless_gone(ctx, site, S3, "DeleteBucket", json!({"Bucket": name}))
}

pub(super) fn create_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = text(new, "Bucket").unwrap_or_default();
    let exists = ctx
        .state
        .s3
        .bucket(name)
        .is_some_and(|bucket| bucket.policy.is_some());
    if exists {
        return Err(Failure::new(format!(
            "The bucket policy already exists on bucket {name}."
        )));
    }
    put_policy(ctx, site, new)
}

fn put_policy(ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
    let name = text(new, "Bucket").unwrap_or_default();
    let members = json!({"Bucket": name, "Policy": document(new, "PolicyDocument")});
    call(ctx, site, S3, "PutBucketPolicy", members)?;
    Ok(Made {
        physical_id: name.to_owned(),
        ..Made::default()
    })
}

pub(super) fn update_policy(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    _: &Made,
    new: &Properties,
) -> Outcome<Made> {
    put_policy(ctx, site, new)
}

pub(super) fn delete_policy(ctx: &mut Context<'_>, site: Site<'_>, name: &str) -> Outcome<()> {
    call_unless_gone(ctx, site, S3, "DeleteBucketPolicy", json!({"Bucket": name}))
}
