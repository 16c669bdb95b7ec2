//! Floor 2: the deterministic stream engine. Model, rules and log, driven by `now`.
//!
//! Verbs: [`Engine::handle`] and [`Engine::handle_all`] for what someone asks, [`Engine::advance`]
//! fires due timers, [`Engine::next_deadline`] says when to be called again, [`Engine::poll_event`]
//! tells what happened, [`Engine::unsynced`] what the driver should sync. The hot operations have
//! typed verbs of their own, [`Engine::put_records`] and [`Engine::get_records`].
//!
//! Invariants: `now` never decreases; the open ranges of a stream tile the key space; a record is
//! acknowledged after the log took it; shard numbers are never used again.

mod account;
mod append;
mod catalog;
mod consumers;
mod demand;
mod entry;
mod error;
mod expire;
mod fan_out;
mod group;
mod info;
mod label;
mod list;
mod put_record;
mod read;
mod recent;
mod reshard;
mod setting;
mod stream;
#[cfg(test)]
mod tests;
mod upkeep;

use std::collections::{BTreeMap, VecDeque};

pub use error::EngineError;
pub use info::{ShardInfo, StreamInfo};

use crate::api::{Answer, ApiError, Operation, Reply, constraints};
use crate::log::{Log, LogError, LogOptions, LogUsage, Recovery, Storage, Unsynced};
use crate::model::limits::{
    CREATE_DELAY_MS_DEFAULT, DELETE_DELAY_MS_DEFAULT, UPDATE_DELAY_MS_DEFAULT,
};
use crate::model::{
    EntryBatch, Event, EventKind, HashKey, JournalPosition, Millis, Quotas, ReaderId, ShardId,
    StreamName,
};
use crate::rules::commitment::Commitment;
use crate::rules::constraint::Constraints;
use crate::rules::throttle::PutCall;
use account::Calls;
use fan_out::FanOut;
use stream::Stream;
use upkeep::Upkeep;

/// What can be set on an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// How long CREATING lasts, milliseconds.
    pub create_delay_ms: u64,
    /// How long UPDATING lasts, milliseconds.
    pub update_delay_ms: u64,
    /// How long DELETING lasts, milliseconds.
    pub delete_delay_ms: u64,
    /// What the account may have and ask for.
    pub quotas: Quotas,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            create_delay_ms: CREATE_DELAY_MS_DEFAULT,
            update_delay_ms: UPDATE_DELAY_MS_DEFAULT,
            delete_delay_ms: DELETE_DELAY_MS_DEFAULT,
            quotas: Quotas::default(),
        }
    }
}

/// Streams over a log.
pub struct Engine {
    now: Millis,
    options: EngineOptions,
    streams: BTreeMap<StreamName, Stream>,
    log: Log,
    next_log_shard: u32,
    /// What is left of the rates of calls about the account.
    calls: Calls,
    /// The account's commitment to a minimum of throughput.
    commitment: Commitment,
    next_second: Millis,
    upkeep: Upkeep,
    events: VecDeque<Event>,
    /// The call of PutRecord or PutRecords that is or was served last.
    put_call: PutCall,
    fan_out: FanOut,
    next_reader: ReaderId,
    /// Room for the entry of a PutRecord.
    one_entry: EntryBatch,
    /// Room for the hash keys of a put, and for the shards that they decide.
    hash_keys: Vec<HashKey>,
    routes: Vec<ShardId>,
    /// Why the last write failed, until one succeeds.
    write_failure: Option<String>,
    /// May the catalog on disk be another than the one in memory?
    catalog_doubtful: bool,
}

impl Engine {
    /// An engine without a disk: every stream lives in memory, whatever its level says.
    #[must_use]
    pub fn in_memory(options: EngineOptions) -> Self {
        Self::over(Log::in_memory(), options)
    }

    /// Opens the streams of a folder.
    ///
    /// # Errors
    /// When the log or the catalog cannot be read.
    pub fn open(
        now: Millis,
        storage: Box<dyn Storage>,
        options: EngineOptions,
    ) -> Result<(Self, Recovery), EngineError> {
        Self::open_with(now, storage, options, LogOptions::default())
    }

