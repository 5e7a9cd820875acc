//! Settings that the AWS CLI checks before each call, though little or nothing comes of them here: those of
//! checksums, of endpoints by account and of EC2's metadata.

use std::collections::BTreeMap;

use super::failed::Failed;
use super::profiles::Profile;
use super::target::Route;
use crate::awscli::{Globals, python};

/// Variables, and the names of the same settings in a profile.
const VARIABLES: [(&str, &str); 7] = [
    ("AWS_REQUEST_CHECKSUM_CALCULATION", REQUEST_CHECKSUMS),
    ("AWS_RESPONSE_CHECKSUM_VALIDATION", RESPONSE_CHECKSUMS),
    ("AWS_ACCOUNT_ID_ENDPOINT_MODE", ACCOUNT_ID_MODE),
    ("AWS_METADATA_SERVICE_TIMEOUT", METADATA_TIMEOUT),
    ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", METADATA_ATTEMPTS),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", METADATA_ENDPOINT),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", METADATA_MODE),
];
const REQUEST_CHECKSUMS: &str = "request_checksum_calculation";
const RESPONSE_CHECKSUMS: &str = "response_checksum_validation";
const ACCOUNT_ID_MODE: &str = "account_id_endpoint_mode";
const METADATA_TIMEOUT: &str = "metadata_service_timeout";
const METADATA_ATTEMPTS: &str = "metadata_service_num_attempts";
const METADATA_ENDPOINT: &str = "ec2_metadata_service_endpoint";
const METADATA_MODE: &str = "ec2_metadata_service_endpoint_mode";

/// The settings that the environment has.
pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> BTreeMap<&'static str, String> {
    VARIABLES
        .into_iter()
        .filter_map(|(name, setting)| Some((setting, variable(name)?)))
        .collect()
}

impl Route<'_> {
    /// A setting of the environment or else of the profile.
    fn setting(&self, profile: Option<&Profile>, name: &str) -> Option<String> {
        let of_profile = || Some(profile?.get(name)?.to_owned());
        let of_environment = self.environment.checked.get(name).cloned();
        of_environment.or_else(of_profile)
    }

    /// Whether answers are to have checksums where nobody asks for them.
    pub(super) fn validates(&self, globals: &Globals) -> Result<bool, Failed> {
        let profile = self.profile(globals)?;
        let when = self.setting(profile.as_ref(), RESPONSE_CHECKSUMS);
        Ok(when.is_none_or(|when| when.to_lowercase() != "when_required"))
    }

    /// Checks the settings that the AWS CLI checks before each call.
    ///
    /// # Errors
    ///
    /// Its words for those that it cannot use.
    pub(super) fn check_settings(&self, profile: Option<&Profile>) -> Result<(), Failed> {
        if self.target.is_sandbox() {
            return Ok(());
        }
        let found = |name: &str| self.setting(profile, name);
        for name in [REQUEST_CHECKSUMS, RESPONSE_CHECKSUMS] {
            if let Some(when) = found(name)
                && !matches!(
                    when.to_lowercase().as_str(),
                    "when_supported" | "when_required"
                )
            {
                return Err(Failed::general(format!(
                    "Unsupported configuration value for {name}. Expected one of \
                     ('when_supported', 'when_required') but got {}.",
                    when.to_lowercase()
                )));
            }
        }
        match found(ACCOUNT_ID_MODE) {
            Some(mode)
                if !matches!(
                    mode.to_lowercase().as_str(),
                    "preferred" | "disabled" | "required"
                ) =>
            {
                Err(Failed::general(format!(
                    "The configured value '{}' for 'account_id_endpoint_mode' is invalid. Valid \
                     values are: ('preferred', 'disabled', 'required').",
                    mode.to_lowercase()
                )))
            }
            _ => Ok(()),
        }
    }

    /// Checks the settings of EC2's metadata, which the AWS CLI checks before each command.
    ///
    /// # Errors
    ///
    /// Its words for those that it cannot use.
    pub(super) fn check_metadata(&self, globals: &Globals) -> Result<(), Failed> {
        if self.target.is_sandbox() {
            return Ok(());
        }
        // A profile that is not there is told where it is needed.
        let profile = self.profile(globals).ok().flatten();
        let found = |name: &str| self.setting(profile.as_ref(), name);
        for name in [METADATA_TIMEOUT, METADATA_ATTEMPTS] {
            if let Some(text) = found(name)
                && python::int(&text).is_none()
            {
                let shown = python::repr_str(&text);
                let message = format!("invalid literal for int() with base 10: {shown}");
                return Err(Failed::general(message));
            }
        }
        if let Some(mode) = found(METADATA_MODE)
            && !matches!(mode.to_lowercase().as_str(), "ipv4" | "ipv6")
        {
            return Err(Failed::general(format!(
                "Invalid EC2 Instance Metadata endpoint mode: {mode} Valid endpoint modes \
                 (case-insensitive): ('ipv4', 'ipv6')."
            )));
        }
        if let Some(endpoint) = found(METADATA_ENDPOINT).filter(|endpoint| !endpoint.is_empty())
            && endpoint
                .split_once("://")
                .is_none_or(|(_, host)| host.is_empty())
        {
            return Err(Failed::general(format!(
                "Invalid endpoint EC2 Instance Metadata endpoint: {endpoint}"
            )));
        }
        Ok(())
    }
}
