//! One call: sent, caught on the wire, read.

use std::collections::BTreeMap;

use aws_smithy_types::byte_stream::ByteStream;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::failed::{Failed, ServiceFailure};
use super::failure::Failure;
use super::s3_settings::Parts;
use super::wire::{Exchange, Recorder};
use super::{Event, Observer, Session, operations, output};
use crate::awscli::{Globals, bad_bucket, error, validate};
use crate::model::{Operation, Service};

/// A command under way: its session, its options, and what its calls have left so far.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) globals: &'a Globals,
    pub(super) observer: &'a mut dyn Observer,
    /// Request ids of the calls made.
    pub(super) request_ids: Vec<String>,
    /// What was printed on the way.
    pub(super) printed: String,
    /// How much of an object went to standard output, and its beginning.
    pub(super) streamed: (u64, Vec<u8>),
    /// How the source of copies is asked, where it has a region of its own.
    pub(super) source: Option<Globals>,
    /// Whether what is asked is the source.
    pub(super) at_source: bool,
    /// Where buckets are, that turned out to be elsewhere.
    pub(super) regions: BTreeMap<String, String>,
    /// Times are printed as they came.
    pub(super) wire_times: bool,
    /// How large objects are sent.
    pub(super) parts: Parts,
    /// What `--debug` tells.
    pub(super) told: String,
}

/// Bytes of an object on standard output that are kept for the outcome.
const KEPT: usize = 1 << 20;

/// A successful answer.
pub(super) struct Answer {
    pub(super) output: Value,
    pub(super) status: u16,
    /// The body, where it is a stream.
    pub(super) body: Option<ByteStream>,
}

