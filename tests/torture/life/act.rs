//! One step of a life.

use rand::RngExt;
use watershed::api::{
    ApiError, ConsumerDeletion, ConsumerRef, CreateStream, DeleteStream, MergeShards, Operation,
    PutRecords, RegisterStreamConsumer, SetRetention, SplitShard, Tags, UpdateShardCount,
};
use watershed::model::{
    ConsumerName, EntryBatch, HashKey, HashKeyRange, Level, RecordRef, ShardId, ShardLimits,
    StreamName, StreamStatus,
};

use crate::books::{Books, ChangeDoubt, is_readable, read};
use crate::life::Life;
use crate::payload::{data_of, key_of};

/// Streams that come and go.
const NAMES: [&str; 4] = ["orders", "clicks", "trades", "audits"];
/// Consumers that come and go.
const CONSUMERS: [&str; 3] = ["alerts", "billing", "search"];
/// Shards that are enough for one stream.
const SHARDS_MAX: usize = 8;

impl Life {
    /// Something happens, by chance.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        self.tally.operations += 1;
        match self.chance.random_range(0..100) {
            0..48 => self.put(),
            48..66 => {
                let ms = match self.chance.random_range(0..12) {
                    0 => self.chance.random_range(1_000..20_000),
                    _ => self.chance.random_range(1..400),
                };
                self.wait(ms)
            }
            66..82 => {
                match self.chance.random_range(0..16) {
                    0..5 => self.begin_sync(),
                    5..10 => self.end_sync(),
                    10..13 => self.begin_move(),
                    _ => self.end_move(),
                }
                Ok(())
            }
            82..85 => self.split(),
            85..87 => self.merge(),
            87..89 => self.scale(),
            89..91 => self.retain(),
            91..93 => self.create(),
            93..94 => self.delete(),
            94..96 => self.keep(),
            96..97 => self.register(),
            97..98 => self.subscribe(),
            _ => self.look(),
        }
    }

    /// A stream that takes records and changes, by chance.
    fn some_stream(&mut self, fits: impl Fn(StreamStatus) -> bool) -> Option<StreamName> {
        let streams = self.engine.streams().filter(|stream| fits(stream.status()));
        let names: Vec<StreamName> =
            streams.map(|stream| stream.settings().stream.clone()).collect();
        match names.len() {
            0 => None,
            len => Some(names[self.chance.random_range(0..len)].clone()),
        }
    }

    pub(super) fn active(&mut self) -> Option<StreamName> {
        self.some_stream(|status| status == StreamStatus::Active)
    }

    /// Open shards in the order of their keys.
    fn open_shards(&self, name: &StreamName) -> Vec<(HashKeyRange, ShardId)> {
        let shards = self.books.streams[name].shards.iter();
        let open = shards.filter(|(_, shard)| shard.closed.is_none());
        let mut open: Vec<_> = open.map(|(id, shard)| (shard.range, *id)).collect();
        open.sort_unstable();
        open
    }

    pub(crate) fn put(&mut self) -> Result<(), String> {
        let Some(name) = self.some_stream(is_readable) else { return self.create() };
        let count = match self.chance.random_range(0..4) {
            0 => 1,
            _ => self.chance.random_range(1..30),
        };
        let mut entries = EntryBatch::new();
        let first = self.number;
        for number in first..first + count {
            entries.push(&key_of(number), &data_of(number));
        }
        self.number += count;
        entries.share();
        let put = PutRecords { stream: name.clone(), entries };
        let poisoned = self.engine.poisoned().is_some();
        let answer = match self.engine.put_records(self.now, &put) {
            Ok(answer) => answer,
            // The disk leaves it open which streams there are.
            Err(ApiError::InternalFailure(_)) => return Ok(()),
            Err(why) => return Err(format!("a put: {why}")),
        };
        let level = self.books.streams[&name].level;
        let taken = self.books.put(&name, self.now, first, &answer)?;
        let stored = answer.outcomes.len() - answer.failed;
        if stored > 0 && poisoned && level != Level::Memory {
            return Err(format!("{stored} records were taken after a failed sync"));
        }
        self.tally.acknowledged += taken;
        Ok(())
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, ms: u64) -> Result<(), String> {
        self.now = self.now.plus(ms);
        self.engine.advance(self.now);
        while self.engine.poll_event().is_some() {}
        self.books.passed(&self.engine, self.now)?;
        self.take_reshapes()
    }

    /// Splits, merges and scalings are made when UPDATING ends.
    fn take_reshapes(&mut self) -> Result<(), String> {
        let names: Vec<StreamName> = self.books.streams.keys().cloned().collect();
        for description in names.iter().filter_map(|name| self.engine.description(name)) {
            if self.books.has_other_shards(&description) {
                self.books.reshaped(&description)?;
            }
            if description.status == StreamStatus::Active
                && let Some(stream) = self.books.streams.get_mut(&description.settings.stream)
            {
                stream.reshaping = false;
            }
        }
        Ok(())
    }

    /// Asks for a change; `false` when it was refused, and `doubt` is what may have happened.
    fn change(&mut self, operation: &Operation, doubt: ChangeDoubt) -> Result<bool, String> {
        match self.engine.handle(self.now, operation) {
            Ok(_) => Ok(true),
            Err(ApiError::InternalFailure(_)) => {
                self.books.doubt(doubt);
                Ok(false)
            }
            // Changes that do not fit the stream as it is.
            Err(ApiError::ResourceInUse(_) | ApiError::InvalidArgument(_)) => Ok(false),
            Err(other) => Err(format!("{operation:?}: {other}")),
        }
    }

    fn reshape(&mut self, name: &StreamName, operation: &Operation) -> Result<(), String> {
        let reshape = ChangeDoubt::Reshape(name.clone());
        if self.change(operation, reshape)? {
            self.books.reshaping(name);
        }
        Ok(())
    }

    pub(crate) fn split(&mut self) -> Result<(), String> {
        let Some(name) = self.active() else { return Ok(()) };
        let open = self.open_shards(&name);
        let (range, shard) = open[self.chance.random_range(0..open.len())];
        if open.len() >= SHARDS_MAX {
            return Ok(());
        }
        let new_starting_hash_key = HashKey(range.middle().0 + 1);
        let split = SplitShard { stream: name.clone(), shard, new_starting_hash_key };
        self.reshape(&name, &Operation::SplitShard(split))
    }

    pub(crate) fn merge(&mut self) -> Result<(), String> {
        let Some(name) = self.active() else { return Ok(()) };
        let open = self.open_shards(&name);
        if open.len() < 2 {
            return Ok(());
        }
        let at = self.chance.random_range(0..open.len() - 1);
        let (shard, adjacent) = (open[at].1, open[at + 1].1);
        let merge = MergeShards { stream: name.clone(), shard, adjacent };
        self.reshape(&name, &Operation::MergeShards(merge))
    }

    pub(crate) fn scale(&mut self) -> Result<(), String> {
        let Some(name) = self.active() else { return Ok(()) };
        let now = u32::try_from(self.open_shards(&name).len()).expect("they are few");
        let target = self.chance.random_range(now.div_ceil(2)..=(2 * now).min(8));
        if target == now {
            return Ok(());
        }
        let update = UpdateShardCount { stream: name.clone(), target };
        self.reshape(&name, &Operation::UpdateShardCount(update))
    }

    fn retain(&mut self) -> Result<(), String> {
        let Some(name) = self.some_stream(is_readable) else { return Ok(()) };
        let retention_ms = 1_000 * self.chance.random_range(3..60);
        let set = SetRetention { stream: name.clone(), retention_ms };
        let doubt = ChangeDoubt::Retention(name.clone(), retention_ms);
        if self.change(&Operation::SetRetention(set), doubt)? {
            self.books.retain(&name, self.now, retention_ms);
        }
        Ok(())
    }

    fn create(&mut self) -> Result<(), String> {
        let name = NAMES[self.chance.random_range(0..NAMES.len())];
        let name = StreamName::new(name).expect("it is a name");
        if self.books.streams.contains_key(&name) {
            return Ok(());
        }
        let level = match self.chance.random_range(0..10) {
            0 => Level::Memory,
            1..6 => Level::Process,
            _ => Level::Power,
        };
        let retention_ms = 1_000 * self.chance.random_range(10..120);
        let shards = self.chance.random_range(1..5);
        self.create_stream(CreateStream {
            retention_ms,
            limits: ShardLimits::OFF,
            ..CreateStream::provisioned(name, shards, level)
        })
    }

    /// A stream of so many shards, ready to be used.
    pub(crate) fn create_with(&mut self, shards: u32) -> Result<(), String> {
        let name = StreamName::new(NAMES[0]).expect("it is a name");
        self.create_stream(CreateStream {
            retention_ms: 100_000,
            limits: ShardLimits::OFF,
            ..CreateStream::provisioned(name, shards, Level::Process)
        })?;
        self.wait(1_000)
    }

    fn create_stream(&mut self, create: CreateStream) -> Result<(), String> {
        let name = create.stream.clone();
        if self.change(&Operation::CreateStream(create), ChangeDoubt::Create(name.clone()))? {
            let description = self.engine.description(&name).ok_or("it was just made")?;
            self.books.create(&description)?;
        }
        Ok(())
    }

    pub(crate) fn delete(&mut self) -> Result<(), String> {
        let Some(name) = self.active() else { return Ok(()) };
        let doubt = ChangeDoubt::Delete(name.clone(), self.books.count(&name));
        let consumers = ConsumerDeletion::Enforced;
        let delete = DeleteStream { stream: name.clone(), consumers };
        if self.change(&Operation::DeleteStream(delete), doubt)? {
            self.books.delete(&name);
        }
        Ok(())
    }

    /// A consumer is registered, or the one that is goes.
    fn register(&mut self) -> Result<(), String> {
        let Some(stream) = self.active() else { return Ok(()) };
        let name = CONSUMERS[self.chance.random_range(0..CONSUMERS.len())];
        let consumer = ConsumerName::new(name).expect("it is a name");
        let doubt = ChangeDoubt::Consumer(stream.clone(), consumer.clone());
        let known = self.books.streams[&stream].consumers.contains(&consumer);
        let operation = if known {
            let (stream, consumer) = (stream.clone(), consumer.clone());
            Operation::DeregisterStreamConsumer(ConsumerRef::Name { stream, consumer })
        } else {
            let (stream, consumer) = (stream.clone(), consumer.clone());
            let tags = Tags::new();
            Operation::RegisterStreamConsumer(RegisterStreamConsumer { stream, consumer, tags })
        };
        if self.change(&operation, doubt)? {
            self.books.registered(&stream, consumer, !known);
        }
        Ok(())
    }

    fn keep(&mut self) -> Result<(), String> {
        let mut bytes = self.number.to_le_bytes().to_vec();
        bytes.resize(self.chance.random_range(8..1_500), 7);
        let kept = self.engine.keep_state("notes", &bytes).map_err(|why| why.to_string());
        self.books.keep(bytes, &kept);
        Ok(())
    }

    /// Reads a shard while everything goes on.
    fn look(&mut self) -> Result<(), String> {
        let Some(name) = self.some_stream(is_readable) else { return Ok(()) };
        let shards: Vec<ShardId> = self.books.streams[&name].shards.keys().copied().collect();
        let shard = shards[self.chance.random_range(0..shards.len())];
        let books = std::mem::take(&mut self.books);
        let looked = self.look_at(&books, &name, shard);
        self.books = books;
        looked
    }

    /// Reads a shard and compares it.
    pub(crate) fn look_at(
        &mut self,
        books: &Books,
        name: &StreamName,
        shard: ShardId,
    ) -> Result<(), String> {
        let mut seen = Vec::new();
        let mut visit = |record: &RecordRef<'_>| {
            seen.push((record.sequence, record.arrival));
            match u64_of(record.data) {
                Some(number)
                    if record.data == data_of(number) && record.partition_key == key_of(number) =>
                {
                    Ok(())
                }
                _ => Err(format!("{} of {shard} of {name} is altered", record.sequence)),
            }
        };
        let result = read(&mut self.engine, self.now, (name, shard), &mut visit);
        if self.may_fail_reads && result.as_ref().is_err_and(|why| why.contains("told to fail")) {
            return Ok(());
        }
        result?;
        books.compare(name, shard, &seen)
    }
}

fn u64_of(data: &[u8]) -> Option<u64> {
    data.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}
