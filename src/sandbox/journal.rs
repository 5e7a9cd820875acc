//! The changes of a world, written down one by one, so that an answered write outlives the program.
//!
//! A sandbox depends on nothing but its state, the requests and their times. So a change is kept as
//! the request that made it, and is made again by answering that once more (`Sandbox::replay`).
//! What only reads is not written down; what it leaves (when a key or a role was last used, decisions)
//! is kept by the next save of the whole world.

use std::fmt;
use std::io;
use std::io::Write as _;
use std::net::IpAddr;

use bytes::Bytes;
use http::request::Parts;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ClientAddress;
use crate::model::Service;

/// Headers of one request; the listener takes fewer.
const MOST_HEADERS: usize = 256;

/// Where a sandbox writes its changes down.
pub trait Journal: fmt::Debug + Send + Sync {
    /// Whether changes can be written down. While they cannot, none is made.
    fn ready(&self) -> bool;

    /// Takes an entry. Entries come one by one in the order of the changes, while nobody else can
    /// change the world: nothing is written yet.
    fn push(&self, entry: Entry);

    /// What comes from here on goes to the journal of that number: all before it is in a copy of
    /// the world.
    fn turn(&self, number: u64);

    /// Writes what was taken. A request is answered after this.
    ///
    /// # Errors
    ///
    /// What the disk says; the journal is not ready from then on.
    fn flush(&self) -> io::Result<()>;
}

/// One change.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The time by the sandbox's clock.
    pub at: Timestamp,
    /// How many ids had been drawn before.
    pub ids: u64,
    /// What led to the change.
    pub cause: Cause,
}

/// What leads to a change.
#[derive(Debug, Clone)]
pub enum Cause {
    /// Work that was due.
    Due,
    /// A request.
    Request {
        /// Its head.
        parts: Box<Parts>,
        /// Its body, as it came.
        body: Bytes,
        /// Code of the error that it was answered with; `None` where it succeeded.
        refused: Option<String>,
    },
}

/// The first line of an entry. What follows is the request as HTTP/1.1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: Timestamp,
    ids: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<IpAddr>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl Entry {
    /// What a request changed.
    #[must_use]
    pub fn request(
        at: Timestamp,
        ids: u64,
        parts: &Parts,
        body: Bytes,
        refused: Option<String>,
    ) -> Self {
        let parts = Box::new(parts.clone());
        Self {
            at,
            ids,
            cause: Cause::Request {
                parts,
                body,
                refused,
            },
        }
    }

    /// The entry as bytes, in two pieces: what is made here, and the body as it came.
    ///
    /// # Errors
    ///
    /// None that a time or an id could lead to.
    pub fn pieces(&self) -> io::Result<(Vec<u8>, Bytes)> {
        let mut line = Line {
            at: self.at,
            ids: self.ids,
            from: None,
            refused: None,
        };
        let mut out = Vec::with_capacity(1024);
        let Cause::Request {
            parts,
            body,
            refused,
        } = &self.cause
        else {
            serde_json::to_writer(&mut out, &line)?;
            out.push(b'\n');
            return Ok((out, Bytes::new()));
        };
        line.from = parts.extensions.get::<ClientAddress>().map(|from| from.0);
        line.refused.clone_from(refused);
        serde_json::to_writer(&mut out, &line)?;
        write!(out, "\n{} {} HTTP/1.1\r\n", parts.method, parts.uri)?;
        for (name, value) in &parts.headers {
            write!(out, "{name}: ")?;
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        Ok((out, body.clone()))
    }

    /// Reads what [`Entry::pieces`] gave, the pieces one behind the other.
    ///
    /// # Errors
    ///
    /// In words, where it is not an entry.
    pub fn read(mut bytes: Bytes) -> Result<Self, String> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let line = bytes.split_to(end.ok_or("it has no first line")? + 1);
        let line: Line = serde_json::from_slice(&line).map_err(|error| error.to_string())?;
        let cause = if bytes.is_empty() {
            Cause::Due
        } else {
            let mut request = read_request(bytes).map_err(|error| error.to_string())?;
            if let Some(from) = line.from {
                request.extensions_mut().insert(ClientAddress(from));
            }
            let (parts, body) = request.into_parts();
            Cause::Request {
                parts: Box::new(parts),
                body,
                refused: line.refused,
            }
        };
        Ok(Self {
            at: line.at,
            ids: line.ids,
            cause,
        })
    }
}

