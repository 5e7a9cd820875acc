//! A lesson in progress.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::editor::Editor;
use super::free::{FREE, Free};
use super::geometry::Pane;
use super::msg::{Report, RunId, StackEvent};
use super::predict::{Prediction, asks};
use super::present::Talk;
use super::progress::{Progress, SolutionState, StepState};
use super::reach::{Over, Reach};
use super::target::Identity;
use super::text::{Indexed, Kind};
use super::views::Views;
use super::world::World;
use crate::awscli::{Format, Style, Verdict};
use crate::lesson::{Judgement, Lesson, Step, WorldCheck, commands, has_command};
use crate::policy::Explanation;
use crate::secret::is_secret_member;

/// Names a remembered state of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket(pub u64);

/// What a run can be undone to: the learner's side of it. The world of that moment is kept under
/// the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Names the world.
    pub ticket: Ticket,
    /// The step that was about to run.
    pub step: String,
    /// How far the learner was.
    pub progress: Progress,
}

/// What beside or in place of the step's text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tab {
    /// The step's text.
    Text,
    /// What the command printed.
    Response,
    /// The decision.
    Why,
    /// The lesson's files.
    Files,
    /// What went over the wire.
    Wire,
    /// The call in other languages.
    Code,
    /// What exists in the sandbox.
    State,
    /// Who can reach what in the sandbox.
    Map,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Response,
        Self::Why,
        Self::Files,
        Self::Wire,
        Self::Code,
        Self::State,
        Self::Map,
    ];

    /// Its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Response => "Response",
            Self::Why => "Why",
            Self::Files => "Files",
            Self::Wire => "Wire",
            Self::Code => "Code",
            Self::State => "State",
            Self::Map => "Map",
        }
    }

    /// The pane that it shows.
    #[must_use]
    pub fn pane(self) -> Pane {
        match self {
            Self::Text => Pane::Text,
            Self::Response => Pane::Response,
            Self::Why => Pane::Why,
            Self::Files => Pane::Files,
            Self::Wire => Pane::Wire,
            Self::Code => Pane::Code,
            Self::State => Pane::State,
            Self::Map => Pane::Map,
        }
    }
}

/// What an editor edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// The step's command.
    Command,
    /// A file of the lesson.
    File(String),
    /// The learner's note on the step.
    Note,
}

/// Where keys go.
#[derive(Debug, Clone)]
pub enum Focus {
    /// To the panes.
    Reading,
    /// To an editor.
    Editing {
        /// What.
        subject: Subject,
        /// The text.
        editor: Box<Editor>,
        /// What is wrong with the text: line and character from 0, and what.
        fault: Option<(usize, usize, String)>,
    },
    /// To the search prompt.
    Searching(String),
    /// To a question.
    Asking(Question),
    /// To what the learner says will happen: the place in [`Guess::ALL`](super::Guess::ALL).
    Predicting(usize),
    /// To the show of hands: the place in [`Guess::ALL`](super::Guess::ALL).
    Hands(usize),
    /// To the prompt of free play.
    Playing(Box<Free>),
    /// To what lies over the step.
    Over(Over),
}

/// Something that is done only after a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    /// Undo the last run.
    Undo,
    /// Begin the step afresh.
    ResetStep,
    /// Begin the lesson afresh.
    ResetLesson,
    /// Show the step's solution although there are hints left.
    ShowSolution,
    /// Take the step's solution.
    TakeSolution,
}

/// A search in the response.
#[derive(Debug, Clone)]
pub struct Search {
    /// What was typed.
    pub query: String,
    /// Its pattern.
    pub pattern: Regex,
    /// Line and column of each place.
    pub found: Vec<(usize, usize)>,
    /// The place that is shown.
    pub current: usize,
}

/// Something that a job does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A command: AWS CLI text, variables not filled in.
    Command(String),
    /// Removal of local profiles.
    RemoveProfiles(Vec<String>),
    /// A look at the world after a step.
    Check(Box<WorldCheck>),
}

impl Item {
    /// As text for people, variables not filled in.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Command(text) => text.clone(),
            Self::RemoveProfiles(names) => {
                let profiles = if names.len() == 1 {
                    "profile"
                } else {
                    "profiles"
                };
                format!("remove the local {profiles} {}", names.join(", "))
            }
            Self::Check(check) => check.command.clone(),
        }
    }
}

/// Commands that run one after another.
#[derive(Debug, Clone)]
pub struct Job {
    /// The step they belong to; `None` is the lesson's clean-up.
    pub step: Option<String>,
    /// What is still to do.
    pub pending: VecDeque<Item>,
    /// How many items it has in all.
    pub items: usize,
    /// What is being done.
    pub running: Running,
    /// Milliseconds spent on trying again.
    pub waited: u64,
}

