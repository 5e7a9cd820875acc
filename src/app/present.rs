//! A step told to a class: one idea a screen, revealed one after another.
//!
//! What is revealed is a place in the list of scenes that the step has so far: a step that has not
//! run has no outcome to show, and a denial has more to tell than a success.

use std::collections::{BTreeMap, BTreeSet};

use super::hands::Hands;
use super::lab::{Ended, Lab, Tab};
use super::predict::{self, Came};
use crate::awscli::Verdict;

/// One idea.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scene {
    /// The step's title.
    #[default]
    Title,
    /// The step's text, as far as this part of it, from 1.
    Text(usize),
    /// A document that the command sends, from 1.
    Document(usize),
    /// The command; while it runs, how that goes.
    Command,
    /// What the audience says will happen.
    Hands,
    /// What came of it, in one word.
    Outcome,
    /// What the command printed.
    Answer,
    /// The show of hands against the truth.
    Tally,
    /// The gates, and the one that closed.
    Why,
    /// The statement that decided.
    Statement,
    /// Who can reach what since the run.
    Change,
    /// What to remember.
    Remember,
}

impl Scene {
    /// The tab of the step that shows the same, for the panes that scroll, and for whoever stops
    /// presenting.
    #[must_use]
    pub fn tab(self) -> Tab {
        match self {
            Self::Title | Self::Text(_) | Self::Command | Self::Hands | Self::Remember => Tab::Text,
            Self::Document(_) => Tab::Files,
            Self::Outcome | Self::Answer => Tab::Response,
            Self::Tally | Self::Why | Self::Statement => Tab::Why,
            Self::Change => Tab::Map,
        }
    }

    /// In a word or two.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Title => "the title",
            Self::Text(_) => "the text",
            Self::Document(_) => "the document",
            Self::Command => "the command",
            Self::Hands => "a show of hands",
            Self::Outcome => "the outcome",
            Self::Answer => "the answer",
            Self::Tally => "the hands and the truth",
            Self::Why => "why",
            Self::Statement => "the statement that decided",
            Self::Change => "what changed",
            Self::Remember => "what to remember",
        }
    }
}

/// Where the telling of a lesson is.
#[derive(Debug, Clone, Default)]
pub struct Talk {
    /// What is revealed.
    pub scene: Scene,
    /// The shows of hands, by step.
    pub hands: BTreeMap<String, Hands>,
    /// A command ran when the model was last looked at.
    pub(super) ran: bool,
}

/// The parts of a text that are revealed one after another: paragraphs, items of lists, headings
/// with what follows them, blocks of code.
#[must_use]
pub fn parts(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut part = String::new();
    let mut fenced = false;
    for line in text.trim().lines() {
        let fence = line.trim_start().starts_with("```");
        let item = line.starts_with("- ")
            || line.starts_with("* ")
            || line.split_once(". ").is_some_and(|(number, _)| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            });
        let heading = part.starts_with('#') && part.lines().count() == 1;
        if !fenced && (line.trim().is_empty() || item && !heading) && !part.trim().is_empty() {
            out.push(std::mem::take(&mut part));
        }
        fenced ^= fence;
        if fenced || !line.trim().is_empty() {
            part.push_str(line);
            part.push('\n');
        }
    }
    if !part.trim().is_empty() {
        out.push(part);
    }
    out
}

impl Lab {
    /// The scenes of the step shown, as far as there is something to tell, in order.
    #[must_use]
    pub fn scenes(&self) -> Vec<Scene> {
        let Some(step) = self.step() else {
            return vec![Scene::Title];
        };
        let mut out = vec![Scene::Title];
        out.extend((1..=parts(&step.body).len()).map(Scene::Text));
        out.extend((1..=self.documents().len()).map(Scene::Document));
        if self.runs() {
            out.push(Scene::Command);
        }
        if predict::asks(step) || self.hands().is_some() {
            out.push(Scene::Hands);
        }
        if self.job.is_some() {
            return out;
        }
        if let Some(attempt) = self.attempt().filter(|attempt| attempt.ended != Ended::No) {
            out.push(Scene::Outcome);
            let success = attempt.verdict() == Some(Verdict::Success);
            if success && !attempt.response.is_empty() {
                out.push(Scene::Answer);
            }
            if self.came().is_some() && self.hands().is_some_and(|hands| hands.total() > 0) {
                out.push(Scene::Tally);
            }
            if let Some(explanation) = attempt.explanation()
                && (!success || predict::asks(step))
            {
                out.push(Scene::Why);
                let mut statements = explanation.gates.iter().flat_map(|gate| &gate.statements);
                if statements.any(|statement| statement.decisive) {
                    out.push(Scene::Statement);
                }
            }
            if self.changed() {
                out.push(Scene::Change);
            }
        }
        if self.after().is_some() {
            out.push(Scene::Remember);
        }
        out
    }

    /// The policies and templates that the step shown sends: a class reads them before they go.
    #[must_use]
    pub fn documents(&self) -> Vec<&str> {
        let Some(step) = self.step() else {
            return Vec::new();
        };
        let own = step.edit.iter().chain(&step.files).map(String::as_str);
        let mut seen = BTreeSet::new();
        own.filter(|name| {
            [".json", ".yaml", ".yml"]
                .iter()
                .any(|end| name.ends_with(end))
                && seen.insert(*name)
        })
        .collect()
    }

    /// The place of the scene shown among the scenes.
    #[must_use]
    pub fn scene_at(&self) -> usize {
        let scenes = self.scenes();
        let last = scenes.len().saturating_sub(1);
        let at = scenes.iter().position(|scene| *scene == self.talk.scene);
        // What is not there any more has left its place to what came before it.
        at.unwrap_or_else(|| {
            let before = scenes.iter().rposition(|scene| *scene < self.talk.scene);
            before.unwrap_or_default().min(last)
        })
    }

    /// The show of hands for the step shown.
    #[must_use]
    pub fn hands(&self) -> Option<&Hands> {
        self.talk.hands.get(&self.step()?.id)
    }

    /// What came of the step shown, as what is predicted.
    #[must_use]
    pub fn came(&self) -> Option<Came> {
        let attempt = self.attempts.get(&self.step()?.id)?;
        let denied = attempt
            .explanation()
            .filter(|it| it.verdict != crate::policy::Verdict::Allow);
        Some(Came::of(attempt.verdict()?, denied.and_then(|it| it.layer)))
    }

    /// Whether the last run changed who can reach what.
    fn changed(&self) -> bool {
        let changes = self.views.map.as_ref().and_then(|map| map.changes.as_ref());
        changes.is_some_and(|(added, removed)| !added.is_empty() || !removed.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_what_is_said_one_after_another() {
        for (text, expected) in [
            ("", &[][..]),
            ("One\nline.", &["One\nline.\n"]),
            (
                "First.\n\n- a\n  b\n- c\n\nLast.",
                &["First.\n", "- a\n  b\n", "- c\n", "Last.\n"],
            ),
            (
                "Code:\n\n```\nlet a;\n\n- b\n```\n1. x\n2. y",
                &["Code:\n", "```\nlet a;\n\n- b\n```\n", "1. x\n", "2. y\n"],
            ),
            ("# Head\n- a\n- b", &["# Head\n- a\n", "- b\n"]),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }
}
