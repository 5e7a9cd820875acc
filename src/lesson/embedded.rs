//! The lessons that the binary brings along. A test compares this list with the folders.

/// A lesson file and the files beside it.
pub(super) struct Embedded {
    /// Path in the repository.
    pub path: &'static str,
    /// Text.
    pub text: &'static str,
    /// Path in the repository and contents.
    pub files: &'static [(&'static str, &'static [u8])],
}

macro_rules! embed {
    ($path:literal $(, $file:literal)*) => {
        Embedded {
            path: $path,
            text: include_str!(concat!("../../", $path)),
            files: &[$(($file, include_bytes!(concat!("../../", $file)))),*],
        }
    };
}

pub(super) const LESSONS: &[Embedded] = &[
    embed!(
        "lessons/assume-role.toml",
        "assets/assume-role/iam-role.yaml",
        "assets/assume-role/policy.json",
        "assets/assume-role/hello.txt"
    ),
    embed!(
        "lessons/explicit-deny.toml",
        "assets/explicit-deny/allow-user.json",
        "assets/explicit-deny/deny-untagged.json",
        "assets/explicit-deny/read-bucket.json",
        "assets/explicit-deny/report.txt"
    ),
    embed!(
        "lessons/permissions-boundary.toml",
        "assets/permissions-boundary/boundary.json",
        "assets/permissions-boundary/boundary-v2.json",
        "assets/permissions-boundary/dev.json",
        "assets/permissions-boundary/trust.json"
    ),
    embed!(
        "lessons/session-policy.toml",
        "assets/session-policy/assume.json",
        "assets/session-policy/look-around.json",
        "assets/session-policy/only-buckets.json",
        "assets/session-policy/trust.json"
    ),
    embed!(
        "lessons/external-id.toml",
        "assets/external-id/assume-customers.json",
        "assets/external-id/trust-open.json",
        "assets/external-id/trust-external-id.json"
    ),
];
