//! A world that goes on from here by itself: for looking ahead.
//!
//! The fork has the streams with their shards as they are now, the parts with their settings, the
//! concurrency and the policies. Loads go on where they are in their shape. It begins with empty
//! streams and nobody behind: what comes is compared, not what was. It lives in memory, and nothing
//! of it reaches this world.
//!
//! Lines of a file, of the standard input or of a host cannot be read twice: in the fork such a
//! producer makes as many records a second as it made on the average of the last seconds.

use crate::command::{SplitAt, WorldCommand};
use crate::engine::{Engine, StreamInfo};
use crate::model::{HashKey, HashKeyRange, ShardState, StreamMode, StreamName};
use crate::pipeline::Outside;
use crate::pipeline::producer::Producer;
use crate::pipeline::settings::{
    Keys, Payload, ProducerSettings, Shape, Size, SourceSettings, StartingPosition,
    SyntheticSettings,
};
use crate::rules::topology::initial_ranges;
use crate::world::{RunError, World, WorldOptions, engine_options};

/// Seconds over which the rate of a producer that cannot be forked is the mean.
const MEAN_S: usize = 30;

/// The ranges of a stream's open shards, in order.
fn ranges(stream: &StreamInfo<'_>) -> Vec<HashKeyRange> {
    let open = stream.shards().filter(|shard| shard.state == ShardState::Open);
    let mut ranges: Vec<HashKeyRange> = open.map(|shard| shard.range).collect();
    ranges.sort_unstable();
    ranges
}

/// Are these the ranges that a new stream of so many shards has?
fn is_even(ranges: &[HashKeyRange]) -> bool {
    u32::try_from(ranges.len()).is_ok_and(|count| count > 0 && initial_ranges(count) == ranges)
}

impl World {
    /// A fork of this world, with `outside` as its doors.
    ///
    /// # Errors
    /// When a part does not fit behind those doors.
    pub fn fork(&self, outside: Box<dyn Outside>) -> Result<Self, RunError> {
        let session = self.session();
        let options = engine_options(&session);
        // Shards that are not even are made by splits, before the fork's time begins.
        let step_ms = options.update_delay_ms.max(options.create_delay_ms).max(250) + 1;
        let uneven = self.engine.streams().map(|stream| ranges(&stream));
        let uneven = uneven.filter(|ranges| !is_even(ranges)).map(|ranges| ranges.len());
        let steps = uneven.max().unwrap_or(0) as u64 + 3;
        let begin = crate::model::Millis(self.now.0.saturating_sub(step_ms * steps));
        let engine = Engine::in_memory(options);
        let title = self.title.clone();
        let mut fork = Self::new(begin, WorldOptions { seed: self.seed, engine, outside, title });
        self.fork_streams(&mut fork, step_ms)?;
        fork.advance(self.now);
        self.fork_parts(&mut fork)?;
        fork.started = self.now;
        Ok(fork)
    }

    fn fork_streams(&self, fork: &mut Self, step_ms: u64) -> Result<(), RunError> {
        let mut cuts: Vec<(StreamName, Vec<HashKey>)> = Vec::new();
        for stream in self.engine.streams() {
            let ranges = ranges(&stream);
            let even = is_even(&ranges);
            let mut create = stream.settings().clone();
            create.mode = StreamMode::Provisioned;
            create.shards = if even { u32::try_from(ranges.len()).unwrap_or(1) } else { 1 };
            let name = create.stream.clone();
            fork.apply(&WorldCommand::Create(Box::new(create)))?;
            if !even {
                cuts.push((name, ranges.iter().skip(1).map(|range| range.start).collect()));
            }
        }
        let most = cuts.iter().map(|(_, cuts)| cuts.len()).max().unwrap_or(0);
        for nth in 0..most {
            fork.advance(fork.now.plus(step_ms));
            for (stream, cuts) in &cuts {
                let Some(at) = cuts.get(nth) else { continue };
                fork.split_at(stream, *at)?;
            }
        }
        // Only the service may change the shards of an on-demand stream: it begins to when they
        // are as they shall be.
        fork.advance(fork.now.plus(step_ms));
        let mode = StreamMode::OnDemand;
        for stream in self.engine.streams().filter(|stream| stream.settings().mode == mode) {
            let stream = stream.settings().stream.clone();
            fork.apply(&WorldCommand::Mode { stream, mode })?;
        }
        Ok(())
    }

    /// Divides the open shard that holds the key.
    fn split_at(&mut self, stream: &StreamName, at: HashKey) -> Result<(), RunError> {
        let info = self.engine.stream(stream);
        let holds = info.and_then(|info| {
            let mut open = info.shards().filter(|shard| shard.state == ShardState::Open);
            open.find(|shard| shard.range.contains(at)).map(|shard| shard.id)
        });
        let Some(shard) = holds else { return Ok(()) };
        let at = SplitAt::Key(at);
        self.apply(&WorldCommand::Split { stream: stream.clone(), shard, at }).map(drop)
    }

    fn fork_parts(&self, fork: &mut Self) -> Result<(), RunError> {
        let session = self.session();
        for command in session.commands() {
            let command = match command {
                // What is behind here would only blur what comes.
                WorldCommand::Attach(mut settings) => {
                    settings.start = StartingPosition::Latest;
                    WorldCommand::Attach(settings)
                }
                WorldCommand::Read(mut settings) => {
                    settings.start = StartingPosition::Latest;
                    WorldCommand::Read(settings)
                }
                WorldCommand::Create(_) | WorldCommand::Produce(_) => continue,
                other => other,
            };
            fork.set_up_part(command)?;
        }
        for producer in self.parts.producers.values() {
            self.fork_producer(producer, fork);
        }
        Ok(())
    }

    fn fork_producer(&self, producer: &Producer, fork: &mut Self) {
        let mut settings = producer.settings().clone();
        settings.paused = producer.is_paused();
        let (began, factor) = match &settings.source {
            SourceSettings::Synthetic(_) => (producer.began(), producer.rate_factor()),
            SourceSettings::File(_) | SourceSettings::Stdin { .. } | SourceSettings::Host => {
                settings.source = SourceSettings::Synthetic(self.like(&settings));
                (self.now, 1.0)
            }
        };
        let mut made = Producer::new(settings.clone(), None, self.seed, began);
        made.go_on_from(fork.now);
        made.set_rate_factor(factor);
        fork.parts.producers.insert(settings.name, made);
    }

    /// A made-up load as high as that of a producer.
    fn like(&self, settings: &ProducerSettings) -> SyntheticSettings {
        let meter = self.meters.flows.get(&settings.name);
        SyntheticSettings {
            rate: meter.map_or(0.0, |meter| meter.taken.series().mean(MEAN_S)),
            shape: Shape::Constant,
            keys: Keys::default(),
            payload: Payload::Clicks,
            size: Size::Natural,
        }
    }
}
