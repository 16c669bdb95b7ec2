//! Enhanced fan-out: who may register, when a consumer may subscribe, how fast it is pushed to.

use thiserror::Error;

use crate::model::limits::{
    PUSH_BYTES_PER_S, PUSH_GAP_MS, SUBSCRIBE_CALL_MS, SUBSCRIPTION_KEPT_MS,
};
use crate::model::{
    ACCOUNT, ConsumerArn, ConsumerName, ConsumerStatus, Millis, ShardId, StreamName,
};
use crate::rules::throttle::{milli, refilled};

/// Why a consumer cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegisterError {
    /// The stream has one of that name.
    #[error("Consumer {consumer} under stream {stream} already exists for account {ACCOUNT}.")]
    Exists {
        /// The stream.
        stream: StreamName,
        /// The name.
        consumer: ConsumerName,
    },
    /// The stream has as many as it may have.
    #[error("Stream {stream} under account {ACCOUNT} cannot have more than {limit} consumers.")]
    TooMany {
        /// The stream.
        stream: StreamName,
        /// The quota.
        limit: u32,
    },
    /// As many are being made as may be at once.
    #[error(
        "Stream {stream} under account {ACCOUNT} cannot have more than {limit} consumers in state \
         CREATING at the same time."
    )]
    TooManyCreating {
        /// The stream.
        stream: StreamName,
        /// The quota.
        limit: u32,
    },
}

/// May `consumer` join those that `stream` has? `present` and `creating` are the quotas.
///
/// # Errors
/// When it may not.
pub fn check_register<'a>(
    (stream, consumer): (&StreamName, &ConsumerName),
    others: impl Iterator<Item = (&'a ConsumerName, ConsumerStatus)>,
    present: Option<u32>,
    creating: Option<u32>,
) -> Result<(), RegisterError> {
    let (mut count, mut count_creating) = (0, 0);
    for (name, status) in others {
        if name == consumer {
            let (stream, consumer) = (stream.clone(), consumer.clone());
            return Err(RegisterError::Exists { stream, consumer });
        }
        count += 1;
        count_creating += u32::from(status == ConsumerStatus::Creating);
    }
    let stream = || stream.clone();
    if let Some(limit) = present.filter(|limit| count >= *limit) {
        return Err(RegisterError::TooMany { stream: stream(), limit });
    }
    if let Some(limit) = creating.filter(|limit| count_creating >= *limit) {
        return Err(RegisterError::TooManyCreating { stream: stream(), limit });
    }
    Ok(())
}

/// Why a consumer cannot subscribe now.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SubscribeError {
    /// It is not ACTIVE.
    #[error(
        "Consumer {} with creation timestamp {} under stream: {} , account {ACCOUNT} is not in \
         ACTIVE status.", .0.consumer, .0.created_s, .0.stream
    )]
    NotActive(ConsumerArn),
    /// It did so a moment ago.
    #[error("{}", in_use(consumer, *shard))]
    InUse {
        /// Who.
        consumer: ConsumerArn,
        /// The shard.
        shard: ShardId,
    },
    /// It asks too often.
    #[error(
        "Rate exceeded for consumer {} and shard {shard} in stream {} under account {ACCOUNT}.",
        consumer.consumer, consumer.stream
    )]
    TooOften {
        /// Who.
        consumer: ConsumerArn,
        /// The shard.
        shard: ShardId,
    },
}

/// What a subscriber is told when another subscription of its consumer and shard is in its way.
#[must_use]
pub fn in_use(arn: &ConsumerArn, shard: ShardId) -> String {
    let ConsumerArn { stream, consumer, .. } = arn;
    format!(
        "Another active subscription exists for this consumer: \
         {ACCOUNT}:{stream}:{shard}:{consumer}"
    )
}

/// When a consumer asked for a shard last, and when it was given it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SubscribeCalls {
    asked: Option<Millis>,
    given: Option<Millis>,
}

impl SubscribeCalls {
    /// May a consumer be asked now? Within 5 seconds of a subscription it may not, whatever became
    /// of that; within a second of a call that went further than here neither. Later it takes over.
    ///
    /// # Errors
    /// When it may not.
    pub fn ask(
        &mut self,
        now: Millis,
        consumer: &ConsumerArn,
        shard: ShardId,
    ) -> Result<(), SubscribeError> {
        let within = |at: Option<Millis>, ms| at.is_some_and(|at| now.since(at) < ms);
        let kept = within(self.given, SUBSCRIPTION_KEPT_MS);
        let often = within(self.asked, SUBSCRIBE_CALL_MS);
        let consumer = || consumer.clone();
        if kept {
            return Err(SubscribeError::InUse { consumer: consumer(), shard });
        }
        if often {
            return Err(SubscribeError::TooOften { consumer: consumer(), shard });
        }
        self.asked = Some(now);
        Ok(())
    }

    /// The call that was asked last succeeds.
    pub fn give(&mut self, now: Millis) {
        self.given = Some(now);
    }
}

/// What one consumer may still be given from one shard: a second's bytes at most, and a record
/// above it passes a full gate and is paid off after.
#[derive(Clone, Copy, Debug)]
pub struct PushGate {
    refilled: Millis,
    bytes: i64,
}

