//! What the command printed: only what is seen is touched, wherever in it one is.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::wrap::Row;
use super::{Page, columns, json, wrap};
use crate::app::opens;
use crate::app::{Attempt, Ended, Folds, Indexed, Intent, Kind, Lab, Pane, StackEvent, StepState};
use crate::awscli::Verdict;

/// Draws the response pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, area: Rect) -> String {
    let Some(attempt) = lab.attempt() else {
        let hint = match (!lab.runs(), lab.state()) {
            _ if super::free::shown(lab) => {
                "Type any aws command below; {{complete-down}} completes it, with the names that exist here."
            }
            (true, _) => "This step runs no command.",
            (false, StepState::Open) => "Nothing has run yet. {{run}} runs the command below.",
            (false, _) if is_kept(lab) => {
                "This step was done before. {{run-again}} runs it again; {{export}} writes what it \
                 answered into a file."
            }
            (false, _) => {
                "This step was done before; answers are not kept. {{run-again}} runs it again."
            }
        };
        let hint = page.told(hint);
        let rows = wrap::plain(&hint, page.theme.muted, usize::from(area.width), 0);
        page.lines(Pane::Response, area, &rows, 0);
        return String::new();
    };
    let events = events(page, attempt);
    let text = lab.shown_response().unwrap_or(&attempt.response);
    let whole = Folds::default();
    let folds = if lab.views.is_table() {
        &whole
    } else {
        &lab.views.folds
    };
    let response = text.len() - folds.hidden().min(text.len());
    // Events stand above what came after them.
    let total = events.len() + response;
    if total == 0 {
        let text = match (&attempt.ended, attempt.verdict()) {
            (Ended::No, _) => "Waiting for the answer.",
            (Ended::Cancelled, _) => "You stopped waiting before the answer came.",
            (Ended::Failed(reason), _) => &format!("The command did not run: {reason}"),
            (Ended::Answered, Some(Verdict::Success)) => {
                "The command succeeded and printed nothing, as the AWS CLI does where AWS answers \
                 with nothing but success."
            }
            (Ended::Answered, _) => "Nothing was printed.",
        };
        let mut rows = wrap::plain(text, page.theme.muted, usize::from(area.width), 0);
        if let Some(note) = &attempt.note {
            rows.push(Row::default());
            rows.extend(wrap::plain(
                note,
                page.theme.accent,
                usize::from(area.width),
                0,
            ));
        }
        page.lines(Pane::Response, area, &rows, 0);
        return String::new();
    }
    let width = usize::from(area.width);
    let wrapped = wrapped(page, attempt, text, folds, width);
    let total = events.len() + wrapped.as_ref().map_or(response, Vec::len);
    page.pane(Pane::Response, area, total);
    let height = usize::from(area.height);
    let last = total.saturating_sub(height);
    let (scrolled, left) = lab.scrolled(Pane::Response);
    // While events come in, the newest is seen.
    let first = if attempt.ended == Ended::No && !events.is_empty() {
        last
    } else {
        scrolled.min(last)
    };
    for (y, at) in (area.top()..area.bottom()).zip(first..total) {
        if let Some(row) = events.get(at) {
            draw_row(page, row, area, y);
            continue;
        }
        let at = at - events.len();
        match wrapped.as_ref().map(|rows| rows.get(at)) {
            Some(Some(Shown::Text(row))) => draw_row(page, row, area, y),
            Some(Some(Shown::Line(line))) => draw_line(page, lab, text, area, y, *line, left),
            Some(None) => {}
            None => draw_line(page, lab, text, area, y, folds.line_of(at), left),
        }
    }
    page.more(area, total, first);
    let mut place = if total > height {
        format!("{}-{} of {total}", first + 1, (first + height).min(total))
    } else {
        String::new()
    };
    let wide = wrapped.is_none() && text.widest() > width;
    if left > 0 || wide {
        if !place.is_empty() {
            place.push_str(", ");
        }
        place.push_str(&format!("column {} of {}", left + 1, text.widest()));
    }
    if lab.views.is_table() {
        place = format!("table, {place}")
            .trim_end_matches([',', ' '])
            .to_owned();
    }
    place
}

