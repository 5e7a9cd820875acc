//! Stacks, their resources, events and change sets.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sandbox::caller::Caller;
use crate::sandbox::clock;
use crate::sandbox::ids::Ids;
use crate::template::{DeletionPolicy, Given, Pseudo, Template, TemplateError};

/// Stacks of all accounts, deleted ones too.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    stacks: BTreeMap<String, Arc<Stack>>,
}

impl State {
    /// All stacks.
    pub fn stacks(&self) -> impl Iterator<Item = &Stack> {
        self.stacks.values().map(Arc::as_ref)
    }

    /// The stack of that id.
    #[must_use]
    pub fn stack(&self, id: &str) -> Option<&Stack> {
        self.stacks.get(id).map(Arc::as_ref)
    }

    /// The stacks around one that is nested in `parent`, from there outwards.
    pub fn around<'s>(&'s self, parent: Option<&'s str>) -> impl Iterator<Item = &'s str> {
        std::iter::successors(parent, |id| self.stack(id)?.parent.as_deref())
    }

    pub(super) fn insert(&mut self, stack: Stack) {
        self.stacks.insert(stack.id.clone(), Arc::new(stack));
    }

    /// Takes a stack out, to work on it.
    pub(super) fn take(&mut self, id: &str) -> Option<Stack> {
        self.stacks.remove(id).map(Arc::unwrap_or_clone)
    }
}

/// A stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stack {
    /// ARN with a time-based UUID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
    /// The stack that it is nested in.
    #[serde(default)]
    pub parent: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last updated, or made by a change set.
    pub updated: Option<Timestamp>,
    /// When its deletion, or the roll-back of its creation, began.
    pub deleted: Option<Timestamp>,
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why, if there is anything to say.
    pub reason: Option<String>,
    /// What it is made from; no template yet in REVIEW_IN_PROGRESS.
    pub plan: Option<Plan>,
    /// Roll-back is switched off.
    pub disable_rollback: bool,
    /// What a failed creation leads to.
    pub on_failure: OnFailure,
    /// A roll-back removes what the operation made even where the template retains it.
    #[serde(default)]
    pub retain_except_on_create: bool,
    /// Minutes that creation may take.
    pub timeout: Option<i64>,
    /// Termination protection.
    pub protected: bool,
    /// The stack policy.
    #[serde(default)]
    pub policy: Option<String>,
    /// The change set that it was made or last updated by.
    pub change_set: Option<String>,
    /// Values shown of it.
    pub outputs: Vec<Output>,
    /// Names of the exports that its template imports.
    pub imports: Vec<String>,
    /// Its resources.
    pub resources: Vec<Resource>,
    /// Its events, oldest first.
    pub events: Vec<Event>,
    /// Its change sets, oldest first.
    pub change_sets: Vec<ChangeSet>,
    /// What is under way.
    pub(super) operation: Option<Operation>,
    /// Number of the latest operation.
    pub(super) operations: u64,
}

/// Template and settings that a stack is made from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Template body as given.
    pub template: String,
    /// Value of every parameter.
    pub parameters: Given,
    /// Capabilities acknowledged.
    pub capabilities: Vec<String>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// The service role.
    pub role_arn: Option<String>,
}

/// What a failed creation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    /// What was made is removed; the stack stays.
    #[serde(rename = "ROLLBACK")]
    Rollback,
    /// Everything stays.
    #[serde(rename = "DO_NOTHING")]
    DoNothing,
    /// The stack is deleted.
    #[serde(rename = "DELETE")]
    Delete,
}

/// An output of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Name.
    pub key: String,
    /// Value.
    pub value: String,
    /// Description.
    pub description: Option<String>,
    /// Name under which it is exported.
    pub export: Option<String>,
}

/// A resource of a stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Resource {
    /// Name in the template.
    pub logical_id: String,
    /// Type.
    pub type_name: String,
    /// Name or id in its service; empty until it is made.
    pub physical_id: String,
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why, if there is anything to say.
    pub reason: Option<String>,
    /// When the status last changed.
    pub changed: Timestamp,
    /// `Metadata` of the template, as JSON text.
    pub metadata: String,
    /// The properties that it has.
    pub(super) properties: Map<String, Value>,
    /// The properties that it is to have.
    pub(super) pending: Map<String, Value>,
    /// What `Fn::GetAtt` gives.
    pub(super) attributes: Map<String, Value>,
    /// Logical ids that it needs.
    pub(super) needs: Vec<String>,
    pub(super) retain: Retain,
    pub(super) retain_replaced: bool,
    pub(super) progress: Progress,
    /// It is in the template that the stack is being brought to.
    pub(super) wanted: bool,
    /// Those that it replaced, to be removed.
    pub(super) replaced: Vec<Replaced>,
}

