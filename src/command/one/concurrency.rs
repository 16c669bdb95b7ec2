//! `concurrency`: alone it opens the screen, with words it sets a limit.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Binding, Danger, Kind, Scope, ScreenKind, Spec, everywhere};
use crate::command::{
    Command, CommandError, ParseError, Preview, Screen, ViewCommand, Words, WorldCommand,
};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "concurrency",
    aliases: &[],
    arguments: &[
        Argument::optional("FUNCTION", Kind::AccountOrFunction),
        Argument::optional("LIMIT", Kind::Choice(&["none"])),
    ],
    syntax: "concurrency [account N | FUNCTION N|none]",
    summary: "show concurrency, or set the account's or a function's",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[
        everywhere("5"),
        Binding { on: &[ScreenKind::Concurrency], key: "e", words: "{function}" },
    ],
    parse,
    preview,
    undo: "the limit before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let Some(of) = words.maybe() else {
        return Ok(Command::View(ViewCommand::Go(Screen::Concurrency)));
    };
    let function = match of.as_str() {
        "account" => None,
        name => Some(words.as_part("FUNCTION", name)?),
    };
    let text = words.word("LIMIT")?;
    let limit = match text.as_str() {
        "none" if function.is_some() => None,
        text => Some(words.as_number("LIMIT", text, 0, 1_000_000)?),
    };
    Ok(Command::World(WorldCommand::Concurrency { function, limit }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Concurrency { function: Some(name), .. }) = command {
        known(snapshot, "function", name)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(function: Option<&PartName>, limit: Option<u32>) -> String {
    let line = Line::new("concurrency").word(function.map_or("account", PartName::as_str));
    match limit {
        Some(limit) => line.word(limit).end(),
        None => line.word("none").end(),
    }
}