fn read_request(
    bytes: Bytes,
) -> Result<http::Request<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let length = match head.parse(&bytes)? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Err("the request's head breaks off".into()),
    };
    let mut request = http::Request::builder()
        .method(head.method.unwrap_or_default())
        .uri(head.path.unwrap_or_default());
    for header in head.headers.iter() {
        request = request.header(header.name, header.value);
    }
    Ok(request.body(bytes.slice(length..))?)
}

/// Whether an operation only reads, whatever comes of it.
#[must_use]
pub fn only_reads(service: Service, operation: &str) -> bool {
    const READS: [&str; 8] = [
        "Get", "Head", "List", "Describe", "Simulate", "Validate", "Estimate", "Decode",
    ];
    // STS has credentials to be got.
    let makes =
        service == Service::Sts && matches!(operation, "GetSessionToken" | "GetFederationToken");
    !makes && READS.iter().any(|verb| operation.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cause: Cause) -> Entry {
        Entry {
            at: "2026-11-23T16:10:00.123456789Z".parse().unwrap(),
            ids: 7,
            cause,
        }
    }

    fn again(entry: &Entry) -> Entry {
        let (head, body) = entry.pieces().unwrap();
        Entry::read([head.as_slice(), &body].concat().into()).unwrap()
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        let (mut parts, body) = http::Request::builder()
            .method("PUT")
            .uri("/b/k%20%C3%BC?x=&y")
            .header(
                "x-amz-meta-a",
                http::HeaderValue::from_bytes(b"\xc3 \t ,").unwrap(),
            )
            .header("x-twice", "1")
            .header("x-twice", "2")
            .body(Bytes::from_static(b"\r\n\r\n\0"))
            .unwrap()
            .into_parts();
        let from = "127.0.0.1".parse().unwrap();
        parts.extensions.insert(ClientAddress(from));
        let written = entry(Cause::Request {
            parts: Box::new(parts.clone()),
            body: body.clone(),
            refused: Some("NoSuchBucket".to_owned()),
        });
        let read = again(&written);
        assert_eq!((read.at, read.ids), (written.at, 7));
        let Cause::Request {
            parts: found,
            body: data,
            refused,
        } = read.cause
        else {
            panic!("not a request");
        };
        assert_eq!(found.method, parts.method);
        assert_eq!(found.uri, parts.uri);
        assert_eq!(found.headers, parts.headers);
        assert_eq!(data, body);
        assert_eq!(refused.as_deref(), Some("NoSuchBucket"));
        assert_eq!(found.extensions.get::<ClientAddress>().unwrap().0, from);
    }

    #[test]
    fn due_work_is_read_as_it_was_written_and_anything_else_is_refused() {
        assert!(matches!(again(&entry(Cause::Due)).cause, Cause::Due));
        for damaged in [
            "",
            "{}",
            "{}\n",
            "{\"at\":\"2026-11-23T16:10:00Z\",\"ids\":1}\nGET /",
        ] {
            Entry::read(Bytes::from(damaged)).unwrap_err();
        }
    }

    #[test]
    fn what_makes_something_is_no_read() {
        for (service, operation, reads) in [
            (Service::Sts, "GetCallerIdentity", true),
            (Service::Sts, "GetSessionToken", false),
            (Service::Sts, "GetFederationToken", false),
            (Service::Sts, "AssumeRole", false),
            (Service::S3, "HeadObject", true),
            (Service::S3, "PutObject", false),
            (Service::Iam, "GenerateCredentialReport", false),
            (Service::CloudFormation, "ValidateTemplate", true),
        ] {
            assert_eq!(only_reads(service, operation), reads, "{operation}");
        }
    }
}
