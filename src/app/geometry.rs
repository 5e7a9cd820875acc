//! Where the last frame put things: what a click or a page of scrolling means depends on it.

use serde::{Deserialize, Serialize};

use super::msg::Intent;

/// A part of the screen that scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Pane {
    /// The step's text.
    Text,
    /// What the command printed.
    Response,
    /// The decision.
    Why,
    /// The lesson's files.
    Files,
    /// What went over the wire.
    Wire,
    /// The call in other languages.
    Code,
    /// What exists.
    State,
    /// Who can reach what.
    Map,
    /// Help.
    Help,
    /// The list of lessons.
    Catalogue,
    /// What a lesson creates.
    Confirm,
}

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// Left column, from 0.
    pub x: u16,
    /// Top row, from 0.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether a cell is in it.
    #[must_use]
    pub fn contains(&self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x - self.x < self.width && y - self.y < self.height
    }
}

/// A pane of the last frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaneBox {
    /// Which.
    pub pane: Pane,
    /// Where its content was.
    pub area: Area,
    /// Lines of all its content at that width.
    pub lines: usize,
}

/// The last frame.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Geometry {
    /// Panes that scroll.
    pub panes: Vec<PaneBox>,
    /// What a click means; the last one that contains the place wins.
    pub targets: Vec<(Area, Intent)>,
}

impl Geometry {
    /// What a click means.
    #[must_use]
    pub fn click(&self, x: u16, y: u16) -> Option<Intent> {
        self.targets
            .iter()
            .rev()
            .find(|(area, _)| area.contains(x, y))
            .map(|(_, intent)| intent.clone())
    }

    /// The pane under a place.
    #[must_use]
    pub fn pane_at(&self, x: u16, y: u16) -> Option<Pane> {
        self.panes
            .iter()
            .rev()
            .find(|pane| pane.area.contains(x, y))
            .map(|pane| pane.pane)
    }

    /// A pane, if the last frame had it.
    #[must_use]
    pub fn pane(&self, pane: Pane) -> Option<&PaneBox> {
        self.panes.iter().find(|known| known.pane == pane)
    }
}
