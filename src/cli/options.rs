//! Options that several subcommands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::lesson::{Catalogue, ReadError};

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
