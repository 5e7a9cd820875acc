//! Server certificates.
//!
//! Answers and messages are recorded where nothing else is said. Names are held against each other
//! in a chain, signatures are not verified.

use serde_json::{Value, json};

use super::common::{Needs, arn, below, exists, limit_of, missing, page_by_name, with_tags};
use super::{Account, Case, Name, ServerCertificate, Tags, pem};
use crate::sandbox::clock::seconds;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Context, Input, Need, Reply};

const WORD: &str = "server-certificate";

/// `The Server Certificate with name … cannot be found.`
pub fn no_certificate(name: &str) -> AwsError {
    missing(format!(
        "The Server Certificate with name {name} cannot be found."
    ))
}

fn taken(name: &str) -> AwsError {
    exists(format!(
        "The Server Certificate with name {name} already exists."
    ))
}

pub fn need_for(account: &Account, name: &str, action: &'static str) -> Need {
    match account.server_certificates.get(&Name::new(name)) {
        Some(found) => with_tags(Need::new(action, found.arn.as_str()), Some(&found.tags)),
        None => Need::new(action, arn(&account.id, WORD, "/", name)),
    }
}

pub fn on_certificate(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let name = input.require("ServerCertificateName")?;
    Ok(vec![need_for(context.account()?, name, action)])
}

pub fn need_upload(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let path = input.text("Path").unwrap_or("/");
    let name = input.require("ServerCertificateName")?;
    let need = Need::new(action, arn(&context.caller.account, WORD, path, name))
        .request_tags(&input.tags("Tags"));
    let tagging = "iam:TagServerCertificate";
    Ok(super::tagging(need, context, input, tagging))
}

/// AWS asks for both the old and the new name.
pub fn need_update(context: &Context<'_>, input: &Input, action: &'static str) -> Needs {
    let mut needs = on_certificate(context, input, action)?;
    let name = input.require("ServerCertificateName")?;
    let account = context.account()?;
    if let Some(found) = account.server_certificates.get(&Name::new(name)) {
        let path = input.text("NewPath").unwrap_or(&found.path);
        let name = input.text("NewServerCertificateName").unwrap_or(name);
        let new = arn(&account.id, WORD, path, name);
        if new != found.arn {
            needs.push(Need::new(action, new));
        }
    }
    Ok(needs)
}

fn metadata(found: &ServerCertificate) -> Value {
    json!({
        "Path": found.path,
        "ServerCertificateName": found.name,
        "ServerCertificateId": found.id,
        "Arn": found.arn,
        "UploadDate": seconds(found.created),
        "Expiration": seconds(found.ends),
    })
}

fn malformed(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "MalformedCertificate", message)
}

/// When the certificate ends; its key is that of the request, and its chain begins with its issuer.
fn check(input: &Input) -> Result<jiff::Timestamp, AwsError> {
    let certificate = pem::certificate(input.require("CertificateBody")?).ok_or_else(|| {
        malformed("Unable to parse certificate. Please ensure the certificate is in PEM format.")
    })?;
    // AWS's words for the key are not established.
    let key = pem::public_of_private(input.require("PrivateKey")?).ok_or_else(|| {
        malformed("Unable to parse key. Please ensure the key is in PEM format and not encrypted.")
    })?;
    if key != certificate.key {
        return Err(AwsError::new(
            400,
            "KeyPairMismatch",
            "The private key does not match the certificate.",
        ));
    }
    let chain = match input.text("CertificateChain") {
        Some(text) => pem::certificates(text).unwrap_or_default(),
        None => return Ok(certificate.ends),
    };
    let invalid = |index: i64| {
        malformed(format!(
            "Unable to validate certificate chain. The certificate chain must start with the \
             immediate signing certificate, followed by any intermediaries in order. The index \
             within the chain of the invalid certificate is: {index}"
        ))
    };
    if chain.is_empty() {
        return Err(invalid(-1));
    }
    let mut issuer = &certificate.issuer;
    for (index, link) in (0_i64..).zip(&chain) {
        if link.subject != *issuer {
            return Err(invalid(index - 1));
        }
        issuer = &link.issuer;
    }
    Ok(certificate.ends)
}

pub fn upload(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("ServerCertificateName")?;
    let path = input.text("Path").unwrap_or("/");
    let account = context.account()?;
    if account.server_certificates.contains_key(&Name::new(name)) {
        return Err(taken(name));
    }
    let tags = Tags::read(input, Case::Ignored)?;
    let ends = check(input)?;
    let count = account.server_certificates.len();
    limit_of(count, "ServerCertificatesPerAccount", 20)?;
    let found = ServerCertificate {
        name: name.to_owned(),
        path: path.to_owned(),
        arn: arn(&account.id, WORD, path, name),
        id: context.state.ids.entity("ASCA"),
        created: context.now,
        ends,
        // IAM gives back neither the blank in front nor the line's end behind what a file holds
        // (hashicorp/terraform 2409 and 2411, and answers of `get-server-certificate` that people show).
        body: input.require("CertificateBody")?.trim().to_owned(),
        chain: input
            .text("CertificateChain")
            .map(|chain| chain.trim().to_owned()),
        tags,
    };
    let answer = json!({
        "ServerCertificateMetadata": metadata(&found),
        "Tags": found.tags.if_any(),
    });
    let all = &mut context.account_mut()?.server_certificates;
    all.insert(Name::new(name), found);
    Ok(answer.into())
}

pub fn get(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("ServerCertificateName")?;
    let all = &context.account()?.server_certificates;
    let found = all
        .get(&Name::new(name))
        .ok_or_else(|| no_certificate(name))?;
    Ok(json!({"ServerCertificate": {
        "ServerCertificateMetadata": metadata(found),
        "CertificateBody": found.body,
        "CertificateChain": found.chain,
        "Tags": found.tags.to_value(),
    }})
    .into())
}

pub fn list(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let all = &context.account()?.server_certificates;
    let wanted = |found: &ServerCertificate| below(&found.path, input);
    let member = "ServerCertificateMetadataList";
    Ok(Value::Object(page_by_name(input, member, all, wanted, metadata)?).into())
}

pub fn update(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("ServerCertificateName")?;
    let account = context.account()?;
    let old = Name::new(name);
    let mut found = account
        .server_certificates
        .get(&old)
        .ok_or_else(|| no_certificate(name))?
        .clone();
    if let Some(path) = input.text("NewPath") {
        path.clone_into(&mut found.path);
    }
    if let Some(new) = input.text("NewServerCertificateName") {
        let other = Name::new(new);
        if other != old && account.server_certificates.contains_key(&other) {
            return Err(taken(new));
        }
        new.clone_into(&mut found.name);
    }
    found.arn = arn(&account.id, WORD, &found.path, &found.name);
    let all = &mut context.account_mut()?.server_certificates;
    all.remove(&old);
    all.insert(Name::new(&found.name), found);
    Ok(().into())
}

pub fn delete(context: &mut Context<'_>, input: &Input) -> Result<Reply, AwsError> {
    let name = input.require("ServerCertificateName")?;
    let all = &mut context.account_mut()?.server_certificates;
    match all.remove(&Name::new(name)) {
        Some(_) => Ok(().into()),
        None => Err(no_certificate(name)),
    }
}
