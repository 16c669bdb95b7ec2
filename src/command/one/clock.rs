//! `clock`: the engine's time stops, goes on, runs faster or slower.

use crate::command::line::Line;
use crate::command::preview::line_only;
use crate::command::spec::{Argument, Danger, Kind, Scope, Spec, everywhere};
use crate::command::{ClockCommand, Command, ParseError, Words, WorldCommand};

pub(in crate::command) static SPEC: Spec = Spec {
    name: "clock",
    aliases: &[],
    arguments: &[Argument::required(
        "HOW",
        Kind::Choice(&[
            "toggle", "pause", "resume", "step", "next", "slower", "faster", "x1", "x10",
        ]),
    )],
    syntax: "clock toggle|pause|resume|step|next|slower|faster|x0.1..x100",
    summary: "the engine's time: stop, go on, a second, a story's next step, speed",
    danger: Danger::Harmless,
    scope: Scope::World,
    keys: &[
        everywhere("ctrl-p").with("toggle"),
        everywhere("ctrl-n").with("next"),
        everywhere("{").with("slower"),
        everywhere("}").with("faster"),
    ],
    parse,
    preview: line_only,
    undo: "the clock before",
};

fn parse(words: &mut Words) -> Result<Command, ParseError> {
    let text = words.word("HOW")?;
    let clock = match text.as_str() {
        "toggle" => ClockCommand::Toggle,
        "pause" => ClockCommand::Pause,
        "resume" => ClockCommand::Resume,
        "step" => ClockCommand::Step,
        "next" => ClockCommand::Next,
        "slower" => ClockCommand::Slower,
        "faster" => ClockCommand::Faster,
        speed => {
            let digits = speed.strip_prefix('x').unwrap_or(speed);
            let factor = digits.parse::<f64>().ok().filter(|x| (0.1..=100.0).contains(x));
            let rule = "toggle, pause, resume, step, next, slower, faster, or x0.1 to x100";
            ClockCommand::Speed(factor.ok_or_else(|| words.bad("HOW", speed, rule))?)
        }
    };
    Ok(Command::World(WorldCommand::Clock(clock)))
}

pub(in crate::command) fn print(clock: ClockCommand) -> String {
    let line = Line::new("clock");
    match clock {
        ClockCommand::Toggle => line.word("toggle"),
        ClockCommand::Pause => line.word("pause"),
        ClockCommand::Resume => line.word("resume"),
        ClockCommand::Step => line.word("step"),
        ClockCommand::Next => line.word("next"),
        ClockCommand::Slower => line.word("slower"),
        ClockCommand::Faster => line.word("faster"),
        ClockCommand::Speed(speed) => line.word(format!("x{speed}")),
    }
    .end()
}
