//! The commands that open a screen.

use crate::command::line::Line;
use crate::command::preview::{consumer, line_only, stream};
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec, everywhere};
use crate::command::{Command, CommandError, ParseError, Preview, Screen, ViewCommand, Words};
use crate::snapshot::Snapshot;

/// What all of them share.
const SCREEN: Spec = Spec {
    name: "",
    aliases: &[],
    arguments: &[],
    syntax: "",
    summary: "",
    danger: Danger::Harmless,
    scope: Scope::View,
    keys: &[],
    parse: |_| Ok(go(Screen::Overview)),
    preview: line_only,
    undo: "",
};

pub(in crate::command) static STREAMS: Spec = Spec {
    name: "streams",
    aliases: &["overview"],
    syntax: "streams",
    summary: "all streams",
    keys: &[everywhere("1")],
    ..SCREEN
};

pub(in crate::command) static STREAM: Spec = Spec {
    name: "stream",
    aliases: &["shards"],
    arguments: &[Argument::required("STREAM", Kind::Stream)],
    syntax: "stream STREAM",
    summary: "one stream: shard map, shards, lineage, events",
    keys: &[everywhere("2")],
    parse: one_stream,
    preview: with_stream,
    ..SCREEN
};

pub(in crate::command) static HEAT: Spec = Spec {
    name: "heat",
    aliases: &[],
    arguments: &[Argument::required("STREAM", Kind::Stream)],
    syntax: "heat STREAM",
    summary: "the shards of a stream over time",
    keys: &[everywhere("3")],
    parse: heat,
    preview: with_stream,
    ..SCREEN
};

pub(in crate::command) static CONSUMERS: Spec = Spec {
    name: "consumers",
    aliases: &[],
    arguments: &[Argument { name: "NAME", kind: Kind::Consumer, need: Need::Optional }],
    syntax: "consumers [NAME]",
    summary: "mappings, transforms and readers",
    keys: &[everywhere("4")],
    parse: consumers,
    preview: with_consumer,
    ..SCREEN
};

pub(in crate::command) static RECORDS: Spec = Spec {
    name: "records",
    aliases: &["tail"],
    arguments: &[Argument::required("STREAM", Kind::Stream)],
    syntax: "records STREAM",
    summary: "the newest records of a stream",
    keys: &[everywhere("7")],
    parse: records,
    preview: with_stream,
    ..SCREEN
};

pub(in crate::command) static LOGS: Spec = Spec {
    name: "logs",
    aliases: &["events"],
    syntax: "logs",
    summary: "what happened, by target and level",
    keys: &[everywhere("9")],
    parse: |_| Ok(go(Screen::Logs)),
    ..SCREEN
};

const fn go(screen: Screen) -> Command {
    Command::View(ViewCommand::Go(screen))
}

fn one_stream(words: &mut Words) -> Result<Command, ParseError> {
    Ok(go(Screen::Stream(words.stream("STREAM")?)))
}

fn heat(words: &mut Words) -> Result<Command, ParseError> {
    Ok(go(Screen::Heat(words.stream("STREAM")?)))
}

fn records(words: &mut Words) -> Result<Command, ParseError> {
    Ok(go(Screen::Records(words.stream("STREAM")?)))
}

fn consumers(words: &mut Words) -> Result<Command, ParseError> {
    let name = words.maybe().map(|text| words.as_part("NAME", &text)).transpose()?;
    Ok(go(Screen::Consumers(name)))
}

fn with_consumer(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    if let Command::View(ViewCommand::Go(Screen::Consumers(Some(name)))) = command {
        consumer(snapshot, name)?;
    }
    line_only(command, snapshot)
}

fn with_stream(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    if let Command::View(ViewCommand::Go(screen)) = command
        && let Some(name) = screen.stream()
    {
        stream(snapshot, name)?;
    }
    line_only(command, snapshot)
}

pub(in crate::command) fn print(screen: &Screen) -> String {
    match screen {
        Screen::Overview => Line::new(STREAMS.name),
        Screen::Stream(stream) => Line::new(STREAM.name).word(stream),
        Screen::Heat(stream) => Line::new(HEAT.name).word(stream),
        Screen::Consumers(name) => Line::new(CONSUMERS.name).maybe(name.as_ref()),
        Screen::Concurrency => Line::new("concurrency"),
        Screen::Records(stream) => Line::new(RECORDS.name).word(stream),
        Screen::Logs => Line::new(LOGS.name),
    }
    .end()
}
