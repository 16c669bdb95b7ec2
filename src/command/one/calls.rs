//! `calls`: how often an endpoint elsewhere may be asked.

use crate::command::line::Line;
use crate::command::preview::plain;
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{ShardState, many};
use crate::snapshot::{FarView, ShardView, Sight, Snapshot, Source};

pub(in crate::command) static SPEC: Spec = Spec {
    name: "calls",
    aliases: &["budget"],
    arguments: &[Argument::required("PER-SECOND", Kind::Number)],
    syntax: "calls PER-SECOND",
    summary: "how many calls a second watching an endpoint elsewhere may take",
    danger: Danger::Harmless,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the number before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let per_s = words.number("PER-SECOND", 1, 1_000)?;
    Ok(Command::World(WorldCommand::Calls(per_s)))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    if let Some(FarView { sight: Sight::Sampled, calls_per_s_max, .. }) = &snapshot.far {
        // What CloudWatch tells of is not read.
        let is_read = |shard: &&ShardView| {
            shard.state == ShardState::Open
                && !matches!(shard.source(), Some(Source::CloudWatch { .. }))
        };
        let shards =
            snapshot.streams.iter().flat_map(|stream| stream.shards.iter()).filter(is_read);
        let shards = shards.count();
        preview.notes.push(format!(
            "{calls_per_s_max} a second now, for {}, each wanted once a second",
            many(shards, "shard")
        ));
    }
    Ok(preview)
}

pub(in crate::command) fn print(per_s: u32) -> String {
    Line::new(SPEC.name).word(per_s).end()
}
