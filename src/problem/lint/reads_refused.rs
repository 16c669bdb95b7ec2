//! A shard refuses reads: its shared readers ask too often, or for too much.

use crate::command::{Command, MappingChanges, Tune, WorldCommand};
use crate::model::limits::CONSUMERS_PER_STREAM_MAX;
use crate::model::{ConsumerName, Severity, StreamMode, StreamName, many};
use crate::problem::{Problem, Subject};
use crate::snapshot::{MappingView, ReaderView, ShardView, Snapshot, StreamView};

/// Calls a second of a mapping on each shard: calm, and behind.
const MAPPING_CALLS: [f64; 2] = [1.0, 5.0];
/// From this age on a mapping asks as often as one that is behind, milliseconds.
const BEHIND_MS: u64 = 5_000;
/// Share of the calls that a cure leaves in use.
const HEADROOM: f64 = 0.8;
/// Longest pause of a reader, milliseconds.
const INTERVAL_MS_MAX: f64 = 60_000.0;

pub(super) fn check(snapshot: &Snapshot, found: &mut Vec<Problem>) {
    for stream in &snapshot.streams {
        let refuses = |shard: &&ShardView| shard.held().read_throttled > 0.0;
        let hot = stream.shards.iter().filter(refuses).count();
        if hot > 0 {
            found.push(problem(snapshot, stream, hot));
        }
    }
}

/// Who shares a stream's reads, and how often all of them together ask each shard.
struct Askers<'a> {
    readers: Vec<&'a ReaderView>,
    mappings: Vec<&'a MappingView>,
    calls_per_s: f64,
}

impl<'a> Askers<'a> {
    fn of(snapshot: &'a Snapshot, stream: &StreamName) -> Self {
        let asks = |r: &&ReaderView| r.stream == *stream && r.fan_out.is_none();
        let readers: Vec<_> = snapshot.readers.iter().filter(asks).collect();
        let polls = |m: &&MappingView| m.stream == *stream && m.fan_out.is_none();
        let mappings: Vec<_> = snapshot.mappings.iter().filter(polls).collect();
        let by_readers: f64 = readers.iter().map(|reader| calls(reader)).sum();
        let by_mappings: f64 = mappings.iter().map(|mapping| polls_of(mapping)).sum();
        Self { readers, mappings, calls_per_s: by_readers + by_mappings }
    }

    fn count(&self) -> usize {
        self.readers.len() + self.mappings.len()
    }
}

fn calls(reader: &ReaderView) -> f64 {
    1_000.0 / reader.interval_ms.max(1) as f64
}

fn polls_of(mapping: &MappingView) -> f64 {
    MAPPING_CALLS[usize::from(mapping.iterator_age_ms > BEHIND_MS)]
}

/// Does a shard refuse reads at this moment? What is held is told for longer, and may be cured.
fn refuses_now(stream: &StreamView) -> bool {
    stream.shards.iter().any(|shard| shard.rates().read_throttled > 0.0)
}

