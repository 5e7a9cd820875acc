//! What of a lab outlives the program: how far the learner is, variables, and edits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::predict::Predictions;
use super::reach::Own;
use crate::lesson::{Lesson, Variables};

/// How far a learner is in one lesson on one target. Steps are kept by id, so that a lesson may
/// grow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Id of the step last shown.
    #[serde(default)]
    pub step: String,
    /// What came of each step that was touched.
    #[serde(default)]
    pub steps: BTreeMap<String, StepProgress>,
    /// Captured values.
    #[serde(default)]
    pub variables: Variables,
    /// Files that the learner has changed, by name.
    #[serde(default)]
    pub edits: BTreeMap<String, String>,
    /// What the learner said would happen, and how often that was right.
    #[serde(default)]
    pub predictions: Predictions,
    /// Notes and such, which no undo takes back.
    #[serde(default)]
    pub own: Own,
}

/// What came of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepProgress {
    /// How it stands.
    #[serde(default)]
    pub state: StepState,
    /// Times it was run.
    #[serde(default)]
    pub attempts: u32,
    /// Hints that were asked for.
    #[serde(default)]
    pub hints: usize,
    /// What the learner has seen of the solution.
    #[serde(default)]
    pub solution: SolutionState,
    /// The command as the learner has changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}

/// What the learner has seen of a step's solution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SolutionState {
    /// Nothing.
    #[default]
    Hidden,
    /// It was shown.
    Shown,
    /// It took the place of the command and documents.
    Taken,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not done.
    #[default]
    Open,
    /// It came as expected, or was read where there is nothing to run.
    Done,
    /// It came as expected by its solution, which the learner took.
    Solved,
    /// The endpoint allowed what AWS denies.
    Lenient,
}

impl StepState {
    /// Whether the step may be left behind.
    #[must_use]
    pub fn is_done(self) -> bool {
        self != Self::Open
    }
}

impl Progress {
    /// How a step stands.
    #[must_use]
    pub fn state(&self, step: &str) -> StepState {
        self.steps
            .get(step)
            .map_or(StepState::Open, |step| step.state)
    }

    /// What came of a step, to be changed.
    pub fn step_mut(&mut self, step: &str) -> &mut StepProgress {
        self.steps.entry(step.to_owned()).or_default()
    }

    /// Steps of a lesson that were done by their solutions.
    #[must_use]
    pub fn solved(&self, lesson: &Lesson) -> usize {
        let steps = lesson.steps.iter();
        steps
            .filter(|step| self.state(&step.id) == StepState::Solved)
            .count()
    }

    /// Steps of a lesson that are done.
    #[must_use]
    pub fn done(&self, lesson: &Lesson) -> usize {
        lesson
            .steps
            .iter()
            .filter(|step| self.state(&step.id).is_done())
            .count()
    }
}
