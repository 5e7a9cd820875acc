//! Policy documents: read once, with positions, into a form that is quick to evaluate.
//!
//! What the language does not know is refused here, never skipped: an ignored condition would be a
//! hole. Reading asks only what evaluation needs to know; what AWS asks besides when a document is
//! stored is in [`Document::accept`].

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use super::condition::{Condition, Test};
use super::explanation::Effect;
use super::json::{self, Json, Member, Node, Position, Ruler};
use super::operator::{Comparison, Operator};
use super::pattern::{Matched, Pattern, Syntax};
use super::principal::{Entry, PrincipalElement};
use super::refusal::{Fault, Finding, Refusal};
use super::request::{Context, KeyName};

/// What a document is used as. It decides which elements it may have and how AWS words a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Policy of a user, group or role.
    Identity,
    /// Policy of a resource other than a bucket or a role.
    Resource,
    /// Policy of an S3 bucket.
    Bucket,
    /// Trust policy of a role.
    Trust,
    /// Permissions boundary.
    Boundary,
    /// Session policy.
    Session,
    /// Service control policy.
    ServiceControl,
    /// Resource control policy.
    ResourceControl,
}

impl DocumentKind {
    /// Whether statements name a principal.
    #[must_use]
    pub fn has_principal(self) -> bool {
        matches!(
            self,
            Self::Resource | Self::Bucket | Self::Trust | Self::ResourceControl
        )
    }
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// No `Version`: read as 2008-10-17.
    Absent,
    /// `2008-10-17`: no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// A policy document.
#[derive(Debug, Clone)]
pub struct Document {
    kind: DocumentKind,
    text: Arc<str>,
    span: Range<usize>,
    version: Version,
    id: Option<String>,
    statements: Vec<Statement>,
}

/// One statement of a document.
#[derive(Debug, Clone)]
pub struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    pub(crate) principal: Option<PrincipalElement>,
    pub(crate) not_action: bool,
    /// In lower case: actions are compared without regard to case.
    pub(crate) actions: Box<[Pattern]>,
    pub(crate) not_resource: bool,
    /// `None` where the kind of document needs no resource: it is the one it is attached to.
    pub(crate) resources: Option<Box<[Pattern]>>,
    pub(crate) conditions: Box<[Condition]>,
    pub(crate) written_actions: Box<[Box<str>]>,
    pub(crate) places: Box<Places>,
    span: Range<usize>,
    start: Position,
    end: Position,
}

/// Where the elements of a statement stand, for what is checked after reading.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    pub actions: Vec<usize>,
    pub resources: Vec<usize>,
    pub sid: usize,
    pub principals: Vec<(Box<str>, Box<str>, usize)>,
    pub prohibited_resource: Option<usize>,
    pub not_principal: Option<usize>,
    pub keys: Vec<usize>,
}

impl Statement {
    /// `Sid`, if it has one.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// `Effect`.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Where the statement's `{` stands.
    #[must_use]
    pub fn start(&self) -> Position {
        self.start
    }

    /// Where the character behind the statement's `}` stands.
    #[must_use]
    pub fn end(&self) -> Position {
        self.end
    }

    /// `Action` or `NotAction`, as written.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.written_actions.iter().map(|action| &**action)
    }

    /// Whether one of the actions that it is about is of a service, by the service's prefix.
    #[must_use]
    pub fn is_about(&self, service: &str) -> bool {
        let syntax = Syntax {
            wildcards: true,
            variables: false,
            arn: false,
        };
        let mut prefixes = self.actions.iter().map(|action| {
            let (prefix, name) = action.source().split_once(':').unwrap_or(("*", "*"));
            let prefix = Pattern::new(&prefix.to_lowercase(), syntax);
            let of_it = prefix.matches(service, &Context::new()) == Matched::Yes;
            (of_it, name == "*")
        });
        if self.not_action {
            !prefixes.any(|(of_it, all)| of_it && all)
        } else {
            prefixes.any(|(of_it, _)| of_it)
        }
    }

    /// `Resource` or `NotResource`, as written; empty where a statement has none.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().flatten().map(Pattern::source)
    }

    /// The condition keys, as written.
    pub fn condition_keys(&self) -> impl Iterator<Item = &str> {
        self.conditions
            .iter()
            .map(|condition| condition.key.as_written())
    }

    /// The principals of `Principal` or `NotPrincipal`, as written.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        self.principal
            .iter()
            .flat_map(|element| element.written.iter().map(|entry| &**entry))
    }
}

