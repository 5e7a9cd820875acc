//! What the AWS CLI takes for a bucket.

use std::sync::LazyLock;

use regex::Regex;

/// A bucket's name, or the ARN of an access point.
const BUCKET: &str = r"^(?:[a-zA-Z0-9.\-_]{1,255}|arn:aws.*:(?:s3|s3-object-lambda):[a-z\-0-9]*:[0-9]{12}:accesspoint[/:][a-zA-Z0-9\-.]{1,63}|arn:aws.*:s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\-]{1,63})$";

/// A path below an access point.
const ACCESS_POINT: &str = r"^arn:aws.*:(?:s3:[a-z\-0-9]*:[0-9]{12}:accesspoint[:/][^/]+|s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\-]{1,63})";

/// A path below the access point of a function.
const OBJECT_LAMBDA: &str =
    r"^arn:aws.*:s3-object-lambda:[a-z\-0-9]+:[0-9]{12}:accesspoint[/:][a-zA-Z0-9\-]{1,63}";

/// A path below a bucket on an outpost.
const OUTPOST: &str = r"^arn:aws.*:s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]bucket[/:][a-zA-Z0-9\-]{1,63}";

fn fits(pattern: &'static LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}

/// What stands in the place of a bucket and its key.
pub(super) enum Place<'a> {
    /// A bucket and a key, split at the first slash.
    Key(&'a str, &'a str),
    /// An access point.
    AccessPoint,
    /// What the AWS CLI says that its `s3` commands do not support.
    Refused(&'static str),
}

/// Splits a path without its `s3://`.
pub(super) fn split(path: &str) -> Place<'_> {
    static ACCESS_POINTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ACCESS_POINT).ok());
    static OBJECT_LAMBDAS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(OBJECT_LAMBDA).ok());
    static OUTPOSTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(OUTPOST).ok());
    if fits(&OBJECT_LAMBDAS, path) {
        return Place::Refused(
            "s3 commands do not support S3 Object Lambda resources. Use s3api commands instead.",
        );
    }
    if fits(&OUTPOSTS, path) {
        return Place::Refused(
            "s3 commands do not support Outpost Bucket ARNs. Use s3control commands instead.",
        );
    }
    if fits(&ACCESS_POINTS, path) {
        return Place::AccessPoint;
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    Place::Key(bucket, key)
}

/// botocore's complaint about a name that can be no bucket's.
pub(crate) fn bad_bucket(name: &str) -> Option<String> {
    static BUCKETS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(BUCKET).ok());
    if fits(&BUCKETS, name) {
        return None;
    }
    Some(format!(
        "Parameter validation failed:\nInvalid bucket name \"{name}\": Bucket name must match the \
         regex \"^[a-zA-Z0-9.\\-_]{{1,255}}$\" or be an ARN matching the regex \
         \"^arn:(aws).*:(s3|s3-object-lambda):[a-z\\-0-9]*:[0-9]{{12}}:accesspoint[/:][a-zA-Z0-9\\-.]{{1,63}}$\
         |^arn:(aws).*:s3-outposts:[a-z\\-0-9]+:[0-9]{{12}}:outpost[/:][a-zA-Z0-9\\-]{{1,63}}[/:]accesspoint[/:][a-zA-Z0-9\\-]{{1,63}}$\""
    ))
}
