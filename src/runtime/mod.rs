//! Where the world is touched: terminal, input, effects, files, clock.

pub mod clock;
pub mod state;
