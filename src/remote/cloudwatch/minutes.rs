//! Figures by minutes, put together from metrics that come one by one.

use std::collections::BTreeMap;

use crate::meter::Load;
use crate::model::{Millis, ShardMetric};
use crate::remote::sight::{Flow, History, Whose};

pub(super) const MINUTE_MS: u64 = 60_000;
/// A metric may come so much later than others of the same minute: until then the minute is not whole.
const LATE_MS: u64 = 2 * MINUTE_MS;

/// Values of a metric by the begin of their minutes.
type Line = BTreeMap<Millis, f64>;

/// What was told of some minutes.
pub(super) struct Minutes {
    from: Millis,
    until: Millis,
    all: BTreeMap<Whose, BTreeMap<ShardMetric, Line>>,
}

impl Minutes {
    /// The whole minutes before now, for so long.
    pub(super) fn new(now: Millis, span_ms: u64) -> Self {
        let until = Millis(now.0 - now.0 % MINUTE_MS);
        Self { from: Millis(until.0.saturating_sub(span_ms)), until, all: BTreeMap::new() }
    }

    /// From when to when.
    pub(super) fn span(&self) -> (Millis, Millis) {
        (self.from, self.until)
    }

    /// A metric was this in the minute that begins then; what was not asked is passed over.
    pub(super) fn add(&mut self, whose: &Whose, metric: ShardMetric, begin: Millis, value: f64) {
        let begin = Millis(begin.0 - begin.0 % MINUTE_MS);
        if (self.from..self.until).contains(&begin) {
            let metrics = self.all.entry(whose.clone()).or_default();
            metrics.entry(metric).or_default().insert(begin, value);
        }
    }

    /// What flowed, of each of whom anything is told.
    pub(super) fn histories(&self) -> Vec<(Whose, History)> {
        let history = |(whose, metrics)| Some((Whose::clone(whose), history(metrics)?));
        self.all.iter().filter_map(history).collect()
    }
}

/// The minutes from the first of which anything is told to the newest that is whole. Where a metric says
/// nothing, nothing happened.
fn history(metrics: &BTreeMap<ShardMetric, Line>) -> Option<History> {
    let last = |line: &Line| line.last_key_value().map(|(begin, _)| *begin);
    let newest = metrics.values().filter_map(last).max()?;
    // One that ended earlier has stopped; one that is a little behind is waited for.
    let comes = |begin: &Millis| begin.plus(LATE_MS) >= newest;
    let newest = metrics.values().filter_map(last).filter(comes).min()?;
    let oldest = metrics.values().filter_map(|line| line.first_key_value()).map(|(at, _)| *at);
    let oldest = oldest.min()?.min(newest);
    let begins = (oldest.0..newest.0).step_by(MINUTE_MS as usize).map(Millis);
    Some(History {
        before: begins.map(|begin| flow(metrics, begin)).collect(),
        last: flow(metrics, newest),
        until: newest.plus(MINUTE_MS),
    })
}

/// What flowed in a minute, a second.
fn flow(metrics: &BTreeMap<ShardMetric, Line>, begin: Millis) -> Flow {
    let told = |metric| metrics.get(&metric).and_then(|line: &Line| line.get(&begin)).copied();
    let rate = |metric| told(metric).unwrap_or(0.0) / (MINUTE_MS as f64 / 1_000.0);
    let load = |records, bytes| Load { records: rate(records), bytes: rate(bytes) };
    Flow {
        taken: load(ShardMetric::IncomingRecords, ShardMetric::IncomingBytes),
        given: load(ShardMetric::OutgoingRecords, ShardMetric::OutgoingBytes),
        write_throttled: rate(ShardMetric::WriteProvisionedThroughputExceeded),
        read_calls: 0.0,
        read_throttled: rate(ShardMetric::ReadProvisionedThroughputExceeded),
        age_ms: told(ShardMetric::IteratorAgeMilliseconds).map(|age| age as u64),
    }
}
