//! What a run without a screen tells: counters and ages under CloudWatch's names in snake case.

use serde::Serialize;

use crate::model::{ConsumerTally, ShardTally};
use crate::snapshot::ClockView;
use crate::world::{Finding, TimelineFailure, World};

/// The result of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The session's title.
    pub session: String,
    /// The root seed.
    pub seed: u64,
    /// Engine time that the run took, milliseconds.
    pub elapsed_ms: u64,
    /// A hash over all events and counters, sixteen hexadecimal digits.
    pub digest: String,
    /// All streams together.
    pub totals: StreamTotals,
    /// Each stream.
    pub streams: Vec<StreamReport>,
    /// Each producer.
    pub producers: Vec<ProducerReport>,
    /// Each event source mapping.
    pub mappings: Vec<MappingReport>,
    /// Each consumer application.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<ApplicationReport>,
    /// Each function.
    pub functions: Vec<FunctionReport>,
    /// Events that happened.
    pub events: u64,
    /// Notifications that functions gave.
    pub notifications: u64,
    /// Why the log takes no more writes, if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_failure: Option<String>,
    /// Commands of the timeline that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timeline_failures: Vec<TimelineFailure>,
    /// What the session promised, and what came of it.
    pub expectations: Vec<Finding>,
}

/// Counters of one or more shards.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct StreamTotals {
    /// Records accepted.
    pub incoming_records: u64,
    /// Bytes accepted.
    pub incoming_bytes: u64,
    /// Records read.
    pub outgoing_records: u64,
    /// Bytes read.
    pub outgoing_bytes: u64,
    /// Records refused for throughput.
    pub write_provisioned_throughput_exceeded: u64,
    /// Calls refused for throughput.
    pub read_provisioned_throughput_exceeded: u64,
    /// Calls refused because others read the shard, where only so many may.
    #[serde(skip_serializing_if = "is_zero")]
    pub read_limit_exceeded: u64,
    /// Records pushed to registered consumers.
    #[serde(skip_serializing_if = "is_zero")]
    pub subscribe_to_shard_event_records: u64,
    /// Bytes pushed to registered consumers.
    #[serde(skip_serializing_if = "is_zero")]
    pub subscribe_to_shard_event_bytes: u64,
}

/// What only some streams have is left out where there is none of it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<&ShardTally> for StreamTotals {
    fn from(tally: &ShardTally) -> Self {
        Self {
            incoming_records: tally.incoming_records,
            incoming_bytes: tally.incoming_bytes,
            outgoing_records: tally.outgoing_records,
            outgoing_bytes: tally.outgoing_bytes,
            write_provisioned_throughput_exceeded: tally.write_throttled(),
            read_provisioned_throughput_exceeded: tally.read_throttled()
                - tally.read_throttled_by_readers,
            read_limit_exceeded: tally.read_throttled_by_readers,
            subscribe_to_shard_event_records: tally.pushed_records,
            subscribe_to_shard_event_bytes: tally.pushed_bytes,
        }
    }
}

/// A stream in a report.
#[derive(Clone, Debug, Serialize)]
pub struct StreamReport {
    /// Its name.
    pub stream: String,
    /// CREATING, ACTIVE, UPDATING or DELETING.
    pub status: &'static str,
    /// Shards that take writes.
    pub open_shards: usize,
    /// Expired shards included.
    #[serde(flatten)]
    pub totals: StreamTotals,
    /// Every shard within retention.
    pub shards: Vec<ShardReport>,
}

/// A shard in a report.
#[derive(Clone, Debug, Serialize)]
pub struct ShardReport {
    /// `shardId-000000000003`.
    pub shard_id: String,
    /// OPEN or CLOSED.
    pub state: &'static str,
    /// The shards that it came from.
    pub parents: Vec<String>,
    /// First hash key, decimal.
    pub starting_hash_key: String,
    /// Last hash key, decimal.
    pub ending_hash_key: String,
    /// What passed.
    #[serde(flatten)]
    pub totals: StreamTotals,
}

