//! The policy simulator, answered by the same engine that decides.
//!
//! The context has the keys that the request gives and no others, as on AWS.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::common::{Needs, missing, page};
use super::documents::refused;
use crate::policy::{
    self, Arn, Decision, Document, DocumentKind, Effect, GateState, Layer, Policies, Policy,
    Principal, Request, StatementRef, Verdict,
};
use crate::sandbox::error::AwsError;
use crate::sandbox::gate;
use crate::sandbox::operation::{Context, Input, Need, Reply};

/// The ARN of the principal whose policies are tried.
pub fn need_principal(_: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    Ok(vec![Need::new(action, input.require("PolicySourceArn")?)])
}

const ALLOWED: &str = "allowed";
const IMPLICIT_DENY: &str = "implicitDeny";
const EXPLICIT_DENY: &str = "explicitDeny";

/// How results name the types of policies.
const IAM_POLICY: &str = "IAM Policy";
const RESOURCE_POLICY: &str = "Resource Policy";

/// What a simulation asks with.
struct Simulation {
    principal: Principal,
    /// The account is a member of an organization.
    organized: bool,
    policies: Policies,
    context: policy::Context,
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidInput", message)
}

/// Policies given as text.
fn given(input: &Input, member: &str) -> Result<Vec<Policy>, AwsError> {
    let texts = input.texts(member).into_iter().enumerate();
    texts
        .map(|(index, text)| {
            let document = Document::parse(text, DocumentKind::Identity)
                .map_err(|refusal| refused(&refusal))?;
            Ok(Policy::new(format!("{member}.{}", index + 1), document))
        })
        .collect()
}

/// Policies of a user (with its groups), group or role, and its boundary.
fn of_source(
    context: &Context<'_>,
    input: &Input,
) -> Result<(Vec<Policy>, Option<Policy>), AwsError> {
    let arn = input.require("PolicySourceArn")?;
    let account = context.account()?;
    let name = arn.rsplit('/').next().unwrap_or_default();
    let parsed = Arn::parse(arn).filter(|parsed| parsed.account == account.id);
    let mut found = Vec::new();
    let boundary = match parsed.map(|parsed| parsed.resource.split('/').next().unwrap_or("")) {
        Some("user") => {
            let user = account.user(name).filter(|user| user.arn == arn);
            let user = user.ok_or_else(|| super::common::Kind::User.missing(name))?;
            gate::collect(
                context.state,
                account,
                &user.grants,
                &format!("user_{}", user.name),
                &mut found,
            );
            for group in user
                .groups
                .iter()
                .filter_map(|name| account.groups.get(name))
            {
                let holder = format!("group_{}", group.name);
                gate::collect(context.state, account, &group.grants, &holder, &mut found);
            }
            &user.boundary
        }
        Some("group") => {
            let group = account.group(name).filter(|group| group.arn == arn);
            let group = group.ok_or_else(|| super::common::Kind::Group.missing(name))?;
            gate::collect(
                context.state,
                account,
                &group.grants,
                &format!("group_{}", group.name),
                &mut found,
            );
            &None
        }
        Some("role") => {
            let role = account.role(name).filter(|role| role.arn == arn);
            let role = role.ok_or_else(|| super::common::Kind::Role.missing(name))?;
            gate::collect(
                context.state,
                account,
                &role.grants,
                &format!("role_{}", role.name),
                &mut found,
            );
            &role.boundary
        }
        _ => {
            return Err(missing(format!(
                "The entity with ARN {arn} cannot be found."
            )));
        }
    };
    let boundary = boundary
        .as_ref()
        .and_then(|arn| gate::managed_policy(context.state, account, arn));
    // Inline policies are named after their holder; AWS's form of this id is not established.
    for policy in found.iter_mut().filter(|policy| policy.arn.is_none()) {
        if let Some(holder) = &policy.holder {
            policy.name = format!("{holder}_{}", policy.name);
        }
    }
    Ok((found, boundary))
}

