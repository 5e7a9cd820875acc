//! An open lab: the world that its commands run in, the profiles they use, and where it is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tempfile::TempDir;

use super::state::{LabFile, Loaded, StateError, Store, write_whole};
use crate::app::{Checkpoint, Progress, Ticket};
use crate::aws::{self, Pause, ProfileStore, RealPause, SandboxPause, Session};
use crate::awscli::Files;
use crate::lesson::{LessonFiles, World};
use crate::sandbox::{Clock, LoadError, Sandbox, Settings};
use crate::secret::Secret;

/// Checkpoints that are kept; older ones cannot be returned to.
const MOST_CHECKPOINTS: usize = 64;

/// Bytes that the worlds of checkpoints may take in all. The latest is kept however large it is.
const MOST_CHECKPOINT_BYTES: usize = 32 * 1024 * 1024;

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
    /// What can be undone, the latest last. Only with a sandbox.
    #[serde(default)]
    checkpoints: Vec<Arc<Kept>>,
    /// Profiles in the learner's files that this lab made. Not with a sandbox.
    #[serde(default)]
    made: BTreeSet<String>,
    /// How the learner's files ended before.
    #[serde(default)]
    endings: Option<[Ending; 2]>,
}

/// The white space at the end of a file: new sections are set off by an empty line, which has to
/// go with them. `None` where there was no file.
type Ending = Option<String>;

/// The AWS CLI's two files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct ProfileTexts {
    credentials: Secret,
    config: Secret,
}

