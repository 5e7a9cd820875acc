//! What each command of `aws s3` takes.

use super::super::args::{Arg, Count};

/// The subcommands of `aws s3`, in the AWS CLI's order.
pub(crate) const SUBCOMMANDS: [&str; 9] = [
    "ls", "website", "cp", "mv", "rm", "sync", "mb", "rb", "presign",
];

const ACLS: [&str; 8] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];
const STORAGE_CLASSES: [&str; 8] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];
const CHECKSUMS: [&str; 9] = [
    "CRC64NVME",
    "CRC32",
    "SHA256",
    "SHA1",
    "CRC32C",
    "SHA512",
    "XXHASH64",
    "XXHASH3",
    "XXHASH128",
];

/// Options whose value is a member of the API's operations, as it stands.
pub(super) const MEMBERS: [(&str, &str); 15] = [
    ("acl", "ACL"),
    ("sse", "ServerSideEncryption"),
    ("sse-kms-key-id", "SSEKMSKeyId"),
    ("storage-class", "StorageClass"),
    ("website-redirect", "WebsiteRedirectLocation"),
    ("content-type", "ContentType"),
    ("cache-control", "CacheControl"),
    ("content-disposition", "ContentDisposition"),
    ("content-encoding", "ContentEncoding"),
    ("content-language", "ContentLanguage"),
    ("expires", "Expires"),
    ("request-payer", "RequestPayer"),
    ("checksum-mode", "ChecksumMode"),
    ("checksum-algorithm", "ChecksumAlgorithm"),
    ("metadata-directive", "MetadataDirective"),
];

/// Options that the AWS CLI has and rolecall has not.
pub(super) const REFUSED: [&str; 5] = [
    "sse-c",
    "sse-c-key",
    "sse-c-copy-source",
    "sse-c-copy-source-key",
    "case-conflict",
];

fn filter(name: &str) -> Arg {
    Arg {
        dest: "filters".into(),
        ..Arg::option(name).counted(Count::Exactly(1)).appended()
    }
}

fn request_payer() -> Arg {
    let arg = Arg::option("request-payer").choices(&["requester"]);
    arg.constant("requester")
}

fn transfer_table(command: &str) -> Vec<Arg> {
    let mut table = vec![
        Arg::positional("paths").counted(Count::Exactly(2)),
        Arg::flag("dryrun"),
        Arg::flag("quiet"),
        filter("include"),
        filter("exclude"),
        Arg::option("acl").choices(&ACLS),
        Arg::flag("follow-symlinks"),
        Arg::unset("no-follow-symlinks", "follow-symlinks"),
        Arg::unset("no-guess-mime-type", "guess-mime-type"),
        Arg::option("sse")
            .choices(&["AES256", "aws:kms"])
            .constant("AES256"),
        Arg::option("sse-c").choices(&["AES256"]).constant("AES256"),
        Arg::option("sse-c-key"),
        Arg::option("sse-kms-key-id"),
        Arg::option("sse-c-copy-source")
            .choices(&["AES256"])
            .constant("AES256"),
        Arg::option("sse-c-copy-source-key"),
        Arg::option("storage-class").choices(&STORAGE_CLASSES),
        Arg::option("grants").counted(Count::AtLeastOne),
        Arg::option("website-redirect"),
        Arg::option("content-type"),
        Arg::option("cache-control"),
        Arg::option("content-disposition"),
        Arg::option("content-encoding"),
        Arg::option("content-language"),
        Arg::option("expires"),
        Arg::option("source-region"),
        Arg::flag("only-show-errors"),
        Arg::unset("no-progress", "progress"),
        Arg::option("progress-frequency"),
        Arg::flag("progress-multiline"),
        Arg::option("page-size"),
        Arg::flag("ignore-glacier-warnings"),
        Arg::flag("force-glacier-transfer"),
        request_payer(),
        Arg::option("checksum-mode").choices(&["ENABLED"]),
        Arg::option("checksum-algorithm").choices(&CHECKSUMS),
        Arg::option("metadata"),
        Arg::option("copy-props").choices(&["none", "metadata-directive", "default", "all"]),
        Arg::option("metadata-directive").choices(&["COPY", "REPLACE"]),
    ];
    if command == "cp" {
        table.push(Arg::option("expected-size"));
    }
    if command != "sync" {
        table.push(Arg::flag("recursive"));
    }
    if command == "mv" {
        // Two names of one bucket are an access point and its own.
        table.push(Arg::flag("validate-same-s3-paths"));
    }
    table.push(Arg::option("case-conflict").choices(&["ignore", "skip", "warn", "error"]));
    table.push(Arg::flag("no-overwrite"));
    if command == "sync" {
        table.push(Arg::flag("size-only"));
        table.push(Arg::flag("exact-timestamps"));
        table.push(Arg::flag("delete"));
    }
    table
}

/// The options of a command.
pub(super) fn table(command: &str) -> Vec<Arg> {
    match command {
        "ls" => vec![
            Arg::positional("paths").counted(Count::Optional),
            Arg::flag("recursive"),
            Arg::option("page-size"),
            Arg::flag("human-readable"),
            Arg::flag("summarize"),
            request_payer(),
            Arg::option("bucket-name-prefix"),
            Arg::option("bucket-region"),
        ],
        "rm" => vec![
            Arg::positional("paths"),
            Arg::flag("dryrun"),
            Arg::flag("quiet"),
            Arg::flag("recursive"),
            request_payer(),
            filter("include"),
            filter("exclude"),
            Arg::flag("only-show-errors"),
            Arg::option("page-size"),
        ],
        "mb" => vec![
            Arg::positional("path"),
            Arg::option("tags").counted(Count::Exactly(2)).appended(),
        ],
        "rb" => vec![Arg::positional("path"), Arg::flag("force")],
        "presign" => vec![Arg::positional("path"), Arg::option("expires-in")],
        "website" => vec![
            Arg::positional("paths").counted(Count::Exactly(1)),
            Arg::option("index-document"),
            Arg::option("error-document"),
        ],
        transfer => transfer_table(transfer),
    }
}

/// The options of a command behind `aws s3`.
pub(crate) fn options(command: &str) -> Vec<String> {
    let table = table(command);
    table
        .into_iter()
        .filter(Arg::is_option)
        .map(|arg| arg.name)
        .collect()
}
