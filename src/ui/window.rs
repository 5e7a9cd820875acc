//! Long lists of rows, of which only those in sight are made.

use std::ops::Range;

use ratatui::layout::Rect;

use super::Page;
use super::wrap::Row;
use crate::app::Pane;

/// Takes rows in, and keeps those in sight.
pub(super) struct Window {
    sight: Range<usize>,
    at: usize,
    rows: Vec<Row>,
}

impl Window {
    fn new(sight: Range<usize>) -> Self {
        Self {
            sight,
            at: 0,
            rows: Vec::new(),
        }
    }

    /// The next row, made if it is in sight.
    pub fn row(&mut self, make: impl FnOnce() -> Row) {
        if self.sight.contains(&self.at) {
            self.rows.push(make());
        }
        self.at += 1;
    }

    /// The next rows.
    pub fn rows(&mut self, rows: Vec<Row>) {
        for row in rows {
            self.row(|| row);
        }
    }
}

/// Draws the rows that `tell` gives, from one of them on. Gives the text that tells where one is
/// in them. `tell` is called twice, and must give the same rows.
pub(super) fn draw(
    page: &mut Page<'_>,
    pane: Pane,
    area: Rect,
    scrolled: usize,
    tell: impl Fn(&mut Window),
) -> String {
    let height = usize::from(area.height);
    let mut counted = Window::new(0..0);
    tell(&mut counted);
    let total = counted.at;
    let first = scrolled.min(total.saturating_sub(height));
    let mut seen = Window::new(first..first + height);
    tell(&mut seen);
    page.pane(pane, area, total);
    for (y, row) in (area.top()..area.bottom()).zip(&seen.rows) {
        let mut x = area.x;
        for (text, style) in &row.spans {
            x = page.put(x, y, area.right(), text, *style);
        }
    }
    page.more(area, total, first);
    if total > height {
        format!("{}-{} of {total}", first + 1, first + height)
    } else {
        String::new()
    }
}
