//! `split`: one shard becomes two.

use crate::command::line::Line;
use crate::command::preview::{Piece, changeable, halves, open_shard, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, on_streams};
use crate::command::{Command, CommandError, ParseError, Preview, SplitAt, Words, WorldCommand};
use crate::model::{HashKey, HashKeyRange, ShardId, StreamName};
use crate::snapshot::{ShardView, Snapshot, StreamView};

pub(in crate::command) static SPEC: Spec = Spec {
    name: "split",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("SHARD", Kind::Shard),
        Argument::value("--at", Kind::HashKey),
    ],
    syntax: "split STREAM SHARD [--at KEY|hot|middle]",
    summary: "divide a shard in two; hot: where its load halves",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_streams("s").with("{stream} {shard} --at hot")],
    parse,
    preview,
    undo: "merge the two children",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let shard = words.shard("SHARD")?;
    let at = match words.flag("--at") {
        Some(text) => SplitAt::parse(&text).ok_or_else(|| {
            let rule = "hot, middle or a hash key: decimal, or hexadecimal digits behind 0x";
            words.bad("--at", &text, rule)
        })?,
        None => SplitAt::Middle,
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
    let cut = at.key(shard.range, &stream.limits, shard.mix());
    let HashKeyRange { start, end } = shard.range;
    if cut <= start || cut > end {
        return Err(CommandError::Outside {
            at: cut.hex(),
            shard: shard.id.short(),
            first: HashKey(start.0.saturating_add(1)).hex(),
            last: end.hex(),
        });
    }
    preview.before = vec![Piece::of(shard, &stream.limits)];
    preview.after = halves(stream, shard, cut).into();
    let exact =
        WorldCommand::Split { stream: stream.name.clone(), shard: shard.id, at: SplitAt::Key(cut) };
    preview.title = exact.to_string();
    preview.exact = Some(Command::World(exact));
    preview.notes = notes(snapshot, stream, shard, &preview.after, cut);
    Ok(preview)
}

fn notes(
    snapshot: &Snapshot,
    stream: &StreamView,
    shard: &ShardView,
    after: &[Piece],
    cut: HashKey,
) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(key) = shard.mix().and_then(|mix| mix.heavy.first()) {
        let child = &after[usize::from(key.hash >= cut)];
        let share = key.share.records.max(key.share.bytes) * 100.0;
        notes.push(format!(
            "key {} ({share:.0}%) falls into {} and cannot be divided",
            key.key, child.label
        ));
    }
    if shard.mix().is_none() {
        notes.push("its keys are not known yet: rates after are for keys spread evenly".to_owned());
    }
    if after.iter().any(Piece::is_overloaded) {
        notes.push("one half is still above its limit: split again".to_owned());
    }
    let readers: Vec<&str> = snapshot
        .mappings
        .iter()
        .filter(|mapping| mapping.stream == stream.name)
        .map(|mapping| mapping.name.as_str())
        .collect();
    let who = match readers.as_slice() {
        [] => "readers finish".to_owned(),
        [one] => format!("{one} finishes"),
        [first, more @ ..] => format!("{first} and {} more finish", more.len()),
    };
    let age = shard
        .iterator_age_ms()
        .map_or(String::new(), |ms| format!(", now {:.1} s behind", ms as f64 / 1e3));
    notes.push(format!("{who} {} before its children{age}", shard.id.short()));
    notes
}

pub(in crate::command) fn print(stream: &StreamName, shard: ShardId, at: SplitAt) -> String {
    Line::new("split").word(stream).word(shard.short()).unless(SplitAt::Middle, "--at", at).end()
}
