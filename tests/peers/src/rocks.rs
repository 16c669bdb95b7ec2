//! RocksDB, of the system's library.

use std::path::Path;

use rocksdb::{DB, DBCompressionType, IteratorMode, Options, WriteBatch, WriteOptions};

use crate::peer::{Failure, Peer};
use crate::work::{Batch, Check, Load, shard_of};

struct Rocks {
    database: DB,
    options: WriteOptions,
}

pub fn open(place: &Path, load: &Load) -> Result<Box<dyn Peer>, Failure> {
    let mut options = Options::default();
    options.create_if_missing(true);
    // The others do not compress either.
    options.set_compression_type(DBCompressionType::None);
    let database = DB::open(&options, place)?;
    let mut options = WriteOptions::default();
    options.set_sync(load.sync);
    Ok(Box::new(Rocks { database, options }))
}

impl Peer for Rocks {
    fn append(&mut self, batch: &Batch) -> Result<(), Failure> {
        let mut write = WriteBatch::default();
        for record in batch.records() {
            write.put(record.place(), record.stored);
        }
        Ok(self.database.write_opt(write, &self.options)?)
    }

    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure> {
        for entry in self.database.iterator(IteratorMode::Start) {
            let (place, stored) = entry?;
            check.take(shard_of(&place)?, &stored)?;
        }
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}
