//! Authorization requests written down: the input of `rolecall explain`.
//!
//! One request, a list of them, or an object with a list under `cases` (and, if you like, anything
//! under `meta`). A request is an object:
//!
//! | field | what |
//! |---|---|
//! | `principal` | ARN of the caller (user, role session, role, federated user, account root), a service such as `sns.amazonaws.com`, `anonymous`, `web-identity` or `saml` |
//! | `account` | account of the caller; checked against the ARN; `null` for callers without one |
//! | `session_of` | ARN of the role or user behind a session; a role's path counts. Without it the role is taken from `aws:PrincipalArn` |
//! | `principal_unique_id` | `AIDA…` or `AROA…` |
//! | `federated_provider` | for `web-identity` and `saml`: name or ARN of the provider |
//! | `action`, `resource` | what is asked: `s3:GetObject`, an ARN or `*` |
//! | `resource_account` | account that owns the resource, where its ARN does not say |
//! | `context` | every context key of the request; a value is a text or a list of texts |
//! | `identity_policies` | policies of the user (its groups too) or of the role |
//! | `resource_policy` | policy of the resource, or `null` |
//! | `resource_policy_kind` | `trust`, `bucket` or `resource`; otherwise seen from the action. A role always has a trust policy: `null` of kind `trust` allows nobody |
//! | `boundary` | permissions boundary, or `null` |
//! | `session_policies` | policies passed when the session was made |
//! | `scps`, `rcps` | levels of the organization, each a list of policies; `[]` is no organization |
//! | `management_account` | `true`: the caller's account is the management account, which SCPs do not limit, nor RCPs its resources |
//! | `id`, `expected`, `why`, `source`, `category` | a name, `allow`, `implicit_deny` or `explicit_deny`, and remarks; all optional |
//!
//! Wherever a policy stands it may also be `{"name": …, "arn": …, "holder": …, "document": …}`, to
//! give it the name it is shown by. Fields that are not in this list are refused.

use std::sync::Arc;

use super::arn::Arn;
use super::document::{Document, DocumentKind, member_path};
use super::evaluate::{Policies, Policy};
use super::explanation::Verdict;
use super::json::{self, Json, Member, Node, Position, Ruler};
use super::refusal::Finding;
use super::request::{Context, Principal, PrincipalKind, Request, Value};

/// One request read from a file, with what it is expected to give.
#[derive(Debug, Clone)]
pub struct Case {
    /// `id`, or its number from 1.
    pub id: String,
    /// Where it stands in the file.
    pub position: Position,
    /// The request.
    pub request: Request,
    /// The policies that bear on it.
    pub policies: Policies,
    /// `expected`.
    pub expected: Option<Verdict>,
    /// `why`.
    pub why: Option<String>,
    /// `source`.
    pub source: Option<String>,
    /// `category`.
    pub category: Option<String>,
}

impl Case {
    /// Reads every request of a text.
    ///
    /// # Errors
    /// The first thing that is not understood, with its place in the text.
    pub fn read_all(text: &str) -> Result<Vec<Self>, Finding> {
        Self::read_each(text)?.into_iter().collect()
    }

    /// Reads every request of a text, each for itself: what is wrong with one does not keep the
    /// others from being decided.
    ///
    /// # Errors
    /// What keeps the text from being read as requests at all, with its place; for each request the
    /// first thing that is not understood.
    pub fn read_each(text: &str) -> Result<Vec<Result<Self, Finding>>, Finding> {
        let text: Arc<str> = text.into();
        let node = json::read(&text).map_err(|error| Finding {
            path: "$".to_owned(),
            position: Position::of(&text, error.offset),
            message: format!("not JSON: {}", error.message),
        })?;
        let reader = Reader {
            text: &text,
            ruler: Ruler::new(&text),
        };
        let (items, path) = match &node.value {
            Json::Array(items) => (items.as_slice(), "$".to_owned()),
            Json::Object(members) if node.get("cases").is_some() => {
                for member in members {
                    if !matches!(&*member.name, "cases" | "meta") {
                        return reader.unknown(member, "$", "`cases` and `meta`");
                    }
                }
                let cases = node.get("cases").unwrap_or(&node);
                match cases.as_array() {
                    Some(items) => (items, "$.cases".to_owned()),
                    None => return reader.fail(cases, "$.cases", "expected a list of requests"),
                }
            }
            _ => return Ok(vec![reader.case(&node, "$", 1)]),
        };
        let each = |(index, item)| reader.case(item, &format!("{path}[{index}]"), index + 1);
        Ok(items.iter().enumerate().map(each).collect())
    }
}

