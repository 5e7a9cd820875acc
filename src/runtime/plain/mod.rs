//! The lab in lines of text, for screen readers, dumb terminals and scripts: commands are read
//! from standard input, one a line, and answered in words. The model, update and effects are those
//! of the screens; nothing moves a cursor, nothing spins, and nothing wakes while nothing happens.

mod beyond;
mod study;
mod verbs;

use std::future::Future;
use std::io::{self, BufRead, Write};
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use self::verbs::Verb;
use super::effects::{Performer, Settings};
use super::lab;
use super::signals::{Asked, Stop};
use crate::app::{
    Capabilities, Effect, Focus, Intent, Key, Model, Msg, Notice, Screen, StepState, Subject, Tab,
    Target, update, visible,
};
use crate::lesson::{Catalogue, World};
use crate::secret::veil;
use crate::ui::words;

/// Lines of a response that are printed at once; `response LINE` has the rest.
const PAGE: usize = 200;

/// How long a look at the sandbox is waited for.
const LOOK: Duration = Duration::from_secs(5);

/// How the plain mode is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// A person types: a prompt is shown. Otherwise each line that was read is repeated, so that
    /// the output alone can be followed.
    pub prompt: bool,
}

/// Runs the lab in lines of text until the input ends or the learner leaves.
///
/// # Errors
///
/// What the output says; progress is kept then.
// By its own type the future would be compiled once more beside each way of waiting for it.
#[inline(never)]
pub fn run(
    catalogue: Catalogue,
    settings: Settings,
    manner: Manner,
    out: Box<dyn Write>,
) -> Pin<Box<dyn Future<Output = io::Result<()>>>> {
    Box::pin(read(catalogue, settings, manner, out))
}

async fn read(
    catalogue: Catalogue,
    settings: Settings,
    manner: Manner,
    out: Box<dyn Write>,
) -> io::Result<()> {
    let target = Target {
        world: settings.world,
        endpoint: settings.endpoint.clone(),
        account: None,
        region: None,
    };
    let mut model = Model::new(
        catalogue,
        target,
        Capabilities {
            colours: crate::app::Colours::None,
            unicode: false,
        },
    );
    // A question before a run would stand between two lines: `predict` answers it beforehand.
    model.predicting = false;
    if let (Some(store), World::Sandbox) = (&settings.store, settings.world) {
        let lessons: Vec<String> = model
            .catalogue
            .lessons
            .iter()
            .map(|lesson| lesson.id.clone())
            .collect();
        for lesson in lessons {
            if let Some(progress) = lab::peek(store, &lesson, World::Sandbox) {
                let progress = Box::new(progress);
                update(&mut model, Msg::Known { lesson, progress });
            }
        }
    }
    let (messages, inbox) = unbounded_channel();
    let mut reader = Reader {
        performer: Performer::new(settings, messages),
        model,
        inbox,
        lines: listen()?,
        stop: Stop::new()?,
        out,
        manner,
        events: 0,
        why: None,
        looks: 0,
    };
    reader.say(
        "rolecall, plain text. `help` lists the commands; `open 1` opens the first lesson.\n",
    )?;
    let text = words::catalogue(&reader.model);
    reader.say(&text)?;
    let result = reader.converse().await;
    if !reader.model.quitting {
        let _ = reader.tell(Msg::Intent(Intent::Quit));
    }
    result
}

/// Reads standard input on a thread of its own; the channel closes at its end.
fn listen() -> io::Result<UnboundedReceiver<String>> {
    let (sender, lines) = unbounded_channel();
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            let mut input = io::stdin().lock();
            let mut bytes = Vec::new();
            loop {
                bytes.clear();
                match input.read_until(b'\n', &mut bytes) {
                    Ok(length) if length > 0 => {
                        let line = String::from_utf8_lossy(&bytes);
                        let line = line.trim_end_matches(['\n', '\r']).to_owned();
                        if sender.send(line).is_err() {
                            return;
                        }
                    }
                    _ => return,
                }
            }
        })?;
    Ok(lines)
}

struct Reader {
    model: Model,
    performer: Performer,
    inbox: UnboundedReceiver<Msg>,
    lines: UnboundedReceiver<String>,
    stop: Stop,
    out: Box<dyn Write>,
    manner: Manner,
    /// Events of the attempt under way that were told.
    events: usize,
    /// Why the last command of free play went as it did, until a step is looked at.
    why: Option<String>,
    /// Looks at the sandbox that have not come back.
    looks: usize,
}

