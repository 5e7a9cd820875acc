//! `rolecall aws configure`: asks for keys, region and output format.

use std::io::{self, BufRead, Write};

use crate::aws::{self, ProfileSettings, Session};
use crate::awscli::{Action, Command, Configure, Globals, error};
use crate::secret::Secret;

/// A setting, and what it is asked for by.
const ASKED: [(&str, &str); 5] = [
    ("aws_access_key_id", "AWS Access Key ID"),
    ("aws_secret_access_key", "AWS Secret Access Key"),
    ("aws_session_token", "AWS Session Token"),
    ("region", "Default region name"),
    ("output", "Default output format"),
];

/// Asks, and writes what is new, each as `configure set` does.
pub(super) async fn ask(session: &Session, globals: &Globals, answers: &mut dyn BufRead) -> u8 {
    let name = globals.profile.clone();
    let name = name.or_else(|| super::aws::variable("AWS_PROFILE"));
    let profile = match session
        .profiles()
        .profile(name.as_deref().unwrap_or("default"))
    {
        Ok(profile) => profile,
        Err(why) => return said(&why.to_string()),
    };
    if profile.is_none() {
        super::print(
            "\nTip: You can deliver temporary credentials to the AWS CLI using your AWS Console \
             session by running the command 'aws login'.\n\n",
        );
    }
    let current = |setting: &str| profile.as_ref().and_then(|found| found.get(setting));
    let mut new: Vec<(&str, Secret)> = Vec::new();
    for (setting, asked) in ASKED {
        let key = new.iter().find(|(name, _)| *name == "aws_access_key_id");
        let session_key = key.map(|(_, key)| key.expose().starts_with("ASIA"));
        // Keys of a session come with a token, and those of a user without one.
        if setting == "aws_session_token"
            && !session_key.unwrap_or_else(|| current(setting).is_some())
        {
            continue;
        }
        let known = current(setting);
        let shown = match known {
            Some(known) if setting.starts_with("aws_") => masked(known),
            Some(known) => known.to_owned(),
            None => "None".to_owned(),
        };
        super::print(&format!("{asked} [{shown}]: "));
        let mut line = String::new();
        match answers.read_line(&mut line) {
            Ok(0) => return said("EOF when reading a line"),
            Ok(_) => {}
            Err(why) => return said(&why.to_string()),
        }
        let given = line.trim_end_matches(['\n', '\r']);
        if !given.is_empty() && Some(given) != known {
            new.push((setting, Secret::new(given)));
        }
    }
    let user_key = |(name, value): &(&str, Secret)| {
        *name == "aws_access_key_id" && !value.expose().starts_with("ASIA")
    };
    if new.iter().any(user_key) && current("aws_session_token").is_some() {
        // The token of the session before would spoil the new keys.
        let of = |setting: &str| {
            let found = new.iter().find(|(name, _)| *name == setting);
            let known = || current(setting).unwrap_or_default();
            found.map_or_else(
                || known().to_owned(),
                |(_, value)| value.expose().to_owned(),
            )
        };
        let settings = ProfileSettings {
            access_key_id: of("aws_access_key_id"),
            secret_access_key: Secret::new(of("aws_secret_access_key")),
            ..ProfileSettings::default()
        };
        let name = name.as_deref().unwrap_or("default");
        if let Err(why) = session.profiles().write_profile(name, &settings) {
            return said(&why.to_string());
        }
    }
    for (setting, value) in new {
        let command = Command {
            globals: globals.clone(),
            action: Action::Configure(Configure::Set {
                name: setting.to_owned(),
                value,
            }),
        };
        let outcome = aws::execute(session, &command, &mut aws::Unobserved).await;
        if outcome.exit != 0 {
            let _ = io::stderr().write_all(outcome.stderr.as_bytes());
            return outcome.exit;
        }
    }
    super::OK
}

/// The last four of a key.
fn masked(key: &str) -> String {
    let all: Vec<char> = key.chars().collect();
    let last: String = all.iter().skip(all.len().saturating_sub(4)).collect();
    format!("****************{last}")
}

fn said(why: &str) -> u8 {
    let _ = io::stderr().write_all(error::line(why).as_bytes());
    error::EXIT_GENERAL
}
