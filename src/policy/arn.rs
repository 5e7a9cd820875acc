//! Amazon Resource Names.

use std::fmt;

/// An ARN, split at its first five colons: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Arn<'a> {
    /// The whole text.
    pub text: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// `iam`, `s3`.
    pub service: &'a str,
    /// Empty for services without regions.
    pub region: &'a str,
    /// Account id, empty for S3 buckets.
    pub account: &'a str,
    /// The rest, colons and all.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` when the text has fewer than six parts or does not start with `arn:`.
    ///
    /// ```
    /// use rolecall::policy::Arn;
    /// let arn = Arn::parse("arn:aws:iam::123456789012:role/ci/deployer").unwrap();
    /// assert_eq!(arn.account, "123456789012");
    /// assert_eq!(arn.name(), "deployer");
    /// ```
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        Some(Self {
            text,
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// The type of an IAM or STS resource: the part before the first slash, such as `user`.
    #[must_use]
    pub fn kind(&self) -> &'a str {
        self.resource.split('/').next().unwrap_or("")
    }

    /// The part after the last slash: the friendly name of a user, group, role or policy.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.resource.rsplit('/').next().unwrap_or("")
    }

    /// The part after the first slash: path and name.
    #[must_use]
    pub fn path_and_name(&self) -> &'a str {
        self.resource.split_once('/').map_or("", |(_, rest)| rest)
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}
