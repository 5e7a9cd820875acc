//! Free play: the prompt in the lesson's world.

use crate::app::effect::Effect;
use crate::app::free::{self, FREE, Finding, Free, Menu};
use crate::app::geometry::Pane;
use crate::app::key::{Code, Key};
use crate::app::lab::{Focus, Lab, Tab};
use crate::app::model::{Model, Notice};
use crate::app::msg::Intent;
use crate::awscli::{self, Command};
use crate::lesson::LessonFiles;

use super::{edit, job, look, save};

/// Opens the prompt.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    lab.focus = Focus::Playing(Box::default());
    lab.tab = Tab::Response;
    lab.side = Tab::Response;
    lab.search = None;
    for pane in [Pane::Response, Pane::Why] {
        lab.scroll.remove(&pane);
    }
    vec![Effect::Names]
}

/// What a learner wants of the prompt.
pub(super) fn act(model: &mut Model, intent: Intent) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let running = lab.job.is_some();
    let typed = lab.progress.own.typed.len();
    let Focus::Playing(free) = &mut lab.focus else {
        return Vec::new();
    };
    match intent {
        Intent::Back if free.menu.take().is_some() || free.finding.take().is_some() => Vec::new(),
        Intent::Back if running => job::cancel(model),
        Intent::Cancel => job::cancel(model),
        Intent::Back => {
            lab.focus = Focus::Reading;
            lab.tab = Tab::Text;
            save(model)
        }
        Intent::KeepAndRun if free.menu.is_some() => {
            choose(free);
            Vec::new()
        }
        Intent::KeepAndRun if free.finding.is_some() => {
            free.finding = None;
            Vec::new()
        }
        Intent::KeepAndRun if running => Vec::new(),
        Intent::KeepAndRun => run(model),
        Intent::Complete(by) => {
            complete(model, by);
            Vec::new()
        }
        Intent::Recall(by) => {
            match &mut free.menu {
                Some(menu) => select(menu, by),
                None => recall(lab, by),
            }
            Vec::new()
        }
        Intent::Find => {
            let below = match &free.finding {
                Some(Finding { at: Some(at), .. }) => *at,
                _ => typed,
            };
            let query = free
                .finding
                .take()
                .map_or_else(String::new, |finding| finding.query);
            found(lab, query, below);
            Vec::new()
        }
        Intent::Type(key) => {
            write(lab, key);
            Vec::new()
        }
        Intent::Paste(text) => {
            free.menu = None;
            if let Some(finding) = &mut free.finding {
                let mut query = std::mem::take(&mut finding.query);
                edit::paste_line(&mut query, &text);
                found(lab, query, typed);
            } else if !free.editor.paste(&text) {
                model.notice = Some(Notice::Wrong(
                    "that is too long for any request to AWS: nothing was inserted".to_owned(),
                ));
            }
            Vec::new()
        }
        Intent::Cursor(_, line, column) => {
            free.editor.set_cursor(line, column);
            Vec::new()
        }
        Intent::Show(_) | Intent::NextTab | Intent::PreviousTab => look::show(model, &intent),
        _ => Vec::new(),
    }
}

/// Takes a key for the prompt or for the search.
fn write(lab: &mut Lab, key: Key) {
    let typed = lab.progress.own.typed.len();
    let Focus::Playing(free) = &mut lab.focus else {
        return;
    };
    free.menu = None;
    match &mut free.finding {
        Some(finding) => {
            let mut query = std::mem::take(&mut finding.query);
            edit::line(&mut query, key);
            found(lab, query, typed);
        }
        None => {
            free.editor.input(key);
        }
    }
}

/// Shows the newest remembered command before a place that has a text in it.
fn found(lab: &mut Lab, query: String, below: usize) {
    let at = free::find(&lab.progress.own.typed, &query, below);
    let text = at.and_then(|at| lab.progress.own.typed.get(at)).cloned();
    if let Focus::Playing(free) = &mut lab.focus {
        if let Some(text) = text {
            free.put(&text);
        }
        free.finding = Some(Finding { query, at });
    }
}

/// Shows a remembered command; behind the newest is what was being written.
fn recall(lab: &mut Lab, by: i32) {
    let typed = &lab.progress.own.typed;
    let Focus::Playing(free) = &mut lab.focus else {
        return;
    };
    // In a text of several lines the arrows move the cursor first.
    let (line, _) = free.editor.cursor();
    let last = free.editor.lines().len().saturating_sub(1);
    if (by < 0 && line > 0) || (by > 0 && line < last) {
        let code = if by < 0 { Code::Up } else { Code::Down };
        free.editor.input(Key::new(code));
        return;
    }
    let at = free.recalled.unwrap_or(typed.len());
    let by = isize::try_from(by).unwrap_or_default();
    let Some(at) = at.checked_add_signed(by).filter(|at| *at <= typed.len()) else {
        return;
    };
    if free.recalled.is_none() {
        free.draft = free.editor.text();
    }
    match typed.get(at) {
        Some(text) => {
            let text = text.clone();
            free.put(&text);
            free.recalled = Some(at);
        }
        None => {
            let draft = std::mem::take(&mut free.draft);
            free.put(&draft);
            free.recalled = None;
        }
    }
}

