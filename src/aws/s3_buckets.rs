//! `s3 mb`, `s3 rb` and `s3 presign`.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Map, Value, json};

use super::call::{Run, as_the_cli_asks};
use super::execute::Done;
use super::failed::Failed;
use super::target::{Client, Target};
use crate::awscli::{Mb, Presign, Rb, Rm, S3Uri, Website};
use crate::model::Service;
use crate::sigv4::{Signature, hmac};

impl Run<'_> {
    /// `s3 mb`.
    pub(super) async fn mb(&mut self, mb: &Mb) -> Result<Done, Failed> {
        let route = self.session.route();
        let profile = route.profile(self.globals)?;
        // What botocore calls the region of S3 where nobody names one; S3 takes no bucket for it.
        let region = route.region(self.globals, profile.as_ref());
        let region = region.or_else(|| Some("aws-global".to_owned()));
        let mut configuration = Map::new();
        if let Some(region) = region.filter(|region| region != "us-east-1") {
            configuration.insert("LocationConstraint".into(), region.into());
        }
        if !mb.tags.is_empty() {
            let tags: Vec<Value> = mb
                .tags
                .iter()
                .map(|(key, value)| json!({"Key": key, "Value": value}))
                .collect();
            configuration.insert("Tags".into(), tags.into());
        }
        let mut input = Map::new();
        input.insert("Bucket".into(), mb.bucket.as_str().into());
        if !configuration.is_empty() {
            input.insert("CreateBucketConfiguration".into(), configuration.into());
        }
        match self.named(Service::S3, "CreateBucket", input).await {
            Ok(_) => {
                self.print(&format!("make_bucket: {}\n", mb.bucket));
                Ok(Done::default())
            }
            Err(why) => Err(told("make_bucket", &mb.path, why)),
        }
    }

    /// `s3 website`.
    pub(super) async fn website(&mut self, website: &Website) -> Result<Done, Failed> {
        let mut configuration = Map::new();
        if let Some(suffix) = &website.index_document {
            configuration.insert("IndexDocument".into(), json!({ "Suffix": suffix }));
        }
        if let Some(key) = &website.error_document {
            configuration.insert("ErrorDocument".into(), json!({ "Key": key }));
        }
        let mut input = Map::new();
        input.insert("Bucket".into(), website.bucket.as_str().into());
        input.insert("WebsiteConfiguration".into(), configuration.into());
        self.named(Service::S3, "PutBucketWebsite", input).await?;
        Ok(Done::default())
    }

    /// `s3 rb`.
    pub(super) async fn rb(&mut self, rb: &Rb) -> Result<Done, Failed> {
        if rb.force {
            let rm = Rm {
                uri: S3Uri {
                    bucket: rb.bucket.clone(),
                    key: String::new(),
                },
                recursive: true,
                dryrun: false,
                quiet: false,
                only_show_errors: false,
                filters: Vec::new(),
                page_size: None,
                request_payer: None,
            };
            if let Err(why) = self.rm(&rm).await {
                let text = "remove_bucket failed: Unable to delete all objects in the bucket, \
                            bucket will not be deleted.";
                let said = format!("{}{}", why.text(), crate::awscli::error::line(text));
                return Err(Failed::bare(
                    said,
                    crate::awscli::error::EXIT_GENERAL,
                    why.cause(),
                ));
            }
        }
        let mut input = Map::new();
        input.insert("Bucket".into(), rb.bucket.as_str().into());
        match self.named(Service::S3, "DeleteBucket", input).await {
            Ok(_) => {
                self.print(&format!("remove_bucket: {}\n", rb.bucket));
                Ok(Done::default())
            }
            Err(why) => Err(told("remove_bucket", &rb.path, why)),
        }
    }

    /// `s3 presign`.
    pub(super) async fn presign(&mut self, presign: &Presign) -> Result<Done, Failed> {
        let client = self
            .session
            .route()
            .client(self.globals, Service::S3)
            .await?;
        let Client::S3(client) = client else {
            return Err(Failed::general("the client of S3 is of another service"));
        };
        let failed = |why: &dyn std::fmt::Display| Failed::general(why.to_string());
        // The SDK signs for a second to a week, and the CLI for whatever it is told.
        let seconds = u64::try_from(presign.expires_in).ok();
        let seconds = seconds.filter(|seconds| (1..=WEEK).contains(seconds));
        let asked = Duration::from_secs(seconds.unwrap_or(1));
        let mut config = PresigningConfig::builder().expires_in(asked);
        if let Target::Sandbox { clock, .. } = &self.session.target {
            config.set_start_time(SystemTime::try_from(clock.now()).ok());
        }
        let config = config.build().map_err(|why| failed(&why))?;
        let request = client
            .get_object()
            .bucket(&presign.uri.bucket)
            .key(&presign.uri.key)
            .customize()
            .interceptor(WithoutId)
            .presigned(config)
            .await
            .map_err(|why| Failed::of(super::failure::Failure::unsigned(why), ""))?;
        let url = match seconds {
            Some(_) => request.uri().to_owned(),
            None => {
                let keys = self.session.route().credentials(self.globals).await?;
                let keys = keys.ok_or_else(Failed::no_credentials)?;
                lasting(request.uri(), presign.expires_in, keys.secret_access_key())
                    .ok_or_else(|| Failed::general("the URL that was signed cannot be read"))?
            }
        };
        self.print(&format!("{url}\n"));
        Ok(Done::default())
    }
}

/// The longest that S3 takes a signed URL for valid, in seconds.
const WEEK: u64 = 604_800;

/// A signed URL, signed once more for another time.
fn lasting(url: &str, seconds: i64, secret: &str) -> Option<String> {
    let parts = |url: &str| {
        let uri: http::Uri = url.parse().ok()?;
        let host = uri.authority()?.as_str().to_owned();
        let request = http::Request::builder().uri(uri).header("host", host);
        Some(request.body(()).ok()?.into_parts().0)
    };
    let before = parts(url)?;
    let signature = Signature::find(&before).ok()??;
    let unsigned: Vec<String> = url
        .split('&')
        .filter(|part| !part.starts_with("X-Amz-Signature="))
        .map(|part| match part.strip_prefix("X-Amz-Expires=") {
            Some(_) => format!("X-Amz-Expires={seconds}"),
            None => part.to_owned(),
        })
        .collect();
    let url = unsigned.join("&");
    let canonical = signature.canonical_request(&parts(&url)?, "UNSIGNED-PAYLOAD", true);
    let key = signature.signing_key(secret);
    let signed = hmac(&key, signature.string_to_sign(&canonical).as_bytes());
    Some(format!("{url}&X-Amz-Signature={}", hex::encode(signed)))
}

/// Takes the parameter `x-id` out, by which the SDK tells operations apart and which the CLI does
/// not sign.
#[derive(Debug)]
struct WithoutId;

impl Intercept for WithoutId {
    fn name(&self) -> &'static str {
        "WithoutId"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let uri = as_the_cli_asks(request.uri());
        request.set_uri(uri)?;
        Ok(())
    }
}

/// A failure that the CLI tells in a line of its own and ends with 1.
fn told(what: &str, path: &str, why: Failed) -> Failed {
    let line = format!("{what} failed: {path} {}\n", why.text());
    Failed::bare(line, 1, why.cause())
}
