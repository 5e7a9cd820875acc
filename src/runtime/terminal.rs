//! The terminal: taken over for as long as a guard lives, and given back however the program ends.

use std::fmt;
use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{Command, cursor, execute, queue};
use ratatui::Frame;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::background::QUERY;
use super::config::Config;
use super::crash;
use crate::app::{Capabilities, Colours, Geometry, Model};
use crate::ui;

/// The terminal is taken over: the panic hook must give it back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Takes clicks and the wheel, but not every movement of the mouse.
struct MouseOn;

impl Command for MouseOn {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str("\x1b[?1000h\x1b[?1006h")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        crossterm::event::EnableMouseCapture.execute_winapi()
    }
}

/// Leaves the mouse to the terminal.
struct MouseOff;

impl Command for MouseOff {
    fn write_ansi(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str("\x1b[?1006l\x1b[?1000l")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> io::Result<()> {
        crossterm::event::DisableMouseCapture.execute_winapi()
    }
}

/// The terminal as ratatui draws to it, but never asked where its cursor is.
///
/// ratatui asks whenever it clears the screen, after a resize too. The answer would have to be
/// read on the thread that reads keys, and some terminals give none: then drawing would fail. On
/// a screen that is drawn whole, the answer is of no use.
#[derive(Debug)]
struct Unasked(CrosstermBackend<BufWriter<Stdout>>);

impl Backend for Unasked {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.0.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.0.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

/// The terminal, taken over until this is dropped.
#[derive(Debug)]
pub struct Terminal {
    screen: ratatui::Terminal<Unasked>,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal over, and the mouse if that is wanted.
    ///
    /// # Errors
    ///
    /// What the terminal says; it is left as it was then.
    pub fn take(mouse: bool) -> io::Result<Self> {
        crash::hook();
        if let Err(error) = take(mouse) {
            give_back();
            return Err(error);
        }
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        match ratatui::Terminal::new(Unasked(backend)) {
            Ok(screen) => Ok(Self { screen, mouse }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Columns and rows.
    #[must_use]
    pub fn size() -> (u16, u16) {
        crossterm::terminal::size().unwrap_or((80, 24))
    }

    /// Whether a terminal can be expected to answer what its background is.
    #[must_use]
    pub fn tells_its_background(config: &Config) -> bool {
        let term = std::env::var("TERM").unwrap_or_default();
        // The Linux console prints what it does not know.
        cfg!(unix) && config.colours.value != Colours::None && term != "linux"
    }

    /// Asks the terminal for its background. The answer, if one comes, is input.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn ask_background(&mut self) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(QUERY.as_bytes())?;
        out.flush()
    }

    /// Draws the model. A terminal that can shows the frame whole, or not at all: never half of
    /// one and half of the next.
    ///
    /// # Errors
    ///
    /// What the terminal says: it is gone.
    pub fn draw(&mut self, model: &Model) -> io::Result<Geometry> {
        let mut geometry = Geometry::default();
        self.frame(|frame| geometry = ui::view(model, frame))?;
        Ok(geometry)
    }

    /// Draws a frame as [`Terminal::draw`] does, of whatever it may be.
    ///
    /// # Errors
    ///
    /// What the terminal says: it is gone.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.screen.backend_mut().0, BeginSynchronizedUpdate)?;
        self.screen.draw(draw)?;
        execute!(self.screen.backend_mut().0, EndSynchronizedUpdate)
    }

    /// Draws everything at the next frame, whatever the terminal shows now.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn clear(&mut self) -> io::Result<()> {
        self.screen.clear()
    }

    /// Takes the mouse or leaves it.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        if on {
            execute!(io::stdout(), MouseOn)
        } else {
            execute!(io::stdout(), MouseOff)
        }
    }

    /// Sends a text to the terminal's clipboard. Whether it took it, nobody knows.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Gives the terminal to the shell, and takes it again when the program is resumed.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        #[cfg(unix)]
        {
            // The whole group, as the terminal itself would do: a `cargo run` around it too.
            rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        }
        self.resume()
    }

    /// Takes the terminal again after the program was stopped.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn resume(&mut self) -> io::Result<()> {
        take(self.mouse)?;
        self.screen.clear()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    execute!(
        out,
        EnterAlternateScreen,
        EnableBracketedPaste,
        cursor::Hide
    )?;
    if mouse {
        execute!(out, MouseOn)?;
    }
    out.flush()
}

