//! `split`: one shard becomes two.

use crate::command::line::Line;
use crate::command::preview::{Piece, changeable, open_shard, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{HashKey, HashKeyRange, ShardId, StreamName};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "split",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("SHARD", Kind::Shard),
        Argument::value("--at", Kind::HashKey),
    ],
    syntax: "split STREAM SHARD [--at KEY]",
    summary: "divide a shard in two",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("s")],
    parse,
    preview,
    undo: "merge the two children",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let shard = words.shard("SHARD")?;
    let at = match words.flag("--at") {
        Some(text) => Some(HashKey::parse(&text).ok_or_else(|| {
            words.bad("--at", &text, "a hash key: decimal, or hexadecimal digits behind 0x")
        })?),
        None => None,
    };
    Ok(Command::World(WorldCommand::Split { stream, shard, at }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Split { stream, shard, at }) = command else {
        return Ok(preview);
    };
    let stream = changeable(snapshot, stream)?;
    let shard = open_shard(stream, *shard)?;
    let HashKeyRange { start, end } = shard.range;
    let cut = at.unwrap_or(HashKey(shard.range.middle().0.saturating_add(1)));
    if cut <= start || cut > end {
        return Err(CommandError::Outside {
            at: cut.to_string(),
            shard: shard.id.short(),
            first: HashKey(start.0.saturating_add(1)).to_string(),
            last: end.to_string(),
        });
    }
    let whole = Piece::of(shard, &stream.limits);
    let lower = HashKeyRange { start, end: HashKey(cut.0 - 1) };
    let upper = HashKeyRange { start: cut, end };
    preview.after = [lower, upper].map(|range| whole.part(range, &stream.limits)).into();
    preview.before = vec![whole];
    if preview.after.iter().any(Piece::is_overloaded) {
        preview.notes.push("one half is still above its limit: split again".to_owned());
    }
    preview
        .notes
        .push("rates after are for keys spread evenly: one hot key moves whole".to_owned());
    preview.notes.push("readers finish the parent before its children".to_owned());
    Ok(preview)
}

pub(in crate::command) fn print(
    stream: &StreamName,
    shard: ShardId,
    at: Option<HashKey>,
) -> String {
    Line::new("split").word(stream).word(shard.short()).option("--at", at).end()
}
