//! `rolecall replay`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::options::LessonOptions;
use super::{OK, fail};
use crate::runtime::record::Tape;
use crate::runtime::replay;
use crate::runtime::state::private_file;

/// Play a session that `rolecall --record` wrote, with no network and no sandbox
///
/// Space pauses, and then goes one step at a time; p plays on, + and - change the speed, q leaves.
#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The recording
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How many times as fast as it was
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Begin paused: Space goes one step at a time
    #[arg(long)]
    step: bool,
    /// Write an asciicast (version 2, which asciinema plays) into this new file, and show nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["step", "speed"])]
    asciicast: Option<PathBuf>,
    #[command(flatten)]
    lessons: LessonOptions,
}

fn speed(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed: &f64| speed.is_finite() && *speed > 0.0)
        .ok_or_else(|| "a number above 0, such as 2 or 0.5".to_owned())
}

impl Replay {
    pub(super) fn perform(&self) -> u8 {
        match self.replay() {
            Ok(()) => OK,
            Err(reason) => fail(&reason),
        }
    }

    fn replay(&self) -> Result<(), String> {
        let tape = Tape::read(&self.file).map_err(|error| error.to_string())?;
        let catalogue = self
            .lessons
            .catalogue()
            .map_err(|error| error.to_string())?;
        let told = |error: replay::ReplayError| {
            format!("`{}` cannot be played: {error}", self.file.display())
        };
        if let Some(path) = &self.asciicast {
            let file = private_file()
                .create_new(true)
                .open(path)
                .map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
            return replay::cast(&tape, catalogue, io::BufWriter::new(file)).map_err(told);
        }
        if !io::stdout().is_terminal() {
            return Err(
                "standard output is not a terminal, and a replay needs one: `--asciicast FILE` \
                 writes it for asciinema"
                    .to_owned(),
            );
        }
        let manner = replay::Manner {
            speed: self.speed,
            stepwise: self.step,
        };
        let runtime = super::loop_runtime().map_err(|error| format!("cannot start: {error}"))?;
        let played = runtime.block_on(replay::play(&tape, catalogue, manner));
        runtime.shutdown_background();
        played.map_err(told)
    }
}
