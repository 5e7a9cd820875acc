//! The bytes of one object: up, down, across, and through standard input and output.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::super::call::{COPY_SOURCE, Run};
use super::super::execute::Done;
use super::super::failed::Failed;
use super::super::s3_files::content_type;
use super::{Item, Tally, end, fitting, io_failed, object};
use crate::awscli::{Target, Transfer};
use crate::model::Service;

/// What a copy takes along from its source.
const PROPERTIES: [&str; 7] = [
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
];
/// What is not quoted in a header with tags.
const TAGGING: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The longest header with tags, in bytes; more are set when the object is there.
const LONGEST_TAGGING: usize = 2048;
/// How many parts an object may have.
const MOST_PARTS: u64 = 10_000;

/// A part as the completion of its object names it.
fn sent_part(answer: &Value, number: u64, members: &Map<String, Value>) -> Value {
    let mut sent = Map::new();
    // S3 compares them with those of the upload, which has some only where it was begun with an algorithm.
    let sums = members.contains_key("ChecksumAlgorithm");
    for (name, value) in answer.as_object().into_iter().flatten() {
        let is_sum = name.starts_with("Checksum") && name != "ChecksumType";
        if name == "ETag" || sums && is_sum {
            sent.insert(name.clone(), value.clone());
        }
    }
    sent.insert("PartNumber".into(), number.into());
    Value::Object(sent)
}

/// Tags as a header has them.
fn header_of(tags: &[Value]) -> String {
    let quoted = |tag: &Value, name: &str| {
        let text = tag.get(name).and_then(Value::as_str).unwrap_or_default();
        utf8_percent_encode(text, TAGGING).to_string()
    };
    let pairs: Vec<String> = tags
        .iter()
        .map(|tag| format!("{}={}", quoted(tag, "Key"), quoted(tag, "Value")))
        .collect();
    pairs.join("&")
}

