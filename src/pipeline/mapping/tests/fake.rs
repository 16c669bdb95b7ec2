//! A stream that answers as it was told to.

use crate::api::{
    Answer, ApiError, AskedPosition, ChildShard, GetRecordsAnswer, IteratorType, Operation,
    PutRecordsAnswer, ShardDescription, ShardIterator, ShardsPage,
};
use crate::model::{
    Encryption, HashKey, HashKeyRange, Lineage, Millis, ReaderId, RecordBatch, RecordRef,
    SequenceNumber, ShardId, ShardState,
};
use crate::pipeline::{Call, Reply};

const RANGE: HashKeyRange = HashKeyRange { start: HashKey(0), end: HashKey(u128::MAX) };

#[derive(Default)]
pub(super) struct FakeShard {
    pub(super) records: Vec<(Millis, String, String)>,
    pub(super) parents: Vec<ShardId>,
    pub(super) closed: bool,
}

/// A stream that answers as it was told to.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) shards: Vec<FakeShard>,
    pub(super) calls_at: Vec<(Millis, ShardId)>,
    pub(super) calls_per_s: Option<usize>,
    pub(super) expire: bool,
    /// Refuses the next put.
    pub(super) refuse: bool,
    /// What was put into another stream.
    pub(super) told: Vec<String>,
}

impl Fake {
    pub(super) fn with_shards(count: usize) -> Self {
        Self { shards: (0..count).map(|_| FakeShard::default()).collect(), ..Self::default() }
    }

    pub(super) fn put(&mut self, shard: usize, at: u64, key: &str, data: &str) {
        self.shards[shard].records.push((Millis(at), key.to_owned(), data.to_owned()));
    }

    pub(super) fn fill(&mut self, shard: usize, at: u64, keys: u64, count: u64) {
        (0..count).for_each(|n| self.put(shard, at, &format!("k{}", n % keys), &n.to_string()));
    }

    pub(super) fn answer(&mut self, now: Millis, call: &Call) -> Reply {
        match &call.operation {
            Operation::ListShards(_) => {
                Ok(Answer::Shards(ShardsPage { shards: self.list(), next_token: None }))
            }
            Operation::GetShardIterator(asked) => {
                let shard = &self.shards[asked.shard.index()];
                let next_index = match asked.position {
                    AskedPosition::Known(IteratorType::TrimHorizon) => 0,
                    AskedPosition::Known(IteratorType::Latest) => shard.records.len() as u64,
                    AskedPosition::Known(IteratorType::AfterSequenceNumber(number)) => {
                        number.index + 1
                    }
                    AskedPosition::Known(IteratorType::AtTimestamp(at)) => {
                        shard.records.partition_point(|(arrival, ..)| *arrival < at) as u64
                    }
                    AskedPosition::Known(IteratorType::AtSequenceNumber(_))
                    | AskedPosition::Raw(_) => unreachable!("nobody asks for it"),
                };
                let (stream, shard) = (asked.stream.clone(), asked.shard);
                let stream_created = Millis::ZERO;
                let (issued, reader) = (now, ReaderId(0));
                let iterator =
                    ShardIterator { stream, stream_created, shard, next_index, issued, reader };
                Ok(Answer::Iterator(iterator))
            }
            Operation::GetRecords(asked) => self.read(now, &asked.iterator, asked.limit),
            Operation::PutRecords(put) => {
                if std::mem::take(&mut self.refuse) {
                    return Err(ApiError::LimitExceeded("not now".to_owned()));
                }
                let text = |data: &[u8]| String::from_utf8_lossy(data).into_owned();
                self.told.extend(put.entries.iter().map(|entry| text(entry.data)));
                let outcomes = Vec::new();
                Ok(Answer::Put(PutRecordsAnswer { outcomes, ..PutRecordsAnswer::default() }))
            }
            other => unreachable!("a consumer asked {other:?}"),
        }
    }

    fn list(&self) -> Vec<ShardDescription> {
        let describe = |(id, shard): (u32, &FakeShard)| ShardDescription {
            shard: ShardId(id),
            state: if shard.closed { ShardState::Closed } else { ShardState::Open },
            range: RANGE,
            lineage: Lineage {
                parent: shard.parents.first().copied(),
                adjacent_parent: shard.parents.get(1).copied(),
            },
            created: Millis::ZERO,
            closed: None,
            starting_sequence: SequenceNumber::first(ShardId(id), Millis::ZERO),
            ending_sequence: None,
        };
        (0..).zip(&self.shards).map(describe).collect()
    }

    fn read(&mut self, now: Millis, at: &ShardIterator, limit: usize) -> Reply {
        let recent = self
            .calls_at
            .iter()
            .filter(|(when, shard)| *shard == at.shard && now.since(*when) < 1_000);
        if self.calls_per_s.is_some_and(|most| recent.count() >= most) {
            return Err(ApiError::ProvisionedThroughputExceeded("Rate exceeded".to_owned()));
        }
        if std::mem::take(&mut self.expire) {
            return Err(ApiError::ExpiredIterator("Iterator expired".to_owned()));
        }
        self.calls_at.push((now, at.shard));
        let shard = &self.shards[at.shard.index()];
        let mut records = RecordBatch::new(at.shard);
        let first = SequenceNumber::first(at.shard, Millis::ZERO);
        let from = at.next_index as usize;
        for (index, (arrival, key, data)) in shard.records.iter().enumerate().skip(from).take(limit)
        {
            let sequence = first.nth(index as u64, *arrival);
            let (arrival, data) = (*arrival, data.as_bytes());
            records.push(RecordRef { sequence, arrival, partition_key: key, data });
        }
        let next_index = at.next_index + records.len() as u64;
        let caught_up = next_index as usize == shard.records.len();
        let ended = caught_up && shard.closed;
        let child = |(id, child): (u32, &FakeShard)| {
            let parents = child.parents.clone();
            parents.contains(&at.shard).then_some(ChildShard {
                shard: ShardId(id),
                parents,
                range: RANGE,
            })
        };
        let children =
            if ended { (0..).zip(&self.shards).filter_map(child).collect() } else { Vec::new() };
        let next = (!ended).then(|| ShardIterator { next_index, issued: now, ..at.clone() });
        let last = records.last().map_or(Millis::ZERO, |last| last.arrival);
        let millis_behind_latest = if caught_up { 0 } else { now.since(last).max(1) };
        Ok(Answer::Records(GetRecordsAnswer {
            records,
            encryption: Encryption::default(),
            next,
            millis_behind_latest,
            children,
        }))
    }
}
