//! The decision in words for people, made from its trace.

use std::fmt::Write as _;

use super::arn::Arn;
use super::condition::{Condition, Failure};
use super::document::Statement;
use super::evaluate::{Answer, Decision, Entry, GateResult, Policies, Policy, Special};
use super::explanation::{Effect, Explanation, Gate, GateState, Layer, StatementReport, Verdict};
use super::fix;
use super::message::ResourceWords;
use super::operator::{Comparison, Quantifier};
use super::principal::{Entry as PrincipalEntry, Grant, PrincipalElement};
use super::request::{PrincipalKind, Request};
use super::resource_control::Beyond;

impl Decision {
    /// Explains the decision: what was asked, which gates opened and which did not, every statement
    /// with its reason, AWS's message, and the smallest change that would let the request through.
    ///
    /// `request` and `policies` must be those that were decided.
    #[must_use]
    pub fn explain(&self, request: &Request, policies: &Policies) -> Explanation {
        self.explain_naming(request, policies, &ResourceWords::Usual)
    }

    /// As [`Decision::explain`], with the resource named in AWS's message in the words given.
    #[must_use]
    pub fn explain_naming(
        &self,
        request: &Request,
        policies: &Policies,
        resource: &ResourceWords,
    ) -> Explanation {
        let teller = Teller {
            decision: self,
            request,
            policies,
        };
        Explanation {
            principal: request.principal.arn().to_owned(),
            action: request.action().to_owned(),
            resource: request.resource.clone(),
            verdict: self.verdict,
            layer: self.layer,
            message: self.message_naming(request, policies, resource),
            summary: teller.summary(),
            gates: self.gates.iter().map(|gate| teller.gate(gate)).collect(),
            fix: fix::smallest(request, policies, self),
            notes: teller.notes(),
        }
    }
}

/// Tells one decision.
pub(crate) struct Teller<'a> {
    pub decision: &'a Decision,
    pub request: &'a Request,
    pub policies: &'a Policies,
}

/// `user alice`, `role lab-role`, `session s1 of role lab-role`.
pub(crate) fn caller_words(request: &Request) -> String {
    let principal = &request.principal;
    let name = |arn: &str| Arn::parse(arn).map_or(arn, |arn| arn.name()).to_owned();
    match principal.kind() {
        PrincipalKind::User => format!("user {}", name(principal.arn())),
        PrincipalKind::Root => "the root user".to_owned(),
        PrincipalKind::Role => format!("role {}", name(principal.lasting_arn())),
        PrincipalKind::FederatedUser => format!("federated user {}", name(principal.arn())),
        PrincipalKind::Service => format!("the service {}", principal.arn()),
        PrincipalKind::Identity => format!("an identity of {}", principal.arn()),
        PrincipalKind::Anonymous => "an anonymous caller".to_owned(),
    }
}

/// Whose identity policies and boundary count: those of the user behind a federated session.
pub(crate) fn holder_words(request: &Request) -> String {
    let principal = &request.principal;
    match (principal.kind(), principal.issuer().and_then(Arn::parse)) {
        (PrincipalKind::FederatedUser, Some(arn)) if arn.kind() == "user" => {
            format!("user {}", arn.name())
        }
        _ => caller_words(request),
    }
}

/// What a layer's policies are called.
pub(crate) fn layer_words(layer: Layer) -> &'static str {
    match layer {
        Layer::ResourceControl => "resource control policy",
        Layer::ServiceControl => "service control policy",
        Layer::Resource => "resource policy",
        Layer::Trust => "trust policy",
        Layer::Identity => "identity policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    }
}

/// `statement 2`, or `statement "ReadOnly"`.
pub(crate) fn statement_words(statement: &Statement, number: usize) -> String {
    match statement.sid() {
        Some(sid) if !sid.is_empty() => format!("statement \"{sid}\""),
        _ => format!("statement {}", number + 1),
    }
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut items: Vec<String> = items.map(|item| format!("`{item}`")).collect();
    let more = items.len().saturating_sub(6);
    items.truncate(6);
    let mut text = items.join(", ");
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}

