//! How the tabs show what they show: which view, which one of several, what is folded.

use std::collections::BTreeMap;

use super::fold::Folds;
use super::lab::Tab;
use super::text::Indexed;
use crate::code::Language;

/// How the tabs of a step show what they show.
#[derive(Debug, Clone, Default)]
pub struct Views {
    view: BTreeMap<Tab, usize>,
    picked: BTreeMap<Tab, usize>,
    /// What of the response is folded.
    pub folds: Folds,
    /// The listing that the Code tab shows, made when it is shown.
    pub listing: Option<Listing>,
}

/// A call in another language.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The command that it is of, as shown.
    pub command: String,
    /// The language.
    pub language: Language,
    /// Its lines.
    pub text: Indexed,
}

impl Views {
    /// How many views a tab has.
    #[must_use]
    pub fn count(tab: Tab) -> usize {
        match tab {
            Tab::Response => 2,
            Tab::Wire | Tab::Code => 3,
            _ => 1,
        }
    }

    /// The view of a tab, from 0.
    #[must_use]
    pub fn of(&self, tab: Tab) -> usize {
        self.view.get(&tab).copied().unwrap_or_default()
    }

    /// Shows a view of a tab.
    pub fn show(&mut self, tab: Tab, view: usize) {
        self.view.insert(tab, view % Self::count(tab));
    }

    /// Whether the response is shown as a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.of(Tab::Response) == 1
    }

    /// The language of the Code tab.
    #[must_use]
    pub fn language(&self) -> Language {
        let at = self.of(Tab::Code);
        Language::ALL.get(at).copied().unwrap_or(Language::Rust)
    }

    /// Which one of several a tab shows, from 0; `None` where the learner has not chosen.
    #[must_use]
    pub fn picked(&self, tab: Tab) -> Option<usize> {
        self.picked.get(&tab).copied()
    }

    /// Shows one of several.
    pub fn pick(&mut self, tab: Tab, which: usize) {
        self.picked.insert(tab, which);
    }

    /// Columns of the listing's widest line.
    #[must_use]
    pub fn listing_width(&self) -> usize {
        self.listing.as_ref().map_or(0, |it| it.text.widest())
    }

    /// A command begins: what was picked and folded of the answer before is forgotten.
    pub(super) fn begin(&mut self) {
        self.picked.clear();
        self.folds = Folds::default();
        self.view.remove(&Tab::Response);
    }
}
