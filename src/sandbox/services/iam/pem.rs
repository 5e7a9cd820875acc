//! Certificates and keys in PEM, as far as IAM looks into them: RFC 5280 (certificates), RFC 8017,
//! RFC 5915 and RFC 5208 (private keys), RFC 4253 (the form of SSH).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{AnyRef, BitStringRef, GeneralizedTime, OctetStringRef, UintRef, UtcTime};
use der::{Decode, Encode, Error, ErrorKind, Reader, SliceReader, Tag};
use jiff::Timestamp;
use rustls_pki_types::pem::{PemObject, SectionKind};

/// The algorithm of RSA keys: `SEQUENCE { rsaEncryption, NULL }` without its head.
const RSA: [u8; 13] = [
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];
/// The object identifier of elliptic curves' public keys.
const CURVE: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// What SSH calls an RSA key.
const SSH_RSA: &str = "ssh-rsa";

/// A certificate.
pub struct Certificate {
    /// When it ends.
    pub ends: Timestamp,
    /// Whose it is, as it is encoded.
    pub subject: Vec<u8>,
    /// Who signed it, as it is encoded.
    pub issuer: Vec<u8>,
    /// Its public key, as it is encoded (SubjectPublicKeyInfo).
    pub key: Vec<u8>,
}

fn sections(text: &str) -> Option<Vec<(SectionKind, Vec<u8>)>> {
    <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .ok()
}

/// The one certificate that a text holds.
pub fn certificate(text: &str) -> Option<Certificate> {
    let mut all = certificates(text)?;
    let found = all.pop();
    found.filter(|_| all.is_empty())
}

/// The certificates that a text holds, at least one, and nothing else.
pub fn certificates(text: &str) -> Option<Vec<Certificate>> {
    let sections = sections(text)?;
    let read = |(kind, bytes): &(SectionKind, Vec<u8>)| match kind {
        SectionKind::Certificate => read_certificate(bytes).ok(),
        _ => None,
    };
    let found: Vec<Certificate> = sections.iter().map(read).collect::<Option<_>>()?;
    (!found.is_empty()).then_some(found)
}

fn read_certificate(bytes: &[u8]) -> Result<Certificate, Error> {
    let mut reader = SliceReader::new(bytes)?;
    let found = reader.sequence(|certificate| {
        let found = certificate.sequence(|body| {
            if Tag::peek(body)?.is_context_specific() {
                body.tlv_bytes()?; // version
            }
            body.tlv_bytes()?; // serial number
            body.tlv_bytes()?; // algorithm of the signature
            let issuer = body.tlv_bytes()?.to_vec();
            let ends = body.sequence(|validity| {
                read_time(validity)?;
                read_time(validity)
            })?;
            let subject = body.tlv_bytes()?.to_vec();
            let key = body.tlv_bytes()?.to_vec();
            while !body.is_finished() {
                body.tlv_bytes()?;
            }
            Ok::<_, Error>(Certificate {
                ends,
                subject,
                issuer,
                key,
            })
        })?;
        certificate.tlv_bytes()?; // algorithm of the signature
        certificate.tlv_bytes()?; // signature
        Ok::<_, Error>(found)
    })?;
    reader.finish()?;
    Ok(found)
}

fn read_time<'a>(reader: &mut SliceReader<'a>) -> Result<Timestamp, Error> {
    let since_1970 = match Tag::peek(reader)? {
        Tag::UtcTime => UtcTime::decode(reader)?.to_unix_duration(),
        _ => GeneralizedTime::decode(reader)?.to_unix_duration(),
    };
    i64::try_from(since_1970.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| ErrorKind::DateTime.into())
}

/// The public key that belongs to a private key in PEM, as a certificate encodes it.
pub fn public_of_private(text: &str) -> Option<Vec<u8>> {
    let sections = sections(text)?;
    let [(kind, bytes)] = sections.as_slice() else {
        return None;
    };
    match kind {
        SectionKind::RsaPrivateKey => rsa_public(bytes).ok(),
        SectionKind::EcPrivateKey => curve_public(bytes, None).ok(),
        SectionKind::PrivateKey => pkcs8_public(bytes).ok(),
        _ => None,
    }
}

fn sequence(content: &[u8]) -> Result<Vec<u8>, Error> {
    AnyRef::new(Tag::Sequence, content)?.to_der()
}

/// SubjectPublicKeyInfo of an algorithm and the bits of a key.
fn public_key(algorithm: &[u8], bits: &[u8]) -> Result<Vec<u8>, Error> {
    let bits = BitStringRef::from_bytes(bits)?.to_der()?;
    sequence(&[algorithm, &bits].concat())
}

/// The same of the two numbers of an RSA key.
fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>, Error> {
    let modulus = UintRef::new(modulus)?.to_der()?;
    let exponent = UintRef::new(exponent)?.to_der()?;
    public_key(&sequence(&RSA)?, &sequence(&[modulus, exponent].concat())?)
}

fn rsa_public(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    SliceReader::new(bytes)?.sequence(|key| {
        key.tlv_bytes()?; // version
        let modulus = UintRef::decode(key)?;
        let exponent = UintRef::decode(key)?;
        while !key.is_finished() {
            key.tlv_bytes()?;
        }
        rsa_key(modulus.as_bytes(), exponent.as_bytes())
    })
}

