//! What the model looks like: [`view`] draws it and changes nothing.

mod big;
mod catalogue;
mod code;
mod command;
mod confirm;
mod editor;
mod files;
mod finder;
mod flow;
mod free;
mod help;
mod json;
mod layout;
mod map;
mod markdown;
mod notes;
mod over;
mod palette;
mod predict;
mod present;
mod response;
mod shots;
mod state;
mod step;
mod theme;
mod veil;
mod why;
mod window;
mod wire;
pub mod words;
mod wrap;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::app::keymap::{self, Mode};
use crate::app::rebind::Keymap;
use crate::app::{
    Area, Geometry, Intent, Model, Notice, Palette, Pane, PaneBox, SMALLEST, Screen, Wait,
};

pub use layout::room;
pub use notes::{Notes, notes};
pub use shots::Shots;
pub use theme::Theme;

/// Draws the model, and says where things are.
pub fn view(model: &Model, frame: &mut Frame<'_>) -> Geometry {
    let palette = model.stage.palette;
    let (geometry, cursor) = draw(model, palette, frame.buffer_mut());
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    geometry
}

/// Draws the model in a palette, and says where things are, and the cursor.
fn draw(model: &Model, palette: Palette, buffer: &mut Buffer) -> (Geometry, Option<Position>) {
    let area = buffer.area;
    let mut page = Page {
        theme: Theme::with(model.capabilities, palette),
        buffer,
        geometry: Geometry::default(),
        cursor: None,
        whole_ids: model.stage.whole_ids,
        mode: model.mode_below(),
        keymap: &model.stage.keymap,
    };
    page.buffer.set_style(area, page.theme.text);
    if model.stage.blank {
        blank(&mut page, area);
    } else if model.too_small() || area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&mut page, area);
    } else {
        match &model.screen {
            Screen::Catalogue => catalogue::draw(&mut page, model, area),
            Screen::Opening { lesson, wait } => {
                catalogue::opening(&mut page, model, area, lesson, *wait);
            }
            Screen::Failed { lesson, reason } => {
                catalogue::failed(&mut page, model, area, lesson, reason);
            }
            Screen::Confirm(confirm) => confirm::draw(&mut page, model, confirm, area),
            Screen::Lab(lab) if is_told(model) => present::draw(&mut page, model, lab, area),
            Screen::Lab(lab) => step::draw(&mut page, model, lab, area),
        }
        if model.finder.is_some() {
            finder::draw(&mut page, model, area);
        }
        if let Some(scroll) = model.help {
            help::draw(&mut page, model, area, scroll);
        }
    }
    if !model.stage.whole_ids {
        veil::cover(page.buffer);
    }
    (page.geometry, page.cursor)
}

/// Draws the model as it was recorded, with words on how it is played in the last row.
pub fn replayed(model: &Model, frame: &mut Frame<'_>, words: &str) -> Geometry {
    let geometry = view(model, frame);
    let area = frame.area();
    let mut page = Page {
        theme: Theme::with(model.capabilities, model.stage.palette),
        buffer: frame.buffer_mut(),
        geometry: Geometry::default(),
        cursor: None,
        whole_ids: model.stage.whole_ids,
        mode: model.mode_below(),
        keymap: &model.stage.keymap,
    };
    let y = area.bottom().saturating_sub(1);
    let last = Rect {
        y,
        height: 1,
        ..area
    };
    page.fill(last, page.theme.bar);
    page.put(area.x + 1, y, area.right(), words, page.theme.bar);
    geometry
}

/// Whether the step is told to a class: editors and questions have the screen of one who studies.
fn is_told(model: &Model) -> bool {
    let mode = model.mode_below();
    matches!(mode, Mode::Presenting | Mode::PresentRunning | Mode::Hands)
}

/// What is being drawn: cells, and what they mean.
struct Page<'b> {
    theme: Theme,
    buffer: &'b mut Buffer,
    geometry: Geometry,
    cursor: Option<Position>,
    /// Access key ids are shown whole.
    whole_ids: bool,
    /// Which keys work in what is drawn.
    mode: Mode,
    keymap: &'b Keymap,
}

