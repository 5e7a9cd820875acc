//! Walks of the program without a screen: before, keys, after.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::type_complexity,
    reason = "a test that panics has found something"
)]

mod always;
mod editing;
mod looking;
mod opening;
mod running;
#[path = "../screen/mod.rs"]
mod screen;
mod studying;
mod undo;

use proptest::prelude::*;
use rolecall::app::{
    Code, Effect, Ended, Focus, Intent, Key, Msg, Notice, Opened, Pane, Progress, RunId, Screen,
    Scroll, StackEvent, StepState, Subject, Survey, Tab, Target,
};
use rolecall::awscli::Verdict;
use rolecall::lesson::World;
use screen::{
    Play, SECRET, access_key, created, denied, exchange, failure, success, type_text, world,
};
use serde_json::Value;

fn state(play: &Play, step: &str) -> StepState {
    play.lab().progress.state(step)
}

fn step(play: &Play) -> &str {
    &play.lab().step().unwrap().id
}

fn notice(play: &Play) -> &str {
    match &play.model.notice {
        Some(Notice::Told(text) | Notice::Wrong(text)) => text,
        None => "",
    }
}

fn account() -> Target {
    Target {
        world: World::Account,
        endpoint: None,
        account: None,
        region: None,
    }
}
