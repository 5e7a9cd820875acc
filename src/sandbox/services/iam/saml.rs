//! SAML identity providers, as far as IAM keeps them. Nobody signs in through one here: that needs
//! an assertion whose signature can be verified.
//!
//! Answers and messages are recorded where nothing else is said.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::common::{Needs, exists, limit_of, missing, with_tags};
use super::{Case, SamlProvider, Tags};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::sandbox::wire::xml::{self, Element};

/// Says that there is no such provider.
pub fn no_provider(arn: &str) -> AwsError {
    missing(format!("Manifest not found for arn {arn}"))
}

fn arn_of(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:saml-provider/{name}")
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let arn = arn_of(&context.caller.account, input.require("Name")?);
    let need = Need::new(action, arn).request_tags(&input.tags("Tags"));
    let tagging = "iam:TagSAMLProvider";
    Ok(super::tagging(need, context, input, tagging))
}

/// The operation is about a provider.
pub fn on_provider(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let arn = input.require("SAMLProviderArn")?;
    let found = context.account()?.saml.get(arn);
    let tags = found.map(|provider| &provider.tags);
    Ok(vec![with_tags(Need::new(action, arn), tags)])
}

pub fn need_list(context: &Context<'_>, _: &Input, action: &'static str) -> Needs {
    let every = arn_of(&context.caller.account, "*");
    Ok(vec![Need::new(action, every)])
}

/// Checks that a document is the metadata of an identity provider that signs; answers until when it
/// says that it holds.
fn read(text: &str) -> Result<Option<Timestamp>, AwsError> {
    let child = |element: &Element, name: &str| {
        let found = element.children.iter().find(|child| child.name == name);
        found.cloned()
    };
    let root = xml::read(text).filter(|root| root.name == "EntityDescriptor");
    let signs = root
        .as_ref()
        .and_then(|root| child(root, "IDPSSODescriptor"))
        .and_then(|provider| child(&provider, "KeyDescriptor"));
    let (Some(root), Some(_)) = (root, signs) else {
        // AWS's words are not established.
        return Err(AwsError::new(
            400,
            "InvalidInput",
            "The SAML metadata document is not valid.",
        ));
    };
    let until = root
        .attributes
        .iter()
        .find(|(name, _)| name == "validUntil");
    Ok(until.and_then(|(_, value)| value.parse().ok()))
}

/// Until when metadata hold that set no end themselves; what AWS answers then is not established.
const CENTURY: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

fn far(now: Timestamp) -> Timestamp {
    now.saturating_add(CENTURY).unwrap_or(now)
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("Name")?;
    let document = input.require("SAMLMetadataDocument")?;
    let until = read(document)?;
    let account = context.account()?;
    let arn = arn_of(&account.id, name);
    if account.saml.contains_key(&arn) {
        return Err(exists(format!("Provider with name {name} already exists.")));
    }
    limit_of(account.saml.len(), "SAMLProvidersPerAccount", 100)?;
    let tags = Tags::read(input, Case::Ignored)?;
    let provider = SamlProvider {
        arn: arn.clone(),
        id: context.state.ids.certificate(),
        document: document.to_owned(),
        until: until.unwrap_or_else(|| far(context.now)),
        created: context.now,
        tags,
    };
    let answer = json!({"SAMLProviderArn": arn, "Tags": provider.tags.if_any()});
    context.account_mut()?.saml.insert(arn, provider);
    Ok(answer.into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("SAMLProviderArn")?;
    let found = context.account()?.saml.get(arn);
    let found = found.ok_or_else(|| no_provider(arn))?;
    Ok(json!({
        "SAMLProviderUUID": found.id,
        "SAMLMetadataDocument": found.document,
        "CreateDate": seconds(found.created),
        "ValidUntil": seconds(found.until),
        "Tags": found.tags.to_value(),
        "AssertionEncryptionMode": "Allowed",
        "PrivateKeyList": [],
    })
    .into())
}

pub fn list(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let all = context.account()?.saml.values();
    let rows: Vec<Value> = all
        .map(|provider| {
            json!({
                "Arn": provider.arn,
                "ValidUntil": seconds(provider.until),
                "CreateDate": seconds(provider.created),
            })
        })
        .collect();
    Ok(json!({"SAMLProviderList": rows}).into())
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("SAMLProviderArn")?;
    let now = context.now;
    let found = context.account_mut()?.saml.get_mut(arn);
    let found = found.ok_or_else(|| no_provider(arn))?;
    if let Some(document) = input.text("SAMLMetadataDocument") {
        found.until = read(document)?.unwrap_or_else(|| far(now));
        document.clone_into(&mut found.document);
    }
    Ok(json!({"SAMLProviderArn": arn}).into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("SAMLProviderArn")?;
    match context.account_mut()?.saml.remove(arn) {
        Some(_) => Ok(().into()),
        None => Err(no_provider(arn)),
    }
}
