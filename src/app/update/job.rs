//! Running, cancelling and undoing.

use std::collections::VecDeque;

use crate::app::effect::{Effect, Run};
use crate::app::free::{FREE, without_secrets};
use crate::app::geometry::Pane;
use crate::app::lab::{
    Attempt, Checkpoint, Ended, Focus, Item, Job, Lab, Question, Running, Tab, Ticket, split,
};
use crate::app::model::{Model, Notice};
use crate::app::msg::{Report, RunId, StackEvent};
use crate::app::predict::{Guess, Prediction};
use crate::app::progress::{Progress, SolutionState, StepState};
use crate::app::reach::Kept;
use crate::app::text::Kind;
use crate::awscli::Verdict;
use crate::lesson::{Came, ExpectedOutcome, Judgement, Step, World, WorldCheck};
use crate::secret::{MASK, Secret};

use super::{arrive, built_in, identify, save, study, view};

/// Milliseconds between two tries where changes need time to take effect.
const PAUSE: u64 = 3000;

/// Checkpoints that are kept.
const MOST_HISTORY: usize = 50;

/// Runs the step shown, or goes on where there is nothing to run; asks first what will happen
/// where there is something to learn.
pub(super) fn run(model: &mut Model, again: bool) -> Vec<Effect> {
    if study::asks(model) {
        if let Some(lab) = model.lab_mut() {
            // What it is about is read first.
            lab.tab = Tab::Text;
            lab.focus = Focus::Predicting(0);
        }
        return Vec::new();
    }
    begin_step(model, again, None)
}

/// Runs the step shown after what the learner said, if anything.
pub(super) fn begin_step(model: &mut Model, again: bool, guess: Option<Guess>) -> Vec<Effect> {
    let Some(lab) = model.lab() else {
        return Vec::new();
    };
    let items = lab.items();
    if items.is_empty() {
        return if again {
            Vec::new()
        } else {
            super::next(model)
        };
    }
    // A held key must not run a finished step over and over.
    if lab.state().is_done() && !again && !lab.is_outdated() {
        model.notice = Some(Notice::Told(
            "this step is done: {{next}} goes on, {{run-again}} runs it again".to_owned(),
        ));
        return Vec::new();
    }
    let Some(id) = lab.step().map(|step| step.id.clone()) else {
        return Vec::new();
    };
    let ticket = Ticket(model.number());
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let checkpoint = checkpoint(lab, ticket, &id);
    lab.progress.step_mut(&id).attempts += 1;
    let mut effects = vec![Effect::Checkpoint(Box::new(checkpoint))];
    effects.extend(begin(model, Some(id), items.into()));
    if let (Some(guess), Some(lab)) = (guess, model.lab_mut()) {
        attempt(lab).prediction = Some(Prediction { guess, came: None });
    }
    effects
}

/// Remembers how far the learner is before something runs. What is the learner's own no undo takes
/// back, so it is not kept again and again.
fn checkpoint(lab: &mut Lab, ticket: Ticket, step: &str) -> Checkpoint {
    let own = std::mem::take(&mut lab.progress.own);
    let checkpoint = Checkpoint {
        ticket,
        step: step.to_owned(),
        progress: lab.progress.clone(),
    };
    lab.progress.own = own;
    lab.history.push(checkpoint.clone());
    if lab.history.len() > MOST_HISTORY {
        lab.history.remove(0);
    }
    checkpoint
}

/// Runs commands of free play: they belong to no step.
pub(super) fn run_free(model: &mut Model, text: &str) -> Vec<Effect> {
    let ticket = Ticket(model.number());
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let checkpoint = checkpoint(lab, ticket, FREE);
    let mut effects = vec![Effect::Checkpoint(Box::new(checkpoint))];
    effects.extend(begin(model, Some(FREE.to_owned()), split(text).into()));
    effects
}

/// Begins a job in place of what was shown before.
pub(super) fn begin(
    model: &mut Model,
    step: Option<String>,
    mut pending: VecDeque<Item>,
) -> Vec<Effect> {
    let items = pending.len();
    let Some(item) = pending.pop_front() else {
        return Vec::new();
    };
    let run = RunId(model.number());
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let ran = lab
        .as_it_stands()
        .filter(|_| lab.step().map(|shown| &shown.id) == step.as_ref());
    lab.job = Some(Job {
        step,
        pending,
        items,
        running: Running {
            run,
            item,
            millis: 0,
        },
        waited: 0,
    });
    lab.search = None;
    lab.views.begin();
    lab.before = lab.world.clone();
    for pane in [Pane::Response, Pane::Why, Pane::Wire] {
        lab.scroll.remove(&pane);
    }
    lab.tab = Tab::Response;
    lab.side = Tab::Response;
    *attempt(lab) = Attempt {
        ran,
        ..Attempt::default()
    };
    start(model, 0)
}

