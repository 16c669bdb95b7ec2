//! `scale`: equal shards, as many as wanted.

use crate::command::line::Line;
use crate::command::preview::{Piece, changeable, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::StreamName;
use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "scale",
    aliases: &["spread"],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("SHARDS", Kind::Number),
    ],
    syntax: "scale STREAM SHARDS",
    summary: "equal shards, as many as wanted",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("S")],
    parse,
    preview,
    undo: "scale back",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let shards = words.number("SHARDS", 1, SHARDS_PER_STREAM_MAX)?;
    Ok(Command::World(WorldCommand::Scale { stream, shards }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Scale { stream, shards }) = command else {
        return Ok(preview);
    };
    let stream = changeable(snapshot, stream)?;
    let open: Vec<Piece> =
        stream.open_by_range().iter().map(|shard| Piece::of(shard, &stream.limits)).collect();
    let load: f64 = open.iter().map(|piece| piece.records_per_s).sum();
    let each = load / f64::from(*shards);
    preview.notes.push(format!(
        "{} become {shards}; about {each:.0} records/s each if keys lie evenly",
        open.len()
    ));
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, shards: u32) -> String {
    Line::new("scale").word(stream).word(shards).end()
}
