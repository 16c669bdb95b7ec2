//! What each world command does, what it says afterwards, and what takes it back.

use thiserror::Error;

use crate::api::{
    Answer, ApiError, ConsumerDeletion, CreateStream, DeleteStream, MergeShards, Operation,
    PutRecords, SetRetention, SetShardLimits, ShardDescription, SplitShard, StreamDescription,
    UpdateShardCount,
};
use crate::command::{Outcome, SplitAt, WorldCommand, tighter};
use crate::meter::Measure;
use crate::model::{
    EntryBatch, Event, EventKind, PartName, ShardId, ShardLimits, ShardState, StreamName, many,
};
use crate::world::World;
use crate::world::splits::Cut;

/// Why a command was not run. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RunError {
    /// The stream service refused.
    #[error("{0}")]
    Refused(#[from] ApiError),
    /// There is nothing of that name.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// What was looked for: `stream`, `producer`, ...
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The name is taken.
    #[error("`{name}` exists already: choose another name, or `detach {name}` first")]
    Taken {
        /// The name.
        name: String,
    },
    /// A setting is out of its bounds, or does not fit the world as it is.
    #[error("{0}")]
    Unfit(String),
    /// Something outside could not be opened.
    #[error("{0}")]
    Outside(String),
}

pub(super) type Ran = Result<Outcome, RunError>;

pub(super) fn done(said: impl Into<String>) -> Outcome {
    Outcome { said: said.into(), undo: None }
}

pub(super) fn undoable(said: impl Into<String>, undo: WorldCommand) -> Outcome {
    Outcome { said: said.into(), undo: Some(undo) }
}

impl World {
    /// Runs a command at the present moment.
    pub(super) fn apply(&mut self, command: &WorldCommand) -> Ran {
        match command {
            WorldCommand::Create(create) => self.create(create),
            WorldCommand::Delete(stream) => self.delete(stream),
            WorldCommand::Split { stream, shard, at } => self.split(stream, *shard, *at),
            WorldCommand::SplitHot { stream, over } => self.split_hot(stream, *over),
            WorldCommand::Merge { stream, first, second } => self.merge(stream, *first, *second),
            WorldCommand::Scale { stream, shards } => self.scale(stream, *shards),
            WorldCommand::Policy { stream, policy } => self.set_policy(stream, policy.as_ref()),
            WorldCommand::Retention { stream, hours } => self.retention(stream, *hours),
            WorldCommand::Limits { stream, limits } => self.limits(stream, *limits),
            WorldCommand::Mode { stream, mode } => self.set_mode(stream, *mode),
            WorldCommand::RecordSize { stream, kib } => self.set_record_size(stream, *kib),
            WorldCommand::Distribute { stream, distribution } => {
                self.set_distribution(stream, *distribution)
            }
            WorldCommand::Warm { stream, mib_per_s } => self.set_warm(stream, *mib_per_s),
            WorldCommand::Encrypt { stream, key } => self.encrypt(stream, key.as_deref()),
            WorldCommand::Tag { stream, tags } => self.tag(stream, tags),
            WorldCommand::Untag { stream, keys } => self.untag(stream, keys),
            WorldCommand::Register { stream, consumer, tags } => {
                self.register(stream, consumer, tags)
            }
            WorldCommand::Deregister { stream, consumer } => self.deregister(stream, consumer),
            WorldCommand::Quotas(quotas) => self.set_quotas(quotas),
            WorldCommand::Commitment(switch) => self.commit(*switch),
            WorldCommand::Put { stream, key, data } => self.put(stream, key, data),
            WorldCommand::Produce(settings) => self.produce(settings),
            WorldCommand::Transform(settings) => self.transform(settings),
            WorldCommand::Stages { transform, stages } => self.stages(transform, stages),
            WorldCommand::Function(settings) => self.function(settings),
            WorldCommand::Attach(settings) => self.attach(settings),
            WorldCommand::Read(settings) => self.read(settings),
            WorldCommand::Tune(tune) => self.tune(tune),
            WorldCommand::Interval { reader, interval_ms } => self.interval(reader, *interval_ms),
            WorldCommand::FanOut { reader, consumer } => self.fan_out(reader, consumer.as_ref()),
            WorldCommand::Detach(part) => self.detach(part),
            WorldCommand::Pause(part) => self.pausable(part).and_then(|()| self.pause(part)),
            WorldCommand::Resume(part) => self.pausable(part).and_then(|()| self.resume(part)),
            WorldCommand::Rate { producer, factor } => self.rate(producer, *factor),
            WorldCommand::Application(settings) => self.application(settings),
            WorldCommand::KillWorker { application, worker } => {
                self.kill_worker(application, *worker)
            }
            WorldCommand::StartWorker { application, worker } => {
                self.start_worker(application, *worker)
            }
            WorldCommand::Provision { function, count } => self.provision(function, *count),
            WorldCommand::Concurrency { function, limit } => {
                self.concurrency(function.as_ref(), *limit)
            }
            WorldCommand::Caption(text) => Ok(self.caption(text.as_deref())),
            WorldCommand::Calls(_) => {
                Err(RunError::Unfit("streams in this program are seen without a call".into()))
            }
            WorldCommand::Clock(_) => {
                Err(RunError::Unfit("the clock belongs to the driver, not to the world".into()))
            }
        }
    }

