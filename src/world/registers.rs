//! Registered consumers of a session. A stream takes them when it is ACTIVE, which a new one is not,
//! and only some at once: until then they wait here.

use crate::api::{ApiError, Operation, RegisterStreamConsumer, Tags};
use crate::engine::StreamInfo;
use crate::model::{ConsumerName, StreamName, StreamStatus};
use crate::world::World;

/// Consumers to be registered.
pub(super) type Registers = Vec<(StreamName, ConsumerName)>;

impl World {
    /// The registered consumers of a stream, those that wait to be registered included.
    pub(super) fn consumers_of(&self, stream: &StreamInfo<'_>) -> Vec<ConsumerName> {
        let name = &stream.settings().stream;
        let waiting = self.registers.iter().filter(|(of, _)| of == name);
        let mut all: Vec<ConsumerName> =
            stream.consumer_names().chain(waiting.map(|(_, consumer)| consumer)).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    /// Registers those whose stream takes them now; one that the stream has stays as it is.
    pub(super) fn register_waiting(&mut self) {
        let waiting = std::mem::take(&mut self.registers);
        self.registers =
            waiting.into_iter().filter(|(of, who)| !self.is_settled(of, who)).collect();
    }

    /// Registers a consumer, if it can be: whether there is nothing left to do for it.
    fn is_settled(&mut self, stream: &StreamName, consumer: &ConsumerName) -> bool {
        let Some(info) = self.engine.stream(stream) else { return true };
        if info.consumer_names().any(|name| name == consumer) {
            return true;
        }
        if info.status() != StreamStatus::Active {
            return info.status() == StreamStatus::Deleting;
        }
        let (stream, consumer) = (stream.clone(), consumer.clone());
        let register = RegisterStreamConsumer { stream, consumer, tags: Tags::new() };
        let made = self.engine.handle(self.now, &Operation::RegisterStreamConsumer(register));
        !matches!(made, Err(ApiError::ResourceInUse(_) | ApiError::LimitExceeded(_)))
    }
}
