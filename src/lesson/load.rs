//! Loading lessons: those of the binary, and those of a folder.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::embedded;
use super::schema::{FORMAT_VERSION, Lesson};
use super::source::{Finding, nearest};

/// Bytes that a lesson may have. A long one has some 20,000.
const MOST_LESSON_BYTES: u64 = 1024 * 1024;

/// Bytes that a file of a lesson may have. Of what AWS takes in one piece, a Lambda archive or an
/// object for an exercise is the largest.
const MOST_FILE_BYTES: u64 = 16 * 1024 * 1024;

/// The lessons that there are.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Lessons that can be run, in the order of the catalogue.
    pub lessons: Vec<Arc<Lesson>>,
    /// Why others cannot.
    pub problems: Vec<Finding>,
}

/// A folder or file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{path}`: {source}")]
pub struct ReadError {
    /// What was asked for.
    pub path: PathBuf,
    /// Why not.
    pub source: io::Error,
}

/// The text of a lesson and where its files come from.
#[derive(Debug, Clone)]
pub struct LessonSource {
    /// Path, as findings show it.
    pub path: String,
    /// The TOML text.
    pub text: String,
    /// Where its files are.
    pub place: Assets,
}

/// Where a lesson's files come from.
#[derive(Debug, Clone)]
pub enum Assets {
    /// From the binary: path in the repository and contents.
    Embedded(&'static [(&'static str, &'static [u8])]),
    /// From the disk, beside the lesson.
    Disk,
}

impl Catalogue {
    /// The lessons of the binary.
    #[must_use]
    pub fn embedded() -> Self {
        let mut catalogue = Self::default();
        for source in LessonSource::embedded() {
            catalogue.add(&source);
        }
        catalogue
    }

    /// The lessons of the binary and those of a folder, where a lesson takes the place of the one
    /// with the same id.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be read. A lesson that cannot be read is a problem of the
    /// catalogue.
    pub fn with_folder(folder: &Path) -> Result<Self, ReadError> {
        let mut catalogue = Self::embedded();
        let (sources, problems) = LessonSource::in_folder(folder)?;
        catalogue.problems.extend(problems);
        let twice = LessonSource::with_the_id_of_another(&sources);
        for (at, source) in sources.iter().enumerate() {
            match twice.iter().find(|(later, _)| *later == at) {
                Some((_, finding)) => catalogue.problems.push(finding.clone()),
                None => catalogue.add(source),
            }
        }
        Ok(catalogue)
    }

    fn add(&mut self, source: &LessonSource) {
        match source.load() {
            Ok(lesson) => match self.lessons.iter_mut().find(|known| known.id == lesson.id) {
                Some(known) => *known = Arc::new(lesson),
                None => self.lessons.push(Arc::new(lesson)),
            },
            Err(problems) => self.problems.extend(problems),
        }
    }

    /// The lesson of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Lesson>> {
        self.lessons.iter().find(|lesson| lesson.id == id)
    }

    /// The id nearest to one that is not there, if any is near.
    #[must_use]
    pub fn nearest(&self, id: &str) -> Option<&str> {
        nearest(id, self.lessons.iter().map(|lesson| lesson.id.as_str()))
    }
}

impl LessonSource {
    /// The lessons of the binary.
    #[must_use]
    pub fn embedded() -> Vec<Self> {
        embedded::LESSONS
            .iter()
            .map(|lesson| Self {
                path: lesson.path.to_owned(),
                text: lesson.text.to_owned(),
                place: Assets::Embedded(lesson.files),
            })
            .collect()
    }

