//! The program in a real (pseudo-)terminal, driven by keys: nothing waits for time to pass, all
//! for what is on the screen.

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
#![cfg(unix)]

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use vt100::Parser;

/// A failure, not a pace: the longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

struct Seen {
    parser: Parser,
    closed: bool,
}

struct Session {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    home: Arc<TempDir>,
}

impl Session {
    fn start(width: u16, height: u16, home: Arc<TempDir>, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rolecall"));
        command.args(arguments);
        Self::run(width, height, home, command)
    }

    fn run(width: u16, height: u16, home: Arc<TempDir>, mut command: CommandBuilder) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: height,
                cols: width,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
        ] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.cwd(home.path());
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::new((
            Mutex::new(Seen {
                parser: Parser::new(cells(height), cells(width), 0),
                closed: false,
            }),
            Condvar::new(),
        ));
        let shared = seen.clone();
        thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            loop {
                let read = reader.read(&mut buffer);
                let (lock, changed) = &*shared;
                let mut seen = lock.lock().unwrap();
                match read {
                    Ok(length) if length > 0 => {
                        seen.parser.process(&buffer[..length]);
                    }
                    _ => seen.closed = true,
                }
                changed.notify_all();
                if seen.closed {
                    break;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            child,
            seen,
            home,
        }
    }

    /// Waits until the screen is as wanted.
    fn until(&self, what: &str, wanted: impl Fn(&Seen) -> bool) {
        let (lock, changed) = &*self.seen;
        let begun = Instant::now();
        let mut seen = lock.lock().unwrap();
        while !wanted(&seen) {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            assert!(
                !left.is_zero() && !seen.closed,
                "waited for {what}, and saw:\n{}",
                seen.parser.screen().contents()
            );
            seen = changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until a text is on the screen.
    fn sees(&self, text: &str) -> &Self {
        self.until(&format!("`{text}`"), |seen| {
            seen.parser.screen().contents().contains(text)
        });
        self
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Waits for the end, and checks that the terminal is what it was.
    fn ended(mut self) -> u32 {
        let status = self.child.wait().unwrap();
        self.until("the end", |seen| seen.closed);
        let seen = self.seen.0.lock().unwrap();
        assert!(!seen.parser.screen().alternate_screen(), "not left");
        assert!(!seen.parser.screen().hide_cursor(), "the cursor is hidden");
        assert!(
            !seen.parser.screen().bracketed_paste(),
            "paste is bracketed"
        );
        assert_eq!(
            seen.parser.screen().mouse_protocol_mode(),
            vt100::MouseProtocolMode::None
        );
        status.exit_code()
    }
}

fn home() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

fn lab(width: u16, height: u16) -> Session {
    let mut session = Session::start(width, height, home(), &[]);
    session.sees("Choose a lesson").sees("Assume a role");
    session.press("\r").sees("step 1 of");
    session
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    for end in ["quit", "ctrl-c", "TERM", "HUP", "INT"] {
        let mut session = lab(80, 24);
        match end {
            "quit" => drop(session.press("q")),
            "ctrl-c" => drop(session.press("\x03")),
            signal => {
                let pid = session.child.process_id().unwrap().to_string();
                let sent = std::process::Command::new("kill")
                    .args([&format!("-{signal}"), &pid])
                    .status()
                    .unwrap();
                assert!(sent.success());
            }
        }
        let home = session.home.clone();
        assert_eq!(session.ended(), 0, "{end}");
        let saved = home.path().join("state/rolecall");
        let files: Vec<PathBuf> = std::fs::read_dir(saved)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert!(
            files
                .iter()
                .any(|file| file.extension().is_some_and(|e| e == "json")),
            "{end}: {files:?}"
        );
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let session = lab(80, 24);
    let Session {
        master,
        keys,
        mut child,
        ..
    } = session;
    drop(keys);
    drop(master);
    // The reader thread holds the last handle until the program has ended; a signal must do.
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it lives on without a terminal");
        }
        let pid = child.process_id().unwrap().to_string();
        let _ = std::process::Command::new("kill")
            .args(["-HUP", &pid])
            .status();
        thread::yield_now();
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_rolecall"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("rolecall run"), "{said}");
}
