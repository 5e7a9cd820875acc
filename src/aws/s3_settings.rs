//! What a profile says of S3 below `s3 =`, judged as the AWS CLI judges it.

use super::failed::Failed;
use super::profiles::Profile;
use crate::awscli::python;

/// Objects of how many bytes are sent in parts, and of how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    /// From so many bytes on.
    pub(super) threshold: usize,
    /// Each but the last.
    pub(super) size: usize,
}

const MIB: usize = 1024 * 1024;

/// The smallest part that S3 takes, but for the last.
const LEAST: usize = 5 * MIB;

impl Default for Parts {
    fn default() -> Self {
        Self {
            threshold: 8 * MIB,
            size: 8 * MIB,
        }
    }
}

impl Parts {
    /// As a profile has it.
    ///
    /// # Errors
    ///
    /// The AWS CLI's words for settings of transfers that it cannot use.
    pub(super) fn of(profile: Option<&Profile>) -> Result<Self, Failed> {
        let setting = |name: &str| profile.and_then(|profile| profile.get(&format!("s3.{name}")));
        let mut sizes = [None, None];
        let names = ["multipart_chunksize", "multipart_threshold"];
        for (name, size) in names.iter().zip(&mut sizes) {
            *size = setting(name).map(bytes).transpose()?;
        }
        let refused = |name: &str, value: &str| {
            Failed::general(format!(
                "Value for {name} must be a positive integer: {value}"
            ))
        };
        for (name, size) in names.iter().zip(&sizes) {
            if let Some(size) = size.filter(|size| *size < 1) {
                return Err(refused(name, &size.to_string()));
            }
        }
        // Judged alone: transfers here go one by one.
        for name in ["max_concurrent_requests", "max_queue_size"] {
            if let Some(value) = setting(name)
                && python::int(value).is_none_or(|number| number < 1)
            {
                return Err(refused(name, value));
            }
        }
        let default = Self::default();
        let given = |size: Option<i64>| size.and_then(|size| usize::try_from(size).ok());
        let [size, threshold] = sizes;
        Ok(Self {
            threshold: given(threshold).unwrap_or(default.threshold),
            size: given(size).unwrap_or(default.size).max(LEAST),
        })
    }
}

/// A size such as `8MB`.
fn bytes(text: &str) -> Result<i64, Failed> {
    let text = text.to_lowercase();
    let units = [
        ("kib", 10),
        ("mib", 20),
        ("gib", 30),
        ("tib", 40),
        ("kb", 10),
        ("mb", 20),
        ("gb", 30),
        ("tb", 40),
    ];
    let unit = units
        .iter()
        .find_map(|(unit, power)| Some((text.strip_suffix(unit)?, *power)));
    let (number, power) = unit.unwrap_or((&text, 0));
    let found = python::int(number).and_then(|number| number.checked_mul(1 << power));
    found.ok_or_else(|| match power {
        0 => Failed::general(format!("Invalid size value: {text}")),
        _ => Failed::general(format!(
            "invalid literal for int() with base 10: {}",
            python::repr_str(number)
        )),
    })
}

/// Judges what every client of S3 is made with.
///
/// # Errors
///
/// The AWS CLI's words for what it cannot use.
pub(super) fn check(profile: &Profile) -> Result<(), Failed> {
    if profile.get("s3").is_some_and(|flat| !flat.is_empty()) {
        // It is asked for its settings without a look at what it is.
        return Err(Failed::general("'str' object has no attribute 'get'"));
    }
    match profile.get("s3.addressing_style") {
        None | Some("auto" | "virtual" | "path") => Ok(()),
        Some(other) => Err(Failed::general(format!(
            "S3 addressing style {other} is invalid. Valid options are: 'auto', 'virtual', and \
             'path'"
        ))),
    }
}
