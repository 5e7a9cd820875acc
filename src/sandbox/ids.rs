//! Ids and secrets in AWS's formats, from a seed and a counter, so that runs repeat.
//!
//! Source of the formats: IAM User Guide, "IAM identifiers".

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::secret::Secret;

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const REQUEST: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Characters of a version's id before those that check it.
const VERSION: usize = 28;

/// Four characters that follow from a text.
fn check_letters(text: &str) -> String {
    let sum = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, text.as_bytes());
    (0..4)
        .map(|place| {
            let index = (sum >> (16 * place)) % (MIXED.len() as u64);
            let letter = usize::try_from(index).ok().and_then(|at| MIXED.get(at));
            letter.copied().map_or('A', char::from)
        })
        .collect()
}

/// A generator: every draw is HMAC-SHA256 of the counter under the seed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ids {
    seed: Secret,
    counter: u64,
    /// HMAC under the seed, from the first draw on.
    #[serde(skip)]
    keyed: OnceLock<Option<Hmac<Sha256>>>,
}

impl Ids {
    /// A generator from a seed (the caller's randomness), at its first draw.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            seed: Secret::new(hex::encode(seed)),
            counter: 0,
            keyed: OnceLock::new(),
        }
    }

    /// The same seed with its own series, told apart by the label.
    #[must_use]
    pub fn fork(&self, label: &str) -> Self {
        Self {
            seed: Secret::new(format!("{}{label}", self.seed.expose())),
            counter: 0,
            keyed: OnceLock::new(),
        }
    }

    /// How many draws there were.
    #[must_use]
    pub fn drawn(&self) -> u64 {
        self.counter
    }

    /// Goes on as after so many draws.
    pub fn go_on_from(&mut self, drawn: u64) {
        self.counter = drawn;
    }

    fn keyed(&self) -> Option<&Hmac<Sha256>> {
        let seed = self.seed.expose().as_bytes();
        let keyed = self.keyed.get_or_init(|| Hmac::new_from_slice(seed).ok());
        keyed.as_ref()
    }

    /// 32 bytes that nobody without the seed can foretell.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.counter += 1;
        // HMAC takes a key of any length.
        let Some(mut mac) = self.keyed().cloned() else {
            return [0; 32];
        };
        mac.update(&self.counter.to_be_bytes());
        mac.finalize().into_bytes().into()
    }

    /// `length` characters of an alphabet.
    fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut out = String::with_capacity(length);
        while out.len() < length {
            for byte in self.bytes() {
                if out.len() == length {
                    break;
                }
                let at = usize::from(byte) % alphabet.len().max(1);
                out.push(alphabet.get(at).copied().map_or('A', char::from));
            }
        }
        out
    }

    /// A unique id of an IAM entity: the prefix (`AIDA`, `AROA`, `AGPA`, `ANPA`, `AIPA`) and 17
    /// characters.
    pub fn entity(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.letters(UPPER, 17))
    }

    /// An access key id: the prefix (`AKIA`, `ASIA`) and 16 characters.
    pub fn access_key(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", self.letters(UPPER, 16))
    }

    /// Id of a signing certificate: 28 characters.
    pub fn certificate(&mut self) -> String {
        self.letters(UPPER, 28)
    }

    /// A secret access key: 40 characters of base64.
    pub fn secret_key(&mut self) -> Secret {
        let bytes = [self.bytes(), self.bytes()].concat();
        let text: String = STANDARD.encode(bytes).chars().take(40).collect();
        Secret::new(text)
    }

    /// An opaque session token, with the start that AWS's have.
    pub fn session_token(&mut self) -> Secret {
        let bytes: Vec<u8> = (0..8).flat_map(|_| self.bytes()).collect();
        Secret::new(format!("IQoJb3JpZ2luX2Vj{}", STANDARD.encode(bytes)))
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let mut bytes = [0; 16];
        for (byte, drawn) in bytes.iter_mut().zip(self.bytes()) {
            *byte = drawn;
        }
        uuid(bytes)
    }

    /// Characters of `[A-Za-z0-9]`, as at the end of CloudFormation's physical ids.
    pub fn mixed(&mut self, length: usize) -> String {
        self.letters(MIXED, length)
    }

    /// Id of a version of an object: 32 letters and digits. As S3's own, an id that was never given
    /// out is known as such: the last four are a checksum of the others.
    pub fn version(&mut self) -> String {
        let drawn = self.mixed(VERSION);
        let check = check_letters(&drawn);
        drawn + &check
    }

    /// Whether a text is an id as [`Self::version`] gives them out.
    #[must_use]
    pub fn is_version(text: &str) -> bool {
        text.split_at_checked(VERSION)
            .is_some_and(|(drawn, check)| check == check_letters(drawn))
    }

    /// Characters of `[a-z2-7]`, as at the end of generated bucket names.
    pub fn lower(&mut self, length: usize) -> String {
        self.letters(LOWER, length)
    }

    /// An S3 request id: 16 characters.
    pub fn s3_request(&mut self) -> String {
        self.letters(REQUEST, 16)
    }

    /// An S3 host id: 76 characters of base64.
    pub fn s3_host(&mut self) -> String {
        let bytes: Vec<u8> = (0..2)
            .flat_map(|_| self.bytes())
            .chain([0])
            .take(56)
            .collect();
        STANDARD.encode(bytes)
    }
}