/// When AWS finds a fault. It looks through the whole document for one sort of faults after another,
/// and grammar comes before all of these (recorded).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The case of an effect, the form of a date: behind the version.
    Legacy,
    /// Actions and resources that are missing: behind statement ids and the form of ARNs.
    Elements,
}

/// The faults that AWS finds later than others, in the order of the document.
pub(crate) type Later = Vec<(Phase, Refusal)>;

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// The first thing that is not the policy language, with its place and AWS's refusal of it.
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, Refusal> {
        first_of(Self::read(text, kind)?)
    }

    /// Reads a document, and keeps apart what is to be refused later than other faults.
    pub(crate) fn read(text: &str, kind: DocumentKind) -> Result<(Self, Later), Refusal> {
        let text: Arc<str> = text.into();
        let node = json::read(&text).map_err(|error| {
            let finding = Finding {
                path: "$".to_owned(),
                position: Position::of(&text, error.offset),
                message: format!("not JSON: {}", error.message),
            };
            Fault::NotJson.refuse(kind, finding)
        })?;
        Self::read_node(&text, &Ruler::new(&text), &node, "$", kind)
    }

    /// Reads a document that is part of a larger text; places are those of the larger text.
    pub(crate) fn from_node(
        text: &Arc<str>,
        ruler: &Ruler<'_>,
        node: &Node,
        path: &str,
        kind: DocumentKind,
    ) -> Result<Self, Refusal> {
        first_of(Self::read_node(text, ruler, node, path, kind)?)
    }

    fn read_node(
        text: &Arc<str>,
        ruler: &Ruler<'_>,
        node: &Node,
        path: &str,
        kind: DocumentKind,
    ) -> Result<(Self, Later), Refusal> {
        let mut reader = Reader {
            text,
            ruler,
            kind,
            variables: false,
            later: RefCell::default(),
        };
        let document = reader.document(node, path)?;
        Ok((document, reader.later.into_inner()))
    }

    /// What the document is used as.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// `Version`.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// `Id`, if it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The text of the document as it was read.
    #[must_use]
    pub fn source(&self) -> &str {
        self.text.get(self.span.clone()).unwrap_or("")
    }

    /// The statements, in order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The text of a statement as it was read.
    #[must_use]
    pub fn statement_source(&self, statement: &Statement) -> &str {
        self.text.get(statement.span.clone()).unwrap_or("")
    }

    /// The position of a byte offset of the text read.
    pub(crate) fn position(&self, offset: usize) -> Position {
        Position::of(&self.text, offset)
    }

    /// The document without one of its statements, to ask what would be if it were gone.
    pub(crate) fn without(&self, statement: usize) -> Self {
        let mut rest = self.clone();
        if statement < rest.statements.len() {
            rest.statements.remove(statement);
        }
        rest
    }
}

impl Document {
    /// The document with another's statements behind its own, to ask what would be if they were
    /// there. Their places are those of the other text.
    pub(crate) fn with_statements_of(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.statements.extend(other.statements.iter().cloned());
        both
    }
}

/// The document, or the first of the faults that were kept apart.
fn first_of((document, later): (Document, Later)) -> Result<Document, Refusal> {
    match later.into_iter().min_by_key(|(phase, _)| *phase) {
        Some((_, refusal)) => Err(refusal),
        None => Ok(document),
    }
}

/// The size of a policy as AWS counts it: characters, without white space.
#[must_use]
pub fn counted_size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

struct Reader<'a> {
    text: &'a Arc<str>,
    ruler: &'a Ruler<'a>,
    kind: DocumentKind,
    variables: bool,
    later: RefCell<Later>,
}

/// `path.name`, or `path["name"]` for names that are no words.
pub(crate) fn member_path(path: &str, name: &str) -> String {
    if !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        format!("{path}.{name}")
    } else {
        format!("{path}[\"{}\"]", name.escape_debug())
    }
}

