//! Which certificates are trusted.

use std::fmt;

use aws_smithy_http_client as http;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::failed::Failed;

/// Certificates that can be read, as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trusted(Vec<u8>);

/// The certificates of a file, as `--ca-bundle` names it. The SDK would panic on what is none.
///
/// # Errors
///
/// A file that cannot be read, or holds no certificate.
pub(super) fn read(path: &str) -> Result<Trusted, Failed> {
    let failed = |why: &dyn fmt::Display| {
        Failed::general(format!("cannot read the CA bundle `{path}`: {why}"))
    };
    let text = std::fs::read(path).map_err(|why| failed(&why))?;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|why| failed(&why))?;
        roots.add(certificate).map_err(|why| failed(&why))?;
    }
    if roots.is_empty() {
        return Err(failed(&"it holds no certificate"));
    }
    Ok(Trusted(text))
}

/// HTTPS by rustls with ring: the SDK's own default, aws-lc, takes a newcomer's machine ten times as
/// long to build. Without named certificates those of the machine are trusted.
pub(super) fn https(trusted: Option<&Trusted>) -> SharedHttpClient {
    let store = trusted.map_or_else(TrustStore::default, |Trusted(text)| {
        TrustStore::empty().with_pem_certificate(text.as_slice())
    });
    let builder = http::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    match TlsContext::builder().with_trust_store(store).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        // There is nothing in it that could be refused; the store of the machine is the default.
        Err(_) => builder.build_https(),
    }
}
