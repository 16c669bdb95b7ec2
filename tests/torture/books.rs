//! The books: what a naive keeper of lists would hold, to be compared with what the engine gives
//! back, alive and after a crash.
//!
//! What must hold after `kill -9`: every acknowledged record, in its place, with its bytes; every
//! stream and shard. After a power cut: the same, less an unsynced end of each shard where the
//! level allows it. Nothing else, but what was refused in doubt: a call that failed may have been
//! done all the same, and then it was done as a whole.

mod check;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use watershed::api::{EntryError, PutRecordsAnswer, ShardDescription, StreamDescription};
use watershed::engine::Engine;
use watershed::model::{
    ConsumerName, HashKeyRange, JournalPosition, Level, Lineage, Millis, RecordRef, SequenceNumber,
    ShardId, StreamName, StreamStatus,
};
use watershed::rules::routing::{hash_key_of, tiles};

pub(crate) use check::{Crash, Found, read};

use crate::payload::{data_of, key_of};

/// A record that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    sequence: SequenceNumber,
    arrival: Millis,
    number: u64,
}

impl Entry {
    fn is(&self, record: &RecordRef<'_>) -> bool {
        self.sequence == record.sequence
            && self.arrival == record.arrival
            && key_of(self.number) == record.partition_key
            && data_of(self.number) == record.data
    }
}

/// A record that was refused because the disk failed, and where it would have stood.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    index: u64,
    arrival: Millis,
    number: u64,
}

impl Doubt {
    fn is(&self, record: &RecordRef<'_>) -> bool {
        self.index == record.sequence.index
            && self.arrival == record.arrival
            && key_of(self.number) == record.partition_key
            && data_of(self.number) == record.data
    }
}

/// What is known of a shard.
#[derive(Clone, Debug)]
pub(crate) struct ShardBook {
    pub(crate) range: HashKeyRange,
    lineage: Lineage,
    pub(crate) closed: Option<Millis>,
    /// All records ever, by index.
    records: Vec<Entry>,
    /// Records below are trimmed.
    first: usize,
    /// Records below survive a power cut; of level `power` these are the acknowledged ones.
    synced: usize,
    doubts: Vec<Doubt>,
}

impl ShardBook {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    fn index_at(&self, at: Millis) -> usize {
        self.records.partition_point(|entry| entry.arrival < at)
    }
}

/// What is known of a stream.
#[derive(Clone, Debug)]
pub(crate) struct StreamBook {
    pub(crate) created: Millis,
    pub(crate) level: Level,
    retention_ms: u64,
    /// When the retention was set.
    retained: Millis,
    pub(crate) shards: BTreeMap<ShardId, ShardBook>,
    next_shard: u32,
    pub(crate) consumers: BTreeSet<ConsumerName>,
    deleting: bool,
    /// Was a change of its shards accepted that is not made yet?
    pub(crate) reshaping: bool,
}

impl StreamBook {
    fn mark(&self, name: &StreamName, marks: &mut Marks) {
        for (id, shard) in &self.shards {
            marks.insert((name.clone(), self.created, *id), shard.len());
        }
    }
}

/// A change that failed and may have been kept on disk all the same.
#[derive(Clone, Debug)]
pub(crate) enum ChangeDoubt {
    Create(StreamName),
    /// With the records that the stream had then.
    Delete(StreamName, u64),
    Reshape(StreamName),
    Retention(StreamName, u64),
    Consumer(StreamName, ConsumerName),
}

/// Small state of somebody else.
#[derive(Clone, Debug, Default)]
struct Notes {
    /// The one that was kept last.
    kept: Option<Vec<u8>>,
    /// A power cut damaged it.
    damaged: bool,
    /// Everything that was ever asked to be kept, and so may come back after a power cut.
    tried: Vec<Vec<u8>>,
    /// What was refused since, and may have been kept.
    doubts: Vec<Vec<u8>>,
}