/// Makes the terminal what it was. A terminal that is gone cannot be told anything.
pub(super) fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        MouseOff,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Whether the terminal is still taken; not after a panic in any thread.
#[must_use]
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// What the terminal can show, from the environment.
#[must_use]
pub fn capabilities(variable: impl Fn(&str) -> Option<String>) -> Capabilities {
    let variable = |name| variable(name).filter(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    let dumb = term == "dumb" || cfg!(unix) && term.is_empty();
    // The terminals of DEC up to the VT420 have no colours, nor have those whose entry says so.
    let plain = dumb || is_dec(&term) || term.ends_with("-m") || term.ends_with("-mono");
    let colours = if variable("NO_COLOR").is_some() || plain {
        Colours::None
    } else if variable("COLORTERM").is_some_and(|kind| kind == "truecolor" || kind == "24bit")
        || term.contains("direct")
    {
        Colours::True
    } else {
        Colours::Sixteen
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable)
        .unwrap_or_default()
        .to_lowercase();
    let utf8 = locale.contains("utf-8") || locale.contains("utf8") || cfg!(windows);
    Capabilities {
        colours,
        // The Linux console has a font of 256 or 512 signs.
        unicode: utf8 && !dumb && term != "linux",
    }
}

fn is_dec(term: &str) -> bool {
    ["vt52", "vt100", "vt102", "vt220", "vt320", "vt420"]
        .iter()
        .any(|name| {
            term.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_can_show_is_read_from_its_environment() {
        use Colours::{None, Sixteen, True};
        for (environment, colours, unicode) in [
            (
                "TERM=xterm-256color COLORTERM=truecolor LANG=en_US.UTF-8",
                True,
                true,
            ),
            ("TERM=xterm-256color LANG=C.utf8", Sixteen, true),
            ("TERM=vt100 LANG=C.utf8", None, true),
            ("TERM=vt220-w LANG=C", None, false),
            ("TERM=xterm-mono LANG=C.utf8", None, true),
            ("TERM=xterm-direct LANG=C.utf8", True, true),
            (
                "TERM=xterm COLORTERM=truecolor NO_COLOR=1 LANG=C.UTF-8",
                None,
                true,
            ),
            ("TERM=xterm NO_COLOR= LANG=C.UTF-8", Sixteen, true),
            ("TERM=linux LANG=en_US.UTF-8", Sixteen, false),
            ("TERM=dumb LANG=en_US.UTF-8", None, false),
            ("TERM=xterm LANG=C", Sixteen, false),
            ("TERM=xterm LANG=en_US.UTF-8 LC_ALL=C", Sixteen, false),
            ("TERM=xterm", Sixteen, false),
        ] {
            let found = capabilities(|name| {
                environment
                    .split(' ')
                    .filter_map(|pair| pair.split_once('='))
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value.to_owned())
            });
            assert_eq!(found, Capabilities { colours, unicode }, "{environment}");
        }
    }
    /// What the test below runs, on a terminal of its own.
    #[test]
    #[ignore = "takes the terminal that it runs on"]
    fn a_thread_panics() {
        let terminal = Terminal::take(true).unwrap();
        assert!(is_taken());
        let thread = std::thread::spawn(|| assert!(!is_taken(), "a part fails"));
        assert!(thread.join().is_err());
        assert!(!is_taken());
        drop(terminal);
    }

    #[cfg(unix)]
    #[test]
    fn a_panic_in_any_thread_is_told_on_the_terminal_as_it_was() {
        use portable_pty::{CommandBuilder, PtySize, native_pty_system};
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let before = pty.master.get_termios().unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "runtime::terminal::tests::a_thread_panics",
            "--ignored",
            "--nocapture",
        ]);
        let mut child = pty.slave.spawn_command(command).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(pty.master.get_termios().unwrap(), before);

        drop(pty.slave);
        let mut said = Vec::new();
        let mut reader = pty.master.try_clone_reader().unwrap();
        // The end of a terminal is an error on some systems.
        let _ = io::Read::read_to_end(&mut reader, &mut said);
        let said = String::from_utf8_lossy(&said);
        let places = [
            "\x1b[?1049h",
            "\x1b[?1000h",
            "\x1b[?1000l",
            "\x1b[?1049l",
            "a part fails",
        ]
        .map(|part| {
            said.find(part)
                .unwrap_or_else(|| panic!("{part:?} in {said:?}"))
        });
        assert!(places.is_sorted(), "{places:?} in {said:?}");
    }
}
