//! A step in front of a class: one idea a screen, large and with room around it. What is new is
//! marked, what was there before is dim.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::step::outcome;
use super::wrap::{Row, plain, wrap};
use super::{
    Page, Theme, big, clip, columns, command, elapsed, files, flow, header, map, markdown, notice,
    response, why,
};
use crate::app::predict::Came;
use crate::app::present::{Scene, parts};
use crate::app::{Ended, Focus, Guess, Hands, Intent, Lab, Model, Pane};
use crate::policy::Explanation;

/// Columns of a text that is read from afar.
const READABLE: u16 = 76;

/// Stack events shown while a stack comes up: the latest.
const EVENTS: usize = 6;

/// Draws a step for a class.
pub(super) fn draw(page: &mut Page<'_>, model: &Model, lab: &Lab, area: Rect) {
    let place = format!("step {} of {}", lab.at + 1, lab.lesson.steps.len());
    header(page, model, area, &lab.lesson.title, &place);
    let width = area.width.saturating_sub(4).min(READABLE);
    let stage = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + 2,
        width,
        height: area.height.saturating_sub(4),
    };
    let scenes = lab.scenes();
    let at = lab.scene_at();
    let scene = match lab.focus {
        // Hands that are counted afterwards are counted in their own place, too.
        Focus::Hands(_) => Scene::Hands,
        _ => scenes.get(at).copied().unwrap_or_default(),
    };
    let inner = match scene {
        Scene::Title => stage,
        _ => headed(page, lab, stage),
    };
    match scene {
        Scene::Title => title(page, lab, inner),
        Scene::Text(shown) => text(page, lab, shown, inner),
        Scene::Document(at) => document(page, lab, at, inner),
        Scene::Command => of_command(page, lab, inner),
        Scene::Hands => hands(page, lab, inner),
        Scene::Outcome => of_outcome(page, lab, inner, area),
        Scene::Answer => drop(response::draw(page, lab, inner)),
        Scene::Tally => tally(page, lab, inner),
        Scene::Why | Scene::Statement => {
            let explanation = lab.attempt().and_then(|attempt| attempt.explanation());
            if let Some(explanation) = explanation {
                let rows = reasons(&page.theme, explanation, scene, usize::from(inner.width));
                page.lines(Pane::Why, inner, &rows, lab.scrolled(Pane::Why).0);
            }
        }
        Scene::Change => {
            let changes = lab.views.map.as_ref().and_then(|map| map.changes.as_ref());
            if let Some(changes) = changes {
                let theme = page.theme;
                let width = usize::from(inner.width);
                let rows = map::changes(&theme, changes, width);
                page.lines(Pane::Map, inner, &rows, lab.scrolled(Pane::Map).0);
            }
        }
        Scene::Remember => remember(page, lab, inner),
    }
    foot(page, model, lab, area, (at, scenes.len()));
}

/// The step's title above an idea, small; gives the area below.
fn headed(page: &mut Page<'_>, lab: &Lab, area: Rect) -> Rect {
    let title = lab.step().map_or("", |step| step.title.as_str());
    let title = clip(title, area.width);
    page.put(area.x, area.y, area.right(), &title, page.theme.muted);
    Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(2),
        ..area
    }
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

fn title(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let Some(step) = lab.step() else {
        return;
    };
    let theme = page.theme;
    let rows = plain(&step.title, theme.strong, usize::from(area.width), 0);
    let height = u16::try_from(rows.len()).unwrap_or(area.height);
    let middle = Rect {
        y: area.y + area.height.saturating_sub(height + 4) / 2,
        height: area.height,
        ..area
    }
    .intersection(area);
    let number = format!("Step {} of {}", lab.at + 1, lab.lesson.steps.len());
    page.put(middle.x, middle.y, middle.right(), &number, theme.accent);
    let below = Rect {
        y: middle.y + 2,
        height: middle.height.saturating_sub(2),
        ..middle
    };
    let y = put(page, below, &rows);
    page.rule(area.x, y, area.right());
}

