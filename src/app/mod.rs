//! The program as a pure function: a [`Model`], messages, [`update`], and effects as data.
//!
//! key -> [`Intent`] ([`keymap`]) -> [`update`] -> [`Effect`]s -> the runtime performs them ->
//! [`Msg`] -> [`update`]. Nothing here touches a clock, a file, a terminal or a network; the headless run
//! and the screens share all of it.

mod advice;
mod editor;
mod effect;
mod explained;
mod export;
mod finder;
mod fold;
mod free;
mod geometry;
mod hands;
mod key;
pub mod keymap;
mod lab;
mod model;
mod msg;
pub mod notes;
pub mod predict;
pub mod present;
mod progress;
mod reach;
pub mod rebind;
pub mod record;
mod stage;
mod target;
mod text;
mod update;
mod views;
mod wire;
mod world;

pub use editor::Editor;
pub use effect::{Effect, Run};
pub use explained::{explain, layer_title, reason};
pub use export::{Screens, Session, escape};
pub use finder::{Choice, Finder, choices};
pub use fold::{Folds, opens};
pub use free::{FREE, Finding, Free, Menu, secrets_in, without_secrets};
pub use geometry::{Area, Geometry, Pane, PaneBox};
pub use hands::Hands;
pub use key::{Code, Key, NoKey};
pub use lab::{
    Attempt, Checkpoint, Ended, Entry, Focus, Item, Job, Lab, Question, Running, Search, Subject,
    Tab, Ticket,
};
pub use model::{Confirm, Model, Notice, Overview, SMALLEST, Screen, Wait};
pub use msg::{Intent, Msg, Opened, Report, RunId, Scroll, StackEvent};
pub use predict::{Guess, Prediction, Predictions, Scores};
pub use progress::{Progress, SolutionState, StepProgress, StepState};
pub use reach::{Door, Form, Jump, Kept, Life, Over, Own, Reach, Reading, Visit, lasting};
pub use stage::{Palette, Stage};
pub use target::{Capabilities, Colours, Identity, Survey, Target};
pub use text::{Indexed, Kind, Section, Slice, pattern, visible};
pub use update::update;
pub use views::{Branch, Listing, Map, Views};
pub use wire::{Body, Exchange, MOST_EXCHANGES, Signing};
pub use world::{Access, Can, Edge, Node, NodeKind, Thing, Things, World};
