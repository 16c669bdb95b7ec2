//! What is seen of an endpoint: what was listed of its streams, and what was measured by reading them.
//!
//! A rate is what came since a shard was read before, held until it is read again: the means of seconds
//! are as coarse as the calls that the budget allows. What others read, and what is refused to others,
//! is not seen.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::api::{ShardDescription, StreamSummary};
use crate::command::{Asked, Browse, Terms};
use crate::meter::{KeyMix, Load, Sampled, ShardMeter, Sketch};
use crate::model::{
    Event, EventKind, Level, Millis, ShardId, ShardLimits, ShardState, ShardTally, StreamName,
    StreamStatus,
};
use crate::remote::answer::{Batch, Read, sequence};
use crate::rules::routing::hash_key_of;
use crate::snapshot::heat::HeatView;
use crate::snapshot::measured::{self, SPARK_S, spark};
use crate::snapshot::{
    ShardView, Snapshot, StreamDetails, StreamView, TailRecord, TailView, Traffic,
};
use crate::world::{HeatWatch, MeteredShard, heat_view, look_inside};

/// Events that are kept, as many as a picture has.
const EVENTS: usize = 200;
/// Records of a batch whose keys are looked at.
const SAMPLES: usize = 250;
/// Records of a page.
pub(super) const RECORDS: usize = 200;
/// Bytes of a record that are shown.
const SHOWN_BYTES: usize = 4_096;

/// A shard, and what flows into it.
struct Shard {
    is: ShardDescription,
    /// Was it ever read?
    measured: bool,
    /// What came a second, by the last reading.
    flow: Load<f64>,
    /// What came in all, by that; whole numbers of it are in the tally.
    sum: Load<f64>,
    tally: ShardTally,
    meter: ShardMeter,
    /// Who brings it that, by a sample.
    sketch: Option<Sketch>,
    mix: Option<Arc<KeyMix>>,
}

/// A stream.
struct Stream {
    is: StreamSummary,
    shards: BTreeMap<ShardId, Shard>,
    /// Were its shards ever listed?
    listed: bool,
    /// Counted on shards that are gone.
    gone: ShardTally,
    meter: ShardMeter,
    /// The newest records that were read, by arrival.
    newest: VecDeque<TailRecord>,
}

/// What is seen of an endpoint.
pub(super) struct Sight {
    started: Millis,
    title: String,
    level: Level,
    streams: BTreeMap<StreamName, Stream>,
    /// Was everything listed once, so that what is new from now on has just come?
    whole: bool,
    events: VecDeque<Arc<Event>>,
}

impl Sight {
    pub(super) fn new(started: Millis, title: String, level: Level) -> Self {
        Self {
            started,
            title,
            level,
            streams: BTreeMap::new(),
            whole: false,
            events: VecDeque::new(),
        }
    }

    fn tell(&mut self, now: Millis, kind: EventKind) {
        self.events.push_back(Arc::new(Event { at: now, kind }));
        self.events.drain(..self.events.len().saturating_sub(EVENTS));
    }

    /// These streams are there, and no others.
    pub(super) fn list(&mut self, now: Millis, names: &[StreamName]) {
        let gone = |name: &&StreamName| !names.contains(name);
        let gone: Vec<StreamName> = self.streams.keys().filter(gone).cloned().collect();
        for stream in gone {
            self.streams.remove(&stream);
            self.tell(now, EventKind::StreamDeleted { stream });
        }
    }

    /// Everything that there was at the beginning has been seen.
    pub(super) fn is_whole(&mut self) {
        self.whole = true;
    }

