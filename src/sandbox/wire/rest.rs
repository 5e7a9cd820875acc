//! The REST-XML protocol of S3.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

use bytes::Bytes;
use http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::route::Route;
use super::sigv4::value_text;
use super::{encoded_word, input, output, query, xml};
use crate::model::{Kind, Location, Member, Model, Operation, Service, Shape};
use crate::sandbox::clock;
use crate::sandbox::error::AwsError;
use crate::sandbox::operation::{Input, Reply};
use crate::sandbox::services;

/// What host, path and query name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// Bucket.
    pub bucket: Option<Cow<'a, str>>,
    /// Key, decoded.
    pub key: Option<Cow<'a, str>>,
    /// Parameters of the query, decoded.
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Target<'a> {
    /// Reads host, path and query.
    ///
    /// # Errors
    ///
    /// `InvalidURI` when the path is not UTF-8.
    pub fn read(parts: &'a Parts, route: &'a Route) -> Result<Self, AwsError> {
        let path = parts.uri.path();
        let path = path.strip_prefix('/').unwrap_or(path);
        let decode = |text: &'a str| match percent_decode_str(text).decode_utf8() {
            Ok(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            Err(_) => Err(AwsError::new(
                400,
                "InvalidURI",
                "Couldn't parse the specified URI.",
            )),
        };
        let (bucket, key) = match &route.bucket {
            Some(bucket) => (Some(bucket.into()), decode(path)?),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (decode(bucket)?, decode(key)?)
            }
        };
        Ok(Self {
            bucket,
            key,
            parameters: query::pairs(parts.uri.query().unwrap_or_default()).collect(),
        })
    }

    /// The value of a parameter of the query.
    fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| &**value)
    }

    fn level(&self) -> &'static str {
        match (&self.bucket, &self.key) {
            (None, _) => "/",
            (Some(_), None) => "/{Bucket}",
            (Some(_), Some(_)) => "/{Bucket}/{Key+}",
        }
    }
}

/// What a request has to have to be one of an operation.
struct Form {
    operation: &'static Operation,
    /// The path of its URI template.
    level: &'static str,
    /// Parameters of its URI template, with their values where it gives any.
    literals: Vec<(String, String)>,
    /// The parameters that it requires.
    parameters: Vec<&'static str>,
    /// The headers that it requires.
    headers: Vec<&'static str>,
    supported: bool,
}

impl Form {
    fn of(model: &'static Model, operation: &'static Operation) -> Self {
        let (level, literals) = operation
            .uri
            .split_once('?')
            .unwrap_or((&operation.uri, ""));
        let literals = query::form(literals).into_iter();
        let required = |location| {
            let members = model
                .input(operation)
                .map_or(&[][..], |shape| &shape.members);
            let required = members.iter().filter(move |member| {
                member.required && member.reference.location == Some(location)
            });
            required.map(Member::wire_name).collect()
        };
        Self {
            operation,
            level,
            literals: literals.filter(|(name, _)| name != "x-id").collect(),
            parameters: required(Location::QueryString),
            headers: required(Location::Header),
            supported: services::operations(Service::S3)
                .iter()
                .any(|known| known.name == operation.name),
        }
    }

    /// How much it asks for, and whether it is supported.
    fn weight(&self) -> (usize, bool) {
        let asked = self.literals.len() + self.parameters.len() + self.headers.len();
        (asked, self.supported)
    }

    fn fits(&self, parts: &Parts, target: &Target<'_>) -> bool {
        let has = |(name, value): &(String, String)| {
            let mut given = target.parameters.iter();
            given.any(|(n, v)| n == name && (value.is_empty() || v == value))
        };
        self.literals.iter().all(has)
            && self
                .parameters
                .iter()
                .all(|name| target.parameter(name).is_some())
            && self
                .headers
                .iter()
                .all(|name| parts.headers.contains_key(*name))
    }
}

