//! `fan-out`: a plain reader that is pushed to, or polls.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{ConsumerName, PartName};
use crate::snapshot::Snapshot;

/// What a reader says that polls.
const POLLS: &str = "none";

pub(in crate::command) static SPEC: Spec = Spec {
    name: "fan-out",
    aliases: &[],
    arguments: &[
        Argument::required("READER", Kind::Consumer),
        Argument::required("CONSUMER", Kind::NewName),
    ],
    syntax: "fan-out READER CONSUMER|none",
    summary: "let a plain reader be pushed to as a registered consumer, or poll",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "as before; a consumer that was registered for it stays",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let reader = words.part("READER")?;
    let text = words.word("CONSUMER")?;
    let consumer = match text.as_str() {
        POLLS => None,
        name => Some(words.as_consumer("CONSUMER", name)?),
    };
    Ok(Command::World(WorldCommand::FanOut { reader, consumer }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::FanOut { reader, consumer }) = command else {
        return Ok(preview);
    };
    known(snapshot, "reader", reader)?;
    preview.notes.push(match consumer {
        Some(_) => {
            "each shard pushes up to 2 MiB/s to it alone, and is asked by it no more".to_owned()
        }
        None => "it asks each shard again, and shares what that gives".to_owned(),
    });
    Ok(preview)
}

pub(in crate::command) fn print(reader: &PartName, consumer: Option<&ConsumerName>) -> String {
    let line = Line::new("fan-out").word(reader);
    match consumer {
        Some(consumer) => line.word(consumer).end(),
        None => line.word(POLLS).end(),
    }
}
