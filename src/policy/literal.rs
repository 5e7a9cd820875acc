//! Numbers, dates and addresses as policies and requests write them.
//!
//! Nothing here allocates: a request's value is read again for each condition that asks.

use std::cmp::Ordering;
use std::net::IpAddr;

/// A decimal number, compared digit by digit: no number is too long, none loses its last digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number<'a> {
    negative: bool,
    /// Without leading zeros.
    whole: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Number<'a> {
    /// Reads an integer or a decimal such as `-12.50`. There is no exponent: AWS documents
    /// integers and decimals only.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            whole,
            fraction,
        })
    }

    /// By size; numbers are never incomparable.
    pub fn compare(self, other: Number<'_>) -> Ordering {
        let size = || {
            let whole = (self.whole.len(), self.whole).cmp(&(other.whole.len(), other.whole));
            // Digits behind the point compare as text: the missing ones are zeros.
            whole.then_with(|| self.fraction.cmp(other.fraction))
        };
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(),
            (true, true) => size().reverse(),
        }
    }
}

/// A date in nanoseconds since 1970: one of the W3C's forms of ISO 8601 (a time without a zone is
/// UTC), or epoch seconds. Any year of four digits will do: policies have dates such as
/// `9999-12-31T23:59:59Z`.
pub(crate) fn instant(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let year_alone = digits_of(text, 4).is_some();
    if number && !year_alone {
        return epoch(text);
    }
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)),
        None => (text, None),
    };
    let time = rest.filter(|time| !time.is_empty());
    let mut parts = date.split('-');
    let year = parts.next()?;
    // AWS takes `01T` for a date (recorded): with the letter a year may be short.
    let year = match rest {
        Some(_) => up_to(year, 4)?,
        None => digits_of(year, 4)?,
    };
    let month = parts.next().map_or(Some(1), |part| digits_of(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| digits_of(part, 2))?;
    // A time stands behind a whole date only.
    if parts.next().is_some() || time.is_some() && date.len() != 10 {
        return None;
    }
    let days = days(year, month, day)?;
    let nanos = time.map_or(Some(0), time_of_day)?;
    Some(i128::from(days) * DAY + nanos)
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// A number of exactly so many digits.
fn digits_of(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

/// A number of at most so many digits.
fn up_to(text: &str, count: usize) -> Option<i64> {
    (1..=count)
        .contains(&text.len())
        .then(|| digits_of(text, text.len()))
        .flatten()
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; `None` where there is no such date.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [
        31,
        if leap(year) { 29 } else { 28 },
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    let before = usize::try_from(month - 1).ok()?;
    let length = *lengths.get(before)?;
    if day < 1 || day > length {
        return None;
    }
    let in_year: i64 = lengths.iter().take(before).sum::<i64>() + day - 1;
    let past = year - 1;
    let leaps = if year > 0 {
        past / 4 - past / 100 + past / 400
    } else {
        -1
    };
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    Some(past * 365 + leaps + in_year - 719_162)
}

/// `09:00Z`, `09:00:00.5+02:00`: nanoseconds of the day in UTC, below zero or above a day where the
/// zone says so.
fn time_of_day(text: &str) -> Option<i128> {
    let (clock, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => (text.get(..at)?, zone(text.get(at..)?)?),
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    // `2:00:00` is recorded, as is that ten digits behind the point are too many.
    let hours = up_to(parts.next()?, 2)?;
    let minutes = digits_of(parts.next()?, 2)?;
    let seconds = parts.next().unwrap_or("00");
    if parts.next().is_some() || hours > 24 || minutes > 59 {
        return None;
    }
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let whole = digits_of(whole, 2)?;
    if whole > 60 || seconds.contains('.') == fraction.is_empty() {
        return None;
    }
    let of_hour = i128::from(minutes * 60 + whole) * SECOND + nanos(fraction)?;
    if hours == 24 && of_hour != 0 {
        return None;
    }
    Some(i128::from(hours) * 3_600 * SECOND + of_hour - offset)
}

/// `Z`, `+02:00`, `-0500`.
fn zone(text: &str) -> Option<i128> {
    let (sign, clock) = match text.strip_prefix('+') {
        Some(clock) => (1, clock),
        None => match text.strip_prefix('-') {
            Some(clock) => (-1, clock),
            None => return matches!(text, "Z" | "z").then_some(0),
        },
    };
    let (hours, minutes) = match clock.len() {
        5 => clock.split_once(':')?,
        4 => (clock.get(..2)?, clock.get(2..)?),
        2 => (clock, "00"),
        _ => return None,
    };
    let (hours, minutes) = (digits_of(hours, 2)?, digits_of(minutes, 2)?);
    (hours < 24 && minutes < 60).then(|| sign * i128::from(hours * 3_600 + minutes * 60) * SECOND)
}

/// The digits behind a decimal point of seconds, nine at most.
fn nanos(fraction: &str) -> Option<i128> {
    if fraction.len() > 9 {
        return None;
    }
    let mut value = 0_i128;
    for place in 0..9 {
        let digit = match fraction.as_bytes().get(place) {
            Some(byte) if byte.is_ascii_digit() => i128::from(byte - b'0'),
            Some(_) => return None,
            None => 0,
        };
        value = value * 10 + digit;
    }
    fraction
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(value)
}

/// Epoch seconds with an optional fraction.
fn epoch(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i128 = whole.parse::<i64>().ok()?.into();
    let nanos = nanos(fraction)?;
    let nanos = if whole.starts_with('-') {
        -nanos
    } else {
        nanos
    };
    Some(seconds * SECOND + nanos)
}

/// An IPv4 or IPv6 range. Bits beyond the prefix do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads an address or a range in CIDR form; an address alone is a range of itself.
    pub fn parse(text: &str) -> Option<Self> {
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

    /// Whether an address is in the range. An IPv4 address is in no IPv6 range, nor the reverse.
    pub fn contains(self, address: IpAddr) -> bool {
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

    /// Whether it is an IPv4 range.
    pub fn is_v4(self) -> bool {
        self.address.is_ipv4()
    }
}

#[cfg(test)]
mod tests {
    use super::{Network, Number, instant};

    #[test]
    fn dates_agree_with_jiff() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-03-01T12:00:00Z",
            "2024-02-29T23:59:59.123456789Z",
            "2000-12-31T23:00:00-05:30",
            "1900-03-01T00:00:00+14:00",
            "0001-01-01T00:00:00Z",
            "9999-12-30T00:00:00Z",
            "1969-12-31T23:59:59.5Z",
        ] {
            let expected = text.parse::<jiff::Timestamp>().unwrap().as_nanosecond();
            assert_eq!(instant(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn dates_have_the_forms_of_the_w3c() {
        let day = 86_400_000_000_000_i128;
        assert_eq!(instant("1970"), Some(0));
        assert_eq!(instant("1971-01"), Some(365 * day));
        assert_eq!(instant("1970-01-02"), Some(day));
        assert_eq!(instant("1970-01-02T00:00Z"), Some(day));
        assert_eq!(instant("1970-01-01T24:00:00Z"), Some(day));
        assert_eq!(instant("86400"), Some(day));
        assert_eq!(instant("86400.5"), Some(day + 500_000_000));
        assert_eq!(instant("-1.5"), Some(-1_500_000_000));
        assert_eq!(instant("1970-01-02T"), Some(day));
        assert_eq!(instant("1970-01-02t0:00:00.5+00"), Some(day + 500_000_000));
        assert_eq!(instant("01T"), instant("0001-01-01"));
        assert!(instant("9999-12-31T23:59:59Z") > instant("9999-12-31"));
        for text in [
            "",
            "soon",
            "2026-02-29",
            "2026-13",
            "2026-1-1",
            "234-13",
            "2026-01-01T9:00:00.1234567891+10:59",
            "2026-01T09:00Z",
            "2026-01-01T09:00:00.Z",
            "2026-01-01T25:00Z",
            "2026-01-01T09:60Z",
            "2026-01-01T09:00+9",
            "1.2.3",
            "-",
            "20260101T000000Z",
            "2026-01-01T24:00:01Z",
            "ü",
            "99999999999999999999",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_decimal() {
        let read = |text| Number::parse(text).unwrap();
        let ordered = [
            "-100", "-9.5", "-9", "-0.25", "0", "0.025", "0.25", "1", "9", "10", "10.1",
        ];
        for (place, small) in ordered.iter().enumerate() {
            for (other, large) in ordered.iter().enumerate() {
                assert_eq!(
                    read(small).compare(read(large)),
                    place.cmp(&other),
                    "{small} {large}"
                );
            }
        }
        for (one, same) in [("0", "-0"), ("1", "+01.00"), (".5", "0.5"), ("5.", "5")] {
            assert!(read(one).compare(read(same)).is_eq(), "{one} {same}");
        }
        for text in [
            "", "-", ".", "1e3", "0x10", "ten", "1,000", "NaN", "inf", " 1", "1.2.3",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn ranges_are_in_cidr_form() {
        for text in [
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "::/129",
            "x",
            "10.0.0.0/8/8",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
        assert!(
            Network::parse("::/0")
                .unwrap()
                .contains("2001:db8::1".parse().unwrap())
        );
    }
}
