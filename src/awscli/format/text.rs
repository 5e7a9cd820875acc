//! `--output text`: tab-separated values, members by name, each nested part on lines of its own
//! behind its name in capitals.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::awscli::python;

/// The value, a line for each part.
pub(crate) fn render(value: &Value) -> Result<String, Mixed> {
    let mut out = String::new();
    write(&mut out, value, None, None)?;
    Ok(out)
}

/// A list of structures and other things, with which the AWS CLI fails in Python's words.
type Mixed = String;

/// `columns` are the scalar members of all the structures of a list, so that each line has them
/// all.
fn write(
    out: &mut String,
    value: &Value,
    name: Option<&str>,
    columns: Option<&BTreeSet<&str>>,
) -> Result<(), Mixed> {
    match value {
        Value::Object(members) => structure(out, members, name, columns),
        Value::Array(elements) => list(out, elements, name),
        scalar => {
            out.push_str(&python::str(scalar));
            out.push('\n');
            Ok(())
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn list(out: &mut String, elements: &[Value], name: Option<&str>) -> Result<(), Mixed> {
    if elements.is_empty() {
        return Ok(());
    }
    if elements.iter().any(Value::is_object) {
        if let Some(odd) = elements.iter().find(|element| !element.is_object()) {
            let type_ = python::short_type_name(odd);
            return Err(format!("'{type_}' object has no attribute 'items'"));
        }
        let columns: BTreeSet<&str> = elements
            .iter()
            .filter_map(Value::as_object)
            .flatten()
            .filter(|(_, value)| is_scalar(value))
            .map(|(name, _)| name.as_str())
            .collect();
        for element in elements {
            write(out, element, name, Some(&columns))?;
        }
        return Ok(());
    }
    let (scalars, nested): (Vec<&Value>, Vec<&Value>) =
        elements.iter().partition(|element| is_scalar(element));
    if !scalars.is_empty() {
        scalar_list(out, &scalars, name);
    }
    nested
        .into_iter()
        .try_for_each(|element| write(out, element, name, None))
}

fn scalar_list(out: &mut String, elements: &[&Value], name: Option<&str>) {
    let texts: Vec<String> = elements
        .iter()
        .map(|element| python::str(element))
        .collect();
    match name {
        Some(name) => {
            let name = name.to_uppercase();
            for text in texts {
                out.push_str(&format!("{name}\t{text}\n"));
            }
        }
        None => {
            out.push_str(&texts.join("\t"));
            out.push('\n');
        }
    }
}

fn structure(
    out: &mut String,
    members: &Map<String, Value>,
    name: Option<&str>,
    columns: Option<&BTreeSet<&str>>,
) -> Result<(), Mixed> {
    let names: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    let member = |name: &&str| members.get(*name);
    let (mut cells, nested): (Vec<String>, Vec<&str>) = match columns {
        Some(columns) => (
            columns
                .iter()
                .map(|name| member(name).map(python::str).unwrap_or_default())
                .collect(),
            names.difference(columns).copied().collect(),
        ),
        None => {
            let (nested, scalars): (Vec<&str>, Vec<&str>) = names
                .iter()
                .partition(|name| member(name).is_some_and(|v| !is_scalar(v)));
            let cells = scalars.iter().filter_map(member);
            (cells.map(python::str).collect(), nested)
        }
    };
    if !cells.is_empty() {
        if let Some(name) = name {
            cells.insert(0, name.to_uppercase());
        }
        out.push_str(&cells.join("\t"));
        out.push('\n');
    }
    nested
        .into_iter()
        .filter_map(|name| Some((name, members.get(name)?)))
        .try_for_each(|(name, value)| write(out, value, Some(name), None))
}
