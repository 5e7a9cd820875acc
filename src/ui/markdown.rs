//! The part of Markdown that lessons use: paragraphs, lists, headings, code blocks; `code`,
//! **bold** and *emphasis* inside them.

use ratatui::style::{Modifier, Style};

use super::theme::Theme;
use super::wrap::{Row, wrap};

/// The rows of a text at a width.
pub(super) fn rows(theme: &Theme, text: &str, width: usize) -> Vec<Row> {
    let mut out: Vec<Row> = Vec::new();
    let mut block: Option<Block> = None;
    let mut fenced = false;
    for line in text.trim().lines() {
        if line.trim_start().starts_with("```") {
            flush(theme, &mut out, block.take(), width);
            fenced = !fenced;
            continue;
        }
        if fenced {
            out.push(Row::new("  ", theme.code).with(line, theme.code));
            continue;
        }
        if line.trim().is_empty() {
            let had = block.is_some();
            flush(theme, &mut out, block.take(), width);
            if had || out.last().is_some_and(|row| !row.spans.is_empty()) {
                out.push(Row::default());
            }
            continue;
        }
        if let Some(heading) = heading(line) {
            flush(theme, &mut out, block.take(), width);
            out.push(Row::new(heading, theme.strong));
            continue;
        }
        match item(line) {
            Some((indent, mark, rest)) => {
                flush(theme, &mut out, block.take(), width);
                block = Some(Block {
                    indent,
                    mark,
                    text: rest.to_owned(),
                });
            }
            None => match &mut block {
                Some(block) => block.join(line),
                None => {
                    let mut new = Block::default();
                    new.join(line);
                    block = Some(new);
                }
            },
        }
        // Two blanks at the end of a line break it.
        if line.ends_with("  ")
            && let Some(block) = &mut block
        {
            block.text.push('\n');
        }
    }
    flush(theme, &mut out, block, width);
    while out.last().is_some_and(|row| row.spans.is_empty()) {
        out.pop();
    }
    out
}

#[derive(Default)]
struct Block {
    indent: usize,
    /// `None` for a paragraph; an empty mark is a bullet.
    mark: Option<String>,
    text: String,
}

impl Block {
    fn join(&mut self, line: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push(' ');
        }
        self.text.push_str(line.trim());
    }
}

fn heading(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    (rest.len() < line.len()).then(|| rest.strip_prefix(' ').map(str::trim))?
}

/// Indent, mark and text of an item of a list.
fn item(line: &str) -> Option<(usize, Option<String>, &str)> {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    if let Some(text) = rest.strip_prefix("- ").or_else(|| rest.strip_prefix("* ")) {
        return Some((indent, Some(String::new()), text.trim()));
    }
    let (number, text) = rest.split_once(". ")?;
    (!number.is_empty() && number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| (indent, Some(format!("{number}.")), text.trim()))
}

fn flush(theme: &Theme, out: &mut Vec<Row>, block: Option<Block>, width: usize) {
    let Some(block) = block else {
        return;
    };
    let spans = inline(theme, block.text.trim_end_matches('\n'));
    let (first, other) = match &block.mark {
        None => (Row::default(), Row::default()),
        Some(mark) => {
            let mark = if mark.is_empty() {
                theme.bullet()
            } else {
                mark
            };
            let indent = " ".repeat(block.indent);
            let first = format!("{indent}{mark} ");
            let other = " ".repeat(indent.len() + mark.chars().count() + 1);
            (Row::new(first, theme.accent), Row::new(other, theme.accent))
        }
    };
    out.extend(wrap(&spans, width, &first, &other));
}

/// Texts with their styles.
pub(super) fn inline(theme: &Theme, text: &str) -> Vec<(String, Style)> {
    let plain = Style::new();
    let mut out: Vec<(String, Style)> = Vec::new();
    let mut rest = text;
    let mut add = |text: &str, style: Style| {
        if text.is_empty() {
            return;
        }
        match out.last_mut() {
            Some((last, known)) if *known == style => last.push_str(text),
            _ => out.push((text.to_owned(), style)),
        }
    };
    while !rest.is_empty() {
        let Some(at) = rest.find(['`', '*']) else {
            break;
        };
        add(rest.get(..at).unwrap_or_default(), plain);
        rest = rest.get(at..).unwrap_or_default();
        let (open, style) = if rest.starts_with("**") {
            ("**", theme.strong)
        } else if rest.starts_with('*') {
            ("*", plain.add_modifier(Modifier::ITALIC))
        } else {
            ("`", theme.code)
        };
        let inside = rest.get(open.len()..).unwrap_or_default();
        let closed = inside
            .find(open)
            .filter(|end| *end > 0 && !inside.starts_with(' '));
        if let Some(end) = closed {
            let text = inside.get(..end).unwrap_or_default();
            // A blank inside code does not break its row.
            add(text, style);
            rest = inside.get(end + open.len()..).unwrap_or_default();
        } else {
            add(open, plain);
            rest = inside;
        }
    }
    add(rest, plain);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, width: usize) -> Vec<String> {
        let theme = Theme::of(crate::app::Capabilities::default());
        rows(&theme, text, width)
            .iter()
            .map(|row| row.spans.iter().map(|(text, _)| text.as_str()).collect())
            .collect()
    }

    #[test]
    fn blocks() {
        assert_eq!(
            shown(
                "One\ntwo.\n\n- **a** b\n  c\n- d\n\n1. x\n\n```\nlet  y\n```\nRole: `r`  \nnext",
                40
            ),
            [
                "One two.",
                "",
                "• a b c",
                "• d",
                "",
                "1. x",
                "",
                "  let  y",
                "Role: r",
                "next"
            ]
        );
    }

    #[test]
    fn marks_without_an_end_are_text() {
        for text in ["a * b", "2 ** 3", "`open", "*", "**", "s3:Get*", "a ``"] {
            assert_eq!(shown(text, 40).concat(), text);
        }
    }
}
