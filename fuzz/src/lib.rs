//! The rooms that read what others wrote, by path: all but those that need the SDK's clients.

#![allow(unused_imports, reason = "some are for the rooms that are not here")]

#[path = "../../src/awscli/mod.rs"]
pub mod awscli;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/policy/mod.rs"]
pub mod policy;
#[path = "../../src/sandbox/mod.rs"]
pub mod sandbox;
#[path = "../../src/secret.rs"]
pub mod secret;
#[path = "../../src/sigv4.rs"]
pub mod sigv4;
#[path = "../../src/template/mod.rs"]
pub mod template;

pub mod requests;
