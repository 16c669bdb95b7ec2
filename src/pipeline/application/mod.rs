//! A consumer application: workers that share the shards of a stream by leases.
//!
//! * A shard is read by the one worker that holds its lease (`lease.rs`). A worker renews what it holds
//!   three times in the failover time, and looks for leases to take once in two of them; the first
//!   time at a moment of its own within the first second.
//! * How far a shard is done is kept every `checkpoint_ms`, when its lease is handed over, and at its
//!   end. Whoever takes the lease of a worker that died reads from there: what the dead one had done
//!   beyond is done again, and counted.
//! * The children of a closed shard have leases when all of it is done, and are read from their
//!   beginning.
//! * Aggregated records of the producer library are taken apart, and what is done is counted in user
//!   records. One that has a user record of another shard, since its producer did not know of a split
//!   or a merge, is passed over as a whole, as the library does: its producer puts it again.
//! * A worker that was killed does nothing any more, renewing included; started again it has lost
//!   what it had read and not kept.
//!
//! Absent: what a worker does with records, and how long that takes; the election of a leader that
//! gives leases by the load of workers, which the library does from version 3 on.

use std::collections::{BTreeMap, VecDeque};

use crate::api::aggregate::{self, UserRecord};
use crate::model::chance::salted;
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{ConsumerTally, Event, EventKind, HashKeyRange, Millis, RecordBatch, ShardId};
use crate::pipeline::follow::{Checkpoint, Follower, News, Rhythm};
use crate::pipeline::settings::ApplicationSettings;
use crate::pipeline::{Call, Part, Reply};

mod lease;

pub use lease::Lease;

use lease::{LeaseTable, Taken};

/// The library's pause between reads, which is no shorter while it is behind.
const RHYTHM: Rhythm = Rhythm { calm_ms: 1_500, behind_ms: 1_500 };
/// Within so long workers look for leases the first time, milliseconds.
const FIRST_TAKE_MS: u64 = 1_000;
/// So much later than two failover times a worker looks again, milliseconds.
const TAKE_LATER_MS: u64 = 50;

/// A worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Does it run?
    pub is_alive: bool,
    /// Records that it has done.
    pub done_records: u64,
    renews_at: Millis,
    takes_at: Millis,
}

/// How far a shard was read.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The next record, by its index.
    next: Option<u64>,
    /// The next that nobody has done yet.
    furthest: u64,
}

/// User records of a record, which is one of them itself where it is not aggregated.
#[derive(Clone, Copy)]
enum Users {
    /// So many, all of them of this shard.
    Own(u64),
    /// So many, not all of them of this shard.
    Stray(u64),
}

fn users_of(data: &[u8], range: Option<HashKeyRange>) -> Users {
    let Some(users) = aggregate::user_records(data) else { return Users::Own(1) };
    let belongs = |user: &UserRecord<'_>| range.is_none_or(|r| r.contains(user.hash_key()));
    match users.iter().all(belongs) {
        true => Users::Own(users.len() as u64),
        false => Users::Stray(users.len() as u64),
    }
}

/// A consumer application.
pub struct Application {
    settings: ApplicationSettings,
    salt: u64,
    follower: Follower,
    table: LeaseTable,
    workers: BTreeMap<u32, Worker>,
    progress: BTreeMap<ShardId, Progress>,
    /// Everything that arrived in a shard until then was read.
    until: BTreeMap<ShardId, Millis>,
    /// Shards of which nothing was read yet, and since when there may be records in them.
    due: BTreeMap<ShardId, Millis>,
    restored: BTreeMap<ShardId, Checkpoint>,
    keeps_at: Millis,
    tally: ConsumerTally,
    again_records: u64,
    events: VecDeque<Event>,
    deadline: Millis,
}

impl Application {
    /// An application that goes on at `checkpoints`, or begins at its starting position without any.
    #[must_use]
    pub fn new(
        settings: ApplicationSettings,
        checkpoints: BTreeMap<ShardId, Checkpoint>,
        seed: u64,
        now: Millis,
    ) -> Self {
        let ApplicationSettings { stream, start, failover_ms, checkpoint_ms, .. } =
            settings.clone();
        let salt = salted(seed, &format!("application {}", settings.name));
        let mut application = Self {
            follower: Follower::new(stream, start, RHYTHM, checkpoints.clone(), salt, now),
            table: LeaseTable::new(failover_ms),
            restored: checkpoints,
            workers: BTreeMap::new(),
            progress: BTreeMap::new(),
            until: BTreeMap::new(),
            due: BTreeMap::new(),
            keeps_at: now.plus(checkpoint_ms),
            tally: ConsumerTally::default(),
            again_records: 0,
            events: VecDeque::new(),
            deadline: now,
            salt,
            settings,
        };
        for _ in 0..application.settings.workers {
            application.start_worker(now, None);
        }
        application
    }

