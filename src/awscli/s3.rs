//! `aws s3 …`: the AWS CLI's own commands over S3.

mod bucket;
mod options;

use std::ops::Range;

use serde_json::{Map, Value};

pub(crate) use self::bucket::bad_bucket;
use self::bucket::{Place, split};
use self::options::{MEMBERS, REFUSED, table};
pub(crate) use self::options::{SUBCOMMANDS, options};
use super::args;
use super::commands::{Line, Subcommand, unknown_options};
use super::error::{ErrorKind, ParseError};
use super::input::{self, Loaded};
use super::shell::Word;
use super::{python, shorthand};

/// One of the `aws s3` commands.
#[derive(Debug, Clone, PartialEq)]
pub enum S3 {
    /// `s3 ls`.
    Ls(Ls),
    /// `s3 cp`.
    Cp(Box<Transfer>),
    /// `s3 mv`.
    Mv(Box<Transfer>),
    /// `s3 sync`.
    Sync(Box<Transfer>),
    /// `s3 rm`.
    Rm(Rm),
    /// `s3 mb`.
    Mb(Mb),
    /// `s3 rb`.
    Rb(Rb),
    /// `s3 presign`.
    Presign(Presign),
    /// `s3 website`.
    Website(Website),
}

/// A name that the AWS CLI takes for a bucket: one, or the ARN of an access point.
pub type Bucket = String;

/// `s3://bucket/key`, or a prefix of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct S3Uri {
    /// The bucket.
    pub bucket: Bucket,
    /// The key or prefix, empty where only a bucket was named.
    pub key: String,
}

/// One end of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file or folder.
    Local(String),
    /// An object or a prefix of keys.
    S3(S3Uri),
    /// `-`: standard input or output.
    Stream,
}

/// `s3 ls`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ls {
    /// What to list; all buckets where there is none.
    pub uri: Option<S3Uri>,
    /// `--recursive`.
    pub recursive: bool,
    /// `--page-size`.
    pub page_size: Option<i64>,
    /// `--human-readable`.
    pub human_readable: bool,
    /// `--summarize`.
    pub summarize: bool,
    /// `--request-payer`.
    pub request_payer: Option<String>,
    /// `--bucket-name-prefix`.
    pub bucket_name_prefix: Option<String>,
    /// `--bucket-region`.
    pub bucket_region: Option<String>,
}

/// `--include` or `--exclude`; of several that fit, the last decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Whether what fits is taken.
    pub include: bool,
    /// A pattern with `*`, `?` and `[…]`, below the source.
    pub pattern: String,
}

/// `s3 cp`, `s3 mv` and `s3 sync`.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// From where.
    pub source: Target,
    /// To where.
    pub target: Target,
    /// The two paths as written, a bucket alone with a slash behind it.
    pub paths: [String; 2],
    /// `--recursive`; always so with `sync`.
    pub recursive: bool,
    /// `--dryrun`.
    pub dryrun: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--only-show-errors`; always so with a stream.
    pub only_show_errors: bool,
    /// `--no-progress` was not given.
    pub progress: bool,
    /// `--include` and `--exclude`, in order.
    pub filters: Vec<Filter>,
    /// `--no-follow-symlinks` was not given.
    pub follow_symlinks: bool,
    /// `--no-guess-mime-type` was not given.
    pub guess_mime_type: bool,
    /// `--no-overwrite`.
    pub no_overwrite: bool,
    /// `--page-size`.
    pub page_size: Option<i64>,
    /// `--source-region`.
    pub source_region: Option<String>,
    /// `--copy-props`: `none`, `metadata-directive`, `default` or `all`.
    pub copy_props: String,
    /// `sync --delete`.
    pub delete: bool,
    /// `sync --size-only`.
    pub size_only: bool,
    /// `sync --exact-timestamps`.
    pub exact_timestamps: bool,
    /// The options that are members of PutObject, CopyObject and GetObject, by member name:
    /// `ACL`, `StorageClass`, `ServerSideEncryption`, `SSEKMSKeyId`, `WebsiteRedirectLocation`,
    /// `ContentType`, `CacheControl`, `ContentDisposition`, `ContentEncoding`, `ContentLanguage`,
    /// `Expires`, `Metadata`, `MetadataDirective`, `RequestPayer`, `ChecksumMode`,
    /// `ChecksumAlgorithm`, `GrantRead`, `GrantReadACP`, `GrantWriteACP`, `GrantFullControl`.
    pub members: Map<String, Value>,
}

/// `s3 rm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rm {
    /// What to remove.
    pub uri: S3Uri,
    /// `--recursive`.
    pub recursive: bool,
    /// `--dryrun`.
    pub dryrun: bool,
    /// `--quiet`.
    pub quiet: bool,
    /// `--only-show-errors`.
    pub only_show_errors: bool,
    /// `--include` and `--exclude`, in order.
    pub filters: Vec<Filter>,
    /// `--page-size`.
    pub page_size: Option<i64>,
    /// `--request-payer`.
    pub request_payer: Option<String>,
}

