//! Answers on the wire to what the AWS CLI v2 prints: members by the model's output shape.
//!
//! The order is that of the CLI: members that travel in headers first, then those of the body,
//! each in the model's order.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Number, Value};

use super::wire::Exchange;
use super::xml::{Element, Malformed};
use crate::awscli::timestamp::parse as point_in_time;
use crate::model::{Kind, Location, Model, Operation, Protocol, Reference, Service, Shape};

/// An answer that is not what the service's protocol says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) String);

/// An error that a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServiceError {
    /// Code, such as `NoSuchEntity`; the status where the answer had no body.
    pub(super) code: String,
    /// Message.
    pub(super) message: String,
    /// What else the service tells of it.
    pub(super) details: Map<String, Value>,
}

/// How an answer is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Form {
    /// Keys were asked for URL-encoded.
    pub(super) encoded: bool,
    /// Times stay as they came: `cli_timestamp_format = wire`.
    pub(super) wire_times: bool,
}

/// The output of a successful answer.
///
/// # Errors
///
/// A body that is no XML, or has no result.
pub(super) fn parse(
    service: Service,
    operation: &Operation,
    exchange: &Exchange,
    form: Form,
) -> Result<Value, Unreadable> {
    let model = service.model();
    let body = exchange.body().map_or(&[][..], |body| body);
    let Some(shape) = model.output(operation) else {
        if model.protocol == Protocol::Query {
            document(body)?;
        }
        return Ok(Value::Object(Map::new()));
    };
    let reader = Reader {
        model,
        wire_times: form.wire_times,
    };
    let mut output = match model.protocol {
        Protocol::Query => {
            let root = document(body)?;
            let result = match &operation.result_wrapper {
                Some(wrapper) => root
                    .child(wrapper)
                    .ok_or_else(|| Unreadable(format!("the answer has no element `{wrapper}`")))?,
                None => &root,
            };
            reader.structure(shape, result)?
        }
        Protocol::RestXml => reader.rest(shape, exchange, body)?,
    };
    match (service, operation.name.as_str()) {
        (Service::Iam, _) => decode_policies(model, shape, &mut output),
        (Service::CloudFormation, "GetTemplate") => {
            if let Some(template) = output.get_mut("TemplateBody")
                && let Some(Ok(object)) = template.as_str().map(serde_json::from_str)
            {
                *template = object;
            }
        }
        (Service::S3, "GetBucketLocation") => {
            let root = document(body)?;
            let place = Some(root.text).filter(|text| !text.is_empty());
            output.insert("LocationConstraint".into(), place.into());
        }
        (Service::S3, _) if form.encoded => decode_listing(&mut output),
        _ => {}
    }
    Ok(Value::Object(output))
}

/// The error in an answer whose status says so.
///
/// # Errors
///
/// A body that is no XML where the protocol asks for it.
pub(super) fn error(service: Service, exchange: &Exchange) -> Result<ServiceError, Unreadable> {
    let status = exchange.status().unwrap_or_default();
    let body = exchange.body().map_or(&[][..], |body| body);
    let from_status = || ServiceError {
        code: status.to_string(),
        message: http::StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default()
            .to_owned(),
        details: Map::new(),
    };
    let generic = status >= 500 && (body.is_empty() || body.trim_ascii().starts_with(b"<html>"));
    if generic {
        return Ok(from_status());
    }
    let protocol = service.model().protocol;
    if protocol == Protocol::RestXml && body.is_empty() {
        return Ok(from_status());
    }
    let root = match document(body) {
        Ok(root) => root,
        Err(_) if protocol == Protocol::RestXml => return Ok(from_status()),
        Err(why) => return Err(why),
    };
    let holder = root.child("Errors").unwrap_or(&root);
    let error = holder.child("Error").unwrap_or(&root);
    Ok(ServiceError {
        code: error.child_text("Code").unwrap_or("Unknown").to_owned(),
        message: error.child_text("Message").unwrap_or("Unknown").to_owned(),
        details: Map::new(),
    })
}

