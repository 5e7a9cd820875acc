//! The AWS CLI's two files: credentials and config. Edits keep every other byte.

mod ini;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use ini_edit::ParseOptions;
use ini_edit::editor::{EditError, EditOptions, Editor};

use crate::awscli::{Place, PlaceFile};
use crate::secret::{MASK, Secret};

/// The two files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileStore {
    credentials: PathBuf,
    config: PathBuf,
    /// The config file as the AWS CLI names it.
    named: String,
}

/// Why the files could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file system says no.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The file is none that the AWS CLI can parse.
    #[error("Unable to parse config file: {0}")]
    Unparsed(String),
    /// The file is not UTF-8.
    #[error("cannot read `{0}`: it is not UTF-8 text")]
    NotText(String),
    /// The setting cannot be written so that a reader reads it back.
    #[error("cannot write `{what}` to `{path}`: {source}")]
    Edit {
        /// Section or setting.
        what: String,
        /// The file.
        path: String,
        /// Why.
        source: EditError,
    },
    /// A value with a line break.
    #[error("Invalid value for key {0}: newline characters and carriage returns are not allowed.")]
    LineBreak(String),
}

/// One profile: its settings from both files, those of the credentials file first.
#[derive(Clone, PartialEq, Eq)]
pub struct Profile {
    name: String,
    settings: Vec<(String, Secret)>,
    /// Its access key stands in the config file.
    keys_in_config: bool,
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Profile({})", self.name)
    }
}

impl Profile {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A setting.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.settings
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.expose())
    }

    /// Whether a setting holds settings of its own, as `s3` does.
    pub(super) fn holds(&self, key: &str) -> bool {
        let start = format!("{key}.");
        self.settings
            .iter()
            .any(|(name, _)| name.starts_with(&start))
    }

    /// What the AWS CLI calls the place of its keys.
    pub(super) fn method(&self) -> &'static str {
        if self.keys_in_config {
            "config-file"
        } else {
            "shared-credentials-file"
        }
    }

    /// Its static keys, if it has an access key.
    ///
    /// # Errors
    ///
    /// The name of the setting that is missing beside the access key's id.
    pub fn keys(&self) -> Result<Option<Credentials>, &'static str> {
        let Some(id) = self.get("aws_access_key_id") else {
            return Ok(None);
        };
        let secret = self
            .get("aws_secret_access_key")
            .ok_or("aws_secret_access_key")?;
        let token = self
            .get("aws_session_token")
            .or_else(|| self.get("aws_security_token"));
        Ok(Some(Credentials::new(
            id,
            secret,
            token.map(ToOwned::to_owned),
            None,
            "shared-credentials-file",
        )))
    }
}

/// Settings of a profile to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileSettings {
    /// `aws_access_key_id`.
    pub access_key_id: String,
    /// `aws_secret_access_key`.
    pub secret_access_key: Secret,
    /// `aws_session_token`; an old one is removed where there is none.
    pub session_token: Option<Secret>,
    /// `region`, in the config file.
    pub region: Option<String>,
}

/// A change of a file before it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The file.
    pub path: PathBuf,
    /// Whether the section is new.
    pub created: bool,
    /// The section as it will stand there, with secrets masked.
    pub section: String,
}

impl ProfileStore {
    /// The store of these two files, which need not exist.
    #[must_use]
    pub fn new(credentials: impl Into<PathBuf>, config: impl Into<PathBuf>) -> Self {
        let config = config.into();
        Self {
            credentials: credentials.into(),
            named: config.display().to_string(),
            config,
        }
    }