impl Run<'_> {
    /// Prints a piece of standard output as it comes.
    pub(super) fn print(&mut self, text: &str) {
        self.printed.push_str(text);
        self.observer.observe(Event::Printed(text.to_owned()));
    }

    /// Sends a piece of an object to standard output.
    pub(super) fn stream_out(&mut self, piece: bytes::Bytes) {
        let (length, kept) = &mut self.streamed;
        *length += piece.len() as u64;
        let room = KEPT.saturating_sub(kept.len()).min(piece.len());
        kept.extend_from_slice(piece.get(..room).unwrap_or_default());
        self.observer.observe(Event::Streamed(piece));
    }

    /// All that went to standard output, as text.
    pub(super) fn all_printed(self) -> (String, Vec<String>) {
        let (length, kept) = self.streamed;
        let whole = kept.len() as u64 == length;
        let text = match String::from_utf8(kept) {
            Ok(text) if whole => text,
            Ok(_) => format!("({length} bytes)\n"),
            Err(_) => format!("({length} bytes that are no text)\n"),
        };
        (self.printed + &text, self.request_ids)
    }

    /// Makes a call and gives its output.
    ///
    /// # Errors
    ///
    /// What the service or the way to it says.
    pub(super) async fn call(
        &mut self,
        service: Service,
        operation: &Operation,
        input: Map<String, Value>,
    ) -> Result<Value, Failed> {
        self.exchange(service, operation, input)
            .await
            .map(|answer| answer.output)
    }

    /// Makes a call of an operation by name.
    pub(super) async fn named(
        &mut self,
        service: Service,
        operation: &str,
        input: Map<String, Value>,
    ) -> Result<Answer, Failed> {
        let found = service
            .model()
            .operation(operation)
            .ok_or_else(|| Failed::general(format!("there is no operation {operation}")))?;
        self.exchange(service, found, input).await
    }

    /// The same of the source of copies.
    pub(super) async fn of_source(
        &mut self,
        operation: &str,
        input: Map<String, Value>,
    ) -> Result<Answer, Failed> {
        self.at_source = true;
        let answer = self.named(Service::S3, operation, input).await;
        self.at_source = false;
        answer
    }

    /// A call by name with an input that is the caller's, and may be none.
    pub(super) async fn checked(
        &mut self,
        service: Service,
        operation: &str,
        input: Map<String, Value>,
    ) -> Result<Answer, Failed> {
        if let Some(found) = service.model().operation(operation) {
            check_bucket(service, &input)?;
            check(service, found, &input)?;
        }
        self.named(service, operation, input).await
    }

    /// Makes a call and gives its output, status and body.
    pub(super) async fn exchange(
        &mut self,
        service: Service,
        operation: &Operation,
        mut input: Map<String, Value>,
    ) -> Result<Answer, Failed> {
        let listing = matches!(
            operation.name.as_str(),
            "ListObjects" | "ListObjectsV2" | "ListObjectVersions"
        );
        // Keys may hold what XML cannot: the CLI asks for them encoded, and decodes them.
        let encoded = listing && service == Service::S3 && !input.contains_key("EncodingType");
        if encoded {
            input.insert("EncodingType".into(), "url".into());
        }
        if service == Service::S3 {
            as_the_cli_sends(&operation.name, &mut input)?;
            if operation.name == "GetObject"
                && !input.contains_key("ChecksumMode")
                && self.session.route().validates(self.globals)?
            {
                input.insert("ChecksumMode".into(), "ENABLED".into());
            }
        }
        check_bucket(service, &input)?;
        let bucket = input.get("Bucket").and_then(Value::as_str);
        let bucket = bucket.filter(|_| service == Service::S3).map(str::to_owned);
        let known = bucket.as_ref().and_then(|bucket| self.regions.get(bucket));
        let answer = self
            .attempt(service, operation, &input, encoded, known.cloned())
            .await;
        // As the CLI does, a bucket is asked for again where it is.
        match (answer, bucket) {
            (Err((_, Some(region))), Some(bucket))
                if self.regions.get(&bucket) != Some(&region) =>
            {
                self.regions.insert(bucket, region.clone());
                self.attempt(service, operation, &input, encoded, Some(region))
                    .await
                    .map_err(|(failed, _)| failed)
            }
            (answer, _) => answer.map_err(|(failed, _)| failed),
        }
    }

    /// One try, in a region if one is known. A failure may tell in which region the bucket is.
    async fn attempt(
        &mut self,
        service: Service,
        operation: &Operation,
        input: &Map<String, Value>,
        encoded: bool,
        region: Option<String>,
    ) -> Result<Answer, (Failed, Option<String>)> {
        let local = |failed: Failed| (failed, None);
        let source = self.source.as_ref().filter(|_| self.at_source);
        let usual = source.unwrap_or(self.globals);
        let elsewhere = region.map(|region| Globals {
            region: Some(region),
            ..usual.clone()
        });
        let globals = elsewhere.as_ref().unwrap_or(usual);
        let client = self
            .session
            .route()
            .client(globals, service)
            .await
            .map_err(local)?;
        let recorder = Recorder::default();
        let sent = operations::send(&client, &operation.name, input, recorder.clone())
            .map_err(|why| local(Failed::general(format!("{}: {why}", operation.name))))?;
        let result = sent.await;
        let exchanges = recorder.exchanges();
        for exchange in &exchanges {
            if let Some(id) = exchange.request_id() {
                self.request_ids.push(id.to_owned());
            }
            if self.globals.debug {
                self.told.push_str(&exchange.shown().text());
            }
            self.observer
                .observe(Event::Exchange(Box::new(exchange.clone())));
        }
        let last = exchanges.last();
        let (body, failure) = match result {
            Ok(body) => (body, None),
            Err(unmade) => (None, unmade.map(Failure::unmade).or(recorder.failure())),
        };
        let Some((exchange, status)) = last.and_then(|last| Some((last, last.status()?))) else {
            let url = last.map_or("", Exchange::url);
            let failure = failure.unwrap_or(Failure::Closed);
            return Err(local(Failed::of(failure, &as_the_cli_asks(url))));
        };
        if exchange.body().is_none() && body.is_none() {
            // The answer began and did not end.
            let failure = failure.unwrap_or(Failure::Closed);
            return Err(local(Failed::of(failure, exchange.url())));
        }
        let failed = status >= 300 || output::is_hidden_error(&operation.name, exchange);
        if failed {
            let error =
                output::error(service, exchange).map_err(|why| local(Failed::general(why.0)))?;
            let moved = matches!(
                error.code.as_str(),
                "AuthorizationHeaderMalformed" | "PermanentRedirect" | "301" | "400"
            );
            // A bucket that is to be made is nowhere yet: the error itself names the region.
            let named = exchange.header("x-amz-bucket-region").map(str::to_owned);
            let region = named.or_else(|| region_in(exchange)).filter(|_| moved);
            let failed = Failed::Service(Box::new(ServiceFailure {
                operation: operation.name.clone(),
                code: error.code,
                message: error.message,
                details: error.details,
                status,
                head: exchange.is_head(),
            }));
            return Err((failed, region));
        }
        let form = output::Form {
            encoded,
            wire_times: self.wire_times,
        };
        let output = output::parse(service, operation, exchange, form)
            .map_err(|why| local(Failed::general(why.0)))?;
        Ok(Answer {
            output,
            status,
            body,
        })
    }
}

