//! A folder full of numbered records, for the benches that read one.

use std::path::Path;

use crate::api::{CreateStream, Operation, PutRecords};
use crate::cli::bench::numbered;
use crate::engine::{Engine, EngineOptions};
use crate::live::{DiskStorage, DiskSyncer};
use crate::log::LogOptions;
use crate::model::{EntryBatch, Level, Millis, Quotas, ShardLimits, StreamName};

/// Transitions end at once.
pub(super) const OPTIONS: EngineOptions = EngineOptions {
    create_delay_ms: 0,
    update_delay_ms: 0,
    delete_delay_ms: 0,
    quotas: Quotas::OFF,
};
const BATCH: u64 = 500;
/// Bytes that arrive in a millisecond of the engine's time: 100 MB a second.
const BYTES_PER_MS: u64 = 100_000;
/// As often as the live world syncs its log.
const SYNC_EVERY_MS: u64 = 50;

/// The stream that holds the records.
pub(super) fn stream() -> StreamName {
    StreamName::new("bench").expect("invariant: a good name")
}

/// An engine on a folder, and what its driver would know.
pub(super) struct Filled {
    pub(super) engine: Engine,
    syncer: DiskSyncer,
    pub(super) now: Millis,
    record: usize,
    /// Numbers of records begin here next.
    pub(super) next: u64,
    synced: Millis,
}

impl Filled {
    /// An engine with one stream of `record` bytes of data a record, new or as it was left.
    pub(super) fn open(
        folder: &Path,
        record: usize,
        shards: u32,
        sizes: LogOptions,
    ) -> Result<Self, String> {
        let storage = DiskStorage::open(folder).map_err(|why| why.to_string())?;
        let syncer = storage.syncer();
        let opened = Engine::open_with(Millis(1), Box::new(storage), OPTIONS, sizes);
        let (mut engine, recovery) = opened.map_err(|why| why.to_string())?;
        let now = recovery.last_arrival.max(Millis(1));
        if engine.stream(&stream()).is_none() {
            let create = CreateStream {
                limits: ShardLimits::OFF,
                ..CreateStream::provisioned(stream(), shards, Level::Process)
            };
            let create = Operation::CreateStream(create);
            engine.handle(now, &create).map_err(|why| why.to_string())?;
            engine.advance(now);
        }
        let record = record.max(numbered::DATA_MIN);
        Ok(Self { engine, syncer, now, record, next: recovery.records, synced: now })
    }

    /// Puts records of so many bytes of keys and data together, batch by batch; between batches
    /// `rest` is called.
    pub(super) fn put(
        &mut self,
        bytes: u64,
        rest: &mut dyn FnMut(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut put = PutRecords { stream: stream(), entries: EntryBatch::new() };
        let records = bytes / (self.record + numbered::KEY_BYTES) as u64;
        let until = self.next.saturating_add(records);
        while self.next < until {
            put.entries.clear();
            for number in self.next..self.next + BATCH {
                numbered::push(&mut put.entries, number, self.record);
            }
            self.next += BATCH;
            let bytes = self.next * (self.record + numbered::KEY_BYTES) as u64;
            self.now = self.now.max(Millis(1 + bytes / BYTES_PER_MS));
            let answer = self.engine.put_records(self.now, &put).map_err(|why| why.to_string())?;
            if answer.failed > 0 {
                return Err(format!("{} records of a batch were refused", answer.failed));
            }
            rest(self)?;
        }
        Ok(())
    }

    /// One step of what a driver does: moves what is due, and syncs when it is time.
    pub(super) fn keep_up(&mut self) -> Result<(), String> {
        self.engine.advance(self.now);
        if self.now.since(self.synced) < SYNC_EVERY_MS {
            return Ok(());
        }
        self.synced = self.now;
        self.sync()
    }

    /// Syncs what waits for it.
    pub(super) fn sync(&mut self) -> Result<(), String> {
        let (journal, chunks) = (self.engine.unsynced(), self.engine.unsynced_rest());
        for unsynced in journal.into_iter().chain(chunks) {
            self.syncer.sync(&unsynced.file).map_err(|why| why.to_string())?;
            self.engine.on_synced(&unsynced);
        }
        Ok(())
    }

    /// Lets so much time pass that everything which is due was moved.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let mut before = (0, 0);
        loop {
            for _ in 0..4 {
                self.now = self.now.plus(1_000);
                self.keep_up()?;
            }
            let usage = self.engine.usage();
            let after = (usage.disk_bytes, usage.memory_bytes);
            if after == before {
                return Ok(());
            }
            before = after;
        }
    }
}