impl<'a> Teller<'a> {
    pub fn policy(&self, entry: &Entry) -> Option<&'a Policy> {
        self.policies.find(entry.place())
    }

    pub fn statement(&self, entry: &Entry) -> Option<&'a Statement> {
        self.policy(entry)?
            .document
            .statements()
            .get(entry.statement as usize)
    }

    /// `statement "X" of identity policy AllowRead`, `statement 1 of trust policy of role lab-role`.
    fn place(&self, entry: &Entry) -> String {
        let statement = self.statement(entry).map_or(String::new(), |statement| {
            statement_words(statement, entry.statement as usize)
        });
        let policy = self.policy(entry);
        let name = policy.map_or("", |policy| policy.name.as_str());
        let layer = layer_words(entry.layer);
        if name.to_lowercase().starts_with(layer) {
            format!("{statement} of {name}")
        } else if policy.and_then(|policy| policy.holder.as_deref()) == Some(name) {
            // A policy that has no name of its own, as those of roles and buckets.
            format!("{statement} of {layer} of {name}")
        } else {
            format!("{statement} of {layer} {name}")
        }
    }

    fn summary(&self) -> String {
        let decision = self.decision;
        let asked = format!("{} on {}", self.request.action(), self.request.resource);
        let caller = caller_words(self.request);
        let decider = decision.decider.and_then(|index| decision.trace.get(index));
        match (decision.verdict, decision.special, decider) {
            (Verdict::Allow, Some(Special::GetCallerIdentity), _) => {
                "Allowed: sts:GetCallerIdentity needs no permission, and no policy can deny it."
                    .to_owned()
            }
            (Verdict::Allow, Some(Special::GetSessionToken), _) => {
                "Allowed: sts:GetSessionToken needs no permission; policies have no effect on it."
                    .to_owned()
            }
            (Verdict::Allow, Some(Special::BucketOwnerRoot), None) => {
                "Allowed: the root user of the account that owns a bucket can always read, replace and delete its policy.".to_owned()
            }
            (Verdict::Allow, _, Some(entry)) => {
                format!("Allowed: {} lets {caller} do {asked}.", self.place(entry))
            }
            (Verdict::Allow, _, None) => {
                format!("Allowed: {caller} has full access in its account.")
            }
            (Verdict::ExplicitDeny, _, Some(entry)) => format!(
                "Denied: {} denies {asked}, and a Deny beats every Allow.",
                self.place(entry)
            ),
            (_, Some(Special::RootAssumesRole), _) if decision.layer.is_none() => {
                "Denied: the root user cannot assume roles, whatever the policies say.".to_owned()
            }
            _ => self.implicit_summary(&caller, &asked),
        }
    }

    fn implicit_summary(&self, caller: &str, asked: &str) -> String {
        let closed: Vec<Layer> = self
            .decision
            .gates
            .iter()
            .filter(|gate| gate.state == GateState::Closed)
            .map(|gate| gate.layer)
            .collect();
        let names: Vec<String> = closed
            .iter()
            .map(|layer| match layer {
                Layer::Trust => {
                    format!("the {} does not let {caller} in", self.title(Layer::Trust))
                }
                Layer::ServiceControl => {
                    "a level of the organization's service control policies does not allow it"
                        .to_owned()
                }
                Layer::Session if self.policies.session.is_empty() => {
                    "no session policy was passed, so the session has no permissions of its own"
                        .to_owned()
                }
                layer => format!("no {} allows it", layer_words(*layer)),
            })
            .collect();
        format!(
            "Denied: {caller} asked for {asked}; {}.",
            names.join(", and ")
        )
    }

    fn gate(&self, gate: &GateResult) -> Gate {
        let decision = self.decision;
        let mut statements = Vec::new();
        for (index, entry) in decision.trace.iter().enumerate() {
            if entry.layer == gate.layer
                && let Some(report) = self.report(entry, decision.decider == Some(index))
            {
                statements.push(report);
            }
        }
        Gate {
            layer: gate.layer,
            title: self.title(gate.layer),
            state: gate.state,
            decisive: gate.decisive,
            reason: self.gate_reason(gate),
            statements,
        }
    }

    fn title(&self, layer: Layer) -> String {
        let request = self.request;
        let holder =
            |policy: &Option<Policy>| policy.as_ref().and_then(|policy| policy.holder.clone());
        let resource = Arn::parse(&request.resource);
        match layer {
            Layer::ResourceControl => {
                "resource control policies of the resource's organization".to_owned()
            }
            Layer::ServiceControl => {
                let account = request.principal.account().unwrap_or("the caller");
                format!("service control policies of account {account}")
            }
            Layer::Resource => match holder(&self.policies.resource) {
                Some(holder) => format!("policy of {holder}"),
                None => format!("policy of the resource {}", request.resource),
            },
            Layer::Trust => match (holder(&self.policies.resource), resource) {
                (Some(holder), _) => format!("trust policy of {holder}"),
                (None, Some(arn)) => format!("trust policy of role {}", arn.name()),
                (None, None) => "trust policy of the role".to_owned(),
            },
            Layer::Identity => format!("policies of {}", holder_words(request)),
            Layer::Boundary => format!("permissions boundary of {}", holder_words(request)),
            Layer::Session => format!("session policies of {}", request.principal.arn()),
        }
    }

    fn gate_reason(&self, gate: &GateResult) -> String {
        let entry = gate.entry.and_then(|index| self.decision.trace.get(index));
        let action = self.request.action();
        match (gate.state, entry) {
            (GateState::Denied, Some(entry)) => format!("{} denies it", self.place(entry)),
            (GateState::Open, Some(entry)) => {
                let mut text = format!("{} allows it", self.place(entry));
                if matches!(gate.layer, Layer::Resource | Layer::Trust) {
                    text.push_str(self.grant_words());
                }
                text
            }
            (GateState::Open, None) => "the root user has full access in its account".to_owned(),
            (GateState::Closed, _) => match (gate.layer, gate.level) {
                (Layer::ServiceControl, Some(level)) => format!(
                    "level {} of {} has no statement that allows {action}; every level must",
                    level + 1,
                    self.policies.service_control.len()
                ),
                (Layer::Session, _) if self.policies.session.is_empty() => {
                    "no session policy was passed to GetFederationToken: without one the session has no permissions of its own".to_owned()
                }
                (Layer::Identity, _) if self.policies.identity.is_empty() => {
                    "there is no policy here that could allow it".to_owned()
                }
                (Layer::Trust, _) if self.policies.resource.is_none() => {
                    "no trust policy was given: every role has one, and it must allow".to_owned()
                }
                (Layer::Resource, _)
                    if self.policies.resource.is_none() && self.request.is_about_key() =>
                {
                    "no key policy was given: every KMS key has one, and it must allow".to_owned()
                }
                (Layer::Resource, _) if self.policies.resource.is_none() => {
                    "the resource has no policy, and a caller of another account needs one".to_owned()
                }
                _ => format!("no statement allows {action}"),
            },
            (GateState::Silent, _) => format!("no statement allows it; {}", self.not_needed(gate.layer)),
            (GateState::Absent, _) => match gate.layer {
                Layer::ServiceControl => "service control policies do not limit this caller".to_owned(),
                Layer::ResourceControl => self.beyond(),
                _ => "there is none".to_owned(),
            },
            (GateState::Denied, None) => "a statement denies it".to_owned(),
        }
    }

    fn beyond(&self) -> String {
        let why = Beyond::of(self.request, self.policies).map_or("", Beyond::words);
        format!("resource control policies do not limit this request: {why}")
    }

    fn grant_words(&self) -> &'static str {
        if self.request.is_cross_account() {
            return ", from the resource's side; the caller's account must allow it too";
        }
        match self.decision.grant {
            Some(Grant::Account) => ", to the account: an identity policy must allow it too",
            Some(Grant::Issuer) => {
                ", to the role or user behind the session: no identity policy is needed, a permissions boundary and session policies still limit it"
            }
            Some(Grant::Caller) if self.request.principal.account().is_some() => {
                ", to the caller itself: no other allow is needed"
            }
            _ => "",
        }
    }

    fn not_needed(&self, layer: Layer) -> &'static str {
        match (self.decision.special, layer) {
            (Some(Special::GetCallerIdentity | Special::GetSessionToken), _) => {
                "this call needs no permission"
            }
            (_, Layer::ResourceControl) => "these policies only deny",
            (_, Layer::Resource) if self.decision.grant.is_none() => {
                "within one account an identity policy is enough"
            }
            _ => {
                "the resource's policy grants it to the caller, which is enough within one account"
            }
        }
    }

    fn report(&self, entry: &Entry, decisive: bool) -> Option<StatementReport> {
        let policy = self.policy(entry)?;
        let index = entry.statement as usize;
        let statement = policy.document.statements().get(index)?;
        Some(StatementReport {
            policy: policy.arn.clone().unwrap_or_else(|| policy.name.clone()),
            index,
            sid: statement.sid().map(str::to_owned),
            effect: entry.effect,
            matched: matches!(entry.answer, Answer::Match(_)),
            decisive,
            reason: self.answer(entry, statement),
            line: statement.start().line,
            source: policy.document.statement_source(statement).to_owned(),
        })
    }

    fn answer(&self, entry: &Entry, statement: &Statement) -> String {
        match entry.answer {
            Answer::Match(_) => self.matched(entry, statement),
            Answer::Action => self.other_action(statement),
            Answer::Resource => self.other_resource(statement),
            Answer::Principal => match &statement.principal {
                Some(element) => self.other_principal(element),
                None => String::new(),
            },
            Answer::Condition(number, failure) => statement
                .conditions
                .get(number as usize)
                .map_or(String::new(), |condition| {
                    condition_words(condition, failure, self.request)
                }),
        }
    }

    fn matched(&self, entry: &Entry, statement: &Statement) -> String {
        let verb = if entry.effect == Effect::Allow {
            "allows"
        } else {
            "denies"
        };
        let mut text = format!("{verb} {}", self.request.action());
        if statement.resources.is_some() {
            let _ = write!(text, " on {}", self.request.resource);
        }
        // Conditions may hold because a key is missing, which is worth knowing.
        let held = statement.conditions.iter().map(|condition| {
            let key = condition.key.as_written();
            match self.request.context.find(&condition.key) {
                Some(value) => format!("`{key}` ({value})"),
                None => format!("`{key}` (not in the request)"),
            }
        });
        let held: Vec<String> = held.collect();
        if !held.is_empty() {
            let _ = write!(text, "; its conditions on {} hold", held.join(", "));
        }
        text
    }

    fn other_action(&self, statement: &Statement) -> String {
        let action = self.request.action();
        let listed = list(statement.actions());
        if statement.not_action {
            format!("`NotAction` leaves out {listed}, and so `{action}`")
        } else {
            format!("`{action}` is not among its actions: {listed}")
        }
    }

    fn other_resource(&self, statement: &Statement) -> String {
        let resource = self.request.resource.as_str();
        let listed = list(statement.resources());
        if statement.not_resource {
            return format!("`NotResource` leaves out {listed}, and so `{resource}`");
        }
        let context = &self.request.context;
        let mut text = format!("`{resource}` is not among its resources: {listed}");
        for pattern in statement.resources.iter().flatten() {
            if let Some(key) = pattern.missing(context) {
                return format!(
                    "{text}; `{key}` has no value in this request, so `{}` matches nothing",
                    pattern.source()
                );
            }
            if pattern.source().eq_ignore_ascii_case(resource) {
                text.push_str("; upper and lower case count");
            } else if pattern.has_variable()
                && let Some(filled) = pattern.filled(context)
            {
                let _ = write!(text, "; `{}` is `{filled}` here", pattern.source());
            }
        }
        text
    }

    fn other_principal(&self, element: &PrincipalElement) -> String {
        let caller = self.request.principal.arn();
        let listed = list(element.written.iter().map(|entry| &**entry));
        if element.negated {
            return format!("`NotPrincipal` leaves out {listed}, and so `{caller}`");
        }
        let mut text = format!("`{caller}` is not among its principals: {listed}");
        for (entry, written) in element.entries.iter().zip(&element.written) {
            let hint = match entry {
                PrincipalEntry::UniqueId(_) => {
                    "; an id such as this is what is left of a user or role that was deleted: a new one of the same name has another id"
                }
                PrincipalEntry::Arn(_) if written.contains(['*', '?']) => {
                    "; a wildcard cannot stand for part of a principal"
                }
                PrincipalEntry::Arn(arn) if arn.eq_ignore_ascii_case(caller) => {
                    "; upper and lower case count"
                }
                PrincipalEntry::CanonicalUser(_)
                    if self.request.principal.canonical_user().is_none() =>
                {
                    "; the caller's canonical user id is not known"
                }
                _ => continue,
            };
            text.push_str(hint);
            break;
        }
        text
    }
}

