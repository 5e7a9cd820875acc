//! Screens as HTML: what stands in a `<pre>`, with classes for its looks, and the CSS of these.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::wrap::is_plain;
use crate::app::{Model, Palette, escape};

/// The palettes that a page needs: its reader's browser says which is seen.
const PALETTES: [Palette; 2] = [Palette::Light, Palette::Dark];

/// How a cell looks, in each of the palettes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look([Ink; PALETTES.len()]);

/// How a cell looks in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ink {
    text: Color,
    page: Color,
    modifier: Modifier,
}

impl Ink {
    fn of(cell: &Cell) -> Self {
        let (text, page) = if cell.modifier.contains(Modifier::REVERSED) {
            (cell.bg, cell.fg)
        } else {
            (cell.fg, cell.bg)
        };
        Self {
            text,
            page,
            modifier: cell.modifier - Modifier::REVERSED,
        }
    }
}

/// Draws screens as HTML, all for one page.
#[derive(Debug, Default)]
pub struct Shots {
    /// The looks of all cells so far, by the number of their class. The first is that of the page.
    looks: Vec<Look>,
    /// Columns of the widest screen.
    columns: u16,
}

impl Shots {
    /// The screen of a model, at its size, for a `<pre class="screen">`. Its colours are those of the
    /// page's reader, not of the learner: dark or light.
    pub fn take(&mut self, model: &Model) -> String {
        let (width, height) = model.size;
        self.columns = self.columns.max(width);
        let drawn = PALETTES.map(|palette| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
            super::draw(model, palette, &mut buffer);
            buffer
        });
        if self.looks.is_empty() {
            self.looks.push(Look(PALETTES.map(|palette| {
                let text = super::Theme::with(model.capabilities, palette).text;
                Ink {
                    text: text.fg.unwrap_or_default(),
                    page: text.bg.unwrap_or_default(),
                    modifier: Modifier::empty(),
                }
            })));
        }
        let rows: Vec<String> = (0..height).map(|y| self.row(&drawn, y, width)).collect();
        rows.join("\n")
    }

    fn row(&mut self, drawn: &[Buffer; PALETTES.len()], y: u16, width: u16) -> String {
        let mut runs: Vec<(usize, String)> = Vec::new();
        let [paper, _] = drawn;
        let is_page = |cell: &Cell| {
            let same = |page: &Look| page.0.first().is_some_and(|ink| ink.page == cell.bg);
            cell.symbol() == " " && !marked(cell.modifier) && self.looks.first().is_some_and(same)
        };
        // What is behind the last sign is the page.
        let end = (0..width)
            .rev()
            .find(|x| !paper.cell((*x, y)).is_none_or(is_page))
            .map_or(0, |last| last + 1);
        let mut x = 0;
        while x < end {
            let cells = drawn.each_ref().map(|buffer| buffer.cell((x, y)));
            let [Some(first), Some(other)] = cells else {
                break;
            };
            let symbol = first.symbol();
            let look = Look([Ink::of(first), Ink::of(other)]);
            let class = self.class(look, symbol == " ", runs.last().map(|(class, _)| *class));
            if runs.last().is_none_or(|(last, _)| *last != class) {
                runs.push((class, String::new()));
            }
            if let Some((_, text)) = runs.last_mut() {
                put(text, symbol);
            }
            x += u16::try_from(symbol.width()).unwrap_or(1).max(1);
        }
        let mut out = String::new();
        for (class, text) in &runs {
            match class {
                0 => out.push_str(text),
                class => out.push_str(&format!("<span class=\"s{class}\">{text}</span>")),
            }
        }
        out
    }

    /// The number of a look. A blank shows no more than its background: it stays with what is before it
    /// where that has the same.
    fn class(&mut self, look: Look, blank: bool, before: Option<usize>) -> usize {
        let same = |known: &Look| {
            let mut pairs = known.0.iter().zip(&look.0);
            *known == look
                || blank
                    && pairs.all(|(known, own)| {
                        known.page == own.page && !marked(known.modifier) && !marked(own.modifier)
                    })
        };
        let stays = before.filter(|class| self.looks.get(*class).is_some_and(same));
        stays.unwrap_or_else(|| {
            let known = self.looks.iter().position(same);
            known.unwrap_or_else(|| {
                self.looks.push(look);
                self.looks.len() - 1
            })
        })
    }

    /// The CSS of all screens so far; empty where there is none.
    #[must_use]
    pub fn style(&self) -> String {
        let Some(page) = self.looks.first() else {
            return String::new();
        };
        let columns = self.columns;
        let [light, dark] = page.0.map(|ink| ink_rules(ink, None));
        let mut out = format!(
            ".screen {{ {light}width: {columns}ch; max-width: 100%; box-sizing: content-box; \
             padding: 0.5rem; border: 1px solid #5a6578; overflow-x: auto; white-space: pre;\n  \
             print-color-adjust: exact;\n  \
             -webkit-print-color-adjust: exact; font: 0.75rem/1.25 ui-monospace, \"Cascadia Mono\", \
             Menlo, Consolas, \"DejaVu Sans Mono\", monospace; }}\n\
             .screen .w, .screen .n {{ display: inline-block; width: 2ch; overflow: hidden; \
             vertical-align: top; height: 1.25em; }}\n\
             .screen .n {{ width: 1ch; }}\nsummary {{ cursor: pointer; margin-top: 1rem; }}\n"
        );
        let mut night = format!(".screen {{ {dark}}} ");
        for (class, look) in self.looks.iter().enumerate().skip(1) {
            let [light, dark] = [0, 1].map(|at| {
                let ink = look.0.get(at)?;
                Some(ink_rules(*ink, page.0.get(at)))
            });
            let rule =
                |rules: Option<String>| format!(".s{class} {{ {}}}", rules.unwrap_or_default());
            out.push_str(&rule(light));
            out.push('\n');
            night.push_str(&rule(dark));
            night.push(' ');
        }
        // Paper is light.
        out.push_str(&format!(
            "@media screen and (prefers-color-scheme: dark) {{ {}}}\n\
             @media print {{ .screen {{ font-size: 6pt; padding: 0.3rem; }} details {{ break-inside: avoid; }} }}\n",
            night
        ));
        out
    }
}

