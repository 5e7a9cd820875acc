//! `--output table`: a box for each structure and list, nested ones indented.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use unicode_width::UnicodeWidthChar;

use crate::awscli::python;

/// The width beyond which structures are turned to stand upright: what the AWS CLI takes where it
/// writes to no terminal.
const WIDTH: usize = 80;

/// What is written around the parts of a table.
struct Styler {
    /// The border of a nested section, at each level.
    edge: &'static str,
    /// Before a cell of a row.
    cell: &'static str,
    /// After a cell, and after all that the AWS CLI writes in one piece.
    reset: &'static str,
}

const PLAIN: Styler = Styler {
    edge: "|",
    cell: "",
    reset: "",
};

/// The colours of the AWS CLI: a table's first line, and then the left border, the content, the right
/// border and the end of each line are written in pieces, each with a reset behind it.
const COLORED: Styler = Styler {
    edge: "\x1b[2m\x1b[33m|\x1b[0m",
    cell: "\x1b[1m\x1b[34m",
    reset: "\x1b[0m",
};

/// The value as boxes under a title; nothing at all for an empty one.
pub(super) fn render(title: &str, value: &Value, color: bool) -> Result<String, Uneven> {
    let mut table = Table::default();
    if table.add(Some(title), value, 0)? {
        Ok(table.render(if color { &COLORED } else { &PLAIN }))
    } else {
        Ok(String::new())
    }
}

#[derive(Default)]
struct Table {
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    title: String,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    columns: Option<usize>,
    widths: Vec<usize>,
    indent: usize,
}

/// Rows of one section have different numbers of cells; the AWS CLI then fails with these words.
type Uneven = String;

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

impl Table {
    fn section(&mut self, title: &str, indent: usize) {
        self.sections.push(Section {
            title: title.to_owned(),
            indent,
            ..Section::default()
        });
    }

    fn header(&mut self, names: &[&str]) {
        if let Some(section) = self.sections.last_mut() {
            section.header(names.iter().map(|name| (*name).to_owned()).collect());
        }
    }

    fn row(&mut self, cells: Vec<String>) -> Result<(), Uneven> {
        self.sections
            .last_mut()
            .map_or(Ok(()), |section| section.row(cells))
    }

    fn add(&mut self, title: Option<&str>, value: &Value, indent: usize) -> Result<bool, Uneven> {
        if is_empty(value) {
            return Ok(false);
        }
        if let Some(title) = title {
            self.section(title, indent);
        }
        match value {
            Value::Array(elements) if elements.first().is_some_and(Value::is_object) => {
                self.structures(elements, title.unwrap_or_default(), indent)?;
            }
            Value::Array(elements) => {
                for element in elements {
                    match element {
                        Value::Array(cells) if cells.iter().all(is_scalar) => {
                            self.row(cells.iter().map(python::str).collect())?;
                        }
                        Value::Object(members) => {
                            self.row(members.keys().cloned().collect())?;
                        }
                        Value::Array(_) => {
                            self.add(None, element, 0)?;
                        }
                        scalar => self.row(vec![python::str(scalar)])?,
                    }
                }
            }
            Value::Object(members) => self.structure(members, indent)?,
            _ => {}
        }
        Ok(true)
    }

    fn structure(&mut self, members: &Map<String, Value>, indent: usize) -> Result<(), Uneven> {
        let (headers, nested) = parts(members);
        let cell = |name: &&str| members.get(*name).map(python::str).unwrap_or_default();
        if let [only] = headers.iter().collect::<Vec<_>>().as_slice() {
            self.row(vec![(**only).to_owned(), cell(only)])?;
        } else if !headers.is_empty() {
            let names: Vec<&str> = headers.iter().copied().collect();
            self.header(&names);
            self.row(names.iter().map(cell).collect())?;
        }
        for name in nested {
            if let Some(value) = members.get(name) {
                self.add(Some(name), value, indent + 1)?;
            }
        }
        Ok(())
    }

