//! How the AWS CLI prints answers.

mod json;
mod table;
mod text;
mod width;
mod yaml;

use serde_json::Value;

use super::{Format, query};

/// What the AWS CLI prints for the answer of an operation: `--query` applied, then `--output`.
///
/// `title` is the operation's API name, which heads a table.
///
/// # Errors
///
/// What the AWS CLI says, with exit status 255, of an expression that fails on this answer.
pub fn answer(
    format: Format,
    expression: Option<&str>,
    title: &str,
    value: &Value,
) -> Result<String, String> {
    let Some(expression) = expression else {
        return Ok(render(format, title, value));
    };
    let compiled = query::compile(expression).map_err(|error| error.to_string())?;
    let found = compiled.search(value).map_err(|error| error.to_string())?;
    Ok(render(format, title, &found))
}

/// The value in that format, with the newline at its end.
#[must_use]
pub fn render(format: Format, title: &str, value: &Value) -> String {
    match format {
        Format::Json => json::render(value),
        Format::Table => table::render(title, value),
        Format::Text => text::render(value),
        Format::Yaml => yaml::render(value),
        Format::YamlStream => yaml::stream(value),
        Format::Off => String::new(),
    }
}