/// A checkpoint with its world.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    checkpoint: Checkpoint,
    /// The sandbox's world then, as the sandbox writes it.
    world: Secret,
    profiles: ProfileTexts,
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
        let folder = tempfile::Builder::new().prefix("rolecall-").tempdir()?;
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

    /// Whether the lab may write a profile: on the learner's own files, only one that it made
    /// itself. To be asked before each write. A profile that is about to be made is written down
    /// as the lab's own first, so that one that is killed in between still knows.
    ///
    /// # Errors
    ///
    /// What the disk says; the profile must not be written then.
    pub fn claim_profile(&self, name: &str) -> Result<bool, LabError> {
        if self.sandbox.is_some() {
            return Ok(true);
        }
        let mut memory = self.memory();
        if memory.made.contains(name) {
            return Ok(true);
        }
        if !matches!(self.session.profiles().profile(name), Ok(None)) {
            return Ok(false);
        }
        if memory.endings.is_none() {
            memory.endings = Some(self.session.profiles().paths().map(ending));
        }
        memory.made.insert(name.to_owned());
        let progress = memory.progress.clone();
        drop(memory);
        self.save(progress)?;
        Ok(true)
    }

    /// Forgets profiles that were to be made and are not there: whoever makes one of that name
    /// later owns it.
    pub fn disown_absent_profiles(&self) {
        if self.sandbox.is_some() {
            return;
        }
        let profiles = self.session.profiles();
        self.memory()
            .made
            .retain(|name| !matches!(profiles.profile(name), Ok(None)));
    }

    /// Removes a profile, if it is the lab's own. Says whether there was one. With the last one,
    /// the learner's files become what they were.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn remove_profile(&self, name: &str) -> Result<bool, LabError> {
        let profiles = self.session.profiles();
        if self.sandbox.is_some() {
            return Ok(profiles.remove(name)?);
        }
        let mut memory = self.memory();
        if !memory.made.contains(name) {
            return Ok(false);
        }
        let removed = profiles.remove(name)?;
        memory.made.remove(name);
        if memory.made.is_empty()
            && let Some(endings) = memory.endings.take()
        {
            for (path, ending) in profiles.paths().into_iter().zip(endings) {
                end_as_before(path, ending.as_deref())?;
            }
        }
        Ok(removed)
    }

    /// Remembers the sandbox's world as it is now. Elsewhere there is nothing to remember.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn checkpoint(&self, checkpoint: Checkpoint) -> Result<(), LabError> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(());
        };
        let kept = Kept {
            checkpoint,
            world: Secret::new(self.world(sandbox)?),
            profiles: self.read_profiles()?,
        };
        let mut memory = self.memory();
        let kept = Arc::new(kept);
        memory.checkpoints.insert(kept.checkpoint.ticket, kept);
        let mut bytes: usize = memory
            .checkpoints
            .values()
            .map(|kept| kept.world.expose().len())
            .sum();
        while memory.checkpoints.len() > MOST_CHECKPOINTS
            || memory.checkpoints.len() > 1 && bytes > MOST_CHECKPOINT_BYTES
        {
            let Some((_, gone)) = memory.checkpoints.pop_first() else {
                break;
            };
            bytes = bytes.saturating_sub(gone.world.expose().len());
        }
        Ok(())
    }

    /// Makes the sandbox's world what it was, and forgets that checkpoint and those after it.
    ///
    /// # Errors
    ///
    /// A checkpoint that is not there or is damaged, or what the disk says.
    pub fn restore(&self, ticket: Ticket) -> Result<(), LabError> {
        let mut memory = self.memory();
        let (Some(sandbox), Some(kept)) = (&self.sandbox, memory.checkpoints.get(&ticket)) else {
            return Err(LabError::NoCheckpoint);
        };
        let world = Sandbox::load(kept.world.expose().as_bytes(), self.clock.clone())?;
        self.write_profiles(&kept.profiles)?;
        sandbox.restore(&world.snapshot());
        memory.checkpoints.split_off(&ticket);
        Ok(())
    }

    /// The sandbox's world as the sandbox writes it.
    fn world(&self, sandbox: &Sandbox) -> Result<String, LabError> {
        Ok(String::from_utf8_lossy(&sandbox.save()?).into_owned())
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
            checkpoints: Vec::new(),
            made: BTreeSet::new(),
            endings: None,
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

fn load(file: Option<&LabFile>) -> Result<(Option<Saved>, Option<String>), LabError> {
    Ok(match file.map(LabFile::load::<Saved>).transpose()? {
        None | Some(Loaded::Fresh) => (None, None),
        Some(Loaded::Restored(saved)) => (Some(saved), None),
        Some(Loaded::SetAside { path, reason }) => (None, Some(set_aside(&path, &reason))),
    })
}

fn set_aside(path: &Path, reason: &str) -> String {
    format!(
        "the lab's file could not be read ({reason}); it is kept as `{}`, and the lab begins \
         afresh",
        path.display()
    )
}

/// The white space at the end of a file.
fn ending(path: &Path) -> Ending {
    let text = fs::read_to_string(path).ok()?;
    text.get(text.trim_end().len()..).map(str::to_owned)
}

/// Takes the empty line away that was put before a section that is gone now, and the file where
/// there was none.
fn end_as_before(path: &Path, before: Option<&str>) -> io::Result<()> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let Some(before) = before else {
        return if text.trim().is_empty() {
            fs::remove_file(path)
        } else {
            Ok(())
        };
    };
    let content = text.trim_end();
    let now = text.get(content.len()..).unwrap_or_default();
    let line = if before.contains('\r') { "\r\n" } else { "\n" };
    let added = match before {
        "" => now == line || now == line.repeat(2),
        before => now == format!("{before}{line}"),
    };
    if added {
        return fs::write(path, format!("{content}{before}"));
    }
    Ok(())
}

