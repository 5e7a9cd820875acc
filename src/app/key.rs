//! Keys, in words of our own: the terminal library is known to the runtime only.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// Control was held.
    #[serde(default)]
    pub ctrl: bool,
    /// Alt was held.
    #[serde(default)]
    pub alt: bool,
    /// Shift was held; never set for [`Code::Char`], whose character says it.
    #[serde(default)]
    pub shift: bool,
}

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Code {
    Char(char),
    F(u8),
    Enter,
    Esc,
    Backspace,
    Delete,
    Tab,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

impl Key {
    /// The key alone.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// A character.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::new(Code::Char(c))
    }

    /// A character with Control.
    #[must_use]
    pub const fn ctrl(c: char) -> Self {
        Self {
            ctrl: true,
            ..Self::char(c)
        }
    }

    /// The same key with Shift.
    #[must_use]
    pub const fn with_shift(self) -> Self {
        Self {
            shift: true,
            ..self
        }
    }

    /// The same key with Alt.
    #[must_use]
    pub const fn with_alt(self) -> Self {
        Self { alt: true, ..self }
    }

    /// The key's name on a terminal that has only ASCII.
    #[must_use]
    pub fn ascii(self) -> String {
        self.name(false)
    }

    fn name(self, unicode: bool) -> String {
        let code = match self.code {
            Code::Char(' ') => "Space".to_owned(),
            Code::Char(c) if self.ctrl => c.to_ascii_uppercase().to_string(),
            Code::Char(c) => c.to_string(),
            Code::F(n) => format!("F{n}"),
            Code::Enter => "Enter".to_owned(),
            Code::Esc => "Esc".to_owned(),
            Code::Backspace => "Backspace".to_owned(),
            Code::Delete => "Delete".to_owned(),
            Code::Tab => "Tab".to_owned(),
            Code::Up if unicode => "↑".to_owned(),
            Code::Down if unicode => "↓".to_owned(),
            Code::Left if unicode => "←".to_owned(),
            Code::Right if unicode => "→".to_owned(),
            Code::Up => "Up".to_owned(),
            Code::Down => "Down".to_owned(),
            Code::Left => "Left".to_owned(),
            Code::Right => "Right".to_owned(),
            Code::Home => "Home".to_owned(),
            Code::End => "End".to_owned(),
            Code::PageUp => "PgUp".to_owned(),
            Code::PageDown => "PgDn".to_owned(),
        };
        let mut name = String::new();
        for (held, word) in [
            (self.ctrl, "Ctrl-"),
            (self.alt, "Alt-"),
            (self.shift, "Shift-"),
        ] {
            if held {
                name.push_str(word);
            }
        }
        name.push_str(&code);
        name
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name(true))
    }
}
