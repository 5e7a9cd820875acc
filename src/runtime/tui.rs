//! The loop of the screens: what happened goes in, one frame comes out. Nothing wakes it while
//! nothing happens.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::clock;
use super::config::Config;
use super::effects::{Performer, Settings};
use super::input::{self, Input};
use super::lab;
use super::notes::{Publisher, Told};
use super::record::Recording;
use super::signals::{Signal, Signals};
use super::terminal::{Terminal, is_taken};
use crate::app::notes::sheet;
use crate::app::{Effect, Intent, Model, Msg, Notice, RunId, Target, update};
use crate::lesson::{Catalogue, World};

/// Between two frames of the spinner.
const TICK: Duration = Duration::from_millis(100);

/// How long the first frame waits for the terminal to say what its background is. An answer that
/// comes later counts too.
const ANSWER: Duration = Duration::from_millis(40);

/// Things that happened which are taken in before the next frame is drawn.
const BATCH: usize = 512;

/// Why the lab did not end well.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// What the terminal says.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
    /// A thread panicked and has told its story.
    #[error("a part of the program failed, which is its own fault; the lab was saved")]
    Failed,
    /// The recording cannot be made.
    #[error("cannot record in `{path}`: {source}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What was done last is lost.
    #[error("the lab could not be saved: {0}")]
    Unsaved(String),
}

/// How the lab is run, beside what is configured.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Steps are shown to a class from the start.
    pub presenting: bool,
    /// A presenter's remote control may run commands, on the sandbox.
    pub clicker_runs: bool,
    /// A new file to record the session in.
    pub record: Option<PathBuf>,
}

/// Runs the lab on the terminal until the learner leaves it, or the terminal goes away.
///
/// # Errors
///
/// What the terminal says, and a lab that could not be saved at the end.
pub async fn run(
    catalogue: Catalogue,
    settings: Settings,
    config: &Config,
    manner: Manner,
) -> Result<(), TuiError> {
    let target = Target {
        world: settings.world,
        endpoint: settings.endpoint.clone(),
        account: None,
        region: None,
    };
    let store = settings.store.clone();
    let mut model = Model::new(catalogue, target, config.capabilities());
    model.size = Terminal::size();
    model.mouse = config.mouse.value;
    model.predicting = config.predictions.value;
    model.stage.whole_ids = config.whole_ids.value;
    model.stage.keymap = config.keymap.clone();
    model.stage.presenting = manner.presenting;
    model.stage.clicker_runs = manner.clicker_runs;
    let asks = config.palette().is_none() && Terminal::tells_its_background(config);
    model.stage.palette = config.palette().unwrap_or_default();
    let recording = match &manner.record {
        Some(path) => Some(begin_recording(path, &model)?),
        None => None,
    };
    let (messages, inbox) = unbounded_channel();
    let (keys, input) = unbounded_channel();
    let mut signals = Signals::new()?;
    let mut screen = Screen {
        terminal: Terminal::take(model.mouse)?,
        performer: Performer::new(settings, messages.clone()),
        model,
        inbox,
        input,
        dirty: false,
        running: None,
        countdown: None,
        recording,
        notes: None,
        lesson: None,
    };
    if asks {
        screen.terminal.ask_background()?;
    }
    input::listen(keys, asks)?;
    if asks && let Ok(Some(input)) = tokio::time::timeout(ANSWER, screen.input.recv()).await {
        screen.take_input(input)?;
    }
    screen.tell();
    screen.draw()?;
    // Progress of every lesson is read after the first frame is seen.
    if let (Some(store), World::Sandbox) = (store, screen.model.target.world) {
        let lessons: Vec<String> = screen
            .model
            .catalogue
            .lessons
            .iter()
            .map(|lesson| lesson.id.clone())
            .collect();
        tokio::task::spawn_blocking(move || {
            for lesson in lessons {
                if let Some(progress) = lab::peek(&store, &lesson, World::Sandbox) {
                    let progress = Box::new(progress);
                    let _ = messages.send(Msg::Known { lesson, progress });
                }
            }
        });
    }
    let ran = screen.turn(&mut signals).await;
    screen.performer.settle();
    let recorded = match (screen.recording.take(), manner.record) {
        (Some(recording), Some(path)) => recording
            .end(&screen.model)
            .map_err(|source| TuiError::Recording { path, source }),
        _ => Ok(()),
    };
    let mut unsaved = None;
    while let Ok(message) = screen.inbox.try_recv() {
        if let Msg::Saved(result) = message {
            unsaved = result.err();
        }
    }
    match (ran, unsaved) {
        (Ok(()), Some(reason)) => Err(TuiError::Unsaved(reason)),
        (Ok(()), None) => recorded,
        (ran, _) => ran,
    }
}

struct Screen {
    terminal: Terminal,
    performer: Performer,
    model: Model,
    inbox: UnboundedReceiver<Msg>,
    input: UnboundedReceiver<Input>,
    dirty: bool,
    /// What runs, and since when.
    running: Option<(RunId, Instant)>,
    /// When what is shown of a session's life will be another. While none is shown that lives,
    /// nothing wakes the program.
    countdown: Option<Instant>,
    recording: Option<Recording>,
    /// Speakers' notes, once the lab was presented; `Err` where they cannot be had.
    notes: Option<Result<Publisher, ()>>,
    /// The lesson that is open, and since when, in seconds since 1970.
    lesson: Option<(String, i64)>,
}

