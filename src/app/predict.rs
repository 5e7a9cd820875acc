//! Saying what will happen before a call runs, and the score of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::awscli::Verdict;
use crate::lesson::{ExpectedOutcome, Step};
use crate::policy::Layer;

/// What may happen to a call: it is allowed, or denied by one of the gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guess {
    /// It is allowed.
    Allowed,
    /// An identity policy denies it, or none allows it.
    Identity,
    /// The role's trust policy does not let the caller in.
    Trust,
    /// The permissions boundary is in the way.
    Boundary,
    /// A session policy is.
    Session,
    /// The resource's policy is.
    Resource,
}

impl Guess {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Allowed,
        Self::Identity,
        Self::Trust,
        Self::Boundary,
        Self::Session,
        Self::Resource,
    ];

    /// A word for scores.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Identity => "identity",
            Self::Trust => "trust",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Resource => "resource",
        }
    }

    /// As an answer to what will happen.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Identity => "denied by the identity policies",
            Self::Trust => "denied by the role's trust policy",
            Self::Boundary => "denied by the permissions boundary",
            Self::Session => "denied by a session policy",
            Self::Resource => "denied by the resource's policy",
        }
    }

    /// As what was said, in a row that has little room.
    #[must_use]
    pub fn gate(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Identity => "the identity policies",
            Self::Trust => "the trust policy",
            Self::Boundary => "the boundary",
            Self::Session => "a session policy",
            Self::Resource => "the resource's policy",
        }
    }

    fn of(layer: Layer) -> Option<Self> {
        match layer {
            Layer::Identity => Some(Self::Identity),
            Layer::Trust => Some(Self::Trust),
            Layer::Boundary => Some(Self::Boundary),
            Layer::Session => Some(Self::Session),
            Layer::Resource => Some(Self::Resource),
            Layer::ServiceControl | Layer::ResourceControl => None,
        }
    }
}

/// How often something happened, and how often it was foreseen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often it happened where a prediction had been made.
    pub of: u32,
    /// How often the prediction was right.
    pub right: u32,
}

/// The learner's predictions in a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predictions {
    /// The learner does not want to be asked.
    #[serde(default)]
    pub off: bool,
    /// By what truly happened, in the order of [`Guess::ALL`].
    #[serde(default)]
    pub scores: Scores,
    /// Ids of the steps that count already: what one has seen is no prediction any more.
    #[serde(default)]
    pub counted: BTreeSet<String>,
}

/// The score for each thing that may happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "named after the gates")]
pub struct Scores {
    pub allowed: Tally,
    pub identity: Tally,
    pub trust: Tally,
    pub boundary: Tally,
    pub session: Tally,
    pub resource: Tally,
}

impl Scores {
    /// The score of one thing.
    #[must_use]
    pub fn of(&self, what: Guess) -> Tally {
        match what {
            Guess::Allowed => self.allowed,
            Guess::Identity => self.identity,
            Guess::Trust => self.trust,
            Guess::Boundary => self.boundary,
            Guess::Session => self.session,
            Guess::Resource => self.resource,
        }
    }

    fn of_mut(&mut self, what: Guess) -> &mut Tally {
        match what {
            Guess::Allowed => &mut self.allowed,
            Guess::Identity => &mut self.identity,
            Guess::Trust => &mut self.trust,
            Guess::Boundary => &mut self.boundary,
            Guess::Session => &mut self.session,
            Guess::Resource => &mut self.resource,
        }
    }

    /// `identity 2 of 3, trust 0 of 1`: what was predicted at all; empty where nothing was.
    #[must_use]
    pub fn words(&self) -> String {
        let all = Guess::ALL.into_iter().filter_map(|what| {
            let tally = self.of(what);
            (tally.of > 0).then(|| format!("{} {} of {}", what.word(), tally.right, tally.of))
        });
        all.collect::<Vec<_>>().join(", ")
    }
}

/// A prediction, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    /// What the learner said.
    pub guess: Guess,
    /// What truly happened.
    pub came: Option<Came>,
}

/// What happened to a call that was predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// One of what was offered.
    One(Guess),
    /// A denial whose gate nobody tells, or that is none of those offered.
    Denied,
    /// An error that says nothing of permission.
    Other,
}