    fn structures(&mut self, elements: &[Value], title: &str, indent: usize) -> Result<(), Uneven> {
        let elements: Vec<&Map<String, Value>> =
            elements.iter().filter_map(Value::as_object).collect();
        let (mut headers, mut nested) = (BTreeSet::new(), BTreeSet::new());
        for element in &elements {
            let (scalar, more) = parts(element);
            headers.extend(scalar);
            nested.extend(more);
        }
        let names: Vec<&str> = headers.into_iter().collect();
        self.header(&names);
        for (at, element) in elements.iter().enumerate() {
            if at > 0 && !nested.is_empty() {
                self.section(title, indent);
                self.header(&names);
            }
            let cell = |name: &&str| element.get(*name).map(python::str).unwrap_or_default();
            self.row(names.iter().map(cell).collect())?;
            for name in &nested {
                if let Some(value) = element.get(*name) {
                    self.add(Some(name), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }

    fn render(mut self, styler: &Styler) -> String {
        if self.width() > WIDTH {
            for section in &mut self.sections {
                section.turn();
            }
        }
        let width = self.width();
        let mut out = "-".repeat(width) + "\n" + styler.reset;
        for section in &self.sections {
            section.render(width, styler, &mut out);
        }
        out
    }

    fn width(&self) -> usize {
        self.sections
            .iter()
            .map(Section::total_width)
            .max()
            .unwrap_or_default()
    }
}

/// The names of the scalar members and of the others.
fn parts(members: &Map<String, Value>) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let names = |scalar: bool| {
        members
            .iter()
            .filter(move |(_, value)| is_scalar(value) == scalar)
            .map(|(name, _)| name.as_str())
            .collect()
    };
    (names(true), names(false))
}

/// Blanks on both sides of a cell, and the two borders of a section.
const PADDING: usize = 4;
const BORDERS: usize = 2;

impl Section {
    fn header(&mut self, names: Vec<String>) {
        self.widen(&names);
        self.columns.get_or_insert(names.len());
        self.headers = names;
    }

    fn row(&mut self, cells: Vec<String>) -> Result<(), Uneven> {
        let columns = *self.columns.get_or_insert(cells.len());
        if cells.len() != columns {
            return Err(format!(
                "Row should have {columns} elements, instead it has {}",
                cells.len()
            ));
        }
        self.widen(&cells);
        self.rows.push(cells);
        Ok(())
    }

    fn widen(&mut self, cells: &[String]) {
        if self.widths.is_empty() {
            self.widths = cells.iter().map(|cell| length(cell)).collect();
        } else {
            for (width, cell) in self.widths.iter_mut().zip(cells) {
                *width = (*width).max(length(cell));
            }
        }
    }

    /// A single row under headers becomes a row for each of them.
    fn turn(&mut self) {
        if self.headers.is_empty() || self.rows.len() != 1 {
            return;
        }
        let names = std::mem::take(&mut self.headers);
        let cells = std::mem::take(&mut self.rows).into_iter().flatten();
        self.columns = None;
        self.widths = Vec::new();
        for (name, cell) in names.into_iter().zip(cells) {
            // Every row has two cells.
            let _ = self.row(vec![name, cell]);
        }
    }

    fn total_width(&self) -> usize {
        let outer = BORDERS + 2 * self.indent;
        let cells: usize = self.widths.iter().map(|width| width + PADDING).sum();
        (length(&self.title) + outer).max(cells + outer)
    }

    /// The widths of the columns, stretched to the table's.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "widths are small and positive"
    )]
    fn stretched(&self, width: usize) -> Vec<usize> {
        let plain: Vec<usize> = self.widths.iter().map(|width| width + PADDING).collect();
        let sum: usize = plain.iter().sum();
        if plain.is_empty() {
            return plain;
        }
        let scale = width as f64 / sum as f64;
        let mut scaled: Vec<usize> = plain
            .iter()
            .map(|width| (scale * *width as f64).round_ties_even() as usize)
            .collect();
        loop {
            let sum: usize = scaled.iter().sum();
            let missing = width.saturating_sub(sum);
            let excess = sum.saturating_sub(width);
            if missing == 0 && excess == 0 {
                return scaled;
            }
            for column in scaled.iter_mut().rev().take(missing) {
                *column += 1;
            }
            for column in scaled.iter_mut().take(excess) {
                *column = column.saturating_sub(1);
            }
        }
    }

    fn render(&self, width: usize, styler: &Styler, out: &mut String) {
        let width = width - 2 * self.indent;
        let edge = styler.edge.repeat(self.indent);
        let mut line = |text: &str| {
            for piece in [&edge, text, &edge, "\n"] {
                out.push_str(piece);
                out.push_str(styler.reset);
            }
        };
        if !self.title.is_empty() {
            line(&centred(&self.title, width, "|"));
            if self.headers.is_empty() && self.rows.is_empty() {
                line(&format!("+{}+", "-".repeat(width.saturating_sub(2))));
            }
        }
        let widths = self.stretched(width);
        let rule = rule(&widths);
        let left = |at: usize| if at == 0 { "|" } else { "" };
        if !self.headers.is_empty() {
            line(&rule);
            let cells = self.headers.iter().zip(&widths).enumerate();
            let cells = cells.map(|(at, (name, width))| centred(name, *width, left(at)));
            line(&cells.collect::<String>());
        }
        if self.rows.is_empty() || widths.is_empty() {
            return;
        }
        line(&rule);
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(at, (cell, width))| aligned(cell, *width, left(at), styler));
            line(&cells.collect::<String>());
        }
        line(&rule);
    }
}

fn rule(widths: &[usize]) -> String {
    let mut out = String::new();
    for (at, width) in widths.iter().enumerate() {
        if at == 0 {
            out.push('+');
        }
        let dashes = width.saturating_sub(if at == 0 { 2 } else { 1 });
        out.push_str(&"-".repeat(dashes));
        out.push('+');
    }
    out
}

fn centred(text: &str, width: usize, left: &str) -> String {
    let length = length(text);
    let signed = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let before = signed(width / 2) - signed(length / 2) - 1;
    let after = signed(width) - 1 - signed(left.len()) - before - signed(length);
    let blanks = |count: i64| " ".repeat(usize::try_from(count).unwrap_or_default());
    format!("{left}{}{text}{}|", blanks(before), blanks(after))
}

fn aligned(text: &str, width: usize, left: &str, styler: &Styler) -> String {
    let length = length(text);
    let before = if length + 2 + left.len() < width {
        2
    } else {
        0
    };
    let after = width.saturating_sub(left.len() + before + length + 1);
    let Styler { cell, reset, .. } = styler;
    let (before, after) = (" ".repeat(before), " ".repeat(after));
    format!("{left}{before}{cell}{text}{reset}{after}|")
}

/// The columns that a text takes where East Asian wide and ambiguous characters take two.
fn length(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            c if super::width::is_ambiguous(c) => 2,
            c => c.width().unwrap_or(1).max(1),
        })
        .sum()
}
