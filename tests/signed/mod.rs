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
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let authorization = |signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={}/{}/us-east-1/{service}/aws4_request, SignedHeaders={}, Signature={signature}",
                self.key,
                &date[..8],
                names.join(";")
            )
        };
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in &headers {
            request = request.header(*name, value);
        }
        let request = request.header("authorization", authorization("0"));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let found = Signature::find(&parts).unwrap().unwrap();
        let canonical = found.canonical_request(&parts, &hash, service == "s3");
        let key = found.signing_key(&self.secret);
        let signature = hex::encode(hmac(&key, found.string_to_sign(&canonical).as_bytes()));
        let mut out = format!("{method} {path} HTTP/1.1\r\n");
        headers.push(("authorization", authorization(&signature)));
        headers.push(("content-length", body.len().to_string()));
        for (name, value) in headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        [out.as_bytes(), body].concat()
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
        let mut length = 0;
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(gone());
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer {
            status: status.unwrap(),
            body,
        })
    }
}