/// Ids of requests, drawn by many at once. Nothing is guarded by them, so they are mixed (SplitMix64)
/// and not hashed.
#[derive(Debug)]
pub struct RequestIds {
    seed: u64,
    drawn: AtomicU64,
}

/// Words of a request's ids.
const WORDS: u64 = 9;

impl RequestIds {
    /// A series from its first draw on.
    #[must_use]
    pub fn new(mut ids: Ids) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = ids.bytes();
        Self {
            seed: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            drawn: AtomicU64::new(0),
        }
    }

    /// Fills with words of a new draw; there are [`WORDS`].
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut number = self.drawn.fetch_add(WORDS, Ordering::Relaxed);
        for place in bytes.chunks_exact_mut(8) {
            number = number.wrapping_add(1);
            let word = self.seed.wrapping_add(number.wrapping_mul(STEP));
            let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            place.copy_from_slice(&(word ^ (word >> 31)).to_be_bytes());
        }
    }

    /// The id of a request.
    pub fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid(bytes)
    }

    /// The ids of a request to S3: its own of 16 characters, and the host's, 76 characters of base64.
    pub fn s3(&self) -> (String, String) {
        let mut bytes = [0; 8 * WORDS as usize];
        self.fill(&mut bytes);
        let (letters, host) = bytes.split_at(16);
        let letter = |byte: &u8| REQUEST.get(usize::from(*byte) % REQUEST.len().max(1));
        let mut id = String::with_capacity(letters.len());
        id.extend(letters.iter().filter_map(letter).copied().map(char::from));
        (id, STANDARD.encode(host))
    }
}

/// A version 4 UUID of these bytes.
fn uuid(mut bytes: [u8; 16]) -> String {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let mut digits = [0; 32];
    // Two digits a byte fit.
    let _ = hex::encode_to_slice(bytes, &mut digits);
    let digits = std::str::from_utf8(&digits).unwrap_or_default();
    let mut out = String::with_capacity(36);
    for part in [0..8, 8..12, 12..16, 16..20, 20..32] {
        if part.start > 0 {
            out.push('-');
        }
        out.push_str(digits.get(part).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_formats_of_aws_and_repeat_from_a_seed() {
        let draw = |seed: u8| {
            let mut ids = Ids::new([seed; 32]);
            (
                ids.entity("AIDA"),
                ids.access_key("AKIA"),
                ids.secret_key().expose().to_owned(),
                ids.uuid(),
                RequestIds::new(ids.fork("requests")).s3().1,
            )
        };
        let (user, key, secret, uuid, host) = draw(1);
        assert_eq!(draw(1).0, user);
        assert_ne!(draw(2).0, user);
        assert_eq!(
            (user.len(), key.len(), secret.len(), host.len()),
            (21, 20, 40, 76)
        );
        assert!(user.bytes().all(|byte| UPPER.contains(&byte)), "{user}");
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid.as_bytes()[14], b'4');
    }

    #[test]
    fn ids_of_requests_repeat_from_a_seed_and_none_comes_twice() {
        let draw = |seed: u8| {
            let ids = RequestIds::new(Ids::new([seed; 32]));
            (0..1_000)
                .flat_map(|_| {
                    let (id, host) = ids.s3();
                    assert_eq!((id.len(), host.len()), (16, 76));
                    assert!(id.bytes().all(|byte| REQUEST.contains(&byte)), "{id}");
                    [id, host, ids.uuid()]
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        let all: std::collections::HashSet<_> = draw(1).into_iter().chain(draw(2)).collect();
        assert_eq!(all.len(), 6_000);
    }
}
