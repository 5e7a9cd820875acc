//! A sandbox's world in a file, kept between runs: what `rolecall serve` serves and what
//! `rolecall aws` works on. One program holds it at a time; one that serves it says where, so that
//! others find it.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::journal::{self, Entries, JournalFile};
use super::state::{StateError, Store, private_file, write_whole_by};
use crate::aws::ProfileStore;
use crate::sandbox::journal::Journal as _;
use crate::sandbox::{Clock, Sandbox};
use crate::secret::Secret;

/// How long to wait for another command that has the world.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long between two tries.
const AGAIN: Duration = Duration::from_millis(20);
/// How long a program that serves the world may take to answer.
const ANSWERS: Duration = Duration::from_secs(2);
/// A journal of so many bytes is long, if it is longer than the world too: so the world is never
/// written more than twice for each time that it changes as a whole.
const LONG: u64 = 4 * 1024 * 1024;
/// What is gathered before it is written to a world's file.
const BUFFER: usize = 256 * 1024;
/// Bytes of a lock file that are read.
const MOST_BYTES: u64 = 64 * 1024;

/// A kept world: where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldPath(PathBuf);

/// The file of a world, held by this program.
#[derive(Debug)]
pub struct WorldFile {
    path: PathBuf,
    /// Locked for as long as it lives.
    lock: File,
    /// Held while the world is saved: a later one never comes under an earlier one.
    saving: Mutex<()>,
}

/// Where a world is served, and whose keys its administrator has. It stands in the lock file while
/// the world is served; nobody but the owner may read that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The address, such as `http://127.0.0.1:4321`.
    pub endpoint: String,
    /// The first account's id.
    pub account: String,
    /// The region of the default endpoints.
    pub region: String,
    /// The administrator's access key id.
    pub access_key_id: String,
    /// The administrator's secret access key.
    pub secret_access_key: Secret,
}

/// A world that can be worked on.
#[derive(Debug)]
pub enum World {
    /// In this process.
    Held(WorldFile),
    /// By way of the program that serves it.
    Served(Served),
}

/// A world that cannot be opened, read or saved.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// No folder for it.
    #[error(transparent)]
    NoFolder(#[from] StateError),
    /// Another program has it.
    #[error(
        "another rolecall serves the world in {0}, or works on it; stop it, or name another file with `--state`"
    )]
    InUse(PathBuf),
    /// The disk says no.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
}

/// What was in the file of a world.
#[derive(Debug)]
pub struct Found {
    /// The world as it was left; `None` where it has not begun, or cannot be read.
    pub sandbox: Option<Box<Sandbox>>,
    /// What could not be read, and where it is kept.
    pub notice: Option<String>,
}

impl WorldPath {
    /// The world of `rolecall serve` where no other is named, in the learner's state folder.
    ///
    /// # Errors
    ///
    /// Where there is no home folder.
    pub fn of_user() -> Result<Self, WorldError> {
        Ok(Self(Store::of_user().folder()?.join("serve.json")))
    }

    /// One in a file.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The profiles that belong to this world, as the AWS CLI's two files, in a folder beside it.
    #[must_use]
    pub fn profiles(&self) -> ProfileStore {
        let folder = self.0.with_extension("aws");
        ProfileStore::new(folder.join("credentials"), folder.join("config"))
    }

    /// Holds the world for this program.
    ///
    /// # Errors
    ///
    /// [`WorldError::InUse`] where another program has it, and what the disk says.
    pub fn hold(&self) -> Result<WorldFile, WorldError> {
        match self.try_hold()? {
            Ok(held) => Ok(held),
            Err(_) => Err(WorldError::InUse(self.0.clone())),
        }
    }

    /// Holds the world, or finds the program that serves it. Another command that has it is waited
    /// for.
    ///
    /// # Errors
    ///
    /// As [`WorldPath::hold`].
    pub fn reach(&self) -> Result<World, WorldError> {
        let begun = Instant::now();
        loop {
            match self.try_hold()? {
                Ok(held) => return Ok(World::Held(held)),
                Err(Some(served)) if answers(&served.endpoint) => return Ok(World::Served(served)),
                Err(_) if begun.elapsed() > PATIENCE => {
                    return Err(WorldError::InUse(self.0.clone()));
                }
                Err(_) => std::thread::sleep(AGAIN),
            }
        }
    }

