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

pub(super) const LESSONS: &[Embedded] = &[embed!(
    "lessons/assume-role.toml",
    "assets/assume-role/iam-role.yaml",
    "assets/assume-role/policy.json",
    "assets/assume-role/hello.txt"
)];