/// A resource that another took the place of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Replaced {
    pub type_name: String,
    pub physical_id: String,
    pub properties: Map<String, Value>,
    pub attributes: Map<String, Value>,
}

/// What happens to a resource that leaves the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Retain {
    Never,
    Always,
    ExceptOnCreate,
}

impl From<DeletionPolicy> for Retain {
    fn from(policy: DeletionPolicy) -> Self {
        match policy {
            DeletionPolicy::Delete => Self::Never,
            DeletionPolicy::Retain => Self::Always,
            DeletionPolicy::RetainExceptOnCreate => Self::ExceptOnCreate,
        }
    }
}

/// How far an operation has come with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Progress {
    /// Nothing to do, or all done.
    Done,
    /// To be looked at.
    Waiting,
    /// Its first event was written.
    Started(Change),
    /// It exists; CloudFormation waits for it to be usable.
    Made(Change),
    /// It exists and others may use it.
    Usable(Change),
    /// It is being deleted.
    Deleting,
    /// It failed.
    Failed,
    /// It is gone.
    Gone,
}

/// What an operation does to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    Create,
    Update,
    Replace,
}

/// What a stack is doing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    pub number: u64,
    pub phase: Phase,
    /// In whose name resources are made and removed.
    pub caller: Caller,
    pub token: Option<String>,
    /// Logical ids that DeleteStack was told to leave.
    pub leave: Vec<String>,
    /// Logical ids that failed.
    pub failed: Vec<String>,
    /// What the stack was before an update.
    pub previous: Option<Plan>,
    /// The creation of the stack is what runs or is rolled back.
    pub creating: bool,
    /// The stack policy of this update alone.
    #[serde(default)]
    pub policy_during: Option<String>,
    /// The stack policy from the end of this update on.
    #[serde(default)]
    pub policy_after: Option<String>,
}

/// The phases of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Create,
    RollBackCreate,
    Update,
    CleanUp,
    RollBackUpdate,
    CleanUpRollBack,
    Delete,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Logical id; the stack's name for the stack itself.
    pub logical_id: String,
    /// Physical id; the stack's id for the stack itself.
    pub physical_id: String,
    /// Type.
    pub type_name: String,
    /// Status.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// Properties of a resource, as JSON text.
    pub properties: Option<String>,
    /// `ClientRequestToken` of the call that led to it.
    pub token: Option<String>,
    /// `DetailedStatus`.
    pub detailed: Option<String>,
}

/// A change set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Such as `CREATE_COMPLETE`.
    pub status: String,
    /// Such as `AVAILABLE`.
    pub execution: String,
    /// Why it failed.
    pub reason: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// What the stack would be made from.
    pub plan: Plan,
    /// The changes, as DescribeChangeSet shows them.
    pub changes: Vec<Value>,
    /// What a failed creation leads to.
    pub on_failure: Option<OnFailure>,
    /// Whether it was to have change sets of nested stacks, had there been any.
    #[serde(default)]
    pub include_nested: bool,
}

/// The type of a stack among resources.
pub(super) const STACK_TYPE: &str = "AWS::CloudFormation::Stack";

impl Stack {
    /// A new stack, without events.
    pub(super) fn new(
        ids: &mut Ids,
        account: &str,
        region: &str,
        name: &str,
        now: Timestamp,
    ) -> Self {
        let uuid = time_uuid(ids, now);
        Self {
            id: format!("arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid}"),
            name: name.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            parent: None,
            created: now,
            updated: None,
            deleted: None,
            status: String::new(),
            reason: None,
            plan: None,
            disable_rollback: false,
            on_failure: OnFailure::Rollback,
            retain_except_on_create: false,
            timeout: None,
            protected: false,
            policy: None,
            change_set: None,
            outputs: Vec::new(),
            imports: Vec::new(),
            resources: Vec::new(),
            events: Vec::new(),
            change_sets: Vec::new(),
            operation: None,
            operations: 0,
        }
    }

