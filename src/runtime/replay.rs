//! Recordings played again: on the terminal, or as an asciicast. Nothing is performed: no network, no
//! sandbox, no file but the one that is asked for.

use std::io::{self, Write};
use std::time::Duration;

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{TerminalOptions, Viewport};
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use super::input::{self, Input};
use super::record::Tape;
use super::signals::{Signal, Signals};
use super::terminal::Terminal;
use crate::app::record::{Happened, RecordError};
use crate::app::{Code, Key, Model, Msg, update};
use crate::lesson::Catalogue;
use crate::ui;

/// Speeds that a key may come to.
const SLOWEST: f64 = 0.125;
const FASTEST: f64 = 64.0;

/// Why a recording could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It is another program's.
    #[error(transparent)]
    Recording(#[from] RecordError),
    /// The terminal, or the file.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Takes a message in, and drops what it wants done.
fn feed(model: &mut Model, happened: &Happened) {
    drop(update(model, happened.msg.clone()));
}

/// Plays a recording as an asciicast, version 2.
///
/// The form is that of asciinema's documentation, "asciicast v2": a line of JSON with the size, then
/// a line for each piece of output with its time in seconds.
///
/// # Errors
///
/// Another program's recording, and what the writer says.
pub fn cast(tape: &Tape, catalogue: Catalogue, mut out: impl Write) -> Result<(), ReplayError> {
    let mut model = tape.start.model(catalogue)?;
    let resized = tape.happened.iter().filter_map(|next| match next.msg {
        Msg::Resized { width, height } => Some((width, height)),
        _ => None,
    });
    let sizes = || std::iter::once(model.size).chain(resized.clone());
    let width = sizes().map(|size| size.0).max();
    let height = sizes().map(|size| size.1).max();
    let head = json!({"version": 2, "width": width, "height": height, "title": "rolecall"});
    writeln!(out, "{head}")?;
    let mut frames = Frames::new(model.size)?;
    let first = frames.draw(&mut model)?;
    event(&mut out, 0, &first)?;
    let mut at = 0;
    while let Some(happened) = tape.happened.get(at) {
        let ms = happened.ms;
        // What came in at one time is seen at one time.
        while let Some(next) = tape.happened.get(at).filter(|next| next.ms == ms) {
            feed(&mut model, next);
            at += 1;
        }
        let bytes = frames.draw(&mut model)?;
        event(&mut out, ms, &bytes)?;
    }
    Ok(out.flush()?)
}

fn event(out: &mut impl Write, ms: u64, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let seconds = Duration::from_millis(ms).as_secs_f64();
    writeln!(
        out,
        "{}",
        json!([seconds, "o", String::from_utf8_lossy(bytes)])
    )
}

/// Frames as what a terminal is sent.
struct Frames {
    screen: ratatui::Terminal<CrosstermBackend<Sent>>,
    sent: Sent,
    size: (u16, u16),
}

/// Bytes, where they can be taken from behind the backend.
#[derive(Debug, Clone, Default)]
struct Sent(std::rc::Rc<std::cell::RefCell<Vec<u8>>>);

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Frames {
    fn new(size: (u16, u16)) -> io::Result<Self> {
        let sent = Sent::default();
        // No cell is known yet, and nothing blinks where nobody types.
        sent.clone().write_all(b"\x1b[?25l\x1b[2J\x1b[H")?;
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let backend = CrosstermBackend::new(sent.clone());
        let screen = ratatui::Terminal::with_options(backend, TerminalOptions { viewport })?;
        Ok(Self { screen, sent, size })
    }

    /// What has to be sent for the next frame.
    fn draw(&mut self, model: &mut Model) -> io::Result<Vec<u8>> {
        if model.size != self.size {
            let before = std::mem::take(&mut *self.sent.0.borrow_mut());
            *self = Self::new(model.size)?;
            let after = self.draw(model)?;
            return Ok([before, after].concat());
        }
        let mut geometry = None;
        self.screen
            .draw(|frame| geometry = Some(ui::view(model, frame)))?;
        if let Some(geometry) = geometry {
            drop(update(model, Msg::Drawn(geometry)));
        }
        Ok(std::mem::take(&mut *self.sent.0.borrow_mut()))
    }
}

/// How a recording is played.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// How many times as fast as it was made.
    pub speed: f64,
    /// It waits for a key before each thing that happens.
    pub stepwise: bool,
}

