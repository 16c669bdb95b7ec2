//! The registered consumer that a follower is pushed to as.
//!
//! It is looked up by its name, once a second until it is ACTIVE. One that is not there is
//! registered, but only while none was ever found: a consumer that somebody deregistered is waited
//! for, and told as lost.

use crate::api::{Answer, ApiError, ConsumerRef, Operation, RegisterStreamConsumer, Tags};
use crate::model::{ConsumerArn, ConsumerName, ConsumerStatus, Histogram, Millis, StreamName};
use crate::pipeline::Reply;

/// Pause between two questions.
const ASK_MS: u64 = 1_000;
/// Refusals to register in a row that are taken to be lasting. A stream that is CREATING refuses too.
const REFUSALS: u32 = 5;

#[derive(Debug)]
enum State {
    /// To be looked up at that time.
    Unknown(Millis),
    /// A call is on its way.
    Asked,
    /// May subscribe.
    Active(ConsumerArn),
}

/// A registered consumer, from a name to an ARN.
#[derive(Debug)]
pub(super) struct Registration {
    stream: StreamName,
    consumer: ConsumerName,
    state: State,
    /// Was it ever found?
    found: bool,
    /// Why it cannot be pushed to, with how often that was said in a row.
    trouble: Option<(String, u32)>,
    latencies_ms: Histogram,
}

impl Registration {
    pub(super) fn new(stream: StreamName, consumer: ConsumerName, now: Millis) -> Self {
        Self {
            stream,
            consumer,
            state: State::Unknown(now),
            found: false,
            trouble: None,
            latencies_ms: Histogram::default(),
        }
    }

    /// Its name.
    pub(super) const fn consumer(&self) -> &ConsumerName {
        &self.consumer
    }

    /// Records were pushed to it, of which the newest was so old, milliseconds.
    pub(super) fn on_records(&mut self, latency_ms: u64) {
        self.latencies_ms.record(latency_ms);
    }

    /// How old the newest record of each push was, milliseconds.
    pub(super) const fn latencies_ms(&self) -> &Histogram {
        &self.latencies_ms
    }

    /// The consumer, if it may subscribe.
    pub(super) fn arn(&self) -> Option<&ConsumerArn> {
        match &self.state {
            State::Active(arn) => Some(arn),
            State::Unknown(_) | State::Asked => None,
        }
    }

    /// Why there is nobody to be pushed to, when that will not pass by itself.
    pub(super) fn trouble(&self) -> Option<&str> {
        let lasts = |(_, times): &&(String, u32)| self.found || *times >= REFUSALS;
        self.trouble.as_ref().filter(lasts).map(|(why, _)| why.as_str())
    }

    fn on_trouble(&mut self, why: &str) {
        let Self { stream, consumer, .. } = self;
        let times = self.trouble.as_ref().map_or(0, |(_, times)| *times);
        self.trouble = Some((format!("consumer {consumer} of {stream} {why}"), times + 1));
    }

    /// When [`Self::ask`] is due.
    pub(super) fn next_deadline(&self) -> Millis {
        match self.state {
            State::Unknown(at) => at,
            State::Asked | State::Active(_) => Millis::NEVER,
        }
    }

    /// The question that is due.
    pub(super) fn ask(&mut self, now: Millis) -> Option<Operation> {
        if self.next_deadline() > now {
            return None;
        }
        self.state = State::Asked;
        let (stream, consumer) = (self.stream.clone(), self.consumer.clone());
        Some(Operation::DescribeStreamConsumer(ConsumerRef::Name { stream, consumer }))
    }

    /// It was refused as unknown: it is looked up again.
    pub(super) fn doubt(&mut self, now: Millis) {
        if matches!(self.state, State::Active(_)) {
            self.state = State::Unknown(now);
        }
    }

    /// The reply to a question; another one follows at once when there was nobody to be found.
    pub(super) fn on_reply(
        &mut self,
        now: Millis,
        asked: &Operation,
        reply: Reply,
    ) -> Option<Operation> {
        let looked_up = matches!(asked, Operation::DescribeStreamConsumer(_));
        self.state = State::Unknown(now.plus(ASK_MS));
        match reply {
            Ok(Answer::Consumer(described)) => match described.status {
                ConsumerStatus::Active => {
                    self.state = State::Active(described.arn);
                    (self.found, self.trouble) = (true, None);
                }
                ConsumerStatus::Creating => self.trouble = None,
                ConsumerStatus::Deleting => self.on_trouble("is being deregistered"),
            },
            Err(ApiError::ResourceNotFound(_)) if looked_up && !self.found => {
                return Some(self.register());
            }
            Err(ApiError::ResourceNotFound(_)) if looked_up => {
                self.on_trouble("is not registered");
            }
            Err(why) if !looked_up => self.on_trouble(&format!("cannot be registered: {why}")),
            Ok(_) | Err(_) => {}
        }
        None
    }

    fn register(&mut self) -> Operation {
        self.state = State::Asked;
        let (stream, consumer) = (self.stream.clone(), self.consumer.clone());
        let tags = Tags::new();
        Operation::RegisterStreamConsumer(RegisterStreamConsumer { stream, consumer, tags })
    }

    /// Did this follower ask that?
    pub(super) fn asked(operation: &Operation) -> bool {
        matches!(
            operation,
            Operation::DescribeStreamConsumer(_) | Operation::RegisterStreamConsumer(_)
        )
    }
}