fn problem(snapshot: &Snapshot, stream: &StreamView, hot: usize) -> Problem {
    let askers = Askers::of(snapshot, &stream.name);
    let refused: f64 = stream.shards.iter().map(|shard| shard.held().read_throttled).sum();
    let limit = stream.limits.read_calls_per_s.map(|limit| limit as f64);
    let too_often = limit.filter(|limit| askers.calls_per_s > *limit);
    let who = many(askers.count(), "consumer");
    let shards = many(hot, "shard");
    let refuse = if hot == 1 { "refuses" } else { "refuse" };
    let (why, cure) = match too_often {
        Some(limit) => (
            format!(
                "{who} ask each shard {:.1} times a second; all of them together may ask \
                 {limit:.0} times. Who asks most should ask less often, or be pushed to.",
                askers.calls_per_s
            ),
            pushed(&askers, stream, limit)
                .or_else(|| less_often(&askers, limit))
                .or_else(|| own_throughput(&askers, limit))
                .or_else(|| end(&askers)),
        ),
        None if !refuses_now(stream) => {
            (format!("{who} share what a shard gives; it was too little a moment ago."), None)
        }
        None => (
            format!(
                "{who} share what a shard gives. More shards give more; a registered consumer is \
                 given as much by itself."
            ),
            own_throughput(&askers, f64::INFINITY).or_else(|| more_shards(stream)),
        ),
    };
    Problem {
        lint: "reads-refused",
        severity: Severity::Warning,
        subject: Subject::Stream(stream.name.clone()),
        word: "READS",
        sentence: match too_often {
            Some(limit) => format!(
                "{shards} {refuse} {refused:.0} reads/s: {:.0} calls/s asked of each, {limit:.0} \
                 allowed",
                askers.calls_per_s
            ),
            None if !refuses_now(stream) => {
                format!("{shards} refused {refused:.0} reads/s a moment ago")
            }
            None => format!("{shards} {refuse} {refused:.0} reads/s"),
        },
        why,
        cure,
    }
}

fn asks_most<'a>(askers: &Askers<'a>) -> Option<&'a ReaderView> {
    askers.readers.iter().copied().max_by(|a, b| calls(a).total_cmp(&calls(b)))
}

/// A registered consumer of its own for the reader that asks most, when it asks more often than a
/// mapping would, as who wants to know at once does, and the others fit without it.
fn pushed(askers: &Askers<'_>, stream: &StreamView, limit: f64) -> Option<Command> {
    let most = asks_most(askers)?;
    let hurries = calls(most) > MAPPING_CALLS[0];
    let others_fit = askers.calls_per_s - calls(most) <= limit;
    let has_room = stream.details.registered.len() < CONSUMERS_PER_STREAM_MAX as usize;
    let consumer = Some(ConsumerName::new(most.name.as_str()).ok()?);
    let fan_out = WorldCommand::FanOut { reader: most.name.clone(), consumer };
    (hurries && others_fit && has_room).then_some(Command::World(fan_out))
}

/// A longer pause for the reader that asks most, long enough for all with some to spare.
fn less_often(askers: &Askers<'_>, limit: f64) -> Option<Command> {
    let most = asks_most(askers)?;
    let left = HEADROOM * limit - (askers.calls_per_s - calls(most));
    let pause = (1_000.0 / left.max(1e-9) / 250.0).ceil() * 250.0;
    let (reader, interval_ms) = (most.name.clone(), pause as u64);
    let interval = WorldCommand::Interval { reader, interval_ms };
    (left > 0.0 && pause <= INTERVAL_MS_MAX).then_some(Command::World(interval))
}

/// A registered consumer of its own for the mapping that asks most of several consumers, when the
/// others fit without it: it takes no part of what they share any more.
fn own_throughput(askers: &Askers<'_>, limit: f64) -> Option<Command> {
    let most = askers.mappings.iter().max_by_key(|mapping| mapping.iterator_age_ms)?;
    let others_fit = askers.calls_per_s - polls_of(most) <= limit;
    let consumer = ConsumerName::new(most.name.as_str()).ok()?;
    let changes = MappingChanges { consumer: Some(Some(consumer)), ..MappingChanges::default() };
    let tune = WorldCommand::Tune(Box::new(Tune { mapping: most.name.clone(), changes }));
    (askers.count() > 1 && others_fit).then_some(Command::World(tune))
}

/// The end of the reader that asks most.
fn end(askers: &Askers<'_>) -> Option<Command> {
    asks_most(askers).map(|reader| Command::World(WorldCommand::Detach(reader.name.clone())))
}

fn more_shards(stream: &StreamView) -> Option<Command> {
    let shards = u32::try_from(2 * stream.open_shards()).ok()?;
    let cure = WorldCommand::Scale { stream: stream.name.clone(), shards };
    (stream.mode == StreamMode::Provisioned).then_some(Command::World(cure))
}
