//! Input members as the SDK's types.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::{Blob, DateTime};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::awscli::timestamp;

/// Why a call could not be put into the SDK's types.
#[derive(Debug)]
pub(in crate::aws) struct Refusal(String);

impl Refusal {
    pub(super) fn operation(name: &str) -> Self {
        Self(format!("the operation {name} is not supported by rolecall"))
    }

    fn value(expected: &str, found: &Value) -> Self {
        let kind = match found {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "a structure",
        };
        Self(format!("expected {expected}, found {kind}"))
    }

    fn within(self, member: &str) -> Self {
        Self(format!("{member}: {}", self.0))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a setter such as `set_user_name` takes the member of this name.
pub(super) fn agree(setter: &str, member: &str) -> bool {
    let setter = setter.strip_prefix("set_").unwrap_or(setter);
    let setter = setter.bytes().filter(|byte| *byte != b'_');
    let member = member.bytes().filter(|byte| *byte != b'_');
    setter.eq(member.map(|byte| byte.to_ascii_lowercase()))
}

/// The members of a structure, to be taken by setter.
pub(in crate::aws) struct Input<'a> {
    members: &'a Map<String, Value>,
    refusal: OnceCell<Refusal>,
}

impl<'a> Input<'a> {
    pub(super) fn new(members: &'a Map<String, Value>) -> Self {
        Self {
            members,
            refusal: OnceCell::new(),
        }
    }

    /// Refuses members that none of the setters takes.
    pub(super) fn check(&self, owner: &str, setters: &[&str]) -> Result<(), Refusal> {
        let unknown = self
            .members
            .keys()
            .find(|member| !setters.iter().any(|setter| agree(setter, member)));
        unknown.map_or(Ok(()), |member| {
            Err(Refusal(format!(
                "the member {member} of {owner} is not supported by rolecall"
            )))
        })
    }

    /// The member that a setter takes, if it is given. What cannot be taken is kept for
    /// [`Input::taken`], so that there is one way out for all members of an operation.
    pub(super) fn take<T: FromInput>(&self, setter: &str) -> Option<T> {
        let (member, value) = self.member(setter)?;
        match T::from_input(value) {
            Ok(taken) => Some(taken),
            Err(why) => {
                self.refuse(why.within(member));
                None
            }
        }
    }

    /// Keeps the first refusal.
    fn refuse(&self, why: Refusal) {
        let _ = self.refusal.set(why);
    }

    fn member(&self, setter: &str) -> Option<(&'a String, &'a Value)> {
        self.members
            .iter()
            .find(|(member, _)| agree(setter, member))
    }

    /// Whether everything that was asked for could be taken: if not, the first refusal.
    pub(super) fn taken(&mut self) -> Result<(), Refusal> {
        self.refusal.take().map_or(Ok(()), Err)
    }
}

/// What an input value can become.
pub(super) trait FromInput: Sized {
    fn from_input(value: &Value) -> Result<Self, Refusal>;
}

impl FromInput for String {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        let text = match value {
            Value::String(text) => Some(text.clone()),
            // A number for the AWS CLI, whose checks it has passed, and text for the SDK.
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        text.ok_or_else(|| Refusal::value("a string", value))
    }
}

impl FromInput for bool {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        value
            .as_bool()
            .ok_or_else(|| Refusal::value("a boolean", value))
    }
}

impl FromInput for i64 {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        value
            .as_i64()
            .ok_or_else(|| Refusal::value("an integer", value))
    }
}

impl FromInput for i32 {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        let wide = i64::from_input(value)?;
        wide.try_into()
            .map_err(|_| Refusal(format!("{wide} is more than 32 bits hold")))
    }
}

impl FromInput for DateTime {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        if let Some(seconds) = value.as_f64() {
            return Ok(Self::from_secs_f64(seconds));
        }
        let text = String::from_input(value)?;
        timestamp::parse(&text)
            .and_then(|at| Self::from_nanos(at.as_nanosecond()).ok())
            .ok_or_else(|| Refusal(format!("`{text}` is no timestamp")))
    }
}

impl FromInput for Blob {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        let text = value
            .as_str()
            .ok_or_else(|| Refusal::value("base64 text", value))?;
        let bytes = STANDARD
            .decode(text)
            .map_err(|why| Refusal(format!("not base64: {why}")))?;
        Ok(Self::new(bytes))
    }
}

impl FromInput for ByteStream {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        Ok(Self::from(Blob::from_input(value)?.into_inner()))
    }
}

impl<T: FromInput> FromInput for Vec<T> {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        let elements = value
            .as_array()
            .ok_or_else(|| Refusal::value("a list", value))?;
        // A loop: there is one for each type of the SDK, and adapters are compiled for all of them.
        let mut taken = Self::with_capacity(elements.len());
        for element in elements {
            taken.push(T::from_input(element)?);
        }
        Ok(taken)
    }
}

impl<K: FromInput + Eq + Hash, V: FromInput> FromInput for HashMap<K, V> {
    fn from_input(value: &Value) -> Result<Self, Refusal> {
        let entries = value
            .as_object()
            .ok_or_else(|| Refusal::value("a map", value))?;
        entries
            .iter()
            .map(|(key, value)| {
                let key_value = K::from_input(&Value::from(key.as_str()))?;
                let value = V::from_input(value).map_err(|why| why.within(key))?;
                Ok((key_value, value))
            })
            .collect()
    }
}

/// The members of a nested structure.
pub(super) fn structure<'a>(
    value: &'a Value,
    owner: &str,
    setters: &[&str],
) -> Result<Input<'a>, Refusal> {
    let members = value
        .as_object()
        .ok_or_else(|| Refusal::value("a structure", value))?;
    let input = Input::new(members);
    input.check(owner, setters)?;
    Ok(input)
}

/// An error of the SDK's structure builders: a required member is missing.
pub(super) fn incomplete(why: &impl fmt::Display) -> Refusal {
    Refusal(why.to_string())
}

/// Enumerations of the SDK: any text is taken, so that AWS judges it.
macro_rules! enumerations {
    ($sdk:ident::types; $($name:ident),* $(,)?) => {
        $(impl super::input::FromInput for $sdk::types::$name {
            fn from_input(value: &serde_json::Value) -> Result<Self, super::input::Refusal> {
                String::from_input(value).map(|text| Self::from(text.as_str()))
            }
        })*
    };
}
pub(super) use enumerations;

/// Structures of the SDK that can always be built.
macro_rules! structures {
    (@ $sdk:ident; $name:ident; $($setter:ident),*; |$built:ident| $result:expr) => {
        impl super::input::FromInput for $sdk::types::$name {
            fn from_input(value: &serde_json::Value) -> Result<Self, super::input::Refusal> {
                let mut input =
                    super::input::structure(value, stringify!($name), &[$(stringify!($setter)),*])?;
                let builder = $sdk::types::$name::builder();
                $(let builder = builder.$setter(input.take(stringify!($setter)));)*
                input.taken()?;
                let $built = builder.build();
                $result
            }
        }
    };
    ($sdk:ident::types; $($name:ident { $($setter:ident),* $(,)? })*) => {
        $(structures! { @ $sdk; $name; $($setter),*; |built| Ok(built) })*
    };
}
pub(super) use structures;

/// Structures of the SDK whose builders insist on required members.
macro_rules! checked_structures {
    ($sdk:ident::types; $($name:ident { $($setter:ident),* $(,)? })*) => {
        $(super::input::structures! { @ $sdk; $name; $($setter),*;
            |built| built.map_err(|why| super::input::incomplete(&why)) })*
    };
}
pub(super) use checked_structures;
