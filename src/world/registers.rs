//! Registered consumers of a session. A stream takes them when it is ACTIVE, which a new one is not,
//! and only some at once: until then they wait here.

use std::collections::BTreeMap;

use crate::api::{ApiError, Operation, RegisterStreamConsumer, Tags};
use crate::engine::StreamInfo;
use crate::model::{ConsumerName, StreamStatus};
use crate::world::World;

/// Consumers to be registered.
pub(super) type Registers = Vec<RegisterStreamConsumer>;

impl World {
    /// The registered consumers of a stream with their tags, those that wait to be registered included.
    pub(super) fn consumers_of(&self, stream: &StreamInfo<'_>) -> BTreeMap<ConsumerName, Tags> {
        let name = &stream.settings().stream;
        let waiting = self.registers.iter().filter(|waiting| waiting.stream == *name);
        let waiting = waiting.map(|waiting| (&waiting.consumer, &waiting.tags));
        let all = waiting.chain(stream.tagged_consumers());
        all.map(|(consumer, tags)| (consumer.clone(), tags.clone())).collect()
    }

    /// Registers those whose stream takes them now; one that the stream has stays as it is.
    pub(super) fn register_waiting(&mut self) {
        let waiting = std::mem::take(&mut self.registers);
        self.registers =
            waiting.into_iter().filter(|register| !self.is_settled(register)).collect();
    }

    /// Registers a consumer, if it can be: whether there is nothing left to do for it.
    fn is_settled(&mut self, register: &RegisterStreamConsumer) -> bool {
        let Some(info) = self.engine.stream(&register.stream) else { return true };
        if info.tagged_consumers().any(|(name, _)| *name == register.consumer) {
            return true;
        }
        if info.status() != StreamStatus::Active {
            return info.status() == StreamStatus::Deleting;
        }
        let register = Operation::RegisterStreamConsumer(register.clone());
        let made = self.engine.handle(self.now, &register);
        !matches!(made, Err(ApiError::ResourceInUse(_) | ApiError::LimitExceeded(_)))
    }
}
