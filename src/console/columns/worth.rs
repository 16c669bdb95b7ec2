//! What a row is worth in each column: by that it is sorted, and so it is exported.

use crate::command::Screen;
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::state::courses::Course;
use crate::console::state::logs::{Line, Speaker};
use crate::console::state::shelf::Shelved;
use crate::console::state::shown::lane_id;
use crate::cost::MONTH_HOURS;
use crate::model::ShardState;
use crate::snapshot::{
    ApplicationView, FunctionView, LaneView, MappingView, ProducerView, ReaderView, ShardView,
    Snapshot, StreamView, TailRecord, TransformView,
};

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
            let applications = snapshot.applications.iter();
            mappings
                .map(|mapping| (mapping.name.to_string(), of_mapping(mapping, title)))
                .chain(transforms.map(|t| (t.name.to_string(), of_transform(t, title))))
                .chain(readers.map(|reader| (reader.name.to_string(), of_reader(reader, title))))
                .chain(applications.map(|one| (one.name.to_string(), of_application(one, title))))
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
            let lanes = state.mapping(snapshot).into_iter().flat_map(|mapping| &mapping.lanes);
            lanes.map(|lane| (lane_id(lane), of_lane(lane, title))).collect()
        }
        Panel::Records => {
            let id = |record: &TailRecord| format!("{} {}", record.shard, record.sequence);
            let all = state.records(snapshot).into_iter();
            all.map(|record| (id(record), of_record(record, snapshot, title))).collect()
        }
        _ => own_worths(state, panel, title),
    }
}

/// The same for what the console itself keeps.
fn own_worths(state: &State, panel: Panel, title: &str) -> Vec<(String, Worth)> {
    match panel {
        Panel::Sessions => {
            let all = state.shelf.iter();
            all.map(|one| (one.name.clone(), of_session(one, title))).collect()
        }
        Panel::Themes => {
            let named = |name: &String| if title == "THEME" { word(name) } else { Worth::None };
            state.known.themes.iter().map(|name| (name.clone(), named(name))).collect()
        }
        Panel::Courses => {
            let all = state.courses.all.iter();
            all.map(|course| (course.title.clone(), of_course(course, state, title))).collect()
        }
        Panel::Log => {
            let shown = state.logs.shown().into_iter();
            shown.map(|line| (line.serial.to_string(), of_line(line, title))).collect()
        }
        Panel::Targets => {
            let all = state.logs.speakers();
            all.map(|(name, speaker)| (name.clone(), of_speaker(name, speaker, title))).collect()
        }
        _ => Vec::new(),
    }
}

fn of_session(one: &Shelved, title: &str) -> Worth {
    let session = &one.session;
    match title {
        "SESSION" => word(&one.name),
        "TITLE" => word(&session.title),
        "STREAMS" => count(session.streams.len() as u64),
        "SHARDS" => count(session.shards()),
        "REC/s" => number(session.rate()),
        "STEPS" => count(session.timeline.len() as u64),
        "LENGTH" => number(session.length_s),
        _ => Worth::None,
    }
}

fn of_course(course: &Course, state: &State, title: &str) -> Worth {
    let Some(Ok(outlook)) = &course.outcome else {
        return if title == "IF" { word(&course.title) } else { Worth::None };
    };
    let monthly = outlook.per_hour * MONTH_HOURS;
    match title {
        "IF" => word(&course.title),
        "SHARDS" => count(outlook.open_shards as u64),
        "REFUSED" => number(outlook.refused_share()),
        "F-THR" => count(outlook.throttled),
        "AGE" => count(outlook.age_max_ms),
        "PER HOUR" => number(outlook.per_hour),
        "30 d" => number(monthly),
        "CHANGE" => match state.courses.as_it_is() {
            Some(now) => number(monthly - now.per_hour * MONTH_HOURS),
            None => Worth::None,
        },
        _ => Worth::None,
    }
}

fn of_line(line: &Line, title: &str) -> Worth {
    match title {
        "TIME" => count(line.at_ms),
        "LEVEL" => word(&line.heard.level),
        "TARGET" => word(&line.heard.target),
        "TEXT" => word(&line.heard.text),
        _ => Worth::None,
    }
}

fn of_speaker(name: &str, speaker: &Speaker, title: &str) -> Worth {
    match title {
        "TARGET" => word(name),
        "LEVEL" => word(&speaker.level),
        "LINES" => count(speaker.lines as u64),
        _ => Worth::None,
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
    let rates = &shard.rates();
    match title {
        "SHARD" => number(shard.id.0),
        "STATE" => word(shard.state.word()),
        "RANGE START" => word(&format!("{:032x}", shard.range.start.0)),
        "SHARE" => number(shard.range.share()),
        "IN MiB/s" => mib(rates.in_bytes),
        "REC/s" => number(rates.in_records),
        // What a closed shard took last is a share of nothing that it still has.
        "CAP%" if shard.state != ShardState::Open => Worth::None,
        "CAP%" => percent(rates.write_utilization(&stream.limits, 1)),
        "OUT MiB/s" => mib(rates.out_bytes),
        "GET/s" => number(rates.read_calls),
        "W-THR/s" => number(rates.write_throttled),
        "AGE" => maybe(shard.iterator_age_ms()),
        _ => Worth::None,
    }
}

fn of_mapping(mapping: &MappingView, title: &str) -> Worth {
    match title {
        "CONSUMER" => word(&mapping.name),
        "KIND" if mapping.fan_out.is_some() => word("fan-out"),
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

fn of_application(application: &ApplicationView, title: &str) -> Worth {
    match title {
        "CONSUMER" => word(&application.name),
        "KIND" => word("app"),
        "STREAM" => word(&application.stream),
        "LANES" => count(application.leases.len() as u64),
        "AGE" => count(application.behind_ms),
        "DONE/s" => number(application.done_per_s),
        _ => Worth::None,
    }
}

fn of_reader(reader: &ReaderView, title: &str) -> Worth {
    match title {
        "CONSUMER" => word(&reader.name),
        "KIND" if reader.fan_out.is_some() => word("fan-out"),
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
