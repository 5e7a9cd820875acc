//! Where calls go, and the SDK clients that take them there.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource, TimeSource};
use aws_smithy_http_client as tls;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::checksum_config::ResponseChecksumValidation;
use jiff::Timestamp;

use super::environment::Environment;
use super::execute::Running;
use super::failed::Failed;
use super::failure::Failure;
use super::profiles::{Profile, ProfileStore};
use super::roles;
use super::s3_settings;
use super::trust::{self, Trusted};
use crate::awscli::{Globals, python};
use crate::model::Service;
use crate::sandbox::connector::Connector;
use crate::sandbox::{Clock, Sandbox};
use crate::secret::Secret;

/// Seconds that the AWS CLI waits for a connection, and for an answer.
const CLI_TIMEOUT: u64 = 60;

/// Where calls go.
#[derive(Debug, Clone)]
pub enum Target {
    /// The sandbox in this process.
    Sandbox {
        /// It.
        sandbox: Arc<Sandbox>,
        /// The clock that it was made with: requests are signed with its time.
        clock: Arc<dyn Clock>,
    },
    /// A sandbox that another program serves.
    Served {
        /// Its address.
        endpoint: String,
        /// Its region.
        region: String,
        /// Who calls where no profile says otherwise.
        administrator: Credentials,
    },
    /// AWS, with the credentials that the AWS CLI would use.
    Account,
    /// Another endpoint that speaks AWS's protocols.
    Endpoint(String),
}

impl Target {
    /// A sandbox that another program serves.
    #[must_use]
    pub fn served(endpoint: String, region: String, key_id: &str, secret: &Secret) -> Self {
        Self::Served {
            endpoint,
            region,
            administrator: Credentials::new(key_id, secret.expose(), None, None, "sandbox"),
        }
    }

    /// Its address, where it has one of its own.
    pub(super) fn endpoint(&self) -> Option<&str> {
        match self {
            Self::Served { endpoint, .. } | Self::Endpoint(endpoint) => Some(endpoint),
            Self::Sandbox { .. } | Self::Account => None,
        }
    }

    /// Whether it is a sandbox: then there is an administrator, and nothing is asked of the SDK's
    /// own search for credentials.
    pub(super) fn is_sandbox(&self) -> bool {
        matches!(self, Self::Sandbox { .. } | Self::Served { .. })
    }

    /// The time there.
    pub(super) fn now(&self) -> Timestamp {
        match self {
            Self::Sandbox { sandbox, .. } => sandbox.now(),
            Self::Served { .. } | Self::Account | Self::Endpoint(_) => {
                Timestamp::try_from(SystemTimeSource::new().now()).unwrap_or_default()
            }
        }
    }

    /// The region where nothing names one.
    fn region(&self) -> Option<String> {
        match self {
            Self::Sandbox { sandbox, .. } => Some(sandbox.region()),
            Self::Served { region, .. } => Some(region.clone()),
            Self::Account | Self::Endpoint(_) => None,
        }
    }

    /// The keys of a sandbox's administrator.
    fn administrator(&self) -> Result<Credentials, Failed> {
        match self {
            Self::Sandbox { sandbox, .. } => administrator(sandbox),
            Self::Served { administrator, .. } => Ok(administrator.clone()),
            Self::Account | Self::Endpoint(_) => Err(Failed::no_credentials()),
        }
    }
}

/// The client of one service.
#[derive(Debug, Clone)]
pub(super) enum Client {
    /// AWS STS.
    Sts(aws_sdk_sts::Client),
    /// IAM.
    Iam(aws_sdk_iam::Client),
    /// CloudFormation.
    CloudFormation(aws_sdk_cloudformation::Client),
    /// Amazon S3.
    S3(aws_sdk_s3::Client),
}

/// Everything that tells one client from another.
#[derive(PartialEq, Clone)]
struct Plan {
    service: Service,
    /// The profile in force, whose other settings count too.
    profile: Option<String>,
    region: String,
    endpoint: Option<String>,
    caller: Caller,
    timeouts: (u64, u64),
    /// The certificates that are trusted, where they are named.
    trusted: Option<Trusted>,
    retries: RetryConfig,
}

