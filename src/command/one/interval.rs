//! `interval`: how often a plain reader asks.

use crate::command::line::Line;
use crate::command::preview::{known, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::PartName;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "interval",
    aliases: &[],
    arguments: &[
        Argument::required("READER", Kind::Consumer),
        Argument::required("MS", Kind::Number),
    ],
    syntax: "interval READER MS",
    summary: "how long a plain reader pauses between two calls on a shard",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the interval before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let reader = words.part("READER")?;
    let interval_ms = words.number("MS", 1, 60_000)?;
    Ok(Command::World(WorldCommand::Interval { reader, interval_ms }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Interval { reader, interval_ms }) = command else {
        return Ok(preview);
    };
    known(snapshot, "reader", reader)?;
    if let Some(view) = snapshot.readers.iter().find(|view| view.name == *reader) {
        let calls = |ms: u64| 1_000.0 / ms.max(1) as f64;
        preview.notes.push(format!(
            "asks each shard {:.1} times a second, not {:.1}",
            calls(*interval_ms),
            calls(view.interval_ms)
        ));
    }
    Ok(preview)
}

pub(in crate::command) fn print(reader: &PartName, interval_ms: u64) -> String {
    Line::new("interval").word(reader).word(interval_ms).end()
}
