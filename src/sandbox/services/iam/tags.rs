//! Tags of IAM's entities.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::sandbox::error::AwsError;
use crate::sandbox::operation::Input;

/// Most tags on one entity.
const LIMIT: usize = 50;

/// Tags in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(pub Vec<(String, String)>);

/// Whether two keys that differ in case are one. They are, except on managed policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `a` and `A` are one key.
    Ignored,
    /// They are two.
    Kept,
}

impl Case {
    fn same(self, left: &str, right: &str) -> bool {
        match self {
            Self::Ignored => left.to_lowercase() == right.to_lowercase(),
            Self::Kept => left == right,
        }
    }
}

impl Tags {
    /// The tags of a request.
    ///
    /// # Errors
    ///
    /// InvalidInput for a key that comes twice or is reserved.
    pub fn read(input: &Input, case: Case) -> Result<Self, AwsError> {
        let tags = input.tags("Tags");
        for (index, (key, _)) in tags.iter().enumerate() {
            if tags
                .iter()
                .skip(index + 1)
                .any(|(other, _)| case.same(key, other))
            {
                return Err(AwsError::new(
                    400,
                    "InvalidInput",
                    match case {
                        Case::Ignored => {
                            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
                        }
                        Case::Kept => "Duplicate tag keys found.",
                    },
                ));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                // AWS's wording is not established.
                return Err(AwsError::new(
                    400,
                    "InvalidInput",
                    format!("Tag keys starting with 'aws:' are reserved for system use: {key}"),
                ));
            }
        }
        Ok(Self(tags))
    }

    /// Adds tags; a key that is there gets the new value (and its new case).
    ///
    /// # Errors
    ///
    /// LimitExceeded above 50.
    pub fn add(&mut self, more: Self, case: Case) -> Result<(), AwsError> {
        let mut all = self.0.clone();
        for (key, value) in more.0 {
            match all.iter_mut().find(|(known, _)| case.same(known, &key)) {
                Some(tag) => *tag = (key, value),
                None => all.push((key, value)),
            }
        }
        if all.len() > LIMIT {
            return Err(AwsError::new(
                409,
                "LimitExceeded",
                "The number of tags has reached the maximum limit.",
            ));
        }
        self.0 = all;
        Ok(())
    }

    /// Removes keys.
    pub fn remove(&mut self, keys: &[&str], case: Case) {
        self.0
            .retain(|(known, _)| !keys.iter().any(|key| case.same(known, key)));
    }

    /// As an answer lists them.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.0
            .iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect()
    }

    /// The same, or nothing where there are none.
    #[must_use]
    pub fn if_any(&self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            self.to_value()
        }
    }
}