    /// Opens the streams of a folder, with a log of other sizes than usual.
    ///
    /// # Errors
    /// When the log or the catalog cannot be read.
    pub fn open_with(
        now: Millis,
        storage: Box<dyn Storage>,
        options: EngineOptions,
        sizes: LogOptions,
    ) -> Result<(Self, Recovery), EngineError> {
        let (log, recovery) = Log::open(storage, sizes)?;
        let mut engine = Self::over(log, options);
        engine.now = now.max(recovery.last_arrival);
        engine.load_catalog()?;
        // What a crash brought back is trimmed again before anyone can read it.
        engine.trim();
        if recovery.missing > 0 {
            engine.event(EventKind::RecordsMissing { records: recovery.missing });
        }
        Ok((engine, recovery))
    }

    fn over(log: Log, options: EngineOptions) -> Self {
        Self {
            now: Millis::ZERO,
            options,
            streams: BTreeMap::new(),
            log,
            next_log_shard: 0,
            calls: Calls::new(),
            commitment: Commitment::default(),
            next_second: Millis::ZERO,
            upkeep: Upkeep::default(),
            events: VecDeque::new(),
            put_call: PutCall::default(),
            fan_out: FanOut::default(),
            next_reader: ReaderId::default(),
            one_entry: EntryBatch::new(),
            hash_keys: Vec::new(),
            routes: Vec::new(),
            write_failure: None,
            catalog_doubtful: false,
        }
    }

    /// Answers an operation.
    ///
    /// # Errors
    /// AWS's error for it; nothing was changed then.
    pub fn handle(&mut self, now: Millis, operation: &Operation) -> Reply {
        let mut reply = [self.begin(now, operation)];
        if operation.is_put() {
            self.conclude(std::slice::from_ref(operation), &mut reply);
        }
        let [reply] = reply;
        reply
    }

    /// Answers an operation, but that a put is only staged.
    fn begin(&mut self, now: Millis, operation: &Operation) -> Reply {
        self.come_to(now);
        let mut constraints = Constraints::default();
        constraints::check(operation, &mut constraints);
        constraints.end()?;
        if let Some(control) = operation.control() {
            self.admit(control)?;
        }
        match operation {
            Operation::CreateStream(create) => done(self.create_stream(create)),
            Operation::DeleteStream(delete) => done(self.delete_stream(delete)),
            Operation::DescribeStream(asked) => {
                self.describe(asked).map(|stream| Answer::Stream(Box::new(stream)))
            }
            Operation::DescribeStreamSummary(stream) => {
                self.summarize(stream).map(|summary| Answer::Summary(Box::new(summary)))
            }
            Operation::ListStreams(list) => self.list_streams(list).map(Answer::Streams),
            Operation::ListShards(list) => self.list_shards(list).map(Answer::Shards),
            Operation::DescribeLimits => Ok(Answer::Limits(self.account_limits())),
            Operation::DescribeAccountSettings => Ok(Answer::Account(self.account_settings())),
            Operation::UpdateAccountSettings(wish) => self.commit(*wish).map(Answer::Account),
            Operation::PutRecord(put) => self.stage_record(now, put).map(Answer::PutOne),
            Operation::PutRecords(put) => {
                self.stage(now, &put.stream, &put.entries).map(Answer::Put)
            }
            Operation::GetShardIterator(get) => self.get_iterator(get).map(Answer::Iterator),
            Operation::GetRecords(get) => self.get_records(now, get).map(Answer::Records),
            Operation::DryRun(action) => Err(error::dry_run(*action)),
            Operation::RegisterStreamConsumer(register) => {
                self.register_consumer(register).map(Answer::Consumer)
            }
            Operation::DeregisterStreamConsumer(which) => done(self.deregister_consumer(which)),
            Operation::DescribeStreamConsumer(which) => {
                self.find_consumer(which).map(Answer::Consumer)
            }
            Operation::ListStreamConsumers(list) => {
                self.list_consumers(list).map(Answer::Consumers)
            }
            Operation::SplitShard(split) => done(self.split_shard(split)),
            Operation::MergeShards(merge) => done(self.merge_shards(merge)),
            Operation::UpdateShardCount(update) => self.scale(update).map(Answer::Scaling),
            Operation::Setting(setting) => self.handle_setting(setting),
            Operation::Label(label) => self.handle_label(label),
            Operation::SetRetention(set) => done(self.set_retention(set)),
            Operation::SetShardLimits(set) => done(self.set_limits(set)),
        }
    }

