//! What would deny a request that is allowed.
//!
//! Like a fix, every change is tried before it is offered.

use super::evaluate::{Decision, Policies, StatementRef, evaluate};
use super::explanation::{Effect, Fix, GateState, Layer, Verdict};
use super::fix::{add, smallest, take_away, where_words};
use super::request::{PrincipalKind, Request};

impl Decision {
    /// The smallest changes that would turn this decision into its opposite, each for itself. Empty
    /// where no policy has a say, or none was found.
    ///
    /// `request` and `policies` must be those that were decided.
    #[must_use]
    pub fn changes(&self, request: &Request, policies: &Policies) -> Vec<Fix> {
        if self.is_allowed() {
            let found = [
                withdraw(request, policies, self),
                forbid(request, policies, self),
            ];
            found.into_iter().flatten().collect()
        } else {
            smallest(request, policies, self).into_iter().collect()
        }
    }
}

/// Fewer allows: the fewest statements of one gate without which nothing lets the request through,
/// or of the two gates either of which lets it through.
fn withdraw(request: &Request, policies: &Policies, decision: &Decision) -> Option<Fix> {
    let allows = |wanted: &[Layer]| -> Vec<StatementRef> {
        decision
            .matched()
            .filter(|(place, effect)| *effect == Effect::Allow && wanted.contains(&place.layer))
            .filter(|(place, _)| place.level == 0)
            .map(|(place, _)| place)
            .collect()
    };
    let closes = |places: &Vec<StatementRef>| {
        let mut changed = policies.clone();
        take_away(&mut changed, places).is_some() && !evaluate(request, &changed).is_allowed()
    };
    let open = decision
        .gates
        .iter()
        .filter(|gate| gate.state == GateState::Open);
    let resource = policies.resource_layer();
    let places = open
        .map(|gate| allows(&[gate.layer]))
        .filter(closes)
        .min_by_key(Vec::len)
        .or_else(|| Some(allows(&[resource, Layer::Identity])).filter(closes))?;
    let words = take_away(&mut policies.clone(), &places)?;
    let mut dangers = vec![
        "whatever else these statements allow is gone with them: narrow rather than remove"
            .to_owned(),
    ];
    for place in &places {
        let managed = policies
            .find(*place)
            .and_then(|policy| policy.arn.as_deref());
        if let Some(arn) = managed.filter(|arn| arn.contains(":iam::aws:policy/")) {
            dangers.push(format!(
                "{arn} is AWS's own: it cannot be changed, only detached"
            ));
        }
    }
    dangers.dedup();
    Some(Fix {
        text: format!("narrow or remove {}", words.join(" and ")),
        statement: None,
        dangers,
    })
}

/// One more statement that denies: where the caller's policies are, or at the resource.
fn forbid(request: &Request, policies: &Policies, decision: &Decision) -> Option<Fix> {
    let asked = decision.gates.iter().map(|gate| gate.layer);
    let mut layers: Vec<Layer> = asked
        .filter(|layer| *layer != Layer::ResourceControl)
        .collect();
    // Nothing is attached to the root user, and who denies it by name denies its whole account. A
    // session's policies are passed anew each time.
    let root = request.principal.kind() == PrincipalKind::Root;
    layers.retain(|layer| match layer {
        Layer::Identity => !root,
        Layer::Resource | Layer::Trust => !root && policies.resource.is_some(),
        Layer::Session => false,
        _ => true,
    });
    layers.sort_by_key(|layer| match layer {
        Layer::Identity => 0,
        Layer::Resource | Layer::Trust => 1,
        Layer::Boundary => 2,
        _ => 3,
    });
    layers.into_iter().find_map(|layer| {
        let gate = (layer, (layer == Layer::ServiceControl).then_some(0));
        let mut changed = policies.clone();
        let statement = add(Effect::Deny, request, &mut changed, gate)?;
        let denied = evaluate(request, &changed).verdict() == Verdict::ExplicitDeny;
        denied.then(|| Fix {
            text: format!("add this statement to {}", where_words(request, gate)),
            statement: Some(statement),
            dangers: denial_dangers(request, layer),
        })
    })
}

fn denial_dangers(request: &Request, layer: Layer) -> Vec<String> {
    let mut dangers = vec!["a Deny beats every Allow, those of later policies too".to_owned()];
    match (layer, request.principal.kind()) {
        (Layer::Identity, PrincipalKind::Role) => {
            dangers.push("it reaches every session of the role".to_owned());
        }
        (Layer::Resource, PrincipalKind::Anonymous) => {
            dangers.push("it denies everybody, the resource's owner too".to_owned());
        }
        (Layer::ServiceControl, _) => {
            dangers.push("it concerns every caller of every account below".to_owned());
        }
        _ => {}
    }
    dangers
}