/// Completes the word at the cursor, or goes through the words that it may become.
fn complete(model: &mut Model, by: i32) {
    let Some(lab) = model.lab_mut() else {
        return;
    };
    let Focus::Playing(free) = &mut lab.focus else {
        return;
    };
    if let Some(menu) = &mut free.menu {
        return select(menu, by);
    }
    let text = free.editor.text();
    let completion = awscli::complete_in(&text, free.cursor(), &lab.reach.names);
    let words = completion.words;
    match words.as_slice() {
        [] => {
            model.notice = Some(Notice::Told("nothing completes this".to_owned()));
        }
        [one] => free.replace(completion.span, &whole(one)),
        [first, rest @ ..] => {
            // What all begin with is written at once.
            let mut common = first.as_str();
            for word in rest {
                let same = common
                    .char_indices()
                    .zip(word.chars())
                    .find(|((_, a), b)| a != b)
                    .map_or(common.len().min(word.len()), |((at, _), _)| at);
                common = common.get(..same).unwrap_or_default();
            }
            let written = text.get(completion.span.clone()).unwrap_or_default();
            let mut span = completion.span;
            if common.len() > written.len() && common.starts_with(written) {
                let common = common.to_owned();
                free.replace(span.clone(), &common);
                span = span.start..span.start + common.len();
            }
            free.menu = Some(Menu { span, words, at: 0 });
        }
    }
}

fn select(menu: &mut Menu, by: i32) {
    let count = menu.words.len().max(1);
    let by = isize::try_from(by).unwrap_or_default();
    let count_signed = isize::try_from(count).unwrap_or(1);
    let at = isize::try_from(menu.at).unwrap_or_default() + by;
    menu.at = usize::try_from(at.rem_euclid(count_signed)).unwrap_or_default();
}

/// Writes the word that is selected.
fn choose(free: &mut Free) {
    if let Some(menu) = free.menu.take()
        && let Some(word) = menu.words.get(menu.at)
    {
        free.replace(menu.span, &whole(word));
    }
}

/// A word as it is written, quoted where a shell would split it. Behind one that goes on, such as
/// a bucket, stands no blank.
fn whole(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@=,+%".contains(c);
    if word.ends_with('/') {
        word.to_owned()
    } else if word.chars().all(plain) {
        format!("{word} ")
    } else {
        format!("'{}' ", word.replace('\'', "'\\''"))
    }
}

/// Runs what was typed: as the step, if it is the step's own command.
fn run(model: &mut Model) -> Vec<Effect> {
    let Some(lab) = model.lab_mut() else {
        return Vec::new();
    };
    let Focus::Playing(free) = &mut lab.focus else {
        return Vec::new();
    };
    let text = free.editor.text().trim().to_owned();
    if text.is_empty() || lab.restoring.is_some() {
        return Vec::new();
    }
    free.put("");
    free.recalled = None;
    free.draft.clear();
    let own = is_own(lab, &text);
    let step = lab.step().map(|step| step.id.clone()).unwrap_or_default();
    free::remember(&mut lab.progress.own.typed, &text);
    if let Focus::Playing(free) = &mut lab.focus {
        free.shows = if own { step } else { FREE.to_owned() };
    }
    let mut effects = if own {
        model.notice = Some(Notice::Told(
            "this is the step's own command: it counts".to_owned(),
        ));
        job::begin_step(model, true, None)
    } else {
        job::run_free(model, &text)
    };
    effects.extend(save(model));
    effects
}

/// Runs a command outside of any step, with no prompt.
pub(super) fn play(model: &mut Model, text: &str) -> Vec<Effect> {
    let mut effects = open(model);
    if let Some(lab) = model.lab_mut()
        && let Focus::Playing(free) = &mut lab.focus
    {
        free.put(text);
    }
    effects.extend(run(model));
    effects
}

/// Whether a text is the command of the step shown: what it means is compared, not how it is
/// written.
fn is_own(lab: &Lab, text: &str) -> bool {
    let Some(command) = lab.command() else {
        return false;
    };
    let read = |text: &str| -> Option<Vec<Command>> {
        let variables = &lab.progress.variables;
        let files = LessonFiles {
            lesson: &lab.lesson,
            edits: &lab.progress.edits,
            variables,
        };
        let filled = variables.fill_command(text).ok()?;
        let commands = awscli::parse_script(&filled, &files).ok()?;
        Some(commands.into_iter().map(|(_, command)| command).collect())
    };
    match (read(text), read(command)) {
        (Some(typed), Some(own)) => typed == own,
        _ => false,
    }
}
