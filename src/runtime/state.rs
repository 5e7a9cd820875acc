//! Files that outlive the program: one for each lesson and target, in the XDG state folder.
//!
//! A file is replaced whole or not at all. One that cannot be read is set aside under another
//! name and reported, and the lab starts afresh. A lab is open in one program at a time.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::lesson::World;

/// The version of the files that this program writes.
const VERSION: u32 = 2;

/// The oldest version that it reads: version 2 added predictions, solutions and steps done by them,
/// which a file of version 1 has not.
const OLDEST: u32 = 1;

/// Bytes above which a file is taken for damaged rather than read.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The folder of all labs.
#[derive(Debug, Clone)]
pub struct Store {
    /// `None` where there is no home folder to put it in.
    folder: Option<PathBuf>,
}

/// The file of one lesson on one target, held by this program.
#[derive(Debug)]
pub struct LabFile {
    path: PathBuf,
    /// Locked for as long as it lives.
    _lock: File,
}

/// What was in a lab's file.
#[derive(Debug)]
pub enum Loaded<T> {
    /// There was none: the lab has not been begun.
    Fresh,
    /// The lab as it was left.
    Restored(T),
    /// It could not be read, and is kept under another name.
    SetAside {
        /// Where it is now.
        path: PathBuf,
        /// What was wrong with it.
        reason: String,
    },
}

/// A lab that cannot be opened or saved.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No home folder to put it in.
    #[error("cannot find a folder for the lab's state: set `XDG_STATE_HOME` or `HOME`")]
    NoFolder,
    /// Another program has it.
    #[error(
        "the lab `{lesson}` is open in another rolecall: close that one first, or use `rolecall run {lesson}`, which has a world of its own"
    )]
    InUse {
        /// The lesson.
        lesson: String,
    },
    /// The disk says no.
    #[error("cannot {what} `{path}`: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// It cannot be written as JSON.
    #[error("cannot write the lab's state: {0}")]
    Form(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Written<'t, T> {
    rolecall_state: u32,
    lab: &'t T,
}

#[derive(Deserialize)]
struct Version {
    rolecall_state: u32,
}

#[derive(Deserialize)]
struct Read<T> {
    lab: T,
}

impl Store {
    /// The learner's own: `$XDG_STATE_HOME/rolecall`, by default `~/.local/state/rolecall`. Where
    /// there is neither, labs cannot be opened from it.
    #[must_use]
    pub fn of_user() -> Self {
        use etcetera::BaseStrategy;
        // The variable is enough, without a home folder.
        let state = named_folder("XDG_STATE_HOME").or_else(|| {
            let base = etcetera::choose_base_strategy().ok()?;
            Some(base.state_dir().unwrap_or_else(|| base.data_dir()))
        });
        Self {
            folder: state.map(|state| state.join("rolecall")),
        }
    }

