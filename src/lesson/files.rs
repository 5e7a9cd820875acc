//! The files of a lesson as its commands see them.

use std::collections::BTreeMap;
use std::io;

use super::schema::Lesson;
use super::variables::Variables;
use crate::awscli;

/// What `file://`, `--template-file` and the like name in a lesson: the lesson's own files, as the
/// learner has edited them, with variables filled in. Nothing outside the lesson is read.
#[derive(Debug, Clone, Copy)]
pub struct LessonFiles<'l> {
    /// The lesson.
    pub lesson: &'l Lesson,
    /// Texts that the learner has changed, by name.
    pub edits: &'l BTreeMap<String, String>,
    /// Values for `${name}`.
    pub variables: &'l Variables,
}

impl LessonFiles<'_> {
    /// The text of a file as the learner sees it; `None` where there is no such text.
    #[must_use]
    pub fn shown(&self, name: &str) -> Option<String> {
        self.edits
            .get(name)
            .map(String::as_str)
            .or_else(|| self.lesson.file_text(name))
            .map(|text| self.variables.shown(text))
    }
}

impl awscli::Files for LessonFiles<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let name = path.strip_prefix("./").unwrap_or(path);
        let text = match self.edits.get(name) {
            Some(text) => text,
            None => match self.lesson.contents.get(name) {
                None => return Err(io::ErrorKind::NotFound.into()),
                Some(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => text,
                    Err(_) => return Ok(bytes.clone()),
                },
            },
        };
        self.variables
            .fill(text)
            .map(String::into_bytes)
            .map_err(|unset| io::Error::new(io::ErrorKind::InvalidData, unset))
    }
}