    /// The files that the AWS CLI uses: those that `AWS_SHARED_CREDENTIALS_FILE` and
    /// `AWS_CONFIG_FILE` name, else the ones in `~/.aws`.
    pub fn of_user(variable: impl Fn(&str) -> Option<String>, home: &Path) -> Self {
        let file = |name: &str, default: &str| {
            variable(name).filter(|path| !path.is_empty()).map_or_else(
                || home.join(".aws").join(default),
                |path| match path.strip_prefix("~/") {
                    Some(rest) => home.join(rest),
                    None => PathBuf::from(path),
                },
            )
        };
        let named = variable("AWS_CONFIG_FILE").filter(|path| !path.is_empty());
        Self {
            named: named.unwrap_or_else(|| "~/.aws/config".to_owned()),
            credentials: file("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            config: file("AWS_CONFIG_FILE", "config"),
        }
    }

    /// The files, credentials first.
    #[must_use]
    pub fn paths(&self) -> [&Path; 2] {
        [&self.credentials, &self.config]
    }

    /// The config file as the AWS CLI names it.
    pub(super) fn named(&self) -> &str {
        &self.named
    }

    /// When one of the files last changed.
    pub(super) fn changed(&self) -> Option<SystemTime> {
        self.paths()
            .into_iter()
            .filter_map(|path| fs::metadata(path).and_then(|meta| meta.modified()).ok())
            .max()
    }

    /// A profile, if one of the files has it.
    ///
    /// # Errors
    ///
    /// Files that are there and cannot be read.
    pub fn profile(&self, name: &str) -> Result<Option<Profile>, ProfileError> {
        let all = self.all()?;
        Ok(all.into_iter().find(|profile| profile.name == name))
    }

    /// The names of the profiles, those of the config file first, as `configure list-profiles`
    /// prints them.
    ///
    /// # Errors
    ///
    /// Files that are there and cannot be read.
    pub fn names(&self) -> Result<Vec<String>, ProfileError> {
        Ok(self
            .all()?
            .into_iter()
            .map(|profile| profile.name)
            .collect())
    }

    fn all(&self) -> Result<Vec<Profile>, ProfileError> {
        let mut profiles: Vec<Profile> = Vec::new();
        for (file, path) in [
            (PlaceFile::Config, &self.config),
            (PlaceFile::Credentials, &self.credentials),
        ] {
            for (section, settings) in sections(path)? {
                let name = match file {
                    PlaceFile::Credentials => Some(section),
                    PlaceFile::Config => profile_of(&section),
                };
                let Some(name) = name else { continue };
                let keys = settings.iter().any(|(key, _)| key == "aws_access_key_id");
                match profiles.iter_mut().find(|profile| profile.name == name) {
                    Some(profile) => {
                        profile.keys_in_config &= !keys;
                        // The credentials file wins, and comes last here.
                        let mut merged = settings;
                        merged.append(&mut profile.settings);
                        profile.settings = merged;
                    }
                    None => profiles.push(Profile {
                        name,
                        settings,
                        keys_in_config: keys && file == PlaceFile::Config,
                    }),
                }
            }
        }
        Ok(profiles)
    }

    /// Writes one setting, as `configure set` does. Says whether its section is new.
    ///
    /// # Errors
    ///
    /// Values with line breaks; files that cannot be read or written.
    pub fn set(&self, place: &Place, value: &Secret) -> Result<bool, ProfileError> {
        if value.expose().contains(['\n', '\r']) {
            return Err(ProfileError::LineBreak(place.key.clone()));
        }
        let path = self.path(place.file);
        let text = read(path)?;
        let mut file = Edit::new(&text, path)?;
        let created = !file.has(&place.section);
        file.set(
            &place.section,
            &place.key,
            place.subkey.as_deref(),
            value.expose(),
            true,
        )?;
        write(path, &file.finish())?;
        Ok(created)
    }

    /// What writing a profile would change.
    ///
    /// # Errors
    ///
    /// As [`ProfileStore::write_profile`].
    pub fn preview(
        &self,
        name: &str,
        settings: &ProfileSettings,
    ) -> Result<Vec<Preview>, ProfileError> {
        let planned = self.planned(name, settings)?;
        let shown = planned.into_iter().map(|plan| Preview {
            section: masked_section(&plan.text, &plan.section),
            path: plan.path,
            created: plan.created,
        });
        Ok(shown.collect())
    }

    /// Writes a profile. Says whether it is new to the credentials file.
    ///
    /// # Errors
    ///
    /// Names and values that the files cannot hold; files that cannot be read or written.
    pub fn write_profile(
        &self,
        name: &str,
        settings: &ProfileSettings,
    ) -> Result<bool, ProfileError> {
        let planned = self.planned(name, settings)?;
        let created = planned.iter().any(|plan| plan.created);
        for plan in planned {
            write(&plan.path, &plan.text)?;
        }
        Ok(created)
    }

    fn planned(&self, name: &str, settings: &ProfileSettings) -> Result<Vec<Plan>, ProfileError> {
        let keys = [
            ("aws_access_key_id", Some(settings.access_key_id.as_str())),
            (
                "aws_secret_access_key",
                Some(settings.secret_access_key.expose()),
            ),
            (
                "aws_session_token",
                settings.session_token.as_ref().map(Secret::expose),
            ),
        ];
        let mut planned = vec![self.plan(PlaceFile::Credentials, name, &keys)?];
        if let Some(region) = &settings.region {
            let keys = [("region", Some(region.as_str()))];
            planned.push(self.plan(PlaceFile::Config, name, &keys)?);
        }
        Ok(planned)
    }

    fn plan(
        &self,
        file: PlaceFile,
        profile: &str,
        settings: &[(&str, Option<&str>)],
    ) -> Result<Plan, ProfileError> {
        let section = section_of(file, profile);
        let path = self.path(file);
        let before = read(path)?;
        let mut edit = Edit::new(&before, path)?;
        let created = !edit.has(&section);
        for (key, value) in settings {
            match value {
                Some(value) if value.contains(['\n', '\r']) => {
                    return Err(ProfileError::LineBreak((*key).to_owned()));
                }
                Some(value) => edit.set(&section, key, None, value, false)?,
                None => edit.unset(&section, key)?,
            }
        }
        Ok(Plan {
            path: path.to_owned(),
            created,
            section,
            text: edit.finish(),
        })
    }

    /// Removes a profile from both files. Says whether it was there.
    ///
    /// # Errors
    ///
    /// Files that cannot be read or written.
    pub fn remove(&self, profile: &str) -> Result<bool, ProfileError> {
        let mut found = false;
        for file in [PlaceFile::Credentials, PlaceFile::Config] {
            let path = self.path(file);
            let before = read(path)?;
            let mut edit = Edit::new(&before, path)?;
            if edit.remove(&section_of(file, profile)) {
                write(path, &edit.finish())?;
                found = true;
            }
        }
        Ok(found)
    }

    fn path(&self, file: PlaceFile) -> &Path {
        match file {
            PlaceFile::Credentials => &self.credentials,
            PlaceFile::Config => &self.config,
        }
    }
}

struct Plan {
    path: PathBuf,
    created: bool,
    section: String,
    text: String,
}

/// The section of a profile in one of the files.
fn section_of(file: PlaceFile, profile: &str) -> String {
    match file {
        PlaceFile::Credentials => profile.to_owned(),
        PlaceFile::Config if profile == "default" => profile.to_owned(),
        PlaceFile::Config if profile.contains([' ', '\t']) => format!("profile '{profile}'"),
        PlaceFile::Config => format!("profile {profile}"),
    }
}

/// The profile of a section of the config file.
pub(super) fn profile_of(section: &str) -> Option<String> {
    if section == "default" {
        return Some(section.to_owned());
    }
    if !section.starts_with("profile") {
        return None;
    }
    match ini::words(section)?.as_slice() {
        [_, name] => Some(name.clone()),
        _ => None,
    }
}

/// How Python's parser, which the AWS CLI uses, reads these files: keys may stand alone, and what
/// follows a value on its line belongs to it.
fn reading() -> ParseOptions {
    ParseOptions {
        allow_no_value: true,
        inline_comments: false,
    }
}

/// A file under edit.
struct Edit<'a> {
    editor: Editor,
    path: &'a Path,
    /// Headers that were added, each behind a blank line of the editor's own.
    added: Vec<String>,
}

