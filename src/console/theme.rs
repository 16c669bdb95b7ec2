//! Themes: 12 meanings, and how each looks.
//!
//! Widgets ask for a [`Meaning`], never for a color. A theme is written for true color and reduced
//! to what the terminal can show. In the terminal's own 16 colors it looks as the theme `auto` does
//! but for the colors that it chooses itself: the nearest of 16 would be one color for many
//! meanings. Without color every meaning is told by attributes and glyphs, as the theme `mono` does.

use ratatui::style::{Color, Modifier, Style};

pub use crate::console::theme_file::ThemeError;
use crate::console::theme_file::parse;

/// What a piece of the screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Plain text on the screen's background.
    Text,
    /// Of less importance.
    Muted,
    /// Titles, the thing in view.
    Accent,
    /// The border of the focused panel.
    Focus,
    /// The selected row: a background.
    Selection,
    /// Fine.
    Ok,
    /// Worth a look.
    Warn,
    /// Something is being lost or refused.
    Crit,
    /// What flows in.
    Input,
    /// What flows out.
    Output,
    /// A key to press.
    Key,
}

impl Meaning {
    /// All meanings but the gradient.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Muted,
        Self::Accent,
        Self::Focus,
        Self::Selection,
        Self::Ok,
        Self::Warn,
        Self::Crit,
        Self::Input,
        Self::Output,
        Self::Key,
    ];
}

/// How many colors the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The cube of 256.
    Ansi256,
    /// The terminal's own 16.
    Ansi16,
    /// None: attributes only.
    None,
}

/// A theme: a look for each meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    pub(crate) looks: [Style; 11],
    /// What stands for the color of each meaning in a terminal of 16.
    pub(crate) ansi: [Option<Color>; 11],
    pub(crate) gradient: [Color; 3],
}

impl Theme {
    /// How `meaning` looks.
    #[must_use]
    pub fn style(&self, meaning: Meaning) -> Style {
        self.looks[meaning as usize]
    }

    /// How a share of a limit looks: 0 is the first stop of the gradient, 1 and more the last.
    #[must_use]
    pub fn heat(&self, share: f64) -> Style {
        let place = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) * 2.0 };
        let first = if place >= 1.0 { 1 } else { 0 };
        let (low, high) = (self.gradient[first], self.gradient[first + 1]);
        let part = place - first as f64;
        let color = match (low, high) {
            (Color::Rgb(..), Color::Rgb(..)) => mixed(low, high, part),
            _ => self.gradient[place.round() as usize],
        };
        let mono = self.gradient.iter().all(|stop| *stop == Color::Reset);
        let style = Style::new().fg(color);
        if mono && share >= 1.0 { style.add_modifier(Modifier::BOLD) } else { style }
    }

    /// How a share of a limit is judged: fine, a warning from 80 %, critical from 100 %.
    #[must_use]
    pub fn judged(&self, share: f64) -> Style {
        self.style(judge(share))
    }

    /// The same theme in fewer colors.
    #[must_use]
    pub fn reduced(&self, depth: Depth) -> Self {
        if depth == Depth::None {
            let mono = built_in("mono").expect("invariant: mono is compiled in");
            return Self { name: self.name.clone(), ..mono };
        }
        if depth == Depth::Ansi16 {
            return self.in_16();
        }
        let mut reduced = self.clone();
        for look in &mut reduced.looks {
            look.fg = look.fg.map(|color| depth.nearest(color));
            look.bg = look.bg.map(|color| depth.nearest(color));
        }
        for stop in &mut reduced.gradient {
            *stop = depth.nearest(*stop);
        }
        reduced
    }

    /// The same theme in the terminal's own 16 colors, on its own background.
    fn in_16(&self) -> Self {
        let auto = built_in("auto").expect("invariant: auto is compiled in");
        let own = |color: Option<Color>| {
            color.is_none_or(|color| match color {
                Color::Reset | Color::Indexed(0..16) => true,
                other => ansi_index(other).is_some(),
            })
        };
        let mut reduced = self.clone();
        for (at, look) in reduced.looks.iter_mut().enumerate() {
            if !own(look.fg) || !own(look.bg) {
                let chosen = self.ansi[at].map(|color| Depth::Ansi16.nearest(color));
                let fg = chosen.or(auto.looks[at].fg);
                *look = Style { fg, ..auto.looks[at] };
            }
        }
        if !reduced.gradient.iter().all(|stop| own(Some(*stop))) {
            let stops = [Meaning::Ok, Meaning::Warn, Meaning::Crit];
            reduced.gradient = stops.map(|meaning| reduced.style(meaning).fg.unwrap_or_default());
        }
        reduced
    }

    /// Meanings that are too close to their background, with the contrast. Words need 4.5, on the
    /// screen and on the selected row; what is no word (a border, the stops of the gradient, told
    /// as the meanings that they stand for) needs 3. Colors that only the terminal knows are left
    /// out.
    #[must_use]
    pub fn faint(&self) -> Vec<(Meaning, f64)> {
        let grounds = [Meaning::Text, Meaning::Selection].map(|meaning| self.style(meaning).bg);
        let mut faint = Vec::new();
        let mut check = |meaning, color: Option<Color>, ground: Option<Color>, least: f64| {
            let found = color.zip(ground).and_then(|(color, ground)| contrast(color, ground));
            if let Some(found) = found.filter(|found| *found < least) {
                faint.push((meaning, found));
            }
        };
        for meaning in Meaning::ALL {
            let least = if meaning == Meaning::Focus { SHAPES_NEED } else { WORDS_NEED };
            for ground in grounds {
                check(meaning, self.style(meaning).fg, ground, least);
            }
        }
        for (meaning, stop) in [Meaning::Ok, Meaning::Warn, Meaning::Crit].iter().zip(self.gradient)
        {
            check(*meaning, Some(stop), grounds[0], SHAPES_NEED);
        }
        faint
    }
}