/// Whether what the step shown answered is kept for exports.
fn is_kept(lab: &Lab) -> bool {
    let kept = &lab.progress.own.kept;
    lab.step().is_some_and(|step| kept.contains_key(&step.id))
}

fn draw_row(page: &mut Page<'_>, row: &Row, area: Rect, y: u16) {
    let mut x = area.x;
    for (text, style) in &row.spans {
        x = page.put(x, y, area.right(), text, *style);
    }
}

/// A row of a response in which prose is wrapped.
enum Shown {
    /// A line as it is.
    Line(usize),
    /// A part of a line.
    Text(Row),
}

/// Lines of a response up to which messages are wrapped; longer ones are no messages.
const PROSE: usize = 1000;

/// The rows of a response whose messages and commands do not fit the pane; `None` where every
/// line stands as it is. Output proper is never wrapped: its columns mean something.
fn wrapped(
    page: &Page<'_>,
    attempt: &Attempt,
    response: &Indexed,
    folds: &Folds,
    width: usize,
) -> Option<Vec<Shown>> {
    // A command has its prompt before it.
    if response.len() > PROSE || response.widest() + 2 <= width {
        return None;
    }
    let mut rows = Vec::new();
    let mut any = false;
    for at in (0..response.len()).filter(|at| !folds.is_hidden(*at)) {
        let kind = response.kind(at);
        let text = response.line(at).unwrap_or_default();
        let prose = matches!(kind, Kind::Command | Kind::Error | Kind::Note);
        if prose && text.width() + 2 > width {
            any = true;
            let style = style(page, attempt, kind);
            let (first, other) = if kind == Kind::Command {
                (
                    Row::new(prompt(response, at), page.theme.muted),
                    Row::new("  ", page.theme.muted),
                )
            } else {
                (Row::default(), Row::default())
            };
            let spans = [(text.to_owned(), style)];
            let parts = wrap::wrap(&spans, width, &first, &other);
            rows.extend(parts.into_iter().map(Shown::Text));
        } else {
            rows.push(Shown::Line(at));
        }
    }
    any.then_some(rows)
}

/// What stands before a line of a command: a prompt before its first.
fn prompt(response: &Indexed, line: usize) -> &'static str {
    if response.begins(line) { "$ " } else { "  " }
}

/// The style of lines of a kind other than JSON.
fn style(page: &Page<'_>, attempt: &Attempt, kind: Kind) -> Style {
    match kind {
        Kind::Command => page.theme.strong,
        Kind::Error if attempt.verdict() == Some(Verdict::Denied) => {
            page.theme.denied.remove_modifier(Modifier::BOLD)
        }
        Kind::Error => page.theme.error.remove_modifier(Modifier::BOLD),
        Kind::Note => page.theme.muted,
        Kind::Plain | Kind::Json => Style::new(),
    }
}

fn draw_line(
    page: &mut Page<'_>,
    lab: &Lab,
    response: &Indexed,
    area: Rect,
    y: u16,
    line: usize,
    left: usize,
) {
    let (Some(slice), Some(attempt)) = (response.slice(line, left), lab.attempt()) else {
        return;
    };
    let whole = response.line(line).unwrap_or_default();
    let width = usize::from(area.width);
    let visible = visible(slice.text, width);
    let cut = whole.len().saturating_sub(slice.text.len());
    let visible = page.veiled_from(whole, cut, visible);
    let visible = &*visible;
    let start = area.x + u16::try_from(slice.indent).unwrap_or_default();
    let mut x = start;
    match response.kind(line) {
        Kind::Json => {
            for (text, style) in json::pieces(&page.theme, visible, slice.in_string) {
                x = page.put(x, y, area.right(), text, style);
            }
        }
        kind => {
            let style = style(page, attempt, kind);
            let sign = if kind == Kind::Command && left == 0 {
                prompt(response, line)
            } else {
                ""
            };
            x = page.put(x, y, area.right(), sign, page.theme.muted);
            page.put(x, y, area.right(), visible, style);
        }
    }
    if slice.text.len() > visible.len() {
        page.cut(area, y);
    }
    if !lab.views.is_table() && opens(response, line) {
        fold(page, lab, area, (x, y), line);
    }
    if let Some(search) = &lab.search {
        let current = search.found.get(search.current).copied();
        for found in search.pattern.find_iter(visible) {
            let before = visible.get(..found.start()).unwrap_or_default().width();
            let is_current = current == Some((line, left + slice.indent + before));
            let style = if is_current {
                page.theme.selected
            } else {
                page.theme.found
            };
            let from = start + u16::try_from(before).unwrap_or(u16::MAX);
            let width = columns(found.as_str()).min(area.right().saturating_sub(from));
            page.buffer.set_style(Rect::new(from, y, width, 1), style);
        }
    }
}

