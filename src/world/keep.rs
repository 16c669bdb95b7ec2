//! A world as a session, and a session in place of a world.

use crate::api::RegisterStreamConsumer;
use crate::command::{Outcome, WorldCommand};
use crate::engine::{EngineOptions, StreamInfo};
use crate::model::limits::ON_DEMAND_SHARDS;
use crate::model::{HashKey, HashKeyRange, Millis, ShardState, StreamMode};
use crate::pipeline::application::Application;
use crate::pipeline::producer::Producer;
use crate::pipeline::settings::{ProducerSettings, SourceSettings};
use crate::rules::topology::initial_ranges;
use crate::session::{Delays, QuotaSettings, Session, StreamSettings};
use crate::world::audit::Audit;
use crate::world::held::Held;
use crate::world::mixes::Mixes;
use crate::world::policy::Policies;
use crate::world::splits::Splits;
use crate::world::timeline::Cue;
use crate::world::{Chronicle, Meters, Parts, RunError, World};

impl World {
    /// Sets up what a session says. Streams that are there already, from an earlier run on the
    /// same folder, are kept as they are.
    ///
    /// # Errors
    /// When a part does not fit this machine; the world is then as far as it got.
    pub fn set_up(&mut self, session: &Session) -> Result<(), RunError> {
        for command in session.commands() {
            self.set_up_part(command)?;
        }
        self.register_waiting();
        self.settle();
        self.title.clone_from(&session.title);
        self.set_timeline(cues(session, self.now));
        self.audit = Audit::new(&session.expect);
        self.frame = Some(Box::new(session.clone()));
        Ok(())
    }

    /// Makes one part of a session, unless an earlier run on the same folder has left it.
    pub(super) fn set_up_part(&mut self, command: WorldCommand) -> Result<(), RunError> {
        match command {
            WorldCommand::Create(create) if self.engine.stream(&create.stream).is_some() => Ok(()),
            WorldCommand::Register { stream, consumer, tags } => {
                self.registers.push(RegisterStreamConsumer { stream, consumer, tags });
                Ok(())
            }
            other => self.apply(&other).map(drop),
        }
    }

    /// Puts a session in the place of everything: parts go, streams of level `memory` go, streams
    /// on disk stay.
    ///
    /// # Errors
    /// When a part of the session does not fit this machine; the world is then as far as it got.
    pub fn replace(&mut self, now: Millis, session: &Session) -> Result<Outcome, RunError> {
        self.advance(now);
        self.keep_checkpoints();
        self.pushes.forget(&mut self.engine, None);
        self.parts = Parts::default();
        self.registers.clear();
        self.held = Held::default();
        self.engine.renew(engine_options(session));
        while self.engine.poll_event().is_some() {}
        self.meters = Meters::default();
        self.mixes = Mixes::default();
        self.splits = Splits::default();
        self.policies = Policies::default();
        self.chronicle = Chronicle::default();
        self.set_timeline(Vec::new());
        self.audit = Audit::default();
        self.seed = session.seed;
        self.started = self.now;
        self.next_second = self.now.plus(1_000);
        self.set_up(session)?;
        self.unsaved = false;
        Ok(Outcome { said: format!("session `{}` loaded", session.title), undo: None })
    }

    /// The set-up as it stands.
    #[must_use]
    pub fn session(&self) -> Session {
        let empty = || Session::empty(&self.title, self.seed);
        let frame = self.frame.as_deref().cloned().unwrap_or_else(empty);
        let pool = &self.parts.functions.pool;
        Session {
            seed: self.seed,
            quotas: QuotaSettings::of(self.engine.quotas()),
            committed: self.engine.committed(),
            concurrency: (pool.limit() != crate::model::limits::ACCOUNT_CONCURRENCY_DEFAULT)
                .then_some(pool.limit()),
            streams: self.engine.streams().map(|stream| self.stream_settings(&stream)).collect(),
            functions: self
                .parts
                .functions
                .map
                .values()
                .map(|part| {
                    let mut settings = part.measured();
                    settings.reserved = pool.reserved_for(&settings.name);
                    settings.provisioned = pool.provisioned_for(&settings.name);
                    settings
                })
                .collect(),
            producers: self.parts.producers.values().map(producer_settings).collect(),
            transforms: self.parts.transform_settings().cloned().collect(),
            mappings: self.parts.mappings.values().map(|p| p.settings().clone()).collect(),
            readers: self.parts.readers.values().map(|p| p.settings().clone()).collect(),
            applications: self.parts.applications.values().map(Application::settings).collect(),
            ..frame
        }
    }

    fn stream_settings(&self, stream: &StreamInfo<'_>) -> StreamSettings {
        let settings = stream.settings();
        let ranges = open_ranges(stream);
        let open = u32::try_from(ranges.len()).unwrap_or(u32::MAX);
        let first = match settings.mode {
            StreamMode::Provisioned => open,
            StreamMode::OnDemand => ON_DEMAND_SHARDS,
        };
        let cuts = (ranges != initial_ranges(first.max(1))).then(|| cuts_of(&ranges));
        let policy = self.policies.of(&settings.stream).copied();
        let registered = self.consumers_of(stream);
        let consumers = registered.keys().cloned().collect();
        let tagged = registered.into_iter().filter(|(_, tags)| !tags.is_empty());
        let consumer_tags = tagged.map(|(name, tags)| (name.to_string(), tags)).collect();
        let plain = StreamSettings::of(settings, open);
        StreamSettings { policy, cuts, consumers, consumer_tags, ..plain }
    }

    /// The set-up was written to a file.
    pub fn on_saved(&mut self) {
        self.unsaved = false;
    }
}

/// The ranges of a stream's open shards, ascending.
fn open_ranges(stream: &StreamInfo<'_>) -> Vec<HashKeyRange> {
    let open = stream.shards().filter(|shard| shard.state == ShardState::Open);
    let mut ranges: Vec<HashKeyRange> = open.map(|shard| shard.range).collect();
    ranges.sort_unstable();
    ranges
}

/// Where ranges begin, the first one aside.
pub(super) fn cuts_of(ranges: &[HashKeyRange]) -> Vec<HashKey> {
    ranges.iter().skip(1).map(|range| range.start).collect()
}

/// What a session asks of its engine.
#[must_use]
pub fn engine_options(session: &Session) -> EngineOptions {
    let Delays { create_ms, update_ms, delete_ms } = session.delays;
    EngineOptions {
        create_delay_ms: create_ms,
        update_delay_ms: update_ms,
        delete_delay_ms: delete_ms,
        quotas: session.quotas.quotas(),
    }
}

/// A producer as it runs now: paused or not, faster or slower.
fn producer_settings(producer: &Producer) -> ProducerSettings {
    let mut settings = producer.settings().clone();
    settings.paused = producer.is_paused();
    if let SourceSettings::Synthetic(load) = &mut settings.source {
        load.rate *= producer.rate_factor();
    }
    settings
}

fn cues(session: &Session, begin: Millis) -> Vec<Cue> {
    let cue = |cue: &crate::session::Cue| Cue {
        at: begin.plus((cue.at_s * 1_000.0) as u64),
        caption: cue.caption.clone(),
        // A line that is no command was refused when the session was read.
        run: cue.run.clone().zip(cue.command().ok().flatten()),
        view: cue.view.clone(),
    };
    session.timeline.iter().map(cue).collect()
}
