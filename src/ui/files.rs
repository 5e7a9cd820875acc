//! The lesson's files, shown or being edited.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::wrap::Row;
use super::{Page, columns, editor, json, wrap};
use crate::app::{Focus, Intent, Lab, Pane, Subject};

/// Draws the files pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, area: Rect) -> String {
    if area.height < 3 {
        return String::new();
    }
    let files = lab.files();
    let Some(shown) = lab.shown_file().map(str::to_owned) else {
        page.put(
            area.x,
            area.y,
            area.right(),
            "This lesson has no files.",
            page.theme.muted,
        );
        page.pane(Pane::Files, area, 1);
        return String::new();
    };
    let editable = lab.step().and_then(|step| step.edit.as_deref()) == Some(&shown);
    let mut x = area.x;
    for name in &files {
        let style = if *name == shown {
            page.theme.strong
        } else {
            page.theme.muted
        };
        let start = x;
        x = page.put(x, area.y, area.right(), name, style);
        if *name != shown {
            page.target(start, area.y, columns(name), 1, Intent::NextFile);
        }
        x = page.put(x, area.y, area.right(), "   ", style);
    }
    let editing = match &lab.focus {
        Focus::Editing {
            subject: Subject::File(name),
            editor,
            fault,
        } if *name == shown => Some((editor, fault)),
        _ => None,
    };
    let changed = lab.progress.edits.contains_key(&shown);
    let note = match (editing.is_some(), changed, editable) {
        (true, ..) => "being edited",
        (false, true, _) => "as you changed it",
        (false, false, true) => &page.told("{{edit-file}} edits it"),
        (false, false, false) => "",
    };
    page.put_right(x, area.y, area.right(), note, page.theme.accent);
    let body = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    if let Some((text, fault)) = editing {
        let panel = page.theme.panel;
        page.fill(body, panel);
        let whole = text.text();
        let styles = styles(page, &shown, &whole);
        let mut inner = body;
        if let Some((line, column, reason)) = fault {
            let message = format!(
                "{} line {}, column {}: {reason}",
                page.theme.error_mark(),
                line + 1,
                column + 1
            );
            let mut rows = wrap::plain(&message, page.theme.error, usize::from(body.width), 0);
            rows.truncate(2);
            inner.height = inner
                .height
                .saturating_sub(u16::try_from(rows.len()).unwrap_or(2));
            for (y, row) in (inner.bottom()..body.bottom()).zip(&rows) {
                for (text, style) in &row.spans {
                    page.put(body.x, y, body.right(), text, *style);
                }
            }
        }
        page.pane(Pane::Files, inner, text.lines().len());
        editor::draw(
            page,
            inner,
            text,
            fault.as_ref(),
            &styles,
            &Subject::File(shown),
            true,
        );
        return String::new();
    }
    let rows = rows(page, lab, &shown, body.width);
    let height = usize::from(body.height);
    let (scrolled, _) = lab.scrolled(Pane::Files);
    let first = scrolled.min(rows.len().saturating_sub(height));
    let texts: Vec<Row> = rows.iter().map(|(_, row)| row.clone()).collect();
    page.lines(Pane::Files, body, &texts, scrolled);
    if editable {
        let text = lab.file_text(&shown).unwrap_or_default();
        for (y, (at, _)) in (body.top()..body.bottom()).zip(rows.iter().skip(first)) {
            let end = text.lines().nth(*at).unwrap_or_default().chars().count();
            let cursor = Intent::Cursor(Subject::File(shown.clone()), *at, end);
            page.target(body.x, y, body.width, 1, cursor);
        }
    }
    if rows.len() > height {
        format!(
            "{}-{} of {}",
            first + 1,
            (first + height).min(rows.len()),
            rows.len()
        )
    } else {
        String::new()
    }
}

/// The rows of a file, each with the line that it belongs to, from 0. Lines that do not fit are
/// broken between words, and go on a little deeper.
pub(super) fn rows(page: &Page<'_>, lab: &Lab, name: &str, width: u16) -> Vec<(usize, Row)> {
    let text = lab.file_text(name).unwrap_or_default();
    let width = usize::from(width);
    let mut out = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = page.veiled(line);
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let numbers = usize::from(editor::NUMBERS);
        let first = Row::new(format!("{:>3}  ", at + 1), page.theme.muted)
            .with(" ".repeat(indent), Style::new());
        let spans = pieces(page, name, code)
            .into_iter()
            .map(|(text, style)| (text.to_owned(), style));
        if numbers + line.width() <= width {
            let mut row = first;
            row.spans.extend(spans);
            out.push((at, row));
            continue;
        }
        let other = Row::new(" ".repeat(numbers + indent + 2), Style::new());
        let spans: Vec<_> = spans.collect();
        let rows = wrap::wrap(&spans, width, &first, &other);
        out.extend(rows.into_iter().map(|row| (at, row)));
    }
    out
}

fn is_json(name: &str) -> bool {
    name.ends_with(".json")
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn pieces<'t>(page: &Page<'_>, name: &str, line: &'t str) -> Vec<json::Piece<'t>> {
    if is_json(name) {
        json::pieces(&page.theme, line, false)
    } else if is_yaml(name) {
        yaml(page, line)
    } else {
        vec![(line, Style::new())]
    }
}

/// A line of YAML: its key, its comment, its text.
fn yaml<'t>(page: &Page<'_>, line: &'t str) -> Vec<json::Piece<'t>> {
    let theme = &page.theme;
    if line.trim_start().starts_with('#') {
        return vec![(line, theme.muted)];
    }
    let end = line
        .find(": ")
        .or_else(|| line.ends_with(':').then(|| line.len() - 1));
    match end.and_then(|end| line.split_at_checked(end)) {
        Some((key, rest)) if !key.contains(['"', '\'', '{', '[']) => {
            vec![(key, theme.json_key), (rest, theme.json_string)]
        }
        _ => vec![(line, theme.json_string)],
    }
}

fn styles(page: &Page<'_>, name: &str, text: &str) -> Vec<(std::ops::Range<usize>, Style)> {
    if is_json(name) {
        return json::styles(&page.theme, text);
    }
    let mut out = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let mut at = start;
        for (piece, style) in pieces(page, name, line) {
            out.push((at..at + piece.len(), style));
            at += piece.len();
        }
        start += line.len() + 1;
    }
    out
}
