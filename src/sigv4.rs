//! Signature Version 4: finding it in a request, and computing what it should be.
//!
//! Source: "AWS Signature Version 4 for API requests" (IAM User Guide), and for chunks "Signature
//! calculations for the Authorization header: transferring payload in multiple chunks" (S3 API
//! Reference).

use std::borrow::Cow;

use hmac::{Hmac, KeyInit, Mac};
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use jiff::Timestamp;
use percent_encoding::{
    AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode, utf8_percent_encode,
};
use sha2::{Digest, Sha256};

/// What stays unencoded: `A-Za-z0-9-_.~`.
pub const UNRESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const PATH: AsciiSet = UNRESERVED.remove(b'/');

/// The one algorithm.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// A signature as a request carries it.
#[derive(Debug, Clone)]
pub struct Signature<'a> {
    /// Access key id of the credential.
    pub access_key_id: Cow<'a, str>,
    /// Date of the scope, `20261123`.
    pub date: Cow<'a, str>,
    /// Region of the scope.
    pub region: Cow<'a, str>,
    /// Service of the scope.
    pub service: Cow<'a, str>,
    /// Names of the signed headers, as sent, with a semicolon between two.
    pub signed_headers: Cow<'a, str>,
    /// Hexadecimal signature.
    pub signature: Cow<'a, str>,
    /// `X-Amz-Date`, `20261123T161000Z`.
    pub amz_date: Cow<'a, str>,
    /// The same as a time.
    pub at: Timestamp,
    /// Presigned: seconds that it is valid.
    pub expires: Option<i64>,
    /// Session token.
    pub token: Option<Cow<'a, str>>,
    /// Whether it stands in the query string.
    pub presigned: bool,
}

/// Why a signature cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Another scheme than `AWS4-HMAC-SHA256`.
    Algorithm(String),
    /// Parts of the header (or parameters of the query) that are missing.
    Missing(Vec<&'static str>),
    /// The credential is not `id/date/region/service/aws4_request`.
    Credential(String),
    /// The date is missing or cannot be read.
    Date,
    /// `X-Amz-Expires` is no number, or out of range.
    Expires,
}

impl<'a> Signature<'a> {
    /// Finds the signature of a request.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read. `None` when there is none.
    pub fn find(parts: &'a Parts) -> Result<Option<Self>, Problem> {
        if let Some(header) = parts.headers.get(http::header::AUTHORIZATION) {
            let header = header
                .to_str()
                .map_err(|_| Problem::Algorithm(String::new()))?;
            return Self::from_header(parts, header).map(Some);
        }
        let query = parts.uri.query().unwrap_or_default();
        let parameters = pairs(query);
        if parameters.iter().any(|(name, _)| {
            matches!(
                &**name,
                "X-Amz-Algorithm" | "X-Amz-Signature" | "X-Amz-Credential"
            )
        }) {
            return Self::from_query(&parameters).map(Some);
        }
        if parameters.iter().any(|(name, _)| name == "AWSAccessKeyId") {
            return Err(Problem::Algorithm("AWS".to_owned()));
        }
        Ok(None)
    }

