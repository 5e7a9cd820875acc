//! Points in time as the AWS CLI reads them.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::rfc2822};

/// Reads a point in time: seconds since 1970, ISO 8601 (a date alone too; UTC where no offset is
/// given), or the form of HTTP headers. Python's dateutil, which the AWS CLI uses, takes yet other
/// forms; those are refused here.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    let utc = |at: DateTime| TimeZone::UTC.to_timestamp(at).ok();
    let zoned = || text.parse::<Timestamp>().ok();
    let naive = || text.parse::<DateTime>().ok().and_then(utc);
    let date = || {
        text.parse::<Date>()
            .ok()
            .map(|date| date.at(0, 0, 0, 0))
            .and_then(utc)
    };
    let header = || rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    zoned().or_else(naive).or_else(date).or_else(header)
}