/// Finds the operation by method, path, query and headers: the most specific that fits, a
/// supported one before one that is not.
///
/// # Errors
///
/// `MethodNotAllowed` when none fits.
pub fn operation(parts: &Parts, target: &Target<'_>) -> Result<&'static Operation, AwsError> {
    // By method and path, and behind the first parameter that each asks for: most forms fail by that, and
    // are not looked at for it.
    type Asking = (Option<String>, Box<Form>);
    static FORMS: LazyLock<HashMap<(&str, &str), Vec<Asking>>> = LazyLock::new(|| {
        let model = Service::S3.model();
        let mut forms: HashMap<_, Vec<Asking>> = HashMap::new();
        for operation in model.operations() {
            let form = Form::of(model, operation);
            let place = (operation.method.as_str(), form.level);
            let first = form.literals.first().map(|(name, _)| name.clone());
            let forms = forms.entry(place).or_default();
            forms.push((first, Box::new(form)));
        }
        for forms in forms.values_mut() {
            forms.sort_by_key(|(_, form)| Reverse(form.weight()));
        }
        forms
    });
    let fits = |(first, form): &&Asking| {
        let asked = |name: &String| target.parameter(name).is_some();
        first.as_ref().is_none_or(asked) && form.fits(parts, target)
    };
    let forms = FORMS.get(&(parts.method.as_str(), target.level()));
    let form = forms.and_then(|forms| forms.iter().find(fits));
    form.map(|(_, form)| form.operation).ok_or_else(|| {
        AwsError::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .with("Method", parts.method.as_str())
    })
}

/// Builds the input of an operation. `trailers` are headers that came behind the body.
///
/// # Errors
///
/// `InvalidArgument` for a number that is none, `MalformedXML` for a body that is not the model's.
pub fn parse(
    model: &Model,
    operation: &Operation,
    parts: &Parts,
    target: Target<'_>,
    trailers: &[(String, String)],
    body: Bytes,
) -> Result<Input, AwsError> {
    let Some(shape) = model.input(operation) else {
        return Ok(Input::default());
    };
    let header = |name: &str| {
        let trailer = trailers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        match trailer {
            Some((_, value)) => Some(Cow::Borrowed(&**value)),
            // A list may come as several headers of one name.
            None => {
                let values = values_of(&parts.headers, name).map(value_text);
                values.reduce(|before, value| before + "," + value)
            }
        }
    };
    let mut members = Map::with_capacity(USUAL_MEMBERS);
    for member in &shape.members {
        let name = member.wire_name();
        let text = match member.reference.location {
            Some(Location::Uri) if name == "Bucket" => target.bucket.clone(),
            Some(Location::Uri) => target.key.clone(),
            Some(Location::QueryString) => target.parameter(name).map(Cow::Borrowed),
            Some(Location::Header) => header(name).and_then(|value| match name {
                "Content-Encoding" => without_chunking(&value).map(Cow::Owned),
                "Content-Length" => header("x-amz-decoded-content-length").or(Some(value)),
                // S3 takes an empty one for none: recorded in open-io/swift3, pull request 90.
                "x-amz-acl" => Some(value).filter(|acl| !acl.is_empty()),
                _ => Some(value),
            }),
            Some(Location::Headers) => {
                let map: Map<String, Value> = parts
                    .headers
                    .iter()
                    .filter_map(|(known, value)| {
                        let key = known.as_str().strip_prefix(name)?;
                        Some((key.to_owned(), encoded_word::read(value.as_bytes()).into()))
                    })
                    .collect();
                if !map.is_empty() {
                    members.insert(member.name.clone(), Value::Object(map));
                }
                None
            }
            Some(Location::StatusCode) | None => None,
        };
        let Some(text) = text else { continue };
        let kind = model.target(&member.reference).kind;
        let value = match kind {
            Kind::List => text
                .split(',')
                .map(|part| Value::from(part.trim()))
                .collect(),
            Kind::String => Value::String(text.into_owned()),
            Kind::Integer | Kind::Long if text.is_empty() => continue,
            _ => input::scalar(kind, &text).ok_or_else(|| {
                AwsError::new(
                    400,
                    "InvalidArgument",
                    format!("Provided {name} not an integer or within integer range"),
                )
                .with("ArgumentName", name)
                .with("ArgumentValue", text.clone().into_owned())
            })?,
        };
        members.insert(member.name.clone(), value);
    }
    let mut built = Input {
        members,
        ..Input::default()
    };
    match &shape.payload {
        Some(name) => payload(model, shape, name, body, &mut built)?,
        None => in_body(model, shape, &body, &mut built)?,
    }
    Ok(built)
}

/// All values of a header, whatever the case of its name. A request has few headers: looking through
/// them is quicker than hashing each name that an operation may have.
fn values_of<'a>(
    headers: &'a http::HeaderMap,
    name: &str,
) -> impl Iterator<Item = &'a http::HeaderValue> {
    let of_name = headers
        .iter()
        .filter(move |(known, _)| known.as_str().eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value)
}

