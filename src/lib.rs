//! rolecall: a terminal lab for learning AWS IAM and STS by doing.
//!
//! The rooms of the house, from those that know nobody to the one that knows all, are described
//! in ARCHITECTURE.md; `tests/architecture.rs` fails on any arrow that is not listed there.

pub mod app;
pub mod aws;
pub mod awscli;
pub mod cli;
pub mod code;
pub mod lesson;
pub mod model;
pub mod policy;
pub mod runtime;
pub mod sandbox;
pub mod secret;
pub mod sigv4;
pub mod template;
pub mod ui;
