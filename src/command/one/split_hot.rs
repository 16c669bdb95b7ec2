//! `split-hot`: every shard that is loaded too much becomes two.

use crate::command::line::Line;
use crate::command::preview::{Piece, changeable, halves, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, SplitAt, Words, WorldCommand};
use crate::model::{StreamName, many};
use crate::snapshot::{ShardView, Snapshot, StreamView};

/// Percent of the write limit from which on a shard is hot, unless said otherwise.
const OVER_DEFAULT: f64 = 80.0;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "split-hot",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::value("--over", Kind::Number),
    ],
    syntax: "split-hot STREAM [--over PERCENT]",
    summary: "divide every shard above 80% of its write limit",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "none; merge what turns idle",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let over = words.number_flag("--over", 1.0, 1_000.0)?.unwrap_or(OVER_DEFAULT);
    Ok(Command::World(WorldCommand::SplitHot { stream, over }))
}

/// The open shards of which more than `over` percent of what they take is offered.
fn hot(stream: &StreamView, over: f64) -> Vec<&ShardView> {
    let mut open = stream.open_by_range();
    open.retain(|shard| share(stream, shard) > over / 100.0);
    open
}

fn share(stream: &StreamView, shard: &ShardView) -> f64 {
    shard.held().offered().write_utilization(&stream.limits, 1).unwrap_or(0.0)
}

/// The splits that this means, as the world is seen now.
///
/// # Errors
/// When no shard is loaded that much, or the stream cannot be changed.
pub(crate) fn splits(
    snapshot: &Snapshot,
    stream: &StreamName,
    over: f64,
) -> Result<Vec<WorldCommand>, CommandError> {
    let stream = changeable(snapshot, stream)?;
    let split = |shard: &&ShardView| WorldCommand::Split {
        stream: stream.name.clone(),
        shard: shard.id,
        at: SplitAt::Hot,
    };
    let splits: Vec<WorldCommand> = hot(stream, over).iter().map(split).collect();
    if splits.is_empty() {
        let by_load =
            |a: &&ShardView, b: &&ShardView| share(stream, a).total_cmp(&share(stream, b));
        let hottest = stream.open_by_range().into_iter().max_by(by_load);
        let most = hottest.map_or(0.0, |shard| share(stream, shard) * 100.0);
        let shard = hottest.map_or(String::new(), |shard| shard.id.short());
        let (over, most) = (over.to_string(), format!("{most:.0}"));
        return Err(CommandError::NoneHot { stream: stream.name.to_string(), over, most, shard });
    }
    Ok(splits)
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::SplitHot { stream, over }) = command else {
        return Ok(preview);
    };
    splits(snapshot, stream, *over)?;
    let stream = changeable(snapshot, stream)?;
    let hot = hot(stream, *over);
    let names: Vec<String> = hot.iter().take(8).map(|shard| shard.id.short()).collect();
    let more = if hot.len() > names.len() { ", ..." } else { "" };
    let now = stream.open_shards();
    preview.notes.push(format!(
        "would split {}{more}: {} become {}, one after another",
        names.join(", "),
        many(now, "shard"),
        now + hot.len()
    ));
    for shard in hot.iter().take(SHOWN) {
        let cut = SplitAt::Hot.key(shard.range, &stream.limits, shard.mix());
        preview.before.push(Piece::of(shard, &stream.limits));
        preview.after.extend(halves(stream, shard, cut).map(|half| half.of_parent(shard.id)));
    }
    Ok(preview)
}

/// Shards whose halves are shown.
const SHOWN: usize = 4;

pub(in crate::command) fn print(stream: &StreamName, over: f64) -> String {
    Line::new("split-hot").word(stream).unless(OVER_DEFAULT, "--over", over).end()
}
