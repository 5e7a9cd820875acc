//! Signature Version 2 in the query string of S3: the URLs that boto3 presigns by itself in the
//! regions that were there before Signature Version 4.
//!
//! Source: Amazon S3 API Reference, "Authenticating requests (AWS Signature Version 2)", section
//! "Query string request authentication alternative".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use jiff::Timestamp;
use sha1::Sha1;

use super::authenticate::{self, Authenticated, Claimed, s3_mismatch};
use super::clock;
use super::error::AwsError;
use super::state::State;
use super::wire::query;
use super::wire::route::Route;
use super::wire::sigv4::Problem;
use crate::model::Service;

/// The regions that take it.
const REGIONS: [&str; 8] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-west-1",
    "us-west-2",
];

/// Parameters of the query that are part of what is asked for.
const PARTS: [&str; 35] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "defaultObjectAcl",
    "delete",
    "inventory",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "select",
    "select-type",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// Whether a signature, in base64, is the one of this text.
pub(super) fn is_signature(secret: &str, text: &str, signature: &str) -> bool {
    let given = STANDARD.decode(signature).unwrap_or_default();
    Hmac::<Sha1>::new_from_slice(secret.as_bytes()).is_ok_and(|mut mac| {
        mac.update(text.as_bytes());
        mac.verify_slice(&given).is_ok()
    })
}

/// Looks up whose URL it is that was presigned with Signature Version 2.
///
/// # Errors
///
/// As [`authenticate::claimed`]; also where the region does not take that version.
pub fn claimed(
    state: &State,
    route: &Route,
    parts: &Parts,
    url: &Presigned,
) -> Result<Option<Claimed>, AwsError> {
    let mut path = parts.uri.path().split('/').skip(1);
    let bucket = route.bucket.as_deref().or_else(|| path.next());
    let region = region_of(state, route, bucket);
    takes_version_two(region.as_deref(), parts)?;
    let token = url.token.as_deref();
    let (caller, secret) =
        authenticate::find_caller(state, Service::S3, &url.access_key_id, token)?;
    Ok(Some(Claimed {
        caller,
        secret,
        region,
    }))
}

/// The region of a request whose signature names none: that of the host, else the bucket's own.
pub(super) fn region_of(state: &State, route: &Route, bucket: Option<&str>) -> Option<String> {
    route.region.clone().or_else(|| {
        let bucket = state.s3.bucket(bucket?)?;
        Some(bucket.region.clone())
    })
}

/// Refuses Signature Version 2 where it is not taken.
pub(super) fn takes_version_two(region: Option<&str>, parts: &Parts) -> Result<(), AwsError> {
    if region.is_none_or(is_taken_in) {
        return Ok(());
    }
    let problem = Problem::Algorithm("AWS".to_owned());
    Err(authenticate::unreadable(Service::S3, parts, &problem))
}

/// Checks a request that such a URL makes. It is as [`authenticate::prove`].
///
/// # Errors
///
/// AWS's error of the first check that fails.
pub fn prove(
    claimed: Option<Claimed>,
    route: &Route,
    parts: &Parts,
    url: &Presigned,
    body: Bytes,
    (wall, now): (Timestamp, Timestamp),
) -> Result<Authenticated, AwsError> {
    let claimed =
        claimed.ok_or_else(|| authenticate::unknown_key(Service::S3, &url.access_key_id))?;
    let secret = claimed.secret.expose();
    url.check(parts, route.bucket.as_deref(), secret, wall)?;
    authenticate::check_session(Service::S3, &claimed.caller, url.token.as_deref(), now)?;
    Ok(Authenticated {
        caller: claimed.caller,
        region: claimed.region,
        body,
        trailers: Vec::new(),
    })
}

/// A request that such a URL makes.
pub struct Presigned {
    /// Whose key signed it.
    pub access_key_id: String,
    /// The session's token.
    pub token: Option<String>,
    /// Seconds since 1970 until which it is good.
    expires: String,
    /// In base64.
    signature: String,
    /// The parameters of its query.
    query: Vec<(String, String)>,
}

impl Presigned {
    /// Finds the parameters of a presigned URL of this version.
    #[must_use]
    pub fn find(parts: &Parts) -> Option<Self> {
        if parts.headers.contains_key(http::header::AUTHORIZATION) {
            return None;
        }
        let query = query::form(parts.uri.query()?);
        let get = |name: &str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        Some(Self {
            access_key_id: get("AWSAccessKeyId")?,
            token: get("x-amz-security-token"),
            expires: get("Expires").unwrap_or_default(),
            signature: get("Signature").unwrap_or_default(),
            query,
        })
    }

    /// The headers of the request, with those that the URL carries in their place.
    #[must_use]
    pub fn with_headers(&self, parts: &Parts) -> Parts {
        let mut parts = parts.clone();
        carry(&mut parts, &self.query, |name| name.starts_with("x-amz-"));
        parts
    }

