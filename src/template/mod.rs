//! The template language of CloudFormation, pure: reading, checking, evaluating.
//!
//! [`Template::parse`] reads YAML or JSON and says what AWS says of a faulty template, with the
//! line and column where it stands. An [`Evaluation`] gives values to its expressions, given what
//! the stack knows (parameters, names of resources made). [`check`] is for authors: everything
//! that the sandbox would refuse, and what looks wrong.
//!
//! What is not supported is refused by name, never passed over: `Transform`, `Rules`, `Hooks`,
//! `CreationPolicy`, `UpdatePolicy`, functions that need a transform (`Fn::Length`,
//! `Fn::ToJsonString`, `Fn::ForEach`), `Fn::Cidr`, parameter types that look things up
//! (`AWS::SSM::…`, `AWS::EC2::…`), and resource types outside [`types::all`].
//!
//! All scalars are text here, as CloudFormation treats them: `3600` and `"3600"` are the same
//! value, and an account id never becomes a number. The type of a resource says which of its
//! properties are numbers or booleans.

mod check;
mod error;
mod evaluate;
mod expression;
mod graph;
mod node;
mod parameter;
mod parse;
mod references;
pub mod types;
mod yaml;

pub use check::{Finding, check};
pub use error::TemplateError;
pub use evaluate::{Evaluation, Pseudo, Surroundings};
pub use expression::{Condition, Expression, Kind, SubPart};
pub use node::Position;
pub use parameter::{Given, Parameter, ParameterType};
pub use parse::{DeletionPolicy, Output, Resource, Template};
