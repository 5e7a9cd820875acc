//! `configure set|get|list|list-profiles|import`.

use aws_credential_types::Credentials;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::awscli::{Configure, ExportFormat, Place, PlaceFile, Printed, Style, error};
use crate::secret::Secret;

use super::call::Run;
use super::environment::EXPIRED;
use super::execute::Done;
use super::failed::Failed;
use super::{Event, Profile, ProfileSettings, Target, output};

/// What stands in `configure list` where a setting has no value.
const NOT_SET: &str = "<not set>";

impl Run<'_> {
    /// `configure …`.
    pub(super) fn configure(&mut self, configure: &Configure) -> Result<Done, Failed> {
        match configure {
            Configure::Interactive => Err(Failed::general(
                "rolecall does not ask for settings here; use `aws configure set NAME VALUE`",
            )),
            Configure::Export(_) => Err(Failed::general("credentials are not read here")),
            Configure::Set { name, value } => self.configure_set(name, value),
            Configure::Get { name } => self.configure_get(name),
            Configure::List => Err(Failed::general("settings are not listed here")),
            Configure::Import(profiles) => {
                for imported in profiles {
                    let settings = ProfileSettings {
                        access_key_id: imported.access_key_id.clone(),
                        secret_access_key: imported.secret_access_key.clone(),
                        ..ProfileSettings::default()
                    };
                    let created = self
                        .session
                        .profiles
                        .write_profile(&imported.profile, &settings)
                        .map_err(Failed::files)?;
                    self.observer.observe(Event::ProfileWritten {
                        profile: imported.profile.clone(),
                        created,
                    });
                }
                self.print(&format!(
                    "Successfully imported {} profile(s)\n",
                    profiles.len()
                ));
                Ok(Done::default())
            }
            Configure::ListProfiles => {
                let names = self.session.profiles.names().map_err(Failed::files)?;
                for name in names {
                    self.print(&format!("{name}\n"));
                }
                Ok(Done::default())
            }
        }
    }

    /// `configure export-credentials`.
    pub(super) async fn export(&mut self, format: ExportFormat) -> Result<Done, Failed> {
        let found = self.session.route().credentials(self.globals).await;
        let unable = |why: &str| {
            let message = format!("Unable to retrieve credentials: {why}");
            Failed::local(Some("Configuration"), message, error::EXIT_CONFIGURATION)
        };
        let keys = match found {
            Ok(Some(keys)) => keys,
            Ok(None) => return Err(unable("no credentials found")),
            Err(why) if why.code() == Some("NoCredentials") => {
                return Err(unable("no credentials found"));
            }
            // There are some, and that they are too old is found when they are read.
            Err(why) if why.text() == EXPIRED => return Err(why),
            // So is that a role cannot be assumed.
            Err(why @ Failed::Service(_)) => return Err(why),
            Err(why) if why.code() == Some("ParamValidation") => return Err(why),
            Err(why) => {
                // A profile that is not there is no matter of the configuration's code.
                let route = self.session.route();
                let code = route.profile(self.globals).ok().map(|_| "Configuration");
                let message = format!("Unable to retrieve credentials: {}", why.text());
                return Err(Failed::local(code, message, error::EXIT_CONFIGURATION));
            }
        };
        let mut members = Map::new();
        members.insert("Version".into(), 1.into());
        members.insert("AccessKeyId".into(), keys.access_key_id().into());
        members.insert("SecretAccessKey".into(), keys.secret_access_key().into());
        if let Some(token) = keys.session_token() {
            members.insert("SessionToken".into(), token.into());
        }
        if let Some(expires) = keys.expiry().and_then(|at| Timestamp::try_from(at).ok()) {
            members.insert("Expiration".into(), output::iso(expires).into());
        }
        Ok(Done {
            stdout: Printed {
                value: Value::Object(members),
                style: Style::Exported(format),
                ..Printed::default()
            },
            ..Done::default()
        })
    }

    fn configured_profile(&self) -> Option<String> {
        let named = self.globals.profile.clone();
        named.or_else(|| self.session.environment.profile.clone())
    }

    fn configure_set(&mut self, name: &str, value: &Secret) -> Result<Done, Failed> {
        let place = Place::of(name, self.configured_profile().as_deref());
        let created = self
            .session
            .profiles
            .set(&place, value)
            .map_err(Failed::files)?;
        let profile = match place.file {
            PlaceFile::Credentials => place.section,
            PlaceFile::Config => super::profiles::profile_of(&place.section).unwrap_or_default(),
        };
        self.observer
            .observe(Event::ProfileWritten { profile, created });
        Ok(Done::default())
    }

    fn configure_get(&mut self, name: &str) -> Result<Done, Failed> {
        let profiles = &self.session.profiles;
        let current = self.configured_profile();
        let current = current.as_deref().unwrap_or("default");
        let known = profiles.names().map_err(Failed::files)?;
        let parts: Vec<&str> = name.split('.').collect();
        let (profile, setting) = match parts.as_slice() {
            ["profile", profile, rest @ ..] => (*profile, rest),
            [first, rest @ ..]
                if !rest.is_empty()
                    && (*first == "default" || known.iter().any(|name| name == first)) =>
            {
                (*first, rest)
            }
            rest => (current, rest),
        };
        let named = self.configured_profile();
        let explicit = profile == current && named.is_some();
        if explicit && !known.iter().any(|name| name == profile) && profile != "default" {
            return Err(Failed::no_profile(profile));
        }
        let found = profiles.profile(profile).map_err(Failed::files)?;
        let setting = setting.join(".");
        if found.as_ref().is_some_and(|found| found.holds(&setting)) {
            let message =
                format!("varname ({name}) must reference a value, not a section or sub-section.");
            return Err(Failed::bare(message, 1, None));
        }
        let value = found.and_then(|found| found.get(&setting).map(ToOwned::to_owned));
        match value {
            Some(value) => {
                self.print(&format!("{value}\n"));
                Ok(Done::default())
            }
            None => Ok(Done {
                exit: 1,
                ..Done::default()
            }),
        }
    }

    /// Who is asked for a profile's keys, if they are not its own, and it is named where calls go.
    fn elsewhere(&self, profile: &Profile) -> Option<&'static str> {
        if !matches!(self.session.target, Target::Endpoint(_)) {
            return None;
        }
        let has = |setting: &str| profile.get(setting).is_some();
        if has("role_arn") {
            return Some("assume-role");
        }
        (has("credential_process") && !has("aws_access_key_id")).then_some("custom-process")
    }

    /// `configure list`.
    pub(super) async fn configure_list(&mut self) -> Result<Done, Failed> {
        let route = self.session.route();
        let environment = &self.session.environment;
        let row = |name: &str, (value, kind, place): (&str, &str, &str)| {
            format!("{name:<10} : {value:<24} : {kind:<16} : {place}\n")
        };
        let none = (NOT_SET, "None", "None");
        let mut out = row("NAME", ("VALUE", "TYPE", "LOCATION"));
        out += &row(
            "profile",
            match (&self.globals.profile, &environment.profile) {
                (Some(name), _) => (name.as_str(), "manual", "--profile"),
                (None, Some(name)) => (
                    name.as_str(),
                    "env",
                    "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']",
                ),
                (None, None) => none,
            },
        );
        // What is known so far is printed even where the profile is not there.
        self.print(&out);
        let profile = route.profile(self.globals)?;
        let masked = |value: &str| {
            let all: Vec<char> = value.chars().collect();
            let kept: String = all.iter().skip(all.len().saturating_sub(4)).collect();
            format!("****************{kept}")
        };
        let of_profile = |profile: &Profile| -> Result<_, Failed> {
            let keys = profile.keys().map_err(Failed::partial_credentials)?;
            Ok(keys.map(|keys| (keys, profile.method())))
        };
        let of_environment = match &self.globals.profile {
            Some(_) => None,
            None => route.environment_keys()?,
        };
        let keys = match (of_environment, &profile) {
            (Some(keys), _) => Some((keys, "env")),
            (None, Some(profile)) => match self.elsewhere(profile) {
                Some(method) => {
                    let found = route.credentials(self.globals).await?;
                    found.map(|keys| (keys, method))
                }
                None => of_profile(profile)?,
            },
            (None, None) => None,
        };
        let key = |shown: &str, value: fn(&Credentials) -> &str| match &keys {
            Some((keys, method)) => row(shown, (&masked(value(keys)), method, "")),
            None => row(shown, none),
        };
        let mut out = key("access_key", Credentials::access_key_id);
        out += &key("secret_key", Credentials::secret_access_key);
        let config = self.session.profiles.named();
        let stored = profile.as_ref().and_then(|profile| profile.get("region"));
        out += &row(
            "region",
            match (&environment.region, stored) {
                (Some(region), _) => (
                    region.as_str(),
                    "env",
                    "['AWS_REGION', 'AWS_DEFAULT_REGION']",
                ),
                (None, Some(region)) => (region, "config-file", config),
                (None, None) => none,
            },
        );
        self.print(&out);
        Ok(Done::default())
    }
}