/// The least contrast of a word with its background, by WCAG 2.
const WORDS_NEED: f64 = 4.5;
/// The least contrast of what is no word.
const SHAPES_NEED: f64 = 3.0;

/// How a share of a limit is judged.
#[must_use]
pub fn judge(share: f64) -> Meaning {
    if share >= 1.0 {
        Meaning::Crit
    } else if share >= 0.8 {
        Meaning::Warn
    } else {
        Meaning::Ok
    }
}

/// Contrast of two colors by WCAG 2: 1 to 21; `None` if the terminal chooses one of them.
#[must_use]
pub fn contrast(first: Color, second: Color) -> Option<f64> {
    let (a, b) = (luminance(first)?, luminance(second)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

fn luminance(color: Color) -> Option<f64> {
    let [red, green, blue] = match color {
        Color::Rgb(red, green, blue) => [red, green, blue],
        // The first 16 are the terminal's own.
        Color::Indexed(index @ 16..) => palette(index),
        _ => return None,
    };
    let linear = |channel: u8| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    Some(0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue))
}

fn mixed(low: Color, high: Color, part: f64) -> Color {
    let (Color::Rgb(r0, g0, b0), Color::Rgb(r1, g1, b1)) = (low, high) else { return low };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    Color::Rgb(mix(r0, r1), mix(g0, g1), mix(b0, b1))
}

impl Depth {
    /// The color nearest to `color` that the terminal shows.
    #[must_use]
    pub fn nearest(self, color: Color) -> Color {
        let Color::Rgb(red, green, blue) = color else { return self.nearest_indexed(color) };
        let wanted = [red, green, blue];
        let near = |index: &u8| distance(palette(*index), wanted);
        match self {
            Self::True => color,
            Self::Ansi256 => Color::Indexed((16..=255).min_by_key(near).unwrap_or(15)),
            Self::Ansi16 => ANSI16[usize::from((0..16).min_by_key(near).unwrap_or(15))],
            Self::None => Color::Reset,
        }
    }

    fn nearest_indexed(self, color: Color) -> Color {
        match (self, color) {
            (Self::None, _) => Color::Reset,
            (Self::Ansi16, Color::Indexed(index)) => {
                let [red, green, blue] = palette(index);
                self.nearest(Color::Rgb(red, green, blue))
            }
            (Self::True | Self::Ansi256 | Self::Ansi16, other) => other,
        }
    }
}

const ANSI16: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The place of one of the terminal's 16 colors among them.
#[must_use]
pub fn ansi_index(color: Color) -> Option<u8> {
    ANSI16.iter().position(|named| *named == color).and_then(|at| u8::try_from(at).ok())
}

/// What a terminal of usual settings shows for a color of the 256.
#[must_use]
pub fn palette(index: u8) -> [u8; 3] {
    const NAMED: [[u8; 3]; 16] = [
        [0, 0, 0],
        [205, 49, 49],
        [13, 188, 121],
        [229, 229, 16],
        [36, 114, 200],
        [188, 63, 188],
        [17, 168, 205],
        [204, 204, 204],
        [118, 118, 118],
        [241, 76, 76],
        [35, 209, 139],
        [245, 245, 67],
        [59, 142, 234],
        [214, 112, 214],
        [41, 184, 219],
        [255, 255, 255],
    ];
    match index {
        0..16 => NAMED[usize::from(index)],
        16..232 => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = index - 16;
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        232..=255 => [8 + 10 * (index - 232); 3],
    }
}

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let part = |i: usize, weight: u32| u32::from(a[i].abs_diff(b[i])).pow(2) * weight;
    part(0, 3) + part(1, 6) + part(2, 1)
}