    fn from_header(parts: &'a Parts, header: &'a str) -> Result<Self, Problem> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(Problem::Algorithm(algorithm.to_owned()));
        }
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in rest.split(',') {
            let part = part.trim();
            let value = |name| part.strip_prefix(name);
            if let Some(value) = value("Credential=") {
                credential = Some(value);
            } else if let Some(value) = value("SignedHeaders=") {
                signed = Some(value);
            } else if let Some(value) = value("Signature=") {
                signature = Some(value);
            }
        }
        let (Some(credential), Some(signed), Some(signature)) = (credential, signed, signature)
        else {
            let parts = [
                ("Credential", credential.is_none()),
                ("Signature", signature.is_none()),
                ("SignedHeaders", signed.is_none()),
            ];
            let missing = parts.into_iter().filter(|part| part.1).map(|part| part.0);
            return Err(Problem::Missing(missing.collect()));
        };
        let header = |name: &HeaderName| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let amz_date = match header(&AMZ_DATE) {
            Some(date) => date.into(),
            None => header(&header::DATE)
                .and_then(from_http_date)
                .ok_or(Problem::Date)?
                .into(),
        };
        let token = header(&SECURITY_TOKEN).map(Cow::Borrowed);
        Self::build(credential, signed, signature, amz_date, token)
    }

    fn from_query(parameters: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<Self, Problem> {
        let get = |name: &str| {
            parameters
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| &**value)
        };
        let names = [
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Signature",
            "X-Amz-Date",
            "X-Amz-SignedHeaders",
        ];
        let missing: Vec<&str> = names
            .into_iter()
            .filter(|name| get(name).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(Problem::Missing(missing));
        }
        let text = |name| get(name).unwrap_or_default();
        if text("X-Amz-Algorithm") != ALGORITHM {
            return Err(Problem::Algorithm(text("X-Amz-Algorithm").to_owned()));
        }
        let expires = match get("X-Amz-Expires") {
            Some(seconds) => {
                let seconds: i64 = seconds.parse().map_err(|_| Problem::Expires)?;
                Some(seconds)
                    .filter(|seconds| (0..=604_800).contains(seconds))
                    .ok_or(Problem::Expires)?
            }
            None => 900,
        };
        let found = Signature::build(
            text("X-Amz-Credential"),
            text("X-Amz-SignedHeaders"),
            text("X-Amz-Signature"),
            text("X-Amz-Date").into(),
            get("X-Amz-Security-Token").map(Cow::Borrowed),
        )?;
        Ok(Signature {
            expires: Some(expires),
            presigned: true,
            ..found.into_owned()
        })
    }

    /// The signature of a form's policy, which signs no request.
    ///
    /// # Errors
    ///
    /// A credential or a date that cannot be read.
    pub fn of_policy(
        credential: &str,
        signature: &str,
        amz_date: &str,
        token: Option<&str>,
    ) -> Result<Signature<'static>, Problem> {
        let token = token.map(Cow::Borrowed);
        let found = Signature::build(credential, "", signature, amz_date.into(), token)?;
        Ok(found.into_owned())
    }

    fn build(
        credential: &'a str,
        signed: &'a str,
        signature: &'a str,
        amz_date: Cow<'a, str>,
        token: Option<Cow<'a, str>>,
    ) -> Result<Self, Problem> {
        // An access key id has no slash; the other four parts are counted from the end.
        let mut scope = credential.rsplitn(5, '/');
        let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(key)) = (
            scope.next(),
            scope.next(),
            scope.next(),
            scope.next(),
            scope.next(),
        ) else {
            return Err(Problem::Credential(credential.to_owned()));
        };
        let at = from_amz_date(&amz_date).ok_or(Problem::Date)?;
        if !amz_date.starts_with(date) {
            return Err(Problem::Credential(credential.to_owned()));
        }
        Ok(Self {
            access_key_id: key.into(),
            date: date.into(),
            region: region.into(),
            service: service.into(),
            signed_headers: signed.into(),
            signature: signature.into(),
            amz_date,
            at,
            expires: None,
            token,
            presigned: false,
        })
    }

    /// The same, of any life.
    #[must_use]
    pub fn into_owned(self) -> Signature<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Signature {
            access_key_id: own(self.access_key_id),
            date: own(self.date),
            region: own(self.region),
            service: own(self.service),
            signed_headers: own(self.signed_headers),
            signature: own(self.signature),
            amz_date: own(self.amz_date),
            at: self.at,
            expires: self.expires,
            token: self.token.map(own),
            presigned: self.presigned,
        }
    }

    /// Names of the signed headers, as sent.
    pub fn signed_names(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.split(';')
    }

    /// The scope: `20261123/us-east-1/iam/aws4_request`.
    #[must_use]
    pub fn scope(&self) -> String {
        format!(
            "{}/{}/{}/aws4_request",
            self.date, self.region, self.service
        )
    }

    /// The canonical request. S3 takes the path as it is; other services normalise it and encode
    /// it once more.
    #[must_use]
    pub fn canonical_request(&self, parts: &Parts, payload_hash: &str, s3: bool) -> String {
        let mut out = String::with_capacity(512);
        out.push_str(parts.method.as_str());
        out.push('\n');
        canonical_path(&mut out, parts.uri.path(), s3);
        out.push('\n');
        let query = parts.uri.query().unwrap_or_default();
        canonical_query(&mut out, query, self.presigned);
        out.push('\n');
        // Looked through for each name, which is quicker than hashing it.
        let headers: Vec<(&str, &HeaderValue)> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect();
        for name in self.signed_names() {
            let from = out.len();
            out.push_str(name);
            if let Some(name) = out.get_mut(from..) {
                name.make_ascii_lowercase();
            }
            out.push(':');
            if name.eq_ignore_ascii_case("host") && !parts.headers.contains_key(header::HOST) {
                // A request that was never on a wire may have it in the URI alone.
                let authority = parts.uri.authority();
                out.push_str(authority.map_or("", http::uri::Authority::as_str));
            }
            header_values(&mut out, &headers, name);
            out.push('\n');
        }
        out.push('\n');
        out.push_str(&self.signed_headers);
        out.push('\n');
        out.push_str(payload_hash);
        out
    }

    /// The string to sign.
    #[must_use]
    pub fn string_to_sign(&self, canonical_request: &str) -> String {
        let hash = sha256(canonical_request.as_bytes());
        let mut out = String::with_capacity(192);
        for text in [
            ALGORITHM,
            "\n",
            &self.amz_date,
            "\n",
            &self.date,
            "/",
            &self.region,
            "/",
            &self.service,
            "/aws4_request\n",
            &hash,
        ] {
            out.push_str(text);
        }
        out
    }

    /// The key that signs in this scope.
    #[must_use]
    pub fn signing_key(&self, secret: &str) -> [u8; 32] {
        let key = hmac(format!("AWS4{secret}").as_bytes(), self.date.as_bytes());
        let key = hmac(&key, self.region.as_bytes());
        let key = hmac(&key, self.service.as_bytes());
        hmac(&key, b"aws4_request")
    }
}

