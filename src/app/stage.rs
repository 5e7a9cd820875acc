//! How things are shown, whatever is shown: the palette, and a screen that is dark for a while.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::rebind::Keymap;

/// A set of colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Palette {
    /// Light texts on a dark page.
    #[default]
    Dark,
    /// Dark texts on a light page.
    Light,
    /// As much contrast as there is, for bad projectors and tired eyes.
    Contrast,
    /// Told apart by every kind of colour vision.
    Safe,
    /// No hues at all.
    Mono,
}

impl Palette {
    /// All, in the order in which a key goes through them.
    pub const ALL: [Self; 5] = [
        Self::Dark,
        Self::Light,
        Self::Contrast,
        Self::Safe,
        Self::Mono,
    ];

    /// Its name on the command line and in the config file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
            Self::Safe => "safe",
            Self::Mono => "mono",
        }
    }

    /// The palette of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|palette| palette.name() == name)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let mut all = Self::ALL.into_iter().cycle();
        all.find(|palette| *palette == self);
        all.next().unwrap_or_default()
    }

    /// The palette that suits a terminal with that background.
    #[must_use]
    pub fn on(background: (u8, u8, u8)) -> Self {
        let (r, g, b) = background;
        // Luma, as ITU-R BT.601 weighs the three.
        let luma = 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
        if luma > 128_000 {
            Self::Light
        } else {
            Self::Dark
        }
    }
}

/// How things are shown.
#[derive(Debug, Clone, Default)]
pub struct Stage {
    /// The colours in use.
    pub palette: Palette,
    /// The learner chose them: the terminal's answer comes too late.
    pub palette_chosen: bool,
    /// Nothing is shown, until the next key.
    pub blank: bool,
    /// Access key ids are shown whole, not only their beginning and end.
    pub whole_ids: bool,
    /// A step is shown to a class, one idea a screen.
    pub presenting: bool,
    /// What a presenter's remote control sends may run a command, on the sandbox.
    pub clicker_runs: bool,
    /// Which key means what.
    pub keymap: Arc<Keymap>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_through_all_palettes() {
        let mut palette = Palette::Dark;
        let mut seen = Vec::new();
        for _ in Palette::ALL {
            seen.push(palette);
            palette = palette.next();
        }
        assert_eq!((seen, palette), (Palette::ALL.to_vec(), Palette::Dark));
        for palette in Palette::ALL {
            assert_eq!(Palette::named(palette.name()), Some(palette));
        }
    }

    #[test]
    fn the_background_decides() {
        for (background, palette) in [
            ((0, 0, 0), Palette::Dark),
            ((0x28, 0x2c, 0x34), Palette::Dark),
            ((0x00, 0x2b, 0x36), Palette::Dark),
            ((0xfd, 0xf6, 0xe3), Palette::Light),
            ((255, 255, 255), Palette::Light),
        ] {
            assert_eq!(Palette::on(background), palette, "{background:?}");
        }
    }
}
