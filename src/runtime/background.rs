//! What the terminal's background is: asked by OSC 11, and the answer picked out of the keys.
//!
//! The answer comes as input, whenever the terminal likes: at once, late over a slow line, or
//! never. The library that reads input knows no such answer and gives it as keys: Alt-`]`, its
//! characters, and Alt-`\` or Ctrl-G. So the thread that reads keys takes it out of them, and no
//! time-out is needed to keep it from being typed into a lesson.

use crate::app::{Code, Key};

/// Asks for the background.
pub const QUERY: &str = "\x1b]11;?\x1b\\";

/// Characters of the longest answer, `11;rgba:ffff/ffff/ffff/ffff`, and some.
const LONGEST: usize = 40;

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// These are keys that a person pressed.
    Keys(Vec<Key>),
    /// It may be part of an answer.
    Kept,
    /// The background: red, green, blue.
    Background(u8, u8, u8),
}

/// Picks the answer out of keys.
#[derive(Debug, Clone, Default)]
pub struct Picker {
    asked: bool,
    kept: Vec<Key>,
}

impl Picker {
    /// One that expects an answer.
    #[must_use]
    pub fn asked() -> Self {
        Self {
            asked: true,
            kept: Vec::new(),
        }
    }

    /// Takes a key in.
    pub fn take(&mut self, key: Key) -> Taken {
        if !self.asked || self.kept.is_empty() && key != Key::char(']').with_alt() {
            return Taken::Keys(vec![key]);
        }
        // The end is ESC \ or BEL. Where a read ends between the two, Esc comes alone.
        let ends = [Key::char('\\').with_alt(), Key::ctrl('g')].contains(&key)
            || key == Key::char('\\') && self.kept.last() == Some(&Key::new(Code::Esc));
        self.kept.push(key);
        let text: String = self
            .kept
            .iter()
            .skip(1)
            .filter_map(|key| match key {
                Key {
                    code: Code::Char(c),
                    ctrl: false,
                    alt: false,
                    ..
                } => Some(*c),
                _ => None,
            })
            .collect();
        if ends {
            self.asked = false;
            return match colour(text.trim_end_matches('\\')) {
                Some((r, g, b)) => {
                    self.kept.clear();
                    Taken::Background(r, g, b)
                }
                None => Taken::Keys(std::mem::take(&mut self.kept)),
            };
        }
        const BEGINNING: &str = "11;rgb";
        let fits = BEGINNING.starts_with(&text) || text.starts_with(BEGINNING);
        if fits && text.len() < LONGEST {
            Taken::Kept
        } else {
            Taken::Keys(std::mem::take(&mut self.kept))
        }
    }
}

/// The colour of `11;rgb:RRRR/GGGG/BBBB`, with one to four digits each.
fn colour(answer: &str) -> Option<(u8, u8, u8)> {
    let (_, parts) = answer.strip_prefix("11;rgb")?.split_once(':')?;
    let mut parts = parts.split('/').map(|digits| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)? - 1;
        let value = u32::from_str_radix(digits, 16).ok()?;
        u8::try_from((value * 255).checked_div(most)?).ok()
    });
    Some((parts.next()??, parts.next()??, parts.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str, end: &[Key]) -> Vec<Key> {
        let mut keys = vec![Key::char(']').with_alt()];
        keys.extend(text.chars().map(Key::char));
        keys.extend(end);
        keys
    }

    fn pick(picker: &mut Picker, keys: &[Key]) -> (Vec<Key>, Option<(u8, u8, u8)>) {
        let mut passed = Vec::new();
        let mut found = None;
        for key in keys {
            match picker.take(*key) {
                Taken::Keys(keys) => passed.extend(keys),
                Taken::Kept => {}
                Taken::Background(r, g, b) => found = Some((r, g, b)),
            }
        }
        (passed, found)
    }

    #[test]
    fn an_answer_is_no_key() {
        let st = [Key::char('\\').with_alt()];
        let split = [Key::new(Code::Esc), Key::char('\\')];
        for (text, end, colour) in [
            ("11;rgb:1212/1616/1e1e", &st[..], (0x12, 0x16, 0x1e)),
            (
                "11;rgb:ffff/ffff/ffff",
                &[Key::ctrl('g')][..],
                (255, 255, 255),
            ),
            ("11;rgb:f/0/8", &st[..], (255, 0, 136)),
            ("11;rgba:0000/8080/ffff/ffff", &split[..], (0, 128, 255)),
        ] {
            let mut all = vec![Key::char('j')];
            all.extend(keys(text, end));
            all.push(Key::char('k'));
            let (passed, found) = pick(&mut Picker::asked(), &all);
            assert_eq!(passed, [Key::char('j'), Key::char('k')], "{text}");
            assert_eq!(found, Some(colour), "{text}");
        }
    }

    #[test]
    fn what_a_person_types_is_not_swallowed() {
        for typed in [
            keys("jk", &[]),
            keys("11;x", &[]),
            keys("1q", &[]),
            keys("11;rgb:nonsense", &[Key::ctrl('g')]),
            keys(&format!("11;rgb:{}", "0".repeat(80)), &[]),
        ] {
            let (passed, found) = pick(&mut Picker::asked(), &typed);
            assert_eq!((passed, found), (typed, None));
        }
        // Nothing was asked, or it was answered.
        let answer = keys("11;rgb:0/0/0", &[Key::ctrl('g')]);
        let mut picker = Picker::asked();
        assert!(pick(&mut picker, &answer).1.is_some());
        assert_eq!(pick(&mut picker, &answer), (answer.clone(), None));
        assert_eq!(pick(&mut Picker::default(), &answer), (answer, None));
    }
}
