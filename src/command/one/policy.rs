//! `policy`: who scales a stream.

use crate::command::line::Line;
use crate::command::preview::{changeable, plain};
use crate::command::spec::{Argument, Danger, Kind, Need, Scope, Spec};
use crate::command::{Command, CommandError, ParseError, Preview, Words, WorldCommand};
use crate::model::limits::SHARDS_PER_STREAM_MAX;
use crate::model::{StreamName, many};
use crate::pipeline::settings::ScalingPolicy;
use crate::snapshot::Snapshot;

/// As in session files.
const COOLDOWN_S_DEFAULT: u32 = 60;
/// Longest time between two acts, seconds.
const COOLDOWN_S_MAX: u32 = 86_400;

pub(in crate::command) static SPEC: Spec = Spec {
    name: "policy",
    aliases: &[],
    arguments: &[
        Argument::required("STREAM", Kind::Stream),
        Argument::required("RULE", Kind::Choice(&["target", "on-demand", "none"])),
        Argument { name: "PERCENT", kind: Kind::Number, need: Need::Optional },
        Argument::value("--min", Kind::Number),
        Argument::value("--max", Kind::Number),
        Argument::value("--cooldown", Kind::Number),
    ],
    syntax: "policy STREAM target PERCENT [--min N] [--max N] [--cooldown SECONDS] | on-demand \
             [--max N] | none",
    summary: "let a rule scale a stream",
    danger: Danger::Changes,
    scope: Scope::World,
    keys: &[],
    parse,
    preview,
    undo: "the policy before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let stream = words.stream("STREAM")?;
    let rule = words.word("RULE")?;
    let most = SHARDS_PER_STREAM_MAX;
    let policy = match rule.as_str() {
        "target" => Some(ScalingPolicy::Target {
            percent: words.number("PERCENT", 1.0, 100.0)?,
            min: words.number_flag("--min", 1, most)?.unwrap_or(1),
            max: words.number_flag("--max", 1, most)?.unwrap_or(most),
            cooldown_s: cooldown(words)?,
        }),
        "on-demand" => Some(ScalingPolicy::OnDemand {
            max: words.number_flag("--max", 1, most)?.unwrap_or(most),
        }),
        "none" => None,
        _ => return Err(words.bad("RULE", &rule, "target, on-demand or none")),
    };
    if let Some(policy) = &policy {
        policy.check().map_err(|error| words.setting(error))?;
    }
    Ok(Command::World(WorldCommand::Policy { stream, policy }))
}

/// `60` or `60s`.
fn cooldown(words: &mut Words) -> Result<u32, ParseError> {
    let Some(text) = words.flag("--cooldown") else { return Ok(COOLDOWN_S_DEFAULT) };
    let digits = text.strip_suffix('s').unwrap_or(&text);
    words.as_number("--cooldown", digits, 1, COOLDOWN_S_MAX)
}

fn preview(command: &Command, snapshot: &Snapshot) -> Result<Preview, CommandError> {
    let mut preview = plain(command, SPEC.undo, SPEC.danger);
    let Command::World(WorldCommand::Policy { stream, policy }) = command else {
        return Ok(preview);
    };
    let stream = changeable(snapshot, stream)?;
    if let Some(policy) = policy {
        let open = u32::try_from(stream.open_shards()).unwrap_or(u32::MAX);
        let load = stream.load();
        let wanted = policy.wanted(open, load, load);
        preview.notes.push(match wanted == open {
            true => format!("{} at this load: it stays at {}", policy.words(), many(open, "shard")),
            false => format!(
                "{} scales {} to {wanted} at this load",
                policy.words(),
                many(open, "shard")
            ),
        });
    }
    Ok(preview)
}

pub(in crate::command) fn print(stream: &StreamName, policy: Option<&ScalingPolicy>) -> String {
    let line = Line::new("policy").word(stream);
    match policy {
        Some(ScalingPolicy::Target { percent, min, max, cooldown_s }) => line
            .word("target")
            .word(percent)
            .unless(1, "--min", *min)
            .unless(SHARDS_PER_STREAM_MAX, "--max", *max)
            .unless(COOLDOWN_S_DEFAULT, "--cooldown", *cooldown_s),
        Some(ScalingPolicy::OnDemand { max }) => {
            line.word("on-demand").unless(SHARDS_PER_STREAM_MAX, "--max", *max)
        }
        None => line.word("none"),
    }
    .end()
}
