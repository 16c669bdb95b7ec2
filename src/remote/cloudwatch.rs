//! CloudWatch, asked for what was measured on streams: GetMetricData, in JSON 1.0.
//!
//! It is asked once a minute, which is how fine its figures are, for 15 minutes back, 500 metrics a call.
//! Who asks pays for each metric, so the metrics of shards are asked for those streams alone for which they
//! are switched on. When it does not answer, that is told once in a sentence, and it is asked again later
//! and later, ten minutes at most: whatever it does not tell is sampled as elsewhere.

mod minutes;
mod query;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::model::{Millis, ShardMetric};
use crate::remote::sight::{History, Whose};
use crate::remote::{AskError, Client, Place, Service, Who};
use crate::snapshot;

use minutes::Minutes;

/// How often it is asked.
const EVERY_MS: u64 = 60_000;
/// The same at most while it does not answer.
const FAILING_MS_MAX: u64 = 10 * 60_000;
/// How much is asked for.
const SPAN_MS: u64 = 15 * 60_000;
/// Metrics of a call, at most.
const QUERIES_MAX: usize = 500;
/// Pages of the answer to a call, at most: what is asked fits into one.
const PAGES_MAX: usize = 10;
const TARGET: &str = "GraniteServiceVersion20100801.GetMetricData";
/// What whoever asks must be allowed to do.
const RIGHT: &str = "cloudwatch:GetMetricData";

/// Asks CloudWatch.
pub(super) struct CloudWatch {
    client: Client,
    state: snapshot::CloudWatch,
    /// How often it did not answer since it did.
    failures: u32,
}

impl CloudWatch {
    pub(super) fn new(place: Place, who: Arc<Who>, patience: Duration) -> Self {
        let client = Client::of(Service::CloudWatch, place, who).within(patience);
        Self { client, state: snapshot::CloudWatch::Asked { metrics: 0 }, failures: 0 }
    }

    /// How it is asked, and whether it answers.
    pub(super) fn state(&self) -> &snapshot::CloudWatch {
        &self.state
    }

    /// How often it is to be asked: once a minute, and half as often after each time that it failed.
    pub(super) fn every_ms(&self) -> u64 {
        (EVERY_MS << self.failures.min(10)).min(FAILING_MS_MAX)
    }

    /// Asks for metrics; answers what they were, as far as that is told. Calls `spend` before each call.
    pub(super) fn ask(
        &mut self,
        now: Millis,
        metrics: &[(Whose, ShardMetric)],
        mut spend: impl FnMut(),
    ) -> Vec<(Whose, History)> {
        let mut minutes = Minutes::new(now, SPAN_MS);
        let calls = metrics.chunks(QUERIES_MAX);
        let told = calls.map(|asked| self.call(asked, &mut minutes, &mut spend));
        let told = told.collect::<Result<Vec<()>, String>>();
        match told {
            Ok(_) => {
                let metrics = u32::try_from(metrics.len()).unwrap_or(u32::MAX);
                (self.state, self.failures) = (snapshot::CloudWatch::Asked { metrics }, 0);
            }
            Err(why) => self.failed(why),
        }
        minutes.histories()
    }

    fn call(
        &mut self,
        asked: &[(Whose, ShardMetric)],
        minutes: &mut Minutes,
        spend: &mut impl FnMut(),
    ) -> Result<(), String> {
        let mut token = None;
        for _ in 0..PAGES_MAX {
            spend();
            let body = query::body(asked, minutes.span(), token.as_deref());
            let told =
                self.client.post_once(TARGET, &body.to_string()).map_err(|why| why_not(&why))?;
            let told: Value = serde_json::from_slice(&told).unwrap_or(Value::Null);
            token = query::read(&told, asked, minutes).map_err(|why| {
                format!("`{}` answers GetMetricData with {why}", self.client.place().url)
            })?;
            if token.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Tells what is in the way, once.
    fn failed(&mut self, why: String) {
        self.failures += 1;
        let failing = snapshot::CloudWatch::Failing { why };
        if self.state != failing {
            if let snapshot::CloudWatch::Failing { why } = &failing {
                log::warn!(target: "remote", "no figures of CloudWatch: {why}; they are sampled");
            }
            self.state = failing;
        }
    }
}

/// Why it does not answer; a right that is missing is called by its name.
fn why_not(why: &AskError) -> String {
    let denied = |code: &str| code.starts_with("AccessDenied") || code.starts_with("Unauthorized");
    match why {
        AskError::Refused { code, message } if denied(code) => {
            format!("the right {RIGHT} is missing ({message})")
        }
        _ => why.to_string(),
    }
}

#[cfg(test)]
mod tests;
