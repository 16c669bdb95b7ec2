//! A world that goes on from here by itself: for looking ahead.
//!
//! The fork has the streams with their shards as they are now, the parts with their settings, the
//! concurrency and the policies. Loads go on where they are in their shape. The timeline stops here:
//! what an operator would do is what courses are for. It begins with empty streams and nobody behind:
//! what comes is compared, not what was. It lives in memory, and nothing of it reaches this world.
//!
//! Lines of a file, of the standard input or of a host cannot be read twice: in the fork such a
//! producer makes as many records a second as it made on the average of the last seconds.

use crate::command::WorldCommand;
use crate::engine::Engine;
use crate::model::Millis;
use crate::pipeline::Outside;
use crate::pipeline::producer::Producer;
use crate::pipeline::settings::{
    Keys, Payload, ProducerSettings, Shape, Size, SourceSettings, StartingPosition,
    SyntheticSettings,
};
use crate::world::{RunError, World, WorldOptions, engine_options};

/// Seconds over which the rate of a producer that cannot be forked is the mean.
const MEAN_S: usize = 30;

impl World {
    /// A fork of this world, with `outside` as its doors.
    ///
    /// # Errors
    /// When a part does not fit behind those doors.
    pub fn fork(&self, outside: Box<dyn Outside>) -> Result<Self, RunError> {
        let session = self.session();
        let options = engine_options(&session);
        // Streams come to be before the fork's time begins.
        let begin = Millis(self.now.0.saturating_sub(options.create_delay_ms + 1));
        let engine = Engine::in_memory(options);
        let title = self.title.clone();
        let mut fork = Self::new(begin, WorldOptions { seed: self.seed, engine, outside, title });
        for command in session.commands() {
            if matches!(command, WorldCommand::Create(_) | WorldCommand::Commitment(_)) {
                fork.apply(&command)?;
            }
        }
        fork.advance(self.now);
        self.fork_parts(&mut fork)?;
        fork.started = self.now;
        Ok(fork)
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
                WorldCommand::Create(_)
                | WorldCommand::Commitment(_)
                | WorldCommand::Produce(_) => {
                    continue;
                }
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
