//! Packing user records into aggregated ones, by the shard that each will belong to.
//!
//! Shards are listed at the start, and again when an answer names another shard than was expected: the
//! stream was resharded. An aggregated record that came into a shard to which not all of its user
//! records belong is passed over there by those who take it apart, so its user records are packed and
//! put again. While no shards are known, records are put as they are; and from when one came into a shard
//! that is known to be another one than expected: the stream gives its records to shards in turn.

use std::collections::{BTreeMap, VecDeque};

use crate::api::aggregate::{self, Aggregate, UserRecord};
use crate::api::{Answer, ListShards, Operation, PutRecordsAnswer, ShardDescription};
use crate::model::limits::PUT_RECORDS_ENTRIES_MAX;
use crate::model::{
    EntryBatch, EntryRef, HashKey, HashKeyRange, Millis, ShardId, ShardState, StreamName,
};
use crate::pipeline::Reply;
use crate::pipeline::producer::CALL_BYTES;
use crate::pipeline::settings::AggregateSettings;
use crate::rules::routing::{Router, hash_keys_of, tiles};

/// Pause after shards could not be listed, milliseconds.
const RETRY_MS: u64 = 1_000;
/// For so long after a reshard there are records that were packed before it: as long as one is tried.
const STALE_MS: u64 = 30_000;

/// An aggregated record that is being filled.
struct Pack {
    aggregate: Aggregate,
    since: Millis,
    /// Of the first user record: where all of them belong.
    first: (String, HashKey),
    /// The first one has it from its producer.
    is_explicit: bool,
}

/// Records on their way to being put.
pub(super) struct Packer {
    settings: AggregateSettings,
    shards: Shards,
    packs: BTreeMap<ShardId, Pack>,
    ready: EntryBatch,
    /// What was ready, cut into calls.
    calls: VecDeque<EntryBatch>,
    /// Came into a shard that is not known yet.
    doubtful: Vec<(ShardId, EntryBatch)>,
    /// Keys decide no shards: what is packed would be passed over.
    is_scattered: bool,
    hash_keys: Vec<HashKey>,
}

impl Packer {
    pub(super) fn new(settings: AggregateSettings, now: Millis) -> Self {
        Self {
            settings,
            shards: Shards { list_at: now, ..Shards::default() },
            packs: BTreeMap::new(),
            ready: EntryBatch::new(),
            calls: VecDeque::new(),
            doubtful: Vec::new(),
            is_scattered: false,
            hash_keys: Vec::new(),
        }
    }

    /// User records that are here, and not on their way.
    pub(super) fn waiting(&self) -> usize {
        let packed: usize = self.packs.values().map(|pack| pack.aggregate.len()).sum();
        let cut: usize = self.calls.iter().map(users_of).sum();
        packed + users_of(&self.ready) + cut + self.in_doubt()
    }

    /// User records of which it is not known whether they came into their shard.
    pub(super) fn in_doubt(&self) -> usize {
        self.doubtful.iter().map(|(_, entries)| users_of(entries)).sum()
    }

    /// When something is due: a pack that waits no longer, or the shards.
    pub(super) fn due(&self) -> Option<Millis> {
        let wait = u64::from(self.settings.buffered_ms);
        let packs = self.packs.values().map(|pack| pack.since.plus(wait));
        packs.chain(self.shards.due()).min()
    }

    /// Asks for the shards where that is due.
    pub(super) fn ask(&mut self, now: Millis, stream: &StreamName) -> Option<Operation> {
        self.shards.ask(now, stream)
    }

    /// Packs user records.
    pub(super) fn pack(&mut self, now: Millis, entries: &EntryBatch) {
        let mut hash_keys = std::mem::take(&mut self.hash_keys);
        hash_keys_of(entries, &mut hash_keys);
        for (entry, hash_key) in entries.iter().zip(&hash_keys) {
            match self.shards.of(*hash_key) {
                Some(shard) if !self.is_scattered => self.put(now, shard, entry, *hash_key),
                Some(_) | None => self.ready.push_entry(entry),
            }
        }
        self.hash_keys = hash_keys;
    }

    fn put(&mut self, now: Millis, shard: ShardId, entry: EntryRef<'_>, hash_key: HashKey) {
        let explicit = entry.explicit_hash_key.map(|key| key.to_string());
        let user = UserRecord {
            partition_key: entry.partition_key,
            explicit_hash_key: explicit.as_deref(),
            data: entry.data,
        };
        let AggregateSettings { bytes_max, records_max, .. } = self.settings;
        let is_full = |pack: &Pack| {
            pack.aggregate.bytes_with(&user) > bytes_max as usize
                || pack.aggregate.len() >= records_max as usize
        };
        if self.packs.get(&shard).is_some_and(is_full) {
            self.close(shard);
        }
        let pack = self.packs.entry(shard).or_insert_with(|| Pack {
            aggregate: Aggregate::default(),
            since: now,
            first: (entry.partition_key.to_owned(), hash_key),
            is_explicit: explicit.is_some(),
        });
        pack.aggregate.push(&user);
    }

