//! Presenting: what is revealed, and the show of hands.

use crate::app::effect::Effect;
use crate::app::hands::Hands;
use crate::app::key::{Code, Key};
use crate::app::lab::{Focus, Lab};
use crate::app::model::{Model, Notice};
use crate::app::msg::Intent;
use crate::app::predict::Guess;
use crate::app::present::Scene;
use crate::lesson::World;

use super::{arrive, job, next, save};

/// Begins or ends presenting.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    model.stage.presenting = !model.stage.presenting;
    if let Some(lab) = model.lab_mut() {
        lab.talk.ran = lab.job.is_some();
        show(lab);
    }
    Vec::new()
}

/// Reveals the next idea, or hides the last: what a presenter's remote control does.
pub(super) fn reveal(model: &mut Model, by: i32) -> Vec<Effect> {
    let clicker_runs = model.stage.clicker_runs && model.target.world == World::Sandbox;
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let scenes = lab.scenes();
    let at = lab.scene_at();
    let wanted = if by < 0 {
        at.checked_sub(1)
    } else {
        Some(at + 1)
    };
    if let Some(scene) = wanted.and_then(|at| scenes.get(at)) {
        lab.talk.scene = *scene;
        show(lab);
        return Vec::new();
    }
    if lab.job.is_some() || lab.restoring.is_some() {
        return Vec::new();
    }
    if by < 0 {
        let Some(before) = lab.at.checked_sub(1) else {
            return Vec::new();
        };
        let effects = arrive(model, before);
        if let Some(lab) = model.lab_mut() {
            lab.talk.scene = lab.scenes().last().copied().unwrap_or_default();
            show(lab);
        }
        return effects.into_iter().chain(save(model)).collect();
    }
    let waits = lab.runs() && lab.attempt().is_none() && !lab.state().is_done();
    match (waits, clicker_runs) {
        (false, _) => next(model),
        (true, true) => job::begin_step(model, false, None),
        (true, false) => {
            model.notice = Some(Notice::Told(
                "{{run}} runs the command; {{next}} goes to the next step without".to_owned(),
            ));
            Vec::new()
        }
    }
}

/// Runs the command, once it is seen.
pub(super) fn run(model: &mut Model, again: bool) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    if !lab.runs() {
        return reveal(model, 1);
    }
    if lab.talk.scene < Scene::Command {
        lab.talk.scene = Scene::Command;
        show(lab);
        return Vec::new();
    }
    job::begin_step(model, again, None)
}

/// Opens the show of hands.
pub(super) fn raise(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    if !lab.runs() {
        model.notice = Some(Notice::Told("nothing runs in this step".to_owned()));
        return Vec::new();
    }
    if let Some(id) = lab.step().map(|step| step.id.clone()) {
        lab.talk.hands.entry(id).or_default();
    }
    // What came of it is no question any more: the hands stay beside the truth.
    if lab.talk.scene < Scene::Outcome {
        lab.talk.scene = Scene::Hands;
    }
    lab.focus = Focus::Hands(0);
    Vec::new()
}

/// What is typed into the show of hands.
pub(super) fn hands(model: &mut Model, at: usize, intent: &Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let last = Guess::ALL.len() - 1;
    match intent {
        Intent::Move(by) => {
            let by = isize::try_from(*by).unwrap_or_default();
            lab.focus = Focus::Hands(at.saturating_add_signed(by).min(last));
        }
        Intent::Select(at) if *at <= last => lab.focus = Focus::Hands(*at),
        Intent::Type(key) => {
            let id = lab.step().map(|step| step.id.clone()).unwrap_or_default();
            count(lab.talk.hands.entry(id).or_default(), at, *key);
        }
        Intent::Keep => {
            lab.focus = Focus::Reading;
            let scenes = lab.scenes();
            if lab.talk.scene > Scene::Hands && scenes.contains(&Scene::Tally) {
                lab.talk.scene = Scene::Tally;
                show(lab);
            }
        }
        Intent::Back => {
            if let Some(id) = lab.step().map(|step| step.id.clone()) {
                lab.talk.hands.remove(&id);
            }
            lab.focus = Focus::Reading;
            let at = lab.scene_at();
            lab.talk.scene = lab.scenes().get(at).copied().unwrap_or_default();
        }
        _ => {}
    }
    Vec::new()
}

/// A digit goes to the end of the number; `+` and `-` count one hand.
fn count(hands: &mut Hands, at: usize, key: Key) {
    let known = hands.at(at);
    let count = match key.code {
        Code::Char('+') => known + 1,
        Code::Char('-') => known.saturating_sub(1),
        Code::Backspace => known / 10,
        Code::Delete => 0,
        Code::Char(c) => match c.to_digit(10) {
            Some(digit) => known * 10 + digit,
            None => return,
        },
        _ => return,
    };
    hands.set(at, count);
}

/// After everything that happens: what a run came to is shown as soon as it has.
pub(super) fn settle(model: &mut Model) {
    if !model.stage.presenting {
        return;
    }
    let Some(lab) = model.lab_mut() else {
        return;
    };
    let runs = lab.job.is_some();
    if runs {
        lab.talk.scene = Scene::Command;
    } else if lab.talk.ran && lab.scenes().contains(&Scene::Outcome) {
        lab.talk.scene = Scene::Outcome;
        show(lab);
    }
    lab.talk.ran = runs;
}

/// Puts the panes where the scene is.
fn show(lab: &mut Lab) {
    lab.tab = lab.talk.scene.tab();
    lab.scroll.remove(&lab.tab.pane());
}
