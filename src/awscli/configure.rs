//! `aws configure …`: what to read from or write to the AWS CLI's two files.

use serde_json::Value;

use super::Action;
use super::args::{self, Arg};
use super::commands::{Line, Subcommand, unknown_options};
use super::error::ParseError;
use super::input::{self, Loaded};
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
    /// `configure import`: the keys of a file that the AWS console gives.
    Import(Vec<Imported>),
    /// `configure export-credentials`: the credentials that calls are signed with.
    Export(ExportFormat),
}

/// `configure export-credentials --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the names of the AWS CLI")]
pub enum ExportFormat {
    Process,
    Env,
    EnvNoExport,
    Powershell,
    WindowsCmd,
    Fish,
}

/// A member of exported credentials, and its variable.
const EXPORTED: [(&str, &str); 4] = [
    ("AccessKeyId", "AWS_ACCESS_KEY_ID"),
    ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"),
    ("SessionToken", "AWS_SESSION_TOKEN"),
    ("Expiration", "AWS_CREDENTIAL_EXPIRATION"),
];

impl ExportFormat {
    const ALL: [(&str, Self); 6] = [
        ("process", Self::Process),
        ("env", Self::Env),
        ("env-no-export", Self::EnvNoExport),
        ("powershell", Self::Powershell),
        ("windows-cmd", Self::WindowsCmd),
        ("fish", Self::Fish),
    ];

    /// Credentials in this format; they are members as of `AssumeRole`, and `Version`.
    #[must_use]
    pub fn text(self, credentials: &Value) -> String {
        if self == Self::Process {
            return serde_json::to_string_pretty(credentials).unwrap_or_default() + "\n";
        }
        let line = |name: &str, value: &str| match self {
            Self::Process | Self::Env => format!("export {name}={value}\n"),
            Self::EnvNoExport => format!("{name}={value}\n"),
            Self::Powershell => format!("$Env:{name}=\"{value}\"\n"),
            Self::WindowsCmd => format!("set {name}={value}\n"),
            Self::Fish => format!("set -gx {name} \"{value}\"\n"),
        };
        let known = EXPORTED.iter();
        known
            .filter_map(|(member, name)| Some(line(name, credentials.get(member)?.as_str()?)))
            .collect()
    }
}

/// A profile of `configure import`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The profile: the user's name behind `--profile-prefix`.
    pub profile: String,
    /// The access key's id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
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
pub(crate) const KNOWN: [&str; 6] = [
    "set",
    "get",
    "list",
    "list-profiles",
    "import",
    "export-credentials",
];

