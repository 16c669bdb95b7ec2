//! Putting records.

use crate::api::{ApiError, EntryError, PutOutcome, PutRecords, PutRecordsAnswer};
use crate::engine::fan_out::FanOut;
use crate::engine::stream::Stream;
use crate::engine::{Engine, error};
use crate::log::Log;
use crate::model::{Action, EntryBatch, EntryRef, Level, Millis, ShardLimits};
use crate::rules::lifecycle::check_status;
use crate::rules::record::check_records;
use crate::rules::routing::hash_key_of;
use crate::rules::throttle::{PutCall, WriteSpent};

impl Engine {
    /// Puts up to 500 records. Every entry is attempted; the answer says what became of each.
    ///
    /// # Errors
    /// When the request as a whole is wrong; nothing was stored then.
    pub fn put_records(
        &mut self,
        now: Millis,
        put: &PutRecords,
    ) -> Result<PutRecordsAnswer, ApiError> {
        self.come_to(now);
        let Some(stream) = self.streams.get_mut(&put.stream) else {
            return Err(error::no_stream(&put.stream));
        };
        check_status(Action::PutRecords, stream.status)
            .map_err(|why| error::status(&put.stream, why))?;
        check_records(&put.entries, stream.settings.record_kib_max)?;
        let mut answer = PutRecordsAnswer::default();
        answer.outcomes.reserve(put.entries.len());
        self.put_call = self.put_call.next();
        let limits = stream.settings.limits;
        for entry in put.entries.iter() {
            let outcome = put_entry(
                now,
                self.put_call,
                &limits,
                stream,
                (&mut self.log, &mut self.fan_out),
                entry,
            );
            answer.failed += usize::from(outcome.result.is_err());
            answer.outcomes.push(outcome);
        }
        let failure = self.log.commit().err();
        let level = stream.settings.level;
        if level == Level::Power && self.log.has_disk() && answer.failed < put.entries.len() {
            answer.waits_for = Some(self.log.written());
        }
        if failure.is_some() {
            answer.waits_for = None;
            fail_all(stream, &mut answer, &put.entries);
        }
        self.on_write(failure.map(|why| why.to_string()));
        Ok(answer)
    }
}

fn put_entry(
    now: Millis,
    call: PutCall,
    limits: &ShardLimits,
    stream: &mut Stream,
    (log, fan_out): (&mut Log, &mut FanOut),
    entry: EntryRef<'_>,
) -> PutOutcome {
    let key = entry.explicit_hash_key.unwrap_or_else(|| hash_key_of(entry.partition_key));
    let id = stream.router.shard(key);
    let shard = stream.shard_mut(id).expect("the router knows open shards only");
    let bytes = (entry.partition_key.len() + entry.data.len()) as u64;
    let result = match shard.writes.take(now, limits, call, bytes) {
        Ok(()) => {
            let index = log.stage(shard.log, now, entry.partition_key, entry.data);
            shard.tally.incoming_records += 1;
            shard.tally.incoming_bytes += bytes;
            fan_out.wake(now, &mut shard.sleepers);
            Ok(shard.first.nth(index, now))
        }
        Err(WriteSpent::Records) => {
            shard.tally.throttled_by_records += 1;
            Err(EntryError::ThrottledByRecords)
        }
        Err(WriteSpent::Bytes) => {
            shard.tally.throttled_by_bytes += 1;
            Err(EntryError::ThrottledByBytes)
        }
    };
    PutOutcome { shard: id, result }
}

/// The log took nothing: what was counted as accepted has failed.
fn fail_all(stream: &mut Stream, answer: &mut PutRecordsAnswer, entries: &EntryBatch) {
    for (outcome, entry) in answer.outcomes.iter_mut().zip(entries.iter()) {
        if outcome.result.is_ok() {
            outcome.result = Err(EntryError::InternalFailure);
            answer.failed += 1;
            let shard = stream.shard_mut(outcome.shard).expect("it took a record");
            shard.tally.incoming_records -= 1;
            shard.tally.incoming_bytes -= (entry.partition_key.len() + entry.data.len()) as u64;
            shard.tally.failed_records += 1;
        }
    }
}
