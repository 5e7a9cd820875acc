//! What is asked: who, which action, on what, and the facts of the request.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::arn::Arn;
use super::resource_control::is_service_linked;

/// More keys than most requests have.
const USUAL: usize = 24;

/// The name of a context key. Names are compared without regard to case.
#[derive(Debug, Clone)]
pub(crate) struct KeyName {
    written: Box<str>,
    /// Of the name in lower case.
    hash: u64,
}

impl PartialEq for KeyName {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.written, other.hash)
    }
}

impl KeyName {
    pub fn new(name: &str) -> Self {
        Self {
            written: name.into(),
            hash: hash(name),
        }
    }

    pub fn as_written(&self) -> &str {
        &self.written
    }

    pub fn lower(&self) -> String {
        self.written.to_lowercase()
    }

    fn is(&self, name: &str, hash: u64) -> bool {
        self.hash == hash && is_same(&self.written, name)
    }
}

/// Whether two names differ by case at most. Most are written alike, which is quickest to see.
fn is_same(a: &str, b: &str) -> bool {
    a == b
        || a.eq_ignore_ascii_case(b)
        || !(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase()
}

/// FNV-1a of a name in lower case: short keys, no attacker to fear (a clash costs one more
/// comparison).
fn hash(name: &str) -> u64 {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    if name.is_ascii() {
        let lower = name.bytes().map(|byte| byte.to_ascii_lowercase());
        return lower.fold(0xcbf2_9ce4_8422_2325, fold);
    }
    name.to_lowercase()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, fold)
}

/// The value of a context key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A single-valued key, such as `aws:username`.
    One(String),
    /// A multivalued key, such as `aws:TagKeys`; it may be empty.
    Many(Vec<String>),
}

impl Value {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => write!(f, "`{value}`"),
            Self::Many(values) if values.is_empty() => f.write_str("an empty list"),
            Self::Many(values) => {
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}`{value}`", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::One(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::One(value)
    }
}

impl From<Vec<String>> for Value {
    fn from(values: Vec<String>) -> Self {
        Self::Many(values)
    }
}

/// Where the keys of a context come from that is made when somebody asks for one: most decisions ask
/// for none.
pub trait Source: fmt::Debug + Send + Sync {
    /// Sets the keys.
    fn fill(&self, context: &mut Context);
}

/// The context keys of a request. A key that is not here is absent.
#[derive(Debug, Clone, Default)]
pub struct Context(Keys);

#[derive(Debug, Clone)]
enum Keys {
    Known(Entries),
    Later(Arc<Later>),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Known(Entries::default())
    }
}

#[derive(Debug)]
struct Later {
    source: Box<dyn Source>,
    known: OnceLock<Entries>,
}

#[derive(Debug, Clone, Default)]
struct Entries {
    entries: Vec<(KeyName, Value)>,
    /// The hashes of the keys, side by side: most conditions ask for a key and find none.
    hashes: Vec<u64>,
}

impl Entries {
    fn with_capacity(keys: usize) -> Self {
        Self {
            entries: Vec::with_capacity(keys),
            hashes: Vec::with_capacity(keys),
        }
    }

    fn insert(&mut self, key: KeyName, value: Value) {
        if let Some(entry) = self.entries.iter_mut().find(|(known, _)| *known == key) {
            entry.1 = value;
        } else {
            self.hashes.push(key.hash);
            self.entries.push((key, value));
        }
    }

    fn remove(&mut self, key: &str) {
        let hash = hash(key);
        self.entries.retain(|(known, _)| !known.is(key, hash));
        self.hashes = self.entries.iter().map(|(known, _)| known.hash).collect();
    }

    fn look_up(&self, key: &str, hash: u64) -> Option<&Value> {
        let mut hashed = self.hashes.iter().zip(&self.entries);
        // Another key may have the same hash, and stand before it.
        let found = hashed.find(|(known, (name, _))| **known == hash && name.is(key, hash));
        found.map(|(_, (_, value))| value)
    }
}

impl Context {
    /// An empty context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A context whose keys are made when the first is asked for.
    #[must_use]
    pub fn later(source: impl Source + 'static) -> Self {
        Self(Keys::Later(Arc::new(Later {
            source: Box::new(source),
            known: OnceLock::new(),
        })))
    }

    fn entries(&self) -> &Entries {
        match &self.0 {
            Keys::Known(entries) => entries,
            Keys::Later(later) => later.known.get_or_init(|| {
                let mut made = Self(Keys::Known(Entries::with_capacity(USUAL)));
                later.source.fill(&mut made);
                match made.0 {
                    Keys::Known(entries) => entries,
                    Keys::Later(_) => made.entries().clone(),
                }
            }),
        }
    }