/// The parts of the text so far, the newest marked and in full colour. Where all have no room, it
/// is the oldest that go.
fn text(page: &mut Page<'_>, lab: &Lab, shown: usize, area: Rect) {
    let Some(step) = lab.step() else {
        return;
    };
    let theme = page.theme;
    let width = usize::from(area.width.saturating_sub(2));
    let body = lab.progress.variables.shown(&step.body);
    let mut rows: Vec<Row> = Vec::new();
    let mut newest = 0;
    for (at, part) in parts(&body).iter().take(shown).enumerate() {
        let new = at + 1 == shown;
        if !rows.is_empty() {
            rows.push(Row::default());
        }
        newest = rows.len();
        for row in markdown::rows(&theme, part, width) {
            rows.push(if new {
                marked(&theme, row)
            } else {
                dimmed(&theme, row)
            });
        }
    }
    let height = usize::from(area.height);
    let first = rows.len().saturating_sub(height).min(newest);
    let scrolled = first + lab.scrolled(Pane::Text).0;
    page.lines(Pane::Text, area, &rows, scrolled);
}

/// A row that is new, with a mark before it.
fn marked(theme: &Theme, row: Row) -> Row {
    let mut out = Row::new(format!("{} ", theme.vertical()), theme.accent);
    out.spans.extend(row.spans);
    out
}

/// A row that was there before.
fn dimmed(theme: &Theme, row: Row) -> Row {
    let mut out = Row::new("  ", theme.muted);
    for (text, _) in row.spans {
        out = out.with(text, theme.muted);
    }
    out
}

/// A document that the command sends.
fn document(page: &mut Page<'_>, lab: &Lab, at: usize, area: Rect) {
    let documents = lab.documents();
    let Some(name) = at.checked_sub(1).and_then(|at| documents.get(at)) else {
        return;
    };
    let below = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(2),
        ..area
    };
    page.put(area.x, area.y, area.right(), name, page.theme.strong);
    let rows: Vec<Row> = files::rows(page, lab, name, below.width)
        .into_iter()
        .map(|(_, row)| row)
        .collect();
    page.lines(Pane::Files, below, &rows, lab.scrolled(Pane::Files).0);
}

fn of_command(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let theme = page.theme;
    let who = lab.profile().map_or_else(
        || "The administrator".to_owned(),
        |profile| format!("The profile {profile}"),
    );
    let words = match lab.command() {
        Some(_) => format!("{who} asks:"),
        None => "This step does:".to_owned(),
    };
    page.put(area.x, area.y, area.right(), &words, theme.strong);
    let text = command::text(lab);
    let most = area.height.saturating_sub(5).max(1);
    let laid = command::laid(&theme, &text, area.width, usize::from(most));
    let height = u16::try_from(laid.total).unwrap_or(most).min(most);
    let panel = Rect {
        y: area.y + 2,
        height: height + 2,
        ..area
    };
    page.fill(panel, theme.panel);
    let inner = Rect {
        x: panel.x + 1,
        y: panel.y + 1,
        width: panel.width.saturating_sub(2),
        height,
    };
    put(page, inner, &laid.rows);
    let hidden = laid.total.saturating_sub(usize::from(height));
    if hidden > 0 {
        let lines = if hidden == 1 { "line" } else { "lines" };
        let words = format!(" and {hidden} more {lines} ");
        let y = panel.bottom() - 1;
        page.put_right(panel.x, y, panel.right(), &words, theme.selected);
    }
    let below = Rect {
        y: panel.bottom() + 1,
        height: area.bottom().saturating_sub(panel.bottom() + 1),
        ..area
    };
    under_command(page, lab, below);
}

/// How the command goes, or that it waits.
fn under_command(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let theme = page.theme;
    let Some(job) = &lab.job else {
        let (words, style) = match (lab.attempt(), lab.state().is_done()) {
            _ if lab.is_outdated() => ("not run since it was changed", theme.accent),
            (Some(_), _) => ("it has run: go on to see what came of it", theme.muted),
            (None, true) => (
                &*page.told("done before; {{run-again}} runs it again"),
                theme.muted,
            ),
            (None, false) => ("not run yet", theme.accent),
        };
        page.put(area.x, area.y, area.right(), words, style);
        return;
    };
    let millis = job.running.millis;
    let words = format!("{} RUNNING  {}", theme.spinner(millis), elapsed(millis));
    page.put(area.x, area.y, area.right(), &words, theme.accent);
    let events = lab.attempt().map_or(&[][..], |attempt| &attempt.events);
    let room = usize::from(area.height.saturating_sub(2)).min(EVENTS);
    let first = events.len().saturating_sub(room);
    let mut rows: Vec<Row> = events
        .iter()
        .skip(first)
        .map(|event| {
            Row::new(format!("  {:<10} ", clip(&event.resource, 24)), theme.muted)
                .with(event.status.clone(), theme.muted)
        })
        .collect();
    if let Some(row) = rows.last_mut() {
        let mut new = Row::new(format!("{} ", theme.note_mark()), theme.accent);
        new.spans.extend(
            row.spans
                .drain(..)
                .map(|(text, _)| (text.trim_start().to_owned(), theme.strong)),
        );
        *row = new;
    }
    let below = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(2),
        ..area
    };
    put(page, below, &rows);
}

