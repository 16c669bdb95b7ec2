//! Comparing an engine that was opened anew with the books.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use watershed::api::{
    Answer, GetRecords, GetShardIterator, IteratorType, ListStreamConsumers, Operation,
};
use watershed::engine::Engine;
use watershed::log::LogError;
use watershed::model::limits::GET_RECORDS_MAX;
use watershed::model::{
    ConsumerName, Level, Millis, RecordRef, SequenceNumber, ShardId, StreamName, StreamStatus,
};

use super::{
    Books, ChangeDoubt, Entry, ShardBook, StreamBook, check_tiles, is_readable, take_shard,
};

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// `kill -9`: what was written is there.
    Kill,
    /// The power went: what was synced is there.
    PowerCut,
}

/// What was found in place of a shard of the books.
#[derive(Clone, Debug)]
struct FoundShard {
    first: usize,
    end: usize,
    /// Records that were refused in doubt, and are there.
    doubtful: Vec<Entry>,
}

/// What was found after a crash, and is allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    shards: BTreeMap<(StreamName, ShardId), FoundShard>,
    consumers: BTreeMap<StreamName, BTreeSet<ConsumerName>>,
    /// None when they were damaged by a power cut.
    notes: Option<Option<Vec<u8>>>,
    /// Acknowledged records that are gone, as the level allows.
    pub(crate) lost: u64,
}