    /// One in a folder, which is made when the first lab is opened.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
        }
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// [`StateError::NoFolder`] where there is no home folder.
    pub fn folder(&self) -> Result<&Path, StateError> {
        self.folder.as_deref().ok_or(StateError::NoFolder)
    }

    /// Part of a lab as it was last saved, if that can be read; whether it is open anywhere does
    /// not matter.
    #[must_use]
    pub fn peek<T: DeserializeOwned>(
        &self,
        lesson: &str,
        world: World,
        account: &str,
    ) -> Option<T> {
        let name = lab_name(lesson, world, account);
        let path = self.folder().ok()?.join(format!("{name}.json"));
        let text = fs::read_to_string(path).ok()?;
        parse(&text).ok()
    }

    /// Opens the lab of a lesson on a target. `account` is the account's id, or the endpoint's
    /// address: labs of different accounts are different labs.
    ///
    /// # Errors
    ///
    /// [`StateError::InUse`] where another program has it open, and what the disk says.
    pub fn open(&self, lesson: &str, world: World, account: &str) -> Result<LabFile, StateError> {
        let folder = self.folder()?;
        make_folder(folder)?;
        let name = lab_name(lesson, world, account);
        let lock_path = folder.join(format!("{name}.lock"));
        let failed = |what| {
            let path = lock_path.clone();
            move |source| StateError::Io { what, path, source }
        };
        let lock = private_file()
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(failed("open"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::InUse {
                    lesson: lesson.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        Ok(LabFile {
            path: folder.join(format!("{name}.json")),
            _lock: lock,
        })
    }
}

fn lab_name(lesson: &str, world: World, account: &str) -> String {
    match world {
        World::Sandbox => format!("{}.sandbox", file_name(lesson)),
        World::Account => format!("{}.aws.{}", file_name(lesson), file_name(account)),
        World::Endpoint => format!("{}.endpoint.{}", file_name(lesson), file_name(account)),
    }
}

impl LabFile {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the lab.
    ///
    /// # Errors
    ///
    /// What the disk says; a file whose content is damaged is no error.
    pub fn load<T: DeserializeOwned>(&self) -> Result<Loaded<T>, StateError> {
        let reason = match self.read() {
            Ok(text) => match parse(&text) {
                Ok(lab) => return Ok(Loaded::Restored(lab)),
                Err(reason) => reason,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Loaded::Fresh),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => error.to_string(),
            Err(source) => {
                return Err(StateError::Io {
                    what: "read",
                    path: self.path.clone(),
                    source,
                });
            }
        };
        let path = self.set_aside()?;
        Ok(Loaded::SetAside { path, reason })
    }

    fn read(&self) -> io::Result<String> {
        if fs::metadata(&self.path)?.len() > MOST_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is too large",
            ));
        }
        fs::read_to_string(&self.path)
    }

    /// Gives the file a free name beside it.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn set_aside(&self) -> Result<PathBuf, StateError> {
        let path = (1..)
            .map(|n| self.path.with_extension(format!("damaged-{n}.json")))
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.path.with_extension("damaged.json"));
        fs::rename(&self.path, &path).map_err(|source| StateError::Io {
            what: "set aside",
            path: self.path.clone(),
            source,
        })?;
        Ok(path)
    }

    /// A lab as the file is to hold it.
    ///
    /// # Errors
    ///
    /// What cannot be written as JSON.
    pub fn form<T: Serialize>(&self, lab: &T) -> Result<Vec<u8>, StateError> {
        Ok(serde_json::to_vec(&Written {
            rolecall_state: VERSION,
            lab,
        })?)
    }

    /// Replaces the file: when this returns, the new one is on the disk; where it fails, the old
    /// one is still there.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn save<T: Serialize>(&self, lab: &T) -> Result<(), StateError> {
        self.write(&self.form(lab)?)
    }

    /// Replaces the file by contents that [`LabFile::form`] made: see [`LabFile::save`].
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn write(&self, contents: &[u8]) -> Result<(), StateError> {
        write_whole(&self.path, contents).map_err(|source| StateError::Io {
            what: "write",
            path: self.path.clone(),
            source,
        })
    }

    /// Removes the file: the lab has not been begun.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn clear(&self) -> Result<(), StateError> {
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StateError::Io {
                what: "remove",
                path: self.path.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    // As bytes, like all that is read: from texts, too, the parts would be compiled once more.
    let bytes = text.as_bytes();
    let Version {
        rolecall_state: version,
    } = serde_json::from_slice(bytes).map_err(|error| format!("it is damaged: {error}"))?;
    if !(OLDEST..=VERSION).contains(&version) {
        return Err(format!(
            "it has version {version}, and this program reads versions {OLDEST} to {VERSION}"
        ));
    }
    let read: Read<T> =
        serde_json::from_slice(bytes).map_err(|error| format!("it is damaged: {error}"))?;
    Ok(read.lab)
}

