//! The entities of one account.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::tags::Tags;
use crate::policy::Policy;
use crate::sandbox::caller::{Caller, Identity};
use crate::sandbox::policies::PolicyText;
use crate::sandbox::shelf::Shelf;
use crate::secret::Secret;

/// Names are unique ignoring case, and are looked up so (IAM User Guide, "IAM identifiers").
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The name as it is compared.
    #[must_use]
    pub fn new(name: &str) -> Self {
        // Names are ASCII, but for those that are asked for and cannot be there.
        Self(if name.is_ascii() {
            name.to_ascii_lowercase()
        } else {
            name.to_lowercase()
        })
    }

    /// The name as it is compared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Entities by name.
pub type ByName<T> = Shelf<Name, T>;

/// Status of an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStatus {
    /// `Active`.
    Active,
    /// `Inactive`.
    Inactive,
}

impl KeyStatus {
    /// As AWS writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

/// A long-term access key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA…`.
    pub id: String,
    /// The secret.
    pub secret: Secret,
    /// Status.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Timestamp,
    /// Whom it stood for when it was first used.
    #[serde(skip)]
    pub caller: OnceLock<Arc<Caller>>,
}

/// The policies of a user, group or role.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Grants {
    /// Inline policies by name.
    pub inline: BTreeMap<String, Arc<PolicyText>>,
    /// ARNs of attached managed policies, in the order of attachment.
    pub attached: Vec<String>,
}

/// A password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoginProfile {
    /// The password.
    pub password: Secret,
    /// When it was made.
    pub created: Timestamp,
    /// It has to be changed at the next sign-in.
    pub reset_required: bool,
}

/// A credential of a user that is neither an access key nor the password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// `APKA…`, `ACCA…`, or the id of a certificate.
    pub id: String,
    /// Status.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Timestamp,
    /// What it is.
    pub held: Held,
}

/// What such a credential is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Held {
    /// An SSH public key.
    SshKey {
        /// As it was uploaded.
        body: String,
    },
    /// A signing certificate.
    Certificate {
        /// In PEM, as it was uploaded.
        body: String,
    },
    /// A password for one service.
    Service {
        /// Principal of the service.
        service: String,
        /// The name that goes with the password.
        alias: String,
        /// The password.
        password: Secret,
    },
}

/// A user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `AIDA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
    /// Policies.
    pub grants: Grants,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Access keys, oldest first.
    pub access_keys: Vec<AccessKey>,
    /// Groups.
    pub groups: BTreeSet<Name>,
    /// Password.
    pub login: Option<LoginProfile>,
    /// Serial numbers of MFA devices.
    pub mfa: Vec<String>,
    /// SSH keys, certificates and service-specific credentials, oldest first.
    #[serde(default)]
    pub credentials: Vec<Credential>,
}

impl User {
    /// A user that can do nothing.
    #[must_use]
    pub fn new(account: &str, path: &str, name: &str, id: String, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            id,
            arn: format!("arn:aws:iam::{account}:user{path}{name}"),
            created,
            tags: Tags::default(),
            grants: Grants::default(),
            boundary: None,
            access_keys: Vec::new(),
            groups: BTreeSet::new(),
            login: None,
            mfa: Vec::new(),
            credentials: Vec::new(),
        }
    }

    /// The user as a caller.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::User {
            name: self.name.clone(),
            id: self.id.clone(),
            arn: self.arn.clone(),
        }
    }

    /// Whether a caller is this user, by the name that it has now.
    #[must_use]
    pub fn is(&self, identity: &Identity) -> bool {
        matches!(identity, Identity::User { name, id, arn }
            if *name == self.name && *id == self.id && *arn == self.arn)
    }
}