/// Plays a recording on the terminal.
///
/// # Errors
///
/// Another program's recording, and what the terminal says.
pub async fn play(tape: &Tape, catalogue: Catalogue, manner: Manner) -> Result<(), ReplayError> {
    let model = tape.start.model(catalogue)?;
    let (keys, mut input) = unbounded_channel();
    let mut signals = Signals::new()?;
    let mut player = Player {
        terminal: Terminal::take(false)?,
        model,
        tape,
        at: 0,
        // Where the recording is, and since when.
        place: 0,
        since: Instant::now(),
        speed: manner.speed.clamp(SLOWEST, FASTEST),
        paused: manner.stepwise,
    };
    input::listen(keys, false)?;
    loop {
        player.draw()?;
        let due = player.due();
        let next = async {
            match due {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::Quit => break,
                #[cfg(unix)]
                Signal::Resized => {}
                #[cfg(unix)]
                Signal::Continued => player.terminal.resume()?,
            },
            Some(input) = input.recv() => match input {
                Input::Key(key) if player.key(key)? => break,
                Input::Gone => break,
                _ => {}
            },
            () = next => player.step(),
        }
    }
    Ok(())
}

struct Player<'t> {
    terminal: Terminal,
    model: Model,
    tape: &'t Tape,
    /// What happens next.
    at: usize,
    place: u64,
    since: Instant,
    speed: f64,
    paused: bool,
}

impl Player<'_> {
    /// When the next thing happens; never at the end, or while it is paused.
    fn due(&self) -> Option<Instant> {
        let next = self.tape.happened.get(self.at).filter(|_| !self.paused)?;
        let wait = Duration::from_millis(next.ms.saturating_sub(self.place));
        Some(self.since + wait.div_f64(self.speed))
    }

    /// Takes in all that happened at the next time.
    fn step(&mut self) {
        let Some(ms) = self.tape.happened.get(self.at).map(|next| next.ms) else {
            return;
        };
        while let Some(next) = self.tape.happened.get(self.at).filter(|next| next.ms == ms) {
            feed(&mut self.model, next);
            self.at += 1;
        }
        self.place = ms;
        self.since = Instant::now();
    }

    /// Whether the key ends it.
    fn key(&mut self, key: Key) -> io::Result<bool> {
        match key.code {
            Code::Char('c') if key.ctrl => return Ok(true),
            Code::Char('z') if key.ctrl => self.terminal.suspend()?,
            Code::Char('q') | Code::Esc => return Ok(true),
            Code::Char(' ') if self.paused => self.step(),
            Code::Char('p') => self.paused = !self.paused,
            Code::Char(' ') => self.paused = true,
            Code::Right | Code::PageDown | Code::Enter => self.step(),
            Code::Char('+') => self.speed = (self.speed * 2.0).min(FASTEST),
            Code::Char('-') => self.speed = (self.speed / 2.0).max(SLOWEST),
            _ => {}
        }
        self.since = Instant::now();
        Ok(false)
    }

    fn draw(&mut self) -> io::Result<()> {
        let of = self.tape.happened.last().map_or(0, |last| last.ms);
        let clock = |ms: u64| format!("{}:{:02}", ms / 60_000, ms / 1000 % 60);
        let (at, of) = (clock(self.place), clock(of));
        let words = if self.at >= self.tape.happened.len() {
            format!("REPLAY  the end, {of}  q leaves")
        } else if self.paused {
            format!("REPLAY  {at} of {of}  paused: Space goes a step, p plays, q leaves")
        } else {
            format!(
                "REPLAY  {at} of {of}  x{}  Space pauses, + - speed",
                self.speed
            )
        };
        let mut geometry = None;
        let model = &self.model;
        self.terminal
            .frame(|frame| geometry = Some(ui::replayed(model, frame, &words)))?;
        if let Some(geometry) = geometry {
            drop(update(&mut self.model, Msg::Drawn(geometry)));
        }
        Ok(())
    }
}
