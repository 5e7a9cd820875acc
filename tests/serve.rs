//! `rolecall serve`: the real program on a port, spoken to by raw sockets.

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

mod bounded;
mod served;
mod signed;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use served::Server;

impl Server {
    fn start(arguments: &[&str]) -> Self {
        Self::of(&mut Command::new(env!("CARGO_BIN_EXE_rolecall")), arguments)
    }

    fn signer(&self) -> signed::Signer {
        signed::Signer {
            address: self.address().to_owned(),
            key: self.text("access_key_id").to_owned(),
            secret: self.text("secret_access_key").to_owned(),
        }
    }

    /// As `kill -9` does it.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn address(&self) -> &str {
        self.text("endpoint").strip_prefix("http://").unwrap()
    }

    fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(bounded::PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    fn get(&self, path: &str) -> String {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        ))
    }

    fn stop(mut self) -> i32 {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        let ended = bounded::wait(&mut self.process);
        ended.expect("it ends when told").code().unwrap()
    }
}

fn state(folder: &Path) -> String {
    folder.join("world.json").to_str().unwrap().to_owned()
}

#[test]
fn it_is_ready_when_it_says_so_and_takes_the_identity_it_is_given() {
    let server = Server::start(&[
        "--ephemeral",
        "--account",
        "111122223333",
        "--access-key-id",
        "AKIAIOSFODNN7EXAMPLE",
        "--secret-access-key",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ]);
    assert_eq!(server.text("account"), "111122223333");
    assert_eq!(server.text("region"), "us-east-1");
    assert_eq!(server.text("access_key_id"), "AKIAIOSFODNN7EXAMPLE");
    assert!(
        server
            .get("/_rolecall/health")
            .starts_with("HTTP/1.1 200 OK")
    );
    assert_eq!(server.stop(), 0);
}

#[test]
fn the_world_is_kept_between_runs_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = state(folder.path());
    let first = Server::start(&["--state", &file]);
    let key = first.text("access_key_id").to_owned();
    let again = bounded::output(
        Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .args(["serve", "--port", "0", "--state", &file]),
    );
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("another rolecall serves the world"));
    assert_eq!(first.stop(), 0);
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let second = Server::start(&["--state", &file]);
    assert_eq!(second.text("access_key_id"), key);
}

#[test]
fn a_damaged_world_is_set_aside_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = state(folder.path());
    std::fs::write(&file, "{\"format_version\": 1, \"region\"").unwrap();
    let server = Server::start(&["--state", &file]);
    assert!(
        server
            .get("/_rolecall/health")
            .starts_with("HTTP/1.1 200 OK")
    );
    let aside = std::fs::read_to_string(format!("{file}.damaged-1")).unwrap();
    assert!(aside.starts_with("{\"format_version\": 1"));
}

#[test]
fn an_unsigned_reset_is_refused_and_other_paths_say_what_there_is() {
    let server = Server::start(&["--ephemeral"]);
    let reset = "POST /_rolecall/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert!(server.raw(reset).starts_with("HTTP/1.1 403"));
    let other = server.get("/_rolecall/users");
    assert!(
        other.starts_with("HTTP/1.1 404") && other.contains("GET /_rolecall/health"),
        "{other}"
    );
}

#[test]
fn clients_that_break_the_protocol_end_only_themselves() {
    let server = Server::start(&["--ephemeral"]);
    let huge = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        u64::MAX / 4
    );
    let answer = server.raw(&huge);
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("<Code>EntityTooLarge</Code>"),
        "{answer}"
    );
    let answer = server.raw("\u{1}\u{2}nonsense\r\n\r\n");
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    let mut silent = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream
            .write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
            .unwrap();
        silent.push(stream);
    }
    assert!(
        server
            .get("/_rolecall/health")
            .starts_with("HTTP/1.1 200 OK")
    );
    drop(silent);
    assert_eq!(server.stop(), 0);
}

