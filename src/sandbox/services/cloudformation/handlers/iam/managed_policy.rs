//! Managed policies, their versions and whom they are attached to.

use serde_json::{Value, json};

use super::{among, attach, detach, holders, made, make, name};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Made, Outcome, Properties, Site, call, call_unless_gone, document, refused, text,
};

pub(in super::super) fn create(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    new: &Properties,
) -> Outcome<Made> {
    let name = name(ctx, site, new, "ManagedPolicyName", 128);
    let members = json!({
        "PolicyName": name,
        "Description": text(new, "Description"),
        "Path": text(new, "Path"),
        "PolicyDocument": document(new, "PolicyDocument"),
    });
    let answer = make(ctx, site, "CreatePolicy", &name, members)?;
    let arn = answer
        .get("Policy")
        .and_then(|policy| policy.get("Arn"))
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let made = made(
        &arn,
        &answer,
        "Policy",
        &[
            ("PolicyArn", "Arn"),
            ("PolicyId", "PolicyId"),
            ("CreateDate", "CreateDate"),
            ("UpdateDate", "UpdateDate"),
            ("DefaultVersionId", "DefaultVersionId"),
            ("AttachmentCount", "AttachmentCount"),
            ("IsAttachable", "IsAttachable"),
            (
                "PermissionsBoundaryUsageCount",
                "PermissionsBoundaryUsageCount",
            ),
        ],
    );
    attachments(ctx, site, &arn, &Properties::new(), new)
        .map_err(|failure| failure.after(&made))?;
    Ok(made)
}

/// Brings the holders of a managed policy from old to new.
fn attachments(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    arn: &str,
    old: &Properties,
    new: &Properties,
) -> Outcome<()> {
    let (before, after) = (holders(old), holders(new));
    for holder in after.iter().filter(|holder| !among(holder, &before)) {
        attach(ctx, site, holder.0, &holder.1, arn)?;
    }
    for holder in before.iter().filter(|holder| !among(holder, &after)) {
        detach(ctx, site, holder.0, &holder.1, arn)?;
    }
    Ok(())
}

/// Ids of the versions that are not the default, oldest first.
fn other_versions(ctx: &mut Context<'_>, site: Site<'_>, arn: &str) -> Outcome<Vec<String>> {
    let reply = match ctx.perform(
        Iam,
        "ListPolicyVersions",
        json!({"PolicyArn": arn}),
        site.caller,
    ) {
        Ok(reply) => reply.members,
        Err((error, _)) if error.status == 404 => Value::Null,
        Err((error, request)) => return Err(refused(ctx, Iam, &error, &request)),
    };
    let versions = reply.get("Versions").and_then(Value::as_array);
    let mut ids: Vec<String> = versions
        .into_iter()
        .flatten()
        .filter(|version| version.get("IsDefaultVersion") != Some(&Value::Bool(true)))
        .filter_map(|version| version.get("VersionId")?.as_str().map(str::to_owned))
        .collect();
    ids.sort_by_key(|id| {
        id.trim_start_matches('v')
            .parse::<u32>()
            .unwrap_or_default()
    });
    Ok(ids)
}

pub(in super::super) fn update(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    made: &Made,
    old: &Properties,
    new: &Properties,
) -> Outcome<Made> {
    let arn = &made.physical_id;
    if old.get("PolicyDocument") != new.get("PolicyDocument") {
        let others = other_versions(ctx, site, arn)?;
        if others.len() >= 4
            && let Some(oldest) = others.first()
        {
            let members = json!({"PolicyArn": arn, "VersionId": oldest});
            call(ctx, site, Iam, "DeletePolicyVersion", members)?;
        }
        let members = json!({
            "PolicyArn": arn,
            "PolicyDocument": document(new, "PolicyDocument"),
            "SetAsDefault": true,
        });
        call(ctx, site, Iam, "CreatePolicyVersion", members)?;
    }
    attachments(ctx, site, arn, old, new)?;
    Ok(made.clone())
}

pub(in super::super) fn delete(
    ctx: &mut Context<'_>,
    site: Site<'_>,
    arn: &str,
    old: &Properties,
) -> Outcome<()> {
    attachments(ctx, site, arn, old, &Properties::new())?;
    for version in other_versions(ctx, site, arn)? {
        let members = json!({"PolicyArn": arn, "VersionId": version});
        call_unless_gone(ctx, site, Iam, "DeletePolicyVersion", members)?;
    }
    call_unless_gone(ctx, site, Iam, "DeletePolicy", json!({"PolicyArn": arn}))
}
