//! The keymap in force: the program's own, with the keys that a person has chosen.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::key::{Code, Key};
use super::keymap::{BINDINGS, Binding, Mode};
use super::msg::Intent;

/// Every binding in force, in the order of the footer and the help.
#[derive(Debug, Clone)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// The name of what each binding means, in their order, which no choice of keys changes. Texts are told
/// with them in every frame.
static NAMES: LazyLock<Vec<Option<String>>> = LazyLock::new(|| {
    let intents = BINDINGS.iter().map(|binding| &binding.intent);
    intents.map(name).collect()
});

/// Why a key cannot have a meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RebindError {
    /// Nothing has that name.
    #[error("`{0}` is nothing that a key can do")]
    Name(String),
    /// A letter that would no longer be written.
    #[error("`{key}` is a letter where `{name}` works, and would no longer be written there")]
    Letter {
        /// What it should do.
        name: String,
        /// The key.
        key: Key,
    },
    /// A presenter's remote control has it.
    #[error(
        "`{key}` is a key of presenters' remote controls: it never runs a command, so `{name}` cannot have it"
    )]
    Presenter {
        /// What it should do.
        name: String,
        /// The key.
        key: Key,
    },
    /// Two meanings in one place.
    #[error("`{key}` would mean both `{first}` and `{second}` (in: {place})")]
    Conflict {
        /// The key.
        key: Key,
        /// One of its meanings.
        first: String,
        /// The other.
        second: String,
        /// Where.
        place: &'static str,
    },
    /// No key at all.
    #[error("`{0}` would have no key")]
    None(String),
}

/// The keys that presenters' remote controls send, and those beside them under a thumb.
#[must_use]
pub fn is_presenters(key: Key) -> bool {
    !key.ctrl
        && !key.alt
        && matches!(
            key.code,
            Code::PageDown
                | Code::PageUp
                | Code::Up
                | Code::Down
                | Code::Left
                | Code::Right
                | Code::Esc
                | Code::F(5)
                | Code::Char(' ' | '.' | 'b')
        )
}

/// Whether it sends a command to the target.
#[must_use]
pub fn runs(intent: &Intent) -> bool {
    matches!(
        intent,
        Intent::Run | Intent::RunAgain | Intent::KeepAndRun | Intent::Yes
    )
}

impl Default for Keymap {
    fn default() -> Self {
        Self {
            bindings: BINDINGS.clone(),
        }
    }
}

impl Keymap {
    /// The bindings.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// What a key means.
    #[must_use]
    pub fn intent(&self, mode: Mode, key: Key) -> Option<Intent> {
        self.bindings
            .iter()
            .find(|binding| binding.modes.contains(&mode) && binding.keys.contains(&key))
            .map(|binding| binding.intent.clone())
            .or_else(|| mode.takes_text().then_some(Intent::Type(key)))
    }

    /// What keys can be given to, by name, with the keys that it has.
    #[must_use]
    pub fn names(&self) -> BTreeMap<String, Vec<Key>> {
        let mut names: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        for binding in self.bindings.iter().filter(|binding| is_free(binding)) {
            if let Some(name) = name(&binding.intent) {
                let keys = names.entry(name).or_default();
                for key in &binding.keys {
                    if !keys.contains(key) {
                        keys.push(*key);
                    }
                }
            }
        }
        names
    }

    /// The first of the keys that mean an intent in a mode.
    #[must_use]
    pub fn key(&self, mode: Mode, intent: &Intent) -> Option<Key> {
        let mut here = self.bindings.iter().filter(|it| it.modes.contains(&mode));
        let binding = here.find(|binding| binding.intent == *intent)?;
        binding.keys.first().copied()
    }

