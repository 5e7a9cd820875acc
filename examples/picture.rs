//! Draws a picture of the real screen: runs the program in a pseudo-terminal, types, waits for
//! what it says, and writes the screen as SVG.
//!
//!     cargo run --release --example picture -- assets/screen.svg 132x38 \
//!         'wait:Choose a lesson' key:enter lesson:16 'wait:step 17' key:enter 'wait:as expected' \
//!         -- target/release/rolecall
//!
//! Steps: `wait:TEXT` (until the screen shows it), `key:NAME` (enter, esc, tab, space, up, down,
//! right, left, pagedown, pageup, ctrl-X or one character), `type:TEXT`, `lesson:N` (does N steps
//! of a lesson that is open: runs each and goes on).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    reason = "a test that panics has found something"
)]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const PATIENCE: Duration = Duration::from_secs(120);
/// What the program writes when a frame is whole.
const WHOLE: &[u8] = b"\x1b[?2026l";
/// The screen counts as settled when nothing has come for this long.
const QUIET: Duration = Duration::from_millis(250);
const CELL: (usize, usize) = (9, 19);

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let at = words
        .iter()
        .position(|word| word == "--")
        .ok_or("no `-- COMMAND` at the end")?;
    let (steps, command) = words.split_at(at);
    let [out, size, steps @ ..] = steps else {
        return Err("usage: OUT.svg COLSxROWS STEP… -- COMMAND".into());
    };
    let (cols, rows) = size.split_once('x').ok_or("the size is COLSxROWS")?;
    let size = PtySize {
        rows: rows.parse()?,
        cols: cols.parse()?,
        pixel_width: 0,
        pixel_height: 0,
    };

    let pty = native_pty_system().openpty(size)?;
    let program = command.get(1).ok_or("no command after `--`")?;
    let mut builder = CommandBuilder::new(program);
    builder.args(command.iter().skip(2));
    builder.cwd(std::env::current_dir()?);
    builder.env("TERM", "xterm-256color");
    builder.env("COLORTERM", "truecolor");
    let state = std::env::temp_dir().join(format!("rolecall-picture-{}", std::process::id()));
    builder.env("XDG_STATE_HOME", &state);
    let mut child = pty.slave.spawn_command(builder)?;
    drop(pty.slave);

    let mut reader = pty.master.try_clone_reader()?;
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            let bytes = buffer.get(..read).unwrap_or_default().to_vec();
            if sender.send(bytes).is_err() {
                break;
            }
        }
    });
    let mut writer = pty.master.take_writer()?;
    let mut screen = Screen {
        parser: vt100::Parser::new(size.rows.try_into()?, size.cols.try_into()?, 0),
        rest: Vec::new(),
    };

    for step in steps {
        match step.split_once(':') {
            Some(("wait", text)) => screen.wait(&output, text)?,
            Some(("key", name)) => writer.write_all(&key(name)?)?,
            Some(("type", text)) => writer.write_all(text.as_bytes())?,
            Some(("lesson", steps)) => {
                for step in 1..=steps.parse::<usize>()? {
                    screen.wait(&output, &format!("step {step} of"))?;
                    if screen.contents().contains("NOT RUN YET") {
                        writer.write_all(&key("enter")?)?;
                        screen.wait(&output, "as expected")?;
                    }
                    writer.write_all(&key("right")?)?;
                }
            }
            _ => return Err(format!("`{step}` is not wait:, key:, type: or lesson:").into()),
        }
        writer.flush()?;
    }
    screen.settle(&output);
    std::fs::write(out, svg(screen.parser.screen()))?;
    child.kill()?;
    child.wait()?;
    let _ = std::fs::remove_dir_all(state);
    Ok(())
}

/// What is on the terminal: whole frames, and what has come of the next.
struct Screen {
    parser: vt100::Parser,
    rest: Vec<u8>,
}

impl Screen {
    fn contents(&self) -> String {
        self.parser.screen().contents()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let whole = self
            .rest
            .windows(WHOLE.len())
            .rposition(|window| window == WHOLE);
        if let Some(at) = whole {
            let rest = self.rest.split_off(at + WHOLE.len());
            self.parser.process(&self.rest);
            self.rest = rest;
        }
    }

