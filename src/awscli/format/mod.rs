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
/// `title` is the operation's API name, which heads a table. `color` is `--color on`, which only tables
/// heed.
///
/// # Errors
///
/// What the AWS CLI says, with exit status 255, of an expression that fails on this answer, or
/// finds what the format cannot print.
pub fn answer(
    format: Format,
    expression: Option<&str>,
    title: &str,
    color: bool,
    value: &Value,
) -> Result<String, String> {
    // A template that is JSON is the one part of an answer whose members the AWS CLI keeps in order.
    let template = value.get("TemplateBody").filter(|body| body.is_object());
    let print = |value: &Value| match format {
        Format::Table => table::render(title, value, color),
        Format::Yaml => Ok(yaml::render(value, template)),
        Format::YamlStream => Ok(yaml::stream(value, template)),
        _ => render(format, title, value),
    };
    let Some(expression) = expression else {
        return print(value);
    };
    let compiled = query::compile(expression).map_err(|error| error.to_string())?;
    let found = compiled.search(value).map_err(|error| error.to_string())?;
    print(&found)
}

/// The value in that format, with the newline at its end.
///
/// # Errors
///
/// What the AWS CLI says of values that a table or text cannot show: rows of different lengths,
/// lists of structures and other things. No answer of AWS is like that; what `--query` makes of
/// one may be.
pub fn render(format: Format, title: &str, value: &Value) -> Result<String, String> {
    match format {
        Format::Json => Ok(json::render(value)),
        Format::Table => table::render(title, value, false),
        Format::Text => text::render(value),
        Format::Yaml => Ok(yaml::render(value, None)),
        Format::YamlStream => Ok(yaml::stream(value, None)),
        Format::Off => Ok(String::new()),
    }
}
