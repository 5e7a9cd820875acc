//! Input, read on a thread of its own: keys, pasted text, the mouse.

use std::thread;

use crossterm::event::{self, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};
use tokio::sync::mpsc::UnboundedSender;

use super::background::{Picker, Taken};
use crate::app::{Code, Intent, Key, Model};

/// Longest that the library looks for an event. It does not look at all in no time.
const LOOK: std::time::Duration = std::time::Duration::from_millis(1);

/// Lines that one notch of the wheel scrolls.
const NOTCH: i32 = 3;

/// Something the learner did at the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The left button was pressed: column and row.
    Click(u16, u16),
    /// The wheel was turned: column, row, and lines down.
    Wheel(u16, u16, i32),
    /// The terminal has said what its background is: red, green, blue.
    Background(u8, u8, u8),
    /// The terminal is gone.
    Gone,
}

/// Reads input until the terminal or the receiver is gone. `asked` tells that the terminal was
/// asked for its background: the answer is input too.
///
/// # Errors
///
/// Where the thread cannot be started.
pub fn listen(to: UnboundedSender<Input>, asked: bool) -> std::io::Result<()> {
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            let watch = Watch::new();
            let mut picker = if asked {
                Picker::asked()
            } else {
                Picker::default()
            };
            while watch.wait() {
                // Only what is there is read, so that a terminal that goes away is seen above.
                match event::poll(LOOK) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(_) => break,
                }
                match event::read() {
                    Ok(event) => {
                        for input in pick(&mut picker, convert(event)) {
                            if to.send(input).is_err() {
                                return;
                            }
                        }
                    }
                    Err(_) => break,
                }
            }
            let _ = to.send(Input::Gone);
        })
        .map(|_| ())
}

/// What an event means, with the terminal's answer taken out of the keys.
fn pick(picker: &mut Picker, input: Option<Input>) -> Vec<Input> {
    match input {
        Some(Input::Key(key)) => match picker.take(key) {
            Taken::Keys(keys) => keys.into_iter().map(Input::Key).collect(),
            Taken::Kept => Vec::new(),
            Taken::Background(r, g, b) => vec![Input::Background(r, g, b)],
        },
        other => other.into_iter().collect(),
    }
}

/// Waits for input. The library that reads it would spin on a terminal that has gone.
struct Watch {
    #[cfg(unix)]
    terminal: Option<std::fs::File>,
}

impl Watch {
    #[cfg(unix)]
    fn new() -> Self {
        use std::io::IsTerminal;
        // The library reads from here where standard input is no terminal.
        let terminal = if std::io::stdin().is_terminal() {
            None
        } else {
            std::fs::File::open("/dev/tty").ok()
        };
        Self { terminal }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    /// Blocks until there is input; false where the terminal is gone.
    #[cfg(unix)]
    fn wait(&self) -> bool {
        // What the library has read ahead is not seen by a look at the terminal.
        self.look(Some(&rustix::event::Timespec::default()))
            && (matches!(event::poll(LOOK), Ok(true)) || self.look(None))
    }

    /// Waits so long for input; false where the terminal is gone.
    #[cfg(unix)]
    fn look(&self, timeout: Option<&rustix::event::Timespec>) -> bool {
        use rustix::event::{PollFd, PollFlags, poll};
        use std::os::fd::AsFd;
        let stdin = std::io::stdin();
        let terminal = match &self.terminal {
            Some(file) => file.as_fd(),
            None => stdin.as_fd(),
        };
        let mut fds = [PollFd::new(&terminal, PollFlags::IN)];
        loop {
            match poll(&mut fds, timeout) {
                Ok(_) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
        let [fd] = &fds;
        !fd.revents()
            .intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
    }

    #[cfg(not(unix))]
    fn wait(&self) -> bool {
        matches!(event::poll(std::time::Duration::from_secs(3600)), Ok(_))
    }
}

/// An event in words of our own; `None` for what means nothing here.
fn convert(event: event::Event) -> Option<Input> {
    match event {
        event::Event::Key(key) if key.kind != KeyEventKind::Release => {
            convert_key(key).map(Input::Key)
        }
        event::Event::Paste(text) => Some(Input::Paste(text)),
        event::Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Input::Click(mouse.column, mouse.row)),
            MouseEventKind::ScrollDown => Some(Input::Wheel(mouse.column, mouse.row, NOTCH)),
            MouseEventKind::ScrollUp => Some(Input::Wheel(mouse.column, mouse.row, -NOTCH)),
            _ => None,
        },
        // The size is asked for when its signal comes.
        _ => None,
    }
}

fn convert_key(key: event::KeyEvent) -> Option<Key> {
    use event::KeyCode;
    let mut shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let code = match key.code {
        KeyCode::Char(c) => {
            shift = false;
            Code::Char(c)
        }
        KeyCode::BackTab => {
            shift = true;
            Code::Tab
        }
        KeyCode::F(n) => Code::F(n),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Tab => Code::Tab,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    Some(Key {
        code,
        ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
        alt: key.modifiers.contains(KeyModifiers::ALT),
        shift,
    })
}

/// What an input means now.
#[must_use]
pub fn intent(model: &Model, input: Input) -> Option<Intent> {
    match input {
        Input::Key(key) => model.stage.keymap.intent(model.mode(), key),
        Input::Paste(text) => model.mode().takes_text().then_some(Intent::Paste(text)),
        Input::Click(x, y) => model.geometry.click(x, y),
        Input::Wheel(x, y, lines) => model
            .geometry
            .pane_at(x, y)
            .map(|pane| Intent::ScrollPane(pane, lines)),
        Input::Background(..) => None,
        Input::Gone => Some(Intent::Quit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyEvent};

    #[test]
    fn keys_keep_the_modifiers_that_matter() {
        for (code, modifiers, expected) in [
            (
                KeyCode::Char('N'),
                KeyModifiers::SHIFT,
                Some(Key::char('N')),
            ),
            (
                KeyCode::Char('c'),
                KeyModifiers::CONTROL,
                Some(Key::ctrl('c')),
            ),
            (
                KeyCode::BackTab,
                KeyModifiers::SHIFT,
                Some(Key::new(Code::Tab).with_shift()),
            ),
            (
                KeyCode::Left,
                KeyModifiers::SHIFT,
                Some(Key::new(Code::Left).with_shift()),
            ),
            (KeyCode::CapsLock, KeyModifiers::NONE, None),
        ] {
            assert_eq!(convert_key(KeyEvent::new(code, modifiers)), expected);
        }
    }
}
