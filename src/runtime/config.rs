//! What a person has chosen: by flags, by the environment, or in a file; and where each value comes
//! from. A flag comes before the environment, the environment before the file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::lab::Pace;
use super::terminal::capabilities;
use crate::app::rebind::{Keymap, RebindError};
use crate::app::{Capabilities, Colours, Key, Palette};
use crate::lesson::{Finding, Place, nearest, toml_finding};

/// Bytes above which a file is no config file.
const MOST_BYTES: u64 = 1 << 20;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody has chosen.
    Default,
    /// A line of the config file, from 1.
    File(PathBuf, usize),
    /// A variable of the environment.
    Environment(&'static str),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
}

impl<T> Chosen<T> {
    fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

/// What flags say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--theme`.
    pub theme: Option<Theme>,
    /// `--lessons`.
    pub lessons: Option<PathBuf>,
}

/// The colours, or that the terminal is asked for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark or light, by the terminal's background.
    Auto,
    /// This one.
    Fixed(Palette),
}

impl Theme {
    /// The names of all.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        let palettes = Palette::ALL.into_iter().map(Palette::name);
        std::iter::once("auto").chain(palettes).collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Fixed(palette) => palette.name(),
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            name => Palette::named(name).map(Self::Fixed),
        }
    }
}

/// What is in force.
#[derive(Debug, Clone)]
pub struct Config {
    /// The config file; `None` without a home folder.
    pub path: Option<PathBuf>,
    /// Whether it is there.
    pub found: bool,
    /// The colours.
    pub theme: Chosen<Theme>,
    /// How many colours the terminal has.
    pub colours: Chosen<Colours>,
    /// Whether it shows more than ASCII.
    pub unicode: Chosen<bool>,
    /// Whether the program has the mouse at the start.
    pub mouse: Chosen<bool>,
    /// Whether learners are asked what will happen, where they have not turned that off.
    pub predictions: Chosen<bool>,
    /// Whether access key ids are shown whole at the start.
    pub whole_ids: Chosen<bool>,
    /// How commands wait on the sandbox.
    pub pace: Chosen<Pace>,
    /// A folder of more lessons.
    pub lessons: Chosen<Option<PathBuf>>,
    /// The keys.
    pub keymap: Arc<Keymap>,
    /// Where the keys of a name come from, where they were chosen.
    pub keys: BTreeMap<String, Source>,
}

/// A config file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the config file `{path}`: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something in it is wrong.
    #[error("{0}")]
    Wrong(Box<Finding>),
    /// A variable of the environment has a value that means nothing.
    #[error("`{name}` is `{value}`: it must be one of {known}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        known: String,
    },
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<Spanned<String>>,
    colours: Option<Spanned<String>>,
    unicode: Option<Spanned<bool>>,
    mouse: Option<Spanned<bool>>,
    predictions: Option<Spanned<bool>>,
    key_ids: Option<Spanned<String>>,
    pace: Option<Spanned<String>>,
    lessons: Option<Spanned<PathBuf>>,
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, Spanned<Keys>>,
}

#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "a key as text, such as \"x\", or a list of keys"
)]
enum Keys {
    One(String),
    Several(Vec<String>),
}

/// The config file: `ROLECALL_CONFIG`, or `rolecall/config.toml` in the XDG config folder.
#[must_use]
pub fn path(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    use etcetera::BaseStrategy;
    if let Some(path) = variable("ROLECALL_CONFIG").filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("rolecall").join("config.toml"))
}

