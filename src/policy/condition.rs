//! The `Condition` element: one operator on one key with its values, compiled and evaluated.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::literal::{Network, Number, instant};
use super::operator::{Comparison, Operator, Order, Quantifier};
use super::pattern::{Matched, Pattern, Syntax, arn_parts};
use super::request::{Context, KeyName};

/// One condition: an operator, a key, and the values any of which will do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    pub operator: Operator,
    pub key: KeyName,
    pub tests: Box<[Test]>,
}

/// One value of a condition, ready to compare.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    /// As written.
    pub source: Box<str>,
    against: Against,
}

#[derive(Debug, Clone, PartialEq)]
enum Against {
    Text(Pattern),
    /// The number that is written.
    Number,
    /// Nanoseconds since 1970.
    Instant(i128),
    /// The bytes that are written. Base 64 is read strictly, so that equal bytes have equal texts.
    Bytes,
    Network(Network),
    /// The parts of an ARN, compared one by one; fewer than six match nothing, but for a lone `*`.
    Arn(Box<[Pattern]>),
    /// `Null`: `true` wants the key absent.
    Absent(bool),
}

/// Why a condition did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request has no such key.
    Missing,
    /// The request's value is not one that is wanted.
    Value,
    /// A variable in the policy's value has no value in this request.
    Variable,
}

impl Test {
    /// Compiles a value for an operator. `Err` says what a value of this operator looks like.
    pub fn new(operator: &Operator, source: &str, variables: bool) -> Result<Self, &'static str> {
        let text = |wildcards| {
            Against::Text(Pattern::new(
                source,
                Syntax {
                    wildcards,
                    variables,
                    arn: false,
                },
            ))
        };
        let against =
            match operator.comparison {
                Comparison::String | Comparison::StringIgnoreCase => text(false),
                Comparison::StringLike => text(true),
                Comparison::Numeric(_) => {
                    Number::parse(source).ok_or("a number")?;
                    Against::Number
                }
                Comparison::Date(_) => Against::Instant(instant(source).ok_or(
                    "a date such as `2026-01-31`, `2026-01-31T09:00:00Z`, or epoch seconds",
                )?),
                Comparison::Bool => {
                    let pattern = Pattern::new(
                        source,
                        Syntax {
                            wildcards: false,
                            variables,
                            arn: false,
                        },
                    );
                    if !pattern.has_variable() && !is_bool(source) {
                        return Err("`true` or `false`");
                    }
                    Against::Text(pattern)
                }
                Comparison::Binary => {
                    BASE64.decode(source).map_err(|_| "base64 text")?;
                    Against::Bytes
                }
                Comparison::IpAddress => {
                    Against::Network(Network::parse(source).ok_or("an IP address or a CIDR range")?)
                }
                Comparison::Arn => Against::Arn(
                    arn_parts(source, variables)
                        .into_iter()
                        .map(|text| {
                            Pattern::new(
                                text,
                                Syntax {
                                    wildcards: true,
                                    variables,
                                    arn: false,
                                },
                            )
                        })
                        .collect(),
                ),
                Comparison::Null => match source.to_ascii_lowercase().as_str() {
                    "true" => Against::Absent(true),
                    "false" => Against::Absent(false),
                    _ => return Err("`true` or `false`"),
                },
            };
        Ok(Self {
            source: source.into(),
            against,
        })
    }

    /// The value with its variables filled in, for people to read; `None` when one has no value.
    pub fn filled(&self, context: &Context) -> Option<String> {
        match &self.against {
            Against::Text(pattern) => pattern.filled(context),
            Against::Arn(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(|part| part.filled(context)).collect();
                parts.map(|parts| parts.join(":"))
            }
            _ => Some(self.source.to_string()),
        }
    }

    /// The variable that has no value in this request.
    pub fn missing(&self, context: &Context) -> Option<&str> {
        match &self.against {
            Against::Text(pattern) => pattern.missing(context),
            Against::Arn(parts) => parts.iter().find_map(|part| part.missing(context)),
            _ => None,
        }
    }

    /// The variable whose key is there with an empty value, and so has none.
    pub fn empty(&self, context: &Context) -> Option<&str> {
        match &self.against {
            Against::Text(pattern) => pattern.empty(context),
            Against::Arn(parts) => parts.iter().find_map(|part| part.empty(context)),
            _ => None,
        }
    }

    fn matches(&self, comparison: Comparison, value: &str, context: &Context) -> Matched {
        let yes = match (&self.against, comparison) {
            (Against::Text(pattern), Comparison::StringIgnoreCase | Comparison::Bool) => {
                return pattern.equals_ignore_case(value, context);
            }
            (Against::Text(pattern), _) => return pattern.matches(value, context),
            (Against::Number, Comparison::Numeric(order)) => {
                match (Number::parse(value), Number::parse(&self.source)) {
                    (Some(value), Some(wanted)) => order.holds(value.compare(wanted)),
                    _ => false,
                }
            }
            (Against::Instant(wanted), Comparison::Date(order)) => {
                instant(value).is_some_and(|value| order.holds(value.cmp(wanted)))
            }
            (Against::Bytes, _) => *value == *self.source,
            (Against::Network(network), _) => {
                value.parse().is_ok_and(|address| network.contains(address))
            }
            (Against::Arn(parts), _) => return arn_matches(parts, value, context),
            _ => false,
        };
        if yes { Matched::Yes } else { Matched::No }
    }
}