/// `MalformedXML`.
pub(in crate::sandbox) fn malformed() -> AwsError {
    AwsError::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// The same of an ACL.
pub(in crate::sandbox) fn malformed_acl() -> AwsError {
    AwsError {
        code: "MalformedACLError".into(),
        ..malformed()
    }
}

/// `aws-chunked,gzip` as `gzip`.
fn without_chunking(value: &str) -> Option<String> {
    let rest: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .filter(|part| *part != "aws-chunked")
        .collect();
    Some(rest.join(",")).filter(|rest| !rest.is_empty())
}

/// Takes the body as the payload member.
fn payload(
    model: &Model,
    shape: &Shape,
    name: &str,
    body: Bytes,
    built: &mut Input,
) -> Result<(), AwsError> {
    let Some(member) = shape.field(name) else {
        return Ok(());
    };
    let target = model.target(&member.reference);
    match target.kind {
        Kind::Structure => {
            if body.is_empty() {
                if member.required {
                    return Err(AwsError::new(
                        400,
                        "MissingRequestBodyError",
                        "Request Body is empty",
                    ));
                }
                return Ok(());
            }
            let text = std::str::from_utf8(&body).map_err(|_| malformed())?;
            let root = xml::read(text).ok_or_else(malformed)?;
            // S3 takes some documents under another root name than the model's, so the name is
            // not compared.
            let members = input::structure(model, target, &root).ok_or_else(|| match name {
                "AccessControlPolicy" => malformed_acl(),
                _ => malformed(),
            })?;
            built
                .members
                .insert(name.to_owned(), Value::Object(members));
        }
        Kind::Blob => built.body = body,
        _ => {
            let text = String::from_utf8(body.to_vec()).map_err(|_| malformed())?;
            built.members.insert(name.to_owned(), Value::from(text));
        }
    }
    Ok(())
}

/// Reads members that travel in the body without a payload member.
fn in_body(model: &Model, shape: &Shape, body: &Bytes, built: &mut Input) -> Result<(), AwsError> {
    let any = shape
        .members
        .iter()
        .any(|member| member.reference.location.is_none());
    if !any || body.is_empty() {
        return Ok(());
    }
    let text = std::str::from_utf8(body).map_err(|_| malformed())?;
    let root = xml::read(text).ok_or_else(malformed)?;
    built
        .members
        .extend(input::structure(model, shape, &root).ok_or_else(malformed)?);
    Ok(())
}

/// Name of the root element where it is not the output shape's own.
fn root_name<'a>(operation: &'a Operation, shape: &'a Shape) -> &'a str {
    match operation.name.as_str() {
        "ListBuckets" | "ListDirectoryBuckets" => "ListAllMyBucketsResult",
        "ListObjects" | "ListObjectsV2" => "ListBucketResult",
        "ListObjectVersions" => "ListVersionsResult",
        "ListMultipartUploads" => "ListMultipartUploadsResult",
        "ListParts" => "ListPartsResult",
        "CreateMultipartUpload" => "InitiateMultipartUploadResult",
        "CompleteMultipartUpload" => "CompleteMultipartUploadResult",
        "DeleteObjects" => "DeleteResult",
        "GetBucketTagging" | "GetObjectTagging" => "Tagging",
        "GetBucketVersioning" => "VersioningConfiguration",
        "GetBucketAcl" | "GetObjectAcl" => "AccessControlPolicy",
        "GetBucketCors" => "CORSConfiguration",
        "GetBucketLifecycleConfiguration" => "LifecycleConfiguration",
        "GetBucketWebsite" => "WebsiteConfiguration",
        "GetBucketRequestPayment" => "RequestPaymentConfiguration",
        "GetBucketLogging" => "BucketLoggingStatus",
        "GetBucketAccelerateConfiguration" => "AccelerateConfiguration",
        "GetBucketNotificationConfiguration" => "NotificationConfiguration",
        "GetObjectAttributes" => "GetObjectAttributesResponse",
        _ => shape.location_name.as_deref().unwrap_or(&shape.name),
    }
}

/// A success: status, headers and body.
#[must_use]
pub fn reply(model: &Model, operation: &Operation, reply: Reply) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::new());
    let status = reply.status.unwrap_or(operation.status);
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value);
    }
    if let (Some(shape), Some(mut elements)) = (model.output(operation), reply.elements) {
        let root = root_name(operation, shape);
        // In place: a page is long, and its buffer has room for this.
        elements.insert_str(0, &begin(root, model, 0));
        xml::close(&mut elements, root);
        return document(response, elements);
    }
    let (Some(shape), Value::Object(members)) = (model.output(operation), &reply.members) else {
        if let Some(body) = reply.body {
            *response.body_mut() = body;
        }
        return response;
    };
    for member in &shape.members {
        let Some(value) = members.get(&member.name) else {
            continue;
        };
        match (member.reference.location, value) {
            (Some(Location::Header), _) => {
                let shape = model.target(&member.reference);
                if let Some(text) = header_text(shape, value) {
                    set(&mut response, member.wire_name(), &text);
                }
            }
            (Some(Location::Headers), Value::Object(map)) => {
                for (key, value) in map {
                    let text = encoded_word::write(value.as_str().unwrap_or_default());
                    set(
                        &mut response,
                        &format!("{}{key}", member.wire_name()),
                        &text,
                    );
                }
            }
            _ => {}
        }
    }
    let out;
    match shape.payload.as_deref().and_then(|name| shape.field(name)) {
        Some(member) => {
            let target = model.target(&member.reference);
            match (target.kind, members.get(&member.name)) {
                (Kind::Structure, Some(Value::Object(inner))) => {
                    let name = member.wire_name();
                    let mut whole = begin(name, model, USUAL);
                    output::structure(&mut whole, model, target, inner);
                    xml::close(&mut whole, name);
                    out = whole;
                }
                (Kind::String, Some(Value::String(text))) => {
                    *response.body_mut() = Bytes::from(text.clone());
                    return response;
                }
                _ => {
                    *response.body_mut() = reply.body.unwrap_or_default();
                    return response;
                }
            }
        }
        None if operation.name == "GetBucketLocation" => {
            let region = members.get("LocationConstraint").and_then(Value::as_str);
            let mut whole = begin("LocationConstraint", model, USUAL);
            xml::escape(&mut whole, region.unwrap_or_default());
            xml::close(&mut whole, "LocationConstraint");
            out = whole;
        }
        None if shape
            .members
            .iter()
            .all(|member| member.reference.location.is_some()) =>
        {
            return response;
        }
        None => {
            let name = root_name(operation, shape);
            let mut whole = begin(name, model, USUAL);
            output::structure(&mut whole, model, shape, members);
            xml::close(&mut whole, name);
            out = whole;
        }
    }
    document(response, out)
}

