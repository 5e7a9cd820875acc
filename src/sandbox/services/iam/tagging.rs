//! Tagging, untagging and listing tags of everything in IAM that has tags.

use serde_json::{Value, json};

use super::common::{Kind, Needs, entity_need, missing, page, with_tags};
use super::{Account, Case, Name, Tags};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// What has tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// A user.
    User,
    /// A role.
    Role,
    /// A customer managed policy.
    Policy,
    /// An instance profile.
    Profile,
    /// A virtual MFA device.
    Mfa,
    /// An OpenID Connect provider.
    Oidc,
    /// A SAML provider.
    Saml,
    /// A server certificate.
    Server,
}

impl Tagged {
    /// The member that names one.
    fn member(self) -> &'static str {
        match self {
            Self::User => "UserName",
            Self::Role => "RoleName",
            Self::Policy => "PolicyArn",
            Self::Profile => "InstanceProfileName",
            Self::Mfa => "SerialNumber",
            Self::Oidc => "OpenIDConnectProviderArn",
            Self::Saml => "SAMLProviderArn",
            Self::Server => "ServerCertificateName",
        }
    }

    fn case(self) -> Case {
        if self == Self::Policy {
            Case::Kept
        } else {
            Case::Ignored
        }
    }

    /// The tags of one, and its ARN.
    fn find<'a>(self, account: &'a mut Account, name: &str) -> Result<&'a mut Tags, AwsError> {
        let key = Name::new(name);
        match self {
            Self::User => account
                .users
                .get_mut(&key)
                .map(|user| &mut user.tags)
                .ok_or_else(|| Kind::User.missing(name)),
            Self::Role => account
                .roles
                .get_mut(&key)
                .map(|role| &mut role.tags)
                .ok_or_else(|| Kind::Role.missing(name)),
            Self::Policy => account
                .policy_mut(name)
                .map(|policy| &mut policy.tags)
                .ok_or_else(|| missing(format!("Policy {name} was not found."))),
            Self::Profile => account
                .profiles
                .get_mut(&key)
                .map(|profile| &mut profile.tags)
                .ok_or_else(|| super::profiles::no_profile(name)),
            Self::Mfa => account
                .mfa
                .get_mut(name)
                .map(|device| &mut device.tags)
                .ok_or_else(|| super::mfa::no_device(name)),
            Self::Oidc => account
                .oidc
                .get_mut(name)
                .map(|provider| &mut provider.tags)
                .ok_or_else(|| super::oidc::no_provider(name)),
            Self::Saml => account
                .saml
                .get_mut(name)
                .map(|provider| &mut provider.tags)
                .ok_or_else(|| super::saml::no_provider(name)),
            Self::Server => account
                .server_certificates
                .get_mut(&key)
                .map(|certificate| &mut certificate.tags)
                .ok_or_else(|| super::server_certificates::no_certificate(name)),
        }
    }
}

/// Needs of the three operations.
pub fn need(context: &Context<'_>, input: &Input, what: Tagged, action: &'static str) -> Needs {
    let name = input.require(what.member())?;
    let account = context.account()?;
    let need = match what {
        Tagged::User => entity_need(account, Kind::User, name, action),
        Tagged::Role => entity_need(account, Kind::Role, name, action),
        Tagged::Policy => {
            let tags = account.policy(name).map(|policy| &policy.tags);
            with_tags(Need::new(action, name), tags).shown(format!("policy {name}"))
        }
        Tagged::Profile => super::profiles::need_for(account, name, action),
        Tagged::Mfa => with_tags(
            Need::new(action, name),
            account.mfa.get(name).map(|d| &d.tags),
        ),
        Tagged::Oidc => with_tags(
            Need::new(action, name),
            account.oidc.get(name).map(|p| &p.tags),
        ),
        Tagged::Saml => with_tags(
            Need::new(action, name),
            account.saml.get(name).map(|p| &p.tags),
        ),
        Tagged::Server => super::server_certificates::need_for(account, name, action),
    };
    let keys: Vec<String> = input
        .texts("TagKeys")
        .into_iter()
        .map(str::to_owned)
        .collect();
    let need = need.request_tags(&input.tags("Tags"));
    Ok(vec![if keys.is_empty() {
        need
    } else {
        need.key_list("aws:TagKeys", keys)
    }])
}

pub fn tag(context: &mut Context<'_>, input: &Input, what: Tagged) -> Result<Reply, AwsError> {
    let more = Tags::read(input, what.case())?;
    let name = input.require(what.member())?;
    what.find(context.account_mut()?, name)?
        .add(more, what.case())?;
    Ok(().into())
}

pub fn untag(context: &mut Context<'_>, input: &Input, what: Tagged) -> Result<Reply, AwsError> {
    let name = input.require(what.member())?;
    what.find(context.account_mut()?, name)?
        .remove(&input.texts("TagKeys"), what.case());
    Ok(().into())
}

pub fn list(context: &mut Context<'_>, input: &Input, what: Tagged) -> Result<Reply, AwsError> {
    let name = input.require(what.member())?;
    // Tags are found for writing and for reading alike; reading changes nothing.
    let mut tags = what.find(context.account_mut()?, name)?.clone();
    // By key, with upper case before lower (recorded for policies); elsewhere as they were given.
    tags.0.sort();
    let tags = tags
        .0
        .into_iter()
        .map(|(key, value)| (key.clone(), json!({"Key": key, "Value": value})));
    Ok(Value::Object(page(input, "Tags", tags)?).into())
}
