//! Buckets and bucket policies.

mod parts;

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Change, Failure, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, document,
    tag_list, tags, text, wrapped,
};
use crate::model::Service::S3;
use crate::sandbox::operation::Context;
use parts::{PARTS, Without};

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

pub(super) struct Bucket;

impl Handler for Bucket {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
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
        let old = &Properties::new();
        configure(ctx, site, &name, &Change { old, new })
            .map_err(|failure| failure.after(&made))?;
        Ok(made)
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        configure(ctx, site, &made.physical_id, change)
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        call_unless_gone(ctx, site, S3, "DeleteBucket", json!({"Bucket": name}))
    }
}

/// Sets what differs between old and new properties.
fn configure(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    name: &str,
    change: &Change<'_>,
) -> Outcome<()> {
    for part in PARTS.iter().filter(|part| change.of(part.property)) {
        let value = change.new.get(part.property);
        let (operation, mut members) = match (value, part.without) {
            (Some(value), _) => (part.put, (part.members)(value, name)),
            (None, Without::Put(members)) => (part.put, members()),
            (None, Without::Delete(operation)) => (operation, json!({})),
            (None, Without::Leave) => continue,
        };
        if let Some(members) = members.as_object_mut() {
            members.insert("Bucket".to_owned(), name.into());
        }
        call(ctx, site, S3, operation, members)?;
    }
    let wanted: BTreeMap<String, String> = tags(site, change.new).into_iter().collect();
    let bucket = ctx.state.s3.bucket(name);
    if bucket.is_some_and(|bucket| bucket.tags == wanted) {
        return Ok(());
    }
    let (operation, members) = if wanted.is_empty() {
        ("DeleteBucketTagging", json!({"Bucket": name}))
    } else {
        let tags: Vec<(String, String)> = wanted.into_iter().collect();
        let tagging = json!({"TagSet": tag_list(&tags)});
        (
            "PutBucketTagging",
            json!({"Bucket": name, "Tagging": tagging}),
        )
    };
    call(ctx, site, S3, operation, members).map(|_| ())
}

pub(super) struct BucketPolicy;

impl Handler for BucketPolicy {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let name = text(new, "Bucket").unwrap_or_default();
        let bucket = ctx.state.s3.bucket(name);
        if bucket.is_some_and(|bucket| bucket.policy.is_some()) {
            return Err(Failure::new(format!(
                "The bucket policy already exists on bucket {name}."
            )));
        }
        put_policy(ctx, site, name, new)?;
        Ok(Made {
            physical_id: name.to_owned(),
            ..Made::default()
        })
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        put_policy(ctx, site, &made.physical_id, change.new)
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        name: &str,
        _: &Properties,
    ) -> Outcome<()> {
        call_unless_gone(ctx, site, S3, "DeleteBucketPolicy", json!({"Bucket": name}))
    }
}

fn put_policy(ctx: &mut Context<'_>, site: Site<'_>, name: &str, new: &Properties) -> Outcome<()> {
    let members = json!({"Bucket": name, "Policy": document(new, "PolicyDocument")});
    call(ctx, site, S3, "PutBucketPolicy", members).map(|_| ())
}
