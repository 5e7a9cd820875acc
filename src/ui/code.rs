//! The step's call in Rust, Python and as the command line.

use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::Page;
use crate::app::{Kind, Lab, Pane};
use crate::code::Language;

/// Draws the Code pane. Gives the text that tells where one is in it.
pub(super) fn draw(page: &mut Page<'_>, lab: &Lab, area: Rect) -> String {
    let names = Language::ALL.map(Language::title);
    let chosen = Language::ALL
        .iter()
        .position(|language| *language == lab.views.language())
        .unwrap_or_default();
    let words = page.told("{{view}} changes");
    page.choices(area, &names, chosen, &words);
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    };
    let Some(listing) = lab.views.listing.as_ref().filter(|it| !it.text.is_empty()) else {
        let words = "This step runs no command.";
        page.put(body.x, body.y, body.right(), words, page.theme.muted);
        page.pane(Pane::Code, body, 1);
        return String::new();
    };
    let text = &listing.text;
    let height = usize::from(body.height);
    page.pane(Pane::Code, body, text.len());
    let (scrolled, left) = lab.scrolled(Pane::Code);
    let first = scrolled.min(text.len().saturating_sub(height));
    for (y, line) in (body.top()..body.bottom()).zip(first..text.len()) {
        let Some(slice) = text.slice(line, left) else {
            break;
        };
        let start = body.x + u16::try_from(slice.indent).unwrap_or_default();
        let mut x = start;
        let whole = text.line(line).unwrap_or_default();
        let seen = page.veiled_from(whole, whole.len() - slice.text.len(), slice.text);
        let whole = whole.trim_start();
        let is_comment = whole.starts_with("//") || whole.starts_with("# ");
        match text.kind(line) {
            Kind::Error => {
                page.put(x, y, body.right(), &seen, page.theme.error);
            }
            Kind::Note => {
                page.put(x, y, body.right(), &seen, page.theme.accent);
            }
            _ if is_comment && listing.language != Language::Cli => {
                page.put(x, y, body.right(), &seen, page.theme.muted);
            }
            _ => {
                for (piece, style) in pieces(page, &seen, slice.in_string) {
                    x = page.put(x, y, body.right(), piece, style);
                }
            }
        }
        if slice.indent + seen.width() > usize::from(body.width) {
            page.cut(body, y);
        }
    }
    page.more(body, text.len(), first);
    if text.len() > height {
        format!(
            "{}-{} of {}",
            first + 1,
            (first + height).min(text.len()),
            text.len()
        )
    } else {
        String::new()
    }
}

/// Strings apart from the rest of a line.
fn pieces<'t>(page: &Page<'_>, line: &'t str, in_string: bool) -> Vec<(&'t str, Style)> {
    let mut out = Vec::new();
    let mut rest = line;
    let mut inside = in_string;
    while !rest.is_empty() {
        let from = usize::from(!inside && rest.starts_with('"'));
        let is_string = inside || from == 1;
        let mut end = rest.len();
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(from) {
            if escaped {
                escaped = false;
            } else if is_string && c == '\\' {
                escaped = true;
            } else if c == '"' {
                end = if is_string { at + 1 } else { at };
                break;
            }
        }
        let (piece, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let style = if is_string {
            page.theme.json_string
        } else {
            Style::new()
        };
        out.push((piece, style));
        rest = after;
        inside = false;
    }
    out
}
