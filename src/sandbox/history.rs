//! The decisions of the latest requests.
//!
//! Why a request was refused is asked for later, too, by the id in its message: more of these are
//! remembered than of those that were allowed, of which there are many and which should stay in the
//! processor's cache.

use std::collections::VecDeque;

use super::gate::Recorded;
use crate::policy::Verdict;

/// Requests that were refused something.
const REFUSED: usize = 512;
/// Requests that were allowed all that they asked.
const ALLOWED: usize = 128;
/// Decisions that are remembered of either, whole requests at a time: one request can lead to a
/// thousand.
const DECISIONS: usize = 4_096;
/// How far back decisions of one request may lie apart, with those of its inner calls between.
const NEAR: usize = 16;

/// The decisions of a request, under its id.
pub type Decided = (String, Vec<Recorded>);

/// The decisions of a request, and of those made on its behalf.
#[derive(Debug, Default)]
pub struct Decisions(Vec<Decided>);

impl Decisions {
    /// Adds one of the request with that id.
    pub fn push(&mut self, id: &str, decision: Recorded) {
        let mut near = self.0.iter_mut().rev().take(NEAR);
        match near.find(|(known, _)| known == id) {
            Some((_, known)) => known.push(decision),
            None => self.0.push((id.to_owned(), vec![decision])),
        }
    }

    /// The first that was made.
    #[must_use]
    pub fn first(&self) -> Option<&Recorded> {
        self.0.first().and_then(|(_, decisions)| decisions.first())
    }
}

/// What was decided last.
#[derive(Debug)]
pub struct History {
    refused: Latest,
    allowed: Latest,
}

/// Requests, oldest first, and how many there may be.
#[derive(Debug)]
struct Latest {
    requests: VecDeque<Decided>,
    most: usize,
    decisions: usize,
}

impl Default for History {
    fn default() -> Self {
        let latest = |most| Latest {
            requests: VecDeque::new(),
            most,
            decisions: 0,
        };
        Self {
            refused: latest(REFUSED),
            allowed: latest(ALLOWED),
        }
    }
}

impl History {
    /// Remembers the decisions of requests whose ids are new. Gives what is forgotten for them.
    pub fn push(&mut self, decisions: Decisions) -> Vec<Decided> {
        let mut forgotten = Vec::new();
        for request in decisions.0 {
            let mut verdicts = request.1.iter().map(Recorded::verdict);
            if verdicts.all(|verdict| verdict == Verdict::Allow) {
                self.allowed.push(request, &mut forgotten);
            } else {
                self.refused.push(request, &mut forgotten);
            }
        }
        forgotten
    }

    /// The decisions of a request, in the order in which they were made.
    #[must_use]
    pub fn find(&self, id: &str) -> &[Recorded] {
        let found = self.allowed.find(id).or_else(|| self.refused.find(id));
        found.unwrap_or_default()
    }
}

impl Latest {
    fn push(&mut self, request: Decided, forgotten: &mut Vec<Decided>) {
        self.decisions += request.1.len();
        self.requests.push_back(request);
        while self.requests.len() > self.most
            || self.decisions > DECISIONS && self.requests.len() > 1
        {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.decisions -= oldest.1.len();
            forgotten.push(oldest);
        }
    }

    fn find(&self, id: &str) -> Option<&[Recorded]> {
        let found = self.requests.iter().rev().find(|(known, _)| known == id);
        found.map(|(_, decisions)| &**decisions)
    }
}
