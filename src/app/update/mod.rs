//! The one function that changes the model.

mod edit;
mod free;
mod job;
mod look;
mod present;
mod reach;
mod study;
mod view;

use std::sync::Arc;

use super::advice::named;
use super::effect::Effect;
use super::lab::{Focus, Lab, Question, Tab};
use super::model::{Confirm, Model, Notice, Overview, Screen, Wait};
use super::msg::{Intent, Msg, Opened, RunId};
use super::progress::{Progress, StepState};
use super::stage::Palette;
use super::target::{Identity, Survey};
use super::views::Views;
use crate::awscli::Named;
use crate::lesson::World;
use crate::secret::key_ids;

/// Takes in what happened, and says what is to be done.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let effects = take(model, msg);
    view::refresh(model);
    present::settle(model);
    effects
}

fn take(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Intent(intent) => act(model, intent),
        Msg::Resized { width, height } => {
            model.size = (width, height);
            Vec::new()
        }
        Msg::Drawn(geometry) => {
            model.geometry = geometry;
            Vec::new()
        }
        Msg::Surveyed { run, result } => surveyed(model, run, result),
        Msg::Opened { run, result } => opened(model, run, result),
        Msg::Tick { run, millis } => {
            model.tick(run, millis);
            Vec::new()
        }
        Msg::Event { run, event } => {
            job::event(model, run, event);
            Vec::new()
        }
        Msg::Finished { run, report } => job::finished(model, run, *report),
        Msg::Identified { profile, identity } => {
            identified(model, profile, identity);
            Vec::new()
        }
        Msg::Restored { ticket, result } => job::restored(model, ticket, result),
        Msg::Emptied(result) => job::emptied(model, result),
        Msg::Saved(result) => {
            if let Err(reason) = result {
                model.notice = Some(Notice::Wrong(format!(
                    "progress could not be saved: {reason}"
                )));
            }
            Vec::new()
        }
        Msg::Known { lesson, progress } => {
            if let Some(known) = model.catalogue.get(&lesson) {
                let overview = Overview {
                    done: progress.done(known),
                    solved: progress.solved(known),
                    scores: progress.predictions.scores,
                    at: known.step(&progress.step).map_or(0, |(at, _)| at),
                };
                // What happened since is newer.
                model.overviews.entry(lesson).or_insert(overview);
            }
            Vec::new()
        }
        Msg::Looked(world) => {
            if let Some(lab) = model.lab_mut() {
                lab.world = Some(Arc::new(*world));
            }
            Vec::new()
        }
        Msg::Clock(reading) => {
            reach::clock(model, reading);
            Vec::new()
        }
        Msg::Minute => read_clock(model),
        Msg::Names(mut names) => {
            if let Some(lab) = model.lab_mut() {
                for file in &lab.lesson.files {
                    names.add(Named::File, file);
                }
                lab.reach.names = names;
            }
            Vec::new()
        }
        Msg::DoorOpened(result) => reach::opened(model, result),
        Msg::Visited(visit) => reach::visited(model, visit),
        Msg::Exported(result) => {
            model.notice = Some(match result {
                Ok(path) => Notice::Told(format!("exported to {path}")),
                Err(reason) => Notice::Wrong(format!("not exported: {reason}")),
            });
            Vec::new()
        }
        Msg::Told(text) => {
            model.notice = Some(Notice::Told(text));
            Vec::new()
        }
        Msg::Background(r, g, b) => {
            if !model.stage.palette_chosen {
                model.stage.palette = Palette::on((r, g, b));
            }
            Vec::new()
        }
    }
}

