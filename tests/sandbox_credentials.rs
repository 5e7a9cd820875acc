//! What IAM keeps beside users, groups, roles and policies: SSH keys, certificates, passwords for
//! services, SAML providers. What is said of messages is recorded, but where the handlers say that
//! it is not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    deprecated,
    reason = "a test that panics has found something"
)]

mod lab;

use aws_sdk_iam::types::{EncodingType, StatusType};
use lab::{Lab, said};

const CA: &str = include_str!("certificates/ca.crt");
const LEAF: &str = include_str!("certificates/leaf.crt");
const LEAF_KEY: &str = include_str!("certificates/leaf.key");
const LEAF_PKCS1: &str = include_str!("certificates/leaf.pkcs1.key");
const CURVE: &str = include_str!("certificates/curve.crt");
const CURVE_KEY: &str = include_str!("certificates/curve.key");
const CURVE_PKCS8: &str = include_str!("certificates/curve.pkcs8.key");
const SSH: &str = include_str!("certificates/ssh.pub");
const SSH_PEM: &str = include_str!("certificates/ssh.pem");

async fn with_alice(lab: &Lab) -> aws_sdk_iam::Client {
    let iam = lab.iam(&lab.administrator());
    iam.create_user().user_name("alice").send().await.unwrap();
    iam
}

#[tokio::test]
async fn an_ssh_key_comes_back_in_either_form_with_its_fingerprint() {
    let lab = Lab::new();
    let iam = with_alice(&lab).await;
    let upload = |body: &str| {
        iam.upload_ssh_public_key()
            .user_name("alice")
            .ssh_public_key_body(body)
            .send()
    };
    let key = upload(SSH).await.unwrap();
    let key = key.ssh_public_key().unwrap();
    // As ssh-keygen prints it.
    let fingerprint = "fe:ce:08:53:a3:11:f2:63:8e:1b:c8:77:47:ac:b6:2a";
    assert_eq!(key.fingerprint(), fingerprint);
    assert_eq!(key.ssh_public_key_body(), SSH);
    let id = key.ssh_public_key_id();
    assert!(id.starts_with("APKA"), "{id}");
    let get = |id: &str, encoding| {
        iam.get_ssh_public_key()
            .user_name("alice")
            .ssh_public_key_id(id)
            .encoding(encoding)
            .send()
    };
    let pem = get(id, EncodingType::Pem).await.unwrap();
    assert_eq!(pem.ssh_public_key().unwrap().ssh_public_key_body(), SSH_PEM);
    assert!(
        said(upload(SSH_PEM).await).starts_with("DuplicateSSHPublicKey: "),
        "the same key in another form is the same key"
    );
    assert!(said(upload("ssh-ed25519 AAAA").await).starts_with("InvalidPublicKey: "));
    assert!(said(upload(LEAF).await).starts_with("InvalidPublicKey: "));

    let update = |id: &str| {
        iam.update_ssh_public_key()
            .user_name("alice")
            .ssh_public_key_id(id)
            .status(StatusType::Inactive)
            .send()
    };
    update(id).await.unwrap();
    let listed = iam.list_ssh_public_keys().user_name("alice");
    let listed = listed.send().await.unwrap();
    assert_eq!(listed.ssh_public_keys()[0].status(), &StatusType::Inactive);
    let none = "APKAXXXXXXXXXXXXXXXXX";
    let missing = format!("NoSuchEntity: The Public Key with id {none} cannot be found.");
    assert_eq!(said(get(none, EncodingType::Ssh).await), missing);
    assert_eq!(said(update(none).await), missing);
    assert_eq!(
        said(iam.delete_user().user_name("alice").send().await),
        "DeleteConflict: Cannot delete entity, must remove referenced objects first."
    );
    let delete = |id: &str| {
        iam.delete_ssh_public_key()
            .user_name("alice")
            .ssh_public_key_id(id)
            .send()
    };
    assert_eq!(said(delete(none).await), missing);
    delete(id).await.unwrap();
    upload(SSH_PEM).await.unwrap();
    let listed = iam.list_ssh_public_keys().user_name("alice");
    let listed = listed.send().await.unwrap();
    let id = listed.ssh_public_keys()[0].ssh_public_key_id();
    let ssh = get(id, EncodingType::Ssh).await.unwrap();
    let ssh = ssh.ssh_public_key().unwrap();
    assert_eq!(ssh.fingerprint(), fingerprint);
    assert!(SSH.starts_with(ssh.ssh_public_key_body()));
}

