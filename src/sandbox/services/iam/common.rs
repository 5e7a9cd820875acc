//! What IAM's operations share: targets and their needs, pages, errors, documents.

use std::ops::Bound;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

use super::{Account, ByName, KeyStatus, Name, Tags};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need};
use crate::sigv4::UNRESERVED;

/// What every `needs` of IAM's table answers with.
pub type Needs = Result<Vec<Need>, AwsError>;

/// `NoSuchEntity`, status 404.
pub fn missing(message: impl Into<String>) -> AwsError {
    AwsError::new(404, "NoSuchEntity", message)
}

/// `EntityAlreadyExists`, status 409.
pub fn exists(message: impl Into<String>) -> AwsError {
    AwsError::new(409, "EntityAlreadyExists", message)
}

/// `DeleteConflict`, status 409.
pub fn conflict(message: &str) -> AwsError {
    AwsError::new(409, "DeleteConflict", message)
}

/// `LimitExceeded`, status 409.
pub fn limit(message: impl Into<String>) -> AwsError {
    AwsError::new(409, "LimitExceeded", message)
}

/// Refuses one more where there are `count` already and `most` are allowed.
pub fn limit_of(count: usize, quota: &str, most: usize) -> Result<(), AwsError> {
    if count < most {
        return Ok(());
    }
    Err(limit(format!("Cannot exceed quota for {quota}: {most}")))
}

/// Kinds of entities that have policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user.
    User,
    /// A group.
    Group,
    /// A role.
    Role,
}

impl Kind {
    /// The member that names one.
    pub fn member(self) -> &'static str {
        match self {
            Self::User => "UserName",
            Self::Group => "GroupName",
            Self::Role => "RoleName",
        }
    }

    /// The word in ARNs and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// `The user with name … cannot be found.`
    pub fn missing(self, name: &str) -> AwsError {
        missing(format!(
            "The {} with name {name} cannot be found.",
            self.word()
        ))
    }
}

/// Name of the user that an operation is about: `UserName`, or the caller's own.
///
/// # Errors
///
/// ValidationError when there is none and the caller is not a user.
pub fn user_name(context: &Context<'_>, input: &Input) -> Result<String, AwsError> {
    match (input.text("UserName"), context.caller.user_name()) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Some(name)) => Ok(name.to_owned()),
        (None, None) => Err(AwsError::validation(
            "Must specify userName when calling with non-User credentials",
        )),
    }
}

/// The `Status` of a key or certificate that a request sets.
pub fn key_status(input: &Input) -> Result<KeyStatus, AwsError> {
    match input.require("Status")? {
        "Active" => Ok(KeyStatus::Active),
        "Inactive" => Ok(KeyStatus::Inactive),
        other => Err(AwsError::unsupported(format_args!("the status {other}"))),
    }
}

/// ARN of an entity that there is or would be.
pub fn arn(account: &str, word: &str, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:{word}{path}{name}")
}

/// A need about an entity by its name: the ARN that it has, or would have without a path; its tags
/// and boundary as condition keys; the message says `user alice`.
pub fn entity_need(account: &Account, kind: Kind, name: &str, action: &'static str) -> Need {
    let found = match kind {
        Kind::User => account
            .user(name)
            .map(|user| (&user.arn, Some(&user.tags), user.boundary.as_ref())),
        Kind::Group => account.group(name).map(|group| (&group.arn, None, None)),
        Kind::Role => account
            .role(name)
            .map(|role| (&role.arn, Some(&role.tags), role.boundary.as_ref())),
    };
    let shown = format!("{} {name}", kind.word());
    match found {
        Some((arn, tags, boundary)) => {
            let boundary = boundary.filter(|_| BOUNDED.contains(&action));
            with_own_tags(Need::new(action, arn.as_str()), tags)
                .key_opt("iam:PermissionsBoundary", boundary.map(String::as_str))
                .shown(shown)
        }
        None => Need::new(action, arn(&account.id, kind.word(), "/", name)).shown(shown),
    }
}

/// The actions at a user or role that are asked with the boundary that it has, as
/// `iam:PermissionsBoundary` (Service Authorization Reference, IAM).
const BOUNDED: [&str; 15] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:GetRole",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
];

/// With `aws:ResourceTag/…`.
pub fn with_tags(mut need: Need, tags: Option<&Tags>) -> Need {
    for (key, value) in tags.into_iter().flat_map(|tags| &tags.0) {
        need = need.key(format!("aws:ResourceTag/{key}"), value.clone());
    }
    need
}

/// The same with `iam:ResourceTag/…`, which users and roles alone have.
pub fn with_own_tags(need: Need, tags: Option<&Tags>) -> Need {
    let mut need = with_tags(need, tags);
    for (key, value) in tags.into_iter().flat_map(|tags| &tags.0) {
        need = need.key(format!("iam:ResourceTag/{key}"), value.clone());
    }
    need
}

