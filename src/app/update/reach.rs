//! What reaches beyond the steps: the finder, the sandbox's time, the door, notes, exports.

use crate::app::editor::Editor;
use crate::app::effect::Effect;
use crate::app::export::Session;
use crate::app::finder::{self, Finder};
use crate::app::lab::{Focus, Subject, Tab};
use crate::app::model::{Model, Notice, Screen};
use crate::app::msg::Intent;
use crate::app::reach::{Door, Form, Jump, Over, Reading, Visit, lasting};
use crate::lesson::World;

use super::{edit, save};

/// What is said where there is no sandbox.
const ONLY_SANDBOX: &str = "only the sandbox has a clock that can be moved, and a door";

/// Opens or closes the finder, or acts in it.
pub(super) fn finder(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let Some(finder) = &mut model.finder else {
        if intent == Intent::Finder {
            model.finder = Some(Finder::default());
        }
        return Vec::new();
    };
    match intent {
        Intent::Finder | Intent::Back => {
            model.finder = None;
            Vec::new()
        }
        Intent::Type(key) => {
            edit::line(&mut finder.query, key);
            finder.selected = 0;
            Vec::new()
        }
        Intent::Paste(text) => {
            edit::paste_line(&mut finder.query, &text);
            finder.selected = 0;
            Vec::new()
        }
        Intent::Move(by) => {
            let by = isize::try_from(by).unwrap_or_default();
            let at = finder.selected.saturating_add_signed(by);
            let last = finder::choices(model).len().saturating_sub(1);
            if let Some(finder) = &mut model.finder {
                finder.selected = at.min(last);
            }
            Vec::new()
        }
        Intent::Select(at) => {
            finder.selected = at;
            choose(model)
        }
        Intent::Open => choose(model),
        _ => Vec::new(),
    }
}

/// Does what is selected.
fn choose(model: &mut Model) -> Vec<Effect> {
    let selected = model.finder.as_ref().map_or(0, |finder| finder.selected);
    let chosen = finder::choices(model).into_iter().nth(selected);
    model.finder = None;
    match chosen {
        Some(choice) => super::act(model, choice.intent),
        None => Vec::new(),
    }
}

/// Opens another lesson from within one.
pub(super) fn open_at(model: &mut Model, at: usize) -> Vec<Effect> {
    let mut effects = super::back(model);
    if matches!(model.screen, Screen::Catalogue) {
        effects.extend(super::catalogue(model, &Intent::OpenAt(at)));
    }
    effects
}

/// What a learner wants of what lies beyond the steps.
pub(super) fn act(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let sandbox = model.target.world == World::Sandbox;
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    match intent {
        Intent::Clock | Intent::Door if !sandbox => {
            model.notice = Some(Notice::Told(ONLY_SANDBOX.to_owned()));
            Vec::new()
        }
        Intent::Clock => {
            lab.focus = Focus::Over(Over::Clock);
            super::read_clock(model)
        }
        Intent::Door => {
            lab.focus = Focus::Over(Over::Door);
            if lab.reach.door.is_some() {
                Vec::new()
            } else {
                vec![Effect::OpenDoor]
            }
        }
        Intent::Note => {
            let id = lab.step().map(|step| step.id.clone()).unwrap_or_default();
            let text = lab.progress.own.notes.get(&id).cloned().unwrap_or_default();
            let mut editor = Editor::new(&text);
            editor.end();
            lab.tab = Tab::Text;
            lab.focus = Focus::Editing {
                subject: Subject::Note,
                editor: Box::new(editor),
                fault: None,
            };
            Vec::new()
        }
        Intent::Export(None) => {
            lab.focus = Focus::Over(Over::Export);
            Vec::new()
        }
        Intent::Export(Some(form)) => {
            lab.focus = Focus::Reading;
            export(model, form)
        }
        Intent::Advance(jump) => advance(model, jump),
        Intent::CloseDoor => {
            lab.focus = Focus::Reading;
            if lab.reach.door.take().is_none() {
                return Vec::new();
            }
            model.notice = Some(Notice::Told(
                "the door is closed; what was done through it stays".to_owned(),
            ));
            vec![Effect::CloseDoor]
        }
        Intent::Copy => match &lab.reach.door {
            Some(door) => {
                let line = door.line.clone();
                model.notice = Some(Notice::Told(
                    "sent to the terminal's clipboard; if it did not take it, type the line"
                        .to_owned(),
                ));
                vec![Effect::Copy(line)]
            }
            None => Vec::new(),
        },
        Intent::Back => {
            lab.focus = Focus::Reading;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn advance(model: &mut Model, jump: Jump) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let life = lab
        .reach
        .clock
        .as_ref()
        .and_then(|reading| reading.session.as_ref());
    let seconds = match (jump, life) {
        (Jump::Minutes(minutes), _) => u64::from(minutes) * 60,
        (Jump::PastExpiry, Some(life)) if life.left > 0 => {
            u64::try_from(life.left).unwrap_or_default() + 1
        }
        (Jump::PastExpiry, Some(_)) => {
            model.notice = Some(Notice::Told("the session has expired already".to_owned()));
            return Vec::new();
        }
        (Jump::PastExpiry, None) => {
            model.notice = Some(Notice::Told(
                "this step signs with no temporary credentials: nothing expires".to_owned(),
            ));
            return Vec::new();
        }
    };
    let mut effects = vec![Effect::Advance { seconds }];
    effects.extend(super::read_clock(model));
    effects.extend(super::identify_again(model));
    effects.extend(super::view::look(model));
    effects.extend(save(model));
    model.notice = Some(Notice::Told(format!(
        "the sandbox's clock went on by {}",
        lasting(i64::try_from(seconds).unwrap_or(i64::MAX))
    )));
    effects
}

/// The sandbox's time was read.
pub(super) fn clock(model: &mut Model, reading: Option<Reading>) {
    if let Some(lab) = model.lab_mut() {
        lab.reach.clock = reading;
    }
}

/// The door was opened, or could not be.
pub(super) fn opened(model: &mut Model, result: Result<Door, String>) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return vec![Effect::CloseDoor];
    };
    match result {
        Ok(door) => lab.reach.door = Some(door),
        Err(reason) => {
            lab.focus = Focus::Reading;
            model.notice = Some(Notice::Wrong(format!(
                "the door cannot be opened: {reason}"
            )));
        }
    }
    Vec::new()
}

/// Somebody was at the door: the world may be another now.
pub(super) fn visited(model: &mut Model, visit: Visit) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some(door) = &mut lab.reach.door else {
        return Vec::new();
    };
    door.requests += visit.requests;
    door.changes += visit.changes;
    door.last.clone_from(&visit.last);
    if visit.changes == 0 {
        return Vec::new();
    }
    let text = match visit.changes {
        1 => format!("the world was changed from elsewhere: {}", visit.last),
        n => format!(
            "the world was changed from elsewhere, {n} times; last {}",
            visit.last
        ),
    };
    let mut effects = super::identify_again(model);
    effects.extend(super::read_clock(model));
    effects.push(Effect::Names);
    effects.extend(super::view::look(model));
    effects.extend(save(model));
    model.notice = Some(Notice::Told(text));
    effects
}

fn export(model: &Model, form: Form) -> Vec<Effect> {
    let Some(lab) = model.lab() else {
        return Vec::new();
    };
    vec![Effect::Export(Box::new(Session {
        lesson: lab.lesson.clone(),
        progress: lab.progress.clone(),
        target: model.target.clone(),
        keymap: model.stage.keymap.clone(),
        form,
    }))]
}
