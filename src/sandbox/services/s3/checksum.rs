//! Checksums of object data.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crc_fast::CrcAlgorithm;
use http::HeaderMap;
use md5::Md5;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::errors::{invalid_argument, invalid_request};
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Input;

/// The checksum algorithms of S3 that are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// CRC-32.
    #[serde(rename = "CRC32")]
    Crc32,
    /// CRC-32C.
    #[serde(rename = "CRC32C")]
    Crc32C,
    /// CRC-64/NVME, which S3 computes where nothing else is asked for.
    #[serde(rename = "CRC64NVME")]
    Crc64Nvme,
    /// SHA-1.
    #[serde(rename = "SHA1")]
    Sha1,
    /// SHA-256.
    #[serde(rename = "SHA256")]
    Sha256,
}

const ALL: [Algorithm; 5] = [
    Algorithm::Crc32,
    Algorithm::Crc32C,
    Algorithm::Crc64Nvme,
    Algorithm::Sha1,
    Algorithm::Sha256,
];

impl Algorithm {
    /// Each of them.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }

    /// Name in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The member that carries a value of it.
    pub fn member(self) -> &'static str {
        match self {
            Self::Crc32 => "ChecksumCRC32",
            Self::Crc32C => "ChecksumCRC32C",
            Self::Crc64Nvme => "ChecksumCRC64NVME",
            Self::Sha1 => "ChecksumSHA1",
            Self::Sha256 => "ChecksumSHA256",
        }
    }

    /// The header that carries it.
    fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    /// The algorithm asked for in `ChecksumAlgorithm`.
    pub fn asked(input: &Input) -> Result<Option<Self>, AwsError> {
        let Some(name) = input.text("ChecksumAlgorithm") else {
            return Ok(None);
        };
        match ALL.into_iter().find(|known| known.name() == name) {
            Some(known) => Ok(Some(known)),
            None if matches!(
                name,
                "SHA512" | "MD5" | "XXHASH64" | "XXHASH3" | "XXHASH128"
            ) =>
            {
                Err(AwsError::unsupported(format_args!(
                    "checksum algorithm {name}"
                )))
            }
            None => Err(invalid_request(
                "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
            )),
        }
    }

    fn digest(self, data: &[u8]) -> Vec<u8> {
        let crc = |algorithm| crc_fast::checksum(algorithm, data).to_be_bytes();
        let short = |bytes: [u8; 8]| bytes.iter().skip(4).copied().collect();
        match self {
            Self::Crc32 => short(crc(CrcAlgorithm::Crc32IsoHdlc)),
            Self::Crc32C => short(crc(CrcAlgorithm::Crc32Iscsi)),
            Self::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme).to_vec(),
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
        }
    }
}

/// A checksum as S3 keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// Algorithm.
    pub algorithm: Algorithm,
    /// Base64 text, with `-` and the number of parts for a checksum of checksums.
    pub value: String,
    /// Over the checksums of the parts instead of the data.
    pub composite: bool,
}

impl Checksum {
    /// Of data as a whole.
    pub fn of(algorithm: Algorithm, data: &[u8]) -> Self {
        Self {
            algorithm,
            value: STANDARD.encode(algorithm.digest(data)),
            composite: false,
        }
    }

    /// Of the checksums of parts.
    pub fn of_parts<'a>(algorithm: Algorithm, parts: impl Iterator<Item = &'a Checksum>) -> Self {
        let mut bytes = Vec::new();
        let mut count = 0;
        for part in parts {
            bytes.extend(STANDARD.decode(&part.value).unwrap_or_default());
            count += 1;
        }
        let value = STANDARD.encode(algorithm.digest(&bytes));
        Self {
            algorithm,
            value: format!("{value}-{count}"),
            composite: true,
        }
    }

    /// Name of the kind.
    pub fn kind(&self) -> &'static str {
        if self.composite {
            "COMPOSITE"
        } else {
            "FULL_OBJECT"
        }
    }

    /// As the attributes of an object have it: the number of parts stands beside it there.
    pub fn without_count(&self) -> Self {
        let value = self.value.split('-').next().unwrap_or_default();
        Self {
            value: value.to_owned(),
            ..self.clone()
        }
    }

    /// Puts value and kind into an answer.
    pub fn answer(&self, members: &mut Map<String, Value>) {
        members.insert(
            self.algorithm.member().to_owned(),
            self.value.clone().into(),
        );
        members.insert("ChecksumType".to_owned(), self.kind().into());
    }
}

