//! Putting one record.

use crate::api::{
    ApiError, CreateStream, EntryError, PutRecord, PutRecordAnswer, PutRecords, PutRecordsAnswer,
};
use crate::engine::Engine;
use crate::model::{EntryBatch, EntryRef, Millis};
use crate::rules::record::{RecordRule, check_record, explicit_hash_key};
use crate::rules::sequencing::check_ordering;

impl Engine {
    /// Puts one record. Numbers rise in each shard whatever comes first, so a number to be ordered
    /// after is checked and then kept without further ado.
    ///
    /// # Errors
    /// When the request is wrong, the shard's throughput is spent or the log failed.
    pub fn put_record(
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
        let mut entries = EntryBatch::new();
        entries.push_entry(EntryRef { partition_key, explicit_hash_key: key, data });
        let answer = self.put_records(now, &PutRecords { stream: name.clone(), entries })?;
        let outcome = answer.outcomes.first().expect("one record has one outcome");
        let shard = outcome.shard;
        match outcome.result {
            Ok(sequence) => {
                let PutRecordsAnswer { encryption, waits_for, .. } = answer;
                Ok(PutRecordAnswer { shard, sequence, encryption, waits_for })
            }
            Err(EntryError::ThrottledByRecords | EntryError::ThrottledByBytes) => {
                Err(ApiError::rate_exceeded(name, shard))
            }
            Err(why @ EntryError::InternalFailure) => {
                Err(ApiError::InternalFailure(why.sentence(name, shard)))
            }
        }
    }
}
