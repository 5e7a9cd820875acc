//! Remarks on a decision: what AWS's documents leave open, and traps in what was used.

use std::net::{IpAddr, Ipv6Addr};

use super::arn::Arn;
use super::condition::Condition;
use super::document::{Statement, Version};
use super::evaluate::{Answer, Entry};
use super::explain::Teller;
use super::explanation::{Effect, GateState, Verdict};
use super::literal::{Network, Number, instant};
use super::operator::{Comparison, Quantifier};
use super::request::{PrincipalKind, Value};
use super::resource_control::is_service_linked;

/// What stands before a remark on a rule that AWS does not document.
const OPEN: &str = "Not established by AWS's documents:";

/// What changes a managed policy, in lower case (IAM User Guide, "Managed policies and inline policies").
const CHANGES_OF_POLICIES: [&str; 6] = [
    "iam:createpolicyversion",
    "iam:deletepolicy",
    "iam:deletepolicyversion",
    "iam:setdefaultpolicyversion",
    "iam:tagpolicy",
    "iam:untagpolicy",
];

/// What IAM answers with `UnmodifiableEntity` for a service-linked role (IAM API Reference), in lower
/// case; its description alone can be changed.
const CHANGES_OF_ROLES: [&str; 10] = [
    "iam:addroletoinstanceprofile",
    "iam:attachrolepolicy",
    "iam:deleterole",
    "iam:deleterolepermissionsboundary",
    "iam:deleterolepolicy",
    "iam:detachrolepolicy",
    "iam:putrolepermissionsboundary",
    "iam:putrolepolicy",
    "iam:removerolefrominstanceprofile",
    "iam:updateassumerolepolicy",
];

/// Notes, each once.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    fn add(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    fn open(&mut self, what: impl AsRef<str>) {
        self.add(format!("{OPEN} {}", what.as_ref()));
    }
}

