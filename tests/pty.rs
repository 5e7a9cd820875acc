//! The program in a real (pseudo-)terminal, driven by keys: nothing waits for time to pass, all
//! for what is on the screen. Only whole frames are looked at: half of one beside half of the one
//! before shows things that never were.

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

mod bounded;

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
const PATIENCE: Duration = Duration::from_secs(120);

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

/// What the program writes when a frame is whole.
const WHOLE: &[u8] = b"\x1b[?2026l";

struct Seen {
    parser: Parser,
    raw: Vec<u8>,
    /// What has come behind the last whole frame.
    rest: Vec<u8>,
    /// The text of the last whole frame, while the program has the terminal.
    frame: String,
    closed: bool,
}

impl Seen {
    fn new(width: u16, height: u16) -> Self {
        Self {
            parser: Parser::new(cells(height), cells(width), 0),
            raw: Vec::new(),
            rest: Vec::new(),
            frame: String::new(),
            closed: false,
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        self.rest.extend_from_slice(bytes);
        let whole = self
            .rest
            .windows(WHOLE.len())
            .rposition(|window| window == WHOLE);
        if let Some(at) = whole {
            let rest = self.rest.split_off(at + WHOLE.len());
            self.parser.process(&self.rest);
            self.frame = self.parser.screen().contents();
            self.rest = rest;
        }
        // Outside the program's screen nobody says when something is whole.
        if !self.parser.screen().alternate_screen() || self.leaves() {
            self.parser.process(&self.rest);
            self.rest.clear();
            self.frame.clear();
        }
    }

    /// Whether the program gives the terminal back in what is not processed yet.
    fn leaves(&self) -> bool {
        const LEAVE: &[u8] = b"\x1b[?1049l";
        self.rest.windows(LEAVE.len()).any(|window| window == LEAVE)
    }

    /// What is to be read there: of the program's screen the last whole frame, of a shell's all.
    fn text(&self) -> String {
        let screen = self.parser.screen();
        if screen.alternate_screen() {
            self.frame.clone()
        } else {
            screen.contents()
        }
    }

    fn resize(&mut self, width: u16, height: u16) {
        self.parser
            .screen_mut()
            .set_size(cells(height), cells(width));
        self.frame.clear();
    }
}

struct Session {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    home: Arc<TempDir>,
}

/// A test that fails leaves nothing running.
impl Drop for Session {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
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
        let seen = Arc::new((Mutex::new(Seen::new(width, height)), Condvar::new()));
        let shared = seen.clone();
        thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            loop {
                let read = reader.read(&mut buffer);
                let (lock, changed) = &*shared;
                let mut seen = lock.lock().unwrap();
                match read {
                    Ok(length) if length > 0 => seen.take(&buffer[..length]),
                    _ => seen.closed = true,
                }
                changed.notify_all();
                if seen.closed {
                    break;
                }
            }
        });
        Self {
            keys: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
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
                seen.text()
            );
            seen = changed.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Waits until a text is on the screen.
    fn sees(&mut self, text: &str) -> &mut Self {
        self.until(&format!("`{text}`"), |seen| seen.text().contains(text));
        self
    }

    fn screen(&self) -> String {
        self.seen.0.lock().unwrap().text()
    }

    fn press(&mut self, keys: &str) -> &mut Self {
        let to = self.keys.as_mut().unwrap();
        to.write_all(keys.as_bytes()).unwrap();
        to.flush().unwrap();
        self
    }

    /// Changes the size of the terminal.
    fn resize(&self, width: u16, height: u16) {
        // What comes from now on is for the new size, or is drawn again for it.
        self.seen.0.lock().unwrap().resize(width, height);
        let size = PtySize {
            rows: height,
            cols: width,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    fn signal(&self, name: &str) -> bool {
        let pid = self.child.process_id().unwrap().to_string();
        let mut kill = std::process::Command::new("kill");
        bounded::output(kill.args([&format!("-{name}"), &pid]))
            .status
            .success()
    }

    /// Waits for the end, and checks that the terminal is what it was.
    fn ended(mut self) -> u32 {
        self.until("the end", |seen| seen.closed);
        let status = self.child.wait().unwrap();
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

const RIGHT: &str = "\x1b[C";
const ESC: &str = "\x1b";

fn home() -> Arc<TempDir> {
    Arc::new(tempfile::tempdir().unwrap())
}

fn lab(width: u16, height: u16) -> Session {
    let mut session = Session::start(width, height, home(), &[]);
    session.sees("Choose a lesson").sees("Assume a role");
    session.press("\r").sees("step 1 of");
    session
}

/// The number of steps, from `step 1 of 27`.
fn steps(screen: &str) -> usize {
    let (_, rest) = screen.split_once("step 1 of ").unwrap();
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    number.parse().unwrap()
}

#[test]
fn the_whole_lab_is_done_with_two_keys() {
    let mut session = lab(80, 24);
    let steps = steps(&session.screen());
    assert!(steps > 15);
    // Two keys do it where nothing is asked in between.
    session.press("p").sees("not be asked");
    for step in 1..=steps {
        let header = format!("step {step} of {steps}");
        session.until(&header, |seen| seen.text().contains(&header));
        if session.screen().contains("NOT RUN YET") {
            session.press("\r");
            session.until(&format!("step {step} to be done"), |seen| {
                let screen = seen.text();
                let wrong = screen.contains("but it ") || screen.contains("STOPPED");
                assert!(!wrong, "{screen}");
                screen.contains("as expected")
            });
            assert!(!session.screen().contains("RUNNING"));
        } else {
            // Nothing to run: only to be read.
            let screen = session.screen();
            assert!(!screen.contains(" Command "), "{screen}");
        }
        session.press(RIGHT);
    }
    session.sees("that was the last step, and all of them are done");
    let secrets = session.seen.0.lock().unwrap().raw.clone();
    let shown = String::from_utf8_lossy(&secrets);
    assert!(shown.contains("ASIA"), "no temporary key was ever seen");
    let home = session.home.clone();
    session.press("q");
    assert_eq!(session.ended(), 0);

    // Another day it is where it was.
    let mut session = Session::start(80, 24, home, &[]);
    session.sees("done, 25 minutes");
    session.press("\r");
    session.sees(&format!("step {steps} of {steps}"));
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_lab_resumes_with_its_world() {
    let mut session = lab(140, 45);
    session.press(RIGHT).sees("NOT RUN YET");
    session.press("\r").sees("SUCCESS  as expected");
    let home = session.home.clone();
    session.press("q");
    assert_eq!(session.ended(), 0);
    let mut session = Session::start(140, 45, home.clone(), &[]);
    session.sees("2 of");
    session.press("\r");
    session.sees("step 2 of");
    // The user is there: making it again says so.
    session.press("R").sees("EntityAlreadyExists");
    session.press("u").sees("Undo the last run?");
    session.press("y").sees("undone:");
    session.press("q");
    assert_eq!(session.ended(), 0);
    // What was done before the program ended the first time can still be undone.
    let mut session = Session::start(140, 45, home, &[]);
    session.sees("2 of");
    session.press("\r").sees("DONE");
    session.press("u").sees("Undo the last run?");
    session.press("y").sees("undone:");
    session.press("1").sees("NOT RUN YET");
    session.press("\r").sees("SUCCESS  as expected");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn killed_at_any_moment_the_lab_is_whole_the_next_time() {
    let home = home();
    let mut session = Session::start(80, 24, home.clone(), &[]);
    session.sees("Choose a lesson").press("\r");
    session.sees("step 1 of").press(RIGHT).sees("NOT RUN YET");
    session.press("\r").sees("SUCCESS  as expected");
    session.press(RIGHT).sees("step 3 of");
    session.press("\r").sees("SUCCESS  as expected");
    session.press(RIGHT).sees("step 4 of");
    // In the middle of a step of two commands, or of writing what came of it.
    session.press("\r");
    assert!(session.signal("KILL"));
    session.until("the end", |seen| seen.closed);
    drop(session);

    let mut session = Session::start(80, 24, home, &[]);
    session.sees("Choose a lesson").press("\r");
    session.until("a step", |seen| seen.text().contains("step "));
    let screen = session.screen();
    assert!(!screen.contains("kept as"), "{screen}");
    // What was done last may not be on the disk yet, on a slow disk what was done before neither; then the
    // world has not got it either.
    let at = |n: &usize| screen.contains(&format!("step {n} of"));
    let Some(resumed) = (2..=4).find(at) else {
        panic!("{screen}");
    };
    for next in resumed + 1..=4 {
        if session.screen().contains("NOT RUN YET") {
            session.press("\r").sees("SUCCESS  as expected");
        }
        session.press(RIGHT).sees(&format!("step {next} of"));
    }
    // What was captured before is there, and the step can be done.
    session.press("R");
    session.until("the step to be done", |seen| {
        let screen = seen.text();
        screen.contains("SUCCESS") && screen.contains("as expected")
    });
    session.press(RIGHT).sees("step 5 of").press("\r");
    session.sees("SUCCESS  as expected");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    for end in ["quit", "ctrl-c", "TERM", "HUP", "INT"] {
        let mut session = lab(80, 24);
        match end {
            "quit" => drop(session.press("q")),
            "ctrl-c" => drop(session.press("\x03")),
            signal => assert!(session.signal(signal)),
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
    let mut session = lab(80, 24);
    session.keys = None;
    session.master = None;
    // The reader thread holds the last handle until the program has ended; a signal must do.
    let begun = Instant::now();
    while session.child.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "it lives on without a terminal");
        session.signal("HUP");
        thread::yield_now();
    }
}

#[test]
fn suspended_and_resumed_by_a_shell() {
    let home = home();
    let mut command = CommandBuilder::new("/bin/bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut session = Session::run(80, 24, home, command);
    let program = env!("CARGO_BIN_EXE_rolecall");
    // What is typed before the prompt may be read by the program that is about to leave.
    let prompt = |seen: &Seen| {
        !seen.parser.screen().alternate_screen() && seen.text().trim_end().ends_with(['#', '$'])
    };
    session.until("the prompt", prompt);
    session
        .press(&format!("{program}\r"))
        .sees("Choose a lesson");
    session.press("\x1a");
    session.until("the shell's screen", |seen| {
        prompt(seen) && seen.text().contains("Stopped")
    });
    session.press("fg\r").sees("Choose a lesson");
    session.press("\r").sees("step 1 of");
    session.press("q");
    session.until("the shell", prompt);
    session.press("echo left $?\r").sees("left 0");
    session.press("exit\r");
    assert_eq!(session.ended(), 0);
}

#[test]
fn resized_pasted_and_hammered() {
    let mut session = lab(80, 24);
    for (width, height) in [(1, 1), (200, 60), (59, 17), (300, 5), (60, 18), (80, 24)] {
        session.resize(width, height);
    }
    session.press("\x0c").sees("step 1 of");
    session.press(RIGHT).sees("step 2 of");
    session.press("e").sees("being edited");
    session.press(&format!("\x1b[200~{}\x1b[201~", "x".repeat(1 << 20)));
    session.sees("too long");
    session.press(ESC).sees("NOT RUN YET");
    session.press(&"jk".repeat(20_000));
    session.press("?").sees("Keys");
    session.press("?");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_that_tells_its_background_late_changes_the_colours_and_types_nothing() {
    let mut session = Session::start(80, 24, home(), &[]);
    session.sees("Choose a lesson");
    let query = b"\x1b]11;?\x1b\\";
    session.until("the question", |seen| {
        seen.raw.windows(query.len()).any(|part| part == query)
    });
    session.press("\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    session.until("a light page", |seen| {
        let cell = seen.parser.screen().cell(10, 10).unwrap();
        cell.bgcolor() == vt100::Color::Rgb(0xfc, 0xfc, 0xfa)
    });
    assert!(session.screen().contains("Choose a lesson"));
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = bounded::output(
        std::process::Command::new(env!("CARGO_BIN_EXE_rolecall"))
            .stdin(std::process::Stdio::null()),
    );
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("rolecall run"), "{said}");
}

#[test]
fn the_palette_and_free_play_are_at_a_key() {
    let mut session = Session::start(100, 30, home(), &[]);
    session.sees("Choose a lesson");
    session.press("\r").sees("What you are going to do");
    session.press(":").sees("Go to");
    session.press("make a user").sees("1 of ");
    session.press("\r").sees("step 2 of");
    session.press("\r").sees("SUCCESS");
    session.press("!").sees("Free play, in the lesson's world");
    session.press("aws iam get-user --user-name sts");
    session.sees("--user-name sts");
    session.press("\t").sees("--user-name sts-example-user");
    session
        .press("\r")
        .sees("\"UserName\": \"sts-example-user\"");
    session.press("\x1b");
    session.sees("R run again");
    session.press("q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn the_plain_mode_answers_at_a_prompt_and_moves_no_cursor() {
    let mut session = Session::start(80, 24, home(), &["--plain"]);
    session.sees("> ");
    session.press("open 1\r").sees("Step 1 of ");
    session.press("quit\r");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_lesson_is_presented_with_notes_recorded_and_played_again() {
    let home = home();
    let arguments = ["--present", "--record", "session"];
    // Whoever waits is told when somebody presents.
    let mut speaker = Session::start(60, 18, home.clone(), &["notes"]);
    speaker.sees("Nobody presents yet");
    let mut room = Session::start(80, 24, home.clone(), &arguments);
    room.sees("Choose a lesson").press("\r").sees("Step 1 of");
    speaker.sees("Next step: Make a user").sees("25 of 25 left");
    // Nothing but what a remote control sends, to the step's command.
    room.press("\x1b[6~").sees("You make a user");
    for _ in 0..3 {
        room.press("\x1b[6~");
    }
    speaker.sees("step 2 of").sees("The room sees the title.");
    room.press(RIGHT).press(RIGHT).press(RIGHT);
    room.sees("aws iam create-user");
    speaker.sees("The room sees the command.");
    room.press(RIGHT).sees("Enter runs the command");
    room.press("\r").sees("✓ as expected").sees("██");
    speaker.sees("The room sees the outcome.");
    room.press("b")
        .until("darkness", |seen| !seen.text().contains("as expected"));
    speaker.sees("THE ROOM SEES NOTHING");
    room.press("b").sees("as expected").press("q");
    assert_eq!(room.ended(), 0);
    // The speaker's terminal waits for another.
    speaker.sees("Nobody presents").press("q");
    assert_eq!(speaker.ended(), 0);

    let arguments = ["replay", "session", "--speed", "64"];
    let mut replay = Session::start(80, 24, home.clone(), &arguments);
    replay
        .sees("REPLAY  the end")
        .sees("as expected")
        .press("q");
    assert_eq!(replay.ended(), 0);
    let arguments = ["replay", "session", "--step", "--speed", "64"];
    let mut stepped = Session::start(80, 24, home.clone(), &arguments);
    stepped.sees("Choose a lesson").sees("paused").press(" p");
    stepped.sees("REPLAY  the end").press("q");
    assert_eq!(stepped.ended(), 0);
    let cast = Session::start(
        80,
        24,
        home.clone(),
        &["replay", "session", "--asciicast", "session.cast"],
    );
    assert_eq!(cast.ended(), 0);
    for name in ["session", "session.cast"] {
        use std::os::unix::fs::PermissionsExt;
        let path = home.path().join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        // A file that is there is left alone.
        let again = Session::start(80, 24, home.clone(), &["--record", name]);
        assert_eq!(again.ended(), 2);
    }
    let text = std::fs::read_to_string(home.path().join("session.cast")).unwrap();
    assert!(text.starts_with("{\"version\":2"), "{text}");
}
