//! Object ownership, and access control lists (ACLs).
//!
//! With ownership `BucketOwnerEnforced`, as every new bucket has it, no ACL is taken. Otherwise a bucket
//! and its objects take the ACLs that let nobody in but their owner, and a bucket that of the group
//! which delivers access logs: no log is delivered here. ACLs that let in others are refused by name,
//! and objects that would belong to another account than their bucket.
//!
//! Sources: Amazon S3 User Guide, "Controlling ownership of objects and disabling ACLs for your bucket",
//! "Access control list (ACL) overview", "Blocking public access to your Amazon S3 storage".

use serde_json::{Value, json};

use super::errors::{invalid_argument, invalid_request, malformed_acl, malformed_xml};
use super::needs;
use super::state::{Bucket, Ownership};
use super::{buckets, configuration};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

type Result<T> = std::result::Result<T, AwsError>;

const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

/// What the names of the groups `AllUsers` and `AuthenticatedUsers` begin with.
const EVERYONE: &str = "http://acs.amazonaws.com/groups/global/";

/// Members that grant by headers, and the headers.
const HEADERS: [(&str, &str); 5] = [
    ("GrantFullControl", "x-amz-grant-full-control"),
    ("GrantRead", "x-amz-grant-read"),
    ("GrantReadACP", "x-amz-grant-read-acp"),
    ("GrantWrite", "x-amz-grant-write"),
    ("GrantWriteACP", "x-amz-grant-write-acp"),
];

// Ownership

/// The ownership that a request names.
fn named(text: &str) -> Result<Ownership> {
    serde_json::from_value(text.into()).map_err(|_| malformed_xml())
}

