//! The key mix of every open shard: a sample of what is put, sketched once a second.
//!
//! A put costs one step a sampled record and nothing for the others. Steps are drawn, from the same
//! beginning in every run, so that no rhythm of a producer hides a key; they are as long as leaves
//! [`SAMPLES`] records a second of each shard, however many come, and of thousands of shards fewer,
//! so that all together are no more than [`SAMPLES_ALL`]. The sampled ones are hashed and
//! sketched together when the second is over, shard by shard: of thousands no cache holds the sketches.
//! What a sketch tells is put together when somebody asks.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::{Answer, Operation, PutRecord, PutRecords, PutRecordsAnswer};
use crate::engine::{Engine, StreamInfo};
use crate::meter::{KeyMix, Sampled, Sketch};
use crate::model::{EntryBatch, EntryRef, HashKey, HashKeyRange, ShardId, ShardState, StreamName};
use crate::pipeline::Reply;
use crate::rules::record::explicit_hash_key;
use crate::rules::routing::hash_keys_of;

/// Records a second of each shard that are sampled at least, where so many come.
const SAMPLES: usize = 48;
/// Records a second of all shards of a stream: some milliseconds of sketching.
const SAMPLES_ALL: usize = 16_384;
/// Knuth's multiplier of a linear congruential generator.
const LCG: u64 = 6_364_136_223_846_793_005;

/// What is known of a shard.
struct Known {
    range: HashKeyRange,
    sketch: Sketch,
    /// What it tells, once somebody has asked in this second.
    mix: OnceCell<Option<Arc<KeyMix>>>,
}

impl Known {
    fn new(range: HashKeyRange) -> Self {
        Self { range, sketch: Sketch::new(range), mix: OnceCell::new() }
    }

    fn mix(&self) -> Option<&Arc<KeyMix>> {
        self.mix.get_or_init(|| self.sketch.mix().map(Arc::new)).as_ref()
    }
}

/// What becomes of a sampled record: its shard, its bytes, and for how many it stands.
struct Note {
    shard: ShardId,
    bytes: usize,
    weight: usize,
}

/// The mixes of one stream.
struct StreamMix {
    /// One record of so many is sampled, on the average.
    stride: usize,
    /// Where the steps are drawn from.
    chance: u64,
    /// Records that come before the next one that is.
    skip: usize,
    offered: usize,
    sample: EntryBatch,
    notes: Vec<Note>,
    /// Sampled in a second, at most, before the stride is doubled.
    room: usize,
    /// Those that were sampled lately.
    shards: BTreeMap<ShardId, Known>,
}

/// The mixes of all streams.
#[derive(Default)]
pub(super) struct Mixes {
    streams: BTreeMap<StreamName, StreamMix>,
    /// Room for hash keys.
    hashes: Vec<HashKey>,
}

impl Mixes {
    /// Takes a sample of a call and its reply.
    pub(super) fn see(&mut self, operation: &Operation, reply: &Reply) {
        if let (Operation::PutRecords(put), Ok(Answer::Put(answer))) = (operation, reply) {
            self.see_put(put, answer);
        } else if let (Operation::PutRecord(put), Ok(Answer::PutOne(answer))) = (operation, reply) {
            self.see_one(put, answer.shard);
        }
    }

    /// Takes a sample of a put and its answer.
    pub(super) fn see_put(&mut self, put: &PutRecords, answer: &PutRecordsAnswer) {
        let mix = self.of(&put.stream);
        let count = put.entries.len();
        mix.offered += count;
        while mix.skip < count {
            mix.note(&put.entries.get(mix.skip), answer.outcomes[mix.skip].shard);
            mix.skip += mix.step();
        }
        mix.skip -= count;
    }

    fn see_one(&mut self, put: &PutRecord, shard: ShardId) {
        let mix = self.of(&put.stream);
        mix.offered += 1;
        if mix.skip > 0 {
            mix.skip -= 1;
            return;
        }
        let explicit = put.explicit_hash_key.as_deref();
        let explicit_hash_key = explicit.and_then(|key| explicit_hash_key(key).ok());
        let PutRecord { partition_key, data, .. } = put;
        mix.note(&EntryRef { partition_key, explicit_hash_key, data }, shard);
        mix.skip = mix.step() - 1;
    }

    fn of(&mut self, stream: &StreamName) -> &mut StreamMix {
        if !self.streams.contains_key(stream) {
            self.streams.insert(stream.clone(), StreamMix::new());
        }
        self.streams.get_mut(stream).expect("it was put there")
    }

    /// Closes a second.
    pub(super) fn tick(&mut self, engine: &Engine) {
        let Self { streams, hashes } = self;
        streams.retain(|name, _| engine.stream(name).is_some());
        for (name, mix) in streams {
            let stream = engine.stream(name).expect("the others are gone");
            mix.tick(&stream, hashes);
        }
    }

