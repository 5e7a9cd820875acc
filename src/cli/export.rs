//! `rolecall export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::options::{LessonOptions, ScreenOptions};
use super::{OK, fail, print};
use crate::app::{Form, Session, Target};
use crate::lesson::World;
use crate::runtime::state::{Store, write_new};
use crate::runtime::{export, lab};

/// Print or write what was done in a lesson: commands, outcomes, why, and notes.
///
/// Secrets are masked. The HTML page has the screens, too. It stands alone: it loads nothing and runs
/// nothing.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The lesson's id, as `rolecall list` shows it
    #[arg(value_name = "LESSON")]
    lesson: String,
    /// The form
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write a new file, for its owner alone, in place of printing; where the name is taken, a
    /// number is put behind it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The lab on this AWS account, in place of the one on the sandbox
    #[arg(long, value_name = "ACCOUNT_ID")]
    account: Option<String>,
    #[command(flatten)]
    lessons: LessonOptions,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// Markdown
    #[default]
    Md,
    /// One HTML page
    Html,
}

impl Export {
    pub(super) fn perform(&self) -> u8 {
        match self.export() {
            Ok(()) => OK,
            Err(reason) => fail(&reason),
        }
    }

    fn export(&self) -> Result<(), String> {
        let catalogue = self
            .lessons
            .catalogue()
            .map_err(|error| error.to_string())?;
        let lesson = catalogue.get(&self.lesson).ok_or_else(|| {
            let advice = match catalogue.nearest(&self.lesson) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`rolecall list` shows which there are".to_owned(),
            };
            format!("there is no lesson `{}`: {advice}", self.lesson)
        })?;
        let store = Store::of_user();
        let (world, account) = match &self.account {
            Some(account) => (World::Account, account.as_str()),
            None => (World::Sandbox, ""),
        };
        let progress =
            lab::peek_in(&store, &lesson.id, world, account).ok_or_else(|| match world {
                World::Sandbox => format!(
                    "the lesson `{}` has not been begun on the sandbox: `rolecall` opens it; \
                     `--account ID` exports the lab on an account",
                    lesson.id
                ),
                _ => format!(
                    "the lesson `{}` has not been begun on the account {account}",
                    lesson.id
                ),
            })?;
        let known = progress.variables.public("account_id").map(str::to_owned);
        let target = Target {
            world,
            endpoint: None,
            account: known.or_else(|| self.account.clone()),
            region: None,
        };
        let form = match self.format {
            Format::Md => Form::Markdown,
            Format::Html => Form::Html,
        };
        let text = export::text(&Session {
            lesson: lesson.clone(),
            progress,
            target,
            keymap: ScreenOptions::default().config(&self.lessons)?.keymap,
            form,
        });
        match &self.output {
            None => print(&text),
            Some(path) => {
                let path = write_new(path, text.as_bytes())
                    .map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
                print(&format!("{}\n", path.display()));
            }
        }
        Ok(())
    }
}