impl Reader {
    fn say(&mut self, text: &str) -> io::Result<()> {
        if self.model.stage.whole_ids {
            self.say_whole(text)
        } else {
            self.say_whole(&veil(text))
        }
    }

    /// Says a text with its access key ids.
    fn say_whole(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(visible(text).as_bytes())?;
        self.out.flush()
    }

    fn tell(&mut self, message: Msg) -> io::Result<()> {
        if matches!(message, Msg::Looked(_)) {
            self.looks = self.looks.saturating_sub(1);
        }
        for effect in update(&mut self.model, message) {
            if matches!(effect, Effect::Look) {
                self.looks += 1;
            }
            // There is no clipboard here; what else is for a terminal has none.
            if let Some(Effect::Copy(text)) = self.performer.perform(effect) {
                self.say_whole(&format!("{text}\n"))?;
            }
        }
        Ok(())
    }

    fn want(&mut self, intent: Intent) -> io::Result<()> {
        self.tell(Msg::Intent(intent))
    }

    /// Says what the model has to tell, once.
    fn notice(&mut self) -> io::Result<()> {
        match self.model.notice.take() {
            Some(Notice::Told(text)) => self.say(&format!("Note: {}\n", verbs::told(&text))),
            Some(Notice::Wrong(text)) => self.say(&format!("Wrong: {}\n", verbs::told(&text))),
            None => Ok(()),
        }
    }

    /// Whether nothing is under way that the learner waits for.
    fn settled(&self) -> bool {
        match &self.model.screen {
            Screen::Opening { .. } => false,
            Screen::Confirm(confirm) => confirm.survey.is_some(),
            Screen::Lab(lab) => {
                lab.job.is_none()
                    && lab.restoring.is_none()
                    && (lab.command().is_none() || lab.identities.contains_key(&lab.profile()))
            }
            Screen::Catalogue | Screen::Failed { .. } => true,
        }
    }

    /// Takes messages in until nothing is under way.
    async fn settle(&mut self) -> io::Result<()> {
        while !self.settled() {
            tokio::select! {
                biased;
                asked = self.stop.asked() => match asked {
                    Asked::Interrupt if self.model.running().is_some() => self.want(Intent::Cancel)?,
                    _ => return self.want(Intent::Quit),
                },
                message = self.inbox.recv() => match message {
                    Some(message) => self.tell(message)?,
                    None => return Ok(()),
                },
            }
            self.tell_events()?;
        }
        Ok(())
    }

    /// Says the stack events that are new.
    fn tell_events(&mut self) -> io::Result<()> {
        let Some(attempt) = self.model.lab().and_then(|lab| lab.attempt()) else {
            return Ok(());
        };
        let new: String = attempt
            .events
            .iter()
            .skip(self.events)
            .map(words::event)
            .collect();
        self.events = attempt.events.len();
        if new.is_empty() {
            Ok(())
        } else {
            self.say(&new)
        }
    }

    /// The next line; `None` at the end of the input or of the program.
    async fn line(&mut self) -> io::Result<Option<String>> {
        if self.manner.prompt {
            self.say("> ")?;
        }
        loop {
            tokio::select! {
                biased;
                _ = self.stop.asked() => return Ok(None),
                Some(message) = self.inbox.recv() => {
                    self.tell(message)?;
                    self.notice()?;
                }
                line = self.lines.recv() => {
                    if let Some(line) = &line && !self.manner.prompt {
                        let shown = self.model.lab().map_or_else(
                            || line.clone(),
                            |lab| lab.progress.variables.mask(line),
                        );
                        self.say(&format!("> {shown}\n"))?;
                    }
                    return Ok(line);
                }
            }
        }
    }

    /// The lines up to one that has a full stop alone. `None` where there are none, or where the
    /// input ends before.
    async fn lines(&mut self) -> io::Result<Option<String>> {
        let mut text: Vec<String> = Vec::new();
        while let Some(line) = self.line().await? {
            if line.trim() == "." {
                return Ok((!text.is_empty()).then(|| text.join("\n")));
            }
            text.push(line);
        }
        Ok(None)
    }

