//! What is appended, and how it is known again.

use watershed::model::{EntryBatch, Kept};

use crate::peer::Failure;

pub const SHARDS: u32 = 16;
/// Bytes of a key: `user-00000042`.
pub const KEY_BYTES: usize = 13;

/// A shape of work.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Bytes of data in a record.
    pub record: usize,
    /// Records in a batch.
    pub batch: usize,
    pub batches: u64,
    /// Is each batch synced?
    pub sync: bool,
}

impl Load {
    pub fn records(&self) -> u64 {
        self.batches * self.batch as u64
    }
}

/// A record of a batch: its shard, its index in the shard, and its key and data, one behind the other.
pub struct Record<'a> {
    pub shard: u32,
    pub index: u64,
    pub stored: &'a [u8],
    /// Where it may be kept, for who need not copy it.
    pub kept: Option<Kept<'a>>,
}

impl Record<'_> {
    /// The key of an ordered store.
    pub fn place(&self) -> [u8; 12] {
        let mut place = [0; 12];
        place[..4].copy_from_slice(&self.shard.to_be_bytes());
        place[4..].copy_from_slice(&self.index.to_be_bytes());
        place
    }
}

/// The shard in a [`Record::place`].
pub fn shard_of(place: &[u8]) -> Result<u32, Failure> {
    let shard = place.first_chunk().ok_or("a key is too short")?;
    Ok(u32::from_be_bytes(*shard))
}

/// Records to append together.
#[derive(Default)]
pub struct Batch {
    pub entries: EntryBatch,
    places: Vec<(u32, u64)>,
}

impl Batch {
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let stored = self.entries.stored().map(|(stored, _)| stored.bytes());
        let places = self.places.iter();
        places.zip(stored).enumerate().map(|(at, ((shard, index), stored))| Record {
            shard: *shard,
            index: *index,
            stored,
            kept: self.entries.kept(at),
        })
    }
}

/// Batch after batch, of numbered records.
pub struct Work {
    load: Load,
    next: u64,
    ends: [u64; SHARDS as usize],
    batch: Batch,
}

impl Work {
    pub fn new(load: &Load) -> Self {
        Self { load: *load, next: 0, ends: [0; SHARDS as usize], batch: Batch::default() }
    }

    pub fn next(&mut self) -> &Batch {
        let Self { load, next, ends, batch } = self;
        batch.entries.clear();
        batch.places.clear();
        for number in *next..*next + load.batch as u64 {
            let shard = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60;
            let end = &mut ends[shard as usize];
            batch.places.push((shard as u32, *end));
            *end += 1;
            batch.entries.push_with(&key_of(number), |into| put_data(number, load.record, into));
        }
        *next += load.batch as u64;
        batch.entries.share();
        batch
    }
}

fn key_of(number: u64) -> String {
    format!("user-{:08}", number.wrapping_mul(7_919) % 100_000_000)
}

fn put_data(number: u64, record: usize, into: &mut Vec<u8>) {
    let end = into.len() + record;
    into.extend_from_slice(&number.to_le_bytes());
    into.resize(end, 7);
}

/// Finds that every record is there once, with all of its bytes, and in the order of its shard.
pub struct Check {
    load: Load,
    seen: Vec<bool>,
    last: Option<(u32, u64)>,
    expected: Vec<u8>,
}

impl Check {
    pub fn new(load: &Load) -> Self {
        let seen = vec![false; load.records() as usize];
        Self { load: *load, seen, last: None, expected: Vec::new() }
    }

    /// The next record of a shard; shards come one after the other.
    pub fn take(&mut self, shard: u32, stored: &[u8]) -> Result<(), Failure> {
        let number = stored.get(KEY_BYTES..).and_then(|data| data.first_chunk());
        let number = u64::from_le_bytes(*number.ok_or("a record is too short")?);
        self.expected.clear();
        self.expected.extend_from_slice(key_of(number).as_bytes());
        put_data(number, self.load.record, &mut self.expected);
        let follows = self.last.is_none_or(|(before, last)| before != shard || last < number);
        let seen = self.seen.get_mut(number as usize).ok_or("a record that was not appended")?;
        if *seen || !follows || stored != self.expected {
            return Err(format!("record {number} is altered, double or out of order").into());
        }
        (*seen, self.last) = (true, Some((shard, number)));
        Ok(())
    }

    pub fn finish(&self) -> Result<(), Failure> {
        match self.seen.iter().filter(|seen| !**seen).count() {
            0 => Ok(()),
            missing => Err(format!("{missing} of {} records are missing", self.seen.len()).into()),
        }
    }
}