    fn wait(&mut self, output: &Receiver<Vec<u8>>, text: &str) -> Result<(), Error> {
        let until = Instant::now() + PATIENCE;
        while !self.contents().contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            let bytes = output.recv_timeout(left).map_err(|_| {
                format!("`{text}` did not come; the screen is:\n{}", self.contents())
            })?;
            self.take(&bytes);
        }
        Ok(())
    }

    fn settle(&mut self, output: &Receiver<Vec<u8>>) {
        while let Ok(bytes) = output.recv_timeout(QUIET) {
            self.take(&bytes);
        }
    }
}

fn key(name: &str) -> Result<Vec<u8>, Error> {
    Ok(match name {
        "enter" => b"\r".to_vec(),
        "esc" => b"\x1b".to_vec(),
        "tab" => b"\t".to_vec(),
        "space" => b" ".to_vec(),
        "up" => b"\x1b[A".to_vec(),
        "down" => b"\x1b[B".to_vec(),
        "right" => b"\x1b[C".to_vec(),
        "left" => b"\x1b[D".to_vec(),
        "pageup" => b"\x1b[5~".to_vec(),
        "pagedown" => b"\x1b[6~".to_vec(),
        other => match (other.strip_prefix("ctrl-"), other.chars().count()) {
            (Some(letter), _) => letter.bytes().map(|byte| byte & 0x1f).collect(),
            (None, 1) => other.as_bytes().to_vec(),
            _ => return Err(format!("`{other}` is no key that this program knows").into()),
        },
    })
}

fn svg(screen: &vt100::Screen) -> String {
    let (rows, cols) = screen.size();
    let (rows, cols) = (rows.get(), cols.get());
    let (width, height) = (usize::from(cols) * CELL.0, usize::from(rows) * CELL.1);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"15\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>",
        width + 24,
        height + 24
    );
    for row in 0..rows {
        let mut col = 0;
        while col < cols {
            let Some(first) = screen.cell(row, col) else {
                break;
            };
            let look = Look::of(first);
            let start = col;
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, col).filter(|cell| Look::of(cell) == look) {
                if !cell.is_wide_continuation() {
                    text.push_str(if cell.has_contents() {
                        cell.contents()
                    } else {
                        " "
                    });
                }
                col += 1;
            }
            run(&mut out, row, start, col - start, &look, &text);
        }
    }
    out.push_str("</svg>\n");
    out
}

const BACKGROUND: &str = "#14181f";
const FOREGROUND: &str = "#d7dce5";

#[derive(PartialEq)]
struct Look {
    foreground: String,
    background: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let (fore, back) = (color(cell.fgcolor()), color(cell.bgcolor()));
        let (foreground, background) = if cell.inverse() {
            (
                back.unwrap_or_else(|| BACKGROUND.into()),
                Some(fore.unwrap_or_else(|| FOREGROUND.into())),
            )
        } else {
            (fore.unwrap_or_else(|| FOREGROUND.into()), back)
        };
        Self {
            foreground,
            background,
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
        }
    }
}

fn run(out: &mut String, row: u16, col: u16, cells: u16, look: &Look, text: &str) {
    let (x, y) = (
        usize::from(col) * CELL.0 + 12,
        usize::from(row) * CELL.1 + 12,
    );
    let width = usize::from(cells) * CELL.0;
    if let Some(background) = &look.background {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\" fill=\"{background}\"/>",
            CELL.1
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let mut style = String::new();
    for (on, attribute) in [
        (look.bold, " font-weight=\"bold\""),
        (look.dim, " opacity=\"0.65\""),
        (look.italic, " font-style=\"italic\""),
        (look.underline, " text-decoration=\"underline\""),
    ] {
        if on {
            style.push_str(attribute);
        }
    }
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\" xml:space=\"preserve\"{style}>{text}</text>",
        y + CELL.1 - 5,
        look.foreground
    );
}

fn color(color: vt100::Color) -> Option<String> {
    /// The sixteen colours of a usual terminal.
    const SIXTEEN: [&str; 16] = [
        "#1c2028", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#c8ccd4",
        "#7f8794", "#ff7b86", "#a9d98a", "#f4d08b", "#74bfff", "#d68aee", "#66c7d3", "#ffffff",
    ];
    match color {
        vt100::Color::Default => None,
        vt100::Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        vt100::Color::Idx(index @ 0..16) => SIXTEEN.get(usize::from(index)).map(|&hex| hex.into()),
        vt100::Color::Idx(index @ 16..232) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let cube = index - 16;
            let (red, green, blue) = (level(cube / 36), level(cube / 6 % 6), level(cube % 6));
            Some(format!("#{red:02x}{green:02x}{blue:02x}"))
        }
        vt100::Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}