    pub(super) fn ask(&mut self, operation: &Operation) -> Result<Answer, RunError> {
        Ok(self.engine.handle(self.now, operation)?)
    }

    pub(super) fn describe(&self, stream: &StreamName) -> Result<StreamDescription, RunError> {
        let unknown = || RunError::Unknown { what: "stream", name: stream.to_string() };
        self.engine.description(stream).ok_or_else(unknown)
    }

    /// Refuses when there is no producer and no mapping of that name.
    fn pausable(&self, part: &PartName) -> Result<(), RunError> {
        if self.parts.producers.contains_key(part) || self.parts.mappings.contains_key(part) {
            return Ok(());
        }
        Err(RunError::Unknown { what: "producer or mapping", name: part.to_string() })
    }

    fn create(&mut self, create: &CreateStream) -> Ran {
        self.ask(&Operation::CreateStream(create.clone()))?;
        let CreateStream { stream, shards, .. } = create;
        let said = format!("stream {stream} requested with {}", many(*shards, "shard"));
        Ok(undoable(said, WorldCommand::Delete(stream.clone())))
    }

    fn delete(&mut self, stream: &StreamName) -> Ran {
        let consumers = ConsumerDeletion::Refused;
        self.ask(&Operation::DeleteStream(DeleteStream { stream: stream.clone(), consumers }))?;
        Ok(done(format!("stream {stream} is being deleted")))
    }

    pub(super) fn split(&mut self, stream: &StreamName, shard: ShardId, at: SplitAt) -> Ran {
        let description = self.describe(stream)?;
        let found = find(&description, shard)?;
        let limits = &description.settings.limits;
        let mix = self.mixes.mix(stream, shard).cloned();
        let mix = mix.as_deref();
        let measure = mix.map_or(Measure::Records, |mix| tighter(limits, mix));
        let new_starting_hash_key = at.key(found.range, limits, mix);
        let split = SplitShard { stream: stream.clone(), shard, new_starting_hash_key };
        self.ask(&Operation::SplitShard(split))?;
        let first = next_shard(&description);
        let second = ShardId(first.0 + 1);
        let (children, at) = ([first, second], new_starting_hash_key);
        let cut = Cut { stream, parent: shard, children, at, measure };
        self.splits.expect(self.now, &cut, mix, &self.meters);
        let said = format!(
            "shard {} of {stream} splits into {} and {}",
            shard.short(),
            first.short(),
            second.short()
        );
        Ok(undoable(said, WorldCommand::Merge { stream: stream.clone(), first, second }))
    }

    fn merge(&mut self, stream: &StreamName, first: ShardId, second: ShardId) -> Ran {
        let description = self.describe(stream)?;
        let (a, b) = (find(&description, first)?, find(&description, second)?);
        let (lower, upper) = if a.range.start <= b.range.start { (a, b) } else { (b, a) };
        let merge =
            MergeShards { stream: stream.clone(), shard: lower.shard, adjacent: upper.shard };
        self.ask(&Operation::MergeShards(merge))?;
        let shard = next_shard(&description);
        let said = format!(
            "shards {} and {} of {stream} merge into {}",
            lower.shard.short(),
            upper.shard.short(),
            shard.short()
        );
        let at = SplitAt::Key(upper.range.start);
        Ok(undoable(said, WorldCommand::Split { stream: stream.clone(), shard, at }))
    }

