//! What went over the wire, caught by an interceptor, with secrets masked where it is shown.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;

use super::failure::Failure;
use super::signing::Signing;
use crate::model::Service;
use crate::secret::{MASK, is_secret_member};

/// Bytes of a request body that are kept to be shown.
const KEPT_BODY: usize = 64 * 1024;

/// One request and the answer to it. `Debug` shows the request line and the status alone.
#[derive(Clone, Default)]
pub struct Exchange {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) request_headers: Vec<(String, String)>,
    pub(super) request_body: Bytes,
    /// The request's body was longer than what is kept, or a stream.
    pub(super) cut: bool,
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Bytes>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({} {:?})", self.method, self.status)
    }
}

/// An exchange that can be shown: no signature, token or secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shown {
    /// HTTP method.
    pub method: String,
    /// URL.
    pub url: String,
    /// Headers of the request, in the order sent.
    pub request_headers: Vec<(String, String)>,
    /// Body of the request, cut to 64 KiB.
    pub request_body: String,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// Body of the answer; empty where it was streamed to a file.
    pub body: String,
    /// How the request was signed, where it was.
    pub signing: Option<Signing>,
}

impl Shown {
    /// The exchange as lines: what was sent behind `>`, what came behind `<`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = format!("> {} {}\n", self.method, self.url);
        let mut part = |mark: char, headers: &[(String, String)], body: &str| {
            for (name, value) in headers {
                out.push_str(&format!("{mark} {name}: {value}\n"));
            }
            for line in body.lines() {
                out.push_str(&format!("{mark}   {line}\n"));
            }
            match (mark, self.status) {
                ('>', Some(status)) => out.push_str(&format!("< {status}\n")),
                ('>', None) => out.push_str("< no answer\n"),
                _ => {}
            }
        };
        part('>', &self.request_headers, &self.request_body);
        part('<', &self.headers, &self.body);
        out
    }
}

impl Exchange {
    /// HTTP status, if an answer came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The URL that was asked.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the request was a HEAD, whose errors have no body.
    pub(super) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// A header of the answer.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The headers of the answer.
    pub(super) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body of the answer, if it was read to its end.
    pub(super) fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// The id that the service gave to the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.header("x-amzn-requestid")
            .or_else(|| self.header("x-amz-request-id"))
    }

    /// The exchange with secrets masked.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let request_body = mask_form(&text(&self.request_body));
        let secret = request_body.contains(MASK);
        let request_headers = self.request_headers.iter().map(mask_header);
        let mut shown = Shown {
            method: self.method.clone(),
            url: mask_query(&self.url),
            request_headers: request_headers
                .map(|(name, value)| match name.as_str() {
                    // A weak secret could be found from the hash by trying.
                    "x-amz-content-sha256" if secret => (name, MASK.to_owned()),
                    _ => (name, value),
                })
                .collect(),
            request_body,
            status: self.status,
            headers: self.headers.iter().map(mask_header).collect(),
            body: self
                .body
                .as_ref()
                .map_or_else(String::new, |body| mask_xml(&text(body))),
            signing: None,
        };
        shown.signing = super::signing::of(self, &shown);
        shown
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether members of this name hold secrets, in requests or answers.
fn is_secret(name: &str) -> bool {
    static SENSITIVE: std::sync::OnceLock<std::collections::HashSet<&'static str>> =
        std::sync::OnceLock::new();
    let sensitive = SENSITIVE.get_or_init(|| {
        let mut found = std::collections::HashSet::new();
        for service in Service::ALL {
            let model = service.model();
            for operation in model.operations() {
                let members = model
                    .input(operation)
                    .map_or(&[][..], |input| &input.members);
                for member in members {
                    if model.target(&member.reference).sensitive {
                        found.insert(member.name.as_str());
                    }
                }
            }
        }
        found
    });
    is_secret_member(name) || sensitive.contains(name)
}

fn mask_header((name, value): &(String, String)) -> (String, String) {
    let shown = match name.to_ascii_lowercase().as_str() {
        "authorization" => value.split_once("Signature=").map_or_else(
            || MASK.to_owned(),
            |(before, _)| format!("{before}Signature={MASK}"),
        ),
        "x-amz-security-token"
        | "x-amz-server-side-encryption-customer-key"
        | "x-amz-copy-source-server-side-encryption-customer-key"
        | "set-cookie" => MASK.to_owned(),
        _ => value.clone(),
    };
    (name.clone(), shown)
}

