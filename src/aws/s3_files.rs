//! Local files of `s3` transfers: walking, patterns, names and types.

use std::io;
use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use regex::Regex;

use super::failed::Failed;
use crate::awscli::Filter;

/// A file.
pub(super) struct File {
    /// Absolute path.
    pub(super) path: String,
    /// Bytes.
    pub(super) size: u64,
    /// When it last changed.
    pub(super) modified: Option<Timestamp>,
}

/// An absolute path without `.` and `..`, from the folder where commands run.
pub(super) fn absolute(folder: &Path, path: &str) -> String {
    let mut clean = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    slashed(&clean)
}

/// A path as transfers write it on every system: with `/` between its parts, as in a key.
fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy().into_owned();
    if std::path::MAIN_SEPARATOR == '/' {
        return text;
    }
    text.replace(std::path::MAIN_SEPARATOR, "/")
}

/// Whether a key would be written elsewhere than below the folder that was named. On
/// Windows a key's `\` separates, too, and a `:` names a drive or a stream.
pub(super) fn leaves_folder(key: &str) -> bool {
    key.split(std::path::is_separator)
        .any(|part| part == ".." || (cfg!(windows) && part.contains(':')))
}

/// A path as transfers show it: from the folder where commands run, with a folder in front.
pub(super) fn relative(folder: &Path, path: &str) -> String {
    let folder = absolute(folder, "");
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let (place, name) = path.rsplit_once('/').unwrap_or(("", path));
    let to: Vec<&str> = place.split('/').filter(|part| !part.is_empty()).collect();
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(one, other)| one == other)
        .count();
    let up = from.len() - common;
    let mut parts: Vec<&str> = std::iter::repeat_n("..", up).collect();
    parts.extend(to.iter().skip(common));
    if parts.is_empty() {
        parts.push(".");
    }
    parts.push(name);
    parts.join(std::path::MAIN_SEPARATOR_STR)
}

/// What a walk came upon.
#[derive(Default)]
pub(super) struct Walked {
    /// The files.
    pub(super) files: Vec<File>,
    /// Links to what is not there.
    pub(super) broken: Vec<String>,
}

/// The file itself, or all files below a folder, in the order in which S3 lists keys.
pub(super) fn walk(path: &Path, recursive: bool, follow: bool) -> io::Result<Walked> {
    let mut found = Walked::default();
    if recursive {
        folder(path, follow, 0, &mut found)?;
    } else if follow || !path.is_symlink() {
        found.files.push(file(path)?);
    }
    Ok(found)
}

/// How deep folders are followed, in case links go in circles.
const MAX_DEPTH: usize = 100;

fn folder(path: &Path, follow: bool, depth: usize, found: &mut Walked) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(io::Error::other("folders are nested too deeply"));
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?.path();
        if !follow && entry.is_symlink() {
            continue;
        }
        let name = entry
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let mut name = name.unwrap_or_default();
        if entry.is_dir() {
            name.push('/');
        }
        names.push((name, entry));
    }
    names.sort();
    for (name, entry) in names {
        if name.ends_with('/') {
            folder(&entry, follow, depth + 1, found)?;
        } else if entry.exists() {
            found.files.push(file(&entry)?);
        } else {
            found.broken.push(slashed(&entry));
        }
    }
    Ok(())
}

fn file(path: &Path) -> io::Result<File> {
    let meta = std::fs::metadata(path)?;
    Ok(File {
        path: slashed(path),
        size: meta.len(),
        modified: meta
            .modified()
            .ok()
            .and_then(|at| Timestamp::try_from(at).ok()),
    })
}

/// `--include` and `--exclude`.
pub(super) struct Filters(Vec<(bool, Vec<Regex>)>);

impl Filters {
    /// Patterns that begin at each of the roots.
    pub(super) fn new(filters: &[Filter], roots: &[String]) -> Result<Self, Failed> {
        let compile = |filter: &Filter| {
            let patterns = roots.iter().map(|root| {
                let full = if Path::new(&filter.pattern).has_root() {
                    slashed(Path::new(&filter.pattern))
                } else {
                    format!("{root}/{}", filter.pattern)
                };
                pattern(&full).map_err(|why| Failed::general(why.to_string()))
            });
            Ok((filter.include, patterns.collect::<Result<_, Failed>>()?))
        };
        filters
            .iter()
            .map(compile)
            .collect::<Result<_, Failed>>()
            .map(Self)
    }

