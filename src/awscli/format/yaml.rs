//! `--output yaml`.

use serde_json::Value;

/// The value as YAML.
pub(crate) fn render(value: &Value) -> String {
    super::json::render(value)
}

/// The value as an element of a list.
pub(crate) fn stream(value: &Value) -> String {
    super::json::render(value)
}
