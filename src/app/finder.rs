//! The command palette: lessons, steps and keys, found by some of their letters.

use super::keymap::{self, Mode};
use super::model::{Model, Screen};
use super::msg::Intent;

/// The finder while it is open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finder {
    /// What was typed.
    pub query: String,
    /// The choice selected, from 0.
    pub selected: usize,
}

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `step`, `lesson`, or the key that does the same.
    pub kind: String,
    /// What it is.
    pub title: String,
    /// How it stands.
    pub detail: &'static str,
    /// What it does.
    pub intent: Intent,
}

/// What there is to choose, the best first; all of it while nothing is typed.
#[must_use]
pub fn choices(model: &Model) -> Vec<Choice> {
    let query = model
        .finder
        .as_ref()
        .map_or("", |finder| finder.query.as_str());
    let mut scored: Vec<(i32, Choice)> = all(model)
        .into_iter()
        .filter_map(|choice| Some((score(&choice.title, query)?, choice)))
        .collect();
    // Stable: where the score is the same, the order is that of the lesson.
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, choice)| choice).collect()
}

fn all(model: &Model) -> Vec<Choice> {
    let mut out = Vec::new();
    let mode = model.mode_below();
    let at_a_step = matches!(mode, Mode::Reading | Mode::Presenting);
    if let Some(lab) = model.lab().filter(|_| at_a_step) {
        for (at, step) in lab.lesson.steps.iter().enumerate() {
            let detail = match (at == lab.at, lab.progress.state(&step.id).is_done()) {
                (true, _) => "here",
                (false, true) => "done",
                (false, false) => "",
            };
            out.push(Choice {
                kind: "step".to_owned(),
                title: format!("{}. {}", at + 1, step.title),
                detail,
                intent: Intent::Step(at),
            });
        }
    }
    for binding in model.stage.keymap.bindings() {
        let told = binding.modes.contains(&mode)
            && !matches!(
                binding.intent,
                Intent::Scroll(_)
                    | Intent::Move(_)
                    | Intent::Type(_)
                    | Intent::Finder
                    | Intent::Cursor(..)
            )
            && keymap::works(model, &binding.intent);
        if let Some(key) = binding.keys.first().filter(|_| told) {
            let name = if model.capabilities.unicode {
                key.to_string()
            } else {
                key.ascii()
            };
            out.push(Choice {
                kind: name,
                title: binding.help.trim_end_matches('.').to_owned(),
                detail: "",
                intent: binding.intent.clone(),
            });
        }
    }
    if matches!(model.screen, Screen::Catalogue) || mode == Mode::Reading {
        let open = model.lab().map(|lab| lab.lesson.id.as_str());
        for (at, lesson) in model.catalogue.lessons.iter().enumerate() {
            if open == Some(lesson.id.as_str()) {
                continue;
            }
            out.push(Choice {
                kind: "lesson".to_owned(),
                title: lesson.title.clone(),
                detail: "",
                intent: Intent::OpenAt(at),
            });
        }
    }
    out
}

/// How well a text fits what was typed; `None` where it does not. Every word must be in it, its
/// letters in order; letters side by side and at the beginning of words count for more.
#[must_use]
pub fn score(text: &str, query: &str) -> Option<i32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    query
        .to_lowercase()
        .split_whitespace()
        .map(|word| of_word(&text, &word.chars().collect::<Vec<_>>()))
        .sum()
}

/// The best place of a word's letters in a text, over all places of its first letter.
fn of_word(text: &[char], word: &[char]) -> Option<i32> {
    let (first, _) = word.split_first()?;
    let starts = text
        .iter()
        .enumerate()
        .filter(|(_, c)| *c == first)
        .map(|(at, _)| at);
    starts.filter_map(|start| from(text, word, start)).max()
}

fn from(text: &[char], word: &[char], start: usize) -> Option<i32> {
    let mut score = 0;
    let mut at = start;
    let mut before: Option<usize> = None;
    for letter in word {
        let place = at + text.get(at..)?.iter().position(|c| c == letter)?;
        let begins = place
            .checked_sub(1)
            .and_then(|before| text.get(before))
            .is_none_or(|c| !c.is_alphanumeric());
        score += match before {
            Some(before) if before + 1 == place => 8,
            Some(before) => -i32::try_from(place - before).unwrap_or(100).min(10),
            None => 0,
        };
        score += if begins { 6 } else { 1 };
        before = Some(place);
        at = place + 1;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_order_fit_and_whole_words_fit_best() {
        assert_eq!(score("Be denied", "xyz"), None);
        assert_eq!(score("Be denied", "deb"), None);
        assert_eq!(score("anything", ""), Some(0));
        let best = |query: &str| {
            [
                "Assume the role",
                "Run the command",
                "Be denied as the role",
            ]
            .into_iter()
            .filter_map(|text| Some((score(text, query)?, text)))
            .max()
            .map(|(_, text)| text)
        };
        assert_eq!(best("role ass"), Some("Assume the role"));
        assert_eq!(best("denied"), Some("Be denied as the role"));
        assert_eq!(best("rtc"), Some("Run the command"));
        assert_eq!(
            score("日本語 rôle", "語").map(|score| score > 0),
            Some(true)
        );
    }
}
