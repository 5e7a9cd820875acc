//! What a user has beside access keys and a password: SSH public keys, signing certificates, and
//! passwords for single services.
//!
//! Answers and messages are recorded where nothing else is said.

use serde_json::{Value, json};

use super::common::{Kind, key_status, limit_of, missing, page, user_name};
use super::pem::{self, SshKey};
use super::{Credential, Held, KeyStatus, Name, User};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Reply};

/// Fewest bits of an SSH key (API reference of UploadSSHPublicKey).
const BITS: usize = 2048;
/// The services with passwords of their own. Amazon Bedrock's have another form and are not here.
const SERVICES: [&str; 2] = ["codecommit.amazonaws.com", "cassandra.amazonaws.com"];

/// The three sorts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// SSH public keys.
    Ssh,
    /// Signing certificates.
    Certificate,
    /// Service-specific credentials.
    Service,
}

impl Sort {
    /// The member that names one.
    fn member(self) -> &'static str {
        match self {
            Self::Ssh => "SSHPublicKeyId",
            Self::Certificate => "CertificateId",
            Self::Service => "ServiceSpecificCredentialId",
        }
    }

    fn missing(self, id: &str) -> AwsError {
        missing(match self {
            Self::Ssh => format!("The Public Key with id {id} cannot be found."),
            Self::Certificate => format!("The Certificate with id {id} cannot be found."),
            Self::Service => format!("No such credential {id} exists"),
        })
    }

    fn of(held: &Held) -> Self {
        match held {
            Held::SshKey { .. } => Self::Ssh,
            Held::Certificate { .. } => Self::Certificate,
            Held::Service { .. } => Self::Service,
        }
    }

    /// Those of this sort that the user has.
    fn all(self, user: &User) -> impl Iterator<Item = &Credential> {
        let held = user.credentials.iter();
        held.filter(move |credential| Self::of(&credential.held) == self)
    }
}

fn find_user<'a>(context: &'a Context<'_>, input: &Input) -> Result<&'a User, AwsError> {
    let name = user_name(context, input)?;
    let user = context.account()?.user(&name);
    user.ok_or_else(|| Kind::User.missing(&name))
}

/// The user's credentials, and where among them the named one is.
fn find<'a>(
    context: &'a mut Context<'_>,
    input: &Input,
    sort: Sort,
) -> Result<(&'a mut Vec<Credential>, usize), AwsError> {
    let name = user_name(context, input)?;
    let id = input.require(sort.member())?;
    let user = context.account_mut()?.users.get_mut(&Name::new(&name));
    let user = user.ok_or_else(|| Kind::User.missing(&name))?;
    let at = user
        .credentials
        .iter()
        .position(|credential| credential.id == id && Sort::of(&credential.held) == sort);
    Ok((&mut user.credentials, at.ok_or_else(|| sort.missing(id))?))
}

fn add(context: &mut Context<'_>, input: &Input, credential: Credential) -> Result<(), AwsError> {
    let name = Name::new(&user_name(context, input)?);
    if let Some(user) = context.account_mut()?.users.get_mut(&name) {
        user.credentials.push(credential);
    }
    Ok(())
}

/// What lists show; `Certificate` and `ServiceSpecificCredential` have a little more.
fn value(user: &User, credential: &Credential) -> Value {
    let status = credential.status.as_str();
    let date = seconds(credential.created);
    match &credential.held {
        Held::SshKey { .. } => json!({
            "UserName": user.name,
            "SSHPublicKeyId": credential.id,
            "Status": status,
            "UploadDate": date,
        }),
        Held::Certificate { body } => json!({
            "UserName": user.name,
            "CertificateId": credential.id,
            "CertificateBody": body,
            "Status": status,
            "UploadDate": date,
        }),
        Held::Service { service, alias, .. } => json!({
            "UserName": user.name,
            "Status": status,
            "ServiceUserName": alias,
            "CreateDate": date,
            "ServiceSpecificCredentialId": credential.id,
            "ServiceName": service,
        }),
    }
}

fn with(mut value: Value, name: &str, member: impl Into<Value>) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member.into());
    }
    value
}

pub fn update(context: &mut Context<'_>, input: &Input, sort: Sort) -> Result<Reply, AwsError> {
    let status = key_status(input)?;
    let (all, at) = find(context, input, sort)?;
    if let Some(credential) = all.get_mut(at) {
        credential.status = status;
    }
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input, sort: Sort) -> Result<Reply, AwsError> {
    let (all, at) = find(context, input, sort)?;
    all.remove(at);
    Ok(().into())
}

pub fn list(context: &mut Context<'_>, input: &Input, sort: Sort) -> Result<Reply, AwsError> {
    let user = find_user(context, input)?;
    let wanted = input.text("ServiceName");
    if let Some(service) = wanted {
        check_service(service)?;
    }
    let of_service = |held: &Held| match held {
        Held::Service { service, .. } => wanted.is_none_or(|wanted| wanted == service),
        _ => true,
    };
    let rows = sort
        .all(user)
        .filter(|credential| of_service(&credential.held))
        .map(|credential| (credential.id.clone(), value(user, credential)));
    let member = match sort {
        Sort::Ssh => "SSHPublicKeys",
        Sort::Certificate => "Certificates",
        Sort::Service => "ServiceSpecificCredentials",
    };
    Ok(Value::Object(page(input, member, rows)?).into())
}

