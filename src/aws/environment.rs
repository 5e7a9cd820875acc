//! The variables of the environment that bear on calls.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, fmt::rfc2822};

use super::settings;
use crate::secret::Secret;

/// What the AWS CLI says of keys that are no longer good.
pub(super) const EXPIRED: &str =
    "Credentials were refreshed, but the refreshed credentials are still expired.";

/// What the environment says about calls, as the AWS CLI reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `AWS_PROFILE`, or `AWS_DEFAULT_PROFILE`.
    pub profile: Option<String>,
    /// `AWS_REGION`, or `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// `AWS_DEFAULT_OUTPUT`.
    pub output: Option<String>,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: Option<String>,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Option<Secret>,
    /// `AWS_SESSION_TOKEN`, or the older `AWS_SECURITY_TOKEN`.
    pub session_token: Option<Secret>,
    /// `AWS_CREDENTIAL_EXPIRATION`: until when these keys are good.
    pub expiration: Option<String>,
    /// `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<String>,
    /// `AWS_ENDPOINT_URL_S3`, or `AWS_ENDPOINT_URL`, where they are not to be ignored.
    pub s3_endpoint: Option<String>,
    /// `AWS_MAX_ATTEMPTS`.
    pub max_attempts: Option<String>,
    /// `AWS_RETRY_MODE`.
    pub retry_mode: Option<String>,
    /// Settings that are checked before each call, by their names in a profile.
    pub checked: BTreeMap<&'static str, String>,
}

impl Environment {
    /// Reads the variables. Empty ones count as absent where they do for the AWS CLI.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty());
        let ignored = get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let heeded = !ignored.is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Self {
            profile: variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE")),
            region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")),
            output: variable("AWS_DEFAULT_OUTPUT"),
            access_key_id: get("AWS_ACCESS_KEY_ID"),
            secret_access_key: get("AWS_SECRET_ACCESS_KEY").map(Secret::new),
            session_token: get("AWS_SESSION_TOKEN")
                .or_else(|| get("AWS_SECURITY_TOKEN"))
                .map(Secret::new),
            expiration: get("AWS_CREDENTIAL_EXPIRATION"),
            ca_bundle: get("AWS_CA_BUNDLE"),
            s3_endpoint: get("AWS_ENDPOINT_URL_S3")
                .or_else(|| get("AWS_ENDPOINT_URL"))
                .filter(|_| heeded),
            max_attempts: variable("AWS_MAX_ATTEMPTS"),
            retry_mode: variable("AWS_RETRY_MODE"),
            checked: settings::read(&variable),
        }
    }

    /// The keys in its variables, if it has an access key.
    ///
    /// # Errors
    ///
    /// What the AWS CLI says of a variable that is missing beside the access key's id, and of keys
    /// that are no longer good.
    pub fn keys(&self, now: Timestamp) -> Result<Option<Credentials>, String> {
        let Some(id) = &self.access_key_id else {
            return Ok(None);
        };
        let secret = self
            .secret_access_key
            .as_ref()
            .ok_or("Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY")?;
        let token = self.session_token.as_ref();
        let expires = self.expiration.as_deref().map(expiry).transpose()?;
        if expires.is_some_and(|expires| expires <= now) {
            return Err(EXPIRED.to_owned());
        }
        Ok(Some(Credentials::new(
            id,
            secret.expose(),
            token.map(|token| token.expose().to_owned()),
            expires.and_then(|expires| SystemTime::try_from(expires).ok()),
            "env",
        )))
    }
}

/// Until when credentials are good, as the AWS CLI reads it from the environment.
///
/// # Errors
///
/// Its words for what is no time, and for one without an offset.
fn expiry(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    let zoned = text.parse::<Timestamp>().ok();
    if let Some(at) = zoned.or_else(|| Some(rfc2822::parse(text).ok()?.timestamp())) {
        return Ok(at);
    }
    let year = text.len() == 4 && text.chars().all(|c| c.is_ascii_digit());
    if year || text.parse::<DateTime>().is_ok() || text.parse::<Date>().is_ok() {
        return Err("can't subtract offset-naive and offset-aware datetimes".to_owned());
    }
    Err(format!("Unknown string format: {text}"))
}