macro_rules! themes {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../themes/", $name, ".ron")))),+]
    };
}

/// Names and texts of the themes in the binary; the first is the default.
pub const BUILT_IN: &[(&str, &str)] = themes!(
    "auto",
    "dark",
    "light",
    "mono",
    "gruvbox",
    "nord",
    "solarized-light",
    "high-contrast",
    "deuteranope",
);

/// The theme in the binary called `name`.
#[must_use]
pub fn built_in(name: &str) -> Option<Theme> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    Theme::parse(&format!("themes/{name}.ron"), text).ok()
}

/// All themes in the binary, in their order.
#[must_use]
pub fn wardrobe() -> Vec<Theme> {
    BUILT_IN.iter().filter_map(|(name, _)| built_in(name)).collect()
}

impl Theme {
    /// Reads a theme from the text of a file called `file`.
    ///
    /// # Errors
    ///
    /// The first fault, with file, line, field, value and the rule it breaks.
    pub fn parse(file: &str, text: &str) -> Result<Self, ThemeError> {
        parse(file, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_in_the_binary_loads_under_its_name_and_can_be_read() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(name, text).expect("valid theme");
            assert_eq!(theme.name, *name);
            assert_eq!(theme.faint(), [], "{name}");
        }
        assert_eq!(built_in("pink"), None);
    }

    #[test]
    fn themes_with_their_own_background_give_every_meaning_an_rgb_color() {
        let chosen_by_terminal = ["auto", "mono"];
        for (name, _) in BUILT_IN.iter().filter(|(name, _)| !chosen_by_terminal.contains(name)) {
            let theme = built_in(name).expect("built in");
            let text = theme.style(Meaning::Text);
            assert!(matches!(text.bg, Some(Color::Rgb(..))), "{name}");
            assert!(matches!(text.fg, Some(Color::Rgb(..))), "{name}");
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let (black, white) = (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255));
        assert_eq!(contrast(black, white), Some(21.0));
        assert_eq!(contrast(white, white), Some(1.0));
        assert_eq!(contrast(Color::Reset, white), None);
    }

    #[test]
    fn a_faint_theme_is_told_with_its_contrast() {
        let mut theme = built_in("dark").expect("built in");
        let ground = theme.looks[0].bg.expect("background");
        theme.looks[Meaning::Warn as usize].fg = Some(ground);
        let faint = theme.faint();
        assert_eq!(faint.first(), Some(&(Meaning::Warn, 1.0)));
        assert!(faint.iter().all(|(meaning, _)| *meaning == Meaning::Warn), "{faint:?}");
        theme = built_in("dark").expect("built in");
        theme.gradient[2] = ground;
        assert_eq!(theme.faint(), [(Meaning::Crit, 1.0)]);
    }

