//! Studying a step: predictions, its solution, and whether the world is as it wants.

use std::collections::VecDeque;

use crate::app::effect::Effect;
use crate::app::geometry::Pane;
use crate::app::lab::{Focus, Item, Lab, Question, Tab};
use crate::app::model::{Model, Notice};
use crate::app::msg::{Intent, Report};
use crate::app::predict::{Guess, Prediction};
use crate::app::progress::SolutionState;
use crate::awscli::{Verdict, query};
use crate::lesson::{Judgement, WorldCheck};

use super::{job, save};

/// Whether the learner is to say first what will happen when the step shown runs.
pub(super) fn asks(model: &Model) -> bool {
    model.predicting && model.lab().is_some_and(Lab::asks)
}

/// Turns the questions on or off.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let off = !lab.progress.predictions.off;
    lab.progress.predictions.off = off;
    if matches!(lab.focus, Focus::Predicting(_)) {
        lab.focus = Focus::Reading;
    }
    model.notice = Some(Notice::Told(
        if off {
            "you will not be asked what happens any more; {{toggle-predictions}} asks again"
        } else {
            "before a call with something to learn you are asked what will happen"
        }
        .to_owned(),
    ));
    save(model)
}

/// What the learner does where a prediction is asked for.
pub(super) fn predicting(model: &mut Model, at: usize, intent: &Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let last = Guess::ALL.len() - 1;
    match intent {
        Intent::Move(by) => {
            let by = isize::try_from(*by).unwrap_or_default();
            lab.focus = Focus::Predicting(at.saturating_add_signed(by).min(last));
            Vec::new()
        }
        Intent::Select(which) if *which <= last => {
            lab.focus = Focus::Predicting(*which);
            Vec::new()
        }
        Intent::Predict => {
            let guess = Guess::ALL.get(at).copied();
            lab.focus = Focus::Reading;
            job::begin_step(model, true, guess)
        }
        Intent::Run => {
            lab.focus = Focus::Reading;
            job::begin_step(model, true, None)
        }
        Intent::TogglePredictions => toggle(model),
        _ => Vec::new(),
    }
}

/// Compares the prediction of the attempt with what came, and keeps the score.
pub(super) fn compare(lab: &mut Lab) {
    let Some(id) = lab.step().map(|step| step.id.clone()) else {
        return;
    };
    let came = lab.came();
    let Some(attempt) = lab.attempts.get_mut(&id) else {
        return;
    };
    if let (Some(prediction), Some(_)) = (attempt.prediction, came) {
        let prediction = Prediction { came, ..prediction };
        attempt.prediction = Some(prediction);
        lab.progress.predictions.count(&id, prediction);
    }
}

/// Shows the solution, or offers to take it.
pub(super) fn solution(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(step) = lab.step() else {
        return Vec::new();
    };
    if step.solution.is_none() {
        model.notice = Some(Notice::Told(
            "this step has no solution but its command: {{hint}} shows a hint".to_owned(),
        ));
        return Vec::new();
    }
    let left = step.hints.len().saturating_sub(lab.hints().len());
    match lab.solution() {
        SolutionState::Hidden if left > 0 => {
            lab.focus = Focus::Asking(Question::ShowSolution);
            Vec::new()
        }
        SolutionState::Hidden => show_solution(model),
        SolutionState::Shown => {
            lab.focus = Focus::Asking(Question::TakeSolution);
            Vec::new()
        }
        SolutionState::Taken => {
            model.notice = Some(Notice::Told(
                "command and document are the solution's already: {{run}} runs it".to_owned(),
            ));
            Vec::new()
        }
    }
}

/// Shows the solution below the hints.
pub(super) fn show_solution(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(id) = lab.step().map(|step| step.id.clone()) else {
        return Vec::new();
    };
    lab.progress.step_mut(&id).solution = SolutionState::Shown;
    lab.tab = Tab::Text;
    lab.scroll.insert(Pane::Text, (usize::MAX, 0));
    model.notice = Some(Notice::Told(
        "the solution stands below the text; {{solution}} once more takes it".to_owned(),
    ));
    save(model)
}

/// Makes command and documents the solution's.
pub(super) fn take_solution(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(step) = lab.step().cloned() else {
        return Vec::new();
    };
    let Some(solution) = step.solution else {
        return Vec::new();
    };
    for (name, text) in &solution.files {
        let text = lab.progress.variables.shown(text);
        lab.progress.edits.insert(name.clone(), text);
    }
    let known = lab.progress.step_mut(&step.id);
    known.solution = SolutionState::Taken;
    if let Some(command) = &solution.command {
        known.command = Some(command.trim_end().to_owned());
    }
    lab.views.listing = None;
    model.notice = Some(Notice::Told(
        "command and document are the solution's: {{run}} runs it, and the step counts as done by it"
            .to_owned(),
    ));
    super::identify(model)
        .into_iter()
        .chain(save(model))
        .collect()
}

/// Asks whether the world is as the step wants, without running its command.
pub(super) fn check(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab() else {
        return Vec::new();
    };
    let step = lab.step().map(|step| (step.id.clone(), step.check.clone()));
    match step {
        Some((id, Some(check))) => {
            let items = VecDeque::from([Item::Check(Box::new(check))]);
            job::begin(model, Some(id), items)
        }
        _ => {
            model.notice = Some(Notice::Told(
                "this step is checked by the outcome of its command alone".to_owned(),
            ));
            Vec::new()
        }
    }
}

/// What the answer to a check says of the world, and of the judgement before it, if its command
/// ran, and whether that now tells what the check says. `says` is that, variables filled in.
pub(super) fn checked(
    check: &WorldCheck,
    says: &str,
    report: &Report,
    before: Option<Judgement>,
) -> (bool, Judgement, bool) {
    let answer = &report.outcome.stdout.value;
    let holds = report.outcome.verdict == Verdict::Success
        && query::compile(&check.query)
            .ok()
            .and_then(|query| query.search(answer).ok())
            .is_some_and(|found| is_true(&found));
    let judgement = |ok, text| Judgement {
        ok,
        text,
        lenient: false,
    };
    let says = says.trim_end_matches('.');
    match before {
        Some(before) if before.ok == holds => (holds, before, false),
        _ if holds => {
            let text = format!("done, not by this command: {says}");
            (holds, judgement(true, text), true)
        }
        _ => (holds, judgement(false, format!("not yet so: {says}")), true),
    }
}

/// What JMESPath takes for true.
fn is_true(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}
