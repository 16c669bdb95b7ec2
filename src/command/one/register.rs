//! `register` and `deregister`: consumers of a stream that get a throughput of their own (enhanced
//! fan-out).

use crate::api::Tags;
use crate::command::line::Line;
use crate::command::preview::{active, plain, stream};
use crate::command::shorthand::tags;
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{ConsumerName, StreamName};
use crate::snapshot::Snapshot;

pub(in crate::command) static REGISTER: Spec = Spec {
    name: "register",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("CONSUMER", Kind::NewName),
        Argument::optional("TAGS", Kind::Text),
    ],
    syntax: "register STREAM CONSUMER [KEY=VALUE,...]",
    summary: "register a consumer: each shard pushes 2 MiB/s to it alone",
    danger: Danger::Harmless,
    scope: Scope::World,
    keys: &[],
    parse: parse_register,
    preview: preview_register,
    undo: "the consumer is deregistered",
};

pub(in crate::command) static DEREGISTER: Spec = Spec {
    name: "deregister",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("CONSUMER", Kind::Registered),
    ],
    syntax: "deregister STREAM CONSUMER",
    summary: "deregister a consumer: what is pushed to it ends at once",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse: parse_deregister,
    preview: preview_deregister,
    undo: "it is registered again, with another ARN",
};

fn parse_register(words: &mut Words) -> Result<Command, ParseError> {
    let (stream, consumer) = (words.stream("STREAM")?, words.consumer("CONSUMER")?);
    let tags = words.maybe().map(|text| tags::parse(&text)).transpose();
    let tags = tags.map_err(|short| words.short("TAGS", short))?.unwrap_or_default();
    Ok(Command::World(WorldCommand::Register { stream, consumer, tags }))
}

fn parse_deregister(words: &mut Words) -> Result<Command, ParseError> {
    let (stream, consumer) = (words.stream("STREAM")?, words.consumer("CONSUMER")?);
    Ok(Command::World(WorldCommand::Deregister { stream, consumer }))
}

fn preview_register(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, REGISTER.undo, REGISTER.danger);
    let Command::World(WorldCommand::Register { stream: name, .. }) = command else {
        return Ok(preview);
    };
    let stream = active(snapshot, name)?;
    let (open, others) = (stream.open_shards(), stream.registered_consumers);
    preview.notes.push(format!(
        "{open} open shards push to it, each 2 MiB/s beside what readers share; {others} are \
         registered already"
    ));
    Ok(preview)
}

fn preview_deregister(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, DEREGISTER.undo, DEREGISTER.danger);
    if let Command::World(WorldCommand::Deregister { stream: name, .. }) = command {
        stream(snapshot, name)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print_register(
    stream: &StreamName,
    consumer: &ConsumerName,
    tags: &Tags,
) -> String {
    let tags = (!tags.is_empty()).then(|| tags::print(tags));
    Line::new(REGISTER.name).word(stream).word(consumer).maybe(tags).end()
}

pub(in crate::command) fn print_deregister(stream: &StreamName, consumer: &ConsumerName) -> String {
    Line::new(DEREGISTER.name).word(stream).word(consumer).end()
}
