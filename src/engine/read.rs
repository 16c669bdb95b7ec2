//! Positions and reading.

use crate::api::{
    ApiError, AskedPosition, ChildShard, GetRecords, GetRecordsAnswer, GetShardIterator,
    IteratorType, ShardIterator,
};
use crate::engine::stream::Shard;
use crate::engine::{Engine, error};
use crate::log::Stretch;
use crate::model::limits::{GET_RECORDS_BYTES_MAX, GET_RECORDS_MAX};
use crate::model::{
    Millis, ReaderId, RecordBatch, SequenceNumber, ShardId, ShardLimits, StreamName, StreamStatus,
};
use crate::rules::constraint::Constraints;
use crate::rules::iterator::{self, AskedShard, TokenError, check_age};
use crate::rules::read_throttle::ReadSpent;
use crate::rules::sequencing::index_after;

impl Engine {
    pub(super) fn get_iterator(
        &mut self,
        get: &GetShardIterator,
    ) -> Result<ShardIterator, ApiError> {
        self.take_iterator(get)?;
        let reader = self.next_reader;
        self.next_reader = ReaderId(reader.0 + 1);
        let stream = self.known(&get.stream)?;
        let shard = stream.shard(get.shard).expect("a call of it was just taken");
        Ok(ShardIterator {
            stream: get.stream.clone(),
            stream_created: stream.created,
            shard: get.shard,
            next_index: self.index_of("GetShardIterator", &get.stream, shard, &get.position)?,
            issued: self.now,
            reader,
        })
    }

    /// The index of the first record at a position that `operation` was asked for.
    pub(super) fn index_of(
        &self,
        operation: &'static str,
        stream: &StreamName,
        shard: &Shard,
        asked: &AskedPosition,
    ) -> Result<u64, ApiError> {
        let of = AskedShard { operation, stream, first: shard.first };
        // Who is inside asks with an index alone, and was told what a power cut took.
        let outside = matches!(asked, AskedPosition::Raw(_));
        let place = |number: SequenceNumber, index: u64| match outside {
            true => self.still_there(shard, number, index),
            false => index,
        };
        let oldest = self.log.first_index(shard.log);
        Ok(match iterator::position(asked, of, self.now)? {
            IteratorType::TrimHorizon => oldest,
            // Not behind what could still be lost: those places would be given to other records.
            IteratorType::Latest => self.log.readable_end(shard.log),
            IteratorType::AtSequenceNumber(number) => place(number, number.index).max(oldest),
            IteratorType::AfterSequenceNumber(number) => {
                place(number, index_after(shard.first, number)).max(oldest)
            }
            IteratorType::AtTimestamp(at) => {
                self.log.index_at(shard.log, at).map_err(|why| error::log_failed(&why))?
            }
        })
    }

    /// The index that is asked for with a number, or the first one that was given again: a power cut
    /// may take records of level `process` that somebody has seen, and others come in their places.
    /// Those came in a later second than the number says.
    fn still_there(&self, shard: &Shard, number: SequenceNumber, index: u64) -> u64 {
        let later = Millis((u64::from(number.record_s) + 1).saturating_mul(1_000));
        let given_again = self.log.index_at(shard.log, later);
        // What cannot be read now is told to those who read it.
        given_again.map_or(index, |given_again| index.min(given_again))
    }

    /// Is the shard there, and does it answer one more call?
    fn take_iterator(&mut self, get: &GetShardIterator) -> Result<(), ApiError> {
        let GetShardIterator { stream: name, shard: id, .. } = get;
        let now = self.now;
        let found = self.streams.get_mut(name);
        let stream = found.filter(|stream| stream.status != StreamStatus::Creating);
        let gone = || error::shard_gone(name, *id);
        let stream = stream.ok_or_else(gone)?;
        let limits = stream.settings.limits;
        let shard = stream.shard_mut(*id).ok_or_else(gone)?;
        if shard.rest.closed.is_none() && !shard.rest.reads.take_iterator(now, &limits) {
            return Err(ApiError::rate_exceeded(name, *id));
        }
        Ok(())
    }

