//! `s3 mb`, `s3 rb` and `s3 presign`.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::{Map, Value, json};

use super::call::Run;
use super::execute::Done;
use super::failed::Failed;
use super::target::{Client, Target};
use crate::awscli::{Mb, Presign, Rb, Rm, S3Uri, Website};
use crate::model::Service;

impl Run<'_> {
    /// `s3 mb`.
    pub(super) async fn mb(&mut self, mb: &Mb) -> Result<Done, Failed> {
        let route = self.session.route();
        let profile = route.profile(self.globals)?;
        let region = route.region(self.globals, profile.as_ref());
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
        let seconds = u64::try_from(presign.expires_in).unwrap_or(0);
        let mut config = PresigningConfig::builder().expires_in(Duration::from_secs(seconds));
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
        self.print(&format!("{}\n", request.uri()));
        Ok(Done::default())
    }
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
        if let Some((path, query)) = request.uri().split_once('?') {
            let kept: Vec<&str> = query
                .split('&')
                .filter(|part| !part.starts_with("x-id="))
                .collect();
            let uri = if kept.is_empty() {
                path.to_owned()
            } else {
                format!("{path}?{}", kept.join("&"))
            };
            request.set_uri(uri)?;
        }
        Ok(())
    }
}

/// A failure that the CLI tells in a line of its own and ends with 1.
fn told(what: &str, path: &str, why: Failed) -> Failed {
    let line = format!("{what} failed: {path} {}\n", why.text());
    Failed::bare(line, 1, why.cause())
}
