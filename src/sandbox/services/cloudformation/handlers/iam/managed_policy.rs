//! Managed policies, their versions and whom they are attached to.

use serde_json::{Map, Value, json};

use super::{Link, create, holders, relink};
use crate::model::Service::Iam;
use crate::sandbox::operation::Context;
use crate::sandbox::services::cloudformation::handlers::{
    Change, Handler, Made, Outcome, Properties, Site, call, call_unless_gone, document, generated,
    refused, text, without_nulls,
};

/// What `Fn::GetAtt` gives, by the member's name, but for the ARN.
const ATTRIBUTES: [&str; 7] = [
    "PolicyId",
    "CreateDate",
    "UpdateDate",
    "DefaultVersionId",
    "AttachmentCount",
    "IsAttachable",
    "PermissionsBoundaryUsageCount",
];

pub(in super::super) struct ManagedPolicy;

impl Handler for ManagedPolicy {
    fn make(&self, ctx: &mut Context<'_>, site: Site<'_>, new: &Properties) -> Outcome<Made> {
        let name = match text(new, "ManagedPolicyName") {
            Some(name) => name.to_owned(),
            None => generated(&mut ctx.state.ids, site, 128),
        };
        let members = without_nulls(json!({
            "PolicyName": name,
            "Description": text(new, "Description"),
            "Path": text(new, "Path"),
            "PolicyDocument": document(new, "PolicyDocument"),
        }));
        let answer = create(ctx, site, "CreatePolicy", &name, members)?;
        let member = |name: &str| match answer.get("Policy").and_then(|policy| policy.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let mut attributes: Map<String, Value> = ATTRIBUTES
            .iter()
            .map(|name| ((*name).to_owned(), member(name).into()))
            .collect();
        attributes.insert("PolicyArn".to_owned(), member("Arn").into());
        Ok(Made {
            physical_id: member("Arn"),
            attributes,
        })
    }

    fn amend(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        made: &mut Made,
        change: &Change<'_>,
    ) -> Outcome<()> {
        if !change.of("PolicyDocument") {
            return Ok(());
        }
        let arn = &made.physical_id;
        let others = other_versions(ctx, site, arn)?;
        if others.len() >= 4
            && let Some(oldest) = others.first()
        {
            let members = json!({"PolicyArn": arn, "VersionId": oldest});
            call(ctx, site, Iam, "DeletePolicyVersion", members)?;
        }
        let members = json!({
            "PolicyArn": arn,
            "PolicyDocument": document(change.new, "PolicyDocument"),
            "SetAsDefault": true,
        });
        call(ctx, site, Iam, "CreatePolicyVersion", members).map(|_| ())
    }

    fn bring(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        arn: &str,
        change: &Change<'_>,
    ) -> Outcome<()> {
        relink(ctx, site, change, |properties| {
            let holders = holders(properties).into_iter();
            holders
                .map(|(holder, name)| Link::policy(holder, name, arn))
                .collect()
        })
    }

    fn remove(
        &self,
        ctx: &mut Context<'_>,
        site: Site<'_>,
        arn: &str,
        _: &Properties,
    ) -> Outcome<()> {
        for version in other_versions(ctx, site, arn)? {
            let members = json!({"PolicyArn": arn, "VersionId": version});
            call_unless_gone(ctx, site, Iam, "DeletePolicyVersion", members)?;
        }
        call_unless_gone(ctx, site, Iam, "DeletePolicy", json!({"PolicyArn": arn}))
    }
}

/// Ids of the versions that are not the default, oldest first.
fn other_versions(ctx: &mut Context<'_>, site: Site<'_>, arn: &str) -> Outcome<Vec<String>> {
    let members = json!({"PolicyArn": arn});
    let reply = match ctx.perform(Iam, "ListPolicyVersions", members, site.caller) {
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
