//! Counters that only grow. Whoever does the work counts; the meter takes differences.

use serde::{Deserialize, Serialize};

/// What happened on a shard since it was opened. What each record counts comes first in memory too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[repr(C)]
pub struct ShardTally {
    /// Records accepted.
    pub incoming_records: u64,
    /// Bytes accepted, keys included.
    pub incoming_bytes: u64,
    /// Records given to readers.
    pub outgoing_records: u64,
    /// Bytes given to readers, keys included.
    pub outgoing_bytes: u64,
    /// Records pushed to registered consumers.
    pub pushed_records: u64,
    /// Bytes pushed to registered consumers, keys included.
    pub pushed_bytes: u64,
    /// Records refused because the records budget was spent.
    pub throttled_by_records: u64,
    /// Records refused because the bytes budget was spent.
    pub throttled_by_bytes: u64,
    /// Records refused because the log could not take them.
    pub failed_records: u64,
    /// GetRecords calls answered.
    pub read_calls: u64,
    /// GetRecords calls refused because the calls budget was spent.
    pub read_throttled_by_calls: u64,
    /// GetRecords calls refused because the bytes budget was spent.
    pub read_throttled_by_bytes: u64,
    /// GetRecords calls refused because the records budget was spent.
    pub read_throttled_by_records: u64,
    /// GetRecords calls refused because others read the shard.
    pub read_throttled_by_readers: u64,
}

impl ShardTally {
    /// Records refused for throughput (`WriteProvisionedThroughputExceeded`).
    #[must_use]
    pub const fn write_throttled(&self) -> u64 {
        self.throttled_by_records + self.throttled_by_bytes
    }

    /// Calls refused: for throughput (`ReadProvisionedThroughputExceeded`), or because others read.
    #[must_use]
    pub const fn read_throttled(&self) -> u64 {
        self.read_throttled_by_calls
            + self.read_throttled_by_bytes
            + self.read_throttled_by_records
            + self.read_throttled_by_readers
    }
}

impl std::ops::AddAssign<&Self> for ShardTally {
    fn add_assign(&mut self, other: &Self) {
        self.incoming_records += other.incoming_records;
        self.incoming_bytes += other.incoming_bytes;
        self.outgoing_records += other.outgoing_records;
        self.outgoing_bytes += other.outgoing_bytes;
        self.pushed_records += other.pushed_records;
        self.pushed_bytes += other.pushed_bytes;
        self.throttled_by_records += other.throttled_by_records;
        self.throttled_by_bytes += other.throttled_by_bytes;
        self.failed_records += other.failed_records;
        self.read_calls += other.read_calls;
        self.read_throttled_by_calls += other.read_throttled_by_calls;
        self.read_throttled_by_bytes += other.read_throttled_by_bytes;
        self.read_throttled_by_records += other.read_throttled_by_records;
        self.read_throttled_by_readers += other.read_throttled_by_readers;
    }
}

/// What a producer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerTally {
    /// Records made.
    pub offered_records: u64,
    /// Records acknowledged.
    pub accepted_records: u64,
    /// Records of Kinesis that they were put as: fewer, where they are aggregated.
    pub kinesis_records: u64,
    /// Bytes acknowledged, of the records of Kinesis.
    pub accepted_bytes: u64,
    /// Records refused, each refusal counted.
    pub refused_records: u64,
    /// Records sent again.
    pub retried_records: u64,
    /// Records given up: retries used, or no room to keep them.
    pub dropped_records: u64,
    /// Lines that could not be made into a record.
    pub bad_lines: u64,
}

/// What a transform did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformTally {
    /// Records read.
    pub in_records: u64,
    /// Records put into the output stream.
    pub out_records: u64,
    /// Records dropped because a stage said so.
    pub dropped_records: u64,
    /// Records that a stage could not handle.
    pub failed_records: u64,
    /// Puts refused and sent again.
    pub retried_records: u64,
}

/// What a stage of a transform did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTally {
    /// Records that came to it.
    pub in_records: u64,
    /// Records that it dropped.
    pub dropped_records: u64,
    /// Records that it could not handle.
    pub failed_records: u64,
}

impl StageTally {
    /// Records that went on.
    #[must_use]
    pub const fn out_records(&self) -> u64 {
        self.in_records - self.dropped_records - self.failed_records
    }

    /// Counts what another instance of the stage did.
    pub fn add(&mut self, other: &Self) {
        self.in_records += other.in_records;
        self.dropped_records += other.dropped_records;
        self.failed_records += other.failed_records;
    }
}

/// What a mapping or a plain reader did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerTally {
    /// Records read.
    pub read_records: u64,
    /// Bytes read.
    pub read_bytes: u64,
    /// GetRecords calls refused.
    pub read_throttled: u64,
    /// Invocations that ran to an end, good or bad.
    pub invocations: u64,
    /// Invocations that failed.
    pub errors: u64,
    /// Invocations refused for want of concurrency.
    pub throttles: u64,
    /// Batches tried again after an error.
    pub retries: u64,
    /// Records whose batch succeeded.
    pub done_records: u64,
    /// Records given up after the last retry or over age (`DroppedEventCount`).
    pub discarded_records: u64,
    /// Records that no filter lets pass (`FilteredOutEventCount`).
    pub filtered_records: u64,
    /// Records that functions were invoked with, each time counted (`InvokedEventCount`).
    pub invoked_records: u64,
    /// Records of invocations that failed (`FailedInvokeEventCount`).
    pub failed_records: u64,
    /// Records told to the on-failure destination (`OnFailureDestinationDeliveredEventCount`).
    pub delivered_records: u64,
    /// Tries to tell it that failed (`DestinationDeliveryFailures`).
    pub delivery_failures: u64,
}

/// What a function did, over all its mappings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionTally {
    /// Invocations that ran.
    pub invocations: u64,
    /// Invocations that failed.
    pub errors: u64,
    /// Invocations refused for want of concurrency.
    pub throttles: u64,
    /// Of them, those because the account's unreserved concurrency was in use.
    pub account_throttles: u64,
    /// Of them, those because its own reservation was in use.
    pub reserved_throttles: u64,
    /// Of them, those because it had started as many instances as it may.
    pub scaling_throttles: u64,
    /// Of them, those because functions without a reservation were invoked as often as they may.
    pub request_throttles: u64,
    /// Of them, those because it was invoked as often as its reservation allows.
    pub reserved_request_throttles: u64,
    /// Invocations on provisioned instances.
    pub provisioned_invocations: u64,
    /// Invocations on others while the provisioned ones were ready, and all in use.
    pub spillover_invocations: u64,
    /// Invocations that had to start a new instance.
    pub cold_starts: u64,
    /// Milliseconds spent in invocations.
    pub duration_ms: u64,
}