/// Writes a file that only its owner may read under a name that is free: where the name is taken, a
/// number is put behind it. Gives the path.
///
/// # Errors
///
/// What the disk says.
pub fn write_new(path: &Path, contents: &[u8]) -> io::Result<PathBuf> {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let ending = path.extension().map_or(String::new(), |ending| {
        format!(".{}", ending.to_string_lossy())
    });
    for number in 1..10_000 {
        let free = if number == 1 {
            path.to_owned()
        } else {
            path.with_file_name(format!("{stem}-{number}{ending}"))
        };
        match private_file().create_new(true).open(&free) {
            Ok(mut file) => {
                file.write_all(contents)?;
                file.sync_all()?;
                return fs::canonicalize(free);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Replaces a file by a new one that only its owner may read.
///
/// # Errors
///
/// What the disk says; the old file is whole then.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    write_whole_by(path, |file| file.write_all(contents))
}

/// The same, with contents that are written as they are made.
///
/// # Errors
///
/// What the disk says, or the writer; the old file is whole then.
pub(super) fn write_whole_by(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let text = "it is a folder, a device or a pipe, which no file may take the place of";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    // Made with mode 0600 on Unix.
    let mut file = tempfile::NamedTempFile::new_in(folder_of(path))?;
    write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(path)
}

/// The folder that a variable names; one that is not absolute is ignored (XDG Base Directory
/// Specification).
pub(super) fn named_folder(variable: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.filter(|path| path.is_absolute())
}

/// The folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A new name is on the disk only when its folder is.
#[cfg(unix)]
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

/// Windows opens no folder as a file, and keeps names by itself.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the form of the other systems")]
pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn make_folder(folder: &Path) -> Result<(), StateError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| StateError::Io {
        what: "make",
        path: folder.to_owned(),
        source,
    })
}

/// A file that only its owner may read, to be opened for reading and writing.
#[must_use]
pub fn private_file() -> fs::OpenOptions {
    let mut options = File::options();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A name that is safe in a path, and different for different texts.
fn file_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.bytes()
        .map(|byte| match char::from(byte) {
            c if plain(c) => c.to_string(),
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn open(store: &Store) -> LabFile {
        store.open("assume-role", World::Sandbox, "").unwrap()
    }

    #[test]
    fn a_lab_is_found_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(&folder.path().join("a/b"));
        let lab = json!({"step": 3, "secret": "s"});
        {
            let file = open(&store);
            assert!(matches!(file.load::<Value>().unwrap(), Loaded::Fresh));
            file.save(&json!({"step": 2})).unwrap();
            file.save(&lab).unwrap();
        }
        let file = open(&store);
        match file.load::<Value>().unwrap() {
            Loaded::Restored(restored) => assert_eq!(restored, lab),
            other => panic!("{other:?}"),
        }
        file.clear().unwrap();
        file.clear().unwrap();
        assert!(matches!(file.load::<Value>().unwrap(), Loaded::Fresh));
    }

    #[test]
    fn a_damaged_file_is_set_aside_under_a_new_name_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let file = open(&store);
        for (content, wanted) in [
            (&b"{"[..], "damaged"),
            (b"\xff\xfe", "UTF-8"),
            (b"[]", "damaged"),
            (br#"{"rolecall_state": 99, "lab": {}}"#, "version 99"),
            (br#"{"rolecall_state": 1, "lab": {"step": "x"}}"#, "damaged"),
            (br#"{"rolecall_state": 0, "lab": {"step": 1}}"#, "version 0"),
        ] {
            #[derive(Debug, Deserialize)]
            #[expect(dead_code, reason = "only its form matters")]
            struct Lab {
                step: u32,
            }
            fs::write(file.path(), content).unwrap();
            match file.load::<Lab>().unwrap() {
                Loaded::SetAside { path, reason } => {
                    assert!(reason.contains(wanted), "{reason}");
                    assert_eq!(fs::read(path).unwrap(), content);
                }
                other => panic!("{other:?}"),
            }
            assert!(!file.path().exists());
        }
    }

    #[test]
    fn a_file_of_the_version_before_is_read() {
        use crate::app::{Progress, StepState};
        let folder = tempfile::tempdir().unwrap();
        let file = open(&Store::in_folder(folder.path()));
        let old =
            r#"{"rolecall_state": 1, "lab": {"step": "b", "steps": {"a": {"state": "done"}}}}"#;
        fs::write(file.path(), old).unwrap();
        match file.load::<Progress>().unwrap() {
            Loaded::Restored(progress) => {
                assert_eq!(progress.state("a"), StepState::Done);
                assert_eq!(progress.predictions, crate::app::Predictions::default());
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_lab_is_open_once_and_other_labs_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let file = open(&store);
        assert!(matches!(
            store.open("assume-role", World::Sandbox, ""),
            Err(StateError::InUse { .. })
        ));
        let paths = [
            store.open("other", World::Sandbox, ""),
            store.open("assume-role", World::Account, "123456789012"),
            store.open("assume-role", World::Endpoint, "http://localhost:5000/"),
            store.open("assume-role", World::Endpoint, "http://localhost:5001/"),
            store.open("../../etc/passwd", World::Sandbox, ""),
        ]
        .map(|file| file.unwrap().path().to_owned());
        for (at, path) in paths.iter().enumerate() {
            assert_eq!(path.parent(), Some(folder.path()));
            assert!(!paths[..at].contains(path));
        }
        drop(file);
        open(&store);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(&folder.path().join("rolecall"));
        let file = open(&store);
        file.save(&json!({})).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(store.folder().unwrap()), 0o700);
        assert_eq!(mode(file.path()), 0o600);
    }

    #[test]
    fn a_save_that_fails_leaves_the_old_file() {
        struct Unwritable;
        impl Serialize for Unwritable {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let file = open(&store);
        file.save(&1).unwrap();
        assert!(file.save(&Unwritable).is_err());
        assert!(matches!(file.load::<u32>().unwrap(), Loaded::Restored(1)));
    }
}