fn simulation(
    context: &Context<'_>,
    input: &Input,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    source: Option<&str>,
) -> Result<Simulation, AwsError> {
    let mut identity = identity;
    identity.extend(given(input, "PolicyInputList")?);
    let boundary = match given(input, "PermissionsBoundaryPolicyInputList")?.pop() {
        Some(given) => Some(given),
        None => boundary,
    };
    let resource = input
        .text("ResourcePolicy")
        .map(|text| {
            Document::parse(text, DocumentKind::Resource)
                .map(|document| Policy::new("ResourcePolicy", document))
                .map_err(|refusal| refused(&refusal))
        })
        .transpose()?;
    let caller = input.text("CallerArn").or(source);
    let principal = match caller.map(Principal::from_arn) {
        Some(Some(principal)) => Some(principal),
        // A group is no principal, so that some user stands for its members.
        _ if input.text("CallerArn").is_none() => Principal::from_arn(&format!(
            "arn:aws:iam::{}:user/simulated",
            context.caller.account
        )),
        _ => None,
    };
    let principal = principal
        .ok_or_else(|| invalid(format!("Invalid CallerArn: {}", caller.unwrap_or_default())))?;
    let mut keys = policy::Context::new();
    for entry in input.list("ContextEntries") {
        let name = entry
            .get("ContextKeyName")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let values: Vec<String> = entry
            .get("ContextKeyValues")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let is_list = entry
            .get("ContextKeyType")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.ends_with("List"));
        match values.as_slice() {
            [one] if !is_list => keys.insert(name, one.as_str()),
            _ => keys.insert(name, values),
        }
    }
    // A principal that exists is tried with the service control policies of its account too.
    let organization = context
        .state
        .organization
        .as_ref()
        .filter(|_| source.is_some());
    let organized = organization.and_then(|known| known.service_control(&context.caller.account));
    Ok(Simulation {
        principal,
        organized: organized.is_some(),
        policies: Policies {
            identity: identity.into(),
            resource,
            boundary,
            service_control: organized.unwrap_or_default(),
            ..Policies::default()
        },
        context: keys,
    })
}

impl Simulation {
    fn policy(&self, at: StatementRef) -> Option<&Policy> {
        match at.layer {
            Layer::Identity => self.policies.identity.get(at.policy),
            Layer::Boundary => self.policies.boundary.as_ref(),
            Layer::Resource | Layer::Trust => self.policies.resource.as_ref(),
            _ => None,
        }
    }

    /// The statements that matched with an effect. Of a boundary only denials are told, as in the
    /// examples of the API reference.
    fn matched(&self, decision: &Decision, effect: Effect) -> Value {
        decision
            .matched()
            .filter(|(at, found)| {
                *found == effect && (effect == Effect::Deny || at.layer != Layer::Boundary)
            })
            .filter_map(|(at, _)| {
                let policy = self.policy(at)?;
                let statement = policy.document.statements().get(at.statement)?;
                let place = |position: policy::Position, behind: usize| {
                    json!({"Line": position.line, "Column": position.column + behind})
                };
                let kind = if at.layer == self.policies.resource_layer() {
                    RESOURCE_POLICY
                } else {
                    IAM_POLICY
                };
                Some(json!({
                    "SourcePolicyId": policy.name,
                    "SourcePolicyType": kind,
                    // IAM tells the places behind both braces.
                    "StartPosition": place(statement.start(), 1),
                    "EndPosition": place(statement.end(), 0),
                }))
            })
            .collect()
    }

    /// What each policy type says to a request across accounts.
    fn details(&self, decision: &Decision) -> Value {
        let mut details = Map::new();
        let mut tell = |kind: &str, layer| {
            let word = match decision.gate(layer) {
                Some(GateState::Denied) => EXPLICIT_DENY,
                Some(GateState::Open) => ALLOWED,
                _ => IMPLICIT_DENY,
            };
            details.insert(kind.to_owned(), word.into());
        };
        tell(IAM_POLICY, Layer::Identity);
        if self.policies.resource.is_some() {
            tell(RESOURCE_POLICY, self.policies.resource_layer());
        }
        if self.policies.boundary.is_some() {
            tell("Permissions Boundary Policy", Layer::Boundary);
        }
        details.into()
    }

    /// Condition keys of the policies that have no value here.
    fn missing(&self) -> Vec<String> {
        let documents = self
            .policies
            .identity
            .iter()
            .chain(&self.policies.boundary)
            .chain(&self.policies.resource)
            .map(|policy| &policy.document);
        let keys: BTreeSet<String> = documents.flat_map(keys_of).collect();
        keys.into_iter()
            .filter(|key| self.context.get(key).is_none())
            .collect()
    }

    fn evaluate(&self, input: &Input) -> Vec<(String, Value)> {
        let missing = self.missing();
        let resources = input.texts("ResourceArns");
        // `*` is the same as no resource at all (API reference, "EvaluationResult").
        let named = !matches!(resources.as_slice(), [] | ["*"]);
        let resources = if named { resources } else { vec!["*"] };
        let owner = input.text("ResourceOwner").and_then(|owner| {
            Arn::parse(owner)
                .map(|arn| arn.account.to_owned())
                .filter(|account| !account.is_empty())
        });
        let mut results = Vec::new();
        for action in input.texts("ActionNames") {
            for resource in &resources {
                let request = Request::new(
                    self.principal.clone(),
                    action,
                    resource,
                    self.context.clone(),
                );
                let request = match &owner {
                    Some(owner) => request.owned_by(owner),
                    None => request,
                };
                let name = format!("{action} {resource}");
                results.push((name, self.result(&request, named, &missing)));
            }
        }
        results
    }

