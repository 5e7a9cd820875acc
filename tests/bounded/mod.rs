//! Running programs that must end: one that does not is stopped and shown, and never hangs the
//! tests.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A failure, not a pace: the longest that a program may take.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a program to its end, with nothing on standard input unless the command says otherwise.
pub fn output(command: &mut Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    finish(child)
}

/// Waits for a program's end and what it printed.
pub fn finish(mut child: Child) -> Output {
    drop(child.stdin.take());
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(&mut child);
    let output = |reader: JoinHandle<Vec<u8>>| reader.join().unwrap();
    match status {
        Some(status) => Output {
            status,
            stdout: output(stdout),
            stderr: output(stderr),
        },
        None => panic!(
            "it did not end in {PATIENCE:?}; it printed:\n{}\n{}",
            String::from_utf8_lossy(&output(stdout)),
            String::from_utf8_lossy(&output(stderr))
        ),
    }
}

/// Waits for a program's end; one that does not end is stopped.
pub fn wait(child: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}