    fn close(&mut self, shard: ShardId) {
        let Some(Pack { aggregate, first: (key, hash_key), is_explicit, .. }) =
            self.packs.remove(&shard)
        else {
            return;
        };
        let alone = aggregate.len() == 1;
        let key = if alone { &key } else { aggregate::PARTITION_KEY };
        let explicit = (!alone || is_explicit).then_some(hash_key);
        self.ready.push_explicit(key, explicit, |into| aggregate.write(into));
    }

    /// Closes what has waited long enough.
    pub(super) fn close_due(&mut self, now: Millis) {
        let wait = u64::from(self.settings.buffered_ms);
        let due = self.packs.iter().filter(|(_, pack)| pack.since.plus(wait) <= now);
        let due: Vec<ShardId> = due.map(|(shard, _)| *shard).collect();
        due.into_iter().for_each(|shard| self.close(shard));
    }

    /// The next call's records. All that is ready is cut at once, so that nothing is copied twice.
    pub(super) fn collect(&mut self) -> Option<EntryBatch> {
        if self.calls.is_empty() {
            self.calls = calls_of(std::mem::take(&mut self.ready));
        }
        self.calls.pop_front()
    }

    /// What was put came where the answer says. Answers how many user records of it are where they
    /// belong; the others are put again, or are in doubt until the shards are known.
    pub(super) fn on_put(
        &mut self,
        now: Millis,
        entries: &EntryBatch,
        answer: &PutRecordsAnswer,
    ) -> u64 {
        let mut taken = 0;
        for (entry, outcome) in entries.iter().zip(&answer.outcomes) {
            if outcome.result.is_ok() {
                taken += self.arrived(now, entry, outcome.shard);
            }
        }
        taken
    }

    fn arrived(&mut self, now: Millis, entry: EntryRef<'_>, shard: ShardId) -> u64 {
        let expected = entry.explicit_hash_key.and_then(|key| self.shards.of(key));
        if expected == Some(shard) && !self.shards.is_stale(now) {
            return aggregate::user_count(entry.data) as u64;
        }
        let Some(users) = aggregate::user_records(entry.data) else { return 1 };
        match self.shards.ranges.get(&shard) {
            None => {
                self.shards.list_at = self.shards.list_at.min(now);
                let mut alone = EntryBatch::new();
                alone.push_entry(entry);
                self.doubtful.push((shard, alone));
                0
            }
            Some(range) => {
                let belong = users.iter().all(|user| range.contains(user.hash_key()));
                if belong {
                    return users.len() as u64;
                }
                self.is_scattered |= !self.shards.is_stale(now);
                self.pack(now, &entries_of(&users));
                0
            }
        }
    }

    /// The shards, or why they are not told. Answers as [`Packer::on_put`] for what was in doubt.
    pub(super) fn on_list(&mut self, now: Millis, reply: Reply) -> u64 {
        if !self.shards.on_list(now, reply) {
            return 0;
        }
        let mut taken = 0;
        for (shard, entries) in std::mem::take(&mut self.doubtful) {
            for entry in entries.iter() {
                taken += self.arrived(now, entry, shard);
            }
        }
        taken
    }
}

/// Cuts records into calls, each as large as it may be.
fn calls_of(entries: EntryBatch) -> VecDeque<EntryBatch> {
    let mut calls: VecDeque<EntryBatch> = VecDeque::new();
    if entries.is_empty() {
        return calls;
    }
    if entries.len() <= PUT_RECORDS_ENTRIES_MAX && entries.bytes() <= CALL_BYTES {
        return VecDeque::from([entries]);
    }
    for entry in entries.iter() {
        let bytes = entry.partition_key.len() + entry.data.len();
        let has_room = |call: &EntryBatch| {
            call.len() < PUT_RECORDS_ENTRIES_MAX && call.bytes() + bytes <= CALL_BYTES
        };
        match calls.back_mut() {
            Some(call) if has_room(call) => call.push_entry(entry),
            Some(_) | None => {
                let mut call = EntryBatch::new();
                call.push_entry(entry);
                calls.push_back(call);
            }
        }
    }
    calls
}

/// User records of all entries.
pub(super) fn users_of(entries: &EntryBatch) -> usize {
    entries.iter().map(|entry| aggregate::user_count(entry.data)).sum()
}

