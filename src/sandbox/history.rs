//! The decisions of the latest requests.

use std::collections::VecDeque;

use super::gate::Recorded;

/// Requests whose decisions are remembered.
const REQUESTS: usize = 512;
/// Decisions that are remembered, whole requests at a time: one request can lead to a thousand.
const DECISIONS: usize = 4_096;
/// How far back decisions of one request may lie apart, with those of its inner calls between.
const NEAR: usize = 16;

/// The decisions of a request, under its id.
pub type Decided = (String, Vec<Recorded>);

/// What was decided last.
#[derive(Debug, Default)]
pub struct History {
    /// Oldest first.
    requests: VecDeque<Decided>,
    decisions: usize,
}

impl History {
    /// Remembers the decisions of one request and of those made on its behalf, whose ids are new. Gives
    /// what is forgotten for them.
    pub fn push(&mut self, decisions: Vec<(String, Recorded)>) -> Vec<Decided> {
        self.decisions += decisions.len();
        let mut requests: Vec<Decided> = Vec::new();
        for (id, decision) in decisions {
            let mut near = requests.iter_mut().rev().take(NEAR);
            match near.find(|(known, _)| *known == id) {
                Some((_, known)) => known.push(decision),
                None => requests.push((id, vec![decision])),
            }
        }
        self.requests.extend(requests);
        let mut forgotten = Vec::new();
        while self.requests.len() > REQUESTS
            || self.decisions > DECISIONS && self.requests.len() > 1
        {
            let Some(oldest) = self.requests.pop_front() else {
                break;
            };
            self.decisions -= oldest.1.len();
            forgotten.push(oldest);
        }
        forgotten
    }

    /// The decisions of a request, in the order in which they were made.
    #[must_use]
    pub fn find(&self, id: &str) -> &[Recorded] {
        let found = self.requests.iter().rev().find(|(known, _)| known == id);
        found.map_or(&[], |(_, decisions)| decisions)
    }
}
