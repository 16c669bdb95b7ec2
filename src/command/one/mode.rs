//! `mode`: who decides the number of shards.

use crate::command::line::Line;
use crate::command::preview::{active, plain};
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::{StreamMode, StreamName, many};
use crate::snapshot::Snapshot;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "mode",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("MODE", Kind::Choice(&["provisioned", "on-demand"])),
    ],
    syntax: "mode STREAM provisioned|on-demand",
    summary: "who decides the number of shards; twice a day",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the mode before, which counts as a switch too",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let text = words.word("MODE")?;
    let mode = match text.as_str() {
        "provisioned" => StreamMode::Provisioned,
        "on-demand" => StreamMode::OnDemand,
        _ => return Err(words.bad("MODE", &text, "provisioned or on-demand")),
    };
    Ok(Command::World(WorldCommand::Mode { stream, mode }))
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Mode { stream: name, mode }) = command else {
        return Ok(preview);
    };
    let stream = active(snapshot, name)?;
    let open = many(stream.open_shards(), "shard");
    preview.notes.push(match (stream.mode == *mode, mode) {
        (true, _) => "it is in that mode already: nothing changes".to_owned(),
        (false, StreamMode::OnDemand) => {
            format!("it keeps its {open}, and the service changes them from then on")
        }
        (false, StreamMode::Provisioned) => {
            format!("it keeps its {open}; warm throughput and auto distribution end")
        }
    });
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, mode: StreamMode) -> String {
    let word = match mode {
        StreamMode::Provisioned => "provisioned",
        StreamMode::OnDemand => "on-demand",
    };
    Line::new("mode").word(stream).word(word).end()
}
