//! Registered consumers: register, deregister, describe, list. What they are pushed is in
//! `fan_out.rs`.
//!
//! A consumer is kept in the catalog from before it is acknowledged until it is deregistered.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::api::{
    ApiError, ConsumerDescription, ConsumerPage, ConsumerRef, ListStreamConsumers,
    RegisterStreamConsumer, Tags,
};
use crate::engine::list::page;
use crate::engine::stream::Stream;
use crate::engine::{Engine, error};
use crate::model::limits::LIST_CONSUMERS_DEFAULT;
use crate::model::{
    ConsumerArn, ConsumerName, ConsumerStatus, EventKind, Millis, Resource, ShardId, StreamName,
    SubscriptionId,
};
use crate::rules::fan_out::{PushGate, SubscribeCalls, check_register};
use crate::rules::page::{NextTokenError, Page};
use crate::rules::tag;

/// The registered consumers of a stream.
pub(super) type Consumers = BTreeMap<ConsumerName, RegisteredConsumer>;

/// A registered consumer.
#[derive(Clone, Debug)]
pub(super) struct RegisteredConsumer {
    pub(super) created: Millis,
    pub(super) status: ConsumerStatus,
    transition_ends: Option<Millis>,
    /// The shards that it ever asked for.
    pub(super) shards: BTreeMap<ShardId, Demand>,
    pub(super) tags: Tags,
    /// A JSON object; here nobody is refused for it.
    pub(super) policy: Option<String>,
}

/// One consumer at one shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub(super) calls: SubscribeCalls,
    pub(super) gate: PushGate,
    pub(super) live: Option<SubscriptionId>,
}

impl Demand {
    pub(super) fn new(now: Millis) -> Self {
        Self { calls: SubscribeCalls::default(), gate: PushGate::full(now), live: None }
    }
}

/// A consumer in the catalog.
#[derive(Serialize, Deserialize)]
pub(super) struct ConsumerEntry {
    name: String,
    created: u64,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

impl ConsumerEntry {
    pub(super) fn of(consumers: &Consumers) -> Vec<Self> {
        let kept = consumers.iter().filter(|(_, c)| c.status != ConsumerStatus::Deleting);
        kept.map(|(name, consumer)| Self {
            name: name.to_string(),
            created: consumer.created.0,
            tags: consumer.tags.clone(),
            policy: consumer.policy.clone(),
        })
        .collect()
    }

    /// `None` when they are not sound.
    pub(super) fn restore(entries: &[Self]) -> Option<Consumers> {
        let restore = |entry: &Self| {
            let consumer = RegisteredConsumer {
                created: Millis(entry.created),
                status: ConsumerStatus::Active,
                transition_ends: None,
                shards: BTreeMap::new(),
                tags: entry.tags.clone(),
                policy: entry.policy.clone(),
            };
            Some((ConsumerName::new(&entry.name).ok()?, consumer))
        };
        entries.iter().map(restore).collect()
    }
}

impl Stream {
    fn describe_consumer(
        &self,
        (name, consumer): (&ConsumerName, &RegisteredConsumer),
    ) -> ConsumerDescription {
        let RegisteredConsumer { created, status, .. } = *consumer;
        let arn = ConsumerArn::new(&self.settings.stream, name, created);
        ConsumerDescription { arn, status, created }
    }
}

impl Engine {
    pub(super) fn register_consumer(
        &mut self,
        register: &RegisterStreamConsumer,
    ) -> Result<ConsumerDescription, ApiError> {
        let RegisterStreamConsumer { stream: name, consumer, tags } = register;
        let stream = self.known(name)?;
        let others = stream.consumers.iter().map(|(name, consumer)| (name, consumer.status));
        let present = self.consumers_quota(stream.settings.mode);
        let creating = self.options.quotas.creating_consumers;
        check_register((name, consumer), others, present, creating)?;
        let resource = Resource::Consumer(ConsumerArn::new(name, consumer, self.now));
        tag::check_added(&resource, &Tags::new(), tags)?;
        let registered = RegisteredConsumer {
            created: self.now,
            status: ConsumerStatus::Creating,
            transition_ends: Some(self.now.plus(self.options.create_delay_ms)),
            shards: BTreeMap::new(),
            tags: tags.clone(),
            policy: None,
        };
        self.stream_mut(name).consumers.insert(consumer.clone(), registered);
        if let Err(error) = self.save_catalog() {
            self.stream_mut(name).consumers.remove(consumer);
            return Err(error::log_failed(&error));
        }
        self.tell_of_consumer(name, consumer, "is being registered");
        self.find_consumer(&ConsumerRef::Name { stream: name.clone(), consumer: consumer.clone() })
    }

