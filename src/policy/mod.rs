//! The IAM policy language, pure: documents, evaluation, the decision and its reasons.

mod explanation;

pub use explanation::{Effect, Explanation, Fix, Gate, GateState, Layer, StatementReport, Verdict};
