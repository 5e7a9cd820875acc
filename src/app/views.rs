//! How the tabs show what they show: which view, which one of several, what is folded.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fold::Folds;
use super::lab::Tab;
use super::text::Indexed;
use super::world::{Can, Edge, Node, World};
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
    /// What the Map tab shows, made when the world or what it is compared with has changed.
    pub map: Option<Map>,
}

/// Who can reach what, as it is drawn.
#[derive(Debug, Clone)]
pub struct Map {
    /// The world that it is of.
    pub world: Arc<World>,
    /// The one before the last run.
    pub before: Option<Arc<World>>,
    /// Each principal, and what it reaches.
    pub trees: Vec<(Node, Vec<Branch>)>,
    /// Edges that are new since, and those that are gone.
    pub changes: Option<(Vec<Edge>, Vec<Edge>)>,
}

/// What a principal reaches.
#[derive(Debug, Clone)]
pub struct Branch {
    /// What.
    pub what: Node,
    /// How, and whether that is new by the last run.
    pub can: Vec<(Can, bool)>,
}

impl Map {
    pub(super) fn new(world: Arc<World>, before: Option<Arc<World>>) -> Self {
        let access = &world.access;
        let known = before.as_ref().map(|before| &before.access.edges);
        let branch = |who: &Node, what: &Node, can: Vec<Can>| Branch {
            what: what.clone(),
            can: can
                .into_iter()
                .map(|can| {
                    let edge = Edge {
                        who: who.clone(),
                        what: what.clone(),
                        can,
                    };
                    (can, known.is_some_and(|known| !known.contains(&edge)))
                })
                .collect(),
        };
        let tree = |who: &Node| {
            let reached = access.of(who).into_iter();
            let branches = reached.map(|(what, can)| branch(who, what, can));
            (who.clone(), branches.collect())
        };
        let trees = access.principals.iter().map(tree).collect();
        let changes = before.as_ref().map(|before| access.since(&before.access));
        Self {
            world,
            before,
            trees,
            changes,
        }
    }

    /// Whether it is of these.
    pub(super) fn is_of(&self, world: &Arc<World>, before: Option<&Arc<World>>) -> bool {
        let same = match (&self.before, before) {
            (Some(known), Some(before)) => Arc::ptr_eq(known, before),
            (None, None) => true,
            _ => false,
        };
        same && Arc::ptr_eq(&self.world, world)
    }
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
