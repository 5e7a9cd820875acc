//! Documents that a request names by URL: templates and stack policies that lie in a bucket of this
//! world. They are read from S3 in the caller's name, through the gate.

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::deploy;
use crate::model::Service;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Context;
use crate::sandbox::wire::{query, route};

type Result<T> = std::result::Result<T, AwsError>;

/// Reads the document at a URL, which the member of that name gave.
pub(super) fn read(ctx: &mut Context<'_>, member: &str, url: &str) -> Result<String> {
    let place = Place::of(member, url)?;
    let mut members = json!({"Bucket": place.bucket, "Key": place.key});
    if let (Some(version), Some(members)) = (place.version, members.as_object_mut()) {
        members.insert("VersionId".to_owned(), version.into());
    }
    let caller = deploy::actor(ctx, None)?;
    let reply = ctx
        .perform(Service::S3, "GetObject", members, &caller)
        .map_err(|(error, _)| match error.code.as_ref() {
            "AccessDenied" => refused("Access Denied"),
            _ => refused(&error.message),
        })?;
    let body = reply.body.unwrap_or_default();
    // Bytes that are no text are no template, and are told from one by its parser.
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn refused(text: &str) -> AwsError {
    AwsError::validation(format!(
        "S3 error: {text}\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
    ))
}

/// An object, as a URL names it.
struct Place {
    bucket: String,
    key: String,
    version: Option<String>,
}

impl Place {
    fn of(member: &str, url: &str) -> Result<Self> {
        if let Some(rest) = url.strip_prefix("s3://") {
            let bucket = rest.split('/').next().unwrap_or_default();
            return Err(AwsError::validation(format!(
                "S3 error: Domain name specified in {bucket} is not a valid S3 domain"
            )));
        }
        let unsupported = || AwsError::validation(format!("{member} must be a supported URL."));
        let (parts, ()) = http::Request::builder()
            .uri(url)
            .body(())
            .map_err(|_| unsupported())?
            .into_parts();
        let host = route::host(&parts);
        let ours = host.ends_with(".amazonaws.com")
            || host == "127.0.0.1"
            || host == "localhost"
            || host.ends_with(".localhost");
        let route = route::route(&parts, None, b"");
        if !ours || route.service != Service::S3 {
            return Err(unsupported());
        }
        let path = percent_decode_str(parts.uri.path().trim_start_matches('/'))
            .decode_utf8_lossy()
            .into_owned();
        let (bucket, key) = match route.bucket {
            Some(bucket) => (bucket, path),
            None => {
                let (bucket, key) = path.split_once('/').ok_or_else(unsupported)?;
                (bucket.to_owned(), key.to_owned())
            }
        };
        if bucket.is_empty() || key.is_empty() {
            return Err(unsupported());
        }
        let pairs = query::form(parts.uri.query().unwrap_or_default());
        let version = pairs.into_iter().find(|(name, _)| name == "versionId");
        Ok(Self {
            bucket,
            key,
            version: version.map(|(_, value)| value),
        })
    }
}
