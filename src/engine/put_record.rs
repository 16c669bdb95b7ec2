//! Putting one record.

use crate::api::{
    ApiError, CreateStream, EntryError, PutOutcome, PutRecord, PutRecordAnswer, PutRecordsAnswer,
};
use crate::engine::Engine;
use crate::engine::append::Written;
use crate::model::{EntryRef, Millis, ShardId, StreamName};
use crate::rules::record::{RecordRule, check_record, explicit_hash_key};
use crate::rules::sequencing::check_ordering;

/// Room for an entry is kept for the next one up to here.
const ROOM_BYTES: usize = 64 * 1_024;

impl Engine {
    /// Does all of a put but for the write: [`Self::conclude_record`] must follow one. Numbers rise
    /// in each shard whatever comes first, so a number to be ordered after is checked and then kept
    /// without further ado.
    ///
    /// # Errors
    /// When the request is wrong or the shard's throughput is spent.
    pub(super) fn stage_record(
        &mut self,
        now: Millis,
        put: &PutRecord,
    ) -> Result<PutRecordAnswer, ApiError> {
        let PutRecord { stream: name, partition_key, data, .. } = put;
        let CreateStream { record_kib_max: kib_max, distribution, .. } = self.known(name)?.settings;
        check_record(partition_key, data, RecordRule { kib_max, distribution })?;
        let key = put.explicit_hash_key.as_deref().map(explicit_hash_key).transpose()?;
        let after = put.sequence_number_for_ordering.as_deref();
        after.map(|number| check_ordering(number, name, now)).transpose()?;
        let mut entries = std::mem::take(&mut self.one_entry);
        entries.clear();
        entries.push_entry(EntryRef { partition_key, explicit_hash_key: key, data });
        let staged = self.stage(now, name, &entries);
        if entries.bytes() <= ROOM_BYTES {
            self.one_entry = entries;
        }
        let answer = staged?;
        let PutRecordsAnswer { encryption, waits_for, ref outcomes, .. } = answer;
        let PutOutcome { shard, result } = *outcomes.first().expect("one record has one outcome");
        let sequence = result.map_err(|why| refused(why, name, shard))?;
        Ok(PutRecordAnswer { shard, sequence, encryption, waits_for })
    }

    /// Completes the answer to a put by what became of its write.
    ///
    /// # Errors
    /// When the log took nothing.
    pub(super) fn conclude_record(
        &mut self,
        put: &PutRecord,
        answer: PutRecordAnswer,
        written: Written,
    ) -> Result<PutRecordAnswer, ApiError> {
        let PutRecord { stream, partition_key, data, .. } = put;
        match written {
            Written::UpTo(end) => {
                Ok(PutRecordAnswer { waits_for: self.waits_for(stream, end), ..answer })
            }
            Written::Not => {
                self.fail_record(stream, answer.shard, partition_key, data);
                Err(refused(EntryError::InternalFailure, stream, answer.shard))
            }
        }
    }
}

/// What PutRecord says where PutRecords tells an error of an entry.
fn refused(why: EntryError, stream: &StreamName, shard: ShardId) -> ApiError {
    match why {
        EntryError::ThrottledByRecords | EntryError::ThrottledByBytes => {
            ApiError::rate_exceeded(stream, shard)
        }
        EntryError::InternalFailure => ApiError::InternalFailure(why.sentence(stream, shard)),
    }
}
