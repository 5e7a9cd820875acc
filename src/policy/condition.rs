//! The `Condition` element: one operator on one key with its values, compiled and evaluated.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::operator::{Comparison, Operator, Order, Quantifier};
use super::pattern::{Matched, Pattern, Syntax};
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
    Number(f64),
    /// Nanoseconds since 1970.
    Instant(i128),
    Bytes(Box<[u8]>),
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
                Comparison::Numeric(_) => Against::Number(number(source).ok_or("a number")?),
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
                    Against::Bytes(BASE64.decode(source).map_err(|_| "base64 text")?.into())
                }
                Comparison::IpAddress => {
                    Against::Network(Network::parse(source).ok_or("an IP address or a CIDR range")?)
                }
                Comparison::Arn => Against::Arn(
                    source
                        .splitn(6, ':')
                        .enumerate()
                        .map(|(part, text)| {
                            let variables = variables && part == 5;
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

    fn matches(&self, comparison: Comparison, value: &str, context: &Context) -> Matched {
        let yes = match (&self.against, comparison) {
            (Against::Text(pattern), Comparison::StringIgnoreCase | Comparison::Bool) => {
                return pattern.equals_ignore_case(value, context);
            }
            (Against::Text(pattern), _) => return pattern.matches(value, context),
            (Against::Number(wanted), Comparison::Numeric(order)) => {
                number(value).is_some_and(|value| order.holds(value, *wanted))
            }
            (Against::Instant(wanted), Comparison::Date(order)) => {
                instant(value).is_some_and(|value| order.holds(value, *wanted))
            }
            (Against::Bytes(wanted), _) => {
                BASE64.decode(value).is_ok_and(|value| *value == **wanted)
            }
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
        let mut one = |value: &String| {
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
        let null_set = values.iter().all(String::is_empty);
        let holds = match operator.quantifier {
            Some(Quantifier::All) => null_set || values.iter().all(one),
            Some(Quantifier::Any) => !null_set && values.iter().any(one),
            None if values.is_empty() => return self.without_key(),
            None if operator.negated => values.iter().all(one),
            None => values.iter().any(&mut one),
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

/// An integer or decimal.
fn number(text: &str) -> Option<f64> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let digit = text.bytes().any(|byte| byte.is_ascii_digit());
    if plain && digit {
        text.parse().ok().filter(|value: &f64| value.is_finite())
    } else {
        None
    }
}

/// A W3C date of ISO 8601, or epoch seconds, in nanoseconds since 1970. A time without a zone is UTC.
fn instant(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let year_only = text.len() == 4;
    if !year_only && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return epoch(text);
    }
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_nanosecond());
    }
    let utc = |at: jiff::civil::DateTime| {
        jiff::tz::TimeZone::UTC
            .to_timestamp(at)
            .ok()
            .map(jiff::Timestamp::as_nanosecond)
    };
    if text.contains(['T', 't', ' ']) {
        return text.parse::<jiff::civil::DateTime>().ok().and_then(utc);
    }
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    whole
        .parse::<jiff::civil::Date>()
        .ok()
        .and_then(|date| utc(date.to_datetime(jiff::civil::Time::midnight())))
}

/// Epoch seconds with an optional fraction.
fn epoch(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.contains('.') || fraction.len() > 9 {
        return None;
    }
    let seconds: i128 = whole.parse::<i64>().ok()?.into();
    let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
    let nanos = if whole.starts_with('-') {
        -nanos
    } else {
        nanos
    };
    Some(seconds * 1_000_000_000 + nanos)
}

/// An IPv4 or IPv6 range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => {
                let plain = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
                (address, Some(bits.parse::<u32>().ok().filter(|_| plain)?))
            }
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = u32::from(network) ^ u32::from(address);
                differ.leading_zeros() >= self.bits
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = u128::from(network) ^ u128::from(address);
                differ.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
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