    /// A stream is like this.
    pub(super) fn describe(&mut self, now: Millis, is: StreamSummary) {
        let (name, status) = (is.settings.stream.clone(), is.status);
        let before = self.streams.get(&name).map(|stream| stream.is.status);
        match self.streams.get_mut(&name) {
            Some(stream) if stream.is.created == is.created => stream.is = is,
            Some(_) | None => {
                let shards = is.open_shards;
                let stream = Stream {
                    is,
                    shards: BTreeMap::new(),
                    listed: false,
                    gone: ShardTally::default(),
                    meter: ShardMeter::default(),
                    newest: VecDeque::new(),
                };
                self.streams.insert(name.clone(), stream);
                if self.whole {
                    self.tell(now, EventKind::StreamCreating { stream: name.clone(), shards });
                }
            }
        }
        if !self.whole || before == Some(status) {
            return;
        }
        match status {
            StreamStatus::Active => self.tell(now, EventKind::StreamActive { stream: name }),
            StreamStatus::Deleting => self.tell(now, EventKind::StreamDeleting { stream: name }),
            StreamStatus::Creating | StreamStatus::Updating => {}
        }
    }

    /// A stream has these shards, and no others.
    pub(super) fn describe_shards(
        &mut self,
        now: Millis,
        name: &StreamName,
        all: &[ShardDescription],
    ) {
        let Some(stream) = self.streams.get_mut(name) else { return };
        let was_listed = std::mem::replace(&mut stream.listed, true);
        let mut before = std::mem::take(&mut stream.shards);
        let mut fresh = Vec::new();
        for is in all {
            let shard = match before.remove(&is.shard) {
                Some(shard) => Shard { is: is.clone(), ..shard },
                None => {
                    fresh.push(is.clone());
                    Shard {
                        is: is.clone(),
                        measured: false,
                        flow: Load::default(),
                        sum: Load::default(),
                        tally: ShardTally::default(),
                        meter: ShardMeter::default(),
                        sketch: None,
                        mix: None,
                    }
                }
            };
            stream.shards.insert(is.shard, shard);
        }
        for shard in stream.shards.values_mut().filter(|shard| shard.is.state == ShardState::Closed)
        {
            shard.flow = Load::default();
        }
        before.values().for_each(|shard| stream.gone += &shard.tally);
        if was_listed {
            for kind in births(name, &fresh) {
                self.tell(now, kind);
            }
        }
    }

    /// A shard was read: this came in so many milliseconds.
    pub(super) fn read(&mut self, name: &StreamName, id: ShardId, batch: &Batch, elapsed_ms: u64) {
        let Some(stream) = self.streams.get_mut(name) else { return };
        let Some(shard) = stream.shards.get_mut(&id) else { return };
        let bytes = |read: &Read| read.key.len() + read.data.len();
        let records = &batch.records;
        let came = Load {
            records: records.len() as f64,
            bytes: records.iter().map(bytes).sum::<usize>() as f64,
        };
        // Of a shard that cannot be followed, what was read came in the time between its records.
        let span_ms = match (batch.behind_ms, records.first(), records.last()) {
            (1.., Some(first), Some(last)) => last.arrival.since(first.arrival),
            _ => elapsed_ms,
        };
        let seconds = (span_ms.max(1) as f64) / 1_000.0;
        shard.flow = Load { records: came.records / seconds, bytes: came.bytes / seconds };
        shard.measured = true;
        if !records.is_empty() {
            sample(shard.sketch.get_or_insert_with(|| Sketch::new(shard.is.range)), records);
        }
        shard.tally.read_calls += 1;
        // Of one shard they come by arrival: those before the last cannot be among the newest.
        let last = &records[records.len().saturating_sub(RECORDS)..];
        stream.newest.extend(last.iter().map(|read| shown(id, read)));
        stream.newest.make_contiguous().sort_by_key(|record| record.arrival);
        stream.newest.drain(..stream.newest.len().saturating_sub(RECORDS));
    }

    /// A call on a shard was refused for throughput.
    pub(super) fn refused(&mut self, name: &StreamName, id: ShardId) {
        let stream = self.streams.get_mut(name);
        if let Some(shard) = stream.and_then(|stream| stream.shards.get_mut(&id)) {
            shard.tally.read_throttled_by_bytes += 1;
        }
    }

