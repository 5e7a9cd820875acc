//! `--query`: JMESPath, as the AWS CLI's Python implementation evaluates it. Members keep their
//! order, those of `{a: b}` the order in which the expression names them.

mod functions;
mod lexer;
mod parser;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

use self::lexer::Kind;
use self::parser::Node;
use super::python;

/// An expression that does not compile: Python's words, over several lines, with a caret under
/// the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    reason: String,
    /// What follows the reason: the place, as Python shows it.
    shown: String,
    at: usize,
}

impl Invalid {
    /// What is wrong, in one line.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// How many characters of the expression stand before the place.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    fn whole(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            shown: String::new(),
            at: 0,
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.reason, self.shown)
    }
}

impl std::error::Error for Invalid {}

/// An expression that fails on a value, such as `length` of a number: Python's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(pub(crate) String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Expression(Node);

/// Compiles an expression.
///
/// # Errors
///
/// [`Invalid`] where it is none.
pub fn compile(expression: &str) -> Result<Expression, Invalid> {
    parser::parse(expression).map(Expression)
}

impl Expression {
    /// What the expression finds in a value; null where it finds nothing.
    ///
    /// # Errors
    ///
    /// [`Failed`] where a function does not take what it is given or does not exist.
    pub fn search(&self, value: &Value) -> Result<Value, Failed> {
        find(&self.0, value).map(Cow::into_owned)
    }
}

type Found<'v> = Result<Cow<'v, Value>, Failed>;

fn find<'v>(node: &'v Node, value: &'v Value) -> Found<'v> {
    Ok(match node {
        Node::Current => Cow::Borrowed(value),
        Node::Field(name) => member(value, name),
        Node::Index(index) => element(value, *index),
        Node::Literal(value) => Cow::Borrowed(value),
        Node::Then(first, then) => match find(first, value)? {
            Cow::Borrowed(value) => find(then, value)?,
            Cow::Owned(value) => Cow::Owned(find(then, &value)?.into_owned()),
        },
        Node::Slice(parts) => Cow::Owned(slice(value, *parts)?),
        Node::Each(base, each) => match find(base, value)?.as_ref() {
            Value::Array(elements) => Cow::Owned(project(elements, each)?),
            _ => Cow::Owned(Value::Null),
        },
        Node::EachValue(base, each) => match find(base, value)?.as_ref() {
            Value::Object(members) => Cow::Owned(project(members.values(), each)?),
            _ => Cow::Owned(Value::Null),
        },
        Node::Filter(base, each, condition) => match find(base, value)?.as_ref() {
            Value::Array(elements) => {
                let mut taken = Vec::new();
                for element in elements {
                    if is_true(find(condition, element)?.as_ref()) {
                        taken.push(element);
                    }
                }
                Cow::Owned(project(taken, each)?)
            }
            _ => Cow::Owned(Value::Null),
        },
        Node::Flatten(base) => match find(base, value)?.into_owned() {
            Value::Array(elements) => {
                let flat = elements.into_iter().flat_map(|element| match element {
                    Value::Array(elements) => elements,
                    other => vec![other],
                });
                Cow::Owned(flat.collect())
            }
            _ => Cow::Owned(Value::Null),
        },
        Node::Compare(kind, left, right) => {
            let (left, right) = (find(left, value)?, find(right, value)?);
            Cow::Owned(compare(*kind, &left, &right)?)
        }
        Node::And(left, right) => {
            let left = find(left, value)?;
            if is_true(&left) {
                find(right, value)?
            } else {
                left
            }
        }
        Node::Or(left, right) => {
            let left = find(left, value)?;
            if is_true(&left) {
                left
            } else {
                find(right, value)?
            }
        }
        Node::Not(inner) => {
            let found = find(inner, value)?;
            Cow::Owned(Value::Bool(!is_true(&found)))
        }
        Node::List(_) | Node::Structure(_) if value.is_null() => Cow::Owned(Value::Null),
        Node::List(nodes) => {
            let mut elements = Vec::with_capacity(nodes.len());
            for node in nodes {
                elements.push(find(node, value)?.into_owned());
            }
            Cow::Owned(Value::Array(elements))
        }
        Node::Structure(nodes) => {
            let mut members = Map::new();
            for (name, node) in nodes {
                members.insert(name.clone(), find(node, value)?.into_owned());
            }
            Cow::Owned(Value::Object(members))
        }
        Node::Call(name, arguments) => Cow::Owned(functions::call(name, arguments, value)?),
        Node::Expression(_) => {
            // Where no function takes it, the AWS CLI cannot print it.
            let message = "Encountered unrecognized type in JSON encoder.";
            return Err(Failed(message.into()));
        }
    })
}