impl Config {
    /// What is in force.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or has something wrong in it. That there is none is no error.
    pub fn read(
        flags: &Flags,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let path = path(variable);
        let text = match &path {
            Some(path) => text(path)?,
            None => None,
        };
        let place = path.clone().unwrap_or_default();
        let found = text.is_some();
        let text = text.unwrap_or_default();
        let reader = Reader {
            path: &place,
            text: &text,
        };
        let mut config = reader.config(variable)?;
        config.found = found;
        config.path = path;
        if let Some(value) = variable("ROLECALL_THEME") {
            let theme = Theme::named(&value).ok_or_else(|| ConfigError::Variable {
                name: "ROLECALL_THEME",
                value,
                known: Theme::names().join(", "),
            })?;
            config.theme = Chosen::new(theme, Source::Environment("ROLECALL_THEME"));
        }
        if let Some(theme) = flags.theme {
            config.theme = Chosen::new(theme, Source::Flag("--theme"));
        }
        if let Some(folder) = &flags.lessons {
            config.lessons = Chosen::new(Some(folder.clone()), Source::Flag("--lessons"));
        }
        Ok(config)
    }

    /// What the terminal can show.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            colours: self.colours.value,
            unicode: self.unicode.value,
        }
    }

    /// The palette to begin with, and whether the terminal is to be asked.
    #[must_use]
    pub fn palette(&self) -> Option<Palette> {
        match self.theme.value {
            Theme::Auto => None,
            Theme::Fixed(palette) => Some(palette),
        }
    }
}

fn text(path: &Path) -> Result<Option<String>, ConfigError> {
    let read = fs::metadata(path).and_then(|known| {
        if known.len() > MOST_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is too large",
            ));
        }
        fs::read_to_string(path)
    });
    match read {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

struct Reader<'f> {
    path: &'f Path,
    text: &'f str,
}