    /// The world, or what the program that has it says.
    fn try_hold(&self) -> Result<Result<WorldFile, Option<Served>>, WorldError> {
        let failed = |what| {
            let path = self.0.clone();
            move |source| WorldError::Io { what, path, source }
        };
        if let Some(folder) = self
            .0
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            fs::create_dir_all(folder).map_err(failed("make a folder for"))?;
        }
        let mut name = self.0.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let mut lock = private_file()
            .create(true)
            .truncate(false)
            .open(self.0.with_file_name(name))
            .map_err(failed("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = Vec::new();
                let read = lock.take(MOST_BYTES).read_to_end(&mut text);
                read.map_err(failed("read the lock of"))?;
                return Ok(Err(serde_json::from_slice(&text).ok()));
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        // What a program that was killed has left there.
        let emptied = lock.set_len(0).and_then(|()| lock.rewind());
        emptied.map_err(failed("lock"))?;
        Ok(Ok(WorldFile {
            path: self.0.clone(),
            lock,
            saving: Mutex::default(),
        }))
    }
}

/// Whether anybody listens there: a lock file may tell of a program that was killed.
fn answers(endpoint: &str) -> bool {
    endpoint
        .strip_prefix("http://")
        .and_then(|address| address.parse::<SocketAddr>().ok())
        .is_some_and(|address| TcpStream::connect_timeout(&address, ANSWERS).is_ok())
}

impl WorldFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the world: as it was saved, and then the changes of its journals.
    ///
    /// # Errors
    ///
    /// What the disk says; what is damaged is no error: it is set aside.
    pub fn load(&self, clock: Arc<dyn Clock>) -> Result<Found, WorldError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(self.failed("read")(source)),
        };
        let journals = journal::numbers(&self.path).map_err(self.failed("look beside"))?;
        let begins_anew = |notice| Found {
            sandbox: None,
            notice,
        };
        let Some(bytes) = bytes else {
            let aside = self.set_aside(&journals)?;
            return Ok(begins_anew(aside.map(|path| {
                format!("a journal without its world is kept as {}", path.display())
            })));
        };
        let sandbox = match Sandbox::load(&bytes, clock) {
            Ok(sandbox) => sandbox,
            Err(error) => {
                self.set_aside(&journals)?;
                let path = self.free_name(&self.path);
                fs::rename(&self.path, &path).map_err(self.failed("set aside"))?;
                return Ok(begins_anew(Some(format!(
                    "{error}; the file is kept as {}, and the world begins anew",
                    path.display()
                ))));
            }
        };
        drop(bytes);
        let damage = self.replay(&sandbox, &journals)?;
        let notice = match damage {
            None => None,
            Some((number, reason)) => {
                let rest: Vec<u64> = journals.into_iter().filter(|at| *at >= number).collect();
                self.set_aside(&rest)?.map(|path| {
                    format!(
                        "{reason}; changes from there on are not in the world, and their journal is kept as {}",
                        path.display()
                    )
                })
            }
        };
        Ok(Found {
            sandbox: Some(Box::new(sandbox)),
            notice,
        })
    }

    /// Makes the changes of the journals again. Gives the number of one that cannot be read to its
    /// end, and why.
    fn replay(
        &self,
        sandbox: &Sandbox,
        journals: &[u64],
    ) -> Result<Option<(u64, String)>, WorldError> {
        while journals.contains(&sandbox.journal()) {
            let number = sandbox.journal();
            let entries = Entries::open(&self.path, number).map_err(self.failed("read"))?;
            let replayed = entries.and_then(|entries| {
                entries
                    .into_iter()
                    .try_for_each(|entry| sandbox.replay(entry?))
            });
            if let Err(reason) = replayed {
                return Ok(Some((number, reason)));
            }
            let _ = sandbox.turn_journal();
        }
        Ok(None)
    }

    fn failed(&self, what: &'static str) -> impl Fn(io::Error) -> WorldError + use<> {
        let path = self.path.clone();
        move |source| WorldError::Io {
            what,
            path: path.clone(),
            source,
        }
    }

    /// Gives journals a free name each; where the first one is now.
    fn set_aside(&self, journals: &[u64]) -> Result<Option<PathBuf>, WorldError> {
        let mut first = None;
        for number in journals {
            let from = journal::path(&self.path, *number);
            let to = self.free_name(&from);
            fs::rename(&from, &to).map_err(self.failed("set aside a journal of"))?;
            first.get_or_insert(to);
        }
        Ok(first)
    }

    fn free_name(&self, path: &Path) -> PathBuf {
        let named = |number: u32| {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".damaged-{number}"));
            path.with_file_name(name)
        };
        (1..)
            .map(named)
            .find(|path| !path.exists())
            .unwrap_or_else(|| named(0))
    }

    /// Writes the world: when this returns, it is on the disk; where it fails, the old one and its
    /// journals are still there. Journals that it makes needless are removed.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn save(&self, sandbox: &Sandbox) -> Result<(), WorldError> {
        let _saving = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let saved = sandbox.turn_journal();
        let written = write_whole_by(&self.path, |file| {
            let mut buffered = BufWriter::with_capacity(BUFFER, file);
            saved.write(&mut buffered)?;
            buffered.flush()
        });
        written.map_err(self.failed("save the world to"))?;
        let journals = journal::numbers(&self.path).map_err(self.failed("look beside"))?;
        for number in journals.into_iter().filter(|at| *at < saved.journal()) {
            let old = journal::path(&self.path, number);
            fs::remove_file(old).map_err(self.failed("remove a journal of"))?;
        }
        Ok(())
    }

    /// Saves the world, and from now on writes each change down before it is answered.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn keep(&self, sandbox: &Sandbox) -> Result<Arc<JournalFile>, WorldError> {
        self.save(sandbox)?;
        let journal = JournalFile::begin(&self.path, sandbox.journal())
            .map_err(self.failed("begin a journal of"))?;
        let journal = Arc::new(journal);
        sandbox.keep(Some(journal.clone()));
        Ok(journal)
    }

    /// To be called now and then while the world is kept: has the disk keep what was written, and
    /// saves the whole world when its journal has become long, or could not be written.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn tend(&self, sandbox: &Sandbox, journal: &JournalFile) -> Result<(), WorldError> {
        let _ = journal.sync();
        let world = fs::metadata(&self.path).map_or(0, |file| file.len());
        if !journal.failed() && journal.length() < LONG.max(world) {
            return Ok(());
        }
        self.save(sandbox)?;
        // The new journal has to be there too before changes are made again.
        let begun = if journal.failed() {
            journal.start_over(sandbox.journal())
        } else {
            journal.flush()
        };
        begun.map_err(self.failed("begin a journal of"))
    }

    /// Says where the world is served from now on.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn announce(&self, served: &Served) -> Result<(), WorldError> {
        let mut lock = &self.lock;
        let text = serde_json::to_vec(served).map_err(io::Error::other);
        let written = text.and_then(|text| {
            lock.set_len(0)?;
            lock.rewind()?;
            lock.write_all(&text)
        });
        written.map_err(|source| WorldError::Io {
            what: "say where the world is served, beside",
            path: self.path.clone(),
            source,
        })
    }
}

