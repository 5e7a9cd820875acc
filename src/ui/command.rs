//! The command: coloured as the parser reads it, or being edited.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Theme;
use super::wrap::{self, Row};
use super::{Page, editor};
use crate::app::{Focus, Intent, Item, Lab, Subject, without_secrets};
use crate::awscli::tokens::{TokenKind, tokens};
use crate::lesson::{Step, commands};

/// What a step runs, as text.
pub(super) fn of_step(step: &Step) -> String {
    let command = step.command.as_deref().unwrap_or_default();
    with_removals(command.trim_end().to_owned(), step)
}

/// The command of a step with what else it does.
fn with_removals(mut text: String, step: &Step) -> String {
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
    let shown = lab.shown_command().unwrap_or_default();
    let masked = lab
        .progress
        .variables
        .mask(&without_secrets(shown.trim_end()));
    with_removals(masked, step)
}

/// The style of each byte range of a command.
pub(super) fn styles(theme: &Theme, text: &str) -> Vec<(Range<usize>, Style)> {
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

/// The style of a byte, of those of ranges that stand in order.
pub(super) fn style_at(styles: &[(Range<usize>, Style)], byte: usize) -> Option<Style> {
    let at = styles.partition_point(|(range, _)| range.end <= byte);
    let (range, style) = styles.get(at)?;
    range.contains(&byte).then_some(*style)
}

/// A command as it stands on the screen.
pub(super) struct Laid {
    /// The first of its rows.
    pub rows: Vec<Row>,
    /// How many there are.
    pub total: usize,
    /// The style of each byte range of its text.
    pub styles: Vec<(Range<usize>, Style)>,
}

impl Laid {
    fn push(&mut self, row: Row, seen: usize) {
        if self.total < seen {
            self.rows.push(row);
        }
        self.total += 1;
    }
}

/// The rows of a command in a terminal of that width, behind prompts: its own lines, the long ones
/// broken as one would at a shell. Only what is shown is broken: what runs and is copied stays as
/// it is. Rows beyond the first `seen` are counted, and not made.
pub(super) fn laid(theme: &Theme, text: &str, width: u16, seen: usize) -> Laid {
    let mut out = Laid {
        rows: Vec::new(),
        total: 0,
        styles: styles(theme, text),
    };
    if text.is_empty() {
        return out;
    }
    let styles = std::mem::take(&mut out.styles);
    // Bytes are asked for in their order.
    let mut at = 0;
    let mut is_gap = |byte: usize| {
        while styles.get(at).is_some_and(|(range, _)| range.end <= byte) {
            at += 1;
        }
        styles
            .get(at)
            .is_none_or(|(range, _)| !range.contains(&byte))
    };
    let begins = commands(text);
    let most = usize::from(width.saturating_sub(5)).max(10);
    let mut start = 0;
    for line in text.split('\n') {
        let end = start + line.len();
        let is_first = begins.iter().any(|it| (start..end).contains(&it.start));
        let mut row = Row::new(if is_first { "$ " } else { "  " }, theme.muted);
        for part in parts(text, start..end, is_first, most, &mut is_gap) {
            let wide = wrap::wide(text.get(part.range.clone()).unwrap_or_default());
            if out.total >= seen && part.indent + wide <= most {
                out.total += 1;
                continue;
            }
            let blanks = " ".repeat(part.indent);
            row.push(&blanks, theme.muted);
            let mut used = part.indent;
            for (range, style) in pieces(&styles, part.range, theme.muted) {
                let piece = text.get(range).unwrap_or_default();
                let wide = wrap::wide(piece);
                if used + wide <= most {
                    row.push(piece, style);
                    used += wide;
                    continue;
                }
                for (piece, wide) in wrap::pieces(piece) {
                    if used + wide > most {
                        let full = std::mem::replace(&mut row, Row::new("  ", theme.muted));
                        out.push(full, seen);
                        used = 0;
                    }
                    row.push(piece, style);
                    used += wide;
                }
            }
            if part.goes_on {
                row.push(GOES_ON, theme.muted);
            }
            let full = std::mem::replace(&mut row, Row::new("  ", theme.muted));
            out.push(full, seen);
        }
        start = end + 1;
    }
    out.styles = styles;
    out
}

/// A range in pieces of one style each; what no style is for has another one.
fn pieces(
    styles: &[(Range<usize>, Style)],
    range: Range<usize>,
    other: Style,
) -> impl Iterator<Item = (Range<usize>, Style)> {
    let mut byte = range.start;
    std::iter::from_fn(move || {
        if byte >= range.end {
            return None;
        }
        let at = styles.partition_point(|(styled, _)| styled.end <= byte);
        let (end, style) = match styles.get(at) {
            Some((styled, style)) if styled.start <= byte => (styled.end, *style),
            Some((styled, _)) => (styled.start, other),
            None => (range.end, other),
        };
        let piece = byte..end.min(range.end);
        byte = piece.end;
        Some((piece, style))
    })
}

/// What stands at the end of a line that is not the last of a command.
const GOES_ON: &str = " \\";

/// Columns by which what goes on is indented.
const INDENT: usize = 4;

/// What of a line stands in a row of its own.
struct Part {
    indent: usize,
    range: Range<usize>,
    /// The command goes on below.
    goes_on: bool,
}

/// A line of a command as parts that fit, where that can be: broken before an option, or else
/// between words. What goes on stands deeper than the first line of a command, and as deep as the
/// others. `is_gap` tells whether a byte is in none of the command's words.
fn parts(
    text: &str,
    line: Range<usize>,
    is_first: bool,
    most: usize,
    mut is_gap: impl FnMut(usize) -> bool,
) -> Vec<Part> {
    let width = |range: Range<usize>| wrap::wide(text.get(range).unwrap_or_default());
    let whole = Part {
        indent: 0,
        range: line.clone(),
        goes_on: false,
    };
    if width(line.clone()) <= most {
        return vec![whole];
    }
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut word = None;
    for (at, c) in text.get(line.clone()).unwrap_or_default().char_indices() {
        let at = line.start + at;
        if c == ' ' && is_gap(at) {
            words.extend(word.take().map(|start| start..at));
        } else {
            word.get_or_insert(at);
        }
    }
    words.extend(word.map(|start| start..line.end));
    let text_of = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
    let goes_on = words
        .pop_if(|word| text_of(word) == GOES_ON.trim_start())
        .is_some();
    let Some(first) = words.first() else {
        return vec![whole];
    };
    let lead = first.start - line.start;
    let below = if is_first || lead == 0 {
        lead + INDENT
    } else {
        lead
    };
    let mut out = Vec::new();
    let mut part = Part {
        indent: lead,
        range: first.start..first.start,
        goes_on,
    };
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        // An option stays with its value, where both have room.
        let value = words
            .peek()
            .filter(|value| text_of(&word).starts_with('-') && !text_of(value).starts_with('-'))
            .filter(|value| below + width(word.start..value.end) + GOES_ON.len() <= most);
        let end = value.map_or(word.end, |value| value.end);
        if end > word.end {
            words.next();
        }
        let room = match words.peek() {
            None if !goes_on => most,
            _ => most.saturating_sub(GOES_ON.len()),
        };
        if !part.range.is_empty() && part.indent + width(part.range.start..end) > room {
            let next = Part {
                indent: below,
                range: word.start..end,
                goes_on,
            };
            let full = std::mem::replace(&mut part, next);
            out.push(Part {
                goes_on: true,
                ..full
            });
        }
        part.range.end = end;
    }
    out.push(part);
    out
}

/// Draws the command under its rule.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, area: Rect, laid: &Laid) {
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
    if let Some((editor, fault)) = editing {
        let text = Rect {
            x: inner.x + 3,
            width: inner.width.saturating_sub(4),
            ..inner
        };
        page.put(inner.x + 1, inner.y, text.x, "$", page.theme.muted);
        let subject = &Subject::Command;
        editor::draw(page, text, editor, fault, &laid.styles, subject, false);
        return;
    }
    let text = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    for (y, row) in (text.top()..text.bottom()).zip(&laid.rows) {
        let mut x = text.x;
        for (part, style) in &row.spans {
            x = page.put(x, y, text.right(), part, *style);
        }
    }
    let hidden = laid.total.saturating_sub(usize::from(text.height));
    if hidden > 0 && text.height > 0 {
        let lines = if hidden == 1 { "line" } else { "lines" };
        let note = format!(" and {hidden} more {lines} ");
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
