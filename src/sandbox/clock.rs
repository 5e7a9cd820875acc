//! Time: where the sandbox takes it from, and how AWS writes it.

use std::fmt;
use std::sync::Mutex;

use jiff::fmt::{rfc2822, temporal};
use jiff::{SignedDuration, Timestamp};

const SECONDS: temporal::DateTimePrinter = temporal::DateTimePrinter::new().precision(Some(0));
const MILLIS: temporal::DateTimePrinter = temporal::DateTimePrinter::new().precision(Some(3));

/// Where the sandbox takes the time from. Its own offset (see [`Sandbox::advance`]) comes on top.
///
/// [`Sandbox::advance`]: super::Sandbox::advance
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A clock that stands still until it is set.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// As IAM and STS write it: `2026-11-23T16:10:00Z`.
#[must_use]
pub fn seconds(at: Timestamp) -> String {
    SECONDS.timestamp_to_string(&at)
}

/// As CloudFormation and S3's XML write it: `2026-11-23T16:10:00.123Z`.
#[must_use]
pub fn millis(at: Timestamp) -> String {
    MILLIS.timestamp_to_string(&at)
}

/// [`millis`], behind what is there: pages have a time for each of a thousand keys.
pub(super) fn write_millis(out: &mut String, at: Timestamp) {
    // A string takes all that is written.
    let _ = MILLIS.print_timestamp(&at, out);
}

/// As HTTP headers write it: `Mon, 23 Nov 2026 16:10:00 GMT`.
#[must_use]
pub fn http_date(at: Timestamp) -> String {
    const PRINTER: rfc2822::DateTimePrinter = rfc2822::DateTimePrinter::new();
    // Times that have no such form are far from ours.
    PRINTER.timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let at: Timestamp = "2026-11-23T16:10:00.1239Z".parse().unwrap();
        assert_eq!(seconds(at), "2026-11-23T16:10:00Z");
        assert_eq!(millis(at), "2026-11-23T16:10:00.123Z");
        assert_eq!(http_date(at), "Mon, 23 Nov 2026 16:10:00 GMT");
        let long_ago: Timestamp = "0076-01-02T03:04:05.006999Z".parse().unwrap();
        assert_eq!(seconds(long_ago), "0076-01-02T03:04:05Z");
        assert_eq!(millis(long_ago), "0076-01-02T03:04:05.006Z");
        let before: Timestamp = "-000001-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(seconds(before), "-000001-12-31T23:59:59Z");
    }
}
