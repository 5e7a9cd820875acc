//! The decision: every policy asked, every layer combined, nothing touched.
//!
//! Sources: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic",
//! "Permissions boundaries for IAM entities", "Permissions for GetFederationToken"; Organizations
//! User Guide, "SCP evaluation" and "Resource control policies".

use std::sync::Arc;

use super::condition::Failure;
use super::document::{Document, DocumentKind, Statement};
use super::explanation::{Effect, GateState, Layer, Verdict};
use super::pattern::{Matched, Pattern};
use super::principal::Grant;
use super::request::{Context, PrincipalKind, Request};
use super::resource_control::Beyond;

/// A policy with the name it is known by.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its name, such as `AllowRead`.
    pub name: String,
    /// Its ARN, for managed policies. AWS names it in the message of an explicit denial.
    pub arn: Option<String>,
    /// Whose policy it is, such as `user alice`, `group admins`, `bucket lab-bucket`.
    pub holder: Option<String>,
    /// What it says.
    pub document: Arc<Document>,
}

impl Policy {
    /// A policy with a name.
    #[must_use]
    pub fn new(name: impl Into<String>, document: impl Into<Arc<Document>>) -> Self {
        Self {
            name: name.into(),
            arn: None,
            holder: None,
            document: document.into(),
        }
    }

    /// Gives the ARN of a managed policy.
    #[must_use]
    pub fn with_arn(mut self, arn: impl Into<String>) -> Self {
        self.arn = Some(arn.into());
        self
    }

    /// Says whose policy it is, such as `user alice`.
    #[must_use]
    pub fn held_by(mut self, holder: impl Into<String>) -> Self {
        self.holder = Some(holder.into());
        self
    }
}

/// Every policy that bears on a request.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Inline, attached and group policies of the user, or of the role behind the session.
    pub identity: Arc<Vec<Policy>>,
    /// The policy of the resource; for a role its trust policy, of [`DocumentKind::Trust`].
    pub resource: Option<Policy>,
    /// The resource is a role that is to be assumed, so that its trust policy must allow, and be
    /// given. A `resource` of [`DocumentKind::Trust`] says the same.
    pub trust_needed: bool,
    /// The permissions boundary of the user or role.
    pub boundary: Option<Policy>,
    /// The policies passed when the session was made.
    pub session: Vec<Policy>,
    /// Service control policies of the caller's account, from the root of the organization down.
    /// Each level must allow; no level at all means that there is no organization.
    pub service_control: Vec<Vec<Policy>>,
    /// Resource control policies of the resource's account, level by level. They only deny:
    /// `RCPFullAWSAccess` is always attached.
    pub resource_control: Vec<Vec<Policy>>,
    /// The caller's account is the management account: SCPs do not limit it, nor RCPs its resources.
    pub management_account: bool,
}

impl Policies {
    /// The policy of a statement of the trace.
    #[must_use]
    pub fn find(&self, place: StatementRef) -> Option<&Policy> {
        match place.layer {
            Layer::ResourceControl => self.resource_control.get(place.level)?.get(place.policy),
            Layer::ServiceControl => self.service_control.get(place.level)?.get(place.policy),
            Layer::Resource | Layer::Trust => self.resource.as_ref(),
            Layer::Identity => self.identity.get(place.policy),
            Layer::Boundary => self.boundary.as_ref(),
            Layer::Session => self.session.get(place.policy),
        }
    }

    pub(crate) fn find_mut(&mut self, place: StatementRef) -> Option<&mut Policy> {
        match place.layer {
            Layer::ResourceControl => self
                .resource_control
                .get_mut(place.level)?
                .get_mut(place.policy),
            Layer::ServiceControl => self
                .service_control
                .get_mut(place.level)?
                .get_mut(place.policy),
            Layer::Resource | Layer::Trust => self.resource.as_mut(),
            Layer::Identity => Arc::make_mut(&mut self.identity).get_mut(place.policy),
            Layer::Boundary => self.boundary.as_mut(),
            Layer::Session => self.session.get_mut(place.policy),
        }
    }

    /// [`Layer::Trust`] where the resource's policy is a trust policy.
    #[must_use]
    pub fn resource_layer(&self) -> Layer {
        match &self.resource {
            Some(policy) if policy.document.kind() == DocumentKind::Trust => Layer::Trust,
            None if self.trust_needed => Layer::Trust,
            _ => Layer::Resource,
        }
    }