/// The attempt that the job adds to. Clean-up shows at the first step.
fn attempt(lab: &mut Lab) -> &mut Attempt {
    let step = lab
        .job
        .as_ref()
        .and_then(|job| job.step.clone())
        .or_else(|| lab.step().map(|step| step.id.clone()))
        .unwrap_or_default();
    lab.attempts.entry(step).or_default()
}

/// Sends out what the job is at.
fn start(model: &mut Model, delay: u64) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(job) = &lab.job else {
        return Vec::new();
    };
    let run = job.running.run;
    match job.running.item.clone() {
        Item::RemoveProfiles(profiles) => vec![Effect::RemoveProfiles { run, profiles }],
        item @ (Item::Command(_) | Item::Check(_)) => {
            match lab.progress.variables.fill_command(&item.text()) {
                Ok(text) => vec![Effect::Run(Box::new(Run {
                    id: run,
                    text: Secret::new(text),
                    lesson: lab.lesson.clone(),
                    edits: lab.progress.edits.clone(),
                    variables: lab.progress.variables.clone(),
                    delay,
                }))],
                Err(unset) => {
                    let step = |step: &Step| step.capture.contains_key(&unset.name);
                    let told = match lab.whereabouts(step) {
                        Some(step) => {
                            format!("`${{{}}}` has no value yet: run {step}, first", unset.name)
                        }
                        None => unset.to_string(),
                    };
                    attempt(lab).ended = Ended::Failed(told);
                    end(model)
                }
            }
        }
    }
}

/// A stack event of the running command.
pub(super) fn event(model: &mut Model, run: RunId, event: StackEvent) {
    if let Some(lab) = model.lab_mut()
        && lab.job.as_ref().is_some_and(|job| job.running.run == run)
    {
        attempt(lab).events.push(event);
    }
}

/// A command has ended.
pub(super) fn finished(model: &mut Model, run: RunId, mut report: Report) -> Vec<Effect> {
    let world = model.target.world;
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    // A late reply belongs to a run that nobody waits for any more.
    let Some(job) = lab.job.as_mut().filter(|job| job.running.run == run) else {
        return Vec::new();
    };
    let item = job.running.item.clone();
    if let Item::Check(check) = &item {
        return checked(model, check, &report);
    }
    let last = job.pending.is_empty();
    let clean_up = job.step.is_none();
    let waited = job.waited.saturating_add(report.millis);
    job.waited = waited;
    let verdict = report.outcome.verdict;
    let variables = lab.progress.variables.clone();
    let free = job.step.as_deref() == Some(FREE);
    let several = free || clean_up || !last || !attempt(lab).entries.is_empty();
    let shown = variables.mask(&without_secrets(&variables.shown(&item.text())));
    let attempt_now = attempt(lab);
    let secrets = attempt_now.secrets(&report);
    let mask = |text: &str| {
        secrets.iter().fold(variables.mask(text), |text, secret| {
            text.replace(secret, MASK)
        })
    };
    report.outcome.message = report.outcome.message.as_deref().map(mask);
    report.outcome.stderr = mask(&report.outcome.stderr);
    attempt_now.take(&shown, several, report, mask);

    if (verdict == Verdict::Success || clean_up) && !last {
        return following(model);
    }
    if clean_up {
        return cleaned(model);
    }
    if free {
        answered(lab);
        let mut effects = end(model);
        effects.push(Effect::Names);
        return effects;
    }
    let judgement = judge(lab, last, world);
    if let Some(within) = trying(lab, &judgement, world)
        && waited < within
    {
        return try_again(model, item, &judgement, waited, within);
    }
    study::compare(lab);
    let check = lab.step().and_then(|step| step.check.clone());
    match check {
        Some(check) => {
            attempt(lab).judgement = Some(judgement);
            if let Some(job) = lab.job.as_mut() {
                job.pending.clear();
                job.pending.push_back(Item::Check(Box::new(check)));
            }
            following(model)
        }
        None => {
            conclude(lab, judgement);
            over(model)
        }
    }
}

