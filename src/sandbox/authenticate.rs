//! Who signed a request, and whether truly: signature, time, token, payload.
//!
//! Nothing here asks what the caller may do; that is the gate's. This is Signature Version 4 of requests; what
//! is signed in other ways is in `presigned` and `form`.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderName;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use super::caller::{Caller, Identity};
use super::clock;
use super::error::AwsError;
use super::services::iam::{KeyStatus, User};
use super::signing_keys::SigningKeys;
use super::state::State;
use super::wire::chunked::{self, Broken, Payload};
use super::wire::route::Route;
use super::wire::sigv4::{self, Problem, Signature};
use crate::model::Service;
use crate::secret::Secret;

/// A request whose sender is known.
pub struct Authenticated {
    /// Who.
    pub caller: Arc<Caller>,
    /// Region of the signature's scope, if there is one.
    pub region: Option<String>,
    /// The body, decoded from its chunks.
    pub body: Bytes,
    /// Headers that came behind the chunks.
    pub trailers: Vec<(String, String)>,
}

/// Who a signature says that it is of, as the world knows them.
#[derive(Debug)]
pub struct Claimed {
    pub(super) caller: Arc<Caller>,
    pub(super) secret: Secret,
    /// The region, where the signature names none.
    pub(super) region: Option<String>,
}

/// Looks up whose signature it is; `None` where there is none. Nothing is proved yet.
///
/// # Errors
///
/// AWS's error of a signature that cannot be read, a wrong scope, or an unknown key.
pub fn claimed(
    state: &State,
    route: &Route,
    parts: &Parts,
    signature: &Result<Option<Signature<'_>>, Problem>,
) -> Result<Option<Claimed>, AwsError> {
    match signature {
        Ok(None) => Ok(None),
        Ok(Some(signature)) => {
            check_scope(state, route, signature)?;
            let (token, id) = (signature.token.as_deref(), &signature.access_key_id);
            let (caller, secret) = find_caller(state, route.service, id, token)?;
            Ok(Some(Claimed {
                caller,
                secret,
                region: None,
            }))
        }
        Err(problem) => Err(unreadable(route.service, parts, problem)),
    }
}

/// Refuses a session that is over.
pub(super) fn check_session(
    service: Service,
    caller: &Caller,
    token: Option<&str>,
    now: Timestamp,
) -> Result<(), AwsError> {
    let session = caller.session.as_ref();
    if session.is_none_or(|session| now < session.expires) {
        return Ok(());
    }
    Err(match token {
        Some(token) if service == Service::S3 => {
            AwsError::new(400, "ExpiredToken", "The provided token has expired.")
                .with("Token-0", token)
        }
        _ => AwsError::new(
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
    })
}

/// Checks a request against whom it claims to be of; this needs nothing of the world. An unsigned
/// one has an anonymous caller; whether that is enough is for the operation to say.
///
/// `wall` is the time that clients see, `now` the sandbox's own, by which sessions expire.
///
/// # Errors
///
/// AWS's error of the first check that fails.
pub fn prove(
    claimed: Option<Claimed>,
    route: &Route,
    parts: &Parts,
    signature: Option<&Signature<'_>>,
    body: Bytes,
    (wall, now): (Timestamp, Timestamp),
    keys: &SigningKeys,
) -> Result<Authenticated, AwsError> {
    let service = route.service;
    let s3 = service == Service::S3;
    let (Some(signature), Some(claimed)) = (signature, claimed) else {
        return anonymous(parts, body);
    };
    let Claimed { caller, secret, .. } = claimed;
    check_signed_headers(service, parts, signature)?;
    let payload_hash = payload_hash(service, parts, signature, &body)?;
    check_time(service, signature, wall)?;
    let key = keys.derive(signature, &secret);
    let canonical = signature.canonical_request(parts, &payload_hash, s3);
    let to_sign = signature.string_to_sign(&canonical);
    if !key.is_signature(to_sign.as_bytes(), &signature.signature) {
        return Err(does_not_match(service, signature, &to_sign, &canonical));
    }
    check_session(service, &caller, signature.token.as_deref(), now)?;
    let (body, trailers) = match Payload::read(&payload_hash) {
        Some(payload) if s3 => {
            let decoded = chunked::decode(&body, payload, signature, &key.key).map_err(
                |broken| match broken {
                    Broken::Incomplete => incomplete_body(),
                    Broken::Signature => does_not_match(service, signature, &to_sign, &canonical),
                },
            )?;
            (decoded.body, decoded.trailers)
        }
        _ => (body, Vec::new()),
    };
    if let Some(length) = header(parts, &DECODED_LENGTH)
        && s3
        && length.parse() != Ok(body.len())
    {
        return Err(incomplete_body());
    }
    Ok(Authenticated {
        caller,
        region: Some(signature.region.clone().into_owned()),
        body,
        trailers,
    })
}

fn anonymous(parts: &Parts, body: Bytes) -> Result<Authenticated, AwsError> {
    let chunked = header(parts, &CONTENT_SHA256).and_then(Payload::read);
    if chunked.is_some_and(|payload| payload != Payload::UnsignedTrailer) {
        return Err(AwsError::denied("Access Denied"));
    }
    let (body, trailers) = match chunked {
        Some(_) => unsigned_chunks(&body)?,
        None => (body, Vec::new()),
    };
    Ok(Authenticated {
        caller: Arc::new(Caller::anonymous()),
        region: None,
        body,
        trailers,
    })
}

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const DECODED_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");

fn header<'a>(parts: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    parts
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
}