/// Whether a success of S3 holds an error in its body, as copies and completions may.
pub(super) fn is_hidden_error(operation: &str, exchange: &Exchange) -> bool {
    matches!(
        operation,
        "CopyObject" | "UploadPartCopy" | "CompleteMultipartUpload"
    ) && exchange
        .body()
        .is_some_and(|body| document(body).is_ok_and(|root| root.name == "Error"))
}

fn document(body: &[u8]) -> Result<Element, Unreadable> {
    Element::parse(body).map_err(|why: Malformed| {
        Unreadable(format!(
            "Unable to parse response ({why}), invalid XML received. Further retries may \
             succeed:\n{}",
            python_bytes(body)
        ))
    })
}

/// Bytes as Python writes them, which is how the CLI quotes an answer that it cannot read. Cut
/// after 1,000 bytes.
fn python_bytes(bytes: &[u8]) -> String {
    let mut quoted = String::from("b'");
    for byte in bytes.iter().take(1000) {
        match byte {
            b'\\' => quoted.push_str("\\\\"),
            b'\'' => quoted.push_str("\\'"),
            b'\n' => quoted.push_str("\\n"),
            b'\r' => quoted.push_str("\\r"),
            b'\t' => quoted.push_str("\\t"),
            0x20..=0x7e => quoted.push(char::from(*byte)),
            other => quoted.push_str(&format!("\\x{other:02x}")),
        }
    }
    quoted.push('\'');
    if bytes.len() > 1000 {
        quoted.push_str("...");
    }
    quoted
}

struct Reader {
    model: &'static Model,
    wire_times: bool,
}

impl Reader {
    fn rest(
        &self,
        shape: &Shape,
        exchange: &Exchange,
        body: &[u8],
    ) -> Result<Map<String, Value>, Unreadable> {
        let mut output = Map::new();
        for member in &shape.members {
            let target = self.model.target(&member.reference);
            let value = match member.reference.location {
                Some(Location::StatusCode) => exchange.status().map(Value::from),
                Some(Location::Headers) => Some(header_map(member.wire_name(), exchange)),
                Some(Location::Header) => exchange
                    .header(member.wire_name())
                    .map(|text| self.header(target, text))
                    .transpose()?,
                _ => None,
            };
            if let Some(value) = value {
                output.insert(member.name.clone(), value);
            }
        }
        let payload = shape
            .payload
            .as_deref()
            .and_then(|name| shape.field(name).map(|member| (name, member)));
        match payload {
            Some((name, member)) => {
                let target = self.model.target(&member.reference);
                if matches!(target.kind, Kind::Blob | Kind::String) {
                    if !member.reference.streaming && !target.streaming {
                        let text = String::from_utf8_lossy(body).into_owned();
                        output.insert(name.to_owned(), text.into());
                    }
                } else {
                    let root = self.body(body)?;
                    output.insert(
                        name.to_owned(),
                        self.value(&member.reference, target, &[&root])?,
                    );
                }
            }
            None => output.append(&mut self.structure(shape, &self.body(body)?)?),
        }
        // A header that need not hold the time which the AWS CLI takes it for: it comes once more, as
        // text, and alone where it is no time.
        let perhaps = shape.members.iter().find(|member| {
            let text = self.model.target(&member.reference);
            text.cli_type.is_some() && member.reference.location == Some(Location::Header)
        });
        if let Some(member) = perhaps
            && let Some(text) = exchange.header(member.wire_name())
        {
            if point_in_time(text).is_none() {
                output.shift_remove(&member.name);
            }
            output.insert(format!("{}String", member.name), text.into());
        }
        Ok(output)
    }

    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn body(&self, body: &[u8]) -> Result<Element, Unreadable> {
        if body.is_empty() {
            Ok(Element::default())
        } else {
            document(body)
        }
    }

