//! `aws-chunked` bodies: signed and unsigned chunks, with and without trailers.

use bytes::{Bytes, BytesMut};

use super::sigv4::{self, Signature};

/// How `x-amz-content-sha256` says that the body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Signed chunks; with a signed trailer.
    Signed {
        /// Trailing headers follow.
        trailer: bool,
    },
    /// Unsigned chunks with a trailer.
    UnsignedTrailer,
}

impl Payload {
    /// Reads a `STREAMING-…` value; `None` for one that is not known.
    #[must_use]
    pub fn read(value: &str) -> Option<Self> {
        match value {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Some(Self::Signed { trailer: false }),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Some(Self::Signed { trailer: true }),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Some(Self::UnsignedTrailer),
            _ => None,
        }
    }
}

/// Why a chunked body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Not of the form, or shorter than it says.
    Incomplete,
    /// A chunk's or the trailer's signature is wrong.
    Signature,
}

/// A decoded body.
#[derive(Debug)]
pub struct Decoded {
    /// The content.
    pub body: Bytes,
    /// Trailing headers, names in lower case.
    pub trailers: Vec<(String, String)>,
}

/// Decodes a body and checks the signatures of its chunks.
///
/// # Errors
///
/// See [`Broken`].
pub fn decode(
    body: &Bytes,
    payload: Payload,
    signature: &Signature<'_>,
    key: &[u8; 32],
) -> Result<Decoded, Broken> {
    let mut rest = body.clone();
    let mut content = BytesMut::with_capacity(body.len());
    let mut previous = signature.signature.clone().into_owned();
    let empty = sigv4::sha256(b"");
    loop {
        let line = take_line(&mut rest)?;
        let (size, extension) = line.split_once(';').unwrap_or((&line, ""));
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| Broken::Incomplete)?;
        if size > rest.len() {
            return Err(Broken::Incomplete);
        }
        let chunk = rest.split_to(size);
        if let Payload::Signed { .. } = payload {
            let given = extension
                .trim()
                .strip_prefix("chunk-signature=")
                .ok_or(Broken::Signature)?;
            let text = format!(
                "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{previous}\n{empty}\n{}",
                signature.amz_date,
                signature.scope(),
                sigv4::sha256(&chunk)
            );
            if !sigv4::is_signature(key, text.as_bytes(), given) {
                return Err(Broken::Signature);
            }
            given.clone_into(&mut previous);
        }
        if size == 0 {
            break;
        }
        content.extend_from_slice(&chunk);
        if !take_line(&mut rest)?.is_empty() {
            return Err(Broken::Incomplete);
        }
    }
    let mut trailers = Vec::new();
    let mut given = None;
    while !rest.is_empty() {
        let line = take_line(&mut rest)?;
        if line.is_empty() {
            continue;
        }
        let (name, value) = line.split_once(':').ok_or(Broken::Incomplete)?;
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
        if name == "x-amz-trailer-signature" {
            given = Some(value);
        } else {
            trailers.push((name, value));
        }
    }
    if payload == (Payload::Signed { trailer: true }) {
        let lines: String = trailers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let text = format!(
            "AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{previous}\n{}",
            signature.amz_date,
            signature.scope(),
            sigv4::sha256(lines.as_bytes())
        );
        let given = given.ok_or(Broken::Signature)?;
        if !sigv4::is_signature(key, text.as_bytes(), &given) {
            return Err(Broken::Signature);
        }
    } else if payload == (Payload::Signed { trailer: false }) && !trailers.is_empty() {
        return Err(Broken::Signature);
    }
    Ok(Decoded {
        body: content.freeze(),
        trailers,
    })
}

/// Takes a line off the front, without its end.
fn take_line(rest: &mut Bytes) -> Result<String, Broken> {
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or(Broken::Incomplete)?;
    let line = rest.split_to(end + 1);
    let line = std::str::from_utf8(&line).map_err(|_| Broken::Incomplete)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
