//! Registered consumers: readers with a name, to whom records are pushed.

use std::fmt;

use crate::model::{ACCOUNT, ConsumerName, Millis, REGION, StreamName};

/// Where a registered consumer is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerStatus {
    /// Registered, not yet usable.
    Creating,
    /// May subscribe.
    Active,
    /// Going away.
    Deleting,
}

impl ConsumerStatus {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Deleting => "DELETING",
        }
    }
}

/// The name of a registered consumer among all, for all time: `arn:aws:kinesis:REGION:ACCOUNT:
/// stream/STREAM/consumer/NAME:SECONDS`, without the break.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConsumerArn {
    /// The stream.
    pub stream: StreamName,
    /// Its name there.
    pub consumer: ConsumerName,
    /// When it was registered, seconds since the epoch.
    pub created_s: u64,
}

impl ConsumerArn {
    /// The name of a consumer that was registered at `created`.
    #[must_use]
    pub fn new(stream: &StreamName, consumer: &ConsumerName, created: Millis) -> Self {
        let created_s = created.seconds();
        Self { stream: stream.clone(), consumer: consumer.clone(), created_s }
    }

    /// Reads it as it is written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let prefix = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/");
        let (stream, rest) = text.strip_prefix(&prefix)?.split_once("/consumer/")?;
        let (consumer, created_s) = rest.split_once(':')?;
        let arn = Self {
            stream: StreamName::new(stream).ok()?,
            consumer: ConsumerName::new(consumer).ok()?,
            created_s: created_s.parse().ok()?,
        };
        (arn.to_string() == text).then_some(arn)
    }
}

impl fmt::Display for ConsumerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stream, consumer, created_s } = self;
        write!(
            f,
            "arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}/consumer/{consumer}:{created_s}"
        )
    }
}

/// One subscription of a registered consumer to one shard. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_stream_consumer_and_second() {
        let stream = StreamName::new("orders").expect("it is a name");
        let consumer = ConsumerName::new("audit-1").expect("it is a name");
        let arn = ConsumerArn::new(&stream, &consumer, Millis(1_700_000_000_999));
        let text =
            "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/audit-1:1700000000";
        assert_eq!(arn.to_string(), text);
        assert_eq!(ConsumerArn::parse(text), Some(arn));
        for wrong in [
            "",
            "orders",
            "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
            "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/audit-1",
            "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/audit-1:x",
            "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/audit-1:007",
            "arn:aws:kinesis:eu-west-1:000000000000:stream/orders/consumer/audit-1:7",
            "arn:aws:kinesis:us-east-1:000000000000:stream/o o/consumer/audit-1:7",
        ] {
            assert_eq!(ConsumerArn::parse(wrong), None, "{wrong}");
        }
    }
}
