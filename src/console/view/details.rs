//! What is known of a stream besides its shards and what flows.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::Paint;
use crate::console::format::{bytes, duration, grouped};
use crate::console::panel::Panel;
use crate::console::state::State;
use crate::console::theme::Meaning;
use crate::console::view::cells::fact;
use crate::console::view::endpoint;
use crate::console::widget::{framed, write_lines};
use crate::model::{RecordDistribution, ShardLimits, StreamMode};
use crate::snapshot::{ShardView, Snapshot, StreamDetails, StreamView};

/// Columns of the names.
const NAME: usize = 11;

fn limits(limits: &ShardLimits) -> String {
    let records = limits.write_records_per_s.map(|count| format!("{}/s", grouped(count)));
    let size = limits.write_bytes_per_s.map(|size| format!("{}/s", bytes(size as f64)));
    let all: Vec<String> = records.into_iter().chain(size).collect();
    if all.is_empty() { "none".to_owned() } else { format!("{} a shard", all.join(", ")) }
}

/// Where its figures and those of its shards come from.
fn figures(stream: &StreamView, snapshot: &Snapshot) -> Option<String> {
    let of_stream = endpoint::sources([stream.source].into_iter(), snapshot.now)?;
    let shards = stream.shards.iter().filter_map(ShardView::source);
    Some(match endpoint::sources(shards, snapshot.now) {
        Some(of_shards) if of_shards != of_stream => format!("{of_stream}; shards {of_shards}"),
        Some(_) | None => of_stream,
    })
}

/// Names and values, and whether a value is there at all.
fn facts(stream: &StreamView, snapshot: &Snapshot) -> Vec<(&'static str, Option<String>)> {
    let StreamDetails { tags, key, warm_mib_per_s, record_kib_max, distribution, .. } =
        &*stream.details;
    let by = match distribution {
        RecordDistribution::UserPartitionKey => "partition key",
        RecordDistribution::Auto => "the service",
    };
    let on_demand = stream.mode == StreamMode::OnDemand;
    let mut facts = vec![
        ("mode", Some(stream.mode.word().to_owned())),
        (
            "scaled by",
            Some(stream.policy.clone().unwrap_or_else(|| match stream.mode {
                StreamMode::OnDemand => "the service".to_owned(),
                StreamMode::Provisioned => "the operator".to_owned(),
            })),
        ),
        ("keeps", Some(duration(stream.retention_ms))),
        // Of an endpoint nobody knows how it keeps records.
        ("level", (!snapshot.shows_streams_alone()).then(|| stream.level.word().to_owned())),
        ("age", Some(duration(snapshot.now.since(stream.created)))),
        ("writes", Some(limits(&stream.limits))),
        ("record", Some(format!("up to {}", bytes(f64::from(*record_kib_max) * 1_024.0)))),
        ("shard by", Some(by.to_owned())),
        ("encryption", key.clone()),
        ("policy", stream.details.has_policy.then(|| "a resource policy".to_owned())),
    ];
    facts.extend(figures(stream, snapshot).map(|told| ("figures", Some(told))));
    if on_demand {
        facts.push(("warm", warm_mib_per_s.map(|mib| format!("{mib} MiB/s"))));
    }
    let told = |(name, status): &(String, String)| ("fan-out", Some(format!("{name} {status}")));
    match stream.details.registered.as_slice() {
        [] => facts.push(("fan-out", None)),
        some => facts.extend(some.iter().map(told)),
    }
    match tags.is_empty() {
        true => facts.push(("tags", None)),
        false => {
            facts.extend(tags.iter().map(|(key, value)| ("tag", Some(format!("{key}={value}")))));
        }
    }
    facts
}

pub(super) fn draw(
    state: &State,
    stream: &StreamView,
    snapshot: &Snapshot,
    paint: Paint<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let title = format!("{}: details", stream.name);
    let inner = framed(&title, state.focus_of(Panel::Details), paint, area, buffer);
    let lines = facts(stream, snapshot).into_iter().map(|(name, value)| match value {
        Some(value) => fact((name, NAME), value, Meaning::Text, paint),
        None => fact((name, NAME), paint.symbols.absent, Meaning::Muted, paint),
    });
    write_lines(lines, inner, buffer, paint.symbols.ellipsis);
}
