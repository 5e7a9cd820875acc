//! The policy room, by path.

#[path = "../../src/policy/mod.rs"]
pub mod policy;
