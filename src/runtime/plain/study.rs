//! Studying a step in lines of text: predictions, the solution, a look at the world.

use std::io;

use super::Reader;
use crate::app::{Focus, Guess, Intent, SolutionState};
use crate::ui::words;

impl Reader {
    /// Says what will happen, and runs; or tells what may be said, and how often it was right.
    pub(super) async fn predict(&mut self, rest: &str) -> io::Result<()> {
        let on = match rest {
            "" => return self.of_lab(words::predictions),
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        if let Some(on) = on {
            let off = self
                .model
                .lab()
                .is_some_and(|lab| lab.progress.predictions.off);
            if off == on {
                self.want(Intent::TogglePredictions)?;
                self.model.notice = None;
            }
            let words = if on { "offered" } else { "not offered" };
            return self.say(&format!("Predictions are {words} before a call runs.\n"));
        }
        let guess = Guess::ALL
            .iter()
            .enumerate()
            .position(|(at, guess)| rest == (at + 1).to_string() || rest == guess.word());
        let Some(guess) = guess else {
            return self
                .say("Wrong: say one of these, by its number or word\n")
                .and_then(|()| self.of_lab(words::guesses));
        };
        if !self.model.lab().is_some_and(crate::app::Lab::asks) {
            return self.say(
                "Note: there is nothing to predict here: this step asks for no prediction, or its answer was seen\n",
            );
        }
        self.events = 0;
        // The screens ask when the command is to run; here it was answered before.
        let asked = std::mem::replace(&mut self.model.predicting, true);
        self.want(Intent::Run)?;
        self.model.predicting = asked;
        self.want(Intent::Select(guess))?;
        self.want(Intent::Predict)?;
        self.settle().await?;
        self.notice()?;
        self.came()
    }

    /// Shows the solution of the step; once it is shown, offers to take it.
    pub(super) async fn solution(&mut self) -> io::Result<()> {
        let before = self.model.lab().map(crate::app::Lab::solution);
        self.want(Intent::Solution)?;
        if matches!(
            self.model.lab().map(|lab| &lab.focus),
            Some(Focus::Asking(_))
        ) {
            self.answered().await?;
        } else if before != Some(SolutionState::Hidden) || self.unshown() {
            return self.notice();
        }
        self.model.notice = None;
        self.of_lab(words::solution)
    }

    fn unshown(&self) -> bool {
        self.model.lab().map(crate::app::Lab::solution) == Some(SolutionState::Hidden)
    }

    /// Looks whether the world is as the step wants, whoever made it so.
    pub(super) async fn check(&mut self) -> io::Result<()> {
        self.events = 0;
        self.want(Intent::Check)?;
        if self.model.running().is_none() {
            return self.notice();
        }
        self.settle().await?;
        self.notice()?;
        self.came()
    }
}