/// More members than most requests have.
const USUAL_MEMBERS: usize = 8;

/// More than most documents take, in bytes.
const USUAL: usize = 1024;

/// A document as far as its root, with room for so much in it.
fn begin(root: &str, model: &Model, inside: usize) -> String {
    const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let mut out = String::with_capacity(inside + 256);
    for text in [
        DECLARATION,
        "<",
        root,
        " xmlns=\"",
        &model.xml_namespace,
        "\">",
    ] {
        out.push_str(text);
    }
    out
}

/// The answer with a document as its body.
fn document(mut response: http::Response<Bytes>, text: String) -> http::Response<Bytes> {
    *response.body_mut() = Bytes::from(text);
    let kind = http::HeaderValue::from_static("application/xml");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, kind);
    response
}

fn header_text(shape: &Shape, value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text)
            if shape.kind == Kind::Timestamp
                && shape.timestamp_format.as_deref() != Some("iso8601") =>
        {
            Some(text.parse().map_or_else(|_| text.clone(), clock::http_date))
        }
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            Some(texts.join(","))
        }
        other => Some(other.to_string()),
    }
}

fn set(response: &mut http::Response<Bytes>, name: &str, value: &str) {
    let name = http::HeaderName::try_from(name);
    let value = http::HeaderValue::from_bytes(value.as_bytes());
    if let (Ok(name), Ok(value)) = (name, value) {
        response.headers_mut().insert(name, value);
    }
}

/// The body of an error.
#[must_use]
pub fn error(error: &AwsError, request_id: &str, host_id: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    xml::element(&mut out, "Code", &error.code);
    xml::element(&mut out, "Message", &error.message);
    for (name, value) in &error.extra {
        xml::element(&mut out, name, value);
    }
    xml::element(&mut out, "RequestId", request_id);
    xml::element(&mut out, "HostId", host_id);
    out.push_str("</Error>");
    out
}