/// Calls `visit` for each record of a shard; gives the index where they begin.
pub(crate) fn read(
    engine: &mut Engine,
    now: Millis,
    (stream, shard): (&StreamName, ShardId),
    visit: &mut dyn FnMut(&RecordRef<'_>) -> Result<(), String>,
) -> Result<u64, String> {
    let unreadable = |why: &dyn std::fmt::Display| format!("{shard} of {stream}: {why}");
    let position = IteratorType::TrimHorizon.into();
    let get = GetShardIterator { stream: stream.clone(), shard, position };
    let answer = engine.handle(now, &Operation::GetShardIterator(get));
    let Answer::Iterator(first) = answer.map_err(|why| unreadable(&why))? else {
        return Err("an iterator was asked for".to_owned());
    };
    let begin = first.next_index;
    let mut next = Some(first);
    while let Some(iterator) = next {
        let get = GetRecords { iterator, limit: GET_RECORDS_MAX };
        let answer = engine.get_records(now, &get).map_err(|why| unreadable(&why))?;
        if answer.records.is_empty() {
            break;
        }
        for record in answer.records.iter() {
            visit(&record)?;
        }
        next = answer.next;
    }
    Ok(begin)
}

fn consumers_of(
    engine: &mut Engine,
    now: Millis,
    name: &StreamName,
) -> Result<BTreeSet<ConsumerName>, String> {
    let list = ListStreamConsumers {
        stream: name.clone(),
        stream_created: None,
        max_results: None,
        next_token: None,
    };
    match engine.handle(now, &Operation::ListStreamConsumers(list)) {
        Ok(Answer::Consumers(page)) => {
            Ok(page.consumers.into_iter().map(|consumer| consumer.arn.consumer).collect())
        }
        other => Err(format!("the consumers of {name} are {other:?}")),
    }
}

impl Books {
    /// Compares everything; an error says what the promise does not allow.
    pub(crate) fn check(
        &self,
        engine: &mut Engine,
        now: Millis,
        crash: Crash,
    ) -> Result<Found, String> {
        let mut found = Found { notes: self.check_notes(engine, crash)?, ..Found::default() };
        self.check_strangers(engine)?;
        for (name, stream) in &self.streams {
            let durable = stream.level != Level::Memory && !stream.deleting;
            let Some(description) = engine.description(name) else {
                self.check_missing(name, stream, durable)?;
                continue;
            };
            if !durable || description.created != stream.created {
                return Err(format!("{name} is there again, and should not be"));
            }
            let told = &description.settings;
            let other = ChangeDoubt::Retention(name.clone(), told.retention_ms);
            if told.retention_ms != stream.retention_ms && !self.doubts(&other) {
                return Err(format!("the retention of {name} is {} ms", told.retention_ms));
            }
            // A change that waits for the end of UPDATING is made after a start.
            if !is_readable(description.status) {
                return Err(format!("{name} is {:?} after a start", description.status));
            }
            let consumers = consumers_of(engine, now, name)?;
            for consumer in consumers.symmetric_difference(&stream.consumers) {
                if !self.doubts(&ChangeDoubt::Consumer(name.clone(), consumer.clone())) {
                    return Err(format!("the consumers of {name} are {consumers:?}"));
                }
            }
            found.consumers.insert(name.clone(), consumers);
            let expected = self.expected_shards(name, stream, &description, now)?;
            for (id, shard) in &expected.shards {
                let seen = check_shard(engine, now, (name, *id), shard, told.retention_ms)?;
                found.lost += judge(name, *id, shard, &seen, (crash, stream.level))?;
                found.shards.insert((name.clone(), *id), seen);
            }
        }
        Ok(found)
    }

    fn doubts(&self, wanted: &ChangeDoubt) -> bool {
        self.changes.iter().any(|doubt| match (doubt, wanted) {
            (ChangeDoubt::Create(a), ChangeDoubt::Create(b))
            | (ChangeDoubt::Reshape(a), ChangeDoubt::Reshape(b)) => a == b,
            (ChangeDoubt::Delete(a, n), ChangeDoubt::Delete(b, m)) => a == b && n == m,
            (ChangeDoubt::Retention(a, n), ChangeDoubt::Retention(b, m)) => a == b && n == m,
            (ChangeDoubt::Consumer(a, n), ChangeDoubt::Consumer(b, m)) => a == b && n == m,
            _ => false,
        })
    }

    /// A stream that nobody made, but in doubt, must not be there.
    fn check_strangers(&self, engine: &Engine) -> Result<(), String> {
        for stream in engine.streams() {
            let name = &stream.settings().stream;
            let known = self.streams.contains_key(name);
            if !known && !self.doubts(&ChangeDoubt::Create(name.clone())) {
                return Err(format!("{name} is there, and nobody made it"));
            }
        }
        Ok(())
    }

    /// A stream that is not there must have been deleted: in doubt, but then nothing was
    /// acknowledged for it since.
    fn check_missing(
        &self,
        name: &StreamName,
        stream: &StreamBook,
        durable: bool,
    ) -> Result<(), String> {
        let records = stream.shards.values().map(|shard| shard.len() as u64).sum();
        if durable && !self.doubts(&ChangeDoubt::Delete(name.clone(), records)) {
            return Err(format!("{name} is missing with {records} acknowledged records"));
        }
        Ok(())
    }

    /// The shards that must be there: those of the books less expired ones, and those of a change
    /// in doubt.
    fn expected_shards(
        &self,
        name: &StreamName,
        stream: &StreamBook,
        description: &watershed::api::StreamDescription,
        now: Millis,
    ) -> Result<StreamBook, String> {
        let mut expected = stream.clone();
        let horizon = now.minus(description.settings.retention_ms);
        let there = |id: &ShardId| description.shards.iter().any(|shard| shard.shard == *id);
        let lost = |(id, shard): &(&ShardId, &ShardBook)| {
            !there(id) && shard.closed.is_none_or(|closed| closed >= horizon)
        };
        if let Some((id, shard)) = expected.shards.iter().find(lost) {
            return Err(format!("{id} of {name} is missing with {} records", shard.len()));
        }
        expected.shards.retain(|id, _| there(id));
        for shard in &description.shards {
            let same = expected
                .shards
                .get(&shard.shard)
                .is_some_and(|known| known.range == shard.range && known.closed == shard.closed);
            let may_differ = stream.reshaping || self.doubts(&ChangeDoubt::Reshape(name.clone()));
            if !same && !may_differ {
                return Err(format!("{} of {name} is another than it was", shard.shard));
            }
            take_shard(&mut expected, shard).map_err(|why| format!("{why} in {name}"))?;
        }
        check_tiles(name, &expected)?;
        Ok(expected)
    }

    pub(crate) fn check_notes(
        &self,
        engine: &Engine,
        crash: Crash,
    ) -> Result<Option<Option<Vec<u8>>>, String> {
        let notes = &self.notes;
        let told = engine.state("notes");
        let fits = match (&told, crash) {
            (Ok(found), Crash::Kill) => {
                let doubtful = found.as_ref().is_some_and(|found| notes.doubts.contains(found));
                *found == notes.kept || doubtful
            }
            (Ok(Some(found)), Crash::PowerCut) => notes.tried.contains(found),
            // It is kept without a sync: a power cut may take or damage it, and then it is told.
            (Ok(None) | Err(LogError::Corrupt { .. }), Crash::PowerCut) => true,
            (Err(LogError::Corrupt { .. }), Crash::Kill) => notes.damaged,
            (Err(_), _) => false,
        };
        match (fits, told) {
            (true, Ok(found)) => Ok(Some(found)),
            (true, Err(_)) => Ok(None),
            (false, told) => Err(format!("the notes are {told:?} after {crash:?}")),
        }
    }

    /// Goes on with what was found.
    pub(crate) fn adopt(
        &mut self,
        found: Found,
        engine: &Engine,
        now: Millis,
    ) -> Result<(), String> {
        self.waiting.clear();
        self.notes.damaged = found.notes.is_none();
        self.notes.kept = found.notes.flatten();
        self.notes.doubts.clear();
        self.streams.retain(|name, _| engine.stream(name).is_some());
        let descriptions: Vec<_> = engine
            .streams()
            .filter_map(|stream| engine.description(&stream.settings().stream))
            .collect();
        for description in descriptions {
            let name = &description.settings.stream;
            if !self.streams.contains_key(name) {
                self.create(&description)?;
            }
            let stream = self.streams.get_mut(name).expect("it was just made if need be");
            stream.retention_ms = description.settings.retention_ms;
            stream.reshaping = description.status == StreamStatus::Updating;
            let horizon = now.minus(stream.retention_ms);
            let there = |id: &ShardId| description.shards.iter().any(|shard| shard.shard == *id);
            stream.shards.retain(|id, shard| {
                there(id) || shard.closed.is_none_or(|closed| closed >= horizon)
            });
            self.reshaped(&description)?;
        }
        for (name, consumers) in found.consumers {
            self.streams.get_mut(&name).expect("it was found").consumers = consumers;
        }
        for ((name, id), seen) in found.shards {
            let stream = self.streams.get_mut(&name).expect("it was found");
            let shard = stream.shards.get_mut(&id).expect("it was found");
            shard.records.truncate(seen.end);
            shard.records.extend(seen.doubtful);
            shard.first = seen.first;
            // Whoever opens a folder syncs what is found.
            shard.synced = shard.len();
            shard.doubts.clear();
        }
        Ok(())
    }
}

/// Reads a shard and compares it record by record.
fn check_shard(
    engine: &mut Engine,
    now: Millis,
    (name, id): (&StreamName, ShardId),
    shard: &ShardBook,
    retention_ms: u64,
) -> Result<FoundShard, String> {
    let (mut first, mut next, mut end) = (None, None, 0);
    let mut doubtful = Vec::new();
    let mut visit = |record: &RecordRef<'_>| {
        let sequence = record.sequence;
        if next.is_some_and(|next| next != sequence.index) {
            return Err(format!("{sequence} of {id} of {name} does not follow the one before"));
        }
        first.get_or_insert(sequence.index);
        next = Some(sequence.index + 1);
        let at = usize::try_from(sequence.index).map_err(|why| why.to_string())?;
        let known = shard.records.get(at).filter(|_| doubtful.is_empty());
        if known.is_some_and(|known| known.is(record)) {
            end = at + 1;
            return Ok(());
        }
        let Some(doubt) = shard.doubts.iter().find(|doubt| doubt.is(record)) else {
            return Err(format!("record {at} of {id} of {name} is altered, or nobody put it"));
        };
        doubtful.push(Entry { sequence, arrival: record.arrival, number: doubt.number });
        Ok(())
    };
    let begin = read(engine, now, (name, id), &mut visit)?;
    if first.is_some_and(|first| first != begin) {
        return Err(format!("{id} of {name} begins with {first:?} and not with {begin}"));
    }
    let begin = usize::try_from(begin).map_err(|why| why.to_string())?;
    let trimmed = shard.first.max(shard.index_at(now.minus(retention_ms)));
    if begin > trimmed {
        return Err(format!("{id} of {name} begins with {begin}, trimmed is up to {trimmed}"));
    }
    Ok(FoundShard { first: begin, end: end.max(begin), doubtful })
}

