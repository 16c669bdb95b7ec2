//! What is told of streams.

use std::collections::BTreeSet;

use crate::api::{CreateStream, StreamDescription, StreamSummary, StreamsPage};
use crate::model::{EncryptionType, Millis, ShardMetric, StreamMode, StreamStatus};
use crate::wire::Account;
use crate::wire::answer::{names, shards, stream_of, warm_throughput};
use crate::wire::writer::Writer;

fn mode_details(writer: &mut Writer, mode: StreamMode) {
    writer.key("StreamModeDetails").structure(|writer| {
        writer.key("StreamMode").word(mode.wire());
    });
}

/// What a description and a summary both begin with.
fn common(
    writer: &mut Writer,
    settings: &CreateStream,
    (status, created): (StreamStatus, Millis),
    monitored: &BTreeSet<ShardMetric>,
    account: &Account,
) {
    stream_of(writer, &settings.stream, account);
    writer.key("StreamStatus").word(status.word());
    mode_details(writer, settings.mode);
    // Sessions may ask for less than an hour, which the service's whole hours cannot say.
    let hours = settings.retention_ms.div_ceil(3_600_000);
    writer.key("RetentionPeriodHours").integer(hours);
    writer.key("StreamCreationTimestamp").time(created);
    writer.key("EnhancedMonitoring").list([monitored], |writer, metrics| {
        writer.structure(|writer| {
            writer.key("ShardLevelMetrics");
            names(writer, metrics.iter());
        });
    });
    let kind = if settings.key.is_some() { EncryptionType::Kms } else { EncryptionType::None };
    writer.key("EncryptionType").word(kind.word());
    if let Some(key) = &settings.key {
        writer.key("KeyId").text(key);
    }
}

pub(super) fn description(writer: &mut Writer, told: &StreamDescription, account: &Account) {
    writer.key("StreamDescription").structure(|writer| {
        let StreamDescription { settings, status, created, monitored, .. } = told;
        common(writer, settings, (*status, *created), monitored, account);
        writer.key("Shards").list(&told.shards, shards::shard);
        writer.key("HasMoreShards").boolean(told.has_more_shards);
    });
}

pub(super) fn summary(writer: &mut Writer, told: &StreamSummary, account: &Account) {
    writer.key("StreamDescriptionSummary").structure(|writer| {
        let StreamSummary { settings, status, created, monitored, .. } = told;
        common(writer, settings, (*status, *created), monitored, account);
        writer.key("OpenShardCount").integer(told.open_shards.into());
        writer.key("ConsumerCount").integer(told.consumers.into());
        if let Some(warm) = told.warm {
            warm_throughput(writer, warm);
        }
        writer.key("MaxRecordSizeInKiB").integer(settings.record_kib_max.into());
        writer.key("ChannelCount").integer(0);
        if settings.mode == StreamMode::OnDemand {
            writer.key("RecordDistributionStrategy").word(settings.distribution.word());
        }
        writer.key("QueueCount").integer(0);
    });
}

pub(super) fn page(writer: &mut Writer, page: &StreamsPage, account: &Account) {
    writer.key("StreamNames").list(&page.streams, |writer, stream| writer.plain(&stream.name));
    writer.key("HasMoreStreams").boolean(page.next_token.is_some());
    if let Some(token) = &page.next_token {
        writer.key("NextToken").plain(token);
    }
    writer.key("StreamSummaries").list(&page.streams, |writer, stream| {
        writer.structure(|writer| {
            stream_of(writer, &stream.name, account);
            writer.key("StreamStatus").word(stream.status.word());
            mode_details(writer, stream.mode);
            writer.key("StreamCreationTimestamp").time(stream.created);
        });
    });
}
