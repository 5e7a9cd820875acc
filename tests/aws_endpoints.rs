//! Endpoints that are down, slow or talk nonsense: an error in the AWS CLI's words, never a panic.

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
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rolecall::aws::{Environment, ProfileStore, RealPause, Session, Target, Unobserved, execute};
use rolecall::awscli::{self, Files, Outcome, Verdict};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// What the server does with each connection.
#[derive(Clone, Copy)]
enum Manners {
    /// Answers with these bytes.
    Answer(&'static str),
    /// Says nothing and holds on.
    Silence,
    /// Closes at once.
    Close,
}

async fn serve(manners: Manners) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            match manners {
                Manners::Close => drop(socket),
                Manners::Silence => held.push(socket),
                Manners::Answer(text) => {
                    tokio::spawn(async move {
                        let mut request = [0; 8192];
                        let _ = socket.read(&mut request).await;
                        let _ = socket.write_all(text.as_bytes()).await;
                    });
                }
            }
        }
    });
    address
}

async fn ask(address: &str, command: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let credentials = folder.path().join("credentials");
    std::fs::write(
        &credentials,
        "[t]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("config"),
        "[profile t]\nmax_attempts = 1\n",
    )
    .unwrap();
    let session = Session::new(
        Target::Endpoint(format!("http://{address}")),
        ProfileStore::new(credentials, folder.path().join("config")),
        Environment {
            region: Some("us-east-1".into()),
            ..Environment::default()
        },
        folder.path(),
        Arc::new(RealPause {
            at_most: Duration::from_millis(1),
        }),
    );
    let text = format!("{command} --profile t --cli-read-timeout 1 --cli-connect-timeout 1");
    let command = awscli::parse(&text, &NoFiles).unwrap();
    execute(&session, &command, &mut Unobserved).await
}

async fn outcome(manners: Manners, command: &str) -> (Outcome, String) {
    let address = serve(manners).await.to_string();
    (ask(&address, command).await, address)
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let outcome = ask(&address, "aws sts get-caller-identity").await;
    assert_eq!(outcome.verdict, Verdict::Error);
    assert_eq!(outcome.exit, 255);
    assert_eq!(
        outcome.stderr,
        format!("\naws: [ERROR]: Could not connect to the endpoint URL: \"http://{address}/\"\n")
    );
}

#[tokio::test]
async fn a_connection_that_closes_early_is_an_error() {
    let (outcome, address) = outcome(Manners::Close, "aws sts get-caller-identity").await;
    assert_eq!(
        outcome.stderr,
        format!(
            "\naws: [ERROR]: Connection was closed before we received a valid response from \
             endpoint URL: \"http://{address}/\".\n"
        )
    );
}

#[tokio::test]
async fn a_silent_endpoint_times_out() {
    let (outcome, address) = outcome(Manners::Silence, "aws sts get-caller-identity").await;
    assert_eq!(
        outcome.stderr,
        format!("\naws: [ERROR]: Read timeout on endpoint URL: \"http://{address}/\"\n")
    );
}

#[tokio::test]
async fn nonsense_is_quoted() {
    for (answer, command, expected) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "aws sts get-caller-identity",
            "Unable to parse response (syntax error: line 1, column 0), invalid XML received. \
             Further retries may succeed:\nb'hello'",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n<a>\n  <b></b>",
            "aws iam list-users",
            "Unable to parse response (unclosed token: line 2, column 5), invalid XML \
             received. Further retries may succeed:\nb'<a>\\n  <b></b'",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 6\r\n\r\n<html>",
            "aws s3api list-objects-v2 --bucket b",
            "An error occurred (404) when calling the ListObjectsV2 operation: Not Found",
        ),
        (
            "HTTP/1.1 503 Slow\r\ncontent-length: 0\r\n\r\n",
            "aws sts get-caller-identity",
            "An error occurred (503) when calling the GetCallerIdentity operation: Service \
             Unavailable",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n<GetCallerIdentityResponse>",
            "aws sts get-caller-identity",
            "",
        ),
        ("no HTTP at all\r\n\r\n", "aws sts get-caller-identity", ""),
    ] {
        let (outcome, _) = outcome(Manners::Answer(answer), command).await;
        assert_eq!(outcome.verdict, Verdict::Error, "{answer}");
        let said = outcome
            .stderr
            .trim()
            .strip_prefix("aws: [ERROR]: ")
            .unwrap();
        if expected.is_empty() {
            assert!(!said.is_empty(), "{answer}");
        } else {
            assert_eq!(said, expected);
        }
    }
}
