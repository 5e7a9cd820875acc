//! Everything that the screens show and the effects need.

use std::collections::BTreeMap;

use super::finder::Finder;
use super::geometry::Geometry;
use super::keymap::Mode;
use super::lab::{Focus, Lab, Subject};
use super::msg::RunId;
use super::predict::Scores;
use super::reach::Over;
use super::stage::Stage;
use super::target::{Capabilities, Survey, Target};
use crate::lesson::Catalogue;

/// Smallest terminal that is drawn to: columns and rows.
pub const SMALLEST: (u16, u16) = (60, 18);

/// The state of the program.
#[derive(Debug, Clone)]
pub struct Model {
    /// The lessons.
    pub catalogue: Catalogue,
    /// The lesson selected in the catalogue, from 0.
    pub selected: usize,
    /// How far the learner is in each lesson, by id.
    pub overviews: BTreeMap<String, Overview>,
    /// What answers the calls.
    pub target: Target,
    /// What the terminal can show.
    pub capabilities: Capabilities,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Where the last frame put things.
    pub geometry: Geometry,
    /// What is shown.
    pub screen: Screen,
    /// Help lies over it, scrolled to this line.
    pub help: Option<usize>,
    /// The command palette lies over it.
    pub finder: Option<Finder>,
    /// One line to tell, until the next key.
    pub notice: Option<Notice>,
    /// The learner has confirmed the account for this session.
    pub confirmed: bool,
    /// Learners are asked for predictions, where they have not turned that off.
    pub predicting: bool,
    /// The program has the mouse.
    pub mouse: bool,
    /// How things are shown.
    pub stage: Stage,
    /// The program is about to stop.
    pub quitting: bool,
    /// The number of the next run or checkpoint.
    pub next: u64,
}

/// How far the learner is in a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overview {
    /// Steps done.
    pub done: usize,
    /// Those of them that were done by their solutions.
    pub solved: usize,
    /// How often predictions were right.
    pub scores: Scores,
    /// The step to go on with, from 0.
    pub at: usize,
}

/// One line to tell. What a key does stands in it by its name in the config file, `{{hint}}`: who
/// shows it writes the key, or the command of the plain mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// For information.
    Told(String),
    /// Something went wrong.
    Wrong(String),
}

/// What is shown.
#[derive(Debug, Clone)]
pub enum Screen {
    /// The lessons.
    Catalogue,
    /// A lab is being opened.
    Opening {
        /// The lesson's id.
        lesson: String,
        /// For how long.
        wait: Wait,
    },
    /// Something must be confirmed before a target other than the sandbox is touched.
    Confirm(Confirm),
    /// A lab could not be opened.
    Failed {
        /// The lesson's id.
        lesson: String,
        /// Why.
        reason: String,
    },
    /// A step.
    Lab(Box<Lab>),
}

/// Something that is waited for before there is a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// What has this id, and no other, is the answer.
    pub run: RunId,
    /// Milliseconds since it began.
    pub millis: u64,
}

/// The confirmation of a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The lesson's id.
    pub lesson: String,
    /// For how long it was asked who is there.
    pub wait: Wait,
    /// Who is there; `None` while that is asked.
    pub survey: Option<Survey>,
    /// What the learner has typed.
    pub typed: String,
    /// First line shown of what the lesson creates.
    pub scroll: usize,
}

impl Model {
    /// The program at its start, with the lessons shown.
    #[must_use]
    pub fn new(catalogue: Catalogue, target: Target, capabilities: Capabilities) -> Self {
        Self {
            catalogue,
            selected: 0,
            overviews: BTreeMap::new(),
            target,
            capabilities,
            size: (80, 24),
            geometry: Geometry::default(),
            screen: Screen::Catalogue,
            help: None,
            finder: None,
            notice: None,
            confirmed: false,
            predicting: true,
            mouse: true,
            stage: Stage::default(),
            quitting: false,
            next: 1,
        }
    }

