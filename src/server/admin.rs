//! Pages that are no part of the service: `/health`, `/ready` and `/metrics`.
//!
//! Metrics are in Prometheus' text form. Those of streams are CloudWatch's, which their help names;
//! they are counted from the start of the process, for each shard. Those of functions and mappings
//! stand in `functions.rs`.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use hyper::StatusCode;

use crate::model::ShardTally;
use crate::server::connection::Context;
use crate::server::functions;
use crate::server::served::{BUCKETS, Count};
use crate::snapshot::{ShardView, Snapshot, StreamView};

const TEXT: &str = "text/plain; charset=utf-8";
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A page: its status, its content type and its text.
type Page = (StatusCode, &'static str, String);

/// The page of that path, if there is one.
pub(super) fn page(path: &str, context: &Context) -> Option<Page> {
    match path {
        "/health" => Some((StatusCode::OK, TEXT, "ok\n".to_owned())),
        "/ready" => Some(ready(context.service.snapshot().log_failure.as_deref())),
        "/metrics" => Some((StatusCode::OK, METRICS, metrics(context))),
        _ => None,
    }
}

/// Those who send requests elsewhere by this page look at its status alone.
fn ready(log_failure: Option<&str>) -> Page {
    match log_failure {
        None => (StatusCode::OK, TEXT, "ready\n".to_owned()),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("not ready: {why}\n")),
    }
}

/// A counter of a shard: its name here, CloudWatch's name and unit, and where it is counted.
type ShardCounter = (&'static str, &'static str, fn(&ShardTally) -> u64);

const SHARD_COUNTERS: [ShardCounter; 6] = [
    ("incoming_records", "IncomingRecords (Count)", |tally| tally.incoming_records),
    ("incoming_bytes", "IncomingBytes (Bytes)", |tally| tally.incoming_bytes),
    ("outgoing_records", "OutgoingRecords (Count): GetRecords and SubscribeToShard", |tally| {
        tally.outgoing_records + tally.pushed_records
    }),
    ("outgoing_bytes", "OutgoingBytes (Bytes): GetRecords and SubscribeToShard", |tally| {
        tally.outgoing_bytes + tally.pushed_bytes
    }),
    (
        "write_provisioned_throughput_exceeded",
        "WriteProvisionedThroughputExceeded (Count): records refused",
        ShardTally::write_throttled,
    ),
    (
        "read_provisioned_throughput_exceeded",
        "ReadProvisionedThroughputExceeded (Count): GetRecords calls refused",
        |tally| {
            tally.read_throttled_by_calls
                + tally.read_throttled_by_bytes
                + tally.read_throttled_by_records
        },
    ),
];

fn metrics(context: &Context) -> String {
    let snapshot = context.service.snapshot();
    let mut text = String::new();
    for (name, help, count) in SHARD_COUNTERS {
        let name = format!("aws_kinesis_{name}_total");
        head(&mut text, &name, "counter", help);
        for (stream, shard) in shards(&snapshot) {
            let (stream, id, count) = (&stream.name, shard.id, count(&shard.tally()));
            line(
                &mut text,
                format_args!("{name}{{stream_name=\"{stream}\",shard_id=\"{id}\"}} {count}"),
            );
        }
    }
    iterator_age(&mut text, &snapshot);
    functions::write(&mut text, &snapshot);
    requests(&mut text, context);
    log(&mut text, &snapshot);
    text
}

fn shards(snapshot: &Snapshot) -> impl Iterator<Item = (&StreamView, &ShardView)> {
    let streams = snapshot.streams.iter();
    streams.flat_map(|stream| stream.shards.iter().map(move |shard| (stream, shard)))
}

pub(super) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# HELP {name} {help}"));
    line(text, format_args!("# TYPE {name} {kind}"));
}

pub(super) fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("invariant: memory takes everything");
}

fn iterator_age(text: &mut String, snapshot: &Snapshot) {
    let name = "aws_kinesis_iterator_age_milliseconds";
    head(text, name, "gauge", "IteratorAgeMilliseconds (Milliseconds) of the mappings in here");
    for (stream, shard) in shards(snapshot) {
        if let Some(age) = shard.iterator_age_ms() {
            let (stream, id) = (&stream.name, shard.id);
            line(text, format_args!("{name}{{stream_name=\"{stream}\",shard_id=\"{id}\"}} {age}"));
        }
    }
}

/// Requests by operation: CloudWatch's `.Success` and `.Latency`, as a histogram.
fn requests(text: &mut String, context: &Context) {
    let load = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
    let name = "aws_kinesis_requests_total";
    head(
        text,
        name,
        "counter",
        "Requests (Count): what CloudWatch calls OPERATION.Success, and the others",
    );
    for (operation, count) in context.counts.asked() {
        let Count { answered, refused, failed, .. } = count;
        for (outcome, count) in [("success", answered), ("refused", refused), ("failed", failed)] {
            let count = load(count);
            line(
                text,
                format_args!("{name}{{operation=\"{operation}\",outcome=\"{outcome}\"}} {count}"),
            );
        }
    }
    let name = "watershed_tls_handshakes_failed_total";
    head(text, name, "counter", "Clients that spoke no TLS where nothing else is spoken");
    line(text, format_args!("{name} {}", load(&context.counts.strangers)));
    let name = "aws_kinesis_latency_seconds";
    head(text, name, "histogram", "OPERATION.Latency, in seconds");
    for (operation, count) in context.counts.asked() {
        let mut sum = 0;
        for (bound, bucket) in BUCKETS.iter().zip(&count.buckets) {
            sum += load(bucket);
            let bound = *bound as f64 / 1e6;
            line(
                text,
                format_args!("{name}_bucket{{operation=\"{operation}\",le=\"{bound}\"}} {sum}"),
            );
        }
        let all = load(&count.answered) + load(&count.refused) + load(&count.failed);
        let seconds = load(&count.micros) as f64 / 1e6;
        line(text, format_args!("{name}_bucket{{operation=\"{operation}\",le=\"+Inf\"}} {all}"));
        line(text, format_args!("{name}_sum{{operation=\"{operation}\"}} {seconds}"));
        line(text, format_args!("{name}_count{{operation=\"{operation}\"}} {all}"));
    }
}

/// What CloudWatch does not know: the log below.
fn log(text: &mut String, snapshot: &Snapshot) {
    for (name, help, value) in [
        ("watershed_log_memory_bytes", "Memory that the log holds", snapshot.log_memory_bytes),
        ("watershed_log_disk_bytes", "Disk that the log holds", snapshot.log_disk_bytes),
        ("watershed_log_unsynced_bytes", "Written and not yet synced", snapshot.log_unsynced_bytes),
    ] {
        head(text, name, "gauge", help);
        line(text, format_args!("{name} {value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that were refused because others read are no `ReadProvisionedThroughputExceeded`.
    #[test]
    fn what_was_refused_for_throughput_is_counted_for_whichever_budget_was_spent() {
        let tally = ShardTally {
            throttled_by_records: 1,
            throttled_by_bytes: 2,
            read_throttled_by_calls: 10,
            read_throttled_by_bytes: 20,
            read_throttled_by_records: 40,
            read_throttled_by_readers: 80,
            ..ShardTally::default()
        };
        let counted = SHARD_COUNTERS.map(|(_, _, count)| count(&tally));
        assert_eq!(counted, [0, 0, 0, 0, 3, 70]);
    }
}