fn member<'v>(value: &'v Value, name: &str) -> Cow<'v, Value> {
    value
        .get(name)
        .map_or(Cow::Owned(Value::Null), Cow::Borrowed)
}

fn element(value: &Value, index: i64) -> Cow<'_, Value> {
    let at = value.as_array().and_then(|elements| {
        let length = i64::try_from(elements.len()).ok()?;
        let at = if index < 0 { index + length } else { index };
        elements.get(usize::try_from(at).ok()?)
    });
    at.map_or(Cow::Owned(Value::Null), Cow::Borrowed)
}

fn project<'v>(
    elements: impl IntoIterator<Item = &'v Value>,
    each: &'v Node,
) -> Result<Value, Failed> {
    let mut out = Vec::new();
    for element in elements {
        let found = find(each, element)?;
        if !found.is_null() {
            out.push(found.into_owned());
        }
    }
    Ok(Value::Array(out))
}

fn slice(value: &Value, [from, to, step]: [Option<i64>; 3]) -> Result<Value, Failed> {
    let Value::Array(elements) = value else {
        return Ok(Value::Null);
    };
    let by = step.unwrap_or(1);
    if by == 0 {
        return Err(Failed("slice step cannot be zero".into()));
    }
    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
    let (least, most) = if by > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let within = |index: i64| {
        let index = if index < 0 {
            index.saturating_add(length)
        } else {
            index
        };
        index.clamp(least, most)
    };
    let (head, end) = if by > 0 {
        (0, length)
    } else {
        (length - 1, -1)
    };
    let mut at = from.map_or(head, within);
    let end = to.map_or(end, within);
    let mut out = Vec::new();
    while if by > 0 { at < end } else { at > end } {
        if let Some(element) = usize::try_from(at).ok().and_then(|at| elements.get(at)) {
            out.push(element.clone());
        }
        at = at.saturating_add(by);
    }
    Ok(Value::Array(out))
}

/// Null, false and what is empty are false; 0 is true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

fn compare(kind: Kind, left: &Value, right: &Value) -> Result<Value, Failed> {
    let (sign, fits): (&str, fn(Ordering) -> bool) = match kind {
        Kind::Equal => return Ok(Value::Bool(equal(left, right))),
        Kind::NotEqual => return Ok(Value::Bool(!equal(left, right))),
        Kind::Less => ("<", Ordering::is_lt),
        Kind::LessEqual => ("<=", Ordering::is_le),
        Kind::Greater => (">", Ordering::is_gt),
        _ => (">=", Ordering::is_ge),
    };
    if let (Value::Number(_), Value::String(_)) | (Value::String(_), Value::Number(_)) =
        (left, right)
    {
        return Err(Failed(format!(
            "'{sign}' not supported between instances of '{}' and '{}'",
            python::short_type_name(left),
            python::short_type_name(right)
        )));
    }
    Ok(order(left, right).map_or(Value::Null, |found| Value::Bool(fits(found))))
}

/// Equality with 1 and 1.0 the same.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same = |(name, value)| right.get(name).is_some_and(|other| equal(value, other));
            left.len() == right.len() && left.iter().all(same)
        }
        (left, right) => left == right,
    }
}

/// The order of two numbers or two strings.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
