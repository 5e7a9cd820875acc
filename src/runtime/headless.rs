//! A lesson without a screen: the same model, update and effects, driven by intents in place of
//! keys.

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::effects::{Performer, Settings};
use crate::app::{
    Attempt, Capabilities, Effect, Ended, Intent, Lab, Model, Msg, Screen, SolutionState,
    StepState, Survey, Target, update,
};
use crate::awscli::Verdict;
use crate::lesson::{Catalogue, ExpectedOutcome, Lesson, Variables, World};
use crate::policy::Explanation;

/// Who is told what happens.
pub trait Audience {
    /// Asks for the account's id, on a target other than the sandbox. What is not that id stops
    /// the run before anything is touched.
    fn confirm(&mut self, target: &Target, survey: &Survey, lesson: &Lesson) -> String;

    /// The lab is open.
    fn begin(&mut self, target: &Target, lesson: &Lesson);

    /// A step was done or tried.
    fn step(&mut self, step: &StepRecord);

    /// A clean-up command was done, after a step failed.
    fn cleaned(&mut self, command: &str, gone: bool, stderr: &str);
}

/// What came of one step.
#[derive(Debug, Clone, Serialize)]
pub struct StepRecord {
    /// The lesson's id.
    pub lesson: String,
    /// The step's id.
    pub step: String,
    /// Its command, variables filled in but for secret ones; null where it has none.
    pub command: Option<String>,
    /// The profile that the last command signed with; null is the administrator.
    pub profile: Option<String>,
    /// How it ended.
    pub outcome: Verdict,
    /// AWS's error code.
    pub code: Option<String>,
    /// How it was expected to end.
    pub expected: &'static str,
    /// The expectation holds, or the endpoint is more lenient than AWS.
    pub ok: bool,
    /// The AWS CLI's exit status of the last command.
    pub exit: u8,
    /// Standard output of its commands, secrets masked.
    pub stdout: String,
    /// Standard error of its commands.
    pub stderr: String,
    /// The decision that made the outcome what it is; null where the target gives none.
    pub decision: Option<Explanation>,
    /// Milliseconds that its commands took.
    pub millis: u64,
    /// A remark, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The step's place, from 1.
    #[serde(skip)]
    pub number: usize,
    /// How many steps the lesson has.
    #[serde(skip)]
    pub of: usize,
    /// The step's title.
    #[serde(skip)]
    pub title: String,
    /// Its commands one by one, with what each printed.
    #[serde(skip)]
    pub parts: Vec<Part>,
    /// What came of it in the words of the plain mode: the outcome, why, what was printed.
    #[serde(skip)]
    pub words: String,
}

/// One command of a step.
#[derive(Debug, Clone)]
pub struct Part {
    /// The command, secrets masked.
    pub command: String,
    /// Standard output, secrets masked.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// What came of a lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Every expectation held, to the last step.
    pub ok: bool,
    /// Steps that ran something.
    pub steps: usize,
    /// What the clean-up could not remove, by its commands.
    pub left: Vec<String>,
}

/// Why a lesson was not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotBegun(String);

/// Runs a lesson. On the sandbox it has a world of its own, which is gone afterwards; elsewhere
/// the lesson's clean-up runs when a step fails or the run is interrupted.
///
/// # Errors
///
/// Where the target cannot be reached or is not confirmed: nothing was touched then.
pub async fn run(
    catalogue: Catalogue,
    lesson: &str,
    settings: Settings,
    audience: &mut dyn Audience,
) -> Result<Ran, NotBegun> {
    let at = catalogue
        .lessons
        .iter()
        .position(|known| known.id == lesson)
        .ok_or_else(|| NotBegun(format!("there is no lesson `{lesson}`")))?;
    let target = Target {
        world: settings.world,
        endpoint: settings.endpoint.clone(),
        account: None,
        region: None,
    };
    let (sender, messages) = unbounded_channel();
    let mut model = Model::new(catalogue, target, Capabilities::default());
    // Nobody is there to predict anything.
    model.predicting = false;
    let mut runner = Runner {
        model,
        performer: Performer::new(settings, sender),
        messages,
        interrupted: false,
    };
    runner.open(at, audience).await?;
    let mut ran = runner.steps(audience).await;
    if !ran.ok {
        ran.left = runner.clean_up(audience).await;
    }
    Ok(ran)
}

