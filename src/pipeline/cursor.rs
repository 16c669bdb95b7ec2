//! Following a stream shard by shard, parents before children.
//!
//! [`ShardCursors`] knows the shards of one stream and a read position in each. It makes the calls
//! (`ListShards`, `GetShardIterator`, `GetRecords`) and digests their replies; the owner decides
//! when a shard may be read on and what becomes of its records:
//!
//! 1. `advance(now)`, then `poll(now)` until it is `None`; send each operation as a [`Call`].
//! 2. `on_reply(now, operation, reply)` gives [`Progress`]. After `Progress::Records` the shard
//!    rests for the interval. An owner that is not ready for more calls `hold(shard)`, and
//!    `release(shard)` when it is.
//! 3. After `Progress::Ended` the shard gives no more; its children begin once the owner has called
//!    `finish` for all their parents: only then are the parents' records done with.
//!
//! Throttled reads come again after 200 ms and jitter. An expired iterator is replaced by one
//! after the last record that was given, or at the start when there was none. Children begin at
//! the trim horizon, so that nothing is missed; `start` is for the shards found first.
//! Absent: checkpoints. Use `resume_after` to begin a shard elsewhere.
//!
//! [`Call`]: crate::pipeline::Call

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::api::{
    Answer, ApiError, GetRecords, GetRecordsAnswer, GetShardIterator, IteratorType, ListShards,
    Operation, ShardDescription, ShardFilter, ShardIterator,
};
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{Millis, RecordBatch, SequenceNumber, ShardId, ShardState, StreamName};
use crate::pipeline::Reply;
use crate::pipeline::settings::StartingPosition;

/// How often shards are listed anew, milliseconds.
const DISCOVER_MS: u64 = 10_000;
/// Pause after a refused read, milliseconds; as much again at random.
const BACKOFF_MS: u64 = 200;
/// Pause after any other error, milliseconds.
const ERROR_MS: u64 = 1_000;

/// What a reply meant.
#[derive(Debug)]
pub enum Progress {
    /// Nothing for the owner.
    Nothing,
    /// Records of a shard; maybe none.
    Records {
        /// The shard.
        shard: ShardId,
        /// The records.
        records: RecordBatch,
        /// How far behind the tip, milliseconds.
        behind_ms: u64,
        /// This was the last of a closed shard.
        ended: bool,
    },
    /// A read was refused for throughput; it comes again by itself.
    Throttled {
        /// The shard.
        shard: ShardId,
    },
    /// Another error; the call comes again by itself.
    Failed {
        /// Why, as the service said it.
        why: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waits for its parents.
    Waiting,
    /// Is being read.
    Reading,
    /// Gives no more; the owner still works on its records.
    Ended,
    /// Done with.
    Finished,
}

#[derive(Debug)]
struct Cursor {
    phase: Phase,
    created: Millis,
    parents: Vec<ShardId>,
    position: IteratorType,
    iterator: Option<ShardIterator>,
    due: Millis,
    busy: bool,
    held: bool,
    behind_ms: u64,
}

/// Read positions in all shards of one stream.
#[derive(Debug)]
pub struct ShardCursors {
    stream: StreamName,
    start: StartingPosition,
    interval_ms: u64,
    limit: usize,
    cursors: BTreeMap<ShardId, Cursor>,
    listed: bool,
    list_due: Millis,
    listing: bool,
    rng: Pcg64Mcg,
}

impl ShardCursors {
    /// Cursors that know no shard yet. Each shard is read every `interval_ms`.
    #[must_use]
    pub fn new(
        stream: StreamName,
        start: StartingPosition,
        interval_ms: u64,
        seed: u64,
        now: Millis,
    ) -> Self {
        Self {
            stream,
            start,
            interval_ms,
            limit: GET_RECORDS_MAX,
            cursors: BTreeMap::new(),
            listed: false,
            list_due: now,
            listing: false,
            rng: Pcg64Mcg::seed_from_u64(seed),
        }
    }

    /// At most so many records a call, 1 to 10,000.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit.clamp(1, GET_RECORDS_MAX);
    }

