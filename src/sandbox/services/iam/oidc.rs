//! OpenID Connect identity providers.

use serde_json::{Value, json};

use super::common::{Needs, exists, limit, limit_of, missing, with_tags};
use super::{Case, OidcProvider, Tags};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// Says that there is no such provider.
pub fn no_provider(arn: &str) -> AwsError {
    missing(format!("OpenIDConnect Provider not found for arn {arn}"))
}

/// The URL without its scheme, as ARNs and answers have it.
fn bare(url: &str) -> Result<String, AwsError> {
    let bare = url
        .strip_prefix("https://")
        .unwrap_or_default()
        .trim_end_matches('/');
    if bare.is_empty() || bare.contains(['?', '#', ' ']) {
        return Err(AwsError::validation("Invalid Open ID Connect Provider URL"));
    }
    Ok(bare.to_owned())
}

fn arn_of(account: &str, bare: &str) -> String {
    format!("arn:aws:iam::{account}:oidc-provider/{bare}")
}

pub fn need_create(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let url = input.require("Url")?;
    let bare = url
        .strip_prefix("https://")
        .unwrap_or(url)
        .trim_end_matches('/');
    let need =
        Need::new(action, arn_of(&context.caller.account, bare)).request_tags(&input.tags("Tags"));
    Ok(super::tagging(
        need,
        context,
        input,
        "iam:TagOpenIDConnectProvider",
    ))
}

/// The operation is about a provider.
pub fn on_provider(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let arn = input.require("OpenIDConnectProviderArn")?;
    let tags = context
        .account()?
        .oidc
        .get(arn)
        .map(|provider| &provider.tags);
    Ok(vec![with_tags(Need::new(action, arn), tags)])
}

pub fn need_list(context: &Context<'_>, _: &Input, action: &'static str) -> Needs {
    Ok(vec![Need::new(
        action,
        arn_of(&context.caller.account, "*"),
    )])
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

/// Most thumbprints and audiences of one provider.
const THUMBPRINTS: usize = 5;
const CLIENTS: usize = 100;

fn check_thumbprints(input: &Input) -> Result<(), AwsError> {
    // Recorded, with its "fewer than 5" for what are five at most.
    if input.list("ThumbprintList").len() > THUMBPRINTS {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            "Thumbprint list must contain fewer than 5 entries.",
        ));
    }
    Ok(())
}

fn too_many_clients() -> AwsError {
    limit(format!(
        "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: {CLIENTS}"
    ))
}

pub fn create(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let url = bare(input.require("Url")?)?;
    check_thumbprints(input)?;
    if input.list("ClientIDList").len() > CLIENTS {
        return Err(too_many_clients());
    }
    let account = context.account()?;
    let arn = arn_of(&account.id, &url);
    if account.oidc.contains_key(&arn) {
        return Err(exists(format!(
            "Provider with url https://{url} already exists."
        )));
    }
    let tags = Tags::read(input, Case::Ignored)?;
    limit_of(account.oidc.len(), "OpenIdConnectProvidersPerAccount", 100)?;
    let provider = OidcProvider {
        arn: arn.clone(),
        url,
        clients: owned(input.texts("ClientIDList")),
        thumbprints: owned(input.texts("ThumbprintList")),
        created: context.now,
        tags,
    };
    let answer = json!({"OpenIDConnectProviderArn": arn, "Tags": provider.tags.if_any()});
    context.account_mut()?.oidc.insert(arn, provider);
    Ok(answer.into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("OpenIDConnectProviderArn")?;
    let provider = context
        .account()?
        .oidc
        .get(arn)
        .ok_or_else(|| no_provider(arn))?;
    Ok(json!({
        "Url": provider.url,
        "ClientIDList": provider.clients,
        "ThumbprintList": provider.thumbprints,
        "CreateDate": seconds(provider.created),
        "Tags": provider.tags.to_value(),
    })
    .into())
}

pub fn list(context: &mut Context<'_>, _: &Input) -> Result<Reply, AwsError> {
    let list: Vec<Value> = context
        .account()?
        .oidc
        .keys()
        .map(|arn| json!({"Arn": arn}))
        .collect();
    Ok(json!({"OpenIDConnectProviderList": list}).into())
}

/// Deleting what is not there is refused (LocalStack's recordings of AWS, February 2026), though the API
/// reference says that it is not.
pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let arn = input.require("OpenIDConnectProviderArn")?;
    match context.account_mut()?.oidc.remove(arn) {
        Some(_) => Ok(().into()),
        None => Err(missing(format!(
            "OpenId connect Provider {arn} cannot be found."
        ))),
    }
}

fn find_mut<'a>(
    context: &'a mut Context<'_>,
    input: &Input,
) -> Result<&'a mut OidcProvider, AwsError> {
    let arn = input.require("OpenIDConnectProviderArn")?;
    context
        .account_mut()?
        .oidc
        .get_mut(arn)
        .ok_or_else(|| no_provider(arn))
}

pub fn update_thumbprint(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    check_thumbprints(input)?;
    find_mut(context, input)?.thumbprints = owned(input.texts("ThumbprintList"));
    Ok(().into())
}

pub fn add_client(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let client = input.require("ClientID")?;
    let provider = find_mut(context, input)?;
    if !provider.clients.iter().any(|known| known == client) {
        if provider.clients.len() >= CLIENTS {
            return Err(too_many_clients());
        }
        provider.clients.push(client.to_owned());
    }
    Ok(().into())
}

pub fn remove_client(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let client = input.require("ClientID")?;
    find_mut(context, input)?
        .clients
        .retain(|known| known != client);
    Ok(().into())
}
