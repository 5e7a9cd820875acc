//! How a request was signed, part by part, as it may be shown.
//!
//! What is shown is computed from the request as it was sent, by the same functions with which the
//! sandbox checks it.

use http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::wire::{Exchange, Shown};
use crate::secret::MASK;
use crate::sigv4::{Signature, sha256};

/// The steps from a request to its signature. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Signing {
    /// Access key id of the credential.
    pub access_key_id: String,
    /// Date, region, service and `aws4_request`, joined by slashes.
    pub scope: String,
    /// `X-Amz-Date`.
    pub date: String,
    /// The canonical request, with a session token masked; and the hash of a body that holds a
    /// secret, from which a weak secret could be found by trying.
    pub canonical_request: String,
    /// The string to sign; its hash is masked where that of the body is.
    pub string_to_sign: String,
    /// Something is masked.
    pub masked: bool,
}

/// How an exchange was signed; `None` where it was not, or its body was a stream.
pub(super) fn of(exchange: &Exchange, shown: &Shown) -> Option<Signing> {
    let mut request = Request::builder()
        .method(exchange.method.as_str())
        .uri(exchange.url.as_str());
    let uri: http::Uri = exchange.url.parse().ok()?;
    let has_host = exchange
        .request_headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"));
    if !has_host {
        request = request.header("host", uri.authority()?.as_str());
    }
    for (name, value) in &exchange.request_headers {
        request = request.header(name, value);
    }
    let (parts, ()) = request.body(()).ok()?.into_parts();
    let signature = Signature::find(&parts).ok()??;
    let s3 = signature.service == "s3";
    let given = parts
        .headers
        .get("x-amz-content-sha256")
        .and_then(|value| value.to_str().ok());
    let payload = match given {
        Some(hash) => hash.to_owned(),
        None if signature.presigned && s3 => "UNSIGNED-PAYLOAD".to_owned(),
        None if exchange.cut => return None,
        None => sha256(&exchange.request_body),
    };
    let mut canonical = signature.canonical_request(&parts, &payload, s3);
    let mut to_sign = signature.string_to_sign(&canonical);
    let mut masked = false;
    let both = exchange.request_headers.iter().zip(&shown.request_headers);
    for ((name, sent), (_, seen)) in both {
        if sent != seen && !sent.is_empty() && !name.eq_ignore_ascii_case("authorization") {
            masked = true;
            canonical = canonical.replace(sent.as_str(), MASK);
        }
    }
    // A presigned URL has the token in its query, and so has the canonical one.
    if let Some(token) = signature.token.as_ref().filter(|_| signature.presigned) {
        masked = true;
        let encoded = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
        let parts = canonical.split('&').map(|part| match part.split_once('=') {
            Some((name @ "X-Amz-Security-Token", _)) => format!("{name}={MASK}"),
            _ => part.replace(&**token, MASK).replace(&encoded, MASK),
        });
        canonical = parts.collect::<Vec<_>>().join("&");
    }
    if shown.request_body.contains(MASK) {
        masked = true;
        canonical = canonical.replace(&payload, MASK);
        if let Some((before, _)) = to_sign.rsplit_once('\n') {
            to_sign = format!("{before}\n{MASK}");
        }
    }
    Some(Signing {
        access_key_id: signature.access_key_id.clone().into_owned(),
        scope: signature.scope(),
        date: signature.amz_date.clone().into_owned(),
        canonical_request: canonical,
        string_to_sign: to_sign,
        masked,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::{Signature, hmac};
    use bytes::Bytes;

    fn listed(headers: &[(&str, &str)], signed: &str, body: &'static str) -> Exchange {
        let credential = "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request";
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature=feed"
        );
        let mut all: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        all.push(("authorization".to_owned(), authorization));
        Exchange {
            method: "GET".to_owned(),
            url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08".to_owned(),
            request_headers: all,
            request_body: Bytes::from(body),
            ..Exchange::default()
        }
    }

    /// The example of "Create a signed AWS API request" in the IAM User Guide.
    #[test]
    fn the_documented_example_comes_out_as_documented() {
        let exchange = listed(
            &[
                (
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                ),
                ("x-amz-date", "20150830T123600Z"),
            ],
            "content-type;host;x-amz-date",
            "",
        );
        let signing = exchange.shown().signing.unwrap();
        assert_eq!(signing.scope, "20150830/us-east-1/iam/aws4_request");
        assert!(
            signing
                .string_to_sign
                .ends_with("\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59")
        );
        assert!(!signing.masked);
        let (parts, ()) = Request::builder()
            .header("authorization", &exchange.request_headers.last().unwrap().1)
            .header("x-amz-date", "20150830T123600Z")
            .body(())
            .unwrap()
            .into_parts();
        let key = Signature::find(&parts)
            .unwrap()
            .unwrap()
            .signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        assert_eq!(
            hex::encode(hmac(&key, signing.string_to_sign.as_bytes())),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    #[test]
    fn neither_a_token_nor_the_hash_of_a_secret_is_shown() {
        let body = "Action=CreateLoginProfile&Password=hunter2";
        let exchange = listed(
            &[
                ("x-amz-date", "20150830T123600Z"),
                ("x-amz-security-token", "IQoJTOKEN"),
            ],
            "host;x-amz-date;x-amz-security-token",
            body,
        );
        let shown = exchange.shown();
        let signing = shown.signing.as_ref().unwrap();
        assert!(signing.masked);
        let whole = serde_json::to_string(&shown).unwrap();
        for secret in ["IQoJTOKEN", "hunter2", &sha256(body.as_bytes()), "feed"] {
            assert!(!whole.contains(secret), "{secret}: {whole}");
        }
        assert!(
            signing
                .canonical_request
                .contains(&format!("x-amz-security-token:{MASK}\n"))
        );
        assert!(signing.string_to_sign.ends_with(MASK));
    }
}