impl Page<'_> {
    /// A text in which `{{hint}}` stands for a key, with the key.
    fn told(&self, text: &str) -> String {
        self.keymap.told(text, self.mode, self.theme.unicode)
    }

    /// The key that means an intent where that mode is; empty where none does.
    fn key(&self, mode: Mode, intent: &Intent) -> String {
        let key = self.keymap.key(mode, intent);
        key.map_or_else(String::new, |key| {
            if self.theme.unicode {
                key.to_string()
            } else {
                key.ascii()
            }
        })
    }

    /// Writes a text into a row from a column up to `end`; gives the column after it.
    fn put(&mut self, x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
        let whole = self.buffer.area;
        let end = end.min(whole.right());
        if x >= end || y >= whole.bottom() || x < whole.x || y < whole.y {
            return x;
        }
        let room = usize::from(end - x);
        // Most texts are a cell a byte. The byte behind the last one could be a mark on it.
        if !wrap::is_plain(text.get(..room + 1).unwrap_or(text)) {
            return self.buffer.set_stringn(x, y, text, room, style).0;
        }
        let start = usize::from(y - whole.y) * usize::from(whole.width) + usize::from(x - whole.x);
        let length = text.len().min(room);
        let cells = self.buffer.content.get_mut(start..start + length);
        for (cell, byte) in cells.unwrap_or_default().iter_mut().zip(text.bytes()) {
            cell.set_char(char::from(byte)).set_style(style);
        }
        x + u16::try_from(length).unwrap_or_default()
    }

    /// Writes a text that ends before a column, if there is room for all of it.
    fn put_right(&mut self, start: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
        let width = columns(text);
        if end.saturating_sub(start) < width {
            return end;
        }
        self.put(end - width, y, end, text, style);
        end - width
    }

    /// Gives an area a style, and clears what was in it.
    fn fill(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.buffer.area);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// A horizontal line.
    fn rule(&mut self, x: u16, y: u16, end: u16) {
        let line = self.theme.horizontal();
        let style = self.theme.rule;
        for x in x..end {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.set_symbol(line).set_style(style);
            }
        }
    }

    /// Makes an area clickable.
    fn target(&mut self, x: u16, y: u16, width: u16, height: u16, intent: Intent) {
        self.geometry.targets.push((
            Area {
                x,
                y,
                width,
                height,
            },
            intent,
        ));
    }

    /// Tells where a pane is.
    fn pane(&mut self, pane: Pane, area: Rect, lines: usize) {
        self.geometry.panes.push(PaneBox {
            pane,
            area: Area {
                x: area.x,
                y: area.y,
                width: area.width,
                height: area.height,
            },
            lines,
        });
    }

    /// A row of names, one of them chosen, and words at its end.
    fn choices(&mut self, area: Rect, names: &[&str], chosen: usize, words: &str) {
        let mut x = area.x;
        for (at, name) in names.iter().enumerate() {
            let style = if at == chosen {
                self.theme.strong.add_modifier(Modifier::UNDERLINED)
            } else {
                self.theme.muted
            };
            let start = x;
            x = self.put(x, area.y, area.right(), name, style);
            if at != chosen {
                self.target(start, area.y, columns(name), 1, Intent::ShowView(at));
            }
            x = self.put(x, area.y, area.right(), "   ", self.theme.text);
        }
        self.put_right(x, area.y, area.right(), words, self.theme.accent);
    }

    /// Draws lines of a text, from one of them on, and tells where the pane is.
    fn lines(&mut self, pane: Pane, area: Rect, lines: &[wrap::Row], scroll: usize) {
        self.pane(pane, area, lines.len());
        let first = scroll.min(lines.len().saturating_sub(usize::from(area.height)));
        for (y, row) in (area.top()..area.bottom()).zip(lines.iter().skip(first)) {
            let mut x = area.x;
            for (text, style) in &row.spans {
                x = self.put(x, y, area.right(), text, *style);
            }
        }
        self.more(area, lines.len(), first);
    }

    /// Marks at the right edge that a line goes on.
    fn cut(&mut self, area: Rect, y: u16) {
        let sign = self.theme.goes_on();
        let style = self.theme.accent;
        self.put(area.right(), y, area.right() + 1, sign, style);
    }

    /// Marks at the right edge that there is more above or below.
    fn more(&mut self, area: Rect, lines: usize, first: usize) {
        if area.height == 0 || area.width == 0 {
            return;
        }
        let style = self.theme.accent;
        let (up, down) = (self.theme.up(), self.theme.down());
        if first > 0 {
            self.put(area.right(), area.top(), area.right() + 1, up, style);
        }
        if first + usize::from(area.height) < lines {
            let bottom = area.bottom() - 1;
            self.put(area.right(), bottom, area.right() + 1, down, style);
        }
    }
}

/// Columns of a text, as far as a terminal can have them.
fn columns(text: &str) -> u16 {
    u16::try_from(wrap::wide(text)).unwrap_or(u16::MAX)
}

fn too_small(page: &mut Page<'_>, area: Rect) {
    let style = page.theme.text;
    let leave = format!(
        "or press {} to leave.",
        page.key(Mode::TooSmall, &Intent::Quit)
    );
    for (row, text) in (area.top()..area.bottom()).zip([
        "rolecall needs at least",
        "60 columns and 18 rows.",
        "Make the window larger,",
        &leave,
    ]) {
        page.put(area.x, row, area.right(), text, style);
    }
}

/// Nothing, but for a sign to the one at the keys that the program is still there.
fn blank(page: &mut Page<'_>, area: Rect) {
    let y = area.bottom().saturating_sub(1);
    page.put_right(area.x, y, area.right(), ". ", page.theme.rule);
}