#[tokio::test]
async fn a_user_has_two_signing_certificates_at_most() {
    let lab = Lab::new();
    let iam = with_alice(&lab).await;
    let upload = |user: &str, body: &str| {
        iam.upload_signing_certificate()
            .user_name(user)
            .certificate_body(body)
            .send()
    };
    assert_eq!(
        said(upload("bob", LEAF).await),
        "NoSuchEntity: The user with name bob cannot be found."
    );
    assert_eq!(
        said(upload("alice", "invalid-certificate-body").await),
        "MalformedCertificate: Certificate invalid-certificate-body is malformed."
    );
    let first = upload("alice", LEAF).await.unwrap();
    let id = first.certificate().unwrap().certificate_id().to_owned();
    assert_eq!(id.len(), 28);
    assert!(said(upload("alice", LEAF).await).starts_with("DuplicateCertificate: "));
    upload("alice", CA).await.unwrap();
    assert_eq!(
        said(upload("alice", CURVE).await),
        "LimitExceeded: Cannot exceed quota for CertificatesPerUser: 2"
    );
    let update = |id: &str| {
        iam.update_signing_certificate()
            .user_name("alice")
            .certificate_id(id)
            .status(StatusType::Inactive)
            .send()
    };
    update(&id).await.unwrap();
    let none = "NONEXISTENTCERTID12345678901";
    assert_eq!(
        said(update(none).await),
        format!("NoSuchEntity: The Certificate with id {none} cannot be found.")
    );
    iam.generate_credential_report().send().await.unwrap();
    let report = iam.get_credential_report().send().await.unwrap();
    let text = report.content().unwrap().clone().into_inner();
    let text = String::from_utf8(text).unwrap();
    let row = text.lines().find(|row| row.starts_with("alice,")).unwrap();
    let ends = "false,2026-11-23T16:10:00+00:00,true,2026-11-23T16:10:00+00:00";
    assert!(row.ends_with(ends), "{row}");
    iam.delete_signing_certificate()
        .user_name("alice")
        .certificate_id(&id)
        .send()
        .await
        .unwrap();
    let left = iam.list_signing_certificates().user_name("alice");
    let left = left.send().await.unwrap();
    assert_eq!(left.certificates().len(), 1);
}

#[tokio::test]
async fn a_service_specific_credential_shows_its_password_once() {
    let lab = Lab::new();
    let iam = with_alice(&lab).await;
    let create = |user: &str, service: &str| {
        iam.create_service_specific_credential()
            .user_name(user)
            .service_name(service)
            .send()
    };
    let git = "codecommit.amazonaws.com";
    assert_eq!(
        said(create("alice", "lambda.amazonaws.com").await),
        "NoSuchEntity: No such service lambda.amazonaws.com is supported for Service Specific Credentials"
    );
    let made = create("alice", git).await.unwrap();
    let made = made.service_specific_credential().unwrap();
    assert_eq!(made.service_user_name(), "alice-at-123456789012");
    let second = create("alice", git).await.unwrap();
    let second = second.service_specific_credential().unwrap();
    assert_eq!(second.service_user_name(), "alice+1-at-123456789012");
    assert!(said(create("alice", git).await).starts_with("LimitExceeded: "));
    let id = made.service_specific_credential_id();
    let reset = |id: &str| {
        iam.reset_service_specific_credential()
            .user_name("alice")
            .service_specific_credential_id(id)
            .send()
    };
    let fresh = reset(id).await.unwrap();
    let fresh = fresh.service_specific_credential().unwrap();
    assert_ne!(fresh.service_password(), made.service_password());
    assert_eq!(
        said(reset("satisfiesregexbutstillinvalid").await),
        "NoSuchEntity: No such credential satisfiesregexbutstillinvalid exists"
    );
    let list = |service: &str| {
        iam.list_service_specific_credentials()
            .user_name("alice")
            .service_name(service)
            .send()
    };
    let listed = list(git).await.unwrap();
    assert_eq!(listed.service_specific_credentials().len(), 2);
    let listed = list("cassandra.amazonaws.com").await.unwrap();
    assert!(listed.service_specific_credentials().is_empty());
    let ssh = iam.list_ssh_public_keys().user_name("alice");
    assert!(ssh.send().await.unwrap().ssh_public_keys().is_empty());
}