/// The region that the body of an error of S3 names.
fn region_in(exchange: &Exchange) -> Option<String> {
    let body = String::from_utf8_lossy(exchange.body()?);
    let (_, rest) = body.split_once("<Region>")?;
    let (region, _) = rest.split_once("</Region>")?;
    Some(region.to_owned())
}

/// Checks the name of a bucket, which is looked at before all else of an input.
fn check_bucket(service: Service, input: &Map<String, Value>) -> Result<(), Failed> {
    let bucket = input.get("Bucket").and_then(Value::as_str);
    match bucket
        .filter(|_| service == Service::S3)
        .and_then(bad_bucket)
    {
        None => Ok(()),
        Some(message) => {
            let exit = error::EXIT_PARAMETER;
            Err(Failed::local(Some("ParamValidation"), message, exit))
        }
    }
}

/// Checks an input as the AWS CLI does before it is sent.
///
/// # Errors
///
/// Its words for all that is wrong.
pub(super) fn check(
    service: Service,
    operation: &Operation,
    input: &Map<String, Value>,
) -> Result<(), Failed> {
    let model = service.model();
    let report = model
        .input(operation)
        .map(|shape| validate::report(model, shape, input))
        .unwrap_or_default();
    if report.is_empty() {
        return Ok(());
    }
    Err(Failed::local(
        Some("ParamValidation"),
        format!("Parameter validation failed:\n{}", report.join("\n")),
        error::EXIT_PARAMETER,
    ))
}

/// What stays as it is in the header that names the source of a copy.
pub(super) const COPY_SOURCE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The source of a copy as it was typed, quoted as botocore quotes it: a key is written as it is, and a
/// version may follow.
pub(super) fn quoted_source(typed: &str) -> String {
    let version = typed
        .find("?versionId=")
        .filter(|at| {
            let id = typed.get(at + "?versionId=".len()..).unwrap_or_default();
            !id.is_empty() && !id.contains(char::is_whitespace)
        })
        .unwrap_or(typed.len());
    let (source, version) = typed.split_at_checked(version).unwrap_or((typed, ""));
    format!("{}{version}", utf8_percent_encode(source, COPY_SOURCE))
}

/// A URL without the parameter by which the SDK tells operations apart.
pub(super) fn as_the_cli_asks(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|part| !part.starts_with("x-id="))
        .collect();
    if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", kept.join("&"))
    }
}

/// The checksums that the AWS CLI computes, by the names of their algorithms.
const COMPUTED: [&str; 9] = [
    "crc64nvme",
    "crc32c",
    "crc32",
    "sha1",
    "sha256",
    "sha512",
    "xxhash64",
    "xxhash3",
    "xxhash128",
];

/// What the CLI leaves to S3, and the SDK would fill in, or the other way round: the type of an
/// object whose type is not given, and the algorithm of its checksum.
///
/// # Errors
///
/// The CLI's words for metadata that no header can hold, and for an algorithm that it does not know.
fn as_the_cli_sends(operation: &str, input: &mut Map<String, Value>) -> Result<(), Failed> {
    if operation == "PutObject" {
        // What S3 itself takes where none is sent.
        input
            .entry("ContentType")
            .or_insert_with(|| "binary/octet-stream".into());
    }
    let metadata = input.get("Metadata").and_then(Value::as_object);
    for (key, value) in metadata.into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        if !key.is_ascii() || !value.is_ascii() {
            let message = format!(
                "Parameter validation failed:\nNon ascii characters found in S3 metadata for key \
                 \"{key}\", value: \"{value}\".  \nS3 metadata can only contain ASCII characters. "
            );
            let exit = error::EXIT_PARAMETER;
            return Err(Failed::local(Some("ParamValidation"), message, exit));
        }
    }
    let algorithm = input.get("ChecksumAlgorithm").and_then(Value::as_str);
    let algorithm = algorithm.map(str::to_lowercase);
    let given = input
        .keys()
        .any(|name| name.starts_with("Checksum") && name != "ChecksumAlgorithm");
    // Copies and uploads in parts say what S3 is to compute.
    let computes = !matches!(operation, "CopyObject" | "CreateMultipartUpload");
    if let Some(algorithm) = algorithm.filter(|_| computes && !given)
        && !COMPUTED.contains(&algorithm.as_str())
    {
        return Err(Failed::general(format!(
            "Unsupported checksum algorithm: {algorithm}"
        )));
    }
    let checked = input
        .keys()
        .any(|name| name.starts_with("Checksum") || name == "ContentMD5");
    if matches!(operation, "PutObject" | "UploadPart") && !checked {
        input.insert("ChecksumAlgorithm".into(), "CRC64NVME".into());
    }
    Ok(())
}
