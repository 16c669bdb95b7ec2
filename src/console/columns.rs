//! The columns of every table, and what a row is worth in each: by that it is sorted.

use crate::command::Screen;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::widget::table::Column;
use crate::snapshot::{
    FunctionView, LaneView, MappingView, ProducerView, ReaderView, ShardView, Snapshot, StreamView,
    TailRecord, TransformView,
};

/// Columns of a spark line in the table of streams.
pub const STREAM_SPARK: u16 = 18;
/// Columns of a gauge, and of a spark line, in the table of functions.
pub const FUNCTION_GAUGE: u16 = 16;

const STREAMS: &[Column] = &[
    Column::words("NAME", 14, 0).growing(1),
    Column::words("MODE", 4, 7),
    Column::words("PROBLEM", 8, 3),
    Column::numbers("SHARDS", 6, 3),
    Column::numbers("IN MiB/s", 8, 2),
    Column::numbers("CAP%", 4, 0),
    Column::numbers("REC/s", 6, 5),
    Column::numbers("OUT MiB/s", 9, 6),
    Column::numbers("GET/s", 5, 8),
    Column::numbers("W-THR/s", 7, 1),
    Column::numbers("R-THR/s", 7, 7),
    Column::numbers("AGE", 7, 2),
    Column::numbers("CONS", 4, 8),
    Column::words("IN 60 s", STREAM_SPARK, 4),
];

const SHARDS: &[Column] = &[
    Column::words("SHARD", 5, 0),
    Column::words("STATE", 8, 3),
    Column::words("RANGE START", 12, 7).growing(1),
    Column::numbers("SHARE", 6, 6),
    Column::numbers("IN MiB/s", 8, 2),
    Column::numbers("REC/s", 6, 4),
    Column::numbers("CAP%", 4, 0),
    Column::numbers("OUT MiB/s", 9, 5),
    Column::numbers("GET/s", 5, 8),
    Column::numbers("W-THR/s", 7, 1),
    Column::numbers("AGE", 8, 2),
    Column::words("HOT KEY", 14, 3),
];

const CONSUMERS: &[Column] = &[
    Column::words("CONSUMER", 14, 0).growing(1),
    Column::words("KIND", 9, 6),
    Column::words("STREAM", 12, 4),
    Column::words("FUNCTION / TO", 14, 5),
    Column::numbers("LANES", 7, 3),
    Column::numbers("AGE", 7, 0),
    Column::numbers("DONE/s", 7, 1),
    Column::numbers("ERR/s", 6, 2),
    Column::numbers("THR/s", 6, 2),
];

const LANES: &[Column] = &[
    Column::words("SHARD", 5, 0),
    Column::numbers("LANE", 4, 4),
    Column::words("STATE", 9, 0),
    Column::numbers("BATCH", 6, 1),
    Column::numbers("AGE", 7, 0),
    Column::numbers("TRIES", 5, 3),
    Column::words("NOTE", 10, 2).growing(1),
];

const TRANSFORMS: &[Column] = &[
    Column::words("TRANSFORM", 14, 0).growing(1),
    Column::words("FROM", 12, 3),
    Column::words("TO", 12, 3),
    Column::words("STATE", 8, 4),
    Column::numbers("IN/s", 6, 1),
    Column::numbers("OUT/s", 6, 0),
    Column::numbers("PASS", 5, 5),
    Column::numbers("FAILED", 7, 2),
    Column::numbers("BEHIND", 7, 2),
];

const FUNCTIONS: &[Column] = &[
    Column::words("FUNCTION", 14, 0).growing(1),
    Column::words("KIND", 18, 7),
    Column::numbers("IN USE", 6, 0),
    Column::numbers("LIMIT", 6, 1),
    Column::words("GAUGE", FUNCTION_GAUGE, 5),
    Column::numbers("NEEDS", 5, 0),
    Column::numbers("INV/s", 6, 3),
    Column::numbers("THR/s", 6, 1),
    Column::numbers("ERR/s", 6, 2),
    Column::numbers("COLD/s", 6, 6),
    Column::numbers("p50", 6, 5),
    Column::numbers("p99", 6, 4),
    Column::words("IN USE 60 s", FUNCTION_GAUGE, 6),
];