    /// Whether it was deleted.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == "DELETE_COMPLETE"
    }

    /// The template, parsed.
    ///
    /// # Errors
    ///
    /// Never for a stack with a plan: its template was parsed when it was given.
    pub(super) fn template(&self) -> Result<Template, TemplateError> {
        Template::parse(self.plan.as_ref().map_or("", |plan| &plan.template))
    }

    /// Values of the pseudo parameters.
    pub(super) fn pseudo(&self) -> Pseudo {
        Pseudo {
            account: self.account.clone(),
            region: self.region.clone(),
            stack_name: self.name.clone(),
            stack_id: self.id.clone(),
            notification_arns: Vec::new(),
        }
    }

    /// Sets the stack's status and writes the event.
    pub(super) fn set_status(
        &mut self,
        ids: &mut Ids,
        at: Timestamp,
        status: &str,
        reason: Option<&str>,
    ) {
        status.clone_into(&mut self.status);
        self.reason = reason.map(str::to_owned);
        self.events.push(Event {
            id: ids.uuid(),
            at,
            logical_id: self.name.clone(),
            physical_id: self.id.clone(),
            type_name: STACK_TYPE.to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            properties: None,
            token: self.token(),
            detailed: None,
        });
    }

    fn token(&self) -> Option<String> {
        self.operation
            .as_ref()
            .and_then(|operation| operation.token.clone())
    }

    /// Sets a resource's status and writes the event.
    pub(super) fn set_resource(&mut self, logical_id: &str, at: Timestamp, news: News<'_>) {
        let token = self.token();
        let hidden = self.hidden_values();
        let Some(resource) = self.resource_mut(logical_id) else {
            return;
        };
        news.status.clone_into(&mut resource.status);
        resource.reason = news.reason.map(str::to_owned);
        resource.changed = at;
        let properties = if resource.pending.is_empty() {
            &resource.properties
        } else {
            &resource.pending
        };
        let mut text = serde_json::to_string(properties).unwrap_or_default();
        for value in hidden {
            text = text.replace(&value, "****");
        }
        let event = Event {
            id: format!("{logical_id}-{}-{}", news.status, clock::millis(at)),
            at,
            logical_id: logical_id.to_owned(),
            physical_id: news
                .physical_id
                .map_or_else(|| resource.physical_id.clone(), str::to_owned),
            type_name: news
                .type_name
                .map_or_else(|| resource.type_name.clone(), str::to_owned),
            status: news.status.to_owned(),
            reason: news.reason.map(str::to_owned),
            properties: Some(text),
            token,
            detailed: news.detailed.map(str::to_owned),
        };
        self.events.push(event);
    }

    /// Values of NoEcho parameters, as they stand in JSON text.
    fn hidden_values(&self) -> Vec<String> {
        let (Some(plan), Ok(template)) = (&self.plan, self.template()) else {
            return Vec::new();
        };
        template
            .parameters
            .iter()
            .filter(|parameter| parameter.no_echo)
            .filter_map(|parameter| plan.parameters.get(&parameter.name))
            .filter(|value| !value.is_empty())
            .map(|value| {
                let quoted = serde_json::to_string(value).unwrap_or_default();
                quoted.trim_matches('"').to_owned()
            })
            .collect()
    }

    pub(super) fn resource_mut(&mut self, logical_id: &str) -> Option<&mut Resource> {
        self.resources
            .iter_mut()
            .find(|resource| resource.logical_id == logical_id)
    }

    /// The resource of that logical id.
    #[must_use]
    pub fn resource(&self, logical_id: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .find(|resource| resource.logical_id == logical_id)
    }

    /// The change set of that name or id.
    #[must_use]
    pub fn find_change_set(&self, name: &str) -> Option<&ChangeSet> {
        self.change_sets
            .iter()
            .find(|set| set.name == name || set.id == name)
    }
}

/// What to write about a resource.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct News<'a> {
    pub status: &'a str,
    pub reason: Option<&'a str>,
    pub detailed: Option<&'a str>,
    /// Where it differs from the resource's own.
    pub physical_id: Option<&'a str>,
    pub type_name: Option<&'a str>,
}

impl<'a> News<'a> {
    pub fn status(status: &'a str) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub fn because(status: &'a str, reason: &'a str) -> Self {
        Self {
            status,
            reason: Some(reason),
            ..Self::default()
        }
    }
}

/// A version 1 UUID: the time in steps of 100 ns since 1582, and random bits for the node.
pub(super) fn time_uuid(ids: &mut Ids, now: Timestamp) -> String {
    /// From 1582-10-15 to 1970-01-01, in 100 ns.
    const EPOCH: i128 = 0x01B2_1DD2_1381_4000;
    let steps = u64::try_from(now.as_nanosecond() / 100 + EPOCH).unwrap_or_default();
    let [a, b, c, d, e, f, g, h, ..] = ids.bytes();
    format!(
        "{:08x}-{:04x}-1{:03x}-{:02x}{b:02x}-{c:02x}{d:02x}{e:02x}{f:02x}{g:02x}{h:02x}",
        steps & 0xffff_ffff,
        (steps >> 32) & 0xffff,
        (steps >> 48) & 0xfff,
        (a & 0x3f) | 0x80,
    )
}