/// Whether a blank would be seen.
fn marked(modifier: Modifier) -> bool {
    modifier.intersects(Modifier::UNDERLINED | Modifier::REVERSED)
}

/// Writes what a cell shows. Where the reader's font may lack a sign another font has it, in another
/// width: it gets its cells.
fn put(out: &mut String, symbol: &str) {
    let drawn = |c: char| ('\u{2500}'..='\u{259f}').contains(&c);
    if is_plain(symbol) || symbol.chars().all(drawn) {
        out.push_str(&escape(symbol));
        return;
    }
    let class = if symbol.width() > 1 { 'w' } else { 'n' };
    out.push_str(&format!(
        "<span class=\"{class}\">{}</span>",
        escape(symbol)
    ));
}

/// The declarations of an ink, those left out that the page has.
fn ink_rules(ink: Ink, page: Option<&Ink>) -> String {
    let mut out = String::new();
    for (name, colour, known) in [
        ("color", ink.text, page.map(|page| page.text)),
        ("background", ink.page, page.map(|page| page.page)),
    ] {
        // The theme of a terminal with 24 bits has no other colours.
        if let Color::Rgb(r, g, b) = colour
            && Some(colour) != known
        {
            out.push_str(&format!("{name}: #{r:02x}{g:02x}{b:02x}; "));
        }
    }
    for (modifier, rule) in [
        (Modifier::BOLD, "font-weight: bold; "),
        (Modifier::ITALIC, "font-style: italic; "),
        (Modifier::UNDERLINED, "text-decoration: underline; "),
    ] {
        if ink.modifier.contains(modifier) {
            out.push_str(rule);
        }
    }
    out
}