    fn count(&self) -> usize {
        let levels = self
            .service_control
            .iter()
            .chain(&self.resource_control)
            .flatten();
        self.identity
            .iter()
            .chain(&self.resource)
            .chain(&self.boundary)
            .chain(&self.session)
            .chain(levels)
            .map(|policy| policy.document.statements().len())
            .sum()
    }
}

/// What one statement said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It matches; for a resource policy with what its `Principal` grants.
    Match(Grant),
    /// Its actions are others.
    Action,
    /// Its resources are others.
    Resource,
    /// Its principals are others.
    Principal,
    /// The condition of this number does not hold.
    Condition(u32, Failure),
}

/// One line of the trace: a statement and what it said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub layer: Layer,
    pub level: u32,
    pub policy: u32,
    pub statement: u32,
    pub effect: Effect,
    pub answer: Answer,
}

/// One gate's answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GateResult {
    pub layer: Layer,
    pub state: GateState,
    pub decisive: bool,
    /// The number of the trace entry that opened or barred the gate.
    pub entry: Option<usize>,
    /// The first level of an organization without an allow.
    pub level: Option<usize>,
}

/// The gates that were asked, in the order of their layers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gates([Option<GateResult>; LAYERS]);

impl Gates {
    pub fn iter(&self) -> impl Iterator<Item = &GateResult> {
        self.0.iter().flatten()
    }

    pub fn get(&self, layer: Layer) -> Option<&GateResult> {
        self.0.get(layer as usize)?.as_ref()
    }

    fn get_mut(&mut self, layer: Layer) -> Option<&mut GateResult> {
        self.0.get_mut(layer as usize)?.as_mut()
    }

    fn add(&mut self, gate: GateResult) {
        if let Some(slot) = self.0.get_mut(gate.layer as usize) {
            *slot = Some(gate);
        }
    }
}

/// Rules beside the policies that settle a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    /// `sts:GetCallerIdentity` needs no permission and cannot be denied.
    GetCallerIdentity,
    /// `sts:GetSessionToken` authenticates; policies have no effect on it.
    GetSessionToken,
    /// The root user of a bucket's account can always see and replace its policy.
    BucketOwnerRoot,
    /// The root user may not assume roles.
    RootAssumesRole,
    /// The root user has full access in its account.
    Root,
}

/// What was decided, with the trace of every statement.
#[derive(Debug, Clone)]
pub struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) trace: Vec<Entry>,
    pub(crate) gates: Gates,
    /// The entry of the trace that decided.
    pub(crate) decider: Option<usize>,
    pub(crate) layer: Option<Layer>,
    pub(crate) special: Option<Special>,
    /// The strongest allow of the resource's policy.
    pub(crate) grant: Option<Grant>,
}

/// A statement of the input, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementRef {
    /// Its layer.
    pub layer: Layer,
    /// Level of the organization, from 0; otherwise 0.
    pub level: usize,
    /// Number of the policy in its layer (or its level), from 0.
    pub policy: usize,
    /// Number of the statement in its document, from 0.
    pub statement: usize,
}

impl Decision {
    /// Allow, implicit deny or explicit deny.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Whether the request goes through.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allow
    }

    /// The layer that decided: the one that granted, refused, or lacks an allow. `None` where no
    /// policy decided: the root user, `sts:GetCallerIdentity`.
    #[must_use]
    pub fn layer(&self) -> Option<Layer> {
        self.layer
    }

    /// The statement that granted or refused.
    #[must_use]
    pub fn statement(&self) -> Option<StatementRef> {
        self.decider
            .and_then(|index| self.trace.get(index))
            .map(Entry::place)
    }

    /// Every statement that matched, in the order of the trace, with its effect.
    pub fn matched(&self) -> impl Iterator<Item = (StatementRef, Effect)> {
        self.trace
            .iter()
            .filter(|entry| matches!(entry.answer, Answer::Match(_)))
            .map(|entry| (entry.place(), entry.effect))
    }

    /// How a gate answered; `None` when it was not asked.
    #[must_use]
    pub fn gate(&self, layer: Layer) -> Option<GateState> {
        self.gates.get(layer).map(|gate| gate.state)
    }
}

