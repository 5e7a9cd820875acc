//! A session as a document, with its screens drawn.

use crate::app::{Screens, Session};
use crate::ui::Shots;

/// The document.
#[must_use]
pub fn text(session: &Session) -> String {
    let mut shots = Shots::default();
    let mut screens = Screens::default();
    session.screens(|step, tab, model| {
        let drawn = shots.take(model);
        let of_step = screens.of_step.entry(step.to_owned()).or_default();
        of_step.push((tab, drawn));
    });
    screens.style = shots.style();
    session.text(&screens)
}
