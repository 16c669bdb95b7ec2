//! `produce`: a producer onto a stream.

use std::path::PathBuf;

use crate::command::line::Line;
use crate::command::preview::{free, plain, stream};
use crate::command::shorthand::load;
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec, on_feeds};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::pipeline::settings::{
    FileSettings, KeyRule, Keys, Pace, Payload, ProducerSettings, Shape, Size, SourceSettings,
    SyntheticSettings,
};
use crate::snapshot::Snapshot;

/// As in session files.
const RETRIES_DEFAULT: u32 = 10;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "produce",
    aliases: &["load"],
    arguments: &[
        Argument::required("NAME", Kind::NewName),
        Argument::required("STREAM", Kind::Stream),
        Argument::required("SOURCE", Kind::Choice(&["synthetic", "file", "stdin", "host"])),
        Argument::optional("PATH", Kind::File),
        Argument::value("--rate", Kind::Number),
        Argument::value(
            "--payload",
            Kind::Choice(&["clicks", "orders", "devices", "posts", "filler"]),
        ),
        Argument::value("--keys", Kind::Choice(&["uniform:1000", "zipf:1000:1", "hot:1000:0.5"])),
        Argument::value(
            "--shape",
            Kind::Choice(&["constant", "ramp:10:60", "step:10:30", "sine:0.5:60", "bursts:5:30:5"]),
        ),
        Argument::value("--size", Kind::Choice(&["natural", "1000", "100-2000"])),
        Argument::value("--pace", Kind::Choice(&["full", "1000"])),
        Argument::value("--key", Kind::Choice(&["line", "0", "/user"])),
        Argument::value("--retries", Kind::Number),
        Argument::value("--aggregate", Kind::Choice(&["on", "51200:1000:100"])),
        Argument { name: "--paused", kind: Kind::Text, need: Need::Switch },
    ],
    syntax: "produce NAME STREAM synthetic [--rate N] [--payload P] [--keys K] [--shape S] \
             [--size B] | file PATH [--pace P] [--key K] | stdin [--key K] | host  \
             [--aggregate on|BYTES:RECORDS:MILLISECONDS]",
    summary: "attach a producer",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[on_feeds("L")],
    parse,
    preview,
    undo: "detach",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let name = words.part("NAME")?;
    let stream = words.stream("STREAM")?;
    let paused = words.switch("--paused");
    let retries = words.number_flag("--retries", 0, 1_000)?.unwrap_or(RETRIES_DEFAULT);
    let aggregate = match words.flag("--aggregate") {
        Some(text) => {
            let parsed = load::aggregate(&text);
            Some(parsed.map_err(|short| words.short("--aggregate", short))?)
        }
        None => None,
    };
    let source = source(words)?;
    let settings = ProducerSettings { name, stream, source, paused, retries, aggregate };
    settings.check().map_err(|error| words.setting(error))?;
    Ok(Command::World(WorldCommand::Produce(Box::new(settings))))
}

fn source(words: &mut Words) -> Result<SourceSettings, ParseError> {
    let kind = words.word("SOURCE")?;
    let (source, with) = match kind.as_str() {
        "synthetic" => (SourceSettings::Synthetic(synthetic(words)?), "synthetic"),
        "file" => {
            let path = PathBuf::from(words.word("PATH")?);
            let pace = match words.flag("--pace") {
                Some(text) => load::pace(&text).map_err(|short| words.short("--pace", short))?,
                None => Pace::default(),
            };
            (SourceSettings::File(FileSettings { path, pace, key: key(words)? }), "file")
        }
        "stdin" => (SourceSettings::Stdin { key: key(words)? }, "stdin"),
        "host" => (SourceSettings::Host, "host"),
        _ => return Err(words.bad("SOURCE", &kind, "synthetic, file, stdin or host")),
    };
    words.no_flags_left(with)?;
    Ok(source)
}

fn key(words: &mut Words) -> Result<KeyRule, ParseError> {
    match words.flag("--key") {
        Some(text) => load::key_rule(&text).map_err(|short| words.short("--key", short)),
        None => Ok(KeyRule::default()),
    }
}

fn synthetic(words: &mut Words) -> Result<SyntheticSettings, ParseError> {
    let rate = words.number_flag("--rate", 0.0, 1e7)?.unwrap_or(100.0);
    let mut settings = SyntheticSettings {
        rate,
        shape: Shape::default(),
        keys: Keys::default(),
        payload: Payload::default(),
        size: Size::default(),
    };
    if let Some(text) = words.flag("--payload") {
        settings.payload = load::payload(&text).map_err(|e| words.short("--payload", e))?;
    }
    if let Some(text) = words.flag("--keys") {
        settings.keys = load::keys(&text).map_err(|short| words.short("--keys", short))?;
    }
    if let Some(text) = words.flag("--shape") {
        settings.shape = load::shape(&text).map_err(|short| words.short("--shape", short))?;
    }
    if let Some(text) = words.flag("--size") {
        settings.size = load::size(&text).map_err(|short| words.short("--size", short))?;
    }
    Ok(settings)
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let preview = plain(command, SPEC.undo, SPEC.danger);
    if let Command::World(WorldCommand::Produce(settings)) = command {
        free(snapshot, &settings.name)?;
        stream(snapshot, &settings.stream)?;
    }
    Ok(preview)
}

pub(in crate::command) fn print(settings: &ProducerSettings) -> String {
    let ProducerSettings { name, stream, source, paused, retries, aggregate } = settings;
    let line = Line::new("produce").word(name).word(stream);
    let line = match source {
        SourceSettings::Synthetic(synthetic) => print_synthetic(line, synthetic),
        SourceSettings::File(FileSettings { path, pace, key }) => line
            .word("file")
            .word(path.display())
            .unless("full".to_owned(), "--pace", load::print_pace(pace))
            .unless("line".to_owned(), "--key", load::print_key_rule(key)),
        SourceSettings::Stdin { key } => {
            line.word("stdin").unless("line".to_owned(), "--key", load::print_key_rule(key))
        }
        SourceSettings::Host => line.word("host"),
    };
    line.unless(RETRIES_DEFAULT, "--retries", *retries)
        .option("--aggregate", aggregate.map(load::print_aggregate))
        .switch("--paused", *paused)
        .end()
}

fn print_synthetic(line: Line, settings: &SyntheticSettings) -> Line {
    let SyntheticSettings { rate, shape, ref keys, payload, size } = *settings;
    line.word("synthetic")
        .flag("--rate", rate)
        .unless("clicks", "--payload", load::print_payload(payload))
        .unless("uniform:1000".to_owned(), "--keys", load::print_keys(keys))
        .unless("constant".to_owned(), "--shape", load::print_shape(shape))
        .unless("natural".to_owned(), "--size", load::print_size(size))
}
