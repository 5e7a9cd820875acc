//! The speaker's sheet in a second terminal.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::wrap::{Row, plain};
use super::{Page, Theme, clip, columns, markdown};
use crate::app::keymap::Mode;
use crate::app::notes::Sheet;
use crate::app::rebind::Keymap;
use crate::app::{Capabilities, Geometry, Palette};

/// What the screen of notes knows.
#[derive(Debug, Clone, Copy)]
pub struct Notes<'a> {
    /// What the terminal can show.
    pub capabilities: Capabilities,
    /// The colours.
    pub palette: Palette,
    /// The keys in force, which its words name.
    pub keymap: &'a Keymap,
    /// The sheet; `None` while nobody presents a step.
    pub sheet: Option<&'a Sheet>,
    /// Whether somebody presents at all.
    pub connected: bool,
    /// Minutes since the lesson began.
    pub minutes: u32,
    /// First line shown of the notes.
    pub scroll: usize,
}

/// How much time is left, in words, and whether there is any.
#[must_use]
pub fn remaining(minutes: u32, of: u32) -> (String, bool) {
    match of.checked_sub(minutes) {
        Some(left) => (format!("{minutes} min gone, {left} of {of} left"), true),
        None => (
            format!("{minutes} min gone, {} over the {of}", minutes - of),
            false,
        ),
    }
}

/// Draws the notes. Of access key ids the ends are shown, as on the screens.
pub fn notes(notes: &Notes<'_>, frame: &mut Frame<'_>) {
    draw(notes, frame);
    super::veil::cover(frame.buffer_mut());
}

fn draw(notes: &Notes<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut page = Page {
        theme: Theme::with(notes.capabilities, notes.palette),
        buffer: frame.buffer_mut(),
        geometry: Geometry::default(),
        cursor: None,
        whole_ids: false,
        mode: Mode::Reading,
        keymap: notes.keymap,
    };
    page.buffer.set_style(area, page.theme.text);
    let bar = page.theme.bar;
    page.fill(Rect { height: 1, ..area }, bar);
    let inner = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    let Some(sheet) = notes.sheet else {
        let words = if notes.connected {
            "The lessons are shown: open one.".to_owned()
        } else {
            page.told(
                "Nobody presents yet: in the other terminal, run `rolecall --present`, or press \
                 {{present}} in a step. This one waits. q leaves.",
            )
        };
        page.put(inner.x, inner.y, inner.right(), "rolecall notes", bar);
        let below = Rect {
            y: area.y + 2,
            height: area.height.saturating_sub(2),
            ..inner
        };
        put(
            &mut page,
            below,
            &plain(&words, Style::new(), usize::from(inner.width), 0),
        );
        return;
    };
    let place = format!("step {} of {}", sheet.step, sheet.steps);
    let end = page.put_right(inner.x, inner.y, inner.right(), &place, bar);
    let lesson = clip(&sheet.lesson, end.saturating_sub(inner.x + 2));
    page.put(inner.x, inner.y, end, &lesson, bar);
    let rows = head(&page.theme, notes, sheet, usize::from(inner.width));
    let y = put(
        &mut page,
        Rect {
            y: area.y + 1,
            height: area.height.saturating_sub(2),
            ..inner
        },
        &rows,
    );
    let bottom = area.bottom().saturating_sub(1);
    let next = match &sheet.next {
        Some(next) => format!("Next step: {next}"),
        None => "This is the last step.".to_owned(),
    };
    page.fill(
        Rect {
            y: bottom,
            height: 1,
            ..area
        },
        bar,
    );
    page.put(
        inner.x,
        bottom,
        inner.right(),
        &clip(&next, inner.width),
        bar,
    );
    let text = match &sheet.notes {
        Some(notes) => markdown::rows(&page.theme, notes, usize::from(inner.width)),
        None => vec![Row::new("No notes on this step.", page.theme.muted)],
    };
    let body = Rect {
        y: y + 1,
        height: bottom.saturating_sub(y + 2),
        ..inner
    };
    let first = notes
        .scroll
        .min(text.len().saturating_sub(usize::from(body.height)));
    put(&mut page, body, text.get(first..).unwrap_or_default());
    page.more(
        Rect {
            width: body.width.saturating_sub(columns(" ")),
            ..body
        },
        text.len(),
        first,
    );
}

/// What stands above the notes.
fn head(theme: &Theme, notes: &Notes<'_>, sheet: &Sheet, width: usize) -> Vec<Row> {
    let (time, in_time) = remaining(notes.minutes, sheet.minutes);
    let style = if in_time { theme.accent } else { theme.error };
    let mut rows = vec![Row::new(time, style)];
    if sheet.blank {
        rows.push(Row::new(
            "THE ROOM SEES NOTHING: . shows it again",
            theme.denied,
        ));
    }
    rows.extend(plain(&sheet.title, theme.strong, width, 0));
    let then = match &sheet.then {
        Some(then) => format!("The room sees {}. Next: {then}.", sheet.shown),
        None if sheet.next.is_none() => format!("The room sees {}, the last of all.", sheet.shown),
        None => format!("The room sees {}. Next: another step.", sheet.shown),
    };
    rows.extend(plain(&then, theme.muted, width, 0));
    for words in [&sheet.outcome, &sheet.hands] {
        if !words.is_empty() {
            rows.extend(plain(words, Style::new(), width, 0));
        }
    }
    rows
}

/// Draws rows from the top of an area; gives the row below them.
fn put(page: &mut Page<'_>, area: Rect, rows: &[Row]) -> u16 {
    let mut below = area.y;
    for (y, row) in (area.top()..area.bottom()).zip(rows) {
        let mut x = area.x;
        for (text, style) in &row.spans {
            x = page.put(x, y, area.right(), text, *style);
        }
        below = y + 1;
    }
    below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_before_and_after_its_end() {
        assert_eq!(
            remaining(0, 25),
            ("0 min gone, 25 of 25 left".to_owned(), true)
        );
        assert_eq!(
            remaining(28, 25),
            ("28 min gone, 3 over the 25".to_owned(), false)
        );
    }
}
