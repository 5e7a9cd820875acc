//! A decision in plain data: what screens, transcripts and `rolecall explain` show.
//!
//! It is made from the trace of the evaluation that decided, never beside it.

use serde::{Deserialize, Serialize};

/// What AWS decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The request goes through.
    Allow,
    /// Nothing allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

/// `Effect` of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// The policy types that AWS asks, in the order in which its documentation draws them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Resource control policies of the resource's organization.
    ResourceControl,
    /// Service control policies of the caller's organization.
    ServiceControl,
    /// The policy of the resource, such as a bucket policy.
    Resource,
    /// The trust policy of a role.
    Trust,
    /// Policies of the user, its groups, or the role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The policies passed when the session was made.
    Session,
}

/// How one gate answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// A statement allows the request.
    Open,
    /// No statement allows it, and this gate's allow was needed.
    Closed,
    /// A statement denies it.
    Denied,
    /// No statement allows it, and another gate's allow was enough.
    Silent,
    /// There is no policy of this type.
    Absent,
}

/// One decision, explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Caller's ARN.
    pub principal: String,
    /// Action asked for, such as `sts:AssumeRole`.
    pub action: String,
    /// ARN of the resource, or `*`.
    pub resource: String,
    /// What was decided.
    pub verdict: Verdict,
    /// The layer that decided.
    pub layer: Option<Layer>,
    /// AWS's own message of a denial.
    pub message: Option<String>,
    /// The decision in one sentence for people.
    pub summary: String,
    /// Every gate in the order asked.
    pub gates: Vec<Gate>,
    /// The smallest change that would let the request through.
    pub fix: Option<Fix>,
    /// What is not established about the rule applied, and other remarks.
    pub notes: Vec<String>,
}

/// One gate of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Which policy type.
    pub layer: Layer,
    /// Whose policies, such as `policies of user sts-example-user`.
    pub title: String,
    /// How it answered.
    pub state: GateState,
    /// This gate made the decision what it is.
    pub decisive: bool,
    /// Why, in a sentence.
    pub reason: String,
    /// Every statement of the gate, in order.
    pub statements: Vec<StatementReport>,
}

/// What one statement said to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementReport {
    /// Name or ARN of the policy.
    pub policy: String,
    /// Position in the document, from 0.
    pub index: usize,
    /// `Sid`.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// Whether it matched the request.
    pub matched: bool,
    /// This statement decided.
    pub decisive: bool,
    /// Why it matched, or the first reason why not.
    pub reason: String,
    /// First line of the statement in its document, from 1.
    pub line: usize,
    /// Text of the statement as written.
    pub source: String,
}

/// The smallest change that would let a request through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// What to do, in a sentence.
    pub text: String,
    /// The statement to add, as JSON text, where one helps.
    pub statement: Option<String>,
    /// What is dangerous about it.
    pub dangers: Vec<String>,
}
