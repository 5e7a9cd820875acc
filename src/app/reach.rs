//! What of a lab reaches beyond its steps: the sandbox's time, the door for other programs, and
//! what a session leaves behind.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::lab::{Attempt, Ended, Entry};
use super::msg::{Report, StackEvent};
use super::predict::Prediction;
use super::record::each_text;
use super::target::Identity;
use super::text::{Indexed, Kind, Section};
use crate::awscli::{Names, Outcome, Printed, Verdict};
use crate::lesson::Judgement;
use crate::policy::Explanation;

/// Lines of what a step printed, and events of its stack, that are kept for exports.
const MOST_LINES: usize = 400;

/// Characters of one of them.
const MOST_COLUMNS: usize = 2000;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What reaches beyond the steps.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Names that exist in the world.
    pub names: Names,
    /// The sandbox's time, when it was last read.
    pub clock: Option<Reading>,
    /// The door, while it is open.
    pub door: Option<Door>,
}

/// The sandbox's time, and the session of one profile in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The profile that was asked about; `None` is the administrator.
    pub profile: Option<String>,
    /// The time, as text, UTC.
    pub now: String,
    /// Seconds by which it is ahead of the machine's.
    pub ahead: i64,
    /// The profile's session, where its credentials are temporary.
    pub session: Option<Life>,
}

/// The life of temporary credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Seconds until they expire; not positive once they have.
    pub left: i64,
    /// When, as text, UTC.
    pub expires: String,
    /// Seconds since an MFA device was proved, where one was.
    pub mfa: Option<i64>,
}

/// The open door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// Address, such as `http://127.0.0.1:40123`.
    pub endpoint: String,
    /// The line that a shell reads the settings by. It names a file that only its owner may read.
    pub line: String,
    /// Id of the access key that the file gives.
    pub key: String,
    /// Requests that came in.
    pub requests: u64,
    /// Of those, such as changed the world.
    pub changes: u64,
    /// The newest, in words.
    pub last: String,
}

/// Requests that came through the door.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// How many.
    pub requests: u64,
    /// How many changed the world.
    pub changes: u64,
    /// The newest of those that changed something, or else the newest, in words.
    pub last: String,
}

/// What lies over a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The sandbox's time.
    Clock,
    /// The door.
    Door,
    /// The choice of a form to export in.
    Export,
}

/// How far to move the sandbox's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Jump {
    /// Minutes forward.
    Minutes(u32),
    /// To just after the session of the profile in use has expired.
    PastExpiry,
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// Markdown.
    Markdown,
    /// One HTML page.
    Html,
}

impl Form {
    /// The ending of its files.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }
}

impl Life {
    /// Seconds until what the header says about it changes, if it ever does.
    #[must_use]
    pub fn changes_in(&self) -> Option<u64> {
        let left = u64::try_from(self.left).ok().filter(|left| *left > 0)?;
        // `59 min` holds until 59 whole minutes are left no more.
        Some(left % 60 + 1)
    }

    /// The life in a word or two, for the header.
    #[must_use]
    pub fn words(&self) -> String {
        if self.left <= 0 {
            "session EXPIRED".to_owned()
        } else {
            format!("session {}", lasting(self.left))
        }
    }
}

/// A span of time for people, in whole minutes.
#[must_use]
pub fn lasting(seconds: i64) -> String {
    let minutes = seconds / 60;
    match seconds {
        s if s < 60 => "under 1 min".to_owned(),
        s if s < 2 * 3600 => format!("{minutes} min"),
        s if s < 2 * DAY => format!("{} h {} min", minutes / 60, minutes % 60),
        s => format!("{} days", s / DAY),
    }
}

/// What the learner wrote that is no part of any step's state: undo and resets leave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// Notes by step.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub notes: std::collections::BTreeMap<String, String>,
    /// Commands typed in free play, oldest first; none holds a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<String>,
    /// What came of each step when it last ran, by step.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub kept: std::collections::BTreeMap<String, Arc<Kept>>,
}

