//! Signing keys that were derived before: one is good for a day, a region and a service.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use zeroize::Zeroizing;

use super::wire::sigv4::Signature;
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
    key: Zeroizing<[u8; 32]>,
}

impl SigningKeys {
    /// The key that signs in the scope of a signature, of whoever has this secret.
    pub fn derive(&self, signature: &Signature, secret: &Secret) -> [u8; 32] {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|it| {
            it.secret == *secret
                && it.date == signature.date
                && it.region == signature.region
                && it.service == signature.service
        });
        if let Some(found) = found {
            return *found.key;
        }
        let key = signature.signing_key(secret.expose());
        if known.len() >= KEPT {
            known.pop_front();
        }
        known.push_back(Derived {
            secret: secret.clone(),
            date: signature.date.clone(),
            region: signature.region.clone(),
            service: signature.service.clone(),
            key: key.into(),
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

    fn signature(region: &str) -> Signature {
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
        Signature::find(&parts).unwrap().unwrap()
    }

    #[test]
    fn a_kept_key_is_the_one_of_its_scope_and_secret_and_few_are_kept() {
        let keys = SigningKeys::default();
        for _ in 0..2 {
            for number in 0..KEPT {
                let signature = signature(&format!("eu-west-{number}"));
                for secret in ["one", "another"] {
                    let derived = keys.derive(&signature, &Secret::new(secret));
                    assert_eq!(derived, signature.signing_key(secret), "{number} {secret}");
                    assert_eq!(derived, keys.derive(&signature, &Secret::new(secret)));
                }
            }
        }
        assert_eq!(keys.0.lock().unwrap().len(), KEPT);
    }
}
