//! What [`update`](super::update) wants done in the world, as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::export::Session;
use super::lab::{Checkpoint, Ticket};
use super::msg::RunId;
use super::progress::Progress;
use crate::lesson::{Lesson, LessonFiles, Variables};
use crate::secret::Secret;

/// Something to be done. What comes of it arrives as a [`Msg`](super::Msg).
#[derive(Debug, Clone)]
pub enum Effect {
    /// Find out account, caller and region, before anything is created:
    /// [`Msg::Surveyed`](super::Msg::Surveyed).
    Survey(RunId),
    /// Open the lab of a lesson on the target: [`Msg::Opened`](super::Msg::Opened).
    Open {
        /// Its id.
        run: RunId,
        /// The lesson's id.
        lesson: String,
    },
    /// Remember the world as it is now, to come back by [`Effect::Restore`]. No message.
    Checkpoint(Box<Checkpoint>),
    /// Run a command: [`Msg::Event`](super::Msg::Event)s, then
    /// [`Msg::Finished`](super::Msg::Finished).
    Run(Box<Run>),
    /// Remove local profiles: [`Msg::Finished`](super::Msg::Finished).
    RemoveProfiles {
        /// The run's id.
        run: RunId,
        /// Their names.
        profiles: Vec<String>,
    },
    /// Stop a run. Its message, if one still comes, is dropped.
    Cancel(RunId),
    /// Find out who a profile is: [`Msg::Identified`](super::Msg::Identified).
    Identify {
        /// The profile; `None` is the administrator that the lesson runs as.
        profile: Option<String>,
    },
    /// Look at what exists in the sandbox: [`Msg::Looked`](super::Msg::Looked).
    Look,
    /// Make the world what it was at a checkpoint, and forget it and those after it:
    /// [`Msg::Restored`](super::Msg::Restored).
    Restore(Ticket),
    /// Begin the sandbox of the lesson afresh, profiles included:
    /// [`Msg::Emptied`](super::Msg::Emptied).
    Empty,
    /// Write progress, and the sandbox's world with it: [`Msg::Saved`](super::Msg::Saved).
    Save {
        /// The lesson's id.
        lesson: String,
        /// How far the learner is.
        progress: Box<Progress>,
    },
    /// Read the sandbox's time, and the life of a profile's session:
    /// [`Msg::Clock`](super::Msg::Clock).
    ReadClock {
        /// The profile; `None` is the administrator.
        profile: Option<String>,
    },
    /// Move the sandbox's time forward. No message.
    Advance {
        /// By how much.
        seconds: u64,
    },
    /// Find the names that exist in the world: [`Msg::Names`](super::Msg::Names).
    Names,
    /// Open the door: [`Msg::DoorOpened`](super::Msg::DoorOpened), then
    /// [`Msg::Visited`](super::Msg::Visited) whenever somebody was there.
    OpenDoor,
    /// Close it. No message.
    CloseDoor,
    /// Write a session to a file of the learner's, under a name that is free:
    /// [`Msg::Exported`](super::Msg::Exported).
    Export(Box<Session>),
    /// Put a text on the terminal's clipboard (OSC 52). The terminal does not tell whether it did.
    Copy(String),
    /// Let the terminal report the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Give the terminal back to the shell until it is resumed.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Stop the program.
    Quit,
}

/// One command to be run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The AWS CLI text, variables filled in. It may hold secrets.
    pub text: Secret,
    /// The lesson, for its files.
    pub lesson: Arc<Lesson>,
    /// Files that the learner has changed.
    pub edits: BTreeMap<String, String>,
    /// Values for variables in files.
    pub variables: Variables,
    /// Milliseconds to wait before, where changes need time to take effect.
    pub delay: u64,
}

impl Run {
    /// The files that the command may name.
    #[must_use]
    pub fn files(&self) -> LessonFiles<'_> {
        LessonFiles {
            lesson: &self.lesson,
            edits: &self.edits,
            variables: &self.variables,
        }
    }
}