/// Everything that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    pub(crate) streams: BTreeMap<StreamName, StreamBook>,
    changes: Vec<ChangeDoubt>,
    notes: Notes,
    /// Ends of shards that count when the journal is durable up to there.
    waiting: VecDeque<(JournalPosition, Marks)>,
}

/// How many records of each shard there are now; a stream is known by its name and its birth.
pub(crate) type Marks = BTreeMap<(StreamName, Millis, ShardId), usize>;

fn ids(description: &StreamDescription) -> Vec<u32> {
    description.shards.iter().map(|shard| shard.shard.0).collect()
}

impl Books {
    /// Takes the answer to a put of records numbered from `first` on; gives how many were
    /// acknowledged at once.
    pub(crate) fn put(
        &mut self,
        name: &StreamName,
        now: Millis,
        first: u64,
        answer: &PutRecordsAnswer,
    ) -> Result<u64, String> {
        let stream = self.streams.get_mut(name).ok_or("a stream that nobody made takes records")?;
        let mut refused: BTreeMap<ShardId, u64> = BTreeMap::new();
        let mut taken = 0;
        for (number, outcome) in (first..).zip(&answer.outcomes) {
            let id = outcome.shard;
            let shard = stream.shards.get_mut(&id).ok_or("an unknown shard took a record")?;
            if shard.closed.is_some() || !shard.range.contains(hash_key_of(&key_of(number))) {
                return Err(format!("{id} of {name} took a record that is not for it"));
            }
            let next = shard.records.len() as u64;
            match outcome.result {
                Ok(sequence) => {
                    let rises = shard.records.last().is_none_or(|last| last.sequence < sequence);
                    if sequence.index != next || !rises || sequence.shard != id {
                        return Err(format!("{sequence} was given in {id} where {next} is next"));
                    }
                    shard.records.push(Entry { sequence, arrival: now, number });
                    taken += 1;
                }
                Err(EntryError::InternalFailure) => {
                    let before = refused.entry(id).or_default();
                    let index = next + *before;
                    *before += 1;
                    shard.doubts.push(Doubt { index, arrival: now, number });
                }
                Err(other) => return Err(format!("a stream without limits says {other:?}")),
            }
        }
        if let Some(position) = answer.waits_for {
            let mut ends = Marks::new();
            stream.mark(name, &mut ends);
            self.waiting.push_back((position, ends));
            return Ok(0);
        }
        match stream.level == Level::Power && taken > 0 {
            true => Err(format!("{taken} records of {name} do not wait for the disk")),
            false => Ok(taken),
        }
    }

    /// The journal is durable up to there; gives how many records count from now on.
    pub(crate) fn durable(&mut self, position: JournalPosition) -> u64 {
        let mut count = 0;
        while let Some((_, ends)) = self.waiting.pop_front_if(|(until, _)| *until <= position) {
            count += self.synced(&ends);
        }
        count
    }

    /// A stream was made.
    pub(crate) fn create(&mut self, description: &StreamDescription) -> Result<(), String> {
        let settings = &description.settings;
        let stream = StreamBook {
            created: description.created,
            level: settings.level,
            retention_ms: settings.retention_ms,
            retained: description.created,
            shards: BTreeMap::new(),
            next_shard: 0,
            consumers: BTreeSet::new(),
            deleting: false,
            reshaping: false,
        };
        self.streams.insert(settings.stream.clone(), stream);
        self.reshaped(description)
    }

    /// A stream is going away.
    pub(crate) fn delete(&mut self, name: &StreamName) {
        self.changes.clear();
        if let Some(stream) = self.streams.get_mut(name) {
            stream.deleting = true;
        }
    }

    /// The retention was changed.
    pub(crate) fn retain(&mut self, name: &StreamName, now: Millis, retention_ms: u64) {
        self.changes.clear();
        if let Some(stream) = self.streams.get_mut(name) {
            (stream.retention_ms, stream.retained) = (retention_ms, now);
        }
    }