/// A mapping in a report.
#[derive(Clone, Debug, Serialize)]
pub struct MappingReport {
    /// Its name.
    pub mapping: String,
    /// The stream that it reads.
    pub stream: String,
    /// The function that it invokes.
    pub function: String,
    /// IteratorAge now, milliseconds.
    pub iterator_age_ms: u64,
    /// Half of all batches were not older, milliseconds.
    pub iterator_age_p50_ms: u64,
    /// 99 of 100 batches were not older, milliseconds.
    pub iterator_age_p99_ms: u64,
    /// The oldest batch, milliseconds.
    pub iterator_age_max_ms: u64,
    /// Invocations that ran.
    pub invocations: u64,
    /// Invocations that failed.
    pub errors: u64,
    /// Invocations refused for want of concurrency.
    pub throttles: u64,
    /// Batches tried again.
    pub retries: u64,
    /// Invocations that run now.
    pub concurrent_executions: u32,
    /// The most invocations that ever ran at once.
    pub concurrent_executions_max: u32,
    /// Records whose batch succeeded.
    pub done_records: u64,
    /// Records given up.
    pub discarded_records: u64,
    /// Enabled, Disabled and so on.
    pub state: &'static str,
    /// What came of the last invocation.
    pub last_processing_result: String,
    /// Records read.
    pub polled_event_count: u64,
    /// Records that no filter let pass.
    pub filtered_out_event_count: u64,
    /// Records that the function was invoked with, each time counted.
    pub invoked_event_count: u64,
    /// Records of invocations that failed.
    pub failed_invoke_event_count: u64,
    /// Records given up.
    pub dropped_event_count: u64,
    /// Records told to the on-failure destination.
    pub on_failure_destination_delivered_event_count: u64,
    /// Tries to tell it that failed.
    pub destination_delivery_failures: u64,
}

/// A consumer application.
#[derive(Clone, Debug, Serialize)]
pub struct ApplicationReport {
    /// Its name.
    pub application: String,
    /// The stream that it reads.
    pub stream: String,
    /// Workers that run.
    pub workers: usize,
    /// Leases, those of shards that are done included.
    pub leases: usize,
    /// How often a lease went from one worker to another.
    pub lease_switches: u64,
    /// Records done, each time counted.
    pub records_processed: u64,
    /// Records done more than once.
    pub records_processed_again: u64,
    /// Milliseconds behind the tip, of the shard furthest behind.
    pub millis_behind_latest: u64,
}

/// A function in a report.
#[derive(Clone, Debug, Serialize)]
pub struct FunctionReport {
    /// Its name.
    pub function: String,
    /// Invocations that ran, those that failed included.
    pub invocations: u64,
    /// Invocations that failed.
    pub errors: u64,
    /// Invocations refused for want of concurrency.
    pub throttles: u64,
    /// Of them, by Lambda's names for the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub throttle_reasons: Vec<(String, u64)>,
    /// Invocations that had to start an instance.
    pub cold_starts: u64,
    /// Provisioned instances running now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioned_concurrent_executions: Option<u32>,
    /// Invocations on provisioned instances.
    #[serde(skip_serializing_if = "is_zero")]
    pub provisioned_concurrency_invocations: u64,
    /// Invocations on others while the provisioned ones were ready, and all in use.
    #[serde(skip_serializing_if = "is_zero")]
    pub provisioned_concurrency_spillover_invocations: u64,
    /// Invocations running now.
    pub concurrent_executions: u32,
    /// Most that ran at once.
    pub concurrent_executions_max: u32,
    /// Median duration, milliseconds.
    pub duration_p50_ms: u64,
    /// 99 of 100 took no longer, milliseconds.
    pub duration_p99_ms: u64,
    /// The most frequent values, for functions that count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<(String, u64)>,
}

/// A producer.
#[derive(Clone, Debug, Serialize)]
pub struct ProducerReport {
    /// Its name.
    pub producer: String,
    /// The stream that it feeds.
    pub stream: String,
    /// Records made.
    pub offered_records: u64,
    /// Records acknowledged.
    pub accepted_records: u64,
    /// Records of Kinesis that they were put as: fewer, where they are aggregated.
    pub kinesis_records: u64,
    /// Records refused, each refusal counted.
    pub refused_records: u64,
    /// Records given up.
    pub dropped_records: u64,
    /// Records waiting to be sent again.
    pub waiting_records: usize,
    /// Lines that could not be made into a record.
    pub bad_lines: u64,
    /// The last thing that went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl World {
    /// What there is to tell so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let look = self.look(ClockView::default());
        let streams: Vec<StreamReport> =
            look.streams.iter().map(|s| self.stream_report(s)).collect();
        let mut totals = ShardTally::default();
        self.meters.streams.values().for_each(|meter| totals += &meter.total());
        Report {
            session: look.session.clone(),
            seed: look.seed,
            elapsed_ms: look.elapsed_ms(),
            digest: format!("{:016x}", self.chronicle.digest()),
            totals: StreamTotals::from(&totals),
            streams,
            producers: look.producers.iter().map(producer_report).collect(),
            mappings: look.mappings.iter().map(mapping_report).collect(),
            applications: look.applications.iter().map(application_report).collect(),
            functions: look.functions.iter().map(function_report).collect(),
            events: self.chronicle.total(),
            notifications: self.chronicle.notifications(),
            log_failure: look.log_failure.clone(),
            timeline_failures: self.timeline_failures().to_vec(),
            expectations: self.findings(),
        }
    }

    fn stream_report(&self, view: &crate::snapshot::StreamView) -> StreamReport {
        let total = self.meters.streams.get(&view.name).map(super::meters::StreamMeter::total);
        StreamReport {
            stream: view.name.to_string(),
            status: view.status.word(),
            open_shards: view.open_shards(),
            totals: StreamTotals::from(&total.unwrap_or_default()),
            shards: view.shards.iter().map(shard_report).collect(),
        }
    }
}

