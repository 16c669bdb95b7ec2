//! `provision`: instances of a function that are kept ready.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "provision",
    aliases: &[],
    arguments: &[
        Argument::required("FUNCTION", Kind::Function),
        Argument::required("COUNT", Kind::Choice(&["none"])),
    ],
    syntax: "provision FUNCTION N|none",
    summary: "keep instances of a function ready, so that they never start cold",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the number before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let function = words.part("FUNCTION")?;
    let text = words.word("COUNT")?;
    let count = match text.as_str() {
        "none" => None,
        text => Some(words.as_number("COUNT", text, 1, 1_000_000)?),
    };
    Ok(Command::World(WorldCommand::Provision { function, count }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Provision { function, .. }) = command {
        known(snapshot, "function", function)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(function: &PartName, count: Option<u32>) -> String {
    let line = Line::new(SPEC.name).word(function);
    match count {
        Some(count) => line.word(count).end(),
        None => line.word("none").end(),
    }
}