    /// Who brings the shard its load, when that is known.
    pub(super) fn mix(&self, stream: &StreamName, shard: ShardId) -> Option<&Arc<KeyMix>> {
        self.streams.get(stream)?.shards.get(&shard)?.mix()
    }
}

impl StreamMix {
    fn new() -> Self {
        Self {
            stride: 1,
            chance: 0,
            skip: 0,
            offered: 0,
            sample: EntryBatch::new(),
            notes: Vec::new(),
            room: 4 * SAMPLES,
            shards: BTreeMap::new(),
        }
    }

    /// To the next sampled record: 1 up to twice the stride, without two.
    fn step(&mut self) -> usize {
        self.chance = self.chance.wrapping_mul(LCG).wrapping_add(1);
        let drawn = usize::try_from(self.chance >> 33).expect("invariant: 31 bits");
        1 + drawn % (2 * self.stride - 1)
    }

    fn note(&mut self, entry: &EntryRef<'_>, shard: ShardId) {
        let bytes = entry.partition_key.len() + entry.data.len();
        self.sample.push_entry(EntryRef { data: &[], ..*entry });
        self.notes.push(Note { shard, bytes, weight: self.stride });
        if self.notes.len() >= self.room {
            self.room *= 2;
            self.stride *= 2;
        }
    }

    fn tick(&mut self, stream: &StreamInfo<'_>, hashes: &mut Vec<HashKey>) {
        let open = self.follow(stream);
        for known in self.shards.values_mut() {
            known.sketch.fade();
            known.mix.take();
        }
        hash_keys_of(&self.sample, hashes);
        let mut sampled: Vec<_> = self.notes.iter().map(|note| note.shard).zip(0..).collect();
        sampled.sort_unstable();
        for of_shard in sampled.chunk_by(|(shard, _), (next, _)| shard == next) {
            // A shard that was closed meanwhile needs no advice.
            let shard = of_shard[0].0;
            let Ok(at) = open.binary_search_by_key(&shard, |(id, _)| *id) else { continue };
            let known = self.shards.entry(shard).or_insert_with(|| Known::new(open[at].1));
            for (_, nth) in of_shard {
                let Note { bytes, weight, .. } = self.notes[*nth];
                let (key, hash) = (self.sample.get(*nth).partition_key, hashes[*nth]);
                known.sketch.add(&Sampled { key, hash, bytes, weight });
            }
        }
        self.shards.retain(|_, known| !known.sketch.is_faded());
        let wanted = (SAMPLES * open.len().max(1)).min(SAMPLES_ALL);
        self.stride = (self.offered / wanted).max(1);
        self.room = 4 * wanted;
        self.offered = 0;
        self.sample.clear();
        self.notes.clear();
    }

    /// Closed shards lose their sketch; gives the open ones in order of their numbers.
    fn follow(&mut self, stream: &StreamInfo<'_>) -> Vec<(ShardId, HashKeyRange)> {
        let open = stream.shards().filter(|shard| shard.state == ShardState::Open);
        let open: Vec<_> = open.map(|shard| (shard.id, shard.range)).collect();
        self.shards.retain(|id, known| open.binary_search(&(*id, known.range)).is_ok());
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CreateStream;
    use crate::engine::EngineOptions;
    use crate::model::{Level, Millis};

    fn name() -> StreamName {
        StreamName::new("orders").expect("a good name")
    }

    fn engine() -> Engine {
        let mut engine = Engine::in_memory(EngineOptions::default());
        let create = CreateStream::provisioned(name(), 1, Level::Memory);
        engine.handle(Millis(0), &Operation::CreateStream(create)).expect("created");
        engine.advance(Millis(10_000));
        engine
    }

    /// A thousand a second are taken, two thousand come: what is refused is load as well.
    #[test]
    fn refused_records_count_and_many_are_sampled() {
        let (mut engine, mut mixes) = (engine(), Mixes::default());
        for second in 10..20 {
            let now = Millis(second * 1_000);
            for call in 0..4 {
                let mut put = PutRecords { stream: name(), entries: EntryBatch::new() };
                for n in 0..500 {
                    let key = if n % 2 == 0 { "hot".into() } else { format!("k{call}-{n}") };
                    put.entries.push(&key, &[0; 50]);
                }
                let answer = engine.put_records(now, &put).expect("there is a stream");
                mixes.see_put(&put, &answer);
            }
            mixes.tick(&engine);
        }
        let mix = mixes.mix(&name(), ShardId(0)).expect("it is known by now");
        assert_eq!(mix.heavy.len(), 1);
        assert_eq!(mix.heavy[0].key, "hot");
        assert!((mix.heavy[0].share.records - 0.5).abs() < 0.06, "{:?}", mix.heavy);
        let sampled = mixes.streams[&name()].stride;
        assert_eq!(sampled, 2_000 / SAMPLES);
        assert_eq!(mixes.mix(&name(), ShardId(1)), None);
    }
}
