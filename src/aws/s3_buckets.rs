//! `s3 mb`, `s3 rb` and `s3 presign`.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use serde_json::{Map, Value, json};

use super::call::Run;
use super::execute::Done;
use super::failed::Failed;
use super::target::{Client, Target};
use crate::awscli::{Mb, Presign, Rb, Rm, S3Uri};
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
            .presigned(config)
            .await
            .map_err(|why| Failed::of(super::failure::Failure::of(why), ""))?;
        self.print(&format!("{}\n", request.uri()));
        Ok(Done::default())
    }
}

/// A failure that the CLI tells in a line of its own and ends with 1.
fn told(what: &str, path: &str, why: Failed) -> Failed {
    let line = format!("{what} failed: {path} {}\n", why.text());
    Failed::bare(line, 1, why.cause())
}
