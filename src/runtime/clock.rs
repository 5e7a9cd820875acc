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

/// The machine's time, as the sandbox takes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl crate::sandbox::Clock for System {
    fn now(&self) -> Timestamp {
        now()
    }
}
