//! `cargo bench --bench request`: what one request costs inside of the sandbox, in time and in
//! allocations, without sockets: signature checked, policies evaluated, answer written. And what a
//! change costs beside a copy of a large world, such as there is while it is saved.
//!
//! Words behind `--` choose the requests that have one of them in their names.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a measurement that cannot be made stops"
)]

#[path = "../tests/signed/mod.rs"]
mod signed;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use rolecall::runtime::clock::System;
use rolecall::sandbox::{ClientAddress, DEFAULT_ACCOUNT, Sandbox, Settings};
use signed::Signer;

/// Times that a request is made for one figure.
const CALLS: u32 = 1_000;
/// Figures of which the least is told.
const ROUNDS: usize = 60;

fn main() {
    // `cargo test --benches` only wants to know that it starts.
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        return;
    }
    words.retain(|word| word != "--bench");
    let sandbox = Sandbox::new(Settings::new([7; 32], Arc::new(System)));
    let keys = sandbox.administrator(DEFAULT_ACCOUNT).unwrap();
    let signer = Signer {
        address: "127.0.0.1:4566".to_owned(),
        key: keys.access_key_id,
        secret: keys.secret_access_key.expose().to_owned(),
    };
    let ask = |method, service, path: &str, body: &[u8]| {
        let request = read(&signer.signed((method, service, path), body));
        let answer = sandbox.handle(copy(&request));
        assert!(answer.status().is_success(), "{:?}", answer.body());
        request
    };
    ask("PUT", "s3", "/ten", b"");
    for key in 0..10 {
        ask("PUT", "s3", &format!("/ten/key-{key}"), b"data");
    }
    println!("| one request | microseconds | allocations | bytes |");
    println!("|---|---:|---:|---:|");
    for (name, service, path) in [
        (
            "GetCallerIdentity",
            "sts",
            "/?Action=GetCallerIdentity&Version=2011-06-15",
        ),
        ("ListObjectsV2, ten keys", "s3", "/ten?list-type=2"),
        ("GetObject", "s3", "/ten/key-5"),
        (
            "GetUser",
            "iam",
            "/?Action=GetUser&UserName=Administrator&Version=2010-05-08",
        ),
    ] {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let request = ask("GET", service, path, b"");
        let mut least = f64::MAX;
        for _ in 0..ROUNDS {
            // Copies of the request are no part of it.
            let requests: Vec<_> = (0..CALLS).map(|_| copy(&request)).collect();
            let begun = Instant::now();
            for request in requests {
                std::hint::black_box(sandbox.handle(request));
            }
            least = least.min(begun.elapsed().as_secs_f64() / f64::from(CALLS));
        }
        let request = copy(&request);
        let counted = allocation_counter::measure(|| {
            std::hint::black_box(sandbox.handle(request));
        });
        println!(
            "| {name} | {:.1} | {} | {} |",
            least * 1e6,
            counted.count_total,
            counted.bytes_total
        );
    }
    if words.is_empty() {
        beside_a_copy(&sandbox, &signer, 100_000);
    }
}

/// What the first change takes after a copy of the world, with so many keys in one bucket.
fn beside_a_copy(sandbox: &Sandbox, signer: &Signer, keys: usize) {
    let put = |key: &str| {
        let signed = signer.signed(("PUT", "s3", &format!("/many/{key}")), b"data");
        read(&signed)
    };
    let bucket = read(&signer.signed(("PUT", "s3", "/many"), b""));
    assert!(sandbox.handle(bucket).status().is_success());
    for key in 0..keys {
        let answer = sandbox.handle(put(&format!("key-{key}")));
        assert!(answer.status().is_success());
    }
    let (mut least, mut most) = (f64::MAX, 0.0_f64);
    for round in 0..ROUNDS {
        let request = put(&format!("key-{}", round * keys / ROUNDS));
        let copy = sandbox.snapshot();
        let begun = Instant::now();
        std::hint::black_box(sandbox.handle(request));
        let took = begun.elapsed().as_secs_f64();
        drop(copy);
        (least, most) = (least.min(took), most.max(took));
    }
    println!(
        "PutObject beside a copy of {keys} keys: {:.0} to {:.0} microseconds",
        least * 1e6,
        most * 1e6
    );
}

/// A request as it comes from a socket.
fn read(bytes: &[u8]) -> Request<Bytes> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut head = httparse::Request::new(&mut headers);
    let length = head.parse(bytes).unwrap().unwrap();
    let mut request = Request::builder()
        .method(head.method.unwrap())
        .uri(head.path.unwrap());
    for header in head.headers.iter() {
        request = request.header(header.name, header.value);
    }
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let body = Bytes::copy_from_slice(&bytes[length..]);
    request
        .extension(ClientAddress(address))
        .body(body)
        .unwrap()
}

fn copy(request: &Request<Bytes>) -> Request<Bytes> {
    request.clone()
}