/// The value given for an algorithm, if any.
pub(super) fn given(input: &Input) -> Result<Option<(Algorithm, &str)>, AwsError> {
    let mut found = ALL
        .into_iter()
        .filter_map(|known| Some((known, input.text(known.member())?)));
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        )),
    }
}

/// What a body comes to. It takes time for a large one, and needs nothing of the world.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The checksum to keep.
    pub(super) checksum: Checksum,
    /// The ETag of an object, or part, of this body.
    pub(super) etag: String,
}

/// Compares the body with the checksums that came along, and gives what to keep.
///
/// # Errors
///
/// S3's error of a checksum that is malformed or wrong.
pub fn measure(input: &Input) -> Result<Measured, AwsError> {
    Ok(Measured {
        checksum: verify(input, &input.body)?,
        etag: md5_hex(&input.body),
    })
}

/// The same, unless it was done before.
pub(super) fn measured(input: &Input) -> Result<Measured, AwsError> {
    input.measured.clone().unwrap_or_else(|| measure(input))
}

/// Compares the body with the checksums that came along, and gives the one to keep.
fn verify(input: &Input, data: &Bytes) -> Result<Checksum, AwsError> {
    if let Some(text) = input.text("ContentMD5") {
        // Of a part S3 gives back the digest as it came, of an object in hexadecimal digits.
        let as_it_came = input.text("UploadId").is_some();
        compare_md5(text, data, as_it_came)?;
    }
    let asked = Algorithm::asked(input)?;
    match given(input)? {
        Some((algorithm, value)) => compare(algorithm, value, data),
        None => Ok(Checksum::of(asked.unwrap_or(Algorithm::Crc64Nvme), data)),
    }
}

/// Compares the body of a request that stores no object with the checksums in its headers.
///
/// # Errors
///
/// S3's error of a checksum that is malformed or wrong.
pub fn compare_headers(headers: &HeaderMap, data: &Bytes) -> Result<(), AwsError> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(text) = header("content-md5") {
        compare_md5(text, data, false)?;
    }
    for algorithm in ALL {
        if let Some(value) = header(&algorithm.header()) {
            compare(algorithm, value, data)?;
        }
    }
    Ok(())
}

fn compare_md5(text: &str, data: &[u8], as_it_came: bool) -> Result<(), AwsError> {
    let expected = STANDARD.decode(text).ok().filter(|bytes| bytes.len() == 16);
    let Some(expected) = expected else {
        return Err(AwsError::new(
            400,
            "InvalidDigest",
            "The Content-MD5 you specified was invalid.",
        )
        .with("Content-MD5", text));
    };
    let found = Md5::digest(data);
    if expected != found.as_slice() {
        return Err(AwsError::new(
            400,
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        )
        .with(
            "ExpectedDigest",
            if as_it_came {
                text.to_owned()
            } else {
                hex::encode(expected)
            },
        )
        .with("CalculatedDigest", STANDARD.encode(found)));
    }
    Ok(())
}

fn compare(algorithm: Algorithm, value: &str, data: &Bytes) -> Result<Checksum, AwsError> {
    let computed = Checksum::of(algorithm, data);
    let length = |text: &str| STANDARD.decode(text).map(|bytes| bytes.len()).ok();
    if length(value) != length(&computed.value) {
        return Err(invalid_request(format!(
            "Value for {} header is invalid.",
            algorithm.header()
        )));
    }
    if computed.value != value {
        return Err(AwsError::new(
            400,
            "BadDigest",
            format!(
                "The {} you specified did not match the calculated checksum.",
                algorithm.name()
            ),
        ));
    }
    Ok(computed)
}

/// Hexadecimal MD5, the ETag of data written in one piece.
pub(super) fn md5_hex(data: &[u8]) -> String {
    hex::encode(Md5::digest(data))
}

/// The ETag of an object of several parts.
pub(super) fn multipart_etag<'a>(etags: impl Iterator<Item = &'a str>) -> Result<String, AwsError> {
    let mut bytes = Vec::new();
    let mut count = 0;
    for etag in etags {
        bytes.extend(
            hex::decode(etag)
                .map_err(|_| invalid_argument("Invalid ETag of a part", "ETag", etag))?,
        );
        count += 1;
    }
    Ok(format!("{}-{count}", md5_hex(&bytes)))
}