impl<'a> Edit<'a> {
    fn new(text: &str, path: &'a Path) -> Result<Self, ProfileError> {
        let editor = Editor::new(text, &reading(), &EditOptions::default())
            .map_err(|source| edit_error("the file", path, source))?;
        let added = Vec::new();
        Ok(Self {
            editor,
            path,
            added,
        })
    }

    fn has(&mut self, section: &str) -> bool {
        self.editor.section(section).is_some()
    }

    fn set(
        &mut self,
        section: &str,
        key: &str,
        subkey: Option<&str>,
        value: &str,
        anew: bool,
    ) -> Result<(), ProfileError> {
        let path = self.path;
        let failed = |source| edit_error(&format!("[{section}] {key}"), path, source);
        // The AWS CLI writes no blank line before a section.
        if !self.has(section) && !self.finish().ends_with("\n\n") {
            self.added.push(format!("\n[{section}]\n"));
        }
        let mut editor = self.editor.section_or_insert(section).map_err(failed)?;
        let Some(subkey) = subkey else {
            // `anew` is how the CLI writes a line that is there: with one blank around the sign.
            let value = value.trim_matches([' ', '\t']);
            let at = editor
                .editor()
                .file()
                .sections()
                .find(|found| found.name().as_deref() == Some(section))
                .and_then(|found| {
                    found.body_lines().position(|line| {
                        let line = line.to_string();
                        let named = line.split_once(['=', ':']).map(|(name, _)| name.trim_end());
                        named == Some(key)
                    })
                });
            editor.set(key, value).map_err(failed)?;
            if let Some(at) = at.filter(|_| anew) {
                editor.remove_body_lines(at..at + 1).map_err(failed)?;
                let line = format!("{key} = {value}");
                editor.insert_body_lines(at, &[&line]).map_err(failed)?;
            }
            return Ok(());
        };
        // A nested setting such as `s3.addressing_style`: an indented line below its parent.
        let lines: Vec<String> = editor
            .editor()
            .file()
            .sections()
            .find(|found| found.name().as_deref() == Some(section))
            .map(|found| found.body_lines().map(|line| line.to_string()).collect())
            .unwrap_or_default();
        let is_nested = |line: &String| line.starts_with([' ', '\t']) && !line.trim().is_empty();
        let named = |line: &str, name: &str| {
            line.split_once(['=', ':'])
                .is_some_and(|(found, _)| found.trim() == name)
        };
        let parent = lines
            .iter()
            .position(|line| !is_nested(line) && named(line, key));
        let Some(parent) = parent else {
            let end = lines
                .iter()
                .rposition(|line| !line.trim().is_empty())
                .map_or(0, |at| at + 1);
            let head = format!("{key} =");
            let nested = format!("    {subkey} = {value}");
            return editor
                .insert_body_lines(end, &[&head, &nested])
                .map_err(failed);
        };
        let below = lines
            .iter()
            .skip(parent + 1)
            .take_while(|line| is_nested(line));
        let below: Vec<&String> = below.collect();
        let old = below.iter().position(|line| named(line, subkey));
        let (at, indent) = match old.and_then(|old| Some((old, below.get(old)?))) {
            Some((old, line)) => {
                let at = parent + 1 + old;
                editor.remove_body_lines(at..at + 1).map_err(failed)?;
                (at, line.len() - line.trim_start().len())
            }
            None => (parent + 1 + below.len(), 4),
        };
        let nested = format!("{}{subkey} = {value}", " ".repeat(indent));
        editor.insert_body_lines(at, &[&nested]).map_err(failed)
    }