/// The world was looked at after the step, or instead of it.
fn checked(model: &mut Model, check: &WorldCheck, report: &Report) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let before = attempt(lab).judgement.take();
    let command = lab.progress.variables.shown(&check.command);
    let says = lab.progress.variables.shown(&check.says);
    let (holds, judgement, told) = study::checked(check, &says, report, before);
    let attempt = attempt(lab);
    if !attempt.response.is_empty() {
        attempt.response.push(Kind::Note, " ");
    }
    let word = if holds { "It is so" } else { "Not yet so" };
    let says = if told {
        format!("{word}.")
    } else {
        format!("{word}: {}.", says.replace('`', ""))
    };
    let asked = format!("Checked, as the administrator: {}", command.trim_end());
    attempt.response.push(Kind::Note, &asked);
    attempt.response.push(Kind::Note, &says);
    attempt.millis += report.millis;
    conclude(lab, judgement);
    over(model)
}

/// The job has come to its outcome, which is to be seen: what was told while it ran is past.
fn over(model: &mut Model) -> Vec<Effect> {
    if matches!(model.notice, Some(Notice::Told(_))) {
        model.notice = None;
    }
    end(model)
}

/// Goes on with the job's next item.
fn following(model: &mut Model) -> Vec<Effect> {
    let run = RunId(model.number());
    let next = model.lab_mut().and_then(|lab| lab.job.as_mut());
    let Some((job, item)) = next.and_then(|job| {
        let item = job.pending.pop_front()?;
        Some((job, item))
    }) else {
        return end(model);
    };
    job.running = Running {
        run,
        item,
        millis: 0,
    };
    start(model, 0)
}

/// What the step's expectation makes of the attempt. `last` is false where a command before the
/// last one failed.
fn judge(lab: &mut Lab, last: bool, world: World) -> Judgement {
    let expect = lab.step().and_then(|step| step.expect.clone());
    let attempt = attempt(lab);
    let layer = attempt
        .explanation()
        .filter(|explanation| explanation.verdict != crate::policy::Verdict::Allow)
        .and_then(|explanation| explanation.layer);
    let Some(report) = attempt.last() else {
        return Judgement {
            ok: false,
            text: "nothing ran".to_owned(),
            lenient: false,
        };
    };
    let came = Came {
        verdict: report.outcome.verdict,
        code: report.outcome.code.as_deref(),
        layer,
    };
    let success = crate::lesson::Expect {
        outcome: ExpectedOutcome::Success,
        code: None,
        layer: None,
        within: 0,
    };
    match expect {
        Some(expect) if last => expect.judge(came, world),
        _ => success.judge(came, world),
    }
}

/// Milliseconds that the step may go on trying, where that helps.
fn trying(lab: &Lab, judgement: &Judgement, world: World) -> Option<u64> {
    let expect = lab.step()?.expect.as_ref()?;
    let helps = !judgement.ok && world != World::Sandbox && expect.within > 0;
    helps.then(|| u64::from(expect.within) * 1000)
}

fn try_again(
    model: &mut Model,
    item: Item,
    judgement: &Judgement,
    waited: u64,
    within: u64,
) -> Vec<Effect> {
    let run = RunId(model.number());
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    if let Some(job) = lab.job.as_mut() {
        job.waited = waited.saturating_add(PAUSE);
        job.running = Running {
            run,
            item,
            millis: 0,
        };
    }
    let attempt = attempt(lab);
    let note = format!(
        "{}; changes need time to hold everywhere on AWS, trying again ({} of {} s)",
        judgement.text,
        waited / 1000,
        within / 1000
    );
    // What failed is not mixed with what comes.
    *attempt = Attempt {
        ran: attempt.ran.take(),
        note: Some(note),
        ..Attempt::default()
    };
    start(model, PAUSE)
}