const PRODUCERS: &[Column] = &[
    Column::words("PRODUCER", 12, 0).growing(1),
    Column::words("STREAM", 10, 4),
    Column::words("STATE", 8, 2),
    Column::numbers("RATE", 6, 3),
    Column::numbers("MADE/s", 6, 6),
    Column::numbers("OK/s", 6, 1),
    Column::numbers("REFUSED/s", 9, 2),
    Column::numbers("BACKLOG", 7, 5),
    Column::numbers("DROPPED", 7, 5),
];

const RECORDS: &[Column] = &[
    Column::words("ARRIVED", 12, 1),
    Column::words("SHARD", 5, 2),
    Column::words("KEY", 14, 0),
    Column::numbers("SIZE", 8, 3),
    Column::words("DATA", 12, 0).growing(1),
];

const PROBLEMS: &[Column] = &[
    Column::words("SUBJECT", 18, 1),
    Column::words("PROBLEM", 8, 0),
    Column::words("WHAT", 20, 0).growing(3),
    Column::words("CURE", 24, 3).growing(1),
];

/// Columns of a bar in the table of costs.
pub const COST_BAR: u16 = 18;

const COSTS: &[Column] = &[
    Column::words("ITEM", 20, 0).growing(1),
    Column::numbers("AMOUNT/h", 9, 3),
    Column::words("UNIT", 12, 4),
    Column::numbers("PRICE", 13, 5),
    Column::numbers("NOW/h", 9, 1),
    Column::numbers("30 d", 10, 0),
    Column::words("SHARE", COST_BAR, 2),
];

/// The columns of a panel's table; none where it has no table.
#[must_use]
pub fn of(panel: Panel) -> &'static [Column] {
    match panel {
        Panel::Streams => STREAMS,
        Panel::Shards => SHARDS,
        Panel::Consumers => CONSUMERS,
        Panel::Lanes => LANES,
        Panel::Problems => PROBLEMS,
        Panel::Functions => FUNCTIONS,
        Panel::Transforms => TRANSFORMS,
        Panel::Producers => PRODUCERS,
        Panel::Records => RECORDS,
        Panel::Costs => COSTS,
        Panel::Flow
        | Panel::Events
        | Panel::Heat
        | Panel::Map
        | Panel::Lineage
        | Panel::Age
        | Panel::Top
        | Panel::Stages
        | Panel::Sample
        | Panel::Producer
        | Panel::Account
        | Panel::Why
        | Panel::Record
        | Panel::System
        | Panel::Log
        | Panel::Help => &[],
    }
}

/// What a row is worth in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// Nothing: it has no value there.
    None,
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

fn number(value: impl Into<f64>) -> Worth {
    Worth::Number(value.into())
}

/// Bytes a second, as the column's title says.
fn mib(bytes: f64) -> Worth {
    Worth::Number(bytes / (1024.0 * 1024.0))
}

fn percent(share: Option<f64>) -> Worth {
    share.map_or(Worth::None, |share| Worth::Number(share * 100.0))
}

fn count(value: u64) -> Worth {
    Worth::Number(value as f64)
}

fn maybe(value: Option<u64>) -> Worth {
    value.map_or(Worth::None, count)
}

fn word(value: &(impl ToString + ?Sized)) -> Worth {
    Worth::Word(value.to_string())
}

/// Can a table be sorted by a column? Not by a picture, as of a spark line.
#[must_use]
pub fn sorts(panel: Panel, title: &str) -> bool {
    // Lanes go by their age, records by their arrival, problems by how much they matter.
    let fixed = matches!(panel, Panel::Lanes | Panel::Records | Panel::Problems);
    !fixed && tells(title) && of(panel).iter().any(|column| column.title == title)
}

/// Is a column told by a value, and not by a picture as a spark line is?
#[must_use]
pub fn tells(title: &str) -> bool {
    !["IN 60 s", "IN USE 60 s", "GAUGE", "HOT KEY", "PROBLEM"].contains(&title)
}

