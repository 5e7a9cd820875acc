//! Signing keys that were derived before: one is good for a day, a region and a service.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::wire::sigv4::{Keyed, Signature};
use crate::secret::Secret;

/// Keys that are kept.
const KEPT: usize = 64;

/// The signing keys derived last.
#[derive(Default)]
pub struct SigningKeys(Mutex<VecDeque<Derived>>);

struct Derived {
    secret: Secret,
    date: String,
    region: String,
    service: String,
    key: SigningKey,
}

/// A signing key, and HMAC under it.
#[derive(Clone)]
pub struct SigningKey {
    /// The key.
    pub key: Zeroizing<[u8; 32]>,
    keyed: Keyed,
}

impl SigningKey {
    fn new(key: [u8; 32]) -> Self {
        Self {
            key: key.into(),
            keyed: Keyed::new(&key),
        }
    }

    /// Whether a hexadecimal signature is the one of these data.
    #[must_use]
    pub fn is_signature(&self, data: &[u8], signature: &str) -> bool {
        self.keyed.is_signature(data, signature)
    }
}

impl SigningKeys {
    /// The key that signs in the scope of a signature, of whoever has this secret.
    pub fn derive(&self, signature: &Signature<'_>, secret: &Secret) -> SigningKey {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|it| {
            it.secret == *secret
                && it.date == signature.date
                && it.region == signature.region
                && it.service == signature.service
        });
        if let Some(found) = found {
            return found.key.clone();
        }
        let key = SigningKey::new(signature.signing_key(secret.expose()));
        if known.len() >= KEPT {
            known.pop_front();
        }
        known.push_back(Derived {
            secret: secret.clone(),
            date: signature.date.clone().into_owned(),
            region: signature.region.clone().into_owned(),
            service: signature.service.clone().into_owned(),
            key: key.clone(),
        });
        key
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::hmac;

    fn signature(region: &str) -> Signature<'static> {
        let credential = format!("AKIA/20261123/{region}/s3/aws4_request");
        let (parts, ()) = http::Request::builder()
            .header("x-amz-date", "20261123T161000Z")
            .header(
                "authorization",
                format!(
                    "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
                ),
            )
            .body(())
            .unwrap()
            .into_parts();
        Signature::find(&parts).unwrap().unwrap().into_owned()
    }

    #[test]
    fn a_kept_key_is_the_one_of_its_scope_and_secret_and_few_are_kept() {
        let keys = SigningKeys::default();
        for _ in 0..2 {
            for number in 0..KEPT {
                let signature = signature(&format!("eu-west-{number}"));
                for secret in ["one", "another"] {
                    let derived = || keys.derive(&signature, &Secret::new(secret));
                    let key = signature.signing_key(secret);
                    assert_eq!(*derived().key, key, "{number} {secret}");
                    assert_eq!(*derived().key, key);
                    let signed = hex::encode(hmac(&key, b"text"));
                    assert!(derived().is_signature(b"text", &signed));
                    assert!(!derived().is_signature(b"texts", &signed));
                    assert!(!derived().is_signature(b"text", "00"));
                }
            }
        }
        assert_eq!(keys.0.lock().unwrap().len(), KEPT);
    }
}
