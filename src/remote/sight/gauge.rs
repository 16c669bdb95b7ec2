//! What flows through a shard or a stream: as the last look at it tells, held until the next, and as it was
//! second by second.

use crate::meter::{Load, ShardMeter};
use crate::model::ShardTally;
use crate::snapshot::Rates;
use crate::snapshot::measured;

/// What flows, a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::remote) struct Flow {
    /// What comes.
    pub(in crate::remote) taken: Load<f64>,
    /// What readers get.
    pub(in crate::remote) given: Load<f64>,
    /// Records refused for throughput.
    pub(in crate::remote) write_throttled: f64,
    /// Calls of GetRecords answered.
    pub(in crate::remote) read_calls: f64,
    /// Calls refused for throughput.
    pub(in crate::remote) read_throttled: f64,
    /// How far readers are behind at most.
    pub(in crate::remote) age_ms: Option<u64>,
}

impl Flow {
    /// Both together; the age is the greater one.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let sum = |one: Load<f64>, other: Load<f64>| Load {
            records: one.records + other.records,
            bytes: one.bytes + other.bytes,
        };
        Self {
            taken: sum(self.taken, other.taken),
            given: sum(self.given, other.given),
            write_throttled: self.write_throttled + other.write_throttled,
            read_calls: self.read_calls + other.read_calls,
            read_throttled: self.read_throttled + other.read_throttled,
            age_ms: self.age_ms.max(other.age_ms),
        }
    }
}

/// A flow, and what it was.
#[derive(Default)]
pub(super) struct Gauge {
    /// What flows until something else is told.
    pub(super) flow: Flow,
    /// What happened beside that in this second.
    pub(super) beside: Flow,
    /// All that flowed; whole numbers of it are in the tally.
    sum: Flow,
    pub(super) tally: ShardTally,
    pub(super) meter: ShardMeter,
}

impl Gauge {
    /// A second is over; answers what flowed in it.
    pub(super) fn tick(&mut self) -> Flow {
        let second = self.flow.plus(&std::mem::take(&mut self.beside));
        self.sum = self.sum.plus(&second);
        let Flow { taken, given, write_throttled, read_calls, read_throttled, .. } = self.sum;
        self.tally = ShardTally {
            incoming_records: taken.records as u64,
            incoming_bytes: taken.bytes as u64,
            outgoing_records: given.records as u64,
            outgoing_bytes: given.bytes as u64,
            throttled_by_bytes: write_throttled as u64,
            read_calls: read_calls as u64,
            read_throttled_by_bytes: read_throttled as u64,
            ..ShardTally::default()
        };
        self.meter.tick(&self.tally, second.age_ms);
        second
    }

    pub(super) fn rates(&self) -> Rates {
        measured::rates(&self.meter, measured::now, 1.0)
    }

    /// The same at the worst of the last seconds.
    pub(super) fn held(&self) -> Rates {
        measured::rates(&self.meter, measured::held, 1.0)
    }
}
