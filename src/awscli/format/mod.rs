//! How the AWS CLI prints answers.

mod json;
mod table;
mod text;
mod yaml;

use serde_json::Value;

use super::{Format, query};

/// What the AWS CLI prints for the answer of an operation: `--query` applied, then `--output`.
///
/// `title` is the operation's API name, which heads a table.
#[must_use]
pub fn answer(format: Format, expression: Option<&str>, title: &str, value: &Value) -> String {
    match expression.map(query::compile) {
        None => render(format, title, value),
        Some(Ok(expression)) => render(format, title, &expression.search(value)),
        // Checked when the command line was read.
        Some(Err(error)) => error.to_string(),
    }
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