impl Entry {
    pub fn place(&self) -> StatementRef {
        StatementRef {
            layer: self.layer,
            level: self.level as usize,
            policy: self.policy as usize,
            statement: self.statement as usize,
        }
    }
}

/// Decides a request. Cannot fail; the one allocation is the trace.
#[must_use]
pub fn evaluate(request: &Request, policies: &Policies) -> Decision {
    let resource_layer = policies.resource_layer();
    let mut asked = Asked {
        request,
        // A boundary defeats every exception that `NotPrincipal` makes.
        bounded: policies.boundary.is_some(),
        trace: Vec::with_capacity(policies.count()),
        found: Found::default(),
    };
    if !policies.resource_control.is_empty() && Beyond::of(request, policies).is_none() {
        asked.levels(Layer::ResourceControl, &policies.resource_control);
    }
    if has_service_control(request, policies) {
        asked.levels(Layer::ServiceControl, &policies.service_control);
    }
    asked.policies(resource_layer, 0, policies.resource.as_slice());
    if request.principal.account().is_some() {
        asked.policies(Layer::Identity, 0, &policies.identity);
        asked.policies(Layer::Boundary, 0, policies.boundary.as_slice());
        asked.policies(Layer::Session, 0, &policies.session);
    }
    Judge {
        request,
        policies,
        found: &asked.found,
        resource_layer,
    }
    .decide(asked.trace)
}

/// What the statements said in sum: the first of each layer that counts, by its number in the
/// trace.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    denials: [Option<usize>; LAYERS],
    allows: [Option<usize>; LAYERS],
    /// The first of the strongest allows of the resource's policy.
    grant: Option<(usize, Grant)>,
    /// The first level of service control policies without an allow.
    closed_level: Option<usize>,
}

/// How many layers there are.
const LAYERS: usize = 7;

impl Found {
    fn note(&mut self, layer: Layer, number: usize, effect: Effect, grant: Grant) {
        let list = match effect {
            Effect::Allow => &mut self.allows,
            Effect::Deny => &mut self.denials,
        };
        if let Some(slot) = list.get_mut(layer as usize) {
            slot.get_or_insert(number);
        }
        let of_resource = matches!(layer, Layer::Resource | Layer::Trust);
        if of_resource && effect == Effect::Allow && self.grant.is_none_or(|(_, best)| grant > best)
        {
            self.grant = Some((number, grant));
        }
    }
}

/// SCPs limit the principals of member accounts, its root user too; not service-linked roles, not
/// services, not strangers.
fn has_service_control(request: &Request, policies: &Policies) -> bool {
    let principal = &request.principal;
    principal.account().is_some() && !policies.management_account && !principal.is_service_linked()
}

struct Asked<'a> {
    request: &'a Request,
    bounded: bool,
    trace: Vec<Entry>,
    found: Found,
}

impl Asked<'_> {
    fn levels(&mut self, layer: Layer, levels: &[Vec<Policy>]) {
        for (level, policies) in levels.iter().enumerate() {
            let allowed = self.policies(layer, level, policies);
            if layer == Layer::ServiceControl && !allowed {
                self.found.closed_level.get_or_insert(level);
            }
        }
    }

    /// Asks every statement; says whether one allowed.
    fn policies(&mut self, layer: Layer, level: usize, policies: &[Policy]) -> bool {
        let mut allowed = false;
        for (policy, held) in policies.iter().enumerate() {
            for (number, statement) in held.document.statements().iter().enumerate() {
                let answer = self.answer(statement);
                if let Answer::Match(grant) = answer {
                    allowed |= statement.effect == Effect::Allow;
                    self.found
                        .note(layer, self.trace.len(), statement.effect, grant);
                }
                self.trace.push(Entry {
                    layer,
                    level: small(level),
                    policy: small(policy),
                    statement: small(number),
                    effect: statement.effect,
                    answer,
                });
            }
        }
        allowed
    }

    fn answer(&self, statement: &Statement) -> Answer {
        let request = self.request;
        if any_action(&statement.actions, request) == statement.not_action {
            return Answer::Action;
        }
        if let Some(resources) = &statement.resources
            && any(resources, &request.resource, &request.context) == statement.not_resource
        {
            return Answer::Resource;
        }
        let mut grant = Grant::Caller;
        if let Some(principal) = &statement.principal {
            let deny = statement.effect == Effect::Deny;
            match principal.grants(request, deny, self.bounded) {
                Some(granted) => grant = granted,
                None => return Answer::Principal,
            }
        }
        for (number, condition) in statement.conditions.iter().enumerate() {
            if let Err(failure) = condition.holds(&request.context) {
                return Answer::Condition(small(number), failure);
            }
        }
        Answer::Match(grant)
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn any_action(patterns: &[Pattern], request: &Request) -> bool {
    any(patterns, request.action_lower(), &request.context)
}

fn any(patterns: &[Pattern], text: &str, context: &Context) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern.matches(text, context) == Matched::Yes)
}

