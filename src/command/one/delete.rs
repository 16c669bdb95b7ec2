//! `delete`: a stream and all that it holds.

use crate::command::line::Line;
use crate::command::preview::{plain, stream};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{StreamName, many};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "delete",
    aliases: &[],
    arguments: &[Argument::required("STREAM", Kind::Stream)],
    syntax: "delete STREAM",
    summary: "delete a stream and its records",
    danger: Danger::Destroys,
    scope: Scope::World,
    keys: &[on_streams("D")],
    parse,
    preview,
    undo: "not possible: its records are gone",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    Ok(Command::World(WorldCommand::Delete(words.stream("STREAM")?)))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Delete(name)) = command else { return Ok(preview) };
    let stream = stream(snapshot, name)?;
    let records: u64 = stream.shards.iter().map(|shard| shard.stored_records).sum();
    let shards = stream.open_shards();
    // How many records an endpoint has nobody tells.
    let count = match snapshot.far.is_some() {
        true => "all records".to_owned(),
        false => many(records, "record"),
    };
    preview.notes.push(format!("{count} in {} are lost", many(shards, "open shard")));
    // A key and a `y` are pressed too easily for what nothing brings back.
    preview.phrase = (records > 0 || snapshot.far.is_some()).then(|| name.to_string());
    let fed = snapshot.producers.iter().filter(|p| p.stream == *name).count();
    if fed + stream.consumers > 0 {
        let (fed, read) = (many(fed, "producer"), many(stream.consumers, "consumer"));
        preview.notes.push(format!("{fed} and {read} on it will find it gone"));
    }
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName) -> String {
    Line::new("delete").word(stream).end()
}
