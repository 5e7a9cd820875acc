//! `rolecall check`.

use std::path::PathBuf;

use clap::Args;

use super::{OK, UNMET, fail, print};
use crate::lesson::{LessonSource, check};
use crate::ui;

/// Check lessons that you are writing.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Lesson files, or folders of them; without any, the lessons that the program brings along
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Check {
    pub(super) fn perform(&self) -> u8 {
        let mut sources = Vec::new();
        let mut findings = Vec::new();
        if self.paths.is_empty() {
            sources = LessonSource::embedded();
        }
        for path in &self.paths {
            match LessonSource::in_folder(path) {
                Ok((found, unreadable)) if found.is_empty() && unreadable.is_empty() => {
                    return fail(&format!(
                        "`{}` has no lesson: a lesson's name ends in `.toml`",
                        path.display()
                    ));
                }
                Ok((found, unreadable)) => {
                    sources.extend(found);
                    findings.extend(unreadable);
                }
                Err(error) => return fail(&error.to_string()),
            }
        }
        let lessons = count(sources.len() + findings.len(), "lesson");
        for source in &sources {
            findings.extend(check(source, &ui::room));
        }
        let twice = LessonSource::with_the_id_of_another(&sources);
        findings.extend(twice.into_iter().map(|(_, finding)| finding));
        for finding in &findings {
            print(&format!("{finding}\n\n"));
        }
        if findings.is_empty() {
            print(&format!("{lessons} checked, nothing found\n"));
            OK
        } else {
            print(&format!(
                "{lessons} checked, {} found\n",
                count(findings.len(), "problem")
            ));
            UNMET
        }
    }
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