impl Run<'_> {
    pub(super) async fn upload(
        &mut self,
        transfer: &Transfer,
        item: &Item,
        to: &str,
    ) -> Result<(), Failed> {
        // What a folder that is no `--recursive` has for a name.
        if to.ends_with('/') && to.find('/') == to.rfind('/') {
            return Err(Failed::general(
                "Parameter validation failed:\nInvalid length for parameter Key, value: 0, valid min \
                 length: 1",
            ));
        }
        let mut file =
            std::fs::File::open(&item.path).map_err(|why| io_failed(&item.path, &why))?;
        let mut members = transfer.members.clone();
        if transfer.guess_mime_type
            && !members.contains_key("ContentType")
            && let Some(guessed) = content_type(&item.path)
        {
            members.insert("ContentType".into(), guessed.into());
        }
        if transfer.no_overwrite {
            members.insert("IfNoneMatch".into(), "*".into());
        }
        let mut first = Vec::new();
        Read::by_ref(&mut file)
            .take(self.parts.threshold as u64)
            .read_to_end(&mut first)
            .map_err(|why| io_failed(&item.path, &why))?;
        if first.len() < self.parts.threshold {
            return self.put(&members, to, &first).await;
        }
        let mut whole = std::io::Cursor::new(first).chain(file);
        let mut read = |limit: usize| -> Result<Vec<u8>, Failed> {
            let mut part = Vec::new();
            whole
                .by_ref()
                .take(limit as u64)
                .read_to_end(&mut part)
                .map_err(|why| io_failed(&item.path, &why))?;
            Ok(part)
        };
        let first = read(self.parts.size)?;
        self.put_parts(&members, to, first, &mut read).await
    }

    pub(super) async fn put(
        &mut self,
        members: &Map<String, Value>,
        to: &str,
        body: &[u8],
    ) -> Result<(), Failed> {
        let mut input = object(to);
        input.extend(fitting("PutObject", members));
        input.insert("Body".into(), STANDARD.encode(body).into());
        self.checked(Service::S3, "PutObject", input)
            .await
            .map(drop)
    }

    pub(super) async fn put_parts(
        &mut self,
        members: &Map<String, Value>,
        to: &str,
        first: Vec<u8>,
        read: &mut (dyn FnMut(usize) -> Result<Vec<u8>, Failed> + Send),
    ) -> Result<(), Failed> {
        let mut input = object(to);
        input.extend(fitting("CreateMultipartUpload", members));
        let upload = self.begin_parts(to, input).await?;
        let sent = self.send_parts(members, &upload, first, read).await;
        self.end_parts(upload, sent).await
    }

    /// Begins an object of several parts. Gives what names it to each further call.
    async fn begin_parts(
        &mut self,
        to: &str,
        input: Map<String, Value>,
    ) -> Result<Map<String, Value>, Failed> {
        let answer = self
            .checked(Service::S3, "CreateMultipartUpload", input)
            .await?;
        let id = answer.output.get("UploadId").cloned().unwrap_or_default();
        let mut upload = object(to);
        upload.insert("UploadId".into(), id);
        Ok(upload)
    }

    async fn end_parts(
        &mut self,
        upload: Map<String, Value>,
        sent: Result<(), Failed>,
    ) -> Result<(), Failed> {
        if sent.is_err() {
            // Parts that stay would cost: the CLI takes them back too.
            drop(
                self.named(Service::S3, "AbortMultipartUpload", upload)
                    .await,
            );
        }
        sent
    }

    pub(super) async fn send_parts(
        &mut self,
        members: &Map<String, Value>,
        upload: &Map<String, Value>,
        first: Vec<u8>,
        read: &mut (dyn FnMut(usize) -> Result<Vec<u8>, Failed> + Send),
    ) -> Result<(), Failed> {
        let mut parts: Vec<Value> = Vec::new();
        let mut part = first;
        while !part.is_empty() {
            let number = parts.len() + 1;
            let mut input = upload.clone();
            input.extend(fitting("UploadPart", members));
            input.insert("PartNumber".into(), number.into());
            input.insert("Body".into(), STANDARD.encode(&part).into());
            let answer = self.named(Service::S3, "UploadPart", input).await?;
            parts.push(sent_part(&answer.output, number as u64, members));
            part = read(self.parts.size)?;
        }
        let mut input = upload.clone();
        input.extend(fitting("CompleteMultipartUpload", members));
        input.insert("MultipartUpload".into(), json!({ "Parts": parts }));
        self.named(Service::S3, "CompleteMultipartUpload", input)
            .await
            .map(drop)
    }

    pub(super) async fn download(
        &mut self,
        transfer: &Transfer,
        item: &Item,
        to: &str,
    ) -> Result<(), Failed> {
        let mut input = object(&item.path);
        input.extend(fitting("GetObject", &transfer.members));
        let answer = self.named(Service::S3, "GetObject", input).await?;
        let target = PathBuf::from(to);
        let folder = target.parent().unwrap_or(Path::new("."));
        let failed = |why: &std::io::Error| io_failed(to, why);
        let shown = folder.to_string_lossy();
        if !folder.exists() {
            std::fs::create_dir_all(folder).map_err(|why| {
                let why = io_failed(&shown, &why).text();
                Failed::general(format!("Could not create directory {shown}: {why}"))
            })?;
        }
        // A device or a pipe is written to, and stays what it is.
        if is_special(&target) {
            let mut device = std::fs::OpenOptions::new().write(true).open(&target);
            let device = device.as_mut().map_err(|why| failed(why))?;
            return pour(answer.body, device, failed).await;
        }
        // A partial download never takes the place of the file.
        let mut file = tempfile::Builder::new()
            .prefix(".rolecall-")
            .tempfile_in(folder)
            .map_err(|why| failed(&why))?;
        pour(answer.body, &mut file, failed).await?;
        if let Some(modified) = item.modified
            && let Ok(modified) = std::time::SystemTime::try_from(modified)
        {
            file.as_file()
                .set_modified(modified)
                .map_err(|why| failed(&why))?;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::Permissions::from_mode(0o644);
            file.as_file()
                .set_permissions(mode)
                .map_err(|why| failed(&why))?;
        }
        file.persist(&target)
            .map(drop)
            .map_err(|why| failed(&why.error))
    }

    pub(super) async fn copy(
        &mut self,
        transfer: &Transfer,
        item: &Item,
        to: &str,
    ) -> Result<(), Failed> {
        let in_parts = item.size >= self.parts.threshold as u64;
        let mut members = transfer.members.clone();
        // With a directive, what the source has is the caller's business.
        let directed = members.contains_key("MetadataDirective");
        if !directed {
            self.take_along(transfer, item, &mut members, in_parts)
                .await?;
        }
        let source = utf8_percent_encode(&item.path, COPY_SOURCE).to_string();
        members.insert("CopySource".into(), source.into());
        if transfer.no_overwrite {
            members.insert("IfNoneMatch".into(), "*".into());
        }
        if in_parts {
            let tags = !directed && transfer.copy_props == "default";
            return self.copy_parts(&members, item, to, tags).await;
        }
        let mut input = object(to);
        input.extend(fitting("CopyObject", &members));
        self.checked(Service::S3, "CopyObject", input)
            .await
            .map(drop)
    }

    /// Adds what a copy has of its source.
    async fn take_along(
        &mut self,
        transfer: &Transfer,
        item: &Item,
        members: &mut Map<String, Value>,
        in_parts: bool,
    ) -> Result<(), Failed> {
        let says = PROPERTIES.iter().any(|name| members.contains_key(*name));
        if transfer.copy_props == "none" {
            members.insert("MetadataDirective".into(), "REPLACE".into());
        } else if in_parts || says {
            // Neither an object of parts nor one with a property of its own takes the others along.
            let head = self.of_source("HeadObject", object(&item.path)).await?;
            for name in PROPERTIES {
                if let (false, Some(value)) = (members.contains_key(name), head.output.get(name)) {
                    members.insert(name.into(), value.clone());
                }
            }
            members.insert("MetadataDirective".into(), "REPLACE".into());
        }
        if transfer.copy_props != "default" {
            members.insert("TaggingDirective".into(), "REPLACE".into());
        }
        Ok(())
    }

    async fn copy_parts(
        &mut self,
        members: &Map<String, Value>,
        item: &Item,
        to: &str,
        tags: bool,
    ) -> Result<(), Failed> {
        let mut input = object(to);
        input.extend(fitting("CreateMultipartUpload", members));
        let mut late = None;
        if tags {
            let from = object(&item.path);
            let answer = self.of_source("GetObjectTagging", from).await?;
            let tags = answer.output.get("TagSet").and_then(Value::as_array);
            let header = tags.map(|tags| header_of(tags)).unwrap_or_default();
            if header.len() > LONGEST_TAGGING {
                late = Some(json!({ "TagSet": tags }));
            } else if !header.is_empty() {
                input.insert("Tagging".into(), header.into());
            }
        }
        let upload = self.begin_parts(to, input).await?;
        let sent = self.send_copies(members, &upload, item.size).await;
        self.end_parts(upload, sent).await?;
        if let Some(tagging) = late {
            let mut input = object(to);
            input.insert("Tagging".into(), tagging);
            self.named(Service::S3, "PutObjectTagging", input).await?;
        }
        Ok(())
    }

    async fn send_copies(
        &mut self,
        members: &Map<String, Value>,
        upload: &Map<String, Value>,
        size: u64,
    ) -> Result<(), Failed> {
        let mut each = self.parts.size as u64;
        while size.div_ceil(each) > MOST_PARTS {
            each *= 2;
        }
        let mut parts: Vec<Value> = Vec::new();
        for number in 1..=size.div_ceil(each) {
            let begins = (number - 1) * each;
            let ends = (begins + each).min(size) - 1;
            let mut input = upload.clone();
            input.extend(fitting("UploadPartCopy", members));
            input.insert("PartNumber".into(), number.into());
            input.insert(
                "CopySourceRange".into(),
                format!("bytes={begins}-{ends}").into(),
            );
            let answer = self.named(Service::S3, "UploadPartCopy", input).await?;
            let made = answer.output.get("CopyPartResult");
            let made = made.unwrap_or(&Value::Null);
            parts.push(sent_part(made, number, members));
        }
        let mut input = upload.clone();
        input.extend(fitting("CompleteMultipartUpload", members));
        input.insert("MultipartUpload".into(), json!({ "Parts": parts }));
        self.named(Service::S3, "CompleteMultipartUpload", input)
            .await
            .map(drop)
    }

    /// `s3 cp` from standard input or to standard output.
    pub(super) async fn stream(&mut self, transfer: &Transfer) -> Result<Done, Failed> {
        let mut tally = Tally::default();
        let [from_written, to_written] = &transfer.paths;
        if transfer.dryrun {
            let line = match (&transfer.source, &transfer.target) {
                (Target::S3(from), _) => {
                    format!("download: s3://{} to -", end(from, false, from_written))
                }
                (_, Target::S3(to)) => {
                    format!("upload: - to s3://{}", end(to, false, to_written))
                }
                _ => String::new(),
            };
            if !transfer.quiet {
                self.print(&format!("(dryrun) {line}\n"));
            }
            return tally.done();
        }
        match (&transfer.source, &transfer.target) {
            (Target::Stream, Target::S3(to)) => {
                let read = tokio::task::spawn_blocking(|| {
                    let mut body = Vec::new();
                    std::io::Read::read_to_end(&mut std::io::stdin(), &mut body).map(|_| body)
                });
                let body = read
                    .await
                    .map_err(|why| Failed::general(why.to_string()))?
                    .map_err(|why| io_failed("-", &why))?;
                let mut to = end(to, false, to_written);
                // As the CLI does, the object has the stream's own name below a folder.
                if to.ends_with('/') {
                    to.push('-');
                }
                let mut rest = body.chunks(self.parts.size).map(<[u8]>::to_vec);
                let sent = if body.len() < self.parts.threshold {
                    self.put(&transfer.members, &to, &body).await
                } else {
                    let first = rest.next().unwrap_or_default();
                    let mut read = |_| Ok(rest.next().unwrap_or_default());
                    self.put_parts(&transfer.members, &to, first, &mut read)
                        .await
                };
                if let Err(why) = sent {
                    tally.failed(
                        transfer.quiet,
                        &format!("upload failed: - to s3://{to}"),
                        why,
                    );
                }
            }
            (Target::S3(from), Target::Stream) => {
                let from = end(from, false, from_written);
                let done = self.object_out(&from, transfer).await;
                if let Err(why) = done {
                    let line = format!("download failed: s3://{from} to -");
                    tally.failed(transfer.quiet, &line, why);
                }
            }
            _ => {
                return Err(Failed::general(
                    "Streaming currently is only compatible with non-recursive cp commands",
                ));
            }
        }
        tally.done()
    }

    /// Sends an object to standard output as it comes. As the CLI does, its size is asked first.
    pub(super) async fn object_out(
        &mut self,
        from: &str,
        transfer: &Transfer,
    ) -> Result<(), Failed> {
        let mut input = object(from);
        input.extend(fitting("HeadObject", &transfer.members));
        self.named(Service::S3, "HeadObject", input).await?;
        let mut input = object(from);
        input.extend(fitting("GetObject", &transfer.members));
        let answer = self.named(Service::S3, "GetObject", input).await?;
        let Some(mut body) = answer.body else {
            return Ok(());
        };
        while let Some(piece) = body.next().await {
            self.stream_out(piece.map_err(|why| Failed::general(why.to_string()))?);
        }
        Ok(())
    }
}

/// Whether a path names something that is no file and no folder: a device, a pipe.
fn is_special(path: &Path) -> bool {
    let found = std::fs::metadata(path);
    found.is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Writes a body as it comes.
async fn pour(
    body: Option<ByteStream>,
    to: &mut impl Write,
    failed: impl Fn(&std::io::Error) -> Failed,
) -> Result<(), Failed> {
    let Some(mut body) = body else {
        return Ok(());
    };
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|why| Failed::general(why.to_string()))?;
        to.write_all(&chunk).map_err(|why| failed(&why))?;
    }
    Ok(())
}
