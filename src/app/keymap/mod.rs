//! Which key means what, where. Footer and help are made from the same table.

mod mode;
mod table;

use super::key::Key;
use super::lab::Tab;
use super::model::{Model, Screen};
use super::msg::Intent;
use super::progress::SolutionState;
use crate::lesson::World;
use Mode::{
    Catalogue, Clock, Command, Confirm, Door, Export, Failed, File, Finder, Hands, Note,
    PlayRunning, Playing, Predicting, PresentRunning, Presenting, Reading, Running, Searching,
    TooSmall,
};
use table::IDLE;

pub use mode::Mode;
pub use table::BINDINGS;

/// Keys and what they mean in some modes.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where it works.
    pub modes: &'static [Mode],
    /// The keys; the first is shown in the footer.
    pub keys: Vec<Key>,
    /// What they mean.
    pub intent: Intent,
    /// A word or two for the footer; empty where it is not shown there.
    pub label: &'static str,
    /// A sentence for the help.
    pub help: &'static str,
}

/// What a key means, where nobody has chosen keys.
#[must_use]
pub fn intent(mode: Mode, key: Key) -> Option<Intent> {
    BINDINGS
        .iter()
        .find(|binding| binding.modes.contains(&mode) && binding.keys.contains(&key))
        .map(|binding| binding.intent.clone())
        .or_else(|| mode.takes_text().then_some(Intent::Type(key)))
}

/// The bindings that the footer shows, in order: those that would do something now.
pub fn footer(model: &Model) -> impl Iterator<Item = &Binding> {
    let mode = model.mode();
    let bindings = model.stage.keymap.bindings();
    bindings
        .iter()
        .filter(move |binding| !binding.label.is_empty() && binding.modes.contains(&mode))
        .filter(move |binding| works(model, &binding.intent))
}

/// The bindings that the help shows, by heading, the present mode first.
#[must_use]
pub fn help(model: &Model) -> Vec<(&'static str, Vec<&Binding>)> {
    let bindings = model.stage.keymap.bindings();
    let present = match &model.screen {
        Screen::Catalogue | Screen::Opening { .. } => Catalogue,
        Screen::Confirm(_) => Confirm,
        Screen::Failed { .. } => Failed,
        Screen::Lab(lab) if lab.job.is_some() => match model.stage.presenting {
            true => PresentRunning,
            false => Running,
        },
        Screen::Lab(_) if model.stage.presenting => Presenting,
        Screen::Lab(_) => Reading,
    };
    let mut modes = vec![
        Reading,
        Running,
        Presenting,
        PresentRunning,
        Hands,
        Predicting,
        Playing,
        PlayRunning,
        Finder,
        Clock,
        Door,
        Export,
        Catalogue,
        Command,
        File,
        Note,
        Searching,
        Confirm,
        TooSmall,
    ];
    modes.retain(|mode| *mode != present);
    modes.insert(0, present);
    // Each stands once, under the first of its modes.
    let mut left: Vec<&Binding> = bindings.iter().collect();
    let mut out = Vec::new();
    for mode in modes {
        let (own, rest) = left.into_iter().partition(|binding: &&Binding| {
            binding.modes.contains(&mode)
                && (binding.modes.len() >= IDLE.len()) == (mode == TooSmall)
        });
        left = rest;
        let own: Vec<&Binding> = own;
        if !own.is_empty() {
            out.push((mode.title(), own));
        }
    }
    out
}

/// Whether an intent would do something now.
#[must_use]
pub fn works(model: &Model, intent: &Intent) -> bool {
    let Some(lab) = model.lab() else {
        return match intent {
            Intent::Open => match &model.screen {
                Screen::Confirm(confirm) => confirm
                    .survey
                    .as_ref()
                    .is_some_and(|survey| survey.account == confirm.typed.trim()),
                _ => !model.catalogue.lessons.is_empty(),
            },
            _ => true,
        };
    };
    let done = lab.state().is_done();
    match intent {
        Intent::Hands => lab.runs() && lab.attempt().is_none(),
        Intent::Run => lab.runs() && (!done || lab.is_outdated()),
        Intent::RunAgain => lab.runs() && done && !lab.is_outdated(),
        Intent::Next => {
            lab.job.is_none() && lab.restoring.is_none() && lab.at + 1 < lab.lesson.steps.len()
        }
        Intent::Previous => lab.at > 0,
        Intent::EditCommand | Intent::Copy => lab.command().is_some(),
        Intent::EditFile => lab.step().is_some_and(|step| step.edit.is_some()),
        Intent::Hint => lab
            .step()
            .is_some_and(|step| lab.hints().len() < step.hints.len()),
        Intent::Solution => {
            lab.solution() != SolutionState::Taken
                && lab.step().is_some_and(|step| {
                    step.solution.is_some() && lab.hints().len() >= step.hints.len()
                })
        }
        Intent::Check => lab.step().is_some_and(|step| step.check.is_some()) && !done,
        Intent::Search => lab
            .attempt()
            .is_some_and(|attempt| !attempt.response.is_empty()),
        Intent::View => matches!(lab.tab, Tab::Response | Tab::Wire | Tab::Code),
        Intent::Undo => model.target.world == World::Sandbox && !lab.history.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::table::EVERYWHERE;
    use super::*;
    use crate::app::key::Code;

    #[test]
    fn no_key_has_two_meanings_in_one_mode() {
        for mode in EVERYWHERE {
            let mut seen = std::collections::BTreeMap::new();
            for binding in BINDINGS.iter().filter(|b| b.modes.contains(mode)) {
                for key in &binding.keys {
                    if let Some(other) = seen.insert(*key, &binding.intent) {
                        panic!("{key} in {mode:?}: {other:?} and {:?}", binding.intent);
                    }
                }
            }
        }
    }

    #[test]
    fn every_mode_can_be_left() {
        for mode in IDLE {
            assert_eq!(intent(*mode, Key::ctrl('c')), Some(Intent::Quit));
        }
        assert_eq!(intent(Running, Key::char('q')), Some(Intent::Quit));
    }

    #[test]
    fn no_key_of_a_presenter_runs_a_command() {
        for (mode, code) in [Mode::Reading, Mode::Presenting]
            .into_iter()
            .flat_map(|mode| {
                [
                    Code::PageDown,
                    Code::PageUp,
                    Code::Char(' '),
                    Code::Char('.'),
                    Code::Right,
                    Code::Left,
                    Code::Up,
                    Code::Down,
                    Code::Esc,
                    Code::F(5),
                    Code::Char('b'),
                ]
                .map(|code| (mode, code))
            })
        {
            assert!(!matches!(
                intent(mode, Key::new(code)),
                Some(Intent::Run | Intent::RunAgain | Intent::KeepAndRun)
            ));
        }
    }

    #[test]
    fn letters_are_text_where_text_is_written() {
        for c in "aqernN?/ 1".chars() {
            for mode in [
                Mode::Confirm,
                Mode::Command,
                Mode::File,
                Mode::Searching,
                Mode::Finder,
                Mode::Note,
                Mode::Playing,
            ] {
                assert_eq!(intent(mode, Key::char(c)), Some(Intent::Type(Key::char(c))));
            }
        }
    }
}
