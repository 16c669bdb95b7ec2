//! What a viewer reads of what was seen.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Shard, Sight, Stream, known};
use crate::command::{Browse, Terms};
use crate::model::{Millis, ShardLimits};
use crate::snapshot::heat::HeatView;
use crate::snapshot::measured::{self, SPARK_S, spark};
use crate::snapshot::{ShardView, Snapshot, StreamDetails, StreamView, TailView, Traffic};
use crate::world::{HeatWatch, MeteredShard, Wanted, heat_view};

impl Sight {
    /// The newest records of a stream that hold what is wanted.
    pub(in crate::remote) fn newest(&self, browse: &Browse, terms: &Terms) -> TailView {
        let stream = self.streams.get(&browse.stream);
        let records = stream.into_iter().flat_map(|stream| &stream.newest);
        let wanted = Wanted { browse, terms };
        let records = records.filter(|record| wanted.holds_shown(record)).cloned().collect();
        TailView { records, one_in: 1, looked_at: 0, ended: false }
    }

    pub(in crate::remote) fn heat(&self, now: Millis, watch: &HeatWatch) -> Option<HeatView> {
        let stream = self.streams.get(&watch.stream)?;
        let shards = stream.shards.values().map(|shard| MeteredShard {
            shard: shard.is.shard,
            range: shard.is.range,
            closed: shard.is.closed,
            meter: Cow::Borrowed(&known(&shard.told, &shard.read).0.meter),
        });
        Some(heat_view(watch, now, &ShardLimits::KINESIS, shards))
    }

    /// What a viewer reads of all this.
    pub(in crate::remote) fn picture(&self, now: Millis) -> Snapshot {
        Snapshot {
            now,
            started: self.started,
            session: self.title.clone(),
            streams: self.streams.values().map(|stream| self.stream(stream)).collect(),
            events: self.events.iter().cloned().collect(),
            ..Snapshot::default()
        }
    }

    fn stream(&self, stream: &Stream) -> StreamView {
        let settings = &stream.is.settings;
        let details = StreamDetails {
            key: settings.key.clone(),
            warm_mib_per_s: settings.warm_mib_per_s,
            record_kib_max: settings.record_kib_max,
            distribution: settings.distribution,
            ..StreamDetails::default()
        };
        let (gauge, source) = known(&stream.told, &stream.sum);
        let meter = &gauge.meter;
        StreamView {
            name: settings.stream.clone(),
            mode: settings.mode,
            status: stream.is.status,
            transition_ends: None,
            level: self.level,
            policy: None,
            retention_ms: settings.retention_ms,
            limits: settings.limits,
            created: stream.is.created,
            shards: Arc::new(stream.shards.values().map(view).collect()),
            rates: gauge.rates(),
            source,
            in_bytes_spark: spark(meter.in_bytes.series(), SPARK_S),
            out_bytes_spark: spark(meter.out_bytes.series(), SPARK_S),
            throttled_spark: spark(meter.write_throttled.series(), SPARK_S),
            iterator_age_ms: gauge.flow.age_ms,
            consumers: 0,
            registered_consumers: stream.is.consumers,
            details: Arc::new(details),
        }
    }
}

fn view(shard: &Shard) -> ShardView {
    let (gauge, source) = known(&shard.told, &shard.read);
    let traffic = Traffic {
        source,
        rates: gauge.rates(),
        held: gauge.held(),
        minute: measured::minute(&gauge.meter),
        mix: shard.mix.clone(),
        tally: gauge.tally,
        iterator_age_ms: gauge.flow.age_ms,
    };
    let is = &shard.is;
    ShardView {
        id: is.shard,
        state: is.state,
        range: is.range,
        lineage: is.lineage,
        created: is.created,
        closed: is.closed,
        stored_records: 0,
        traffic: (shard.measured || shard.told.is_some()).then(|| Box::new(traffic)),
    }
}