    /// Reads on from an iterator.
    ///
    /// # Errors
    /// When the iterator is too old or its stream is gone, or when the shard's readers have used
    /// up its budget; the same iterator can be used again then. When the disk does not give the
    /// records back, too.
    pub fn get_records(
        &mut self,
        now: Millis,
        get: &GetRecords,
    ) -> Result<GetRecordsAnswer, ApiError> {
        self.come_to(now);
        let GetRecords { iterator, limit } = get;
        if !(1..=GET_RECORDS_MAX).contains(limit) {
            let mut constraints = Constraints::default();
            constraints.value("limit", *limit, 1, GET_RECORDS_MAX);
            constraints.end()?;
        }
        check_age(iterator, now)?;
        let name = &iterator.stream;
        let gone = || error::shard_gone(name, iterator.shard);
        let stream = self.streams.get_mut(name).ok_or_else(gone)?;
        if stream.created != iterator.stream_created {
            return Err(TokenError.into());
        }
        let limits = stream.settings.limits;
        let shard = stream.shard_mut(iterator.shard).ok_or_else(gone)?;
        begin_call(now, shard, &limits, iterator)?;
        let waiting = self.log.next_index(shard.log).saturating_sub(iterator.next_index);
        let mut records = room_for(shard, waiting.min(*limit as u64));
        let first = shard.first;
        let (log, bytes_max) = (shard.log, GET_RECORDS_BYTES_MAX);
        let mut visit = |stretch: Stretch<'_>| take(first, &stretch, &mut records);
        let from = iterator.next_index;
        let read = self.log.read(log, from, *limit, bytes_max, &mut visit);
        read.map_err(|why| error::log_failed(&why))?;
        shard.rest.reads.charge(now, &limits, records.len() as u64, records.bytes() as u64);
        shard.rest.tally.read_calls += 1;
        shard.rest.tally.outgoing_records += records.len() as u64;
        shard.rest.tally.outgoing_bytes += records.bytes() as u64;
        Ok(self.answer(iterator, records))
    }

    fn answer(&self, iterator: &ShardIterator, records: RecordBatch) -> GetRecordsAnswer {
        let stream = &self.streams[&iterator.stream];
        let shard = stream.shard(iterator.shard).expect("it was just read");
        let trimmed_to = iterator.next_index.max(self.log.first_index(shard.log));
        let next_index = records.last().map_or(trimmed_to, |last| last.sequence.index + 1);
        let at_tip = next_index >= self.log.next_index(shard.log);
        let millis_behind_latest = match (at_tip, records.last()) {
            (true, _) => 0,
            // 0 says that there is nothing more, also of records that came in one millisecond.
            (false, Some(last)) => {
                self.log.last_arrival(shard.log).map_or(1, |tip| tip.since(last.arrival).max(1))
            }
            (false, None) => 0,
        };
        // A closed shard ends with the first empty answer behind its last record.
        let ended = shard.rest.closed.is_some() && at_tip && records.is_empty();
        let next =
            (!ended).then(|| ShardIterator { next_index, issued: self.now, ..iterator.clone() });
        let children = if ended { children(stream.live(), shard.id) } else { Vec::new() };
        let encryption = stream.extras.encryption.clone();
        GetRecordsAnswer { records, encryption, next, millis_behind_latest, children }
    }
}

/// Takes a call from the budgets of a shard, or counts why there is none.
fn begin_call(
    now: Millis,
    shard: &mut Shard,
    limits: &ShardLimits,
    iterator: &ShardIterator,
) -> Result<(), ApiError> {
    let ShardIterator { stream, reader, .. } = iterator;
    let rest = &mut shard.rest;
    let mut admits = |most| rest.readers.get_or_insert_default().admit(now, most, *reader);
    if limits.readers_per_shard.is_some_and(|most| !admits(most)) {
        shard.rest.tally.read_throttled_by_readers += 1;
        return Err(error::too_many_readers());
    }
    if let Err(spent) = shard.rest.reads.begin_call(now, limits) {
        match spent {
            ReadSpent::Calls => shard.rest.tally.read_throttled_by_calls += 1,
            ReadSpent::Bytes => shard.rest.tally.read_throttled_by_bytes += 1,
            ReadSpent::Records => shard.rest.tally.read_throttled_by_records += 1,
        }
        return Err(ApiError::rate_exceeded(stream, shard.id));
    }
    if let Some(readers) = &mut shard.rest.readers {
        readers.answer(*reader);
    }
    Ok(())
}

/// An empty batch that need not grow while `count` records of the shard's usual size go in.
fn room_for(shard: &Shard, count: u64) -> RecordBatch {
    let usual = shard.incoming.bytes / shard.incoming.records.max(1);
    let bytes = usize::try_from(count * usual).unwrap_or(usize::MAX).min(GET_RECORDS_BYTES_MAX);
    RecordBatch::with_capacity(shard.id, usize::try_from(count).unwrap_or(0), bytes)
}

/// Adds a stretch of a shard's records, whose sequence numbers start with `first`.
pub(super) fn take(first: SequenceNumber, stretch: &Stretch<'_>, records: &mut RecordBatch) {
    let rows =
        stretch.rows().map(|(index, at, key_len, len)| (first.nth(index, at), at, key_len, len));
    records.extend(stretch.bytes(), rows);
}

/// The children of `parent` among the shards of its stream.
pub(super) fn children<'a>(
    shards: impl Iterator<Item = &'a Shard>,
    parent: ShardId,
) -> Vec<ChildShard> {
    shards
        .filter(|shard| shard.rest.lineage.parents().any(|id| id == parent))
        .map(|shard| ChildShard {
            shard: shard.id,
            parents: shard.rest.lineage.parents().collect(),
            range: shard.rest.range,
        })
        .collect()
}
