//! `rolecall explain`: authorization requests from a file, decided and explained.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{OK, UNMET, UNUSABLE, fail, print};
use crate::policy::{Case, Decision, Explanation, Finding, Fix, GateState, Verdict, evaluate};

/// How often a watched file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

const FORM: &str = "\
A request is a JSON object: principal, action, resource and context; identity_policies, \
resource_policy (with resource_policy_kind), boundary, session_policies, scps and rcps; and, if you \
like, id, expected (allow, implicit_deny, explicit_deny), why, source, category. Also session_of, \
account, resource_account, principal_unique_id, federated_provider, management_account. A file has \
one request, a list of them, or an object with a list under cases.

Exit codes:
  0  every decision is as expected, or nothing was expected
  1  a decision is not as expected
  2  the input, or a part of it, cannot be used";

/// Say how AWS decides authorization requests, and why: by which statement of which policy.
#[derive(Debug, Args)]
#[command(after_help = FORM)]
pub(super) struct Explain {
    /// A file of requests; `-` reads standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Print one JSON object a line: id, decision, layer, policy, statement, message, trace
    #[arg(long)]
    json: bool,
    /// Explain the decisions that are as expected in full, too
    #[arg(long)]
    all: bool,
    /// Where a decision is another: what makes it so, and the smallest changes that would turn it
    #[arg(long, value_name = "VERDICT", conflicts_with = "all")]
    why_not: Option<Wanted>,
    /// Run again whenever the file changes, until interrupted
    #[arg(long)]
    watch: bool,
}

/// What a decision could have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    Allow,
    Deny,
}

impl Wanted {
    fn is(self, verdict: Verdict) -> bool {
        (self == Self::Allow) == (verdict == Verdict::Allow)
    }
}

impl Explain {
    pub(super) fn perform(&self) -> u8 {
        if !self.watch {
            return self.once();
        }
        if self.is_standard_input() {
            return fail("`--watch` needs a file: standard input does not change");
        }
        loop {
            let before = modified(&self.file);
            self.once();
            self.wait(before);
            if !self.json {
                print("\n");
            }
        }
    }

    /// Until the file is another. Editors that write a new file beside the old one and rename it
    /// leave none for a moment: that is no change yet.
    fn wait(&self, before: Option<Stamp>) {
        let mut missed = 0;
        loop {
            std::thread::sleep(LOOK_EVERY);
            let now = modified(&self.file);
            missed = if now.is_none() { missed + 1 } else { 0 };
            if now != before && (now.is_some() || missed > 3) {
                return;
            }
        }
    }

    fn is_standard_input(&self) -> bool {
        self.file.as_os_str() == "-"
    }

    fn once(&self) -> u8 {
        let (name, text) = match self.read() {
            Ok(read) => read,
            Err(message) => return fail(&message),
        };
        let read = match Case::read_each(&text) {
            Ok(read) => read,
            Err(finding) => {
                refuse(&name, &finding);
                return UNUSABLE;
            }
        };
        let alone = read.len() == 1;
        let mut tally = Tally::default();
        for case in &read {
            match case {
                Ok(case) => self.decide(case, alone, &mut tally),
                Err(finding) => {
                    refuse(&name, finding);
                    tally.refused += 1;
                }
            }
        }
        if read.is_empty() {
            eprintln!("rolecall: `{}` has no requests", printable(&name));
        }
        self.sum_up(&tally)
    }

    fn decide(&self, case: &Case, alone: bool, tally: &mut Tally) {
        let decision = evaluate(&case.request, &case.policies);
        let explanation = decision.explain(&case.request, &case.policies);
        let met = case
            .expected
            .is_none_or(|wanted| wanted == decision.verdict());
        tally.decided += 1;
        tally.expected += usize::from(case.expected.is_some());
        if !met {
            tally.unmet.push(case.id.clone());
        }
        let changes = self
            .why_not
            .filter(|wanted| !wanted.is(decision.verdict()))
            .map(|_| decision.changes(&case.request, &case.policies));
        if self.json {
            let mut line = line(case, &decision, &explanation);
            if let (Some(changes), Some(line)) = (changes, line.as_object_mut()) {
                line.insert("changes".to_owned(), json!(changes));
            }
            print(&format!("{line}\n"));
        } else if self.why_not.is_some() {
            print(&printable(&turned(case, &explanation, changes)));
        } else {
            let full = alone || self.all || !met || case.expected.is_none();
            print(&printable(&told(case, &explanation, full)));
        }
    }

    fn sum_up(&self, tally: &Tally) -> u8 {
        let Tally {
            decided,
            expected,
            unmet,
            refused,
        } = tally;
        if !unmet.is_empty() {
            let names: Vec<String> = unmet
                .iter()
                .map(|id| format!("`{}`", printable(id)))
                .collect();
            eprintln!(
                "rolecall: {} of {expected} decisions not as expected: {}",
                unmet.len(),
                names.join(", ")
            );
        } else if !self.json && *expected > 1 {
            print(&format!("{expected} decisions, all as expected\n"));
        }
        if *refused > 0 {
            return fail(&format!(
                "{refused} of {} requests cannot be read",
                refused + decided
            ));
        }
        if unmet.is_empty() { OK } else { UNMET }
    }

    /// The name to show and the text.
    fn read(&self) -> Result<(String, String), String> {
        if self.is_standard_input() {
            let mut text = String::new();
            return match std::io::stdin().lock().read_to_string(&mut text) {
                Ok(_) => Ok(("standard input".to_owned(), text)),
                Err(error) => Err(format!("standard input cannot be read: {error}")),
            };
        }
        let name = self.file.display().to_string();
        match std::fs::read_to_string(&self.file) {
            Ok(text) => Ok((name, text)),
            Err(error) => Err(format!("`{name}` cannot be read: {error}")),
        }
    }
}

