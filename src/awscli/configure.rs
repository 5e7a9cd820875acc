//! `aws configure …`: what to read from or write to the AWS CLI's two files.

use super::Action;
use super::args::{self, Arg};
use super::commands::{Line, Subcommand, unknown_options};
use super::error::ParseError;
use super::shell::Word;
use crate::secret::Secret;

/// `aws configure …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configure {
    /// `configure`: asks for keys, region and output format.
    Interactive,
    /// `configure set`.
    Set {
        /// The setting, such as `region` or `profile.sts.region`.
        name: String,
        /// Its value, which may be a secret key.
        value: Secret,
    },
    /// `configure get`.
    Get {
        /// The setting.
        name: String,
    },
    /// `configure list`: where the settings in force come from.
    List,
    /// `configure list-profiles`.
    ListProfiles,
}

/// Which of the AWS CLI's two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceFile {
    /// `~/.aws/credentials`, whose sections are named after profiles.
    Credentials,
    /// `~/.aws/config`, whose sections are `[default]` and `[profile NAME]`.
    Config,
}

/// Where `configure set` writes a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PlaceFile,
    /// The section's header, without brackets.
    pub section: String,
    /// The key.
    pub key: String,
    /// The key inside it, for settings such as `s3.max_concurrent_requests`.
    pub subkey: Option<String>,
}

/// The settings that go to the credentials file.
const CREDENTIALS: [&str; 4] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
];

impl Place {
    /// Where `configure set NAME` writes, under `profile` unless the name itself says which.
    #[must_use]
    pub fn of(name: &str, profile: Option<&str>) -> Self {
        let parts: Vec<&str> = name.split('.').collect();
        let current = profile.unwrap_or("default");
        let (profile, rest): (&str, &[&str]) = match parts.as_slice() {
            ["default", rest @ ..] => ("default", rest),
            ["profile", profile, rest @ ..] => (profile, rest),
            all => (current, all),
        };
        let key = rest.first().copied().unwrap_or_default();
        let subkey = match rest {
            [_, subkey] => Some((*subkey).to_owned()),
            _ => None,
        };
        let file = if CREDENTIALS.contains(&key) {
            PlaceFile::Credentials
        } else {
            PlaceFile::Config
        };
        let section = match (file, profile) {
            (PlaceFile::Config, profile) if profile != "default" => header(profile),
            (_, profile) => profile.to_owned(),
        };
        Self {
            file,
            section,
            key: key.to_owned(),
            subkey,
        }
    }
}

/// The config file's header of a profile; a name with blanks is quoted.
fn header(profile: &str) -> String {
    if profile.contains([' ', '\t']) {
        format!("profile '{}'", profile.replace('\'', "'\"'\"'"))
    } else {
        format!("profile {profile}")
    }
}

/// The subcommands of `aws configure`.
pub(crate) const SUBCOMMANDS: [&str; 11] = [
    "list",
    "get",
    "set",
    "add-model",
    "import",
    "list-profiles",
    "sso",
    "sso-session",
    "mfa-login",
    "export-credentials",
    "agent-toolkit",
];

/// Those that rolecall has.
pub(crate) const KNOWN: [&str; 4] = ["set", "get", "list", "list-profiles"];

/// What one of them takes.
pub(crate) fn usage(command: &str) -> &'static str {
    match command {
        "set" => "varname value [--profile profile-name]",
        "get" => "varname [--profile profile-name]",
        _ => "[--profile profile-name]",
    }
}

/// Reads the words behind `configure`.
pub(crate) fn parse(line: Line<'_>, words: &[Word]) -> Result<Action, ParseError> {
    if words.is_empty() {
        return Ok(Action::Configure(Configure::Interactive));
    }
    let choices = SUBCOMMANDS.map(str::to_owned);
    let (name, rest) = match line.subcommand(&choices, words, &["configure"])? {
        Subcommand::Help => return Ok(Action::Help(vec!["configure".into()])),
        Subcommand::Named(name, rest) => (name, rest),
    };
    if let [only] = rest.as_slice()
        && only.text == "help"
    {
        return Ok(Action::Help(vec!["configure".into(), name.text]));
    }
    let (positionals, sections): (&[&str], bool) = match name.text.as_str() {
        "set" => (&["varname", "value"], true),
        "get" => (&["varname"], true),
        "list" | "list-profiles" => (&[], false),
        other => {
            let message = format!("rolecall has no `configure {other}`");
            let error = ParseError::unsupported(message, name.span.clone());
            return Err(error.hinted(Some("it has set, get, list and list-profiles")));
        }
    };
    let mut table: Vec<Arg> = positionals
        .iter()
        .map(|name| Arg::positional(name))
        .collect();
    if sections {
        table.push(Arg::option("sso-session"));
        table.push(Arg::option("services"));
    }
    let parsed = args::parse(&table, &rest, line.end)?;
    if !parsed.rest.is_empty() {
        return Err(unknown_options(&parsed.rest, ","));
    }
    for section in ["sso-session", "services"] {
        if let Some(span) = parsed.span(section) {
            let message = format!("rolecall has no `configure {} --{section}`", name.text);
            return Err(ParseError::unsupported(message, span));
        }
    }
    let varname = parsed.text("varname").unwrap_or_default();
    if name.text == "set"
        && let Some(word) = parsed.word("varname")
    {
        check(word)?;
    }
    Ok(Action::Configure(match name.text.as_str() {
        "set" => Configure::Set {
            name: varname,
            value: Secret::new(parsed.text("value").unwrap_or_default()),
        },
        "get" => Configure::Get { name: varname },
        "list" => Configure::List,
        _ => Configure::ListProfiles,
    }))
}

/// Refuses names that the AWS CLI would write somewhere that nobody reads, or fail on.
fn check(word: &Word) -> Result<(), ParseError> {
    let parts: Vec<&str> = word.text.split('.').collect();
    let deep = match parts.as_slice() {
        ["default", rest @ ..] | ["profile", _, rest @ ..] => !(1..=2).contains(&rest.len()),
        ["profile" | "plugins"] | ["plugins", ..] => true,
        all => all.len() > 2,
    };
    if deep || parts.iter().any(|part| part.is_empty()) {
        let message = format!("`{}` names no setting that rolecall can write", word.text);
        let error = ParseError::unsupported(message, word.span.clone());
        return Err(error.hinted(Some("write `name`, `section.name` or `profile.NAME.name`")));
    }
    Ok(())
}