/// Whose credentials sign.
#[derive(PartialEq, Clone)]
enum Caller {
    /// Nobody: the call is not signed.
    Anonymous,
    /// These keys.
    Keys(Credentials),
    /// A role that these keys assume first.
    Role(Credentials, Box<Role>),
    /// A profile of the user's files, read by the SDK; with the time the files last changed.
    Profile(String, Option<SystemTime>),
    /// The SDK's chain: environment, default profile, container, instance.
    Chain(Option<SystemTime>),
}

#[derive(PartialEq, Clone)]
struct Role {
    arn: String,
    session: Option<String>,
    external_id: Option<String>,
    seconds: Option<u64>,
}

impl Role {
    fn of(profile: &Profile, arn: &str) -> Self {
        Self {
            arn: arn.to_owned(),
            session: profile.get("role_session_name").map(ToOwned::to_owned),
            external_id: profile.get("external_id").map(ToOwned::to_owned),
            seconds: profile
                .get("duration_seconds")
                .and_then(|seconds| seconds.parse().ok()),
        }
    }
}

/// The clients made so far. They are few: one for each service, caller and region in use.
#[derive(Default)]
pub(super) struct Clients(Mutex<Vec<(Plan, Client)>>);

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clients(..)")
    }
}

/// Clients that are kept.
const KEPT: usize = 32;

/// The sandbox's clock, for signatures.
#[derive(Debug)]
struct SandboxTime(Arc<dyn Clock>);

impl TimeSource for SandboxTime {
    fn now(&self) -> SystemTime {
        SystemTime::try_from(self.0.now()).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// A target with the files and variables that say how to reach it.
pub(super) struct Route<'a> {
    pub(super) target: &'a Target,
    pub(super) profiles: &'a ProfileStore,
    pub(super) environment: &'a Environment,
    pub(super) clients: &'a Clients,
}

impl Route<'_> {
    /// The profile in force, and whether the command line itself names it.
    fn profile_name(&self, globals: &Globals) -> Option<String> {
        globals
            .profile
            .clone()
            .or_else(|| self.environment.profile.clone())
    }

    /// The profile in force, if one is named or there is a default.
    ///
    /// # Errors
    ///
    /// A name without a profile; files that cannot be read.
    pub(super) fn profile(&self, globals: &Globals) -> Result<Option<Profile>, Failed> {
        let named = self.profile_name(globals);
        let name = named.as_deref().unwrap_or("default");
        let found = self.profiles.profile(name).map_err(Failed::files)?;
        let own = name == "default" && self.target.is_sandbox();
        if found.is_none() && named.is_some() && !own {
            return Err(Failed::no_profile(name));
        }
        Ok(found)
    }

    /// The region in force for a service.
    pub(super) fn region(&self, globals: &Globals, profile: Option<&Profile>) -> Option<String> {
        globals
            .region
            .clone()
            .or_else(|| self.environment.region.clone())
            .or_else(|| profile.and_then(|profile| profile.get("region").map(ToOwned::to_owned)))
            .or_else(|| self.target.region())
    }

    /// The keys of the environment, if it has any.
    ///
    /// # Errors
    ///
    /// Half a key; keys that are no longer good.
    pub(super) fn environment_keys(&self) -> Result<Option<Credentials>, Failed> {
        self.environment
            .keys(self.target.now())
            .map_err(Failed::general)
    }

    /// A client for a service.
    ///
    /// # Errors
    ///
    /// What the AWS CLI says about a profile, credentials or a region that are missing.
    pub(super) async fn client(
        &self,
        globals: &Globals,
        service: Service,
    ) -> Result<Client, Failed> {
        let plan = self.plan(globals, service)?;
        if let Some(known) = self.known(&plan) {
            return Ok(known);
        }
        let client = self.build(&plan).await;
        let mut clients = self
            .clients
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= KEPT {
            clients.remove(0);
        }
        clients.push((plan, client.clone()));
        Ok(client)
    }