    /// Its settings, with as many workers as run.
    #[must_use]
    pub fn settings(&self) -> ApplicationSettings {
        let alive = self.workers.values().filter(|worker| worker.is_alive).count();
        let workers = u32::try_from(alive).unwrap_or(u32::MAX).max(1);
        ApplicationSettings { workers, ..self.settings.clone() }
    }

    /// Its name and its stream do not change.
    #[must_use]
    pub const fn unchanging(&self) -> &ApplicationSettings {
        &self.settings
    }

    /// Its workers, by number.
    #[must_use]
    pub const fn workers(&self) -> &BTreeMap<u32, Worker> {
        &self.workers
    }

    /// Its leases, by shard.
    #[must_use]
    pub const fn leases(&self) -> &BTreeMap<ShardId, Lease> {
        &self.table.leases
    }

    /// The index of the next record that will be read of a shard, once something was.
    #[must_use]
    pub fn next_of(&self, shard: ShardId) -> Option<u64> {
        self.progress.get(&shard)?.next
    }

    /// What it did.
    #[must_use]
    pub const fn tally(&self) -> &ConsumerTally {
        &self.tally
    }

    /// Records that were done more than once, since their lease changed hands.
    #[must_use]
    pub const fn again_records(&self) -> u64 {
        self.again_records
    }

    /// How far the shard furthest behind is behind its tip, milliseconds.
    #[must_use]
    pub fn behind_ms(&self, now: Millis) -> u64 {
        let behind = self.follower.behind_ms(now);
        let unread = |shard| self.reader_of(now, shard).is_none();
        let last = self.follower.last_answer().filter(|_| self.follower.live().any(unread));
        let due = self.follower.live().filter_map(|shard| self.due.get(&shard).copied());
        due.chain(last).map(|since| now.since(since)).fold(behind, u64::max)
    }

    /// How far each shard that is read is behind, milliseconds.
    pub fn ages(&self, now: Millis) -> impl Iterator<Item = (ShardId, u64)> {
        let due = move |shard: ShardId| self.due.get(&shard).map_or(0, |since| now.since(*since));
        self.follower.ages(now).map(move |(shard, age_ms)| (shard, age_ms.max(due(shard))))
    }

    /// How far each shard is done.
    #[must_use]
    pub fn checkpoints(&self) -> BTreeMap<ShardId, Checkpoint> {
        let mut kept = self.restored.clone();
        let leases = self.table.leases.iter();
        kept.extend(leases.filter_map(|(shard, lease)| Some((*shard, lease.checkpoint?))));
        kept
    }

    /// Starts a worker: that of this number again, or a new one; answers its number, if it was not
    /// running.
    pub fn start_worker(&mut self, now: Millis, number: Option<u32>) -> Option<u32> {
        let next = self.workers.keys().next_back().map_or(1, |last| last.saturating_add(1));
        let number = number.unwrap_or(next);
        if self.workers.get(&number).is_some_and(|worker| worker.is_alive) {
            return None;
        }
        let first = salted(self.salt, &format!("worker {number}")) % FIRST_TAKE_MS;
        let done_records = self.workers.get(&number).map_or(0, |worker| worker.done_records);
        let (renews_at, takes_at) = (now, now.plus(first));
        let worker = Worker { is_alive: true, done_records, renews_at, takes_at };
        self.workers.insert(number, worker);
        let own: Vec<ShardId> = self.held_by(now, number).collect();
        own.into_iter().for_each(|shard| self.go_back(now, shard));
        self.deadline = now;
        Some(number)
    }

    /// Kills a worker: nobody is told. Answers whether it ran.
    pub fn kill_worker(&mut self, number: u32) -> bool {
        let worker = self.workers.get_mut(&number).filter(|worker| worker.is_alive);
        worker.map(|worker| worker.is_alive = false).is_some()
    }

    fn held_by(&self, now: Millis, number: u32) -> impl Iterator<Item = ShardId> {
        let shards = self.table.leases.keys().copied();
        shards.filter(move |shard| self.table.holder(now, *shard) == Some(number))
    }

    /// Reads a shard from its checkpoint on.
    fn go_back(&mut self, now: Millis, shard: ShardId) {
        let checkpoint = self.table.leases.get(&shard).and_then(|lease| lease.checkpoint);
        let next = match checkpoint {
            Some(Checkpoint::At(index)) => Some(index),
            Some(Checkpoint::ShardEnd) => return,
            None => None,
        };
        if self.progress.get(&shard).is_some_and(|progress| progress.next != next) {
            self.follower.go_back(now, shard, next);
            self.progress.entry(shard).or_default().next = next;
        }
    }