    /// A text in which `{{hint}}` and the like stand for keys, with the first of the keys in force: in
    /// that mode, or else at a step, or anywhere.
    #[must_use]
    pub fn told(&self, text: &str, mode: Mode, unicode: bool) -> String {
        let key = |wanted: &str, mode: Option<Mode>| {
            self.bindings
                .iter()
                .zip(NAMES.iter())
                .filter(|(binding, _)| mode.is_none_or(|mode| binding.modes.contains(&mode)))
                .find(|(_, name)| name.as_deref() == Some(wanted))
                .and_then(|(binding, _)| binding.keys.first())
        };
        named(text, |wanted| {
            let places = [Some(mode), Some(Mode::Reading), None];
            let key = places.into_iter().find_map(|mode| key(wanted, mode))?;
            Some(if unicode {
                key.to_string()
            } else {
                key.ascii()
            })
        })
    }

    /// Gives other keys to what has that name, wherever it works. The keys of presenters' remote
    /// controls stay where they are.
    ///
    /// # Errors
    ///
    /// A name that is not known, and keys that cannot mean that.
    pub fn rebind(&mut self, wanted: &str, keys: &[Key]) -> Result<(), RebindError> {
        if keys.is_empty() {
            return Err(RebindError::None(wanted.to_owned()));
        }
        let mut refused = RebindError::Name(wanted.to_owned());
        let mut any = false;
        for binding in &mut self.bindings {
            if !is_free(binding) || name(&binding.intent).as_deref() != Some(wanted) {
                continue;
            }
            if runs(&binding.intent)
                && let Some(key) = keys.iter().find(|key| is_presenters(**key))
            {
                return Err(RebindError::Presenter {
                    name: wanted.to_owned(),
                    key: *key,
                });
            }
            let letter = keys
                .iter()
                .find(|key| matches!(key.code, Code::Char(_)) && !key.ctrl && !key.alt);
            if binding.modes.iter().any(|mode| mode.takes_text())
                && let Some(key) = letter
            {
                // Where it works elsewhere too, that place keeps its keys.
                refused = RebindError::Letter {
                    name: wanted.to_owned(),
                    key: *key,
                };
                continue;
            }
            let mut all = keys.to_vec();
            let told = |mode: &Mode| matches!(mode, Mode::Presenting | Mode::PresentRunning);
            let told = binding.modes.iter().all(told);
            if told {
                all.retain(|key| !is_presenters(*key));
            }
            if told || binding.modes.contains(&Mode::Blank) {
                all.extend(binding.keys.iter().filter(|key| is_presenters(**key)));
            }
            all.dedup();
            if !all.is_empty() {
                binding.keys = all;
            }
            any = true;
        }
        if any { Ok(()) } else { Err(refused) }
    }

