//! The ways out of a shard: into its outputs, or to the stream of errors.

use crate::api::aggregate::{self, UserRecord};
use crate::model::{EntryRef, Millis, RecordRef, ShardId, StageTally, TransformTally};
use crate::pipeline::settings::TransformSettings;
use crate::pipeline::stage::{Outcome, Stages};

use super::batch::Verdict;
use super::failure::Failure;
use super::outlet::Outlet;

/// The ways out, at one moment.
pub(super) struct Exits<'a> {
    pub(super) now: Millis,
    pub(super) settings: &'a TransformSettings,
    pub(super) shard: ShardId,
    pub(super) outlets: &'a mut [Outlet],
    pub(super) tally: &'a mut TransformTally,
}

impl Exits<'_> {
    /// Lets a record go the way that the function's verdict and the stages behind it say; answers why
    /// it failed, if it did.
    pub(super) fn judge(
        &mut self,
        record: &RecordRef<'_>,
        verdict: Verdict,
        stages: &mut Stages,
    ) -> Option<String> {
        // Stages without a function take what was read for the one that was there before.
        if self.settings.function().is_some() {
            stages.function_tally().add(&StageTally {
                in_records: 1,
                dropped_records: u64::from(verdict == Verdict::Dropped),
                failed_records: u64::from(matches!(verdict, Verdict::Failed(_))),
            });
        }
        match verdict {
            Verdict::Ok(data) => self.run(record, &data, stages),
            Verdict::Dropped => {
                self.tally.dropped_records += 1;
                None
            }
            Verdict::Failed(failure) => Some(self.fail(record, failure)),
        }
    }

    /// Lets a record that was read go through the stages and out, or each of its user records where
    /// they are taken apart; tells why some failed.
    pub(super) fn take(
        &mut self,
        record: &RecordRef<'_>,
        stages: &mut Stages,
        failed: &mut Vec<String>,
    ) {
        let apart = self.settings.deaggregates().then(|| aggregate::user_records(record.data));
        let Some(users) = apart.flatten() else {
            failed.extend(self.run(record, record.data, stages));
            return;
        };
        for UserRecord { partition_key, data, .. } in users {
            let one = RecordRef { partition_key, data, ..*record };
            failed.extend(self.run(&one, data, stages));
        }
    }

    /// Lets a record, with this data by now, go through the stages and out; answers why it failed, if
    /// it did.
    pub(super) fn run(
        &mut self,
        record: &RecordRef<'_>,
        data: &[u8],
        stages: &mut Stages,
    ) -> Option<String> {
        match stages.run(record.partition_key, data) {
            Ok(Outcome::Keep { key, data: made }) => {
                let key = key.as_deref().unwrap_or(record.partition_key);
                self.put(0, key, made.as_deref().unwrap_or(data));
                None
            }
            Ok(Outcome::Many(emitted)) => {
                for one in &emitted {
                    let key = one.key.as_deref().unwrap_or(record.partition_key);
                    self.put(one.output, key, &one.data);
                }
                None
            }
            Ok(Outcome::Drop) => {
                self.tally.dropped_records += 1;
                None
            }
            Err(why) => Some(self.fail(record, Failure::of_stage(why))),
        }
    }

    fn put(&mut self, outlet: usize, partition_key: &str, data: &[u8]) {
        self.outlets[outlet].push(EntryRef { partition_key, explicit_hash_key: None, data });
    }

    /// Tells a failure to the stream of errors, if there is one; answers why.
    fn fail(&mut self, record: &RecordRef<'_>, failure: Failure) -> String {
        if self.settings.errors.is_some() {
            let source = (self.settings.name.as_str(), self.shard);
            let told = failure.of_record(self.now, source, record);
            self.put(self.outlets.len() - 1, record.partition_key, &told);
        }
        failure.why
    }
}
