//! The engine's side: every shard of a stream, from its start to its end.

use std::time::Instant;

use crate::api::{Answer, GetRecords, GetShardIterator, IteratorType, Operation, ShardIterator};
use crate::cli::bench::folder::{Filled, stream};
use crate::cli::bench::get::{Seen, Shape, Tier};
use crate::cli::bench::numbered;
use crate::engine::Engine;
use crate::model::limits::GET_RECORDS_MAX;
use crate::model::{Millis, RecordRef, ShardId};

/// An engine, and where each of its shards begins.
pub(super) struct Reader {
    engine: Engine,
    now: Millis,
    record: usize,
    put: u64,
    begins: Vec<ShardIterator>,
}

impl Reader {
    pub(super) fn new(filled: Filled, shape: &Shape) -> Result<Self, String> {
        let Filled { mut engine, now, next, .. } = filled;
        let in_memory = engine.usage().memory_bytes >= shape.bytes;
        if in_memory != (shape.tier == Tier::Tails) {
            return Err("the records are not where they should be".to_owned());
        }
        let found = engine.stream(&stream()).into_iter().flat_map(|stream| stream.shards());
        let shards: Vec<ShardId> = found.map(|shard| shard.id).collect();
        let mut begins = Vec::new();
        for shard in shards {
            let position = IteratorType::TrimHorizon.into();
            let ask = GetShardIterator { stream: stream(), shard, position };
            let ask = Operation::GetShardIterator(ask);
            match engine.handle(now, &ask).map_err(|why| why.to_string())? {
                Answer::Iterator(begin) => begins.push(begin),
                _ => return Err("no iterator was given".to_owned()),
            }
        }
        Ok(Self { engine, now, record: shape.record, put: next, begins })
    }

    /// Reads every shard; `calls` takes the microseconds of each call.
    pub(super) fn read(&mut self, calls: &mut Vec<f64>) -> Result<Seen, String> {
        let mut seen = Seen::default();
        for begin in &self.begins {
            let mut get = GetRecords { iterator: begin.clone(), limit: GET_RECORDS_MAX };
            loop {
                let began = Instant::now();
                let answer = self.engine.get_records(self.now, &get);
                calls.push(began.elapsed().as_secs_f64() * 1e6);
                let answer = answer.map_err(|why| why.to_string())?;
                for record in answer.records.iter() {
                    seen.add(record.partition_key.len(), record.data);
                }
                match answer.next {
                    Some(next) if !answer.records.is_empty() => get.iterator = next,
                    Some(_) | None => break,
                }
            }
        }
        Ok(seen)
    }

    /// Compares every byte with what was put, and gives what a round must see.
    pub(super) fn check(&self) -> Result<Seen, String> {
        let (mut seen, mut last, mut wrong) = (Seen::default(), None, None);
        self.each(&mut |shard, record| {
            let number = numbered::of(record.data);
            let same = numbered::is(number, self.record, record.partition_key, record.data);
            let follows = last.is_none_or(|(before, high)| before != shard || high < number);
            last = Some((shard, number));
            if !same || !follows || number >= self.put {
                wrong
                    .get_or_insert(format!("record {number} of {shard} is not what was put there"));
            }
            seen.add(record.partition_key.len(), record.data);
        })?;
        let numbers = (0..self.put).fold(0u64, u64::wrapping_add);
        match wrong {
            Some(wrong) => Err(wrong),
            None if (seen.records, seen.numbers) != (self.put, numbers) => {
                Err(format!("{} records of {} are there", seen.records, self.put))
            }
            None => Ok(seen),
        }
    }

    /// Calls `visit` for every record, shard by shard.
    pub(super) fn each(&self, visit: &mut dyn FnMut(ShardId, RecordRef<'_>)) -> Result<(), String> {
        self.engine.each(&stream(), visit)
    }
}