fn new_sandbox(clock: Arc<dyn Clock>) -> Result<Sandbox, LabError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| LabError::Random(error.to_string()))?;
    Ok(Sandbox::new(Settings::new(seed, clock)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::awscli::{Globals, Place};
    use crate::lesson::World;
    use crate::runtime::clock::System;
    use crate::runtime::state::Store;

    fn parts(store: Option<&Store>) -> Parts {
        Parts {
            file: store.map(|store| store.open("a-lesson", World::Sandbox, "").unwrap()),
            clock: Arc::new(System),
            pace: Pace::Skipping,
        }
    }

    fn point(ticket: u64) -> Checkpoint {
        Checkpoint {
            ticket: Ticket(ticket),
            step: format!("step-{ticket}"),
            progress: Progress::default(),
        }
    }

    fn set(lab: &OpenLab, profile: &str, value: &str) {
        let place = Place::of("aws_access_key_id", Some(profile));
        let profiles = lab.session().profiles();
        profiles.set(&place, &Secret::new(value)).unwrap();
    }

    fn names(lab: &OpenLab) -> Vec<String> {
        lab.session().profiles().names().unwrap()
    }

    fn who(lab: &OpenLab) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let asked =
            async { aws::whoami(lab.session(), &Globals::default(), &mut aws::Unobserved).await };
        runtime.block_on(asked).unwrap().arn
    }

    fn keys(lab: &OpenLab) -> String {
        let sandbox = lab.sandbox().unwrap();
        let keys = sandbox.administrator(&sandbox.default_account()).unwrap();
        keys.access_key_id
    }

    #[test]
    fn a_lab_is_resumed_with_its_world_profiles_and_progress() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let first = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
        assert_eq!(first.progress, Progress::default());
        assert_eq!(first.notice, None);
        set(&first.lab, "sts", "AKIAEXAMPLE");
        let administrator = keys(&first.lab);
        let mut progress = Progress {
            step: "third".to_owned(),
            ..Progress::default()
        };
        progress.variables.set_secret("key", Secret::new("s3cr3t"));
        first.lab.save(progress.clone()).unwrap();
        drop(first);

        let again = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
        assert_eq!(again.progress, progress);
        assert_eq!(again.notice, None);
        assert_eq!(names(&again.lab), ["sts"]);
        assert_eq!(keys(&again.lab), administrator);
        assert_eq!(
            who(&again.lab),
            "arn:aws:iam::123456789012:user/Administrator"
        );
    }

    #[test]
    fn a_damaged_world_is_set_aside_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let path = parts(Some(&store)).file.unwrap().path().to_owned();
        for content in [
            "{\"rolecall_state\": 1,",
            "{\"rolecall_state\": 1, \"lab\": {\"progress\": {}, \"sandbox\": {\"format_version\": 99}}}",
        ] {
            fs::write(&path, content).unwrap();
            let resumed = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
            let notice = resumed.notice.unwrap();
            let kept = notice.split('`').nth(1).unwrap();
            assert_eq!(fs::read_to_string(kept).unwrap(), content);
            assert_eq!(resumed.progress, Progress::default());
            assert!(who(&resumed.lab).ends_with("user/Administrator"));
        }
    }

    #[test]
    fn checkpoints_bring_back_profiles_and_world_and_are_bounded() {
        let resumed = OpenLab::on_sandbox(parts(None)).unwrap();
        let lab = resumed.lab;
        let administrator = keys(&lab);
        lab.checkpoint(point(1)).unwrap();
        set(&lab, "sts", "AKIAEXAMPLE");
        lab.checkpoint(point(2)).unwrap();
        lab.empty().unwrap();
        assert_eq!(names(&lab), Vec::<String>::new());
        assert_ne!(keys(&lab), administrator);
        assert!(matches!(
            lab.restore(Ticket(2)),
            Err(LabError::NoCheckpoint)
        ));

        let administrator = keys(&lab);
        set(&lab, "sts", "AKIAEXAMPLE");
        for ticket in 10..100 {
            lab.checkpoint(point(ticket)).unwrap();
        }
        assert!(lab.remove_profile("sts").unwrap());
        assert!(lab.restore(Ticket(10)).is_err());
        lab.restore(Ticket(98)).unwrap();
        assert_eq!(names(&lab), ["sts"]);
        assert_eq!(keys(&lab), administrator);
        // That one is used up, and what came after it never happened.
        assert!(lab.restore(Ticket(98)).is_err());
        assert!(lab.restore(Ticket(99)).is_err());
        lab.restore(Ticket(97)).unwrap();
    }

    #[test]
    fn what_can_be_undone_outlives_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let first = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
        assert_eq!(first.history, []);
        let administrator = keys(&first.lab);
        first.lab.checkpoint(point(7)).unwrap();
        set(&first.lab, "sts", "AKIAEXAMPLE");
        first.lab.checkpoint(point(8)).unwrap();
        set(&first.lab, "assumed", "ASIAEXAMPLE");
        first.lab.save(Progress::default()).unwrap();
        drop(first);

        let again = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
        assert_eq!(again.history, [point(7), point(8)]);
        assert_eq!(names(&again.lab), ["sts", "assumed"]);
        again.lab.restore(Ticket(8)).unwrap();
        assert_eq!(names(&again.lab), ["sts"]);
        again.lab.save(Progress::default()).unwrap();
        drop(again);

        let third = OpenLab::on_sandbox(parts(Some(&store))).unwrap();
        assert_eq!(third.history, [point(7)]);
        third.lab.restore(Ticket(7)).unwrap();
        assert_eq!(names(&third.lab), Vec::<String>::new());
        assert_eq!(keys(&third.lab), administrator);
    }

    #[test]
    fn elsewhere_only_profiles_that_the_lab_made_are_written_and_removed() {
        let home = tempfile::tempdir().unwrap();
        let credentials = home.path().join("credentials");
        let profiles = ProfileStore::new(&credentials, home.path().join("config"));
        let lab = OpenLab::on_target(
            parts(None),
            aws::Target::Account,
            profiles,
            aws::Environment::default(),
        )
        .unwrap()
        .lab;
        for text in [
            "[sts]\naws_access_key_id = AKIAMINE # mine\n",
            "[sts]\naws_access_key_id = AKIAMINE",
            "[sts]\r\naws_access_key_id = AKIAMINE\r\n",
            "[sts]\naws_access_key_id = AKIAMINE\n\n\n; the end\n\n",
        ] {
            fs::write(&credentials, text).unwrap();
            assert!(!lab.claim_profile("sts").unwrap());
            for profile in ["assumed", "other"] {
                assert!(lab.claim_profile(profile).unwrap());
                set(&lab, profile, "ASIAEXAMPLE");
                assert!(lab.claim_profile(profile).unwrap());
            }
            assert!(!lab.remove_profile("sts").unwrap());
            assert!(lab.remove_profile("assumed").unwrap());
            assert!(lab.remove_profile("other").unwrap());
            assert_eq!(fs::read_to_string(&credentials).unwrap(), text);
        }
        fs::remove_file(&credentials).unwrap();
        assert!(lab.claim_profile("assumed").unwrap());
        set(&lab, "assumed", "ASIAEXAMPLE");
        assert!(lab.remove_profile("assumed").unwrap());
        assert!(!credentials.exists());
        // One that was never written is nobody's: who makes it later owns it.
        assert!(lab.claim_profile("assumed").unwrap());
        lab.disown_absent_profiles();
        set(&lab, "assumed", "AKIAMINE");
        assert!(!lab.claim_profile("assumed").unwrap());
        assert!(!lab.remove_profile("assumed").unwrap());
        // Nothing is remembered of a world that is not ours.
        lab.checkpoint(point(1)).unwrap();
        assert!(lab.restore(Ticket(1)).is_err());
        assert!(lab.empty().is_err());
    }

    #[test]
    fn a_lab_that_is_killed_between_two_writes_knows_its_profiles() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::in_folder(&home.path().join("state"));
        let profiles =
            ProfileStore::new(home.path().join("credentials"), home.path().join("config"));
        let open = || {
            OpenLab::on_target(
                parts(Some(&store)),
                aws::Target::Account,
                profiles.clone(),
                aws::Environment::default(),
            )
            .unwrap()
        };
        let first = open();
        let progress = Progress {
            step: "profile".to_owned(),
            ..Progress::default()
        };
        first.lab.save(progress.clone()).unwrap();
        assert!(first.lab.claim_profile("sts").unwrap());
        assert!(first.lab.claim_profile("never").unwrap());
        set(&first.lab, "sts", "AKIAEXAMPLE");
        // Nothing is saved any more.
        drop(first);
        let again = open();
        assert_eq!(again.progress, progress);
        assert!(again.lab.claim_profile("sts").unwrap());
        set(&again.lab, "never", "AKIAMINE");
        assert!(!again.lab.claim_profile("never").unwrap());
        assert!(again.lab.remove_profile("sts").unwrap());
    }
}
