//! AssumeRoleWithWebIdentity, and an identity provider that the sandbox can play.
//!
//! Real providers sign their tokens with keys that AWS fetches from them. The sandbox has no
//! network: it takes tokens that it made itself ([`issuer_token`]), sealed with a key of this
//! world, under whatever issuer the learner has registered in IAM.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{assume, grant};
use crate::policy::Principal;
use crate::sandbox::caller::{Federation, Session, SessionKind};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};
use crate::sandbox::state::State;
use crate::sandbox::wire::sigv4;
use crate::secret::Secret;

/// What a token says.
#[derive(Debug, Clone)]
pub struct Claims {
    /// `iss`: URL of the issuer, such as `https://token.example.com`.
    pub issuer: String,
    /// `sub`: who.
    pub subject: String,
    /// `aud`: for whom.
    pub audience: String,
    /// Further claims.
    pub more: Map<String, Value>,
}

fn key(state: &State) -> [u8; 32] {
    state.ids.fork("web identity").bytes()
}

/// Makes a token (a JWT) as an identity provider would, good from `now` for `lifetime`.
#[must_use]
pub fn issuer_token(
    state: &State,
    claims: &Claims,
    now: Timestamp,
    lifetime: SignedDuration,
) -> Secret {
    let mut body = claims.more.clone();
    let expires = now.saturating_add(lifetime).unwrap_or(now);
    for (name, value) in [
        ("iss", Value::from(claims.issuer.as_str())),
        ("sub", Value::from(claims.subject.as_str())),
        ("aud", Value::from(claims.audience.as_str())),
        ("iat", Value::from(now.as_second())),
        ("exp", Value::from(expires.as_second())),
    ] {
        body.insert(name.to_owned(), value);
    }
    let header = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "typ": "JWT"}).to_string());
    let body = URL_SAFE_NO_PAD.encode(Value::Object(body).to_string());
    let text = format!("{header}.{body}");
    let seal = URL_SAFE_NO_PAD.encode(sigv4::hmac(&key(state), text.as_bytes()));
    Secret::new(format!("{text}.{seal}"))
}

/// A token that was read and checked.
struct Token {
    /// Issuer without its scheme.
    host: String,
    subject: String,
    audience: String,
    claims: Map<String, Value>,
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidIdentityToken", message)
}

