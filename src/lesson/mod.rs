//! Lessons: the TOML format, loading, variables and the checker.

mod schema;

pub use schema::{CleanUp, Expect, ExpectedOutcome, Lesson, Step};
