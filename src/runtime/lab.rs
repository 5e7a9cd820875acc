//! An open lab: the world that its commands run in, the profiles they use, and where it is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tempfile::TempDir;

use super::state::{LabFile, Loaded, StateError, write_whole};
use crate::app::{Progress, Ticket};
use crate::aws::{self, Pause, ProfileStore, RealPause, SandboxPause, Session};
use crate::awscli::Files;
use crate::lesson::LessonFiles;
use crate::sandbox::{Clock, Sandbox, Settings, Snapshot};
use crate::secret::Secret;

/// Checkpoints that are kept; older ones cannot be returned to.
const MOST_CHECKPOINTS: usize = 64;

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
    /// The sandbox.
    #[error("cannot write the sandbox's world: {0}")]
    World(#[from] serde_json::Error),
    /// No randomness.
    #[error("cannot get random numbers from the system: {0}")]
    Random(String),
    /// Gone, or made by another run of the program.
    #[error("there is no memory of that state any more")]
    NoCheckpoint,
}

/// A lab's file: what outlives the program.
#[derive(Serialize, Deserialize)]
struct Saved {
    progress: Progress,
    /// The sandbox's world, as the sandbox writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sandbox: Option<Box<RawValue>>,
    /// The lab's own profiles, as the AWS CLI's two files. Only with a sandbox.
    #[serde(default)]
    profiles: ProfileTexts,
    /// Profiles in the learner's files that this lab made. Not with a sandbox.
    #[serde(default)]
    made: BTreeSet<String>,
}

/// The AWS CLI's two files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct ProfileTexts {
    credentials: Secret,
    config: Secret,
}

/// An open lab.
#[derive(Debug)]
pub struct OpenLab {
    session: Session,
    sandbox: Option<Arc<Sandbox>>,
    clock: Arc<dyn Clock>,
    /// The lesson's files and, with a sandbox, the profiles. Removed with the lab.
    folder: TempDir,
    file: Option<LabFile>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    checkpoints: BTreeMap<Ticket, (Snapshot, ProfileTexts)>,
    made: BTreeSet<String>,
}

