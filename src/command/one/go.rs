//! The commands that open a screen.

use crate::command::browse::PLACE_RULE;
use crate::command::line::Line;
use crate::command::preview::{consumer, known, line_only, stream};
use crate::command::spec::{
    Argument, Binding, Danger, Kind, Need, Scope, ScreenKind, Spec, everywhere,
};
use crate::command::{
    Browse, Command, CommandError, ParseError, Place, Preview, Screen, ViewCommand, Words,
};
use crate::model::ShardId;
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

pub(in crate::command) static TRANSFORMS: Spec = Spec {
    name: "transforms",
    aliases: &[],
    arguments: &[Argument { name: "NAME", kind: Kind::Part, need: Need::Optional }],
    syntax: "transforms [NAME]",
    summary: "transforms, their stages, and what these make of real records",
    keys: &[everywhere("6")],
    parse: transforms,
    preview: with_transform,
    ..SCREEN
};

pub(in crate::command) static PRODUCERS: Spec = Spec {
    name: "producers",
    aliases: &[],
    syntax: "producers",
    summary: "what feeds the streams, and what became of it",
    parse: |_| Ok(go(Screen::Producers)),
    ..SCREEN
};

pub(in crate::command) static RECORDS: Spec = Spec {
    name: "records",
    aliases: &["tail"],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::value("--at", Kind::Choice(&["newest", "oldest", "-1m", "-5m", "00:00:00"])),
        Argument::value("--shard", Kind::Shard),
        Argument::value("--key", Kind::Text),
    ],
    syntax: "records STREAM [--at TIME|-5m|oldest|SEQUENCE] [--shard SHARD] [--key KEY]",
    summary: "records of a stream: the newest as they come, or those at a place",
    keys: &[everywhere("7"), GO_TO],
    parse: records,
    preview: with_stream,
    ..SCREEN
};

/// Asks for a place among the records in view.
const GO_TO: Binding = Binding { on: &[ScreenKind::Records], key: "@", words: "{stream} --at" };
pub(in crate::command) static PROBLEMS: Spec = Spec {
    name: "problems",
    aliases: &["pulse"],
    syntax: "problems",
    summary: "what is wrong, why, and what cures it",
    keys: &[everywhere("0")],
    parse: |_| Ok(go(Screen::Problems)),
    ..SCREEN
};

pub(in crate::command) static COSTS: Spec = Spec {
    name: "costs",
    aliases: &[],
    syntax: "costs",
    summary: "what this would cost as a managed service: a model, not a bill",
    keys: &[everywhere("8")],
    parse: |_| Ok(go(Screen::Costs)),
    ..SCREEN
};

pub(in crate::command) static SYSTEM: Spec = Spec {
    name: "system",
    aliases: &["host"],
    syntax: "system",
    summary: "what this program and its machine use: processor, memory, disk",
    parse: |_| Ok(go(Screen::System)),
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

pub(in crate::command) static SESSIONS: Spec = Spec {
    name: "sessions",
    aliases: &[],
    syntax: "sessions",
    summary: "sessions to open: what each shows, its size, its timeline; enter opens one",
    parse: |_| Ok(go(Screen::Sessions)),
    ..SCREEN
};

pub(in crate::command) static THEMES: Spec = Spec {
    name: "themes",
    aliases: &[],
    syntax: "themes",
    summary: "choose the colors: each is worn while the cursor stands on it",
    keys: &[everywhere("T")],
    parse: |_| Ok(go(Screen::Themes)),
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
    let mut browse = Browse::newest(words.stream("STREAM")?);
    if let Some(text) = words.flag("--at") {
        browse.place = Place::parse(&text).ok_or_else(|| words.bad("--at", &text, PLACE_RULE))?;
    }
    if let Some(text) = words.flag("--shard") {
        let rule = "a shard such as 3, 003 or shardId-000000000003";
        let shard = ShardId::parse(&text).ok_or_else(|| words.bad("--shard", &text, rule))?;
        browse.shard = Some(shard);
    }
    browse.key = words.flag("--key");
    Ok(go(Screen::Records(Box::new(browse))))
}

fn transforms(words: &mut Words) -> Result<Command, ParseError> {
    let name = words.maybe().map(|text| words.as_part("NAME", &text)).transpose()?;
    Ok(go(Screen::Transforms(name)))
}

fn with_transform(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    if let Command::View(ViewCommand::Go(Screen::Transforms(Some(name)))) = command {
        known(snapshot, "transform", name)?;
    }
    line_only(command, snapshot)
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
        Screen::Transforms(name) => Line::new(TRANSFORMS.name).maybe(name.as_ref()),
        Screen::Producers => Line::new(PRODUCERS.name),
        Screen::Costs => Line::new(COSTS.name),
        Screen::System => Line::new(SYSTEM.name),
        Screen::Records(browse) => {
            let Browse { stream, place, shard, key } = &**browse;
            let line = Line::new(RECORDS.name).word(stream);
            let line = line.unless(Place::Newest, "--at", *place);
            line.option("--shard", shard.map(ShardId::short)).option("--key", key.as_ref())
        }
        Screen::Problems => Line::new(PROBLEMS.name),
        Screen::Logs => Line::new(LOGS.name),
        Screen::Sessions => Line::new(SESSIONS.name),
        Screen::Themes => Line::new(THEMES.name),
    }
    .end()
}