fn mask_query(url: &str) -> String {
    match url.split_once('?') {
        Some((path, query)) => format!("{path}?{}", mask_form(query)),
        None => url.to_owned(),
    }
}

/// Masks the values of secret parameters in `a=b&c=d` text. Anything else comes back as it is.
fn mask_form(form: &str) -> String {
    let parts = form.split('&').map(|part| match part.split_once('=') {
        Some((name, _)) if is_secret(name) || is_presigned(name) => format!("{name}={MASK}"),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("&")
}

fn is_presigned(name: &str) -> bool {
    name.eq_ignore_ascii_case("X-Amz-Signature")
        || name.eq_ignore_ascii_case("X-Amz-Security-Token")
}

/// Masks the text of elements whose names are those of secret members.
fn mask_xml(xml: &str) -> String {
    let mut shown = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some((before, tail)) = rest.split_once('<') {
        shown.push_str(before);
        shown.push('<');
        let Some((tag, after)) = tail.split_once('>') else {
            rest = tail;
            break;
        };
        shown.push_str(tag);
        shown.push('>');
        rest = after;
        let name = tag.split_whitespace().next().unwrap_or(tag);
        if is_secret(name) && !tag.ends_with('/') {
            let end = rest.find('<').unwrap_or(rest.len());
            if end > 0 {
                shown.push_str(MASK);
            }
            rest = rest.get(end..).unwrap_or_default();
        }
    }
    shown.push_str(rest);
    shown
}

/// Catches the exchanges of one call, one for each attempt, and how it failed in the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Caught>>);

#[derive(Debug, Default)]
struct Caught {
    exchanges: Vec<Exchange>,
    failure: Option<Failure>,
}

impl Recorder {
    /// The exchanges so far.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.caught().exchanges.clone()
    }

    /// How the call failed.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.caught().failure.clone()
    }

    fn caught(&self) -> MutexGuard<'_, Caught> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last(&self, change: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.caught().exchanges.last_mut() {
            change(exchange);
        }
    }
}

fn pairs(headers: &Headers) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

impl Intercept for Recorder {
    fn name(&self) -> &'static str {
        "Recorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let whole = request.body().bytes();
        let body = whole.unwrap_or_default();
        let kept = body.get(..KEPT_BODY).unwrap_or(body);
        self.caught().exchanges.push(Exchange {
            method: request.method().to_owned(),
            url: request.uri().to_owned(),
            request_headers: pairs(request.headers()),
            request_body: Bytes::copy_from_slice(kept),
            cut: whole.is_none() || body.len() > KEPT_BODY,
            ..Exchange::default()
        });
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        self.last(|exchange| {
            exchange.status = Some(response.status().as_u16());
            exchange.headers = pairs(response.headers());
        });
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes();
        self.last(|exchange| exchange.body = body.map(Bytes::copy_from_slice));
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Err(error)) = context.output_or_error() {
            let answered = context.response().is_some();
            self.caught().failure = Some(Failure::sorted(error, answered));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_requests_and_answers_are_masked() {
        let exchange = Exchange {
            method: "POST".into(),
            url: "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc&versionId=1".into(),
            request_headers: vec![
                (
                    "authorization".into(),
                    "AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=feed".into(),
                ),
                ("x-amz-security-token".into(), "IQoJ".into()),
                ("host".into(), "iam.amazonaws.com".into()),
            ],
            request_body: Bytes::from("Action=CreateLoginProfile&UserName=a&Password=hunter2"),
            body: Some(Bytes::from(
                "<A><SecretAccessKey>wJal</SecretAccessKey><UserName>a</UserName><SessionToken/></A>",
            )),
            ..Exchange::default()
        };
        let shown = exchange.shown();
        assert_eq!(
            shown.url,
            format!("https://b.s3.amazonaws.com/k?X-Amz-Signature={MASK}&versionId=1")
        );
        assert_eq!(
            shown.request_headers,
            [
                (
                    "authorization".to_owned(),
                    format!("AWS4-HMAC-SHA256 Credential=AKIA/x, Signature={MASK}")
                ),
                ("x-amz-security-token".to_owned(), MASK.to_owned()),
                ("host".to_owned(), "iam.amazonaws.com".to_owned()),
            ]
        );
        assert_eq!(
            shown.request_body,
            format!("Action=CreateLoginProfile&UserName=a&Password={MASK}")
        );
        assert_eq!(
            shown.body,
            format!(
                "<A><SecretAccessKey>{MASK}</SecretAccessKey><UserName>a</UserName><SessionToken/></A>"
            )
        );
        assert!(!format!("{exchange:?}").contains("hunter2"));
    }
}