    /// The `*.toml` files of a folder, by name; of a file, that file. Those that are no text come
    /// back as findings.
    ///
    /// # Errors
    ///
    /// Where the folder, or the file that was asked for, cannot be read.
    pub fn in_folder(path: &Path) -> Result<(Vec<Self>, Vec<Finding>), ReadError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ReadError { path, source }
        };
        let (mut sources, mut findings) = (Vec::new(), Vec::new());
        if !path.is_dir() {
            let bytes = read_file(path, MOST_LESSON_BYTES).map_err(failed(path))?;
            match Self::of_bytes(path, bytes) {
                Ok(source) => sources.push(source),
                Err(finding) => findings.push(*finding),
            }
            return Ok((sources, findings));
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(path).map_err(failed(path))? {
            let entry = entry.map_err(failed(path))?.path();
            if entry.extension().is_some_and(|end| end == "toml") {
                paths.push(entry);
            }
        }
        paths.sort();
        for path in &paths {
            let source = match read_file(path, MOST_LESSON_BYTES) {
                Ok(bytes) => Self::of_bytes(path, bytes),
                // The other lessons of the folder are not to suffer.
                Err(error) => Err(Box::new(Finding::new(
                    &path.display().to_string(),
                    "",
                    0..0,
                    format!("cannot be read: {error}"),
                    "a lesson is a text file: mend this one, or take it out of the folder",
                ))),
            };
            match source {
                Ok(source) => sources.push(source),
                Err(finding) => findings.push(*finding),
            }
        }
        Ok((sources, findings))
    }

    fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, Box<Finding>> {
        let path = path.display().to_string();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                path,
                text,
                place: Assets::Disk,
            }),
            Err(error) => {
                let bytes = error.as_bytes();
                let at = error.utf8_error().valid_up_to();
                let byte = bytes.get(at).copied().unwrap_or_default();
                let message = if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
                    "this is text in UTF-16, not in UTF-8".to_owned()
                } else {
                    format!("the byte {byte:#04x} is not UTF-8 here")
                };
                let text = String::from_utf8_lossy(bytes);
                let advice = "save the file as UTF-8";
                Err(Box::new(Finding::new(
                    &path,
                    &text,
                    at..at + 1,
                    message,
                    advice,
                )))
            }
        }
    }

    /// Which of these have the id of one before them.
    #[must_use]
    pub fn with_the_id_of_another(sources: &[Self]) -> Vec<(usize, Finding)> {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            let (Some(lesson), _) = source.parse() else {
                continue;
            };
            match seen.get(&lesson.id) {
                Some(first) => {
                    let span = DeTable::parse(&source.text)
                        .map_or(0..0, |table| span_of(&table, &[Key::Name("id")]));
                    found.push((
                        at,
                        Finding::new(
                            &source.path,
                            &source.text,
                            span,
                            format!("the lesson of `{first}` has the id `{}` too", lesson.id),
                            "give each lesson an id of its own: progress is kept under it",
                        ),
                    ));
                }
                None => {
                    seen.insert(lesson.id, &source.path);
                }
            }
        }
        found
    }

    /// Reads the lesson and its files.
    ///
    /// # Errors
    ///
    /// Everything that makes it unusable: not TOML, unknown or missing fields, values of the wrong
    /// type, files that cannot be read.
    pub fn load(&self) -> Result<Lesson, Vec<Finding>> {
        let (lesson, mut problems) = self.parse();
        let Some(mut lesson) = lesson else {
            return Err(problems);
        };
        problems.extend(self.read_files(&mut lesson));
        if problems.is_empty() {
            Ok(lesson)
        } else {
            Err(problems)
        }
    }

    /// Reads the TOML as far as it goes: unknown fields are found all at once, and left out.
    pub(super) fn parse(&self) -> (Option<Lesson>, Vec<Finding>) {
        let finding = |error: &toml::de::Error, message: String, advice: String| {
            Finding::new(
                &self.path,
                &self.text,
                error.span().unwrap_or(0..0),
                message,
                advice,
            )
        };
        let mut problems = Vec::new();
        let mut table = match DeTable::parse(&self.text) {
            Ok(table) => table,
            Err(error) => {
                let advice = "mend the TOML here, then check again".to_owned();
                return (
                    None,
                    vec![finding(&error, one_line(error.message()), advice)],
                );
            }
        };
        loop {
            let error = match Lesson::deserialize(toml::Deserializer::from(table.clone())) {
                Ok(lesson) => {
                    if lesson.format_version != FORMAT_VERSION {
                        problems.push(Finding::new(
                            &self.path,
                            &self.text,
                            span_of(&table, &[Key::Name("format_version")]),
                            format!("format version {} is not known", lesson.format_version),
                            format!("this program reads `format_version = {FORMAT_VERSION}`"),
                        ));
                        return (None, problems);
                    }
                    return (Some(lesson), problems);
                }
                Err(error) => error,
            };
            let (message, names) = names_in(error.message());
            if message == "unknown field"
                && let Some((field, known)) = names.split_first()
                && error
                    .span()
                    .is_some_and(|span| remove_key(table.get_mut(), &span))
            {
                let advice = match nearest(field, known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("known here: {}", known.join(", ")),
                };
                problems.push(finding(&error, format!("unknown field `{field}`"), advice));
                continue;
            }
            problems.push(toml_finding(&self.path, &self.text, &error));
            return (None, problems);
        }
    }

    /// The folder of the lesson's files, for a lesson on disk or (as a path in the repository) in
    /// the binary.
    fn assets_folder(&self, lesson: &Lesson) -> PathBuf {
        let path = Path::new(&self.path);
        let folder = path.parent().unwrap_or(Path::new(""));
        match &lesson.assets {
            Some(assets) => folder.join(assets),
            None => folder.join(path.file_stem().unwrap_or_default()),
        }
    }

    /// The path of one of the lesson's files, as findings show it.
    pub(super) fn file_path(&self, lesson: &Lesson, name: &str) -> String {
        plain(&self.assets_folder(lesson).join(name))
            .display()
            .to_string()
    }

    /// Reads the lesson's files into it.
    pub(super) fn read_files(&self, lesson: &mut Lesson) -> Vec<Finding> {
        let mut problems = Vec::new();
        let table = DeTable::parse(&self.text).ok();
        let span = |keys: &[Key<'_>]| table.as_ref().map_or(0..0, |table| span_of(table, keys));
        if let Some(assets) = &lesson.assets
            && Path::new(assets).is_absolute()
        {
            problems.push(Finding::new(
                &self.path,
                &self.text,
                span(&[Key::Name("assets")]),
                "the folder of the files is an absolute path",
                "give it relative to the folder of this file, so that the lesson can move",
            ));
            return problems;
        }
        for (at, name) in lesson.files.iter().enumerate() {
            let place = [Key::Name("files"), Key::At(at)];
            if !Path::new(name)
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
                || name.is_empty()
            {
                problems.push(Finding::new(
                    &self.path,
                    &self.text,
                    span(&place),
                    format!("`{name}` does not name a file in the lesson's folder"),
                    "give a name without `..`, and not an absolute path",
                ));
                continue;
            }
            let path = self.file_path(lesson, name);
            let read = match &self.place {
                Assets::Disk => read_file(Path::new(&path), MOST_FILE_BYTES),
                Assets::Embedded(files) => files
                    .iter()
                    .find(|(known, _)| Path::new(known) == Path::new(&path))
                    .map(|(_, contents)| contents.to_vec())
                    .ok_or_else(|| io::ErrorKind::NotFound.into()),
            };
            match read {
                Ok(contents) => {
                    lesson.contents.insert(name.clone(), contents);
                }
                Err(error) => problems.push(Finding::new(
                    &self.path,
                    &self.text,
                    span(&place),
                    format!("cannot read `{path}`: {error}"),
                    "add the file, or take its name from `files`",
                )),
            }
        }
        problems
    }
}

