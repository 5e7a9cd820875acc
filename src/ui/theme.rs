//! Colours and signs by what they mean, for each kind of terminal.

use ratatui::style::{Color, Modifier, Style};

use crate::app::{Capabilities, Colours};

/// Styles by meaning, and the signs that a terminal can show.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Theme {
    unicode: bool,
    /// Ordinary text, with the background of the page.
    pub text: Style,
    /// Text of less weight.
    pub muted: Style,
    /// Headings and names.
    pub strong: Style,
    /// What leads the eye: links, the next thing.
    pub accent: Style,
    /// Lines between things.
    pub rule: Style,
    /// The bars at the top and bottom.
    pub bar: Style,
    /// A key in a bar.
    pub key: Style,
    /// What is selected.
    pub selected: Style,
    /// The background of the command.
    pub panel: Style,
    /// The target is the sandbox.
    pub tag_safe: Style,
    /// The target is real.
    pub tag_real: Style,
    pub success: Style,
    pub denied: Style,
    pub error: Style,
    /// `code` in a text.
    pub code: Style,
    pub json_key: Style,
    pub json_string: Style,
    pub json_number: Style,
    pub json_word: Style,
    pub cli_service: Style,
    pub cli_option: Style,
    /// A place found by a search.
    pub found: Style,
}

/// Pieces of the drawn way of a request.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub start: &'static str,
    pub along: &'static str,
    pub gate: &'static str,
    pub stop: &'static str,
    pub beyond: &'static str,
}

const fn rgb(hex: u32) -> Color {
    let [_, r, g, b] = hex.to_be_bytes();
    Color::Rgb(r, g, b)
}

const PAGE: Color = rgb(0x0012_161e);
const PANEL: Color = rgb(0x001b_212d);
const BAR: Color = rgb(0x0023_2b3b);
const TEXT: Color = rgb(0x00d9_dfe8);
const MUTED: Color = rgb(0x00a9_b4c4);
const BLUE: Color = rgb(0x0093_bfff);
const GREEN: Color = rgb(0x0093_d9a0);
const RED: Color = rgb(0x00ff_a09a);
const AMBER: Color = rgb(0x00f2_c078);
const SAND: Color = rgb(0x00e8_cf9c);
const VIOLET: Color = rgb(0x00cd_b8ff);
const WHITE: Color = rgb(0x00ff_ffff);

/// Every pair of foreground and background that the truecolor theme draws with, for the test of
/// their contrast.
#[must_use]
pub fn shades() -> Vec<(Color, Color)> {
    let mut pairs = Vec::new();
    for background in [PAGE, PANEL] {
        for foreground in [TEXT, MUTED, BLUE, GREEN, RED, AMBER, SAND, VIOLET, WHITE] {
            pairs.push((foreground, background));
        }
    }
    for foreground in [TEXT, WHITE, SAND] {
        pairs.push((foreground, BAR));
    }
    for background in [GREEN, RED, BLUE, SAND] {
        pairs.push((PAGE, background));
    }
    pairs
}

