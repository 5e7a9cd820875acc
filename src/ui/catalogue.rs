//! The lessons, and what is shown while one is opened.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::wrap::{Row, plain};
use super::{Page, clip, footer, header, layout, markdown, notice, waiting};
use crate::app::{Intent, Model, Pane, Wait};
use crate::lesson::World;

/// Draws the lessons.
pub(super) fn draw(page: &mut Page<'_>, model: &Model, area: Rect) {
    header(page, model, area, "Lessons", "");
    let theme = page.theme;
    let lessons = &model.catalogue.lessons;
    let (left, right) = (area.x + 2, area.right().saturating_sub(2));
    let top = area.y + 2;
    let bottom = area.bottom().saturating_sub(2);
    page.put(
        left,
        top,
        right,
        "Learn AWS IAM and STS by doing. Choose a lesson:",
        theme.text,
    );
    let list = if model.target.world == World::Sandbox && area.height >= 22 {
        page.put(
            left,
            top + 1,
            right,
            "It runs in a sandbox inside this program: no account and no network needed.",
            theme.muted,
        );
        top + 3
    } else {
        top + 2
    };
    let room = usize::from(bottom.saturating_sub(list + 8)).max(3);
    let first = model.selected.saturating_sub(room.saturating_sub(1));
    for (y, (at, lesson)) in (list..bottom).zip(lessons.iter().enumerate().skip(first).take(room)) {
        let overview = model.overviews.get(&lesson.id).copied().unwrap_or_default();
        let steps = lesson.steps.len();
        let selected = at == model.selected;
        let style = if selected { theme.selected } else { theme.text };
        page.fill(Rect::new(left, y, right.saturating_sub(left), 1), style);
        let (mark, standing) = match overview.done {
            0 => (theme.open_mark(), format!("{steps} steps")),
            done if done >= steps => (theme.success_mark(), "done".to_owned()),
            done => (theme.note_mark(), format!("{done} of {steps} done")),
        };
        let facts = format!("{standing}, {} minutes ", lesson.minutes);
        let end = page.put_right(left, y, right, &facts, style);
        let title = clip(&lesson.title, end.saturating_sub(left + 5));
        page.put(left + 1, y, end, mark, style);
        page.put(left + 3, y, end, &title, style);
        page.target(
            left,
            y,
            right.saturating_sub(left),
            1,
            if selected {
                Intent::Open
            } else {
                Intent::Select(at)
            },
        );
    }
    let shown = u16::try_from(lessons.len().min(room)).unwrap_or(0);
    let details = list + shown + 1;
    let body = Rect {
        x: left,
        y: details,
        width: right.saturating_sub(left),
        height: bottom.saturating_sub(details),
    };
    page.pane(
        Pane::Catalogue,
        Rect::new(left, list, body.width, shown),
        lessons.len(),
    );
    page.more(
        Rect::new(left, list, body.width, shown),
        lessons.len(),
        first,
    );
    let rows = details_of(
        page,
        model,
        usize::from(body.width),
        usize::from(body.height),
    );
    for (y, row) in (body.top()..body.bottom()).zip(&rows) {
        let mut x = body.x;
        for (text, style) in &row.spans {
            x = page.put(x, y, body.right(), text, *style);
        }
    }
    let y = area.bottom().saturating_sub(2);
    let row = Rect::new(area.x + 1, y, right.saturating_sub(area.x + 1), 1);
    notice(page, model, row, y + 1);
    footer(page, model, area);
}

/// What there is to say of the lesson that is selected. What has no room as a whole is left out.
fn details_of(page: &Page<'_>, model: &Model, width: usize, height: usize) -> Vec<Row> {
    let theme = &page.theme;
    let width = width.min(layout::text_width(u16::MAX));
    let mut rows = Vec::new();
    match model.catalogue.lessons.get(model.selected) {
        Some(lesson) => {
            rows.extend(markdown::rows(theme, &lesson.summary, width));
            let overview = model.overviews.get(&lesson.id).copied().unwrap_or_default();
            if overview.done > 0
                && let Some(step) = lesson.steps.get(overview.at)
            {
                rows.push(Row::default());
                rows.push(
                    Row::new("You are at  ", theme.muted).with(step.title.clone(), theme.strong),
                );
            }
            let mut standing = Vec::new();
            if overview.solved > 0 {
                standing.push(format!("{} of them by their solutions", overview.solved));
            }
            let score = overview.scores.words();
            if !score.is_empty() {
                standing.push(format!("predictions right: {score}"));
            }
            if !standing.is_empty() {
                let done = format!("{} of {} steps done", overview.done, lesson.steps.len());
                standing.insert(0, done);
                rows.extend(plain(&standing.join("; "), theme.text, width, 0));
            }
            for (title, items) in [
                ("What you need", &lesson.requirements),
                ("What it prepares for", &lesson.exam_domains),
            ] {
                if items.is_empty() {
                    continue;
                }
                let mut section = vec![Row::default(), Row::new(title, theme.muted)];
                for item in items {
                    section.extend(markdown::rows(theme, &format!("- {item}"), width));
                }
                if rows.len() + section.len() <= height {
                    rows.append(&mut section);
                }
            }
        }
        None => rows.extend(plain(
            "There are no lessons here. `rolecall check` tells why those of a folder cannot be read.",
            Style::new(),
            width,
            0,
        )),
    }
    let problems = &model.catalogue.problems;
    if let Some(first) = problems.first() {
        let text = format!(
            "{} could not be read: {} ({}:{}). `rolecall check` shows all {} findings.",
            first.path,
            first.message,
            first.line,
            first.column,
            problems.len()
        );
        rows.insert(0, Row::default());
        for row in plain(&text, theme.error, width, 0).into_iter().rev() {
            rows.insert(0, row);
        }
    }
    rows
}

/// Draws that a lesson is being opened.
pub(super) fn opening(page: &mut Page<'_>, model: &Model, area: Rect, lesson: &str, wait: Wait) {
    header(page, model, area, lesson, "");
    waiting(page, area.x + 2, area.y + 3, "Opening the lab", wait);
    footer(page, model, area);
}

/// Draws that a lab could not be opened.
pub(super) fn failed(page: &mut Page<'_>, model: &Model, area: Rect, lesson: &str, reason: &str) {
    header(page, model, area, lesson, "");
    let theme = page.theme;
    let x = area.x + 2;
    let right = area.right().saturating_sub(2);
    let mark = format!("{} The lab cannot be opened", theme.error_mark());
    page.put(x, area.y + 2, right, &mark, theme.error);
    let width = usize::from(right.saturating_sub(x));
    let rows = plain(reason, Style::new(), width, 0);
    let last = area.bottom().saturating_sub(4);
    let mut y = area.y + 4;
    for row in &rows {
        if y >= last {
            break;
        }
        for (text, style) in &row.spans {
            page.put(x, y, right, text, *style);
        }
        y += 1;
    }
    let words = "Nothing is lost. {{retry}} tries again, {{back}} goes back to the lessons.";
    page.put(x, y + 1, right, &page.told(words), theme.muted);
    footer(page, model, area);
}
