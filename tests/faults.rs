//! What clients may do to `rolecall serve`: break the protocol, dawdle, lie, come in crowds. Others are
//! served, nobody gets in, and what clients hold is bounded.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

mod signed;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rolecall::runtime::clock::System;
use rolecall::sandbox::listener::{self, Limits};
use rolecall::sandbox::{Clock as _, Sandbox, Settings};
use signed::{Answer, Connection, Signer};

/// A sandbox behind a listener.
struct Served {
    signer: Signer,
    _stop: tokio::sync::oneshot::Sender<()>,
    _runtime: tokio::runtime::Runtime,
}

impl Served {
    fn new() -> Self {
        Self::within(Limits::default())
    }

    fn within(limits: Limits) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            // One, as `rolecall serve` has.
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sandbox = Arc::new(Sandbox::new(Settings::new([7; 32], Arc::new(System))));
        let keys = sandbox.administrator("123456789012").unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let listener = runtime.block_on(listener::bind(0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        runtime.spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            listener::serve_within(limits, listener, sandbox, stop).await
        });
        Self {
            signer: Signer {
                address,
                key: keys.access_key_id,
                secret: keys.secret_access_key.expose().to_owned(),
            },
            _stop: stop,
            _runtime: runtime,
        }
    }

    fn whoami(&self) -> Vec<u8> {
        self.signer.call("sts", "Action=GetCallerIdentity")
    }

    /// Whether others are served.
    fn lives(&self) {
        let answer = self.signer.connect().ask(&self.whoami()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn raw(&self, bytes: &[u8]) -> (TcpStream, String) {
        let mut connection = Connection::to(&self.signer.address);
        // A server that has refused the head may be gone before the rest is sent.
        let _ = connection.stream().write_all(bytes);
        let answer = connection.answer();
        let text = match answer {
            Ok(Answer { status, body, .. }) => {
                format!("{status} {}", String::from_utf8_lossy(&body))
            }
            Err(error) => error.to_string(),
        };
        (connection.stream().try_clone().unwrap(), text)
    }
}

/// A head of a PUT that says how its body is sent.
fn put(served: &Served, headers: &str) -> Vec<u8> {
    format!(
        "PUT /bucket/key HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
        served.signer.address
    )
    .into_bytes()
}

#[test]
fn nonsense_is_refused_and_ends_its_own_connection_only() {
    let served = Served::new();
    let long = "x".repeat(1024 * 1024);
    let heads: [Vec<u8>; 10] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nA: \0\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        format!("GET /{long} HTTP/1.1\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\nA: {long}\r\n\r\n").into_bytes(),
        put(&served, &"a: b\r\n".repeat(1000)),
        put(&served, "Content-Length: 1\r\nContent-Length: 2\r\n"),
    ];
    for head in heads {
        let (_, answer) = served.raw(&head);
        assert!(
            !answer.starts_with('2'),
            "{:?} is answered {answer}",
            String::from_utf8_lossy(&head[..head.len().min(60)])
        );
    }
    served.lives();
}

