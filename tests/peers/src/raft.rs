//! raft-engine: a log per region, one journal for all; a shard is a region.

use std::any::Any;
use std::path::Path;

use protobuf::reflect::MessageDescriptor;
use protobuf::{
    Clear, CodedInputStream, CodedOutputStream, Message, ProtobufResult, UnknownFields, rt,
};
use raft_engine::{Config, Engine, LogBatch, MessageExt, ReadableSize};

use crate::peer::{Failure, Peer};
use crate::work::{Batch, Check, Load, SHARDS};

/// A log entry as raft has it, without what is not used here: `index = 3`, `data = 4`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Entry {
    index: u64,
    data: Vec<u8>,
    unknown: UnknownFields,
}

const INDEX: u32 = 3;
const DATA: u32 = 4;

impl Clear for Entry {
    fn clear(&mut self) {
        self.index = 0;
        self.data.clear();
    }
}

impl Message for Entry {
    fn descriptor(&self) -> &'static MessageDescriptor {
        unreachable!("nobody asks an entry for its description")
    }

    fn is_initialized(&self) -> bool {
        true
    }

    fn merge_from(&mut self, from: &mut CodedInputStream<'_>) -> ProtobufResult<()> {
        while !from.eof()? {
            match from.read_tag_unpack()? {
                (INDEX, _) => self.index = from.read_uint64()?,
                (DATA, _) => self.data = from.read_bytes()?,
                (number, wire) => {
                    rt::read_unknown_or_skip_group(number, wire, from, &mut self.unknown)?;
                }
            }
        }
        Ok(())
    }

    fn write_to_with_cached_sizes(&self, to: &mut CodedOutputStream<'_>) -> ProtobufResult<()> {
        to.write_uint64(INDEX, self.index)?;
        to.write_bytes(DATA, &self.data)
    }

    fn compute_size(&self) -> u32 {
        rt::value_size(INDEX, self.index, protobuf::wire_format::WireTypeVarint)
            + rt::bytes_size(DATA, &self.data)
    }

    fn get_cached_size(&self) -> u32 {
        self.compute_size()
    }

    fn get_unknown_fields(&self) -> &UnknownFields {
        &self.unknown
    }

    fn mut_unknown_fields(&mut self) -> &mut UnknownFields {
        &mut self.unknown
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn new() -> Self {
        Self::default()
    }

    fn default_instance() -> &'static Self {
        unreachable!("nobody asks for an entry of all defaults")
    }
}

#[derive(Clone)]
struct Entries;

impl MessageExt for Entries {
    type Entry = Entry;

    fn index(entry: &Entry) -> u64 {
        entry.index
    }
}

struct Raft {
    engine: Engine,
    batch: LogBatch,
    /// The entries of a batch by region, kept so that their memory is used again.
    entries: Vec<Vec<Entry>>,
    sync: bool,
}

pub fn open(place: &Path, load: &Load) -> Result<Box<dyn Peer>, Failure> {
    let config = Config {
        dir: place.to_str().ok_or("the folder's name is not UTF-8")?.to_owned(),
        // The others do not compress either.
        batch_compression_threshold: ReadableSize(0),
        ..Config::default()
    };
    let engine = Engine::open(config)?;
    let entries = vec![Vec::new(); SHARDS as usize];
    Ok(Box::new(Raft { engine, batch: LogBatch::default(), entries, sync: load.sync }))
}

impl Peer for Raft {
    fn append(&mut self, batch: &Batch) -> Result<(), Failure> {
        self.entries.iter_mut().for_each(Vec::clear);
        for record in batch.records() {
            let data = record.stored.to_vec();
            let entry = Entry { index: record.index, data, unknown: UnknownFields::default() };
            self.entries[record.shard as usize].push(entry);
        }
        for (region, entries) in (0..).zip(&self.entries) {
            self.batch.add_entries::<Entries>(region, entries)?;
        }
        self.engine.write(&mut self.batch, self.sync)?;
        Ok(())
    }

    fn read_back(&mut self, check: &mut Check) -> Result<(), Failure> {
        for shard in 0..SHARDS {
            let region = u64::from(shard);
            let first = self.engine.first_index(region).unwrap_or(0);
            let end = self.engine.last_index(region).map_or(0, |last| last + 1);
            let mut entries = Vec::new();
            self.engine.fetch_entries_to::<Entries>(region, first, end, None, &mut entries)?;
            entries.iter().try_for_each(|entry| check.take(shard, &entry.data))?;
        }
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}
