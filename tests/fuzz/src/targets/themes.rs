//! Theme files, and the names of keys.

use watershed::console::key::Key;
use watershed::console::theme::{BUILT_IN, Depth, Meaning, Theme};

use super::{Target, seeds_of, text_of};

pub(super) const TARGET: Target = Target {
    name: "themes",
    check,
    seeds,
    words: &[
        "name: ",
        "(fg: \"#",
        "bg: \"",
        "bold: true",
        "reversed: true",
        "gradient: [",
        "\"reset\"",
        "\"light-red\"",
        "ctrl-",
        "alt-",
        "enter",
    ],
};

fn check(input: &[u8]) {
    let text = text_of(input);
    let _ = Key::parse(text);
    match Theme::parse("fuzz.ron", text) {
        Ok(theme) => {
            for depth in [Depth::True, Depth::Ansi256, Depth::Ansi16, Depth::None] {
                let reduced = theme.reduced(depth);
                assert_eq!(reduced.reduced(depth), reduced);
                let looks = Meaning::ALL.map(|meaning| reduced.style(meaning));
                let heat =
                    [f64::NAN, -1.0, 0.0, 0.5, 1.0, f64::INFINITY].map(|share| reduced.heat(share));
                assert!(looks.iter().chain(&heat).all(|look| depth != Depth::None || plain(look)));
            }
            assert!(theme.faint().iter().all(|(_, contrast)| *contrast >= 1.0));
        }
        Err(why) => {
            assert!(why.to_string().starts_with("fuzz.ron,"), "{why}");
            assert!(why.line <= text.lines().count() + 1, "{why}");
        }
    }
}

fn plain(look: &ratatui::style::Style) -> bool {
    let colors = [look.fg, look.bg];
    colors.iter().flatten().all(|color| *color == ratatui::style::Color::Reset)
}

fn seeds() -> Vec<Vec<u8>> {
    let keys = ["ctrl-a", "alt-x", "enter", "G"];
    seeds_of(BUILT_IN.iter().map(|(_, text)| *text).chain(keys))
}