    /// The next operation that is due, if any.
    pub fn poll(&mut self, now: Millis) -> Option<Operation> {
        if !self.listing && self.list_due <= now {
            self.listing = true;
            self.list_due = now.plus(DISCOVER_MS);
            let stream = self.stream.clone();
            let filter = ShardFilter::FromTrimHorizon;
            return Some(Operation::ListShards(ListShards { stream, filter }));
        }
        let (shard, cursor) = self.cursors.iter_mut().find(|(_, cursor)| cursor.ready(now))?;
        cursor.busy = true;
        Some(match &cursor.iterator {
            Some(iterator) => {
                Operation::GetRecords(GetRecords { iterator: iterator.clone(), limit: self.limit })
            }
            None => Operation::GetShardIterator(GetShardIterator {
                stream: self.stream.clone(),
                shard: *shard,
                position: cursor.position,
            }),
        })
    }

    /// When `poll` has something next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Millis> {
        let list = (!self.listing).then_some(self.list_due);
        let reads = self.cursors.values().filter(|c| c.idle()).map(|c| c.due);
        list.into_iter().chain(reads).min()
    }

    /// Digests the reply to an operation that `poll` gave.
    pub fn on_reply(&mut self, now: Millis, operation: &Operation, reply: Reply) -> Progress {
        let shard = if let Operation::GetShardIterator(get) = operation {
            get.shard
        } else if let Operation::GetRecords(get) = operation {
            get.iterator.shard
        } else {
            return self.on_listed(now, reply);
        };
        let Some(cursor) = self.cursors.get_mut(&shard) else { return Progress::Nothing };
        cursor.busy = false;
        match reply {
            Ok(Answer::Iterator(iterator)) => {
                if cursor.position == IteratorType::Latest {
                    // A second iterator must not skip what came after the first.
                    cursor.position = IteratorType::AtTimestamp(iterator.issued);
                }
                cursor.iterator = Some(iterator);
                Progress::Nothing
            }
            Ok(Answer::Records(answer)) => self.on_records(now, shard, answer),
            Ok(_) => Progress::Nothing,
            Err(error) => self.on_refused(now, shard, error),
        }
    }

    /// Stops reading a shard until it is released.
    pub fn hold(&mut self, shard: ShardId) {
        if let Some(cursor) = self.cursors.get_mut(&shard) {
            cursor.held = true;
        }
    }

    /// Lets a held shard be read on, not before its interval is over.
    pub fn release(&mut self, shard: ShardId) {
        if let Some(cursor) = self.cursors.get_mut(&shard) {
            cursor.held = false;
        }
    }

    /// The records of an ended shard are done with: its children may begin. Says whether it was
    /// the owner's first time to say so.
    pub fn finish(&mut self, shard: ShardId, now: Millis) -> bool {
        let Some(cursor) = self.cursors.get_mut(&shard) else { return false };
        if cursor.phase != Phase::Ended {
            return false;
        }
        cursor.phase = Phase::Finished;
        self.list_due = self.list_due.min(now);
        self.start_children(now);
        true
    }

    /// Begins a shard after a record instead: for owners with checkpoints, before its first read.
    pub fn resume_after(&mut self, shard: ShardId, sequence: SequenceNumber) {
        if let Some(cursor) = self.cursors.get_mut(&shard) {
            cursor.position = IteratorType::AfterSequenceNumber(sequence);
            cursor.iterator = None;
        }
    }

    /// Shards that are being read or were ended but not finished.
    pub fn active(&self) -> impl Iterator<Item = ShardId> {
        let live = |phase| matches!(phase, Phase::Reading | Phase::Ended);
        self.cursors.iter().filter(move |(_, c)| live(c.phase)).map(|(shard, _)| *shard)
    }

    /// How far behind the tip a shard was at its last read, milliseconds.
    #[must_use]
    pub fn behind_ms(&self, shard: ShardId) -> Option<u64> {
        self.cursors.get(&shard).map(|cursor| cursor.behind_ms)
    }

    fn on_listed(&mut self, now: Millis, reply: Reply) -> Progress {
        self.listing = false;
        match reply {
            Ok(Answer::Shards(shards)) => {
                self.learn(now, &shards);
                Progress::Nothing
            }
            Ok(_) => Progress::Nothing,
            Err(error) => {
                self.list_due = now.plus(ERROR_MS);
                Progress::Failed { why: error.to_string() }
            }
        }
    }

    fn learn(&mut self, now: Millis, shards: &[ShardDescription]) {
        let at_tip = !self.listed && self.start == StartingPosition::Latest;
        for description in shards {
            let known = self.cursors.get(&description.shard);
            // The same number with another birth belongs to a new stream of the old name.
            if known.is_some_and(|cursor| cursor.created == description.created) {
                continue;
            }
            let mut cursor = Cursor::new(description);
            if at_tip {
                cursor.position = IteratorType::Latest;
                if description.state == ShardState::Closed {
                    cursor.phase = Phase::Finished;
                }
            }
            self.cursors.insert(description.shard, cursor);
        }
        self.cursors.retain(|shard, cursor| {
            cursor.phase != Phase::Finished || shards.iter().any(|known| known.shard == *shard)
        });
        self.listed |= !shards.is_empty();
        self.start_children(now);
    }

    fn start_children(&mut self, now: Millis) {
        let finished = |cursors: &BTreeMap<ShardId, Cursor>, parents: &[ShardId]| {
            parents.iter().all(|p| cursors.get(p).is_none_or(|c| c.phase == Phase::Finished))
        };
        let ready: Vec<ShardId> = self
            .cursors
            .iter()
            .filter(|(_, c)| c.phase == Phase::Waiting && finished(&self.cursors, &c.parents))
            .map(|(shard, _)| *shard)
            .collect();
        for shard in ready {
            if let Some(cursor) = self.cursors.get_mut(&shard) {
                cursor.phase = Phase::Reading;
                cursor.due = now;
            }
        }
    }

    fn on_records(&mut self, now: Millis, shard: ShardId, answer: GetRecordsAnswer) -> Progress {
        let GetRecordsAnswer { records, next, millis_behind_latest, children: _ } = answer;
        let ended = next.is_none();
        if let Some(cursor) = self.cursors.get_mut(&shard) {
            if let Some(last) = records.last() {
                cursor.position = IteratorType::AfterSequenceNumber(last.sequence);
            }
            cursor.behind_ms = millis_behind_latest;
            cursor.iterator = next;
            cursor.due = now.plus(self.interval_ms);
            if ended {
                cursor.phase = Phase::Ended;
            }
        }
        Progress::Records { shard, records, behind_ms: millis_behind_latest, ended }
    }

    fn on_refused(&mut self, now: Millis, shard: ShardId, error: ApiError) -> Progress {
        let jitter = self.rng.random_range(0..=BACKOFF_MS);
        let Some(cursor) = self.cursors.get_mut(&shard) else { return Progress::Nothing };
        match error {
            ApiError::ProvisionedThroughputExceeded(_) => {
                cursor.due = now.plus(BACKOFF_MS + jitter);
                Progress::Throttled { shard }
            }
            ApiError::ExpiredIterator(_) => {
                cursor.iterator = None;
                cursor.due = now;
                Progress::Nothing
            }
            ApiError::LimitExceeded(why) | ApiError::InternalFailure(why) => {
                cursor.due = now.plus(ERROR_MS);
                Progress::Failed { why }
            }
            ApiError::ResourceNotFound(why)
            | ApiError::ResourceInUse(why)
            | ApiError::InvalidArgument(why)
            | ApiError::Validation(why) => {
                cursor.iterator = None;
                cursor.due = now.plus(ERROR_MS);
                self.list_due = self.list_due.min(cursor.due);
                Progress::Failed { why }
            }
        }
    }
}