/// Takes captures, and marks the step.
fn conclude(lab: &mut Lab, mut judgement: Judgement) {
    let Some(step) = lab.step().cloned() else {
        return;
    };
    let mut ended = Ended::Answered;
    if judgement.ok && !judgement.lenient && !step.capture.is_empty() {
        let answer = attempt(lab)
            .entries
            .iter()
            .rev()
            .map(|entry| &entry.report.outcome.stdout.value)
            .find(|value| !value.is_null())
            .cloned()
            .unwrap_or_default();
        if let Err(error) = lab.progress.variables.capture(&step.capture, &answer) {
            ended = Ended::Failed(error.to_string());
        }
    }
    if judgement.ok && ended == Ended::Answered {
        let known = lab.progress.step_mut(&step.id);
        known.state = if judgement.lenient {
            StepState::Lenient
        } else if known.solution == SolutionState::Taken {
            StepState::Solved
        } else {
            StepState::Done
        };
    }
    if lab.state() == StepState::Solved {
        judgement.text.push_str(", by its solution");
    }
    let variables = lab.progress.variables.clone();
    let command = lab.shown_command().unwrap_or_default();
    let signed = lab.identities.get(&lab.profile()).cloned();
    let conclusion = attempt(lab);
    conclusion.ended = ended;
    conclusion.judgement = Some(judgement);
    conclusion.note = None;
    let advice = lab.advise();
    let attempt = attempt(lab);
    attempt.advice = advice;
    let identity = signed.and_then(Result::ok);
    let kept = Kept::of(without_secrets(&command), attempt, identity, |text| {
        variables.mask(text)
    });
    lab.progress.own.kept.insert(step.id, kept.into());
    look_at_denial(lab);
}

/// Free play has its answer: nobody expected anything of it.
fn answered(lab: &mut Lab) {
    let attempt = attempt(lab);
    attempt.ended = Ended::Answered;
    attempt.note = None;
    look_at_denial(lab);
}

/// After a denial, shows why.
fn look_at_denial(lab: &mut Lab) {
    let attempt = attempt(lab);
    let denied = attempt.verdict() == Some(Verdict::Denied);
    if denied && lab.tab == Tab::Response {
        lab.tab = Tab::Why;
    }
    if denied {
        lab.side = Tab::Why;
    }
}

/// The job is over.
fn end(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    lab.job = None;
    // Commands make and remove identities. They are asked for again where that costs nothing, and
    // where a profile may have changed.
    lab.identities.retain(|_, identity| identity.is_ok());
    let changed = lab.items().iter().any(|item| match item {
        Item::RemoveProfiles(_) => true,
        Item::Command(text) => text.contains(" configure "),
        Item::Check(_) => false,
    });
    if (changed || model.target.world == World::Sandbox)
        && let Some(lab) = model.lab_mut()
    {
        lab.identities.clear();
    }
    let mut effects = identify(model);
    effects.extend(view::look(model));
    effects.into_iter().chain(save(model)).collect()
}

/// Stops waiting for what runs.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    let Some(run) = model.running() else {
        return Vec::new();
    };
    if let Some(lab) = model.lab_mut() {
        let attempt = attempt(lab);
        attempt.ended = Ended::Cancelled;
        attempt.note = None;
    }
    model.notice = Some(Notice::Told(
        "stopped waiting; what was already sent may still take effect".to_owned(),
    ));
    let mut effects = vec![Effect::Cancel(run)];
    effects.extend(end(model));
    effects
}

/// Does what was asked about.
pub(super) fn yes(model: &mut Model, question: Question) -> Vec<Effect> {
    let world = model.target.world;
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    match question {
        Question::Undo => match lab.history.last() {
            Some(checkpoint) => {
                lab.restoring = Some(question);
                vec![Effect::Restore(checkpoint.ticket)]
            }
            None => Vec::new(),
        },
        Question::ResetStep => {
            let id = lab.step().map(|step| step.id.clone()).unwrap_or_default();
            // The world goes back only as far as nothing of another step is lost.
            let own = lab
                .history
                .iter()
                .rev()
                .take_while(|checkpoint| checkpoint.step == id)
                .last();
            match own {
                Some(checkpoint) if world == World::Sandbox => {
                    lab.restoring = Some(question);
                    vec![Effect::Restore(checkpoint.ticket)]
                }
                _ => {
                    forget_step(lab);
                    let at = lab.at;
                    let effects = arrive(model, at);
                    effects.into_iter().chain(save(model)).collect()
                }
            }
        }
        Question::ShowSolution => study::show_solution(model),
        Question::TakeSolution => study::take_solution(model),
        Question::ResetLesson if world == World::Sandbox => {
            lab.restoring = Some(question);
            vec![Effect::Empty]
        }
        Question::ResetLesson => {
            let mut items = VecDeque::new();
            for clean_up in &lab.lesson.cleanup {
                if let Some(command) = &clean_up.command
                    && lab.progress.variables.fill_command(command).is_ok()
                {
                    items.extend(split(command));
                }
                if !clean_up.remove_profiles.is_empty() {
                    items.push_back(Item::RemoveProfiles(clean_up.remove_profiles.clone()));
                }
            }
            begin(model, None, items)
        }
    }
}

