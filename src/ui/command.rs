//! The command: coloured as the parser reads it, or being edited.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Theme;
use super::wrap::{self, Row};
use super::{Page, editor};
use crate::app::{Focus, Intent, Item, Lab, Subject, without_secrets};
use crate::awscli::tokens::{TokenKind, tokens};
use crate::lesson::Step;

/// What a step runs, as text.
pub(super) fn of_step(step: &Step) -> String {
    let mut text = step
        .command
        .as_deref()
        .map(str::trim_end)
        .unwrap_or_default()
        .to_owned();
    if !step.remove_profiles.is_empty() {
        let removal = Item::RemoveProfiles(step.remove_profiles.clone());
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("# rolecall: ");
        text.push_str(&removal.text());
    }
    text
}

/// What the step shown runs, as text with public variables filled in.
pub(super) fn text(lab: &Lab) -> String {
    let Some(step) = lab.step() else {
        return String::new();
    };
    if let Focus::Editing {
        subject: Subject::Command,
        editor,
        ..
    } = &lab.focus
    {
        return editor.text();
    }
    if let Some(free) = super::free::prompt(lab) {
        // One row at least, for the cursor.
        return free.editor.text() + " ";
    }
    let mut shown = step.clone();
    shown.command = lab
        .shown_command()
        .map(|text| lab.progress.variables.mask(&without_secrets(&text)));
    of_step(&shown)
}

/// The style of each byte range of a command.
pub(super) fn styles(theme: &Theme, text: &str) -> Vec<(std::ops::Range<usize>, Style)> {
    tokens(text)
        .into_iter()
        .map(|(range, kind)| {
            let style = match kind {
                TokenKind::Program => theme.muted,
                TokenKind::Service | TokenKind::Operation => theme.cli_service,
                TokenKind::Option => theme.cli_option,
                TokenKind::String => theme.json_string,
                TokenKind::Value => theme.code,
                _ => theme.muted,
            };
            (range, style)
        })
        .collect()
}

/// The rows of a command in a terminal of that width: its own lines, the long ones broken.
pub(super) fn rows(theme: &Theme, text: &str, width: u16) -> Vec<Row> {
    if text.is_empty() {
        return Vec::new();
    }
    let styles = styles(theme, text);
    let style_at = |byte: usize| {
        styles
            .iter()
            .find(|(range, _)| range.contains(&byte))
            .map_or(theme.muted, |(_, style)| *style)
    };
    let most = usize::from(width.saturating_sub(5)).max(10);
    let mut out = Vec::new();
    let mut row = Row::default();
    let mut used = 0;
    let mut byte = 0;
    for (piece, wide) in wrap::pieces(text) {
        let style = style_at(byte);
        byte += piece.len();
        if piece.ends_with('\n') {
            out.push(std::mem::take(&mut row));
            used = 0;
            continue;
        }
        if used + wide > most {
            out.push(std::mem::take(&mut row));
            used = 0;
        }
        used += wide;
        row.push(piece, style);
    }
    out.push(row);
    out
}

/// Draws the command under its rule.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, area: Rect, rows: &[Row]) {
    if area.height == 0 {
        return;
    }
    page.rule(area.x, area.y, area.right());
    let editing = match &lab.focus {
        Focus::Editing {
            subject: Subject::Command,
            editor,
            fault,
        } => Some((&**editor, fault.as_ref())),
        Focus::Playing(free) => Some((&free.editor, None)),
        _ => None,
    };
    let playing = super::free::prompt(lab).is_some();
    let edited = lab
        .step()
        .and_then(|step| lab.progress.steps.get(&step.id))
        .is_some_and(|step| step.command.is_some());
    let title = match (editing.is_some(), edited) {
        _ if playing => " Free play, in the lesson's world ",
        (true, _) => " Command, being edited ",
        (false, true) => " Command, as you changed it ",
        (false, false) => " Command ",
    };
    let style = if editing.is_some() {
        page.theme.selected
    } else {
        page.theme.muted
    };
    page.put(area.x + 1, area.y, area.right(), title, style);
    let inner = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    page.fill(inner, page.theme.panel);
    let text = Rect {
        x: inner.x + 3,
        width: inner.width.saturating_sub(4),
        ..inner
    };
    let prompt = if playing || lab.command().is_some() {
        "$"
    } else {
        ""
    };
    page.put(inner.x + 1, inner.y, text.x, prompt, page.theme.muted);
    if let Some((editor, fault)) = editing {
        let styles = styles(&page.theme, &editor.text());
        editor::draw(page, text, editor, fault, &styles, &Subject::Command, false);
        return;
    }
    for (y, row) in (text.top()..text.bottom()).zip(rows) {
        let mut x = text.x;
        for (part, style) in &row.spans {
            x = page.put(x, y, text.right(), part, *style);
        }
    }
    let hidden = rows.len().saturating_sub(usize::from(text.height));
    if hidden > 0 && text.height > 0 {
        let note = format!(" and {hidden} more lines ");
        let y = text.bottom() - 1;
        page.put_right(text.x, y, inner.right(), &note, page.theme.selected);
    }
    if lab.command().is_some() {
        page.target(
            inner.x,
            inner.y,
            inner.width,
            inner.height,
            Intent::EditCommand,
        );
    }
}