pub(super) fn get_ownership(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let ownership = bucket.ownership.ok_or_else(|| {
        configuration::missing(
            bucket,
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        )
    })?;
    Ok(json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": ownership}]}}).into())
}

pub(super) fn put_ownership(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let rules = input
        .get("OwnershipControls")
        .and_then(|controls| controls.get("Rules"))
        .and_then(Value::as_array);
    let Some([rule]) = rules.map(Vec::as_slice) else {
        return Err(malformed_xml());
    };
    let text = rule.get("ObjectOwnership").and_then(Value::as_str);
    let ownership = named(text.ok_or_else(malformed_xml)?)?;
    if ownership == Ownership::BucketOwnerEnforced && needs::find(ctx, input)?.log_delivery {
        return Err(acl_with_enforced());
    }
    configuration::change(ctx, input, |bucket| bucket.ownership = Some(ownership))
}

/// Without ownership controls ACLs are in force, and objects belong to who writes them.
pub(super) fn delete_ownership(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    configuration::change(ctx, input, |bucket| bucket.ownership = None)
}

/// Ownership and ACL of a new bucket, as the request asks for them.
pub(super) fn of_new_bucket(bucket: &mut Bucket, input: &Input) -> Result<()> {
    if let Some(text) = input.text("ObjectOwnership") {
        let named = named(text).map_err(|_| {
            AwsError::new(
                400,
                "InvalidArgument",
                format!("Invalid x-amz-object-ownership header: {text}"),
            )
            .with("ArgumentName", "x-amz-object-ownership")
        })?;
        bucket.ownership = Some(named);
    }
    let Some(acl) = input.text("ACL") else {
        return Ok(());
    };
    match canned(acl)? {
        // Not established whether this leaves the ownership alone. Terraform's provider asks for it with
        // every bucket, and is told by S3 afterwards that the bucket takes no ACLs (issue 34079 of
        // terraform-provider-aws); versitygw's authors found `BucketOwnerPreferred` (their issue 1869).
        Asked::Owner => {}
        // These are for objects: documented to be ignored when a bucket is made.
        Asked::Other if acl.starts_with("bucket-owner-") => {}
        _ if !bucket.has_acls() => return Err(acl_with_enforced()),
        Asked::LogDelivery => bucket.log_delivery = true,
        // Every new bucket blocks public access.
        Asked::Public => {
            return Err(AwsError::new(
                400,
                "InvalidBucketAclWithBlockPublicAccessError",
                "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
            ));
        }
        Asked::Other => return Err(lets_in_others()),
    }
    Ok(())
}

fn acl_with_enforced() -> AwsError {
    AwsError::new(
        400,
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
}

// ACLs

/// Whom an ACL lets in besides the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Owner,
    LogDelivery,
    /// `AllUsers` or `AuthenticatedUsers`: what Block Public Access calls public.
    Public,
    Other,
}

fn canned(acl: &str) -> Result<Asked> {
    Ok(match acl {
        "private" => Asked::Owner,
        "log-delivery-write" => Asked::LogDelivery,
        "public-read" | "public-read-write" | "authenticated-read" => Asked::Public,
        "aws-exec-read" | "bucket-owner-read" | "bucket-owner-full-control" => Asked::Other,
        // S3 says nothing more of it.
        other => return Err(invalid_argument("", "x-amz-acl", other)),
    })
}

fn is_group(uri: &str) -> bool {
    let everyone = uri.strip_prefix(EVERYONE);
    uri == LOG_DELIVERY || matches!(everyone, Some("AllUsers" | "AuthenticatedUsers"))
}

fn is_canonical_user(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Refuses an ACL that none can be, which is looked at before it is asked whether the bucket takes ACLs.
fn check(input: &Input) -> Result<()> {
    let acl = input.text("ACL");
    if let Some(acl) = acl {
        canned(acl)?;
    }
    let mut by_headers = false;
    for (member, header) in HEADERS {
        let Some(text) = input.text(member) else {
            continue;
        };
        by_headers = true;
        for grantee in text.split(',') {
            let (kind, value) = grantee.split_once('=').unwrap_or_default();
            let value = value.trim().trim_matches('"');
            match kind.trim() {
                "id" if !is_canonical_user(value) => {
                    return Err(invalid_argument("Invalid id", "id", value));
                }
                "uri" if !is_group(value) => {
                    return Err(invalid_argument("Invalid group uri", "uri", value));
                }
                "id" | "uri" | "emailAddress" => {}
                _ => {
                    return Err(invalid_argument(
                        "Argument format not recognized",
                        header,
                        text,
                    ));
                }
            }
        }
    }
    if acl.is_some() && by_headers {
        return Err(invalid_request(
            "Specifying both Canned ACLs and Header Grants is not allowed",
        ));
    }
    match input.get("AccessControlPolicy") {
        Some(_) if acl.is_some() || by_headers => Err(AwsError::new(
            400,
            "UnexpectedContent",
            "This request does not support content",
        )),
        Some(policy) => check_policy(policy),
        None => Ok(()),
    }
}

/// The same of an ACL in the body.
fn check_policy(policy: &Value) -> Result<()> {
    let owner = policy.get("Owner").ok_or_else(malformed_acl)?;
    let grants = policy.get("Grants").and_then(Value::as_array);
    let grantees = grants
        .into_iter()
        .flatten()
        .filter_map(|grant| grant.get("Grantee"));
    for who in std::iter::once(owner).chain(grantees) {
        let member = |name: &str| who.get(name).and_then(Value::as_str);
        if let Some(id) = member("ID").filter(|id| !is_canonical_user(id)) {
            return Err(invalid_argument("Invalid id", "CanonicalUser/ID", id));
        }
        if let Some(uri) = member("URI").filter(|uri| !is_group(uri)) {
            return Err(invalid_argument("Invalid group uri", "Group/URI", uri));
        }
    }
    Ok(())
}

/// What a request to change an ACL asks for.
fn asked(bucket: &Bucket, input: &Input) -> Result<Asked> {
    let mut headers = HEADERS.iter().filter_map(|(member, _)| input.text(member));
    if let Some(first) = headers.next() {
        let public = first.contains(EVERYONE) || headers.any(|text| text.contains(EVERYONE));
        return Ok(if public { Asked::Public } else { Asked::Other });
    }
    if let Some(acl) = input.text("ACL") {
        return canned(acl);
    }
    let Some(policy) = input.get("AccessControlPolicy") else {
        // The text and the header's name are as commonly quoted from AWS, not recorded.
        return Err(AwsError::new(
            400,
            "MissingSecurityHeader",
            "Your request was missing a required header",
        )
        .with("MissingHeaderName", "x-amz-acl"));
    };
    let given = policy.get("Grants").and_then(Value::as_array);
    let mut given: Vec<(&str, &str)> = given
        .into_iter()
        .flatten()
        .map(|grant| {
            let who = grant.get("Grantee");
            let member = |name: &str| who?.get(name)?.as_str();
            let what = grant.get("Permission").and_then(Value::as_str);
            let who = member("ID").or(member("URI")).unwrap_or_default();
            (who, what.unwrap_or_default())
        })
        .collect();
    given.sort_unstable();
    if given.iter().any(|(who, _)| who.starts_with(EVERYONE)) {
        return Ok(Asked::Public);
    }
    let same = |log_delivery: bool| {
        let all = grants(bucket, log_delivery);
        let mut all: Vec<(&str, &str)> = all.iter().map(|(who, what)| (&**who, *what)).collect();
        all.sort_unstable();
        all == given
    };
    Ok(if same(false) {
        Asked::Owner
    } else if same(true) {
        Asked::LogDelivery
    } else {
        Asked::Other
    })
}

/// Grantee and permission of each grant.
fn grants(bucket: &Bucket, log_delivery: bool) -> Vec<(String, &'static str)> {
    let mut all = vec![(buckets::owner_id(&bucket.owner), "FULL_CONTROL")];
    if log_delivery {
        all.push((LOG_DELIVERY.to_owned(), "WRITE"));
        all.push((LOG_DELIVERY.to_owned(), "READ_ACP"));
    }
    all
}

fn shown(bucket: &Bucket, log_delivery: bool) -> Reply {
    let grants: Vec<Value> = grants(bucket, log_delivery)
        .into_iter()
        .map(|(who, permission)| {
            let grantee = if who == LOG_DELIVERY {
                json!({"Type": "Group", "URI": who})
            } else {
                json!({"Type": "CanonicalUser", "ID": who})
            };
            json!({"Grantee": grantee, "Permission": permission})
        })
        .collect();
    json!({"Owner": {"ID": buckets::owner_id(&bucket.owner)}, "Grants": grants}).into()
}

pub(super) fn get_bucket(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    Ok(shown(bucket, bucket.log_delivery))
}

pub(super) fn get_object(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    needs::look_up(bucket, input.require("Key")?, input.text("VersionId"))?;
    Ok(shown(bucket, false))
}

pub(super) fn put_bucket(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    check(input)?;
    let asked = asked(bucket, input)?;
    blocked(ctx, bucket, asked, "s3:PutBucketAcl", &bucket.arn())?;
    let log_delivery = match asked {
        _ if !bucket.has_acls() => return Err(no_acls()),
        Asked::Owner => false,
        Asked::LogDelivery => true,
        Asked::Public | Asked::Other => return Err(lets_in_others()),
    };
    configuration::change(ctx, input, |bucket| bucket.log_delivery = log_delivery)
}

pub(super) fn put_object(ctx: &mut Context<'_>, input: &Input) -> Result<Reply> {
    let bucket = needs::find(ctx, input)?;
    let key = input.require("Key")?;
    needs::look_up_marked("PUT", bucket, key, input.text("VersionId"))?;
    check(input)?;
    let asked = match input.text("ACL") {
        Some(acl) => of_object(acl)?,
        None => asked(bucket, input)?,
    };
    let arn = format!("{}/{key}", bucket.arn());
    blocked(ctx, bucket, asked, "s3:PutObjectAcl", &arn)?;
    match asked {
        _ if !bucket.has_acls() => Err(no_acls()),
        Asked::Owner => Ok(().into()),
        _ => Err(lets_in_others()),
    }
}

/// A canned ACL of an object, which belongs to the bucket's owner.
fn of_object(acl: &str) -> Result<Asked> {
    match acl {
        "bucket-owner-read" | "bucket-owner-full-control" => Ok(Asked::Owner),
        _ => canned(acl),
    }
}

/// Refuses an ACL of an object to be written that the bucket does not take, and an object that would
/// not belong to the bucket's owner.
pub(super) fn check_new(ctx: &Context<'_>, bucket: &Bucket, input: &Input) -> Result<()> {
    check(input)?;
    let acl = input.text("ACL");
    let all_to_owner = acl == Some("bucket-owner-full-control");
    if !bucket.has_acls() {
        // What the owner keeps private gives the owner full control, too: Flysystem and Ansible send it with
        // every object (flysystem, issue 1580; amazon.aws, issue 863).
        let kept = acl == Some("private") && ctx.caller.account == bucket.owner;
        return if acl.is_none() || all_to_owner || kept {
            Ok(())
        } else {
            Err(no_acls())
        };
    }
    if let Some(acl) = acl {
        let asked = of_object(acl)?;
        let arn = format!("{}/{}", bucket.arn(), input.require("Key")?);
        blocked(ctx, bucket, asked, "s3:PutObject", &arn)?;
        if asked != Asked::Owner {
            return Err(lets_in_others());
        }
    }
    let preferred = bucket.ownership == Some(Ownership::BucketOwnerPreferred);
    if ctx.caller.account == bucket.owner || preferred && all_to_owner {
        return Ok(());
    }
    Err(AwsError::unsupported(
        "objects that belong to another account than their bucket",
    ))
}

/// A public ACL is refused before it is asked whether the bucket takes ACLs, as S3 was seen to do.
fn blocked(
    ctx: &Context<'_>,
    bucket: &Bucket,
    asked: Asked,
    action: &str,
    resource: &str,
) -> Result<()> {
    let blocks = bucket
        .public_access_block
        .is_some_and(|block| block.block_public_acls);
    if asked != Asked::Public || !blocks {
        return Ok(());
    }
    Err(AwsError::denied(format!(
        "User: {} is not authorized to perform: {action} on resource: \"{resource}\" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
        ctx.caller.arn()
    )))
}

fn lets_in_others() -> AwsError {
    AwsError::unsupported("ACLs that let in others than the owner and the log delivery group")
}

fn no_acls() -> AwsError {
    AwsError::new(
        400,
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    )
}
