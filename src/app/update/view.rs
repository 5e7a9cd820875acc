//! Looking closer: views, folds, listings, the sandbox's state.

use crate::app::effect::Effect;
use crate::app::geometry::Pane;
use crate::app::lab::{Attempt, Lab, Tab};
use crate::app::model::{Model, Notice};
use crate::app::msg::Intent;
use crate::app::text::{Indexed, Kind};
use crate::app::views::{Listing, Map, Views};
use crate::awscli::{Format, Style, format};
use crate::code;
use crate::lesson::{LessonFiles, World, commands};
use crate::secret::mask;

/// Asks for what exists in the sandbox.
pub(super) fn look(model: &Model) -> Option<Effect> {
    (model.target.world == World::Sandbox && model.lab().is_some()).then_some(Effect::Look)
}

/// Changes how the tab in use shows what it shows.
pub(super) fn act(model: &mut Model, intent: &Intent) -> Vec<Effect> {
    let height = model
        .geometry
        .pane(Pane::Response)
        .map_or(1, |seen| usize::from(seen.area.height).max(1));
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    // Where text and answer stand side by side, the keys are for the answer.
    let tab = if lab.tab == Tab::Text {
        lab.side
    } else {
        lab.tab
    };
    match intent {
        Intent::View if Views::count(tab) < 2 => {
            model.notice = Some(Notice::Told("this tab has one view".to_owned()));
        }
        Intent::View | Intent::ShowView(_) => {
            let view = match intent {
                Intent::ShowView(view) => *view,
                _ => lab.views.of(tab) + 1,
            };
            lab.views.show(tab, view);
            lab.scroll.remove(&tab.pane());
            lab.search = None;
        }
        Intent::Pick(by) if tab == Tab::Response => {
            let (top, column) = lab.scrolled(Pane::Response);
            with_response(lab, |views, attempt| {
                let events = attempt.event_rows();
                let from = views.folds.line_of(top.saturating_sub(events));
                views.folds.pick(&attempt.response, from, *by);
            });
            reveal(lab, height, column);
        }
        Intent::Pick(by) => pick(lab, tab, *by),
        Intent::Fold => {
            let (top, column) = lab.scrolled(Pane::Response);
            with_response(lab, |views, attempt| {
                if views.folds.at().is_none() {
                    let events = attempt.event_rows();
                    let from = views.folds.line_of(top.saturating_sub(events));
                    views.folds.pick(&attempt.response, from, 1);
                }
                if let Some(at) = views.folds.at() {
                    views.folds.toggle(&attempt.response, at);
                }
            });
            reveal(lab, height, column);
        }
        Intent::FoldAt(line) => {
            with_response(lab, |views, attempt| {
                views.folds.toggle(&attempt.response, *line)
            });
        }
        Intent::FoldAll => {
            with_response(lab, |views, attempt| {
                views.folds.toggle_all(&attempt.response)
            });
            lab.scroll.remove(&Pane::Response);
        }
        _ => {}
    }
    Vec::new()
}

/// Changes the folds of the response, where it is shown as it was printed.
fn with_response(lab: &mut Lab, change: impl FnOnce(&mut Views, &Attempt)) {
    if lab.views.is_table() {
        return;
    }
    let mut views = std::mem::take(&mut lab.views);
    if let Some(attempt) = lab.attempt() {
        change(&mut views, attempt);
    }
    lab.views = views;
}

/// Scrolls to the line that is picked.
fn reveal(lab: &mut Lab, height: usize, column: usize) {
    let (Some(at), Some(attempt)) = (lab.views.folds.at(), lab.attempt()) else {
        return;
    };
    let row = attempt.event_rows() + lab.views.folds.row_of(at);
    let (top, _) = lab.scrolled(Pane::Response);
    if row < top || row >= top + height {
        let top = row.saturating_sub(height / 3);
        lab.scroll.insert(Pane::Response, (top, column));
    }
}

fn pick(lab: &mut Lab, tab: Tab, by: i32) {
    let Some(attempt) = lab.attempt() else {
        return;
    };
    let (count, standing) = match tab {
        Tab::Why => (
            attempt.last().map_or(0, |report| report.explanations.len()),
            attempt.decisive().unwrap_or_default(),
        ),
        Tab::Wire => {
            let count = attempt.exchanges().len();
            (count, count.saturating_sub(1))
        }
        _ => return,
    };
    if count < 2 {
        return;
    }
    let now = lab.views.picked(tab).unwrap_or(standing).min(count - 1);
    let by = isize::try_from(by).unwrap_or_default();
    lab.views
        .pick(tab, now.saturating_add_signed(by).min(count - 1));
    lab.scroll.remove(&tab.pane());
}

/// Makes what is shown and was not made yet: the listing, the table.
pub(super) fn refresh(model: &mut Model) {
    let Some(lab) = model.lab_mut() else {
        return;
    };
    if [lab.tab, lab.side].contains(&Tab::Code) {
        list(lab);
    }
    if lab.views.is_table() {
        tabulate(lab);
    }
    map(lab);
}

fn map(lab: &mut Lab) {
    let before = lab.before.as_ref();
    let known = lab.views.map.as_ref();
    match &lab.world {
        Some(world) if known.is_some_and(|map| map.is_of(world, before)) => {}
        world => {
            let world = world.clone();
            lab.views.map = world.map(|world| Map::new(world, before.cloned()));
        }
    }
}

fn list(lab: &mut Lab) {
    let command = lab.shown_command().unwrap_or_default();
    let language = lab.views.language();
    let known = lab.views.listing.as_ref();
    if known.is_some_and(|it| it.command == command && it.language == language) {
        return;
    }
    let files = LessonFiles {
        lesson: &lab.lesson,
        edits: &lab.progress.edits,
        variables: &lab.progress.variables,
    };
    let ranges = commands(&command);
    let several = ranges.len() > 1;
    let mut text = Indexed::default();
    for (at, range) in ranges.iter().enumerate() {
        let one = command.get(range.clone()).unwrap_or_default();
        if several {
            if at > 0 {
                text.push(Kind::Note, " ");
            }
            let title = format!("command {} of {}", at + 1, ranges.len());
            text.push(Kind::Note, &title);
        }
        match code::listing(language, one, &files) {
            Ok(listing) => text.push(Kind::Plain, &listing),
            Err(reason) => text.push(Kind::Error, &reason),
        }
    }
    lab.views.listing = Some(Listing {
        command,
        language,
        text,
    });
}

fn tabulate(lab: &mut Lab) {
    let variables = lab.progress.variables.clone();
    let Some(id) = lab.step().map(|step| step.id.clone()) else {
        return;
    };
    let Some(attempt) = lab.attempts.get_mut(&id) else {
        return;
    };
    if attempt.table.is_some() {
        return;
    }
    let mut table = Indexed::default();
    for entry in &attempt.entries {
        let printed = &entry.report.outcome.stdout;
        let Style::Formatted { query, title, .. } = &printed.style else {
            continue;
        };
        let shown = mask(&printed.value);
        match format::answer(Format::Table, query.as_deref(), title, false, &shown) {
            Ok(text) => table.push(Kind::Plain, &variables.mask(&text)),
            Err(reason) => table.push(Kind::Note, &format!("no table of this answer: {reason}")),
        }
    }
    if table.is_empty() {
        table.push(
            Kind::Note,
            "The answer has nothing that a table could show.",
        );
    }
    attempt.table = Some(table);
}