impl Reader<'_> {
    fn config(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let name = self.path.display().to_string();
        let file: File = toml::from_str(self.text)
            .map_err(|error| ConfigError::Wrong(toml_finding(&name, self.text, &error).into()))?;
        let found = capabilities(&variable);
        let unset = |value| Chosen::new(value, Source::Default);
        let mut colours = match variable("NO_COLOR") {
            Some(_) => Chosen::new(Colours::None, Source::Environment("NO_COLOR")),
            None => unset(found.colours),
        };
        if let Some(wanted) = &file.colours
            && colours.source == Source::Default
        {
            let known = [
                ("auto", found.colours),
                ("none", Colours::None),
                ("16", Colours::Sixteen),
                ("24-bit", Colours::True),
            ];
            colours = self.one_of(wanted, &known)?;
        }
        let themes: Vec<(&str, Theme)> = Theme::names()
            .into_iter()
            .filter_map(|name| Some((name, Theme::named(name)?)))
            .collect();
        let ids = [("ends", false), ("whole", true)];
        let paces = [("real", Pace::Real), ("skip", Pace::Skipping)];
        let (keymap, keys) = self.keys(&file.keys)?;
        Ok(Config {
            path: None,
            found: false,
            theme: match &file.theme {
                Some(wanted) => self.one_of(wanted, &themes)?,
                None => unset_theme(),
            },
            colours,
            unicode: self.taken(file.unicode.as_ref(), found.unicode),
            mouse: self.taken(file.mouse.as_ref(), true),
            predictions: self.taken(file.predictions.as_ref(), true),
            whole_ids: match &file.key_ids {
                Some(wanted) => self.one_of(wanted, &ids)?,
                None => Chosen::new(false, Source::Default),
            },
            pace: match &file.pace {
                Some(wanted) => self.one_of(wanted, &paces)?,
                None => Chosen::new(Pace::Real, Source::Default),
            },
            lessons: match &file.lessons {
                Some(folder) => Chosen::new(Some(self.beside(folder.as_ref())), self.at(folder)),
                None => Chosen::new(None, Source::Default),
            },
            keymap: Arc::new(keymap),
            keys,
        })
    }

    /// A path in the file is relative to the file's folder.
    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn at<T>(&self, value: &Spanned<T>) -> Source {
        let line = Place::of(self.text, value.span().start).line;
        Source::File(self.path.to_owned(), line)
    }

    fn taken<T: Copy>(&self, value: Option<&Spanned<T>>, otherwise: T) -> Chosen<T> {
        match value {
            Some(value) => Chosen::new(*value.as_ref(), self.at(value)),
            None => Chosen::new(otherwise, Source::Default),
        }
    }

    fn wrong<T>(&self, at: &Spanned<T>, message: String, advice: String) -> ConfigError {
        let path = self.path.display().to_string();
        ConfigError::Wrong(Finding::new(&path, self.text, at.span(), message, advice).into())
    }

    fn one_of<T: Copy>(
        &self,
        wanted: &Spanned<String>,
        known: &[(&str, T)],
    ) -> Result<Chosen<T>, ConfigError> {
        let name = wanted.as_ref().as_str();
        match known.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => Ok(Chosen::new(*value, self.at(wanted))),
            None => {
                let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
                let advice = format!("it may be {}", names.join(", "));
                Err(self.wrong(wanted, format!("unknown value `{name}`"), advice))
            }
        }
    }

    fn keys(
        &self,
        wanted: &BTreeMap<Spanned<String>, Spanned<Keys>>,
    ) -> Result<(Keymap, BTreeMap<String, Source>), ConfigError> {
        let mut keymap = Keymap::default();
        let mut sources = BTreeMap::new();
        // In the order of the file: a conflict is told at the line that makes it.
        let mut wanted: Vec<_> = wanted.iter().collect();
        wanted.sort_by_key(|(name, _)| name.span().start);
        for (name, keys) in &wanted {
            let texts = match keys.as_ref() {
                Keys::One(text) => vec![text],
                Keys::Several(texts) => texts.iter().collect(),
            };
            let mut bound = Vec::new();
            for text in texts {
                let key: Key = text.parse().map_err(|error: crate::app::NoKey| {
                    let advice = "`rolecall config` shows the keys in force".to_owned();
                    self.wrong(keys, error.to_string(), advice)
                })?;
                bound.push(key);
            }
            if let Err(error) = keymap.rebind(name.as_ref(), &bound) {
                let names = keymap.names();
                let near = nearest(name.as_ref(), names.keys().map(String::as_str));
                return Err(match (&error, near) {
                    (RebindError::Name(_), Some(meant)) => {
                        let advice = format!("did you mean `{meant}`?");
                        self.wrong(name, error.to_string(), advice)
                    }
                    (RebindError::Name(_), None) => {
                        let advice = "`rolecall config` shows all names".to_owned();
                        self.wrong(name, error.to_string(), advice)
                    }
                    _ => self.wrong(keys, error.to_string(), "choose another key".to_owned()),
                });
            }
            sources.insert(name.as_ref().clone(), self.at(name));
        }
        // Two lines may trade keys: only all of them together must fit.
        if let Err(error) = keymap.check() {
            let meant = match &error {
                RebindError::Conflict { first, second, .. } => wanted
                    .iter()
                    .rev()
                    .find(|(name, _)| [first, second].contains(&name.as_ref())),
                _ => None,
            };
            let advice =
                "choose another key, or give the other one a key of its own too".to_owned();
            return Err(match meant {
                Some((name, _)) => self.wrong(name, error.to_string(), advice),
                None => self.wrong(&Spanned::new(0..0, ()), error.to_string(), advice),
            });
        }
        Ok((keymap, sources))
    }
}

