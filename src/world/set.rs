//! Commands that set something of a stream or of the account, and what takes them back.

use crate::api::{
    AddTags, Answer, CommitmentWish, ConsumerDescription, ConsumerRef, CreateStream,
    LabelOperation, Operation, RegisterStreamConsumer, RemoveTags, SettingOperation,
    StreamEncryption, Tags, TagsPage, UpdateDistribution, UpdateMaxRecordSize, UpdateStreamMode,
    UpdateWarmThroughput,
};
use crate::command::WorldCommand;
use crate::model::{
    ConsumerName, EncryptionType, Quotas, RecordDistribution, Resource, StreamMode, StreamName,
    Switch,
};
use crate::pipeline::producer::Producer;
use crate::pipeline::settings::ProducerSettings;
use crate::world::World;
use crate::world::run::{Ran, RunError, done, undoable};

impl World {
    /// What is set of a stream before a change, and the change.
    fn set(
        &mut self,
        stream: &StreamName,
        operation: impl Into<Operation>,
    ) -> Result<CreateStream, RunError> {
        let before = self.describe(stream)?.settings;
        self.ask(&operation.into())?;
        Ok(before)
    }

    pub(super) fn set_mode(&mut self, stream: &StreamName, mode: StreamMode) -> Ran {
        let update = UpdateStreamMode { stream: stream.clone(), mode, warm_mib_per_s: None };
        let before = self.set(stream, SettingOperation::UpdateStreamMode(update))?.mode;
        let said = format!("{stream} becomes {}", mode.wire());
        Ok(match before == mode {
            true => done(format!("{stream} is {} already", mode.wire())),
            false => undoable(said, WorldCommand::Mode { stream: stream.clone(), mode: before }),
        })
    }

    pub(super) fn set_record_size(&mut self, stream: &StreamName, kib: u32) -> Ran {
        let update = UpdateMaxRecordSize { stream: stream.clone(), kib };
        let before = self.set(stream, SettingOperation::UpdateMaxRecordSize(update))?;
        let undo = WorldCommand::RecordSize { stream: stream.clone(), kib: before.record_kib_max };
        Ok(undoable(format!("{stream} takes records of up to {kib} KiB"), undo))
    }

    pub(super) fn set_distribution(
        &mut self,
        stream: &StreamName,
        distribution: RecordDistribution,
    ) -> Ran {
        let mut producers = self.parts.producers.values().map(Producer::settings);
        let packs = producers.find(|made| made.stream == *stream && made.aggregate.is_some());
        if let (RecordDistribution::Auto, Some(ProducerSettings { name, .. })) =
            (distribution, packs)
        {
            return Err(RunError::Unfit(format!(
                "records of {stream} cannot go to its shards in turn: `{name}` aggregates them by the \
                 shards of their keys: `detach {name}` first"
            )));
        }
        let update = UpdateDistribution { stream: stream.clone(), distribution };
        let update = SettingOperation::UpdateStreamRecordDistributionStrategy(update);
        let before = self.set(stream, update)?.distribution;
        let said = match distribution {
            RecordDistribution::UserPartitionKey => format!("keys decide the shards of {stream}"),
            RecordDistribution::Auto => format!("records of {stream} go to its shards in turn"),
        };
        let undo = WorldCommand::Distribute { stream: stream.clone(), distribution: before };
        Ok(undoable(said, undo))
    }

    /// Do its records go to its shards in turn?
    pub(super) fn is_scattered(&self, stream: &StreamName) -> Result<bool, RunError> {
        Ok(self.describe(stream)?.settings.distribution == RecordDistribution::Auto)
    }

    pub(super) fn set_warm(&mut self, stream: &StreamName, mib_per_s: u32) -> Ran {
        let update = UpdateWarmThroughput { stream: stream.clone(), mib_per_s };
        let update = SettingOperation::UpdateStreamWarmThroughput(update);
        let before = self.set(stream, update)?.warm_mib_per_s.unwrap_or(0);
        let undo = WorldCommand::Warm { stream: stream.clone(), mib_per_s: before };
        Ok(undoable(format!("{stream} is ready for {mib_per_s} MiB/s"), undo))
    }

