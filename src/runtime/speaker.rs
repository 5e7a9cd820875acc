//! The second terminal of one who presents: notes, what comes next, and the time.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;

use super::clock;
use super::config::Config;
use super::input::{self, Input};
use super::notes::{Told, follow};
use super::signals::{Signal, Signals};
use super::terminal::Terminal;
use crate::app::Code;
use crate::ui::{self, Notes};

/// Seconds of a minute.
const MINUTE: i64 = 60;

/// Shows the notes of whoever presents, until the reader leaves.
///
/// # Errors
///
/// No folder to look in, or what the terminal says.
pub async fn run(config: &Config) -> io::Result<()> {
    let (sheets, mut told) = unbounded_channel();
    let mut following = std::pin::pin!(follow(sheets));
    let mut signals = Signals::new()?;
    let (keys, mut input) = unbounded_channel();
    let mut terminal = Terminal::take(false)?;
    input::listen(keys, false)?;
    let mut last: Option<Told> = None;
    let mut scroll = 0_usize;
    loop {
        let since = last.as_ref().map(|told| told.since);
        let gone = since.map(|since| clock::now().as_second().saturating_sub(since).max(0));
        let notes = Notes {
            capabilities: config.capabilities(),
            palette: config.palette().unwrap_or_default(),
            keymap: &config.keymap,
            sheet: last.as_ref().and_then(|told| told.sheet.as_ref()),
            connected: last.is_some(),
            minutes: u32::try_from(gone.unwrap_or_default() / MINUTE).unwrap_or(u32::MAX),
            scroll,
        };
        terminal.frame(|frame| ui::notes(&notes, frame))?;
        // The one thing that wakes it by itself is the next minute.
        let minute = async {
            match gone {
                Some(gone) => {
                    let left = MINUTE - gone % MINUTE;
                    tokio::time::sleep(Duration::from_secs(left.unsigned_abs())).await;
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::Quit => return Ok(()),
                #[cfg(unix)]
                Signal::Resized => {}
                #[cfg(unix)]
                Signal::Continued => terminal.resume()?,
            },
            // Its socket goes with it, when this function ends.
            ended = &mut following => return ended,
            Some(next) = told.recv() => {
                let step = |told: &Option<Told>| {
                    told.as_ref().and_then(|told| Some(told.sheet.as_ref()?.step))
                };
                if step(&next) != step(&last) {
                    scroll = 0;
                }
                last = next;
            }
            Some(input) = input.recv() => match input {
                Input::Gone => return Ok(()),
                Input::Key(key) => match key.code {
                    Code::Char('c') if key.ctrl => return Ok(()),
                    Code::Char('z') if key.ctrl => terminal.suspend()?,
                    Code::Char('q') | Code::Esc => return Ok(()),
                    Code::Down | Code::Char('j') => scroll += 1,
                    Code::Up | Code::Char('k') => scroll = scroll.saturating_sub(1),
                    Code::PageDown | Code::Char(' ') => scroll += 10,
                    Code::PageUp => scroll = scroll.saturating_sub(10),
                    _ => {}
                },
                _ => {}
            },
            () = minute => {}
        }
    }
}