    fn header(&self, shape: &Shape, text: &str) -> Result<Value, Unreadable> {
        if shape.kind == Kind::List {
            let element = shape
                .member
                .as_ref()
                .map(|member| self.model.target(member));
            return text
                .split(',')
                .map(|part| {
                    element.map_or_else(
                        || Ok(part.trim().into()),
                        |shape| self.scalar(shape, part.trim()),
                    )
                })
                .collect();
        }
        self.scalar(shape, text)
    }

    fn structure(
        &self,
        shape: &Shape,
        element: &Element,
    ) -> Result<Map<String, Value>, Unreadable> {
        let mut output = Map::new();
        for member in &shape.members {
            if member.reference.location.is_some() {
                continue;
            }
            let target = self.model.target(&member.reference);
            if member.reference.xml_attribute {
                let found = element
                    .attributes
                    .iter()
                    .find(|(name, _)| name == member.wire_name());
                if let Some((_, value)) = found {
                    output.insert(member.name.clone(), value.as_str().into());
                }
                continue;
            }
            let name = self.element_name(&member.reference, target, member.wire_name());
            let found: Vec<&Element> = element
                .children
                .iter()
                .filter(|child| child.name == name)
                .collect();
            if !found.is_empty() {
                let value = self.value(&member.reference, target, &found)?;
                output.insert(member.name.clone(), value);
            }
        }
        Ok(output)
    }

    /// The name of a member's element. A flattened list goes by the name of its elements.
    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn element_name<'a>(&self, reference: &Reference, shape: &'a Shape, own: &'a str) -> &'a str {
        if shape.kind == Kind::List && (reference.flattened || shape.flattened) {
            let of_elements = shape
                .member
                .as_ref()
                .and_then(|member| member.location_name.as_deref());
            return of_elements.unwrap_or(own);
        }
        own
    }

    fn value(
        &self,
        reference: &Reference,
        shape: &Shape,
        found: &[&Element],
    ) -> Result<Value, Unreadable> {
        let Some(first) = found.first() else {
            return Ok(Value::Null);
        };
        let flattened = reference.flattened || shape.flattened;
        match shape.kind {
            Kind::Structure => Ok(Value::Object(self.structure(shape, first)?)),
            Kind::List => {
                let Some(member) = &shape.member else {
                    return Ok(Value::Array(Vec::new()));
                };
                let target = self.model.target(member);
                let one = |element: &Element| self.value(member, target, &[element]);
                if flattened {
                    found.iter().map(|element| one(element)).collect()
                } else {
                    first.children.iter().map(one).collect()
                }
            }
            Kind::Map => {
                let entries: Vec<&Element> = if flattened {
                    found.to_vec()
                } else {
                    first.children.iter().collect()
                };
                self.map(shape, &entries)
            }
            _ => self.scalar(shape, &first.text),
        }
    }

    fn map(&self, shape: &Shape, entries: &[&Element]) -> Result<Value, Unreadable> {
        let side = |reference: &Option<Reference>, default: &str| {
            reference
                .as_ref()
                .and_then(|reference| reference.location_name.clone())
                .unwrap_or_else(|| default.to_owned())
        };
        let (key, value) = (side(&shape.key, "key"), side(&shape.value, "value"));
        let mut output = Map::new();
        for entry in entries {
            let (Some(name), Some(found), Some(reference)) =
                (entry.child_text(&key), entry.child(&value), &shape.value)
            else {
                continue;
            };
            let target = self.model.target(reference);
            output.insert(name.to_owned(), self.value(reference, target, &[found])?);
        }
        Ok(Value::Object(output))
    }