    pub(super) fn encrypt(&mut self, stream: &StreamName, key: Option<&str>) -> Ran {
        let present = self.describe(stream)?.settings.key;
        let named = key.or(present.as_deref()).unwrap_or("alias/aws/kinesis").to_owned();
        let change =
            StreamEncryption { stream: stream.clone(), kind: EncryptionType::Kms, key: named };
        let operation = match key {
            Some(_) => SettingOperation::StartStreamEncryption(change),
            None => SettingOperation::StopStreamEncryption(change),
        };
        let before = self.set(stream, operation)?.key;
        let said = match key {
            Some(key) => format!("{stream} says that it encrypts with {key}"),
            None => format!("{stream} says that it encrypts no more"),
        };
        Ok(undoable(said, WorldCommand::Encrypt { stream: stream.clone(), key: before }))
    }

    /// New tags and new values of old ones cannot be taken back by one command.
    pub(super) fn tag(&mut self, stream: &StreamName, tags: &Tags) -> Ran {
        let add = AddTags { resource: Resource::Stream(stream.clone()), tags: tags.clone() };
        let before = self.set(stream, LabelOperation::AddTagsToStream(add))?.tags;
        let said = format!("{stream} has {} tags", self.describe(stream)?.settings.tags.len());
        let old: Tags = before.into_iter().filter(|(key, _)| tags.contains_key(key)).collect();
        let stream = stream.clone();
        Ok(match old.len() {
            0 => {
                undoable(said, WorldCommand::Untag { stream, keys: tags.keys().cloned().collect() })
            }
            all if all == tags.len() => undoable(said, WorldCommand::Tag { stream, tags: old }),
            _ => done(said),
        })
    }

    pub(super) fn untag(&mut self, stream: &StreamName, keys: &[String]) -> Ran {
        let (resource, keys) = (Resource::Stream(stream.clone()), keys.to_vec());
        let remove = RemoveTags { resource, keys: keys.clone() };
        let before = self.set(stream, LabelOperation::RemoveTagsFromStream(remove))?.tags;
        let gone: Tags = before.into_iter().filter(|(key, _)| keys.contains(key)).collect();
        let said = format!("{stream} has {} tags less", gone.len());
        Ok(match gone.is_empty() {
            true => done(format!("{stream} has no such tags")),
            false => undoable(said, WorldCommand::Tag { stream: stream.clone(), tags: gone }),
        })
    }

    pub(super) fn register(
        &mut self,
        stream: &StreamName,
        consumer: &ConsumerName,
        tags: &Tags,
    ) -> Ran {
        let (stream, consumer) = (stream.clone(), consumer.clone());
        let said = format!("consumer {consumer} of {stream} is being registered");
        let undo = WorldCommand::Deregister { stream: stream.clone(), consumer: consumer.clone() };
        let register = RegisterStreamConsumer { stream, consumer, tags: tags.clone() };
        self.ask(&Operation::RegisterStreamConsumer(register))?;
        Ok(undoable(said, undo))
    }

    pub(super) fn deregister(&mut self, stream: &StreamName, consumer: &ConsumerName) -> Ran {
        let which = ConsumerRef::Name { stream: stream.clone(), consumer: consumer.clone() };
        let found = self.ask(&Operation::DescribeStreamConsumer(which.clone()))?;
        let Answer::Consumer(ConsumerDescription { arn, .. }) = found else {
            unreachable!("a consumer was asked for")
        };
        let list = LabelOperation::ListTagsForResource(Resource::Consumer(arn));
        let Answer::Tags(TagsPage { tags, .. }) = self.ask(&list.into())? else {
            unreachable!("tags were asked for")
        };
        self.ask(&Operation::DeregisterStreamConsumer(which))?;
        let said = format!("consumer {consumer} of {stream} is being deregistered");
        let (stream, consumer) = (stream.clone(), consumer.clone());
        let tags = tags.into_iter().collect();
        Ok(undoable(said, WorldCommand::Register { stream, consumer, tags }))
    }

    pub(super) fn set_quotas(&mut self, quotas: &Quotas) -> Ran {
        let before = self.engine.set_quotas(*quotas);
        Ok(undoable("quotas of the account changed", WorldCommand::Quotas(before)))
    }

    pub(super) fn commit(&mut self, switch: Switch) -> Ran {
        let (wish, said, back) = match switch {
            Switch::On => (CommitmentWish::Enabled, "the account's commitment is on", Switch::Off),
            Switch::Off => (
                CommitmentWish::Disabled,
                "the account's commitment ends as soon as may be",
                Switch::On,
            ),
        };
        self.ask(&Operation::UpdateAccountSettings(wish))?;
        Ok(undoable(said, WorldCommand::Commitment(back)))
    }
}