struct Judge<'a> {
    request: &'a Request,
    policies: &'a Policies,
    found: &'a Found,
    resource_layer: Layer,
}

impl Judge<'_> {
    fn denial(&self, layer: Layer) -> Option<usize> {
        self.found.denials.get(layer as usize).copied().flatten()
    }

    fn allow(&self, layer: Layer) -> Option<usize> {
        self.found.allows.get(layer as usize).copied().flatten()
    }

    /// The strongest allow of the resource's policy.
    fn resource_allow(&self) -> Option<(usize, Grant)> {
        self.found.grant
    }

    fn special(&self) -> Option<Special> {
        let principal = &self.request.principal;
        match self.request.action_lower() {
            "sts:getcalleridentity" if principal.account().is_some() => {
                Some(Special::GetCallerIdentity)
            }
            "sts:getsessiontoken"
                if matches!(principal.kind(), PrincipalKind::User | PrincipalKind::Root) =>
            {
                Some(Special::GetSessionToken)
            }
            "sts:assumerole" if principal.kind() == PrincipalKind::Root => {
                Some(Special::RootAssumesRole)
            }
            "s3:getbucketpolicy" | "s3:putbucketpolicy" | "s3:deletebucketpolicy"
                if principal.kind() == PrincipalKind::Root && !self.request.is_cross_account() =>
            {
                Some(Special::BucketOwnerRoot)
            }
            _ if principal.is_root() => Some(Special::Root),
            _ => None,
        }
    }

    fn decide(&self, trace: Vec<Entry>) -> Decision {
        let special = self.special();
        let mut gates = self.gates(special);
        let mut verdict = Verdict::Allow;
        let mut decider = None;
        let mut layer = None;
        let mut grant = None;
        let settled = matches!(
            special,
            Some(Special::GetCallerIdentity | Special::GetSessionToken)
        );
        if let Some((index, strongest)) = self.resource_allow() {
            grant = Some(strongest);
            decider = Some(index);
        }
        if settled {
            decider = None;
        } else if let Some(gate) = gates.iter().find(|gate| gate.state == GateState::Denied) {
            (verdict, decider, layer) = (Verdict::ExplicitDeny, gate.entry, Some(gate.layer));
        } else if special == Some(Special::RootAssumesRole) {
            (verdict, decider) = (Verdict::ImplicitDeny, None);
        } else if let Some(closed) = Self::closed(&gates) {
            verdict = Verdict::ImplicitDeny;
            decider = None;
            layer = Some(closed);
        } else {
            (decider, layer) = self.granted(special, decider, grant);
        }
        if let Some(gate) = layer.and_then(|layer| gates.get_mut(layer)) {
            gate.decisive = true;
        }
        Decision {
            verdict,
            trace,
            gates,
            decider,
            layer,
            special,
            grant,
        }
    }

    /// Which layer let the request through, and by which statement.
    fn granted(
        &self,
        special: Option<Special>,
        by_resource: Option<usize>,
        grant: Option<Grant>,
    ) -> (Option<usize>, Option<Layer>) {
        let trust = self.resource_layer == Layer::Trust;
        let alone = self.request.principal.account().is_none()
            || !self.request.is_cross_account() && grant > Some(Grant::Account);
        let by_identity = self.allow(Layer::Identity);
        if by_resource.is_some() && (alone || trust) {
            (by_resource, Some(self.resource_layer))
        } else if by_identity.is_some() {
            (by_identity, Some(Layer::Identity))
        } else if by_resource.is_some() && (special.is_none() || self.request.is_cross_account()) {
            (by_resource, Some(self.resource_layer))
        } else {
            (None, None)
        }
    }

    /// The gate that AWS names when several lack an allow: the order of the flow chart, and the
    /// caller's account before the resource's. A trust policy comes first: were it to name the
    /// caller, no identity policy would be needed.
    fn closed(gates: &Gates) -> Option<Layer> {
        let order = [
            Layer::ServiceControl,
            Layer::Trust,
            Layer::Identity,
            Layer::Resource,
            Layer::Boundary,
            Layer::Session,
        ];
        let closed = |layer: &Layer| {
            let gate = gates.get(*layer);
            gate.is_some_and(|gate| gate.state == GateState::Closed)
        };
        order.into_iter().find(closed)
    }

    /// How each gate that there is answers.
    fn gates(&self, special: Option<Special>) -> Gates {
        let request = self.request;
        let principal = &request.principal;
        let mut gates = Gates::default();
        let mut ask = |layer, needed| gates.add(self.gate(layer, needed, special));
        let settled = matches!(
            special,
            Some(Special::GetCallerIdentity | Special::GetSessionToken)
        );
        if !self.policies.resource_control.is_empty() {
            ask(Layer::ResourceControl, false);
        }
        if !self.policies.service_control.is_empty() {
            let limits = !settled && has_service_control(request, self.policies);
            ask(Layer::ServiceControl, limits);
        }
        let grant = self.resource_allow().map(|(_, grant)| grant);
        if principal.account().is_none() {
            ask(self.resource_layer, true);
            return gates;
        }
        let cross = request.is_cross_account();
        // A trust policy or a key policy must allow, whatever else does.
        let mandatory = self.resource_layer == Layer::Trust || request.is_about_key();
        // Same account: what the resource's policy grants to the caller or its role needs no
        // identity policy, and what it grants to the caller itself ends the matter.
        let alone = !cross && grant >= Some(Grant::Issuer);
        let direct = !cross && grant == Some(Grant::Caller);
        // Where both could have allowed and neither did, the identity policies are to blame.
        let resource_needed =
            !settled && special != Some(Special::BucketOwnerRoot) && (cross || mandatory);
        ask(self.resource_layer, resource_needed);
        ask(Layer::Identity, !settled && !alone);
        let limits = !settled && !direct;
        if self.policies.boundary.is_some() {
            ask(Layer::Boundary, limits);
        }
        let federated = principal.kind() == PrincipalKind::FederatedUser;
        if federated || !self.policies.session.is_empty() {
            ask(Layer::Session, limits);
        }
        gates
    }

    fn gate(&self, layer: Layer, needed: bool, special: Option<Special>) -> GateResult {
        let open_by_root = layer == Layer::Identity && self.request.principal.is_root();
        let owner_root = special == Some(Special::BucketOwnerRoot) && layer == Layer::Resource;
        let denial = if owner_root { None } else { self.denial(layer) };
        let level = self
            .found
            .closed_level
            .filter(|_| layer == Layer::ServiceControl);
        let allow = match layer {
            Layer::Resource | Layer::Trust => self.resource_allow().map(|(index, _)| index),
            _ => self.allow(layer),
        };
        let (state, entry) = if denial.is_some() {
            (GateState::Denied, denial)
        } else if self.is_absent(layer, needed) && !open_by_root {
            (GateState::Absent, None)
        } else if open_by_root || allow.is_some() && level.is_none() {
            (GateState::Open, allow)
        } else if needed {
            (GateState::Closed, None)
        } else {
            (GateState::Silent, None)
        };
        GateResult {
            layer,
            state,
            decisive: false,
            entry,
            level,
        }
    }

    /// No policy of this type, and none was needed.
    fn is_absent(&self, layer: Layer, needed: bool) -> bool {
        let empty = match layer {
            Layer::ResourceControl => Beyond::of(self.request, self.policies).is_some(),
            Layer::ServiceControl => !has_service_control(self.request, self.policies),
            Layer::Resource | Layer::Trust => self.policies.resource.is_none(),
            Layer::Identity => self.policies.identity.is_empty(),
            Layer::Boundary => self.policies.boundary.is_none(),
            Layer::Session => self.policies.session.is_empty(),
        };
        empty && !needed
    }
}