/// `s3 mb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mb {
    /// The path as written.
    pub path: String,
    /// The bucket.
    pub bucket: Bucket,
    /// `--tags KEY VALUE`, each.
    pub tags: Vec<(String, String)>,
}

/// `s3 rb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rb {
    /// The path as written.
    pub path: String,
    /// The bucket.
    pub bucket: Bucket,
    /// `--force`: removes what is in it first.
    pub force: bool,
}

/// `s3 website`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Website {
    /// The bucket.
    pub bucket: Bucket,
    /// `--index-document`.
    pub index_document: Option<String>,
    /// `--error-document`.
    pub error_document: Option<String>,
}

/// `s3 presign`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presign {
    /// The object.
    pub uri: S3Uri,
    /// `--expires-in`, in seconds.
    pub expires_in: i64,
}

/// What stands behind `aws s3`.
pub(crate) enum Parsed {
    /// A command.
    Command(S3),
    /// `help`, and of what.
    Help(Vec<String>),
}

/// Reads the words behind `aws s3`.
pub(crate) fn parse(line: Line<'_>, words: &[Word]) -> Result<Parsed, ParseError> {
    let choices = SUBCOMMANDS.map(str::to_owned);
    let (name, rest) = match line.subcommand(&choices, words, &["s3"])? {
        Subcommand::Help => return Ok(Parsed::Help(vec!["s3".into()])),
        Subcommand::Named(name, rest) => (name, rest),
    };
    if let [only] = rest.as_slice()
        && only.text == "help"
    {
        return Ok(Parsed::Help(vec!["s3".into(), name.text]));
    }
    let parsed = args::parse(&table(&name.text), &rest, line.end)?;
    if !parsed.rest.is_empty() {
        return Err(unknown_options(&parsed.rest, ","));
    }
    let reading = Reading {
        line,
        command: name.text,
        parsed,
    };
    let command = match reading.command.as_str() {
        "ls" => reading.ls().map(S3::Ls),
        "rm" => reading.rm().map(S3::Rm),
        "mb" => reading.mb().map(S3::Mb),
        "rb" => reading.rb().map(S3::Rb),
        "presign" => reading.presign().map(S3::Presign),
        "website" => reading.website().map(S3::Website),
        "cp" => reading.transfer().map(Box::new).map(S3::Cp),
        "mv" => reading.transfer().map(Box::new).map(S3::Mv),
        _ => reading.transfer().map(Box::new).map(S3::Sync),
    };
    command.map(Parsed::Command)
}

struct Reading<'a> {
    line: Line<'a>,
    command: String,
    parsed: args::Parsed,
}

