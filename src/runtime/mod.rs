//! Where the world is touched: terminal, input, effects, files, clock.

mod background;
pub mod clock;
pub mod config;
pub mod crash;
pub mod door;
pub mod effects;
pub mod export;
pub mod headless;
mod input;
pub mod journal;
pub mod lab;
pub mod look;
pub mod names;
pub mod notes;
pub mod plain;
pub mod record;
pub mod replay;
pub(crate) mod shell;
pub(crate) mod signals;
pub mod speaker;
pub mod state;
mod terminal;
pub mod tui;
pub mod world;