impl Teller<'_> {
    /// The remarks on this decision.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Notes::default();
        self.on_gates(&mut notes);
        self.on_service(&mut notes);
        for entry in &self.decision.trace {
            if let Some(statement) = self.statement(entry) {
                self.on_statement(entry, statement, &mut notes);
            }
        }
        notes.0
    }

    fn on_gates(&self, notes: &mut Notes) {
        let decision = self.decision;
        let request = self.request;
        let count = |state| {
            let gates = decision.gates.iter();
            gates.filter(|gate| gate.state == state).count()
        };
        let denied = decision.verdict == Verdict::ExplicitDeny && count(GateState::Denied) > 1;
        let closed = decision.verdict == Verdict::ImplicitDeny && count(GateState::Closed) > 1;
        if denied || closed {
            notes.open(
                "several policy types refuse this request; AWS names one of them, and which one it picks is not documented.",
            );
        }
        let unasked = self.policies.resource.is_none() && !self.policies.trust_needed;
        if request.is_about_role_session() && unasked {
            notes.add("No trust policy of the role was given: it was not asked.");
        }
        let kind = request.principal.kind();
        if matches!(kind, PrincipalKind::Identity | PrincipalKind::Service) {
            notes.add("The caller has no identity policies; the resource's policy decides alone.");
        }
    }

    /// What IAM and STS refuse whatever policies allow.
    fn on_service(&self, notes: &mut Notes) {
        let request = self.request;
        let action = request.action_lower();
        let federated = request.principal.kind() == PrincipalKind::FederatedUser;
        let sts = request.service() == "sts" && action != "sts:getcalleridentity";
        if federated && (request.service() == "iam" || sts) {
            notes.add("With credentials of GetFederationToken the API of IAM cannot be called, and of STS only GetCallerIdentity, whatever policies allow.");
        }
        let owner = Arn::parse(&request.resource).map(|arn| arn.account);
        if owner == Some("aws") && CHANGES_OF_POLICIES.contains(&action) {
            notes.add("AWS's own managed policies cannot be changed, whatever policies allow.");
        }
        if is_service_linked(&request.resource) && CHANGES_OF_ROLES.contains(&action) {
            notes.add("Only the service of a service-linked role can change or delete it, whatever policies allow.");
        }
    }

    fn on_statement(&self, entry: &Entry, statement: &Statement, notes: &mut Notes) {
        if matches!(entry.answer, Answer::Action) {
            return;
        }
        self.on_resources(entry, statement, notes);
        if matches!(entry.answer, Answer::Resource) {
            return;
        }
        let matched = matches!(entry.answer, Answer::Match(_));
        if let Some(element) = &statement.principal
            && element.negated
            && entry.effect == Effect::Deny
            && matched
            && element.names(self.request)
        {
            notes.open(
                "`NotPrincipal` with `Deny` spares a caller only when the account, the role and the session are all listed, and never one with a permissions boundary. What AWS does when only some are listed depends on the service; this is the strict reading.",
            );
        }
        if matches!(entry.answer, Answer::Principal) {
            return;
        }
        if matched && entry.effect == Effect::Allow {
            self.on_wide(statement, notes);
        }
        for condition in &statement.conditions {
            self.on_condition(condition, notes);
            if condition.operator.quantifier == Some(Quantifier::All)
                && entry.effect == Effect::Allow
                && matched
                && self.request.context.find(&condition.key).is_none()
            {
                notes.add(format!(
                    "`{}` holds because the request has no `{}` at all: `ForAllValues` is true of nothing. Add a `Null` condition if the key must be there.",
                    condition.operator.written,
                    condition.key.as_written()
                ));
            }
        }
    }

    /// What an allow that was used lets through besides.
    fn on_wide(&self, statement: &Statement, notes: &mut Notes) {
        if statement.not_action {
            notes.add("`NotAction` with `Allow` allows every action that is not listed, of every service, those that AWS has yet to add too.");
        }
        if let Some(element) = &statement.principal {
            if element.negated {
                notes.add("`NotPrincipal` with `Allow` lets in everybody who is not listed, anonymous callers too.");
            }
            let everyone = statement.principals().any(|principal| principal == "*");
            let unasked = statement.conditions.is_empty() && !element.negated;
            if everyone && unasked && self.request.is_about_role_session() {
                notes.add("The trust policy lets in everyone of every account, and asks for nothing of them.");
            }
        }
        let passes = statement
            .actions()
            .any(|action| action.eq_ignore_ascii_case("iam:PassRole"));
        if passes && statement.resources().any(|resource| resource == "*") {
            notes.add(
                "`iam:PassRole` on `*` passes every role of the account, its administrators' too.",
            );
        }
    }

    fn on_resources(&self, entry: &Entry, statement: &Statement, notes: &mut Notes) {
        let version = self.policy(entry).map(|policy| policy.document.version());
        let variables = version == Some(Version::V2012);
        for resource in statement.resources() {
            let Some(at) = resource.find("${") else {
                continue;
            };
            if !variables {
                notes.add("A document without `\"Version\": \"2012-10-17\"` has no policy variables: `${…}` is plain text in it.");
                continue;
            }
            let before = resource.get(..at).unwrap_or("");
            if resource.starts_with("arn:") && before.matches(':').count() < 5 {
                notes.add(format!(
                    "`{resource}`: policy variables work only behind the fifth colon of an ARN; before it they are plain text."
                ));
            }
        }
        for pattern in statement.resources.iter().flatten() {
            if let Some(key) = pattern.empty(&self.request.context) {
                notes.open(empty_words(key));
            }
        }
    }

    /// Rules of conditions that no page of AWS states.
    fn on_condition(&self, condition: &Condition, notes: &mut Notes) {
        let operator = &condition.operator;
        let (name, key) = (&*operator.written, condition.key.as_written());
        let had = self.request.context.find(&condition.key);
        let values = had.map(Value::as_slice).unwrap_or_default();
        let many = matches!(had, Some(Value::Many(_)));
        if many && operator.quantifier.is_none() && operator.comparison != Comparison::Null {
            notes.open(format!(
                "`{key}` has several values, but `{name}` has no `ForAllValues` or `ForAnyValue`; here it is true when any value matches, and a negated operator when none does."
            ));
        }
        let unread = |readable: fn(&str) -> bool| {
            let odd = values.iter().find(|value| !readable(value));
            odd.filter(|_| operator.negated)
        };
        let odd = match operator.comparison {
            Comparison::Numeric(_) => unread(|value| Number::parse(value).is_some()),
            Comparison::Date(_) => unread(|value| instant(value).is_some()),
            Comparison::IpAddress => unread(|value| value.parse::<IpAddr>().is_ok()),
            _ => None,
        };
        if let Some(odd) = odd {
            notes.open(format!(
                "the request's `{key}` is `{odd}`, which `{name}` cannot read; here it differs from every value of the policy."
            ));
        }
        if operator.comparison == Comparison::Null && values.iter().any(String::is_empty) {
            notes.open(format!(
                "`{key}` is there with an empty value; here `Null` takes it as present."
            ));
        }
        for test in &condition.tests {
            let source = &*test.source;
            if let Some(key) = test.empty(&self.request.context) {
                notes.open(empty_words(key));
            }
            match operator.comparison {
                Comparison::Arn if source == "*" => notes.open(format!(
                    "`{name}` compares ARNs part by part, and a lone `*` has no parts; here it matches every ARN."
                )),
                Comparison::Date(_) if source.len() == 4 => notes.open(format!(
                    "`{source}` may be a year or epoch seconds; here it is the year."
                )),
                Comparison::IpAddress => on_range(source, values, notes),
                _ => {}
            }
        }
    }
}

fn empty_words(key: &str) -> String {
    format!("`{key}` is there with an empty value; here a variable of it has no value.")
}

fn on_range(source: &str, values: &[String], notes: &mut Notes) {
    let Some(range) = Network::parse(source) else {
        return;
    };
    if !range.is_v4() && !source.contains('/') {
        notes.open(format!(
            "`{source}` has no prefix, for which AWS names `/32`, an IPv4 prefix, only; here it is this one address."
        ));
    }
    let mapped = values.iter().find(|value| {
        value
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.to_ipv4_mapped().is_some())
    });
    if let Some(mapped) = mapped.filter(|_| range.is_v4()) {
        notes.open(format!(
            "`{mapped}` is an IPv4 address written as IPv6; here it is an IPv6 address, and so in no IPv4 range."
        ));
    }
}
