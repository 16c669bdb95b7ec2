//! Splits after they were asked for: those that wait for their turn, and what came of those that
//! were done.
//!
//! A stream takes one change at a time, so the splits of `split-hot` follow each other: each is
//! begun when the stream is ACTIVE again. When the children of a split have taken records for
//! [`CAME_MS`], an event says what was expected of them and what came.

use std::collections::VecDeque;

use crate::command::{Outcome, WorldCommand, hot_splits};
use crate::meter::{KeyMix, Measure};
use crate::model::{Event, EventKind, HashKey, Millis, ShardId, StreamName, StreamStatus};
use crate::snapshot::ClockView;
use crate::world::meters::Meters;
use crate::world::{RunError, World};

/// How long children take records before what came is told, milliseconds: old rates are gone then.
const CAME_MS: u64 = 15_000;
/// Seconds over which it is the mean.
const MEAN_S: usize = 10;
const MIB: f64 = 1_048_576.0;

/// A split of which something is expected.
struct Expected {
    stream: StreamName,
    parent: ShardId,
    children: [ShardId; 2],
    measure: Measure,
    rates: [f64; 2],
    tell_at: Millis,
}

/// Splits that wait, and splits that were done.
#[derive(Default)]
pub(super) struct Splits {
    waiting: VecDeque<WorldCommand>,
    expected: VecDeque<Expected>,
}

/// A split that is about to be done.
pub(super) struct Cut<'a> {
    pub(super) stream: &'a StreamName,
    pub(super) parent: ShardId,
    pub(super) children: [ShardId; 2],
    pub(super) at: HashKey,
    pub(super) measure: Measure,
}

impl Splits {
    /// Remembers what a split is expected to bring, when something is known of its keys.
    pub(super) fn expect(
        &mut self,
        now: Millis,
        cut: &Cut<'_>,
        mix: Option<&KeyMix>,
        meters: &Meters,
    ) {
        let Cut { stream, parent, children, at, measure } = *cut;
        let Some(mix) = mix else { return };
        let whole = offered(meters, stream, parent, measure);
        let below = mix.below(at, measure);
        self.expected.push_back(Expected {
            stream: stream.clone(),
            parent,
            children,
            measure,
            rates: [whole * below, whole * (1.0 - below)],
            tell_at: now.plus(CAME_MS),
        });
    }
}

/// What is offered to a shard, a second, on the mean of the last seconds.
fn offered(meters: &Meters, stream: &StreamName, shard: ShardId, measure: Measure) -> f64 {
    let Some(meter) = meters.streams.get(stream).and_then(|stream| stream.shard(shard)) else {
        return 0.0;
    };
    let records = meter.in_records.series().mean(MEAN_S);
    let bytes = meter.in_bytes.series().mean(MEAN_S);
    let refused = meter.write_throttled.series().mean(MEAN_S);
    let all = records + refused * meters.fresh_share(stream);
    match measure {
        Measure::Records => all,
        Measure::Bytes if records > 0.0 => bytes / records * all,
        Measure::Bytes => 0.0,
    }
}

impl World {
    /// Splits every hot shard of a stream: the first now, each other when its turn comes.
    pub(super) fn split_hot(
        &mut self,
        stream: &StreamName,
        over: f64,
    ) -> Result<Outcome, RunError> {
        let snapshot = self.look(ClockView::default());
        let splits = hot_splits(&snapshot, stream, over);
        let splits = splits.map_err(|why| RunError::Unfit(why.to_string()))?;
        let shard = |split: &WorldCommand| match split {
            WorldCommand::Split { shard, .. } => Some(shard.short()),
            _ => None,
        };
        let names: Vec<String> = splits.iter().filter_map(shard).collect();
        let mut splits = splits.into_iter();
        if let Some(first) = splits.next() {
            self.apply(&first)?;
        }
        self.splits.waiting.extend(splits);
        let said = match names.as_slice() {
            [one] => format!("shard {one} of {stream} splits"),
            many => {
                let many = many.join(", ");
                format!("shards {many} of {stream} split, one after another")
            }
        };
        Ok(Outcome { said, undo: None })
    }

    /// Does the next waiting split of each stream that can be changed again.
    pub(super) fn advance_splits(&mut self) {
        for _ in 0..self.splits.waiting.len() {
            let Some(split) = self.splits.waiting.pop_front() else { return };
            let WorldCommand::Split { stream, shard, .. } = &split else { continue };
            let Some(status) = self.engine.stream(stream).map(|stream| stream.status()) else {
                continue;
            };
            if status != StreamStatus::Active {
                self.splits.waiting.push_back(split);
                continue;
            }
            if let Err(why) = self.apply(&split) {
                let what = format!("shard {} was not split: {why}", shard.short());
                self.tell(stream.clone(), what);
            }
        }
    }

    /// Tells what came of splits whose children have taken records for a while.
    pub(super) fn tell_splits(&mut self) {
        while let Some(expected) = self.splits.expected.pop_front_if(|e| e.tell_at <= self.now) {
            let Expected { stream, parent, children, measure, rates, .. } = expected;
            let came = children.map(|child| offered(&self.meters, &stream, child, measure));
            let told = |[low, high]: [f64; 2]| match measure {
                Measure::Records => format!("{low:.0} and {high:.0} records/s"),
                Measure::Bytes => format!("{:.2} and {:.2} MiB/s", low / MIB, high / MIB),
            };
            let parent = parent.short();
            let what = format!("split of {parent}: came {}, expected {}", told(came), told(rates));
            self.tell(stream, what);
        }
    }

    fn tell(&mut self, stream: StreamName, what: String) {
        let kind = EventKind::StreamChanged { stream, what };
        self.chronicle.push(Event { at: self.now, kind });
    }
}
