//! What the system tells the program: to stop, and that its terminal changed.

use std::io;

/// How the program was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// By Ctrl-C.
    Interrupt,
    /// By the system, or because the terminal went away.
    Terminate,
}

/// What asks the program to stop. From when it is made, nothing of it ends the program by itself.
#[cfg(unix)]
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// # Errors
    ///
    /// The system's, where it lets no signal be caught.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Ready when the program is asked to stop, and again when it is asked again.
    pub(crate) async fn asked(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
            _ = self.hang_up.recv() => Asked::Terminate,
        }
    }
}

/// What asks the program to stop. From when it is made, nothing of it ends the program by itself.
#[cfg(windows)]
pub(crate) struct Stop {
    interrupt: tokio::signal::windows::CtrlC,
    stop: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Stop {
    /// # Errors
    ///
    /// The system's, where it lets no console event be caught.
    pub(crate) fn new() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
        Ok(Self {
            interrupt: ctrl_c()?,
            stop: ctrl_break()?,
            close: ctrl_close()?,
        })
    }

    /// Ready when the program is asked to stop, and again when it is asked again.
    pub(crate) async fn asked(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.stop.recv() => Asked::Terminate,
            _ = self.close.recv() => Asked::Terminate,
        }
    }
}

/// What the system wants of a program that draws.
pub(super) enum Signal {
    Quit,
    /// The window has another size. Windows says it among the keys.
    #[cfg(unix)]
    Resized,
    /// The program goes on after it was suspended.
    #[cfg(unix)]
    Continued,
}

/// What the system tells a program that draws.
pub(super) struct Signals {
    stop: Stop,
    #[cfg(unix)]
    resized: tokio::signal::unix::Signal,
    #[cfg(unix)]
    continued: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            stop: Stop::new()?,
            resized: signal(SignalKind::window_change())?,
            continued: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    #[cfg(unix)]
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.stop.asked() => Signal::Quit,
            _ = self.resized.recv() => Signal::Resized,
            _ = self.continued.recv() => Signal::Continued,
        }
    }

    #[cfg(windows)]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { stop: Stop::new()? })
    }

    #[cfg(windows)]
    pub(super) async fn next(&mut self) -> Signal {
        self.stop.asked().await;
        Signal::Quit
    }
}
