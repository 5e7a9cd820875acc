//! The lesson's files, shown or being edited.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

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
            inner.height = inner.height.saturating_sub(1);
            let message = format!(
                "{} line {}, column {}: {reason}",
                page.theme.error_mark(),
                line + 1,
                column + 1
            );
            let y = inner.bottom();
            page.put(body.x, y, body.right(), &message, page.theme.error);
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
    lines(page, lab, &shown, editable, body)
}

/// Draws the lines of a file. Gives the text that tells where one is in it.
pub(super) fn lines(
    page: &mut Page<'_>,
    lab: &Lab,
    shown: &str,
    editable: bool,
    body: Rect,
) -> String {
    let text = lab.file_text(shown).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    page.pane(Pane::Files, body, lines.len());
    let height = usize::from(body.height);
    let (scrolled, left) = lab.scrolled(Pane::Files);
    let first = scrolled.min(lines.len().saturating_sub(height));
    for (y, (at, line)) in (body.top()..body.bottom()).zip(lines.iter().enumerate().skip(first)) {
        page.put(
            body.x,
            y,
            body.right(),
            &format!("{:>3}", at + 1),
            page.theme.muted,
        );
        let mut skip = left;
        let mut x = body.x + editor::NUMBERS;
        let line = page.veiled(line);
        for (piece, style) in pieces(page, shown, &line) {
            for (piece, wide) in wrap::pieces(piece) {
                if skip > 0 {
                    skip = skip.saturating_sub(wide);
                    continue;
                }
                x = page.put(x, y, body.right(), piece, style);
            }
        }
        if line.width() > left + usize::from(body.width.saturating_sub(editor::NUMBERS)) {
            page.cut(body, y);
        }
        if editable {
            page.target(
                body.x,
                y,
                body.width,
                1,
                Intent::Cursor(Subject::File(shown.to_owned()), at, line.chars().count()),
            );
        }
    }
    page.more(body, lines.len(), first);
    if lines.len() > height {
        format!(
            "{}-{} of {}",
            first + 1,
            (first + height).min(lines.len()),
            lines.len()
        )
    } else {
        String::new()
    }
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