/// What was answered, as a request that finds it and a text that must be in its answer.
type Written = ((&'static str, String), String);

/// Writes until the server is gone: objects, users with keys, roles' sessions.
fn write_on(signer: &signed::Signer, name: &str, answered: &std::sync::mpsc::Sender<Written>) {
    let mut connection = signer.connect();
    for number in 0.. {
        let (request, check, expected) = match number % 3 {
            0 => {
                let body = format!("{name}-{number}").repeat(number * 50 + 1);
                let path = format!("/kept/{name}-{number}");
                let request = signer.signed(("PUT", "s3", &path), body.as_bytes());
                (request, ("s3", path), Some(body))
            }
            1 => {
                let form = format!("Action=CreateUser&UserName={name}-{number}");
                let check = format!("Action=GetUser&UserName={name}-{number}");
                (signer.call("iam", &form), ("iam", check), None)
            }
            _ => {
                let form = format!("Action=CreateAccessKey&UserName={name}-{}", number - 1);
                let check = format!("Action=ListAccessKeys&UserName={name}-{}", number - 1);
                (signer.call("iam", &form), ("iam", check), None)
            }
        };
        let Ok(answer) = connection.ask(&request) else {
            return;
        };
        assert_eq!(answer.status, 200, "{}", answer.text());
        let text = answer.text();
        let id = ["UserId", "AccessKeyId"].into_iter().find_map(|element| {
            let (_, rest) = text.split_once(&format!("<{element}>"))?;
            Some(rest.split_once('<')?.0.to_owned())
        });
        let expected = expected.or(id).unwrap();
        if answered.send((check, expected)).is_err() {
            return;
        }
    }
}

#[test]
fn every_answered_write_outlives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let file = state(folder.path());
    let mut written: Vec<Written> = Vec::new();
    for round in 0..4 {
        let mut server = Server::start(&["--state", &file]);
        let signer = server.signer();
        let mut connection = signer.connect();
        for (check, expected) in &written {
            let request = match check {
                ("s3", path) => signer.signed(("GET", "s3", path), b""),
                (service, form) => signer.call(service, form),
            };
            let answer = connection.ask(&request).unwrap();
            assert_eq!(
                answer.status,
                200,
                "round {round}: {check:?} {}",
                answer.text()
            );
            assert!(answer.text().contains(expected), "round {round}: {check:?}");
        }
        if round == 0 {
            let made = connection
                .ask(&signer.signed(("PUT", "s3", "/kept"), b""))
                .unwrap();
            assert_eq!(made.status, 200, "{}", made.text());
        }
        let (answered, answers) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (signer, answered) = (&signer, answered.clone());
                let name = format!("r{round}-t{thread}");
                scope.spawn(move || write_on(signer, &name, &answered));
            }
            drop(answered);
            written.extend(answers.iter().take(120));
            server.kill();
            // What was answered before the end reached the writers counts too.
            written.extend(answers.iter());
        });
    }
    let server = Server::start(&["--state", &file]);
    assert_eq!(server.stop(), 0);
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("damaged"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn stacks_are_made_at_once_where_that_is_asked_for() {
    const TEMPLATE: &str =
        "%7B%22Resources%22%3A%7B%22R%22%3A%7B%22Type%22%3A%22AWS%3A%3AS3%3A%3ABucket%22%7D%7D%7D";
    let server = Server::start(&["--ephemeral", "--instant-stacks"]);
    let signer = server.signer();
    let mut connection = signer.connect();
    let form = format!("Action=CreateStack&StackName=s&TemplateBody={TEMPLATE}");
    let made = connection
        .ask(&signer.call("cloudformation", &form))
        .unwrap();
    assert_eq!(made.status, 200, "{}", made.text());
    let form = "Action=DescribeStacks&StackName=s";
    let told = connection
        .ask(&signer.call("cloudformation", form))
        .unwrap();
    assert!(
        told.text()
            .contains("<StackStatus>CREATE_COMPLETE</StackStatus>"),
        "{}",
        told.text()
    );
}
