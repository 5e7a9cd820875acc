//! Options that several subcommands take.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::aws::{Environment, ProfileStore};
use crate::lesson::{Catalogue, ReadError, World};
use crate::runtime::clock::System;
use crate::runtime::config::{Config, Flags, Theme};
use crate::runtime::effects::Settings;
use crate::runtime::lab::Pace;
use crate::runtime::state::Store;

/// What the lab runs on and which lessons there are.
#[derive(Debug, Clone, Default, Args)]
pub struct LabOptions {
    /// What the commands run on
    #[arg(long, value_enum, default_value_t, conflicts_with = "endpoint_url")]
    pub target: TargetKind,
    /// Run on this endpoint: the address of any server that speaks AWS's API
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// The profile whose credentials the lesson's administrator commands use; not on the sandbox
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// The region; by default that of the profile or `AWS_REGION`, on the sandbox us-east-1
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// Which lessons there are.
    #[command(flatten)]
    pub lessons: LessonOptions,
}

/// How the screens look.
#[derive(Debug, Clone, Default, Args)]
pub struct ScreenOptions {
    /// The colours: auto, dark, light, contrast, safe (for every colour vision), mono
    ///
    /// With auto the terminal is asked whether it is dark or light.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(Theme::names()))]
    pub theme: Option<String>,
}

impl ScreenOptions {
    /// What is in force, from flags, environment and the config file.
    ///
    /// # Errors
    ///
    /// What is wrong with the config file or a variable.
    pub fn config(&self, lessons: &LessonOptions) -> Result<Config, String> {
        let flags = Flags {
            theme: self.theme.as_deref().and_then(Theme::named),
            lessons: lessons.folder.clone(),
        };
        Config::read(&flags, |name| std::env::var(name).ok()).map_err(|error| error.to_string())
    }
}

/// Which lessons there are.
#[derive(Debug, Clone, Default, Args)]
pub struct LessonOptions {
    /// Also load the lessons of a folder; one takes the place of a built-in one with its id
    #[arg(long = "lessons", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// What the commands run on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TargetKind {
    /// An AWS inside this program: no account, no network
    #[default]
    Sandbox,
    /// A real AWS account, by the usual credentials
    Aws,
}

impl LabOptions {
    /// What effects need to know, from the options and the environment.
    ///
    /// # Errors
    ///
    /// Options that make no sense together, or no home folder.
    pub fn settings(&self, store: Option<Store>, pace: Pace) -> Result<Settings, String> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (world, endpoint) = match (&self.endpoint_url, self.target) {
            (Some(url), _) => (World::Endpoint, Some(url.clone())),
            (None, TargetKind::Sandbox) => (World::Sandbox, None),
            // The SDK would follow this variable: then it is no AWS account.
            (None, TargetKind::Aws) => match variable("AWS_ENDPOINT_URL") {
                Some(url) => (World::Endpoint, Some(url)),
                None => (World::Account, None),
            },
        };
        if let Some(url) = &endpoint
            && !(url.starts_with("http://") || url.starts_with("https://"))
        {
            return Err(format!(
                "`{url}` is no address of an endpoint: it begins with http:// or https://"
            ));
        }
        if world == World::Sandbox
            && let Some(profile) = &self.profile
        {
            return Err(format!(
                "the sandbox has an administrator of its own: take `--profile {profile}` out, or \
                 add `--target aws`"
            ));
        }
        let mut environment = Environment::read(variable);
        if let Some(region) = &self.region {
            environment.region = Some(region.clone());
        }
        if let Some(profile) = &self.profile {
            environment.profile = Some(profile.clone());
        }
        let home = match etcetera::home_dir() {
            Ok(home) => home,
            // The sandbox has profiles of its own.
            Err(_) if world == World::Sandbox => PathBuf::new(),
            Err(_) => return Err("cannot find your home folder: set `HOME`".to_owned()),
        };
        Ok(Settings {
            world,
            endpoint,
            profile: self.profile.clone(),
            environment,
            profiles: ProfileStore::of_user(variable, &home),
            store,
            clock: Arc::new(System),
            pace,
        })
    }
}

impl LessonOptions {
    /// The lessons.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read.
    pub fn catalogue(&self) -> Result<Catalogue, ReadError> {
        match &self.folder {
            Some(folder) => Catalogue::with_folder(folder),
            None => Ok(Catalogue::embedded()),
        }
    }
}