    /// A leaf of an answer.
    fn scalar(&self, shape: &Shape, text: &str) -> Result<Value, Unreadable> {
        let unreadable = || Unreadable(format!("`{text}` in the answer is no {:?}", shape.kind));
        Ok(match shape.cli_kind() {
            Kind::Boolean => Value::from(text == "true"),
            Kind::Integer | Kind::Long => {
                Value::from(text.trim().parse::<i64>().map_err(|_| unreadable())?)
            }
            Kind::Float | Kind::Double => {
                let number: f64 = text.trim().parse().map_err(|_| unreadable())?;
                Number::from_f64(number).map_or(Value::Null, Value::Number)
            }
            Kind::Timestamp if self.wire_times => Value::from(text),
            Kind::Timestamp => Value::from(timestamp(text)),
            // Blobs are printed as they come, in base64.
            Kind::String | Kind::Blob | Kind::Structure | Kind::List | Kind::Map => {
                Value::from(text)
            }
        })
    }
}

fn header_map(prefix: &str, exchange: &Exchange) -> Value {
    let prefix = prefix.to_ascii_lowercase();
    let entries = exchange.headers().iter().filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let key = name.strip_prefix(&prefix)?.to_owned();
        Some((key, Value::from(value.as_str())))
    });
    Value::Object(entries.collect())
}

/// A date of the wire (ISO 8601, RFC 1123 or seconds) in the ISO form of the AWS CLI v2; any other
/// text as it is.
pub(super) fn timestamp(text: &str) -> String {
    let text = text.trim();
    let parsed = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| {
            jiff::fmt::rfc2822::parse(text)
                .ok()
                .map(|zoned| zoned.timestamp())
        })
        .or_else(|| {
            let seconds: f64 = text.parse().ok()?;
            let span = jiff::SignedDuration::try_from_secs_f64(seconds).ok()?;
            Timestamp::UNIX_EPOCH.checked_add(span).ok()
        });
    parsed.map_or_else(|| text.to_owned(), iso)
}

/// A point in time as the AWS CLI v2 prints it: `2026-11-23T16:10:00.074000+00:00`.
pub(super) fn iso(at: Timestamp) -> String {
    let micros = at.subsec_nanosecond() / 1_000;
    if micros == 0 {
        at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
    } else {
        format!("{}.{micros:06}+00:00", at.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

/// IAM's policy documents are URL-encoded JSON in text; the CLI prints the JSON. What cannot be
/// decoded stays as it is.
fn decode_policies(model: &Model, shape: &Shape, output: &mut Map<String, Value>) {
    for member in &shape.members {
        let Some(value) = output.get_mut(&member.name) else {
            continue;
        };
        let target = model.target(&member.reference);
        match (target.kind, value) {
            (Kind::String, Value::String(text)) if target.name == "policyDocumentType" => {
                let decoded = percent_decode_str(text).decode_utf8_lossy().into_owned();
                if let Ok(document) = serde_json::from_str(&decoded)
                    && let Some(value) = output.get_mut(&member.name)
                {
                    *value = document;
                }
            }
            (Kind::Structure, Value::Object(members)) => decode_policies(model, target, members),
            (Kind::List, Value::Array(elements)) => {
                let Some(of_elements) = target.member.as_ref().map(|member| model.target(member))
                else {
                    continue;
                };
                for element in elements {
                    if let Value::Object(members) = element {
                        decode_policies(model, of_elements, members);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Keys and prefixes of listings come URL-encoded, because the CLI asks for that.
fn decode_listing(output: &mut Map<String, Value>) {
    if output.get("EncodingType").and_then(Value::as_str) != Some("url") {
        return;
    }
    let decode = |value: &mut Value| {
        if let Value::String(text) = value {
            // A plus is a space here, as in forms.
            let spaced = text.replace('+', " ");
            *text = percent_decode_str(&spaced).decode_utf8_lossy().into_owned();
        }
    };
    for (name, value) in output.iter_mut() {
        match (name.as_str(), value) {
            (
                "Delimiter" | "Marker" | "NextMarker" | "Prefix" | "StartAfter" | "KeyMarker"
                | "NextKeyMarker",
                value,
            ) => decode(value),
            ("Contents" | "CommonPrefixes" | "Versions" | "DeleteMarkers", Value::Array(rows)) => {
                for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                    for part in ["Key", "Prefix"] {
                        if let Some(value) = row.get_mut(part) {
                            decode(value);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
