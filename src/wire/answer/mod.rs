//! Answers as bodies. What is done and has nothing to tell has an empty one.

mod consumers;
mod pieces;
mod records;
mod shards;
mod streams;

pub use pieces::Pieces;
pub(super) use records::event;

use crate::api::{
    AccountLimits, AccountSettings, Answer, LabelOperation, MonitoredMetrics, Operation,
    ShardCounts, TagsPage, WarmThroughput,
};
use crate::model::{ShardMetric, StreamName};
use crate::wire::writer::Writer;
use crate::wire::{Account, Format};

/// The body of what `account` answers to an operation.
#[must_use]
pub fn answer(
    operation: &Operation,
    answer: &Answer,
    format: Format,
    account: &Account,
) -> Vec<u8> {
    let mut writer = match answer {
        Answer::Done => return Vec::new(),
        Answer::Records(records) => records::room_for(&records.records, format),
        Answer::Put(put) => Writer::with_capacity(format, 64 + 128 * put.outcomes.len()),
        _ => Writer::new(format),
    };
    writer.structure(|writer| members(writer, operation, answer, account));
    writer.end()
}

fn members(writer: &mut Writer, operation: &Operation, answer: &Answer, account: &Account) {
    match answer {
        Answer::Done => {}
        Answer::Stream(description) => streams::description(writer, description, account),
        Answer::Summary(summary) => streams::summary(writer, summary, account),
        Answer::Streams(page) => streams::page(writer, page, account),
        Answer::Shards(page) => shards::page(writer, page),
        Answer::Limits(limits) => limits_of(writer, *limits),
        Answer::Account(settings) => settings_of(writer, *settings),
        Answer::Scaling(counts) => scaling(writer, operation, *counts, account),
        Answer::Warm(warm) => warmth(writer, operation, *warm, account),
        Answer::Monitoring(metrics) => monitoring(writer, operation, metrics, account),
        Answer::Tags(page) => tags(writer, operation, page),
        Answer::Policy(policy) => writer.key("Policy").text(policy),
        Answer::PutOne(put) => records::put_one(writer, put),
        Answer::Put(put) => records::put(writer, operation, put, account),
        Answer::Iterator(iterator) => records::iterator(writer, iterator),
        Answer::Consumer(consumer) => {
            consumers::consumer(writer, operation, consumer, account);
        }
        Answer::Consumers(page) => consumers::page(writer, page, account),
        Answer::Records(answer) => records::records(writer, answer),
    }
}

fn limits_of(writer: &mut Writer, limits: AccountLimits) {
    // Clients read 31 bits, which is more than enough where a quota is off.
    let most = |count: u32| u64::from(count.min(i32::MAX as u32));
    writer.key("ShardLimit").integer(most(limits.shard_limit));
    writer.key("OpenShardCount").integer(limits.open_shards.into());
    writer.key("OnDemandStreamCount").integer(limits.on_demand_streams.into());
    writer.key("OnDemandStreamCountLimit").integer(most(limits.on_demand_limit));
    writer.key("ChannelCount").integer(0);
    writer.key("ChannelCountLimit").integer(0);
}

fn settings_of(writer: &mut Writer, settings: AccountSettings) {
    let AccountSettings { status, started, ended, earliest_end } = settings;
    writer.key("MinimumThroughputBillingCommitment").structure(|writer| {
        writer.key("Status").word(status.word());
        let times =
            [("StartedAt", started), ("EndedAt", ended), ("EarliestAllowedEndAt", earliest_end)];
        for (key, at) in times {
            if let Some(at) = at {
                writer.key(key).time(at);
            }
        }
    });
}

/// The stream that an operation is about, by name and by ARN.
fn stream_of(writer: &mut Writer, stream: &StreamName, account: &Account) {
    writer.key("StreamName").plain(stream);
    writer.key("StreamARN").plain(account.stream_arn(stream));
}

fn asked_stream(operation: &Operation) -> &StreamName {
    let control = operation.control().and_then(|control| control.stream);
    control.expect("invariant: what has this answer is about a stream")
}

fn scaling(writer: &mut Writer, operation: &Operation, counts: ShardCounts, account: &Account) {
    stream_of(writer, asked_stream(operation), account);
    writer.key("CurrentShardCount").integer(counts.current.into());
    writer.key("TargetShardCount").integer(counts.target.into());
}

fn warmth(writer: &mut Writer, operation: &Operation, warm: WarmThroughput, account: &Account) {
    stream_of(writer, asked_stream(operation), account);
    warm_throughput(writer, warm);
}

fn warm_throughput(writer: &mut Writer, warm: WarmThroughput) {
    writer.key("WarmThroughput").structure(|writer| {
        writer.key("TargetMiBps").integer(warm.target.into());
        writer.key("CurrentMiBps").integer(warm.current.into());
    });
}

fn monitoring(
    writer: &mut Writer,
    operation: &Operation,
    metrics: &MonitoredMetrics,
    account: &Account,
) {
    stream_of(writer, asked_stream(operation), account);
    writer.key("CurrentShardLevelMetrics");
    names(writer, metrics.before.iter());
    writer.key("DesiredShardLevelMetrics");
    names(writer, metrics.after.iter());
}

fn names<'a>(writer: &mut Writer, metrics: impl Iterator<Item = &'a ShardMetric>) {
    writer.list(metrics, |writer, metric| writer.word(metric.name()));
}

fn tags(writer: &mut Writer, operation: &Operation, page: &TagsPage) {
    writer.key("Tags").list(&page.tags, |writer, (key, value)| {
        writer.structure(|writer| {
            writer.key("Key").text(key);
            writer.key("Value").text(value);
        });
    });
    // The tags of a resource are told all at once.
    if matches!(operation, Operation::Label(LabelOperation::ListTagsForStream(_))) {
        writer.key("HasMoreTags").boolean(page.has_more);
    }
}
