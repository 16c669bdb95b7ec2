//! Putting records.

use std::hint::black_box;

use crate::api::{ApiError, CreateStream, EntryError, PutOutcome, PutRecords, PutRecordsAnswer};
use crate::engine::fan_out::FanOut;
use crate::engine::stream::Stream;
use crate::engine::{Engine, error};
use crate::log::Log;
use crate::model::{
    Action, EntryBatch, JournalPosition, Kept, KeyedBytes, Level, Millis, RecordDistribution,
    ShardId, ShardLimits, StreamName,
};
use crate::rules::lifecycle::check_status;
use crate::rules::record::{RecordRule, check_records};
use crate::rules::routing::hash_keys_of;
use crate::rules::throttle::{PutCall, WriteSpent};

/// From so many shards on a call is worth warming up for,
const WARM_SHARDS_MIN: usize = 512;
/// if it has so many records.
const WARM_RECORDS_MIN: usize = 16;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The journal has it, up to there.
    UpTo(JournalPosition),
    /// The log took nothing.
    Not,
}

impl Engine {
    /// Puts up to 500 records. Every entry is attempted; the answer says what became of each.
    ///
    /// # Errors
    /// When the request as a whole is wrong, or the disk leaves it open which streams there are;
    /// nothing was stored then.
    pub fn put_records(
        &mut self,
        now: Millis,
        put: &PutRecords,
    ) -> Result<PutRecordsAnswer, ApiError> {
        let mut answer = self.stage(now, &put.stream, &put.entries)?;
        let written = self.write();
        self.conclude_records(put, &mut answer, written);
        Ok(answer)
    }

    /// Does all of a put but for the write: [`Self::conclude_records`] must follow one.
    ///
    /// # Errors
    /// As [`Self::put_records`].
    pub(super) fn stage(
        &mut self,
        now: Millis,
        name: &StreamName,
        entries: &EntryBatch,
    ) -> Result<PutRecordsAnswer, ApiError> {
        self.come_to(now);
        self.settle_catalog(name)?;
        let Some(stream) = self.streams.get_mut(name) else {
            // What is wrong with any stream is told first.
            check_records(entries, RecordRule::LAXEST)?;
            return Err(error::no_stream(name));
        };
        if let Err(why) = check_status(Action::PutRecords, stream.status) {
            check_records(entries, RecordRule::LAXEST)?;
            return Err(error::status(name, why));
        }
        let CreateStream { record_kib_max: kib_max, distribution, .. } = stream.settings;
        check_records(entries, RecordRule { kib_max, distribution })?;
        let mut answer = PutRecordsAnswer {
            outcomes: Vec::with_capacity(entries.len()),
            encryption: stream.extras.encryption.at(now),
            ..PutRecordsAnswer::default()
        };
        self.routes.clear();
        match distribution {
            RecordDistribution::UserPartitionKey => {
                hash_keys_of(entries, &mut self.hash_keys);
                self.routes.extend(self.hash_keys.iter().map(|key| stream.router.shard(*key)));
            }
            RecordDistribution::Auto => {
                self.routes.extend(stream.router.in_turn(&mut stream.spread, entries.len()));
            }
        }
        warm(stream, &self.log, &self.routes);
        self.put_call = self.put_call.next();
        let Self { put_call: id, log, fan_out, .. } = self;
        let limits = stream.settings.limits;
        let mut call = Call { now, id: *id, limits, log, fan_out };
        // What is mostly refused is not kept for the rest; and what is limited costs little to copy.
        let lends = !limits.writes();
        for (at, ((record, _), shard)) in entries.stored().zip(&self.routes).enumerate() {
            let kept = if lends { entries.kept(at) } else { None };
            let outcome = call.put(stream, *shard, record, kept);
            answer.failed += usize::from(outcome.result.is_err());
            answer.outcomes.push(outcome);
        }
        Ok(answer)
    }