    /// The credentials that calls are signed with, if there are any.
    ///
    /// # Errors
    ///
    /// As [`Route::client`], and what comes of asking for them.
    pub(super) async fn credentials(
        &self,
        globals: &Globals,
    ) -> Result<Option<Credentials>, Failed> {
        let plan = self.plan(globals, Service::Iam)?;
        let config = self.config(&plan).await;
        let Some(provider) = config.credentials_provider() else {
            return Ok(None);
        };
        match provider.provide_credentials().await {
            Ok(found) => Ok(Some(found)),
            Err(CredentialsError::CredentialsNotLoaded(_)) => Ok(None),
            Err(why) => Err(Failed::of(Failure::of_credentials(&why), "")),
        }
    }

    /// Everything that tells the client from another.
    fn plan(&self, globals: &Globals, service: Service) -> Result<Plan, Failed> {
        let profile = self.profile(globals)?;
        let endpoint = globals
            .endpoint_url
            .clone()
            .or_else(|| self.target.endpoint().map(str::to_owned));
        let region = match self.region(globals, profile.as_ref()) {
            Some(region) => region,
            // IAM and S3 have a global endpoint in this region.
            None if service == Service::Iam && endpoint.is_some() => {
                return Err(Failed::no_region());
            }
            None if matches!(service, Service::Iam | Service::S3) => "us-east-1".to_owned(),
            None => return Err(Failed::no_region()),
        };
        if !is_region(&region) {
            return Err(Failed::general(format!(
                "Provided region_name '{region}' doesn't match a supported format."
            )));
        }
        if service == Service::S3
            && let Some(profile) = &profile
        {
            s3_settings::check(profile)?;
        }
        if region.is_empty() && service == Service::S3 {
            return Err(Failed::general(
                "Invalid region: region was not a valid DNS name.",
            ));
        }
        let caller = if globals.no_sign_request {
            Caller::Anonymous
        } else {
            self.caller(globals, profile.as_ref())?
        };
        let trusted = self.trusted(globals, profile.as_ref(), endpoint.as_deref())?;
        let retries = self.retries(profile.as_ref())?;
        self.check_settings(profile.as_ref())?;
        Ok(Plan {
            service,
            profile: self.profile_name(globals),
            region,
            endpoint,
            caller,
            timeouts: (
                globals.connect_timeout.unwrap_or(CLI_TIMEOUT),
                globals.read_timeout.unwrap_or(CLI_TIMEOUT),
            ),
            trusted,
            retries,
        })
    }

    /// How often a call is made again. Where nobody says, as the SDK and the AWS CLI do by themselves:
    /// three attempts; a sandbox is asked once.
    ///
    /// # Errors
    ///
    /// The AWS CLI's words for what it cannot use; the SDK would end the program.
    fn retries(&self, profile: Option<&Profile>) -> Result<RetryConfig, Failed> {
        if self.target.is_sandbox() {
            return Ok(RetryConfig::disabled());
        }
        let chosen = |variable: &Option<String>, key: &str| {
            let of_profile = || profile.and_then(|profile| profile.get(key));
            variable.as_deref().or_else(of_profile).map(str::to_owned)
        };
        let mode = chosen(&self.environment.retry_mode, "retry_mode");
        let retries = match mode.as_deref() {
            None | Some("standard") => RetryConfig::standard(),
            Some("adaptive") => RetryConfig::adaptive(),
            Some(other) => {
                return Err(Failed::general(format!(
                    "Invalid value provided to \"mode\": \"{other}\" must be one of: \"standard\" \
                     or \"adaptive\""
                )));
            }
        };
        let Some(attempts) = chosen(&self.environment.max_attempts, "max_attempts") else {
            return Ok(retries);
        };
        let number = python::int(&attempts).ok_or_else(|| {
            Failed::general(format!(
                "invalid literal for int() with base 10: {}",
                python::repr_str(&attempts)
            ))
        })?;
        if number < 1 {
            return Err(Failed::general(format!(
                "Value provided to \"max_attempts\": {number} must be an integer greater than or \
                 equal to one."
            )));
        }
        Ok(retries.with_max_attempts(u32::try_from(number.min(1000)).unwrap_or(1000)))
    }

