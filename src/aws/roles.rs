//! Profiles that assume roles, judged as the AWS CLI judges them before it asks anybody.

use serde_json::{Map, Value};

use super::call::check as check_input;
use super::failed::Failed;
use super::profiles::{Profile, ProfileStore};
use super::s3_transfer::io_failed;
use crate::awscli::python;
use crate::model::Service;

/// Where keys may come from that no profile holds.
const SOURCES: [&str; 3] = ["Ec2InstanceMetadata", "EcsContainer", "Environment"];

/// Follows a profile to the one whose keys it uses. A sandbox has an administrator, who is `default` where
/// no profile is.
///
/// # Errors
///
/// The AWS CLI's words for one that leads nowhere.
pub(super) fn check(
    profiles: &ProfileStore,
    profile: &Profile,
    sandboxed: bool,
) -> Result<(), Failed> {
    let mut visited = vec![profile.name().to_owned()];
    let mut current = profile.clone();
    let mut assumed = Vec::new();
    while current.get("role_arn").is_some() && current.get("web_identity_token_file").is_none() {
        assumed.push(input(&current));
        let name = current.name().to_owned();
        let sources = (
            current.get("source_profile"),
            current.get("credential_source"),
        );
        let source = match sources {
            (Some(_), Some(_)) => {
                return Err(Failed::general(format!(
                    "The profile \"{name}\" contains both source_profile and credential_source."
                )));
            }
            (None, None) => {
                return Err(Failed::general(
                    "Partial credentials found in assume-role, missing: source_profile or \
                     credential_source",
                ));
            }
            (None, Some(source)) if SOURCES.contains(&source) => break,
            (None, Some(source)) => {
                return Err(Failed::general(format!(
                    "The credential source \"{source}\" referenced in profile \"{name}\" is not \
                     valid."
                )));
            }
            (Some(source), None) => source.to_owned(),
        };
        let found = profiles.profile(&source).map_err(Failed::files)?;
        if found.is_none() && sandboxed && source == "default" {
            return Ok(());
        }
        let found = found.ok_or_else(|| {
            Failed::general(format!(
                "The source_profile \"{source}\" referenced in the profile \"{name}\" does not exist."
            ))
        })?;
        // Its own keys may stand in the profile that names itself.
        let loops = visited.contains(&source) && !(source == name && has_keys(&found));
        if loops {
            let visited: Vec<String> = visited.iter().map(|name| python::repr_str(name)).collect();
            return Err(Failed::general(format!(
                "Infinite loop in credential configuration detected. Attempting to load from \
                 profile {source} which has already been visited. Visited profiles: [{}]",
                visited.join(", ")
            )));
        }
        if has_keys(&found) {
            break;
        }
        let others = [
            "role_arn",
            "credential_process",
            "sso_session",
            "sso_start_url",
        ];
        if !others.iter().any(|key| found.get(key).is_some()) {
            return Err(Failed::general(format!(
                "The source profile \"{source}\" must have credentials."
            )));
        }
        visited.push(source);
        current = found;
    }
    if current.get("role_arn").is_some()
        && let Some(token) = current.get("web_identity_token_file")
        && let Err(why) = std::fs::metadata(token)
    {
        return Err(io_failed(token, &why));
    }
    // The one whose keys are at hand is assumed first.
    let assume_role = Service::Sts.model().operation("AssumeRole");
    for input in assumed.iter().rev() {
        if let Some(operation) = assume_role {
            check_input(Service::Sts, operation, input)?;
        }
    }
    Ok(())
}

/// What STS is asked for a profile's role, in the AWS CLI's order.
fn input(profile: &Profile) -> Map<String, Value> {
    let mut input = Map::new();
    for (setting, member) in [
        ("role_session_name", "RoleSessionName"),
        ("external_id", "ExternalId"),
        ("mfa_serial", "SerialNumber"),
    ] {
        if let Some(value) = profile.get(setting) {
            input.insert(member.into(), value.into());
        }
    }
    // A time that is no number is passed over.
    if let Some(seconds) = profile.get("duration_seconds").and_then(python::int) {
        input.insert("DurationSeconds".into(), seconds.into());
    }
    input.insert("RoleArn".into(), profile.get("role_arn").into());
    input
        .entry("RoleSessionName")
        .or_insert_with(|| "botocore-session".into());
    input
}

fn has_keys(profile: &Profile) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"]
        .iter()
        .any(|key| profile.get(key).is_some())
}
