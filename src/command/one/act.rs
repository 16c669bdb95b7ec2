//! The commands of the hands: moving, opening, going back, sorting, marking. They have names as all
//! others have, so that keys, the mouse, help and the command line reach them by the same way.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::spec::{
    Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec, everywhere,
};
use crate::command::{
    Command, Layout, LayoutError, LogMove, Marking, Motion, Own, ParseError, Sorting, ViewCommand,
    Visit, Way, Words,
};

/// What all of them share.
const ACT: Spec = Spec {
    name: "",
    aliases: &[],
    arguments: &[],
    syntax: "",
    summary: "",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(Command::View(ViewCommand::Back)),
    preview: line_only,
    undo: "",
};

pub(in crate::command) static OPEN: Spec = Spec {
    name: "open",
    syntax: "open",
    summary: "open what is under the cursor",
    keys: &[everywhere("enter")],
    parse: |_| Ok(Command::View(ViewCommand::Open)),
    ..ACT
};

pub(in crate::command) static BACK: Spec = Spec {
    name: "back",
    syntax: "back",
    summary: "one thing back: marks, filter, past, zoom, screen",
    keys: &[everywhere("esc")],
    ..ACT
};

pub(in crate::command) static OUT: Spec = Spec {
    name: "out",
    syntax: "out",
    summary: "one thing back; at the root leave",
    keys: &[everywhere("q")],
    parse: |_| Ok(Command::View(ViewCommand::Out)),
    ..ACT
};

pub(in crate::command) static LINE: Spec = Spec {
    name: "line",
    syntax: "line",
    summary: "the command line: tab completes, arrows bring lines back",
    keys: &[everywhere(":")],
    parse: |_| Ok(Command::View(ViewCommand::Line)),
    ..ACT
};

pub(in crate::command) static SEARCH: Spec = Spec {
    name: "search",
    syntax: "search",
    summary: "filter the table in view while typing, also by columns: cap>80, age>30s; !not, ~fuzzy; in the log find",
    keys: &[everywhere("/")],
    parse: |_| Ok(Command::View(ViewCommand::Search)),
    ..ACT
};

pub(in crate::command) static MOVE: Spec = Spec {
    name: "move",
    arguments: &[Argument::required("WHERE", Kind::Choice(Motion::WORDS))],
    syntax: "move down|up|page-down|page-up|first|last|left|right",
    summary: "move the cursor",
    keys: &[
        everywhere("j").with("down"),
        everywhere("k").with("up"),
        everywhere("down").with("down"),
        everywhere("up").with("up"),
        everywhere("ctrl-d").with("page-down"),
        everywhere("ctrl-u").with("page-up"),
        everywhere("page-down").with("page-down"),
        everywhere("page-up").with("page-up"),
        everywhere("g").with("first"),
        everywhere("G").with("last"),
        everywhere("home").with("first"),
        everywhere("end").with("last"),
        everywhere("h").with("left"),
        everywhere("l").with("right"),
        everywhere("left").with("left"),
        everywhere("right").with("right"),
    ],
    parse: |words| choice(words, "WHERE", Motion::WORDS, Motion::of, ViewCommand::Move),
    ..ACT
};

pub(in crate::command) static TAB: Spec = Spec {
    name: "tab",
    arguments: &[Argument::required("WHICH", Kind::Choice(Way::WORDS))],
    syntax: "tab next|previous",
    summary: "the next screen, or the one before it",
    keys: &[everywhere("]").with("next"), everywhere("[").with("previous")],
    parse: |words| choice(words, "WHICH", Way::WORDS, Way::of, ViewCommand::Tab),
    ..ACT
};

pub(in crate::command) static PANEL: Spec = Spec {
    name: "panel",
    arguments: &[Argument::required("WHICH", Kind::Choice(Way::WORDS))],
    syntax: "panel next|previous",
    summary: "focus the next panel, or the one before it",
    keys: &[everywhere("tab").with("next"), everywhere("shift-tab").with("previous")],
    parse: |words| choice(words, "WHICH", Way::WORDS, Way::of, ViewCommand::Panel),
    ..ACT
};

pub(in crate::command) static ZOOM: Spec = Spec {
    name: "zoom",
    syntax: "zoom",
    summary: "the focused panel on the whole screen, or all again",
    keys: &[everywhere("z")],
    parse: |_| Ok(Command::View(ViewCommand::Zoom)),
    ..ACT
};

pub(in crate::command) static LAYOUT: Spec = Spec {
    name: "layout",
    arguments: &[Argument {
        name: "LAYOUT",
        kind: Kind::Choice(Layout::PRESETS),
        need: Need::OptionalRest,
    }],
    syntax: "layout [auto|focus|columns|rows|PANEL / PANEL*2 | PANEL+PANEL :2]",
    summary: "place the panels of this screen: rows by /, cells by |, stacks by +; alone: the next preset",
    keys: &[everywhere("|")],
    parse: |words| {
        let Some(text) = words.maybe() else { return Ok(Command::View(ViewCommand::Layout(None))) };
        let layout = text.parse().map_err(|why: LayoutError| {
            let presets = Layout::PRESETS.join(", ");
            words.bad(
                "LAYOUT",
                &text,
                format!("{why}; write {presets}, or panels as `streams / flow | events`"),
            )
        })?;
        Ok(Command::View(ViewCommand::Layout(Some(layout))))
    },
    ..ACT
};

