//! Looking: tabs, scrolling, searching.

use crate::app::effect::Effect;
use crate::app::geometry::Pane;
use crate::app::lab::{Attempt, Focus, Search, Tab};
use crate::app::model::{Model, Notice, Screen};
use crate::app::msg::{Intent, Scroll};
use crate::app::text::pattern;

/// Shows another tab or file.
pub(super) fn show(model: &mut Model, intent: &Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let at = Tab::ALL.iter().position(|tab| *tab == lab.tab).unwrap_or(0);
    let wanted = match intent {
        Intent::Show(tab) => Some(*tab),
        Intent::NextTab => Tab::ALL.iter().cycle().nth(at + 1).copied(),
        Intent::PreviousTab => Tab::ALL
            .iter()
            .cycle()
            .nth(at + Tab::ALL.len() - 1)
            .copied(),
        Intent::NextFile => {
            let files = lab.files().len().max(1);
            if lab.tab == Tab::Files {
                lab.file = (lab.file + 1) % files;
                lab.scroll.remove(&Pane::Files);
            }
            Some(Tab::Files)
        }
        _ => None,
    };
    if let Some(tab) = wanted {
        lab.tab = tab;
        if tab != Tab::Text {
            lab.side = tab;
        }
        // Others may have changed it since: another terminal, or time.
        if matches!(tab, Tab::State | Tab::Map) {
            return super::view::look(model).into_iter().collect();
        }
    }
    Vec::new()
}

/// The pane that scrolling keys move.
fn pane_in_use(model: &Model) -> Pane {
    if model.help.is_some() {
        return Pane::Help;
    }
    match &model.screen {
        Screen::Lab(lab) => lab.tab.pane(),
        Screen::Confirm(_) => Pane::Confirm,
        _ => Pane::Catalogue,
    }
}

/// Scrolls the pane in use.
pub(super) fn scroll(model: &mut Model, scroll: Scroll) -> Vec<Effect> {
    let pane = pane_in_use(model);
    move_by(model, pane, scroll);
    Vec::new()
}

/// Scrolls a pane, as the wheel does.
pub(super) fn scroll_pane(model: &mut Model, pane: Pane, lines: i32) -> Vec<Effect> {
    if model.help.is_some() && pane != Pane::Help {
        return Vec::new();
    }
    if pane == Pane::Catalogue {
        return super::catalogue(model, &Intent::Move(lines.signum()));
    }
    move_by(model, pane, Scroll::Lines(lines));
    Vec::new()
}

fn move_by(model: &mut Model, pane: Pane, scroll: Scroll) {
    let (height, width, lines) = model
        .geometry
        .pane(pane)
        .map_or((1, 80, usize::MAX), |seen| {
            (
                usize::from(seen.area.height).max(1),
                usize::from(seen.area.width),
                seen.lines,
            )
        });
    let last = lines.saturating_sub(height);
    let (line, column) = match (&model.screen, pane) {
        (_, Pane::Help) => (model.help.unwrap_or_default(), 0),
        (Screen::Confirm(confirm), _) => (confirm.scroll, 0),
        (Screen::Lab(lab), pane) => lab.scrolled(pane),
        _ => (0, 0),
    };
    // A frame may have shown less than was asked for.
    let line = line.min(last);
    let by = |n: i32, page: usize| {
        isize::try_from(n)
            .unwrap_or_default()
            .saturating_mul(isize::try_from(page).unwrap_or(isize::MAX))
    };
    let line_after = match scroll {
        Scroll::Lines(n) => line.saturating_add_signed(by(n, 1)),
        Scroll::Pages(n) => line.saturating_add_signed(by(n, (height - 1).max(1))),
        Scroll::Top => 0,
        Scroll::Bottom => last,
        Scroll::Columns(_) => line,
    }
    .min(last);
    match &mut model.screen {
        _ if pane == Pane::Help => model.help = Some(line_after),
        Screen::Confirm(confirm) => confirm.scroll = line_after,
        Screen::Lab(lab) => {
            let widest = match pane {
                Pane::Response => lab.shown_response().map_or(0, |text| text.widest()),
                Pane::Code => lab.views.listing_width(),
                Pane::Files => lab
                    .shown_file()
                    .and_then(|name| lab.file_text(name))
                    .map_or(0, |text| text.lines().map(str::len).max().unwrap_or(0) + 6),
                _ => 0,
            };
            let column = match scroll {
                Scroll::Columns(n) => column
                    .saturating_add_signed(by(n, 1))
                    .min(widest.saturating_sub(width)),
                _ => column,
            };
            lab.scroll.insert(pane, (line_after, column));
        }
        _ => {}
    }
}

/// Searches in the response.
pub(super) fn search(model: &mut Model, intent: &Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(attempt) = lab.attempt().filter(|attempt| !attempt.response.is_empty()) else {
        model.notice = Some(Notice::Told(
            "there is no response to search yet".to_owned(),
        ));
        return Vec::new();
    };
    match intent {
        Intent::Search => {
            lab.views.show(Tab::Response, 0);
            lab.tab = Tab::Response;
            lab.side = Tab::Response;
            lab.focus = Focus::Searching(String::new());
        }
        Intent::SearchFor => {
            let Focus::Searching(query) = &lab.focus else {
                return Vec::new();
            };
            let query = query.clone();
            let (top, _) = lab.scrolled(Pane::Response);
            let search = pattern(&query).map(|pattern| {
                let found = attempt.response.find(&pattern);
                let current = found.partition_point(|(line, _)| *line < top);
                Search {
                    current: if current < found.len() { current } else { 0 },
                    query,
                    pattern,
                    found,
                }
            });
            lab.focus = Focus::Reading;
            lab.search = search;
            reveal(model);
        }
        Intent::SearchNext | Intent::SearchPrevious => {
            let Some(search) = &mut lab.search else {
                model.notice = Some(Notice::Told("nothing was searched for: / does".to_owned()));
                return Vec::new();
            };
            let count = search.found.len().max(1);
            let step = if *intent == Intent::SearchNext {
                1
            } else {
                count - 1
            };
            search.current = (search.current + step) % count;
            lab.tab = Tab::Response;
            lab.side = Tab::Response;
            reveal(model);
        }
        _ => {}
    }
    Vec::new()
}

/// Scrolls to the place found.
fn reveal(model: &mut Model) {
    let seen = model.geometry.pane(Pane::Response).copied();
    let height = seen.map_or(1, |seen| usize::from(seen.area.height));
    let width = seen.map_or(80, |seen| usize::from(seen.area.width)).max(1);
    let Some(lab) = model.lab_mut() else {
        return;
    };
    let Some(search) = lab.search.clone() else {
        return;
    };
    let Some((line, column)) = search.found.get(search.current).copied() else {
        model.notice = Some(Notice::Told(format!(
            "`{}` is not in the response",
            search.query
        )));
        return;
    };
    let length = search.query.len();
    lab.views.folds.open_to(line);
    let events = lab.attempt().map_or(0, Attempt::event_rows);
    let line = events + lab.views.folds.row_of(line);
    let (top, left) = lab.scrolled(Pane::Response);
    let top = if line >= top && line < top + height {
        top
    } else {
        line.saturating_sub(height / 2)
    };
    let left = if column >= left && column + length <= left + width {
        left
    } else {
        (column + length).saturating_sub(width / 2 + length / 2)
    };
    let left = if column + length <= width { 0 } else { left };
    lab.scroll.insert(Pane::Response, (top, left));
}