/// A lab with what it was left with.
#[derive(Debug)]
pub struct Resumed {
    /// The lab.
    pub lab: OpenLab,
    /// How far the learner was.
    pub progress: Progress,
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
        let folder = tempfile::Builder::new().prefix("rolecall-").tempdir()?;
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
            progress, profiles, ..
        } = saved.unwrap_or_else(Saved::nothing);
        lab.write_profiles(&profiles)?;
        Ok(Resumed {
            lab,
            progress,
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
        let folder = tempfile::Builder::new().prefix("rolecall-").tempdir()?;
        let pause = Arc::new(RealPause { at_most: LOOK });
        let session = Session::new(target, profiles, environment, folder.path(), pause);
        let Saved { progress, made, .. } = saved.unwrap_or_else(Saved::nothing);
        let lab = Self {
            session,
            sandbox: None,
            clock,
            folder,
            file,
            memory: Mutex::new(Memory {
                made,
                ..Memory::default()
            }),
        };
        Ok(Resumed {
            lab,
            progress,
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

    /// Whether the lab may write a profile: on the learner's own files, only one that it made
    /// itself.
    #[must_use]
    pub fn may_write_profile(&self, name: &str) -> bool {
        self.sandbox.is_some()
            || self.memory().made.contains(name)
            || matches!(self.session.profiles().profile(name), Ok(None))
    }

    /// Remembers that a profile is the lab's own.
    pub fn made_profile(&self, name: &str) {
        self.memory().made.insert(name.to_owned());
    }

    /// Removes a profile, if it is the lab's own. Says whether there was one.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn remove_profile(&self, name: &str) -> Result<bool, aws::ProfileError> {
        let own = self.sandbox.is_some() || self.memory().made.contains(name);
        if !own {
            return Ok(false);
        }
        let removed = self.session.profiles().remove(name)?;
        self.memory().made.remove(name);
        Ok(removed)
    }

    /// Remembers the sandbox's world as it is now. Elsewhere there is nothing to remember.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn checkpoint(&self, ticket: Ticket) -> Result<(), LabError> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(());
        };
        let state = (sandbox.snapshot(), self.read_profiles()?);
        let mut memory = self.memory();
        memory.checkpoints.insert(ticket, state);
        while memory.checkpoints.len() > MOST_CHECKPOINTS {
            memory.checkpoints.pop_first();
        }
        Ok(())
    }

    /// Makes the sandbox's world what it was.
    ///
    /// # Errors
    ///
    /// A checkpoint that is not there, or what the disk says.
    pub fn restore(&self, ticket: Ticket) -> Result<(), LabError> {
        let memory = self.memory();
        let (Some(sandbox), Some((world, profiles))) =
            (&self.sandbox, memory.checkpoints.get(&ticket))
        else {
            return Err(LabError::NoCheckpoint);
        };
        sandbox.restore(world);
        self.write_profiles(profiles)
    }

    /// Begins the sandbox afresh.
    ///
    /// # Errors
    ///
    /// What the disk says, or no sandbox.
    pub fn empty(&self) -> Result<(), LabError> {
        let sandbox = self.sandbox.as_ref().ok_or(LabError::NoCheckpoint)?;
        let fresh = new_sandbox(self.clock.clone())?;
        sandbox.restore(&fresh.snapshot());
        self.memory().checkpoints.clear();
        self.write_profiles(&ProfileTexts::default())
    }

    /// Writes the lab's file, if it has one.
    ///
    /// # Errors
    ///
    /// What the disk says; the old file is whole then.
    pub fn save(&self, progress: Progress) -> Result<(), LabError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let mut saved = Saved {
            progress,
            made: self.memory().made.clone(),
            ..Saved::nothing()
        };
        if let Some(sandbox) = &self.sandbox {
            let world = String::from_utf8_lossy(&sandbox.save()?).into_owned();
            saved.sandbox = Some(RawValue::from_string(world)?);
            saved.profiles = self.read_profiles()?;
        }
        Ok(file.save(&saved)?)
    }

    fn read_profiles(&self) -> Result<ProfileTexts, LabError> {
        let [credentials, config] =
            self.session
                .profiles()
                .paths()
                .map(|path| match fs::read_to_string(path) {
                    Ok(text) => Ok(Secret::new(text)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Secret::default()),
                    Err(error) => Err(error),
                });
        Ok(ProfileTexts {
            credentials: credentials?,
            config: config?,
        })
    }

    /// Makes the lab's own two files what they were. Never called with the learner's files.
    fn write_profiles(&self, texts: &ProfileTexts) -> Result<(), LabError> {
        let pairs = self.session.profiles().paths();
        for (path, text) in pairs.into_iter().zip([&texts.credentials, &texts.config]) {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            write_whole(path, text.expose().as_bytes())?;
        }
        Ok(())
    }
}

impl Saved {
    fn nothing() -> Self {
        Self {
            progress: Progress::default(),
            sandbox: None,
            profiles: ProfileTexts::default(),
            made: BTreeSet::new(),
        }
    }
}

fn load(file: Option<&LabFile>) -> Result<(Option<Saved>, Option<String>), LabError> {
    Ok(match file.map(LabFile::load::<Saved>).transpose()? {
        None | Some(Loaded::Fresh) => (None, None),
        Some(Loaded::Restored(saved)) => (Some(saved), None),
        Some(Loaded::SetAside { path, reason }) => (None, Some(set_aside(&path, &reason))),
    })
}

fn set_aside(path: &std::path::Path, reason: &str) -> String {
    format!(
        "the lab's file could not be read ({reason}); it is kept as `{}`, and the lab begins \
         afresh",
        path.display()
    )
}

fn new_sandbox(clock: Arc<dyn Clock>) -> Result<Sandbox, LabError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| LabError::Random(error.to_string()))?;
    Ok(Sandbox::new(Settings::new(seed, clock)))
}