/// What came of a step, as it is kept for exports: masked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The command.
    pub command: String,
    /// How the last command ended.
    pub verdict: Option<Verdict>,
    /// AWS's error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the expectation made of it.
    pub judgement: String,
    /// It was as expected.
    pub ok: bool,
    /// What was printed; a long text is cut.
    pub printed: String,
    /// What the lines of that are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// Lines that were cut.
    #[serde(default)]
    pub cut: usize,
    /// Events of a stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<StackEvent>,
    /// Milliseconds of all its commands.
    #[serde(default)]
    pub millis: u64,
    /// What may help, where that is not what the step expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// What the learner said would happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    /// Who signed, where that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The decision, where the target gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Explanation>,
}

impl Eq for Kept {}

impl Kept {
    /// What is kept of an attempt that has ended.
    #[must_use]
    pub fn of(
        command: String,
        attempt: &Attempt,
        identity: Option<Identity>,
        mask: impl Fn(&str) -> String,
    ) -> Self {
        let lines = attempt.response.len();
        let printed: Vec<String> = (0..lines.min(MOST_LINES))
            .filter_map(|at| attempt.response.line(at))
            .map(|line| line.chars().take(MOST_COLUMNS).collect())
            .collect();
        let last = attempt.last();
        let judgement = match (&attempt.ended, &attempt.judgement) {
            (Ended::Failed(reason), _) => reason.clone(),
            (_, Some(judgement)) => judgement.text.clone(),
            (_, None) => String::new(),
        };
        Self {
            command,
            verdict: attempt.verdict(),
            code: last.and_then(|report| report.outcome.code.clone()),
            judgement: mask(&judgement),
            ok: attempt.ended == Ended::Answered
                && attempt.judgement.as_ref().is_some_and(|it| it.ok),
            printed: mask(&printed.join("\n")),
            sections: attempt
                .response
                .sections()
                .iter()
                .filter(|section| section.line < MOST_LINES)
                .copied()
                .collect(),
            cut: lines.saturating_sub(MOST_LINES),
            events: attempt.events.iter().take(MOST_LINES).cloned().collect(),
            millis: attempt.millis,
            advice: attempt.advice.clone(),
            prediction: attempt.prediction,
            identity,
            decision: attempt.explanation().cloned(),
        }
    }

    /// The same, with every text masked again: more secrets may be known by now.
    #[must_use]
    pub fn masked(&self, mask: impl Fn(&str) -> String) -> Option<Self> {
        // Through bytes, as in `record`.
        let mut value = serde_json::from_slice(&serde_json::to_vec(self).ok()?).ok()?;
        each_text(&mut value, &mask);
        serde_json::from_slice(&serde_json::to_vec(&value).ok()?).ok()
    }

    /// The attempt again, as far as it is kept: enough to be drawn.
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        // What was kept before there were sections has none.
        let plain = [Section {
            line: 0,
            kind: Kind::Plain,
        }];
        let sections = if self.sections.is_empty() {
            &plain
        } else {
            self.sections.as_slice()
        };
        let entry = |verdict| Entry {
            command: self.command.clone(),
            report: Report {
                outcome: Outcome {
                    verdict,
                    code: self.code.clone(),
                    message: None,
                    exit: 0,
                    stdout: Printed::default(),
                    stderr: String::new(),
                    request_ids: Vec::new(),
                },
                explanations: self.decision.iter().cloned().collect(),
                exchanges: Vec::new(),
                millis: self.millis,
                note: None,
            },
        };
        Attempt {
            entries: self.verdict.map(entry).into_iter().collect(),
            response: Indexed::of(sections, &self.printed),
            events: self.events.clone(),
            ended: Ended::Answered,
            judgement: Some(Judgement {
                ok: self.ok,
                text: self.judgement.clone(),
                lenient: false,
            }),
            advice: self.advice.clone(),
            prediction: self.prediction,
            millis: self.millis,
            ..Attempt::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_countdown_says_when_it_will_change() {
        let life = |left| Life {
            left,
            expires: String::new(),
            mfa: None,
        };
        assert_eq!(life(3599).words(), "session 59 min");
        assert_eq!(life(3599).changes_in(), Some(60));
        assert_eq!(life(3599 - 60).words(), "session 58 min");
        assert_eq!(life(61).changes_in(), Some(2));
        assert_eq!(life(59).words(), "session under 1 min");
        assert_eq!(life(0).words(), "session EXPIRED");
        assert_eq!(life(0).changes_in(), None);
        assert_eq!(life(-5).changes_in(), None);
        assert_eq!(lasting(3 * 3600), "3 h 0 min");
    }
}
