//! A session like what is seen of streams: the same shards, and a load like theirs.

use crate::api::CreateStream;
use crate::model::{HashKeyRange, Level, PartName, StreamStatus};
use crate::pipeline::settings::{
    Heavy, Keys, Payload, Piece, ProducerSettings, SeenKeys, Shape, Size, SourceSettings,
    SyntheticSettings,
};
use crate::session::{Session, StreamSettings};
use crate::snapshot::{Load, ShardView, Snapshot, StreamView};
use crate::world::keep::cuts_of;

/// Pieces of a shard's range whose load is told apart.
const PIECES: usize = 4;
/// Bytes of a made-up key, about.
const KEY_BYTES: f64 = 11.0;
/// Bytes that the data of a made-up record may have.
const DATA_BYTES_MAX: f64 = 1_000_000.0;

/// A session with the streams of a picture: their open shards with the ranges that they have, and what
/// comes to each, refused records included, by a producer that is called like its stream. The keys that
/// are heavy are the same; all others are made up, and lie where others were seen.
#[must_use]
pub fn taken(snapshot: &Snapshot) -> Session {
    let lives = |stream: &&StreamView| stream.status != StreamStatus::Deleting;
    let streams = || snapshot.streams.iter().filter(lives);
    let settings: Vec<StreamSettings> = streams().map(settings).collect();
    Session {
        about: format!("Shards and load as they were seen of {}", snapshot.session),
        committed: settings.iter().any(|stream| stream.warm_mib_per_s.is_some()),
        streams: settings,
        producers: streams().filter_map(producer).collect(),
        ..Session::empty(&snapshot.session, 42)
    }
}

fn settings(stream: &StreamView) -> StreamSettings {
    let ranges: Vec<HashKeyRange> =
        stream.open_by_range().into_iter().map(|shard| shard.range).collect();
    let shards = u32::try_from(ranges.len()).unwrap_or(u32::MAX);
    let details = &stream.details;
    let create = CreateStream {
        mode: stream.mode,
        cuts: (!ranges.is_empty()).then(|| cuts_of(&ranges)),
        retention_ms: stream.retention_ms,
        limits: stream.limits,
        record_kib_max: details.record_kib_max,
        distribution: details.distribution,
        warm_mib_per_s: details.warm_mib_per_s,
        key: details.key.clone(),
        tags: details.tags.clone(),
        ..CreateStream::provisioned(stream.name.clone(), shards, Level::Memory)
    };
    StreamSettings { cuts: create.cuts.clone(), ..StreamSettings::of(&create, shards) }
}

/// What comes to a stream, by a producer; `None` when nothing was seen to come.
fn producer(stream: &StreamView) -> Option<ProducerSettings> {
    let mut keys = SeenKeys::default();
    let mut all = Load::<f64>::default();
    for shard in stream.open_by_range() {
        let load = offered(shard);
        all.records += load.records;
        all.bytes += load.bytes;
        see(shard, load.records, &mut keys);
    }
    if all.records <= 0.0 {
        return None;
    }
    let bytes = (all.bytes / all.records - KEY_BYTES).clamp(1.0, DATA_BYTES_MAX);
    let load = SyntheticSettings {
        rate: rounded(all.records),
        shape: Shape::Constant,
        keys: Keys::Seen(keys),
        payload: Payload::Filler,
        size: Size::Fixed { bytes: bytes as u32 },
    };
    Some(ProducerSettings {
        name: PartName::new(stream.name.as_str()).ok()?,
        stream: stream.name.clone(),
        source: SourceSettings::Synthetic(load),
        aggregate: None,
        paused: false,
        retries: 10,
    })
}

/// What comes to a shard a second, on the mean of the last minute, refused records included.
fn offered(shard: &ShardView) -> Load<f64> {
    let (minute, rates) = (shard.minute(), shard.rates());
    let (taken, offered) = (rates.in_records, rates.offered().in_records);
    let refused = if taken > 0.0 { offered / taken } else { 1.0 };
    Load { records: f64::from(minute.records) * refused, bytes: f64::from(minute.bytes) * refused }
}

/// Adds the keys of a shard to which so many records come.
fn see(shard: &ShardView, records: f64, keys: &mut SeenKeys) {
    let Some(mix) = shard.mix() else {
        keys.pieces.push(Piece { from: shard.range.start, weight: rounded(records) });
        return;
    };
    let pieces = mix.rest_in(PIECES).into_iter();
    keys.pieces.extend(
        pieces.map(|(from, share)| Piece {
            from,
            weight: rounded(f64::from(share.records) * records),
        }),
    );
    keys.heavy.extend(mix.heavy.iter().map(|key| Heavy {
        key: key.key.clone(),
        weight: rounded(f64::from(key.share.records) * records),
    }));
}

/// Three digits behind the point are more than a sample tells.
fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}
