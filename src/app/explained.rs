//! A decision as text, for the plain mode, transcripts and exports.

use crate::policy::{self, Explanation, GateState, Layer};

/// A gate's name as a heading.
#[must_use]
pub fn layer_title(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "Resource control policies",
        Layer::ServiceControl => "Service control policies",
        Layer::Resource => "Resource policy",
        Layer::Trust => "Trust policy",
        Layer::Identity => "Identity policies",
        Layer::Boundary => "Permissions boundary",
        Layer::Session => "Session policies",
    }
}

/// Why, without the word for the verdict, which stands before it wherever this is shown.
#[must_use]
pub fn reason(explanation: &Explanation) -> &str {
    let summary = explanation.summary.as_str();
    ["Allowed: ", "Denied: "]
        .iter()
        .find_map(|verdict| summary.strip_prefix(verdict))
        .unwrap_or(summary)
}

/// A decision in words, the gate that decided first.
#[must_use]
pub fn explain(explanation: &Explanation) -> String {
    let word = match explanation.verdict {
        policy::Verdict::Allow => "ALLOWED",
        policy::Verdict::ImplicitDeny => "DENIED",
        policy::Verdict::ExplicitDeny => "DENIED by a statement",
    };
    let mut out = format!("{word}: {}\n", reason(explanation));
    for gate in explanation.gates.iter().filter(|gate| gate.decisive) {
        out.push_str(&format!("Decided by: {}\n", layer_title(gate.layer)));
    }
    out.push_str(&format!(
        "Who: {}\nAsks: {}\nOn: {}\nThe gates, in the order asked:\n",
        explanation.principal, explanation.action, explanation.resource
    ));
    let gates = || explanation.gates.iter();
    if gates().all(|gate| gate.state != GateState::Denied) {
        out.push_str("An explicit deny anywhere, looked for first: none\n");
    }
    let organization =
        |gate: &policy::Gate| matches!(gate.layer, Layer::ResourceControl | Layer::ServiceControl);
    if !gates().any(organization) {
        out.push_str("SCPs and RCPs: none\n");
    }
    for (at, gate) in gates().enumerate() {
        let state = match gate.state {
            GateState::Open => "allows",
            GateState::Closed => "does not allow",
            GateState::Denied => "denies",
            GateState::Silent => "says nothing",
            GateState::Absent => "none",
        };
        let decided = if gate.decisive { ", decided here" } else { "" };
        out.push_str(&format!(
            "{}. {}: {state}{decided}\n",
            at + 1,
            layer_title(gate.layer)
        ));
        if gate.state == GateState::Absent && !gate.decisive {
            continue;
        }
        for text in [&gate.title, &gate.reason] {
            if !text.is_empty() {
                out.push_str(&format!("   {text}\n"));
            }
        }
        for statement in &gate.statements {
            let effect = match statement.effect {
                policy::Effect::Allow => "Allow",
                policy::Effect::Deny => "Deny",
            };
            let matched = if statement.matched {
                "matches"
            } else {
                "does not match"
            };
            let sid = statement
                .sid
                .as_deref()
                .map_or(String::new(), |sid| format!(" {sid}"));
            let decided = if statement.decisive {
                ", decided here"
            } else {
                ""
            };
            out.push_str(&format!(
                "   {} statement {}{sid} ({effect}, line {}) {matched}{decided}: {}\n",
                statement.policy,
                statement.index + 1,
                statement.line,
                statement.reason
            ));
            if statement.decisive {
                for (at, line) in statement.source.lines().enumerate() {
                    out.push_str(&format!("   line {}: {line}\n", statement.line + at));
                }
            }
        }
    }
    if let Some(message) = &explanation.message {
        out.push_str(&format!("What AWS says: {message}\n"));
    }
    if let Some(fix) = &explanation.fix {
        out.push_str(&format!(
            "The smallest change that would allow it: {}\n",
            fix.text
        ));
        if let Some(statement) = &fix.statement {
            out.push_str(statement);
            out.push('\n');
        }
        for danger in &fix.dangers {
            out.push_str(&format!("Danger: {danger}\n"));
        }
    }
    for note in &explanation.notes {
        out.push_str(&format!("Note: {note}\n"));
    }
    out
}