fn unset_theme() -> Chosen<Theme> {
    Chosen::new(Theme::Auto, Source::Default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Intent;
    use crate::app::keymap::Mode;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        let path = path.display().to_string();
        Config::read(&Flags::default(), |name| match name {
            "ROLECALL_CONFIG" => Some(path.clone()),
            name => environment
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned()),
        })
        .map_err(|error| error.to_string().replace(&path, "config.toml"))
    }

    #[test]
    fn what_is_asked_and_what_is_shown_of_ids_can_be_chosen() {
        let config = read("", &[]).unwrap();
        assert!(config.predictions.value && !config.whole_ids.value);
        let config = read("key_ids = \"whole\"\npredictions = false\n", &[]).unwrap();
        assert!(!config.predictions.value && config.whole_ids.value);
        let refused = read("key_ids = \"none\"\n", &[]).unwrap_err();
        assert!(refused.contains("ends, whole"), "{refused}");
    }

    #[test]
    fn each_value_knows_where_it_comes_from() {
        let text = "mouse = false\ntheme = \"light\"\nlessons = \"mine\"\npace = \"skip\"\n\n[keys]\nnext = [\"n\", \"Right\"]\nsearch-next = \"s\"\n";
        let config = read(text, &[("NO_COLOR", "1")]).unwrap();
        let line = |source: &Source| match source {
            Source::File(_, line) => *line,
            _ => 0,
        };
        assert!(!config.mouse.value);
        assert_eq!(line(&config.mouse.source), 1);
        assert_eq!(config.palette(), Some(Palette::Light));
        assert_eq!(line(&config.theme.source), 2);
        assert!(config.lessons.value.unwrap().ends_with("mine"));
        assert_eq!(config.pace.value, Pace::Skipping);
        assert_eq!(config.colours.value, Colours::None);
        assert_eq!(config.colours.source, Source::Environment("NO_COLOR"));
        assert_eq!(line(&config.keys["next"]), 7);
        assert_eq!(
            config.keymap.intent(Mode::Reading, Key::char('n')),
            Some(Intent::Next)
        );

        let config = read(text, &[("ROLECALL_THEME", "safe")]).unwrap();
        assert_eq!(config.palette(), Some(Palette::Safe));
        assert_eq!(config.theme.source.to_string(), "ROLECALL_THEME");
        let flags = Flags {
            theme: Some(Theme::Fixed(Palette::Mono)),
            lessons: None,
        };
        let config = Config::read(&flags, |name| {
            (name == "ROLECALL_CONFIG").then(|| "/nowhere/config.toml".to_owned())
        })
        .unwrap();
        assert_eq!(config.theme.source.to_string(), "--theme");
        assert!(!config.found);
        assert_eq!(config.mouse.source, Source::Default);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, said) in [
            ("\nthem = 1\n", "config.toml:2:1: unknown field `them`"),
            ("them = 1\n", "did you mean `theme`?"),
            (
                "theme = \"pink\"\n",
                "config.toml:1:9: unknown value `pink`",
            ),
            ("theme = \"pink\"\n", "it may be auto, dark, light"),
            ("mouse = 3\n", "config.toml:1:9: invalid type"),
            ("mouse = \n", "config.toml:1:9"),
            (
                "[keys]\nrum = \"x\"\n",
                "config.toml:2:1: `rum` is nothing that a key can do",
            ),
            ("[keys]\nrum = \"x\"\n", "did you mean `run`?"),
            (
                "[keys]\nrun = \"Hyper-x\"\n",
                "config.toml:2:7: `Hyper-x` is no key",
            ),
            ("[keys]\nrun = \"PageDown\"\n", "remote controls"),
            (
                "[keys]\ncopy = \"q\"\n",
                "config.toml:2:1: `q` would mean both `copy` and `quit`",
            ),
            ("[keys]\ncopy = []\n", "`copy` would have no key"),
            ("[keys]\ncopy = 1\n", "a key as text"),
        ] {
            let error = read(text, &[]).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let error = read("", &[("ROLECALL_THEME", "pink")]).unwrap_err();
        assert!(error.starts_with("`ROLECALL_THEME` is `pink`"), "{error}");
    }

    #[test]
    fn two_lines_may_trade_keys() {
        let text = "[keys]\ncopy = \"e\"\nedit-command = \"c\"\n";
        let config = read(text, &[]).unwrap();
        assert_eq!(
            config.keymap.intent(Mode::Reading, Key::char('e')),
            Some(Intent::Copy)
        );
    }
}
