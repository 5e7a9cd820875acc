//! What went over the wire, as it may be shown: secrets are masked before it comes here.

use serde::{Deserialize, Serialize};

/// Bytes of a body that are kept.
pub const MOST_BODY: usize = 4096;

/// Exchanges of one command that are kept, the last ones.
pub const MOST_EXCHANGES: usize = 24;

/// One request and the answer to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// HTTP method.
    pub method: String,
    /// URL.
    pub url: String,
    /// Headers of the request, in the order sent.
    pub request_headers: Vec<(String, String)>,
    /// Body of the request.
    pub request_body: Body,
    /// How the request was signed, if it was.
    pub signing: Option<Signing>,
    /// HTTP status, if an answer came.
    pub status: Option<u16>,
    /// Headers of the answer.
    pub headers: Vec<(String, String)>,
    /// Body of the answer.
    pub body: Body,
}

/// The beginning of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// At most `MOST_BODY` bytes of it.
    pub text: String,
    /// Bytes that were left out.
    pub more: usize,
}

impl Body {
    /// Keeps the beginning of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut end = text.len().min(MOST_BODY);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            text: text.get(..end).unwrap_or_default().to_owned(),
            more: text.len() - end,
        }
    }
}

/// The steps from a request to its signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// Access key id.
    pub access_key_id: String,
    /// Date, region, service and `aws4_request`, joined by slashes.
    pub scope: String,
    /// The canonical request.
    pub canonical_request: String,
    /// The string to sign.
    pub string_to_sign: String,
    /// Something in them is masked.
    pub masked: bool,
}