    /// Whether a path is taken: the last pattern that fits decides.
    pub(super) fn take(&self, path: &str) -> bool {
        self.0
            .iter()
            .rev()
            .find(|(_, patterns)| patterns.iter().any(|pattern| pattern.is_match(path)))
            .is_none_or(|(include, _)| *include)
    }
}

/// A shell pattern as a regular expression: `*`, `?`, `[ab]` and `[!ab]`.
fn pattern(glob: &str) -> Result<Regex, regex::Error> {
    let mut expression = String::from("(?s)^");
    let mut rest = glob.chars();
    while let Some(next) = rest.next() {
        match next {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => {
                let ahead = rest.as_str();
                // A bracket right behind the opening one belongs to the set.
                let skip = if ahead.starts_with('!') { 2 } else { 1 };
                let close = ahead
                    .char_indices()
                    .skip(skip)
                    .find(|(_, next)| *next == ']');
                let set = close.and_then(|(at, _)| Some((ahead.get(..at)?, ahead.get(at + 1..)?)));
                let Some((set, behind)) = set else {
                    expression.push_str("\\[");
                    continue;
                };
                let (negated, set) = match set.strip_prefix('!') {
                    Some(set) => ("^", set),
                    None => ("", set),
                };
                let set = set
                    .replace('\\', "\\\\")
                    .replace('[', "\\[")
                    .replace('^', "\\^");
                let set = set
                    .replace('&', "\\&")
                    .replace('~', "\\~")
                    .replace(']', "\\]");
                expression.push_str(&format!("[{negated}{set}]"));
                rest = behind.chars();
            }
            other => expression.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push('$');
    Regex::new(&expression)
}

/// The content type of a file name, as Python guesses it, for the types that a course meets.
pub(super) fn content_type(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "txt" | "log" | "bat" | "c" | "h" => "text/plain",
        "htm" | "html" => "text/html",
        "css" => "text/css",
        "csv" => "text/csv",
        "md" => "text/markdown",
        "py" => "text/x-python",
        "tsv" => "text/tab-separated-values",
        "xml" => "text/xml",
        "js" | "mjs" => "text/javascript",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "tar" => "application/x-tar",
        "sh" => "application/x-sh",
        "doc" => "application/msword",
        "xls" => "application/vnd.ms-excel",
        "ppt" => "application/vnd.ms-powerpoint",
        "wasm" => "application/wasm",
        "bin" | "exe" | "dll" | "so" | "o" | "a" => "application/octet-stream",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "bmp" => "image/bmp",
        "ico" => "image/vnd.microsoft.icon",
        "tif" | "tiff" => "image/tiff",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "wav" => "audio/x-wav",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_working_folder() {
        let folder = Path::new("/home/ann/lab");
        for (path, expected) in [
            ("/home/ann/lab/a.txt", "./a.txt"),
            ("/home/ann/lab/sub/a.txt", "sub/a.txt"),
            ("/home/ann/b.txt", "../b.txt"),
            ("/tmp/x/c", "../../../tmp/x/c"),
        ] {
            assert_eq!(relative(folder, path), expected);
        }
        assert_eq!(absolute(folder, "../x/./y"), "/home/ann/x/y");
    }

    #[test]
    fn keys_that_would_leave_the_folder_are_known() {
        for (key, leaves) in [
            ("a/b.txt", false),
            ("..a/b..", false),
            ("../a", true),
            ("a/../../b", true),
            ("a\\..\\b", cfg!(windows)),
            ("C:a", cfg!(windows)),
        ] {
            assert_eq!(leaves_folder(key), leaves, "{key}");
        }
    }

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let filter = |include, pattern: &str| Filter {
            include,
            pattern: pattern.into(),
        };
        let filters = Filters::new(
            &[
                filter(false, "*"),
                filter(true, "*.txt"),
                filter(false, "b[!x]*"),
            ],
            &["bucket/dir".into()],
        )
        .unwrap();
        let taken = [
            "a.txt",
            "a.png",
            "sub/c.txt",
            "bx.txt",
            "by.txt",
            "x[1].txt",
        ]
        .map(|name| filters.take(&format!("bucket/dir/{name}")));
        assert_eq!(taken, [true, false, true, true, false, true]);
        let odd = Filters::new(
            &[filter(false, "x[1].txt"), filter(false, "[")],
            &["r".into()],
        );
        assert!(odd.unwrap().take("r/x[1].txt"));
    }
}