    /// Refuses a URL that is over, or that this secret did not sign. `parts` has the headers of
    /// [`Presigned::with_headers`].
    ///
    /// # Errors
    ///
    /// AWS's error of the first check that fails.
    pub fn check(
        &self,
        parts: &Parts,
        bucket: Option<&str>,
        secret: &str,
        wall: Timestamp,
    ) -> Result<(), AwsError> {
        if self.expires.is_empty() || self.signature.is_empty() {
            return Err(AwsError::denied(
                "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            ));
        }
        let at = self.expires.parse().ok();
        let at = at
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| {
                AwsError::denied(format!(
                    "Invalid date (should be seconds since epoch): {}",
                    self.expires
                ))
            })?;
        if wall > at {
            return Err(AwsError::denied("Request has expired")
                .with("Expires", clock::seconds(at))
                .with("ServerTime", clock::seconds(wall)));
        }
        let text = self.string_to_sign(parts, bucket);
        if is_signature(secret, &text, &self.signature) {
            return Ok(());
        }
        Err(s3_mismatch(&self.access_key_id, &text, &self.signature))
    }

    fn string_to_sign(&self, parts: &Parts, bucket: Option<&str>) -> String {
        let header = |name: &str| {
            let value = parts.headers.get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or("")
        };
        let mut names: Vec<&str> = parts.headers.keys().map(http::HeaderName::as_str).collect();
        names.retain(|name| name.starts_with("x-amz-"));
        names.sort_unstable();
        let headers: String = names
            .into_iter()
            .map(|name| {
                let values = parts.headers.get_all(name).iter();
                let values: Vec<&str> = values
                    .filter_map(|value| value.to_str().ok().map(str::trim))
                    .collect();
                format!("{name}:{}\n", values.join(","))
            })
            .collect();
        let mut wanted: Vec<&(String, String)> = self
            .query
            .iter()
            .filter(|(name, _)| PARTS.contains(&name.as_str()))
            .collect();
        wanted.sort();
        let wanted: Vec<String> = wanted
            .into_iter()
            .map(|(name, value)| match value.as_str() {
                "" => name.clone(),
                value => format!("{name}={value}"),
            })
            .collect();
        let bucket = bucket.map(|name| format!("/{name}")).unwrap_or_default();
        let query = match wanted.join("&") {
            text if text.is_empty() => text,
            text => format!("?{text}"),
        };
        format!(
            "{}\n{}\n{}\n{}\n{headers}{bucket}{}{query}",
            parts.method,
            header("content-md5"),
            header("content-type"),
            self.expires,
            parts.uri.path(),
        )
    }
}

/// Puts parameters of a query in place of headers.
fn carry(parts: &mut Parts, query: &[(String, String)], takes: impl Fn(&str) -> bool) {
    for (name, value) in query {
        let name = name.to_ascii_lowercase();
        if takes(&name)
            && let Ok(name) = http::HeaderName::from_bytes(name.as_bytes())
            && let Ok(value) = http::HeaderValue::from_str(value)
        {
            parts.headers.insert(name, value);
        }
    }
}

/// What Signature Version 4 has in a query.
const OF_VERSION_4: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// A request by a URL that was presigned with Signature Version 4, with the headers that the URL carries: the
/// SDK for JavaScript puts them there. S3 passes over the checksums among them (LocalStack's recordings of
/// AWS, 2026).
#[must_use]
pub fn with_carried(parts: &Parts) -> Parts {
    let query = query::form(parts.uri.query().unwrap_or_default());
    let mut parts = parts.clone();
    carry(&mut parts, &query, |name| {
        let checksum =
            name.starts_with("x-amz-checksum-") || name == "x-amz-sdk-checksum-algorithm";
        matches!(name, "if-match" | "if-none-match")
            || name.starts_with("x-amz-") && !checksum && !OF_VERSION_4.contains(&name)
    });
    parts
}

/// Whether a region takes this version.
#[must_use]
pub fn is_taken_in(region: &str) -> bool {
    REGIONS.contains(&region)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the S3 API Reference.
    #[test]
    fn the_published_example_is_signed() {
        let uri = "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620";
        let (parts, ()) = http::Request::builder()
            .uri(uri)
            .header("host", "johnsmith.s3.amazonaws.com")
            .body(())
            .unwrap()
            .into_parts();
        let found = Presigned::find(&parts).unwrap();
        let check = |secret: &str, second: i64| {
            let wall = Timestamp::from_second(second).unwrap();
            found.check(&parts, Some("johnsmith"), secret, wall)
        };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        check(secret, 1_175_139_620).unwrap();
        assert_eq!(
            check(secret, 1_175_139_621).unwrap_err().message,
            "Request has expired"
        );
        let wrong = check("another", 1_175_139_620).unwrap_err();
        assert_eq!(wrong.code, "SignatureDoesNotMatch");
    }

    #[test]
    fn what_is_asked_for_is_signed_and_what_the_url_carries_is_a_header() {
        let uri = "/lab/a%20b?versionId=x&response-content-type=image%2Fjpeg&foo=1&x-amz-meta-venue=123&AWSAccessKeyId=A&Signature=s&Expires=1";
        let request = http::Request::builder().method("PUT").uri(uri);
        let (parts, ()) = request
            .header("content-type", "text/plain")
            .body(())
            .unwrap()
            .into_parts();
        let found = Presigned::find(&parts).unwrap();
        let parts = found.with_headers(&parts);
        assert_eq!(
            found.string_to_sign(&parts, None),
            "PUT\n\ntext/plain\n1\nx-amz-meta-venue:123\n/lab/a%20b?response-content-type=image/jpeg&versionId=x"
        );
    }
}