impl Theme {
    /// The theme of a terminal.
    #[must_use]
    pub fn of(capabilities: Capabilities) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reverse = plain.add_modifier(Modifier::REVERSED);
        let unicode = capabilities.unicode;
        match capabilities.colours {
            Colours::True => {
                let page = plain.fg(TEXT).bg(PAGE);
                Self {
                    unicode,
                    text: page,
                    muted: plain.fg(MUTED),
                    strong: bold.fg(WHITE),
                    accent: plain.fg(BLUE),
                    rule: plain.fg(rgb(0x0047_5468)),
                    bar: plain.fg(TEXT).bg(BAR),
                    key: bold.fg(SAND),
                    selected: bold.fg(PAGE).bg(BLUE),
                    panel: plain.fg(TEXT).bg(PANEL),
                    tag_safe: bold.fg(PAGE).bg(GREEN),
                    tag_real: bold.fg(PAGE).bg(RED),
                    success: bold.fg(GREEN),
                    denied: bold.fg(RED),
                    error: bold.fg(AMBER),
                    code: plain.fg(SAND),
                    json_key: plain.fg(BLUE),
                    json_string: plain.fg(GREEN),
                    json_number: plain.fg(AMBER),
                    json_word: plain.fg(VIOLET),
                    cli_service: bold.fg(WHITE),
                    cli_option: plain.fg(BLUE),
                    found: plain.fg(PAGE).bg(SAND),
                }
            }
            Colours::Sixteen => Self {
                unicode,
                text: plain,
                muted: plain,
                strong: bold,
                accent: plain.fg(Color::Cyan),
                rule: plain.fg(Color::DarkGray),
                bar: reverse,
                key: bold,
                selected: reverse.add_modifier(Modifier::BOLD),
                panel: plain,
                tag_safe: bold.fg(Color::Black).bg(Color::Green),
                tag_real: bold.fg(Color::White).bg(Color::Red),
                success: bold.fg(Color::Green),
                denied: bold.fg(Color::Red),
                error: bold.fg(Color::Yellow),
                code: plain.fg(Color::Yellow),
                json_key: plain.fg(Color::Cyan),
                json_string: plain.fg(Color::Green),
                json_number: plain.fg(Color::Yellow),
                json_word: plain.fg(Color::Magenta),
                cli_service: bold,
                cli_option: plain.fg(Color::Cyan),
                found: reverse,
            },
            Colours::None => Self {
                unicode,
                text: plain,
                muted: plain,
                strong: bold,
                accent: bold,
                rule: plain,
                bar: reverse,
                key: bold,
                selected: reverse,
                panel: plain,
                tag_safe: reverse,
                tag_real: reverse.add_modifier(Modifier::BOLD),
                success: bold,
                denied: bold,
                error: bold,
                code: bold,
                json_key: plain,
                json_string: plain,
                json_number: plain,
                json_word: plain,
                cli_service: bold,
                cli_option: plain,
                found: reverse,
            },
        }
    }

    fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    /// Beside what succeeded.
    #[must_use]
    pub fn success_mark(&self) -> &'static str {
        self.sign("✓", "+")
    }

    /// Beside what was denied.
    #[must_use]
    pub fn denied_mark(&self) -> &'static str {
        self.sign("✗", "x")
    }

    /// Beside what was done by its solution.
    #[must_use]
    pub fn solved_mark(&self) -> &'static str {
        self.sign("»", "}")
    }

    /// Beside what went wrong.
    #[must_use]
    pub fn error_mark(&self) -> &'static str {
        "!"
    }

    /// Beside what is told.
    #[must_use]
    pub fn note_mark(&self) -> &'static str {
        self.sign("›", ">")
    }

    /// Beside what is still to be done.
    #[must_use]
    pub fn open_mark(&self) -> &'static str {
        self.sign("○", "o")
    }

    /// Beside what is not there.
    #[must_use]
    pub fn absent_mark(&self) -> &'static str {
        self.sign("·", "-")
    }

    /// Before an item of a list.
    #[must_use]
    pub fn bullet(&self) -> &'static str {
        self.sign("•", "-")
    }

    /// Points at the line that matters.
    #[must_use]
    pub fn pointer(&self) -> &'static str {
        self.sign("◀ decided here", "<- decided here")
    }

    /// Points at the gate that closed.
    #[must_use]
    pub fn closed_here(&self) -> &'static str {
        self.sign("◀ CLOSED HERE", "<- CLOSED HERE")
    }

    /// A piece of a horizontal line.
    #[must_use]
    pub fn horizontal(&self) -> &'static str {
        self.sign("─", "-")
    }

    /// A piece of a vertical line.
    #[must_use]
    pub fn vertical(&self) -> &'static str {
        self.sign("│", "|")
    }

    /// Beside what is folded, and what could be.
    #[must_use]
    pub fn fold_marks(&self) -> (&'static str, &'static str) {
        if self.unicode {
            ("▸", "▾")
        } else {
            ("+", "-")
        }
    }

    /// Beside what came to be, and what is gone; the words say it, too.
    #[must_use]
    pub fn change_marks(&self) -> (&'static str, &'static str) {
        ("+", "-")
    }

    /// The way of a request past gates: along it, into a gate, into the gate that closed, and
    /// where it did not come.
    #[must_use]
    pub fn way(&self) -> Way {
        if self.unicode {
            Way {
                start: "┏━",
                along: "┃ ",
                gate: "┣━",
                stop: "┗━",
                beyond: "┊ ",
            }
        } else {
            Way {
                start: "+-",
                along: "| ",
                gate: "+-",
                stop: "`-",
                beyond: ": ",
            }
        }
    }

    /// A branch of a tree, and the last one.
    #[must_use]
    pub fn branches(&self) -> (&'static str, &'static str) {
        if self.unicode {
            ("├─", "└─")
        } else {
            ("|-", "`-")
        }
    }

    /// There is more above.
    #[must_use]
    pub fn up(&self) -> &'static str {
        self.sign("▲", "^")
    }

    /// There is more below.
    #[must_use]
    pub fn down(&self) -> &'static str {
        self.sign("▼", "v")
    }

    /// Between parts of a line.
    #[must_use]
    pub fn dot(&self) -> &'static str {
        self.sign("·", "-")
    }

    /// A full and an empty piece of a progress bar.
    #[must_use]
    pub fn bar_pieces(&self) -> (&'static str, &'static str) {
        if self.unicode {
            ("━", "─")
        } else {
            ("=", ".")
        }
    }

    /// What moves while something runs.
    #[must_use]
    pub fn spinner(&self, millis: u64) -> &'static str {
        const DOTS: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠛"];
        const ASCII: [&str; 4] = ["|", "/", "-", "\\"];
        let frames: &[&'static str] = if self.unicode { &DOTS } else { &ASCII };
        let at = usize::try_from(millis / 100).unwrap_or_default() % frames.len();
        frames.get(at).copied().unwrap_or("*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.
    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else {
            panic!("{colour:?} is no colour of the theme")
        };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn every_text_has_a_contrast_of_seven_to_one() {
        for (foreground, background) in shades() {
            let (a, b) = (luminance(foreground), luminance(background));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(
                contrast >= 7.0,
                "{foreground:?} on {background:?}: {contrast:.2}"
            );
        }
    }
}