/// The operation is about a user, the caller where none is named.
pub fn on_user(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = user_name(context, input)?;
    let need = entity_need(context.account()?, Kind::User, &name, action);
    // Observed: without a name AWS puts the word null before the caller's.
    Ok(vec![if input.text("UserName").is_none() {
        need.shown(format!("user null{name}"))
    } else {
        need
    }])
}

/// The operation is about a group.
pub fn on_group(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = input.require("GroupName")?;
    Ok(vec![entity_need(
        context.account()?,
        Kind::Group,
        name,
        action,
    )])
}

/// The operation is about a role.
pub fn on_role(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = input.require("RoleName")?;
    Ok(vec![entity_need(
        context.account()?,
        Kind::Role,
        name,
        action,
    )])
}

/// The operation is about nothing in particular.
pub fn on_all(_: &Context<'_>, _: &Input, action: &'static str) -> Needs {
    Ok(vec![Need::new(action, "*")])
}

/// The operation lists entities below a path: `arn:aws:iam::…:user/`.
pub fn on_path(context: &Context<'_>, input: &Input, action: &'static str, word: &str) -> Needs {
    let path = input.text("PathPrefix").unwrap_or("/");
    Ok(vec![Need::new(
        action,
        arn(&context.caller.account, word, path, ""),
    )])
}

/// Puts a page of elements under `member`, with `IsTruncated` and `Marker`.
///
/// The marker is the key of the last element of the page before.
///
/// # Errors
///
/// `Invalid Marker.`
pub fn page(
    input: &Input,
    member: &str,
    elements: impl Iterator<Item = (String, Value)>,
) -> Result<Map<String, Value>, AwsError> {
    let size = input
        .int("MaxItems")
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(100);
    let after = input.text("Marker").map(read_marker).transpose()?;
    let mut page: Vec<(String, Value)> = Vec::new();
    let mut found = after.is_none();
    let mut more = false;
    for (key, value) in elements {
        if !found {
            found = Some(&key) == after.as_ref();
            continue;
        }
        if page.len() == size {
            more = true;
            break;
        }
        page.push((key, value));
    }
    if !found {
        return Err(AwsError::validation("Invalid Marker."));
    }
    let mut out = Map::new();
    let last = page.last().map(|(key, _)| URL_SAFE_NO_PAD.encode(key));
    out.insert(
        member.to_owned(),
        page.into_iter().map(|(_, value)| value).collect(),
    );
    out.insert("IsTruncated".to_owned(), Value::from(more));
    if let (true, Some(last)) = (more, last) {
        out.insert("Marker".to_owned(), Value::from(last));
    }
    Ok(out)
}

/// The same for entities that are kept by name: a page costs what it shows, however many there are,
/// and goes on behind its marker even when what the marker names is gone.
///
/// # Errors
///
/// `Invalid Marker.`
pub fn page_by_name<T>(
    input: &Input,
    member: &str,
    all: &ByName<T>,
    wanted: impl Fn(&T) -> bool,
    shown: impl Fn(&T) -> Value,
) -> Result<Map<String, Value>, AwsError> {
    let size = input
        .int("MaxItems")
        .and_then(|size| usize::try_from(size).ok())
        .unwrap_or(100);
    let start = match input.text("Marker") {
        Some(marker) => Bound::Excluded(Name::new(&read_marker(marker)?)),
        None => Bound::Unbounded,
    };
    let mut rest = all
        .from_key(start.as_ref())
        .filter(|(_, entity)| wanted(entity));
    let page: Vec<(&Name, &T)> = rest.by_ref().take(size).collect();
    let more = rest.next().is_some();
    let mut out = Map::new();
    let values = page.iter().map(|(_, entity)| shown(entity)).collect();
    out.insert(member.to_owned(), values);
    out.insert("IsTruncated".to_owned(), Value::from(more));
    if let (true, Some((last, _))) = (more, page.last()) {
        let marker = URL_SAFE_NO_PAD.encode(last.as_str());
        out.insert("Marker".to_owned(), Value::from(marker));
    }
    Ok(out)
}

fn read_marker(marker: &str) -> Result<String, AwsError> {
    URL_SAFE_NO_PAD
        .decode(marker)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| AwsError::validation("Invalid Marker."))
}

/// A policy document as answers carry it: percent-encoded.
pub fn encoded(document: &str) -> String {
    utf8_percent_encode(document, &UNRESERVED).to_string()
}

/// Characters of a document as AWS's limits count them: without white space.
pub fn counted(document: &str) -> usize {
    document
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .count()
}

/// Whether a path is below a prefix.
pub fn below(path: &str, input: &Input) -> bool {
    input
        .text("PathPrefix")
        .is_none_or(|prefix| path.starts_with(prefix))
}