/// Ids of the rows of a panel, in their natural order, with their worth in a column.
#[must_use]
pub fn worths(
    state: &State,
    panel: Panel,
    title: &str,
    snapshot: &Snapshot,
) -> Vec<(String, Worth)> {
    match panel {
        Panel::Streams => {
            let all = snapshot.streams.iter();
            all.map(|stream| (stream.name.to_string(), of_stream(stream, title))).collect()
        }
        Panel::Shards => {
            let Screen::Stream(name) = &state.screen else { return Vec::new() };
            let Some(stream) = snapshot.stream(name.as_str()) else { return Vec::new() };
            let all = stream.shards.iter();
            all.map(|shard| (shard.id.short(), of_shard(stream, shard, title))).collect()
        }
        Panel::Consumers => {
            let mappings = snapshot.mappings.iter();
            let transforms = snapshot.transforms.iter();
            let readers = snapshot.readers.iter();
            mappings
                .map(|mapping| (mapping.name.to_string(), of_mapping(mapping, title)))
                .chain(transforms.map(|t| (t.name.to_string(), of_transform(t, title))))
                .chain(readers.map(|reader| (reader.name.to_string(), of_reader(reader, title))))
                .collect()
        }
        Panel::Transforms => {
            let all = snapshot.transforms.iter();
            all.map(|t| (t.name.to_string(), of_transforms(t, title))).collect()
        }
        Panel::Functions => {
            let all = snapshot.functions.iter();
            all.map(|function| (function.name.to_string(), of_function(function, title))).collect()
        }
        Panel::Producers => {
            let all = snapshot.producers.iter();
            all.map(|producer| (producer.name.to_string(), of_producer(producer, title))).collect()
        }
        Panel::Lanes => {
            let name = state.consumer(snapshot);
            let mapping = snapshot.mappings.iter().find(|m| Some(&m.name) == name.as_ref());
            let lanes = mapping.into_iter().flat_map(|mapping| &mapping.lanes);
            let id = |lane: &LaneView| format!("{}/{}", lane.shard.short(), lane.lane);
            lanes.map(|lane| (id(lane), of_lane(lane, title))).collect()
        }
        Panel::Records => {
            let id = |record: &TailRecord| format!("{} {}", record.shard, record.sequence);
            let all = state.records(snapshot).into_iter();
            all.map(|record| (id(record), of_record(record, snapshot, title))).collect()
        }
        _ => Vec::new(),
    }
}

fn of_lane(lane: &LaneView, title: &str) -> Worth {
    match title {
        "SHARD" => word(&lane.shard.short()),
        "LANE" => number(lane.lane),
        "STATE" => word(lane.state.word()),
        "BATCH" => count(lane.batch as u64),
        "AGE" => count(lane.age_ms),
        "TRIES" => number(lane.retries),
        "NOTE" => word(&lane.note),
        _ => Worth::None,
    }
}

fn of_record(record: &TailRecord, snapshot: &Snapshot, title: &str) -> Worth {
    match title {
        "ARRIVED" => count(record.arrival.since(snapshot.started)),
        "SHARD" => word(&record.shard.short()),
        "KEY" => word(&record.partition_key),
        "SIZE" => count(record.data_bytes as u64),
        "DATA" => word(&String::from_utf8_lossy(&record.data)),
        _ => Worth::None,
    }
}

fn of_stream(stream: &StreamView, title: &str) -> Worth {
    let rates = &stream.rates;
    match title {
        "NAME" => word(&stream.name),
        "MODE" => word(stream.mode.word()),
        "SHARDS" => count(stream.open_shards() as u64),
        "IN MiB/s" => mib(rates.in_bytes),
        "CAP%" => percent(stream.write_utilization()),
        "REC/s" => number(rates.in_records),
        "OUT MiB/s" => mib(rates.out_bytes),
        "GET/s" => number(rates.read_calls),
        "W-THR/s" => number(rates.write_throttled),
        "R-THR/s" => number(rates.read_throttled),
        "AGE" => maybe(stream.iterator_age_ms),
        "CONS" => count(stream.consumers as u64),
        _ => Worth::None,
    }
}