    /// A consumer was registered, or is on its way out.
    pub(crate) fn registered(&mut self, name: &StreamName, consumer: ConsumerName, there: bool) {
        self.changes.clear();
        if let Some(stream) = self.streams.get_mut(name) {
            match there {
                true => stream.consumers.insert(consumer),
                false => stream.consumers.remove(&consumer),
            };
        }
    }

    /// A change was refused because the disk failed.
    pub(crate) fn doubt(&mut self, change: ChangeDoubt) {
        self.changes.push(change);
    }

    /// How many records a stream has taken.
    pub(crate) fn count(&self, name: &StreamName) -> u64 {
        let shards = self.streams.get(name).into_iter().flat_map(|stream| stream.shards.values());
        shards.map(|shard| shard.records.len() as u64).sum()
    }

    /// A change of shards was accepted: it is made later, or when the folder is opened again.
    pub(crate) fn reshaping(&mut self, name: &StreamName) {
        self.changes.clear();
        if let Some(stream) = self.streams.get_mut(name) {
            stream.reshaping = true;
        }
    }

    /// Has the stream open shards that the books do not know?
    pub(crate) fn has_other_shards(&self, description: &StreamDescription) -> bool {
        let Some(stream) = self.streams.get(&description.settings.stream) else { return false };
        description.shards.iter().any(|shard| !stream.shards.contains_key(&shard.shard))
    }

    /// Shards were made and closed: what was there is as it was, what is new has a place and
    /// parents, and the open ones tile the keys.
    pub(crate) fn reshaped(&mut self, description: &StreamDescription) -> Result<(), String> {
        self.changes.clear();
        let name = &description.settings.stream;
        let stream = self.streams.get_mut(name).ok_or("an unknown stream was changed")?;
        for shard in &description.shards {
            take_shard(stream, shard).map_err(|why| format!("{why} in {name}"))?;
        }
        let shown = ids(description);
        if let Some(gone) = stream.shards.keys().find(|id| !shown.contains(&id.0)) {
            return Err(format!("{gone} of {name} is gone after a change"));
        }
        check_tiles(name, stream)
    }

    /// Time has passed: compares streams, shards and trims with what time may do.
    pub(crate) fn passed(&mut self, engine: &Engine, now: Millis) -> Result<(), String> {
        let mut gone = Vec::new();
        for (name, stream) in &mut self.streams {
            let Some(info) = engine.stream(name) else {
                if !stream.deleting {
                    return Err(format!("{name} is gone, and nobody deleted it"));
                }
                gone.push(name.clone());
                continue;
            };
            let horizon = now.minus(stream.retention_ms);
            let there: BTreeMap<ShardId, u64> =
                info.shards().map(|shard| (shard.id, shard.stored_records)).collect();
            let expired = |shard: &ShardBook| shard.closed.is_some_and(|at| at < horizon);
            let lost =
                |(id, shard): &(&ShardId, &ShardBook)| !there.contains_key(*id) && !expired(shard);
            if let Some((id, _)) = stream.shards.iter().find(lost) {
                return Err(format!("{id} of {name} is gone before its time"));
            }
            stream.shards.retain(|id, _| there.contains_key(id));
            for (id, shard) in &mut stream.shards {
                let first = usize::try_from(there[id]).ok();
                let first = first.and_then(|stored| shard.records.len().checked_sub(stored));
                let first = first.ok_or_else(|| format!("{id} of {name} holds too much"))?;
                let latest = shard.index_at(now.minus(stream.retention_ms));
                // Once a second what is too old goes.
                let kept_up = now.since(stream.retained) > 1_000;
                let earliest = shard.index_at(now.minus(stream.retention_ms + 1_000));
                let late = kept_up && first < earliest;
                if first < shard.first || first > latest.max(shard.first) || late {
                    return Err(format!("{id} of {name} is trimmed to {first} of {latest}"));
                }
                shard.first = first;
            }
        }
        gone.iter().for_each(|name| drop(self.streams.remove(name)));
        Ok(())
    }