impl PushGate {
    /// A gate with a full budget.
    #[must_use]
    pub fn full(now: Millis) -> Self {
        Self { refilled: now, bytes: milli(PUSH_BYTES_PER_S) }
    }

    /// Bytes that may be given now.
    #[must_use]
    pub fn room(&mut self, now: Millis) -> usize {
        let passed_ms = now.since(self.refilled);
        self.refilled = now;
        self.bytes = refilled(self.bytes, PUSH_BYTES_PER_S, PUSH_BYTES_PER_S, passed_ms);
        usize::try_from(self.bytes / 1_000).unwrap_or(0)
    }

    /// So many were given now; says when the next may be.
    #[must_use]
    pub fn charge(&mut self, now: Millis, bytes: usize) -> Millis {
        self.bytes = self.bytes.saturating_sub(milli(bytes as u64));
        let owed = u64::try_from(-self.bytes).unwrap_or(0);
        now.plus(owed.div_ceil(PUSH_BYTES_PER_S) + PUSH_GAP_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_700_000_000_000);
    const MIB: usize = 1_048_576;

    fn stream() -> StreamName {
        StreamName::new("orders").expect("it is a name")
    }

    fn consumer(n: u32) -> ConsumerName {
        ConsumerName::new(&format!("c{n}")).expect("it is a name")
    }

    fn register(active: u32, creating: u32, name: u32) -> Result<(), RegisterError> {
        let names: Vec<ConsumerName> = (0..active + creating).map(consumer).collect();
        let status = |n: usize| match n < active as usize {
            true => ConsumerStatus::Active,
            false => ConsumerStatus::Creating,
        };
        let others = names.iter().enumerate().map(|(n, name)| (name, status(n)));
        check_register((&stream(), &consumer(name)), others, Some(20), Some(5))
    }

    #[test]
    fn a_stream_has_twenty_consumers_of_which_five_are_made_at_once() {
        assert_eq!(register(0, 0, 99), Ok(()));
        assert_eq!(register(19, 0, 99), Ok(()));
        assert_eq!(register(0, 4, 99), Ok(()));
        for (active, creating, name, sentence) in [
            (
                20,
                0,
                99,
                "Stream orders under account 000000000000 cannot have more than 20 consumers.",
            ),
            (
                3,
                5,
                99,
                "Stream orders under account 000000000000 cannot have more than 5 consumers in \
                 state CREATING at the same time.",
            ),
            (3, 0, 2, "Consumer c2 under stream orders already exists for account 000000000000."),
        ] {
            let error = register(active, creating, name).expect_err("it is refused");
            assert_eq!(error.to_string(), sentence);
        }
    }

    #[test]
    fn a_consumer_subscribes_to_a_shard_again_after_five_seconds() {
        let arn = ConsumerArn::new(&stream(), &consumer(1), NOW);
        let shard = ShardId(3);
        let mut calls = SubscribeCalls::default();
        calls.ask(NOW, &arn, shard).expect("it is the first");
        calls.give(NOW);
        for wait in [0, 999, 2_000, 4_999] {
            let error = calls.ask(NOW.plus(wait), &arn, shard).expect_err("it is kept");
            assert_eq!(
                error.to_string(),
                "Another active subscription exists for this consumer: \
                 000000000000:orders:shardId-000000000003:c1"
            );
        }
        assert_eq!(calls.ask(NOW.plus(5_000), &arn, shard), Ok(()));
    }

    #[test]
    fn a_consumer_asks_for_a_shard_once_a_second_even_in_vain() {
        let arn = ConsumerArn::new(&stream(), &consumer(1), NOW);
        let mut calls = SubscribeCalls::default();
        calls.ask(NOW, &arn, ShardId(0)).expect("it is the first");
        let error = calls.ask(NOW.plus(999), &arn, ShardId(0)).expect_err("it is too soon");
        assert_eq!(
            error.to_string(),
            "Rate exceeded for consumer c1 and shard shardId-000000000000 in stream orders under \
             account 000000000000."
        );
        assert_eq!(calls.ask(NOW.plus(1_000), &arn, ShardId(0)), Ok(()));
        assert_eq!(
            SubscribeError::NotActive(arn).to_string(),
            "Consumer c1 with creation timestamp 1700000000 under stream: orders , account \
             000000000000 is not in ACTIVE status."
        );
    }

    #[test]
    fn two_mebibytes_a_second_go_through_a_gate() {
        let mut gate = PushGate::full(NOW);
        let (mut now, mut given) = (NOW, 0);
        while now < NOW.plus(60_000) {
            let room = gate.room(now);
            given += room;
            now = gate.charge(now, room);
        }
        assert!((119 * MIB..=122 * MIB).contains(&given), "{given}");
    }

    #[test]
    fn a_record_above_a_second_passes_and_is_paid_off() {
        let mut gate = PushGate::full(NOW);
        assert_eq!(gate.room(NOW), 2 * MIB);
        let next = gate.charge(NOW, 10 * MIB);
        assert_eq!(next, NOW.plus(4_000 + PUSH_GAP_MS));
        assert!(gate.room(NOW.plus(4_000)) == 0 && gate.room(next) > 0);
    }
}