impl Drop for WorldFile {
    fn drop(&mut self) {
        // Others would look for a program that is gone, until somebody holds the world again.
        let _ = self.lock.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(endpoint: &str) -> Served {
        Served {
            endpoint: endpoint.to_owned(),
            account: "123456789012".to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI"),
        }
    }

    #[test]
    fn a_world_is_held_once_and_found_where_it_is_served() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = WorldPath::at(&folder.path().join("a/world.json"));
        let held = path.hold().unwrap();
        assert!(matches!(path.hold(), Err(WorldError::InUse(_))));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let told = served(&format!("http://{}", listener.local_addr().unwrap()));
        held.announce(&told).unwrap();
        match path.reach().unwrap() {
            World::Served(found) => assert_eq!(found, told),
            World::Held(_) => panic!("it is held twice"),
        }
        let lock = folder.path().join("a/world.json.lock");
        let mode = fs::metadata(&lock).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(held);
        assert!(fs::read(&lock).unwrap().is_empty());
        assert!(matches!(path.reach().unwrap(), World::Held(_)));
    }

    #[test]
    fn what_a_killed_program_announced_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = WorldPath::at(&folder.path().join("world.json"));
        let left = serde_json::to_vec(&served("http://127.0.0.1:1")).unwrap();
        fs::write(folder.path().join("world.json.lock"), &left).unwrap();
        assert!(matches!(path.reach().unwrap(), World::Held(_)));
        // A command that has the world for a moment is waited for.
        let held = path.hold().unwrap();
        held.announce(&served("http://127.0.0.1:1")).unwrap();
        let other = std::thread::spawn(move || {
            std::thread::sleep(AGAIN * 3);
            drop(held);
        });
        assert!(matches!(path.reach().unwrap(), World::Held(_)));
        other.join().unwrap();
    }
}