    /// Changes the keys, which are known from then on.
    fn change(&mut self, change: impl FnOnce(&mut Entries)) {
        match &mut self.0 {
            Keys::Known(entries) => change(entries),
            Keys::Later(_) => {
                let mut entries = self.entries().clone();
                change(&mut entries);
                self.0 = Keys::Known(entries);
            }
        }
    }

    /// Sets a key; a key of the same name in any case is replaced.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) {
        let (key, value) = (KeyName::new(key), value.into());
        self.change(|entries| entries.insert(key, value));
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        self.change(|entries| entries.remove(key));
    }

    /// The value of a key, whatever its case.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries().look_up(key, hash(key))
    }

    /// Keys as given, with their values, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let entries = self.entries().entries.iter();
        entries.map(|(key, value)| (key.as_written(), value))
    }

    pub(crate) fn find(&self, key: &KeyName) -> Option<&Value> {
        self.entries().look_up(&key.written, key.hash)
    }

    /// The first value of a key.
    pub(crate) fn first(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_slice().first().map(String::as_str)
    }

    /// The value of a single-valued key: a multivalued key cannot be used as a policy variable.
    pub(crate) fn single(&self, key: &KeyName) -> Option<&str> {
        match self.find(key)? {
            Value::One(value) => Some(value),
            Value::Many(_) => None,
        }
    }
}

impl<K: AsRef<str>, V: Into<Value>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut context = Self::new();
        for (key, value) in entries {
            context.insert(key.as_ref(), value);
        }
        context
    }
}

/// What kind of caller asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An IAM user; also a session of `GetSessionToken`, which has the user's own permissions.
    User,
    /// The root user of an account.
    Root,
    /// A session of a role, or the role itself where a simulation names one.
    Role,
    /// A session of `GetFederationToken`.
    FederatedUser,
    /// An AWS service, such as `sns.amazonaws.com`.
    Service,
    /// Somebody who is signed in at an identity provider and has no AWS credentials yet.
    Identity,
    /// Nobody: the request is not signed.
    Anonymous,
}

/// Who asks. A copy costs little.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    kind: PrincipalKind,
    names: Arc<Names>,
}

/// What a caller is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Names {
    arn: String,
    account: Option<String>,
    issuer: Option<String>,
    unique_id: Option<String>,
    canonical_user: Option<String>,
}

impl Principal {
    fn new(kind: PrincipalKind, arn: &str, account: Option<&str>) -> Self {
        Self {
            kind,
            names: Arc::new(Names {
                arn: arn.to_owned(),
                account: account.map(str::to_owned),
                issuer: None,
                unique_id: None,
                canonical_user: None,
            }),
        }
    }

    fn names(&mut self) -> &mut Names {
        Arc::make_mut(&mut self.names)
    }

    /// A caller from an ARN: a user, an account's root, an assumed-role session, a role, or a
    /// federated-user session. `None` when the ARN names none of these.
    #[must_use]
    pub fn from_arn(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let account = Some(arn.account).filter(|account| !account.is_empty())?;
        let kind = match (arn.service, arn.kind()) {
            ("iam", "root") if arn.resource == "root" => PrincipalKind::Root,
            ("iam", "user") => PrincipalKind::User,
            ("iam", "role") | ("sts", "assumed-role") => PrincipalKind::Role,
            ("sts", "federated-user") => PrincipalKind::FederatedUser,
            _ => return None,
        };
        if kind != PrincipalKind::Root && arn.path_and_name().is_empty() {
            return None;
        }
        let mut principal = Self::new(kind, text, Some(account));
        if kind == PrincipalKind::Role {
            principal.names().issuer = Some(if arn.service == "iam" {
                text.to_owned()
            } else {
                let role = arn.path_and_name().split('/').next().unwrap_or("");
                format!("arn:{}:iam::{account}:role/{role}", arn.partition)
            });
        }
        Some(principal)
    }

