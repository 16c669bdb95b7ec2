//! What is seen of an endpoint: what was listed of its streams, and what was measured by reading them, or
//! is told by CloudWatch.
//!
//! A rate is what came since a shard was read before, held until it is read again: the means of seconds
//! are as coarse as the calls that the budget allows. What others read, and what is refused to others,
//! is not seen by that. What CloudWatch tells of a stream or of a shard goes before it.

mod gauge;
mod picture;
mod told;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::api::{ShardDescription, StreamSummary};
use crate::meter::{KeyMix, Load, Sampled, Sketch};
use crate::model::{
    Event, EventKind, Level, Millis, RecordDistribution, ShardId, ShardMetric, ShardState,
    StreamName, StreamStatus,
};
use crate::remote::answer::{Batch, Read};
use crate::rules::routing::hash_key_of;
use crate::snapshot::{Source, TailRecord};
use crate::world::{SHOWN_RECORDS, shown};

use gauge::Gauge;
use told::Told;

pub(super) use gauge::Flow;
pub(super) use told::{History, Whose};

/// Events that are kept, as many as a picture has.
const EVENTS: usize = 200;
/// Records of a batch whose keys are looked at.
const SAMPLES: usize = 250;

/// A shard, and what flows through it.
struct Shard {
    is: ShardDescription,
    /// Was it ever read?
    measured: bool,
    /// By reading it.
    read: Gauge,
    /// By CloudWatch.
    told: Option<Told>,
    /// Who brings it that, by a sample.
    sketch: Option<Sketch>,
    mix: Option<Arc<KeyMix>>,
}

impl Shard {
    fn new(is: ShardDescription) -> Self {
        Self { is, measured: false, read: Gauge::default(), told: None, sketch: None, mix: None }
    }

    /// A second is over; answers what flowed in it. What is told goes before what was read, which begins
    /// anew when nothing is told any more.
    fn tick(&mut self, now: Millis) -> Flow {
        self.mix = self.sketch.as_mut().and_then(|sketch| {
            sketch.fade();
            sketch.mix().map(Arc::new)
        });
        self.sketch.take_if(|sketch| sketch.is_faded());
        self.told.take_if(|told| told.is_old(now));
        match &mut self.told {
            Some(told) => {
                (self.measured, self.read) = (false, Gauge::default());
                told.gauge.tick()
            }
            None if self.measured => self.read.tick(),
            None => Flow::default(),
        }
    }
}

/// A stream.
struct Stream {
    is: StreamSummary,
    shards: BTreeMap<ShardId, Shard>,
    /// Were its shards ever listed?
    listed: bool,
    /// By its shards.
    sum: Gauge,
    /// By CloudWatch.
    told: Option<Told>,
    /// The newest records that were read, by arrival.
    newest: VecDeque<TailRecord>,
}