#[test]
fn bodies_that_are_too_large_or_break_off_are_refused_in_words_of_aws() {
    let served = Served::new();
    let (_, answer) = served.raw(&put(&served, "Content-Length: 99999999999\r\n"));
    assert!(
        answer.starts_with("400 ") && answer.contains("EntityTooLarge"),
        "{answer}"
    );
    let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9999999\r\n";
    let (_, answer) = served.raw(&put(&served, form));
    assert!(
        answer.starts_with("413 ") && answer.contains("RequestEntityTooLarge"),
        "{answer}"
    );

    for (headers, body) in [
        ("Content-Length: 100\r\n", &b"half"[..]),
        ("Transfer-Encoding: chunked\r\n", b"5\r\nhel"),
        ("Transfer-Encoding: chunked\r\n", b"not a size\r\n"),
    ] {
        let mut connection = Connection::to(&served.signer.address);
        let mut request = put(&served, headers);
        request.extend_from_slice(body);
        connection.stream().write_all(&request).unwrap();
        connection.stream().shutdown(Shutdown::Write).unwrap();
        if let Ok(answer) = connection.answer() {
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
    }
    served.lives();
}

#[test]
fn a_half_closed_socket_is_answered() {
    let served = Served::new();
    let mut connection = served.signer.connect();
    connection.stream().write_all(&served.whoami()).unwrap();
    connection.stream().shutdown(Shutdown::Write).unwrap();
    assert_eq!(connection.answer().unwrap().status, 200);
}

#[test]
fn aws_chunks_that_are_cut_or_changed_write_nothing() {
    let served = Served::new();
    make_bucket(&served);
    // Without a signature of its own: the chunks are those of an anonymous request.
    for body in [
        "",
        "5",
        "5\r\n",
        "5\r\nhel",
        "5;chunk-signature=0\r\nhello\r\n",
        "ffffffffffffffffff\r\n",
        "-1\r\n",
    ] {
        let headers = format!(
            "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nContent-Length: {}\r\n",
            body.len()
        );
        let mut request = put(&served, &headers);
        request.extend_from_slice(body.as_bytes());
        let (_, answer) = served.raw(&request);
        assert!(answer.starts_with('4'), "{body:?} is answered {answer}");
    }
    let (status, text) = object(&served, "/bucket/key");
    assert_eq!(status, 404, "{text}");
}

/// The status and text of an object.
fn object(served: &Served, path: &str) -> (u16, String) {
    let request = served.signer.signed(("GET", "s3", path), b"");
    let answer = served.signer.connect().ask(&request).unwrap();
    (answer.status, answer.text())
}

fn make_bucket(served: &Served) {
    let request = served.signer.signed(("PUT", "s3", "/bucket"), b"");
    let answer = served.signer.connect().ask(&request).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

const CHUNKS: [&[u8]; 3] = [b"\r\n0;chunk", b"-signature=\r\n", b"x-amz-\r\n\r\n"];

#[test]
fn signed_chunks_may_come_in_any_pieces() {
    let served = Served::new();
    make_bucket(&served);
    let content = String::from_utf8(CHUNKS.concat()).unwrap();
    let (_, body) = served.signer.chunked("/bucket/key", &CHUNKS);
    let mut connection = served.signer.connect();
    for cut in (1..body.len()).step_by(3) {
        let path = format!("/bucket/key-{cut}");
        let (head, body) = served.signer.chunked(&path, &CHUNKS);
        let (first, rest) = body.split_at(cut);
        connection
            .stream()
            .write_all(&[&head, first].concat())
            .unwrap();
        // While the upload stands still somebody else is served.
        if cut % 8 == 0 {
            served.lives();
        }
        let answer = connection.ask(rest).unwrap();
        assert_eq!(answer.status, 200, "cut at {cut}: {}", answer.text());
        if cut % 8 == 0 {
            assert_eq!(object(&served, &path), (200, content.clone()));
        }
    }
}

#[test]
fn a_signed_upload_that_breaks_off_writes_nothing() {
    let served = Served::new();
    make_bucket(&served);
    let (head, body) = served.signer.chunked("/bucket/key", &CHUNKS);
    for cut in (0..body.len()).step_by(5) {
        let mut connection = served.signer.connect();
        let request = [&head, &body[..cut]].concat();
        connection.stream().write_all(&request).unwrap();
        connection.stream().shutdown(Shutdown::Write).unwrap();
        // It is told, or the connection is at its end.
        if let Ok(answer) = connection.answer() {
            assert_eq!(answer.status, 400, "cut at {cut}: {}", answer.text());
        }
        let (status, text) = object(&served, "/bucket/key");
        assert_eq!(status, 404, "cut at {cut}: {text}");
    }
    // Whole it is taken.
    let answer = served.signer.connect().ask(&[head, body].concat()).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn every_byte_of_a_signed_upload_counts() {
    let served = Served::new();
    make_bucket(&served);
    let (head, body) = served.signer.chunked("/bucket/key", &CHUNKS);
    let mut connection = served.signer.connect();
    // The ends of lines are signed by nobody.
    let counts = |at: &usize| !b"\r\n".contains(&body[*at]);
    for at in (0..body.len()).filter(counts) {
        let mut changed = body.clone();
        changed[at] ^= 1;
        let answer = connection.ask(&[&head[..], &changed].concat()).unwrap();
        assert!(
            matches!(answer.status, 400 | 403),
            "changed at {at}: {} {}",
            answer.status,
            answer.text()
        );
    }
    let (status, text) = object(&served, "/bucket/key");
    assert_eq!(status, 404, "{text}");
}

#[test]
fn slow_clients_are_shown_out_while_others_are_served() {
    let served = Served::within(Limits {
        head: Duration::from_millis(300),
        body: Duration::from_millis(300),
        write: Duration::from_millis(300),
        ..Limits::default()
    });
    let slow: [Vec<u8>; 4] = [
        Vec::new(),
        b"GET / HTTP/1.1\r\nHost: x\r\n".to_vec(),
        put(&served, "Content-Length: 100000000\r\n"),
        put(&served, "Transfer-Encoding: chunked\r\n"),
    ];
    let mut clients = Vec::new();
    for _ in 0..60 {
        for bytes in &slow {
            let stream = TcpStream::connect(&served.signer.address).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(120)))
                .unwrap();
            (&stream).write_all(bytes).unwrap();
            clients.push(stream);
        }
    }
    served.lives();
    // Each is answered or not, and then closed: a read that waited for ever would fail.
    for client in clients {
        let mut answer = Vec::new();
        if let Err(error) = (&client).read_to_end(&mut answer) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        }
    }
    served.lives();
}