    /// What each worker does by itself: renew, and look for leases.
    fn work(&mut self, now: Millis) {
        let failover_ms = self.settings.failover_ms;
        let mut taken: Vec<(u32, Taken)> = Vec::new();
        for (number, worker) in self.workers.iter_mut().filter(|(_, worker)| worker.is_alive) {
            if worker.renews_at <= now {
                worker.renews_at = now.plus(failover_ms / 3);
                self.table.renew(now, *number);
            }
            if worker.takes_at <= now {
                worker.takes_at = now.plus(2 * failover_ms + TAKE_LATER_MS);
                taken.extend(self.table.take(now, *number).into_iter().map(|one| (*number, one)));
            }
        }
        for (worker, Taken { shard, from, is_handed }) in taken {
            if is_handed {
                self.keep(shard);
            }
            self.go_back(now, shard);
            let application = self.settings.name.clone();
            let kind = EventKind::LeaseTaken { application, shard, worker, from };
            self.events.push_back(Event { at: now, kind });
        }
    }

    /// Keeps how far a shard is done.
    fn keep(&mut self, shard: ShardId) {
        if let Some(next) = self.progress.get(&shard).and_then(|progress| progress.next) {
            self.table.keep(shard, Checkpoint::At(next));
        }
    }

    /// Workers that run keep how far they are.
    fn keep_all(&mut self, now: Millis) {
        if self.keeps_at > now {
            return;
        }
        self.keeps_at = now.plus(self.settings.checkpoint_ms);
        let shards: Vec<ShardId> = self.table.leases.keys().copied().collect();
        for shard in shards {
            if self.reader_of(now, shard).is_some() {
                self.keep(shard);
            }
        }
    }

    /// The worker that reads a shard: it holds the lease, and runs.
    fn reader_of(&self, now: Millis, shard: ShardId) -> Option<u32> {
        let holder = self.table.holder(now, shard)?;
        self.workers.get(&holder).filter(|worker| worker.is_alive).map(|_| holder)
    }

    fn read(&mut self, now: Millis) {
        let live: Vec<ShardId> = self.follower.live().collect();
        // Those that are there at the beginning are read within a second.
        let is_later = !self.table.leases.is_empty();
        for shard in live {
            if is_later && !self.table.leases.contains_key(&shard) {
                self.due.entry(shard).or_insert(now);
            }
            self.table.add(shard, self.restored.get(&shard).copied());
            if self.reader_of(now, shard).is_none() {
                continue;
            }
            if self.follower.ended(shard) {
                self.finish(now, shard);
            } else if self.follower.ready_at(shard).is_some_and(|at| at <= now) {
                self.follower.read(shard, GET_RECORDS_MAX);
            }
        }
    }

    fn finish(&mut self, now: Millis, shard: ShardId) {
        self.table.keep(shard, Checkpoint::ShardEnd);
        let children = self.follower.finish(now, shard);
        self.due.remove(&shard);
        // Its children go on where it was closed, though they may wait for a lease.
        let until = self.until.remove(&shard).unwrap_or(now);
        self.due.extend(children.into_iter().map(|child| (child, until)));
        let consumer = self.settings.name.clone();
        let kind = EventKind::ShardFinished { consumer, shard };
        self.events.push_back(Event { at: now, kind });
    }

    /// A shard was read: keeps until when.
    fn on_answer(&mut self, now: Millis, records: &RecordBatch) {
        let shard = records.shard;
        self.due.remove(&shard);
        // At the end of a shard it is not behind either, though its children may be full.
        let is_open = !self.follower.ended(shard);
        let until = match is_open && self.follower.read_until(shard) == now {
            true => Some(now),
            false => records.last().map(|last| last.arrival),
        };
        if let Some(until) = until {
            let known = self.until.entry(shard).or_insert(until);
            *known = until.max(*known);
        }
    }

    fn on_records(&mut self, now: Millis, records: &RecordBatch) {
        let Some(holder) = self.reader_of(now, records.shard) else { return };
        let Some(last) = records.last() else { return };
        let range = self.follower.range(records.shard);
        let progress = self.progress.entry(records.shard).or_default();
        let mut done = 0;
        for record in records.iter() {
            match users_of(record.data, range) {
                Users::Own(count) => {
                    done += count;
                    let again = record.sequence.index < progress.furthest;
                    self.again_records += if again { count } else { 0 };
                }
                Users::Stray(count) => self.tally.discarded_records += count,
            }
        }
        progress.next = Some(last.sequence.index + 1);
        progress.furthest = progress.furthest.max(last.sequence.index + 1);
        self.tally.done_records += done;
        if let Some(worker) = self.workers.get_mut(&holder) {
            worker.done_records += done;
        }
    }