fn begin_recording(path: &Path, model: &Model) -> Result<Recording, TuiError> {
    Recording::begin(path, model).map_err(|source| TuiError::Recording {
        path: path.to_owned(),
        source,
    })
}

impl Screen {
    /// The loop.
    async fn turn(&mut self, signals: &mut Signals) -> Result<(), TuiError> {
        while !self.model.quitting {
            if self.dirty {
                self.draw()?;
            }
            self.wait(signals).await?;
            if !is_taken() {
                // Another thread panicked, and has given the terminal back to say so.
                let _ = self.take_in(Msg::Intent(Intent::Quit));
                return Err(TuiError::Failed);
            }
        }
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        self.dirty = false;
        match self.terminal.draw(&self.model) {
            Ok(geometry) => {
                update(&mut self.model, Msg::Drawn(geometry));
                Ok(())
            }
            // The terminal is gone: what the learner did is kept.
            Err(error) => {
                let _ = self.take_in(Msg::Intent(Intent::Quit));
                Err(error)
            }
        }
    }

    /// Waits for something to happen, and takes in all that did.
    async fn wait(&mut self, signals: &mut Signals) -> io::Result<()> {
        let tick = async {
            match self.running {
                Some(_) => tokio::time::sleep(TICK).await,
                None => std::future::pending().await,
            }
        };
        let minute = async {
            match self.countdown {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::Quit => self.take_in(Msg::Intent(Intent::Quit))?,
                #[cfg(unix)]
                Signal::Resized => self.resize()?,
                #[cfg(unix)]
                Signal::Continued => {
                    self.terminal.resume()?;
                    self.resize()?;
                }
            },
            Some(input) = self.input.recv() => self.take_input(input)?,
            Some(message) = self.inbox.recv() => self.take_in(message)?,
            () = minute => {
                self.countdown = None;
                self.take_in(Msg::Minute)?;
            }
            () = tick => {
                if let Some((run, since)) = self.running {
                    let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
                    self.take_in(Msg::Tick { run, millis })?;
                }
            }
        }
        for _ in 0..BATCH {
            if self.model.quitting {
                break;
            }
            if let Ok(input) = self.input.try_recv() {
                self.take_input(input)?;
            } else if let Ok(message) = self.inbox.try_recv() {
                self.take_in(message)?;
            } else {
                break;
            }
        }
        Ok(())
    }

    fn resize(&mut self) -> io::Result<()> {
        let (width, height) = Terminal::size();
        self.take_in(Msg::Resized { width, height })
    }

    fn take_input(&mut self, input: Input) -> io::Result<()> {
        if let Input::Background(r, g, b) = input {
            return self.take_in(Msg::Background(r, g, b));
        }
        match input::intent(&self.model, input) {
            Some(intent) => self.take_in(Msg::Intent(intent)),
            None => Ok(()),
        }
    }

    fn take_in(&mut self, message: Msg) -> io::Result<()> {
        self.dirty = true;
        let read = matches!(message, Msg::Clock(_));
        let recorded = self.recording.is_some().then(|| message.clone());
        let effects = update(&mut self.model, message);
        if let Some(message) = recorded {
            self.record(&message);
        }
        self.tell();
        for effect in effects {
            if let Some(effect) = self.performer.perform(effect) {
                self.perform(effect)?;
            }
        }
        match self.model.countdown() {
            None => self.countdown = None,
            Some(seconds) if read => {
                self.countdown = Some(Instant::now() + Duration::from_secs(seconds));
            }
            Some(_) => {}
        }
        let run = self.model.running();
        if self.running.map(|(run, _)| run) != run {
            self.running = run.map(|run| (run, Instant::now()));
        }
        Ok(())
    }

    /// Writes a message into the recording. Where that fails the session goes on without.
    fn record(&mut self, message: &Msg) {
        let Some(recording) = &mut self.recording else {
            return;
        };
        if let Err(error) = recording.take(message, &self.model) {
            self.recording = None;
            self.model.notice = Some(Notice::Wrong(format!("the recording has ended: {error}")));
        }
    }

    /// Tells the speaker's terminal what is shown, once something was presented.
    fn tell(&mut self) {
        let open = self.model.lab().map(|lab| lab.lesson.id.clone());
        if self.lesson.as_ref().map(|(id, _)| id) != open.as_ref() {
            self.lesson = open.map(|id| (id, clock::now().as_second()));
        }
        if self.notes.is_none() && self.model.stage.presenting {
            self.notes = Some(Publisher::open().map_err(|error| {
                let words = format!("`rolecall notes` will not see this: {error}");
                self.model.notice = Some(Notice::Wrong(words));
            }));
        }
        if let Some(Ok(notes)) = &mut self.notes {
            notes.tell(Told {
                since: self.lesson.as_ref().map_or(0, |(_, since)| *since),
                sheet: sheet(&self.model),
            });
        }
    }

    /// Performs an effect on the terminal.
    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Copy(text) => self.terminal.copy(&text),
            Effect::Mouse(on) => self.terminal.mouse(on),
            Effect::Suspend => {
                self.terminal.suspend()?;
                self.resize()
            }
            Effect::Redraw => self.terminal.clear(),
            // The model says that the program stops; the rest is the performer's.
            _ => Ok(()),
        }
    }
}
