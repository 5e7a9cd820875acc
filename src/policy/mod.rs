//! The IAM policy language, pure: documents, evaluation, the decision and its reasons.
//!
//! [`Document::parse`] reads a document and refuses what it does not understand; [`evaluate`]
//! decides a [`Request`] against [`Policies`] and cannot fail.

mod accept;
mod arn;
mod case;
mod condition;
mod deny;
mod document;
mod evaluate;
mod explain;
mod explanation;
mod fix;
mod json;
mod literal;
mod message;
mod notes;
mod operator;
mod pattern;
mod principal;
mod refusal;
mod request;
mod resource_control;

pub use arn::Arn;
pub use case::Case;
pub use document::{Document, DocumentKind, Statement, Version, counted_size};
pub use evaluate::{Decision, Policies, Policy, StatementRef, evaluate};
pub use explanation::{Effect, Explanation, Fix, Gate, GateState, Layer, StatementReport, Verdict};
pub use json::Position;
pub use message::ResourceWords;
pub use refusal::{Finding, Refusal};
pub use request::{Context, Principal, PrincipalKind, Request, Source, Value};