    /// One request's result. `named`: resources were given.
    fn result(&self, request: &Request, named: bool, missing: &[String]) -> Value {
        let decision = policy::evaluate(request, &self.policies);
        let none = json!([]);
        let (word, deciding) = match decision.verdict() {
            Verdict::Allow => (ALLOWED, self.matched(&decision, Effect::Allow)),
            Verdict::ImplicitDeny => (IMPLICIT_DENY, none),
            Verdict::ExplicitDeny => (EXPLICIT_DENY, self.matched(&decision, Effect::Deny)),
        };
        let unnamed = if named { &[] } else { missing };
        let mut result = members([
            ("EvalActionName", request.action().into()),
            ("EvalResourceName", request.resource.as_str().into()),
            ("EvalDecision", word.into()),
            ("MatchedStatements", deciding.clone()),
            ("MissingContextValues", unnamed.into()),
        ]);
        let by_organization = decision
            .gate(Layer::ServiceControl)
            .is_none_or(|state| !matches!(state, GateState::Closed | GateState::Denied));
        if self.organized {
            let detail = json!({"AllowedByOrganizations": by_organization});
            result.insert("OrganizationsDecisionDetail".to_owned(), detail);
        }
        let boundary: Value = decision
            .gate(Layer::Boundary)
            .filter(|_| self.policies.boundary.is_some())
            .map(|state| json!({"AllowedByPermissionsBoundary": state == GateState::Open}))
            .into();
        result.insert(
            "PermissionsBoundaryDecisionDetail".to_owned(),
            boundary.clone(),
        );
        if !named {
            return result.into();
        }
        let mut specific = members([
            ("EvalResourceName", request.resource.as_str().into()),
            ("EvalResourceDecision", word.into()),
            ("MatchedStatements", deciding),
            ("MissingContextValues", missing.into()),
            ("PermissionsBoundaryDecisionDetail", boundary),
        ]);
        if !request.is_cross_account() {
            result.insert("EvalDecisionDetails".to_owned(), json!({}));
        } else if by_organization {
            let details = self.details(&decision);
            result.insert("EvalDecisionDetails".to_owned(), details.clone());
            specific.insert("EvalDecisionDetails".to_owned(), details);
            // Here AWS names what one account allows where the other does not (API reference, the
            // example of a simulation across accounts).
            if decision.verdict() == Verdict::ImplicitDeny {
                let allowing = self.matched(&decision, Effect::Allow);
                specific.insert("MatchedStatements".to_owned(), allowing);
            }
        }
        result.insert("ResourceSpecificResults".to_owned(), json!([specific]));
        result.into()
    }
}

fn members<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Map<String, Value> {
    let owned = members.map(|(name, value)| (name.to_owned(), value));
    owned.into_iter().collect()
}

fn answer(simulation: &Simulation, input: &Input) -> Result<Reply, AwsError> {
    let results = simulation.evaluate(input);
    Ok(Value::Object(page(input, "EvaluationResults", results.into_iter())?).into())
}

pub fn principal(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (identity, boundary) = of_source(context, input)?;
    let source = input.require("PolicySourceArn")?;
    answer(
        &simulation(context, input, identity, boundary, Some(source))?,
        input,
    )
}

pub fn custom(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    answer(&simulation(context, input, Vec::new(), None, None)?, input)
}

/// Condition keys and policy variables of a document.
fn keys_of(document: &Arc<Document>) -> Vec<String> {
    let conditions = document
        .statements()
        .iter()
        .flat_map(|statement| statement.condition_keys().map(str::to_owned));
    let variables = document.source().split("${").skip(1).filter_map(|rest| {
        let name = rest.split(['}', ',']).next()?.trim();
        (name.contains(':')).then(|| name.to_owned())
    });
    conditions.chain(variables).collect()
}

fn keys<'a>(policies: impl Iterator<Item = &'a Policy>) -> Reply {
    let keys: BTreeSet<String> = policies
        .flat_map(|policy| keys_of(&policy.document))
        .collect();
    json!({"ContextKeyNames": keys}).into()
}

pub fn principal_keys(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let (mut policies, _) = of_source(context, input)?;
    policies.extend(given(input, "PolicyInputList")?);
    Ok(keys(policies.iter()))
}

pub fn custom_keys(_: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    Ok(keys(given(input, "PolicyInputList")?.iter()))
}