    /// Writes everything that was staged; says whether the log took it.
    pub(super) fn write(&mut self) -> Written {
        let failure = self.log.commit().err();
        let written =
            if failure.is_some() { Written::Not } else { Written::UpTo(self.log.written()) };
        self.on_write(failure.map(|why| why.to_string()));
        written
    }

    /// Completes the answer to a put by what became of its write.
    pub(super) fn conclude_records(
        &mut self,
        put: &PutRecords,
        answer: &mut PutRecordsAnswer,
        written: Written,
    ) {
        match written {
            Written::UpTo(end) if answer.failed < put.entries.len() => {
                answer.waits_for = self.waits_for(&put.stream, end);
            }
            Written::UpTo(_) => {}
            Written::Not => self.fail_records(put, answer),
        }
    }

    /// What the answer to a put waits for that was written up to there.
    pub(super) fn waits_for(
        &self,
        stream: &StreamName,
        end: JournalPosition,
    ) -> Option<JournalPosition> {
        let waits = |stream: &Stream| stream.settings.level == Level::Power && self.log.has_disk();
        self.streams.get(stream).is_some_and(waits).then_some(end)
    }

    /// The log took nothing: what was counted as accepted has failed.
    fn fail_records(&mut self, put: &PutRecords, answer: &mut PutRecordsAnswer) {
        for (outcome, entry) in answer.outcomes.iter_mut().zip(put.entries.iter()) {
            if outcome.result.is_ok() {
                outcome.result = Err(EntryError::InternalFailure);
                answer.failed += 1;
                self.fail_record(&put.stream, outcome.shard, entry.partition_key, entry.data);
            }
        }
    }

    /// Takes a record back that a shard had counted.
    pub(super) fn fail_record(&mut self, stream: &StreamName, id: ShardId, key: &str, data: &[u8]) {
        let shard = self.streams.get_mut(stream).and_then(|stream| stream.shard_mut(id));
        let shard = shard.expect("it took a record");
        shard.incoming.records -= 1;
        shard.incoming.bytes -= (key.len() + data.len()) as u64;
        shard.rest.tally.failed_records += 1;
    }
}

/// Asks memory for what the records of a call will touch, all at once: of thousands of shards
/// little is in the caches, and each record would wait for it several times in turn.
fn warm(stream: &Stream, log: &Log, routes: &[ShardId]) {
    if routes.len() < WARM_RECORDS_MIN || stream.shards.len() < WARM_SHARDS_MIN {
        return;
    }
    let shards = || routes.iter().filter_map(|id| stream.shard(*id));
    match stream.settings.limits.writes() {
        true => shards().for_each(|shard| _ = black_box((shard.log, shard.rest.writes))),
        false => shards().for_each(|shard| _ = black_box(shard.log)),
    }
    log.warm(shards().map(|shard| shard.log));
}

/// What the entries of a call share.
struct Call<'a> {
    now: Millis,
    id: PutCall,
    limits: ShardLimits,
    log: &'a mut Log,
    fan_out: &'a mut FanOut,
}

impl Call<'_> {
    fn put(
        &mut self,
        stream: &mut Stream,
        id: ShardId,
        record: KeyedBytes<'_>,
        kept: Option<Kept<'_>>,
    ) -> PutOutcome {
        let Self { now, id: call, limits, log, fan_out } = self;
        let shard = stream.shard_mut(id).expect("the router knows open shards only");
        let bytes = record.bytes().len() as u64;
        let result = match shard.rest.writes.take(*now, limits, *call, bytes) {
            Ok(()) => {
                let index = log.stage(shard.log, *now, record, kept);
                shard.incoming.records += 1;
                shard.incoming.bytes += bytes;
                fan_out.wake(*now, &mut shard.sleepers);
                Ok(shard.first.nth(index, *now))
            }
            Err(WriteSpent::Records) => {
                shard.rest.tally.throttled_by_records += 1;
                Err(EntryError::ThrottledByRecords)
            }
            Err(WriteSpent::Bytes) => {
                shard.rest.tally.throttled_by_bytes += 1;
                Err(EntryError::ThrottledByBytes)
            }
        };
        PutOutcome { shard: id, result }
    }
}
