//! Putting records.

use crate::api::{ApiError, EntryError, PutOutcome, PutRecords, PutRecordsAnswer};
use crate::engine::stream::Stream;
use crate::engine::{Engine, error};
use crate::log::Log;
use crate::model::limits::{
    PARTITION_KEY_CHARS_MAX, PUT_RECORDS_BYTES_MAX, PUT_RECORDS_ENTRIES_MAX,
};
use crate::model::{EntryBatch, EntryRef, HashKey, Level, Millis, StreamStatus};
use crate::rules::routing::hash_keys_of;
use crate::rules::throttle::Spent;

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
        self.come_to(now);
        self.settle_catalog(&put.stream)?;
        let Some(stream) = self.streams.get_mut(&put.stream) else {
            return Err(error::no_stream(&put.stream));
        };
        match stream.status {
            StreamStatus::Active | StreamStatus::Updating => {}
            StreamStatus::Creating | StreamStatus::Deleting => {
                return Err(error::no_stream(&put.stream));
            }
        }
        check_request(&put.entries, stream.settings.record_bytes_max)?;
        let mut answer = PutRecordsAnswer::default();
        answer.outcomes.reserve(put.entries.len());
        hash_keys_of(&put.entries, &mut self.hash_keys);
        for (entry, key) in put.entries.iter().zip(&self.hash_keys) {
            let outcome = put_entry(now, stream, &mut self.log, entry, *key);
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
    stream: &mut Stream,
    log: &mut Log,
    entry: EntryRef<'_>,
    key: HashKey,
) -> PutOutcome {
    let id = stream.router.shard(key);
    let shard = stream.shard_mut(id).expect("the router knows open shards only");
    let bytes = (entry.partition_key.len() + entry.data.len()) as u64;
    let result = match shard.writes.take(now, bytes) {
        Ok(()) => {
            let index = log.stage(shard.log, now, entry.partition_key, entry.data);
            shard.tally.incoming_records += 1;
            shard.tally.incoming_bytes += bytes;
            Ok(shard.first.nth(index, now))
        }
        Err(Spent::Count) => {
            shard.tally.throttled_by_records += 1;
            Err(EntryError::ThrottledByRecords)
        }
        Err(Spent::Bytes) => {
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

/// What AWS checks before anything is stored.
fn check_request(entries: &EntryBatch, record_bytes_max: u32) -> Result<(), ApiError> {
    let failed = |at: String, rule: String| {
        let what = "1 validation error detected: Value at";
        Err(ApiError::Validation(format!(
            "{what} '{at}' failed to satisfy constraint: Member must have {rule}"
        )))
    };
    if entries.is_empty() {
        return failed("records".into(), "length greater than or equal to 1".into());
    }
    if entries.len() > PUT_RECORDS_ENTRIES_MAX {
        let rule = format!("length less than or equal to {PUT_RECORDS_ENTRIES_MAX}");
        return failed("records".into(), rule);
    }
    if entries.bytes() > PUT_RECORDS_BYTES_MAX {
        let limit = PUT_RECORDS_BYTES_MAX / 1_048_576;
        return Err(ApiError::InvalidArgument(format!("Records size exceeds {limit} MB limit")));
    }
    for (n, (key_len, data_len)) in (1..).zip(entries.lengths()) {
        // A character takes a byte or more, so short keys need no counting.
        let long = key_len > PARTITION_KEY_CHARS_MAX
            && entries.get(n - 1).partition_key.chars().count() > PARTITION_KEY_CHARS_MAX;
        if key_len == 0 || long {
            let side =
                if long { "less than or equal to 256" } else { "greater than or equal to 1" };
            return failed(format!("records.{n}.member.partitionKey"), format!("length {side}"));
        }
        if key_len + data_len > record_bytes_max as usize {
            let rule = format!("length less than or equal to {record_bytes_max}");
            return failed(format!("records.{n}.member.data"), rule);
        }
    }
    Ok(())
}