    /// An AWS service by its principal name, such as `sns.amazonaws.com`.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self::new(PrincipalKind::Service, name, None)
    }

    /// Somebody signed in at an identity provider, such as `accounts.google.com` or the ARN of a
    /// SAML or OIDC provider.
    #[must_use]
    pub fn identity(provider: &str) -> Self {
        Self::new(PrincipalKind::Identity, provider, None)
    }

    /// A caller whose request is not signed.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(PrincipalKind::Anonymous, "anonymous", None)
    }

    /// Names the role (its path counts) or the user behind a session.
    #[must_use]
    pub fn issued_by(mut self, arn: &str) -> Self {
        self.names().issuer = Some(arn.to_owned());
        self
    }

    /// Gives the unique id of the user or role: `AIDA…` or `AROA…`.
    #[must_use]
    pub fn with_unique_id(mut self, id: &str) -> Self {
        self.names().unique_id = Some(id.to_owned());
        self
    }

    /// Gives the S3 canonical user id of the caller's account.
    #[must_use]
    pub fn with_canonical_user(mut self, id: &str) -> Self {
        self.names().canonical_user = Some(id.to_owned());
        self
    }

    /// What kind of caller.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// ARN of the caller; for a service its name, for an identity its provider.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.names.arn
    }

    /// Account of the caller.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.names.account.as_deref()
    }

    /// ARN of the role or user behind a session.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.names.issuer.as_deref()
    }

    /// `AIDA…` or `AROA…`.
    #[must_use]
    pub fn unique_id(&self) -> Option<&str> {
        self.names.unique_id.as_deref()
    }

    /// S3 canonical user id of the caller's account.
    #[must_use]
    pub fn canonical_user(&self) -> Option<&str> {
        self.names.canonical_user.as_deref()
    }

    /// The ARN that lasts: the role of a session, otherwise the caller's own.
    #[must_use]
    pub fn lasting_arn(&self) -> &str {
        match self.kind {
            PrincipalKind::Role => self.issuer().unwrap_or(self.arn()),
            _ => self.arn(),
        }
    }

    /// A service-linked role: neither SCPs nor RCPs limit it.
    pub(crate) fn is_service_linked(&self) -> bool {
        self.kind == PrincipalKind::Role && self.issuer().is_some_and(is_service_linked)
    }

    /// The root user, or a federated session of it.
    pub(crate) fn is_root(&self) -> bool {
        self.kind == PrincipalKind::Root
            || self.kind == PrincipalKind::FederatedUser
                && self.issuer().is_some_and(|arn| arn.ends_with(":root"))
    }
}

/// One authorization request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    action: Cow<'static, str>,
    action_lower: String,
    /// ARN of the resource, or `*`.
    pub resource: String,
    /// Account that owns the resource; `None` counts as the caller's own.
    pub resource_account: Option<String>,
    /// The facts of the request.
    pub context: Context,
}

impl Request {
    /// A request. The resource's account is read from its ARN where the ARN has one.
    #[must_use]
    pub fn new(principal: Principal, action: &str, resource: &str, context: Context) -> Self {
        let resource_account = Arn::parse(resource)
            .map(|arn| arn.account)
            .filter(|account| !account.is_empty() && account.bytes().all(|b| b.is_ascii_digit()))
            .map(str::to_owned);
        Self {
            principal,
            action: Cow::Owned(action.to_owned()),
            action_lower: action.to_lowercase(),
            resource: resource.to_owned(),
            resource_account,
            context,
        }
    }

    /// The same of parts that need no copy, and of a resource whose owner is known.
    #[must_use]
    pub fn of(
        principal: Principal,
        action: Cow<'static, str>,
        resource: String,
        owner: String,
        context: Context,
    ) -> Self {
        Self {
            principal,
            action_lower: action.to_lowercase(),
            action,
            resource,
            resource_account: Some(owner),
            context,
        }
    }

    /// Names the account that owns the resource, for ARNs that do not (S3 buckets).
    #[must_use]
    pub fn owned_by(mut self, account: &str) -> Self {
        self.resource_account = Some(account.to_owned());
        self
    }

    /// The action, such as `s3:GetObject`.
    #[must_use]
    pub fn action(&self) -> &str {
        &self.action
    }

    pub(crate) fn action_lower(&self) -> &str {
        &self.action_lower
    }

    /// The service prefix of the action, in lower case.
    #[must_use]
    pub fn service(&self) -> &str {
        self.action_lower.split(':').next().unwrap_or("")
    }

    /// Whether a role's trust policy answers: the `AssumeRole` calls, and tagging and naming the
    /// session that they make.
    #[must_use]
    pub fn is_about_role_session(&self) -> bool {
        matches!(
            self.action_lower(),
            "sts:assumerole"
                | "sts:assumerolewithsaml"
                | "sts:assumerolewithwebidentity"
                | "sts:tagsession"
                | "sts:setsourceidentity"
        ) && self.resource.contains(":role/")
    }

    /// Whether a KMS key is asked for: every key has a policy, and it must allow (KMS Developer Guide,
    /// "Key policies in AWS KMS").
    pub(crate) fn is_about_key(&self) -> bool {
        self.action_lower.starts_with("kms:") && self.resource.contains(":key/")
    }

    /// Whether caller and resource belong to two accounts. What is AWS's own, such as the managed
    /// policies of `arn:aws:iam::aws:policy/…`, is in no account.
    #[must_use]
    pub fn is_cross_account(&self) -> bool {
        match (self.principal.account(), self.resource_account.as_deref()) {
            (Some(caller), Some(owner)) => {
                caller != owner && owner.bytes().all(|byte| byte.is_ascii_digit())
            }
            _ => false,
        }
    }
}
