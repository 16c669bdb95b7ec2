//! The commands that change the view, or the program itself.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec, everywhere};
use crate::command::{Command, ParseError, ViewCommand, Words};

/// What all of them share.
const VIEW: Spec = Spec {
    name: "",
    aliases: &[],
    arguments: &[],
    syntax: "",
    summary: "",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(Command::View(ViewCommand::Help)),
    preview: line_only,
    undo: "",
};

pub(in crate::command) static HELP: Spec = Spec {
    name: "help",
    aliases: &[],
    syntax: "help",
    summary: "keys and commands",
    keys: &[everywhere("?")],
    ..VIEW
};

pub(in crate::command) static THEME: Spec = Spec {
    name: "theme",
    aliases: &[],
    arguments: &[Argument::required("THEME", Kind::Theme)],
    syntax: "theme NAME",
    summary: "change the colors; `themes` shows them",
    parse: |words| Ok(Command::View(ViewCommand::Theme(words.word("THEME")?))),
    ..VIEW
};

pub(in crate::command) static FILTER: Spec = Spec {
    name: "filter",
    aliases: &[],
    arguments: &[Argument { name: "TEXT", kind: Kind::Text, need: Need::OptionalRest }],
    syntax: "filter [TEXT]",
    summary: "show only rows with this text; alone: all rows",
    parse: |words| Ok(Command::View(ViewCommand::Filter(words.maybe().unwrap_or_default()))),
    ..VIEW
};

pub(in crate::command) static FREEZE: Spec = Spec {
    name: "freeze",
    aliases: &[],
    syntax: "freeze",
    summary: "stop the picture, or let it go on; the engine runs",
    keys: &[everywhere("p")],
    parse: |_| Ok(Command::View(ViewCommand::Freeze)),
    ..VIEW
};

pub(in crate::command) static NEXT_PROBLEM: Spec = Spec {
    name: "next-problem",
    aliases: &[],
    syntax: "next-problem",
    summary: "go to the next thing that is wrong",
    keys: &[everywhere("!")],
    parse: |_| Ok(Command::View(ViewCommand::NextProblem)),
    ..VIEW
};

pub(in crate::command) static CURE: Spec = Spec {
    name: "cure",
    aliases: &[],
    syntax: "cure",
    summary: "run what cures the problem at hand, shown first",
    keys: &[everywhere("x")],
    parse: |_| Ok(Command::View(ViewCommand::Cure)),
    ..VIEW
};

pub(in crate::command) static UNDO: Spec = Spec {
    name: "undo",
    aliases: &[],
    syntax: "undo",
    danger: Danger::Changes,
    summary: "take the last act back",
    keys: &[everywhere("u")],
    parse: |_| Ok(Command::View(ViewCommand::Undo)),
    ..VIEW
};

pub(in crate::command) static REDO: Spec = Spec {
    name: "redo",
    aliases: &[],
    syntax: "redo",
    danger: Danger::Changes,
    summary: "do again what was taken back",
    keys: &[everywhere("U")],
    parse: |_| Ok(Command::View(ViewCommand::Redo)),
    ..VIEW
};

pub(in crate::command) static SCREENSHOT: Spec = Spec {
    name: "screenshot",
    aliases: &[],
    arguments: &[Argument { name: "FILE", kind: Kind::File, need: Need::OptionalRest }],
    syntax: "screenshot [FILE]",
    summary: "write the screen as a picture (SVG)",
    parse: screenshot,
    ..VIEW
};

pub(in crate::command) static QUIT: Spec = Spec {
    name: "quit",
    aliases: &["q", "exit", "q!"],
    syntax: "quit",
    summary: "leave",
    parse: |_| Ok(Command::View(ViewCommand::Quit)),
    ..VIEW
};

fn screenshot(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::View(ViewCommand::Screenshot(words.maybe())))
}

pub(in crate::command) fn print(name: &str, word: Option<&str>) -> String {
    Line::new(name).maybe(word).end()
}