/// Reads a file, unless it is none: a pipe would wait for ever, and a device need not end.
fn read_file(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let refuse = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
    // Opening a pipe waits too.
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(refuse("it is a folder".to_owned()));
    }
    if !kind.is_file() {
        return Err(refuse("it is no ordinary file".to_owned()));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(refuse(format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// One step of the way to a value in a TOML document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key<'k> {
    /// Of a table.
    Name(&'k str),
    /// Of an array, from 0.
    At(usize),
}

/// Where a value stands; where it is missing, the nearest table around it.
pub(super) fn span_of(table: &Spanned<DeTable<'_>>, keys: &[Key<'_>]) -> std::ops::Range<usize> {
    let mut span = 0..0;
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for key in keys {
        let next = match (key, value.map(Spanned::get_ref)) {
            (Key::Name(name), None) => table.get_ref().get(*name),
            (Key::Name(name), Some(DeValue::Table(table))) => table.get(*name),
            (Key::At(at), Some(DeValue::Array(array))) => array.get(*at),
            _ => None,
        };
        let Some(next) = next else { break };
        span = next.span();
        value = Some(next);
    }
    span
}

/// Removes the key at a place, wherever in the document it is.
fn remove_key(table: &mut DeTable<'_>, at: &std::ops::Range<usize>) -> bool {
    let found = table
        .iter()
        .find(|(key, _)| key.span() == *at)
        .map(|(key, _)| key.clone());
    if let Some(key) = found {
        return table.remove(&key).is_some();
    }
    table
        .iter_mut()
        .any(|(_, value)| remove_key_in(value.get_mut(), at))
}

fn remove_key_in(value: &mut DeValue<'_>, at: &std::ops::Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => remove_key(table, at),
        DeValue::Array(array) => array
            .iter_mut()
            .any(|value| remove_key_in(value.get_mut(), at)),
        _ => false,
    }
}

/// A message of serde as its words before the first name, and the names in backticks.
fn names_in(message: &str) -> (&str, Vec<&str>) {
    let mut parts = message.split('`');
    let words = parts.next().unwrap_or_default().trim_end();
    (words, parts.step_by(2).collect())
}

/// What is wrong with a TOML text, and what to do about it.
pub(crate) fn toml_finding(path: &str, text: &str, error: &toml::de::Error) -> Finding {
    let (message, names) = names_in(error.message());
    let advice = match (message, names.split_first()) {
        ("missing field", Some((field, _))) => format!("add `{field} = …` to this table"),
        ("unknown variant" | "unknown field", Some((variant, known))) => {
            match nearest(variant, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", known.join(", ")),
            }
        }
        _ => "give a value of that type".to_owned(),
    };
    let said = match (message, names.first()) {
        ("unknown field", Some(field)) => format!("unknown field `{field}`"),
        _ => one_line(error.message()),
    };
    Finding::new(path, text, error.span().unwrap_or(0..0), said, advice)
}

fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join(", ")
}

/// A relative path with `folder/..` taken out of it.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
