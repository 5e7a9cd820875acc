//! The program as a whole, as a person meets it: the time from exec to the first frame, the whole
//! founding lesson headless, and what it costs while nothing happens.
//!
//!     cargo bench --bench program                # all three
//!     cargo bench --bench program -- start       # or: lab, idle
//!
//! Beside each figure stands what the same machine needs for a program that does nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "a bench that panics has found something"
)]
#![cfg_attr(not(unix), allow(dead_code, reason = "it needs pseudo-terminals"))]

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");

/// What the program writes at the end of a frame.
const WHOLE: &[u8] = b"\x1b[?2026l";

const RUNS: usize = 40;

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|word| word == name);
    if wanted("start") {
        start();
    }
    if wanted("lab") {
        lab();
    }
    if wanted("idle") {
        idle();
    }
}

/// A program in a pseudo-terminal of 80x24.
struct Seat {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Box<dyn Read + Send>,
    screen: vt100::Parser,
    begun: Instant,
}

impl Seat {
    fn of(program: &str, home: &std::path::Path) -> Self {
        let pair = native_pty_system()
            .openpty(PtySize {
                rows: 24,
                cols: 80,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let mut command = CommandBuilder::new(program);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home);
        command.env("XDG_STATE_HOME", home.join("state"));
        let output = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        Self {
            master: pair.master,
            keys,
            child,
            output,
            screen: vt100::Parser::default(),
            begun,
        }
    }

    /// Reads until the end of a frame that contains a text. Asked for its background, the terminal
    /// answers as terminals do; one that does not is waited for some 40 ms.
    fn until(&mut self, text: &str) {
        let mut seen = Vec::new();
        let mut asked = false;
        let mut buffer = [0; 1 << 16];
        let has = |seen: &[u8], part: &[u8]| seen.windows(part.len()).any(|window| window == part);
        while !(self.screen.screen().contents().contains(text) && has(&seen, WHOLE)) {
            let length = self.output.read(&mut buffer).unwrap();
            assert!(length > 0, "it ended: {}", String::from_utf8_lossy(&seen));
            seen.extend_from_slice(&buffer[..length]);
            self.screen.process(&buffer[..length]);
            if !asked && has(&seen, b"\x1b]11;?") {
                asked = true;
                self.press("\x1b]11;rgb:1212/1616/1e1e\x1b\\");
            }
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        drop(self.master);
    }
}

fn start() {
    let home = tempfile::tempdir().unwrap();
    let mut times = Vec::new();
    let mut nothing = Vec::new();
    for _ in 0..RUNS {
        let mut seat = Seat::of(ROLECALL, home.path());
        seat.until("rolecall");
        times.push(seat.begun.elapsed());
        seat.stop();
        let mut seat = Seat::of("/bin/true", home.path());
        seat.child.wait().unwrap();
        nothing.push(seat.begun.elapsed());
    }
    row("exec to first frame", &mut times);
    row("  /bin/true in the same terminal", &mut nothing);
}

fn lab() {
    let home = tempfile::tempdir().unwrap();
    let mut times = Vec::new();
    let mut nothing = Vec::new();
    for _ in 0..RUNS {
        let mut run = Command::new(ROLECALL);
        run.args(["run", "assume-role", "--json"])
            .env_clear()
            .env("HOME", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let begun = Instant::now();
        assert!(
            run.status().unwrap().success(),
            "an expectation did not hold"
        );
        times.push(begun.elapsed());
        let begun = Instant::now();
        Command::new("/bin/true").status().unwrap();
        nothing.push(begun.elapsed());
    }
    row("the whole lab headless", &mut times);
    row("  /bin/true", &mut nothing);
}

/// How long nothing happens.
const QUIET: Duration = Duration::from_secs(10);

#[cfg(target_os = "linux")]
fn idle() {
    use std::collections::BTreeMap;
    use std::ffi::OsString;
    use std::fs;
    let home = tempfile::tempdir().unwrap();
    let mut seat = Seat::of(ROLECALL, home.path());
    seat.until("rolecall");
    seat.press("\r");
    seat.until("step 1 of");
    let pid = seat.child.process_id().unwrap();
    let number = |text: &str, name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        let value = line.split_whitespace().nth(1).unwrap();
        value.parse().unwrap()
    };
    let switches = || -> BTreeMap<OsString, u64> {
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        tasks
            .map(|task| {
                let task = task.unwrap();
                let status = fs::read_to_string(task.path().join("status")).unwrap();
                let switches = number(&status, "voluntary_ctxt_switches")
                    + number(&status, "nonvoluntary_ctxt_switches");
                (task.file_name(), switches)
            })
            .collect()
    };
    // What it still has to do after the frame, such as writing the lab's file.
    std::thread::sleep(Duration::from_secs(1));
    let before = switches();
    std::thread::sleep(QUIET);
    // Of the threads that there are still: one may end meanwhile.
    let after = switches().into_iter();
    let woken: u64 = after
        .map(|(task, switches)| switches - before.get(&task).copied().unwrap_or_default())
        .sum();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    println!(
        "{:34} {woken} in {} s",
        "idle in a lab: wake-ups",
        QUIET.as_secs()
    );
    println!(
        "{:34} {:.1} MB resident: {:.1} MB its own, {:.1} MB pages of the program's files",
        "idle in a lab: memory",
        number(&status, "VmRSS") as f64 / 1024.0,
        number(&status, "RssAnon") as f64 / 1024.0,
        number(&status, "RssFile") as f64 / 1024.0
    );
    seat.stop();
}

#[cfg(not(target_os = "linux"))]
fn idle() {
    println!("idle: only on Linux, where /proc tells");
}

fn row(what: &str, times: &mut [Duration]) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "{what:34} median {:7.1} ms   min {:7.1}   max {:7.1}   ({} runs)",
        ms(times[times.len() / 2]),
        ms(times[0]),
        ms(times[times.len() - 1]),
        times.len()
    );
}
