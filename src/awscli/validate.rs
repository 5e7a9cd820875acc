//! The checks that the AWS CLI makes of an input before it asks AWS, worded as botocore words them.

use serde_json::{Map, Value};

use super::python;
use crate::model::{Kind, Model, Shape};

/// Everything wrong with an input, one a line; empty where nothing is.
pub(crate) fn report(model: &Model, shape: &Shape, input: &Map<String, Value>) -> Vec<String> {
    let mut report = Report {
        model,
        lines: Vec::new(),
    };
    report.structure(shape, input, "");
    report.lines
}

struct Report<'a> {
    model: &'a Model,
    lines: Vec<String>,
}

impl Report<'_> {
    fn add(&mut self, line: String) {
        self.lines.push(line);
    }

    fn value(&mut self, shape: &Shape, value: &Value, name: &str) {
        match (shape.cli_kind(), value) {
            (Kind::Structure, Value::Object(members)) => self.structure(shape, members, name),
            (Kind::List, Value::Array(elements)) => {
                self.length(shape, elements.len(), name);
                if let Some(member) = &shape.member {
                    let target = self.model.target(member);
                    for (at, element) in elements.iter().enumerate() {
                        self.value(target, element, &format!("{name}[{at}]"));
                    }
                }
            }
            (Kind::Map, Value::Object(members)) => self.map(shape, members, name),
            (Kind::String, Value::String(text)) => {
                self.length(shape, text.chars().count(), name);
            }
            (Kind::Integer | Kind::Long, Value::Number(number)) if !number.is_f64() => {
                self.range(shape, number, name);
            }
            (Kind::Float | Kind::Double, Value::Number(number)) => self.range(shape, number, name),
            // For Python, a boolean is a number.
            (Kind::Integer | Kind::Long | Kind::Float | Kind::Double, Value::Bool(value)) => {
                self.range(shape, &u8::from(*value).into(), name);
            }
            (Kind::Boolean, Value::Bool(_)) | (Kind::Blob, Value::String(_)) => {}
            (Kind::Timestamp, value) if is_timestamp(value) => {}
            (kind, value) => self.wrong_type(kind, value, name),
        }
    }

    fn structure(&mut self, shape: &Shape, members: &Map<String, Value>, name: &str) {
        for member in shape.members.iter().filter(|member| member.required) {
            if !members.contains_key(&member.name) {
                self.add(format!(
                    "Missing required parameter in {}: \"{}\"",
                    shown(name),
                    member.name
                ));
            }
        }
        for given in members.keys() {
            if shape.field(given).is_none() {
                let valid: Vec<&str> = shape.members.iter().map(|m| m.name.as_str()).collect();
                self.add(format!(
                    "Unknown parameter in {}: \"{given}\", must be one of: {}",
                    shown(name),
                    valid.join(", ")
                ));
            }
        }
        for (given, value) in members {
            if let Some(member) = shape.field(given) {
                let target = self.model.target(&member.reference);
                self.value(target, value, &format!("{name}.{given}"));
            }
        }
    }

    fn map(&mut self, shape: &Shape, members: &Map<String, Value>, name: &str) {
        for (key, value) in members {
            if let Some(reference) = &shape.key {
                let target = self.model.target(reference);
                self.value(
                    target,
                    &key.as_str().into(),
                    &format!("{name} (key: {key})"),
                );
            }
            if let Some(reference) = &shape.value {
                let target = self.model.target(reference);
                self.value(target, value, &format!("{name}.{key}"));
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
    fn length(&mut self, shape: &Shape, length: usize, name: &str) {
        if let Some(min) = shape.min.filter(|min| (length as f64) < *min) {
            self.add(format!(
                "Invalid length for parameter {}, value: {length}, valid min length: {min}",
                shown(name)
            ));
        }
    }

    fn range(&mut self, shape: &Shape, number: &serde_json::Number, name: &str) {
        let below = |min: &f64| number.as_f64().is_some_and(|value| value < *min);
        if let Some(min) = shape.min.filter(below) {
            self.add(format!(
                "Invalid value for parameter {}, value: {}, valid min value: {min}",
                shown(name),
                python::number(number)
            ));
        }
    }

    fn wrong_type(&mut self, kind: Kind, value: &Value, name: &str) {
        let valid = match kind {
            Kind::Structure | Kind::Map => "<class 'dict'>",
            Kind::List => "<class 'list'>, <class 'tuple'>",
            Kind::String => "<class 'str'>",
            Kind::Integer | Kind::Long => "<class 'int'>",
            Kind::Float | Kind::Double => {
                "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>"
            }
            Kind::Boolean => "<class 'bool'>",
            Kind::Timestamp => "<class 'datetime.datetime'>, timestamp-string",
            Kind::Blob => "<class 'bytes'>, <class 'bytearray'>, file-like object",
        };
        self.add(format!(
            "Invalid type for parameter {}, value: {}, type: {}, valid types: {valid}",
            shown(name),
            python::str(value),
            python::type_name(value)
        ));
    }
}

fn shown(name: &str) -> &str {
    match name {
        "" => "input",
        name => name.strip_prefix('.').unwrap_or(name),
    }
}

/// Whether botocore would read the value as a point in time: a number of seconds, or a date in
/// one of the forms that people and AWS write.
fn is_timestamp(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => super::timestamp::parse(text).is_some(),
        _ => false,
    }
}
