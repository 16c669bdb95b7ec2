//! A page of a stream's records: the newest as they come, or those at a place.
//!
//! Faster than can be read, the newest are a sample: in each shard every n-th record, by its index,
//! so that those that are shown stay while others come. At a place all are shown, shards merged by
//! arrival. With a filter or a key at most [`LOOKED_MAX`] records are looked through.

use std::collections::{BTreeSet, VecDeque};

use crate::api::aggregate::{self, UserRecord};
use crate::command::{Asked, Browse, Place, Terms};
use crate::engine::{ShardInfo, StreamInfo};
use crate::model::{Millis, RecordRef, ShardId};
use crate::rules::routing::hash_key_of;
use crate::snapshot::{Aggregated, TailRecord, TailView};
use crate::world::World;

/// Records of a page.
pub const SHOWN_RECORDS: usize = 200;
/// Records a second that can be followed by eye.
const READABLE_PER_S: f64 = 40.0;
/// Records that are looked through for one picture.
const LOOKED_MAX: u64 = 5_000;
/// Bytes of a record that are shown.
const SHOWN_BYTES: usize = 4_096;

pub(super) fn page(world: &World, browse: &Browse, terms: &Terms) -> TailView {
    let Some(stream) = world.engine.stream(&browse.stream) else { return TailView::default() };
    let hash = browse.key.as_deref().map(hash_key_of);
    let sequence = match browse.place {
        Place::Sequence(number) => Some(number.shard),
        _ => None,
    };
    let shards: Vec<ShardInfo> = stream
        .shards()
        .filter(|shard| browse.shard.or(sequence).is_none_or(|id| id == shard.id))
        .filter(|shard| hash.is_none_or(|hash| shard.range.contains(hash)))
        .collect();
    let wanted = Wanted { browse, terms };
    let stride = stride(world, browse);
    if browse.place == Place::Newest && wanted.is_all() && stride > 1 {
        return sample(stream, &shards, stride);
    }
    let place = browse.place.fixed(world.started, world.now);
    match place {
        Place::Newest => merged(stream, &shards, Way::Back, &|shard| shard.next_index, &wanted),
        Place::Until(at) => {
            let behind = |shard: &ShardInfo| stream.index_at(shard.id, at.plus(1));
            merged(stream, &shards, Way::Back, &behind, &wanted)
        }
        Place::From(at) => {
            merged(stream, &shards, Way::On, &|shard| stream.index_at(shard.id, at), &wanted)
        }
        Place::Sequence(number) => merged(stream, &shards, Way::On, &|_| number.index, &wanted),
        Place::Oldest | Place::Ago(_) | Place::Elapsed(_) => {
            let first = |shard: &ShardInfo| shard.next_index - shard.stored_records;
            merged(stream, &shards, Way::On, &first, &wanted)
        }
    }
}

/// So many records come for one that can be followed; a power of two, so that it seldom changes.
fn stride(world: &World, browse: &Browse) -> u64 {
    let Some(meter) = world.meters.streams.get(&browse.stream) else { return 1 };
    let meter = browse.shard.map_or(Some(&meter.whole), |id| meter.shard(id));
    let rate = meter.map_or(0.0, |meter| meter.in_records.series().mean(5));
    ((rate / READABLE_PER_S).ceil() as u64).max(1).next_power_of_two()
}

/// Every `stride`-th record of each shard, the newest of them.
fn sample(stream: StreamInfo<'_>, shards: &[ShardInfo], stride: u64) -> TailView {
    let each = (SHOWN_RECORDS as u64).div_ceil(shards.len().max(1) as u64);
    let mut records = Vec::new();
    for shard in shards {
        let first = shard.next_index - shard.stored_records;
        let newest = shard.next_index / stride;
        for nth in newest.saturating_sub(each)..=newest {
            if nth * stride >= first {
                stream.peek(shard.id, nth * stride, 1, &mut |_, record| {
                    records.push(shown(shard.id, record));
                });
            }
        }
    }
    records.sort_by_key(|record| (record.arrival, record.shard, record.sequence));
    records.drain(..records.len().saturating_sub(SHOWN_RECORDS));
    TailView { records, one_in: stride, looked_at: 0, ended: false }
}

/// Which records are to be shown.
pub struct Wanted<'a> {
    /// Of which shard and of which key.
    pub browse: &'a Browse,
    /// What they must hold.
    pub terms: &'a Terms,
}

impl Wanted<'_> {
    fn is_all(&self) -> bool {
        self.browse.key.is_none() && self.terms.is_empty()
    }

    /// Is a record among them?
    #[must_use]
    pub fn holds(&self, shard: ShardId, record: &RecordRef<'_>) -> bool {
        let RecordRef { partition_key: key, data, .. } = *record;
        let asked = Asked { shard, key, data, data_bytes: data.len() };
        self.takes(&asked, |key| holds_inside(data, key))
    }

    /// Is one among them of which only this is known any more? What is not shown of it is not found.
    #[must_use]
    pub fn holds_shown(&self, record: &TailRecord) -> bool {
        let TailRecord { shard, partition_key: key, data, data_bytes, aggregated, .. } = record;
        let asked = Asked { shard: *shard, key, data, data_bytes: *data_bytes };
        self.takes(&asked, |wanted| {
            let mut users = aggregated.iter().flat_map(|inside| &inside.shown);
            users.any(|(key, _)| key == wanted)
        })
    }

    fn takes(&self, asked: &Asked<'_>, has_inside: impl FnOnce(&str) -> bool) -> bool {
        let Browse { shard, key, .. } = self.browse;
        shard.is_none_or(|wanted| wanted == asked.shard)
            && key.as_deref().is_none_or(|wanted| wanted == asked.key || has_inside(wanted))
            && self.terms.hold(asked)
    }
}