fn of_shard(stream: &StreamView, shard: &ShardView, title: &str) -> Worth {
    let rates = &shard.rates;
    match title {
        "SHARD" => number(shard.id.0),
        "STATE" => word(shard.state.word()),
        "RANGE START" => word(&format!("{:032x}", shard.range.start.0)),
        "SHARE" => number(shard.range.share()),
        "IN MiB/s" => mib(rates.in_bytes),
        "REC/s" => number(rates.in_records),
        "CAP%" => percent(rates.write_utilization(&stream.limits, 1)),
        "OUT MiB/s" => mib(rates.out_bytes),
        "GET/s" => number(rates.read_calls),
        "W-THR/s" => number(rates.write_throttled),
        "AGE" => maybe(shard.iterator_age_ms),
        _ => Worth::None,
    }
}

fn of_mapping(mapping: &MappingView, title: &str) -> Worth {
    match title {
        "CONSUMER" => word(&mapping.name),
        "KIND" => word("mapping"),
        "STREAM" => word(&mapping.stream),
        "FUNCTION / TO" => word(&mapping.function),
        "LANES" => count(mapping.lanes.len() as u64),
        "AGE" => count(mapping.iterator_age_ms),
        "DONE/s" => number(mapping.done_per_s),
        "ERR/s" => number(mapping.errors_per_s),
        "THR/s" => number(mapping.throttles_per_s),
        _ => Worth::None,
    }
}

fn of_transform(transform: &TransformView, title: &str) -> Worth {
    match title {
        "CONSUMER" => word(&transform.name),
        "KIND" => word("transform"),
        "STREAM" => word(&transform.from),
        "FUNCTION / TO" => word(&transform.to),
        "AGE" => count(transform.iterator_age_ms),
        "DONE/s" => number(transform.out_per_s),
        "ERR/s" => count(transform.tally.failed_records),
        _ => Worth::None,
    }
}

/// Of the table of transforms alone.
fn of_transforms(transform: &TransformView, title: &str) -> Worth {
    let tally = &transform.tally;
    let lost = tally.dropped_records + tally.failed_records;
    let kept = tally.in_records.saturating_sub(lost);
    match title {
        "TRANSFORM" => word(&transform.name),
        "FROM" => word(&transform.from),
        "TO" => word(&transform.to),
        "STATE" => word(transform.state.word()),
        "IN/s" => number(transform.in_per_s),
        "OUT/s" => number(transform.out_per_s),
        "PASS" if tally.in_records > 0 => number(kept as f64 / tally.in_records as f64),
        "FAILED" => count(tally.failed_records),
        "BEHIND" => count(transform.iterator_age_ms),
        _ => Worth::None,
    }
}

fn of_reader(reader: &ReaderView, title: &str) -> Worth {
    match title {
        "CONSUMER" => word(&reader.name),
        "KIND" => word("reader"),
        "STREAM" => word(&reader.stream),
        "AGE" => count(reader.behind_ms),
        "DONE/s" => number(reader.records_per_s),
        "THR/s" => number(reader.throttled_per_s),
        _ => Worth::None,
    }
}

fn of_function(function: &FunctionView, title: &str) -> Worth {
    match title {
        "FUNCTION" => word(&function.name),
        "KIND" => word(&function.kind),
        "IN USE" => number(function.in_use),
        "LIMIT" => function.reserved.map_or(Worth::None, number),
        "NEEDS" => number(function.needs),
        "INV/s" => number(function.invocations_per_s),
        "THR/s" => number(function.throttles_per_s),
        "ERR/s" => number(function.errors_per_s),
        "COLD/s" => number(function.cold_starts_per_s),
        "p50" => count(function.p50_ms),
        "p99" => count(function.p99_ms),
        _ => Worth::None,
    }
}

fn of_producer(producer: &ProducerView, title: &str) -> Worth {
    match title {
        "PRODUCER" => word(&producer.name),
        "STREAM" => word(&producer.stream),
        "STATE" => word(producer.state.word()),
        "RATE" => number(producer.rate_factor),
        "MADE/s" => number(producer.offered_per_s),
        "OK/s" => number(producer.accepted_per_s),
        "REFUSED/s" => number(producer.refused_per_s),
        "BACKLOG" => count(producer.backlog as u64),
        "DROPPED" => count(producer.tally.dropped_records),
        _ => Worth::None,
    }
}