    /// A second is over.
    pub(super) fn tick(&mut self) {
        for stream in self.streams.values_mut() {
            let mut whole = stream.gone;
            for shard in stream.shards.values_mut() {
                shard.sum.records += shard.flow.records;
                shard.sum.bytes += shard.flow.bytes;
                shard.tally.incoming_records = shard.sum.records as u64;
                shard.tally.incoming_bytes = shard.sum.bytes as u64;
                if shard.measured {
                    shard.meter.tick(&shard.tally, None);
                }
                shard.mix = shard.sketch.as_mut().and_then(|sketch| {
                    sketch.fade();
                    sketch.mix().map(Arc::new)
                });
                shard.sketch.take_if(|sketch| sketch.is_faded());
                whole += &shard.tally;
            }
            stream.meter.tick(&whole, None);
        }
    }

    /// When it was first looked at.
    pub(super) fn started(&self) -> Millis {
        self.started
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &StreamName> {
        self.streams.keys()
    }

    /// Where a stream is in its life, and are its shards seen as it says that they are? `None` when it is
    /// not known.
    pub(super) fn state(&self, name: &StreamName) -> Option<(StreamStatus, bool)> {
        let stream = self.streams.get(name)?;
        let open =
            stream.shards.values().filter(|shard| shard.is.state == ShardState::Open).count();
        let fits = stream.listed && open == stream.is.open_shards as usize;
        Some((stream.is.status, fits))
    }

    /// Its open shards.
    pub(super) fn open(&self, name: &StreamName) -> Vec<ShardId> {
        let shards = self.streams.get(name).into_iter().flat_map(|stream| &stream.shards);
        let open = shards.filter(|(_, shard)| shard.is.state == ShardState::Open);
        open.map(|(id, _)| *id).collect()
    }

    /// All of its shards, with where they came from.
    pub(super) fn shards(&self, name: &StreamName) -> impl Iterator<Item = &ShardDescription> {
        let shards = self.streams.get(name).into_iter().flat_map(|stream| stream.shards.values());
        shards.map(|shard| &shard.is)
    }

    /// The newest records of a stream that hold what is wanted.
    pub(super) fn newest(&self, browse: &Browse, terms: &Terms) -> TailView {
        let stream = self.streams.get(&browse.stream);
        let records = stream.into_iter().flat_map(|stream| &stream.newest);
        let records = records.filter(|record| holds(record, browse, terms)).cloned().collect();
        TailView { records, one_in: 1, looked_at: 0, ended: false }
    }

    pub(super) fn heat(&self, now: Millis, watch: &HeatWatch) -> Option<HeatView> {
        let stream = self.streams.get(&watch.stream)?;
        let shards = stream.shards.values().map(|shard| MeteredShard {
            shard: shard.is.shard,
            range: shard.is.range,
            closed: shard.is.closed,
            meter: Cow::Borrowed(&shard.meter),
        });
        Some(heat_view(watch, now, &ShardLimits::KINESIS, shards))
    }

    /// What a viewer reads of all this.
    pub(super) fn picture(&self, now: Millis) -> Snapshot {
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
        let meter = &stream.meter;
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
            shards: stream.shards.values().map(view).collect(),
            rates: measured::rates(meter, measured::now, 1.0),
            in_bytes_spark: spark(meter.in_bytes.series(), SPARK_S),
            out_bytes_spark: spark(meter.out_bytes.series(), SPARK_S),
            throttled_spark: spark(meter.write_throttled.series(), SPARK_S),
            iterator_age_ms: None,
            consumers: 0,
            registered_consumers: stream.is.consumers,
            details: Arc::new(details),
        }
    }
}

/// Takes some of the records of a batch, each for as many as it stands for.
fn sample(sketch: &mut Sketch, records: &[Read]) {
    let weight = records.len().div_ceil(SAMPLES);
    for Read { key, data, .. } in records.iter().step_by(weight) {
        let (hash, bytes) = (hash_key_of(key), key.len() + data.len());
        sketch.add(&Sampled { key, hash, bytes, weight });
    }
}

