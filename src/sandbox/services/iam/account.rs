//! The account: alias and summary.

use serde_json::{Value, json};

use super::common::{exists, missing};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

pub fn create_alias(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let alias = input.require("AccountAlias")?.to_owned();
    let taken = |account: &super::Account| account.alias.as_deref() == Some(alias.as_str());
    let id = &context.caller.account;
    if context
        .state
        .accounts
        .values()
        .any(|account| account.id != *id && taken(account))
    {
        return Err(exists(format!("The account alias {alias} already exists.")));
    }
    context.account_mut()?.alias = Some(alias);
    Ok(().into())
}

pub fn delete_alias(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let alias = input.require("AccountAlias")?;
    let account = context.account_mut()?;
    if account.alias.as_deref() != Some(alias) {
        return Err(missing(format!(
            "The account alias {alias} cannot be found."
        )));
    }
    account.alias = None;
    Ok(().into())
}

pub fn list_aliases(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let aliases: Vec<&String> = context.account()?.alias.iter().collect();
    Ok(json!({"AccountAliases": aliases, "IsTruncated": false}).into())
}

/// Counts of this account, and AWS's default quotas (API reference of GetAccountSummary and IAM
/// User Guide, "IAM and AWS STS quotas").
pub fn summary(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let account = context.account()?;
    let versions: usize = account
        .policies
        .values()
        .map(|policy| policy.versions.len())
        .sum();
    let in_use = account
        .mfa
        .values()
        .filter(|device| device.user.is_some())
        .count();
    let counts = [
        ("GroupPolicySizeQuota", 5120),
        ("InstanceProfilesQuota", 1000),
        ("Policies", account.policies.len()),
        ("GroupsPerUserQuota", 10),
        ("InstanceProfiles", account.profiles.len()),
        ("AttachedPoliciesPerUserQuota", 10),
        ("Users", account.users.len()),
        ("PoliciesQuota", 1500),
        ("Providers", account.oidc.len() + account.saml.len()),
        ("AccountMFAEnabled", 0),
        ("AccessKeysPerUserQuota", 2),
        ("AssumeRolePolicySizeQuota", 2048),
        ("PolicyVersionsInUseQuota", 10000),
        ("GlobalEndpointTokenVersion", 1),
        ("VersionsPerPolicyQuota", 5),
        ("AttachedPoliciesPerGroupQuota", 10),
        ("PolicySizeQuota", 6144),
        ("Groups", account.groups.len()),
        ("AccountSigningCertificatesPresent", 0),
        ("UsersQuota", 5000),
        ("ServerCertificatesQuota", 20),
        ("MFADevices", account.mfa.len()),
        ("UserPolicySizeQuota", 2048),
        ("PolicyVersionsInUse", versions),
        ("ServerCertificates", account.server_certificates.len()),
        ("Roles", account.roles.len()),
        ("RolesQuota", 1000),
        ("SigningCertificatesPerUserQuota", 2),
        ("MFADevicesInUse", in_use),
        ("RolePolicySizeQuota", 10240),
        ("AttachedPoliciesPerRoleQuota", 10),
        ("AccountAccessKeysPresent", account.root_keys.len()),
        ("AccountPasswordPresent", 1),
        ("GroupsQuota", 300),
    ];
    let map: serde_json::Map<String, Value> = counts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    Ok(json!({"SummaryMap": map}).into())
}