/// Part by part, as `ArnEquals` and `ArnLike` do.
fn arn_matches(parts: &[Pattern], value: &str, context: &Context) -> Matched {
    if let [only] = parts {
        return if only.is_anything() && value.starts_with("arn:") {
            Matched::Yes
        } else {
            Matched::No
        };
    }
    let mut values = value.splitn(6, ':');
    let mut matched = Matched::Yes;
    for part in parts {
        let Some(value) = values.next() else {
            return Matched::No;
        };
        match part.matches(value, context) {
            Matched::Yes => {}
            Matched::No => return Matched::No,
            Matched::NoValue => matched = Matched::NoValue,
        }
    }
    if parts.len() == 6 {
        matched
    } else {
        Matched::No
    }
}

impl Condition {
    /// Whether the condition holds. Allocates nothing for strings, numbers, addresses and ARNs.
    pub fn holds(&self, context: &Context) -> Result<(), Failure> {
        let operator = &self.operator;
        let found = context.find(&self.key);
        if operator.comparison == Comparison::Null {
            let absent = found.is_none_or(|value| value.as_slice().is_empty());
            let wanted = self
                .tests
                .iter()
                .any(|test| test.against == Against::Absent(absent));
            return match (wanted, absent) {
                (true, _) => Ok(()),
                (false, true) => Err(Failure::Missing),
                (false, false) => Err(Failure::Value),
            };
        }
        let Some(value) = found else {
            return self.without_key();
        };
        let values = value.as_slice();
        let mut no_value = false;
        let one = |value: &String| {
            let mut any = false;
            for test in &self.tests {
                match test.matches(operator.comparison, value, context) {
                    Matched::Yes => {
                        any = true;
                        break;
                    }
                    Matched::No => {}
                    Matched::NoValue => no_value = true,
                }
            }
            any != operator.negated
        };
        // A set of nothing, or of empty strings, is a null data set to the set operators.
        let null_set = || values.iter().all(String::is_empty);
        let every = match operator.quantifier {
            Some(Quantifier::All) if null_set() => return Ok(()),
            Some(Quantifier::Any) if null_set() => return Err(Failure::Value),
            None if values.is_empty() => return self.without_key(),
            Some(Quantifier::All) => true,
            Some(Quantifier::Any) => false,
            None => operator.negated,
        };
        let holds = if every {
            values.iter().all(one)
        } else {
            values.iter().any(one)
        };
        match (holds, no_value) {
            (true, _) => Ok(()),
            (false, true) => Err(Failure::Variable),
            (false, false) => Err(Failure::Value),
        }
    }

    /// An absent key matches nothing; `IfExists` and `ForAllValues` do not mind, and a negated
    /// operator is content. `ForAnyValue` is not: there is no value that could differ.
    fn without_key(&self) -> Result<(), Failure> {
        let operator = &self.operator;
        let holds = operator.if_exists
            || match operator.quantifier {
                Some(Quantifier::All) => true,
                Some(Quantifier::Any) => false,
                None => operator.negated,
            };
        if holds { Ok(()) } else { Err(Failure::Missing) }
    }
}

fn is_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

impl Order {
    /// How the order is said: "less than".
    pub fn words(self) -> &'static str {
        match self {
            Self::Equal => "equal to",
            Self::Less => "less than",
            Self::LessOrEqual => "at most",
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "at least",
        }
    }
}
