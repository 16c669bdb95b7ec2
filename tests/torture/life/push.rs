//! Registered consumers that subscribe to shards, and what is pushed to them: each record once, in
//! its order, with its bytes, and none that could still be lost below the level.

use rand::RngExt;
use watershed::api::{Answer, ApiError, ConsumerRef, Operation, Push, Pushed, SubscribeToShard};
use watershed::model::{ConsumerName, IteratorType, ShardId, StreamName};

use crate::life::Life;

/// Who waits at a shard, and for which record.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    stream: StreamName,
    shard: ShardId,
    next: u64,
}

impl Life {
    /// A consumer subscribes to a shard: from its oldest record on, or behind the newest.
    pub(super) fn subscribe(&mut self) -> Result<(), String> {
        let Some(stream) = self.active() else { return Ok(()) };
        let book = &self.books.streams[&stream];
        let consumers: Vec<ConsumerName> = book.consumers.iter().cloned().collect();
        let shards: Vec<ShardId> = book.shards.keys().copied().collect();
        if consumers.is_empty() {
            return Ok(());
        }
        let consumer = consumers[self.chance.random_range(0..consumers.len())].clone();
        let shard = shards[self.chance.random_range(0..shards.len())];
        let which = ConsumerRef::Name { stream: stream.clone(), consumer };
        let told = self.engine.handle(self.now, &Operation::DescribeStreamConsumer(which));
        // One that was registered in doubt may not be there.
        let Ok(Answer::Consumer(told)) = told else { return Ok(()) };
        let readable = self.books.readable(&stream, shard);
        let (position, next) = match self.chance.random_bool(0.5) {
            true => (IteratorType::TrimHorizon, readable.start),
            // Behind all that may be read: what is not safe yet comes when it is.
            false => (IteratorType::Latest, readable.end),
        };
        let subscribe = SubscribeToShard { consumer: told.arn, shard, position: position.into() };
        match self.engine.subscribe(self.now, &subscribe) {
            Ok(id) => {
                let next = next as u64;
                self.subscribers.insert(id, Subscriber { stream, shard, next });
                Ok(())
            }
            // It is not ACTIVE, or did so a moment ago.
            Err(ApiError::ResourceInUse(_) | ApiError::LimitExceeded(_)) => Ok(()),
            Err(why) => Err(format!("a subscription to {shard} of {stream}: {why}")),
        }
    }

    /// Takes what is pushed by now.
    pub(super) fn hear_pushes(&mut self) -> Result<(), String> {
        while let Some(Push { subscription, what }) = self.engine.poll_push(self.now) {
            let event = match what {
                Pushed::Event(event) => event,
                Pushed::End(_) => {
                    self.subscribers.remove(&subscription);
                    continue;
                }
            };
            let Some(subscriber) = self.subscribers.get_mut(&subscription) else {
                return Err("records are pushed to nobody".to_owned());
            };
            let Subscriber { stream, shard, next } = subscriber;
            for record in event.records.iter() {
                self.books.check_next(stream, *shard, *next, &record)?;
                *next = record.sequence.index + 1;
                self.tally.operations += 1;
            }
        }
        Ok(())
    }
}