struct Runner {
    model: Model,
    performer: Performer,
    messages: UnboundedReceiver<Msg>,
    interrupted: bool,
}

impl Runner {
    fn tell(&mut self, message: Msg) {
        for effect in update(&mut self.model, message) {
            // Nobody looks at identities and times, and nothing is kept.
            if !matches!(
                effect,
                Effect::Identify { .. }
                    | Effect::Save { .. }
                    | Effect::Checkpoint(_)
                    | Effect::Look
                    | Effect::ReadClock { .. }
            ) {
                // What is for the terminal has none here.
                let _ = self.performer.perform(effect);
            }
        }
    }

    fn want(&mut self, intent: Intent) {
        self.tell(Msg::Intent(intent));
    }

    /// Takes messages in until the model is as wanted, or the learner interrupts.
    async fn until(&mut self, done: impl Fn(&Model) -> bool) {
        while !done(&self.model) && !self.interrupted {
            tokio::select! {
                biased;
                message = self.messages.recv() => match message {
                    Some(message) => self.tell(message),
                    None => return,
                },
                _ = tokio::signal::ctrl_c() => {
                    self.interrupted = true;
                    self.want(Intent::Cancel);
                }
            }
        }
    }

    async fn open(&mut self, at: usize, audience: &mut dyn Audience) -> Result<(), NotBegun> {
        self.want(Intent::OpenAt(at));
        self.until(|model| match &model.screen {
            Screen::Opening { .. } => false,
            Screen::Confirm(confirm) => confirm.survey.is_some(),
            _ => true,
        })
        .await;
        if let Screen::Confirm(confirm) = &self.model.screen
            && let Some(survey) = &confirm.survey
            && let Some(lesson) = self.model.catalogue.lessons.get(at)
        {
            let typed = audience.confirm(&self.model.target, survey, lesson);
            let account = survey.account.clone();
            if typed.trim() != account {
                return Err(NotBegun(format!(
                    "not confirmed: `{}` is not the account id {account}; nothing was touched",
                    typed.trim()
                )));
            }
            self.want(Intent::Paste(typed));
            self.want(Intent::Open);
            self.until(|model| !matches!(model.screen, Screen::Opening { .. }))
                .await;
        }
        match &self.model.screen {
            Screen::Lab(lab) => {
                audience.begin(&self.model.target, &lab.lesson);
                Ok(())
            }
            Screen::Failed { reason, .. } => Err(NotBegun(reason.clone())),
            _ => Err(NotBegun("interrupted; nothing was touched".to_owned())),
        }
    }

    async fn steps(&mut self, audience: &mut dyn Audience) -> Ran {
        let mut ran = Ran::default();
        loop {
            let Some(lab) = self.model.lab() else {
                return ran;
            };
            let at = lab.at;
            if lab.runs() {
                self.solve();
                self.want(Intent::Run);
                self.until(|model| model.running().is_none()).await;
                ran.steps += 1;
                let record = self.model.lab().and_then(record);
                let ok = record.as_ref().is_some_and(|record| record.ok);
                if let Some(record) = record {
                    audience.step(&record);
                }
                if !ok || self.interrupted {
                    return ran;
                }
            }
            self.want(Intent::Next);
            if self.model.lab().is_none_or(|lab| lab.at == at) {
                ran.ok = true;
                return ran;
            }
        }
    }

    /// Takes the solution of the step shown, where it has one: what the learner starts from need
    /// not work.
    fn solve(&mut self) {
        let solvable = |model: &Model| {
            model.lab().is_some_and(|lab| {
                lab.step().is_some_and(|step| step.solution.is_some())
                    && lab.solution() != SolutionState::Taken
            })
        };
        // Shown, then taken, each after a question.
        for _ in 0..2 {
            if solvable(&self.model) {
                self.want(Intent::Solution);
                self.want(Intent::Yes);
            }
        }
    }

