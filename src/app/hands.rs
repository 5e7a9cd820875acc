//! A show of hands: how many of an audience say what, before a call runs.

use serde::{Deserialize, Serialize};

use super::predict::{Came, Guess, Prediction};

/// The largest audience for one answer.
const MOST: u32 = 9_999;

/// How many say what, in the order of [`Guess::ALL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hands {
    counts: [u32; Guess::ALL.len()],
}

impl Hands {
    /// How many say that.
    #[must_use]
    pub fn of(&self, guess: Guess) -> u32 {
        let mut all = Guess::ALL.into_iter().zip(self.counts);
        all.find(|(it, _)| *it == guess).map_or(0, |(_, n)| n)
    }

    /// Sets how many say what stands at a place of [`Guess::ALL`].
    pub fn set(&mut self, at: usize, count: u32) {
        if let Some(known) = self.counts.get_mut(at) {
            *known = count.min(MOST);
        }
    }

    /// How many say what stands at a place of [`Guess::ALL`].
    #[must_use]
    pub fn at(&self, at: usize) -> u32 {
        self.counts.get(at).copied().unwrap_or_default()
    }

    /// All hands.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.counts.iter().sum()
    }

    /// How many of a hundred say that.
    #[must_use]
    pub fn share(&self, guess: Guess) -> u32 {
        (self.of(guess) * 100)
            .checked_div(self.total())
            .unwrap_or(0)
    }

    /// How many were right; `None` where that cannot be told.
    #[must_use]
    pub fn right(&self, came: Came) -> Option<u32> {
        let mut right = 0;
        for guess in Guess::ALL {
            let said = Prediction {
                guess,
                came: Some(came),
            };
            match said.right() {
                Some(true) => right += self.of(guess),
                Some(false) => {}
                None if self.of(guess) == 0 => {}
                None => return None,
            }
        }
        Some(right)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hands(counts: [u32; 6]) -> Hands {
        let mut hands = Hands::default();
        for (at, count) in counts.into_iter().enumerate() {
            hands.set(at, count);
        }
        hands
    }

    #[test]
    fn hands_are_held_against_the_truth() {
        let hands = hands([5, 12, 3, 0, 0, 0]);
        assert_eq!((hands.total(), hands.share(Guess::Identity)), (20, 60));
        assert_eq!(hands.right(Came::One(Guess::Identity)), Some(12));
        assert_eq!(hands.right(Came::One(Guess::Session)), Some(0));
        // Denied, and nobody tells by which gate: those who said so cannot be told apart.
        assert_eq!(hands.right(Came::Denied), None);
    }

    #[test]
    fn an_empty_room_divides_nothing() {
        let hands = Hands::default();
        assert_eq!((hands.total(), hands.share(Guess::Allowed)), (0, 0));
        let mut many = hands;
        many.set(0, u32::MAX);
        many.set(9, 1);
        assert_eq!(many.total(), MOST);
    }
}