/// The bar at the top: where one is, and what answers.
fn header(page: &mut Page<'_>, model: &Model, area: Rect, left: &str, middle: &str) {
    let bar = page.theme.bar;
    page.fill(Rect { height: 1, ..area }, bar);
    let target = format!(" {} ", model.target.words());
    let tag = if model.target.world == crate::lesson::World::Sandbox {
        page.theme.tag_safe
    } else {
        page.theme.tag_real
    };
    let target = clip(&target, area.width / 2);
    let end = page.put_right(area.x, area.y, area.right(), &target, tag);
    let x = page.put(
        area.x + 1,
        area.y,
        end,
        "rolecall",
        bar.patch(page.theme.strong),
    );
    let room = end.saturating_sub(columns(middle) + 2);
    // A blank at least between the two.
    let left = clip(left, room.saturating_sub(x + 3));
    page.put(x + 2, area.y, end, &left, bar);
    if !middle.is_empty() {
        page.put_right(x, area.y, end.saturating_sub(2), middle, bar);
    }
}

/// Columns that title and middle of the header share.
fn header_room(model: &Model, area: Rect) -> u16 {
    let target = columns(model.target.words().as_ref()) + 2;
    let target = target.min(area.width / 2);
    // The name of the program, and blanks around each.
    area.width.saturating_sub(target + 15)
}

/// A text cut to a width, with a sign that it was.
fn clip(text: &str, width: u16) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for (piece, wide) in wrap::pieces(text) {
        if used + wide + 2 > usize::from(width) {
            break;
        }
        used += wide;
        out.push_str(piece);
    }
    if width >= 2 {
        out.push_str("..");
    }
    out
}

/// The bar at the bottom: the keys that work now.
fn footer(page: &mut Page<'_>, model: &Model, area: Rect) {
    let y = area.bottom().saturating_sub(1);
    let bar = page.theme.bar;
    page.fill(
        Rect {
            y,
            height: 1,
            ..area
        },
        bar,
    );
    let bindings: Vec<_> = keymap::footer(model).collect();
    let (last, rest): (Vec<_>, Vec<_>) = bindings
        .into_iter()
        .partition(|binding| matches!(binding.intent, Intent::Help | Intent::Quit));
    let name = |binding: &keymap::Binding| {
        let key = binding.keys.first().map_or_else(String::new, |key| {
            if model.capabilities.unicode {
                key.to_string()
            } else {
                key.ascii()
            }
        });
        (key, binding.label)
    };
    let width = |binding: &keymap::Binding| {
        let (key, label) = name(binding);
        columns(&key) + columns(label) + 3
    };
    let tail: u16 = last.iter().map(|binding| width(binding)).sum();
    let mut x = area.x + 1;
    let mut draw = |page: &mut Page<'_>, binding: &keymap::Binding, end: u16| {
        let needed = width(binding);
        if x + needed > end {
            return;
        }
        let (key, label) = name(binding);
        let start = x;
        x = page.put(x, y, end, &key, bar.patch(page.theme.key));
        x = page.put(x + 1, y, end, label, bar) + 2;
        page.target(start, y, x - start, 1, binding.intent.clone());
    };
    for binding in rest {
        draw(page, binding, area.right().saturating_sub(tail));
    }
    for binding in last {
        draw(page, binding, area.right() + 2);
    }
    if model.mode() == Mode::Help {
        return;
    }
    if !model.mouse {
        page.put_right(x, y, area.right(), "mouse off ", bar);
    }
}

/// Rows that a long notice may take.
const NOTICE_ROWS: usize = 6;

/// That something is waited for, and for how long.
fn waiting(page: &mut Page<'_>, x: u16, y: u16, what: &str, wait: Wait) {
    let spinner = page.theme.spinner(wait.millis);
    let text = format!("{spinner} {what}  {}", elapsed(wait.millis));
    let style = page.theme.accent;
    page.put(x, y, u16::MAX, &text, style);
}

/// A time for people.
fn elapsed(millis: u64) -> String {
    if millis < 1000 {
        format!("{millis} ms")
    } else {
        format!("{}.{} s", millis / 1000, millis % 1000 / 100)
    }
}

/// What there is to tell: in a row if it fits there, else in a block that ends above `bottom`.
/// Whether the row is taken.
fn notice(page: &mut Page<'_>, model: &Model, row: Rect, bottom: u16) -> bool {
    let (mark, text, style) = match &model.notice {
        None => return false,
        Some(Notice::Told(text)) => (page.theme.note_mark(), text, page.theme.accent),
        Some(Notice::Wrong(text)) => (page.theme.error_mark(), text, page.theme.error),
    };
    let text = &page.told(text);
    let Rect { x, y, .. } = row;
    let end = row.right();
    let start = x + columns(mark) + 1;
    let width = usize::from(end.saturating_sub(start));
    let mut rows = wrap::plain(text, style, width, 0);
    if rows.len() <= 1 {
        page.put(x, y, end, mark, style);
        page.put(start, y, end, &clip(text, end.saturating_sub(start)), style);
        return true;
    }
    rows.truncate(NOTICE_ROWS);
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let block = Rect {
        y: bottom.saturating_sub(height + 1),
        height: height + 1,
        ..row
    };
    page.fill(block, page.theme.panel);
    page.rule(block.x, block.y, end);
    page.put(x, block.y + 1, end, mark, style);
    for (y, row) in (block.y + 1..block.bottom()).zip(&rows) {
        let mut x = start;
        for (text, style) in &row.spans {
            x = page.put(x, y, end, text, *style);
        }
    }
    block.bottom() > y
}
