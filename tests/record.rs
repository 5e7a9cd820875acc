//! Recordings: played again they show the same, and no secret is in them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has found something"
)]

mod screen;

use std::num::NonZero;
use std::path::Path;

use rolecall::app::record::{Recorder, Start};
use rolecall::app::{Intent, Msg, Progress, keymap, update};
use rolecall::lesson::Catalogue;
use rolecall::runtime::record::Tape;
use rolecall::runtime::replay;
use rolecall::secret::Secret;
use screen::{Play, created, denied, exchange, key, success};
use serde_json::{Value, json};

/// Secrets of every way into a session.
const PLANTED: [&str; 7] = [
    "planted/of+an+answer",
    "planted/of+a+session",
    "planted/of+an+earlier+day",
    "planted/typed+in+free+play",
    "planted/pasted+into+a+command",
    "planted/written+in+a+note",
    "planted/in+another+lesson",
];

/// A session with a recording of it.
struct Recorded {
    play: Play,
    recorder: Recorder,
    lines: Vec<String>,
    ms: u64,
}

impl Recorded {
    fn new() -> Self {
        let play = Play::new();
        let lines = vec![serde_json::to_string(&Start::of(&play.model)).unwrap()];
        Self {
            play,
            recorder: Recorder::default(),
            lines,
            ms: 0,
        }
    }

    fn send(&mut self, msg: Msg) {
        self.ms += 250;
        self.play.send(msg.clone());
        let lines = self.recorder.take(self.ms, &msg, &self.play.model);
        self.lines.extend(lines);
    }

    fn keys(&mut self, script: &str) {
        for name in script.split_whitespace() {
            if let Some(intent) = keymap::intent(self.play.model.mode(), key(name)) {
                self.send(Msg::Intent(intent));
            }
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            let key = rolecall::app::Key::char(c);
            if let Some(intent) = keymap::intent(self.play.model.mode(), key) {
                self.send(Msg::Intent(intent));
            }
        }
    }

    fn open(&mut self, step: &str) {
        let mut progress = Progress {
            step: step.to_owned(),
            ..Progress::default()
        };
        progress
            .variables
            .set_secret("secret_key", Secret::new(PLANTED[2]));
        let run = self.play.run();
        self.send(Msg::Opened {
            run,
            result: Ok(Box::new(rolecall::app::Opened {
                progress,
                history: Vec::new(),
                account: "123456789012".to_owned(),
                region: "us-east-1".to_owned(),
                notice: None,
            })),
        });
    }

    fn answer(&mut self, report: rolecall::app::Report) {
        let run = self.play.run();
        self.send(Msg::Finished {
            run,
            report: Box::new(report),
        });
    }

    fn tape(&mut self, path: &Path) -> Tape {
        let rest = self.recorder.flush(&self.play.model);
        self.lines.extend(rest);
        std::fs::write(path, self.lines.join("\n")).unwrap();
        Tape::read(path).unwrap_or_else(|error| panic!("{error}"))
    }
}

fn catalogue() -> Catalogue {
    screen::catalogue()
}

/// What the session of a recording looks like at its end.
fn played(tape: &Tape) -> String {
    let mut model = tape.start.model(catalogue()).unwrap();
    for happened in &tape.happened {
        drop(update(&mut model, happened.msg.clone()));
    }
    let mut play = Play::new();
    play.model = model;
    play.screen(80, 24)
}

#[test]
fn a_session_that_is_played_again_looks_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Recorded::new();
    session.keys("Enter");
    session.open("denied");
    session.keys("P Right Right h 3 Enter Enter");
    let mut report = denied();
    report.exchanges = vec![exchange()];
    session.answer(report);
    session.keys("Right");
    let seen = session.play.screen(80, 24);
    assert!(seen.contains("0 of 3 were right"), "{seen}");
    assert_eq!(played(&session.tape(&folder.path().join("a"))), seen);
    session.keys("P Right e End");
    session.text(" --debug");
    session.keys("Esc 4");
    let seen = session.play.screen(80, 24);
    assert!(seen.contains("--debug"), "{seen}");
    assert_eq!(played(&session.tape(&folder.path().join("b"))), seen);
}

