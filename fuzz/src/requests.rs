//! A sandbox, and requests to it that its administrator has signed.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;

use crate::sandbox::{Credentials, ManualClock, Sandbox, Settings};
use crate::sigv4::{self, Signature};

const NOW: i64 = 1_790_000_000;

/// A new world at a fixed time, and its administrator's keys.
pub fn world() -> (Sandbox, Credentials) {
    let now = Timestamp::from_second(NOW).expect("a time");
    let sandbox = Sandbox::new(Settings::new([7; 32], Arc::new(ManualClock::new(now))));
    let keys = sandbox
        .administrator(crate::sandbox::DEFAULT_ACCOUNT)
        .expect("a new world has an administrator");
    (sandbox, keys)
}

/// Signs a request for a service of this name. The payload is left unsigned.
pub fn signed(
    mut request: Request<Bytes>,
    service: &str,
    keys: &Credentials,
) -> Request<Bytes> {
    const PAYLOAD: &str = "UNSIGNED-PAYLOAD";
    let at = Timestamp::from_second(NOW).expect("a time");
    let amz_date = sigv4::amz_date(at);
    let headers = request.headers_mut();
    headers.insert("host", http::HeaderValue::from_static("127.0.0.1"));
    headers.insert("x-amz-date", amz_date.parse().expect("digits"));
    let hash = if service == "s3" {
        headers.insert(
            "x-amz-content-sha256",
            http::HeaderValue::from_static(PAYLOAD),
        );
        PAYLOAD.to_owned()
    } else {
        sigv4::sha256(request.body())
    };
    let signed_headers = if service == "s3" {
        "host;x-amz-content-sha256;x-amz-date"
    } else {
        "host;x-amz-date"
    };
    let (mut parts, body) = request.into_parts();
    let signature = Signature {
        access_key_id: keys.access_key_id.as_str().into(),
        date: amz_date.chars().take(8).collect(),
        region: "us-east-1".into(),
        service: service.into(),
        signed_headers: signed_headers.into(),
        signature: "".into(),
        amz_date: amz_date.into(),
        at,
        expires: None,
        token: None,
        presigned: false,
    };
    let canonical = signature.canonical_request(&parts, &hash, service == "s3");
    let key = signature.signing_key(keys.secret_access_key.expose());
    let text = hex::encode(sigv4::hmac(
        &key,
        signature.string_to_sign(&canonical).as_bytes(),
    ));
    let header = format!(
        "{} Credential={}/{}, SignedHeaders={}, Signature={text}",
        sigv4::ALGORITHM,
        keys.access_key_id,
        signature.scope(),
        signed_headers
    );
    if let Ok(value) = header.parse() {
        parts.headers.insert("authorization", value);
    }
    Request::from_parts(parts, body)
}