/// A command that is running.
#[derive(Debug, Clone)]
pub struct Running {
    /// Its run.
    pub run: RunId,
    /// What it is.
    pub item: Item,
    /// Milliseconds since it began.
    pub millis: u64,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It is still running.
    No,
    /// With an answer.
    Answered,
    /// The learner stopped waiting.
    Cancelled,
    /// It could not begin, or its answer could not be used.
    Failed(String),
}

/// One command of an attempt that has ended.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The command as it may be shown.
    pub command: String,
    /// What came of it.
    pub report: Report,
}

/// A step as it was when it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its command, with variables not filled in.
    command: String,
    /// Its files, with their texts where the learner had changed them.
    files: BTreeMap<String, Option<String>>,
}

/// One go at a step, kept until the next one.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What of the step ran; `None` where something else did, such as the clean-up.
    pub ran: Option<Ran>,
    /// Commands that have ended, in order.
    pub entries: Vec<Entry>,
    /// All that they printed, masked.
    pub response: Indexed,
    /// The same as tables, where that was asked for; or why it cannot be.
    pub table: Option<Indexed>,
    /// Stack events, in order.
    pub events: Vec<StackEvent>,
    /// How it ended.
    pub ended: Ended,
    /// What the step's expectation makes of it.
    pub judgement: Option<Judgement>,
    /// What may help, where that is not what the step expects.
    pub advice: Option<String>,
    /// What the learner said would happen.
    pub prediction: Option<Prediction>,
    /// A remark while it runs, such as that it is tried again.
    pub note: Option<String>,
    /// Milliseconds of all its commands.
    pub millis: u64,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            ran: None,
            entries: Vec::new(),
            response: Indexed::default(),
            table: None,
            events: Vec::new(),
            ended: Ended::No,
            judgement: None,
            advice: None,
            prediction: None,
            note: None,
            millis: 0,
        }
    }
}

impl Attempt {
    /// Takes in what came of a command. `shown` is the command with its secrets hidden, `mask`
    /// hides secret values wherever else they turn up.
    pub fn take(
        &mut self,
        shown: &str,
        several: bool,
        report: Report,
        mask: impl Fn(&str) -> String,
    ) {
        if several {
            if !self.response.is_empty() {
                self.response.push(Kind::Note, " ");
            }
            self.response.push(Kind::Command, shown);
        }
        let printed = &report.outcome.stdout;
        let kind = match &printed.style {
            Style::Formatted {
                format: Format::Json,
                ..
            } => Kind::Json,
            _ => Kind::Plain,
        };
        self.response.push(kind, &mask(&printed.masked()));
        self.response
            .push(Kind::Error, mask(&report.outcome.stderr).trim_matches('\n'));
        if let Some(note) = &report.note {
            self.response.push(Kind::Note, note);
        }
        self.table = None;
        self.millis += report.millis;
        self.entries.push(Entry {
            command: shown.to_owned(),
            report,
        });
    }

    /// The secrets in the answers of the attempt and one more, to be hidden wherever else they
    /// turn up.
    #[must_use]
    pub fn secrets(&self, more: &Report) -> Vec<String> {
        let mut found = Vec::new();
        for report in self
            .entries
            .iter()
            .map(|entry| &entry.report)
            .chain(std::iter::once(more))
        {
            secret_texts(&report.outcome.stdout.value, &mut found);
        }
        found
    }

    /// What came of the last command.
    #[must_use]
    pub fn last(&self) -> Option<&Report> {
        self.entries.last().map(|entry| &entry.report)
    }

    /// How the last command ended.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.last().map(|report| report.outcome.verdict)
    }

    /// The decision that made the last command what it is: the last that denied, or the last.
    #[must_use]
    pub fn explanation(&self) -> Option<&Explanation> {
        self.last()?.explanations.get(self.decisive()?)
    }

    /// Its place among the decisions of the last command.
    #[must_use]
    pub fn decisive(&self) -> Option<usize> {
        let explanations = &self.last()?.explanations;
        explanations
            .iter()
            .rposition(|explanation| explanation.verdict != crate::policy::Verdict::Allow)
            .or_else(|| explanations.len().checked_sub(1))
    }

    /// Every exchange of its commands, in order.
    #[must_use]
    pub fn exchanges(&self) -> Vec<&super::wire::Exchange> {
        let reports = self.entries.iter().map(|entry| &entry.report);
        reports.flat_map(|report| &report.exchanges).collect()
    }

    /// Rows that the stack events take above the response.
    #[must_use]
    pub fn event_rows(&self) -> usize {
        if self.events.is_empty() {
            return 0;
        }
        let reasons = self.events.iter().filter(|event| event.reason.is_some());
        1 + self.events.len() + reasons.count() + usize::from(!self.response.is_empty())
    }
}