/// Reads a token and checks its seal and times.
fn read(context: &Context<'_>, token: &str) -> Result<Token, AwsError> {
    let malformed = || {
        invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    };
    let (text, seal) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (_, body) = text.split_once('.').ok_or_else(malformed)?;
    let claims: Map<String, Value> = URL_SAFE_NO_PAD
        .decode(body)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(malformed)?;
    let seal = URL_SAFE_NO_PAD.decode(seal).map_err(|_| malformed())?;
    if !sigv4::is_signature(&key(context.state), text.as_bytes(), &hex::encode(seal)) {
        return Err(invalid(
            "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        ));
    }
    let claim = |name: &str| {
        claims
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let expires = claims
        .get("exp")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    if context.now.as_second() >= expires {
        let (now, expires) = (context.now.as_second(), expires);
        return Err(AwsError::new(
            400,
            "ExpiredTokenException",
            format!(
                "Token expired: current date/time {now} must be before the expiration date/time {expires}"
            ),
        ));
    }
    let issuer = claim("iss");
    Ok(Token {
        host: issuer
            .strip_prefix("https://")
            .unwrap_or(&issuer)
            .trim_end_matches('/')
            .to_owned(),
        subject: claim("sub"),
        audience: claim("aud"),
        claims,
    })
}

/// ARN of the provider that the role's account has registered for the token.
fn provider(state: &State, account: &str, token: &Token) -> Result<String, AwsError> {
    let arn = format!("arn:aws:iam::{account}:oidc-provider/{}", token.host);
    let provider = state
        .account(account)
        .and_then(|account| account.oidc.get(&arn));
    let provider = provider.ok_or_else(|| {
        invalid(format!(
            "No OpenIDConnect provider found in your account for https://{}",
            token.host
        ))
    })?;
    if !provider.clients.contains(&token.audience) {
        return Err(invalid("Incorrect token audience"));
    }
    Ok(arn)
}

/// Claims for AWS itself, which are no condition keys (IAM User Guide, "Pass session tags in AWS
/// STS" and "Monitor and control actions taken with assumed roles").
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";

/// What the token asks the session to be.
#[derive(Default)]
struct Wishes {
    tags: Vec<(String, String)>,
    transitive: Vec<String>,
    source_identity: Option<String>,
}

fn wishes(token: &Token) -> Result<Wishes, AwsError> {
    let mut wishes = Wishes {
        source_identity: token
            .claims
            .get(SOURCE_IDENTITY)
            .and_then(Value::as_str)
            .map(str::to_owned),
        ..Wishes::default()
    };
    let Some(tags) = token.claims.get(TAGS) else {
        return Ok(wishes);
    };
    // AWS's words for a claim of another form are not established.
    let malformed = || invalid(format!("The claim {TAGS} of the token is not valid"));
    let principal = tags
        .get("principal_tags")
        .and_then(Value::as_object)
        .ok_or_else(malformed)?;
    for (key, values) in principal {
        match values.as_array().map(Vec::as_slice) {
            Some([Value::String(value)]) => wishes.tags.push((key.clone(), value.clone())),
            _ => return Err(malformed()),
        }
    }
    for key in tags
        .get("transitive_tag_keys")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let key = key.as_str().ok_or_else(malformed)?;
        wishes.transitive.push(key.to_owned());
    }
    grant::check_tags(&wishes.tags)?;
    grant::check_transitive(&wishes.tags, &wishes.transitive)?;
    Ok(wishes)
}

/// Condition keys of the token: `host:sub` and the like.
fn keys(token: &Token) -> Vec<(String, Vec<String>)> {
    let host = &token.host;
    let mut keys = Vec::new();
    for (name, value) in &token.claims {
        let values: Vec<String> = match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(list) => list
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => continue,
        };
        let for_aws = [TAGS, SOURCE_IDENTITY].contains(&name.as_str());
        if !values.is_empty() && name != "iss" && !for_aws {
            keys.push((format!("{host}:{name}"), values));
        }
    }
    keys
}

pub fn needs(context: &Context<'_>, input: &Input) -> Result<Vec<Need>, AwsError> {
    let arn = input.require("RoleArn")?;
    let (account, role) = assume::find_role(context.state, arn)?;
    let token = read(context, input.require("WebIdentityToken")?)?;
    let provider = provider(context.state, &account, &token)?;
    let wishes = wishes(&token)?;
    let name = input.require("RoleSessionName")?;
    let need = |action| {
        let mut need = assume::role_need(&account, arn, role, action)
            .key("sts:RoleSessionName", name)
            .key("aws:FederatedProvider", provider.clone())
            .key_opt("sts:SourceIdentity", wishes.source_identity.clone())
            .request_tags(&wishes.tags);
        if !wishes.transitive.is_empty() {
            need = need.key_list("sts:TransitiveTagKeys", wishes.transitive.clone());
        }
        for (key, values) in keys(&token) {
            need = match values.as_slice() {
                [one] => need.key(key, one.clone()),
                _ => need.key_list(key, values),
            };
        }
        need.principal = Some(Principal::identity(&provider));
        need
    };
    let mut needs = vec![need("sts:AssumeRoleWithWebIdentity")];
    if !wishes.tags.is_empty() {
        needs.push(need("sts:TagSession"));
    }
    if wishes.source_identity.is_some() {
        needs.push(need("sts:SetSourceIdentity"));
    }
    Ok(needs)
}

pub fn run(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (account, role) = assume::find_role(context.state, input.require("RoleArn")?)?;
    let Some(role) = role.cloned() else {
        return Err(AwsError::internal("a role that does not exist was assumed"));
    };
    let token = read(context, input.require("WebIdentityToken")?)?;
    let provider = provider(context.state, &account, &token)?;
    let seconds = assume::duration(input, &role, false)?;
    let wishes = wishes(&token)?;
    let session = Session {
        kind: SessionKind::WebIdentity,
        issued: context.now,
        expires: context
            .now
            .saturating_add(SignedDuration::from_secs(seconds))
            .unwrap_or(context.now),
        policies: grant::session_policies(context.state, &account, input)?,
        tags: wishes.tags,
        transitive: wishes.transitive,
        source_identity: wishes.source_identity.clone(),
        mfa: None,
        federation: Some(Federation {
            provider: provider.clone(),
            keys: keys(&token),
        }),
    };
    let arns = input.list("PolicyArns").len();
    let packed = grant::packed_size(&session, arns)?;
    let shown = input.get("Policy").is_some() || arns > 0 || !session.tags.is_empty();
    let mut answer = assume::assumed(
        context,
        &account,
        &role,
        input.require("RoleSessionName")?,
        session,
    );
    if let Some(members) = answer.as_object_mut() {
        if shown {
            members.insert("PackedPolicySize".to_owned(), packed.into());
        }
        members.insert(
            "SubjectFromWebIdentityToken".to_owned(),
            token.subject.into(),
        );
        members.insert("Provider".to_owned(), provider.into());
        members.insert("Audience".to_owned(), token.audience.into());
        members.insert("SourceIdentity".to_owned(), wishes.source_identity.into());
    }
    Ok(answer.into())
}