    fn scale(&mut self, stream: &StreamName, target: u32) -> Ran {
        let before = open(&self.describe(stream)?);
        self.ask(&Operation::UpdateShardCount(UpdateShardCount {
            stream: stream.clone(),
            target,
        }))?;
        let said = format!("{stream} scales from {before} to {}", many(target, "shard"));
        Ok(undoable(said, WorldCommand::Scale { stream: stream.clone(), shards: before }))
    }

    fn retention(&mut self, stream: &StreamName, hours: u32) -> Ran {
        let before = self.describe(stream)?.settings.retention_ms;
        let retention_ms = u64::from(hours) * 3_600_000;
        self.ask(&Operation::SetRetention(SetRetention { stream: stream.clone(), retention_ms }))?;
        let said = format!("{stream} keeps records for {hours} h");
        match u32::try_from(before / 3_600_000) {
            Ok(hours) if hours > 0 && retention_ms > before => {
                Ok(undoable(said, WorldCommand::Retention { stream: stream.clone(), hours }))
            }
            _ => Ok(done(said)),
        }
    }

    fn limits(&mut self, stream: &StreamName, limits: ShardLimits) -> Ran {
        let before = self.describe(stream)?.settings.limits;
        self.ask(&Operation::SetShardLimits(SetShardLimits { stream: stream.clone(), limits }))?;
        let said = format!("limits of {stream} changed");
        Ok(undoable(said, WorldCommand::Limits { stream: stream.clone(), limits: before }))
    }

    fn put(&mut self, stream: &StreamName, key: &str, data: &str) -> Ran {
        let mut entries = EntryBatch::new();
        entries.push(key, data.as_bytes());
        let put = PutRecords { stream: stream.clone(), entries };
        let now = self.now;
        let answer = self.gate().put_records(now, &put)?;
        let outcome = answer.outcomes.first().expect("one entry has one outcome");
        match outcome.result {
            Ok(sequence) if answer.waits_for.is_some() => Ok(done(format!(
                "record written to shard {} of {stream} as {sequence}, readable once it is synced",
                outcome.shard.short()
            ))),
            Ok(sequence) => Ok(done(format!(
                "record put into shard {} of {stream} as {sequence}",
                outcome.shard.short()
            ))),
            Err(error) => Err(RunError::Unfit(format!(
                "shard {} of {stream} refused the record: {}",
                outcome.shard.short(),
                error.code()
            ))),
        }
    }

    /// Writes down that a part was attached.
    pub(super) fn attached(&mut self, part: &PartName, what: String) -> Outcome {
        let said = format!("{part} attached: {what}");
        let kind = EventKind::Attached { part: part.clone(), what };
        self.chronicle.push(Event { at: self.now, kind });
        undoable(said, WorldCommand::Detach(part.clone()))
    }

    /// Writes down that a part changed.
    pub(super) fn changed(&mut self, part: &PartName, what: &str, undo: WorldCommand) -> Outcome {
        let kind = EventKind::PartChanged { part: part.clone(), what: what.to_owned() };
        self.chronicle.push(Event { at: self.now, kind });
        undoable(format!("{part}: {what}"), undo)
    }
}

fn find(stream: &StreamDescription, shard: ShardId) -> Result<&ShardDescription, RunError> {
    let unknown = || RunError::Unknown {
        what: "shard",
        name: format!("{} of {}", shard.short(), stream.settings.stream),
    };
    stream.shards.iter().find(|found| found.shard == shard).ok_or_else(unknown)
}

/// The number that the next new shard gets. The newest shard is never an expired one: it is open.
fn next_shard(stream: &StreamDescription) -> ShardId {
    ShardId(stream.shards.last().map_or(0, |newest| newest.shard.0 + 1))
}

fn open(stream: &StreamDescription) -> u32 {
    let open = stream.shards.iter().filter(|shard| shard.state == ShardState::Open).count();
    u32::try_from(open).unwrap_or(u32::MAX)
}