/// The gauge that goes before the other, and what it rests on.
fn known<'a>(told: &'a Option<Told>, read: &'a Gauge) -> (&'a Gauge, Source) {
    match told {
        Some(told) => (&told.gauge, told.source()),
        None => (read, Source::Sampled),
    }
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
                    sum: Gauge::default(),
                    told: None,
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
                    Shard::new(is.clone())
                }
            };
            stream.shards.insert(is.shard, shard);
        }
        for shard in stream.shards.values_mut().filter(|shard| shard.is.state == ShardState::Closed)
        {
            shard.read.flow = Flow::default();
            shard.told.iter_mut().for_each(|told| told.gauge.flow = Flow::default());
        }
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
        shard.read.flow.taken =
            Load { records: came.records / seconds, bytes: came.bytes / seconds };
        shard.read.beside.read_calls += 1.0;
        shard.measured = true;
        if !records.is_empty() {
            sample(shard.sketch.get_or_insert_with(|| Sketch::new(shard.is.range)), records);
        }
        // Of one shard they come by arrival: those before the last cannot be among the newest.
        let last = &records[records.len().saturating_sub(SHOWN_RECORDS)..];
        stream.newest.extend(last.iter().map(|read| shown(id, read.record())));
        stream.newest.make_contiguous().sort_by_key(|record| record.arrival);
        stream.newest.drain(..stream.newest.len().saturating_sub(SHOWN_RECORDS));
    }

    /// A call on a shard was refused for throughput.
    pub(super) fn refused(&mut self, name: &StreamName, id: ShardId) {
        let stream = self.streams.get_mut(name);
        if let Some(shard) = stream.and_then(|stream| stream.shards.get_mut(&id)) {
            shard.read.beside.read_throttled += 1.0;
        }
    }

    /// Nobody answers: what was read before says nothing of what flows now.
    pub(super) fn silence(&mut self) {
        for shard in self.streams.values_mut().flat_map(|stream| stream.shards.values_mut()) {
            shard.read.flow = Flow::default();
        }
    }

    /// CloudWatch tells this.
    pub(super) fn told(&mut self, now: Millis, whose: &Whose, history: &History) {
        let Some(stream) = self.streams.get_mut(&whose.stream) else { return };
        let Some(id) = whose.shard else { return Told::tell(&mut stream.told, now, history) };
        let Some(shard) = stream.shards.get_mut(&id) else { return };
        if shard.is.state == ShardState::Open {
            Told::tell(&mut shard.told, now, history);
        }
    }

    /// A second is over.
    pub(super) fn tick(&mut self, now: Millis) {
        for stream in self.streams.values_mut() {
            stream.told.take_if(|told| told.is_old(now));
            if let Some(told) = &mut stream.told {
                told.gauge.tick();
            }
            let mut sum = Flow::default();
            for shard in stream.shards.values_mut() {
                sum = sum.plus(&shard.tick(now));
            }
            stream.sum.flow = sum;
            stream.sum.tick();
        }
    }

    /// Are all streams known with their shards, but for those that have none yet or any more?
    pub(super) fn is_listed(&self) -> bool {
        let has = |stream: &Stream| match stream.is.status {
            StreamStatus::Active | StreamStatus::Updating => stream.listed,
            StreamStatus::Creating | StreamStatus::Deleting => true,
        };
        self.whole && self.streams.values().all(has)
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

    /// Does CloudWatch tell what comes to a shard?
    pub(super) fn is_told(&self, name: &StreamName, id: ShardId) -> bool {
        let shard = self.streams.get(name).and_then(|stream| stream.shards.get(&id));
        shard.is_some_and(|shard| shard.told.is_some())
    }

    /// What CloudWatch may know: every metric of each stream, and of the open shards of those for which it
    /// is switched on. Shards whose records and bytes are not told have to be read anyway.
    pub(super) fn metrics(&self) -> Vec<(Whose, ShardMetric)> {
        let mut all = Vec::new();
        for (name, stream) in &self.streams {
            let whose = |shard| Whose { stream: name.clone(), shard };
            all.extend(ShardMetric::ALL.map(|metric| (whose(None), metric)));
            let monitored = &stream.is.monitored;
            let needed = [ShardMetric::IncomingBytes, ShardMetric::IncomingRecords];
            if needed.iter().any(|metric| !monitored.contains(metric)) {
                continue;
            }
            for id in self.open(name) {
                all.extend(monitored.iter().map(|metric| (whose(Some(id)), *metric)));
            }
        }
        all
    }

    /// Its open shards.
    pub(super) fn open(&self, name: &StreamName) -> Vec<ShardId> {
        let shards = self.streams.get(name).into_iter().flat_map(|stream| &stream.shards);
        let open = shards.filter(|(_, shard)| shard.is.state == ShardState::Open);
        open.map(|(id, _)| *id).collect()
    }

    /// Do keys decide which of its shards has a record?
    pub(super) fn goes_by_key(&self, name: &StreamName) -> bool {
        let by = self.streams.get(name).map(|stream| stream.is.settings.distribution);
        by.is_some_and(|by| by == RecordDistribution::UserPartitionKey)
    }

    /// All of its shards, with where they came from.
    pub(super) fn shards(&self, name: &StreamName) -> impl Iterator<Item = &ShardDescription> {
        let shards = self.streams.get(name).into_iter().flat_map(|stream| stream.shards.values());
        shards.map(|shard| &shard.is)
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

#[cfg(test)]
mod tests;