/// Is a record of this key among those that were aggregated into this one?
fn holds_inside(data: &[u8], key: &str) -> bool {
    let users = aggregate::user_records(data);
    users.is_some_and(|users| users.iter().any(|user| user.partition_key == key))
}

/// In which direction records are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    On,
    Back,
}

/// What was read of a shard and is not merged yet, in the order of reading.
struct Lane {
    shard: ShardId,
    first: u64,
    /// Where reading goes on: the next index, or one behind it on the way back.
    at: u64,
    end: u64,
    read: VecDeque<(Millis, u64, Option<TailRecord>)>,
}

impl Lane {
    fn fill(&mut self, stream: StreamInfo<'_>, way: Way, count: u64, wanted: &Wanted<'_>) {
        let (from, count) = match way {
            Way::On => (self.at, count.min(self.end.saturating_sub(self.at))),
            Way::Back => {
                let from = self.at.saturating_sub(count).max(self.first);
                (from, self.at.saturating_sub(from))
            }
        };
        if count == 0 {
            return;
        }
        let mut next = from;
        stream.peek(self.shard, from, usize::try_from(count).unwrap_or(1), &mut |index, record| {
            let found = wanted.holds(self.shard, &record).then(|| shown(self.shard, record));
            next = index + 1;
            let seen = (record.arrival, index, found);
            match way {
                Way::On => self.read.push_back(seen),
                Way::Back => self.read.push_front(seen),
            }
        });
        // Damage ends a read early: what is behind it is not shown.
        self.at = if way == Way::Back {
            from
        } else if next == from {
            self.end
        } else {
            next
        };
    }
}

fn merged(
    stream: StreamInfo<'_>,
    shards: &[ShardInfo],
    way: Way,
    start: &dyn Fn(&ShardInfo) -> u64,
    wanted: &Wanted<'_>,
) -> TailView {
    let chunk = (2 * SHOWN_RECORDS as u64 / shards.len().max(1) as u64).clamp(1, 64);
    let mut lanes: Vec<Lane> = shards
        .iter()
        .map(|shard| {
            let first = shard.next_index - shard.stored_records;
            let at = start(shard).clamp(first, shard.next_index);
            Lane { shard: shard.id, first, at, end: shard.next_index, read: VecDeque::new() }
        })
        .collect();
    let mut heads = BTreeSet::new();
    for (nth, lane) in lanes.iter_mut().enumerate() {
        lane.fill(stream, way, chunk, wanted);
        heads.extend(lane.read.front().map(|(at, index, _)| (*at, lane.shard, *index, nth)));
    }
    let mut view = TailView { records: Vec::new(), one_in: 1, looked_at: 0, ended: false };
    let mut looked = 0;
    while view.records.len() < SHOWN_RECORDS && looked < LOOKED_MAX {
        let head = if way == Way::On { heads.pop_first() } else { heads.pop_last() };
        let Some((.., nth)) = head else {
            view.ended = true;
            break;
        };
        let lane = &mut lanes[nth];
        view.records.extend(lane.read.pop_front().and_then(|(.., record)| record));
        looked += 1;
        if lane.read.is_empty() {
            lane.fill(stream, way, chunk, wanted);
        }
        heads.extend(lane.read.front().map(|(at, index, _)| (*at, lane.shard, *index, nth)));
    }
    if way == Way::Back {
        view.records.reverse();
    }
    view.looked_at = if wanted.is_all() { 0 } else { looked };
    view
}

/// A record for the eye.
#[must_use]
pub fn shown(shard: ShardId, record: RecordRef<'_>) -> TailRecord {
    TailRecord {
        shard,
        sequence: record.sequence,
        arrival: record.arrival,
        partition_key: record.partition_key.to_owned(),
        hash_key: hash_key_of(record.partition_key),
        data_bytes: record.data.len(),
        data: record.data[..record.data.len().min(SHOWN_BYTES)].to_vec(),
        aggregated: look_inside(record.data),
    }
}

/// What is inside of an aggregated record, as much of it as is shown of a record.
fn look_inside(data: &[u8]) -> Option<Aggregated> {
    let users = aggregate::user_records(data)?;
    let mut bytes = 0;
    let fits = |user: &&UserRecord<'_>| {
        bytes += user.partition_key.len() + user.data.len();
        bytes <= SHOWN_BYTES
    };
    let shown = users.iter().take_while(fits);
    let shown = shown.map(|user| (user.partition_key.to_owned(), user.data.to_vec())).collect();
    Some(Aggregated { records: users.len(), shown })
}