pub(in crate::command) static VISIT: Spec = Spec {
    name: "visit",
    arguments: &[Argument::required("WHICH", Kind::Choice(Visit::WORDS))],
    syntax: "visit back|forward|toggle",
    summary: "screens seen before",
    keys: &[
        everywhere("`").with("toggle"),
        everywhere("alt-left").with("back"),
        everywhere("alt-right").with("forward"),
    ],
    parse: |words| choice(words, "WHICH", Visit::WORDS, Visit::of, ViewCommand::Visit),
    ..ACT
};

pub(in crate::command) static SORT: Spec = Spec {
    name: "sort",
    arguments: &[Argument::required("HOW", Kind::Choice(Sorting::WORDS))],
    syntax: "sort next|previous|reverse|off",
    summary: "sort the focused table by another column, or the other way",
    keys: &[
        everywhere(">").with("next"),
        everywhere("<").with("previous"),
        everywhere("r").with("reverse"),
    ],
    parse: |words| choice(words, "HOW", Sorting::WORDS, Sorting::of, ViewCommand::Sort),
    ..ACT
};

pub(in crate::command) static MARK: Spec = Spec {
    name: "mark",
    arguments: &[Argument::required("WHICH", Kind::Choice(Marking::WORDS))],
    syntax: "mark this|all|range|off",
    summary: "mark rows; a key then acts on all that are marked",
    keys: &[
        everywhere("space").with("this"),
        everywhere("*").with("all"),
        everywhere("v").with("range"),
    ],
    parse: |words| choice(words, "WHICH", Marking::WORDS, Marking::of, ViewCommand::Mark),
    ..ACT
};

pub(in crate::command) static MOUSE: Spec = Spec {
    name: "mouse",
    syntax: "mouse",
    summary: "let the terminal have the mouse (to select text), or take it",
    keys: &[everywhere("M")],
    parse: |_| Ok(Command::View(ViewCommand::Mouse)),
    ..ACT
};

pub(in crate::command) static LOG: Spec = Spec {
    name: "log",
    arguments: &[Argument::required("HOW", Kind::Choice(LogMove::WORDS))],
    syntax: "log only|newest|wrap|next|previous",
    summary: "the log: one target or all, the newest, long lines whole, what `/` looks for",
    keys: &[
        on_logs("n", "next"),
        on_logs("N", "previous"),
        on_logs("f", "only"),
        on_logs("F", "newest"),
        on_logs("w", "wrap"),
    ],
    parse: |words| choice(words, "HOW", LogMove::WORDS, LogMove::of, ViewCommand::Log),
    ..ACT
};

const fn on_logs(key: &'static str, words: &'static str) -> Binding {
    Binding { on: &[ScreenKind::Logs], key, words }
}

pub(in crate::command) static CONFIG: Spec = Spec {
    name: "config",
    arguments: &[Argument::required("WHAT", Kind::Choice(Own::WORDS))],
    syntax: "config keys|theme",
    summary: "your keys, or the theme that is worn, in your editor; worn at once when that is closed",
    parse: |words| choice(words, "WHAT", Own::WORDS, Own::of, ViewCommand::Config),
    ..ACT
};

pub(in crate::command) static SUSPEND: Spec = Spec {
    name: "suspend",
    syntax: "suspend",
    summary: "stop the program for a while; `fg` brings it back",
    keys: &[everywhere("ctrl-z")],
    parse: |_| Ok(Command::View(ViewCommand::Suspend)),
    ..ACT
};

pub(in crate::command) static REDRAW: Spec = Spec {
    name: "redraw",
    syntax: "redraw",
    summary: "draw every cell anew",
    keys: &[everywhere("ctrl-l")],
    parse: |_| Ok(Command::View(ViewCommand::Redraw)),
    ..ACT
};

/// One word of a few.
fn choice<T>(
    words: &mut Words,
    argument: &'static str,
    all: &[&str],
    of: fn(&str) -> Option<T>,
    command: fn(T) -> ViewCommand,
) -> Result<Command, ParseError> {
    let text = words.word(argument)?;
    match of(&text) {
        Some(meant) => Ok(Command::View(command(meant))),
        None => Err(words.bad(argument, &text, all.join(", "))),
    }
}

/// A layout is written as it is: nothing in it needs quotes.
pub(in crate::command) fn print_layout(layout: Option<&Layout>) -> String {
    let name = LAYOUT.name;
    layout.map_or_else(|| name.to_owned(), |layout| format!("{name} {layout}"))
}

pub(in crate::command) fn print(name: &str, word: &str) -> String {
    Line::new(name).word(word).end()
}
