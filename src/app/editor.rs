//! A text being edited. The one place of the room that knows the text area's crate, which is used
//! here as an editing engine only: `ui` draws the lines itself, with colours.

use tui_textarea::{CursorMove, Input, Key as InputKey, TextArea};

use super::key::{Code, Key};

/// Bytes that a text may have. AWS's largest document given in a request is a template of 51,200.
const LONGEST: usize = 256 * 1024;

/// A text being edited, with its cursor.
#[derive(Debug, Clone)]
pub struct Editor {
    area: TextArea<'static>,
    bytes: usize,
}

impl Editor {
    /// An editor with the cursor at the end of the first line.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut area = TextArea::new(text.split('\n').map(clean).collect());
        area.set_max_histories(200);
        area.set_tab_length(2);
        Self {
            area,
            bytes: text.len(),
        }
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        self.area.lines().join("\n")
    }

    /// Line and character of the cursor, from 0.
    #[must_use]
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// First and last place of the selection: line and character from 0.
    #[must_use]
    pub fn selection(&self) -> Option<((usize, usize), (usize, usize))> {
        self.area.selection_range()
    }

    /// Puts the cursor at a line and character, or the nearest there is.
    pub fn set_cursor(&mut self, line: usize, character: usize) {
        let clamp = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.cancel_selection();
        self.area
            .move_cursor(CursorMove::Jump(clamp(line), clamp(character)));
    }

    /// Puts the cursor at the end of the text.
    pub fn end(&mut self) {
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// Takes a key. False where the text is as long as it may be and the key was not taken.
    pub fn input(&mut self, key: Key) -> bool {
        if self.bytes >= LONGEST && grows(key) {
            return false;
        }
        if self.area.input(convert(key)) {
            self.bytes = self.measure();
        }
        true
    }

    /// Inserts a text. False where it is too long, and nothing was inserted.
    pub fn paste(&mut self, text: &str) -> bool {
        if self.bytes.saturating_add(text.len()) > LONGEST {
            return false;
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text: Vec<String> = text.split('\n').map(clean).collect();
        self.area.insert_str(text.join("\n"));
        self.bytes = self.measure();
        true
    }

    fn measure(&self) -> usize {
        self.area.lines().iter().map(|line| line.len() + 1).sum()
    }
}

/// A line without control characters, which a terminal would obey.
fn clean(line: &str) -> String {
    line.trim_end_matches('\r')
        .chars()
        .filter(|c| *c == '\t' || !c.is_control())
        .collect::<String>()
        .replace('\t', "  ")
}

fn grows(key: Key) -> bool {
    matches!(key.code, Code::Char(_) | Code::Enter | Code::Tab) && !key.ctrl && !key.alt
        || key == Key::ctrl('y')
        || key == Key::ctrl('m')
}

fn convert(key: Key) -> Input {
    let code = match key.code {
        Code::Char(c) if c.is_control() => InputKey::Null,
        Code::Char(c) => InputKey::Char(c),
        Code::F(n) => InputKey::F(n),
        Code::Enter => InputKey::Enter,
        Code::Esc => InputKey::Esc,
        Code::Backspace => InputKey::Backspace,
        Code::Delete => InputKey::Delete,
        Code::Tab => InputKey::Tab,
        Code::Up => InputKey::Up,
        Code::Down => InputKey::Down,
        Code::Left => InputKey::Left,
        Code::Right => InputKey::Right,
        Code::Home => InputKey::Home,
        Code::End => InputKey::End,
        Code::PageUp => InputKey::PageUp,
        Code::PageDown => InputKey::PageDown,
    };
    Input {
        key: code,
        ctrl: key.ctrl,
        alt: key.alt,
        shift: key.shift,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_megabyte_is_refused_and_nothing_changes() {
        let mut editor = Editor::new("aws s3 ls");
        assert!(!editor.paste(&"x".repeat(1 << 20)));
        assert_eq!(editor.text(), "aws s3 ls");
        assert!(editor.paste("a\tb\r\nc\u{1b}[31m"));
        assert_eq!(editor.text(), "a  b\nc[31maws s3 ls");
    }

    #[test]
    fn keys_edit_and_undo() {
        let mut editor = Editor::new("ls");
        editor.end();
        editor.input(Key::char('é'));
        assert_eq!((editor.text().as_str(), editor.cursor()), ("lsé", (0, 3)));
        editor.input(Key::ctrl('u'));
        assert_eq!(editor.text(), "ls");
        editor.set_cursor(99, 99);
        assert_eq!(editor.cursor(), (0, 2));
    }
}