impl Reader<'_> {
    fn fail<T>(
        &self,
        fault: Fault,
        at: usize,
        path: &str,
        message: impl Into<String>,
    ) -> Result<T, Refusal> {
        let finding = Finding {
            path: path.to_owned(),
            position: self.ruler.position(at),
            message: message.into(),
        };
        Err(fault.refuse(self.kind, finding))
    }

    /// Notes a fault that AWS finds later than others.
    fn later(&self, phase: Phase, fault: Fault, at: usize, path: &str, message: &str) {
        let refusal = self.fail::<()>(fault, at, path, message);
        self.later
            .borrow_mut()
            .extend(refusal.err().map(|refusal| (phase, refusal)));
    }

    fn document(&mut self, node: &Node, path: &str) -> Result<Document, Refusal> {
        let Some(members) = node.as_object() else {
            return self.fail(
                Fault::NotJson,
                node.span.start,
                path,
                format!("a policy is an object, this is {}", node.kind()),
            );
        };
        let mut version = Version::Absent;
        let mut id = None;
        let mut statement = None;
        for member in members {
            let here = member_path(path, &member.name);
            let at = member.node.span.start;
            match &*member.name {
                "Version" => {
                    version = match member.node.as_str() {
                        Some("2012-10-17") => Version::V2012,
                        Some("2008-10-17") => Version::V2008,
                        _ => {
                            let message = "`Version` is the version of the policy language: \
                                `2012-10-17` or `2008-10-17`";
                            return self.fail(Fault::Grammar, at, &here, message);
                        }
                    };
                }
                "Id" => id = Some(self.string(&member.node, &here)?.to_owned()),
                "Statement" => statement = Some((&member.node, here)),
                name => {
                    let message = format!(
                        "`{}` is no element of a policy; expected `Version`, `Id` or `Statement`",
                        name.escape_debug()
                    );
                    let fault = Fault::UnknownField(name.to_owned());
                    return self.fail(fault, member.name_span.start, &here, message);
                }
            }
        }
        self.variables = version == Version::V2012;
        let Some((node_of_statements, here)) = statement else {
            let fault = Fault::MissingField("Statement");
            return self.fail(
                fault,
                node.span.start,
                path,
                "the policy has no `Statement`",
            );
        };
        let statements = match &node_of_statements.value {
            Json::Object(_) => vec![self.statement(node_of_statements, &here)?],
            Json::Array(items) if !items.is_empty() => {
                let each = |(index, item)| self.statement(item, &format!("{here}[{index}]"));
                items
                    .iter()
                    .enumerate()
                    .map(each)
                    .collect::<Result<_, _>>()?
            }
            _ => {
                let message = "`Statement` is a statement or a list of at least one";
                return self.fail(
                    Fault::Grammar,
                    node_of_statements.span.start,
                    &here,
                    message,
                );
            }
        };
        Ok(Document {
            kind: self.kind,
            text: Arc::clone(self.text),
            span: node.span.clone(),
            version,
            id,
            statements,
        })
    }

    fn string<'n>(&self, node: &'n Node, path: &str) -> Result<&'n str, Refusal> {
        match node.as_str() {
            Some(text) => Ok(text),
            None => self.fail(
                Fault::Grammar,
                node.span.start,
                path,
                format!("expected a string, found {}", node.kind()),
            ),
        }
    }

    /// A string or a list of strings.
    fn strings<'n>(&self, node: &'n Node, path: &str) -> Result<Vec<(&'n str, usize)>, Refusal> {
        match &node.value {
            Json::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| {
                    Ok((
                        self.string(item, &format!("{path}[{index}]"))?,
                        item.span.start,
                    ))
                })
                .collect(),
            _ => Ok(vec![(self.string(node, path)?, node.span.start)]),
        }
    }

    fn statement(&self, node: &Node, path: &str) -> Result<Statement, Refusal> {
        let start = node.span.start;
        let Some(members) = node.as_object() else {
            let message = format!("a statement is an object, this is {}", node.kind());
            return self.fail(Fault::Grammar, start, path, message);
        };
        let mut places = Places::default();
        let mut sid = None;
        let mut effect = None;
        let mut principal = None;
        let mut action: Option<(bool, Vec<(&str, usize)>)> = None;
        let mut resource: Option<(bool, Vec<(&str, usize)>)> = None;
        let mut conditions = Vec::new();
        for member in members {
            let here = member_path(path, &member.name);
            let value = &member.node;
            let at = member.name_span.start;
            let twice = |kind: &str| format!("a statement has either `{kind}` or `Not{kind}`");
            match &*member.name {
                "Sid" => {
                    places.sid = value.span.start;
                    sid = Some(self.string(value, &here)?.into());
                }
                "Effect" => effect = Some(self.effect(value, &here)?),
                name @ ("Principal" | "NotPrincipal") => {
                    if !self.kind.has_principal() {
                        let message = format!(
                            "`{name}` does not belong here: the principal is whoever the policy is attached to"
                        );
                        return self.fail(Fault::PrincipalForbidden, at, &here, message);
                    }
                    if principal.is_some() {
                        return self.fail(Fault::Grammar, at, &here, twice("Principal"));
                    }
                    if name == "NotPrincipal" {
                        places.not_principal = Some(at);
                    }
                    principal =
                        Some(self.principal(value, &here, name == "NotPrincipal", &mut places)?);
                }
                name @ ("Action" | "NotAction") => {
                    if action.is_some() {
                        return self.fail(Fault::Grammar, at, &here, twice("Action"));
                    }
                    let list = self.strings(value, &here)?;
                    if list.is_empty() {
                        let fault = if name == "Action" {
                            Fault::NoActions
                        } else {
                            Fault::NoVendor
                        };
                        let message = format!("`{name}` names no action");
                        self.later(Phase::Elements, fault, value.span.start, &here, &message);
                    }
                    action = Some((name == "NotAction", list));
                }
                name @ ("Resource" | "NotResource") => {
                    if resource.is_some() {
                        return self.fail(Fault::Grammar, at, &here, twice("Resource"));
                    }
                    places.prohibited_resource = Some(at);
                    let list = self.strings(value, &here)?;
                    if list.is_empty() {
                        let message = format!("`{name}` names no resource");
                        let at = value.span.start;
                        self.later(Phase::Elements, Fault::NoResources, at, &here, &message);
                    }
                    resource = Some((name == "NotResource", list));
                }
                "Condition" => conditions = self.conditions(value, &here, &mut places)?,
                name => {
                    let message = format!("`{}` is no element of a statement", name.escape_debug());
                    return self.fail(Fault::UnknownField(name.to_owned()), at, &here, message);
                }
            }
        }
        let Some(effect) = effect else {
            let message = "the statement has no `Effect`";
            return self.fail(Fault::MissingField("Effect"), start, path, message);
        };
        if action.is_none() {
            let message = "the statement has no `Action`";
            self.later(Phase::Elements, Fault::NoActions, start, path, message);
        }
        let (not_action, actions) = action.unwrap_or_default();
        if self.kind.has_principal() && principal.is_none() {
            let message = "the statement has no `Principal`";
            return self.fail(Fault::MissingField("Principal"), start, path, message);
        }
        if resource.is_none() && !matches!(self.kind, DocumentKind::Trust | DocumentKind::Resource)
        {
            let message = "the statement has no `Resource`";
            self.later(Phase::Elements, Fault::NoResources, start, path, message);
        }
        let (not_resource, resources) = match resource {
            Some((not, list)) => {
                places.resources = list.iter().map(|(_, at)| *at).collect();
                let completed =
                    matches!(self.kind, DocumentKind::Identity | DocumentKind::Boundary);
                let patterns = list
                    .iter()
                    .map(|(text, _)| Pattern::resource(text, self.variables, completed))
                    .collect();
                (not, Some(patterns))
            }
            None => (false, None),
        };
        places.actions = actions.iter().map(|(_, at)| *at).collect();
        let plain = Syntax {
            wildcards: true,
            variables: false,
            arn: false,
        };
        Ok(Statement {
            sid,
            effect,
            principal,
            not_action,
            actions: actions
                .iter()
                .map(|(text, _)| Pattern::new(&text.to_lowercase(), plain))
                .collect(),
            written_actions: actions.iter().map(|(text, _)| (*text).into()).collect(),
            not_resource,
            resources,
            conditions: conditions.into(),
            places: Box::new(places),
            span: node.span.clone(),
            start: self.ruler.position(node.span.start),
            end: self.ruler.position(node.span.end),
        })
    }

    fn effect(&self, node: &Node, path: &str) -> Result<Effect, Refusal> {
        let text = self.string(node, path)?;
        match text {
            "Allow" => Ok(Effect::Allow),
            "Deny" => Ok(Effect::Deny),
            _ => {
                let message = format!(
                    "`Effect` is `Allow` or `Deny`, in this case, not `{}`",
                    text.escape_debug()
                );
                if !text.eq_ignore_ascii_case("allow") && !text.eq_ignore_ascii_case("deny") {
                    return self.fail(Fault::Grammar, node.span.start, path, message);
                }
                self.later(
                    Phase::Legacy,
                    Fault::Legacy,
                    node.span.start,
                    path,
                    &message,
                );
                Ok(Effect::Deny)
            }
        }
    }

    fn principal(
        &self,
        node: &Node,
        path: &str,
        negated: bool,
        places: &mut Places,
    ) -> Result<PrincipalElement, Refusal> {
        let mut element = PrincipalElement {
            negated,
            entries: Vec::new(),
            written: Vec::new(),
        };
        if node.as_str() == Some("*") {
            element.entries.push(Entry::Everyone);
            element.written.push("*".into());
            return Ok(element);
        }
        let Some(members) = node.as_object().filter(|members| !members.is_empty()) else {
            let message =
                "a principal is `\"*\"` or an object such as `{\"AWS\": \"123456789012\"}`";
            let fault = Fault::Principal {
                kind: "AWS".to_owned(),
                entry: node.as_str().unwrap_or("").to_owned(),
            };
            return self.fail(fault, node.span.start, path, message);
        };
        for member in members {
            let here = member_path(path, &member.name);
            for (text, at) in self.strings(&member.node, &here)? {
                let entry = match &*member.name {
                    "AWS" => Entry::aws(text),
                    "Service" => Some(Entry::Service(text.into())),
                    "Federated" => Some(Entry::Federated(text.into())),
                    "CanonicalUser" => Some(Entry::CanonicalUser(text.into())),
                    other => {
                        let message = format!(
                            "`{}` is no type of principal; expected `AWS`, `Service`, `Federated` or `CanonicalUser`",
                            other.escape_debug()
                        );
                        let fault = Fault::UnknownField(other.to_owned());
                        return self.fail(fault, member.name_span.start, &here, message);
                    }
                };
                let Some(entry) = entry.filter(|_| !text.is_empty()) else {
                    let message = format!("`{}` is no principal", text.escape_debug());
                    let fault = Fault::Principal {
                        kind: member.name.to_string(),
                        entry: text.to_owned(),
                    };
                    return self.fail(fault, at, &here, message);
                };
                places
                    .principals
                    .push((member.name.clone(), text.into(), at));
                element.entries.push(entry);
                element.written.push(text.into());
            }
        }
        if element.entries.is_empty() {
            let message = "the principal names nobody";
            return self.fail(Fault::Grammar, node.span.start, path, message);
        }
        Ok(element)
    }

    fn conditions(
        &self,
        node: &Node,
        path: &str,
        places: &mut Places,
    ) -> Result<Vec<Condition>, Refusal> {
        let mut conditions = Vec::new();
        for Member {
            name,
            name_span,
            node,
        } in self.object(node, path)?
        {
            let here = member_path(path, name);
            let keys = self.object(node, &here)?;
            // AWS accepts any operator over an empty map, which asks nothing.
            if keys.is_empty() {
                continue;
            }
            let Some(operator) = Operator::parse(name) else {
                let message = format!("`{}` is no condition operator", name.escape_debug());
                return self.fail(Fault::Grammar, name_span.start, &here, message);
            };
            for key in keys {
                let here = member_path(&here, &key.name);
                places.keys.push(key.name_span.start);
                conditions.push(Condition {
                    operator: operator.clone(),
                    key: KeyName::new(&key.name),
                    tests: self.tests(&operator, &key.node, &here)?.into(),
                });
            }
        }
        Ok(conditions)
    }

    fn object<'n>(&self, node: &'n Node, path: &str) -> Result<&'n [Member], Refusal> {
        match node.as_object() {
            Some(members) => Ok(members),
            None => self.fail(
                Fault::Grammar,
                node.span.start,
                path,
                format!("expected an object, found {}", node.kind()),
            ),
        }
    }

    /// A value or a list of values; numbers and booleans count as their text.
    fn tests(&self, operator: &Operator, node: &Node, path: &str) -> Result<Vec<Test>, Refusal> {
        let one = std::slice::from_ref(node);
        let values = node.as_array().unwrap_or(one);
        let mut tests = Vec::new();
        for value in values {
            let Some(text) = value.scalar() else {
                let message = format!("expected a value, found {}", value.kind());
                return self.fail(Fault::Grammar, value.span.start, path, message);
            };
            match Test::new(operator, &text, self.variables) {
                Ok(compiled) => tests.push(compiled),
                Err(expected) => {
                    let message = format!(
                        "`{}` wants {expected}, not `{}`",
                        operator.written,
                        text.escape_debug()
                    );
                    if !matches!(operator.comparison, Comparison::Date(_)) {
                        return self.fail(Fault::Grammar, value.span.start, path, message);
                    }
                    self.later(
                        Phase::Legacy,
                        Fault::Legacy,
                        value.span.start,
                        path,
                        &message,
                    );
                }
            }
        }
        Ok(tests)
    }
}
