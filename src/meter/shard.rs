//! What is measured on a shard, a stream and a consumer, second by second.

use crate::meter::series::Fold;
use crate::meter::{Counter, Series};
use crate::model::{ConsumerTally, ShardTally};

/// The series of a shard, or of a stream when fed with the sum of its shards.
#[derive(Clone, Debug)]
pub struct ShardMeter {
    /// IncomingRecords.
    pub in_records: Counter,
    /// IncomingBytes.
    pub in_bytes: Counter,
    /// OutgoingRecords.
    pub out_records: Counter,
    /// OutgoingBytes.
    pub out_bytes: Counter,
    /// Bytes pushed to registered consumers.
    pub pushed_bytes: Counter,
    /// GetRecords calls answered.
    pub read_calls: Counter,
    /// WriteProvisionedThroughputExceeded, records.
    pub write_throttled: Counter,
    /// ReadProvisionedThroughputExceeded, calls.
    pub read_throttled: Counter,
    /// IteratorAge of the mappings on it; worst of the second, a gap without mappings.
    pub age_ms: Series,
}

impl Default for ShardMeter {
    fn default() -> Self {
        Self {
            in_records: Counter::default(),
            in_bytes: Counter::default(),
            out_records: Counter::default(),
            out_bytes: Counter::default(),
            pushed_bytes: Counter::default(),
            read_calls: Counter::default(),
            write_throttled: Counter::default(),
            read_throttled: Counter::default(),
            age_ms: Series::new(Fold::Max),
        }
    }
}

impl ShardMeter {
    /// Of a shard whose counters stand like this since so many seconds, without mappings.
    #[must_use]
    pub fn still(tally: &ShardTally, seconds: u64) -> Self {
        let counter = |value| Counter::still(value, seconds);
        Self {
            in_records: counter(tally.incoming_records),
            in_bytes: counter(tally.incoming_bytes),
            out_records: counter(tally.outgoing_records),
            out_bytes: counter(tally.outgoing_bytes),
            pushed_bytes: counter(tally.pushed_bytes),
            read_calls: counter(tally.read_calls),
            write_throttled: counter(tally.write_throttled()),
            read_throttled: counter(tally.read_throttled()),
            age_ms: Series::still(Fold::Max, seconds, None),
        }
    }

    /// Is nothing left of whatever happened, so that [`Self::still`] would make the same?
    #[must_use]
    pub fn is_still(&self) -> bool {
        let Self {
            in_records,
            in_bytes,
            out_records,
            out_bytes,
            pushed_bytes,
            read_calls,
            write_throttled,
            read_throttled,
            age_ms,
        } = self;
        let writes = [in_records, in_bytes, write_throttled];
        let reads = [out_records, out_bytes, pushed_bytes, read_calls, read_throttled];
        let mut counters = writes.into_iter().chain(reads);
        age_ms.is_still(None) && counters.all(|counter| counter.series().is_still(Some(0.0)))
    }

    /// Closes a second with the counters as they stand and the oldest iterator age at its end.
    pub fn tick(&mut self, tally: &ShardTally, age_ms: Option<u64>) {
        self.in_records.tick(tally.incoming_records);
        self.in_bytes.tick(tally.incoming_bytes);
        self.out_records.tick(tally.outgoing_records);
        self.out_bytes.tick(tally.outgoing_bytes);
        self.pushed_bytes.tick(tally.pushed_bytes);
        self.read_calls.tick(tally.read_calls);
        self.write_throttled.tick(tally.write_throttled());
        self.read_throttled.tick(tally.read_throttled());
        self.age_ms.push(age_ms.map(|age| age as f64));
    }
}

/// The series of a mapping or plain reader.
#[derive(Clone, Debug)]
pub struct ConsumerMeter {
    /// Records read.
    pub read: Counter,
    /// Bytes read, keys included.
    pub read_bytes: Counter,
    /// Records done.
    pub done: Counter,
    /// Invocations that ran.
    pub invocations: Counter,
    /// Invocations that failed.
    pub errors: Counter,
    /// Invocations refused for want of concurrency.
    pub throttles: Counter,
    /// GetRecords calls refused.
    pub read_throttled: Counter,
    /// IteratorAge, or milliseconds behind for a plain reader; worst of the second.
    pub age_ms: Series,
}

impl Default for ConsumerMeter {
    fn default() -> Self {
        Self {
            read: Counter::default(),
            read_bytes: Counter::default(),
            done: Counter::default(),
            invocations: Counter::default(),
            errors: Counter::default(),
            throttles: Counter::default(),
            read_throttled: Counter::default(),
            age_ms: Series::new(Fold::Max),
        }
    }
}

impl ConsumerMeter {
    /// Closes a second with the counters as they stand and the age at its end.
    pub fn tick(&mut self, tally: &ConsumerTally, age_ms: u64) {
        self.read.tick(tally.read_records);
        self.read_bytes.tick(tally.read_bytes);
        self.done.tick(tally.done_records);
        self.invocations.tick(tally.invocations);
        self.errors.tick(tally.errors);
        self.throttles.tick(tally.throttles);
        self.read_throttled.tick(tally.read_throttled);
        self.age_ms.push(Some(age_ms as f64));
    }
}