/// A group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `AGPA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was made.
    pub created: Timestamp,
    /// Policies.
    pub grants: Grants,
    /// Users.
    pub members: BTreeSet<Name>,
}

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `AROA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was made.
    pub created: Timestamp,
    /// Description.
    pub description: Option<String>,
    /// Longest session, in seconds.
    pub max_session: i64,
    /// Trust policy.
    pub trust: Arc<PolicyText>,
    /// Tags.
    pub tags: Tags,
    /// Policies.
    pub grants: Grants,
    /// ARN of the permissions boundary.
    pub boundary: Option<String>,
}

/// A version of a customer managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    /// `v1`.
    pub id: String,
    /// The document.
    pub document: Arc<PolicyText>,
    /// When it was made.
    pub created: Timestamp,
}

/// A managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `ANPA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// Description.
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When a version was last added or made default.
    pub updated: Timestamp,
    /// Versions, oldest first.
    pub versions: Vec<Version>,
    /// Id of the default version.
    pub default: String,
    /// Number of the next version.
    pub next: u32,
    /// Tags; their keys are case-sensitive.
    pub tags: Tags,
}

impl ManagedPolicy {
    /// The default version's document.
    #[must_use]
    pub fn document(&self) -> Option<&Arc<PolicyText>> {
        self.versions
            .iter()
            .find(|version| version.id == self.default)
            .map(|version| &version.document)
    }
}

/// An instance profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `AIPA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was made.
    pub created: Timestamp,
    /// The role in it; AWS allows one.
    pub role: Option<Name>,
    /// Tags.
    pub tags: Tags,
}

/// A virtual MFA device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MfaDevice {
    /// ARN.
    pub serial: String,
    /// Base32 seed.
    pub seed: Secret,
    /// When it was given to its user.
    pub enabled: Option<Timestamp>,
    /// The user, `None` while it is not enabled. Root has an empty name.
    pub user: Option<Name>,
    /// Number of the last time step whose code was used: a code works once.
    pub last_step: i64,
    /// Tags.
    pub tags: Tags,
}

/// An OpenID Connect identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OidcProvider {
    /// ARN.
    pub arn: String,
    /// URL without `https://`.
    pub url: String,
    /// Audiences.
    pub clients: Vec<String>,
    /// Thumbprints of certificates.
    pub thumbprints: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

/// A server certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerCertificate {
    /// Name, in the case in which it was given.
    pub name: String,
    /// Path.
    pub path: String,
    /// `ASCA…`.
    pub id: String,
    /// ARN.
    pub arn: String,
    /// When it was uploaded.
    pub created: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// In PEM. The private key is not kept: nothing here serves with it.
    pub body: String,
    /// The chain in PEM.
    pub chain: Option<String>,
    /// Tags.
    pub tags: Tags,
}

/// A SAML identity provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SamlProvider {
    /// ARN.
    pub arn: String,
    /// Unique id.
    pub id: String,
    /// Its metadata.
    pub document: String,
    /// Until when the metadata hold.
    pub until: Timestamp,
    /// When it was made.
    pub created: Timestamp,
    /// Tags.
    pub tags: Tags,
}

/// One account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// 12 digits.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// Alias.
    pub alias: Option<String>,
    /// Access keys of the root user.
    pub root_keys: Vec<AccessKey>,
    /// Users.
    pub users: ByName<User>,
    /// Groups.
    pub groups: ByName<Group>,
    /// Roles.
    pub roles: ByName<Role>,
    /// Customer managed policies.
    pub policies: ByName<ManagedPolicy>,
    /// Instance profiles.
    pub profiles: ByName<InstanceProfile>,
    /// Virtual MFA devices by serial number.
    pub mfa: BTreeMap<String, MfaDevice>,
    /// OpenID Connect providers by ARN.
    pub oidc: BTreeMap<String, OidcProvider>,
    /// Password policy: the members of UpdateAccountPasswordPolicy as they were given.
    pub password_policy: Option<serde_json::Map<String, serde_json::Value>>,
    /// When the credential report was made, and its text.
    pub report: Option<(Timestamp, String)>,
    /// Server certificates.
    #[serde(default)]
    pub server_certificates: ByName<ServerCertificate>,
    /// SAML providers by ARN.
    #[serde(default)]
    pub saml: BTreeMap<String, SamlProvider>,
    /// Tasks of the deletions of service-linked roles.
    #[serde(default)]
    pub deletions: BTreeSet<String>,
    /// What is gathered from the above.
    #[serde(skip)]
    pub(in crate::sandbox) gathered: Gathered,
}