    async fn converse(&mut self) -> io::Result<()> {
        while !self.model.quitting {
            let Some(line) = self.line().await? else {
                return self.want(Intent::Quit);
            };
            if matches!(self.model.screen, Screen::Confirm(_)) && self.confirm(&line).await? {
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            match verbs::read(&line) {
                Ok((verb, rest)) => {
                    let rest = rest.to_owned();
                    self.perform(verb, &rest).await?;
                }
                Err(reason) => self.say(&format!("Wrong: {reason}\n"))?,
            }
        }
        Ok(())
    }

    /// Takes a line as the account's id. False where it is something else.
    async fn confirm(&mut self, line: &str) -> io::Result<bool> {
        let line = line.trim();
        if line == "back" {
            self.want(Intent::Back)?;
            let text = words::catalogue(&self.model);
            self.say(&text)?;
            return Ok(true);
        }
        if line.is_empty() || !line.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(false);
        }
        self.want(Intent::Type(Key::ctrl('u')))?;
        self.want(Intent::Paste(line.to_owned()))?;
        self.want(Intent::Open)?;
        self.arrived().await?;
        Ok(true)
    }

    /// Says where one is now.
    async fn arrived(&mut self) -> io::Result<()> {
        self.settle().await?;
        self.notice()?;
        let text = match &self.model.screen {
            Screen::Catalogue => words::catalogue(&self.model),
            Screen::Confirm(confirm) => words::confirm(&self.model, confirm),
            Screen::Failed { reason, .. } => {
                format!(
                    "Wrong: the lab cannot be opened: {reason}\nNothing is lost; `open` tries again.\n"
                )
            }
            Screen::Lab(lab) => words::step(&self.model, lab),
            Screen::Opening { .. } => String::new(),
        };
        self.say(&text)
    }

    /// Says something of the lab, or that there is none.
    fn of_lab(&mut self, text: impl FnOnce(&crate::app::Lab) -> String) -> io::Result<()> {
        let text = match self.model.lab() {
            Some(lab) => text(lab),
            None => "Wrong: no lesson is open: `open 1` opens the first one\n".to_owned(),
        };
        self.say(&text)
    }

    async fn perform(&mut self, verb: Verb, rest: &str) -> io::Result<()> {
        let everywhere = matches!(
            verb,
            Verb::Lessons | Verb::About | Verb::Open | Verb::Help | Verb::Quit
        );
        if !everywhere && self.model.lab().is_none() {
            return self.of_lab(|_| String::new());
        }
        if !matches!(verb, Verb::Why | Verb::Play) {
            self.why = None;
        }
        match verb {
            Verb::Quit => {
                self.want(Intent::Quit)?;
                self.say("Progress is kept.\n")
            }
            Verb::Help => self.say(&verbs::help()),
            Verb::Lessons => {
                self.leave()?;
                self.arrived().await
            }
            Verb::About => self.about(rest),
            Verb::Open => self.open(rest).await,
            Verb::Run => self.run(Intent::Run).await,
            Verb::Again => self.run(Intent::RunAgain).await,
            Verb::Next => self.go(Intent::Next).await,
            Verb::Back => self.go(Intent::Previous).await,
            Verb::Step => match rest.parse::<usize>().ok().and_then(|at| at.checked_sub(1)) {
                Some(at)
                    if self
                        .model
                        .lab()
                        .is_some_and(|lab| at < lab.lesson.steps.len()) =>
                {
                    self.go(Intent::Step(at)).await
                }
                _ => self.say("Wrong: give the number of a step; `steps` lists them\n"),
            },
            Verb::Steps => self.of_lab(words::steps),
            Verb::Text => self.arrived().await,
            Verb::Response => {
                let from = if rest.is_empty() {
                    Some(0)
                } else {
                    rest.parse::<usize>()
                        .ok()
                        .and_then(|line| line.checked_sub(1))
                };
                match from {
                    Some(from) => self.response(from),
                    None => self.say("Wrong: give the number of a line, from 1\n"),
                }
            }
            Verb::Why => {
                if let Some(why) = self.why.clone() {
                    return self.say(&why);
                }
                let world = self.model.target.world;
                self.of_lab(|lab| words::why(lab, world))
            }
            Verb::Hint => {
                self.want(Intent::Hint)?;
                self.notice()?;
                self.of_lab(words::hint)
            }
            Verb::Who => self.of_lab(words::who),
            Verb::Predict => self.predict(rest).await,
            Verb::Solution => self.solution().await,
            Verb::Check => self.check().await,
            Verb::Copy => {
                self.want(Intent::Copy)?;
                self.model.notice = None;
                Ok(())
            }
            Verb::Ids => {
                self.want(Intent::ToggleIds)?;
                self.notice()
            }
            Verb::Wire => self.tab(Intent::Show(Tab::Wire)).await,
            Verb::Code => self.tab(Intent::Show(Tab::Code)).await,
            Verb::State => self.tab(Intent::Show(Tab::State)).await,
            Verb::Map => self.tab(Intent::Show(Tab::Map)).await,
            Verb::View => self.tab(Intent::View).await,
            Verb::Pick if rest == "-" => self.tab(Intent::Pick(-1)).await,
            Verb::Pick => self.tab(Intent::Pick(1)).await,
            Verb::Files => self.of_lab(words::files),
            Verb::File => self.of_lab(|lab| {
                let name = if rest.is_empty() {
                    lab.files().first().copied().unwrap_or_default()
                } else {
                    rest
                };
                words::file(lab, name)
                    .unwrap_or_else(|| format!("Wrong: there is no file `{name}` here\n"))
            }),
            Verb::Edit => {
                let text = if rest.is_empty() {
                    self.of_lab(words::command)?;
                    self.say("Write the command; a line with a full stop alone ends it.\n")?;
                    self.lines().await?
                } else {
                    Some(rest.to_owned())
                };
                self.write(Subject::Command, text).await
            }
            Verb::Document => {
                let file = self.model.lab().and_then(|lab| lab.step()?.edit.clone());
                let Some(file) = file else {
                    return self.say("Note: this step has no document to write\n");
                };
                self.say(&format!(
                    "Write {file}; a line with a full stop alone ends it, and at once leaves it as it is.\n"
                ))?;
                let text = self.lines().await?;
                self.write(Subject::File(file), text).await
            }
            Verb::Original => {
                self.want(Intent::Original)?;
                self.settle().await?;
                self.notice()
            }
            Verb::Undo => self.ask(Intent::Undo).await,
            Verb::Reset => self.ask(Intent::ResetStep).await,
            Verb::ResetLesson => self.ask(Intent::ResetLesson).await,
            Verb::Search => self.search(rest),
            Verb::Play => self.play(rest).await,
            Verb::Words => self.complete(rest).await,
            Verb::Note => self.note_on(rest).await,
            Verb::Clock => self.clock(rest).await,
            Verb::Door => self.door(rest).await,
            Verb::Export => self.export(rest).await,
        }
    }

