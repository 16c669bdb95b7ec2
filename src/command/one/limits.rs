//! `limits`: what each shard takes and gives.

use crate::command::line::Line;
use crate::command::preview::{plain, stream};
use crate::command::shorthand::limits;
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{ShardLimits, StreamName};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "limits",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("LIMITS", Kind::Choice(&["kinesis", "off"])),
    ],
    syntax: "limits STREAM kinesis|off|WRITE-RECORDS,WRITE-BYTES,READ-BYTES,READ-CALLS",
    summary: "limits of each shard, a second",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "set back",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let text = words.word("LIMITS")?;
    let limits = limits::parse(&text).map_err(|short| words.short("LIMITS", short))?;
    Ok(Command::World(WorldCommand::Limits { stream, limits }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Limits { stream: name, .. }) = command {
        stream(snapshot, name)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, limits: &ShardLimits) -> String {
    Line::new("limits").word(stream).word(limits::print(limits)).end()
}
