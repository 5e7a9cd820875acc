//! Lessons: the TOML format, loading, variables, expectations and the checker.

mod check;
mod commands;
mod embedded;
mod files;
mod judge;
mod load;
mod schema;
mod source;
pub mod variables;

pub use check::{Room, check};
pub use commands::{commands, document_kind, has_command};
pub use files::LessonFiles;
pub use judge::{Came, Judgement, World, behind_verb, layer_words};
pub(crate) use load::toml_finding;
pub use load::{Assets, Catalogue, LessonSource, ReadError};
pub use schema::{
    CleanUp, Expect, ExpectedOutcome, FORMAT_VERSION, Lesson, Solution, Step, WorldCheck,
};
pub use source::Finding;
pub(crate) use source::{Place, nearest};
pub use variables::{Variables, references};
