//! `rolecall notes`.

use std::io::{self, IsTerminal};

use clap::Args;

use super::options::{LessonOptions, ScreenOptions};
use super::{OK, fail};
use crate::runtime::speaker;

/// Show the speaker's notes of the step that is presented, in a second terminal
///
/// It follows the rolecall that was begun last with --present (or in which P was pressed), with what
/// comes next and how much of the lesson's time is left, and waits where there is none. Not
/// available on Windows.
#[derive(Debug, Args)]
pub(super) struct Notes {
    #[command(flatten)]
    screen: ScreenOptions,
}

impl Notes {
    pub(super) fn perform(&self) -> u8 {
        if !io::stdout().is_terminal() {
            return fail("standard output is not a terminal, and the notes need one");
        }
        let config = match self.screen.config(&LessonOptions::default()) {
            Ok(config) => config,
            Err(reason) => return fail(&reason),
        };
        let runtime = match super::loop_runtime() {
            Ok(runtime) => runtime,
            Err(error) => return fail(&format!("cannot start: {error}")),
        };
        let ran = runtime.block_on(speaker::run(&config));
        runtime.shutdown_background();
        match ran {
            Ok(()) => OK,
            Err(error) => fail(&format!("the notes cannot be shown: {error}")),
        }
    }
}
