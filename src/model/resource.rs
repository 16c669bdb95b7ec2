//! What tags and policies belong to: streams and registered consumers.

use std::fmt;

use crate::model::{ACCOUNT, ConsumerArn, REGION, StreamName};

/// A resource of the account. It shows itself as its ARN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A stream.
    Stream(StreamName),
    /// A registered consumer.
    Consumer(ConsumerArn),
}

impl Resource {
    /// Reads an ARN of this account and region.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(arn) = ConsumerArn::parse(text) {
            return Some(Self::Consumer(arn));
        }
        let prefix = format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/");
        StreamName::new(text.strip_prefix(&prefix)?).ok().map(Self::Stream)
    }

    /// The stream, or the one that it is a consumer of.
    #[must_use]
    pub fn stream(&self) -> &StreamName {
        match self {
            Self::Stream(stream) => stream,
            Self::Consumer(arn) => &arn.stream,
        }
    }

    /// What sentences call it: `stream orders`, `consumer audit`.
    #[must_use]
    pub fn noun(&self) -> String {
        match self {
            Self::Stream(stream) => format!("stream {stream}"),
            Self::Consumer(arn) => format!("consumer {}", arn.consumer),
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(stream) => write!(f, "arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}"),
            Self::Consumer(arn) => arn.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_a_stream_or_a_consumer_of_it() {
        let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
        let consumer = format!("{stream}/consumer/audit:1700000000");
        for (text, noun) in [(stream, "stream orders"), (&*consumer, "consumer audit")] {
            let resource = Resource::parse(text).expect("it is an ARN");
            assert_eq!((resource.to_string(), resource.noun()), (text.to_owned(), noun.to_owned()));
            assert_eq!(resource.stream().as_str(), "orders");
        }
        for wrong in
            ["", "orders", &stream[..44], &format!("{stream}/x"), &format!("{stream}/consumer/a")]
        {
            assert_eq!(Resource::parse(wrong), None, "{wrong}");
        }
    }
}
