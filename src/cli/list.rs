//! `rolecall list`.

use std::fmt::Write;

use clap::Args;
use serde_json::json;

use super::options::LessonOptions;
use super::{OK, UNMET, fail, print};

/// List the lessons.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print one JSON object a lesson
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    lessons: LessonOptions,
}

impl List {
    pub(super) fn perform(&self) -> u8 {
        let catalogue = match self.lessons.catalogue() {
            Ok(catalogue) => catalogue,
            Err(error) => return fail(&error.to_string()),
        };
        let mut out = String::new();
        let widest = catalogue.lessons.iter().map(|lesson| lesson.id.len()).max();
        for lesson in &catalogue.lessons {
            let written = if self.json {
                let line = json!({"lesson": lesson.id, "title": lesson.title,
                    "summary": lesson.summary, "minutes": lesson.minutes,
                    "steps": lesson.steps.len(), "exam_domains": lesson.exam_domains});
                writeln!(out, "{line}")
            } else {
                writeln!(
                    out,
                    "{:width$}  {} ({} steps, about {} minutes)",
                    lesson.id,
                    lesson.title,
                    lesson.steps.len(),
                    lesson.minutes,
                    width = widest.unwrap_or(0),
                )
            };
            debug_assert!(written.is_ok());
        }
        print(&out);
        for problem in &catalogue.problems {
            eprintln!("{problem}\n");
        }
        if catalogue.problems.is_empty() {
            OK
        } else {
            UNMET
        }
    }
}
