//! `--query`: JMESPath, as the AWS CLI's Python implementation evaluates it.

use serde_json::Value;

/// A compiled expression.
pub struct Expression(jmespath::Expression<'static>);

/// Compiles an expression.
///
/// # Errors
///
/// What is wrong with it.
pub fn compile(expression: &str) -> Result<Expression, String> {
    jmespath::compile(expression)
        .map(Expression)
        .map_err(|error| error.to_string())
}

impl Expression {
    /// What the expression finds in a value.
    #[must_use]
    pub fn search(&self, value: &Value) -> Value {
        let found = self.0.search(value);
        found
            .ok()
            .and_then(|found| serde_json::to_value(&found).ok())
            .unwrap_or_default()
    }
}