    /// It goes; its subscriptions end at once.
    pub(super) fn deregister_consumer(&mut self, which: &ConsumerRef) -> Result<(), ApiError> {
        let ConsumerDescription { arn, status, .. } = self.find_consumer(which)?;
        if status == ConsumerStatus::Deleting {
            return Ok(());
        }
        let ends = self.now.plus(self.options.delete_delay_ms);
        let consumer = self.consumer_mut(&arn);
        let before = (consumer.status, consumer.transition_ends);
        (consumer.status, consumer.transition_ends) = (ConsumerStatus::Deleting, Some(ends));
        if let Err(error) = self.save_catalog() {
            let consumer = self.consumer_mut(&arn);
            (consumer.status, consumer.transition_ends) = before;
            return Err(error::log_failed(&error));
        }
        self.end_subscriptions(
            &arn.stream,
            Some(&arn.consumer),
            &error::no_consumer(&arn.consumer),
        );
        self.tell_of_consumer(&arn.stream, &arn.consumer, "is being deregistered");
        Ok(())
    }

    pub(super) fn find_consumer(
        &self,
        which: &ConsumerRef,
    ) -> Result<ConsumerDescription, ApiError> {
        let (name, consumer, created_s) = match which {
            ConsumerRef::Arn(arn) => (&arn.stream, &arn.consumer, Some(arn.created_s)),
            ConsumerRef::Name { stream, consumer } => (stream, consumer, None),
        };
        let stream = self.known(name)?;
        let found = stream.consumers.get_key_value(consumer);
        let found = found.map(|found| stream.describe_consumer(found));
        found
            .filter(|found| created_s.is_none_or(|created_s| found.arn.created_s == created_s))
            .ok_or_else(|| error::no_consumer(consumer))
    }

    pub(super) fn list_consumers(
        &self,
        list: &ListStreamConsumers,
    ) -> Result<ConsumerPage, ApiError> {
        let ListStreamConsumers { stream: name, stream_created, max_results, next_token } = list;
        self.check_created(name, *stream_created)?;
        let stream = self.known(name)?;
        let most = page(*max_results, LIST_CONSUMERS_DEFAULT);
        let after =
            match next_token.as_deref().map(|token| Page::of(token, self.now)).transpose()? {
                Some(Page::Consumers { stream, after }) if stream == *name => {
                    Bound::Excluded(after)
                }
                Some(_) => return Err(NextTokenError::Invalid.into()),
                None => Bound::Unbounded,
            };
        let mut rest = stream.consumers.range((after, Bound::Unbounded));
        let consumers: Vec<ConsumerDescription> =
            rest.by_ref().take(most).map(|found| stream.describe_consumer(found)).collect();
        let last = consumers.last().filter(|_| rest.next().is_some());
        let next_token = last.map(|last| {
            let (stream, after) = (name.clone(), last.arn.consumer.clone());
            Page::Consumers { stream, after }.token(self.now)
        });
        Ok(ConsumerPage { consumers, next_token })
    }

    /// The consumer, which the caller has found.
    pub(super) fn consumer(&self, arn: &ConsumerArn) -> &RegisteredConsumer {
        &self.streams[&arn.stream].consumers[&arn.consumer]
    }

    /// The consumer, which the caller has found.
    pub(super) fn consumer_mut(&mut self, arn: &ConsumerArn) -> &mut RegisteredConsumer {
        let stream = self.stream_mut(&arn.stream);
        stream.consumers.get_mut(&arn.consumer).expect("the caller has looked it up")
    }

    fn tell_of_consumer(&mut self, stream: &StreamName, consumer: &ConsumerName, what: &str) {
        let what = format!("consumer {consumer} {what}");
        self.event(EventKind::StreamChanged { stream: stream.clone(), what });
    }

    /// Consumers whose time has come are ACTIVE, or gone.
    pub(super) fn end_consumer_transitions(&mut self) {
        let now = self.now;
        let mut told = Vec::new();
        for stream in self.streams.values_mut() {
            let name = &stream.settings.stream;
            stream.consumers.retain(|consumer, registered| {
                if registered.transition_ends.is_none_or(|at| at > now) {
                    return true;
                }
                registered.transition_ends = None;
                let stays = registered.status == ConsumerStatus::Creating;
                registered.status = ConsumerStatus::Active;
                let what = if stays { "is ACTIVE" } else { "is gone" };
                told.push((name.clone(), consumer.clone(), what));
                stays
            });
        }
        for (stream, consumer, what) in told {
            self.tell_of_consumer(&stream, &consumer, what);
        }
    }

    /// When [`Self::end_consumer_transitions`] is due.
    pub(super) fn next_consumer_transition(&self) -> Option<Millis> {
        let consumers = self.streams.values().flat_map(|stream| stream.consumers.values());
        consumers.filter_map(|consumer| consumer.transition_ends).min()
    }
}