/// What may happen, with the hands for it.
fn hands(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let theme = page.theme;
    page.put(
        area.x,
        area.y,
        area.right(),
        "What will happen?",
        theme.strong,
    );
    let selected = match lab.focus {
        Focus::Hands(at) => Some(at),
        _ => None,
    };
    let hands = lab.hands().copied().unwrap_or_default();
    for (y, (at, guess)) in (area.y + 2..area.bottom()).zip(Guess::ALL.into_iter().enumerate()) {
        let style = if selected == Some(at) {
            theme.selected
        } else {
            Style::new()
        };
        let text = format!(" {}  {:<36} ", at + 1, guess.sentence());
        let x = page.put(area.x, y, area.right(), &text, style);
        if selected.is_some() || hands.total() > 0 {
            let count = format!("{:>4} ", hands.at(at));
            page.put(x, y, area.right(), &count, theme.strong);
        }
        if selected.is_some() {
            page.target(area.x, y, area.width, 1, Intent::Select(at));
        }
    }
    let y = area.y + 9;
    let words = match (selected.is_some(), hands.total()) {
        (true, total) => format!("{total} hands so far; type a number, or + for each hand"),
        (false, 0) => page.told("{{hands}} counts hands"),
        (false, total) => format!("{total} hands"),
    };
    if y < area.bottom() {
        page.put(area.x, y, area.right(), &words, theme.muted);
    }
}

/// The hands as bars, and which of them were right.
fn tally(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let theme = page.theme;
    let (Some(hands), Some(came)) = (lab.hands(), lab.came()) else {
        return;
    };
    let total = hands.total();
    let (mark, words, style) = match hands.right(came) {
        Some(right) => {
            let (mark, style) = if right * 2 >= total {
                (theme.success_mark(), theme.success)
            } else {
                (theme.denied_mark(), theme.denied)
            };
            (mark, format!("{right} of {total} were right"), style)
        }
        None => (
            theme.note_mark(),
            match came {
                Came::Other => "it failed before permission mattered",
                _ => "by which gate it was denied is not told",
            }
            .to_owned(),
            theme.accent,
        ),
    };
    let x = page.put(area.x, area.y, area.right(), mark, style);
    page.put(x + 1, area.y, area.right(), &words, style);
    let mut y = area.y + 2;
    for guess in Guess::ALL {
        let said = crate::app::Prediction {
            guess,
            came: Some(came),
        };
        let right = said.right() == Some(true);
        if hands.of(guess) == 0 && !right {
            continue;
        }
        if y + 1 >= area.bottom() {
            break;
        }
        let style = if right { theme.success } else { theme.muted };
        let mark = if right { theme.success_mark() } else { " " };
        let x = page.put(area.x, y, area.right(), mark, style);
        let name = if right {
            format!(" {}  {} this happened", guess.sentence(), theme.back())
        } else {
            format!(" {}", guess.sentence())
        };
        page.put(x, y, area.right(), &name, style);
        bar(page, hands, guess, Rect { y: y + 1, ..area }, style);
        y += 3;
    }
}

fn bar(page: &mut Page<'_>, hands: &Hands, guess: Guess, area: Rect, style: Style) {
    let words = format!(" {} ({} %)", hands.of(guess), hands.share(guess));
    let room = area.width.saturating_sub(columns(&words) + 2);
    let filled = u32::from(room) * hands.share(guess) / 100;
    let filled = u16::try_from(filled).unwrap_or(room);
    let end = area.x + 2 + filled;
    let piece = page.theme.block();
    for x in area.x + 2..end {
        page.put(x, area.y, area.right(), piece, style);
    }
    page.put(end, area.y, area.right(), &words, style);
}

