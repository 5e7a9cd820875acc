//! Requests signed with Signature Version 4 and sent over a socket, without the SDK: what a test
//! breaks, it breaks byte by byte.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use rolecall::sigv4::{Signature, amz_date, hmac, sha256};

/// Whose requests they are, and where they go.
#[derive(Debug, Clone)]
pub struct Signer {
    pub address: String,
    pub key: String,
    pub secret: String,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names and values, as they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Signer {
    /// A request as it goes over the wire, signed at a time.
    pub fn signed_at(
        &self,
        at: jiff::Timestamp,
        (method, service, path): (&str, &str, &str),
        body: &[u8],
    ) -> Vec<u8> {
        let date = amz_date(at);
        let hash = sha256(body);
        let mut headers = vec![
            ("host", self.address.clone()),
            ("x-amz-content-sha256", hash.clone()),
            ("x-amz-date", date.clone()),
        ];
        if service != "s3" {
            let form = "application/x-www-form-urlencoded; charset=utf-8";
            headers.insert(0, ("content-type", form.to_owned()));
        }
        let (mut out, ..) = self.head((method, service, path), &headers, &hash);
        out.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        [out.as_bytes(), body].concat()
    }

    /// The head of a request with these headers, which are signed, without its end; the signature, and
    /// the key that it is made with.
    fn head(
        &self,
        (method, service, path): (&str, &str, &str),
        headers: &[(&str, String)],
        hash: &str,
    ) -> (String, Signature<'static>, [u8; 32]) {
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let date = headers.iter().find(|(name, _)| *name == "x-amz-date");
        let day = &date.unwrap().1[..8];
        let authorization = |signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={}/{day}/us-east-1/{service}/aws4_request, SignedHeaders={}, Signature={signature}",
                self.key,
                names.join(";")
            )
        };
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.header("authorization", authorization("0"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let mut found = Signature::find(&parts).unwrap().unwrap();
        let canonical = found.canonical_request(&parts, hash, service == "s3");
        let key = found.signing_key(&self.secret);
        let signature = hmac(&key, found.string_to_sign(&canonical).as_bytes());
        found.signature = hex::encode(signature).into();
        let mut out = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        let authorization = authorization(&found.signature);
        out.push_str(&format!("authorization: {authorization}\r\n"));
        (out, found.into_owned(), key)
    }

    /// An upload in signed chunks with a signed trailer: its head, and its body.
    pub fn chunked(&self, path: &str, chunks: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
        use base64::Engine as _;
        use rolecall::sandbox::Clock as _;
        let hash = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
        let content = chunks.concat();
        let headers = [
            ("content-encoding", "aws-chunked".to_owned()),
            ("host", self.address.clone()),
            ("x-amz-content-sha256", hash.to_owned()),
            (
                "x-amz-date",
                amz_date(rolecall::runtime::clock::System.now()),
            ),
            ("x-amz-decoded-content-length", content.len().to_string()),
            ("x-amz-trailer", "x-amz-checksum-sha256".to_owned()),
        ];
        let (mut head, signature, key) = self.head(("PUT", "s3", path), &headers, hash);
        let (date, scope) = (signature.amz_date.clone(), signature.scope());
        let mut previous = signature.signature.into_owned();
        let mut sign = |kind: &str, parts: &[&str]| {
            let parts = parts.join("\n");
            let text = format!("AWS4-HMAC-SHA256-{kind}\n{date}\n{scope}\n{previous}\n{parts}");
            previous = hex::encode(hmac(&key, text.as_bytes()));
            previous.clone()
        };
        let mut body = Vec::new();
        for chunk in chunks.iter().copied().chain([&b""[..]]) {
            let signature = sign("PAYLOAD", &[&sha256(b""), &sha256(chunk)]);
            let line = format!("{:x};chunk-signature={signature}\r\n", chunk.len());
            body.extend_from_slice(line.as_bytes());
            if !chunk.is_empty() {
                body.extend_from_slice(chunk);
                body.extend_from_slice(b"\r\n");
            }
        }
        let sum = hex::decode(sha256(&content)).unwrap();
        let sum = base64::engine::general_purpose::STANDARD.encode(sum);
        let trailer = format!("x-amz-checksum-sha256:{sum}");
        let signature = sign("TRAILER", &[&sha256(format!("{trailer}\n").as_bytes())]);
        body.extend_from_slice(
            format!("{trailer}\r\nx-amz-trailer-signature:{signature}\r\n\r\n").as_bytes(),
        );
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        (head.into_bytes(), body)
    }

    /// The same, signed now.
    pub fn signed(&self, what: (&str, &str, &str), body: &[u8]) -> Vec<u8> {
        use rolecall::sandbox::Clock as _;
        self.signed_at(rolecall::runtime::clock::System.now(), what, body)
    }

    /// A call of a Query service.
    pub fn call(&self, service: &str, form: &str) -> Vec<u8> {
        let version = match service {
            "iam" => "2010-05-08",
            "sts" => "2011-06-15",
            _ => "2010-05-15",
        };
        let body = format!("{form}&Version={version}");
        self.signed(("POST", service, "/"), body.as_bytes())
    }

    pub fn connect(&self) -> Connection {
        Connection::to(&self.address)
    }
}

/// A connection that is kept alive.
#[derive(Debug)]
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    pub fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub fn stream(&self) -> &TcpStream {
        self.0.get_ref()
    }

    /// Sends a request and reads the answer; an error when the other side is gone.
    pub fn ask(&mut self, request: &[u8]) -> std::io::Result<Answer> {
        self.0.get_mut().write_all(request)?;
        self.answer()
    }

    /// Reads an answer.
    pub fn answer(&mut self) -> std::io::Result<Answer> {
        let gone = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).ok_or_else(gone)?.parse();
        let (mut length, mut headers) = (0, Vec::new());
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(gone());
            }
            if line == "\r\n" {
                break;
            }
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().unwrap();
            }
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer {
            status: status.unwrap(),
            headers,
            body,
        })
    }
}
