//! Ordered stores: a record's key is its shard and its index.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use redb::{Durability, ReadableDatabase, ReadableTable, TableDefinition};

use crate::peer::{Failure, Peer};
use crate::work::{Batch, Check, Load, shard_of};

struct Fjall {
    database: Database,
    keyspace: Keyspace,
    persist: PersistMode,
}

pub fn fjall(place: &Path, load: &Load) -> Result<Box<dyn Peer>, Failure> {
    let database = Database::builder(place).open()?;
    let keyspace = database.keyspace("log", KeyspaceCreateOptions::default)?;
    let persist = if load.sync { PersistMode::SyncData } else { PersistMode::Buffer };
    Ok(Box::new(Fjall { database, keyspace, persist }))
}

impl Peer for Fjall {
    fn append(&mut self, batch: &Batch) -> Result<(), Failure> {
        let mut write = self.database.batch().durability(Some(self.persist));
        for record in batch.records() {
            write.insert(&self.keyspace, record.place(), record.stored);
        }
        Ok(write.commit()?)
    }

    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure> {
        for entry in self.keyspace.iter() {
            let (place, stored) = entry.into_inner()?;
            check.take(shard_of(&place)?, &stored)?;
        }
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}

const TABLE: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("log");

struct Redb {
    database: redb::Database,
    durability: Durability,
}

pub fn redb(place: &Path, load: &Load) -> Result<Box<dyn Peer>, Failure> {
    let database = redb::Database::create(place.join("redb"))?;
    let durability = if load.sync { Durability::Immediate } else { Durability::None };
    Ok(Box::new(Redb { database, durability }))
}

impl Peer for Redb {
    fn append(&mut self, batch: &Batch) -> Result<(), Failure> {
        let mut write = self.database.begin_write()?;
        write.set_durability(self.durability)?;
        let mut table = write.open_table(TABLE)?;
        for record in batch.records() {
            table.insert(&record.place()[..], record.stored)?;
        }
        drop(table);
        Ok(write.commit()?)
    }

    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure> {
        let table = self.database.begin_read()?.open_table(TABLE)?;
        for entry in table.iter()? {
            let (place, stored) = entry?;
            check.take(shard_of(place.value())?, stored.value())?;
        }
        Ok(())
    }

    /// Commits without durability are there only after one with it.
    fn close(self: Box<Self>) -> Result<(), Failure> {
        let mut write = self.database.begin_write()?;
        write.set_durability(Durability::Immediate)?;
        Ok(write.commit()?)
    }
}
