//! Forms that browsers post to a bucket: an upload whose fields stand in the body, before the file.
//!
//! Such a request is PutObject in other clothes: its fields are the headers, its signature is of a
//! policy that says what may be sent. So a form is read once, proved by its policy, and made as the
//! PutObject that it stands for.
//!
//! Sources: Amazon S3 API Reference, "Authenticating requests in browser-based uploads using POST
//! (AWS Signature Version 4)" and, for version 2, "HTML forms (AWS signature version 2)". The texts are as
//! recorded from S3 unless a comment says otherwise.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;

use super::ClientAddress;
use super::error::AwsError;
use super::wire::route::Route;
use super::wire::sigv4::{ALGORITHM, Problem, Signature};
use super::wire::{encoded_word, rest, xml};
use crate::sigv4::UNRESERVED;

mod multipart;
mod policy;
mod proof;

pub use policy::{Policy, Sent};
pub use proof::{claimed, prove};

type Result<T> = std::result::Result<T, AwsError>;

/// Most bytes of the fields before the file.
const LONGEST_FIELDS: usize = 20_480;
/// Stands in the key for the name of the file.
const FILENAME: &str = "${filename}";

/// Fields that are headers of PutObject under the same name; those that begin with `x-amz-` are too.
const HEADERS: [HeaderName; 6] = [
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_TYPE,
    header::EXPIRES,
    HeaderName::from_static("content-md5"),
];

/// Fields of the signature, as messages name them.
const SIGNED: [&str; 5] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// A form.
#[derive(Debug)]
pub struct Form {
    /// The bucket that it is sent to.
    pub bucket: String,
    /// Who signed its policy; `None` for an anonymous one.
    pub signer: Option<Signer>,
    /// The session's token.
    pub token: Option<String>,
    /// The policy, as it was sent and signed.
    pub policy: String,
    /// The file.
    pub file: Bytes,
    key: String,
    /// The fields before the file, the key with the file's name in it.
    fields: Vec<(String, String)>,
}

/// How a form's policy was signed.
#[derive(Debug)]
pub enum Signer {
    /// With Signature Version 4.
    Four(Box<Signature<'static>>),
    /// With Signature Version 2.
    Two {
        /// Whose key.
        access_key_id: String,
        /// In base64.
        signature: String,
    },
}

impl Signer {
    /// Whose key signed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        match self {
            Self::Four(signature) => &signature.access_key_id,
            Self::Two { access_key_id, .. } => access_key_id,
        }
    }
}