#[test]
fn no_secret_is_in_a_recording_or_in_what_is_made_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Recorded::new();
    let mut progress = Box::<Progress>::default();
    progress
        .variables
        .set_secret("password", Secret::new(PLANTED[6]));
    session.send(Msg::Known {
        lesson: "small".to_owned(),
        progress,
    });
    session.keys("Enter");
    session.open("key");
    session.keys("Enter");
    session.answer(success(json!({"AccessKey": {
        "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "SecretAccessKey": PLANTED[0],
    }})));
    let mut report = success(json!({"Credentials": {"SessionToken": PLANTED[1]}}));
    report.outcome.stderr = format!("the token {} is told again", PLANTED[1]);
    session.answer(report);
    session.send(Msg::Told(format!("somebody says {}", PLANTED[0])));
    session.keys("!");
    session.text("aws configure set aws_secret_access_key ");
    session.text(PLANTED[3]);
    session.keys("Enter");
    session.answer(success(Value::Null));
    session.keys("Esc e End");
    let pasted = format!(" aws configure set aws_session_token {}", PLANTED[4]);
    session.send(Msg::Intent(Intent::Paste(pasted)));
    session.keys("Esc w");
    session.text(&format!("--password {}", PLANTED[5]));
    session.keys("Esc");
    let path = folder.path().join("session");
    let tape = session.tape(&path);
    let mut cast = Vec::new();
    replay::cast(&tape, catalogue(), &mut cast).unwrap();
    for (name, text) in [
        ("recording", std::fs::read_to_string(&path).unwrap()),
        ("asciicast", String::from_utf8(cast).unwrap()),
    ] {
        assert!(text.contains("AKIA"), "{name}: {text}");
        for planted in PLANTED {
            assert!(!text.contains(planted), "{planted} is in the {name}");
        }
        // Nor is one there letter by letter.
        let letters: String = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|line| {
                let key = line.pointer("/msg/Intent/Type/code/Char")?;
                key.as_str().map(str::to_owned)
            })
            .collect();
        for planted in PLANTED {
            assert!(
                !letters.contains(planted),
                "{planted} is typed in the {name}"
            );
        }
    }
}

#[test]
fn an_asciicast_shows_the_last_screen_of_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut session = Recorded::new();
    session.keys("Enter");
    session.open("user");
    session.keys("Enter");
    session.answer(created());
    let seen = session.play.screen(80, 24);
    let tape = session.tape(&folder.path().join("session"));
    let mut cast = Vec::new();
    replay::cast(&tape, catalogue(), &mut cast).unwrap();
    let cast = String::from_utf8(cast).unwrap();
    let mut lines = cast.lines();
    let head: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(
        (&head["version"], &head["width"], &head["height"]),
        (&json!(2), &json!(80), &json!(24))
    );
    let cells = |number| NonZero::new(number).unwrap();
    let mut screen = vt100::Parser::new(cells(24), cells(80), 0);
    let mut before = 0.0;
    for line in lines {
        let event: Value = serde_json::from_str(line).unwrap();
        let at = event[0].as_f64().unwrap();
        assert!(at >= before && event[1] == "o", "{line}");
        before = at;
        screen.process(event[2].as_str().unwrap().as_bytes());
    }
    let shown = screen.screen().contents();
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_eq!(shown.join("\n").trim_end(), seen.trim_end());
}

#[test]
fn what_cannot_be_played_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session");
    let mut session = Recorded::new();
    session.keys("Enter");
    let tape = session.tape(&path);
    let error = tape.start.model(Catalogue::embedded()).unwrap_err();
    assert!(error.to_string().contains("lesson `small`"), "{error}");
    let mut other = tape.start.clone();
    other.rolecall_recording = 99;
    let error = other.model(catalogue()).unwrap_err();
    assert!(error.to_string().contains("form 99"), "{error}");
    for (text, place) in [("", ":1:"), ("{}", ":1:"), ("nonsense", ":1:")] {
        std::fs::write(&path, text).unwrap();
        let error = Tape::read(&path).unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
    session.lines.push("[]".to_owned());
    std::fs::write(&path, session.lines.join("\n")).unwrap();
    let error = Tape::read(&path).unwrap_err().to_string();
    assert!(
        error.contains(&format!(":{}:", session.lines.len())),
        "{error}"
    );
}
