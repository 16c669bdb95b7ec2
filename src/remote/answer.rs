//! What endpoints answer, read into the types of `api`. What is missing or of another form is passed
//! over where something sensible stands for it, as other servers leave out what they do not know.

use std::collections::BTreeSet;

use base64_simd::STANDARD;
use serde_json::Value;

use crate::api::{CreateStream, ShardDescription, StreamSummary};
use crate::model::{
    HashKey, HashKeyRange, Level, Lineage, Millis, RecordDistribution, RecordRef, SequenceNumber,
    ShardId, ShardMetric, ShardState, StreamMode, StreamName, StreamStatus,
};

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// As the service writes it.
    pub(super) number: String,
    pub(super) arrival: Millis,
    pub(super) key: String,
    pub(super) data: Vec<u8>,
}

impl Read {
    /// The same as streams in this program have it.
    pub(super) fn record(&self) -> RecordRef<'_> {
        RecordRef {
            sequence: sequence(&self.number),
            arrival: self.arrival,
            partition_key: &self.key,
            data: &self.data,
        }
    }
}

/// What GetRecords answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) records: Vec<Read>,
    /// Where to read on; `None` at the end of a closed shard.
    pub(super) next: Option<String>,
    /// How far the answer is from the tip.
    pub(super) behind_ms: u64,
}

