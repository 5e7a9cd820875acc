//! Answers of AWS, printed as the genuine `aws` printed them: see tests/recorded/record.py.

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

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rolecall::aws::{Environment, ProfileStore, RealPause, Session, Target, Unobserved, execute};
use rolecall::awscli::{self, Files, Style};
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[derive(Deserialize)]
struct Case {
    command: String,
    answers: Vec<Answer>,
    stdout: String,
    stderr: String,
}

#[derive(Deserialize, Clone)]
struct Answer {
    #[serde(default)]
    body: String,
    #[serde(default)]
    headers: serde_json::Map<String, serde_json::Value>,
    status: Option<u16>,
}

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Reads a request and says whether it was a HEAD.
async fn read_request(socket: &mut tokio::net::TcpStream) -> bool {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let known = name.eq_ignore_ascii_case("content-length");
                known.then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return text.starts_with("HEAD ");
            }
        }
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return false,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
}

async fn serve(answers: Vec<Answer>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut answers = answers.into_iter().peekable();
        let mut answer = answers.next().unwrap();
        while let Ok((mut socket, _)) = listener.accept().await {
            let head = read_request(&mut socket).await;
            let mut text = format!("HTTP/1.1 {} X\r\n", answer.status.unwrap_or(200));
            for (name, value) in &answer.headers {
                text.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap()));
            }
            if !answer.headers.contains_key("content-length") && answer.status != Some(204) {
                text.push_str(&format!("content-length: {}\r\n", answer.body.len()));
            }
            text.push_str("connection: close\r\n\r\n");
            if !head {
                text.push_str(&answer.body);
            }
            socket.write_all(text.as_bytes()).await.unwrap();
            answer = answers.next().unwrap_or(answer);
        }
    });
    format!("http://{address}")
}

/// A date in local time, as `s3 ls` prints it where the recording was made in UTC.
fn local(text: &str) -> String {
    let at: jiff::Timestamp = "2026-11-23T16:10:00Z".parse().unwrap();
    let here = at.to_zoned_datetime(jiff::tz::TimeZone::system());
    text.replace(
        "2026-11-23 16:10:00",
        &here.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

#[tokio::test]
async fn answers_are_printed_as_the_genuine_cli_prints_them() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("recorded/outputs.json")).unwrap();
    assert!(cases.len() > 70);
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(
        folder.path().join("credentials"),
        folder.path().join("config"),
    );
    std::fs::write(
        folder.path().join("credentials"),
        "[t]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("config"),
        "[profile t]\nmax_attempts = 1\n",
    )
    .unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let url = serve(case.answers.clone()).await;
        let environment = Environment {
            region: Some("us-east-1".into()),
            ..Environment::default()
        };
        let pause = Arc::new(RealPause {
            at_most: Duration::from_millis(1),
        });
        let session = Session::new(
            Target::Endpoint(url),
            store.clone(),
            environment,
            folder.path(),
            pause,
        );
        let command = awscli::parse(&format!("{} --profile t", case.command), &NoFiles)
            .unwrap_or_else(|error| panic!("{}: {error}", case.command));
        let outcome = execute(&session, &command, &mut Unobserved).await;
        let stdout = outcome.stdout.revealed();
        let expected = if matches!(outcome.stdout.style, Style::Text(_)) {
            local(&case.stdout)
        } else {
            case.stdout
        };
        // Version 2 says who speaks; the recording was not retried.
        let stderr = outcome.stderr.replace("aws: [ERROR]: ", "");
        let told = case.stderr.replace(" (reached max retries: 0)", "");
        if stdout != expected || stderr.trim() != told.trim() {
            wrong.push(format!(
                "{}\n--- expected\n{expected}{told}--- found\n{stdout}{stderr}",
                case.command
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