    /// The certificates that are trusted in place of the machine's own. Where nothing is encrypted
    /// they are not asked for.
    fn trusted(
        &self,
        globals: &Globals,
        profile: Option<&Profile>,
        endpoint: Option<&str>,
    ) -> Result<Option<Trusted>, Failed> {
        let plain = endpoint.is_some_and(|url| url.starts_with("http://"));
        if plain || matches!(self.target, Target::Sandbox { .. }) {
            return Ok(None);
        }
        if globals.no_verify_ssl {
            return Err(Failed::general(
                "rolecall has no `--no-verify-ssl` where calls are encrypted; name the certificate \
                 to trust with --ca-bundle",
            ));
        }
        let named = globals
            .ca_bundle
            .as_deref()
            .or(self.environment.ca_bundle.as_deref())
            .or_else(|| profile.and_then(|profile| profile.get("ca_bundle")));
        named.map(trust::read).transpose()
    }

    fn known(&self, plan: &Plan) -> Option<Client> {
        let clients = self
            .clients
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        clients
            .iter()
            .find(|(known, _)| known == plan)
            .map(|(_, client)| client.clone())
    }

    fn caller(&self, globals: &Globals, profile: Option<&Profile>) -> Result<Caller, Failed> {
        // Variables of the environment count only where the command line names no profile.
        if globals.profile.is_none()
            && let Some(keys) = self.environment_keys()?
        {
            return Ok(Caller::Keys(keys));
        }
        if !self.target.is_sandbox() {
            if let Some(profile) = profile {
                roles::check(self.profiles, profile, self.target.is_sandbox())?;
                let secret = profile.get("aws_secret_access_key");
                let whole = profile.get("aws_access_key_id").or(profile.get("role_arn"));
                if secret.is_some() && whole.is_none() {
                    // Half a key is none for the AWS CLI, and an error for the SDK.
                    return Err(Failed::no_credentials());
                }
            }
            if let Some(profile) = profile
                && let Some(caller) = self.plain_role(profile)?
            {
                return Ok(caller);
            }
            if let Some(profile) = profile
                && profile.get("role_arn").is_none()
                && let Some(keys) = profile.keys().map_err(Failed::partial_credentials)?
            {
                return Ok(Caller::Keys(keys));
            }
            let changed = self.profiles.changed();
            let Some(name) = &globals.profile else {
                return Ok(Caller::Chain(changed));
            };
            return Ok(Caller::Profile(name.clone(), changed));
        }
        if let Some(profile) = profile {
            if let Some(arn) = profile.get("role_arn") {
                return self.role(profile, arn);
            }
            if let Some(keys) = profile.keys().map_err(Failed::partial_credentials)? {
                return Ok(Caller::Keys(keys));
            }
            for unsupported in ["sso_session", "sso_start_url", "credential_process"] {
                if profile.get(unsupported).is_some() {
                    return Err(Failed::general(format!(
                        "profile `{}` uses `{unsupported}`, which the sandbox does not support",
                        profile.name()
                    )));
                }
            }
            if profile.name() != "default" {
                return Err(Failed::no_credentials());
            }
        }
        self.target.administrator().map(Caller::Keys)
    }

    /// The caller of a profile whose role is assumed with the keys that another profile holds. The SDK
    /// by itself heeds no time that is asked for, and names sessions otherwise than the AWS CLI.
    fn plain_role(&self, profile: &Profile) -> Result<Option<Caller>, Failed> {
        let (Some(arn), Some(source), None) = (
            profile.get("role_arn"),
            profile.get("source_profile"),
            profile.get("mfa_serial"),
        ) else {
            return Ok(None);
        };
        let source = self.profiles.profile(source).map_err(Failed::files)?;
        let own = source
            .as_ref()
            .is_some_and(|source| source.name() == profile.name());
        let source = source.filter(|source| own || source.get("role_arn").is_none());
        let keys = source.as_ref().map(Profile::keys).transpose();
        let keys = keys.map_err(Failed::partial_credentials)?.flatten();
        Ok(keys.map(|keys| Caller::Role(keys, Box::new(Role::of(profile, arn)))))
    }