    fn unset(&mut self, section: &str, key: &str) -> Result<(), ProfileError> {
        let path = self.path;
        let Some(mut editor) = self.editor.section(section) else {
            return Ok(());
        };
        editor
            .remove_entry(key)
            .map(drop)
            .map_err(|source| edit_error(&format!("[{section}] {key}"), path, source))
    }

    fn remove(&mut self, section: &str) -> bool {
        let mut found = false;
        while let Some(editor) = self.editor.section(section) {
            editor.remove();
            found = true;
        }
        found
    }

    fn finish(&self) -> String {
        let mut text = self.editor.finish();
        for header in &self.added {
            if let Some((before, after)) = text.rsplit_once(header)
                && before.ends_with('\n')
            {
                text = format!("{before}{}{after}", header.trim_start());
            }
        }
        text
    }
}

fn edit_error(what: &str, path: &Path, source: EditError) -> ProfileError {
    ProfileError::Edit {
        what: what.to_owned(),
        path: path.display().to_string(),
        source,
    }
}

/// A section of a file as text, with secrets masked.
fn masked_section(text: &str, name: &str) -> String {
    let header = format!("[{name}]");
    let mut shown = String::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim_end() == header;
        }
        if !inside {
            continue;
        }
        let secret = line.split_once('=').filter(|(key, _)| {
            matches!(
                key.trim(),
                "aws_secret_access_key" | "aws_session_token" | "aws_security_token"
            )
        });
        match secret {
            Some((key, _)) => shown.push_str(&format!("{key}= {MASK}")),
            None => shown.push_str(line),
        }
        shown.push('\n');
    }
    let kept = shown.trim_end().len();
    shown.truncate(kept);
    shown.push('\n');
    shown
}

/// Sections and their settings. What is no file has none.
fn sections(path: &Path) -> Result<Vec<ini::Section>, ProfileError> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let unparsed = || ProfileError::Unparsed(path.display().to_string());
    match read(path) {
        Ok(text) => ini::sections(&text).ok_or_else(unparsed),
        Err(ProfileError::NotText(_)) => Err(unparsed()),
        Err(error) => Err(error),
    }
}

fn read(path: &Path) -> Result<String, ProfileError> {
    match fs::read(path) {
        Ok(bytes) => {
            String::from_utf8(bytes).map_err(|_| ProfileError::NotText(path.display().to_string()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(ProfileError::Io {
            action: "read",
            path: path.display().to_string(),
            source,
        }),
    }
}

/// Replaces a file in one step. A symbolic link stays one; nobody but the owner may read the new
/// file, and a stricter mode is kept.
fn write(path: &Path, text: &str) -> Result<(), ProfileError> {
    let attempt = || -> io::Result<()> {
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        let folder = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        // A device such as `/dev/null` is written to, and stays what it is.
        if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
            return fs::OpenOptions::new()
                .write(true)
                .open(&target)?
                .write_all(text.as_bytes());
        }
        let mut file = tempfile::Builder::new()
            .prefix(".rolecall-")
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let old = fs::metadata(&target).map_or(0o600, |meta| meta.permissions().mode());
            let mode = fs::Permissions::from_mode(old & 0o600);
            file.as_file().set_permissions(mode)?;
        }
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        Ok(())
    };
    attempt().map_err(|source| ProfileError::Io {
        action: "write",
        path: path.display().to_string(),
        source,
    })
}