    /// Time passes, and is seen to.
    fn come_to(&mut self, now: Millis) {
        assert!(now >= self.now, "time never decreases: {now} after {}", self.now);
        self.now = now;
    }

    fn known(&self, stream: &StreamName) -> Result<&Stream, ApiError> {
        self.streams.get(stream).ok_or_else(|| error::no_stream(stream))
    }

    fn event(&mut self, kind: EventKind) {
        self.events.push_back(Event { at: self.now, kind });
    }

    /// What happened next.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Acknowledged records that the driver should sync within 50 ms.
    #[must_use]
    pub fn unsynced(&self) -> Option<Unsynced> {
        self.log.unsynced()
    }

    /// Records that were moved to chunks and state that was kept: the driver should sync them too,
    /// after [`Self::unsynced`]. Until it does records stay in memory and in the journal.
    #[must_use]
    pub fn unsynced_rest(&self) -> Option<Unsynced> {
        self.log.unsynced_rest()
    }

    /// How far the journal survives a power cut: answers that wait for a position up to there
    /// count.
    #[must_use]
    pub fn durable(&self) -> JournalPosition {
        self.log.durable()
    }

    /// Why the log takes no more writes until its folder is opened anew, if so.
    #[must_use]
    pub fn poisoned(&self) -> Option<&str> {
        self.log.poisoned()
    }

    /// The driver has synced.
    pub fn on_synced(&mut self, synced: &Unsynced) {
        self.log.on_synced(synced);
        self.fan_out.settle(self.now);
    }

    /// The driver's sync failed: of acknowledged records that means that no write is acknowledged
    /// any more; of chunks, that they are written again.
    pub fn on_sync_failed(&mut self, failed: &Unsynced, why: &str) {
        self.log.on_sync_failed(failed, why);
        if failed.holds_acknowledged() {
            self.event(EventKind::LogFailed { why: why.to_owned() });
        } else {
            self.upkeep_failed(why);
        }
    }

    /// The first failure of a row of writes, and the success that ends it, are told.
    fn on_write(&mut self, failure: Option<String>) {
        match (&failure, &self.write_failure) {
            (Some(why), None) => self.event(EventKind::LogFailed { why: why.clone() }),
            (None, Some(_)) => self.event(EventKind::LogRecovered),
            (Some(_), Some(_)) | (None, None) => {}
        }
        self.write_failure = failure;
    }

    /// Why records are refused at present, if they are.
    #[must_use]
    pub fn refuses_writes(&self) -> Option<&str> {
        self.log.poisoned().or(self.write_failure.as_deref())
    }

    /// Do streams outlive the process?
    #[must_use]
    pub fn has_disk(&self) -> bool {
        self.log.has_disk()
    }

    /// Keeps a small state of somebody else beside the streams: survives the process, and a power
    /// cut when the driver has synced it; that leaves an earlier one until then.
    ///
    /// # Errors
    /// When the storage fails; the state before is still there.
    pub fn keep_state(&mut self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        self.log.put_blob_lightly(name, bytes)
    }

    /// The state that was kept under that name, if there is one.
    ///
    /// # Errors
    /// When it cannot be read or is damaged.
    pub fn state(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.log.blob(name)
    }

    /// What the log holds.
    #[must_use]
    pub fn usage(&self) -> LogUsage {
        let poisoned = self.refuses_writes().map(str::to_owned);
        LogUsage { poisoned, ..self.log.usage() }
    }
}

fn done(made: Result<(), ApiError>) -> Reply {
    made.map(|()| Answer::Done)
}
