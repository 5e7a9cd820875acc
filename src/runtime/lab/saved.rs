//! The lab's file: what outlives the program.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::profiles::{Ending, ProfileTexts};
use super::undo::Kept;
use super::{LabError, OpenLab};
use crate::app::Progress;
use crate::lesson::World;
use crate::runtime::state::{LabFile, Loaded, Store};

/// A lab's file: what outlives the program.
#[derive(Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) progress: Progress,
    /// The sandbox's world, as the sandbox writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sandbox: Option<Box<RawValue>>,
    /// The lab's own profiles, as the AWS CLI's two files. Only with a sandbox.
    #[serde(default)]
    pub(super) profiles: ProfileTexts,
    /// What can be undone, the latest last. Only with a sandbox.
    #[serde(default)]
    pub(super) checkpoints: Vec<Arc<Kept>>,
    /// Profiles in the learner's files that this lab made. Not with a sandbox.
    #[serde(default)]
    pub(super) made: BTreeSet<String>,
    /// How the learner's files ended before.
    #[serde(default)]
    pub(super) endings: Option<[Ending; 2]>,
}

impl Saved {
    pub(super) fn nothing() -> Self {
        Self {
            progress: Progress::default(),
            sandbox: None,
            profiles: ProfileTexts::default(),
            checkpoints: Vec::new(),
            made: BTreeSet::new(),
            endings: None,
        }
    }
}

impl OpenLab {
    /// Writes the lab's file, if it has one: [`OpenLab::written`] and [`OpenLab::write`].
    ///
    /// # Errors
    ///
    /// What the disk says; the old file is whole then.
    pub fn save(&self, progress: Progress) -> Result<(), LabError> {
        match self.written(progress)? {
            Some(contents) => self.write(&contents),
            None => Ok(()),
        }
    }

    /// What the lab's file is to hold at this moment; `None` where it has no file.
    ///
    /// # Errors
    ///
    /// Profiles that cannot be read.
    pub fn written(&self, progress: Progress) -> Result<Option<Vec<u8>>, LabError> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let mut saved = {
            let mut memory = self.memory();
            memory.progress = progress.clone();
            Saved {
                progress,
                made: memory.made.clone(),
                endings: memory.endings.clone(),
                checkpoints: memory.checkpoints.values().cloned().collect(),
                ..Saved::nothing()
            }
        };
        if let Some(sandbox) = &self.sandbox {
            saved.sandbox = Some(RawValue::from_string(self.world(sandbox)?)?);
            saved.profiles = self.read_profiles()?;
        }
        Ok(Some(file.form(&saved)?))
    }

    /// Writes what the lab's file is to hold, and waits for the disk.
    ///
    /// # Errors
    ///
    /// What the disk says; the old file is whole then.
    pub fn write(&self, contents: &[u8]) -> Result<(), LabError> {
        match &self.file {
            Some(file) => Ok(file.write(contents)?),
            None => Ok(()),
        }
    }
}

/// How far the learner was in a lab, if it was ever saved.
#[must_use]
pub fn peek(store: &Store, lesson: &str, world: World) -> Option<Progress> {
    peek_in(store, lesson, world, "")
}

/// As [`peek`], of the lab on an account.
#[must_use]
pub fn peek_in(store: &Store, lesson: &str, world: World, account: &str) -> Option<Progress> {
    #[derive(Deserialize)]
    struct Part {
        progress: Progress,
    }
    store
        .peek(lesson, world, account)
        .map(|Part { progress }| progress)
}

pub(super) fn load(file: Option<&LabFile>) -> Result<(Option<Saved>, Option<String>), LabError> {
    Ok(match file.map(LabFile::load::<Saved>).transpose()? {
        None | Some(Loaded::Fresh) => (None, None),
        Some(Loaded::Restored(saved)) => (Some(saved), None),
        Some(Loaded::SetAside { path, reason }) => (None, Some(set_aside(&path, &reason))),
    })
}

pub(super) fn set_aside(path: &Path, reason: &str) -> String {
    format!(
        "the lab's file could not be read ({reason}); it is kept as `{}`, and the lab begins \
         afresh",
        path.display()
    )
}