fn shard_report(view: &crate::snapshot::ShardView) -> ShardReport {
    ShardReport {
        shard_id: view.id.to_string(),
        state: view.state.word(),
        parents: view.lineage.parents().map(|id| id.to_string()).collect(),
        starting_hash_key: view.range.start.to_string(),
        ending_hash_key: view.range.end.to_string(),
        totals: StreamTotals::from(&view.tally()),
    }
}

fn producer_report(view: &crate::snapshot::ProducerView) -> ProducerReport {
    let tally = view.tally;
    ProducerReport {
        producer: view.name.to_string(),
        stream: view.stream.to_string(),
        offered_records: tally.offered_records,
        accepted_records: tally.accepted_records,
        kinesis_records: tally.kinesis_records,
        refused_records: tally.refused_records,
        dropped_records: tally.dropped_records,
        waiting_records: view.backlog,
        bad_lines: tally.bad_lines,
        last_error: view.last_error.clone(),
    }
}

fn mapping_report(view: &crate::snapshot::MappingView) -> MappingReport {
    let ConsumerTally { invocations, errors, throttles, retries, .. } = view.tally;
    MappingReport {
        mapping: view.name.to_string(),
        stream: view.stream.to_string(),
        function: view.function.to_string(),
        iterator_age_ms: view.iterator_age_ms,
        iterator_age_p50_ms: view.iterator_age_p50_ms,
        iterator_age_p99_ms: view.iterator_age_p99_ms,
        iterator_age_max_ms: view.iterator_age_max_ms,
        invocations,
        errors,
        throttles,
        retries,
        concurrent_executions: view.running,
        concurrent_executions_max: view.running_max,
        done_records: view.tally.done_records,
        discarded_records: view.tally.discarded_records,
        state: view.life.word(),
        last_processing_result: view.last_result.clone(),
        polled_event_count: view.tally.read_records,
        filtered_out_event_count: view.tally.filtered_records,
        invoked_event_count: view.tally.invoked_records,
        failed_invoke_event_count: view.tally.failed_records,
        dropped_event_count: view.tally.discarded_records,
        on_failure_destination_delivered_event_count: view.tally.delivered_records,
        destination_delivery_failures: view.tally.delivery_failures,
    }
}

fn application_report(view: &crate::snapshot::ApplicationView) -> ApplicationReport {
    ApplicationReport {
        application: view.name.to_string(),
        stream: view.stream.to_string(),
        workers: view.workers.iter().filter(|worker| worker.is_alive).count(),
        leases: view.leases.len(),
        lease_switches: view.leases.iter().map(|lease| u64::from(lease.switches)).sum(),
        records_processed: view.tally.done_records,
        records_processed_again: view.again_records,
        millis_behind_latest: view.behind_ms,
    }
}

fn function_report(view: &crate::snapshot::FunctionView) -> FunctionReport {
    FunctionReport {
        function: view.name.to_string(),
        invocations: view.tally.invocations,
        errors: view.tally.errors,
        throttles: view.tally.throttles,
        throttle_reasons: view.throttles.clone(),
        cold_starts: view.tally.cold_starts,
        provisioned_concurrent_executions: view.provisioned.map(|_| view.provisioned_in_use),
        provisioned_concurrency_invocations: view.tally.provisioned_invocations,
        provisioned_concurrency_spillover_invocations: view.tally.spillover_invocations,
        concurrent_executions: view.in_use,
        concurrent_executions_max: view.in_use_max,
        duration_p50_ms: view.p50_ms,
        duration_p99_ms: view.p99_ms,
        top: view.top.clone(),
    }
}
