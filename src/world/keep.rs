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
use crate::session::{self, Delays, Expectation, QuotaSettings, Session, StreamSettings};
use crate::world::audit::Audit;
use crate::world::held::Held;
use crate::world::mixes::Mixes;
use crate::world::policy::Policies;
use crate::world::splits::Splits;
use crate::world::timeline::Cue;
use crate::world::{Meters, Parts, RunError, World};

/// The highest rate that a session may say, records a second.
const RATE_MAX: f64 = 1e7;

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
        self.parts = Parts { functions: self.parts.functions.anew(), ..Parts::default() };
        self.registers.clear();
        self.held = Held::default();
        self.engine.renew(engine_options(session));
        while self.engine.poll_event().is_some() {}
        self.meters = Meters::default();
        self.mixes = Mixes::default();
        self.splits = Splits::default();
        self.policies = Policies::default();
        self.chronicle = self.chronicle.anew();
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
            view: frame.view.clone().filter(|line| self.can_show(line, &frame)),
            ..frame
        }
    }

    /// Can the screen of a session still be opened? Its stream may have been deleted since.
    fn can_show(&self, line: &str, frame: &Session) -> bool {
        let Ok(screen) = session::screen(line) else { return false };
        let Some(name) = screen.stream() else { return true };
        self.engine.stream(name).is_some() || !frame.streams.iter().any(|it| it.name == *name)
    }

    /// The set-up as it stands, as a session that begins here. What the timeline has done is in the
    /// set-up already: done again, it would not fit, and what was expected of it would not come. One
    /// that has done nothing yet is kept as it is.
    #[must_use]
    pub fn session_from_here(&self) -> Session {
        let session = self.session();
        let played = self.timeline.view().step;
        let mut timeline = session.timeline.clone();
        timeline.sort_by_key(cue_ms);
        if !timeline.iter().take(played).any(|cue| cue.run.is_some()) {
            return session;
        }
        let elapsed_ms = self.now.since(self.started);
        let left = timeline.into_iter().skip(played);
        let timeline = left.map(|cue| later_cue(cue, elapsed_ms)).collect();
        let expected = session.expect.iter();
        let expect = expected.filter_map(|it| later_expectation(it, elapsed_ms)).collect();
        Session { timeline, expect, ..session }
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
        // One that the stream had before it became on-demand has nothing to decide.
        let provisioned = settings.mode == StreamMode::Provisioned;
        let policy = self.policies.of(&settings.stream).copied().filter(|_| provisioned);
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
        load.rate = (load.rate * producer.rate_factor()).min(RATE_MAX);
    }
    settings
}

/// When a cue comes, milliseconds after the session began.
fn cue_ms(cue: &session::Cue) -> u64 {
    (cue.at_s * 1_000.0) as u64
}

/// A cue of a session that begins so much later.
fn later_cue(cue: session::Cue, by_ms: u64) -> session::Cue {
    session::Cue { at_s: (cue.at_s - by_ms as f64 / 1e3).max(0.0), ..cue }
}

/// An expectation of a session that begins so much later, if its span lies wholly ahead. Spans are
/// whole seconds: of a second that has begun none is left.
fn later_expectation(expectation: &Expectation, by_ms: u64) -> Option<Expectation> {
    let by_s = u32::try_from(by_ms.div_ceil(1_000)).ok()?;
    let from_s = expectation.from_s.checked_sub(by_s)?;
    let to_s = expectation.to_s.checked_sub(by_s)?;
    Some(Expectation { from_s, to_s, ..expectation.clone() })
}

fn cues(session: &Session, begin: Millis) -> Vec<Cue> {
    let cue = |cue: &session::Cue| Cue {
        at: begin.plus(cue_ms(cue)),
        caption: cue.caption.clone(),
        // A line that is no command was refused when the session was read.
        run: cue.run.clone().zip(cue.command().ok().flatten()),
        view: cue.view.clone(),
    };
    session.timeline.iter().map(cue).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Metric;

    #[test]
    fn what_is_ahead_comes_sooner_in_a_session_that_begins_later() {
        let cue = session::Cue { at_s: 9.5, ..session::Cue::default() };
        assert!((later_cue(cue, 4_000).at_s - 5.5).abs() < 1e-9);
        let metric = Metric::Notifications;
        let expectation = Expectation { from_s: 5, to_s: 9, metric, above: Some(1.0), below: None };
        let later = later_expectation(&expectation, 3_001).expect("its span lies ahead");
        assert_eq!((later.from_s, later.to_s), (1, 5));
        assert_eq!(later_expectation(&expectation, 5_001), None);
    }
}