    /// Removes what the lesson made. A sandbox goes away with all that is in it.
    async fn clean_up(&mut self, audience: &mut dyn Audience) -> Vec<String> {
        self.interrupted = false;
        if self.model.target.world == World::Sandbox {
            return Vec::new();
        }
        self.want(Intent::ResetLesson);
        self.want(Intent::Yes);
        self.until(|model| model.running().is_none()).await;
        let Some(lab) = self.model.lab() else {
            return Vec::new();
        };
        let Some(attempt) = lab.attempt() else {
            return Vec::new();
        };
        let mut left = Vec::new();
        for entry in &attempt.entries {
            let outcome = &entry.report.outcome;
            let gone = outcome.verdict == Verdict::Success || is_absent(&outcome.stderr);
            audience.cleaned(&entry.command, gone, outcome.stderr.trim());
            if !gone {
                left.push(entry.command.clone());
            }
        }
        if self.interrupted {
            left.push("interrupted: what follows was not removed".to_owned());
        }
        left
    }
}

/// Whether a removal failed because there was nothing to remove.
fn is_absent(stderr: &str) -> bool {
    ["NoSuch", "does not exist", "NotFound"]
        .iter()
        .any(|sign| stderr.contains(sign))
}

/// What came of the step shown.
fn record(lab: &Lab) -> Option<StepRecord> {
    let step = lab.step()?;
    let nothing = Attempt::default();
    let attempt = lab.attempt().unwrap_or(&nothing);
    let variables = &lab.progress.variables;
    let parts: Vec<Part> = attempt
        .entries
        .iter()
        .map(|entry| part(variables, entry))
        .collect();
    let outcome = attempt.last().map(|report| &report.outcome);
    let joined = |text: fn(&Part) -> &str| parts.iter().map(text).collect::<String>();
    let expected = step.expect.as_ref().map(|expect| expect.outcome);
    let failure = match &attempt.ended {
        Ended::Failed(reason) => Some(reason.clone()),
        Ended::Cancelled => Some("interrupted".to_owned()),
        Ended::No | Ended::Answered => None,
    };
    let judgement = attempt.judgement.as_ref();
    let lenient = judgement.is_some_and(|judgement| judgement.lenient);
    Some(StepRecord {
        lesson: lab.lesson.id.clone(),
        step: step.id.clone(),
        command: lab.shown_command(),
        profile: lab.profile(),
        outcome: outcome.map_or(Verdict::Error, |outcome| outcome.verdict),
        code: outcome.and_then(|outcome| outcome.code.clone()),
        expected: match expected {
            None | Some(ExpectedOutcome::Success) => "success",
            Some(ExpectedOutcome::Denied) => "denied",
            Some(ExpectedOutcome::Error) => "error",
        },
        ok: lab.state() != StepState::Open && failure.is_none(),
        exit: outcome.map_or(0, |outcome| outcome.exit),
        stdout: joined(|part| &part.stdout),
        stderr: joined(|part| &part.stderr),
        decision: attempt.explanation().cloned(),
        millis: attempt.millis,
        note: failure.or_else(|| judgement.filter(|_| lenient).map(|it| it.text.clone())),
        number: lab.at + 1,
        of: lab.lesson.steps.len(),
        title: step.title.clone(),
        parts,
        words: {
            let (printed, _) = crate::ui::words::response(attempt, 0, usize::MAX);
            format!(
                "{}{}{printed}",
                crate::ui::words::command(lab),
                crate::ui::words::outcome(lab)
            )
        },
    })
}

fn part(variables: &Variables, entry: &crate::app::Entry) -> Part {
    let outcome = &entry.report.outcome;
    Part {
        command: entry.command.clone(),
        stdout: variables.mask(&outcome.stdout.masked()),
        stderr: variables.mask(&outcome.stderr),
    }
}