impl Came {
    /// What a verdict and the layer that decided come to.
    #[must_use]
    pub fn of(verdict: Verdict, layer: Option<Layer>) -> Self {
        match (verdict, layer.and_then(Guess::of)) {
            (Verdict::Success, _) => Self::One(Guess::Allowed),
            (Verdict::Denied, Some(gate)) => Self::One(gate),
            (Verdict::Denied, None) => Self::Denied,
            (Verdict::Error, _) => Self::Other,
        }
    }
}

impl Prediction {
    /// Whether it was right; `None` where that cannot be told.
    #[must_use]
    pub fn right(&self) -> Option<bool> {
        match (self.guess, self.came?) {
            (guess, Came::One(came)) => Some(guess == came),
            (Guess::Allowed, Came::Denied) => Some(false),
            (_, Came::Denied | Came::Other) => None,
        }
    }

    /// In words, without a full stop.
    #[must_use]
    pub fn words(&self) -> String {
        let said = self.guess.sentence();
        match (self.right(), self.came) {
            (Some(true), _) => format!("you said {said}: right"),
            (Some(false), Some(Came::One(came))) => {
                format!("you said {said}: it was {}", came.sentence())
            }
            (Some(false), _) => format!("you said {said}: it was denied"),
            (None, Some(Came::Denied)) => {
                format!("you said {said}: it was denied, and by which gate is not told")
            }
            (None, Some(Came::Other)) => {
                format!("you said {said}: it failed before permission mattered")
            }
            (None, _) => format!("you say {said}"),
        }
    }
}

impl Predictions {
    /// Takes a prediction in, once for each step.
    pub fn count(&mut self, step: &str, prediction: Prediction) {
        if let (Some(Came::One(came)), Some(right)) = (prediction.came, prediction.right())
            && self.counted.insert(step.to_owned())
        {
            let tally = self.scores.of_mut(came);
            tally.of += 1;
            tally.right += u32::from(right);
        }
    }
}

/// Whether a step asks for a prediction: where its author says so, and else where it expects a
/// denial.
#[must_use]
pub fn asks(step: &Step) -> bool {
    let denied = step
        .expect
        .as_ref()
        .is_some_and(|expect| expect.outcome == ExpectedOutcome::Denied);
    step.command.is_some() && step.predict.unwrap_or(denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_are_compared_with_what_came() {
        for (guess, came, right, words) in [
            (
                Guess::Allowed,
                Came::One(Guess::Allowed),
                Some(true),
                "you said allowed: right",
            ),
            (
                Guess::Trust,
                Came::One(Guess::Identity),
                Some(false),
                "you said denied by the role's trust policy: it was denied by the identity policies",
            ),
            (
                Guess::Allowed,
                Came::Denied,
                Some(false),
                "you said allowed: it was denied",
            ),
            (
                Guess::Session,
                Came::Denied,
                None,
                "you said denied by a session policy: it was denied, and by which gate is not told",
            ),
            (
                Guess::Session,
                Came::Other,
                None,
                "you said denied by a session policy: it failed before permission mattered",
            ),
        ] {
            let prediction = Prediction {
                guess,
                came: Some(came),
            };
            assert_eq!(
                (prediction.right(), prediction.words().as_str()),
                (right, words)
            );
        }
    }

    #[test]
    fn a_step_counts_once_and_under_what_truly_happened() {
        let mut predictions = Predictions::default();
        let wrong = Prediction {
            guess: Guess::Allowed,
            came: Some(Came::One(Guess::Identity)),
        };
        let right = Prediction {
            guess: Guess::Identity,
            ..wrong
        };
        predictions.count("a", wrong);
        predictions.count("a", right);
        predictions.count("b", right);
        predictions.count(
            "c",
            Prediction {
                came: Some(Came::Other),
                ..right
            },
        );
        assert_eq!(predictions.scores.words(), "identity 1 of 2");
        assert_eq!(predictions.counted.len(), 2);
    }

    #[test]
    fn the_layers_of_the_engine_are_gates() {
        let denied = |layer| Came::of(Verdict::Denied, layer);
        assert_eq!(denied(Some(Layer::Trust)), Came::One(Guess::Trust));
        assert_eq!(denied(Some(Layer::ServiceControl)), Came::Denied);
        assert_eq!(denied(None), Came::Denied);
        assert_eq!(Came::of(Verdict::Error, None), Came::Other);
        assert_eq!(Came::of(Verdict::Success, None), Came::One(Guess::Allowed));
    }
}