/// The sign beside an object or array that can be folded, and what a folded one hides.
fn fold(page: &mut Page<'_>, lab: &Lab, area: Rect, (x, y): (u16, u16), line: usize) {
    let folds = &lab.views.folds;
    let (closed, open) = page.theme.fold_marks();
    let hidden = folds.hides(line);
    let style = if folds.at() == Some(line) {
        page.theme.selected
    } else {
        page.theme.muted
    };
    let sign = if hidden.is_some() { closed } else { open };
    page.put(area.x.saturating_sub(1), y, area.right(), sign, style);
    if let Some(hidden) = hidden {
        let words = format!(" .. {hidden} lines folded");
        page.put(x, y, area.right(), &words, page.theme.accent);
    }
    page.target(
        area.x.saturating_sub(1),
        y,
        area.width + 1,
        1,
        Intent::FoldAt(line),
    );
}

/// As much of a text as some columns hold.
fn visible(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

/// The stack events, with how far the stack is.
fn events(page: &Page<'_>, attempt: &Attempt) -> Vec<Row> {
    let theme = &page.theme;
    if attempt.events.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![
        Row::new("Stack events ", theme.strong).with(progress(page, &attempt.events), theme.accent),
    ];
    let name = attempt
        .events
        .iter()
        .map(|event| event.resource.len())
        .max()
        .unwrap_or(0)
        .min(24);
    let status = attempt
        .events
        .iter()
        .map(|event| event.status.len())
        .max()
        .unwrap_or(0);
    for event in &attempt.events {
        let (mark, style) = if event.status.contains("FAILED") || event.status.contains("ROLLBACK")
        {
            (theme.denied_mark(), theme.denied)
        } else if event.status.ends_with("COMPLETE") {
            (theme.success_mark(), theme.success)
        } else {
            (theme.open_mark(), theme.accent)
        };
        rows.push(
            Row::new(format!("{mark} "), style)
                .with(format!("{} ", event.time), theme.muted)
                .with(
                    format!("{:status$} ", event.status),
                    style.remove_modifier(Modifier::BOLD),
                )
                .with(format!("{:name$} ", event.resource), theme.strong)
                .with(event.kind.clone(), theme.muted),
        );
        if let Some(reason) = &event.reason {
            rows.push(Row::new(format!("    {reason}"), theme.muted));
        }
    }
    if !attempt.response.is_empty() {
        rows.push(Row::default());
    }
    rows
}

/// Resources that are ready, of those known.
fn progress(page: &Page<'_>, events: &[StackEvent]) -> String {
    const STACK: &str = "AWS::CloudFormation::Stack";
    // The first of a stack is its own. One of another name is among its resources.
    let own = events.iter().find(|event| event.kind == STACK);
    let is_own = |event: &StackEvent| {
        event.kind == STACK && own.is_some_and(|own| own.resource == event.resource)
    };
    let mut seen = std::collections::BTreeMap::new();
    for event in events.iter().filter(|event| !is_own(event)) {
        seen.insert(&event.resource, event.status.ends_with("COMPLETE"));
    }
    let total = events
        .iter()
        .rev()
        .find_map(|event| event.total)
        .unwrap_or(seen.len())
        .max(seen.len());
    let done = seen.values().filter(|done| **done).count();
    if total == 0 {
        return String::new();
    }
    let (full, empty) = page.theme.bar_pieces();
    let filled = done * 20 / total;
    format!(
        "{}{} {done} of {total} resources",
        full.repeat(filled),
        empty.repeat(20 - filled)
    )
}