fn act(model: &mut Model, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Quit => return quit(model),
        Intent::Suspend => return vec![Effect::Suspend],
        Intent::Redraw => return vec![Effect::Redraw],
        _ if model.too_small() => return Vec::new(),
        // A notice stands until the next thing the learner does.
        _ => model.notice = None,
    }
    match intent {
        Intent::Quit | Intent::Suspend | Intent::Redraw => Vec::new(),
        Intent::Blank => {
            model.stage.blank = !model.stage.blank;
            Vec::new()
        }
        // Nothing happens that nobody sees.
        _ if model.stage.blank => Vec::new(),
        Intent::NextPalette => {
            model.stage.palette = model.stage.palette.next();
            model.stage.palette_chosen = true;
            model.notice = Some(Notice::Told(format!(
                "colours: {}",
                model.stage.palette.name()
            )));
            Vec::new()
        }
        Intent::ToggleIds => {
            model.stage.whole_ids = !model.stage.whole_ids;
            model.notice = Some(Notice::Told(if model.stage.whole_ids {
                "access key ids are shown whole; secrets never are".to_owned()
            } else {
                "of access key ids both ends are shown".to_owned()
            }));
            Vec::new()
        }
        Intent::Help => {
            model.help = match model.help {
                Some(_) => None,
                None => Some(0),
            };
            Vec::new()
        }
        Intent::Back if model.help.is_some() => {
            model.help = None;
            Vec::new()
        }
        Intent::Present => present::toggle(model),
        Intent::ToggleMouse => {
            model.mouse = !model.mouse;
            model.notice = Some(Notice::Told(if model.mouse {
                "the mouse scrolls and clicks here; {{toggle-mouse}} gives it back to the terminal"
                    .to_owned()
            } else {
                "the mouse belongs to the terminal now; {{toggle-mouse}} takes it back".to_owned()
            }));
            vec![Effect::Mouse(model.mouse)]
        }
        Intent::Scroll(scroll) => look::scroll(model, scroll),
        Intent::ScrollPane(pane, lines) => look::scroll_pane(model, pane, lines),
        // Help covers what is under it.
        _ if model.help.is_some() => Vec::new(),
        intent if model.finder.is_some() => reach::finder(model, intent),
        Intent::Finder => reach::finder(model, Intent::Finder),
        intent => match &mut model.screen {
            Screen::Catalogue => catalogue(model, &intent),
            Screen::Opening { .. } if matches!(intent, Intent::Back | Intent::Cancel) => {
                leave(model)
            }
            Screen::Opening { .. } => Vec::new(),
            Screen::Failed { lesson, .. } => {
                let lesson = lesson.clone();
                match intent {
                    Intent::Retry => open(model, lesson),
                    Intent::Back => {
                        model.screen = Screen::Catalogue;
                        Vec::new()
                    }
                    _ => Vec::new(),
                }
            }
            Screen::Confirm(_) => confirm(model, &intent),
            Screen::Lab(_) => lab(model, intent),
        },
    }
}

fn quit(model: &mut Model) -> Vec<Effect> {
    let mut effects = edit::keep(model);
    if model.lab().is_some_and(|lab| lab.reach.door.is_some()) {
        effects.push(Effect::CloseDoor);
    }
    if let Some(run) = model.running() {
        effects.push(Effect::Cancel(run));
    }
    effects.extend(save(model));
    effects.push(Effect::Quit);
    model.quitting = true;
    effects
}