/// Makes the step shown what it was when it was first seen.
fn forget_step(lab: &mut Lab) {
    let Some(step) = lab.step().cloned() else {
        return;
    };
    lab.progress.steps.remove(&step.id);
    lab.attempts.remove(&step.id);
    if let Some(file) = &step.edit {
        lab.progress.edits.remove(file);
    }
}

/// The world is what it was.
pub(super) fn restored(
    model: &mut Model,
    ticket: Ticket,
    result: Result<(), String>,
) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(question) = lab.restoring.take() else {
        return Vec::new();
    };
    if let Err(reason) = result {
        model.notice = Some(Notice::Wrong(format!("could not be undone: {reason}")));
        return Vec::new();
    }
    let Some(at) = lab.history.iter().position(|known| known.ticket == ticket) else {
        return Vec::new();
    };
    let undone = lab.history.split_off(at);
    let Some(Checkpoint { step, progress, .. }) = undone.into_iter().next() else {
        return Vec::new();
    };
    let predictions = std::mem::take(&mut lab.progress.predictions);
    // What the learner wrote is theirs.
    let own = std::mem::take(&mut lab.progress.own);
    lab.progress = Progress {
        own,
        predictions,
        ..progress
    };
    lab.attempts.remove(&step);
    lab.identities.clear();
    let at = lab.lesson.step(&step).map_or(lab.at, |(at, _)| at);
    lab.at = at;
    if question == Question::ResetStep {
        forget_step(lab);
    }
    let title = if step == FREE {
        "free play".to_owned()
    } else {
        lab.step()
            .map(|step| step.title.clone())
            .unwrap_or_default()
    };
    arrive_anew(model, at, format!("undone: {title}"))
}

/// Shows a step in a world that is another now, and says so.
fn arrive_anew(model: &mut Model, at: usize, told: String) -> Vec<Effect> {
    let mut effects = arrive(model, at);
    model.notice = Some(Notice::Told(told));
    effects.extend(view::look(model));
    effects.extend(save(model));
    effects
}

/// The sandbox is as new.
pub(super) fn emptied(model: &mut Model, result: Result<(), String>) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    if lab.restoring.take().is_none() {
        return Vec::new();
    }
    if let Err(reason) = result {
        model.notice = Some(Notice::Wrong(format!(
            "the lesson could not be begun afresh: {reason}"
        )));
        return Vec::new();
    }
    afresh(model);
    arrive_anew(model, 0, "the lesson begins afresh".to_owned())
}

/// The clean-up has run.
fn cleaned(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let mut shown = std::mem::take(attempt(lab));
    shown.ended = Ended::Answered;
    let failed: Vec<String> = shown
        .entries
        .iter()
        .filter(|entry| entry.report.outcome.verdict != Verdict::Success)
        .map(|entry| entry.command.clone())
        .collect();
    lab.job = None;
    lab.identities.clear();
    afresh(model);
    let effects = arrive(model, 0);
    if let Some(lab) = model.lab_mut() {
        if let Some(id) = lab.step().map(|step| step.id.clone()) {
            lab.attempts.insert(id, shown);
        }
        lab.tab = Tab::Response;
    }
    model.notice = Some(match failed.first() {
        None => Notice::Told("everything that the lesson made is removed".to_owned()),
        Some(first) => Notice::Wrong(format!(
            "{} of the clean-up commands did not succeed, the first was `{first}`: look at the response",
            failed.len()
        )),
    });
    effects.into_iter().chain(save(model)).collect()
}

fn afresh(model: &mut Model) {
    let mut progress = Progress::default();
    if let Some(lab) = model.lab() {
        // What one has learnt is not undone with the world.
        progress.predictions = lab.progress.predictions.clone();
    }
    built_in(model, &mut progress);
    if let Some(lab) = model.lab_mut() {
        let notes = std::mem::take(&mut lab.progress.own.notes);
        let typed = std::mem::take(&mut lab.progress.own.typed);
        progress.own.notes = notes;
        progress.own.typed = typed;
        lab.progress = progress;
        lab.attempts.clear();
        lab.history.clear();
        lab.identities.clear();
        lab.before = None;
    }
}
