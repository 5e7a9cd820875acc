//! The names of condition operators.

use std::cmp::Ordering;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    String,
    StringIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

/// Which order of request value and policy value is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether a request's value, compared with a policy's value, stands in this order to it.
    pub fn holds(self, compared: Ordering) -> bool {
        match self {
            Self::Equal => compared.is_eq(),
            Self::Less => compared.is_lt(),
            Self::LessOrEqual => compared.is_le(),
            Self::Greater => compared.is_gt(),
            Self::GreaterOrEqual => compared.is_ge(),
        }
    }
}

/// The qualifier of an operator on a multivalued key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Any,
}

/// A condition operator with its qualifier and suffix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operator {
    pub written: Box<str>,
    pub comparison: Comparison,
    /// `Not…`: it holds when no value matches.
    pub negated: bool,
    /// `…IfExists`: it holds when the key is absent.
    pub if_exists: bool,
    pub quantifier: Option<Quantifier>,
}

impl Operator {
    /// Reads a name such as `ForAnyValue:StringLikeIfExists`; `None` when AWS documents no such
    /// operator. Names of operators count their case.
    pub fn parse(written: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = written.strip_prefix("ForAllValues:") {
            (Some(Quantifier::All), rest)
        } else if let Some(rest) = written.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::Any), rest)
        } else {
            (None, written)
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (comparison, negated) = comparison(base)?;
        if comparison == Comparison::Null && (if_exists || quantifier.is_some()) {
            return None;
        }
        Some(Self {
            written: written.into(),
            comparison,
            negated,
            if_exists,
            quantifier,
        })
    }
}

fn comparison(base: &str) -> Option<(Comparison, bool)> {
    use Comparison as C;
    Some(match base {
        "StringEquals" => (C::String, false),
        "StringNotEquals" => (C::String, true),
        "StringEqualsIgnoreCase" => (C::StringIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (C::StringIgnoreCase, true),
        "StringLike" => (C::StringLike, false),
        "StringNotLike" => (C::StringLike, true),
        "Bool" => (C::Bool, false),
        "BinaryEquals" => (C::Binary, false),
        "IpAddress" => (C::IpAddress, false),
        "NotIpAddress" => (C::IpAddress, true),
        "ArnEquals" | "ArnLike" => (C::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (C::Arn, true),
        "Null" => (C::Null, false),
        _ => {
            if let Some(order) = base.strip_prefix("Numeric") {
                let (order, negated) = self::order(order)?;
                (C::Numeric(order), negated)
            } else {
                let (order, negated) = self::order(base.strip_prefix("Date")?)?;
                (C::Date(order), negated)
            }
        }
    })
}

fn order(name: &str) -> Option<(Order, bool)> {
    Some(match name {
        "Equals" => (Order::Equal, false),
        "NotEquals" => (Order::Equal, true),
        "LessThan" => (Order::Less, false),
        "LessThanEquals" => (Order::LessOrEqual, false),
        "GreaterThan" => (Order::Greater, false),
        "GreaterThanEquals" => (Order::GreaterOrEqual, false),
        _ => return None,
    })
}
