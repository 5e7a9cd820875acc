//! What a speaker reads in a second terminal: the step's notes, what is shown and what comes next.

use serde::{Deserialize, Serialize};

use super::lab::Lab;
use super::model::Model;
use super::predict::Came;
use super::present::Scene;

/// The speaker's sheet. No secret is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The lesson's title.
    pub lesson: String,
    /// Minutes that it takes.
    pub minutes: u32,
    /// The step shown, from 1.
    pub step: usize,
    /// How many there are.
    pub steps: usize,
    /// Its title.
    pub title: String,
    /// What of it the room sees, in words.
    pub shown: String,
    /// What is revealed next, in words; `None` where another step comes.
    pub then: Option<String>,
    /// The author's notes on it, as Markdown.
    pub notes: Option<String>,
    /// How it ended, in words; empty before.
    pub outcome: String,
    /// What the show of hands came to, in words; empty where there was none.
    pub hands: String,
    /// The next step's title.
    pub next: Option<String>,
    /// The room sees nothing.
    pub blank: bool,
}

/// A scene, told apart from others of its kind.
fn words(lab: &Lab, scenes: &[Scene], scene: Scene) -> String {
    match scene {
        Scene::Text(at) => {
            let of = scenes
                .iter()
                .filter(|scene| matches!(scene, Scene::Text(_)))
                .count();
            match of {
                1 => scene.title().to_owned(),
                of => format!("part {at} of {of} of the text"),
            }
        }
        Scene::Document(at) => {
            let documents = lab.documents();
            let name = at.checked_sub(1).and_then(|at| documents.get(at));
            name.map_or_else(|| scene.title().to_owned(), |name| (*name).to_owned())
        }
        _ => scene.title().to_owned(),
    }
}

/// The sheet for what is shown; `None` outside of a lesson.
#[must_use]
pub fn sheet(model: &Model) -> Option<Sheet> {
    let lab = model.lab()?;
    let step = lab.step()?;
    let scenes = lab.scenes();
    let at = lab.scene_at();
    let attempt = lab.attempt();
    let outcome = match (&lab.job, attempt) {
        (Some(_), _) => "it runs".to_owned(),
        (None, None) if lab.state().is_done() => "done before".to_owned(),
        (None, None) => String::new(),
        (None, Some(attempt)) => match &attempt.judgement {
            Some(judgement) => judgement.text.clone(),
            None => "it did not end".to_owned(),
        },
    };
    let hands = lab.hands().filter(|hands| hands.total() > 0);
    let hands = hands.map_or_else(String::new, |hands| {
        let total = hands.total();
        let right = lab.came().and_then(|came: Came| hands.right(came));
        match right {
            Some(right) => format!("{right} of {total} hands were right"),
            None => format!("{total} hands"),
        }
    });
    Some(Sheet {
        lesson: lab.lesson.title.clone(),
        minutes: lab.lesson.minutes,
        step: lab.at + 1,
        steps: lab.lesson.steps.len(),
        title: step.title.clone(),
        shown: scenes
            .get(at)
            .map_or_else(String::new, |scene| words(lab, &scenes, *scene)),
        then: scenes.get(at + 1).map(|scene| words(lab, &scenes, *scene)),
        notes: step
            .notes
            .as_deref()
            .map(|notes| lab.progress.variables.shown(notes)),
        outcome: lab.progress.variables.mask(&outcome),
        hands,
        next: lab
            .lesson
            .steps
            .get(lab.at + 1)
            .map(|step| step.title.clone()),
        blank: model.stage.blank,
    })
}
