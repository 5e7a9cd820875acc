//! The question what will happen, over the step.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Page;
use super::step::boxed;
use crate::app::{Guess, Intent, Lab};

/// Rows that it takes at most.
pub(super) const ROWS: u16 = 11;

/// Draws the question with one of its answers selected, at the bottom of an area.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, at: usize, area: Rect) {
    let score = lab.progress.predictions.scores.words();
    let rows = u16::try_from(Guess::ALL.len()).unwrap_or(6);
    let height = (rows + 4 + u16::from(!score.is_empty())).min(area.height);
    let frame = Rect {
        y: area.bottom() - height,
        height,
        ..area
    };
    let inner = boxed(page, frame, "What will happen?");
    let who = lab
        .profile()
        .unwrap_or_else(|| "the administrator".to_owned());
    let words = format!("The command runs as {who}. It will be");
    let y = inner.y - 1;
    page.put(inner.x, y, inner.right(), &words, Style::new());
    for (y, (which, guess)) in (inner.y + 1..inner.bottom()).zip(Guess::ALL.iter().enumerate()) {
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
    if !score.is_empty() {
        let y = inner.bottom().saturating_sub(1);
        let words = super::clip(&format!("right so far: {score}"), inner.width);
        page.put(inner.x, y, inner.right(), &words, page.theme.muted);
    }
}
