//! Free play: what lies over and around its prompt.

use ratatui::layout::{Position, Rect};

use super::{Page, clip, columns};
use crate::app::{FREE, Focus, Free, Lab};

/// Rows of the list of words.
const MOST_WORDS: usize = 8;

/// The prompt, if it is open.
pub(super) fn prompt(lab: &Lab) -> Option<&Free> {
    match &lab.focus {
        Focus::Playing(free) => Some(free),
        _ => None,
    }
}

/// Whether the panes show what free play did, not a step.
pub(super) fn shown(lab: &Lab) -> bool {
    prompt(lab).is_some_and(|free| free.shows == FREE)
}

/// Draws what is over the prompt: the words to choose from, or the search.
pub(super) fn draw(page: &mut Page<'_>, free: &Free, command: Rect, status: Rect) {
    if let Some(finding) = &free.finding {
        let (x, y, end) = (status.x + 1, status.y, status.right() - 1);
        page.fill(status, page.theme.text);
        let x = page.put(x, y, end, "find a command: ", page.theme.accent);
        let x = page.put(x, y, end, &finding.query, page.theme.strong);
        page.cursor = Some(Position::new(x.min(end), y));
        if finding.at.is_none() {
            page.put_right(x + 1, y, end, "no command has it", page.theme.muted);
        }
        return;
    }
    let Some(menu) = &free.menu else {
        return;
    };
    let words = menu.words.iter().map(|word| columns(word)).max();
    let width = (words.unwrap_or(0) + 4)
        .min(command.width.saturating_sub(4))
        .max(12);
    let rows = menu.words.len().min(MOST_WORDS);
    let height = u16::try_from(rows).unwrap_or(1);
    let area = Rect {
        x: command.x + 3,
        y: command.y.saturating_sub(height),
        width,
        height,
    };
    page.fill(area, page.theme.bar);
    let first = (menu.at + 1).saturating_sub(rows);
    for (y, (at, word)) in
        (area.top()..area.bottom()).zip(menu.words.iter().enumerate().skip(first))
    {
        let style = if at == menu.at {
            page.theme.selected
        } else {
            page.theme.bar
        };
        page.fill(Rect::new(area.x, y, width, 1), style);
        page.put(area.x + 1, y, area.right(), &clip(word, width - 2), style);
    }
    let place = format!(" {} of {} ", menu.at + 1, menu.words.len());
    let end = command.right().saturating_sub(2);
    page.put_right(area.x, command.y, end, &place, page.theme.accent);
}