/// Why a condition did not hold: the key, the value it had, the value it wanted.
fn condition_words(condition: &Condition, failure: Failure, request: &Request) -> String {
    let operator = &condition.operator;
    let key = condition.key.as_written();
    let wanted: Vec<String> = condition
        .tests
        .iter()
        .map(|test| match test.filled(&request.context) {
            Some(filled) if *filled == *test.source => format!("`{filled}`"),
            Some(filled) => format!("`{filled}` (`{}`)", test.source),
            None => format!("`{}`", test.source),
        })
        .collect();
    let wanted = if wanted.is_empty() {
        "nothing".to_owned()
    } else {
        wanted.join(" or ")
    };
    let had = request.context.find(&condition.key);
    let name = format!("`{}` on `{key}`", operator.written);
    if operator.comparison == Comparison::Null {
        return match had {
            Some(value) => format!("{name} wants the key absent; the request has {value}"),
            None => format!("{name} wants the key present; the request has none"),
        };
    }
    match (failure, had) {
        (Failure::Missing, _) | (_, None) => {
            format!("{name} wants {wanted}; the request has no such key")
        }
        (Failure::Variable, Some(value)) => {
            let variable = condition
                .tests
                .iter()
                .find_map(|test| test.missing(&request.context));
            format!(
                "{name} wants {wanted}; the request has {value}, and `{}` has no value in it",
                variable.unwrap_or("the variable")
            )
        }
        (Failure::Value, Some(value)) => {
            let order = match operator.comparison {
                Comparison::Numeric(order) | Comparison::Date(order) => order.words(),
                _ => "",
            };
            let not = if operator.negated {
                "anything but "
            } else {
                ""
            };
            let order = if order.is_empty() || operator.negated {
                String::new()
            } else {
                format!("{order} ")
            };
            let which = match operator.quantifier {
                Some(Quantifier::All) => "every value to be ",
                Some(Quantifier::Any) => "at least one value to be ",
                None => "",
            };
            format!("{name} wants {which}{not}{order}{wanted}; the request has {value}")
        }
    }
}