    /// The caller of a profile that assumes a role with another profile's keys.
    fn role(&self, profile: &Profile, arn: &str) -> Result<Caller, Failed> {
        for unsupported in ["credential_source", "web_identity_token_file", "mfa_serial"] {
            if profile.get(unsupported).is_some() {
                return Err(Failed::general(format!(
                    "profile `{}` uses `{unsupported}`, which the sandbox does not support",
                    profile.name()
                )));
            }
        }
        roles::check(self.profiles, profile, self.target.is_sandbox())?;
        let source = profile.get("source_profile").unwrap_or_default();
        let found = self.profiles.profile(source).map_err(Failed::files)?;
        let keys = match &found {
            Some(found) => found.keys().map_err(Failed::partial_credentials)?,
            None if source == "default" => None,
            None => return Err(Failed::no_profile(source)),
        };
        let keys = match keys {
            Some(keys) => keys,
            None if source == "default" => self.target.administrator()?,
            None => {
                return Err(Failed::general(format!(
                    "profile `{source}`, the source of `{}`, has no keys; the sandbox follows \
                     one step of `source_profile`",
                    profile.name()
                )));
            }
        };
        Ok(Caller::Role(keys, Box::new(Role::of(profile, arn))))
    }

    /// The files that the store reads, for the SDK. It fails on a named file that is not there, and
    /// panics where there is no file at all: an empty one stands in.
    fn profile_files(&self) -> EnvConfigFiles {
        let [credentials, config] = self.profiles.paths();
        let mut files = EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, "");
        for (kind, path) in [
            (EnvConfigFileKind::Credentials, credentials),
            (EnvConfigFileKind::Config, config),
        ] {
            if path.exists() {
                files = files.with_file(kind, path);
            }
        }
        files.build()
    }

    /// What the SDK is told: target, region, credentials, timeouts.
    #[inline(never)]
    fn config<'a>(&'a self, plan: &'a Plan) -> Running<'a, SdkConfig> {
        Box::pin(self.told(plan))
    }

    async fn told(&self, plan: &Plan) -> SdkConfig {
        let region = Region::new(plan.region.clone());
        let timeout = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
        let mut timeouts = TimeoutConfig::builder();
        timeouts.set_connect_timeout(timeout(plan.timeouts.0));
        timeouts.set_read_timeout(timeout(plan.timeouts.1));
        let timeouts = timeouts.build();
        let stalls = StalledStreamProtectionConfig::disabled();
        // Built directly for a sandbox: nothing of the user's environment or files is read.
        let direct = || {
            SdkConfig::builder()
                .behavior_version(BehaviorVersion::latest())
                .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
                .region(region.clone())
                .retry_config(plan.retries.clone())
                .timeout_config(timeouts.clone())
                .stalled_stream_protection(stalls.clone())
        };
        let mut config = if let Target::Sandbox { sandbox, clock } = self.target {
            direct()
                .time_source(SharedTimeSource::new(SandboxTime(clock.clone())))
                .http_client(Connector::new(sandbox.clone()))
                .build()
        } else if matches!(self.target, Target::Served { .. }) {
            direct()
                .time_source(SharedTimeSource::new(SystemTimeSource::new()))
                .http_client(tls::Builder::new().build_http())
                .build()
        } else {
            let mut loader = aws_config::defaults(BehaviorVersion::latest())
                .http_client(trust::https(plan.trusted.as_ref()))
                .region(region)
                .retry_config(plan.retries.clone())
                .timeout_config(timeouts)
                .stalled_stream_protection(stalls);
            loader = loader.profile_files(self.profile_files());
            if plan.endpoint.is_some() {
                // The AWS CLI looks for no other kind of endpoint where one is named.
                loader = loader.use_fips(false).use_dual_stack(false);
            }
            if let Some(name) = &plan.profile {
                loader = loader.profile_name(name);
            }
            if plan.caller == Caller::Anonymous {
                loader = loader.no_credentials();
            }
            loader.load().await
        };
        if let Some(provider) = self.provider(plan, &config).await {
            config = config.into_builder().credentials_provider(provider).build();
        }
        if let Some(url) = &plan.endpoint {
            config = config.into_builder().endpoint_url(url).build();
        }
        config
    }

    async fn build(&self, plan: &Plan) -> Client {
        let config = self.config(plan).await;
        let path_style = plan.endpoint.is_some();
        let anonymous = plan.caller == Caller::Anonymous;
        macro_rules! client {
            ($sdk:ident $(, $more:expr)?) => {{
                let mut builder = $sdk::config::Builder::from(&config);
                if anonymous {
                    builder = builder.allow_no_auth();
                }
                // Told to the client itself it counts before one of a file or a variable.
                if let Some(url) = &plan.endpoint {
                    builder = builder.endpoint_url(url);
                }
                $(builder = $more(builder);)?
                $sdk::Client::from_conf(builder.build())
            }};
        }
        match plan.service {
            Service::Sts => Client::Sts(client!(aws_sdk_sts)),
            Service::Iam => Client::Iam(client!(aws_sdk_iam)),
            Service::CloudFormation => Client::CloudFormation(client!(aws_sdk_cloudformation)),
            Service::S3 => Client::S3(client!(
                aws_sdk_s3,
                |builder: aws_sdk_s3::config::Builder| builder
                    .force_path_style(path_style)
                    // What is asked for is said with each call, as the CLI says it.
                    .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            )),
        }
    }

    /// The credentials, unless the SDK's own chain gives them.
    async fn provider(&self, plan: &Plan, config: &SdkConfig) -> Option<SharedCredentialsProvider> {
        match &plan.caller {
            Caller::Anonymous | Caller::Chain(_) => None,
            Caller::Keys(keys) => Some(SharedCredentialsProvider::new(keys.clone())),
            Caller::Role(keys, role) => {
                let mut builder =
                    aws_config::sts::AssumeRoleProvider::builder(&role.arn).configure(config);
                let session = role.session.clone().unwrap_or_else(|| {
                    // In a sandbox it is the same in each run.
                    if self.target.is_sandbox() {
                        "botocore-session-rolecall".to_owned()
                    } else {
                        format!("botocore-session-{}", self.target.now().as_second())
                    }
                });
                builder = builder.session_name(session);
                if let Some(id) = &role.external_id {
                    builder = builder.external_id(id);
                }
                if let Some(seconds) = role.seconds {
                    builder = builder.session_length(Duration::from_secs(seconds));
                }
                let provider = builder.build_from_provider(keys.clone()).await;
                Some(SharedCredentialsProvider::new(provider))
            }
            // A profile that the command line names wins over the variables of the environment.
            Caller::Profile(name, _) => {
                let region = config.region().cloned();
                let own = ProviderConfig::without_region()
                    .with_http_client(trust::https(plan.trusted.as_ref()))
                    .with_region(region);
                Some(SharedCredentialsProvider::new(
                    aws_config::profile::ProfileFileCredentialsProvider::builder()
                        .configure(&own)
                        .profile_name(name)
                        .profile_files(self.profile_files())
                        .build(),
                ))
            }
        }
    }
}

/// Whether a region is one by its form, as botocore's `validate_region_name` has it. An empty one is
/// left to whoever is asked.
fn is_region(name: &str) -> bool {
    let label = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name.is_empty()
        || name.len() < 64
            && name.chars().all(label)
            && !name.starts_with('-')
            && !name.ends_with('-')
            && !name.chars().all(|c| c.is_ascii_digit())
}

fn administrator(sandbox: &Sandbox) -> Result<Credentials, Failed> {
    let account = sandbox.default_account();
    let keys = sandbox
        .administrator(&account)
        .ok_or_else(Failed::no_credentials)?;
    Ok(Credentials::new(
        keys.access_key_id,
        keys.secret_access_key.expose(),
        keys.session_token.map(|token| token.expose().to_owned()),
        None,
        "sandbox administrator",
    ))
}