/// Are as many there as must be? Gives how many are gone as the level allows.
fn judge(
    name: &StreamName,
    id: ShardId,
    shard: &ShardBook,
    seen: &FoundShard,
    (crash, level): (Crash, Level),
) -> Result<u64, String> {
    let floor = match (crash, level) {
        (Crash::Kill, Level::Memory | Level::Process) => shard.len(),
        // Of level `power` nothing was acknowledged that was not synced.
        (Crash::Kill, Level::Power) | (Crash::PowerCut, _) => shard.synced,
    };
    if seen.end < floor {
        return Err(format!(
            "records {}..{floor} of {id} of {name} are missing after {crash:?}, {} were put",
            seen.end,
            shard.len(),
        ));
    }
    Ok((shard.len() - seen.end) as u64)
}

impl Books {
    /// What a living engine gives is what was taken and not trimmed.
    pub(crate) fn compare(
        &self,
        name: &StreamName,
        id: ShardId,
        seen: &[(SequenceNumber, Millis)],
    ) -> Result<(), String> {
        let expected = self.streams[name].shards[&id].records[self.readable(name, id)].iter();
        if expected.map(|entry| (entry.sequence, entry.arrival)).eq(seen.iter().copied()) {
            return Ok(());
        }
        Err(format!("{id} of {name} gives {} records, others than it took", seen.len()))
    }

    /// Places of the records that a reader may get: nobody reads what could still be lost below the
    /// level.
    pub(crate) fn readable(&self, name: &StreamName, id: ShardId) -> Range<usize> {
        let stream = &self.streams[name];
        let shard = &stream.shards[&id];
        let end = if stream.level == Level::Power { shard.synced } else { shard.len() };
        shard.first.min(end)..end
    }

    /// Is this what comes next for who was pushed all records of a shard below `next`?
    pub(crate) fn check_next(
        &self,
        name: &StreamName,
        id: ShardId,
        next: u64,
        record: &RecordRef<'_>,
    ) -> Result<(), String> {
        let readable = self.readable(name, id);
        // What was trimmed meanwhile is left out.
        let next = usize::try_from(next).map_err(|why| why.to_string())?.max(readable.start);
        let at = usize::try_from(record.sequence.index).map_err(|why| why.to_string())?;
        let entry = self.streams[name].shards[&id].records.get(at);
        let sound = at == next && readable.contains(&at);
        match sound && entry.is_some_and(|entry| entry.is(record)) {
            true => Ok(()),
            false => Err(format!(
                "record {at} of {id} of {name} ({}) was pushed where {next} is next, and {} to {} \
                 may be read",
                record.sequence, readable.start, readable.end
            )),
        }
    }
}
