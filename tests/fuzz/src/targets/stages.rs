//! Lines and records on their way: parsers of lines, stages, functions' fields, producers' keys.
//!
//! The first byte of an input says what is done with the rest.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use watershed::api::CreateStream;
use watershed::command::{Command, WorldCommand};
use watershed::engine::{Engine, EngineOptions};
use watershed::model::{Level, PartName, ShardLimits, StreamName};
use watershed::pipeline::settings::{
    FileSettings, KeyRule, LineFormat, Pace, ProducerSettings, SourceSettings,
};
use watershed::pipeline::stage::{Outcome, Stages, parse_line};
use watershed::sim::{EPOCH, SimOutside, run_for};
use watershed::world::{World, WorldOptions};

use super::{Target, choice, seeds_of, text_of};

pub(super) const TARGET: Target = Target {
    name: "stages",
    check,
    seeds,
    words: &[
        "\"GET / HTTP/1.1\"",
        " 200 ",
        " - - ",
        "[10/Oct/2000:13:55:36 +0000]",
        "level=",
        "=\"",
        ",\"",
        "\"\"",
        "{\"a\":",
        "\\u0000",
        "\"user\":",
        "\"time\":",
        "2026-11-25T21:00:00Z",
        "1e400",
    ],
};

/// Stages that between them do everything to fields.
const LINES: [&str; 4] = [
    "transform t raw orders parse:combined keep:/status>399 pick:/path,/status rekey:/path",
    "transform t raw orders parse:logfmt drop:/level=debug rename:msg:text rekey:/text",
    "transform t raw orders parse:csv:a,b,c keep:/a drop:/b*=x rekey:/c",
    "transform t raw orders keep:/a<5 rename:a:b pick:/b,/c~1d,/e/0 rekey:/b",
];

fn check(input: &[u8]) {
    let (kind, rest) = choice(input);
    match kind % 9 {
        0 => parsed(&LineFormat::Common, text_of(rest)),
        1 => parsed(&LineFormat::Combined, text_of(rest)),
        2 => parsed(&LineFormat::Logfmt, text_of(rest)),
        3 => parsed(&LineFormat::Csv(vec!["a".into(), "b".into()]), text_of(rest)),
        4..8 => staged(LINES[usize::from(kind % 9 - 4)], rest),
        _ => produced(text_of(rest)),
    }
}

/// What a line becomes is an object that JSON gives back the same.
fn parsed(format: &LineFormat, line: &str) {
    match parse_line(format, line) {
        Ok(found) => {
            assert!(found.is_object(), "{found}");
            let written = found.to_string();
            let again: Value = serde_json::from_str(&written).expect("it was written so");
            assert_eq!(again, found);
        }
        Err(why) => assert!(!why.is_empty()),
    }
}

fn staged(line: &str, data: &[u8]) {
    let Ok(Command::World(WorldCommand::Transform(settings))) = line.parse() else {
        panic!("`{line}` is no transform");
    };
    settings.check().expect("the settings are good");
    let outputs = settings.outputs().cloned().collect();
    match Stages::new(settings.stages, outputs).run("key", data) {
        Ok(Outcome::Keep { key, data }) => {
            assert!(key.is_none_or(|key| (1..=256).contains(&key.chars().count())));
            if let Some(data) = data {
                serde_json::from_slice::<Value>(&data).expect("a changed record is JSON");
            }
        }
        Ok(Outcome::Many(_) | Outcome::Drop) => {}
        Err(why) => assert!(!why.is_empty()),
    }
}

/// A producer puts each line of a file as it stands there.
fn produced(text: &str) {
    let stream = StreamName::new("orders").expect("it is a name");
    let (choice, lines) = (text.len() % 3, text);
    let file = FileSettings {
        path: PathBuf::from("lines"),
        pace: if choice == 2 { Pace::TimeField("/time".into()) } else { Pace::FullSpeed },
        key: [KeyRule::Line, KeyRule::Column(1), KeyRule::Pointer("/user".into())][choice].clone(),
    };
    let options = WorldOptions {
        seed: 1,
        engine: Engine::in_memory(EngineOptions { create_delay_ms: 0, ..EngineOptions::default() }),
        outside: Box::new(SimOutside::new(BTreeMap::from([(
            PathBuf::from("lines"),
            lines.to_owned(),
        )]))),
        title: "fuzz".to_owned(),
    };
    let mut world = World::new(EPOCH, options);
    let create = CreateStream {
        limits: ShardLimits::OFF,
        ..CreateStream::provisioned(stream.clone(), 1, Level::Memory)
    };
    let produce = ProducerSettings {
        name: PartName::new("lines").expect("it is a name"),
        stream,
        source: SourceSettings::File(file),
        paused: false,
        retries: 0,
        aggregate: None,
    };
    for command in
        [WorldCommand::Create(Box::new(create)), WorldCommand::Produce(Box::new(produce))]
    {
        let now = world.now();
        world.run(now, &command).expect("it fits the world");
    }
    run_for(&mut world, 300, &mut |_| {});
}

fn seeds() -> Vec<Vec<u8>> {
    let common = r#"10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326"#;
    let combined = format!("{common} \"http://b/\" \"Mozilla/4.08 [en]\"");
    let texts = [
        format!("\0{common}"),
        format!("\x01{combined}"),
        "\x02level=info msg=\"two words\" took=17 ok".to_owned(),
        "\x03one,\"two, \"\"quoted\"\"\"".to_owned(),
        format!("\x04{combined}"),
        "\x05level=warn msg=\"slow\" took=17".to_owned(),
        "\x061,y,three".to_owned(),
        "\x07{\"a\":1.5,\"c/d\":[1,2],\"e\":[{\"f\":null}]}".to_owned(),
        "\x08one two three\n\nfour five\r\n{\"user\":\"u\",\"time\":\"2026-11-25T21:00:00Z\"}"
            .to_owned(),
    ];
    seeds_of(texts.iter().map(String::as_str))
}