    /// The lab, if one is open.
    #[must_use]
    pub fn lab(&self) -> Option<&Lab> {
        match &self.screen {
            Screen::Lab(lab) => Some(lab),
            _ => None,
        }
    }

    /// The lab, to be changed.
    pub fn lab_mut(&mut self) -> Option<&mut Lab> {
        match &mut self.screen {
            Screen::Lab(lab) => Some(lab),
            _ => None,
        }
    }

    /// The run that is under way: while there is one, the runtime sends ticks.
    #[must_use]
    pub fn running(&self) -> Option<RunId> {
        match &self.screen {
            Screen::Lab(lab) => Some(lab.job.as_ref()?.running.run),
            Screen::Opening { wait, .. } => Some(wait.run),
            Screen::Confirm(confirm) if confirm.survey.is_none() => Some(confirm.wait.run),
            Screen::Confirm(_) | Screen::Catalogue | Screen::Failed { .. } => None,
        }
    }

    /// Takes in how long a run has been under way.
    pub(super) fn tick(&mut self, run: RunId, millis: u64) {
        if self.running() != Some(run) {
            return;
        }
        match &mut self.screen {
            Screen::Lab(lab) => {
                if let Some(job) = &mut lab.job {
                    job.running.millis = millis;
                }
            }
            Screen::Opening { wait, .. } => wait.millis = millis,
            Screen::Confirm(confirm) => confirm.wait.millis = millis,
            Screen::Catalogue | Screen::Failed { .. } => {}
        }
    }

    /// Seconds until what is shown about a session's life changes. While no session that lives is
    /// shown, nothing will.
    #[must_use]
    pub fn countdown(&self) -> Option<u64> {
        let reading = self.lab()?.reach.clock.as_ref()?;
        reading.session.as_ref()?.changes_in()
    }

    /// Whether the terminal is too small to be drawn to.
    #[must_use]
    pub fn too_small(&self) -> bool {
        self.size.0 < SMALLEST.0 || self.size.1 < SMALLEST.1
    }

    /// Which keys work.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.too_small() {
            return Mode::TooSmall;
        }
        if self.stage.blank {
            return Mode::Blank;
        }
        if self.help.is_some() {
            return Mode::Help;
        }
        if self.finder.is_some() {
            return Mode::Finder;
        }
        self.mode_below()
    }

    /// Which keys work below help and palette.
    #[must_use]
    pub fn mode_below(&self) -> Mode {
        match &self.screen {
            Screen::Catalogue => Mode::Catalogue,
            Screen::Opening { .. } => Mode::Waiting,
            Screen::Failed { .. } => Mode::Failed,
            Screen::Confirm(_) => Mode::Confirm,
            Screen::Lab(lab) => match &lab.focus {
                Focus::Editing {
                    subject: Subject::Command,
                    ..
                } => Mode::Command,
                Focus::Editing {
                    subject: Subject::File(_),
                    ..
                } => Mode::File,
                Focus::Editing {
                    subject: Subject::Note,
                    ..
                } => Mode::Note,
                Focus::Playing(_) if lab.job.is_some() => Mode::PlayRunning,
                Focus::Playing(_) => Mode::Playing,
                Focus::Over(Over::Clock) => Mode::Clock,
                Focus::Over(Over::Door) => Mode::Door,
                Focus::Over(Over::Export) => Mode::Export,
                Focus::Searching(_) => Mode::Searching,
                Focus::Asking(_) => Mode::Asking,
                Focus::Predicting(_) => Mode::Predicting,
                Focus::Hands(_) => Mode::Hands,
                Focus::Reading if self.stage.presenting => match lab.job {
                    Some(_) => Mode::PresentRunning,
                    None => Mode::Presenting,
                },
                Focus::Reading if lab.job.is_some() => Mode::Running,
                Focus::Reading => Mode::Reading,
            },
        }
    }

    /// A number never used before.
    pub(super) fn number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }
}
