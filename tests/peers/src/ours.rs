//! Our log, and the engine above it, on the product's disk.

use std::path::Path;

use watershed::api::{CreateStream, Operation, PutRecords};
use watershed::engine::{Engine, EngineOptions};
use watershed::log::{Log, LogOptions, LogShard, Stretch};
use watershed::model::{EntryBatch, KeyedBytes, Level, Millis, Quotas, ShardLimits, StreamName};

use crate::disk::{DiskStorage, DiskSyncer};
use crate::peer::{Failure, Peer};
use crate::work::{Batch, Check, KEY_BYTES, Load, SHARDS};

const NOW: Millis = Millis(1_000);

fn level(load: &Load) -> Level {
    if load.sync { Level::Power } else { Level::Process }
}

struct OurLog {
    log: Log,
    syncer: DiskSyncer,
    sync: bool,
}

pub fn log(place: &Path, load: &Load) -> Result<Box<dyn Peer>, Failure> {
    let storage = DiskStorage::open(place)?;
    let syncer = storage.syncer();
    let (mut log, _) = Log::open(Box::new(storage), LogOptions::default())?;
    (0..SHARDS).for_each(|shard| log.create_shard(LogShard(shard), level(load)));
    Ok(Box::new(OurLog { log, syncer, sync: load.sync }))
}

impl Peer for OurLog {
    fn append(&mut self, batch: &Batch) -> Result<(), Failure> {
        for record in batch.records() {
            let stored = KeyedBytes::new(record.stored, KEY_BYTES).ok_or("a key is not UTF-8")?;
            self.log.stage(LogShard(record.shard), NOW, stored, record.kept);
        }
        self.log.commit()?;
        if let (true, Some(unsynced)) = (self.sync, self.log.unsynced()) {
            self.syncer.sync(&unsynced.file)?;
            self.log.on_synced(&unsynced);
        }
        Ok(())
    }

    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure> {
        let mut result = Ok(());
        for shard in 0..SHARDS {
            let mut visit = |stretch: Stretch<'_>| {
                let mut rest = stretch.bytes();
                for (_, _, _, len) in stretch.rows() {
                    let (stored, behind) = rest.split_at(len);
                    rest = behind;
                    if result.is_ok() {
                        result = check.take(shard, stored);
                    }
                }
            };
            self.log.read(LogShard(shard), 0, usize::MAX, usize::MAX, &mut visit)?;
        }
        result
    }

    fn close(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}

struct OurEngine {
    engine: Engine,
    syncer: DiskSyncer,
    put: PutRecords,
}

pub fn engine(place: &Path, load: &Load) -> Result<Box<dyn Peer>, Failure> {
    let storage = DiskStorage::open(place)?;
    let syncer = storage.syncer();
    let options = EngineOptions {
        create_delay_ms: 0,
        update_delay_ms: 0,
        delete_delay_ms: 0,
        quotas: Quotas::OFF,
    };
    let (mut engine, _) = Engine::open(NOW, Box::new(storage), options)?;
    let stream = StreamName::new("peers")?;
    if engine.stream(&stream).is_none() {
        let create = CreateStream::provisioned(stream.clone(), SHARDS, level(load));
        let create = CreateStream { limits: ShardLimits::OFF, ..create };
        engine.handle(NOW, &Operation::CreateStream(create))?;
    }
    engine.advance(NOW);
    let put = PutRecords { stream, entries: EntryBatch::new() };
    Ok(Box::new(OurEngine { engine, syncer, put }))
}

impl Peer for OurEngine {
    fn append(&mut self, batch: &Batch) -> Result<(), Failure> {
        self.put.entries.clone_from(&batch.entries);
        let answer = self.engine.put_records(NOW, &self.put)?;
        if answer.failed > 0 {
            return Err(format!("{} records were refused", answer.failed).into());
        }
        if let (Some(_), Some(unsynced)) = (answer.waits_for, self.engine.unsynced()) {
            self.syncer.sync(&unsynced.file)?;
            self.engine.on_synced(&unsynced);
        }
        Ok(())
    }

    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure> {
        let (mut result, mut stored) = (Ok(()), Vec::new());
        self.engine.each(&self.put.stream, &mut |shard, record| {
            stored.clear();
            stored.extend_from_slice(record.partition_key.as_bytes());
            stored.extend_from_slice(record.data);
            if result.is_ok() {
                result = check.take(shard.0, &stored);
            }
        })?;
        result
    }

    fn close(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}
