//! `rolecall serve` as a program, until it is dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A server, and what it said when it was ready.
pub struct Server {
    pub process: Child,
    pub ready: Value,
}

impl Server {
    /// Runs the command with these arguments behind `serve` on a free port, and waits until it is ready.
    pub fn of(command: &mut Command, arguments: &[&str]) -> Self {
        let mut process = command
            .args(["serve", "--port", "0", "--json"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { process, ready }
    }

    /// What it said of something.
    pub fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