pub(super) fn incomplete_body() -> AwsError {
    AwsError::new(
        400,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

/// Chunks of an anonymous request: there is no key to check them with, and nothing to check.
fn unsigned_chunks(body: &Bytes) -> Result<(Bytes, Vec<(String, String)>), AwsError> {
    let nobody = Signature {
        access_key_id: "".into(),
        date: "".into(),
        region: "".into(),
        service: "".into(),
        signed_headers: "".into(),
        signature: "".into(),
        amz_date: "".into(),
        at: Timestamp::UNIX_EPOCH,
        expires: None,
        token: None,
        presigned: false,
    };
    chunked::decode(body, Payload::UnsignedTrailer, &nobody, &[0; 32])
        .map(|decoded| (decoded.body, decoded.trailers))
        .map_err(|_| incomplete_body())
}

/// A signature that cannot be read. The texts for Query services and most for S3 are as commonly
/// quoted from AWS, not recorded.
pub(super) fn unreadable(service: Service, parts: &Parts, problem: &Problem) -> AwsError {
    let in_query = !parts.headers.contains_key(http::header::AUTHORIZATION);
    if service == Service::S3 {
        let malformed = |text: &str| {
            AwsError::new(
                400,
                "AuthorizationHeaderMalformed",
                format!("The authorization header is malformed; {text}"),
            )
        };
        return match problem {
            Problem::Algorithm(name) if name == "AWS" => AwsError::new(
                400,
                "InvalidRequest",
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
            ),
            Problem::Algorithm(_) if in_query => AwsError::new(
                400,
                "AuthorizationQueryParametersError",
                "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
            ),
            Problem::Algorithm(name) => {
                AwsError::new(400, "InvalidArgument", "Unsupported Authorization Type")
                    .with("ArgumentName", "Authorization")
                    .with("ArgumentValue", name.clone())
            }
            Problem::Missing(_) if in_query => AwsError::new(
                400,
                "AuthorizationQueryParametersError",
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
                 X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
            ),
            Problem::Missing(_) => malformed(
                "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
            ),
            Problem::Credential(_) if in_query => AwsError::new(
                400,
                "AuthorizationQueryParametersError",
                "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
                 \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            ),
            Problem::Credential(_) => malformed(
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            ),
            Problem::Date => {
                AwsError::denied("AWS authentication requires a valid Date or x-amz-date header")
            }
            Problem::Expires => AwsError::new(
                400,
                "AuthorizationQueryParametersError",
                "X-Amz-Expires must be a number between 0 and 604800 seconds",
            ),
        };
    }
    let text = match problem {
        Problem::Missing(names) => {
            let requires: Vec<String> = names
                .iter()
                .map(|name| format!("Authorization header requires '{name}' parameter."))
                .collect();
            requires.join(" ")
        }
        Problem::Date => {
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                .to_owned()
        }
        Problem::Credential(credential) => {
            format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )
        }
        Problem::Algorithm(name) => format!("Unsupported AWS 'algorithm': '{name}'."),
        Problem::Expires => {
            "X-Amz-Expires must be a number of seconds between 0 and 604800.".to_owned()
        }
    };
    AwsError::new(400, "IncompleteSignature", text)
}

/// The scope must name the service and a region in which the request was sent.
fn check_scope(state: &State, route: &Route, signature: &Signature<'_>) -> Result<(), AwsError> {
    let service = route.service;
    // S3's words of URLs are those that MinIO's table of errors has from AWS.
    let (code, what) = if signature.presigned {
        let what = "Error parsing the X-Amz-Credential parameter";
        ("AuthorizationQueryParametersError", what)
    } else {
        let what = "The authorization header is malformed";
        ("AuthorizationHeaderMalformed", what)
    };
    if signature.service != service.prefix() {
        return Err(match service {
            Service::S3 => AwsError::new(
                400,
                code,
                format!(
                    "{what}; incorrect service \"{}\". This endpoint belongs to \"s3\".",
                    signature.service
                ),
            ),
            _ => AwsError::new(
                403,
                "SignatureDoesNotMatch",
                format!("Credential should be scoped to correct service: '{service}'. "),
            ),
        });
    }
    // IAM's own host is in us-east-1 wherever the caller is. Clients that are given another endpoint
    // sign in the region that they are set to.
    let expected = match route.region.as_deref() {
        Some(expected) if signature.region == expected => return Ok(()),
        Some(expected) => expected,
        None if !signature.region.is_empty() && is_region(&signature.region, state) => {
            return Ok(());
        }
        None => &state.region,
    };
    let region = &signature.region;
    Err(match service {
        // Clients such as s3cmd take the region from here and ask again.
        Service::S3 => {
            let text = format!("{what}; the region '{region}' is wrong; expecting '{expected}'");
            AwsError::new(400, code, text).with("Region", expected)
        }
        _ => AwsError::new(
            403,
            "SignatureDoesNotMatch",
            format!("Credential should be scoped to a valid region, not '{region}'. "),
        ),
    })
}

/// Whether a name looks like a region (`us-east-1`), or is the sandbox's own.
fn is_region(name: &str, state: &State) -> bool {
    if name == state.region {
        return true;
    }
    let parts: Vec<&str> = name.split('-').collect();
    let last_is_number = parts
        .last()
        .is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    parts.len() >= 3
        && last_is_number
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

pub(super) fn unknown_key(service: Service, id: &str) -> AwsError {
    if service == Service::S3 {
        AwsError::new(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        )
        .with("AWSAccessKeyId", id)
    } else {
        invalid_token(service)
    }
}

/// `InvalidClientTokenId`: IAM's text has no full stop.
pub(super) fn invalid_token(service: Service) -> AwsError {
    let stop = if service == Service::Iam { "" } else { "." };
    AwsError::new(
        403,
        "InvalidClientTokenId",
        format!("The security token included in the request is invalid{stop}"),
    )
}

/// Whether the user or role that temporary credentials were made for is still there: one made
/// again under its name is another.
fn lives(state: &State, account: &str, identity: &Identity) -> bool {
    let Some(account) = state.account(account) else {
        return false;
    };
    match identity {
        Identity::User { name, id, .. } => account.user(name).is_some_and(|user| user.id == *id),
        Identity::Role { name, id, .. } => account.role(name).is_some_and(|role| role.id == *id),
        Identity::Federated {
            user: Some(arn), ..
        } => {
            let name = arn.rsplit('/').next().unwrap_or_default();
            account.user(name).is_some_and(|user| user.arn == *arn)
        }
        _ => true,
    }
}

/// The caller that a key id stands for, and the key's secret.
pub(super) fn find_caller(
    state: &State,
    service: Service,
    id: &str,
    token: Option<&str>,
) -> Result<(Arc<Caller>, Secret), AwsError> {
    let unknown = || unknown_key(service, id);
    let bad_token = |token: &str| match service {
        Service::S3 => AwsError::new(
            400,
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        )
        .with("Token-0", token),
        _ => invalid_token(service),
    };
    if let Some(key) = state.sessions.get(id) {
        let Some(token) = token else {
            return Err(unknown());
        };
        let matches = sigv4::hmac(key.secret.expose().as_bytes(), token.as_bytes())
            == sigv4::hmac(
                key.secret.expose().as_bytes(),
                key.token.expose().as_bytes(),
            );
        if !matches {
            return Err(bad_token(token));
        }
        // A session ends with its user or role. The code is that of a token that is not valid, as
        // functions show whose role was deleted and made again; S3's is inferred.
        if !lives(state, &key.account, &key.identity) {
            return Err(unknown());
        }
        let caller = key.caller.get_or_init(|| {
            Arc::new(Caller {
                account: key.account.clone(),
                identity: key.identity.clone(),
                access_key_id: Some(id.to_owned()),
                session: Some(key.session.clone()),
                via: None,
                principal: OnceLock::new(),
            })
        });
        return Ok((caller.clone(), key.secret.clone()));
    }
    if let Some(token) = token {
        return Err(bad_token(token));
    }
    let owner = state.keys.get(id).ok_or_else(unknown)?;
    let account = state.account(&owner.account).ok_or_else(unknown)?;
    let user = match &owner.user {
        Some(name) => Some(account.user(name).ok_or_else(unknown)?),
        None => None,
    };
    let mut keys = user
        .map_or(&account.root_keys, |user| &user.access_keys)
        .iter();
    let key = keys.find(|key| key.id == *id).ok_or_else(unknown)?;
    if key.status != KeyStatus::Active {
        return Err(unknown());
    }
    let caller = || {
        Arc::new(Caller {
            account: owner.account.clone(),
            identity: user.map_or(Identity::Root, User::identity),
            access_key_id: Some(id.to_owned()),
            session: None,
            via: None,
            principal: OnceLock::new(),
        })
    };
    let known = key.caller.get_or_init(caller);
    // The user may have another name by now.
    let caller = if user.is_none_or(|user| user.is(&known.identity)) {
        known.clone()
    } else {
        caller()
    };
    Ok((caller, key.secret.clone()))
}

/// `host` must be signed everywhere; on S3 every `x-amz-` header too.
fn check_signed_headers(
    service: Service,
    parts: &Parts,
    signature: &Signature<'_>,
) -> Result<(), AwsError> {
    let signed = |name: &str| {
        let mut names = signature.signed_headers.as_bytes().split(|it| *it == b';');
        names.any(|known| known == name.as_bytes())
    };
    if service != Service::S3 {
        return if signed("host") {
            Ok(())
        } else {
            Err(AwsError::new(
                403,
                "SignatureDoesNotMatch",
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ))
        };
    }
    let mut unsigned: Vec<&str> = parts
        .headers
        .keys()
        .map(http::HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") && !signed(name))
        // A presigned URL may be sent with the hash of its payload.
        .filter(|name| !(signature.presigned && *name == "x-amz-content-sha256"))
        .collect();
    if !signed("host") {
        unsigned.push("host");
    }
    if unsigned.is_empty() {
        Ok(())
    } else {
        Err(
            AwsError::denied("There were headers present in the request which were not signed")
                .with("HeadersNotSigned", unsigned.join(", ")),
        )
    }
}

/// The hash that the canonical request ends in; where the client gives it, it is checked.
fn payload_hash(
    service: Service,
    parts: &Parts,
    signature: &Signature<'_>,
    body: &Bytes,
) -> Result<String, AwsError> {
    if service != Service::S3 {
        return Ok(sigv4::sha256(body));
    }
    let given = match header(parts, &CONTENT_SHA256) {
        Some(given) => given,
        None if signature.presigned => return Ok("UNSIGNED-PAYLOAD".to_owned()),
        None => {
            return Err(AwsError::new(
                400,
                "InvalidRequest",
                "Missing required header for this request: x-amz-content-sha256",
            ));
        }
    };
    if given == "UNSIGNED-PAYLOAD" || Payload::read(given).is_some() {
        return Ok(given.to_owned());
    }
    if given.starts_with("STREAMING-") {
        return Err(AwsError::unsupported(format_args!(
            "x-amz-content-sha256: {given}"
        )));
    }
    if given.len() != 64 || !given.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(AwsError::new(
            400,
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
             STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, \
             STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, \
             STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        )
        .with("ArgumentName", "x-amz-content-sha256")
        .with("ArgumentValue", given));
    }
    let computed = sigv4::sha256(body);
    if computed.eq_ignore_ascii_case(given) {
        Ok(given.to_owned())
    } else {
        Err(AwsError::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
        .with("ClientComputedContentSHA256", given)
        .with("S3ComputedContentSHA256", computed))
    }
}

/// The time of signing must be near the time now, and a presigned URL not too old.
fn check_time(
    service: Service,
    signature: &Signature<'_>,
    wall: Timestamp,
) -> Result<(), AwsError> {
    let age = wall.duration_since(signature.at);
    if service == Service::S3 && signature.presigned {
        let expires = SignedDuration::from_secs(signature.expires.unwrap_or_default());
        if age > expires {
            let at = signature.at.saturating_add(expires).unwrap_or(signature.at);
            return Err(AwsError::denied("Request has expired")
                .with("X-Amz-Expires", expires.as_secs().to_string())
                .with("Expires", clock::seconds(at))
                .with("ServerTime", clock::seconds(wall)));
        }
        if age < SignedDuration::from_mins(-15) {
            return Err(AwsError::denied("Request is not valid yet"));
        }
        return Ok(());
    }
    // Recorded: 15 minutes for STS and S3, 5 for CloudFormation; IAM's is taken to be 5 too.
    let minutes = if matches!(service, Service::Sts | Service::S3) {
        15
    } else {
        5
    };
    let limit = match signature.expires {
        Some(seconds) if signature.presigned => SignedDuration::from_secs(seconds),
        _ => SignedDuration::from_mins(minutes),
    };
    let ahead = SignedDuration::from_mins(-minutes);
    if age <= limit && age >= ahead {
        return Ok(());
    }
    if service == Service::S3 {
        return Err(AwsError::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        )
        .with("RequestTime", &*signature.amz_date)
        .with("ServerTime", clock::seconds(wall))
        .with("MaxAllowedSkewMilliseconds", "900000"));
    }
    let (now, at) = (sigv4::amz_date(wall), &signature.amz_date);
    let text = if age > limit {
        let edge = sigv4::amz_date(wall.saturating_sub(limit).unwrap_or(wall));
        format!(
            "Signature expired: {at} is now earlier than {edge} ({now} - {} min.)",
            limit.as_mins()
        )
    } else {
        let edge = sigv4::amz_date(wall.saturating_sub(ahead).unwrap_or(wall));
        format!(
            "Signature not yet current: {at} is still later than {edge} ({now} + {minutes} min.)"
        )
    };
    Err(AwsError::new(403, "SignatureDoesNotMatch", text))
}

fn does_not_match(
    service: Service,
    signature: &Signature<'_>,
    to_sign: &str,
    canonical: &str,
) -> AwsError {
    if service != Service::S3 {
        return AwsError::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details.",
        );
    }
    s3_mismatch(&signature.access_key_id, to_sign, &signature.signature)
        .with("CanonicalRequest", canonical)
        .with("CanonicalRequestBytes", octets(canonical))
}

/// S3's error of a signature that is another than the one of this text.
pub(super) fn s3_mismatch(id: &str, to_sign: &str, given: &str) -> AwsError {
    AwsError::new(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your \
         key and signing method.",
    )
    .with("AWSAccessKeyId", id)
    .with("StringToSign", to_sign)
    .with("SignatureProvided", given)
    .with("StringToSignBytes", octets(to_sign))
}

fn octets(text: &str) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}