/// A lesson in progress.
#[derive(Debug, Clone)]
pub struct Lab {
    /// The lesson.
    pub lesson: Arc<Lesson>,
    /// The step shown, from 0.
    pub at: usize,
    /// What outlives the program.
    pub progress: Progress,
    /// What came of each step since the lab was opened.
    pub attempts: BTreeMap<String, Attempt>,
    /// What runs.
    pub job: Option<Job>,
    /// What can be undone, the latest last.
    pub history: Vec<Checkpoint>,
    /// A restoration that was asked for.
    pub restoring: Option<Question>,
    /// Who the profiles are.
    pub identities: BTreeMap<Option<String>, Result<Identity, String>>,
    /// Where keys go.
    pub focus: Focus,
    /// The tab in use.
    pub tab: Tab,
    /// What is beside the text where both fit.
    pub side: Tab,
    /// The file shown, from 0 of the step's files.
    pub file: usize,
    /// First line and column shown of each pane.
    pub scroll: BTreeMap<Pane, (usize, usize)>,
    /// The search in the response.
    pub search: Option<Search>,
    /// How the tabs show what they show.
    pub views: Views,
    /// What exists in the sandbox, as it was last looked at.
    pub world: Option<Arc<World>>,
    /// What existed before the last run.
    pub before: Option<Arc<World>>,
    /// What reaches beyond the steps.
    pub reach: Reach,
    /// How far it is told, to a class.
    pub talk: Talk,
}

impl Lab {
    /// A lesson at one of its steps, before anything was asked of the world.
    #[must_use]
    pub fn new(
        lesson: Arc<Lesson>,
        at: usize,
        progress: Progress,
        history: Vec<Checkpoint>,
    ) -> Self {
        Self {
            lesson,
            at,
            progress,
            attempts: BTreeMap::new(),
            job: None,
            history,
            restoring: None,
            identities: BTreeMap::new(),
            focus: Focus::Reading,
            tab: Tab::Text,
            side: Tab::Response,
            file: 0,
            scroll: BTreeMap::new(),
            search: None,
            views: Views::default(),
            world: None,
            before: None,
            reach: Reach::default(),
            talk: Talk::default(),
        }
    }

    /// The step shown. A lesson has at least one; the checker and the loader see to that, and
    /// the type does not.
    #[must_use]
    pub fn step(&self) -> Option<&Step> {
        self.lesson.steps.get(self.at)
    }

    /// How the step shown stands.
    #[must_use]
    pub fn state(&self) -> StepState {
        self.step()
            .map_or(StepState::Open, |step| self.progress.state(&step.id))
    }

    /// What came of the step shown, or of free play while it is shown.
    #[must_use]
    pub fn attempt(&self) -> Option<&Attempt> {
        if let Focus::Playing(free) = &self.focus {
            return self.attempts.get(&free.shows);
        }
        self.attempts.get(&self.step()?.id)
    }

    /// The step shown as it would run now; `None` without a command.
    #[must_use]
    pub fn as_it_stands(&self) -> Option<Ran> {
        let step = self.step()?;
        let files = step.edit.iter().chain(&step.files);
        let edits = &self.progress.edits;
        Some(Ran {
            command: self.command()?.to_owned(),
            files: files
                .map(|name| (name.clone(), edits.get(name).cloned()))
                .collect(),
        })
    }

    /// Whether the step's command or its files are other than when they ran.
    #[must_use]
    pub fn is_outdated(&self) -> bool {
        let ran = self.attempt().and_then(|attempt| attempt.ran.as_ref());
        let Some(ran) = ran.filter(|_| self.job.is_none()) else {
            return false;
        };
        if let Focus::Editing {
            subject: Subject::Command,
            editor,
            ..
        } = &self.focus
        {
            return editor.text() != self.progress.variables.shown(&ran.command);
        }
        self.as_it_stands().as_ref() != Some(ran)
    }

    /// What the last run that can be undone was, in words.
    #[must_use]
    pub fn undoes(&self) -> Option<&str> {
        let step = self.history.last()?.step.as_str();
        if step == FREE {
            return Some("free play");
        }
        let (_, step) = self.lesson.step(step)?;
        Some(&step.title)
    }

    /// The response of the step shown, in the view that is shown.
    #[must_use]
    pub fn shown_response(&self) -> Option<&Indexed> {
        let attempt = self.attempt()?;
        match &attempt.table {
            Some(table) if self.views.is_table() => Some(table),
            _ => Some(&attempt.response),
        }
    }