fn catalogue(model: &mut Model, intent: &Intent) -> Vec<Effect> {
    let count = model.catalogue.lessons.len();
    match intent {
        Intent::Move(by) => {
            let by = isize::try_from(*by).unwrap_or_default();
            model.selected = model
                .selected
                .saturating_add_signed(by)
                .min(count.saturating_sub(1));
        }
        Intent::Select(at) if *at < count => model.selected = *at,
        Intent::OpenAt(at) if *at < count => {
            model.selected = *at;
            return catalogue(model, &Intent::Open);
        }
        Intent::Open => {
            let lesson = model.catalogue.lessons.get(model.selected);
            if let Some(id) = lesson.map(|lesson| lesson.id.clone()) {
                return open(model, id);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Opens a lesson: at once on the sandbox, after a confirmation elsewhere.
fn open(model: &mut Model, lesson: String) -> Vec<Effect> {
    let run = RunId(model.number());
    let wait = Wait { run, millis: 0 };
    if model.target.world == World::Sandbox || model.confirmed {
        model.screen = Screen::Opening {
            lesson: lesson.clone(),
            wait,
        };
        vec![Effect::Open { run, lesson }]
    } else {
        model.screen = Screen::Confirm(Confirm {
            lesson,
            wait,
            survey: None,
            typed: String::new(),
            scroll: 0,
        });
        vec![Effect::Survey(run)]
    }
}

/// Back to the lessons, without what is still waited for.
fn leave(model: &mut Model) -> Vec<Effect> {
    let waiting = model.running();
    model.screen = Screen::Catalogue;
    waiting.map(Effect::Cancel).into_iter().collect()
}

fn surveyed(model: &mut Model, run: RunId, result: Result<Survey, String>) -> Vec<Effect> {
    if model.running() != Some(run) {
        return Vec::new();
    }
    if let Screen::Confirm(confirm) = &mut model.screen {
        match result {
            Ok(survey) => {
                model.target.account = Some(survey.account.clone());
                model.target.region = Some(survey.region.clone());
                confirm.survey = Some(survey);
            }
            Err(reason) => {
                model.screen = Screen::Failed {
                    lesson: confirm.lesson.clone(),
                    reason,
                };
            }
        }
    }
    Vec::new()
}

fn confirm(model: &mut Model, intent: &Intent) -> Vec<Effect> {
    let Screen::Confirm(confirm) = &mut model.screen else {
        return Vec::new();
    };
    match intent {
        Intent::Back | Intent::Cancel => return leave(model),
        Intent::Type(key) => edit::line(&mut confirm.typed, *key),
        Intent::Paste(text) => edit::paste_line(&mut confirm.typed, text),
        Intent::Open => {
            let Some(survey) = &confirm.survey else {
                return Vec::new();
            };
            if confirm.typed.trim() == survey.account {
                model.confirmed = true;
                let lesson = confirm.lesson.clone();
                return open(model, lesson);
            }
            model.notice = Some(Notice::Wrong(format!(
                "that is not the account id: type {} to go on",
                survey.account
            )));
        }
        _ => {}
    }
    Vec::new()
}

fn opened(model: &mut Model, run: RunId, result: Result<Box<Opened>, String>) -> Vec<Effect> {
    let id = match &model.screen {
        Screen::Opening { lesson, wait } if wait.run == run => lesson.clone(),
        _ => return Vec::new(),
    };
    let lesson = model.catalogue.get(&id).cloned();
    let (opened, lesson) = match (result, lesson) {
        (Ok(opened), Some(lesson)) => (*opened, lesson),
        (result, _) => {
            let reason = result
                .err()
                .unwrap_or_else(|| format!("there is no lesson `{id}`"));
            model.screen = Screen::Failed { lesson: id, reason };
            return Vec::new();
        }
    };
    let mut progress = opened.progress;
    // Numbers name worlds for as long as these can be returned to.
    for checkpoint in &opened.history {
        model.next = model.next.max(checkpoint.ticket.0.saturating_add(1));
    }
    model.target.account = Some(opened.account);
    model.target.region = Some(opened.region);
    built_in(model, &mut progress);
    let at = lesson
        .step(&progress.step)
        .map_or(0, |(position, _)| position);
    let lab = Lab::new(lesson, at, progress, opened.history);
    model.screen = Screen::Lab(Box::new(lab));
    model.notice = opened.notice.map(Notice::Wrong);
    let mut effects = arrive(model, at);
    effects.extend(view::look(model));
    effects
}

/// Sets the variables that exist without being captured.
fn built_in(model: &Model, progress: &mut Progress) {
    for (name, value) in [
        ("account_id", &model.target.account),
        ("region", &model.target.region),
    ] {
        if let Some(value) = value {
            progress.variables.set(name, value.clone());
        }
    }
}

/// Shows a step.
fn arrive(model: &mut Model, at: usize) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    lab.at = at.min(lab.lesson.steps.len().saturating_sub(1));
    lab.progress.step = lab.step().map(|step| step.id.clone()).unwrap_or_default();
    lab.focus = Focus::Reading;
    lab.scroll.clear();
    lab.search = None;
    lab.views = Views::default();
    lab.file = 0;
    lab.tab = Tab::Text;
    lab.talk.scene = super::present::Scene::default();
    let edits = lab.step().is_some_and(|step| step.edit.is_some());
    lab.side = if edits && lab.attempt().is_none() {
        Tab::Files
    } else {
        Tab::Response
    };
    identify(model)
}

/// Asks who the step's profile is, unless that is known, and how long its session lives.
fn identify(model: &Model) -> Vec<Effect> {
    let Some(lab) = model.lab() else {
        return Vec::new();
    };
    let known = matches!(lab.identities.get(&lab.profile()), Some(Ok(_)));
    let mut effects = if known { Vec::new() } else { ask_who(lab) };
    effects.extend(read_clock(model));
    effects
}

/// Asks who the step's profile is although that was known: the world may be another.
fn identify_again(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    lab.identities.clear();
    ask_who(lab)
}

/// Asks who the step's profile is. A step without a command shows nobody.
fn ask_who(lab: &Lab) -> Vec<Effect> {
    if lab.command().is_none() {
        return Vec::new();
    }
    vec![Effect::Identify {
        profile: lab.profile(),
    }]
}

/// Reads the sandbox's time, and how long the session of the step's profile lives.
fn read_clock(model: &Model) -> Vec<Effect> {
    match model.lab() {
        Some(lab) if model.target.world == World::Sandbox => vec![Effect::ReadClock {
            profile: lab.profile(),
        }],
        _ => Vec::new(),
    }
}

fn identified(model: &mut Model, profile: Option<String>, identity: Result<Identity, String>) {
    if let Some(lab) = model.lab_mut() {
        lab.identities.insert(profile, identity);
    }
}

fn save(model: &mut Model) -> Vec<Effect> {
    let Screen::Lab(lab) = &model.screen else {
        return Vec::new();
    };
    let overview = Overview {
        done: lab.progress.done(&lab.lesson),
        solved: lab.progress.solved(&lab.lesson),
        scores: lab.progress.predictions.scores,
        at: lab.at,
    };
    model.overviews.insert(lab.lesson.id.clone(), overview);
    vec![Effect::Save {
        lesson: lab.lesson.id.clone(),
        progress: Box::new(lab.progress.clone()),
    }]
}

fn lab(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    match (&lab.focus, intent) {
        (Focus::Playing(_), intent) => free::act(model, intent),
        (Focus::Over(_), intent) => reach::act(model, intent),
        (Focus::Hands(at), intent) => {
            let at = *at;
            present::hands(model, at, &intent)
        }
        (_, Intent::Back) => back(model),
        (Focus::Asking(question), Intent::Yes) => {
            let question = *question;
            lab.focus = Focus::Reading;
            job::yes(model, question)
        }
        (Focus::Predicting(at), intent) => {
            let at = *at;
            study::predicting(model, at, &intent)
        }
        // A question waits for its answer.
        (Focus::Asking(_), _) => Vec::new(),
        (Focus::Editing { .. } | Focus::Searching(_), intent) => edit::act(model, intent),
        (Focus::Reading, intent) => reading(model, intent),
    }
}

fn back(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    if !matches!(lab.focus, Focus::Reading) {
        let effects = edit::keep(model);
        if let Some(lab) = model.lab_mut() {
            lab.focus = Focus::Reading;
        }
        return effects;
    }
    if lab.job.is_some() {
        return job::cancel(model);
    }
    let mut effects = save(model);
    if model.lab().is_some_and(|lab| lab.reach.door.is_some()) {
        effects.push(Effect::CloseDoor);
    }
    model.screen = Screen::Catalogue;
    effects
}

fn reading(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let presenting = model.stage.presenting;
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let idle = lab.job.is_none() && lab.restoring.is_none();
    match intent {
        Intent::Run | Intent::RunAgain if idle && presenting => {
            present::run(model, intent == Intent::RunAgain)
        }
        Intent::Reveal(by) if presenting => present::reveal(model, by),
        Intent::Hands if idle && presenting => present::raise(model),
        Intent::Run if idle => job::run(model, false),
        Intent::RunAgain if idle => job::run(model, true),
        Intent::Cancel => job::cancel(model),
        Intent::Next => next(model),
        Intent::Previous => match lab.at.checked_sub(1) {
            Some(before) if idle => {
                let effects = arrive(model, before);
                effects.into_iter().chain(save(model)).collect()
            }
            _ => Vec::new(),
        },
        Intent::Step(at) if idle && at < lab.lesson.steps.len() => {
            let effects = arrive(model, at);
            effects.into_iter().chain(save(model)).collect()
        }
        Intent::Hint => hint(model),
        Intent::Solution if idle => study::solution(model),
        Intent::TogglePredictions => study::toggle(model),
        Intent::Check if idle => study::check(model),
        Intent::Copy => match lab.shown_command() {
            Some(command) => {
                let hidden = !model.stage.whole_ids && key_ids(&command).next().is_some();
                let mut words =
                    "sent to the terminal's clipboard; if it took nothing, select the text here"
                        .to_owned();
                if hidden {
                    words.push_str(" ({{toggle-ids}} shows its key ids whole, as they were sent)");
                }
                model.notice = Some(Notice::Told(words));
                vec![Effect::Copy(command)]
            }
            None => Vec::new(),
        },
        Intent::Undo if idle => ask(model, Question::Undo),
        Intent::ResetStep if idle => ask(model, Question::ResetStep),
        Intent::ResetLesson if idle => ask(model, Question::ResetLesson),
        Intent::EditCommand
        | Intent::EditFile
        | Intent::Original
        | Intent::Cursor(..)
        | Intent::Write(..)
            if idle =>
        {
            edit::act(model, intent)
        }
        Intent::Play if idle => free::open(model),
        Intent::PlayThis(text) if idle => free::play(model, &text),
        Intent::OpenAt(at) if idle => reach::open_at(model, at),
        Intent::Note
        | Intent::Clock
        | Intent::Advance(_)
        | Intent::Door
        | Intent::CloseDoor
        | Intent::Export(_)
            if idle =>
        {
            reach::act(model, intent)
        }
        Intent::Search | Intent::SearchNext | Intent::SearchPrevious => {
            look::search(model, &intent)
        }
        Intent::View
        | Intent::ShowView(_)
        | Intent::Pick(_)
        | Intent::Fold
        | Intent::FoldAt(_)
        | Intent::FoldAll => view::act(model, &intent),
        Intent::Show(_) | Intent::NextTab | Intent::PreviousTab | Intent::NextFile => {
            look::show(model, &intent)
        }
        _ => Vec::new(),
    }
}

fn ask(model: &mut Model, question: Question) -> Vec<Effect> {
    let sandbox = model.target.world == World::Sandbox;
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let refusal = match question {
        Question::Undo if !sandbox => Some(
            "only the sandbox can be undone: {{reset-lesson}} removes what the lesson made, by its clean-up commands",
        ),
        Question::Undo if lab.history.is_empty() => Some("there is nothing to undo"),
        _ => None,
    };
    match refusal {
        Some(refusal) => model.notice = Some(Notice::Told(refusal.to_owned())),
        None => lab.focus = Focus::Asking(question),
    }
    Vec::new()
}

fn next(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    if lab.job.is_some() || lab.restoring.is_some() {
        model.notice = Some(Notice::Told(
            "a command is running: {{cancel}} stops waiting for it".to_owned(),
        ));
        return Vec::new();
    }
    // What only explains is done when it was read.
    if !lab.runs()
        && let Some(id) = lab.step().map(|step| step.id.clone())
    {
        lab.progress.step_mut(&id).state = StepState::Done;
    }
    let after = lab.at + 1;
    if after < lab.lesson.steps.len() {
        let effects = arrive(model, after);
        return effects.into_iter().chain(save(model)).collect();
    }
    let open = lab.lesson.steps.iter().enumerate();
    let open: Vec<usize> = open
        .filter(|(_, step)| !lab.progress.state(&step.id).is_done())
        .map(|(at, _)| at)
        .collect();
    let verb = if open.len() == 1 { "is" } else { "are" };
    model.notice = Some(Notice::Told(if open.is_empty() {
        "that was the last step, and all of them are done: {{back}} goes back to the lessons"
            .to_owned()
    } else {
        format!(
            "that was the last step; {} {verb} still to do",
            named(&open)
        )
    }));
    save(model)
}

fn hint(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Some((id, all)) = lab.step().map(|step| (step.id.clone(), step.hints.len())) else {
        return Vec::new();
    };
    if lab.hints().len() < all {
        lab.progress.step_mut(&id).hints += 1;
        lab.tab = Tab::Text;
        // Seen at the end of the text.
        lab.scroll
            .insert(super::geometry::Pane::Text, (usize::MAX, 0));
        return save(model);
    }
    let solution = lab.step().is_some_and(|step| step.solution.is_some());
    model.notice = Some(Notice::Told(
        if solution {
            "there are no more hints: {{solution}} shows the solution"
        } else {
            "there are no more hints"
        }
        .to_owned(),
    ));
    Vec::new()
}
