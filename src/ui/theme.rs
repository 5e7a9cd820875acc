//! Colours and signs by what they mean, for each kind of terminal.

use ratatui::style::{Color, Modifier, Style};

use super::palette::shades;
use crate::app::{Capabilities, Colours, Palette};

/// Styles by meaning, and the signs that a terminal can show.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Theme {
    pub(super) unicode: bool,
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

impl Theme {
    /// The theme of a terminal, in the palette that is the default.
    #[must_use]
    pub fn of(capabilities: Capabilities) -> Self {
        Self::with(capabilities, Palette::default())
    }

    /// The theme of a terminal in a palette.
    #[must_use]
    pub fn with(capabilities: Capabilities, palette: Palette) -> Self {
        let colours = match (capabilities.colours, palette) {
            (Colours::Sixteen, Palette::Mono) => Colours::None,
            (colours, _) => colours,
        };
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let reverse = plain.add_modifier(Modifier::REVERSED);
        let unicode = capabilities.unicode;
        match colours {
            Colours::True => {
                let shades = shades(palette);
                let on = |colour| bold.fg(shades.page).bg(colour);
                Self {
                    unicode,
                    text: plain.fg(shades.text).bg(shades.page),
                    muted: plain.fg(shades.muted),
                    strong: bold.fg(shades.strong),
                    accent: plain.fg(shades.link),
                    rule: plain.fg(shades.rule),
                    bar: plain.fg(shades.text).bg(shades.bar),
                    key: bold.fg(shades.value),
                    selected: on(shades.link),
                    panel: plain.fg(shades.text).bg(shades.panel),
                    tag_safe: on(shades.good),
                    tag_real: on(shades.bad),
                    success: bold.fg(shades.good),
                    denied: bold.fg(shades.bad),
                    error: bold.fg(shades.wrong),
                    code: plain.fg(shades.value),
                    json_key: plain.fg(shades.link),
                    json_string: plain.fg(shades.good),
                    json_number: plain.fg(shades.wrong),
                    json_word: plain.fg(shades.word),
                    cli_service: bold.fg(shades.strong),
                    cli_option: plain.fg(shades.link),
                    found: plain.fg(shades.page).bg(shades.value),
                }
            }
            Colours::Sixteen => {
                let hues = Hues::of(palette);
                Self {
                    unicode,
                    text: plain,
                    // Over a rule a text without a colour would have the rule's.
                    muted: plain.fg(Color::Reset),
                    strong: bold,
                    accent: plain.fg(hues.link),
                    rule: plain.fg(Color::DarkGray),
                    bar: reverse,
                    key: bold,
                    selected: reverse.add_modifier(Modifier::BOLD),
                    panel: plain,
                    tag_safe: reverse,
                    tag_real: bold.fg(Color::White).bg(Color::Red),
                    success: bold.fg(hues.good),
                    denied: bold.fg(hues.bad),
                    error: bold.fg(hues.wrong),
                    code: plain.fg(hues.value),
                    json_key: plain.fg(hues.link),
                    json_string: plain.fg(hues.good),
                    json_number: plain.fg(hues.value),
                    json_word: plain.fg(hues.word),
                    cli_service: bold,
                    cli_option: plain.fg(hues.link),
                    found: reverse,
                }
            }
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

    /// Points at what stands before it.
    #[must_use]
    pub fn back(&self) -> &'static str {
        self.sign("◀", "<-")
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

    /// The corners of a box: both above, both below.
    #[must_use]
    pub fn corners(&self) -> [&'static str; 4] {
        if self.unicode {
            ["┌", "┐", "└", "┘"]
        } else {
            ["+"; 4]
        }
    }

    /// Behind a line that goes on beyond the edge.
    #[must_use]
    pub fn goes_on(&self) -> &'static str {
        self.sign("›", ">")
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

    /// A cell that is filled.
    #[must_use]
    pub fn block(&self) -> &'static str {
        self.sign("█", "#")
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

/// The colours of a terminal that has 16. What they look like is the terminal's own affair: none
/// that is bright stands on a light page, none that is dull on a dark one.
struct Hues {
    link: Color,
    good: Color,
    bad: Color,
    wrong: Color,
    value: Color,
    word: Color,
}

impl Hues {
    fn of(palette: Palette) -> Self {
        match palette {
            Palette::Light => Self {
                link: Color::Blue,
                good: Color::Green,
                bad: Color::Red,
                wrong: Color::Magenta,
                value: Color::Reset,
                word: Color::Magenta,
            },
            Palette::Safe => Self {
                link: Color::Cyan,
                good: Color::LightBlue,
                bad: Color::Yellow,
                wrong: Color::White,
                value: Color::Reset,
                word: Color::Cyan,
            },
            Palette::Dark | Palette::Contrast | Palette::Mono => Self {
                link: Color::Cyan,
                good: Color::Green,
                bad: Color::Red,
                wrong: Color::Yellow,
                value: Color::Yellow,
                word: Color::Magenta,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance, WCAG 2.
    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else {
            panic!("{colour:?} is no colour of a palette")
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

    fn contrast(a: Color, b: Color) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Every style of a theme by its name; what `Debug` prints tells that none is forgotten.
    fn styles(theme: &Theme) -> Vec<(&'static str, Style)> {
        let all = [
            ("text", theme.text),
            ("muted", theme.muted),
            ("strong", theme.strong),
            ("accent", theme.accent),
            ("rule", theme.rule),
            ("bar", theme.bar),
            ("key", theme.key),
            ("selected", theme.selected),
            ("panel", theme.panel),
            ("tag_safe", theme.tag_safe),
            ("tag_real", theme.tag_real),
            ("success", theme.success),
            ("denied", theme.denied),
            ("error", theme.error),
            ("code", theme.code),
            ("json_key", theme.json_key),
            ("json_string", theme.json_string),
            ("json_number", theme.json_number),
            ("json_word", theme.json_word),
            ("cli_service", theme.cli_service),
            ("cli_option", theme.cli_option),
            ("found", theme.found),
        ];
        // `unicode` is the one field that is no style.
        let fields = format!("{theme:#?}")
            .lines()
            .filter(|line| line.starts_with("    ") && !line.starts_with("     "))
            .filter(|line| line.contains(": "))
            .count()
            - 1;
        assert_eq!(all.len(), fields, "a style is missing in this list");
        all.to_vec()
    }

    #[test]
    fn every_text_has_a_contrast_of_seven_to_one_in_every_palette() {
        let mut low = Vec::new();
        for palette in Palette::ALL {
            let theme = Theme::with(Capabilities::default(), palette);
            let (page, panel) = (theme.text.bg.unwrap(), theme.panel.bg.unwrap());
            for (name, style) in styles(&theme) {
                let foreground = style.fg.unwrap();
                // A style without a background of its own stands on a page or a box.
                let backgrounds = match style.bg {
                    Some(background) => vec![background],
                    None => vec![page, panel],
                };
                let wanted = if name == "rule" { 3.0 } else { 7.0 };
                for background in backgrounds {
                    let contrast = contrast(foreground, background);
                    if contrast < wanted {
                        low.push(format!("{palette:?} {name}: {contrast:.2}"));
                    }
                }
            }
            let bar = theme.bar.bg.unwrap();
            for style in [theme.key, theme.strong, theme.accent] {
                let contrast = contrast(style.fg.unwrap(), bar);
                if contrast < 7.0 {
                    low.push(format!("{palette:?} {style:?} on the bar: {contrast:.2}"));
                }
            }
        }
        assert!(low.is_empty(), "{}", low.join("\n"));
    }

    #[test]
    fn what_is_selected_is_never_told_by_its_letters_colour_alone() {
        for palette in Palette::ALL {
            for colours in [Colours::True, Colours::Sixteen, Colours::None] {
                let theme = Theme::with(
                    Capabilities {
                        colours,
                        unicode: true,
                    },
                    palette,
                );
                for style in [theme.selected, theme.found, theme.bar] {
                    let reversed = style.add_modifier.contains(Modifier::REVERSED);
                    let own = style.bg.is_some() && style.bg != theme.text.bg;
                    assert!(reversed || own, "{palette:?} {colours:?}: {style:?}");
                }
            }
        }
    }
}
