//! Recordings of sessions: written while the lab runs, read to be played again.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::state::private_file;
use crate::app::record::{Happened, Recorder, Start};
use crate::app::{Model, Msg};

/// A recording that is being made.
#[derive(Debug)]
pub(super) struct Recording {
    file: BufWriter<File>,
    recorder: Recorder,
    since: Instant,
}

impl Recording {
    /// Begins a new file, for its owner alone.
    ///
    /// # Errors
    ///
    /// What the disk says; a file that is there is left alone.
    pub(super) fn begin(path: &Path, model: &Model) -> io::Result<Self> {
        let file = private_file().create_new(true).open(path)?;
        let mut file = BufWriter::new(file);
        serde_json::to_writer(&mut file, &Start::of(model))?;
        file.write_all(b"\n")?;
        Ok(Self {
            file,
            recorder: Recorder::default(),
            since: Instant::now(),
        })
    }

    /// Takes in a message that has just come into `update`.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(super) fn take(&mut self, msg: &Msg, model: &Model) -> io::Result<()> {
        let ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let lines = self.recorder.take(ms, msg, model);
        self.write(&lines)
    }

    /// Writes what is held back. Nothing comes after it.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub(super) fn end(mut self, model: &Model) -> io::Result<()> {
        let lines = self.recorder.flush(model);
        self.write(&lines)
    }

    fn write(&mut self, lines: &[String]) -> io::Result<()> {
        for line in lines {
            writeln!(self.file, "{line}")?;
        }
        // Whoever is killed has recorded up to there.
        self.file.flush()
    }
}

/// A recording that was read.
#[derive(Debug)]
pub struct Tape {
    /// What the program was at its start.
    pub start: Start,
    /// What happened, in order.
    pub happened: Vec<Happened>,
}

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The disk.
    #[error("cannot read `{path}`: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line that is none of a recording.
    #[error("{path}:{line}: not a line of a recording that `rolecall --record` made: {reason}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl Tape {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// What the disk says, and the first line that cannot be understood.
    pub fn read(path: &Path) -> Result<Self, TapeError> {
        let io = |source| TapeError::Io {
            path: path.to_owned(),
            source,
        };
        let wrong = |line, reason: String| TapeError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let file = BufReader::new(File::open(path).map_err(io)?);
        let mut start = None;
        let mut happened = Vec::new();
        for (at, line) in file.lines().enumerate() {
            let line = line.map_err(io)?;
            let parsed = if start.is_none() {
                serde_json::from_slice(line.as_bytes()).map(|first| start = Some(first))
            } else {
                serde_json::from_slice(line.as_bytes()).map(|next| happened.push(next))
            };
            parsed.map_err(|error| wrong(at + 1, error.to_string()))?;
        }
        let start = start.ok_or_else(|| wrong(1, "the file is empty".to_owned()))?;
        Ok(Self { start, happened })
    }
}
