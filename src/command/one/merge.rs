//! `merge`: two adjacent shards become one.

use crate::command::line::Line;
use crate::command::preview::{Piece, changeable, open_shard, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{ShardId, StreamName};
use crate::snapshot::{ShardView, Snapshot, StreamView};

pub(in crate::command) static SPEC: Spec = Spec {
    name: "merge",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("SHARD", Kind::Shard),
        Argument::required("NEIGHBOR", Kind::Neighbor),
    ],
    syntax: "merge STREAM SHARD NEIGHBOR",
    summary: "unite two adjacent shards",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("m")],
    parse,
    preview,
    undo: "split the child at the same key",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let first = words.shard("SHARD")?;
    let second = words.shard("NEIGHBOR")?;
    Ok(Command::World(WorldCommand::Merge { stream, first, second }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Merge { stream, first, second }) = command else {
        return Ok(preview);
    };
    let stream = changeable(snapshot, stream)?;
    let (first, second) = (open_shard(stream, *first)?, open_shard(stream, *second)?);
    if !first.range.adjoins(&second.range) {
        return Err(apart(stream, first, second));
    }
    let mut before = [first, second].map(|shard| Piece::of(shard, &stream.limits));
    before.sort_by_key(|piece| piece.range.start);
    let child = before[0].joined(&before[1], &stream.limits);
    if child.is_overloaded() {
        preview.notes.push("the child is above its limit: it will refuse records".to_owned());
    }
    preview.before = before.into();
    preview.after = vec![child];
    Ok(preview)
}

fn apart(stream: &StreamView, first: &ShardView, second: &ShardView) -> CommandError {
    if first.id == second.id {
        let (stream, shard) = (stream.name.to_string(), first.id.short());
        return CommandError::Itself { stream, shard };
    }
    let neighbors: Vec<String> = stream
        .open_by_range()
        .iter()
        .filter(|shard| shard.range.adjoins(&first.range))
        .map(|shard| shard.id.short())
        .collect();
    let (first, way_out) = match neighbors.is_empty() {
        true => (first.id.short(), "it has none".to_owned()),
        false => {
            let id = first.id.short();
            (id.clone(), format!("{id} has {}", neighbors.join(" and ")))
        }
    };
    CommandError::Apart {
        stream: stream.name.to_string(),
        first,
        second: second.id.short(),
        way_out,
    }
}

pub(in crate::command) fn print(stream: &StreamName, first: ShardId, second: ShardId) -> String {
    Line::new("merge").word(stream).word(first.short()).word(second.short()).end()
}