/// The outcome in big letters, and in a line what it means for the step.
fn of_outcome(page: &mut Page<'_>, lab: &Lab, area: Rect, screen: Rect) {
    let (mark, word, style, rest) = outcome(page, lab);
    // Letters are not read line by line: they may be wider than a text.
    let top = Rect {
        x: screen.x + 2,
        width: screen.width.saturating_sub(4),
        y: area.y + area.height.saturating_sub(12) / 4,
        height: area.height,
    }
    .intersection(Rect {
        x: screen.x,
        width: screen.width,
        ..area
    });
    let y = big::draw(page, top, word, style) + 1;
    let width = usize::from(area.width);
    let mut rows = wrap(
        &[(rest, Style::new())],
        width,
        &Row::new(format!("{mark} "), style),
        &Row::new("  ", style),
    );
    let said = lab
        .attempt()
        .filter(|attempt| attempt.ended == Ended::Answered && !lab.is_outdated())
        .and_then(|attempt| attempt.last())
        .and_then(|report| report.outcome.message.clone());
    if let Some(said) = said {
        rows.push(Row::default());
        rows.extend(plain(
            &lab.progress.variables.mask(&said),
            page.theme.muted,
            width,
            2,
        ));
    }
    let below = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    page.lines(Pane::Response, below, &rows, lab.scrolled(Pane::Response).0);
}

/// The gates with what it comes to, or the statement that decided.
fn reasons(theme: &Theme, explanation: &Explanation, scene: Scene, width: usize) -> Vec<Row> {
    let statements = || explanation.gates.iter().flat_map(|gate| &gate.statements);
    let decisive = statements().find(|statement| statement.decisive);
    if let (Scene::Statement, Some(statement)) = (scene, decisive) {
        let mut out = vec![
            Row::new("The statement that decided", theme.strong),
            Row::default(),
        ];
        out.extend(why::statement_rows(theme, statement, width));
        return out;
    }
    let mut out = flow::rows(theme, explanation, width);
    out.push(Row::default());
    out.extend(plain(&explanation.summary, theme.strong, width, 1));
    out
}

fn remember(page: &mut Page<'_>, lab: &Lab, area: Rect) {
    let theme = page.theme;
    let mut rows = vec![Row::new("What to remember", theme.accent), Row::default()];
    let after = lab.after().unwrap_or_default();
    let width = usize::from(area.width.saturating_sub(2));
    rows.extend(
        markdown::rows(&theme, &after, width)
            .into_iter()
            .map(|row| marked(&theme, row)),
    );
    page.lines(Pane::Text, area, &rows, lab.scrolled(Pane::Text).0);
}

/// The last row: how far the step is told, and what the one at the keys may do.
fn foot(page: &mut Page<'_>, model: &Model, lab: &Lab, area: Rect, (at, of): (usize, usize)) {
    let theme = page.theme;
    let (x, y, end) = (area.x + 2, area.bottom() - 1, area.right() - 2);
    let row = Rect::new(x, y, end - x, 1);
    if notice(page, model, row, y) {
        return;
    }
    let (full, empty) = theme.bar_pieces();
    let mut place = x;
    for scene in 0..of {
        let (piece, style) = if scene <= at {
            (full, theme.accent)
        } else {
            (empty, theme.rule)
        };
        place = page.put(place, y, end, piece, style);
    }
    let running = lab.job.is_some();
    let words = match (&lab.focus, running) {
        (Focus::Hands(_), _) => "{{keep}} keeps the count  {{back}} forgets it",
        (_, true) => "{{cancel}} stops waiting",
        _ if at + 1 < of => "{{reveal-down}} goes on  {{help}} keys",
        _ if !lab.runs() || lab.attempt().is_some() || lab.state().is_done() => {
            match lab.lesson.steps.len() > lab.at + 1 {
                true => "{{reveal-down}} the next step  {{help}} keys",
                false => "the last step  {{help}} keys",
            }
        }
        _ => "{{run}} runs it  {{help}} keys",
    };
    let words = &page.told(words);
    let start = page.put_right(place + 2, y, end, words, theme.muted);
    page.target(start, y, columns(words), 1, Intent::Help);
}
