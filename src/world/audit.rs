//! What a session promised, checked second by second.

use serde::Serialize;

use crate::model::{PartName, StreamName};
use crate::session::{Expectation, Metric};
use crate::snapshot::{ExpectationView, Verdict};
use crate::world::World;
use crate::world::meters::{Meters, StreamMeter};
use crate::world::parts::Parts;

/// An expectation in a report.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was expected.
    pub expectation: String,
    /// What came, so far.
    pub value: f64,
    /// Does it hold?
    pub verdict: Verdict,
}

struct Watch {
    expectation: Expectation,
    base: f64,
    value: f64,
    over: bool,
}

/// All expectations of a session.
#[derive(Default)]
pub(super) struct Audit {
    watches: Vec<Watch>,
}

impl Audit {
    pub(super) fn new(expectations: &[Expectation]) -> Self {
        let watch = |expectation: &Expectation| Watch {
            expectation: expectation.clone(),
            base: 0.0,
            value: 0.0,
            over: false,
        };
        Self { watches: expectations.iter().map(watch).collect() }
    }

    /// A second is over; `read` gives the metric's counter, or its value now.
    pub(super) fn tick(&mut self, second: u64, mut read: impl FnMut(&Metric) -> f64) {
        for watch in &mut self.watches {
            let Expectation { from_s, to_s, metric, .. } = &watch.expectation;
            let (from, to) = (u64::from(*from_s), u64::from(*to_s));
            if second == from {
                watch.base = read(metric);
            }
            if second > from && second <= to {
                let value = read(metric);
                watch.value = match metric.is_peak() {
                    true => watch.value.max(value),
                    false => value - watch.base,
                };
            }
            watch.over = second >= to;
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let finding = |watch: &Watch| Finding {
            expectation: watch.expectation.sentence(),
            value: watch.value,
            verdict: match watch.over {
                false => Verdict::Open,
                true if watch.expectation.holds(watch.value) => Verdict::Held,
                true => Verdict::Failed,
            },
        };
        self.watches.iter().map(finding).collect()
    }
}

impl World {
    /// What the session promised, and what came of it so far.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.audit.findings()
    }

    /// The same for viewers.
    pub(super) fn expectations(&self) -> Vec<ExpectationView> {
        let view = |Finding { expectation, value, verdict }| ExpectationView {
            sentence: expectation,
            value,
            verdict,
        };
        self.findings().into_iter().map(view).collect()
    }

    pub(super) fn audit_second(&mut self) {
        let Self { audit, meters, parts, chronicle, .. } = self;
        audit
            .tick(meters.seconds, |metric| value(metric, meters, parts, chronicle.notifications()));
    }
}

fn value(metric: &Metric, meters: &Meters, parts: &Parts, notifications: u64) -> f64 {
    let stream = |name: &StreamName| meters.streams.get(name).map(StreamMeter::total);
    let mapping = |name: &PartName| parts.mappings.get(name).map(|mapping| *mapping.tally());
    let count = |count: Option<u64>| count.unwrap_or(0) as f64;
    match metric {
        Metric::IncomingRecords(name) => count(stream(name).map(|tally| tally.incoming_records)),
        Metric::WriteThrottled(name) => count(stream(name).map(|tally| tally.write_throttled())),
        Metric::ReadThrottled(name) => count(stream(name).map(|tally| tally.read_throttled())),
        Metric::OpenShards(name) => meters.streams.get(name).map_or(0.0, |meter| meter.open as f64),
        Metric::IteratorAgeMs(name) => {
            meters.consumers.get(name).map_or(0.0, |meter| meter.age_ms.now())
        }
        Metric::DoneRecords(name) => count(mapping(name).map(|tally| tally.done_records)),
        Metric::FunctionThrottles(name) => count(mapping(name).map(|tally| tally.throttles)),
        Metric::Notifications => notifications as f64,
    }
}
