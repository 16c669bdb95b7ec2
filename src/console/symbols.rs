//! The glyphs of the console, in three sets: Unicode with braille or blocks for charts, and ASCII.
//!
//! Invariant: every glyph of a set is one column wide, and the ASCII set is ASCII.

use ratatui::symbols::border;

use crate::command::Glyphs;

/// One set of glyphs.
#[derive(Clone, Copy, Debug)]
pub struct Symbols {
    /// Marks the selected row.
    pub selected: &'static str,
    /// Critical.
    pub crit: &'static str,
    /// Warning.
    pub warn: &'static str,
    /// Something that could be better.
    pub hint: &'static str,
    /// Done, or fine.
    pub ok: &'static str,
    /// In transition.
    pub transition: &'static str,
    /// Open shard, running clock.
    pub open: &'static str,
    /// Stopped clock or part.
    pub paused: &'static str,
    /// Sorted from small to large.
    pub ascending: &'static str,
    /// Sorted from large to small.
    pub descending: &'static str,
    /// Leads to.
    pub arrow: &'static str,
    /// Between the parts of a path.
    pub step: &'static str,
    /// Text was cut here.
    pub ellipsis: &'static str,
    /// No value.
    pub absent: &'static str,
    /// Nothing was measured.
    pub gap: &'static str,
    /// Speed factor.
    pub times: &'static str,
    /// The Enter key.
    pub enter: &'static str,
    /// Levels of a spark line, lowest first.
    pub levels: &'static [&'static str],
    /// Parts of a bar's last cell, emptiest first, the full cell last.
    pub parts: &'static [&'static str],
    /// Levels of a heat map: not measured, nothing, some, much, a warning, full.
    pub heat: [&'static str; 6],
    /// Something is folded here.
    pub folded: &'static str,
    /// Something can be folded here.
    pub unfolded: &'static str,
    /// Cells too narrow to be told apart.
    pub shade: &'static str,
    /// Horizontal line.
    pub line: &'static str,
    /// Vertical line.
    pub wall: &'static str,
    /// Line that branches down.
    pub branch: &'static str,
    /// Last branch.
    pub corner: &'static str,
    /// Lines that join from above.
    pub join: &'static str,
    /// Tick on a horizontal axis.
    pub tick: &'static str,
    /// Left end of a horizontal axis.
    pub tick_left: &'static str,
    /// Right end of a horizontal axis.
    pub tick_right: &'static str,
    /// Are charts drawn by braille?
    pub braille: bool,
    /// A cell of a chart that is half filled, and one that is filled, where there is no braille.
    pub area: [&'static str; 2],
    /// Border of a panel.
    pub border: border::Set<'static>,
    /// Border of the focused panel: heavier, so that focus shows without color.
    pub border_focus: border::Set<'static>,
}

/// For terminals with a Unicode font.
pub const UNICODE: Symbols = Symbols {
    selected: "▌",
    crit: "▲",
    warn: "●",
    hint: "·",
    ok: "✓",
    transition: "◌",
    open: "●",
    paused: "‖",
    ascending: "↑",
    descending: "↓",
    arrow: "→",
    step: "›",
    ellipsis: "…",
    absent: "—",
    gap: "·",
    times: "×",
    enter: "↵",
    levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    parts: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    heat: [" ", "·", "░", "▒", "▓", "█"],
    folded: "▸",
    unfolded: "▾",
    shade: "▒",
    line: "─",
    wall: "│",
    branch: "┬",
    corner: "└",
    join: "┴",
    tick: "┼",
    tick_left: "├",
    tick_right: "┤",
    braille: true,
    area: ["▄", "█"],
    border: border::ROUNDED,
    border_focus: border::THICK,
};

/// For fonts without braille, or with braille that is hard to see.
pub const BLOCK: Symbols = Symbols { braille: false, ..UNICODE };

/// The glyphs of a set.
#[must_use]
pub const fn of(set: Glyphs) -> &'static Symbols {
    match set {
        Glyphs::Braille => &UNICODE,
        Glyphs::Block => &BLOCK,
        Glyphs::Ascii => &ASCII,
    }
}

/// For terminals and logs without one.
pub const ASCII: Symbols = Symbols {
    selected: ">",
    crit: "!",
    warn: "*",
    hint: "-",
    ok: "+",
    transition: "~",
    open: "o",
    paused: "=",
    ascending: "^",
    descending: "v",
    arrow: ">",
    step: ">",
    ellipsis: "~",
    absent: "-",
    gap: ".",
    times: "x",
    enter: "<",
    levels: &["_", ".", "-", "=", "+", "*", "%", "#"],
    parts: &[".", ".", "-", "=", "=", "=", "#", "#"],
    heat: [" ", ".", ":", "+", "*", "#"],
    folded: "+",
    unfolded: "-",
    shade: "%",
    line: "-",
    wall: "|",
    branch: "+",
    corner: "`",
    join: "+",
    tick: "+",
    tick_left: "+",
    tick_right: "+",
    braille: false,
    area: [":", "#"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    border_focus: border::Set {
        top_left: "#",
        top_right: "#",
        bottom_left: "#",
        bottom_right: "#",
        vertical_left: "#",
        vertical_right: "#",
        horizontal_top: "=",
        horizontal_bottom: "=",
    },
};

#[cfg(test)]
mod tests {
    use ratatui::text::Span;

    use super::*;

    fn glyphs(set: &Symbols) -> Vec<&'static str> {
        let b = [set.border, set.border_focus];
        let mut all = vec![
            set.selected,
            set.crit,
            set.warn,
            set.hint,
            set.ok,
            set.transition,
            set.open,
            set.paused,
            set.ascending,
            set.descending,
            set.arrow,
            set.step,
            set.ellipsis,
            set.absent,
            set.gap,
            set.times,
            set.enter,
            set.folded,
            set.shade,
            set.line,
            set.wall,
            set.branch,
            set.corner,
            set.join,
            set.tick,
            set.tick_left,
            set.tick_right,
        ];
        all.extend(set.levels.iter().chain(set.parts).chain(&set.heat));
        for border in b {
            all.extend([border.top_left, border.top_right, border.bottom_left]);
            all.extend([border.bottom_right, border.vertical_left, border.vertical_right]);
            all.extend([border.horizontal_top, border.horizontal_bottom]);
        }
        all
    }

    #[test]
    fn every_glyph_is_one_column_wide() {
        for glyph in glyphs(&UNICODE).into_iter().chain(glyphs(&ASCII)) {
            assert_eq!(Span::raw(glyph).width(), 1, "{glyph}");
        }
    }

    #[test]
    fn the_ascii_set_is_ascii_and_both_sets_have_eight_levels() {
        assert!(glyphs(&ASCII).iter().all(|glyph| glyph.is_ascii()));
        for set in [&UNICODE, &ASCII] {
            assert_eq!((set.levels.len(), set.parts.len()), (8, 8));
        }
    }
}
