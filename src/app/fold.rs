//! Objects and arrays of a printed JSON answer that are folded to one line.

use std::collections::BTreeSet;

use super::text::{Indexed, Kind};

/// Which parts of a text are folded. Places are lines of the text, from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folds {
    /// Opening and closing lines of what is folded, nested ones too.
    folded: BTreeSet<(usize, usize)>,
    /// First and last hidden lines, outermost and in order, with the rows hidden before.
    hidden: Vec<(usize, usize, usize)>,
    /// The line that keys fold.
    at: Option<usize>,
}

impl Folds {
    /// The line that keys fold.
    #[must_use]
    pub fn at(&self) -> Option<usize> {
        self.at
    }

    /// Whether the object or array that begins in a line is folded, and how many lines it hides.
    #[must_use]
    pub fn hides(&self, line: usize) -> Option<usize> {
        let (_, end) = self.folded.range((line, 0)..=(line, usize::MAX)).next()?;
        Some(end - line)
    }

    /// Lines that are hidden.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.hidden
            .last()
            .map_or(0, |(first, last, before)| before + last - first + 1)
    }

    /// The line that a row shows.
    #[must_use]
    pub fn line_of(&self, row: usize) -> usize {
        let after = self
            .hidden
            .partition_point(|(first, _, before)| first - before <= row);
        match after.checked_sub(1).and_then(|at| self.hidden.get(at)) {
            Some((first, last, before)) => row + before + last - first + 1,
            None => row,
        }
    }

    /// The row in which a line is shown, or the one that hides it.
    #[must_use]
    pub fn row_of(&self, line: usize) -> usize {
        let after = self.hidden.partition_point(|(first, ..)| *first <= line);
        match after.checked_sub(1).and_then(|at| self.hidden.get(at)) {
            Some((first, last, before)) if line <= *last => first - before - 1,
            Some((first, last, before)) => line - before - (last - first + 1),
            None => line,
        }
    }

    /// Whether a line is hidden.
    #[must_use]
    pub fn is_hidden(&self, line: usize) -> bool {
        let after = self.hidden.partition_point(|(first, ..)| *first <= line);
        let before = after.checked_sub(1).and_then(|at| self.hidden.get(at));
        before.is_some_and(|(_, last, _)| line <= *last)
    }

    /// Picks the next line, or the one before, that can be folded; `from` is where to begin where
    /// none is picked.
    pub fn pick(&mut self, text: &Indexed, from: usize, by: i32) {
        let fits = |line: usize| !self.is_hidden(line) && opens(text, line);
        let start = self.at;
        let found = if by >= 0 {
            let start = start.map_or(from, |at| at + 1);
            (start..text.len()).find(|line| fits(*line))
        } else {
            (0..start.unwrap_or(from)).rev().find(|line| fits(*line))
        };
        self.at = found.or(self.at);
    }

    /// Folds or unfolds what begins in a line, if anything does.
    pub fn toggle(&mut self, text: &Indexed, line: usize) {
        let Some(end) = end_of(text, line) else {
            return;
        };
        self.at = Some(line);
        if !self.folded.remove(&(line, end)) {
            self.folded.insert((line, end));
        }
        self.settle();
    }

    /// Folds everything at the second level, or unfolds everything.
    pub fn toggle_all(&mut self, text: &Indexed) {
        if self.folded.is_empty() {
            for line in 0..text.len() {
                let depth = text.line(line).map_or(0, indent);
                if (4..=8).contains(&depth)
                    && opens(text, line)
                    && let Some(end) = end_of(text, line)
                    // An array of objects is of use when its objects are seen, a line each.
                    && (depth == 8 || !holds_objects(text, line))
                {
                    self.folded.insert((line, end));
                }
            }
        } else {
            self.folded.clear();
        }
        self.settle();
    }

    /// Unfolds whatever hides a line.
    pub fn open_to(&mut self, line: usize) {
        self.folded
            .retain(|(first, last)| !(*first < line && line <= *last));
        self.settle();
    }

    fn settle(&mut self) {
        self.hidden.clear();
        let mut before = 0;
        let mut covered = 0;
        for (first, last) in &self.folded {
            if *first < covered {
                continue;
            }
            self.hidden.push((first + 1, *last, before));
            before += last - first;
            covered = *last + 1;
        }
        if self.at.is_some_and(|at| self.is_hidden(at)) {
            self.at = None;
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether an object or array begins in a line and goes on below it.
#[must_use]
pub fn opens(text: &Indexed, line: usize) -> bool {
    text.kind(line) == Kind::Json
        && text
            .line(line)
            .is_some_and(|line| line.ends_with(['{', '[']))
}

fn holds_objects(text: &Indexed, line: usize) -> bool {
    text.line(line).is_some_and(|line| line.ends_with('['))
        && text.line(line + 1).is_some_and(|line| line.ends_with('{'))
}

/// The line in which what begins in a line ends.
fn end_of(text: &Indexed, line: usize) -> Option<usize> {
    if !opens(text, line) {
        return None;
    }
    let depth = text.line(line).map(indent)?;
    (line + 1..text.len()).find(|at| {
        text.line(*at)
            .is_some_and(|line| indent(line) == depth && line.trim_start().starts_with(['}', ']']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "{\n    \"A\": [\n        {\n            \"x\": 1\n        },\n        {\n            \"x\": 2\n        }\n    ],\n    \"B\": {\n        \"y\": 3\n    }\n}";

    fn seen(text: &Indexed, folds: &Folds) -> Vec<usize> {
        (0..text.len() - folds.hidden())
            .map(|row| folds.line_of(row))
            .collect()
    }

    #[test]
    fn what_is_folded_takes_one_line() {
        let text = Indexed::new(Kind::Json, TEXT);
        let mut folds = Folds::default();
        assert_eq!(seen(&text, &folds), (0..13).collect::<Vec<_>>());
        folds.toggle(&text, 2);
        assert_eq!(seen(&text, &folds), [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(folds.hides(2), Some(2));
        folds.toggle(&text, 1);
        assert_eq!(seen(&text, &folds), [0, 1, 9, 10, 11, 12]);
        // What was folded inside stays so.
        folds.toggle(&text, 1);
        assert_eq!(seen(&text, &folds), [0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12]);
        folds.open_to(3);
        assert_eq!(folds.hidden(), 0);
        folds.toggle_all(&text);
        assert_eq!(seen(&text, &folds), [0, 1, 2, 5, 8, 9, 12]);
        folds.toggle_all(&text);
        assert_eq!(folds.hidden(), 0);
    }

    #[test]
    fn keys_go_from_one_to_the_next() {
        let text = Indexed::new(Kind::Json, TEXT);
        let mut folds = Folds::default();
        folds.pick(&text, 0, 1);
        assert_eq!(folds.at(), Some(0));
        folds.pick(&text, 0, 1);
        assert_eq!(folds.at(), Some(1));
        folds.toggle(&text, 1);
        folds.pick(&text, 0, 1);
        assert_eq!(folds.at(), Some(9));
        folds.pick(&text, 0, 1);
        assert_eq!(folds.at(), Some(9), "there is no further one");
        folds.pick(&text, 0, -1);
        assert_eq!(folds.at(), Some(1));
    }

    proptest! {
        #[test]
        fn rows_and_lines_agree(toggles in proptest::collection::vec(0_usize..14, 0..12)) {
            let text = Indexed::new(Kind::Json, TEXT);
            let mut folds = Folds::default();
            for line in toggles {
                folds.toggle(&text, line);
                let seen = seen(&text, &folds);
                for (row, line) in seen.iter().enumerate() {
                    prop_assert!(!folds.is_hidden(*line));
                    prop_assert_eq!(folds.row_of(*line), row);
                }
                let hidden = (0..text.len()).filter(|line| folds.is_hidden(*line)).count();
                prop_assert_eq!(hidden + seen.len(), text.len());
            }
        }
    }
}
