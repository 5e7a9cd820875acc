//! The profiles of a lab: its own two files with a sandbox, the learner's otherwise, of which only
//! what the lab made itself is ever changed.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{LabError, OpenLab};
use crate::runtime::state::write_whole;
use crate::secret::Secret;

/// The white space at the end of a file: new sections are set off by an empty line, which has to
/// go with them. `None` where there was no file.
pub(super) type Ending = Option<String>;

/// The AWS CLI's two files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct ProfileTexts {
    credentials: Secret,
    config: Secret,
}

impl OpenLab {
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

    pub(super) fn read_profiles(&self) -> Result<ProfileTexts, LabError> {
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
    pub(super) fn write_profiles(&self, texts: &ProfileTexts) -> Result<(), LabError> {
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