    /// Says what a tab of the screens shows.
    async fn tab(&mut self, intent: Intent) -> io::Result<()> {
        self.want(intent)?;
        let end = tokio::time::Instant::now() + LOOK;
        while self.looks > 0 {
            match tokio::time::timeout_at(end, self.inbox.recv()).await {
                Ok(Some(message)) => self.tell(message)?,
                // A look that failed says nothing more; what was seen last is told.
                Ok(None) | Err(_) => self.looks = 0,
            }
        }
        self.model.notice = None;
        let text = self.model.lab().map(|lab| words::tab(&self.model, lab));
        self.say(&text.unwrap_or_default())
    }

    fn leave(&mut self) -> io::Result<()> {
        if !matches!(self.model.screen, Screen::Catalogue) {
            self.want(Intent::Back)?;
        }
        Ok(())
    }

    /// The place of a lesson by its number or name, or what is wrong with that.
    fn lesson(&self, name: &str) -> Result<usize, String> {
        let lessons = &self.model.catalogue.lessons;
        if name.is_empty() {
            return Ok(self.model.selected);
        }
        let number = name.parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        number
            .filter(|at| *at < lessons.len())
            .or_else(|| lessons.iter().position(|lesson| lesson.id == name))
            .ok_or_else(|| {
                let meant = self.model.catalogue.nearest(name);
                let advice = meant.map_or_else(
                    || "`lessons` lists them".to_owned(),
                    |meant| format!("did you mean `{meant}`?"),
                );
                format!("Wrong: there is no lesson `{name}`: {advice}\n")
            })
    }

    fn about(&mut self, name: &str) -> io::Result<()> {
        let text = self.lesson(name).map(|at| {
            let lesson = self.model.catalogue.lessons.get(at);
            lesson
                .map(|lesson| words::about(lesson))
                .unwrap_or_default()
        });
        self.say(&text.unwrap_or_else(|wrong| wrong))
    }

    async fn open(&mut self, name: &str) -> io::Result<()> {
        let at = match self.lesson(name) {
            Ok(at) => at,
            Err(wrong) => return self.say(&wrong),
        };
        self.leave()?;
        self.want(Intent::OpenAt(at))?;
        self.arrived().await
    }