/// What was gathered from an account, until it is changed. A copy of the account begins anew.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Gathered {
    /// The policies of users and roles, by their ids.
    policies: Mutex<HashMap<String, GatheredPolicies>>,
    /// How often each managed policy is attached, and how often it is a boundary.
    uses: OnceLock<HashMap<String, (usize, usize)>>,
}

/// The policies of a user or role.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct GatheredPolicies {
    /// The identity-based ones.
    pub identity: Arc<Vec<Policy>>,
    /// The permissions boundary.
    pub boundary: Option<Policy>,
}

/// Users and roles whose policies are kept at hand.
const GATHERED: usize = 1_024;

impl Clone for Gathered {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Gathered {
    /// The policies of a user or role.
    pub fn policies(
        &self,
        id: &str,
        gather: impl FnOnce() -> GatheredPolicies,
    ) -> GatheredPolicies {
        let mut known = self.policies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(id) {
            return found.clone();
        }
        if known.len() >= GATHERED {
            known.clear();
        }
        let policies = gather();
        known.insert(id.to_owned(), policies.clone());
        policies
    }
}

impl Account {
    /// An account with nobody in it but root.
    #[must_use]
    pub fn new(id: &str, created: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            created,
            alias: None,
            root_keys: Vec::new(),
            users: ByName::new(),
            groups: ByName::new(),
            roles: ByName::new(),
            policies: ByName::new(),
            profiles: ByName::new(),
            mfa: BTreeMap::new(),
            oidc: BTreeMap::new(),
            password_policy: None,
            report: None,
            server_certificates: ByName::new(),
            saml: BTreeMap::new(),
            deletions: BTreeSet::new(),
            gathered: Gathered::default(),
        }
    }

    /// The user of that name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(&Name::new(name))
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(&Name::new(name))
    }

    /// The role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(&Name::new(name))
    }

    /// The role of that ARN; its case counts here.
    #[must_use]
    pub fn role_by_arn(&self, arn: &str) -> Option<&Role> {
        let name = arn.rsplit('/').next()?;
        self.role(name).filter(|role| role.arn == arn)
    }

    /// The customer managed policy of that ARN.
    #[must_use]
    pub fn policy(&self, arn: &str) -> Option<&ManagedPolicy> {
        let name = arn.rsplit('/').next()?;
        self.policies
            .get(&Name::new(name))
            .filter(|policy| policy.arn == arn)
    }

    /// The customer managed policy of that ARN, to change it.
    pub fn policy_mut(&mut self, arn: &str) -> Option<&mut ManagedPolicy> {
        let name = arn.rsplit('/').next()?;
        self.policies
            .get_mut(&Name::new(name))
            .filter(|policy| policy.arn == arn)
    }

    /// Adds a user.
    pub fn insert_user(&mut self, user: User) {
        self.users.insert(Name::new(&user.name), user);
    }

    /// How often a managed policy is attached to users, groups and roles, and how often it is their
    /// boundary.
    #[must_use]
    pub fn policy_uses(&self, arn: &str) -> (usize, usize) {
        let known = self.gathered.uses.get_or_init(|| self.all_uses());
        known.get(arn).copied().unwrap_or_default()
    }

    fn all_uses(&self) -> HashMap<String, (usize, usize)> {
        let mut uses: HashMap<String, (usize, usize)> = HashMap::new();
        let mut note = |arn: &str, attached: usize, boundary: usize| match uses.get_mut(arn) {
            Some(known) => *known = (known.0 + attached, known.1 + boundary),
            None => {
                uses.insert(arn.to_owned(), (attached, boundary));
            }
        };
        let users = self
            .users
            .values()
            .map(|user| (&user.grants, &user.boundary));
        let roles = self
            .roles
            .values()
            .map(|role| (&role.grants, &role.boundary));
        let groups = self.groups.values().map(|group| (&group.grants, &None));
        for (grants, boundary) in users.chain(roles).chain(groups) {
            for arn in &grants.attached {
                note(arn, 1, 0);
            }
            if let Some(arn) = boundary {
                note(arn, 0, 1);
            }
        }
        uses
    }
}