impl Cursor {
    fn new(description: &ShardDescription) -> Self {
        Self {
            phase: Phase::Waiting,
            created: description.created,
            parents: description.lineage.parents().collect(),
            position: IteratorType::TrimHorizon,
            iterator: None,
            due: Millis::ZERO,
            busy: false,
            held: false,
            behind_ms: 0,
        }
    }

    fn idle(&self) -> bool {
        self.phase == Phase::Reading && !self.busy && !self.held
    }

    fn ready(&self, now: Millis) -> bool {
        self.idle() && self.due <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{HashKeyRange, Lineage};

    fn description(shard: u32, parents: [Option<u32>; 2], state: ShardState) -> ShardDescription {
        let [parent, adjacent_parent] = parents.map(|parent| parent.map(ShardId));
        ShardDescription {
            shard: ShardId(shard),
            state,
            range: HashKeyRange::ALL,
            lineage: Lineage { parent, adjacent_parent },
            created: Millis(1),
            closed: None,
            starting_sequence: SequenceNumber::default(),
            ending_sequence: None,
        }
    }

    fn listed(start: StartingPosition) -> ShardCursors {
        let orders = StreamName::new("orders").expect("a name");
        let mut cursors = ShardCursors::new(orders, start, 200, 7, Millis(0));
        let list = cursors.poll(Millis(0)).expect("shards are listed first");
        let shards = vec![
            description(0, [None; 2], ShardState::Closed),
            description(1, [Some(0), None], ShardState::Open),
            description(2, [Some(0), None], ShardState::Open),
        ];
        let progress = cursors.on_reply(Millis(0), &list, Ok(Answer::Shards(shards)));
        assert!(matches!(progress, Progress::Nothing));
        cursors
    }

    fn ended() -> Reply {
        Ok(Answer::Records(GetRecordsAnswer {
            records: RecordBatch::default(),
            next: None,
            millis_behind_latest: 0,
            children: Vec::new(),
        }))
    }

    fn iterator(shard: u32) -> ShardIterator {
        ShardIterator {
            stream: StreamName::new("orders").expect("a name"),
            stream_created: Millis(0),
            shard: ShardId(shard),
            next_index: 0,
            issued: Millis(0),
        }
    }

    #[test]
    fn children_begin_only_when_their_parent_is_done_with() {
        let mut cursors = listed(StartingPosition::TrimHorizon);
        let get = cursors.poll(Millis(0)).expect("the parent is read");
        assert!(cursors.poll(Millis(0)).is_none(), "one call a shard");
        cursors.on_reply(Millis(0), &get, Ok(Answer::Iterator(iterator(0))));
        let get = cursors.poll(Millis(0)).expect("the parent is read");
        let progress = cursors.on_reply(Millis(0), &get, ended());
        assert!(matches!(progress, Progress::Records { ended: true, .. }));
        assert!(cursors.poll(Millis(5)).is_none(), "its records are not done with");
        assert!(cursors.finish(ShardId(0), Millis(5)));
        assert!(!cursors.finish(ShardId(0), Millis(5)));
        assert_eq!(cursors.active().collect::<Vec<_>>(), [ShardId(1), ShardId(2)]);
    }

    #[test]
    fn a_reader_at_the_tip_skips_closed_shards() {
        let mut cursors = listed(StartingPosition::Latest);
        let Some(Operation::GetShardIterator(get)) = cursors.poll(Millis(0)) else {
            panic!("an iterator is fetched")
        };
        assert_eq!((get.shard, get.position), (ShardId(1), IteratorType::Latest));
    }

    #[test]
    fn refused_reads_come_again_and_expired_iterators_are_replaced() {
        let mut cursors = listed(StartingPosition::TrimHorizon);
        let get = cursors.poll(Millis(0)).expect("the parent is read");
        cursors.on_reply(Millis(0), &get, Ok(Answer::Iterator(iterator(0))));
        let get = cursors.poll(Millis(0)).expect("the parent is read");
        let refusal = ApiError::ProvisionedThroughputExceeded("slow".into());
        cursors.on_reply(Millis(0), &get, Err(refusal));
        let due = cursors.next_deadline().expect("it comes again");
        assert!((200..=400).contains(&due.0), "{due}");
        let get = cursors.poll(due).expect("it comes again");
        cursors.on_reply(due, &get, Err(ApiError::ExpiredIterator("old".into())));
        let again = cursors.poll(due);
        assert!(matches!(again, Some(Operation::GetShardIterator(_))), "{again:?}");
    }
}