fn pkcs8_public(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let (algorithm, key) = SliceReader::new(bytes)?.sequence(|key| {
        key.tlv_bytes()?; // version
        let algorithm = key.tlv_bytes()?;
        let inner = <&OctetStringRef>::decode(key)?.as_bytes();
        while !key.is_finished() {
            key.tlv_bytes()?;
        }
        Ok::<_, Error>((algorithm, inner))
    })?;
    if algorithm == sequence(&RSA)? {
        rsa_public(key)
    } else {
        curve_public(key, Some(algorithm))
    }
}

/// The public part that the key of an elliptic curve has in itself.
fn curve_public(bytes: &[u8], algorithm: Option<&[u8]>) -> Result<Vec<u8>, Error> {
    SliceReader::new(bytes)?.sequence(|key| {
        key.tlv_bytes()?; // version
        key.tlv_bytes()?; // the private part
        let mut algorithm = algorithm.map(<[u8]>::to_vec);
        let mut bits = None;
        while !key.is_finished() {
            let part = AnyRef::decode(key)?;
            let number = part.header().tag().number().value();
            if number == 0 && algorithm.is_none() {
                algorithm = Some(sequence(&[&CURVE, part.value()].concat())?);
            } else if number == 1 {
                bits = Some(BitStringRef::from_der(part.value())?);
            }
        }
        let (Some(algorithm), Some(bits)) = (algorithm, bits) else {
            return Err(ErrorKind::Failed.into());
        };
        public_key(&algorithm, bits.raw_bytes())
    })
}

/// An RSA public key: the form of SSH in bytes, from which the others are made.
#[derive(PartialEq, Eq)]
pub struct SshKey(Vec<u8>);

/// Takes one string of SSH's wire form off the front.
fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (found, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(found)
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    out.extend(u32::try_from(bytes.len()).ok()?.to_be_bytes());
    out.extend(bytes);
    Some(())
}

impl SshKey {
    /// Reads `ssh-rsa …`, or a public key in PEM.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        if words.next() == Some(SSH_RSA) {
            let key = Self(STANDARD.decode(words.next()?).ok()?);
            return key.numbers().is_some().then_some(key);
        }
        let sections = sections(text)?;
        let [(SectionKind::PublicKey, bytes)] = sections.as_slice() else {
            return None;
        };
        Self::read_pem(bytes).ok().flatten()
    }

    fn read_pem(bytes: &[u8]) -> Result<Option<Self>, Error> {
        let bits = SliceReader::new(bytes)?.sequence(|key| {
            let algorithm = key.tlv_bytes()?;
            let bits = BitStringRef::decode(key)?.raw_bytes();
            Ok::<_, Error>((algorithm == sequence(&RSA)?).then_some(bits))
        })?;
        let Some(bits) = bits else { return Ok(None) };
        SliceReader::new(bits)?.sequence(|key| {
            let modulus = UintRef::decode(key)?;
            let exponent = UintRef::decode(key)?;
            let mut out = Vec::new();
            let written = put(&mut out, SSH_RSA.as_bytes())
                .and_then(|()| put(&mut out, &signed(exponent.as_bytes())))
                .and_then(|()| put(&mut out, &signed(modulus.as_bytes())));
            Ok(written.map(|()| Self(out)))
        })
    }

    /// Modulus and exponent.
    fn numbers(&self) -> Option<(&[u8], &[u8])> {
        let mut rest = self.0.as_slice();
        let kind = take(&mut rest)?;
        let exponent = take(&mut rest)?;
        let modulus = take(&mut rest)?;
        (kind == SSH_RSA.as_bytes() && rest.is_empty() && !modulus.is_empty())
            .then_some((modulus, exponent))
    }

    /// Bits of the modulus.
    pub fn bits(&self) -> usize {
        let Some((modulus, _)) = self.numbers() else {
            return 0;
        };
        let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
        let first = modulus.get(zeros).map_or(0, |byte| byte.leading_zeros());
        (modulus.len() - zeros) * 8 - usize::try_from(first).unwrap_or_default()
    }

    /// MD5 of the key, as `ssh-keygen -l -E md5` prints it.
    pub fn fingerprint(&self) -> String {
        use md5::Digest as _;
        let pairs: Vec<String> = md5::Md5::digest(&self.0)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        pairs.join(":")
    }

    /// As `ssh-rsa …`.
    pub fn to_ssh(&self) -> String {
        format!("{SSH_RSA} {}", STANDARD.encode(&self.0))
    }

    /// As `-----BEGIN PUBLIC KEY-----`.
    pub fn to_pem(&self) -> Option<String> {
        let (modulus, exponent) = self.numbers()?;
        let encoded = STANDARD.encode(rsa_key(modulus, exponent).ok()?);
        let mut out = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        let letters: Vec<char> = encoded.chars().collect();
        for line in letters.chunks(64) {
            out.extend(line);
            out.push('\n');
        }
        out.push_str("-----END PUBLIC KEY-----\n");
        Some(out)
    }
}

/// A number with a zero before it where its first bit would be taken for a sign.
fn signed(number: &[u8]) -> Vec<u8> {
    let sign = number.first().is_some_and(|byte| byte & 0x80 != 0);
    let mut out = if sign { vec![0] } else { Vec::new() };
    out.extend(number);
    out
}