fn argument(text: impl Into<String>, name: &'static str, value: &str) -> AwsError {
    AwsError::new(400, "InvalidArgument", text)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

fn missing(name: &'static str) -> AwsError {
    let text = format!(
        "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    );
    argument(text, name, "")
}

impl Form {
    /// Reads the form of a request, if it is one to a bucket.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    #[must_use]
    pub fn read(parts: &Parts, route: &Route, body: &Bytes) -> Option<Result<Self>> {
        if parts.method != http::Method::POST || parts.uri.query().is_some_and(|it| !it.is_empty())
        {
            return None;
        }
        let target = rest::Target::read(parts, route).ok()?;
        let bucket = target.bucket.filter(|_| target.key.is_none())?;
        Some(Self::of_body(parts, bucket.into_owned(), body))
    }

    fn of_body(parts: &Parts, bucket: String, body: &Bytes) -> Result<Self> {
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.to_ascii_lowercase().starts_with("multipart/form-data") {
            return Err(AwsError::new(
                412,
                "PreconditionFailed",
                "At least one of the pre-conditions you specified did not hold",
            )
            .with(
                "Condition",
                "Bucket POST must be of the enclosure-type multipart/form-data",
            ));
        }
        let boundary = multipart::boundary(kind);
        let found = boundary.and_then(|boundary| multipart::read(body, &boundary));
        let found = found.ok_or_else(|| {
            AwsError::new(
                400,
                "MalformedPOSTRequest",
                "The body of your POST request is not well-formed multipart/form-data.",
            )
        })?;
        let is_file = |part: &&multipart::Part<'_>| part.name.eq_ignore_ascii_case("file");
        let files = found.iter().filter(is_file).count();
        // What comes behind the file does not count.
        let before: Vec<_> = found.iter().take_while(|part| !is_file(part)).collect();
        let length: usize = before
            .iter()
            .map(|part| part.name.len() + part.data.len())
            .sum();
        if length > LONGEST_FIELDS {
            return Err(AwsError::new(
                400,
                "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceeding the upload file was too large.",
            )
            .with("MaxPostPreDataLengthBytes", LONGEST_FIELDS.to_string()));
        }
        let file = match found.iter().find(is_file) {
            Some(file) if files == 1 => file,
            _ => {
                return Err(argument(
                    "POST requires exactly one file upload per request.",
                    "file",
                    &files.to_string(),
                ));
            }
        };
        let mut fields: Vec<(String, String)> = Vec::new();
        for part in before {
            let value = String::from_utf8_lossy(part.data).into_owned();
            let mut known = fields.iter_mut();
            match known.find(|(name, _)| name.eq_ignore_ascii_case(&part.name)) {
                Some((_, before)) => *before = format!("{before},{value}"),
                None => fields.push((part.name.clone(), value)),
            }
        }
        // Without a file name the variable stays as it is.
        let filename = file.filename.as_deref().map(|path| {
            let name = path.rsplit(['/', '\\']).next();
            name.unwrap_or_default()
        });
        let mut key = None;
        for (name, value) in &mut fields {
            if name.eq_ignore_ascii_case("key") {
                if let Some(filename) = filename {
                    *value = value.replace(FILENAME, filename);
                }
                key = Some(value.clone());
            }
        }
        let key = key.filter(|key| !key.is_empty());
        let form = Self {
            bucket,
            signer: None,
            token: field(&fields, "x-amz-security-token").map(str::to_owned),
            policy: field(&fields, "policy").unwrap_or_default().to_owned(),
            file: body.slice_ref(file.data),
            key: key.ok_or_else(|| missing("key"))?,
            fields,
        };
        let signer = form.find_signer()?;
        if signer.is_some() && form.policy.is_empty() {
            return Err(missing("policy"));
        }
        Ok(Self { signer, ..form })
    }

    fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }

    /// Whose signature it says that it has. Fields of a signature come all together, or none does.
    fn find_signer(&self) -> Result<Option<Signer>> {
        let [algorithm, credential, date, signature, _] = SIGNED.map(|name| self.field(name));
        if [algorithm, credential, date, signature] == [None; 4] {
            return match (self.field("AWSAccessKeyId"), self.field("Signature")) {
                (None, None) => Ok(None),
                (None, _) => Err(missing("AWSAccessKeyId")),
                (_, None) => Err(missing("Signature")),
                (Some(id), Some(signature)) => Ok(Some(Signer::Two {
                    access_key_id: id.to_owned(),
                    signature: signature.to_owned(),
                })),
            };
        }
        let mut each = SIGNED.into_iter().take(4);
        if let Some(name) = each.find(|name| self.field(name).is_none()) {
            return Err(missing(name));
        }
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        if algorithm != Some(ALGORITHM) {
            // In the words of a presigned URL; those of a form are not established.
            return Err(argument(
                "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
                "X-Amz-Algorithm",
                &text(algorithm),
            ));
        }
        let found = Signature::of_policy(
            credential.unwrap_or_default(),
            signature.unwrap_or_default(),
            date.unwrap_or_default(),
            self.token.as_deref(),
        );
        let found = found.map_err(|problem| match problem {
            Problem::Date => argument(
                "X-Amz-Date must be formated via ISO8601 Long format",
                "X-Amz-Date",
                &text(date),
            ),
            // In the words of a presigned URL; those of a form are not established.
            _ => argument(
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
                "X-Amz-Credential",
                &text(credential),
            ),
        })?;
        Ok(Some(Signer::Four(Box::new(found))))
    }

    /// Refuses a signature of another region or service.
    ///
    /// # Errors
    ///
    /// `InvalidArgument`.
    pub fn check_scope(&self, region: Option<&str>) -> Result<()> {
        let Some(Signer::Four(signature)) = &self.signer else {
            return Ok(());
        };
        let credential = self.field("X-Amz-Credential").unwrap_or_default();
        if signature.service != "s3" {
            // In the words of a presigned URL; those of a form are not established.
            return Err(argument(
                format!(
                    "incorrect service \"{}\". This endpoint belongs to \"s3\".",
                    signature.service
                ),
                "X-Amz-Credential",
                credential,
            ));
        }
        match region {
            Some(expected) if signature.region != expected => Err(argument(
                format!(
                    "the region '{}' is wrong; expecting '{expected}'",
                    signature.region
                ),
                "X-Amz-Credential",
                credential,
            )
            .with("Region", expected)),
            _ => Ok(()),
        }
    }

    /// Refuses what the policy does not let in. Who signed it is known by then.
    ///
    /// # Errors
    ///
    /// As [`Policy::read`] and [`Policy::check`].
    pub fn check_policy(&self, wall: Timestamp) -> Result<()> {
        let sent = Sent {
            bucket: &self.bucket,
            fields: &self.fields,
            length: self.file.len(),
        };
        Policy::read(&self.policy)?.check(&sent, wall)
    }

    /// The head of the PutObject that the form stands for.
    ///
    /// # Errors
    ///
    /// `MalformedXML` for tags that are not XML; a field that can be no header.
    pub fn as_put(&self, parts: &Parts, route: &Route) -> Result<Parts> {
        let key = self.encoded_key();
        let path = match route.bucket {
            Some(_) => format!("/{key}"),
            None => format!("/{}/{key}", utf8_percent_encode(&self.bucket, &UNRESERVED)),
        };
        let mut parts = parts.clone();
        parts.method = http::Method::PUT;
        parts.uri = path
            .parse()
            .map_err(|_| AwsError::new(400, "InvalidURI", "Couldn't parse the specified URI."))?;
        let of_form = |name: &HeaderName| {
            name.as_str().starts_with("x-amz-")
                || HEADERS.contains(name)
                || *name == header::TRANSFER_ENCODING
        };
        let old: Vec<HeaderName> = parts
            .headers
            .keys()
            .filter(|name| of_form(name))
            .cloned()
            .collect();
        for name in old {
            parts.headers.remove(name);
        }
        parts
            .headers
            .insert(header::CONTENT_LENGTH, self.file.len().into());
        for (name, value) in &self.fields {
            let lower = name.to_ascii_lowercase();
            let (name, value) = match lower.as_str() {
                "acl" => ("x-amz-acl", value.clone()),
                "tagging" => match tags(value)? {
                    tags if tags.is_empty() => continue,
                    tags => ("x-amz-tagging", tags),
                },
                _ if SIGNED
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(&lower)) =>
                {
                    continue;
                }
                // What stands in a form is UTF-8 as it is; headers are read otherwise.
                known if known.starts_with("x-amz-meta-") => {
                    (known, encoded_word::in_base64(value))
                }
                known if known.starts_with("x-amz-") || HEADERS.iter().any(|it| it == known) => {
                    (known, value.clone())
                }
                _ => continue,
            };
            let name = HeaderName::from_bytes(name.as_bytes());
            let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) else {
                return Err(AwsError::unsupported(format_args!(
                    "what is in the form's field {lower}"
                )));
            };
            parts.headers.insert(name, value);
        }
        Ok(parts)
    }

    fn encoded_key(&self) -> String {
        utf8_percent_encode(&self.key, &UNRESERVED).to_string()
    }

    /// The answer to the form, of the answer to its PutObject.
    #[must_use]
    pub fn answer(
        &self,
        mut response: http::Response<Bytes>,
        parts: &Parts,
    ) -> http::Response<Bytes> {
        let etag = response.headers().get(header::ETAG);
        let etag = etag
            .and_then(|etag| etag.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                response.headers_mut().insert(name, value);
            }
        };
        let (status, body) = match (self.redirect(), self.field("success_action_status")) {
            (Some(url), _) => {
                let form = |text: &str| {
                    utf8_percent_encode(text, &UNRESERVED)
                        .to_string()
                        .replace("%20", "+")
                };
                let place = format!(
                    "{url}{}bucket={}&key={}&etag={}",
                    if url.contains('?') { '&' } else { '?' },
                    form(&self.bucket),
                    form(&self.key),
                    form(&etag)
                );
                set(header::LOCATION, &place);
                (http::StatusCode::SEE_OTHER, String::new())
            }
            (None, status) => {
                let location = self.location(parts);
                set(header::LOCATION, &location);
                match status {
                    Some("200") => (http::StatusCode::OK, String::new()),
                    Some("201") => {
                        set(header::CONTENT_TYPE, "application/xml");
                        (http::StatusCode::CREATED, self.document(&location, &etag))
                    }
                    _ => (http::StatusCode::NO_CONTENT, String::new()),
                }
            }
        };
        *response.status_mut() = status;
        *response.body_mut() = body.into();
        response
    }

    /// Where the form wants the browser to go. A place that is no whole URL is left out.
    fn redirect(&self) -> Option<&str> {
        let url = self
            .field("success_action_redirect")
            .or_else(|| self.field("redirect"))?;
        let (scheme, rest) = url.split_once("://")?;
        let whole = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https");
        (whole && !rest.is_empty()).then_some(url)
    }

    /// The object's URL, as the client reaches the bucket.
    fn location(&self, parts: &Parts) -> String {
        let scheme = match parts.extensions.get::<ClientAddress>() {
            Some(_) => "http",
            None => "https",
        };
        let host = parts.headers.get(header::HOST);
        let host = host
            .and_then(|host| host.to_str().ok())
            .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
            .unwrap_or_default();
        let bucket = parts.uri.path().trim_matches('/');
        let slash = if bucket.is_empty() { "" } else { "/" };
        format!("{scheme}://{host}/{bucket}{slash}{}", self.encoded_key())
    }

    fn document(&self, location: &str, etag: &str) -> String {
        let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        xml::open(&mut out, "PostResponse");
        xml::element(&mut out, "Location", location);
        xml::element(&mut out, "Bucket", &self.bucket);
        xml::element(&mut out, "Key", &self.key);
        xml::element(&mut out, "ETag", etag);
        xml::close(&mut out, "PostResponse");
        out
    }
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut fields = fields.iter();
    let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Tags in XML as a header has them. XML without tags is no error.
fn tags(text: &str) -> Result<String> {
    let document = xml::read(text).ok_or_else(rest::malformed)?;
    let sets = document
        .children
        .iter()
        .filter(|child| child.name == "TagSet");
    let tags = sets
        .flat_map(|set| &set.children)
        .filter(|child| child.name == "Tag");
    let side = |tag: &xml::Element, name: &str| {
        let found = tag.children.iter().find(|child| child.name == name);
        let text = found.map(|child| child.text.as_str()).unwrap_or_default();
        utf8_percent_encode(text, &UNRESERVED).to_string()
    };
    let pairs: Vec<String> = tags
        .map(|tag| format!("{}={}", side(tag, "Key"), side(tag, "Value")))
        .collect();
    Ok(pairs.join("&"))
}