pub fn upload_ssh(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let user = find_user(context, input)?;
    let body = input.require("SSHPublicKeyBody")?;
    let bad = |code: &'static str, message: &str| AwsError::new(400, code, message);
    // AWS's words for the three refusals are not established.
    let key = SshKey::read(body).filter(|key| key.bits() >= BITS);
    let key = key.ok_or_else(|| {
        bad(
            "InvalidPublicKey",
            "The public key must be an RSA key of at least 2048 bits, as ssh-rsa or in PEM.",
        )
    })?;
    for held in Sort::Ssh.all(user) {
        if let Held::SshKey { body } = &held.held
            && SshKey::read(body).as_ref() == Some(&key)
        {
            return Err(bad(
                "DuplicateSSHPublicKey",
                "The SSH public key is already associated with the user.",
            ));
        }
    }
    limit_of(Sort::Ssh.all(user).count(), "SSHPublicKeysPerUser", 5)?;
    let user = user.name.clone();
    let credential = Credential {
        id: context.state.ids.access_key("APKA"),
        status: KeyStatus::Active,
        created: context.now,
        held: Held::SshKey {
            body: body.to_owned(),
        },
    };
    let answer = json!({"SSHPublicKey": {
        "UserName": user,
        "SSHPublicKeyId": credential.id,
        "Fingerprint": key.fingerprint(),
        "SSHPublicKeyBody": body,
        "Status": credential.status.as_str(),
        "UploadDate": seconds(credential.created),
    }});
    add(context, input, credential)?;
    Ok(answer.into())
}

pub fn get_ssh(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let user = find_user(context, input)?;
    let id = input.require("SSHPublicKeyId")?;
    let found = Sort::Ssh.all(user).find(|credential| credential.id == id);
    let found = found.ok_or_else(|| Sort::Ssh.missing(id))?;
    let Held::SshKey { body } = &found.held else {
        return Err(Sort::Ssh.missing(id));
    };
    let unreadable = || AwsError::internal("a key that was read cannot be read again");
    let key = SshKey::read(body).ok_or_else(unreadable)?;
    let pem = input.text("Encoding") == Some("PEM");
    let shown = if pem != body.trim_start().starts_with("-----") {
        let other = if pem {
            key.to_pem()
        } else {
            Some(key.to_ssh())
        };
        other.ok_or_else(unreadable)?
    } else {
        body.clone()
    };
    let answer = with(value(user, found), "Fingerprint", key.fingerprint());
    let answer = with(answer, "SSHPublicKeyBody", shown);
    Ok(json!({"SSHPublicKey": answer}).into())
}

pub fn upload_certificate(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let user = find_user(context, input)?;
    let body = input.require("CertificateBody")?;
    if pem::certificate(body).is_none() {
        return Err(AwsError::new(
            400,
            "MalformedCertificate",
            format!("Certificate {body} is malformed."),
        ));
    }
    let same = |credential: &Credential| match &credential.held {
        Held::Certificate { body: known } => known.trim() == body.trim(),
        _ => false,
    };
    if Sort::Certificate.all(user).any(same) {
        // AWS's words are not established.
        return Err(AwsError::new(
            409,
            "DuplicateCertificate",
            "The certificate is already associated with the user.",
        ));
    }
    limit_of(
        Sort::Certificate.all(user).count(),
        "CertificatesPerUser",
        2,
    )?;
    let user = user.clone();
    let credential = Credential {
        id: context.state.ids.certificate(),
        status: KeyStatus::Active,
        created: context.now,
        held: Held::Certificate {
            body: body.to_owned(),
        },
    };
    let answer = json!({"Certificate": value(&user, &credential)});
    add(context, input, credential)?;
    Ok(answer.into())
}

fn check_service(service: &str) -> Result<(), AwsError> {
    if service == "bedrock.amazonaws.com" {
        return Err(AwsError::unsupported(format_args!(
            "a service-specific credential of {service}"
        )));
    }
    if SERVICES.contains(&service) {
        return Ok(());
    }
    // The code is not the model's NotSupportedService.
    Err(missing(format!(
        "No such service {service} is supported for Service Specific Credentials"
    )))
}

pub fn create_service(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let user = find_user(context, input)?.clone();
    let service = input.require("ServiceName")?;
    check_service(service)?;
    let names: Vec<&str> = Sort::Service
        .all(&user)
        .filter_map(|credential| match &credential.held {
            Held::Service {
                service: known,
                alias,
                ..
            } if known == service => Some(alias.as_str()),
            _ => None,
        })
        .collect();
    // Two for each service (IAM User Guide); the name of this quota is not established.
    limit_of(names.len(), "ServiceSpecificCredentialsPerUser", 2)?;
    let account = &context.caller.account;
    // The second one's name: the example of the API reference.
    let first = format!("{}-at-{account}", user.name);
    let alias = if names.contains(&first.as_str()) {
        format!("{}+1-at-{account}", user.name)
    } else {
        first
    };
    let credential = Credential {
        id: context.state.ids.entity("ACCA"),
        status: KeyStatus::Active,
        created: context.now,
        held: Held::Service {
            service: service.to_owned(),
            alias,
            password: context.state.ids.secret_key(),
        },
    };
    let answer = with_password(&user, &credential);
    add(context, input, credential)?;
    Ok(answer.into())
}

fn with_password(user: &User, credential: &Credential) -> Value {
    let password = match &credential.held {
        Held::Service { password, .. } => password.expose(),
        _ => "",
    };
    let shown = with(value(user, credential), "ServicePassword", password);
    json!({"ServiceSpecificCredential": shown})
}

pub fn reset_service(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let fresh = context.state.ids.secret_key();
    let (all, at) = find(context, input, Sort::Service)?;
    let Some(credential) = all.get_mut(at) else {
        return Err(AwsError::internal("a credential that was found is gone"));
    };
    if let Held::Service { password, .. } = &mut credential.held {
        *password = fresh;
    }
    let credential = credential.clone();
    Ok(with_password(find_user(context, input)?, &credential).into())
}