/// What one of them takes.
pub(crate) fn usage(command: &str) -> &'static str {
    match command {
        "set" => "varname value [--profile profile-name]",
        "get" => "varname [--profile profile-name]",
        "import" => "--csv file://credentials.csv [--skip-invalid] [--profile-prefix text]",
        "export-credentials" => "[--format FORMAT] [--profile profile-name]",
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
        "import" => return import(line, &rest),
        "export-credentials" => return export(line, &rest),
        other => {
            let message = format!("rolecall has no `configure {other}`");
            let error = ParseError::unsupported(message, name.span.clone());
            return Err(error.hinted(Some(
                "it has set, get, list, list-profiles, import and export-credentials",
            )));
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

/// Reads the words behind `configure export-credentials`.
fn export(line: Line<'_>, words: &[Word]) -> Result<Action, ParseError> {
    let names = ExportFormat::ALL.map(|(name, _)| name);
    let parsed = args::parse(&[Arg::option("format").choices(&names)], words, line.end)?;
    if !parsed.rest.is_empty() {
        return Err(unknown_options(&parsed.rest, ","));
    }
    let named = parsed.text("format");
    let found = ExportFormat::ALL
        .into_iter()
        .find(|(name, _)| named.as_deref() == Some(name));
    let format = found.map_or(ExportFormat::Process, |(_, format)| format);
    Ok(Action::Configure(Configure::Export(format)))
}

/// Reads the words behind `configure import`, and the file.
fn import(line: Line<'_>, words: &[Word]) -> Result<Action, ParseError> {
    let table = [
        Arg::option("csv").required(true),
        Arg::flag("skip-invalid"),
        Arg::option("profile-prefix"),
    ];
    let parsed = args::parse(&table, words, line.end)?;
    if !parsed.rest.is_empty() {
        return Err(unknown_options(&parsed.rest, ","));
    }
    let Some(word) = parsed.word("csv") else {
        return Err(ParseError::usage(
            "the following arguments are required: --csv",
            line.end..line.end,
        ));
    };
    let general = |message: String| ParseError::general(message, word.span.clone());
    let text = match input::load(&word.text, line.files) {
        Ok(Some(Loaded::Text(text))) => text,
        Ok(Some(Loaded::Bytes(bytes))) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) if !word.text.contains('\n') && line.files.read(&word.text).is_ok() => {
            return Err(general(
                "You may be passing a file to import without the 'file://' prefix. To import a CSV \
                 file, use --csv file://path/to/file.csv"
                    .to_owned(),
            ));
        }
        Ok(None) => word.text.clone(),
        Err(message) => {
            return Err(ParseError::parsing("--csv", &message, word.span.clone()));
        }
    };
    let strict = parsed.flag("skip-invalid").is_none();
    let prefix = parsed.text("profile-prefix").unwrap_or_default();
    csv(&text, strict, &prefix)
        .map(|profiles| Action::Configure(Configure::Import(profiles)))
        .map_err(general)
}

/// The columns that are needed.
const COLUMNS: [&str; 3] = ["User Name", "Access Key ID", "Secret Access key"];

/// The rows of a table of keys. Where it is not strict, rows that lack a value are left out.
fn csv(text: &str, strict: bool, prefix: &str) -> Result<Vec<Imported>, String> {
    let mut lines = text.lines();
    let header = match lines.next() {
        Some(header) if !text.trim().is_empty() => header,
        _ => return Err("Provided CSV contains no contents".to_owned()),
    };
    let plain = |name: &str| name.trim_start_matches('\u{feff}').trim().to_lowercase();
    let names: Vec<String> = header.split(',').map(plain).collect();
    let mut places = Vec::new();
    for column in COLUMNS {
        let wanted = plain(column);
        match names.iter().position(|name| *name == wanted) {
            Some(place) => places.push(place),
            None => return Err(format!("Expected header \"{column}\" not found")),
        }
    }
    let mut found = Vec::new();
    for (number, row) in lines.enumerate() {
        let cells: Vec<&str> = row.split(',').map(str::trim).collect();
        let cell = |place: &usize| cells.get(*place).copied().unwrap_or_default();
        let values: Vec<&str> = places.iter().map(cell).collect();
        if let Some(empty) = values.iter().position(|value| value.is_empty()) {
            if !strict {
                continue;
            }
            let column = COLUMNS.get(empty).copied().unwrap_or_default();
            return Err(format!(
                "Failed to parse entry #{}: Row missing value for header \"{column}\"",
                number + 1
            ));
        }
        if let [user, id, secret] = values.as_slice() {
            found.push(Imported {
                profile: format!("{prefix}{user}"),
                access_key_id: (*id).to_owned(),
                secret_access_key: Secret::new(*secret),
            });
        }
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_keys_are_read_as_the_console_writes_them() {
        let text = "\u{feff}User name,Password,Access key ID,Secret access key\r\n\
                    ann,p,AKIA1,s1\r\nbob,,,\r\n";
        let found = csv(text, false, "x-").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].profile, "x-ann");
        assert_eq!(found[0].secret_access_key.expose(), "s1");
        for (text, said) in [
            ("", "Provided CSV contains no contents"),
            (
                "User name,Access key ID",
                "Expected header \"Secret Access key\" not found",
            ),
            (
                text,
                "Failed to parse entry #2: Row missing value for header \"Access Key ID\"",
            ),
        ] {
            assert_eq!(csv(text, true, "").unwrap_err(), said);
        }
    }
}