fn entries_of(users: &[UserRecord<'_>]) -> EntryBatch {
    let mut entries = EntryBatch::new();
    for UserRecord { partition_key, explicit_hash_key, data } in users {
        let explicit_hash_key = explicit_hash_key.and_then(HashKey::parse);
        entries.push_entry(EntryRef { partition_key, explicit_hash_key, data });
    }
    entries
}

/// The shards of the stream, as far as they are known.
#[derive(Default)]
struct Shards {
    /// Of all of them, closed ones included.
    ranges: BTreeMap<ShardId, HashKeyRange>,
    /// Of the open ones.
    router: Option<Router>,
    asked: bool,
    list_at: Millis,
    /// Of a list that was told in part: what there is, and what to ask for the rest with.
    pages: Vec<ShardDescription>,
    next_page: Option<String>,
    /// When they were found to be others than before.
    changed: Option<Millis>,
}

impl Shards {
    fn of(&self, hash_key: HashKey) -> Option<ShardId> {
        self.router.as_ref().map(|router| router.shard(hash_key))
    }

    fn due(&self) -> Option<Millis> {
        (!self.asked && self.list_at != Millis::NEVER).then_some(self.list_at)
    }

    fn ask(&mut self, now: Millis, stream: &StreamName) -> Option<Operation> {
        self.due().filter(|at| *at <= now)?;
        self.asked = true;
        let page = self.next_page.take().map(ListShards::next);
        Some(Operation::ListShards(page.unwrap_or_else(|| ListShards::of(stream.clone()))))
    }

    /// May there be records on their way that were packed by shards of before?
    fn is_stale(&self, now: Millis) -> bool {
        self.changed.is_some_and(|at| now.since(at) <= STALE_MS)
    }

    /// Takes what was told; are they known now?
    fn on_list(&mut self, now: Millis, reply: Reply) -> bool {
        self.asked = false;
        let Ok(Answer::Shards(page)) = reply else {
            self.pages.clear();
            self.list_at = now.plus(RETRY_MS);
            return false;
        };
        self.pages.extend(page.shards);
        self.next_page = page.next_token;
        if self.next_page.is_some() {
            return false;
        }
        let shards = std::mem::take(&mut self.pages);
        let open = shards.iter().filter(|shard| shard.state == ShardState::Open);
        let mut open: Vec<_> = open.map(|shard| (shard.range, shard.shard)).collect();
        open.sort_unstable();
        // A reshard between two pages tears them apart.
        if !tiles(open.iter().map(|(range, _)| *range)) {
            self.list_at = now.plus(RETRY_MS);
            return false;
        }
        let ranges = shards.iter().map(|shard| (shard.shard, shard.range)).collect();
        if self.router.is_some() && self.ranges != ranges {
            self.changed = Some(now);
        }
        self.ranges = ranges;
        self.router = Some(Router::new(open));
        self.list_at = Millis::NEVER;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// While no shards are known, records are put as they are.
    fn calls(entries: &EntryBatch) -> Vec<EntryBatch> {
        let mut packer = Packer::new(AggregateSettings::default(), Millis::ZERO);
        packer.pack(Millis::ZERO, entries);
        let mut left = entries.len();
        assert_eq!(packer.waiting(), left);
        std::iter::from_fn(|| {
            let call = packer.collect()?;
            left -= call.len();
            assert_eq!(packer.waiting(), left);
            Some(call)
        })
        .collect()
    }

    #[test]
    fn what_is_ready_is_cut_into_calls_in_its_order() {
        let mut many = EntryBatch::new();
        for n in 0..1_201_u32 {
            let key = n.to_string();
            let explicit_hash_key = (n % 2 == 0).then_some(HashKey(u128::from(n)));
            many.push_entry(EntryRef { partition_key: &key, explicit_hash_key, data: b"data" });
        }
        let made = calls(&many);
        assert_eq!(made.iter().map(EntryBatch::len).collect::<Vec<_>>(), [500, 500, 201]);
        assert!(made.iter().flat_map(EntryBatch::iter).eq(many.iter()));
        assert!(calls(&EntryBatch::new()).is_empty());
    }

    #[test]
    fn a_call_has_no_more_bytes_than_it_may_unless_one_record_has() {
        let mut large = EntryBatch::new();
        for bytes in [CALL_BYTES - 2, 1, 1, CALL_BYTES + 1, CALL_BYTES / 2, CALL_BYTES / 2] {
            large.push("k", &vec![0; bytes - 1]);
        }
        let made = calls(&large);
        assert_eq!(made.iter().map(EntryBatch::len).collect::<Vec<_>>(), [3, 1, 2]);
    }
}