/// The names of a page of ListStreams, and whether there are more.
pub(super) fn names(page: &Value) -> (Vec<StreamName>, bool) {
    let names = page["StreamNames"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let names = names.filter_map(|name| StreamName::new(name).ok()).collect();
    (names, page["HasMoreStreams"] == true)
}

/// What DescribeStreamSummary tells; `None` when it is of no stream.
pub(super) fn summary(answer: &Value) -> Option<StreamSummary> {
    let told = answer.get("StreamDescriptionSummary")?;
    let text = |name: &str| told[name].as_str();
    let number = |name: &str| told[name].as_u64().and_then(|number| u32::try_from(number).ok());
    let stream = StreamName::new(text("StreamName")?).ok()?;
    let open_shards = number("OpenShardCount").unwrap_or(0);
    let mut settings = CreateStream::provisioned(stream, open_shards, Level::Memory);
    if told["StreamModeDetails"]["StreamMode"] == StreamMode::OnDemand.wire() {
        settings.mode = StreamMode::OnDemand;
    }
    if text("RecordDistributionStrategy") == Some(RecordDistribution::Auto.word()) {
        settings.distribution = RecordDistribution::Auto;
    }
    if let Some(hours) = number("RetentionPeriodHours") {
        settings.retention_ms = u64::from(hours) * 3_600_000;
    }
    settings.record_kib_max = number("MaxRecordSizeInKiB").unwrap_or(settings.record_kib_max);
    settings.key = text("KeyId").map(str::to_owned);
    let warm = told["WarmThroughput"]["TargetMiBps"].as_u64();
    settings.warm_mib_per_s = warm.and_then(|warm| u32::try_from(warm).ok());
    Some(StreamSummary {
        settings,
        status: status(text("StreamStatus").unwrap_or_default()),
        created: time(&told["StreamCreationTimestamp"]),
        open_shards,
        consumers: number("ConsumerCount").unwrap_or(0),
        monitored: monitored(told),
        warm: None,
    })
}

/// The metrics that are switched on for its shards.
fn monitored(told: &Value) -> BTreeSet<ShardMetric> {
    let levels = told["EnhancedMonitoring"].as_array().into_iter().flatten();
    let names = levels.filter_map(|level| level["ShardLevelMetrics"].as_array()).flatten();
    let metrics = names.filter_map(|name| ShardMetric::named(name.as_str()?)).flatten();
    metrics.copied().collect()
}

fn status(word: &str) -> StreamStatus {
    use StreamStatus::{Active, Creating, Deleting, Updating};
    let all = [Creating, Updating, Deleting];
    all.into_iter().find(|status| status.word() == word).unwrap_or(Active)
}

/// Seconds with a fraction.
fn time(value: &Value) -> Millis {
    let ms = value.as_f64().unwrap_or(0.0) * 1_000.0;
    Millis(if ms > 0.0 { ms.round() as u64 } else { 0 })
}

/// The shards of a page of ListShards, and the token of the next.
pub(super) fn shards(page: &Value) -> (Vec<ShardDescription>, Option<String>) {
    let shards = page["Shards"].as_array().into_iter().flatten().filter_map(shard).collect();
    (shards, page["NextToken"].as_str().map(str::to_owned))
}

fn shard(told: &Value) -> Option<ShardDescription> {
    let id = |name: &str| told[name].as_str().and_then(ShardId::parse);
    let key = |name: &str| told["HashKeyRange"][name].as_str().and_then(HashKey::parse);
    let number = |name: &str| told["SequenceNumberRange"][name].as_str().map(sequence);
    let starting_sequence = number("StartingSequenceNumber").unwrap_or_default();
    let ending_sequence = number("EndingSequenceNumber");
    let seconds = |number: u32| Millis(u64::from(number) * 1_000);
    Some(ShardDescription {
        shard: id("ShardId")?,
        state: if ending_sequence.is_some() { ShardState::Closed } else { ShardState::Open },
        range: HashKeyRange { start: key("StartingHashKey")?, end: key("EndingHashKey")? },
        lineage: Lineage {
            parent: id("ParentShardId"),
            adjacent_parent: id("AdjacentParentShardId"),
        },
        created: seconds(starting_sequence.created_s),
        closed: ending_sequence.map(|number| seconds(number.record_s)),
        starting_sequence,
        ending_sequence,
    })
}

/// A number as far as it has the layout of the service's; others count as the first of all.
fn sequence(text: &str) -> SequenceNumber {
    SequenceNumber::parse(text).unwrap_or_default()
}

/// What GetRecords answers.
pub(super) fn batch(answer: &Value) -> Batch {
    let record = |told: &Value| {
        let text = |name: &str| told[name].as_str().unwrap_or_default();
        Read {
            number: text("SequenceNumber").to_owned(),
            arrival: time(&told["ApproximateArrivalTimestamp"]),
            key: text("PartitionKey").to_owned(),
            data: STANDARD.decode_to_vec(text("Data")).unwrap_or_default(),
        }
    };
    Batch {
        records: answer["Records"].as_array().into_iter().flatten().map(record).collect(),
        next: answer["NextShardIterator"].as_str().map(str::to_owned),
        behind_ms: answer["MillisBehindLatest"].as_u64().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_summary_is_read_with_what_others_leave_out() {
        let told = |more: Value| {
            let mut all = json!({"StreamName": "orders", "StreamStatus": "UPDATING"});
            let more = more.as_object().expect("it is one").clone();
            all.as_object_mut().expect("it is one").extend(more);
            summary(&json!({"StreamDescriptionSummary": all})).expect("it is a stream")
        };
        let least = told(json!({}));
        assert_eq!(
            (least.status, least.settings.mode),
            (StreamStatus::Updating, StreamMode::Provisioned)
        );
        assert_eq!(least.settings.retention_ms, 86_400_000);
        let all = told(json!({
            "StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "RetentionPeriodHours": 48,
            "StreamCreationTimestamp": 1.7e9, "OpenShardCount": 4, "ConsumerCount": 1, "KeyId": "k",
            "EnhancedMonitoring": [{"ShardLevelMetrics": ["IncomingBytes", "Unheard"]}],
        }));
        assert_eq!((all.open_shards, all.consumers), (4, 1));
        assert_eq!(all.monitored, BTreeSet::from([ShardMetric::IncomingBytes]));
        assert_eq!(
            (all.settings.mode, all.created),
            (StreamMode::OnDemand, Millis(1_700_000_000_000))
        );
        assert_eq!(summary(&json!({})), None);
        assert_eq!(summary(&json!({"StreamDescriptionSummary": {"StreamName": "no/name"}})), None);
    }

    #[test]
    fn shards_have_their_ranges_parents_and_ends() {
        let first = SequenceNumber::first(ShardId(2), Millis(1_000_000));
        let page = json!({"NextToken": "t", "Shards": [
            {
                "ShardId": "shardId-000000000002", "ParentShardId": "shardId-000000000000",
                "AdjacentParentShardId": "shardId-000000000001",
                "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "340282366920938463463374607431768211455"},
                "SequenceNumberRange": {
                    "StartingSequenceNumber": first.to_string(),
                    "EndingSequenceNumber": first.end(Millis(2_000_000)).to_string(),
                },
            },
            {"ShardId": "shardId-000000000003"},
        ]});
        let (shards, token) = shards(&page);
        assert_eq!((shards.len(), token.as_deref()), (1, Some("t")), "one has no range");
        assert_eq!(shards[0].range, HashKeyRange { start: HashKey::MIN, end: HashKey::MAX });
        assert_eq!(shards[0].lineage.adjacent_parent, Some(ShardId(1)));
        assert_eq!(shards[0].state, ShardState::Closed);
        assert_eq!(
            (shards[0].created, shards[0].closed),
            (Millis(1_000_000), Some(Millis(2_000_000)))
        );
    }

    #[test]
    fn records_are_read_with_their_bytes() {
        let told = batch(&json!({
            "Records": [{"SequenceNumber": "5", "Data": "AAE=", "PartitionKey": "k", "ApproximateArrivalTimestamp": 1.5}],
            "NextShardIterator": "i", "MillisBehindLatest": 7,
        }));
        let record =
            Read { number: "5".into(), arrival: Millis(1_500), key: "k".into(), data: vec![0, 1] };
        assert_eq!(told, Batch { records: vec![record], next: Some("i".into()), behind_ms: 7 });
        assert_eq!(batch(&json!({"Records": "x"})), Batch::default());
    }
}