    async fn go(&mut self, intent: Intent) -> io::Result<()> {
        let before = self.model.lab().map(|lab| lab.at);
        self.want(intent)?;
        if self.model.lab().map(|lab| lab.at) == before {
            self.settle().await?;
            return match self.model.notice {
                Some(_) => self.notice(),
                None => self.say("Note: there is no step there\n"),
            };
        }
        self.arrived().await
    }

    async fn run(&mut self, intent: Intent) -> io::Result<()> {
        self.events = 0;
        let before = self.model.lab().map(|lab| lab.at);
        self.want(intent)?;
        if self.model.running().is_none() {
            // Where nothing runs, the same key goes on.
            if self.model.lab().map(|lab| lab.at) != before {
                return self.arrived().await;
            }
            let done = self
                .model
                .lab()
                .is_some_and(|lab| lab.state() != StepState::Open);
            return match (&self.model.notice, done) {
                (Some(Notice::Told(_)), true) => {
                    self.model.notice = None;
                    self.say("Note: this step is done: `next` goes on, `again` runs it again\n")
                }
                (Some(_), _) => self.notice(),
                (None, _) => self.of_lab(words::outcome),
            };
        }
        self.settle().await?;
        self.notice()?;
        if self.model.quitting {
            return Ok(());
        }
        self.came()
    }

    /// Says what came of a run: the outcome and why, then what was printed.
    fn came(&mut self) -> io::Result<()> {
        self.of_lab(words::outcome)?;
        self.response(0)?;
        self.of_lab(|lab| verbs::told(&words::advice(lab)))?;
        self.of_lab(words::after)
    }

    fn response(&mut self, from: usize) -> io::Result<()> {
        let Some(attempt) = self.model.lab().and_then(|lab| lab.attempt()) else {
            return self
                .say("Note: answers are kept only while the lab is open: `again` runs it\n");
        };
        let (mut text, more) = words::response(attempt, from, PAGE);
        if more > 0 {
            text.push_str(&format!(
                "{more} more lines: `response {}` goes on, `search WORDS` finds\n",
                from + PAGE + 1
            ));
        }
        if text.is_empty() {
            text.push_str("Nothing was printed.\n");
        }
        self.say(&text)
    }

    fn search(&mut self, query: &str) -> io::Result<()> {
        let Some(pattern) = crate::app::pattern(query) else {
            return self.say("Wrong: give the words to search for\n");
        };
        let Some(attempt) = self.model.lab().and_then(|lab| lab.attempt()) else {
            return self.say("Note: there is no response to search yet\n");
        };
        let mut lines: Vec<usize> = attempt
            .response
            .find(&pattern)
            .into_iter()
            .map(|(line, _)| line)
            .collect();
        lines.dedup();
        let mut text = format!("Lines found: {}\n", lines.len());
        for line in lines.iter().take(PAGE) {
            let words = attempt.response.line(*line).unwrap_or_default();
            text.push_str(&format!("{}: {words}\n", line + 1));
        }
        self.say(&text)
    }

    async fn write(&mut self, subject: Subject, text: Option<String>) -> io::Result<()> {
        let Some(text) = text else {
            return self.say("Note: nothing was changed\n");
        };
        self.want(Intent::Write(subject, text))?;
        self.settle().await?;
        match self.model.notice {
            Some(_) => self.notice(),
            None => self.say("Written. `run` runs the command.\n"),
        }
    }

    /// Asks, and does what was asked about after a yes.
    async fn ask(&mut self, intent: Intent) -> io::Result<()> {
        self.want(intent)?;
        self.notice()?;
        if self.answered().await? {
            self.arrived().await
        } else {
            Ok(())
        }
    }

    /// Puts the question that the model has, if it has one. Whether it was answered by yes.
    async fn answered(&mut self) -> io::Result<bool> {
        let Some(lab) = self.model.lab() else {
            return Ok(false);
        };
        let Focus::Asking(question) = lab.focus else {
            return Ok(false);
        };
        let sandbox = self.model.target.world == World::Sandbox;
        let (title, text) = words::question(lab, question, sandbox);
        self.say(&format!("{title} {} Type yes or no.\n", verbs::told(&text)))?;
        let answer = self.line().await?.unwrap_or_default();
        if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            self.events = 0;
            self.want(Intent::Yes)?;
            Ok(true)
        } else {
            self.want(Intent::Back)?;
            self.say("Note: nothing was changed\n")?;
            Ok(false)
        }
    }
}