#[tokio::test]
async fn a_server_certificate_needs_its_key_and_its_chain() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let upload = |name: &str, body: &str, key: &str| {
        iam.upload_server_certificate()
            .server_certificate_name(name)
            .certificate_body(body)
            .private_key(key)
    };
    assert_eq!(
        said(upload("c", "certbody", LEAF_KEY).send().await),
        "MalformedCertificate: Unable to parse certificate. Please ensure the certificate is in PEM format."
    );
    assert!(
        said(upload("c", LEAF, "SomePrivateKey").send().await)
            .starts_with("MalformedCertificate: ")
    );
    assert!(said(upload("c", LEAF, CURVE_KEY).send().await).starts_with("KeyPairMismatch: "));
    assert_eq!(
        said(
            upload("c", LEAF, LEAF_KEY)
                .certificate_chain(CURVE)
                .send()
                .await
        ),
        "MalformedCertificate: Unable to validate certificate chain. The certificate chain must start \
         with the immediate signing certificate, followed by any intermediaries in order. The index \
         within the chain of the invalid certificate is: -1"
    );
    let made = upload("c", LEAF, LEAF_KEY)
        .certificate_chain(CA)
        .path("/web/")
        .send()
        .await
        .unwrap();
    let made = made.server_certificate_metadata().unwrap();
    assert_eq!(
        made.arn(),
        "arn:aws:iam::123456789012:server-certificate/web/c"
    );
    assert_eq!(
        made.expiration().unwrap().to_string(),
        "2126-11-05T02:13:07Z"
    );
    // The forms of keys that tools write.
    upload("p1", LEAF, LEAF_PKCS1).send().await.unwrap();
    upload("sec1", CURVE, CURVE_KEY).send().await.unwrap();
    upload("p8", CURVE, CURVE_PKCS8).send().await.unwrap();
    assert_eq!(
        said(upload("C", LEAF, LEAF_KEY).send().await),
        "EntityAlreadyExists: The Server Certificate with name C already exists."
    );
    iam.update_server_certificate()
        .server_certificate_name("c")
        .new_server_certificate_name("d")
        .send()
        .await
        .unwrap();
    let get = |name: &str| {
        iam.get_server_certificate()
            .server_certificate_name(name)
            .send()
    };
    let found = get("d").await.unwrap();
    let found = found.server_certificate().unwrap();
    // What a file ends with is not kept.
    assert_eq!(found.certificate_body(), LEAF.trim_end());
    assert_eq!(found.certificate_chain(), Some(CA.trim_end()));
    let missing = "NoSuchEntity: The Server Certificate with name c cannot be found.";
    assert_eq!(said(get("c").await), missing);
    let web = iam.list_server_certificates().path_prefix("/web/");
    let web = web.send().await.unwrap();
    assert_eq!(web.server_certificate_metadata_list().len(), 1);
    let delete = |name: &str| {
        iam.delete_server_certificate()
            .server_certificate_name(name)
            .send()
    };
    delete("d").await.unwrap();
    assert_eq!(said(delete("c").await), missing);
}

/// Metadata of an identity provider, as long as the API asks for at least.
fn metadata(attributes: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"{attributes}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>"#,
        CA.lines()
            .filter(|line| !line.starts_with('-'))
            .collect::<String>()
    )
}

#[tokio::test]
async fn a_saml_provider_keeps_the_metadata_of_an_identity_provider() {
    let lab = Lab::new();
    let iam = lab.iam(&lab.administrator());
    let create = |document: &str| {
        iam.create_saml_provider()
            .name("idp")
            .saml_metadata_document(document)
            .send()
    };
    assert!(said(create(&"a".repeat(1024)).await).starts_with("InvalidInput: "));
    let document = metadata(r#" validUntil="2030-01-02T03:04:05Z""#);
    let made = create(&document).await.unwrap();
    let arn = "arn:aws:iam::123456789012:saml-provider/idp";
    assert_eq!(made.saml_provider_arn(), Some(arn));
    assert_eq!(
        said(create(&document).await),
        "EntityAlreadyExists: Provider with name idp already exists."
    );
    let get = || iam.get_saml_provider().saml_provider_arn(arn).send();
    let found = get().await.unwrap();
    assert_eq!(found.saml_metadata_document(), Some(document.as_str()));
    assert_eq!(
        found.valid_until().unwrap().to_string(),
        "2030-01-02T03:04:05Z"
    );
    iam.tag_saml_provider()
        .saml_provider_arn(arn)
        .tags(
            aws_sdk_iam::types::Tag::builder()
                .key("a")
                .value("1")
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(get().await.unwrap().tags().len(), 1);
    let other = metadata("");
    iam.update_saml_provider()
        .saml_provider_arn(arn)
        .saml_metadata_document(&other)
        .send()
        .await
        .unwrap();
    let found = get().await.unwrap();
    assert_eq!(found.saml_metadata_document(), Some(other.as_str()));
    let delete = || iam.delete_saml_provider().saml_provider_arn(arn).send();
    delete().await.unwrap();
    let missing = format!("NoSuchEntity: Manifest not found for arn {arn}");
    assert_eq!(said(delete().await), missing);
    assert_eq!(said(get().await), missing);
}
