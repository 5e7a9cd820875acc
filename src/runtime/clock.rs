//! The one place that asks the machine for the time.

use jiff::Timestamp;

/// The machine's time.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "everything else is given the time from here"
)]
pub fn now() -> Timestamp {
    Timestamp::now()
}
