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

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key: write it as the help does, such as `x`, `Ctrl-x`, `Enter` or `F5`")]
pub struct NoKey(String);

impl std::str::FromStr for Key {
    type Err = NoKey;

    /// Reads the names that the help shows, and the usual other ones, in any case.
    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut key = Self::new(Code::Esc);
        let mut rest = text;
        while let Some((word, after)) = rest.split_once('-').filter(|(_, after)| !after.is_empty())
        {
            match word.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "c" => key.ctrl = true,
                "alt" | "meta" | "m" => key.alt = true,
                "shift" | "s" => key.shift = true,
                _ => return Err(NoKey(text.to_owned())),
            }
            rest = after;
        }
        let mut letters = rest.chars();
        if let (Some(letter), None) = (letters.next(), letters.next()) {
            let upper = key.shift && letter.is_lowercase();
            key.shift = false;
            key.code = Code::Char(if key.ctrl {
                letter.to_ascii_lowercase()
            } else if upper {
                letter.to_ascii_uppercase()
            } else {
                letter
            });
            return Ok(key);
        }
        key.code = match rest.to_ascii_lowercase().as_str() {
            "enter" | "return" => Code::Enter,
            "esc" | "escape" => Code::Esc,
            "backspace" => Code::Backspace,
            "delete" | "del" => Code::Delete,
            "tab" => Code::Tab,
            "space" => Code::Char(' '),
            "up" => Code::Up,
            "down" => Code::Down,
            "left" => Code::Left,
            "right" => Code::Right,
            "home" => Code::Home,
            "end" => Code::End,
            "pgup" | "pageup" => Code::PageUp,
            "pgdn" | "pagedown" => Code::PageDown,
            name => match name.strip_prefix('f').map(str::parse) {
                Some(Ok(number @ 1..=24)) => Code::F(number),
                _ => return Err(NoKey(text.to_owned())),
            },
        };
        Ok(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::keymap::BINDINGS;

    #[test]
    fn the_name_of_every_key_is_read_back() {
        let keys = BINDINGS.iter().flat_map(|binding| &binding.keys);
        for key in keys {
            assert_eq!(key.ascii().parse(), Ok(*key));
        }
        for (text, key) in [
            ("PageDown", Key::new(Code::PageDown)),
            ("ctrl-X", Key::ctrl('x')),
            ("Shift-a", Key::char('A')),
            ("-", Key::char('-')),
            ("Ctrl--", Key::ctrl('-')),
            ("é", Key::char('é')),
        ] {
            assert_eq!(text.parse(), Ok(key), "{text}");
        }
        for text in ["", "F0", "F99", "Hyper-x", "xy", "Enter-x"] {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }
}
