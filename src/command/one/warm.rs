//! `warm`: throughput that an on-demand stream has ready.

use crate::command::line::Line;
use crate::command::preview::{active, on_demand, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::limits::WARM_MIB_PER_S_MAX;
use crate::model::{StreamName, many};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "warm",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("MIB", Kind::Number),
    ],
    syntax: "warm STREAM MIB",
    summary: "MiB a second that an on-demand stream has ready",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "as before; shards in excess go one by one",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let mib_per_s = words.number("MIB", 0, WARM_MIB_PER_S_MAX)?;
    Ok(Command::World(WorldCommand::Warm { stream, mib_per_s }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Warm { stream: name, mib_per_s }) = command else {
        return Ok(preview);
    };
    let stream = active(snapshot, name)?;
    on_demand(stream, "warm throughput")?;
    let open = stream.open_shards();
    preview.notes.push(match *mib_per_s as usize > open {
        true => format!("it grows from {open} to {}", many(*mib_per_s, "shard")),
        false => "it goes down to the shards that the last hour needed, one by one".to_owned(),
    });
    preview.notes.push("the account's commitment must be on: `commitment on`".to_owned());
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, mib_per_s: u32) -> String {
    Line::new("warm").word(stream).word(mib_per_s).end()
}