    fn find_deadline(&self, now: Millis) -> Millis {
        let alive = self.workers.values().filter(|worker| worker.is_alive);
        let workers = alive.flat_map(|worker| [worker.renews_at, worker.takes_at]);
        let readable = self.follower.live().filter(|shard| self.reader_of(now, *shard).is_some());
        let reads = readable.filter_map(|shard| match self.follower.ended(shard) {
            true => Some(Millis::ZERO),
            false => self.follower.ready_at(shard),
        });
        let own = [self.keeps_at, self.follower.next_deadline()];
        workers.chain(reads).chain(own).fold(Millis::NEVER, Millis::min)
    }
}

impl Part for Application {
    fn advance(&mut self, now: Millis) {
        self.work(now);
        self.keep_all(now);
        self.read(now);
        self.follower.advance(now);
        self.deadline = self.find_deadline(now);
    }

    fn next_deadline(&self) -> Option<Millis> {
        Some(self.deadline)
    }

    fn poll_call(&mut self) -> Option<Call> {
        self.follower.poll_call()
    }

    fn on_reply(&mut self, now: Millis, call: Call, reply: Reply) {
        self.deadline = now;
        match self.follower.on_reply(now, &call, reply, &mut self.tally) {
            News::Records(records) => {
                self.on_answer(now, &records);
                self.on_records(now, &records);
            }
            News::Nothing => {}
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Answer, GetRecordsAnswer, Operation, ShardDescription, ShardsPage};
    use crate::model::{
        Encryption, Lineage, PartName, ReaderId, RecordRef, SequenceNumber, ShardIterator,
        ShardState, StreamName,
    };

    #[test]
    fn no_worker_is_new_behind_the_highest_number() {
        let name = PartName::new("app").expect("a name");
        let stream = StreamName::new("orders").expect("a name");
        let settings = ApplicationSettings::new(name, stream);
        let mut application = Application::new(settings, BTreeMap::new(), 1, Millis(0));
        assert_eq!(application.start_worker(Millis(0), None), Some(3));
        assert_eq!(application.start_worker(Millis(0), Some(u32::MAX)), Some(u32::MAX));
        assert_eq!(application.start_worker(Millis(0), None), None);
    }

    fn shard(number: u32, created: Millis) -> ShardDescription {
        ShardDescription {
            shard: ShardId(number),
            state: ShardState::Open,
            range: HashKeyRange::ALL,
            lineage: Lineage { parent: (number > 0).then_some(ShardId(0)), adjacent_parent: None },
            created,
            closed: None,
            starting_sequence: SequenceNumber::first(ShardId(number), created),
            ending_sequence: None,
        }
    }

    /// What a stream answers whose shard 0 was split at that time, after a last record; its children
    /// are read as empty.
    fn answer(split: Millis, operation: &Operation) -> Answer {
        let iterator = |shard| ShardIterator {
            stream: StreamName::new("orders").expect("a name"),
            stream_created: Millis::ZERO,
            shard,
            next_index: 0,
            issued: split,
            reader: ReaderId(0),
        };
        if let Operation::GetShardIterator(asked) = operation {
            return Answer::Iterator(iterator(asked.shard));
        }
        let Operation::GetRecords(asked) = operation else {
            let shards = vec![shard(0, Millis::ZERO), shard(1, split), shard(2, split)];
            return Answer::Shards(ShardsPage { shards, next_token: None });
        };
        let id = asked.iterator.shard;
        let is_parent = id == ShardId(0);
        let mut records = RecordBatch::new(id);
        if is_parent {
            let sequence = SequenceNumber::first(id, Millis::ZERO);
            records.push(RecordRef { sequence, arrival: split, partition_key: "key", data: b"x" });
        }
        Answer::Records(GetRecordsAnswer {
            records,
            encryption: Encryption::default(),
            next: (!is_parent).then(|| iterator(id)),
            millis_behind_latest: 0,
            children: Vec::new(),
        })
    }

    /// Nothing was said to be behind for the seconds in which nobody had a lease of them.
    #[test]
    fn children_that_nobody_has_a_lease_of_are_as_old_as_the_end_of_their_parent() {
        let (split, began) = (Millis(1_000_000), Millis(1_600_000));
        let name = PartName::new("app").expect("a name");
        let stream = StreamName::new("orders").expect("a name");
        let settings = ApplicationSettings { workers: 1, ..ApplicationSettings::new(name, stream) };
        let mut application = Application::new(settings, BTreeMap::new(), 1, began);
        let mut ages = Vec::new();
        for second in 0..=23 {
            let now = began.plus(second * 1_000);
            loop {
                application.advance(now);
                let Some(call) = application.poll_call() else { break };
                let reply = Ok(answer(split, &call.operation));
                application.on_reply(now, call, reply);
            }
            ages.push(application.behind_ms(now));
        }
        let waiting: Vec<u64> = (601..=621).map(|seconds| seconds * 1_000).collect();
        assert_eq!(ages[1..22], waiting);
        assert_eq!(ages[22..], [0, 0], "a worker takes them after two failover times");
    }
}