#[test]
fn a_client_that_never_reads_is_shown_out() {
    let served = Served::within(Limits {
        write: Duration::from_millis(300),
        connections: 3,
        ..Limits::default()
    });
    let signer = &served.signer;
    let mut connection = signer.connect();
    let data = vec![b'x'; 32 * 1024 * 1024];
    for request in [
        signer.signed(("PUT", "s3", "/bucket"), b""),
        signer.signed(("PUT", "s3", "/bucket/large"), &data),
    ] {
        let answer = connection.ask(&request).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    drop(connection);
    let get = signer.signed(("GET", "s3", "/bucket/large"), b"");
    let deaf: Vec<_> = (0..3)
        .map(|_| {
            let connection = signer.connect();
            connection.stream().write_all(&get).unwrap();
            connection
        })
        .collect();
    // All places are taken until they are shown out.
    served.lives();
    drop(deaf);
}

#[test]
fn a_thousand_connections_are_served() {
    let served = Served::new();
    let whoami = served.whoami();
    let mut connections: Vec<_> = (0..1_000).map(|_| served.signer.connect()).collect();
    for connection in &connections {
        connection.stream().write_all(&whoami).unwrap();
    }
    for connection in &mut connections {
        assert_eq!(connection.answer().unwrap().status, 200);
    }
    // They are kept, and each is served again.
    for connection in &mut connections {
        assert_eq!(connection.ask(&whoami).unwrap().status, 200);
    }
    served.lives();
}

#[test]
fn nobody_gets_in_with_a_wrong_an_old_or_a_foreign_signature() {
    let served = Served::new();
    let signer = &served.signer;
    let whoami = String::from_utf8(served.whoami()).unwrap();
    let (before, signature) = whoami.split_once("Signature=").unwrap();
    let (signature, after) = signature.split_at(64);
    std::thread::scope(|scope| {
        for thread in 0..4_usize {
            scope.spawn(move || {
                let mut connection = signer.connect();
                for number in 0..750 {
                    let mut wrong = signature.as_bytes().to_vec();
                    let digit = &mut wrong[(thread * 750 + number) % 64];
                    *digit = if *digit == b'0' { b'1' } else { b'0' };
                    let wrong = String::from_utf8(wrong).unwrap();
                    let request = format!("{before}Signature={wrong}{after}");
                    let answer = connection.ask(request.as_bytes()).unwrap();
                    assert_eq!(answer.status, 403, "{}", answer.text());
                }
            });
        }
    });
    let now = System.now();
    for minutes in [-16, 16] {
        let at = now
            .saturating_add(jiff::SignedDuration::from_mins(minutes))
            .unwrap();
        let body = b"Action=GetCallerIdentity&Version=2011-06-15";
        let request = signer.signed_at(at, ("POST", "sts", "/"), body);
        let answer = signer.connect().ask(&request).unwrap();
        assert_eq!(answer.status, 403, "{}", answer.text());
    }
    for (key, secret) in [
        (signer.key.as_str(), "another"),
        ("AKIAIOSFODNN7EXAMPLE", &*signer.secret),
    ] {
        let other = Signer {
            address: signer.address.clone(),
            key: key.to_owned(),
            secret: secret.to_owned(),
        };
        let request = other.call("iam", "Action=CreateUser&UserName=mallory");
        assert_eq!(signer.connect().ask(&request).unwrap().status, 403);
    }
    // What was signed is what is done: a body that was changed on the way is not.
    let create = signer.call("iam", "Action=CreateUser&UserName=alice");
    let text = String::from_utf8(create).unwrap();
    let text = text.replace("UserName=alice", "UserName=clara");
    let answer = signer.connect().ask(text.as_bytes()).unwrap();
    assert_eq!(answer.status, 403, "{}", answer.text());
    let users = signer
        .connect()
        .ask(&signer.call("iam", "Action=ListUsers"))
        .unwrap()
        .text();
    assert!(
        !users.contains("mallory") && !users.contains("clara"),
        "{users}"
    );
}

/// What AWS says to a time that is not now: pastes of the AWS CLI's output in public issues.
#[test]
fn a_signature_of_another_time_is_refused_in_the_words_of_its_service() {
    let served = Served::new();
    let signer = &served.signer;
    let said = |minutes: i64, what: (&str, &str, &str), body: &[u8]| {
        let at = System
            .now()
            .saturating_add(jiff::SignedDuration::from_mins(minutes))
            .unwrap();
        let request = signer.signed_at(at, what, body);
        let answer = signer.connect().ask(&request).unwrap();
        assert_eq!(answer.status, 403, "{}", answer.text());
        answer.text()
    };
    let body = b"Action=ListUsers&Version=2010-05-08";
    let late = said(-20, ("POST", "iam", "/"), body);
    assert!(
        late.contains("<Code>SignatureDoesNotMatch</Code>"),
        "{late}"
    );
    assert!(late.contains("Signature expired: "), "{late}");
    assert!(late.contains(" is now earlier than "), "{late}");
    let early = said(20, ("POST", "iam", "/"), body);
    assert!(early.contains("Signature not yet current: "), "{early}");
    assert!(early.contains(" is still later than "), "{early}");
    for minutes in [-20, 20] {
        let skewed = said(minutes, ("GET", "s3", "/"), b"");
        assert!(
            skewed.contains("<Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the current time is too large.</Message>"),
            "{skewed}"
        );
    }
}