fn view(shard: &Shard) -> ShardView {
    let traffic = Traffic {
        rates: measured::rates(&shard.meter, measured::now, 1.0),
        held: measured::rates(&shard.meter, measured::held, 1.0),
        minute: measured::minute(&shard.meter),
        mix: shard.mix.clone(),
        tally: shard.tally,
        iterator_age_ms: None,
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
        traffic: shard.measured.then(|| Box::new(traffic)),
    }
}

/// What new shards tell of how they came.
fn births(stream: &StreamName, fresh: &[ShardDescription]) -> Vec<EventKind> {
    let mut kinds = Vec::new();
    for (at, child) in fresh.iter().enumerate() {
        let twin = |other: &&ShardDescription| other.lineage == child.lineage;
        match (child.lineage.parent, child.lineage.adjacent_parent) {
            (Some(one), Some(other)) => kinds.push(EventKind::ShardsMerged {
                stream: stream.clone(),
                parents: [one, other],
                child: child.shard,
            }),
            (Some(parent), None) => {
                // Once for the two of them.
                kinds.extend(fresh[at + 1..].iter().find(twin).map(|second| {
                    EventKind::ShardSplit {
                        stream: stream.clone(),
                        parent,
                        children: [child.shard, second.shard],
                    }
                }));
            }
            (None, _) => {}
        }
    }
    kinds
}

/// Is a record among those that are wanted?
pub(super) fn holds(record: &TailRecord, browse: &Browse, terms: &Terms) -> bool {
    let TailRecord { shard, partition_key: key, data, data_bytes, .. } = record;
    let asked = Asked { shard: *shard, key, data, data_bytes: *data_bytes };
    browse.shard.is_none_or(|wanted| wanted == *shard)
        && browse.key.as_ref().is_none_or(|wanted| wanted == key)
        && terms.hold(&asked)
}

