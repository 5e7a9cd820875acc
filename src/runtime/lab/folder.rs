//! The folder that a lab works in: the lesson's files and the sandbox's profiles. It goes with the
//! lab. A program that is killed leaves its folder, and the next lab that is opened removes it.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::runtime::state::named_folder;

/// What the names of these folders begin with.
const PREFIX: &str = "rolecall-lab-";

/// A folder that only its owner may enter, removed when it is dropped.
#[derive(Debug)]
pub(super) struct WorkFolder {
    folder: TempDir,
    /// Locked for as long as the folder is used: who can lock it knows that nobody does.
    #[cfg(unix)]
    _lock: std::fs::File,
}

impl WorkFolder {
    /// One in `$XDG_RUNTIME_DIR`, which is the learner's alone, or else where temporary files go.
    pub(super) fn of_user() -> io::Result<Self> {
        let runtime = named_folder("XDG_RUNTIME_DIR");
        if let Some(Ok(folder)) = runtime.map(|path| Self::within(&path)) {
            return Ok(folder);
        }
        Self::within(&std::env::temp_dir())
    }

    /// One in this folder, where those that nobody uses are removed first.
    fn within(parent: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        remove_abandoned(parent);
        Self::new(parent)
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    #[cfg(not(unix))]
    fn new(parent: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        Ok(Self { folder })
    }

    #[cfg(unix)]
    fn new(parent: &Path) -> io::Result<Self> {
        loop {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700))
                .tempdir_in(parent)?;
            // Between the two, another program may have taken it for abandoned.
            match locked(folder.path()) {
                Ok(Some(lock)) if folder.path().exists() => {
                    return Ok(Self {
                        folder,
                        _lock: lock,
                    });
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
}

/// The folder, locked; `None` where another program has it.
#[cfg(unix)]
fn locked(path: &Path) -> io::Result<Option<std::fs::File>> {
    let folder = std::fs::File::open(path)?;
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Removes the work folders of this user that no program holds. What cannot be removed stays: it
/// is in nobody's way.
#[cfg(unix)]
fn remove_abandoned(parent: &Path) {
    use std::os::unix::fs::MetadataExt;
    let user = rustix::process::geteuid().as_raw();
    for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            // Of the entry itself: a link is no folder.
            && entry
                .metadata()
                .is_ok_and(|about| about.is_dir() && about.uid() == user);
        if ours && let Ok(Some(_held)) = locked(&entry.path()) {
            drop(std::fs::remove_dir_all(entry.path()));
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_folder_is_private_and_goes_with_its_lab() {
        let parent = tempfile::tempdir().unwrap();
        let folder = WorkFolder::within(parent.path()).unwrap();
        let path = folder.path().to_owned();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        fs::write(path.join("policy.json"), "{}").unwrap();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn only_folders_that_nobody_holds_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        fs::create_dir_all(at("rolecall-lab-killed/.aws")).unwrap();
        fs::write(at("rolecall-lab-killed/.aws/credentials"), "[sts]").unwrap();
        fs::create_dir(at("someone-else")).unwrap();
        fs::write(at("rolecall-lab-file"), "kept").unwrap();
        symlink(at("someone-else"), at("rolecall-lab-link")).unwrap();
        let live = WorkFolder::new(parent.path()).unwrap();

        let second = WorkFolder::within(parent.path()).unwrap();

        assert!(!at("rolecall-lab-killed").exists());
        for kept in ["someone-else", "rolecall-lab-file", "rolecall-lab-link"] {
            assert!(at(kept).exists(), "{kept}");
        }
        assert!(live.path().exists());
        assert!(second.path().exists());
    }

    #[test]
    fn a_parent_that_cannot_be_used_is_an_error_by_name() {
        let parent = tempfile::tempdir().unwrap();
        let absent = parent.path().join("absent");
        let error = WorkFolder::within(&absent).unwrap_err();
        assert!(error.to_string().contains("absent"), "{error}");
    }
}