    /// 4.5 for words and 3 for shapes, in true color and in 256; on the selected row of a terminal
    /// with 256 colors, where grays are 10 apart, words keep 3.
    #[test]
    fn every_meaning_of_every_theme_can_be_read_in_256_colors_too() {
        for theme in wardrobe() {
            let reduced = theme.reduced(Depth::Ansi256);
            for (meaning, found) in reduced.faint() {
                assert!(found >= SHAPES_NEED, "{}: {meaning:?} {found}", theme.name);
                let ground = reduced.style(Meaning::Text).bg;
                let on_ground = reduced.style(meaning).fg.zip(ground);
                let found = on_ground.and_then(|(fg, bg)| contrast(fg, bg));
                assert!(
                    found.is_none_or(|found| found >= WORDS_NEED),
                    "{}: {meaning:?}",
                    theme.name
                );
            }
        }
    }

    /// What must not be mistaken looks different, however few colors there are.
    #[test]
    fn meanings_stay_apart_at_every_depth() {
        let apart = [
            [Meaning::Ok, Meaning::Warn],
            [Meaning::Warn, Meaning::Crit],
            [Meaning::Ok, Meaning::Crit],
            [Meaning::Text, Meaning::Crit],
            [Meaning::Text, Meaning::Warn],
            [Meaning::Text, Meaning::Muted],
            [Meaning::Text, Meaning::Selection],
            [Meaning::Text, Meaning::Key],
            [Meaning::Muted, Meaning::Focus],
        ];
        for theme in wardrobe() {
            for depth in [Depth::True, Depth::Ansi256, Depth::Ansi16, Depth::None] {
                let reduced = theme.reduced(depth);
                for [one, other] in apart {
                    assert_ne!(
                        reduced.style(one),
                        reduced.style(other),
                        "{}, {depth:?}: {one:?} and {other:?}",
                        theme.name
                    );
                }
                if depth != Depth::None && theme.name != "mono" {
                    let [input, output] =
                        [Meaning::Input, Meaning::Output].map(|m| reduced.style(m));
                    assert_ne!(input, output, "{}, {depth:?}", theme.name);
                }
            }
        }
    }

    /// The blue and orange of who cannot tell red from green are not given up for 16 colors.
    #[test]
    fn few_colors_of_a_theme_are_its_own_choice() {
        let theme = built_in("deuteranope").expect("built in").reduced(Depth::Ansi16);
        assert_eq!(theme.style(Meaning::Ok).fg, Some(Color::LightBlue));
        assert_eq!(theme.gradient, [Color::LightBlue, Color::Yellow, Color::Red]);
        let dark = built_in("dark").expect("built in").reduced(Depth::Ansi16);
        assert_eq!(dark.looks, built_in("auto").expect("built in").looks);
    }

    #[test]
    fn fewer_colors_keep_to_the_colors_there_are() {
        let dark = built_in("dark").expect("built in");
        let colors = |theme: &Theme| {
            let looks = theme.looks.iter().flat_map(|look| [look.fg, look.bg]).flatten();
            looks.chain(theme.gradient).collect::<Vec<_>>()
        };
        let of256 = colors(&dark.reduced(Depth::Ansi256));
        assert!(of256.iter().all(|c| matches!(c, Color::Indexed(16..) | Color::Reset)));
        let of16 = colors(&dark.reduced(Depth::Ansi16));
        assert!(of16.iter().all(|c| ansi_index(*c).is_some() || *c == Color::Reset));
        let none = dark.reduced(Depth::None);
        assert!(colors(&none).iter().all(|color| *color == Color::Reset));
        assert_eq!(none.looks, built_in("mono").expect("built in").looks);
        assert_eq!(dark.reduced(Depth::True), dark);
    }

    #[test]
    fn without_color_warnings_and_the_selection_still_differ_from_text() {
        let mono = built_in("mono").expect("built in");
        for meaning in [Meaning::Crit, Meaning::Warn, Meaning::Selection, Meaning::Focus] {
            assert_ne!(mono.style(meaning), mono.style(Meaning::Text), "{meaning:?}");
        }
    }

    #[test]
    fn heat_runs_through_the_three_stops() {
        let dark = built_in("dark").expect("built in");
        for (share, stop) in [(-1.0, 0), (0.0, 0), (0.5, 1), (1.0, 2), (f64::INFINITY, 2)] {
            assert_eq!(dark.heat(share).fg, Some(dark.gradient[stop]), "{share}");
        }
        assert_eq!(judge(0.79), Meaning::Ok);
        assert_eq!(judge(0.8), Meaning::Warn);
        assert_eq!(judge(1.0), Meaning::Crit);
    }
}
