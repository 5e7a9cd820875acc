//! An open lab: the world that its commands run in, the profiles they use, and where it is saved.

mod folder;
mod profiles;
mod saved;
#[cfg(test)]
mod tests;
mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::folder::WorkFolder;
use self::profiles::Ending;
use self::saved::{Saved, load, set_aside};
pub use self::saved::{peek, peek_in};
use self::undo::Kept;
use super::state::{LabFile, StateError};
use crate::app::{Checkpoint, Progress, Ticket};
use crate::aws::{self, Pause, ProfileStore, RealPause, SandboxPause, Session};
use crate::awscli::Files;
use crate::lesson::LessonFiles;
use crate::sandbox::{Clock, LoadError, Sandbox, Settings};

/// The longest wait between two looks at a stack, where a person watches.
const LOOK: Duration = Duration::from_millis(500);

/// How time goes by for commands that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As it does.
    Real,
    /// On the sandbox, waiting moves the sandbox's clock and takes no time.
    Skipping,
}

/// Why a lab cannot be opened, saved or set back.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Its file.
    #[error(transparent)]
    State(#[from] StateError),
    /// Its folder of files.
    #[error("cannot prepare the lab's files: {0}")]
    Files(#[from] io::Error),
    /// The files of profiles.
    #[error(transparent)]
    Profiles(#[from] aws::ProfileError),
    /// The sandbox.
    #[error("cannot write the sandbox's world: {0}")]
    World(#[from] serde_json::Error),
    /// A remembered world.
    #[error(transparent)]
    Damaged(#[from] LoadError),
    /// No randomness.
    #[error("cannot get random numbers from the system: {0}")]
    Random(String),
    /// Gone, or made by another run of the program.
    #[error("there is no memory of that state any more")]
    NoCheckpoint,
}

/// An open lab.
#[derive(Debug)]
pub struct OpenLab {
    session: Session,
    sandbox: Option<Arc<Sandbox>>,
    clock: Arc<dyn Clock>,
    /// The lesson's files and, with a sandbox, the profiles. Removed with the lab.
    folder: WorkFolder,
    file: Option<LabFile>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The learner's progress as it was last read or written.
    progress: Progress,
    checkpoints: BTreeMap<Ticket, Arc<Kept>>,
    made: BTreeSet<String>,
    endings: Option<[Ending; 2]>,
}

/// A lab with what it was left with.
#[derive(Debug)]
pub struct Resumed {
    /// The lab.
    pub lab: OpenLab,
    /// How far the learner was.
    pub progress: Progress,
    /// What can still be undone, the latest last.
    pub history: Vec<Checkpoint>,
    /// What there is to tell.
    pub notice: Option<String>,
}

/// What a lab is made of.
#[derive(Debug)]
pub struct Parts {
    /// Where it is saved; not at all where `None`.
    pub file: Option<LabFile>,
    /// What the sandbox and signatures take the time from.
    pub clock: Arc<dyn Clock>,
    /// How commands wait.
    pub pace: Pace,
}

impl OpenLab {
    /// Opens a lab on a sandbox of its own.
    ///
    /// # Errors
    ///
    /// What the disk says. A file that is damaged is set aside, with a notice.
    pub fn on_sandbox(parts: Parts) -> Result<Resumed, LabError> {
        let Parts { file, clock, pace } = parts;
        let (saved, mut notice) = load(file.as_ref())?;
        let mut sandbox = None;
        let mut saved = saved;
        if let Some(world) = saved.as_ref().and_then(|saved| saved.sandbox.as_ref()) {
            match Sandbox::load(world.get().as_bytes(), clock.clone()) {
                Ok(world) => sandbox = Some(world),
                Err(error) => {
                    if let Some(file) = &file {
                        let path = file.set_aside()?;
                        notice = Some(set_aside(&path, &error.to_string()));
                    }
                    saved = None;
                }
            }
        }
        let sandbox = Arc::new(match sandbox {
            Some(sandbox) => sandbox,
            None => new_sandbox(clock.clone())?,
        });
        let folder = WorkFolder::of_user()?;
        let profiles = ProfileStore::new(
            folder.path().join(".aws/credentials"),
            folder.path().join(".aws/config"),
        );
        let pause: Arc<dyn Pause> = match pace {
            Pace::Real => Arc::new(RealPause { at_most: LOOK }),
            Pace::Skipping => Arc::new(SandboxPause(sandbox.clone())),
        };
        let target = aws::Target::Sandbox {
            sandbox: sandbox.clone(),
            clock: clock.clone(),
        };
        let session = Session::new(
            target,
            profiles,
            aws::Environment::default(),
            folder.path(),
            pause,
        );
        let lab = Self {
            session,
            sandbox: Some(sandbox),
            clock,
            folder,
            file,
            memory: Mutex::default(),
        };
        let Saved {
            progress,
            profiles,
            checkpoints,
            ..
        } = saved.unwrap_or_else(Saved::nothing);
        lab.write_profiles(&profiles)?;
        let history = checkpoints
            .iter()
            .map(|kept| kept.checkpoint.clone())
            .collect();
        {
            let mut memory = lab.memory();
            memory.progress = progress.clone();
            memory.checkpoints = checkpoints
                .into_iter()
                .map(|kept| (kept.checkpoint.ticket, kept))
                .collect();
        }
        Ok(Resumed {
            lab,
            progress,
            history,
            notice,
        })
    }

    /// Opens a lab on an account or endpoint, with the learner's own profiles.
    ///
    /// # Errors
    ///
    /// What the disk says. A file that is damaged is set aside, with a notice.
    pub fn on_target(
        parts: Parts,
        target: aws::Target,
        profiles: ProfileStore,
        environment: aws::Environment,
    ) -> Result<Resumed, LabError> {
        let Parts { file, clock, .. } = parts;
        let (saved, notice) = load(file.as_ref())?;
        let folder = WorkFolder::of_user()?;
        let pause = Arc::new(RealPause { at_most: LOOK });
        let session = Session::new(target, profiles, environment, folder.path(), pause);
        let Saved {
            progress,
            made,
            endings,
            ..
        } = saved.unwrap_or_else(Saved::nothing);
        let lab = Self {
            session,
            sandbox: None,
            clock,
            folder,
            file,
            memory: Mutex::new(Memory {
                progress: progress.clone(),
                made,
                endings,
                ..Memory::default()
            }),
        };
        lab.disown_absent_profiles();
        Ok(Resumed {
            lab,
            progress,
            history: Vec::new(),
            notice,
        })
    }

    /// Where its commands run.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Its sandbox, if that is what it runs on.
    #[must_use]
    pub fn sandbox(&self) -> Option<&Arc<Sandbox>> {
        self.sandbox.as_ref()
    }

    /// The folder of its files, which is removed with it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the lesson's files where commands find them by name.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn put_files(&self, files: LessonFiles<'_>) -> io::Result<()> {
        for name in files.lesson.contents.keys() {
            // A file that has a variable without a value cannot be used yet.
            let Ok(contents) = files.read(name) else {
                continue;
            };
            let path = self.folder.path().join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, contents)?;
        }
        Ok(())
    }
}

fn new_sandbox(clock: Arc<dyn Clock>) -> Result<Sandbox, LabError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| LabError::Random(error.to_string()))?;
    Ok(Sandbox::new(Settings::new(seed, clock)))
}
