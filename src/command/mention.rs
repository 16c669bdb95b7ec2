//! What a command names: so that a file of commands can be checked before it runs.

use crate::command::WorldCommand;
use crate::model::{PartName, StreamName};
use crate::pipeline::settings::{OnFailure, function_of};

/// Something that a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention<'a> {
    /// A stream that must be there.
    Stream(&'a StreamName),
    /// A part that must be there.
    Part(&'a PartName),
    /// A stream that will be there.
    NewStream(&'a StreamName),
    /// A part that will be there.
    NewPart(&'a PartName),
}

impl WorldCommand {
    /// What this command names; what it needs comes before what it makes.
    #[must_use]
    pub fn mentions(&self) -> Vec<Mention<'_>> {
        use Mention::{NewPart, NewStream, Part, Stream};
        match self {
            Self::Create(create) => vec![NewStream(&create.stream)],
            Self::Delete(stream)
            | Self::Split { stream, .. }
            | Self::SplitHot { stream, .. }
            | Self::Policy { stream, .. }
            | Self::Merge { stream, .. }
            | Self::Scale { stream, .. }
            | Self::Retention { stream, .. }
            | Self::Limits { stream, .. }
            | Self::Mode { stream, .. }
            | Self::RecordSize { stream, .. }
            | Self::Distribute { stream, .. }
            | Self::Warm { stream, .. }
            | Self::Encrypt { stream, .. }
            | Self::Tag { stream, .. }
            | Self::Untag { stream, .. }
            | Self::Register { stream, .. }
            | Self::Deregister { stream, .. }
            | Self::Put { stream, .. } => vec![Stream(stream)],
            Self::Produce(part) => vec![Stream(&part.stream), NewPart(&part.name)],
            Self::Transform(part) => {
                let targets = part.targets().map(Stream);
                let streams = std::iter::once(Stream(&part.from)).chain(targets);
                let function = part.function().map(Part);
                streams.chain(function).chain([NewPart(&part.name)]).collect()
            }
            Self::Function(part) => vec![NewPart(&part.name)],
            Self::Attach(part) => {
                let mut all = vec![Stream(&part.stream), Part(&part.function)];
                if let Some(OnFailure::Stream(stream)) = &part.on_failure {
                    all.push(Stream(stream));
                }
                all.push(NewPart(&part.name));
                all
            }
            Self::Application(part) => vec![Stream(&part.stream), NewPart(&part.name)],
            Self::KillWorker { application, .. } | Self::StartWorker { application, .. } => {
                vec![Part(application)]
            }
            Self::Read(part) => vec![Stream(&part.stream), NewPart(&part.name)],
            Self::Detach(part) | Self::Pause(part) | Self::Resume(part) => vec![Part(part)],
            Self::Stages { transform, stages } => {
                [Part(transform)].into_iter().chain(function_of(stages).map(Part)).collect()
            }
            Self::Rate { producer, .. } => vec![Part(producer)],
            Self::Tune(tune) => {
                let stream = match &tune.changes.on_failure {
                    Some(Some(OnFailure::Stream(stream))) => Some(Stream(stream)),
                    Some(Some(OnFailure::File(_) | OnFailure::Http(_)) | None) | None => None,
                };
                let function = tune.changes.function.as_ref().map(Part);
                [Part(&tune.mapping)].into_iter().chain(function).chain(stream).collect()
            }
            Self::Interval { reader, .. } | Self::FanOut { reader, .. } => vec![Part(reader)],
            Self::Provision { function, .. } => vec![Part(function)],
            Self::Concurrency { function, .. } => function.iter().map(Part).collect(),
            Self::Quotas(_)
            | Self::Commitment(_)
            | Self::Caption(_)
            | Self::Calls(_)
            | Self::Clock(_) => Vec::new(),
        }
    }
}
