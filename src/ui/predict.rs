//! The question what will happen, over the step.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Page;
use super::step::overlay;
use crate::app::{Guess, Intent, Lab};

/// Draws the question with one of its answers selected.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, at: usize, area: Rect) {
    let width = area.width.saturating_sub(8).min(58);
    let rows = u16::try_from(Guess::ALL.len()).unwrap_or(6);
    let inner = overlay(page, area, width, rows + 6, "What will happen?");
    let who = lab
        .profile()
        .unwrap_or_else(|| "the administrator".to_owned());
    let words = format!("The command runs as {who}. You say it is");
    page.put(inner.x, inner.y, inner.right(), &words, Style::new());
    for (y, (which, guess)) in (inner.y + 2..inner.bottom()).zip(Guess::ALL.iter().enumerate()) {
        let style = if which == at {
            page.theme.selected
        } else {
            Style::new()
        };
        let text = format!(" {}  {:<40} ", which + 1, guess.sentence());
        page.put(inner.x, y, inner.right(), &text, style);
        let intent = if which == at {
            Intent::Predict
        } else {
            Intent::Select(which)
        };
        page.target(inner.x, y, inner.width, 1, intent);
    }
    let score = lab.progress.predictions.scores.words();
    if !score.is_empty() {
        let y = inner.bottom().saturating_sub(1);
        let words = super::clip(&format!("right so far: {score}"), inner.width);
        page.put(inner.x, y, inner.right(), &words, page.theme.muted);
    }
}