    /// What is there now, for a sync that begins.
    pub(crate) fn marks(&self) -> Marks {
        let mut marks = Marks::new();
        for (name, stream) in &self.streams {
            stream.mark(name, &mut marks);
        }
        marks
    }

    /// A sync ended that began at `marks`; gives how many records of level `power` count from now
    /// on.
    pub(crate) fn synced(&mut self, marks: &Marks) -> u64 {
        let mut acknowledged = 0;
        for ((name, created, id), count) in marks {
            let stream = self.streams.get_mut(name).filter(|stream| stream.created == *created);
            let Some(stream) = stream else { continue };
            let Some(shard) = stream.shards.get_mut(id) else { continue };
            let synced = shard.synced.max((*count).min(shard.len()));
            if stream.level == Level::Power {
                acknowledged += (synced - shard.synced) as u64;
            }
            shard.synced = synced;
        }
        acknowledged
    }

    /// State was asked to be kept.
    pub(crate) fn keep(&mut self, bytes: Vec<u8>, kept: &Result<(), String>) {
        self.notes.tried.push(bytes.clone());
        match kept {
            Ok(()) => {
                self.notes.doubts.clear();
                self.notes.damaged = false;
                self.notes.kept = Some(bytes);
            }
            Err(_) => self.notes.doubts.push(bytes),
        }
    }
}

/// Takes a shard as it is described: a new one, or one that was there and may have been closed.
fn take_shard(stream: &mut StreamBook, told: &ShardDescription) -> Result<(), String> {
    let id = told.shard;
    if let Some(known) = stream.shards.get_mut(&id) {
        let same = known.range == told.range && known.lineage == told.lineage;
        let reopened = known.closed.is_some() && known.closed != told.closed;
        known.closed = told.closed;
        return if same && !reopened {
            Ok(())
        } else {
            Err(format!("{id} is another than it was"))
        };
    }
    let orphan = told.lineage.parents().any(|parent| parent >= id);
    if id.0 < stream.next_shard || orphan {
        return Err(format!("{id} is new and cannot be"));
    }
    stream.next_shard = id.0 + 1;
    let book = ShardBook {
        range: told.range,
        lineage: told.lineage,
        // Scaling may open a shard and close it at once.
        closed: told.closed,
        records: Vec::new(),
        first: 0,
        synced: 0,
        doubts: Vec::new(),
    };
    stream.shards.insert(id, book);
    Ok(())
}

fn check_tiles(name: &StreamName, stream: &StreamBook) -> Result<(), String> {
    let open = stream.shards.values().filter(|shard| shard.closed.is_none());
    let mut open: Vec<HashKeyRange> = open.map(|shard| shard.range).collect();
    open.sort_unstable();
    match tiles(open.into_iter()) {
        true => Ok(()),
        false => Err(format!("the open shards of {name} do not tile the keys")),
    }
}

/// May a stream of that status be read?
pub(crate) fn is_readable(status: StreamStatus) -> bool {
    match status {
        StreamStatus::Active | StreamStatus::Updating => true,
        StreamStatus::Creating | StreamStatus::Deleting => false,
    }
}

impl Books {
    fn shard(&self, name: &StreamName, id: ShardId) -> &ShardBook {
        &self.streams[name].shards[&id]
    }

    /// The index behind the last record that a shard took.
    pub(crate) fn end(&self, name: &StreamName, id: ShardId) -> u64 {
        self.shard(name, id).len() as u64
    }

    /// The index behind the last record that survives a power cut.
    pub(crate) fn synced_end(&self, name: &StreamName, id: ShardId) -> u64 {
        self.shard(name, id).synced as u64
    }

    /// Is it the record that the shard took?
    pub(crate) fn holds(&self, name: &StreamName, id: ShardId, record: &RecordRef<'_>) -> bool {
        let at = usize::try_from(record.sequence.index).ok();
        let entry = at.and_then(|at| self.shard(name, id).records.get(at));
        entry.is_some_and(|entry| entry.is(record))
    }
}