/// HMAC-SHA256.
#[must_use]
pub fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    mac.update(data);
    mac.finalize().into_bytes().into()
}

/// Whether a hexadecimal signature is the one of these data, compared in constant time.
#[must_use]
pub fn is_signature(key: &[u8], data: &[u8], signature: &str) -> bool {
    Keyed::new(key).is_signature(data, signature)
}

/// HMAC-SHA256 under a key that is used again.
#[derive(Clone)]
pub struct Keyed(Option<Hmac<Sha256>>);

impl Keyed {
    /// HMAC under that key.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes a key of any length.
        Self(Hmac::new_from_slice(key).ok())
    }

    /// As [`is_signature`].
    #[must_use]
    pub fn is_signature(&self, data: &[u8], signature: &str) -> bool {
        let mut given = [0; 32];
        let (Some(mut mac), Ok(())) = (self.0.clone(), hex::decode_to_slice(signature, &mut given))
        else {
            return false;
        };
        mac.update(data);
        mac.verify_slice(&given).is_ok()
    }
}

/// SHA-256 of nothing: most requests have no body.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(data: &[u8]) -> String {
    if data.is_empty() {
        return EMPTY.to_owned();
    }
    let mut digits = vec![0; 64];
    // Two digits a byte fit, and are text.
    let _ = hex::encode_to_slice(Sha256::digest(data), &mut digits);
    String::from_utf8(digits).unwrap_or_default()
}

/// Name-value pairs of a query string, percent-decoded.
fn pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |part| percent_decode_str(part).decode_utf8_lossy();
            (decode(name), decode(value))
        })
        .collect()
}

fn canonical_query(out: &mut String, query: &str, presigned: bool) {
    let mut encoded: Vec<(Cow<'_, str>, Cow<'_, str>)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter(|(name, _)| !(presigned && *name == "X-Amz-Signature"))
        .map(|(name, value)| (recode(name, &UNRESERVED), recode(value, &UNRESERVED)))
        .collect();
    encoded.sort();
    for (at, (name, value)) in encoded.iter().enumerate() {
        if at > 0 {
            out.push('&');
        }
        join(out, '=', [&**name, value]);
    }
}

/// Decodes once and encodes as AWS does.
fn recode<'a>(text: &'a str, set: &'static AsciiSet) -> Cow<'a, str> {
    let is_kept =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    if text.bytes().all(is_kept) {
        return text.into();
    }
    match percent_decode_str(text).into() {
        Cow::Borrowed(_) => utf8_percent_encode(text, set).into(),
        Cow::Owned(bytes) => percent_encode(&bytes, set).collect::<String>().into(),
    }
}

fn canonical_path(out: &mut String, path: &str, s3: bool) {
    if s3 {
        out.push_str(&recode(path, &PATH));
        return;
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    for segment in &segments {
        out.push('/');
        out.extend(utf8_percent_encode(segment, &PATH));
    }
    if segments.is_empty() || path.ends_with('/') {
        out.push('/');
    }
}

/// The value of a header as it is signed: all of that name, trimmed, runs of blanks as one.
fn header_values(out: &mut String, headers: &[(&str, &HeaderValue)], name: &str) {
    let values = headers
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    for (at, (_, value)) in values.enumerate() {
        if at > 0 {
            out.push(',');
        }
        let text = value_text(value);
        // Most values have no blanks.
        if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
            join(out, ' ', text.split_ascii_whitespace());
        } else {
            out.push_str(&text);
        }
    }
}

/// The text of a header; what is no UTF-8 in it is replaced.
#[must_use]
pub fn value_text(value: &http::HeaderValue) -> Cow<'_, str> {
    let bytes = value.as_bytes();
    // Most are ASCII, which this looks at in words.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn join<'a>(out: &mut String, between: char, texts: impl IntoIterator<Item = &'a str>) {
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            out.push(between);
        }
        out.push_str(text);
    }
}

/// Reads `20261123T161000Z`, and no other form of a time.
fn from_amz_date(text: &str) -> Option<Timestamp> {
    let fits = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => byte.is_ascii_digit(),
    };
    let of_form = text.len() == 16 && text.bytes().enumerate().all(fits);
    text.parse().ok().filter(|_| of_form)
}

/// `Mon, 23 Nov 2026 16:10:00 GMT` as `20261123T161000Z`.
fn from_http_date(text: &str) -> Option<String> {
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(amz_date(at))
}

/// Writes `20261123T161000Z`.
#[must_use]
pub fn amz_date(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod vectors;