    /// The command of the step shown with variables not filled in: the author's, or the
    /// learner's.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        let step = self.step()?;
        let edited = self
            .progress
            .steps
            .get(&step.id)
            .and_then(|step| step.command.as_deref());
        edited.or(step.command.as_deref().map(str::trim_end))
    }

    /// The command as it is shown: public variables filled in, secret ones by name.
    #[must_use]
    pub fn shown_command(&self) -> Option<String> {
        self.command()
            .map(|text| self.progress.variables.shown(text))
    }

    /// Whether the step shown does anything when it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.command().is_some_and(has_command)
            || self
                .step()
                .is_some_and(|step| !step.remove_profiles.is_empty())
    }

    /// What the step shown does when it runs.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self.command().map(split).unwrap_or_default();
        if let Some(step) = self.step()
            && !step.remove_profiles.is_empty()
        {
            items.push(Item::RemoveProfiles(step.remove_profiles.clone()));
        }
        items
    }

    /// The profile that the last command of the step shown signs with; `None` is the
    /// administrator.
    #[must_use]
    pub fn profile(&self) -> Option<String> {
        let text = self.command()?;
        let range = commands(text).pop()?;
        let name = profile_of(text.get(range)?)?;
        Some(self.progress.variables.shown(name))
    }

    /// The files that the step shows, the one to be edited first.
    #[must_use]
    pub fn files(&self) -> Vec<&str> {
        let Some(step) = self.step() else {
            return Vec::new();
        };
        let mut files: Vec<&str> = step.edit.as_deref().into_iter().collect();
        files.extend(step.files.iter().map(String::as_str));
        if files.is_empty() {
            files.extend(self.lesson.files.iter().map(String::as_str));
        }
        let mut seen = std::collections::BTreeSet::new();
        files.retain(|name| seen.insert(*name));
        files
    }

    /// The file that is shown.
    #[must_use]
    pub fn shown_file(&self) -> Option<&str> {
        let files = self.files();
        files.get(self.file % files.len().max(1)).copied()
    }

    /// The text of a file as the learner sees it.
    #[must_use]
    pub fn file_text(&self, name: &str) -> Option<String> {
        crate::lesson::LessonFiles {
            lesson: &self.lesson,
            edits: &self.progress.edits,
            variables: &self.progress.variables,
        }
        .shown(name)
    }

    /// Whether there is something to say of what will happen when the step shown runs: its author
    /// wants it, the learner has not declined, and its answer was not seen yet.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.progress.predictions.off
            && !self.state().is_done()
            && self.attempt().is_none()
            && self.step().is_some_and(asks)
    }

    /// What the learner has seen of the solution of the step shown.
    #[must_use]
    pub fn solution(&self) -> SolutionState {
        let known = self
            .step()
            .and_then(|step| self.progress.steps.get(&step.id));
        known.map_or(SolutionState::Hidden, |step| step.solution)
    }

    /// The learner's note on the step shown, without secrets that the lesson knows.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let note = self.progress.own.notes.get(&self.step()?.id)?;
        Some(self.progress.variables.mask(note))
    }

    /// What is said after the expected outcome, once there is one.
    #[must_use]
    pub fn after(&self) -> Option<String> {
        let step = self.step()?;
        // It speaks of what was expected: not where the last run went another way.
        let other = self.attempt().is_some_and(|attempt| {
            attempt
                .judgement
                .as_ref()
                .is_none_or(|judgement| !judgement.ok)
        });
        let done = self.state().is_done() && self.job.is_none() && !other;
        let after = step.after.as_deref().filter(|_| done)?;
        Some(self.progress.variables.shown(after))
    }

    /// Hints of the step shown that were asked for.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        let Some(step) = self.step() else {
            return &[];
        };
        let given = self
            .progress
            .steps
            .get(&step.id)
            .map_or(0, |step| step.hints);
        step.hints
            .get(..given.min(step.hints.len()))
            .unwrap_or_default()
    }

    /// First line and column that a pane shows.
    #[must_use]
    pub fn scrolled(&self, pane: Pane) -> (usize, usize) {
        self.scroll.get(&pane).copied().unwrap_or_default()
    }
}

/// The values of secret members.
fn secret_texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if is_secret_member(name) => {
                        if !text.is_empty() {
                            found.push(text.clone());
                        }
                    }
                    other => secret_texts(other, found),
                }
            }
        }
        Value::Array(values) => {
            for value in values {
                secret_texts(value, found);
            }
        }
        _ => {}
    }
}

/// The profile that a command names.
pub(super) fn profile_of(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        if word == "--profile" {
            return words.next();
        }
        if let Some(name) = word.strip_prefix("--profile=") {
            return Some(name);
        }
    }
    None
}

/// A text as its commands.
pub(super) fn split(text: &str) -> Vec<Item> {
    commands(text)
        .into_iter()
        .filter_map(|range| text.get(range))
        .map(|command| Item::Command(command.to_owned()))
        .collect()
}
