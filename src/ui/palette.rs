//! The colours of each palette, on a terminal with 24 bits. The test of `theme` holds every text to
//! a contrast of 7:1.

use ratatui::style::Color;

use crate::app::Palette;

/// Colours by what they are for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shades {
    /// Backgrounds: the page, boxes on it, and the bars at its ends.
    pub page: Color,
    pub panel: Color,
    pub bar: Color,
    /// Texts, from much weight to little.
    pub strong: Color,
    pub text: Color,
    pub muted: Color,
    /// Links and names.
    pub link: Color,
    /// What succeeded, what was denied, what went wrong.
    pub good: Color,
    pub bad: Color,
    pub wrong: Color,
    /// Values, and the words of JSON.
    pub value: Color,
    pub word: Color,
    /// Lines between things: seen (3:1), not read.
    pub rule: Color,
}

const fn rgb(hex: u32) -> Color {
    let [_, r, g, b] = hex.to_be_bytes();
    Color::Rgb(r, g, b)
}

const DARK: Shades = Shades {
    page: rgb(0x0012_161e),
    panel: rgb(0x001b_212d),
    bar: rgb(0x0023_2b3b),
    strong: rgb(0x00ff_ffff),
    text: rgb(0x00d9_dfe8),
    muted: rgb(0x00a9_b4c4),
    link: rgb(0x0093_bfff),
    good: rgb(0x0093_d9a0),
    bad: rgb(0x00ff_a09a),
    wrong: rgb(0x00f2_c078),
    value: rgb(0x00e8_cf9c),
    word: rgb(0x00cd_b8ff),
    rule: rgb(0x006b_7a92),
};

const LIGHT: Shades = Shades {
    page: rgb(0x00fc_fcfa),
    panel: rgb(0x00ef_f2f6),
    bar: rgb(0x00df_e5ee),
    strong: rgb(0x0000_0000),
    text: rgb(0x001d_222b),
    muted: rgb(0x0040_4854),
    link: rgb(0x0008_438f),
    good: rgb(0x0005_4f24),
    bad: rgb(0x0092_0d12),
    wrong: rgb(0x0064_3c00),
    value: rgb(0x005a_3a08),
    word: rgb(0x0055_2a8c),
    rule: rgb(0x0072_7d8e),
};

const CONTRAST: Shades = Shades {
    page: rgb(0x0000_0000),
    panel: rgb(0x0000_0000),
    bar: rgb(0x0020_2020),
    strong: rgb(0x00ff_ffff),
    text: rgb(0x00ff_ffff),
    muted: rgb(0x00e6_e6e6),
    link: rgb(0x0066_e0ff),
    good: rgb(0x0066_ff7a),
    bad: rgb(0x00ff_b0a8),
    wrong: rgb(0x00ff_e14d),
    value: rgb(0x00ff_e14d),
    word: rgb(0x00ff_c2ff),
    rule: rgb(0x00c0_c0c0),
};

/// Blue for what succeeded and orange for what was denied: apart for every kind of colour vision.
const SAFE: Shades = Shades {
    page: rgb(0x0010_1318),
    panel: rgb(0x001a_1e26),
    bar: rgb(0x0022_2731),
    strong: rgb(0x00ff_ffff),
    text: rgb(0x00e4_e4e4),
    muted: rgb(0x00b4_b8be),
    link: rgb(0x00b7_d7f5),
    good: rgb(0x006f_c3f5),
    bad: rgb(0x00f5_a623),
    wrong: rgb(0x00f6_eb61),
    value: rgb(0x00f0_e4b8),
    word: rgb(0x00d9_c6ff),
    rule: rgb(0x0077_7f8c),
};

const MONO: Shades = Shades {
    page: rgb(0x0010_1010),
    panel: rgb(0x001c_1c1c),
    bar: rgb(0x002a_2a2a),
    strong: rgb(0x00ff_ffff),
    text: rgb(0x00dc_dcdc),
    muted: rgb(0x00b8_b8b8),
    link: rgb(0x00f2_f2f2),
    good: rgb(0x00ff_ffff),
    bad: rgb(0x00ff_ffff),
    wrong: rgb(0x00ff_ffff),
    value: rgb(0x00e6_e6e6),
    word: rgb(0x00dc_dcdc),
    rule: rgb(0x0078_7878),
};

/// The colours of a palette.
pub(super) const fn shades(palette: Palette) -> Shades {
    match palette {
        Palette::Dark => DARK,
        Palette::Light => LIGHT,
        Palette::Contrast => CONTRAST,
        Palette::Safe => SAFE,
        Palette::Mono => MONO,
    }
}