    /// Looks for keys with two meanings in one place.
    ///
    /// # Errors
    ///
    /// The first that is found.
    pub fn check(&self) -> Result<(), RebindError> {
        for mode in Mode::ALL {
            let mut seen: BTreeMap<Key, &Binding> = BTreeMap::new();
            for binding in self.bindings.iter().filter(|b| b.modes.contains(&mode)) {
                for key in &binding.keys {
                    if let Some(other) = seen.insert(*key, binding)
                        && other.intent != binding.intent
                    {
                        let name = |binding: &Binding| {
                            name(&binding.intent).unwrap_or_else(|| binding.help.to_owned())
                        };
                        return Err(RebindError::Conflict {
                            key: *key,
                            first: name(other),
                            second: name(binding),
                            place: mode.title(),
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// A text with what stands in `{{…}}` replaced, where `of` knows it.
#[must_use]
pub fn named(text: &str, of: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        match after
            .split_once("}}")
            .and_then(|(name, behind)| Some((of(name)?, behind)))
        {
            Some((told, behind)) => {
                out.push_str(&told);
                rest = behind;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out + rest
}

/// What works everywhere stays: a way out must not be lost.
fn is_free(binding: &Binding) -> bool {
    binding.modes.len() < Mode::ALL.len() - 1 && !matches!(binding.intent, Intent::Type(_))
}

/// The name of an intent in the config file: its own words in lower case, parted by hyphens.
#[must_use]
pub fn name(intent: &Intent) -> Option<String> {
    // Through bytes, as in `record`.
    let value = serde_json::from_slice(&serde_json::to_vec(intent).ok()?).ok()?;
    let mut words = Vec::new();
    spell(&value, &mut words);
    (!matches!(intent, Intent::Type(_) | Intent::Paste(_))).then(|| words.join("-"))
}

fn spell(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) => words.push(kebab(text)),
        Value::Object(members) => {
            for (name, value) in members {
                words.push(kebab(name));
                spell(value, words);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| spell(value, words)),
        Value::Number(number) => {
            let back = number.as_i64().is_some_and(|number| number < 0);
            let sideways = words.last().is_some_and(|word| word == "columns");
            words.push(
                match (back, sideways) {
                    (false, false) => "down",
                    (true, false) => "up",
                    (false, true) => "right",
                    (true, true) => "left",
                }
                .to_owned(),
            );
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn kebab(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebound(name: &str, keys: &[Key]) -> Result<Keymap, RebindError> {
        let mut keymap = Keymap::default();
        keymap.rebind(name, keys)?;
        keymap.check()?;
        Ok(keymap)
    }

    #[test]
    fn a_key_moves_with_all_its_places() {
        let keymap = rebound("next", &[Key::char('s')]).unwrap();
        assert_eq!(
            keymap.intent(Mode::Reading, Key::char('s')),
            Some(Intent::Next)
        );
        assert_eq!(keymap.intent(Mode::Reading, Key::new(Code::Right)), None);
        assert_eq!(
            Keymap::default().intent(Mode::Reading, Key::new(Code::Right)),
            Some(Intent::Next)
        );
    }

    #[test]
    fn every_name_is_one_thing_and_can_be_said_again() {
        let names = Keymap::default().names();
        for wanted in ["run", "next", "copy", "scroll-lines-down", "show-why"] {
            assert!(names.contains_key(wanted), "{names:?}");
        }
        for (name, keys) in names {
            let keymap = rebound(&name, &keys);
            assert!(
                !matches!(keymap, Err(RebindError::Name(_))),
                "{name}: {keymap:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (name, key, said) in [
            ("rum", Key::char('r'), "`rum` is nothing that a key can do"),
            ("run", Key::new(Code::PageDown), "remote controls"),
            ("run-again", Key::char('.'), "remote controls"),
            ("yes", Key::char(' '), "remote controls"),
            ("keep", Key::char('k'), "would no longer be written"),
            (
                "copy",
                Key::char('q'),
                "`q` would mean both `copy` and `quit`",
            ),
            ("next", Key::ctrl('c'), "`Ctrl-C` would mean both"),
        ] {
            let error = rebound(name, &[key]).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn a_remote_control_reveals_whatever_was_chosen() {
        for (name, keys) in [
            ("next", vec![Key::char('s'), Key::new(Code::Right)]),
            ("reveal-down", vec![Key::char('s')]),
            ("blank", vec![Key::char('s')]),
        ] {
            let keymap = rebound(name, &keys).unwrap();
            for (code, intent) in [
                (Code::Right, Intent::Reveal(1)),
                (Code::PageUp, Intent::Reveal(-1)),
                (Code::Char('b'), Intent::Blank),
            ] {
                let found = keymap.intent(Mode::Presenting, Key::new(code));
                assert_eq!(found, Some(intent), "{name}");
            }
        }
    }

    #[test]
    fn there_is_always_a_way_out() {
        let keymap = rebound("quit", &[Key::char('Q')]).unwrap();
        assert_eq!(
            keymap.intent(Mode::Reading, Key::ctrl('c')),
            Some(Intent::Quit)
        );
        assert_eq!(keymap.intent(Mode::Reading, Key::char('q')), None);
    }
}