impl Reading<'_> {
    fn at(&self, dest: &str) -> Range<usize> {
        self.parsed
            .span(dest)
            .unwrap_or(self.line.end..self.line.end)
    }

    fn flag(&self, dest: &str) -> bool {
        self.parsed.flag(dest) == Some(true)
    }

    fn text(&self, dest: &str) -> Result<Option<String>, ParseError> {
        let Some(word) = self.parsed.word(dest) else {
            return Ok(None);
        };
        match input::load(&word.text, self.line.files) {
            Ok(None) => Ok(Some(word.text.clone())),
            Ok(Some(Loaded::Text(text))) => Ok(Some(text)),
            Ok(Some(Loaded::Bytes(bytes))) => Ok(Some(String::from_utf8_lossy(&bytes).into())),
            Err(message) => Err(ParseError::parsing(
                &format!("--{dest}"),
                &message,
                word.span.clone(),
            )),
        }
    }

    fn number(&self, dest: &str) -> Result<Option<i64>, ParseError> {
        let Some(text) = self.text(dest)? else {
            return Ok(None);
        };
        python::int(&text).map(Some).ok_or_else(|| {
            let shown = python::repr_str(&text);
            let message = format!("invalid literal for int() with base 10: {shown}");
            ParseError::general(message, self.at(dest))
        })
    }

    fn filters(&self) -> Vec<Filter> {
        let uses = self.parsed.uses.iter();
        uses.filter_map(|(name, words)| {
            let include = match name.as_str() {
                "--include" => true,
                "--exclude" => false,
                _ => return None,
            };
            let pattern = words.first()?.text.clone();
            Some(Filter { include, pattern })
        })
        .collect()
    }

    fn ls(&self) -> Result<Ls, ParseError> {
        let path = self.text("paths")?.unwrap_or_default();
        let uri = self.uri(&path, "paths")?;
        if let Some(message) = bad_bucket(&uri.bucket).filter(|_| !uri.bucket.is_empty()) {
            return Err(ParseError::parameter(message, self.at("paths")));
        }
        Ok(Ls {
            uri: (!uri.bucket.is_empty()).then_some(uri),
            recursive: self.flag("recursive"),
            page_size: self.number("page-size")?,
            human_readable: self.flag("human-readable"),
            summarize: self.flag("summarize"),
            request_payer: self.text("request-payer")?,
            bucket_name_prefix: self.text("bucket-name-prefix")?,
            bucket_region: self.text("bucket-region")?,
        })
    }

    fn rm(&self) -> Result<Rm, ParseError> {
        let path = self.text("paths")?.unwrap_or_default();
        if !path.starts_with("s3://") {
            return Err(self.wrong_paths("<S3Uri>"));
        }
        Ok(Rm {
            uri: self.uri(&path, "paths")?,
            recursive: self.flag("recursive"),
            dryrun: self.flag("dryrun"),
            quiet: self.flag("quiet"),
            only_show_errors: self.flag("only-show-errors"),
            filters: self.filters(),
            page_size: self.number("page-size")?,
            request_payer: self.text("request-payer")?,
        })
    }

    /// The bucket of `mb` and `rb`, whose path is one.
    fn path(&self) -> Result<(String, S3Uri), ParseError> {
        let path = self.text("path")?.unwrap_or_default();
        if !path.starts_with("s3://") {
            let message = "<S3Uri>\nError: Invalid argument type";
            let error = ParseError::parameter(message, self.at("path"));
            return Err(error.hinted(Some("write s3:// before the name of the bucket")));
        }
        let uri = self.uri(&path, "path")?;
        if uri.bucket.ends_with("--x-s3") {
            let message = format!(
                "Cannot use {} command with a directory bucket.",
                self.command
            );
            return Err(ParseError::parameter(message, self.at("path")));
        }
        Ok((path, uri))
    }

    fn mb(&self) -> Result<Mb, ParseError> {
        let (path, uri) = self.path()?;
        let words = self.parsed.words("tags").unwrap_or_default();
        let tags = words.chunks_exact(2).filter_map(|pair| match pair {
            [key, value] => Some((key.text.clone(), value.text.clone())),
            _ => None,
        });
        Ok(Mb {
            path,
            bucket: uri.bucket,
            tags: tags.collect(),
        })
    }

    fn rb(&self) -> Result<Rb, ParseError> {
        let (path, uri) = self.path()?;
        if !uri.key.is_empty() {
            let message = format!(
                "Please specify a valid bucket name only. E.g. s3://{}",
                uri.bucket
            );
            return Err(ParseError::parameter(message, self.at("path")));
        }
        Ok(Rb {
            path,
            bucket: uri.bucket,
            force: self.flag("force"),
        })
    }

    fn presign(&self) -> Result<Presign, ParseError> {
        let path = self.text("path")?.unwrap_or_default();
        let uri = self.uri(&path, "path")?;
        for (name, value) in [("Bucket", &uri.bucket), ("Key", &uri.key)] {
            if value.is_empty() && name == "Key" {
                let message = "Parameter validation failed:\nInvalid length for parameter Key, \
                               value: 0, valid min length: 1";
                return Err(ParseError::parameter(message, self.at("path")));
            }
            if let Some(message) = bad_bucket(value).filter(|_| name == "Bucket") {
                return Err(ParseError::parameter(message, self.at("path")));
            }
        }
        Ok(Presign {
            uri,
            expires_in: self.number("expires-in")?.unwrap_or(3600),
        })
    }

    fn website(&self) -> Result<Website, ParseError> {
        let words = self.parsed.words("paths").unwrap_or_default();
        let path = words.first().map_or("", |word| word.text.as_str());
        let bucket = path.strip_prefix("s3://").unwrap_or(path);
        let bucket = bucket.strip_suffix('/').unwrap_or(bucket);
        if let Some(message) = bad_bucket(bucket) {
            return Err(ParseError::parameter(message, self.at("paths")));
        }
        Ok(Website {
            bucket: bucket.to_owned(),
            index_document: self.text("index-document")?,
            error_document: self.text("error-document")?,
        })
    }

    fn transfer(&self) -> Result<Transfer, ParseError> {
        for option in REFUSED {
            if let Some(span) = self.parsed.span(option) {
                let message = format!("rolecall has no `s3 {} --{option}`", self.command);
                let error = ParseError::unsupported(message, span);
                return Err(error.hinted(Some("leave it out, or use the s3api command")));
            }
        }
        let members = self.members()?;
        let words = self.parsed.words("paths").unwrap_or_default();
        let mut paths = words.iter().map(|word| word.text.clone());
        let mut paths = [
            paths.next().unwrap_or_default(),
            paths.next().unwrap_or_default(),
        ];
        for path in &mut paths {
            let only_bucket = path
                .strip_prefix("s3://")
                .is_some_and(|rest| !rest.is_empty() && !rest.contains('/'));
            if only_bucket {
                path.push('/');
            }
        }
        let [source, target] = [self.target(&paths[0])?, self.target(&paths[1])?];
        self.check(&source, &target, &paths)?;
        let stream = source == Target::Stream || target == Target::Stream;
        // No progress is shown, and no part is larger for what is expected: they are read, and that is all.
        self.number("progress-frequency")?;
        if source == Target::Stream
            && let Err(error) = self.number("expected-size")
        {
            let fatal = ErrorKind::Fatal;
            return Err(ParseError::new(fatal, error.message, error.span));
        }
        Ok(Transfer {
            recursive: self.command == "sync" || (self.flag("recursive") && !stream),
            dryrun: self.flag("dryrun"),
            quiet: self.flag("quiet"),
            only_show_errors: self.flag("only-show-errors") || stream,
            progress: self.parsed.flag("progress") != Some(false),
            filters: self.filters(),
            follow_symlinks: self.parsed.flag("follow-symlinks") != Some(false),
            guess_mime_type: self.parsed.flag("guess-mime-type") != Some(false),
            no_overwrite: self.flag("no-overwrite"),
            page_size: self.number("page-size")?,
            source_region: self.text("source-region")?,
            copy_props: self.text("copy-props")?.unwrap_or_else(|| "default".into()),
            delete: self.flag("delete"),
            size_only: self.flag("size-only"),
            exact_timestamps: self.flag("exact-timestamps"),
            members,
            source,
            target,
            paths,
        })
    }

    fn target(&self, path: &str) -> Result<Target, ParseError> {
        Ok(match path {
            "-" => Target::Stream,
            path if path.starts_with("s3://") => Target::S3(self.uri(path, "paths")?),
            path => Target::Local(path.to_owned()),
        })
    }

    fn check(
        &self,
        source: &Target,
        target: &Target,
        paths: &[String; 2],
    ) -> Result<(), ParseError> {
        let refuse = |message: String| Err(ParseError::parameter(message, self.at("paths")));
        let s3 = |end: &Target| matches!(end, Target::S3(_));
        if !s3(source) && !s3(target) {
            return Err(
                self.wrong_paths("<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>")
            );
        }
        let stream = *source == Target::Stream || *target == Target::Stream;
        if stream && (self.command != "cp" || self.flag("recursive")) {
            return refuse(
                "Streaming currently is only compatible with non-recursive cp commands".into(),
            );
        }
        if *target == Target::Stream && self.flag("no-overwrite") {
            return refuse(
                "--no-overwrite parameter is not supported for streaming downloads".into(),
            );
        }
        let [from, to] = paths;
        if self.command == "mv" && s3(source) && s3(target) {
            let base = from.rsplit('/').next().unwrap_or_default();
            if from == to || (to.ends_with('/') && *from == format!("{to}{base}")) {
                return refuse(format!("Cannot mv a file onto itself: {from} - {to}"));
            }
        }
        let form = match (s3(source), s3(target)) {
            (true, true) => "<S3Uri> <S3Uri>",
            (true, false) => "<S3Uri> <LocalPath>",
            _ => "<LocalPath> <S3Uri>",
        };
        let forms = [
            (
                "checksum-algorithm",
                s3(target),
                "<LocalPath> <S3Uri>, <S3Uri> <S3Uri>",
            ),
            ("checksum-mode", !s3(target), "<S3Uri> <LocalPath>"),
        ];
        for (option, fits, allowed) in forms {
            if self.parsed.get(option).is_some() && !fits {
                return refuse(format!(
                    "Expected {option} parameter to be used with one of following path formats: \
                     {allowed}. Instead, received {form}."
                ));
            }
        }
        Ok(())
    }

    fn wrong_paths(&self, usage: &str) -> ParseError {
        let message = format!(
            "usage: aws s3 {} {usage}\nError: Invalid argument type",
            self.command
        );
        let error = ParseError::parameter(message, self.at("paths"));
        error.hinted(Some("write s3:// before the name of a bucket"))
    }

    fn members(&self) -> Result<Map<String, Value>, ParseError> {
        let mut members = Map::new();
        for (option, member) in MEMBERS {
            // The CLI sends nothing for what is empty.
            if let Some(text) = self.text(option)?.filter(|text| !text.is_empty()) {
                members.insert(member.into(), text.into());
            }
        }
        if let Some(text) = self.text("metadata")? {
            members.insert("Metadata".into(), self.metadata(&text)?);
        }
        for word in self.parsed.words("grants").unwrap_or_default() {
            let (member, grantee) = grant(word)?;
            members.insert(member.into(), grantee.into());
        }
        Ok(members)
    }

    /// `--metadata`: shorthand or JSON.
    fn metadata(&self, text: &str) -> Result<Value, ParseError> {
        let failed =
            |message: &str| ParseError::parsing("--metadata", message, self.at("metadata"));
        let value = if text.trim().starts_with(['{', '[']) {
            if !text.trim().starts_with('{') {
                return Err(failed(&format!("Invalid JSON:\n{text}")));
            }
            super::json::loads(text)
                .map_err(|error| failed(&format!("Invalid JSON: {error}\nJSON received: {text}")))?
        } else {
            match shorthand::parse(text, &|_| Ok(None)) {
                Ok(members) => Value::Object(members),
                Err(shorthand::Failure::Syntax(message) | shorthand::Failure::Value(message)) => {
                    return Err(failed(&message));
                }
            }
        };
        let bad = match &value {
            Value::Object(members) => members.iter().find(|(_, value)| !value.is_string()),
            _ => None,
        };
        if let Some((name, value)) = bad {
            let message = format!(
                "Parameter validation failed:\nInvalid type for parameter {name}, value: {}, type: \
                 {}, valid types: <class 'str'>",
                python::str(value),
                python::type_name(value)
            );
            return Err(ParseError::parameter(message, self.at("metadata")));
        }
        Ok(value)
    }

    fn uri(&self, path: &str, dest: &str) -> Result<S3Uri, ParseError> {
        let (bucket, key) = match split(path.strip_prefix("s3://").unwrap_or(path)) {
            Place::Key(bucket, key) => (bucket, key),
            Place::Refused(message) => return Err(ParseError::parameter(message, self.at(dest))),
            Place::AccessPoint => {
                let message = "rolecall has no access points";
                return Err(ParseError::unsupported(message, self.at(dest))
                    .hinted(Some("name a bucket: s3://bucket/key")));
            }
        };
        Ok(S3Uri {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        })
    }
}

/// `--grants Permission=GranteeType=Id`.
fn grant(word: &Word) -> Result<(&'static str, String), ParseError> {
    let fatal = |message: &str| ParseError::new(ErrorKind::Fatal, message, word.span.clone());
    let (permission, grantee) = word
        .text
        .split_once('=')
        .ok_or_else(|| fatal("grants should be of the form permission=principal"))?;
    let member = match permission {
        "read" => "GrantRead",
        "full" => "GrantFullControl",
        "readacl" => "GrantReadACP",
        "writeacl" => "GrantWriteACP",
        _ => {
            let message = "permission must be one of: read|readacl|writeacl|full";
            return Err(fatal(message));
        }
    };
    Ok((member, grantee.to_owned()))
}
