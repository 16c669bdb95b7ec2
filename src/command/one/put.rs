//! `put`: one record.

use crate::command::line::Line;
use crate::command::preview::{plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "put",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("KEY", Kind::Text),
        Argument { name: "DATA", kind: Kind::Text, need: Need::Rest },
    ],
    syntax: "put STREAM KEY DATA...",
    summary: "put one record; the data is the rest of the line",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("P")],
    parse,
    preview,
    undo: "not possible: a stream only grows",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let key = words.word("KEY")?;
    let data = words.word("DATA")?;
    Ok(Command::World(WorldCommand::Put { stream, key, data }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Put { stream: name, .. }) = command {
        stream(snapshot, name)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, key: &str, data: &str) -> String {
    Line::new("put").word(stream).word(key).word(data).end()
}
