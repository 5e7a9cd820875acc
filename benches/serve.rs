//! `cargo bench --bench serve`: what `rolecall serve` answers a second over kept connections, with
//! signatures checked and policies evaluated, beside a bare hyper server that gives the same bytes.
//!
//! The client is `wrk` (a Debian package), on the same machine. Both servers run at the same time on
//! the same cores, and are asked in turn, several times: the best of each is told. So are other emulators
//! that run already: `ROLECALL_BENCH_PEERS=name=127.0.0.1:4566,other=127.0.0.1:4567`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement that cannot be made stops"
)]

#[path = "../tests/signed/mod.rs"]
mod signed;

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use signed::{Answer, Signer};

/// Times that each figure is taken.
const ROUNDS: usize = 3;
/// Accounts of the world.
const ACCOUNTS: usize = 25;
/// Users of each: IAM's quota is 5,000.
const USERS: usize = 4_500;
/// Managed policies of each: IAM's quota is 1,500.
const POLICIES: usize = 1_400;
/// Seconds of one.
const SECONDS: usize = 3;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (mut server, signers, ready) = start();
    let signer = signers[0].clone();
    println!("ready in {:.3} s, {} MiB", ready, memory(server.id()));
    if Command::new("wrk")
        .arg("-v")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("wrk is not installed: no requests a second are measured");
    } else {
        requests(&signer);
        println!("{} MiB after that", memory(server.id()));
    }
    growth(&signers);
    println!("{} MiB with all that", memory(server.id()));
    reset(&signer);
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Starts the program with nothing kept. Gives the administrators of its accounts, and the seconds
/// until it says that it is ready.
fn start() -> (Child, Vec<Signer>, f64) {
    let begun = Instant::now();
    let accounts = (0..ACCOUNTS).map(|number| (111_111_111_111_u64 + number as u64).to_string());
    let mut server = Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .args(["serve", "--port", "0", "--json", "--ephemeral"])
        .args(accounts.flat_map(|account| ["--account".to_owned(), account]))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(server.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let ready = begun.elapsed().as_secs_f64();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |of: &serde_json::Value, key: &str| of[key].as_str().unwrap().to_owned();
    let others = told["accounts"].as_array().unwrap().iter();
    let signers = std::iter::once(&told).chain(others).map(|keys| Signer {
        address: text(&told, "endpoint").replace("http://", ""),
        key: text(keys, "access_key_id"),
        secret: text(keys, "secret_access_key"),
    });
    (server, signers.collect(), ready)
}

/// Resident memory of a process in MiB.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

fn ask(signer: &Signer, request: &[u8]) -> Answer {
    let answer = signer.connect().ask(request).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// A request of whoever signs it.
type Ask = fn(&Signer) -> Vec<u8>;

fn requests(signer: &Signer) {
    let peers = peers(signer);
    for signer in peers.iter().map(|(_, signer)| signer).chain([signer]) {
        ask(signer, &signer.signed(("PUT", "s3", "/ten"), b""));
        for key in 0..10 {
            let path = format!("/ten/key-{key}");
            ask(signer, &signer.signed(("PUT", "s3", &path), b"data"));
        }
    }
    let names: String = peers.iter().map(|(name, _)| format!(" {name} |")).collect();
    println!("\n| requests a second | connections | rolecall | bare hyper | of that |{names}");
    println!("|---|---:|---:|---:|---:|{}", "---:|".repeat(peers.len()));
    // As the AWS CLI sends them.
    let of: [(&str, Ask); 2] = [
        ("GetCallerIdentity", |signer| {
            signer.call("sts", "Action=GetCallerIdentity")
        }),
        ("ListObjectsV2, ten keys", |signer| {
            signer.signed(("GET", "s3", "/ten?list-type=2"), b"")
        }),
    ];
    for (name, request) in of {
        let ours = request(signer);
        let bare = bare(ask(signer, &ours));
        let mut servers = vec![(signer.address.clone(), ours.clone()), (bare, ours)];
        for (_, peer) in &peers {
            servers.push((peer.address.clone(), request(peer)));
        }
        for connections in [1, 8] {
            let mut best = vec![0.0_f64; servers.len()];
            for _ in 0..ROUNDS {
                for (best, (address, request)) in best.iter_mut().zip(&servers) {
                    *best = best.max(wrk(address, request, connections));
                }
            }
            let (ours, bare) = (best[0], best[1]);
            let theirs: String = best[2..].iter().map(|it| format!(" {it:.0} |")).collect();
            let share = ours / bare * 100.0;
            println!("| {name} | {connections} | {ours:.0} | {bare:.0} | {share:.0} % |{theirs}");
        }
    }
    println!();
}

/// Other emulators, with their names; what checks signatures has to know these keys.
fn peers(signer: &Signer) -> Vec<(String, Signer)> {
    let named = std::env::var("ROLECALL_BENCH_PEERS").unwrap_or_default();
    let named = named.split(',').filter(|peer| !peer.is_empty());
    named
        .map(|peer| {
            let (name, address) = peer.split_once('=').expect("name=address:port");
            let signer = Signer {
                address: address.to_owned(),
                ..signer.clone()
            };
            (name.to_owned(), signer)
        })
        .collect()
}

/// A hyper server on all cores that answers everything with the same headers and body. Gives its address.
fn bare(answer: Answer) -> String {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let body = Bytes::from(answer.body);
    // What hyper writes by itself, it writes here, too.
    let own = ["content-length", "date"];
    let headers: Vec<(HeaderName, HeaderValue)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&&**name))
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
    std::thread::spawn(move || {
        runtime.block_on(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (body, headers) = (body.clone(), headers.clone());
                let service = service_fn(move |_| {
                    let mut answer = http::Response::new(Full::new(body.clone()));
                    for (name, value) in &headers {
                        answer.headers_mut().insert(name, value.clone());
                    }
                    async move { Ok::<_, Infallible>(answer) }
                });
                tokio::spawn(async move {
                    let _ = hyper::server::conn::http1::Builder::new()
                        .pipeline_flush(true)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    });
    address
}

/// Requests a second, none of which failed.
fn wrk(address: &str, request: &[u8], connections: usize) -> f64 {
    let request = String::from_utf8_lossy(request);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let (method, path) = (first.next().unwrap(), first.next().unwrap());
    let mut script = tempfile::NamedTempFile::new().unwrap();
    write!(script, "wrk.method = '{method}'\nwrk.body = '{body}'\n").unwrap();
    let mut command = Command::new("wrk");
    command
        .arg(format!("-c{connections}"))
        .arg("-t1")
        .arg(format!("-d{SECONDS}s"))
        .arg("-s")
        .arg(script.path());
    // `wrk` sends the host itself, and another header that says it again would not be as signed.
    for line in lines {
        let own = ["content-length:", "host:"];
        if !own
            .iter()
            .any(|name| line.to_ascii_lowercase().starts_with(name))
        {
            command.arg("-H").arg(line);
        }
    }
    let output = command
        .arg(format!("http://{address}{path}"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx"), "{text}");
    let rate = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:"))
        .expect("what wrk prints");
    rate.trim().parse().unwrap()
}

/// What one call takes as the world grows: pages and decisions stay flat.
fn growth(signers: &[Signer]) {
    let signer = &signers[0];
    let mut connection = signer.connect();
    let mut ask = |request: &[u8]| {
        let answer = connection.ask(request).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    };
    ask(&signer.signed(("PUT", "s3", "/many"), b""));
    let bound = bound(signer, &mut ask);
    println!(
        "| microseconds a call, alone | 10 of each | 1,000 keys, users, policies | 100,000 keys, 100,000 users, {} policies |",
        ACCOUNTS * POLICIES
    );
    println!("|---|---:|---:|---:|");
    let calls = [
        (
            "ListObjectsV2, 10 of them",
            signer,
            "s3",
            "/many?list-type=2&max-keys=10",
        ),
        (
            "ListUsers, 10 of them",
            signer,
            "iam",
            "/?Action=ListUsers&MaxItems=10&Version=2010-05-08",
        ),
        (
            "GetCallerIdentity",
            signer,
            "sts",
            "/?Action=GetCallerIdentity&Version=2011-06-15",
        ),
        ("GetObject", signer, "s3", "/many/key-5"),
        (
            "GetObject, of 10 policies with 100 statements each",
            &bound,
            "s3",
            "/many/key-5",
        ),
        (
            "ListAttachedUserPolicies",
            signer,
            "iam",
            "/?Action=ListAttachedUserPolicies&UserName=Administrator&Version=2010-05-08",
        ),
    ];
    let mut columns = vec![Vec::new(); calls.len()];
    let mut made = 0;
    for size in [10, 1_000, 100_000] {
        while made < size {
            let key = format!("/many/key-{made}");
            ask(&signer.signed(("PUT", "s3", &key), b""));
            let form = format!("Action=CreateUser&UserName=user-{made}");
            ask(&signers[made / USERS].call("iam", &form));
            if let Some(owner) = signers.get(made / POLICIES) {
                let name = format!("policy-{made}");
                ask(&owner.call("iam", &create_policy(&name, 1)));
            }
            made += 1;
        }
        for ((_, caller, service, path), column) in calls.iter().zip(&mut columns) {
            let request = caller.signed(("GET", service, path), b"");
            let mut best = f64::MAX;
            for _ in 0..10 {
                let begun = Instant::now();
                for _ in 0..100 {
                    ask(&request);
                }
                best = best.min(begun.elapsed().as_secs_f64() / 100.0);
            }
            column.push(format!("{:.0}", best * 1e6));
        }
    }
    for ((name, ..), column) in calls.iter().zip(columns) {
        println!("| {name} | {} |", column.join(" | "));
    }
    println!();
}

/// A call that makes a managed policy of so many statements.
fn create_policy(name: &str, statements: usize) -> String {
    let statement = r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#;
    let document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        vec![statement; statements].join(",")
    );
    let document: String = document
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    format!("Action=CreatePolicy&PolicyName={name}&PolicyDocument={document}")
}

/// A user of ten policies with a hundred statements each.
fn bound(signer: &Signer, ask: &mut impl FnMut(&[u8]) -> String) -> Signer {
    let element = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    ask(&signer.call("iam", "Action=CreateUser&UserName=bound"));
    for number in 0..10 {
        let made = ask(&signer.call("iam", &create_policy(&format!("bound-{number}"), 100)));
        let arn = element(&made, "Arn");
        let form = format!("Action=AttachUserPolicy&UserName=bound&PolicyArn={arn}");
        ask(&signer.call("iam", &form));
    }
    let keys = ask(&signer.call("iam", "Action=CreateAccessKey&UserName=bound"));
    Signer {
        address: signer.address.clone(),
        key: element(&keys, "AccessKeyId"),
        secret: element(&keys, "SecretAccessKey"),
    }
}

/// What it takes to empty the world.
fn reset(signer: &Signer) {
    let request = signer.signed(("POST", "sts", "/_rolecall/reset"), b"");
    let mut connection = signer.connect();
    let begun = Instant::now();
    let answer = connection.ask(&request).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    println!(
        "reset of that world in {:.1} ms",
        begun.elapsed().as_secs_f64() * 1e3
    );
}