/// A record for the eye.
pub(super) fn shown(shard: ShardId, read: &Read) -> TailRecord {
    TailRecord {
        shard,
        sequence: sequence(&read.number),
        arrival: read.arrival,
        partition_key: read.key.clone(),
        hash_key: hash_key_of(&read.key),
        data_bytes: read.data.len(),
        data: read.data[..read.data.len().min(SHOWN_BYTES)].to_vec(),
        aggregated: look_inside(&read.data),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::remote::answer;

    fn orders() -> StreamName {
        StreamName::new("orders").expect("it is a name")
    }

    fn shard(id: u32, parents: [Option<u32>; 2], closed: bool) -> serde_json::Value {
        let number = crate::model::SequenceNumber::first(ShardId(id), Millis(1_000));
        let mut told = json!({
            "ShardId": ShardId(id).to_string(),
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
            "SequenceNumberRange": {"StartingSequenceNumber": number.to_string()},
        });
        for (name, parent) in ["ParentShardId", "AdjacentParentShardId"].iter().zip(parents) {
            if let Some(parent) = parent {
                told[*name] = json!(ShardId(parent).to_string());
            }
        }
        if closed {
            told["SequenceNumberRange"]["EndingSequenceNumber"] =
                json!(number.end(Millis(2_000)).to_string());
        }
        told
    }

    fn describe(sight: &mut Sight, status: &str, open: u32, shards: &[serde_json::Value]) {
        let summary = json!({"StreamDescriptionSummary": {
            "StreamName": "orders", "StreamStatus": status, "OpenShardCount": open,
        }});
        sight.describe(Millis(0), answer::summary(&summary).expect("it is one"));
        let (shards, _) = answer::shards(&json!({"Shards": shards}));
        sight.describe_shards(Millis(0), &orders(), &shards);
    }

    fn batch(arrivals: &[u64], behind_ms: u64) -> Batch {
        let read = |arrival: &u64| Read {
            number: String::new(),
            arrival: Millis(*arrival),
            key: "k".to_owned(),
            data: vec![0; 9],
        };
        Batch { records: arrivals.iter().map(read).collect(), next: None, behind_ms }
    }

    #[test]
    fn what_came_since_a_shard_was_read_is_its_rate_until_it_is_read_again() {
        let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
        describe(&mut sight, "ACTIVE", 1, &[shard(0, [None; 2], false)]);
        let rate = |sight: &Sight| sight.picture(Millis(0)).streams[0].rates.in_records;
        sight.tick();
        assert!(sight.picture(Millis(0)).streams[0].shards[0].traffic.is_none(), "nobody knows");
        sight.read(&orders(), ShardId(0), &batch(&[0; 10], 0), 2_000);
        (0..5).for_each(|_| sight.tick());
        assert_eq!(rate(&sight), 5.0, "ten in two seconds");
        // It cannot be followed: these came within a tenth of a second.
        sight.read(&orders(), ShardId(0), &batch(&[1_000, 1_050, 1_100], 60_000), 2_000);
        (0..5).for_each(|_| sight.tick());
        assert_eq!(rate(&sight), 30.0);
        sight.read(&orders(), ShardId(0), &batch(&[], 0), 1_000);
        (0..5).for_each(|_| sight.tick());
        assert_eq!(rate(&sight), 0.0);
    }

    #[test]
    fn what_changes_between_two_looks_is_told_as_it_must_have_happened() {
        let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
        let told = |sight: &Sight| {
            let picture = sight.picture(Millis(0));
            picture.events.iter().map(|event| event.kind.to_string()).collect::<Vec<_>>()
        };
        describe(&mut sight, "ACTIVE", 1, &[shard(0, [None; 2], false)]);
        sight.is_whole();
        assert_eq!(told(&sight), [""; 0], "it was there before");
        let split = [
            shard(0, [None; 2], true),
            shard(1, [Some(0), None], false),
            shard(2, [Some(0), None], false),
        ];
        describe(&mut sight, "UPDATING", 2, &split);
        describe(&mut sight, "ACTIVE", 2, &split);
        let merged = [&split[..], &[shard(3, [Some(1), Some(2)], false)]].concat();
        describe(&mut sight, "ACTIVE", 1, &merged);
        sight.list(Millis(0), &[]);
        assert_eq!(
            told(&sight),
            [
                "orders 000 split into 001 + 002",
                "orders is ACTIVE",
                "orders 001 + 002 merged into 003",
                "orders is gone"
            ]
        );
    }

    #[test]
    fn the_newest_records_are_kept_by_arrival_and_shown_by_what_is_wanted() {
        let mut sight = Sight::new(Millis(0), "x".to_owned(), Level::Memory);
        describe(
            &mut sight,
            "ACTIVE",
            2,
            &[shard(0, [None; 2], false), shard(1, [None; 2], false)],
        );
        sight.read(&orders(), ShardId(1), &batch(&[5, 7], 0), 1_000);
        let many: Vec<u64> = (0..RECORDS as u64).map(|n| 6 + n % 2 * 10).collect();
        sight.read(&orders(), ShardId(0), &batch(&many, 0), 1_000);
        let newest = sight.newest(&Browse::newest(orders()), &Terms::default());
        assert_eq!(newest.records.len(), RECORDS);
        assert!(newest.records.is_sorted_by_key(|record| record.arrival));
        let of_one = Browse { shard: Some(ShardId(1)), ..Browse::newest(orders()) };
        let arrivals =
            |view: &TailView| view.records.iter().map(|r| r.arrival.0).collect::<Vec<_>>();
        assert_eq!(
            arrivals(&sight.newest(&of_one, &Terms::default())),
            [7],
            "the other is too old"
        );
        let of_key = Browse { key: Some("other".to_owned()), ..Browse::newest(orders()) };
        assert!(sight.newest(&of_key, &Terms::default()).records.is_empty());
    }
}