struct Reader<'a> {
    text: &'a Arc<str>,
    ruler: Ruler<'a>,
}

/// The fields of a request.
const FIELDS: [&str; 22] = [
    "id",
    "category",
    "source",
    "why",
    "expected",
    "principal",
    "account",
    "session_of",
    "principal_unique_id",
    "federated_provider",
    "action",
    "resource",
    "resource_account",
    "context",
    "identity_policies",
    "resource_policy",
    "resource_policy_kind",
    "boundary",
    "session_policies",
    "scps",
    "rcps",
    "management_account",
];

impl Reader<'_> {
    fn fail<T>(&self, node: &Node, path: &str, message: impl Into<String>) -> Result<T, Finding> {
        Err(Finding {
            path: path.to_owned(),
            position: self.ruler.position(node.span.start),
            message: message.into(),
        })
    }

    /// A fault of one of a request's fields, at its value.
    fn fail_in<T>(
        &self,
        node: &Node,
        path: &str,
        name: &str,
        message: impl Into<String>,
    ) -> Result<T, Finding> {
        let at = node.get(name).unwrap_or(node);
        self.fail(at, &member_path(path, name), message)
    }

    fn unknown<T>(&self, member: &Member, path: &str, known: &str) -> Result<T, Finding> {
        Err(Finding {
            path: member_path(path, &member.name),
            position: self.ruler.position(member.name_span.start),
            message: format!(
                "unknown field `{}`; known are {known}",
                member.name.escape_debug()
            ),
        })
    }

    /// A member that is neither absent nor `null`.
    fn given<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
        node.get(name).filter(|node| node.value != Json::Null)
    }

    fn text<'n>(&self, node: &'n Node, path: &str, name: &str) -> Result<Option<&'n str>, Finding> {
        match Self::given(node, name) {
            None => Ok(None),
            Some(value) => {
                if let Some(text) = value.as_str() {
                    return Ok(Some(text));
                }
                let message = format!("`{name}` is a string, found {}", value.kind());
                self.fail(value, &member_path(path, name), message)
            }
        }
    }

    fn needed<'n>(&self, node: &'n Node, path: &str, name: &str) -> Result<&'n str, Finding> {
        match self.text(node, path, name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => self.fail(node, path, format!("the request has no `{name}`")),
        }
    }

    fn case(&self, node: &Node, path: &str, number: usize) -> Result<Case, Finding> {
        let Some(members) = node.as_object() else {
            return self.fail(
                node,
                path,
                format!("a request is an object, this is {}", node.kind()),
            );
        };
        for member in members {
            if !FIELDS.contains(&&*member.name) {
                return self.unknown(member, path, &known_fields());
            }
        }
        let action = self.needed(node, path, "action")?;
        if !is_action(action) {
            let message =
                format!("`{action}` is no action; a request asks for one, such as `s3:GetObject`");
            return self.fail_in(node, path, "action", message);
        }
        let resource = self.needed(node, path, "resource")?;
        if resource != "*" && Arn::parse(resource).is_none() {
            let message = format!("`{resource}` is neither an ARN nor `*`");
            return self.fail_in(node, path, "resource", message);
        }
        let mut principal = self.principal(node, path)?;
        let context = self.context(node, path)?;
        if let Some(role) = context.first("aws:principalarn")
            && Self::given(node, "session_of").is_none()
            && is_role_behind(role, &principal)
        {
            principal = principal.issued_by(role);
        }
        let mut request = Request::new(principal, action, resource, context);
        if let Some(account) = self.text(node, path, "resource_account")? {
            let digits = account.bytes().all(|byte| byte.is_ascii_digit());
            if !(account.len() == 12 && digits || account == "aws") {
                let message = format!(
                    "`resource_account` is an account of 12 digits, or `aws` for what is AWS's own, not `{account}`"
                );
                return self.fail_in(node, path, "resource_account", message);
            }
            request = request.owned_by(account);
        }
        let expected = match self.text(node, path, "expected")? {
            None => None,
            Some("allow") => Some(Verdict::Allow),
            Some("implicit_deny") => Some(Verdict::ImplicitDeny),
            Some("explicit_deny") => Some(Verdict::ExplicitDeny),
            Some(other) => {
                let message = format!(
                    "`expected` is `allow`, `implicit_deny` or `explicit_deny`, not `{other}`"
                );
                return self.fail_in(node, path, "expected", message);
            }
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Case {
            id: owned(self.text(node, path, "id")?).unwrap_or_else(|| number.to_string()),
            position: self.ruler.position(node.span.start),
            policies: self.policies(node, path, &request)?,
            request,
            expected,
            why: owned(self.text(node, path, "why")?),
            source: owned(self.text(node, path, "source")?),
            category: owned(self.text(node, path, "category")?),
        })
    }

    fn principal(&self, node: &Node, path: &str) -> Result<Principal, Finding> {
        let text = self.needed(node, path, "principal")?;
        let provider = self.text(node, path, "federated_provider")?;
        let signs_in = matches!(text, "web-identity" | "saml");
        if provider.is_some() && !signs_in {
            let message = "`federated_provider` goes with the principal `web-identity` or `saml`";
            return self.fail_in(node, path, "federated_provider", message);
        }
        let mut principal = match text {
            "anonymous" => Principal::anonymous(),
            _ if signs_in => {
                let Some(provider) = provider else {
                    let message = format!("`{text}` needs `federated_provider`");
                    return self.fail_in(node, path, "principal", message);
                };
                Principal::identity(provider)
            }
            _ if text.starts_with("arn:") => {
                let Some(principal) = Principal::from_arn(text) else {
                    let message = format!(
                        "`{text}` is not the ARN of a user, role, role session, federated user or account root"
                    );
                    return self.fail_in(node, path, "principal", message);
                };
                principal
            }
            _ if text.contains('.') && !text.contains(char::is_whitespace) => {
                Principal::service(text)
            }
            _ => {
                let message = format!("`{text}` is no principal");
                return self.fail_in(node, path, "principal", message);
            }
        };
        if let Some(given) = self.text(node, path, "account")?
            && Some(given) != principal.account()
        {
            let message = match principal.account() {
                Some(account) => {
                    format!("`account` is `{given}`, the principal's ARN says `{account}`")
                }
                None => format!("`account` is `{given}`, but `{text}` belongs to no account"),
            };
            return self.fail_in(node, path, "account", message);
        }
        if let Some(issuer) = self.text(node, path, "session_of")? {
            if Principal::from_arn(issuer).is_none() {
                let message =
                    format!("`{issuer}` is not the ARN of a role, a user or an account root");
                return self.fail_in(node, path, "session_of", message);
            }
            principal = principal.issued_by(issuer);
        }
        if let Some(id) = self.text(node, path, "principal_unique_id")? {
            principal = principal.with_unique_id(id);
        }
        Ok(principal)
    }

    fn context(&self, node: &Node, path: &str) -> Result<Context, Finding> {
        let mut context = Context::new();
        let Some(given) = Self::given(node, "context") else {
            return Ok(context);
        };
        let path = member_path(path, "context");
        let Some(members) = given.as_object() else {
            return self.fail(given, &path, "`context` is an object of keys and values");
        };
        for member in members {
            let here = member_path(&path, &member.name);
            let value = match member.node.as_array() {
                Some(items) => {
                    let texts: Option<Vec<String>> = items
                        .iter()
                        .map(|item| item.scalar().map(Into::into))
                        .collect();
                    texts.map(Value::Many)
                }
                None => member.node.scalar().map(|text| Value::One(text.into())),
            };
            let Some(value) = value else {
                let message = format!(
                    "a context value is a text or a list of texts, found {}",
                    member.node.kind()
                );
                return self.fail(&member.node, &here, message);
            };
            if context.get(&member.name).is_some() {
                let message = "the context key is given twice (its case does not count)";
                return self.fail(&member.node, &here, message);
            }
            context.insert(&member.name, value);
        }
        Ok(context)
    }

    fn policies(&self, node: &Node, path: &str, request: &Request) -> Result<Policies, Finding> {
        let list = |name: &str, kind, called: &str| match Self::given(node, name) {
            None => Ok(Vec::new()),
            Some(list) => self.list(list, &member_path(path, name), kind, called),
        };
        let levels = |name: &str, kind, called: &str| {
            let Some(levels) = Self::given(node, name) else {
                return Ok(Vec::new());
            };
            let path = member_path(path, name);
            let Some(items) = levels.as_array() else {
                return self.fail(levels, &path, format!("`{name}` is a list of levels"));
            };
            let level = |(index, item): (usize, &Node)| {
                let called = format!("level {} {called}", index + 1);
                self.list(item, &format!("{path}[{index}]"), kind, &called)
            };
            items.iter().enumerate().map(level).collect()
        };
        let one = |name: &str, kind, called: &str| {
            Self::given(node, name)
                .map(|policy| {
                    self.policy(policy, &member_path(path, name), kind, called.to_owned())
                })
                .transpose()
        };
        let kind = self.resource_kind(node, path, request)?;
        let called = if kind == DocumentKind::Trust {
            "trust policy"
        } else {
            "resource policy"
        };
        let management_account = match Self::given(node, "management_account") {
            None => false,
            Some(Node {
                value: Json::Bool(yes),
                ..
            }) => *yes,
            Some(other) => {
                let path = member_path(path, "management_account");
                return self.fail(other, &path, "`management_account` is `true` or `false`");
            }
        };
        Ok(Policies {
            identity: list(
                "identity_policies",
                DocumentKind::Identity,
                "identity policy",
            )?
            .into(),
            resource: one("resource_policy", kind, called)?,
            trust_needed: Self::given(node, "resource_policy_kind").is_some()
                && kind == DocumentKind::Trust,
            boundary: one("boundary", DocumentKind::Boundary, "permissions boundary")?,
            session: list("session_policies", DocumentKind::Session, "session policy")?,
            service_control: levels("scps", DocumentKind::ServiceControl, "SCP")?,
            resource_control: levels("rcps", DocumentKind::ResourceControl, "RCP")?,
            management_account,
        })
    }

    fn resource_kind(
        &self,
        node: &Node,
        path: &str,
        request: &Request,
    ) -> Result<DocumentKind, Finding> {
        match self.text(node, path, "resource_policy_kind")? {
            Some("trust") => Ok(DocumentKind::Trust),
            Some("bucket") => Ok(DocumentKind::Bucket),
            Some("resource") => Ok(DocumentKind::Resource),
            Some(other) => {
                let message = format!(
                    "`resource_policy_kind` is `trust`, `bucket` or `resource`, not `{other}`"
                );
                self.fail_in(node, path, "resource_policy_kind", message)
            }
            None if request.is_about_role_session() => Ok(DocumentKind::Trust),
            None if request.service() == "s3" => Ok(DocumentKind::Bucket),
            None => Ok(DocumentKind::Resource),
        }
    }

    fn list(
        &self,
        node: &Node,
        path: &str,
        kind: DocumentKind,
        called: &str,
    ) -> Result<Vec<Policy>, Finding> {
        let Some(items) = node.as_array() else {
            return self.fail(
                node,
                path,
                format!("expected a list of policies, found {}", node.kind()),
            );
        };
        let each = |(index, item): (usize, &Node)| {
            let called = format!("{called} {}", index + 1);
            self.policy(item, &format!("{path}[{index}]"), kind, called)
        };
        items.iter().enumerate().map(each).collect()
    }

    /// A document, or a document with its name.
    fn policy(
        &self,
        node: &Node,
        path: &str,
        kind: DocumentKind,
        called: String,
    ) -> Result<Policy, Finding> {
        let Some(inner) = node.get("document") else {
            let document = Document::from_node(self.text, &self.ruler, node, path, kind);
            return Ok(Policy::new(
                called,
                document.map_err(|refusal| refusal.finding)?,
            ));
        };
        for member in node.as_object().unwrap_or_default() {
            if !matches!(&*member.name, "name" | "arn" | "holder" | "document") {
                return self.unknown(member, path, "`name`, `arn`, `holder` and `document`");
            }
        }
        let here = member_path(path, "document");
        let document = Document::from_node(self.text, &self.ruler, inner, &here, kind);
        let name = self.text(node, path, "name")?.map_or(called, str::to_owned);
        let mut policy = Policy::new(name, document.map_err(|refusal| refusal.finding)?);
        policy.arn = self.text(node, path, "arn")?.map(str::to_owned);
        policy.holder = self.text(node, path, "holder")?.map(str::to_owned);
        Ok(policy)
    }
}

/// One action of a service, without wildcards.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
        && !text.contains(['*', '?'])
}

/// The ARN of a session has the role's name and not its path; `aws:PrincipalArn` has both.
fn is_role_behind(arn: &str, session: &Principal) -> bool {
    let known = session.issuer().and_then(Arn::parse);
    match (known, Arn::parse(arn)) {
        (Some(known), Some(arn)) => {
            session.kind() == PrincipalKind::Role
                && arn.service == "iam"
                && arn.kind() == "role"
                && (arn.account, arn.name()) == (known.account, known.name())
        }
        _ => false,
    }
}

fn known_fields() -> String {
    let mut fields: Vec<String> = FIELDS.iter().map(|field| format!("`{field}`")).collect();
    fields.sort();
    fields.join(", ")
}
