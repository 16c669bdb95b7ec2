//! `distribute`: what decides the shard of a record.

use crate::command::line::Line;
use crate::command::preview::{active, on_demand, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{RecordDistribution, StreamName};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "distribute",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("BY", Kind::Choice(&["keys", "auto"])),
    ],
    syntax: "distribute STREAM keys|auto",
    summary: "records by their keys, or over all shards in turn",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "as before; what was put stays where it is",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let text = words.word("BY")?;
    let distribution = match text.as_str() {
        "keys" => RecordDistribution::UserPartitionKey,
        "auto" => RecordDistribution::Auto,
        _ => return Err(words.bad("BY", &text, "keys or auto")),
    };
    Ok(Command::World(WorldCommand::Distribute { stream, distribution }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Distribute { stream: name, distribution }) = command else {
        return Ok(preview);
    };
    let stream = active(snapshot, name)?;
    if *distribution == RecordDistribution::Auto {
        on_demand(stream, "auto distribution")?;
        preview.notes.push("records of one key lose their order".to_owned());
    }
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, distribution: RecordDistribution) -> String {
    let word = match distribution {
        RecordDistribution::UserPartitionKey => "keys",
        RecordDistribution::Auto => "auto",
    };
    Line::new("distribute").word(stream).word(word).end()
}
