//! `configure set|get|list|list-profiles|import`.

use crate::awscli::{Configure, Place, PlaceFile};
use crate::secret::Secret;

use super::call::Run;
use super::execute::Done;
use super::failed::Failed;
use super::{Event, ProfileSettings};

/// What stands in `configure list` where a setting has no value.
const NOT_SET: &str = "<not set>";

impl Run<'_> {
    /// `configure …`.
    pub(super) fn configure(&mut self, configure: &Configure) -> Result<Done, Failed> {
        match configure {
            Configure::Interactive => Err(Failed::general(
                "rolecall does not ask for settings here; use `aws configure set NAME VALUE`",
            )),
            Configure::Set { name, value } => self.configure_set(name, value),
            Configure::Get { name } => self.configure_get(name),
            Configure::List => self.configure_list(),
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
        let explicit = profile == current && self.globals.profile.is_some();
        if explicit && !known.iter().any(|name| name == profile) && profile != "default" {
            return Err(Failed::no_profile(profile));
        }
        let found = profiles.profile(profile).map_err(Failed::files)?;
        let value = found.and_then(|found| {
            let setting = setting.join(".");
            found.get(&setting).map(ToOwned::to_owned)
        });
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

    fn configure_list(&mut self) -> Result<Done, Failed> {
        let route = self.session.route();
        let profile = route.profile(self.globals)?;
        let environment = &self.session.environment;
        let config = self.session.profiles.paths()[1].display().to_string();
        let none = || (NOT_SET.to_owned(), "None".to_owned(), "None".to_owned());
        let named = match (&self.globals.profile, &environment.profile) {
            (Some(name), _) => (name.clone(), "manual".into(), "--profile".into()),
            (None, Some(name)) => (
                name.clone(),
                "env".into(),
                "['AWS_DEFAULT_PROFILE', 'AWS_PROFILE']".into(),
            ),
            (None, None) => none(),
        };
        let masked = |value: &str| {
            let kept: String = {
                let all: Vec<char> = value.chars().collect();
                all.iter().skip(all.len().saturating_sub(4)).collect()
            };
            format!("****************{kept}")
        };
        let from_environment =
            self.globals.profile.is_none() && environment.secret_access_key.is_some();
        let key = |name: &str| {
            let stored = profile.as_ref().and_then(|profile| profile.get(name));
            match (&environment.access_key_id, stored) {
                (Some(id), _) if from_environment => {
                    let secret = environment.secret_access_key.as_ref();
                    let shown = if name == "aws_access_key_id" {
                        id
                    } else {
                        secret.map_or("", Secret::expose)
                    };
                    (masked(shown), "env".to_owned(), String::new())
                }
                (_, Some(value)) => (
                    masked(value),
                    "shared-credentials-file".to_owned(),
                    String::new(),
                ),
                _ => none(),
            }
        };
        let (access_key, secret_key) = (key("aws_access_key_id"), key("aws_secret_access_key"));
        let region = match (&self.globals.region, &environment.region, &profile) {
            (Some(region), ..) => (region.clone(), "manual".into(), "--region".into()),
            (None, Some(region), _) => (region.clone(), "env".into(), "AWS_DEFAULT_REGION".into()),
            (None, None, profile) => match profile.as_ref().and_then(|found| found.get("region")) {
                Some(region) => (region.to_owned(), "config-file".into(), config),
                None => none(),
            },
        };
        let rows = [
            ("Name", ("Value".into(), "Type".into(), "Location".into())),
            ("----", ("-----".into(), "----".into(), "--------".into())),
            ("profile", named),
            ("access_key", access_key),
            ("secret_key", secret_key),
            ("region", region),
        ];
        for (name, (value, kind, place)) in rows {
            self.print(&format!("{name:>10} {value:>24} {kind:>16}    {place}\n"));
        }
        Ok(Done::default())
    }
}