/// What came of the requests of a file.
#[derive(Debug, Default)]
struct Tally {
    decided: usize,
    expected: usize,
    unmet: Vec<String>,
    refused: usize,
}

/// Says what is wrong with the input, and where.
fn refuse(name: &str, finding: &Finding) {
    let at = finding.position;
    let message = printable(&finding.message);
    let (name, path) = (printable(name), printable(&finding.path));
    eprintln!("{name}:{}:{}: {message} (at {path})", at.line, at.column);
}

/// When a file was written last, and how long it is.
type Stamp = (SystemTime, u64);

fn modified(file: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Requests come from anywhere: no control character of theirs may reach the terminal.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::ImplicitDeny => "implicit_deny",
        Verdict::ExplicitDeny => "explicit_deny",
    }
}

/// One decision as an object: `statement` is the number in its policy, from 0, as in a JSON path.
fn line(case: &Case, decision: &Decision, explanation: &Explanation) -> Value {
    let mut trace = Vec::new();
    for gate in &explanation.gates {
        for statement in &gate.statements {
            trace.push(json!({
                "layer": gate.layer,
                "policy": statement.policy,
                "statement": statement.index,
                "sid": statement.sid,
                "effect": statement.effect,
                "matched": statement.matched,
                "decisive": statement.decisive,
                "line": statement.line,
                "reason": statement.reason,
            }));
        }
    }
    let place = decision.statement();
    let policy = place.and_then(|place| case.policies.find(place));
    json!({
        "id": case.id,
        "decision": word(explanation.verdict),
        "layer": explanation.layer,
        "policy": policy.map(|policy| policy.arn.as_ref().unwrap_or(&policy.name)),
        "statement": place.map(|place| place.statement),
        "message": explanation.message,
        "trace": trace,
    })
}

/// One decision for people.
fn told(case: &Case, explanation: &Explanation, full: bool) -> String {
    let mut out = heading(case, explanation);
    if full {
        tell(explanation, |_| true, &mut out);
        if let Some(fix) = &explanation.fix {
            change("To let it through", fix, &mut out);
        }
        note(explanation, &mut out);
    }
    out.push(String::new());
    let separator = if full { "\n" } else { "" };
    format!("{}{separator}", out.join("\n"))
}

/// Why one decision is not the other one, and what would turn it. `None`: it is as asked.
fn turned(case: &Case, explanation: &Explanation, changes: Option<Vec<Fix>>) -> String {
    let mut out = heading(case, explanation);
    let Some(changes) = changes else {
        out.push(String::new());
        return out.join("\n");
    };
    let (states, lead) = if explanation.verdict == Verdict::Allow {
        ([GateState::Open, GateState::Open], "To deny it")
    } else {
        ([GateState::Closed, GateState::Denied], "To allow it")
    };
    tell(explanation, |state| states.contains(&state), &mut out);
    for fix in &changes {
        change(lead, fix, &mut out);
    }
    if changes.is_empty() {
        out.push(format!(
            "  {lead}: no change of a policy that does so was found."
        ));
    }
    note(explanation, &mut out);
    out.push(String::new());
    format!("{}\n", out.join("\n"))
}

fn heading(case: &Case, explanation: &Explanation) -> Vec<String> {
    let verdict = word(explanation.verdict);
    match case.expected {
        Some(wanted) if wanted != explanation.verdict => {
            let mut out = vec![format!("{}: {verdict}, expected {}", case.id, word(wanted))];
            if let Some(why) = &case.why {
                out.push(format!("  expected because: {why}"));
            }
            out
        }
        Some(_) => vec![format!("{}: {verdict}, as expected", case.id)],
        None => vec![format!("{}: {verdict}", case.id)],
    }
}

/// The decision, and the gates that answered so.
fn tell(explanation: &Explanation, shown: impl Fn(GateState) -> bool, out: &mut Vec<String>) {
    out.push(format!("  {}", explanation.summary));
    if let Some(message) = &explanation.message {
        out.push(format!("  AWS says: {message}"));
    }
    for gate in explanation.gates.iter().filter(|gate| shown(gate.state)) {
        let state = match gate.state {
            GateState::Open => "open",
            GateState::Closed => "closed",
            GateState::Denied => "denied",
            GateState::Silent => "silent",
            GateState::Absent => "absent",
        };
        let decides = if gate.decisive { " <- decides" } else { "" };
        out.push(format!(
            "  [{state:6}] {}: {}{decides}",
            gate.title, gate.reason
        ));
        for statement in &gate.statements {
            let mark = if statement.matched { "+" } else { "-" };
            let sid = statement
                .sid
                .as_ref()
                .map_or(String::new(), |sid| format!(" \"{sid}\""));
            out.push(format!(
                "    {mark} {:?} {}, statement {}{sid} (line {}): {}",
                statement.effect,
                statement.policy,
                statement.index + 1,
                statement.line,
                statement.reason
            ));
        }
    }
}

/// A change that would turn the decision.
fn change(lead: &str, fix: &Fix, out: &mut Vec<String>) {
    out.push(format!("  {lead}: {}.", fix.text));
    for line in fix.statement.iter().flat_map(|statement| statement.lines()) {
        out.push(format!("      {line}"));
    }
    let dangers = fix.dangers.iter();
    out.extend(dangers.map(|danger| format!("    Careful: {danger}.")));
}

fn note(explanation: &Explanation, out: &mut Vec<String>) {
    let notes = explanation.notes.iter();
    out.extend(notes.map(|note| format!("  Note: {note}")));
}
