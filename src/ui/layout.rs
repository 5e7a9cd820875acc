//! Where the parts of a step stand.

use ratatui::layout::Rect;

use super::{command, markdown, theme::Theme};
use crate::app::Capabilities;
use crate::lesson::{Lesson, Room, Step};

/// Columns from which text and answer stand side by side.
const WIDE: u16 = 110;

/// Columns of a text beyond which it is tiring to read.
const READABLE: u16 = 76;

/// The parts of a step's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Regions {
    /// The step's title.
    pub title: Rect,
    /// The names of the tabs.
    pub tabs: Rect,
    /// What the tab shows.
    pub content: Rect,
    /// The step's text beside it, where both fit, under a row for its name.
    pub text: Option<Rect>,
    /// The command under its rule; no rows where there is none.
    pub command: Rect,
    /// The outcome.
    pub status: Rect,
}

/// Divides the screen. `rows` is how many rows the command takes.
pub(super) fn regions(area: Rect, rows: u16) -> Regions {
    let tall = area.height >= 36;
    let most = if tall { area.height / 4 } else { 6 };
    let command_rows = if rows == 0 { 0 } else { rows.min(most) + 1 };
    let bottom = area.bottom().saturating_sub(2);
    let row = |y: u16, height: u16| Rect {
        x: area.x,
        y,
        width: area.width,
        height,
    };
    let command = row(bottom.saturating_sub(command_rows), command_rows);
    let title_row = if tall { area.y + 2 } else { area.y + 1 };
    let tabs_row = if tall { title_row + 2 } else { title_row + 1 };
    let top = tabs_row + 1 + u16::from(tall);
    let height = command
        .y
        .saturating_sub(top)
        .saturating_sub(u16::from(tall));
    let body = row(top, height);
    let (text, content_x) = if area.width >= WIDE {
        let width = (area.width * 9 / 20).min(READABLE);
        let text = Rect {
            x: area.x + 2,
            width: width.saturating_sub(4),
            ..body
        };
        (Some(text), area.x + width + 1)
    } else {
        (None, area.x + 1)
    };
    let content = Rect {
        x: content_x,
        width: area.right().saturating_sub(content_x + 2),
        ..body
    };
    Regions {
        title: row(title_row, 1),
        tabs: row(tabs_row, 1),
        content,
        text,
        command,
        status: row(bottom, 1),
    }
}

/// Columns that a text is wrapped at in a pane of that width.
pub(super) fn text_width(pane: u16) -> usize {
    usize::from(pane.min(READABLE))
}

/// The room for a step's text beside its command, in a terminal of 80x24: what the checker of
/// lessons measures.
#[must_use]
pub fn room(_: &Lesson, step: &Step) -> Room {
    let area = Rect::new(0, 0, 80, 24);
    let theme = Theme::of(Capabilities::default());
    let text = command::of_step(step);
    let rows = command::laid(&theme, &text, area.width, 0).total;
    let regions = regions(area, u16::try_from(rows).unwrap_or(u16::MAX));
    Room {
        needed: markdown::rows(&theme, &step.body, text_width(regions.content.width)).len(),
        given: usize::from(regions.content.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_overlap_at_any_size() {
        for width in 60..200 {
            for height in 18..60 {
                for rows in [0, 1, 4, 50] {
                    let regions = regions(Rect::new(0, 0, width, height), rows);
                    let all = [
                        regions.title,
                        regions.tabs,
                        regions.content,
                        regions.command,
                        regions.status,
                    ];
                    assert!(regions.content.height >= 5, "{width}x{height} {rows}");
                    for (above, below) in all.iter().zip(all.iter().skip(1)) {
                        assert!(above.bottom() <= below.y, "{width}x{height} {rows}");
                    }
                    if let Some(text) = regions.text {
                        assert!(text.right() < regions.content.x);
                    }
                    assert!(regions.content.right() < width);
                    assert_eq!(regions.status.y, height - 2);
                }
            }
        }
    }
}
